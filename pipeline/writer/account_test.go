package writer_test

import (
	"reflect"
	"strings"
	"testing"

	"dragoman/pipeline"
	"dragoman/pipeline/writer"
)

func TestAccountOfRich(t *testing.T) {
	a := writer.AccountOf(rich())
	if a.Sentences != 19 || !a.Complete() || a.Failures() != 4 || a.Waived != 1 {
		t.Errorf("sentences %d, complete %v, failures %d, waived %d", a.Sentences, a.Complete(), a.Failures(), a.Waived)
	}
	want := map[pipeline.Severity]int{pipeline.Critical: 2, pipeline.Major: 1, pipeline.Minor: 3, pipeline.Neutral: 1}
	if !reflect.DeepEqual(a.Findings, want) {
		t.Errorf("findings %v, want %v", a.Findings, want)
	}
	names := make([]string, 0, len(a.Stages))
	for _, s := range a.Stages {
		names = append(names, s.Name())
		if s.Done+s.Kept+s.Failures()+len(s.Missing) != s.Total {
			t.Errorf("%s does not add up: %+v", s.Name(), s)
		}
	}
	if got := strings.Join(names, "; "); got != "correct; summarize; translate article into ru; translate summary into ru; translate article into tr; translate summary into tr" {
		t.Errorf("stages: %s", got)
	}
	ru := a.Stages[2]
	if !reflect.DeepEqual(ru.Failed, []string{"p6s1"}) || !reflect.DeepEqual(ru.Unanswered, []string{"p3s2"}) || ru.Kept != 1 || ru.Done != 16 {
		t.Errorf("ru: %+v", ru)
	}
	if a.Asked.Calls != 5 || a.Asked.Errors != 1 || a.Stored.Calls != 1 || a.Asked.Unpriced != 1 || !a.Asked.Usage.Known {
		t.Errorf("asked %+v, stored %+v", a.Asked, a.Stored)
	}
}

func TestAccountOfTrouble(t *testing.T) {
	for _, c := range []struct {
		name    string
		change  func(d *pipeline.Document)
		verdict string
	}{
		{"all well", func(*pipeline.Document) {}, "Every sentence is accounted for."},
		{"one failed", func(d *pipeline.Document) { d.Translations[0].Article[3].State = pipeline.Failed }, "Every sentence is accounted for; 1 failed, and is marked."},
		{"one missing", func(d *pipeline.Document) { d.Translations[0].Article = d.Translations[0].Article[1:] }, "Not every sentence is accounted for: 1 missing, 0 out of place."},
		{"one not worked on", func(d *pipeline.Document) { d.Translations[1].Summary[0].State = pipeline.Initial }, "Not every sentence is accounted for: 1 missing, 0 out of place."},
		{"one twice", func(d *pipeline.Document) { d.Corrections = append(d.Corrections, d.Corrections[0]) }, "Not every sentence is accounted for: 0 missing, 1 out of place."},
		{"one unknown", func(d *pipeline.Document) { d.Corrections[2].ID = "p99s9" }, "Not every sentence is accounted for: 1 missing, 1 out of place."},
		{"no key point", func(d *pipeline.Document) {
			s := d.Summary.Sentences
			d.Summary.Sentences = append(s[:2:2], s[3:]...)
		}, "Not every sentence is accounted for: 1 missing, 2 out of place."},
		{"summary twice", func(d *pipeline.Document) { d.Summary.Sentences = append(d.Summary.Sentences, d.Summary.Sentences[0]) }, "Not every sentence is accounted for: 0 missing, 1 out of place."},
		{"summary empty", func(d *pipeline.Document) { d.Summary.Sentences[0].Text = "" }, "Every sentence is accounted for; 1 failed, and is marked."},
		{"no summary at all", func(d *pipeline.Document) { d.Summary = nil }, "Every sentence is accounted for; 6 failed, each of them marked."},
		{"no evidence", func(d *pipeline.Document) { d.Summary.Sentences[0].Evidence = nil }, "Every sentence is accounted for; 1 failed, and is marked."},
		{"foreign evidence", func(d *pipeline.Document) { d.Summary.Sentences[0].Evidence = []string{"p99s1"} }, "Every sentence is accounted for; 1 failed, and is marked."},
		{"correct answered nothing", func(d *pipeline.Document) { d.Corrections = nil }, "Not every sentence is accounted for: 19 missing, 0 out of place."},
		{"no model", func(d *pipeline.Document) { *d = *normalizedOnly() }, "No model has worked on this article."},
		{"nothing at all", func(d *pipeline.Document) { *d = pipeline.Document{} }, "No model has worked on this article."},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := cleanDoc()
			c.change(d)
			if got := writer.AccountOf(d).Verdict(); got != c.verdict {
				t.Errorf("got %q, want %q", got, c.verdict)
			}
		})
	}
}

func TestTally(t *testing.T) {
	money := func(micros int64, currency string) *pipeline.Money {
		return &pipeline.Money{Micros: micros, Currency: currency}
	}
	usage := pipeline.Usage{InputTokens: 1200, OutputTokens: 34, Known: true}
	for _, c := range []struct {
		name         string
		steps        []pipeline.Step
		cost, tokens string
	}{
		{"no calls", nil, "0", "0 in, 0 out"},
		{"one free", []pipeline.Step{{Cost: money(0, "USD"), Usage: usage}}, "0.0000 USD", "1,200 in, 34 out"},
		{"unknown is not 0", []pipeline.Step{{Usage: usage}}, "unknown", "1,200 in, 34 out"},
		{"some estimated", []pipeline.Step{{Usage: usage}, {Usage: pipeline.Usage{InputTokens: 10}}}, "unknown", "1,210 in, 34 out (estimated)"},
		{"two currencies", []pipeline.Step{{Cost: money(1500000, "USD"), Usage: usage}, {Cost: money(200, "EUR"), Usage: usage}, {Cost: money(1, "USD"), Usage: usage}}, "0.0002 EUR + 1.5000 USD", "3,600 in, 102 out"},
		{"some unknown", []pipeline.Step{{Cost: money(1000000, "USD")}, {}}, "1.0000 USD + unknown for 1 of 2 calls", "unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for i := range c.steps {
				c.steps[i].Sent = 1
			}
			a := writer.AccountOf(&pipeline.Document{Trace: c.steps})
			if got := a.Asked.CostText(); got != c.cost {
				t.Errorf("cost %q, want %q", got, c.cost)
			}
			if got := a.Asked.TokensText(); got != c.tokens {
				t.Errorf("tokens %q, want %q", got, c.tokens)
			}
		})
	}
}

// Calls are what was really sent: a retried attempt is one more, and a request
// that a cap stopped is none.
func TestCallsAreWhatWasSent(t *testing.T) {
	a := writer.AccountOf(&pipeline.Document{Trace: []pipeline.Step{
		{Sent: 1}, {Sent: 3}, {Sent: 0, Error: "over the cap"}, {Stored: true},
	}})
	if a.Asked.Calls != 4 || a.Asked.Errors != 1 || a.Stored.Calls != 1 || a.Asked.CostText() != "unknown" {
		t.Errorf("asked %+v, stored %+v", a.Asked, a.Stored)
	}
}
