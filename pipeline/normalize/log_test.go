package normalize_test

import (
	"testing"

	"dragoman/pipeline"
	"dragoman/pipeline/normalize"
)

type repairs = []pipeline.Repair

// logCases hold texts with all that is logged of them, in bytes of the input.
var logCases = map[string]struct {
	in, want string
	log      repairs
}{
	"nothing to do": {"A sound text.", "A sound text.", nil},
	"one deletion": {
		"de\u200bbris", "debris",
		repairs{{Rule: "zero-width", Start: 2, End: 5, Before: "\u200b"}},
	},
	"one insertion": {
		"the end.Later", "the end. Later",
		repairs{{Rule: "space-after-stop", Start: 8, End: 8, After: " "}},
	},
	"two rules apart": {
		"\ufeffcaf\u00c3\u00a9  au lait", "café au lait",
		repairs{
			{Rule: "zero-width", Start: 0, End: 3, Before: "\ufeff"},
			{Rule: "mojibake", Start: 6, End: 10, Before: "Ã©", After: "é"},
			{Rule: "double-space", Start: 11, End: 12, Before: " "},
		},
	},
	"two rules on one place": {
		"signiп¬Ѓcant", "significant",
		repairs{{Rule: "mojibake+ligature", Start: 5, End: 11, Before: "п¬Ѓ", After: "fi"}},
	},
	"two layers are one repair": {
		"ÃƒÂ©t", "ét",
		repairs{{Rule: "mojibake", Start: 0, End: 8, Before: "ÃƒÂ©", After: "é"}},
	},
	"an entity in an entity": {
		"&amp;amp;ldquo;Yes", "“Yes",
		repairs{{Rule: "html-entity", Start: 0, End: 15, Before: "&amp;amp;ldquo;", After: "“"}},
	},
	"line breaks": {
		"One\r\ntwo.\r\n\r\nThree.", "One two.\n\nThree.",
		repairs{
			{Rule: "line-break+hard-wrap", Start: 3, End: 5, Before: "\r\n", After: " "},
			{Rule: "line-break", Start: 9, End: 11, Before: "\r\n", After: "\n"},
			{Rule: "line-break", Start: 11, End: 13, Before: "\r\n", After: "\n"},
		},
	},
	"a divided word": {
		"chil-\ndren", "children",
		repairs{{Rule: "end-of-line-hyphen", Start: 4, End: 6, Before: "-\n"}},
	},
	"a compound at the end of a line": {
		"well-\nknown", "well-known",
		repairs{{Rule: "end-of-line-hyphen", Start: 5, End: 6, Before: "\n"}},
	},
	"tags": {
		"<p>He <em>left</em>.</p>", "He left.",
		repairs{
			{Rule: "markup", Start: 0, End: 3, Before: "<p>"},
			{Rule: "markup", Start: 6, End: 10, Before: "<em>"},
			{Rule: "markup", Start: 14, End: 19, Before: "</em>"},
			{Rule: "markup", Start: 20, End: 24, Before: "</p>"},
		},
	},
	"accents": {
		"Za\u0301rate", "Zárate",
		repairs{{Rule: "nfc", Start: 1, End: 4, Before: "a\u0301", After: "á"}},
	},
	"a look-alike": {
		"сreation", "creation",
		repairs{{Rule: "homoglyph", Start: 0, End: 2, Before: "с", After: "c"}},
	},
	"both ends": {
		"  Yes. \u00a0", "Yes.",
		repairs{
			{Rule: "edge-space", Start: 0, End: 2, Before: "  "},
			{Rule: "edge-space", Start: 6, End: 9, Before: " \u00a0"},
		},
	},
	"an entity that makes a double space": {
		"one&nbsp; two", "one two",
		repairs{
			{Rule: "html-entity+odd-space", Start: 3, End: 9, Before: "&nbsp;", After: " "},
			{Rule: "double-space", Start: 9, End: 10, Before: " "},
		},
	},
	"not UTF-8": {
		"a\xffb", "a\ufffdb",
		repairs{{Rule: "control", Start: 1, End: 2, Before: "\xff", After: "\ufffd"}},
	},
}

func TestLog(t *testing.T) {
	for name, c := range logCases {
		t.Run(name, func(t *testing.T) {
			got, log := normalize.Text(c.in)
			if got != c.want {
				t.Errorf("%q\n got %q\nwant %q", c.in, got, c.want)
			}
			if len(log) != len(c.log) {
				t.Fatalf("log is %+v, want %+v", log, c.log)
			}
			for i := range log {
				if log[i] != c.log[i] {
					t.Errorf("entry %d is %+v, want %+v", i, log[i], c.log[i])
				}
			}
		})
	}
}
