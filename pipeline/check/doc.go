// Package check judges what a model, or a person, made of a sentence. Each
// check is deterministic, costs microseconds, and has a file or two named after
// it; all.go is the list of those of a sentence. Thresholds and word lists are
// in data, with their reasons, and what belongs to a language is in package
// locale.
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
// # Figures
//
// The figures below are those of MEASURED.md beside this file, which says what
// the sets are. "Of people's rows" counts passages that people translated, 445
// into Russian and 445 into Turkish; a finding there is a false alarm or a slip
// of the translator. Those tables name the six checks with most rows, so that
// a check "not among them" has at most 2 rows there. "Of the faults" counts the
// 50 rows a language with one fault put in. "Not measured" says that no set has
// such faults; the cases of fixtures/checks are all there is.
//
// # Corrections
//
// An edit that breaks C01 or C09 is none; one that breaks another rule is
// proposed to a person. What no rule here sees is a wrong word put for a right
// one of the same kind. All together, on 2,021 reference corrections: 89.3 %
// are applied; 18 touch a number, a quotation, an address or a denial, and none
// of these is. No rule was measured alone.
//
// C01: the edit's text stands in the sentence, and once. It cannot see which of
// two places was meant, and drops the edit. Not measured.
//
// C02: figures stay as written and number words keep their value. Vague amounts
// ("several") may change. Among the 18 above: none applied.
//
// C03: what stands between quotation marks stays letter for letter; the style
// of the marks is free. Speech without marks is not seen. Among the 18.
//
// C04: capitalised words stay, but for the capital of a day, a month, a people
// or the first word. A name in lower case is not seen; a name that is misspelt
// is held too, for a person to decide. Not measured.
//
// C05: addresses, days, months, currencies and percent signs stay. Days told in
// words ("the next morning") are not seen. Addresses are among the 18.
//
// C06: words of denial stay, "didn't" and "did not" being the same. A denial
// by a prefix or a verb ("failed to") is not seen. Among the 18.
//
// C07: the edits of a sentence that would be applied change at most 35 % of its
// words, or three words; else all are proposed. It counts words and cannot tell
// a needed rewriting from a free one. Not measured.
//
// C08: no edit ends a sentence, joins two or breaks a line. It goes by end
// marks before a capital, so that "U.S. Army" may count as an end on both
// sides. Not measured.
//
// C09: an edit changes something, more than white space, and overlaps no other;
// of two that overlap the first stays, right or wrong. Not measured.
//
// C11: hedges, words of saying and the words beside them stay; a comma or an
// article beside them is free. A speaker further off than four words is not
// seen. Not measured.
//
// # Translations
//
// T01: a sentence without a translation, or a translation without a source, in
// text without ids. Where an alignment with all sentences is nearly as likely
// it only remarks, and a lost clause is none of its business. Of the faults
// "sentence_dropped" it flags 46 in Russian and 48 in Turkish; of the 180 clean
// rows there 1 in Russian.
//
// T02: the answer is in another language or script. Short answers and names
// alone cannot be judged. The language of single sentences is right or left open
// for 99.9 % (English) to 100 % (Russian, Turkish); of the faults
// "wrong_language" it flags 26 and 30, the others falling to T03 and T12.
//
// T03: nothing, the source again, or a piece of it: a row of words, also of a
// neighbour's source, one copied word (in Turkish only of the shape of English,
// and a fault from two on), a place in Latin letters. Loans and brands that no
// list has are doubted; English with Turkish endings is mostly missed. Of the
// faults "untranslated_sentence" all 50 in both languages; of people's rows 2
// flagged in Turkish, in Russian not among them; all 24 empty answers of the
// system rows.
//
// T04: numbers by value, with scale words, number words, ordinals, Roman
// numerals, times, decades and shared scales. A right conversion of units is a
// remark; a number that nothing in the source may have become is a fault. A
// wrong number word is left to T25. Of the faults "number_changed" 49 and 49, of
// "number_dropped" 49 and 47; of people's rows 6 flagged and 2 doubted in
// Russian, in Turkish not among them. A number surely made up: one row in 890,
// and rightly.
//
// T05: figures and percent signs by English rules, where the source has the
// very figure. Other formats of dates and times are not looked at. Read by hand
// in the system rows: 9 of 9 right; of people's rows 3 in Turkish.
//
// T06: a month, weekday or currency became another. One that is only lost is no
// finding, and two exchanged are not seen. Of people's rows 2 flagged in Turkish.
// Not measured on faults.
//
// T07: an answer too short or too long for its source, of short sentences and
// whole editions too. A clause lost from a long sentence is not seen. Of the
// faults "truncated" it flags 4 and 10; of people's rows 2 doubted in Turkish.
//
// T08: one sentence became three or more, or the other way round; a remark, for
// good translations do it. Not measured.
//
// T09: the end mark is another, or missing, and with a short text that is a cut
// answer. A cut that ends with a mark is left to T07. Of the faults "truncated"
// 48 and 48 flagged; of people's rows 4 doubted in Russian.
//
// T10: a quotation of four words or more without any mark in the translation; a
// remark, for translators tell in their own words. It does not see one lost of
// two. Not measured.
//
// T11: quotation marks or brackets that do not pair where the source's do. Two
// slips that pair are not seen. Of the faults "quote_marks_unbalanced" 43 and 42;
// of people's rows 8 and 7, mostly slips of the translators.
//
// T12: letters of two scripts in one word, or a script that neither the language
// nor the source uses. A whole word in look-alike letters is not seen as mixed.
// Of the faults "script_mix" all 50 and 50; of people's rows 4 in Russian, slips.
//
// T13: a word of grammar twice in a row, but for those that may be. Other words
// are left alone. Not measured; of people's rows not among them.
//
// T14: names, against the names sheet or by their sound; without a sheet a
// doubt only. Names with a form of their own, and a wrong name that sounds alike,
// are beyond it. Of the faults "name_dropped" 28 and 29; of people's rows 6 and
// 13; read by hand in the system rows 0 of 6 right. With a sheet: not measured.
//
// T15: one name in two spellings in one edition, or copied with a slip. It needs
// a name that is found by its sound. By hand on whole articles: 1 of 4 right in
// Russian, 3 of 4 in Turkish.
//
// T16: Turkish apostrophes behind names, cities with a dotless capital, a long
// text without the letters of Turkish. Endings without an apostrophe behind
// single words are not seen. Not measured; of people's rows not among them.
//
// T17: a term of the glossary has none of its forms, in any inflection, or a
// forbidden one. It goes by stems, so that an irregular form is doubted and a
// term used in another sense is not known from it. Not measured.
//
// T18: the source denies and the translation has no word or ending of denial; a
// remark. What is denied, and how far, it does not see. Not measured.
//
// T19: an address, handle or hashtag lost, changed or new. It does not open it.
// Of the faults "url_changed" all 50 and 50; of people's rows not among them.
//
// T20: the model talks about its work, refuses it, or leaves marks of its
// format. By form first and phrases second: a remark in new words inside the
// text is missed. Of the faults "llm_preamble" 49 and 48. Of answers that obey an
// instruction in the text all checks together flag 100 % for a whole text and
// 88.0 % for the sentence that holds it.
//
// T21: a run of words again and again, which the source does not have. A loop
// in other words each time is not seen. Not measured.
//
// T22: an answer that is a neighbour's or another sentence's by its numbers and
// names, or stands twice. Sentences without either are told apart by length
// alone. Of the faults "sentence_duplicated" all 50 and 50. Moved answers: not
// measured.
//
// T23: characters that are no text: U+FFFD, control, bidirectional and tag
// characters; invisible ones are a remark. Wrong letters of the right script are
// not its business. Not measured; of people's rows not among them.
//
// T24: the source only reports and the translation neither hedges nor names a
// speaker. Any hedge counts, also one about something else. Not measured; of
// people's rows not among them.
//
// T25: editions that contradict each other in a number word, a name or a denial.
// A fault that both have is not seen. On 1,530 passages in both languages: 45
// warnings, 1.5 % of 3,060 translations; of the 24 about names 15 right; of those
// about denials one in eight, so that an added denial is a remark.
//
// # Summaries
//
// On 126 summaries, 72 of them inconsistent, all rules that need no evidence
// together find 25.0 % at a precision of 94.7 %. The sentences are held against
// the whole article there; against named evidence nothing was measured.
//
// M01: the budgets of the products. It counts characters and words, not what
// they say. Not measured, being arithmetic.
//
// M02: a number that the evidence has not. A right number about something else
// is not seen. 4 right, none wrong, recall 5.6 %.
//
// M03: a name, a people, a day or a month that the article has not. A name
// exchanged for another of the article is not seen. 7 right, none wrong, recall
// 9.7 %.
//
// M04: a quotation that does not stand there word for word. A right quotation
// laid to a wrong speaker is not seen. 8 right, 1 wrong, recall 11.1 %.
//
// M05: evidence missing, unknown, too much, or about something else by the
// words they share. What the words say to each other is not seen. Not measured.
//
// M06: a start that points to nothing ("He", "However"). Pronouns further on are
// not looked at. Not measured.
//
// M07: a long row of words copied, a sentence that says another once more. A
// paraphrase is not seen. Not measured.
//
// M08: denial unlike the evidence's; a remark, for a summary may say the same
// without the word. Not measured.
//
// M09: a report told as a fact. It needs the one or two sentences that the
// summary names as its evidence. Without ids ([SummaryRow], and so `check
// --summary` and `--summaries`) it is silent: almost any article reports
// something, and to take the sentence with most words in common for the
// evidence gave 16 doubts on the 164 sentences of the 126 summaries, none of the
// 14 that were read about the fault of its summary and 5 of them in summaries
// that people judged consistent. With ids: not measured.
//
// # The source
//
// S01: a number or a name of the headline or the keywords that the body has not.
// Headlines with a capital in every word are not held against it by names. On 23
// articles: one warning, a number that is spelled otherwise in the body.
//
// S02: marks that do not pair, a statement laid to two speakers. Which mark is
// the wrong one it does not know. Not measured.
//
// N01 to N07 belong to package normalize, which says what they see.
//
// # What no rule here sees
//
// A wrong word, a wrong predicate, an antonym, the scope of a negation, who
// "he" is, the tone. Rules guard against the rare and embarrassing; that they
// are silent proves nothing: of 114 sentences of a small model that the gate let
// through when they were read, a desk would reject 106.
package check
