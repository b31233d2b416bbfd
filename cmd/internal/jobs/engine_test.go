package jobs

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"dragoman/cmd/internal/store/pgtest"
)

// place is an empty store.
type place struct{ url, leases string }

// suite is what both stores pass.
func suite() []struct {
	name string
	test func(*testing.T, place)
} {
	return []struct {
		name string
		test func(*testing.T, place)
	}{
		{"Each job once", testEachJobOnce},
		{"Failed and again", testFailedAndAgain},
		{"Killed worker goes on", testKilledWorkerGoesOn},
		{"Three workers killed in turn", testThreeWorkersKilledInTurn},
		{"Orderly stop loses nothing", testOrderlyStopLosesNothing},
		{"Drain waits for outcomes", testDrainWaitsForOutcomes},
		{"Cancel reaches other processes", testCancelReachesOtherProcesses},
		{"Poison is failed", testPoisonIsFailed},
		{"Starts side by side", testStartsSideBySide},
		{"Pause holds", testPauseHolds},
		{"List show prune", testListShowPrune},
		{"Nothing is left running", testNothingIsLeftRunning},
	}
}

func TestOnSQLite(t *testing.T) {
	for _, c := range suite() {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			c.test(t, place{url: "sqlite:" + filepath.Join(dir, "a b?%.db"), leases: filepath.Join(dir, "leases")})
		})
	}
}

func TestOnPostgreSQL(t *testing.T) {
	server := pgtest.Start(t)
	for _, c := range suite() {
		t.Run(c.name, func(t *testing.T) { c.test(t, place{url: database(t, server)}) })
	}
	t.Run("lost lease", func(t *testing.T) { testLostLease(t, place{url: database(t, server)}) })
}

// database makes an empty database on a server, and gives its URL.
func database(t *testing.T, server string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), server)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	name := "jobs_" + randomHex()
	if _, err := conn.Exec(t.Context(), "create database "+name); err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = name
	return u.String()
}

// engine opens one that ends with the test.
func (s place) engine(t *testing.T, change func(*Config)) *Engine {
	t.Helper()
	cfg := Config{
		URL: s.url, Leases: s.leases, Concurrency: 4,
		Poll: 10 * time.Millisecond, Takeover: 200 * time.Millisecond,
	}
	change(&cfg)
	e, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// admin opens an engine that takes no jobs.
func (s place) admin(t *testing.T) *Engine {
	t.Helper()
	return s.engine(t, func(*Config) {})
}

// make gives n jobs of a run.
func jobsOf(run string, n int) []Job {
	jobs := make([]Job, n)
	for i := range jobs {
		jobs[i] = Job{Run: run, Collection: "c", Document: fmt.Sprintf("d%05d", i)}
	}
	return jobs
}

// tally counts, and fails the test where it cannot.
func tally(t *testing.T, e *Engine, run string) map[Status]int {
	t.Helper()
	m, err := e.Tally(context.Background(), run)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func testEachJobOnce(t *testing.T, s place) {
	var mu sync.Mutex
	ran, told := map[string]int{}, map[string]Info{}
	for range 2 {
		s.engine(t, func(c *Config) {
			c.Work = func(_ context.Context, j Job) (Outcome, error) {
				mu.Lock()
				defer mu.Unlock()
				ran[j.ID()]++
				return Outcome{State: "ready", Note: j.Collection}, nil
			}
			c.Ended = func(i Info) {
				mu.Lock()
				defer mu.Unlock()
				told[i.ID] = i
			}
		})
	}
	e := s.admin(t)
	for range 2 { // the second time nothing happens
		if err := e.Submit(t.Context(), jobsOf("r-1", 40)...); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "40 jobs told of", func() bool { mu.Lock(); defer mu.Unlock(); return len(told) == 40 })
	if got := tally(t, e, "r-1"); len(got) != 1 || got[Done] != 40 {
		t.Errorf("tally %v", got)
	}
	if err := e.Submit(t.Context(), jobsOf("r-1", 41)...); err != nil {
		t.Fatal(err)
	}
	eventually(t, "41 jobs told of", func() bool { mu.Lock(); defer mu.Unlock(); return len(told) == 41 })
	mu.Lock()
	defer mu.Unlock()
	for id, n := range ran {
		if n != 1 {
			t.Errorf("%s ran %d times", id, n)
		}
	}
	want := Outcome{State: "ready", Note: "c"}
	if i := told["r-1/d00007"]; i.Status != Done || i.Outcome != want || i.Job != jobsOf("r-1", 8)[7] || i.Attempts != 1 {
		t.Errorf("told %+v", i)
	}
}

func testFailedAndAgain(t *testing.T, s place) {
	var mu sync.Mutex
	ran := map[string]int{}
	e := s.engine(t, func(c *Config) {
		c.Work = func(_ context.Context, j Job) (Outcome, error) {
			mu.Lock()
			ran[j.Document]++
			first := ran[j.Document] == 1
			mu.Unlock()
			switch {
			case first && j.Document == "d00000":
				return Outcome{State: "part"}, errors.New("the cap\n is reached")
			case first && j.Document == "d00001":
				panic("oh")
			}
			return Outcome{State: "ready"}, nil
		}
	})
	if err := e.Submit(t.Context(), jobsOf("r-1", 3)...); err != nil {
		t.Fatal(err)
	}
	eventually(t, "all ended", func() bool { m := tally(t, e, "r-1"); return m[Failed] == 2 && m[Done] == 1 })
	for id, want := range map[string]Outcome{
		"r-1/d00000": {State: "part", Note: "the cap is reached"},
		"r-1/d00001": {Note: "a bug: panic: oh"},
	} {
		if i, err := e.Show(t.Context(), id); err != nil || i.Outcome != want || i.Status != Failed {
			t.Errorf("%s: %+v, %v", id, i, err)
		}
	}
	ids := []string{"r-1/d00000", "r-1/d00001", "r-1/d00002", "r-1/nothing"}
	if n, err := e.Again(t.Context(), false, ids...); n != 2 || err != nil {
		t.Errorf("again: %d, %v", n, err)
	}
	eventually(t, "all done", func() bool { return tally(t, e, "r-1")[Done] == 3 })
	if n, err := e.Again(t.Context(), true, ids...); n != 3 || err != nil {
		t.Errorf("again with force: %d, %v", n, err)
	}
	eventually(t, "all done once more", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return ran["d00000"] == 3 && ran["d00001"] == 3 && ran["d00002"] == 2
	})
}
