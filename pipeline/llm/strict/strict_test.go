package strict_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"dragoman/pipeline/llm/strict"
)

func TestParse(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"object in order", `{"b":1,"a":[true,null,"x"]}`, `[{b 1} {a [true <nil> x]}]`},
		{"numbers are exact", `12345678901234567890.10`, `12345678901234567890.10`},
		{"white space around", " \n{}\t", `[]`},
		{"duplicate key", `{"a":1,"a":2}`, `!the key /a stands twice`},
		{"duplicate key, nested", `{"a":[{"b":1,"b":1}]}`, `!the key /a/0/b stands twice`},
		{"duplicate key by escape", `{"a":1,"\u0061":2}`, `!the key /a stands twice`},
		{"two values", `{} {}`, `!something stands after the value, at byte 4`},
		{"cut", `{"a":"b`, `!unexpected EOF`},
		{"cut after a comma", `{"a":1,`, `!unexpected EOF`},
		{"empty", ``, `!unexpected EOF`},
		{"trailing comma", `{"a":1,}`, `!`},
		{"single quotes", `{'a':1}`, `!`},
		{"comment", `{"a":1}//x`, `!`},
		{"nested too deep", strings.Repeat("[", 70) + strings.Repeat("]", 70), `!the value is nested deeper than 64`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, err := strict.Parse([]byte(tt.in))
			got := fmt.Sprint(v)
			if err != nil {
				got = "!" + err.Error()
			}
			if got != tt.want && !(tt.want == "!" && err != nil) {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if errors.Is(err, io.EOF) {
				t.Error("a cut looks like a clean end")
			}
		})
	}
}

func TestGet(t *testing.T) {
	v, err := strict.Parse([]byte(`{"a":"b"}`))
	if err != nil {
		t.Fatal(err)
	}
	o := v.(strict.Object)
	if got, ok := o.Get("a"); !ok || got != "b" {
		t.Errorf("got %v, %v", got, ok)
	}
	if _, ok := o.Get("c"); ok {
		t.Error("found what is not there")
	}
}

const schema = `{
	"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "T", "description": "D",
	"type": "object",
	"properties": {
		"s1": {"type": "string", "minLength": 1, "maxLength": 5},
		"list": {"type": "array", "minItems": 1, "maxItems": 2, "items": {"type": "object",
			"properties": {"kind": {"type": "string", "enum": ["a", "b"]}}, "required": ["kind"], "additionalProperties": false}},
		"n": {"type": ["integer", "null"]}
	},
	"required": ["s1", "list", "n"], "additionalProperties": false
}`

func TestValidate(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"good", `{"s1":"Да","list":[{"kind":"a"}],"n":3}`, ``},
		{"good, null", `{"s1":"Да","list":[{"kind":"b"},{"kind":"a"}],"n":null}`, ``},
		{"missing", `{"s1":"a"}`, `/list is missing; /n is missing`},
		{"extra", `{"s1":"a","list":[{"kind":"a"}],"n":1,"z":1,"b":2}`, `/b is not in the schema; /z is not in the schema`},
		{"wrong types", `{"s1":1,"list":{},"n":"x"}`, `/s1 is no string; /list is no array; /n is no integer or null`},
		{"no whole number", `{"s1":"a","list":[{"kind":"a"}],"n":1.5}`, `/n is no integer or null`},
		{"enum", `{"s1":"a","list":[{"kind":"c"}],"n":1}`, `/list/0/kind is none of a, b`},
		{"inside a list", `{"s1":"a","list":[{"kind":"a"},{"x":1}],"n":1}`, `/list/1/kind is missing; /list/1/x is not in the schema`},
		{"bounds", `{"s1":"","list":[],"n":1}`, `/s1 is shorter than 1; /list has fewer than 1 items`},
		{"bounds, in runes", `{"s1":"Привет","list":[{"kind":"a"},{"kind":"a"},{"kind":"a"}],"n":1}`, `/s1 is longer than 5; /list has more than 2 items`},
		{"not an object", `["s1"]`, `the reply is no object`},
		{"twice", `{"s1":"a","s1":"b"}`, `/s1 stands twice`},
		{"prose", `Sure!`, `the reply is no JSON: invalid character 'S' looking for beginning of value`},
		{"cut", `{"s1":"a"`, `the reply is no JSON: unexpected EOF`},
	}
	s, err := strict.Compile(json.RawMessage(schema))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var list []string
			for _, v := range s.Validate([]byte(tt.in)) {
				list = append(list, v.String())
			}
			if got := strings.Join(list, "; "); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
	if got := strings.Join(s.Required(), " "); got != "s1 list n" {
		t.Errorf("required: %s", got)
	}
}

func TestCompileRefuses(t *testing.T) {
	tests := []struct{ in, want string }{
		{`{"type":"string","pattern":"^a"}`, "outside the strict subset"},
		{`{"anyOf":[]}`, "outside the strict subset"},
		{`{"type":"text"}`, `unknown type "text"`},
		{`{"type":7}`, "is no list"},
		{`{}`, "has no type"},
		{`[]`, "is no object"},
		{`{"type":"object","properties":[]}`, "is no object"},
		{`{"type":"object","properties":{"a":{"type":"string"}},"required":["b"]}`, `requires "b"`},
		{`{"type":"object","additionalProperties":true}`, "is not false"},
		{`{"type":"array","minItems":-1}`, "is no count"},
		{`{"type":"array","maxItems":"2"}`, "is no number"},
		{`{"type":"string","enum":[1]}`, "is no string"},
		{`{"type":"object","type":"array"}`, "stands twice"},
		{`{"type":`, "unexpected EOF"},
	}
	for _, tt := range tests {
		if _, err := strict.Compile(json.RawMessage(tt.in)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", tt.in, err, tt.want)
		}
	}
}

// What is accepted, encoding/json accepts as well; and what it would change in
// silence is refused.
func FuzzParse(f *testing.F) {
	f.Add(`{"a":[1,{"b":"c"}],"a":2}`)
	f.Add(`{"\u00e9":"\ud800","é":1}`)
	f.Fuzz(func(t *testing.T, in string) {
		v, err := strict.Parse([]byte(in))
		if errors.Is(err, io.EOF) {
			t.Error("a cut looks like a clean end")
		}
		if err != nil {
			return
		}
		if !json.Valid([]byte(in)) {
			t.Errorf("accepted %q", in)
		}
		var m map[string]json.RawMessage
		if o, ok := v.(strict.Object); ok && (json.Unmarshal([]byte(in), &m) != nil || len(m) != len(o)) {
			t.Errorf("%d members, encoding/json sees %d", len(o), len(m))
		}
	})
}

func ExampleCompile() {
	s, err := strict.Compile(json.RawMessage(`{"type":"object","properties":{"s1":{"type":"string"},"s2":{"type":"string"}},"required":["s1","s2"],"additionalProperties":false}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, v := range s.Validate([]byte(`{"s1":"Привет","s3":"!"}`)) {
		fmt.Println(v)
	}
	// Output:
	// /s2 is missing
	// /s3 is not in the schema
}

// Scalars, and what only looks like one.
func TestParseScalars(t *testing.T) {
	tests := []struct{ in, want string }{
		{`"a\u0301\n"`, "a\u0301\n"},
		{`"\ud83d\ude00"`, "😀"},
		{`true`, "true"},
		{`null`, "<nil>"},
		{`-0`, "-0"},
		{`1e5`, "1e5"},
		{`0.1000`, "0.1000"},
		{`01`, "!"},
		{`+1`, "!"},
		{`.5`, "!"},
		{`NaN`, "!"},
		{`Infinity`, "!"},
		{`True`, "!"},
		{`'a'`, "!"},
		{"\"a\tb\"", "!"},
		{`"\x41"`, "!"},
		{`"a`, "!"},
		{`[1 2]`, "!"},
		{`[1,,2]`, "!"},
		{`[1,2`, "!"},
		{`{"a" 1}`, "!"},
		{`{1:2}`, "!"},
		{`{"a":1 "b":2}`, "!"},
		{`}`, "!"},
		{`]`, "!"},
		{`{]`, "!"},
		{`[}`, "!"},
		{"\ufeff{}", "!"},
	}
	for _, tt := range tests {
		v, err := strict.Parse([]byte(tt.in))
		got := fmt.Sprint(v)
		if err != nil {
			got = "!"
		}
		if got != tt.want {
			t.Errorf("%s: got %q (%v), want %q", tt.in, got, err, tt.want)
		}
		if checked := strict.Check([]byte(tt.in)); (checked == nil) != (err == nil) {
			t.Errorf("%s: Check says %v", tt.in, checked)
		}
	}
}

// A schema with alternatives of type says so in its violations.
func TestAlternatives(t *testing.T) {
	s, err := strict.Compile(json.RawMessage(`{"type":["string","null","boolean","number"]}`))
	if err != nil {
		t.Fatal(err)
	}
	for in, good := range map[string]bool{`"a"`: true, `null`: true, `false`: true, `1.5`: true, `[]`: false, `{}`: false} {
		if v := s.Validate([]byte(in)); (len(v) == 0) != good {
			t.Errorf("%s: %v", in, v)
		}
	}
	if v := s.Validate([]byte(`[]`)); len(v) != 1 || v[0].String() != "the reply is no string or null or boolean or number" {
		t.Errorf("%v", v)
	}
	enum, err := strict.Compile(json.RawMessage(`{"enum":["a","b"]}`))
	if err != nil {
		t.Fatal(err)
	}
	for in, good := range map[string]bool{`"a"`: true, `"c"`: false, `1`: false, `null`: false} {
		if v := enum.Validate([]byte(in)); (len(v) == 0) != good {
			t.Errorf("%s: %v", in, v)
		}
	}
}
