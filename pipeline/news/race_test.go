//go:build race

package news_test

// underRace says that the race detector watches, which takes ten times as
// long: each fault is then tried at every third call, in turn.
const underRace = true
