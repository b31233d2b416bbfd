package check

import (
	"unicode/utf8"

	"golang.org/x/text/language"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
	"dragoman/pipeline/locale"
)

// view is one pair with everything that several checks need, worked out once.
type view struct {
	p            pipeline.Pair
	loc          *locale.Locale // of the target
	src, tgt     *facts.Text
	srcRunes     int
	tgtRunes     int
	stage        string
	broken       bool         // a check already said that the target is no translation; finer checks are silent
	foreignSpans []facts.Span // see foreign
	haveForeign  bool
	srcWords     map[uint64]int   // the words of the source, see sourceWord
	srcList      []*facts.Token   // the same in order
	srcPairs     map[uint64]bool  // its pairs of words, see copiedPair
	tgtHashes    []uint64         // of the words of the target, see englishHash
	tgtWords     []*facts.Token   // these words, see targetWords
	around       []around         // the groups before and behind, in text without ids
	rowNames     map[string]int   // how often the whole text has each capitalised word, where the pair is a piece of one
	plain        bool             // the whole text is plainly in its language
	merged       bool             // sentences were joined or split, so that their end marks mean nothing
	oddTogether  func(marks) bool // see rowJudge.oddTogether
	findings     []pipeline.Finding
}

// around is a neighbouring group of sentences, into which a fact may have
// moved.
type around struct{ source, target *facts.Text }

// newView reads a pair. A language without a locale is judged by what holds
// in any language.
func newView(p pipeline.Pair) *view {
	loc, ok := locale.For(p.Lang)
	if !ok {
		loc = &locale.Locale{Tag: p.Lang, Name: p.Lang.String()}
	}
	return viewOf(p, loc, facts.Of(p.Source, locale.English), facts.Of(p.Target, loc))
}

// viewOf is a pair whose two sides were read before.
func viewOf(p pipeline.Pair, loc *locale.Locale, src, tgt *facts.Text) *view {
	return &view{
		p: p, loc: loc, stage: "translate", src: src, tgt: tgt,
		srcRunes: utf8.RuneCountInString(p.Source), tgtRunes: utf8.RuneCountInString(p.Target),
	}
}

// report is what a check says of one place.
type report struct {
	check    string
	category string // MQM
	severity pipeline.Severity
	at       facts.Span // in the target, unless source is set
	source   bool
	message  string
	suggest  string
}

func (v *view) add(r report) {
	f := pipeline.Finding{
		Check: r.check, Category: r.category, Severity: r.severity, Stage: v.stage,
		Side: pipeline.TargetSide, Span: pipeline.Span{Sentence: v.p.ID, Start: r.at.Start, End: r.at.End},
		Message: r.message, Suggest: r.suggest,
	}
	if v.p.Lang != language.Und {
		f.Lang = v.p.Lang.String()
	}
	if r.source {
		f.Side = pipeline.SourceSide
	}
	f.ID = pipeline.FindingID(f, v.p.Source, v.p.Target)
	v.findings = append(v.findings, f)
}
