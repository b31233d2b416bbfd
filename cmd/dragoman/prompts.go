package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"dragoman/cmd/internal/config"
	"dragoman/cmd/internal/term"
	"dragoman/prompts"
)

func promptsCommand(env *environment) *cli.Command {
	with := func(name, args, usage string, least, most int, what string, act func(c *cli.Context, cfg *config.Config) error, more ...cli.Flag) *cli.Command {
		return &cli.Command{
			Name: name, ArgsUsage: args, Usage: usage, Flags: append(settings("prompts"), more...),
			Action: func(c *cli.Context) error {
				if err := wants(c, least, most, what); err != nil {
					return err
				}
				cfg, err := load(c, env)
				if err != nil {
					return err
				}
				return act(c, cfg)
			},
		}
	}
	return &cli.Command{
		Name:  "prompts",
		Usage: "list, show, lint, render and diff the prompts",
		Subcommands: []*cli.Command{
			with("list", " ", "every prompt with its version, digest and origin", 0, 0, "no arguments", func(_ *cli.Context, cfg *config.Config) error {
				return promptsList(env, cfg)
			}),
			with("show", "ID", "the file of one prompt", 1, 1, "the id of a prompt, such as translate/article", func(c *cli.Context, cfg *config.Config) error {
				return promptsShow(env, cfg, c.Args().First())
			}),
			with("lint", "[DIR]", "check a folder of prompts, or the ones in use", 0, 1, "a folder at most", func(c *cli.Context, cfg *config.Config) error {
				return promptsLint(env, cfg, c.Args().First())
			}),
			with("diff", "[ID]", "what --prompts changes, against the built-in prompts", 0, 1, "an id at most", func(c *cli.Context, cfg *config.Config) error {
				return promptsDiff(env, cfg, c.Args().First())
			}),
			with("render", "ID [FILE]", "the exact requests that a prompt makes of an article", 1, 2, "the id of a prompt, and a file at most (default: the sample article)", func(c *cli.Context, cfg *config.Config) error {
				return promptsRender(c.Context, env, cfg, c.Args().Get(0), c.Args().Get(1))
			}, &cli.StringFlag{Name: "to", Usage: config.Usage("to")}, &cli.BoolFlag{Name: "long", Usage: config.Usage("long")}),
		},
	}
}

// promptSet is the built-in prompts with the user's own over them.
func promptSet(dir string) (*prompts.Set, error) {
	set, err := prompts.Builtin()
	if err != nil || dir == "" {
		return set, err
	}
	own, err := ownPrompts(dir)
	if err != nil {
		return nil, err
	}
	return set.Over(own), nil
}

// ownPrompts are the prompts of a user's folder.
func ownPrompts(dir string) (*prompts.Set, error) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, badUsage("", "prompts: %s is no folder", dir)
	}
	own, err := prompts.Load(os.DirFS(dir), dir)
	if err != nil {
		return nil, &usageError{err: err, hint: "dragoman prompts lint " + dir}
	}
	return own, nil
}

func promptsList(env *environment, cfg *config.Config) error {
	set, err := promptSet(cfg.Prompts)
	if err != nil {
		return err
	}
	rows := [][]string{{"prompt", "digest", "origin"}}
	for _, p := range set.All() {
		rows = append(rows, []string{p.Name(), short(p.Digest), p.Origin})
	}
	return term.Table(env.stdout, rows)
}

// short is the first twelve digits of a digest.
func short(digest string) string {
	algorithm, hex, ok := strings.Cut(digest, ":")
	if !ok {
		algorithm, hex = "", digest
	}
	if len(hex) > 12 {
		hex = hex[:12]
	}
	return strings.TrimPrefix(algorithm+":"+hex, ":")
}

func promptsShow(env *environment, cfg *config.Config, id string) error {
	set, err := promptSet(cfg.Prompts)
	if err != nil {
		return err
	}
	p, err := set.Get(strings.TrimSuffix(id, ".md"))
	if err != nil {
		return badUsage(suggest(id, set.IDs()), "%w", err)
	}
	_, err = env.stdout.Write(p.Raw)
	return err
}

func promptsLint(env *environment, cfg *config.Config, dir string) error {
	if dir == "" {
		dir = cfg.Prompts
	}
	set, err := prompts.Builtin()
	if dir != "" {
		set, err = ownPrompts(dir)
	}
	if err != nil {
		// The problems are the result: one a line, file:line:col first.
		cause := errors.Unwrap(err)
		if cause == nil {
			cause = err
		}
		fmt.Fprintln(env.stdout, cause)
		return &outcome{errs: []error{told{&usageError{err: err}}}}
	}
	_, err = fmt.Fprintf(env.stdout, "%s: no problem\n", term.Count(len(set.All()), "prompt"))
	return err
}

func promptsDiff(env *environment, cfg *config.Config, id string) error {
	if cfg.Prompts == "" {
		return badUsage("dragoman prompts diff --prompts DIR", "prompts diff: there is no folder of your own prompts to compare")
	}
	builtin, err := prompts.Builtin()
	if err != nil {
		return err
	}
	own, err := ownPrompts(cfg.Prompts)
	if err != nil {
		return err
	}
	if id != "" {
		if _, err := own.Get(id); err != nil {
			return badUsage(suggest(id, own.IDs()), "prompts diff: %s has %w", cfg.Prompts, err)
		}
	}
	for _, p := range own.All() {
		if id != "" && p.ID != id {
			continue
		}
		before := []byte{}
		name := "(no built-in prompt)"
		if b, err := builtin.Get(p.ID); err == nil {
			before, name = b.Raw, b.Name()
		}
		diff := lineDiff(string(before), string(p.Raw))
		if diff == "" {
			continue
		}
		if _, err := fmt.Fprintf(env.stdout, "--- %s\n+++ %s\n%s", name, p.Origin, diff); err != nil {
			return err
		}
	}
	return nil
}

// lineDiff is every line of a and b that is not in both, "-" and "+" before
// it, with up to two common lines around; "" where there is none. Prompt files
// are short, so the table of a longest common subsequence is small.
func lineDiff(a, b string) string {
	x, y := strings.SplitAfter(a, "\n"), strings.SplitAfter(b, "\n")
	common := make([][]int, len(x)+1)
	for i := range common {
		common[i] = make([]int, len(y)+1)
	}
	for i := len(x) - 1; i >= 0; i-- {
		for j := len(y) - 1; j >= 0; j-- {
			if x[i] == y[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	type line struct {
		mark byte
		text string
	}
	var lines []line
	i, j := 0, 0
	for i < len(x) || j < len(y) {
		switch {
		case i < len(x) && j < len(y) && x[i] == y[j]:
			lines = append(lines, line{' ', x[i]})
			i, j = i+1, j+1
		case j == len(y) || i < len(x) && common[i+1][j] >= common[i][j+1]:
			lines = append(lines, line{'-', x[i]})
			i++
		default:
			lines = append(lines, line{'+', y[j]})
			j++
		}
	}
	const around = 2
	near := make([]bool, len(lines))
	for n, l := range lines {
		if l.mark == ' ' {
			continue
		}
		for k := max(n-around, 0); k < min(n+around+1, len(lines)); k++ {
			near[k] = true
		}
	}
	var out strings.Builder
	for n, l := range lines {
		if near[n] && l.text != "" {
			if n > 0 && !near[n-1] {
				out.WriteString("@@\n")
			}
			out.WriteByte(l.mark)
			out.WriteString(strings.TrimSuffix(l.text, "\n") + "\n")
		}
	}
	return out.String()
}
