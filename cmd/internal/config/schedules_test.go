package config

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestSchedulesStandInTheFile(t *testing.T) {
	dir := file(t, "model: m\nschedules:\n- name: news\n  every: 15m\n  sources:\n  - inbox: in\nlong: true\n")
	cfg, err := Load(Sources{Dir: dir, Env: environ(nil)})
	if err != nil {
		t.Fatal(err)
	}
	if len(cfg.Schedules) != 1 || cfg.Schedules[0].Every != 15*time.Minute || cfg.Schedules[0].Sources[0].Inbox != filepath.Join(dir, "in") || !cfg.Long {
		t.Errorf("got %+v", cfg.Schedules)
	}
	if got, want := cfg.Origin("schedules"), filepath.Join(dir, FileName)+":2:1"; got != want {
		t.Errorf("origin is %s, want %s", got, want)
	}
	if want := filepath.Join(dir, FileName); cfg.File != want {
		t.Errorf("the file is %q, want %s", cfg.File, want)
	}
	plain, err := Load(Sources{Env: environ(nil)})
	if err != nil || plain.Schedules != nil || plain.File != "" {
		t.Errorf("without any: %v, %v", plain, err)
	}
}

// A wrong value is named with its own place, as those of schedules are; where a
// setting comes from is its key's.
func TestThePlaceOfAWrongValue(t *testing.T) {
	_, err := Load(Sources{Dir: file(t, "model: m\ncontact:   nobody\nto: [de1, ru]\n"), Env: environ(nil)})
	for _, want := range []string{":2:12: contact must be a mail or web address", ":3:5: to "} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestWrongSchedulesInTheFile(t *testing.T) {
	for text, want := range map[string]string{
		"schedules:\n":                          ":1:1: schedules has no value",
		"schedules: a\n":                        ":1:12: schedules must be a list",
		"schedule:\n- name: a\n":                `:1:1: unknown key "schedule" (did you mean "schedules"?)`,
		"schedules:\n- nmae: a\n":               `:2:3: unknown key "nmae" in a schedule (did you mean "name"?)`,
		"schedules: []\nmodel: m\nschedules: 3": ":3:1: schedules stands here a second time; the first is in line 1",
	} {
		_, err := Load(Sources{Dir: file(t, text), Env: environ(nil)})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
	// With the problems of the settings, all at once.
	_, err := Load(Sources{Dir: file(t, "modle: a\nschedules:\n- name: a\n  every: x\n"), Env: environ(nil)})
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("got %v, want three lines", err)
	}
	if _, err := Load(Sources{Env: environ(nil), Names: []string{"DRAGOMAN_SCHEDULES"}}); err == nil || !strings.Contains(err.Error(), "no such setting") {
		t.Errorf("a variable: got %v", err)
	}
}
