package source

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"dragoman/cmd/internal/schedule"
	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
)

// listBytes bounds a list of addresses: a hundred thousand of them.
const listBytes = 10 << 20

// address is one page of a list.
type address struct{ key, link string }

// addresses polls a list of pages. Those that are due are looked at in the order
// of the list, as many as MaxItems says; the rest is looked at by the next poll.
func (p *Poller) addresses(ctx context.Context, src schedule.Source, poll *Poll) error {
	m := p.remember(poll)
	g := p.pages(m, src)
	list, err := g.list(src)
	if err != nil {
		return err
	}
	keys := make([]string, len(list))
	for i, a := range list {
		keys[i] = a.key
	}
	if err := m.recall(ctx, keys, nil); err != nil {
		return err
	}
	most := src.MaxItems
	if most == 0 {
		most = MaxItems
	}
	asked := 0
	list, rested := g.dueFirst(list)
	for i, a := range list {
		old, known := m.byKey[a.key]
		if i >= len(list)-rested && (!p.Eager || asked >= most || g.full()) {
			poll.Known++
			continue
		}
		if asked >= most || g.full() {
			poll.Left++
			continue
		}
		asked++
		if err := g.address(ctx, a, old, known); err != nil {
			return err
		}
	}
	poll.NotChanged = len(list) > 0 && asked == 0
	return g.close()
}

// dueFirst puts pages that are known and not due to the end, and says how many
// they are; where nobody asks for them now, a note says when they are due.
func (g *pages) dueFirst(list []address) (sorted []address, rested int) {
	var rest []address
	var first time.Time
	for _, a := range list {
		old, known := g.byKey[a.key]
		if !known || g.due(old) {
			sorted = append(sorted, a)
			continue
		}
		rest = append(rest, a)
		if at := old.Looked.Add(g.recheck); first.IsZero() || at.Before(first) {
			first = at
		}
	}
	if len(rest) > 0 && !g.p.Eager {
		g.poll.note("known and not looked at again before %s: %d of %d pages (recheck)", first.UTC().Format(time.RFC3339), len(rest), len(list))
	}
	return append(sorted, rest...), len(rest)
}

// address looks at one page.
func (g *pages) address(ctx context.Context, a address, old store.Entry, known bool) error {
	answer, err := g.get(ctx, a.key, a.link, old)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var found *pipeline.Article
	if err == nil && !answer.Unchanged {
		found, err = article(answer)
	}
	switch {
	case err != nil:
		g.problem(a.key, err, true)
		return nil
	case answer.Unchanged && !known:
		g.problem(a.key, invalid(a.link, "", "the server says that nothing has changed, and nothing is known of it"), true)
		return nil
	case answer.Unchanged:
		g.unchanged(old, old.Content)
		return nil
	}
	if answer.Moved != "" && Canonical(answer.Moved) != a.key {
		g.poll.note("%s has moved for good: change its address to %s", a.link, answer.Moved)
	}
	t := thing{key: a.key, link: a.link, article: found, paged: true, tag: answer.ETag, modified: answer.Modified}
	t.offered = Content(found)
	return g.read(ctx, t)
}

// list gives the addresses of a source, each once. A line that is none is a
// problem.
func (g *pages) list(src schedule.Source) ([]address, error) {
	var out []address
	seen := map[string]bool{}
	add := func(link, where string) {
		key := Canonical(link)
		switch {
		case key == "":
			g.poll.Problems = append(g.poll.Problems, Problem{
				Key: where, Line: oneLine(fmt.Sprintf("%s: %q is no address of the web (give https://…, one a line; # begins a comment)", where, link)), Since: g.now, Tries: 1,
			})
		case !seen[key]:
			seen[key] = true
			out = append(out, address{key: bounded(key), link: link})
		}
	}
	for i, link := range src.URLs {
		add(strings.TrimSpace(link), fmt.Sprintf("urls[%d]", i))
	}
	if src.List == "" {
		return out, nil
	}
	raw, err := readList(src.List)
	if err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(bytes.NewReader(raw))
	lines.Buffer(nil, listBytes)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\uFEFF"))
		if link, _, commented := strings.Cut(line, " #"); commented {
			line = strings.TrimSpace(link)
		}
		if line != "" && !strings.HasPrefix(line, "#") {
			add(line, fmt.Sprintf("%s:%d", src.List, n))
		}
	}
	return out, nil
}

// readList reads a list of addresses, which is a regular file.
func readList(name string) ([]byte, error) {
	info, err := os.Stat(name) // a pipe must not be opened: it would wait for its writer
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, invalid(name, "make the file, or take list out of the schedule", "there is no such list")
	case err != nil:
		return nil, invalid(name, "make it readable for the user who runs this", "the list cannot be read: %w", err)
	case !info.Mode().IsRegular():
		return nil, invalid(name, "name a file", "the list is no regular file")
	case info.Size() > listBytes:
		return nil, invalid(name, "split it", "the list is larger than %d MiB", listBytes>>20)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, invalid(name, "make it readable for the user who runs this", "the list cannot be read: %w", err)
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, listBytes))
	if err != nil {
		return nil, invalid(name, "", "the list cannot be read: %w", err)
	}
	return raw, nil
}
