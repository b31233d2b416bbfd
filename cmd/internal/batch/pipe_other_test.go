//go:build !unix

package batch

import "testing"

// makePipe skips the test: there are no named pipes among files.
func makePipe(t *testing.T, _ string) { t.Skip("no named pipes here") }
