package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"dragoman/cmd/internal/config"
	"dragoman/cmd/internal/outdir"
	"dragoman/pipeline"
)

// runOptions is what `run` and the one-stage commands are told by flags alone.
type runOptions struct {
	Files     []string // or addresses; "-" is standard input
	Until     string   // the last stage; "" is all of them
	Out       string   // folder; "" prints one article's Markdown
	Decisions string   // file of accepted, rejected and waived ids
	Record    string   // folder that gets a copy of every exchange
	Replay    string   // folder whose recordings stand in place of the network
	Pseudo    bool     // the pseudo model in place of an endpoint
	Fresh     bool     // ignore stored replies
	JSON      bool     // events on stdout
	Quiet     bool     // nothing on stderr when all is well

	AllowHosts   []string // that may be fetched from though they are not public
	IgnoreRobots bool     // fetch what robots.txt disallows
}

// askFlags are the flags of every command that asks a model about articles.
// Those that translate take further settings.
func askFlags(further ...string) []cli.Flag {
	names := append([]string{
		"model", "to", "fail-on", "check-mode", "concurrency", "rpm", "tpm", "max-cost", "max-cost-per-day", "max-tokens", "timeout", "transport",
		"fallback-model", "fallback-base-url", "fallback-api-key-file", "fallback-on", "prompts", "prices", "long", "state", "no-store-text",
	}, further...)
	return append(append(settings(names...),
		&cli.StringFlag{Name: "out", Aliases: []string{"o"}, Usage: "write into `DIR`, one folder an article: document.json, report.html, en.md, ru.md, tr.md"},
		&cli.StringFlag{Name: "decisions", Usage: "`FILE` of edits accepted or rejected and findings waived, by id; they are remembered for those sentences and hold in later runs without it (the state open takes one back)"},
		&cli.StringFlag{Name: "record", Usage: "keep a copy of every exchange in `DIR`; implies --fresh"},
		&cli.StringFlag{Name: "replay", Usage: "answer from the recordings in `DIR`: no network, no state, no key"},
		&cli.BoolFlag{Name: "pseudo", Usage: "ask the built-in pseudo model: marked nonsense that tries out everything but the model"},
		&cli.BoolFlag{Name: "fresh", Usage: "ignore stored replies and pay again"},
		&cli.BoolFlag{Name: "json", Usage: "print events as JSON Lines on stdout"},
		&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "say nothing on stderr when all is well"},
	), webFlags()...)
}

func askOptions(c *cli.Context, until string) runOptions {
	return runOptions{
		Files: c.Args().Slice(), Until: until,
		Out: c.String("out"), Decisions: c.String("decisions"), Record: c.String("record"), Replay: c.String("replay"),
		Pseudo: c.Bool("pseudo"), Fresh: c.Bool("fresh"), JSON: c.Bool("json"), Quiet: c.Bool("quiet"),
		AllowHosts: c.StringSlice("allow-host"), IgnoreRobots: c.Bool("ignore-robots"),
	}
}

func runCommand(env *environment) *cli.Command {
	return &cli.Command{
		Name:      "run",
		Usage:     "take an article through all stages: normalize, correct, summarize, translate",
		ArgsUsage: "FILE | URL | - (several with --out)",
		Description: "The page of a URL is fetched once, as its site's robots.txt allows, from public hosts.\n" +
			"Without --out the Markdown of all editions goes to stdout. Progress and the result\n" +
			"table go to stderr. What was answered once is stored and not paid again.\n" +
			"--json prints one object a line: type started, call and finished as the work goes on,\n" +
			"article for the result of each article, note for what must be known, and end with the exit code.\n" + glossaryHelp,
		Flags: askFlags("glossary"),
		Action: func(c *cli.Context) error {
			cfg, err := load(c, env)
			if err != nil {
				return err
			}
			return runArticles(c.Context, env, cfg, askOptions(c, ""))
		},
	}
}

// check finds what contradicts itself in the options.
func (o runOptions) check(name string) error {
	set := func(flag string) bool {
		return map[string]bool{
			"--record": o.Record != "", "--replay": o.Replay != "", "--pseudo": o.Pseudo, "--fresh": o.Fresh,
		}[flag]
	}
	for _, pair := range [][3]string{
		{"--replay", "--record", "a replay makes no exchange that could be recorded"},
		{"--replay", "--pseudo", "either recordings answer or the pseudo model"},
		{"--replay", "--fresh", "a replay looks at no stored reply"},
		{"--record", "--pseudo", "a recording must hold a model's answers"},
	} {
		if set(pair[0]) && set(pair[1]) {
			return badUsage("", "%s: %s and %s exclude each other: %s", name, pair[0], pair[1], pair[2])
		}
	}
	if i := slices.IndexFunc(o.Files, isAddress); i >= 0 && o.Replay != "" {
		return badUsage("save the page and name the file", "%s: a replay uses no network, and %s is an address", name, o.Files[i])
	}
	switch {
	case len(o.Files) == 0:
		return badUsage("", "%s wants a file, an address, or - for standard input", name)
	case len(o.Files) > 1 && o.Out == "":
		return badUsage("give --out DIR, and each article gets a folder there", "%s prints one article; %d files need a folder", name, len(o.Files))
	}
	return nil
}

// finished is one article and what became of it.
type finished struct {
	file   string
	id     string
	doc    *pipeline.Document // nil where nothing came of it
	err    error
	folder string // where it was written, or ""
	took   time.Duration

	skipped bool // the run ended before it was begun
}

// runFatal is the part of an article's error that ends the whole run, or nil.
func runFatal(err error) error {
	for _, e := range leaves(err) {
		if errors.As(e, new(*interrupted)) || errors.As(e, new(*missing)) {
			return e
		}
		if typed, ok := errors.AsType[*pipeline.Error](e); ok && typed.RunFatal() {
			return e
		}
	}
	return nil
}

// runArticles is the work of `run` and of the one-stage commands.
func runArticles(ctx context.Context, env *environment, cfg *config.Config, opts runOptions) (err error) {
	name := opts.Until
	if name == "" {
		name = "run"
	}
	if err := opts.check(name); err != nil {
		return err
	}
	pages, err := newWeb(cfg, opts)
	if err != nil {
		return err
	}
	files, err := sources(opts.Files, pages)
	if err != nil {
		return err
	}
	out := newReporter(env, opts)
	defer out.close()
	engine, err := wireUp(ctx, env, cfg, opts, out)
	if err != nil {
		return err
	}
	defer func() { err = closing(err, engine.close) }()
	var dir *outDir
	if opts.Out != "" {
		if dir, err = openOut(opts.Out); err != nil {
			return err
		}
		defer func() { err = closing(err, dir.Close) }()
	}
	todo, done := readAll(ctx, env, files)
	if err := distinct(todo, opts.Out); err != nil {
		return err
	}
	var fatal error // what ends the run for the articles that follow too
	for _, t := range todo {
		if fatal != nil {
			done = append(done, finished{file: t.file, id: t.art.ID, err: fatal, skipped: true})
			continue
		}
		f := work(ctx, env, engine, dir, t)
		fatal = runFatal(f.err)
		done = append(done, f)
	}
	return out.finish(ctx, done, engine.notes, cfg.FailOn)
}

// task is one article to be worked on.
type task struct {
	file string
	art  *pipeline.Article
}

// readAll reads every file; what cannot be read is finished already, with an
// error and no edition.
func readAll(ctx context.Context, env *environment, files []source) (todo []task, failed []finished) {
	for _, f := range files {
		arts, err := f.articles(ctx, env.stdin)
		if err == nil && len(arts) == 0 {
			err = &pipeline.Error{Code: pipeline.Invalid, Stage: "read", Unit: f.name, Err: errors.New("holds no article")}
		}
		if err != nil {
			failed = append(failed, finished{file: f.name, id: f.name, err: err})
		}
		for _, a := range arts {
			todo = append(todo, task{file: f.name, art: a})
		}
	}
	return todo, failed
}

// distinct checks that every article has a folder of its own, also where
// capital letters make no difference.
func distinct(todo []task, out string) error {
	if out == "" && len(todo) > 1 {
		return badUsage("give --out DIR, and each article gets a folder there", "%s holds %d articles; printing takes one", todo[0].file, len(todo))
	}
	taken := map[string]string{}
	for _, t := range todo {
		folder := strings.ToLower(outdir.Name(t.art.ID))
		if other, ok := taken[folder]; ok {
			return badUsage("rename one of them, or use two --out folders", "%s and %s would both be written to the folder %q", other, t.file, outdir.Name(t.art.ID))
		}
		taken[folder] = t.file
	}
	return nil
}

// work takes one article through the pipeline and writes what came of it, also
// when it is not complete.
func work(ctx context.Context, env *environment, engine *engine, dir *outDir, t task) finished {
	f := finished{file: t.file, id: t.art.ID}
	if f.err = stopped(ctx); f.err != nil {
		return f
	}
	start := env.now()
	f.doc, f.err = engine.run(ctx, t.art)
	f.took = env.now().Sub(start)
	if sig := stopped(ctx); sig != nil {
		f.err = sig
	}
	if f.doc != nil && dir != nil {
		if kept, ok := dir.better(f.doc); ok && f.err != nil {
			fmt.Fprintf(env.stderr, "kept: the edition in %s is more complete than what this run came to\n", kept)
			return f
		}
		folder, err := dir.write(f.doc)
		f.folder = folder
		if err != nil && f.err == nil {
			f.err = err
		}
	}
	return f
}

// closing joins the error of closing something to the one there is.
func closing(err error, close func() error) error {
	if e := close(); e != nil && err == nil {
		return &outputError{fmt.Errorf("ending the run: %w", e)}
	}
	return err
}

// printText writes an article as plain text, a blank line between its blocks.
func printText(w io.Writer, art *pipeline.Article) error {
	var blocks []string
	for _, b := range art.Body {
		blocks = append(blocks, b.Text())
	}
	_, err := fmt.Fprintln(w, strings.Join(blocks, "\n\n"))
	return err
}
