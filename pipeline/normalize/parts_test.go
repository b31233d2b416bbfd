package normalize

import (
	"strings"
	"testing"

	"dragoman/pipeline"
)

func TestIsHeadline(t *testing.T) {
	for line, want := range map[string]bool{
		"Envoy shot in Ankara":                true,
		"Who shot the envoy?":                 true,
		"Envoy shot!":                         true,
		"'Don't forget Aleppo': envoy killed": true,
		"Envoy “shot in the back”":            true,
		"Price of bread up 5% (2016)":         true,
		"The envoy was shot.":                 false,
		"“The envoy was shot.”":               false,
		"The envoy, the guests,":              false,
		"Three people said:":                  false,
		"And so on…":                          false,
		"12 – 3":                              false,
		strings.Repeat("word ", 40) + "end":   false,
	} {
		if got := isHeadline(line); got != want {
			t.Errorf("%q: %v, want %v", line, got, want)
		}
	}
}

func TestKeywordsLine(t *testing.T) {
	for line, want := range map[string]bool{
		"Aleppo, Russia, ambassador, Turkey":                    true,
		"Aleppo; Russia; ambassador; Foreign Minister":          true,
		"Keywords: Aleppo, Russia, envoy, Turkey":               true,
		"Tags: a, b, c, d":                                      true,
		"Aleppo, Russia, Turkey":                                false, // two commas
		"Aleppo, Russia, ambassador, Turkey.":                   false,
		"He came, he saw the whole of it, he won, and he left":  false, // items too long
		"It was late in the year, cold in all the rooms, a, bc": false,
		"":                        false,
		"One line without commas": false,
	} {
		if got := keywordsLine(line); got != want {
			t.Errorf("%q: %v, want %v", line, got, want)
		}
	}
}

func TestKeywordItems(t *testing.T) {
	for line, want := range map[string]string{
		"a,  b ,c":              "a|b|c",
		"Tags: a; b,, c;":       "a|b|c",
		"Ratio 3:1, b, c":       "Ratio 3:1|b|c",
		"Topics : war , peace,": "war|peace",
	} {
		if got := strings.Join(keywordItems(line), "|"); got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}

func TestByline(t *testing.T) {
	for line, want := range map[string]bool{
		"By Jane Doe":                                           true,
		"By Jane Doe and John Roe, Ankara":                      true,
		"By noon the square was empty":                          false,
		"By Friday, the square was empty.":                      false,
		"Byzantine art":                                         false,
		"By The Associated Press staff in Rome":                 true,
		"By Jane Doe who has written for this paper since 1999": false,
	} {
		if got := byline(line); got != want {
			t.Errorf("%q: %v, want %v", line, got, want)
		}
	}
}

func TestBoilerplateIsAClosedList(t *testing.T) {
	for line, want := range map[string]bool{
		"latest news":                   true,
		"Latest News2":                  true,
		"READ ALSO:":                    true,
		"Don’t miss":                    true,
		"Share on Facebook »":           true,
		"Subscribe":                     true,
		"Advertisement":                 true,
		"Latest news from Ankara":       false,
		"Read the letter":               false,
		"Share prices fell":             false,
		"The end":                       false,
		"Short and without a full stop": false,
		"2016":                          false,
	} {
		blocks := []pipeline.Block{{Kind: pipeline.Paragraph, Sentences: []pipeline.Sentence{{Text: line}}}}
		markBoilerplate(blocks)
		if got := blocks[0].Kind == pipeline.Boilerplate; got != want {
			t.Errorf("%q: %v, want %v", line, got, want)
		}
	}
}

func TestBoilerplateLeavesWhatIsNoParagraph(t *testing.T) {
	for _, k := range []pipeline.Kind{pipeline.Headline, pipeline.Quote, pipeline.Caption, pipeline.TableRow} {
		blocks := []pipeline.Block{{Kind: k, Sentences: []pipeline.Sentence{{Text: "Latest news"}}}}
		if markBoilerplate(blocks); blocks[0].Kind != k {
			t.Errorf("a %s became %s", k, blocks[0].Kind)
		}
	}
}

func TestIDsCountByLetter(t *testing.T) {
	var blocks []pipeline.Block
	for _, k := range []pipeline.Kind{pipeline.Headline, pipeline.Lead, pipeline.Heading, pipeline.Boilerplate, pipeline.Quote, pipeline.Boilerplate, pipeline.Caption} {
		blocks = append(blocks, pipeline.Block{Kind: k, Sentences: []pipeline.Sentence{{Text: "One. Two."}}})
	}
	number(blocks)
	var ids []string
	for _, b := range blocks {
		ids = append(ids, b.ID)
		for i, s := range b.Sentences {
			if want := b.ID + "s" + string(rune('1'+i)); s.ID != want {
				t.Errorf("sentence id %q, want %q", s.ID, want)
			}
		}
	}
	if got := strings.Join(ids, " "); got != "h1 p1 p2 b1 p3 b2 p4" {
		t.Errorf("ids are %s", got)
	}
}

func TestSentencesOfEachKind(t *testing.T) {
	const text = "One | two. Three."
	for kind, want := range map[pipeline.Kind]int{
		pipeline.Dateline: 1, pipeline.Headline: 1, pipeline.Keywords: 1, pipeline.Heading: 1, pipeline.Boilerplate: 1,
		pipeline.Lead: 2, pipeline.Paragraph: 2, pipeline.Quote: 2, pipeline.ListItem: 2, pipeline.Caption: 2,
		pipeline.TableRow: 2,
	} {
		if got := sentences(kind, text); len(got) != want {
			t.Errorf("%s: %q, want %d", kind, got, want)
		}
	}
	if got := sentences(pipeline.TableRow, text); got[1] != "two. Three." {
		t.Errorf("a cell was split: %q", got)
	}
}

func TestScript(t *testing.T) {
	for text, want := range map[string]string{
		"He left.":              "",
		"":                      "",
		"12 — 3":                "",
		"Он ушёл, he said.":     "",
		"Он ушёл, сказала она.": "Cyrillic",
		"قال الرئيس":            "Arabic",
		"הנשיא אמר":             "Hebrew",
		"总统说":                   "Chinese",
		"대통령은 말했다":              "Korean",
		"Ο πρόεδρος είπε":       "Greek",
		"राष्ट्रपति ने कहा": "Devanagari",
		"ᚠᚢᚦᚨᚱᚲ":            "other than Latin",
	} {
		if got := script(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestCountNamesTheFirstRepair(t *testing.T) {
	repairs := []pipeline.Repair{{Rule: "double-space"}, {Rule: "mojibake+ligature", Before: "x"}, {Rule: "mojibake"}}
	if n, first := count(repairs, "mojibake", "mojibake-lost"); n != 2 || first.Before != "x" {
		t.Errorf("%d repairs, the first %+v", n, first)
	}
	if n, _ := count(repairs, "moji"); n != 0 {
		t.Errorf("part of a name counted %d times", n)
	}
}
