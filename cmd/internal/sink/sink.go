// Package sink takes editions to where they are wanted: a folder, a webhook, a
// static site. A [Courier] works the deliveries of a schedule off: what is due,
// each sink on its own, in order, again later where it is not taken, and given
// up in the end.
//
// A delivery counts as done only once its sink has the edition. A process that
// is killed in between delivers again, and nothing is doubled by that: a folder
// and a site get the same bytes once more, and a webhook gets a message of the
// same id.
package sink

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"dragoman/cmd/internal/schedule"
	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
)

// Edition is one version of one article, to be delivered.
type Edition struct {
	Delivery store.Delivery
	Document *pipeline.Document
	Article  string // its id
	Folder   string // its row's
	URL      string // where the article was published, "" if unknown
	Schedule string
	Later    bool // this sink has taken an earlier version of the article
	Marked   bool // it is flagged, and goes out all the same: released by a person, or deliver is marked
}

// Sink takes editions. One Sink is used by one goroutine at a time.
type Sink interface {
	// Deliver takes an edition. Delivering the same one again does no harm.
	// An error is a *Refused where no further try can help, and a *Passing
	// where the sink as a whole takes nothing now.
	Deliver(ctx context.Context, e Edition) error
	// Remove takes away what the sink itself holds of an article, and says
	// what: paths, in order. With dry it takes nothing. What was sent to
	// somebody else cannot be taken back, and files that somebody else put
	// there stay.
	Remove(ctx context.Context, article string, dry bool) (removed []string, err error)
}

// Flusher is a Sink whose deliveries count only once Flush has come back: what
// many editions have in common is written there once.
type Flusher interface {
	// Flush makes what was delivered since the last Flush complete, and lets
	// go of what the sink holds. It is called after an error of Deliver too.
	Flush(ctx context.Context) error
}

// Passing is a failure of a sink as a whole, which passes: nobody answers, or
// another process has the folder. Nothing else is tried there in this round.
type Passing struct {
	After time.Duration // not before; 0 leaves it to the courier
	Err   error
}

// Error gives the cause.
func (p *Passing) Error() string { return p.Err.Error() }

// Unwrap gives the cause.
func (p *Passing) Unwrap() error { return p.Err }

// Refused is a failure that no further try mends.
type Refused struct{ Err error }

// Error gives the cause.
func (r *Refused) Error() string { return r.Err.Error() }

// Unwrap gives the cause.
func (r *Refused) Unwrap() error { return r.Err }

// Options is what every sink may need.
type Options struct {
	Getenv func(name string) string // for secrets; nil: no variable is set
	Warn   func(message string)     // told of what is not as it should be; nil: nobody is
	Now    func() time.Time         // nil stands for time.Now
	Client *http.Client             // of webhooks; nil stands for webhook.Client
}

func (o Options) withDefaults() Options {
	if o.Getenv == nil {
		o.Getenv = func(string) string { return "" }
	}
	if o.Warn == nil {
		o.Warn = func(string) {}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Open makes the sink of a specification. It reads a webhook's secret, and
// touches nothing else yet.
func Open(spec schedule.Sink, o Options) (Sink, error) {
	o = o.withDefaults()
	switch {
	case spec.Folder != "":
		return &folder{path: spec.Folder}, nil
	case spec.Webhook != "":
		return openHook(spec, o)
	case spec.Site != "":
		return openSite(spec), nil
	}
	return nil, &pipeline.Error{
		Code: pipeline.Invalid, Unit: "sink " + spec.Name, Hint: "give one of folder, webhook and site",
		Err: fmt.Errorf("there is nowhere to deliver to"),
	}
}

// defaultGiveUp is how long a webhook is tried, after the example of Standard
// Webhooks, whose last try comes after about three days.
const defaultGiveUp = 3 * 24 * time.Hour

// Target is an open sink of a schedule.
type Target struct {
	Name   string
	Sink   Sink
	GiveUp time.Duration // a delivery that is not taken for so long is dead; 0: never
}

// Targets opens all sinks of a schedule. One that cannot be opened is among them
// all the same, so that editions are planned for it: it takes nothing, and says
// why. The error says so too, of all of them.
func Targets(specs []schedule.Sink, o Options) ([]Target, error) {
	out := make([]Target, 0, len(specs))
	var errs []error
	for _, spec := range specs {
		s, err := Open(spec, o)
		if err != nil {
			errs = append(errs, err)
			s = closed{err, spec.Webhook != ""}
		}
		t := Target{Name: spec.Name, Sink: s}
		if spec.Webhook != "" {
			t.GiveUp = spec.GiveUp
			if t.GiveUp == 0 {
				t.GiveUp = defaultGiveUp
			}
		}
		out = append(out, t)
	}
	if len(errs) == 1 {
		return out, errs[0]
	}
	return out, errors.Join(errs...)
}

// closed is a Sink that could not be opened.
type closed struct {
	err   error
	sends bool // a webhook, which holds nothing
}

// Deliver says why.
func (c closed) Deliver(context.Context, Edition) error { return &Passing{Err: c.err} }

// Remove says why, unless there is nothing to remove.
func (c closed) Remove(context.Context, string, bool) ([]string, error) {
	if c.sends {
		return nil, nil
	}
	return nil, c.err
}
