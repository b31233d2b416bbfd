package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"iter"
	"strings"
	"time"
)

// Schedule is a schedule as it was applied.
type Schedule struct {
	Name    string          `json:"name"`
	Spec    json.RawMessage `json:"spec"` // package schedule's, whole and without secrets
	Paused  bool            `json:"paused"`
	Since   time.Time       `json:"since"`   // due times count from here: the first apply, or the last resume
	Applied time.Time       `json:"applied"` // last

	Places []Place `json:"-"` // for Apply, which adds them to those that are known, see Places; lists leave them out
}

// Schedules keeps what `schedule apply` was told.
type Schedules interface {
	// Apply stores a schedule, and adds its Places; one that is there keeps
	// Paused and Since.
	Apply(ctx context.Context, s Schedule) error
	// Alter changes a stored schedule in one transaction: f gets it and may
	// change Paused and Since; with remove the row goes, and its history stays.
	// F may be called more than once, and must not use the store. A schedule that
	// is not there is an error of code Invalid.
	Alter(ctx context.Context, name string, f func(s *Schedule) (remove bool)) error
	// List gives the schedules by name.
	List(ctx context.Context) ([]Schedule, error)
}

// PlaceKind is what is brought to a place.
type PlaceKind string

// The kinds of places.
const (
	PlaceFolder  PlaceKind = "folder"  // editions
	PlaceSite    PlaceKind = "site"    // pages of editions
	PlaceWebhook PlaceKind = "webhook" // editions, which nobody takes back
	PlaceMoved   PlaceKind = "moved"   // files that were read out of an inbox
)

// Place is one to which a schedule brings articles, or did before it was applied
// otherwise or removed.
type Place struct {
	Kind PlaceKind
	Name string          // of the sink; of PlaceMoved the inbox
	Path string          // of the folder; "" of a webhook, whose address may be secret
	Spec json.RawMessage // the sink or source, package schedule's; of a webhook without address and secrets
}

// Places remembers every place that a schedule was ever applied with. It is not
// pruned: whatever was brought anywhere is found there again.
type Places interface {
	// Of gives the places of a schedule, also of one that is removed.
	Of(ctx context.Context, schedule string) ([]Place, error)
}

// FiringState is where a firing stands.
type FiringState string

// The states of a firing.
const (
	FiringOpen    FiringState = "open"    // under way, stopped by an outage, or left by a process that died: whoever has the schedule's lock goes on with it
	FiringDone    FiringState = "done"    // came to its end, whatever its account says
	FiringSkipped FiringState = "skipped" // not run, by the policy for missed times or for overlap
)

// Cause says why there is a firing.
type Cause string

// The causes of a firing.
const (
	CauseDue    Cause = "due"    // its time came
	CauseMissed Cause = "missed" // its time came while nobody was there
	CauseManual Cause = "manual" // `schedule trigger`
)

// Firing is one run of a schedule, for one logical time. There is never a second
// of the same schedule and time.
type Firing struct {
	Schedule string          `json:"schedule"`
	Due      time.Time       `json:"due"` // the logical time, whole seconds; of a manual one the moment it was asked for
	Cause    Cause           `json:"cause"`
	State    FiringState     `json:"state"`
	Reason   string          `json:"reason"`           // why it was skipped, or why it is open and not under way
	Run      string          `json:"run"`              // of its articles; "" until there is something to ask
	Started  time.Time       `json:"started,omitzero"` // zero for a skipped one
	Ended    time.Time       `json:"ended,omitzero"`   // zero while open
	Retry    time.Time       `json:"retry,omitzero"`   // not to be gone on with before; zero: at once
	Attempts int             `json:"attempts"`         // processes that took it on
	Report   json.RawMessage `json:"report"`           // its account: package schedule's; null before
}

// FiringFilter says which firings are listed.
type FiringFilter struct {
	Schedule string        // "" is every schedule
	States   []FiringState // none is every state
	Limit    int           // 0 is no limit
}

// Firings keeps the history of schedules.
type Firings interface {
	// Claim stores a firing unless there is one of its schedule and time, and
	// gives what is stored. Made says whether it is the one given.
	Claim(ctx context.Context, f Firing) (stored Firing, made bool, err error)
	// Update changes the stored firing of this schedule and time; where there is
	// none, it is an error of code Invalid.
	Update(ctx context.Context, f Firing) error
	// List gives the firings, the latest logical time first.
	List(ctx context.Context, f FiringFilter) ([]Firing, error)
}

// Entry is what is remembered of one thing that a source offered. It stays when
// the texts of its article are pruned or purged, so that nothing is bought twice.
// Of a purged article it names nothing: Document is a digest, see [Purged], so is
// Key where entries are listed, and Tag and Modified are empty. It is found by its
// key all the same, and stays without names whatever is remembered under that key,
// until another document begins there.
type Entry struct {
	Collection string    `json:"collection"`
	Key        string    `json:"key"`      // what it is known by: the canonical link, the feed's id, the path in an inbox
	Content    string    `json:"content"`  // digest of its text as a person reads it, without dates, ids and addresses
	Offered    string    `json:"offered"`  // digest of what the source itself said of it (a feed's entry), so that its page need not be fetched again; "" where that is the same thing
	Document   string    `json:"document"` // id of its article
	Tag        string    `json:"tag"`      // ETag of its page, where a page was fetched for it
	Modified   string    `json:"modified"` // its Last-Modified
	First      time.Time `json:"first"`    // when it was first met
	Looked     time.Time `json:"looked"`   // when its text was last looked at
}

// purged begins what stands in the place of a name.
const purged = "purged:"

// Purged stands in the place of a name of a purged article: a digest, of which
// nobody reads the name, and that who has the name finds. That of a digest is
// itself.
func Purged(name string) string {
	if IsPurged(name) {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	return purged + hex.EncodeToString(sum[:])
}

// IsPurged reports whether a name is such a digest.
func IsPurged(name string) bool {
	return strings.HasPrefix(name, purged) && len(name) == len(purged)+2*sha256.Size
}

// Entries is the memory of sources. It is found by key and by content.
type Entries interface {
	// Known finds entries of a collection by their keys, and by their contents.
	// Where several entries have one content, the first met counts.
	Known(ctx context.Context, collection string, keys, contents []string) (byKey, byContent map[string]Entry, err error)
	// Remember stores entries, all or none; one of the same key is replaced,
	// but for First.
	Remember(ctx context.Context, entries ...Entry) error
	// All gives the entries of a collection by key.
	All(ctx context.Context, collection string) iter.Seq2[Entry, error]
}

// Source is what is remembered of a source as a whole.
type Source struct {
	Collection string          `json:"collection"`
	Name       string          `json:"name"`      // its address or path
	Tag        string          `json:"tag"`       // ETag of the last answer that was taken in whole
	Modified   string          `json:"modified"`  // its Last-Modified
	Digest     string          `json:"digest"`    // of its bytes: unchanged bytes hold nothing new
	Looked     time.Time       `json:"looked"`    // last, whatever came
	Fresh      time.Time       `json:"fresh"`     // when it last offered something new: silence counts from here
	Failing    time.Time       `json:"failing"`   // since when it cannot be read; zero: it can
	Failure    string          `json:"failure"`   // why
	NotBefore  time.Time       `json:"notBefore"` // it asked not to be looked at earlier (Retry-After, a feed's ttl); zero: it did not
	Extra      json.RawMessage `json:"extra"`     // package source's
}

// Sources keeps the state of sources.
type Sources interface {
	Load(ctx context.Context, collection, name string) (s Source, known bool, err error)
	Save(ctx context.Context, s Source) error
	// List gives the sources of a collection by name; "" is every collection.
	List(ctx context.Context, collection string) ([]Source, error)
}

// DeliveryState is where a delivery stands.
type DeliveryState string

// The states of a delivery.
const (
	DeliveryHeld      DeliveryState = "held"    // a sentence failed or a finding gates: a person releases it
	DeliveryPending   DeliveryState = "pending" // to be delivered, at Next or later
	DeliveryDone      DeliveryState = "delivered"
	DeliveryDead      DeliveryState = "dead"      // given up; `schedule resend` tries again
	DeliveryOverruled DeliveryState = "overruled" // a newer version of the article took its place before it was delivered
)

// Delivery is one version of one article on its way to one sink.
type Delivery struct {
	ID         string        `json:"id"` // a digest of the four below, "msg_" and 32 hexadecimal digits: the same on every try
	Collection string        `json:"collection"`
	Document   string        `json:"document"`
	Version    string        `json:"version"` // digest of the edition, as in Document.Written
	Sink       string        `json:"sink"`    // name of the sink in its schedule
	State      DeliveryState `json:"state"`
	Reason     string        `json:"reason"`   // why it is held, dead, or was not taken at the last try
	Headline   string        `json:"headline"` // of the article, for lists; "" where no text is stored
	Attempts   int           `json:"attempts"`
	Next       time.Time     `json:"next"` // of a pending one: not to be tried before
	Made       time.Time     `json:"made"`
	Ended      time.Time     `json:"ended"` // when it was delivered, given up or overruled; of a pending one when a person sent it on, zero where nobody did
}

// DeliveryFilter says which deliveries are listed; empty fields are every one.
type DeliveryFilter struct {
	Collection, Document, Sink string
	States                     []DeliveryState
	Due                        time.Time // only pending ones whose Next is not after it; zero: all
	Limit                      int       // 0 is no limit
}

// Deliveries keeps what is to be delivered, and what was.
type Deliveries interface {
	// Add stores deliveries that are not there yet, all or none, and makes the
	// held, pending and dead ones of older versions of their articles for the same sink
	// overruled. What is there stays as it is.
	Add(ctx context.Context, deliveries ...Delivery) error
	// Update changes a stored delivery (state, reason, attempts, next, ended)
	// if its state is still from, and reports whether it was.
	Update(ctx context.Context, d Delivery, from DeliveryState) (bool, error)
	// List gives deliveries, the oldest first.
	List(ctx context.Context, f DeliveryFilter) iter.Seq2[Delivery, error]
}

// Lock is a name that one process holds, until it lets go or dies.
type Lock interface {
	// Lost is closed where the lock is not ours any more (the database was
	// away); what it guards must end.
	Lost() <-chan struct{}
	Close() error
}

// Locks are names that one process at a time holds: on one machine files that
// are locked, in a database its own locks. They die with their process.
type Locks interface {
	// Try takes a lock without waiting; held by another, it is nil.
	Try(ctx context.Context, name string) (Lock, error)
}
