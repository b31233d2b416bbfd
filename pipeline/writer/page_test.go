package writer_test

import (
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"dragoman/pipeline/writer"
)

// palettes reads the colours of the report's style: of day, and of night.
func palettes(t *testing.T) (day, night map[string]string) {
	t.Helper()
	css, err := os.ReadFile("report.css")
	if err != nil {
		t.Fatal(err)
	}
	roots := regexp.MustCompile(`:root \{([^}]*)\}`).FindAllStringSubmatch(string(css), -1)
	if len(roots) < 2 {
		t.Fatal("the style has no two palettes")
	}
	read := func(block string) map[string]string {
		m := map[string]string{}
		for _, c := range regexp.MustCompile(`--([a-z]+): (#[0-9a-f]{6});`).FindAllStringSubmatch(block, -1) {
			m[c[1]] = c[2]
		}
		return m
	}
	return read(roots[0][1]), read(roots[1][1])
}

// luminance is the relative luminance of WCAG 2.2 of a colour as #rrggbb.
func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(strings.TrimPrefix(colour, "#"), 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	channel := func(v uint64) float64 {
		c := float64(v&0xFF) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*channel(n>>16) + 0.7152*channel(n>>8) + 0.0722*channel(n)
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// Every ink holds 4.5 to 1, the AA level of WCAG 2.2, on every ground it meets.
func TestContrast(t *testing.T) {
	day, night := palettes(t)
	grounds := []string{"paper", "card", "target"}
	pairs := map[string][]string{
		"ink": append([]string{"wash", "goodwash", "badwash", "warnwash", "notewash"}, grounds...), "soft": append([]string{"wash"}, grounds...),
		"link": grounds, "good": append([]string{"goodwash"}, grounds...), "bad": append([]string{"badwash"}, grounds...),
		"warn": append([]string{"warnwash"}, grounds...), "note": append([]string{"notewash"}, grounds...), "paper": {"ink"},
	}
	for name, palette := range map[string]map[string]string{"day": day, "night": night} {
		for ink, on := range pairs {
			for _, ground := range on {
				if got := contrast(t, palette[ink], palette[ground]); got < 4.5 {
					t.Errorf("%s: %s on %s has %.2f to 1", name, ink, ground, got)
				}
			}
		}
	}
	if got := contrast(t, "#ffffff", "#a3201c"); got < 4.5 {
		t.Errorf("the badge of critical findings has %.2f to 1", got)
	}
	if got := contrast(t, "#000000", "#ffffff"); math.Abs(got-21) > 0.01 {
		t.Errorf("black on white has %.2f to 1: the measure is wrong", got)
	}
}

func TestPageIsAccessible(t *testing.T) {
	for name, doc := range samples() {
		root := parse(t, write(t, writer.HTML, doc))
		level := 0
		for _, e := range elements(root) {
			switch e.Data {
			case "h1", "h2", "h3":
				n := int(e.Data[1] - '0')
				if n > level+1 {
					t.Errorf("%s: %s %q follows h%d", name, e.Data, textOf(e), level)
				}
				level = n
			case "th":
				if attribute(e, "scope") == "" {
					t.Errorf("%s: a head cell %q without a scope", name, textOf(e))
				}
			case "input":
				if e.Parent.Data != "label" || strings.TrimSpace(textOf(e.Parent)) == "" {
					t.Errorf("%s: an input without a label", name)
				}
			case "a":
				if strings.TrimSpace(textOf(e)) == "" {
					t.Errorf("%s: a link without a text", name)
				}
			case "svg":
				if attribute(e, "aria-hidden") != "true" {
					t.Errorf("%s: a picture that is read out", name)
				}
			case "section":
				if byAnchor(t, root, attribute(e, "aria-labelledby")) == nil {
					t.Errorf("%s: a section without a name", name)
				}
			}
		}
	}
}

// Each text says in which language it is, for hyphens and for readers aloud.
func TestTextsSayTheirLanguage(t *testing.T) {
	root := parse(t, write(t, writer.HTML, rich()))
	count := map[string]int{}
	for _, e := range elements(root) {
		if attribute(e, "class") != "text" && e.Data != "blockquote" {
			continue
		}
		lang, text := attribute(e, "lang"), textOf(e)
		count[lang]++
		cyrillic := strings.ContainsFunc(text, func(r rune) bool { return r >= 'А' && r <= 'я' })
		if cyrillic != (lang == "ru") && !slices.Contains([]string{"AP", "8"}, strings.TrimSpace(text)) {
			t.Errorf("%q is said to be in %q", text, lang)
		}
	}
	if count["en"] < 20 || count["ru"] < 20 || count["tr"] < 20 {
		t.Errorf("texts by language: %v", count)
	}
}

// What a colour says, a word or a sign says too.
func TestNothingIsSaidByColourAlone(t *testing.T) {
	root := parse(t, write(t, writer.HTML, rich()))
	for _, e := range elements(root) {
		class := attribute(e, "class")
		text := textOf(e)
		for prefix, want := range map[string][]string{
			"edit applied":  {"[deleted: ", "[inserted: "},
			"edit proposed": {"[proposed instead: ", "?"},
			"edit accepted": {"✓"},
			"edit rejected": {"[rejected: ", "✕"},
			"edit query":    {"[query: ", "?"},
			"badge major":   {"major"},
			"badge minor":   {"minor"},
		} {
			if class != prefix || within(e, "legend") {
				continue
			}
			if !slices.ContainsFunc(want, func(w string) bool { return strings.Contains(text, w) }) {
				t.Errorf("%s says only %q", class, text)
			}
		}
		if strings.HasPrefix(class, "row failed") && !strings.Contains(text, "⚠") {
			t.Errorf("a row that failed has no sign: %q", text)
		}
		if strings.HasPrefix(class, "row missing") && !strings.Contains(text, "[не переведено: ") {
			t.Errorf("a row without an answer has no marker: %q", text)
		}
	}
}

// within reports whether a node stands in an element of a class.
func within(n *html.Node, class string) bool {
	for ; n != nil; n = n.Parent {
		if n.Type == html.ElementNode && attribute(n, "class") == class {
			return true
		}
	}
	return false
}
