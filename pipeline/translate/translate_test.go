package translate

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/language"

	"dragoman/pipeline"
	"dragoman/pipeline/ask"
	"dragoman/pipeline/check"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/locale"
	"dragoman/pipeline/reuse"
	"dragoman/prompts"
)

// desk translates by a table, and keeps what it was sent.
type desk struct {
	targets map[string]string
	users   []user
}

type user struct {
	Task, To  string
	Names     map[string]string
	Glossary  map[string]string
	Before    []string
	Sentences map[string]string
	Problems  map[string][]string
}

func (d *desk) Complete(_ context.Context, req *llm.Request) (*llm.Response, error) {
	var u user
	if err := json.Unmarshal([]byte(req.Messages[1].Content), &u); err != nil {
		return nil, err
	}
	d.users = append(d.users, u)
	reply := map[string]string{}
	for key, text := range u.Sentences {
		reply[key] = d.targets[text]
	}
	raw, err := json.Marshal(reply)
	return &llm.Response{Text: string(raw)}, err
}

var targets = map[string]string{
	"Karlov arrived in Ankara in 2013.":          "Карлов приехал в Анкару в 2013 году.",
	"He reportedly wanted to stay there longer.": "По имеющимся данным, он хотел остаться там дольше.",
	"Ambassador arrives in Ankara":               "Посол прибыл в Анкару",
	"The airport was closed for seven hours.":    "The airport was closed for seven hours.",
}

func article(texts ...string) *pipeline.Article {
	a := &pipeline.Article{ID: "test", InLanguage: language.English, Body: []pipeline.Block{
		{ID: "d1", Kind: pipeline.Dateline, Sentences: []pipeline.Sentence{{ID: "d1s1", Text: "Monday, December 19 2016 20:43 EET"}}},
	}}
	b := pipeline.Block{ID: "p1", Kind: pipeline.Paragraph}
	for i, text := range texts {
		b.Sentences = append(b.Sentences, pipeline.Sentence{ID: fmt.Sprintf("p1s%d", i+1), Text: text})
	}
	a.Body = append(a.Body, b, pipeline.Block{ID: "b1", Kind: pipeline.Boilerplate, Sentences: []pipeline.Sentence{{ID: "b1s1", Text: "latest news"}}})
	return a
}

func job(t *testing.T, d *desk) Job {
	t.Helper()
	set, err := prompts.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	return Job{
		Ask: &ask.Asker{Client: d, Model: "m", Reuse: reuse.None{}}, Prompts: set, Lang: locale.Russian,
		Names: []pipeline.Name{
			{Source: "Karlov", Forms: map[string]string{"ru": "Карлов"}},
			{Source: "Ankara", Forms: map[string]string{"ru": "Анкара"}},
		},
	}
}

func TestEverySentenceIsInExactlyOneState(t *testing.T) {
	d := &desk{targets: targets}
	art := article("Karlov arrived in Ankara in 2013.", "He reportedly wanted to stay there longer.", "The airport was closed for seven hours.")
	res, err := Article(t.Context(), job(t, d), art)
	if err != nil {
		t.Fatal(err)
	}
	states := map[string]pipeline.State{}
	for _, u := range res.Units {
		states[u.ID] = u.State
	}
	want := map[string]pipeline.State{
		"d1s1": pipeline.Translated, "p1s1": pipeline.Translated, "p1s2": pipeline.Translated,
		"p1s3": pipeline.Failed, "b1s1": pipeline.Kept,
	}
	if fmt.Sprint(states) != fmt.Sprint(want) || len(res.Units) != len(want) {
		t.Errorf("got %v\nwant %v", states, want)
	}
	for _, u := range res.Units {
		if u.ID == "p1s3" && (u.Target != "" || u.Note == "") {
			t.Errorf("English stands in: %+v", u)
		}
	}
	if len(res.Findings) == 0 {
		t.Error("the failed sentence has no finding")
	}
}

func TestTheDatelineNeedsNoModel(t *testing.T) {
	d := &desk{targets: targets}
	res, err := Article(t.Context(), job(t, d), article("Karlov arrived in Ankara in 2013."))
	if err != nil {
		t.Fatal(err)
	}
	if got := res.Units[0].Target; !strings.Contains(got, "19 декабря 2016") || !strings.Contains(got, "EET") {
		t.Errorf("%q", got)
	}
	for _, u := range d.users {
		for _, text := range u.Sentences {
			if strings.Contains(text, "December") || text == "latest news" {
				t.Errorf("asked for %q", text)
			}
		}
	}
}

func TestARequestCarriesItsNamesAndContext(t *testing.T) {
	d := &desk{targets: targets}
	j := job(t, d)
	j.Glossary = []check.Term{{Source: "airport", Targets: []string{"аэропорт"}}, {Source: "harbour", Targets: []string{"порт"}}}
	if _, err := Article(t.Context(), j, article("Karlov arrived in Ankara in 2013.", "The airport was closed for seven hours.")); err != nil {
		t.Fatal(err)
	}
	first := d.users[0]
	if first.Task != "translate/article" || first.To != "ru" || first.Names["Karlov"] != "Карлов" || len(first.Names) != 2 ||
		first.Glossary["airport"] != "аэропорт" || len(first.Glossary) != 1 {
		t.Errorf("%+v", first)
	}
	again := d.users[len(d.users)-1]
	if len(again.Sentences) != 1 || !slices.Equal(again.Before, []string{"Karlov arrived in Ankara in 2013."}) || len(again.Problems["s1"]) == 0 {
		t.Errorf("the re-ask: %+v", again)
	}
}

func TestSummarySentencesAreTranslatedAlone(t *testing.T) {
	d := &desk{targets: targets}
	res, err := Summary(t.Context(), job(t, d), &pipeline.Summary{Sentences: []pipeline.SummarySentence{
		{ID: "sum.h", Text: "Ambassador arrives in Ankara", Product: pipeline.SummaryHeadline},
		{ID: "sum.l", Text: "Karlov arrived in Ankara in 2013.", Product: pipeline.SummaryLead},
	}})
	if err != nil || len(res.Units) != 2 {
		t.Fatal(res, err)
	}
	for _, u := range res.Units {
		if u.State != pipeline.Translated {
			t.Errorf("%+v", u)
		}
	}
	if d.users[0].Task != "translate/summary" || d.users[0].Before != nil {
		t.Errorf("%+v", d.users[0])
	}
}
