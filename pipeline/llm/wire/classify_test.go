package wire

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
)

// The shapes in which servers have been seen to say what is wrong.
func TestErrorOf(t *testing.T) {
	tests := []struct{ name, body, message, kind, code, param string }{
		{"OpenAI", `{"error":{"message":"m","type":"t","code":"c","param":"p"}}`, "m", "t", "c", "p"},
		{"nulls", `{"error":{"message":"m","type":null,"code":null,"param":null}}`, "m", "", "", ""},
		{"numeric code", `{"error":{"message":"m","code":429}}`, "m", "", "429", ""},
		{"list of messages", `{"error":{"message":["a","b"]}}`, "a, b", "", "", ""},
		{"no message", `{"error":{"code":"c"}}`, `{"code":"c"}`, "", "c", ""},
		{"a string (Ollama)", `{"error":"model is loading"}`, "model is loading", "", "", ""},
		{"vLLM", `{"object":"error","message":"m","type":"BadRequestError","param":null,"code":400}`, "m", "BadRequestError", "400", ""},
		{"FastAPI", `{"detail":"Not Found"}`, "Not Found", "", "", ""},
		{"FastAPI, list", `{"detail":[{"msg":"field required"}]}`, `[{"msg":"field required"}]`, "", "", ""},
		{"Azure's filter", `{"error":{"message":"m","code":"400","innererror":{"code":"ResponsibleAIPolicyViolation"}}}`, "m", "", "content_filter", ""},
		{"JSON without a meaning", `{"status":"down"}`, `{"status":"down"}`, "", "", ""},
		{"no JSON", "<html>502</html>", "<html>502</html>", "", "", ""},
		{"a list", `[{"error":{}}]`, `[{"error":{}}]`, "", "", ""},
		{"nothing", "", "", "", "", ""},
		{"error null", `{"error":null,"message":"m"}`, "m", "", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := errorOf([]byte(tt.body))
			if want := (said{tt.message, tt.kind, tt.code, tt.param}); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

// Status and words give the class; nothing is without one.
func TestClass(t *testing.T) {
	tests := []struct {
		status int
		body   string
		code   pipeline.Code
		retry  bool
	}{
		{400, `{"error":{"message":"too many tokens in the prompt"}}`, pipeline.TooLong, false},
		{400, `{"error":{"message":"x","type":"exceed_context_size_error"}}`, pipeline.TooLong, false},
		{400, `{"error":{"message":"prompt is too long: 210000 tokens > 200000 maximum"}}`, pipeline.TooLong, false},
		{500, `{"error":{"message":"context length of the cache is broken"}}`, pipeline.Unavailable, true},
		{429, `{"error":{"message":"maximum context tokens per minute reached","code":"rate_limit_exceeded"}}`, pipeline.RateLimit, true},
		{400, `{"error":{"message":"x","code":"content_policy_violation"}}`, pipeline.Refused, false},
		{403, `{"error":{"message":"triggering our content management policy"}}`, pipeline.Refused, false},
		{403, `{"error":{"message":"x","code":"billing_not_active"}}`, pipeline.Quota, false},
		{429, `{"error":{"message":"x","type":"insufficient_quota","code":null}}`, pipeline.Quota, false},
		{400, `{"error":{"message":"x","code":"model_not_found"}}`, pipeline.Unavailable, false},
		{503, `{"error":{"message":"x","code":"slow_down"}}`, pipeline.RateLimit, true},
		{505, ``, pipeline.Unavailable, false},
		{599, ``, pipeline.Unavailable, true},
		{418, ``, pipeline.Invalid, false},
		{304, ``, pipeline.Unavailable, false},
		{101, ``, pipeline.Invalid, false},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.status, " ", tt.body), func(t *testing.T) {
			err := classify(tt.status, http.Header{}, []byte(tt.body), nil)
			f := failureOf(err)
			if pipeline.CodeOf(err) != tt.code || f.Retryable != tt.retry || f.Message == "" && http.StatusText(tt.status) != "" {
				t.Errorf("got %q, retry %v (%v); want %q, %v", pipeline.CodeOf(err), f.Retryable, err, tt.code, tt.retry)
			}
		})
	}
}

func TestOneLine(t *testing.T) {
	tests := []struct {
		in   string
		max  int
		want string
	}{
		{"a\r\n\tb  c", 10, "a b c"},
		{"\x1b[31mred\x1b[0m\x00", 20, "[31mred [0m"},
		{"left\u202eright\u200b", 20, "left right"},
		{"длинное слово", 8, "длинное…"},
		{"bad\xff", 10, "bad\ufffd"},
		{"", 5, ""},
	}
	for _, tt := range tests {
		if got := oneLine(tt.in, tt.max); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.in, got, tt.want)
		}
	}
	if got := oneLine(strings.Repeat("я", 1<<20), 500); len([]rune(got)) != 500 {
		t.Errorf("%d runes", len([]rune(got)))
	}
}

// The message of a failure says status, words and attempts, once each.
func TestFailureMessage(t *testing.T) {
	tests := []struct {
		f    Failure
		want string
	}{
		{Failure{Status: 503, Message: "busy", Attempts: 4}, "status 503: busy (after 4 attempts)"},
		{Failure{Status: 401, Message: "no", Attempts: 1}, "status 401: no"},
		{Failure{Err: errIdle}, "the server fell silent"},
	}
	for _, tt := range tests {
		if got := tt.f.Error(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

// A wait is never negative, never absurd, whatever a header says.
func FuzzWait(f *testing.F) {
	f.Add("3", "", "", "", "")
	f.Add("Wed, 21 Oct 2015 07:28:00 GMT", "Wed, 21 Oct 2015 07:00:00 GMT", "1e9", "0", "1h")
	f.Add("-1", "x", "NaN", "0", "-9223372036854775808")
	f.Fuzz(func(t *testing.T, after, date, ms, left, reset string) {
		h := http.Header{}
		for name, v := range map[string]string{
			"Retry-After": after, "Date": date, "Retry-After-Ms": ms,
			"X-Ratelimit-Remaining-Requests": left, "X-Ratelimit-Reset-Requests": reset,
		} {
			h.Set(name, v)
		}
		if d := wait(h); d < 0 || d > farWait+time.Second {
			t.Errorf("waits %s", d)
		}
	})
}

// The low estimate of tokens stays below what real vocabularies need.
func TestTokensPerRune(t *testing.T) {
	tests := []struct {
		name string
		text string
		real int // tokens in o200k, as measured in the study of libraries
		part int // of so many runes
	}{
		{"English", "abcdefghi ", 608, 2867},
		{"Russian", "абвгдежзи ", 82, 344},
		{"Turkish", "abcçdefgğh", 93, 339},
	}
	for _, tt := range tests {
		least := 0.0
		for i := range tt.part {
			r := []rune(tt.text)
			least += tokensPerRune(r[i%len(r)])
		}
		if least > float64(tt.real) || least < float64(tt.real)*0.6 {
			t.Errorf("%s: the estimate is %.0f, really %d", tt.name, least, tt.real)
		}
	}
}

func TestPromptHeldLooksPastRuns(t *testing.T) {
	req := &llm.Request{Messages: []llm.Message{{Role: "user", Content: strings.Repeat("=", 8000) + "Hello"}}}
	if err := promptHeld(req, pipeline.Usage{InputTokens: 150, Known: true}); err != nil {
		t.Errorf("a line of one sign: %v", err)
	}
}
