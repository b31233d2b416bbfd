// Package check judges what a model, or a person, made of a sentence. Each
// check is deterministic, costs microseconds, and has one file; all.go is the
// list of them.
//
// [Pair] judges one translated sentence, [Edition] a translated article, [Edit]
// and [Edits] proposed corrections, [Summary] and [SummaryAll] a summary,
// [Source] the article itself, [Name] an entry of the names sheet. A finding of
// severity major or critical gates: the sentence is asked again with the
// finding's message quoted, so a message says what was found, what was
// expected, and names the value.
//
// What rules can see is numbers, names, quotations, addresses, language,
// script, length and form. A wrong word, a wrong predicate, the scope of a
// negation or the tone of a sentence they cannot see, and no finding is no
// proof that a translation is right.
package check
