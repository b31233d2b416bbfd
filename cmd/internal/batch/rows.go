package batch

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/language"

	"dragoman/pipeline"
	"dragoman/pipeline/reader"
)

// maxRow bounds one line, in bytes: an article as large as a reader takes, with
// every character escaped.
const maxRow = 6 * reader.MaxBytes

// maxNoted bounds how many unknown keys are remembered.
const maxNoted = 20

// row is one article in a file of rows.
type row struct {
	ID       json.RawMessage `json:"id"` // a string, or a number
	Text     string          `json:"text"`
	HTML     string          `json:"html"`
	URL      string          `json:"url"`
	Headline string          `json:"headline"`
	Date     string          `json:"date"` // as in RFC 3339, or a day
	Lang     string          `json:"lang"` // BCP 47
}

var rowKeys = map[string]bool{"id": true, "text": true, "html": true, "url": true, "headline": true, "date": true, "lang": true}

// spool copies standard input to a file, since it is walked more than once.
// Waiting for it ends with ctx.
func spool(ctx context.Context, stdin io.Reader, dir string) (string, error) {
	if stdin == nil {
		return "", invalid("-", "", "there is no standard input")
	}
	f, err := os.CreateTemp(dir, "dragoman-stdin-*")
	if err != nil {
		return "", &pipeline.Error{Code: pipeline.Unavailable, Hint: "make room for temporary files, or set TMPDIR", Err: fmt.Errorf("keeping standard input: %w", err)}
	}
	done := make(chan error, 1)
	go func() {
		_, err := io.Copy(f, stdin)
		done <- errors.Join(err, f.Close())
	}()
	select {
	case err = <-done:
	case <-ctx.Done(): // the copying goroutine ends with the program
		err = context.Cause(ctx)
	}
	if err != nil {
		return "", errors.Join(fmt.Errorf("keeping standard input: %w", err), os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// list yields what standard input named: rows where it begins with a brace,
// else the paths on its lines.
func (w *walk) list(name string) bool {
	f, err := os.Open(name)
	if err != nil {
		return w.bad("-", unreadable(name, err))
	}
	defer f.Close()
	first, err := firstByte(f)
	switch {
	case errors.Is(err, io.EOF):
		return w.bad("-", invalid("-", "check that the command before the pipe had something to say", "standard input is empty"))
	case err != nil:
		return w.bad("-", unreadable(name, err))
	case first == '{':
		return w.rows(name, "-")
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return w.bad("-", unreadable(name, err))
	}
	lines := bufio.NewReader(f)
	for n := 1; ; n++ {
		line, err := readLine(lines, 1<<16)
		if p := strings.TrimRight(string(line), "\r\n"); err == nil && strings.TrimSpace(p) != "" && !w.listed(n, p) {
			return false
		}
		if errors.Is(err, io.EOF) {
			return true
		}
		if err != nil && !w.bad(fmt.Sprintf("-:%d", n), invalid(fmt.Sprintf("-:%d", n), "one path stands on a line", "is no path: %w", err)) {
			return false
		}
	}
}

// listed yields what one path of a list holds. Its id is the whole path, since
// lists come from folders of all kinds.
func (w *walk) listed(line int, name string) bool {
	s, err := sourceOf(name)
	if err != nil || s.list || s.glob != "" {
		if err == nil {
			err = invalid(name, "a list names files and folders", "is neither")
		}
		return w.give(Input{ID: fileID("", name), Origin: fmt.Sprintf("-:%d", line)}, err)
	}
	w.above = nil
	base := "."
	if filepath.IsAbs(name) {
		base = filepath.VolumeName(name) + string(filepath.Separator)
	}
	return w.entry(base, filepath.Clean(name), true)
}

// firstByte is the first byte that is no space and no byte order mark.
func firstByte(r io.Reader) (byte, error) {
	b := bufio.NewReader(r)
	for {
		c, _, err := b.ReadRune()
		if err != nil {
			return 0, err
		}
		if !unicode.IsSpace(c) && c != '\ufeff' {
			return byte(c), nil
		}
	}
}

// errLong is a line beyond its bound.
var errLong = errors.New("the line is too long")

// readLine gives the next line, with its end. io.EOF comes after the last one. A line
// that is too long is passed over, with errLong.
func readLine(r *bufio.Reader, limit int) ([]byte, error) {
	var line []byte
	long := false
	for {
		part, err := r.ReadSlice('\n')
		if !long {
			line = append(line, part...)
			if len(line) > limit {
				line, long = nil, true
			}
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case long && (err == nil || errors.Is(err, io.EOF)):
			return nil, errLong
		case errors.Is(err, io.EOF) && len(line) > 0:
			return line, nil
		default:
			return line, err
		}
	}
}

// rows yields the rows of a file, which messages call shown.
func (w *walk) rows(name, shown string) bool {
	f, err := os.Open(name)
	if err != nil {
		return w.bad(shown, unreadable(name, err))
	}
	defer f.Close()
	lines := bufio.NewReaderSize(f, 1<<16)
	found := false
	for n := 1; ; n++ {
		line, err := readLine(lines, maxRow)
		if errors.Is(err, io.EOF) {
			break
		}
		origin := fmt.Sprintf("%s:%d", shown, n)
		if err != nil && !errors.Is(err, errLong) {
			return w.bad(origin, unreadable(name, err))
		}
		if n == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		if err == nil && len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		found = true
		in := Input{ID: origin, Origin: origin}
		if err != nil {
			err = invalid(origin, "an article is expected on each line, not an archive", "%w: more than %d MiB", err, maxRow>>20)
		} else {
			in, err = w.row(line, origin)
		}
		if !w.give(in, err) {
			return false
		}
	}
	if !found {
		return w.bad(shown, invalid(shown, `give one {"id", "text"} or {"id", "html", "url"} a line`, "holds no rows"))
	}
	return true
}

// row is the input of one line.
func (w *walk) row(line []byte, origin string) (Input, error) {
	in := Input{ID: origin, Origin: origin}
	bad := func(format string, args ...any) (Input, error) {
		return in, invalid(origin, `a row is {"id", "text"} or {"id", "html", "url"}, on one line`, format, args...)
	}
	var r row
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(line, &keys); err != nil {
		return bad("is no JSON object: %w", err)
	}
	if err := json.Unmarshal(line, &r); err != nil {
		return bad("is no row: %w", err)
	}
	w.unknownKeys(keys)
	id, ok := rowID(r.ID)
	if !ok {
		return bad("id must be a string or a number, and not empty")
	}
	in.ID = id
	if r.Text == "" && r.HTML == "" {
		return bad("row %q has neither text nor html", id)
	}
	if r.Text != "" && r.HTML != "" {
		return bad("row %q has both text and html", id)
	}
	about, err := r.about()
	if err != nil {
		return bad("row %q: %w", id, err)
	}
	in.Read = func(context.Context) ([]*pipeline.Article, error) { return r.articles(id, origin, about) }
	return in, nil
}

func (w *walk) unknownKeys(keys map[string]json.RawMessage) {
	for k := range keys {
		if !rowKeys[k] {
			w.note(func() {
				if len(w.unknown) < maxNoted {
					w.unknown[k] = true
				}
			})
		}
	}
}

// rowID reads an id that is a string or a number.
func rowID(raw json.RawMessage) (string, bool) {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s, strings.TrimSpace(s) != ""
	}
	var n json.Number
	if json.Unmarshal(raw, &n) == nil {
		return n.String(), n != ""
	}
	return "", false
}

// about is what a row says of its article beside the text.
type about struct {
	date time.Time
	lang language.Tag
}

func (r *row) about() (a about, err error) {
	if r.Date != "" {
		if a.date, err = time.Parse(time.RFC3339, r.Date); err != nil {
			if a.date, err = time.Parse(time.DateOnly, r.Date); err != nil {
				return a, fmt.Errorf("date %q is neither 2026-11-28 nor 2026-11-28T10:00:00Z", r.Date)
			}
		}
	}
	if r.Lang != "" {
		if a.lang, err = language.Parse(r.Lang); err != nil {
			return a, fmt.Errorf("lang %q is no language: %w", r.Lang, err)
		}
	}
	return a, nil
}

// articles reads the text or the page of a row.
func (r *row) articles(id, origin string, a about) ([]*pipeline.Article, error) {
	read, text := pipeline.Reader(reader.Text), r.Text
	if r.HTML != "" {
		read, text = reader.HTML, r.HTML
	}
	arts, err := read(strings.NewReader(text), origin)
	if err != nil {
		return nil, err
	}
	for _, art := range arts {
		if r.URL != "" {
			art.URL = r.URL
		}
		if !a.date.IsZero() {
			art.DatePublished = a.date
		}
		if r.Lang != "" {
			art.InLanguage = a.lang
		}
		if h := strings.TrimSpace(r.Headline); h != "" && art.First(pipeline.Headline) == "" {
			headline := pipeline.Block{Kind: pipeline.Headline, Sentences: []pipeline.Sentence{{Text: h}}}
			art.Body = append([]pipeline.Block{headline}, art.Body...)
		}
	}
	return identified(id, origin, arts)
}
