//go:build linux

package main

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A node is a file or a folder of a disk, as programs see it and as it would be
// found after the power went: a file has the bytes that were synced, a folder
// the names that were there when it was synced. What came later may be there or
// not.
type node struct {
	folder bool

	synced, seen []byte // of a file
	writes       []write

	kept, names map[string]*node // of a folder
	renames     []rename
}

// write is what a file was given since it was synced; data nil cuts it to at.
type write struct {
	number, at int
	data       []byte
}

// rename is a change of a folder since it was synced: a name that went, a name
// that came, or both at once.
type rename struct {
	number   int
	from, to string
	what     *node
}

func newFolder() *node {
	return &node{folder: true, kept: map[string]*node{}, names: map[string]*node{}}
}

// on gives the bytes of a file after a write.
func (w write) on(b []byte) []byte {
	end := w.at + len(w.data)
	if w.data == nil && len(b) > end {
		return b[:end]
	}
	if len(b) < end {
		b = append(b, make([]byte, end-len(b))...)
	}
	copy(b[w.at:], w.data)
	return b
}

// on changes the names of a folder.
func (r rename) on(names map[string]*node) {
	delete(names, r.from)
	if r.to != "" {
		names[r.to] = r.what
	}
}

// sync keeps what was done up to a number.
func (n *node) sync(number int) {
	for len(n.writes) > 0 && n.writes[0].number <= number {
		n.synced, n.writes = n.writes[0].on(n.synced), n.writes[1:]
	}
	for len(n.renames) > 0 && n.renames[0].number <= number {
		n.renames[0].on(n.kept)
		n.renames = n.renames[1:]
	}
}

// sector is what a disk writes whole, in bytes.
const sector = 512

// lose puts what is left of a node after the power went to path. Without dice
// nothing is left but what was synced; with them some of the rest is, in any
// order, torn between sectors.
func (n *node) lose(path string, dice *rand.Rand) error {
	if !n.folder {
		b := slices.Clone(n.synced)
		for _, w := range n.writes {
			if dice == nil || dice.IntN(2) == 0 {
				continue
			}
			if len(w.data) > sector && dice.IntN(3) == 0 {
				w.data = w.data[:sector*dice.IntN(len(w.data)/sector)+sector]
			}
			b = w.on(b)
		}
		return os.WriteFile(path, b, 0o600)
	}
	names := maps.Clone(n.kept)
	if dice != nil {
		for _, r := range n.renames[:dice.IntN(len(n.renames)+1)] {
			r.on(names)
		}
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if err := names[name].lose(filepath.Join(path, name), dice); err != nil {
			return err
		}
	}
	return nil
}

// disk is what a folder holds while a program works in it, by a record of its
// system calls.
type disk struct {
	path   string // of the folder
	root   *node
	number int // of the last change
	sent   int // questions to the model
	said   []byte
	told   string // path of the file that the program's output goes to
}

// find gives the node at a path, and the folder that it is in; folder is nil
// for what is elsewhere.
func (d *disk) find(path string) (n, folder *node, name string) {
	rel, err := filepath.Rel(d.path, path)
	if err != nil || rel == ".." || strings.HasPrefix(rel, "../") {
		return nil, nil, ""
	}
	if n = d.root; rel == "." {
		return n, newFolder(), ""
	}
	for _, name = range strings.Split(rel, "/") {
		if folder = n; folder == nil || !folder.folder {
			return nil, nil, ""
		}
		n = folder.names[name]
	}
	return n, folder, name
}

// change changes the names of a folder.
func (d *disk) change(folder *node, from, to string, what *node) {
	d.number++
	r := rename{d.number, from, to, what}
	r.on(folder.names)
	folder.renames = append(folder.renames, r)
}

// put writes to a file.
func (d *disk) put(n *node, at int, data []byte) {
	d.number++
	w := write{d.number, at, data}
	n.seen = w.on(n.seen)
	n.writes = append(n.writes, w)
}

// call is a system call that went well.
type call struct {
	name  string
	args  []string // numbers, "FD<path>", quoted text
	first int      // number of the last change when it began
}

// do does to the disk what a system call did.
func (d *disk) do(c call) error {
	if c.name == "open" || c.name == "unlink" || c.name == "mkdir" { // of a whole path
		c.name, c.args = c.name+"at", append([]string{"AT_FDCWD</>"}, c.args...)
	}
	switch c.name {
	case "openat":
		return d.open(c.path(0), c.args[2])
	case "mkdirat":
		if _, folder, name := d.find(c.path(0)); folder != nil {
			d.change(folder, "", name, newFolder())
		}
	case "unlinkat":
		if _, folder, name := d.find(c.path(0)); folder != nil {
			d.change(folder, name, "", nil)
		}
	case "renameat", "renameat2":
		n, folder, from := d.find(c.path(0))
		_, folder2, to := d.find(c.path(2))
		if folder != folder2 {
			return fmt.Errorf("%v goes from one folder to another", c)
		}
		if folder != nil {
			d.change(folder, from, to, n)
		}
	case "write", "pwrite64", "ftruncate":
		return d.write(c)
	case "fsync", "fdatasync":
		if n, _, _ := d.find(c.file()); n != nil {
			n.sync(c.first)
		}
	default:
		return fmt.Errorf("%s is not known here", c.name)
	}
	return nil
}

// open makes or empties a file where it was opened so.
func (d *disk) open(path, flags string) error {
	n, folder, name := d.find(path)
	switch {
	case folder == nil:
	case n == nil && strings.Contains(flags, "O_CREAT"):
		d.change(folder, "", name, &node{})
	case n == nil:
		return fmt.Errorf("%s was opened and is not there", path)
	case strings.Contains(flags, "O_TRUNC"):
		d.put(n, 0, nil)
	}
	return nil
}

// write takes what was written to a file, to the model, or to who reads the
// program's output.
func (d *disk) write(c call) error {
	if c.name == "write" && strings.HasPrefix(c.text(1), "POST ") && strings.HasPrefix(c.file(), "socket:") {
		d.sent++
	}
	if c.name == "write" && c.file() == d.told {
		d.said = append(d.said, c.text(1)...)
	}
	n, _, _ := d.find(c.file())
	if n == nil {
		return nil
	}
	switch c.name {
	case "write": // every file that is written so is written from its beginning to its end
		d.put(n, len(n.seen), []byte(c.text(1)))
	case "pwrite64":
		at, err := strconv.Atoi(c.args[3])
		if err != nil {
			return err
		}
		d.put(n, at, []byte(c.text(1)))
	case "ftruncate":
		at, err := strconv.Atoi(c.args[1])
		if err != nil {
			return err
		}
		d.put(n, at, nil)
	}
	return nil
}

// unescaped is what strace wrote as \x2f\x74…; other text is as it stands.
func unescaped(s string) string {
	b, err := hex.DecodeString(strings.ReplaceAll(s, `\x`, ""))
	if err != nil || !strings.HasPrefix(s, `\x`) {
		return s
	}
	return string(b)
}

// text is an argument in quotes.
func (c call) text(i int) string { return unescaped(strings.Trim(c.args[i], `"`)) }

// file is the path of the first argument, a file that is open.
func (c call) file() string {
	_, path, _ := strings.Cut(c.args[0], "<")
	return unescaped(strings.TrimSuffix(path, ">"))
}

// path is what the arguments from i on name: an open folder and a name in it.
func (c call) path(i int) string {
	name := c.text(i + 1)
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(call{args: c.args[i:]}.file(), name)
}

// record reads what strace has written, a call at a time as it ended: a line is
// "PID NAME(ARG, …) = RESULT", in two parts where another call came between.
// begins is to be told when one begins. Lines may have megabytes.
func record(r io.Reader, each func(pid string, c call) error, begins func(pid string)) error {
	begun := map[string]string{}
	scan := bufio.NewScanner(r)
	scan.Buffer(nil, 64<<20)
	for scan.Scan() {
		pid, line, _ := strings.Cut(scan.Text(), " ")
		line = strings.TrimLeft(line, " ")
		if first, ok := strings.CutSuffix(line, " <unfinished ...>"); ok {
			begun[pid] = first
			begins(pid)
			continue
		}
		if rest, ok := strings.CutPrefix(line, "<... "); ok {
			_, rest, _ = strings.Cut(rest, " resumed>")
			line = begun[pid] + rest
		} else {
			begins(pid)
		}
		name, rest, ok := strings.Cut(line, "(")
		at := strings.LastIndex(rest, " = ")
		if !ok || at < 0 || strings.HasPrefix(rest[at+3:], "-") || strings.HasPrefix(rest[at+3:], "?") {
			continue // a signal, an end, a call that failed
		}
		args := strings.TrimSuffix(strings.TrimRight(rest[:at], " "), ")")
		if err := each(pid, call{name: name, args: strings.Split(args, ", ")}); err != nil {
			return fmt.Errorf("%.200s: %w", line, err)
		}
	}
	return scan.Err()
}

// replay gives the disk as it was after so many calls of a record; -1 is all.
func replay(t *testing.T, trace []byte, path, told string, calls int) (d *disk, n int) {
	t.Helper()
	d = &disk{path: path, told: told, root: newFolder()}
	first := map[string]int{}
	err := record(bytes.NewReader(trace), func(pid string, c call) error {
		if n == calls {
			return io.EOF
		}
		n++
		c.first = first[pid]
		return d.do(c)
	}, func(pid string) { first[pid] = d.number })
	if err != nil && n != calls {
		t.Fatal(err)
	}
	return d, n
}
