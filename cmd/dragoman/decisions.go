package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
)

// readDecisions reads the file of --decisions, YAML or JSON: under "edits" and
// "findings" one entry an id, with its state and the reason; the state "open"
// takes an earlier decision back. Whatever it does not understand is an error with file:line:col.
func readDecisions(name string) (*pipeline.Decisions, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, badUsage("", "reading decisions: %w", err)
	}
	defer f.Close()
	var doc yaml.Node
	err = yaml.NewDecoder(f).Decode(&doc)
	d := &pipeline.Decisions{Edits: map[string]pipeline.Decision{}, Findings: map[string]pipeline.Decision{}}
	if errors.Is(err, io.EOF) {
		return d, nil
	}
	if err != nil {
		return nil, badUsage("", "reading decisions in %s: %w", name, err)
	}
	p := decisionParser{file: name}
	for key, value := range p.members(doc.Content[0], "edits and findings, each a list of ids") {
		switch key.Value {
		case "edits":
			p.section(value, d.Edits, "accepted", "rejected", store.Undecided)
		case "findings":
			p.section(value, d.Findings, "waived", store.Undecided)
		default:
			p.fail(key, "unknown key %q; there are edits and findings", key.Value)
		}
	}
	if err := errors.Join(p.errs...); err != nil {
		return nil, &usageError{err: err}
	}
	return d, nil
}

// decisionParser collects every problem of one file.
type decisionParser struct {
	file string
	errs []error
}

func (p *decisionParser) fail(n *yaml.Node, format string, args ...any) {
	p.errs = append(p.errs, fmt.Errorf("%s:%d:%d: %s", p.file, n.Line, n.Column, fmt.Sprintf(format, args...)))
}

// members yields the keys and values of a mapping; a key that comes twice is a
// problem, and so is anything that is no mapping.
func (p *decisionParser) members(n *yaml.Node, want string) func(func(k, v *yaml.Node) bool) {
	return func(yield func(k, v *yaml.Node) bool) {
		if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
			return
		}
		if n.Kind != yaml.MappingNode {
			p.fail(n, "must hold %s", want)
			return
		}
		seen := map[string]bool{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			k := n.Content[i]
			if seen[k.Value] {
				p.fail(k, "%q stands here a second time", k.Value)
				continue
			}
			seen[k.Value] = true
			if !yield(k, n.Content[i+1]) {
				return
			}
		}
	}
}

// section reads the decisions about edits or findings.
func (p *decisionParser) section(n *yaml.Node, into map[string]pipeline.Decision, states ...string) {
	for id, body := range p.members(n, "ids, each with state and reason") {
		var d pipeline.Decision
		for k, v := range p.members(body, "state and reason") {
			switch k.Value {
			case "state":
				d.State = v.Value
			case "reason":
				d.Reason = strings.TrimSpace(v.Value)
			default:
				p.fail(k, "unknown key %q; there are state and reason", k.Value)
			}
		}
		known := false
		for _, s := range states {
			known = known || s == d.State
		}
		switch {
		case !known:
			p.fail(id, "%s: state must be %s, not %q", id.Value, strings.Join(states, " or "), d.State)
		case d.Reason == "":
			p.fail(id, "%s: a decision needs its reason", id.Value)
		}
		into[id.Value] = d
	}
}

// strayDecisions are notes about ids that belong to nothing in the documents:
// the text has changed since, or the id is mistyped.
func strayDecisions(d *pipeline.Decisions, docs []*pipeline.Document) []string {
	if d == nil {
		return nil
	}
	known := map[string]bool{}
	for _, doc := range docs {
		if doc == nil {
			continue
		}
		for _, e := range doc.Edits {
			known[e.ID] = true
		}
		for _, f := range doc.Findings {
			known[f.ID] = true
		}
	}
	var notes []string
	for _, ids := range []map[string]pipeline.Decision{d.Edits, d.Findings} {
		for _, id := range slices.Sorted(maps.Keys(ids)) {
			if !known[id] {
				notes = append(notes, "the decision on "+id+" belongs to no edit and no finding of this run")
			}
		}
	}
	return notes
}
