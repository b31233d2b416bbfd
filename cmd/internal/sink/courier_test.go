package sink

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"dragoman/cmd/internal/schedule"
	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
)

func TestEachSinkGetsEachEditionOnce(t *testing.T) {
	var one catcher
	var two flusher
	d := newDesk(t, Target{Name: "one", Sink: &one}, Target{Name: "two", Sink: &two})
	planned := d.finish("a", article("a", "First"))
	d.clock = d.clock.Add(time.Second)
	planned = append(planned, d.finish("b", article("b", "Second"))...)
	if len(planned) != 4 || planned[0].State != store.DeliveryPending || planned[0].Headline != "First" || planned[0].Next != opening {
		t.Fatalf("planned %+v", planned)
	}
	tally := d.roundNow()
	if tally.Delivered != 4 || tally.Waiting != 0 || !tally.Next.IsZero() || tally.Faults != nil {
		t.Errorf("got %+v", tally)
	}
	for _, got := range []string{one.headlines(), two.headlines()} {
		if got != "a:First b:Second" {
			t.Errorf("delivered %s", got)
		}
	}
	if two.flushes != 1 {
		t.Errorf("%d flushes", two.flushes)
	}
	if again := d.finish("a", article("a", "First")); again != nil {
		t.Errorf("planned again: %+v", again)
	}
	if tally := d.roundNow(); tally.Delivered != 0 || len(one.got) != 2 {
		t.Errorf("delivered again: %+v", tally)
	}
	e := one.got[0]
	if e.Article != "a" || e.Folder != "a" || e.URL != "https://news.example/a" || e.Schedule != "evening" || e.Marked || e.Delivery.ID != planned[0].ID {
		t.Errorf("the edition is %+v", e)
	}
}

func TestWhatASinkTookIsToldOnce(t *testing.T) {
	refusing := &catcher{fail: func(Edition, int) error { return &Refused{errors.New("it wants no more")} }}
	d := newDesk(t, Target{Name: "one", Sink: &catcher{}}, Target{Name: "two", Sink: refusing})
	var mu sync.Mutex
	told := map[string]int{}
	d.Told = func(done store.Delivery) {
		mu.Lock()
		defer mu.Unlock()
		told[fmt.Sprint(done.Document, " ", done.Sink, " ", done.State, " ", done.Attempts)]++
	}
	planned := d.finish("a", article("a", "First"))
	tally := d.roundNow()
	d.roundNow()
	if len(told) != 1 || told["a one delivered 1"] != 1 {
		t.Errorf("told of %v", told)
	}
	if len(tally.Faults) != 1 || tally.Faults[0].ID != planned[1].ID || tally.Faults[0].Attempts != 1 {
		t.Errorf("faults %+v of %+v", tally.Faults, planned)
	}
}

func TestIDsAreDigestsOfTheirParts(t *testing.T) {
	id := ID("c", "d", "v", "s")
	if len(id) != 36 || !strings.HasPrefix(id, "msg_") || id != ID("c", "d", "v", "s") {
		t.Errorf("got %s", id)
	}
	for _, other := range []string{ID("x", "d", "v", "s"), ID("c", "x", "v", "s"), ID("c", "d", "x", "s"), ID("c", "d", "v", "x"), ID("cd", "", "v", "s"), ID("c", "dv", "", "s")} {
		if other == id {
			t.Error("two deliveries share an id")
		}
	}
}

func TestWhatIsFlaggedIsHeld(t *testing.T) {
	var sink catcher
	d := newDesk(t, Target{Name: "one", Sink: &sink})
	doc := flagged(article("a", "First"))
	doc.Translations[1].Article[0].State = pipeline.Failed
	doc.Translations[1].Article[0].Target = ""
	planned := d.finish("a", doc)
	if want := "2 sentences failed; 1 finding of severity major: T03 ru p1s1 (accuracy/untranslated)"; planned[0].State != store.DeliveryHeld || planned[0].Reason != want {
		t.Fatalf("planned %+v", planned)
	}
	if tally := d.roundNow(); tally.Held != 1 || tally.Delivered != 0 || !tally.Next.IsZero() {
		t.Errorf("got %+v", tally)
	}
	d.clock = d.clock.Add(9 * 24 * time.Hour)
	released, err := d.Release(t.Context(), "a")
	if err != nil || len(released) != 1 {
		t.Fatalf("released %+v, %v", released, err)
	}
	if again, err := d.Release(t.Context(), "a"); err != nil || again != nil {
		t.Errorf("released twice: %+v, %v", again, err)
	}
	d.roundNow()
	d.roundNow()
	if sink.headlines() != "a:First" || !sink.got[0].Marked {
		t.Errorf("delivered %s", sink.headlines())
	}
	if d.finish("a", doc) != nil || d.states() != "a/one delivered" {
		t.Errorf("got %s", d.states())
	}
}

func TestReleaseByID(t *testing.T) {
	d := newDesk(t, Target{Name: "one", Sink: &catcher{}}, Target{Name: "two", Sink: &catcher{}})
	planned := d.finish("a", flagged(article("a", "First")))
	if _, err := d.Release(t.Context(), planned[1].ID); err != nil {
		t.Fatal(err)
	}
	if got := d.states(); got != "a/one held, a/two pending" {
		t.Errorf("got %s", got)
	}
	if _, err := d.Release(t.Context(), ""); err == nil {
		t.Error("everything is released by no name")
	}
}

func TestMarkedIsDeliveredWhereTheScheduleSaysSo(t *testing.T) {
	var sink catcher
	d := newDesk(t, Target{Name: "one", Sink: &sink})
	d.Deliver = schedule.DeliverMarked
	d.finish("a", flagged(article("a", "First")))
	d.roundNow()
	if len(sink.got) != 1 || !sink.got[0].Marked {
		t.Errorf("got %+v", sink.got)
	}
}

func TestABareRowHasNoWordsOfTheArticle(t *testing.T) {
	d := newDesk(t, Target{Name: "one", Sink: &catcher{}})
	d.Bare = true
	planned := d.finish("a", flagged(article("a", "First")))
	if planned[0].Headline != "" || planned[0].Reason != "1 sentence failed; 1 finding of severity major: T03 ru p1s1 (accuracy/untranslated)" {
		t.Errorf("got %+v", planned[0])
	}
}

func TestFlaws(t *testing.T) {
	finding := func(s pipeline.Severity, waived string) pipeline.Finding {
		return pipeline.Finding{Check: "T04", Severity: s, Lang: "tr", Span: pipeline.Span{Sentence: "p1s1"}, Message: "Says\x1b eight.", Waived: waived}
	}
	for _, c := range []struct {
		failOn   pipeline.Severity
		findings []pipeline.Finding
		want     string
	}{
		{"", nil, ""},
		{"", []pipeline.Finding{finding(pipeline.Minor, ""), finding(pipeline.Major, "so be it")}, ""},
		{pipeline.Minor, []pipeline.Finding{finding(pipeline.Minor, "")}, "1 finding of severity minor: T04 tr p1s1"},
		{pipeline.Critical, []pipeline.Finding{finding(pipeline.Major, "")}, ""},
		{
			"",
			[]pipeline.Finding{finding(pipeline.Major, ""), finding(pipeline.Critical, ""), finding(pipeline.Major, ""), finding(pipeline.Major, ""), finding(pipeline.Major, ""), finding(pipeline.Major, "")},
			"1 finding of severity critical: T04 tr p1s1; 5 findings of severity major: " + strings.Repeat("T04 tr p1s1, ", 3) + "and 2 more",
		},
	} {
		d := newDesk(t)
		d.FailOn = c.failOn
		doc := article("a", "First")
		doc.Findings = c.findings
		if got := d.flaws(doc); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestANewerVersionOverrulesAHeldOne(t *testing.T) {
	var sink catcher
	d := newDesk(t, Target{Name: "one", Sink: &sink})
	d.finish("a", flagged(article("a", "First")))
	d.clock = d.clock.Add(time.Hour)
	d.finish("a", article("a", "Second"))
	if released, err := d.Release(t.Context(), "a"); err != nil || released != nil {
		t.Errorf("the old version is released: %+v, %v", released, err)
	}
	d.roundNow()
	if sink.headlines() != "a:Second" {
		t.Errorf("delivered %s", sink.headlines())
	}
}

func TestAVersionThatWasReplacedIsNotDelivered(t *testing.T) {
	var sink catcher
	d := newDesk(t, Target{Name: "one", Sink: &sink})
	d.finish("a", article("a", "First"))
	targets := d.Targets
	d.Targets = nil // the process dies between the store and the plan
	d.finish("a", article("a", "Second"))
	d.Targets = targets
	if tally := d.roundNow(); tally.Delivered != 0 || d.states() != "a/one overruled" {
		t.Errorf("got %+v, %s", tally, d.states())
	}
}

func TestArticlesWithoutAnEditionAreNotPlanned(t *testing.T) {
	d := newDesk(t, Target{Name: "one", Sink: &catcher{}})
	for _, row := range []*store.Document{
		{Collection: d.Collection, ID: "a", State: store.DocFailed}, {Collection: d.Collection, ID: "b", State: store.DocStopped}, {Collection: d.Collection, ID: "c", State: store.DocDone},
	} {
		if planned, err := d.Plan(t.Context(), row); err != nil || planned != nil {
			t.Errorf("%s: %+v, %v", row.ID, planned, err)
		}
	}
	if _, err := d.Plan(t.Context(), &store.Document{ID: "x", State: store.DocDone, Result: []byte("{")}); err == nil {
		t.Error("a damaged document is planned")
	}
}

func TestTextsThatAreGone(t *testing.T) {
	var sink catcher
	d := newDesk(t, Target{Name: "one", Sink: &sink})
	d.finish("a", article("a", "First"))
	delete(d.shelf.documents, "a")
	tally := d.roundNow()
	if tally.Dead != 1 || len(tally.Faults) != 1 || !tally.Faults[0].Dead || d.shelf.deliveries[0].Reason != "the text of this edition is not stored any more" {
		t.Errorf("got %+v, %+v", tally, d.shelf.deliveries)
	}
}

func TestBackOff(t *testing.T) {
	sink := catcher{fail: func(Edition, int) error { return errors.New("no") }}
	d := newDesk(t, Target{Name: "one", Sink: &sink, GiveUp: 72 * time.Hour})
	d.finish("a", article("a", "First"))
	var waits []string
	for range 8 {
		tally := d.roundNow()
		if tally.Failed != 1 || tally.Waiting != 1 || tally.Faults[0].Reason != "no" {
			t.Fatalf("got %+v", tally)
		}
		waits = append(waits, tally.Next.Sub(d.clock).String())
		if early := d.roundNow(); early.Failed != 0 {
			t.Errorf("tried before its time: %+v", early)
		}
		d.clock = tally.Next
	}
	if got := strings.Join(waits, " "); got != "5s 20s 1m20s 5m20s 21m20s 1h0m0s 1h0m0s 1h0m0s" {
		t.Errorf("got %s", got)
	}
	d.Jitter = func() float64 { return 0.999 }
	if w := d.wait(1, 0); w <= 6*time.Second || w > 6250*time.Millisecond {
		t.Errorf("with jitter %s", w)
	}
}

func TestGivingUpAndTryingAgain(t *testing.T) {
	sink := catcher{fail: func(Edition, int) error { return errDown }}
	d := newDesk(t, Target{Name: "one", Sink: &sink, GiveUp: 72 * time.Hour})
	d.finish("a", article("a", "First"))
	tally := d.until(opening.Add(200 * time.Hour))
	if tally.Dead != 1 || tally.Waiting != 0 || sink.tries < 70 || sink.tries > 90 {
		t.Fatalf("%d tries, %+v", sink.tries, tally)
	}
	x := d.shelf.deliveries[0]
	if !strings.HasPrefix(x.Reason, fmt.Sprintf("given up after %d tries in 3 days: nobody answers", sink.tries)) || x.Ended.Sub(x.Made) > 74*time.Hour {
		t.Errorf("got %+v", x)
	}
	// Sent on 5 days after it was made, it has its three days anew.
	sent, err := d.Resend(t.Context(), "")
	if err != nil || len(sent) != 1 || sent[0].Attempts != 0 {
		t.Fatalf("sent %+v, %v", sent, err)
	}
	d.until(d.clock.Add(50 * time.Hour))
	if got := d.states(); got != "a/one pending" {
		t.Errorf("got %s", got)
	}
	sink.fail = nil
	d.until(d.clock.Add(2 * time.Hour))
	if got := d.states(); got != "a/one delivered" || sink.got[0].Delivery.ID != x.ID {
		t.Errorf("got %s", got)
	}
}

func TestAClockThatJumpsGivesNothingUp(t *testing.T) {
	sink := catcher{fail: func(_ Edition, tries int) error {
		if tries < leastTry-1 {
			return errDown
		}
		return nil
	}}
	d := newDesk(t, Target{Name: "one", Sink: &sink, GiveUp: time.Hour})
	d.finish("a", article("a", "First"))
	d.clock = d.clock.AddDate(1, 0, 0)
	if tally := d.until(d.clock.Add(time.Hour)); tally.Dead != 0 || tally.Delivered != 1 {
		t.Errorf("got %+v", tally)
	}
}

func TestFoldersAreNeverGivenUp(t *testing.T) {
	targets, err := Targets([]schedule.Sink{
		{Name: "f", Folder: "/x"}, {Name: "s", Site: "/y"}, {Name: "w", Webhook: "http://127.0.0.1/"}, {Name: "v", Webhook: "http://127.0.0.1/", GiveUp: time.Hour},
	}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []time.Duration{0, 0, 72 * time.Hour, time.Hour} {
		if targets[i].GiveUp != want {
			t.Errorf("%s: %s", targets[i].Name, targets[i].GiveUp)
		}
	}
	sink := catcher{fail: func(Edition, int) error { return errDown }}
	d := newDesk(t, Target{Name: "f", Sink: &sink})
	d.finish("a", article("a", "First"))
	if tally := d.until(opening.AddDate(0, 1, 0)); tally.Dead != 0 || tally.Waiting != 1 {
		t.Errorf("got %+v", tally)
	}
}

// A webhook whose secret is away for a night: what is for it waits, nothing of
// it is forgotten or given up, and the other sinks get theirs.
func TestASinkThatCannotBeOpenedWaits(t *testing.T) {
	specs := []schedule.Sink{{Name: "hook", Webhook: "http://127.0.0.1/", SecretEnv: "NOT_SET"}, {Name: "f", Folder: t.TempDir()}}
	targets, err := Targets(specs, Options{})
	if err == nil || len(targets) != 2 {
		t.Fatalf("%d targets, %v", len(targets), err)
	}
	d := newDesk(t, targets...)
	d.finish("a", article("a", "First"))
	if tally := d.roundNow(); tally.Delivered != 1 || tally.Dead != 0 || tally.Waiting != 1 {
		t.Errorf("got %+v", tally)
	}
	if got := d.states(); got != "a/f delivered, a/hook pending" {
		t.Errorf("got %s", got)
	}
}

func TestASinkThatIsDownIsLeftAlone(t *testing.T) {
	down := catcher{fail: func(Edition, int) error { return errDown }}
	var well catcher
	d := newDesk(t, Target{Name: "down", Sink: &down}, Target{Name: "well", Sink: &well})
	for i := range 100 {
		d.finish(fmt.Sprintf("a%02d", i), article("a", "First"))
		d.clock = d.clock.Add(time.Millisecond)
	}
	tally := d.roundNow()
	if tally.Delivered != 100 || tally.Failed != 1 || tally.Waiting != 100 || tally.Next.Sub(d.clock) != 5*time.Second {
		t.Errorf("got %+v", tally)
	}
	d.until(d.clock.Add(time.Hour))
	if down.tries > 8 {
		t.Errorf("%d tries in an hour", down.tries)
	}
	down.fail = nil
	d.until(d.clock.Add(2 * time.Hour))
	if len(down.got) != 100 || down.got[0].Article != "a00" || down.got[99].Article != "a99" {
		t.Errorf("%d delivered", len(down.got))
	}
}

func TestOutagesOutliveACourier(t *testing.T) {
	sink := catcher{fail: func(Edition, int) error { return errDown }}
	d := newDesk(t, Target{Name: "one", Sink: &sink})
	for i := range 10 {
		d.finish(fmt.Sprint(i), article("a", "First"))
	}
	var outages Outages
	for range 60 { // a courier a second
		fresh := &Courier{
			Deliveries: d.shelf, Documents: rows{d.shelf}, Collection: d.Collection, Targets: d.Targets, Outages: &outages,
			Now: d.Now, Jitter: d.Jitter,
		}
		if _, err := fresh.Round(t.Context()); err != nil {
			t.Fatal(err)
		}
		d.clock = d.clock.Add(time.Second)
	}
	if sink.tries != 3 { // after 0, 5 and 25 s
		t.Errorf("%d tries in a minute", sink.tries)
	}
	other := newDesk(t, Target{Name: "one", Sink: &catcher{}})
	other.Outages, other.Collection, other.clock = &outages, "another", d.clock
	other.finish("a", article("a", "First"))
	if tally := other.roundNow(); tally.Delivered != 1 {
		t.Errorf("another schedule's sink of the same name is down too: %+v", tally)
	}
}

func TestOneThatIsNotTakenHoldsNoOther(t *testing.T) {
	sink := catcher{fail: func(e Edition, _ int) error {
		if e.Article == "b" {
			return errors.New("this one is ugly")
		}
		return nil
	}}
	d := newDesk(t, Target{Name: "one", Sink: &sink})
	for _, id := range []string{"a", "b", "c"} {
		d.finish(id, article(id, "First"))
		d.clock = d.clock.Add(time.Second)
	}
	if tally := d.roundNow(); tally.Delivered != 2 || tally.Failed != 1 {
		t.Errorf("got %+v", tally)
	}
	sink.fail = func(Edition, int) error { return errors.New("no") }
	for i := range 20 {
		d.finish(fmt.Sprint(i), article("a", "First"))
	}
	if tally := d.roundNow(); tally.Failed != mostInRow {
		t.Errorf("all fail, and %d were tried", tally.Failed)
	}
}

func TestWhatIsRefusedIsDeadAtOnce(t *testing.T) {
	sink := catcher{fail: func(Edition, int) error { return &Refused{errors.New("it wants no more")} }}
	d := newDesk(t, Target{Name: "one", Sink: &sink})
	d.finish("a", article("a", "First"))
	if tally := d.roundNow(); tally.Dead != 1 || tally.Failed != 1 || tally.Waiting != 0 {
		t.Errorf("got %+v", tally)
	}
	if x := d.shelf.deliveries[0]; x.State != store.DeliveryDead || x.Reason != "it wants no more" || x.Attempts != 1 || x.Ended != d.clock {
		t.Errorf("got %+v", x)
	}
}

func TestAFlushThatFailsDeliversNothing(t *testing.T) {
	sink := flusher{failing: errors.New("the disk is full")}
	d := newDesk(t, Target{Name: "one", Sink: &sink})
	d.finish("a", article("a", "First"))
	d.finish("b", article("b", "Second"))
	if tally := d.roundNow(); tally.Delivered != 0 || tally.Failed != 2 || tally.Waiting != 2 || tally.Faults[0].Reason != "the disk is full" {
		t.Errorf("got %+v", tally)
	}
	sink.failing = nil
	d.clock = d.clock.Add(time.Minute)
	if tally := d.roundNow(); tally.Delivered != 2 || len(sink.got) != 4 {
		t.Errorf("got %+v", tally)
	}
}

func TestASinkThatIsNoMoreEndsItsDeliveries(t *testing.T) {
	d := newDesk(t, Target{Name: "old", Sink: &catcher{}})
	d.finish("a", article("a", "First"))
	d.Targets = []Target{{Name: "new", Sink: &catcher{}}}
	if tally := d.roundNow(); tally.Dead != 1 || d.shelf.deliveries[0].Reason != `the schedule has no sink named "old" any more` {
		t.Errorf("got %+v", tally)
	}
}

func TestASlowSinkHoldsNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		let := make(chan struct{})
		slow := catcher{fail: func(Edition, int) error { <-let; return nil }}
		var fast catcher
		d := newDesk(t, Target{Name: "slow", Sink: &slow}, Target{Name: "fast", Sink: &fast})
		d.finish("a", article("a", "First"))
		done := make(chan Tally)
		go func() { done <- d.roundNow() }()
		synctest.Wait()
		if fast.headlines() != "a:First" || d.states() != "a/fast delivered, a/slow pending" {
			t.Errorf("beside a slow sink: %s", d.states())
		}
		close(let)
		if tally := <-done; tally.Delivered != 2 {
			t.Errorf("got %+v", tally)
		}
	})
}

func TestARoundEndsThoughASinkHasMuchToDo(t *testing.T) {
	d := newDesk(t)
	sink := catcher{fail: func(Edition, int) error { d.clock = d.clock.Add(20 * time.Second); return nil }}
	d.Targets = []Target{{Name: "one", Sink: &sink}}
	for i := range 10 {
		d.finish(fmt.Sprint(i), article("a", "First"))
	}
	if tally := d.roundNow(); tally.Delivered != 3 || tally.Waiting != 7 || tally.Next.After(d.clock) {
		t.Errorf("got %+v", tally)
	}
}

func TestAnInterruptIsNoFailure(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	sink := catcher{fail: func(_ Edition, tries int) error {
		if tries == 2 {
			cancel()
			return context.Canceled
		}
		return nil
	}}
	d := newDesk(t, Target{Name: "one", Sink: &sink})
	d.finish("a", article("a", "First"))
	d.finish("b", article("b", "Second"))
	if _, err := d.Round(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if x := d.shelf.deliveries[1]; d.states() != "a/one delivered, b/one pending" || x.Attempts != 0 {
		t.Errorf("got %s, %+v", d.states(), x)
	}
}

func TestErrorsOfTheStore(t *testing.T) {
	d := newDesk(t, Target{Name: "one", Sink: &catcher{}})
	d.finish("a", article("a", "First"))
	d.shelf.broken = errors.New("the database is away")
	if _, err := d.Round(t.Context()); !errors.Is(err, d.shelf.broken) {
		t.Errorf("got %v", err)
	}
	if _, err := d.Resend(t.Context(), ""); !errors.Is(err, d.shelf.broken) {
		t.Errorf("got %v", err)
	}
}

// locks is a name that somebody may hold.
type locks struct {
	mu   sync.Mutex
	held bool
	lost chan struct{}
}

func (l *locks) Try(context.Context, string) (store.Lock, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held {
		return nil, nil
	}
	l.held = true
	return l, nil
}
func (l *locks) Lost() <-chan struct{} { return l.lost }
func (l *locks) Close() error          { l.mu.Lock(); defer l.mu.Unlock(); l.held = false; return nil }

func TestOneProcessAtATimeHasARound(t *testing.T) {
	var sink catcher
	d := newDesk(t, Target{Name: "one", Sink: &sink})
	l := &locks{lost: make(chan struct{}), held: true}
	d.Locks = l
	d.finish("a", article("a", "First"))
	if tally := d.roundNow(); !tally.Busy || len(sink.got) != 0 || tally.Next.Sub(d.clock) != busyFor {
		t.Errorf("got %+v", tally)
	}
	l.held = false
	if tally := d.roundNow(); tally.Busy || tally.Delivered != 1 || l.held {
		t.Errorf("got %+v", tally)
	}
}

func TestALostLockEndsTheRound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &locks{lost: make(chan struct{})}
		sink := catcher{fail: func(Edition, int) error { close(l.lost); synctest.Wait(); return errDown }}
		d := newDesk(t, Target{Name: "one", Sink: &sink})
		d.Locks = l
		d.finish("a", article("a", "First"))
		d.finish("b", article("b", "First"))
		if _, err := d.Round(t.Context()); err == nil || !strings.Contains(err.Error(), "lock on it was lost") || sink.tries != 1 {
			t.Errorf("%d tries, %v", sink.tries, err)
		}
	})
}
