package writer

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"dragoman/pipeline"
)

// Account is what became of a document: every sentence of every stage, every
// finding, and what it took.
type Account struct {
	Sentences int                       `json:"sentences"` // in the normalized article, boilerplate included
	Stages    []StageAccount            `json:"stages"`    // only the stages that ran, in the order of the work
	Findings  map[pipeline.Severity]int `json:"findings"`  // open ones; every severity has its entry
	Waived    int                       `json:"waived"`    // findings a person has waived
	Asked     Tally                     `json:"asked"`     // calls made
	Stored    Tally                     `json:"stored"`    // calls answered from the ledger, which cost nothing now
}

// StageAccount counts the sentences of one stage, language and part. Every
// expected sentence is in exactly one of Done, Kept, Failed and Missing.
type StageAccount struct {
	Stage      string   `json:"stage"`          // correct, summarize or translate
	Lang       string   `json:"lang,omitempty"` // BCP 47, of translate only
	Part       string   `json:"part,omitempty"` // article or summary, of translate only
	Total      int      `json:"total"`          // sentences expected
	Done       int      `json:"done"`           // with an accepted answer
	Kept       int      `json:"kept"`           // left by a rule
	Failed     []string `json:"failed"`         // ids with an answer that a blocking finding stands against
	Unanswered []string `json:"unanswered"`     // ids that failed without any answer
	Missing    []string `json:"missing"`        // expected ids without a unit, or with one never worked on
	Stray      []string `json:"stray"`          // ids that are doubled or that the article does not have
}

// Tally sums calls. Costs of different currencies are never added up.
type Tally struct {
	Calls    int              `json:"calls"`
	Errors   int              `json:"errors"`   // of the calls, those whose answer was not usable
	Usage    pipeline.Usage   `json:"usage"`    // Known is false if any call did not say
	Cost     []pipeline.Money `json:"cost"`     // one a currency, by its code; of the calls with a known price
	Unpriced int              `json:"unpriced"` // calls whose price is unknown
}

// AccountOf counts a document. It looks at ids and states only, never at texts
// or logs.
func AccountOf(doc *pipeline.Document) Account {
	a := Account{Findings: map[pipeline.Severity]int{}}
	a.Asked.Usage.Known, a.Stored.Usage.Known = true, true
	for _, s := range pipeline.Severities {
		a.Findings[s] = 0
	}
	for _, f := range doc.Findings {
		if f.Waived != "" {
			a.Waived++
		} else {
			a.Findings[f.Severity]++
		}
	}
	for _, s := range doc.Trace {
		if s.Stored {
			a.Stored.add(s)
		} else {
			a.Asked.add(s)
		}
	}
	ids := sentenceIDs(doc.Normalized)
	a.Sentences = len(ids)
	if len(doc.Corrections) > 0 || doc.Corrected != nil {
		a.Stages = append(a.Stages, countUnits("correct", "", "", ids, doc.Corrections))
	}
	if doc.Summary != nil {
		a.Stages = append(a.Stages, countSummary(doc))
	} else if summaryFailed(doc) {
		ids := requiredSummary()
		a.Stages = append(a.Stages, StageAccount{Stage: "summarize", Total: len(ids), Unanswered: ids})
	}
	for _, t := range doc.Translations {
		lang := t.Lang.String()
		a.Stages = append(a.Stages, countUnits("translate", lang, "article", ids, t.Article))
		if doc.Summary != nil {
			a.Stages = append(a.Stages, countUnits("translate", lang, "summary", summaryIDs(doc.Summary), t.Summary))
		}
	}
	return a
}

// Complete reports whether every expected sentence is in exactly one state.
func (a Account) Complete() bool {
	for _, s := range a.Stages {
		if len(s.Missing) > 0 || len(s.Stray) > 0 {
			return false
		}
	}
	return true
}

// Failures is the number of sentences that failed, with or without an answer.
func (a Account) Failures() int {
	n := 0
	for _, s := range a.Stages {
		n += s.Failures()
	}
	return n
}

// Verdict is the account in one English line.
func (a Account) Verdict() string {
	var missing, stray int
	for _, s := range a.Stages {
		missing += len(s.Missing)
		stray += len(s.Stray)
	}
	switch {
	case len(a.Stages) == 0:
		return "No model has worked on this article."
	case missing > 0 || stray > 0:
		return fmt.Sprintf("Not every sentence is accounted for: %d missing, %d out of place.", missing, stray)
	case a.Failures() > 0:
		return fmt.Sprintf("Every sentence is accounted for; %d failed, %s.", a.Failures(), marked(a.Failures()))
	}
	return "Every sentence is accounted for."
}

func marked(n int) string {
	if n == 1 {
		return "and is marked"
	}
	return "each of them marked"
}

// Failures is the number of sentences of the stage that failed.
func (s StageAccount) Failures() int { return len(s.Failed) + len(s.Unanswered) }

// Name is the stage for a person: "translate article into ru".
func (s StageAccount) Name() string {
	name := s.Stage
	if s.Part != "" {
		name += " " + s.Part
	}
	if s.Lang != "" {
		name += " into " + s.Lang
	}
	return name
}

// CostText is the cost in words: "0", "0.0123 USD", "unknown", or both where
// some calls have a price and some have none. Unknown is never 0.
func (t Tally) CostText() string {
	parts := make([]string, 0, len(t.Cost)+1)
	for _, m := range t.Cost {
		parts = append(parts, m.String())
	}
	switch {
	case t.Calls == 0:
		return "0"
	case t.Unpriced == t.Calls:
		return "unknown"
	case t.Unpriced > 0:
		parts = append(parts, fmt.Sprintf("unknown for %d of %d calls", t.Unpriced, t.Calls))
	}
	return strings.Join(parts, " + ")
}

// TokensText is the usage in words: "1,204 in, 877 out"; "(estimated)" where the
// endpoint did not say for every call, and "unknown" where nothing is known.
func (t Tally) TokensText() string {
	if t.Calls > 0 && !t.Usage.Known && t.Usage.InputTokens+t.Usage.OutputTokens == 0 {
		return "unknown"
	}
	text := grouped(t.Usage.InputTokens) + " in, " + grouped(t.Usage.OutputTokens) + " out"
	if t.Calls > 0 && !t.Usage.Known {
		text += " (estimated)"
	}
	return text
}

func (t *Tally) add(s pipeline.Step) {
	if s.Error != "" {
		t.Errors++
	}
	if !s.Stored && s.Sent == 0 {
		return // stopped before it was sent: no call
	}
	t.Calls += max(s.Sent, 1)
	t.Usage = t.Usage.Add(s.Usage)
	if s.Cost == nil {
		t.Unpriced += max(s.Sent, 1)
		return
	}
	i, found := slices.BinarySearchFunc(t.Cost, s.Cost.Currency, func(m pipeline.Money, c string) int {
		return strings.Compare(m.Currency, c)
	})
	if !found {
		t.Cost = slices.Insert(t.Cost, i, pipeline.Money{Currency: s.Cost.Currency})
	}
	t.Cost[i].Micros += s.Cost.Micros
}

// countUnits puts every expected id in one state.
func countUnits(stage, lang, part string, expected []string, units []pipeline.Unit) StageAccount {
	a := StageAccount{Stage: stage, Lang: lang, Part: part, Total: len(expected)}
	wanted := map[string]bool{}
	for _, id := range expected {
		wanted[id] = true
	}
	byID := map[string]pipeline.Unit{}
	for _, u := range units {
		if _, doubled := byID[u.ID]; doubled || !wanted[u.ID] {
			a.Stray = append(a.Stray, u.ID)
			continue
		}
		byID[u.ID] = u
	}
	for _, id := range expected {
		switch u, ok := byID[id]; {
		case ok && u.State.Done():
			a.Done++
		case ok && u.State == pipeline.Kept:
			a.Kept++
		case ok && u.State == pipeline.Failed && u.Target == "":
			a.Unanswered = append(a.Unanswered, id)
		case ok && u.State == pipeline.Failed:
			a.Failed = append(a.Failed, id)
		default:
			a.Missing = append(a.Missing, id)
		}
	}
	return a
}

// requiredSummary are the sentences that every summary has: its headline, lead,
// three key points and at least one sentence of the short form.
func requiredSummary() []string {
	return []string{"sum.h", "sum.l", "sum.k1", "sum.k2", "sum.k3", "sum.s1"}
}

// summaryFailed reports whether summarize ran and nothing came of it: it asked
// or said so, and there is no summary.
func summaryFailed(doc *pipeline.Document) bool {
	return doc.Summary == nil && (slices.ContainsFunc(doc.Findings, func(f pipeline.Finding) bool { return f.Stage == "summarize" }) ||
		slices.ContainsFunc(doc.Trace, func(s pipeline.Step) bool { return s.Stage == "summarize" }))
}

// countSummary judges summary sentences, which have no state of their own: done
// is a text with evidence in the article and no open blocking finding.
func countSummary(doc *pipeline.Document) StageAccount {
	a := StageAccount{Stage: "summarize"}
	blocked := map[string]bool{}
	for _, f := range doc.Findings {
		if f.Stage == "summarize" && f.Gates(pipeline.Major) {
			blocked[f.Span.Sentence] = true
		}
	}
	known := map[string]bool{}
	for _, id := range sentenceIDs(doc.Normalized) {
		known[id] = true
	}
	seen := map[string]bool{}
	for _, s := range doc.Summary.Sentences {
		if seen[s.ID] {
			a.Stray = append(a.Stray, s.ID)
			continue
		}
		seen[s.ID] = true
		unfounded := len(s.Evidence) == 0 || slices.ContainsFunc(s.Evidence, func(id string) bool { return !known[id] })
		switch {
		case s.Text == "":
			a.Unanswered = append(a.Unanswered, s.ID)
		case unfounded || blocked[s.ID]:
			a.Failed = append(a.Failed, s.ID)
		default:
			a.Done++
		}
	}
	for _, id := range requiredSummary() {
		if !seen[id] {
			a.Missing = append(a.Missing, id)
		}
	}
	a.Total = len(seen) + len(a.Missing)
	return a
}

func sentenceIDs(art *pipeline.Article) []string {
	var ids []string
	if art != nil {
		for _, s := range art.Sentences() {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

func summaryIDs(sum *pipeline.Summary) []string {
	var ids []string
	seen := map[string]bool{}
	for _, s := range sum.Sentences {
		if !seen[s.ID] {
			ids = append(ids, s.ID)
		}
		seen[s.ID] = true
	}
	return ids
}

// grouped writes a number with commas: 12,345.
func grouped(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// severities are the severities of the account from the worst down, with any
// word it does not know at the end.
func (a Account) severities() []pipeline.Severity {
	return slices.SortedFunc(maps.Keys(a.Findings), func(x, y pipeline.Severity) int {
		if d := y.Rank() - x.Rank(); d != 0 {
			return d
		}
		return strings.Compare(string(x), string(y))
	})
}
