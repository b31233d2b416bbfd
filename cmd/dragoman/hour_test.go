package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"dragoman/cmd/internal/config"
	"dragoman/cmd/internal/jobs"
	"dragoman/cmd/internal/scheduler"
	"dragoman/cmd/internal/store"
	"dragoman/pipeline/llm/llmtest"
)

// moving is a clock that a test sets forward.
type moving struct {
	mu sync.Mutex
	at time.Time
}

func (m *moving) now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.at
}

func (m *moving) pass(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.at = m.at.Add(d)
}

// The ways in which an endpoint is away.
const (
	here     = iota
	refusing // a connection is closed before it is heard: counted as one request
	broken   // everything is answered with 503
	halfway  // chats are, the rest is answered
)

// front is an endpoint that can go away: the pseudo model behind a door. It
// counts everything that comes, by the minute of the test's clock.
type front struct {
	*httptest.Server
	model *llmtest.Server
	clock *moving

	listless bool // has no list of models

	mu       sync.Mutex
	mode     int
	leave    int // chat calls until it goes away by itself, as goes; 0: it stays
	goes     int
	left     time.Time // when it went
	byMinute map[int]int
}

func newFront(t *testing.T, clock *moving) *front {
	f := &front{model: llmtest.NewServer(llmtest.Options{Quiet: true}), clock: clock, byMinute: map[int]int{}}
	f.Server = httptest.NewUnstartedServer(http.HandlerFunc(f.serve))
	f.Listener = &door{f.Listener, f}
	f.Start()
	t.Cleanup(f.Close)
	return f
}

// door closes connections while the endpoint refuses.
type door struct {
	net.Listener
	front *front
}

// Accept gives connections that are let in.
func (d *door) Accept() (net.Conn, error) {
	for {
		conn, err := d.Listener.Accept()
		if err != nil || d.front.come(false) != refusing {
			return conn, err
		}
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // a reset, and no orderly end
		}
		_ = conn.Close()
	}
}

// come counts what comes while the endpoint is away: with refusing that is a
// connection, or a request on one that is open still, else a request.
func (f *front) come(request bool) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.mode == refusing || f.mode != here && request {
		f.byMinute[int(f.clock.now().Sub(f.left)/time.Minute)]++
	}
	return f.mode
}

func (f *front) serve(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	if f.leave > 0 && strings.HasSuffix(r.URL.Path, "/chat/completions") {
		if f.leave--; f.leave == 0 {
			f.mode, f.left = f.goes, f.clock.now()
		}
	}
	f.mu.Unlock()
	mode, chat := f.come(true), strings.HasSuffix(r.URL.Path, "/chat/completions")
	switch {
	case mode == refusing:
		panic(http.ErrAbortHandler)
	case mode == broken, mode == halfway && chat:
		http.Error(w, "away", http.StatusServiceUnavailable)
	case f.listless && strings.HasSuffix(r.URL.Path, "/models"):
		http.NotFound(w, r)
	default:
		f.model.ServeHTTP(w, r)
	}
}

// goAway makes the endpoint go after some more chat calls.
func (f *front) goAway(mode, calls int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.leave, f.goes = calls, mode
}

// back ends it, and gives what came in each minute since it went.
func (f *front) back() map[int]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.mode = here
	return f.byMinute
}

func (f *front) away() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.mode != here
}

// office is newsrooms on one state and one endpoint, run inside the test with a
// clock of its own.
type office struct {
	t     *testing.T
	clock *moving
	front *front
	rooms []*newsroom
	names []string
	w     *firings
	log   *lockedBuffer
}

// newOffice has so many schedules, due every five minutes, each with so many
// calls at once (0: the default). With shared they are run as a worker does, with
// one engine for all of them.
func newOffice(t *testing.T, schedules, concurrency int, shared bool) *office {
	o := &office{t: t, clock: &moving{at: time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)}, log: &lockedBuffer{}}
	o.front = newFront(t, o.clock)
	dir := t.TempDir()
	var text strings.Builder
	if concurrency > 0 {
		fmt.Fprintf(&text, "concurrency: %d\n", concurrency)
	}
	text.WriteString("schedules:\n")
	for i := range schedules {
		n := &newsroom{desk: &desk{t: t, dir: filepath.Join(dir, fmt.Sprint("room", i))}, feed: newFeed(t), hook: newHook(t)}
		address, err := url.Parse(n.feed.URL)
		if err != nil {
			t.Fatal(err)
		}
		o.rooms, o.names = append(o.rooms, n), append(o.names, fmt.Sprint("news", i))
		fmt.Fprintf(&text, "  - name: %s\n    every: 5m\n    sources:\n      - feed: %s/rss\n        allow: [%q]\n        full-text: never\n", o.names[i], n.feed.URL, address.Host)
		fmt.Fprintf(&text, "    sinks:\n      - folder: %s/out\n      - webhook: %s/cms\n      - site: %s/site\n        url: https://news.example\n        title: Wire\n", n.dir, n.hook.URL, n.dir)
	}
	if err := os.WriteFile(filepath.Join(dir, config.FileName), []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	o.open(dir, shared)
	return o
}

// open opens the state and applies the schedules.
func (o *office) open(dir string, shared bool) {
	t := o.t
	settings := map[string]string{"HOME": dir, "OPENAI_BASE_URL": o.front.URL + "/v1", "DRAGOMAN_MODEL": "m", "DRAGOMAN_STATE": filepath.Join(dir, "state")}
	env := &environment{stdout: io.Discard, stderr: o.log, now: o.clock.now, env: func(name string) (string, bool) { v, ok := settings[name]; return v, ok }}
	cfg, err := config.Load(config.Sources{Dir: dir, Env: env.env})
	if err != nil {
		t.Fatal(err)
	}
	kept := &keeping{cfg: cfg, now: env.now}
	ctx, cancel := context.WithCancel(context.Background())
	st, err := kept.store(ctx)
	if err != nil {
		t.Fatal(err)
	}
	a := &scheduleAdmin{env: env, cfg: cfg, kept: kept, st: st}
	for _, spec := range cfg.Schedules {
		if _, err := a.apply(ctx, spec, store.Schedule{}, false, false); err != nil {
			t.Fatal(err)
		}
	}
	w, closeFirings, err := openFirings(ctx, a, true, false)
	if err != nil {
		t.Fatal(err)
	}
	o.w = w
	leave := func() error { return nil }
	if shared {
		leave = o.share(ctx, cfg, st)
	}
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(leave(), closeFirings(), kept.close()); err != nil {
			t.Error(err)
		}
	})
}

// share has the articles of all schedules made by one engine, as a worker does.
func (o *office) share(ctx context.Context, cfg *config.Config, st *store.Store) (leave func() error) {
	p := &articleWorker{env: o.w.env, cfg: cfg, st: st, patient: o.w.patient, health: &o.w.health, kick: make(chan struct{}, 1)}
	engine, err := openEngine(ctx, cfg, p.work, func(jobs.Info) {}, o.w.say)
	if err != nil {
		o.t.Fatal(err)
	}
	o.w.engine, o.w.begun = engine, p.look
	var following sync.WaitGroup
	following.Go(func() { p.follow(ctx, engine, o.w.say, func() {}) })
	return func() error {
		following.Wait()
		return leaveEngine(context.Background(), engine, p)
	}
}

// offer puts entries into every feed.
func (o *office) offer(first, end int) {
	for _, n := range o.rooms {
		n.feed.offer(first, end)
	}
}

// look has every schedule do what is due, all at once.
func (o *office) look() {
	s := o.w.scheduler()
	var all sync.WaitGroup
	for _, name := range o.names {
		all.Go(func() {
			if _, err := s.Run(context.Background(), name); err != nil && !errors.Is(err, scheduler.ErrBusy) {
				o.t.Errorf("%s: %v\n%s", name, err, o.log.String())
			}
		})
	}
	all.Wait()
}

// hourLook is how often the schedules of the test are looked at: a worker looks
// as often at least.
const hourLook = 15 * time.Second

// pass lets time go by.
func (o *office) pass(d time.Duration) {
	for range d / hourLook {
		o.clock.pass(hourLook)
		o.look()
	}
}

// delivered is whether every room has had so many articles delivered.
func (o *office) delivered(articles int) bool {
	for _, n := range o.rooms {
		if n.delivered() < articles {
			return false
		}
	}
	return true
}

// TestEndpointAwayForAnHour: an endpoint goes away in the middle of a firing,
// and stays away for an hour in which new entries come. It is asked no more than
// sixty times in that hour and, once what was in flight has given up, no more
// than once a minute, by however many schedules; and once it is back, everything
// is delivered by itself, each once. The short form has the two hardest.
func TestEndpointAwayForAnHour(t *testing.T) {
	for _, test := range []struct {
		name      string
		mode      int
		schedules int
		shared    bool // by one worker
		listless  bool // the endpoint has no list of models
		at        int  // calls at once; 0: the default
		articles  int  // that are new when it goes
	}{
		{"503", broken, 1, false, false, 0, 10},
		{"refused", refusing, 1, false, true, 0, 10},
		{"503, two schedules", broken, 2, false, true, 0, 10},
		{"refused, two schedules of a worker", refusing, 2, true, false, 0, 10},
		{"503 to chats alone", halfway, 1, false, true, 0, 10},
		{"503 to chats alone, two schedules of a worker", halfway, 2, true, false, 0, 10},
		{"503, many calls at once", broken, 1, false, false, 32, 50},
		{"refused, many calls at once, two schedules of a worker", refusing, 2, true, true, 16, 50},
	} {
		if test.at == 0 && !*soak {
			continue
		}
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t, test.schedules, test.at, test.shared)
			o.front.listless = test.listless
			o.offer(0, 2)
			o.pass(5 * time.Minute)
			if !o.delivered(2) {
				t.Fatalf("nothing is delivered before the endpoint goes\n%s", o.log.String())
			}
			entries := 2 + test.articles
			o.offer(2, entries)
			o.front.goAway(test.mode, 5+test.at*2)
			o.pass(5 * time.Minute)
			if !o.front.away() {
				t.Fatal("the endpoint was not asked, and so did not go")
			}
			for range 12 { // the firing that it went in was at the end of its five minutes
				o.offer(entries, entries+1)
				entries++
				o.pass(5 * time.Minute)
			}
			o.held(o.front.back())
			calls := o.front.model.Count()
			waited := time.Duration(0)
			for ; !o.delivered(entries) && waited < 20*time.Minute; waited += hourLook {
				o.pass(hourLook)
			}
			for _, n := range o.rooms {
				n.taken(entries)
			}
			t.Logf("back: everything is delivered after %s, with %d calls", waited, o.front.model.Count()-calls)
			calls = o.front.model.Count()
			o.pass(10 * time.Minute)
			if again := o.front.model.Count() - calls; again > 0 {
				t.Errorf("%d calls after everything was delivered", again)
			}
			for _, n := range o.rooms {
				n.taken(entries)
			}
			if t.Failed() {
				t.Log(o.log.String())
			}
		})
	}
}

// held holds what came while the endpoint was away against what may.
func (o *office) held(byMinute map[int]int) {
	o.t.Helper()
	var line bytes.Buffer
	sum := 0
	for minute := range 60 {
		n := byMinute[minute]
		sum += n
		fmt.Fprintf(&line, " %d", n)
		if minute >= 2 && n > 1 {
			o.t.Errorf("%d requests in minute %d", n, minute)
		}
	}
	if sum > 60 || sum < 10 {
		o.t.Errorf("%d requests in the hour", sum)
	}
	o.t.Logf("away: %d requests in the hour; by minute:%s", sum, line.String())
}
