package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"dragoman/cmd/internal/config"
)

// dispatch finds the command that the arguments name and runs it.
func dispatch(ctx context.Context, env *environment, args []string) error {
	app := newApp(env)
	if n := len(args); n > 1 && args[n-1] == completionFlag {
		complete(app, args[1:n-1], env.stdout)
		return nil
	}
	if len(args) == 0 {
		args = []string{app.Name}
	}
	if len(args) == 2 && (args[1] == "--version" || args[1] == "-v") {
		args = []string{args[0], "version"}
	}
	words, err := arrange(app, args)
	if err != nil {
		return err
	}
	return app.RunContext(ctx, words)
}

func newApp(env *environment) *cli.App {
	app := &cli.App{
		Name:      "dragoman",
		Usage:     "an English article in; corrections, a summary and editions in other languages out",
		UsageText: "dragoman COMMAND [flags] [arguments]        flags and file names may stand in any order",
		Description: "Exit codes: 0 done; 1 an edition exists, but a sentence failed or a finding at or above\n" +
			"--fail-on remains; 2 usage or configuration; 3 an article has no edition; 4 budget or quota\n" +
			"reached; 5 endpoint or state not configured, refused, unreachable or full; 75 another run\n" +
			"holds the lock; 130, 143 interrupted. After 4, 5, 75, 130 and 143 the same command goes on.",
		Reader:                 env.stdin,
		Writer:                 env.stdout,
		ErrWriter:              env.stderr,
		HideVersion:            true,
		HideHelpCommand:        true,
		ExitErrHandler:         func(*cli.Context, error) {}, // exit codes are run's
		OnUsageError:           func(_ *cli.Context, err error, _ bool) error { return badUsage("", "%w", err) },
		CustomAppHelpTemplate:  appHelp,
		UseShortOptionHandling: false,
		Commands: []*cli.Command{
			runCommand(env),
			stageCommand(env, "normalize", "recognise the parts of an article, mend its characters, split it into sentences (asks no model)"),
			stageCommand(env, "correct", "correct an article; every change is a tracked, reversible edit"),
			stageCommand(env, "summarize", "correct and summarize an article; every sentence names its evidence"),
			stageCommand(env, "translate", "correct and translate an article, sentence by sentence"),
			batchCommand(env),
			estimateCommand(env),
			workerCommand(env),
			scheduleCommand(env),
			jobsCommand(env),
			namesCommand(env),
			checkCommand(env),
			exportCommand(env),
			promptsCommand(env),
			repliesCommand(env),
			pruneCommand(env),
			purgeCommand(env),
			doctorCommand(env),
			pseudoCommand(env),
			demoCommand(env),
			versionCommand(env),
			completionCommand(env),
		},
	}
	for _, c := range app.Commands {
		finish(c)
	}
	return app
}

// finish sets on a command and those below it what holds for all of them.
func finish(c *cli.Command) {
	c.HideHelpCommand = true // a file may be called "help"
	c.OnUsageError = func(_ *cli.Context, err error, _ bool) error {
		return badUsage("", "dragoman %s: %w", c.Name, err)
	}
	for _, f := range c.Flags {
		if b, ok := f.(*cli.BoolFlag); ok {
			b.DisableDefaultText = true
		}
	}
	for _, sub := range c.Subcommands {
		finish(sub)
	}
}

const appHelp = `{{.Name}}: {{.Usage}}

usage: {{.UsageText}}

commands:{{range .VisibleCommands}}
   {{printf "%-12s" .Name}} {{.Usage}}{{end}}

"dragoman COMMAND --help" says more about one. Settings stand in dragoman.yaml and in
the environment too: --max-cost is max-cost: there and DRAGOMAN_MAX_COST here. The endpoint
is OPENAI_BASE_URL (base-url:), its key OPENAI_API_KEY or a file named by OPENAI_API_KEY_FILE.

{{.Description}}
`

// settings are flags for configuration settings, with the help that package
// config has for them.
func settings(names ...string) []cli.Flag {
	flags := []cli.Flag{&cli.StringFlag{Name: "config", Usage: "configuration `FILE` (default: dragoman.yaml here, then in the user's configuration folder)"}}
	for _, name := range names {
		if name == "long" || name == "no-store-text" {
			flags = append(flags, &cli.BoolFlag{Name: name, Usage: config.Usage(name)})
			continue
		}
		if name == "check-mode" {
			flags = append(flags, &cli.StringSliceFlag{Name: name, Usage: config.Usage(name)})
			continue
		}
		flags = append(flags, &cli.StringFlag{Name: name, Usage: config.Usage(name)})
	}
	return flags
}

// load reads the configuration with the command's flags over it.
func load(c *cli.Context, env *environment) (*config.Config, error) {
	set := map[string]string{}
	for _, name := range c.LocalFlagNames() {
		switch {
		case config.Usage(name) == "":
		case name == "check-mode":
			set[name] = strings.Join(c.StringSlice(name), ",")
		default:
			set[name] = fmt.Sprint(c.Value(name))
		}
	}
	dir, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	cfg, err := config.Load(config.Sources{File: c.String("config"), Dir: dir, Env: env.env, Names: config.EnvNames(), Flags: set})
	if err != nil {
		return nil, &usageError{err: err}
	}
	for _, line := range cfg.WideKeys() {
		fmt.Fprintf(env.stderr, "note: %s\n", line)
	}
	return cfg, nil
}

// wants checks how many arguments a command got.
func wants(c *cli.Context, least, most int, what string) error {
	n := c.NArg()
	if n >= least && (most < 0 || n <= most) {
		return nil
	}
	name := strings.TrimSpace(c.Command.HelpName)
	if n < least {
		return badUsage("dragoman "+shortName(name)+" --help", "%s wants %s", shortName(name), what)
	}
	return badUsage("", "%s wants %s, and no more: %q is too much", shortName(name), what, c.Args().Get(most))
}

// shortName takes the program's name off a command's.
func shortName(name string) string {
	return strings.TrimPrefix(name, "dragoman ")
}
