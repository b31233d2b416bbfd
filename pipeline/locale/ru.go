package locale

import "golang.org/x/text/language"

// Russian is what is known of Russian.
var Russian = &Locale{
	Tag:  language.Russian,
	Name: "Russian",
}
