package config

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestWideKeys(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes say nothing here")
	}
	dir := t.TempDir()
	key := filepath.Join(dir, "key")
	if err := os.WriteFile(key, []byte("sk-1"), 0o600); err != nil {
		t.Fatal(err)
	}
	for mode, told := range map[os.FileMode]bool{0o600: false, 0o400: false, 0o640: true, 0o644: true, 0o604: true, 0o620: true} {
		if err := os.Chmod(key, mode); err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]*Config{"api-key-file": {APIKeyFile: key}, "fallback-api-key-file": {FallbackKey: key}} {
			got := c.WideKeys()
			if (len(got) == 1) != told || told && (!strings.Contains(got[0], name+": ") || !strings.Contains(got[0], "chmod 600 "+key) || strings.Contains(got[0], "sk-1")) {
				t.Errorf("%#o: %q", mode, got)
			}
		}
	}
	if got := (&Config{APIKeyFile: filepath.Join(dir, "none")}).WideKeys(); len(got) != 0 {
		t.Errorf("of no file: %q", got)
	}
}
