package site

import (
	"net/url"
	"path"
	"strings"
)

// home is the language whose pages lie at the top of the site.
const home = "en"

// isTag reports whether a language can be the name of a folder.
func isTag(lang string) bool {
	return lang != "" && !strings.ContainsFunc(lang, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-')
	})
}

// place is a name among the pages of a language.
func place(lang, name string) string {
	if lang == home {
		return name
	}
	return path.Join(lang, name)
}

func pageName(lang, article string) string  { return place(lang, "articles/"+article+".html") }
func archiveName(lang, month string) string { return place(lang, "archive/"+month+".html") }
func indexName(lang string) string          { return place(lang, "index.html") }
func feedName(lang string) string           { return place(lang, "feed.xml") }

// escaped is a name as it stands in an address.
func escaped(name string) string {
	parts := strings.Split(name, "/")
	for i, p := range parts {
		parts[i] = url.PathEscape(p)
	}
	return strings.Join(parts, "/")
}

// between is the address of a page as another one links to it.
func between(from, to string) string {
	return strings.Repeat("../", strings.Count(from, "/")) + escaped(to)
}

// whole is the address of a page for whoever is elsewhere: an absolute one
// where the site has an address, else one relative to the page it stands on.
func (s *Site) whole(from, to string) string {
	if s.opts.URL == "" {
		return between(from, to)
	}
	return strings.TrimSuffix(s.opts.URL, "/") + "/" + escaped(to)
}

// original is an article's address where it is fit to be a link, or "": http
// and https, with a host and no user.
func original(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return ""
	}
	return u.String()
}
