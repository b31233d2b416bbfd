package strict_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"dragoman/pipeline/llm/strict"
)

// The two shapes of reply that our prompts ask for.
func keyedSchema(n int) string {
	var properties, required []string
	for i := 1; i <= n; i++ {
		properties = append(properties, fmt.Sprintf(`"s%d":{"type":"string"}`, i))
		required = append(required, fmt.Sprintf(`"s%d"`, i))
	}
	return fmt.Sprintf(`{"type":"object","properties":{%s},"required":[%s],"additionalProperties":false}`, strings.Join(properties, ","), strings.Join(required, ","))
}

const editSchema = `{"type":"object","properties":{"s1":{"type":"array","items":{"type":"object",
	"properties":{"before":{"type":"string"},"after":{"type":"string"},"category":{"type":"string","enum":["grammar","spelling"]}},
	"required":["before","after","category"],"additionalProperties":false}}},"required":["s1"],"additionalProperties":false}`

func mustCompile(t *testing.T, schema string) *strict.Schema {
	t.Helper()
	s, err := strict.Compile(json.RawMessage(schema))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// reply is a good answer of n sentences, as a list of members.
func reply(n int, r *rand.Rand) []string {
	texts := []string{"", "Посол убит.", `He said \"no\".`, "Ankara'da — \\u00e9", "{}", "[]", "null", "1"}
	var out []string
	for i := 1; i <= n; i++ {
		out = append(out, fmt.Sprintf(`"s%d":"%s"`, i, texts[r.IntN(len(texts))]))
	}
	return out
}

func object(members []string) string { return "{" + strings.Join(members, ",") + "}" }

// Every way to break a keyed reply is found, at whichever sentence, and the
// violation names it; the unbroken reply is not blamed.
func TestEveryMutationIsFound(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	mutations := []struct {
		name   string
		mutate func(members []string, i int) string
		names  bool // the violation names the sentence
	}{
		{"dropped", func(m []string, i int) string { return object(slices.Delete(slices.Clone(m), i, i+1)) }, true},
		{"doubled", func(m []string, i int) string { return object(append(slices.Clone(m), m[i])) }, true},
		{"renamed", func(m []string, i int) string {
			m = slices.Clone(m)
			m[i] = strings.Replace(m[i], `"s`, `"x`, 1)
			return object(m)
		}, true},
		{"upper case", func(m []string, i int) string {
			m = slices.Clone(m)
			m[i] = strings.Replace(m[i], `"s`, `"S`, 1)
			return object(m)
		}, true},
		{"null", func(m []string, i int) string { return replaced(m, i, "null") }, true},
		{"number", func(m []string, i int) string { return replaced(m, i, "12") }, true},
		{"boolean", func(m []string, i int) string { return replaced(m, i, "true") }, true},
		{"list", func(m []string, i int) string { return replaced(m, i, `["a"]`) }, true},
		{"object", func(m []string, i int) string { return replaced(m, i, `{"text":"a"}`) }, true},
		{"one more", func(m []string, i int) string { return object(append(slices.Clone(m), `"s999":"x"`)) }, false},
		{"cut", func(m []string, i int) string { s := object(m); return s[:len(s)-1-i] }, false},
		{"in a list", func(m []string, i int) string { return "[" + object(m) + "]" }, false},
		{"twice", func(m []string, i int) string { return object(m) + object(m) }, false},
		{"prose before", func(m []string, i int) string { return "Here: " + object(m) }, false},
		{"comma at the end", func(m []string, i int) string { return "{" + strings.Join(m, ",") + ",}" }, false},
		{"raw line break", func(m []string, i int) string { return replaced(m, i, "\"a\nb\"") }, false},
	}
	for _, n := range []int{1, 2, 7, 30} {
		schema := mustCompile(t, keyedSchema(n))
		for range 20 {
			members := reply(n, r)
			if v := schema.Validate([]byte(object(members))); len(v) > 0 {
				t.Fatalf("a good reply of %d is blamed: %v", n, v)
			}
			i := r.IntN(n)
			for _, m := range mutations {
				broken := m.mutate(members, i)
				v := schema.Validate([]byte(broken))
				if len(v) == 0 {
					t.Fatalf("%s at s%d was not found in %s", m.name, i+1, broken)
				}
				if m.names && !slices.ContainsFunc(v, func(v strict.Violation) bool { return v.Path == fmt.Sprintf("/s%d", i+1) }) {
					t.Errorf("%s at s%d: %v does not name it", m.name, i+1, v)
				}
			}
		}
	}
}

// replaced gives the i-th member another value.
func replaced(m []string, i int, value string) string {
	m = slices.Clone(m)
	key, _, _ := strings.Cut(m[i], ":")
	m[i] = key + ":" + value
	return object(m)
}

// The same for a list of edits: what is wrong deep inside is found and named.
func TestMutationsOfEdits(t *testing.T) {
	schema := mustCompile(t, editSchema)
	const edit = `{"before":"a","after":"b","category":"grammar"}`
	tests := []struct{ name, reply, want string }{
		{"none", `{"s1":[]}`, ""},
		{"two", `{"s1":[` + edit + `,` + edit + `]}`, ""},
		{"not a list", `{"s1":` + edit + `}`, "/s1 is no array"},
		{"a string in the list", `{"s1":["a"]}`, "/s1/0 is no object"},
		{"a member missing", `{"s1":[` + edit + `,{"before":"a","after":"b"}]}`, "/s1/1/category is missing"},
		{"a member too many", `{"s1":[{"before":"a","after":"b","category":"grammar","why":"x"}]}`, "/s1/0/why is not in the schema"},
		{"an unknown category", `{"s1":[{"before":"a","after":"b","category":"tone"}]}`, "/s1/0/category is none of grammar, spelling"},
		{"category in capitals", `{"s1":[{"before":"a","after":"b","category":"Grammar"}]}`, "/s1/0/category is none of grammar, spelling"},
		{"category null", `{"s1":[{"before":"a","after":"b","category":null}]}`, "/s1/0/category is no string"},
		{"a member twice", `{"s1":[{"before":"a","before":"c","after":"b","category":"grammar"}]}`, "/s1/0/before stands twice"},
		{"all at once", `{"s1":[{"after":1}]}`, "/s1/0/before is missing; /s1/0/category is missing; /s1/0/after is no string"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, v := range schema.Validate([]byte(tt.reply)) {
				got = append(got, v.String())
			}
			if s := strings.Join(got, "; "); s != tt.want {
				t.Errorf("got  %s\nwant %s", s, tt.want)
			}
		})
	}
}

// Validation takes time in proportion to the reply; a reply built to be slow
// is refused or judged like any other.
func TestLargeReplies(t *testing.T) {
	schema := mustCompile(t, keyedSchema(2000))
	r := rand.New(rand.NewPCG(3, 4))
	if v := schema.Validate([]byte(object(reply(2000, r)))); len(v) > 0 {
		t.Errorf("a long reply is blamed: %v", v[:1])
	}
	if v := schema.Validate([]byte(strings.Repeat(`{"a":`, 100_000))); len(v) != 1 {
		t.Errorf("a deep reply: %d violations", len(v))
	}
}

// What Validate accepts has exactly the properties asked for.
func FuzzValidate(f *testing.F) {
	f.Add(`{"s1":"a","s2":"b"}`)
	f.Add(`{"s2":"","s1":"\u0000"}`)
	f.Add(`{"s1":"a","s2":null}`)
	schema, err := strict.Compile(json.RawMessage(keyedSchema(2)))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, in string) {
		if len(schema.Validate([]byte(in))) > 0 {
			return
		}
		var m map[string]string
		if err := json.Unmarshal([]byte(in), &m); err != nil || len(m) != 2 {
			t.Errorf("accepted %q (%v)", in, err)
		}
		for _, k := range []string{"s1", "s2"} {
			if _, ok := m[k]; !ok {
				t.Errorf("%s is missing in %q", k, in)
			}
		}
	})
}
