package sink

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
)

// bareDesk is a desk without stored texts.
func bareDesk(t *testing.T, targets ...Target) *desk {
	d := newDesk(t, targets...)
	d.Bare = true
	return d
}

// dies is the end of the process: all texts go.
func (d *desk) dies() {
	for _, row := range d.shelf.documents {
		row.Result = nil
	}
	d.Again = nil
}

// lost are the articles to be asked for again.
func (d *desk) lost() string {
	d.t.Helper()
	lost, err := d.Lost(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	return strings.Join(slices.Sorted(maps.Keys(lost)), " ")
}

// asks makes an article once more, which has other words then.
func (d *desk) asks(doc *pipeline.Document) []store.Delivery {
	d.t.Helper()
	d.Again = map[string]bool{"a": true}
	return d.finish("a", doc)
}

func TestWhatHasNoTextIsAskedForAgain(t *testing.T) {
	refusing := true
	one, two := &catcher{}, &catcher{fail: func(Edition, int) error {
		if refusing {
			return errDown
		}
		return nil
	}}
	d := bareDesk(t, Target{Name: "one", Sink: one}, Target{Name: "two", Sink: two, GiveUp: defaultGiveUp})
	d.finish("a", article("a", "First"))
	d.roundNow()
	d.clock = d.clock.Add(time.Minute)
	if lost := d.lost(); lost != "" {
		t.Errorf("with its text there, %s is asked for again", lost)
	}
	d.dies()
	if tally := d.roundNow(); tally.Dead+tally.Failed != 0 || tally.Textless != 1 || d.states() != "a/one delivered, a/two pending" {
		t.Fatalf("without the text: %+v, %s", tally, d.states())
	}
	if lost := d.lost(); lost != "a" {
		t.Errorf("to be asked for again: %q", lost)
	}
	refusing = false
	planned := d.asks(article("a", "First, in other words"))
	if len(planned) != 1 || planned[0].Sink != "two" || planned[0].Attempts != 1 || planned[0].Made != opening {
		t.Errorf("planned %+v", planned)
	}
	d.roundNow()
	if one.headlines() != "a:First" || two.headlines() != "a:First, in other words" {
		t.Errorf("delivered %s and %s", one.headlines(), two.headlines())
	}
	d.dies()
	if lost := d.lost(); lost != "" {
		t.Errorf("what is delivered is asked for again: %s", lost)
	}
}

// A sink that takes nothing costs a few editions, and not one with every run.
func TestAskingAgainComesToAnEnd(t *testing.T) {
	for _, giveUp := range []time.Duration{0, defaultGiveUp} {
		d := bareDesk(t, Target{Name: "one", Sink: &catcher{fail: func(Edition, int) error { return errDown }}, GiveUp: giveUp})
		asked := 1
		d.finish("a", article("a", "First"))
		d.roundNow()
		for end := opening.Add(30 * 24 * time.Hour); d.clock.Before(end); d.clock = d.clock.Add(15 * time.Minute) { // a run every quarter of an hour
			d.dies()
			d.Outages = &Outages{}
			if d.lost() != "" {
				asked++
				d.asks(article("a", fmt.Sprint("Try ", asked)))
			}
			d.roundNow()
		}
		open := slices.DeleteFunc(slices.Clone(d.shelf.deliveries), func(x store.Delivery) bool { return x.State == store.DeliveryOverruled })
		if asked != 7 || len(open) != 1 || open[0].State != store.DeliveryDead || !strings.Contains(open[0].Reason, "given up after 7 tries") || !strings.Contains(open[0].Reason, "nobody answers") {
			t.Errorf("asked %d times: %+v", asked, open)
		}
		if again, err := d.Resend(t.Context(), "a"); err != nil || len(again) != 1 || again[0].Reason != NoText || d.lost() != "a" {
			t.Errorf("sent again: %+v, %v", again, err)
		}
	}
}

func TestWhatIsHeldWaitsForItsReleaseWithoutAText(t *testing.T) {
	down := true
	sink := catcher{fail: func(Edition, int) error {
		if down {
			return errDown
		}
		return nil
	}}
	d := bareDesk(t, Target{Name: "one", Sink: &sink})
	d.finish("a", flagged(article("a", "First")))
	d.dies()
	d.clock = d.clock.Add(40 * 24 * time.Hour)
	d.roundNow()
	if lost := d.lost(); lost != "" || d.states() != "a/one held" {
		t.Fatalf("%s is asked for again: %s", lost, d.states())
	}
	released, err := d.Release(t.Context(), "a")
	if err != nil || len(released) != 1 || !strings.HasSuffix(released[0].Reason, NoText) || d.lost() != "a" {
		t.Fatalf("released %+v, %v", released, err)
	}
	for n := range 2 { // the release is not forgotten where the sink does not take it
		planned := d.asks(flagged(article("a", fmt.Sprint("Again ", n))))
		if len(planned) != 1 || planned[0].State != store.DeliveryPending {
			t.Fatalf("planned %+v", planned)
		}
		d.roundNow()
		d.dies()
		d.Outages = &Outages{}
		d.clock = d.clock.Add(2 * time.Hour)
		if lost := d.lost(); lost != "a" {
			t.Errorf("to be asked for again: %q", lost)
		}
	}
	down = false
	d.asks(flagged(article("a", "At last")))
	d.roundNow()
	if sink.headlines() != "a:At last" || !sink.got[0].Marked {
		t.Errorf("delivered %s", sink.headlines())
	}
}

// What a person released was one text: another one is held as any other.
func TestAReleaseIsOfOneText(t *testing.T) {
	for name, then := range map[string]func(*desk) error{
		"changed": func(d *desk) error { return d.Replaced(t.Context(), "a") },
		"given up and sent again": func(d *desk) error {
			if _, err := d.GiveUp(t.Context(), "a", "no source offers it any more"); err != nil {
				return err
			}
			_, err := d.Resend(t.Context(), "a")
			return err
		},
	} {
		d := bareDesk(t, Target{Name: "one", Sink: &catcher{}})
		d.finish("a", flagged(article("a", "First")))
		d.dies()
		if _, err := d.Release(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		if err := then(d); err != nil {
			t.Fatal(err)
		}
		if planned := d.asks(flagged(article("a", "Other"))); len(planned) != 1 || planned[0].State != store.DeliveryHeld {
			t.Errorf("%s: planned %+v", name, planned)
		}
	}
}

func TestUnfinished(t *testing.T) {
	gone := &catcher{fail: func(Edition, int) error { return &Refused{errDown} }}
	d := bareDesk(t, Target{Name: "one", Sink: &catcher{}}, Target{Name: "gone", Sink: gone})
	open := func() bool {
		t.Helper()
		all, err := d.Unfinished(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return all["a"]
	}
	d.finish("a", article("a", "First"))
	if !open() {
		t.Error("what is on its way counts as finished")
	}
	d.roundNow()
	if !open() {
		t.Error("what may be sent again counts as finished")
	}
	d.Targets = d.Targets[:1]
	if open() {
		t.Error("what no sink is there for is waited for")
	}
}
