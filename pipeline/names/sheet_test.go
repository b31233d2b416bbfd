package names

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
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

// clerk answers each names request by a function, and keeps what was asked.
type clerk struct {
	mu    sync.Mutex
	users []question
	give  func(q question, n int) (map[string]string, error)
}

type question struct {
	Task, To       string
	Names, Context map[string]string
}

func (c *clerk) Complete(_ context.Context, req *llm.Request) (*llm.Response, error) {
	var q question
	if err := json.Unmarshal([]byte(req.Messages[1].Content), &q); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.users = append(c.users, q)
	reply, err := c.give(q, len(c.users)-1)
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(reply)
	return &llm.Response{Text: string(raw)}, err
}

// by answers from a table.
func by(forms map[string]string) func(question, int) (map[string]string, error) {
	return func(q question, _ int) (map[string]string, error) {
		out := map[string]string{}
		for key, name := range q.Names {
			out[key] = forms[name]
		}
		return out, nil
	}
}

func sheetFrom(t *testing.T, c *clerk, art *pipeline.Article, lang *locale.Locale, known map[string]string, candidates ...string) (Result, error) {
	t.Helper()
	set, err := prompts.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	a := &ask.Asker{Client: c, Model: "m", Reuse: reuse.None{}}
	return Sheet(t.Context(), a, set, art, candidates, lang, known, check.Policy{})
}

func TestTheRequestHasEachNameWithASentenceAroundIt(t *testing.T) {
	c := &clerk{give: by(map[string]string{"Karlov": "Karlov", "Ankara": "Ankara"})}
	art := article("Nobody came.", "Karlov was in Ankara.", "Ankara is large.")
	res, err := sheetFrom(t, c, art, locale.Turkish, nil, "Karlov", "Ankara")
	if err != nil || len(c.users) != 1 || len(res.Forms) != 2 {
		t.Fatalf("%d calls, %+v, %v", len(c.users), res, err)
	}
	q := c.users[0]
	if q.Task != "names/sheet" || q.To != "tr" || q.Names["n1"] != "Karlov" || q.Names["n2"] != "Ankara" || q.Context["n1"] != "Karlov was in Ankara." || q.Context["n2"] != "Karlov was in Ankara." {
		t.Errorf("%+v", q)
	}
}

func TestNoNamesCostNothing(t *testing.T) {
	c := &clerk{}
	for _, known := range []map[string]string{nil, {"Karlov": "Карлов"}} {
		candidates := slices.Collect(maps.Keys(known))
		res, err := sheetFrom(t, c, article("Karlov came."), locale.Russian, known, candidates...)
		if err != nil || len(c.users) != 0 || len(res.Forms) != len(known) || res.Forms == nil || len(res.Findings) != 0 {
			t.Errorf("%v: %+v, %v", known, res, err)
		}
	}
}

// A form given by the desk is taken as it is; given as empty, the name has no
// form and is not asked for either.
func TestFormsOfTheDeskAreNotAskedFor(t *testing.T) {
	c := &clerk{give: by(map[string]string{"Lesna": "Лесна"})}
	known := map[string]string{"Karlov": "Kарлов-not-checked", "Monday": ""}
	res, err := sheetFrom(t, c, article("Karlov was in Lesna on Monday."), locale.Russian, known, "Karlov", "Monday", "Lesna")
	want := map[string]string{"Karlov": "Kарлов-not-checked", "Lesna": "Лесна"}
	if err != nil || !maps.Equal(res.Forms, want) || len(c.users) != 1 || len(c.users[0].Names) != 1 {
		t.Errorf("%v, asked %+v, %v", res.Forms, c.users, err)
	}
}

// "" is an answer: no name, or no fixed form. It is neither a form nor a fault.
func TestAnEmptyFormIsAnAnswer(t *testing.T) {
	for _, form := range []string{"", " ", "\n\t"} {
		c := &clerk{give: by(map[string]string{"Monday": form})}
		res, err := sheetFrom(t, c, article("Monday came."), locale.Russian, nil, "Monday")
		if err != nil || len(res.Forms) != 0 || len(res.Findings) != 0 || len(c.users) != 1 {
			t.Errorf("%q: %+v after %d calls, %v", form, res, len(c.users), err)
		}
	}
}

func TestAFormIsTrimmed(t *testing.T) {
	c := &clerk{give: by(map[string]string{"Karlov": " Карлов \n"})}
	res, err := sheetFrom(t, c, article("Karlov came."), locale.Russian, nil, "Karlov")
	if err != nil || res.Forms["Karlov"] != "Карлов" {
		t.Errorf("%q, %v", res.Forms, err)
	}
}

// A form that does not pass is asked for again, alone, and in the end left out,
// which a finding says with the sentence it is about.
func TestAFormThatDoesNotPassIsLeftOutAndSaidSo(t *testing.T) {
	c := &clerk{give: by(map[string]string{"Karlov": "Карлов 7", "Ankara": "Анкара"})}
	art := article("Nobody came.", "In Ankara Karlov spoke.")
	res, err := sheetFrom(t, c, art, locale.Russian, nil, "Karlov", "Ankara")
	if err != nil || len(c.users) != 3 {
		t.Fatalf("%d calls, %v", len(c.users), err)
	}
	if !maps.Equal(res.Forms, map[string]string{"Ankara": "Анкара"}) {
		t.Errorf("%v", res.Forms)
	}
	for _, q := range c.users[1:] {
		if len(q.Names) != 1 || q.Names["n1"] != "Karlov" {
			t.Errorf("asked again with %+v", q)
		}
	}
	if len(res.Findings) != 1 {
		t.Fatalf("%+v", res.Findings)
	}
	f := res.Findings[0]
	if f.Check != "N10" || f.Lang != "ru" || f.Stage != "names" || f.Severity != pipeline.Minor || f.Span != (pipeline.Span{Sentence: "p1s2"}) || !strings.Contains(f.Message, "Karlov") {
		t.Errorf("%+v", f)
	}
	if again, _ := sheetFrom(t, c, art, locale.Russian, nil, "Karlov", "Ankara"); again.Findings[0].ID != f.ID || f.ID == "" {
		t.Errorf("the finding's id changes: %s, %s", f.ID, again.Findings[0].ID)
	}
}

func TestAFormMendedAtTheSecondTimeIsTaken(t *testing.T) {
	c := &clerk{give: func(q question, n int) (map[string]string, error) {
		if n == 0 {
			return map[string]string{"n1": "Карлов 7"}, nil
		}
		return map[string]string{"n1": "Карлов"}, nil
	}}
	res, err := sheetFrom(t, c, article("Karlov came."), locale.Russian, nil, "Karlov")
	if err != nil || res.Forms["Karlov"] != "Карлов" || len(res.Findings) != 0 || len(c.users) != 2 {
		t.Errorf("%+v after %d calls, %v", res, len(c.users), err)
	}
}

// The end of the money midway: forms that came stay, every other name is
// accounted for, and the error is passed on.
func TestAnOutageMidwayKeepsTheFormsThatCame(t *testing.T) {
	c := &clerk{give: func(q question, n int) (map[string]string, error) {
		if n > 0 {
			return nil, &pipeline.Error{Code: pipeline.Quota, Err: errors.New("no money")}
		}
		out := map[string]string{}
		for key, name := range q.Names {
			out[key] = map[string]string{"Ankara": "Анкара", "Karlov": "Карлов 7"}[name]
		}
		return out, nil
	}}
	res, err := sheetFrom(t, c, article("Karlov was in Ankara."), locale.Russian, nil, "Karlov", "Ankara")
	if pipeline.CodeOf(err) != pipeline.Quota || !maps.Equal(res.Forms, map[string]string{"Ankara": "Анкара"}) {
		t.Errorf("%v, %v", res.Forms, err)
	}
	if len(res.Findings) != 1 || !strings.Contains(res.Findings[0].Message, "Karlov") {
		t.Errorf("%+v", res.Findings)
	}
	c.give = func(question, int) (map[string]string, error) {
		return nil, &pipeline.Error{Code: pipeline.Auth, Err: errors.New("bad key")}
	}
	res, err = sheetFrom(t, c, article("Karlov was in Ankara."), locale.Russian, map[string]string{"Ankara": "Анкара"}, "Karlov", "Ankara")
	if pipeline.CodeOf(err) != pipeline.Auth || res.Forms["Ankara"] != "Анкара" || len(res.Findings) != 1 || !strings.Contains(res.Findings[0].Message, "bad key") {
		t.Errorf("%+v, %v", res, err)
	}
}

// Forms changed round in one reply are each other's, and neither is taken.
func TestFormsChangedRoundAreFound(t *testing.T) {
	swapped := map[string]string{"Karlov": "Анкара", "Ankara": "Карлов"}
	c := &clerk{give: by(swapped)}
	res, err := sheetFrom(t, c, article("Karlov was in Ankara."), locale.Russian, nil, "Karlov", "Ankara")
	if err != nil || len(res.Forms) != 0 || len(res.Findings) != 2 {
		t.Errorf("%+v, %v", res, err)
	}
}

// A finding about a form that is taken all the same points at the sentence.
func TestFindingsOfTakenFormsHaveTheirSentence(t *testing.T) {
	c := &clerk{give: by(map[string]string{"Karlov": "Карлов 7"})}
	set, err := prompts.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, mode := range []check.Mode{check.Warn, check.Shadow, check.Off} {
		modes := check.Modes{}
		for _, id := range check.IDs() {
			modes[id] = mode
		}
		a := &ask.Asker{Client: c, Model: "m", Reuse: reuse.None{}}
		res, err := Sheet(t.Context(), a, set, article("Nobody came.", "Karlov came."), []string{"Karlov"}, locale.Russian, nil, check.Policy{Modes: modes})
		if err != nil || res.Forms["Karlov"] != "Карлов 7" {
			t.Fatalf("%s: %+v, %v", mode, res, err)
		}
		for _, f := range res.Findings {
			seen[fmt.Sprint(mode, " ", f.Severity, " ", f.Span.Sentence)] = true
		}
	}
	if want := map[string]bool{"warn minor p1s2": true, "shadow neutral p1s2": true}; !maps.Equal(seen, want) {
		t.Errorf("%v, want %v", seen, want)
	}
}

func TestContextOfAName(t *testing.T) {
	art := &pipeline.Article{InLanguage: language.English}
	add := func(kind pipeline.Kind, id, text string) {
		art.Body = append(art.Body, pipeline.Block{ID: id, Kind: kind, Sentences: []pipeline.Sentence{{ID: id + "s1", Text: text}}})
	}
	add(pipeline.Headline, "h1", "Barge hits pier in Lesna, Orva and Mirna")
	add(pipeline.Keywords, "k1", "Lesna, Karlov, ports")
	add(pipeline.Lead, "p1", "Lesnans saw the port of Lesna closed.")
	add(pipeline.Paragraph, "p2", "Lesna is old, and so is Orva.")
	for name, want := range map[string]string{
		"Lesna":  "p1s1", // prose before the headline
		"Orva":   "p2s1",
		"Mirna":  "h1s1", // the headline where there is no prose
		"Karlov": "k1s1",
		"Lesnan": "", // no whole word
		"Nobody": "",
	} {
		if got := contextOf(art, name).ID; got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// The whole life of a sheet: halves of two languages merged, then used.
func TestMergeDropsWhatHasNoForm(t *testing.T) {
	for _, tc := range []struct {
		name   string
		halves map[string]Result
		want   string
	}{
		{"no halves", nil, ""},
		{"empty halves", map[string]Result{"ru": {}, "tr": {}}, ""},
		{"a form in one", map[string]Result{"tr": {Forms: map[string]string{"Lesna": "Lesna"}}}, "Lesna map[tr:Lesna] model"},
		{"the order of the candidates", map[string]Result{"ru": {Forms: map[string]string{"Orva": "Орва", "Karlov": "Карлов"}}}, "Karlov map[ru:Карлов] editor; Orva map[ru:Орва] model"},
		{"a name nobody asked for", map[string]Result{"ru": {Forms: map[string]string{"Elsewhere": "Там"}}}, ""},
	} {
		var got []string
		sheet := Merge([]string{"Karlov", "Lesna", "Orva"}, []pipeline.Name{{Source: "Karlov", Origin: "editor"}}, tc.halves)
		for _, n := range sheet {
			got = append(got, fmt.Sprint(n.Source, " ", n.Forms, " ", n.Origin))
		}
		if strings.Join(got, "; ") != tc.want || sheet == nil {
			t.Errorf("%s: %q, want %q", tc.name, strings.Join(got, "; "), tc.want)
		}
	}
}

func TestUsedOfAnySheet(t *testing.T) {
	sheet := []pipeline.Name{{Source: "Orva"}, {Source: "Lesna"}, {Source: "Port of Lesna"}, {Source: "U.S."}, {Source: "Çavuşoğlu"}}
	for _, tc := range []struct{ text, want string }{
		{"", ""},
		{"Lesna, then Orva.", "Lesna Orva"},
		{"Orva, then Lesna, then Orva.", "Orva Lesna"},
		{"The Port of Lesna was closed.", "Port of Lesna"},
		{"Lesna has a port, the Port of Lesna.", "Lesna Port of Lesna"},
		{"Lesna's port", "Lesna"},
		{"Orvan, Lesnas, port of lesna", ""},
		{"the U.S. and U.S.-backed", "U.S."},
		{"Bay Çavuşoğlu geldi.", "Çavuşoğlu"},
		{"(Orva)", "Orva"},
		{"Orva2", ""},
	} {
		var got []string
		for _, n := range Used(sheet, tc.text) {
			got = append(got, n.Source)
		}
		if strings.Join(got, " ") != tc.want {
			t.Errorf("%q: %v, want %s", tc.text, got, tc.want)
		}
	}
}
