package llm

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"dragoman/pipeline"
)

// maxDiff bounds the lines of difference in a message.
const maxDiff = 16

// miss is the error of a request without a recording.
func (r *Recordings) miss(asked *recordedRequest) error {
	what := strings.TrimSpace(asked.Prompt + " " + asked.Lang)
	var b strings.Builder
	fmt.Fprintf(&b, "no recording in %s for %s, key %s", r.dir, what, short(asked.Key))
	if near, spent := r.nearest(asked); near != nil && spent {
		fmt.Fprintf(&b, "; its recordings (the last is %s) are used up", near.file)
	} else if near != nil {
		fmt.Fprintf(&b, "; the nearest is %s:\n%s", near.file, diff(lines(&near.Request), lines(asked)))
	}
	return &pipeline.Error{
		Code: pipeline.Invalid, Stage: asked.Stage,
		Hint: "record it: the same command with --record DIR in place of --replay; a prompt that changed: DRAGOMAN_UPDATE=1",
		Err:  errors.New(b.String()),
	}
}

// reshaped is the error of a request whose bytes changed although it asks the
// same.
func (r *Recordings) reshaped(rec *recording, asked *recordedRequest) error {
	hint := "if the change is meant: DRAGOMAN_UPDATE=1 writes the recordings' request halves again"
	if rec.Provenance != Authored {
		hint = "if the change is meant: record it again with --record DIR; a model answered other bytes"
	}
	return &pipeline.Error{
		Code: pipeline.Invalid, Stage: asked.Stage, Unit: rec.file, Hint: hint,
		Err: fmt.Errorf("the bytes of the request are not those recorded:\n%s",
			diff(lines(&rec.Request), lines(asked))),
	}
}

// nearest is the recording most like a request; spent says that it is for the
// same request and used.
func (r *Recordings) nearest(asked *recordedRequest) (near *recording, spent bool) {
	best := -1
	want := lines(asked)
	for _, rec := range r.files {
		if rec.Request.Key == asked.Key {
			near, spent = rec, true
			continue
		}
		if spent || rec.Request.Stage != asked.Stage || rec.Request.promptID() != asked.promptID() {
			continue
		}
		score := 0
		for _, l := range lines(&rec.Request) {
			if slices.Contains(want, l) {
				score++
			}
		}
		if rec.Request.Lang == asked.Lang {
			score += 1000
		}
		if score > best {
			near, best = rec, score
		}
	}
	return near, spent
}

// lines is a request half as text, without what follows from the rest.
func lines(r *recordedRequest) []string {
	c := *r
	c.Key, c.Keys, c.Units = "", nil, nil
	b, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return nil
	}
	return strings.Split(string(b), "\n")
}

// diff lists the lines that only one side has, in order: "-" recorded, "+"
// asked.
func diff(recorded, asked []string) string {
	var out []string
	i := 0
	for _, l := range asked {
		if at := slices.Index(recorded[i:], l); at >= 0 {
			for _, gone := range recorded[i : i+at] {
				out = append(out, "- "+cutLine(gone))
			}
			i += at + 1
			continue
		}
		out = append(out, "+ "+cutLine(l))
	}
	for _, gone := range recorded[i:] {
		out = append(out, "- "+cutLine(gone))
	}
	if len(out) > maxDiff {
		out = append(out[:maxDiff], fmt.Sprintf("… and %d more lines", len(out)-maxDiff))
	}
	return strings.Join(out, "\n")
}

func cutLine(s string) string {
	s = strings.TrimSpace(s)
	if r := []rune(s); len(r) > 160 {
		return string(r[:160]) + "…"
	}
	return s
}

func short(key string) string {
	if key == "" {
		return "(none)"
	}
	return key[:min(len(key), 12)]
}
