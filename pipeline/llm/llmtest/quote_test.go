package llmtest

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
)

func TestWhatStandsAlone(t *testing.T) {
	for text, want := range map[string]bool{
		"The river port of Lesna was closed on Monday.":     true,
		"He said that the port was closed on Monday.":       false, // who?
		"But the port of Lesna was closed on Monday.":       false,
		"Meanwhile, the port of Lesna was closed.":          false,
		"The port closed.":                                  false, // too short
		"Lesna, port, barge, pier, sailors, Orva":           false, // keywords
		`The mayor said "we do not know in the town.`:       false, // half a quotation
		`The mayor said "we do not know" in the town.`:      true,
		"Barge hits pier Lesna port closed":                 false, // no prose
		"The port (and the quay of Lesna was closed today.": false,
		"": false,
	} {
		if got := standsAlone(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestStopped(t *testing.T) {
	for text, want := range map[string]string{
		"He left": "He left.", "He left.": "He left.", "Why?": "Why?", "Help!": "Help!", "So…": "So…", `He said "no."`: `He said "no."`,
		`He said "no"`: `He said "no".`, "«Нет.»": "«Нет.»", "He left \u00a0": "He left.", "(He left.)": "(He left.)", "": ".",
	} {
		if got := stopped(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// Wherever a sentence of the corpus is cut, what is left is its beginning, within
// the bound, with no quotation, bracket or name cut in two.
func TestShortenAnySentence(t *testing.T) {
	cut := 0
	for _, s := range corpus() {
		for words := 1; words <= 24; words++ {
			got := shorten(s, words, 1000)
			if got == "" {
				continue
			}
			bare := strings.TrimRight(got, ".")
			if len(strings.Fields(got)) > words || !strings.HasPrefix(s, bare) || balanced(s) && !balanced(got) {
				t.Errorf("%d words: %q of %q", words, got, s)
			}
			if bare == strings.TrimRight(s, ".") {
				continue
			}
			cut++
			last := strings.Fields(bare)[len(strings.Fields(bare))-1]
			if slices.Contains([]string{"the", "a", "an", "of", "in", "on", "at", "to", "by", "for", "with", "and", "or", "not"}, last) {
				t.Errorf("%d words: %q ends in %q", words, got, last)
			}
			next := strings.TrimLeft(strings.TrimPrefix(s, bare), " ,;:—–-")
			if startsUpper(last) && startsUpper(next) && strings.HasPrefix(s, bare+" ") {
				t.Errorf("%d words: a name is cut: %q | %q", words, bare, next)
			}
		}
	}
	if cut < 20 {
		t.Errorf("only %d sentences were cut at all", cut)
	}
}

func TestShortenHeedsTheRunes(t *testing.T) {
	const s = "The attacker shot the ambassador when he spoke in Ankara."
	for runes, want := range map[int]string{
		57: s, 56: "The attacker shot the ambassador.", 34: "The attacker shot the ambassador.", 15: "", 0: "",
	} {
		if got := shorten(s, 100, runes); got != want {
			t.Errorf("%d runes: %q, want %q", runes, got, want)
		}
	}
}

// Sentences that stand alone are quoted before the others, none is quoted twice
// while there are others, and a line without a letter never.
func TestTheOrderOfQuoting(t *testing.T) {
	s := newSummary([]pair{
		{"s1", raw("He fell.")},
		{"s2", raw("* * *")},
		{"s3", raw("The river port of Lesna was closed on Monday.")},
		{"s4", raw("Two sailors were taken to the hospital in Orva.")},
	})
	var order []string
	for range 3 {
		_, evidence := s.take(0, 30, 1000)
		order = append(order, evidence...)
	}
	if want := []string{"s3", "s4", "s1"}; !slices.Equal(order, want) {
		t.Errorf("%v, want %v", order, want)
	}
	if text, evidence := newSummary(nil).take(5, 30, 1000); text != "" || evidence == nil || len(evidence) != 0 {
		t.Errorf("out of nothing: %q, %v", text, evidence)
	}
}

func TestSaid(t *testing.T) {
	s := &summary{taken: []string{"The river port of Lesna was closed."}}
	for text, want := range map[string]bool{
		"The river port of Lesna was closed.":  true,
		"THE RIVER PORT OF LESNA WAS opened.":  true,
		"Two sailors were taken to hospital.":  false,
		"The port of Orva stays open all day.": false,
	} {
		if got := s.said(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// A double that fails a number of times, side by side too, fails that often.
func TestFaultCountsAllCalls(t *testing.T) {
	down := &pipeline.Error{Code: pipeline.Unavailable}
	f := &Fault{Client: Echo{}, Err: down, Times: 3}
	failed := make(chan error, 20)
	done := make(chan struct{})
	for range 10 {
		go func() {
			_, err := f.Complete(t.Context(), &llm.Request{})
			failed <- err
			done <- struct{}{}
		}()
	}
	for range 10 {
		<-done
	}
	n := 0
	for range 10 {
		if errors.Is(<-failed, down) {
			n++
		}
	}
	if n != 3 {
		t.Errorf("%d calls failed", n)
	}
}

// A script's reply is picked by the longest key in the question, and the
// replies without a key are given in their order and once each.
func TestScriptPicksTheLongestKey(t *testing.T) {
	s := &Script{Keyed: map[string]string{"port": "1", "port of Lesna": "2", "": "never"}, Replies: []string{"a", "b"}}
	var got []string
	for _, q := range []string{"the port", "x", "the port of Lesna", "y"} {
		r, err := s.Complete(t.Context(), &llm.Request{Messages: []llm.Message{{Content: q}}})
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, r.Text)
	}
	if want := []string{"1", "a", "2", "b"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	_, err := s.Complete(t.Context(), &llm.Request{Stage: "names"})
	if pipeline.CodeOf(err) != pipeline.BadOutput || len(s.Requests()) != 5 {
		t.Errorf("%v after %d requests", err, len(s.Requests()))
	}
	s.Requests()[0] = nil
	if s.Requests()[0] == nil {
		t.Error("the list of requests is not a copy")
	}
}
