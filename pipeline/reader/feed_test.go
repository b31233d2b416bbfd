package reader_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"dragoman/pipeline"
	"dragoman/pipeline/reader"
)

const rssFeed = `<?xml version="1.0" encoding="UTF-8"?>
<!-- made by hand -->
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>The Courier &amp; Post</title><link>https://courier.example/</link><language>en-GB</language><ttl>60</ttl>
<item><title>Bridge &lt;i&gt;waits&lt;/i&gt; &amp;amp; ferry sails</title><link>/news/bridge?utm_source=rss</link><guid isPermaLink="false">17</guid>
<dc:creator>Ann Miller</dc:creator><category>bridge</category><category> council </category><pubDate>Fri, 14 Mar 2025 08:30:00 +0200</pubDate>
<description>Short.</description><content:encoded><![CDATA[<p>The council met for four hours.</p><p>It put off its decision &amp; went home.</p>]]></content:encoded></item>
<item><title>Second</title><guid>https://courier.example/second</guid><author>desk@courier.example (News Desk)</author><description>Plain text &amp;mdash; no marks.

A second part.</description></item>
</channel></rss>`

const atomFeed = `<?xml version="1.0"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title type="html">The &lt;b&gt;Post&lt;/b&gt;</title><link rel="self" href="https://post.example/feed"/><link href="https://post.example/"/>
<entry><title>Storm</title><id>tag:post.example,2025:1</id><link href="https://post.example/storm"/><updated>2025-03-15T10:00:00Z</updated><published>2025-03-14T10:00:00Z</published>
<author><name>Bob Stone</name></author><category term="weather" label="Weather"/><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>It rained.</p><p>It <b>stopped</b>.</p></div></content></entry>
<entry><title>Picture</title><id>https://post.example/picture</id><updated>2025-03-13T10:00:00Z</updated><content type="image/png">aGVsbG8gd29ybGQ=</content><summary>A picture of rain.</summary></entry>
</feed>`

const jsonFeed = `{"version":"https://jsonfeed.org/version/1.1","title":"Wire","home_page_url":"https://wire.example/","language":"en","items":[
{"id":"1","url":"https://wire.example/1","title":"One","content_html":"<p>First.</p><p>Then.</p>","date_published":"2025-03-14T10:00:00Z","authors":[{"name":"Cem Kaya"}],"tags":["a","b"]},
{"id":"https://wire.example/2","title":"Zwei","language":"de","content_text":"5 < 6\n\nand so on"}]}`

const rdfFeed = `<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel rdf:about="x"><title>Old</title><link>http://old.example/</link></channel>
<item rdf:about="http://old.example/1"><title>Old story</title><link>http://old.example/1</link><description>It is told again.</description></item></rdf:RDF>`

// line is an entry in one line.
func line(e reader.Entry) string {
	date := func(t time.Time) string {
		if t.IsZero() {
			return "-"
		}
		return t.UTC().Format("2006-01-02T15:04")
	}
	return strings.Join([]string{e.ID, e.Link, e.Title, e.Byline, date(e.Published), date(e.Updated), e.Language.String(), strings.Join(e.Keywords, ","), fmt.Sprint(len(e.Content)), fmt.Sprint(len(e.Summary))}, "|")
}

func TestFeeds(t *testing.T) {
	for name, c := range map[string]struct {
		feed string
		head string
		want []string
		text []string
	}{
		"rss": {rssFeed, "rss|The Courier & Post|https://courier.example/|1h0m0s", []string{
			"17|https://courier.example/news/bridge?utm_source=rss|Bridge waits & ferry sails|By Ann Miller|2025-03-14T06:30|-|en-GB|bridge,council|85|6",
			"https://courier.example/second|https://courier.example/second|Second|By News Desk|-|-|en-GB||0|44",
		}, []string{
			"headline: Bridge waits & ferry sails|keywords: bridge, council|paragraph: By Ann Miller|paragraph: The council met for four hours.|paragraph: It put off its decision & went home.",
			"headline: Second|paragraph: By News Desk|paragraph: Plain text — no marks.|paragraph: A second part.",
		}},
		"atom": {atomFeed, "atom|The Post|https://post.example/|0s", []string{
			"tag:post.example,2025:1|https://post.example/storm|Storm|By Bob Stone|2025-03-14T10:00|2025-03-15T10:00|en|Weather|42|0",
			"https://post.example/picture|https://post.example/picture|Picture||2025-03-13T10:00|2025-03-13T10:00|en||0|18",
		}, []string{
			"headline: Storm|keywords: Weather|paragraph: By Bob Stone|paragraph: It rained.|paragraph: It stopped.",
			"headline: Picture|paragraph: A picture of rain.",
		}},
		"json": {jsonFeed, "json|Wire|https://wire.example/|0s", []string{
			"1|https://wire.example/1|One|By Cem Kaya|2025-03-14T10:00|-|en|a,b|25|0",
			"https://wire.example/2|https://wire.example/2|Zwei||-|-|de||16|0",
		}, []string{
			"headline: One|keywords: a, b|paragraph: By Cem Kaya|paragraph: First.|paragraph: Then.",
			"headline: Zwei|paragraph: 5 < 6|paragraph: and so on",
		}},
		"rdf": {rdfFeed, "rss|Old|http://old.example/|0s", []string{
			"|http://old.example/1|Old story||-|-|und||0|17",
		}, []string{"headline: Old story|paragraph: It is told again."}},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := reader.ParseFeed([]byte(c.feed), "https://feeds.example/x.xml", "")
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join([]string{f.Kind, f.Title, f.Link, f.TTL.String()}, "|"); got != c.head || len(f.Noticed) > 0 {
				t.Errorf("head %s, want %s; %v", got, c.head, f.Noticed)
			}
			for i, e := range f.Entries {
				if got := line(e); i >= len(c.want) || got != c.want[i] {
					t.Errorf("entry %d: %s, want %v", i, got, c.want)
				}
				a, err := e.Article(e.Link)
				if err != nil {
					t.Fatal(err)
				}
				if got := strings.ReplaceAll(show(a), "\n", "|"); got != c.text[i] {
					t.Errorf("article %d:\n%s\nwant\n%s", i, got, c.text[i])
				}
				if a.URL != e.Link || a.InLanguage != e.Language || !a.DatePublished.Equal(e.Published) {
					t.Errorf("article %d: %s %s %s", i, a.URL, a.InLanguage, a.DatePublished)
				}
			}
		})
	}
}

func TestFeedMistakesThatDoNoHarm(t *testing.T) {
	item := func(s string) string {
		return "<rss version=\"2.0\"><channel><title>t</title>" + s + "</channel></rss>"
	}
	for name, c := range map[string]struct{ feed, want string }{
		"bare ampersands":      {item("<item><title>Johnson & Johnson &nbsp;&hellip; &foo; sue</title><link>https://e.org/?a=1&b=2</link></item>"), "https://e.org/?a=1&b=2|Johnson & Johnson … &foo; sue"},
		"control characters":   {item("<item><title>Bo\x0bok\x01s</title><link>https://e.org/1</link></item>"), "https://e.org/1|Books"},
		"blanks before":        {"\n\n \ufeff" + item("<item><title>A</title><link> https://e.org/1\n</link></item>"), "https://e.org/1|A"},
		"a long comment":       {"<?xml version='1.0'?><!--" + strings.Repeat("x", 10000) + "-->" + item("<item><title>A</title><link>https://e.org/1</link></item>"), "https://e.org/1|A"},
		"a link of the burner": {`<rss xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"><channel><item><title>A</title><link>http://feeds.example/~3/x</link><feedburner:origLink>https://e.org/a</feedburner:origLink></item></channel></rss>`, "https://e.org/a|A"},
		"not a web address":    {item("<item><title>A</title><link>javascript:alert(1)</link><guid>file:///etc/passwd</guid></item>"), "|A"},
		"an open br":           {item("<item><title>A</title><link>https://e.org/1</link><description>one<br>two</description></item>"), "https://e.org/1|A"},
	} {
		f, err := reader.ParseFeed([]byte(c.feed), "feed.xml", "")
		if err != nil || len(f.Entries) != 1 {
			t.Errorf("%s: %v, %v", name, f, err)
			continue
		}
		if got := f.Entries[0].Link + "|" + f.Entries[0].Title; got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if f, err := reader.ParseFeed([]byte(item("")), "feed.xml", ""); err != nil || len(f.Entries) != 0 {
		t.Errorf("a feed without entries: %v, %v", f, err)
	}
}

func TestFeedEncodings(t *testing.T) {
	const title = "Ein Café für Çavuşoğlu und die Straße am Bosporus, sagte der Bürgermeister"
	feed := func(declaration string) string {
		return declaration + "<rss version=\"2.0\"><channel><title>t</title><item><title>" + title + "</title></item></channel></rss>"
	}
	declared := func(label string) string { return `<?xml version="1.0" encoding="` + label + `"?>` }
	turkish, err := charmap.Windows1254.NewEncoder().String(feed(declared("windows-1254")))
	if err != nil {
		t.Fatal(err)
	}
	bare, _ := charmap.Windows1254.NewEncoder().String(feed(""))
	lying, _ := charmap.Windows1254.NewEncoder().String(feed(declared("utf-8")))
	wide, _ := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(feed(declared("utf-16")))
	cut := strings.Replace(feed(declared("utf-8")), "Straße", "Stra\xc3e", 1)
	for name, c := range map[string]struct{ raw, charset, want, noticed string }{
		"as declared":                  {turkish, "", title, ""},
		"the declaration goes first":   {turkish, "utf-8", title, ""},
		"as the server says":           {bare, "windows-1254", title, ""},
		"the declaration is wrong":     {lying, "windows-1254", title, `declares the encoding "utf-8", which it is not; it was read as windows-1254`},
		"the server is wrong":          {feed(""), "windows-1251", title, `declares the encoding "windows-1251", which it is not; it was read as utf-8`},
		"nothing is declared":          {bare, "", title, "it was read as windows-1254, which is a guess"},
		"UTF-16":                       {wide, "", title, ""},
		"UTF-8 with a character cut":   {cut, "", strings.Replace(title, "Straße", "Stra\uFFFDe", 1), "1 byte that belong to no character"},
		"an unknown name":              {feed(declared("x-none")), "", title, `declares the encoding "x-none"`},
		"unknown, and the server says": {strings.Replace(turkish, "windows-1254", "x-none", 1), "windows-1254", title, `declares the encoding "x-none"`},
	} {
		f, err := reader.ParseFeed([]byte(c.raw), "feed.xml", c.charset)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		noticed := ""
		for _, n := range f.Noticed {
			noticed += n.Check + ": " + n.Message
		}
		if f.Entries[0].Title != c.want || !strings.Contains(noticed, c.noticed) || c.noticed == "" && noticed != "" {
			t.Errorf("%s: %q, noticed %q; want %q, %q", name, f.Entries[0].Title, noticed, c.want, c.noticed)
		}
		e := f.Entries[0]
		e.Summary = "A text."
		if a, err := e.Article("x"); err != nil || len(a.Noticed) != len(f.Noticed) {
			t.Errorf("%s: the article does not say it: %v, %v", name, a, err)
		}
	}
}

func TestWhatIsNoFeed(t *testing.T) {
	open := "<rss version=\"2.0\"><channel><title>t</title>"
	for name, c := range map[string]struct{ raw, err, hint string }{
		"nothing":             {" \n", "the answer is empty", "browser"},
		"cut off":             {rssFeed[:len(rssFeed)/2], "breaks off in its middle", "asked for again"},
		"cut off within":      {strings.TrimSuffix(rssFeed, "</channel></rss>"), "breaks off in its middle", ""},
		"cut JSON":            {jsonFeed[:len(jsonFeed)-20], "breaks off in its middle", ""},
		"broken JSON":         {`{"version":"https://jsonfeed.org/version/1",,}`, "the feed is broken", ""},
		"broken XML":          {open + "<item <title>x</title></item></channel></rss>", "the feed is broken", "validator"},
		"a page":              {`<!DOCTYPE html><html><head><link rel="alternate" type="application/rss+xml" href="/rss"></head><body>Hello`, "it is a web page, not a feed", "the page names this feed: https://e.org/rss"},
		"a page after blanks": {"\n<!-- x --><HTML><body>Please log in</body></html>", "it is a web page, not a feed", "the feed's own address"},
		"an XHTML page":       {`<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0"><html xmlns="x"/>`, "it is a web page, not a feed", ""},
		"a sitemap":           {`<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url/></urlset>`, "it is a sitemap", ""},
		"a list of feeds":     {`<opml version="2.0"><body/></opml>`, "OPML", ""},
		"other XML":           {`<svg/>`, `root "svg"`, ""},
		"other JSON":          {`{"error":"no"}`, "without a list of items", ""},
		"text":                {"Not found", `it begins with "Not found"`, ""},
		"a picture":           {"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x01\x00\x00\x00\x01\x00\x08\x06", "", ""},
		"only a declaration":  {`<?xml version="1.0"?>`, "no element is in it", ""},
		"an entity bomb":      {`<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>` + open + "<item><title>&b;</title></item></channel></rss>", "entities of its own", ""},
		"a foreign entity":    {`<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>` + open + "<item><title>&x;</title></item></channel></rss>", "entities of its own", ""},
	} {
		f, err := reader.ParseFeed([]byte(c.raw), "https://e.org/feed", "")
		e, ok := err.(*pipeline.Error)
		if !ok || e.Code != pipeline.Invalid || !strings.Contains(e.Error(), c.err) || !strings.Contains(e.Hint, c.hint) || e.Hint == "" || strings.Contains(e.Error(), "\n") {
			t.Errorf("%s: %v, %#v", name, f, err)
		}
	}
}

// Each of these would take a parser minutes or gigabytes.
func TestFeedBombs(t *testing.T) {
	open, end := "<rss version=\"2.0\" xmlns:a=\"urn:a\"><channel>", "</channel></rss>"
	spaces := ""
	for i := range 5000 {
		spaces += fmt.Sprintf(" xmlns:n%d=\"u%d\"", i, i)
	}
	for name, raw := range map[string]string{
		"deep":              open + strings.Repeat("<a:b>", 1<<20) + end,
		"deep and closed":   open + strings.Repeat("<a:b>", 1<<18) + strings.Repeat("</a:b>", 1<<18) + end,
		"wide":              open + strings.Repeat("<item/>", 1<<20) + end,
		"many entries":      open + strings.Repeat("<item>x</item>", 10_001) + end,
		"many JSON entries": `{"items":[` + strings.Repeat("1,", 10_001) + `{}]}`,
		"wide extensions":   open + "<item>" + strings.Repeat("<a:b/>", 1<<20) + "</item>" + end,
		"many namespaces":   "<rss" + spaces + "><channel>" + strings.Repeat("<item/>", 1<<17) + end,
		"text in pieces":    open + "<item><a:b>" + strings.Repeat("x", 1<<20) + strings.Repeat("<!---->x", 1<<18) + "</a:b></item>" + end,
		"deep JSON":         `{"version":"https://jsonfeed.org/version/1","items":` + strings.Repeat("[", 1<<20),
		"wide JSON":         `{"version":"https://jsonfeed.org/version/1","items":[` + strings.Repeat("{},", 1<<20) + `{}]}`,
		"larger than taken": strings.Repeat(" ", reader.MaxBytes) + open + end,
	} {
		f, err := reader.ParseFeed([]byte(raw), "feed", "")
		if e, ok := err.(*pipeline.Error); !ok || e.Code != pipeline.Invalid || e.Hint == "" {
			t.Errorf("%s: %v, %v", name, f, err)
		}
	}
	// An entry may be deep: it is read without its marks.
	deep := open + "<item><title>A</title><description><![CDATA[" + strings.Repeat("<div>", 100_000) + "A word at the bottom.]]></description></item>" + end
	f, err := reader.ParseFeed([]byte(deep), "feed", "")
	if err != nil {
		t.Fatal(err)
	}
	if a, err := f.Entries[0].Article("x"); err != nil || !strings.Contains(show(a), "A word at the bottom.") {
		t.Errorf("a deep entry: %v, %v", a, err)
	}
}

func FuzzFeed(f *testing.F) {
	for _, s := range []string{rssFeed, atomFeed, jsonFeed, rdfFeed, rssFeed[:300], "<rss><item><title>&#x0;", "{\"items\":[{}]}", "<feed xml:base='%zz'><entry><link href=':'/></entry></feed>"} {
		f.Add([]byte(s), "")
	}
	f.Fuzz(func(t *testing.T, raw []byte, charset string) {
		feed, err := reader.ParseFeed(raw, "https://e.org/feed", charset)
		if err != nil {
			if e, ok := err.(*pipeline.Error); !ok || e.Code != pipeline.Invalid {
				t.Fatalf("%v is no *pipeline.Error", err)
			}
			return
		}
		for _, e := range feed.Entries {
			e.Teaser()
			if e.Link != "" && !strings.HasPrefix(e.Link, "http") {
				t.Errorf("link %q", e.Link)
			}
			if a, err := e.Article("x"); err == nil && len(a.Body) == 0 {
				t.Error("an article without blocks")
			}
		}
	})
}
