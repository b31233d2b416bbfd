package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"dragoman/cmd/internal/config"
	"dragoman/cmd/internal/schedule"
	"dragoman/cmd/internal/scheduler"
	"dragoman/cmd/internal/setting"
	"dragoman/cmd/internal/store"
	"dragoman/cmd/internal/term"
)

func pruneCommand(env *environment) *cli.Command {
	return &cli.Command{
		Name:      "prune",
		Usage:     "take away what is kept longer than wanted; says what there is and what went",
		ArgsUsage: " ",
		Description: "Without flags the policy holds: the settings keep-replies and keep-replies-size, and what the\n" +
			"schedules say under keep. A worker prunes by it every day, schedule run once a day.\n" +
			"--older-than and --keep-size stand in for the policy.\n" +
			"What is open stays: runs, firings, held deliveries, articles that wait. So does the memory of\n" +
			"sources, so that nothing is bought twice. An article whose replies are gone is paid again where it\n" +
			"is asked again; one whose edition is gone and whose files stand is not.\n" +
			"Logs go to stderr alone: how long they are kept is up to the system that takes them.\n" +
			"Everything about one article is taken away by dragoman purge, ended jobs by dragoman jobs prune.",
		Flags: append(settings("state", "keep-replies", "keep-replies-size"),
			&cli.StringFlag{Name: "older-than", Usage: "what is older than `TIME`, such as 90d"},
			&cli.StringFlag{Name: "keep-size", Usage: "the oldest, until `SIZE` is left, such as 2GB; wants --kind replies or --kind documents"},
			&cli.StringFlag{Name: "kind", Usage: "only these `KINDS`, separated by commas: replies, documents, history (default: all)"},
			&cli.BoolFlag{Name: "dry-run", Usage: "take nothing away, only say what would go"},
			&cli.BoolFlag{Name: "json", Usage: "print one JSON object a kind"},
		),
		Action: func(c *cli.Context) error {
			if err := wants(c, 0, 0, "no arguments"); err != nil {
				return err
			}
			cfg, err := load(c, env)
			if err != nil {
				return err
			}
			opts := pruneOptions{DryRun: c.Bool("dry-run"), JSON: c.Bool("json")}
			if err := opts.read(c.String("older-than"), c.String("keep-size"), c.String("kind")); err != nil {
				return err
			}
			return runPrune(c.Context, env, cfg, opts)
		},
	}
}

// pruneOptions is what `prune` is told by flags alone.
type pruneOptions struct {
	OlderThan time.Duration // 0: no age is given
	KeepSize  int64         // -1: no size is given
	Kinds     []string      // of kindWords; none is all
	DryRun    bool
	JSON      bool
}

// kindWords are the kinds that a person names, and what of the store each is.
var kindWords = []struct {
	word  string
	kinds []store.Kind
}{
	{"replies", []store.Kind{store.KindReplies, store.KindSettled}},
	{"documents", []store.Kind{store.KindTexts}},
	{"history", []store.Kind{store.KindFirings, store.KindDeliveries, store.KindRuns}},
}

// read reads the flags.
func (o *pruneOptions) read(older, size, kinds string) (err error) {
	o.KeepSize = -1
	if older != "" {
		if o.OlderThan, err = setting.Duration(older); err != nil {
			return badUsage("", "prune: --older-than %w", err)
		}
	}
	if size != "" {
		if o.KeepSize, err = config.ParseSize(size); err != nil {
			return badUsage("", "prune: --keep-size %w", err)
		}
	}
	for _, word := range strings.Split(kinds, ",") {
		word = strings.TrimSpace(word)
		known := slices.ContainsFunc(kindWords, func(k struct {
			word  string
			kinds []store.Kind
		},
		) bool {
			return k.word == word
		})
		switch {
		case kinds == "":
		case !known:
			return badUsage("", "prune: --kind must be of replies, documents and history, not %q", word)
		default:
			o.Kinds = append(o.Kinds, word)
		}
	}
	if size != "" && !slices.Equal(o.Kinds, []string{"replies"}) && !slices.Equal(o.Kinds, []string{"documents"}) {
		return badUsage("add --kind replies", "prune: --keep-size wants one kind that has a size: --kind replies or --kind documents")
	}
	return nil
}

// wanted reports whether a kind of the store is among those named.
func (o pruneOptions) wanted(k store.Kind) bool {
	for _, w := range kindWords {
		if slices.Contains(w.kinds, k) {
			return len(o.Kinds) == 0 || slices.Contains(o.Kinds, w.word)
		}
	}
	return false
}

// pruneRule is one line of a policy.
type pruneRule struct {
	Kind       store.Kind
	Collection string        // "" is everything
	OlderThan  time.Duration // 0: whatever its age
	Most       int64         // bytes that may stay; -1: no bound
}

// pruned is what a rule came to.
type pruned struct {
	Kind       store.Kind    `json:"kind"`
	Collection string        `json:"collection,omitempty"` // of a schedule's rule
	Had        store.Amounts `json:"had"`                  // of the kind, everywhere
	Gone       store.Amounts `json:"gone"`
	DryRun     bool          `json:"dryRun"` // nothing was taken away
}

// rules are what the flags say, or else the policy.
func (o pruneOptions) rules(cfg *config.Config, schedules []store.Schedule) ([]pruneRule, error) {
	if o.OlderThan == 0 && o.KeepSize < 0 {
		all, err := policyRules(cfg, schedules)
		return slices.DeleteFunc(all, func(r pruneRule) bool { return !o.wanted(r.Kind) }), err
	}
	var rules []pruneRule
	for _, w := range kindWords {
		for _, k := range w.kinds {
			if !o.wanted(k) || k == store.KindSettled && o.OlderThan == 0 {
				continue
			}
			most := o.KeepSize
			if k == store.KindSettled { // few bytes: they go by age
				most = -1
			}
			rules = append(rules, pruneRule{Kind: k, OlderThan: o.OlderThan, Most: most})
		}
	}
	return rules, nil
}

// policyRules are what the configuration and the schedules say of keeping.
// Settled answers go by age with the replies; they are few bytes.
func policyRules(cfg *config.Config, schedules []store.Schedule) ([]pruneRule, error) {
	var rules []pruneRule
	if cfg.KeepReplies > 0 || cfg.KeepRepliesSize > 0 {
		most := int64(-1)
		if cfg.KeepRepliesSize > 0 {
			most = cfg.KeepRepliesSize
		}
		rules = append(rules, pruneRule{Kind: store.KindReplies, OlderThan: cfg.KeepReplies, Most: most})
	}
	if cfg.KeepReplies > 0 {
		rules = append(rules, pruneRule{Kind: store.KindSettled, OlderThan: cfg.KeepReplies, Most: -1})
	}
	for _, s := range schedules {
		spec, err := scheduler.SpecOf(s)
		if err != nil {
			return nil, err
		}
		collection := schedule.Collection(s.Name)
		if spec.Keep.Texts > 0 {
			rules = append(rules, pruneRule{store.KindTexts, collection, spec.Keep.Texts, -1})
		}
		if spec.Keep.History > 0 {
			rules = append(rules, pruneRule{store.KindFirings, collection, spec.Keep.History, -1}, pruneRule{store.KindDeliveries, collection, spec.Keep.History, -1})
		}
	}
	return rules, nil
}

// pruneBy takes away what rules say.
func pruneBy(ctx context.Context, st *store.Store, rules []pruneRule, now time.Time, dry bool) ([]pruned, error) {
	had, err := st.Keeper.Sizes(ctx)
	if err != nil {
		return nil, err
	}
	var all []pruned
	for _, r := range rules {
		p := pruned{Kind: r.Kind, Collection: r.Collection, Had: had[r.Kind], DryRun: dry}
		var before time.Time // nothing is older
		if r.OlderThan > 0 {
			before = now.Add(-r.OlderThan)
		}
		if r.Collection == "" {
			p.Gone, err = st.Keeper.Prune(ctx, r.Kind, before, r.Most, dry)
		} else if keeper, ok := st.Keeper.(store.Pruner); ok {
			p.Gone, err = keeper.PruneOf(ctx, r.Collection, r.Kind, before, dry)
		}
		if err != nil {
			return all, fmt.Errorf("pruning %s: %w", r.Kind, err)
		}
		all = append(all, p)
	}
	return all, nil
}

// runPrune is the work of `prune`.
func runPrune(ctx context.Context, env *environment, cfg *config.Config, opts pruneOptions) (err error) {
	kept := &keeping{cfg: cfg, now: env.now}
	defer func() { err = closing(err, kept.close) }()
	st, err := keeperOf(ctx, kept, "prune")
	if err != nil {
		return err
	}
	schedules, err := st.Schedules.List(ctx)
	if err != nil {
		return err
	}
	rules, err := opts.rules(cfg, schedules)
	if err != nil {
		return err
	}
	all, err := pruneBy(ctx, st, rules, env.now(), opts.DryRun)
	if err != nil {
		return err
	}
	if len(rules) == 0 && !opts.JSON {
		fmt.Fprintln(env.stderr, "nothing is to go: no policy is set; give --older-than, or set keep-replies, keep-replies-size, or keep: of a schedule")
	}
	if len(rules) == 0 {
		if all, err = standing(ctx, st, opts); err != nil {
			return err
		}
	}
	return printPruned(env, all, opts)
}

// standing is what there is of each kind, where nothing is to go.
func standing(ctx context.Context, st *store.Store, opts pruneOptions) ([]pruned, error) {
	had, err := st.Keeper.Sizes(ctx)
	var all []pruned
	for _, w := range kindWords {
		for _, k := range w.kinds {
			if opts.wanted(k) {
				all = append(all, pruned{Kind: k, Had: had[k], DryRun: opts.DryRun})
			}
		}
	}
	return all, err
}

// keeperOf opens a state that things can be taken away from.
func keeperOf(ctx context.Context, kept *keeping, command string) (*store.Store, error) {
	st, err := kept.store(ctx)
	if err != nil {
		return nil, err
	}
	if st.Keeper == nil {
		return nil, badUsage("delete its files, or set DRAGOMAN_STATE to a database", "%s needs a database, and %s is a folder of files", command, kept.cfg.StateName())
	}
	return st, nil
}

func printPruned(env *environment, all []pruned, opts pruneOptions) error {
	enc := json.NewEncoder(env.stdout)
	enc.SetEscapeHTML(false)
	gone := "gone"
	if opts.DryRun {
		gone = "would go"
	}
	rows := [][]string{{"what", "of", "there were", "size", gone, "size"}}
	for _, p := range all {
		if opts.JSON {
			if err := enc.Encode(p); err != nil {
				return &outputError{fmt.Errorf("printing what went: %w", err)}
			}
			continue
		}
		rows = append(rows, []string{
			string(p.Kind), dash(p.Collection), term.Number(int(p.Had.Rows)), bytesOf(p.Had.Bytes), term.Number(int(p.Gone.Rows)), bytesOf(p.Gone.Bytes),
		})
	}
	if opts.JSON {
		return nil
	}
	return term.Table(env.stdout, rows)
}

// bytesOf is a number of bytes for a list: "1.2 MB".
func bytesOf(n int64) string {
	units := []string{"B", "kB", "MB", "GB", "TB"}
	f, i := float64(n), 0
	for f >= 999.5 && i < len(units)-1 {
		f, i = f/1000, i+1
	}
	if i == 0 || f >= 99.5 {
		return fmt.Sprintf("%.0f %s", f, units[i])
	}
	return fmt.Sprintf("%.1f %s", f, units[i])
}
