package facts

import (
	"testing"

	"dragoman/pipeline/locale"
)

// A Turkish verb denies by its ending; a verbal noun in -ması does not.
func TestTurkishVerbsDenyByTheirEnding(t *testing.T) {
	for text, want := range map[string]int{
		"Buradan sağ çıkmayacağını söyledi.":   1,
		"Toplantıya katılmadı.":                1,
		"Karar henüz açıklanmadan ayrıldılar.": 1,
		"Bu yol kapalıyken geçilmez.":          1,
		"Bakan soruları yanıtlamıyor.":         1,
		"Görüşmenin yapılması bekleniyor.":     0,
		"Ormandan dönen ekip toplandı.":        0,
		"Bakanın gelmesini beklediler.":        0,
		"Temel hak değil, bir ayrıcalık.":      1,
		"Ankara'ya taşınmadan önce çalıştı.":   0,
		"Roma'dan gelen uçak indi.":            0,
	} {
		if got := Negations(text, locale.Turkish); len(got) != want {
			t.Errorf("%s: %v, want %d", text, got, want)
		}
	}
}
