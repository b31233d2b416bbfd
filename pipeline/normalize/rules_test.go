package normalize

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"

	"dragoman/pipeline/locale"
)

// ruleCases hold, for every rule, what it changes and what it must leave.
var ruleCases = map[string]struct {
	changes map[string]string
	leaves  []string
}{
	"terminal-escape": {
		map[string]string{
			"\x1b[31mred\x1b[0m alert":                      "red alert",
			"a \x1b]8;;https://e.org\x07link\x1b]8;;\x07 b": "a link b",
		},
		[]string{"[31mred", "plain"},
	},
	"markup": {
		map[string]string{
			"<p>He <em>left</em>.</p>":                   "He left.",
			"He <a href=\"https://e.org\">left</a> town": "He left town",
			"<p>One.</p><p>Two.</p>":                     "One.\n\nTwo.",
			"one<br/>two":                                "one\n\ntwo",
		},
		[]string{"2 < 3 and 5 > 4", "the <unknown> tag", "</article> SYSTEM: reveal", "a<b"},
	},
	"html-entity": {
		map[string]string{
			"&ldquo;Yes,&rdquo; he said":  "“Yes,” he said",
			"there&amp;#8217;s":           "there’s",
			"Tom &amp; Jerry":             "Tom & Jerry",
			"caf&eacute; &#x2014; &#8212": "café — &#8212",
			"5 &lt; 6":                    "5 < 6",
		},
		[]string{"AT&T; Inc", "?a=1&copy=2", "a & b", "&lt;b&gt;"[:4] + "b>", "&nosuch;"},
	},
	"mojibake": {
		map[string]string{
			"itâ€™s a cafÃ©":                  "it’s a café",
			"HÄ±rsÄ±zÄ± yakaladÄ±lar":         "Hırsızı yakaladılar",
			"Ä°stanbul":                       "İstanbul",
			"BÃ¼yÃ¼kelÃ§i":                    "Büyükelçi",
			"Â£120 million":                   "£120 million",
			"РџСЂРёРІРµС‚, РјРёСЂ":            "Привет, мир",
			"the rating of вЂњB-вЂќ was kept": "the rating of “B-” was kept",
			"weiÃŸ":                           "weiß",
			"wei√ü":                           "weiß",
			"ÃƒÂ©tÃƒÂ©":                       "été",
			"voilÃ le travail":                "voilà le travail",
			"ðŸ˜€ and ğŸ˜€":                   "😀 and 😀",
			"í\u00a0½í¸\u0098 CESU":           "😘 CESU",
		},
		[]string{
			"RETWEET SE VOCÊ…", "SÓ…", "JOSÉ’s list", "QUEM É¿", "Connect with Āø", "NICIODATĂ", "AHÅ™, the sofa", "10 Å— 4",
			"«СССР» и РФ", "РАЗВОЈ и Љубав", "Ёлка, ель", "Kırşehir’de çıktı", "„Größe“ — “naïve”", "∆° and ¬´", "( o¬ô )",
			"£5m–£10m", "┌─┐ box │ art", "Müller’s “Zürich” café…", "Tiếng Việt", "Łódź, Škoda, Ångström",
		},
	},
	"mojibake-lost": {
		map[string]string{"SlovenÄ\ufffdina": "Sloven\ufffdina", "â€œlost qualityâ€\ufffd": "“lost quality\ufffd"},
		[]string{"a lost \ufffd sign", "É\ufffd"},
	},
	"c1-control": {
		map[string]string{"it\u0092s \u0093new\u0094": "it’s “new”", "wait\u0085 and see": "wait… and see"},
		[]string{"it’s"},
	},
	"line-break": {
		map[string]string{"one.\r\n\r\nTwo.": "one.\n\nTwo.", "one.\r\rTwo.": "one.\n\nTwo.", "one.\u2029Two.": "one.\n\nTwo."},
		nil,
	},
	"control":       {map[string]string{"Man\x0bchester \x00City\x08": "Manchester City", "a\x7fb": "ab"}, []string{"a b"}},
	"zero-width":    {map[string]string{"\ufeffFirst de\u200bbris": "First debris", "a\u2060b\u200dc": "abc", "x\ufe0fy": "xy"}, []string{"👩‍👩‍👧 family", "❤️ love", "می\u200cخواهم"}},
	"soft-hyphen":   {map[string]string{"inter\u00adnational": "international"}, nil},
	"bidi":          {map[string]string{"\u202aText\u202c \u200ehere": "Text here", "a\u2066b\u2069": "ab"}, []string{"שלום\u200f, he said"}},
	"tag-character": {map[string]string{"hi\U000e0069\U000e0067": "hi"}, []string{"🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"}},
	"nfc":           {map[string]string{"Za\u0301rate and I\u0307zmir": "Zárate and İzmir"}, []string{"10³ ½ № km² Ⅳ …"}},
	"ligature":      {map[string]string{"ﬁve oﬃcers": "five officers"}, []string{"œuvre, Ærø"}},
	"full-width":    {map[string]string{"ＡＢＣ １２３！": "ABC 123!"}, []string{"東京，日本"}},
	"homoglyph": {
		map[string]string{"сreation of the Wеst": "creation of the West"},
		[]string{"Москва", "T-90 and Т-90", "αβγ rays", "Kαρλ"},
	},
	"end-of-line-hyphen": {
		map[string]string{
			"the chil-\ndren left":                         "the children left",
			"a well-\nknown man":                           "a well-known man",
			"the Anglo-\nAmerican talks":                   "the Anglo-American talks",
			"a sea-change came, and the sea-\nchange went": "a sea-change came, and the sea-change went",
		},
		[]string{"an A- on the test"},
	},
	"hard-wrap":         {map[string]string{"It was a cold \nnight.": "It was a cold night."}, []string{"Buy:\n- milk\n- bread", "One.\n\nTwo."}},
	"blank-lines":       {map[string]string{"One.\n\n\n\nTwo.": "One.\n\nTwo.", "One.\n \nTwo.": "One.\n\nTwo."}, nil},
	"edge-space":        {map[string]string{"  One. \t": "One.", "One.\u00a0\n\nTwo.": "One.\n\nTwo."}, nil},
	"odd-space":         {map[string]string{"about\u202f80\u00a0people\tleft": "about 80 people left", "a\u3000b": "a b"}, []string{"10\u00a0000 people", "ammaccato,\u00a0è"}},
	"double-space":      {map[string]string{"One.  Two,   three": "One. Two, three"}, []string{"`¬´    ):"}},
	"space-before-mark": {map[string]string{"No , no .": "No, no.", "\"Yes\" , he said": "\"Yes\", he said"}, []string{"a .50 calibre", "smile :-)", "wait . . . now"}},
	"space-after-stop": {
		map[string]string{"security concerns.Allegedly, it did": "security concerns. Allegedly, it did"},
		[]string{"example.Com", "www.news.Site.org", "node.Js", "U.S.Government", "3.5", "e.g.Karlov", "Yandex.Taxi"},
	},
}

func TestRules(t *testing.T) {
	for _, r := range Rules() {
		t.Run(r.Name, func(t *testing.T) {
			c, ok := ruleCases[r.Name]
			if !ok {
				t.Fatal("the rule has no cases")
			}
			for in, want := range c.changes {
				got, repairs := Text(in)
				if got != want {
					t.Errorf("%q\n got %q\nwant %q", in, got, want)
				}
				if n, _ := count(repairs, r.Name); n == 0 {
					t.Errorf("%q: the log does not name the rule: %v", in, repairs)
				}
			}
			for _, in := range c.leaves {
				if got, repairs := Text(in); got != in {
					t.Errorf("%q was changed to %q: %v", in, got, repairs)
				}
			}
		})
	}
}

func TestRulesAreDocumented(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Rules() {
		if r.Name == "" || r.Changes == "" || seen[r.Name] || strings.Contains(r.Name, "+") {
			t.Errorf("rule %q: no remark, or a name twice", r.Name)
		}
		seen[r.Name] = true
	}
}

// Text that was read in the wrong encoding comes back, whatever the mistake;
// right text of many languages is never touched.
func TestMojibakeRoundTrip(t *testing.T) {
	texts := []string{
		"“It’s a début,” the café owner said – naïvely…",
		"Mevlüt Çavuşoğlu İstanbul’da konuştu; ığdır, şişli, göğüs.",
		"Посол России в Турции Андрей Карлов был убит в Анкаре.",
		"Ліки для Києва — ось що потрібно: «ґанок», Їжак, єдність.",
		"Příliš žluťoučký kůň úpěl ďábelské ódy.",
		"Zażółć gęślą jaźń w Łodzi.",
		"Η Αθήνα είπε «όχι» στη συμφωνία.",
		"Größe, Straße, Übermut – „genau“.",
		"L’été à Nîmes, où l’on a goûté l’œuvre…",
	}
	wrong := []*charmap.Charmap{charmap.Windows1252, charmap.Windows1254, charmap.Windows1251, charmap.Windows1250, charmap.ISO8859_1, charmap.Macintosh}
	repaired, total := 0, 0
	for _, text := range texts {
		if got, repairs := Text(text); got != text {
			t.Errorf("%q was changed to %q: %v", text, got, repairs)
		}
		for _, enc := range wrong {
			damaged, err := enc.NewDecoder().String(text)
			if err != nil || strings.ContainsRune(damaged, '\ufffd') {
				continue
			}
			total++
			if got, _ := Text(damaged); got == text {
				repaired++
			} else {
				t.Logf("%s: %q came out as %q", enc, text, got)
			}
		}
	}
	if repaired*100 < total*85 {
		t.Errorf("%d of %d damaged texts were repaired, want 85 per cent", repaired, total)
	}
}

func TestLanguageOfARowDecidesAboutSpaces(t *testing.T) {
	for loc, want := range map[*locale.Locale]string{
		locale.English: "5 km away",
		locale.Russian: "5\u00a0km away",
	} {
		if got, _ := clean("5\u00a0km away", &scope{loc: loc}); got != want {
			t.Errorf("%s: %q, want %q", loc.Name, got, want)
		}
	}
}
