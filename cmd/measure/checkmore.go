package main

import (
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/language"

	"dragoman/pipeline"
	"dragoman/pipeline/check"
	"dragoman/pipeline/facts"
	"dragoman/pipeline/locale"
)

// summaryTables judges edited summaries: a row is a hit when the gate speaks
// and people called the summary inconsistent.
func summaryTables(dir string) ([]table, error) {
	type row struct{ ID, Article, Summary, Label string }
	rows, err := readRows[row](dir, "summ_faith.jsonl")
	if err != nil {
		return nil, err
	}
	miss := misses("summ_faith")
	defer miss.Close()
	hits, wrong, bad := map[string]int{}, map[string]int{}, 0
	for _, r := range rows {
		res := check.SummaryRow(check.SummaryText{ID: r.ID, Article: r.Article, Summary: r.Summary})
		inconsistent := r.Label == "inconsistent"
		if inconsistent {
			bad++
		}
		said := map[string]bool{}
		for _, f := range res.Findings {
			if f.Severity.AtLeast(pipeline.Major) {
				said[f.Check], said["any rule"] = true, true
				fmt.Fprintf(miss, "%s %s %s %s\n", r.ID, r.Label, f.Check, f.Message)
			}
		}
		for c := range said {
			if inconsistent {
				hits[c]++
			} else {
				wrong[c]++
			}
		}
	}
	t := table{title: fmt.Sprintf("summ_faith: %d summaries, %d of them inconsistent", len(rows), bad), rows: [][]string{{"check", "right", "wrong", "precision", "recall"}}}
	for _, c := range []string{"M02", "M03", "M04", "any rule"} {
		t.rows = append(t.rows, []string{c, fmt.Sprint(hits[c]), fmt.Sprint(wrong[c]), percent(hits[c], hits[c]+wrong[c]), percent(hits[c], bad)})
	}
	return []table{t}, nil
}

// editTables applies reference corrections as proposals and counts those that
// touch a protected fact and would be applied all the same.
func editTables(dir string) ([]table, error) {
	type row struct {
		ID, Src, Source string
		Refs            []string
		NeedsEdit       bool `json:"needs_edit"`
	}
	rows, err := readRows[row](dir, "gec_en.jsonl")
	if err != nil {
		return nil, err
	}
	miss := misses("gec_en")
	defer miss.Close()
	edits, applied, protected, leaked := 0, 0, 0, 0
	for _, r := range rows {
		for _, ref := range r.Refs {
			s := pipeline.Sentence{ID: "s1", Text: r.Src}
			for _, e := range check.EditsOf(r.Src, ref) {
				v := check.Edit(s, e)
				if v.Drop != "" {
					continue
				}
				edits++
				touches := touchesFact(r.Src, v.Edit)
				if touches != "" {
					protected++
				}
				if v.Hold != "" {
					continue
				}
				applied++
				if touches != "" {
					leaked++
					fmt.Fprintf(miss, "%s %s %q -> %q | %s\n", r.ID, touches, v.Edit.Before, v.Edit.After, r.Src)
				}
			}
		}
	}
	return []table{{title: "gec_en: reference corrections as proposals", rows: [][]string{
		{"edits", "applied by rule", "touch a number, quotation, address or negation", "of these applied (0 wanted)"},
		{fmt.Sprint(edits), percent(applied, edits), fmt.Sprint(protected), fmt.Sprint(leaked)},
	}}}, nil
}

// touchesFact says by a plain reading of the texts, apart from the rules
// judged, which protected fact an edit changes.
func touchesFact(src string, e pipeline.Edit) string {
	digits := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' {
				return r
			}
			return -1
		}, s)
	}
	after := src[:e.Span.Start] + e.After + src[e.Span.End:]
	if digits(src) != digits(after) {
		return "number"
	}
	marks := func(s string) int { return strings.Count(s, "\"") + strings.Count(s, "“") + strings.Count(s, "”") }
	if marks(src[:e.Span.Start])%2 == 1 && marks(src[e.Span.End:]) > 0 {
		return "quotation"
	}
	links := func(s string) string {
		var b strings.Builder
		for _, k := range facts.URLs(s) {
			b.WriteString(k.Text + " ")
		}
		return b.String()
	}
	if links(src) != links(after) {
		return "address"
	}
	denials := func(s string) int {
		n := 0
		for _, w := range strings.Fields(strings.ToLower(s)) {
			w = strings.Trim(w, ".,;:!?\"()")
			if w == "not" || w == "no" || w == "never" || w == "without" || w == "cannot" || strings.HasSuffix(w, "n't") {
				n++
			}
		}
		return n
	}
	if denials(src) != denials(after) {
		return "negation"
	}
	return ""
}

// languageTables counts what the language rules say of single sentences.
func languageTables(dir string) ([]table, error) {
	count := map[string]*[3]int{}
	miss := misses("language")
	defer miss.Close()
	judge := func(lang, text string) {
		c := count[lang]
		if c == nil {
			c = &[3]int{}
			count[lang] = c
		}
		if len([]rune(text)) < 20 {
			return
		}
		g := locale.Detect(text)
		switch {
		case !g.Certain:
			c[1]++
			fmt.Fprintf(miss, "%s can't judge: %s\n", lang, text)
		case g.Tag.String() != lang:
			c[2]++
			fmt.Fprintf(miss, "%s called %s: %s\n", lang, g.Tag, text)
		}
		c[0]++
	}
	type sent struct {
		Lang      string
		Sentences []string
	}
	sents, err := readRows[sent](dir, "sentences.jsonl")
	if err != nil {
		return nil, err
	}
	for _, s := range sents {
		for _, x := range s.Sentences {
			judge(s.Lang, x)
		}
	}
	for _, lang := range []string{"ru", "tr"} {
		rows, err := readRows[pairRow](dir, "mt_"+lang+".jsonl")
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			for l := range strings.Lines(r.Ref) {
				judge(lang, strings.TrimSpace(l))
			}
			for l := range strings.Lines(r.Src) {
				if lang == "ru" {
					judge("en", strings.TrimSpace(l))
				}
			}
		}
	}
	t := table{title: "language of single sentences (20 characters and more)", rows: [][]string{{"language", "sentences", "right or can't judge", "can't judge"}}}
	for _, l := range []string{"en", "ru", "tr"} {
		c := count[l]
		t.rows = append(t.rows, []string{l, fmt.Sprint(c[0]), percent(c[0]-c[2], c[0]), percent(c[1], c[0])})
	}
	return []table{t}, nil
}

// speedTables measures the whole gate on the human translations: MB of source
// text for a second of processor time, for the rows as they are and for one
// long text, the best of five runs.
func speedTables(dir string) ([]table, error) {
	t := table{title: "speed of the gate, by processor time, best of five", rows: [][]string{{"what", "source bytes", "MB a second"}}}
	for _, lang := range []string{"ru", "tr"} {
		rows, err := readRows[pairRow](dir, "mt_"+lang+".jsonl")
		if err != nil {
			return nil, err
		}
		var src, ref []string
		for _, r := range rows {
			src, ref = append(src, r.Src), append(ref, r.Ref)
		}
		t.rows = append(t.rows, speedOf(lang+", a passage at a time", src, func() {
			for i := range src {
				check.PairRow(check.Row{ID: "r", Lang: lang, Source: src[i], Target: ref[i]})
			}
		}))
		for _, n := range []int{len(src) / 4, len(src)} {
			a, b := strings.Join(src[:n], "\n"), strings.Join(ref[:n], "\n")
			t.rows = append(t.rows, speedOf(fmt.Sprintf("%s, %d passages as one text", lang, n), src[:n], func() {
				check.PairRow(check.Row{ID: "all", Lang: lang, Source: a, Target: b})
			}))
		}
		t.rows = append(t.rows, speedOf(lang+", a sentence at a time", src, func() { judgeSentences(language.MustParse(lang), src, ref) }))
	}
	return []table{t}, nil
}

func judgeSentences(tag language.Tag, src, ref []string) {
	for i := range src {
		a, b := strings.Split(src[i], "\n"), strings.Split(ref[i], "\n")
		for j := range min(len(a), len(b)) {
			check.Pair(pipeline.Pair{ID: "s", Source: a[j], Target: b[j], Lang: tag})
		}
	}
}

// speedOf runs a piece of work five times.
func speedOf(what string, src []string, work func()) []string {
	bytes := 0
	for _, s := range src {
		bytes += len(s)
	}
	best := time.Duration(0)
	for range 5 {
		start := cpuTime()
		work()
		if d := cpuTime() - start; best == 0 || d < best {
			best = d
		}
	}
	return []string{what, fmt.Sprint(bytes), fmt.Sprintf("%.1f", float64(bytes)/1e6/max(best.Seconds(), 1e-9))}
}
