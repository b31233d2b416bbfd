package jobs

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/dbos-inc/dbos-transact-golang/dbos"
	"github.com/dbos-inc/dbos-transact-golang/dbos/internals"
)

// Names that are stored, and so never change: what is queued under one version
// of the program is taken by the next.
const (
	appName    = "dragoman"
	appVersion = "dragoman-1"
	articles   = "articles"   // the queue that keeps the pause; each run has one of its own behind this name and a slash
	article    = "article/v1" // the workflow
	schema     = "dragoman_jobs"
)

// What holds where [Config] says nothing.
const (
	defaultPoll     = 100 * time.Millisecond // 1-3 % of a core when idle
	defaultTakeover = 3 * time.Second
	defaultAttempts = 100
	watchEvery      = time.Second // own jobs and the lease are looked at
	closeTime       = 10 * time.Second
)

// Config is what an engine needs.
type Config struct {
	// URL is "sqlite:PATH" or "postgres://…". The file is created, the database
	// is not; its tables are, in a schema of their own.
	URL string
	// Leases is the folder of the files that tell who lives; SQLite only, and
	// there required of an engine that works.
	Leases string
	// Concurrency is how many jobs this process has at once; at least 1. The
	// number of the process that started last is stored: a process with a
	// smaller one takes more jobs than it runs, and lets the rest wait.
	Concurrency int
	// Work takes on one job. Nil: an engine that only submits and administers.
	Work Work
	// Runs are those whose jobs this process takes; [Engine.Take] changes them.
	// Nil: those of every run.
	Runs []string
	// Ended, if set, is told of every job that ended in this process, once its
	// end is stored. Calls come one at a time and must not block for long. Jobs
	// that were cancelled before they began, or given up, are told by nobody:
	// Tally has the last word.
	Ended func(Info)
	// Logger gets what the engine has to say; nil: nothing is said.
	Logger *slog.Logger
	// Poll is how often the queue is asked for jobs; 0: 100 ms.
	Poll time.Duration
	// Takeover is how often jobs of dead processes are looked for; 0: 3 s.
	Takeover time.Duration
	// Attempts is how often a job is begun before it is failed, because the
	// process died each time; 0: 100. It counts orderly stops as well.
	Attempts int
}

// Engine runs jobs, or only administers them. All methods may be called at once.
type Engine struct {
	cfg   Config
	log   *slog.Logger
	id    string // of this process, in the lease and as the owner of jobs
	dbos  dbos.Context
	rt    internals.Runtime
	db    *sql.DB // an SQLite file: ours to close
	lease lease   // nil: an engine that takes no jobs

	slots    chan struct{} // one in it a job that runs
	stopping chan struct{} // closed by Stop
	stopOnce sync.Once

	background context.Context // of the loops
	end        context.CancelFunc
	loops      sync.WaitGroup

	mu       sync.Mutex
	held     chan struct{}       // closed while the lease is ours
	running  map[string]*running // by job id
	settling map[string]bool     // ended here, the end not seen in the store yet
	changed  chan struct{}       // closed and replaced when one of the two maps shrinks
	kick     chan struct{}       // the settling loop has something to do
}

// Open connects to the store, brings its tables up to date, and, where there
// is Work, begins to take jobs, those of dead processes among them. Ctx is
// that of the opening alone.
func Open(ctx context.Context, cfg Config) (*Engine, error) {
	cfg.Poll = cmp.Or(cfg.Poll, defaultPoll)
	cfg.Takeover = cmp.Or(cfg.Takeover, defaultTakeover)
	cfg.Attempts = cmp.Or(cfg.Attempts, defaultAttempts)
	if cfg.Work != nil && cfg.Concurrency < 1 {
		return nil, fmt.Errorf("opening the job engine: %d jobs at once", cfg.Concurrency)
	}
	e := &Engine{
		cfg: cfg, log: cfg.Logger, id: executorID(),
		slots:    make(chan struct{}, max(cfg.Concurrency, 1)),
		stopping: make(chan struct{}), held: make(chan struct{}),
		running: map[string]*running{}, settling: map[string]bool{},
		changed: make(chan struct{}), kick: make(chan struct{}, 1),
	}
	if e.log == nil {
		e.log = slog.New(slog.DiscardHandler)
	}
	e.background, e.end = context.WithCancel(context.WithoutCancel(ctx))
	if err := e.open(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("opening the job engine: %w", err), e.Close())
	}
	return e, nil
}

// open connects, and launches an engine that works.
func (e *Engine) open(ctx context.Context) error {
	if err := e.connect(ctx); err != nil {
		return err
	}
	var err error
	if e.rt, err = internals.RuntimeOf(e.dbos); err != nil {
		return err
	}
	// The library lets the environment override both; jobs of the one would
	// never be taken, and two processes under one id take each other's.
	if dbos.GetExecutorID(e.dbos) != e.id || dbos.GetApplicationVersion(e.dbos) != appVersion {
		return errors.New("DBOS__APPVERSION and DBOS__VMID must not be set")
	}
	if e.cfg.Work == nil {
		return nil
	}
	close(e.held)
	dbos.RegisterWorkflow(e.dbos, e.article,
		dbos.WithWorkflowName(article), dbos.WithMaxRecoveryAttempts(e.cfg.Attempts))
	if e.cfg.Runs != nil {
		if err := e.Take(ctx, e.cfg.Runs...); err != nil {
			return err
		}
	}
	if err := dbos.Launch(e.dbos); err != nil {
		return fmt.Errorf("launching: %w", err)
	}
	for _, loop := range []func(context.Context){e.settle, e.watch, e.hold, e.reap} {
		e.loops.Go(func() { loop(e.background) })
	}
	return nil
}

// nothing is the name of no queue.
const nothing = "nothing"

// queueOf is the queue of a run's jobs.
func queueOf(run string) string { return articles + "/" + run }

// runOf is the run of a job's id.
func runOf(id string) string {
	run, _, _ := strings.Cut(id, "/")
	return run
}

// Take makes this process take the jobs of these runs, and of no others. It
// takes up to a second.
func (e *Engine) Take(ctx context.Context, runs ...string) error {
	names := []string{nothing}
	for _, run := range runs {
		if err := e.queue(ctx, run); err != nil {
			return err
		}
		names = append(names, queueOf(run))
	}
	if !e.stopped() {
		dbos.ListenQueues(e.dbos, names...)
	}
	return nil
}

// queue makes the stored queue of a run, and makes it fit this process; one that
// is paused stays paused, and a new one is where all are.
func (e *Engine) queue(ctx context.Context, run string) error {
	want := max(e.cfg.Concurrency, 1)
	if paused, err := e.Paused(ctx); err != nil {
		return err
	} else if paused {
		want = -want
	}
	q, err := dbos.RegisterQueue(e.on(ctx), queueOf(run),
		dbos.WithWorkerConcurrency(want), dbos.WithQueueBasePollingInterval(e.cfg.Poll),
		dbos.WithQueueOnConflict(dbos.QueueConflictNeverUpdate))
	if err != nil {
		return fmt.Errorf("registering the queue: %w", err)
	}
	if e.cfg.Work == nil {
		return nil
	}
	if have := q.GetWorkerConcurrency(); have == nil || *have != want {
		if err := q.SetWorkerConcurrency(e.on(ctx), &want); err != nil {
			return fmt.Errorf("setting the queue's concurrency: %w", err)
		}
	}
	if q.GetPollingInterval() != e.cfg.Poll {
		if err := q.SetPollingInterval(e.on(ctx), e.cfg.Poll); err != nil {
			return fmt.Errorf("setting the queue's interval: %w", err)
		}
	}
	return nil
}

// Stop keeps new jobs from beginning, and returns at once. From now on a job
// whose Work returns an error stays under way. The caller then ends what its
// Work does by its own means.
func (e *Engine) Stop() {
	e.stopOnce.Do(func() {
		close(e.stopping)
		if e.lease != nil && e.dbos != nil {
			dbos.ListenQueues(e.dbos, nothing) // takes up to a second; until then jobs wait at the gate
		}
	})
}

// Drain is Stop, and waits until every Work has returned and what ended is
// stored, or until ctx ends.
func (e *Engine) Drain(ctx context.Context) error {
	e.Stop()
	for {
		e.mu.Lock()
		n, changed := len(e.running)+len(e.settling), e.changed
		e.mu.Unlock()
		if n == 0 {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("waiting for %d jobs: %w", n, context.Cause(ctx))
		}
	}
}

// Close ends the engine. What still runs has its context ended and stays under
// way; call Drain first to hear it out. A second Close does nothing.
func (e *Engine) Close() error {
	e.Stop()
	e.end()
	var errs []error
	if e.dbos != nil {
		errs = append(errs, dbos.Shutdown(e.dbos, closeTime))
	}
	e.loops.Wait()
	if e.db != nil {
		errs = append(errs, e.db.Close())
	}
	// Where a Work did not return, its job must not be taken by another yet:
	// the lease then ends with the process.
	if e.lease != nil && errors.Join(errs...) == nil {
		errs = append(errs, e.lease.close())
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("closing the job engine: %w", err)
	}
	return nil
}

// on gives the engine's context ended by ctx.
func (e *Engine) on(ctx context.Context) dbos.Context { return dbos.From(e.dbos, ctx) }

// executorID names this process: never two alive under one name, and readable.
func executorID() string {
	host, err := os.Hostname()
	if err != nil {
		host = "host"
	}
	host = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(host))
	return fmt.Sprintf("%.24s-%d-%s", host, os.Getpid(), randomHex())
}

// randomHex gives 12 hexadecimal digits.
func randomHex() string {
	var b [6]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
