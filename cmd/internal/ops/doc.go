// Package ops is what an operator sees of dragoman: the log, the metrics, the
// health of a worker, and who is told when something is wrong.
//
// No text of an article and no secret gets out this way. The events of the work
// are methods of [Events], and take ids, counts, states and classes; there is no
// method that takes a text. Where a method takes an error, it is one about a
// source, a sink or the state, whose words are cleaned, cut to [MaxError] bytes
// and rid of everything shaped like a key; of an error about an article only its
// class is told. Nothing here can hold up the work: a log that nobody reads
// loses lines and says how many, and whoever is told of an alert has a time limit.
package ops
