package textless

import (
	"bytes"
	"context"
	"encoding/json"
	"iter"
	"slices"
	"strings"
	"sync"

	"dragoman/cmd/internal/store"
)

// documents stores the rows of articles without their texts, and remembers
// what this process works on.
type documents struct {
	under store.Documents

	mu       sync.Mutex
	articles map[docName][]byte // that are not at their end
	reports  map[docName][]byte // whole accounts
	results  *shelf[docName, *edition]
}

type docName struct{ collection, id string }

// edition is a document.json.
type edition struct{ json []byte }

func (e *edition) size() int64 { return int64(len(e.json)) }

// Put stores rows without their texts. A text that was stored before is taken
// away. See [store.Documents].
func (t *documents) Put(ctx context.Context, docs ...*store.Document) error {
	bare := make([]*store.Document, len(docs))
	for i, d := range docs {
		row := *d
		row.Report = blanked(d.Report)
		if row.Article != nil {
			row.Article = []byte{}
		}
		if row.Result != nil {
			row.Result = []byte{}
		}
		bare[i] = &row
	}
	if err := t.under.Put(ctx, bare...); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, d := range docs {
		t.remember(d)
	}
	return nil
}

// remember keeps what a row lacks in the store; t.mu is held.
func (t *documents) remember(d *store.Document) {
	name := docName{d.Collection, d.ID}
	t.reports[name] = slices.Clone(d.Report)
	switch {
	case d.State.Final():
		delete(t.articles, name)
	case d.Article != nil:
		t.articles[name] = slices.Clone(d.Article)
	}
	switch {
	case d.Written != "" && !strings.HasPrefix(d.Collection, scheduled): // its files stand
		t.results.drop(name)
	case d.Result != nil:
		t.results.put(name, &edition{slices.Clone(d.Result)})
	}
}

// scheduled begins the collections of schedules, whose editions are wanted
// until their deliveries have ended. See schedule.Collection.
const scheduled = "schedule:"

// Get gives rows, with the texts that this process has. See [store.Documents].
func (t *documents) Get(ctx context.Context, collection string, ids []string, whole bool) (map[string]*store.Document, error) {
	rows, err := t.under.Get(ctx, collection, ids, whole)
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, row := range rows {
		t.complete(row)
		if !whole {
			continue
		}
		name := docName{row.Collection, row.ID}
		if article, ok := t.articles[name]; ok {
			row.Article = slices.Clone(article)
		}
		if result, ok := t.results.get(name); ok {
			row.Result = slices.Clone(result.json)
		}
		row.Article, row.Result = present(row.Article), present(row.Result)
	}
	return rows, nil
}

// present is a text, nil where it is not stored.
func present(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}

// List gives rows. See [store.Documents].
func (t *documents) List(ctx context.Context, collection, run string, states ...store.DocState) iter.Seq2[*store.Document, error] {
	return func(yield func(*store.Document, error) bool) {
		for row, err := range t.under.List(ctx, collection, run, states...) {
			if err == nil {
				t.mu.Lock()
				t.complete(row)
				t.mu.Unlock()
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

// complete gives a row its whole account, where it is still the one that this
// process stored; t.mu is held.
func (t *documents) complete(row *store.Document) {
	whole, ok := t.reports[docName{row.Collection, row.ID}]
	if ok && bytes.Equal(blanked(whole), row.Report) {
		row.Report = slices.Clone(whole)
	}
}

// wordy are the fields of accounts that hold words of an article, or words
// about it that may quote it, and what stands in for them.
var wordy = map[string]string{
	"headline": "", "title": "", "text": "", "summary": "", "excerpt": "", "note": "",
	"message": "what it was is not stored (no-store-text)",
}

// blanked is an account without the words of its article. What is no JSON is
// left out.
func blanked(report json.RawMessage) json.RawMessage {
	if len(report) == 0 {
		return report
	}
	dec := json.NewDecoder(bytes.NewReader(report))
	dec.UseNumber() // as they stand
	var v any
	if dec.Decode(&v) != nil {
		return nil
	}
	b, err := json.Marshal(blank(v))
	if err != nil {
		return nil
	}
	return b
}

func blank(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, field := range v {
			v[name] = blank(field)
			words, is := field.(string)
			if instead, may := wordy[strings.ToLower(name)]; is && may && words != "" {
				v[name] = instead
			}
		}
	case []any:
		for i := range v {
			v[i] = blank(v[i])
		}
	}
	return v
}

// deliveries stores no headlines, and no findings that quote.
type deliveries struct{ store.Deliveries }

// held stands in for the reason why a delivery is held.
const held = "a sentence failed or a finding gates; the state keeps no text that would say which"

// Add stores deliveries. See [store.Deliveries].
func (t *deliveries) Add(ctx context.Context, given ...store.Delivery) error {
	given = slices.Clone(given)
	for i := range given {
		given[i].Headline = ""
		if given[i].State == store.DeliveryHeld && given[i].Reason != "" {
			given[i].Reason = held
		}
	}
	return t.Deliveries.Add(ctx, given...)
}

// firings stores no headlines.
type firings struct{ store.Firings }

// Claim stores a firing. See [store.Firings].
func (t *firings) Claim(ctx context.Context, f store.Firing) (store.Firing, bool, error) {
	f.Report = blanked(f.Report)
	return t.Firings.Claim(ctx, f)
}

// Update changes a firing. See [store.Firings].
func (t *firings) Update(ctx context.Context, f store.Firing) error {
	f.Report = blanked(f.Report)
	return t.Firings.Update(ctx, f)
}
