package wire

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
)

// collect reads all events, and how they end.
func collect(s string) (out []string, err error) {
	r := newSSE(iotest.OneByteReader(strings.NewReader(s)))
	for {
		e, err := r.next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		out = append(out, e.kind+"|"+e.data)
	}
}

// The framing rules of the WHATWG HTML standard, "server-sent events".
func TestSSE(t *testing.T) {
	tests := []struct {
		name, in, want string
		cut            bool
	}{
		{"LF", "data: a\n\ndata: b\n\n", "|a ; |b", false},
		{"CRLF", "data: a\r\n\r\ndata: b\r\n\r\n", "|a ; |b", false},
		{"CR", "data: a\r\rdata: b\r\r", "|a ; |b", false},
		{"mixed", "data: a\r\n\ndata: b\r\n\r", "|a ; |b", false},
		{"byte order mark", "\ufeffdata: a\n\n", "|a", false},
		{"no space", "data:a\n\n", "|a", false},
		{"one space only is taken off", "data:  a\n\n", "| a", false},
		{"several lines", "data: a\ndata:\ndata: b\n\n", "|a\n\nb", false},
		{"field without colon", "data\n\n", "|", false},
		{"comments and other fields", ": hi\nid: 7\nretry: 10\n\ndata: a\n\n", "|a", false},
		{"event type", "event: error\ndata: a\n\n", "error|a", false},
		{"nothing", "", "", false},
		{"cut in data", "data: a\n\ndata: b", "|a", true},
		{"cut before the blank line", "data: a\n\ndata: b\n", "|a", true},
		{"empty lines only", "\n\n\r\n", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := collect(tt.in)
			if strings.Join(got, " ; ") != tt.want || (err != nil) != tt.cut {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
		})
	}
	if _, err := collect("data: " + strings.Repeat("x", maxLine+1) + "\n\n"); !errors.Is(err, errLine) {
		t.Errorf("an endless line: %v", err)
	}
}

// However the stream is framed, what is read is what was written.
func FuzzSSE(f *testing.F) {
	f.Add("Hello", "мир\n", uint8(0))
	f.Add("a\rb", "\ufeff", uint8(5))
	f.Fuzz(func(t *testing.T, a, b string, how uint8) {
		end := []string{"\n", "\r", "\r\n"}[how%3]
		clean := strings.NewReplacer("\r\n", "\n", "\r", "\n")
		var in strings.Builder
		for _, data := range []string{clean.Replace(a), clean.Replace(b)} {
			if how&4 != 0 {
				in.WriteString(": comment" + end)
			}
			for line := range strings.SplitSeq(data, "\n") {
				in.WriteString("data: " + line + end)
			}
			in.WriteString(end)
		}
		got, err := collect(in.String())
		want := []string{"|" + clean.Replace(a), "|" + clean.Replace(b)}
		if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got %q, %v; want %q", got, err, want)
		}
	})
}

// Whatever bytes come, reading ends with an answer that has a finish reason,
// or a typed error.
func FuzzRead(f *testing.F) {
	f.Add(200, "text/event-stream", "data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\n\n")
	f.Add(200, "application/json", `{"choices":[{"message":{"content":[{"text":"a"}]},"finish_reason":"stop"}],"usage":{"prompt_tokens":"1"}}`)
	f.Add(429, "application/json", `{"error":{"message":["a","b"],"code":7,"type":null}}`)
	f.Add(500, "text/html", "\x1b[31m<html>")
	f.Fuzz(func(t *testing.T, status int, kind, body string) {
		x := llm.Reply{Status: status, Header: map[string]string{"Content-Type": kind}, Body: []byte(body)}
		a, err := judge(x, llm.Request{MaxTokens: 10}, llm.Profile{})
		switch {
		case err == nil && (a == nil || a.Finish == "" || a.Finish == llm.Stop && a.Text == "" && a.Refusal == ""):
			t.Errorf("taken for an answer: %+v", a)
		case err != nil && (pipeline.CodeOf(err) == "" || failureOf(err) == nil || errors.Is(err, io.EOF)):
			t.Errorf("not typed: %v", err)
		case err != nil && strings.ContainsAny(err.Error(), "\x1b\x00\n\r"):
			t.Errorf("control characters in %q", err.Error())
		}
	})
}

func TestLoops(t *testing.T) {
	russian := "Посол Карлов был убит в Анкаре в понедельник вечером, сообщил представитель МИД. "
	tests := []struct {
		name, text, sent string
		want             bool
	}{
		{"prose", strings.Repeat("x", 0) + prose(), "", false},
		{"one letter", "и" + strings.Repeat("а", 400), "", true},
		{"spaces", `{"s1":"a",` + strings.Repeat(" ", 600), "", true},
		{"new lines and tabs", `{` + strings.Repeat("\n\t", 300), "", true},
		{"a word", strings.Repeat("ve ", 200), "", true},
		{"a sentence", prose() + strings.Repeat(russian, 6), "", true},
		{"a sentence four times", prose() + strings.Repeat(russian, 4), "", false},
		{"a short run of dashes", prose() + strings.Repeat("-", 200), "", false},
		{"a repetition that was asked about", prose() + strings.Repeat("=", 600), "text " + strings.Repeat("=", 700), false},
		{"keys that count", counted20(), "", false},
		{"empty lists", strings.Repeat(`[],`, 200), "", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := loops{sent: tt.sent}
			if got := l.certain(tt.text); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func prose() string {
	var b strings.Builder
	for i := range 60 {
		fmt.Fprintf(&b, "Sentence %d says that %d people met. ", i, i*i)
	}
	return b.String()
}

func counted20() string {
	var b strings.Builder
	for i := range 60 {
		fmt.Fprintf(&b, `"s%d":"","s%d":[],`, i, i)
	}
	return b.String()
}

// A stream that loops is stopped early; what came before the loop stays.
func TestLoopIsStopped(t *testing.T) {
	var b strings.Builder
	b.WriteString("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"{\\\"s1\\\":\\\"Да.\\\",\\\"s2\\\":\\\"\"}}]}\n\n")
	for range 5000 {
		b.WriteString("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"ve bu \"}}]}\n\n")
	}
	a, err := judge(llm.Reply{Status: 200, Header: map[string]string{"Content-Type": "text/event-stream"}, Body: []byte(b.String())}, llm.Request{MaxTokens: 100000}, llm.Profile{})
	if err != nil || a.Finish != llm.Loop || len(a.Text) > 1000 || !strings.HasPrefix(a.Text, `{"s1":"Да.","s2":"ve bu`) {
		t.Errorf("%d bytes, finish %q, %v", len(a.Text), a.Finish, err)
	}
}

// A server that ignores the token limit is stopped a fifth above it.
func TestEndlessStream(t *testing.T) {
	var b strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&b, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"%d \"}}]}\n\n", i*i)
	}
	a, err := judge(llm.Reply{Status: 200, Header: map[string]string{"Content-Type": "text/event-stream"}, Body: []byte(b.String())}, llm.Request{MaxTokens: 100}, llm.Profile{})
	if err != nil || a.Finish != llm.Length || strings.Count(a.Text, " ") > 190 {
		t.Errorf("%+v, %v", a, err)
	}
}

// Replies that are complete in odd ways, and incomplete in plain ones.
func TestOddReplies(t *testing.T) {
	ev := func(s string) string { return "data: " + s + "\n\n" }
	tests := []struct {
		name, body, text string
		finish           llm.Finish
		code             pipeline.Code
		profile          llm.Profile
	}{
		{"content as parts", `{"choices":[{"message":{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},"finish_reason":"stop"}]}`, "ab", llm.Stop, "", llm.Profile{}},
		{"byte order mark", "\ufeff" + `{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}]}`, "a", llm.Stop, "", llm.Profile{}},
		{"two documents", `{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}]}{"choices":[]}`, "", "", pipeline.BadOutput, llm.Profile{}},
		{"content twice", `{"choices":[{"message":{"content":"a","content":"b"},"finish_reason":"stop"}]}`, "", "", pipeline.BadOutput, llm.Profile{}},
		{"not UTF-8", "{\"choices\":[{\"message\":{\"content\":\"a\xff\"},\"finish_reason\":\"stop\"}]}", "", "", pipeline.BadOutput, llm.Profile{}},
		{"null", `null`, "", "", pipeline.BadOutput, llm.Profile{}},
		{"a list", `[]`, "", "", pipeline.BadOutput, llm.Profile{}},
		{"nothing", ``, "", "", pipeline.BadOutput, llm.Profile{}},
		{"white space", "  \n ", "", "", pipeline.BadOutput, llm.Profile{}},
		{"vLLM's error", `{"object":"error","message":"boom","code":400}`, "", "", pipeline.Invalid, llm.Profile{}},
		{"FastAPI's error", `{"detail":"Not Found"}`, "", "", pipeline.Unavailable, llm.Profile{}},
		{"text after the reason", ev(`{"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}`) + ev(`{"choices":[{"delta":{"content":"b"}}]}`), "a", llm.Stop, "", llm.Profile{}},
		{"[DONE] without a reason", ev(`{"choices":[{"delta":{"content":"a"}}]}`) + ev("[DONE]"), "", "", pipeline.Truncated, llm.Profile{}},
		{"the same, by profile", ev(`{"choices":[{"delta":{"content":"a"}}]}`) + ev("[DONE]"), "a", llm.Stop, "", llm.Profile{DoneOnly: true}},
		{"only reasoning", ev(`{"choices":[{"delta":{"reasoning_content":"hm"}}]}`) + ev(`{"choices":[{"delta":{},"finish_reason":"stop"}]}`), "", "", pipeline.BadOutput, llm.Profile{}},
		{"reasoning, then cut", ev(`{"choices":[{"delta":{"reasoning":"hm"}}]}`) + ev(`{"choices":[{"delta":{},"finish_reason":"length"}]}`), "", llm.Length, "", llm.Profile{}},
		{"reasoning is left out", ev(`{"choices":[{"delta":{"reasoning_content":"hm"}}]}`) + ev(`{"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}`), "a", llm.Stop, "", llm.Profile{}},
		{"ping events", ev(`{"type":"ping"}`) + ev(`{"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}`), "a", llm.Stop, "", llm.Profile{}},
		{"another word for stop", ev(`{"choices":[{"delta":{"content":"a"},"finish_reason":"eos"}]}`), "a", llm.Stop, "", llm.Profile{}},
		{"error as a string", `{"error":"model is loading"}`, "", "", pipeline.Unavailable, llm.Profile{}},
		{"error in mid-stream, with usage", ev(`{"choices":[{"delta":{"content":"a"}}]}`) + ev(`{"error":{"code":429,"message":"slow"}}`), "", "", pipeline.RateLimit, llm.Profile{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, err := judge(llm.Reply{Status: 200, Body: []byte(tt.body)}, llm.Request{}, tt.profile)
			if pipeline.CodeOf(err) != tt.code {
				t.Fatalf("class %q, want %q (%v)", pipeline.CodeOf(err), tt.code, err)
			}
			if err == nil && (a.Text != tt.text || a.Finish != tt.finish) {
				t.Errorf("got %+v", a)
			}
		})
	}
}
