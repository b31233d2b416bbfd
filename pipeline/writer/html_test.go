package writer_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"dragoman/pipeline"
	"dragoman/pipeline/writer"
)

// parse reads a report as a browser would.
func parse(t *testing.T, page string) *html.Node {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// elements are all elements of a page, in order.
func elements(root *html.Node) []*html.Node {
	var out []*html.Node
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			out = append(out, n)
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

// textOf is the text of a node and all beneath it.
func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

// byAnchor finds the element with an id.
func byAnchor(t *testing.T, root *html.Node, id string) *html.Node {
	t.Helper()
	for _, e := range elements(root) {
		if attribute(e, "id") == id {
			return e
		}
	}
	t.Fatalf("nothing has the id %q", id)
	return nil
}

// tags and attributes are all that a report may be made of.
func tags() []string {
	return strings.Fields("html head meta title style body a p header span h1 h2 h3 dl div dt dd section table thead tbody tr th td " +
		"svg rect ul li nav main fieldset legend label input del ins s mark strong blockquote footer details summary code")
}

func attributes() []string {
	return strings.Fields("lang charset http-equiv content name class href role aria-labelledby aria-hidden aria-label id tabindex scope " +
		"width height x viewbox viewBox preserveaspectratio preserveAspectRatio dir type checked")
}

// harmless checks that a page is made of nothing but what the template has.
func harmless(t *testing.T, what string, root *html.Node) {
	t.Helper()
	for _, e := range elements(root) {
		if !slices.Contains(tags(), e.Data) {
			t.Errorf("%s: an element %q", what, e.Data)
		}
		for _, a := range e.Attr {
			if !slices.Contains(attributes(), a.Key) {
				t.Errorf("%s: an attribute %s=%q on %s", what, a.Key, a.Val, e.Data)
			}
			if a.Key == "href" && !strings.HasPrefix(a.Val, "#") {
				t.Errorf("%s: a link to %q", what, a.Val)
			}
		}
	}
	for n := range root.Descendants() {
		if n.Type == html.CommentNode {
			t.Errorf("%s: a comment %q", what, n.Data)
		}
	}
}

// outline is a page without its texts and its values.
func outline(root *html.Node) string {
	var b strings.Builder
	for _, e := range elements(root) {
		b.WriteString(e.Data)
		for _, a := range e.Attr {
			b.WriteString(" " + a.Key)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestHTMLCannotBeInjected(t *testing.T) {
	payloads := append(htmlPayloads(), markdownPayloads()...)
	if len(payloads) < 60 {
		t.Fatalf("%d payloads only", len(payloads))
	}
	want := outline(parse(t, write(t, writer.HTML, poisoned("harmless"))))
	for _, p := range payloads {
		page := write(t, writer.HTML, poisoned(p))
		root := parse(t, page)
		harmless(t, p, root)
		if got := outline(root); got != want {
			t.Errorf("%q changes the page", p)
		}
		for _, r := range page {
			if r != '\n' && (r < ' ' || r >= 0x7F && r <= 0x9F || r >= 0x202A && r <= 0x202E) {
				t.Errorf("%q leaves %U in the page", p, r)
			}
		}
	}
}

// An id is the one text that gets into attributes.
func TestHTMLHostileIDs(t *testing.T) {
	for _, p := range append(htmlPayloads(), "", "account", "h-account", "#", "p1s1 x", "../x", "e-ABC") {
		d := rich()
		for _, a := range []*pipeline.Article{d.Normalized, d.Corrected} {
			a.Body[4].ID, a.Body[4].Sentences[1].ID, a.Body[4].Kind = p, p, pipeline.Kind(p)
		}
		d.Edits[2].Span.Sentence, d.Edits[2].ID, d.Edits[2].State = p, p, pipeline.EditState(p)
		d.Findings[0].Span.Sentence, d.Findings[0].Severity, d.Findings[1].Lang = p, pipeline.Severity(p), p
		d.Summary.Sentences[1].ID, d.Summary.Sentences[1].Evidence = p, []string{p, "nowhere"}
		d.Corrections[5].ID, d.Translations[0].Article[5].ID = p, p
		d.Origin.Author = pipeline.Author(p)
		root := parse(t, write(t, writer.HTML, d))
		harmless(t, p, root)
		ids := map[string]bool{}
		for _, e := range elements(root) {
			ids[attribute(e, "id")] = true
		}
		for _, e := range elements(root) {
			if to := attribute(e, "href"); to != "" && !ids[to[1:]] {
				t.Errorf("%q: a link to %s, which is not there", p, to)
			}
		}
	}
}

func TestHTMLIsSelfContained(t *testing.T) {
	for name, doc := range samples() {
		root := parse(t, write(t, writer.HTML, doc))
		harmless(t, name, root)
		seen := map[string]int{}
		var policy, style string
		for _, e := range elements(root) {
			if id := attribute(e, "id"); id != "" {
				seen[id]++
			}
			if attribute(e, "http-equiv") == "Content-Security-Policy" {
				policy = attribute(e, "content")
			}
			if e.Data == "style" {
				style = textOf(e)
			}
		}
		sum := sha256.Sum256([]byte(style))
		want := fmt.Sprintf("default-src 'none'; style-src 'sha256-%s'; base-uri 'none'; form-action 'none'", base64.StdEncoding.EncodeToString(sum[:]))
		if policy != want {
			t.Errorf("%s: policy %q, want %q", name, policy, want)
		}
		if strings.Contains(style, "url(") || strings.Contains(style, "@import") {
			t.Errorf("%s: the style fetches something", name)
		}
		for _, e := range elements(root) {
			if to := attribute(e, "href"); to != "" && seen[to[1:]] != 1 {
				t.Errorf("%s: a link to %s, which is there %d times", name, to, seen[to[1:]])
			}
		}
	}
}

func TestHTMLShowsEverySentence(t *testing.T) {
	doc := rich()
	root := parse(t, write(t, writer.HTML, doc))
	for _, s := range doc.Normalized.Sentences() {
		row := textOf(byAnchor(t, root, s.ID))
		for lang, texts := range map[string]map[string]string{"ru": russianTexts(), "tr": turkishTexts()} {
			if want := texts[s.ID]; !strings.Contains(row, want) {
				t.Errorf("%s: no %s text %q", s.ID, lang, want)
			}
		}
	}
	for _, s := range doc.Summary.Sentences {
		row := byAnchor(t, root, s.ID)
		if !strings.Contains(textOf(row), s.Text) {
			t.Errorf("%s: not there", s.ID)
		}
		var links []string
		for _, e := range elements(row) {
			links = append(links, attribute(e, "href"))
		}
		for _, id := range s.Evidence {
			if !slices.Contains(links, "#"+id) {
				t.Errorf("%s: no link to its evidence %s", s.ID, id)
			}
		}
	}
	for _, f := range doc.Findings {
		if text := textOf(byAnchor(t, root, f.ID)); !strings.Contains(text, f.Message) || !strings.Contains(text, f.Waived) {
			t.Errorf("%s: %q", f.ID, text)
		}
	}
	for _, e := range doc.Edits {
		if text := textOf(byAnchor(t, root, e.ID)); !strings.Contains(text, e.Reason) {
			t.Errorf("%s: %q", e.ID, text)
		}
	}
}

func TestHTMLShowsChangesByState(t *testing.T) {
	root := parse(t, write(t, writer.HTML, rich()))
	for _, c := range []struct{ row, class, tag, want string }{
		{"p2s1", "edit applied", "del", "has been shot today's evening, on"},
		{"p2s1", "edit applied", "ins", "was shot on the evening of"},
		{"p2s2", "edit accepted", "ins", "the back at close range"},
		{"p2s2", "edit proposed", "ins", "said, Uatoday reported"},
		{"p3s1", "edit rejected", "s", "take out"},
		{"h1s1", "edit query", "span", "11 bullets"},
	} {
		found := false
		for _, e := range elements(byAnchor(t, root, c.row)) {
			found = found || e.Data == c.tag && attribute(e.Parent, "class") == c.class && textOf(e) == c.want
		}
		if !found {
			t.Errorf("%s: no %s with %s %q", c.row, c.class, c.tag, c.want)
		}
	}
}

func TestHTMLMarksWhatFailed(t *testing.T) {
	root := parse(t, write(t, writer.HTML, rich()))
	holds(t, textOf(byAnchor(t, root, "p3s2")), []string{"[не переведено: p3s2]", `"An unknown attacker`, "no answer after two re-asks"}, nil)
	holds(t, textOf(byAnchor(t, root, "p6s1")), []string{"⚠", "The source says eight"}, nil)
	holds(t, textOf(byAnchor(t, root, "sum.k3")), []string{"[не переведено: sum.k3]"}, nil)
	d := cleanDoc()
	d.Corrections[5].State, d.Corrections[5].Target = pipeline.Failed, ""
	d.Corrections = slices.Delete(d.Corrections, 6, 7)
	d.Summary.Sentences[0].Text = ""
	root = parse(t, write(t, writer.HTML, d))
	holds(t, textOf(byAnchor(t, root, "p2s2")), []string{"Not corrected"}, nil)
	holds(t, textOf(byAnchor(t, root, "p3s1")), []string{"Not corrected"}, nil)
	holds(t, textOf(byAnchor(t, root, "sum.h")), []string{"[not done: sum.h]"}, nil)
	holds(t, textOf(root), []string{"Not every sentence is accounted for: 1 missing, 0 out of place.", "correct: not accounted for: p3s1"}, nil)
}

func TestHTMLSaysWhoMadeIt(t *testing.T) {
	page := write(t, writer.HTML, pseudo())
	if n := strings.Count(page, "PSEUDO OUTPUT. A pseudo model"); n != 2 {
		t.Errorf("%d banners, want one at the top and one at the foot", n)
	}
	holds(t, page, []string{"<title>PSEUDO OUTPUT: ", `<meta name="ai-disclosure" content="pseudo">`}, nil)
	if n := strings.Count(write(t, writer.HTML, authored()), "⚠ EXAMPLE. "); n != 2 {
		t.Errorf("%d banners on replies written by hand, want 2", n)
	}
	holds(t, write(t, writer.HTML, cleanDoc()), []string{"role: night editor", `content="ai-assisted"`, "sha256:" + strings.Repeat("0a1b2c3d", 8)}, []string{"PSEUDO"})
	holds(t, write(t, writer.HTML, normalizedOnly()), []string{"No AI model has worked on this text.", "No model has worked on this article."}, []string{"PSEUDO", "Side by side"})
}

func TestHTMLOfNothing(t *testing.T) {
	page := write(t, writer.HTML, &pipeline.Document{})
	harmless(t, "nothing", parse(t, page))
	holds(t, page, []string{"Untitled article", "There is no article in this document."}, nil)
}
