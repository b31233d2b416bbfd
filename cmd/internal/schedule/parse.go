package schedule

import (
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
	"golang.org/x/text/language"

	"dragoman/cmd/internal/setting"
)

// Parse reads the list of schedules of a configuration file: node is the value
// of its key schedules, and path the file's, which relative paths are relative
// to. It gives the schedules with their defaults filled in, or every problem,
// each with file, line and column, what is wrong, and the fix.
func Parse(path string, node *yaml.Node) ([]Spec, []error) {
	r := &reader{path: path}
	dir, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return nil, []error{err}
	}
	r.dir = dir
	var read []parsed
	for _, n := range r.list("schedules", follow(node), "schedules") {
		read = append(read, r.schedule(n))
	}
	r.names(read)
	r.folders(read)
	if errs := r.errors(); len(errs) > 0 {
		return nil, errs
	}
	var specs []Spec
	for _, p := range read {
		specs = append(specs, p.Spec)
	}
	return specs, nil
}

// parsed is a schedule and the nodes that its problems are at.
type parsed struct {
	Spec
	node    *yaml.Node
	name    *yaml.Node
	sources []*yaml.Node // one for each source
	sinks   []*yaml.Node // likewise
}

// schedule reads one schedule.
func (r *reader) schedule(n *yaml.Node) parsed {
	p := parsed{node: n}
	s := &p.Spec
	s.Zone, s.Missed, s.Overlap, s.Deliver = "UTC", MissedOne, OverlapSkip, DeliverClean
	at := r.mapping(n, "a schedule", append(r.when(s),
		value(r, "name", &s.Name, parseName),
		key{"sources", func(v *yaml.Node) {
			p.sources = r.list("sources", v, "sources")
			for _, c := range p.sources {
				s.Sources = append(s.Sources, r.source(c))
			}
		}},
		r.languages(&s.To),
		key{"long", func(v *yaml.Node) {
			s.Long = new(bool)
			scalarInto(r, "long", v, s.Long, setting.Switch)
		}},
		value(r, "model", &s.Model, plain),
		value(r, "fail-on", &s.FailOn, setting.Severity),
		value(r, "glossary", &s.Glossary, r.file),
		value(r, "max-cost", &s.MaxCost, setting.Money),
		value(r, "max-tokens", &s.MaxTokens, setting.Whole),
		value(r, "max-items", &s.MaxItems, setting.Whole),
		value(r, "deliver", &s.Deliver, oneOf(DeliverClean, DeliverMarked)),
		key{"sinks", func(v *yaml.Node) {
			p.sinks = r.list("sinks", v, "sinks")
			for _, c := range p.sinks {
				s.Sinks = append(s.Sinks, r.sink(c))
			}
		}},
		key{"alerts", func(v *yaml.Node) { s.Alerts = r.alerts(v) }},
		key{"keep", func(v *yaml.Node) {
			r.mapping(v, "keep", []key{duration(r, "texts", &s.Keep.Texts), duration(r, "history", &s.Keep.History)})
		}},
	))
	if n.Kind != yaml.MappingNode {
		return p
	}
	p.name = at.of("name", n)
	if at["name"] == nil {
		r.fail(n, `the schedule has no name; give it one, such as name: world-news`)
	}
	switch {
	case at["cron"] == nil && at["every"] == nil:
		r.fail(n, `the schedule says neither cron nor every; give it one, such as cron: "0 6 * * *" or every: 15m`)
	case at["cron"] != nil && at["every"] != nil:
		r.fail(at["every"], "the schedule has both cron and every; take one of them out")
	}
	if at["sources"] == nil {
		r.fail(n, "the schedule has no sources; name at least one feed, inbox or list of urls")
	}
	r.sinkNames(&p)
	return p
}

// when are the keys that say when a schedule is due.
func (r *reader) when(s *Spec) []key {
	return []key{
		value(r, "cron", &s.Cron, func(v string) (string, error) {
			_, err := parseCron(v)
			return v, err
		}),
		duration(r, "every", &s.Every),
		value(r, "zone", &s.Zone, func(v string) (string, error) {
			_, err := loadZone(v)
			return v, err
		}),
		value(r, "missed", &s.Missed, oneOf(MissedOne, MissedAll, MissedNone)),
		duration(r, "late", &s.Late),
		value(r, "overlap", &s.Overlap, oneOf(OverlapSkip, OverlapQueue)),
	}
}

// languages is the key of the editions: a list, or a text with commas.
func (r *reader) languages(to *[]language.Tag) key {
	return key{"to", func(n *yaml.Node) {
		var list []string
		if n.Kind == yaml.SequenceNode {
			for _, c := range r.list("to", n, "languages") {
				list = append(list, c.Value)
			}
			if len(list) == 0 {
				return
			}
		} else if v, ok := r.scalar("to", n); ok {
			list = []string{v}
		} else {
			return
		}
		tags, err := setting.Languages(strings.Join(list, ","))
		if err != nil {
			r.fail(n, "to %w", err)
			return
		}
		for _, tag := range tags {
			if !setting.Writes(tag) {
				r.fail(n, "to must name languages that dragoman writes (ru, tr); %s is not one of them", tag)
			}
		}
		*to = tags
	}}
}

// source reads one source.
func (r *reader) source(n *yaml.Node) Source {
	var s Source
	at := r.mapping(n, "a source", []key{
		value(r, "feed", &s.Feed, parseAddress),
		value(r, "inbox", &s.Inbox, r.file),
		words(r, "urls", "addresses", &s.URLs, parseAddress),
		value(r, "list", &s.List, r.file),
		value(r, "full-text", &s.FullText, oneOf(FullTextAuto, FullTextAlways, FullTextNever)),
		duration(r, "recheck", &s.Recheck),
		value(r, "move-to", &s.MoveTo, r.file),
		duration(r, "settle", &s.Settle),
		duration(r, "silent-after", &s.SilentAfter),
		words(r, "allow", "hosts", &s.Allow, parseHost),
		value(r, "ignore-robots", &s.IgnoreRobots, setting.Switch),
		value(r, "max-items", &s.MaxItems, setting.Whole),
	})
	kind := r.kind(n, at, "source", "feed, inbox and urls", [][]string{{"feed"}, {"inbox"}, {"urls", "list"}})
	r.belong(at, kind, map[string][]string{
		"full-text": {"feed"}, "recheck": {"feed", "urls"}, "allow": {"feed", "urls"}, "ignore-robots": {"feed", "urls"},
		"move-to": {"inbox"}, "settle": {"inbox"},
	})
	if kind == "feed" && s.FullText == "" {
		s.FullText = FullTextAuto
	}
	return s
}

// kind finds the one kind of a thing among keys that name kinds; "" is none, and
// noted. Of a kind with two keys the first is its name.
func (r *reader) kind(n *yaml.Node, at places, what, all string, kinds [][]string) string {
	if n.Kind != yaml.MappingNode {
		return ""
	}
	found, where := "", n
	for _, names := range kinds {
		for _, name := range names {
			switch k := at[name]; {
			case k == nil || found == names[0]:
			case found != "":
				if k.Line < where.Line || k.Line == where.Line && k.Column < where.Column {
					k = where // the second of the two
				}
				r.fail(k, "a %s is one of %s; make two of it", what, all)
				return ""
			default:
				found, where = names[0], k
			}
		}
	}
	if found == "" {
		r.fail(n, "the %s is none of %s; give it one", what, all)
	}
	return found
}

// belong notes keys that do not go with a kind.
func (r *reader) belong(at places, kind string, with map[string][]string) {
	for name, kinds := range with {
		k := at[name]
		if k == nil || kind == "" {
			continue
		}
		ok := false
		for _, w := range kinds {
			ok = ok || w == kind
		}
		if !ok {
			r.fail(k, "%s goes with %s, not with %s; take it out", name, strings.Join(kinds, " and "), kind)
		}
	}
}

// sink reads one sink.
func (r *reader) sink(n *yaml.Node) Sink {
	var s Sink
	at := r.mapping(n, "a sink", []key{
		value(r, "name", &s.Name, parseName),
		value(r, "folder", &s.Folder, r.file),
		value(r, "webhook", &s.Webhook, parseAddress),
		value(r, "site", &s.Site, r.file),
		value(r, "secret-file", &s.SecretFile, r.file),
		value(r, "secret-env", &s.SecretEnv, parseVariable),
		duration(r, "give-up", &s.GiveUp),
		value(r, "title", &s.Title, plain),
		value(r, "url", &s.URL, parseAddress),
		value(r, "items", &s.Items, setting.Whole),
	})
	kind := r.kind(n, at, "sink", "folder, webhook and site", [][]string{{"folder"}, {"webhook"}, {"site"}})
	r.belong(at, kind, map[string][]string{
		"secret-file": {"webhook"}, "secret-env": {"webhook"}, "give-up": {"webhook"},
		"title": {"site"}, "url": {"site"}, "items": {"site"},
	})
	r.either(at, "secret-file", "secret-env")
	if at["name"] == nil {
		s.Name = kind
	}
	return s
}

// either notes two keys of which only one may be there.
func (r *reader) either(at places, a, b string) {
	if at[a] != nil && at[b] != nil {
		r.fail(at[b], "there are both %s and %s; take one of them out", a, b)
	}
}

// alerts reads who is told.
func (r *reader) alerts(n *yaml.Node) Alerts {
	var a Alerts
	at := r.mapping(n, "alerts", []key{
		value(r, "ping", &a.Ping, parseAddress),
		value(r, "ping-file", &a.PingFile, r.file),
		value(r, "webhook", &a.Webhook, parseAddress),
		value(r, "secret-file", &a.SecretFile, r.file),
		value(r, "secret-env", &a.SecretEnv, parseVariable),
	})
	r.either(at, "ping", "ping-file")
	r.either(at, "secret-file", "secret-env")
	for _, name := range []string{"secret-file", "secret-env"} {
		if at[name] != nil && at["webhook"] == nil {
			r.fail(at[name], "%s signs what goes to a webhook, and there is none; add webhook, or take it out", name)
		}
	}
	return a
}
