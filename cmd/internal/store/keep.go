package store

import (
	"context"
	"time"
)

// Amounts is how much there is of something, or was taken away.
type Amounts struct {
	Rows  int64 `json:"rows"`  // of KindTexts texts: an article and its edition are two; a purge counts the article as one
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

// Kinds are all kinds, in the order in which they are told and pruned.
func Kinds() []Kind {
	return []Kind{KindReplies, KindSettled, KindTexts, KindDeliveries, KindFirings, KindRuns, KindEntries}
}

// Keeper measures what is kept and takes away what is not wanted any more. What
// is open (a run, a firing, a delivery that is held or pending, an article that
// waits) is never taken.
type Keeper interface {
	// Sizes gives what there is of each kind.
	Sizes(ctx context.Context) (map[Kind]Amounts, error)
	// Prune takes away what of a kind is older than before, the oldest first,
	// and, where most is 0 or more, as much more as it takes to hold no more
	// than most bytes of it. With dry it only counts. Others go on writing
	// meanwhile; what was taken away before an error stays away, and is counted.
	//
	// How old a row is, what depends on it, and what stays besides:
	//   - a reply by when its request was sent. Settled answers that came from it
	//     stay: its sentences are answered from them, and asked again only where
	//     they are gone too; then nobody knows any more who used it. Replies of the oldest open run and of any time after
	//     its start stay.
	//   - a settled answer by when it was stored last; those of the first
	//     release by when the database was brought to version 2. Those that came
	//     after the start of the oldest open run stay.
	//   - texts by the last change of their document, whose row stays without
	//     Article and Result: the same input is known, but its edition can
	//     neither be written nor delivered again. They stay while the document
	//     is not final, its run or the firing of it is open, or a delivery of it
	//     is held or pending.
	//   - a firing by its end. The last of a schedule stays, and the last that
	//     was not asked for by hand: the next due time counts from there.
	//   - a delivery by its end. Of one that is forgotten, the same version
	//     would be delivered again if it were added again.
	//   - a run by its end, unless a firing of it is open. Its account stays.
	//   - an entry by when its text was last looked at. What a source still
	//     offers of a forgotten one is new, and bought again.
	Prune(ctx context.Context, k Kind, before time.Time, most int64, dry bool) (Amounts, error)
	// Purge takes away everything about one article, see [Purge], and makes it
	// unreadable as far as the database can: an SQLite file and its log hold
	// nothing of it any more; a PostgreSQL server has dropped its rows, while its
	// own log, its copies and all backups are beyond our reach. An article that is
	// being worked on is an error of code Invalid. Where the amounts come with an
	// error, it is deleted, but may still be readable in a file.
	Purge(ctx context.Context, p Purge) (map[Kind]Amounts, error)
}

// Pruner takes away what of a kind one collection has: articles, and the
// deliveries and firings of a schedule. A Keeper may be one.
type Pruner interface {
	// PruneOf is Keeper.Prune for the collection alone, by age.
	PruneOf(ctx context.Context, collection string, k Kind, before time.Time, dry bool) (Amounts, error)
}

// Purge names what is to be taken away of one article: its row and texts, its
// deliveries, the replies that nothing else has used, and the settled answers
// that come from them. Its entries stay, with digests alone, see [Entry]. So do settled
// answers of the first release, which do not name their exchange, and what other
// articles shared with it before Uses noted that cannot be known.
type Purge struct {
	Collection, Document string   // of its row; "" where it has none (an article of `run`)
	Replies              []string // keys of the exchanges that its edition names; those noted under Article are added
	Article              string   // its name in the uses, see Uses; "" is Collection, a NUL and Document
	Dry                  bool     // only count
}

// SettledUse begins the name of a settled answer among the keys of [Uses]; the
// key of its entry follows. An article that takes a settled answer in place of
// asking uses that answer, not the whole exchange that it came from, which may
// hold every sentence of another article.
const SettledUse = "settled:"

// Uses notes which articles used which replies and settled answers, so that
// one that two articles share is taken away with the second.
type Uses interface {
	// Note stores that an article used the exchanges of these keys.
	Note(ctx context.Context, article string, keys []string) error
	// Of gives the keys that an article used.
	Of(ctx context.Context, article string) ([]string, error)
}
