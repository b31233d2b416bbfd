package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"dragoman/cmd/internal/config"
	"dragoman/cmd/internal/store"
	"dragoman/pipeline/llm/llmtest"
)

// purges is a newsroom whose schedule has the feed and an inbox.
type purges struct{ *newsroom }

func newPurges(t *testing.T) purges {
	return purges{&newsroom{desk: newDesk(t, "", llmtest.Options{Quiet: true}), feed: newFeed(t), hook: newHook(t)}}
}

// applies writes dragoman.yaml with one schedule of a name and lines of its sinks.
func (p purges) applies(name, sinks string) {
	p.t.Helper()
	address, err := url.Parse(p.feed.URL)
	if err != nil {
		p.t.Fatal(err)
	}
	p.write("dragoman.yaml", fmt.Sprintf("schedules:\n  - name: %s\n    cron: \"0 6 * * *\"\n    sources:\n      - feed: %s/rss\n        allow: [%q]\n        full-text: never\n      - inbox: in\n        move-to: done\n    sinks:\n%s",
		name, p.feed.URL, address.Host, sinks))
	p.said(0, "schedule", "apply", "--remove")
}

// purged purges an article, and gives what is said of it. A dry try must have
// told the same.
func (p purges) purged(args ...string) purgeAccount {
	p.t.Helper()
	var a, dry purgeAccount
	for _, c := range []struct {
		into *purgeAccount
		flag string
	}{{&dry, "--dry-run"}, {&a, "--yes"}} {
		if err := json.Unmarshal([]byte(p.said(0, append([]string{"purge", "--json", c.flag}, args...)...)), c.into); err != nil {
			p.t.Fatal(err)
		}
	}
	if !slices.Equal(a.Files, dry.Files) || !slices.Equal(a.Notes, dry.Notes) || a.Firings != dry.Firings {
		p.t.Errorf("purged %+v, told before %+v", a, dry)
	}
	return a
}

// left are names of files of an article below the desk's folder.
func (p purges) left(id string) (found []string) {
	for _, dir := range []string{"out", "out2", "www", "www2"} {
		for _, pattern := range []string{"*", "*/*", "*/*/*"} {
			names, err := filepath.Glob(filepath.Join(p.dir, dir, pattern))
			if err != nil {
				p.t.Fatal(err)
			}
			for _, name := range names {
				if strings.Contains(filepath.ToSlash(strings.TrimPrefix(name, p.dir)), "/"+id) {
					found = append(found, name)
				}
			}
		}
	}
	return found
}

// Of a purged article no word, address, path or id is in any file of the state,
// and its schedule does not buy it again; nor does that bring its names back.
func TestPurgedFromTheFile(t *testing.T) {
	p := newPurges(t)
	p.applies("news", "      - folder: out\n      - name: desk\n        webhook: "+p.hook.URL+"/canary\n      - site: www\n")
	p.feed.offer(0, 3)
	p.put("in/zeytinburnu-ferry.txt", articleText(7))
	p.said(0, "schedule", "trigger", "news")
	const ferry = "zeytinburnu-ferry"
	names := []string{ferry, "wire.example/story/1"}
	there := strings.Join(traces(t, p.state, names...), "\n")
	for _, s := range names {
		if !strings.Contains(there, s) {
			t.Fatalf("%s is nowhere in the state: %s", s, there)
		}
	}
	words := wordsOf(t, filepath.Join(p.dir, "out", ferry, "document.json"))
	a := p.purged("https://wire.example/story/1")
	told := strings.Join(a.Notes, "\n")
	if !strings.Contains(told, "it was sent to the webhook desk, where nothing can be taken back") || strings.Contains(told, "canary") || a.Gone[store.KindDeliveries].Rows != 3 || len(a.Files) < 5 {
		t.Errorf("purged %+v", a)
	}
	names = append(names, a.Article)
	a = p.purged(ferry)
	if told := strings.Join(a.Notes, "\n"); !strings.Contains(told, "the file that it was read from stays: "+filepath.Join(p.dir, "done", ferry+".txt")) {
		t.Errorf("purged %+v", a)
	}
	if found := append(p.left(names[2]), p.left(ferry)...); len(found) > 0 {
		t.Errorf("files are left: %q", found)
	}
	none := func() {
		t.Helper()
		if found := traces(t, p.state, append(names, words...)...); len(found) > 0 {
			t.Errorf("left:\n%s", strings.Join(found, "\n"))
		}
	}
	none()
	asked := p.calls()
	for range 2 {
		if again := p.said(0, "schedule", "trigger", "news"); !strings.Contains(again, "nothing new") {
			t.Errorf("polled again: %s", again)
		}
	}
	none()
	p.put("in/"+ferry+".txt", articleText(7)) // the same once more
	p.said(0, "schedule", "trigger", "news")
	if n := p.calls() - asked; n > 0 {
		t.Errorf("%d calls for what was purged", n)
	}
	p.feed.edit(1, articleText(9))
	p.said(0, "schedule", "trigger", "news")
	if n := p.calls() - asked; n == 0 {
		t.Errorf("another text at the address of a purged article: %d calls", n)
	}
}

// The files of an article go from every place that its schedule delivered to:
// from that of a sink that was renamed, moved or taken out, and after the schedule
// itself was removed.
func TestPurgeFromPlacesOfBefore(t *testing.T) {
	p := newPurges(t)
	hook := "      - name: desk\n        webhook: " + p.hook.URL + "/canary\n"
	p.applies("wire", "      - folder: out\n      - site: www\n        title: Canary\n"+hook)
	p.put("in/a-first.txt", articleText(1))
	p.put("in/b-second.txt", articleText(2))
	p.put("in/c-third.txt", articleText(3))
	p.feed.offer(0, 1)
	p.said(0, "schedule", "trigger", "wire")
	purge := func(id string, files int) purgeAccount {
		t.Helper()
		if len(p.left(id)) == 0 {
			t.Fatalf("nothing of %s is there", id)
		}
		a := p.purged(id, "--collection", "schedule:wire")
		if found := p.left(id); len(found) > 0 || len(a.Files) != files {
			t.Errorf("left of %s: %q, purged %+v", id, found, a)
		}
		return a
	}
	each := len(p.left("a-first")) - 1 // its folder is one of them
	p.applies("wire", "      - name: renamed\n        folder: out2\n")
	a := purge("a-first", each)
	if told := strings.Join(a.Notes, "\n"); !strings.Contains(told, "was sent to the webhook desk") {
		t.Errorf("notes: %s", told)
	}
	index, err := os.ReadFile(filepath.Join(p.dir, "www", "ru", "index.html"))
	if err != nil || !strings.Contains(string(index), "Canary") || strings.Contains(string(index), "a-first") || !strings.Contains(string(index), "b-second") {
		t.Errorf("the site's index: %v\n%s", err, index)
	}
	p.applies("other", "      - folder: elsewhere\n")
	purge("b-second", each)
	if a = p.purged("https://wire.example/story/0?utm_source=7"); len(a.Files) != each || len(p.left(a.Article)) > 0 {
		t.Errorf("by the address: %+v", a)
	}

	if err := os.Rename(filepath.Join(p.dir, "out"), filepath.Join(p.dir, "away")); err != nil {
		t.Fatal(err)
	}
	a = p.purged("c-third", "--collection", "schedule:wire")
	if told := strings.Join(a.Notes, "\n"); !strings.Contains(told, "there is no folder "+filepath.Join(p.dir, "out")+", into which it may have been delivered") {
		t.Errorf("notes: %s", told)
	}
	if _, err := os.Stat(filepath.Join(p.dir, "out")); err == nil {
		t.Error("purge made a folder")
	}
}

// What another schedule delivered into the same folder stays with it.
func TestPurgeLeavesWhatIsAnothersToo(t *testing.T) {
	p := newPurges(t)
	p.applies("one", "      - folder: out\n")
	p.put("in/shared-name.txt", articleText(1))
	p.said(0, "schedule", "trigger", "one")
	p.applies("two", "      - folder: out\n")
	p.put("in/shared-name.txt", articleText(2))
	p.said(0, "schedule", "trigger", "two")
	a := p.purged("shared-name", "--collection", "schedule:one")
	if told := strings.Join(a.Notes, "\n"); len(a.Files) != 0 || !strings.Contains(told, "it is the schedule two's too, and stays: dragoman purge shared-name --collection schedule:two") {
		t.Errorf("purged %+v", a)
	}
	if a = p.purged("shared-name", "--collection", "schedule:two"); len(a.Files) != 5 || len(p.left("shared-name")) > 0 {
		t.Errorf("purged %+v", a)
	}
}

// roundUnderWay are locks of which the first is held by another for a few tries.
type roundUnderWay struct {
	store.Locks
	tries int
	log   []string
}

func (l *roundUnderWay) Try(ctx context.Context, name string) (store.Lock, error) {
	if l.log = append(l.log, "asked for "+name); l.tries == 0 {
		return l, nil
	}
	l.tries--
	return nil, nil
}

func (l *roundUnderWay) Lost() <-chan struct{} { return nil }

func (l *roundUnderWay) Close() error {
	l.log = append(l.log, "let go")
	return nil
}

// Nobody delivers while an article is taken away: a round that is under way is
// waited for, and none begins before the end.
func TestPurgeHoldsDeliveriesStill(t *testing.T) {
	d := newCareDesk(t)
	cfg := &config.Config{State: d.state}
	kept := &keeping{cfg: cfg, now: d.now}
	st, err := kept.store(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer kept.close()
	locks := &roundUnderWay{Locks: st.Locks, tries: 2}
	with := *st
	with.Locks = locks
	row := &store.Document{Collection: "schedule:news", ID: "x", Folder: "x", Origin: "https://h/x", State: store.DocDone, Updated: d.now()}
	if err := st.Documents.Put(t.Context(), row); err != nil {
		t.Fatal(err)
	}
	p := &purging{env: &environment{now: d.now}, cfg: cfg, st: &with, sinks: func(_ context.Context, _ *store.Store, _, _ string, dry bool) (sunk, error) {
		locks.log = append(locks.log, fmt.Sprint("sinks ", dry))
		return sunk{}, nil
	}}
	for _, dry := range []bool{true, false} {
		if _, err := p.purge(t.Context(), &subject{row: row}, dry); err != nil {
			t.Fatal(err)
		}
	}
	const ask = "asked for courier:schedule:news"
	if want := []string{"sinks true", ask, ask, ask, "sinks false", "let go"}; !slices.Equal(locks.log, want) {
		t.Errorf("in this order: %q, want %q", locks.log, want)
	}
	if err := st.Documents.Put(t.Context(), row); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	locks.tries = 1
	if _, err := p.purge(ctx, &subject{row: row}, false); err == nil {
		t.Error("purged beside a round")
	}
	if rows, err := st.Documents.Get(t.Context(), row.Collection, []string{"x"}, false); err != nil || len(rows) != 1 {
		t.Errorf("the row is gone: %v", err)
	}
}

// What is said of a webhook is what is known of its deliveries.
func TestPurgeKnowsWhereAnArticleWent(t *testing.T) {
	d := newCareDesk(t)
	kept := &keeping{cfg: &config.Config{State: d.state}, now: d.now}
	st, err := kept.store(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer kept.close()
	for i, c := range []struct {
		row      store.DocState // "": none
		state    store.DeliveryState
		attempts int
		want     string
	}{
		{store.DocDone, store.DeliveryDone, 1, surely},
		{store.DocFlagged, store.DeliveryHeld, 0, ""},
		{store.DocDone, store.DeliveryPending, 0, perhaps},
		{store.DocDone, store.DeliveryDead, 9, perhaps},
		{store.DocDone, store.DeliveryOverruled, 0, ""},
		{store.DocDone, "", 0, perhaps}, // pruned
		{store.DocFailed, "", 0, ""},
		{"", store.DeliveryDone, 1, surely},
	} {
		id := fmt.Sprint("x-", i)
		if c.row != "" {
			err = st.Documents.Put(t.Context(), &store.Document{Collection: "schedule:s", ID: id, Folder: id, State: c.row, Updated: d.now()})
		}
		if err == nil && c.state != "" {
			err = st.Deliveries.Add(t.Context(), store.Delivery{ID: "msg_" + id, Collection: "schedule:s", Document: id, Sink: "desk", State: c.state, Attempts: c.attempts, Made: d.now()})
		}
		if err != nil {
			t.Fatal(err)
		}
		went, err := delivered(t.Context(), st, "schedule:s", id)
		if got := went.word("desk"); err != nil || got != c.want {
			t.Errorf("%+v: %q, %v", c, got, err)
		}
	}
}
