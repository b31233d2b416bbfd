package fetch

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"dragoman/pipeline"
)

// site is a test's server on loopback, and a client that may fetch from it.
type site struct {
	*httptest.Server
	client *Client
	robots string // its robots.txt; "" is 404
	hits   atomic.Int32
}

func newSite(t *testing.T, conf Config, page http.HandlerFunc) *site {
	t.Helper()
	s := &site{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			if s.robots == "" {
				http.NotFound(w, r)
				return
			}
			_, _ = io.WriteString(w, s.robots)
			return
		}
		s.hits.Add(1)
		page(w, r)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Start()
	t.Cleanup(s.Close)
	if conf.PerHost == 0 {
		conf.PerHost = -1
	}
	conf.Allow = append(conf.Allow, s.Listener.Addr().String())
	s.client = New(conf)
	return s
}

func (s *site) get(t *testing.T, path string) (*Page, error) {
	t.Helper()
	return s.client.Get(t.Context(), Request{URL: s.URL + path})
}

// failed holds an error against its class and a part of its line.
func failed(t *testing.T, err error, code pipeline.Code, want string) {
	t.Helper()
	switch {
	case err == nil:
		t.Fatalf("no error, want %q", want)
	case pipeline.CodeOf(err) != code:
		t.Errorf("class %q, want %q: %v", pipeline.CodeOf(err), code, err)
	case !strings.Contains(err.Error(), want):
		t.Errorf("%q, want %q in it", err, want)
	case strings.Contains(err.Error(), "\n"):
		t.Errorf("more than a line: %q", err)
	}
}

// canary listens on both loopbacks, at one port, and counts who comes.
type canary struct {
	port  string
	count atomic.Int32
}

func newCanary(t *testing.T) *canary {
	t.Helper()
	c := &canary{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, c.port, _ = net.SplitHostPort(l.Addr().String())
	c.listen(t, l)
	if l, err = net.Listen("tcp6", "[::1]:"+c.port); err == nil { // not every machine has it
		c.listen(t, l)
	}
	return c
}

func (c *canary) listen(t *testing.T, l net.Listener) {
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			c.count.Add(1)
			conn.Close()
		}
	}()
}

// names is a resolver that answers from a table: each question takes the next
// answer of its name, and the last one again and again.
type names struct {
	mu      sync.Mutex
	answers map[string][][]string // addresses
	asked   map[string]int
}

func (n *names) resolver() *net.Resolver {
	n.asked = map[string]int{}
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go n.serve(theirs)
		return ours, nil
	}}
}

// serve answers questions framed as over TCP, which a pipe is to the resolver.
func (n *names) serve(c net.Conn) {
	defer c.Close()
	for {
		var size [2]byte
		if _, err := io.ReadFull(c, size[:]); err != nil {
			return
		}
		raw := make([]byte, binary.BigEndian.Uint16(size[:]))
		var m dnsmessage.Message
		if _, err := io.ReadFull(c, raw); err != nil || m.Unpack(raw) != nil {
			return
		}
		m.Response, m.Additionals = true, nil
		n.answer(&m)
		out, err := m.Pack()
		if err != nil {
			return
		}
		if _, err := c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(out))), out...)); err != nil {
			return
		}
	}
}

func (n *names) answer(m *dnsmessage.Message) {
	n.mu.Lock()
	defer n.mu.Unlock()
	q := m.Questions[0]
	name := strings.TrimSuffix(q.Name.String(), ".")
	list := n.answers[name]
	if list == nil {
		m.RCode = dnsmessage.RCodeNameError
		return
	}
	key := name + q.Type.String()
	at := list[min(n.asked[key], len(list)-1)]
	n.asked[key]++
	for _, a := range at {
		ip := netip.MustParseAddr(a)
		head := dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class}
		switch {
		case q.Type == dnsmessage.TypeA && ip.Is4():
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: head, Body: &dnsmessage.AResource{A: ip.As4()}})
		case q.Type == dnsmessage.TypeAAAA && ip.Is6():
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: head, Body: &dnsmessage.AAAAResource{AAAA: ip.As16()}})
		}
	}
}

// hall is a network in memory, for tests whose time is not the clock's: every
// host in it is served by one handler.
type hall struct {
	conns chan net.Conn
	ended chan struct{}
	dials atomic.Int32
}

func newHall(h http.HandlerFunc) (*hall, func()) {
	l := &hall{conns: make(chan net.Conn), ended: make(chan struct{})}
	s := &http.Server{Handler: h, ErrorLog: log.New(io.Discard, "", 0)}
	go func() { _ = s.Serve(l) }()
	return l, func() { _ = s.Close() }
}

func (l *hall) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	l.dials.Add(1)
	ours, theirs := net.Pipe()
	select {
	case l.conns <- theirs:
		return ours, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// Accept gives the next connection.
func (l *hall) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.ended:
		return nil, errors.New("closed")
	}
}

// Close ends the hall.
func (l *hall) Close() error { close(l.ended); return nil }

// Addr is nowhere.
func (l *hall) Addr() net.Addr { return &net.TCPAddr{} }
