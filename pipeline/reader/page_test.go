package reader

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"dragoman/pipeline"
)

// parse reads a page or a part of one.
func parse(t *testing.T, s string) *html.Node {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(s))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// walk writes the blocks of a page's body.
func walk(t *testing.T, s string, frames bool) string {
	t.Helper()
	w := walker{frames: frames}
	w.node(element(parse(t, s), atom.Body), pipeline.Paragraph)
	w.flush(pipeline.Paragraph)
	var out []string
	for _, b := range w.blocks {
		out = append(out, string(b.Kind)+": "+b.Text())
	}
	return strings.Join(out, "|")
}

func TestWalk(t *testing.T) {
	for in, want := range map[string]string{
		"one <b>two</b> three":          "paragraph: one two three",
		"  a\n\tb  ":                    "paragraph: a b",
		"a<b> b</b>c":                   "paragraph: a bc",
		"a&nbsp;b":                      "paragraph: a\u00a0b",
		"<p>a<p>b":                      "paragraph: a|paragraph: b",
		"a<p>b</p>c":                    "paragraph: a|paragraph: b|paragraph: c",
		"<div>a<div>b</div>c</div>":     "paragraph: a|paragraph: b|paragraph: c",
		"a<br>b<br><br>c":               "paragraph: a b|paragraph: c",
		"a<br> &nbsp; <br>c":            "paragraph: a|paragraph: c",
		"<h1>a</h1><h3>b</h3>":          "heading: a|heading: b",
		"<ul><li>a<ul><li>b</ul>c</ul>": "listItem: a|listItem: b|listItem: c",
		"<dl><dt>a<dd>b</dl>":           "listItem: a|listItem: b",
		"<blockquote>a<p>b</p><ul><li>c</ul></blockquote>d":      "quote: a|quote: b|quote: c|paragraph: d",
		"<figure><img alt=x><figcaption>a</figcaption></figure>": "caption: a",
		"<pre>a\n  b\n</pre>":                            "boilerplate: a\n  b",
		"a<script>b</script><style>c</style><noscript>d": "paragraph: a",
		"a<span hidden>b</span><button>c</button>":       "paragraph: a",
		"<nav>a</nav>b":                                  "paragraph: b",
		"<svg><text>a</text></svg>b":                     "paragraph: b",
		"&lt;b&gt; is a tag":                             "paragraph: <b> is a tag",
		"<p> </p><p>&nbsp;</p>":                          "",
	} {
		if got := walk(t, in, false); got != want {
			t.Errorf("%q\n got %q\nwant %q", in, got, want)
		}
	}
}

func TestWalkTables(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"data":      {"<table><tr><th>a<th>b<tr><td>c<td>d</table>", "tableRow: a | b|tableRow: c | d"},
		"caption":   {"<table><caption>x</caption><tr><td>a<td>b<tr><td>c<td>d</table>", "caption: x|tableRow: a | b|tableRow: c | d"},
		"one row":   {"<table><tr><td>a<td>b</table>", "paragraph: a|paragraph: b"},
		"one cell":  {"<table><tr><td>a<tr><td>b</table>", "paragraph: a|paragraph: b"},
		"nested":    {"<table><tr><td>a<td><table><tr><td>b<td>c<tr><td>d<td>e</table><tr><td>f<td>g</table>", "paragraph: a|tableRow: b | c|tableRow: d | e|paragraph: f|paragraph: g"},
		"layout":    {"<table><tr><td>" + strings.Repeat("long ", 90) + "<td>b<tr><td>c<td>d</table>", "paragraph: " + strings.TrimSpace(strings.Repeat("long ", 90)) + "|paragraph: b|paragraph: c|paragraph: d"},
		"line ends": {"<table><tr><td>a<br>b<td> c <tr><td><p>d</p><td>e</table>", "tableRow: a b | c|tableRow: d | e"},
		"bars":      {"<table><tr><td>a | b<td>c<tr><td>d<td>e</table>", "tableRow: a|b | c|tableRow: d | e"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := walk(t, c.in, false); got != c.want {
				t.Errorf("\n got %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestWalkWithoutFrames(t *testing.T) {
	for in, want := range map[string]string{
		"<aside>a</aside>b":                         "paragraph: b",
		"<footer>a</footer>b":                       "paragraph: b",
		"<form>a</form>b":                           "paragraph: b",
		"<div class='related-stories'>a</div>b":     "paragraph: b",
		"<div id=cookie_banner>a</div>b":            "paragraph: b",
		"<div class='ads'>a</div>b":                 "paragraph: b",
		"<div class='lads readable header'>a</div>": "paragraph: a",
	} {
		if got := walk(t, in, true); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
		if got := walk(t, in, false); !strings.Contains(got, "a") {
			t.Errorf("%q: with frames %q", in, got)
		}
	}
}

func TestReadMeta(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		want pageMeta
		date string
	}{
		"nothing": {"<p>a", pageMeta{}, ""},
		"an article in a list": {
			`<script type="application/ld+json">[{"@type":"Person","headline":"no"},{"@type":["Thing","ReportageNewsArticle"],"headline":"A &amp; B"}]</script>`,
			pageMeta{headline: "A & B"},
			"",
		},
		"keywords as a string": {`<script type="application/ld+json">{"@type":"BlogPosting","keywords":" a ,b,, c"}</script>`, pageMeta{keywords: "a, b, c"}, ""},
		"linked data wins":     {`<meta name=keywords content=z><script type="application/ld+json">{"@type":"Article","keywords":["a"]}</script>`, pageMeta{keywords: "a"}, ""},
		"a page is no article": {`<script type="application/ld+json">{"@type":"WebPage","headline":"x"}</script>`, pageMeta{}, ""},
		"numbers for text":     {`<script type="application/ld+json">{"@type":"Article","headline":5,"url":[],"keywords":{"a":1}}</script>`, pageMeta{}, ""},
		"addresses":            {`<link rel=canonical href="ftp://e.org/x"><meta property="og:url" content="https://e.org/a b">`, pageMeta{url: "https://e.org/a%20b"}, ""},
		"a day":                {`<meta name=date content="2025-03-14">`, pageMeta{}, "2025-03-14"},
		"itemprop":             {`<meta itemprop=datePublished content="2025-03-14 08:30:00">`, pageMeta{}, "2025-03-14"},
		"no date":              {`<meta name=date content="last Friday">`, pageMeta{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := readMeta(parse(t, "<html><head>"+c.in+"</head>"))
			date := ""
			if !got.published.IsZero() {
				date = got.published.Format("2006-01-02")
			}
			got.published = c.want.published
			if got != c.want || date != c.date {
				t.Errorf("%+v on %q, want %+v on %q", got, date, c.want, c.date)
			}
		})
	}
}

func TestLinkedDataOfAnyDepthEnds(t *testing.T) {
	deep := strings.Repeat(`[`, 200) + `{"@type":"Article","headline":"x"}` + strings.Repeat(`]`, 200)
	if got := readMeta(parse(t, `<script type="application/ld+json">`+deep+`</script>`)); got.headline != "" {
		t.Errorf("read %+v", got)
	}
}

func TestBareTitles(t *testing.T) {
	for _, c := range []struct{ title, site, want string }{
		{"Bridge waits | The Courier", "", "Bridge waits"},
		{"Bridge waits :: News :: Courier", "", "Bridge waits :: News"},
		{"Bridge waits - The Courier", "The Courier", "Bridge waits"},
		{"Bridge waits – till May", "The Courier", "Bridge waits – till May"},
		{"Bridge waits", "", "Bridge waits"},
		{"", "", ""},
	} {
		if got := bare(c.title, c.site); got != c.want {
			t.Errorf("%q: %q, want %q", c.title, got, c.want)
		}
	}
}

func TestTeasers(t *testing.T) {
	const a = `<div class=x><h3><a href="/a">Ferry sinks</a></h3><p>It went down.</p></div>`
	const b = `<div class=x><h3><a href="/b">Mayor quits</a></h3><p>He went home.</p></div>`
	for name, c := range map[string]struct {
		in   string
		want string
	}{
		"two alike":          {a + b, "Ferry sinks|Mayor quits"},
		"one alone":          {a, ""},
		"of two classes":     {a + strings.Replace(b, "=x", "=y", 1), ""},
		"links on the page":  {strings.ReplaceAll(a+b, `"/`, `"#`), ""},
		"half a link":        {strings.ReplaceAll(a+b, "</a>", "</a> and more"), ""},
		"long ones":          {strings.ReplaceAll(a+b, "It went down.", strings.Repeat("It went down. ", 60)), ""},
		"without a heading":  {strings.ReplaceAll(a+b, "h3", "p"), ""},
		"nested in each one": {"<div class=z>" + a + b + "</div>", "Ferry sinks|Mayor quits"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := strings.Join(markTeasers(parse(t, c.in)), "|"); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestDeclaredCharset(t *testing.T) {
	for in, want := range map[string]string{
		`<meta charset="utf-8">`: "utf-8",
		`<META http-equiv=Content-Type content="text/html; charset=windows-1251">`: "windows-1251",
		`<?xml version="1.0" encoding='koi8-r'?>`:                                  "koi8-r",
		`<p>charset=utf-8`: "",
		strings.Repeat(" ", 5000) + `<meta charset=utf-8>`: "",
	} {
		if got := declaredCharset([]byte(in)); got != want {
			t.Errorf("%.60q: %q, want %q", in, got, want)
		}
	}
}

func TestRowsOfTables(t *testing.T) {
	for want, cells := range map[string][]string{
		"a | b":       {"a", "b"},
		"a | —":       {"a", " "},
		"a b | c":     {" a\n b", "c"},
		"":            {"", " "},
		"x|y | z":     {"x | y", "z"},
		"only":        {"only"},
		"— | 5 | —":   {"", "5", ""},
		"1,000 | 2 %": {"1,000", "2 %"},
	} {
		if got := row(cells); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestSqueezeAndShort(t *testing.T) {
	if got := squeeze(" It’s 5 — \"Ünal\"! "); got != "its5ünal" {
		t.Errorf("squeezed to %q", got)
	}
	if got := short(strings.Repeat("ab ", 60)); len([]rune(got)) != 81 || !strings.HasSuffix(got, "…") {
		t.Errorf("shortened to %q", got)
	}
	if got := counted(1, "block") + ", " + counted(3, "block"); got != "1 block, 3 blocks" {
		t.Errorf("counted %q", got)
	}
}

func TestPageWidth(t *testing.T) {
	for text, want := range map[string]int{
		"short\nlines":                                  0,
		strings.Repeat("w", 60) + "\nshort":             60,
		strings.Repeat("w", 121) + "\nshort":            0,
		strings.Repeat("w", 40) + "\r\n" + "ж":          40,
		strings.Repeat("ж", 50) + "\u2028" + "another.": 50,
	} {
		if got := pageWidth(text); got != want {
			t.Errorf("%.20q: %d, want %d", text, got, want)
		}
	}
}

func TestContinues(t *testing.T) {
	full := strings.Repeat("word ", 11) + "end." // 59 characters
	for name, c := range map[string]struct {
		before, line string
		width        int
		want         bool
	}{
		"a small letter":        {"He went", "home.", 0, true},
		"a full line":           {full, "Another", 60, true},
		"room for the word":     {full, "No", 70, false},
		"no width":              {full, "Another", 0, false},
		"a list item":           {full, "- another", 60, false},
		"a dateline before":     {"Monday, December 19 2016 20:43 EET", "envoy shot", 60, false},
		"spaces do not count":   {full + "   ", "  Another", 60, true},
		"a digit is no capital": {"He saw", "5 ships.", 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := continues(c.before, c.line, c.width); got != c.want {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}

func TestFrontMatter(t *testing.T) {
	for in, want := range map[string]string{
		"---\ntitle: a\n---\nText":       "Text",
		"---\r\ntitle: a\r\n---\r\nText": "Text",
		"---\na: b\n\nc\n---\nText":      "---\na: b\n\nc\n---\nText",
		"---\nno end":                    "---\nno end",
		"---\nprose\n---\nText":          "---\nprose\n---\nText",
		"Text":                           "Text",
	} {
		if got := frontless(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
