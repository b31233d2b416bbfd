package schedule

import (
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
)

// names notes schedules of one name. Case does not tell two apart, because it
// does not on every file system.
func (r *reader) names(list []parsed) {
	first := map[string]*yaml.Node{}
	for _, p := range list {
		if p.Name == "" {
			continue
		}
		name := strings.ToLower(p.Name)
		if n := first[name]; n != nil {
			r.fail(p.name, "there is a schedule %q already, in line %d; name this one otherwise", p.Name, n.Line)
			continue
		}
		first[name] = p.name
	}
}

// sinkNames notes sinks of one name in a schedule, and of one place.
func (r *reader) sinkNames(p *parsed) {
	names, targets := map[string]*yaml.Node{}, map[string]*yaml.Node{}
	for i, s := range p.Sinks {
		n := p.sinks[i]
		target := s.Folder + s.Webhook + s.Site
		if target == "" || s.Name == "" {
			continue // has a problem of its own
		}
		switch name := strings.ToLower(s.Name); {
		case targets[target] != nil:
			r.fail(n, "the sink in line %d goes to the same place; take one of them out", targets[target].Line)
		case names[name] != nil:
			r.fail(n, "the sink in line %d has the name %q too; give one of them another", names[name].Line, s.Name)
		default:
			names[name], targets[target] = n, n
		}
	}
}

// shared notes folders and sites of two schedules: the names in them are those of
// the articles, so that each would write over what the other delivered.
func (r *reader) shared(list []parsed) {
	owner := map[string]string{}
	for _, p := range list {
		for i, s := range p.Sinks {
			out := s.Folder + s.Site
			if out == "" || p.Name == "" {
				continue // a webhook, or with a problem of its own
			}
			if other, taken := owner[out]; taken && other != p.Name {
				r.fail(p.sinks[i], "the folder is schedule %s's too; give each its own, or one writes over what the other delivered", other)
				continue
			}
			owner[out] = p.Name
		}
	}
}

// circles notes inboxes into which editions or processed files would come: what
// is written there would be taken for an article, again and again.
func (r *reader) circles(list []parsed) {
	type inbox struct {
		path, moveTo, schedule string
	}
	var boxes []inbox
	for _, p := range list {
		for i, s := range p.Sources {
			if s.Inbox == "" {
				continue
			}
			for _, b := range boxes {
				if b.path == s.Inbox {
					r.fail(p.sources[i], "the inbox is schedule %s's too; give each its own folder, or an article is taken by one of them only", b.schedule)
				}
			}
			boxes = append(boxes, inbox{s.Inbox, s.MoveTo, p.Name})
		}
	}
	for _, p := range list {
		for i, s := range p.Sources {
			if s.MoveTo == "" {
				continue
			}
			for _, b := range boxes {
				own := b.path == s.Inbox
				if s.MoveTo == b.path || !own && inside(s.MoveTo, b.path) {
					r.fail(p.sources[i], "move-to is in the inbox %s, where moved files would be taken for articles; name another folder", b.path)
					break
				}
			}
		}
		for i, s := range p.Sinks {
			out := s.Folder + s.Site
			for _, b := range boxes {
				if out != "" && (out == b.path || inside(out, b.path)) {
					r.fail(p.sinks[i], "the sink is in the inbox %s of schedule %s, where editions would be taken for articles; name another folder", b.path, b.schedule)
					break
				}
			}
		}
	}
}

// inside reports whether a path lies below a folder.
func inside(path, folder string) bool {
	rel, err := filepath.Rel(folder, path)
	return err == nil && rel != "." && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}
