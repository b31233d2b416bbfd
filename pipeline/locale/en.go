package locale

import "golang.org/x/text/language"

// English is what is known of English.
var English = &Locale{
	Tag:  language.English,
	Name: "English",
}
