package reader_test

import (
	"fmt"
	"strings"
	"testing"

	"dragoman/pipeline/reader"
)

func TestMarkdown(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"headline and headings": {
			"# Snow closes passes\n\nIt *snowed* **hard**.\n\n## The roads\n\n# Again first level\n",
			"headline: Snow closes passes\nparagraph: It snowed hard.\nheading: The roads\nheading: Again first level",
		},
		"front matter":            {"---\ntitle: x\n---\nHe left.", "paragraph: He left."},
		"a rule is no matter":     {"---\n\nHe left.\n\n---\n", "paragraph: He left."},
		"soft and hard breaks":    {"One\ntwo\\\nThree.", "paragraph: One two\nparagraph: Three."},
		"links and images":        {"See [the site](https://e.org) or <https://e.org>.\n\n![The ferry](a.png)\n", "paragraph: See the site or https://e.org.\ncaption: The ferry"},
		"entities and escapes":    {"Tom &amp; Jerry \\*cost\\* `go run`.", "paragraph: Tom & Jerry *cost* go run."},
		"quotes":                  {"> He said so.\n>\n> - twice\n", "quote: He said so.\nlistItem: twice"},
		"lists":                   {"- one\n- two\n  1. nested\n\n  with two paragraphs\n", "listItem: one\nlistItem: two\nlistItem: nested\nlistItem: with two paragraphs"},
		"tables":                  {"| Pass | State |\n|---|---|\n| Mill | closed |\n| | open |\n", "tableRow: Pass | State\ntableRow: Mill | closed\ntableRow: — | open"},
		"a bar in a cell":         {"| A | B |\n|---|---|\n| x \\| y | z |\n", "tableRow: A | B\ntableRow: x|y | z"},
		"inline HTML is markup":   {"He <b>left</b> town.", "paragraph: He left town."},
		"a table without letters": {"He left.\n\n| | |\n|---|---|\n| | |\n", "paragraph: He left."},
	} {
		t.Run(name, func(t *testing.T) {
			if got := show(read(t, reader.Markdown, c.text, "a.md")); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestMarkdownKeepsCodeAndSaysSo(t *testing.T) {
	a := read(t, reader.Markdown, "He ran:\n\n```go\nfmt.Println(1)\n\nreturn\n```\n\n    indented()\n\n<div>raw</div>\n", "a.md")
	want := "paragraph: He ran:\nboilerplate: fmt.Println(1)\n\nreturn\nboilerplate: indented()\nboilerplate: <div>raw</div>"
	if got := show(a); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if len(a.Noticed) != 1 || !strings.Contains(a.Noticed[0].Message, "3 blocks of program code") {
		t.Errorf("noticed %+v", a.Noticed)
	}
}

func FuzzMarkdown(f *testing.F) {
	f.Add("# A\n\n| a | b |\n|---|---|\n| c | d |\n\n> - x\n\n```\ncode\n```\n")
	f.Fuzz(func(t *testing.T, text string) {
		articles, err := reader.Markdown(strings.NewReader(text), "a.md")
		if err != nil {
			return
		}
		for _, b := range articles[0].Body {
			if strings.TrimSpace(b.Text()) == "" {
				t.Errorf("%q: an empty block", text)
			}
		}
	})
}

func ExampleMarkdown() {
	articles, err := reader.Markdown(strings.NewReader("# Snow closes passes\n\nThree are *shut*:\n\n| Pass | State |\n|---|---|\n| Mill | closed |\n"), "snow.md")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, b := range articles[0].Body {
		fmt.Printf("%s: %s\n", b.Kind, b.Text())
	}
	// Output:
	// headline: Snow closes passes
	// paragraph: Three are shut:
	// tableRow: Pass | State
	// tableRow: Mill | closed
}
