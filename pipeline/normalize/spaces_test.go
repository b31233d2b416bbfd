package normalize

import (
	"strings"
	"testing"

	"dragoman/pipeline/locale"
)

// applyRule runs one rule over a text.
func applyRule(t *testing.T, name, s string) string {
	t.Helper()
	for _, r := range Rules() {
		if r.Name == name {
			b := newBuffer(s)
			b.apply(name, r.find(s, &scope{loc: locale.English, evidence: evidence(s)}))
			return b.text
		}
	}
	t.Fatalf("no rule %s", name)
	return ""
}

// each case is one rule alone on one text.
func TestRulesOneByOne(t *testing.T) {
	for _, c := range []struct{ rule, in, want string }{
		{"edge-space", " a \n b \n", "a\nb"},
		{"edge-space", "\n\na\n", "a"},
		{"edge-space", " \n ", ""},
		{"edge-space", "", ""},
		{"edge-space", "a\n\n b", "a\n\nb"},
		{"edge-space", "\u00a0a\u00a0", "a"},
		{"edge-space", "a\u00a0\nb", "a\nb"},
		{"odd-space", "a\tb", "a b"},
		{"odd-space", "a\u00a0b\u2003c\u3000d", "a b c d"},
		{"odd-space", "1\u00a0000 and 1\u202f000", "1\u00a0000 and 1\u202f000"},
		{"odd-space", "é\u00a0a", "é\u00a0a"},
		{"odd-space", "é\u2009a", "é a"},
		{"odd-space", "a\nb c", "a\nb c"},
		{"double-space", "a  b   c", "a b c"},
		{"double-space", "a.  B", "a. B"},
		{"double-space", "said,  “b”", "said, “b”"},
		{"double-space", "cost  $5", "cost $5"},
		{"double-space", "(  a", "(  a"},
		{"double-space", "a  )", "a  )"},
		{"double-space", "´    )", "´    )"},
		{"space-before-mark", "a , b . c", "a, b. c"},
		{"space-before-mark", "“a” , 5 % ;", "“a”, 5 %;"},
		{"space-before-mark", "wait . . . now", "wait . . . now"},
		{"space-before-mark", "a .b", "a .b"},
		{"space-before-mark", "a :)", "a :)"},
		{"space-before-mark", ". , a", ". , a"},
		{"space-after-stop", "the end.Later he", "the end. Later he"},
		{"space-after-stop", "the end!Later, he", "the end! Later, he"},
		{"space-after-stop", "(the end?Later)", "(the end? Later)"},
		{"space-after-stop", "end.later", "end.later"},
		{"space-after-stop", "End.Later", "End.Later"},
		{"space-after-stop", "go.Mod", "go.Mod"},
		{"space-after-stop", "e.g.Later", "e.g.Later"},
		{"space-after-stop", "a/end.Later", "a/end.Later"},
		{"space-after-stop", "me@end.Later", "me@end.Later"},
		{"space-after-stop", "site.Com", "site.Com"},
		{"space-after-stop", "end.LATER", "end.LATER"},
		{"line-break", "a\r\nb\rc\u2028d\u2029e\u0085f", "a\nb\nc\nd\n\ne\nf"},
		{"line-break", "a\nb", "a\nb"},
		{"blank-lines", "a\n\n\nb\n \n\t\nc", "a\n\nb\n\nc"},
		{"blank-lines", "a\n\nb\nc", "a\n\nb\nc"},
		{"hard-wrap", "a\nb \n c", "a b c"},
		{"hard-wrap", "a\n\nb", "a\n\nb"},
		{"hard-wrap", "a\n", "a\n"},
		{"hard-wrap", "\na", "\na"},
		{"hard-wrap", "a:\n- b\n1. c\n(a) d\n• e", "a:\n- b\n1. c\n(a) d\n• e"},
		{"hard-wrap", "in\n1.5 tonnes", "in 1.5 tonnes"},
		{"hard-wrap", "a\n-5", "a -5"},
		{"end-of-line-hyphen", "inter-\nnational", "international"},
		{"end-of-line-hyphen", "inter- \n national", "international"},
		{"end-of-line-hyphen", "self-\nmade", "self-made"},
		{"end-of-line-hyphen", "Anglo-\nSaxon", "Anglo-Saxon"},
		{"end-of-line-hyphen", "T-\nshirt", "T-\nshirt"},
		{"end-of-line-hyphen", "a word -\nanother", "a word -\nanother"},
		{"end-of-line-hyphen", "man-made and man-\nmade", "man-made and man-made"},
		{"control", "a\x00b\x1bc\x7f\n\t", "abc\n\t"},
		{"control", "a\xffb", "a\ufffdb"},
		{"control", "a\u0081b", "ab"},
		{"c1-control", "a\u0091b\u0092 \u0096 \u0080", "a‘b’ – €"},
		{"c1-control", "one\u0085Two", "one\u0085Two"},
		{"c1-control", "one\u0085 two", "one… two"},
		{"c1-control", "\u0093one\u0085Two\u0094", "“one…Two”"},
		{"zero-width", "\ufeffa\u200bb\u2060c\u180ed", "abcd"},
		{"zero-width", "a\u200db", "ab"},
		{"zero-width", "👩\u200d🚀", "👩\u200d🚀"},
		{"zero-width", "✔\ufe0f a\ufe0f", "✔\ufe0f a"},
		{"zero-width", "5\ufe0f⃣", "5\ufe0f⃣"},
		{"zero-width", "a\U000e0101b", "ab"},
		{"bidi", "a\u202eb\u202c\u2067c\u2069\u200ed", "abcd"},
		{"bidi", "שלום\u200f a\u202e", "שלום\u200f a"},
		{"terminal-escape", "a\x1b[1;31mb\x1b[0mc\x1b(d", "abc\x1b(d"},
		{"nfc", "e\u0301 i\u0307 и\u0306 Å", "é i̇ й Å"},
		{"ligature", "ﬀ ﬁ ﬂ ﬃ ﬄ ﬅ ﬆ", "ff fi fl ffi ffl st st"},
		{"full-width", "Ａ１！％", "A1!%"},
		{"full-width", "中！", "中！"},
		{"homoglyph", "Аnkara", "Ankara"},
		{"homoglyph", "Путин", "Путин"},
		{"homoglyph", "Путiнскaя", "Путiнскaя"}, // Latin i looks like no Russian letter
		{"homoglyph", "Анкapа", "Анкара"},
		{"homoglyph", "xа", "xа"},
		{"html-entity", "&lt;5 &gt; &amp;nbsp;", "<5 > \u00a0"},
		{"html-entity", "&lt;em&gt;", "&lt;em>"},
		{"html-entity", "&#0; &#xD800; &#99999999;", "&#0; &#xD800; &#99999999;"},
		{"markup", "a <i>b</i> <br/>", "a b "},
		{"markup", "a < b > c", "a < b > c"},
		{"markup", "<script>x</script>", "<script>x</script>"},
		{"soft-hyphen", "a\u00adb", "ab"},
		{"tag-character", "a\U000e0061", "a"},
	} {
		if got := applyRule(t, c.rule, c.in); got != c.want {
			t.Errorf("%s: %q\n got %q\nwant %q", c.rule, c.in, got, c.want)
		}
	}
}

func TestSortedEditsDoNotOverlap(t *testing.T) {
	got := sorted([]edit{{5, 7, "c"}, {0, 2, "a"}, {1, 3, "x"}, {2, 4, "b"}, {6, 9, "y"}})
	var out []string
	for _, e := range got {
		out = append(out, e.after)
	}
	if s := strings.Join(out, ""); s != "abc" {
		t.Errorf("kept %s", s)
	}
}

func TestJoinRules(t *testing.T) {
	for _, c := range []struct{ a, b, want string }{
		{"", "x", "x"}, {"x", "", "x"}, {"x", "x", "x"}, {"x", "y", "x+y"}, {"x+y", "y+z", "x+y+z"}, {"xy", "x", "xy+x"},
	} {
		if got := joinRules(c.a, c.b); got != c.want {
			t.Errorf("%q and %q: %q", c.a, c.b, got)
		}
	}
}
