package news_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dragoman/pipeline"
	"dragoman/pipeline/llm/llmtest"
)

// A run on the pseudo model is clean, three calls deep, and repeated for
// nothing.
func TestSecondRunAsksNothing(t *testing.T) {
	for name, text := range map[string]string{"sample": sample(t), "story": story} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(llmtest.Options{Latency: 200 * time.Millisecond})
				start := time.Now()
				first, calls, err := d.run(t, article(t, text))
				if c := complaints(first, err); len(c) > 0 {
					t.Errorf("a clean run complains: %s", strings.Join(c, "\n"))
				}
				if took := time.Since(start); len(calls) != 8 || took != 600*time.Millisecond {
					t.Errorf("%d calls in %v, want 8 in three times 200 ms", len(calls), took)
				}
				for digest, n := range d.server.Digests() {
					if n != 1 {
						t.Errorf("the body %.12s was asked %d times", digest, n)
					}
				}
				second, calls, err := d.run(t, article(t, text))
				if err != nil || len(calls) != 0 {
					t.Errorf("the second run: %v, %s", err, asked(calls))
				}
				if a, b := result(first), result(second); a != b {
					t.Errorf("the second run differs:\n%s", difference(a, b))
				}
			})
		})
	}
}

// The ledger alone answers a second run too: losing the settled answers costs
// no call.
func TestLedgerAloneRepeatsARun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(llmtest.Options{})
		first, _, _ := d.run(t, article(t, story))
		d.settled = newDesk(llmtest.Options{}).settled
		second, calls, err := d.run(t, article(t, story))
		if err != nil || len(calls) != 0 || result(first) != result(second) {
			t.Errorf("%v, %d calls:\n%s", err, len(calls), difference(result(first), result(second)))
		}
	})
}

// One sentence changed: asked are that sentence, its translations, the
// summary, and the translations of the summary sentences that changed.
func TestOneSentenceChanged(t *testing.T) {
	tests := []struct{ name, text, before, after string }{
		{"not in the summary", sample(t), "He became ambassador in July 2013.", "He became ambassador in August 2014."},
		{"in the summary", story, "at least 11 shots", "at least 12 shots"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				changed := strings.Replace(tt.text, tt.before, tt.after, 1)
				if changed == tt.text {
					t.Fatal("nothing changed")
				}
				d := newDesk(llmtest.Options{})
				old, _, _ := d.run(t, article(t, tt.text))
				doc, calls, err := d.run(t, article(t, changed))
				if c := complaints(doc, err); len(c) > 0 {
					t.Errorf("complaints: %s", strings.Join(c, "\n"))
				}
				want := expectedCalls(old, doc)
				got := map[string][]string{}
				for _, c := range calls {
					key := strings.TrimSpace(c.Task + " " + c.To)
					if c.Task == "summarize/brief" {
						got[key] = nil // every sentence is in it
						continue
					}
					got[key] = append(got[key], c.Sentences...)
				}
				for _, key := range slices.Sorted(maps.Keys(got)) {
					if w, ok := want[key]; !ok || !slices.Equal(w, got[key]) {
						t.Errorf("%s was asked about %q, want %q", key, got[key], w)
					}
				}
				for key := range want {
					if _, ok := got[key]; !ok {
						t.Errorf("%s was not asked", key)
					}
				}
			})
		})
	}
}

// expectedCalls are the sentences that differ between two documents, by the
// calls that ask about them.
func expectedCalls(old, doc *pipeline.Document) map[string][]string {
	had := map[string]bool{}
	for _, s := range old.Normalized.Sentences() {
		had[s.Text] = true
	}
	want := map[string][]string{"summarize/brief": nil}
	for _, s := range doc.Normalized.Sentences() {
		if !had[s.Text] {
			for _, key := range []string{"correct/edits", "translate/article ru", "translate/article tr"} {
				want[key] = append(want[key], s.Text)
			}
		}
	}
	for _, s := range old.Summary.Sentences {
		had[s.Text+"/summary"] = true
	}
	for _, s := range doc.Summary.Sentences {
		if !had[s.Text+"/summary"] {
			for _, key := range []string{"translate/summary ru", "translate/summary tr"} {
				want[key] = append(want[key], s.Text)
			}
		}
	}
	return want
}

// Limits of the endpoint slow a run down and change nothing else.
func TestLimitsOfTheEndpoint(t *testing.T) {
	base := newBaseline(t)
	tests := []struct {
		name  string
		opt   llmtest.Options
		calls int
	}{
		{"one slot", llmtest.Options{Slots: 1, Latency: 100 * time.Millisecond}, 8},
		{"five calls a minute", llmtest.Options{RPM: 5}, 0},
		{"no usage", llmtest.Options{NoUsage: true}, 8},
		{"no schemas", llmtest.Options{RefuseSchema: true}, 0},
		{"no formats at all", llmtest.Options{RefuseFormats: true}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				doc, calls, err := newDesk(tt.opt).run(t, article(t, story))
				if c := complaints(doc, err); len(c) > 0 {
					t.Errorf("complaints: %s", strings.Join(c, "\n"))
				}
				if a, b := edition(base.doc, place{}), edition(doc, place{}); a != b {
					t.Errorf("the edition differs:\n%s", difference(a, b))
				}
				if tt.calls > 0 && len(calls) != tt.calls || len(calls) > 24 {
					t.Errorf("%d calls", len(calls))
				}
			})
		})
	}
}

// An article beyond the model's context is asked for in parts: nothing is cut,
// and every sentence comes back as it would alone.
func TestLongArticle(t *testing.T) {
	text := longStory()
	for name, believed := range map[string]int{"known context": 4096, "smaller context than was said": 16384} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(llmtest.Options{ContextSize: 4096})
				d.context = believed
				doc, calls, err := d.run(t, article(t, text))
				if c := complaints(doc, err); len(c) > 0 {
					t.Errorf("complaints: %s", strings.Join(c, "\n"))
				}
				for _, tr := range doc.Translations {
					for _, u := range tr.Article {
						if want := llmtest.Translate(tr.Lang.String(), u.Source); u.State == pipeline.Translated && u.Target != want {
							t.Errorf("%s %s: %q, want %q", tr.Lang, u.ID, u.Target, want)
						}
					}
				}
				refused := 0
				for _, c := range calls {
					if c.Status != 200 {
						refused++
					}
				}
				if believed == 4096 && refused > 0 {
					t.Errorf("%d of %d calls were longer than the context", refused, len(calls))
				}
				if _, calls, _ := d.run(t, article(t, text)); len(calls) > 0 && believed == 4096 {
					t.Errorf("the second run: %s", asked(calls))
				}
			})
		})
	}
}

// longStory is some two hundred sentences of which no two are the same.
func longStory() string {
	var b strings.Builder
	b.WriteString("Ministers in Ankara count the cost of a long winter\n\n")
	for i, who := range []string{"police", "hospital", "museum", "harbour", "railway", "school", "factory", "bakery", "library", "theatre"} {
		for j, what := range []string{"roof", "garden", "kitchen", "cellar", "office", "bridge", "fence"} {
			fmt.Fprintf(&b, "The %s in the city lost its %s during the storm of %d January, officials said. ", who, what, i+j+2)
			fmt.Fprintf(&b, "Workers need %d weeks and at least %d lorries to mend the %s of the %s. ", 3+i, 20+10*i+j, what, who)
			fmt.Fprintf(&b, "Nobody from the %s was hurt when the %s fell.\n\n", who, what)
		}
	}
	return b.String()
}
