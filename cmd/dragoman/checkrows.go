package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/text/language"

	"dragoman/cmd/internal/term"
	"dragoman/pipeline/check"
	"dragoman/pipeline/locale"
)

// maxRow bounds one row of --pairs: the longest article of a desk has 0.1 MB.
const maxRow = 16 << 20

// checkRows judges rows as they come, one at a time in memory.
func checkRows(ctx context.Context, env *environment, j *judge, opts checkOptions) error {
	in, err := openRows(ctx, env, opts.Rows)
	if err != nil {
		return err
	}
	defer in.Close()
	read, shape := j.pairRow, `{"id": "…", "lang": "ru", "src": "…", "hyp": "…"}`
	if opts.Mode == summaries {
		read, shape = j.summaryRow, `{"id": "…", "article": "…", "summary": "…"}`
	}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxRow)
	buffered := bufio.NewWriter(env.stdout)
	out := newVerdicts(buffered, opts)
	ended := func(err error) error { return errors.Join(err, out.close(), buffered.Flush()) }
	rows, bad, n := 0, 0, 0
	for lines.Scan() {
		n++
		if sig := stopped(ctx); sig != nil {
			return ended(sig)
		}
		if len(strings.TrimSpace(lines.Text())) == 0 {
			continue
		}
		v, err := read(lines.Bytes())
		if err != nil {
			return ended(badUsage("a row is "+shape, "%s:%d: %w", opts.judged(), n, err))
		}
		for range v.result.Findings {
			v.places = append(v.places, place{line: n, endLine: n})
		}
		if rows++; failing(v.result.Findings, j.failOn) > 0 {
			bad++
		}
		if err := out.print(v); err != nil {
			return err
		}
	}
	if sig := stopped(ctx); sig != nil {
		return ended(sig)
	}
	if err := lines.Err(); err != nil {
		return ended(badUsage("", "%s:%d: reading rows: %w", opts.judged(), n+1, err))
	}
	if err := ended(nil); err != nil {
		return &outputError{fmt.Errorf("printing verdicts: %w", err)}
	}
	if !(opts.Quiet && bad == 0) {
		fmt.Fprintf(env.stderr, "%s, %d with a finding at or above %s\n", term.Count(rows, "row"), bad, j.failOn)
	}
	return gated(bad)
}

// pairRow judges one row of --pairs; keys that it does not know may stand in it.
func (j *judge) pairRow(line []byte) (verdict, error) {
	var row check.Row
	if err := json.Unmarshal(line, &row); err != nil {
		return verdict{}, err
	}
	if row.Source == "" {
		return verdict{}, errors.New("src is missing or empty")
	}
	tag, err := language.Parse(row.Lang)
	if l, ok := locale.For(tag); err != nil || !ok || l == locale.English {
		return verdict{}, fmt.Errorf("lang must be ru or tr, not %q", row.Lang)
	}
	return verdict{result: j.pair(row), text: row.Target, row: true}, nil
}

// summaryRow judges one row of --summaries.
func (j *judge) summaryRow(line []byte) (verdict, error) {
	var row check.SummaryText
	if err := json.Unmarshal(line, &row); err != nil {
		return verdict{}, err
	}
	if row.Article == "" {
		return verdict{}, errors.New("article is missing or empty")
	}
	return verdict{result: j.settle(check.SummaryRow(row)), text: row.Summary, row: true}, nil
}
