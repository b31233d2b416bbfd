package writer

import (
	"fmt"
	"strings"

	"dragoman/pipeline"
)

// accountView is the box at the top of a report.
type accountView struct {
	Verdict  string
	Mood     string // good, marked or broken
	Stages   []stageView
	Todo     []todo
	Severity []tallyView
	Waived   int
	Facts    []pair
}

// stageView is one row of the account, with the widths of its bar in percent.
type stageView struct {
	Name                               string
	Total, Done, Kept, Failed, Missing int
	DoneWidth, KeptWidth, FailedWidth  int
	KeptX, FailedX                     int
}

// todo is one thing that needs a person, with the places it is about.
type todo struct {
	Text  string
	Level string
	Links []link
}

type tallyView struct {
	Level, Name string
	Count       int
}

func (b *builder) account() accountView {
	a := AccountOf(b.doc)
	v := accountView{Verdict: a.Verdict(), Mood: "good", Waived: a.Waived, Facts: b.facts(a)}
	if a.Failures() > 0 || len(a.Stages) == 0 {
		v.Mood = "marked"
	}
	if !a.Complete() {
		v.Mood = "broken"
	}
	for _, s := range a.Stages {
		v.Stages = append(v.Stages, stageRow(s, b.stageName(s)))
	}
	for _, s := range a.severities() {
		if n := a.Findings[s]; n > 0 {
			v.Severity = append(v.Severity, tallyView{level(pipeline.Finding{Severity: s}), clean(english().severity(s)), n})
		}
	}
	v.Todo = b.todos(a)
	return v
}

// stageName is a stage with its language in words.
func (b *builder) stageName(s StageAccount) string {
	for _, h := range b.heads {
		if h.Lang == s.Lang {
			s.Lang = h.Name
		}
	}
	return clean(s.Name())
}

func stageRow(s StageAccount, name string) stageView {
	v := stageView{Name: name, Total: s.Total, Done: s.Done, Kept: s.Kept, Failed: s.Failures(), Missing: len(s.Missing) + len(s.Stray)}
	if s.Total > 0 {
		v.DoneWidth = s.Done * 100 / s.Total
		v.KeptWidth = s.Kept * 100 / s.Total
		v.KeptX = v.DoneWidth
		v.FailedX = v.DoneWidth + v.KeptWidth
		v.FailedWidth = 100 - v.FailedX
		if s.Failures() == 0 && len(s.Missing) == 0 { // rounding must not invent a failure
			v.DoneWidth, v.KeptX, v.FailedWidth = 100-v.KeptWidth, 100-v.KeptWidth, 0
		}
	}
	return v
}

func (b *builder) facts(a Account) []pair {
	calls := fmt.Sprintf("%s made", grouped(a.Asked.Calls))
	if a.Asked.Errors > 0 {
		calls += fmt.Sprintf(" (%d without a usable answer)", a.Asked.Errors)
	}
	if a.Stored.Calls > 0 {
		calls += fmt.Sprintf(", %s from the store", grouped(a.Stored.Calls))
	}
	return []pair{
		{"Sentences", grouped(a.Sentences)},
		{"Calls", calls},
		{"Tokens", a.Asked.TokensText()},
		{"Cost", clean(a.Asked.CostText())},
	}
}

// todos lists what needs a person: first what is missing, then what failed,
// then blocking findings elsewhere, then proposals and queries.
func (b *builder) todos(a Account) []todo {
	var out []todo
	add := func(level, text string, ids []string) {
		if len(ids) > 0 {
			out = append(out, todo{Text: text, Level: level, Links: b.links(ids)})
		}
	}
	for _, s := range a.Stages {
		add("critical", b.stageName(s)+": not accounted for", s.Missing)
		add("critical", b.stageName(s)+": doubled or out of place", s.Stray)
	}
	for _, s := range a.Stages {
		add("critical", b.stageName(s)+": no answer", s.Unanswered)
		add("major", b.stageName(s)+": did not pass the checks", s.Failed)
	}
	var proposed, queries []string
	for _, e := range sortEdits(b.doc.Edits, b.places) {
		if isQuery(e) {
			queries = append(queries, e.ID)
		} else if e.State == pipeline.Proposed {
			proposed = append(proposed, e.ID)
		}
	}
	for _, f := range b.findings {
		if isQueryFinding(f) && f.Waived == "" {
			queries = append(queries, f.ID)
		}
	}
	if n := len(proposed); n > 0 {
		out = append(out, todo{Text: "Edits that only a person may accept", Level: "minor", Links: b.editLinks(proposed)})
	}
	if n := len(queries); n > 0 {
		out = append(out, todo{Text: "Queries of the copy desk", Level: "minor", Links: b.editLinks(queries)})
	}
	return out
}

// links names sentences; one that the document does not have has no place.
func (b *builder) links(ids []string) []link {
	out := make([]link, len(ids))
	for i, id := range ids {
		out[i] = link{Text: orElse(clean(id), "(no id)")}
		if b.shown(id) {
			out[i].Anchor = anchor(id)
		}
	}
	return out
}

// editLinks names edits and findings by their sentences.
func (b *builder) editLinks(ids []string) []link {
	where := map[string]string{}
	for _, e := range b.doc.Edits {
		where[e.ID] = e.Span.Sentence
	}
	for _, f := range b.doc.Findings {
		where[f.ID] = f.Span.Sentence
	}
	out := make([]link, len(ids))
	for i, id := range ids {
		out[i] = link{Text: orElse(clean(where[id]), "whole article"), Anchor: anchor(id)}
	}
	return out
}

// stepView is one request of the trace.
type stepView struct {
	Number                         int
	Stage, Lang, Prompt, Model     string
	Temperature                    string
	Attempt                        int
	Input, Output, Cost, Time, Key string
	Units                          string
	Stored                         bool
	Error                          string
}

func (b *builder) steps() []stepView {
	out := make([]stepView, len(b.doc.Trace))
	for i, s := range b.doc.Trace {
		v := stepView{
			Number: i + 1, Stage: clean(s.Stage), Lang: clean(s.Lang), Prompt: clean(s.Prompt), Model: clean(s.Model),
			Temperature: fmt.Sprint(s.Temperature), Attempt: s.Attempt,
			Input: grouped(s.Usage.InputTokens), Output: grouped(s.Usage.OutputTokens), Cost: "unknown",
			Time: fmt.Sprintf("%d.%d s", s.DurationMS/1000, s.DurationMS%1000/100), Key: clean(s.Key),
			Units: clean(strings.Join(s.Units, ", ")), Stored: s.Stored, Error: clean(s.Error),
		}
		if !s.Usage.Known {
			v.Input, v.Output = "≈ "+v.Input, "≈ "+v.Output
		}
		if s.Cost != nil {
			v.Cost = clean(s.Cost.String())
		}
		out[i] = v
	}
	return out
}

// checkTitle says in plain words what a check looks at; "" for one that we do
// not know.
func checkTitle(id string) string {
	return map[string]string{
		"C01": "Edit not found in the sentence", "C02": "Number touched", "C03": "Quotation touched", "C04": "Name touched",
		"C05": "Address or date touched", "C06": "Negation touched", "C07": "Edit larger than it need be",
		"C08": "Sentences joined or split", "C09": "Edits overlap", "C11": "Hedge or attribution touched",
		"query": "Query of the copy desk",
		"M01":   "Length", "M02": "Number not in the evidence", "M03": "Name not in the evidence", "M04": "Quotation not verbatim",
		"M05": "Evidence", "M06": "Dangling start", "M07": "Copied or repeated", "M08": "Negation",
		"N02": "Damaged characters", "N03": "Encoding guessed", "N04": "Weekday and date", "N05": "Not part of the story",
		"N06": "Invisible characters", "N10": "No form for a name", "S01": "Headline and body disagree", "S02": "Source in doubt",
		"T01": "Sentence missing or doubled", "T02": "Wrong language", "T03": "Left untranslated", "T04": "Numbers",
		"T05": "Number format", "T06": "Date or currency", "T07": "Length", "T08": "Sentence count", "T09": "End mark",
		"T10": "Quotation marks", "T11": "Brackets and quotes", "T12": "Mixed alphabets", "T13": "Doubled word", "T14": "Name",
		"T15": "Name spelled two ways", "T16": "Turkish spelling", "T17": "Glossary", "T18": "Negation lost", "T19": "Web address",
		"T20": "Chatter of the model", "T21": "Repetition", "T22": "Belongs to a neighbour", "T23": "Forbidden characters",
	}[id]
}
