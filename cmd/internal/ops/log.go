package ops

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"dragoman/cmd/internal/term"
	"dragoman/pipeline/llm"
)

// The formats of a log.
const (
	FormatText = "text" // key=value, as slog has it
	FormatJSON = "json" // one object a line
)

// MaxError is how many bytes of an error's text are logged.
const MaxError = 300

// maxValue is how many bytes of any other text are logged.
const maxValue = 4096

// maxLooked is how many bytes of a text are looked at for secrets; what is
// logged is a part of the beginning of them.
const maxLooked = 4 * maxValue

// Logger logs to w, one line an event and never more, whatever the texts hold:
// control and bidirectional characters are written as visible escapes, secrets
// and what is shaped like a key or a password as "[redacted]". Every format but
// FormatJSON is FormatText.
func Logger(w io.Writer, format string, level slog.Level, secrets ...llm.Secret) *slog.Logger {
	return slog.New(&safe{next: handler(w, format, level), secrets: secrets})
}

func handler(w io.Writer, format string, level slog.Level) slog.Handler {
	options := &slog.HandlerOptions{Level: level}
	if format == FormatJSON {
		return slog.NewJSONHandler(w, options)
	}
	return slog.NewTextHandler(w, options)
}

// safe hands on records of which every text is clean. slog's own handlers leave
// some of it to us: JSON keeps U+009B and U+202E as they are.
type safe struct {
	next    slog.Handler
	secrets []llm.Secret
}

// Enabled asks the handler behind.
func (s *safe) Enabled(ctx context.Context, level slog.Level) bool { return s.next.Enabled(ctx, level) }

// Handle cleans a record and hands it on.
func (s *safe) Handle(ctx context.Context, r slog.Record) error {
	clean := slog.NewRecord(r.Time, r.Level, s.text(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(s.attr(a))
		return true
	})
	return s.next.Handle(ctx, clean)
}

// WithAttrs cleans attributes once, for all records.
func (s *safe) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &safe{s.next.WithAttrs(s.attrs(attrs)), s.secrets}
}

// WithGroup cleans the name of a group.
func (s *safe) WithGroup(name string) slog.Handler {
	return &safe{s.next.WithGroup(s.text(name)), s.secrets}
}

func (s *safe) attrs(attrs []slog.Attr) []slog.Attr {
	out := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		out[i] = s.attr(a)
	}
	return out
}

func (s *safe) attr(a slog.Attr) slog.Attr {
	return slog.Attr{Key: s.text(a.Key), Value: s.value(a.Value)}
}

// value gives a value that holds nothing but what this package has cleaned:
// numbers and times as they are, everything else as clean text.
func (s *safe) value(v slog.Value) slog.Value {
	v = v.Resolve()
	switch v.Kind() {
	case slog.KindString:
		return slog.StringValue(s.text(v.String()))
	case slog.KindGroup:
		return slog.GroupValue(s.attrs(v.Group())...)
	case slog.KindAny:
		return slog.StringValue(s.cleaned(words(v.Any())))
	}
	return v
}

// words is a value of any type as text, and how many bytes of it are logged.
// Encoding it as JSON asks its own
// methods, which is how secrets in it hide.
func words(x any) (text string, most int) {
	switch x := x.(type) {
	case nil:
		return "null", maxValue
	case error:
		return saying(x.Error), MaxError
	case fmt.Stringer:
		return saying(x.String), maxValue
	}
	raw, err := json.Marshal(x)
	if err != nil {
		return fmt.Sprintf("a %T", x), maxValue
	}
	return string(raw), maxValue
}

// saying calls a method of a value that may be a nil pointer, as slog does.
func saying(method func() string) (text string) {
	defer func() {
		if r := recover(); r != nil {
			text = "a value that cannot be printed"
		}
	}()
	return method()
}

func (s *safe) text(t string) string { return s.cleaned(t, maxValue) }

// cleaned is a text that can stand in a log: without secrets, then cut, so that
// no half of a secret is left, on one line.
func (s *safe) cleaned(t string, most int) string {
	t = cut(t, maxLooked)
	for _, secret := range s.secrets {
		t = secret.Hide(t)
	}
	return escape(cut(hide(t), most))
}

// passwords are parts of addresses that hold one: user:password@, and
// password=… as databases have it.
var passwords = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)(://)[^/\s@"']+(@)|(\b(?:password|passwd|pwd|secret|token|api[-_]?key)=)[^\s&"';,]+|\bwhsec_[A-Za-z0-9+/=]+`)
})

// queries are what follows the ? of an address, where keys of feeds stand.
var queries = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)(https?://[^\s"'?#]+)[?#][^\s"']+`)
})

// hide takes out what looks like a key or a password, ours or not.
func hide(t string) string {
	if len(t) < 8 { // shorter than any
		return t
	}
	t = llm.Secret{}.Redact(t)
	return passwords().ReplaceAllString(t, "${1}${3}[redacted]${2}")
}

// failure is an error about a source, a sink or the state as it is logged:
// addresses in it have no query. The handler cuts it.
type failure struct{ err error }

func (f failure) Error() string {
	if f.err == nil {
		return ""
	}
	return queries().ReplaceAllString(cut(saying(f.err.Error), maxLooked), "$1")
}

// reason is the attribute of such an error.
func reason(err error) slog.Attr { return slog.Any(AttrError, failure{err}) }

// cut shortens a text to so many bytes, between two characters, and says so.
func cut(t string, most int) string {
	const more = "…"
	if len(t) <= most {
		return t
	}
	n := most - len(more)
	for n > 0 && !utf8.RuneStart(t[n]) {
		n--
	}
	return t[:n] + more
}

// escape writes what may not reach a terminal, a newline, a tab and what is not
// UTF-8 as visible escapes: \n, \x1b, \u202e.
func escape(t string) string {
	if !strings.ContainsFunc(t, unsafe) && utf8.ValidString(t) {
		return t
	}
	var b strings.Builder
	for i, r := range t {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(t[i:], string(utf8.RuneError)):
			fmt.Fprintf(&b, `\x%02x`, t[i])
		case r < utf8.RuneSelf && unsafe(r):
			q := strconv.QuoteRune(r)
			b.WriteString(q[1 : len(q)-1])
		case unsafe(r) && r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		case unsafe(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func unsafe(r rune) bool { return r == '\n' || r == '\t' || !term.Safe(r) }
