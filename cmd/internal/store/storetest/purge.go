package storetest

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
	"dragoman/pipeline/reuse"
)

// purged purges, after a dry try that must count the same.
func purged(t *testing.T, s *store.Store, p store.Purge) map[store.Kind]int64 {
	t.Helper()
	ctx := context.Background()
	was, err := s.Keeper.Sizes(ctx)
	if err != nil {
		t.Fatal(err)
	}
	p.Dry = true
	dry, err := s.Keeper.Purge(ctx, p)
	if err != nil {
		t.Fatal(err)
	}
	if now, err := s.Keeper.Sizes(ctx); err != nil || !reflect.DeepEqual(now, was) {
		t.Errorf("a dry purge took away: %v, %v, before %v", now, err, was)
	}
	p.Dry = false
	got, err := s.Keeper.Purge(ctx, p)
	if err != nil || !reflect.DeepEqual(got, dry) {
		t.Errorf("purged %+v, %v, dry %+v", got, err, dry)
	}
	now, err := s.Keeper.Sizes(ctx)
	if err != nil {
		t.Fatal(err)
	}
	rows := map[store.Kind]int64{}
	for _, k := range []store.Kind{store.KindReplies, store.KindSettled, store.KindDeliveries} {
		if went := was[k].Rows - now[k].Rows; went != got[k].Rows {
			t.Errorf("of %s went %d, told are %d", k, went, got[k].Rows)
		}
	}
	for k, a := range got {
		rows[k] = a.Rows
	}
	return rows
}

// bought stores an article of a collection with what it used.
func bought(t *testing.T, s *store.Store, id string, keys ...string) {
	t.Helper()
	ctx := context.Background()
	d := document(id)
	d.State = store.DocDone
	for _, err := range []error{
		s.Documents.Put(ctx, d), s.Uses.Note(ctx, "c\x00"+id, keys), s.Deliveries.Add(ctx, delivery(id, "v")), s.Entries.Remember(ctx, entry(id, "c", 0)),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// An article goes with what is its alone; what two share goes with the second.
func purge(t *testing.T, both two) {
	ctx := context.Background()
	first, second := both(t)
	own, shared, named, other := reply(t, first, 1, at(0)), reply(t, first, 2, at(0)), reply(t, first, 3, at(0)), reply(t, first, 4, at(0))
	reply(t, first, 1, at(1)) // a second one of the key
	var list []reuse.Entry
	for _, key := range []string{own, shared, named, other, ""} {
		list = append(list, reuse.Entry{Key: "k" + key, Stage: "correct", Exchange: key})
	}
	list = append(list, reuse.Entry{Key: "of a reply that was pruned", Stage: "correct", Exchange: "pruned"})
	if err := first.Settled.Put(list); err != nil {
		t.Fatal(err)
	}
	bought(t, first, "1", own, shared, "pruned")
	bought(t, first, "2", shared)
	if err := first.Uses.Note(ctx, "article of run", []string{other}); err != nil {
		t.Fatal(err)
	}
	got := purged(t, second, store.Purge{Collection: "c", Document: "1", Replies: []string{named, "", other}})
	want := map[store.Kind]int64{store.KindReplies: 3, store.KindSettled: 3, store.KindTexts: 1, store.KindDeliveries: 1}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("purged %v, want %v", got, want)
	}
	if docs, err := first.Documents.Get(ctx, "c", []string{"1", "2"}, true); err != nil || docs["1"] != nil || docs["2"] == nil || docs["2"].Article == nil {
		t.Errorf("documents are left: %v, %v", docs, err)
	}
	if keys := replies(t, first); len(keys) != 2 {
		t.Errorf("replies are left: %v", keys)
	}
	if known, _, err := first.Entries.Known(ctx, "c", []string{"1", "2"}, nil); err != nil || len(known) != 2 {
		t.Errorf("entries are left: %v, %v", known, err)
	}
	if used, err := first.Uses.Of(ctx, "c\x001"); err != nil || len(used) != 0 {
		t.Errorf("uses are left: %v, %v", used, err)
	}
	got = purged(t, first, store.Purge{Collection: "c", Document: "2"})
	if want := (map[store.Kind]int64{store.KindReplies: 1, store.KindSettled: 1, store.KindTexts: 1, store.KindDeliveries: 1}); !reflect.DeepEqual(got, want) {
		t.Errorf("purged with the second %v, want %v", got, want)
	}
	got = purged(t, first, store.Purge{Article: "article of run"})
	if want := (map[store.Kind]int64{store.KindReplies: 1, store.KindSettled: 1, store.KindTexts: 0, store.KindDeliveries: 0}); !reflect.DeepEqual(got, want) {
		t.Errorf("purged of run %v, want %v", got, want)
	}
	if e, err := first.Settled.Find("correct", "", "k"); err != nil || len(e) != 1 {
		t.Errorf("a settled answer that names no exchange: %v, %v", e, err)
	}
}

// The entries of a purged article are found again, and name nothing, whatever is
// remembered of its text; another text under its key is another document.
func purgeNames(t *testing.T, both two) {
	ctx := context.Background()
	first, second := both(t)
	const link, copied, id = "https://h/harbour-closes", "https://h/copy-harbour", "harbour-closes-1"
	of := func(key, content, document string) store.Entry {
		e := entry(key, content, 0)
		e.Document, e.Offered = document, "digest"
		return e
	}
	reserved := of("document:"+id, "", id)
	reserved.Offered = link
	if err := first.Entries.Remember(ctx, of(link, "text", id), of(copied, "text", id), reserved, of("other", "own", "other-1")); err != nil {
		t.Fatal(err)
	}
	listed := func(want int) {
		t.Helper()
		n := 0
		for e, err := range first.Entries.All(ctx, "c") {
			if n++; err != nil || strings.Contains(fmt.Sprint(e), "harbour") {
				t.Errorf("listed %+v, %v", e, err)
			}
		}
		if n != want {
			t.Errorf("%d entries, want %d", n, want)
		}
	}
	purged(t, second, store.Purge{Collection: "c", Document: id})
	listed(3)
	byKey, byContent, err := second.Entries.Known(ctx, "c", []string{link, copied, "document:" + id, "other"}, []string{"text"})
	if err != nil || len(byKey) != 3 || byKey[link].Key != link || byKey[link].Content != "text" || byKey[link].Offered != "digest" ||
		byKey[link].Document != store.Purged(id) || byKey["other"].Document != "other-1" || byContent["text"].Document != store.Purged(id) {
		t.Errorf("known: %+v, %+v, %v", byKey, byContent, err)
	}
	again := byKey[link] // looked at once more
	again.Tag, again.Looked = "t-harbour", at(5)
	late := of(copied, "text", id)                                                                                       // purged while it was looked at
	another := store.Entry{Collection: "c", Key: "https://h/third-harbour", Content: "text", Document: store.Purged(id)} // a further copy
	took := of("other", "text", store.Purged(id))                                                                        // what was another article has its text now
	for range 2 {
		if err := first.Entries.Remember(ctx, again, late, another, took); err != nil {
			t.Fatal(err)
		}
		listed(4)
	}
	if err := first.Entries.Remember(ctx, of(link, "earlier", "new-1"), of(link, "another text", "new-1")); err != nil {
		t.Fatal(err)
	}
	byKey, _, err = second.Entries.Known(ctx, "c", []string{link, copied}, nil)
	if err != nil || byKey[link].Document != "new-1" || byKey[link].Content != "another text" || byKey[copied].Document != store.Purged(id) {
		t.Errorf("another text: %+v, %v", byKey, err)
	}
}

// A settled answer that another article took in place of asking stays with it,
// though the exchange that it came from goes, and goes with the last of them.
func purgeTaken(t *testing.T, s *store.Store) {
	first, second := reply(t, s, 1, at(0)), reply(t, s, 2, at(0))
	taken := reuse.Entry{Key: "taken", Stage: "correct", Exchange: first, Value: []byte(`"v"`)}
	if err := s.Settled.Put([]reuse.Entry{taken, {Key: "own", Stage: "correct", Exchange: first}, {Key: "second", Stage: "correct", Exchange: second}}); err != nil {
		t.Fatal(err)
	}
	bought(t, s, "1", first, store.SettledUse+"own")
	bought(t, s, "2", second, store.SettledUse+"taken")
	bought(t, s, "3", store.SettledUse+"taken", store.SettledUse+"second")
	for _, c := range []struct {
		id               string
		replies, settled int64
		left             []string
	}{
		{"1", 1, 1, []string{"taken", "second"}},
		{"3", 0, 0, []string{"taken", "second"}},
		{"2", 1, 2, nil},
	} {
		got := purged(t, s, store.Purge{Collection: "c", Document: c.id})
		if got[store.KindReplies] != c.replies || got[store.KindSettled] != c.settled {
			t.Errorf("article %s: purged %v", c.id, got)
		}
		for _, key := range []string{"taken", "own", "second"} {
			found, err := s.Settled.Find("correct", "", key)
			if err != nil || (len(found) == 1) != slices.Contains(c.left, key) {
				t.Errorf("after article %s: %q has %v, %v", c.id, key, found, err)
			}
		}
	}
}

// Of one collection alone.
func pruneOf(t *testing.T, s *store.Store) {
	ctx := context.Background()
	for _, c := range []string{"c", "schedule:s"} {
		d := document("1")
		d.Collection, d.State, d.Updated = c, store.DocDone, at(0)
		v := delivery("1", "v")
		v.Collection, v.State, v.ID, v.Ended = c, store.DeliveryDone, "msg_"+c, at(0)
		if err := s.Documents.Put(ctx, d); err != nil {
			t.Fatal(err)
		}
		if err := s.Deliveries.Add(ctx, v); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"s", "other"} {
		for i := range 3 {
			if _, _, err := s.Firings.Claim(ctx, store.Firing{Schedule: name, Due: at(i), Cause: store.CauseDue, State: store.FiringDone, Ended: at(i)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	keeper := s.Keeper.(store.Pruner)
	for k, rows := range map[store.Kind]int64{store.KindTexts: 2, store.KindDeliveries: 1, store.KindFirings: 2} {
		if none, err := keeper.PruneOf(ctx, "schedule:s", k, at(0), false); err != nil || none.Rows != 0 {
			t.Errorf("%s, too young: %v, %v", k, none, err)
		}
		for _, dry := range []bool{true, false} {
			if gone, err := keeper.PruneOf(ctx, "schedule:s", k, at(10), dry); err != nil || gone.Rows != rows {
				t.Errorf("%s, dry %v: %v, %v, want %d rows", k, dry, gone, err, rows)
			}
		}
		if none, err := keeper.PruneOf(ctx, "schedule:s", k, at(10), false); err != nil || none.Rows != 0 {
			t.Errorf("%s, again: %v, %v", k, none, err)
		}
	}
	if left, err := s.Keeper.Sizes(ctx); err != nil || left[store.KindTexts].Rows != 2 || left[store.KindDeliveries].Rows != 1 || left[store.KindFirings].Rows != 4 {
		t.Errorf("left %v, %v", left, err)
	}
	for _, k := range []store.Kind{store.KindReplies, store.KindSettled, "none"} {
		if _, err := keeper.PruneOf(ctx, "c", k, at(10), true); err == nil {
			t.Errorf("%s of a collection", k)
		}
	}
}

func purgeUnderWay(t *testing.T, s *store.Store) {
	ctx := context.Background()
	run, _, err := s.Runs.Begin(ctx, "c", "/out", nil)
	if err != nil {
		t.Fatal(err)
	}
	d := document("1")
	d.Run = run.ID
	if err := s.Documents.Put(ctx, d); err != nil {
		t.Fatal(err)
	}
	for _, dry := range []bool{true, false} {
		if got, err := s.Keeper.Purge(ctx, store.Purge{Collection: "c", Document: "1", Dry: dry}); pipeline.CodeOf(err) != pipeline.Invalid || got != nil {
			t.Errorf("dry %v, of a document under way: %v, %v", dry, got, err)
		}
	}
	run.State, run.Ended = store.RunDone, time.Now()
	if err := s.Runs.Update(ctx, run); err != nil {
		t.Fatal(err)
	}
	if got := purged(t, s, store.Purge{Collection: "c", Document: "1"}); got[store.KindTexts] != 1 {
		t.Errorf("after the run: %v", got)
	}
}

// More keys than a statement has.
func purgeOfMuch(t *testing.T, s *store.Store) {
	var keys []string
	var list []reuse.Entry
	for i := range 1200 {
		keys = append(keys, fmt.Sprint("key", i))
		list = append(list, reuse.Entry{Key: fmt.Sprint(i), Stage: "correct", Exchange: keys[i]})
	}
	if err := s.Settled.Put(list); err != nil {
		t.Fatal(err)
	}
	bought(t, s, "1", keys...)
	bought(t, s, "2", keys[1000:]...)
	if got := purged(t, s, store.Purge{Collection: "c", Document: "1"}); got[store.KindSettled] != 1000 {
		t.Errorf("purged %v", got)
	}
}

func purgeOfNothing(t *testing.T, s *store.Store) {
	bought(t, s, "1", reply(t, s, 1, at(0)))
	for _, p := range []store.Purge{{}, {Collection: "c"}, {Collection: "C", Document: "1"}, {Article: "none", Replies: []string{"", "none"}}} {
		for k, n := range purged(t, s, p) {
			if n != 0 {
				t.Errorf("%+v took %d of %s", p, n, k)
			}
		}
	}
}

// Who took a settled answer is forgotten with it.
func pruneTaken(t *testing.T, s *store.Store) {
	ctx := context.Background()
	if err := s.Settled.Put([]reuse.Entry{{Key: "taken", Stage: "correct", Exchange: "x"}, {Key: "none's", Stage: "correct"}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Uses.Note(ctx, "a", []string{"y", store.SettledUse + "taken"}); err != nil {
		t.Fatal(err)
	}
	if gone, err := s.Keeper.Prune(ctx, store.KindSettled, time.Now().Add(time.Hour), -1, false); err != nil || gone.Rows != 2 {
		t.Errorf("pruned %v, %v", gone, err)
	}
	if used, err := s.Uses.Of(ctx, "a"); err != nil || !slices.Equal(used, []string{"y"}) {
		t.Errorf("used %v, %v", used, err)
	}
}
