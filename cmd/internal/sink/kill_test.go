package sink

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dragoman/cmd/internal/batch"
	"dragoman/cmd/internal/schedule"
	"dragoman/cmd/internal/store"
	"dragoman/cmd/internal/store/sqlite"
)

// What the processes of TestKilled work on.
const (
	killArticles = 30
	killTimes    = 8
)

// killDesk is a courier on the state in a folder, with a sink of each kind.
func killDesk(t *testing.T, dir, address string) (*Courier, *store.Store) {
	t.Helper()
	st, err := sqlite.Open(t.Context(), filepath.Join(dir, "state.db"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return &Courier{
		Deliveries: st.Deliveries, Documents: st.Documents, Locks: st.Locks, Collection: schedule.Collection("evening"), Schedule: "evening",
		Deliver: schedule.DeliverClean,
		Targets: openTargets(t,
			schedule.Sink{Name: "folder", Folder: filepath.Join(dir, "folder")}, schedule.Sink{Name: "hook", Webhook: address},
			siteSpec(filepath.Join(dir, "site")),
		),
	}, st
}

// workOff has rounds until nothing waits.
func workOff(t *testing.T, c *Courier) {
	t.Helper()
	for {
		tally, err := c.Round(context.Background())
		if err != nil || tally.Failed > 0 || tally.Busy {
			t.Fatalf("got %+v, %v", tally, err)
		}
		if tally.Waiting == 0 {
			return
		}
	}
}

// A process that is killed at any moment while it delivers loses nothing, and
// what comes twice has the same id and the same bytes.
func TestKilled(t *testing.T) {
	if dir := os.Getenv("SINK_KILL_DIR"); dir != "" {
		c, _ := killDesk(t, dir, os.Getenv("SINK_KILL_URL"))
		workOff(t, c)
		return
	}
	r := receive(t, status(http.StatusNoContent))
	dir := t.TempDir()
	c, st := killDesk(t, dir, r.URL)
	for i := range killArticles {
		id := fmt.Sprintf("a%02d", i)
		row := &store.Document{Collection: c.Collection, ID: id, Folder: id}
		if _, err := batch.Finish(row, store.DocDone, article(id, "Number "+id), nil); err != nil {
			t.Fatal(err)
		}
		if err := st.Documents.Put(t.Context(), row); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Plan(t.Context(), row); err != nil {
			t.Fatal(err)
		}
	}
	for range killTimes {
		child := exec.Command(os.Args[0], "-test.run=^TestKilled$")
		child.Env = append(os.Environ(), "SINK_KILL_DIR="+dir, "SINK_KILL_URL="+r.URL)
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(50+rand.IntN(250)) * time.Millisecond)
		_ = child.Process.Kill()
		_ = child.Wait()
	}
	workOff(t, c)
	checkKilled(t, c, r, dir)
}

func checkKilled(t *testing.T, c *Courier, r *receiver, dir string) {
	t.Helper()
	bodies := map[string][]byte{}
	got := r.messages()
	for _, m := range got {
		id := m.header.Get("webhook-id")
		if before, twice := bodies[id]; twice && !bytes.Equal(before, m.body) {
			t.Errorf("%s came twice, with other bytes", id)
		}
		bodies[id] = m.body
	}
	t.Logf("%d messages for %d articles", len(got), len(bodies))
	if len(bodies) != killArticles {
		t.Errorf("%d messages have their own id", len(bodies))
	}
	var afresh siteSink
	afresh.path, afresh.opts = filepath.Join(t.TempDir(), "site"), c.Targets[2].Sink.(*siteSink).opts
	for d, err := range c.Deliveries.List(t.Context(), store.DeliveryFilter{Collection: c.Collection, Sink: "s"}) {
		if err != nil || d.State != store.DeliveryDone {
			t.Errorf("%+v, %v", d, err)
			continue
		}
		e, _, err := c.edition(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		if err := afresh.Deliver(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	if err := afresh.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	same(t, "the site", contents(t, afresh.path), contents(t, filepath.Join(dir, "site")))
	folder := contents(t, filepath.Join(dir, "folder"))
	if len(folder) != 5*killArticles {
		t.Errorf("%d files in the folder", len(folder))
	}
	for name, text := range folder {
		if strings.Contains(name, ".dragoman") || text == "" {
			t.Errorf("%s is left", name)
		}
	}
}
