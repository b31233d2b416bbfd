package ops

import (
	"io"
	"time"
)

// Metrics counts. A nil Metrics counts nothing.
type Metrics struct{}

// NewMetrics makes metrics that are all there from the start. Version is for
// dragoman_build_info.
func NewMetrics(version string, now func() time.Time) *Metrics { return &Metrics{} }

// Write writes all metrics in Prometheus' text format.
func (m *Metrics) Write(w io.Writer) error { return nil }

// NextDue says when a schedule is next due; a zero time is never (it is paused).
func (m *Metrics) NextDue(schedule string, at time.Time) {}

// Deliveries says how many deliveries wait in the state, by sink.
func (m *Metrics) Deliveries(schedule, sink string, held, pending, dead int) {}

// Forget takes away what is said of a schedule that is not there any more.
func (m *Metrics) Forget(schedule string) {}
