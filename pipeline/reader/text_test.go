package reader_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"dragoman/pipeline"
	"dragoman/pipeline/reader"
)

// show writes an article's blocks as "kind: text".
func show(a *pipeline.Article) string {
	var out []string
	for _, b := range a.Body {
		out = append(out, string(b.Kind)+": "+b.Text())
	}
	return strings.Join(out, "\n")
}

// read runs a reader over a text and wants one article.
func read(t *testing.T, r pipeline.Reader, text, name string) *pipeline.Article {
	t.Helper()
	articles, err := r(strings.NewReader(text), name)
	if err != nil {
		t.Fatal(err)
	}
	if len(articles) != 1 {
		t.Fatalf("%d articles", len(articles))
	}
	for _, b := range articles[0].Body {
		if len(b.Sentences) != 1 || b.Sentences[0].ID != "" || b.ID != "" {
			t.Fatalf("block %+v is not raw", b)
		}
	}
	return articles[0]
}

func TestTextParagraphs(t *testing.T) {
	wrapped := "The ambassador was speaking at an exhibition in the\n" +
		"capital when he was hit by shots from close distance,\n" +
		"Turkish media say. It was his last speech.\n"
	for name, c := range map[string]struct{ text, want string }{
		"blank lines":         {"One came.\n\nTwo left.\n", "paragraph: One came.\nparagraph: Two left."},
		"windows line breaks": {"One came.\r\n\r\nTwo left.", "paragraph: One came.\nparagraph: Two left."},
		"header lines":        {"Monday, December 19 2016\nEnvoy shot in Ankara\n\nHe died.", "paragraph: Monday, December 19 2016\nparagraph: Envoy shot in Ankara\nparagraph: He died."},
		"wrapped lines":       {wrapped, "paragraph: " + strings.TrimSpace(wrapped)},
		"a small letter":      {"He went\nhome.", "paragraph: He went\nhome."},
		"short lines":         {"Roses\nViolets", "paragraph: Roses\nparagraph: Violets"},
		"list items":          {"Buy\n- milk\n• bread", "paragraph: Buy\nlistItem: - milk\nlistItem: • bread"},
		"paragraph separator": {"One.\u2029Two.", "paragraph: One.\nparagraph: Two."},
	} {
		t.Run(name, func(t *testing.T) {
			if got := show(read(t, reader.Text, c.text, "a.txt")); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestTextSaysWhenItGuesses(t *testing.T) {
	a := read(t, reader.Text, "The caf\xe9 owner said that the plan of the embassy in Ankara was na\xefve.", "a.txt")
	if len(a.Noticed) != 1 || a.Noticed[0].Check != "N03" || !strings.Contains(a.Noticed[0].Message, "windows-1252") {
		t.Errorf("noticed %+v", a.Noticed)
	}
	if a := read(t, reader.Text, "The café.", "a.txt"); a.Noticed != nil {
		t.Errorf("noticed %+v in UTF-8", a.Noticed)
	}
}

// endless is an input without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}

func TestReadersRefuse(t *testing.T) {
	for name, r := range map[string]pipeline.Reader{"text": reader.Text, "Markdown": reader.Markdown, "HTML": reader.HTML, "Sniff": reader.Sniff} {
		for what, c := range map[string]struct {
			in   io.Reader
			want string
		}{
			"nothing":      {strings.NewReader(" \n\t\n"), "empty"},
			"no letters":   {strings.NewReader("* * *\n"), "no text"},
			"too much":     {endless{}, "larger than 16 MiB"},
			"a broken end": {io.MultiReader(strings.NewReader("abc"), brokenPipe{}), "broken pipe"},
		} {
			t.Run(name+" "+what, func(t *testing.T) {
				_, err := r(c.in, "in.x")
				var e *pipeline.Error
				if !errors.As(err, &e) || e.Code != pipeline.Invalid || e.Unit != "in.x" || !strings.Contains(err.Error(), c.want) {
					t.Errorf("error is %v, want Invalid and %q", err, c.want)
				}
			})
		}
	}
}

type brokenPipe struct{}

func (brokenPipe) Read([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestFor(t *testing.T) {
	const page = "<p>Not a tag</p>"
	for name, want := range map[string]string{
		"a.txt": "paragraph: <p>Not a tag</p>", "b/a.TEXT": "paragraph: <p>Not a tag</p>",
		"a.html": "paragraph: Not a tag", "a.HTM": "paragraph: Not a tag", "a.xhtml": "paragraph: Not a tag",
		"-": "paragraph: Not a tag", "": "paragraph: Not a tag", "a.markdown": "boilerplate: <p>Not a tag</p>",
	} {
		r, err := reader.For(name)
		if err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		if got := show(read(t, r, page, name)); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
	if _, err := reader.For("a.docx"); pipeline.CodeOf(err) != pipeline.Invalid || !strings.Contains(err.Error(), ".docx") {
		t.Errorf("error is %v", err)
	}
}

func TestSniff(t *testing.T) {
	for text, want := range map[string]string{
		"\ufeff\n<!DOCTYPE html><body><p>He left.</p>":       "paragraph: He left.",
		"<?xml version=\"1.0\"?><html><body><p>He left.</p>": "paragraph: He left.",
		"# He left.":              "paragraph: # He left.",
		"< 5 per cent left.":      "paragraph: < 5 per cent left.",
		"<Karlov> said he left.":  "paragraph: <Karlov> said he left.",
		"<p class=\"x\">He left.": "paragraph: He left.",
		"He said <p> is a tag.\n": "paragraph: He said <p> is a tag.",
	} {
		if got := show(read(t, reader.Sniff, text, "-")); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestArticleID(t *testing.T) {
	for name, want := range map[string]string{
		"dir/My story.txt": "My-story", "a.b.txt": "a.b", "../../.txt": "article", "-": "article",
		"C:\\news\\x.txt": "x", "наши новости.txt": "наши-новости", strings.Repeat("é", 90) + ".txt": strings.Repeat("é", 40),
	} {
		if got := read(t, reader.Text, "He left.", name).ID; got != want {
			t.Errorf("%q: id %q, want %q", name, got, want)
		}
	}
}

func ExampleText() {
	articles, err := reader.Text(strings.NewReader("Monday, December 19 2016\nEnvoy shot in Ankara\n\nHe died at once.\n"), "ankara.txt")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, b := range articles[0].Body {
		fmt.Println(b.Text())
	}
	// Output:
	// Monday, December 19 2016
	// Envoy shot in Ankara
	// He died at once.
}
