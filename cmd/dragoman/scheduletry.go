package main

import (
	"context"
	"fmt"
	"os"
	"slices"

	"dragoman/cmd/internal/schedule"
	"dragoman/cmd/internal/scheduler"
	"dragoman/cmd/internal/sink"
	"dragoman/cmd/internal/store"
	"dragoman/cmd/internal/term"
)

// tryout opens what a schedule names, so that a secret or a glossary that is not
// there is known now, and says what is not as it should be.
func (a *scheduleAdmin) tryout(spec schedule.Spec) error {
	note := func(message string) { fmt.Fprintf(a.env.stderr, "note: %s: %s\n", spec.Name, term.String(message)) }
	options := sink.Options{Getenv: a.getenv, Now: a.env.now, Warn: note}
	_, err := sink.Targets(spec.Sinks, options)
	if err == nil {
		_, err = readGlossary(spec.Glossary)
	}
	if err == nil {
		err = tryAlerts(spec.Alerts, options)
	}
	if err != nil {
		return &usageError{err: fmt.Errorf("%s: %w", spec.Name, err), hint: hintOf(err)}
	}
	if len(spec.Sinks) == 0 {
		note("it has no sinks: its editions go nowhere, and only dragoman schedule show prints them; give it a folder, a webhook or a site")
	}
	for _, s := range spec.Sinks {
		if s.Site != "" && s.URL == "" {
			note("sink " + s.Name + ": the links of its feeds are relative, which RSS does not allow and many readers do not follow; give it url, the public address of the site")
		}
	}
	return nil
}

// tryAlerts reads what alerts and pings need.
func tryAlerts(alerts schedule.Alerts, options sink.Options) error {
	if alerts.PingFile != "" {
		if _, err := os.ReadFile(alerts.PingFile); err != nil {
			return badUsage("put the address to ping into it, or take ping-file out", "alerts: reading the ping-file: %w", err)
		}
	}
	if alerts.Webhook == "" {
		return nil
	}
	secret, err := sink.Secret(alerts.SecretFile, alerts.SecretEnv, options)
	if err != nil {
		return badUsage(hintOf(err), "alerts: %w", err)
	}
	if !secret.Set() {
		options.Warn("alerts: they are not signed, and who receives them cannot tell who sent them: give alerts secret-file or secret-env")
	}
	return nil
}

// beside is the error of schedules of dragoman.yaml that would work with the
// folders of one that the state alone has, and that runs on.
func (a *scheduleAdmin) beside(rows []store.Schedule, wanted []schedule.Spec) error {
	var all []schedule.Spec
	for _, row := range rows {
		if a.inFile(row.Name) {
			continue
		}
		spec, err := scheduler.SpecOf(row)
		if err != nil {
			return err
		}
		all = append(all, spec)
	}
	stray := len(all)
	all = append(all, wanted...)
	for _, c := range schedule.Clashes(all) {
		if (c.Spec < stray) == (c.Other < stray) {
			continue // both are in the state alone, or in the file
		}
		name := all[min(c.Spec, c.Other)].Name
		return badUsage("dragoman schedule apply --remove takes "+name+" away",
			"%s: %s; %s is in the state and not in dragoman.yaml, and runs on", all[c.Spec].Name, c.Message, name)
	}
	return nil
}

// inFile reports whether dragoman.yaml has a schedule.
func (a *scheduleAdmin) inFile(name string) bool {
	return slices.ContainsFunc(a.cfg.Schedules, func(s schedule.Spec) bool { return s.Name == name })
}

// noteStray says of a schedule that runs that dragoman.yaml does not have it any
// more. Where there is no such file there is nothing to say.
func (a *scheduleAdmin) noteStray(ctx context.Context, name string, quiet bool) error {
	if quiet || a.cfg.File == "" {
		return nil
	}
	_, there, err := scheduler.Find(ctx, a.st.Schedules, name)
	if err == nil && there {
		fmt.Fprintf(a.env.stderr, "note: %s is in the state and not in dragoman.yaml; it runs as the state has it. dragoman schedule apply --remove takes it away\n", name)
	}
	return err
}
