package ops_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"dragoman/cmd/internal/ops"
)

// sink is a writer that can hang.
type sink struct {
	mu   sync.Mutex
	text bytes.Buffer
	hang chan struct{} // writes wait until it is closed; nil: they do not
	err  error
}

func (s *sink) Write(p []byte) (int, error) {
	if s.hang != nil {
		<-s.hang
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return 0, s.err
	}
	return s.text.Write(p)
}

func (s *sink) lines() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Split(strings.TrimSuffix(s.text.String(), "\n"), "\n")
}

func TestBufferKeepsOrder(t *testing.T) {
	w := &sink{}
	b := ops.NewBuffer(w, ops.FormatText, 100)
	log := ops.Logger(b, ops.FormatText, slog.LevelInfo)
	for i := range 100 {
		log.Info("line", "n", i)
	}
	b.Close(10 * time.Second)
	lines := w.lines()
	if len(lines) != 100 || b.Dropped() != 0 || !strings.HasSuffix(lines[0], "n=0") || !strings.HasSuffix(lines[99], "n=99") {
		t.Errorf("%d lines, %d lost, first %q", len(lines), b.Dropped(), lines[0])
	}
}

func TestSlowLogNeverBlocks(t *testing.T) {
	for _, format := range []string{ops.FormatText, ops.FormatJSON} {
		synctest.Test(t, func(t *testing.T) {
			w := &sink{hang: make(chan struct{})}
			b := ops.NewBuffer(w, format, 10)
			log := ops.Logger(b, format, slog.LevelInfo)
			log.Info("first") // hangs in the writer
			synctest.Wait()
			for range 1000 {
				log.Info("more") // would deadlock the bubble if it waited
			}
			if b.Dropped() != 990 {
				t.Errorf("%d lines lost, want 990: 10 fit", b.Dropped())
			}
			close(w.hang)
			synctest.Wait()
			log.Info("last")
			b.Close(time.Second)
			told(t, format, w.lines())
		})
	}
}

// told looks for the line that says what was lost, once.
func told(t *testing.T, format string, lines []string) {
	t.Helper()
	if len(lines) != 1+10+1+1 {
		t.Fatalf("%s: %d lines: %q", format, len(lines), lines)
	}
	notes := 0
	for _, line := range lines {
		if !strings.Contains(line, "were lost") {
			continue
		}
		notes++
		if format == ops.FormatJSON {
			var note struct {
				Level string
				Lost  int
			}
			if err := json.Unmarshal([]byte(line), &note); err != nil || note.Lost != 990 || note.Level != "WARN" {
				t.Errorf("%q: %v", line, err)
			}
		} else if !strings.Contains(line, "level=WARN") || !strings.HasSuffix(line, "lost=990") {
			t.Errorf("%q", line)
		}
	}
	if notes != 1 || !strings.Contains(lines[len(lines)-1], "last") {
		t.Errorf("%s: %d notes, last line %q", format, notes, lines[len(lines)-1])
	}
}

func TestCloseDoesNotWaitForADeadLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &sink{hang: make(chan struct{})}
		b := ops.NewBuffer(w, ops.FormatText, 10)
		ops.Logger(b, ops.FormatText, slog.LevelInfo).Info("x")
		began := time.Now()
		b.Close(2 * time.Second)
		b.Close(0)
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("closing took %v", took)
		}
		if n, err := b.Write([]byte("late\n")); n != 5 || err != nil || b.Dropped() != 1 {
			t.Errorf("a line after the end: %d, %v, %d lost", n, err, b.Dropped())
		}
		close(w.hang)
	})
}

func TestBrokenLogIsCounted(t *testing.T) {
	w := &sink{err: errors.New("no space left on device")}
	b := ops.NewBuffer(w, ops.FormatText, 10)
	log := ops.Logger(b, ops.FormatText, slog.LevelInfo)
	for range 5 {
		log.Info("x")
	}
	b.Close(10 * time.Second)
	if b.Dropped() != 5 {
		t.Errorf("%d lost, want 5", b.Dropped())
	}
}

func TestPipeWithoutReader(t *testing.T) {
	r, w, err := os.Pipe() // other than stderr: a write is an error, and no signal
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	r.Close()
	b := ops.NewBuffer(w, ops.FormatText, 10)
	if _, err := io.WriteString(b, "x\n"); err != nil {
		t.Error(err)
	}
	b.Close(10 * time.Second)
	if b.Dropped() != 1 {
		t.Errorf("%d lost, want 1", b.Dropped())
	}
}
