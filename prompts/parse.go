package prompts

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"text/template"
	"text/template/parse"

	"go.yaml.in/yaml/v3"
)

// Problem is one fault of a prompt file, at a place an editor can jump to.
type Problem struct {
	File      string
	Line, Col int
	Message   string
}

// Error gives file:line:col and the message.
func (p Problem) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Col, p.Message)
}

// file is a prompt file while it is parsed.
type file struct {
	name     string
	raw      []byte
	problems []Problem
}

func (f *file) problem(offset int, format string, args ...any) {
	before := f.raw[:min(max(offset, 0), len(f.raw))]
	line := bytes.Count(before, []byte("\n")) + 1
	col := len(before) - (bytes.LastIndexByte(before, '\n') + 1) + 1
	f.problems = append(f.problems, Problem{f.name, line, col, fmt.Sprintf(format, args...)})
}

// prompt takes one prompt file with its schema and notes everything that is
// wrong with it in f.problems.
func (f *file) prompt(fsys fs.FS) *Prompt {
	head, body, at := f.frontMatter()
	if head == nil {
		return nil
	}
	p := &Prompt{Raw: f.raw}
	f.decodeHead(head, p)
	if want := strings.TrimSuffix(f.name, ".md"); p.ID != want {
		f.problem(0, "id is %q, and the file's path says %q", p.ID, want)
	}
	if p.Version < 1 {
		f.problem(0, "version must be 1 or more")
	}
	if len(p.Cases) == 0 {
		f.problem(0, "cases: name at least one fixture that exercises this prompt")
	}
	f.sections(p, body, at)
	schema, err := fs.ReadFile(fsys, p.Schema)
	if err != nil && p.Schema != "" {
		// A desk's own prompt may use a schema of ours.
		schema, err = embedded.ReadFile(path.Clean(p.Schema))
	}
	switch {
	case p.Schema == "":
		f.problem(0, "schema: every prompt names the schema of its reply")
	case err != nil:
		f.problem(0, "schema: %v", err)
	case !json.Valid(schema):
		f.problem(0, "schema: %s is not JSON", p.Schema)
	}
	p.schema = schema
	p.Digest = digest(f.raw, schema)
	return p
}

// load parses one prompt file. The prompt is nil where there is a problem.
func load(fsys fs.FS, name string, raw []byte) (*Prompt, []Problem) {
	f := &file{name: name, raw: raw}
	p := f.prompt(fsys)
	if len(f.problems) > 0 {
		return nil, f.problems
	}
	return p, nil
}

// frontMatter splits the file at its two "---" lines.
func (f *file) frontMatter() (head, body []byte, at int) {
	rest, ok := bytes.CutPrefix(f.raw, []byte("---\n"))
	if !ok {
		f.problem(0, `the file must begin with a line "---"`)
		return nil, nil, 0
	}
	i := bytes.Index(rest, []byte("\n---\n"))
	if i < 0 {
		f.problem(len(f.raw), `the front matter has no closing line "---"`)
		return nil, nil, 0
	}
	at = len("---\n") + i + len("\n---\n")
	return rest[:i+1], f.raw[at:], at
}

func (f *file) decodeHead(head []byte, p *Prompt) {
	dec := yaml.NewDecoder(bytes.NewReader(head))
	dec.KnownFields(true)
	err := dec.Decode(p)
	if err == nil {
		return
	}
	messages := []string{err.Error()}
	if te, ok := err.(*yaml.TypeError); ok {
		messages = te.Errors
	}
	for _, m := range messages {
		line := 1
		if _, err := fmt.Sscanf(strings.TrimPrefix(m, "yaml: "), "line %d:", &line); err == nil {
			_, m, _ = strings.Cut(m, ": ")
			m = strings.TrimPrefix(m, fmt.Sprintf("line %d: ", line))
			line++ // the "---" line is not part of the head
		}
		m = strings.ReplaceAll(m, " in type prompts.Prompt", "; known are id, version, inputs, settings, params, schema, cases")
		f.problems = append(f.problems, Problem{f.name, line, 1, "front matter: " + m})
	}
}

// sections parses "# system" and "# user" and holds their variables against
// the declared ones.
func (f *file) sections(p *Prompt, body []byte, at int) {
	const sys, usr = "# system\n", "# user\n"
	i, j := bytes.Index(body, []byte(sys)), bytes.Index(body, []byte("\n"+usr))
	if i != 0 && !bytes.HasPrefix(bytes.TrimSpace(body), []byte(sys)) || j < i || i < 0 || j < 0 {
		f.problem(at, `the body must be a section "# system" and then a section "# user"`)
		return
	}
	sysAt, usrAt := at+i+len(sys), at+j+1+len(usr)
	used := map[string]bool{}
	p.system = f.section(p, string(f.raw[sysAt:at+j+1]), sysAt, true, used)
	p.user = f.section(p, string(f.raw[usrAt:]), usrAt, false, used)
	for _, name := range slices.Concat(p.Inputs, p.Settings) {
		if !used[name] {
			f.problem(bytes.Index(f.raw, []byte(name)), "%s is declared and never used", name)
		}
	}
}

func (f *file) section(p *Prompt, text string, at int, system bool, used map[string]bool) *template.Template {
	t, err := template.New(f.name).Option("missingkey=error").Parse(text)
	if err != nil {
		f.problem(at, "%v", err)
		return nil
	}
	f.walk(p, t.Root, at, system, used)
	return t
}

// walk visits the nodes of a template. Only {{.name}}, {{if .name}} and
// {{with .name}} are prompt language; everything else is refused.
func (f *file) walk(p *Prompt, n parse.Node, at int, system bool, used map[string]bool) {
	switch x := n.(type) {
	case *parse.ListNode:
		if x == nil {
			return
		}
		for _, c := range x.Nodes {
			f.walk(p, c, at, system, used)
		}
	case *parse.TextNode:
	case *parse.ActionNode:
		f.pipe(p, x.Pipe, at, system, used)
	case *parse.IfNode:
		f.branch(p, &x.BranchNode, at, system, used)
	case *parse.WithNode:
		f.branch(p, &x.BranchNode, at, system, used)
	default:
		f.problem(at+int(n.Position()), "only {{.name}}, {{if .name}} and {{with .name}} are allowed here")
	}
}

func (f *file) branch(p *Prompt, b *parse.BranchNode, at int, system bool, used map[string]bool) {
	f.pipe(p, b.Pipe, at, system, used)
	f.walk(p, b.List, at, system, used)
	f.walk(p, b.ElseList, at, system, used)
}

func (f *file) pipe(p *Prompt, pipe *parse.PipeNode, at int, system bool, used map[string]bool) {
	where := at + int(pipe.Position())
	if len(pipe.Cmds) != 1 || len(pipe.Cmds[0].Args) != 1 {
		f.problem(where, "only a plain variable is allowed here, no function")
		return
	}
	switch arg := pipe.Cmds[0].Args[0].(type) {
	case *parse.DotNode:
	case *parse.FieldNode:
		name := arg.Ident[0]
		used[name] = true
		switch {
		case len(arg.Ident) != 1:
			f.problem(where, "only a plain variable is allowed here")
		case slices.Contains(p.Inputs, name) && system:
			f.problem(where, "%s is text of the article; it may not stand in # system", name)
		case !slices.Contains(p.Inputs, name) && !slices.Contains(p.Settings, name):
			f.problem(where, "%s is not declared in inputs or settings", name)
		}
	default:
		f.problem(where, "only a plain variable is allowed here")
	}
}
