package store

import (
	"context"
	"time"
)

// Amounts is how much there is of something, or was taken away.
type Amounts struct {
	Rows  int64 `json:"rows"`
	Bytes int64 `json:"bytes"` // of texts, as stored
}

// Kind is one sort of thing that is kept.
type Kind string

// The kinds.
const (
	KindReplies    Kind = "replies"    // what a model answered
	KindSettled    Kind = "settled"    // settled answers by sentence
	KindTexts      Kind = "documents"  // articles and their editions; the row that says what became of one stays
	KindFirings    Kind = "firings"    // the history of schedules
	KindDeliveries Kind = "deliveries" // that have ended
	KindRuns       Kind = "runs"       // batch runs that are done
	KindEntries    Kind = "entries"    // the memory of sources; digests only
)

// Keeper measures what is kept and takes away what is not wanted any more. What
// is open (a run, a firing, a delivery that is held or pending, an article that
// waits) is never taken.
type Keeper interface {
	// Sizes gives what there is of each kind.
	Sizes(ctx context.Context) (map[Kind]Amounts, error)
	// Prune takes away what of a kind is older than before, the oldest first,
	// and, where most is 0 or more, as much more as it takes to hold no more
	// than most bytes of it. With dry it only counts.
	Prune(ctx context.Context, k Kind, before time.Time, most int64, dry bool) (Amounts, error)
	// Purge takes away everything about one article, see [Purge].
	Purge(ctx context.Context, p Purge) (map[Kind]Amounts, error)
}

// Purge names what is to be taken away of one article: its row and texts, its
// deliveries, the replies that nothing else has used, and the settled answers
// that come from them. Its entries stay, with digests alone.
type Purge struct {
	Collection, Document string   // of its row; "" where it has none (an article of `run`)
	Replies              []string // keys of the exchanges that its edition names; those noted under Article are added
	Article              string   // its name in the uses, see Uses; "" is Collection, a NUL and Document
	Dry                  bool     // only count
}

// Uses notes which articles used which replies, so that a reply that two
// articles share is taken away with the second.
type Uses interface {
	// Note stores that an article used the exchanges of these keys.
	Note(ctx context.Context, article string, keys []string) error
	// Of gives the keys that an article used.
	Of(ctx context.Context, article string) ([]string, error)
}
