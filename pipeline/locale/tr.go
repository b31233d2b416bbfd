package locale

import "golang.org/x/text/language"

// Turkish is what is known of Turkish.
var Turkish = &Locale{
	Tag:  language.Turkish,
	Name: "Turkish",
}
