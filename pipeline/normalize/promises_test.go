package normalize

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"dragoman/pipeline"
	"dragoman/pipeline/locale"
)

// pieces are what random texts are made of: sound words, damage of every kind,
// and what must not be taken for damage.
var pieces = []string{
	"The", "envoy", "said", "U.S.", "Mr.", "3.5", "10\u00a0000", "Çavuşoğlu", "Карлов", "“", "”", "'", "—", "...", "(", ")", ",", ".", "!", "?", ";",
	" ", "  ", "\n", "\n\n", "\r\n", "\t", "\u00a0", "\u2009", "\u2029", "\u0085", "-\n", "- ", "• ", "1. ",
	"â€™", "Ã©", "Ä±", "Ã¢â‚¬Å“", "РџСЂ", "Ã ", "É…", "ðŸ˜€", "Â£", "ğŸ", "\ufffd", "â€\ufffd",
	"&amp;", "&lt;", "&ldquo;", "&#8217;", "&amp;lt;b&amp;gt;", "<p>", "</p>", "<em>", "<b", ">", "&",
	"\x1b[31m", "\x00", "\x0c", "\u200b", "\ufeff", "\u00ad", "\u202e", "\u200f", "\U000e0041", "e\u0301", "ﬁ", "Ａ", "，", "а", "concerns.Later", "http://e.org/a.Html", "\xff", "\xc3",
}

func randomText(t *rapid.T) string {
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 24).Draw(t, "pieces"), rapid.SampledFrom([]string{"", " "}).Draw(t, "joint"))
}

// promises holds one text against what the package promises of Text.
func promises(t interface{ Fatalf(string, ...any) }, s string) {
	got, repairs := Text(s)
	at := 0
	for _, r := range repairs {
		switch {
		case r.Start < at || r.End < r.Start || r.End > len(s):
			t.Fatalf("%q: repair %+v is out of place", s, r)
		case s[r.Start:r.End] != r.Before || r.Before == r.After || r.Rule == "":
			t.Fatalf("%q: repair %+v does not fit", s, r)
		}
		at = r.End
	}
	if replayed := Apply(s, repairs); replayed != got {
		t.Fatalf("%q: the log makes %q, not %q", s, replayed, got)
	}
	if twice, more := Text(got); twice != got {
		t.Fatalf("%q became %q, and then %q: %v", s, got, twice, more)
	}
	if !utf8.ValidString(got) {
		t.Fatalf("%q became %q, which is not UTF-8", s, got)
	}
	lettersKept(t, repairs)
}

// lettersKept: a repair without a rule that may change letters changes none.
func lettersKept(t interface{ Fatalf(string, ...any) }, repairs []pipeline.Repair) {
	may := map[string]bool{}
	for _, r := range Rules() {
		may[r.Name] = r.Letters
	}
	for _, r := range repairs {
		allowed := false
		for name := range strings.SplitSeq(r.Rule, "+") {
			allowed = allowed || may[name]
		}
		if !allowed && alphanumeric(r.Before) != alphanumeric(r.After) {
			t.Fatalf("repair %+v changes letters or digits", r)
		}
	}
}

func alphanumeric(s string) string {
	return strings.Map(func(r rune) rune {
		if (unicode.IsLetter(r) || unicode.IsDigit(r)) && r != '\u3164' && r != '\uffa0' && r != '\u115f' && r != '\u1160' {
			return r
		}
		return -1
	}, s)
}

func TestTextKeepsItsPromises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { promises(t, randomText(t)) })
}

func FuzzText(f *testing.F) {
	for _, c := range ruleCases {
		for in := range c.changes {
			f.Add(in)
		}
		for _, in := range c.leaves {
			f.Add(in)
		}
	}
	f.Fuzz(func(t *testing.T, s string) { promises(t, s) })
}

// The buffer's log follows any series of edits.
func TestBufferFollowsEdits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		source := rapid.StringOfN(rapid.RuneFrom([]rune("abcdé ")), 0, 20, -1).Draw(t, "source")
		b := newBuffer(source)
		want := source
		for pass := range rapid.IntRange(0, 5).Draw(t, "passes") {
			var edits []edit
			next := ""
			at := 0
			for range rapid.IntRange(0, 4).Draw(t, "edits") {
				start := rapid.IntRange(at, len(want)).Draw(t, "start")
				end := rapid.IntRange(start, min(len(want), start+4)).Draw(t, "end")
				after := rapid.StringOfN(rapid.RuneFrom([]rune("xyz")), 0, 3, -1).Draw(t, "after")
				if start == end && after == "" || len(edits) > 0 && start == at {
					continue
				}
				edits = append(edits, edit{start, end, after})
				next += want[at:start] + after
				at = end
			}
			next += want[at:]
			b.apply(string(rune('A'+pass)), edits)
			want = next
			if b.text != want {
				t.Fatalf("text is %q, want %q", b.text, want)
			}
			if got := Apply(source, b.repairs()); got != want {
				t.Fatalf("the log makes %q of %q, want %q: %v", got, source, want, b.repairs())
			}
		}
	})
}

func TestBufferNamesAllRulesOfOneRepair(t *testing.T) {
	b := newBuffer("signiп¬Ѓcant")
	b.apply("mojibake", []edit{{5, 5 + len("п¬Ѓ"), "ﬁ"}})
	b.apply("ligature", []edit{{5, 5 + len("ﬁ"), "fi"}})
	want := pipeline.Repair{Rule: "mojibake+ligature", Start: 5, End: 11, Before: "п¬Ѓ", After: "fi"}
	if got := b.repairs(); len(got) != 1 || got[0] != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// Every letter and digit of an article is in a block of the result, wherever
// no rule that may change letters was at work.
func TestArticleLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		src := &pipeline.Article{ID: "a"}
		kinds := []pipeline.Kind{pipeline.Paragraph, pipeline.Paragraph, pipeline.Heading, pipeline.ListItem, pipeline.Quote, pipeline.Boilerplate, pipeline.TableRow, ""}
		for range rapid.IntRange(1, 6).Draw(t, "blocks") {
			src.Body = append(src.Body, pipeline.Block{
				Kind:      rapid.SampledFrom(kinds).Draw(t, "kind"),
				Sentences: []pipeline.Sentence{{Text: randomText(t)}},
			})
		}
		res, err := Article(src)
		if err != nil {
			return // no letters, or mostly Cyrillic
		}
		var out strings.Builder
		seen := map[string]bool{}
		for b, s := range res.Article.Sentences() {
			if seen[s.ID] || s.ID == "" || b.ID == "" || strings.ContainsAny(s.Text, "\n\r") || strings.TrimSpace(s.Text) == "" {
				t.Fatalf("sentence %q: %q", s.ID, s.Text)
			}
			seen[s.ID] = true
			out.WriteString(s.Text)
		}
		repaired := Apply(Source(src), res.Repairs)
		if got, want := alphanumeric(out.String()), alphanumeric(repaired); got != want {
			t.Fatalf("the blocks hold %q, the repaired text %q", got, want)
		}
		lettersKept(t, res.Repairs)
	})
}

func TestCleanOfEachLanguageIsIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := randomText(t)
		for _, loc := range locale.All() {
			once, _ := clean(s, &scope{loc: loc, evidence: evidence(s)})
			if twice, _ := clean(once, &scope{loc: loc, evidence: evidence(once)}); twice != once {
				t.Fatalf("%s: %q became %q, and then %q", loc.Name, s, once, twice)
			}
		}
	})
}
