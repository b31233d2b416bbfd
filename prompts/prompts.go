// Package prompts embeds, loads, lints and renders the prompt files.
//
// A prompt is one Markdown file with strict front matter, a "# system" section
// that holds rules only, and a "# user" section that is one JSON object. Text
// of an article reaches a model in one way only: as a JSON value in the user
// message, encoded by [Prompt.Render]. JSON's own escaping is the fence, so no
// article can close it, and an input named in "# system" is a lint error.
//
// A released file never changes: an edit is a new version. The file
// versions.txt pins the digest of every released version.
package prompts

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"text/template"
)

//go:embed correct names summarize translate schema locale versions.txt
var embedded embed.FS

// Params are how a prompt wants to be asked.
type Params struct {
	Temperature float64 `yaml:"temperature"`       // 0 is really sent
	MaxTokens   int     `yaml:"max_output_tokens"` // upper bound of one answer; 0 lets the size of the piece decide
}

// Prompt is one prompt file.
type Prompt struct {
	ID       string   `yaml:"id"`       // "translate/article": its path without .md
	Version  int      `yaml:"version"`  // counts up; a released version never changes
	Inputs   []string `yaml:"inputs"`   // data of the article; in "# user" only
	Settings []string `yaml:"settings"` // ours: language, note, limits; anywhere
	Params   Params   `yaml:"params"`
	Schema   string   `yaml:"schema"` // file under schema/
	Cases    []string `yaml:"cases"`  // fixtures that exercise it

	Origin string `yaml:"-"` // the file it came from
	Digest string `yaml:"-"` // sha256 of the file and its schema
	Raw    []byte `yaml:"-"` // the file

	system, user *template.Template
	schema       []byte
}

// Name is the prompt's id and version: "translate/article@1".
func (p *Prompt) Name() string { return fmt.Sprintf("%s@%d", p.ID, p.Version) }

// Render makes the two messages. Every value is encoded as JSON before it is
// put into the user message; settings stand in the system message as they are.
// A missing value, an unknown one, or a user message that is not one JSON
// object is an error.
func (p *Prompt) Render(values map[string]any) (system, user string, err error) {
	encoded := map[string]any{}
	plain := map[string]any{}
	for k, v := range values {
		if !slices.Contains(p.Inputs, k) && !slices.Contains(p.Settings, k) {
			return "", "", fmt.Errorf("rendering %s: unknown value %q", p.Name(), k)
		}
		if slices.Contains(p.Settings, k) {
			plain[k] = v
		}
		if empty(v) {
			encoded[k] = ""
			continue
		}
		raw, err := Encode(v)
		if err != nil {
			return "", "", fmt.Errorf("rendering %s: encoding %s: %w", p.Name(), k, err)
		}
		encoded[k] = string(raw)
	}
	for _, k := range slices.Concat(p.Inputs, p.Settings) {
		if _, ok := values[k]; !ok {
			return "", "", fmt.Errorf("rendering %s: no value for %q", p.Name(), k)
		}
	}
	var sys, usr strings.Builder
	if err := p.system.Execute(&sys, plain); err != nil {
		return "", "", fmt.Errorf("rendering %s: %w", p.Name(), err)
	}
	if err := p.user.Execute(&usr, encoded); err != nil {
		return "", "", fmt.Errorf("rendering %s: %w", p.Name(), err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(usr.String())); err != nil || !bytes.HasPrefix(compact.Bytes(), []byte("{")) {
		return "", "", fmt.Errorf("rendering %s: the user message is not one JSON object", p.Name())
	}
	return strings.TrimSpace(sys.String()), compact.String(), nil
}

// empty reports whether an optional value is left out: "{{with .x}}" skips it.
func empty(v any) bool {
	switch x := v.(type) {
	case nil:
		return true
	case Object:
		return len(x) == 0
	case []string:
		return len(x) == 0
	}
	return false
}

// SchemaFor is the reply's JSON Schema for a request with these keys. In the
// file, a property called "*" stands for one property a key, in order.
func (p *Prompt) SchemaFor(keys []string) (json.RawMessage, error) {
	return expand(p.schema, keys)
}

// SchemaName is the schema's name on the wire: the file's, without its ending.
func (p *Prompt) SchemaName() string {
	return strings.TrimSuffix(path.Base(p.Schema), ".json")
}

// Set is all prompts a run can use, a desk's own before the built-in ones.
type Set struct {
	prompts []*Prompt
	notes   map[string]string
}

// Builtin are the prompts that come with the program.
func Builtin() (*Set, error) { return Load(embedded, "built in") }

// Files are the built-in prompt files.
func Files() fs.FS { return embedded }

// Load reads every prompt of a file system. Origin names it in messages.
// Errors of all files are reported together, each with file:line:col.
func Load(fsys fs.FS, origin string) (*Set, error) {
	set, problems, err := read(fsys, origin)
	if err != nil {
		return nil, fmt.Errorf("reading the prompts of %s: %w", origin, err)
	}
	var errs []error
	for _, p := range problems {
		errs = append(errs, p)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return set, nil
}

// read takes every prompt and note of a file system, and every problem.
func read(fsys fs.FS, origin string) (*Set, []Problem, error) {
	set := &Set{notes: map[string]string{}}
	var problems []Problem
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".md" {
			return err
		}
		raw, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		if dir, file := path.Split(name); dir == "locale/" {
			set.notes[strings.TrimSuffix(file, ".md")] = strings.TrimSpace(string(raw))
			return nil
		}
		p, faults := load(fsys, name, raw)
		problems = append(problems, faults...)
		if p != nil {
			p.Origin = origin + ": " + name
			set.prompts = append(set.prompts, p)
		}
		return nil
	})
	return set, problems, err
}

// Over lays a desk's own prompts over these: a prompt or note with the same id
// takes the place of ours.
func (s *Set) Over(own *Set) *Set {
	out := &Set{prompts: slices.Clone(own.prompts), notes: map[string]string{}}
	for _, p := range s.prompts {
		if _, err := own.Get(p.ID); err != nil {
			out.prompts = append(out.prompts, p)
		}
	}
	for _, notes := range []map[string]string{s.notes, own.notes} {
		for k, v := range notes {
			out.notes[k] = v
		}
	}
	return out
}

// Get finds a prompt by its id.
func (s *Set) Get(id string) (*Prompt, error) {
	for _, p := range s.prompts {
		if p.ID == id {
			return p, nil
		}
	}
	return nil, fmt.Errorf("no prompt %q; there are %s", id, strings.Join(s.IDs(), ", "))
}

// All are the prompts in order of their ids.
func (s *Set) All() []*Prompt {
	return slices.SortedFunc(slices.Values(s.prompts), func(a, b *Prompt) int { return strings.Compare(a.ID, b.ID) })
}

// IDs are the prompts' ids in order.
func (s *Set) IDs() []string {
	var ids []string
	for _, p := range s.All() {
		ids = append(ids, p.ID)
	}
	return ids
}

// Note is what prompts tell a model about writing in a language; "" for none.
func (s *Set) Note(lang string) string { return s.notes[lang] }

// Encode writes a value as compact JSON without HTML escaping.
func Encode(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(b.Bytes()), nil
}

// Object is a JSON object that keeps the order of its members.
type Object []Member

// Member is one member of an Object.
type Member struct {
	Key   string
	Value any
}

// MarshalJSON writes the members in order.
func (o Object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		key, err := Encode(m.Key)
		if err != nil {
			return nil, err
		}
		value, err := Encode(m.Value)
		if err != nil {
			return nil, err
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// digest is the identity of a prompt: its file and its schema.
func digest(parts ...[]byte) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:", len(p))
		h.Write(p)
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}
