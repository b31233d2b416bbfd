package ops

import (
	"log/slog"

	"dragoman/cmd/internal/store"
)

// Delivered is told of a delivery that a sink has taken.
func (e *Events) Delivered(schedule string, d store.Delivery) {
	e.delivery(slog.LevelInfo, "delivered", schedule, d, deliveredOK, nil)
}

// DeliveryFailed is told of a try that a sink did not take. Where the delivery
// is dead it is the last one.
func (e *Events) DeliveryFailed(schedule string, d store.Delivery, err error) {
	if d.State == store.DeliveryDead {
		e.delivery(slog.LevelError, "delivery given up", schedule, d, deliveredDead, err)
		return
	}
	e.delivery(slog.LevelWarn, "delivery not taken, and is tried again", schedule, d, deliveredRetry, err)
}

// DeliveryHeld is told of a delivery that waits for a person.
func (e *Events) DeliveryHeld(schedule string, d store.Delivery) {
	e.delivery(slog.LevelWarn, "delivery held", schedule, d, deliveredHeld, nil)
}

// DeliveryOverruled is told of a delivery whose place a newer version took.
func (e *Events) DeliveryOverruled(schedule string, d store.Delivery) {
	e.delivery(slog.LevelInfo, "delivery overruled", schedule, d, deliveredNowhere, nil)
}

// delivery tells of a delivery. Its headline and its reason stay untold.
func (e *Events) delivery(level slog.Level, message, schedule string, d store.Delivery, result string, err error) {
	attrs := []slog.Attr{
		slog.String(AttrSchedule, schedule), slog.String(AttrSink, d.Sink), slog.String(AttrDelivery, d.ID),
		slog.String(AttrDocument, d.Document), slog.Int("attempt", d.Attempts),
	}
	if !d.Next.IsZero() && d.State == store.DeliveryPending {
		attrs = append(attrs, slog.Time("next", d.Next.UTC()))
	}
	if err != nil {
		attrs = append(attrs, reason(err))
	}
	if result == deliveredHeld {
		e.accounted(level, message, attrs...)
	} else {
		e.log(level, message, attrs...)
	}
	if m := e.metrics(); m != nil {
		m.step(m.deliveries, schedule, d.Sink, result)
	}
}

// Trouble is told of something that a worker needs and that does not answer:
// "state" or "endpoint".
func (e *Events) Trouble(what string, err error) {
	e.log(slog.LevelError, "does not answer, and is waited for", slog.String("what", what), class(err), ofRun(err))
	e.trouble(what, 1)
}

// Over is told once what Trouble told of answers again.
func (e *Events) Over(what string) {
	e.log(slog.LevelInfo, "answers again", slog.String("what", what))
	e.trouble(what, 0)
}

func (e *Events) trouble(what string, value float64) {
	if m := e.metrics(); m != nil {
		m.with(func() { m.trouble.of(what).value = value })
	}
}
