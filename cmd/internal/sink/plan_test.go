package sink

import (
	"context"
	"iter"
	"sync"
	"testing"

	"dragoman/cmd/internal/store"
)

// meeting is a shelf at which somebody else plans the same while a plan looks up
// what is there.
type meeting struct {
	*shelf
	meet func()
}

func (m meeting) List(ctx context.Context, f store.DeliveryFilter) iter.Seq2[store.Delivery, error] {
	found := m.shelf.List(ctx, f)
	m.meet()
	return found
}

func TestPlannedAtOnceIsPlannedOnce(t *testing.T) {
	d := newDesk(t)
	d.finish("a", flagged(article("a", "First")))
	d.Targets = []Target{{Name: "one", Sink: &catcher{}}}
	row := d.shelf.documents["a"]
	var other sync.WaitGroup
	var planned [2][]store.Delivery
	plan := func(n int) {
		var err error
		if planned[n], err = d.Plan(t.Context(), row); err != nil {
			t.Error(err)
		}
	}
	first := true
	d.Deliveries = meeting{d.shelf, func() {
		if !first {
			return
		}
		first = false
		if d.planning.TryLock() { // it would not wait
			d.planning.Unlock()
			plan(1)
			return
		}
		other.Go(func() { plan(1) })
	}}
	plan(0)
	other.Wait()
	if len(planned[0])+len(planned[1]) != 1 || d.states() != "a/one held" {
		t.Errorf("planned %+v: %s", planned, d.states())
	}
}
