package batch

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"dragoman/cmd/internal/outdir"
)

func TestFolderName(t *testing.T) {
	for id, want := range map[string]string{ // the part before the mark; a trailing ~ says that a digest follows
		"ankara-2016":           "ankara-2016",
		"a_1.2":                 "a_1.2",
		"Ankara":                "Ankara~",
		"desk/ankara":           "desk-ankara~",
		"":                      "article~",
		"..":                    "article~",
		"../../etc/passwd":      "etc-passwd~",
		"/abs":                  "abs~",
		`C:\news\a`:             "C--news-a~",
		"con":                   "_con~",
		"NUL.txt":               "_NUL.txt~",
		"a.":                    "a~",
		"a ":                    "a~",
		`<>:"|?*`:               "article~",
		"a\x00b\x1b[31m":        "a-b--31m~",
		"ankara~abcdefghijkl":   "ankara-abcdefghijkl~",
		"Çavuşoğlu":             "Çavuşoğlu~",
		"c\u0327":               "ç~",
		"\xff\xfe":              "article~",
		"report.json":           "report.json~",
		strings.Repeat("x", 99): strings.Repeat("x", 99),
	} {
		got := FolderName(id)
		base, digest, suffixed := strings.Cut(got, mark)
		if suffixed {
			base += mark
		}
		if base != want || suffixed && len(digest) != digestChars {
			t.Errorf("%q: got %q, want %q", id, got, want)
		}
	}
}

// What run calls a plain article is what batch calls it.
func TestFolderNameIsThatOfRun(t *testing.T) {
	for _, id := range []string{"ankara-2016", "a.b", "x_1", "0"} {
		if got, want := FolderName(id), outdir.Name(id); got != want {
			t.Errorf("%q: got %q, run has %q", id, got, want)
		}
	}
}

// Ids that some system takes for one another have names that none does.
func TestFolderNamesStayApart(t *testing.T) {
	ids := []string{
		"istanbul", "Istanbul", "İstanbul", "ıstanbul", "i\u0307stanbul", "ISTANBUL",
		"strasse", "straße", "STRASSE", "STRAẞE", "caf\u00e9", "cafe\u0301", "ﬁn", "fin", "K", "k", "\u212a",
		"a/b", "a-b", "a\\b", "a b", "a:b", "a", "a.", "a..", " a", "./a", "../a", "con", "CON", "_con", "_con.",
		strings.Repeat("ы", 300), strings.Repeat("ы", 301), strings.Repeat("ы", 300) + "/x",
	}
	for _, id := range ids[:20] {
		ids = append(ids, FolderName(id), outdir.Name(id)+mark+"abcdefghijkl")
	}
	ofName, ids2 := map[string]string{}, map[string]bool{}
	for _, id := range ids {
		if ids2[id] {
			continue
		}
		ids2[id] = true
		key := folded(FolderName(id))
		if other, taken := ofName[key]; taken {
			t.Errorf("%q and %q share %q", id, other, FolderName(id))
		}
		ofName[key] = id
	}
}

// folded is a name as the least careful of file systems compares it.
func folded(name string) string {
	s := strings.ToLower(strings.ToUpper(norm.NFKD.String(name)))
	s = strings.NewReplacer("ß", "ss", "ı", "i").Replace(s)
	return strings.Map(func(r rune) rune {
		if unicode.IsMark(r) {
			return -1
		}
		return r
	}, s)
}

// idGen draws ids that are near each other and near what is dangerous.
func idGen() *rapid.Generator[string] {
	part := rapid.SampledFrom([]string{
		"a", "A", "b", "i", "I", "İ", "ı", "ß", "ss", "ẞ", "é", "e\u0301", "ы", "Ы", "1", ".", "..", "-", "_", "~", "/", "\\", ":", "*", "?",
		`"`, "<", ">", "|", " ", "\x00", "\x1b", "\u202e", "\u2028", "con", "NUL", "com1", ".txt", "\xff", "report.json", "ﬁ", "\u0307",
	})
	return rapid.OneOf(
		rapid.Custom(func(t *rapid.T) string { return strings.Join(rapid.SliceOfN(part, 0, 6).Draw(t, "parts"), "") }),
		rapid.Custom(func(t *rapid.T) string {
			return strings.Repeat(part.Draw(t, "part"), rapid.IntRange(1, 200).Draw(t, "times"))
		}),
		rapid.String(),
	)
}

func TestFolderNameProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := idGen().Draw(t, "a"), idGen().Draw(t, "b")
		name := FolderName(a)
		if FolderName(a) != name {
			t.Fatalf("%q has two names", a)
		}
		if a != b && folded(name) == folded(FolderName(b)) {
			t.Fatalf("%q and %q share %q", a, b, name)
		}
		if plain(name) && FolderName(name) != name {
			t.Fatalf("%q does not stay", name)
		}
		safe(t, a, name)
	})
}

func safe(t *rapid.T, id, name string) {
	switch {
	case !fs.ValidPath(name), name == ".", strings.ContainsAny(name, "/\\:*?\"<>|"), !utf8.ValidString(name):
		t.Fatalf("%q became %q", id, name)
	case len(name) > maxFolder:
		t.Fatalf("%q became %q: %d bytes", id, name, len(name))
	case strings.HasPrefix(name, "."), strings.HasSuffix(name, "."), strings.HasSuffix(name, " "), outdir.Reserved(name), reportFiles[name]:
		t.Fatalf("%q became %q", id, name)
	case strings.ContainsFunc(name, unicode.IsControl):
		t.Fatalf("%q became %q", id, name)
	}
}

// D12: among a million ids no two share a name.
func TestFolderNamesOfManyIDs(t *testing.T) {
	n := 1_000_000
	if testing.Short() || raced {
		n = 50_000
	}
	seen := make(map[string]struct{}, n)
	for i := range n {
		name := FolderName(fmt.Sprintf("Feed/%d/Story %d", i%97, i))
		if _, taken := seen[name]; taken {
			t.Fatalf("the name %q comes twice", name)
		}
		seen[name] = struct{}{}
	}
}
