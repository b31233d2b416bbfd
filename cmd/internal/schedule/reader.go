package schedule

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"dragoman/cmd/internal/setting"
)

// problem is what is wrong at one place of the file.
type problem struct {
	line, column int
	err          error
}

// reader reads the nodes of a file and gathers what is wrong with them.
type reader struct {
	path     string // of the file, as it is shown
	dir      string // that relative paths are relative to; absolute
	problems []problem
}

// fail notes a problem at a node.
func (r *reader) fail(n *yaml.Node, format string, args ...any) {
	err := fmt.Errorf("%s:%d:%d: "+format, append([]any{r.path, n.Line, n.Column}, args...)...)
	r.problems = append(r.problems, problem{n.Line, n.Column, err})
}

// errors are the problems in the order of the file.
func (r *reader) errors() []error {
	slices.SortStableFunc(r.problems, func(a, b problem) int { return cmp.Or(a.line-b.line, a.column-b.column) })
	var errs []error
	for _, p := range r.problems {
		errs = append(errs, p.err)
	}
	return errs
}

// key is one key that a map may have, and what reads its value.
type key struct {
	name string
	read func(v *yaml.Node)
}

// places are the key nodes of a map, by name.
type places map[string]*yaml.Node

// of is the node of a key, or of the map where the key is not in it.
func (p places) of(name string, whole *yaml.Node) *yaml.Node {
	if n, ok := p[name]; ok {
		return n
	}
	return whole
}

// follow is the node that an alias stands for.
func follow(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// secrets are keys that one might think of for a secret.
var secrets = []string{"secret", "token", "key", "password", "signing-key", "api-key"}

// mapping reads a map; what names it in errors.
func (r *reader) mapping(n *yaml.Node, what string, keys []key) places {
	seen := places{}
	if n.Kind != yaml.MappingNode {
		r.fail(n, `%s must be a map, one "name: value" a line`, what)
		return seen
	}
	var names []string
	for _, k := range keys {
		names = append(names, k.name)
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], follow(n.Content[i+1])
		at := slices.Index(names, name.Value)
		switch {
		case at < 0 && slices.Contains(secrets, name.Value):
			r.fail(name, "a secret may not stand in a file that is shared; put it into a file that secret-file names, or into a variable that secret-env names")
		case at < 0:
			hint := ""
			if near := setting.Nearest(name.Value, names); near != "" {
				hint = fmt.Sprintf(" (did you mean %q?)", near)
			}
			r.fail(name, "unknown key %q in %s%s", name.Value, what, hint)
		case seen[name.Value] != nil:
			r.fail(name, "%s stands here a second time; the first is in line %d", name.Value, seen[name.Value].Line)
		case value.Kind == yaml.ScalarNode && value.Tag == "!!null":
			seen[name.Value] = name
			r.fail(name, "%s has no value; give it one or take the line out", name.Value)
		default:
			seen[name.Value] = name
			keys[at].read(value)
		}
	}
	return seen
}

// list gives the nodes of a list.
func (r *reader) list(name string, n *yaml.Node, of string) []*yaml.Node {
	if n.Kind != yaml.SequenceNode {
		r.fail(n, `%s must be a list of %s, each after a "-"`, name, of)
		return nil
	}
	if len(n.Content) == 0 {
		r.fail(n, "%s is empty; name one of its %s or take the line out", name, of)
	}
	var out []*yaml.Node
	for _, c := range n.Content {
		out = append(out, follow(c))
	}
	return out
}

// scalar gives the text of a value.
func (r *reader) scalar(name string, n *yaml.Node) (string, bool) {
	if n.Kind != yaml.ScalarNode {
		r.fail(n, "%s must be one value", name)
		return "", false
	}
	v := strings.TrimSpace(n.Value)
	if v == "" {
		r.fail(n, "%s is empty; give it a value or take the line out", name)
	}
	return v, v != ""
}

// value makes a key whose text parse reads into to.
func value[T any](r *reader, name string, to *T, parse func(v string) (T, error)) key {
	return key{name, func(n *yaml.Node) { scalarInto(r, name, n, to, parse) }}
}

func scalarInto[T any](r *reader, name string, n *yaml.Node, to *T, parse func(v string) (T, error)) {
	text, ok := r.scalar(name, n)
	if !ok {
		return
	}
	v, err := parse(text)
	if err != nil {
		r.fail(n, "%s %w", name, err)
		return
	}
	*to = v
}

// words makes a key of one or more texts, each read by parse.
func words(r *reader, name, of string, to *[]string, parse func(v string) (string, error)) key {
	return key{name, func(n *yaml.Node) {
		nodes := []*yaml.Node{n}
		if n.Kind != yaml.ScalarNode {
			nodes = r.list(name, n, of)
		}
		for _, c := range nodes {
			var v string
			if scalarInto(r, name, c, &v, parse); v != "" && slices.Contains(*to, v) {
				r.fail(c, "%s names %s twice", name, v)
				continue
			}
			if v != "" {
				*to = append(*to, v)
			}
		}
	}}
}

// The kinds of values.

func plain(v string) (string, error) { return v, nil }

// oneOf reads one of a few words; the first is the default.
func oneOf[T ~string](all ...T) func(string) (T, error) {
	return func(v string) (T, error) {
		if slices.Contains(all, T(v)) {
			return T(v), nil
		}
		var names []string
		for _, a := range all {
			names = append(names, string(a))
		}
		last := len(names) - 1
		return "", fmt.Errorf("must be %s or %s, not %q", strings.Join(names[:last], ", "), names[last], v)
	}
}

var nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

func parseName(v string) (string, error) {
	if !nameForm.MatchString(v) {
		return "", fmt.Errorf(`must be letters (A to Z), digits, "-" and "_", 64 at most, not %q`, v)
	}
	return v, nil
}

// file reads a path, relative to the folder of the file it stands in.
func (r *reader) file(v string) (string, error) {
	switch {
	case strings.Contains(v, "://"):
		return "", errors.New("must be a path, not an address")
	case strings.HasPrefix(v, "whsec_"):
		return "", errors.New("is a secret itself; put it into a file and name that here")
	case filepath.IsAbs(v):
		return filepath.Clean(v), nil
	}
	return filepath.Join(r.dir, v), nil
}

// parseAddress reads an address of the web. Its errors show no more of it than
// its scheme, as the rest may hold what is secret.
func parseAddress(v string) (string, error) {
	u, err := url.Parse(v)
	switch {
	case err == nil && u.Scheme != "" && u.Host != "" && u.Scheme != "http" && u.Scheme != "https":
		return "", fmt.Errorf("must be an address that begins with https:// or http://, not %s://", u.Scheme)
	case err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https":
		return "", errors.New("must be a whole address, such as https://example.org/feed.xml")
	case u.User != nil:
		return "", errors.New("may not hold a user or password, because the file is shared; take them out")
	}
	return v, nil
}

var variableForm = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func parseVariable(v string) (string, error) {
	switch {
	case strings.HasPrefix(v, "whsec_") || !variableForm.MatchString(v):
		return "", errors.New("must be the name of a variable, such as NEWS_HOOK_SECRET, and not the secret itself")
	case strings.HasPrefix(v, "DRAGOMAN_"):
		return "", errors.New("may not begin with DRAGOMAN_, as the settings do; name the variable otherwise")
	}
	return v, nil
}

// parseHost reads HOST or HOST:PORT.
func parseHost(v string) (string, error) {
	if strings.ContainsAny(v, "/@ *?#") {
		return "", fmt.Errorf("must be HOST or HOST:PORT, without https:// and path, not %q", v)
	}
	return v, nil
}

// duration makes a key of a length of time.
func duration(r *reader, name string, to *time.Duration) key {
	return value(r, name, to, setting.Duration)
}
