package source_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"dragoman/cmd/internal/schedule"
	"dragoman/cmd/internal/source"
	"dragoman/pipeline"
)

// box is an inbox whose files are an hour old where a test does not say otherwise.
type box struct {
	*bench
	dir string
	src schedule.Source
}

func newBox(t *testing.T) *box {
	b := &box{bench: newBench(), dir: filepath.Join(t.TempDir(), "in")}
	b.src = schedule.Source{Inbox: b.dir}
	if err := os.Mkdir(b.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *box) write(t *testing.T, rel, text string) {
	t.Helper()
	b.writeAt(t, rel, text, b.now.Add(-time.Hour))
}

func (b *box) writeAt(t *testing.T, rel, text string, at time.Time) {
	t.Helper()
	name := filepath.Join(b.dir, rel)
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(name, at, at); err != nil {
		t.Fatal(err)
	}
}

// files are the paths and texts of all files in a folder.
func files(t *testing.T, dir string) string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(name)
		rel, _ := filepath.Rel(dir, name)
		out = append(out, filepath.ToSlash(rel)+"="+string(raw))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func TestInbox(t *testing.T) {
	b := newBox(t)
	b.write(t, "b.txt", "Bridge.")
	b.writeAt(t, "sub/a.md", "# Storm", b.now.Add(-2*time.Hour))
	b.write(t, "page.html", page("Fire", story("fire")))
	for _, name := range []string{"README", "photo.jpg", ".hidden.txt", "~draft.txt", "b.txt~", "x.txt.part", "y.html.crdownload", "z.tmp", ".git/a.txt", "rows.jsonl"} {
		b.write(t, name, "Not an article.")
	}
	p := b.poll(t, b.src)
	if p.Kind != source.Inbox || what(p) != "new sub/a, new b, new page" || p.NotChanged {
		t.Fatalf("%s %s, %v", p.Kind, what(p), p.Problems)
	}
	if notes := strings.Join(p.Notes, "|"); notes != "3 files were left out, no .txt, .md or .html: README, photo.jpg, rows.jsonl" {
		t.Errorf("notes %q", notes)
	}
	if i := p.Items[1]; i.Key != filepath.ToSlash(filepath.Join(b.dir, "b.txt")) || i.Document != "b" || i.Article.ID != "b" {
		t.Errorf("%+v", i)
	}
	before := b.writes
	if p = b.poll(t, b.src); what(p) != "3 known" || !p.NotChanged || b.writes != before {
		t.Errorf("again: %s, %d written", what(p), b.writes-before)
	}
	b.writeAt(t, "b.txt", "Bridge.", b.now.Add(-time.Minute)) // touched
	if p = b.poll(t, b.src); what(p) != "3 known" {
		t.Errorf("touched: %s", what(p))
	}
	b.writeAt(t, "b.txt", "Bridge, edited.", b.now.Add(-30*time.Second))
	if p = b.poll(t, b.src); what(p) != "changed b; 2 known" {
		t.Errorf("edited: %s", what(p))
	}
	b.write(t, "copy.txt", "Bridge, edited.")
	if p = b.poll(t, b.src); what(p) != "4 known" {
		t.Errorf("copied: %s", what(p))
	}
	b.writeAt(t, "copy.txt", "Bridge, edited elsewhere.", b.now.Add(-time.Minute))
	if p = b.poll(t, b.src); what(p) != "new copy; 3 known" {
		t.Errorf("the copy edited: %s", what(p))
	}
}

// Two files that would have one id keep theirs apart, in every order of arrival.
func TestFilesOfOneName(t *testing.T) {
	b := newBox(t)
	b.write(t, "a.txt", "Bridge.")
	if p := b.poll(t, b.src); p.Items[0].Document != "a" {
		t.Fatal(what(p))
	}
	b.write(t, "a.md", "Storm.")
	p := b.poll(t, b.src)
	second := p.Items[0].Document
	if len(p.Items) != 1 || p.Items[0].Why != source.New || !strings.HasPrefix(second, "a-") {
		t.Errorf("%+v", p.Items)
	}
	b.writeAt(t, "a.md", "Storm, edited.", b.now.Add(-time.Minute))
	b.writeAt(t, "a.txt", "Bridge, edited.", b.now.Add(-time.Minute))
	p = b.poll(t, b.src)
	if len(p.Items) != 2 || p.Items[0].Document != second || p.Items[1].Document != "a" || p.Items[0].Why != source.Changed {
		t.Errorf("%+v", p.Items)
	}
	other := newBox(t) // a second inbox of the same schedule
	other.bench = b.bench
	other.write(t, "a.txt", "Fire.")
	if p = b.poll(t, other.src); len(p.Items) != 1 || p.Items[0].Document == "a" || p.Items[0].Document == second {
		t.Errorf("%+v", p.Items)
	}
}

func TestFilesThatAreStillWritten(t *testing.T) {
	b := newBox(t)
	b.writeAt(t, "a.txt", "Half a", b.now.Add(-4*time.Second))
	if p := b.poll(t, b.src); what(p) != "1 waiting" {
		t.Errorf("young: %s", what(p))
	}
	b.writeAt(t, "a.txt", "Half a text.", b.now.Add(3*time.Second))
	b.now = b.now.Add(4 * time.Second)
	if p := b.poll(t, b.src); what(p) != "1 waiting" {
		t.Errorf("growing: %s", what(p))
	}
	b.now = b.now.Add(4 * time.Second)
	if p := b.poll(t, b.src); what(p) != "new a" {
		t.Errorf("whole: %s", what(p))
	}
	b.writeAt(t, "b.txt", "From a clock that is ahead.", b.now.Add(24*time.Hour))
	for i, want := range []string{"1 known; 1 waiting", "1 known; 1 waiting", "new b; 1 known", "2 known", "2 known"} {
		if p := b.poll(t, b.src); what(p) != want {
			t.Errorf("in the future, %d: %s", i, what(p))
		}
		b.now = b.now.Add(3 * time.Second)
	}
	b.src.Settle = time.Hour
	b.writeAt(t, "c.txt", "Slow.", b.now.Add(-59*time.Minute))
	if p := b.poll(t, b.src); what(p) != "2 known; 1 waiting" {
		t.Errorf("an hour to settle: %s", what(p))
	}
}

// Nothing outside the inbox is read, and nothing that waits is opened.
func TestWhatIsNoFileOfTheInbox(t *testing.T) {
	b := newBox(t)
	secret := filepath.Join(filepath.Dir(b.dir), "secret.txt")
	if err := os.WriteFile(secret, []byte("A secret."), 0o600); err != nil {
		t.Fatal(err)
	}
	b.write(t, "real.txt", "Bridge.")
	for link, target := range map[string]string{
		"out.txt": secret, "up.txt": "../secret.txt", "etc": "/etc", "loop": ".", "gone.txt": "nothing.txt", "within.txt": "real.txt",
	} {
		if err := os.Symlink(target, filepath.Join(b.dir, link)); err != nil {
			t.Skip(err)
		}
	}
	b.write(t, "empty.txt", "")
	b.write(t, "binary.txt", "\x00\x01\x02\x03\x04\x00\x00")
	b.write(t, "run/document.json", "{}")
	b.write(t, "run/article.md", "What a run wrote.")
	p := b.poll(t, b.src)
	if what(p) != "new real; 1 known; 7 problems" {
		t.Errorf("%s", what(p))
	}
	lines := ""
	for _, problem := range p.Problems {
		lines += problem.Line + "\n"
	}
	for _, want := range []string{
		"out.txt: is a link that leaves the inbox", "up.txt: is a link that leaves", "etc: is a link", "loop: is a link to a folder", "gone.txt: is a link that leaves the inbox or leads nowhere",
		"empty.txt: the input is empty", "binary.txt: the input is not text",
	} {
		if !strings.Contains(lines, want) {
			t.Errorf("problems lack %q:\n%s", want, lines)
		}
	}
	if notes := strings.Join(p.Notes, "|"); !strings.Contains(notes, "run was left out: it holds what a run wrote") {
		t.Errorf("notes %q", notes)
	}
	for i := range 5 {
		p = b.poll(t, b.src)
		if what(p) != "2 known; 7 problems" || p.Problems[0].Tries != i+2 {
			t.Errorf("again: %s, %+v", what(p), p.Problems[0])
		}
	}
	b.write(t, "empty.txt", "Storm.")
	if p = b.poll(t, b.src); what(p) != "new empty; 2 known; 6 problems" {
		t.Errorf("mended: %s", what(p))
	}
}

func TestProcessedFilesAreMoved(t *testing.T) {
	for name, done := range map[string]string{"beside": "../done", "within": "done"} {
		t.Run(name, func(t *testing.T) {
			b := newBox(t)
			b.src.MoveTo = filepath.Join(b.dir, done)
			b.write(t, "a.txt", "Bridge.")
			b.write(t, "sub/b.txt", "Storm.")
			b.write(t, "bad.txt", "")
			moved := func(want string) {
				t.Helper()
				if got := files(t, b.src.MoveTo); got != want {
					t.Errorf("moved: %s, want %s", got, want)
				}
			}
			if p := b.look(t, b.src); what(p) != "new a, new sub/b; 1 problems" {
				t.Fatal(what(p))
			}
			if _, err := os.Stat(filepath.Join(b.dir, "a.txt")); err != nil {
				t.Error("moved before the commit")
			}
			p := b.look(t, b.src)
			b.writeAt(t, "sub/b.txt", "Storm, edited.", b.now) // since it was read
			if err := b.p.Commit(t.Context(), p); err != nil {
				t.Fatal(err)
			}
			moved("a.txt=Bridge.")
			b.now = b.now.Add(time.Minute)
			b.write(t, "a.txt", "Bridge, again.")
			if p = b.poll(t, b.src); what(p) != "changed a, changed sub/b; 1 problems" && what(p) != "changed sub/b, changed a; 1 problems" {
				t.Errorf("%s", what(p))
			}
			moved("a-2.txt=Bridge, again. a.txt=Bridge. sub/b.txt=Storm, edited.")
			b.write(t, "a.txt", "Bridge.") // as a move leaves it that was interrupted at its end
			b.write(t, "c.txt", "Storm, edited.")
			if p = b.poll(t, b.src); what(p) != "changed a; 1 known; 1 problems" {
				t.Errorf("%s", what(p))
			}
			moved("a-2.txt=Bridge, again. a.txt=Bridge. c.txt=Storm, edited. sub/b.txt=Storm, edited.")
			left, err := os.ReadDir(b.dir)
			if err != nil || len(left) > 3 || left[0].Name() != "bad.txt" {
				t.Errorf("left in the inbox: %v, %v", left, err)
			}
		})
	}
}

// A file that is known but was not moved, as the process died before, is moved by
// the next poll.
func TestAMoveIsMadeUpFor(t *testing.T) {
	b := newBox(t)
	b.write(t, "a.txt", "Bridge.")
	b.poll(t, b.src)
	b.src.MoveTo = filepath.Join(filepath.Dir(b.dir), "done")
	if p := b.poll(t, b.src); what(p) != "1 known" || files(t, b.src.MoveTo) != "a.txt=Bridge." {
		t.Errorf("%s, %s", what(p), files(t, b.src.MoveTo))
	}
}

// A move that fails is said, and all else is remembered.
func TestAMoveThatFails(t *testing.T) {
	b := newBox(t)
	b.src.MoveTo = filepath.Join(filepath.Dir(b.dir), "done")
	if err := os.WriteFile(b.src.MoveTo, []byte("a file in the way"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.write(t, "a.txt", "Bridge.")
	p := b.look(t, b.src)
	if err := b.p.Commit(t.Context(), p); err != nil || len(b.sources) != 1 || len(b.entries) == 0 || len(p.Notes) != 1 {
		t.Errorf("%v, %d sources, notes %q", err, len(b.sources), p.Notes)
	}
	if p = b.poll(t, b.src); what(p) != "1 known; 1 problems" || !strings.Contains(p.Problems[0].Line, "folder of processed files") {
		t.Errorf("%s, %v", what(p), p.Problems)
	}
	if files(t, b.dir) != "a.txt=Bridge." {
		t.Error("the file is gone")
	}
	if err := os.Remove(b.src.MoveTo); err != nil {
		t.Fatal(err)
	}
	if p = b.poll(t, b.src); files(t, b.src.MoveTo) != "a.txt=Bridge." {
		t.Errorf("%s", what(p))
	}
	if p = b.poll(t, b.src); what(p) != "" {
		t.Errorf("%s, %v", what(p), p.Problems)
	}
}

func TestMostFilesInOnePoll(t *testing.T) {
	b := newBox(t)
	b.src.MaxItems, b.src.MoveTo = 2, filepath.Join(filepath.Dir(b.dir), "done")
	for i, name := range []string{"c", "b", "a"} {
		b.writeAt(t, name+".txt", "Text "+name, b.now.Add(time.Duration(i-10)*time.Hour))
	}
	if p := b.poll(t, b.src); what(p) != "new c, new b; 1 left" || files(t, b.src.MoveTo) != "b.txt=Text b c.txt=Text c" {
		t.Errorf("%s, %s", what(p), files(t, b.src.MoveTo))
	}
	if p := b.poll(t, b.src); what(p) != "new a" {
		t.Errorf("%s", what(p))
	}
}

// A file that no reader takes is named, once.
func TestFilesThatAreLeftOutAreToldOnce(t *testing.T) {
	b := newBox(t)
	want := func(n int, note string) {
		t.Helper()
		p := b.poll(t, b.src)
		if notes := strings.Join(p.Notes, "|"); p.Ignored != n || notes != note {
			t.Errorf("%d, %q; want %d, %q", p.Ignored, notes, n, note)
		}
	}
	b.write(t, "report.docx", "No article.")
	b.look(t, b.src) // its process dies before it tells
	want(1, "1 file was left out, no .txt, .md or .html: report.docx")
	want(0, "")
	for _, n := range []string{"a.pdf", "b.pdf", "c.pdf", "d.pdf", "e.pdf"} {
		b.write(t, n, "No article.")
	}
	want(5, "5 files were left out, no .txt, .md or .html: a.pdf, b.pdf, c.pdf and 2 more")
	if err := os.Remove(filepath.Join(b.dir, "a.pdf")); err != nil {
		t.Fatal(err)
	}
	want(0, "")
	b.write(t, "a.pdf", "There once more.")
	want(1, "1 file was left out, no .txt, .md or .html: a.pdf")
	for i := range 1200 {
		b.write(t, fmt.Sprintf("more/%04d.jpg", i), "")
	}
	want(1200, "1200 files were left out, no .txt, .md or .html: more/0000.jpg, more/0001.jpg, more/0002.jpg and 1197 more")
	want(0, "")
}

// The folder of processed files is left out under every name that leads to it.
func TestProcessedFilesBehindALink(t *testing.T) {
	b := newBox(t)
	other := filepath.Join(filepath.Dir(b.dir), "lnk")
	if err := os.Symlink(b.dir, other); err != nil {
		t.Skip(err)
	}
	b.src.MoveTo = filepath.Join(other, "done")
	b.write(t, "a.txt", "Bridge.")
	if p := b.poll(t, b.src); what(p) != "new a" {
		t.Fatal(what(p))
	}
	if p := b.poll(t, b.src); what(p) != "" || files(t, b.src.MoveTo) != "a.txt=Bridge." {
		t.Errorf("taken again: %s; %s", what(p), files(t, b.src.MoveTo))
	}
	b.src.MoveTo = other
	if _, err := b.p.Poll(t.Context(), b.src); err == nil || !strings.Contains(err.Error(), "move-to is the inbox itself") {
		t.Errorf("moved into itself by a link: %v", err)
	}
}

func TestInboxesThatCannotBeRead(t *testing.T) {
	b := newBox(t)
	for name, src := range map[string]schedule.Source{
		"not there":         {Inbox: filepath.Join(b.dir, "none")},
		"a file":            {Inbox: os.Args[0]},
		"moved into itself": {Inbox: b.dir, MoveTo: b.dir + "/."},
	} {
		p, err := b.p.Poll(t.Context(), src)
		if pipeline.CodeOf(err) != pipeline.Invalid || p == nil || p.Failure == "" {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := b.p.Commit(t.Context(), p); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
