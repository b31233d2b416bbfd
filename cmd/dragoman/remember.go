package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/gofrs/flock"

	"dragoman/cmd/internal/config"
	"dragoman/cmd/internal/outdir"
	"dragoman/pipeline"
)

// decisionsFile is the file in the state folder that remembers what an editor
// decided. Ids are digests of the sentence's text and of the change or the
// finding, so a decision holds wherever that sentence comes again, and nowhere
// else.
const decisionsFile = "decisions.json"

// decisionsVersion is the version of the file's format.
const decisionsVersion = 1

// undecided is the state in a --decisions file that takes an earlier decision
// back.
const undecided = "open"

// keptDecisions is the content of the file.
type keptDecisions struct {
	Version  int                          `json:"version"`
	Edits    map[string]pipeline.Decision `json:"edits"`
	Findings map[string]pipeline.Decision `json:"findings"`
}

// decisions are what holds for a run: what was decided earlier, and over it what
// the file of --decisions says, which is remembered from now on. A replay and
// the pseudo model have no state: there the file alone holds.
func decisions(cfg *config.Config, opts runOptions, given *pipeline.Decisions) (*pipeline.Decisions, error) {
	if opts.Replay != "" || opts.Pseudo {
		return merged(nil, given), nil
	}
	if given == nil || len(given.Edits)+len(given.Findings) == 0 {
		return recalled(cfg.State)
	}
	dir, err := cfg.MakeState()
	if err != nil {
		return nil, stateError(err)
	}
	lock := flock.New(filepath.Join(dir, decisionsFile+".lock"), flock.SetPermissions(0o600))
	if err := lock.Lock(); err != nil { // held for a few milliseconds by whoever remembers too
		return nil, stateError(fmt.Errorf("locking the decisions: %w", err))
	}
	earlier, err := recalled(dir)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	all := merged(earlier, given)
	if err := errors.Join(keep(dir, all), lock.Close()); err != nil {
		return nil, stateError(fmt.Errorf("remembering the decisions: %w", err))
	}
	return all, nil
}

// merged puts later decisions over earlier ones; either may be nil.
func merged(earlier, later *pipeline.Decisions) *pipeline.Decisions {
	if earlier == nil && later == nil {
		return nil
	}
	all := &pipeline.Decisions{Edits: map[string]pipeline.Decision{}, Findings: map[string]pipeline.Decision{}}
	for _, d := range []*pipeline.Decisions{earlier, later} {
		if d == nil {
			continue
		}
		overlay(all.Edits, d.Edits)
		overlay(all.Findings, d.Findings)
	}
	return all
}

func overlay(onto, over map[string]pipeline.Decision) {
	for id, d := range over {
		if d.State == undecided {
			delete(onto, id)
			continue
		}
		onto[id] = d
	}
}

// recalled are the decisions of earlier runs, nil where there are none.
func recalled(dir string) (*pipeline.Decisions, error) {
	name := filepath.Join(dir, decisionsFile)
	b, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, stateError(fmt.Errorf("recalling the decisions: %w", err))
	}
	var kept keptDecisions
	err = json.Unmarshal(b, &kept)
	switch {
	case err != nil:
	case kept.Version != decisionsVersion:
		err = fmt.Errorf("its version is %d, this program knows %d", kept.Version, decisionsVersion)
	default:
		err = errors.Join(known(kept.Edits, "accepted", "rejected"), known(kept.Findings, "waived"))
	}
	if err != nil {
		return nil, &pipeline.Error{
			Code: pipeline.Unavailable, Hint: "mend the file or move it away; nothing was changed",
			Err: fmt.Errorf("reading %s: %w", name, err),
		}
	}
	return &pipeline.Decisions{Edits: kept.Edits, Findings: kept.Findings}, nil
}

// known checks the states of decisions that were kept.
func known(ids map[string]pipeline.Decision, states ...string) error {
	for id, d := range ids {
		if !slices.Contains(states, d.State) {
			return fmt.Errorf("%s has the unknown state %q", id, d.State)
		}
	}
	return nil
}

// keep writes the file anew: whole or not at all, for its user's eyes alone.
func keep(dir string, d *pipeline.Decisions) (err error) {
	b, err := json.MarshalIndent(keptDecisions{Version: decisionsVersion, Edits: d.Edits, Findings: d.Findings}, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, outdir.Temporary+"*") // made with mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, missingIsFine(os.Remove(f.Name())))
		}
	}()
	_, err = f.Write(append(b, '\n'))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), filepath.Join(dir, decisionsFile)); err != nil {
		return err
	}
	if folder, err := os.Open(dir); err == nil {
		_ = folder.Sync() // not every file system syncs folders
		return folder.Close()
	}
	return nil
}

// missingIsFine is the error of taking away a file, but for one that is gone.
func missingIsFine(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
