package term

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dragoman/pipeline"
)

func TestClean(t *testing.T) {
	for name, test := range map[string]struct{ in, want string }{
		"plain":          {"Ankara, 19 December\n\tкурьер çocuk", "Ankara, 19 December\n\tкурьер çocuk"},
		"colour":         {"a\x1b[31mb", "a[31mb"},
		"title":          {"\x1b]0;owned\x07x", "]0;ownedx"},
		"return":         {"safe\rowned", "safeowned"},
		"C1":             {"a\u009bb", "ab"},
		"delete":         {"a\x7fb\x08c", "abc"},
		"bidi":           {"a\u202eb\u2066c\u200fd", "abcd"},
		"tags":           {"a\U000e0041b", "ab"},
		"separators":     {"a\u2028b\u2029c\ufeffd", "abcd"},
		"broken UTF-8":   {"a\xffb", "a\ufffdb"},
		"joiner stays":   {"a\u200db", "a\u200db"},
		"no-break space": {"a\u00a0b", "a\u00a0b"},
	} {
		var b bytes.Buffer
		n, err := Clean(&b).Write([]byte(test.in))
		if err != nil || n != len(test.in) || b.String() != test.want {
			t.Errorf("%s: got %q, %d, %v", name, b.String(), n, err)
		}
	}
}

func TestCleanAcrossWrites(t *testing.T) {
	const text = "Чавушоглу \u202e Çavuşoğlu"
	for cut := range len(text) {
		var b bytes.Buffer
		w := Clean(&b)
		for _, part := range []string{text[:cut], text[cut:]} {
			if _, err := w.Write([]byte(part)); err != nil {
				t.Fatal(err)
			}
		}
		if want := strings.ReplaceAll(text, "\u202e", ""); b.String() != want {
			t.Fatalf("cut at %d: got %q", cut, b.String())
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add("a\x1b[31mb\u202e", 3)
	f.Fuzz(func(t *testing.T, s string, cut int) {
		var b bytes.Buffer
		w := Clean(&b)
		cut = min(max(cut, 0), len(s))
		for _, part := range []string{s[:cut], s[cut:]} {
			if _, err := w.Write([]byte(part)); err != nil {
				t.Fatal(err)
			}
		}
		for _, r := range b.String() {
			if !Safe(r) {
				t.Fatalf("%q lets %U through", s, r)
			}
		}
	})
}

func TestString(t *testing.T) {
	if got := String("a\nb\tc\x1b[0m"); got != "a b c[0m" {
		t.Errorf("got %q", got)
	}
}

func TestTable(t *testing.T) {
	var b bytes.Buffer
	if err := Table(&b, [][]string{{"name", "ru", "tr"}, {"Çavuşoğlu", "Чавушоглу", "Çavuşoğlu"}, {"a\nb", "-", ""}}); err != nil {
		t.Fatal(err)
	}
	want := "name       ru         tr\nÇavuşoğlu  Чавушоглу  Çavuşoğlu\na b        -\n"
	if b.String() != want {
		t.Errorf("got\n%s", b.String())
	}
}

// clock is a clock that moves by one step a reading.
func clock(step time.Duration) func() time.Time {
	now := time.Date(2016, 12, 19, 20, 43, 0, 0, time.UTC)
	return func() time.Time {
		now = now.Add(step)
		return now
	}
}

func events() []pipeline.Event {
	step := &pipeline.Step{Sent: 1, Usage: pipeline.Usage{InputTokens: 1000, OutputTokens: 234}}
	return []pipeline.Event{
		{Type: "started", Stage: "correct", Total: 18},
		{Type: "call", Stage: "correct", Done: 18, Total: 18, Step: step},
		{Type: "finished", Stage: "correct", Done: 18, Total: 18},
		{Type: "started", Stage: "translate", Lang: "ru", Total: 18},
		{Type: "call", Stage: "translate", Lang: "ru", Done: 18, Total: 18, Step: &pipeline.Step{Stored: true}},
		{Type: "finished", Stage: "translate", Lang: "ru", Done: 18, Total: 18},
	}
}

func TestProgressPlain(t *testing.T) {
	var b bytes.Buffer
	p := NewProgress(&b, false, clock(time.Second))
	for _, e := range events() {
		p.Event(e)
	}
	p.Close()
	p.Close()
	want := "correct: 18 of 18 sentences · 1 call · 1,234 tokens · 1s\n" +
		"translate ru: 18 of 18 sentences · 1 call (1 answered from store) · 1,234 tokens · 2s\n"
	if b.String() != want {
		t.Errorf("got\n%s", b.String())
	}
}

func TestProgressLive(t *testing.T) {
	var b bytes.Buffer
	p := NewProgress(&b, true, clock(time.Second))
	for _, e := range events() {
		p.Event(e)
	}
	p.Close()
	if strings.Contains(b.String(), "\n") || !strings.Contains(b.String(), "correct 18/18 · 1 call") || !strings.HasSuffix(b.String(), " \r") {
		t.Errorf("got %q", b.String())
	}
}

func TestProgressIsAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b bytes.Buffer
		p := NewProgress(&b, false, time.Now)
		p.Event(events()[0])
		time.Sleep(65 * time.Second)
		synctest.Wait()
		p.Close()
		want := "correct 0/18 · 0 calls · 0 tokens · 30s\ncorrect 0/18 · 0 calls · 0 tokens · 1m0s\n"
		if b.String() != want {
			t.Errorf("got\n%s", b.String())
		}
	})
}

func TestProgressSaysNothing(t *testing.T) {
	var p *Progress
	for _, e := range events() {
		p.Event(e)
	}
	p.Close()
}

func TestNumbers(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1234: "-1,234"} {
		if got := Number(n); got != want {
			t.Errorf("%d: got %q", n, got)
		}
	}
	if Count(1, "call") != "1 call" || Count(0, "call") != "0 calls" || Count(1200, "call") != "1,200 calls" || Count(2, "delivery") != "2 deliveries" || Count(2, "day") != "2 days" {
		t.Error("wrong plural")
	}
}

func TestIs(t *testing.T) {
	f, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if Is(&bytes.Buffer{}) || Is(f) {
		t.Error("a buffer or a file is taken for a terminal")
	}
}
