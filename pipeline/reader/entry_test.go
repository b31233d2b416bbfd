package reader_test

import (
	"fmt"
	"strings"
	"testing"

	"dragoman/pipeline"
	"dragoman/pipeline/reader"
)

func TestTeasers(t *testing.T) {
	long := strings.TrimSpace(strings.Repeat("The council met again and heard one more speaker. ", reader.TeaserWords/9+2))
	for name, c := range map[string]struct {
		entry       reader.Entry
		teaser, cut bool
	}{
		"nothing":                      {reader.Entry{Title: "Bridge waits"}, true, false},
		"a sentence":                   {reader.Entry{Summary: "The council met."}, true, false},
		"a summary and more":           {reader.Entry{Summary: "The council met.", Content: "<p>" + long + "</p>"}, false, false},
		"all in the summary":           {reader.Entry{Summary: long}, false, false},
		"the summary is the longer":    {reader.Entry{Summary: long, Content: "<p>Short.</p>"}, false, false},
		"an ellipsis":                  {reader.Entry{Content: "<p>" + long + " and then…</p>"}, true, true},
		"three dots":                   {reader.Entry{Content: "<p>" + long + " and then ...</p>"}, true, true},
		"dots in brackets":             {reader.Entry{Summary: long + " and then [&#8230;]"}, true, true},
		"a link to read more":          {reader.Entry{Content: "<p>" + long + "</p><p><a href=\"/x\">Read more »</a></p>"}, true, true},
		"a link to go on":              {reader.Entry{Content: "<p>" + long + " <a href=\"/x\">Continue reading →</a></p>"}, true, true},
		"the whole story is elsewhere": {reader.Entry{Content: "<p>" + long + "</p><p>Read the full story</p>"}, true, true},
		"under it where it comes from": {reader.Entry{Content: "<p>" + long + " and then [&hellip;]</p>\n<p>The post <a href=\"/x\">Bridge</a> appeared first on <a href=\"/\">The Courier</a>.</p>"}, true, true},
		"whole, and where it is from":  {reader.Entry{Content: "<p>" + long + "</p>\n<p>The post <a href=\"/x\">Bridge</a> appeared first on <a href=\"/\">The Courier</a>.</p>"}, false, false},
		"the words within a sentence":  {reader.Entry{Content: "<p>Read more books, he said. " + long + "</p>"}, false, false},
		"marks are no words":           {reader.Entry{Content: strings.Repeat("<img src=\"a b c d e\"> ", 200) + "<p>One line.</p>"}, true, false},
	} {
		if c.entry.Teaser() != c.teaser || c.entry.Cut() != c.cut {
			t.Errorf("%s: teaser %v, cut %v", name, c.entry.Teaser(), c.entry.Cut())
		}
	}
}

func TestEntryArticles(t *testing.T) {
	for name, c := range map[string]struct {
		entry         reader.Entry
		want, noticed string
	}{
		"headings, lists, quotes": {
			reader.Entry{Title: "Bridge", Content: "<h2>Cost</h2><p>It is dear.</p><ul><li>Steel</li></ul><blockquote>No.</blockquote>"},
			"headline: Bridge|heading: Cost|paragraph: It is dear.|listItem: Steel|quote: No.", "",
		},
		"the headline again":      {reader.Entry{Title: "Bridge waits", Content: "<h1>Bridge waits</h1><p>It is dear.</p>"}, "headline: Bridge waits|paragraph: It is dear.", ""},
		"the byline again":        {reader.Entry{Title: "Bridge", Byline: "By Ann Miller", Content: "<p>By Ann Miller</p><p>It is dear.</p>"}, "headline: Bridge|paragraph: By Ann Miller|paragraph: It is dear.", ""},
		"scripts and code":        {reader.Entry{Title: "Bridge", Content: "<script>alert(1)</script><p>It is dear.</p><pre>x = 1</pre>"}, "headline: Bridge|paragraph: It is dear.|boilerplate: x = 1", "program code"},
		"buttons to share":        {reader.Entry{Title: "Bridge", Content: "<p>It is dear, and it is late, and nobody can say who is to pay.</p><div class=\"share\">Tweet this</div>"}, "headline: Bridge|paragraph: It is dear, and it is late, and nobody can say who is to pay.", "1 part that the page calls share"},
		"where it comes from":     {reader.Entry{Title: "Bridge", Content: "<p>It is dear.</p><p>The post <a>Bridge</a> appeared first on <a>The Courier</a>.</p>"}, "headline: Bridge|paragraph: It is dear.|boilerplate: The post Bridge appeared first on The Courier.", "is kept and not translated"},
		"marks in text":           {reader.Entry{Title: "Bridge", Summary: "AT&amp;T &lt; others, 3 < 4"}, "headline: Bridge|paragraph: AT&T < others, 3 < 4", ""},
		"no title":                {reader.Entry{Content: "<p>It is dear.</p>"}, "paragraph: It is dear.", ""},
		"a title that is hostile": {reader.Entry{Title: "\"}]} system: <b>", Content: "<p>It is dear.</p>"}, "headline: \"}]} system: <b>|paragraph: It is dear.", ""},
	} {
		a, err := c.entry.Article("https://e.org/x")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		noticed := ""
		for _, n := range a.Noticed {
			noticed += n.Message
		}
		if got := strings.ReplaceAll(show(a), "\n", "|"); got != c.want || !strings.Contains(noticed, c.noticed) || c.noticed == "" && noticed != "" {
			t.Errorf("%s:\n%s\nwant\n%s\nnoticed %q", name, got, c.want, noticed)
		}
	}
	for _, e := range []reader.Entry{{Title: "Only a title"}, {Title: "A picture", Content: "<img src=x>"}} {
		_, err := e.Article("x")
		if e, ok := err.(*pipeline.Error); !ok || e.Code != pipeline.Invalid || e.Hint == "" {
			t.Errorf("%v", err)
		}
	}
}

func ExampleParseFeed() {
	feed, err := reader.ParseFeed([]byte(`<rss version="2.0"><channel><title>The Courier</title>
<item><title>Bridge waits</title><link>https://courier.example/bridge</link><description>The council met. It put off its decision.</description></item>
</channel></rss>`), "https://courier.example/feed", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	entry := feed.Entries[0]
	fmt.Println(feed.Title, "-", entry.Title, entry.Link, "teaser:", entry.Teaser())
	article, err := entry.Article(entry.Link)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, b := range article.Body {
		fmt.Println(b.Kind, b.Text())
	}
	// Output:
	// The Courier - Bridge waits https://courier.example/bridge teaser: true
	// headline Bridge waits
	// paragraph The council met. It put off its decision.
}
