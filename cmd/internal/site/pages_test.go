package site

import (
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mmcdole/gofeed"
	"golang.org/x/net/html"

	"dragoman/pipeline"
	"dragoman/pipeline/writer"
)

func parse(t *testing.T, page string) []*html.Node {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var out []*html.Node
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			out = append(out, n)
		}
		if n.Type == html.CommentNode {
			t.Errorf("a comment: %q", n.Data)
		}
	}
	return out
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.TrimSpace(b.String())
}

// hrefs are the addresses that a page links to.
func hrefs(t *testing.T, page string) []string {
	t.Helper()
	var out []string
	for _, n := range parse(t, page) {
		if h := attribute(n, "href"); h != "" {
			out = append(out, h)
		}
	}
	return out
}

// resolve is the file that a link on a page leads to.
func resolve(t *testing.T, from, href string) string {
	t.Helper()
	u, err := url.Parse(href)
	if err != nil || u.Scheme != "" || u.Host != "" || u.RawQuery != "" || u.Fragment != "" {
		t.Errorf("%s links to %q: %v", from, href, err)
		return from
	}
	return path.Join(path.Dir(from), u.Path)
}

func parseFeed(t *testing.T, text string) *gofeed.Feed {
	t.Helper()
	f, err := gofeed.NewParser().ParseString(text)
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return f
}

func TestAFeedAsAReaderOfFeedsTakesIt(t *testing.T) {
	dir := t.TempDir()
	a := article("Ü b", "First <i>& last</i>", opening, "en", "ru")
	a.Readings[1].Banner, a.Readings[1].Gaps = "PSEUDO.", []string{"Не переведено: p1s1"}
	build(t, dir, Options{Title: "The <Desk>", URL: "https://desk.example/news"}, a)
	f := parseFeed(t, contents(t, dir)["ru/feed.xml"])
	if f.FeedType != "rss" || f.FeedVersion != "2.0" || f.Title != "The <Desk> – Русский" || f.Language != "ru" || f.Link != "https://desk.example/news/ru/index.html" ||
		f.FeedLink != "https://desk.example/news/ru/feed.xml" || !strings.Contains(f.Description, "искусственным интеллектом") {
		t.Errorf("the feed is %+v", f)
	}
	i := f.Items[0]
	if i.Title != "First <i>& last</i> ru" || !strings.HasPrefix(i.Link, "https://desk.example/news/ru/articles/%C3%9C-b~") || !strings.HasPrefix(i.GUID, "urn:dragoman:") || !i.PublishedParsed.Equal(opening) {
		t.Errorf("the item is %+v", i)
	}
	if !slices.Equal(i.Categories, []string{"ai-autonomous"}) {
		t.Errorf("its status is %q", i.Categories)
	}
	want := "<p><strong>⚠ PSEUDO.</strong></p><p><strong>⚠ Не переведено: p1s1</strong></p><p>Teaser: First &lt;i&gt;&amp; last&lt;/i&gt;</p><p><small>Made by a machine: First &lt;i&gt;&amp; last&lt;/i&gt;</small></p>"
	if i.Description != want {
		t.Errorf("it says %s", i.Description)
	}
	if !strings.Contains(contents(t, dir)["ru/feed.xml"], `isPermaLink="false"`) {
		t.Error("its guid passes for an address")
	}
	if other := parseFeed(t, contents(t, dir)["feed.xml"]).Items[0]; other.GUID == i.GUID {
		t.Error("two languages share a guid")
	}
}

func TestGuidsOutliveAddresses(t *testing.T) {
	one, two := t.TempDir(), t.TempDir()
	build(t, one, Options{URL: "https://one.example"}, article("a", "First", opening, "en"))
	build(t, two, Options{}, article("a", "Second", opening.Add(time.Hour), "en"))
	a, b := parseFeed(t, contents(t, one)["feed.xml"]).Items[0], parseFeed(t, contents(t, two)["feed.xml"]).Items[0]
	if a.GUID != b.GUID || b.Link != "articles/a.html" {
		t.Errorf("got %s and %s, %s", a.GUID, b.GUID, b.Link)
	}
}

func TestFeedsAreXMLWhateverTheTextHolds(t *testing.T) {
	var all strings.Builder
	for r := range rune(0x11000) {
		if r == 0xD800 {
			r = 0xE000
		}
		all.WriteRune(r)
	}
	all.WriteString("\xff\xfe]]>&#x1;\U000e0041\U0010ffff")
	dir := t.TempDir()
	build(t, dir, Options{Title: all.String()}, article("a", all.String(), opening, "en"))
	feed := contents(t, dir)["feed.xml"]
	f := parseFeed(t, feed)
	if len(f.Items) != 1 || !strings.Contains(f.Items[0].Title, "ÿĀ") {
		t.Errorf("%d items", len(f.Items))
	}
	for _, r := range feed {
		if r < ' ' && r != '\n' || r == 0xFFFE || r == 0xFFFF {
			t.Fatalf("the feed holds %U", r)
		}
	}
}

// payloads try to run a script, to fetch something, or to pass for markup.
func payloads() []string {
	return []string{
		`<script>alert(1)</script>`, `</script><script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `<svg/onload=alert(1)>`,
		`javascript:alert(1)`, `data:text/html,<script>alert(1)</script>`, `</style><script>alert(1)</script>`, `</title><script>alert(1)</script>`, `<!--`, `--><script>alert(1)</script>`,
		`{{.}} {{template "head"}}`, `]]><script>alert(1)</script>`, `<iframe srcdoc="<script>alert(1)</script>">`, `&lt;script&gt;`, `<base href="//evil.test/">`, `<meta http-equiv=refresh content="0;url=//evil.test">`,
		`<a href="javascript:alert(1)">x</a>`, `<form action=//evil.test><input>`, `<link rel=stylesheet href=//evil.test>`, "`${alert(1)}`", `@import url(//evil.test)`, `<math><mi xlink:href="javascript:alert(1)">`,
	}
}

func TestPagesCannotBeInjected(t *testing.T) {
	tags := strings.Fields("html head meta title link style body header a nav span main article h1 h2 h3 p time strong section ul ol li footer div q blockquote table tbody tr td")
	attributes := strings.Fields("lang charset http-equiv content name rel type href title hreflang class aria-label aria-current datetime")
	for _, p := range payloads() {
		dir := t.TempDir()
		a := article(p, p, opening, "en", "ru")
		a.URL, a.Author = p, p
		for i := range a.Readings {
			poison(&a.Readings[i], p)
		}
		build(t, dir, Options{Title: p, URL: "https://desk.example"}, a)
		for name, text := range contents(t, dir) {
			if path.Ext(name) == ".xml" {
				description(t, parseFeed(t, text).Items[0].Description)
				continue
			}
			if path.Ext(name) != ".html" {
				continue
			}
			for _, n := range parse(t, text) {
				if !slices.Contains(tags, n.Data) {
					t.Errorf("%q makes %s in %s", p, n.Data, name)
				}
				for _, at := range n.Attr {
					if !slices.Contains(attributes, at.Key) {
						t.Errorf("%q makes %s=%q in %s", p, at.Key, at.Val, name)
					}
					if at.Key == "http-equiv" && at.Val != "Content-Security-Policy" {
						t.Errorf("%q makes %s=%q in %s", p, at.Key, at.Val, name)
					}
					if at.Key == "href" && (strings.Contains(at.Val, ":") || strings.HasPrefix(at.Val, "/")) && !strings.HasPrefix(at.Val, "https://desk.example/") {
						t.Errorf("%q makes a link to %q in %s", p, at.Val, name)
					}
				}
			}
		}
	}
}

// description checks that the HTML of a feed's item is only ours.
func description(t *testing.T, text string) {
	t.Helper()
	for _, n := range parse(t, text) {
		if !slices.Contains(strings.Fields("html head body p strong em small"), n.Data) || len(n.Attr) > 0 {
			t.Errorf("an item has %s %v", n.Data, n.Attr)
		}
	}
}

// poison puts a text everywhere in a reading but its language.
func poison(r *writer.Reading, p string) {
	lang := r.Lang
	*r = writer.Reading{
		Lang: lang, Headline: p, Teaser: p, Banner: p, News: p, Gaps: []string{p}, SummaryTitle: p, Against: []string{p}, AgainstTitle: p, DisclosureTitle: p, Disclosure: p, Prompts: p,
	}
	for _, k := range []pipeline.Kind{
		pipeline.Dateline, pipeline.Headline, pipeline.Keywords, pipeline.Lead, pipeline.Paragraph, pipeline.Heading, pipeline.Quote, pipeline.ListItem, pipeline.TableRow, pipeline.Caption, pipeline.Kind(p), "",
	} {
		r.Article = append(r.Article, writer.Passage{
			Kind: k, Label: p, Rows: [][]writer.Said{{{ID: p, Text: p, Note: p}, {ID: p, Text: p, Missing: true}}, {{ID: p, Text: p, Note: p, Source: true}}},
			Beside: []writer.Remark{{Label: p, Quote: p, Why: []string{p, p}}},
		})
	}
	r.Summary = r.Article[4:6]
}

func TestPagesRunAndFetchNothing(t *testing.T) {
	dir := t.TempDir()
	build(t, dir, Options{}, article("a", "First", opening, "en", "tr"))
	for name, text := range contents(t, dir) {
		if path.Ext(name) != ".html" {
			continue
		}
		policy, style := "", ""
		for _, n := range parse(t, text) {
			switch {
			case attribute(n, "http-equiv") == "Content-Security-Policy":
				policy = attribute(n, "content")
			case n.Data == "style":
				style = n.FirstChild.Data
			}
		}
		sum := sha256.Sum256([]byte(style))
		want := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
		if policy != want || !strings.Contains(style, "--paper") {
			t.Errorf("%s: its policy is %s, and should be %s", name, policy, want)
		}
		if strings.Contains(style, "url(") || strings.Contains(style, "@import") || strings.Contains(text, "ZgotmplZ") {
			t.Errorf("%s: it fetches something, or a value was refused", name)
		}
	}
}

func TestAPageSaysItsLanguage(t *testing.T) {
	dir := t.TempDir()
	a := article("a", "First", opening, "en", "ru", "tr")
	a.Readings[1].Article[1].Rows[0][0] = writer.Said{ID: "p1s1", Text: "It rained.", Note: "[оставлено как в оригинале: p1s1]", Source: true}
	build(t, dir, Options{URL: "https://desk.example"}, a)
	files := contents(t, dir)
	nodes := parse(t, files["ru/articles/a.html"])
	var alternates, nav []string
	inEnglish := ""
	for _, n := range nodes {
		switch {
		case n.Data == "html" && attribute(n, "lang") != "ru":
			t.Errorf("its language is %q", attribute(n, "lang"))
		case n.Data == "link" && attribute(n, "hreflang") != "":
			alternates = append(alternates, attribute(n, "hreflang")+" "+attribute(n, "href"))
		case n.Parent.Data == "nav":
			nav = append(nav, textOf(n)+" "+attribute(n, "href"))
		case n.Data == "span" && attribute(n, "lang") == "en":
			inEnglish = textOf(n)
		}
	}
	if !slices.Equal(alternates, []string{"en https://desk.example/articles/a.html", "ru https://desk.example/ru/articles/a.html", "tr https://desk.example/tr/articles/a.html"}) {
		t.Errorf("alternates: %q", alternates)
	}
	if !slices.Equal(nav, []string{"English ../../articles/a.html", "Русский ", "Türkçe ../../tr/articles/a.html"}) {
		t.Errorf("languages: %q", nav)
	}
	if inEnglish != "It rained." {
		t.Errorf("in English: %q", inEnglish)
	}
	for name, want := range map[string]string{"ru/archive/2026-11.html": "11.2026", "tr/archive/2026-11.html": "Kasım 2026", "archive/2026-11.html": "November 2026"} {
		if !strings.Contains(files[name], "<h1>"+want+"</h1>") {
			t.Errorf("%s is not headed %s", name, want)
		}
	}
}

func TestTheOriginalIsALinkOnlyWhereItIsSafe(t *testing.T) {
	for address, want := range map[string]string{
		"https://news.example/a?b=c&d": "https://news.example/a?b=c&d", "http://news.example": "http://news.example",
		"javascript:alert(1)": "", "JAVASCRIPT:alert(1)": "", "data:text/html,x": "", "//news.example/": "", "/a": "", "": "", "file:///etc/passwd": "", "https://user:secret@news.example/": "", "http:///x": "", "https://[": "",
	} {
		if got := original(address); got != want {
			t.Errorf("%q: got %q", address, got)
		}
	}
}

func TestAnArticlesPageHasOneHeading(t *testing.T) {
	dir := t.TempDir()
	without := article("b", "Second", opening, "en")
	without.Readings[0].Article, without.Readings[0].Headline = without.Readings[0].Article[1:], ""
	build(t, dir, Options{}, article("a", "First", opening, "en"), without)
	for name, want := range map[string]string{"articles/a.html": "First en", "articles/b.html": "b"} {
		var got []string
		for _, n := range parse(t, contents(t, dir)[name]) {
			if n.Data == "h1" || n.Data == "title" {
				got = append(got, textOf(n))
			}
		}
		if !slices.Equal(got, []string{want, want}) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestWordsOfOtherLanguages(t *testing.T) {
	for lang, want := range map[string]string{"ru-RU": "28 ноября 2026, 10:00 UTC", "tr": "28 Kasım 2026, 10:00 UTC", "de": "28 November 2026, 10:00 UTC", "en": "28 November 2026, 10:00 UTC"} {
		w := wordsFor(lang)
		if got := w.date(opening); got != want || w.Own == "" || w.Updated == "" || w.About == "" {
			t.Errorf("%s: %q, %+v", lang, got, w)
		}
	}
	if got := wordsFor("en").month("strange"); got != "strange" {
		t.Errorf("got %q", got)
	}
}
