// Package writer turns a [pipeline.Document] into files: one Markdown file a
// language ([Markdown]), the document itself as JSON with a published schema
// ([JSON], [Schema], [ReadJSON]), and one self-contained HTML report ([HTML]).
// [AccountOf] counts what became of every sentence, for the report and for
// whoever prints a result table.
//
// # Promises
//
// A sentence without an answer is never passed over: its place holds a marker
// in the language of the edition ("[не переведено: p3s2]") and the source as a
// quotation. A sentence whose answer failed the gate stands with ⚠ and its
// findings beside it. The source language never stands in a translation
// unmarked. Boilerplate is kept in the document and not exported.
//
// Every text of a document is taken for hostile: it cannot make a link, an
// image, a heading, a tag or a script in any output, and characters that
// reorder or hide text are made visible or taken out. JSON carries the texts
// as they are, escaped.
//
// Every export says who made it: see [pipeline.Origin]. Output of the pseudo
// model is marked at the top and at the foot of every file.
//
// Writers are pure: the same document gives the same bytes.
package writer
