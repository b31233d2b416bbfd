//go:build !race

package news_test

// underRace says that the race detector watches.
const underRace = false
