// Package source looks at the sources of a schedule (feeds, inbox folders, lists of
// addresses) and says what is new in them.
//
// # What is new
//
// A thing is known by its key (the canonical link, a feed's own id, a path) and by
// its content: the text as a person reads it, without dates, ids, addresses and
// keywords. Where the content is known, under whatever key, nothing is new. Where
// the key is known with another content than the one it had last, its article has
// changed: the same document in a new version, also where an earlier text comes
// back. A key that came to a document only because it offered the same text (a copy
// under another address) and then changes begins a document of its own, so that two
// articles that once looked alike (a notice in place of both) are never mixed.
//
// # Order
//
// Poll reads and stores nothing. Its caller stores the articles, and then calls
// Commit, which remembers the entries first and the source's ETag last. A process
// that dies in between leaves a source whose next poll finds the same articles with
// the same ids. Sources of one collection are polled and committed one after the
// other: what one offers is known to the next.
//
// An ETag, or a digest of the bytes, is remembered only where the answer was taken
// in as a whole: nothing of it was cut, and nothing of it was a problem.
package source

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"dragoman/cmd/internal/fetch"
	"dragoman/cmd/internal/schedule"
	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
)

// What holds where a source does not say otherwise, see schedule.Source.
const (
	Recheck  = 24 * time.Hour
	Settle   = 5 * time.Second
	MaxItems = 500
)

const (
	// longestRest bounds how long a source that asks for it is left alone: a
	// mistake in a header must not end a schedule.
	longestRest = 24 * time.Hour
	// mostText bounds the text that one poll holds; what is more is left for
	// the next.
	mostText = 32 << 20
)

// Getter fetches pages; *fetch.Client is one.
type Getter interface {
	Get(ctx context.Context, r fetch.Request) (*fetch.Page, error)
}

// Poller looks at the sources of one schedule.
type Poller struct {
	Fetch      Getter
	Entries    store.Entries
	Sources    store.Sources
	Collection string
	Now        func() time.Time // nil is the clock
	Eager      bool             // pages of a list, and those that failed, are asked for whether or not they are due: somebody wants it now
}

// Kind is the sort of a source.
type Kind string

// The kinds of source.
const (
	Feed  Kind = "feed"
	Inbox Kind = "inbox"
	URLs  Kind = "urls"
)

// Why says why an article is in a poll.
type Why string

// The reasons.
const (
	New     Why = "new"
	Changed Why = "changed" // a new version of a document
)

// Item is one article that is to be worked on.
type Item struct {
	Key      string
	Document string // id of the article; the same whenever the same thing is met
	Why      Why
	Article  *pipeline.Article // with Document as its ID
	URL      string            // where it is published, or its path
	Title    string
}

// Problem is something that was offered and could not be read. It is tried again.
type Problem struct {
	Key   string
	Line  string    // what is wrong and what to do, in one line
	Since time.Time // when it was met first
	Tries int       // so far
}

// Poll is what a source had to say.
type Poll struct {
	Name       string // of the source
	Kind       Kind
	Items      []Item        // new and changed articles, the oldest first
	Known      int           // offered, and nothing is new about them
	Left       int           // offered, and left for the next poll
	Waiting    int           // files that are still being written
	Ignored    int           // files that no reader takes, and that were not told of before; a note names them
	Problems   []Problem     // what could not be read
	Notes      []string      // what a person should know, a line each
	NotChanged bool          // the source says, or shows, that it is as it was
	Skipped    bool          // it was not looked at, as it asked to be left alone for a while
	Silent     time.Duration // over 0: nothing new for so long, which is longer than its SilentAfter
	Failure    string        // why it could not be read at all, in one line; "" where it could

	state   store.Source
	extra   extra
	whole   bool // all that was offered is taken in
	entries []store.Entry
	moves   []file
	inbox   *inbox
}

// extra is what a source's state holds besides.
type extra struct {
	Offered  int             `json:"offered,omitempty"`  // things in the last answer
	Recheck  time.Time       `json:"recheck,omitzero"`   // when the first of its pages is to be looked at again
	Settings string          `json:"settings,omitempty"` // what of the schedule an unchanged answer depends on
	Tries    map[string]try  `json:"tries,omitempty"`    // what could not be read, by key
	Growing  map[string]seen `json:"growing,omitempty"`  // files that were still being written
	Unmoved  string          `json:"unmoved,omitempty"`  // why files could not be moved
	Ignored  []string        `json:"ignored,omitempty"`  // digests of the names of files that no reader takes, and that were told of
}

// Name is the name under which a source's state is kept: the feed's address, the
// inbox's path, the list's path, or the first address.
func Name(src schedule.Source) string {
	switch {
	case src.Feed != "":
		return src.Feed
	case src.Inbox != "":
		return src.Inbox
	case src.List != "":
		return src.List
	case len(src.URLs) > 0:
		return src.URLs[0]
	}
	return ""
}

// Poll looks at a source and stores nothing. An error says that the source could
// not be read at all; there is a Poll with it, whose Commit remembers since when and
// why. Where the context ended or the store failed there is none.
func (p *Poller) Poll(ctx context.Context, src schedule.Source) (*Poll, error) {
	poll := &Poll{Name: Name(src), whole: true}
	state, _, err := p.Sources.Load(ctx, p.Collection, poll.Name)
	if err != nil {
		return nil, fmt.Errorf("loading the state of %s: %w", poll.Name, err)
	}
	now := p.now()
	state.Collection, state.Name = p.Collection, poll.Name
	if len(state.Extra) > 0 {
		if err := json.Unmarshal(state.Extra, &poll.extra); err != nil {
			poll.note("what was remembered of the source cannot be read and is left: %v", err)
		}
	}
	poll.state = state
	defer func() { poll.silent(src.SilentAfter, now) }()
	if now.Before(state.NotBefore) {
		poll.Kind, poll.Skipped, poll.Known = kindOf(src), true, poll.extra.Offered
		poll.note("not looked at: it asked to be left alone until %s", state.NotBefore.UTC().Format(time.RFC3339))
		return poll, nil
	}
	poll.state.Looked, poll.state.NotBefore = now, time.Time{}
	before, beforeExtra := poll.state, poll.extra
	switch poll.Kind = kindOf(src); poll.Kind {
	case Feed:
		err = p.feed(ctx, src, poll)
	case Inbox:
		err = p.folder(ctx, src, poll)
	default:
		err = p.addresses(ctx, src, poll)
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if state, ok := errors.AsType[*stateError](err); ok {
		return nil, state.err
	}
	if err != nil {
		before.NotBefore = poll.state.NotBefore
		poll.state, poll.extra = before, beforeExtra
		poll.fail(err, now)
		return poll, err
	}
	poll.state.Failing, poll.state.Failure = time.Time{}, ""
	poll.extra.Offered = len(poll.Items) + poll.Known + len(poll.Problems)
	return poll, nil
}

func kindOf(src schedule.Source) Kind {
	switch {
	case src.Feed != "":
		return Feed
	case src.Inbox != "":
		return Inbox
	}
	return URLs
}

// stateError is an error of the store: it says nothing of the source.
type stateError struct{ err error }

func (e *stateError) Error() string { return e.err.Error() }

// fail keeps what was known of a source that cannot be read.
func (poll *Poll) fail(err error, now time.Time) {
	poll.Failure = Line(err)
	poll.Items, poll.entries, poll.moves, poll.Known, poll.Left, poll.Waiting, poll.Ignored = nil, nil, nil, 0, 0, 0, 0
	if poll.state.Failing.IsZero() {
		poll.state.Failing = now
	}
	poll.state.Failure = poll.Failure
	if f, ok := errors.AsType[*fetch.Failure](err); ok {
		poll.rest(f.NotBefore, now)
	}
}

// rest notes that a source asked to be left alone.
func (poll *Poll) rest(until, now time.Time) {
	if latest := now.Add(longestRest); until.After(latest) {
		until = latest
	}
	if until.After(now) && until.After(poll.state.NotBefore) {
		poll.state.NotBefore = until
	}
}

func (poll *Poll) silent(after time.Duration, now time.Time) {
	if poll.state.Fresh.IsZero() {
		poll.state.Fresh = now // silence counts from the first look
	}
	if quiet := now.Sub(poll.state.Fresh); after > 0 && len(poll.Items) == 0 && quiet > after {
		poll.Silent = quiet
	}
}

func (poll *Poll) note(format string, args ...any) {
	poll.Notes = append(poll.Notes, oneLine(fmt.Sprintf(format, args...)))
}

// Leave leaves the items of some documents for the next poll, which finds them
// new once more.
func (poll *Poll) Leave(dropped map[string]bool) {
	items := len(poll.Items)
	poll.Items = slices.DeleteFunc(slices.Clone(poll.Items), func(i Item) bool { return dropped[i.Document] })
	if len(poll.Items) == items {
		return
	}
	poll.Left += items - len(poll.Items)
	poll.whole = false
	poll.entries = slices.DeleteFunc(slices.Clone(poll.entries), func(e store.Entry) bool { return dropped[e.Document] }) // and those that are known because of it
	poll.moves = slices.DeleteFunc(slices.Clone(poll.moves), func(f file) bool { return dropped[f.document] })
}

// Commit remembers what was polled, once the articles of its items are stored. It
// moves the files of an inbox; one that cannot be moved is a note, and a problem of
// the next poll, which tries again. Errors are those of the store.
func (p *Poller) Commit(ctx context.Context, poll *Poll) error {
	if entries := latest(poll.entries); len(entries) > 0 {
		if err := p.Entries.Remember(ctx, entries...); err != nil {
			return fmt.Errorf("remembering what %s offered: %w", poll.Name, err)
		}
	}
	if poll.inbox != nil {
		poll.extra.Unmoved = ""
		if err := poll.inbox.move(poll.moves); err != nil {
			poll.extra.Unmoved = Line(err)
			poll.note("%s", poll.extra.Unmoved)
		}
	}
	state := poll.state
	if len(poll.Items) > 0 {
		state.Fresh = p.now()
	}
	if !poll.whole {
		state.Tag, state.Modified, state.Digest = "", "", ""
	}
	var err error
	if state.Extra, err = json.Marshal(poll.extra); err != nil {
		return fmt.Errorf("writing the state of %s: %w", poll.Name, err)
	}
	if err := p.Sources.Save(ctx, state); err != nil {
		return fmt.Errorf("saving the state of %s: %w", poll.Name, err)
	}
	return nil
}

// latest leaves the last entry of each key.
func latest(entries []store.Entry) []store.Entry {
	at := map[string]int{}
	var out []store.Entry
	for _, e := range entries {
		if i, again := at[e.Key]; again {
			out[i] = e
			continue
		}
		at[e.Key] = len(out)
		out = append(out, e)
	}
	return out
}

func (p *Poller) now() time.Time {
	if p.Now != nil {
		return p.Now()
	}
	return time.Now()
}

// Line is an error in one line: what is wrong, and what to do.
func Line(err error) string {
	line := err.Error()
	if e, ok := errors.AsType[*pipeline.Error](err); ok && e.Hint != "" {
		line += " (" + e.Hint + ")"
	}
	return oneLine(line)
}

// longestLine bounds a line of the history, in bytes.
const longestLine = 600

// oneLine is a text without line breaks and what a terminal would obey.
func oneLine(s string) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }), " ")
	if len(s) > longestLine {
		return strings.ToValidUTF8(s[:longestLine], "") + "…"
	}
	return s
}

func invalid(unit, hint, format string, args ...any) error {
	return &pipeline.Error{Code: pipeline.Invalid, Stage: "poll", Unit: unit, Hint: hint, Err: fmt.Errorf(format, args...)}
}
