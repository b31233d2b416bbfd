package sink

import (
	"context"
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
	Targets    []Target

	Now    func() time.Time // nil stands for time.Now
	Jitter func() float64   // in [0,1); nil stands for chance

	round sync.Mutex           // one round at a time
	mu    sync.Mutex           // guards down
	down  map[string]time.Time // by sink: takes nothing before
}

// Tally is what came of a round, and what is left.
type Tally struct {
	Delivered int // in this round
	Failed    int // tries of this round that were not taken
	Dead      int // given up in this round
	Waiting   int // pending ones that are left
	Held      int // that wait for a person

	Next   time.Time // when something is due again; zero: nothing waits
	Busy   bool      // another process is at it, and nothing was done here
	Faults []Fault   // what was not taken in this round, one a sink: the first
}

// Fault is one try that was not taken.
type Fault struct {
	Sink     string
	Document string // id of the article
	Reason   string
	Dead     bool // given up
}

// Plan makes the deliveries of finished documents, one a sink, and gives those
// that are new. Rows need not be whole. Articles without an edition are passed
// over. Planning the same version again changes nothing.
func (c *Courier) Plan(ctx context.Context, rows ...*store.Document) ([]store.Delivery, error) {
	return nil, nil
}

// Round delivers what is due now.
func (c *Courier) Round(ctx context.Context) (Tally, error) { return Tally{}, nil }

// Release sends held deliveries on: those of an article, or the one of this id.
// It gives those that it released; a second call releases nothing.
func (c *Courier) Release(ctx context.Context, name string) ([]store.Delivery, error) {
	return nil, nil
}

// Resend tries dead deliveries again: those of an article, or the one of this
// id; "" is all of them.
func (c *Courier) Resend(ctx context.Context, name string) ([]store.Delivery, error) { return nil, nil }

// Remove takes an article away from every sink of the schedule, see
// [Sink.Remove].
func (c *Courier) Remove(ctx context.Context, article string) ([]string, error) { return nil, nil }
