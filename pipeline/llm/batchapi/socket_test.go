package batchapi_test

import (
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"dragoman/pipeline/llm/batchapi"
	"dragoman/pipeline/llm/llmtest"
	"dragoman/pipeline/llm/wire"
)

// Over real sockets, where lengths and encodings count; a server that zips its
// files unasked is understood too.
func TestOverSockets(t *testing.T) {
	for _, zips := range []bool{false, true} {
		w := newWorld(llmtest.Batches{Shuffle: true})
		var mu sync.Mutex
		var keys []string
		web := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			mu.Lock()
			keys = append(keys, r.Header.Get("Authorization"))
			mu.Unlock()
			if r.Method == http.MethodPost && r.ContentLength <= 0 {
				t.Errorf("%s has no length", r.URL.Path)
			}
			if zips && strings.HasSuffix(r.URL.Path, "/content") {
				rw.Header().Set("Content-Encoding", "gzip")
				z := gzip.NewWriter(rw)
				defer z.Close()
				rw = zipped{rw, z}
			}
			w.server.ServeHTTP(rw, r)
		}))
		p := w.begin(t, "", func(c *batchapi.Config) {
			c.BaseURL, c.Live = web.URL+"/v1", wire.Network()
			c.Quiet, c.PollFirst, c.PollMost = 50*time.Millisecond, 5*time.Millisecond, 5*time.Millisecond
		})
		whole(t, p.askAll(300))
		p.end(t)
		web.Close()
		w.once(t, 300)
		w.nothingLeft(t)
		for _, k := range keys {
			if k != "Bearer sk-secret-0123456789" {
				t.Errorf("authorization %q", k)
			}
		}
	}
}

// zipped is a reply whose body is zipped.
type zipped struct {
	http.ResponseWriter
	z *gzip.Writer
}

func (z zipped) Write(b []byte) (int, error) { return z.z.Write(b) }
