package locale

import (
	"unicode"

	"golang.org/x/text/language"
)

// Turkish is what is known of Turkish.
var Turkish = &Locale{
	Tag:       language.Turkish,
	Name:      "Turkish",
	Script:    unicode.Latin,
	Decimal:   ',',
	Group:     ".",
	Quotes:    Quotes{Open: "\"", Close: "\"", InnerOpen: "'", InnerClose: "'"},
	Length:    Bounds{Min: 0.62, Max: 1.65, Mean: 1.00, WholeMin: 0.86, WholeMax: 1.20, From: 40},
	MissingAs: "[çevrilmedi: %s]",
	Calendar: Calendar{
		Months: [12]string{
			"Ocak", "Şubat", "Mart", "Nisan", "Mayıs", "Haziran",
			"Temmuz", "Ağustos", "Eylül", "Ekim", "Kasım", "Aralık",
		},
		Weekdays: [7]string{"Pazar", "Pazartesi", "Salı", "Çarşamba", "Perşembe", "Cuma", "Cumartesi"},
	},
}
