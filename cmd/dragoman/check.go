package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/urfave/cli/v2"
	"golang.org/x/text/language"

	"dragoman/cmd/internal/config"
	"dragoman/cmd/internal/term"
	"dragoman/pipeline"
	"dragoman/pipeline/check"
)

// maxRow bounds one row of --pairs: the longest article of a desk has 0.1 MB.
const maxRow = 16 << 20

// checkOptions is what `check` is told by flags alone.
type checkOptions struct {
	First, Second string // two files; both "" with Rows
	Rows          string // JSON Lines file, or "-"
	Mode          checkMode
	JSON, Quiet   bool
}

// checkMode is what is held against what.
type checkMode int

const (
	translations checkMode = iota // source and translation
	summaries                     // article and summary
	corrections                   // source and corrected text
)

func checkCommand(env *environment) *cli.Command {
	return &cli.Command{
		Name:      "check",
		Usage:     "the gate alone, on anybody's translation, summary or correction (asks no model)",
		ArgsUsage: "SOURCE TARGET --to LANGUAGE | --summary ARTICLE SUMMARY | --edits SOURCE CORRECTED",
		Description: "SOURCE is English, TARGET its translation into the one language of --to. Rows of --pairs are\n" +
			"{\"id\",\"lang\",\"src\",\"hyp\"}, of --summaries {\"id\",\"article\",\"summary\"}; one JSON line each is printed.\n" +
			"Offsets are UTF-8 bytes of the judged text. Exit 1 where a finding is as bad as --fail-on.",
		Flags: append(settings("to", "fail-on"),
			&cli.StringFlag{Name: "pairs", Usage: "judge the translations in the rows of `FILE.jsonl` (or -)"},
			&cli.BoolFlag{Name: "summary", Usage: "judge a summary against its article"},
			&cli.StringFlag{Name: "summaries", Usage: "judge the summaries in the rows of `FILE.jsonl` (or -)"},
			&cli.BoolFlag{Name: "edits", Usage: "judge a corrected text against its source: what of it a person must decide"},
			&cli.BoolFlag{Name: "json", Usage: "print the verdict on two files as one JSON line too"},
			&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "say nothing on stderr when all is well"},
		),
		Action: func(c *cli.Context) error {
			cfg, err := load(c, env)
			if err != nil {
				return err
			}
			opts, err := checkOptionsOf(c, cfg)
			if err != nil {
				return err
			}
			if opts.Rows != "" {
				return checkRows(c.Context, env, cfg, opts)
			}
			return checkFiles(c.Context, env, cfg, opts)
		},
	}
}

// checkOptionsOf reads the flags and finds what contradicts itself in them.
func checkOptionsOf(c *cli.Context, cfg *config.Config) (checkOptions, error) {
	opts := checkOptions{JSON: c.Bool("json"), Quiet: c.Bool("quiet")}
	chosen := 0
	for _, name := range []string{"pairs", "summary", "summaries", "edits"} {
		if c.IsSet(name) {
			chosen++
		}
	}
	if chosen > 1 {
		return opts, badUsage("", "check: --pairs, --summary, --summaries and --edits exclude each other")
	}
	switch {
	case c.IsSet("pairs"):
		opts.Rows = c.String("pairs")
	case c.IsSet("summaries"):
		opts.Rows, opts.Mode = c.String("summaries"), summaries
	case c.Bool("summary"):
		opts.Mode = summaries
	case c.Bool("edits"):
		opts.Mode = corrections
	}
	if opts.Rows != "" {
		return opts, wants(c, 0, 0, "no files beside rows")
	}
	if err := wants(c, 2, 2, "two files"); err != nil {
		return opts, err
	}
	if opts.Mode == translations && (!c.IsSet("to") || len(cfg.To) != 1) {
		return opts, badUsage("", "check: --to must name the one language of the target, such as --to ru")
	}
	opts.First, opts.Second = c.Args().Get(0), c.Args().Get(1)
	return opts, nil
}

// findingsRemain is the error of texts that the gate does not let through.
type findingsRemain struct{ count int }

func (f *findingsRemain) Error() string {
	return term.Count(f.count, "finding") + " that fail"
}

// gated is what a check ends with.
func gated(count int) error {
	if count == 0 {
		return nil
	}
	return &outcome{errs: []error{told{&findingsRemain{count}}}}
}

// checkFiles judges one file against another.
func checkFiles(ctx context.Context, env *environment, cfg *config.Config, opts checkOptions) error {
	first, err := textOf(ctx, env, opts.First)
	if err != nil {
		return err
	}
	second, err := textOf(ctx, env, opts.Second)
	if err != nil {
		return err
	}
	var result check.RowResult
	switch opts.Mode {
	case translations:
		result = check.PairRow(check.Row{ID: opts.Second, Lang: cfg.To[0].String(), Source: first, Target: second})
	case summaries:
		result = check.SummaryRow(check.SummaryText{ID: opts.Second, Article: first, Summary: second})
	case corrections:
		result, second = heldEdits(opts.Second, first, second), first // the spans of edits are in the source
	}
	if opts.JSON {
		if err := printRow(env.stdout, result); err != nil {
			return err
		}
	} else if err := printFindings(env.stdout, result.Findings, second); err != nil {
		return err
	}
	n := failing(result.Findings, cfg.FailOn)
	if !opts.JSON && !(opts.Quiet && n == 0) {
		fmt.Fprintf(env.stderr, "%s: %s, %d at or above %s\n", opts.Second, term.Count(len(result.Findings), "finding"), n, cfg.FailOn)
	}
	return gated(n)
}

// heldEdits judges every edit between a source and its corrected text: one that
// touches what a machine may not change is a finding of severity major, since
// a run would only have proposed it.
func heldEdits(id, source, corrected string) check.RowResult {
	result := check.RowResult{ID: id, Findings: []check.RowFinding{}}
	before, after := strings.SplitAfter(source, "\n"), strings.SplitAfter(corrected, "\n")
	if len(before) != len(after) {
		before, after = []string{source}, []string{corrected}
	}
	at := 0
	for i, line := range before {
		sentence := pipeline.Sentence{ID: fmt.Sprintf("p%ds1", i+1), Text: line}
		kept, _ := check.Edits(sentence, check.EditsOf(line, after[i]))
		for _, e := range kept {
			if e.State != pipeline.Proposed {
				continue
			}
			rule, _, _ := strings.Cut(e.Held, ":")
			result.Flagged = true
			result.Findings = append(result.Findings, check.RowFinding{
				Check: rule, Severity: pipeline.Major, Span: check.RowSpan{Start: at + e.Span.Start, End: at + e.Span.End},
				Message: fmt.Sprintf("%s (%q → %q)", e.Held, e.Before, e.After), Suggest: e.Before,
			})
		}
		at += len(line)
	}
	return result
}

// textOf is the plain text of a file, one line a block.
func textOf(ctx context.Context, env *environment, name string) (string, error) {
	files, err := sources([]string{name})
	if err != nil {
		return "", err
	}
	arts, err := files[0].articles(ctx, env.stdin)
	if err != nil {
		return "", &outcome{docs: []*pipeline.Document{nil}, errs: []error{err}}
	}
	var lines []string
	for _, a := range arts {
		for _, b := range a.Body {
			lines = append(lines, b.Text())
		}
	}
	return strings.Join(lines, "\n"), nil
}

// printFindings prints one line a finding, with the words it is about.
func printFindings(w io.Writer, findings []check.RowFinding, text string) error {
	for _, f := range findings {
		line := fmt.Sprintf("%s %s at %d: %s", f.Severity, f.Check, f.Span.Start, f.Message)
		if words := excerptAt(text, f.Span); words != "" {
			line += " «" + words + "»"
		}
		if _, err := fmt.Fprintln(w, term.String(line)); err != nil {
			return err
		}
	}
	return nil
}

// excerptAt is the text of a span, cut to what fits a line.
func excerptAt(text string, span check.RowSpan) string {
	if span.Start < 0 || span.End > len(text) || span.Start >= span.End {
		return ""
	}
	words := text[span.Start:span.End]
	const most = 60
	if utf8.RuneCountInString(words) > most {
		words = string([]rune(words)[:most]) + "…"
	}
	return words
}

// checkRows judges rows, one JSON line each.
func checkRows(ctx context.Context, env *environment, cfg *config.Config, opts checkOptions) error {
	in := env.stdin
	if opts.Rows != "-" {
		f, err := os.Open(opts.Rows)
		if err != nil {
			return badUsage("", "reading rows: %w", err)
		}
		defer f.Close()
		in = f
	}
	judge, shape := pairRow, `{"id": "…", "lang": "ru", "src": "…", "hyp": "…"}`
	if opts.Mode == summaries {
		judge, shape = summaryRow, `{"id": "…", "article": "…", "summary": "…"}`
	}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxRow)
	out := bufio.NewWriter(env.stdout)
	rows, bad := 0, 0
	for n := 1; lines.Scan(); n++ {
		if sig := stopped(ctx); sig != nil {
			return errors.Join(sig, out.Flush())
		}
		if len(strings.TrimSpace(lines.Text())) == 0 {
			continue
		}
		result, err := judge(lines.Bytes())
		if err != nil {
			return errors.Join(badUsage("a row is "+shape, "%s:%d: %w", opts.Rows, n, err), out.Flush())
		}
		if rows++; failing(result.Findings, cfg.FailOn) > 0 {
			bad++
		}
		if err := printRow(out, result); err != nil {
			return &outputError{fmt.Errorf("printing verdicts: %w", err)}
		}
	}
	if err := errors.Join(lines.Err(), out.Flush()); err != nil {
		return badUsage("", "reading rows: %w", err)
	}
	if !(opts.Quiet && bad == 0) {
		fmt.Fprintf(env.stderr, "%s, %d with a finding at or above %s\n", term.Count(rows, "row"), bad, cfg.FailOn)
	}
	return gated(bad)
}

// pairRow judges one row of --pairs; keys that it does not know may stand in it.
func pairRow(line []byte) (check.RowResult, error) {
	var row check.Row
	if err := json.Unmarshal(line, &row); err != nil {
		return check.RowResult{}, err
	}
	if row.Source == "" {
		return check.RowResult{}, errors.New("src is missing or empty")
	}
	if _, err := language.Parse(row.Lang); err != nil {
		return check.RowResult{}, fmt.Errorf("lang %q is no language tag", row.Lang)
	}
	return check.PairRow(row), nil
}

// summaryRow judges one row of --summaries.
func summaryRow(line []byte) (check.RowResult, error) {
	var row check.SummaryText
	if err := json.Unmarshal(line, &row); err != nil {
		return check.RowResult{}, err
	}
	if row.Article == "" {
		return check.RowResult{}, errors.New("article is missing or empty")
	}
	return check.SummaryRow(row), nil
}

func printRow(w io.Writer, result check.RowResult) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(result)
}

// failing counts findings at or above a severity.
func failing(findings []check.RowFinding, failOn pipeline.Severity) int {
	n := 0
	for _, f := range findings {
		if f.Severity.AtLeast(failOn) {
			n++
		}
	}
	return n
}
