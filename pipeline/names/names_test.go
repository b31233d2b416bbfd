package names

import (
	"context"
	"encoding/json"
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

func TestFindWantsWholeWords(t *testing.T) {
	for _, tc := range []struct {
		text, name string
		want       []int
	}{
		{"Karlov met Karlov.", "Karlov", []int{0, 11}},
		{"Karlova met Karlov's aide", "Karlov", []int{12}},
		{"the U.S. and the US", "U.S.", []int{4}},
		{"Çavuşoğlu, Çavuşoğluların", "Çavuşoğlu", []int{0}},
		{"", "Karlov", nil},
		{"Karlov", "", nil},
	} {
		if got := Find(tc.text, tc.name); !slices.Equal(got, tc.want) {
			t.Errorf("%q in %q: %v, want %v", tc.name, tc.text, got, tc.want)
		}
	}
}

func TestUsedPassesOverANameInsideALongerOne(t *testing.T) {
	sheet := []pipeline.Name{{Source: "Karlov"}, {Source: "Andrey Karlov"}, {Source: "Ankara"}}
	for _, tc := range []struct{ text, want string }{
		{"In Ankara Andrey Karlov spoke.", "Ankara, Andrey Karlov"},
		{"Andrey Karlov spoke. Mr. Karlov left.", "Andrey Karlov, Karlov"},
		{"Nobody spoke.", ""},
	} {
		var got []string
		for _, n := range Used(sheet, tc.text) {
			got = append(got, n.Source)
		}
		if strings.Join(got, ", ") != tc.want {
			t.Errorf("%q: %v, want %s", tc.text, got, tc.want)
		}
	}
}

// sheet answers the names task from a table and counts.
type sheet struct {
	forms map[string]string
	asked []string
}

func (s *sheet) Complete(_ context.Context, req *llm.Request) (*llm.Response, error) {
	var user struct{ Names, Context map[string]string }
	if err := json.Unmarshal([]byte(req.Messages[1].Content), &user); err != nil {
		return nil, err
	}
	reply := map[string]string{}
	for key, name := range user.Names {
		if user.Context[key] == "" {
			return nil, &pipeline.Error{Code: pipeline.Invalid}
		}
		reply[key] = s.forms[name]
		s.asked = append(s.asked, name)
	}
	raw, err := json.Marshal(reply)
	return &llm.Response{Text: string(raw)}, err
}

func article(texts ...string) *pipeline.Article {
	a := &pipeline.Article{ID: "test", InLanguage: language.English}
	b := pipeline.Block{ID: "p1", Kind: pipeline.Paragraph}
	for i, text := range texts {
		b.Sentences = append(b.Sentences, pipeline.Sentence{ID: "p1s" + string(rune('1'+i)), Text: text})
	}
	a.Body = []pipeline.Block{b}
	return a
}

func TestSheetAsksOnlyForNamesThatAreNotSettled(t *testing.T) {
	set, err := prompts.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	store, err := reuse.NewFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	model := &sheet{forms: map[string]string{"Karlov": "Карлов", "Ankara": "Анкара"}}
	art := article("Karlov was in Ankara.", "Monday came.")
	run := func(candidates []string, known map[string]string) Result {
		t.Helper()
		a := &ask.Asker{Client: model, Model: "m", Reuse: store}
		res, err := Sheet(t.Context(), a, set, art, candidates, locale.Russian, known, check.Policy{})
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
	res := run([]string{"Karlov", "Ankara", "Monday"}, map[string]string{"Ankara": "Ангора"})
	if res.Forms["Karlov"] != "Карлов" || res.Forms["Ankara"] != "Ангора" || len(res.Forms) != 2 {
		t.Errorf("%v", res.Forms)
	}
	if slices.Contains(model.asked, "Ankara") {
		t.Error("a settled name was asked for")
	}
	model.asked = nil
	if res = run([]string{"Karlov", "Ankara", "Monday"}, nil); !slices.Equal(model.asked, []string{"Ankara"}) || res.Forms["Ankara"] != "Анкара" {
		t.Errorf("asked %v, got %v", model.asked, res.Forms)
	}
}

func TestMergeMakesOneEntryAName(t *testing.T) {
	got := Merge([]string{"Karlov", "Ankara", "Monday"}, []pipeline.Name{{Source: "Ankara", Origin: "glossary"}}, map[string]Result{
		"ru": {Forms: map[string]string{"Karlov": "Карлов", "Ankara": "Анкара"}},
		"tr": {Forms: map[string]string{"Karlov": "Karlov"}},
	})
	if len(got) != 2 || got[0].Forms["tr"] != "Karlov" || got[0].Origin != "model" || got[1].Origin != "glossary" {
		t.Errorf("%+v", got)
	}
}
