//go:build unix

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"dragoman/pipeline/llm/llmtest"
)

// inputRow is a line of a .jsonl input.
func inputRow(id, text string) string {
	b, err := json.Marshal(map[string]string{"id": id, "text": text})
	if err != nil {
		panic(err) // strings always have JSON
	}
	return string(b) + "\n"
}

// TestDuplicatesAreAskedOnce gives one text under three names: it costs what it
// costs once, and each has its edition.
func TestDuplicatesAreAskedOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "", llmtest.Options{Latency: 20 * time.Millisecond})
	d.write("one.jsonl", inputRow("a", articleText(0)))
	d.ends(0, "batch", "one.jsonl", "-o", "one", "-q")
	once := d.model.Count()
	d.model.Reset()
	d.state = filepath.Join(d.dir, "another-state")
	d.write("three.jsonl", inputRow("a", articleText(0))+inputRow("b", articleText(0))+inputRow("c", articleText(0)))
	d.ends(0, "batch", "three.jsonl", "-o", "three", "-q")
	d.called(once, "one text three times")
	d.results(filepath.Join(d.dir, "three"), 3)
}

// TestBadInputs has good articles among what is none: exit 3, each named with
// its place, and the good ones have their editions.
func TestBadInputs(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "", llmtest.Options{})
	d.write("rows.jsonl", inputRow("good", articleText(0))+inputRow("good", articleText(1))+"{\"id\":\"torn\"\n"+inputRow("", "x")+`{"id":"neither"}`+"\n"+inputRow("empty", ""))
	d.write("in/binary.txt", "\x7fELF\x02\x01\x01\x00\x00\x80\x90")
	d.write("in/fine.txt", articleText(2))
	if err := os.Symlink("nowhere", filepath.Join(d.dir, "in", "gone.txt")); err != nil {
		t.Fatal(err)
	}
	d.ends(3, "batch", "rows.jsonl", "in", "-o", "out")
	said := d.log()
	for _, want := range []string{"rows.jsonl:2", "rows.jsonl:3", "rows.jsonl:4", "rows.jsonl:5", "gone.txt"} {
		if !strings.Contains(said, want) {
			t.Errorf("%s is not named:\n%s", want, said)
		}
	}
	states := d.states("out")
	if states["good"] != "done" || states["fine"] != "done" || states["empty"] != "failed" || states["binary"] != "failed" {
		t.Errorf("%v", states)
	}
	d.model.Reset()
	d.ends(3, "batch", "rows.jsonl", "in", "-o", "out", "-q")
	d.called(0, "the same again")
}

// TestOnlyFailed spoils one sentence of one article for good. A plain run does
// not ask for it again; --only failed asks for it alone, and leaves the
// articles that are well.
func TestOnlyFailed(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "", llmtest.Options{})
	in := articles(t, d.dir, 4)
	bad, _, _ := strings.Cut(strings.SplitN(articleText(1), "\n\n", 3)[1], " The vote")
	d.model.Inject(llmtest.Injection{Kind: llmtest.SentenceEnglish, Task: "translate/article", To: "ru", Sentence: bad})
	d.ends(1, "batch", in, "-o", "out", "-q")
	if states := d.states("out"); states["a00001"] != "flagged" || states["a00000"] != "done" {
		t.Fatalf("%v", states)
	}
	d.model.Reset()
	d.ends(1, "batch", in, "-o", "out", "-q")
	d.called(0, "the plain run again")
	d.model.Heal()
	d.ends(1, "batch", in, "-o", "out", "-q")
	d.called(0, "the plain run again, with a model that is well")
	d.ends(0, "batch", in, "-o", "out", "-q", "--only", "failed")
	if got, want := d.asked(), []string{"translate/article ru: " + bad}; !slices.Equal(got, want) {
		t.Errorf("--only failed asks\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	d.results(filepath.Join(d.dir, "out"), 4)
	d.ends(0, "batch", in, "-o", "out", "-q", "--only", "failed")
	d.called(0, "--only failed, and nothing is")
}

// TestFailFast ends at the first article without an edition: most of the others
// are not asked about.
func TestFailFast(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "", llmtest.Options{Latency: 100 * time.Millisecond})
	var rows strings.Builder
	for i := range 30 {
		text := articleText(i)
		if i == 0 {
			text = "Der Rat der Stadt hat am Dienstag einen Plan für neue Häuser beschlossen, sagte der Bürgermeister.\n\nDie Abstimmung folgte auf eine lange Debatte im Rat der Stadt."
		}
		rows.WriteString(inputRow(fmt.Sprintf("a%02d", i), text))
	}
	in := d.write("rows.jsonl", rows.String())
	d.ends(3, "batch", in, "-o", "out", "-q", "--concurrency", "2", "--fail-fast")
	if calls := d.model.Count(); calls > 8*15 {
		t.Errorf("%d calls were made after the article that failed", calls)
	}
	d.ends(3, "batch", in, "-o", "out", "-q")
	if got := d.model.Tally(); got.AnsweredAgain > 0 {
		t.Errorf("%d calls were paid again", got.AnsweredAgain)
	}
	states := d.states("out")
	if len(states) != 30 || states["a00"] != "failed" || states["a29"] != "done" {
		t.Errorf("%v", states)
	}
}

// TestSample takes some articles, always the same ones; the whole batch then
// takes the others.
func TestSample(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "", llmtest.Options{})
	in := articles(t, d.dir, 12)
	d.ends(0, "batch", in, "-o", "out", "-q", "--sample", "3")
	first := d.states("out")
	if len(first) != 3 {
		t.Fatalf("%v", first)
	}
	d.called(24, "a sample of 3")
	d.ends(0, "batch", in, "-o", "out", "-q", "--sample", "3")
	d.called(0, "the same sample")
	if again := d.states("out"); !maps.Equal(first, again) {
		t.Errorf("another sample: %v, %v", first, again)
	}
	d.ends(0, "batch", in, "-o", "out", "-q")
	d.called(8*9, "the others")
	d.results(filepath.Join(d.dir, "out"), 12)
}

// TestDerivedAgain changes how answers are judged: every output is made again
// from stored replies, and nothing is asked.
func TestDerivedAgain(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "", llmtest.Options{})
	in := articles(t, d.dir, 4)
	d.ends(0, "batch", in, "-o", "out", "-q")
	d.called(32, "at first")
	name := filepath.Join(d.dir, "out", "a00001", "document.json")
	before, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	d.ends(0, "batch", in, "-o", "out", "-q", "--check-mode", "M09=off")
	d.called(0, "another way to judge")
	after, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	if os.SameFile(before, after) {
		t.Error("the edition was not made again")
	}
	for id, l := range d.lines("out") {
		if l.Calls != 0 {
			t.Errorf("%s: %d calls, %d stored", id, l.Calls, l.Stored)
		}
	}
}

// TestListOnStdin reads the names of articles from standard input.
func TestListOnStdin(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "", llmtest.Options{})
	d.write("a.txt", articleText(0))
	d.write("more/b.txt", articleText(1))
	cmd := d.command("batch", "-", "-o", "out", "-q")
	cmd.Stdin = strings.NewReader("a.txt\nmore/b.txt\n")
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, d.log())
	}
	if got := d.states("out"); !maps.Equal(got, map[string]string{"a": "done", "more/b": "done"}) {
		t.Errorf("%v", got)
	}
}

// TestEventsOfABatch reads --json: progress lines whose figures never go back,
// and one end with the figures of all.
func TestEventsOfABatch(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "", llmtest.Options{Latency: 30 * time.Millisecond})
	cmd := d.command("batch", articles(t, d.dir, 6), "-o", "out", "--json", "--concurrency", "2")
	var out bytes.Buffer
	cmd.Stdout = &out
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, d.log())
	}
	var last struct {
		Type                               string
		Total, Done, Calls, Exit, Articles int
		Skipped, Flagged, Failed, Stopped  int
		States                             map[string]int
		Run                                string
		Error                              any
		Cost, MaxCost, MaxTokens, ETAMS    any
		Running, Stored, Tokens, ElapsedMS int64
	}
	progress, done, told := 0, 0, map[string]bool{}
	for scan := bufio.NewScanner(&out); scan.Scan(); {
		if last.Type == "end" {
			t.Errorf("a line after the end: %s", scan.Text())
		}
		var article struct{ Type, ID, State, Folder string }
		if err := json.Unmarshal(scan.Bytes(), &article); err == nil && article.Type == "article" {
			if told[article.ID] || article.State != "done" || article.Folder != article.ID {
				t.Errorf("%s", scan.Text())
			}
			told[article.ID] = true
			continue
		}
		dec := json.NewDecoder(bytes.NewReader(scan.Bytes()))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&last); err != nil {
			t.Fatalf("%s: %v", scan.Text(), err)
		}
		if last.Type == "progress" {
			if progress++; last.Done < done || last.Total != 6 {
				t.Errorf("%s", scan.Text())
			}
			done = last.Done
		}
	}
	if last.Type != "end" || last.Exit != 0 || last.Articles != 6 || last.States["done"] != 6 || last.Error != nil || progress == 0 || len(told) != 6 {
		t.Errorf("%d progress lines, the last line is %+v", progress, last)
	}
}
