package config

import (
	"fmt"
	"os"
)

// WideKeys tells of files that hold a key and can be read by others than their
// owner, a line each: where, and the remedy.
func (c *Config) WideKeys() []string {
	var lines []string
	for _, f := range []struct{ setting, path string }{{"api-key-file", c.APIKeyFile}, {"fallback-api-key-file", c.FallbackKey}} {
		if f.path == "" {
			continue
		}
		if info, err := os.Stat(f.path); err == nil && wide(info) {
			lines = append(lines, fmt.Sprintf("%s: %s can be read by others (mode %#o): chmod 600 %s", f.setting, f.path, info.Mode().Perm(), f.path))
		}
	}
	return lines
}
