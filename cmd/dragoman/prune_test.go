package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dragoman/cmd/internal/config"
	"dragoman/cmd/internal/schedule"
	"dragoman/cmd/internal/store"
	"dragoman/cmd/internal/store/open"
)

// pruned runs prune, and gives what went by kind, and by the collection of a
// rule.
func (d *careDesk) pruned(args ...string) map[string]int64 {
	d.t.Helper()
	d.want(0, append([]string{"prune", "--json"}, args...)...)
	gone := map[string]int64{}
	for dec := json.NewDecoder(bytes.NewReader(d.stdout.Bytes())); dec.More(); {
		var p pruned
		if err := dec.Decode(&p); err != nil {
			d.t.Fatal(err)
		}
		gone[strings.TrimSpace(string(p.Kind)+" "+p.Collection)] = p.Gone.Rows
	}
	return gone
}

func TestPrune(t *testing.T) {
	d := newCareDesk(t)
	in, out := d.file("in/a.txt", articleText(1)), filepath.Join(d.dir, "out")
	d.want(0, "batch", in, "-o", out)
	d.calls()
	d.want(0, "prune")
	if !strings.Contains(d.stderr.String(), "no policy is set") || !strings.Contains(d.stdout.String(), "replies") || !strings.Contains(d.stdout.String(), "kB") {
		t.Errorf("without a policy: %s%s", d.stderr.String(), d.stdout.String())
	}
	for _, wrong := range [][]string{
		{"--older-than", "soon"}, {"--kind", "letters"}, {"--keep-size", "1GB"}, {"--keep-size", "1GB", "--kind", "history"}, {"--keep-size", "big", "--kind", "replies"}, {"more"},
	} {
		d.want(2, append([]string{"prune"}, wrong...)...)
	}
	young := d.pruned("--older-than", "1d")
	if len(young) != 6 || young["replies"]+young["documents"]+young["runs"] != 0 {
		t.Errorf("what is young: %v", young)
	}
	d.later = 48 * time.Hour
	for range 2 {
		if dry := d.pruned("--older-than", "1d", "--dry-run"); dry["replies"] == 0 || dry["settled"] == 0 || dry["documents"] != 2 || dry["runs"] != 1 {
			t.Errorf("dry: %v", dry)
		}
	}
	if one := d.pruned("--older-than", "1d", "--kind", "documents"); len(one) != 1 || one["documents"] != 2 {
		t.Errorf("documents alone: %v", one)
	}

	// The files stand, so nothing is asked; where they are gone, the stored
	// replies make them anew.
	d.want(0, "batch", in, "-o", out)
	if err := os.RemoveAll(filepath.Join(out, "a")); err != nil {
		t.Fatal(err)
	}
	d.want(0, "batch", in, "-o", out)
	if _, err := os.Stat(filepath.Join(out, "a", "ru.md")); err != nil || d.calls() != 0 {
		t.Errorf("the files are not made anew for nothing: %v\n%s", err, d.stderr.String())
	}
	if gone := d.pruned("--keep-size", "1B", "--kind", "replies"); gone["replies"] == 0 || len(gone) != 1 {
		t.Errorf("by size: %v", gone)
	}
	d.later = 96 * time.Hour
	d.want(0, "prune", "--keep-replies", "1d") // a policy
	if strings.Contains(d.stderr.String(), "no policy") {
		t.Errorf("with a policy: %s", d.stderr.String())
	}
	d.want(0, "batch", in, "-o", filepath.Join(d.dir, "again"))
	if d.calls() == 0 {
		t.Error("the replies are not gone")
	}
	d.state = "folder:" + filepath.Join(d.dir, "readable")
	d.want(2, "prune")
}

// What schedules say of keeping is about their own articles.
func TestPruneByPolicy(t *testing.T) {
	d := newCareDesk(t)
	d.want(0, "batch", d.file("in/a.txt", articleText(1)), "-o", filepath.Join(d.dir, "out"))
	st, err := open.Open(t.Context(), d.state, d.now)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	for name, keep := range map[string]schedule.Keep{"short": {Texts: 24 * time.Hour, History: 24 * time.Hour}, "ever": {}} {
		spec, err := json.Marshal(schedule.Spec{Name: name, Keep: keep})
		if err != nil {
			t.Fatal(err)
		}
		row := &store.Document{Collection: schedule.Collection(name), ID: "a", Folder: "a", State: store.DocDone, Updated: d.now(), Article: []byte("{}"), Result: []byte("{}")}
		if err := st.Schedules.Apply(t.Context(), store.Schedule{Name: name, Spec: spec}); err != nil {
			t.Fatal(err)
		}
		if err := st.Documents.Put(t.Context(), row); err != nil {
			t.Fatal(err)
		}
	}
	cfg := &config.Config{KeepReplies: 24 * time.Hour}
	left := func() (n [2]int64) {
		sizes, err := st.Keeper.Sizes(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return [2]int64{sizes[store.KindTexts].Rows, sizes[store.KindReplies].Rows}
	}
	first := left()
	step := func(later time.Duration, done bool, want [2]int64) {
		t.Helper()
		all, err := prunePolicy(t.Context(), cfg, st, d.now().Add(later))
		if err != nil || (all != nil) != done || left() != want {
			t.Errorf("after %s: %v, %v; %v are left, want %v", later, all, err, left(), want)
		}
	}
	step(0, true, first)
	step(23*time.Hour, false, first) // once a day
	lock, err := st.Locks.Try(t.Context(), "prune")
	if err != nil {
		t.Fatal(err)
	}
	step(48*time.Hour, false, first) // another process is at it
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	step(48*time.Hour, true, [2]int64{4, 0})
	step(50*time.Hour, false, [2]int64{4, 0})
	step(0, true, [2]int64{4, 0}) // a clock that was set back does not end the pruning
}
