//go:build unix

package config

import (
	"io/fs"
	"os"
	"syscall"
)

// wide reports whether a file of a secret can be read by others than its
// reader. One of somebody else's that this process may read by its group alone
// is given to it so, as secrets are mounted into containers.
func wide(info fs.FileInfo) bool {
	mode := info.Mode().Perm()
	if of, ok := info.Sys().(*syscall.Stat_t); ok && int(of.Uid) != os.Geteuid() {
		return mode&0o027 != 0
	}
	return mode&0o077 != 0
}
