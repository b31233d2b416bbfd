package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// The library stops reading flags at the first file name: `run a.txt --model X`
// would keep the default model and take "--model" and "X" for files. So the
// arguments are put in order before it sees them: flags first, then "--", then
// everything else. Unknown commands and flags are found here too, which is
// where a suggestion can be made and the exit code is ours.

// arrange puts args (with the program's name first) in the order the library
// understands.
func arrange(app *cli.App, args []string) ([]string, error) {
	out := []string{args[0]}
	level := level{path: app.Name, commands: app.Commands, flags: app.Flags}
	rest := args[1:]
	for len(level.commands) > 0 {
		if len(rest) == 0 {
			return nil, badUsage("", "%s needs a command: %s", level.path, strings.Join(level.names(), ", "))
		}
		word := rest[0]
		if isHelp(word) || level.path == app.Name && word == "help" {
			return append(out, helpWords(app, word, rest[1:])...), nil
		}
		if strings.HasPrefix(word, "-") {
			return nil, level.misplaced(word)
		}
		cmd := find(level.commands, word)
		if cmd == nil {
			return nil, badUsage(suggest(word, level.names()), "%s: no such command: %q", level.path, word)
		}
		out, rest = append(out, cmd.Name), rest[1:]
		level = level.below(cmd)
	}
	flags, files, err := level.split(rest)
	if err != nil {
		return nil, err
	}
	out = append(out, flags...)
	if len(files) > 0 {
		out = append(append(out, "--"), files...)
	}
	return out, nil
}

// level is one command on the way down.
type level struct {
	path     string
	commands []*cli.Command
	flags    []cli.Flag
}

func (l level) below(cmd *cli.Command) level {
	return level{path: l.path + " " + cmd.Name, commands: cmd.Subcommands, flags: cmd.Flags}
}

func (l level) names() []string {
	var names []string
	for _, c := range l.commands {
		if !c.Hidden {
			names = append(names, c.Name)
		}
	}
	return names
}

// split parts the words after a command into flags, each with its value in
// one word, and the rest. "-" is a file; after "--" everything is.
func (l level) split(words []string) (flags, files []string, err error) {
	for i := 0; i < len(words); i++ {
		word := words[i]
		switch {
		case word == "--":
			return flags, append(files, words[i+1:]...), nil
		case isHelp(word):
			return []string{"--help"}, nil, nil
		case word == "-" || !strings.HasPrefix(word, "-"):
			files = append(files, word)
			continue
		}
		name, value, hasValue := strings.Cut(strings.TrimLeft(word, "-"), "=")
		f := findFlag(l.flags, name)
		switch {
		case f == nil:
			return nil, nil, badUsage(suggestFlag(name, l.flags), "%s: no such flag: %s", l.path, strings.SplitN(word, "=", 2)[0])
		case isSwitch(f) && hasValue:
			flags = append(flags, "--"+f.Names()[0]+"="+value)
		case isSwitch(f):
			flags = append(flags, "--"+f.Names()[0])
		case hasValue:
			flags = append(flags, "--"+f.Names()[0]+"="+value)
		case i+1 == len(words) || l.isFlag(words[i+1]):
			return nil, nil, badUsage("", "%s: --%s needs a value", l.path, f.Names()[0])
		default:
			i++
			flags = append(flags, "--"+f.Names()[0]+"="+words[i])
		}
	}
	return flags, files, nil
}

// isFlag reports whether a word is one of the level's flags.
func (l level) isFlag(word string) bool {
	name, _, _ := strings.Cut(strings.TrimLeft(word, "-"), "=")
	return len(word) > 1 && word[0] == '-' && findFlag(l.flags, name) != nil
}

// misplaced is the error of a flag before a command's name.
func (l level) misplaced(word string) error {
	name, _, _ := strings.Cut(strings.TrimLeft(word, "-"), "=")
	for _, c := range l.commands {
		if findFlag(c.Flags, name) != nil {
			return badUsage(fmt.Sprintf("write it after the command: %s %s … %s", l.path, c.Name, word), "%s: %s stands before the command", l.path, word)
		}
	}
	return badUsage("", "%s: no such flag: %s", l.path, word)
}

// helpWords turns "help run", "--help" and "prompts --help" into what the
// library prints help for; an unknown topic falls back to the list.
func helpWords(app *cli.App, word string, topic []string) []string {
	if isHelp(word) {
		return []string{"--help"}
	}
	var path []string
	commands := app.Commands
	for _, t := range topic {
		cmd := find(commands, t)
		if cmd == nil {
			break
		}
		path, commands = append(path, cmd.Name), cmd.Subcommands
	}
	return append(path, "--help")
}

func isHelp(word string) bool { return word == "--help" || word == "-h" || word == "-help" }

func find(commands []*cli.Command, name string) *cli.Command {
	for _, c := range commands {
		if c.HasName(name) {
			return c
		}
	}
	return nil
}

func findFlag(flags []cli.Flag, name string) cli.Flag {
	for _, f := range flags {
		if slices.Contains(f.Names(), name) {
			return f
		}
	}
	return nil
}

// isSwitch reports whether a flag stands alone, without a value.
func isSwitch(f cli.Flag) bool {
	_, ok := f.(*cli.BoolFlag)
	return ok
}

// suggestFlag is a hint for a flag that is none.
func suggestFlag(name string, flags []cli.Flag) string {
	var names []string
	for _, f := range flags {
		for _, n := range f.Names() {
			if len(n) > 1 {
				names = append(names, "--"+n)
			}
		}
	}
	return suggest("--"+name, names)
}

// suggest is a hint that names the word nearest to a mistyped one, or "": one
// that begins with it, else one that differs by a letter or two.
func suggest(word string, names []string) string {
	for _, n := range names {
		if len(strings.TrimLeft(word, "-")) > 2 && strings.HasPrefix(n, word) {
			return fmt.Sprintf("did you mean %q?", n)
		}
	}
	best, limit := "", 3
	if len(strings.TrimLeft(word, "-")) <= 4 {
		limit = 2
	}
	for _, n := range names {
		if d := edits(word, n); d < limit {
			best, limit = n, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %q?", best)
}

// edits counts the letters to insert, delete, replace or swap between two words.
func edits(a, b string) int {
	prev2, prev := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(prev[j]+1, row[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], prev2[j-2]+1)
			}
		}
		prev2, prev = prev, row
	}
	return prev[len(b)]
}
