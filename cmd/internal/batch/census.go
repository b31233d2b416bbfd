package batch

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"dragoman/cmd/internal/store"
)

// key is an id or a digest in 16 bytes, so that a million of them are 16 MB.
type key [16]byte

func keyOf(s string) key {
	sum := sha256.Sum256([]byte(s))
	return key(sum[:16])
}

func compareKeys(a, b key) int { return bytes.Compare(a[:], b[:]) }

// Census is what a first walk over the inputs found: how many there are, and
// which ids come twice. It reads rows and names, no article files.
type Census struct {
	Inputs int // with an id, the second of a doubled id included
	Bad    int // what cannot be an input

	ids    []key          // sorted, each once
	twice  map[key]string // ids that come more than once, and the origin of the first in this walk
	sample *key           // the last id in order that is in the sample; nil: all are
	late   map[key]bool   // ids that only a later walk met
}

// Scan walks the inputs once. With sample > 0 only so many of them are worked
// on: those whose ids have the smallest digests, which is the same sample
// always and no matter in which order they come.
func Scan(ctx context.Context, in *Inputs, sample int) (*Census, error) {
	c := &Census{twice: map[key]string{}, late: map[key]bool{}}
	for input, err := range in.All(ctx) {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err != nil {
			c.Bad++
		} else {
			c.Inputs++
		}
		c.ids = append(c.ids, keyOf(input.ID))
	}
	slices.SortFunc(c.ids, compareKeys)
	for i := 1; i < len(c.ids); i++ {
		if c.ids[i] == c.ids[i-1] {
			c.twice[c.ids[i]] = ""
		}
	}
	c.ids = slices.Compact(c.ids)
	if sample > 0 && sample < len(c.ids) {
		c.sample = &c.ids[sample-1]
	}
	return c, nil
}

// Total is the number of articles that a run looks at, as far as it is known
// before the files are read: one file may hold several.
func (c *Census) Total() int {
	if c.sample != nil {
		n, _ := slices.BinarySearchFunc(c.ids, *c.sample, compareKeys)
		return n + 1
	}
	return len(c.ids)
}

// takes reports whether an input is in the sample.
func (c *Census) takes(k key) bool {
	return c.sample == nil || compareKeys(k, *c.sample) <= 0 || c.late[k]
}

// has reports whether an id, or the input of an article that is the second in
// its file, was met.
func (c *Census) has(id string) bool {
	at := strings.LastIndexByte(id, '#')
	return c.met(keyOf(id)) || at > 0 && c.met(keyOf(id[:at]))
}

func (c *Census) met(k key) bool {
	_, found := slices.BinarySearchFunc(c.ids, k, compareKeys)
	return found || c.late[k]
}

// meet takes in what this walk meets and the first did not: an input that came
// meanwhile, or one that cannot be read any more, of which nobody would be told
// otherwise. That one is in every sample.
func (c *Census) meet(k key, err error) {
	if !c.met(k) && (err != nil || c.sample == nil) {
		c.late[k] = true
	}
}

// first says where a doubled id was met first in this walk, and remembers the
// place if it is here.
func (c *Census) first(k key, origin string) (string, bool) {
	first, doubled := c.twice[k]
	switch {
	case !doubled:
		return "", false
	case first == "":
		c.twice[k] = origin
		return "", false
	}
	return first, true
}

// Includes reports whether an article is one that this batch is about: its
// input is there, and in the sample.
func (c *Census) Includes(id string) bool {
	if c.sample == nil {
		return c.has(id)
	}
	return c.has(id) && c.takes(keyOf(id))
}

// begin forgets the places of an earlier walk.
func (c *Census) begin() {
	for k := range c.twice {
		c.twice[k] = ""
	}
}

// maxGone bounds how many deleted inputs are named.
const maxGone = 20

// Gone counts the articles of a collection whose input is no longer there, and
// names the first of them. What was written of them stays.
func (c *Census) Gone(ctx context.Context, docs store.Documents, collection string) (n int, first []string, err error) {
	for d, err := range docs.List(ctx, collection, "") {
		if err != nil {
			return n, first, fmt.Errorf("looking for deleted inputs: %w", err)
		}
		if c.has(d.ID) {
			continue
		}
		n++
		if len(first) < maxGone {
			first = append(first, d.ID)
		}
	}
	return n, first, nil
}
