package config

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"dragoman/cmd/internal/setting"
)

// Validate answers in sentences that name the setting, where its value came
// from, and the fix. It joins all problems.
func (c *Config) Validate() error {
	var errs []error
	add := func(name, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: %s %s", c.Origin(name), name, fmt.Sprintf(format, args...)))
	}
	if problem := badURL(c.BaseURL); problem != "" {
		add("base-url", "%s", problem)
	}
	for _, tag := range c.To {
		if !setting.Writes(tag) {
			add("to", "must name languages that dragoman writes (ru, tr); %s is not one of them", tag)
		}
	}
	if kind, _, ok := strings.Cut(c.State, "://"); ok && kind != "postgres" && kind != "postgresql" {
		add("state", "must be a folder, sqlite:FILE, folder:FOLDER or postgres://…, not %q", redactURL(c.State))
	}
	if u, err := url.Parse(c.State); err == nil && u.User != nil && c.Origin("state") != "DRAGOMAN_STATE" {
		if _, secret := u.User.Password(); secret {
			add("state", "may not hold a password here; set DRAGOMAN_STATE or PGPASSWORD in the environment, or use a password file (~/.pgpass)")
		}
	}
	if problem := badURL(c.FallbackURL); problem != "" {
		add("fallback-base-url", "%s", problem)
	}
	if c.FallbackModel == "" && (c.FallbackURL != "" || c.FallbackKey != "" || c.FallbackOn != nil) {
		add("fallback-base-url", "needs fallback-model, which names the model to ask there")
	}
	if c.State == "" {
		errs = append(errs, errors.New("state has no place, because the user has no home folder; set DRAGOMAN_STATE to a folder"))
	}
	if c.Concurrency > 256 {
		add("concurrency", "must be 256 or less, not %d", c.Concurrency)
	}
	for name, dir := range map[string]string{"prompts": c.Prompts} {
		if dir == "" {
			continue
		}
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			add(name, "must name a folder; %s is none", dir)
		}
	}
	return errors.Join(errs...)
}

// badURL says what is wrong with an endpoint's address, or "".
func badURL(raw string) string {
	if raw == "" {
		return ""
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https"):
		return fmt.Sprintf("must be an address such as %s, not %q", OpenAI, redactURL(raw))
	case u.User != nil:
		return "must not hold a user or password; put the key into OPENAI_API_KEY"
	case u.RawQuery != "" || u.Fragment != "":
		return "must end with the path, without ? or #; Azure's version goes into api-version"
	}
	return ""
}

// StateName is the state's URL without what may be secret in it, to be shown.
func (c *Config) StateName() string {
	if !strings.Contains(c.State, "://") {
		return c.State
	}
	return redactURL(c.State)
}

// redactURL takes what may be a secret out of an address that is to be shown.
func redactURL(raw string) string {
	raw, _, _ = strings.Cut(raw, "?")
	if i := strings.LastIndex(raw, "@"); i >= 0 {
		kind, _, _ := strings.Cut(raw, "://")
		raw = kind + "://…" + raw[i:]
	}
	return raw
}
