package main

import (
	"fmt"

	"dragoman/pipeline"
	"dragoman/pipeline/check"
)

// halfTables are the figures with the thinnest margins, for the rows of odd and
// of even place apart: how much they move from one half to the other is about
// how much they may move on other rows.
func halfTables(dir string) ([]table, error) {
	t := table{title: "the thin figures, by halves (rows of odd and of even place)", rows: [][]string{{"figure", "odd", "even", "bound"}}}
	for _, f := range []struct {
		set, label, name, bound string
		flagged                 bool // count flagged rows, not any warning
	}{
		{"mt_ru", "", "mt_ru: flagged", "≤ 3 %", true},
		{"mt_ru", "", "mt_ru: any warning", "≤ 8 %", false},
		{"mt_tr", "", "mt_tr: any warning", "≤ 8 %", false},
		{"qa_mut_ru", "clean", "qa_mut_ru, clean: flagged", "≤ 3 %", true},
		{"qa_mut_tr", "clean", "qa_mut_tr, clean: flagged", "≤ 3 %", true},
		{"qa_mut_ru", "name_dropped", "qa_mut_ru, name_dropped: any warning", "≥ 60 %", false},
		{"qa_mut_tr", "name_dropped", "qa_mut_tr, name_dropped: any warning", "≥ 60 %", false},
	} {
		halves, err := pairHalves(dir, f.set, f.label, f.flagged)
		if err != nil {
			return nil, err
		}
		t.rows = append(t.rows, []string{f.name, halves[0], halves[1], f.bound})
	}
	recall, precision, err := summaryHalves(dir)
	if err != nil {
		return nil, err
	}
	t.rows = append(t.rows, []string{"summ_faith: recall of all rules", recall[0], recall[1], "≥ 24 %"},
		[]string{"summ_faith: precision of all rules", precision[0], precision[1], "≥ 80 %"})
	return []table{t}, nil
}

// pairHalves is the share of rows with a finding in both halves of a set.
func pairHalves(dir, set, label string, flagged bool) (out [2]string, err error) {
	rows, err := readRows[pairRow](dir, set+".jsonl")
	if err != nil {
		return out, err
	}
	var counts [2]verdicts
	n := 0
	for _, r := range rows {
		if r.Label != label {
			continue
		}
		target := r.Hyp
		if label == "" {
			target = r.Ref
		}
		counts[n%2].add(check.PairRow(check.Row{ID: r.ID, Lang: set[len(set)-2:], Source: r.Src, Target: target}))
		n++
	}
	for i, c := range counts {
		hits := c.warned
		if flagged {
			hits = c.flagged
		}
		out[i] = fmt.Sprintf("%s of %d", percent(hits, c.rows), c.rows)
	}
	return out, nil
}

// summaryHalves are recall and precision of the summary rules in both halves.
func summaryHalves(dir string) (recall, precision [2]string, err error) {
	rows, err := readRows[struct{ ID, Article, Summary, Label string }](dir, "summ_faith.jsonl")
	if err != nil {
		return recall, precision, err
	}
	var bad, right, wrong [2]int
	for i, r := range rows {
		h, inconsistent := i%2, r.Label == "inconsistent"
		if inconsistent {
			bad[h]++
		}
		flagged := false
		for _, f := range check.SummaryRow(check.SummaryText{ID: r.ID, Article: r.Article, Summary: r.Summary}).Findings {
			flagged = flagged || f.Gates(pipeline.Major)
		}
		switch {
		case flagged && inconsistent:
			right[h]++
		case flagged:
			wrong[h]++
		}
	}
	for h := range bad {
		recall[h] = fmt.Sprintf("%s of %d", percent(right[h], bad[h]), bad[h])
		precision[h] = fmt.Sprintf("%s of %d", percent(right[h], right[h]+wrong[h]), right[h]+wrong[h])
	}
	return recall, precision, nil
}
