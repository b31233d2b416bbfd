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

// answerer answers by a function and keeps what it was asked, as
// "task temperature/attempt".
type answerer struct {
	mu    sync.Mutex
	asked []string
	users []user
	give  func(u user, attempt int) (*llm.Response, error)
}

func (a *answerer) Complete(_ context.Context, req *llm.Request) (*llm.Response, error) {
	u := user{temperature: req.Temperature}
	if err := json.Unmarshal([]byte(req.Messages[1].Content), &u); err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked = append(a.asked, fmt.Sprintf("%s %.1f/%d", strings.TrimPrefix(u.Task, "summarize/"), req.Temperature, req.Attempt))
	a.users = append(a.users, u)
	return a.give(u, req.Attempt)
}

// tell is a job on the story, and what it came to.
func tell(t *testing.T, a *answerer, change func(*Job)) (Result, error) {
	t.Helper()
	set, err := prompts.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	job := Job{Ask: &ask.Asker{Client: a, Model: "m", Reuse: reuse.None{}}, Prompts: set}
	if change != nil {
		change(&job)
	}
	return Run(t.Context(), job, article(story...))
}

func says(text string) (*llm.Response, error) { return &llm.Response{Text: text}, nil }

func stored(text string) (*llm.Response, error) { return &llm.Response{Text: text, Stored: true}, nil }

// An unusable draft is asked for once more, warmer; where both answers were
// stored ones, a run that asks afresh goes on to the first that is new.
func TestHowOftenADraftIsAskedFor(t *testing.T) {
	for _, tc := range []struct {
		name    string
		afresh  bool
		replies []string // "+" stored, "-" new, then what it is
		want    []string
		summary bool
	}{
		{"good at once", false, []string{"-good"}, []string{"0.2/0"}, true},
		{"good and stored", true, []string{"+good"}, []string{"0.2/0"}, true},
		{"good at the second time", false, []string{"-bad", "-good"}, []string{"0.2/0", "0.6/0"}, true},
		{"never good", false, []string{"-bad", "-bad"}, []string{"0.2/0", "0.6/0"}, false},
		{"never good, though asked afresh", true, []string{"-bad", "-bad"}, []string{"0.2/0", "0.6/0"}, false},
		{"both stored, a plain re-run", false, []string{"+bad", "+bad"}, []string{"0.2/0", "0.6/0"}, false},
		{"both stored, asked afresh", true, []string{"+bad", "+bad", "-good"}, []string{"0.2/0", "0.6/0", "0.6/1"}, true},
		{"three stored, asked afresh", true, []string{"+bad", "+bad", "+bad", "-bad"}, []string{"0.2/0", "0.6/0", "0.6/1", "0.6/2"}, false},
		{"the third stored one is good", true, []string{"+bad", "+bad", "+good"}, []string{"0.2/0", "0.6/0", "0.6/1"}, true},
		{"a new first answer and a stored second", true, []string{"-bad", "+bad"}, []string{"0.2/0", "0.6/0"}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			n := 0
			a := &answerer{give: func(user, int) (*llm.Response, error) {
				r := tc.replies[n]
				n++
				return &llm.Response{Text: map[string]string{"good": good, "bad": "Sure!"}[r[1:]], Stored: r[0] == '+'}, nil
			}}
			res, err := tell(t, a, func(j *Job) { j.Ask.Afresh = tc.afresh })
			if err != nil || (res.Summary != nil) != tc.summary {
				t.Errorf("%+v, %v", res, err)
			}
			for i := range tc.want {
				tc.want[i] = "brief " + tc.want[i]
			}
			if !slices.Equal(a.asked, tc.want) {
				t.Errorf("asked %v, want %v", a.asked, tc.want)
			}
		})
	}
}

func TestEachClassOfErrorOfADraft(t *testing.T) {
	for _, tc := range []struct {
		code  pipeline.Code
		calls int
		fatal bool
	}{
		{pipeline.Auth, 1, true},
		{pipeline.Quota, 1, true},
		{pipeline.Budget, 1, true},
		{pipeline.RateLimit, 1, true},
		{pipeline.Refused, 2, false},
		{pipeline.Truncated, 2, false},
		{pipeline.BadOutput, 2, false},
	} {
		a := &answerer{give: func(user, int) (*llm.Response, error) {
			return nil, &pipeline.Error{Code: tc.code, Err: errors.New("why it is so\nand more")}
		}}
		res, err := tell(t, a, nil)
		if (err != nil) != tc.fatal || tc.fatal && pipeline.CodeOf(err) != tc.code || len(a.asked) != tc.calls {
			t.Errorf("%s: %v after %v", tc.code, err, a.asked)
		}
		if res.Summary != nil || len(res.Findings) != 1 {
			t.Fatalf("%s: %+v", tc.code, res)
		}
		f := res.Findings[0]
		if f.Check != "M00" || f.Severity != pipeline.Critical || f.Message != "there is no summary: why it is so" || !strings.HasPrefix(f.ID, "f-") {
			t.Errorf("%s: %+v", tc.code, f)
		}
	}
}

// wordy is the good summary with another sentence in the place of a key point.
func wordy(key string) string {
	return strings.Replace(good, "The port will reportedly stay closed until Friday.", key, 1)
}

const (
	tooLong   = "The port will reportedly stay closed until Friday, and ferries to the island of Orva run from the old quay."
	tooLong2  = "The port of Lesna will reportedly stay closed until Friday, and the ferries run from the old quay."
	fits      = "The port will reportedly stay closed until Friday."
	foreign   = "Nine hundred sailors from the Empire ate the pier in 1847."
	fitsReply = `{"text":"` + fits + `","evidence":["s3"]}`
)

func reply(text string) string { return `{"text":"` + text + `","evidence":["s3","s4"]}` }

// A sentence is asked for again at most twice: first as it is, then warmer and
// with what was wrong with the newest; what is best of all is delivered.
func TestHowASentenceIsMended(t *testing.T) {
	for _, tc := range []struct {
		name   string
		again  []string
		want   string
		asked  int
		drafts []string // quoted in each re-ask
		failed bool
	}{
		{"at once", []string{fitsReply}, fits, 1, []string{tooLong}, false},
		{"at the second time", []string{reply(tooLong2), fitsReply}, fits, 2, []string{tooLong, tooLong2}, false},
		{"never", []string{reply(tooLong2), reply(tooLong2)}, tooLong, 2, []string{tooLong, tooLong2}, true},
		{"no JSON, and then", []string{"Sure!", fitsReply}, fits, 2, []string{tooLong, tooLong}, false},
		{"never JSON", []string{"Sure!", "Sure!"}, tooLong, 2, []string{tooLong, tooLong}, true},
		{"worse each time", []string{reply(""), reply(foreign)}, tooLong, 2, []string{tooLong, ""}, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			n := 0
			a := &answerer{give: func(u user, _ int) (*llm.Response, error) {
				if u.Task == "summarize/brief" {
					return says(wordy(tooLong))
				}
				n++
				return says(tc.again[n-1])
			}}
			res, err := tell(t, a, nil)
			if err != nil || n != tc.asked {
				t.Fatalf("%d re-asks, %v", n, err)
			}
			if got := res.Summary.Sentences[3]; got.ID != "sum.k2" || got.Text != tc.want {
				t.Errorf("%+v, want %q", got, tc.want)
			}
			if why := res.Failed["sum.k2"]; (why != "") != tc.failed || len(res.Failed) > 1 {
				t.Errorf("failed %v", res.Failed)
			}
			for i, want := range tc.drafts {
				u := a.users[i+1]
				if u.Draft != want || u.Product != "keyPoint" || u.Limit != "12 words" || len(u.Problems) == 0 || len(u.Sentences) != len(story) {
					t.Errorf("re-ask %d: %+v", i, u)
				}
			}
			for i, want := range []string{"again 0.2/0", "again 0.6/0"}[:tc.asked] {
				if a.asked[i+1] != want {
					t.Errorf("asked %s, want %s", a.asked[i+1], want)
				}
			}
		})
	}
}

// Answers that a desk has paid for are looked through before a new one is
// bought, and only by a run that asks afresh.
func TestMendingGoesThroughTheStoredAnswers(t *testing.T) {
	for _, tc := range []struct {
		afresh bool
		have   int // stored answers to the warm request
		want   []string
	}{
		{false, 5, []string{"again 0.2/0", "again 0.6/0"}},
		{true, 1, []string{"again 0.2/0", "again 0.6/0", "again 0.6/1"}},
		{true, 3, []string{"again 0.2/0", "again 0.6/0", "again 0.6/1", "again 0.6/2", "again 0.6/3"}},
	} {
		a := &answerer{}
		a.give = func(u user, attempt int) (*llm.Response, error) {
			if u.Task == "summarize/brief" {
				return stored(wordy(tooLong))
			}
			if u.temperature < 0.5 || attempt < tc.have {
				return stored(reply(tooLong2))
			}
			return says(reply(tooLong2))
		}
		if _, err := tell(t, a, func(j *Job) { j.Ask.Afresh = tc.afresh }); err != nil || !slices.Equal(a.asked[1:], tc.want) {
			t.Errorf("afresh %v, %d stored: %v, want %v, %v", tc.afresh, tc.have, a.asked[1:], tc.want, err)
		}
	}
}

// An end of the money while mending leaves the drafts.
func TestAnOutageWhileMendingKeepsTheDrafts(t *testing.T) {
	a := &answerer{give: func(u user, _ int) (*llm.Response, error) {
		if u.Task == "summarize/brief" {
			return says(wordy(tooLong))
		}
		return nil, &pipeline.Error{Code: pipeline.Quota}
	}}
	res, err := tell(t, a, nil)
	if pipeline.CodeOf(err) != pipeline.Quota || res.Summary == nil || len(res.Summary.Sentences) != 7 || res.Failed["sum.k2"] == "" {
		t.Errorf("%+v, %v", res, err)
	}
}

// A waived finding costs no call and fails nothing, and is reported all the
// same.
func TestAWaivedSentenceIsNotMended(t *testing.T) {
	a := &answerer{give: func(user, int) (*llm.Response, error) { return says(wordy(tooLong)) }}
	first, err := tell(t, a, nil)
	if err != nil {
		t.Fatal(err)
	}
	decisions := &pipeline.Decisions{Findings: map[string]pipeline.Decision{}}
	for _, f := range first.Findings {
		decisions.Findings[f.ID] = pipeline.Decision{State: "waived", Reason: "the desk wants it"}
	}
	a.asked = nil
	res, err := tell(t, a, func(j *Job) { j.Policy.Decisions = decisions })
	if err != nil || len(a.asked) != 1 || len(res.Failed) != 0 || len(res.Findings) == 0 {
		t.Errorf("asked %v, failed %v, findings %+v, %v", a.asked, res.Failed, res.Findings, err)
	}
	for _, f := range res.Findings {
		if f.Gates(pipeline.Minor) {
			t.Errorf("%+v", f)
		}
	}
}

func TestEventsOfTheSummary(t *testing.T) {
	var events []string
	a := &answerer{give: func(u user, _ int) (*llm.Response, error) {
		if u.Task == "summarize/brief" {
			return says(wordy(tooLong))
		}
		return says(reply(tooLong2))
	}}
	_, err := tell(t, a, func(j *Job) {
		j.Ask.Events = func(e pipeline.Event) {
			events = append(events, fmt.Sprintf("%s %s %d/%d", e.Stage, e.Type, e.Done, e.Total))
		}
	})
	want := []string{"summarize started 0/0", "summarize call 0/0", "summarize call 0/0", "summarize call 0/0", "summarize finished 6/7"}
	if err != nil || !slices.Equal(events, want) {
		t.Errorf("%v, want %v, %v", events, want, err)
	}
}

// The request has every sentence of the article, and no widget text.
func TestWhatTheRequestHolds(t *testing.T) {
	art := &pipeline.Article{ID: "lesna", InLanguage: language.English}
	for _, kind := range []pipeline.Kind{
		pipeline.Dateline, pipeline.Headline, pipeline.Keywords, pipeline.Lead, pipeline.Boilerplate, pipeline.Heading, pipeline.ListItem, pipeline.Caption, pipeline.TableRow, pipeline.Quote,
	} {
		art.Body = append(art.Body, pipeline.Block{ID: string(kind), Kind: kind, Sentences: []pipeline.Sentence{{ID: string(kind), Text: "The " + string(kind) + "."}}})
	}
	set, err := prompts.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	a := &answerer{give: func(user, int) (*llm.Response, error) { return nil, &pipeline.Error{Code: pipeline.Quota} }}
	asker := &ask.Asker{Client: a, Model: "m", Reuse: reuse.None{}}
	if _, err := Run(t.Context(), Job{Ask: asker, Prompts: set}, art); pipeline.CodeOf(err) != pipeline.Quota {
		t.Fatal(err)
	}
	want := map[string]string{
		"s1": "The dateline.", "s2": "The headline.", "s3": "The keywords.", "s4": "The lead.", "s5": "The heading.",
		"s6": "The listItem.", "s7": "The caption.", "s8": "The tableRow.", "s9": "The quote.",
	}
	if got := a.users[0].Sentences; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := asker.Steps()[0].Units; !slices.Equal(got, []string{"dateline", "headline", "keywords", "lead", "heading", "listItem", "caption", "tableRow", "quote"}) {
		t.Errorf("units %v", got)
	}
}
