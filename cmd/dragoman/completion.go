package main

import (
	_ "embed"
	"io"

	"github.com/urfave/cli/v2"
)

//go:embed completion/bash.sh
var bashCompletion string

//go:embed completion/zsh.sh
var zshCompletion string

//go:embed completion/fish.sh
var fishCompletion string

func completionCommand(env *environment) *cli.Command {
	return &cli.Command{
		Name:        "completion",
		Usage:       "print a shell's completion script: bash, zsh or fish",
		ArgsUsage:   "bash|zsh|fish",
		Description: "bash: source <(dragoman completion bash)\nzsh:  dragoman completion zsh > \"${fpath[1]}/_dragoman\"\nfish: dragoman completion fish > ~/.config/fish/completions/dragoman.fish",
		Action: func(c *cli.Context) error {
			if err := wants(c, 1, 1, "the name of a shell: bash, zsh or fish"); err != nil {
				return err
			}
			return printCompletion(env.stdout, c.Args().First())
		},
	}
}

func printCompletion(w io.Writer, shell string) error {
	scripts := map[string]string{"bash": bashCompletion, "zsh": zshCompletion, "fish": fishCompletion}
	script, ok := scripts[shell]
	if !ok {
		return badUsage(suggest(shell, argumentValues["completion"]), "completion: no script for %q; there are bash, zsh and fish", shell)
	}
	_, err := io.WriteString(w, script)
	return err
}
