package sink

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"dragoman/cmd/internal/schedule"
	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
)

// Courier works the deliveries of one schedule off. Its exported fields are set
// before it is used, and then left alone; its methods may be called at once.
type Courier struct {
	Deliveries store.Deliveries
	Documents  store.Documents
	Locks      store.Locks // one process at a time has a round; nil: whoever calls sees to that

	Collection string // of the schedule
	Schedule   string // its name
	Deliver    schedule.Deliver
	FailOn     pipeline.Severity // findings from here on gate; "" stands for major
	Bare       bool              // no words of an article go into the rows of deliveries, and its text goes with the process: see Lost
	Again      map[string]bool   // articles that are asked for once more, the same texts as before; nil: none
	Targets    []Target
	Told       func(store.Delivery) // of each that a sink took, or that came too late for another version; from several goroutines; nil: nobody

	Outages *Outages         // shared by all couriers of a process, as one may live for one round only; nil: the courier's own
	Now     func() time.Time // nil stands for time.Now
	Jitter  func() float64   // in [0,1); nil stands for chance

	round    sync.Mutex // one round at a time
	planning sync.Mutex // one plan at a time: what is there is looked up before it is added to
	own      Outages
}

// Outages remembers which sinks take nothing now, so that those are not tried
// with one edition after the other. The zero value is ready.
type Outages struct {
	mu    sync.Mutex
	until map[[2]string]time.Time // by collection and sink
}

func (o *Outages) of(collection, sink string) time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.until[[2]string{collection, sink}]
}

func (o *Outages) note(collection, sink string, until time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.until == nil {
		o.until = map[[2]string]time.Time{}
	}
	o.until[[2]string{collection, sink}] = until
}

func (c *Courier) outages() *Outages {
	if c.Outages == nil {
		return &c.own
	}
	return c.Outages
}

func (c *Courier) downUntil(sink string) time.Time { return c.outages().of(c.Collection, sink) }

func (c *Courier) takeDown(sink string, until time.Time) {
	c.outages().note(c.Collection, sink, until)
}

// Tally is what came of a round, and what is left.
type Tally struct {
	Delivered int // in this round
	Failed    int // tries of this round that were not taken
	Dead      int // given up in this round
	Waiting   int // pending ones that are left
	Held      int // that wait for a person
	Textless  int // due, and left until their articles have been asked for again: see Lost

	Next   time.Time // when something is due again, which may be now; zero: nothing waits
	Busy   bool      // another process is at it, and nothing was done here
	Faults []Fault   // what was not taken in this round, the first of each sink and all that are dead

	left map[string]bool // ids of those without a text, of one sink
}

// Fault is one try that was not taken.
type Fault struct {
	Sink     string
	Document string // id of the article; "" where the sink as a whole cannot be opened
	ID       string // of the delivery
	Attempts int
	Reason   string
	Dead     bool // given up
}

func (c *Courier) now() time.Time {
	if c.Now == nil {
		return time.Now().UTC()
	}
	return c.Now().UTC()
}

// LockName is the name in [store.Locks] under which a collection's deliveries
// are worked off.
func LockName(collection string) string { return "courier:" + collection }

// busyFor is when a round that another process has is looked at again.
const busyFor = 30 * time.Second

// Round delivers what is due now. The sinks work side by side; a sink that does
// not answer holds no other one. What fails is not an error but a part of the
// tally: an error is the store's, or that of ctx.
//
// A sink works for a minute at most, so that one with much to do does not keep
// a round from its end; Next is then in the past.
func (c *Courier) Round(ctx context.Context) (Tally, error) {
	c.round.Lock()
	defer c.round.Unlock()
	var t Tally
	ctx, release, err := c.lock(ctx)
	if err != nil {
		return t, err
	}
	if release == nil {
		t.Busy, t.Next = true, c.now().Add(busyFor)
		return t, nil
	}
	tallies := make([]Tally, len(c.Targets))
	errs := make([]error, len(c.Targets))
	var wg sync.WaitGroup
	for i := range c.Targets {
		wg.Go(func() { errs[i] = c.work(ctx, &c.Targets[i], &tallies[i]) })
	}
	wg.Wait()
	for _, part := range tallies {
		t.Delivered += part.Delivered
		t.Failed += part.Failed
		t.Dead += part.Dead
		t.Textless += len(part.left)
		t.Faults = append(t.Faults, part.Faults...)
	}
	err = errors.Join(errs...)
	if err == nil {
		err = c.survey(ctx, &t)
	}
	return t, errors.Join(err, release())
}

// lock takes the collection's deliveries. The context ends where the lock is
// lost; release is nil where another process has it.
func (c *Courier) lock(ctx context.Context) (_ context.Context, release func() error, _ error) {
	if c.Locks == nil {
		return ctx, func() error { return nil }, nil
	}
	held, err := c.Locks.Try(ctx, LockName(c.Collection))
	if err != nil {
		return ctx, nil, fmt.Errorf("locking the deliveries of %s: %w", c.Schedule, err)
	}
	if held == nil {
		return ctx, nil, nil
	}
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		select {
		case <-held.Lost():
			cancel(errors.New("delivering: the lock on it was lost"))
		case <-ctx.Done():
		}
	}()
	return ctx, func() error {
		cancel(nil)
		if err := held.Close(); err != nil {
			return fmt.Errorf("letting go of the deliveries of %s: %w", c.Schedule, err)
		}
		return nil
	}, nil
}

// survey counts what is left, and gives up what no sink is there for.
func (c *Courier) survey(ctx context.Context, t *Tally) error {
	known := map[string]bool{}
	for _, target := range c.Targets {
		known[target.Name] = true
	}
	var orphans []store.Delivery
	open := store.DeliveryFilter{Collection: c.Collection, States: []store.DeliveryState{store.DeliveryPending, store.DeliveryHeld}}
	for d, err := range c.Deliveries.List(ctx, open) {
		if err != nil {
			return fmt.Errorf("counting the deliveries of %s: %w", c.Schedule, err)
		}
		switch {
		case d.State == store.DeliveryHeld:
			t.Held++
		case !known[d.Sink] && len(known) > 0:
			orphans = append(orphans, d)
		default:
			t.Waiting++
			next := d.Next
			if until := c.downUntil(d.Sink); until.After(next) {
				next = until
			}
			if t.Next.IsZero() || next.Before(t.Next) {
				t.Next = next
			}
		}
	}
	for _, d := range orphans {
		if err := c.bury(ctx, t, d, fmt.Sprintf("the schedule has no sink named %q any more", d.Sink)); err != nil {
			return err
		}
	}
	return nil
}

// bury gives a delivery up.
func (c *Courier) bury(ctx context.Context, t *Tally, d store.Delivery, reason string) error {
	d.State, d.Reason, d.Ended = store.DeliveryDead, reason, c.now()
	changed, err := c.update(ctx, d, store.DeliveryPending)
	if changed {
		t.Dead++
		t.Faults = append(t.Faults, Fault{Sink: d.Sink, Document: d.Document, ID: d.ID, Attempts: d.Attempts, Reason: reason, Dead: true})
	}
	return err
}

// update changes a delivery, also where ctx has ended: what a sink has must be
// known to be there.
func (c *Courier) update(ctx context.Context, d store.Delivery, from store.DeliveryState) (bool, error) {
	changed, err := c.Deliveries.Update(context.WithoutCancel(ctx), d, from)
	if err != nil {
		return false, fmt.Errorf("keeping what became of delivery %s: %w", d.ID, err)
	}
	return changed, nil
}

// Back-off: 5 s after the first try, four times as long after each further one,
// an hour at most; up to a quarter more by chance, so that many that failed
// together do not come again together.
const (
	firstWait  = 5 * time.Second
	waitGrowth = 4
	longWait   = time.Hour
	jitter     = 0.25
)

// wait is how long after so many tries the next one comes, where the sink does
// not say.
func (c *Courier) wait(tries int, asked time.Duration) time.Duration {
	d := firstWait
	for range tries - 1 {
		if d *= waitGrowth; d >= longWait {
			d = longWait
			break
		}
	}
	if asked > 0 {
		d = max(asked, firstWait)
	}
	chance := rand.Float64
	if c.Jitter != nil {
		chance = c.Jitter
	}
	return d + time.Duration(float64(d)*jitter*chance())
}
