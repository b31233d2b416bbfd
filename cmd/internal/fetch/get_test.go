package fetch

import (
	"bytes"
	"compress/gzip"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"dragoman/pipeline"
)

func TestAPageAndWhatIsSentForIt(t *testing.T) {
	var got http.Header
	s := newSite(t, Config{UserAgent: "dragoman/1.2", Contact: "desk@example.org"}, func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Clone()
		w.Header().Set("Content-Type", "application/rss+xml; charset=utf-8")
		w.Header().Set("ETag", `W/"a"`)
		w.Header().Set("Last-Modified", "Sat, 28 Nov 2026 10:00:00 GMT")
		w.Header().Set("Set-Cookie", "id=1")
		_, _ = io.WriteString(w, "<rss/>")
	})
	for range 2 { // the second has no cookie of the first
		p, err := s.client.Get(t.Context(), Request{URL: s.URL + "/feed?a=b#c", Accept: "application/rss+xml"})
		if err != nil {
			t.Fatal(err)
		}
		want := Page{URL: s.URL + "/feed?a=b", Status: 200, ContentType: "application/rss+xml; charset=utf-8", ETag: `W/"a"`, Modified: "Sat, 28 Nov 2026 10:00:00 GMT"}
		body := string(p.Body)
		p.Body = nil
		if fmt.Sprint(*p) != fmt.Sprint(want) || body != "<rss/>" {
			t.Errorf("%+v with %q, want %+v", *p, body, want)
		}
	}
	if len(got) != 3 || got.Get("User-Agent") != "dragoman/1.2 (+desk@example.org)" || got.Get("Accept") != "application/rss+xml" || got.Get("Accept-Encoding") != "gzip" {
		t.Errorf("headers sent: %v", got)
	}
}

func TestConditionalRequests(t *testing.T) {
	s := newSite(t, Config{}, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"2"`)
		if r.URL.Path == "/always" || r.Header.Get("If-None-Match") == `"2"` && r.Header.Get("If-Modified-Since") == "then" {
			w.WriteHeader(304)
		}
	})
	p, err := s.client.Get(t.Context(), Request{URL: s.URL, ETag: `"2"`, Modified: "then"})
	if err != nil || !p.Unchanged || p.Status != 304 || p.Body != nil || p.ETag != `"2"` {
		t.Errorf("%+v, %v", p, err)
	}
	p, err = s.client.Get(t.Context(), Request{URL: s.URL, ETag: `"1"`, Modified: "a\r\nX-Evil: 1"}) // is not sent
	if err != nil || p.Unchanged || p.Status != 200 {
		t.Errorf("%+v, %v", p, err)
	}
	_, err = s.get(t, "/always")
	failed(t, err, pipeline.Unavailable, "304 (unchanged), though nothing is known")
}

func TestAnswersThatAreNoPage(t *testing.T) {
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	s := newSite(t, Config{Now: func() time.Time { return now }}, func(w http.ResponseWriter, r *http.Request) {
		if after := r.URL.Query().Get("after"); after != "" {
			w.Header().Set("Retry-After", after)
		}
		status, _ := strconv.Atoi(strings.Trim(r.URL.Path, "/"))
		w.WriteHeader(status)
	})
	for _, tc := range []struct {
		path string
		code pipeline.Code
		want string
		wait time.Duration
	}{
		{"/204", pipeline.Unavailable, "204 No Content, and no page", 0},
		{"/202", pipeline.Unavailable, "202 Accepted, and no page", 0},
		{"/206", pipeline.Unavailable, "206 Partial Content", 0},
		{"/300", pipeline.Unavailable, "300 Multiple Choices without an address", 0},
		{"/302", pipeline.Unavailable, "302 Found without an address to go to", 0},
		{"/400", pipeline.Invalid, "400 Bad Request, and no page", 0},
		{"/401", pipeline.Invalid, "does not give it to us (401 Unauthorized)", 0},
		{"/403", pipeline.Invalid, "does not give it to us (403 Forbidden)", 0},
		{"/404", pipeline.Invalid, "is not there (404)", 0},
		{"/408", pipeline.Unavailable, "408 Request Timeout", 0},
		{"/410", pipeline.Invalid, "is gone for good (410)", 0},
		{"/451", pipeline.Invalid, "does not give it to us (451", 0},
		{"/429", pipeline.Unavailable, "asked too often (429)", time.Minute},
		{"/429?after=120", pipeline.Unavailable, "asked too often (429)", 2 * time.Minute},
		{"/429?after=nonsense", pipeline.Unavailable, "asked too often (429)", time.Minute},
		{"/500", pipeline.Unavailable, "in trouble (500 Internal Server Error)", 0},
		{"/503?after=Sun,%2029%20Nov%202026%2013:00:00%20GMT", pipeline.Unavailable, "in trouble (503", time.Hour},
		{"/503?after=Sun,%2029%20Nov%202026%2011:00:00%20GMT", pipeline.Unavailable, "in trouble (503", 0},
		{"/503?after=99999999", pipeline.Unavailable, "in trouble (503", longestWait},
		{"/503?after=-5", pipeline.Unavailable, "in trouble (503", 0},
		{"/599", pipeline.Unavailable, "in trouble (599)", 0},
	} {
		c := New(s.client.conf) // of its own: it remembers who wants to be left alone
		_, err := c.Get(t.Context(), Request{URL: s.URL + tc.path})
		failed(t, err, tc.code, tc.want)
		f, ok := errors.AsType[*Failure](err)
		if !ok || fmt.Sprint(f.Status) != tc.path[1:4] {
			t.Fatalf("%s: %+v", tc.path, f)
		}
		var want time.Time
		if tc.wait > 0 {
			want = now.Add(tc.wait)
		}
		if !f.NotBefore.Equal(want) {
			t.Errorf("%s: not before %s, want %s", tc.path, f.NotBefore, want)
		}
	}
}

func TestRedirects(t *testing.T) {
	s := newSite(t, Config{}, func(w http.ResponseWriter, r *http.Request) {
		// /301/302/end: answers 301 to /302/end, and so on
		first, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		if status, err := strconv.Atoi(first); err == nil {
			http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"})
			http.Redirect(w, r, "/"+rest, status)
			return
		}
		if len(r.Cookies()) > 0 || r.Header.Get("Referer") != "" {
			t.Errorf("sent after a redirect: %v", r.Header)
		}
		if first == "loop" {
			http.Redirect(w, r, "loop", http.StatusFound)
		}
	})
	for path, moved := range map[string]string{
		"/end":                     "",
		"/302/end":                 "",
		"/303/307/end":             "",
		"/301/end":                 "/end",
		"/308/301/end":             "/end",
		"/301/302/end":             "/302/end",
		"/302/301/end":             "",
		"/301/301/301/301/301/end": "/end",
	} {
		p, err := s.get(t, path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if moved != "" {
			moved = s.URL + moved
		}
		if p.URL != s.URL+"/end" || p.Moved != moved {
			t.Errorf("%s: at %s, moved to %q, want %q", path, p.URL, p.Moved, moved)
		}
	}
	_, err := s.get(t, "/301/301/301/301/301/301/end")
	failed(t, err, pipeline.Invalid, "redirects more than 5 times")
	before := s.hits.Load()
	_, err = s.get(t, "/loop")
	failed(t, err, pipeline.Invalid, "redirects more than 5 times")
	if n := s.hits.Load() - before; n != 6 {
		t.Errorf("%d requests in a loop, want 6", n)
	}
}

func TestRedirectsToNowhere(t *testing.T) {
	var to string
	s := newSite(t, Config{}, func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Location"] = []string{to}
		w.WriteHeader(301)
	})
	for location, want := range map[string]string{
		"file:///etc/passwd":         "redirects to file:///etc/passwd: only http and https",
		"javascript:alert(1)":        "only http and https are fetched, not javascript",
		"http://user:pw@e.org/":      "redirects to http://…@e.org/: holds a user's name",
		`\\evil.example\x`:           "backslash",
		"//127.1/":                   "is a number",
		"http://[::1":                "that is no address",
		"http://":                    "names no host",
		"http://e.org/?token=secret": "token=…", // cannot be found, and is not told whole
	} {
		to = location
		_, err := New(Config{Allow: s.client.conf.Allow, PerHost: -1, Resolver: (&names{}).resolver()}).Get(t.Context(), Request{URL: s.URL})
		failed(t, err, pipeline.Invalid, want)
	}
}

func TestHTTPS(t *testing.T) {
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/down":
			http.Redirect(w, r, plain.URL, http.StatusFound)
		case "/robots.txt":
			http.NotFound(w, r)
		}
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.EnableHTTP2 = true
	s.StartTLS()
	defer s.Close()
	conf := Config{PerHost: -1, Allow: []string{s.Listener.Addr().String(), plain.Listener.Addr().String()}}
	c := New(conf)
	_, err := c.Get(t.Context(), Request{URL: s.URL})
	failed(t, err, pipeline.Unavailable, "its certificate does not hold: x509")
	_, err = c.Get(t.Context(), Request{URL: "https://" + plain.Listener.Addr().String()})
	failed(t, err, pipeline.Unavailable, "does not speak https there")

	c = New(conf)
	c.wires.roots = x509.NewCertPool()
	c.wires.roots.AddCert(s.Certificate())
	if _, err = c.Get(t.Context(), Request{URL: s.URL}); err != nil {
		t.Error(err)
	}
	_, err = c.Get(t.Context(), Request{URL: s.URL + "/down"})
	failed(t, err, pipeline.Invalid, "from https to http")
}

func gzipped(t *testing.T, r io.Reader) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.Copy(z, r); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// zeros are as many bytes of nothing.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func TestBrokenAndHostileBodies(t *testing.T) {
	small := gzipped(t, strings.NewReader("<rss>"+strings.Repeat("x", 1000)+"</rss>"))
	bomb := gzipped(t, io.LimitReader(zeros{}, 200<<20))
	damaged := bytes.Clone(small)
	damaged[len(damaged)/2] ^= 0xff
	s := newSite(t, Config{}, func(w http.ResponseWriter, r *http.Request) {
		raw := func(head string, body ...[]byte) {
			conn, buf, _ := w.(http.Hijacker).Hijack()
			defer conn.Close()
			_, _ = buf.WriteString(head + "\r\n\r\n" + string(bytes.Join(body, nil)))
			buf.Flush()
		}
		const ok = "HTTP/1.1 200 OK\r\n"
		switch r.URL.Path {
		case "/gzip":
			raw(ok+"Content-Encoding: gzip\r\nConnection: close", small)
		case "/bomb":
			raw(ok+"Content-Encoding: gzip\r\nContent-Length: "+fmt.Sprint(len(bomb)), bomb)
		case "/damaged":
			raw(ok+"Content-Encoding: gzip\r\nConnection: close", damaged)
		case "/nogzip":
			raw(ok+"Content-Encoding: gzip\r\nConnection: close", []byte("<rss/>, plainly"))
		case "/cutgzip":
			raw(ok+"Content-Encoding: gzip\r\nConnection: close", small[:len(small)-12])
		case "/br":
			raw(ok+"Content-Encoding: br\r\nConnection: close", []byte("x"))
		case "/twice":
			raw(ok+"Content-Encoding: gzip, gzip\r\nConnection: close", gzipped(t, bytes.NewReader(small)))
		case "/claimed":
			raw(ok + "Content-Length: 10000000000")
		case "/cut":
			raw(ok+"Content-Length: 100", []byte("<rss>"))
		case "/cutchunk":
			raw(ok+"Transfer-Encoding: chunked", []byte("5\r\n<rss>\r\n9\r\nxx"))
		case "/short": // what is behind the length is no part of the answer
			raw(ok+"Content-Length: 6\r\nConnection: close", []byte("<rss/>HTTP/1.1 200 OK\r\n\r\nevil"))
		case "/lengths":
			raw(ok+"Content-Length: 5\r\nContent-Length: 6", []byte("<rss/>"))
		case "/headers":
			raw(ok+strings.Repeat("X-Flood: "+strings.Repeat("a", 1000)+"\r\n", 200)+"Content-Length: 0", nil)
		case "/nonsense":
			raw("SSH-2.0-OpenSSH_9.6")
		case "/nothing":
			panic(http.ErrAbortHandler)
		}
	})
	for path, want := range map[string]string{
		"/bomb":     "goes on after 10485760 bytes, and more than 10485760 are not taken",
		"/damaged":  "compression is broken",
		"/nogzip":   "compression is broken",
		"/cutgzip":  "was cut off after",
		"/br":       `comes compressed as "br", which was not asked for`,
		"/twice":    `comes compressed as "gzip, gzip"`,
		"/claimed":  "has 10000000000 bytes, and more than 10485760 are not taken",
		"/cut":      "was cut off after 5 bytes",
		"/cutchunk": "was cut off after 7 bytes",
		"/lengths":  "asking: ",
		"/headers":  "headers exceeded",
		"/nonsense": "malformed HTTP",
		"/nothing":  "EOF",
	} {
		_, err := s.client.Get(t.Context(), Request{URL: s.URL + path, IgnoreRobots: true})
		code := pipeline.Unavailable
		if strings.Contains(want, "not taken") || strings.Contains(want, "compressed as") {
			code = pipeline.Invalid
		}
		failed(t, err, code, want)
	}
	if p, err := s.get(t, "/gzip"); err != nil || len(p.Body) != 1011 {
		t.Errorf("gzip: %v", err)
	}
	if p, err := s.get(t, "/short"); err != nil || string(p.Body) != "<rss/>" {
		t.Errorf("more than its length: %+v, %v", p, err)
	}
}

// An answer without an end costs the bytes of the limit and no more.
func TestAnEndlessBodyIsLeft(t *testing.T) {
	var sent atomic.Int64
	s := newSite(t, Config{}, func(w http.ResponseWriter, r *http.Request) {
		block := make([]byte, 64<<10)
		for sent.Load() < 200<<20 {
			n, err := w.Write(block)
			sent.Add(int64(n))
			if err != nil {
				return
			}
		}
	})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := s.get(t, "/feed")
	runtime.ReadMemStats(&after)
	failed(t, err, pipeline.Invalid, "goes on after 10485760 bytes")
	if n := (after.TotalAlloc - before.TotalAlloc) >> 20; n > 80 {
		t.Errorf("%d MiB were allocated for a body of 10", n)
	}
	s.CloseClientConnections()
	if n := sent.Load() >> 20; n > 40 {
		t.Errorf("%d MiB were sent: nobody hung up", n)
	}
	_, err = s.client.Get(t.Context(), Request{URL: s.URL, MaxBytes: 1000})
	failed(t, err, pipeline.Invalid, "goes on after 1000 bytes")
}

func TestHostsThatAreNotThere(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	c := New(Config{PerHost: -1, Allow: []string{address}, Resolver: (&names{}).resolver()})
	_, err = c.Get(t.Context(), Request{URL: "http://" + address + "/feed"})
	failed(t, err, pipeline.Unavailable, "connection refused")
	if strings.Contains(err.Error(), "robots") {
		t.Errorf("%v: not the fault of robots.txt", err)
	}
	_, err = c.Get(t.Context(), Request{URL: "http://nowhere.test/feed"})
	failed(t, err, pipeline.Invalid, "no such host")
}
