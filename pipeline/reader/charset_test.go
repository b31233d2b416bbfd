package reader_test

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"dragoman/pipeline"
	"dragoman/pipeline/reader"
)

// news is one short text a language, as a wire would send it.
var news = map[string][]string{
	"Turkish": {
		"Dışişleri Bakanı Mevlüt Çavuşoğlu, saldırıyı şiddetle kınadıklarını söyledi.",
		"İstanbul Valiliği, boğazdaki gemi trafiğinin sis nedeniyle durdurulduğunu açıkladı.",
		"Öğrenciler yeni öğretim yılına güneşli bir günde, şarkılar eşliğinde başladı.",
	},
	"Russian": {
		"Министр иностранных дел заявил, что переговоры продолжатся во вторник.",
		"В Анкаре убит посол России; нападавший застрелен на месте.",
		"По данным агентства, никто из пассажиров не пострадал.",
	},
	"English": {
		"The café’s owner – a naïve man – said the façade had cost £5 million in all.",
		"“We go on,” said the ambassador’s widow; “we have no choice in the matter.”",
		"The résumé of the exposé was read at the soirée in the château on Saturday.",
	},
}

// Every text in every encoding that can hold it is read back, or refused; a
// guess is said to be one. No text comes back wrong without a word.
func TestEveryTextInEveryEncoding(t *testing.T) {
	encodings := map[string]struct {
		enc encoding.Encoding
		of  []string
	}{
		"windows-1254": {charmap.Windows1254, []string{"Turkish", "English"}},
		"windows-1252": {charmap.Windows1252, []string{"English"}},
		"windows-1251": {charmap.Windows1251, []string{"Russian"}},
		"koi8-r":       {charmap.KOI8R, []string{"Russian"}},
		"utf-16le":     {unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), []string{"Turkish", "Russian", "English"}},
		"utf-16be":     {unicode.UTF16(unicode.BigEndian, unicode.UseBOM), []string{"Turkish", "Russian", "English"}},
		"utf-8":        {unicode.UTF8, []string{"Turkish", "Russian", "English"}},
		"utf-8 marked": {unicode.UTF8BOM, []string{"Turkish", "Russian", "English"}},
	}
	right, total := 0, 0
	for name, e := range encodings {
		for _, language := range e.of {
			for _, text := range news[language] {
				raw, err := e.enc.NewEncoder().Bytes([]byte(text))
				if err != nil {
					t.Fatalf("%s in %s: %v", language, name, err)
				}
				total++
				got, charset, err := reader.Decode(raw, "")
				guessed := strings.HasSuffix(charset, "(guessed)")
				switch {
				case err != nil:
					t.Logf("%s in %s was refused: %v", language, name, err)
				case got == text:
					right++
				case !guessed:
					t.Errorf("%s in %s came back as %q, read as %s", language, name, got, charset)
				default:
					t.Logf("%s in %s was guessed to be %s: %q", language, name, charset, got)
				}
				if strings.HasPrefix(name, "utf") && guessed {
					t.Errorf("%s in %s was guessed", language, name)
				}
			}
		}
	}
	if right*100 < total*95 {
		t.Errorf("%d of %d texts came back, want 95 in a hundred", right, total)
	}
}

// A declared label decides, whatever the bytes would be guessed to be.
func TestDeclaredLabelDecides(t *testing.T) {
	for label, c := range map[string]struct {
		enc  encoding.Encoding
		text string
	}{
		"windows-1254": {charmap.Windows1254, news["Turkish"][0]},
		"iso-8859-9":   {charmap.Windows1254, news["Turkish"][1]},
		"WINDOWS-1251": {charmap.Windows1251, news["Russian"][0]},
		"cp1251":       {charmap.Windows1251, news["Russian"][1]},
		"koi8-r":       {charmap.KOI8R, news["Russian"][2]},
		"ibm866":       {charmap.CodePage866, news["Russian"][0]},
		"latin1":       {charmap.Windows1252, news["English"][0]},
		"macintosh":    {charmap.Macintosh, news["English"][1]},
	} {
		raw, err := c.enc.NewEncoder().Bytes([]byte(c.text))
		if err != nil {
			t.Fatalf("%s: %v", label, err)
		}
		if got, charset, err := reader.Decode(raw, label); err != nil || got != c.text || strings.Contains(charset, "guessed") {
			t.Errorf("%s: %q as %s, %v", label, got, charset, err)
		}
	}
}

// What is no text at all is refused with a reason.
func TestBytesThatAreNoText(t *testing.T) {
	for name, raw := range map[string]string{
		"a PNG":         "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x01\x00\x00\x00\x01\x00\x08\x02\x00\x00\x00\xd3\x10?1",
		"a ZIP or DOCX": "PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00\xdf\xa4\xd2lZ\x01\x00\x00 \x05\x00\x00\x13\x00",
		"a gzip":        "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcbH\xcd\xc9\xc9\x07\x00\x86\xa6\x106\x05\x00\x00\x00",
		"an ELF":        "\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x03\x00>\x00\x01\x00\x00\x00\xd0\x10",
	} {
		_, err := reader.Text(strings.NewReader(raw), name)
		if pipeline.CodeOf(err) != pipeline.Invalid {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// Cut in the middle of a letter, UTF-8 is still not taken for anything else
// without a word.
func TestCutUTF8IsNotSilent(t *testing.T) {
	text := news["Turkish"][0] + " Çavuşoğl"
	raw := append([]byte(text), "ş"[0])
	got, charset, err := reader.Decode(raw, "")
	if err == nil && !strings.HasSuffix(charset, "(guessed)") {
		t.Errorf("read as %s: %q", charset, got)
	}
}

// English copy with Turkish or with Icelandic names in it.
func TestNamesTellTheGuessesApart(t *testing.T) {
	for text, enc := range map[string]encoding.Encoding{
		"President Erdoğan met the mayor of Şırnak on Friday, and the talks were held in Ağrı.":          charmap.Windows1254,
		"The writer Guðrún Jónsdóttir met the mayor of Reykjavík on Friday, and Þór Ólafsson was there.": charmap.Windows1252,
	} {
		raw, err := enc.NewEncoder().Bytes([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got, charset, err := reader.Decode(raw, ""); err != nil || got != text || !strings.HasSuffix(charset, "(guessed)") {
			t.Errorf("%q as %s, %v", got, charset, err)
		}
	}
}
