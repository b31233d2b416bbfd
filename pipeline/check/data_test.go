package check

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A list that has no file would be empty without a word: each that the code
// names has entries, and each file is named.
func TestEveryListIsThere(t *testing.T) {
	named := []string{"thresholds"}
	call := regexp.MustCompile(`\b(?:list|listSet|lines)\("([a-z-]+)"\)`)
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range call.FindAllStringSubmatch(string(raw), -1) {
			named = append(named, m[1])
			if len(lines(m[1])) == 0 {
				t.Errorf("%s names the list %s, which has no entry", f, m[1])
			}
		}
	}
	kept, err := dataFiles.ReadDir("data")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range kept {
		if name := strings.TrimSuffix(e.Name(), ".txt"); !slices.Contains(named, name) {
			t.Errorf("nothing reads data/%s", e.Name())
		}
	}
}
