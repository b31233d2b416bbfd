package term

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"dragoman/pipeline"
)

// The article's sentences and the summary's are translated side by side: each
// has a line of its own, also where they are as many.
func TestProgressTellsPartsApart(t *testing.T) {
	var b bytes.Buffer
	p := NewProgress(&b, false, func() time.Time { return time.Unix(0, 0) })
	defer p.Close()
	of := func(what, part string, done int) pipeline.Event {
		return pipeline.Event{Type: what, Stage: "translate", Lang: "ru", Part: part, Done: done, Total: 8}
	}
	p.Event(of("started", "article", 0))
	p.Event(of("started", "summary", 0))
	p.Event(of("call", "summary", 5))
	if got, want := p.line(), "translate ru 0/8 · translate ru summary 5/8 · 0 calls · 0 tokens · 0s"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	p.Event(of("finished", "article", 8))
	p.Event(of("finished", "summary", 7))
	p.Say("a word\nbetween")
	want := []string{"translate ru: 8 of 8 sentences", "translate ru summary: 7 of 8 sentences", "a word between"}
	for i, line := range strings.Split(strings.TrimSpace(b.String()), "\n") {
		if i >= len(want) || !strings.HasPrefix(line, want[i]) {
			t.Errorf("line %d: %s", i, line)
		}
	}
}

// A line of its own takes the status line's place, which is drawn again below.
func TestSayAboveTheStatusLine(t *testing.T) {
	var b bytes.Buffer
	p := NewProgress(&b, true, func() time.Time { return time.Unix(0, 0) })
	p.Event(pipeline.Event{Type: "started", Stage: "correct", Total: 3})
	p.Say("stopping")
	p.Close()
	p.Say("done")
	if got := b.String(); !strings.Contains(got, "\rstopping\n\rcorrect 0/3") || !strings.HasSuffix(got, "\rdone\n") {
		t.Errorf("got %q", got)
	}
	(*Progress)(nil).Say("nothing")
}
