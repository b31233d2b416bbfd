package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"dragoman/pipeline"
	"dragoman/pipeline/normalize"
	"dragoman/pipeline/reader"
)

// page is what is expected of one web page.
type page struct {
	ID             string   `json:"id"`
	HTML           string   `json:"html"`
	Title          string   `json:"title"`
	ExpectedText   string   `json:"expected_text"`
	MustContain    []string `json:"must_contain"`
	MustNotContain []string `json:"must_not_contain"`
	StartsWith     string   `json:"starts_with"`
}

// htmlTables holds every page against its expectation. Of a whole text the
// shares of its words that were read (recall) and of the words read that are
// in it (precision) are given, each word counted as often as it occurs;
// letters and digits alone count.
func htmlTables(dir string) ([]table, error) {
	names, err := filepath.Glob(filepath.Join(dir, "html_articles", "*.json"))
	if err != nil || len(names) == 0 {
		return nil, fmt.Errorf("reading html_articles: no pages (%v)", err)
	}
	t := table{title: "html_articles: expectations", rows: [][]string{{"page", "met", "recall", "precision", "remark"}}}
	for _, name := range names {
		row, err := measurePage(name)
		if err != nil {
			return nil, err
		}
		t.rows = append(t.rows, row)
	}
	return []table{t}, nil
}

func measurePage(name string) ([]string, error) {
	raw, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("reading an expectation: %w", err)
	}
	var want page
	if err := json.Unmarshal(raw, &want); err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	f, err := os.Open(filepath.Join(filepath.Dir(name), want.HTML))
	if err != nil {
		return nil, fmt.Errorf("reading a page: %w", err)
	}
	defer f.Close()
	articles, err := reader.HTML(f, want.HTML)
	if err != nil {
		return []string{want.ID, "no", "", "", err.Error()}, nil
	}
	res, err := normalize.Article(articles[0])
	if err != nil {
		return []string{want.ID, "no", "", "", err.Error()}, nil
	}
	text := bodyText(res.Article)
	log := misses(want.ID + ".txt")
	fmt.Fprintln(log, res.Article.First(pipeline.Headline)+"\n\n"+text)
	for _, f := range res.Findings {
		fmt.Fprintf(log, "%s %s %s\n", f.Check, f.Span.Sentence, f.Message)
	}
	log.Close()
	return want.judge(res.Article, text), nil
}

// bodyText is what an edition would hold of the page, and program code.
func bodyText(a *pipeline.Article) string {
	var parts []string
	for _, b := range a.Body {
		switch b.Kind {
		case pipeline.Headline, pipeline.Dateline, pipeline.Keywords:
		default:
			parts = append(parts, b.Text())
		}
	}
	return strings.Join(parts, "\n\n")
}

func (p page) judge(a *pipeline.Article, text string) []string {
	var faults []string
	for _, s := range p.MustContain {
		if !strings.Contains(flat(text), flat(s)) {
			faults = append(faults, "lacks "+s)
		}
	}
	for _, s := range p.MustNotContain {
		if strings.Contains(flat(text), flat(s)) {
			faults = append(faults, "holds "+s)
		}
	}
	if !strings.HasPrefix(flat(text), flat(p.StartsWith)) {
		faults = append(faults, "does not start as expected")
	}
	recall, precision := "", ""
	if p.ExpectedText != "" {
		r, q := overlap(p.ExpectedText, text)
		recall, precision = fmt.Sprintf("%.3f", r), fmt.Sprintf("%.3f", q)
		if r < 0.98 || q < 0.95 {
			faults = append(faults, "text differs")
		}
	}
	if h := a.First(pipeline.Headline); p.Title != "" && !strings.Contains(flat(p.Title), flat(h)) {
		faults = append(faults, "headline is "+h)
	}
	met := "yes"
	if len(faults) > 0 {
		met = "no"
	}
	return []string{p.ID, met, recall, precision, strings.Join(faults, "; ")}
}

func flat(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// overlap gives recall and precision of the words of got against want.
func overlap(want, got string) (recall, precision float64) {
	words := func(s string) []string {
		return strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	}
	w, g := words(want), words(got)
	count := map[string]int{}
	for _, x := range w {
		count[x]++
	}
	both := 0
	for _, x := range g {
		if count[x] > 0 {
			count[x]--
			both++
		}
	}
	return ratio(both, len(w)), ratio(both, len(g))
}
