package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"dragoman/cmd/internal/account"
	"dragoman/cmd/internal/schedule"
	"dragoman/cmd/internal/scheduler"
	"dragoman/cmd/internal/store"
	"dragoman/cmd/internal/term"
)

// cliContext is what urfave hands a command.
type cliContext = cli.Context

// listed is one schedule of `schedule list --json`.
type listed struct {
	Name    string          `json:"name"`
	When    string          `json:"when"`
	Zone    string          `json:"zone"`
	Applied bool            `json:"applied"` // the state has it as dragoman.yaml does, or dragoman.yaml does not have it
	InFile  bool            `json:"inFile"`  // dragoman.yaml has it
	Paused  bool            `json:"paused"`
	Next    []time.Time     `json:"next"`
	Last    *store.Firing   `json:"last"` // null: it never ran
	Held    int             `json:"held"` // articles
	Dead    int             `json:"dead"` // deliveries
	Late    []late          `json:"late"` // sinks that do not take what they are given
	Spec    json.RawMessage `json:"spec"`
}

// nextTimes is how many times a list shows.
const nextTimes = 3

// scheduleList shows the schedules.
func scheduleList(c *cli.Context, a *scheduleAdmin) error {
	rows, err := a.st.Schedules.List(c.Context)
	if err != nil {
		return err
	}
	all, err := a.list(c.Context, rows)
	if err != nil {
		return err
	}
	return a.printList(all, c.Bool("json"))
}

func (a *scheduleAdmin) printList(all []listed, asJSON bool) error {
	if asJSON {
		return a.jsonLines(all)
	}
	if len(all) == 0 {
		fmt.Fprintln(a.env.stdout, "there are no schedules; put one into dragoman.yaml under schedules:, then dragoman schedule apply")
		return nil
	}
	for i, l := range all {
		if i > 0 {
			fmt.Fprintln(a.env.stdout)
		}
		a.printListed(l)
	}
	return nil
}

// list joins what the state has with what stands in dragoman.yaml.
func (a *scheduleAdmin) list(ctx context.Context, rows []store.Schedule) ([]listed, error) {
	inFile := map[string]schedule.Spec{}
	for _, spec := range a.cfg.Schedules {
		inFile[spec.Name] = spec
	}
	var all []listed
	for _, row := range rows {
		spec, err := scheduler.SpecOf(row)
		if err != nil {
			return nil, err
		}
		l := listed{Name: row.Name, When: schedule.Describe(spec), Zone: spec.Zone, Paused: row.Paused, Spec: row.Spec, Applied: true, Next: []time.Time{}}
		if want, ok := inFile[row.Name]; ok {
			text, err := json.Marshal(want)
			l.InFile, l.Applied = true, err == nil && sameJSON(row.Spec, text)
		}
		delete(inFile, row.Name)
		if !row.Paused {
			l.Next = scheduler.Upcoming(spec, a.env.now(), nextTimes)
		}
		if err := a.addHistory(ctx, &l); err != nil {
			return nil, err
		}
		all = append(all, l)
	}
	for name, spec := range inFile {
		all = append(all, listed{Name: name, When: schedule.Describe(spec), Zone: spec.Zone, InFile: true, Next: []time.Time{}, Late: []late{}})
	}
	slices.SortFunc(all, func(x, y listed) int { return strings.Compare(x.Name, y.Name) })
	return all, nil
}

// addHistory adds how the last run ended, and what waits.
func (a *scheduleAdmin) addHistory(ctx context.Context, l *listed) error {
	last, err := a.st.Firings.List(ctx, store.FiringFilter{Schedule: l.Name, States: []store.FiringState{store.FiringOpen, store.FiringDone}, Limit: 1})
	if err != nil {
		return err
	}
	if len(last) > 0 {
		l.Last = &last[0]
	}
	held := map[string]bool{}
	err = a.waiting(ctx, l.Name, func(d store.Delivery) error {
		if d.State == store.DeliveryHeld {
			held[d.Document] = true
		} else {
			l.Dead++
		}
		return nil
	})
	l.Held = len(held)
	if err != nil {
		return err
	}
	l.Late, err = lateDeliveries(ctx, a.st, schedule.Collection(l.Name))
	return err
}

func (a *scheduleAdmin) printListed(l listed) {
	out := a.env.stdout
	state := ""
	switch {
	case l.Spec == nil:
		state = "  (not applied: dragoman schedule apply)"
	case !l.InFile && a.cfg.File != "" && l.Paused:
		state = "  (paused; not in dragoman.yaml: dragoman schedule apply --remove takes it away)"
	case !l.InFile && a.cfg.File != "":
		state = "  (not in dragoman.yaml, and runs on: dragoman schedule apply --remove takes it away)"
	case l.Paused:
		state = "  (paused)"
	case !l.Applied:
		state = "  (dragoman.yaml has it otherwise: dragoman schedule apply)"
	}
	fmt.Fprintf(out, "%s  %s%s\n", l.Name, l.When, state)
	now := a.env.now()
	for i, at := range l.Next {
		word := "next"
		if i > 0 {
			word = "then"
		}
		fmt.Fprintf(out, "  %s  %s\n", word, schedule.LocalTime(at, now, l.Zone))
	}
	if l.Last != nil {
		acc, err := account.Read(l.Last.Report)
		line := acc.Line()
		switch {
		case err != nil:
			line = "its account cannot be read: " + err.Error()
		case l.Last.State == store.FiringOpen:
			line = "under way, or stopped"
			if l.Last.Reason != "" {
				line += ": " + l.Last.Reason
			}
		}
		fmt.Fprintf(out, "  last  %s: %s\n", schedule.LocalTime(l.Last.Due, now, l.Zone), term.String(line))
	}
	if l.Held > 0 {
		fmt.Fprintf(out, "  held  %s; dragoman schedule history %s says why\n", term.Count(l.Held, "article"), l.Name)
	}
	for _, late := range l.Late {
		fmt.Fprintf(out, "  late  %s, for %s since %s: %s; tried again %s\n", term.Count(late.Count, "delivery"), term.String(late.Sink),
			schedule.LocalTime(late.Since, now, l.Zone), term.String(late.Reason), schedule.LocalTime(late.Next, now, l.Zone))
	}
	if l.Dead > 0 {
		fmt.Fprintf(out, "  dead  %s given up; dragoman schedule resend %s tries again\n", term.Count(l.Dead, "delivery"), l.Name)
	}
}

// jsonLines prints values, one a line.
func (a *scheduleAdmin) jsonLines(values []listed) error {
	enc := json.NewEncoder(a.env.stdout)
	enc.SetEscapeHTML(false)
	for _, v := range values {
		if err := enc.Encode(v); err != nil {
			return &outputError{fmt.Errorf("printing the schedules: %w", err)}
		}
	}
	return nil
}

// mostLooked is how many of the latest firings are looked at for those that are
// shown: two weeks of one that is due every five minutes. All of them are many
// after years.
const mostLooked = 5000

// scheduleHistory shows the firings, what is held, and what is dead.
func scheduleHistory(c *cli.Context, a *scheduleAdmin) error {
	name, limit := c.Args().First(), c.Int("limit")
	if limit < 0 {
		return badUsage("0 is all of them", "--limit is a number of runs, not %d", limit)
	}
	every := c.Bool("all") || c.Bool("json")
	filter := store.FiringFilter{Schedule: name, Limit: limit}
	if limit > 0 && !every {
		filter.Limit = mostLooked
	}
	list, err := a.st.Firings.List(c.Context, filter)
	if err != nil {
		return err
	}
	if name != "" && len(list) == 0 { // one that was removed has its history
		if _, _, err := a.specNamed(c.Context, name); err != nil {
			return err
		}
	}
	var shown []store.Firing
	quiet := 0
	for _, f := range list {
		acc, err := account.Read(f.Report)
		if err == nil && f.State == store.FiringDone && acc.Quiet() && !every {
			quiet++
			continue
		}
		if limit > 0 && len(shown) == limit {
			break
		}
		shown = append(shown, f)
	}
	if c.Bool("json") {
		return a.historyJSON(c.Context, name, shown)
	}
	if err := a.tables(c.Context, shown, name == ""); err != nil {
		return err
	}
	if quiet > 0 {
		fmt.Fprintf(a.env.stdout, "and %s with nothing new (--all shows them)\n", term.Count(quiet, "run"))
	}
	return a.printWaiting(c.Context, name)
}

// tables prints the firings of each schedule.
func (a *scheduleAdmin) tables(ctx context.Context, shown []store.Firing, named bool) error {
	zones, err := a.zones(ctx)
	if err != nil {
		return err
	}
	of := map[string][]store.Firing{}
	for _, f := range shown {
		of[f.Schedule] = append(of[f.Schedule], f)
	}
	for _, name := range slices.Sorted(maps.Keys(of)) {
		if named {
			fmt.Fprintln(a.env.stdout, name)
		}
		zone := zones[name]
		if zone == nil { // it is not there any more
			zone = time.UTC
		}
		if err := a.table(of[name], zone); err != nil {
			return &outputError{fmt.Errorf("printing the history: %w", err)}
		}
	}
	return nil
}

// table prints firings, each with what was wrong below its row.
func (a *scheduleAdmin) table(firings []store.Firing, zone *time.Location) error {
	var rows strings.Builder
	if err := term.Table(&rows, account.Table(firings, zone)); err != nil {
		return err
	}
	n := 0
	for row := range strings.Lines(rows.String()) {
		if _, err := io.WriteString(a.env.stdout, row); err != nil {
			return err
		}
		if n > 0 { // the first is the head
			for _, line := range account.Below(firings[n-1]) {
				if _, err := fmt.Fprintln(a.env.stdout, "  "+line); err != nil {
					return err
				}
			}
		}
		n++
	}
	return nil
}

// zones are the zones of the schedules.
func (a *scheduleAdmin) zones(ctx context.Context) (map[string]*time.Location, error) {
	rows, err := a.st.Schedules.List(ctx)
	if err != nil {
		return nil, err
	}
	zones := map[string]*time.Location{}
	for _, row := range rows {
		if spec, err := scheduler.SpecOf(row); err == nil {
			if zone, err := time.LoadLocation(spec.Zone); err == nil {
				zones[row.Name] = zone
			}
		}
	}
	return zones, nil
}

// waiting are the deliveries of a schedule, or of all, that are held or dead.
func (a *scheduleAdmin) waiting(ctx context.Context, name string, yield func(store.Delivery) error) error {
	f := store.DeliveryFilter{States: []store.DeliveryState{store.DeliveryHeld, store.DeliveryDead}}
	if name != "" {
		f.Collection = schedule.Collection(name)
	}
	for d, err := range a.st.Deliveries.List(ctx, f) {
		if err != nil {
			return err
		}
		if err := yield(d); err != nil {
			return err
		}
	}
	return nil
}

// printWaiting prints what is held or dead, an article for all its sinks.
func (a *scheduleAdmin) printWaiting(ctx context.Context, name string) error {
	var list []store.Delivery
	at := map[[4]string]int{}
	err := a.waiting(ctx, name, func(d store.Delivery) error {
		key := [4]string{string(d.State), d.Collection, d.Document, d.Reason}
		if i, there := at[key]; there {
			list[i].Sink += ", " + d.Sink
			return nil
		}
		at[key] = len(list)
		list = append(list, d)
		return nil
	})
	if err != nil {
		return err
	}
	for _, d := range list {
		what := schedule.NameOf(d.Collection)
		if _, err := fmt.Fprintf(a.env.stdout, "%s  %s %s, for %s:\n      %s\n", d.State, what, term.String(d.Document), d.Sink, term.String(d.Reason)); err != nil {
			return &outputError{fmt.Errorf("printing the history: %w", err)}
		}
	}
	return nil
}

func (a *scheduleAdmin) historyJSON(ctx context.Context, name string, shown []store.Firing) error {
	enc := json.NewEncoder(a.env.stdout)
	enc.SetEscapeHTML(false)
	for _, f := range shown {
		if err := enc.Encode(struct {
			Type string `json:"type"` // firing
			store.Firing
		}{"firing", f}); err != nil {
			return &outputError{fmt.Errorf("printing the history: %w", err)}
		}
	}
	return a.waiting(ctx, name, func(d store.Delivery) error {
		return enc.Encode(struct {
			Type string `json:"type"` // delivery
			store.Delivery
			Next  *time.Time `json:"next"` // null where there is none
			Ended *time.Time `json:"ended"`
		}{"delivery", d, pointer(d.Next), pointer(d.Ended)})
	})
}
