package batch

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"dragoman/cmd/internal/term"
	"dragoman/pipeline"
)

// Counts are where a run stands.
type Counts struct {
	Total   int             // articles of the run
	Skipped int             // unchanged since an earlier run; part of Total
	Done    int             // with an edition, and nothing gates
	Flagged int             // with an edition that a person must look at
	Failed  int             // without an edition
	Stopped int             // ended early
	Running int             // under way now
	Calls   int             // made
	Stored  int             // answered from stored replies
	Tokens  int64           // input and output together
	Money   *pipeline.Money // spent so far; nil: no price is known
	Cap     *pipeline.Money // in money; nil is none
	MaxTok  int64           // cap in tokens; 0 is none
}

// Ended is how many articles need nothing more in this run.
func (c Counts) Ended() int { return c.Skipped + c.Done + c.Flagged + c.Failed + c.Stopped }

// worked is how many articles this run has brought to an end.
func (c Counts) worked() int { return c.Done + c.Flagged + c.Failed }

// Look is how progress is told.
type Look string

// The looks.
const (
	Status Look = "status" // one line on a terminal, drawn over and over
	Lines  Look = "lines"  // a plain line now and then
	JSON   Look = "json"   // JSON Lines, an event at a time
	Silent Look = "silent" // nothing
)

// How often progress is told, and what the rest of the time is reckoned from.
const (
	redraw    = 100 * time.Millisecond
	logEvery  = 30 * time.Second
	jsonEvery = time.Second
	clockEach = time.Second     // between looks at the clock while nothing changes
	window    = 5 * time.Minute // of the recent rate
	samples   = 30              // within the window
	fewest    = 3               // articles ended before a time is named
)

// Progress tells how a batch goes on. It is fed with counts as they change;
// its methods may be called from several goroutines.
type Progress struct {
	w     io.Writer
	look  Look
	width func() int // columns of the terminal
	now   func() time.Time

	mu     sync.Mutex
	start  time.Time
	last   Counts
	told   time.Time
	drawn  int
	recent []sample
	closed bool
	stop   func() // of the clock that Run keeps
	err    error
}

// sample is how many articles had ended at a time.
type sample struct {
	at    time.Time
	ended int
}

// NewProgress tells on w. width is asked on a terminal only; now is the clock.
func NewProgress(w io.Writer, look Look, width func() int, now func() time.Time) *Progress {
	p := &Progress{w: w, look: look, width: width, now: now, start: now()}
	p.recent = []sample{{p.start, 0}}
	return p
}

// ProgressEvent is a line of --json about the run as a whole.
type ProgressEvent struct {
	Type      string          `json:"type"` // progress
	Total     int             `json:"total"`
	Skipped   int             `json:"skipped"`
	Done      int             `json:"done"`
	Flagged   int             `json:"flagged"`
	Failed    int             `json:"failed"`
	Stopped   int             `json:"stopped"`
	Running   int             `json:"running"`
	Calls     int             `json:"calls"`
	Stored    int             `json:"stored"`
	Tokens    int64           `json:"tokens"`
	Cost      *pipeline.Money `json:"cost"` // null: unknown
	MaxCost   *pipeline.Money `json:"maxCost"`
	MaxTokens int64           `json:"maxTokens"`
	ElapsedMS int64           `json:"elapsedMs"`
	ETAMS     *int64          `json:"etaMs"` // null: unknown
}

// Update takes new counts, and tells about them if it is time to.
func (p *Progress) Update(c Counts) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	p.last = c
	p.remember(now)
	p.due(now)
}

// due tells where the run stands if it is time to; p.mu is held.
func (p *Progress) due(now time.Time) {
	every := map[Look]time.Duration{Status: redraw, Lines: logEvery, JSON: jsonEvery}[p.look]
	if p.look == Silent || !p.told.IsZero() && now.Sub(p.told) < every {
		return
	}
	p.tell(now)
}

// Run lets the time go on in what is told while nothing else changes, until
// Close: calls may be slow. Lines of JSON come with changes alone.
func (p *Progress) Run() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stop != nil || p.closed || p.look != Status && p.look != Lines {
		return
	}
	clock, done := time.NewTicker(clockEach), make(chan struct{})
	p.stop = sync.OnceFunc(func() { clock.Stop(); close(done) })
	go func() {
		for {
			select {
			case <-done:
				return
			case <-clock.C:
				p.mu.Lock()
				if !p.closed && !p.told.IsZero() {
					p.due(p.now())
				}
				p.mu.Unlock()
			}
		}
	}()
}

// remember keeps some samples of the window.
func (p *Progress) remember(now time.Time) {
	if n := p.last.worked(); now.Sub(p.recent[len(p.recent)-1].at) >= window/samples {
		p.recent = append(p.recent, sample{now, n})
	}
	for len(p.recent) > 2 && now.Sub(p.recent[1].at) > window {
		p.recent = p.recent[1:]
	}
}

// ETA is how long the rest will take at the recent rate; ok is false while too
// little has ended to say.
func (p *Progress) ETA() (left time.Duration, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.eta(p.now())
}

func (p *Progress) eta(now time.Time) (time.Duration, bool) {
	rest := p.last.Total - p.last.Ended()
	if rest <= 0 {
		return 0, true
	}
	from := p.recent[0]
	ended, took := p.last.worked()-from.ended, now.Sub(from.at)
	if p.last.worked() < fewest || ended <= 0 || took <= 0 {
		return 0, false
	}
	return time.Duration(float64(took) / float64(ended) * float64(rest)), true
}

// tell says where the run stands; p.mu is held.
func (p *Progress) tell(now time.Time) {
	p.told = now
	switch p.look {
	case Status:
		p.draw(now)
	case Lines:
		p.print(term.String(p.line(now)) + "\n")
	case JSON:
		p.event(p.progress(now))
	}
}

func (p *Progress) print(text string) {
	if p.err == nil {
		_, p.err = io.WriteString(p.w, text)
	}
}

// Event prints a line of --json of another kind: an article's, a note. It says
// nothing in the other looks.
func (p *Progress) Event(v any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.look == JSON {
		p.event(v)
	}
}

func (p *Progress) event(v any) {
	if p.err == nil {
		enc := json.NewEncoder(p.w)
		enc.SetEscapeHTML(false)
		p.err = enc.Encode(v)
	}
}

func (p *Progress) progress(now time.Time) ProgressEvent {
	c := p.last
	e := ProgressEvent{
		Type: "progress", Total: c.Total, Skipped: c.Skipped, Done: c.Done, Flagged: c.Flagged, Failed: c.Failed, Stopped: c.Stopped,
		Running: c.Running, Calls: c.Calls, Stored: c.Stored, Tokens: c.Tokens, Cost: c.Money, MaxCost: c.Cap, MaxTokens: c.MaxTok,
		ElapsedMS: now.Sub(p.start).Milliseconds(),
	}
	if left, ok := p.eta(now); ok {
		ms := left.Milliseconds()
		e.ETAMS = &ms
	}
	return e
}

// line is where the run stands, in one line: "412 of 10,000 · 3 failed ·
// 8 running · 4,120 calls · 2,000,000 tokens · 0.4100 of 5.0000 USD · 12m3s ·
// 2h10m left".
func (p *Progress) line(now time.Time) string {
	c := p.last
	parts := []string{term.Number(c.Ended()) + " of " + term.Number(c.Total)}
	for _, n := range []struct {
		n    int
		word string
	}{{c.Skipped, "unchanged"}, {c.Flagged, "flagged"}, {c.Failed, "failed"}, {c.Stopped, "stopped"}, {c.Running, "running"}} {
		if n.n > 0 {
			parts = append(parts, term.Number(n.n)+" "+n.word)
		}
	}
	calls := term.Count(c.Calls, "call")
	if c.Stored > 0 {
		calls += " (" + term.Number(c.Stored) + " answered from store)"
	}
	tokens := term.Number(int(c.Tokens)) + " tokens"
	if c.MaxTok > 0 {
		tokens = term.Number(int(c.Tokens)) + " of " + term.Number(int(c.MaxTok)) + " tokens"
	}
	parts = append(parts, calls, tokens, c.money(), term.Elapsed(now.Sub(p.start)))
	left := "time left unknown"
	if eta, ok := p.eta(now); ok {
		left = rough(eta) + " left"
	}
	return strings.Join(append(parts, left), " · ")
}

// money is what is spent, against the cap: "0.41 of 5.00 USD"; unknown is never 0.
func (c Counts) money() string {
	switch {
	case c.Money == nil && c.Calls == 0:
		return "nothing spent"
	case c.Money == nil:
		return "cost unknown"
	case c.Cap == nil:
		return c.Money.String()
	case c.Cap.Currency == c.Money.Currency:
		return strings.TrimSuffix(c.Money.String(), " "+c.Money.Currency) + " of " + c.Cap.String()
	}
	return c.Money.String() + " of " + c.Cap.String()
}

// rough is a time that nobody knows to the second.
func rough(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Round(time.Second).Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d.Round(time.Minute).Minutes()))
	}
	d = d.Round(time.Minute)
	return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
}

// draw writes the status line over the one before it; p.mu is held.
func (p *Progress) draw(now time.Time) {
	line := term.String(p.line(now))
	if limit := p.width() - 1; limit > 0 && utf8.RuneCountInString(line) > limit {
		line = string([]rune(line)[:max(limit-1, 0)]) + "…"
	}
	n := utf8.RuneCountInString(line)
	p.print("\r" + line + strings.Repeat(" ", max(p.drawn-n, 0)))
	p.drawn = n
}

// clear takes the status line away; p.mu is held.
func (p *Progress) clear() {
	if p.drawn > 0 {
		p.print("\r" + strings.Repeat(" ", p.drawn) + "\r")
		p.drawn = 0
	}
}

// Say writes a line of its own, above the status line; with JSON it is a note.
func (p *Progress) Say(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch p.look {
	case Silent:
	case JSON:
		p.event(struct {
			Type    string `json:"type"` // note
			Message string `json:"message"`
		}{"note", line})
	default:
		p.clear()
		p.print(term.String(line) + "\n")
	}
}

// Close tells the last counts, takes the status line away, and gives the first
// error of writing. Nobody hears of it on a terminal; it matters with JSON.
// Closing again tells nothing.
func (p *Progress) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.closed:
	case p.look == Status:
		p.clear()
	case p.look == Lines, p.look == JSON:
		p.tell(p.now())
	}
	p.closed = true
	if p.stop != nil {
		p.stop()
	}
	return p.err
}
