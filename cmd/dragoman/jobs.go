package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"dragoman/cmd/internal/config"
	"dragoman/cmd/internal/jobs"
	"dragoman/cmd/internal/store"
	"dragoman/cmd/internal/term"
)

func jobsCommand(env *environment) *cli.Command {
	asJSON := &cli.BoolFlag{Name: "json", Usage: "print one JSON object a job"}
	// each is one of the commands below: its flags, and its work on an engine
	// that takes no jobs.
	each := func(name, args, usage string, least, most int, flags []cli.Flag, do func(*cli.Context, *jobAdmin) error) *cli.Command {
		return &cli.Command{
			Name: name, ArgsUsage: args, Usage: usage, Flags: append(settings("state", "transport"), flags...),
			Action: func(c *cli.Context) error {
				if err := wants(c, least, most, "the ids of jobs"); err != nil {
					return err
				}
				return withJobs(c, env, func(d *jobAdmin) error { return do(c, d) })
			},
		}
	}
	return &cli.Command{
		Name:  "jobs",
		Usage: "the articles of batches as jobs: list, cancel, retry, pause",
		Subcommands: []*cli.Command{
			each("list", " ", "one line a job", 0, 0, []cli.Flag{
				&cli.StringFlag{Name: "run", Usage: "only of the run `ID`"},
				&cli.StringFlag{Name: "status", Usage: "only those that are `STATUS`: queued, running, left (by a process that is gone), done, failed or cancelled"},
				&cli.StringFlag{Name: "article", Usage: "only those whose article is `STATE`: done, flagged, failed or stopped"},
				&cli.IntFlag{Name: "limit", Usage: "`N` at most; 0 is all", Value: 100}, asJSON,
			}, jobsList),
			each("show", "JOB", "one job, and the account of its article", 1, 1, []cli.Flag{asJSON}, jobsShow),
			each("cancel", "JOB… | --run ID", "cancel jobs; a call that is in flight is aborted", 0, -1, []cli.Flag{
				&cli.StringFlag{Name: "run", Usage: "every job of the run `ID` that has not ended"},
			}, jobsCancel),
			each("retry", "JOB… | --run ID", "begin jobs again whose article failed, is flagged or was left; failed sentences are asked afresh", 0, -1, []cli.Flag{
				&cli.StringFlag{Name: "run", Usage: "every job of the run `ID` that failed or was cancelled, or whose article failed or is flagged"},
			}, jobsRetry),
			each("pause", " ", "let no further job begin, in any process, until resume", 0, 0, nil, func(c *cli.Context, d *jobAdmin) error { return d.engine.Pause(c.Context) }),
			each("resume", " ", "end a pause", 0, 0, nil, func(c *cli.Context, d *jobAdmin) error { return d.engine.Resume(c.Context) }),
			each("prune", " ", "forget ended jobs; articles and replies stay", 0, 0, []cli.Flag{
				&cli.DurationFlag{Name: "older-than", Usage: "those that ended `TIME` ago or before", Value: keepJobs},
			}, jobsPrune),
			each("migrate", " ", "bring the state and its jobs up to date with this program, which every command does at its start", 0, 0, nil, jobsMigrate),
		},
	}
}

// jobAdmin is what administers jobs.
type jobAdmin struct {
	env    *environment
	cfg    *config.Config
	st     *store.Store
	engine *jobs.Engine
}

// withJobs opens the state and its jobs.
func withJobs(c *cli.Context, env *environment, do func(*jobAdmin) error) (err error) {
	cfg, err := load(c, env)
	if err != nil {
		return err
	}
	kept := &keeping{cfg: cfg, now: env.now}
	defer func() { err = closing(err, kept.close) }()
	if looks := c.Command.Name == "list" || c.Command.Name == "prune"; looks && kept.empty() {
		fmt.Fprintf(env.stderr, "note: there are no jobs: %s does not exist yet\n", term.String(cfg.StateName()))
		return nil
	}
	st, err := kept.store(c.Context)
	if err != nil {
		return err
	}
	if st.Documents == nil {
		return badUsage("set DRAGOMAN_STATE to a database", "jobs are kept in a database, and %s is a folder of files", cfg.StateName())
	}
	engine, err := openEngine(c.Context, cfg, nil, nil, nil)
	if err != nil {
		return err
	}
	defer func() { err = closing(err, engine.Close) }()
	return do(&jobAdmin{env: env, cfg: cfg, st: st, engine: engine})
}

// each gives the jobs that a filter lets through, in order.
func (d *jobAdmin) each(ctx context.Context, filter jobs.Filter, limit int, do func(jobs.Info) error) error {
	for n := 0; limit == 0 || n < limit; {
		infos, err := d.engine.List(ctx, filter)
		if err == nil {
			err = d.engine.Left(ctx, infos)
		}
		if err != nil || len(infos) == 0 {
			return err
		}
		for _, i := range infos {
			if n++; limit > 0 && n > limit {
				return nil
			}
			if err := do(i); err != nil {
				return err
			}
		}
		filter.After = infos[len(infos)-1].ID
	}
	return nil
}

func jobsList(c *cli.Context, d *jobAdmin) error {
	filter := jobs.Filter{Run: c.String("run"), Status: jobs.Status(c.String("status"))}
	state := store.DocState(c.String("article"))
	switch {
	case c.Int("limit") < 0:
		return badUsage("", "jobs list: --limit must be 0 or more")
	case filter.Status != "" && !slices.Contains(jobStatuses, filter.Status):
		return badUsage("", "jobs list: --status must be queued, running, left, done, failed or cancelled, not %q", filter.Status)
	case state != "" && !slices.Contains(articleStates, state):
		return badUsage("", "jobs list: --article must be done, flagged, failed or stopped, not %q", state)
	}
	want := filter.Status
	if want == jobs.Orphaned {
		filter.Status = jobs.Running
	}
	rows := [][]string{{"job", "status", "article", "began", "updated", "note"}}
	enc := json.NewEncoder(d.env.stdout)
	enc.SetEscapeHTML(false)
	err := d.each(c.Context, filter, c.Int("limit"), func(i jobs.Info) error {
		if state != "" && i.Outcome.State != string(state) || want != "" && i.Status != want {
			return nil
		}
		if c.Bool("json") {
			return enc.Encode(i)
		}
		rows = append(rows, []string{
			term.String(i.ID), string(i.Status), dash(i.Outcome.State), fmt.Sprint(i.Attempts), i.Updated.UTC().Format(time.DateTime), term.String(i.Outcome.Note),
		})
		return nil
	})
	if err != nil || c.Bool("json") {
		return err
	}
	if paused, err := d.engine.Paused(c.Context); err == nil && paused {
		fmt.Fprintln(d.env.stderr, "note: the queue is paused; dragoman jobs resume")
	}
	return term.Table(d.env.stdout, rows)
}

func jobsShow(c *cli.Context, d *jobAdmin) error {
	info, err := d.engine.Show(c.Context, c.Args().First())
	if errors.Is(err, jobs.ErrUnknown) {
		return badUsage("dragoman jobs list", "no job %q", c.Args().First())
	}
	shown := []jobs.Info{info}
	if err == nil {
		err = d.engine.Left(c.Context, shown)
	}
	if err != nil {
		return err
	}
	info = shown[0]
	rows, err := d.st.Documents.Get(c.Context, info.Job.Collection, []string{info.Job.Document}, false)
	if err != nil {
		return err
	}
	enc := json.NewEncoder(d.env.stdout)
	enc.SetEscapeHTML(false)
	if !c.Bool("json") {
		enc.SetIndent("", "  ")
	}
	return enc.Encode(struct {
		jobs.Info
		Article *store.Document `json:"article"` // null where the state does not have it any more
	}{info, rows[info.Job.Document]})
}

// named are the jobs that the arguments or --run name.
func (d *jobAdmin) named(c *cli.Context, statuses ...jobs.Status) ([]string, error) {
	ids := c.Args().Slice()
	run := c.String("run")
	switch {
	case len(ids) == 0 && run == "":
		return nil, badUsage("dragoman jobs list", "jobs %s wants the ids of jobs, or --run ID", c.Command.Name)
	case len(ids) > 0 && run != "":
		return nil, badUsage("", "jobs %s wants the ids of jobs or --run ID, not both", c.Command.Name)
	}
	for _, status := range statuses {
		if run == "" {
			break
		}
		err := d.each(c.Context, jobs.Filter{Run: run, Status: status}, 0, func(i jobs.Info) error {
			ids = append(ids, i.ID)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	for _, id := range c.Args().Slice() {
		if _, err := d.engine.Show(c.Context, id); errors.Is(err, jobs.ErrUnknown) {
			return nil, badUsage("dragoman jobs list", "no job %q", id)
		}
	}
	return ids, nil
}

func jobsCancel(c *cli.Context, d *jobAdmin) error {
	ids, err := d.named(c, jobs.Queued, jobs.Running)
	if err != nil {
		return err
	}
	if err := d.engine.Cancel(c.Context, ids...); err != nil {
		return err
	}
	fmt.Fprintf(d.env.stderr, "cancelled: %s\n", term.Count(len(ids), "job"))
	return nil
}

// jobsRetry begins jobs again: what is answered is not asked again, and what
// ended failed is asked afresh.
func jobsRetry(c *cli.Context, d *jobAdmin) error {
	named, err := d.named(c, jobs.Failed, jobs.Cancelled, jobs.Done)
	if err != nil {
		return err
	}
	byCollection := map[string][]string{}
	var ids []string
	for _, id := range named {
		info, err := d.engine.Show(c.Context, id)
		if err != nil {
			return err
		}
		if !retryable(info) {
			continue // under way, or well
		}
		ids = append(ids, id)
		byCollection[info.Job.Collection] = append(byCollection[info.Job.Collection], info.Job.Document)
	}
	for collection, docs := range byCollection {
		rows, err := d.st.Documents.Get(c.Context, collection, docs, false)
		if err != nil {
			return err
		}
		for _, row := range rows {
			row.State, row.Afresh = store.DocWaiting, true
			if err := d.st.Documents.Put(c.Context, row); err != nil {
				return err
			}
		}
	}
	if err := d.reopen(c.Context, ids); err != nil {
		return err
	}
	n, err := d.engine.Again(c.Context, true, ids...)
	if err != nil {
		return err
	}
	fmt.Fprintf(d.env.stderr, "begun again: %s; a worker or the same batch takes them on\n", term.Count(n, "job"))
	return nil
}

// jobsMigrate says what opening the state and its jobs has brought about:
// both are up to date by now. Any number of processes may do so at once.
func jobsMigrate(_ *cli.Context, d *jobAdmin) error {
	_, err := fmt.Fprintf(d.env.stdout, "%s is up to date: the state is of version %d, its jobs are those of this program\n", term.String(d.cfg.StateName()), d.st.Version)
	return err
}

// The words of --status and --article.
var (
	jobStatuses   = []jobs.Status{jobs.Queued, jobs.Running, jobs.Orphaned, jobs.Done, jobs.Failed, jobs.Cancelled}
	articleStates = []store.DocState{store.DocDone, store.DocFlagged, store.DocFailed, store.DocStopped}
)

// retryable reports whether a job is at an end that another try may better.
func retryable(i jobs.Info) bool {
	switch i.Status {
	case jobs.Failed, jobs.Cancelled:
		return true
	case jobs.Done:
		return i.Outcome.State != string(store.DocDone)
	}
	return false
}

// reopen opens the runs of jobs that are begun again, so that workers take them.
func (d *jobAdmin) reopen(ctx context.Context, ids []string) error {
	seen := map[string]bool{}
	for _, id := range ids {
		run, _, _ := strings.Cut(id, "/")
		if seen[run] {
			continue
		}
		seen[run] = true
		found, err := d.st.Runs.List(ctx, store.RunFilter{ID: run})
		if err != nil {
			return err
		}
		for _, r := range found {
			r.State, r.Ended = store.RunOpen, time.Time{}
			if err := d.st.Runs.Update(ctx, r); err != nil {
				return err
			}
		}
	}
	return nil
}

func jobsPrune(c *cli.Context, d *jobAdmin) error {
	if c.Duration("older-than") < 0 {
		return badUsage("", "jobs prune: --older-than must be 0 or more")
	}
	n, err := d.engine.Prune(c.Context, d.env.now().Add(-c.Duration("older-than")))
	if err != nil {
		return err
	}
	fmt.Fprintf(d.env.stderr, "forgotten: %s\n", term.Count(n, "job"))
	return nil
}
