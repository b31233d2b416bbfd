package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"dragoman/cmd/internal/setting"
	"dragoman/pipeline"
	"dragoman/pipeline/check"
	"dragoman/pipeline/llm"
)

// field is one setting: its name, its variables, and how its text is read.
type field struct {
	name   string
	key    string // in the file; "" is the name
	env    []string
	secret bool // environment only
	path   bool // relative to the file it stands in
	usage  string
	set    func(c *Config, v string) error
}

// fields is every setting, in the order of the documentation.
var fields = []field{
	{name: "base-url", env: []string{"OPENAI_BASE_URL"}, usage: "the OpenAI-compatible endpoint", set: text(func(c *Config) *string { return &c.BaseURL })},
	{name: "api-key", env: []string{"OPENAI_API_KEY"}, secret: true, usage: "the endpoint's key", set: setKey},
	{name: "api-key-file", env: []string{"OPENAI_API_KEY_FILE"}, path: true, usage: "a file that holds the key", set: text(func(c *Config) *string { return &c.APIKeyFile })},
	{name: "api-version", env: []string{"OPENAI_API_VERSION"}, usage: "Azure's api-version", set: text(func(c *Config) *string { return &c.APIVersion })},
	{name: "model", env: vars("model"), usage: "ask the model `NAME` (default: the endpoint's only one)", set: text(func(c *Config) *string { return &c.Model })},
	{name: "to", env: vars("to"), usage: "`LANGUAGES` of the editions, separated by commas (default: ru,tr)", set: setTo},
	{name: "fail-on", env: vars("fail-on"), usage: "the `SEVERITY` that fails a run: neutral, minor, major or critical (default: major)", set: setFailOn},
	{name: "concurrency", env: vars("concurrency"), usage: "make `N` calls at once (default: what the server on this machine says, else 4)", set: whole(func(c *Config, n int) { c.Concurrency = n })},
	{name: "max-cost", env: vars("max-cost"), usage: "spend `MONEY` at most in this run, such as 0.50 or \"0.50 EUR\" (default: no cap)", set: setMaxCost},
	{name: "max-tokens", env: vars("max-tokens"), usage: "use `N` tokens at most in this run, input and output together (default: no cap)", set: whole(func(c *Config, n int) { c.MaxTokens = n })},
	{name: "max-cost-per-day", env: vars("max-cost-per-day"), usage: "spend `MONEY` at most in one day (UTC), over all runs on the same state (default: no cap)", set: setMaxCostPerDay},
	{name: "rpm", env: vars("rpm"), usage: "make `N` requests a minute at most, over all processes on the same state (default: no limit)", set: whole(func(c *Config, n int) { c.RPM = n })},
	{name: "tpm", env: vars("tpm"), usage: "use `N` tokens a minute at most, over all processes on the same state (default: no limit)", set: whole(func(c *Config, n int) { c.TPM = n })},
	{name: "transport", env: vars("transport"), usage: "`HOW` requests are sent: live, or batch for OpenAI's Batch API, which takes hours and costs less (default: live)", set: setTransport},
	{name: "fallback-model", env: vars("fallback-model"), usage: "ask the model `NAME` where the first cannot answer; the result names the one that did", set: text(func(c *Config) *string { return &c.FallbackModel })},
	{name: "fallback-base-url", env: vars("fallback-base-url"), usage: "the fallback model's endpoint (default: the same)", set: text(func(c *Config) *string { return &c.FallbackURL })},
	{name: "fallback-api-key-file", env: vars("fallback-api-key-file"), path: true, usage: "a file that holds the fallback endpoint's key", set: text(func(c *Config) *string { return &c.FallbackKey })},
	{name: "fallback-on", env: vars("fallback-on"), usage: "the `CODES` after which the fallback is asked, separated by commas: unavailable, rateLimit, quota, refused, tooLong (default: all but quota)", set: setFallbackOn},
	{name: "timeout", env: vars("timeout"), usage: "`TIME` one call may take, such as 90s (default: 10m)", set: setTimeout},
	{name: "context-tokens", env: vars("context-tokens"), usage: "size of the model's context", set: whole(func(c *Config, n int) { c.ContextTokens = n })},
	{name: "long", env: vars("long"), usage: "a long summary too", set: flag(func(c *Config, b bool) { c.Long = b })},
	{name: "prompts", env: vars("prompts"), path: true, usage: "take the prompts in `DIR` in place of the built-in ones of the same name", set: text(func(c *Config) *string { return &c.Prompts })},
	{name: "prices", env: vars("prices"), path: true, usage: "price file that stands in for the built-in one", set: text(func(c *Config) *string { return &c.Prices })},
	{name: "glossary", env: vars("glossary"), path: true, usage: "glossary `FILE` (TSV or CSV with the header source, lang, target, forbidden; see \"dragoman run --help\")", set: text(func(c *Config) *string { return &c.Glossary })},
	{name: "check-mode", key: "checks", env: vars("check-mode"), usage: "what checks may do, as `ID=MODE` separated by commas or flag by flag, such as T18=warn,T24=off; the modes are off, shadow, warn and block", set: setCheckModes},
	{name: "state", env: vars("state"), path: true, usage: "where stored replies and the rest are kept: a `FOLDER` (an SQLite file in it), sqlite:FILE, folder:FOLDER of readable files, or postgres://…", set: text(func(c *Config) *string { return &c.State })},
	{name: "keep-replies", env: vars("keep-replies"), usage: "keep stored replies for `TIME`, such as 90d (default: for ever)", set: setKeepReplies},
	{name: "keep-replies-size", env: vars("keep-replies-size"), usage: "keep `SIZE` of stored replies at most, such as 2GB, the youngest (default: no limit)", set: setKeepRepliesSize},
	{name: "no-store-text", env: vars("no-store-text"), usage: "store no article text and no reply, only digests; what was answered is then not known to the next run", set: flag(func(c *Config, b bool) { c.NoStoreText = b })},
	{name: "contact", env: vars("contact"), usage: "mail or web `ADDRESS` of yours that the servers of feeds and pages are shown with every request (default: none)", set: setContact},
	{name: "log-format", env: vars("log-format"), usage: "`FORMAT` of the log: text or json (default: text)", set: setLogFormat},
	{name: "log-level", env: vars("log-level"), usage: "log from `LEVEL` up: debug, info, warn or error (default: info)", set: setLogLevel},
}

// Usage is a setting's one line of help, or "" for a name that is none.
func Usage(name string) string {
	for _, f := range fields {
		if f.name == name {
			return f.usage
		}
	}
	return ""
}

// vars is the variable of a setting: max-cost is DRAGOMAN_MAX_COST.
func vars(name string) []string {
	return []string{"DRAGOMAN_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))}
}

func text(at func(*Config) *string) func(*Config, string) error {
	return func(c *Config, v string) error {
		if v = strings.TrimSpace(v); v == "" {
			return errors.New("is empty; give it a value or leave it out")
		}
		*at(c) = v
		return nil
	}
}

func setKey(c *Config, v string) error {
	if strings.ContainsAny(v, "\r\n \t") {
		return errors.New("must be one word; the variable holds spaces or line breaks")
	}
	c.APIKey = llm.NewSecret(v)
	return nil
}

// whole reads a number of 1 or more.
func whole(put func(*Config, int)) func(*Config, string) error {
	return func(c *Config, v string) error {
		n, err := setting.Whole(v)
		if err != nil {
			return err
		}
		put(c, n)
		return nil
	}
}

// flag reads a setting that is on or off.
func flag(put func(*Config, bool)) func(*Config, string) error {
	return func(c *Config, v string) error {
		b, err := setting.Switch(v)
		if err != nil {
			return err
		}
		put(c, b)
		return nil
	}
}

func setTo(c *Config, v string) (err error) {
	c.To, err = setting.Languages(v)
	return err
}

func setFailOn(c *Config, v string) (err error) {
	c.FailOn, err = setting.Severity(v)
	return err
}

// setCheckModes adds to the modes of checks: what is said here goes over what
// was said of the same check before.
func setCheckModes(c *Config, v string) error {
	for _, w := range strings.Split(v, ",") {
		id, mode, ok := strings.Cut(w, "=")
		if !ok {
			return fmt.Errorf("must be ID=MODE such as T18=warn, not %q", strings.TrimSpace(w))
		}
		if err := c.setCheckMode(id, mode); err != nil {
			return err
		}
	}
	return nil
}

func (c *Config) setCheckMode(id, mode string) error {
	id, mode = strings.ToUpper(strings.TrimSpace(id)), strings.ToLower(strings.TrimSpace(mode))
	switch {
	case !slices.Contains(check.IDs(), id):
		return fmt.Errorf("names no check: %q; there are C01 to T25, as the findings name them", id)
	case (check.Modes{id: check.Mode(mode)}).Validate() != nil:
		return fmt.Errorf("must give %s one of the modes off, shadow, warn and block, not %q", id, mode)
	}
	if c.Checks == nil {
		c.Checks = check.Modes{}
	}
	c.Checks[id] = check.Mode(mode)
	return nil
}

func setTimeout(c *Config, v string) error {
	d, err := time.ParseDuration(strings.TrimSpace(v))
	if err != nil || d < time.Second {
		return fmt.Errorf("must be a duration of one second or more with its unit, such as 90s or 10m, not %q", v)
	}
	c.Timeout = d
	return nil
}

func setTransport(c *Config, v string) error {
	switch v = strings.ToLower(strings.TrimSpace(v)); v {
	case Live, Batch:
		c.Transport = v
		return nil
	}
	return fmt.Errorf("must be live or batch, not %q", v)
}

// fallbackCodes are the classes of error that another model or endpoint may
// mend.
var fallbackCodes = []pipeline.Code{pipeline.Unavailable, pipeline.RateLimit, pipeline.Quota, pipeline.Refused, pipeline.TooLong}

func setFallbackOn(c *Config, v string) error {
	c.FallbackOn = nil
	for _, w := range strings.Split(v, ",") {
		i := slices.IndexFunc(fallbackCodes, func(code pipeline.Code) bool { return strings.EqualFold(string(code), strings.TrimSpace(w)) })
		if i < 0 {
			return fmt.Errorf("must be of unavailable, rateLimit, quota, refused and tooLong, not %q", strings.TrimSpace(w))
		}
		c.FallbackOn = append(c.FallbackOn, fallbackCodes[i])
	}
	return nil
}

func setMaxCost(c *Config, v string) (err error) {
	c.MaxCost, err = setting.Money(v)
	return err
}

func setMaxCostPerDay(c *Config, v string) (err error) {
	c.MaxCostPerDay, err = setting.Money(v)
	return err
}
