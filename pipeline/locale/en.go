package locale

import (
	"unicode"

	"golang.org/x/text/language"
)

// English is what is known of English.
var English = &Locale{
	Tag:       language.English,
	Name:      "English",
	Script:    unicode.Latin,
	Decimal:   '.',
	Group:     ",",
	Quotes:    Quotes{Open: "“", Close: "”", InnerOpen: "‘", InnerClose: "’"},
	MissingAs: "[missing: %s]",
	Calendar: Calendar{
		Months: [12]string{
			"January", "February", "March", "April", "May", "June",
			"July", "August", "September", "October", "November", "December",
		},
		Weekdays: [7]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
	},
}
