package writer_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"dragoman/pipeline"
	"dragoman/pipeline/writer"
)

// compiled is the published schema, ready to judge.
func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	raw, err := jsonschema.UnmarshalJSON(strings.NewReader(writer.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	if err := c.AddResource("urn:test", raw); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("urn:test")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func judge(t *testing.T, s *jsonschema.Schema, doc string) error {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(doc))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(v)
}

func TestDocumentsFitTheSchema(t *testing.T) {
	s := compiled(t)
	docs := samples()
	docs["empty"] = &pipeline.Document{}
	docs["emptyBlock"] = &pipeline.Document{
		Normalized: &pipeline.Article{Body: []pipeline.Block{{ID: "p1", Kind: pipeline.Paragraph}}},
		Summary:    &pipeline.Summary{Sentences: []pipeline.SummarySentence{{ID: "sum.h", Product: pipeline.SummaryHeadline}}},
		Names:      []pipeline.Name{{Source: "X"}}, Translations: make([]pipeline.Translation, 1),
	}
	for name, doc := range docs {
		t.Run(name, func(t *testing.T) {
			if err := judge(t, s, write(t, writer.JSON, doc)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestSchemaRefuses(t *testing.T) {
	s := compiled(t)
	good := write(t, writer.JSON, rich())
	for name, change := range map[string][2]string{
		"unknown state":   {`"state": "failed"`, `"state": "lost"`},
		"unknown key":     {`"repairs":`, `"extra": 1, "repairs":`},
		"missing key":     {`"author": "ai-autonomous",`, ``},
		"negative offset": {`"start": 212`, `"start": -1`},
		"no date":         {`"date": "2026-11-22T17:05:00Z"`, `"date": "yesterday"`},
	} {
		t.Run(name, func(t *testing.T) {
			bad := strings.Replace(good, change[0], change[1], 1)
			if bad == good {
				t.Fatal("the change finds nothing to change")
			}
			if judge(t, s, bad) == nil {
				t.Error("accepted")
			}
			if _, err := writer.ReadJSON(strings.NewReader(bad)); err == nil {
				t.Error("read without an error")
			}
		})
	}
}

// node is a part of the schema as far as the drift test reads it.
type node struct {
	Type                 any
	Description          string
	Required             []string
	Properties           map[string]node
	Items                *node
	AnyOf                []node
	Ref                  string `json:"$ref"`
	Enum                 []string
	AdditionalProperties any
	Defs                 map[string]node `json:"$defs"`
}

func TestSchemaFollowsTheTypes(t *testing.T) {
	var root node
	if err := json.Unmarshal([]byte(writer.Schema()), &root); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	holdStruct(t, root.Defs, reflect.TypeFor[pipeline.Document](), seen)
	for name, enum := range constants(t) {
		def, ok := root.Defs[name]
		if !ok {
			continue // a type that a document does not hold
		}
		seen[name] = true
		got := slices.DeleteFunc(slices.Clone(def.Enum), func(w string) bool { return w == "" })
		if !slices.Equal(got, enum) {
			t.Errorf("%s: the schema has %q, the type %q", name, got, enum)
		}
	}
	for name := range root.Defs {
		if !seen[name] {
			t.Errorf("the schema defines %s, which no document holds", name)
		}
	}
}

// holdStruct holds a definition against a Go type and those it is made of.
func holdStruct(t *testing.T, defs map[string]node, typ reflect.Type, seen map[string]bool) {
	t.Helper()
	if seen[typ.Name()] {
		return
	}
	seen[typ.Name()] = true
	def, ok := defs[typ.Name()]
	if !ok {
		t.Errorf("no definition of %s", typ.Name())
		return
	}
	if def.Type != "object" || def.Description == "" || def.AdditionalProperties != false {
		t.Errorf("%s: not a closed, described object", typ.Name())
	}
	var required []string
	for i := range typ.NumField() {
		field := typ.Field(i)
		name, option, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		if option == "" {
			required = append(required, name)
		}
		p, ok := def.Properties[name]
		if !ok || p.Description == "" {
			t.Errorf("%s.%s: not in the schema, or not described", typ.Name(), name)
			continue
		}
		delete(def.Properties, name)
		holdValue(t, defs, typ.Name()+"."+name, field.Type, p, option, seen)
	}
	for name := range def.Properties {
		t.Errorf("%s.%s: in the schema alone", typ.Name(), name)
	}
	slices.Sort(required)
	slices.Sort(def.Required)
	if !slices.Equal(required, def.Required) {
		t.Errorf("%s: required %q, want %q", typ.Name(), def.Required, required)
	}
}

func holdValue(t *testing.T, defs map[string]node, place string, typ reflect.Type, n node, option string, seen map[string]bool) {
	t.Helper()
	want := ""
	switch typ.Kind() {
	case reflect.Pointer:
		if option == "" {
			if len(n.AnyOf) != 2 || n.AnyOf[1].Type != "null" {
				t.Errorf("%s: must allow null", place)
				return
			}
			n = n.AnyOf[0]
		}
		holdValue(t, defs, place, typ.Elem(), n, "omitempty", seen)
		return
	case reflect.Struct:
		if typ.PkgPath() != reflect.TypeFor[pipeline.Document]().PkgPath() {
			want = "string" // times and language tags
			break
		}
		if n.Ref != "#/$defs/"+typ.Name() {
			t.Errorf("%s: refers to %q", place, n.Ref)
		}
		holdStruct(t, defs, typ, seen)
		return
	case reflect.Slice:
		want = "array"
		if n.Items == nil {
			t.Errorf("%s: no items", place)
			return
		}
		holdValue(t, defs, place+"[]", typ.Elem(), *n.Items, "", seen)
	case reflect.Map:
		want = "object"
	case reflect.String:
		if typ.Name() != "string" {
			if n.Ref != "#/$defs/"+typ.Name() {
				t.Errorf("%s: refers to %q", place, n.Ref)
			}
			return
		}
		want = "string"
	case reflect.Bool:
		want = "boolean"
	case reflect.Float64:
		want = "number"
	default:
		want = "integer"
	}
	if n.Type != want {
		t.Errorf("%s: %v, want %s", place, n.Type, want)
	}
}

// constants reads the word lists of package pipeline from its source: type name
// to the values of its constants, in order.
func constants(t *testing.T) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for _, name := range []string{"../article.go", "../document.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			typ, isNamed := spec.Type.(*ast.Ident)
			lit, isLit := spec.Values[0].(*ast.BasicLit)
			if isNamed && isLit && lit.Kind == token.STRING {
				word, err := strconv.Unquote(lit.Value)
				if err != nil {
					t.Fatal(err)
				}
				out[typ.Name] = append(out[typ.Name], word)
			}
			return true
		})
	}
	if len(out) < 6 {
		t.Fatalf("found the words of %d types only", len(out))
	}
	return out
}

func TestReadJSONGivesBackTheDocument(t *testing.T) {
	for name, doc := range samples() {
		t.Run(name, func(t *testing.T) {
			text := write(t, writer.JSON, doc)
			back, err := writer.ReadJSON(strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			if again := write(t, writer.JSON, back); again != text {
				t.Error("a second writing differs")
			}
		})
	}
}

func TestReadJSONRefuses(t *testing.T) {
	good := write(t, writer.JSON, rich())
	for _, c := range []struct{ name, old, new, want string }{
		{"nothing", good, "", "ends too early"},
		{"half", good, good[:len(good)/2], ""},
		{"a list", good, "[]", "/: not an object"},
		{"an empty object", good, "{}", "is missing"},
		{"something after it", good, good + "{}", "follows the document"},
		{"unknown key", `"repairs":`, `"repair": [], "repairs":`, `/: unknown key "repair"`},
		{"key in other letters", `"repairs":`, `"Repairs":`, "is missing"},
		{"key twice", `"repairs":`, `"edits": [], "repairs":`, `key "edits" comes twice`},
		{"null list", `"reason": "Loaded adverb."`, `"reason": null`, "/edits/5/reason: not a string"},
		{"number for text", `"after": " "`, `"after": 7`, "/repairs/0/after: not a string"},
		{"text for number", `"start": 212`, `"start": "212"`, "/repairs/0/start: not a number"},
		{"fraction", `"start": 212`, `"start": 2.5`, ""},
		{"text for truth", `"stored": true`, `"stored": "true"`, "/trace/2/stored: not true or false"},
		{"bad date", `"date": "2026-`, `"date": "x026-`, ""},
		{"bad tag", `"lang": "ru"`, `"lang": "not a tag"`, ""},
		{"tag twice", `"lang": "tr",
      "article"`, `"lang": "ru",
      "article"`, `/translations/1/lang: "ru" comes twice`},
		{"unknown kind", `"kind": "lead"`, `"kind": "footer"`, `/source/body/3/kind: unknown word "footer"`},
		{"unknown edit state", `"state": "applied"`, `"state": "perhaps"`, "/edits/0/state"},
		{"unknown severity", `"severity": "major"`, `"severity": "huge"`, `/findings/1/severity: unknown word "huge"`},
		{"unknown author", `"author": "ai-autonomous"`, `"author": "me"`, "/origin/author"},
		{"unknown product", `"product": "lead"`, `"product": "essay"`, "/summary/sentences/1/product"},
		{"deep", good, strings.Repeat("[", 1000), "nested too deep"},
	} {
		t.Run(c.name, func(t *testing.T) {
			bad := strings.Replace(good, c.old, c.new, 1)
			_, err := writer.ReadJSON(strings.NewReader(bad))
			if pipeline.CodeOf(err) != pipeline.Invalid || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func TestReadJSONRefusesDoubledIDs(t *testing.T) {
	doc := rich()
	doc.Normalized.Body[4].Sentences[1].ID = "p2s1"
	_, err := writer.ReadJSON(strings.NewReader(write(t, writer.JSON, doc)))
	if err == nil || !strings.Contains(err.Error(), `/normalized/body: sentence id "p2s1"`) {
		t.Errorf("error %v", err)
	}
	doc = rich()
	doc.Findings[1].Span.End = 2
	if _, err := writer.ReadJSON(strings.NewReader(write(t, writer.JSON, doc))); err == nil {
		t.Error("a range that ends before it starts was read")
	}
}

func TestJSONIsSafeAndFaithful(t *testing.T) {
	hostile := "a\x00b\u2028c\u2029d\u202ee\u009bf\x7fg\U000E0041h<b>&\"\\\u00a0İ\U0001F600"
	doc := normalizedOnly()
	doc.Normalized.Body[3].Sentences[0].Text = hostile + "\xff"
	text := write(t, writer.JSON, doc)
	for _, r := range text {
		if r != '\n' && (r < ' ' || r >= 0x7F && r <= 0x9F || r == 0x2028 || r == 0x2029 || r == 0x202E || r >= 0xE0000) {
			t.Errorf("%U stands in the file", r)
		}
	}
	if !strings.Contains(text, "<b>&") {
		t.Error("HTML is escaped")
	}
	back, err := writer.ReadJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if got := back.Normalized.Body[3].Sentences[0].Text; got != hostile+"\uFFFD" {
		t.Errorf("came back as %q", got)
	}
}

func TestWritersPassErrorsOn(t *testing.T) {
	for name, w := range map[string]pipeline.Writer{"json": writer.JSON, "html": writer.HTML, "markdown": writer.Markdown("en")} {
		if err := w(full{}, rich()); !errors.Is(err, errFull) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if _, err := writer.ReadJSON(full{}); !errors.Is(err, errFull) {
		t.Errorf("ReadJSON: error %v", err)
	}
}

var errFull = errors.New("disk full")

// full can neither be written nor read.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }
func (full) Read([]byte) (int, error)  { return 0, errFull }

func FuzzReadJSON(f *testing.F) {
	var b bytes.Buffer
	if err := writer.JSON(&b, rich()); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte(`{"source":null,"normalized":{"id":"","inLanguage":"und","body":[]}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		doc, err := writer.ReadJSON(bytes.NewReader(raw))
		if err != nil {
			return
		}
		var first, second bytes.Buffer
		if err := writer.JSON(&first, doc); err != nil {
			return // a date beyond the year 9999
		}
		back, err := writer.ReadJSON(bytes.NewReader(first.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		if err := writer.JSON(&second, back); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Fatal("written twice, two texts")
		}
		for _, w := range []func() error{
			func() error { return writer.HTML(&second, doc) },
			func() error { return writer.Markdown("en")(&second, doc) },
		} {
			if err := w(); err != nil && pipeline.CodeOf(err) != pipeline.Invalid {
				t.Fatal(err)
			}
		}
	})
}
