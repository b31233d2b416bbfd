//go:build !unix

package config

import "io/fs"

// wide cannot tell: here modes say nothing of who may read a file.
func wide(fs.FileInfo) bool { return false }
