// Package store is what dragoman keeps between runs, behind one URL: replies
// that were paid for, settled answers, an editor's decisions, profiles of
// endpoints, and for batches the runs, their documents, what was spent, and the
// rates of providers.
//
// Three places hold it: a folder of readable files (only what one article
// needs), an SQLite file (the default), and PostgreSQL for several machines.
// Package storetest has the suite that all of them pass.
package store

import (
	"context"
	"encoding/json"
	"iter"
	"time"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/wire"
	"dragoman/pipeline/reuse"
)

// Store is an open state. The parts that a folder does not have are nil.
type Store struct {
	Ledger    llm.Ledger
	Settled   reuse.Store
	Decisions Decisions
	Profiles  Profiles

	Runs      Runs       // nil in a folder
	Documents Documents  // nil in a folder
	Purse     wire.Purse // nil in a folder
	Rates     wire.Rates // nil in a folder

	// What schedules need; all nil in a folder.
	Schedules  Schedules
	Places     Places
	Firings    Firings
	Entries    Entries
	Sources    Sources
	Deliveries Deliveries
	Locks      Locks

	Uses   Uses   // nil in a folder
	Keeper Keeper // what is taken away again; nil in a folder

	Version int // of its tables, which opening brings up to date; 0 in a folder

	Close func() error // what is not durable yet becomes so; closing twice does no harm
}

// Decisions remembers what an editor decided. Ids are digests of the text, so
// a decision holds wherever that sentence comes again, and nowhere else.
type Decisions interface {
	// Recall gives what was decided so far; nil where nothing was.
	Recall(ctx context.Context) (*pipeline.Decisions, error)
	// Remember lays the given decisions over the earlier ones, in one step even
	// beside another process, and gives what holds from now on. The state
	// "open" takes an earlier decision back.
	Remember(ctx context.Context, given *pipeline.Decisions) (*pipeline.Decisions, error)
}

// Profiles keeps what doctor found out about a model of an endpoint.
type Profiles interface {
	Load(ctx context.Context, baseURL, model string) (p llm.Profile, stored bool, err error)
	Save(ctx context.Context, baseURL, model string, p llm.Profile) error
}

// RunState is where a run stands.
type RunState string

// The states of a run. A run that is open was killed, interrupted, stopped by a
// cap or an outage, or is under way; the same command goes on with it.
const (
	RunOpen RunState = "open"
	RunDone RunState = "done"
)

// Run is one batch run: from its start to the moment when every article of it
// has ended, however often it was interrupted. Its spending is one account.
type Run struct {
	ID         string          `json:"id"`         // "r-" and 12 hexadecimal digits
	Collection string          `json:"collection"` // what its documents belong to
	Out        string          `json:"out"`        // output folder, absolute
	Plan       json.RawMessage `json:"plan"`       // the settings, for workers: package batch's
	State      RunState        `json:"state"`
	Started    time.Time       `json:"started"`
	Ended      time.Time       `json:"ended"` // zero while open
}

// Runs keeps batch runs.
type Runs interface {
	// Begin goes on with the open run of a collection, with the plan given, or
	// opens a new one. Resumed says which.
	Begin(ctx context.Context, collection, out string, plan json.RawMessage) (run Run, resumed bool, err error)
	// Update changes the stored run of this id: state, ended, plan.
	Update(ctx context.Context, run Run) error
	// List gives the runs, newest first.
	List(ctx context.Context, f RunFilter) ([]Run, error)
}

// RunFilter says which runs are listed; empty fields are every one.
type RunFilter struct {
	ID, Collection string
	State          RunState
	Limit          int // 0 is no limit
}

// DocState is what became of one article.
type DocState string

// The states of a document.
const (
	DocWaiting DocState = "waiting" // to be worked on
	DocDone    DocState = "done"    // an edition, and nothing gates
	DocFlagged DocState = "flagged" // an edition with a failed sentence or a gating finding
	DocFailed  DocState = "failed"  // no edition: empty, not English, unreadable, nothing usable came
	DocStopped DocState = "stopped" // the work ended early: cap, outage, interrupt, cancel; goes on with the next run
)

// Final reports whether nothing more is to be done for a document in this run.
func (s DocState) Final() bool { return s == DocDone || s == DocFlagged || s == DocFailed }

// Document is what is kept of one article of a collection.
type Document struct {
	Collection string          `json:"collection"`
	ID         string          `json:"id"`       // of the article; unique in its collection
	Folder     string          `json:"folder"`   // name of its output folder; unique in its collection, also without regard to case
	Origin     string          `json:"origin"`   // where it was read: a path, a path and line, "-"
	Input      string          `json:"input"`    // digest of the article as it was read
	Settings   string          `json:"settings"` // digest of everything else that an edition depends on
	Run        string          `json:"run"`      // that last took it on
	State      DocState        `json:"state"`
	Afresh     bool            `json:"afresh"`  // failed sentences are asked again
	Report     json.RawMessage `json:"report"`  // account of the result: package batch's; null before
	Written    string          `json:"written"` // digest of the result whose files stand in the output folder; "" before
	Updated    time.Time       `json:"updated"`

	Article []byte `json:"-"` // the article as it was read, as JSON; not loaded by lists
	Result  []byte `json:"-"` // document.json; not loaded by lists
}

// Documents keeps the articles of collections. Article and Result are stored
// compressed. Put writes all rows or none.
type Documents interface {
	// Put stores documents. A row that is there is replaced, but for an
	// Article or Result that is nil: it stays.
	Put(ctx context.Context, docs ...*Document) error
	// Get gives the documents of these ids, without Article and Result, or
	// with them where whole is set. What is not there is left out.
	Get(ctx context.Context, collection string, ids []string, whole bool) (map[string]*Document, error)
	// List gives documents by collection and id, without Article and Result;
	// collection "" is every collection's, run "" every run's, no state every
	// state. Memory stays flat.
	List(ctx context.Context, collection, run string, states ...DocState) iter.Seq2[*Document, error]
}

// Damaged is what a ledger can tell besides: the names of stored exchanges that
// its handle met and could not read. They count as not stored.
type Damaged interface {
	Damaged() []string
}
