// Package reuse remembers the settled answer to each sentence, so that one
// changed sentence of an article costs one sentence.
//
// An answer is found again by everything that it depends on: stage, language,
// the sentence, the names used in it, the prompt, and the model. It also
// remembers its two neighbours, and is taken only where at least one of them is
// the same: a sentence is not shared between articles ("He said no."), and an
// edited neighbour does not cost it.
//
// What is found is judged again by today's checks. The package is a shortcut
// over the ledger, not the record of what was paid: losing it loses no reply.
package reuse

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// Key is what an answer depends on, apart from its neighbours.
type Key struct {
	Stage  string // correct, names, translate, summary
	Lang   string // of the answer, or ""
	Text   string // the sentence
	Names  string // the names sheet's entries that the sentence uses, in one string
	Prompt string // digest of the prompt and of the system message rendered from it
	Model  string
}

// String is the key's digest. Every part is hashed behind its length, so that
// two different keys cannot meet.
func (k Key) String() string {
	h := sha256.New()
	for _, p := range []string{k.Stage, k.Lang, k.Text, k.Names, k.Prompt, k.Model} {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil))[:32]
}

// Neighbour is the digest of a neighbouring sentence; "" where there is none.
func Neighbour(text string) string {
	if text == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])[:16]
}

// Entry is one settled answer.
type Entry struct {
	Key      string          `json:"key"`
	Stage    string          `json:"stage"`
	Lang     string          `json:"lang,omitempty"`
	Before   string          `json:"before"`           // digest of the sentence before
	After    string          `json:"after"`            // digest of the sentence after
	Value    json.RawMessage `json:"value,omitempty"`  // the answer as the model gave it
	Model    string          `json:"model,omitempty"`  // the model that really gave it
	Failed   bool            `json:"failed,omitempty"` // it never passed; Value is the best of what came, or nothing
	Problems []string        `json:"problems,omitempty"`
	Exchange string          `json:"exchange,omitempty"` // key of the exchange that it came from
}

// Store keeps entries. Put keeps all of them or none; a later entry of the
// same key and neighbours takes the place of an earlier one.
type Store interface {
	Find(stage, lang, key string) ([]Entry, error)
	Put(entries []Entry) error
}

// Asked is a sentence whose settled answer is looked for.
type Asked struct{ Key, Before, After string }

// Many is a Store that chooses for many sentences at once: one question to a
// database in place of one a sentence, and no more entries read than are
// wanted, however often a sentence comes ("Read more.").
type Many interface {
	// ChooseMany gives what [Choose] would for each, nil for none.
	ChooseMany(stage, lang string, asked []Asked) ([]*Entry, error)
}

// ChooseAll gives the entry for each sentence, nil for none.
func ChooseAll(s Store, stage, lang string, asked []Asked) ([]*Entry, error) {
	if many, ok := s.(Many); ok {
		return many.ChooseMany(stage, lang, asked)
	}
	all := make([]*Entry, len(asked))
	for i, a := range asked {
		entries, err := s.Find(stage, lang, a.Key)
		if err != nil {
			return nil, err
		}
		if e, ok := Choose(entries, a.Before, a.After); ok {
			all[i] = &e
		}
	}
	return all, nil
}

// Choose picks the entry for a sentence between these neighbours: one with both
// the same before one with a single neighbour the same. The latest of equals
// is taken.
func Choose(entries []Entry, before, after string) (Entry, bool) {
	best, rank := Entry{}, 0
	for _, e := range entries {
		r := 0
		if e.Before == before {
			r++
		}
		if e.After == after {
			r++
		}
		if r > 0 && r >= rank {
			best, rank = e, r
		}
	}
	return best, rank > 0
}
