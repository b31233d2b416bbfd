package batchapi

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"dragoman/pipeline"
	"dragoman/pipeline/llm/wire"
)

// api is the few calls of the Batch API. No redirect is followed, every body
// is bounded, and no message has a key in it.
type api struct{ cfg Config }

// The bounds of a call: of time, and of a reply that is no file, in bytes.
const (
	shortCall  = time.Minute
	longCall   = 30 * time.Minute // a file of 200 MB on a slow line
	maxReply   = 8 << 20
	maxError   = 64 << 10
	pageSize   = 100
	mostPages  = 200
	clockDrift = 24 * time.Hour // between our clock and the API's, at most
)

// status is the state of a batch.
type status struct {
	ID     string `json:"id"`
	Status string `json:"status"`
	Output string `json:"output_file_id"`
	Errors string `json:"error_file_id"`
	Input  string `json:"input_file_id"`
	Made   int64  `json:"created_at"` // seconds since 1970
	Faults struct {
		Data []struct {
			Code    string `json:"code"`
			Message string `json:"message"`
			Line    int    `json:"line"`
		} `json:"data"`
	} `json:"errors"`
	Counts struct {
		Total     int `json:"total"`
		Completed int `json:"completed"`
		Failed    int `json:"failed"`
	} `json:"request_counts"`
	Metadata map[string]string `json:"metadata"`
}

// ended reports whether nothing more will come.
func (s *status) ended() bool {
	switch s.Status {
	case "failed", "completed", "expired", "cancelled", gone:
		return true
	}
	return false
}

// gone is our own status of a batch that the API does not know any more.
const gone = "gone"

// submissionKey is the entry of a batch's metadata that names our submission.
const submissionKey = "dragoman_submission"

// upload sends a file of lines.
func (a *api) upload(ctx context.Context, name string, rows [][]byte) (id string, err error) {
	boundary := "line-" + strings.ReplaceAll(name, ".", "-")
	head := "--" + boundary + "\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n" +
		"--" + boundary + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name + "\"\r\nContent-Type: application/jsonl\r\n\r\n"
	tail := "\r\n--" + boundary + "--\r\n"
	size := int64(len(head) + len(tail))
	parts := []io.Reader{strings.NewReader(head)}
	for _, r := range rows {
		size += int64(len(r))
		parts = append(parts, bytes.NewReader(r))
	}
	parts = append(parts, strings.NewReader(tail))
	var file struct {
		ID string `json:"id"`
	}
	err = a.call(ctx, longCall, request{
		method: http.MethodPost, path: "/files", kind: "multipart/form-data; boundary=" + boundary,
		body: io.MultiReader(parts...), size: size,
	}, &file)
	if err == nil && file.ID == "" {
		err = unexpected("the uploaded file has no id")
	}
	return file.ID, err
}

// findFile looks for a file by its name; "" where there is none.
func (a *api) findFile(ctx context.Context, name string, since time.Time) (id string, err error) {
	type file struct {
		ID   string `json:"id"`
		Name string `json:"filename"`
		Made int64  `json:"created_at"`
	}
	found, err := find(ctx, a, "/files", url.Values{"purpose": {"batch"}, "order": {"desc"}}, func(f file) (string, int64, bool) {
		return f.ID, f.Made, f.Name == name
	}, since)
	return found.ID, err
}

// create starts a batch on an uploaded file.
func (a *api) create(ctx context.Context, s Submission, path string) (id string, err error) {
	body, err := encode(map[string]any{
		"input_file_id": s.InputFile, "endpoint": path, "completion_window": "24h",
		"metadata": map[string]string{submissionKey: s.ID},
	})
	if err != nil {
		return "", fmt.Errorf("writing a batch: %w", err)
	}
	var made status
	err = a.call(ctx, shortCall, request{
		method: http.MethodPost, path: "/batches", kind: "application/json", body: bytes.NewReader(body), size: int64(len(body)),
	}, &made)
	if err == nil && made.ID == "" {
		err = unexpected("the created batch has no id")
	}
	return made.ID, err
}

// findBatch looks for a submission's batch by its metadata; "" where there is
// none.
func (a *api) findBatch(ctx context.Context, s Submission) (id string, err error) {
	found, err := find(ctx, a, "/batches", url.Values{}, func(b status) (string, int64, bool) {
		return b.ID, b.Made, b.Metadata[submissionKey] == s.ID
	}, s.Created)
	return found.ID, err
}

// find looks through a list, newest first, down to what is older than since.
func find[T any](ctx context.Context, a *api, path string, query url.Values, look func(T) (id string, made int64, ok bool), since time.Time) (T, error) {
	var none T
	query.Set("limit", fmt.Sprint(pageSize))
	for range mostPages {
		var page struct {
			Data []T  `json:"data"`
			More bool `json:"has_more"`
		}
		if err := a.call(ctx, shortCall, request{method: http.MethodGet, path: path + "?" + query.Encode()}, &page); err != nil {
			return none, err
		}
		last, oldest := "", int64(0)
		for _, x := range page.Data {
			id, made, ok := look(x)
			if ok {
				return x, nil
			}
			last, oldest = id, made
		}
		if !page.More || last == "" || oldest > 0 && oldest < since.Add(-clockDrift).Unix() {
			return none, nil
		}
		query.Set("after", last)
	}
	return none, nil
}

// get looks at a batch. One that is not there any more has the status gone.
func (a *api) get(ctx context.Context, id string) (*status, error) {
	s := &status{}
	err := a.call(ctx, shortCall, request{method: http.MethodGet, path: "/batches/" + url.PathEscape(id)}, s)
	if notFound(err) {
		return &status{ID: id, Status: gone}, nil
	}
	return s, err
}

func (a *api) cancel(ctx context.Context, id string) error {
	return a.call(ctx, shortCall, request{method: http.MethodPost, path: "/batches/" + url.PathEscape(id) + "/cancel"}, &status{})
}

func (a *api) remove(ctx context.Context, file string) error {
	return a.call(ctx, shortCall, request{method: http.MethodDelete, path: "/files/" + url.PathEscape(file)}, &struct{}{})
}

// content reads a file's bytes as they come. A file that is not there any more
// is empty.
func (a *api) content(ctx context.Context, file string, read func(io.Reader) error) error {
	ctx, cancel := context.WithTimeout(ctx, longCall)
	defer cancel()
	resp, err := a.send(ctx, request{method: http.MethodGet, path: "/files/" + url.PathEscape(file) + "/content"})
	if notFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := plain(resp)
	if err == nil {
		err = read(body)
	}
	return a.typed(err)
}

// plain undoes gzip where it was sent, asked for or not.
func plain(resp *http.Response) (io.Reader, error) {
	switch e := strings.ToLower(resp.Header.Get("Content-Encoding")); e {
	case "", "identity":
		return resp.Body, nil
	case "gzip", "x-gzip":
		return gzip.NewReader(resp.Body)
	default:
		return nil, unexpected(fmt.Sprintf("a file came with content encoding %.40q", e))
	}
}

// request is one call.
type request struct {
	method, path, kind string
	body               io.Reader
	size               int64
}

// call makes one call and reads its JSON.
func (a *api) call(ctx context.Context, limit time.Duration, r request, into any) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	resp, err := a.send(ctx, r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := plain(resp)
	if err != nil {
		return a.typed(err)
	}
	b, err := io.ReadAll(io.LimitReader(body, maxReply+1))
	switch {
	case err != nil:
		return a.typed(err)
	case len(b) > maxReply:
		return unexpected("a reply of the Batch API is larger than 8 MiB")
	}
	if err := json.Unmarshal(b, into); err != nil {
		return a.typed(fmt.Errorf("reading a reply of the Batch API: %w", err))
	}
	return nil
}

// send makes one call; the reply is a 2xx, or the error is typed.
func (a *api) send(ctx context.Context, r request) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, r.method, a.cfg.BaseURL+r.path, r.body)
	if err != nil {
		return nil, unexpected("a call of the Batch API cannot be written")
	}
	if r.body != nil {
		req.ContentLength = r.size
		req.Header.Set("Content-Type", r.kind)
	}
	req.Header.Set("Accept-Encoding", "identity")
	if key := a.cfg.APIKey.Reveal(); key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	resp, err := a.cfg.Live.RoundTrip(req)
	if err != nil {
		return nil, a.typed(err)
	}
	if resp.StatusCode >= 200 && resp.StatusCode <= 299 {
		return resp, nil
	}
	defer resp.Body.Close()
	var b []byte
	if body, err := plain(resp); err == nil {
		b, _ = io.ReadAll(io.LimitReader(body, maxError)) // as far as it comes
	}
	return nil, a.hidden(wire.Classify(resp.StatusCode, resp.Header, b))
}

// typed makes the error of a call that brought no reply, or a broken one.
func (a *api) typed(err error) error {
	if err == nil || pipeline.CodeOf(err) != "" {
		return err
	}
	return a.hidden(wire.Unreached(err))
}

// hidden takes keys out of what an error says.
func (a *api) hidden(err error) error {
	if f, ok := errors.AsType[*wire.Failure](err); ok {
		f.Message = a.cfg.APIKey.Redact(f.Message)
		if r := []rune(f.Message); len(r) > 500 {
			f.Message = string(r[:499]) + "…"
		}
		f.Err = nil // its text may hold one too
	}
	return err
}

func notFound(err error) bool {
	f, ok := errors.AsType[*wire.Failure](err)
	return ok && f.Status == http.StatusNotFound
}

// unexpected is the error of a reply that makes no sense; trying again may help.
func unexpected(message string) error {
	return &pipeline.Error{
		Code: pipeline.Unavailable, Hint: noBatches,
		Err: &wire.Failure{Message: message, Retryable: true},
	}
}

// noBatches is the remedy where an endpoint does not know the Batch API.
const noBatches = "does the endpoint have OpenAI's Batch API? if not, use the transport live"
