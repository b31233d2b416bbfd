package fetch

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"dragoman/pipeline"
)

// longest is the most bytes of an address that is fetched: what web servers
// take at most.
const longest = 8 << 10

// Check reports what is wrong with an address, without asking anybody: it must
// be http or https with a host, without a user's name, control characters and
// backslashes. What it gives is the address as it is fetched: small letters in the
// host, names in their ASCII form, no default port, no fragment. Where a name
// leads is seen when it is dialled.
func Check(raw string) (*url.URL, error) {
	u, err := check(raw)
	if err != nil {
		return nil, &pipeline.Error{Code: pipeline.Invalid, Stage: "fetch", Unit: show(raw), Err: err, Hint: "give the address of a page or feed, as a browser shows it: https://example.org/feed"}
	}
	return u, nil
}

func check(raw string) (*url.URL, error) {
	if err := plain(raw); err != nil {
		return nil, err
	}
	u, err := url.Parse(raw)
	if err != nil {
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err // without the address, which is shown anyway
		}
		return nil, fmt.Errorf("is no address: %w", err)
	}
	switch scheme := strings.ToLower(u.Scheme); {
	case scheme == "":
		return nil, errors.New("is no address: it does not begin with https://")
	case scheme != "http" && scheme != "https":
		return nil, fmt.Errorf("only http and https are fetched, not %s", scheme)
	case u.Host == "":
		return nil, errors.New("names no host")
	case u.User != nil:
		return nil, errors.New("holds a user's name or a password: pages behind a login are not fetched")
	}
	host, err := canonicalHost(u.Hostname())
	if err != nil {
		return nil, err
	}
	port, err := portOf(u)
	if err != nil {
		return nil, err
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	out := &url.URL{Scheme: strings.ToLower(u.Scheme), Host: host, Path: u.Path, RawPath: u.RawPath, RawQuery: asciiOnly(u.RawQuery)}
	if port != standardPort(out.Scheme) {
		out.Host += ":" + port
	}
	if out.Path == "" {
		out.Path = "/"
	}
	return out, nil
}

// asciiOnly percent-encodes what may not stand in a request's first line.
func asciiOnly(query string) string {
	var b strings.Builder
	for i := range len(query) {
		if c := query[i]; c <= ' ' || c >= 0x7f {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// plain refuses what parsers of addresses read in different ways.
func plain(raw string) error {
	switch {
	case raw == "":
		return errors.New("the address is empty")
	case len(raw) > longest:
		return fmt.Errorf("the address has %d bytes, more than %d", len(raw), longest)
	case !utf8.ValidString(raw):
		return errors.New("the address is not UTF-8")
	case strings.Contains(raw, `\`):
		return errors.New("the address holds a backslash")
	case strings.ContainsFunc(raw, unicode.IsControl):
		return errors.New("the address holds a control character")
	}
	return nil
}

// canonicalHost is a host as it is dialled: an IP address in its usual form, or
// a name in ASCII. A number that is no such address is refused, as systems
// differ in what they make of it: 127.1, 0x7f000001, 0177.0.0.1 and 2130706433
// all lead to this machine somewhere.
func canonicalHost(host string) (string, error) {
	if strings.Contains(host, ":") {
		ip, err := netip.ParseAddr(host)
		if err != nil || ip.Zone() != "" {
			return "", fmt.Errorf("its host %q is no IP address", host)
		}
		return ip.Unmap().String(), nil
	}
	name := host
	if !isASCII(host) {
		var err error
		if name, err = idna.Lookup.ToASCII(host); err != nil {
			return "", fmt.Errorf("its host %q is no name: %w", host, err)
		}
	}
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if ip, err := netip.ParseAddr(name); err == nil {
		return ip.Unmap().String(), nil
	}
	labels := strings.Split(name, ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 || strings.ContainsFunc(l, func(r rune) bool { return !isLDH(r) }) {
			return "", fmt.Errorf("its host %q is no name", host)
		}
	}
	last := labels[len(labels)-1]
	if isNumber(last) {
		return "", fmt.Errorf("its host %q is a number and no IP address in the usual form", host)
	}
	if len(name) > 253 {
		return "", errors.New("the name of its host is longer than 253 bytes")
	}
	return name, nil
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}

// isLDH reports whether r may stand in a host's name: letters, digits and
// hyphens, and the underscore that some have.
func isLDH(r rune) bool {
	return 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '-' || r == '_'
}

// isNumber reports whether a label is one for the systems that read addresses
// like C programs: decimal, octal or hexadecimal.
func isNumber(label string) bool {
	digits, base := label, "0123456789"
	if hex, ok := strings.CutPrefix(label, "0x"); ok {
		digits, base = hex, "0123456789abcdef"
	}
	return strings.Trim(digits, base) == ""
}

func standardPort(scheme string) string {
	if scheme == "https" {
		return "443"
	}
	return "80"
}

// portOf is an address's port, that of its scheme where it names none.
func portOf(u *url.URL) (string, error) {
	p := u.Port()
	if p == "" {
		return standardPort(strings.ToLower(u.Scheme)), nil
	}
	return portNumber(p)
}

func portNumber(p string) (string, error) {
	n, err := strconv.ParseUint(p, 10, 16)
	if err != nil || n == 0 {
		return "", fmt.Errorf("its port %q is none of 1 to 65535", p)
	}
	return strconv.FormatUint(n, 10), nil
}

// secrets are the parts of names of parameters whose values are not shown.
var secrets = []string{"token", "key", "secret", "passw", "sig", "auth", "session"}

// show is an address for messages: without a password and the values of
// parameters that look secret, on one line, and not endless.
func show(raw string) string {
	raw = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '·'
	}, raw)
	rest, _, _ := strings.Cut(raw, "#")
	head, query, has := strings.Cut(rest, "?")
	if scheme, after, ok := strings.Cut(head, "//"); ok {
		authority, path, slash := strings.Cut(after, "/")
		if i := strings.LastIndex(authority, "@"); i >= 0 {
			authority = "…" + authority[i:]
		}
		head = scheme + "//" + authority
		if slash {
			head += "/" + path
		}
	}
	if has {
		pairs := strings.Split(query, "&")
		for i, p := range pairs {
			name, _, value := strings.Cut(p, "=")
			if value && secret(name) {
				pairs[i] = name + "=…"
			}
		}
		head += "?" + strings.Join(pairs, "&")
	}
	if r := []rune(head); len(r) > 200 {
		head = string(r[:200]) + "…"
	}
	return head
}

func secret(name string) bool {
	name = strings.ToLower(name)
	for _, s := range secrets {
		if strings.Contains(name, s) {
			return true
		}
	}
	return false
}
