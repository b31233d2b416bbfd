//go:build unix

package main

import (
	"database/sql"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dragoman/pipeline/llm/llmtest"
)

// inState changes the database of the desk's state.
func (d *desk) inState(statements ...string) {
	d.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(d.state, "dragoman.db"))
	if err != nil {
		d.t.Fatal(err)
	}
	defer db.Close()
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			d.t.Fatalf("%s: %v", s, err)
		}
	}
}

// TestOutputThatIsThere is D11: an output folder that holds what this batch
// makes is left alone, to the file; what other settings ask for is another run,
// in whose folders files of other people stay.
func TestOutputThatIsThere(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "", llmtest.Options{})
	args := []string{"batch", articles(t, d.dir, 3), "-o", "out", "-q"}
	d.ends(0, args...)
	d.called(24, "at first")
	files := func() map[string]fs.FileInfo {
		all := map[string]fs.FileInfo{}
		names, _ := filepath.Glob(filepath.Join(d.dir, "out", "a*", "*")) // the pattern is good
		for _, name := range names {
			info, err := os.Stat(name)
			if err != nil {
				t.Fatal(err)
			}
			all[name] = info
		}
		return all
	}
	before := files()
	d.ends(0, args...)
	d.called(0, "the same content")
	same := func(a, b fs.FileInfo) bool { return os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) }
	if after := files(); len(before) != 15 || !maps.EqualFunc(before, after, same) {
		t.Errorf("%d files, then %d, and not the same ones", len(before), len(after))
	}

	note := d.write("out/a00001/note.txt", "of an editor")
	d.write("out/a00002/document.json", "{}")
	d.ends(0, args...)
	d.called(0, "an edition that is another")
	if info, err := os.Stat(filepath.Join(d.dir, "out", "a00002", "document.json")); err != nil || info.Size() < 100 {
		t.Errorf("the edition that was spoilt was not made again: %v, %v", info, err)
	}

	d.ends(0, append(args, "--check-mode", "M09=off")...)
	d.called(0, "other settings")
	for name, info := range files() {
		if old := before[name]; old != nil && same(old, info) {
			t.Errorf("%s is of the earlier settings", name)
		}
	}
	if b, err := os.ReadFile(note); err != nil || string(b) != "of an editor" {
		t.Errorf("the editor's file: %q, %v", b, err)
	}
	if runs := d.runsOf(); len(runs) != 2 {
		t.Errorf("the runs are %v, want one for each of the settings", runs)
	}
}

// runsOf are the runs that the state has jobs of.
func (d *desk) runsOf() map[string]bool {
	d.t.Helper()
	out, err := d.output("jobs", "list")
	if err != nil {
		d.t.Fatalf("%v\n%s", err, d.log())
	}
	runs := map[string]bool{}
	for _, line := range strings.Split(strings.TrimSpace(out), "\n")[1:] {
		run, _, _ := strings.Cut(line, "/")
		runs[run] = true
	}
	return runs
}

// output runs the program and gives what it prints.
func (d *desk) output(args ...string) (string, error) {
	cmd := d.command(args...)
	cmd.Stdout = nil
	b, err := cmd.Output()
	return string(b), err
}

// TestPoisonedState is D18: replies and settled answers that are stored under
// the names of others are never used, and neither are those of another model or
// of another version of a prompt. What they should have answered is asked, and
// the editions are as if nothing had been stored.
func TestPoisonedState(t *testing.T) {
	t.Parallel()
	// Each row gets the content of the next one.
	turn := func(table, id string) string {
		return fmt.Sprintf("WITH turned AS (SELECT %[2]s AS at, LEAD(body, 1, (SELECT body FROM %[1]s ORDER BY %[2]s LIMIT 1)) OVER (ORDER BY %[2]s) AS body FROM %[1]s) "+
			"UPDATE %[1]s SET body = (SELECT body FROM turned WHERE at = %[1]s.%[2]s)", table, id)
	}
	const n = 3
	for name, c := range map[string]struct {
		poison func(d *desk)
		args   []string
		calls  int
	}{
		"nothing":         {func(*desk) {}, []string{"--check-mode", "M09=off"}, 0},
		"replies":         {func(d *desk) { d.inState(turn("exchanges", "rowid"), "DELETE FROM settled") }, []string{"--check-mode", "M09=off"}, 8 * n},
		"settled answers": {func(d *desk) { d.inState(turn("settled", "rowid"), "DELETE FROM exchanges") }, []string{"--check-mode", "M09=off"}, 8 * n},
		"both":            {func(d *desk) { d.inState(turn("settled", "rowid"), turn("exchanges", "rowid")) }, []string{"--check-mode", "M09=off"}, 8 * n},
		"another model":   {func(*desk) {}, []string{"--model", "another"}, 8 * n},
		"another prompt":  {func(d *desk) { d.otherPrompts() }, []string{"--prompts", "prompts"}, 8 * n},
		"fewer languages": {func(*desk) {}, []string{"--to", "tr"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, "", llmtest.Options{})
			d.rows = articles(t, d.dir, n)
			args := []string{"batch", d.rows, "-o", "out", "-q"}
			d.ends(0, args...)
			d.called(8*n, "at first")
			c.poison(d)
			d.model.Reset()
			d.ends(0, append(args, c.args...)...)
			d.called(c.calls, name)
			d.results(filepath.Join(d.dir, "out"), n)
			got := editionsIn(t, filepath.Join(d.dir, "out"))
			d.state = filepath.Join(d.dir, "nothing-stored")
			d.ends(0, append([]string{"batch", d.rows, "-o", "whole", "-q"}, c.args...)...)
			if want := editionsIn(t, filepath.Join(d.dir, "whole")); !maps.Equal(got, want) {
				t.Errorf("%d editions, and not the %d of a state with nothing stored", len(got), len(want))
			}
		})
	}
}

// otherPrompts makes a folder of the prompts in a later version, with two more
// words.
func (d *desk) otherPrompts() {
	d.t.Helper()
	later := strings.NewReplacer("\nversion: 1\n", "\nversion: 1001\n", "\n# user\n", "\nTake care.\n# user\n")
	for _, name := range []string{"correct/edits.md", "summarize/brief.md", "translate/article.md", "translate/summary.md", "names/sheet.md"} {
		b, err := os.ReadFile(filepath.Join("..", "..", "prompts", name))
		if err != nil {
			d.t.Fatal(err)
		}
		d.write("prompts/"+name, later.Replace(string(b)))
	}
}

// TestStateOfAnotherVersion is D23 on the program: a state of a newer one is
// refused before the first call and left as it is. That one of an older program
// keeps its rows is tested with the stores (TestOlderVersion).
func TestStateOfAnotherVersion(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "", llmtest.Options{})
	rows := articles(t, d.dir, 2)
	d.ends(0, "batch", rows, "-o", "out", "-q")
	d.called(16, "at first")
	d.inState("UPDATE schema_version SET version = version + 1", "ALTER TABLE settled RENAME COLUMN body TO content")
	before, err := os.ReadFile(filepath.Join(d.state, "dragoman.db"))
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"batch", rows, "-o", "out", "-q", "--fresh"}, {"jobs", "list"}, {"worker", "-q"}, {"estimate", rows}} {
		d.ends(5, args...)
	}
	if said := d.log(); !strings.Contains(said, "newer program") || !strings.Contains(said, "hint: ") {
		t.Errorf("it does not say what to do:\n%s", said)
	}
	d.called(0, "a state of a newer program")
	if after, err := os.ReadFile(filepath.Join(d.state, "dragoman.db")); err != nil || string(after) != string(before) {
		t.Errorf("the state was changed: %v", err)
	}
	d.inState("UPDATE schema_version SET version = version - 1", "ALTER TABLE settled RENAME COLUMN content TO body")
	d.ends(0, "batch", rows, "-o", "out", "-q")
	d.called(0, "back again")
}
