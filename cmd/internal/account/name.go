package account

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strings"
)

// SourceName is a source as it may be shown: an address without its user and
// query, which may hold a key; in the query's place are six digits of their
// digest, so that two sources stay two. A path stays as it is, and so does what
// this gave before.
func SourceName(source string) string {
	u, err := url.Parse(source)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return source
	}
	if u.User == nil && isDigest(u.RawQuery) {
		return source
	}
	shown := u.Scheme + "://" + u.Host + u.EscapedPath()
	if secret := u.User.String() + "?" + u.RawQuery; secret != "?" {
		digest := sha256.Sum256([]byte(secret))
		shown += "?~" + hex.EncodeToString(digest[:3])
	}
	return shown
}

// isDigest reports whether a query is one that SourceName made.
func isDigest(query string) bool {
	digits, ok := strings.CutPrefix(query, "~")
	raw, err := hex.DecodeString(digits)
	return ok && err == nil && len(raw) == 3
}
