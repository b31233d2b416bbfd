package check

import (
	"embed"
	"strings"
	"sync"
)

//go:embed data
var dataFiles embed.FS

// lines reads a list: one entry a line, # before a remark.
func lines(name string) []string {
	raw, err := dataFiles.ReadFile("data/" + name + ".txt")
	if err != nil {
		return nil
	}
	var out []string
	for l := range strings.Lines(string(raw)) {
		if l = strings.TrimSpace(l); l != "" && l[0] != '#' {
			out = append(out, l)
		}
	}
	return out
}

// list is a list of data, read at its first use.
func list(name string) func() []string {
	return sync.OnceValue(func() []string { return lines(name) })
}

// listSet is a list of data as a set, read at its first use.
func listSet(name string) func() map[string]bool {
	return sync.OnceValue(func() map[string]bool {
		out := map[string]bool{}
		for _, l := range lines(name) {
			out[l] = true
		}
		return out
	})
}
