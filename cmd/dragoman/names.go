package main

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"dragoman/cmd/internal/config"
	"dragoman/cmd/internal/term"
	"dragoman/pipeline"
)

func namesCommand(env *environment) *cli.Command {
	return &cli.Command{
		Name:        "names",
		Usage:       "the names of an article, and how each edition will write them",
		ArgsUsage:   "FILE | URL | -",
		Description: "One line a name: the name and its base form in each language; \"-\" where it has none.",
		Flags: append(append(settings("model", "to", "fail-on", "concurrency", "max-cost", "max-tokens", "timeout", "prompts"),
			&cli.StringFlag{Name: "record", Usage: "keep a copy of every exchange in `DIR`; implies --fresh"},
			&cli.StringFlag{Name: "replay", Usage: "answer from the recordings in `DIR`: no network, no state, no key"},
			&cli.BoolFlag{Name: "pseudo", Usage: "ask the built-in pseudo model"},
			&cli.BoolFlag{Name: "fresh", Usage: "ignore stored replies and pay again"},
			&cli.BoolFlag{Name: "json", Usage: "print one JSON object a name"},
			&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "say nothing on stderr when all is well"},
		), webFlags()...),
		Action: func(c *cli.Context) error {
			cfg, err := load(c, env)
			if err != nil {
				return err
			}
			return runNames(c.Context, env, cfg, askOptions(c, "names"))
		},
	}
}

// runNames asks for the names sheet of one article and prints it.
func runNames(ctx context.Context, env *environment, cfg *config.Config, opts runOptions) (err error) {
	if err := opts.check("names"); err != nil {
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
	arts, err := files[0].articles(ctx, env.stdin)
	if err != nil {
		return &outcome{docs: []*pipeline.Document{nil}, errs: []error{err}}
	}
	out := newReporter(env, runOptions{Files: opts.Files, Quiet: opts.Quiet || opts.JSON})
	defer out.close()
	engine, err := wireUp(ctx, env, cfg, opts, out)
	if err != nil {
		return err
	}
	defer func() { err = closing(err, engine.close) }()
	end := &outcome{failOn: cfg.FailOn}
	for _, art := range arts {
		doc, err := engine.run(ctx, art)
		if sig := stopped(ctx); sig != nil {
			err = sig
		}
		end.docs, end.errs = append(end.docs, doc), append(end.errs, err)
	}
	out.close()
	for _, doc := range end.docs {
		if doc == nil {
			continue
		}
		if err := printNames(env, cfg, doc, opts.JSON, out); err != nil {
			return &outputError{fmt.Errorf("printing names: %w", err)}
		}
		out.gating(finished{doc: doc}, cfg.FailOn)
	}
	if end.code() == 0 {
		return nil
	}
	return end
}

func printNames(env *environment, cfg *config.Config, doc *pipeline.Document, asJSON bool, out *reporter) error {
	rows := [][]string{{"name"}}
	for _, tag := range cfg.To {
		rows[0] = append(rows[0], tag.String())
	}
	for _, n := range doc.Names {
		if asJSON {
			out.line(n)
			continue
		}
		row := []string{n.Source}
		for _, tag := range cfg.To {
			row = append(row, dash(n.Forms[tag.String()]))
		}
		rows = append(rows, row)
	}
	if asJSON {
		return out.err
	}
	return term.Table(env.stdout, rows)
}
