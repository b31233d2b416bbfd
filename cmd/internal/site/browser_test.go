package site

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// chromium finds a browser. Without one the test is skipped, or fails where
// DRAGOMAN_REQUIRE_SERVICES=1 asks for everything.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			return found
		}
	}
	if os.Getenv("DRAGOMAN_REQUIRE_SERVICES") == "1" {
		t.Fatal("no chromium on this machine, and DRAGOMAN_REQUIRE_SERVICES=1")
	}
	t.Skip("no chromium on this machine: the site is not looked at in a browser")
	return ""
}

// seen is what a browser did besides showing pages.
type seen struct {
	mu       sync.Mutex
	requests []string
	trouble  []string
}

func (s *seen) listen(ev any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch ev := ev.(type) {
	case *network.EventRequestWillBeSent:
		s.requests = append(s.requests, ev.Request.URL)
	case *cdppage.EventJavascriptDialogOpening:
		s.trouble = append(s.trouble, "a dialog: "+ev.Message)
	case *runtime.EventExceptionThrown:
		s.trouble = append(s.trouble, "a script failed")
	case *runtime.EventConsoleAPICalled:
		s.trouble = append(s.trouble, "a script wrote to the console")
	}
}

// phone is a browser of the width of a small telephone.
func phone(t *testing.T, browser string) (context.Context, *seen) {
	t.Helper()
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(browser), chromedp.NoSandbox, chromedp.Flag("disable-dev-shm-usage", true))
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(stop)
	ctx, stopBrowser := chromedp.NewExecAllocator(ctx, opts...)
	t.Cleanup(stopBrowser)
	var s seen
	ctx, stopTab := chromedp.NewContext(ctx, chromedp.WithListener(s.listen))
	t.Cleanup(stopTab)
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(360, 780, chromedp.EmulateMobile)); err != nil {
		t.Fatal(err)
	}
	return ctx, &s
}

func eval[T any](t *testing.T, ctx context.Context, script string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](script))
	if err != nil {
		t.Fatalf("%s: %v", script, err)
	}
	return v
}

func TestHostileSitesInABrowser(t *testing.T) {
	browser := chromium(t)
	dir := t.TempDir()
	texts := map[string]string{"wide": strings.Repeat("W", 2000) + " " + strings.Repeat("щ", 2000), "all": strings.Join(payloads(), " ")}
	var all []Article
	for id, text := range texts {
		a := article(id, text, opening, "en", "ru")
		a.URL, a.Author = "https://news.example/"+strings.Repeat("x", 300), text[:40]
		for i := range a.Readings {
			poison(&a.Readings[i], text)
		}
		all = append(all, a)
	}
	build(t, dir, Options{Title: "<script>alert(1)</script>"}, all...)
	server := httptest.NewServer(http.FileServer(http.Dir(dir)))
	t.Cleanup(server.Close)
	ctx, s := phone(t, browser)
	for _, name := range []string{"index.html", "ru/index.html", "articles/wide.html", "articles/all.html", "ru/articles/all.html", "archive/2026-11.html"} {
		if err := chromedp.Do(ctx, chromedp.Navigate(server.URL+"/"+name)); err != nil {
			t.Fatal(err)
		}
		if got := eval[int64](t, ctx, `document.documentElement.scrollWidth`); got > 360 {
			t.Errorf("%s is %d px wide", name, got)
		}
		if got := eval[string](t, ctx, `getComputedStyle(document.querySelector('.top')).borderBottomStyle`); got != "solid" {
			t.Errorf("%s: the content policy keeps the style out", name)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.requests {
		name, ours := strings.CutPrefix(r, server.URL+"/")
		if !ours || !strings.HasSuffix(name, ".html") && name != "" && !strings.HasSuffix(name, "/") && name != "favicon.ico" {
			t.Errorf("a request for %s", r)
		}
	}
	if len(s.requests) == 0 || len(s.trouble) > 0 {
		t.Errorf("%d requests, trouble %q", len(s.requests), s.trouble)
	}
}
