package batch

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"dragoman/cmd/internal/outdir"
)

// maxFolder bounds a folder's name in bytes: what every file system takes is
// 255, and a path needs room for the folders above and the files below.
const maxFolder = 113 // outdir.MaxName, the mark, and the digest

// mark parts a readable name from its digest. It stands in no name that is
// used as it is, so that the two kinds cannot meet.
const mark = "~"

// digestChars is how much of an id's digest stands in a folder's name: 60 bits,
// so that among a million ids two are the same once in two million collections.
const digestChars = 12

// lowerBase32 has no letter that differs by case alone.
var lowerBase32 = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// FolderName is the name of an article's output folder. It is safe on every
// system, and distinct for distinct ids also where capital letters or Unicode
// forms make no difference. It depends on the id alone, so it never changes
// when other articles come or go.
//
// An id of small Latin letters, digits, dots, hyphens and underscores that is
// safe stays as it is, and is what `run` uses too. Every other id becomes a
// readable form of itself with a digest of the exact id behind it.
func FolderName(id string) string {
	if plain(id) {
		return id
	}
	base := outdir.Name(norm.NFC.String(strings.ToValidUTF8(id, "-")))
	sum := sha256.Sum256([]byte(id))
	return clip(base, outdir.MaxName) + mark + lowerBase32.EncodeToString(sum[:])[:digestChars]
}

// plain reports whether an id is a folder's name already, and clashes with no
// other name.
func plain(id string) bool {
	if id == "" || len(id) > outdir.MaxName || outdir.Reserved(id) {
		return false
	}
	if strings.ContainsFunc(id, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '.' && r != '-' && r != '_'
	}) {
		return false
	}
	return outdir.Name(id) == id && !reportFiles[id]
}

// reportFiles are the names of a batch's own files in the output folder.
var reportFiles = map[string]bool{resultsFile: true, reportJSON: true, reportMarkdown: true, reportHTML: true}

// clip cuts a name to so many bytes, between two characters, with no dot or
// hyphen at its end.
func clip(name string, limit int) string {
	if len(name) > limit {
		for limit > 0 && !utf8.RuneStart(name[limit]) {
			limit--
		}
		name = name[:limit]
	}
	return strings.TrimRight(name, ".-")
}
