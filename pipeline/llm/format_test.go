package llm

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"dragoman/pipeline"
)

// The files of the ledger and of recordings are read by later versions and by
// people: their form is pinned here to the byte.
func pinned() *Exchange {
	req := Request{
		Stage: "translate", Lang: "ru", Prompt: "translate/article@1", PromptDigest: "sha256:aa", Model: "m", Temperature: 0, MaxTokens: 90,
		Messages: []Message{{"system", "Rules."}, {"user", `{"task":"translate/article","sentences":{"s1":"He said <no> & left."}}`}},
		Schema:   json.RawMessage(`{"type":"object","properties":{"s1":{"type":"string"}},"required":["s1"],"additionalProperties":false}`), SchemaName: "reply",
		Units: []string{"p1s1"},
	}
	return &Exchange{
		Key: Key(&req), Request: req, Rung: RungSchema, Params: json.RawMessage(`{"model":"m","temperature":0}`), Shape: "sha256:bb",
		Endpoint: "http://model.test/v1/chat/completions", Sent: time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC), Duration: 1250 * time.Millisecond,
		Reply: Reply{Status: 200, Header: map[string]string{"Content-Type": "text/event-stream"}, Body: []byte("data: {}\n\n")},
	}
}

func TestExchangeFileForm(t *testing.T) {
	b, err := encodeFile(newExchangeFile(pinned()))
	if err != nil {
		t.Fatal(err)
	}
	want := `{
  "stage": "translate",
  "lang": "ru",
  "prompt": "translate/article@1",
  "promptDigest": "sha256:aa",
  "model": "m",
  "units": [
    "p1s1"
  ],
  "temperature": 0,
  "maxTokens": 90,
  "messages": [
    {
      "role": "system",
      "content": "Rules."
    },
    {
      "role": "user",
      "content": "{\"task\":\"translate/article\",\"sentences\":{\"s1\":\"He said <no> & left.\"}}"
    }
  ],
  "schemaName": "reply",
  "schema": {
    "type": "object",
    "properties": {
      "s1": {
        "type": "string"
      }
    },
    "required": [
      "s1"
    ],
    "additionalProperties": false
  },
  "rung": "schema",
  "params": {
    "model": "m",
    "temperature": 0
  },
  "shape": "sha256:bb",
  "endpoint": "http://model.test/v1/chat/completions",
  "sent": "2026-11-22T18:00:00Z",
  "durationMs": 1250,
  "status": 200,
  "header": {
    "Content-Type": "text/event-stream"
  },
  "body": "data: {}\n\n"
}
`
	if string(b) != want {
		t.Errorf("the form changed:\n%s", b)
	}
}

func TestRecordingForm(t *testing.T) {
	x := pinned()
	rec := recording{
		Provenance: Live, Request: recordRequest(&x.Request, x.Rung, x.Params, x.Shape),
		Response: recordResponse(x, &Answer{Text: `{"s1":"Он сказал «нет»."}`, Finish: Stop, Model: "m-1", Usage: pipeline.Usage{InputTokens: 40, OutputTokens: 9, Known: true}}),
	}
	b, err := encodeFile(rec)
	if err != nil {
		t.Fatal(err)
	}
	want := `{
  "provenance": "live",
  "request": {
    "stage": "translate",
    "lang": "ru",
    "prompt": "translate/article@1",
    "units": [
      "p1s1"
    ],
    "keys": [
      "s1"
    ],
    "model": "m",
    "temperature": 0,
    "maxTokens": 90,
    "messages": [
      {
        "role": "system",
        "digest": "sha256:05bf3e1da15c25fbffae042c3b1cd5389be3d1d23a65f6afc6fff48d838b19ca"
      },
      {
        "role": "user",
        "content": {
          "task": "translate/article",
          "sentences": {
            "s1": "He said <no> & left."
          }
        }
      }
    ],
    "schema": "sha256:d2f1d4d7ae1a4d76ccd95b76c5e06b8f3a7c5c8a0e3e4ae4a8b56b32a1a3b6c5",
    "key": "KEY",
    "rung": "schema",
    "params": {
      "model": "m",
      "temperature": 0
    },
    "shape": "sha256:bb"
  },
  "response": {
    "finish": "stop",
    "model": "m-1",
    "usage": {
      "inputTokens": 40,
      "outputTokens": 9
    },
    "content": {
      "s1": "Он сказал «нет»."
    },
    "durationMs": 1250
  }
}
`
	want = strings.Replace(want, "KEY", x.Key, 1)
	for old, part := range map[string][]byte{
		"05bf3e1da15c25fbffae042c3b1cd5389be3d1d23a65f6afc6fff48d838b19ca": []byte("Rules."),
		"d2f1d4d7ae1a4d76ccd95b76c5e06b8f3a7c5c8a0e3e4ae4a8b56b32a1a3b6c5": x.Request.Schema,
	} {
		want = strings.Replace(want, "sha256:"+old, Digest(part), 1)
	}
	if string(b) != want {
		t.Errorf("the form changed:\n%s", b)
	}
}

// The key of a stored request is the key for ever: a change would pay for
// everything again and orphan every recording.
func TestKeyIsPinned(t *testing.T) {
	x := pinned()
	const want = "36e380584d8f752a1705d4206fafa25af683b1bd69ab3cf8faaa076dc8a21b26"
	if got := Key(&x.Request); got != want {
		t.Errorf("the key is %s, was %s", got, want)
	}
	half := recordRequest(&x.Request, x.Rung, x.Params, x.Shape)
	if got := half.key(); got != want {
		t.Errorf("the key computed from a recording is %s", got)
	}
}

// Keys of different requests differ, wherever the border between their parts
// lies.
func FuzzKey(f *testing.F) {
	f.Add("system", "ab", "user", "c")
	f.Add("system", "a", "user", "bc")
	f.Fuzz(func(t *testing.T, role1, text1, role2, text2 string) {
		a := Request{Messages: []Message{{role1, text1}, {role2, text2}}}
		b := Request{Messages: []Message{{role1, text1 + text2}, {role2, ""}}}
		if text2 != "" && Key(&a) == Key(&b) {
			t.Error("two requests, one key")
		}
		if c := (Request{Messages: slices.Clone(a.Messages)}); Key(&a) != Key(&c) {
			t.Error("one request, two keys")
		}
	})
}

// A text goes into a recording readably and comes out with the same meaning:
// an object as the same JSON, anything else to the byte.
func TestReadable(t *testing.T) {
	tests := []struct{ name, in, stored, out string }{
		{"object", `{"a":"b"}`, `{"a":"b"}`, `{"a":"b"}`},
		{"object with space", "{ \"a\" : 1,\n \"b\":[ ] }\n", "{ \"a\" : 1,\n \"b\":[ ] }", `{"a":1,"b":[]}`},
		{"space inside strings stays", `{"a":" x  y "}`, `{"a":" x  y "}`, `{"a":" x  y "}`},
		{"escapes stay", `{"a":"\u0041\/"}`, `{"a":"\u0041\/"}`, `{"a":"\u0041\/"}`},
		{"duplicate keys stay", `{"a":1,"a":2}`, `{"a":1,"a":2}`, `{"a":1,"a":2}`},
		{"cut", `{"a":"b`, `"{\"a\":\"b"`, `{"a":"b`},
		{"prose", "Да <b>", `"Да <b>"`, "Да <b>"},
		{"a list", `["a"]`, `"[\"a\"]"`, `["a"]`},
		{"a JSON string", `"a"`, `"\"a\""`, `"a"`},
		{"null", `null`, `"null"`, `null`},
		{"empty", ``, `""`, ``},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			stored := readable(tt.in)
			if string(stored) != tt.stored {
				t.Errorf("stored as %s, want %s", stored, tt.stored)
			}
			if got := text(stored); got != tt.out {
				t.Errorf("came back as %s, want %s", got, tt.out)
			}
		})
	}
}

func FuzzReadable(f *testing.F) {
	f.Add(`{"a":[1,{"b":"\ud83d"}]}`)
	f.Add("plain\x00\xff")
	f.Fuzz(func(t *testing.T, in string) {
		in = strings.ToValidUTF8(in, "")
		b, err := encodeFile(recordedResponse{Content: readable(in)})
		if err != nil {
			t.Fatal(err)
		}
		var back recordedResponse
		if err := json.Unmarshal(b, &back); err != nil {
			t.Fatal(err)
		}
		out := text(back.Content)
		if out != in && out != string(compact([]byte(strings.TrimSpace(in)))) {
			t.Errorf("%q came back as %q", in, out)
		}
	})
}

func TestFileName(t *testing.T) {
	tests := []struct {
		r    recordedRequest
		want string
	}{
		{recordedRequest{Stage: "translate", Lang: "ru", Prompt: "translate/article@3"}, "translate-ru-article"},
		{recordedRequest{Stage: "summarize", Prompt: "summarize/brief@1"}, "summarize-brief"},
		{recordedRequest{Stage: "translate", Lang: "zh-Hant", Prompt: "article"}, "translate-zh-Hant-article"},
		{recordedRequest{Stage: "../../etc", Lang: "a/b", Prompt: "x/..@1"}, "_etc-a_b-_"},
		{recordedRequest{}, "call"},
	}
	for _, tt := range tests {
		if got := fileName(&tt.r); got != tt.want || strings.ContainsAny(got, "/.\\") {
			t.Errorf("%+v: %s, want %s", tt.r, got, tt.want)
		}
	}
}

func TestOrdinal(t *testing.T) {
	for file, want := range map[string]string{
		"a-b-1.json": "a-b 1", "a-12.json": "a 12", "a.json": "a.json 0", "a-x.json": "a-x.json 0", "a-99999999999999999999.json": "a-99999999999999999999.json 0",
	} {
		name, n := ordinal(file)
		if got := fmt.Sprint(name, " ", n); got != want {
			t.Errorf("%s: %s, want %s", file, got, want)
		}
	}
}

func TestDiff(t *testing.T) {
	long := strings.Repeat("x", 300)
	var many []string
	for i := range 40 {
		many = append(many, fmt.Sprint("line ", i))
	}
	tests := []struct {
		name            string
		recorded, asked []string
		want            string
	}{
		{"same", []string{"a", "b"}, []string{"a", "b"}, ""},
		{"changed", []string{"a", "b", "c"}, []string{"a", "x", "c"}, "+ x\n- b"},
		{"more", []string{"a"}, []string{"a", "b"}, "+ b"},
		{"fewer", []string{"a", "b"}, []string{"a"}, "- b"},
		{"nothing alike", []string{"a"}, []string{"b"}, "+ b\n- a"},
		{"long line", []string{}, []string{long}, "+ " + long[:160] + "…"},
		{"many lines", many, nil, "- " + strings.Join(many[:16], "\n- ") + "\n… and 24 more lines"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := diff(tt.recorded, tt.asked); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

// Many calls are recorded at once: each under a name of its own.
func TestRecordSideBySide(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "replies")
	r, err := NewRecordings(dir, RecordingsInfo{Model: "m", Provenance: Live})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 12 {
		wg.Go(func() {
			x := pinned()
			x.Request.MaxTokens = i
			if err := r.Record(x, &Answer{Text: fmt.Sprint(i), Finish: Stop}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 13 {
		t.Fatalf("%d files, %v", len(entries), err)
	}
	back, err := OpenRecordings(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 12 {
		x := pinned()
		x.Request.MaxTokens = i
		got, err := back.Next(&Call{Request: &x.Request, Rung: x.Rung, Shape: x.Shape})
		if err != nil || got.Answer.Text != fmt.Sprint(i) || got.Answer.Usage.Known {
			t.Errorf("%d: %+v, %v", i, got, err)
		}
	}
	if left := back.Unused(); len(left) > 0 {
		t.Errorf("unused: %v", left)
	}
}

// Faults are recorded raw and served raw.
func TestRawReplies(t *testing.T) {
	tests := []struct {
		name     string
		response recordedResponse
		want     Reply
	}{
		{"status and headers", recordedResponse{Status: 429, Headers: map[string]string{"Retry-After": "1"}, Body: "{}"}, Reply{Status: 429, Header: map[string]string{"Retry-After": "1"}, Body: []byte("{}")}},
		{"no status is 200", recordedResponse{Body: "<html>"}, Reply{Status: 200, Body: []byte("<html>")}},
		{"broken off", recordedResponse{Body: "data: ", Broken: "reset"}, Reply{Status: 200, Body: []byte("data: "), Broken: "reset"}},
		{"nothing at all", recordedResponse{}, Reply{Status: 200, Body: []byte{}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x := pinned()
			r := &Recordings{dir: t.TempDir(), files: []*recording{{
				Provenance: Authored, Request: recordRequest(&x.Request, x.Rung, x.Params, x.Shape), Response: tt.response, file: "a-1.json",
			}}}
			got, err := r.Next(&Call{Request: &x.Request, Rung: x.Rung, Shape: x.Shape})
			if err != nil || got.Answer != nil || fmt.Sprintf("%+v", got.Reply) != fmt.Sprintf("%+v", tt.want) {
				t.Errorf("got %+v, %v; want %+v", got, err, tt.want)
			}
		})
	}
}

// A refusal field, a finish reason and cached tokens survive.
func TestAnswerSurvives(t *testing.T) {
	for _, want := range []Answer{
		{Text: "", Refusal: "I can't.", Finish: Stop, Model: "m"},
		{Text: `{"s1":"cu`, Finish: Length},
		{Text: "loop loop", Finish: Loop, Usage: pipeline.Usage{InputTokens: 9, OutputTokens: 8, CachedTokens: 7, Known: true}},
		{Text: "x", Finish: ContentFilter},
	} {
		r := recordResponse(pinned(), &want)
		b, err := encodeFile(r)
		if err != nil {
			t.Fatal(err)
		}
		var back recordedResponse
		if err := strictDecode(b, &back); err != nil {
			t.Fatal(err)
		}
		if got := back.answer(); *got != want {
			t.Errorf("got %+v, want %+v", *got, want)
		}
	}
}

// A file is there whole or not at all, and nothing is left beside it.
func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "a.json")
	for _, content := range []string{"first", "second, longer", ""} {
		if err := writeFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(name)
		if err != nil || string(b) != content {
			t.Errorf("read %q, %v", b, err)
		}
	}
	if err := writeFile(filepath.Join(dir, "none", "a.json"), nil, 0o600); err == nil {
		t.Error("no error for a folder that is not there")
	}
	sub := filepath.Join(dir, "sub")
	if err := os.Mkdir(sub, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := writeFile(sub, []byte("x"), 0o600); err == nil {
		t.Error("a file replaced a folder")
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}
