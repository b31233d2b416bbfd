package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dragoman/fixtures"
)

// runCLI runs the program in process and returns its exit code and output.
func runCLI(t *testing.T, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(context.Background(), append([]string{"dragoman"}, args...), strings.NewReader(stdin), &out, &errs)
	return code, out.String(), errs.String()
}

// TestReplayGivesTheGoldenFiles runs every recorded case through the command
// line: the output folder must be the golden one, byte for byte, whatever
// folder it is written to.
func TestReplayGivesTheGoldenFiles(t *testing.T) {
	root := filepath.Join("..", "..", "fixtures", "cases")
	cases, err := fixtures.All(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("HOME", t.TempDir())
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			dir, out := filepath.Join(root, c.Name), t.TempDir()
			args := []string{"run", filepath.Join(dir, c.Input), "--out", out, "--quiet", "--to", strings.Join(c.To, ",")}
			if c.Provenance == fixtures.None {
				args = append(args, "--pseudo")
			} else {
				args = append(args, "--replay", filepath.Join(dir, "replies"))
			}
			if c.Long {
				args = append(args, "--long")
			}
			code, _, stderr := runCLI(t, "", args...)
			if code != c.Exit {
				t.Fatalf("exit code %d, want %d\n%s", code, c.Exit, stderr)
			}
			if !strings.Contains(stderr, c.Error) {
				t.Errorf("stderr has no %q: %s", c.Error, stderr)
			}
			id := strings.TrimSuffix(c.Input, filepath.Ext(c.Input))
			for _, name := range []string{"document.json", "report.html", "en.md", "ru.md", "tr.md"} {
				want, err := os.ReadFile(filepath.Join(dir, "golden", name))
				if os.IsNotExist(err) {
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				got, err := os.ReadFile(filepath.Join(out, id, name))
				if err != nil || !bytes.Equal(got, want) {
					t.Errorf("%s differs from the golden file; DRAGOMAN_UPDATE=1 go test ./fixtures/... writes that again (%v)", name, err)
				}
			}
		})
	}
}
