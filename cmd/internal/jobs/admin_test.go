package jobs

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"
)

func testPauseHolds(t *testing.T, s place) {
	work := func(c *Config) {
		c.Work = func(context.Context, Job) (Outcome, error) { return Outcome{}, nil }
	}
	admin := s.admin(t)
	if paused, err := admin.Paused(t.Context()); paused || err != nil {
		t.Errorf("paused %v, %v", paused, err)
	}
	if err := admin.Pause(t.Context()); err != nil { // before any worker ever started
		t.Fatal(err)
	}
	if err := admin.Submit(t.Context(), jobsOf("r-1", 5)...); err != nil {
		t.Fatal(err)
	}
	first := s.engine(t, work)
	time.Sleep(300 * time.Millisecond)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	s.engine(t, work) // a restart does not end the pause
	time.Sleep(300 * time.Millisecond)
	if m := tally(t, admin, "r-1"); m[Queued] != 5 {
		t.Errorf("paused: %v", m)
	}
	if paused, err := admin.Paused(t.Context()); !paused || err != nil {
		t.Errorf("paused %v, %v", paused, err)
	}
	for range 2 {
		if err := admin.Resume(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "all done", func() bool { return tally(t, admin, "r-1")[Done] == 5 })
}

func testListShowPrune(t *testing.T, s place) {
	e := s.admin(t)
	if err := e.Submit(t.Context(), append(jobsOf("r-1", 1201), jobsOf("r-11", 3)...)...); err != nil {
		t.Fatal(err)
	}
	var all []Info
	for f := (Filter{Run: "r-1", Limit: 500}); ; f.After = all[len(all)-1].ID {
		page, err := e.List(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		all = append(all, page...)
	}
	if len(all) != 1201 {
		t.Fatalf("%d listed", len(all))
	}
	for i, j := range jobsOf("r-1", 1201) {
		if all[i].Job != j || all[i].ID != j.ID() || all[i].Status != Queued || all[i].Created.IsZero() {
			t.Fatalf("%d: %+v", i, all[i])
		}
	}
	if _, err := e.Show(t.Context(), "r-1/none"); !errors.Is(err, ErrUnknown) {
		t.Errorf("show: %v", err)
	}
	if err := e.Cancel(t.Context(), "r-1/d00003", "r-1/d00005"); err != nil {
		t.Fatal(err)
	}
	got, err := e.List(t.Context(), Filter{Status: Cancelled})
	if err != nil || len(got) != 2 || got[1].ID != "r-1/d00005" || got[1].Job.Document != "d00005" {
		t.Errorf("cancelled: %+v, %v", got, err)
	}
	if _, err := e.List(t.Context(), Filter{Status: "odd"}); err == nil {
		t.Error("an unknown status is listed")
	}
	if n, err := e.Prune(t.Context(), time.Now().Add(-time.Hour)); n != 0 || err != nil {
		t.Errorf("pruned %d, %v", n, err)
	}
	if n, err := e.Prune(t.Context(), time.Now().Add(time.Hour)); n != 2 || err != nil {
		t.Errorf("pruned %d, %v", n, err)
	}
	if m := tally(t, e, "r-1"); m[Queued] != 1199 || len(m) != 1 {
		t.Errorf("left: %v", m)
	}
}

func TestOpenRefuses(t *testing.T) {
	work := func(context.Context, Job) (Outcome, error) { return Outcome{}, nil }
	for name, cfg := range map[string]Config{
		"no scheme":     {URL: "state.db"},
		"no slots":      {URL: "sqlite:x.db", Work: work},
		"no leases":     {URL: "sqlite:" + t.TempDir() + "/x.db", Work: work, Concurrency: 1},
		"no server":     {URL: "postgres://nobody@127.0.0.1:1/x?sslmode=disable"},
		"a folder":      {URL: "sqlite:" + t.TempDir()},
		"a broken URL":  {URL: "postgres://%zz"},
		"no such place": {URL: "sqlite:/dev/null/x.db"},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := Open(t.Context(), cfg)
			if err == nil {
				t.Fatal("opened", e.Close())
			}
			if !strings.HasPrefix(err.Error(), "opening the job engine: ") || strings.Contains(err.Error(), "\n") {
				t.Errorf("%q", err)
			}
		})
	}
}

func testNothingIsLeftRunning(t *testing.T, s place) {
	before := runtime.NumGoroutine()
	e := s.engine(t, func(c *Config) {
		c.Work = func(ctx context.Context, _ Job) (Outcome, error) { <-ctx.Done(); return Outcome{}, ctx.Err() }
	})
	if err := e.Submit(t.Context(), jobsOf("r-1", 3)...); err != nil {
		t.Fatal(err)
	}
	eventually(t, "all run", func() bool { return tally(t, e, "r-1")[Running] == 3 })
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "goroutines gone", func() bool { return runtime.NumGoroutine() <= before })
	if m := tally(t, s.admin(t), "r-1"); m[Running] != 3 {
		t.Errorf("after a close: %v", m)
	}
}
