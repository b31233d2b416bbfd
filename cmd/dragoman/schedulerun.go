package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"dragoman/cmd/internal/account"
	"dragoman/cmd/internal/batch"
	"dragoman/cmd/internal/config"
	"dragoman/cmd/internal/fetch"
	"dragoman/cmd/internal/ops"
	"dragoman/cmd/internal/schedule"
	"dragoman/cmd/internal/scheduler"
	"dragoman/cmd/internal/store"
	"dragoman/cmd/internal/term"
	"dragoman/pipeline"
)

// logLines is how many lines of the log wait for a slow reader before they are
// dropped, and logWait how long the last ones have at the end.
const (
	logLines = 10_000
	logWait  = 2 * time.Second
)

// openFirings puts together what runs firings in this process. With quiet
// nothing is logged but warnings, and neither is it for a brief command, which
// prints what came of it, unless it is asked for. Away takes it apart.
func openFirings(ctx context.Context, a *scheduleAdmin, quiet, brief bool) (w *firings, away func() error, err error) {
	level := a.cfg.LogLevel
	brief = brief && a.cfg.LogFormat == config.LogText && a.cfg.Origin("log-level") == "default"
	if quiet || brief {
		level = max(level, slog.LevelWarn)
	}
	buffer := ops.NewBuffer(a.env.stderr, a.cfg.LogFormat, logLines)
	log := ops.Logger(buffer, a.cfg.LogFormat, level, a.cfg.APIKey)
	w = &firings{
		env: a.env, cfg: a.cfg, st: a.st, client: fetch.New(fetch.Config{Now: a.env.now, Contact: a.cfg.Contact}),
		events: &ops.Events{Log: log, Brief: brief}, lost: buffer.Dropped, say: func(line string) { log.Warn(line) },
	}
	w.patient = hearOut(ctx, graceTime, w.say)
	return w, func() error {
		w.patient.close()
		buffer.Close(logWait)
		return nil
	}, nil
}

// scheduleEnd is what `schedule run --json` prints, one line a firing.
type scheduleEnd struct {
	Type     string            `json:"type"` // firing, skipped, waiting, idle
	Schedule string            `json:"schedule"`
	Due      *time.Time        `json:"due"`
	Cause    store.Cause       `json:"cause,omitempty"`
	State    store.FiringState `json:"state,omitempty"`
	Reason   string            `json:"reason,omitempty"`
	Run      string            `json:"run,omitempty"`
	Next     *time.Time        `json:"next"` // null: never again, or paused
	Account  json.RawMessage   `json:"account,omitempty"`
}

// tell prints what came of a run, and gives what the command ends with.
func (a *scheduleAdmin) tell(name string, did scheduler.Did, runErr error, asJSON, quiet bool) error {
	end := &outcome{errs: []error{runErr}, failOn: a.cfg.FailOn}
	if runErr == nil {
		end.errs = nil
	}
	p := &schedulePrinter{scheduleAdmin: a, name: name, json: asJSON, quiet: quiet, next: pointer(did.Next)}
	for _, f := range did.Skipped {
		p.print(scheduleEnd{Type: "skipped", Due: pointer(f.Due), Cause: f.Cause, State: f.State, Reason: f.Reason}, true,
			fmt.Sprintf("%s: skipped %s: %s", name, a.localTime(name, f.Due), f.Reason))
	}
	for _, f := range did.Fired {
		acc, err := account.Read(f.Report)
		if err != nil {
			return err
		}
		end.counts = end.counts.and(stateOfCode(acc.Exit))
		line, quiet, details := name+": "+acc.Line(), acc.Quiet(), acc.Details()
		if quiet {
			details = account.Below(f) // the items that it still cannot use
		}
		if f.State == store.FiringOpen && runErr != nil { // its account is of an earlier try, or empty
			line, quiet, details = name+": stopped before its end; dragoman schedule run "+name+" goes on with it", false, nil
		}
		p.print(scheduleEnd{Type: "firing", Due: pointer(f.Due), Cause: f.Cause, State: f.State, Reason: f.Reason, Run: f.Run, Account: f.Report}, quiet, line)
		for _, line := range details {
			p.line(quiet, "  "+line)
		}
	}
	switch {
	case runErr != nil:
	case did.Paused:
		p.print(scheduleEnd{Type: "idle", Reason: "paused"}, true, name+": paused; dragoman schedule resume "+name+" ends that")
	case !did.Waiting.IsZero() && len(did.Fired) == 0:
		end.counts.unreachable = true
		p.print(scheduleEnd{Type: "waiting", Due: pointer(did.Waiting)}, false,
			name+": the endpoint is away; asked again after "+did.Waiting.UTC().Format(time.RFC3339))
	case len(did.Fired)+len(did.Skipped) == 0:
		p.print(scheduleEnd{Type: "idle", Reason: "not due"}, true, name+": not due; next "+a.localTime(name, did.Next))
	}
	if p.err != nil {
		end.errs = append(end.errs, &outputError{fmt.Errorf("printing the result: %w", p.err)})
	}
	if end.code() == 0 {
		return nil
	}
	return end
}

// stateOfCode is the state that a firing's exit code was read from.
func stateOfCode(code int) state {
	switch code {
	case 5:
		return state{unreachable: true}
	case 4:
		return state{overBudget: true}
	case 3:
		return state{noEdition: true}
	case 1:
		return state{flagged: true}
	case 2:
		return state{usage: true}
	}
	return state{}
}

func pointer(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// schedulePrinter prints lines or JSON.
type schedulePrinter struct {
	*scheduleAdmin
	name        string
	json, quiet bool
	next        *time.Time
	err         error
}

// print prints one thing that happened; calm is nothing new.
func (p *schedulePrinter) print(e scheduleEnd, calm bool, line string) {
	if !p.json {
		p.line(calm, line)
		return
	}
	e.Schedule, e.Next = p.name, p.next
	enc := json.NewEncoder(p.env.stdout)
	enc.SetEscapeHTML(false)
	p.err = errors.Join(p.err, enc.Encode(e))
}

func (p *schedulePrinter) line(calm bool, line string) {
	if p.json || calm && p.quiet {
		return
	}
	_, err := fmt.Fprintln(p.env.stdout, term.String(line))
	p.err = errors.Join(p.err, err)
}

// localTime is a moment in the zone of a schedule.
func (a *scheduleAdmin) localTime(name string, t time.Time) string {
	_, spec, err := a.specNamed(context.Background(), name)
	if err != nil {
		return t.UTC().Format(time.RFC3339)
	}
	return schedule.LocalTime(t, a.env.now(), spec.Zone)
}

// scheduleShow prints the document of an article of a schedule.
func scheduleShow(c *cliContext, a *scheduleAdmin) error {
	row, err := a.article(c.Context, c.Args().Get(0), c.Args().Get(1), true)
	if err != nil {
		return err
	}
	if len(row.Result) == 0 {
		if why := batch.LineOf(row).Error; row.State == store.DocFailed && why != nil {
			return &pipeline.Error{Code: pipeline.Invalid, Unit: row.ID, Hint: why.Hint, Err: errors.New("no edition came of this article: " + why.Message)}
		}
		return &pipeline.Error{Code: pipeline.Invalid, Unit: row.ID, Hint: "dragoman schedule history " + c.Args().Get(0), Err: errors.New("there is no edition of this article in the state: none came of it, or its text was pruned or, with no-store-text, never stored")}
	}
	if _, err := a.env.stdout.Write(append(row.Result, '\n')); err != nil {
		return &outputError{fmt.Errorf("printing the document: %w", err)}
	}
	return nil
}
