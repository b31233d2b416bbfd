package main

import (
	"math"
	"runtime/debug"
)

// The garbage collector of a program that works on many articles. What it has is
// garbage within moments, so that it may grow to four times of what lives before
// it is looked through, up to a limit from which that is done as often as it
// takes. A batch of 600 took a fifth less of the processor's time so (9.0 s in
// place of 11.4).
const (
	collectAt  = 300
	softMemory = 72 << 20
)

// collectSeldom sets the collector so, unless the user has set GOGC or
// GOMEMLIMIT.
func collectSeldom() {
	const byDefault = 100
	if debug.SetMemoryLimit(-1) != math.MaxInt64 {
		return
	}
	if before := debug.SetGCPercent(collectAt); before != byDefault {
		debug.SetGCPercent(before)
		return
	}
	debug.SetMemoryLimit(softMemory)
}
