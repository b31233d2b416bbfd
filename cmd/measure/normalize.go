package main

import (
	"fmt"
	"sort"

	"dragoman/pipeline/normalize"
)

// normalizeRow is a damaged text with what should come of it.
type normalizeRow struct {
	ID      string `json:"id"`
	In      string `json:"in"`
	Out     string `json:"out"`
	OutFull string `json:"out_full"`
	Kind    string `json:"kind"`
	Expect  string `json:"expect"`
}

// normalizeTables counts the rows that come out as expected: as "out", or as
// "out_full" where the set has the text after more repairs too. A second table
// holds the promises of the stage against every row.
func normalizeTables(dir string) ([]table, error) {
	rows, err := readRows[normalizeRow](dir, "normalize.jsonl")
	if err != nil {
		return nil, err
	}
	log := misses("normalize.txt")
	defer log.Close()
	total, right := map[string]int{}, map[string]int{}
	var again, replay int
	for _, row := range rows {
		got, repairs := normalize.Text(row.In)
		if twice, _ := normalize.Text(got); twice == got {
			again++
		}
		if normalize.Apply(row.In, repairs) == got {
			replay++
		}
		ok := got == row.Out || row.OutFull != "" && got == row.OutFull
		for _, key := range []string{row.Kind + " (" + row.Expect + ")", "all rows to pass"} {
			if key == "all rows to pass" && row.Expect != "pass" {
				continue
			}
			total[key]++
			if ok {
				right[key]++
			}
		}
		if !ok && row.Expect == "pass" {
			fmt.Fprintf(log, "%s %s\n  in   %q\n  want %q\n  got  %q\n", row.Kind, row.ID, row.In, row.Out, got)
		}
	}
	t := table{title: "normalize.jsonl: rows that come out as expected", rows: [][]string{{"kind", "rows", "right", "share"}}}
	keys := make([]string, 0, len(total))
	for k := range total {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		t.rows = append(t.rows, []string{k, fmt.Sprint(total[k]), fmt.Sprint(right[k]), percent(right[k], total[k])})
	}
	promises := table{title: "normalize.jsonl: promises", rows: [][]string{
		{"promise", "rows", "kept"},
		{"normalizing twice changes nothing", fmt.Sprint(len(rows)), fmt.Sprint(again)},
		{"the log makes the output of the input", fmt.Sprint(len(rows)), fmt.Sprint(replay)},
	}}
	return []table{t, promises}, nil
}
