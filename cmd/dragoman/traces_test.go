package main

import (
	"bytes"
	"compress/flate"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"dragoman/pipeline/llm/llmtest"
)

// careDesk is a place where commands are run that keep, prune and purge.
type careDesk struct {
	t              *testing.T
	dir, state     string
	model          *llmtest.Server
	stdout, stderr bytes.Buffer // of the last command

	later time.Duration // how far the clock is ahead
}

func newCareDesk(t *testing.T) *careDesk {
	t.Helper()
	d := &careDesk{t: t, dir: t.TempDir(), model: llmtest.NewServer(llmtest.Options{})}
	d.state = filepath.Join(d.dir, "state")
	t.Setenv("HOME", d.dir)
	if err := d.model.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.model.Close() })
	return d
}

func (d *careDesk) now() time.Time { return time.Now().Add(d.later) }

// run runs a command, and gives its exit code.
func (d *careDesk) run(args ...string) int {
	d.t.Helper()
	vars := map[string]string{"OPENAI_BASE_URL": d.model.URL(), "DRAGOMAN_STATE": d.state, "HOME": d.dir}
	d.stdout.Reset()
	d.stderr.Reset()
	env := &environment{
		stdin: strings.NewReader(""), stdout: &d.stdout, stderr: &d.stderr, raw: &d.stderr, now: d.now,
		env: func(name string) (string, bool) { v, ok := vars[name]; return v, ok },
	}
	err := dispatch(d.t.Context(), env, append([]string{"dragoman"}, args...))
	end, ok := errors.AsType[*outcome](err)
	if !ok && err != nil {
		end = &outcome{errs: []error{err}}
	}
	end.tell(&d.stderr)
	return end.code()
}

// want runs a command that must end with a code.
func (d *careDesk) want(code int, args ...string) {
	d.t.Helper()
	if got := d.run(args...); got != code {
		d.t.Fatalf("dragoman %s: exit code %d, want %d\n%s", strings.Join(args, " "), got, code, d.stderr.String())
	}
}

// calls are the calls since the last time.
func (d *careDesk) calls() int {
	n := d.model.Count()
	d.model.Reset()
	return n
}

// file writes an input, and gives its path.
func (d *careDesk) file(name, text string) string {
	d.t.Helper()
	path := filepath.Join(d.dir, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
		d.t.Fatal(err)
	}
	return path
}

// traces are the places below a folder where one of some texts is found: in
// what files hold, as they are and expanded, and in every row of databases.
func traces(t *testing.T, root string, texts ...string) []string {
	t.Helper()
	var found []string
	look := func(where string, b []byte) {
		for _, s := range texts {
			if bytes.Contains(b, []byte(s)) {
				found = append(found, fmt.Sprintf("%s: %q", where, s))
			}
		}
	}
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(root, path)
		look(name, b)
		look(name+", expanded", expanded(b))
		if strings.HasSuffix(name, ".db") {
			eachValue(t, path, func(table string, v []byte) {
				look(name+", table "+table, v)
				look(name+", table "+table+", expanded", expanded(v))
			})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// expanded is what sealed contents in the bytes hold, wherever they begin: also
// what is left of rows that are deleted. A seal is a byte 1 and 16 of digest
// before the compressed content.
func expanded(b []byte) []byte {
	var out bytes.Buffer
	for i := range b {
		if b[i] != 1 || i+17 >= len(b) {
			continue
		}
		part, _ := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(b[i+17:])), 1<<20))
		if len(part) > 32 {
			out.Write(part)
			out.WriteByte('\n')
		}
	}
	return out.Bytes()
}

// eachValue gives every value of every table of an SQLite file.
func eachValue(t *testing.T, path string, look func(table string, v []byte)) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tables, err := strs(db, "SELECT name FROM sqlite_master WHERE type = 'table'")
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		rows, err := db.Query(`SELECT * FROM "` + table + `"`)
		if err != nil {
			t.Fatal(err)
		}
		columns, err := rows.Columns()
		values := make([]sql.RawBytes, len(columns))
		into := make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		for err == nil && rows.Next() {
			if err = rows.Scan(into...); err == nil {
				for _, v := range values {
					look(table, v)
				}
			}
		}
		if err := errors.Join(err, rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

func strs(db *sql.DB, query string) (out []string, err error) {
	rows, err := db.Query(query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}
