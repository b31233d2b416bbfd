package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// cmdSite starts a web server on loopback that shows a folder, and sets SITE to
// its host and port. A file "x.moved" holds where x is now, one "x.busy" makes x
// a 503 and one "x.gone" a 410; the paths asked for are written to visits.log.
func cmdSite(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: site FOLDER")
	}
	dir := ts.MkAbs(args[0])
	log, err := os.Create(ts.MkAbs("visits.log"))
	ts.Check(err)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = log.WriteString(r.URL.Path + "\n")
		name := filepath.Join(dir, filepath.FromSlash(r.URL.Path))
		if to, err := os.ReadFile(name + ".moved"); err == nil {
			http.Redirect(w, r, strings.TrimSpace(string(to)), http.StatusMovedPermanently)
			return
		}
		if filepath.Ext(name) == ".md" { // not every system knows the ending
			w.Header().Set("Content-Type", "text/markdown")
		}
		if _, err := os.Stat(name + ".busy"); err == nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		if _, err := os.Stat(name + ".gone"); err == nil {
			w.WriteHeader(http.StatusGone)
			return
		}
		http.ServeFile(w, r, name)
	}))
	ts.Defer(func() { s.Close(); log.Close() })
	ts.Setenv("SITE", s.Listener.Addr().String())
}
