package normalize_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/language"

	"dragoman/pipeline"
	"dragoman/pipeline/normalize"
)

// lines makes an article of paragraphs.
func lines(texts ...string) *pipeline.Article {
	a := &pipeline.Article{ID: "test"}
	for _, s := range texts {
		a.Body = append(a.Body, pipeline.Block{Kind: pipeline.Paragraph, Sentences: []pipeline.Sentence{{Text: s}}})
	}
	return a
}

// parts writes an article as "d1 dateline …" and so on.
func parts(t *testing.T, src *pipeline.Article) []string {
	t.Helper()
	res, err := normalize.Article(src)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, b := range res.Article.Body {
		out = append(out, fmt.Sprintf("%s %s %d", b.ID, b.Kind, len(b.Sentences)))
	}
	return out
}

func TestPartsOfAnArticle(t *testing.T) {
	const body = "The envoy was shot in Ankara. He died."
	for name, c := range map[string]struct {
		src  *pipeline.Article
		want string
	}{
		"all parts": {
			lines("Monday, December 19 2016 20:43 EET", "Envoy shot in Ankara", "envoy, Ankara, shot, died, Moscow", body, "The guests left.", "latest news"),
			"d1 dateline 1, h1 headline 1, k1 keywords 1, p1 lead 2, p2 paragraph 1, b1 boilerplate 1",
		},
		"headline first":       {lines("Envoy shot in Ankara", "19 December 2016", body), "h1 headline 1, d1 dateline 1, p1 lead 2"},
		"byline":               {lines("Envoy shot in Ankara", "By Jane Doe", "Dec. 19, 2016", body), "h1 headline 1, p1 paragraph 1, d1 dateline 1, p2 lead 2"},
		"no headline":          {lines(body, "The guests left."), "p1 lead 2, p2 paragraph 1"},
		"one paragraph":        {lines("A text without a stop"), "p1 lead 1"},
		"keywords not in body": {lines("Envoy shot", "sport, football, goal, cup, final", body), "h1 headline 1, p1 lead 1, p2 paragraph 2"},
		"labelled keywords":    {lines("Envoy shot", "Tags: envoy, Ankara, guests, shot", body), "h1 headline 1, k1 keywords 1, p1 lead 2"},
		"widgets":              {lines("Envoy shot", body, "Latest news2", "Share this article", "Read also:"), "h1 headline 1, p1 lead 2, b1 boilerplate 1, b2 boilerplate 1, b3 boilerplate 1"},
		"not a widget":         {lines("Envoy shot", body, "The latest news was bad."), "h1 headline 1, p1 lead 2, p2 paragraph 1"},
		"paragraphs in a block": {
			lines("Envoy shot", "<p>One came.</p><p>Two came.</p>", "The list:\n- tea\n- bread"),
			"h1 headline 1, p1 lead 1, p2 paragraph 1, p3 paragraph 1, p4 listItem 1, p5 listItem 1",
		},
		"known kinds stand": {
			&pipeline.Article{Body: []pipeline.Block{
				{Kind: pipeline.Headline, Sentences: []pipeline.Sentence{{Text: "Snow closes passes."}}},
				{Kind: pipeline.TableRow, Sentences: []pipeline.Sentence{{Text: "Kestrel Pass | 2,140 m | closed"}}},
				{Kind: pipeline.Caption, Sentences: []pipeline.Sentence{{Text: "The pass. Photo: J. Doe"}}},
			}},
			"h1 headline 1, p1 tableRow 3, p2 caption 2",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := strings.Join(parts(t, c.src), ", "); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestArticleFindings(t *testing.T) {
	const body = "The envoy was shot in Ankara."
	for name, c := range map[string]struct {
		src  *pipeline.Article
		want []string // check, severity, sentence
	}{
		"a sound article":    {lines("Monday, December 19 2016", "Envoy shot", body), nil},
		"a wrong weekday":    {lines("Tuesday, December 19 2016", "Envoy shot", body), []string{"N04 minor d1s1"}},
		"no headline":        {lines(body, body), []string{"N04 minor "}},
		"mojibake":           {lines("Envoy shot", "The cafÃ© was shut."), []string{"N02 minor "}},
		"a lost character":   {lines("Envoy shot", "The caf\ufffd was shut."), []string{"N02 minor p1s1"}},
		"invisible letters":  {lines("Envoy shot", "The ca\u200bfe was shut."), []string{"N06 minor "}},
		"a widget":           {lines("Envoy shot", body, "Read more"), []string{"N05 neutral b1s1"}},
		"what a reader said": {noticing(lines("Envoy shot", body)), []string{"N03 minor "}},
	} {
		t.Run(name, func(t *testing.T) {
			res, err := normalize.Article(c.src)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range res.Findings {
				got = append(got, fmt.Sprintf("%s %s %s", f.Check, f.Severity, f.Span.Sentence))
				if f.ID == "" || f.Stage != "normalize" || f.Side != pipeline.SourceSide || f.Category == "" || f.Message == "" {
					t.Errorf("finding is not complete: %+v", f)
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func noticing(a *pipeline.Article) *pipeline.Article {
	a.Noticed = []pipeline.Finding{{Check: "N03", Category: "linguistic conventions/character encoding", Severity: pipeline.Minor, Message: "guessed"}}
	return a
}

func TestArticleRefusesWhatItCannotRead(t *testing.T) {
	for name, c := range map[string]struct {
		src  *pipeline.Article
		want string
	}{
		"nothing":   {lines(), "no text"},
		"marks":     {lines("* * *", "12 — 13"), "no text"},
		"Russian":   {lines("Посол России в Турции Андрей Карлов был убит в понедельник в Анкаре, когда он выступал на открытии выставки."), "Russian"},
		"Turkish":   {lines("Rusya'nın Ankara Büyükelçisi Andrey Karlov, bir sergi açılışında konuşma yaparken silahlı saldırıya uğradı ve hayatını kaybetti."), "Turkish"},
		"Chinese":   {lines("总统说情况很严重，政府明天将采取措施。"), "Chinese letters"},
		"some else": {lines(strings.Repeat("El presidente dijo que la guerra era grave y que el gobierno iba a tomar medidas. ", 5)), "without \"the\""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := normalize.Article(c.src)
			var e *pipeline.Error
			if !errors.As(err, &e) || e.Code != pipeline.Invalid || !strings.Contains(e.Error(), c.want) || e.Hint == "" {
				t.Errorf("error is %v, want Invalid, a hint, and %q", err, c.want)
			}
		})
	}
}

func TestArticleKeepsItsSource(t *testing.T) {
	src := lines("Monday, December 19 2016 20:43 EET", "Envoy shot", "He  died.")
	res, err := normalize.Article(src)
	if err != nil {
		t.Fatal(err)
	}
	if src.Body[2].Sentences[0].Text != "He  died." || src.Body[0].Kind != pipeline.Paragraph {
		t.Error("the source was changed")
	}
	if res.Article.InLanguage != language.English {
		t.Errorf("language is %v", res.Article.InLanguage)
	}
	if got := res.Article.DatePublished.Format(time.RFC3339); got != "2016-12-19T20:43:00+02:00" {
		t.Errorf("published %s", got)
	}
	if got := normalize.Apply(normalize.Source(src), res.Repairs); !strings.HasSuffix(got, "\n\nHe died.") {
		t.Errorf("the log makes %q", got)
	}
}

// The offsets count in the article's raw blocks with a blank line between.
func TestRepairsCountInTheSource(t *testing.T) {
	src := lines("Envoy  shot", "He  died , they said.")
	res, err := normalize.Article(src)
	if err != nil {
		t.Fatal(err)
	}
	want := []pipeline.Repair{
		{Rule: "double-space", Start: 6, End: 7, Before: " "},
		{Rule: "double-space", Start: 16, End: 17, Before: " "},
		{Rule: "space-before-mark", Start: 21, End: 22, Before: " "},
	}
	if fmt.Sprint(res.Repairs) != fmt.Sprint(want) {
		t.Errorf("got %+v", res.Repairs)
	}
}

// The sample article comes out in its parts.
func TestSampleArticle(t *testing.T) {
	raw, err := os.ReadFile("../../fixtures/cases/ankara-2016/input.txt")
	if err != nil {
		t.Fatal(err)
	}
	var blocks []string
	for i, part := range strings.Split(strings.TrimSpace(string(raw)), "\n\n") {
		if i == 0 {
			blocks = append(blocks, strings.Split(part, "\n")...)
			continue
		}
		blocks = append(blocks, part)
	}
	got := parts(t, lines(blocks...))
	if len(got) != 16 || got[0] != "d1 dateline 1" || got[1] != "h1 headline 1" || got[2] != "k1 keywords 1" || got[3] != "p1 lead 1" || got[15] != "b1 boilerplate 1" {
		t.Errorf("parts are %q", got)
	}
}

func ExampleArticle() {
	res, err := normalize.Article(lines(
		"Monday, December 19 2016 20:43 EET",
		"Envoy shot in Ankara",
		"The  envoy was shot at 8 p.m. He died , they said.",
		"latest news",
	))
	if err != nil {
		fmt.Println(err)
		return
	}
	for b, s := range res.Article.Sentences() {
		fmt.Println(s.ID, b.Kind, s.Text)
	}
	for _, r := range res.Repairs {
		fmt.Println(r.Rule, r.Start, r.End)
	}
	// Output:
	// d1s1 dateline Monday, December 19 2016 20:43 EET
	// h1s1 headline Envoy shot in Ankara
	// p1s1 lead The envoy was shot at 8 p.m.
	// p1s2 lead He died, they said.
	// b1s1 boilerplate latest news
	// double-space 62 63
	// space-before-mark 95 96
}

func ExampleText() {
	text, repairs := normalize.Text("It&rsquo;s a cafÃ© .")
	fmt.Println(text)
	for _, r := range repairs {
		fmt.Printf("%s %d-%d %q to %q\n", r.Rule, r.Start, r.End, r.Before, r.After)
	}
	// Output:
	// It’s a café.
	// html-entity 2-9 "&rsquo;" to "’"
	// mojibake 16-20 "Ã©" to "é"
	// space-before-mark 20-21 " " to ""
}
