package site

import (
	"crypto/sha256"
	_ "embed" // the templates and the style
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"dragoman/pipeline"
	"dragoman/pipeline/writer"
)

var (
	//go:embed site.gohtml
	siteTemplate string
	//go:embed site.css
	siteStyle string
)

// pages are the templates with the style in them. The style is a part of the
// templates' text and not a value, so that no value is ever trusted; it has no
// remarks, which the template would take out, so that the hash in the content
// policy is that of the bytes sent.
var pages = sync.OnceValues(func() (*template.Template, error) {
	style := strings.TrimSpace(siteStyle)
	sum := sha256.Sum256([]byte(style))
	text := strings.NewReplacer(
		"@STYLEHASH@", "sha256-"+base64.StdEncoding.EncodeToString(sum[:]),
		"@STYLE@", style,
	).Replace(siteTemplate)
	return template.New("site").Option("missingkey=error").Parse(text)
})

// page is what every page has.
type page struct {
	Lang, Title, Site string
	Words             words
	Home, Feed        string // addresses
	Languages         []link // this page in other languages, this one among them
	Alternates        []link // the same, for machines

	// Of an article.
	Article  writer.Reading
	Item     itemView
	Original string

	// Of a list.
	Heading string
	Items   []itemView
	Months  []link
}

// link is an address with its name.
type link struct {
	Lang, Name, Address string
	Here                bool // it is this page
}

// itemView is an article in a list.
type itemView struct {
	Title, Address, Teaser, Banner, Disclosure, Author string

	Gaps               []string
	Published, Updated moment
	UpdatedWord        string // before a date
}

// moment is a time for a person and for a machine; both "" for none.
type moment struct{ Words, Machine string }

func momentOf(w words, t time.Time) moment {
	if t.IsZero() {
		return moment{}
	}
	return moment{w.date(t), t.UTC().Format(time.RFC3339)}
}

func viewOf(w words, i item, from string) itemView {
	return itemView{
		Title: i.title(), Address: between(from, pageName(i.Lang, i.Name)), Teaser: i.Teaser, Banner: i.Banner, Gaps: i.Gaps,
		Disclosure: i.Disclosure, Author: i.Author, Published: momentOf(w, i.Published), Updated: momentOf(w, i.Updated), UpdatedWord: w.Updated,
	}
}

// newPage is a page of a language under its name. Others are the names of the
// same page in all languages that have it, by language.
func (s *Site) newPage(lang, name string, others map[string]string) page {
	w := wordsFor(lang)
	p := page{Lang: lang, Site: s.titleIn(w), Words: w, Home: between(name, indexName(lang)), Feed: between(name, feedName(lang))}
	for _, l := range s.list.Languages {
		to, ok := others[l]
		if !ok {
			continue
		}
		p.Languages = append(p.Languages, link{Lang: l, Name: wordsFor(l).Own, Address: between(name, to), Here: l == lang})
		p.Alternates = append(p.Alternates, link{Lang: l, Address: s.whole(name, to)})
	}
	return p
}

// articlePage writes an article in one language.
func (s *Site) articlePage(e entry, address string, r writer.Reading) func(io.Writer) error {
	others := map[string]string{}
	it := item{entry: e}
	for _, ed := range e.Editions {
		others[ed.Lang] = pageName(ed.Lang, e.Name)
		if ed.Lang == r.Lang {
			it.edition = ed
		}
	}
	p := s.newPage(r.Lang, pageName(r.Lang, e.Name), others)
	p.Title, p.Article, p.Original = it.title(), r, original(address)
	p.Item = viewOf(p.Words, it, "")
	return execute("article", p)
}

// indexPage writes the newest articles of a language, and what months there
// are.
func (s *Site) indexPage(lang string, newest []item) func(io.Writer) error {
	name := indexName(lang)
	others := map[string]string{}
	for _, l := range s.list.Languages {
		others[l] = indexName(l)
	}
	p := s.newPage(lang, name, others)
	p.Title, p.Heading = p.Site, p.Words.Latest
	for _, m := range s.monthsIn(lang) {
		p.Months = append(p.Months, link{Name: p.Words.month(m), Address: between(name, archiveName(lang, m))})
	}
	return listPage(p, name, newest)
}

// monthPage writes the articles of one month.
func (s *Site) monthPage(lang, month string, items []item) func(io.Writer) error {
	name := archiveName(lang, month)
	others := map[string]string{}
	for l := range s.list.Months[month] {
		others[l] = archiveName(l, month)
	}
	p := s.newPage(lang, name, others)
	p.Heading = p.Words.month(month)
	p.Title = p.Heading + " – " + p.Site
	return listPage(p, name, items)
}

// listPage writes a list of articles.
func listPage(p page, name string, items []item) func(io.Writer) error {
	for _, i := range items {
		p.Items = append(p.Items, viewOf(p.Words, i, name))
	}
	return execute("list", p)
}

func execute(name string, p page) func(io.Writer) error {
	return func(w io.Writer) error {
		t, err := pages()
		if err != nil {
			return fmt.Errorf("reading the site's pages: %w", err)
		}
		return t.ExecuteTemplate(w, name, p)
	}
}

// HasHeadline reports whether the article has a headline of its own among its
// passages: a page without one is headed by the article's name.
func (p page) HasHeadline() bool {
	return slices.ContainsFunc(p.Article.Article, func(x writer.Passage) bool { return x.Kind == pipeline.Headline })
}
