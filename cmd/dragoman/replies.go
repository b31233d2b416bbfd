package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"dragoman/cmd/internal/term"
	"dragoman/pipeline/llm"
)

func repliesCommand(env *environment) *cli.Command {
	from := &cli.StringFlag{Name: "from", Usage: "`FOLDER` of a ledger or of recordings (default: the state's)"}
	return &cli.Command{
		Name:  "replies",
		Usage: "what was asked and answered, good or bad",
		Subcommands: []*cli.Command{
			{
				Name: "list", ArgsUsage: " ", Usage: "one line an exchange",
				Flags: append(settings(), from,
					&cli.StringFlag{Name: "stage", Usage: "only of `STAGE`: correct, names, summarize or translate"},
					&cli.BoolFlag{Name: "json", Usage: "print one JSON object an exchange"}),
				Action: func(c *cli.Context) error {
					if err := wants(c, 0, 0, "no arguments"); err != nil {
						return err
					}
					return withReplies(c, env, func(ledger llm.Ledger) error {
						return repliesList(c.Context, env, ledger, c.String("stage"), c.Bool("json"))
					})
				},
			},
			{
				Name: "show", ArgsUsage: "KEY", Usage: "a whole exchange: what was asked, and the raw reply",
				Flags: append(settings(), from, &cli.BoolFlag{Name: "json", Usage: "print one JSON object an exchange"}),
				Action: func(c *cli.Context) error {
					if err := wants(c, 1, 1, "the key of an exchange, or its beginning"); err != nil {
						return err
					}
					return withReplies(c, env, func(ledger llm.Ledger) error {
						return repliesShow(c.Context, env, ledger, c.Args().First(), c.Bool("json"))
					})
				},
			},
		},
	}
}

// withReplies opens the ledger of the state, or the one of --from.
func withReplies(c *cli.Context, env *environment, look func(llm.Ledger) error) (err error) {
	cfg, err := load(c, env)
	if err != nil {
		return err
	}
	if from := c.String("from"); from != "" {
		ledger, err := openRecordings(from)
		if err != nil {
			return err
		}
		return look(ledger)
	}
	kept := &keeping{cfg: cfg, now: env.now}
	defer func() { err = closing(err, kept.close) }()
	st, err := kept.store(c.Context)
	if err != nil {
		return err
	}
	return look(st.Ledger)
}

// exchangeLine is what --json prints of an exchange. The fields are stable.
type exchangeLine struct {
	Key        string        `json:"key"`
	Sequence   int           `json:"sequence"`
	Stage      string        `json:"stage"`
	Lang       string        `json:"lang,omitempty"`
	Prompt     string        `json:"prompt"`
	Model      string        `json:"model"`
	Units      []string      `json:"units,omitempty"`
	Sent       time.Time     `json:"sent,omitzero"`
	DurationMS int64         `json:"durationMs"`
	Status     int           `json:"status"`
	Broken     string        `json:"broken,omitempty"`
	Bytes      int           `json:"bytes"`              // of the reply
	NoText     bool          `json:"noText,omitempty"`   // its texts are not stored: no-store-text
	Messages   []llm.Message `json:"messages,omitempty"` // of show
	Reply      string        `json:"reply,omitempty"`    // of show
}

func newExchangeLine(x *llm.Exchange) exchangeLine {
	r := x.Request
	return exchangeLine{
		Key: x.Key, Sequence: x.Sequence, Stage: r.Stage, Lang: r.Lang, Prompt: r.Prompt, Model: r.Model, Units: r.Units,
		Sent: x.Sent, DurationMS: x.Duration.Milliseconds(), Status: x.Reply.Status, Broken: x.Reply.Broken, Bytes: len(x.Reply.Body), NoText: x.NoText,
	}
}

func repliesList(ctx context.Context, env *environment, ledger llm.Ledger, stage string, asJSON bool) error {
	rows := [][]string{{"key", "stage", "to", "asked about", "model", "status", "bytes", "time"}}
	enc := json.NewEncoder(env.stdout)
	enc.SetEscapeHTML(false)
	for x, err := range ledger.All(ctx) {
		if err != nil {
			return err
		}
		if stage != "" && x.Request.Stage != stage {
			continue
		}
		l := newExchangeLine(x)
		if asJSON {
			if err := enc.Encode(l); err != nil {
				return err
			}
			continue
		}
		status := fmt.Sprint(l.Status)
		if l.Broken != "" {
			status += " cut"
		}
		if l.NoText {
			status += " no text"
		}
		rows = append(rows, []string{
			fmt.Sprintf("%.12s-%d", l.Key, l.Sequence), l.Stage, dash(l.Lang), units(l.Units), l.Model, status,
			term.Number(l.Bytes), term.Elapsed(x.Duration),
		})
	}
	if asJSON {
		return nil
	}
	return term.Table(env.stdout, rows)
}

// units is a short form of the sentences asked about: "p1s1 … p9s2 (18)".
func units(ids []string) string {
	switch n := len(ids); {
	case n == 0:
		return "-"
	case n <= 3:
		return strings.Join(ids, " ")
	default:
		return fmt.Sprintf("%s … %s (%d)", ids[0], ids[n-1], n)
	}
}

// repliesShow prints every exchange of a key; a number after a hyphen, as in
// the list, names one of them.
func repliesShow(ctx context.Context, env *environment, ledger llm.Ledger, key string, asJSON bool) error {
	prefix, number, _ := strings.Cut(key, "-")
	if len(prefix) < 4 {
		return badUsage("dragoman replies list", "replies show: %q is too short for the beginning of a key", key)
	}
	found := 0
	for x, err := range ledger.All(ctx) {
		if err != nil {
			return err
		}
		if !strings.HasPrefix(x.Key, prefix) || number != "" && number != fmt.Sprint(x.Sequence) {
			continue
		}
		found++
		if err := printExchange(env, x, asJSON); err != nil {
			return err
		}
	}
	if found == 0 {
		return badUsage("dragoman replies list", "replies show: no exchange with the key %q", key)
	}
	return nil
}

func printExchange(env *environment, x *llm.Exchange, asJSON bool) error {
	l := newExchangeLine(x)
	if asJSON {
		l.Messages, l.Reply = x.Request.Messages, string(x.Reply.Body)
		enc := json.NewEncoder(env.stdout)
		enc.SetEscapeHTML(false)
		return enc.Encode(l)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "key       %s\nsequence  %d\nprompt    %s\nmodel     %s\nsent      %s, %s\nstatus    %d\n",
		x.Key, x.Sequence, l.Prompt, l.Model, x.Sent.Format(time.RFC3339), x.Duration, l.Status)
	if l.Broken != "" {
		fmt.Fprintf(&b, "cut       %s\n", l.Broken)
	}
	if l.NoText {
		b.WriteString("text      not stored (no-store-text)\n")
	}
	for _, m := range x.Request.Messages {
		fmt.Fprintf(&b, "\n--- %s\n%s\n", m.Role, m.Content)
	}
	fmt.Fprintf(&b, "\n--- reply\n%s\n", strings.TrimRight(string(x.Reply.Body), "\n"))
	_, err := env.stdout.Write([]byte(b.String()))
	return err
}
