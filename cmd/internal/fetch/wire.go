package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	dialTime = 10 * time.Second // for a connection, over all addresses of a name
	tlsTime  = 10 * time.Second // for the handshake
	// mostHeaders bounds the headers of an answer, in bytes: sites with a long
	// policy and many cookies have a tenth.
	mostHeaders = 128 << 10
	// mostWires is how many lists of allowed hosts keep their connections.
	mostWires = 64
)

// wires are the transports. Each set of allowed hosts has its own, so that a
// connection that one source may have is not used by another that may not.
type wires struct {
	conf  Config
	roots *x509.CertPool // nil is the system's, but in tests
	mu    sync.Mutex
	bySet map[string]*http.Transport

	passed func(address string) error // of the guards, in tests
}

func newWires(conf Config) *wires { return &wires{conf: conf, bySet: map[string]*http.Transport{}} }

func (w *wires) of(a allowed) http.RoundTripper {
	w.mu.Lock()
	defer w.mu.Unlock()
	key := a.key()
	if t := w.bySet[key]; t != nil {
		return t
	}
	if len(w.bySet) >= mostWires {
		for k, t := range w.bySet {
			t.CloseIdleConnections()
			delete(w.bySet, k)
		}
	}
	g := newGuard(a)
	g.passed = w.passed
	t := w.transport(g.dial(w.conf.Resolver))
	w.bySet[key] = t
	return t
}

func (w *wires) transport(dial func(ctx context.Context, network, address string) (net.Conn, error)) *http.Transport {
	if w.conf.Dial != nil {
		dial = w.conf.Dial
	}
	return &http.Transport{
		Proxy:                  nil, // one from the environment would dial in our place, unguarded
		DialContext:            dial,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: w.roots},
		TLSHandshakeTimeout:    tlsTime,
		ForceAttemptHTTP2:      true,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 15 * time.Second}, // finds dead connections
		MaxResponseHeaderBytes: mostHeaders,
		MaxIdleConns:           32,
		MaxIdleConnsPerHost:    1,
		IdleConnTimeout:        30 * time.Second,
	}
}
