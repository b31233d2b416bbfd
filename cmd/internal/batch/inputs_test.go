package batch

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"dragoman/cmd/internal/outdir"
	"dragoman/pipeline"
)

const prose = "Storm hits the coast\n\nA storm hit the coast on Friday. Some houses were damaged.\n"

// tree makes files in a new folder: name to text.
func tree(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		full := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// walked are the ids of all inputs, and the errors behind a "!".
func walked(t testing.TB, in *Inputs) []string {
	t.Helper()
	var out []string
	for i, err := range in.All(context.Background()) {
		if err == nil {
			out = append(out, i.ID)
			continue
		}
		if e, ok := errors.AsType[*pipeline.Error](err); !ok || e.Code != pipeline.Invalid {
			t.Errorf("%s: %v has no class", i.ID, err)
		}
		out = append(out, "!"+i.ID)
	}
	return out
}

func open(t testing.TB, opt Options, args ...string) *Inputs {
	t.Helper()
	in, err := Open(context.Background(), args, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := in.Close(); err != nil {
			t.Error(err)
		}
	})
	return in
}

func TestFoldersAndPatterns(t *testing.T) {
	dir := tree(t, map[string]string{
		"in/b.txt": prose, "in/a.md": prose, "in/sub/c.txt": prose, "in/sub/deep/d.html": "<p>" + prose, "in/README": prose,
		"in/.hidden.txt": prose, "in/.git/x.txt": prose, "in/picture.png": "x", "in/rows.jsonl": `{"id":"r1","text":"One."}` + "\n",
		"in/out/results.jsonl": "", "in/out/report.json": "", "in/out/x.txt": prose,
		"in/article/document.json": "", "in/article/report.html": "", "in/article/en.md": prose,
	})
	t.Chdir(dir)
	all := "a b r1 sub/c sub/deep/d"
	for name, tt := range map[string]struct {
		args []string
		want string
	}{
		"folder":         {[]string{"in"}, all},
		"with a slash":   {[]string{"in/"}, all},
		"absolute":       {[]string{filepath.Join(dir, "in")}, all},
		"files":          {[]string{"in/b.txt", "in/sub/c.txt"}, "b c"},
		"no ending":      {[]string{"in/README"}, "README"},
		"rows":           {[]string{"in/rows.jsonl"}, "r1"},
		"pattern":        {[]string{"in/*.txt"}, "b"},
		"pattern, more":  {[]string{"in/[ab].*"}, "a b"},
		"any folder":     {[]string{"in/*/c.txt"}, "sub/c"},
		"any folders":    {[]string{"in/**/*.txt"}, "b sub/c"},
		"all below":      {[]string{"in/**"}, all},
		"folder matches": {[]string{"in/s*"}, "sub/c sub/deep/d"},
	} {
		t.Run(name, func(t *testing.T) {
			in := open(t, Options{}, tt.args...)
			for range 2 { // it can be walked again
				if got := strings.Join(walked(t, in), " "); got != tt.want {
					t.Errorf("got %s, want %s", got, tt.want)
				}
			}
		})
	}
	in := open(t, Options{}, "in")
	walked(t, in)
	notes := strings.Join(in.Notes(), "\n")
	for _, want := range []string{"2 files were left out", "in/out was left out", "in/article was left out"} {
		if !strings.Contains(filepath.ToSlash(notes), want) {
			t.Errorf("notes lack %q:\n%s", want, notes)
		}
	}
}

// The output folder is not read, however it is named.
func TestOutputIsNoInput(t *testing.T) {
	dir := tree(t, map[string]string{"in/a.txt": prose, "in/new/b.txt": prose})
	in := open(t, Options{Out: filepath.Join(dir, "in", "..", "in", "new")}, filepath.Join(dir, "in"))
	if got := walked(t, in); !slices.Equal(got, []string{"a"}) {
		t.Errorf("got %v", got)
	}
	in = open(t, Options{Out: dir + "/in/new"}, dir+"/in/**/*.txt")
	if got := walked(t, in); !slices.Equal(got, []string{"a"}) {
		t.Errorf("pattern: got %v", got)
	}
	in = open(t, Options{Out: filepath.Join(dir, "in")}, filepath.Join(dir, "in"))
	if got := walked(t, in); !slices.Equal(got, []string{"!in"}) {
		t.Errorf("itself: got %v", got)
	}
	locked := tree(t, map[string]string{"a.txt": prose, outdir.LockName: "1"})
	if got := walked(t, open(t, Options{}, locked)); len(got) != 1 || got[0][0] != '!' {
		t.Errorf("locked: got %v", got)
	}
}

// What cannot be an input is named with a remedy, before anything is done.
func TestBadArguments(t *testing.T) {
	dir := tree(t, map[string]string{"a.txt": prose, "b.docx": "x"})
	fifo := filepath.Join(dir, "pipe")
	makePipe(t, fifo)
	for link, to := range map[string]string{"loop": "loop", "dangling": "nowhere"} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Skip(err)
		}
	}
	for name, tt := range map[string]struct {
		args []string
		want string
	}{
		"nothing":   {nil, "nothing to read"},
		"empty":     {[]string{""}, "no input"},
		"missing":   {[]string{filepath.Join(dir, "nope.txt")}, "no such file"},
		"no base":   {[]string{filepath.Join(dir, "nope", "*.txt")}, "no such file"},
		"twice":     {[]string{filepath.Join(dir, "a.txt"), filepath.Join(dir, "a.txt")}, "named twice"},
		"no reader": {[]string{filepath.Join(dir, "b.docx")}, "no reader"},
		"address":   {[]string{"https://example.org/a.html"}, "is an address"},
		"pipe":      {[]string{fifo}, "is a pipe"},
		"device":    {[]string{os.DevNull}, "is a device"},
		"loop":      {[]string{filepath.Join(dir, "loop")}, "leads back to itself"},
		"dangling":  {[]string{filepath.Join(dir, "dangling")}, "link to what does not exist"},
		"pattern":   {[]string{dir + "/[z-a"}, "no pattern"},
		"no stdin":  {[]string{"-"}, "no standard input"},
	} {
		_, err := Open(context.Background(), tt.args, Options{})
		e, ok := errors.AsType[*pipeline.Error](err)
		if !ok || e.Code != pipeline.Invalid || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %s", name, err, tt.want)
			continue
		}
		if e.Hint == "" && name != "twice" && name != "empty" && name != "no stdin" {
			t.Errorf("%s: no hint: %v", name, err)
		}
	}
}

// One bad file of many is told with its name, and the walk goes on.
func TestBadFilesAmongGood(t *testing.T) {
	dir := tree(t, map[string]string{"a.txt": prose, "z.txt": prose, "sub/b.txt": prose})
	for link, to := range map[string]string{"loop.txt": "loop.txt", "gone.txt": "nowhere", "sub/up": ".."} {
		if err := os.Symlink(to, filepath.Join(dir, filepath.FromSlash(link))); err != nil {
			t.Skip(err)
		}
	}
	makePipe(t, filepath.Join(dir, "pipe.txt"))
	got := strings.Join(walked(t, open(t, Options{}, dir)), " ")
	if got != "a !gone !loop !pipe sub/b !up z" {
		t.Errorf("got %s", got)
	}
	empty := tree(t, map[string]string{"x.png": "", "sub/.y": ""})
	if got := walked(t, open(t, Options{}, empty)); len(got) != 1 || got[0][0] != '!' {
		t.Errorf("a folder without articles: got %v", got)
	}
	if got := walked(t, open(t, Options{}, empty+"/*.md")); len(got) != 1 || got[0][0] != '!' {
		t.Errorf("a pattern without matches: got %v", got)
	}
}

// D21: what is deleted or becomes a pipe after the walk is an error of its
// article.
func TestReadWhatIsGone(t *testing.T) {
	dir := tree(t, map[string]string{"a.txt": prose, "b.txt": prose, "c.txt": prose})
	var inputs []Input
	for i := range open(t, Options{}, dir).All(context.Background()) {
		inputs = append(inputs, i)
	}
	if err := errors.Join(os.Remove(filepath.Join(dir, "b.txt")), os.Remove(filepath.Join(dir, "c.txt"))); err != nil {
		t.Fatal(err)
	}
	makePipe(t, filepath.Join(dir, "c.txt"))
	for i, want := range []string{"", "no such file", "is a pipe"} {
		arts, err := inputs[i].Read(context.Background())
		if want == "" && (err != nil || len(arts) != 1 || arts[0].ID != "a") || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, %v", inputs[i].ID, arts, err)
		}
	}
}

func TestLists(t *testing.T) {
	dir := tree(t, map[string]string{"a.txt": prose, "sub/a.txt": prose, "dir/x.txt": prose, "rows.ndjson": `{"id":7,"text":"One."}`})
	t.Chdir(dir)
	abs := strings.TrimPrefix(filepath.ToSlash(filepath.Join(dir, "a")), "/")
	for name, tt := range map[string]struct{ stdin, want string }{
		"paths":       {"a.txt\n./sub/a.txt\r\n\n  \n", "a sub/a"},
		"no newline":  {"a.txt", "a"},
		"folder":      {"dir\nrows.ndjson\n", "dir/x 7"},
		"bad ones":    {"nope.txt\na.txt\n*.txt\n-\n", "!nope a !* !-"},
		"rows":        {"\ufeff \n{\"id\":\"x\",\"text\":\"One.\"}\n", "x"},
		"empty":       {"\n \n", "!-"},
		"a long line": {strings.Repeat("x", 1<<17) + "\na.txt\n", "!-:1 a"},
		"absolute":    {filepath.Join(dir, "a.txt") + "\n", abs},
	} {
		t.Run(name, func(t *testing.T) {
			in := open(t, Options{Stdin: strings.NewReader(tt.stdin), Temp: t.TempDir()}, "-")
			for range 2 {
				if got := strings.Join(walked(t, in), " "); got != tt.want {
					t.Errorf("got %s, want %s", got, tt.want)
				}
			}
		})
	}
}

// Waiting for standard input ends with the context, and leaves no copy.
func TestWaitingForStdinEnds(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	r, w := io.Pipe()
	defer w.Close()
	why := errors.New("signal")
	go cancel(why)
	dir := t.TempDir()
	if _, err := Open(ctx, []string{"-"}, Options{Stdin: r, Temp: dir}); !errors.Is(err, why) {
		t.Errorf("got %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

func TestRows(t *testing.T) {
	dir := tree(t, map[string]string{"r.jsonl": strings.Join([]string{
		`{"id":"a","text":"One. Two.","headline":"A storm","date":"2026-11-28","lang":"en","url":"https://example.org/a","extra":1}`,
		`{"id":"b","html":"<html><body><article><h1>Head</h1><p>A storm hit the coast on Friday, officials said.</p></article></body></html>"}`,
		``,
		`{"id":3,"text":"Three."}`,
		`{"id":"","text":"x"}`, `{"text":"x"}`, `{"id":["x"],"text":"x"}`, `{"id":"c"}`, `{"id":"d","text":"x","html":"y"}`,
		`{"id":"e","text":"x","date":"yesterday"}`, `{"id":"f","text":"x","lang":"klingonish"}`, `{"id":"g","text":1}`, `[1]`, `{"id":"h"`,
		`{"id":"i","text":"  "}`,
	}, "\n")})
	in := open(t, Options{}, filepath.Join(dir, "r.jsonl"))
	good, lines := map[string]Input{}, []string{}
	for i, err := range in.All(context.Background()) {
		if err == nil {
			good[i.ID] = i
			continue
		}
		_, line, _ := strings.Cut(filepath.Base(i.Origin), ":")
		lines = append(lines, line)
		if !strings.Contains(err.Error(), "r.jsonl:"+line) {
			t.Errorf("line %s: no place in %v", line, err)
		}
	}
	if got := strings.Join(lines, " "); got != "5 6 7 8 9 10 11 12 13 14" {
		t.Errorf("bad rows: %s", got)
	}
	arts, err := good["a"].Read(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	a := arts[0]
	if a.ID != "a" || a.URL != "https://example.org/a" || a.DatePublished.Day() != 28 || a.InLanguage.String() != "en" || a.First(pipeline.Headline) != "A storm" {
		t.Errorf("got %+v", a)
	}
	if arts, err = good["b"].Read(context.Background()); err != nil || arts[0].ID != "b" {
		t.Errorf("got %v, %v", arts, err)
	}
	if _, err = good["3"].Read(context.Background()); err != nil {
		t.Errorf("got %v", err)
	}
	if _, err = good["i"].Read(context.Background()); err == nil {
		t.Error("an empty text was read")
	}
	if notes := strings.Join(in.Notes(), "\n"); !strings.Contains(notes, "extra") {
		t.Errorf("got %s", notes)
	}
}

// A line beyond the bound is an error of that line, and is not held.
func TestReadLine(t *testing.T) {
	for text, want := range map[string]string{
		"":                                    "",
		"a\nb":                                "a|b",
		"a\n\nb\n":                            "a||b",
		"0123456789\nb\n":                     "!|b",
		"a\n" + strings.Repeat("x", 99):       "a|!",
		strings.Repeat("x", 99) + "\nb\n0123": "!|b|0123",
		strings.Repeat("x", 10_000) + "\nb":   "!|b",
		"01234567\n" + "012345678\n" + "01\n": "01234567|012345678|01",
	} {
		r, got := bufio.NewReaderSize(strings.NewReader(text), 16), []string{}
		for {
			line, err := readLine(r, 10)
			if errors.Is(err, io.EOF) {
				break
			}
			if errors.Is(err, errLong) {
				line = []byte("!")
			}
			got = append(got, strings.TrimSuffix(string(line), "\n"))
		}
		if strings.Join(got, "|") != want {
			t.Errorf("%.20q: got %q, want %q", text, strings.Join(got, "|"), want)
		}
	}
}

// A link in a folder leads to what is in the folder that was named, or is told
// of. One that a person names themselves leads anywhere.
func TestLinksOutOfTheFolder(t *testing.T) {
	dir := tree(t, map[string]string{"in/a.txt": prose, "in/sub/b.txt": prose, "secret/s.txt": prose, "in2/c.txt": prose})
	in := filepath.Join(dir, "in")
	for link, to := range map[string]string{
		"in/d.txt": "sub/b.txt", "in/e": filepath.Join(in, "sub"), "in/f.txt": "../secret/s.txt", "in/g": filepath.Join(dir, "secret"),
		"in/sub/h.txt": "../a.txt", "in/sub/i": "../../in2", "in/n.png": "../secret/s.txt", "named": "in",
	} {
		if err := os.Symlink(to, filepath.Join(dir, filepath.FromSlash(link))); err != nil {
			t.Skip(err)
		}
	}
	for want, args := range map[string][]string{
		"a d e/b e/h !i !f !g sub/b sub/h !i": {in},
		"a d !f":                              {in + "/*.txt"},
		"e/b e/h !g sub/b sub/h":              {in + "/*/*.txt"},
		"f":                                   {filepath.Join(in, "f.txt")},
		"s":                                   {filepath.Join(in, "g")},
	} {
		if got := strings.Join(walked(t, open(t, Options{}, args...)), " "); got != want {
			t.Errorf("%s: got %s, want %s", args, got, want)
		}
	}
	named := strings.Join(walked(t, open(t, Options{}, filepath.Join(dir, "named"))), " ")
	if named != strings.Join(walked(t, open(t, Options{}, in)), " ") {
		t.Errorf("through a link to the folder: got %s", named)
	}
	for _, err := range open(t, Options{}, in).All(context.Background()) {
		if err != nil && !strings.Contains(err.Error(), "is a link that leads out of") {
			t.Error(err)
		}
	}
}

// D22: the memory of a walk does not grow with the rows.
func TestWalkIsFlat(t *testing.T) {
	rows := 200_000
	if raced {
		rows = 60_000
	}
	name := filepath.Join(t.TempDir(), "r.jsonl")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Repeat("A storm hit the coast on Friday. ", 8)
	for i := range rows {
		if _, err := fmt.Fprintf(f, "{\"id\":\"story-%d\",\"text\":%q}\n", i, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	in := open(t, Options{}, name)
	live := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before, n, most := live(), 0, uint64(0)
	for i, err := range in.All(context.Background()) {
		if err != nil || i.ID == "" {
			t.Fatalf("%v, %v", i, err)
		}
		if n++; n%20_000 == 0 {
			most = max(most, live())
		}
	}
	if n != rows {
		t.Errorf("%d rows", n)
	}
	if most > before+4<<20 {
		t.Errorf("%d KiB more are held in the middle of the walk", (most-before)>>10)
	}
}
