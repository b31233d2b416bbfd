package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"dragoman/pipeline/normalize"
)

// stageCommand is `normalize`, `correct`, `summarize` or `translate`: the
// pipeline up to that stage.
func stageCommand(env *environment, stage, usage string) *cli.Command {
	c := &cli.Command{
		Name:      stage,
		Usage:     usage,
		ArgsUsage: "FILE | URL | - (several with --out)",
		Flags:     askFlags(),
		Action: func(c *cli.Context) error {
			cfg, err := load(c, env)
			if err != nil {
				return err
			}
			return runArticles(c.Context, env, cfg, askOptions(c, stage))
		},
	}
	if stage == "translate" {
		c.Flags, c.Description = askFlags("glossary"), glossaryHelp
	}
	if stage != "normalize" {
		return c
	}
	c.Flags = append(append(settings("fail-on", "check-mode"),
		&cli.StringFlag{Name: "out", Aliases: []string{"o"}, Usage: "write into `DIR`, one folder an article"},
		&cli.StringFlag{Name: "rows", Usage: "read rows {\"id\",\"text\",\"lang\"} from `FILE.jsonl` (or -) and print one line each: sentences and edits"},
		&cli.BoolFlag{Name: "json", Usage: "print events as JSON Lines on stdout"},
		&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "say nothing on stderr when all is well"},
	), webFlags()...)
	article := c.Action
	c.Action = func(c *cli.Context) error {
		if !c.IsSet("rows") {
			return article(c)
		}
		if err := wants(c, 0, 0, "no file beside --rows"); err != nil {
			return err
		}
		for _, other := range []string{"out", "json"} {
			if c.IsSet(other) {
				return badUsage("", "normalize: --rows prints JSON Lines by itself; --%s has no meaning beside it", other)
			}
		}
		return normalizeRows(c.Context, env, c.String("rows"))
	}
	return c
}

// normalizeRows normalizes rows of body text, so that anybody can measure it.
func normalizeRows(ctx context.Context, env *environment, name string) error {
	in, err := openRows(ctx, env, name)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := normalize.Rows(ctx, in, env.stdout); err != nil {
		if sig := stopped(ctx); sig != nil {
			return sig
		}
		return badUsage("", "reading rows of %s: %w", name, err)
	}
	return nil
}
