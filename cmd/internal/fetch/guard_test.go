package fetch

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"dragoman/pipeline"
)

// hostile are hosts that lead, or might lead on some system, into networks that
// nobody outside can reach.
var hostile = []string{
	"127.0.0.1", "127.1.2.3", "localhost", "LOCALHOST", "localhost.", "0.0.0.0", "[::1]", "[::]", "[::0:1]",
	"[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]",
	"[2002:7f00:1::]", "[2001:0:7f00:1::]", "[fec0::1]", "[::ffff:0:127.0.0.1]",
	"169.254.169.254", "[fd00:ec2::254]", "[fd20:ce::254]", "100.100.100.200", "192.0.0.192", "[::ffff:169.254.169.254]",
	"10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "192.0.0.1", "198.18.0.1", "240.0.0.1", "255.255.255.255",
	"224.0.0.1", "[ff02::1]", "[fd00::1]", "[fe80::1]", "[fe80::1%25lo]", "[2001:db8::1]",
	"0", "1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001", "127.1", "127.0.1", "127.0.0.1.", "0x7f.0x0.0x0.0x1", "127.0.0.0x1",
	"１２７.０.０.１", "①②⑦.⓪.⓪.①", "127。0。0。1", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", "%31%32%37.0.0.1", "127.0.0.%31",
	"inside.test", "both.test", "mapped.test", "metadata.test",
}

// inner says where the names among them lead.
func inner() *names {
	return &names{answers: map[string][][]string{
		"inside.test":   {{"127.0.0.1", "::1"}},
		"both.test":     {{"93.184.216.34", "127.0.0.1"}},
		"mapped.test":   {{"::ffff:127.0.0.1"}},
		"metadata.test": {{"169.254.169.254", "fd00:ec2::254"}},
	}}
}

// passing is what a client does with an address that it may connect to.
type passing struct {
	mu  sync.Mutex
	all []string
}

func (p *passing) note(address string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all = append(p.all, address)
	return errors.New("no network in tests")
}

func TestNoHostileHostIsConnectedTo(t *testing.T) {
	bird := newCanary(t)
	var let passing
	c := New(Config{PerHost: -1, Resolver: inner().resolver()})
	c.wires.passed = let.note
	for _, host := range hostile {
		for _, port := range []string{":" + bird.port, ""} {
			for _, ignore := range []bool{false, true} {
				_, err := c.Get(t.Context(), Request{URL: "http://" + host + port + "/feed", IgnoreRobots: ignore})
				if err == nil {
					t.Errorf("%s: fetched", host)
				} else if host != "both.test" {
					failed(t, err, pipeline.Invalid, "fetch: http://")
				}
			}
		}
	}
	if n := bird.count.Load(); n != 0 {
		t.Errorf("%d connections to loopback, want none", n)
	}
	for _, a := range let.all {
		if !strings.HasPrefix(a, "93.184.216.34:") {
			t.Errorf("%s may be connected to", a)
		}
	}
}

func TestNoRedirectLeadsToAHostileHost(t *testing.T) {
	bird := newCanary(t)
	var let passing
	targets := map[string]string{}
	s := newSite(t, Config{Resolver: inner().resolver()}, func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Location"] = []string{targets[r.URL.Path]}
		w.WriteHeader(http.StatusFound)
	})
	s.client.wires.passed = func(address string) error {
		if address == s.Listener.Addr().String() {
			return nil
		}
		return let.note(address)
	}
	for i, host := range hostile {
		path := "/" + strings.Repeat("x", i+1)
		targets[path] = "http://" + host + ":" + bird.port + "/"
		page, err := s.get(t, path)
		if err == nil {
			t.Errorf("%s: fetched %s", host, page.URL)
		} else if host != "both.test" {
			failed(t, err, pipeline.Invalid, "redirect")
		}
	}
	if n := bird.count.Load(); n != 0 {
		t.Errorf("%d connections to loopback, want none", n)
	}
}

func TestRobotsTxtLeadsNowhereEither(t *testing.T) {
	bird := newCanary(t)
	s := newSite(t, Config{}, nil)
	s.Config.Handler = http.RedirectHandler("http://127.0.0.1:"+bird.port+"/robots.txt", http.StatusFound)
	_, err := s.get(t, "/feed")
	failed(t, err, pipeline.Unavailable, "robots.txt is redirected to http://127.0.0.1:"+bird.port)
	if n := bird.count.Load(); n != 0 {
		t.Errorf("%d connections, want none", n)
	}
}

// The name leads to a public address when it is looked at first, and to this
// machine when it is dialled.
func TestANameThatFlipsIsNotConnectedTo(t *testing.T) {
	bird := newCanary(t)
	let := &passing{}
	c := New(Config{PerHost: -1, Resolver: (&names{answers: map[string][][]string{"flip.test": {{"93.184.216.34"}, {"127.0.0.1"}}}}).resolver()})
	c.wires.passed = let.note
	get := func() error {
		_, err := c.Get(t.Context(), Request{URL: "http://flip.test:" + bird.port + "/", IgnoreRobots: true})
		return err
	}
	failed(t, get(), pipeline.Unavailable, "no network in tests")
	if want := []string{"93.184.216.34:" + bird.port}; !slices.Equal(let.all, want) {
		t.Errorf("the guard let pass %q, want %q", let.all, want)
	}
	for range 3 {
		failed(t, get(), pipeline.Invalid, "its address is this machine's own (127.0.0.1)")
	}
	if n := bird.count.Load(); n != 0 || len(let.all) != 1 {
		t.Errorf("%d connections, want none; let pass: %q", n, let.all)
	}
}

func TestWhatIsAllowedIsNamed(t *testing.T) {
	s := newSite(t, Config{}, func(w http.ResponseWriter, r *http.Request) {})
	_, port, _ := strings.Cut(s.Listener.Addr().String(), ":")
	dns := inner()
	dns.answers["wiki.test"] = [][]string{{"127.0.0.1"}}
	for _, tc := range []struct {
		url   string
		allow []string
		want  string // "" is fetched
		hint  string
	}{
		{"http://127.0.0.1:" + port, []string{"127.0.0.1:" + port}, "", ""},
		{"http://[::ffff:127.0.0.1]:" + port, []string{"127.0.0.1:" + port}, "", ""},
		{"http://wiki.test:" + port, []string{"wiki.test:" + port}, "", ""},
		{"http://WIKI.test.:" + port, []string{"Wiki.Test.:" + port}, "", ""},
		{"http://127.0.0.1:" + port, []string{"127.0.0.1"}, "its address is this machine's own", `allow: "127.0.0.1:` + port}, // another port
		{"http://127.0.0.1:" + port, []string{"127.0.0.1:1", "localhost:" + port}, "its address is this machine's own", `allow: "127.0.0.1:` + port},
		{"http://inside.test:" + port, []string{"127.0.0.1:" + port}, "its address is this machine's own (", `allow: "inside.test:` + port}, // by another name
		{"http://metadata.test", []string{"metadata.test"}, "the metadata service of a cloud (", "allow the IP address itself"},
		{"http://10.1.2.3/feed", nil, "its address is in a private network", `add allow: "10.1.2.3:80" to the source`},
		{"http://127.0.0.1:" + port, []string{"http://127.0.0.1/"}, `allow: "http://127.0.0.1/": is more than a host`, "HOST:PORT"},
		{"http://127.0.0.1:" + port, []string{"10.0.0.0/8"}, "is more than a host", "HOST:PORT"},
		{"http://127.0.0.1:" + port, []string{"wiki.test:"}, "its port", "HOST:PORT"},
		{"http://127.0.0.1:" + port, []string{"*.test"}, "is no name", "HOST:PORT"},
		{"http://127.0.0.1:" + port, []string{""}, "is no name", "HOST:PORT"},
	} {
		c := New(Config{PerHost: -1, Resolver: dns.resolver()})
		_, err := c.Get(t.Context(), Request{URL: tc.url, Allow: tc.allow})
		if tc.want == "" {
			if err != nil {
				t.Errorf("%s with %q: %v", tc.url, tc.allow, err)
			}
			continue
		}
		failed(t, err, pipeline.Invalid, tc.want)
		if e, ok := errors.AsType[*pipeline.Error](err); !ok || !strings.Contains(e.Hint, tc.hint) {
			t.Errorf("%s with %q: hint %q, want %q in it", tc.url, tc.allow, e.Hint, tc.hint)
		}
	}
	if err := CheckAllow([]string{"a.test", "10.1.2.3:8080", "::1", "[::1]:80", "[::1]"}); err != nil {
		t.Error(err)
	}
}

// Hints name what the caller has: keys of a source, as dragoman.yaml spells them,
// or flags.
func TestHintsNameWhatTheCallerHas(t *testing.T) {
	for _, flags := range []bool{false, true} {
		inHall(t, Config{Flags: flags}, func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.URL.Path == "/robots.txt" && r.Host == "down.test":
				w.WriteHeader(503)
			case r.URL.Path == "/robots.txt":
				_, _ = io.WriteString(w, "User-agent: *\nDisallow: /")
			}
		}, func(t *testing.T, c *Client, _ *visitors) {
			for address, want := range map[string][2]string{
				"http://shut.test/a": {"add ignore-robots: true to the source", "give --ignore-robots"},
				"http://down.test/a": {"add ignore-robots: true to the source", "give --ignore-robots"},
			} {
				_, err := c.Get(t.Context(), Request{URL: address})
				hinted(t, err, want, flags)
			}
		})
		c := New(Config{PerHost: -1, Flags: flags})
		_, err := c.Get(t.Context(), Request{URL: "http://10.1.2.3/feed"})
		hinted(t, err, [2]string{`add allow: "10.1.2.3:80" to the source`, "with --allow-host 10.1.2.3:80"}, flags)
	}
}

// hinted looks for the hint of a caller without and with flags.
func hinted(t *testing.T, err error, want [2]string, flags bool) {
	t.Helper()
	hint, other := want[0], want[1]
	if flags {
		hint, other = other, hint
	}
	e, ok := errors.AsType[*pipeline.Error](err)
	if !ok || !strings.Contains(e.Hint, hint) || strings.Contains(e.Hint, other) {
		t.Errorf("%v: hint %q, want %q in it", err, e.Hint, hint)
	}
}

// The connection of a source that may is not lent to one that may not.
func TestAllowedConnectionsAreNotShared(t *testing.T) {
	s := newSite(t, Config{}, func(w http.ResponseWriter, r *http.Request) {})
	c := New(Config{PerHost: -1})
	may := Request{URL: s.URL, Allow: []string{s.Listener.Addr().String()}}
	if _, err := c.Get(t.Context(), may); err != nil {
		t.Fatal(err)
	}
	_, err := c.Get(t.Context(), Request{URL: s.URL})
	failed(t, err, pipeline.Invalid, "this machine's own")
	if s.hits.Load() != 1 {
		t.Errorf("%d requests, want 1", s.hits.Load())
	}
}

func TestTheProxyOfTheEnvironmentIsNotAsked(t *testing.T) {
	bird := newCanary(t)
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"} {
		t.Setenv(name, "http://127.0.0.1:"+bird.port)
	}
	c := New(Config{PerHost: -1, Resolver: (&names{answers: map[string][][]string{"out.test": {{"93.184.216.34"}}}}).resolver()})
	c.wires.passed = (&passing{}).note
	_, err := c.Get(t.Context(), Request{URL: "http://out.test/"})
	failed(t, err, pipeline.Unavailable, "no network in tests")
	if n := bird.count.Load(); n != 0 {
		t.Errorf("%d connections to the proxy, want none", n)
	}
}
