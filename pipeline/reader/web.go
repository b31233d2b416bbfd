package reader

import (
	"bytes"
	"errors"
	"fmt"
	"mime"
	"net/url"
	"path"
	"strings"

	"dragoman/pipeline"
)

// Web reads what a web server answered: HTML, Markdown or plain text, by its
// media type, or by the ending of its address where the type says nothing. An
// encoding that the type names counts before those that the page names; where the
// bytes are not in it, the article's Noticed says so. The
// article is named after the address, and has it as its URL unless the page
// names another one of the same host.
func Web(body []byte, contentType, address string) ([]*pipeline.Article, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, invalid(address, errors.New("is no address"), "")
	}
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil { // a parameter that nobody can read leaves the type
		media, _, _ = strings.Cut(strings.ToLower(contentType), ";")
		media = strings.TrimSpace(media)
	}
	read, err := forMedia(media, u.Path, body)
	if err != nil {
		return nil, named(err, address)
	}
	var noticed []pipeline.Finding
	if declared := params["charset"]; declared != "" {
		if d, err := decode(body, declared); err == nil && !d.guessed {
			body = []byte(d.text)
			if label(declared) != d.charset {
				noticed = append(noticed, encodingFinding(notDeclared("the server", declared, d)))
			}
		}
	}
	arts, err := read(bytes.NewReader(body), address)
	if err != nil {
		return nil, err
	}
	for _, a := range arts {
		a.ID = articleID(pageName(u))
		a.Noticed = append(a.Noticed, noticed...)
		if own, err := url.Parse(a.URL); err != nil || !strings.EqualFold(own.Host, u.Host) {
			a.URL = address
		}
	}
	return arts, nil
}

// forMedia finds the reader for a media type, and for the ending of a path
// where the type is one that servers give to what they do not know.
func forMedia(media, file string, body []byte) (pipeline.Reader, error) {
	ending := strings.ToLower(path.Ext(file))
	switch media {
	case "text/html", "application/xhtml+xml":
		return HTML, nil
	case "text/markdown", "text/x-markdown":
		return Markdown, nil
	case "text/plain", "", "application/octet-stream", "binary/octet-stream":
		if ending == ".md" || ending == ".markdown" {
			return Markdown, nil
		}
		if media == "text/plain" {
			return Text, nil
		}
		return Sniff, nil // what is no text is found out when it is decoded
	case "application/xml", "text/xml":
		if bytes.Contains(body[:min(len(body), 1024)], []byte("<html")) {
			return HTML, nil
		}
	}
	for _, feed := range []string{"rss", "atom", "xml", "json"} {
		if strings.Contains(media, feed) {
			return nil, invalid("", fmt.Errorf("is %s: a feed or data, and no article", media), "a feed is read by a schedule, see feed: in dragoman.yaml; here, give the page of one article")
		}
	}
	return nil, invalid("", fmt.Errorf("is %s; what is read is HTML, Markdown and plain text", media), "give the page of the article itself")
}

// pageName is what a page is called after: the last part of its path that says
// anything, else its host, and its query, as many sites have all their pages at
// one path.
func pageName(u *url.URL) string {
	name := u.Hostname()
	for part := range strings.SplitSeq(u.Path, "/") {
		stem := strings.TrimSuffix(part, path.Ext(part))
		if stem != "" && !strings.EqualFold(stem, "index") {
			name = stem
		}
	}
	if u.RawQuery != "" {
		query, err := url.QueryUnescape(u.RawQuery)
		if err != nil {
			query = u.RawQuery
		}
		name += "-" + strings.NewReplacer("=", "-", "&", "-", "/", "-").Replace(query)
	}
	return strings.ReplaceAll(name, ".", "-") // articleID takes off what follows the last dot
}
