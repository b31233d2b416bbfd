package main

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"dragoman/cmd/internal/config"
	"dragoman/cmd/internal/outdir"
	"dragoman/fixtures"
	"dragoman/pipeline"
	"dragoman/pipeline/locale"
)

func demoCommand(env *environment) *cli.Command {
	return &cli.Command{
		Name:        "demo",
		Usage:       "take the sample article through all stages, offline, and show the result",
		Description: "Needs no key, no network and no configuration: the answers are recorded and come with the program.\nNothing is written but a new folder for temporary files, which is named at the end.",
		Action: func(c *cli.Context) error {
			if err := wants(c, 0, 0, "no arguments"); err != nil {
				return err
			}
			return runDemo(c.Context, env)
		},
	}
}

// runDemo unpacks the sample case into a new temporary folder and runs it with
// its recordings, as `run --replay` would.
func runDemo(ctx context.Context, env *environment) error {
	sample, err := fixtures.FS()
	if err != nil {
		return err
	}
	sampleCase, err := fixtures.Load(sample)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "dragoman-demo-")
	if err != nil {
		return &outputError{fmt.Errorf("making a folder for the demo: %w", err)}
	}
	replies, err := fs.Sub(sample, "replies")
	if err != nil {
		return err
	}
	if err := os.CopyFS(filepath.Join(dir, "replies"), replies); err != nil {
		return &outputError{fmt.Errorf("unpacking the demo: %w", err)}
	}
	text, err := fs.ReadFile(sample, sampleCase.Input)
	if err != nil {
		return err
	}
	input := filepath.Join(dir, sampleCase.Name+filepath.Ext(sampleCase.Input))
	if err := os.WriteFile(input, text, 0o644); err != nil {
		return &outputError{fmt.Errorf("unpacking the demo: %w", err)}
	}
	// The sample's own settings and nobody else's: the demo shows the program.
	cfg, err := config.Load(config.Sources{
		Env:   func(name string) (string, bool) { return dir, name == "HOME" || name == "LocalAppData" },
		Flags: map[string]string{"to": strings.Join(sampleCase.To, ",")},
	})
	if err != nil {
		return err
	}
	opts := runOptions{Files: []string{input}, Out: filepath.Join(dir, "out"), Replay: filepath.Join(dir, "replies")}
	err = runArticles(ctx, env, cfg, opts)
	doc, readErr := readDocument(filepath.Join(opts.Out, outdir.Name(sampleCase.Name)))
	if readErr != nil {
		return cmp.Or(err, readErr)
	}
	if e := printDemo(env, doc, filepath.Join(opts.Out, outdir.Name(sampleCase.Name))); e != nil {
		return e
	}
	return err
}

// printDemo shows the summary and an excerpt of each edition.
func printDemo(env *environment, doc *pipeline.Document, folder string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n", doc.Normalized.First(pipeline.Headline))
	applied, proposed := 0, 0
	for _, e := range doc.Edits {
		if e.InText() {
			applied++
		} else {
			proposed++
		}
	}
	fmt.Fprintf(&b, "%d corrections applied, %d proposed. Three of them:\n", applied, proposed)
	for i, e := range doc.Edits {
		if i == 3 {
			break
		}
		fmt.Fprintf(&b, "  %s\n    %s\n", tracked(doc.Normalized, e), e.Reason)
	}
	writeSummary(&b, locale.English.Name, func(id string) (string, bool) {
		for _, s := range doc.Summary.Sentences {
			if s.ID == id {
				return s.Text, true
			}
		}
		return "", false
	})
	for _, tr := range doc.Translations {
		l, ok := locale.For(tr.Lang)
		if !ok {
			continue
		}
		writeSummary(&b, l.Name, func(id string) (string, bool) {
			for _, u := range tr.Summary {
				if u.ID == id && u.Target != "" {
					return u.Target, true
				}
			}
			return "", false
		})
		fmt.Fprintf(&b, "  …\n%s", excerpt(doc, tr))
	}
	fmt.Fprintf(&b, "\nThe report: %s\nEvery file:  %s\n", filepath.Join(folder, "report.html"), folder)
	_, err := env.stdout.Write([]byte(b.String()))
	return err
}

// aroundEdit is how many characters of the sentence stand on either side of an
// edit in the excerpt.
const aroundEdit = 24

// tracked is an edit within its sentence: "… 11 bullets in [a → the] back - video …".
func tracked(art *pipeline.Article, e pipeline.Edit) string {
	change := "[" + e.Before + " → " + e.After + "]"
	s, ok := art.Sentence(e.Span.Sentence)
	if !ok || e.Span.Start < 0 || e.Span.End > len(s.Text) || e.Span.Start > e.Span.End {
		return change
	}
	before, after := []rune(s.Text[:e.Span.Start]), []rune(s.Text[e.Span.End:])
	left, right := string(before), string(after)
	if len(before) > aroundEdit {
		left = "…" + string(before[len(before)-aroundEdit:])
	}
	if len(after) > aroundEdit {
		right = string(after[:aroundEdit]) + "…"
	}
	return left + change + right
}

// writeSummary writes headline, lead and key points of one language.
func writeSummary(b *strings.Builder, name string, text func(id string) (string, bool)) {
	fmt.Fprintf(b, "\n## %s\n\n", name)
	for _, line := range [][2]string{{"sum.h", "  "}, {"sum.l", "  "}, {"sum.k1", "  • "}, {"sum.k2", "  • "}, {"sum.k3", "  • "}} {
		if t, ok := text(line[0]); ok {
			fmt.Fprintf(b, "%s%s\n", line[1], t)
		}
	}
}

// excerpt is the translated lead.
func excerpt(doc *pipeline.Document, tr pipeline.Translation) string {
	for _, block := range doc.Normalized.Body {
		if block.Kind != pipeline.Lead {
			continue
		}
		var b strings.Builder
		for _, s := range block.Sentences {
			for _, u := range tr.Article {
				if u.ID == s.ID && u.Target != "" {
					fmt.Fprintf(&b, "  %s\n", u.Target)
				}
			}
		}
		return b.String()
	}
	return ""
}
