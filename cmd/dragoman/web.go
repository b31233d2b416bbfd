package main

import (
	"context"
	"strings"

	"github.com/urfave/cli/v2"

	"dragoman/cmd/internal/config"
	"dragoman/cmd/internal/fetch"
	"dragoman/pipeline"
	"dragoman/pipeline/reader"
)

// web fetches the pages that are named on the command line.
type web struct {
	client       *fetch.Client
	ignoreRobots bool
}

// webFlags are the flags of every command that takes addresses.
func webFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "allow-host", Usage: "fetch pages of `HOST[:PORT]` also where that is in a private network or on this machine; may be given several times"},
		&cli.BoolFlag{Name: "ignore-robots", Usage: "fetch pages also where the site's robots.txt disallows it; ask its owner first"},
	}
}

// newWeb makes the client of one run. It asks nobody before a page is wanted.
func newWeb(cfg *config.Config, opts runOptions) (*web, error) {
	if err := fetch.CheckAllow(opts.AllowHosts); err != nil {
		return nil, badUsage(hintOf(err), "--allow-host: %w", err)
	}
	return &web{client: fetch.New(fetch.Config{Allow: opts.AllowHosts, Contact: cfg.Contact, Flags: true}), ignoreRobots: opts.IgnoreRobots}, nil
}

// isAddress reports whether a name is one of a page and not of a file.
func isAddress(name string) bool {
	lower := strings.ToLower(name)
	return strings.HasPrefix(lower, "http://") || strings.HasPrefix(lower, "https://")
}

// check finds what is wrong with an address before anything is done.
func (w *web) check(address string) error {
	if w == nil {
		return badUsage("save the page and name the file", "%s is an address; this command takes files", address)
	}
	if _, err := fetch.Check(address); err != nil {
		return &usageError{err: err, hint: hintOf(err)}
	}
	return nil
}

// articles fetches a page and reads the article in it.
func (w *web) articles(ctx context.Context, address string) ([]*pipeline.Article, error) {
	page, err := w.client.Get(ctx, fetch.Request{
		URL: address, IgnoreRobots: w.ignoreRobots, MaxBytes: reader.MaxBytes,
		Accept: "text/html, application/xhtml+xml, text/markdown, text/plain;q=0.9, */*;q=0.1",
	})
	if err != nil {
		return nil, err
	}
	return reader.Web(page.Body, page.ContentType, page.URL)
}
