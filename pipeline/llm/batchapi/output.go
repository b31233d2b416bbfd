package batchapi

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"time"
)

// maxLine bounds a line of the output: the guard takes 16 MiB of a reply.
const maxLine = 17 << 20

// collect fetches the output and hands it to who waits. Callers who come after
// a restart come one after another: they are waited for, so that the files are
// read once for all of them.
func (t *Transport) collect(ctx context.Context, b *batch, s *status) error {
	if b.resumed {
		if err := t.settle(ctx, b); err != nil {
			return err
		}
	}
	t.mu.Lock()
	b.files = []string{s.Output, s.Errors} // the last answer may be delivered before this ends
	t.mu.Unlock()
	r := &round{t: t, b: b, seen: map[string]bool{}}
	for _, file := range []string{s.Output, s.Errors} {
		if file == "" {
			continue
		}
		err := t.try(ctx, func(int) error {
			return t.api.content(ctx, file, func(body io.Reader) error { return eachLine(body, r.take) })
		})
		if err != nil {
			return err
		}
	}
	if r.strange > 0 {
		t.cfg.Note(fmt.Sprintf("%s: %d lines of the output were not asked for, or cannot be read", b.ID, r.strange))
	}
	t.mu.Lock()
	why := map[string]string{
		"completed": "the batch ended without an answer to this line",
		"expired":   "the batch expired before this line was answered",
		"cancelled": "the batch was cancelled before this line was answered",
		gone:        "the provider does not know the batch any more",
	}[s.Status]
	for id, l := range b.lines {
		if !r.seen[id] && len(l.waiters) > 0 {
			t.give(l, outcome{missing: why})
		}
	}
	t.mu.Unlock()
	if s.Status == gone {
		defer t.tidy(b)
		return t.close(b, outcome{missing: why})
	}
	return nil
}

// settle waits until nobody new has come for a while.
func (t *Transport) settle(ctx context.Context, b *batch) error {
	most := time.NewTimer(t.cfg.Age)
	defer most.Stop()
	for {
		quiet := time.NewTimer(t.cfg.Quiet)
		select {
		case <-b.joined:
			quiet.Stop()
			continue
		case <-quiet.C:
			return nil
		case <-most.C:
		case <-ctx.Done():
		}
		quiet.Stop()
		return ctx.Err()
	}
}

// round is one reading of the output.
type round struct {
	t       *Transport
	b       *batch
	seen    map[string]bool // ids that were in it
	strange int             // lines that belong to nobody
}

// outputLine is a line of an output or error file.
type outputLine struct {
	ID       string `json:"custom_id"`
	Response *struct {
		Status  int             `json:"status_code"`
		Request string          `json:"request_id"`
		Body    json.RawMessage `json:"body"`
	} `json:"response"`
	Error *struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

// customID finds the id in a line that is no JSON.
var customID = regexp.MustCompile(`"custom_id"\s*:\s*"([^"\\]*)"`)

// take hands one line over. The first line of an id counts; in whatever order
// they come.
func (r *round) take(row []byte) {
	var o outputLine
	var out outcome
	switch err := json.Unmarshal(row, &o); {
	case err != nil:
		if m := customID.FindSubmatch(row[:min(len(row), 4096)]); m != nil {
			o.ID = string(m[1])
		}
		out.missing = "its line in the batch's output cannot be read"
	case o.Response != nil && o.Response.Status >= 100 && o.Response.Status <= 599:
		out.answer = &answer{status: o.Response.Status, request: o.Response.Request, body: text(o.Response.Body)}
	case o.Error != nil:
		out.missing = fmt.Sprintf("the batch could not answer this line: %.40s: %.300s", o.Error.Code, r.t.cfg.APIKey.Redact(o.Error.Message))
	default:
		out.missing = "its line in the batch's output is empty"
	}
	r.t.mu.Lock()
	defer r.t.mu.Unlock()
	l := r.b.lines[o.ID]
	switch {
	case l == nil && r.known(o.ID): // delivered before
	case l == nil:
		r.strange++
	case !r.seen[o.ID]:
		r.seen[o.ID] = true
		r.t.give(l, out)
	}
}

// known reports whether a line is ours, and delivered. Of a batch of an earlier
// process only its form tells.
func (r *round) known(id string) bool {
	if r.b.loaded {
		stem, _, ok := cutID(id)
		return ok && len(stem) == stemLength
	}
	return slices.Contains(r.b.order, id)
}

// text is a body: JSON as it stands, or the text of a string that holds it.
func text(body json.RawMessage) []byte {
	var s string
	if len(body) > 0 && body[0] == '"' && json.Unmarshal(body, &s) == nil {
		return []byte(s)
	}
	return body
}

// eachLine reads lines as they come; one that is too long is passed over. The
// error is of a file that broke off.
func eachLine(body io.Reader, take func([]byte)) error {
	r := bufio.NewReaderSize(body, 64<<10)
	var row []byte
	long := false
	for {
		part, err := r.ReadSlice('\n')
		if long = long || len(row)+len(part) > maxLine; !long {
			row = append(row, part...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err // what was read of the last line is read again
		}
		if row := bytes.TrimSpace(row); len(row) > 0 {
			if long {
				row = row[:min(len(row), 4096)]
			}
			take(row)
		}
		if err != nil {
			return nil
		}
		row, long = row[:0], false
	}
}

// saveEvery is how many more answers, of one batch, are delivered before that
// is saved; what is not saved is served once more at most.
const saveEvery = 64

// delivered takes out a line whose answer is in the ledger. With the last one
// the submission is forgotten.
func (t *Transport) delivered(l *line) {
	t.mu.Lock()
	b := l.batch
	if b == nil || b.lines[l.id()] != l {
		t.mu.Unlock()
		return
	}
	delete(b.lines, l.id())
	t.forget(l)
	left := len(b.lines)
	due := left > 0 && b.count-left >= max(saveEvery, len(b.order)/8)
	if due {
		b.count = left
	}
	t.mu.Unlock()
	switch {
	case left == 0:
		t.work.Go(func() { t.finish(b) })
	case due:
		if err := t.save(context.Background(), b, nil); err != nil {
			t.cfg.Note(fmt.Sprintf("%s: %s", b.ID, err)) // those lines are served again, no more
		}
	}
}

// finish forgets a submission of which everything is delivered.
func (t *Transport) finish(b *batch) {
	if err := t.close(b, outcome{missing: "the batch is done with"}); err != nil {
		t.cfg.Note(fmt.Sprintf("%s: %s", b.ID, err))
	}
	t.tidy(b)
}

// tidy takes a submission's texts away from the provider.
func (t *Transport) tidy(b *batch) {
	if t.cfg.KeepFiles {
		return
	}
	t.mu.Lock()
	files := append([]string{b.InputFile}, b.files...)
	t.mu.Unlock()
	for _, id := range files {
		if id == "" {
			continue
		}
		if err := t.api.remove(context.Background(), id); err != nil && !notFound(err) {
			t.cfg.Note(fmt.Sprintf("%s: file %s stays at the provider: %s", b.ID, id, err))
		}
	}
}

// save stores a submission, changed, and changes it once that is done.
func (t *Transport) save(ctx context.Context, b *batch, change func(*Submission)) error {
	b.saving.Lock()
	defer b.saving.Unlock()
	if b.over {
		return nil
	}
	t.mu.Lock()
	s := b.saved()
	t.mu.Unlock()
	if change != nil {
		change(&s)
	}
	if err := t.cfg.State.Save(ctx, s); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return stateError("saving a batch under way", err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	b.count = len(s.CustomIDs)
	if change != nil { // the driver alone: it reads its phase without the lock
		s.CustomIDs = nil
		b.Submission = s
	}
	return nil
}

// close forgets a submission; who still waits for a line gets the outcome.
func (t *Transport) close(b *batch, out outcome) error {
	b.saving.Lock()
	defer b.saving.Unlock()
	b.over = true
	t.mu.Lock()
	delete(t.open, b)
	for id, l := range b.lines {
		t.give(l, out)
		delete(b.lines, id)
		t.forget(l)
	}
	t.mu.Unlock()
	if err := t.cfg.State.Delete(context.Background(), b.ID); err != nil {
		return stateError("forgetting a batch", err)
	}
	return nil
}
