package openai

import (
	"errors"
	"slices"
	"strings"
	"sync"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/wire"
)

// ladder is the rung in use. It is stepped down within a run for two reasons
// only: a 400 that names response_format, and two complete replies in a row
// that break the schema. It is never stepped up, and never probed.
type ladder struct {
	mu     sync.Mutex
	rung   llm.Rung
	broken int
}

// mayBreak is how many complete replies in a row may break the schema.
const mayBreak = 2

func (l *ladder) now() llm.Rung {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.rung
}

// refused reports whether an error says that the endpoint does not know the
// response format of the rung: the request is then asked again one rung down.
func (l *ladder) refused(at llm.Rung, err error) bool {
	f, ok := errors.AsType[*wire.Failure](err)
	if !ok || pipeline.CodeOf(err) != pipeline.Invalid || f.Status != 400 && f.Status != 422 {
		return false
	}
	text := strings.ToLower(f.Param + " " + f.Message)
	return slices.ContainsFunc(formatWords, func(w string) bool { return strings.Contains(text, w) }) && l.down(at)
}

// formatWords are what errors call the response format: the parameter, its
// values, and llama.cpp's means of keeping to it.
var formatWords = []string{"response_format", "json_schema", "json_object", "structured output", "grammar"}

// down steps down from a rung; somebody else may have done so already.
func (l *ladder) down(from llm.Rung) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.rung != from {
		return true
	}
	below, ok := from.Below()
	l.rung, l.broken = below, 0
	return ok
}

// kept counts complete replies that broke the schema.
func (l *ladder) kept(at llm.Rung, ok bool) {
	l.mu.Lock()
	if at != l.rung {
		l.mu.Unlock()
		return
	}
	if ok {
		l.broken = 0
	} else {
		l.broken++
	}
	fall := l.broken >= mayBreak
	l.mu.Unlock()
	if fall {
		l.down(at)
	}
}
