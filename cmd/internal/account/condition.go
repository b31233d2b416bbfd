package account

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"dragoman/cmd/internal/store"
)

// ConditionType is a sort of thing that is wrong, and the type of its alert.
type ConditionType string

// The conditions.
const (
	FiringFailed  ConditionType = "firing_failed"  // the firing ended with a code other than 0 and 1
	SourceSilent  ConditionType = "source_silent"  // About: the source as SourceName shows it; nothing new for longer than silentAfter
	SourceFailing ConditionType = "source_failing" // About: the source as SourceName shows it, which cannot be read
	DeliveryDead  ConditionType = "delivery_dead"  // About: the delivery's id
	ArticlesHeld  ConditionType = "articles_held"  // About: the article's id
	BudgetReached ConditionType = "budget_reached" // a cap or the account's quota
)

// ConditionTypes are all of them, in the order in which they are told.
var ConditionTypes = []ConditionType{FiringFailed, BudgetReached, SourceFailing, SourceSilent, DeliveryDead, ArticlesHeld}

// Condition is something that is wrong, from Since until it clears. Type and
// About say which; the rest is words about it.
type Condition struct {
	Type    ConditionType `json:"type"`
	About   string        `json:"about"` // "" is the schedule itself
	Since   time.Time     `json:"since"`
	Message string        `json:"message"` // one line
}

// Changes compares what was wrong with what is: raised began and is to be told,
// cleared is over. A condition that goes on is neither, whatever its message.
// Both are in the order of ConditionTypes, then by what they are about.
func Changes(previous, now []Condition) (raised, cleared []Condition) {
	return without(now, previous), without(previous, now)
}

// Carried is now with the earlier Since of each condition that goes on. It is
// what is kept for the next comparison, less what could not be told.
func Carried(previous, now []Condition) []Condition {
	since := map[[2]string]time.Time{}
	for _, c := range previous {
		since[c.key()] = c.Since
	}
	out := without(now, nil)
	for i, c := range out {
		if t, ok := since[c.key()]; ok {
			out[i].Since = t
		}
	}
	return out
}

func (c Condition) key() [2]string { return [2]string{string(c.Type), c.About} }

// without is list less what other has, each condition once, in order.
func without(list, other []Condition) []Condition {
	seen := map[[2]string]bool{}
	for _, c := range other {
		seen[c.key()] = true
	}
	var out []Condition
	for _, c := range list {
		if !seen[c.key()] {
			seen[c.key()] = true
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b Condition) int {
		if n := slices.Index(ConditionTypes, a.Type) - slices.Index(ConditionTypes, b.Type); n != 0 {
			return n
		}
		return strings.Compare(a.About, b.About)
	})
	return out
}

// OfDelivery is what is wrong with a delivery of the state: its article is held,
// which is one thing for all sinks, or it was given up.
func OfDelivery(d store.Delivery) []Condition {
	switch d.State {
	case store.DeliveryHeld:
		return []Condition{{ArticlesHeld, d.Document, d.Made, d.Document + ": " + d.Reason}}
	case store.DeliveryDead:
		return []Condition{{DeliveryDead, d.ID, d.Ended, fmt.Sprintf("%s, for %s: %s", d.Document, d.Sink, d.Reason)}}
	}
	return nil
}
