package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"dragoman/cmd/internal/config"
	"dragoman/cmd/internal/term"
	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/openai"
)

func doctorCommand(env *environment) *cli.Command {
	return &cli.Command{
		Name:  "doctor",
		Usage: "find out what the endpoint can do, and keep it for the runs to come",
		Description: "Asks the endpoint five to eight short questions. With nothing configured it looks for\n" +
			"model servers on this machine and prints the command to use what it finds.",
		Flags: append(settings("model", "state"), &cli.BoolFlag{Name: "json", Usage: "print JSON"}),
		Action: func(c *cli.Context) error {
			if err := wants(c, 0, 0, "no arguments"); err != nil {
				return err
			}
			cfg, err := load(c, env)
			if err != nil {
				return err
			}
			if cfg.Configured() {
				return examine(c.Context, env, cfg, c.Bool("json"))
			}
			servers := openai.FindLocal(c.Context)
			if sig := stopped(c.Context); sig != nil {
				return sig
			}
			return printServers(env, servers, c.Bool("json"))
		},
	}
}

// serverLine is what --json prints of a server found on this machine.
type serverLine struct {
	Server  string   `json:"server"`
	BaseURL string   `json:"baseUrl"`
	Models  []string `json:"models"`
}

// printServers prints the servers found on this machine, and the command to
// use each of their models.
func printServers(env *environment, servers []openai.Local, asJSON bool) error {
	for _, s := range servers {
		line := serverLine{Server: s.Server, BaseURL: s.BaseURL, Models: []string{}}
		for _, m := range s.Models {
			line.Models = append(line.Models, m.ID)
		}
		if asJSON {
			if err := json.NewEncoder(env.stdout).Encode(line); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(env.stdout, "%s answers at %s, with %s\n", s.Server, s.BaseURL, term.Count(len(line.Models), "model"))
		for _, m := range line.Models {
			fmt.Fprintf(env.stdout, "  OPENAI_BASE_URL=%s dragoman run --model %s FILE\n", s.BaseURL, shellWord(m))
		}
	}
	if len(servers) > 0 {
		return nil
	}
	fmt.Fprintln(env.stderr, "no model server answers on this machine (Ollama 11434, llama.cpp 8080, LM Studio 1234, vLLM 8000)")
	return &pipeline.Error{Code: pipeline.Unavailable, Err: errors.New(unconfigured)}
}

// shellWord quotes a word for a shell where that is needed.
func shellWord(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// examine asks the configured endpoint what it can do, stores the profile and
// prints it.
func examine(ctx context.Context, env *environment, cfg *config.Config, asJSON bool) error {
	profile, err := openai.Probe(ctx, at(cfg))
	if sig := stopped(ctx); sig != nil {
		return sig
	}
	if err != nil {
		return err
	}
	profile.Probed = env.now().UTC().Truncate(time.Second)
	if err := saveProfile(ctx, env, cfg, profile); err != nil {
		return err
	}
	if asJSON {
		enc := json.NewEncoder(env.stdout)
		enc.SetEscapeHTML(false)
		return enc.Encode(profile)
	}
	prices, err := priceList(cfg, &answers{})
	if err != nil {
		return err
	}
	return term.Table(env.stdout, profileRows(cfg, profile, prices))
}

// saveProfile keeps a profile in the state.
func saveProfile(ctx context.Context, env *environment, cfg *config.Config, p llm.Profile) (err error) {
	kept := &keeping{cfg: cfg, now: env.now}
	defer func() { err = closing(err, kept.close) }()
	st, err := kept.store(ctx)
	if err != nil {
		return err
	}
	return st.Profiles.Save(ctx, p.Endpoint, p.Model, p)
}

// profileRows is the profile for a person.
func profileRows(cfg *config.Config, p llm.Profile, prices llm.Prices) [][]string {
	unless := func(not bool, no string) string {
		if not {
			return no
		}
		return "yes"
	}
	number := func(n int, unit string) string {
		if n == 0 {
			return "unknown"
		}
		return term.Number(n) + unit
	}
	price := "unknown; cap runs with --max-tokens"
	if x, ok := prices.Of(p.Model); ok {
		price = fmt.Sprintf("%s in, %s out, a million tokens", pipeline.Money{Micros: x.Input, Currency: x.Currency}, pipeline.Money{Micros: x.Output, Currency: x.Currency})
	}
	schema := map[llm.Rung]string{
		llm.RungSchema: "accepted, not enforced while decoding", llm.RungObject: "refused; JSON mode works", llm.RungPlain: "refused, and JSON mode too",
	}[p.Start()]
	if p.Enforced {
		schema = "enforced while decoding"
	}
	key := "none"
	if cfg.APIKey.Set() {
		key = cfg.APIKey.String()
	}
	return [][]string{
		{"endpoint", p.Endpoint + "  (" + cfg.Origin("base-url") + ")"},
		{"key", key},
		{"server", dash(p.Server)},
		{"model", p.Model},
		{"answering", dash(p.Answering)},
		{"JSON schema", schema},
		{"context", number(p.Context, " tokens")},
		{"at once", number(p.Slots, "")},
		{"streaming", unless(p.NoStream, "no")},
		{"usage", unless(p.NoUsage, "not told; counted from above")},
		{"finish", unless(p.DoneOnly, "not told; [DONE] counts")},
		{"price", price},
		{"state", cfg.StateName() + "  (" + cfg.Origin("state") + ")"},
	}
}
