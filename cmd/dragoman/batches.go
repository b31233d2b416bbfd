package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"dragoman/cmd/internal/config"
	"dragoman/cmd/internal/jobs"
	"dragoman/pipeline/llm/batchapi"
)

// batches is the Batch API of the endpoint in the place of the network, and
// the lock on what it keeps: one process at a time sends batches.
type batches struct {
	*batchapi.Transport
	lock *flock.Flock
}

// batchesLocked says that another process sends batches.
type batchesLocked struct{ folder string }

// Error says so.
func (e *batchesLocked) Error() string {
	return "another process sends batches to this endpoint from the same state (" + e.folder + ")"
}

// lockedHint is its remedy.
const lockedHint = "wait for it, stop it, or use another state; batches that are under way stay so"

// How often a server on this machine is looked at: it costs nothing there, and
// batches end soon.
const (
	localQuiet     = 300 * time.Millisecond
	localAge       = 5 * time.Second
	localPollFirst = 200 * time.Millisecond
	localPollMost  = 5 * time.Second
)

// openBatches puts the Batch API in front of a network. What is under way is
// kept beside the state, by endpoint.
func openBatches(cfg *config.Config, live http.RoundTripper, note func(string)) (*batches, error) {
	if err := batchesPossible(cfg); err != nil {
		return nil, err
	}
	place, err := batchesPlace(cfg.State)
	if err != nil {
		return nil, err
	}
	url := strings.TrimRight(cfg.BaseURL, "/")
	sum := sha256.Sum256([]byte(url))
	place = filepath.Join(place, hex.EncodeToString(sum[:6]))
	state, err := batchapi.OpenFolder(place)
	if err != nil {
		return nil, err
	}
	lock := flock.New(filepath.Join(place, "lock"), flock.SetPermissions(0o600))
	switch ok, err := lock.TryLock(); {
	case err != nil:
		return nil, stateError(fmt.Errorf("locking the batches: %w", err))
	case !ok:
		return nil, &batchesLocked{place}
	}
	settings := batchapi.Config{
		BaseURL: url, APIKey: cfg.APIKey, Live: live, State: state, LiveTimeout: cfg.Timeout, Note: note,
		CancelAbandoned: func(cause error) bool { return errors.Is(cause, jobs.ErrCancelled) },
	}
	if isLocal(url) {
		settings.Quiet, settings.Age, settings.PollFirst, settings.PollMost = localQuiet, localAge, localPollFirst, localPollMost
	}
	transport, err := batchapi.New(settings)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return &batches{transport, lock}, nil
}

// batchesPossible refuses settings under which the Batch API cannot be asked,
// before anything is opened.
func batchesPossible(cfg *config.Config) error {
	if cfg.Transport != config.Batch {
		return nil
	}
	if cfg.APIVersion != "" {
		return badUsage("leave --transport batch out", "the Batch API is not asked through Azure's api-version")
	}
	if cfg.NoStoreText {
		return badUsage("leave --transport batch or no-store-text out", "the Batch API answers hours later, also to a process that was started again, and with no-store-text such a one has no texts")
	}
	_, err := batchesPlace(cfg.State)
	return err
}

// batchesPlace is the folder beside a state that keeps what is under way. A
// database that several machines share has none: a batch is known to the one
// that submitted it.
func batchesPlace(state string) (string, error) {
	if strings.Contains(state, "://") {
		return "", badUsage("set DRAGOMAN_STATE to a folder, or use the transport live", "the transport batch needs a state on this machine: batches under way are known to one machine alone")
	}
	if file, ok := strings.CutPrefix(state, "sqlite:"); ok {
		return strings.TrimSuffix(file, filepath.Ext(file)) + "-batches", nil
	}
	return filepath.Join(strings.TrimPrefix(state, "folder:"), "batches"), nil
}

// Close ends the transport; no request may be under way any more. Batches that
// are not at their end stay at the provider, for the next run. Nil is closed.
func (b *batches) Close() error {
	if b == nil {
		return nil
	}
	return errors.Join(b.Transport.Close(), b.lock.Close())
}

// viaBatches opens the Batch API of this process, once. The caller holds mu, or
// nothing is at work yet.
func (p *articleWorker) viaBatches() (*batches, error) {
	if p.batches == nil {
		made, err := openBatches(p.cfg, p.live(), p.patient.say)
		if err != nil {
			return nil, err
		}
		p.batches = made
	}
	return p.batches, nil
}
