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
	Source, Target string // files; both "" with Pairs
	Pairs          string // JSON Lines file, or "-"
	JSON, Quiet    bool
}

func checkCommand(env *environment) *cli.Command {
	return &cli.Command{
		Name:      "check",
		Usage:     "the gate alone, on anybody's translation (asks no model)",
		ArgsUsage: "SOURCE TARGET",
		Description: "SOURCE is English, TARGET its translation into the one language of --to. With --pairs rows\n" +
			"{\"id\",\"lang\",\"src\",\"hyp\"} are read instead, and one JSON line each is printed; offsets are bytes of hyp.\n" +
			"Exit 1 where a finding is as bad as --fail-on.",
		Flags: append(settings("to", "fail-on"),
			&cli.StringFlag{Name: "pairs", Usage: "judge the rows of `FILE.jsonl` (or -)"},
			&cli.BoolFlag{Name: "json", Usage: "print the verdict on two files as one JSON line too"},
			&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "say nothing on stderr when all is well"},
		),
		Action: func(c *cli.Context) error {
			opts := checkOptions{Pairs: c.String("pairs"), JSON: c.Bool("json"), Quiet: c.Bool("quiet")}
			cfg, err := load(c, env)
			if err != nil {
				return err
			}
			if opts.Pairs != "" {
				if err := wants(c, 0, 0, "no files beside --pairs"); err != nil {
					return err
				}
				return checkPairs(c.Context, env, cfg, opts)
			}
			if err := wants(c, 2, 2, "a source file and a target file"); err != nil {
				return err
			}
			if !c.IsSet("to") || len(cfg.To) != 1 {
				return badUsage("", "check: --to must name the one language of the target, such as --to ru")
			}
			opts.Source, opts.Target = c.Args().Get(0), c.Args().Get(1)
			return checkFiles(env, cfg, opts)
		},
	}
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
func checkFiles(env *environment, cfg *config.Config, opts checkOptions) error {
	source, err := textOf(env, opts.Source)
	if err != nil {
		return err
	}
	target, err := textOf(env, opts.Target)
	if err != nil {
		return err
	}
	result := check.PairRow(check.Row{ID: opts.Target, Lang: cfg.To[0].String(), Source: source, Target: target})
	if opts.JSON {
		if err := printRow(env.stdout, result); err != nil {
			return err
		}
	} else if err := printFindings(env.stdout, result.Findings, target); err != nil {
		return err
	}
	n := failing(result.Findings, cfg.FailOn)
	if !opts.JSON && !(opts.Quiet && n == 0) {
		fmt.Fprintf(env.stderr, "%s: %s, %d at or above %s\n", opts.Target, term.Count(len(result.Findings), "finding"), n, cfg.FailOn)
	}
	return gated(n)
}

// textOf is the plain text of a file, one line a block.
func textOf(env *environment, name string) (string, error) {
	files, err := sources([]string{name})
	if err != nil {
		return "", err
	}
	arts, err := files[0].articles(env.stdin)
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

// checkPairs judges rows, one JSON line each.
func checkPairs(ctx context.Context, env *environment, cfg *config.Config, opts checkOptions) error {
	in := env.stdin
	if opts.Pairs != "-" {
		f, err := os.Open(opts.Pairs)
		if err != nil {
			return badUsage("", "reading pairs: %w", err)
		}
		defer f.Close()
		in = f
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
		row, err := parseRow(lines.Bytes())
		if err != nil {
			return errors.Join(badUsage(`a row is {"id": "…", "lang": "ru", "src": "…", "hyp": "…"}`, "%s:%d: %w", opts.Pairs, n, err), out.Flush())
		}
		result := check.PairRow(row)
		if rows++; failing(result.Findings, cfg.FailOn) > 0 {
			bad++
		}
		if err := printRow(out, result); err != nil {
			return &outputError{fmt.Errorf("printing verdicts: %w", err)}
		}
	}
	if err := errors.Join(lines.Err(), out.Flush()); err != nil {
		return badUsage("", "reading pairs: %w", err)
	}
	if !(opts.Quiet && bad == 0) {
		fmt.Fprintf(env.stderr, "%s, %d with a finding at or above %s\n", term.Count(rows, "row"), bad, cfg.FailOn)
	}
	return gated(bad)
}

// parseRow reads one row; keys that it does not know may stand in it.
func parseRow(line []byte) (check.Row, error) {
	var row check.Row
	if err := json.Unmarshal(line, &row); err != nil {
		return row, err
	}
	if row.Source == "" {
		return row, errors.New("src is missing or empty")
	}
	if _, err := language.Parse(row.Lang); err != nil {
		return row, fmt.Errorf("lang %q is no language tag", row.Lang)
	}
	return row, nil
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
