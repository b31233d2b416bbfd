// Package account is what a firing of a schedule tells afterwards: what its
// sources offered, what became of the articles, what is held and why, what it
// cost, and what is wrong. It is kept as JSON with the firing, and holds no text
// of an article.
package account

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
)

// Account is the account of one firing, over all processes that worked on it.
type Account struct {
	Looked     time.Time                 `json:"looked"` // when the sources were looked at last; zero: not yet
	Sources    []Source                  `json:"sources"`
	Articles   map[store.DocState]int    `json:"articles"` // that the firing took on; a state without any may be left out
	Waiting    int                       `json:"waiting"`  // articles left to the next firing by the limit of one
	Failed     []Failed                  `json:"failed"`   // articles of this firing that no edition came of
	Held       []Held                    `json:"held"`     // by this firing
	Calls      int                       `json:"calls"`    // sent
	Stored     int                       `json:"stored"`   // calls answered from stored replies
	Usage      pipeline.Usage            `json:"usage"`    // of the calls sent
	Cost       []pipeline.Money          `json:"cost"`     // one a currency; of the calls with a known price
	Unpriced   int                       `json:"unpriced"` // calls whose price is unknown
	Findings   map[pipeline.Severity]int `json:"findings"`
	Sinks      []Sink                    `json:"sinks"`
	Exit       int                       `json:"exit"`       // the code that `schedule run` ends with for it
	Problem    string                    `json:"problem"`    // what ended the work early; "" where it came to its end
	Conditions []Condition               `json:"conditions"` // that held at its end, of the schedule as a whole
}

// Source is what one source offered.
type Source struct {
	Name     string   `json:"name"`     // its address or path
	Offered  int      `json:"offered"`  // entries, files or pages
	New      int      `json:"new"`      // articles never met before
	Changed  int      `json:"changed"`  // new versions of known articles
	Known    int      `json:"known"`    // nothing to do
	Waiting  int      `json:"waiting"`  // files that are still being written
	Left     int      `json:"left"`     // left to the next look by the source's limit
	Ignored  int      `json:"ignored"`  // files that no reader takes, told of for the first time
	Problems []string `json:"problems"` // of single entries, each with its name
	Notes    []string `json:"notes"`    // what a person should know of it
	Error    string   `json:"error"`    // why the source as a whole was not read; "" where it was
}

// Failed is an article without an edition.
type Failed struct {
	Document string `json:"document"` // its id
	Reason   string `json:"reason"`   // see Why
}

// Held is an edition that waits for a person.
type Held struct {
	Document string `json:"document"` // id of its article
	Sink     string `json:"sink"`
	Delivery string `json:"delivery"` // id, which releases it
	Reason   string `json:"reason"`   // checks and counts, such as "1 sentence failed; T03 major"
}

// Sink is what became of the deliveries to one sink.
type Sink struct {
	Name       string                      `json:"name"`
	Deliveries map[store.DeliveryState]int `json:"deliveries"` // a state without any may be left out
}

// Read reads what Encode made; nothing at all and null are the empty account.
// Fields of a later version are passed over.
func Read(raw json.RawMessage) (Account, error) {
	var a Account
	if len(bytes.TrimSpace(raw)) == 0 {
		return a, nil
	}
	if err := json.Unmarshal(raw, &a); err != nil {
		return Account{}, fmt.Errorf("reading the account of a firing: %w", err)
	}
	return a, nil
}

// Encode makes the JSON that is kept and that --json prints. Lists and maps are
// never null in it, and sources are named as SourceName shows them.
func (a Account) Encode() (json.RawMessage, error) {
	a.Sources, a.Sinks = slices.Clone(a.Sources), slices.Clone(a.Sinks)
	for i, s := range a.Sources {
		a.Sources[i].Name, a.Sources[i].Problems, a.Sources[i].Notes = SourceName(s.Name), orEmpty(s.Problems), orEmpty(s.Notes)
	}
	for i, s := range a.Sinks {
		a.Sinks[i].Deliveries = orMade(s.Deliveries)
	}
	a.Sources, a.Held, a.Cost, a.Sinks = orEmpty(a.Sources), orEmpty(a.Held), orEmpty(a.Cost), orEmpty(a.Sinks)
	a.Failed, a.Conditions = orEmpty(a.Failed), orEmpty(a.Conditions)
	a.Articles, a.Findings = orMade(a.Articles), orMade(a.Findings)
	raw, err := json.Marshal(a)
	if err != nil {
		return nil, fmt.Errorf("encoding the account of a firing: %w", err)
	}
	return raw, nil
}

func orEmpty[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

func orMade[K comparable, V any](m map[K]V) map[K]V {
	if m == nil {
		return map[K]V{}
	}
	return m
}

// Pay adds what calls cost.
func (a *Account) Pay(costs ...pipeline.Money) {
	sums := map[string]int64{}
	for _, m := range slices.Concat(a.Cost, costs) {
		sums[m.Currency] += m.Micros
	}
	a.Cost = nil
	for _, currency := range slices.Sorted(maps.Keys(sums)) {
		a.Cost = append(a.Cost, pipeline.Money{Micros: sums[currency], Currency: currency})
	}
}

// Deliver counts deliveries to a sink.
func (a *Account) Deliver(sink string, state store.DeliveryState, n int) {
	i := slices.IndexFunc(a.Sinks, func(s Sink) bool { return s.Name == sink })
	if i < 0 {
		i = len(a.Sinks)
		a.Sinks = append(a.Sinks, Sink{Name: sink})
	}
	if a.Sinks[i].Deliveries == nil {
		a.Sinks[i].Deliveries = map[store.DeliveryState]int{}
	}
	a.Sinks[i].Deliveries[state] += n
}

// Taken is how many articles the firing took on.
func (a Account) Taken() int { return sum(a.Articles) }

// Quiet reports whether there was nothing new, and nothing is wrong that has not
// been told before: what --quiet says nothing about. Of items that cannot be
// used the exit code says whether one is new.
func (a Account) Quiet() bool {
	return a.Taken() == 0 && a.Waiting == 0 && a.Calls == 0 && len(a.Held) == 0 && a.Exit == 0 && a.Problem == "" &&
		a.delivered() == 0 && !a.offersNew() &&
		!slices.ContainsFunc(a.Sources, func(s Source) bool { return s.Error != "" || s.Ignored > 0 })
}

// delivered counts deliveries of every state.
func (a Account) delivered() int {
	n := 0
	for _, s := range a.Sinks {
		n += sum(s.Deliveries)
	}
	return n
}

func sum[K comparable](m map[K]int) int {
	n := 0
	for _, v := range m {
		n += v
	}
	return n
}
