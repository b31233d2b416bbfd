// Package pipeline holds the types that every part of dragoman speaks: an
// [Article] made of blocks and sentences, the [Edit], [Unit], [Summary],
// [Translation] and [Finding] that the stages return, and the [Document] they
// are put together in.
//
// It imports the standard library and golang.org/x/text only. The work itself
// is in the packages beneath: the four stages (normalize, correct, summarize,
// translate), the checks that gate them, and package news, which runs them in
// order.
//
// # Promises
//
// In correct and in every translation each sentence id is in exactly one
// state: done, kept by rule, or failed with a reason. AccountOf of package
// writer counts them, and a caller can hold the result against it.
package pipeline
