package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dragoman/pipeline/check"
)

func shown(terms []check.Term) string {
	var out []string
	for _, t := range terms {
		out = append(out, fmt.Sprintf("%s/%s=%s!%s", t.Source, t.Lang, strings.Join(t.Targets, "|"), strings.Join(t.Forbidden, "|")))
	}
	return strings.Join(out, "; ")
}

func TestGlossaryForms(t *testing.T) {
	for name, test := range map[string]struct{ file, text, want string }{
		"tabs":                              {"g.tsv", "source\tlang\ttarget\tforbidden\nceasefire\tru\tпрекращение огня | перемирие\tпаузa\n", "ceasefire/ru=прекращение огня|перемирие!паузa"},
		"commas":                            {"g.csv", "source,lang,target,forbidden\n\"Foreign Minister, the\",tr,dışişleri bakanı,\n", "Foreign Minister, the/tr=dışişleri bakanı!"},
		"semicolons":                        {"g.csv", "source;lang;target\nbill;ru;законопроект\n", "bill/ru=законопроект!"},
		"any order":                         {"g.csv", "Target,SOURCE\nзаконопроект,bill\n", "bill/und=законопроект!"},
		"tabs without a name":               {"-", "source\ttarget\nbill\tтекст, проект\n", "bill/und=текст, проект!"},
		"commas without a name":             {"glossary", "source,target\nbill,проект\n", "bill/und=проект!"},
		"only forbidden":                    {"g.csv", "source,forbidden\ncoup,путч|мятеж\n", "coup/und=!путч|мятеж"},
		"region":                            {"g.csv", "source,lang,target\nbill,tr-TR,tasarı\n", "bill/tr=tasarı!"},
		"a language not written":            {"g.csv", "source,lang,target\nbill,de,Gesetz\n", "bill/de=Gesetz!"},
		"byte order mark, CR LF":            {"g.csv", "\ufeffsource,target\r\nbill,проект\r\n", "bill/und=проект!"},
		"a header alone":                    {"g.csv", "source,target\n", ""},
		"two languages of a term":           {"g.csv", "source,lang,target\nbill,ru,проект\nbill,tr,tasarı\n", "bill/ru=проект!; bill/tr=tasarı!"},
		"what looks like a formula is text": {"g.csv", "source,target\n=1+1,=2\n", "=1+1/und==2!"},
	} {
		terms, err := parseGlossary(test.file, test.text)
		if err != nil || shown(terms) != test.want {
			t.Errorf("%s: got %s (%v), want %s", name, shown(terms), err, test.want)
		}
	}
}

func TestWrongGlossaries(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"empty":             {"", "g.csv:1:1: is empty; a glossary begins with a header"},
		"no header":         {"bill,проект\n", "g.csv:1:1: unknown column \"bill\"; there are"},
		"unknown column":    {"source,target,note\n", "g.csv:1:15: unknown column \"note\""},
		"column twice":      {"source,target,target\n", "g.csv:1:15: the column target stands here a second time"},
		"no source column":  {"target\nx\n", "g.csv:1:1: the header has no column source"},
		"no form column":    {"source,lang\nx,ru\n", "g.csv:1:1: the header has neither target nor forbidden"},
		"no source":         {"source,target\n,x\n", "g.csv:2:1: the term has no source"},
		"no form":           {"source,target\nbill,\n", "g.csv:2:1: \"bill\" has neither a target nor a forbidden form"},
		"empty form":        {"source,target\nbill,a||b\n", "g.csv:2:6: a form is empty in \"a||b\""},
		"form twice":        {"source,target\nbill,a|a\n", "g.csv:2:6: the form \"a\" stands twice"},
		"both":              {"source,target,forbidden\nbill,a,a\n", "g.csv:2:1: \"a\" is both a target and forbidden"},
		"bad language":      {"source,lang,target\nbill,russisch1,a\n", "g.csv:2:6: lang must be a language tag such as ru or tr, not \"russisch1\""},
		"twice":             {"source,target\nbill,a\nBill,b\n", "g.csv:3:1: \"Bill\" stands here a second time for this language; the first is in line 2"},
		"too many columns":  {"source,target\nbill,a,b\n", "g.csv:2:1: must have 2 columns like the header"},
		"open quotation":    {"source,target\n\"bill,a\n", "g.csv:"},
		"not UTF-8":         {"source,target\nbill,\xff\n", "g.csv:2:1: is not UTF-8"},
		"stray quote":       {"source,target\nb\"ill,a\n", "g.csv:2:2: bare \""},
		"every problem":     {"source,target\n,x\nbill,\n", "g.csv:3:1: \"bill\" has neither"},
		"and the first one": {"source,target\n,x\nbill,\n", "g.csv:2:1: the term has no source"},
	} {
		_, err := parseGlossary("g.csv", test.text)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
}

func TestReadGlossary(t *testing.T) {
	if terms, err := readGlossary(""); terms != nil || err != nil {
		t.Errorf("no file: %v, %v", terms, err)
	}
	if _, err := readGlossary(filepath.Join(t.TempDir(), "none.tsv")); err == nil {
		t.Error("a missing file is no error")
	}
	large := filepath.Join(t.TempDir(), "large.tsv")
	if err := os.WriteFile(large, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(large, maxGlossary+1); err != nil {
		t.Fatal(err)
	}
	if _, err := readGlossary(large); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("a large file: %v", err)
	}
}

func FuzzGlossary(f *testing.F) {
	f.Add("g.tsv", "source\tlang\ttarget\nbill\tru\tпроект\n")
	f.Add("g.csv", "source,target\n\"a\nb\",c|d\n")
	f.Fuzz(func(t *testing.T, name, text string) {
		terms, err := parseGlossary(name, text)
		for _, x := range terms {
			if err != nil || x.Source == "" || len(x.Targets)+len(x.Forbidden) == 0 {
				t.Fatalf("%+v, %v", x, err)
			}
		}
	})
}
