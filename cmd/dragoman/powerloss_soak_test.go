//go:build linux

package main

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dragoman/pipeline/llm/llmtest"
)

// TestSoakPowerLoss is D4: the power goes while a batch is under way, and the
// disk has what was synced, and anything or nothing of the rest. No file that
// is not whole is taken for one; the articles that were told of as done, and
// the replies that were paid, are kept.
//
// A batch is recorded at its system calls once. From the record the disk is made
// as it would be found after any of them.
func TestSoakPowerLoss(t *testing.T) {
	t.Parallel()
	points := 6
	if *soak {
		points = 50
	}
	const n, atOnce, perArticle = 4, 2, 8
	want := undisturbed(t, n)
	d := newDesk(t, "", llmtest.Options{Latency: 5 * time.Millisecond})
	place := filepath.Join(d.dir, "disk")
	d.state = filepath.Join(place, "new", "state")
	rows, out := articles(t, d.dir, n), filepath.Join(place, "newer", "out")
	trace, told := d.recorded("batch", rows, "-o", out, "--json", "--concurrency", fmt.Sprint(atOnce))
	whole, calls := replay(t, trace, place, told, -1)
	d.asOnDisk(whole, out)

	seed := uint64(time.Now().UnixNano())
	t.Logf("%d calls of the system, %d of the model; seed %d", calls, whole.sent, seed)
	dice := rand.New(rand.NewPCG(seed, 4))
	for i := range points {
		at := 1 + dice.IntN(calls)
		lost, _ := replay(t, trace, place, told, at)
		if err := os.RemoveAll(place); err != nil {
			t.Fatal(err)
		}
		how, rest := "without what was not synced", dice
		if i%2 == 0 {
			rest = nil
		} else {
			how = "with some of what was not synced"
		}
		if err := lost.root.lose(place, rest); err != nil {
			t.Fatal(err)
		}
		acknowledged := strings.Count(string(lost.said), `"state":"done"`)
		what := fmt.Sprintf("point %d, call %d, %s: %d articles done, %d calls made", i, at, how, acknowledged, lost.sent)
		for name, text := range editionsOnDisk(t, out) {
			if text != want[name] {
				t.Errorf("%s: %s is not whole", what, name)
			}
		}
		d.model.Reset()
		d.ends(0, "batch", rows, "-o", out, "-q", "--concurrency", fmt.Sprint(atOnce))
		again := d.model.Count()
		if most := perArticle * (n - acknowledged); again > most {
			t.Errorf("%s: %d calls, want at most %d: articles that were done are asked about", what, again, most)
		}
		if most := perArticle*n - max(lost.sent-atOnce, 0); again > most {
			t.Errorf("%s: %d calls, want at most %d: replies that were paid are lost", what, again, most)
		}
		d.results(out, n)
		if got := editionsIn(t, out); !maps.Equal(got, want) {
			t.Errorf("%s: %d editions, and not those of an undisturbed run", what, len(got))
		}
	}
}

// recorded runs the program to its end under strace. It gives the record, and
// the file of what the program said.
func (d *desk) recorded(args ...string) (trace []byte, told string) {
	d.t.Helper()
	record := filepath.Join(d.dir, "record")
	told = filepath.Join(d.dir, "events")
	events, err := os.Create(told)
	if err != nil {
		d.t.Fatal(err)
	}
	defer events.Close()
	cmd := d.command(args...)
	cmd.Stdout = events
	cmd.Args = append([]string{
		d.strace(), "-f", "-y", "-xx", "-s", "16777216", "-o", record,
		"-e", "trace=?open,openat,?creat,write,writev,pwrite64,pwritev,fsync,fdatasync,sync_file_range,?rename,renameat,renameat2,?truncate,ftruncate," +
			"?unlink,unlinkat,?mkdir,mkdirat,?rmdir,?link,linkat,?symlink,symlinkat,fallocate,copy_file_range", cmd.Path,
	}, cmd.Args[1:]...)
	cmd.Path = cmd.Args[0]
	if err := cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	if code := exitOf(d.t, cmd); code != 0 {
		d.t.Fatalf("exit code %d\n%s", code, d.log())
	}
	if trace, err = os.ReadFile(record); err != nil {
		d.t.Fatal(err)
	}
	return trace, told
}

// asOnDisk holds what the record comes to against the folder that it is of.
func (d *desk) asOnDisk(whole *disk, out string) {
	d.t.Helper()
	for name := range editionsIn(d.t, out) {
		b, err := os.ReadFile(filepath.Join(out, name))
		if err != nil {
			d.t.Fatal(err)
		}
		n, _, _ := whole.find(filepath.Join(out, name))
		if n == nil || string(n.seen) != string(b) || string(n.synced) != string(b) {
			d.t.Fatalf("%s is not in the record as it is on the disk", name)
		}
	}
	db, err := os.ReadFile(filepath.Join(d.state, "dragoman.db"))
	if err != nil {
		d.t.Fatal(err)
	}
	n, _, _ := whole.find(filepath.Join(d.state, "dragoman.db"))
	if n == nil || string(n.seen) != string(db) {
		d.t.Fatal("the database is not in the record as it is on the disk")
	}
}

// editionsOnDisk are the editions that a reader of the folder would take for
// whole: not those with a temporary name.
func editionsOnDisk(t *testing.T, out string) map[string]string {
	t.Helper()
	files := map[string]string{}
	names, err := filepath.Glob(filepath.Join(out, "*", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.Contains(name, temporaryMark) {
			continue
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		rel, _ := filepath.Rel(out, name)
		files[rel] = ofThisRun.ReplaceAllString(string(b), "")
	}
	return files
}
