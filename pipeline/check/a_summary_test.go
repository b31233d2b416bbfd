package check

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/language"

	"dragoman/pipeline"
)

// harbour is the article that the summaries of these tests are about. A line
// is a paragraph with one sentence: p1s1, p2s1 …
func harbour() *pipeline.Article {
	return storyOf(
		"A ferry with 212 passengers ran aground near the port of Sinop in northern Turkey on Tuesday morning.",
		"Divers rescued three children from the lower deck, coast guard captain Deniz Aksoy said.",
		"\"We heard knocking and we didn’t stop looking,\" she told the Anadolu Agency.",
		"No one was killed, but twelve people were taken to hospital.",
		"The ferry reportedly had no working radar and left Samsun two hours late.",
		"The owner, a U.S. company, denied that the crew ignored a storm warning.",
	)
}

// checkCase is one summary sentence and what one check says of it.
type checkCase struct {
	name, text, evidence string
	want                 []string
}

func runSummary(t *testing.T, id string, p pipeline.Product, cases []checkCase) {
	t.Helper()
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			fs := summed(harbour(), p, tc.text, strings.Fields(tc.evidence)...)
			if got := ofCheck(fs, id, tc.text); !slices.Equal(got, tc.want) {
				t.Errorf("%s: got %q, want %q: %+v", id, got, tc.want, fs)
			}
			vetFindings(t, fs, tc.text)
			for _, f := range fs {
				if f.Stage != "summarize" || f.Span.Sentence != "sum.x1" || f.Side != pipeline.TargetSide || f.Lang != "" {
					t.Errorf("got %+v", f)
				}
			}
		})
	}
}

func TestAGoodSummaryHasNoFindings(t *testing.T) {
	for _, tc := range []struct {
		product        pipeline.Product
		text, evidence string
	}{
		{pipeline.SummaryHeadline, "Ferry with 212 passengers runs aground off Sinop", "p1s1"},
		{pipeline.SummaryLead, "A ferry with 212 passengers ran aground near the Turkish port of Sinop on Tuesday.", "p1s1"},
		{pipeline.KeyPoint, "Divers rescued three children from the lower deck", "p2s1"},
		{pipeline.KeyPoint, "Nobody was killed; twelve people were taken to hospital", "p4s1"},
		{pipeline.Short, "Divers rescued three children, captain Deniz Aksoy said.", "p2s1"},
		{pipeline.Short, "\"We heard knocking,\" Aksoy told the Anadolu Agency.", "p2s1 p3s1"},
		{pipeline.Long, "The ferry reportedly had no working radar.", "p5s1"},
		{pipeline.Long, "The American company denied that the crew ignored a warning.", "p6s1"},
	} {
		if fs := summed(harbour(), tc.product, tc.text, strings.Fields(tc.evidence)...); len(fs) != 0 {
			t.Errorf("%q: %+v", tc.text, fs)
		}
	}
}

func TestM01EmptySentence(t *testing.T) {
	for _, text := range []string{"", " ", "\n\t"} {
		fs := summed(harbour(), pipeline.SummaryLead, text, "p1s1")
		if len(fs) != 1 || fs[0].Check != "M01" || fs[0].Severity != pipeline.Critical {
			t.Errorf("%q: %+v", text, fs)
		}
		vetFindings(t, fs, text)
	}
}

func TestM01AtItsBounds(t *testing.T) {
	for _, tc := range []struct {
		name  string
		b     Budget
		text  string
		wants bool
	}{
		{"64 characters of 64", Budget{Runes: 64}, strings.Repeat("a", 64), false},
		{"65 characters of 64", Budget{Runes: 64}, strings.Repeat("a", 65), true},
		{"characters, not bytes", Budget{Runes: 64}, strings.Repeat("ş", 64), false},
		{"65 of two bytes", Budget{Runes: 64}, strings.Repeat("ş", 65), true},
		{"12 words of 12", Budget{Words: 12}, strings.Repeat("aye ", 12), false},
		{"13 words of 12", Budget{Words: 12}, strings.Repeat("aye ", 13), true},
		{"a joined word is one", Budget{Words: 1}, "well-known", false},
		{"no bound", Budget{}, strings.Repeat("aye ", 500), false},
		{"a total is no bound of one sentence", Budget{Total: 3}, "one and one and one", false},
	} {
		s := pipeline.SummarySentence{ID: "sum.x", Text: tc.text, Evidence: []string{"p1s1"}, Product: pipeline.KeyPoint}
		fs := Summary(harbour(), s, tc.b)
		if got := ofCheck(fs, "M01", tc.text); (len(got) == 1 && got[0] == "major") != tc.wants || len(got) > 1 {
			t.Errorf("%s: %q", tc.name, got)
		}
	}
}

func TestM01NamesTheFigures(t *testing.T) {
	fs := summed(harbour(), pipeline.KeyPoint, strings.Repeat("ferry ", 14), "p1s1")
	if m := messageOf(fs, "M01"); !strings.Contains(m, "14 words") || !strings.Contains(m, "at most 12") {
		t.Errorf("message %q", m)
	}
	fs = summed(harbour(), pipeline.SummaryHeadline, strings.Repeat("f", 70), "p1s1")
	if m := messageOf(fs, "M01"); !strings.Contains(m, "70 characters") || !strings.Contains(m, "at most 64") {
		t.Errorf("message %q", m)
	}
}

func TestM02Numbers(t *testing.T) {
	runSummary(t, "M02", pipeline.KeyPoint, []checkCase{
		{"as written", "The ferry had 212 passengers", "p1s1", nil},
		{"as a word", "Divers rescued three children", "p2s1", nil},
		{"a figure for a word", "Divers rescued 3 children", "p2s1", nil},
		{"12 for twelve", "In hospital are 12 people", "p4s1", nil},
		{"a word for a figure", "The ferry had two hundred and twelve passengers", "p1s1", nil},
		{"another figure", "The ferry had 221 passengers", "p1s1", []string{"major 221"}},
		{"another word", "Divers rescued four children", "p2s1", []string{"major four"}},
		{"another sentence's number", "Divers rescued 212 children", "p2s1", []string{"major 212"}},
		{"two wrong ones", "The ferry had 7 decks and 9 boats", "p1s1", []string{"major 7", "major 9"}},
		{"both sentences cited", "Of 212 passengers, twelve are in hospital", "p1s1 p4s1", nil},
		{"one may be an article", "In one of the decks divers rescued children", "p2s1", nil},
		{"no number", "Divers rescued children", "p2s1", nil},
		{"behind letters of two bytes", "Şile: the ferry had 99 passengers", "p1s1", []string{"major 99"}},
	})
}

func TestM02SaysWhereTheNumberIs(t *testing.T) {
	if m := messageOf(summed(harbour(), pipeline.KeyPoint, "Divers rescued 212 children", "p2s1"), "M02"); !strings.Contains(m, "sentences named as evidence") {
		t.Errorf("in another sentence: %q", m)
	}
	if m := messageOf(summed(harbour(), pipeline.KeyPoint, "Divers rescued 99 children", "p2s1"), "M02"); !strings.Contains(m, `"99" is not in the article`) {
		t.Errorf("nowhere: %q", m)
	}
}

func TestM04Quotations(t *testing.T) {
	runSummary(t, "M04", pipeline.Short, []checkCase{
		{"word for word", `"We heard knocking," captain Aksoy said.`, "p3s1", nil},
		{"in curly marks", "“We heard knocking,” captain Aksoy said.", "p3s1", nil},
		{"a straight apostrophe for a curly one", `"We didn't stop looking," captain Aksoy said.`, "p3s1", nil},
		{"in another case", `"we HEARD knocking," captain Aksoy said.`, "p3s1", nil},
		{"its end mark does not count", `"We heard knocking!" captain Aksoy said.`, "p3s1", nil},
		{"words that nobody said", `"We saw nothing," captain Aksoy said.`, "p3s1", []string{`major "We saw nothing,"`}},
		{"one word changed", `"We heard shouting," captain Aksoy said.`, "p3s1", []string{`major "We heard shouting,"`}},
		{"another sentence's", `"We heard knocking," the owner said.`, "p6s1", []string{`major "We heard knocking,"`}},
		{"words of the article in new marks", `The ferry had no "working radar".`, "p5s1", nil},
		{"nothing quoted", "Captain Aksoy heard knocking.", "p3s1", nil},
		{"empty marks", `The sign said "" again.`, "p3s1", nil},
		{"two, one of them false", `"We heard knocking," but "we gave up."`, "p3s1", []string{`major "we gave up."`}},
	})
}

func TestM04SaysWhereTheQuotationIs(t *testing.T) {
	in := messageOf(summed(harbour(), pipeline.Short, `"We heard knocking," the owner said.`, "p6s1"), "M04")
	if !strings.Contains(in, "sentences named as evidence") {
		t.Errorf("in another sentence: %q", in)
	}
	if out := messageOf(summed(harbour(), pipeline.Short, `"We gave up," the owner said.`, "p6s1"), "M04"); !strings.Contains(out, "word for word") {
		t.Errorf("nowhere: %q", out)
	}
}

func TestM05Evidence(t *testing.T) {
	runSummary(t, "M05", pipeline.KeyPoint, []checkCase{
		{"the right sentence", "Divers rescued three children", "p2s1", nil},
		{"none", "Divers rescued three children", "", []string{"major"}},
		{"only what does not exist", "Divers rescued three children", "p77s1", []string{"major"}},
		{"one that does not exist", "Divers rescued three children", "p2s1 p77s1", []string{"minor"}},
		{"two that do not exist", "Divers rescued three children", "p2s1 s1 s2", []string{"minor", "minor"}},
		{"another sentence", "Divers rescued three children", "p6s1", []string{"major"}},
		{"half of it", "Divers rescued seals from nets", "p2s1", nil},
		{"one word in three", "Divers photographed seals", "p2s1", []string{"minor"}},
		{"two words in five", "Divers rescued seals near lighthouses", "p2s1", nil},
		{"no word of meaning", "It was so", "p2s1", nil},
		{"by their stems", "Rescue of children by a diver", "p2s1", nil},
	})
}

func TestM05BoundsTheEvidence(t *testing.T) {
	var lines, ids []string
	for i := range 14 {
		lines = append(lines, "The harbour pilots spoke of the storm again.")
		ids = append(ids, fmt.Sprintf("p%ds1", i+1))
	}
	art := storyOf(lines...)
	most := limits().EvidenceMost
	for n, want := range map[int]int{1: 0, most - 1: 0, most: 0, most + 1: 1} {
		fs := summed(art, pipeline.KeyPoint, "Harbour pilots spoke of the storm", ids[:n]...)
		if got := ofCheck(fs, "M05", strings.Repeat(" ", 99)); len(got) != want {
			t.Errorf("%d sentences: %q", n, got)
		}
	}
	m := messageOf(summed(art, pipeline.KeyPoint, "Harbour pilots spoke of the storm", ids[:13]...), "M05")
	if !strings.Contains(m, "13 sentences") || !strings.Contains(m, "at most 12") {
		t.Errorf("message %q", m)
	}
}

// Boilerplate is no part of the article that a summary may rest on.
func TestM05DoesNotTakeBoilerplate(t *testing.T) {
	art := harbour()
	art.Body = append(art.Body, pipeline.Block{ID: "b1", Kind: pipeline.Boilerplate, Sentences: []pipeline.Sentence{{ID: "b1s1", Text: "Read more about sharks in the Baltic."}}})
	fs := summed(art, pipeline.KeyPoint, "Read more about sharks", "b1s1")
	if got := ofCheck(fs, "M05", "Read more about sharks"); !slices.Equal(got, []string{"major"}) {
		t.Errorf("got %q", got)
	}
}

func TestM06DanglingStart(t *testing.T) {
	var cases []checkCase
	for _, w := range []string{"He", "She", "They", "His", "Her", "Their", "Its", "Also", "However", "But", "And", "Moreover", "Meanwhile", "Such", "These", "Those", "Therefore", "Thus", "It"} {
		cases = append(cases, checkCase{w, w + " rescued three children from the deck", "p2s1", []string{"minor " + w}})
	}
	runSummary(t, "M06", pipeline.KeyPoint, append(cases,
		checkCase{"it is", "It is said that divers rescued three children", "p2s1", nil},
		checkCase{"it was", "It was a ferry that ran aground", "p1s1", nil},
		checkCase{"it has", "It has emerged that divers rescued children", "p2s1", nil},
		checkCase{"a name", "Aksoy said divers rescued three children", "p2s1", nil},
		checkCase{"behind a quotation mark", "\"They\" rescued three children", "p2s1", []string{"minor They"}},
		checkCase{"a pronoun inside", "Divers said they rescued three children", "p2s1", nil},
		checkCase{"no word at all", "…", "p2s1", nil},
	))
}

// Behind another sentence a pronoun points to something.
func TestM06HoldsForFirstSentencesOnly(t *testing.T) {
	for _, tc := range []struct {
		id      string
		product pipeline.Product
		want    bool
	}{
		{"sum.h", pipeline.SummaryHeadline, true},
		{"sum.l", pipeline.SummaryLead, true},
		{"sum.k3", pipeline.KeyPoint, true},
		{"sum.s1", pipeline.Short, true},
		{"sum.s2", pipeline.Short, false},
		{"sum.g1", pipeline.Long, true},
		{"sum.g4", pipeline.Long, false},
		{"", pipeline.Long, true},
	} {
		s := pipeline.SummarySentence{ID: tc.id, Text: "They rescued three children.", Evidence: []string{"p2s1"}, Product: tc.product}
		if got := len(ofCheck(Summary(harbour(), s, Budget{}), "M06", s.Text)) > 0; got != tc.want {
			t.Errorf("%s of %s: %v", tc.id, tc.product, got)
		}
	}
}

func TestM08NegationParity(t *testing.T) {
	runSummary(t, "M08", pipeline.KeyPoint, []checkCase{
		{"both deny", "No one was killed", "p4s1", nil},
		{"only the sentence", "A ferry did not run aground near Sinop", "p1s1", []string{"neutral"}},
		{"only the evidence", "Someone was killed in the ferry", "p4s1", []string{"neutral"}},
		{"neither", "Divers rescued three children", "p2s1", nil},
		{"a weak denial answers a strong one", "The ferry lacked a working radar", "p5s1", nil},
		{"a strong one answers a weak one", "The crew did not ignore a warning, the company said", "p6s1", nil},
		{"a weak one alone", "Divers failed to rescue the children", "p2s1", nil},
		{"evidence of several sentences is not told", "A ferry ran aground and people were taken to hospital", "p1s1 p4s1", nil},
		{"no evidence", "Divers did not come", "", nil},
		{"as much evidence as is judged", "A ferry did not run aground near Sinop", "p1s1 p1s1 p1s1", []string{"neutral"}},
		{"more evidence than is judged", "A ferry did not run aground near Sinop", "p1s1 p1s1 p1s1 p1s1", nil},
	})
}

func TestM09HedgesStay(t *testing.T) {
	runSummary(t, "M09", pipeline.KeyPoint, []checkCase{
		{"a report told as a fact", "The ferry left Samsun two hours late", "p5s1", []string{"minor"}},
		{"with its hedge", "The ferry reportedly left Samsun two hours late", "p5s1", nil},
		{"with another hedge", "The ferry allegedly left Samsun two hours late", "p5s1", nil},
		{"with a speaker", "Port officials said the ferry left Samsun two hours late", "p5s1", nil},
		{"a fact told as a fact", "A ferry ran aground near Sinop", "p1s1", nil},
		{"two sentences", "The late ferry ran aground near Sinop", "p1s1 p5s1", []string{"minor"}},
		{"three are too many to tell", "The late ferry ran aground near Sinop", "p1s1 p2s1 p5s1", nil},
		{"no evidence", "The ferry left Samsun late", "", nil},
	})
	if m := messageOf(summed(harbour(), pipeline.KeyPoint, "The ferry left Samsun late", "p5s1"), "M09"); !strings.Contains(m, `"reportedly"`) {
		t.Errorf("the message does not quote the hedge: %q", m)
	}
}

// The checks of form that hold for any answer hold for a summary.
func TestSummaryFormChecks(t *testing.T) {
	for _, tc := range []struct {
		name, check string
		product     pipeline.Product
		text        string
		want        bool
	}{
		{"no stop in a lead", "T09", pipeline.SummaryLead, "Divers rescued three children from", true},
		{"no stop in a short", "T09", pipeline.Short, "Divers rescued three children from", true},
		{"no stop in a long", "T09", pipeline.Long, "Divers rescued three children,", true},
		{"a headline needs none", "T09", pipeline.SummaryHeadline, "Divers rescue three children", false},
		{"a key point needs none", "T09", pipeline.KeyPoint, "Divers rescued three children", false},
		{"a question mark", "T09", pipeline.Long, "Had divers rescued three children?", false},
		{"an ellipsis", "T09", pipeline.Long, "Divers rescued three children…", false},
		{"a stop within marks", "T09", pipeline.Long, "Divers “rescued three children.”", false},
		{"a stop within brackets", "T09", pipeline.Long, "Divers (who rescued three children.)", false},
		{"Turkish", "T02", pipeline.SummaryLead, "Dalgıçlar alt güverteden üç çocuğu kurtardı ve hastaneye götürdü.", true},
		{"Russian", "T02", pipeline.SummaryLead, "Водолазы спасли троих детей с нижней палубы парома.", true},
		{"English", "T02", pipeline.SummaryLead, "Divers rescued three children from the lower deck.", false},
		{"chatter", "T20", pipeline.SummaryLead, "Here is the summary you asked for: Divers rescued three children.", true},
		{"a loop", "T21", pipeline.SummaryLead, strings.Repeat("divers rescued three children ", 6) + ".", true},
		{"a control character", "T23", pipeline.SummaryLead, "Divers rescued \u202ethree children.", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			fs := Summary(harbour(), pipeline.SummarySentence{ID: "sum.l", Text: tc.text, Evidence: []string{"p2s1"}, Product: tc.product}, Budget{})
			got := ofCheck(fs, tc.check, tc.text)
			if len(got) > 0 != tc.want {
				t.Errorf("%s: %q", tc.check, got)
			}
			vetFindings(t, fs, tc.text)
		})
	}
}

// A finding's id holds for one text and one thing said of it.
func TestIDsOfSummaryFindings(t *testing.T) {
	id := func(text string, evidence ...string) string {
		fs := summed(harbour(), pipeline.KeyPoint, text, evidence...)
		if len(fs) == 0 {
			t.Fatalf("%q has no finding", text)
		}
		return fs[0].ID
	}
	first := id("Divers rescued 99 children", "p2s1")
	if again := id("Divers rescued 99 children", "p2s1"); again != first {
		t.Error("the id is not stable")
	}
	for name, other := range map[string]string{
		"another number":   id("Divers rescued 98 children", "p2s1"),
		"another sentence": id("Then divers rescued 99 children", "p2s1"),
		"other evidence":   id("Divers rescued 99 children", "p2s1", "p1s1"),
	} {
		if other == first {
			t.Errorf("%s has the same id", name)
		}
	}
}

func TestBudgetsAreThoseOfTheProducts(t *testing.T) {
	for p, want := range map[pipeline.Product]string{
		pipeline.SummaryHeadline: "64 characters",
		pipeline.SummaryLead:     "30 words",
		pipeline.KeyPoint:        "12 words",
		pipeline.Short:           "60 words in all",
		pipeline.Long:            "150 words in all",
		pipeline.Product("none"): "no limit",
	} {
		if got := Budgets()[p].String(); got != want {
			t.Errorf("%s: %q, want %q", p, got, want)
		}
	}
	b := Budgets()
	b[pipeline.KeyPoint] = Budget{Words: 1}
	if Budgets()[pipeline.KeyPoint].Words != 12 {
		t.Error("a caller can change the budgets of another")
	}
	if art := harbour(); art.InLanguage != language.English {
		t.Errorf("the article is in %v", art.InLanguage)
	}
}
