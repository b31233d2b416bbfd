package fetch

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"time"
)

// rules are the part of a robots.txt that holds for us, read as RFC 9309 says.
// It is own code: the libraries there are give up a whole file for one bad line,
// match wildcards anywhere, or take a rule for another robot for ours.
type rules struct {
	list  []rule
	delay time.Duration // Crawl-delay, which is no part of the RFC but common
}

type rule struct {
	allow bool
	path  string // normalized, with * for any bytes and $ at its end for the end
}

// mostRobots is the part of a robots.txt that is read: what RFC 9309 asks for.
const mostRobots = 500 << 10

// longestDelay is the longest Crawl-delay that is honoured: a hundred articles
// take less than an hour.
const longestDelay = 30 * time.Second

// parseRules finds the rules for a robot by its product token: those of all
// groups that name it, else those of the groups for every robot.
func parseRules(body []byte, token string) rules {
	var ours, any rules
	named, open := false, false // the group at hand names us; its list of robots goes on
	var forUs, forAny bool
	if len(body) > mostRobots { // whole lines: half a path would mean another
		body = body[:1+bytes.LastIndexAny(body[:mostRobots], "\r\n")]
	}
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	lines := strings.FieldsFunc(string(body), func(r rune) bool { return r == '\n' || r == '\r' })
	for _, line := range lines {
		line, _, _ = strings.Cut(line, "#")
		field, value, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		value = strings.TrimSpace(value)
		switch field = strings.ToLower(strings.TrimSpace(field)); field {
		case "user-agent":
			if !open {
				forUs, forAny, open = false, false, true
			}
			forUs = forUs || strings.EqualFold(productToken(value), token)
			forAny = forAny || value == "*"
			named = named || forUs
		case "allow", "disallow", "crawl-delay":
			open = false
			if forUs {
				ours.add(field, value)
			}
			if forAny {
				any.add(field, value)
			}
		}
	}
	if named {
		return ours
	}
	return any
}

// productToken is the name at the beginning of a User-Agent: letters, hyphens
// and underscores.
func productToken(agent string) string {
	for i, r := range agent {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '_' {
			return agent[:i]
		}
	}
	return agent
}

func (r *rules) add(field, value string) {
	switch {
	case value == "": // nothing is disallowed
	case field == "crawl-delay":
		s, err := strconv.ParseFloat(value, 64)
		if err == nil && s > 0 && !math.IsNaN(s) {
			r.delay = time.Duration(min(s, longestDelay.Seconds()) * float64(time.Second))
		}
	default:
		if value[0] != '/' && value[0] != '*' {
			value = "/" + value
		}
		r.list = append(r.list, rule{allow: field == "allow", path: normalPath(value)})
	}
}

// permits reports whether a path with its query may be fetched: the longest rule
// that matches decides, of two as long the one that allows.
func (r rules) permits(path string) bool {
	path = normalPath(path)
	if path == "/robots.txt" {
		return true
	}
	longest, permitted := -1, true
	for _, x := range r.list {
		if n := len(x.path); n < longest || n == longest && !x.allow || !matches(x.path, path) {
			continue
		}
		longest, permitted = len(x.path), x.allow
	}
	return permitted
}

// size is about the bytes that the rules hold.
func (r rules) size() int {
	n := 64
	for _, x := range r.list {
		n += len(x.path) + 24
	}
	return n
}

// matches reports whether a rule's path is the beginning of a path. The first
// place where a part between two stars fits is as good as any later one, so
// that nothing is tried twice.
func matches(pattern, path string) bool {
	pattern, whole := strings.CutSuffix(pattern, "$")
	parts := strings.Split(pattern, "*")
	if !strings.HasPrefix(path, parts[0]) {
		return false
	}
	rest := path[len(parts[0]):]
	if len(parts) == 1 {
		return !whole || rest == ""
	}
	last := len(parts) - 1
	for i, p := range parts[1:] {
		if whole && i+1 == last {
			return strings.HasSuffix(rest, p)
		}
		at := strings.Index(rest, p)
		if at < 0 {
			return false
		}
		rest = rest[at+len(p):]
	}
	return true
}

// normalPath writes every byte of a path in one way: as it is where it may stand
// so in an address, else percent-encoded with capital letters.
func normalPath(path string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		c := path[i]
		if c == '%' && i+2 < len(path) {
			n, err := strconv.ParseUint(path[i+1:i+3], 16, 8)
			if err == nil && unreserved(byte(n)) {
				b.WriteByte(byte(n))
				i += 2
				continue
			}
			if err == nil {
				b.WriteString(strings.ToUpper(path[i : i+3]))
				i += 2
				continue
			}
		}
		if c <= ' ' || c >= 0x7f {
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

// unreserved are the bytes that mean the same percent-encoded or not (RFC 3986).
func unreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0
}
