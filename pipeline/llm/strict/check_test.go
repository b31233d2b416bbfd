package strict_test

import (
	"errors"
	"strings"
	"testing"

	"dragoman/pipeline/llm/strict"
)

// TestCheck holds Check, which reads most values without keeping them, against
// Parse.
func TestCheck(t *testing.T) {
	many := func(n int) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(strings.Repeat("k", i+1) + `":1,"`)
		}
		return `{"` + b.String() + `z":2}`
	}
	for _, s := range []string{
		``, `{`, `{}`, `[]`, `"a"`, `1`, `{"a":1}`, `{"a":1,"a":2}`, `{"a":1,"b":{"a":1}}`, `{"b":{"a":1},"a":2}`,
		`{"b":{"a":1,"a":2}}`, `[{"a":1},{"a":1}]`, `[{"a":1},{"a":1,"a":1}]`, `{"a":["a","a"],"b":"a"}`, `{"a":"{\"a\":1}","b":","}`,
		`{"\u0061":1,"a":2}`, `{"\u0061":1,"b":2}`, `{"ё":1,"ё":2}`, `{"ё":1,"е":2}`, "{\"\xff\":1,\"\xfe\":2}", `{"a\\":1,"a\"":2}`,
		`{"a":1} {"a":1}`, `{"a":1}x`, `{"a":1,}`, ` {"a" : 1 , "b" : [ ] } `, many(20), many(40), strings.Replace(many(40), `"z"`, `"kkk"`, 1),
		strings.Repeat("[", 20) + strings.Repeat("]", 20), strings.Repeat("[", 70) + strings.Repeat("]", 70),
		strings.Repeat(`{"a":`, 20) + `{"b":1,"b":2}` + strings.Repeat("}", 20),
	} {
		_, want := strict.Parse([]byte(s))
		got := strict.Check([]byte(s))
		if (got == nil) != (want == nil) || got != nil && got.Error() != want.Error() {
			t.Errorf("%q: %v, want %v", s, got, want)
		}
	}
	var twice *strict.DuplicateError
	if err := strict.Check([]byte(`{"a":[{"b":1,"b":2}]}`)); !errors.As(err, &twice) || twice.Path != "/a/0/b" {
		t.Errorf("%v", err)
	}
}
