package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"

	"dragoman/pipeline"
	"dragoman/pipeline/reader"
)

// source is one file or page of articles that was named on the command line.
type source struct {
	name string // as given; "-" is standard input
	read pipeline.Reader
	web  *web // fetches it, where it is an address
}

// sources checks the names before any work is done: what cannot be an article
// is a mistake of the caller's. Addresses are for the web; nil refuses them.
func sources(names []string, w *web) ([]source, error) {
	var out []source
	seen := map[string]bool{}
	for _, name := range names {
		if seen[name] {
			return nil, badUsage("", "%s is named twice", name)
		}
		seen[name] = true
		if isAddress(name) {
			if err := w.check(name); err != nil {
				return nil, err
			}
			out = append(out, source{name: name, web: w})
			continue
		}
		read, err := readerOf(name)
		if err != nil {
			return nil, err
		}
		out = append(out, source{name: name, read: read})
	}
	return out, nil
}

// readerOf finds the reader for one name, or says what is wrong with it.
func readerOf(name string) (pipeline.Reader, error) {
	if name == "-" {
		return reader.Sniff, nil
	}
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, badUsage("", "no such file: %s", name)
	case err != nil:
		return nil, badUsage("", "%w", err)
	case info.IsDir():
		return nil, badUsage(`name the files themselves: dragoman run "`+name+`"/*.txt --out DIR`,
			"%s is a folder; this version works on files, not yet on folders", name)
	}
	read, err := reader.For(name)
	if err != nil {
		return nil, &usageError{err: err, hint: hintOf(err)}
	}
	return read, nil
}

// articles reads what is in one source. Waiting for standard input or a page
// ends with the context; a file is there or is not.
func (s source) articles(ctx context.Context, stdin io.Reader) ([]*pipeline.Article, error) {
	if s.web != nil {
		return s.web.articles(ctx, s.name)
	}
	if s.name != "-" {
		f, err := os.Open(s.name)
		if err != nil {
			return nil, &pipeline.Error{Code: pipeline.Invalid, Stage: "read", Err: err}
		}
		defer f.Close()
		return s.read(f, s.name)
	}
	type result struct {
		arts []*pipeline.Article
		err  error
	}
	done := make(chan result, 1)
	go func() {
		arts, err := s.read(stdin, "stdin")
		done <- result{arts, err}
	}()
	select {
	case r := <-done:
		return r.arts, r.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// openRows opens a file of rows; "-" is standard input, which ends with the
// context too: who waits for a row that never comes is woken by the signal.
func openRows(ctx context.Context, env *environment, name string) (io.ReadCloser, error) {
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, badUsage("", "reading rows: %w", err)
		}
		return f, nil
	}
	out, in := io.Pipe()
	go func() {
		_, err := io.Copy(in, env.stdin)
		in.CloseWithError(err) // nil is the end of the file
	}()
	context.AfterFunc(ctx, func() { in.CloseWithError(context.Cause(ctx)) })
	return out, nil
}
