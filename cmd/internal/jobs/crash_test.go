package jobs

import (
	"context"
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

func testKilledWorkerGoesOn(t *testing.T, s place) {
	f, e := newFleet(t, s), s.admin(t)
	if err := e.Submit(t.Context(), jobsOf("r-1", 40)...); err != nil {
		t.Fatal(err)
	}
	w := f.start()
	eventually(t, "some ended", func() bool { _, ended := f.counts(); return len(ended) >= 10 })
	if n := withLeft(t, e)[Orphaned]; n > 0 {
		t.Errorf("%d jobs are left, and their worker lives", n)
	}
	f.kill(w, syscall.SIGKILL)
	_, before := f.counts()
	stored := tally(t, e, "r-1")[Done]
	underWay := tally(t, e, "r-1")[Running]
	eventually(t, "those under way are left", func() bool {
		now := withLeft(t, e)
		return now[Running] == 0 && now[Orphaned] == underWay
	})
	w = f.start()
	eventually(t, "all done", func() bool { return tally(t, e, "r-1")[Done] == 40 })
	f.kill(w, syscall.SIGTERM)
	begun, ended := f.counts()
	// A job that returned in the very moment of the kill may not be stored.
	if again := total(ended) - 40; again > len(before)-stored {
		t.Errorf("%d jobs ended again; %d had returned, %d were stored", again, len(before), stored)
	}
	if again := total(begun) - 40; again > f.plan.Concurrency {
		t.Errorf("%d jobs began again, more than were under way", again)
	}
}

// withLeft counts the jobs by status, those that were left among them.
func withLeft(t *testing.T, e *Engine) map[Status]int {
	t.Helper()
	infos, err := e.List(t.Context(), Filter{})
	if err == nil {
		err = e.Left(t.Context(), infos)
	}
	if err != nil {
		t.Fatal(err)
	}
	n := map[Status]int{}
	for _, i := range infos {
		n[i.Status]++
	}
	return n
}

func testThreeWorkersKilledInTurn(t *testing.T, s place) {
	f, e := newFleet(t, s), s.admin(t)
	f.plan.Concurrency, f.plan.Step = 2, 15*time.Millisecond
	if err := e.Submit(t.Context(), jobsOf("r-1", 60)...); err != nil {
		t.Fatal(err)
	}
	workers := []interface{ Kill() error }{}
	for range 3 {
		workers = append(workers, f.start().Process)
	}
	for i := range 3 {
		eventually(t, "some ended", func() bool { _, ended := f.counts(); return len(ended) >= 10*(i+1) })
		if err := workers[i].Kill(); err != nil {
			t.Fatal(err)
		}
		if i < 2 {
			f.start()
		}
	}
	eventually(t, "all done", func() bool { return tally(t, e, "r-1")[Done] == 60 })
	begun, _ := f.counts()
	if again := total(begun) - 60; again > 3*2 {
		t.Errorf("%d jobs began again, more than three kills leave under way", again)
	}
}

func testOrderlyStopLosesNothing(t *testing.T, s place) {
	f, e := newFleet(t, s), s.admin(t)
	if err := e.Submit(t.Context(), jobsOf("r-1", 30)...); err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{5, 15} {
		w := f.start()
		eventually(t, "some ended", func() bool { _, ended := f.counts(); return len(ended) >= n })
		f.kill(w, syscall.SIGTERM)
		m := tally(t, e, "r-1")
		if m[Done] >= 30 || m[Queued]+m[Running]+m[Done] != 30 {
			t.Errorf("after a stop: %v", m)
		}
	}
	f.start()
	eventually(t, "all done", func() bool { return tally(t, e, "r-1")[Done] == 30 })
	if _, ended := f.counts(); total(ended) != 30 {
		t.Errorf("%d jobs returned, 30 were asked for", total(ended))
	}
}

func testDrainWaitsForOutcomes(t *testing.T, s place) {
	release, begun := make(chan struct{}), make(chan struct{}, 4)
	e := s.engine(t, func(c *Config) {
		c.Concurrency = 3
		c.Work = func(_ context.Context, j Job) (Outcome, error) {
			begun <- struct{}{}
			<-release
			switch j.Document {
			case "d00000":
				return Outcome{}, errors.New("interrupted")
			case "d00001":
				return Outcome{}, ErrStopped
			}
			return Outcome{State: "ready"}, nil
		}
	})
	if err := e.Submit(t.Context(), jobsOf("r-1", 4)...); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		<-begun
	}
	e.Stop()
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := e.Drain(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("three run, yet drained: %v", err)
	}
	close(release)
	if err := e.Drain(t.Context()); err != nil {
		t.Error(err)
	}
	if m := tally(t, e, "r-1"); m[Failed] != 0 || m[Done] > 1 {
		t.Errorf("drained: %v", m)
	}
	if len(begun) > 0 {
		t.Error("a job began after the stop")
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	if m := tally(t, s.admin(t), "r-1"); m[Failed]+m[Cancelled] != 0 || m[Queued]+m[Running]+m[Done] != 4 {
		t.Errorf("closed: %v", m)
	}
}

func testCancelReachesOtherProcesses(t *testing.T, s place) {
	causes := make(chan error, 2)
	begun := make(chan string, 2)
	e := s.engine(t, func(c *Config) {
		c.Concurrency = 1
		c.Work = func(ctx context.Context, j Job) (Outcome, error) {
			begun <- j.Document
			<-ctx.Done()
			causes <- context.Cause(ctx)
			return Outcome{}, context.Cause(ctx)
		}
	})
	ended := make(chan Info, 4)
	e.cfg.Ended = func(i Info) { ended <- i }
	if err := e.Submit(t.Context(), jobsOf("r-1", 2)...); err != nil {
		t.Fatal(err)
	}
	first := <-begun
	if err := s.admin(t).Cancel(t.Context(), "r-1/"+first, "r-1/none"); err != nil {
		t.Fatal(err)
	}
	if err := <-causes; !errors.Is(err, ErrCancelled) {
		t.Errorf("cause %v", err)
	}
	if i := <-ended; i.Status != Cancelled || i.Job.Document != first {
		t.Errorf("told %+v", i)
	}
	second := <-begun
	if err := e.Cancel(t.Context(), "r-1/"+second); err != nil { // by itself: at once
		t.Fatal(err)
	}
	if err := <-causes; !errors.Is(err, ErrCancelled) {
		t.Errorf("cause %v", err)
	}
	if n, err := e.Again(t.Context(), false, "r-1/"+first); n != 1 || err != nil {
		t.Errorf("again: %d, %v", n, err)
	}
	if got := <-begun; got != first {
		t.Errorf("%s goes on", got)
	}
}

func testPoisonIsFailed(t *testing.T, s place) {
	f, e := newFleet(t, s), s.admin(t)
	f.plan.Concurrency, f.plan.Attempts, f.plan.Poison = 1, 2, "d00001"
	if err := e.Submit(t.Context(), jobsOf("r-1", 3)...); err != nil {
		t.Fatal(err)
	}
	for range 3 { // the first, and two more
		_ = f.start().Wait()
	}
	f.start()
	eventually(t, "the others done", func() bool { m := tally(t, e, "r-1"); return m[Failed] == 1 && m[Done] == 2 })
	i, err := e.Show(t.Context(), "r-1/d00001")
	if err != nil || i.Outcome.Note != "given up: the program died 3 times while it had this job" {
		t.Errorf("%+v, %v", i, err)
	}
}

func testStartsSideBySide(t *testing.T, s place) {
	var ran atomic.Int32
	var wg sync.WaitGroup
	engines := make([]*Engine, 4)
	for i := range engines {
		wg.Go(func() {
			e, err := Open(t.Context(), Config{
				URL: s.url, Leases: s.leases, Concurrency: 2, Poll: 10 * time.Millisecond,
				Work: func(context.Context, Job) (Outcome, error) { ran.Add(1); return Outcome{}, nil },
			})
			if err != nil {
				t.Error(err)
				return
			}
			engines[i] = e
			if err := e.Submit(t.Context(), jobsOf("r-1", 50)...); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	eventually(t, "all done", func() bool { return tally(t, engines[0], "r-1")[Done] == 50 })
	for _, e := range engines {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
	if ran.Load() != 50 {
		t.Errorf("%d runs of 50 jobs", ran.Load())
	}
	if s.leases != "" {
		if left, err := os.ReadDir(s.leases); err != nil || len(left) > 0 {
			t.Errorf("leases left: %v, %v", left, err)
		}
	}
}

// A worker whose lease is lost begins no job until it has it again, and gives
// way to the one that took its jobs meanwhile.
func testLostLease(t *testing.T, s place) {
	begun, causes := make(chan string, 8), make(chan error, 8)
	worker := func(name string) *Engine {
		return s.engine(t, func(c *Config) {
			c.Concurrency = 1
			c.Work = func(ctx context.Context, j Job) (Outcome, error) {
				begun <- name + " " + j.Document
				<-ctx.Done()
				causes <- context.Cause(ctx)
				return Outcome{}, context.Cause(ctx)
			}
		})
	}
	expect := func(want string) {
		t.Helper()
		if got := <-begun; got != want {
			t.Fatalf("%s began, %s was to", got, want)
		}
	}
	a := worker("a")
	if err := a.Submit(t.Context(), jobsOf("r-1", 1)...); err != nil {
		t.Fatal(err)
	}
	expect("a d00000")
	worker("b")

	config, err := pgx.ParseConfig(s.url)
	if err != nil {
		t.Fatal(err)
	}
	name := config.Database
	config.Database = "postgres"
	conn, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	do := func(query string, args ...any) {
		t.Helper()
		if _, err := conn.Exec(t.Context(), query, args...); err != nil {
			t.Fatal(err)
		}
	}
	do("alter database " + name + " allow_connections false")
	do(`select pg_terminate_backend(pid) from pg_locks
		where locktype = 'advisory' and (classid::bigint << 32) | objid::bigint = $1`, leaseKey(a.id))
	expect("b d00000")
	if err := <-causes; !errors.Is(err, ErrTaken) {
		t.Errorf("cause %v", err)
	}
	eventually(t, "the loss is noticed", func() bool { return !a.isHeld() })
	if err := a.Submit(t.Context(), jobsOf("r-1", 2)...); err != nil {
		t.Fatal(err)
	}
	time.Sleep(300 * time.Millisecond)
	if len(begun) > 0 {
		t.Errorf("without a lease: %s began", <-begun)
	}
	do("alter database " + name + " allow_connections true")
	expect("a d00001")
}
