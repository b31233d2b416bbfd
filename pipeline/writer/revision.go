package writer

import (
	"fmt"
	"strings"

	"dragoman/pipeline"
)

// revised says what the text of the article has become since the edition
// before, in plain text; "" where there was none.
func (l labels) revised(r *pipeline.Revision) string {
	if r == nil {
		return ""
	}
	gone := make([]string, len(r.Removed))
	for i, s := range r.Removed {
		gone[i] = s.ID
	}
	var parts []string
	for _, p := range []struct {
		word string
		ids  []string
	}{{l.Changed, r.Changed}, {l.Added, r.Added}, {l.Moved, r.Moved}} {
		if len(p.ids) > 0 {
			parts = append(parts, fmt.Sprintf("%s %d (%s)", p.word, len(p.ids), strings.Join(p.ids, ", ")))
		}
	}
	if len(gone) > 0 { // their ids are of the edition before, and would mislead here
		parts = append(parts, fmt.Sprintf("%s %d", l.Removed, len(gone)))
	}
	return fmt.Sprintf(l.Updated, strings.Join(parts, ", "), l.date(r.Date))
}

// removed lists the sentences of the edition before that are not there any
// more; only the English edition has their text.
func (m *markdown) removed(doc *pipeline.Document) {
	if doc.Revision == nil || len(doc.Revision.Removed) == 0 {
		return
	}
	m.para("---")
	m.para("## Removed since the edition before")
	m.WriteByte('\n')
	for _, s := range doc.Revision.Removed {
		m.WriteString("- " + escape(s.ID) + ": " + escape(s.Text) + "\n")
	}
}

// revisionView is a revision as the report shows it.
type revisionView struct {
	Text    string
	Of      string // digest of the edition before
	Removed []pipeline.RemovedSentence
}

// revision is what the report says of the edition before; nil where there was
// none.
func (b *builder) revision() *revisionView {
	r := b.doc.Revision
	if r == nil {
		return nil
	}
	v := &revisionView{Text: clean(english().revised(r)), Of: clean(r.Of)}
	for _, s := range r.Removed {
		v.Removed = append(v.Removed, pipeline.RemovedSentence{ID: clean(s.ID), Text: clean(s.Text)})
	}
	return v
}

// news says by sentence what a revision made of it, in a word.
func news(r *pipeline.Revision) map[string]string {
	out := map[string]string{}
	if r == nil {
		return out
	}
	l := english()
	for _, p := range []struct {
		word string
		ids  []string
	}{{l.Changed, r.Changed}, {l.Added, r.Added}, {l.Moved, r.Moved}} {
		for _, id := range p.ids {
			out[id] = p.word
		}
	}
	return out
}
