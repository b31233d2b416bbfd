package source

import (
	"strings"
	"testing"
	"unicode/utf8"

	"dragoman/pipeline"
)

func TestCanonical(t *testing.T) {
	for link, want := range map[string]string{
		"https://e.org/a":           "https://e.org/a",
		"HTTP://E.ORG:80/a":         "https://e.org/a",
		"https://e.org:443":         "https://e.org/",
		"https://e.org:8443/a":      "https://e.org:8443/a",
		"http://e.org:443/a":        "http://e.org:443/a",
		"https://.":                 "",
		"https://e.org./a#comments": "https://e.org/a",
		" https://e.org/a?b=2&a=1 ": "https://e.org/a?a=1&b=2",
		"https://e.org/a?utm_source=rss&id=7&UTM_Medium=feed": "https://e.org/a?id=7",
		"https://e.org/a?fbclid=1&gclid=2&yclid=3&mc_cid=4":   "https://e.org/a",
		"https://e.org/a?ref=rss&ref_src=x":                   "https://e.org/a",
		"https://e.org/a?reference=9":                         "https://e.org/a?reference=9",
		"https://e.org/a?utm%5Fsource=x":                      "https://e.org/a",
		"https://e.org/a?":                                    "https://e.org/a",
		"https://e.org/A%2Fb/c":                               "https://e.org/A%2Fb/c",
		"https://[::1]:443/a":                                 "https://[::1]/a",
		"https://user:secret@e.org/a":                         "https://e.org/a",
		"ftp://e.org/a":                                       "",
		"/a":                                                  "",
		"":                                                    "",
		"https://":                                            "",
		"https://e.org/%zz":                                   "",
	} {
		if got := Canonical(link); got != want {
			t.Errorf("%q: %q, want %q", link, got, want)
		}
	}
}

func FuzzCanonical(f *testing.F) {
	f.Add("https://E.org:443/a/../b?utm_x=1&b=2;a=%31#f")
	f.Fuzz(func(t *testing.T, link string) {
		key := Canonical(link)
		if key != "" && Canonical(key) != key {
			t.Errorf("%q gives %q, which gives %q", link, key, Canonical(key))
		}
		if id := documentID(key, link, link); strings.ContainsAny(id, "/\\. ") || len(id) > longestSlug+9 || id == "" {
			t.Errorf("id %q", id)
		}
	})
}

func TestDocumentIDs(t *testing.T) {
	for _, c := range []struct{ link, headline, want string }{
		{"https://e.org/news/2026/bridge-waits.html", "x", "bridge-waits"},
		{"https://e.org/news/Bridge_Waits/", "x", "bridge-waits"},
		{"https://e.org/haberler/%C3%87avu%C5%9Fo%C4%9Flu-s%C4%B1n%C4%B1r", "x", "cavusoglu-sinir"},
		{"https://e.org/2026/03/17", "The Bridge — “waits”!", "the-bridge-waits"},
		{"https://e.org/", "The Bridge", "the-bridge"},
		{"https://e.org/index.php", "The Bridge", "the-bridge"},
		{"", "The Bridge's end", "the-bridges-end"},
		{"https://e.org/12345", "Мост", "12345"},
		{"", "Мост", "article"},
		{"https://e.org/" + strings.Repeat("very-", 30) + "long", "", strings.TrimSuffix(strings.Repeat("very-", 12), "-")},
		{"https://e.org/" + strings.Repeat("x", 300), "", strings.Repeat("x", 60)},
		{"https://e.org/../../etc/passwd", "", "passwd"},
	} {
		got := documentID("k", c.link, c.headline)
		if want := c.want + "-" + short("k"); got != want {
			t.Errorf("%s %s: %s, want %s", c.link, c.headline, got, want)
		}
	}
	if documentID("a", "", "x") == documentID("b", "", "x") {
		t.Error("two keys have one id")
	}
}

func TestKeysADatabaseCanHold(t *testing.T) {
	long := "https://e.org/" + strings.Repeat("ж", 2000)
	for _, key := range []string{long, "id:a\x00b", "id:\xff\xfe", long + "x", "id:" + strings.Repeat("\x00", 600)} {
		got := bounded(key)
		if len(got) > longestKey || strings.ContainsRune(got, 0) || !utf8.ValidString(got) || got == key {
			t.Errorf("%q", got)
		}
	}
	if bounded(long) == bounded(long+"x") || bounded("id:7") != "id:7" {
		t.Error("keys are not told apart, or a good one is changed")
	}
	if id := fileID(strings.Repeat("a/", 2000) + "b.txt"); len(id) > longestFileID+9 {
		t.Errorf("an id of %d bytes", len(id))
	}
}

func TestContent(t *testing.T) {
	art := func(texts ...string) *pipeline.Article {
		a := &pipeline.Article{}
		for _, s := range texts {
			kind := pipeline.Paragraph
			if k, rest, ok := strings.Cut(s, ": "); ok {
				kind, s = pipeline.Kind(k), rest
			}
			a.Body = append(a.Body, pipeline.Block{Kind: kind, Sentences: []pipeline.Sentence{{Text: s}}})
		}
		return a
	}
	base := Content(art("headline: Bridge", "It is dear."))
	for name, a := range map[string]*pipeline.Article{
		"white space": art("headline: Bridge ", "It  is\n dear."),
		"invisible":   art("headline: Br\u00adidge", "It is\u200b dear.\ufeff"),
		"keywords":    art("headline: Bridge", "keywords: a, b", "It is dear."),
		"a date line": art("headline: Bridge", "Monday, 2 March 2026", "It is dear."),
		"not shown":   art("headline: Bridge", "It is dear.", "boilerplate: The post appeared first on The Courier"),
	} {
		if Content(a) != base {
			t.Errorf("%s changes the content", name)
		}
	}
	for name, a := range map[string]*pipeline.Article{
		"a word":         art("headline: Bridge", "It is very dear."),
		"the headline":   art("headline: The bridge", "It is dear."),
		"a paragraph":    art("headline: Bridge", "It is dear.", "Very."),
		"the division":   art("headline: Bridge", "It is", "dear."),
		"a byline":       art("headline: Bridge", "By Ann Miller", "It is dear."),
		"a date in text": art("headline: Bridge", "It is dear on Monday, 2 March 2026."),
	} {
		if Content(a) == base {
			t.Errorf("%s does not change the content", name)
		}
	}
	if Content(art("caf\u00e9")) != Content(art("cafe\u0301")) {
		t.Error("two forms of one letter differ")
	}
}
