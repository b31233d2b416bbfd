package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"dragoman/cmd/internal/config"
	"dragoman/cmd/internal/store"
	"dragoman/cmd/internal/term"
)

func purgeCommand(env *environment) *cli.Command {
	return &cli.Command{
		Name:      "purge",
		Usage:     "take everything about an article away, everywhere, and say what",
		ArgsUsage: "ARTICLE…",
		Description: "ARTICLE is an id, an address, an article's output folder or the document.json in it, or the file that it\n" +
			"was read from.\n" +
			"What goes: its row, its texts and editions, its deliveries, its jobs, the replies and settled answers\n" +
			"that no other article has used, what an editor decided about its sentences, its files in output folders\n" +
			"and in every folder and site that its schedule ever delivered to.\n" +
			"What stays: the replies that other articles share; digests, so that a schedule does not buy it again;\n" +
			"the file that it was read from: a batch that still has it buys it again. What was sent to webhooks,\n" +
			"exported, recorded or logged cannot be taken back.",
		Flags: append(settings("state"),
			&cli.StringFlag{Name: "collection", Usage: "the article of this `COLLECTION`: its id, or the output folder of its batch"},
			&cli.BoolFlag{Name: "dry-run", Usage: "take nothing away, only say what would go"},
			&cli.BoolFlag{Name: "yes", Aliases: []string{"y"}, Usage: "do not ask first"},
			&cli.BoolFlag{Name: "json", Usage: "print one JSON object an article"},
		),
		Action: func(c *cli.Context) error {
			if err := wants(c, 1, -1, "an article: an id, an address, a document.json, an output folder, or the file that it was read from"); err != nil {
				return err
			}
			cfg, err := load(c, env)
			if err != nil {
				return err
			}
			return runPurge(c.Context, env, cfg, purgeOptions{
				Articles: c.Args().Slice(), Collection: c.String("collection"), DryRun: c.Bool("dry-run"), Yes: c.Bool("yes"), JSON: c.Bool("json"),
			})
		},
	}
}

// purgeOptions is what `purge` is told by flags alone.
type purgeOptions struct {
	Articles   []string
	Collection string
	DryRun     bool
	Yes        bool
	JSON       bool
}

// purgeAccount is what `purge` says of one article. The fields of --json are
// stable.
type purgeAccount struct {
	Article    string                       `json:"article"`    // its id, or as it was named
	Collection string                       `json:"collection"` // "" where it is none's: an article of `run`
	Origin     string                       `json:"origin"`
	Gone       map[store.Kind]store.Amounts `json:"gone"`      // from the state
	Decisions  int                          `json:"decisions"` // about its sentences
	Jobs       int                          `json:"jobs"`
	Firings    int                          `json:"firings"` // whose account named it
	Files      []string                     `json:"files"`
	Reports    []string                     `json:"reports"` // folders whose reports were written again without it
	Notes      []string                     `json:"notes"`   // what stays, and why
	DryRun     bool                         `json:"dryRun"`
}

// runPurge is the work of `purge`.
func runPurge(ctx context.Context, env *environment, cfg *config.Config, opts purgeOptions) (err error) {
	kept := &keeping{cfg: cfg, now: env.now}
	defer func() { err = closing(err, kept.close) }()
	st, err := keeperOf(ctx, kept, "purge")
	if err != nil {
		return err
	}
	p := &purging{env: env, cfg: cfg, st: st, sinks: fromPlaces}
	var found []*subject
	for _, name := range opts.Articles { // all are known before any is touched
		s, err := p.find(ctx, name, opts.Collection)
		if err != nil {
			return err
		}
		found = append(found, s)
	}
	if !opts.DryRun && !opts.Yes {
		if err := p.confirm(ctx, found, opts); err != nil {
			return err
		}
	}
	for _, s := range found {
		account, err := p.purge(ctx, s, opts.DryRun)
		if err != nil {
			return err
		}
		if err := printPurged(env.stdout, account, opts.JSON); err != nil {
			return err
		}
	}
	return nil
}

// confirm shows what would go and asks. Where nobody can be asked, nothing is
// taken away.
func (p *purging) confirm(ctx context.Context, found []*subject, opts purgeOptions) error {
	in, ok := p.env.stdin.(io.Writer) // a file, if it is a terminal
	if !ok || !term.Is(in) {
		return badUsage("add --yes, or see first what would go: --dry-run", "purge asks before it takes anything away, and there is no terminal to ask on")
	}
	for _, s := range found {
		account, err := p.purge(ctx, s, true)
		if err != nil {
			return err
		}
		if err := printPurged(p.env.stderr, account, false); err != nil {
			return err
		}
	}
	fmt.Fprint(p.env.stderr, "take this away for good? (yes/no) ")
	answer, err := bufio.NewReader(p.env.stdin).ReadString('\n')
	if err != nil || strings.ToLower(strings.TrimSpace(answer)) != "yes" {
		return badUsage("", "purge: nothing was taken away")
	}
	return nil
}

// purgedKinds are the kinds in the order in which they are told.
var purgedKinds = []struct {
	kind store.Kind
	name string
}{
	{store.KindTexts, "rows with article and edition"}, {store.KindReplies, "replies"}, {store.KindSettled, "settled answers"}, {store.KindDeliveries, "deliveries"},
}

func printPurged(w io.Writer, a *purgeAccount, asJSON bool) error {
	if asJSON {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		return enc.Encode(a)
	}
	word := "purged"
	if a.DryRun {
		word = "would purge"
	}
	fmt.Fprintf(w, "%s %s", word, term.String(a.Article))
	if a.Collection != "" {
		fmt.Fprintf(w, " of %s", a.Collection)
	}
	if a.Origin != "" {
		fmt.Fprintf(w, ", read from %s", term.String(a.Origin))
	}
	fmt.Fprintln(w)
	var rows [][]string
	add := func(n int64, name, size string) {
		if n > 0 {
			rows = append(rows, []string{" ", term.Number(int(n)), name, size})
		}
	}
	for _, k := range purgedKinds {
		add(a.Gone[k.kind].Rows, k.name, bytesOf(a.Gone[k.kind].Bytes))
	}
	add(int64(a.Decisions), "decisions", "")
	add(int64(a.Jobs), "jobs", "")
	add(int64(a.Firings), "firings that named it", "")
	add(int64(len(a.Files)), "files", "")
	if err := term.Table(w, rows); err != nil {
		return err
	}
	for _, lines := range []struct {
		word string
		of   []string
	}{{"file", a.Files}, {"report written again", a.Reports}, {"note", a.Notes}} {
		for _, line := range lines.of {
			fmt.Fprintf(w, "  %s: %s\n", lines.word, term.String(line))
		}
	}
	return nil
}
