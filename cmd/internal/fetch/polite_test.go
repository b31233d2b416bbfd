package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"dragoman/pipeline"
)

// visitors are the requests that came to a hall, with their times.
type visitors struct {
	mu    sync.Mutex
	start time.Time
	list  []string
	now   map[string]int // requests under way, by host
	most  int
}

func (v *visitors) handler(page http.HandlerFunc) http.HandlerFunc {
	v.start, v.now = time.Now(), map[string]int{}
	return func(w http.ResponseWriter, r *http.Request) {
		v.mu.Lock()
		v.list = append(v.list, fmt.Sprintf("%s%s %s", r.Host, r.URL.Path, time.Since(v.start)))
		v.now[r.Host]++
		v.most = max(v.most, v.now[r.Host])
		v.mu.Unlock()
		page(w, r)
		v.mu.Lock()
		v.now[r.Host]--
		v.mu.Unlock()
	}
}

func (v *visitors) take() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	list := strings.Join(v.list, "\n")
	v.list = nil
	return list
}

// inHall runs a test on a network in memory and on time of its own.
func inHall(t *testing.T, conf Config, page http.HandlerFunc, test func(t *testing.T, c *Client, v *visitors)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		v := &visitors{}
		l, end := newHall(v.handler(page))
		conf.Dial = l.dial
		c := New(conf)
		test(t, c, v)
		for _, wire := range c.wires.bySet {
			wire.CloseIdleConnections()
		}
		end()
		time.Sleep(time.Minute) // the handlers end
	})
}

// noRobots answers everything but robots.txt.
func noRobots(page http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		page(w, r)
	}
}

func TestOneRequestAtATimeToAHost(t *testing.T) {
	inHall(t, Config{}, noRobots(func(w http.ResponseWriter, r *http.Request) { time.Sleep(2 * time.Second) }), func(t *testing.T, c *Client, v *visitors) {
		var all sync.WaitGroup
		for i := range 6 {
			all.Go(func() {
				if _, err := c.Get(t.Context(), Request{URL: fmt.Sprintf("http://%c.test/", "ab"[i%2])}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if d := time.Since(v.start); d != 8*time.Second { // 3 requests of 2 s with 2 pauses of 1 s
			t.Errorf("took %s, want 8s", d)
		}
		if v.most != 1 {
			t.Errorf("%d requests at once to one host", v.most)
		}
		if n := len(v.list); n != 8 {
			t.Errorf("%d requests, want 6 and robots.txt twice:\n%s", n, v.take())
		}
	})
}

func TestRobotsAreAskedOnceADay(t *testing.T) {
	var robots atomic.Value // a status and a body
	robots.Store("200 User-agent: *\nDisallow: /private\nCrawl-delay: 10")
	inHall(t, Config{}, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			status, body, _ := strings.Cut(robots.Load().(string), " ")
			n := 0
			_, _ = fmt.Sscan(status, &n)
			w.WriteHeader(n)
			_, _ = io.WriteString(w, body)
		}
	}, func(t *testing.T, c *Client, v *visitors) {
		get := func(path string) error {
			_, err := c.Get(t.Context(), Request{URL: "http://a.test" + path})
			return err
		}
		want := func(what, list string) {
			t.Helper()
			if got := v.take(); got != list {
				t.Errorf("%s:\n%s\nwant:\n%s", what, got, list)
			}
		}
		if err := errors.Join(get("/1"), get("/2")); err != nil {
			t.Error(err)
		}
		want("the delay it asks for", "a.test/robots.txt 0s\na.test/1 0s\na.test/2 10s")
		failed(t, get("/private/x"), pipeline.Invalid, "the robots.txt of a.test disallows it")
		want("what is disallowed", "")
		if _, err := c.Get(t.Context(), Request{URL: "http://a.test/private", IgnoreRobots: true}); err != nil {
			t.Error(err)
		}
		v.take()

		robots.Store("503 ")
		time.Sleep(robotsAge - 2*time.Minute)
		_ = get("/3")
		want("within a day", "a.test/3 23h58m20s")
		time.Sleep(2 * time.Minute)
		failed(t, get("/private/x"), pipeline.Invalid, "disallows it")
		want("a day later", "a.test/robots.txt 24h0m20s") // cannot be had: the old one holds
		time.Sleep(robotsRetry)
		robots.Store("404 ")
		if err := get("/private/x"); err != nil {
			t.Error(err)
		}
		want("it is gone", "a.test/robots.txt 24h1m20s\na.test/private/x 24h1m20s")
	})
}

func TestRobotsThatCannotBeHad(t *testing.T) {
	var answer http.HandlerFunc
	inHall(t, Config{}, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/page" {
			answer(w, r)
		}
	}, func(t *testing.T, c *Client, v *visitors) {
		n := 0
		get := func(h http.HandlerFunc) (*Page, error) {
			answer = h
			n++
			return c.Get(t.Context(), Request{URL: fmt.Sprintf("http://h%d.test/page", n)})
		}
		status := func(n int, header ...string) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				for i := 0; i < len(header); i += 2 {
					w.Header().Set(header[i], header[i+1])
				}
				w.WriteHeader(n)
			}
		}
		for _, s := range []int{400, 401, 403, 404, 410, 451} {
			if _, err := get(status(s)); err != nil {
				t.Errorf("%d stands for no rules: %v", s, err)
			}
		}
		if _, err := get(status(302, "Location", "/robots.txt")); err != nil {
			t.Errorf("a loop stands for no rules: %v", err)
		}
		for _, s := range []int{500, 503, 599, 429} {
			_, err := get(status(s))
			failed(t, err, pipeline.Unavailable, fmt.Sprintf("the robots.txt of h%d.test answers %d", n, s))
		}
		_, err := get(status(503, "Retry-After", "3600"))
		f, ok := errors.AsType[*Failure](err)
		if !ok || f.Status != 503 || time.Until(f.NotBefore) != time.Hour {
			t.Errorf("%+v of %v", f, err)
		}
		_, err = get(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
		failed(t, err, pipeline.Unavailable, "EOF")
		v.take()
		for range 5 { // it is not asked again at once
			n--
			_, err = get(status(200))
			failed(t, err, pipeline.Unavailable, "EOF")
		}
		if list := v.take(); list != "" {
			t.Errorf("asked again:\n%s", list)
		}
		time.Sleep(robotsRetry)
		n--
		if _, err = get(status(200)); err != nil {
			t.Error(err)
		}
		// No more of it than 500 KiB is read, and what stands there holds.
		_, err = get(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "User-agent: *\nDisallow: /page\n"+strings.Repeat("# and so on\n", 1<<20))
		})
		failed(t, err, pipeline.Invalid, "disallows it")
	})
}

// Robots are asked of every host that a redirect leads to, and of its path.
func TestRobotsOnTheWay(t *testing.T) {
	inHall(t, Config{}, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/robots.txt" && r.Host == "b.test":
			_, _ = io.WriteString(w, "User-agent: *\nDisallow: /closed")
		case r.URL.Path == "/to":
			http.Redirect(w, r, r.URL.Query().Get("url"), http.StatusFound)
		}
	}, func(t *testing.T, c *Client, v *visitors) {
		_, err := c.Get(t.Context(), Request{URL: "http://a.test/to?url=http://b.test/closed"})
		failed(t, err, pipeline.Invalid, "redirected to http://b.test/closed: the robots.txt of b.test disallows it")
		if p, err := c.Get(t.Context(), Request{URL: "http://a.test/to?url=http://b.test/open"}); err != nil || p.URL != "http://b.test/open" {
			t.Errorf("%+v, %v", p, err)
		}
		want := "a.test/robots.txt 0s\na.test/to 0s\nb.test/robots.txt 0s\na.test/to 1s\nb.test/open 1s"
		if got := v.take(); got != want {
			t.Errorf("%s\nwant:\n%s", got, want)
		}
	})
}

// Two hosts that redirect to each other: nobody waits for a turn while having
// one.
func TestCrossedRedirectsDoNotWaitForEachOther(t *testing.T) {
	inHall(t, Config{}, noRobots(func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(time.Second)
		if r.URL.Path == "/go" {
			http.Redirect(w, r, map[string]string{"a.test": "http://b.test/", "b.test": "http://a.test/"}[r.Host], http.StatusFound)
		}
	}), func(t *testing.T, c *Client, v *visitors) {
		var all sync.WaitGroup
		for _, host := range []string{"a.test", "b.test"} {
			all.Go(func() {
				if _, err := c.Get(t.Context(), Request{URL: "http://" + host + "/go"}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	})
}

func TestAHostThatWantsPauseGetsIt(t *testing.T) {
	var busy atomic.Bool
	busy.Store(true)
	inHall(t, Config{}, noRobots(func(w http.ResponseWriter, r *http.Request) {
		if busy.Load() {
			w.Header().Set("Retry-After", "120")
			w.WriteHeader(429)
		}
	}), func(t *testing.T, c *Client, v *visitors) {
		get := func() error {
			_, err := c.Get(t.Context(), Request{URL: "http://a.test/"})
			return err
		}
		failed(t, get(), pipeline.Unavailable, "asked too often (429)")
		busy.Store(false)
		v.take()
		for range 20 {
			err := get()
			failed(t, err, pipeline.Unavailable, "a.test asked not to be asked again before")
			if f, ok := errors.AsType[*Failure](err); !ok || f.Status != 429 || f.NotBefore.Sub(v.start) != 2*time.Minute {
				t.Fatalf("%+v", f)
			}
		}
		if list := v.take(); list != "" {
			t.Errorf("asked all the same:\n%s", list)
		}
		if _, err := c.Get(t.Context(), Request{URL: "http://b.test/"}); err != nil {
			t.Errorf("another host: %v", err)
		}
		time.Sleep(2 * time.Minute)
		if err := get(); err != nil {
			t.Error(err)
		}
	})
}

func TestSlowHostsAreLeft(t *testing.T) {
	inHall(t, Config{}, noRobots(func(w http.ResponseWriter, r *http.Request) {
		drip := func(pause time.Duration) {
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, "x")
				w.(http.Flusher).Flush()
				time.Sleep(pause)
			}
		}
		switch r.URL.Path {
		case "/silent":
			<-r.Context().Done()
		case "/slow":
			drip(time.Second)
		case "/stalled":
			drip(21 * time.Second)
		case "/steps": // every redirect takes its time: together too long
			time.Sleep(25 * time.Second)
			http.Redirect(w, r, "/steps", http.StatusFound)
		}
	}), func(t *testing.T, c *Client, v *visitors) {
		for _, tc := range []struct {
			path, want string
			took       time.Duration
		}{
			{"/silent", "the host sends nothing any more", headerTime},
			{"/slow", "took longer than 1m0s", time.Minute},
			{"/stalled", "the host sends nothing any more", idleTime},
			{"/steps", "took longer than 1m0s", time.Minute},
		} {
			time.Sleep(time.Minute)
			start := time.Now()
			_, err := c.Get(t.Context(), Request{URL: "http://a.test" + tc.path})
			failed(t, err, pipeline.Unavailable, tc.want)
			if d := time.Since(start); d != tc.took {
				t.Errorf("%s took %s, want %s", tc.path, d, tc.took)
			}
		}
	})
}

// Who waits for a turn or an answer and is stopped says why, without a class:
// the host is not at fault.
func TestStoppedWhileWaiting(t *testing.T) {
	inHall(t, Config{}, noRobots(func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }), func(t *testing.T, c *Client, v *visitors) {
		stop := errors.New("the worker ends")
		ctx, cancel := context.WithCancelCause(t.Context())
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				_, err := c.Get(ctx, Request{URL: "http://a.test/"})
				if !errors.Is(err, stop) || pipeline.CodeOf(err) != "" {
					t.Errorf("%v, class %q", err, pipeline.CodeOf(err))
				}
			})
		}
		time.Sleep(time.Second)
		cancel(stop)
		all.Wait()
		if d := time.Since(v.start); d != time.Second {
			t.Errorf("took %s, want 1s", d)
		}
		for name, h := range c.turns.hosts {
			if h.waiting != 0 || len(h.taken) != 0 {
				t.Errorf("%s: %d still wait", name, h.waiting)
			}
		}
	})
}

func TestHostsAreForgotten(t *testing.T) {
	now := time.Now()
	turns := newTurns(func() time.Time { return now })
	for i := range 3 * mostHosts {
		h, err := turns.take(t.Context(), fmt.Sprint(i))
		if err != nil {
			t.Fatal(err)
		}
		turns.asked(h, time.Second)
		turns.done(h)
		now = now.Add(time.Second)
		if n := len(turns.hosts); n > mostHosts {
			t.Fatalf("%d hosts are remembered", n)
		}
	}
	cache := newRobotsCache()
	long := rules{list: []rule{{path: strings.Repeat("x", mostRobots)}}}
	for i := range 100 {
		cache.put(fmt.Sprint(i), robots{rules: long, until: now.Add(time.Duration(i))})
		cache.put(fmt.Sprint(i), robots{rules: long, until: now.Add(time.Duration(i))})
	}
	if n := len(cache.hosts); n != robotsKept/(mostRobots+88) || cache.size > robotsKept {
		t.Errorf("%d robots.txt are remembered, with %d bytes", n, cache.size)
	}
	if _, ok := cache.get("99"); !ok {
		t.Error("the last one is forgotten")
	}
}

// The clock is set back by a year: nobody waits for a year.
func TestAClockSetBack(t *testing.T) {
	now := time.Now()
	turns := newTurns(func() time.Time { return now })
	h, _ := turns.take(t.Context(), "a")
	turns.asked(h, time.Millisecond)
	now = now.AddDate(-1, 0, 0)
	if err := turns.rest(t.Context(), h); err != nil {
		t.Error(err)
	}
}
