package main

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/urfave/cli/v2"

	"dragoman/cmd/internal/term"
	"dragoman/pipeline/llm/llmtest"
)

// pseudoOptions is what `pseudo` is told.
type pseudoOptions struct {
	Listen string
	Quiet  bool
	Server llmtest.Options
}

func pseudoCommand(env *environment) *cli.Command {
	return &cli.Command{
		Name:  "pseudo",
		Usage: "serve the pseudo model: an OpenAI-compatible server for trying out and load tests",
		Description: "Its answers are marked nonsense that passes the gate. Any key and any model name will do:\n" +
			"OPENAI_BASE_URL=http://127.0.0.1:8099/v1 dragoman run article.txt\n" +
			"GET /journal says as JSON how many calls came, how many bodies twice, and how many in one second; DELETE /journal begins anew.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "listen", Usage: "`ADDRESS` to listen on; only this machine's own addresses", Value: "127.0.0.1:8099"},
			&cli.DurationFlag{Name: "latency", Usage: "wait `TIME` before each answer, such as 200ms"},
			&cli.DurationFlag{Name: "batch-latency", Usage: "end a batch of the Batch API after `TIME`, such as 10s"},
			&cli.IntFlag{Name: "rpm", Usage: "admit `N` calls a minute and answer 429 to the rest; 0 is no limit"},
			&cli.IntFlag{Name: "per-second", Usage: "admit `N` calls in any one second, answer 429 to the rest, and say in x-ratelimit headers what is left; 0 is no limit"},
			&cli.IntFlag{Name: "context", Usage: "refuse what is longer than `N` tokens, as llama.cpp does; 0 is 131072"},
			&cli.IntFlag{Name: "slots", Usage: "work on `N` calls at once; 0 is no limit"},
			&cli.BoolFlag{Name: "prefix-cache", Usage: "say how many tokens of a question an earlier one began with, as a prompt cache does"},
			&cli.BoolFlag{Name: "no-usage", Usage: "never say how many tokens were used"},
			&cli.BoolFlag{Name: "no-schema", Usage: "refuse response_format json_schema"},
			&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "do not say where it listens"},
		},
		Action: func(c *cli.Context) error {
			if err := wants(c, 0, 0, "no arguments"); err != nil {
				return err
			}
			for _, name := range []string{"rpm", "per-second", "context", "slots"} {
				if c.Int(name) < 0 {
					return badUsage("", "pseudo: --%s must be 0 or more", name)
				}
			}
			for _, name := range []string{"latency", "batch-latency"} {
				if c.Duration(name) < 0 {
					return badUsage("", "pseudo: --%s must be 0 or more", name)
				}
			}
			return runPseudo(c.Context, env, pseudoOptions{
				Listen: c.String("listen"), Quiet: c.Bool("quiet"),
				Server: llmtest.Options{
					Latency: c.Duration("latency"), Batch: llmtest.Batches{Latency: c.Duration("batch-latency")}, RPM: c.Int("rpm"), PerSecond: c.Int("per-second"), ContextSize: c.Int("context"),
					Slots: c.Int("slots"), PrefixCache: c.Bool("prefix-cache"), Quiet: true, NoUsage: c.Bool("no-usage"), RefuseSchema: c.Bool("no-schema"),
				},
			})
		},
	}
}

// runPseudo serves until it is told to stop, which is how it is meant to end:
// the signal's exit code still says so. Its base URL is the one line on stdout.
func runPseudo(ctx context.Context, env *environment, opts pseudoOptions) error {
	host, _, err := net.SplitHostPort(opts.Listen)
	if err != nil {
		return badUsage("", "pseudo: --listen must be an address with its port, such as 127.0.0.1:8099: %w", err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return badUsage("", "pseudo: --listen must be an address of this machine alone, such as 127.0.0.1:8099, not %q", opts.Listen)
	}
	server := llmtest.NewServer(opts.Server)
	if err := server.Start(opts.Listen); err != nil {
		return badUsage("", "pseudo: %w", err)
	}
	if _, err := fmt.Fprintln(env.stdout, server.URL()); err != nil {
		return err
	}
	if !opts.Quiet {
		fmt.Fprintf(env.stderr, "the pseudo model answers at %s until it is stopped\n", server.URL())
	}
	start := env.now()
	<-ctx.Done()
	if err := server.Close(); err != nil {
		return err
	}
	if !opts.Quiet {
		fmt.Fprintf(env.stderr, "%s in %s\n", term.Count(server.Count(), "call"), env.now().Sub(start).Round(time.Second))
	}
	return &outcome{errs: []error{told{stopped(ctx)}}}
}
