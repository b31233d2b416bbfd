package llm

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"dragoman/pipeline"
)

// Recordings is a folder of recorded exchanges, one readable JSON file each,
// named stage-lang-prompt-n.json. Opened for replay it serves the recordings of
// a request in the order of n; made for recording it is a [Tape].
type Recordings struct {
	dir    string
	info   RecordingsInfo
	update bool

	mu    sync.Mutex
	files []*recording
	next  map[string]int // the last n taken, by the part of the name before it
}

// NewRecordings makes a folder for recording. One that already holds
// recordings is refused, so that two runs are never mixed. The date is the
// caller's to give: his clock is the one that runs on.
func NewRecordings(dir string, info RecordingsInfo) (*Recordings, error) {
	if _, err := os.Stat(filepath.Join(dir, RecordingsFile)); err == nil {
		return nil, &pipeline.Error{
			Code: pipeline.Invalid, Unit: dir, Hint: "name a new folder, or delete this one",
			Err: errors.New("recording: the folder already holds recordings"),
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, storeError("recording", err)
	}
	info.Date = info.Date.UTC().Truncate(time.Second)
	b, err := encodeFile(info)
	if err != nil {
		return nil, fmt.Errorf("recording: %w", err)
	}
	if err := writeFile(filepath.Join(dir, RecordingsFile), b, 0o644); err != nil {
		return nil, storeError("recording", err)
	}
	return &Recordings{dir: dir, info: info, next: map[string]int{}}, nil
}

// OpenRecordings opens a folder for replay. With update, a request that finds
// no recording takes the first unused authored one of the same stage, language,
// prompt and reply keys, and rewrites that one's request half, never its reply.
func OpenRecordings(dir string, update bool) (*Recordings, error) {
	r := &Recordings{dir: dir, update: update, next: map[string]int{}}
	b, err := os.ReadFile(filepath.Join(dir, RecordingsFile))
	if err == nil {
		err = strictDecode(b, &r.info)
	}
	if err != nil {
		return nil, &pipeline.Error{
			Code: pipeline.Invalid, Unit: dir, Hint: "name a folder made by --record DIR",
			Err: fmt.Errorf("opening recordings: %w", err),
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, storeError("opening recordings", err)
	}
	for _, e := range entries {
		if e.IsDir() || e.Name() == RecordingsFile || !strings.HasSuffix(e.Name(), ".json") {
			continue
		}
		if err := r.load(e.Name()); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(r.files, func(a, b *recording) int {
		pa, na := ordinal(a.file)
		pb, nb := ordinal(b.file)
		if pa != pb {
			return strings.Compare(pa, pb)
		}
		return na - nb
	})
	return r, nil
}

var numbered = regexp.MustCompile(`^(.*)-(\d+)\.json$`)

// ordinal splits a file name into what stands before its number, and the number.
func ordinal(file string) (string, int) {
	m := numbered.FindStringSubmatch(file)
	if m == nil {
		return file, 0
	}
	n, err := strconv.Atoi(m[2])
	if err != nil {
		return file, 0
	}
	return m[1], n
}

func (r *Recordings) load(name string) error {
	path := filepath.Join(r.dir, name)
	b, err := os.ReadFile(path)
	if err != nil {
		return storeError("opening recordings", err)
	}
	rec := &recording{file: name}
	if err := strictDecode(b, rec); err != nil {
		return &pipeline.Error{Code: pipeline.Invalid, Unit: path, Err: fmt.Errorf("reading a recording: %w", err)}
	}
	if rec.Provenance == "" {
		rec.Provenance = r.info.Provenance
	}
	if key := rec.Request.key(); key != rec.Request.Key && !r.update {
		return &pipeline.Error{
			Code: pipeline.Invalid, Unit: path, Hint: "the request half was edited: DRAGOMAN_UPDATE=1 writes it again",
			Err: fmt.Errorf("reading a recording: its request has the key %s and says %s", short(key), short(rec.Request.Key)),
		}
	}
	r.files = append(r.files, rec)
	return nil
}

// Info is what recordings.json says.
func (r *Recordings) Info() RecordingsInfo { return r.info }

// Record writes one exchange as a new file.
func (r *Recordings) Record(x *Exchange, a *Answer) error {
	req := recordRequest(&x.Request, x.Rung, x.Params, x.Shape)
	rec := &recording{Provenance: r.info.Provenance, Request: req, Response: recordResponse(x, a)}
	r.mu.Lock()
	defer r.mu.Unlock()
	prefix := fileName(&req)
	r.next[prefix]++
	rec.file = fmt.Sprintf("%s-%d.json", prefix, r.next[prefix])
	return r.write(rec)
}

func (r *Recordings) write(rec *recording) error {
	b, err := encodeFile(rec)
	if err != nil {
		return fmt.Errorf("recording: %w", err)
	}
	if err := writeFile(filepath.Join(r.dir, rec.file), b, 0o644); err != nil {
		return storeError("recording", err)
	}
	return nil
}

// fileName is stage-lang-prompt, without what is missing.
func fileName(r *recordedRequest) string {
	id := r.promptID()
	id = id[strings.LastIndex(id, "/")+1:]
	var parts []string
	for _, p := range []string{r.Stage, r.Lang, id} {
		if p = unsafeName.ReplaceAllString(p, "_"); p != "" {
			parts = append(parts, p)
		}
	}
	if len(parts) == 0 {
		return "call"
	}
	return strings.Join(parts, "-")
}

var unsafeName = regexp.MustCompile(`[^A-Za-z0-9_-]+`)

// Next serves the next recording of a call's request. The error of a miss is a
// *pipeline.Error of class Invalid that gives the key, the difference to the
// nearest recording, and the command that records it.
func (r *Recordings) Next(call *Call) (Recorded, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	asked := recordRequest(call.Request, call.Rung, call.Params, call.Shape)
	rec := r.find(&asked)
	if rec == nil {
		return Recorded{}, r.miss(&asked)
	}
	rec.used = true
	switch changed := rec.Request.Rung == asked.Rung && rec.Request.Shape != asked.Shape; {
	case r.update && rec.Provenance == Authored && (changed || rec.Request.Key != asked.Key):
		rec.Request = asked
		if err := r.write(rec); err != nil {
			return Recorded{}, err
		}
	case changed:
		return Recorded{}, r.reshaped(rec, &asked)
	}
	out := Recorded{File: rec.file, Answer: rec.Response.answer(), Duration: time.Duration(rec.Response.DurationMS) * time.Millisecond}
	if out.Answer == nil {
		p := rec.Response
		out.Reply = Reply{Status: p.Status, Header: p.Headers, Body: []byte(p.Body), Broken: p.Broken}
		if out.Reply.Status == 0 {
			out.Reply.Status = 200
		}
	}
	return out, nil
}

// find is the first unused recording of the request; with update, else one
// that was written for it.
func (r *Recordings) find(asked *recordedRequest) *recording {
	var same, like *recording
	for _, rec := range r.files {
		if rec.used {
			continue
		}
		if rec.Request.Key == asked.Key {
			return rec
		}
		if !r.update || rec.Provenance != Authored || !rec.fits(asked) {
			continue
		}
		if same == nil && len(asked.Units) > 0 && slices.Equal(rec.Request.Units, asked.Units) {
			same = rec
		}
		if like == nil {
			like = rec
		}
	}
	if same != nil {
		return same
	}
	return like
}

// fits reports whether an authored reply answers the request: same stage,
// language, prompt and properties.
func (r *recording) fits(asked *recordedRequest) bool {
	if r.Request.Stage != asked.Stage || r.Request.Lang != asked.Lang || r.Request.promptID() != asked.promptID() {
		return false
	}
	have := r.keys()
	if have == nil {
		return true // a fault: its place in the order decides
	}
	want := slices.Clone(asked.Keys)
	have = slices.Clone(have)
	slices.Sort(want)
	slices.Sort(have)
	return slices.Equal(want, have)
}

// Unused are the recordings that no request asked for, by file name.
func (r *Recordings) Unused() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []string
	for _, rec := range r.files {
		if !rec.used {
			out = append(out, rec.file)
		}
	}
	return out
}

// strictDecode decodes one JSON value without unknown fields.
func strictDecode(b []byte, v any) error {
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if d.More() {
		return errors.New("something stands after the value")
	}
	return nil
}

// IsRecordings reports whether a folder holds recordings.
func IsRecordings(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, RecordingsFile))
	return !errors.Is(err, fs.ErrNotExist)
}
