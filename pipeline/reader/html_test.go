package reader_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/language"

	"dragoman/pipeline"
	"dragoman/pipeline/reader"
)

// filler is prose enough for a page to have an article.
const filler = `<p>The town council met for four hours on Tuesday, heard eleven speakers, and put off its decision on the bridge until May, to the dismay of the ferry company.</p>
<p>Engineers had told the council in March that the old bridge would carry lorries for two more winters, or perhaps for three, if they were kept below twelve tonnes.</p>`

// page puts a body into a page.
func page(head, body string) string {
	return "<!DOCTYPE html><html lang=\"en-GB\"><head><title>Bridge waits | The Courier</title>" + head + "</head><body>" + body + "</body></html>"
}

func TestHTMLBlocks(t *testing.T) {
	for name, c := range map[string]struct{ body, want string }{
		"headings, quotes, lists": {
			`<article><h1>Bridge waits</h1>` + filler + `<h2>The cost</h2><blockquote><p>It is too dear, said the mayor, who has seen the bills for steel.</p></blockquote><ul><li>It costs 5 million.</li><li>It lasts for fifty years.</li></ul></article>`,
			"headline: Bridge waits|heading: The cost|quote: It is too dear, said the mayor, who has seen the bills for steel.|listItem: It costs 5 million.|listItem: It lasts for fifty years.",
		},
		"tables": {
			`<article><h1>Bridge waits</h1>` + filler + `<table><caption>Loads</caption><tr><th>Year</th><th>Tonnes</th></tr><tr><td>2024</td><td>12</td></tr><tr><td>2025</td><td></td></tr></table><p>That is all that was said about the loads by the council on that day.</p></article>`,
			"headline: Bridge waits|caption: Loads|tableRow: Year | Tonnes|tableRow: 2024 | 12|tableRow: 2025 | —|paragraph: That is all that was said about the loads by the council on that day.",
		},
		"captions": {
			`<article><h1>Bridge waits</h1>` + filler + `<figure><img src="b.jpg"><figcaption>The bridge in March.</figcaption></figure></article>`,
			"headline: Bridge waits|caption: The bridge in March.",
		},
		"line breaks part paragraphs": {
			`<article><h1>Bridge waits</h1>` + filler + `<div>The mayor, who came late, said that he was sorry.<br><br>The clerk, who came early,<br>said that she was not.</div></article>`,
			"headline: Bridge waits|paragraph: The mayor, who came late, said that he was sorry.|paragraph: The clerk, who came early, said that she was not.",
		},
		"menus and footers go": {
			`<nav><a href="/">Home</a> <a href="/s">Sport</a></nav><article><h1>Bridge waits</h1>` + filler + `</article><footer>All rights reserved. <a href="/c">Cookies</a></footer>`,
			"headline: Bridge waits",
		},
		"code": {
			`<article><h1>Bridge waits</h1>` + filler + "<pre><code>if x {\n  y()\n}</code></pre></article>",
			"headline: Bridge waits|boilerplate: if x {\n  y()\n}",
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := read(t, reader.HTML, page("", c.body), "a.html")
			var got []string
			for _, b := range a.Body {
				if !strings.Contains(filler, b.Text()) {
					got = append(got, string(b.Kind)+": "+b.Text())
				}
			}
			if s := strings.Join(got, "|"); s != c.want {
				t.Errorf("got\n%s\nwant\n%s", s, c.want)
			}
			if !strings.Contains(show(a), "eleven speakers") || !strings.Contains(show(a), "twelve tonnes") {
				t.Errorf("the story is not whole:\n%s", show(a))
			}
		})
	}
}

func TestHTMLMetadata(t *testing.T) {
	for name, c := range map[string]struct {
		head     string
		headline string
		keywords string
		url      string
		date     string
	}{
		"linked data": {
			`<script type="application/ld+json">{"@graph":[{"@type":"WebPage","url":"https://e.org/page"},{"@type":"NewsArticle","headline":"Bridge waits till May","datePublished":"2025-03-14T08:30:00+02:00","url":"https://e.org/bridge","keywords":["bridge","council"]}]}</script>`,
			"Bridge waits till May", "bridge, council", "https://e.org/bridge", "2025-03-14T08:30:00+02:00",
		},
		"meta elements": {
			`<meta name="keywords" content="bridge,  council "><meta property="og:url" content="https://e.org/og"><meta property="article:published_time" content="2025-03-14T08:30:00Z">`,
			"Bridge waits", "bridge, council", "https://e.org/og", "2025-03-14T08:30:00Z",
		},
		"canonical link":     {`<link rel="canonical" href="https://e.org/canon">`, "Bridge waits", "", "https://e.org/canon", ""},
		"no script address":  {`<link rel="canonical" href="javascript:alert(1)"><meta property="og:url" content="/relative">`, "Bridge waits", "", "", ""},
		"broken linked data": {`<script type="application/ld+json">{"@type":</script>`, "Bridge waits", "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			a := read(t, reader.HTML, page(c.head, "<article>"+filler+filler+"</article>"), "a.html")
			date := ""
			if !a.DatePublished.IsZero() {
				date = a.DatePublished.Format(time.RFC3339)
			}
			if a.First(pipeline.Headline) != c.headline || a.First(pipeline.Keywords) != c.keywords || a.URL != c.url || date != c.date {
				t.Errorf("headline %q, keywords %q, url %q, date %q", a.First(pipeline.Headline), a.First(pipeline.Keywords), a.URL, date)
			}
			if a.InLanguage != language.BritishEnglish {
				t.Errorf("language %v", a.InLanguage)
			}
		})
	}
}

func TestHTMLReportsTeasers(t *testing.T) {
	teaser := `<div class="next"><h3><a href="/other">Ferry sinks off %s</a></h3><p>The ferry went down at noon with nobody on board, the harbour office said on Monday.</p></div>`
	a := read(t, reader.HTML, page("", "<article><h1>Bridge waits</h1>"+filler+fmt.Sprintf(teaser, "Osmer")+fmt.Sprintf(teaser, "Halden")+"</article>"), "a.html")
	if strings.Contains(show(a), "Ferry sinks") {
		t.Errorf("teasers are in the article:\n%s", show(a))
	}
	if len(a.Noticed) != 1 || !strings.Contains(a.Noticed[0].Message, "2 teasers of other stories, the first: Ferry sinks off Osmer") {
		t.Errorf("noticed %+v", a.Noticed)
	}
}

// What readability takes for the page's frame in the middle of a story is
// either read or reported.
func TestHTMLReportsDroppedParagraphs(t *testing.T) {
	const lost = `<div class="supplemental"><p>The mayor said in the evening that the whole of the decision was wrong, and that it would come back.</p></div>`
	a := read(t, reader.HTML, page("", "<article><h1>Bridge waits</h1>"+filler+lost+strings.ReplaceAll(filler, "Engineers", "Builders")+"</article>"), "a.html")
	if strings.Contains(show(a), "whole of the decision") {
		t.Fatal("readability keeps this paragraph now: the test needs one that it drops")
	}
	if len(a.Noticed) != 1 || !strings.Contains(a.Noticed[0].Message, "1 paragraph between") || !strings.Contains(a.Noticed[0].Message, "The mayor said") {
		t.Errorf("noticed %+v, got\n%s", a.Noticed, show(a))
	}
}

func TestHTMLWithoutAnArticle(t *testing.T) {
	a := read(t, reader.HTML, "<html><body><nav>Home Sport</nav><div>He left.</div><footer>All rights reserved</footer></body></html>", "a.html")
	if got := show(a); got != "paragraph: He left." {
		t.Errorf("got %s", got)
	}
}

func TestHTMLCharsets(t *testing.T) {
	story := page(`<meta http-equiv="Content-Type" content="text/html; charset=windows-1254">`, "<article><h1>Bridge waits</h1>"+filler+"<p>Mevlüt Çavuşoğlu, who was on his way to Iğdır, did not speak to the council on that day.</p></article>")
	raw, err := charmap.Windows1254.NewEncoder().String(story)
	if err != nil {
		t.Fatal(err)
	}
	a := read(t, reader.HTML, raw, "a.html")
	if !strings.Contains(show(a), "Mevlüt Çavuşoğlu, who was on his way to Iğdır") || a.Noticed != nil {
		t.Errorf("noticed %v, got\n%s", a.Noticed, show(a))
	}
}

func TestHTMLFixture(t *testing.T) {
	f, err := os.Open("../../fixtures/cases/html/input.html")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	articles, err := reader.HTML(f, "input.html")
	if err != nil {
		t.Fatal(err)
	}
	got := show(articles[0])
	for _, want := range []string{"headline: Ferry returns", "paragraph: By Mira Castellan", "caption: The Northern Lark", "heading: A slower", "quote: We would", "listItem: Tickets"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	for _, not := range []string{"boots", "Cookie", "Subscribe"} {
		if strings.Contains(got, not) {
			t.Errorf("%q is in\n%s", not, got)
		}
	}
}

func FuzzHTML(f *testing.F) {
	f.Add(page("", "<article><h1>A</h1>"+filler+"</article>"))
	f.Add("<table><tr><td>a<table><tr><td>b</table></table><br><br><pre>x")
	f.Add("<script type=application/ld+json>[{\"@type\":\"Article\"}]</script><p>x")
	f.Fuzz(func(t *testing.T, text string) {
		articles, err := reader.HTML(strings.NewReader(text), "a.html")
		if err != nil {
			if pipeline.CodeOf(err) != pipeline.Invalid {
				t.Errorf("error %v has no code", err)
			}
			return
		}
		for _, b := range articles[0].Body {
			if strings.TrimSpace(b.Text()) == "" {
				t.Errorf("%q: an empty block", text)
			}
		}
	})
}

func ExampleHTML() {
	articles, err := reader.HTML(strings.NewReader(page("", "<article><h1>Bridge waits</h1>"+filler+"</article>")), "bridge.html")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, b := range articles[0].Body {
		fmt.Printf("%s: %.40s\n", b.Kind, b.Text())
	}
	// Output:
	// headline: Bridge waits
	// paragraph: The town council met for four hours on T
	// paragraph: Engineers had told the council in March
}
