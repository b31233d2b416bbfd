package main

import (
	"context"
	"log/slog"
	"path/filepath"
	"strings"

	"dragoman/cmd/internal/config"
	"dragoman/cmd/internal/jobs"
	"dragoman/cmd/internal/store/open"
)

// localArticles is how many articles are worked on at once with a model on this
// machine where nothing says how many calls are made at once: such a server has
// few slots.
const localArticles = 4

// batchArticles is how many articles wait for the Batch API at once: their
// questions fill files. 2,000 short ones take about 1 GB of memory, with all
// their calls waiting.
const batchArticles = 2000

// articlesAtOnce is how many articles a process works on at once: twice as many
// as calls, so that no call that may be made waits for an article (of 64 at once
// 93 % were in use with as many articles, 97 % with half as many again; twice as
// many gain another hundredth of the throughput).
// Under a cap it is half as many as calls, which is slower, since what a cap
// ends early is then little.
func articlesAtOnce(cfg *config.Config) int {
	if cfg.Transport == config.Batch {
		return batchArticles
	}
	switch {
	case cfg.Concurrency > 0:
		return articlesFor(cfg.Concurrency, capped(cfg))
	case isLocal(cfg.BaseURL):
		return localArticles
	}
	return articlesFor(mostAtOnce, capped(cfg))
}

func articlesFor(calls int, capped bool) int {
	if capped {
		return calls/2 + 1
	}
	return 2 * calls
}

// capped reports whether a cap may end the work early.
func capped(cfg *config.Config) bool {
	return cfg.MaxCost != nil || cfg.MaxTokens > 0 || cfg.MaxCostPerDay != nil
}

// openEngine opens the jobs of the state. Without work the engine takes none;
// with it, those of these runs. Say, if set, is told of its troubles.
func openEngine(ctx context.Context, cfg *config.Config, work jobs.Work, ended func(jobs.Info), say func(string), runs ...string) (*jobs.Engine, error) {
	url, leases := enginePlace(cfg.State, cfg.Transport)
	engine, err := jobs.Open(ctx, jobs.Config{
		URL: url, Leases: leases, Work: work, Concurrency: articlesAtOnce(cfg), Ended: ended, Runs: append([]string{}, runs...), Logger: warnings(say),
	})
	if err != nil {
		return nil, stateError(err)
	}
	return engine, nil
}

// warnings is a log whose warnings are said, a line each; nil for nobody.
func warnings(say func(string)) *slog.Logger {
	if say == nil {
		return nil
	}
	return slog.New(slog.NewTextHandler(sayer(say), &slog.HandlerOptions{
		Level: slog.LevelWarn,
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey) {
				return slog.Attr{}
			}
			return a
		},
	}))
}

// sayer writes lines by saying them.
type sayer func(string)

// Write says a line.
func (s sayer) Write(p []byte) (int, error) {
	s("jobs: " + strings.TrimSpace(string(p)))
	return len(p), nil
}

// stateFolder is the folder of a state on this machine, or "".
func stateFolder(state string) string {
	if strings.Contains(state, "://") {
		return ""
	}
	if file, ok := strings.CutPrefix(state, "sqlite:"); ok {
		return filepath.Dir(file)
	}
	return strings.TrimPrefix(state, "folder:")
}

// enginePlace is where the jobs of a state are kept: in the same database
// server, or in a file beside the state's. Those that ask through the Batch API
// have a file of their own, since one process at a time can take them.
func enginePlace(state, transport string) (url, leases string) {
	if strings.Contains(state, "://") {
		return state, ""
	}
	file, ok := strings.CutPrefix(state, "sqlite:")
	if !ok {
		file = filepath.Join(state, open.File)
	}
	stem := strings.TrimSuffix(file, filepath.Ext(file))
	if transport == config.Batch {
		stem += "-batchapi"
	}
	return "sqlite:" + stem + "-jobs.db", stem + "-leases"
}
