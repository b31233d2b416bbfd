package writer_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"dragoman/fixtures/browser"
	"dragoman/pipeline/writer"
)

// open shows a page in a new browser.
func open(t *testing.T, url string, width int64) (context.Context, *browser.Seen) {
	t.Helper()
	ctx, s := browser.Open(t, width, 900)
	if err := chromedp.Do(ctx, chromedp.Navigate(url)); err != nil {
		t.Fatal(err)
	}
	return ctx, s
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
	url := serve(t, write(t, writer.HTML, rich()))
	for _, width := range []int64{1280, 390} {
		ctx, s := open(t, url, width)
		if got := browser.Eval[int64](t, ctx, `document.documentElement.scrollWidth`); got > width {
			t.Errorf("%d px: the page is %d px wide", width, got)
		}
		if got := browser.Eval[string](t, ctx, `getComputedStyle(document.querySelector('.account')).borderTopStyle`); got != "solid" {
			t.Errorf("%d px: the content policy keeps the style out", width)
		}
		checkJump(t, ctx, width)
		checkViews(t, ctx, width)
		requests, trouble := s.Requests(), s.Trouble()
		for _, r := range requests {
			if !strings.HasPrefix(r, url) || strings.TrimPrefix(r, url) != "/" && !strings.Contains(r, "#") {
				t.Errorf("%d px: a request for %s", width, r)
			}
		}
		if len(requests) == 0 || len(trouble) > 0 {
			t.Errorf("%d px: %d requests seen, trouble %q", width, len(requests), trouble)
		}
	}
}

// checkJump follows an evidence link to its sentence.
func checkJump(t *testing.T, ctx context.Context, width int64) {
	t.Helper()
	browser.Eval[chromedp.Void](t, ctx, `document.documentElement.style.scrollBehavior = 'auto'; document.querySelector('[id="sum.k1"] .evidence a').click()`)
	got := browser.Eval[string](t, ctx, `location.hash + ' ' + (document.querySelector(':target') || {}).id`)
	if got != "#p2s2 p2s2" {
		t.Errorf("%d px: the evidence link leads to %q", width, got)
	}
	// below whatever stands fast at the top, and within the window
	if y := browser.Eval[float64](t, ctx, `document.querySelector(':target').getBoundingClientRect().top`); y < 40 || y > 800 {
		t.Errorf("%d px: the sentence stands at %.0f px of the window", width, y)
	}
}

// checkViews chooses one language and all of them again, without a script.
func checkViews(t *testing.T, ctx context.Context, width int64) {
	t.Helper()
	shown := `[...document.querySelectorAll('#p2s1 .cell')].map(e => getComputedStyle(e).display === 'none' ? '-' : '+').join('')`
	for _, c := range []struct{ view, want string }{{"view-src", "+--"}, {"view-l1", "-+-"}, {"view-l2", "--+"}, {"view-all", "+++"}} {
		browser.Eval[chromedp.Void](t, ctx, `document.getElementById('`+c.view+`').click()`)
		if got := browser.Eval[string](t, ctx, shown); got != c.want {
			t.Errorf("%d px: %s shows %s, want %s", width, c.view, got, c.want)
		}
		if got := browser.Eval[int64](t, ctx, `document.documentElement.scrollWidth`); got > width {
			t.Errorf("%d px: with %s the page is %d px wide", width, c.view, got)
		}
	}
}

func TestHostileReportsInABrowser(t *testing.T) {
	texts := []string{strings.Repeat("W", 4000), strings.Repeat("щ", 4000)}
	for some := range slices.Chunk(htmlPayloads(), 12) {
		texts = append(texts, strings.Join(some, " "))
	}
	ctx, s := open(t, serve(t, "<title>start</title>"), 390)
	for _, p := range texts {
		if err := chromedp.Do(ctx, chromedp.Navigate(serve(t, write(t, writer.HTML, poisoned(p))))); err != nil {
			t.Fatal(err)
		}
		if got := browser.Eval[int64](t, ctx, `document.documentElement.scrollWidth`); got > 390 {
			t.Errorf("%.40q: the page is %d px wide", p, got)
		}
	}
	requests, trouble := s.Requests(), s.Trouble()
	for _, r := range requests {
		if !strings.HasPrefix(r, "http://127.0.0.1:") || strings.Count(r, "/") > 3 {
			t.Errorf("a request for %s", r)
		}
	}
	if len(trouble) > 0 {
		t.Errorf("trouble: %q", trouble)
	}
}
