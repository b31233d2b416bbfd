package fetch

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// The examples of RFC 9309 (2.2.1 to 2.2.3, 5.1, 5.2), and what sites write.
func TestRobotsRules(t *testing.T) {
	const rfc = `
User-Agent: *
Disallow: *.gif$
Disallow: /example/
Allow: /publications/

User-Agent: foobot
Disallow:/
Allow:/example/page.html
Allow:/example/allowed.gif

User-Agent: barbot
User-Agent: dragoman
Disallow: /example/page.html

User-Agent: quxbot
EOF`
	for _, tc := range []struct {
		name, robots, path string
		want               bool
	}{
		{"ours", rfc, "/example/page.html", false},
		{"ours alone", rfc, "/example/other", true},
		{"no rules", "", "/x", true},
		{"a page in the place of rules", "<html><body>Not found: sorry</body></html>", "/x", true},
		{"everybody", "User-agent: *\nDisallow: /", "/x", false},
		{"nothing", "User-agent: *\nDisallow:", "/x", true},
		{"another robot", "User-agent: other\nDisallow: /", "/x", true},
		{"ours in place of everybody's", "User-agent: *\nDisallow: /\nUser-agent: dragoman\nDisallow: /y", "/x", true},
		{"a group of ours without rules", "User-agent: *\nDisallow: /\nUser-agent: dragoman", "/x", true},
		{"capital letters", "USER-AGENT: DragoMan\nDISALLOW: /x", "/x", false},
		{"paths in capital letters are others", "User-agent: *\nDisallow: /X", "/x", true},
		{"with a version", "User-agent: dragoman/1.0\nDisallow: /x", "/x", false},
		{"the beginning of our name is not ours", "User-agent: drago\nDisallow: /\nUser-agent: d\nDisallow: /", "/x", true},
		{"our name is the beginning", "User-agent: dragoman-news\nDisallow: /", "/x", true},
		{"groups of one robot are one", "User-agent: dragoman\nDisallow: /a\n\nUser-agent: other\nDisallow: /c\n\nUser-agent: dragoman\nDisallow: /b", "/a", false},
		{"the longest rule wins", "User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", true},
		{"in any order", "User-agent: *\nAllow: /a/b\nDisallow: /a", "/a/b/c", true},
		{"of two as long, the one that allows", "User-agent: *\nAllow: /page\nDisallow: /page", "/page", true},
		{"in this order too", "User-agent: *\nDisallow: /page\nAllow: /page", "/page", true},
		{"a beginning is enough", "User-agent: *\nDisallow: /fish", "/fishheads/yummy.html", false},
		{"a folder", "User-agent: *\nDisallow: /fish/", "/fish", true},
		{"a query", "User-agent: *\nDisallow: /*?", "/fish?id=1", false},
		{"a star", "User-agent: *\nDisallow: /*.php", "/folder/a.php?x", false},
		{"a star holds to the beginning", "User-agent: *\nDisallow: /a*b", "/x/a/b", true},
		{"stars", "User-agent: *\nDisallow: /a*b*c*d", "/a1b2c3d4", false},
		{"stars in order", "User-agent: *\nDisallow: /a*c*b", "/abc", true},
		{"a star at the end", "User-agent: *\nDisallow: /fish*", "/fish", false},
		{"the end", "User-agent: *\nDisallow: /*.php$", "/a.php?x", true},
		{"at the end", "User-agent: *\nDisallow: /*.php$", "/a.php.php", false},
		{"the end of a path", "User-agent: *\nDisallow: /$", "/", false},
		{"the end of another", "User-agent: *\nDisallow: /$", "/x", true},
		{"the end once", "User-agent: *\nDisallow: /a*a$", "/a", true},
		{"a dollar within", "User-agent: *\nDisallow: /a$b", "/a$bc", false},
		{"percent-encoded", "User-agent: *\nDisallow: /foo/bar/ツ", "/foo/bar/%E3%83%84", false},
		{"in small letters", "User-agent: *\nDisallow: /foo/%e3%83%84", "/foo/%E3%83%84", false},
		{"without need", "User-agent: *\nDisallow: /foo/%62%61%7A", "/foo/baz", false},
		{"a slash that is none", "User-agent: *\nDisallow: /foo/", "/foo%2Fx", true},
		{"no slash in front", "User-agent: *\nDisallow: x", "/x", false},
		{"comments and blanks", "# us\n  user-agent : * # all\n\n disallow : /x # this\n", "/x", false},
		{"a sitemap between", "User-agent: *\nSitemap: https://e.org/s.xml\nDisallow: /x", "/x", false},
		{"a mark, and lines of an old Mac", "\ufeffUser-agent: *\rDisallow: /x\r", "/x", false},
		{"Windows", "User-agent: *\r\nDisallow: /x\r\n", "/x", false},
		{"rules before any robot", "Disallow: /\nUser-agent: *\nDisallow: /y", "/x", true},
		{"a broken line", "User-agent: *\nDisallow /\nCrawl-delay: soon\n\x00\xff\nDisallow: /x", "/x", false},
		{"robots.txt itself", "User-agent: *\nDisallow: /", "/robots.txt", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := parseRules([]byte(tc.robots), "dragoman").permits(tc.path); got != tc.want {
				t.Errorf("%s: %v, want %v", tc.path, got, tc.want)
			}
		})
	}
}

func TestCrawlDelay(t *testing.T) {
	for robots, want := range map[string]time.Duration{
		"User-agent: *\nCrawl-delay: 5":                                       5 * time.Second,
		"User-agent: *\nCrawl-delay: 0.5":                                     500 * time.Millisecond,
		"User-agent: *\nCrawl-delay: 3600":                                    longestDelay,
		"User-agent: *\nCrawl-delay: +Inf":                                    longestDelay,
		"User-agent: *\nCrawl-delay: NaN":                                     0,
		"User-agent: *\nCrawl-delay: -1":                                      0,
		"User-agent: *\nCrawl-delay: 5\nUser-agent: dragoman\nDisallow:":      0,
		"User-agent: dragoman\nCrawl-delay: 5\nUser-agent: x\nCrawl-delay: 9": 5 * time.Second,
	} {
		if got := parseRules([]byte(robots), "dragoman").delay; got != want {
			t.Errorf("%q: %s, want %s", robots, got, want)
		}
	}
}

func TestProductToken(t *testing.T) {
	for agent, want := range map[string]string{"dragoman/1.2.0 (+https://e.org)": "dragoman", "dragoman": "dragoman", "News_Desk-bot 2": "News_Desk-bot", "": "", "1": ""} {
		if got := productToken(agent); got != want {
			t.Errorf("%q: %q, want %q", agent, got, want)
		}
	}
}

// A file made to cost time: as many rules with stars as fit, and a path that
// almost matches each.
func TestHostileRulesEnd(t *testing.T) {
	rule := "Disallow:/" + strings.Repeat("*a", 30) + "*b\n"
	body := "User-agent: *\n" + strings.Repeat(rule, 2*mostRobots/len(rule))
	r := parseRules([]byte(body), "dragoman")
	if n := len(r.list); n > mostRobots/len(rule) {
		t.Errorf("%d rules of what is more than %d bytes", n, mostRobots)
	}
	if !r.permits("/" + strings.Repeat("a", longest)) {
		t.Error("matched")
	}
}

func FuzzRules(f *testing.F) {
	f.Add("User-agent: *\nDisallow: /a*b$\nAllow: /%zz\nCrawl-delay: 1e309", "/a%2fb?c")
	f.Add("User-agent: dragoman\nDisallow: *$*", "/")
	f.Fuzz(func(t *testing.T, robots, path string) {
		r := parseRules([]byte(robots), "dragoman")
		r.permits(path)
		if r.delay < 0 || r.delay > longestDelay {
			t.Errorf("a delay of %s", r.delay)
		}
		if n := normalPath(path); normalPath(n) != n {
			t.Errorf("%q is normal as %q, and again as %q", path, n, normalPath(n))
		}
		if path != "" && !strings.ContainsAny(path, "*$#\r\n") && strings.TrimSpace(path) == path && path != "/robots.txt" && path[0] == '/' {
			if normalPath(path) != "/robots.txt" && parseRules([]byte(fmt.Sprintf("User-agent: *\nDisallow: %s", path)), "dragoman").permits(path) {
				t.Errorf("%q does not match itself", path)
			}
		}
	})
}
