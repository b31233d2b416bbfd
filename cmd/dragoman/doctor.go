package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/urfave/cli/v2"

	"dragoman/cmd/internal/config"
	"dragoman/cmd/internal/term"
	"dragoman/pipeline"
	"dragoman/pipeline/llm"
)

// localServer is a model server that people run on their own machine, at the
// port it has without further settings.
type localServer struct {
	name string
	url  string
}

// localServers are where doctor looks when nothing is configured.
func localServers() []localServer {
	return []localServer{
		{"Ollama", "http://127.0.0.1:11434/v1"},
		{"llama.cpp", "http://127.0.0.1:8080/v1"},
		{"LM Studio", "http://127.0.0.1:1234/v1"},
		{"vLLM", "http://127.0.0.1:8000/v1"},
	}
}

// lookTimeout bounds the look at one port of this machine.
const lookTimeout = 2 * time.Second

func doctorCommand(env *environment) *cli.Command {
	return &cli.Command{
		Name:  "doctor",
		Usage: "find out what the endpoint can do, and keep it for the runs to come",
		Description: "Asks the endpoint two short questions (some 500 tokens). With nothing configured it looks\n" +
			"for model servers on this machine and prints the command to use what it finds.",
		Flags: append(settings("model", "timeout"), &cli.BoolFlag{Name: "json", Usage: "print the profile as JSON"}),
		Action: func(c *cli.Context) error {
			if err := wants(c, 0, 0, "no arguments"); err != nil {
				return err
			}
			cfg, err := load(c, env)
			if err != nil {
				return err
			}
			if !cfg.Configured() {
				return lookAround(c.Context, env, localServers(), c.Bool("json"))
			}
			return examine(c.Context, env, cfg, c.Bool("json"))
		},
	}
}

// found is one server on this machine.
type found struct {
	Server  string   `json:"server"`
	BaseURL string   `json:"baseUrl"`
	Models  []string `json:"models"`
}

// lookAround asks the usual ports of this machine which models they have.
func lookAround(ctx context.Context, env *environment, servers []localServer, asJSON bool) error {
	hits := make([]*found, len(servers))
	var wg sync.WaitGroup
	for i, s := range servers {
		wg.Go(func() {
			models, err := listModels(ctx, s.url, llm.Secret{}, lookTimeout)
			if err == nil || pipeline.CodeOf(err) == pipeline.Auth {
				hits[i] = &found{Server: s.name, BaseURL: s.url, Models: models}
			}
		})
	}
	wg.Wait()
	if sig := stopped(ctx); sig != nil {
		return sig
	}
	any := false
	for _, h := range hits {
		if h == nil {
			continue
		}
		any = true
		if asJSON {
			if err := json.NewEncoder(env.stdout).Encode(h); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(env.stdout, "%s answers at %s, %s\n", h.Server, h.BaseURL, term.Count(len(h.Models), "model"))
		for _, m := range h.Models {
			fmt.Fprintf(env.stdout, "  OPENAI_BASE_URL=%s dragoman run --model %s FILE\n", h.BaseURL, shellWord(m))
		}
	}
	if any {
		return nil
	}
	var ports []string
	for _, s := range servers {
		ports = append(ports, s.name+" "+s.url)
	}
	fmt.Fprintf(env.stderr, "no model server answers on this machine (%s)\n", strings.Join(ports, ", "))
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
	model := cfg.Model
	if model == "" {
		var err error
		if model, err = onlyModel(ctx, cfg); err != nil {
			return err
		}
	}
	profile, err := probe(ctx, env, cfg, model)
	if err != nil {
		return err
	}
	profile.Probed = env.now().UTC().Truncate(time.Second)
	file, err := storeProfile(cfg, profile)
	if err != nil {
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
	return term.Table(env.stdout, profileRows(cfg, profile, prices, file))
}

// profileRows is the profile for a person.
func profileRows(cfg *config.Config, p llm.Profile, prices llm.Prices, file string) [][]string {
	yes := func(b bool, no string) string {
		if b {
			return "yes"
		}
		return no
	}
	number := func(n int, unit string) string {
		if n == 0 {
			return "unknown"
		}
		return term.Number(n) + unit
	}
	key := "none"
	if cfg.APIKey.Set() {
		key = cfg.APIKey.String()
	}
	price := "unknown; cap runs with --max-tokens"
	if pr, ok := prices.Of(p.Model); ok {
		price = fmt.Sprintf("%s in, %s out, a million tokens", pipeline.Money{Micros: pr.Input, Currency: pr.Currency}, pipeline.Money{Micros: pr.Output, Currency: pr.Currency})
	}
	schema := map[llm.Rung]string{
		llm.RungSchema: "accepted, not enforced while decoding", llm.RungObject: "refused; JSON mode works", llm.RungPlain: "refused, JSON mode too",
	}[p.Rung]
	if p.Enforced {
		schema = "enforced while decoding"
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
		{"streaming", yes(!p.NoStream, "no")},
		{"usage", yes(!p.NoUsage, "not told; counted from above")},
		{"finish", yes(!p.DoneOnly, "not told; [DONE] counts")},
		{"price", price},
		{"profile", file},
		{"state", cfg.State + "  (" + cfg.Origin("state") + ")"},
	}
}
