// Package facts finds in a sentence what a correction, a summary or a
// translation of it may not change: numbers by value, dates, quotations, names,
// addresses, negations, hedges and attributions, each with its place.
//
// [Of] reads a text once; everything a check needs hangs on the [Text] it
// returns and is worked out at most once. The functions [Numbers],
// [Quotations], [Names], [URLs], [Negations], [Hedges] and [Attributions] are
// shortcuts for a caller who wants one kind.
//
// Words are recognised by the lists of package locale, so that a new language
// is a folder of lists and no code here.
package facts
