// Package webhook posts messages in the manner of Standard Webhooks
// (https://www.standardwebhooks.com): an id that stays the same on every try, a
// time, and a signature of both and the body. Editions and alerts go out this
// way.
package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"dragoman/pipeline"
)

// The headers of a message.
const (
	HeaderID        = "webhook-id"
	HeaderTimestamp = "webhook-timestamp" // Unix seconds of this try
	HeaderSignature = "webhook-signature" // one or more of "v1,…", a space between
)

// Secret is what messages are signed with: one key, or several while a key is
// being changed. Whatever prints, formats, logs or encodes it prints
// "[redacted]".
type Secret struct{ keys func() [][]byte }

// The bytes of a key, after Standard Webhooks.
const (
	minKey = 24
	maxKey = 64
)

// ParseSecret reads "whsec_" and base64 of 24 to 64 bytes; several, with white
// space between, sign each message several times, so that a receiver can change
// from one to the next. Nothing at all is the Secret that signs nothing. No
// error quotes what was given.
func ParseSecret(s string) (Secret, error) {
	var keys [][]byte
	for i, word := range strings.Fields(s) {
		encoded, ok := strings.CutPrefix(word, "whsec_")
		key, err := base64.StdEncoding.DecodeString(encoded)
		var what string
		switch {
		case !ok:
			what = `does not begin with "whsec_"`
		case err != nil:
			what = `is not base64 after "whsec_"`
		case len(key) < minKey || len(key) > maxKey:
			what = fmt.Sprintf("holds %d bytes, and not %d to %d", len(key), minKey, maxKey)
		default:
			keys = append(keys, key)
			continue
		}
		return Secret{}, &pipeline.Error{
			Code: pipeline.Invalid,
			Err:  fmt.Errorf("webhook secret %d %s", i+1, what),
			Hint: `make one with: echo "whsec_$(openssl rand -base64 32)"`,
		}
	}
	if len(keys) == 0 {
		return Secret{}, nil
	}
	return Secret{func() [][]byte { return keys }}, nil
}

// Set reports whether there is a key.
func (s Secret) Set() bool { return s.keys != nil }

// String prints "[redacted]", or "" where there is no key.
func (s Secret) String() string {
	if !s.Set() {
		return ""
	}
	return "[redacted]"
}

// Format prints what String prints, whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.String()) }

// MarshalText encodes what String prints, for JSON and logs too.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Sign gives the headers of a message: its id, the time of this try, and, where
// there is a secret, the signatures. An id has letters, digits, "-" and "_".
func Sign(secret Secret, id string, at time.Time, body []byte) (http.Header, error) {
	if id == "" || strings.ContainsFunc(id, notOfID) {
		return nil, fmt.Errorf("signing a message: id %q must be letters, digits, - and _", id)
	}
	if at.Unix() <= 0 {
		return nil, errors.New("signing a message: it has no time")
	}
	seconds := strconv.FormatInt(at.Unix(), 10)
	header := http.Header{}
	header.Set(HeaderID, id)
	header.Set(HeaderTimestamp, seconds)
	if !secret.Set() {
		return header, nil
	}
	var signatures []string
	for _, key := range secret.keys() {
		mac := hmac.New(sha256.New, key)
		fmt.Fprintf(mac, "%s.%s.", id, seconds)
		mac.Write(body)
		signatures = append(signatures, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	header.Set(HeaderSignature, strings.Join(signatures, " "))
	return header, nil
}

// notOfID are all characters but those of an id: a dot would make two messages
// sign alike.
func notOfID(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_')
}
