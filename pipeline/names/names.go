// Package names keeps the names sheet: how each name of an article is written
// in a target language, in its base form, so that a name is spelled one way
// everywhere.
//
// The names are found in the text by rule. A model is asked only for those that
// are not on the sheet yet; forms given by a desk are never asked for.
package names

import (
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"dragoman/pipeline"
	"dragoman/pipeline/ask"
	"dragoman/pipeline/check"
	"dragoman/pipeline/locale"
	"dragoman/prompts"
)

// Result is one language's half of the sheet.
type Result struct {
	Forms    map[string]string // source name to base form; a name without one is missing
	Findings []pipeline.Finding
}

// Sheet finds the base forms of the candidates in one language. Known are the
// forms that are settled already. A name whose form does not pass has none: the
// sentence is then translated without it, and a finding says so.
func Sheet(ctx context.Context, a *ask.Asker, set *prompts.Set, art *pipeline.Article, candidates []string, lang *locale.Locale, known map[string]string, policy check.Policy) (Result, error) {
	res := Result{Forms: map[string]string{}}
	prompt, err := set.Get("names/sheet")
	if err != nil {
		return res, &pipeline.Error{Code: pipeline.Invalid, Stage: "names", Err: err}
	}
	code := lang.Tag.String()
	contexts := map[string]pipeline.Sentence{}
	var items []ask.Item
	for _, name := range candidates {
		if form, ok := known[name]; ok {
			if form != "" {
				res.Forms[name] = form
			}
			continue
		}
		contexts[name] = contextOf(art, name)
		items = append(items, ask.Item{ID: name, Text: name})
	}
	entry := func(name, form string) pipeline.Name {
		return pipeline.Name{Source: name, Forms: map[string]string{code: form}}
	}
	answers, err := ask.Keyed(ctx, a, ask.Question[string]{
		Stage: "names", Lang: code, Prompt: prompt, Prefix: "n", Items: items,
		Settings: map[string]any{"to": code, "language": lang.Name, "note": set.Note(code)},
		Inputs: func(items []ask.Item, keys []string) map[string]any {
			var names, around prompts.Object
			for i, it := range items {
				names = append(names, prompts.Member{Key: keys[i], Value: it.Text})
				around = append(around, prompts.Member{Key: keys[i], Value: contexts[it.ID].Text})
			}
			return map[string]any{"names": names, "context": around}
		},
		Judge: func(it ask.Item, form string, other func(string) (string, bool)) []pipeline.Finding {
			if form = strings.TrimSpace(form); form == "" {
				return nil
			}
			findings := check.NameAmong(entry(it.Text, form), sheetOf(items, other, entry), lang.Tag)
			for i := range findings {
				findings[i].Span = pipeline.Span{Sentence: contexts[it.ID].ID}
			}
			return policy.Apply(findings)
		},
		Tokens: func(it ask.Item) int { return len(it.Text) + 16 },
	})
	for _, it := range items {
		ans := answers[it.ID]
		switch form := strings.TrimSpace(ans.Value); {
		case ans.OK && form != "":
			res.Forms[it.ID] = form
			res.Findings = append(res.Findings, ans.Findings...)
		case !ans.OK:
			f := pipeline.Finding{
				Check: "N10", Category: "terminology/inconsistent", Severity: pipeline.Minor, Stage: "names", Lang: code,
				Side: pipeline.SourceSide, Span: pipeline.Span{Sentence: contexts[it.ID].ID}, Message: "no form for the name " + it.Text + " (" + ans.Reason + "); each sentence spells it by itself",
			}
			f.ID = pipeline.FindingID(f, it.Text, "")
			res.Findings = append(res.Findings, f)
		}
	}
	return res, err
}

// sheetOf is the sheet as far as its forms are known.
func sheetOf(items []ask.Item, form func(string) (string, bool), entry func(name, form string) pipeline.Name) []pipeline.Name {
	sheet := make([]pipeline.Name, len(items))
	for i, it := range items {
		f, _ := form(it.ID)
		sheet[i] = entry(it.Text, f)
	}
	return sheet
}

// contextOf is the first body sentence in which a name occurs; the headline or
// the keywords where there is no other.
func contextOf(art *pipeline.Article, name string) pipeline.Sentence {
	var first pipeline.Sentence
	for b, s := range art.Sentences() {
		if len(Find(s.Text, name)) == 0 {
			continue
		}
		if b.Kind != pipeline.Keywords && b.Kind != pipeline.Headline {
			return s
		}
		if first.ID == "" {
			first = s
		}
	}
	return first
}

// Merge makes the sheet of the halves, one entry a name, in the order of the
// candidates.
func Merge(candidates []string, known []pipeline.Name, halves map[string]Result) []pipeline.Name {
	sheet := []pipeline.Name{}
	for _, name := range candidates {
		n := pipeline.Name{Source: name, Forms: map[string]string{}, Origin: "model"}
		for lang, half := range halves {
			if form, ok := half.Forms[name]; ok {
				n.Forms[lang] = form
			}
		}
		for _, k := range known {
			if k.Source == name {
				n.Origin = k.Origin
			}
		}
		if len(n.Forms) > 0 {
			sheet = append(sheet, n)
		}
	}
	return sheet
}

// Used are the names of the sheet that a text uses, in order of appearance. A
// name inside a longer one ("Karlov" in "Andrey Karlov") counts only where it
// also stands alone.
func Used(sheet []pipeline.Name, text string) []pipeline.Name {
	type hit struct {
		at   int
		name pipeline.Name
	}
	var inside []pipeline.Name
	for _, n := range sheet {
		if strings.Contains(text, n.Source) {
			inside = append(inside, n)
		}
	}
	byLength := slices.SortedStableFunc(slices.Values(inside), func(a, b pipeline.Name) int { return len(b.Source) - len(a.Source) })
	taken := make([]bool, len(text))
	var hits []hit
	for _, n := range byLength {
		first := -1
		for _, at := range Find(text, n.Source) {
			if taken[at] {
				continue
			}
			if first < 0 {
				first = at
			}
			for i := at; i < at+len(n.Source); i++ {
				taken[i] = true
			}
		}
		if first >= 0 {
			hits = append(hits, hit{first, n})
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return a.at - b.at })
	out := make([]pipeline.Name, len(hits))
	for i, h := range hits {
		out[i] = h.name
	}
	return out
}

// Find gives the byte offsets at which a name stands in a text as whole words.
func Find(text, name string) []int {
	var at []int
	for from := 0; name != "" && from < len(text); {
		i := strings.Index(text[from:], name)
		if i < 0 {
			break
		}
		i += from
		before, _ := utf8.DecodeLastRuneInString(text[:i])
		after, _ := utf8.DecodeRuneInString(text[i+len(name):])
		if !word(before) && !word(after) {
			at = append(at, i)
		}
		from = i + len(name)
	}
	return at
}

func word(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
