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
	ArticlesHeld  ConditionType = "articles_held"  // About: the delivery's id
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

// exit codes of the program that a firing can end with, see cmd/dragoman.
const (
	exitBudget = 4
	exitOther  = 2 // and above, but for exitBudget
)

// OfFiring is what the end of a firing itself says is wrong: it failed, or a cap
// or quota was reached.
func (a Account) OfFiring(schedule string, ended time.Time) []Condition {
	c := Condition{Since: ended, Message: fmt.Sprintf("firing of %s ended with exit code %d: %s", schedule, a.Exit, a.Line())}
	switch {
	case a.Exit == exitBudget:
		c.Type = BudgetReached
	case a.Exit >= exitOther:
		c.Type = FiringFailed
	default:
		return nil
	}
	return []Condition{c}
}

// OfSource is what is wrong with a source: it could not be read for longer than
// failingFor (0 is at once), or has had nothing new for longer than silentAfter
// (0 is never).
func OfSource(s store.Source, failingFor, silentAfter time.Duration, now time.Time) []Condition {
	name := SourceName(s.Name)
	if !s.Failing.IsZero() {
		if now.Sub(s.Failing) < failingFor {
			return nil
		}
		return []Condition{{SourceFailing, name, s.Failing, name + " cannot be read: " + s.Failure}}
	}
	if silentAfter <= 0 || s.Fresh.IsZero() || now.Sub(s.Fresh) <= silentAfter {
		return nil
	}
	since := s.Fresh.Add(silentAfter)
	return []Condition{{SourceSilent, name, since, fmt.Sprintf("%s has had nothing new since %s", name, s.Fresh.UTC().Format("2006-01-02 15:04 UTC"))}}
}

// OfDelivery is what is wrong with a delivery of the state: held or given up.
func OfDelivery(d store.Delivery) []Condition {
	switch d.State {
	case store.DeliveryHeld:
		return []Condition{{ArticlesHeld, d.ID, d.Made, fmt.Sprintf("%s is held for %s: %s", d.Document, d.Sink, d.Reason)}}
	case store.DeliveryDead:
		return []Condition{{DeliveryDead, d.ID, d.Ended, fmt.Sprintf("%s was not taken by %s: %s", d.Document, d.Sink, d.Reason)}}
	}
	return nil
}
