package writer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"dragoman/pipeline"
)

// maxDepth bounds how deep a document may nest; ours nests eight deep.
const maxDepth = 32

// ReadJSON reads what [JSON] wrote. It is strict: a key it does not know, in
// other letters, or twice, a missing key, a null or a value of another type, an
// unknown state or severity, a doubled sentence id, or anything after the
// document is an error of class [pipeline.Invalid] that names the place as a
// JSON pointer.
func ReadJSON(r io.Reader) (*pipeline.Document, error) {
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("reading document: %w", err)
	}
	doc, err := parseDocument(raw)
	if err != nil {
		return nil, &pipeline.Error{
			Code: pipeline.Invalid, Stage: "export",
			Hint: "give the document.json that a run wrote, unchanged",
			Err:  fmt.Errorf("reading document: %w", err),
		}
	}
	return doc, nil
}

func parseDocument(raw []byte) (*pipeline.Document, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	tree, err := parseValue(dec, "", 0)
	if err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the document")
	}
	if err := shape(tree, reflect.TypeFor[pipeline.Document](), ""); err != nil {
		return nil, err
	}
	var doc pipeline.Document
	if err := json.Unmarshal(raw, &doc); err != nil {
		return nil, err
	}
	return &doc, words(&doc)
}

// parseValue reads one JSON value and refuses a key that comes twice, which
// json.Unmarshal lets pass.
func parseValue(dec *json.Decoder, path string, depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("%s: nested too deep", path)
	}
	tok, err := dec.Token()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: the document ends too early", orRoot(path))
	} else if err != nil {
		return nil, fmt.Errorf("%s: %w", orRoot(path), err)
	}
	switch tok {
	case json.Delim('['):
		list := []any{}
		for dec.More() {
			v, err := parseValue(dec, path+"/"+strconv.Itoa(len(list)), depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := dec.Token()
		return list, err
	case json.Delim('{'):
		return parseObject(dec, path, depth)
	}
	return tok, nil
}

func parseObject(dec *json.Decoder, path string, depth int) (any, error) {
	object := map[string]any{}
	for dec.More() {
		tok, err := dec.Token()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", orRoot(path), err)
		}
		key, _ := tok.(string)
		if _, doubled := object[key]; doubled {
			return nil, fmt.Errorf("%s: key %q comes twice", orRoot(path), key)
		}
		if object[key], err = parseValue(dec, path+"/"+pointer(key), depth+1); err != nil {
			return nil, err
		}
	}
	_, err := dec.Token()
	return object, err
}

func orRoot(path string) string {
	if path == "" {
		return "/"
	}
	return path
}

// pointer escapes a key for a JSON pointer, and bounds it for messages.
func pointer(key string) string {
	if runes := []rune(clean(key)); len(runes) > 40 {
		key = string(runes[:40]) + "…"
	}
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(clean(key))
}

// shape holds a value against the Go type it is to become.
func shape(v any, t reflect.Type, path string) error {
	if isText(t) {
		if _, ok := v.(string); !ok {
			return fmt.Errorf("%s: not a string", orRoot(path))
		}
		return nil
	}
	switch t.Kind() {
	case reflect.Pointer:
		return shape(v, t.Elem(), path)
	case reflect.Struct:
		return shapeStruct(v, t, path)
	case reflect.Slice:
		list, ok := v.([]any)
		if !ok {
			return fmt.Errorf("%s: not a list", orRoot(path))
		}
		for i, x := range list {
			if err := shape(x, t.Elem(), path+"/"+strconv.Itoa(i)); err != nil {
				return err
			}
		}
	case reflect.Map:
		object, ok := v.(map[string]any)
		if !ok {
			return fmt.Errorf("%s: not an object", orRoot(path))
		}
		for k, x := range object {
			if err := shape(x, t.Elem(), path+"/"+pointer(k)); err != nil {
				return err
			}
		}
	case reflect.Bool:
		if _, ok := v.(bool); !ok {
			return fmt.Errorf("%s: not true or false", orRoot(path))
		}
	default: // the numbers; json.Unmarshal judges their range
		if _, ok := v.(json.Number); !ok {
			return fmt.Errorf("%s: not a number", orRoot(path))
		}
	}
	return nil
}

// isText reports whether a type is written as a JSON string.
func isText(t reflect.Type) bool {
	unmarshaler := reflect.TypeFor[interface{ UnmarshalText([]byte) error }]()
	return t.Kind() == reflect.String || t.Kind() == reflect.Struct && reflect.PointerTo(t).Implements(unmarshaler)
}

func shapeStruct(v any, t reflect.Type, path string) error {
	object, ok := v.(map[string]any)
	if !ok {
		return fmt.Errorf("%s: not an object", orRoot(path))
	}
	known := map[string]bool{}
	for i := range t.NumField() {
		field := t.Field(i)
		name, option, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		known[name] = true
		x, there := object[name]
		switch {
		case !there && option == "":
			return fmt.Errorf("%s: key %q is missing", orRoot(path), name)
		case !there, x == nil && option == "" && field.Type.Kind() == reflect.Pointer:
			continue
		}
		if err := shape(x, field.Type, path+"/"+name); err != nil {
			return err
		}
	}
	for key := range object {
		if !known[key] {
			return fmt.Errorf("%s: unknown key %q", orRoot(path), pointer(key))
		}
	}
	return nil
}

// words holds every closed word list and every id against what they may be.
func words(doc *pipeline.Document) error {
	var c checker
	if doc.Normalized == nil && doc.Source == nil {
		c.fail("", "the document holds no article")
	}
	c.article("/source", doc.Source, false)
	c.article("/normalized", doc.Normalized, true)
	c.article("/corrected", doc.Corrected, true)
	c.units("/corrections", doc.Corrections)
	for i, r := range doc.Repairs {
		c.span(fmt.Sprintf("/repairs/%d", i), pipeline.Span{Start: r.Start, End: r.End})
	}
	for i, e := range doc.Edits {
		word(&c, fmt.Sprintf("/edits/%d/state", i), e.State, editStates())
		c.span(fmt.Sprintf("/edits/%d/span", i), e.Span)
	}
	if doc.Summary != nil {
		for i, s := range doc.Summary.Sentences {
			word(&c, fmt.Sprintf("/summary/sentences/%d/product", i), s.Product, products())
		}
	}
	seen := map[string]bool{}
	for i, t := range doc.Translations {
		if lang := t.Lang.String(); seen[lang] {
			c.fail(fmt.Sprintf("/translations/%d/lang", i), "%q comes twice", lang)
		} else {
			seen[lang] = true
		}
		c.units(fmt.Sprintf("/translations/%d/article", i), t.Article)
		c.units(fmt.Sprintf("/translations/%d/summary", i), t.Summary)
	}
	word(&c, "/origin/author", doc.Origin.Author, authors())
	for i, f := range doc.Findings {
		word(&c, fmt.Sprintf("/findings/%d/severity", i), f.Severity, pipeline.Severities)
		word(&c, fmt.Sprintf("/findings/%d/side", i), f.Side, sides())
		c.span(fmt.Sprintf("/findings/%d/span", i), f.Span)
	}
	c.revision(doc)
	return c.err
}

// checker keeps the first thing that is wrong.
type checker struct{ err error }

func (c *checker) fail(path, format string, args ...any) {
	if c.err == nil {
		c.err = fmt.Errorf("%s: "+format, append([]any{orRoot(path)}, args...)...)
	}
}

// word holds one word against its list. It is no method, for its type
// parameter.
func word[T ~string](c *checker, path string, got T, allowed []T) {
	if !slices.Contains(allowed, got) {
		c.fail(path, "unknown word %q", pointer(string(got)))
	}
}

func (c *checker) span(path string, s pipeline.Span) {
	if s.Start < 0 || s.End < s.Start {
		c.fail(path, "no range: %d to %d", s.Start, s.End)
	}
}

func (c *checker) units(path string, us []pipeline.Unit) {
	for i, u := range us {
		word(c, fmt.Sprintf("%s/%d/state", path, i), u.State, states())
	}
}

// revision holds that the sentences of a revision are there, each named once.
func (c *checker) revision(doc *pipeline.Document) {
	if doc.Revision == nil {
		return
	}
	if doc.Normalized == nil {
		c.fail("/revision", "there is no normalized article")
		return
	}
	open := map[string]bool{}
	for _, id := range sentenceIDs(doc.Normalized) {
		open[id] = true
	}
	for _, list := range []struct {
		name string
		ids  []string
	}{{"changed", doc.Revision.Changed}, {"added", doc.Revision.Added}, {"moved", doc.Revision.Moved}} {
		for i, id := range list.ids {
			if !open[id] {
				c.fail(fmt.Sprintf("/revision/%s/%d", list.name, i), "sentence %q is not in the article, or is named twice", pointer(id))
			}
			open[id] = false
		}
	}
}

func (c *checker) article(path string, a *pipeline.Article, ids bool) {
	if a == nil {
		return
	}
	for i, b := range a.Body {
		word(c, fmt.Sprintf("%s/body/%d/kind", path, i), b.Kind, kinds())
	}
	seen := map[string]bool{"": true}
	for _, id := range sentenceIDs(a) {
		if ids && seen[id] {
			c.fail(path+"/body", "sentence id %q is empty or comes twice", pointer(id))
		}
		seen[id] = true
	}
}
