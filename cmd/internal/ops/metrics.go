package ops

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"sync"
	"time"

	"dragoman/cmd/internal/account"
	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
)

// Metrics counts what happens in one process, for Prometheus. A nil Metrics
// counts nothing. Labels are names from the configuration and states, never
// what a feed or a model says.
type Metrics struct {
	mu   sync.Mutex
	all  []*family
	lost func() int64 // lines of the log

	firings, duration, articles, reads, entries   *family
	calls, tokens, cost, unpriced                 *family
	deliveries, held, pending, dead, alerts       *family
	lastSuccess, lastEnd, nextDue, lines, trouble *family
}

// durations are the bounds of a firing's buckets, in seconds: one that finds
// nothing takes a second, one with articles minutes, a large one hours.
var durations = []float64{1, 3, 10, 30, 60, 180, 600, 1800, 3600, 10800}

// Values of the labels result and direction.
const (
	resultOK       = "ok"
	resultFailed   = "failed"
	resultStored   = "stored"
	resultUnusable = "unusable"
	resultUnsent   = "unsent"
	dirInput       = "input"
	dirOutput      = "output"
)

// The results of a delivery's tries.
const (
	deliveredOK      = "delivered"
	deliveredRetry   = "not_taken"
	deliveredDead    = "dead"
	deliveredHeld    = "held"
	deliveredNowhere = "overruled"
)

// NewMetrics makes the metrics of a process that has just started. Lost gives
// how many lines its log has lost, and may be nil.
func NewMetrics(version string, now func() time.Time, lost func() int64) *Metrics {
	m := &Metrics{lost: lost}
	add := func(k kind, name, help string, labels ...string) *family {
		f := &family{name: name, help: help, kind: k, labels: labels}
		m.all = append(m.all, f)
		return f
	}
	add(gauge, "dragoman_build_info", "What is running; always 1.", "version", "goversion").of(version, runtime.Version()).value = 1
	m.firings = add(counter, "dragoman_firings_total", "Firings of schedules that have ended, were stopped or skipped.", "schedule", "outcome")
	m.duration = add(histogram, "dragoman_firing_duration_seconds", "Time that firings took from their start to their end.", "schedule")
	m.duration.bounds = durations
	m.lastEnd = add(gauge, "dragoman_schedule_last_success_timestamp_seconds", "When a firing last ended with nothing wrong or something held.", "schedule")
	m.nextDue = add(gauge, "dragoman_schedule_next_due_timestamp_seconds", "When a schedule is next due.", "schedule")
	m.reads = add(counter, "dragoman_source_reads_total", "Looks at sources.", "schedule", "source", "result")
	m.lastSuccess = add(gauge, "dragoman_source_last_success_timestamp_seconds", "When a source was last read.", "schedule", "source")
	m.entries = add(counter, "dragoman_entries_total", "Entries that sources offered: new, changed, known, or a problem.", "schedule", "kind")
	m.articles = add(counter, "dragoman_articles_total", "Articles that were worked on.", "schedule", "state")
	m.calls = add(counter, "dragoman_model_calls_total", "Questions to a model: answered, unusable, stopped before they were sent, or answered from stored replies.", "model", "result")
	m.tokens = add(counter, "dragoman_tokens_total", "Tokens of the calls that were sent.", "model", "direction")
	m.cost = add(counter, "dragoman_cost_total", "Price of the calls that were sent, in units of its currency.", "model", "currency")
	m.unpriced = add(counter, "dragoman_unpriced_calls_total", "Calls that were sent and whose price is unknown.", "model")
	m.deliveries = add(counter, "dragoman_deliveries_total", "Tries to deliver, and deliveries held or overruled.", "schedule", "sink", "result")
	m.held = add(gauge, "dragoman_deliveries_held", "Deliveries that wait for a person.", "schedule", "sink")
	m.pending = add(gauge, "dragoman_deliveries_pending", "Deliveries that are under way.", "schedule", "sink")
	m.dead = add(gauge, "dragoman_deliveries_dead", "Deliveries that were given up.", "schedule", "sink")
	m.alerts = add(counter, "dragoman_alerts_total", "Pings and alerts that were sent, or could not be.", "kind", "result")
	m.trouble = add(gauge, "dragoman_trouble", "1 while something that a worker needs does not answer.", "what")
	m.lines = add(counter, "dragoman_log_lines_lost_total", "Lines of the log that nobody took in time.")
	m.lines.of()
	m.all = append(m.all, processFamilies(now())...)
	return m
}

// Write writes all metrics in Prometheus' text format.
func (m *Metrics) Write(w io.Writer) error {
	if m == nil {
		return nil
	}
	var text bytes.Buffer // a slow reader must not hold the lock
	m.with(func() {
		if m.lost != nil {
			m.lines.of().value = float64(m.lost())
		}
		measureProcess(m.all)
		_ = writeFamilies(&text, m.all) // into memory
	})
	if _, err := w.Write(text.Bytes()); err != nil {
		return fmt.Errorf("writing metrics: %w", err)
	}
	return nil
}

// with does something to the metrics, if there are any.
func (m *Metrics) with(f func()) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	f()
}

// Expect makes the counters of a schedule at 0, so that their first step is a
// step and not a beginning.
func (m *Metrics) Expect(schedule string, sinks, sources []string) {
	m.with(func() {
		for _, o := range outcomes {
			m.firings.of(schedule, string(o))
		}
		for _, s := range []store.DocState{store.DocDone, store.DocFlagged, store.DocFailed, store.DocStopped} {
			m.articles.of(schedule, string(s))
		}
		for _, s := range sinks {
			for _, r := range []string{deliveredOK, deliveredRetry, deliveredDead, deliveredHeld, deliveredNowhere} {
				m.deliveries.of(schedule, s, r)
			}
		}
		for _, s := range sources {
			m.reads.of(schedule, account.SourceName(s), resultOK)
			m.reads.of(schedule, account.SourceName(s), resultFailed)
		}
	})
}

// NextDue says when a schedule is next due; a zero time is never (it is paused).
func (m *Metrics) NextDue(schedule string, at time.Time) {
	m.with(func() {
		if at.IsZero() {
			m.nextDue.forget("schedule", schedule)
			return
		}
		m.nextDue.of(schedule).value = seconds(at)
	})
}

// Deliveries says how many deliveries to a sink wait or were given up, by the
// state's word.
func (m *Metrics) Deliveries(schedule, sink string, held, pending, dead int) {
	m.with(func() {
		m.held.of(schedule, sink).value = float64(held)
		m.pending.of(schedule, sink).value = float64(pending)
		m.dead.of(schedule, sink).value = float64(dead)
	})
}

// Forget takes away what is said of a schedule that is not there any more.
func (m *Metrics) Forget(schedule string) {
	m.with(func() {
		for _, f := range m.all {
			f.forget("schedule", schedule)
		}
	})
}

func (m *Metrics) firing(schedule string, o Outcome, took time.Duration, ended time.Time) {
	m.with(func() {
		m.firings.of(schedule, string(o)).value++
		if o == OutcomeSkipped || o == OutcomeStopped {
			return
		}
		m.duration.observe(max(took.Seconds(), 0), schedule)
		if o != OutcomeFailed {
			m.lastEnd.of(schedule).value = seconds(ended)
		}
	})
}

func (m *Metrics) source(schedule, name string, read bool, at time.Time, kinds map[string]int) {
	m.with(func() {
		if !read {
			m.reads.of(schedule, name, resultFailed).value++
			return
		}
		m.reads.of(schedule, name, resultOK).value++
		m.lastSuccess.of(schedule, name).value = seconds(at)
		for kind, n := range kinds {
			m.entries.of(schedule, kind).value += float64(n)
		}
	})
}

func (m *Metrics) call(model, result string, s *pipeline.Step) {
	m.with(func() {
		m.calls.of(model, result).value++
		if s.Sent == 0 {
			return
		}
		m.tokens.of(model, dirInput).value += float64(s.Usage.InputTokens)
		m.tokens.of(model, dirOutput).value += float64(s.Usage.OutputTokens)
		if s.Cost == nil {
			m.unpriced.of(model).value++
			return
		}
		m.cost.of(model, s.Cost.Currency).value += float64(s.Cost.Micros) / 1e6
	})
}

func (m *Metrics) step(f *family, labels ...string) {
	m.with(func() { f.of(labels...).value++ })
}

// seconds is a time as Prometheus has it, in milliseconds' precision.
func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
