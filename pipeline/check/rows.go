package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
	"dragoman/pipeline/locale"
)

// Row is one translated text without sentence ids, as `check --pairs` reads it.
type Row struct {
	ID     string `json:"id"`
	Lang   string `json:"lang"`
	Source string `json:"src"`
	Target string `json:"hyp"`
}

// RowFinding is a finding of a row; the span is in bytes of the judged text. The
// id is that of the finding about its sentence, whatever row it stands in, so
// that a person can waive it.
type RowFinding struct {
	ID       string            `json:"id,omitempty"`
	Check    string            `json:"check"`
	Severity pipeline.Severity `json:"severity"`
	Span     RowSpan           `json:"span"`
	Message  string            `json:"message"`
	Suggest  string            `json:"suggest,omitempty"`
	Waived   string            `json:"waived,omitempty"` // the reason a person gave
}

// Gates reports whether the finding blocks at a bound.
func (f RowFinding) Gates(failOn pipeline.Severity) bool {
	return f.Waived == "" && f.Severity.AtLeast(failOn)
}

// RowSpan is a half-open range of bytes.
type RowSpan struct {
	Start int `json:"start"`
	End   int `json:"end"`
}

// RowResult is the verdict on one row. Flagged says that a finding is major or
// worse.
type RowResult struct {
	ID       string       `json:"id"`
	Findings []RowFinding `json:"findings"`
	Flagged  bool         `json:"flagged"`
}

// newRowResult sorts the findings by place, gives ids to those of the text as a
// whole, and says whether one of them gates.
func newRowResult(id, text string, fs []RowFinding) RowResult {
	slices.SortStableFunc(fs, func(a, b RowFinding) int {
		return cmp.Or(cmp.Compare(a.Span.Start, b.Span.Start), cmp.Compare(a.Check, b.Check))
	})
	r := RowResult{ID: id, Findings: fs}
	if r.Findings == nil {
		r.Findings = []RowFinding{}
	}
	for i, f := range fs {
		if f.ID == "" {
			about := pipeline.Finding{Check: f.Check, Stage: "check", Message: f.Message}
			fs[i].ID = pipeline.FindingID(about, "", text[f.Span.Start:f.Span.End])
		}
		r.Flagged = r.Flagged || f.Gates(pipeline.Major)
	}
	return r
}

// PairRow judges one translated text of any number of sentences: it aligns
// them itself, judges every group by the checks of [Pair], and says what has
// no counterpart where it is sure.
func PairRow(r Row) RowResult {
	tag, err := language.Parse(r.Lang)
	if err != nil {
		tag = language.Und
	}
	j := &rowJudge{row: r, lang: tag}
	loc, ok := locale.For(tag)
	if !ok {
		loc = locale.English
	}
	j.loc = loc
	j.whole()
	if !j.broken {
		j.parts()
	}
	return newRowResult(r.ID, r.Target, j.findings)
}

// rowJudge collects the findings of one row.
type rowJudge struct {
	row      Row
	lang     language.Tag
	loc      *locale.Locale
	broken   bool
	isCut    bool // the text ends in the middle of a sentence
	al       Alignment
	plain    bool           // the whole is plainly in its language
	sides    []around       // of the beads
	names    map[string]int // capitalised words of the source, by how often
	v        *view          // of the whole
	findings []RowFinding
}

// take moves findings of a piece to their place in the row. A finding on the
// source's side is put at the piece it is missing from.
func (j *rowJudge) take(at facts.Span, fs []pipeline.Finding) {
	for _, f := range fs {
		x := RowFinding{ID: f.ID, Check: f.Check, Severity: f.Severity, Message: f.Message, Suggest: f.Suggest}
		x.Span = RowSpan{at.Start, at.End}
		if f.Side == pipeline.TargetSide && f.Span.Len() > 0 {
			x.Span = RowSpan{at.Start + f.Span.Start, at.Start + f.Span.End}
		}
		j.findings = append(j.findings, x)
	}
}

// whole runs the checks that hold for the text as one: is it a translation at
// all, and does it talk about itself.
func (j *rowJudge) whole() {
	v := newView(pipeline.Pair{ID: j.row.ID, Source: j.row.Source, Target: j.row.Target, Lang: j.lang})
	for _, c := range wholeChecks {
		c(v)
		if v.broken && len(j.row.Target) > limits().BrokenBytes {
			v.broken = false // a fault of a piece is not one of the whole
		}
		if v.broken {
			break
		}
	}
	j.broken, j.v, j.plain = v.broken, v, v.plainly()
	j.take(facts.Span{End: len(j.row.Target)}, v.findings)
}

// parts aligns the text and judges its groups.
func (j *rowJudge) parts() {
	j.al = align(j.v.src, j.v.tgt)
	j.names = capitalWords(j.v.src)
	for _, b := range j.al.Beads {
		s := around{b.source, b.target}
		if s.source == nil {
			s.source = j.v.src.Slice(b.Source)
		}
		if s.target == nil {
			s.target = j.v.tgt.Slice(b.Target)
		}
		j.sides = append(j.sides, s)
	}
	j.cut()
	j.loneSentences()
	j.doubled()
	j.quotes()
	for i, b := range j.al.Beads {
		if b.SourceCount == 0 || b.TargetCount == 0 {
			continue
		}
		j.bead(i, b)
	}
}

// bead judges one group. Numbers and names may have moved to the group before
// or behind it, so these are looked for there too.
func (j *rowJudge) bead(i int, b Bead) {
	p := pipeline.Pair{ID: j.row.ID, Lang: j.lang, Source: j.row.Source[b.Source.Start:b.Source.End], Target: j.row.Target[b.Target.Start:b.Target.End]}
	v := viewOf(p, j.v.loc, j.sides[i].source, j.sides[i].target)
	if i > 0 {
		v.around = append(v.around, j.sides[i-1])
	}
	if i+1 < len(j.sides) {
		v.around = append(v.around, j.sides[i+1])
	}
	v.rowNames, v.plain = j.names, j.plain
	v.merged = b.SourceCount != b.TargetCount || j.isCut && i+1 == len(j.al.Beads) // that its mark is lost was said
	for _, c := range beadChecks {
		c(v)
		if v.broken {
			break
		}
	}
	j.take(b.Target, v.findings)
}

// quotes runs T11 on the whole.
func (j *rowJudge) quotes() {
	v := *j.v
	v.findings, v.oddTogether = nil, j.oddTogether
	quoteBalance(&v)
	j.take(facts.Span{End: len(j.row.Target)}, v.findings)
}

// cut is T09 for a text as a whole: its last sentence ends without a mark and
// that of its source has one.
func (j *rowJudge) cut() {
	want, ks := endMark(j.v.src), j.v.tgt.Tokens
	if want == 0 || len(ks) == 0 || ks[len(ks)-1].Kind == facts.Link || endMark(j.v.tgt) != 0 {
		return
	}
	tgt := strings.TrimRight(j.row.Target, " \n\t\r\u00a0")
	r, _ := utf8.DecodeLastRuneInString(tgt)
	if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(",-–—(", r) {
		return
	}
	at := len(tgt) - max(utf8.RuneLen(r), 1)
	j.isCut = true
	j.findings = append(j.findings, RowFinding{
		Check: "T09", Severity: pipeline.Major, Span: RowSpan{at, len(tgt)},
		Message: fmt.Sprintf("The text ends in the middle of a sentence (%q); its source ends with %q.", clip(tgt[max(0, strings.LastIndexByte(tgt[:at], ' ')):]), want),
	})
}

// capitalWords counts the capitalised words of a text, without what follows an
// apostrophe, and the parts that a hyphen joins alone.
func capitalWords(t *facts.Text) map[string]int {
	out := map[string]int{}
	for i := range t.Tokens {
		if k := &t.Tokens[i]; k.Kind == facts.Word && k.Upper {
			out[facts.Bare(k.Text)]++
		}
	}
	return out
}

// loneSentences is T01 for untagged text: a source sentence without a
// translation, or a translation without a source.
func (j *rowJudge) loneSentences() {
	for i, b := range j.al.Beads {
		if b.SourceCount > 0 && b.TargetCount > 0 {
			continue
		}
		sev := pipeline.Major
		if b.TargetCount == 0 && b.Source.End-b.Source.Start < limits().LoneBytes {
			sev = pipeline.Neutral
		}
		if b.Doubt < limits().LoneDoubt {
			sev = pipeline.Neutral
		}
		if b.TargetCount == 0 {
			at := j.placeOf(i)
			j.findings = append(j.findings, RowFinding{
				Check: "T01", Severity: sev, Span: RowSpan{at, at},
				Message: fmt.Sprintf("The source sentence %q has no translation.", clip(j.row.Source[b.Source.Start:b.Source.End])),
			})
			continue
		}
		piece := j.row.Target[b.Target.Start:b.Target.End]
		if strings.TrimSpace(piece) == "" {
			continue
		}
		if sev == pipeline.Major && i > 0 && i < len(j.al.Beads)-1 {
			sev = pipeline.Minor
		}
		j.findings = append(j.findings, RowFinding{
			Check: "T01", Severity: sev, Span: RowSpan{b.Target.Start, b.Target.End},
			Message: fmt.Sprintf("%q has no source sentence.", clip(piece)),
		})
	}
}

// placeOf is where in the target the translation of a lone source sentence
// would stand.
func (j *rowJudge) placeOf(i int) int {
	for i--; i >= 0; i-- {
		if j.al.Beads[i].TargetCount > 0 {
			return j.al.Beads[i].Target.End
		}
	}
	return 0
}

// doubled is T22 for untagged text: a sentence stands twice in the target, or
// a row of words is said twice on end, and the source repeats nothing as long.
func (j *rowJudge) doubled() {
	at, n := repeatedPiece(j.v.tgt)
	if n == 0 {
		return
	}
	if _, own := repeatedPiece(j.v.src); own > 0 && own >= n/2 {
		return
	}
	j.findings = append(j.findings, RowFinding{
		Check: "T22", Severity: pipeline.Major, Span: RowSpan{at.Start, at.End},
		Message: fmt.Sprintf("%q stands twice in the translation and once in the source.", clip(j.row.Target[at.Start:at.End])),
	})
}
