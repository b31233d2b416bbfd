package normalize

import (
	"testing"
	"unicode/utf8"
)

func codecNamed(t *testing.T, name string) codec {
	t.Helper()
	for _, c := range codecs {
		if c.name == name {
			return c
		}
	}
	t.Fatalf("no codec %s", name)
	return codec{}
}

func TestCodecReadsSequences(t *testing.T) {
	for _, c := range []struct {
		codec, text string
		want        string // the character, "" where there is no sequence
		used        int    // bytes of the text
	}{
		{"windows-1252", "Ã©t", "é", 4},
		{"windows-1252", "â€™s", "’", 8},
		{"windows-1252", "ðŸ˜€", "😀", 9},
		{"windows-1252", "â\u0080\u0099", "’", 6},
		{"windows-1252", "Ã", "", 0},
		{"windows-1252", "Ãe", "", 0},
		{"windows-1252", "éé", "", 0},
		{"windows-1252", "Á\u0080", "", 0}, // C1 leads nothing
		{"windows-1252", "À\u0080", "", 0}, // overlong
		{"windows-1252", "Ã\ufffd", "\ufffd", 5},
		{"windows-1252", "â€\ufffd", "\ufffd", 8},
		{"windows-1252", "í\u00a0½í¸\u0098", "😘", 12},
		{"windows-1252", "í\u00a0½xx", "", 0},
		{"windows-1254", "ğŸ˜€", "😀", 9},
		{"windows-1251", "Рџ", "П", 4},
		{"windows-1251", "вЂ™", "’", 7},
		{"windows-1250", "Ă¨", "è", 4},
		{"windows-1250", "Ă\u0099", "", 0}, // 99 is ™ there
		{"iso-8859-2", "Ĺ\u0099", "ř", 4},
		{"macintosh", "√©", "é", 5},
		{"ibm437", "├⌐", "é", 6},
		{"koi8-r", "п÷", "П", 4},
		{"windows-1257", "Ä“", "ē", 5},
		{"windows-1253", "Γ©", "é", 4},
	} {
		q, ok := codecNamed(t, c.codec).at(c.text, 0)
		switch {
		case ok != (c.want != ""):
			t.Errorf("%s %q: found %v", c.codec, c.text, ok)
		case ok && (string(q.out) != c.want || q.end != c.used):
			t.Errorf("%s %q: %q after %d bytes, want %q after %d", c.codec, c.text, q.out, q.end, c.want, c.used)
		}
	}
}

func TestCodecEncodesOnlyWhatItCanHaveRead(t *testing.T) {
	for _, c := range codecs {
		for b := 0x80; b <= 0xff; b++ {
			r := c.chars.DecodeByte(byte(b))
			if r == utf8.RuneError || r < 0x80 {
				continue
			}
			if got, ok := c.encode(r); !ok || got != byte(b) {
				t.Errorf("%s: %q is %x %v, want %x", c.name, r, got, ok, b)
			}
		}
		for _, r := range []rune{'a', '0', ' ', '語', utf8.RuneError} {
			if _, ok := c.encode(r); ok {
				t.Errorf("%s: %q was read from a byte", c.name, r)
			}
		}
	}
}

// A sequence that is not bad enough by itself is decoded where the article was
// surely read in that encoding elsewhere.
func TestEvidenceOfTheArticle(t *testing.T) {
	const weak = "AHÅ™, SOFA"
	if got, _ := Text(weak); got != weak {
		t.Errorf("alone it became %q", got)
	}
	if got, _ := Text(weak + " itâ€™s a cafÃ©"); got != "AHř, SOFA it’s a café" {
		t.Errorf("beside other mojibake it became %q", got)
	}
}

func TestEvidenceNamesTheCodec(t *testing.T) {
	for text, want := range map[string]string{
		"itâ€™s a cafÃ©":          "windows-1252",
		"РџСЂРёРІРµС‚, РјРёСЂ":    "windows-1251",
		"LiĂ¨ge de l'HĂ´pital":    "windows-1250",
		"TrÃ¨s bien, mÃªme Ã Ãge": "windows-1252",
	} {
		e := evidence(text)
		for name, score := range e {
			if score > e[want] {
				t.Errorf("%q: %s has %d, %s has %d", text, name, score, want, e[want])
			}
		}
		if e[want] == 0 {
			t.Errorf("%q: no evidence for %s", text, want)
		}
	}
	if e := evidence("plain ASCII, “quotes” and Çavuşoğlu"); len(e) != 0 {
		t.Errorf("evidence in sound text: %v", e)
	}
}

// Words of sound text that look like mojibake to a hasty eye.
func TestSoundTextStays(t *testing.T) {
	for _, s := range []string{
		"Mevlüt Çavuşoğlu’s visit — “a success” – cost €5 million…",
		"Škoda, Łódź, Ærø, Ångström, Ísland, Þór, Guðmundsson, Nový Jičín",
		"São Paulo, Curaçao, Malmö, Zürich, Kraków, Brașov, Târgu Mureș",
		"“État,” “Éire”… ‘À bientôt’ — ‘Ôte-toi’",
		"ÉCOLE, ÇA VA, GARÇON, NOËL, ÎLE, ÜBER, ÖSTERREICH",
		"«Россия» — «СССР»… Рёбра, рёв, Рига, Рим; «МГУ»",
		"Київ, Їжак, Різдво, рік, Ґудзик; Београд, Љубав, Њујорк, ЂУРЂЕВДАН",
		"Αθήνα, «Ελλάδα», Ευρώπη; η «ανατροφή»",
		"Tiếng Việt, Nguyễn Phú Trọng, Đà Nẵng",
		"İSTANBUL, IĞDIR, ŞIRNAK, ÇANAKKALE, ÜSKÜDAR, Ağrı’da",
		"5 × 4 = 20, 10° ± 2°, ½ cup, µm, 3² + 4² = 5²",
		"√2 ≈ 1.41, ∑x, ∆t, ∂f, 100 Å — 200 Å",
		"© 2016 Reuters® — all rights™ §4 ¶2 † ‡",
		"£10–£20, $5, €7, ¥900, ₺30, ₽80, ¢5",
		"naïveté, résumé, cliché, façade, jalapeño, smörgåsbord",
		"日本語、中文，한국어 and العربية and עברית",
		"│ a │ b │ ── ┐", "¿Qué? ¡Sí! ªº",
	} {
		if got, repairs := Text(s); got != s {
			t.Errorf("%q became %q: %v", s, got, repairs)
		}
	}
}

func TestPlausibleCharacters(t *testing.T) {
	west := codecNamed(t, "windows-1252")
	for r, want := range map[rune]bool{
		'é': true, 'ř': true, 'ș': true, 'П': true, 'ї': true, 'ґ': true, 'ب': true, 'א': true, '’': true, '€': true, '❤': true, '😀': true, '中': true, 'ﬁ': true, utf8.RuneError: true,
		'ɒ': false, 'ʘ': false, 'Ӆ': false, '\ue000': false, '\U000f0000': false, '\u0378': false,
	} {
		if got := plausible(sequence{out: r, lead: 'Ã'}, west); got != want {
			t.Errorf("%q: %v, want %v", r, got, want)
		}
	}
}
