package llm_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"dragoman/pipeline/llm"
)

func TestClosedProperties(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"whole", `{"s1":"a","s2":"b"}`, `s1="a" s2="b"`},
		{"cut in a value", `{"s1":"a","s2":"b`, `s1="a"`},
		{"cut after the closing quote", `{"s1":"a","s2":"b"`, `s1="a"`},
		{"cut after the comma", `{"s1":"a","s2":"b",`, `s1="a" s2="b"`},
		{"cut in a key", `{"s1":"a","s`, `s1="a"`},
		{"cut before the value", `{"s1":"a","s2":`, `s1="a"`},
		{"cut in an escape", `{"s1":"a","s2":"b\`, `s1="a"`},
		{"nested values", `{"s1":[{"before":"a"}],"s2":[{"before":"b"}`, `s1=[{"before":"a"}]`},
		{"number cut", `{"s1":12`, ``},
		{"number closed", `{"s1":12,`, `s1=12`},
		{"white space", " {\n \"s1\" : \"a\" ,\n \"s2\" ", `s1="a"`},
		{"unescaped quotation mark", `{"s1":"he said "yes" and left","s2":"b"}`, ``},
		{"unescaped quotation mark before a comma", `{"s1":"he said "yes", and left","s2":"b"}`, ``},
		{"key twice", `{"s1":"a","s1":"b","s2":"c","s3`, `s2="c"`},
		{"no object", `"s1":"a",`, ``},
		{"array", `["a","b",`, ``},
		{"prose", `Here: {"s1":"a",`, ``},
		{"something behind", `{"s1":"a"} {"s1":"b"}`, ``},
		{"empty", ``, ``},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := llm.ClosedProperties(tt.text)
			var list []string
			for _, k := range slices.Sorted(maps.Keys(got)) {
				list = append(list, k+"="+string(got[k]))
			}
			if s := strings.Join(list, " "); s != tt.want {
				t.Errorf("got %s, want %s", s, tt.want)
			}
		})
	}
}

// At whatever byte an object is cut, what is salvaged are members of the whole.
func TestClosedPropertiesAtEveryCut(t *testing.T) {
	whole := `{"s1":"Посол \"Карлов\" убит.","s2":[{"a":1},{"b":null}],"s3":"Ankara'da, \u0131ş\\","s4":true}`
	var want map[string]json.RawMessage
	if err := json.Unmarshal([]byte(whole), &want); err != nil {
		t.Fatal(err)
	}
	before := 0
	for i := range len(whole) + 1 {
		got := llm.ClosedProperties(whole[:i])
		for k, v := range got {
			if string(v) != string(want[k]) {
				t.Fatalf("cut at %d: %s is %s, want %s", i, k, v, want[k])
			}
		}
		if len(got) < before {
			t.Fatalf("cut at %d: fewer properties than before", i)
		}
		before = len(got)
	}
	if before != len(want) {
		t.Errorf("the whole object gives %d of %d", before, len(want))
	}
}

func FuzzClosedProperties(f *testing.F) {
	f.Add(`{"s1":"a","s2":"b`)
	f.Add(`{"s1":"he said "yes", and","s2":1}`)
	f.Add("{\"\\u00e9\":[[{}]],\"\xff\":\"\xfe\",")
	f.Fuzz(func(t *testing.T, text string) {
		for k, v := range llm.ClosedProperties(text) {
			if !json.Valid(v) {
				t.Errorf("%q is no JSON: %q", k, v)
			}
			if !strings.Contains(text, string(v)) {
				t.Errorf("%q does not stand in the text", v)
			}
		}
	})
}

func ExampleClosedProperties() {
	cut := `{"s1":"Посол убит.","s2":"Его брат`
	for key, value := range llm.ClosedProperties(cut) {
		fmt.Println(key, string(value))
	}
	// Output: s1 "Посол убит."
}
