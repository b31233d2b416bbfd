package source

import (
	"fmt"
	"strings"
)

// mostIgnored bounds how many files that no reader takes are remembered, and
// mostNamed how many of them a note names.
const (
	mostIgnored = 1000
	mostNamed   = 3
)

// tellIgnored tells of the files that no reader takes, of each once. Where there
// are more of them than are remembered, nothing is said of further ones.
func (w *walk) tellIgnored() {
	told := map[string]bool{}
	for _, id := range w.poll.extra.Ignored {
		told[id] = true
	}
	full := len(told) >= mostIgnored
	var kept, fresh []string
	for _, rel := range w.ignored {
		switch {
		case told[short(rel)]:
			kept = append(kept, short(rel))
		case !full:
			fresh = append(fresh, rel)
		}
	}
	for _, rel := range fresh[:min(len(fresh), mostIgnored-len(kept))] {
		kept = append(kept, short(rel))
	}
	w.poll.extra.Ignored, w.poll.Ignored = kept, len(fresh)
	if len(fresh) == 0 {
		return
	}
	names, what := strings.Join(fresh[:min(len(fresh), mostNamed)], ", "), "1 file was"
	if n := len(fresh); n > 1 {
		what = fmt.Sprintf("%d files were", n)
	}
	if n := len(fresh) - mostNamed; n > 0 {
		names += fmt.Sprintf(" and %d more", n)
	}
	w.poll.note("%s left out, no .txt, .md or .html: %s", what, names)
}
