package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"dragoman/pipeline"
	"dragoman/pipeline/check"
)

// pairRow is a row of the translation sets, whatever their field names.
type pairRow struct {
	ID, Lang, Label, Subtype string
	Src, Hyp, Ref            string
}

// verdicts counts the verdicts of one group of rows.
type verdicts struct {
	rows, flagged, warned int
	checks                map[string]int
}

func (t *verdicts) add(r check.RowResult) {
	if t.checks == nil {
		t.checks = map[string]int{}
	}
	t.rows++
	warn := false
	seen := map[string]bool{}
	for _, f := range r.Findings {
		if !f.Severity.AtLeast(pipeline.Minor) {
			continue
		}
		warn = true
		key := f.Check
		if f.Severity.AtLeast(pipeline.Major) {
			key += "!"
		}
		if !seen[key] {
			seen[key] = true
			t.checks[key]++
		}
	}
	if r.Flagged {
		t.flagged++
	}
	if warn {
		t.warned++
	}
}

// top names the checks that spoke most, "!" for those that flag.
func (t *verdicts) top() string {
	var keys []string
	for k := range t.checks {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(t.checks[b]-t.checks[a], strings.Compare(a, b)) })
	var out []string
	for _, k := range keys[:min(6, len(keys))] {
		out = append(out, fmt.Sprintf("%s %d", k, t.checks[k]))
	}
	return strings.Join(out, ", ")
}

// translationTables judges human translations, mutated ones and real answers.
func translationTables(dir string) ([]table, error) {
	var out []table
	for _, lang := range []string{"ru", "tr"} {
		for _, set := range []string{"mt_" + lang, "qa_mut_" + lang, "mt_" + lang + "_sys"} {
			rows, err := readRows[pairRow](dir, set+".jsonl")
			if err != nil {
				return out, err
			}
			out = append(out, judgeRows(set, lang, rows))
		}
	}
	return out, nil
}

func judgeRows(set, lang string, rows []pairRow) table {
	miss := misses(set)
	defer miss.Close()
	by := map[string]*verdicts{}
	for _, r := range rows {
		target, label := r.Hyp, cmp.Or(r.Label, "rows")
		if strings.HasPrefix(set, "mt_") && !strings.HasSuffix(set, "_sys") {
			target = r.Ref
		}
		res := check.PairRow(check.Row{ID: r.ID, Lang: lang, Source: r.Src, Target: target})
		if by[label] == nil {
			by[label] = &verdicts{}
		}
		by[label].add(res)
		good := label == "rows" || label == "clean"
		if good == res.Flagged || good && len(res.Findings) > 0 {
			fmt.Fprintf(miss, "== %s %s %s\nSRC %s\nHYP %s\n", r.ID, label, r.Subtype, r.Src, target)
			for _, f := range res.Findings {
				fmt.Fprintf(miss, "   %s %s [%d:%d] %s\n", f.Check, f.Severity, f.Span.Start, f.Span.End, f.Message)
			}
		}
	}
	t := table{title: set, rows: [][]string{{"label", "rows", "flagged", "any warning", "checks (rows; ! flags)"}}}
	var labels []string
	for l := range by {
		labels = append(labels, l)
	}
	slices.Sort(labels)
	for _, l := range labels {
		x := by[l]
		t.rows = append(t.rows, []string{l, fmt.Sprint(x.rows), percent(x.flagged, x.rows), percent(x.warned, x.rows), x.top()})
	}
	return t
}
