package config

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// The modes of checks come together from all sources; for one check the usual
// order holds.
func TestCheckModesOfAllSources(t *testing.T) {
	dir := file(t, "checks:\n  T18: warn\n  t24: \"off\"\n  T16: shadow\n  M07: off\n")
	cfg, err := Load(Sources{
		Dir:   dir,
		Env:   environ(map[string]string{"DRAGOMAN_CHECK_MODE": "T24=block, T13=off"}),
		Flags: map[string]string{"check-mode": "t13=WARN,T16=off"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(cfg.Checks), "map[M07:off T13:warn T16:off T18:warn T24:block]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := cfg.Origin("check-mode"); got != "--check-mode" {
		t.Errorf("origin is %q", got)
	}
	plain, err := Load(Sources{Env: environ(nil)})
	if err != nil || plain.Checks != nil {
		t.Errorf("without any: %v, %v", plain.Checks, err)
	}
}

func TestWrongCheckModes(t *testing.T) {
	for text, want := range map[string]string{
		"model: m\nchecks:\n  T18: warn\n  T99: off\n": ":4:3: checks names no check: \"T99\"",
		"checks:\n  T18: loud\n":                       ":2:8: checks must give T18 one of the modes off, shadow, warn and block, not \"loud\"",
		"checks:\n  T18:\n":                            ":2:7: checks must give T18 one of the modes",
		"checks:\n  T18: [off]\n":                      ":2:8: T18 must be one value",
		"checks:\n  T18: off\n  t18: warn\n":           ":3:3: T18 stands here a second time",
		"checks: T18=off\n":                            ":1:9: checks must hold one \"T18: warn\" a line",
		"check-mode: T18=off\n":                        ":1:1: unknown key \"check-mode\" (did you mean \"checks\"?)",
		"check: T18=off\n":                             ":1:1: unknown key \"check\" (did you mean \"checks\"?)",
	} {
		_, err := Load(Sources{Dir: file(t, text), Env: environ(nil)})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
	_, err := Load(Sources{Dir: file(t, "checks:\n  T99: off\n  T18: loud\n"), Env: environ(nil)})
	if err == nil || strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("got %v, want both problems", err)
	}
	for _, v := range []string{"T18", "T99=off", "T18=loud", "T18=warn,", ""} {
		_, err := Load(Sources{Env: environ(nil), Flags: map[string]string{"check-mode": v}})
		if err == nil || !strings.HasPrefix(err.Error(), "--check-mode: check-mode ") {
			t.Errorf("%q: got %v", v, err)
		}
		_, err = Load(Sources{Env: environ(map[string]string{"DRAGOMAN_CHECK_MODE": v})})
		if v != "" && (err == nil || !strings.HasPrefix(err.Error(), "DRAGOMAN_CHECK_MODE: ")) {
			t.Errorf("%q in the environment: got %v", v, err)
		}
	}
}

func TestGlossaryIsRelativeToTheFile(t *testing.T) {
	dir := file(t, "glossary: terms.tsv\n")
	cfg, err := Load(Sources{Dir: dir, Env: environ(nil)})
	if err != nil || cfg.Glossary != filepath.Join(dir, "terms.tsv") {
		t.Errorf("got %q, %v", cfg.Glossary, err)
	}
}
