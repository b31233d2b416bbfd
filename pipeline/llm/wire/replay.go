package wire

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"time"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
)

// Replay stands in the place of the network and serves the recordings of a
// folder: the attempts of a request in their order. Use it with
// Config.Instant, so that waits are not waited.
func Replay(r *llm.Recordings) http.RoundTripper { return replay{r} }

type replay struct{ recordings *llm.Recordings }

// errOffline is why a replay answers nothing but chat completions.
var errOffline = errors.New("a replay never goes to the network")

func (r replay) RoundTrip(req *http.Request) (*http.Response, error) {
	call := llm.CallFrom(req.Context())
	if call == nil {
		return nil, &pipeline.Error{Code: pipeline.Unavailable, Err: errOffline}
	}
	rec, err := r.recordings.Next(call)
	if err != nil {
		return nil, err
	}
	h := http.Header{}
	for name, v := range rec.Reply.Header {
		h.Set(name, v)
	}
	status, body := rec.Reply.Status, io.Reader(bytes.NewReader(rec.Reply.Body))
	if rec.Answer != nil {
		h.Set("Content-Type", "application/json")
		status, body = http.StatusOK, bytes.NewReader(encodeAnswer(rec.Answer))
	}
	if rec.Reply.Broken != "" {
		body = io.MultiReader(body, broken{})
	}
	return &http.Response{
		StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: h, Body: &played{body, rec.Duration}, ContentLength: -1, Request: req,
	}, nil
}

// played is a recorded body, which took as long as it took then.
type played struct {
	io.Reader
	took time.Duration
}

func (*played) Close() error { return nil }
