// Package config reads what the program is told: flags over environment over
// the file dragoman.yaml over defaults, into one struct.
//
// A setting has one name everywhere: max-cost is the flag --max-cost, the key
// max-cost: in the file and the variable DRAGOMAN_MAX_COST. One is written
// otherwise in the file: --check-mode is the map checks: there. The list schedules:
// stands in the file alone, see package schedule. Unknown keys are errors with
// file, line and column. The key of the endpoint comes from the
// environment or from a file that a setting names, never from a flag or from
// dragoman.yaml itself, and is never printed.
//
// This is the only package that reads environment variables.
package config

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/language"

	"dragoman/cmd/internal/schedule"
	"dragoman/cmd/internal/setting"
	"dragoman/pipeline"
	"dragoman/pipeline/check"
	"dragoman/pipeline/llm"
)

// FileName is the name of the configuration file that is looked for in the
// working directory and then in the user's configuration directory.
const FileName = "dragoman.yaml"

// OpenAI is the endpoint that a key alone, without a base URL, stands for.
const OpenAI = "https://api.openai.com/v1"

// The transports.
const (
	Live  = "live"  // a request is answered while we wait
	Batch = "batch" // requests are gathered into files for the provider's Batch API
)

// The formats of the log.
const (
	LogText = "text"
	LogJSON = "json"
)

// Config is every setting that may also stand in a file or the environment.
// What belongs to one run alone (input, --out, --replay …) is a flag only.
type Config struct {
	BaseURL       string            // of the OpenAI-compatible endpoint, with its version path; "" is not configured
	APIKey        llm.Secret        // "" for a server that wants none
	APIKeyFile    string            // the file the key is read from, where APIKey was not given
	APIVersion    string            // Azure only: the api-version query parameter
	Model         string            // "" is the endpoint's only one
	To            []language.Tag    // editions, in the order wanted
	FailOn        pipeline.Severity // findings from here on make the exit code 1
	Concurrency   int               // calls at once; 0 lets the endpoint say
	MaxCost       *pipeline.Money   // cap of one run; nil is no cap
	MaxTokens     int               // cap of one run, input and output together; 0 is no cap
	MaxCostPerDay *pipeline.Money   // cap of one day (UTC) over all runs on this state; nil is no cap
	RPM           int               // requests a minute, over all processes on this state; 0 is no limit
	TPM           int               // tokens a minute, over all processes on this state; 0 is no limit
	Transport     string            // live, or batch for the provider's Batch API
	FallbackModel string            // asked where Model cannot answer; "" is none
	FallbackURL   string            // its endpoint; "" is BaseURL
	FallbackKey   string            // the file with its key; "" is APIKey, at the same endpoint only
	FallbackOn    []pipeline.Code   // the classes of error after which it is asked; nil is llm's own
	Timeout       time.Duration     // of one call
	ContextTokens int               // the model's context; 0 lets the endpoint's profile say
	Long          bool              // a long summary too
	Prompts       string            // folder whose prompts stand in for the built-in ones; "" is none
	Prices        string            // price file that stands in for the built-in one; "" is none
	Glossary      string            // glossary file; "" is none
	Checks        check.Modes       // off, shadow, warn or block, by check; nil is each check's own
	State         string            // URL of what is kept between runs, see cmd/internal/store: a folder, sqlite:PATH, folder:PATH or postgres://…

	KeepReplies     time.Duration // how long stored replies are kept; 0 is for ever
	KeepRepliesSize int64         // bytes of stored replies that are kept at most, the youngest; 0 is no limit
	NoStoreText     bool          // neither articles nor replies are stored, only digests of them
	Contact         string        // mail or web address that servers of feeds and pages are shown; "" is none
	LogFormat       string        // LogText or LogJSON
	LogLevel        slog.Level    // what is logged from here up; the zero value is info

	File      string          // the configuration file that was read; "" is none
	Schedules []schedule.Spec // of the file; neither a variable nor a flag holds any

	origin map[string]string // field name -> where its value came from
}

// Sources is where Load looks.
type Sources struct {
	File  string                      // the file named by --config; "" looks for FileName
	Dir   string                      // working directory
	Env   func(string) (string, bool) // os.LookupEnv, or a map in tests; nil is an empty environment
	Names []string                    // of the variables there are, so that a mistyped one is an error; nil is not looked at
	Flags map[string]string           // the flags that were set, by name
}

// Env is the process's environment.
func Env(name string) (string, bool) { return os.LookupEnv(name) }

// Load reads all sources, fills in the defaults, and validates the result. The
// error joins every problem found, one a line, each naming its place.
func Load(s Sources) (*Config, error) {
	env := s.env
	c := &Config{origin: map[string]string{}}
	errs := s.strange()
	if path := s.file(); path != "" {
		c.File = path
		errs = append(errs, c.readFile(path)...)
	}
	for _, f := range fields {
		for _, name := range f.env {
			if v := env(name); v != "" {
				errs = append(errs, c.set(f, v, name, ""))
			}
		}
	}
	for _, f := range fields {
		if v, ok := s.Flags[f.name]; ok {
			errs = append(errs, c.set(f, v, "--"+f.name, ""))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if err := c.readKey(); err != nil {
		return nil, err
	}
	out := c.WithDefaults(StateDir(s.env))
	return out, out.Validate()
}

// prefix is what the names of our variables begin with.
const prefix = "DRAGOMAN_"

// others are variables of ours that are no settings: of the configuration
// itself, and of the tests.
var others = []string{"DRAGOMAN_CONFIG", "DRAGOMAN_UPDATE", "DRAGOMAN_REQUIRE_SERVICES", "DRAGOMAN_DATA"}

// strange are the variables that look like settings and are none: a cap with a
// mistyped name would cap nothing.
func (s Sources) strange() []error {
	known := slices.Clone(others)
	for _, f := range fields {
		known = append(known, f.env...)
	}
	var errs []error
	for _, name := range s.Names {
		if !strings.HasPrefix(name, prefix) || slices.Contains(known, name) {
			continue
		}
		best := setting.Nearest(name, known)
		if best != "" {
			best = fmt.Sprintf(" (did you mean %q?)", best)
		}
		errs = append(errs, fmt.Errorf("%s: no such setting%s", name, best))
	}
	return errs
}

// EnvNames are the names of the process's variables.
func EnvNames() []string {
	var names []string
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		names = append(names, name)
	}
	return names
}

// env looks a variable up; an empty one counts as not set.
func (s Sources) env(name string) string {
	if s.Env == nil {
		return ""
	}
	v, ok := s.Env(name)
	if !ok {
		return ""
	}
	return strings.TrimSpace(v)
}

// file is the configuration file to read, or "".
func (s Sources) file() string {
	if s.File != "" {
		return s.File
	}
	if v := s.env("DRAGOMAN_CONFIG"); v != "" {
		return v
	}
	for _, dir := range []string{s.Dir, userConfigDir(s.env)} {
		if dir == "" {
			continue
		}
		path := filepath.Join(dir, FileName)
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	return ""
}

// set gives one field its value and notes where it came from; base is the
// folder that a relative path is relative to.
func (c *Config) set(f field, value, origin, base string) error {
	if f.path && base != "" {
		value = relativeTo(base, value)
	}
	if err := f.set(c, value); err != nil {
		return fmt.Errorf("%s: %s %w", origin, f.name, err)
	}
	c.origin[f.name] = origin
	return nil
}

// relativeTo puts a folder before a relative path; "sqlite:" and "folder:" before
// a path stay, an address stays as it is.
func relativeTo(base, value string) string {
	if strings.Contains(value, "://") {
		return value
	}
	kind, path, ok := strings.Cut(value, ":")
	if !ok || kind != "sqlite" && kind != "folder" {
		kind, path = "", value
	} else {
		kind += ":"
	}
	if filepath.IsAbs(path) {
		return value
	}
	return kind + filepath.Join(base, path)
}

// Origin says where a field's value came from: "dragoman.yaml:3:1",
// "DRAGOMAN_MODEL", "--model" or "default".
func (c *Config) Origin(name string) string {
	if o, ok := c.origin[name]; ok {
		return o
	}
	return "default"
}

// WithDefaults returns a copy in which what was left open has its default.
// A key without a base URL is OpenAI's; both editions are wanted; a finding of
// severity major fails the run; a call may take ten minutes, because a model
// on the desk's own machine does.
func (c *Config) WithDefaults(state string) *Config {
	out := *c
	if out.BaseURL == "" && out.APIKey.Set() {
		out.BaseURL = OpenAI
	}
	if len(out.To) == 0 {
		out.To = []language.Tag{language.Russian, language.Turkish}
	}
	if out.FailOn == "" {
		out.FailOn = pipeline.Major
	}
	if out.Timeout == 0 {
		out.Timeout = 600 * time.Second
	}
	if out.State == "" {
		out.State = state
	}
	if out.Transport == "" {
		out.Transport = Live
	}
	if out.LogFormat == "" {
		out.LogFormat = LogText
	}
	return &out
}

// Configured reports whether there is an endpoint to ask.
func (c *Config) Configured() bool { return c.BaseURL != "" }

// readKey reads the key from the file that a setting named, unless the
// environment held it.
func (c *Config) readKey() error {
	if c.APIKey.Set() || c.APIKeyFile == "" {
		return nil
	}
	key, err := ReadKey(c.APIKeyFile)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Origin("api-key-file"), err)
	}
	c.APIKey = key
	return nil
}

// ReadKey reads the key of an endpoint from a file that holds nothing else.
func ReadKey(file string) (llm.Secret, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return llm.Secret{}, fmt.Errorf("reading the key: %w", err)
	}
	key := strings.TrimSpace(string(b))
	if key == "" || strings.ContainsAny(key, "\r\n \t") {
		return llm.Secret{}, fmt.Errorf("api-key-file must name a file that holds one key on one line; %s does not", file)
	}
	return llm.NewSecret(key), nil
}
