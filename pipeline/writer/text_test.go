package writer

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestClean(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"plain", "Mr. Karlov’s “speech” — Çavuşoğlu, Ёлка", "Mr. Karlov’s “speech” — Çavuşoğlu, Ёлка"},
		{"edges", "  a \t", "a"},
		{"lines", "a\nb\r\nc\td\u2028e\u0085f", "a b  c d e f"},
		{"NUL and escape", "a\x00b\x1b[31mc", "a\uFFFDb\uFFFD[31mc"},
		{"C1 and DEL", "a\u009bb\x7fc", "a\uFFFDb\uFFFDc"},
		{"bidi override", "abc\u202Edef\u202C", "abc\uFFFDdef\uFFFD"},
		{"bidi isolates and marks", "\u2066a\u2069\u200F\u061C", "\uFFFDa\uFFFD\uFFFD\uFFFD"},
		{"zero width", "a\u200Bb\uFEFFc\u2060d\u00ADe", "abcde"},
		{"joiner in Latin", "ad\u200Dmin", "admin"},
		{"joiner in Persian", "می\u200Cخواهم", "می\u200Cخواهم"},
		{"family", "\U0001F469\u200D\U0001F469\u200D\U0001F466", "\U0001F469\u200D\U0001F469\u200D\U0001F466"},
		{"heart and keycap", "\u2764\uFE0F 1\uFE0F\u20E3", "\u2764\uFE0F 1\uFE0F\u20E3"},
		{"selector on a letter", "a\uFE0Fb\uFE01", "ab"},
		{"flag of Scotland", "\U0001F3F4\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F", "\U0001F3F4\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F"},
		{"hidden tags", "hi\U000E0068\U000E0069\U000E007F", "hi\uFFFD\uFFFD\uFFFD"},
		{"long run after a flag", "\U0001F3F4" + strings.Repeat("\U000E0061", 30) + "\U000E007F", "\U0001F3F4" + strings.Repeat("\uFFFD", 31)},
		{"not UTF-8", "a\xffb", "a\uFFFDb"},
		{"not characters", "a\uFFFEb\uFDD0", "a\uFFFDb\uFFFD"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := clean(c.in); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestVisible(t *testing.T) {
	for in, want := range map[string]string{
		"two words": "two words", "": "", "  ": "␣␣", "a\u00a0b": "aU+00A0b", " a b": "␣a␣b", "a\r\n\tb": "aU+000D↵⇥b",
		"\u200Ba": "U+200Ba", "a  b": "a␣␣b", "\x1b[0m": "U+001B[0m", "\xff ": "\uFFFD␣",
	} {
		if got := visible(in); got != want {
			t.Errorf("visible(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestEscape(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"prose stays readable", "U.S. officials (3 of 4) said: no, 50% — it's \"over\"! Really? A+B-C=D; AT&T", "U.S. officials (3 of 4) said: no, 50% — it's \"over\"! Really? A+B-C=D; AT\\&T"},
		{"emphasis", "*a* _b_ ~~c~~ `d`", "\\*a\\* \\_b\\_ \\~\\~c\\~\\~ \\`d\\`"},
		{"link", "[a](http://b.c)", "\\[a\\](http\\://b.c)"},
		{"image", "![a](x)", "\\!\\[a\\](x)"},
		{"bare links", "www.a.b https://c.d HTTP://e mailto:f@g.h", "www\\.a.b https\\://c.d HTTP\\://e mailto\\:f\\@g.h"},
		{"mention", "@all, a@1, correct/edits@1 (x)", "\\@all, a@1, correct/edits@1 (x)"},
		{"HTML", "<b onclick=x>&lt;&#60;", "\\<b onclick=x\\>\\&lt;\\&\\#60;"},
		{"heading", "# a #", "\\# a \\#"},
		{"list", "- a", "\\- a"},
		{"numbered list", "1. a", "1\\. a"},
		{"a figure is no list", "1.5 million", "1.5 million"},
		{"numbered list with a bracket", "12) a", "12\\) a"},
		{"rule", "---", "\\---"},
		{"setext", "===", "\\==="},
		{"quote", "> a", "\\> a"},
		{"table", "a | b", "a \\| b"},
		{"money", "$5 and $6", "\\$5 and \\$6"},
		{"template", "{{ site.x }}{% raw %}", "\\{\\{ site.x \\}\\}\\{% raw %\\}"},
		{"backslash", `a\`, `a\\`},
		{"lines", "a\n\n# b", "a  \\# b"},
		{"definition", ": a", "\\: a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := escape(c.in); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestLabelsAreComplete(t *testing.T) {
	for _, lang := range []string{"en", "ru", "tr", "ru-RU", "de", "not a tag"} {
		l := labelsFor(lang)
		for _, s := range []string{l.NotDone, l.Unmarked, l.SourceOf} {
			if strings.Count(s, "%s") != 1 {
				t.Errorf("%s: %q needs one id", lang, s)
			}
		}
		for s, n := range map[string]int{l.Autonomous: 2, l.Assisted: 3, l.PseudoMade: 2} {
			if strings.Count(s, "%s") != n {
				t.Errorf("%s: %q needs %d values", lang, s, n)
			}
		}
		for _, s := range []string{
			l.Untold, l.Marked, l.Keywords, l.Summary, l.Headline, l.Lead, l.KeyPoints, l.Short, l.Long, l.Evidence, l.Findings,
			l.NoFindings, l.Suggest, l.Waived, l.Disclosure, l.PseudoText, l.NoModel, l.NoName, l.NoDate, l.Prompts, l.Months[11],
		} {
			if s == "" {
				t.Errorf("%s: a label is empty", lang)
			}
		}
	}
	if labelsFor("ru-RU").NotDone != "[не переведено: %s]" || labelsFor("tr").NotDone != "[çevrilmedi: %s]" || labelsFor("de").NotDone != "[not done: %s]" {
		t.Error("the markers are not those that were promised")
	}
}

func FuzzEscape(f *testing.F) {
	for _, s := range []string{"a", "# x", "\u202e", "[a](b)", "\U0001F3F4\U000E0067\U000E007F", "1. x", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := clean(s)
		if !utf8.ValidString(got) || clean(got) != got {
			t.Fatalf("clean(%q) = %q, cleaned again %q", s, got, clean(got))
		}
		if strings.ContainsAny(escape(s), "\n\r\x00\x1b\u202e") {
			t.Fatalf("escape(%q) = %q", s, escape(s))
		}
	})
}
