package sink

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/text/language"

	"dragoman/cmd/internal/batch"
	"dragoman/cmd/internal/schedule"
	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
	"dragoman/pipeline/writer"
)

// shelf keeps deliveries and documents in memory, by the contract of package
// store.
type shelf struct {
	mu         sync.Mutex
	deliveries []store.Delivery
	documents  map[string]*store.Document
	broken     error // what every call gives
}

func (s *shelf) Add(_ context.Context, ds ...store.Delivery) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range ds {
		if slices.ContainsFunc(s.deliveries, func(x store.Delivery) bool { return x.ID == d.ID }) {
			continue
		}
		for i := range s.deliveries {
			x := &s.deliveries[i]
			open := x.State == store.DeliveryHeld || x.State == store.DeliveryPending || x.State == store.DeliveryDead
			if open && x.Collection == d.Collection && x.Document == d.Document && x.Sink == d.Sink {
				x.State, x.Ended = store.DeliveryOverruled, d.Made
			}
		}
		s.deliveries = append(s.deliveries, d)
	}
	return s.broken
}

func (s *shelf) Update(_ context.Context, d store.Delivery, from store.DeliveryState) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.deliveries {
		x := &s.deliveries[i]
		if x.ID == d.ID && x.State == from {
			x.State, x.Reason, x.Attempts, x.Next, x.Ended = d.State, d.Reason, d.Attempts, d.Next, d.Ended
			return true, s.broken
		}
	}
	return false, s.broken
}

func (s *shelf) List(_ context.Context, f store.DeliveryFilter) iter.Seq2[store.Delivery, error] {
	s.mu.Lock()
	found := slices.DeleteFunc(slices.Clone(s.deliveries), func(d store.Delivery) bool {
		return f.Collection != "" && d.Collection != f.Collection || f.Document != "" && d.Document != f.Document || f.Sink != "" && d.Sink != f.Sink ||
			len(f.States) > 0 && !slices.Contains(f.States, d.State) ||
			!f.Due.IsZero() && (d.State != store.DeliveryPending || d.Next.After(f.Due))
	})
	broken := s.broken
	s.mu.Unlock()
	slices.SortStableFunc(found, func(a, b store.Delivery) int { return a.Made.Compare(b.Made) })
	if f.Limit > 0 {
		found = found[:min(f.Limit, len(found))]
	}
	return func(yield func(store.Delivery, error) bool) {
		if broken != nil {
			yield(store.Delivery{}, broken)
			return
		}
		for _, d := range found {
			if !yield(d, nil) {
				return
			}
		}
	}
}

// rows is the shelf as store.Documents.
type rows struct{ *shelf }

func (r rows) Put(_ context.Context, docs ...*store.Document) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, d := range docs {
		r.documents[d.ID] = d
	}
	return nil
}

func (r rows) Get(_ context.Context, collection string, ids []string, _ bool) (map[string]*store.Document, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := map[string]*store.Document{}
	for _, id := range ids {
		if d := r.documents[id]; d != nil && d.Collection == collection {
			copied := *d
			out[id] = &copied
		}
	}
	return out, r.broken
}

func (r rows) List(context.Context, string, string, ...store.DocState) iter.Seq2[*store.Document, error] {
	return func(func(*store.Document, error) bool) {}
}

// desk is a courier with its doubles and a clock that stands.
type desk struct {
	*Courier
	shelf *shelf
	clock time.Time
	t     *testing.T
}

var opening = time.Date(2026, 11, 28, 10, 0, 0, 0, time.UTC)

func newDesk(t *testing.T, targets ...Target) *desk {
	t.Helper()
	d := &desk{shelf: &shelf{documents: map[string]*store.Document{}}, clock: opening, t: t}
	d.Courier = &Courier{
		Deliveries: d.shelf, Documents: rows{d.shelf}, Collection: schedule.Collection("evening"), Schedule: "evening", Deliver: schedule.DeliverClean,
		Targets: targets, Now: func() time.Time { return d.clock }, Jitter: func() float64 { return 0 },
	}
	return d
}

// article is a small document in three languages.
func article(id, headline string) *pipeline.Document {
	art := func(h, p string) *pipeline.Article {
		return &pipeline.Article{ID: id, URL: "https://news.example/" + id, InLanguage: language.English, Body: []pipeline.Block{
			{ID: "h1", Kind: pipeline.Headline, Sentences: []pipeline.Sentence{{ID: "h1s1", Text: h}}},
			{ID: "p1", Kind: pipeline.Paragraph, Sentences: []pipeline.Sentence{{ID: "p1s1", Text: p}}},
		}}
	}
	units := func(h, p string) []pipeline.Unit {
		return []pipeline.Unit{
			{ID: "h1s1", Source: headline, Target: h, State: pipeline.Translated}, {ID: "p1s1", Source: "It rained.", Target: p, State: pipeline.Translated},
		}
	}
	return &pipeline.Document{
		Source: art(headline, "It rained."), Normalized: art(headline, "It rained."), Corrected: art(headline, "It rained."),
		Corrections: units(headline, "It rained."),
		Translations: []pipeline.Translation{
			{Lang: language.Russian, Article: units("Заголовок", "Шёл дождь.")}, {Lang: language.Turkish, Article: units("Başlık", "Yağmur yağdı.")},
		},
		Origin: pipeline.Origin{Author: pipeline.AIAutonomous, Model: "m-1", Date: opening},
	}
}

// flagged makes the Russian paragraph of a document fail.
func flagged(doc *pipeline.Document) *pipeline.Document {
	u := &doc.Translations[0].Article[1]
	u.State, u.Note = pipeline.Failed, "T03"
	doc.Findings = append(doc.Findings, pipeline.Finding{
		ID: "f-1", Check: "T03", Category: "accuracy/untranslated", Severity: pipeline.Major, Stage: "translate", Lang: "ru", Span: pipeline.Span{Sentence: "p1s1"}, Message: "Left in English.",
	})
	return doc
}

// finish stores a document as the engine would, and plans its delivery.
func (d *desk) finish(id string, doc *pipeline.Document) []store.Delivery {
	d.t.Helper()
	row := &store.Document{Collection: d.Collection, ID: id, Folder: batch.FolderName(id)}
	state := store.DocDone
	if len(doc.Findings) > 0 {
		state = store.DocFlagged
	}
	if _, err := batch.Finish(row, state, doc, nil); err != nil {
		d.t.Fatal(err)
	}
	if err := d.Documents.Put(d.t.Context(), row); err != nil {
		d.t.Fatal(err)
	}
	planned, err := d.Plan(d.t.Context(), &store.Document{Collection: row.Collection, ID: row.ID, State: row.State})
	if err != nil {
		d.t.Fatal(err)
	}
	return planned
}

func (d *desk) roundNow() Tally {
	d.t.Helper()
	tally, err := d.Round(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	return tally
}

// until works rounds off, each when the last one says, up to a moment.
func (d *desk) until(end time.Time) (all Tally) {
	d.t.Helper()
	for range 100_000 {
		t := d.roundNow()
		all.Delivered, all.Failed, all.Dead = all.Delivered+t.Delivered, all.Failed+t.Failed, all.Dead+t.Dead
		all.Waiting, all.Held, all.Next = t.Waiting, t.Held, t.Next
		if t.Next.IsZero() || t.Next.After(end) {
			d.clock = end
			return all
		}
		if t.Next.After(d.clock) {
			d.clock = t.Next
		}
	}
	d.t.Fatal("no end of rounds")
	return all
}

// states is where the deliveries stand: "a/first held".
func (d *desk) states() string {
	var out []string
	for _, x := range d.shelf.deliveries {
		out = append(out, fmt.Sprintf("%s/%s %s", x.Document, x.Sink, x.State))
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// catcher is a Sink that keeps what it is given, and fails as told.
type catcher struct {
	mu    sync.Mutex
	got   []Edition
	tries int
	fail  func(e Edition, tries int) error
}

func (c *catcher) Deliver(_ context.Context, e Edition) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tries++
	if c.fail != nil {
		if err := c.fail(e, c.tries); err != nil {
			return err
		}
	}
	c.got = append(c.got, e)
	return nil
}

func (c *catcher) Remove(context.Context, string, bool) ([]string, error) { return []string{"x"}, nil }

func (c *catcher) headlines() string {
	var out []string
	for _, e := range c.got {
		out = append(out, e.Article+":"+cmp.Or(headline(e.Document), "–"))
	}
	return strings.Join(out, " ")
}

// flusher is a catcher whose deliveries count with a flush.
type flusher struct {
	catcher
	flushes int
	failing error
}

func (f *flusher) Flush(context.Context) error { f.flushes++; return f.failing }

var errDown = &Passing{Err: errors.New("nobody answers")}

func jsonOf(t *testing.T, doc *pipeline.Document) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := writer.JSON(&b, doc); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
