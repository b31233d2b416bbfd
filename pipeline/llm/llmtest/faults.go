package llmtest

import (
	"net/http"
	"strings"
	"sync"
)

// Kind is one way in which an endpoint or a model goes wrong.
type Kind string

// The faults on the wire and of a whole answer. Together with those of one
// sentence they are the 25 that the peers were measured with, and
// [DuplicateKey].
const (
	RateLimited    Kind = "429, Retry-After 2"
	ServerError    Kind = "500"
	BadKey         Kind = "401"
	ErrorBody      Kind = "200 with an error body"
	CutLength      Kind = "cut, finish length"
	CutFilter      Kind = "cut, finish content_filter"
	Empty          Kind = "empty content"
	NullRefusal    Kind = "content null and a refusal field"
	RefusalEnglish Kind = "refusal as text (English)"
	RefusalRussian Kind = "refusal as text (Russian)"
	Disconnect     Kind = "connection closed in the body"
	NoFinish       Kind = "stream ends without finish and [DONE]"
	CutJSON        Kind = "JSON cut in the middle, finish stop"
	Preamble       Kind = "preamble"
	Thinking       Kind = "<think> block in the content"
	WholeEnglish   Kind = "whole answer in English"
)

// The faults of one sentence inside a whole answer.
const (
	SentenceEnglish   Kind = "one sentence left in English"
	SentenceUkrainian Kind = "one sentence in (pseudo-)Ukrainian"
	SentenceGerman    Kind = "one sentence in German"
	SentenceLost      Kind = "part of one sentence lost"
	KeyLost           Kind = "one id lost"
	KeyDoubled        Kind = "one id doubled over its neighbour"
	DigitsChanged     Kind = "digits changed in one sentence"
	Repetition        Kind = "repetition loop in one sentence"
	DuplicateKey      Kind = "one id twice in the JSON"
)

// Kinds are all faults, those of a whole answer first.
func Kinds() []Kind {
	return []Kind{
		RateLimited, ServerError, BadKey, ErrorBody, CutLength, CutFilter, Empty, NullRefusal, RefusalEnglish, RefusalRussian,
		Disconnect, NoFinish, CutJSON, Preamble, Thinking, WholeEnglish,
		SentenceEnglish, SentenceUkrainian, SentenceGerman, SentenceLost, KeyLost, KeyDoubled, DigitsChanged, Repetition, DuplicateKey,
	}
}

// OfSentence reports whether the fault lies in one sentence of an answer that
// is otherwise good.
func (k Kind) OfSentence() bool {
	switch k {
	case SentenceEnglish, SentenceUkrainian, SentenceGerman, SentenceLost, KeyLost, KeyDoubled, DigitsChanged, Repetition, DuplicateKey:
		return true
	}
	return false
}

// Injection says which fault the server puts into which answers.
type Injection struct {
	Kind     Kind
	Task     string // the prompt: "translate/article"; "translate/" for every prompt of a stage, "" for any
	To       string // the target language; "" for any
	Sentence string // only calls that ask about this sentence or name; "" for any
	Key      string // the property that a fault of one sentence hits; "" for the one of Sentence, else the second of a summary and the first of any other answer
	Times    int    // how many answers are spoiled; 0 for every one
}

// armed is an injection at work.
type armed struct {
	Injection

	mu        sync.Mutex
	hits      int
	neighbour []byte // the value that overwrites the sentence's own
}

// Inject puts faults into the answers from now on, beside those already there.
// At most one fault hits an answer, the first that matches.
func (s *Server) Inject(faults ...Injection) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range faults {
		s.faults = append(s.faults, &armed{Injection: f})
	}
}

// Heal takes all faults away.
func (s *Server) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// spoil puts the first matching fault into an answer.
func (s *Server) spoil(q ask, res *response) {
	if res.status != http.StatusOK {
		return
	}
	s.mu.Lock()
	faults := s.faults
	s.mu.Unlock()
	for _, f := range faults {
		if f.hit(q) {
			res.fault = string(f.Kind)
			f.apply(q, res)
			return
		}
	}
}

// hit reports whether a call gets the fault, and counts it.
func (f *armed) hit(q ask) bool {
	stage := strings.HasSuffix(f.Task, "/") && strings.HasPrefix(q.task, f.Task)
	if f.Task != "" && f.Task != q.task && !stage || f.To != "" && f.To != q.to {
		return false
	}
	if f.Sentence != "" && q.keyOf(f.Sentence) == "" {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hits++
	return f.Times == 0 || f.hits <= f.Times
}

// keyOf is the key of a sentence or name in the question; "" where it is not
// asked about.
func (q ask) keyOf(sentence string) string {
	for _, list := range [][]pair{q.sentences, q.names} {
		for _, p := range list {
			if text(p.value) == sentence {
				return p.key
			}
		}
	}
	return ""
}

// apply changes the answer.
func (f *armed) apply(q ask, res *response) {
	if f.Kind.OfSentence() {
		f.applyToSentence(q, res)
		return
	}
	good := written(res.props)
	if res.props == nil {
		good = res.content
	}
	res.props, res.content = nil, good
	switch f.Kind {
	case RateLimited:
		*res = failure(http.StatusTooManyRequests, "Rate limit reached", "rate_limit_exceeded")
		res.retryAfter = "2"
	case ServerError:
		*res = failure(http.StatusInternalServerError, "The server had an error", "server_error")
	case BadKey:
		*res = failure(http.StatusUnauthorized, "Incorrect API key provided", "invalid_api_key")
	case ErrorBody:
		*res = failure(http.StatusOK, "The model is overloaded", "server_error")
	case CutLength:
		res.content, res.finish = half(good), "length"
	case CutFilter:
		res.content, res.finish = half(good), "content_filter"
	case Empty:
		res.content = ""
	case NullRefusal:
		res.content, res.null, res.refusal = "", true, "I cannot help with that."
	case RefusalEnglish:
		res.content = "I'm sorry, but I can't assist with that request."
	case RefusalRussian:
		res.content = "Извините, но я не могу помочь с этим запросом."
	case Disconnect:
		res.cut = true
	case NoFinish:
		res.content, res.finish = half(good), ""
	case CutJSON:
		res.content = half(good)
	case Preamble:
		res.content = "Sure! Here is the translation:\n\n" + good
	case Thinking:
		res.content = "<think>\nThe user wants a JSON object. Let me think about {\"s1\"} first.\n</think>\n\n" + good
	case WholeEnglish:
		res.content = q.inEnglish()
	}
	res.fault = string(f.Kind)
}

// failure is an answer that holds an error and no completion.
func failure(status int, message, code string) response {
	return response{status: status, body: apiError(message, code, code)}
}

// half is the first half of a text, by runes.
func half(s string) string { return firstRunes(s, len([]rune(s))/2) }
