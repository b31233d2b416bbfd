package config

import (
	"fmt"
	"log/slog"
	"math"
	"regexp"
	"strconv"
	"strings"

	"dragoman/cmd/internal/setting"
)

func setKeepReplies(c *Config, v string) error {
	d, err := setting.Duration(v)
	c.KeepReplies = d
	return err
}

var sizeForm = regexp.MustCompile(`^(\d{1,15}(?:\.\d{1,3})?) ?(?:([KMGT])(I?)B?|B)?$`)

// sizePowers are the powers of 1000, or with "i" of 1024, that the letters of a
// size stand for.
var sizePowers = map[string]float64{"": 0, "K": 1, "M": 2, "G": 3, "T": 4}

func setKeepRepliesSize(c *Config, v string) error {
	n, err := ParseSize(v)
	c.KeepRepliesSize = n
	return err
}

// ParseSize reads a number of bytes: 2GB and 2G are 2,000,000,000, and 2GiB is
// 2,147,483,648. Its error goes after the setting's name.
func ParseSize(v string) (int64, error) {
	bad := fmt.Errorf("must be a number of bytes such as 500MB, 2GB or 2GiB, not %q", v)
	m := sizeForm.FindStringSubmatch(strings.ToUpper(strings.TrimSpace(v)))
	if m == nil {
		return 0, bad
	}
	n, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		return 0, bad
	}
	base := 1000.0
	if m[3] != "" {
		base = 1024
	}
	n *= math.Pow(base, sizePowers[m[2]])
	if n < 1 || n != math.Trunc(n) || n > 1<<53 {
		return 0, bad
	}
	return int64(n), nil
}

// contactForm is what may stand in a comment of a User-Agent header (RFC 9110,
// 5.6.5) and is a mail or a web address.
var contactForm = regexp.MustCompile(`^(?:https?://[!-'*-\[\]-~]+|[!-'*-?A-\[\]-~]+@[!-'*-?A-\[\]-~]+)$`)

func setContact(c *Config, v string) error {
	if v = strings.TrimSpace(v); len(v) > 200 || !contactForm.MatchString(v) {
		return fmt.Errorf("must be a mail or web address such as desk@news.example or https://news.example/bots, not %q", v)
	}
	c.Contact = v
	return nil
}

func setLogFormat(c *Config, v string) error {
	switch v = strings.ToLower(strings.TrimSpace(v)); v {
	case LogText, LogJSON:
		c.LogFormat = v
		return nil
	}
	return fmt.Errorf("must be text or json, not %q", v)
}

// logLevels are the names of what is logged.
var logLevels = map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}

func setLogLevel(c *Config, v string) error {
	l, ok := logLevels[strings.ToLower(strings.TrimSpace(v))]
	if !ok {
		return fmt.Errorf("must be debug, info, warn or error, not %q", v)
	}
	c.LogLevel = l
	return nil
}
