package prompts

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// Providers keep the beginning of a prompt in a cache and charge less for it.
// So what is the same for more requests must stand before what is the same for
// fewer: first the rules, then what holds for a language, for an article, for a
// piece of it, and last what is wrong with an answer.
var ranks = map[string]int{
	"task": 0, "to": 1,
	"names": 2, "glossary": 2,
	"context": 3, "before": 3, "sentences": 3,
	"product": 4, "limit": 4, "max_words": 4, "draft": 4, "problems": 5,
}

// early are the members that stand too early in a released prompt. The next
// version of it puts them right, and is taken out here.
var early = map[string][]string{
	"summarize/again@1": {"product", "limit"}, // the article's sentences follow
	"summarize/long@1":  {"max_words"},        // the same for every request about one article
}

// numbered are the released prompts whose rules name a figure of the article,
// so that no two articles share them to their end.
var numbered = []string{"summarize/long@1"}

// rendered renders a prompt with values that bear a mark.
func rendered(t *testing.T, p *Prompt, mark string) (system, user string) {
	t.Helper()
	values := map[string]any{}
	for _, name := range p.Settings {
		values[name] = "setting " + name
		if ranks[name] > 1 {
			values[name] = name + mark
		}
	}
	for _, name := range p.Inputs {
		values[name] = Object{{"k1", name + mark}}
	}
	system, user, err := p.Render(values)
	if err != nil {
		t.Fatal(err)
	}
	return system, user
}

// members are the keys of a JSON object, in their order.
func members(t *testing.T, object string) []string {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(object))
	if _, err := d.Token(); err != nil {
		t.Fatal(err)
	}
	var out []string
	for d.More() {
		key, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, key.(string))
		var skip json.RawMessage
		if err := d.Decode(&skip); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// Every built-in prompt keeps to the order, and its system message is the same
// for every article.
func TestWhatIsStableStandsFirst(t *testing.T) {
	set, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range set.All() {
		t.Run(p.Name(), func(t *testing.T) {
			system, user := rendered(t, p, " one")
			other, _ := rendered(t, p, " two")
			if alone := slices.Contains(numbered, p.Name()); (system != other) != alone || system == "" {
				t.Errorf("the system message depends on the article: %v, want %v", system != other, alone)
			}
			last, rank := "", 0
			var wrong []string
			for _, m := range members(t, user) {
				r, known := ranks[m]
				if !known {
					t.Errorf("no rank says how stable %q is", m)
				}
				if slices.Contains(early[p.Name()], m) {
					wrong = append(wrong, m)
					continue
				}
				if r < rank {
					t.Errorf("%q stands behind %q, which changes more often", m, last)
				}
				last, rank = m, r
			}
			if !slices.Equal(wrong, early[p.Name()]) {
				t.Errorf("early says %q, the prompt has %q", early[p.Name()], wrong)
			}
		})
	}
}
