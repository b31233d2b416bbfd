package check

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"
)

// thresholds are the bounds of the checks, as data/thresholds.txt gives them;
// that file says where each is from. What is no matter of judgement stays in
// the code: the bounds on work, the arithmetic of hashes, the letters that
// make a stem.
type thresholds struct {
	// Sentences of two texts put together (align.go)
	AlignBand        int     // sentences that the aligner looks away from the diagonal
	AlignJoin        float64 // cost of two sentences made of one, or one of two
	AlignLost        float64 // cost of a sentence of the source without a translation
	AlignAdded       float64 // cost of a sentence of the target without a source
	AlignPairs       float64 // cost of two sentences told as two others
	AlignTriple      float64 // cost of three sentences made of one, or one of three
	AlignLostNumber  float64 // cost of a number of the source that the target lacks
	AlignNewNumber   float64 // cost of a number of the target that the source lacks
	AlignLostName    float64 // cost of a name that is not found by its sound
	AlignNamesMost   int     // lost names that count
	AlignQuestion    float64 // cost of a question told as no question, or back
	AlignLengthMost  float64 // the most that unlike lengths cost
	AlignLongSpread  float64 // variance of the logarithm of the ratio of long texts
	AlignShortSpread float64 // letters by which short texts vary more: this over their length is added to the variance
	SureParagraph    float64 // doubt of a paragraph without a counterpart

	// T01, sentences without a counterpart
	LoneDoubt float64 // cost by which an alignment with a lone sentence must be better than any without
	LoneBytes int     // bytes from which a lone source sentence is a loss

	// T02, the language
	OtherLetters int // letters of another script from which an answer without one of its own is doubted
	EnglishWords int // words no translation keeps, from which a source says that something was to be translated
	PlainLatin   int // of so many words one may be Latin in a text that is plainly Russian
	PlainMarks   int // of so many words one must have a letter that marks the language

	// T03, nothing translated
	CopiedRun   int // copied words in a row that are a fault
	LatinRun    int // words in Latin letters in a row that are a fault in Cyrillic
	NearWords   int // words that may lie between two copied words of one sentence
	SpokenWords int // words around one in the source that are searched for a word such as "called"
	TermWords   int // words of a quotation that is a term
	TitleWords  int // words of a quotation that may be a title in its own language
	SameLength  int // letters by which source and answer must differ to be compared no further

	// T04, numbers
	IdiomMost  float64 // the greatest number that idioms hold
	YearFrom   float64 // the first number that may be a year
	YearTo     float64 // the last number that may be a year
	Conversion float64 // share by which a converted measure may be rounded
	Degrees    float64 // degrees by which a converted temperature may be rounded
	UnitGap    int     // bytes between a measure and the same in another unit

	// T07, length; the bounds of a language stand in package locale
	ShortSentence int     // letters of a source below which the bounds are wider
	ShortLow      float64 // factor of the lower bound of a short sentence
	ShortHigh     float64 // factor of the upper bound of a short sentence
	FarTooLong    float64 // factor of the upper bound beyond which too long is a fault
	BriefTimes    int     // times its source that a very short sentence may be long
	BriefDoubt    int     // letters more than that, for a doubt
	BriefFault    int     // letters more than that, for a fault
	StubLetters   int     // letters of a source from which a stub is looked for
	StubShare     float64 // share of a very short source below which an answer is a stub
	WholeLetters  int     // letters of an article from which its whole length is judged

	// T08 and T09, sentences and their ends
	CountLetters int     // letters of a source from which sentences are counted
	CountSpread  int     // sentences by which the counts may differ
	CutShare     float64 // share of the usual length below which a lost end mark is a fault
	CutMean      float64 // usual letters for one of the source at least

	// T10, quotations
	QuoteWords int // words from which a quotation is long

	// T14 and T15, names
	NearName       float64 // distance of skeletons up to which a form is taken for a name
	NearLatin      float64 // the same where both are in Latin letters
	NameBytes      int     // bytes from which a name must stand in the translation
	NameConsonants int     // consonants from which a name is looked for by its sound
	HeadlineParts  int     // words of a name beyond which it is a row of capitals, as headlines have them
	HeadlineReach  int     // bytes around a name that tell whether it stands in a headline
	FormTimes      int     // times its name that a form of the names sheet may be long
	FormMore       int     // letters more than that
	UnlikeForm     float64 // distance beyond which a form does not sound like its name
	OthersForm     float64 // distance below which a form is that of another name
	Slip           float64 // share of a name's letters that may differ in a slip
	SlipBytes      int     // bytes of a name from which a slip is told from another name

	// T16, Turkish
	TurkishLetters int // letters of a Turkish text without one that English lacks, from which it is a fault

	// T18 and T24, denial and hearsay by Turkish endings
	DenialBytes     int // bytes of a word from which an ending may deny
	EvidentialBytes int // bytes of a word from which an ending may tell hearsay

	// T20, the model talking
	TagBytes        int // bytes within which a tag closes
	LabelBytes      int // bytes of a label before its colon
	LabelWords      int // words of a label
	GreetingLetters int // letters of a first sentence that is a greeting
	RemarkLetters   int // letters of a last piece that is a remark
	BracketBytes    int // bytes of a last bracket that is looked at

	// T21, loops
	LoopWords      int // words that a repeated run may have
	LoopShort      int // words below which a run must be said more often
	LoopAgain      int // times that a run comes again
	LoopShortAgain int // times that a short run comes again
	ScatteredWords int // words of a phrase that comes with others between
	ScatteredTimes int // times that it comes

	// T22, answers of another sentence
	TwinLetters     int     // letters from which a neighbour's answer once more is a fault
	TwinFarLetters  int     // the same for a sentence that is no neighbour
	ClearFit        float64 // how much better a length must fit to decide between two sentences, as a logarithm
	NoAnchorLetters int     // letters of a source without number and name beyond which nothing is said
	OthersAnchors   int     // numbers and names of another sentence that show that the answer is its
	RepeatedWords   int     // words of a whole sentence that comes twice
	RepeatedLetters int     // letters of a whole sentence that comes twice
	RepeatedOnEnd   int     // words of a row that is said twice on end
	BrokenBytes     int     // bytes of a text up to which a loop, a refusal or another language makes all of it worthless

	// C07, corrections
	EditedShare float64 // share of a sentence's words that edits may change and still be corrections
	EditedWords int     // changed words up to which a share says nothing

	// M01, budgets of a summary
	HeadlineRunes int     // characters of a headline
	LeadWords     int     // words of a lead
	KeyPointWords int     // words of a key point
	ShortWords    int     // words of a short summary
	LongWords     int     // words of a long summary
	LongShare     float64 // share of the body's words of a long summary

	// M05 to M09, a summary and its evidence
	EvidenceShare  float64 // share of a sentence's words of meaning that its evidence must hold
	EvidenceNone   float64 // the same below which it is a fault
	EvidenceMost   int     // sentences that one summary sentence may rest on
	CopiedWords    int     // words in a row that may be taken over from the article
	SameShare      float64 // share of words of meaning that two sentences of one product may share
	SameTokens     int     // words and signs from which two sentences are compared
	DenialEvidence int     // sentences of evidence up to which a denial is looked for
	HedgeEvidence  int     // sentences of evidence up to which a report is looked for

	// S02, the article
	SpeakerGap int // bytes between two speakers of one statement
}

// limits are the thresholds, read at their first use. That the file is whole
// is found by a test, so that nothing can be wrong with it here.
var limits = sync.OnceValue(func() *thresholds {
	raw, err := dataFiles.ReadFile("data/thresholds.txt")
	if err != nil {
		return &thresholds{}
	}
	l, _ := readThresholds(string(raw))
	return l
})

// readThresholds reads lines "Name value  # reason". Every name of
// [thresholds] stands there once and no other does, each with a number above
// zero and a reason. The error names all lines that are not so.
func readThresholds(text string) (*thresholds, error) {
	l := &thresholds{}
	fields := reflect.ValueOf(l).Elem()
	seen := map[string]bool{}
	var faults []error
	n := 0
	for line := range strings.Lines(text) {
		n++
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		entry, reason, _ := strings.Cut(line, "#")
		name, value, _ := strings.Cut(strings.TrimSpace(entry), " ")
		switch field := fields.FieldByName(name); {
		case !field.IsValid():
			faults = append(faults, fmt.Errorf("line %d: no threshold is named %q", n, name))
		case seen[name]:
			faults = append(faults, fmt.Errorf("line %d: %s stands there twice", n, name))
		case strings.TrimSpace(reason) == "":
			faults = append(faults, fmt.Errorf("line %d: %s has no reason behind #", n, name))
		default:
			if err := setThreshold(field, strings.TrimSpace(value)); err != nil {
				faults = append(faults, fmt.Errorf("line %d: reading %s: %w", n, name, err))
			}
		}
		seen[name] = true
	}
	for i := range fields.NumField() {
		if name := fields.Type().Field(i).Name; !seen[name] {
			faults = append(faults, fmt.Errorf("the threshold %s is missing", name))
		}
	}
	return l, errors.Join(faults...)
}

// setThreshold puts a value into a field: a whole number into an int, any into
// a float64.
func setThreshold(field reflect.Value, value string) error {
	if field.Kind() == reflect.Int {
		i, err := strconv.Atoi(value)
		if err == nil && i <= 0 {
			err = fmt.Errorf("%d is not above zero", i)
		}
		field.SetInt(int64(i))
		return err
	}
	f, err := strconv.ParseFloat(value, 64)
	if err == nil && !(f > 0 && f < 1e9) {
		err = fmt.Errorf("%q is no number above zero", value)
	}
	field.SetFloat(f)
	return err
}
