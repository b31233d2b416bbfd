package config

import (
	"os"
	"path/filepath"
	"runtime"
)

// StateDir is the folder of what must outlive a run: $XDG_STATE_HOME/dragoman,
// and where that is not set the system's own place for it. It is "" where the
// user has no home; the caller then asks for DRAGOMAN_STATE.
func StateDir(env func(string) string) string {
	return stateDir(runtime.GOOS, env)
}

func stateDir(goos string, env func(string) string) string {
	if v := env("XDG_STATE_HOME"); filepath.IsAbs(v) {
		return filepath.Join(v, "dragoman")
	}
	switch goos {
	case "windows":
		if v := env("LocalAppData"); v != "" {
			return filepath.Join(v, "dragoman")
		}
		return ""
	case "darwin", "ios":
		if v := env("HOME"); v != "" {
			return filepath.Join(v, "Library", "Application Support", "dragoman")
		}
		return ""
	}
	if v := env("HOME"); v != "" {
		return filepath.Join(v, ".local", "state", "dragoman")
	}
	return ""
}

// userConfigDir is where a user's own dragoman.yaml may stand, or "".
func userConfigDir(env func(string) string) string {
	if v := env("XDG_CONFIG_HOME"); filepath.IsAbs(v) {
		return filepath.Join(v, "dragoman")
	}
	switch runtime.GOOS {
	case "windows":
		if v := env("AppData"); v != "" {
			return filepath.Join(v, "dragoman")
		}
		return ""
	case "darwin", "ios":
		if v := env("HOME"); v != "" {
			return filepath.Join(v, "Library", "Application Support", "dragoman")
		}
		return ""
	}
	if v := env("HOME"); v != "" {
		return filepath.Join(v, ".config", "dragoman")
	}
	return ""
}

// MakeState makes the state folder, readable by its user alone, and returns it.
func (c *Config) MakeState() (string, error) {
	if err := os.MkdirAll(c.State, 0o700); err != nil {
		return "", err
	}
	return c.State, nil
}

// PlainTerminal reports whether the environment asks for no colour and no
// moving status line: NO_COLOR (no-color.org), TERM=dumb, or CI.
func PlainTerminal(lookup func(string) (string, bool)) bool {
	for _, name := range []string{"NO_COLOR", "CI"} {
		if v, ok := lookup(name); ok && v != "" && v != "false" {
			return true
		}
	}
	v, _ := lookup("TERM")
	return v == "dumb"
}
