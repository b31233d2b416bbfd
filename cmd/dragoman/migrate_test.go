package main

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"dragoman/cmd/internal/store/pgtest"
)

// TestMigrateManyAtOnce has several processes bring one empty database up to
// date at the same moment, as the pods of a fleet do: each succeeds.
func TestMigrateManyAtOnce(t *testing.T) {
	state := pgtest.Start(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var g errgroup.Group
	said := make([]string, 5)
	for i := range said {
		g.Go(func() error {
			cmd := exec.CommandContext(ctx, "dragoman", "jobs", "migrate")
			cmd.Dir, cmd.Env = t.TempDir(), append(os.Environ(), "DRAGOMAN_STATE="+state)
			out, err := cmd.CombinedOutput()
			said[i] = string(out)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Errorf("%v\n%s", err, strings.Join(said, "\n"))
	}
	for _, s := range said {
		if !strings.Contains(s, " is up to date: the state is of version ") || s != said[0] {
			t.Errorf("said %q, and another %q", s, said[0])
		}
	}
}
