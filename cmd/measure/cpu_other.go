//go:build !unix

package main

import "time"

// started is when the program began.
var started = time.Now()

// cpuTime is the time since the program began, where the system does not tell
// what the program used.
func cpuTime() time.Duration { return time.Since(started) }
