package summarize

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/text/language"

	"dragoman/pipeline"
	"dragoman/pipeline/ask"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/reuse"
	"dragoman/prompts"
)

// desk answers by task, and keeps what it was sent.
type desk struct {
	mu      sync.Mutex
	answers map[string]func(u user, n int) (string, error)
	users   []user
	n       map[string]int
}

type user struct {
	Task, Product, Limit, Draft string
	Problems                    []string
	Sentences                   map[string]string
	temperature                 float64
}

func (d *desk) Complete(_ context.Context, req *llm.Request) (*llm.Response, error) {
	u := user{temperature: req.Temperature}
	if err := json.Unmarshal([]byte(req.Messages[1].Content), &u); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.n == nil {
		d.n = map[string]int{}
	}
	n := d.n[u.Task]
	d.n[u.Task]++
	d.users = append(d.users, u)
	text, err := d.answers[u.Task](u, n)
	if err != nil {
		return nil, err
	}
	return &llm.Response{Text: text}, nil
}

var story = []string{
	"The river port of Lesna was closed on Monday after a barge hit a pier.",
	"Two sailors were taken to hospital, according to the harbour office.",
	"The port will reportedly stay closed until Friday.",
	"Ferries to the island of Orva run from the old quay.",
}

const good = `{"headline":{"text":"Barge hits pier, Lesna port closed","evidence":["s1"]},
"lead":{"text":"The river port of Lesna was closed on Monday after a barge hit a pier.","evidence":["s1"]},
"key1":{"text":"Two sailors were taken to hospital, the harbour office says.","evidence":["s2"]},
"key2":{"text":"The port will reportedly stay closed until Friday.","evidence":["s3"]},
"key3":{"text":"Ferries to Orva run from the old quay.","evidence":["s4"]},
"short":[{"text":"The port of Lesna was closed after a barge hit a pier.","evidence":["s1"]},{"text":"Two sailors were taken to hospital, according to the harbour office.","evidence":["s2"]}]}`

func article(texts ...string) *pipeline.Article {
	a := &pipeline.Article{ID: "test", InLanguage: language.English}
	for i, text := range texts {
		id := fmt.Sprintf("p%d", i+1)
		a.Body = append(a.Body, pipeline.Block{ID: id, Kind: pipeline.Paragraph, Sentences: []pipeline.Sentence{{ID: id + "s1", Text: text}}})
	}
	return a
}

func run(t *testing.T, d *desk, contextTokens int, texts ...string) (Result, error) {
	t.Helper()
	set, err := prompts.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	a := &ask.Asker{Client: d, Model: "m", Reuse: reuse.None{}, Context: contextTokens}
	return Run(t.Context(), Job{Ask: a, Prompts: set}, article(texts...))
}

func always(text string) func(user, int) (string, error) {
	return func(user, int) (string, error) { return text, nil }
}

func TestEverySentenceHasItsEvidenceAndTheRequestEverySentence(t *testing.T) {
	d := &desk{answers: map[string]func(user, int) (string, error){"summarize/brief": always(good)}}
	res, err := run(t, d, 0, story...)
	if err != nil || len(d.users) != 1 {
		t.Fatalf("%d calls, %v, findings %+v", len(d.users), err, res.Findings)
	}
	if len(d.users[0].Sentences) != len(story) || d.users[0].Sentences["s4"] != story[3] {
		t.Errorf("the request held %v", d.users[0].Sentences)
	}
	var ids []string
	for _, s := range res.Summary.Sentences {
		ids = append(ids, s.ID)
		if len(s.Evidence) != 1 || !strings.HasPrefix(s.Evidence[0], "p") {
			t.Errorf("%s: evidence %v", s.ID, s.Evidence)
		}
	}
	if want := []string{"sum.h", "sum.l", "sum.k1", "sum.k2", "sum.k3", "sum.s1", "sum.s2"}; !slices.Equal(ids, want) {
		t.Errorf("%v", ids)
	}
}

func TestOnlyAFailingSentenceIsAskedAgain(t *testing.T) {
	bad := strings.Replace(good, "Two sailors were taken to hospital, the harbour office says.", "Nine sailors were taken to hospital, the harbour office says.", 1)
	d := &desk{answers: map[string]func(user, int) (string, error){
		"summarize/brief": always(bad),
		"summarize/again": always(`{"text":"Two sailors were taken to hospital, the harbour office says.","evidence":["s2"]}`),
	}}
	res, err := run(t, d, 0, story...)
	if err != nil || len(d.users) != 2 || len(res.Failed) != 0 {
		t.Fatalf("%d calls, failed %v, %v", len(d.users), res.Failed, err)
	}
	u := d.users[1]
	if u.Product != "keyPoint" || !strings.Contains(u.Limit, "12") || len(u.Problems) == 0 || !strings.HasPrefix(u.Draft, "Nine") {
		t.Errorf("%+v", u)
	}
	if got := res.Summary.Sentences[2]; got.ID != "sum.k1" || !strings.HasPrefix(got.Text, "Two") {
		t.Errorf("%+v", got)
	}
}

func TestASentenceThatStaysWrongIsDeliveredMarked(t *testing.T) {
	bad := strings.Replace(good, "Two sailors were taken to hospital, the harbour office says.", "Nine sailors were taken to hospital, the harbour office says.", 1)
	d := &desk{answers: map[string]func(user, int) (string, error){
		"summarize/brief": always(bad),
		"summarize/again": always(`{"text":"Seven sailors were taken to hospital, the harbour office says.","evidence":["s2"]}`),
	}}
	res, err := run(t, d, 0, story...)
	if err != nil || len(d.users) != 3 {
		t.Fatalf("%d calls, %v", len(d.users), err)
	}
	if res.Failed["sum.k1"] == "" || len(res.Summary.Sentences) != 7 {
		t.Errorf("failed %v", res.Failed)
	}
	if d.users[2].temperature <= d.users[1].temperature {
		t.Error("the temperature was not raised")
	}
	found := false
	for _, f := range res.Findings {
		found = found || f.Span.Sentence == "sum.k1" && f.Severity.AtLeast(pipeline.Major)
	}
	if !found {
		t.Errorf("no finding: %+v", res.Findings)
	}
}

func TestNoSummaryIsSaidAloud(t *testing.T) {
	d := &desk{answers: map[string]func(user, int) (string, error){"summarize/brief": func(user, int) (string, error) {
		return "", &pipeline.Error{Code: pipeline.Refused, Err: errors.New("refused")}
	}}}
	res, err := run(t, d, 0, story...)
	if err != nil || res.Summary != nil || len(res.Findings) != 1 || res.Findings[0].Severity != pipeline.Critical {
		t.Errorf("%+v, %v", res, err)
	}
	if len(d.users) != 2 {
		t.Errorf("%d calls", len(d.users))
	}
}

func TestAnOutageEndsTheStage(t *testing.T) {
	d := &desk{answers: map[string]func(user, int) (string, error){"summarize/brief": func(user, int) (string, error) {
		return "", &pipeline.Error{Code: pipeline.Unavailable, Err: errors.New("no route")}
	}}}
	res, err := run(t, d, 0, story...)
	if pipeline.CodeOf(err) != pipeline.Unavailable || len(res.Findings) != 1 || len(d.users) != 1 {
		t.Errorf("%+v, %v, %d calls", res, err, len(d.users))
	}
}

func TestALongArticleIsReadInPartsAndEverySentenceIsHeld(t *testing.T) {
	var texts []string
	for i := range 400 {
		texts = append(texts, fmt.Sprintf("Item %d: %s", i+1, story[i%len(story)]))
	}
	held := map[string]bool{}
	var mu sync.Mutex
	hold := func(u user) {
		mu.Lock()
		defer mu.Unlock()
		for _, s := range u.Sentences {
			held[s] = true
		}
	}
	d := &desk{answers: map[string]func(user, int) (string, error){
		"summarize/notes": func(u user, _ int) (string, error) {
			hold(u)
			raw, err := json.Marshal(map[string]any{"notes": []sentence{{u.Sentences["s1"], []string{"s1"}}, {u.Sentences["s2"], []string{"s2"}}, {u.Sentences["s3"], []string{"s3"}}, {u.Sentences["s4"], []string{"s4"}}}})
			return string(raw), err
		},
		"summarize/brief": always(good),
		"summarize/again": always(`{"text":"","evidence":[]}`),
	}}
	res, err := run(t, d, 4096, texts...)
	if err != nil || res.Summary == nil {
		t.Fatal(err)
	}
	for _, text := range texts {
		if !held[text] {
			t.Fatalf("no request held %q", text)
		}
	}
	if got := res.Summary.Sentences[0].Evidence; !slices.Equal(got, []string{"p1s1"}) {
		t.Errorf("evidence %v", got)
	}
}

func TestAContextSmallerThanThoughtIsReadInSmallerParts(t *testing.T) {
	var texts []string
	for i := range 60 {
		texts = append(texts, fmt.Sprintf("Item %d: %s", i+1, story[i%len(story)]))
	}
	d := &desk{answers: map[string]func(user, int) (string, error){
		"summarize/notes": func(u user, _ int) (string, error) {
			return `{"notes":[{"text":` + string(mustJSON(u.Sentences["s1"])) + `,"evidence":["s1"]}]}`, nil
		},
		"summarize/brief": func(u user, _ int) (string, error) {
			if len(u.Sentences) > 30 {
				return "", &pipeline.Error{Code: pipeline.TooLong}
			}
			return good, nil
		},
		"summarize/again": always(`{"text":"","evidence":[]}`),
	}}
	if res, err := run(t, d, 8192, texts...); err != nil || res.Summary == nil {
		t.Errorf("%+v, %v", res, err)
	}
}

func mustJSON(s string) []byte {
	raw, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return raw
}
