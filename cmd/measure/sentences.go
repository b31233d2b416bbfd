package main

import (
	"fmt"
	"sort"
	"strings"
	"unicode"

	"golang.org/x/text/language"

	"dragoman/pipeline/locale"
	"dragoman/pipeline/segment"
)

// sentenceRow is a text with its sentences.
type sentenceRow struct {
	ID        string   `json:"id"`
	Lang      string   `json:"lang"`
	Text      string   `json:"text"`
	Sentences []string `json:"sentences"`
	Kind      string   `json:"kind"`
	Note      string   `json:"note"`
}

// tally counts inner boundaries.
type tally struct{ rows, right, gold, found, same int }

// sentenceTables counts how many boundaries between sentences are found, and
// how many of those found are right. A boundary is a count of characters that
// are not white space.
func sentenceTables(dir string) ([]table, error) {
	rows, err := readRows[sentenceRow](dir, "sentences.jsonl")
	if err != nil {
		return nil, err
	}
	log := misses("sentences.txt")
	defer log.Close()
	counts := map[string]*tally{}
	for _, row := range rows {
		tag, err := language.Parse(row.Lang)
		if err != nil {
			return nil, fmt.Errorf("measuring sentences: %s: %w", row.ID, err)
		}
		loc, ok := locale.For(tag)
		if !ok {
			return nil, fmt.Errorf("measuring sentences: %s: no locale %q", row.ID, row.Lang)
		}
		key := row.Lang + " " + row.Kind
		if counts[key] == nil {
			counts[key] = &tally{}
		}
		got := segment.Texts(row.Text, loc)
		if !counts[key].add(row.Sentences, got) {
			fmt.Fprintf(log, "%s %s %s\n  want %s\n  got  %s\n", key, row.ID, row.Note, strings.Join(row.Sentences, " ¦ "), strings.Join(got, " ¦ "))
		}
	}
	t := table{title: "sentences.jsonl: boundaries", rows: [][]string{{"set", "rows", "all right", "precision", "recall"}}}
	keys := make([]string, 0, len(counts))
	for k := range counts {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		c := counts[k]
		t.rows = append(t.rows, []string{
			k, fmt.Sprint(c.rows), percent(c.same, c.rows),
			fmt.Sprintf("%.4f (%d of %d)", ratio(c.right, c.found), c.right, c.found),
			fmt.Sprintf("%.4f (%d of %d)", ratio(c.right, c.gold), c.right, c.gold),
		})
	}
	return []table{t}, nil
}

// add counts one row and reports whether all its boundaries are right.
func (c *tally) add(want, got []string) bool {
	gold, found := boundaries(want), boundaries(got)
	right := 0
	for b := range found {
		if gold[b] {
			right++
		}
	}
	c.rows++
	c.right += right
	c.gold += len(gold)
	c.found += len(found)
	if right == len(gold) && right == len(found) {
		c.same++
		return true
	}
	return false
}

// boundaries are the counts of visible characters before each inner boundary.
func boundaries(sentences []string) map[int]bool {
	out := map[int]bool{}
	n := 0
	for i, s := range sentences {
		for _, r := range s {
			if !unicode.IsSpace(r) {
				n++
			}
		}
		if i < len(sentences)-1 {
			out[n] = true
		}
	}
	return out
}

func ratio(a, b int) float64 {
	if b == 0 {
		return 1
	}
	return float64(a) / float64(b)
}
