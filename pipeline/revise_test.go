package pipeline_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"dragoman/pipeline"
)

// revisedDoc is a document of these lines: "H " begins the headline, "K " the
// keywords, "D " the date line, "B " boilerplate, "C " a caption, "T " a row of a
// table; all others are paragraphs of one sentence each.
func revisedDoc(lines ...string) *pipeline.Document {
	kinds := map[string]pipeline.Kind{"H ": pipeline.Headline, "K ": pipeline.Keywords, "D ": pipeline.Dateline, "B ": pipeline.Boilerplate, "C ": pipeline.Caption, "T ": pipeline.TableRow}
	letters := map[pipeline.Kind]string{pipeline.Headline: "h", pipeline.Keywords: "k", pipeline.Dateline: "d", pipeline.Boilerplate: "b"}
	art, counts := &pipeline.Article{}, map[string]int{}
	for _, l := range lines {
		kind, text, letter := pipeline.Paragraph, l, "p"
		if k, ok := kinds[l[:min(2, len(l))]]; ok {
			kind, text = k, l[2:]
		}
		if c, ok := letters[kind]; ok {
			letter = c
		}
		counts[letter]++
		id := fmt.Sprint(letter, counts[letter])
		art.Body = append(art.Body, pipeline.Block{ID: id, Kind: kind, Sentences: []pipeline.Sentence{{ID: id + "s1", Text: text}}})
	}
	return &pipeline.Document{Normalized: art, Origin: pipeline.Origin{Date: time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)}}
}

// told is a revision in a line: "changed p1s1; removed p2s1 (text)".
func told(r *pipeline.Revision) string {
	if r == nil {
		return "none"
	}
	var parts []string
	for _, p := range []struct {
		word string
		ids  []string
	}{{"changed", r.Changed}, {"added", r.Added}, {"moved", r.Moved}} {
		if len(p.ids) > 0 {
			parts = append(parts, p.word+" "+strings.Join(p.ids, " "))
		}
	}
	for _, s := range r.Removed {
		parts = append(parts, fmt.Sprintf("removed %s (%s)", s.ID, s.Text))
	}
	return strings.Join(parts, "; ")
}

func TestRevise(t *testing.T) {
	long := []string{"H Mayor opens bridge", "K bridge, mayor", "The mayor opened the bridge on Monday.", "It cost two million.", "Work began in May."}
	with := func(change func([]string) []string) []string { return change(slices.Clone(long)) }
	for _, c := range []struct {
		name        string
		before, now []string
		want        string
	}{
		{"nothing", long, long, "none"},
		{"a figure", long, with(func(l []string) []string { l[3] = "It cost three million."; return l }), "changed p2s1"},
		{"wholly another text in the same place", long, with(func(l []string) []string { l[3] = "Nobody came."; return l }), "added p2s1; removed p2s1 (It cost two million.)"},
		{"the headline", long, with(func(l []string) []string { l[0] = "H Bridge is open"; return l }), "changed h1s1"},
		{"the keywords", long, with(func(l []string) []string { l[1] = "K bridge"; return l }), "changed k1s1"},
		{"a caption", append(slices.Clone(long), "C The bridge."), append(slices.Clone(long), "C The new bridge."), "changed p4s1"},
		{"one more at the end", long, append(slices.Clone(long), "Traffic was light."), "added p4s1"},
		{"one more in front of one that changed", long, with(func(l []string) []string {
			return append(slices.Insert(l[:3:3], 3, "A band played.", "It cost three million in all."), l[4])
		}), "changed p3s1; added p2s1"},
		{"one less", long, slices.Delete(slices.Clone(long), 3, 4), "removed p2s1 (It cost two million.)"},
		{"two became one: the likest stays", long, with(func(l []string) []string {
			return append(l[:3:3], "Work began in late May.")
		}), "changed p2s1; removed p2s1 (It cost two million.)"},
		{"one moved", long, with(func(l []string) []string { l[2], l[3], l[4] = l[3], l[4], l[2]; return l }), "moved p3s1"},
		{"two changed places around what stays", []string{"Ada spoke.", "Then they ate.", "It rained.", "Bo sang."}, []string{"Bo sang.", "Then they ate.", "It rained.", "Ada spoke."}, "moved p1s1 p4s1"},
		{"one moved, and a new one stands in its place", []string{"Ada spoke.", "Then they ate.", "All left."}, []string{"It rained.", "Then they ate.", "All left.", "Ada spoke."}, "added p1s1; moved p4s1"},
		{"one gone where another moved to", []string{"Ada spoke.", "Then they ate.", "All left.", "Bo sang."}, []string{"Then they ate.", "All left.", "Ada spoke."}, "moved p3s1; removed p4s1 (Bo sang.)"},
		{"of twins one is gone", []string{"He ran.", "He ran.", "He fell."}, []string{"He ran.", "He fell."}, "removed p2s1 (He ran.)"},
		{"one more twin", []string{"He ran.", "He fell."}, []string{"He ran.", "He fell.", "He ran."}, "added p3s1"},
		{"a headline is no paragraph", []string{"H Rain", "Sun."}, []string{"K Rain", "Sun."}, "added k1s1; removed h1s1 (Rain)"},
		{"the date line alone", append([]string{"D Monday"}, long...), append([]string{"D Tuesday"}, long...), "none"},
		{"boilerplate alone", append(slices.Clone(long), "B latest news"), append(slices.Clone(long), "B more stories"), "none"},
		{"everything", []string{"H A", "One."}, []string{"H B", "Two.", "Three."}, "changed h1s1; added p1s1 p2s1; removed p1s1 (One.)"},
		{"a cell of a table", []string{"T Shots", "T 8", "T 9"}, []string{"T Shots", "T 11", "T 9"}, "changed p2s1"},
		{"from nothing", nil, []string{"One."}, "added p1s1"},
		{"to nothing", []string{"One."}, nil, "removed p1s1 (One.)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := pipeline.Revise(revisedDoc(c.before...), revisedDoc(c.now...), "sha256:00")
			if told(got) != c.want {
				t.Errorf("got  %s\nwant %s", told(got), c.want)
			}
			if got != nil && (got.Of != "sha256:00" || got.Date.Day() != 28) {
				t.Errorf("is of %q, %v", got.Of, got.Date)
			}
		})
	}
}

// TestReviseOfLikeness holds what counts as the same sentence in other words,
// and what as another sentence.
func TestReviseOfLikeness(t *testing.T) {
	const before = "The ministry said on Monday that eleven people were hurt when the roof came down."
	for now, want := range map[string]string{
		"The ministry said on Monday that twelve people were hurt when the roof came down.":                    "changed p1s1",
		"The ministry said late on Monday that at least eleven people had been hurt.":                          "changed p1s1",
		"When the roof came down, eleven people were hurt, the ministry said on Monday.":                       "changed p1s1",
		"THE MINISTRY SAID ON MONDAY THAT ELEVEN PEOPLE WERE HURT WHEN THE ROOF CAME DOWN.":                    "changed p1s1",
		"The mayor thanked the rescuers, who had worked through the night.":                                    "added p1s1; removed p1s1 (" + before + ")",
		"Investigators will look at the steel of the arena, which was built in 1974 and last checked in 2019.": "added p1s1; removed p1s1 (" + before + ")",
		"—": "added p1s1; removed p1s1 (" + before + ")",
	} {
		if got := told(pipeline.Revise(revisedDoc(before), revisedDoc(now), "")); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", now, got, want)
		}
	}
}

// TestReviseBackAndForth holds that a revision the other way round is one too,
// and adds what this one removes, but for what each takes for changed.
func TestReviseBackAndForth(t *testing.T) {
	text := rapid.SliceOfN(rapid.SampledFrom([]string{"H a b", "H b c", "K a", "One two.", "Two three.", "Two three four.", "Five.", "T 1", "T 2"}), 0, 8)
	rapid.Check(t, func(t *rapid.T) {
		a, b := revisedDoc(text.Draw(t, "a")...), revisedDoc(text.Draw(t, "b")...)
		there, back := pipeline.Revise(a, b, ""), pipeline.Revise(b, a, "")
		if (there == nil) != (back == nil) {
			t.Fatalf("there %s, back %s", told(there), told(back))
		}
		if there == nil {
			return
		}
		net := len(there.Added) - len(there.Removed)
		if gross := len(back.Removed) - len(back.Added); net != gross {
			t.Fatalf("there %s, back %s", told(there), told(back))
		}
	})
}

// TestReviseOfNoText holds that what has no text is no revision, and makes no
// trouble.
func TestReviseOfNoText(t *testing.T) {
	doc := revisedDoc("One.")
	for _, c := range [][2]*pipeline.Document{{nil, doc}, {doc, nil}, {{}, doc}, {doc, {}}} {
		if got := pipeline.Revise(c[0], c[1], "sha256:00"); got != nil {
			t.Errorf("got %s", told(got))
		}
	}
}

// TestReviseOfKind holds that a lead that becomes a paragraph has not changed.
func TestReviseOfKind(t *testing.T) {
	before, now := revisedDoc("One.", "Two."), revisedDoc("One.", "Two.")
	before.Normalized.Body[0].Kind = pipeline.Lead
	if got := pipeline.Revise(before, now, ""); got != nil {
		t.Errorf("got %s", told(got))
	}
}

// TestReviseAccounts holds, for random texts, that every sentence is accounted
// for once: with what the revision names taken out, the two texts are the same.
func TestReviseAccounts(t *testing.T) {
	text := rapid.SliceOfN(rapid.SampledFrom([]string{"H a b", "K a", "One two.", "Two three.", "Three four.", "Five.", "D day", "B more"}), 0, 9)
	rapid.Check(t, func(t *rapid.T) {
		before, now := revisedDoc(text.Draw(t, "before")...), revisedDoc(text.Draw(t, "now")...)
		r := pipeline.Revise(before, now, "")
		if r == nil {
			r = &pipeline.Revision{}
		}
		seen := map[string]bool{}
		for _, id := range slices.Concat(r.Changed, r.Added, r.Moved) {
			if _, there := now.Normalized.Sentence(id); seen[id] || !there {
				t.Fatalf("%s is named twice, or is no sentence", id)
			}
			seen[id] = true
		}
		gone := map[string]bool{}
		for _, s := range r.Removed {
			if got, there := before.Normalized.Sentence(s.ID); gone[s.ID] || !there || got.Text != s.Text {
				t.Fatalf("removed %s: %q", s.ID, s.Text)
			}
			gone[s.ID] = true
		}
		was, is := texts(before, gone), texts(now, seen)
		if extra := len(was) - len(is); extra != len(r.Changed)+len(r.Moved) {
			t.Fatalf("%s: of %q %d sentences are not accounted for", told(r), was, extra)
		}
		for at := 0; len(is) > 0; at++ { // what is whole comes in the order it had
			if at == len(was) {
				t.Fatalf("%s: %q is not a part of %q in order", told(r), is, was)
			}
			if was[at] == is[0] {
				is = is[1:]
			}
		}
	})
}

// texts are the sentences that count, without those of these ids.
func texts(d *pipeline.Document, without map[string]bool) []string {
	var out []string
	for b, s := range d.Normalized.Sentences() {
		if b.Kind != pipeline.Dateline && b.Kind != pipeline.Boilerplate && !without[s.ID] {
			out = append(out, string(b.Kind)+s.Text)
		}
	}
	return out
}

// TestReviseOfManySentences holds that a book whose ends have changed is told
// apart by place, in little memory.
func TestReviseOfManySentences(t *testing.T) {
	var before, now []string
	for i := range 4100 {
		before, now = append(before, fmt.Sprintf("Sentence %d of the book.", i)), append(now, fmt.Sprintf("Sentence %d of the book.", i))
	}
	now[0], now[len(now)-1] = "The first sentence of the book.", "The last sentence of the book."
	got := pipeline.Revise(revisedDoc(before...), revisedDoc(now...), "")
	if told(got) != "changed p1s1 p4100s1" {
		t.Errorf("got %.200s", told(got))
	}
}

func ExampleRevise() {
	r := pipeline.Revise(revisedDoc("It cost two million.", "All left."), revisedDoc("It cost three million.", "All left."), "sha256:5ca1ab1e")
	fmt.Println(r.Changed, r.Of)
	// Output: [p1s1] sha256:5ca1ab1e
}

// TestRevisionJSON holds the names of the fields: they are in the published
// schema.
func TestRevisionJSON(t *testing.T) {
	r := pipeline.Revise(revisedDoc("One two."), revisedDoc("One three."), "sha256:00")
	want := `{"of":"sha256:00","date":"2026-11-28T09:00:00Z","changed":["p1s1"],"added":[],"moved":[],"removed":[]}`
	got, err := json.Marshal(r)
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v", got, err)
	}
}
