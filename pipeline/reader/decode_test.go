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

const (
	turkish = "Rusya'nın Ankara Büyükelçisi Andrey Karlov bir sergi açılışında uğradığı silahlı saldırıda öldü. Dışişleri Bakanı Mevlüt Çavuşoğlu o sırada uçaktaydı ve haberi Moskova'ya inince öğrendi."
	russian = "Посол России в Турции Андрей Карлов был убит в понедельник в Анкаре, когда он выступал на открытии выставки. Министр иностранных дел находился в это время в самолёте."
	english = "The café owner said that the naïve plan — “a façade” — cost £5 million. The ambassador’s résumé was long, and the matter was discussed at the embassy in Ankara."
)

// encode writes a text in an encoding.
func encode(t *testing.T, e encoding.Encoding, s string) []byte {
	t.Helper()
	b, err := e.NewEncoder().Bytes([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestDecode(t *testing.T) {
	utf16 := func(order unicode.Endianness, bom unicode.BOMPolicy) encoding.Encoding {
		return unicode.UTF16(order, bom)
	}
	for name, c := range map[string]struct {
		raw      []byte
		declared string
		text     string
		charset  string
	}{
		"utf-8":                         {[]byte(turkish), "", turkish, "utf-8"},
		"ascii":                         {[]byte("plain"), "", "plain", "utf-8"},
		"utf-8 with a mark":             {[]byte("\xef\xbb\xbf" + russian), "windows-1251", russian, "utf-8"},
		"utf-16 little with a mark":     {encode(t, utf16(unicode.LittleEndian, unicode.UseBOM), russian), "", russian, "utf-16le"},
		"utf-16 big with a mark":        {encode(t, utf16(unicode.BigEndian, unicode.UseBOM), turkish), "", turkish, "utf-16be"},
		"utf-16 little without":         {encode(t, utf16(unicode.LittleEndian, unicode.IgnoreBOM), english), "", english, "utf-16le"},
		"utf-16 big without, Russian":   {encode(t, utf16(unicode.BigEndian, unicode.IgnoreBOM), russian), "", russian, "utf-16be"},
		"declared windows-1251":         {encode(t, charmap.Windows1251, russian), "windows-1251", russian, "windows-1251"},
		"declared latin1 is 1252":       {encode(t, charmap.Windows1252, english), "ISO-8859-1", english, "windows-1252"},
		"declared latin1 but utf-8":     {[]byte(turkish), "iso-8859-1", turkish, "utf-8"},
		"declared utf-8 but 1254":       {encode(t, charmap.Windows1254, turkish), "utf-8", turkish, "windows-1254 (guessed)"},
		"declared utf-16 but utf-8":     {[]byte(turkish), "utf-16", turkish, "utf-8"},
		"declared nonsense but utf-8":   {[]byte(turkish), "klingon", turkish, "utf-8"},
		"guessed windows-1254":          {encode(t, charmap.Windows1254, turkish), "", turkish, "windows-1254 (guessed)"},
		"guessed windows-1251":          {encode(t, charmap.Windows1251, russian), "", russian, "windows-1251 (guessed)"},
		"guessed koi8-r":                {encode(t, charmap.KOI8R, russian), "", russian, "koi8-r (guessed)"},
		"guessed windows-1252":          {encode(t, charmap.Windows1252, english), "", english, "windows-1252 (guessed)"},
		"a lone no-break space is 1252": {[]byte("The ambassador was at the exhibition in Ankara.\xa0"), "", "The ambassador was at the exhibition in Ankara.\u00a0", "windows-1252 (guessed)"},
	} {
		t.Run(name, func(t *testing.T) {
			text, charset, err := reader.Decode(c.raw, c.declared)
			if err != nil || text != c.text || charset != c.charset {
				t.Errorf("charset %q, error %v\n got %q\nwant %q in %s", charset, err, text, c.text, c.charset)
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		raw      string
		declared string
		want     string
	}{
		"an image":            {"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x10\x00\x00\xff\xfe", "", "not text"},
		"an unknown encoding": {"caf\xe9 society", "klingon", "klingon"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := reader.Decode([]byte(c.raw), c.declared)
			if pipeline.CodeOf(err) != pipeline.Invalid || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want Invalid and %q", err, c.want)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(turkish), "")
	f.Add([]byte("\xff\xfea\x00b\x00"), "")
	f.Add([]byte("caf\xe9"), "windows-1252")
	f.Add([]byte("\xcf\xf0\xe8\xe2\xe5\xf2"), "utf-8")
	f.Fuzz(func(t *testing.T, raw []byte, declared string) {
		text, charset, err := reader.Decode(raw, declared)
		if err != nil {
			if pipeline.CodeOf(err) != pipeline.Invalid {
				t.Errorf("error %v has no code", err)
			}
			return
		}
		if charset == "" || strings.ToValidUTF8(text, "") != text {
			t.Errorf("charset %q, text %q", charset, text)
		}
	})
}
