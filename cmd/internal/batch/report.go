package batch

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"path"
	"slices"
	"strings"
	"time"

	"dragoman/cmd/internal/outdir"
	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
	"dragoman/pipeline/writer"
)

// Head is what a report says beside its articles.
type Head struct {
	Run        string    `json:"run"`
	Collection string    `json:"collection"`
	Model      string    `json:"model"`    // asked for
	Started    time.Time `json:"started"`  // of the run
	Ended      time.Time `json:"ended"`    // when the report was written
	Finished   bool      `json:"finished"` // every article has ended: there is nothing to go on with
	Spent      string    `json:"spent"`    // by this run, in words; "" where nobody counted
	Ending     *Problem  `json:"ending"`   // what ended the run early; null where it came to its end
	Doubled    []Problem `json:"doubled"`  // inputs with an id that was another's: they have no row
	Gone       int       `json:"gone"`     // articles of earlier runs whose input is not there any more
	Notes      []string  `json:"notes"`
}

// Line is one article in results.jsonl and report.json.
type Line struct {
	ID        string                    `json:"id"`
	State     store.DocState            `json:"state"`
	Origin    string                    `json:"origin"`
	Folder    string                    `json:"folder"`   // in the output folder; "" where nothing was written
	Paths     []string                  `json:"paths"`    // of its files, in the output folder
	Headline  string                    `json:"headline"` // of the article
	Sentences int                       `json:"sentences"`
	Done      int                       `json:"done"`
	Failed    int                       `json:"failed"`
	Findings  map[pipeline.Severity]int `json:"findings"`
	Cost      []pipeline.Money          `json:"cost"`     // of the calls with a known price
	Unpriced  int                       `json:"unpriced"` // calls whose price is unknown
	Calls     int                       `json:"calls"`
	Stored    int                       `json:"stored"` // calls answered from stored replies
	Run       string                    `json:"run"`    // that last took it on
	Error     *Problem                  `json:"error"`  // null where all is well
}

// Event is a line of --json about one article.
type Event struct {
	Type string `json:"type"` // article
	Line
}

// Event is the line as an event.
func (l Line) Event() Event { return Event{"article", l} }

// Totals sums articles.
type Totals struct {
	Articles  int                       `json:"articles"`
	States    map[store.DocState]int    `json:"states"` // every state has its entry
	Sentences int                       `json:"sentences"`
	Done      int                       `json:"done"`
	Failed    int                       `json:"failed"`
	Findings  map[pipeline.Severity]int `json:"findings"` // every severity has its entry
	Waived    int                       `json:"waived"`
	Asked     writer.Tally              `json:"asked"`
	Stored    writer.Tally              `json:"stored"`
}

// Rows gives the articles of a report, of these states, or all; it is walked
// several times.
type Rows func(states ...store.DocState) iter.Seq2[*store.Document, error]

// WriteReport writes results.jsonl, report.json, report.md and index.html, each
// whole or not at all. Articles are taken one after the other: the memory that
// it takes does not grow with them. Totals of all articles are returned, from
// which a command reads its exit code.
func WriteReport(dir *outdir.Dir, head Head, rows Rows) (Totals, error) {
	r := &report{Head: head, rows: headlined(dir, rows), all: newTotals(), own: newTotals()}
	for d, err := range r.rows() {
		if err != nil {
			return r.all, fmt.Errorf("counting results: %w", err)
		}
		result := resultOf(d)
		r.all.add(d, result)
		if d.Run == head.Run {
			r.own.add(d, result)
		}
	}
	for _, f := range []outdir.File{
		{Name: resultsFile, Write: r.lines},
		{Name: reportJSON, Write: r.json},
		{Name: reportMarkdown, Write: r.markdown},
		{Name: reportHTML, Write: r.html},
	} {
		buffered := func(w io.Writer) error {
			b := bufio.NewWriterSize(w, 1<<16)
			return errors.Join(f.Write(b), b.Flush())
		}
		if err := dir.WriteFile("", outdir.File{Name: f.Name, Write: buffered}); err != nil {
			return r.all, fmt.Errorf("writing %s: %w", f.Name, err)
		}
	}
	return r.all, nil
}

// report is one report under way.
type report struct {
	Head
	rows Rows
	all  Totals
	own  Totals // of the articles that this run took on
}

func newTotals() Totals {
	t := Totals{States: map[store.DocState]int{}, Findings: map[pipeline.Severity]int{}}
	t.Asked.Usage.Known, t.Stored.Usage.Known = true, true
	for _, s := range states {
		t.States[s] = 0
	}
	for _, s := range pipeline.Severities {
		t.Findings[s] = 0
	}
	return t
}

// states are all states, those that want a person first.
var states = []store.DocState{store.DocFailed, store.DocStopped, store.DocFlagged, store.DocWaiting, store.DocDone}

func (t *Totals) add(d *store.Document, r *Result) {
	t.Articles++
	t.States[d.State]++
	t.Sentences += r.Sentences
	t.Done += r.Done
	t.Failed += r.Failed
	t.Waived += r.Waived
	for s, n := range r.Findings {
		t.Findings[s] += n
	}
	addTally(&t.Asked, r.Asked)
	addTally(&t.Stored, r.Stored)
}

// addTally adds one tally to another. Currencies stay apart.
func addTally(t *writer.Tally, u writer.Tally) {
	t.Calls += u.Calls
	t.Errors += u.Errors
	t.Unpriced += u.Unpriced
	if u.Calls > 0 {
		t.Usage = t.Usage.Add(u.Usage)
	}
	for _, m := range u.Cost {
		i, found := slices.BinarySearchFunc(t.Cost, m.Currency, func(x pipeline.Money, c string) int { return strings.Compare(x.Currency, c) })
		if !found {
			t.Cost = slices.Insert(t.Cost, i, pipeline.Money{Currency: m.Currency})
		}
		t.Cost[i].Micros += m.Micros
	}
}

// LineOf is the line of one row.
func LineOf(d *store.Document) Line {
	r := resultOf(d)
	l := Line{
		ID: d.ID, State: d.State, Origin: d.Origin, Paths: []string{}, Headline: r.Headline,
		Sentences: r.Sentences, Done: r.Done, Failed: r.Failed, Findings: r.Findings,
		Cost: r.Asked.Cost, Unpriced: r.Asked.Unpriced, Calls: r.Asked.Calls, Stored: r.Stored.Calls, Run: d.Run, Error: r.Error,
	}
	if l.Cost == nil {
		l.Cost = []pipeline.Money{}
	}
	if d.Written == "" {
		return l
	}
	l.Folder = d.Folder
	for _, name := range append([]string{"report.html", outdir.DocumentFile, "en.md"}, editionFiles(r)...) {
		l.Paths = append(l.Paths, path.Join(d.Folder, name))
	}
	return l
}

// AskedOf is what the calls for one row took.
func AskedOf(d *store.Document) writer.Tally { return resultOf(d).Asked }

func editionFiles(r *Result) []string {
	var out []string
	for _, lang := range r.Languages {
		out = append(out, lang+".md")
	}
	return out
}

// each calls f for every article of these states.
func (r *report) each(f func(d *store.Document) error, states ...store.DocState) error {
	for d, err := range r.rows(states...) {
		if err != nil {
			return fmt.Errorf("reading results: %w", err)
		}
		if err := f(d); err != nil {
			return err
		}
	}
	return nil
}

// lines writes results.jsonl.
func (r *report) lines(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return r.each(func(d *store.Document) error { return enc.Encode(LineOf(d)) })
}

// json writes report.json: the head, the totals, and the articles.
func (r *report) json(w io.Writer) error {
	top := struct {
		Head
		Totals  Totals `json:"totals"`  // of all articles
		ThisRun Totals `json:"thisRun"` // of those that this run took on
	}{r.Head, r.all, r.own}
	b, err := json.MarshalIndent(top, "", "  ")
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "%s,\n  \"articles\": [", strings.TrimSuffix(string(b), "\n}")); err != nil {
		return err
	}
	sep := "\n    "
	err = r.each(func(d *store.Document) error {
		_, err := fmt.Fprintf(w, "%s%s", sep, canonical(LineOf(d)))
		sep = ",\n    "
		return err
	})
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, "\n  ]\n}\n")
	return err
}

// urgent are the states that a report lists first.
var urgent = []store.DocState{store.DocFailed, store.DocStopped, store.DocFlagged}

// maxUrgent bounds how many articles are listed before the table of all.
const maxUrgent = 500

// eachUrgent calls f for the articles that want a person, the worst states
// first, and gives the number of those beyond the bound.
func (r *report) eachUrgent(f func(d *store.Document) error) (more int, err error) {
	n := 0
	for _, s := range urgent {
		err := r.each(func(d *store.Document) error {
			if n++; n > maxUrgent {
				return errEnough
			}
			return f(d)
		}, s)
		if err != nil && !errors.Is(err, errEnough) {
			return 0, err
		}
	}
	for _, s := range urgent {
		more += r.all.States[s]
	}
	return max(0, more-maxUrgent), nil
}

var errEnough = errors.New("enough articles are listed")
