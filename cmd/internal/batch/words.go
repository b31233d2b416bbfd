package batch

import (
	"fmt"
	"strings"

	"dragoman/cmd/internal/store"
	"dragoman/cmd/internal/term"
	"dragoman/pipeline"
	"dragoman/pipeline/writer"
)

// What a state is called in a report, and what is to be done about it.
var stateWords = map[store.DocState]string{
	store.DocDone:    "done",
	store.DocFlagged: "flagged",
	store.DocFailed:  "failed",
	store.DocStopped: "stopped",
	store.DocWaiting: "waiting",
}

// reason is why an article wants a person, in one line.
func reason(d *store.Document, r *Result) string {
	var parts []string
	if r.Failed > 0 {
		parts = append(parts, term.Count(r.Failed, "sentence")+" failed")
	}
	if d.State == store.DocFlagged {
		if f := findingsText(r.Findings); f != "none" {
			parts = append(parts, "findings: "+f)
		}
	}
	if r.Error != nil {
		parts = append(parts, r.Error.Message)
		if r.Error.Hint != "" {
			parts = append(parts, r.Error.Hint)
		}
	}
	if len(parts) == 0 {
		return "no reason was kept"
	}
	return strings.Join(parts, "; ")
}

// findingsText is "1 critical, 2 major", the worst first, or "none".
func findingsText(findings map[pipeline.Severity]int) string {
	var parts []string
	for i := len(pipeline.Severities) - 1; i >= 0; i-- {
		s := pipeline.Severities[i]
		if n := findings[s]; n > 0 {
			parts = append(parts, fmt.Sprintf("%s %s", term.Number(n), s))
		}
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}

// sentencesText is "101 of 101", or "99 of 101, 2 failed".
func sentencesText(done, failed, total int) string {
	text := term.Number(done) + " of " + term.Number(total)
	if failed > 0 {
		text += ", " + term.Number(failed) + " failed"
	}
	return text
}

// fact is one line of a report's head.
type fact struct{ Name, Text string }

// facts are the lines of a report's head.
func (r *report) facts() []fact {
	t := r.all
	out := []fact{
		{"Articles", r.articles()},
		{"Sentences", sentencesText(t.Done, t.Failed, t.Sentences)},
		{"Findings", findingsText(t.Findings)},
		{"Model", orDash(r.Model)},
		{"Calls", r.calls(t)},
		{"Tokens", t.Asked.TokensText()},
		{"Cost", t.Asked.CostText()},
	}
	if r.own.Articles != t.Articles {
		out = append(out, fact{"This run", fmt.Sprintf("%s, %s, cost %s", term.Count(r.own.Articles, "article"), r.calls(r.own), r.own.Asked.CostText())})
	}
	if r.Spent != "" {
		out = append(out, fact{"Spent", r.Spent})
	}
	out = append(out, fact{"Run", r.Run}, fact{"Started", stamp(r.Started)}, fact{"Written", stamp(r.Ended)})
	if r.Gone > 0 {
		out = append(out, fact{"Inputs gone", term.Count(r.Gone, "article") + " of earlier runs; what was written of them stays"})
	}
	return out
}

// articles is "1,000: 990 done, 8 flagged, 2 failed".
func (r *report) articles() string {
	var parts []string
	for i := len(states) - 1; i >= 0; i-- {
		if n := r.all.States[states[i]]; n > 0 {
			parts = append(parts, term.Number(n)+" "+stateWords[states[i]])
		}
	}
	text := term.Number(r.all.Articles)
	if len(parts) > 0 {
		text += ": " + strings.Join(parts, ", ")
	}
	return text
}

func (r *report) calls(t Totals) string { return callsText(t.Asked, t.Stored) }

// callsText is "12 calls, and 3 answered from stored replies".
func callsText(asked, stored writer.Tally) string {
	text := term.Count(asked.Calls, "call")
	if stored.Calls > 0 {
		text += ", and " + term.Number(stored.Calls) + " answered from stored replies"
	}
	return text
}

// verdict is the report in one sentence.
func (r *report) verdict() string {
	t := r.all.States
	switch {
	case r.Ending != nil:
		return "The run ended early: " + r.Ending.Message
	case r.all.Articles == 0:
		return "There was no article."
	case !r.Finished || t[store.DocWaiting]+t[store.DocStopped] > 0:
		return "The run is not finished: the same command goes on with it."
	case t[store.DocFailed] > 0 || len(r.Doubled) > 0:
		return "Not every article has an edition."
	case t[store.DocFlagged] > 0:
		return "Every article has an edition, and some of them want a person."
	}
	return "Every article has an edition, and nothing stands against any of them."
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}
