//go:build !unix

package pgtest

import "os/exec"

// runAs is for root alone, whom other systems do not have.
func runAs(*exec.Cmd, *account) {}
