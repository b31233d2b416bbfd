package check

import (
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
