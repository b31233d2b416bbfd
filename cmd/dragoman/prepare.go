package main

import (
	"context"
	"os"
	"strings"
	"time"

	"dragoman/cmd/internal/batch"
	"dragoman/cmd/internal/config"
	"dragoman/cmd/internal/jobs"
	"dragoman/cmd/internal/store"
	"dragoman/cmd/internal/store/textless"
	"dragoman/pipeline"
	"dragoman/pipeline/news"
)

// planBatch is the configuration as the plan of a run, and the files it names
// with it, so that another process makes the same of an article.
func planBatch(cfg *config.Config, model string, fresh bool, decided *pipeline.Decisions) (*batch.Plan, error) {
	build, err := batch.ThisBuild()
	if err != nil {
		return nil, err
	}
	if _, err := promptSet(cfg.Prompts); err != nil { // its faults are named by file and line
		return nil, err
	}
	own, err := promptFiles(cfg.Prompts)
	if err != nil {
		return nil, err
	}
	terms, err := readGlossary(cfg.Glossary)
	if err != nil {
		return nil, err
	}
	digest := ""
	if cfg.NoStoreText { // why it was decided is not known to the next run
		decided = textless.WithoutReasons(decided)
	}
	if decided != nil {
		digest = batch.Digest(decided)
	}
	return &batch.Plan{
		Build: build, BaseURL: strings.TrimRight(cfg.BaseURL, "/"), Model: model, To: cfg.To, Long: cfg.Long, FailOn: cfg.FailOn, Checks: cfg.Checks,
		Context: cfg.ContextTokens, Prompts: own, Glossary: terms, Decisions: digest, Fresh: fresh,
		Transport: batch.Transport(cfg.Transport), NoStoreText: cfg.NoStoreText,
		Fallback: batch.Fallback{BaseURL: cfg.FallbackURL, Model: cfg.FallbackModel},
		Caps: batch.Caps{
			MaxCost: cfg.MaxCost, MaxCostDay: cfg.MaxCostPerDay, MaxTokens: int64(cfg.MaxTokens), Concurrency: cfg.Concurrency, RPM: cfg.RPM, TPM: cfg.TPM,
		},
	}, nil
}

// promptFiles are the files of a user's prompt folder by name; none for "".
func promptFiles(dir string) (map[string]string, error) {
	if dir == "" {
		return nil, nil
	}
	files, err := batch.PromptFiles(os.DirFS(dir))
	if err != nil {
		return nil, &usageError{err: err, hint: hintOf(err)}
	}
	return files, nil
}

// asPlanned is this process's configuration with a plan over it. The endpoint
// and its key stay this process's own.
func asPlanned(cfg *config.Config, plan *batch.Plan) (*config.Config, error) {
	if here := strings.TrimRight(cfg.BaseURL, "/"); here != plan.BaseURL {
		return nil, badUsage("set OPENAI_BASE_URL, or run a worker of that endpoint", "the run is planned for the endpoint %s, and this process has %s", plan.BaseURL, dash(here))
	}
	out := *cfg
	out.Model, out.To, out.Long, out.FailOn, out.Checks, out.ContextTokens = plan.Model, plan.To, plan.Long, plan.FailOn, plan.Checks, plan.Context
	out.Transport, out.FallbackModel, out.FallbackURL = string(plan.Transport), plan.Fallback.Model, plan.Fallback.BaseURL
	out.MaxCost, out.MaxCostPerDay, out.MaxTokens = plan.Caps.MaxCost, plan.Caps.MaxCostDay, int(plan.Caps.MaxTokens)
	out.RPM, out.TPM = plan.Caps.RPM, plan.Caps.TPM
	if plan.Caps.Concurrency > 0 {
		out.Concurrency = plan.Caps.Concurrency
	}
	return &out, nil
}

// prepare makes the pipelines of a run.
func (p *articleWorker) prepare(ctx context.Context, run store.Run) (*runPipelines, error) {
	plan, err := batch.ReadPlan(run.Plan)
	if err != nil {
		return nil, err
	}
	cfg, err := asPlanned(p.cfg, plan)
	if err != nil {
		return nil, err
	}
	set, err := plan.PromptSet()
	if err != nil {
		return nil, err
	}
	decided, err := p.st.Decisions.Recall(ctx)
	if err != nil {
		return nil, err
	}
	from := &answers{
		model: plan.Model, baseURL: cfg.BaseURL, ledger: p.st.Ledger, settled: p.st.Settled, purse: p.st.Purse, rates: p.st.Rates,
		account: runAccount(run.ID), many: true, network: p.live(), health: p.health,
	}
	for _, dir := range []string{stateFolder(cfg.State), p.out} {
		if dir != "" {
			from.disks = append(from.disks, dir)
		}
	}
	if plan.Transport == batch.BatchAPI {
		if from.network, err = p.viaBatches(); err != nil {
			return nil, err
		}
		from.patient = true
	}
	if from.profile, err = profileOf(ctx, cfg, p.st.Profiles, plan.Model); err != nil {
		return nil, err
	}
	if plan.Fresh {
		from.settled = forgetful{p.st.Settled}
	}
	made := &runPipelines{run: run, plan: plan, now: p.env.now, stop: make(chan struct{})}
	settings := news.Config{
		Model: plan.Model, Prompts: set, To: plan.To, Reuse: from.settled, Decisions: decided, Names: plan.Names, Glossary: plan.Glossary,
		Checks: plan.Checks, Context: from.profile.Context, Long: plan.Long, Now: func() time.Time { return p.env.now() }, Stop: made.stop,
	}
	if cfg.ContextTokens > 0 {
		settings.Context = cfg.ContextTokens
	}
	if p.events != nil {
		settings.Events = func(e pipeline.Event) { p.events(run.ID, e) }
	}
	if settings.Client, err = chain(p.env, cfg, runOptions{Fresh: plan.Fresh}, from); err != nil {
		return nil, err
	}
	if made.pipe, err = news.New(settings); err != nil {
		return nil, err
	}
	settings.Afresh = true
	if made.afresh, err = news.New(settings); err != nil {
		return nil, err
	}
	go func() {
		select {
		case <-p.patient.stop:
			made.end(jobs.ErrStopped)
		case <-p.patient.done:
		}
	}()
	return made, nil
}
