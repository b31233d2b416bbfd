package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"sync"
	"unicode/utf8"

	"dragoman/cmd/internal/batch"
	"dragoman/cmd/internal/store"
	"dragoman/cmd/internal/term"
	"dragoman/pipeline"
	"dragoman/pipeline/llm/wire"
)

// batchDisplay tells how a batch goes on, and what came of it.
type batchDisplay struct {
	env      *environment
	opts     batchOptions
	failOn   pipeline.Severity
	progress *batch.Progress
	closed   sync.Once
	lost     error // of writing events

	run    string // whose events count
	mu     sync.Mutex
	counts batch.Counts
	model  string
}

func newBatchDisplay(b *batchRun) *batchDisplay {
	look, w := batch.Lines, b.env.stderr
	switch {
	case b.opts.JSON:
		look, w = batch.JSON, b.env.stdout
	case b.opts.Quiet:
		look = batch.Silent
	case b.env.live:
		look, w = batch.Status, b.env.raw
	}
	return &batchDisplay{
		env: b.env, opts: b.opts, failOn: b.cfg.FailOn, model: b.plan.Model,
		progress: batch.NewProgress(w, look, func() int { return term.Width(b.env.raw) }, b.env.now),
		counts:   batch.Counts{Cap: b.cfg.MaxCost, MaxTok: int64(b.cfg.MaxTokens)},
	}
}

// change changes the counts and tells of it.
func (b *batchDisplay) change(f func(c *batch.Counts)) {
	b.mu.Lock()
	f(&b.counts)
	c := b.counts
	b.mu.Unlock()
	b.progress.Update(c)
}

// begin says how many articles there are, and what the run has used before, in
// an earlier process.
func (b *batchDisplay) begin(articles int, spent wire.Amount) {
	b.change(func(c *batch.Counts) {
		c.Total, c.Tokens = articles, spent.Tokens
		if spent.Money.Currency != "" {
			c.Money = &spent.Money
		}
	})
	b.progress.Run()
}

// chosen takes what was decided about one article.
func (b *batchDisplay) chosen(choice batch.Choice) {
	b.change(func(c *batch.Counts) {
		switch {
		case choice.Why == batch.Doubled: // the article of that id is counted
		case choice.Why == batch.Unreadable:
			c.Failed++
		case !choice.Why.Asks():
			c.Skipped++
		}
	})
	if choice.Err != nil {
		b.say(choice.Err.Error())
	}
	if choice.Why == batch.Unreadable {
		b.progress.Event(batch.LineOf(choice.Doc).Event())
	}
}

// unskip takes back that an article was skipped: its edition is nowhere any more.
func (b *batchDisplay) unskip() { b.change(func(c *batch.Counts) { c.Skipped-- }) }

// done takes the end of one article, and its row where there is one.
func (b *batchDisplay) done(state store.DocState, row *store.Document) {
	if row != nil {
		line := batch.LineOf(row)
		b.progress.Event(line.Event())
		if line.Error != nil && state != store.DocDone {
			b.say(fmt.Sprintf("%s: %s: %s", line.ID, state, line.Error.Message))
		}
	}
	b.change(func(c *batch.Counts) {
		switch state {
		case store.DocDone:
			c.Done++
		case store.DocFlagged:
			c.Flagged++
		case store.DocFailed:
			c.Failed++
		default:
			c.Stopped++
		}
	})
}

// event takes an event of a pipeline.
func (b *batchDisplay) event(run string, e pipeline.Event) {
	if e.Step == nil || run != b.run {
		return
	}
	b.change(func(c *batch.Counts) {
		if e.Step.Stored {
			c.Stored++
			return
		}
		c.Calls += e.Step.Sent
		c.Tokens += int64(e.Step.Usage.InputTokens + e.Step.Usage.OutputTokens)
		if e.Step.Cost != nil {
			sum := *e.Step.Cost
			if c.Money != nil {
				sum.Micros += c.Money.Micros
			}
			c.Money = &sum
		}
	})
}

func (b *batchDisplay) say(line string) {
	if !b.opts.Quiet {
		b.progress.Say(line)
	}
}

// close takes the status line away, once.
func (b *batchDisplay) close() {
	b.closed.Do(func() { b.lost = b.progress.Close() })
}

// spent is what the run has used, in words.
func (b *batchDisplay) spent(a wire.Amount) string {
	tokens := term.Number(int(a.Tokens)) + " tokens"
	switch {
	case a.Tokens == 0 && a.Money.Micros == 0:
		return "nothing"
	case a.Money.Currency == "":
		return tokens + ", price unknown"
	}
	return a.Money.String() + ", " + tokens
}

// batchEnd is the last line of --json.
type batchEnd struct {
	Type     string                 `json:"type"` // end
	Exit     int                    `json:"exit"`
	Run      string                 `json:"run"`
	Articles int                    `json:"articles"`
	States   map[store.DocState]int `json:"states"`
	Error    *eventError            `json:"error"` // null where the run came to its end
}

// finish prints what came of the batch and returns what the command ends with.
func (b *batchDisplay) finish(head batch.Head, totals batch.Totals, workErr error) error {
	end := &outcome{errs: []error{workErr}, failOn: b.failOn, counts: state{
		noEdition: totals.States[store.DocFailed] > 0 || len(head.Doubled) > 0,
		flagged:   totals.States[store.DocFlagged] > 0,
	}}
	if workErr == nil {
		end.errs = nil
		// Cancelled articles have no edition either.
		end.counts.noEdition = end.counts.noEdition || totals.States[store.DocStopped]+totals.States[store.DocWaiting] > 0
	}
	code := end.code()
	var err error
	switch {
	case b.opts.JSON:
		enc := json.NewEncoder(b.env.stdout)
		enc.SetEscapeHTML(false)
		err = enc.Encode(batchEnd{"end", code, head.Run, totals.Articles, maps.Clone(totals.States), newEventError(workErr)})
	case !b.opts.Quiet || code != 0:
		err = b.summary(head, totals)
	}
	if err = errors.Join(err, b.lost); err != nil {
		end.errs = append(end.errs, &outputError{fmt.Errorf("printing the result: %w", err)})
	}
	if end.code() == 0 {
		return nil
	}
	return end
}

// summary is the result on a terminal.
func (b *batchDisplay) summary(head batch.Head, totals batch.Totals) error {
	rows := [][]string{
		{"articles", "done", "flagged", "failed", "stopped", "unchanged", "calls", "stored", "spent"},
		{
			term.Number(totals.Articles), term.Number(totals.States[store.DocDone]), term.Number(totals.States[store.DocFlagged]),
			term.Number(totals.States[store.DocFailed]), term.Number(totals.States[store.DocStopped] + totals.States[store.DocWaiting]),
			term.Number(b.counts.Skipped), term.Number(b.counts.Calls), term.Number(b.counts.Stored), head.Spent,
		},
	}
	if err := narrow(b.env.stderr, rows); err != nil {
		return err
	}
	for _, p := range head.Doubled {
		fmt.Fprintf(b.env.stderr, "not taken: %s\n", term.String(p.Message))
	}
	for _, n := range head.Notes {
		fmt.Fprintf(b.env.stderr, "note: %s\n", term.String(n))
	}
	if head.Gone > 0 {
		fmt.Fprintf(b.env.stderr, "note: %s of earlier runs have no input any more; their files stay\n", term.Count(head.Gone, "article"))
	}
	fmt.Fprintf(b.env.stderr, "the report: %s\n", b.opts.Out+"/index.html")
	return nil
}

// tableWidth is how wide a table may be, in columns: what a terminal has where
// nobody made it wider.
const tableWidth = 80

// narrow prints two rows side by side as far as they are no wider than a table
// may be; what is left stands below, a name and its figure on each line.
func narrow(w io.Writer, rows [][]string) error {
	n, width := 0, -2
	for i, name := range rows[0] {
		if width += max(utf8.RuneCountInString(name), utf8.RuneCountInString(rows[1][i])) + 2; width <= tableWidth {
			n = i + 1
		}
	}
	if err := term.Table(w, [][]string{rows[0][:n], rows[1][:n]}); err != nil {
		return err
	}
	for i, name := range rows[0][n:] {
		if _, err := fmt.Fprintf(w, "%s: %s\n", name, term.String(rows[1][n+i])); err != nil {
			return err
		}
	}
	return nil
}
