package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"dragoman/cmd/internal/config"
	"dragoman/cmd/internal/term"
	"dragoman/pipeline"
	"dragoman/pipeline/check"
)

// checkOptions is what `check` is told by flags alone.
type checkOptions struct {
	First, Second string // two files; both "" with Rows
	Rows          string // JSON Lines file, or "-"
	Mode          checkMode
	Format        string // text, json, sarif or github
	Quiet         bool
}

// checkMode is what is held against what.
type checkMode int

const (
	translations checkMode = iota // source and translation
	summaries                     // article and summary
	corrections                   // source and corrected text
)

// judged is the file that the findings are in, as it is named in reports.
func (o checkOptions) judged() string {
	if name := cmp.Or(o.Rows, o.Second); name != "-" {
		return name
	}
	return "stdin"
}

func checkCommand(env *environment) *cli.Command {
	return &cli.Command{
		Name:      "check",
		Usage:     "the gate alone, on anybody's translation, summary or correction (asks no model)",
		ArgsUsage: "SOURCE TARGET --to LANGUAGE | --summary ARTICLE SUMMARY | --edits SOURCE CORRECTED",
		Description: "SOURCE is English, TARGET its translation into the one language of --to. Rows of --pairs are\n" +
			"{\"id\",\"lang\",\"src\",\"hyp\"}, of --summaries {\"id\",\"article\",\"summary\"}; one JSON line each is printed:\n" +
			"{\"id\",\"findings\":[{\"check\",\"severity\",\"span\":{\"start\",\"end\"},\"message\"}],\"flagged\"}, where flagged is a\n" +
			"finding of severity major or critical. Offsets are UTF-8 bytes of the judged text (hyp, the summary, the\n" +
			"corrected text). Exit 1 where a finding is as bad as --fail-on. sarif and github name the place in the\n" +
			"judged file by line and column.\n" + glossaryHelp,
		Flags: append(settings("to", "fail-on", "check-mode", "glossary"),
			&cli.StringFlag{Name: "pairs", Usage: "judge the translations in the rows of `FILE.jsonl` (or -)"},
			&cli.BoolFlag{Name: "summary", Usage: "judge a summary against its article"},
			&cli.StringFlag{Name: "summaries", Usage: "judge the summaries in the rows of `FILE.jsonl` (or -)"},
			&cli.BoolFlag{Name: "edits", Usage: "judge a corrected text against its source: what of it a person must decide"},
			&cli.StringFlag{Name: "decisions", Usage: "`FILE` of findings waived and edits accepted, by id: they are told and do not fail"},
			&cli.StringFlag{Name: "format", Usage: "`FORMAT` of the verdict: text, json, sarif (2.1.0) or github (annotations) (default: text, json for rows)"},
			&cli.BoolFlag{Name: "json", Usage: "the same as --format json"},
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
			terms, err := readGlossary(cfg.Glossary)
			if err != nil {
				return err
			}
			j := &judge{modes: cfg.Checks, terms: terms, failOn: cfg.FailOn}
			if name := c.String("decisions"); name != "" {
				if j.decisions, err = readDecisions(name); err != nil {
					return err
				}
			}
			if opts.Rows != "" {
				return checkRows(c.Context, env, j, opts)
			}
			return checkFiles(c.Context, env, cfg, j, opts)
		},
	}
}

// checkOptionsOf reads the flags and finds what contradicts itself in them.
func checkOptionsOf(c *cli.Context, cfg *config.Config) (checkOptions, error) {
	opts := checkOptions{Quiet: c.Bool("quiet"), Format: c.String("format")}
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
	if err := opts.settleFormat(c.Bool("json")); err != nil {
		return opts, err
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
	if opts.First == "-" && opts.Second == "-" {
		return opts, badUsage("", "check: standard input can be one of the two texts, not both")
	}
	return opts, nil
}

// settleFormat checks the format, and chooses one where none is given.
func (o *checkOptions) settleFormat(asJSON bool) error {
	switch {
	case o.Format == "" && (asJSON || o.Rows != ""):
		o.Format = "json"
	case o.Format == "":
		o.Format = "text"
	case !slices.Contains(formats, o.Format):
		return badUsage(suggest(o.Format, formats), "check: --format must be %s, not %q", strings.Join(formats, ", "), o.Format)
	case asJSON && o.Format != "json":
		return badUsage("", "check: --json and --format %s exclude each other", o.Format)
	}
	return nil
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

// judge is the gate as the desk has set it.
type judge struct {
	modes     check.Modes
	terms     []check.Term
	failOn    pipeline.Severity
	decisions *pipeline.Decisions
}

// pair judges a translation, by the glossary too.
func (j *judge) pair(row check.Row) check.RowResult {
	result := check.PairRow(row)
	result.Findings = append(result.Findings, termFindings(row, j.terms)...)
	return j.settle(result)
}

// settle puts the findings in the order of the text, with the severities that
// the modes want and what a person decided.
func (j *judge) settle(r check.RowResult) check.RowResult {
	r = j.modes.ApplyRow(r)
	if r.Findings == nil {
		r.Findings = []check.RowFinding{}
	}
	for i, f := range r.Findings {
		r.Findings[i].Waived = j.waived(f.ID)
	}
	slices.SortStableFunc(r.Findings, func(a, b check.RowFinding) int {
		return cmp.Or(cmp.Compare(a.Span.Start, b.Span.Start), cmp.Compare(a.Check, b.Check))
	})
	r.Flagged = failing(r.Findings, pipeline.Major) > 0
	return r
}

// waived is the reason for which a person waived a finding or accepted an edit;
// "" without one.
func (j *judge) waived(id string) string {
	if j.decisions == nil || id == "" {
		return ""
	}
	if d := j.decisions.Findings[id]; d.State == "waived" {
		return d.Reason
	}
	if d := j.decisions.Edits[id]; d.State == "accepted" {
		return d.Reason
	}
	return ""
}

// failing counts findings at or above a severity that nobody waived.
func failing(findings []check.RowFinding, failOn pipeline.Severity) int {
	n := 0
	for _, f := range findings {
		if f.Gates(failOn) {
			n++
		}
	}
	return n
}

// checkFiles judges one file against another.
func checkFiles(ctx context.Context, env *environment, cfg *config.Config, j *judge, opts checkOptions) error {
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
		result = j.pair(check.Row{ID: opts.Second, Lang: cfg.To[0].String(), Source: first, Target: second})
	case summaries:
		result = j.settle(check.SummaryRow(check.SummaryText{ID: opts.Second, Article: first, Summary: second}))
	case corrections:
		result = j.settle(heldEdits(opts.Second, first, second))
	}
	v := verdict{result: result, text: second}
	if opts.Format == "sarif" || opts.Format == "github" {
		v.places = placesIn(opts.Second, second, result.Findings)
	}
	out := newVerdicts(env.stdout, opts)
	if err := out.print(v); err != nil {
		return err
	}
	if err := out.close(); err != nil {
		return err
	}
	n := failing(result.Findings, j.failOn)
	if opts.Format != "json" && !(opts.Quiet && n == 0) {
		fmt.Fprintf(env.stderr, "%s: %s, %d at or above %s\n", opts.judged(), term.Count(len(result.Findings), "finding"), n, j.failOn)
	}
	return gated(n)
}

// textOf is the plain text of a file, one line a block.
func textOf(ctx context.Context, env *environment, name string) (string, error) {
	files, err := sources([]string{name}, nil)
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
