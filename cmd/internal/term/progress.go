package term

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"dragoman/pipeline"
)

// minRedraw is the shortest time between two drawings of the status line: ten
// a second are as many as an eye follows.
const minRedraw = 100 * time.Millisecond

// heartbeat is how often a run that has no status line says that it is alive:
// a call on a desk's own machine takes minutes.
const heartbeat = 30 * time.Second

// Progress tells on stderr what a run is doing: one status line that is drawn
// over and over on a terminal, else a plain line each time a stage ends, and
// one every half a minute. Its
// methods may be called from several goroutines; a nil *Progress says nothing.
type Progress struct {
	w     io.Writer
	live  bool
	now   func() time.Time
	start time.Time

	mu     sync.Mutex
	calls  int
	stored int
	tokens int
	stages map[string]*pipeline.Event // the last event of each stage that is still running
	order  []string                   // keys of stages, in the order they began
	drawn  time.Time
	length int // columns that the status line fills now
	stop   chan struct{}
	closed bool
}

// NewProgress tells about a run on w until Close. live wants the status line: w
// must be a terminal then. now is the clock.
func NewProgress(w io.Writer, live bool, now func() time.Time) *Progress {
	p := &Progress{w: w, live: live, now: now, start: now(), stages: map[string]*pipeline.Event{}, stop: make(chan struct{})}
	every := heartbeat
	if live {
		every = time.Second
	}
	go p.tick(every)
	return p
}

// tick shows now and then that the run is alive.
func (p *Progress) tick(every time.Duration) {
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		select {
		case <-p.stop:
			return
		case <-t.C:
			p.mu.Lock()
			if !p.closed {
				p.beat()
			}
			p.mu.Unlock()
		}
	}
}

// beat shows what is running; p.mu is held.
func (p *Progress) beat() {
	switch {
	case len(p.order) == 0:
	case p.live:
		p.draw(false)
	default:
		fmt.Fprintln(p.w, p.line())
	}
}

// Event takes one event of the run.
func (p *Progress) Event(e pipeline.Event) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if e.Step != nil {
		p.count(e.Step)
	}
	key := label(e)
	switch e.Type {
	case "started":
		p.order = append(p.order, key)
		p.stages[key] = &e
		p.draw(true)
	case "finished":
		p.order = slices.DeleteFunc(p.order, func(k string) bool { return k == key })
		delete(p.stages, key)
		if p.live {
			p.draw(true)
		} else {
			fmt.Fprintf(p.w, "%s: %s\n", String(label(e)), p.figures(e))
		}
	default:
		if p.stages[key] != nil {
			p.stages[key] = &e
		}
		p.draw(false)
	}
}

func (p *Progress) count(s *pipeline.Step) {
	if s.Stored {
		p.stored++
		return
	}
	p.calls += s.Sent
	p.tokens += s.Usage.InputTokens + s.Usage.OutputTokens
}

// label names a stage: "translate ru", with "summary" behind it where it is of
// the summary's sentences, and before it the article where a run has several.
func label(e pipeline.Event) string {
	parts := []string{e.Article, e.Stage, e.Lang}
	if e.Part == "summary" {
		parts = append(parts, e.Part)
	}
	return strings.Join(strings.Fields(strings.Join(parts, " ")), " ")
}

// figures is "18 of 18 sentences · 4 calls · 5,210 tokens · 12s".
func (p *Progress) figures(e pipeline.Event) string {
	var parts []string
	if e.Total > 0 {
		parts = append(parts, fmt.Sprintf("%d of %d sentences", e.Done, e.Total))
	}
	return strings.Join(append(parts, p.totals()), " · ")
}

func (p *Progress) totals() string {
	s := Count(p.calls, "call") + " · " + Number(p.tokens) + " tokens"
	if p.stored > 0 {
		s = Count(p.calls, "call") + fmt.Sprintf(" (%d answered from store)", p.stored) + " · " + Number(p.tokens) + " tokens"
	}
	return s + " · " + Elapsed(p.now().Sub(p.start))
}

// draw writes the status line over the one before it.
func (p *Progress) draw(force bool) {
	if !p.live {
		return
	}
	now := p.now()
	if !force && now.Sub(p.drawn) < minRedraw {
		return
	}
	p.drawn = now
	line := p.line()
	if limit := Width(p.w) - 1; utf8.RuneCountInString(line) > limit {
		line = string([]rune(line)[:max(limit-1, 0)]) + "…"
	}
	n := utf8.RuneCountInString(line)
	fmt.Fprint(p.w, "\r", line, strings.Repeat(" ", max(p.length-n, 0)))
	p.length = n
}

// line is what is running, and the totals.
func (p *Progress) line() string {
	var parts []string
	for _, key := range p.order {
		e := p.stages[key]
		part := label(*e)
		if e.Total > 0 {
			part = fmt.Sprintf("%s %d/%d", part, e.Done, e.Total)
		}
		parts = append(parts, part)
	}
	return String(strings.Join(append(parts, p.totals()), " · "))
}

// Say writes a line of its own, above the status line.
func (p *Progress) Say(line string) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	fmt.Fprintln(p.w, String(line))
	if !p.closed {
		p.draw(true)
	}
}

// clear takes the status line away; p.mu is held.
func (p *Progress) clear() {
	if p.live && p.length > 0 {
		fmt.Fprint(p.w, "\r", strings.Repeat(" ", p.length), "\r")
		p.length = 0
	}
}

// Close takes the status line away, so that what follows begins on a clean
// one. It may be called more than once.
func (p *Progress) Close() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.closed = true
		close(p.stop)
	}
	p.clear()
}

// Elapsed is a duration in the precision that a person wants: milliseconds
// below a second, tenths below a minute, else seconds.
func Elapsed(d time.Duration) string {
	switch {
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < time.Minute:
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}

// Number writes n with a comma between groups of three digits.
func Number(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Count is a number with its noun: "1 call", "3 calls".
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if stem, is := strings.CutSuffix(noun, "ry"); is {
		return Number(n) + " " + stem + "ries"
	}
	return Number(n) + " " + noun + "s"
}
