package check

// description is what one check looks for, for reports that list rules.
type description struct{ id, category, text string }

// Describe is one sentence about what the check with an id finds, "" for an id
// that is none.
func Describe(id string) string { return descriptionOf(id).text }

// Category is the MQM error type under which the findings of a check mostly
// stand, "" for an id that is none. A finding may name a finer one.
func Category(id string) string { return descriptionOf(id).category }

func descriptionOf(id string) description {
	for _, d := range descriptions {
		if d.id == id {
			return d
		}
	}
	return description{}
}

// descriptions are in the order of [IDs].
var descriptions = []description{
	{"C01", "fluency/grammar", "The text that an edit replaces does not stand in the sentence, or stands there more than once."},
	{"C02", "accuracy/mistranslation", "An edit touches a number."},
	{"C03", "accuracy/mistranslation", "An edit touches a quotation."},
	{"C04", "accuracy/mistranslation", "An edit touches a name."},
	{"C05", "accuracy/mistranslation", "An edit touches an address, a handle, a hashtag or a date."},
	{"C06", "accuracy/mistranslation", "An edit touches a negation."},
	{"C07", "style", "The edits of a sentence rewrite it instead of correcting it."},
	{"C08", "fluency/grammar", "An edit ends a sentence, joins two or breaks a line."},
	{"C09", "fluency/grammar", "An edit changes nothing, or overlaps another one."},
	{"C11", "accuracy/mistranslation", "An edit touches how sure a statement is, or who made it."},
	{"M01", "style", "A part of the summary is longer than its limit."},
	{"M02", "accuracy/addition", "A number of the summary does not stand in the sentences it rests on."},
	{"M03", "accuracy/addition", "A name of the summary does not stand in the article."},
	{"M04", "accuracy/mistranslation", "The summary quotes what the article does not say word for word."},
	{"M05", "accuracy/addition", "A summary sentence names no evidence, or evidence that shares nothing with it."},
	{"M06", "fluency", "A summary begins with words that point back to something it has not said, or a sentence of it is cut or not English."},
	{"M07", "style", "A summary sentence is copied from the article, or says what another one says."},
	{"M08", "accuracy/mistranslation", "A summary sentence denies what its evidence does not, or the other way round."},
	{"M09", "accuracy/omission", "A summary states as a fact what its evidence only reports."},
	{"S01", "verity", "A number or a name of the headline does not stand in the article."},
	{"S02", "fluency/punctuation", "The article lays one statement to two speakers, or its quotation marks or brackets do not pair."},
	{"T01", "accuracy/omission", "A sentence of the source has no translation, or a translation has no source."},
	{"T02", "accuracy/untranslated", "The translation is in another language or another script."},
	{"T03", "accuracy/untranslated", "There is no translation, or the source came back, whole or in part."},
	{"T04", "accuracy/mistranslation", "A number of the source is missing, or the translation has one of its own."},
	{"T05", "localeConvention/number", "A number or a percent sign is written by the rules of English."},
	{"T06", "accuracy/mistranslation", "A month, a weekday or a currency became another one."},
	{"T07", "accuracy/omission", "The translation is too short or too long for its source."},
	{"T08", "fluency", "One sentence became three or more, or the other way round."},
	{"T09", "fluency/punctuation", "The end mark of the sentence is another one, or is missing."},
	{"T10", "fluency/punctuation", "A long quotation of the source stands without quotation marks."},
	{"T11", "fluency/punctuation", "Quotation marks or brackets do not pair."},
	{"T12", "fluency/characterEncoding", "A word mixes scripts, or letters of a script stand there that the language does not use."},
	{"T13", "fluency/grammar", "A word stands twice in a row."},
	{"T14", "terminology/wrongTerm", "A name is missing, or is written otherwise than on the names sheet."},
	{"T15", "terminology/inconsistent", "A name is written in two ways in one edition, or copied with a slip."},
	{"T16", "localeConvention", "A Turkish form is wrong: an apostrophe, a city's name, or letters without their dots."},
	{"T17", "terminology/inconsistentWithTermbase", "A term of the glossary has none of its forms in the translation, or a forbidden one."},
	{"T18", "accuracy/mistranslation", "The source denies, and the translation has no word of denial."},
	{"T19", "accuracy/omission", "An address, a handle or a hashtag is lost, changed or new."},
	{"T20", "accuracy/addition", "A model talks about its work, or left marks of its own in the text."},
	{"T21", "accuracy/addition", "Words are said again and again."},
	{"T22", "accuracy/mistranslation", "The translation is another sentence's, or a sentence stands there twice."},
	{"T23", "fluency/characterEncoding", "There are characters that are no text: control, bidirectional or tag characters, or U+FFFD."},
	{"T24", "accuracy/omission", "The source only reports, and the translation states it as a fact."},
	{"T25", "accuracy/mistranslation", "Two editions of one sentence disagree about a number, a name or a negation."},
}
