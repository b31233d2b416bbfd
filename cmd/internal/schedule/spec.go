// Package schedule says what a schedule is, and when it is due: a pure function
// of the time, its zone and its rule. It reads no clock and keeps nothing.
package schedule

import (
	"strings"
	"time"

	"golang.org/x/text/language"

	"dragoman/pipeline"
)

// Spec is one schedule of dragoman.yaml, whole: what another process needs to
// run it in the same way. Secrets are named by file or variable, never held.
// Paths are absolute.
type Spec struct {
	Name string `json:"name"` // letters, digits, "-" and "_"; names its collection for good

	// When. Either Cron or Every.
	Cron    string        `json:"cron,omitempty"`  // five fields, or @daily and the like
	Every   time.Duration `json:"every,omitempty"` // whole seconds, in absolute time, counted from the Unix epoch
	Zone    string        `json:"zone"`            // IANA name; "UTC" by default. Cron's fields are local there
	Missed  Missed        `json:"missed"`          // what became due while nobody was there
	Late    time.Duration `json:"late"`            // how late a due time is still on time, and not missed; 0 stands for the default
	Overlap Overlap       `json:"overlap"`         // what becomes due while the schedule is under way

	// What.
	Sources   []Source          `json:"sources"`
	To        []language.Tag    `json:"to,omitempty"` // these five stand in for the configuration's, where given
	Long      *bool             `json:"long,omitempty"`
	Model     string            `json:"model,omitempty"`
	FailOn    pipeline.Severity `json:"failOn,omitempty"`
	Glossary  string            `json:"glossary,omitempty"`
	MaxCost   *pipeline.Money   `json:"maxCost,omitempty"`   // of one firing
	MaxTokens int               `json:"maxTokens,omitempty"` // of one firing
	MaxItems  int               `json:"maxItems,omitempty"`  // articles taken on in one firing, the oldest first; the rest is taken on by the next; 0 is no limit

	// Where to.
	Deliver Deliver `json:"deliver"`
	Sinks   []Sink  `json:"sinks"`

	// Who is told.
	Alerts Alerts `json:"alerts"`

	// How long.
	Keep Keep `json:"keep"`
}

// Missed is the policy for due times at which nobody was there.
type Missed string

// The policies for missed times. Default is MissedOne.
const (
	MissedOne  Missed = "one"  // one run, for the latest of them
	MissedAll  Missed = "all"  // a run for each, in order, up to MostMissed
	MissedNone Missed = "none" // none
)

// Overlap is the policy for due times while the schedule is under way.
type Overlap string

// The policies for overlap. Default is OverlapSkip. There is never a second run
// at the same time.
const (
	OverlapSkip  Overlap = "skip"
	OverlapQueue Overlap = "queue" // one run after it, for the latest of them
)

// Source is where articles come from: exactly one of Feed, Inbox and URLs.
type Source struct {
	Feed  string   `json:"feed,omitempty"`  // address of an RSS, Atom or JSON feed
	Inbox string   `json:"inbox,omitempty"` // a folder; every file in it that a reader takes is an article
	URLs  []string `json:"urls,omitempty"`  // addresses of pages
	List  string   `json:"list,omitempty"`  // a file of addresses, one a line, read at every firing; goes with URLs

	FullText     FullText      `json:"fullText,omitempty"`    // feeds: whether the entry's page is fetched
	Recheck      time.Duration `json:"recheck,omitempty"`     // feeds with pages, and URLs: how often a known page is looked at again; 0 stands for a day
	MoveTo       string        `json:"moveTo,omitempty"`      // inbox: processed files are moved into this folder; "": they stay and are remembered
	Settle       time.Duration `json:"settle,omitempty"`      // inbox: a file counts once its size and time have not changed for so long; 0 stands for 5 s
	SilentAfter  time.Duration `json:"silentAfter,omitempty"` // nothing new for so long is an alert; 0 is never
	Allow        []string      `json:"allow,omitempty"`       // HOST or HOST:PORT in private networks that may be fetched from
	IgnoreRobots bool          `json:"ignoreRobots,omitempty"`
	MaxItems     int           `json:"maxItems,omitempty"` // entries of one answer that are looked at, the newest first; 0 stands for 500
}

// FullText says whether a feed entry's page is fetched.
type FullText string

// The choices for FullText. Default is FullTextAuto.
const (
	FullTextAuto   FullText = "auto" // where the entry is only a teaser
	FullTextAlways FullText = "always"
	FullTextNever  FullText = "never"
)

// Deliver says what is delivered without a person.
type Deliver string

// The choices for Deliver. Default is DeliverClean.
const (
	DeliverClean  Deliver = "clean"  // what is flagged is held until it is released
	DeliverMarked Deliver = "marked" // what is flagged is delivered too, marked as it is
)

// Sink is where editions go: exactly one of Folder, Webhook and Site.
type Sink struct {
	Name    string `json:"name"` // unique in its schedule; by default its kind
	Folder  string `json:"folder,omitempty"`
	Webhook string `json:"webhook,omitempty"` // address; Standard Webhooks
	Site    string `json:"site,omitempty"`    // a folder that a web server shows

	SecretFile string        `json:"secretFile,omitempty"` // webhook: holds "whsec_…"; or SecretEnv names a variable with it
	SecretEnv  string        `json:"secretEnv,omitempty"`
	GiveUp     time.Duration `json:"giveUp,omitempty"` // webhook: a delivery that nobody takes for so long is dead; 0 stands for 3 days
	Title      string        `json:"title,omitempty"`  // site: of its feeds and pages
	URL        string        `json:"url,omitempty"`    // site: its public address, for the links of its feeds
	Items      int           `json:"items,omitempty"`  // site: articles in a feed and on the index page; 0 stands for 100
}

// Alerts says who is told of what.
type Alerts struct {
	Ping       string `json:"ping,omitempty"` // address in the manner of Healthchecks: /start before, the address itself after success, /fail after failure; or PingFile, as it may be secret
	PingFile   string `json:"pingFile,omitempty"`
	Webhook    string `json:"webhook,omitempty"` // is posted every alert, signed as a sink's
	SecretFile string `json:"secretFile,omitempty"`
	SecretEnv  string `json:"secretEnv,omitempty"`
}

// Keep bounds what is kept; zero values are no bound.
type Keep struct {
	Texts   time.Duration `json:"texts,omitempty"`   // articles and editions of this schedule
	History time.Duration `json:"history,omitempty"` // firings and ended deliveries
}

// Collection is what the documents, entries and deliveries of a schedule belong to.
func Collection(name string) string { return collection + name }

// NameOf is the schedule that a collection belongs to, "" for a batch's.
func NameOf(collected string) string {
	name, ok := strings.CutPrefix(collected, collection)
	if !ok {
		return ""
	}
	return name
}

// collection begins the names of the collections of schedules.
const collection = "schedule:"
