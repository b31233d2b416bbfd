package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"dragoman/cmd/internal/batch"
	"dragoman/cmd/internal/config"
	"dragoman/cmd/internal/outdir"
	"dragoman/cmd/internal/term"
	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/llmtest"
)

// batchOptions is what `batch` and `estimate` are told by flags alone.
type batchOptions struct {
	In        []string // files, folders, patterns, rows; "-" is a list on standard input
	Out       string
	Decisions string
	Only      string // "failed": nothing but what is flagged, failed or stopped, and that afresh
	Sample    int    // so many articles only
	Estimate  bool   // say what it would take, and ask nothing
	Fresh     bool
	Pseudo    bool // the pseudo model in place of an endpoint, on a state that goes with the run
	FailFast  bool // the first article without an edition ends the run
	JSON      bool
	Quiet     bool
}

// batchSettings are the settings of batches and their estimates.
var batchSettings = []string{
	"model", "to", "fail-on", "check-mode", "concurrency", "rpm", "tpm", "max-cost", "max-cost-per-day", "max-tokens", "timeout", "transport",
	"fallback-model", "fallback-base-url", "fallback-api-key-file", "fallback-on", "prompts", "prices", "glossary", "long", "state", "no-store-text",
}

const inputsHelp = `IN is a file, a folder, a pattern such as "news/*.txt", a .jsonl file of rows {"id","text"} or
{"id","html","url"}, or - for a list of files, one a line, on standard input.`

func batchCommand(env *environment) *cli.Command {
	return &cli.Command{
		Name:      "batch",
		Usage:     "take any number of articles through all stages; what is done already is not done again",
		ArgsUsage: "IN… -o OUT",
		Description: inputsHelp + "\n" +
			"Each article gets a folder in OUT; index.html, report.md, report.json and results.jsonl tell of all.\n" +
			"The same command again takes on what is missing, new or changed, and goes on where it was stopped:\n" +
			"by a signal, a crash, a cap (exit 4) or an outage (exit 5). Nothing that was answered is paid twice.",
		Flags: append(settings(batchSettings...),
			&cli.StringFlag{Name: "out", Aliases: []string{"o"}, Usage: "write into `DIR`"},
			&cli.BoolFlag{Name: "estimate", Usage: "say what it will take, and ask nothing"},
			&cli.StringFlag{Name: "only", Usage: "`failed`: nothing but the articles that failed or are flagged; their failed sentences are asked again"},
			&cli.IntFlag{Name: "sample", Usage: "only `N` of the articles, always the same ones"},
			&cli.BoolFlag{Name: "fail-fast", Usage: "end the run at the first article without an edition"},
			&cli.BoolFlag{Name: "fresh", Usage: "ignore stored replies and pay again"},
			&cli.BoolFlag{Name: "pseudo", Usage: "ask the built-in pseudo model: marked nonsense that tries out everything but the model"},
			&cli.StringFlag{Name: "decisions", Usage: "`FILE` of edits accepted or rejected and findings waived, by id"},
			&cli.BoolFlag{Name: "json", Usage: "print events as JSON Lines on stdout"},
			&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "say nothing on stderr when all is well"},
		),
		Action: func(c *cli.Context) error {
			cfg, err := load(c, env)
			if err != nil {
				return err
			}
			return runBatch(c.Context, env, cfg, batchOptions{
				In: c.Args().Slice(), Out: c.String("out"), Decisions: c.String("decisions"), Only: c.String("only"), Sample: c.Int("sample"),
				Estimate: c.Bool("estimate"), Fresh: c.Bool("fresh"), Pseudo: c.Bool("pseudo"), FailFast: c.Bool("fail-fast"), JSON: c.Bool("json"), Quiet: c.Bool("quiet"),
			})
		},
	}
}

func estimateCommand(env *environment) *cli.Command {
	return &cli.Command{
		Name:      "estimate",
		Usage:     "what a batch would take: calls, tokens, money; asks no model",
		ArgsUsage: "IN… [-o OUT]",
		Description: inputsHelp + "\n" +
			"With OUT, what a batch made there already is left out. The price of an unknown model is\n" +
			"\"unknown\", never 0; cap its runs with --max-tokens.",
		Flags: append(settings(batchSettings...),
			&cli.StringFlag{Name: "out", Aliases: []string{"o"}, Usage: "the output folder of the batch"},
			&cli.StringFlag{Name: "only", Usage: "`failed`: nothing but the articles that failed or are flagged"},
			&cli.IntFlag{Name: "sample", Usage: "only `N` of the articles, always the same ones"},
			&cli.BoolFlag{Name: "fresh", Usage: "as if nothing were stored"},
			&cli.BoolFlag{Name: "json", Usage: "print one JSON object"},
		),
		Action: func(c *cli.Context) error {
			cfg, err := load(c, env)
			if err != nil {
				return err
			}
			return runBatch(c.Context, env, cfg, batchOptions{
				In: c.Args().Slice(), Out: c.String("out"), Only: c.String("only"), Sample: c.Int("sample"), Fresh: c.Bool("fresh"),
				JSON: c.Bool("json"), Estimate: true,
			})
		},
	}
}

// check finds what contradicts itself in the options.
func (o batchOptions) check() error {
	switch {
	case len(o.In) == 0:
		return badUsage("name files, folders or patterns, or - for a list on standard input", "there are no articles named")
	case o.Out == "" && !o.Estimate:
		return badUsage("give --out DIR, and each article gets a folder there", "batch wants an output folder")
	case o.Only != "" && o.Only != "failed":
		return badUsage("", "batch: --only must be failed, not %q", o.Only)
	case o.Only != "" && o.Fresh:
		return badUsage("", "batch: --only failed and --fresh exclude each other: what failed is asked afresh anyway")
	case o.Sample < 0:
		return badUsage("", "batch: --sample must be 1 or more")
	}
	for _, in := range o.In {
		a, err := filepath.Abs(in)
		b, err2 := filepath.Abs(o.Out)
		if o.Out != "" && err == nil && err2 == nil && a == b {
			return badUsage("choose another --out folder", "%s is both what is read and what is written to", in)
		}
	}
	return nil
}

// batchRun is one batch on its way, up to the engine.
type batchRun struct {
	env  *environment
	cfg  *config.Config
	opts batchOptions
	kept *keeping

	network    http.RoundTripper // nil: the real one
	collection string
	plan       *batch.Plan
	in         *batch.Inputs
	census     *batch.Census
}

// runBatch is the work of `batch` and `estimate`.
func runBatch(ctx context.Context, env *environment, cfg *config.Config, opts batchOptions) (err error) {
	if err := opts.check(); err != nil {
		return err
	}
	b := &batchRun{env: env, cfg: cfg, opts: opts}
	if opts.Pseudo {
		away, err := b.pretend()
		if err != nil {
			return err
		}
		defer func() { err = closing(err, away) }()
	} else if opts.Estimate && (&keeping{cfg: cfg}).empty() {
		away, err := b.elsewhere()
		if err != nil {
			return err
		}
		defer func() { err = closing(err, away) }()
	}
	if !b.cfg.Configured() {
		return &pipeline.Error{Code: pipeline.Unavailable, Err: errors.New(unconfigured)}
	}
	if err := batchesPossible(b.cfg); err != nil && !opts.Estimate {
		return err
	}
	b.kept = &keeping{cfg: b.cfg, now: env.now}
	defer func() { err = closing(err, b.kept.close) }()
	var dir *outDir
	if !opts.Estimate {
		if dir, err = openOut(opts.Out); err != nil {
			return err
		}
		defer func() { err = closing(err, dir.Close) }()
		if err := errors.Join(dir.Sweep(), dir.Probe()); err != nil {
			return err
		}
		if b.collection, err = dir.Collection(); err != nil {
			return &outputError{err}
		}
	}
	if err := b.look(ctx); err != nil {
		return err
	}
	defer func() { err = closing(err, b.in.Close) }()
	if opts.Estimate {
		return b.estimate(ctx)
	}
	return b.work(ctx, dir)
}

// pretend puts the pseudo model in the place of the endpoint, on a state of its
// own that away takes away.
func (b *batchRun) pretend() (away func() error, err error) {
	if away, err = b.elsewhere(); err != nil {
		return nil, err
	}
	b.cfg.BaseURL, b.cfg.Model, b.cfg.APIKey = "http://pseudo.invalid/v1", llmtest.ModelName, llm.Secret{}
	b.network = llmtest.NewServer(llmtest.Options{Quiet: true}).Transport()
	return away, nil
}

// elsewhere gives the batch an empty state that away takes away: an estimate
// where nothing is stored yet makes no file.
func (b *batchRun) elsewhere() (away func() error, err error) {
	dir, err := os.MkdirTemp("", "dragoman-state-")
	if err != nil {
		return nil, &outputError{fmt.Errorf("making a state for the time being: %w", err)}
	}
	cfg := *b.cfg
	cfg.State = dir
	b.cfg = &cfg
	return func() error { return os.RemoveAll(dir) }, nil
}

// look opens the state, makes the plan, and takes the census of the inputs.
func (b *batchRun) look(ctx context.Context) error {
	st, err := b.kept.store(ctx)
	if err != nil {
		return err
	}
	if st.Documents == nil {
		return badUsage("set DRAGOMAN_STATE to a folder without \"folder:\" before it, or to postgres://…", "batches need a database, and %s is a folder of files", b.cfg.StateName())
	}
	model, err := modelOf(ctx, b.cfg)
	if err != nil {
		return err
	}
	prices, err := priceList(b.cfg, &answers{})
	if err != nil {
		return err
	}
	if err := affordable(b.cfg, prices, model); err != nil {
		return err
	}
	var given *pipeline.Decisions
	if b.opts.Decisions != "" {
		if given, err = readDecisions(b.opts.Decisions); err != nil {
			return err
		}
	}
	decided, err := decisions(ctx, b.kept, runOptions{}, given)
	if err != nil {
		return err
	}
	if b.plan, err = planBatch(b.cfg, model, b.opts.Fresh, decided); err != nil {
		return err
	}
	b.plan.Caps.FailFast = b.opts.FailFast
	if b.opts.Out != "" && b.collection == "" { // an estimate
		if b.collection, err = outdir.Collection(b.opts.Out); err != nil {
			return &outputError{err}
		}
	}
	if b.in, err = batch.Open(ctx, b.opts.In, batch.Options{Out: b.opts.Out, Stdin: b.env.stdin}); err != nil {
		return err
	}
	b.census, err = batch.Scan(ctx, b.in, b.opts.Sample)
	if err != nil {
		return errors.Join(err, b.in.Close())
	}
	return nil
}

// estimate says what the batch would take.
func (b *batchRun) estimate(ctx context.Context) error {
	collectSeldom()
	st, err := b.kept.store(ctx)
	if err != nil {
		return err
	}
	set, err := b.plan.PromptSet()
	if err != nil {
		return err
	}
	profile, err := profileOf(ctx, b.cfg, st.Profiles, b.plan.Model)
	if err != nil {
		return err
	}
	decided, err := st.Decisions.Recall(ctx)
	if err != nil {
		return err
	}
	prices, dated, err := llm.BuiltinPrices()
	if b.cfg.Prices != "" {
		prices, dated, err = llm.LoadPrices(b.cfg.Prices)
	}
	if err != nil {
		return err
	}
	config := batch.EstimateConfig{Plan: b.plan, Prompts: set, Decisions: decided, Ledger: st.Ledger, Settled: st.Settled, Profile: profile, Prices: prices, Dated: dated}
	if b.opts.Fresh {
		config.Ledger, config.Settled = nil, nil
	}
	e, err := batch.NewEstimator(config)
	if err != nil {
		return err
	}
	for choices, err := range batch.Select(ctx, b.in, b.census, st.Documents, b.selection("")) {
		if err != nil {
			return err
		}
		for _, c := range choices {
			if err := e.Add(ctx, c); err != nil {
				return err
			}
		}
	}
	return b.printEstimate(e.Estimate())
}

// selection is what is to be chosen for a run.
func (b *batchRun) selection(run string) batch.Selection {
	return batch.Selection{
		Collection: b.collection, Run: run, Settings: b.plan.Settings(), OnlyFailed: b.opts.Only == "failed", Fresh: b.opts.Fresh, Now: b.env.now, Chunk: chunk,
	}
}

// printEstimate prints an estimate.
func (b *batchRun) printEstimate(e batch.Estimate) error {
	var err error
	if b.opts.JSON {
		enc := json.NewEncoder(b.env.stdout)
		enc.SetEscapeHTML(false)
		err = enc.Encode(e)
	} else {
		err = term.Table(b.env.stdout, e.Rows())
	}
	if err != nil {
		return &outputError{fmt.Errorf("printing the estimate: %w", err)}
	}
	for _, n := range b.in.Notes() {
		fmt.Fprintf(b.env.stderr, "note: %s\n", term.String(n))
	}
	return nil
}

// chunk is how many articles are looked up and submitted in one go: the first
// calls wait for the first chunk.
const chunk = 64
