// Package check judges what a model, or a person, made of a sentence. Each
// check is deterministic, costs microseconds, and has one file; all.go is the
// list of them. Thresholds stand beside the rule with their source; word lists
// are in data, and what belongs to a language is in package locale.
//
// [Pair] judges one translated sentence, [PairRow] a translated text without
// sentence ids, [Edition], [Spellings] and [Editions] translated articles,
// [Glossary] the terms of a desk, [Edit] and [Edits] proposed corrections,
// [EditsOf] a corrected text, [Summary], [SummaryAll] and [SummaryRow] a
// summary, [Source] the article itself, [Name] and [NameSheet] the names sheet.
// [Modes] is the configuration of the gate; [Tidy] mends what is beyond doubt.
//
// A finding of severity major or critical gates: the sentence is asked again
// with the finding's message quoted, so a message says what was found and what
// was expected, and names the value.
//
// # Corrections
//
// C01 the edit's text stands in the sentence, once. C02 figures and number
// words stay. C03 what is quoted stays, letter for letter. C04 names stay. C05
// addresses, days, months and currencies stay. C06 words of denial stay. C07
// the edits of a sentence change at most 35 % of its words. C08 an edit parts
// no sentence. C09 it changes something, and overlaps no other. C11 hedges,
// verbs of saying and speakers stay; a comma or an article beside them does
// not count. An edit that breaks C01 or C09 is none; one that breaks another
// rule is proposed to a person. What they cannot see is a wrong word put for a
// right one of the same kind.
//
// # Translations
//
// T01 a sentence without a translation (text without ids). T02 another language
// or script. T03 nothing, the source again, or a piece of it: a row of words,
// also of a neighbour's source, one copied word (in Turkish only of the shape
// of English, and a fault from two on), a place in Latin letters. T04 numbers
// by value: scale words, number words, ordinals, Roman numerals, times,
// decades, shared scales; a conversion of units that is right is a remark, a
// number that nothing in the source may have become a fault. T05 figures and
// percent signs written by English rules. T06 a month, weekday or currency
// became another. T07 length, of short sentences too. T08 sentences parted or
// joined. T09 end marks. T10 a long quotation without marks. T11 marks that do
// not pair. T12 letters of two scripts in one word, stray scripts. T13 a word
// of grammar twice. T14 names, against the names sheet or by their sound. T15
// one name in two spellings, or copied with a slip. T16 Turkish apostrophes,
// dotted capitals, Turkish without its letters. T17 the glossary, in any
// inflection. T18 a denial lost. T19 addresses. T20 the model talking. T21
// loops. T22 an answer that is another sentence's, or stands twice. T23
// characters that are no text. T24 a report told as a fact. T25 editions that
// contradict each other in a number word, a name or a denial.
//
// # Summaries and the source
//
// M01 budgets. M02 numbers, M03 names, M04 quotations that the article has not.
// M05 evidence missing or about something else. M06 a start that points to
// nothing. M07 copying, and saying a thing twice. M08 denial unlike the
// evidence's. M09 a report told as a fact. S01 a number or a name of the
// headline or the keywords that the body has not. S02 marks that do not pair, a
// statement laid to two speakers.
//
// # What no rule here sees
//
// A wrong word, a wrong predicate, an antonym, the scope of a negation, who
// "he" is, the tone. Rules guard against the rare and embarrassing; that they
// are silent proves nothing. What each finds, and how often it is wrong, is
// measured in MEASURED.md beside this file.
package check
