package batch

import (
	"encoding/json"
	"reflect"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/language"
	"pgregory.net/rapid"

	"dragoman/pipeline"
	"dragoman/pipeline/check"
)

func fullPlan() Plan {
	return Plan{
		Build: Build{Version: Version, Prompts: "sha256:1", Program: "abc"}, BaseURL: "https://api.example.org/v1", Model: "m",
		To: []language.Tag{language.Russian, language.Turkish}, Long: true, FailOn: pipeline.Major, Checks: check.Modes{"T04": check.Warn}, Context: 8192,
		Prompts:   map[string]string{"translate/article.md": "text", "locale/ru.md": "note"},
		Glossary:  []check.Term{{Source: "council", Lang: language.Russian, Targets: []string{"совет"}}, {Source: "mayor", Forbidden: []string{"x"}}},
		Names:     []pipeline.Name{{Source: "Ankara", Forms: map[string]string{"ru": "Анкара"}}, {Source: "Bursa"}},
		Decisions: "sha256:2", Caps: Caps{MaxCost: &pipeline.Money{Micros: 1, Currency: "USD"}}, Transport: Live,
	}
}

// What an edition depends on is in the digest of the settings, and nothing
// else. A field of Plan that stands in neither list fails the test.
func TestSettings(t *testing.T) {
	matters := map[string][]func(p *Plan){
		"Build":     {func(p *Plan) { p.Build.Version++ }, func(p *Plan) { p.Build.Prompts = "x" }, func(p *Plan) { p.Build.Program = "x" }},
		"Model":     {func(p *Plan) { p.Model = "n" }},
		"To":        {func(p *Plan) { p.To = p.To[:1] }, func(p *Plan) { p.To = []language.Tag{language.Turkish, language.Russian} }},
		"Long":      {func(p *Plan) { p.Long = false }},
		"FailOn":    {func(p *Plan) { p.FailOn = pipeline.Minor }},
		"Checks":    {func(p *Plan) { p.Checks = nil }, func(p *Plan) { p.Checks = check.Modes{"T04": check.Block} }},
		"Context":   {func(p *Plan) { p.Context = 1 }},
		"Prompts":   {func(p *Plan) { p.Prompts = nil }, func(p *Plan) { p.Prompts = map[string]string{"translate/article.md": "text", "locale/ru.md": "other"} }},
		"Glossary":  {func(p *Plan) { p.Glossary = nil }, func(p *Plan) { p.Glossary = p.Glossary[:1] }},
		"Names":     {func(p *Plan) { p.Names = p.Names[1:] }},
		"Decisions": {func(p *Plan) { p.Decisions = "" }},
	}
	indifferent := map[string][]func(p *Plan){
		"BaseURL":   {func(p *Plan) { p.BaseURL = "http://other.example.org/v1" }},
		"Caps":      {func(p *Plan) { p.Caps = Caps{} }, func(p *Plan) { p.Caps.Concurrency = 9; p.Caps.RPM = 3; p.Caps.FailFast = true }},
		"Fresh":     {func(p *Plan) { p.Fresh = true }},
		"Transport": {func(p *Plan) { p.Transport = BatchAPI }},
		"Fallback":  {func(p *Plan) { p.Fallback.Model = "other" }},

		"NoStoreText": {func(p *Plan) { p.NoStoreText = true }},
	}
	base := fullPlan()
	want := base.Settings()
	seen := map[string]bool{want: true}
	for f := range reflect.TypeFor[Plan]().Fields() {
		changes, does := matters[f.Name]
		same, not := indifferent[f.Name]
		if does == not {
			t.Errorf("%s: does an edition depend on it?", f.Name)
		}
		for i, change := range changes {
			p := fullPlan()
			change(&p)
			if got := p.Settings(); seen[got] {
				t.Errorf("%s, change %d: the settings are the same", f.Name, i)
			} else {
				seen[got] = true
			}
		}
		for i, change := range same {
			p := fullPlan()
			change(&p)
			if p.Settings() != want {
				t.Errorf("%s, change %d: the settings are others", f.Name, i)
			}
		}
	}
}

// The order of a glossary's rows and of names makes no difference, and a plan
// that was stored says the same.
func TestSettingsAreStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, q := fullPlan(), fullPlan()
		q.Glossary = rapid.Permutation(q.Glossary).Draw(t, "glossary")
		q.Names = rapid.Permutation(q.Names).Draw(t, "names")
		q.Caps.MaxTokens = rapid.Int64().Draw(t, "tokens")
		if p.Settings() != q.Settings() {
			t.Fatal("the order makes a difference")
		}
		b, err := q.JSON()
		if err != nil {
			t.Fatal(err)
		}
		r, err := ReadPlan(b)
		if err != nil {
			t.Fatal(err)
		}
		if r.Settings() != p.Settings() || r.Caps.MaxTokens != q.Caps.MaxTokens {
			t.Fatal("the stored plan is another")
		}
	})
}

// Any word in a text that matters matters.
func TestSettingsProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.String().Draw(t, "a"), rapid.String().Draw(t, "b")
		for _, set := range []func(p *Plan, s string){
			func(p *Plan, s string) { p.Model = strings.ToValidUTF8(s, "") },
			func(p *Plan, s string) { p.Prompts = map[string]string{"x.md": strings.ToValidUTF8(s, "")} },
			func(p *Plan, s string) { p.Glossary[0].Targets = []string{strings.ToValidUTF8(s, "")} },
			func(p *Plan, s string) { p.Decisions = strings.ToValidUTF8(s, "") },
		} {
			p, q := fullPlan(), fullPlan()
			set(&p, a)
			set(&q, b)
			if (p.Settings() == q.Settings()) != (strings.ToValidUTF8(a, "") == strings.ToValidUTF8(b, "")) {
				t.Fatalf("%q and %q", a, b)
			}
		}
	})
}

func TestReadPlanOfAnotherVersion(t *testing.T) {
	p := fullPlan()
	p.Build.Version = Version + 1
	b, err := p.JSON()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ReadPlan(b); pipeline.CodeOf(err) != pipeline.Invalid {
		t.Errorf("got %v", err)
	}
	if _, err := ReadPlan(json.RawMessage("{")); err == nil {
		t.Error("no error")
	}
}

func TestBuild(t *testing.T) {
	a, err := ThisBuild()
	if err != nil {
		t.Fatal(err)
	}
	b, _ := ThisBuild()
	if a != b || a.Version != Version || !strings.HasPrefix(a.Prompts, "sha256:") {
		t.Errorf("got %+v and %+v", a, b)
	}
	for want, info := range map[string]*debug.BuildInfo{
		"v1.2.0": {Main: debug.Module{Version: "v1.2.0"}},
		"":       {Main: debug.Module{Version: "(devel)"}},
		"4f5a":   {Main: debug.Module{Version: "v1.2.0"}, Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "4f5a"}}},
	} {
		if got := program(info, true); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if program(nil, false) != "" {
		t.Error("a build that says nothing has a name")
	}
}

func TestDigestOfWhatHasNoJSON(t *testing.T) {
	if Digest(func() {}) == Digest(1) || !slices.Equal(canonical(1), []byte("1")) {
		t.Error("digests are wrong")
	}
}
