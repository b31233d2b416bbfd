// Package batch takes many articles: where they are read from, how they are
// told apart, what is to be done and what is done already, what it may cost,
// and the report of what became of them. It asks no model and knows no engine.
package batch
