package writer_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dragoman/pipeline"
	"dragoman/pipeline/writer"
)

// golden holds got against testdata/name; DRAGOMAN_UPDATE=1 rewrites it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if os.Getenv("DRAGOMAN_UPDATE") == "1" {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got == string(want) {
		return
	}
	g, w := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range max(len(g), len(w)) {
		if i >= len(g) || i >= len(w) || g[i] != w[i] {
			t.Fatalf("%s differs at line %d:\n got %q\nwant %q\naccept with: DRAGOMAN_UPDATE=1 go test ./pipeline/writer/", path, i+1, at(g, i), at(w, i))
		}
	}
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(end of file)"
}

// write runs a writer.
func write(t *testing.T, w pipeline.Writer, doc *pipeline.Document) string {
	t.Helper()
	var b bytes.Buffer
	if err := w(&b, doc); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGoldens(t *testing.T) {
	for name, doc := range samples() {
		formats := map[string]pipeline.Writer{".json": writer.JSON, ".html": writer.HTML, ".en.md": writer.Markdown("en")}
		if len(doc.Translations) > 0 {
			formats[".ru.md"], formats[".tr.md"] = writer.Markdown("ru"), writer.Markdown("tr")
		}
		for ext, w := range formats {
			t.Run(name+ext, func(t *testing.T) { golden(t, name+ext, write(t, w, doc)) })
		}
	}
}
