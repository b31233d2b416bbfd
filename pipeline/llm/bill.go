package llm

import "dragoman/pipeline"

// Bill is what the attempts of one request used together, those that failed
// included.
type Bill struct {
	Attempts int             // sent over the network; 0: none
	Usage    pipeline.Usage  // the sum of what was said; Known: every attempt that may have been paid said it
	Cost     *pipeline.Money // of that usage; nil: no usage was said, or a price is unknown

	unpriced bool // a usage was said whose price is unknown
}

// Add puts one attempt on the bill: what it used, what that costs (nil where
// it is not known), and whether it may have been paid at all.
func (b *Bill) Add(u pipeline.Usage, cost *pipeline.Money, maybePaid bool) {
	known := b.Usage.Known || b.Attempts == 0
	b.Attempts++
	if !u.Known {
		b.Usage.Known = known && !maybePaid
		return
	}
	b.Usage = b.Usage.Add(u)
	b.Usage.Known = known
	b.price(cost)
}

// Join puts all of another bill on this one, such as that of another client
// that was asked before.
func (b *Bill) Join(other Bill) {
	if other.Attempts == 0 {
		return
	}
	known := (b.Usage.Known || b.Attempts == 0) && other.Usage.Known
	b.Attempts += other.Attempts
	b.Usage = b.Usage.Add(other.Usage)
	b.Usage.Known = known
	if other.unpriced || other.Cost != nil || other.Usage.InputTokens+other.Usage.OutputTokens > 0 {
		b.price(other.Cost)
	}
}

// price adds the cost of a usage that was said; nil is an unknown price.
func (b *Bill) price(cost *pipeline.Money) {
	switch {
	case b.unpriced:
	case cost == nil || b.Cost != nil && b.Cost.Currency != cost.Currency:
		b.Cost, b.unpriced = nil, true
	case b.Cost == nil:
		sum := *cost
		b.Cost = &sum
	default:
		sum := pipeline.Money{Micros: b.Cost.Micros + cost.Micros, Currency: cost.Currency}
		b.Cost = &sum
	}
}

// PaidError is the error of a request that attempts were sent for and that has
// no response: the bill stands here. Find it with errors.As; it says what its
// cause says.
type PaidError struct {
	Bill
	Err error // the error proper
}

// Error says what the cause says.
func (e *PaidError) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *PaidError) Unwrap() error { return e.Err }
