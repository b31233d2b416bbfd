package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"
)

// completionFlag, as the last argument, asks for completions of the words
// before it; the last of those is half typed. The library's own completer
// panics on a half-typed flag, so it never sees this.
const completionFlag = "--generate-bash-completion"

// complete prints the words that may stand where the last one is being typed,
// one a line with what it means after a tab. It prints nothing where a file
// name or free text is wanted: the shell completes files by itself.
func complete(app *cli.App, words []string, w io.Writer) {
	typed := ""
	if len(words) > 0 {
		typed, words = words[len(words)-1], words[:len(words)-1]
	}
	for _, c := range candidates(app, words, typed) {
		if strings.HasPrefix(c.word, typed) {
			fmt.Fprintf(w, "%s\t%s\n", c.word, c.meaning)
		}
	}
}

type candidate struct{ word, meaning string }

func candidates(app *cli.App, words []string, typed string) []candidate {
	l := level{path: app.Name, commands: app.Commands, flags: app.Flags}
	waiting := cli.Flag(nil) // the flag whose value comes next
	for _, word := range words {
		switch {
		case waiting != nil:
			waiting = nil
		case word == "--":
			return nil
		case strings.HasPrefix(word, "-") && word != "-":
			name, _, hasValue := strings.Cut(strings.TrimLeft(word, "-"), "=")
			if f := findFlag(l.flags, name); f != nil && !hasValue && !isSwitch(f) {
				waiting = f
			}
		case len(l.commands) > 0:
			cmd := find(l.commands, word)
			if cmd == nil {
				return nil
			}
			l = l.below(cmd)
		}
	}
	switch {
	case waiting != nil:
		return plain(flagValues[waiting.Names()[0]])
	case strings.HasPrefix(typed, "-"):
		return flagCandidates(l.flags)
	case len(l.commands) > 0:
		var out []candidate
		for _, c := range l.commands {
			if !c.Hidden {
				out = append(out, candidate{c.Name, c.Usage})
			}
		}
		return out
	}
	return plain(argumentValues[strings.TrimPrefix(l.path, app.Name+" ")])
}

// flagValues are the words a flag's value is one of.
var flagValues = map[string][]string{
	"fail-on": {"neutral", "minor", "major", "critical"},
	"to":      {"ru", "tr", "ru,tr"},
	"format":  {"md", "html", "json"},
}

// argumentValues are the words a command's argument is one of.
var argumentValues = map[string][]string{
	"completion": {"bash", "zsh", "fish"},
}

func plain(words []string) []candidate {
	var out []candidate
	for _, w := range words {
		out = append(out, candidate{word: w})
	}
	return out
}

func flagCandidates(flags []cli.Flag) []candidate {
	var out []candidate
	for _, f := range flags {
		usage := ""
		if d, ok := f.(cli.DocGenerationFlag); ok {
			usage = d.GetUsage()
		}
		out = append(out, candidate{"--" + f.Names()[0], usage})
	}
	return append(out, candidate{"--help", "what the command does"})
}
