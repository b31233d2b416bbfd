package facts_test

import (
	"slices"
	"strings"
	"testing"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
)

// article is a headline and one paragraph for each text.
func article(headline string, paragraphs ...string) *pipeline.Article {
	block := func(id string, k pipeline.Kind, text string) pipeline.Block {
		return pipeline.Block{ID: id, Kind: k, Sentences: []pipeline.Sentence{{ID: id + "s1", Text: text}}}
	}
	a := &pipeline.Article{}
	if headline != "" {
		a.Body = append(a.Body, block("h1", pipeline.Headline, headline))
	}
	for i, p := range paragraphs {
		a.Body = append(a.Body, block("p"+string(rune('1'+i)), pipeline.Paragraph, p))
	}
	return a
}

func candidates(a *pipeline.Article) string { return strings.Join(facts.Candidates(a, en), " | ") }

func TestCandidates(t *testing.T) {
	a := article(
		"Storm Halts the Ferry of Captain Drozdov",
		"Captain Pavel Drozdov waited in the harbour of Bergen on Monday.",
		"Drozdov said the Harbour Safety Board had warned him.",
		"“Drozdov is right,” said Lena Marsh, a Norwegian sailor.",
		"Marsh sails with Omar al Hadi and J. Moreau.",
		"Nobody else waited. Waited they had for Pavel Drozdov.",
	)
	want := "Pavel Drozdov | Drozdov | Bergen | Harbour Safety Board | Lena Marsh | Marsh | Omar al Hadi | Moreau"
	if got := candidates(a); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

// The longer form comes first, wherever the shorter one stands.
func TestCandidatesLongerFormFirst(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"They know for certain that it was Drozdov and later Pavel Drozdov.", "Pavel Drozdov | Drozdov"},
		{"They know for certain that it was Pavel Drozdov and later Drozdov.", "Pavel Drozdov | Drozdov"},
		{"They know for certain that it was Marsh, then Drozdov, then Lena Marsh.", "Lena Marsh | Marsh | Drozdov"},
		{"They know for certain that it was Drozdov, then Drozdovsky.", "Drozdov | Drozdovsky"},
	} {
		if got := candidates(article("", c.text)); got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

func TestCandidatesLeaveOut(t *testing.T) {
	for _, c := range []struct{ what, text string }{
		{"places", "They sailed along the whole coast to Turkey, then further north towards Moscow."},
		{"demonyms", "The Russian and the Turkish sailors met."},
		{"days and months", "They met on Monday, and again in December."},
		{"titles", "The President met the Minister."},
		{"words that start sentences", "Storms came. Storms went. All storms pass."},
		{"pronouns", "There I was, and I'm glad."},
	} {
		if got := candidates(article("", c.text)); got != "" {
			t.Errorf("%s: %q", c.what, got)
		}
	}
}

// A headline in capitals names nobody by itself.
func TestCandidatesOfATitleCaseHeadline(t *testing.T) {
	a := article("Angry Storm Halts Drozdov Ferry", "It is known that Drozdov waited.")
	if got := candidates(a); got != "Drozdov" {
		t.Errorf("%q", got)
	}
	a = article("Storm halts ferry of Drozdov", "It is known that he waited.")
	if got := candidates(a); !strings.Contains(got, "Drozdov") {
		t.Errorf("a headline in running text names Drozdov: %q", got)
	}
}

func TestCandidatesOfOtherBlocks(t *testing.T) {
	for kind, read := range map[pipeline.Kind]bool{
		pipeline.Paragraph: true, pipeline.Lead: true, pipeline.Quote: true, pipeline.ListItem: true, pipeline.Caption: true,
		pipeline.Boilerplate: false, pipeline.Dateline: false, pipeline.Keywords: false,
	} {
		a := article("", "It was Pavel Drozdov.")
		a.Body[0].Kind = kind
		if got := candidates(a) != ""; got != read {
			t.Errorf("%s: names found: %v", kind, got)
		}
	}
}

func TestCandidatesAreUniqueAndInTheText(t *testing.T) {
	a := article("Drozdov Meets Marsh",
		"It was Pavel Drozdov's boat. It was Drozdov’s boat. The boat of Drozdov.",
		"The aunt of Lena Marsh met Marsh and Marsh's crew, with Lena and Pavel.")
	got := facts.Candidates(a, en)
	for i, n := range got {
		if slices.Contains(got[:i], n) {
			t.Errorf("%q twice in %q", n, got)
		}
		found := false
		for b := range a.Sentences() {
			found = found || strings.Contains(b.Text(), n)
		}
		if !found {
			t.Errorf("%q stands nowhere", n)
		}
	}
	if len(facts.Candidates(&pipeline.Article{}, en)) != 0 {
		t.Error("an empty article has names")
	}
}
