//go:build unix

package pgtest

import (
	"os/exec"
	"syscall"
)

// runAs makes a command run as another user, which only root can.
func runAs(c *exec.Cmd, a *account) {
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}}
}
