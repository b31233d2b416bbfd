package schedule

import (
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

// folders notes folders in which two sources or sinks would get into each
// other's way.
func (r *reader) folders(list []parsed) {
	specs := make([]Spec, len(list))
	for i, p := range list {
		specs[i] = p.Spec
	}
	for _, c := range Clashes(specs) {
		p := list[c.Spec]
		if c.Source >= 0 {
			r.fail(p.sources[c.Source], "%s", c.Message)
		} else {
			r.fail(p.sinks[c.Sink], "%s", c.Message)
		}
	}
}
