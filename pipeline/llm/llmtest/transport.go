package llmtest

import (
	"fmt"
	"io"
	"net/http"
	"sync"
)

// Transport is the server without a socket: a round tripper that hands every
// request, to whatever host, to the handler. Bodies are streamed as they are
// written.
func (s *Server) Transport() http.RoundTripper { return transport{s} }

type transport struct{ handler http.Handler }

// RoundTrip serves one request in a goroutine of its own and returns as soon
// as the status is known.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	pr, pw := io.Pipe()
	w := &pipeWriter{header: http.Header{}, pipe: pw, ready: make(chan struct{})}
	served := r.Clone(r.Context())
	served.RequestURI = r.URL.RequestURI()
	go w.serve(t.handler, served)
	select {
	case <-w.ready:
	case <-r.Context().Done():
		pr.CloseWithError(r.Context().Err()) // the handler's writes end here
		return nil, r.Context().Err()
	}
	return &http.Response{
		Status: fmt.Sprintf("%d %s", w.status, http.StatusText(w.status)), StatusCode: w.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.sent, Body: pr, ContentLength: -1, Request: r,
	}, nil
}

// pipeWriter is the handler's end of the answer.
type pipeWriter struct {
	header http.Header
	sent   http.Header
	status int
	pipe   *io.PipeWriter
	ready  chan struct{}
	once   sync.Once
}

func (w *pipeWriter) Header() http.Header { return w.header }

func (w *pipeWriter) WriteHeader(status int) {
	w.once.Do(func() {
		w.status, w.sent = status, w.header.Clone()
		close(w.ready)
	})
}

func (w *pipeWriter) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.pipe.Write(b)
}

// Flush does nothing: nothing is held back.
func (w *pipeWriter) Flush() {}

// hangUp ends the body as a connection does that is closed halfway.
func (w *pipeWriter) hangUp() { w.pipe.CloseWithError(io.ErrUnexpectedEOF) }

// serve runs the handler to its end.
func (w *pipeWriter) serve(h http.Handler, r *http.Request) {
	defer r.Body.Close()
	defer w.pipe.Close() // no effect after hangUp
	defer w.WriteHeader(http.StatusOK)
	h.ServeHTTP(w, r)
}
