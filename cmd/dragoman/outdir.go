package main

import (
	"errors"
	"io"

	"dragoman/cmd/internal/outdir"
	"dragoman/pipeline"
	"dragoman/pipeline/writer"
)

// outDir is an output folder that this run alone writes to. An article's
// folder has the name of the article's id.
type outDir struct{ *outdir.Dir }

// openOut makes the folder if need be and locks it. It does not wait: a folder
// that another run holds is an error of type *outdir.Locked.
func openOut(dir string) (*outDir, error) {
	d, err := outdir.Open(dir)
	if u, ok := errors.AsType[*outdir.Unusable](err); ok {
		return nil, badUsage("", "%w", u)
	}
	if err != nil && !errors.As(err, new(*outdir.Locked)) {
		return nil, &outputError{err}
	}
	if err != nil {
		return nil, err
	}
	return &outDir{d}, nil
}

// write puts one document into its folder, and returns the folder's path.
func (o *outDir) write(doc *pipeline.Document) (string, error) {
	folder, err := o.Write(outdir.Name(doc.Source.ID), doc)
	if err != nil {
		return "", &outputError{err}
	}
	return folder, nil
}

// better reports whether the article's folder holds an edition of an earlier
// run in which fewer sentences failed, and where.
func (o *outDir) better(doc *pipeline.Document) (string, bool) {
	return o.Better(outdir.Name(doc.Source.ID), doc)
}

// printEditions writes the Markdown of every edition, one after the other,
// with a line between them.
func printEditions(w io.Writer, doc *pipeline.Document) error {
	for i, lang := range outdir.Editions(doc) {
		if i > 0 {
			if _, err := io.WriteString(w, "\n---\n\n"); err != nil {
				return err
			}
		}
		if err := writer.Markdown(lang)(w, doc); err != nil {
			return err
		}
	}
	return nil
}
