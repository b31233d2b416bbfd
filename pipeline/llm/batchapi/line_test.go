package batchapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"dragoman/pipeline/llm"
)

func TestAskTakesStreamingOut(t *testing.T) {
	tests := map[string]struct{ body, want string }{
		"both fields":       {`{"model":"m","stream":true,"stream_options":{"include_usage":true},"temperature":0}`, `{"model":"m","temperature":0}`},
		"none":              {`{"model":"m","messages":[]}`, `{"messages":[],"model":"m"}`},
		"markup stays":      {`{"model":"m","x":"<a&b>"}`, `{"model":"m","x":"<a&b>"}`},
		"numbers stay":      {`{"model":"m","x":1.50,"y":12345678901234567890}`, `{"model":"m","x":1.50,"y":12345678901234567890}`},
		"one line":          {"{\n\"model\": \"m\",\n\"x\": [1,\n 2]}", `{"model":"m","x":[1,2]}`},
		"stream in a value": {`{"model":"m","x":{"stream":true}}`, `{"model":"m","x":{"stream":true}}`},
	}
	for name, c := range tests {
		q, err := ask([]byte(c.body), nil)
		if err != nil || string(q.body) != c.want || q.model != "m" {
			t.Errorf("%s: %s of %q, %v; want %s", name, q.body, q.model, err, c.want)
		}
	}
	for _, bad := range []string{``, `[]`, `{"messages":[]}`, `{"model":5}`} {
		if _, err := ask([]byte(bad), nil); err == nil {
			t.Errorf("%q is a request", bad)
		}
	}
}

func TestIDs(t *testing.T) {
	call := func(key string, attempt int) *llm.Call {
		return &llm.Call{Key: key, Request: &llm.Request{Attempt: attempt}}
	}
	const body = `{"model":"m","stream":true}`
	stem := func(body string, c *llm.Call) string {
		q, err := ask([]byte(body), c)
		if err != nil {
			t.Fatal(err)
		}
		return q.stem
	}
	first := stem(body, call("k", 0))
	if first != "dd388b913f7a3b93e6bed5b5f8e815960f3d3795f975b3997" { // stands in the state of runs under way: it may not change
		t.Errorf("stem %q", first)
	}
	if again := stem(`{"stream":false,"model":"m"}`, call("k", 0)); again != first {
		t.Errorf("the same question has another id: %s, %s", first, again)
	}
	for name, other := range map[string]string{
		"key": stem(body, call("k2", 0)), "asked afresh": stem(body, call("k", 1)), "body": stem(`{"model":"n"}`, call("k", 0)), "no call": stem(body, nil),
	} {
		if other == first {
			t.Errorf("%s: the same id", name)
		}
	}
	l := &line{stem: first, attempt: 12}
	if s, n, ok := cutID(l.id()); !ok || s != first || n != 12 || len(l.id()) > 64 {
		t.Errorf("%q is cut into %q, %d, %v", l.id(), s, n, ok)
	}
	for _, bad := range []string{"", "nobody", "d12-", "-1", "d12-0", "d12-x"} {
		if _, _, ok := cutID(bad); ok {
			t.Errorf("%q is an id of ours", bad)
		}
	}
}

func TestRow(t *testing.T) {
	q, err := ask([]byte(`{"model":"m","x":"<й>"}`), nil)
	if err != nil {
		t.Fatal(err)
	}
	row, err := q.row("d1-1", "/v1/chat/completions")
	if want := `{"custom_id":"d1-1","method":"POST","url":"/v1/chat/completions","body":{"model":"m","x":"<й>"}}` + "\n"; err != nil || string(row) != want {
		t.Errorf("row %s, %v; want %s", row, err, want)
	}
}

func TestEachLine(t *testing.T) {
	long := strings.Repeat("x", 200<<10)
	tests := map[string]struct {
		in   io.Reader
		want []string
		err  error
	}{
		"lines":            {strings.NewReader("a\nb\n"), []string{"a", "b"}, nil},
		"no last feed":     {strings.NewReader("a\nb"), []string{"a", "b"}, nil},
		"empty ones":       {strings.NewReader("\na\r\n\r\n \nb"), []string{"a", "b"}, nil},
		"nothing":          {strings.NewReader(""), nil, nil},
		"above the buffer": {strings.NewReader(long + "\nb\n"), []string{long, "b"}, nil},
		"byte by byte":     {iotest.OneByteReader(strings.NewReader("aa\nb\n")), []string{"aa", "b"}, nil},
		"broken off":       {io.MultiReader(strings.NewReader("a\nb"), iotest.ErrReader(io.ErrUnexpectedEOF)), []string{"a"}, io.ErrUnexpectedEOF},
	}
	for name, c := range tests {
		var got []string
		err := eachLine(c.in, func(row []byte) { got = append(got, string(row)) })
		if !errors.Is(err, c.err) || strings.Join(got, "|") != strings.Join(c.want, "|") {
			t.Errorf("%s: %d lines, %v", name, len(got), err)
		}
	}
}

// A line that is too long is passed over, in flat memory; its id is still seen.
func TestALineThatIsTooLong(t *testing.T) {
	endless := io.MultiReader(
		strings.NewReader(`{"custom_id":"d1-1","x":"`), io.LimitReader(filler{}, maxLine+1000), strings.NewReader("\"}\n{}\n"),
	)
	var got []int
	if err := eachLine(endless, func(row []byte) {
		got = append(got, len(row))
		if len(got) == 1 && !customID.Match(row) {
			t.Errorf("the id is lost: %.60s", row)
		}
	}); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0] > 4096 || got[1] != 2 {
		t.Errorf("lines of %v bytes", got)
	}
}

type filler struct{}

func (filler) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestTake(t *testing.T) {
	const id = "d111111111111111111111111111111111111111111111111-1"
	tests := map[string]struct {
		row     string
		status  int
		body    string
		missing string // the beginning
		strange bool
	}{
		"an answer":         {`{"custom_id":"` + id + `","response":{"status_code":200,"request_id":"r","body":{"a":1}},"error":null}`, 200, `{"a":1}`, "", false},
		"a status":          {`{"custom_id":"` + id + `","response":{"status_code":429,"body":{"error":{}}}}`, 429, `{"error":{}}`, "", false},
		"a body as text":    {`{"custom_id":"` + id + `","response":{"status_code":200,"body":"{\"a\":"}}`, 200, `{"a":`, "", false},
		"an error":          {`{"custom_id":"` + id + `","response":null,"error":{"code":"batch_expired","message":"too late, sk-secret-0123456789"}}`, 0, "", "the batch could not answer this line: batch_expired: too late, [redacted]", false},
		"a status of none":  {`{"custom_id":"` + id + `","response":{"status_code":0,"body":null},"error":{"code":"x","message":"y"}}`, 0, "", "the batch could not answer this line: x: y", false},
		"neither":           {`{"custom_id":"` + id + `"}`, 0, "", "its line in the batch's output is empty", false},
		"half a line":       {`{"custom_id":"` + id + `","response":{"status_code":2`, 0, "", "its line in the batch's output cannot be read", false},
		"somebody else's":   {`{"custom_id":"nobody","response":{"status_code":200,"body":{}}}`, 0, "", "", true},
		"no JSON at all":    {`<html>`, 0, "", "", true},
		"other types":       {`{"custom_id":5}`, 0, "", "", true},
		"delivered already": {`{"custom_id":"d222222222222222222222222222222222222222222222222-1","response":{"status_code":200,"body":{}}}`, 0, "", "", false},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			r, said := oneRound(t, id)
			r.take([]byte(c.row))
			r.take([]byte(c.row)) // a second time it changes nothing
			if got := r.strange > 0; got != c.strange {
				t.Errorf("strange: %v", got)
			}
			select {
			case out := <-said:
				if c.status == 0 && c.missing == "" {
					t.Fatalf("outcome %+v", out)
				}
				if a := out.answer; c.status != 0 && (a == nil || a.status != c.status || string(a.body) != c.body) {
					t.Errorf("answer %+v", a)
				}
				if !strings.HasPrefix(out.missing, c.missing) {
					t.Errorf("missing: %q", out.missing)
				}
			default:
				if c.status != 0 || c.missing != "" {
					t.Error("no outcome")
				}
			}
		})
	}
}

// oneRound is a reading of the output of a batch in which one line is waited for.
func oneRound(t testing.TB, id string) (*round, chan outcome) {
	t.Helper()
	tr, err := New(Config{APIKey: llm.NewSecret("sk-secret-0123456789")})
	if err != nil {
		t.Fatal(err)
	}
	stem, n, ok := cutID(id)
	if !ok {
		t.Fatalf("%q is no id", id)
	}
	said := make(chan outcome, 1)
	b := newBatch(Submission{ID: newID()})
	b.add(&line{stem: stem, attempt: n, waiters: []chan outcome{said}})
	b.order, b.waiting = append(b.order, "d222222222222222222222222222222222222222222222222-1"), 1
	return &round{t: tr, b: b, seen: map[string]bool{}}, said
}

// Whatever stands in the output: a line has one outcome at most, and a body
// that is handed up as JSON is what stood there.
func FuzzTake(f *testing.F) {
	const id = "d111111111111111111111111111111111111111111111111-1"
	f.Add([]byte(`{"custom_id":"` + id + `","response":{"status_code":200,"body":{"a":1}}}` + "\n{}"))
	f.Add([]byte(`{"custom_id":"` + id + `"`))
	f.Add([]byte("\x00\n\n{\"custom_id\":[]}\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		r, said := oneRound(t, id)
		if err := eachLine(bytes.NewReader(file), r.take); err != nil {
			t.Fatal(err)
		}
		if r.b.waiting < 0 || r.b.waiting+len(said) != 1 {
			t.Fatalf("%d wait, %d outcomes", r.b.waiting, len(said))
		}
		if len(said) == 1 {
			out := <-said
			if (out.answer == nil) == (out.missing == "") {
				t.Fatalf("outcome %+v", out)
			}
			if a := out.answer; a != nil && (a.status < 100 || a.status > 599) {
				t.Fatalf("status %d", a.status)
			}
			if a := out.answer; a != nil && len(a.body) > 0 && bytes.Contains(file, a.body) && a.body[0] == '{' && !json.Valid(a.body) && !bytes.Contains(file, []byte(`"{`)) {
				t.Fatalf("body %q", a.body)
			}
		}
	})
}
