package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"dragoman/cmd/internal/config"
	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/llmtest"
	"dragoman/pipeline/llm/wire"
	"dragoman/pipeline/news"
	"dragoman/pipeline/reuse"
)

// engine is a pipeline that is ready to take articles.
type engine struct {
	run   running
	notes func(docs []*pipeline.Document) []string // what a person should know at the end of the run
	close func() error
}

// answers is where the answers of a run come from, and where they are kept.
type answers struct {
	model   string
	baseURL string
	profile llm.Profile
	network http.RoundTripper // nil: the real one
	ledger  llm.Ledger
	settled reuse.Store
	author  pipeline.Author
	offline bool            // nothing is waited for, no clock enters the output
	replay  *llm.Recordings // of --replay
	misses  *misses         // of --replay
	purse   wire.Purse      // spending over several runs; nil where there is no state
	account string          // of this run in the purse; "" where its chain counts
	many    bool            // it is a batch's: pauses are shared, and concurrency finds itself
	health  *wire.Breakers  // of the endpoints, over the runs of a process; nil: each chain has its own
	disks   []string        // folders whose disks must have room before a call is made
	rates   wire.Rates      // rates over several processes; nil where there is no state
	patient bool            // network is the Batch API
	uses    store.Uses      // which articles used what; nil where nobody notes it
}

// wireUp puts a run together: configuration, answers, the chain to the model,
// the pipeline. Nothing else knows all parts.
func wireUp(ctx context.Context, env *environment, cfg *config.Config, opts runOptions, out *reporter) (made *engine, err error) {
	kept := &keeping{cfg: cfg, now: env.now}
	patient := hearOut(ctx, graceTime, out.say)
	var queued *batches
	closing := func() error {
		err := queued.Close()
		patient.close()
		return errors.Join(err, kept.close())
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, closing())
		}
	}()
	if cfg.NoStoreText && opts.Record != "" {
		return nil, badUsage("leave --record or no-store-text out", "a recording holds the texts of every exchange, and with no-store-text no text is kept")
	}
	if err := batchesPossible(cfg); err != nil && opts.Replay == "" && !opts.Pseudo {
		return nil, err
	}
	plan, given, err := planOf(ctx, env, cfg, opts, kept, out)
	if err != nil {
		return nil, err
	}
	from := &answers{settled: reuse.None{}}
	if plan.Until != news.Normalize {
		if from, err = answering(ctx, cfg, opts, kept); err != nil {
			return nil, err
		}
		if from.network == nil {
			from.network = wire.Network()
		}
		if from.replay == nil {
			from.network = patient.network(from.network)
		}
		if cfg.Transport == config.Batch && from.replay == nil && !opts.Pseudo {
			if queued, err = openBatches(cfg, from.network, out.say); err != nil {
				return nil, err
			}
			from.network, from.patient = queued, true
		}
		if plan.Client, err = chain(env, cfg, opts, from); err != nil {
			return nil, err
		}
	}
	plan.Model, plan.Reuse, plan.Author, plan.Context = from.model, from.settled, from.author, from.profile.Context
	if cfg.ContextTokens > 0 {
		plan.Context = cfg.ContextTokens
	}
	if from.offline {
		plan.Now = from.recorded()
	}
	pipe, err := news.New(plan)
	if err != nil {
		return nil, err
	}
	notes := func(docs []*pipeline.Document) []string {
		return append(from.notes(), strayDecisions(given, docs)...)
	}
	run := running(func(_ context.Context, art *pipeline.Article) (*pipeline.Document, error) {
		return pipe.Run(patient.calls, art)
	})
	if from.uses != nil {
		run = noting(run, from.uses)
	}
	if from.misses != nil {
		run = from.misses.whole(run, opts.recording(cfg, from.model))
	}
	return &engine{run: run, close: closing, notes: notes}, nil
}

// planOf is what the configuration and the files it names say about a run.
// given are the decisions of this run's own file, which are part of the plan's.
func planOf(ctx context.Context, env *environment, cfg *config.Config, opts runOptions, kept *keeping, out *reporter) (plan news.Config, given *pipeline.Decisions, err error) {
	plan = news.Config{
		To: cfg.To, Long: cfg.Long, Until: news.Stage(opts.Until), Afresh: true,
		Checks: cfg.Checks, Events: out.event, Now: env.now, Stop: ctx.Done(),
	}
	if plan.Prompts, err = promptSet(cfg.Prompts); err != nil {
		return plan, nil, err
	}
	if plan.Glossary, err = readGlossary(cfg.Glossary); err != nil {
		return plan, nil, err
	}
	if opts.Decisions != "" {
		if given, err = readDecisions(opts.Decisions); err != nil {
			return plan, nil, err
		}
	}
	plan.Decisions, err = decisions(ctx, kept, opts, given)
	return plan, given, err
}

// answering decides who answers: recordings, the pseudo model, or an endpoint.
func answering(ctx context.Context, cfg *config.Config, opts runOptions, kept *keeping) (*answers, error) {
	switch {
	case opts.Replay != "":
		recs, err := llm.OpenRecordings(opts.Replay, false)
		if err != nil {
			return nil, &usageError{err: err, hint: hintOf(err)}
		}
		info := recs.Info()
		if cfg.Model != "" && cfg.Model != info.Model {
			return nil, badUsage("leave --model out: the recordings name theirs", "the recordings in %s are of the model %q, not of %q", opts.Replay, info.Model, cfg.Model)
		}
		missed := newMisses(recs)
		return &answers{
			model: info.Model, baseURL: "http://replay.invalid/v1", profile: info.Profile, network: missed,
			ledger: llm.NewMemory(), settled: reuse.None{}, offline: true, replay: recs, misses: missed, author: authorOf(info),
		}, nil
	case opts.Pseudo:
		server := llmtest.NewServer(llmtest.Options{})
		return &answers{
			model: llmtest.ModelName, baseURL: "http://pseudo.invalid/v1", profile: llm.Profile{Context: pseudoContext}, network: server.Transport(),
			ledger: llm.NewMemory(), settled: reuse.None{},
		}, nil
	case !cfg.Configured():
		return nil, &pipeline.Error{Code: pipeline.Unavailable, Err: errors.New(unconfigured)}
	}
	return endpoint(ctx, cfg, opts, kept)
}

// recorded is the clock of a replay: the day of the recording, so that the
// edition has its date again, or none.
func (a *answers) recorded() func() time.Time {
	if a.replay == nil || a.replay.Info().Date.IsZero() {
		return nil
	}
	return func() time.Time { return a.replay.Info().Date }
}

// authorOf says who wrote recorded replies: a model, or a person.
func authorOf(info llm.RecordingsInfo) pipeline.Author {
	if info.Provenance == llm.Authored {
		return pipeline.Authored
	}
	return pipeline.AIAutonomous
}

// pseudoContext is the context that the pseudo model has where none is set.
const pseudoContext = 131072

// unconfigured says in three lines how to get a model.
const unconfigured = `no model to ask. With a key: set OPENAI_API_KEY (and OPENAI_BASE_URL for another service than OpenAI);
with a server on this machine: set OPENAI_BASE_URL, such as http://127.0.0.1:11434/v1 ("dragoman doctor" looks for one);
without a model: try "dragoman run --pseudo FILE", or repeat a recorded run with --replay DIR, or see "dragoman demo"`

// endpoint opens the state and names the model of the endpoint.
func endpoint(ctx context.Context, cfg *config.Config, opts runOptions, kept *keeping) (*answers, error) {
	st, err := kept.store(ctx)
	if err != nil {
		return nil, err
	}
	model, err := modelOf(ctx, cfg)
	if err != nil {
		return nil, err
	}
	a := &answers{model: model, baseURL: cfg.BaseURL, ledger: st.Ledger, settled: st.Settled, purse: st.Purse, rates: st.Rates, uses: st.Uses}
	if a.profile, err = profileOf(ctx, cfg, st.Profiles, model); err != nil {
		return nil, err
	}
	if opts.Fresh || opts.Record != "" {
		a.settled = forgetful{st.Settled}
	}
	if dir := stateFolder(cfg.State); dir != "" {
		a.disks = []string{dir}
	}
	if cfg.FallbackModel != "" { // two chains pay from one purse
		if a.purse == nil && (cfg.MaxCost != nil || cfg.MaxTokens > 0) {
			return nil, badUsage("set DRAGOMAN_STATE to a database", "caps over two models need a database, and %s is a folder of files", cfg.StateName())
		}
		a.account = runAccount(fmt.Sprintf("single-%d-%d", os.Getpid(), time.Now().UnixNano()))
	}
	return a, nil
}

// forgetful keeps settled answers for later runs and finds none: --fresh.
type forgetful struct{ reuse.Store }

// Find finds nothing.
func (forgetful) Find(_, _, _ string) ([]reuse.Entry, error) { return nil, nil }

// provenance says where recordings made at an endpoint come from.
func provenance(baseURL string) llm.Provenance {
	if isLocal(baseURL) {
		return llm.LocalModel
	}
	return llm.Live
}

// notes are what a person should know at the end: recordings nobody asked for,
// and stored replies that could not be read and count as not stored.
func (a *answers) notes() []string {
	var notes []string
	if a.replay != nil && !a.misses.any() {
		if unused := a.replay.Unused(); len(unused) > 0 {
			notes = append(notes, fmt.Sprintf("%d recordings were not asked for: %s", len(unused), strings.Join(unused, ", ")))
		}
	}
	if kept, ok := a.ledger.(store.Damaged); ok {
		if damaged := kept.Damaged(); len(damaged) > 0 {
			notes = append(notes, fmt.Sprintf("%d stored replies are damaged and count as not stored: %s", len(damaged), strings.Join(damaged, ", ")))
		}
	}
	return notes
}

// openRecordings opens a folder that was named to be looked at: a ledger.
func openRecordings(dir string) (llm.Ledger, error) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, badUsage("", "replies: %s is no folder", dir)
	}
	if llm.IsRecordings(dir) {
		return nil, badUsage("they are readable files: look into the folder", "replies: %s holds recordings, not stored replies", dir)
	}
	return llm.OpenFolder(dir)
}
