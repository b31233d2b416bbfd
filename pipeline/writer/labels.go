package writer

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/language"

	"dragoman/pipeline"
	"dragoman/pipeline/locale"
)

// labels are the words of an export in one language. A language without its
// own is written with the English ones.
type labels struct {
	NotDone    string // marker of a sentence without an answer; %s is its id
	Unmarked   string // remark on a source text that stands by rule; %s is its id
	SourceOf   string // before the source as a quotation; %s is the id
	Untold     string // before the list of ids without an answer
	Marked     string // before the list of ids that stand with ⚠
	Keywords   string
	Summary    string
	Headline   string
	Lead       string
	KeyPoints  string
	Short      string
	Long       string
	Evidence   string
	Findings   string
	NoFindings string
	Suggest    string
	Waived     string
	Severity   map[pipeline.Severity]string

	Updated string // %s what has become of the sentences, %s date of the edition before
	Changed string // before a number of sentences, as the next three
	Added   string
	Moved   string
	Removed string

	Disclosure string
	Autonomous string // %s model, %s date
	Assisted   string // %s model, %s role, %s date
	PseudoText string // the banner
	PseudoMade string // %s model, %s date
	HandText   string // the banner of replies written by hand
	HandMade   string // %s date
	NoModel    string // nothing was asked of a model
	NoName     string // for a model or a role that is not known
	NoDate     string
	Prompts    string
	Months     [12]string
}

// labelsFor are the words for a BCP 47 tag. What locale knows of the language,
// the marker and the months, comes from there.
func labelsFor(lang string) labels {
	tag, err := language.Parse(lang)
	if err != nil {
		return english()
	}
	l := english()
	base, _ := tag.Base()
	switch base.String() {
	case source:
		return l
	case "ru":
		l = russian()
	case "tr":
		l = turkish()
	}
	if known, ok := locale.For(tag); ok {
		l.NotDone, l.Months = known.MissingAs, known.Calendar.Months
	}
	return l
}

// date writes a moment in UTC, with the month in words.
func (l labels) date(t time.Time) string {
	if t.IsZero() {
		return l.NoDate
	}
	t = t.UTC()
	return fmt.Sprintf("%d %s %d, %02d:%02d UTC", t.Day(), l.Months[t.Month()-1], t.Year(), t.Hour(), t.Minute())
}

// severity is the word for a severity; an unknown one stands as it is.
func (l labels) severity(s pipeline.Severity) string {
	if w, ok := l.Severity[s]; ok {
		return w
	}
	return string(s)
}

// banner is what a reader must know before the first word, or "": that no model
// has really worked on the text.
func (l labels) banner(doc *pipeline.Document) string {
	switch doc.Origin.Author {
	case pipeline.Pseudo:
		return l.PseudoText
	case pipeline.Authored:
		return l.HandText
	}
	return ""
}

// disclosure says who made the edition, in plain text.
func (l labels) disclosure(doc *pipeline.Document) string {
	o := doc.Origin
	model, role := o.Model, o.Reviewer
	if model == "" {
		model = l.NoName
	}
	if role == "" {
		role = l.NoName
	}
	switch {
	case o.Author == pipeline.Pseudo:
		return fmt.Sprintf(l.PseudoMade, model, l.date(o.Date))
	case o.Author == pipeline.Authored:
		return fmt.Sprintf(l.HandMade, l.date(o.Date))
	case o.Author == pipeline.AIAssisted:
		return fmt.Sprintf(l.Assisted, model, role, l.date(o.Date))
	case o.Author == "" && len(doc.Trace) == 0:
		return l.NoModel
	}
	return fmt.Sprintf(l.Autonomous, model, l.date(o.Date))
}

// prompt is one prompt that an edition rests on.
type prompt struct{ ID, Digest string }

// promptsOf lists the prompts that a document's answers were given to, once
// each, in order of id: all of them, or with a language those that its edition
// rests on. "en" rests on those without a target. Those of the trace are among
// them: a document of an earlier version has no others.
func promptsOf(doc *pipeline.Document, lang string) []prompt {
	var out []prompt
	uses := slices.Clone(doc.Origin.Prompts)
	for _, s := range doc.Trace {
		uses = append(uses, pipeline.PromptUse{Prompt: s.Prompt, Digest: s.Digest, Lang: s.Lang})
	}
	for _, s := range uses {
		if lang != "" && s.Lang != "" && s.Lang != lang {
			continue
		}
		if p := (prompt{ID: s.Prompt, Digest: s.Digest}); !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b prompt) int {
		if c := strings.Compare(a.ID, b.ID); c != 0 {
			return c
		}
		return strings.Compare(a.Digest, b.Digest)
	})
	return out
}

// String is the prompt with the first 16 hex digits of its digest; the whole
// digest is in the JSON document and the HTML report.
func (p prompt) String() string { return p.ID + " (" + shortDigest(p.Digest) + ")" }

func shortDigest(d string) string {
	algorithm, sum, ok := strings.Cut(d, ":")
	if !ok || len(sum) <= 16 {
		return d
	}
	return algorithm + ":" + sum[:16]
}
