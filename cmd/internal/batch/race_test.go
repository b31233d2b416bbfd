//go:build race

package batch

// raced is set under the race detector, which makes long loops ten times as long.
const raced = true
