package batchapi

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Phase is how far a submission has come.
type Phase string

// The phases. Each is saved before the step that follows it.
const (
	Gathered Phase = "gathered" // the file may have been uploaded, under the submission's name
	Uploaded Phase = "uploaded" // the batch may have been created, with the submission's id in its metadata
	Created  Phase = "created"  // the batch is at work
	Ended    Phase = "ended"    // its output waits to be fetched
)

// Submission is one batch on its way.
type Submission struct {
	ID        string    `json:"id"`        // ours: "dragoman-" and 24 hexadecimal digits
	Phase     Phase     `json:"phase"`     // how far it has come
	Model     string    `json:"model"`     // that its lines ask for
	InputFile string    `json:"inputFile"` // the API's id of the file; "" before it is uploaded
	Batch     string    `json:"batch"`     // the API's id of the batch; "" before it is created
	CustomIDs []string  `json:"customIds"` // of the lines whose answers are not in the ledger yet
	Created   time.Time `json:"created"`   // when the lines were gathered
}

// State keeps the submissions that are not delivered yet. What Save returned
// without an error survives a crash. One process uses it at a time; it is safe
// for concurrent use within that.
type State interface {
	// Save stores a submission over an earlier one of its id.
	Save(ctx context.Context, s Submission) error
	// Load gives all submissions, oldest first.
	Load(ctx context.Context) ([]Submission, error)
	// Delete forgets a submission; one that is not there is no error.
	Delete(ctx context.Context, id string) error
}

// NewMemory is a state that lasts as long as the program.
func NewMemory() State { return &memory{all: map[string]Submission{}} }

type memory struct {
	mu  sync.Mutex
	all map[string]Submission
}

func (m *memory) Save(ctx context.Context, s Submission) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	s.CustomIDs = slices.Clone(s.CustomIDs)
	m.all[s.ID] = s
	return nil
}

func (m *memory) Load(ctx context.Context) ([]Submission, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []Submission
	for _, s := range m.all {
		s.CustomIDs = slices.Clone(s.CustomIDs)
		out = append(out, s)
	}
	slices.SortFunc(out, older)
	return out, nil
}

func (m *memory) Delete(ctx context.Context, id string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.all, id)
	return nil
}

func older(a, b Submission) int {
	if c := a.Created.Compare(b.Created); c != 0 {
		return c
	}
	if a.ID < b.ID {
		return -1
	}
	return 1
}
