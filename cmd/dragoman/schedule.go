package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"dragoman/cmd/internal/config"
	"dragoman/cmd/internal/schedule"
	"dragoman/cmd/internal/scheduler"
	"dragoman/cmd/internal/store"
	"dragoman/cmd/internal/term"
)

// scheduleSettings are the settings of commands that run schedules: what the
// schedules themselves do not say.
var scheduleSettings = []string{
	"model", "concurrency", "rpm", "tpm", "max-cost-per-day", "timeout", "prices", "prompts", "state", "log-format", "log-level", "no-store-text", "contact",
}

func scheduleCommand(env *environment) *cli.Command {
	asJSON := &cli.BoolFlag{Name: "json", Usage: "print JSON"}
	quiet := &cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "print nothing when there is nothing new and all is well"}
	// each is one of the commands below.
	each := func(name, args, usage string, least, most int, flags []cli.Flag, do func(*cli.Context, *scheduleAdmin) error) *cli.Command {
		return &cli.Command{
			Name: name, ArgsUsage: args, Usage: usage, Flags: flags,
			Action: func(c *cli.Context) error {
				if err := wants(c, least, most, args); err != nil {
					return err
				}
				return withSchedules(c, env, func(a *scheduleAdmin) error { return do(c, a) })
			},
		}
	}
	small := settings("state")
	running := append(settings(scheduleSettings...), asJSON, quiet)
	return &cli.Command{
		Name:  "schedule",
		Usage: "poll feeds and folders by the clock: list, apply, run, trigger, pause, history, release",
		Description: "Schedules stand in dragoman.yaml under schedules:, and \"schedule apply\" stores them. A\n" +
			"\"dragoman worker\" runs them from then on; or cron, a systemd timer or a Kubernetes CronJob calls\n" +
			"\"dragoman schedule run NAME\", which does what is due and exits.",
		Subcommands: []*cli.Command{
			each("list", " ", "the schedules, their next three times, and how the last run ended", 0, 0, append(slices.Clone(small), asJSON), scheduleList),
			each("apply", " ", "store the schedules of dragoman.yaml", 0, 0, append(slices.Clone(small),
				&cli.BoolFlag{Name: "remove", Usage: "remove those from the state that are not in dragoman.yaml; what they made stays"},
				&cli.BoolFlag{Name: "check", Usage: "only say what would change"}), scheduleApply),
			each("run", "NAME", "do what is due since the last run; exit 0 when nothing is, 75 while another run is going", 1, 1, running,
				func(c *cli.Context, a *scheduleAdmin) error { return a.run(c, false) }),
			each("trigger", "NAME", "run a schedule now, due or not", 1, 1, running,
				func(c *cli.Context, a *scheduleAdmin) error { return a.run(c, true) }),
			each("pause", "NAME…", "let schedules rest until they are resumed", 1, -1, small, func(c *cli.Context, a *scheduleAdmin) error { return a.pause(c, true) }),
			each("resume", "NAME…", "end a pause; what became due meanwhile is not made up for", 1, -1, small, func(c *cli.Context, a *scheduleAdmin) error { return a.pause(c, false) }),
			each("history", "[NAME]", "the runs of schedules, what is held and why, and what could not be delivered", 0, 1, append(slices.Clone(small),
				&cli.IntFlag{Name: "limit", Usage: "`N` runs at most; 0 is all", Value: 20},
				&cli.BoolFlag{Name: "all", Usage: "runs that found nothing new too"}, asJSON), scheduleHistory),
			each("release", "NAME ARTICLE…", "deliver articles that are held, marked as they are", 1, -1, append(slices.Clone(small),
				&cli.BoolFlag{Name: "all", Usage: "everything that is held"}), scheduleRelease),
			each("resend", "NAME [ARTICLE…]", "try again what could not be delivered", 1, -1, small, scheduleResend),
			each("show", "NAME ARTICLE", "print the document.json of an article, held or delivered; see dragoman export", 2, 2, small, scheduleShow),
		},
	}
}

// scheduleAdmin is what the commands on schedules work with.
type scheduleAdmin struct {
	env  *environment
	cfg  *config.Config
	kept *keeping
	st   *store.Store
}

// withSchedules opens the state.
func withSchedules(c *cli.Context, env *environment, do func(*scheduleAdmin) error) (err error) {
	cfg, err := load(c, env)
	if err != nil {
		return err
	}
	kept := &keeping{cfg: cfg, now: env.now}
	if looks(c) && !kept.exists() { // who only looks makes no database
		return nothingApplied(c, env, cfg)
	}
	defer func() { err = closing(err, kept.close) }()
	st, err := kept.store(c.Context)
	if err != nil {
		return err
	}
	if st.Schedules == nil {
		return badUsage("set DRAGOMAN_STATE to a folder without \"folder:\" before it, or to postgres://…", "schedules need a database, and %s is a folder of files", cfg.StateName())
	}
	return do(&scheduleAdmin{env: env, cfg: cfg, kept: kept, st: st})
}

// looks reports whether a command changes nothing of the state.
func looks(c *cli.Context) bool {
	return c.Command.Name != "apply" && c.Command.Name != "run" && c.Command.Name != "trigger" || c.Bool("check")
}

// nothingApplied is what a command says that only looks where there is no state.
func nothingApplied(c *cli.Context, env *environment, cfg *config.Config) error {
	a := &scheduleAdmin{env: env, cfg: cfg}
	switch {
	case c.Command.Name == "apply":
		return a.applyAll(c, nil, func(schedule.Spec) (string, error) { return "would be added:", nil })
	case c.Command.Name == "list":
		all, err := a.list(c.Context, nil)
		if err != nil {
			return err
		}
		return a.printList(all, c.Bool("json"))
	case c.NArg() > 0:
		return a.unknown(c.Args().First(), nil)
	case !c.Bool("json"):
		fmt.Fprintln(env.stdout, "no schedule has run yet: there is no state in "+cfg.StateName())
	}
	return nil
}

// specNamed is a stored schedule and its spec.
func (a *scheduleAdmin) specNamed(ctx context.Context, name string) (store.Schedule, schedule.Spec, error) {
	rows, err := a.st.Schedules.List(ctx)
	if err != nil {
		return store.Schedule{}, schedule.Spec{}, err
	}
	row, found := scheduler.Named(rows, name)
	if !found {
		return row, schedule.Spec{}, a.unknown(name, rows)
	}
	spec, err := scheduler.SpecOf(row)
	return row, spec, err
}

// unknown says which schedules there are; rows are those of the state.
func (a *scheduleAdmin) unknown(name string, rows []store.Schedule) error {
	if a.inFile(name) {
		return badUsage("dragoman schedule apply", "the schedule %s stands in dragoman.yaml and is not applied", name)
	}
	var names []string
	for _, row := range rows {
		names = append(names, row.Name)
	}
	hint := "there are " + strings.Join(names, ", ")
	if len(names) == 0 {
		hint = "put it into dragoman.yaml under schedules:, then dragoman schedule apply"
	}
	return badUsage(hint, "there is no schedule %q", name)
}

// scheduleApply stores the schedules of dragoman.yaml.
func scheduleApply(c *cli.Context, a *scheduleAdmin) error {
	rows, err := a.st.Schedules.List(c.Context)
	if err != nil {
		return err
	}
	if len(a.cfg.Schedules) == 0 && !c.Bool("remove") {
		return badUsage("see README.md for an example; --remove takes away those in the state", "dragoman.yaml has no schedules")
	}
	stored := map[string]store.Schedule{}
	for _, row := range rows {
		stored[row.Name] = row
	}
	dry := c.Bool("check")
	if !c.Bool("remove") {
		if err := a.beside(rows, a.cfg.Schedules); err != nil {
			return err
		}
	}
	if err := a.applyAll(c, stored, func(spec schedule.Spec) (string, error) {
		row, there := stored[spec.Name]
		return a.apply(c.Context, spec, row, there, dry)
	}); err != nil {
		return err
	}
	for _, row := range rows {
		if _, left := stored[row.Name]; !left {
			continue
		}
		if !c.Bool("remove") {
			fmt.Fprintf(a.env.stderr, "note: %s is in the state and not in dragoman.yaml; it runs on. --remove takes it away\n", row.Name)
			continue
		}
		word := "would be removed:"
		if !dry {
			word = "removed"
			if err := a.st.Schedules.Alter(c.Context, row.Name, func(*store.Schedule) bool { return true }); err != nil {
				return err
			}
		}
		fmt.Fprintf(a.env.stdout, "%s %s\n", word, row.Name)
		if err := a.leftOf(c.Context, row.Name); err != nil {
			return err
		}
	}
	return nil
}

// leftOf says what of a removed schedule goes nowhere any more.
func (a *scheduleAdmin) leftOf(ctx context.Context, name string) error {
	articles := map[string]bool{}
	for row, err := range a.st.Documents.List(ctx, schedule.Collection(name), "", store.DocWaiting, store.DocStopped) {
		if err != nil {
			return err
		}
		articles[row.ID] = true
	}
	for d, err := range a.st.Deliveries.List(ctx, store.DeliveryFilter{
		Collection: schedule.Collection(name), States: []store.DeliveryState{store.DeliveryHeld, store.DeliveryPending},
	}) {
		if err != nil {
			return err
		}
		articles[d.Document] = true
	}
	if n := len(articles); n > 0 {
		fmt.Fprintf(a.env.stderr, "note: %s of %s not delivered; applied again under this name, the schedule goes on with them\n", term.Count(n, "article"), name)
	}
	return nil
}

// applyAll applies the schedules of dragoman.yaml with one, once nothing is wrong
// with any of them, and takes them out of stored.
func (a *scheduleAdmin) applyAll(c *cli.Context, stored map[string]store.Schedule, one func(schedule.Spec) (string, error)) error {
	for _, spec := range a.cfg.Schedules {
		if err := a.tryout(spec); err != nil {
			return err
		}
	}
	for _, spec := range a.cfg.Schedules {
		word, err := one(spec)
		if err != nil {
			return err
		}
		delete(stored, spec.Name)
		if _, err := fmt.Fprintf(a.env.stdout, "%s %s\n", word, spec.Name); err != nil {
			return &outputError{fmt.Errorf("printing what was applied: %w", err)}
		}
	}
	return nil
}

// getenv reads a variable that a schedule names for a secret.
func (a *scheduleAdmin) getenv(name string) string {
	v, _ := a.env.env(name)
	return v
}

// apply stores one schedule over the row that is there, if one is, and gives a
// word for what that changed.
func (a *scheduleAdmin) apply(ctx context.Context, spec schedule.Spec, row store.Schedule, there, dry bool) (string, error) {
	text, err := json.Marshal(spec)
	if err != nil {
		return "", fmt.Errorf("writing the schedule %s: %w", spec.Name, err)
	}
	word := "added"
	switch {
	case there && sameJSON(row.Spec, text):
		return "unchanged", nil
	case there:
		word = "changed"
	}
	if dry {
		return "would be " + word + ":", nil
	}
	now := a.env.now()
	return word, a.st.Schedules.Apply(ctx, store.Schedule{Name: spec.Name, Spec: text, Since: now, Applied: now, Places: scheduler.PlacesOf(spec)})
}

// sameJSON compares what JSON says, not how it is written.
func sameJSON(a, b json.RawMessage) bool {
	var x, y schedule.Spec
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		return false
	}
	one, err := json.Marshal(x)
	two, err2 := json.Marshal(y)
	return err == nil && err2 == nil && string(one) == string(two)
}

// pause lets schedules rest, or ends that.
func (a *scheduleAdmin) pause(c *cli.Context, on bool) error {
	for _, name := range c.Args().Slice() {
		if _, _, err := a.specNamed(c.Context, name); err != nil {
			return err
		}
	}
	for _, name := range c.Args().Slice() {
		word := ""
		err := a.st.Schedules.Alter(c.Context, name, func(s *store.Schedule) bool {
			switch {
			case s.Paused == on && on:
				word = "was paused already"
			case s.Paused == on:
				word = "was not paused"
			case on:
				s.Paused, word = true, "is paused"
			default:
				s.Paused, s.Since, word = false, a.env.now(), "goes on"
			}
			return false
		})
		if err != nil {
			return err
		}
		fmt.Fprintf(a.env.stdout, "%s %s\n", name, word)
	}
	return nil
}

// busy is the error of a schedule that another process works for.
type busy struct{ name string }

func (b *busy) Error() string { return "another run of the schedule " + b.name + " is going" }

// run does what is due of a schedule, or runs it now.
func (a *scheduleAdmin) run(c *cli.Context, now bool) (err error) {
	name := c.Args().First()
	if err := a.refresh(c.Context, name, c.Bool("quiet")); err != nil {
		return err
	}
	w, away, err := openFirings(c.Context, a, c.Bool("quiet"), true)
	if err != nil {
		return err
	}
	defer func() { err = closing(err, away) }()
	s := w.scheduler()
	var did scheduler.Did
	if now {
		did, err = s.Trigger(c.Context, name)
	} else {
		did, err = s.Run(c.Context, name)
	}
	if errors.Is(err, scheduler.ErrBusy) {
		return &busy{name}
	}
	if err == nil && len(did.Fired) == 0 { // of a paused one too, as a worker does
		err = w.deliverNamed(c.Context, name)
	}
	if err == nil {
		w.prune(c.Context)
	}
	if err != nil && c.Context.Err() != nil {
		err = context.Cause(c.Context)
	}
	return a.tell(name, did, err, c.Bool("json"), c.Bool("quiet"))
}

// refresh stores a schedule of dragoman.yaml that the state does not have, or
// has otherwise: the file is the truth.
func (a *scheduleAdmin) refresh(ctx context.Context, name string, quiet bool) error {
	i := slices.IndexFunc(a.cfg.Schedules, func(s schedule.Spec) bool { return s.Name == name })
	if i < 0 {
		return a.noteStray(ctx, name, quiet)
	}
	rows, err := a.st.Schedules.List(ctx)
	if err != nil {
		return err
	}
	if err := a.beside(rows, a.cfg.Schedules[i:i+1]); err != nil {
		return err
	}
	row, there := scheduler.Named(rows, name)
	word, err := a.apply(ctx, a.cfg.Schedules[i], row, there, false)
	if err == nil && word != "unchanged" && !quiet {
		fmt.Fprintf(a.env.stderr, "note: %s %s, as dragoman.yaml has it\n", word, name)
	}
	return err
}
