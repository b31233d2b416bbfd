package locale

import (
	"unicode"

	"golang.org/x/text/language"
)

// Russian is what is known of Russian.
var Russian = &Locale{
	Tag:       language.Russian,
	Name:      "Russian",
	Script:    unicode.Cyrillic,
	Decimal:   ',',
	Group:     "\u0020\u00a0\u202f\u2009", // space, no-break, narrow no-break, thin
	Quotes:    Quotes{Open: "«", Close: "»", InnerOpen: "„", InnerClose: "“"},
	Length:    Bounds{Min: 0.62, Max: 1.75, Mean: 1.06, WholeMin: 0.90, WholeMax: 1.30, From: 40},
	MissingAs: "[не переведено: %s]",
	Calendar: Calendar{
		Months: [12]string{
			"января", "февраля", "марта", "апреля", "мая", "июня",
			"июля", "августа", "сентября", "октября", "ноября", "декабря",
		},
		Weekdays: [7]string{"воскресенье", "понедельник", "вторник", "среда", "четверг", "пятница", "суббота"},
	},
}
