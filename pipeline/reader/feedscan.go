package reader

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/text/encoding/htmlindex"

	"dragoman/pipeline"
)

// What a feed can have. A parser that is given more needs much memory or time for
// few bytes; the largest feeds of news sites have a tenth of each: 500 entries of
// 30 elements, 20 namespaces.
const (
	mostElements = 200_000 // elements, or JSON objects and lists
	mostEntries  = 10_000
	mostDepth    = 1_000   // elements within elements; a br that is not closed holds what follows it
	mostSpaces   = 64      // namespaces in force at one place
	mostJoined   = 1 << 28 // bytes moved while the pieces of texts are joined one by one
)

// decodeFeed decodes a feed by the labels of its XML declaration and of the server.
func decodeFeed(raw []byte, name, charset string) (decoded, []pipeline.Finding, error) {
	switch {
	case len(raw) > MaxBytes:
		return decoded{}, nil, invalid(name, fmt.Errorf("the feed is larger than %d MiB", MaxBytes>>20), "ask its publisher for one with fewer entries")
	case len(strings.TrimSpace(string(raw[:min(len(raw), 512)]))) == 0 && len(strings.TrimSpace(string(raw))) == 0:
		return decoded{}, nil, invalid(name, errors.New("the answer is empty: there is no feed in it"), "open the address in a browser; if it is empty there too, tell the publisher")
	}
	var labels []string
	for _, l := range []string{declaredCharset(raw), charset} {
		if l = strings.TrimSpace(l); l != "" {
			labels = append(labels, l)
		}
	}
	d, err := decode(raw, strings.Join(labels[:min(len(labels), 1)], ""))
	if len(labels) > 1 && (err != nil || d.guessed) {
		if second, e := decode(raw, labels[1]); e == nil && !second.guessed {
			d, err = second, nil
		}
	}
	if err != nil || d.guessed {
		if text, n := damaged(raw); n > 0 {
			return decoded{text: text, charset: "utf-8"}, []pipeline.Finding{encodingFinding(fmt.Sprintf("the feed is UTF-8 with %s that belong to no character; U+FFFD stands in their place", counted(n, "byte")))}, nil
		}
	}
	switch {
	case err != nil:
		return decoded{}, nil, named(err, name)
	case len(labels) > 0 && label(labels[0]) != d.charset:
		return d, []pipeline.Finding{encodingFinding(notDeclared("the feed", labels[0], d))}, nil
	case d.guessed:
		return d, []pipeline.Finding{encodingFinding(fmt.Sprintf("the feed does not say its encoding; it was read as %s, which is a guess", d.charset))}, nil
	}
	return d, nil, nil
}

// notDeclared says that an input is not in the encoding it declares.
func notDeclared(what, declared string, d decoded) string {
	how := ""
	if d.guessed {
		how = ", which is a guess"
	}
	return fmt.Sprintf("%s declares the encoding %q, which it is not; it was read as %s%s", what, short(declared), d.charset, how)
}

func encodingFinding(message string) pipeline.Finding {
	return pipeline.Finding{Check: "N03", Category: "linguistic conventions/character encoding", Severity: pipeline.Minor, Message: message, Suggest: "tell the publisher"}
}

// label is the name that decode gives an encoding of that label.
func label(declared string) string {
	enc, err := htmlindex.Get(declared)
	if err != nil {
		return declared
	}
	name, err := htmlindex.Name(enc)
	if err != nil {
		return declared
	}
	return name
}

// damaged decodes UTF-8 with a few broken bytes, as programs leave them that cut a
// summary by bytes: three whole characters beyond ASCII for each, which no other
// encoding has by chance. n is 0 where it is not that.
func damaged(raw []byte) (text string, n int) {
	whole := 0
	for i := 0; i < len(raw); {
		r, size := utf8.DecodeRune(raw[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			n++
		case size > 1:
			whole++
		}
		i += size
	}
	if n == 0 || whole < 3*n {
		return "", 0
	}
	return strings.ToValidUTF8(string(raw), "\uFFFD"), n
}

// scanFeed looks a feed through before it is parsed: whether it is one, whole, and
// of a bearable form. It gives the text from its root on.
func scanFeed(text, name string) (string, error) {
	text = strings.TrimLeftFunc(strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == '\uFFFE' || r == '\uFFFF' {
			return -1 // no XML parser takes them, and nobody can have meant them
		}
		return r
	}, text), func(r rune) bool { return unicode.IsSpace(r) || r == '\uFEFF' })
	switch {
	case strings.HasPrefix(text, "{"):
		return text, scanJSON(text, name)
	case !strings.HasPrefix(text, "<"):
		return "", notFeed(name, fmt.Errorf("it begins with %q", short(text)))
	case isHTML(text):
		return "", htmlInstead(text, name)
	}
	// Its encoding is not what it says any more.
	text = xmlDeclaration.ReplaceAllString(text, "")
	s := scanner{name: name, decoder: xml.NewDecoder(strings.NewReader(text))}
	s.decoder.Strict = false
	if err := s.run(); err != nil {
		return "", err
	}
	return text[s.start:], nil
}

var (
	xmlDeclaration = regexp.MustCompile(`^<\?xml\s[^>]*\?>`)
	htmlStart      = regexp.MustCompile(`(?is)^(?:<\?xml[^>]*\?>|<!--.*?-->|\s)*(?:<!doctype\s+html|<html|<head|<body)\b`)
)

func isHTML(text string) bool { return htmlStart.MatchString(text[:min(len(text), 8192)]) }

// htmlInstead is the error of a page in a feed's place; it names the feeds that the
// page knows of.
func htmlInstead(text, name string) error {
	hint := "name the feed's own address, not the site's; or the site shows a notice in its place"
	base, err := url.Parse(name)
	if err != nil {
		base = &url.URL{}
	}
	doc, err := html.Parse(strings.NewReader(text[:min(len(text), 1<<20)]))
	if err != nil {
		return invalid(name, errors.New("it is a web page, not a feed"), hint)
	}
	each(doc, func(n *html.Node) bool {
		kind := strings.ToLower(attr(n, "type"))
		if n.DataAtom == atom.Link && (strings.Contains(kind, "rss") || strings.Contains(kind, "atom") || strings.Contains(kind, "feed+json")) {
			if link := webAddress(base, attr(n, "href")); link != "" && !strings.Contains(hint, "the page names") {
				hint = "the page names this feed: " + link
			}
		}
		return true
	})
	return invalid(name, errors.New("it is a web page, not a feed"), hint)
}

func notFeed(name string, err error) error {
	return invalid(name, fmt.Errorf("it is no RSS, Atom or JSON feed: %w", err), "open the address in a browser and look what it gives")
}

// brokenFeed is a parser's error in words for the person who reads the history.
func brokenFeed(name string, err error) error {
	if syntax, ok := errors.AsType[*xml.SyntaxError](err); ok && strings.Contains(syntax.Msg, "unexpected EOF") || errors.Is(err, io.ErrUnexpectedEOF) {
		return invalid(name, fmt.Errorf("the feed breaks off in its middle: %w", err), "it is asked for again at the next run; if it stays so, tell the publisher")
	}
	return invalid(name, fmt.Errorf("the feed is broken: %w", err), "tell the publisher; a feed validator shows the place")
}

// scanner reads a feed's XML as the parser will, and counts.
type scanner struct {
	name     string
	decoder  *xml.Decoder
	start    int64    // of the root
	root     string   // its name in small letters
	open     []opened // elements
	elements int
	entries  int
	spaces   int
	joined   int
}

type opened struct{ spaces, text int }

func (s *scanner) run() error {
	for {
		at := s.decoder.InputOffset()
		token, err := s.decoder.Token()
		switch {
		case err == io.EOF && s.root == "":
			return notFeed(s.name, errors.New("no element is in it"))
		case err == io.EOF:
			return nil
		case err != nil:
			return brokenFeed(s.name, err)
		}
		if err := s.token(token, at); err != nil {
			return err
		}
	}
}

// token counts one token.
func (s *scanner) token(token xml.Token, at int64) error {
	switch t := token.(type) {
	case xml.StartElement:
		return s.element(t, at)
	case xml.EndElement:
		if n := len(s.open); n > 0 {
			s.spaces -= s.open[n-1].spaces
			s.open = s.open[:n-1]
		}
	case xml.CharData:
		if n := len(s.open); n > 0 {
			s.joined += s.open[n-1].text
			s.open[n-1].text += len(t)
		}
	case xml.Directive:
		if strings.Contains(strings.ToUpper(string(t)), "<!ENTITY") {
			return invalid(s.name, errors.New("the feed declares entities of its own, which no feed needs and bombs do"), "tell the publisher")
		}
	}
	if s.joined > mostJoined {
		return s.tooMuch("its texts are in too many pieces")
	}
	return nil
}

func (s *scanner) element(t xml.StartElement, at int64) error {
	if s.root == "" {
		s.root, s.start = strings.ToLower(t.Name.Local), at
		switch s.root {
		case "rss", "rdf", "feed":
		case "urlset", "sitemapindex":
			return notFeed(s.name, errors.New("it is a sitemap"))
		case "opml":
			return notFeed(s.name, errors.New("it is a list of feeds (OPML); name the feeds themselves"))
		default:
			return notFeed(s.name, fmt.Errorf("it is XML with the root %q", short(s.root)))
		}
	}
	o := opened{}
	for _, a := range t.Attr {
		if a.Name.Space == "xmlns" || a.Name.Space == "" && a.Name.Local == "xmlns" {
			o.spaces++
		}
	}
	s.open = append(s.open, o)
	s.spaces += o.spaces
	s.elements++
	if name := strings.ToLower(t.Name.Local); name == "item" || name == "entry" {
		s.entries++
	}
	switch {
	case s.entries > mostEntries:
		return s.tooMuch(fmt.Sprintf("it has more than %d entries", mostEntries))
	case s.elements > mostElements:
		return s.tooMuch(fmt.Sprintf("it has more than %d elements", mostElements))
	case len(s.open) > mostDepth:
		return s.tooMuch(fmt.Sprintf("its elements are nested more than %d deep", mostDepth))
	case s.spaces > mostSpaces:
		return s.tooMuch(fmt.Sprintf("it has more than %d namespaces", mostSpaces))
	}
	return nil
}

func (s *scanner) tooMuch(what string) error { return tooMuch(s.name, what) }

func tooMuch(name, what string) error {
	return invalid(name, fmt.Errorf("the feed is not read: %s", what), "tell the publisher; no feed of articles is like that")
}

// scanJSON does for a JSON feed what scanner does.
func scanJSON(text, name string) error {
	depth, elements, inString := 0, 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			depth++
			elements++
		case c == '}' || c == ']':
			depth--
		}
		if depth > mostDepth {
			return tooMuch(name, fmt.Sprintf("it is nested more than %d deep", mostDepth))
		}
	}
	if elements > mostElements {
		return tooMuch(name, fmt.Sprintf("it has more than %d objects", mostElements))
	}
	var head struct {
		Version string            `json:"version"`
		Items   []json.RawMessage `json:"items"`
	}
	if err := json.Unmarshal([]byte(text), &head); err != nil {
		if _, ok := errors.AsType[*json.SyntaxError](err); ok {
			if depth > 0 || inString {
				err = io.ErrUnexpectedEOF
			}
			return brokenFeed(name, err)
		}
		return notFeed(name, errors.New("it is JSON of another kind"))
	}
	if len(head.Items) > mostEntries {
		return tooMuch(name, fmt.Sprintf("it has more than %d entries", mostEntries))
	}
	if head.Items == nil && !strings.Contains(head.Version, "jsonfeed.org") {
		return notFeed(name, errors.New("it is JSON without a list of items"))
	}
	return nil
}
