package outdir

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxName bounds a folder's name in bytes, well under what every file system
// allows (255).
const MaxName = 100

// reserved are the names that Windows takes for devices, whatever their ending.
var reserved = map[string]bool{
	"con": true, "prn": true, "aux": true, "nul": true, "conin$": true, "conout$": true,
	"com0": true, "com1": true, "com2": true, "com3": true, "com4": true, "com5": true, "com6": true, "com7": true, "com8": true, "com9": true,
	"lpt0": true, "lpt1": true, "lpt2": true, "lpt3": true, "lpt4": true, "lpt5": true, "lpt6": true, "lpt7": true, "lpt8": true, "lpt9": true,
}

// Name makes an article's id the name of one folder on every system:
// letters, digits, dot, hyphen and underscore, no dot at either end, no
// device's name, not empty, not too long. An id that is safe already stays; two
// ids may get one name.
func Name(id string) string {
	var b strings.Builder
	for _, r := range id {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r), r == '_', r == '.':
			b.WriteRune(r)
		default:
			b.WriteByte('-')
		}
	}
	name := strings.Trim(b.String(), ".-")
	if name == "" {
		name = "article"
	}
	if Reserved(name) {
		name = "_" + name
	}
	if len(name) <= MaxName {
		return name
	}
	sum := sha256.Sum256([]byte(id))
	cut := MaxName - 9
	for !utf8.RuneStart(name[cut]) {
		cut--
	}
	return strings.TrimRight(name[:cut], ".-") + "-" + hex.EncodeToString(sum[:4])
}

// Reserved reports whether Windows takes a name for a device, whatever its
// ending: "con", "NUL.txt".
func Reserved(name string) bool {
	stem, _, _ := strings.Cut(name, ".")
	return reserved[strings.ToLower(stem)]
}
