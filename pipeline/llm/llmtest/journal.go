package llmtest

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/http"
	"time"
)

// Seen is one call in the journal.
type Seen struct {
	Digest    string   // sha256 of the body, in hex
	Task      string   // of dragoman's question: "translate/article"; "" for any other
	To        string   // the target language
	Keys      []string // of the sentences or names asked about
	Sentences []string // their texts
	Status    int      // of the HTTP answer
	Fault     string   // the fault that was put into the answer, or ""
	Streamed  bool
	Batch     string    // the batch that the call was a line of; "" for a call of its own
	Body      []byte    // of the request
	At        time.Time // when it came
	Caller    string    // its API key, by which a test tells processes apart
}

// Tally is the journal in figures. GET /journal gives it as JSON, for a test
// in another process; DELETE /journal empties the journal.
type Tally struct {
	Calls         int           `json:"calls"`         // that came
	Distinct      int           `json:"distinct"`      // different bodies among them
	Repeated      int           `json:"repeated"`      // calls with a body that had come before
	Answered      int           `json:"answered"`      // calls that got status 200: what a provider would charge for
	AnsweredAgain int           `json:"answeredAgain"` // of those, with a body that had been answered before
	Statuses      map[int]int   `json:"statuses"`      // calls that ended, by status; 499: the client went away
	InputTokens   int64         `json:"inputTokens"`   // of the answered calls, as their usage says it
	OutputTokens  int64         `json:"outputTokens"`  // likewise
	MostInSecond  int           `json:"mostInSecond"`  // most calls that came within one second, wherever it begins
	PerSecond     map[int64]int `json:"perSecond"`     // calls that came, by second since 1970
	InFlight      int           `json:"inFlight"`      // open now
	MostInFlight  int           `json:"mostInFlight"`  // open at one time

	Callers map[string]Caller `json:"callers"` // by API key; "" is none
}

// Caller is what came with one API key, by which a test tells processes apart.
type Caller struct {
	Calls    int `json:"calls"`
	InFlight int `json:"inFlight"` // open now
}

// journal keeps the calls. With quiet it forgets all but their figures: some
// 50 bytes for each different body.
type journal struct {
	quiet    bool
	turn     int // counts up when it is emptied
	seen     []Seen
	calls    int
	digests  map[[32]byte]*times
	statuses map[int]int
	input    int64 // tokens of the answered calls
	output   int64
	seconds  map[int64]int
	recent   []time.Time // of the calls of the last second
	busiest  int
	inFlight int
	most     int
	callers  map[string]*Caller
}

// times is how often one body came, and was answered.
type times struct{ calls, answered int32 }

// ticket is a call's place in the journal.
type ticket struct {
	turn, at int
	digest   [32]byte
	caller   *Caller
}

// empty forgets everything but what is open.
func (j *journal) empty() {
	*j = journal{
		quiet: j.quiet, turn: j.turn + 1, inFlight: j.inFlight, most: j.inFlight,
		digests: map[[32]byte]*times{}, statuses: map[int]int{}, seconds: map[int64]int{},
		callers: map[string]*Caller{},
	}
}

// enter notes a call.
func (j *journal) enter(body []byte, q ask, streamed bool, caller string, now time.Time) ticket {
	if j.callers[caller] == nil {
		j.callers[caller] = &Caller{}
	}
	t := ticket{turn: j.turn, at: len(j.seen), digest: sha256.Sum256(body), caller: j.callers[caller]}
	t.caller.Calls++
	t.caller.InFlight++
	if j.digests[t.digest] == nil {
		j.digests[t.digest] = &times{}
	}
	j.digests[t.digest].calls++
	j.calls++
	j.seconds[now.Unix()]++
	j.recent = append(within(j.recent, now, time.Second), now)
	j.busiest = max(j.busiest, len(j.recent))
	j.inFlight++
	j.most = max(j.most, j.inFlight)
	if j.quiet {
		return t
	}
	seen := Seen{Digest: hex.EncodeToString(t.digest[:]), Task: q.task, To: q.to, Status: http.StatusOK, Streamed: streamed, Body: body, At: now, Caller: caller}
	for _, list := range [][]pair{q.sentences, q.names} {
		for _, p := range list {
			seen.Keys = append(seen.Keys, p.key)
			seen.Sentences = append(seen.Sentences, text(p.value))
		}
	}
	j.seen = append(j.seen, seen)
	return t
}

// leave notes how a call ended. A journal emptied meanwhile has no place for
// it any more.
func (j *journal) leave(t ticket, r response) {
	j.inFlight--
	t.caller.InFlight--
	if t.turn != j.turn {
		return
	}
	j.statuses[r.status]++
	if r.status == http.StatusOK {
		j.digests[t.digest].answered++
		j.input += int64(r.prompt)
		j.output += int64(tokens(r.content))
	}
	if !j.quiet {
		j.seen[t.at].Status, j.seen[t.at].Fault = r.status, r.fault
	}
}

// tally is the journal in figures.
func (j *journal) tally() Tally {
	out := Tally{
		Calls: j.calls, Distinct: len(j.digests), Repeated: j.calls - len(j.digests), Statuses: maps.Clone(j.statuses),
		InputTokens: j.input, OutputTokens: j.output, MostInSecond: j.busiest, PerSecond: maps.Clone(j.seconds), InFlight: j.inFlight, MostInFlight: j.most,
		Callers: map[string]Caller{},
	}
	for key, c := range j.callers {
		out.Callers[key] = *c
	}
	for _, n := range j.digests {
		out.Answered += int(n.answered)
		out.AnsweredAgain += max(int(n.answered)-1, 0)
	}
	return out
}

// within drops the times that are a span old or older.
func within(list []time.Time, now time.Time, span time.Duration) []time.Time {
	for len(list) > 0 && now.Sub(list[0]) >= span {
		list = list[1:]
	}
	return list
}

// Requests is the journal: every chat completion call, in order of arrival.
// With Options.Quiet it is empty: see Tally.
func (s *Server) Requests() []Seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Seen(nil), s.journal.seen...)
}

// Tally is the journal in figures.
func (s *Server) Tally() Tally {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.journal.tally()
}

// Count is the number of chat completion calls.
func (s *Server) Count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.journal.calls
}

// Digests counts the calls by the digest of their body: the same bytes asked
// twice count two.
func (s *Server) Digests() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]int{}
	for d, n := range s.journal.digests {
		out[hex.EncodeToString(d[:])] = int(n.calls)
	}
	return out
}

// MaxInFlight is the largest number of calls that were open at one time.
func (s *Server) MaxInFlight() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.journal.most
}

// Reset empties the journal and its counts, and forgets what counts against
// the limits. Faults stay as they are.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.journal.empty()
	s.admitted, s.second = nil, nil
}

func (s *Server) enter(body []byte, q ask, streamed bool, caller string) ticket {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.journal.enter(body, q, streamed, caller, time.Now())
}

// leave closes a call before its answer is written, so that a client that has
// the answer finds it in the journal.
func (s *Server) leave(t ticket, r response) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.journal.leave(t, r)
}

func (s *Server) showJournal(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, s.Tally())
}

func (s *Server) emptyJournal(w http.ResponseWriter, _ *http.Request) {
	s.Reset()
	w.WriteHeader(http.StatusNoContent)
}
