package scheduler_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"dragoman/cmd/internal/schedule"
	"dragoman/cmd/internal/scheduler"
	"dragoman/cmd/internal/store"
	"dragoman/cmd/internal/store/open"
	"dragoman/pipeline"
)

// room is a state with one schedule, and a clock that the test sets.
type room struct {
	t     *testing.T
	st    *store.Store
	clock atomic.Int64 // seconds

	mu   sync.Mutex
	done []string // logical times of what was worked on, as "15:04"
	now  int      // how many are under way
	most int
}

// noon is when the schedule is applied.
var noon = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

func newRoom(t *testing.T, spec schedule.Spec) *room {
	t.Helper()
	st, err := open.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "state.db"), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	r := &room{t: t, st: st}
	r.at(noon)
	r.apply(spec)
	return r
}

func (r *room) apply(spec schedule.Spec) {
	r.t.Helper()
	if spec.Name == "" {
		spec.Name = "news"
	}
	text, err := json.Marshal(spec)
	if err == nil {
		err = r.st.Schedules.Apply(r.t.Context(), store.Schedule{Name: spec.Name, Spec: text, Since: r.time(), Applied: r.time()})
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *room) at(t time.Time)        { r.clock.Store(t.Unix()) }
func (r *room) time() time.Time       { return time.Unix(r.clock.Load(), 0).UTC() }
func (r *room) later(d time.Duration) { r.clock.Add(int64(d / time.Second)) }
func clock(t time.Time) string        { return t.UTC().Format("15:04") }
func every(d time.Duration) schedule.Spec {
	return schedule.Spec{Every: d, Zone: "UTC", Missed: schedule.MissedOne, Overlap: schedule.OverlapSkip}
}

// scheduler works for the room; each is what a firing does, nil for nothing.
func (r *room) scheduler(each scheduler.Work) *scheduler.Scheduler {
	return &scheduler.Scheduler{
		Schedules: r.st.Schedules, Firings: r.st.Firings, Locks: r.st.Locks, Now: r.time,
		Work: func(ctx context.Context, spec schedule.Spec, f store.Firing) (scheduler.Result, error) {
			r.mu.Lock()
			r.done = append(r.done, clock(f.Due))
			r.now++
			r.most = max(r.most, r.now)
			r.mu.Unlock()
			defer func() {
				r.mu.Lock()
				r.now--
				r.mu.Unlock()
			}()
			if each == nil {
				return scheduler.Result{Report: json.RawMessage(`{}`)}, nil
			}
			return each(ctx, spec, f)
		},
	}
}

// run does what is due, and gives the logical times worked on by it.
func (r *room) run(s *scheduler.Scheduler) (scheduler.Did, []string) {
	r.t.Helper()
	r.mu.Lock()
	r.done = nil
	r.mu.Unlock()
	did, err := s.Run(r.t.Context(), "news")
	if err != nil {
		r.t.Fatal(err)
	}
	return did, r.done
}

// states are the firings in the state, oldest first, as "13:00 done due".
func (r *room) states() []string {
	r.t.Helper()
	all, err := r.st.Firings.List(r.t.Context(), store.FiringFilter{})
	if err != nil {
		r.t.Fatal(err)
	}
	var out []string
	for _, f := range slices.Backward(all) {
		out = append(out, fmt.Sprintf("%s %s %s", clock(f.Due), f.State, f.Cause))
	}
	return out
}

func (r *room) want(what string, got []string, want ...string) {
	r.t.Helper()
	if !slices.Equal(got, want) {
		r.t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func TestDueAndNotDue(t *testing.T) {
	r := newRoom(t, every(time.Hour))
	s := r.scheduler(nil)
	did, done := r.run(s)
	r.want("at noon, when it was applied", done)
	if !did.Next.Equal(noon.Add(time.Hour)) {
		t.Errorf("next %v", did.Next)
	}
	r.later(time.Hour + time.Minute)
	_, done = r.run(s)
	r.want("at 13:01", done, "13:00")
	_, done = r.run(s)
	r.want("at once again", done)
	r.later(time.Hour)
	_, done = r.run(s)
	r.want("at 14:01", done, "14:00")
	r.want("history", r.states(), "13:00 done due", "14:00 done due")
}

// TestMachineWasOff is K2: three due times passed while nobody was there.
func TestMachineWasOff(t *testing.T) {
	for policy, want := range map[schedule.Missed][]string{
		schedule.MissedOne:  {"15:00"},
		schedule.MissedAll:  {"13:00", "14:00", "15:00"},
		schedule.MissedNone: nil,
	} {
		spec := every(time.Hour)
		spec.Missed = policy
		r := newRoom(t, spec)
		r.later(3*time.Hour + 30*time.Minute)
		did, done := r.run(r.scheduler(nil))
		r.want(string(policy), done, want...)
		if skipped := 3 - len(want); skipped > 0 && len(did.Skipped) == 0 {
			t.Errorf("%s: %d times were skipped, and nothing says so", policy, skipped)
		}
		for _, f := range did.Fired {
			if f.Cause != store.CauseMissed {
				t.Errorf("%s: %s has the cause %s", policy, clock(f.Due), f.Cause)
			}
		}
		_, done = r.run(r.scheduler(nil))
		r.want(string(policy)+", at once again", done)
		r.later(30*time.Minute + time.Second)
		_, done = r.run(r.scheduler(nil))
		r.want(string(policy)+", the next hour", done, "16:00")
	}
}

// TestLongerThanItsInterval is K3: a firing takes two hours and a half.
func TestLongerThanItsInterval(t *testing.T) {
	for policy, want := range map[schedule.Overlap][]string{
		schedule.OverlapSkip:  {"13:00", "16:00"},
		schedule.OverlapQueue: {"13:00", "15:00", "16:00"},
	} {
		spec := every(time.Hour)
		spec.Overlap = policy
		r := newRoom(t, spec)
		s := r.scheduler(func(_ context.Context, _ schedule.Spec, f store.Firing) (scheduler.Result, error) {
			if clock(f.Due) == "13:00" {
				r.later(2*time.Hour + 30*time.Minute)
			}
			return scheduler.Result{}, nil
		})
		r.later(time.Hour)
		_, first := r.run(s)
		r.later(31 * time.Minute)
		_, second := r.run(s)
		r.want(string(policy), append(slices.Clone(first), second...), want...)
		if r.most != 1 {
			t.Errorf("%s: %d at once", policy, r.most)
		}
	}
}

// TestClockJumps is K4: the wall clock is put back an hour, and a year ahead.
func TestClockJumps(t *testing.T) {
	r := newRoom(t, every(time.Hour))
	s := r.scheduler(nil)
	r.later(time.Hour)
	_, done := r.run(s)
	r.want("13:00", done, "13:00")
	r.later(-time.Hour)
	_, done = r.run(s)
	r.want("an hour back", done)
	r.later(time.Hour)
	_, done = r.run(s)
	r.want("and again at 13:00", done)
	r.later(365 * 24 * time.Hour)
	did, done := r.run(s)
	r.want("a year ahead", done, "13:00")
	if n := len(r.states()); n > 4 {
		t.Errorf("%d rows for a year that was skipped", n)
	}
	if len(did.Skipped) == 0 || !strings.Contains(did.Skipped[0].Reason, "8759 times") {
		t.Errorf("skipped: %+v", did.Skipped)
	}
}

// TestTwoSchedulers is K5, in one process: many goroutines over two handles.
func TestTwoSchedulers(t *testing.T) {
	r := newRoom(t, every(time.Minute))
	s := r.scheduler(nil)
	for range 10 {
		r.later(time.Minute)
		var g sync.WaitGroup
		for range 8 {
			g.Go(func() {
				for {
					_, err := s.Run(t.Context(), "news")
					if err == nil {
						return
					}
					if !errors.Is(err, scheduler.ErrBusy) {
						t.Error(err)
						return
					}
				}
			})
		}
		g.Wait()
	}
	slices.Sort(r.done)
	var want []string
	for i := range 10 {
		want = append(want, clock(noon.Add(time.Duration(i+1)*time.Minute)))
	}
	r.want("worked on", r.done, want...)
	if r.most != 1 {
		t.Errorf("%d at once", r.most)
	}
}

// TestDiedBetween is K6: a process dies between due and started, while it works,
// and between done and recorded.
func TestDiedBetween(t *testing.T) {
	r := newRoom(t, every(time.Hour))
	r.later(time.Hour)
	if _, made, err := r.st.Firings.Claim(t.Context(), store.Firing{Schedule: "news", Due: noon.Add(time.Hour), Cause: store.CauseDue, State: store.FiringOpen}); err != nil || !made {
		t.Fatal(made, err)
	}
	_, done := r.run(r.scheduler(nil))
	r.want("claimed and not begun", done, "13:00")

	r.later(time.Hour)
	died := errors.New("killed")
	s := r.scheduler(func(context.Context, schedule.Spec, store.Firing) (scheduler.Result, error) {
		return scheduler.Result{}, died // as when the process ends before the end is recorded
	})
	if _, err := s.Run(t.Context(), "news"); !errors.Is(err, died) {
		t.Fatal(err)
	}
	r.want("left", r.states(), "13:00 done due", "14:00 open due")
	_, done = r.run(r.scheduler(nil))
	r.want("gone on with", done, "14:00")
	r.want("ended", r.states(), "13:00 done due", "14:00 done due")
}

// TestOutageIsWaitedFor: a firing that something stopped goes on after the time
// it names, and what becomes due meanwhile is not piled up.
func TestOutageIsWaitedFor(t *testing.T) {
	r := newRoom(t, every(5*time.Minute))
	up := false
	s := r.scheduler(func(context.Context, schedule.Spec, store.Firing) (scheduler.Result, error) {
		if !up {
			return scheduler.Result{Again: 2 * time.Minute, Reason: "the endpoint is away"}, nil
		}
		return scheduler.Result{}, nil
	})
	tries := 0
	for range 60 {
		r.later(time.Minute)
		_, done := r.run(s)
		tries += len(done)
	}
	if tries < 20 || tries > 31 {
		t.Errorf("%d tries in an hour", tries)
	}
	up = true
	r.later(2 * time.Minute)
	_, done := r.run(s)
	if len(done) == 0 || done[0] != "12:05" {
		t.Errorf("after the outage: %q", done)
	}
	for _, line := range r.states() {
		if strings.Contains(line, "open") {
			t.Errorf("left: %s", line)
		}
	}
}

func TestTriggerAndPause(t *testing.T) {
	r := newRoom(t, every(time.Hour))
	s := r.scheduler(nil)
	if err := r.st.Schedules.Alter(t.Context(), "news", func(s *store.Schedule) bool { s.Paused = true; return false }); err != nil {
		t.Fatal(err)
	}
	r.later(2 * time.Hour)
	did, done := r.run(s)
	r.want("paused", done)
	if !did.Paused {
		t.Error("it does not say that it is paused")
	}
	for range 2 { // twice in one second
		did, err := s.Trigger(t.Context(), "news")
		if err != nil || len(did.Fired) != 1 || did.Fired[0].Cause != store.CauseManual || did.Fired[0].State != store.FiringDone {
			t.Fatalf("%+v, %v", did, err)
		}
	}
	if err := r.st.Schedules.Alter(t.Context(), "news", func(s *store.Schedule) bool { s.Paused, s.Since = false, r.time(); return false }); err != nil {
		t.Fatal(err)
	}
	_, done = r.run(s)
	r.want("resumed: the pause is not made up for", done)
	r.later(time.Hour)
	_, done = r.run(s)
	r.want("an hour later", done, "15:00")
	if _, err := s.Run(t.Context(), "nwes"); pipeline.CodeOf(err) != pipeline.Invalid {
		t.Errorf("an unknown schedule: %v", err)
	}
}

// TestManyTriggers: a schedule that is triggered hundreds of times between two
// due times still knows when it was due last.
func TestManyTriggers(t *testing.T) {
	r := newRoom(t, every(time.Hour))
	s := r.scheduler(nil)
	r.later(time.Hour)
	r.run(s)
	for range 2*schedule.MostMissed + 20 {
		r.later(time.Second)
		if _, err := s.Trigger(t.Context(), "news"); err != nil {
			t.Fatal(err)
		}
	}
	did, done := r.run(s)
	r.want("nothing is due", done)
	if len(did.Skipped) > 0 {
		t.Errorf("skipped %+v", did.Skipped)
	}
}

// TestServe lets several servers on one state run several schedules.
func TestServe(t *testing.T) {
	r := newRoom(t, every(time.Minute))
	other := every(time.Minute)
	other.Name = "sport"
	r.apply(other)
	ctx, cancel := context.WithCancel(t.Context())
	var g sync.WaitGroup
	var ticks atomic.Int32
	for range 3 {
		s := r.scheduler(nil)
		g.Go(func() { s.Serve(ctx, func() { ticks.Add(1) }) })
	}
	r.later(time.Minute)
	deadline := time.After(20 * time.Second)
	for {
		r.mu.Lock()
		n := len(r.done)
		r.mu.Unlock()
		if n == 2 && ticks.Load() > 6 {
			break
		}
		select {
		case <-deadline:
			t.Fatalf("%d firings of 2", n)
		case <-time.After(20 * time.Millisecond):
		}
	}
	cancel()
	g.Wait()
	r.want("worked on", r.done, "12:01", "12:01")
}

// A clock that was ahead leaves times to come behind it: neither is the schedule
// silent until then, nor is any of them run twice.
func TestAClockThatWasAhead(t *testing.T) {
	r := newRoom(t, every(time.Hour))
	away := func(context.Context, schedule.Spec, store.Firing) (scheduler.Result, error) {
		return scheduler.Result{Again: time.Minute}, nil
	}
	r.later(365*24*time.Hour + time.Minute)
	r.run(r.scheduler(away)) // left open, to be gone on with next year
	r.at(noon.Add(time.Hour + time.Minute))
	s := r.scheduler(nil)
	_, done := r.run(s)
	r.want("after the clock was set right", done, "12:00", "13:00")
	r.later(time.Hour)
	_, done = r.run(s)
	r.want("an hour later", done, "14:00")
	r.at(noon.Add(365*24*time.Hour + time.Minute))
	if _, done = r.run(s); slices.Contains(done, "12:00") {
		t.Errorf("%q: 12:00 of next year had been run", done)
	}
}

// What is skipped is told in the zone of its schedule, all of it.
func TestSkippedInItsZone(t *testing.T) {
	spec := every(time.Hour)
	spec.Zone, spec.Missed = "Europe/Istanbul", schedule.MissedNone
	r := newRoom(t, spec)
	r.later(4*time.Hour + 30*time.Minute)
	did, _ := r.run(r.scheduler(nil))
	if len(did.Skipped) != 1 || !strings.HasPrefix(did.Skipped[0].Reason, "4 times since 2") || !strings.Contains(did.Skipped[0].Reason, " +03: missed") {
		t.Errorf("skipped %+v", did.Skipped)
	}
}
