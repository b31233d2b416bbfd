package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"dragoman/cmd/internal/outdir"
	"dragoman/pipeline"
	"dragoman/pipeline/writer"
)

// exportOptions is what `export` is told.
type exportOptions struct {
	File   string // document.json, or the folder that holds it
	Format string // md, html or json
	Lang   string // of md; "" is all editions
	Out    string // folder; "" is stdout
	Quiet  bool
}

func exportCommand(env *environment) *cli.Command {
	return &cli.Command{
		Name:      "export",
		Usage:     "render again from document.json, at no cost",
		ArgsUsage: "DOCUMENT.JSON | FOLDER",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "format", Usage: "md, html or json", Value: "md"},
			&cli.StringFlag{Name: "lang", Usage: "the edition that md prints, such as ru (default: all)"},
			&cli.StringFlag{Name: "out", Aliases: []string{"o"}, Usage: "write all files into a folder of the article under `DIR`"},
			&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "say nothing on stderr when all is well"},
		},
		Action: func(c *cli.Context) error {
			if err := wants(c, 1, 1, "a document.json, or the folder that holds it"); err != nil {
				return err
			}
			if c.IsSet("out") && (c.IsSet("format") || c.IsSet("lang")) {
				return badUsage("", "export: --out writes every format and language; --format and --lang choose what is printed")
			}
			return export(env, exportOptions{File: c.Args().First(), Format: c.String("format"), Lang: c.String("lang"), Out: c.String("out"), Quiet: c.Bool("quiet")})
		},
	}
}

func export(env *environment, opts exportOptions) (err error) {
	doc, err := readDocument(opts.File)
	if err != nil {
		return err
	}
	if opts.Out != "" {
		dir, err := openOut(opts.Out)
		if err != nil {
			return err
		}
		defer func() { err = closing(err, dir.Close) }()
		folder, err := dir.write(doc)
		if err == nil && !opts.Quiet {
			fmt.Fprintf(env.stderr, "written: %s\n", folder)
		}
		return err
	}
	if opts.Lang != "" && opts.Format != "md" {
		return badUsage("", "export: --lang chooses an edition of md; %s holds all of them", opts.Format)
	}
	switch opts.Format {
	case "html":
		err = writer.HTML(env.stdout, doc)
	case "json":
		err = writer.JSON(env.stdout, doc)
	case "md":
		if opts.Lang == "" {
			err = printEditions(env.stdout, doc)
			break
		}
		if langs := outdir.Editions(doc); !slices.Contains(langs, opts.Lang) {
			return badUsage("", "export: the document has no edition in %q; it has %s", opts.Lang, strings.Join(langs, ", "))
		}
		err = writer.Markdown(opts.Lang)(env.stdout, doc)
	default:
		return badUsage(suggest(opts.Format, flagValues["format"]), "export: no such format: %q; there are md, html and json", opts.Format)
	}
	if err != nil {
		return &outputError{fmt.Errorf("printing the article: %w", err)}
	}
	return nil
}

// readDocument reads a document.json; a folder stands for the one in it.
func readDocument(name string) (*pipeline.Document, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, badUsage("", "export: %w", err)
	}
	if info.IsDir() {
		name = filepath.Join(name, "document.json")
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, badUsage("", "export: %w", err)
	}
	defer f.Close()
	doc, err := writer.ReadJSON(f)
	if err != nil {
		return nil, badUsage(hintOf(err), "%s: %w", name, err)
	}
	if doc.Source == nil {
		return nil, badUsage("", "%s: the document holds no source article", name)
	}
	return doc, nil
}
