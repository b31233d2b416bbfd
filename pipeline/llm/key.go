package llm

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"strconv"
)

// Key is the digest of the logical request: stage, model, temperature,
// upper bound of the answer, messages and schema. It does not cover how the
// request is transported (schema rung, streaming, profile), nor Attempt, Units
// and the prompt's name: they do not change the answer. It is 64 hexadecimal digits of SHA-256; every part is written with its
// length before it, so that no two requests can be taken for each other.
func Key(req *Request) string {
	var messages []digested
	for _, m := range req.Messages {
		messages = append(messages, digested{m.Role, Digest([]byte(m.Content))})
	}
	return keyOf(req.Stage, req.Model, req.Temperature, req.MaxTokens, messages, Digest(compact(req.Schema)))
}

// digested is a message with its content as a digest.
type digested struct{ role, digest string }

func keyOf(stage, model string, temperature float64, maxTokens int, messages []digested, schema string) string {
	h := sha256.New()
	part(h, "dragoman exchange 1")
	part(h, stage)
	part(h, model)
	part(h, strconv.FormatFloat(temperature, 'g', -1, 64))
	part(h, strconv.Itoa(maxTokens))
	part(h, strconv.Itoa(len(messages)))
	for _, m := range messages {
		part(h, m.role)
		part(h, m.digest)
	}
	part(h, schema)
	return hex.EncodeToString(h.Sum(nil))
}

// Digest is the SHA-256 of the bytes, "sha256:" and 64 hexadecimal digits.
func Digest(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}

func part(h hash.Hash, s string) { fmt.Fprintf(h, "%d:%s", len(s), s) }
