package schedule

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// Clash is a folder of a schedule that is, holds or lies in one that another
// source or sink works with, so that one article would be taken twice, an edition
// be taken for an article, or one edition be written over another.
type Clash struct {
	Spec, Other  int    // which of the schedules: whose folder it is, and whose the other is
	Source, Sink int    // which of the schedule's sources or sinks; -1 is none
	Message      string // what is wrong, and the fix
}

// use is what a folder is for.
type use string

const (
	useInbox  use = "inbox"
	useMoveTo use = "move-to"
	useSink   use = "sink"
)

// place is a folder of a source or sink.
type place struct {
	use
	path               string // as it is written
	real               string // with its links followed
	schedule           string
	spec, source, sink int // see Clash
}

// Clashes finds the folders of schedules that may not be together, one for each
// source and sink at most. Links are followed as far as the folders exist.
func Clashes(specs []Spec) []Clash {
	places := placesOf(specs)
	at := map[string][]int{} // by real
	for i, p := range places {
		at[p.real] = append(at[p.real], i)
	}
	var out []Clash
	for i, p := range places {
		for dir, below := p.real, false; ; below = true {
			for _, j := range at[dir] {
				if i != j && (below || j < i) { // two of one folder are a pair once
					out = note(out, places, i, j, below)
				}
			}
			up := filepath.Dir(dir)
			if up == dir {
				break
			}
			dir = up
		}
	}
	return out
}

// placesOf are the folders of schedules, in their order.
func placesOf(specs []Spec) []place {
	var out []place
	add := func(p place) {
		if p.path != "" {
			p.real = followed(p.path)
			out = append(out, p)
		}
	}
	for n, spec := range specs {
		for i, s := range spec.Sources {
			add(place{useInbox, s.Inbox, "", spec.Name, n, i, -1})
			if s.Inbox != "" {
				add(place{useMoveTo, s.MoveTo, "", spec.Name, n, i, -1})
			}
		}
		for i, s := range spec.Sinks {
			add(place{useSink, s.Folder, "", spec.Name, n, -1, i})
			add(place{useSink, s.Site, "", spec.Name, n, -1, i})
		}
	}
	return out
}

// note adds the clash of two places, if they are one: of two of a kind at the
// later, and else at the one that is written to. Below says that the first lies
// in the second; else they are the same.
func note(out []Clash, places []place, inner, outer int, below bool) []Clash {
	here, there, how := inner, outer, "is"
	p, q := places[inner], places[outer]
	switch {
	case p.use == q.use && inner < outer, p.use == useInbox && q.use != useInbox:
		here, there = outer, inner
		if below {
			how = "holds"
		}
	case below:
		how = "is in"
	}
	p, q = places[here], places[there]
	text := p.clash(q, how)
	if text == "" || slices.ContainsFunc(out, func(c Clash) bool { return c.Spec == p.spec && c.Source == p.source && c.Sink == p.sink }) {
		return out
	}
	if sep := string(filepath.Separator); !strings.HasPrefix(places[inner].path+sep, places[outer].path+sep) {
		text += fmt.Sprintf(" (by links they are %s and %s)", p.real, q.real)
	}
	return append(out, Clash{Spec: p.spec, Other: q.spec, Source: p.source, Sink: p.sink, Message: text})
}

// clash says why a place may not be, be in or hold another; "" is that it may.
func (p place) clash(q place, how string) string {
	own := p.spec == q.spec
	switch {
	case p.use == useMoveTo && q.use == useInbox:
		if own && p.source == q.source && how != "is" {
			return "" // the inbox itself leaves it out
		}
		return fmt.Sprintf("move-to %s the inbox %s, where moved files would be taken for articles; name another folder", how, q.path)
	case p.use == useSink && q.use == useInbox:
		if how == "is" {
			how = "is in"
		}
		return fmt.Sprintf("the sink %s the inbox %s of schedule %s, where editions would be taken for articles; name another folder", how, q.path, q.schedule)
	case p.use != q.use || p.use == useMoveTo:
		return ""
	case p.use == useInbox && how != "is":
		return fmt.Sprintf("the inbox %s the inbox %s of schedule %s, and a file in both would be taken twice; give each its own folder beside the other", how, q.path, q.schedule)
	case p.use == useInbox && own:
		return "the inbox stands in this schedule twice; take one of them out"
	case p.use == useInbox:
		return fmt.Sprintf("the inbox is schedule %s's too; give each its own folder, or an article is taken twice, or by one of them only", q.schedule)
	case how != "is":
		return fmt.Sprintf("the folder %s the folder %s of a sink of schedule %s; give each its own beside the other, or one writes over what the other delivered", how, q.path, q.schedule)
	case own && p.path == q.path:
		return "" // told with its line
	case own:
		return "the sink goes to the folder of another sink of this schedule; take one of them out"
	}
	return fmt.Sprintf("the folder is schedule %s's too; give each its own, or one writes over what the other delivered", q.schedule)
}

// followed is a path with its links followed; of what does not exist yet, those
// of the folder that it will be made in.
func followed(path string) string {
	rest := ""
	for dir := path; ; {
		if real, err := filepath.EvalSymlinks(dir); err == nil {
			return filepath.Join(real, rest)
		}
		up := filepath.Dir(dir)
		if up == dir {
			return path
		}
		rest, dir = filepath.Join(filepath.Base(dir), rest), up
	}
}
