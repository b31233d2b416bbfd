package fetch

import (
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"dragoman/pipeline"
)

func TestCheckGivesTheAddressThatIsFetched(t *testing.T) {
	for raw, want := range map[string]string{
		"https://example.org":                          "https://example.org/",
		"HTTPS://Example.ORG:443/A?b=C#d":              "https://example.org/A?b=C",
		"http://example.org.:80/":                      "http://example.org/",
		"http://example.org:/x":                        "http://example.org/x",
		"http://example.org:8080":                      "http://example.org:8080/",
		"https://example.org:80/":                      "https://example.org:80/",
		"https://münchen.example/straße":               "https://xn--mnchen-3ya.example/stra%C3%9Fe",
		"https://новости.рф/лента":                     "https://xn--b1amnebsh.xn--p1ai/%D0%BB%D0%B5%D0%BD%D1%82%D0%B0",
		"https://ＥＸＡＭＰＬＥ。org/":                         "https://example.org/",
		"http://8.8.8.8/":                              "http://8.8.8.8/",
		"http://[2001:4860:4860:0::8888]:80/":          "http://[2001:4860:4860::8888]/",
		"http://[::FFFF:8.8.8.8]:81/":                  "http://8.8.8.8:81/",
		"https://a_b.example.org/a%2Fb/%C3%A9?q=%20+x": "https://a_b.example.org/a%2Fb/%C3%A9?q=%20+x",
		"https://example.org/a b":                      "https://example.org/a%20b",
		"https://example.org/?q=a b&ü=%zz":             "https://example.org/?q=a%20b&%C3%BC=%zz",
		"https://example.org/a@b:c":                    "https://example.org/a@b:c",
	} {
		u, err := Check(raw)
		if err != nil {
			t.Errorf("%s: %v", raw, err)
		} else if u.String() != want {
			t.Errorf("%s: %s, want %s", raw, u, want)
		}
	}
}

func TestCheckRefuses(t *testing.T) {
	for raw, want := range map[string]string{
		"":                                             "is empty",
		"example.org/feed":                             "does not begin with https://",
		"//example.org/feed":                           "does not begin with https://",
		"/etc/passwd":                                  "does not begin with https://",
		"file:///etc/passwd":                           "only http and https are fetched, not file",
		"gopher://example.org/":                        "not gopher",
		"ftp://example.org/":                           "not ftp",
		"data:text/html,x":                             "not data",
		"jar:http://example.org!/":                     "not jar",
		"dict://example.org:11211/":                    "not dict",
		"javascript:alert(1)":                          "not javascript",
		"feed://example.org/":                          "not feed",
		"http:example.org":                             "names no host",
		"http:///path":                                 "names no host",
		"http://:80/":                                  "is no name",
		"http://user@example.org/":                     "a user's name or a password",
		"http://user:pw@example.org/":                  "a user's name or a password",
		"http://example.org@127.0.0.1/":                "a user's name or a password",
		"http://@example.org/":                         "a user's name or a password",
		`http://example.org\@127.0.0.1/`:               "backslash",
		`http:\\example.org`:                           "backslash",
		"http://example.org/\r\nHost: x":               "control character",
		"http://example.org/\x00":                      "control character",
		"http://example.org/\u0085":                    "control character",
		"http://example.org/\xff":                      "not UTF-8",
		"http://exa mple.org/":                         "is no address",
		"http://example.org:0/":                        "none of 1 to 65535",
		"http://example.org:65536/":                    "none of 1 to 65535",
		"http://example.org:80x/":                      "is no address",
		"http://[fe80::1%25eth0]/":                     "is no IP address",
		"http://[::1/":                                 "is no address",
		"http://[v1.x]/":                               "is no",
		"http://a..b/":                                 "is no name",
		"http://example.org../":                        "is no name",
		"http://a,b/":                                  "is no name",
		"http://127.1/":                                "is a number and no IP address in the usual form",
		"http://0x7f.0.0.1/":                           "is a number",
		"http://example.0x7f/":                         "is a number",
		"http://0x/":                                   "is a number",
		"http://1.2.3.4.5/":                            "is a number",
		"http://" + strings.Repeat("a", 64):            "is no name",
		"http://" + strings.Repeat("a.", 200):          "longer than 253 bytes",
		"http://e.org/" + strings.Repeat("a", longest): "more than 8192",
	} {
		_, err := Check(raw)
		failed(t, err, pipeline.Invalid, want)
	}
}

func TestMessagesHoldNoSecretsAndNoControls(t *testing.T) {
	for raw, want := range map[string]string{
		"https://user:hunter2@example.org/x":              "https://…@example.org/x",
		"https://a@b:hunter2@example.org/x":               "https://…@example.org/x",
		"https://example.org/f?id=3&access_token=hunter2": "https://example.org/f?id=3&access_token=…",
		"https://example.org/f?API_KEY=hunter2#x":         "https://example.org/f?API_KEY=…",
		"https://example.org/@user":                       "https://example.org/@user",
		"https://e.org/\x1b[31m\u202e\n":                  "https://e.org/·[31m··",
		"https://e.org/" + strings.Repeat("é", 300):       "https://e.org/" + strings.Repeat("é", 186) + "…",
	} {
		if got := show(raw); got != want {
			t.Errorf("%q: %q, want %q", raw, got, want)
		}
	}
}

// What passes is an address that parses again to itself, with a host that no
// two programs read in different ways.
func FuzzCheck(f *testing.F) {
	for _, h := range hostile {
		f.Add("http://" + h + ":8080/x?y#z")
	}
	for _, s := range []string{"https://user:pw@example.org/", "https://новости.рф/лента?q=%zz", `http:\\x`, "http://[::ffff:1.2.3.4%25x]/", "http://e.org:99999/", "http://xn--a/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		if shown := show(raw); strings.ContainsAny(shown, "\n\r\x1b\x00") || len(shown) > 4*201 {
			t.Errorf("%q is shown as %q", raw, shown)
		}
		u, err := Check(raw)
		if err != nil {
			if pipeline.CodeOf(err) != pipeline.Invalid {
				t.Errorf("%q: class %q", raw, pipeline.CodeOf(err))
			}
			return
		}
		s := u.String()
		again, err := Check(s)
		if err != nil || again.String() != s {
			t.Fatalf("%q: %q is checked to %v, %v", raw, s, again, err)
		}
		parsed, err := url.Parse(s)
		if err != nil || parsed.User != nil || parsed.Host != u.Host || parsed.Scheme != "http" && parsed.Scheme != "https" {
			t.Fatalf("%q: %q parses to %v, %v", raw, s, parsed, err)
		}
		host := u.Hostname()
		if _, err := netip.ParseAddr(host); err != nil {
			if labels := strings.Split(host, "."); isNumber(labels[len(labels)-1]) || !isASCII(host) || host != strings.ToLower(host) {
				t.Errorf("%q: the host %q can be read in two ways", raw, host)
			}
		}
		for _, r := range s {
			if r <= ' ' || r >= 0x7f || r == '\\' {
				t.Errorf("%q: %q holds %q", raw, s, r)
			}
		}
	})
}
