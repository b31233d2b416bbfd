// Package folder keeps the state in a folder of files that a person can read:
// what one article needs, and nothing of batches.
package folder

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/gofrs/flock"

	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/reuse"
)

// What stands in the folder.
const (
	Replies       = "replies"        // folder: the ledger, one file an exchange
	Settled       = "settled"        // folder: settled answers by sentence
	Profiles      = "profiles"       // folder: what doctor found out
	DecisionsFile = "decisions.json" // what an editor decided
)

// decisionsVersion is the version of the decisions' format.
const decisionsVersion = 1

// Open opens the state in a folder, which is made if need be, for the owner
// only.
func Open(dir string) (*store.Store, error) {
	if err := os.MkdirAll(filepath.Join(dir, Settled), 0o700); err != nil {
		return nil, failed("opening the state folder", err)
	}
	ledger, err := llm.OpenFolder(filepath.Join(dir, Replies))
	if err != nil {
		return nil, err
	}
	settled, err := reuse.NewFolder(filepath.Join(dir, Settled))
	if err != nil {
		return nil, failed("opening the state folder", err)
	}
	return &store.Store{
		Ledger: ledger, Settled: settled, Close: sync.OnceValue(settled.Close),
		Decisions: decisions(dir), Profiles: profiles(filepath.Join(dir, Profiles)),
	}, nil
}

// Holds reports whether a folder has a state in it.
func Holds(dir string) bool {
	for _, name := range []string{Replies, Settled, Profiles, DecisionsFile} {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			return true
		}
	}
	return false
}

// failed is an error of the state folder.
func failed(doing string, err error) error {
	if _, typed := errors.AsType[*pipeline.Error](err); typed || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return &pipeline.Error{
		Code: pipeline.Unavailable, Hint: "set DRAGOMAN_STATE to a folder that can be written",
		Err: fmt.Errorf("%s: %w", doing, err),
	}
}

// profiles are files of package llm, in a folder.
type profiles string

// Load finds a profile. See [store.Profiles].
func (p profiles) Load(ctx context.Context, baseURL, model string) (llm.Profile, bool, error) {
	if err := ctx.Err(); err != nil {
		return llm.Profile{}, false, fmt.Errorf("reading the profile: %w", err)
	}
	return llm.LoadProfile(string(p), strings.TrimRight(baseURL, "/"), model)
}

// Save stores a profile. See [store.Profiles].
func (p profiles) Save(ctx context.Context, baseURL, model string, profile llm.Profile) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("storing the profile: %w", err)
	}
	profile.Endpoint, profile.Model = strings.TrimRight(baseURL, "/"), model
	return llm.SaveProfile(string(p), profile)
}

// decisions is the folder whose file has the decisions.
type decisions string

// kept is the content of the file.
type kept struct {
	Version  int                          `json:"version"`
	Edits    map[string]pipeline.Decision `json:"edits"`
	Findings map[string]pipeline.Decision `json:"findings"`
}

// Recall gives what was decided so far. See [store.Decisions].
func (d decisions) Recall(ctx context.Context) (*pipeline.Decisions, error) {
	const doing = "recalling the decisions"
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	name := filepath.Join(string(d), DecisionsFile)
	b, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, failed(doing, err)
	}
	var k kept
	err = json.Unmarshal(b, &k)
	if err == nil && k.Version != decisionsVersion {
		err = fmt.Errorf("its version is %d, this program knows %d", k.Version, decisionsVersion)
	}
	all := &pipeline.Decisions{Edits: k.Edits, Findings: k.Findings}
	if err == nil {
		err = store.KnownDecisions(all)
	}
	if err != nil {
		return nil, &pipeline.Error{
			Code: pipeline.Unavailable, Hint: "mend the file or move it away; nothing was changed",
			Err: fmt.Errorf("reading %s: %w", name, err),
		}
	}
	return store.Merged(nil, all), nil
}

// Remember lays decisions over the earlier ones. See [store.Decisions].
func (d decisions) Remember(ctx context.Context, given *pipeline.Decisions) (*pipeline.Decisions, error) {
	const doing = "remembering the decisions"
	if given == nil || len(given.Edits)+len(given.Findings) == 0 {
		return d.Recall(ctx)
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	lock := flock.New(filepath.Join(string(d), DecisionsFile+".lock"), flock.SetPermissions(0o600))
	if err := lock.Lock(); err != nil { // held for a few milliseconds by whoever remembers too
		return nil, failed(doing, err)
	}
	all, err := d.over(ctx, given)
	if err := errors.Join(err, lock.Close()); err != nil {
		return nil, failed(doing, err)
	}
	return all, nil
}

// over does the work of Remember; the lock is held.
func (d decisions) over(ctx context.Context, given *pipeline.Decisions) (*pipeline.Decisions, error) {
	earlier, err := d.Recall(ctx)
	if err != nil {
		return nil, err
	}
	all := store.Merged(earlier, given)
	if err := store.KnownDecisions(all); err != nil {
		return nil, err
	}
	return all, d.write(all)
}

// write puts the file in its place: whole or not at all, for its user's eyes
// alone.
func (d decisions) write(all *pipeline.Decisions) (err error) {
	b, err := json.MarshalIndent(kept{Version: decisionsVersion, Edits: all.Edits, Findings: all.Findings}, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(string(d), ".tmp-*") // made with mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(append(b, '\n'))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), filepath.Join(string(d), DecisionsFile)); err != nil {
		return err
	}
	if dir, err := os.Open(string(d)); err == nil {
		_ = dir.Sync() // not every file system syncs folders
		return dir.Close()
	}
	return nil
}
