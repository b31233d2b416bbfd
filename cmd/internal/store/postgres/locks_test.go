package postgres

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"dragoman/cmd/internal/store"
	"dragoman/cmd/internal/store/pgtest"
	"dragoman/pipeline"
)

// await takes a lock that is about to be free.
func await(t *testing.T, s *store.Store, name string) store.Lock {
	t.Helper()
	for range 1000 {
		l, err := s.Locks.Try(context.Background(), name)
		if err != nil {
			t.Fatal(err)
		}
		if l != nil {
			return l
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("the lock %s does not come free", name)
	return nil
}

// A lock dies with its process, however it dies.
func TestLockOfKilled(t *testing.T) {
	ctx := context.Background()
	if dsn := os.Getenv("STORE_LOCK_DSN"); dsn != "" {
		if l, err := openAt(t, dsn).Locks.Try(ctx, "l"); l == nil || err != nil {
			t.Fatal(l, err)
		}
		fmt.Println("held")
		select {}
	}
	dsn := pgtest.Start(t)
	s := openAt(t, dsn)
	defer s.Close()
	c := exec.Command(os.Args[0], "-test.run=^TestLockOfKilled$")
	c.Env = append(os.Environ(), "STORE_LOCK_DSN="+dsn)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "held\n" {
		t.Fatalf("the child said %q, %v", line, err)
	}
	if l, err := s.Locks.Try(ctx, "l"); l != nil || err != nil {
		t.Fatalf("beside the child: %v, %v", l, err)
	}
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	c.Wait() //nolint:errcheck // it was killed
	if err := await(t, s, "l").Close(); err != nil {
		t.Error(err)
	}
}

// A server that went away takes its locks along: whoever held one is told, and
// it can be taken again.
func TestLockLost(t *testing.T) {
	ctx, server := context.Background(), pgtest.StartDurable(t)
	s := openAt(t, server.DSN)
	defer s.Close()
	l, err := s.Locks.Try(ctx, "l")
	if l == nil || err != nil {
		t.Fatal(l, err)
	}
	server.Crash(t)
	if _, err := s.Locks.Try(ctx, "other"); pipeline.CodeOf(err) != pipeline.Unavailable {
		t.Errorf("without a server: %v", err)
	}
	server.Start(t)
	select {
	case <-l.Lost():
	case <-time.After(time.Minute):
		t.Error("the lock is not lost")
	}
	again := await(t, s, "l")
	for _, l := range []store.Lock{l, again} {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
}

// The states of two schemas of one database have locks of their own.
func locksOfSchemas(t *testing.T, dsn string) {
	sqlExec(t, dsn, "CREATE SCHEMA one")
	for _, url := range []string{dsn, dsn + "&search_path=one"} {
		s := openAt(t, url)
		defer s.Close()
		l, err := s.Locks.Try(context.Background(), "l")
		if l == nil || err != nil {
			t.Fatalf("%s: %v, %v", url, l, err)
		}
		defer l.Close()
	}
}
