package ops

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// Buffer is a writer that never waits: lines go through a queue to a goroutine
// of their own, and what does not fit is dropped and counted.
type Buffer struct {
	w       io.Writer
	format  string
	queue   chan []byte
	lost    atomic.Int64 // lines, since the start
	closing chan struct{}
	once    sync.Once
	done    chan struct{}
	now     func() time.Time
}

// NewBuffer starts a queue of so many lines before w. Format is the log's: the
// line that says how many were lost is in it. A program that logs to a pipe
// must ignore SIGPIPE, or the end of the pipe's reader is its own.
func NewBuffer(w io.Writer, format string, lines int) *Buffer {
	b := &Buffer{
		w: w, format: format, queue: make(chan []byte, max(lines, 1)),
		closing: make(chan struct{}), done: make(chan struct{}), now: time.Now,
	}
	go b.work()
	return b
}

// Write queues a line; it never fails and never waits.
func (b *Buffer) Write(p []byte) (int, error) {
	select {
	case <-b.closing:
		b.lost.Add(1)
		return len(p), nil
	default:
	}
	select {
	case b.queue <- bytes.Clone(p):
	default:
		b.lost.Add(1)
	}
	return len(p), nil
}

// Dropped is how many lines were lost so far: they did not fit, or could not be
// written.
func (b *Buffer) Dropped() int64 { return b.lost.Load() }

// Close writes what is queued, for at most so long, and ends the queue. A
// writer that hangs keeps its goroutine, and nothing else.
func (b *Buffer) Close(within time.Duration) {
	b.once.Do(func() { close(b.closing) })
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case <-b.done:
	case <-timer.C:
	}
}

// work writes the queue until it is closed and empty.
func (b *Buffer) work() {
	defer close(b.done)
	var said int64 // lost lines that the log has told of
	put := func(line []byte) {
		if lost := b.lost.Load(); lost > said && b.write(b.note(lost-said)) {
			said = lost
		}
		if !b.write(line) {
			b.lost.Add(1)
		}
	}
	for {
		select {
		case line := <-b.queue:
			put(line)
		case <-b.closing:
			for {
				select {
				case line := <-b.queue:
					put(line)
				default:
					if lost := b.lost.Load(); lost > said {
						b.write(b.note(lost - said))
					}
					return
				}
			}
		}
	}
}

func (b *Buffer) write(line []byte) bool {
	n, err := b.w.Write(line)
	return err == nil && n == len(line)
}

// note is the line about lost lines.
func (b *Buffer) note(lost int64) []byte {
	var out bytes.Buffer
	r := slog.NewRecord(b.now(), slog.LevelWarn, "log lines were lost: whoever reads the log is too slow", 0)
	r.AddAttrs(slog.Int64("lost", lost))
	if err := handler(&out, b.format, slog.LevelDebug).Handle(context.Background(), r); err != nil {
		return nil
	}
	return out.Bytes()
}
