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
	FiringFailed    ConditionType = "firing_failed"    // something ended a part of the firing early
	SourceSilent    ConditionType = "source_silent"    // About: the source as SourceName shows it; nothing new for longer than silentAfter
	SourceFailing   ConditionType = "source_failing"   // About: the source as SourceName shows it, which cannot be read
	ItemUnusable    ConditionType = "item_unusable"    // About: the file or entry, as SourceName shows it, that cannot be read; Source is where it is
	ArticleFailed   ConditionType = "article_failed"   // About: the id of an article that no edition came of
	DeliveryDead    ConditionType = "delivery_dead"    // About: the delivery's id
	DeliveryFailing ConditionType = "delivery_failing" // About: the sink, which has taken nothing for a while and is tried again
	ArticlesHeld    ConditionType = "articles_held"    // About: the article's id
	BudgetReached   ConditionType = "budget_reached"   // a cap or the account's quota
)

// ConditionTypes are all of them, in the order in which they are told.
var ConditionTypes = []ConditionType{
	FiringFailed, BudgetReached, SourceFailing, SourceSilent, ItemUnusable, ArticleFailed, DeliveryDead, DeliveryFailing, ArticlesHeld,
}

// Once reports whether a condition of this type is in the exit code of the
// firing that met it first, and in that of no other: what stays as it is for
// weeks must not keep every run from being well.
func (t ConditionType) Once() bool {
	return t == SourceSilent || t == ItemUnusable || t == DeliveryDead || t == DeliveryFailing
}

// Condition is something that is wrong, from Since until it clears. Type and
// About say which; the rest is words about it.
type Condition struct {
	Type    ConditionType `json:"type"`
	About   string        `json:"about"` // "" is the schedule itself
	Since   time.Time     `json:"since"`
	Message string        `json:"message"`          // one line
	Source  string        `json:"source,omitempty"` // of ItemUnusable, as SourceName shows it
	Untold  bool          `json:"untold,omitempty"` // the webhook of alerts has not taken it yet
}

// Changes compares what was wrong with what is: raised began and is to be told,
// cleared is over. A condition that goes on is neither, whatever its message.
// Both are in the order of ConditionTypes, then by what they are about.
func Changes(previous, now []Condition) (raised, cleared []Condition) {
	return without(now, previous), without(previous, now)
}

// Carried is now with the earlier Since of each condition that goes on, and
// whether that is untold. It is what is kept for the next comparison.
func Carried(previous, now []Condition) []Condition {
	earlier := map[[2]string]Condition{}
	for _, c := range previous {
		earlier[c.key()] = c
	}
	out := without(now, nil)
	for i, c := range out {
		if e, ok := earlier[c.key()]; ok {
			out[i].Since, out[i].Untold = e.Since, e.Untold
		}
	}
	return out
}

// Mark sets Untold of those in a list that others has.
func Mark(list, others []Condition, untold bool) {
	marked := map[[2]string]bool{}
	for _, c := range others {
		marked[c.key()] = true
	}
	for i := range list {
		if marked[list[i].key()] {
			list[i].Untold = untold
		}
	}
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
		return []Condition{{Type: ArticlesHeld, About: d.Document, Since: d.Made, Message: d.Document + ": " + d.Reason}}
	case store.DeliveryDead:
		return []Condition{{Type: DeliveryDead, About: d.ID, Since: d.Ended, Message: fmt.Sprintf("%s, for %s: %s", d.Document, d.Sink, d.Reason)}}
	}
	return nil
}
