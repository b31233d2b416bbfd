package site

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"dragoman/fixtures/browser"
)

func TestHostileSitesInABrowser(t *testing.T) {
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
	ctx, s := browser.Open(t, 360, 780)
	for _, name := range []string{"index.html", "ru/index.html", "articles/wide.html", "articles/all.html", "ru/articles/all.html", "archive/2026-11.html"} {
		if err := chromedp.Do(ctx, chromedp.Navigate(server.URL+"/"+name)); err != nil {
			t.Fatal(err)
		}
		if got := browser.Eval[int64](t, ctx, `document.documentElement.scrollWidth`); got > 360 {
			t.Errorf("%s is %d px wide", name, got)
		}
		if got := browser.Eval[string](t, ctx, `getComputedStyle(document.querySelector('.top')).borderBottomStyle`); got != "solid" {
			t.Errorf("%s: the content policy keeps the style out", name)
		}
	}
	requests, trouble := s.Requests(), s.Trouble()
	for _, r := range requests {
		name, ours := strings.CutPrefix(r, server.URL+"/")
		if !ours || !strings.HasSuffix(name, ".html") && name != "" && !strings.HasSuffix(name, "/") && name != "favicon.ico" {
			t.Errorf("a request for %s", r)
		}
	}
	if len(requests) == 0 || len(trouble) > 0 {
		t.Errorf("%d requests, trouble %q", len(requests), trouble)
	}
}
