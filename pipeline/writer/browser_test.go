package writer_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"dragoman/pipeline/writer"
)

// chromium finds a browser. Without one the test is skipped, or fails where
// DRAGOMAN_REQUIRE_SERVICES=1 asks for everything.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("DRAGOMAN_REQUIRE_SERVICES") == "1" {
		t.Fatal("no chromium on this machine, and DRAGOMAN_REQUIRE_SERVICES=1")
	}
	t.Skip("no chromium on this machine: the report is not looked at in a browser")
	return ""
}

// seen is what a browser did besides showing the page.
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
	case *page.EventJavascriptDialogOpening:
		s.trouble = append(s.trouble, "a dialog: "+ev.Message)
	case *runtime.EventExceptionThrown:
		s.trouble = append(s.trouble, "a script failed")
	case *runtime.EventConsoleAPICalled:
		s.trouble = append(s.trouble, "a script wrote to the console")
	}
}

// open shows a page in a new tab of a new browser.
func open(t *testing.T, browser, url string, width int64) (context.Context, *seen) {
	t.Helper()
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(browser), chromedp.NoSandbox,
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.WindowSize(int(width), 900))
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(stop)
	ctx, stopBrowser := chromedp.NewExecAllocator(ctx, opts...)
	t.Cleanup(stopBrowser)
	var s seen
	ctx, stopTab := chromedp.NewContext(ctx, chromedp.WithListener(s.listen))
	t.Cleanup(stopTab)
	size := chromedp.EmulateViewport(width, 900)
	if width < 600 {
		size = chromedp.EmulateViewport(width, 900, chromedp.EmulateMobile)
	}
	if err := chromedp.Do(ctx, size); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(ctx, chromedp.Navigate(url)); err != nil {
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

// serve answers every request with the page.
func serve(t *testing.T, html string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if _, err := w.Write([]byte(html)); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func TestReportInABrowser(t *testing.T) {
	browser := chromium(t)
	url := serve(t, write(t, writer.HTML, rich()))
	for _, width := range []int64{1280, 390} {
		ctx, s := open(t, browser, url, width)
		if got := eval[int64](t, ctx, `document.documentElement.scrollWidth`); got > width {
			t.Errorf("%d px: the page is %d px wide", width, got)
		}
		if got := eval[string](t, ctx, `getComputedStyle(document.querySelector('.account')).borderTopStyle`); got != "solid" {
			t.Errorf("%d px: the content policy keeps the style out", width)
		}
		checkJump(t, ctx, width)
		checkViews(t, ctx, width)
		s.mu.Lock()
		for _, r := range s.requests {
			if !strings.HasPrefix(r, url) || strings.TrimPrefix(r, url) != "/" && !strings.Contains(r, "#") {
				t.Errorf("%d px: a request for %s", width, r)
			}
		}
		if len(s.requests) == 0 || len(s.trouble) > 0 {
			t.Errorf("%d px: %d requests seen, trouble %q", width, len(s.requests), s.trouble)
		}
		s.mu.Unlock()
	}
}

// checkJump follows an evidence link to its sentence.
func checkJump(t *testing.T, ctx context.Context, width int64) {
	t.Helper()
	eval[chromedp.Void](t, ctx, `document.documentElement.style.scrollBehavior = 'auto'; document.querySelector('[id="sum.k1"] .evidence a').click()`)
	got := eval[string](t, ctx, `location.hash + ' ' + (document.querySelector(':target') || {}).id`)
	if got != "#p2s2 p2s2" {
		t.Errorf("%d px: the evidence link leads to %q", width, got)
	}
	// below whatever stands fast at the top, and within the window
	if y := eval[float64](t, ctx, `document.querySelector(':target').getBoundingClientRect().top`); y < 40 || y > 800 {
		t.Errorf("%d px: the sentence stands at %.0f px of the window", width, y)
	}
}

// checkViews chooses one language and all of them again, without a script.
func checkViews(t *testing.T, ctx context.Context, width int64) {
	t.Helper()
	shown := `[...document.querySelectorAll('#p2s1 .cell')].map(e => getComputedStyle(e).display === 'none' ? '-' : '+').join('')`
	for _, c := range []struct{ view, want string }{{"view-src", "+--"}, {"view-l1", "-+-"}, {"view-l2", "--+"}, {"view-all", "+++"}} {
		eval[chromedp.Void](t, ctx, `document.getElementById('`+c.view+`').click()`)
		if got := eval[string](t, ctx, shown); got != c.want {
			t.Errorf("%d px: %s shows %s, want %s", width, c.view, got, c.want)
		}
		if got := eval[int64](t, ctx, `document.documentElement.scrollWidth`); got > width {
			t.Errorf("%d px: with %s the page is %d px wide", width, c.view, got)
		}
	}
}

func TestHostileReportsInABrowser(t *testing.T) {
	browser := chromium(t)
	texts := []string{strings.Repeat("W", 4000), strings.Repeat("щ", 4000)}
	for some := range slices.Chunk(htmlPayloads(), 12) {
		texts = append(texts, strings.Join(some, " "))
	}
	ctx, s := open(t, browser, serve(t, "<title>start</title>"), 390)
	for _, p := range texts {
		if err := chromedp.Do(ctx, chromedp.Navigate(serve(t, write(t, writer.HTML, poisoned(p))))); err != nil {
			t.Fatal(err)
		}
		if got := eval[int64](t, ctx, `document.documentElement.scrollWidth`); got > 390 {
			t.Errorf("%.40q: the page is %d px wide", p, got)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.requests {
		if !strings.HasPrefix(r, "http://127.0.0.1:") || strings.Count(r, "/") > 3 {
			t.Errorf("a request for %s", r)
		}
	}
	if len(s.trouble) > 0 {
		t.Errorf("trouble: %q", s.trouble)
	}
}
