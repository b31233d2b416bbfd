package config

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/language"

	"dragoman/pipeline"
)

// environ is an environment of the given variables, with a home.
func environ(vars map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		if v, ok := vars[name]; ok {
			return v, true
		}
		return "/home/desk", name == "HOME"
	}
}

// file writes a dragoman.yaml into a new folder and returns the folder.
func file(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, FileName), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestLayers(t *testing.T) {
	dir := file(t, "model: from-file\nconcurrency: 2\ntimeout: 30s\n")
	cfg, err := Load(Sources{
		Dir:   dir,
		Env:   environ(map[string]string{"DRAGOMAN_MODEL": "from-env", "DRAGOMAN_TIMEOUT": "40s", "DRAGOMAN_LONG": ""}),
		Flags: map[string]string{"model": "from-flag"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Model != "from-flag" || cfg.Timeout != 40*time.Second || cfg.Concurrency != 2 {
		t.Errorf("model %q, timeout %v, concurrency %d", cfg.Model, cfg.Timeout, cfg.Concurrency)
	}
	for name, want := range map[string]string{
		"model": "--model", "timeout": "DRAGOMAN_TIMEOUT", "concurrency": filepath.Join(dir, FileName) + ":2:1", "fail-on": "default", "long": "default",
	} {
		if got := cfg.Origin(name); got != want {
			t.Errorf("origin of %s is %q, want %q", name, got, want)
		}
	}
}

func TestDefaults(t *testing.T) {
	cfg, err := Load(Sources{Env: environ(map[string]string{"OPENAI_API_KEY": "sk-desk"})})
	if err != nil {
		t.Fatal(err)
	}
	if cfg.BaseURL != OpenAI || cfg.FailOn != pipeline.Major || cfg.Timeout != 600*time.Second || !cfg.Configured() {
		t.Errorf("got %+v", cfg)
	}
	if len(cfg.To) != 2 || cfg.To[0] != language.Russian || cfg.To[1] != language.Turkish {
		t.Errorf("to is %v", cfg.To)
	}
	empty, err := Load(Sources{Env: environ(nil)})
	if err != nil {
		t.Fatal(err)
	}
	if empty.Configured() {
		t.Error("nothing is configured, yet Configured")
	}
}

func TestSettings(t *testing.T) {
	for _, test := range []struct{ name, value, want string }{
		{"to", "tr, ru", "[tr ru]"},
		{"fail-on", "MINOR", "minor"},
		{"concurrency", "8", "8"},
		{"max-cost", "0.50", "0.5000 USD"},
		{"max-cost", "2 eur", "2.0000 EUR"},
		{"max-cost", ".000001", "0.0000 USD"},
		{"max-tokens", "1_000_000", "1000000"},
		{"timeout", "1m30s", "1m30s"},
		{"long", "true", "true"},
		{"context-tokens", "4096", "4096"},
	} {
		cfg, err := Load(Sources{Env: environ(nil), Flags: map[string]string{test.name: test.value}})
		if err != nil {
			t.Errorf("%s %s: %v", test.name, test.value, err)
			continue
		}
		got := map[string]any{
			"to": cfg.To, "fail-on": cfg.FailOn, "concurrency": cfg.Concurrency, "max-cost": cfg.MaxCost, "max-tokens": cfg.MaxTokens,
			"timeout": cfg.Timeout, "long": cfg.Long, "context-tokens": cfg.ContextTokens,
		}[test.name]
		if fmt.Sprint(got) != test.want {
			t.Errorf("%s %s: got %v, want %s", test.name, test.value, got, test.want)
		}
	}
}

func TestWrongSettings(t *testing.T) {
	for _, test := range []struct{ name, value, want string }{
		{"to", "ru,xx-invalid-tag-", "language tags"},
		{"to", "de", "must name languages that dragoman writes (ru, tr); de is not one"},
		{"to", "en", "en is not one"},
		{"to", "ru,ru", "twice"},
		{"to", "", "language tags"},
		{"fail-on", "bad", "neutral, minor, major or critical"},
		{"concurrency", "0", "whole number from 1"},
		{"concurrency", "many", "whole number from 1"},
		{"concurrency", "100000", "256 or less"},
		{"max-cost", "0", "above zero"},
		{"max-cost", "-1", "above zero"},
		{"max-cost", "free", "above zero"},
		{"max-cost", "1 dollar", "above zero"},
		{"max-cost", "0.0000001", "above zero"},
		{"max-tokens", "-5", "whole number from 1"},
		{"timeout", "90", "with its unit"},
		{"timeout", "1ms", "one second or more"},
		{"model", " ", "is empty"},
		{"prompts", "/nowhere/at/all", "must name a folder"},
	} {
		_, err := Load(Sources{Env: environ(nil), Flags: map[string]string{test.name: test.value}})
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "--"+test.name+": "+test.name) {
			t.Errorf("%s %q: got %v, want the flag's name and %q", test.name, test.value, err, test.want)
		}
	}
}

func TestBaseURL(t *testing.T) {
	for url, want := range map[string]string{
		"http://127.0.0.1:8080/v1":       "",
		"https://x.openai.azure.com/a/b": "",
		"127.0.0.1:8080":                 "must be an address",
		"ftp://host/v1":                  "must be an address",
		"https://user:pass@host/v1":      "must not hold a user",
		"https://host/v1?api-version=1":  "without ?",
	} {
		_, err := Load(Sources{Env: environ(map[string]string{"OPENAI_BASE_URL": url})})
		if (want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", url, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "pass") && !strings.Contains(err.Error(), "password") {
			t.Errorf("%s: the error shows the password: %v", url, err)
		}
	}
}

func TestFileErrors(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"unknown key":      {"model: a\nmodle: b\n", ":2:1: unknown key \"modle\" (did you mean \"model\"?)"},
		"other separators": {"max_cost: 1\n", ":1:1: unknown key \"max_cost\" (did you mean \"max-cost\"?)"},
		"twice":            {"model: a\nto: ru\nmodel: b\n", ":3:1: model stands here a second time; the first is in line 1"},
		"secret":           {"api-key: sk-123\n", ":1:1: api-key may not stand in a file"},
		"no value":         {"model:\n", ":1:1: model has no value"},
		"mapping":          {"model: {a: b}\n", ":1:8: model must be one value"},
		"list":             {"model: [a, b]\n", ":1:8: model must be one value"},
		"bad value":        {"# remark\n\nfail-on: loud\n", ":3:10: fail-on must be neutral"},
		"not settings":     {"- a\n- b\n", ":1:1: must hold settings"},
		"syntax":           {"model: \"a\nto: ru\n", "dragoman.yaml:"},
		"two documents":    {"model: a\n---\nmodel: b\n", "holds a second document"},
	} {
		_, err := Load(Sources{Dir: file(t, test.text), Env: environ(nil)})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
		if err != nil && strings.Contains(err.Error(), "sk-123") {
			t.Errorf("%s: the error shows the key: %v", name, err)
		}
	}
}

func TestFileReportsEveryProblem(t *testing.T) {
	_, err := Load(Sources{Dir: file(t, "modle: a\nfail-on: loud\ntimeout: 5\n"), Env: environ(nil)})
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("got %v, want three lines", err)
	}
}

func TestFileForms(t *testing.T) {
	for name, text := range map[string]string{"empty": "", "remark": "# nothing yet\n", "list of languages": "to: [tr, ru]\n", "alias": "model: &m a\nprompts: .\n"} {
		if _, err := Load(Sources{Dir: file(t, text), Env: environ(nil), Flags: map[string]string{"prompts": t.TempDir()}}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFileIsFound(t *testing.T) {
	dir := file(t, "model: here\n")
	home := t.TempDir()
	if err := os.MkdirAll(filepath.Join(home, "dragoman"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, "dragoman", FileName), []byte("model: home\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := environ(map[string]string{"XDG_CONFIG_HOME": home})
	for name, test := range map[string]struct {
		s    Sources
		want string
	}{
		"working folder first": {Sources{Dir: dir, Env: env}, "here"},
		"then the user's":      {Sources{Dir: t.TempDir(), Env: env}, "home"},
		"named":                {Sources{Dir: dir, File: filepath.Join(home, "dragoman", FileName), Env: env}, "home"},
	} {
		cfg, err := Load(test.s)
		if err != nil || cfg.Model != test.want {
			t.Errorf("%s: got %v, %v", name, cfg, err)
		}
	}
	if _, err := Load(Sources{File: filepath.Join(dir, "none.yaml"), Env: env}); err == nil {
		t.Error("a named file that is missing is no error")
	}
}

func TestPathsAreRelativeToTheFile(t *testing.T) {
	dir := file(t, "prompts: own\nstate: kept\n")
	if err := os.Mkdir(filepath.Join(dir, "own"), 0o700); err != nil {
		t.Fatal(err)
	}
	cfg, err := Load(Sources{Dir: dir, Env: environ(nil)})
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Prompts != filepath.Join(dir, "own") || cfg.State != filepath.Join(dir, "kept") {
		t.Errorf("prompts %s, state %s", cfg.Prompts, cfg.State)
	}
}

func TestKey(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "key")
	if err := os.WriteFile(name, []byte("sk-from-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := Load(Sources{Env: environ(map[string]string{"OPENAI_API_KEY_FILE": name})})
	if err != nil || cfg.APIKey.Reveal() != "sk-from-file" {
		t.Fatalf("got %v, %v", cfg, err)
	}
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if text := fmt.Sprintf(format, *cfg); strings.Contains(text, "sk-from") {
			t.Errorf("%s prints the key: %s", format, text)
		}
	}
	both, err := Load(Sources{Env: environ(map[string]string{"OPENAI_API_KEY_FILE": name, "OPENAI_API_KEY": "sk-direct"})})
	if err != nil || both.APIKey.Reveal() != "sk-direct" {
		t.Errorf("the variable does not win: %v", err)
	}
	if err := os.WriteFile(name, []byte("two words\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(Sources{Env: environ(map[string]string{"OPENAI_API_KEY_FILE": name})}); err == nil || strings.Contains(err.Error(), "two words") {
		t.Errorf("got %v, want an error without the file's text", err)
	}
	if _, err := Load(Sources{Env: environ(map[string]string{"OPENAI_API_KEY": "sk-a sk-b"})}); err == nil || strings.Contains(err.Error(), "sk-a") {
		t.Errorf("got %v, want an error without the key", err)
	}
}

func TestStateDir(t *testing.T) {
	for _, test := range []struct {
		goos string
		env  map[string]string
		want string
	}{
		{"linux", map[string]string{"HOME": "/home/a"}, "/home/a/.local/state/dragoman"},
		{"linux", map[string]string{"HOME": "/home/a", "XDG_STATE_HOME": "/var/x"}, "/var/x/dragoman"},
		{"linux", map[string]string{"HOME": "/home/a", "XDG_STATE_HOME": "relative"}, "/home/a/.local/state/dragoman"},
		{"darwin", map[string]string{"HOME": "/Users/a"}, "/Users/a/Library/Application Support/dragoman"},
		{"windows", map[string]string{"LocalAppData": "/c/a"}, "/c/a/dragoman"},
		{"windows", nil, ""},
		{"linux", nil, ""},
	} {
		if got := stateDir(test.goos, func(name string) string { return test.env[name] }); got != test.want {
			t.Errorf("%s %v: got %q, want %q", test.goos, test.env, got, test.want)
		}
	}
}

func TestStateIsTheUsersAlone(t *testing.T) {
	cfg := &Config{State: filepath.Join(t.TempDir(), "a", "b")}
	if _, err := cfg.MakeState(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(cfg.State)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if _, err := Load(Sources{}); err == nil || !strings.Contains(err.Error(), "DRAGOMAN_STATE") {
		t.Errorf("no home: got %v", err)
	}
}

func TestStateIsAURL(t *testing.T) {
	dir := t.TempDir()
	for in, want := range map[string]string{
		"postgres://desk:secret@db/news": "postgres://desk:secret@db/news", "sqlite:/var/a.db": "sqlite:/var/a.db", "folder:/var/a": "folder:/var/a", "/var/a": "/var/a",
	} {
		cfg, err := Load(Sources{Env: environ(map[string]string{"DRAGOMAN_STATE": in})})
		if err != nil || cfg.State != want {
			t.Errorf("%s: got %v, %v", in, cfg, err)
			continue
		}
		if strings.Contains(cfg.StateName(), "secret") {
			t.Errorf("%s is shown as %s", in, cfg.StateName())
		}
	}
	if _, err := Load(Sources{Env: environ(map[string]string{"DRAGOMAN_STATE": "mysql://desk"})}); err == nil || !strings.Contains(err.Error(), "postgres://") {
		t.Errorf("another database: got %v", err)
	}
	for in, want := range map[string]string{"sqlite:kept/a.db": "sqlite:" + filepath.Join(dir, "kept", "a.db"), "folder:kept": "folder:" + filepath.Join(dir, "kept")} {
		if got := relativeTo(dir, in); got != want {
			t.Errorf("%s: got %s", in, got)
		}
	}
	shared := file(t, "state: postgres://desk:secret@db/news\n")
	if _, err := Load(Sources{Dir: shared, Env: environ(nil)}); err == nil || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "PGPASSWORD") {
		t.Errorf("a password in the file: got %v", err)
	}
}

func TestMistypedVariable(t *testing.T) {
	_, err := Load(Sources{Env: environ(nil), Names: []string{"DRAGOMAN_MAX_COSTS", "DRAGOMAN_NONSENSE", "DRAGOMAN_MAX_COST", "DRAGOMAN_CONFIG", "HOME", "OPENAI_ORG"}})
	if err == nil || strings.Count(err.Error(), "no such setting") != 2 || !strings.Contains(err.Error(), `did you mean "DRAGOMAN_MAX_COST"?`) {
		t.Errorf("got %v", err)
	}
}

func TestFallbackAndTransport(t *testing.T) {
	load := func(flags map[string]string) (*Config, error) {
		return Load(Sources{Flags: flags, Env: environ(map[string]string{"HOME": "/home/a"})})
	}
	cfg, err := load(map[string]string{"fallback-model": "b", "fallback-on": "unavailable, RateLimit", "transport": "batch", "max-cost-per-day": "3", "rpm": "600", "tpm": "90_000"})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(cfg.FallbackOn, []pipeline.Code{pipeline.Unavailable, pipeline.RateLimit}) || cfg.Transport != Batch || cfg.RPM != 600 || cfg.TPM != 90000 || cfg.MaxCostPerDay.Micros != 3_000_000 {
		t.Errorf("got %+v", cfg)
	}
	if cfg, err = load(nil); err != nil || cfg.Transport != Live || cfg.MaxCostPerDay != nil {
		t.Errorf("got %+v, %v", cfg, err)
	}
	for name, flags := range map[string]map[string]string{
		"no model":    {"fallback-base-url": "http://b.test/v1"},
		"bad code":    {"fallback-model": "b", "fallback-on": "auth"},
		"bad address": {"fallback-model": "b", "fallback-base-url": "b.test"},
		"transport":   {"transport": "pigeon"},
		"day":         {"max-cost-per-day": "0"},
	} {
		if _, err := load(flags); err == nil {
			t.Errorf("%s is no error", name)
		}
	}
}

func TestPlainTerminal(t *testing.T) {
	for vars, want := range map[string]bool{"": false, "NO_COLOR=1": true, "CI=true": true, "CI=false": false, "TERM=dumb": true, "TERM=xterm": false} {
		name, value, _ := strings.Cut(vars, "=")
		got := PlainTerminal(func(n string) (string, bool) { return value, n == name })
		if got != want {
			t.Errorf("%q: got %v", vars, got)
		}
	}
}

func TestEverySettingHasHelp(t *testing.T) {
	for _, f := range fields {
		if Usage(f.name) == "" || len(f.env) == 0 {
			t.Errorf("%s has no help or no variable", f.name)
		}
	}
	if Usage("nonsense") != "" {
		t.Error("help for a setting that is none")
	}
}
