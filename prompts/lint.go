package prompts

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// Lint finds what is wrong with the prompt files of a file system, beyond what
// Load refuses: a case that is no fixture, and a released version that was
// changed. A nil isCase skips the first, for a desk's own prompts.
func Lint(fsys fs.FS, isCase func(name string) bool) ([]Problem, error) {
	set, problems, err := read(fsys, "")
	if err != nil {
		return nil, fmt.Errorf("reading the prompts: %w", err)
	}
	released, err := versions(fsys)
	if err != nil {
		return nil, err
	}
	for _, p := range set.All() {
		f := &file{name: p.ID + ".md", raw: p.Raw}
		for _, c := range p.Cases {
			if isCase != nil && !isCase(c) {
				f.problem(strings.Index(string(p.Raw), c), "case %q is no folder of fixtures/cases", c)
			}
		}
		if want, ok := released[p.Name()]; ok && want != p.Digest {
			f.problem(strings.Index(string(p.Raw), "version:"), "version %d is released and was changed; make it version %d", p.Version, p.Version+1)
		}
		problems = append(problems, f.problems...)
	}
	return problems, nil
}

// versions reads versions.txt: one released prompt a line, name and digest.
func versions(fsys fs.FS) (map[string]string, error) {
	released := map[string]string{}
	raw, err := fs.ReadFile(fsys, "versions.txt")
	if err != nil {
		return released, nil // a desk's own folder has none
	}
	for line := range strings.Lines(string(raw)) {
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		if len(fields) != 2 {
			return nil, fmt.Errorf("reading versions.txt: want a name and a digest, got %q", strings.TrimSpace(line))
		}
		released[fields[0]] = fields[1]
	}
	return released, nil
}

// Release is the text of versions.txt with the versions of a set added. A line
// that is there already stays.
func Release(text string, set *Set) string {
	names := slices.Collect(func(yield func(string) bool) {
		for _, p := range set.All() {
			if !strings.Contains(text, p.Name()+" ") && !yield(p.Name()+" "+p.Digest+"\n") {
				return
			}
		}
	})
	return text + strings.Join(names, "")
}
