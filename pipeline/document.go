package pipeline

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"golang.org/x/text/language"
)

// EditState is where an edit stands.
type EditState string

// The states of an edit. Applied and Accepted edits are in the corrected text;
// Proposed and Rejected ones are not.
const (
	Applied  EditState = "applied"  // by rule: it touches nothing protected
	Proposed EditState = "proposed" // a person must decide
	Accepted EditState = "accepted" // a person decided for it
	Rejected EditState = "rejected" // a person decided against it
)

// Edit is one minimal correction of a sentence of the normalized article.
type Edit struct {
	ID       string    `json:"id"`       // EditID of its content, stable across runs
	Span     Span      `json:"span"`     // in the normalized sentence
	Before   string    `json:"before"`   // the text at Span
	After    string    `json:"after"`    // what stands there instead
	Category string    `json:"category"` // grammar, spelling, punctuation, typography, wordChoice, style
	Reason   string    `json:"reason"`   // one line for the editor
	State    EditState `json:"state"`
	Held     string    `json:"held,omitempty"` // why it is proposed and not applied: the check and what it touches
}

// InText reports whether the edit is part of the corrected text.
func (e Edit) InText() bool { return e.State == Applied || e.State == Accepted }

// State is where a unit stands: the four states of an XLIFF 2 segment, and two
// of our own.
type State string

// The states of a unit.
const (
	Initial    State = "initial"    // not worked on
	Translated State = "translated" // done by the machine, passed the gate
	Reviewed   State = "reviewed"   // a person read it
	Final      State = "final"      // signed off
	Kept       State = "kept"       // left as it is by a rule named in Note
	Failed     State = "failed"     // no answer, or a blocking finding remains; Note says which
)

// Done reports whether the unit has an accepted answer.
func (s State) Done() bool { return s == Translated || s == Reviewed || s == Final }

// Unit is one sentence and what became of it.
type Unit struct {
	ID     string `json:"id"`     // the sentence's id
	Source string `json:"source"` // the sentence that was worked on
	Target string `json:"target"` // the answer; "" where there is none
	State  State  `json:"state"`
	Note   string `json:"note,omitempty"` // the rule that kept it, or the reason it failed
}

// Severity is how bad a finding is. Major and Critical gate the result.
type Severity string

// The severities, in rising order.
const (
	Neutral  Severity = "neutral"
	Minor    Severity = "minor"
	Major    Severity = "major"
	Critical Severity = "critical"
)

// Severities are all severities in rising order.
var Severities = []Severity{Neutral, Minor, Major, Critical}

// Rank orders severities: 0 neutral to 3 critical; -1 for an unknown word.
func (s Severity) Rank() int {
	for i, v := range Severities {
		if v == s {
			return i
		}
	}
	return -1
}

// AtLeast reports whether s is as bad as min or worse.
func (s Severity) AtLeast(min Severity) bool { return s.Rank() >= min.Rank() }

// Side says which text a finding's span lies in.
type Side string

// The sides of a finding.
const (
	SourceSide Side = "source"
	TargetSide Side = "target"
)

// Finding is one doubt or fault, in the words of MQM.
type Finding struct {
	ID       string   `json:"id"`       // FindingID of its content, stable across runs
	Check    string   `json:"check"`    // the check that found it: "T04"
	Category string   `json:"category"` // MQM error type: "accuracy/mistranslation"
	Severity Severity `json:"severity"`
	Stage    string   `json:"stage"`          // normalize, correct, summarize, translate, names
	Lang     string   `json:"lang,omitempty"` // BCP 47 of the target, where there is one
	Side     Side     `json:"side"`
	Span     Span     `json:"span"` // an empty range is the whole sentence; an empty sentence is the whole article
	Message  string   `json:"message"`
	Suggest  string   `json:"suggest,omitempty"`
	Waived   string   `json:"waived,omitempty"` // the reason a person gave; a waived finding never gates
}

// Gates reports whether the finding blocks at the given bound.
func (f Finding) Gates(failOn Severity) bool {
	return f.Waived == "" && f.Severity.AtLeast(failOn)
}

// Translation is the edition in one language.
type Translation struct {
	Lang    language.Tag `json:"lang"`
	Article []Unit       `json:"article"` // one a sentence of the corrected article
	Summary []Unit       `json:"summary"` // one a sentence of the summary
}

// Product is the part of a summary that a sentence belongs to.
type Product string

// The products of a summary.
const (
	SummaryHeadline Product = "headline" // sum.h
	SummaryLead     Product = "lead"     // sum.l
	KeyPoint        Product = "keyPoint" // sum.k1 …
	Short           Product = "short"    // sum.s1 …
	Long            Product = "long"     // sum.g1 …
)

// SummarySentence is one sentence of the summary with the ids of the source
// sentences that support it.
type SummarySentence struct {
	ID       string   `json:"id"`
	Text     string   `json:"text"`
	Evidence []string `json:"evidence"`
	Product  Product  `json:"product"`
}

// Summary is the summary of one article.
type Summary struct {
	Sentences []SummarySentence `json:"sentences"`
}

// Of returns the sentences of one product, in order.
func (s *Summary) Of(p Product) []SummarySentence {
	var out []SummarySentence
	if s == nil {
		return nil
	}
	for _, x := range s.Sentences {
		if x.Product == p {
			out = append(out, x)
		}
	}
	return out
}

// Name is one entry of the article's names sheet: how a name of the source is
// written in each target language, in its base form.
type Name struct {
	Source string            `json:"source"`
	Forms  map[string]string `json:"forms"`            // BCP 47 tag to base form; a missing tag means "no fixed form"
	Origin string            `json:"origin,omitempty"` // model, glossary or editor
}

// Author says who made an edition, in the words of the W3C draft on AI content
// disclosure.
type Author string

// The authors of an edition.
const (
	AIAutonomous Author = "ai-autonomous" // no person signed it off
	AIAssisted   Author = "ai-assisted"   // a person signed it off
	Pseudo       Author = "pseudo"        // the pseudo model: not a translation at all
	Authored     Author = "authored"      // replies written by hand, for the demo and the tests: no model wrote them
)

// PseudoModel is the name that the pseudo model answers under, whatever name it
// was asked by. A document that holds one of its answers is pseudo.
const PseudoModel = "pseudo"

// Origin is the disclosure that travels with every export.
type Origin struct {
	Author   Author    `json:"author"`
	Model    string    `json:"model"`              // the model that really answered; several are joined by ", "
	Reviewer string    `json:"reviewer,omitempty"` // the role, not the name, of who signed off
	Date     time.Time `json:"date,omitzero"`
	// Prompts are those that the answers were given to, now or in an earlier
	// run, each once a language, by id, digest and language. The trace has only
	// the requests of this run.
	Prompts []PromptUse `json:"prompts,omitempty"`
}

// PromptUse is a prompt that an edition rests on.
type PromptUse struct {
	Prompt string `json:"prompt"` // id@version
	Digest string `json:"digest"`
	Lang   string `json:"lang,omitempty"` // of the edition that rests on it; "" is all of them
}

// Usage is what one call used, in tokens. Known is false where the endpoint
// did not say; the figures are then estimates.
type Usage struct {
	InputTokens  int  `json:"inputTokens"`
	OutputTokens int  `json:"outputTokens"`
	CachedTokens int  `json:"cachedTokens,omitempty"`
	Known        bool `json:"known"`
}

// Add sums two usages; the sum is known when both are.
func (u Usage) Add(v Usage) Usage {
	return Usage{
		InputTokens:  u.InputTokens + v.InputTokens,
		OutputTokens: u.OutputTokens + v.OutputTokens,
		CachedTokens: u.CachedTokens + v.CachedTokens,
		Known:        u.Known && v.Known,
	}
}

// Step is one request that a run made or found already answered.
type Step struct {
	Stage       string   `json:"stage"`
	Lang        string   `json:"lang,omitempty"`
	Prompt      string   `json:"prompt"` // id@version
	Digest      string   `json:"digest"` // sha256 of the prompt file and its schema, "sha256:" and hex
	Key         string   `json:"key"`    // of the stored exchange; `replies show KEY`
	Units       []string `json:"units,omitempty"`
	Model       string   `json:"model"` // really answering
	Temperature float64  `json:"temperature"`
	Attempt     int      `json:"attempt"`        // 0 the first answer to this request
	Sent        int      `json:"sent"`           // attempts that went over the network; 0: answered from the ledger, or stopped before it was sent
	Usage       Usage    `json:"usage"`          // of all attempts
	Cost        *Money   `json:"cost,omitempty"` // of all attempts; nil: the price is unknown
	Stored      bool     `json:"stored"`         // answered from the ledger, at no cost
	DurationMS  int64    `json:"durationMs"`
	Error       string   `json:"error,omitempty"` // why the answer was not usable, if so
}

// Money is an amount in millionths of a currency unit.
type Money struct {
	Micros   int64  `json:"micros"`
	Currency string `json:"currency"` // ISO 4217
}

// String writes the amount with four decimals, rounded half away from zero:
// "0.0123 USD".
func (m Money) String() string {
	sign, n := "", (m.Micros+50)/100
	if m.Micros < 0 {
		n = (50 - m.Micros) / 100
		if n > 0 {
			sign = "-"
		}
	}
	return fmt.Sprintf("%s%d.%04d %s", sign, n/1e4, n%1e4, m.Currency)
}

// Document is everything that came of one article. news.Run puts it together
// from what the stages return; the JSON form has a published schema.
type Document struct {
	Source       *Article      `json:"source"`              // as read, one sentence a block
	Normalized   *Article      `json:"normalized"`          // after normalize, with sentence ids
	Corrected    *Article      `json:"corrected,omitempty"` // normalized + applied and accepted edits
	Repairs      []Repair      `json:"repairs"`             // what normalize changed
	Corrections  []Unit        `json:"corrections"`         // one a sentence: P1 for correct
	Edits        []Edit        `json:"edits"`
	Summary      *Summary      `json:"summary,omitempty"`
	Names        []Name        `json:"names"`
	Translations []Translation `json:"translations"` // in the order asked for
	Origin       Origin        `json:"origin"`
	Findings     []Finding     `json:"findings"`
	Trace        []Step        `json:"trace"`
	Revision     *Revision     `json:"revision,omitempty"` // where an edition of another text of this article came before
	Recalled     []string      `json:"-"`                  // keys of the settled answers that were taken in place of asking; for who keeps the state
}

// Translation finds the edition in a language.
func (d *Document) Translation(lang string) (*Translation, bool) {
	for i := range d.Translations {
		if d.Translations[i].Lang.String() == lang {
			return &d.Translations[i], true
		}
	}
	return nil, false
}

// Pair is what a check sees of one sentence: the source, a candidate target,
// the neighbours, and the names sheet.
type Pair struct {
	ID, Source, Target string
	Lang               language.Tag // of the target
	Before, After      *Pair        // the neighbouring sentences, nil at either end
	Names              []Name
}

// Check judges one candidate.
type Check func(p Pair) []Finding

// ArticleCheck judges a whole document.
type ArticleCheck func(doc *Document) []Finding

// Decisions are what a person decided about edits and findings, by their ids.
type Decisions struct {
	Edits    map[string]Decision `json:"edits" yaml:"edits"`
	Findings map[string]Decision `json:"findings" yaml:"findings"`
}

// Decision is one person's word on an edit (accepted or rejected) or on a
// finding (waived), with the reason.
type Decision struct {
	State  string `json:"state" yaml:"state"` // accepted, rejected or waived
	Reason string `json:"reason" yaml:"reason"`
}

// digest hashes the parts, each with its length before it, so that no two
// lists of parts can be taken for each other.
func digest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil))[:12]
}

// EditID is an edit's id: a digest of the sentence's text, the place, and the
// change, so that a decision about it outlives the run.
func EditID(sentence string, start int, before, after string) string {
	return "e-" + digest(sentence, fmt.Sprint(start), before, after)
}

// FindingID is a finding's id: a digest of where it was found and what was
// judged, so that a waiver holds for that text and no other.
func FindingID(f Finding, source, target string) string {
	return "f-" + digest(f.Check, f.Stage, f.Lang, string(f.Side), fmt.Sprint(f.Span.Start, f.Span.End), source, target, f.Message)
}
