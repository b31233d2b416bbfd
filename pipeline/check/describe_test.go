package check

import (
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// Every check has a description, in the same order, and nothing else has one.
func TestEveryCheckIsDescribed(t *testing.T) {
	var ids []string
	for _, d := range descriptions {
		ids = append(ids, d.id)
	}
	if !slices.Equal(ids, IDs()) {
		t.Errorf("described are %v, the checks are %v", ids, IDs())
	}
	for _, id := range IDs() {
		text := Describe(id)
		if !strings.HasSuffix(text, ".") || strings.Contains(text, "\n") || !unicode.IsUpper(rune(text[0])) {
			t.Errorf("%s: %q is no sentence", id, text)
		}
		if top, _, _ := strings.Cut(Category(id), "/"); !slices.Contains([]string{"accuracy", "fluency", "terminology", "style", "localeConvention", "verity"}, top) {
			t.Errorf("%s: %q is no MQM category", id, Category(id))
		}
	}
	if Describe("T99") != "" || Category("") != "" {
		t.Error("an unknown id is described")
	}
}

// Every check has its paragraph in the doc of the package: what it catches, and
// its figures or that there are none.
func TestEveryCheckHasItsParagraph(t *testing.T) {
	raw, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	of := map[string]string{}
	for _, p := range strings.Split(string(raw), "\n//\n") {
		if id, _, ok := strings.Cut(strings.TrimPrefix(p, "// "), ": "); ok && len(id) == 3 {
			of[id] += p
		}
	}
	for _, id := range IDs() {
		if n := strings.Count(of[id], ". ") + strings.Count(of[id], ".\n"); n < 1 || len(of[id]) < 100 {
			t.Errorf("%s has no paragraph: %q", id, of[id])
		}
	}
	if len(of) != len(IDs()) {
		t.Errorf("%d paragraphs for %d checks", len(of), len(IDs()))
	}
}
