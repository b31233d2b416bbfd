package batch

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"iter"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
)

// Why says what is to be done with an article, and for what reason.
type Why string

// The reasons. What is to be worked on comes first.
const (
	New        Why = "new"        // never met before
	Changed    Why = "changed"    // its text is another
	Resettled  Why = "settings"   // model, prompts, glossary, checks or the program are others; what is stored costs nothing
	Unfinished Why = "unfinished" // an earlier run did not come to its end
	Again      Why = "again"      // it failed or is flagged, and is asked afresh: --only failed
	Fresh      Why = "fresh"      // --fresh asks for everything
	Rewrite    Why = "rewrite"    // done, but its files are missing or not whole: no call is needed

	Unchanged  Why = "unchanged"  // done already
	LeftOut    Why = "left out"   // well, where only what failed is wanted
	Unreadable Why = "unreadable" // no article comes of this input
	Doubled    Why = "doubled"    // its id was another's before
)

// Asks reports whether the article is to be worked on.
func (w Why) Asks() bool {
	switch w {
	case New, Changed, Resettled, Unfinished, Again, Fresh:
		return true
	}
	return false
}

// Choice is one article and what is to be done with it.
type Choice struct {
	Why Why
	// Doc is the row to be stored: waiting with its Article where the article
	// is to be worked on, failed where it is unreadable, else the row as it
	// is. It is nil where the id is doubled.
	Doc *store.Document
	// Anew is, of a Rewrite, the row to be stored and worked on where the
	// edition is not in the store any more: it was pruned, or never kept.
	Anew *store.Document
	// Stands says that the row of an unfinished article is as this run wants
	// it: it need not be stored again, and may be under way.
	Stands bool
	Size   int    // bytes of the article, for the estimate
	Twin   bool   // another article of this run has the same text: once that one is done, this one costs nothing
	ID     string // of the article
	Origin string
	Err    error // why it is unreadable, or doubled
}

// Selection is what Select goes by.
type Selection struct {
	Collection string
	Run        string // of the documents taken on
	Settings   string // Plan.Settings
	OnlyFailed bool   // nothing but what is flagged, failed or stopped, and that afresh
	Fresh      bool   // everything, but for what this run has done already
	Chunk      int    // articles looked up at once; 0 is 200
	Now        func() time.Time

	// Present says whether a file of a folder is there with so many bytes;
	// nil: files are not looked at.
	Present func(folder string, size int64) bool
}

// defaultChunk is how many articles are read, looked up and stored in one go:
// enough that a database is asked seldom, few enough to be held at once.
const defaultChunk = 200

// Select reads every input of the census and says what is to be done with it,
// a chunk at a time. An article that is done costs reading it and a look into
// the store. The error ends the walk: of the store, or of ctx.
func Select(ctx context.Context, in *Inputs, c *Census, docs store.Documents, s Selection) iter.Seq2[[]Choice, error] {
	if s.Chunk <= 0 {
		s.Chunk = defaultChunk
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	sel := &selecting{Selection: s, census: c, docs: docs, texts: map[uint64]struct{}{}}
	return func(yield func([]Choice, error) bool) {
		c.begin()
		var chunk []met
		for input, err := range in.All(ctx) {
			k := keyOf(input.ID)
			c.meet(k, err)
			if !c.takes(k) {
				continue
			}
			m := met{Input: input, err: err}
			if first, doubled := c.first(k, input.Origin); doubled && err == nil {
				m.doubled = first
			}
			if chunk = append(chunk, m); len(chunk) < s.Chunk {
				continue
			}
			choices, err := sel.chunk(ctx, chunk)
			if !yield(choices, err) || err != nil {
				return
			}
			chunk = chunk[:0]
		}
		if choices, err := sel.chunk(ctx, chunk); len(choices) > 0 || err != nil {
			yield(choices, err)
		}
	}
}

// selecting is one selection under way.
type selecting struct {
	Selection
	census *Census
	docs   store.Documents
	// texts are the first 8 bytes of the digests of the texts that are worked
	// on: a million are 20 MB. Two that are the same by chance, once in 30
	// million such batches, cost an article a later place.
	texts map[uint64]struct{}
}

// met is an input that was met on the walk, and what reading it gave.
type met struct {
	Input
	err     error
	doubled string // origin of the first input of this id
	arts    []*pipeline.Article
}

// chunk reads some inputs side by side, looks them up together, and decides.
func (s *selecting) chunk(ctx context.Context, chunk []met) ([]Choice, error) {
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i := range chunk {
		if m := &chunk[i]; m.err == nil && m.doubled == "" {
			g.Go(func() error {
				m.arts, m.err = m.Read(ctx)
				return nil
			})
		}
	}
	_ = g.Wait() // what cannot be read is told of its article
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	var ids []string
	for _, m := range chunk {
		ids = append(ids, m.ID)
		for _, a := range m.arts[min(1, len(m.arts)):] {
			ids = append(ids, a.ID)
		}
	}
	before, err := s.docs.Get(ctx, s.Collection, ids, false)
	if err != nil {
		return nil, fmt.Errorf("looking up articles: %w", err)
	}
	var choices []Choice
	for _, m := range chunk {
		switch {
		case m.doubled != "":
			choices = append(choices, doubled(m))
		case m.err != nil:
			choices = append(choices, s.unreadable(m, before[m.ID]))
		}
		for _, a := range m.arts {
			choice, err := s.choose(m, a, before[a.ID])
			if err != nil {
				return nil, err
			}
			choices = append(choices, choice)
		}
	}
	return choices, nil
}

func doubled(m met) Choice {
	return Choice{Why: Doubled, ID: m.ID, Origin: m.Origin, Err: invalid(m.Origin, "give one of them another id or name", "has the id %q, which is that of %s", m.ID, m.doubled)}
}

// unreadable is the choice about an input that no article comes of. What an
// earlier run made of it stays in the store and in the output folder.
func (s *selecting) unreadable(m met, before *store.Document) Choice {
	doc := s.row(m.ID, m.Origin, before)
	doc.State, doc.Input = store.DocFailed, ""
	doc.Report = Failure(m.err).JSON()
	return Choice{Why: Unreadable, Doc: doc, ID: m.ID, Origin: m.Origin, Err: m.err}
}

// row is a document that this run takes on.
func (s *selecting) row(id, origin string, before *store.Document) *store.Document {
	doc := &store.Document{Collection: s.Collection, ID: id, Folder: FolderName(id), Origin: origin, Settings: s.Settings, Run: s.Run, Updated: s.Now()}
	if before != nil {
		doc.Written = before.Written
	}
	return doc
}

// choose decides about one article.
func (s *selecting) choose(m met, a *pipeline.Article, before *store.Document) (Choice, error) {
	input := InputDigest(a)
	c := Choice{Why: s.why(input, before), Doc: before, ID: a.ID, Origin: m.Origin}
	if !c.Why.Asks() && c.Why != Rewrite {
		return c, nil
	}
	c.Stands = c.Why == Unfinished && before.Run == s.Run && before.Input == input && before.Settings == s.Settings && before.State == store.DocWaiting
	article, err := EncodeArticle(a)
	if err != nil {
		return c, err
	}
	if c.Why == Rewrite {
		c.Anew = s.row(a.ID, m.Origin, before)
		c.Anew.State, c.Anew.Input, c.Anew.Article, c.Anew.Report = store.DocWaiting, input, article, before.Report
		return c, nil
	}
	c.Size = len(article)
	if !c.Stands {
		c.Doc = s.row(a.ID, m.Origin, before)
		c.Doc.State, c.Doc.Input, c.Doc.Article = store.DocWaiting, input, article
		c.Doc.Afresh = c.Why == Again || c.Why == Unfinished && before.Afresh
	}
	if !c.Stands && before != nil && before.Input == input {
		c.Doc.Report = before.Report
	}
	k := keyOf(input)
	text := binary.LittleEndian.Uint64(k[:])
	_, c.Twin = s.texts[text]
	s.texts[text] = struct{}{}
	return c, nil
}

// why compares an article with its row.
func (s *selecting) why(input string, before *store.Document) Why {
	ended := before != nil && before.State.Final()
	same := before != nil && before.Input == input && before.Settings == s.Settings
	if s.OnlyFailed && (before == nil || before.State == store.DocDone) {
		return LeftOut
	}
	switch {
	case before == nil:
		return New
	case before.Input != input:
		return Changed
	case same && ended && before.Run == s.Run && s.Run != "":
		return s.written(before)
	case s.OnlyFailed && before.State != store.DocWaiting:
		return Again
	case !ended:
		return Unfinished
	case !same:
		return Resettled
	case s.Fresh:
		return Fresh
	}
	return s.written(before)
}

// written looks whether the files of an article that is done are there.
func (s *selecting) written(before *store.Document) Why {
	if s.Present == nil || before.State == store.DocFailed {
		return Unchanged
	}
	var r Result
	if json.Unmarshal(before.Report, &r) != nil || before.Written == "" || !s.Present(before.Folder, r.Bytes) {
		return Rewrite
	}
	return Unchanged
}
