//go:build linux || darwin

package outdir

import "syscall"

// free is the room that is left for this user on the disk of a folder, in
// bytes.
func free(dir string) (bytes uint64, known bool) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil || s.Bsize <= 0 {
		return 0, false
	}
	return uint64(s.Bavail) * uint64(s.Bsize), true
}
