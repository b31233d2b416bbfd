package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"dragoman/cmd/internal/schedule"
	"dragoman/cmd/internal/scheduler"
	"dragoman/cmd/internal/sink"
	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
)

// sunk is what of an article was taken out of the sinks of its schedule.
type sunk struct {
	removed []string // paths of files
	notes   []string // what stays where, and why
}

// sinkPurge takes what the sinks of a schedule have of an article, and says what;
// with dry it takes nothing.
type sinkPurge func(ctx context.Context, st *store.Store, collection, document string, dry bool) (sunk, error)

// fromPlaces takes an article away from every folder and site that its schedule
// was ever applied with: also from those of a sink that is gone, and of a schedule
// that is.
func fromPlaces(ctx context.Context, st *store.Store, collection, document string, dry bool) (out sunk, err error) {
	name := schedule.NameOf(collection)
	if name == "" {
		return out, nil
	}
	places, err := placesOf(ctx, st, name)
	if err != nil {
		return out, err
	}
	went, err := delivered(ctx, st, collection, document)
	if err != nil {
		return out, err
	}
	var specs []schedule.Sink
	for _, p := range places {
		spec, note, err := reach(ctx, st, name, document, p, went)
		if err != nil {
			return out, err
		}
		if spec != nil && !slices.ContainsFunc(specs, func(s schedule.Sink) bool { return s.Folder == spec.Folder && s.Site == spec.Site }) {
			specs = append(specs, *spec)
		}
		if note != "" && !slices.Contains(out.notes, note) {
			out.notes = append(out.notes, note)
		}
	}
	targets, err := sink.Targets(specs, sink.Options{})
	if err != nil {
		return out, err
	}
	out.removed, err = (&sink.Courier{Targets: targets}).Remove(ctx, document, dry)
	return out, err
}

// How long a round of deliveries that is under way is waited for: a sink works for
// a minute in one, and what it has begun it ends.
const (
	roundWait  = 90 * time.Second
	roundPause = 100 * time.Millisecond
)

// still keeps everybody from delivering for a schedule until letGo: a round that
// has read an edition would put it where it was taken away just now.
func still(ctx context.Context, st *store.Store, collection string) (letGo func() error, err error) {
	if st.Locks == nil {
		return func() error { return nil }, nil
	}
	lock, err := waitForLock(ctx, st.Locks, sink.LockName(collection), roundPause, roundWait)
	switch {
	case err != nil:
		return nil, fmt.Errorf("keeping the deliveries of %s still: %w", collection, err)
	case lock == nil:
		return nil, &pipeline.Error{
			Code: pipeline.Unavailable, Hint: "run it again when they are done; nothing was taken away",
			Err: fmt.Errorf("deliveries of the schedule %s are under way", schedule.NameOf(collection)),
		}
	}
	return lock.Close, nil
}

// placesOf are the places of a schedule: those of today first, and those that it
// was applied with before.
func placesOf(ctx context.Context, st *store.Store, name string) ([]store.Place, error) {
	before, err := st.Places.Of(ctx, name)
	if err != nil {
		return nil, err
	}
	row, found, err := scheduler.Find(ctx, st.Schedules, name)
	if err != nil || !found {
		return before, err
	}
	spec, err := scheduler.SpecOf(row)
	if err != nil {
		return nil, err
	}
	return append(scheduler.PlacesOf(spec), before...), nil
}

// reach says how to take an article away from a place: by the sink there, or why
// not by any.
func reach(ctx context.Context, st *store.Store, name, document string, p store.Place, went deliveredTo) (spec *schedule.Sink, note string, err error) {
	switch word := went.word(p.Name); {
	case p.Kind == store.PlaceMoved:
		return nil, "", nil
	case p.Kind == store.PlaceWebhook && word != "":
		return nil, fmt.Sprintf("it %s sent to the webhook %s, where nothing can be taken back: tell who receives it", word, p.Name), nil
	case p.Kind == store.PlaceWebhook:
		return nil, "", nil
	default:
		if _, err := os.Stat(p.Path); errors.Is(err, fs.ErrNotExist) {
			if word != "" {
				note = fmt.Sprintf("there is no folder %s, into which it %s delivered: if it was moved or copied, remove the article there by hand", p.Path, perhaps)
			}
			return nil, note, nil
		}
	}
	other, err := shownFor(ctx, st, name, document, p.Path)
	if err != nil || other != "" {
		return nil, fmt.Sprintf("in %s it is the schedule %s's too, and stays: dragoman purge %s --collection %s", p.Path, other, document, schedule.Collection(other)), err
	}
	spec = &schedule.Sink{}
	if err := json.Unmarshal(p.Spec, spec); err != nil {
		return nil, "", fmt.Errorf("reading where %s delivered: %w", name, err)
	}
	return spec, "", nil
}

// shownFor is another schedule that delivers into the same folder, and has an
// article of the same id; "" where none does.
func shownFor(ctx context.Context, st *store.Store, name, document, path string) (string, error) {
	rows, err := st.Schedules.List(ctx)
	if err != nil {
		return "", err
	}
	for _, row := range rows {
		spec, err := scheduler.SpecOf(row)
		if err != nil {
			return "", err
		}
		if row.Name == name || !slices.ContainsFunc(spec.Sinks, func(s schedule.Sink) bool { return s.Folder == path || s.Site == path }) {
			continue
		}
		has, err := st.Documents.Get(ctx, schedule.Collection(row.Name), []string{document}, false)
		if err != nil {
			return "", err
		}
		if len(has) > 0 {
			return row.Name, nil
		}
	}
	return "", nil
}

// deliveredTo says to which sinks an article went, by their names; nil where
// nobody knows any more, as its deliveries were pruned.
type deliveredTo map[string]string

const (
	surely  = "was"
	perhaps = "may have been"
)

// word says what is known of a sink, "" where nothing went there.
func (d deliveredTo) word(sink string) string {
	if d == nil {
		return perhaps
	}
	return d[sink]
}

// delivered says to which sinks an article went.
func delivered(ctx context.Context, st *store.Store, collection, document string) (deliveredTo, error) {
	went, any := deliveredTo{}, false
	for d, err := range st.Deliveries.List(ctx, store.DeliveryFilter{Collection: collection, Document: document}) {
		switch any = true; {
		case err != nil:
			return nil, err
		case d.State == store.DeliveryDone:
			went[d.Sink] = surely
		case went[d.Sink] == "" && (d.Attempts > 0 || d.State == store.DeliveryPending):
			went[d.Sink] = perhaps // an answer may be lost, and a process that died says nothing
		}
	}
	if any {
		return went, nil
	}
	rows, err := st.Documents.Get(ctx, collection, []string{document}, false)
	if row := rows[document]; err != nil || row != nil && row.State != store.DocDone && row.State != store.DocFlagged {
		return went, err // without an edition
	}
	return nil, nil
}
