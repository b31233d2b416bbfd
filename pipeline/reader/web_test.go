package reader_test

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"

	"dragoman/pipeline"
	"dragoman/pipeline/reader"
)

const webPage = `<!doctype html><html lang="en"><head><title>The bridge opens</title>%HEAD%</head><body><article><h1>The bridge opens</h1>
<p>The old bridge over the river was opened again on Monday, the mayor said, after two years of work.</p>
<p>Hundreds of people walked over it in the rain, and the first cars followed in the evening.</p></article></body></html>`

func TestWebReadsByMediaType(t *testing.T) {
	page := strings.ReplaceAll(webPage, "%HEAD%", "")
	const marked = "# The bridge opens\n\nThe *old* bridge was opened on Monday."
	for _, tc := range []struct {
		name, body, media, address string
		headline, last             string // of the article
	}{
		{"HTML", page, "text/html; charset=utf-8", "https://e.org/a", "The bridge opens", "Hundreds of people"},
		{"in capital letters", page, "Text/HTML;Charset=UTF-8", "https://e.org/a", "The bridge opens", "Hundreds of people"},
		{"XHTML", page, "application/xhtml+xml", "https://e.org/a", "The bridge opens", "Hundreds of people"},
		{"XHTML as XML", page, "application/xml", "https://e.org/a", "The bridge opens", "Hundreds of people"},
		{"a broken parameter", page, `text/html; charset="utf-8`, "https://e.org/a", "The bridge opens", "Hundreds of people"},
		{"no type", page, "", "https://e.org/a", "The bridge opens", "Hundreds of people"},
		{"any bytes", page, "application/octet-stream", "https://e.org/a", "The bridge opens", "Hundreds of people"},
		{"Markdown", marked, "text/markdown", "https://e.org/a", "The bridge opens", "The old bridge"},
		{"Markdown as text", marked, "text/plain; charset=utf-8", "https://e.org/a.md", "The bridge opens", "The old bridge"},
		{"text", marked, "text/plain", "https://e.org/a.txt", "", "The *old* bridge"},
		{"tags in text", page, "text/plain", "https://e.org/a", "", "Hundreds of people"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			arts, err := reader.Web([]byte(tc.body), tc.media, tc.address)
			if err != nil {
				t.Fatal(err)
			}
			a := arts[0]
			if got := a.First(pipeline.Headline); got != tc.headline {
				t.Errorf("headline %q, want %q", got, tc.headline)
			}
			if got := a.Body[len(a.Body)-1].Text(); !strings.Contains(got, tc.last) {
				t.Errorf("ends with %q, want %q in it", got, tc.last)
			}
			if a.URL != tc.address {
				t.Errorf("URL %q, want %q", a.URL, tc.address)
			}
		})
	}
}

func TestWebRefuses(t *testing.T) {
	for media, want := range map[string]string{
		"application/rss+xml":             "https://e.org/a: is application/rss+xml: a feed or data",
		"application/atom+xml":            "a feed or data",
		"text/xml":                        "a feed or data",
		"application/json; charset=utf-8": "is application/json: a feed or data",
		"application/feed+json":           "a feed or data",
		"application/pdf":                 "is application/pdf; what is read is HTML",
		"image/png":                       "is image/png",
		"video/mp4":                       "is video/mp4",
	} {
		_, err := reader.Web([]byte("<rss><channel/></rss>"), media, "https://e.org/a")
		if err == nil || pipeline.CodeOf(err) != pipeline.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", media, err, want)
		}
	}
	for what, body := range map[string]string{"nothing": "", "blanks": " \n", "no text": "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x01\x00\xff\xfe\xfd\x00\x00"} {
		if _, err := reader.Web([]byte(body), "application/octet-stream", "https://e.org/a"); pipeline.CodeOf(err) != pipeline.Invalid || !strings.Contains(err.Error(), "https://e.org/a") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := reader.Web([]byte("x"), "text/plain", "http://[::1"); pipeline.CodeOf(err) != pipeline.Invalid {
		t.Error(err)
	}
}

// The server's word counts before the page's, and neither before the bytes.
func TestWebKnowsTheEncoding(t *testing.T) {
	const word = "caf\xe9" // windows-1252; 1251 reads it as й
	body := func(head, bytes string) []byte {
		return []byte(strings.Replace(strings.ReplaceAll(webPage, "%HEAD%", head), "old bridge", bytes, 1))
	}
	for _, tc := range []struct{ name, media, head, bytes, want string }{
		{"the server's", "text/html; charset=windows-1252", "", word, "café"},
		{"the page's", "text/html", `<meta charset="windows-1252">`, word, "café"},
		{"both, and they differ", "text/html; charset=windows-1252", `<meta charset="windows-1251">`, word, "café"},
		{"UTF-8 is UTF-8", "text/html; charset=ISO-8859-1", `<meta charset="windows-1251">`, "café", "café"},
		{"unknown to us", "text/html; charset=x-klingon", `<meta charset="windows-1252">`, word, "café"},
	} {
		arts, err := reader.Web(body(tc.head, tc.bytes), tc.media, "https://e.org/a")
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		if text := arts[0].Body[1].Text(); !strings.Contains(text, tc.want) {
			t.Errorf("%s: %q, want %q in it", tc.name, text, tc.want)
		}
	}
}

func TestWebNamesTheArticle(t *testing.T) {
	for address, want := range map[string]string{
		"https://e.org/news/2026/bridge-opens.html": "bridge-opens",
		"https://e.org/news/bridge/":                "bridge",
		"https://e.org/news/bridge/index.html":      "bridge",
		"https://www.e.org/":                        "www-e-org",
		"https://e.org/story.php?id=12&lang=en":     "story-id-12-lang-en",
		"https://e.org/%D0%BC%D0%BE%D1%81%D1%82":    "мост",
		"https://e.org/..%2F..%2Fetc%2Fpasswd":      "passwd",
		"https://e.org/v1.2":                        "v1",
		"https://e.org/?p=%zz":                      "e-org-p-zz",
		"https://e.org/%00%0a":                      "article",
	} {
		arts, err := reader.Web([]byte("The bridge was opened."), "text/plain", address)
		if err != nil {
			t.Errorf("%s: %v", address, err)
		} else if arts[0].ID != want {
			t.Errorf("%s: %q, want %q", address, arts[0].ID, want)
		}
	}
}

func TestWebKeepsTheAddressOfTheSameHostAlone(t *testing.T) {
	for head, want := range map[string]string{
		"": "https://e.org/a?utm=1",
		`<meta property="og:url" content="https://e.org/a">`:       "https://e.org/a",
		`<meta property="og:url" content="https://evil.test/a">`:   "https://e.org/a?utm=1",
		`<meta property="og:url" content="javascript:alert(1)//">`: "https://e.org/a?utm=1",
	} {
		arts, err := reader.Web([]byte(strings.ReplaceAll(webPage, "%HEAD%", head)), "text/html", "https://e.org/a?utm=1")
		if err != nil {
			t.Fatal(err)
		}
		if arts[0].URL != want {
			t.Errorf("%s: %q, want %q", head, arts[0].URL, want)
		}
	}
}

func FuzzWeb(f *testing.F) {
	f.Add([]byte(webPage), "text/html; charset=koi8-r", "https://e.org/a?b")
	f.Add([]byte("# x"), "text/markdown;;", "https://e.org/%2e%2e/")
	f.Fuzz(func(t *testing.T, body []byte, media, address string) {
		arts, err := reader.Web(body, media, address)
		if err != nil {
			if pipeline.CodeOf(err) != pipeline.Invalid {
				t.Errorf("class %q of %v", pipeline.CodeOf(err), err)
			}
			return
		}
		for _, a := range arts {
			if a.ID == "" || strings.ContainsAny(a.ID, "/\\\x00") || strings.HasPrefix(a.ID, ".") {
				t.Errorf("%q is named %q", address, a.ID)
			}
		}
	})
}

func ExampleWeb() {
	arts, err := reader.Web([]byte("The bridge was opened on Monday."), "text/plain; charset=utf-8", "https://example.org/news/bridge.txt")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(arts[0].ID, arts[0].URL)
	// Output: bridge https://example.org/news/bridge.txt
}

func TestWebEncodings(t *testing.T) {
	body := `<article><h1>Çavuşoğlu: bridge waits</h1>` + filler + `</article>`
	turkish, _ := charmap.Windows1254.NewEncoder().String(page("", body))
	labelled, _ := charmap.Windows1254.NewEncoder().String(page(`<meta charset="windows-1254">`, body))
	for name, c := range map[string]struct{ raw, charset, noticed string }{
		"the server says":           {turkish, "windows-1254", ""},
		"the page says":             {labelled, "", ""},
		"the page says it right":    {labelled, "utf-8", ""},
		"nobody says":               {turkish, "", "N03 the input does not say its encoding; it was read as windows-1254, which is a guess"},
		"the server says it wrong":  {turkish, "utf-8", "N03 the input does not say its encoding; it was read as windows-1254, which is a guess"},
		"the server, for no reason": {page("", body), "iso-8859-1", `N03 the server declares the encoding "iso-8859-1", which it is not; it was read as utf-8`},
	} {
		media := "text/html"
		if c.charset != "" {
			media += "; charset=" + c.charset
		}
		arts, err := reader.Web([]byte(c.raw), media, "https://e.org/x")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		noticed := ""
		for _, n := range arts[0].Noticed {
			noticed += n.Check + " " + n.Message
		}
		if h := arts[0].First(pipeline.Headline); h != "Çavuşoğlu: bridge waits" || noticed != c.noticed {
			t.Errorf("%s: %q, noticed %q", name, h, noticed)
		}
	}
}
