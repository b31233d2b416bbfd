//go:build unix

package source_test

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A pipe is not opened: it would wait for its writer for ever.
func TestAPipeInTheInbox(t *testing.T) {
	b := newBox(t)
	if err := syscall.Mkfifo(filepath.Join(b.dir, "pipe.txt"), 0o600); err != nil {
		t.Skip(err)
	}
	if p := b.poll(t, b.src); what(p) != "1 problems" || !strings.Contains(p.Problems[0].Line, "pipe.txt: is a pipe") {
		t.Errorf("%s, %v", what(p), p.Problems)
	}
}
