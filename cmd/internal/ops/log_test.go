package ops_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"unicode/utf8"

	"dragoman/cmd/internal/account"
	"dragoman/cmd/internal/ops"
	"dragoman/cmd/internal/store"
	"dragoman/cmd/internal/term"
	"dragoman/pipeline/llm"
)

// nasty are texts that want to be more than a text in a log or on a terminal.
var nasty = []string{
	"\x1b[31mred\x1b[0m", "\x1b]52;c;ZXZpbA==\a", "\u009b31m", "\u0085next", "\u202egnp.exe", "\u2066x\u2069", "\u200f", "\u061c",
	"a\nlevel=ERROR msg=forged", "a\r\n{\"level\":\"ERROR\",\"msg\":\"forged\"}", "\u2028\u2029", "\b\b\b", "\x00", "\x7f", "\ufeff",
	"\xff\xfe not UTF-8 \xc3", "\U000e0041\U000e0042", "tab\there", `quote " and \ back`, strings.Repeat("long ", 4_000),
}

type valuer struct{ s string }

func (v valuer) LogValue() slog.Value {
	return slog.GroupValue(slog.String(v.s, v.s), slog.Any("again", deeper(v)))
}

type deeper struct{ s string }

func (d deeper) LogValue() slog.Value { return slog.StringValue(d.s) }

type stringer struct{ s string }

func (s *stringer) String() string { return s.s }

// inEveryPlace logs a text wherever a record has a text.
func inEveryPlace(log *slog.Logger, text string) int {
	log.Info(text)
	log.Info("key", text, "value")
	log.Info("value", "k", text)
	log.Info("error", "k", fmt.Errorf("reading %s: %w", text, errors.New(text)))
	log.Info("joined", "k", errors.Join(errors.New(text), errors.New(text)))
	log.Info("valuer", "k", valuer{text})
	log.Info("stringer", "k", &stringer{text})
	log.Info("nil stringer", "k", (*stringer)(nil))
	log.Info("bytes", "k", []byte(text))
	log.Info("list", "k", []string{text, text})
	log.Info("struct", "k", struct{ A, B any }{text, []any{text}})
	log.Info("map", "k", map[string]any{text: text})
	log.Info("raw", "k", json.RawMessage(text))
	log.Info("not JSON", "k", func() {})
	log.Info("nil", "k", nil)
	log.Info("group", slog.Group(text, slog.String(text, text), slog.Group(text, text, text)))
	log.With(text, text).WithGroup(text).With(text, text).Info("with", text, text)
	log.Info("odd", []any{text}...)
	return 18
}

func TestNothingForgesALine(t *testing.T) {
	for _, format := range []string{ops.FormatText, ops.FormatJSON} {
		for _, text := range nasty {
			var out bytes.Buffer
			want := inEveryPlace(ops.Logger(&out, format, slog.LevelInfo), text)
			check(t, format, text, out.Bytes(), want)
		}
	}
}

// check holds a log against what holds for every log: as many lines as events,
// and no character that a terminal would obey.
func check(t *testing.T, format, text string, log []byte, want int) {
	t.Helper()
	if !utf8.Valid(log) {
		t.Errorf("%s, %.20q: not UTF-8", format, text)
	}
	lines := strings.Split(strings.TrimSuffix(string(log), "\n"), "\n")
	if len(lines) != want {
		t.Errorf("%s, %.20q: %d lines for %d events", format, text, len(lines), want)
	}
	for _, line := range lines {
		if strings.ContainsFunc(line, func(r rune) bool { return r == '\t' || !term.Safe(r) }) {
			t.Errorf("%s, %.20q: %.200q", format, text, line)
		}
		if format != ops.FormatJSON {
			if !strings.HasPrefix(line, "time=") || strings.Count(line, "level=INFO") < 1 {
				t.Errorf("%.20q: %.200q", text, line)
			}
			continue
		}
		var object any
		if err := json.Unmarshal([]byte(line), &object); err != nil {
			t.Errorf("%.20q: %v: %.200q", text, err, line)
		}
		inside(t, object)
	}
}

// inside looks at the texts in a JSON value: whoever takes them out of it and
// prints them, as `jq -r` does, is safe too.
func inside(t *testing.T, x any) {
	t.Helper()
	switch x := x.(type) {
	case string:
		if strings.ContainsFunc(x, func(r rune) bool { return r == '\n' || !term.Safe(r) }) {
			t.Errorf("the text inside is %.200q", x)
		}
	case map[string]any:
		for k, v := range x {
			inside(t, k)
			inside(t, v)
		}
	case []any:
		for _, v := range x {
			inside(t, v)
		}
	}
}

func FuzzLog(f *testing.F) {
	for _, text := range nasty {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, format := range []string{ops.FormatText, ops.FormatJSON} {
			var out bytes.Buffer
			want := inEveryPlace(ops.Logger(&out, format, slog.LevelInfo), text)
			check(t, format, text, out.Bytes(), want)
		}
	})
}

func TestEscapesAreReadable(t *testing.T) {
	for text, want := range map[string]string{
		"plain — текст İ":         "plain — текст İ",
		"a\nb":                    `a\nb`,
		"\x1b[1m":                 `\x1b[1m`,
		"\u009b":                  `\u009b`,
		"\u202e":                  `\u202e`,
		"\U000e0041":              `\U000e0041`,
		"\xff\ufffd":              `\xff` + "\ufffd",
		strings.Repeat("я", 4000): strings.Repeat("я", 2046) + "…",
	} {
		var out bytes.Buffer
		ops.Logger(&out, ops.FormatJSON, slog.LevelInfo).Info(text)
		var got struct{ Msg string }
		if err := json.Unmarshal(out.Bytes(), &got); err != nil || got.Msg != want {
			t.Errorf("%.40q: %.80q, %v; want %.80q", text, got.Msg, err, want)
		}
	}
}

// canary is a key of the shape that nothing recognises.
const canary = "zQ9-canary-7731-kk"

func TestSecretsAreNotLogged(t *testing.T) {
	key := llm.NewSecret(canary)
	for _, format := range []string{ops.FormatText, ops.FormatJSON} {
		var out bytes.Buffer
		log := ops.Logger(&out, format, slog.LevelDebug, key)
		inEveryPlace(log, "before "+canary+" after")
		log.Info("secret", "k", key, "p", &key, "s", struct{ Key llm.Secret }{key}, "l", []any{key})
		log.With(canary, key).WithGroup(canary).Info(canary, canary, canary)
		if strings.Contains(out.String(), canary) {
			t.Errorf("%s: the key is in the log", format)
		}
		if !strings.Contains(out.String(), "[redacted]") {
			t.Errorf("%s: nothing was redacted", format)
		}
	}
}

func TestNoHalfOfASecretIsLogged(t *testing.T) {
	for n := range 2 * len(canary) {
		for _, most := range []int{ops.MaxError, 4096, 4 * 4096} {
			var out bytes.Buffer
			log := ops.Logger(&out, ops.FormatText, slog.LevelInfo, llm.NewSecret(canary))
			err := errors.New(strings.Repeat("x", most-n) + canary + strings.Repeat("y", 100))
			log.Info("cut", "k", err, "s", err.Error())
			(&ops.Events{Log: log}).SourceFailed("s", "/in", err)
			if strings.Contains(out.String(), canary[:6]) {
				t.Fatalf("%d before %d: %s", n, most, out.String())
			}
		}
	}
}

func TestWhatLooksLikeASecretIsNotLogged(t *testing.T) {
	for text, part := range map[string]string{
		"POST failed: Bearer abcdefgh12345678abcd":            "abcdefgh12345678",
		"key sk-live-0123456789abcdef is wrong":               "0123456789abcdef",
		"dial postgres://user:pa55word@db/x":                  "pa55word",
		"connect host=db user=u password=pa55word dbname=d":   "pa55word",
		`Get "https://h/feed?api_key=h1ddenvalue": timeout`:   "h1ddenvalue",
		"signed with whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw!": "MfKQ9r8GKYqr",
		"token=h1ddenvalue&x=1":                               "h1ddenvalue",
	} {
		for _, format := range []string{ops.FormatText, ops.FormatJSON} {
			var out bytes.Buffer
			inEveryPlace(ops.Logger(&out, format, slog.LevelInfo), text)
			if strings.Contains(out.String(), part) {
				t.Errorf("%s: %q: %s", format, text, out.String())
			}
		}
	}
}

func TestLevels(t *testing.T) {
	var out bytes.Buffer
	log := ops.Logger(&out, ops.FormatText, slog.LevelWarn)
	log.Info("no")
	log.With("a", 1).WithGroup("g").Info("no")
	log.Warn("yes", "n", 3, "ok", true)
	if got := out.String(); strings.Contains(got, "no\n") || !strings.Contains(got, "level=WARN msg=yes n=3 ok=true") {
		t.Errorf("%q", got)
	}
}

func BenchmarkLog(b *testing.B) {
	log := ops.Logger(io.Discard, ops.FormatJSON, slog.LevelInfo, llm.NewSecret(canary))
	for b.Loop() {
		log.Info("article ended", "schedule", "world-desk", "run", "r-0123456789ab", "document", "a00017", "state", "done")
	}
}

// Whoever prints the account of a firing logs nothing of it a second time, but
// what the account does not say.
func TestBriefEvents(t *testing.T) {
	var out bytes.Buffer
	e := &ops.Events{Log: ops.Logger(&out, ops.FormatText, slog.LevelInfo), Brief: true}
	e.SourceFailed("news", "https://feed.example/", errors.New("status 500"))
	e.ArticleEnded("news", "r-1", "a1", store.DocFlagged, nil)
	e.DeliveryHeld("news", store.Delivery{Document: "a1"})
	e.FiringEnded(store.Firing{Schedule: "news"}, account.Account{Exit: 3})
	if out.Len() > 0 {
		t.Errorf("logged %s", out.String())
	}
	e.DeliveryFailed("news", store.Delivery{Document: "a1"}, errors.New("status 503"))
	if !strings.Contains(out.String(), "status 503") {
		t.Errorf("logged %q", out.String())
	}
}
