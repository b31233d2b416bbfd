package summarize

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"dragoman/pipeline"
	"dragoman/pipeline/check"
	"dragoman/pipeline/llm"
)

// nWords is a text of n words.
func nWords(n int, first string) string {
	return first + strings.Repeat(" word", n-1)
}

func shorts(lengths ...int) []pipeline.SummarySentence {
	all := []pipeline.SummarySentence{{ID: "sum.l", Product: pipeline.SummaryLead, Text: nWords(90, "Lead")}}
	for i, n := range lengths {
		all = append(all, pipeline.SummarySentence{ID: fmt.Sprintf("sum.s%d", i+1), Product: pipeline.Short, Text: nWords(n, fmt.Sprintf("S%d", i+1))})
	}
	return all
}

// Sentences that are too long together: the longest of them must make room, and
// none other is asked again. The lead beside them does not count.
func TestTheLongestMakesRoom(t *testing.T) {
	s := &state{art: article(story...)}
	for _, tc := range []struct {
		lengths []int
		want    []int // words each may have; 0 is any number
	}{
		{[]int{60}, []int{0}},
		{[]int{61}, []int{60}},
		{[]int{20, 20, 20}, []int{0, 0, 0}},
		{[]int{10, 40, 20}, []int{0, 30, 0}},
		{[]int{40, 10, 20}, []int{30, 0, 0}},
		{[]int{10, 20, 40}, []int{0, 0, 30}},
		{[]int{25, 25, 25}, []int{10, 0, 0}},
		{[]int{30, 30, 30}, []int{leastWords, 0, 0}}, // not to nothing
		{[]int{100}, []int{60}},
	} {
		all := shorts(tc.lengths...)
		for i, want := range tc.want {
			if got := s.budget(all[i+1], all); got.Words != want || got.Total != 60 {
				t.Errorf("%v: sentence %d may have %d words, want %d", tc.lengths, i+1, got.Words, want)
			}
		}
		if got := s.budget(all[0], all); got.Words != 30 {
			t.Errorf("the lead may have %d words", got.Words)
		}
	}
}

func TestBudgetsOfTheProducts(t *testing.T) {
	s := &state{art: article(story...)}
	for product, want := range map[pipeline.Product]string{
		pipeline.SummaryHeadline: "64 characters",
		pipeline.SummaryLead:     "30 words",
		pipeline.KeyPoint:        "12 words",
		pipeline.Short:           "60 words in all",
		pipeline.Long:            "150 words in all",
	} {
		x := pipeline.SummarySentence{Product: product, Text: "Ten words or less."}
		if got := s.budget(x, []pipeline.SummarySentence{x}).String(); got != want {
			t.Errorf("%s: %s, want %s", product, got, want)
		}
	}
}

// withShort is the good summary with another short one.
func withShort(texts ...string) string {
	var b map[string]json.RawMessage
	if err := json.Unmarshal([]byte(good), &b); err != nil {
		panic(err)
	}
	var list []sentence
	for _, text := range texts {
		list = append(list, sentence{text, []string{"s1", "s2", "s3", "s4"}})
	}
	b["short"] = mustJSON2(list)
	return string(mustJSON2(b))
}

func mustJSON2(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return raw
}

const (
	long40 = "The river port of Lesna was closed on Monday after a barge hit a pier, and two sailors were taken to hospital, according to the harbour office, while ferries to the island of Orva run from the old quay there."
	long27 = "Ferries to the island of Orva run from the old quay, and the port will reportedly stay closed until Friday, according to the harbour office of Lesna."
)

// A re-ask that is still too long is told the same bound the next time: what
// the others leave.
func TestTheBoundStaysWhenTheSecondDraftIsTooLongToo(t *testing.T) {
	if total := words(long40) + words(long27); total <= 60 {
		t.Fatalf("the test needs longer sentences than %d words", total)
	}
	longer := strings.Replace(long40, "two sailors", "two of the sailors there", 1)
	n := 0
	a := &answerer{give: func(u user, _ int) (*llm.Response, error) {
		if u.Task == "summarize/brief" {
			return says(withShort(long40, long27))
		}
		n++
		return says(string(mustJSON2(sentence{longer, []string{"s1", "s2", "s4"}})))
	}}
	res, err := tell(t, a, nil)
	if err != nil || n != 2 {
		t.Fatalf("%d re-asks, %v: %v", n, err, res.Failed)
	}
	want := fmt.Sprintf("%d words", 60-words(long27))
	for i, u := range a.users[1:] {
		if u.Limit != want || u.Product != "short" {
			t.Errorf("re-ask %d: %q of %q, want %q", i, u.Limit, u.Product, want)
		}
	}
	if res.Failed["sum.s1"] == "" || res.Failed["sum.s2"] != "" {
		t.Errorf("failed %v", res.Failed)
	}
}

func TestAShorterLongestMendsTheWhole(t *testing.T) {
	a := &answerer{give: func(u user, _ int) (*llm.Response, error) {
		if u.Task == "summarize/brief" {
			return says(withShort(long40, long27))
		}
		return says(string(mustJSON2(sentence{story[0], []string{"s1"}})))
	}}
	res, err := tell(t, a, nil)
	if err != nil || len(a.asked) != 2 || len(res.Failed) != 0 {
		t.Fatalf("%v, failed %v, %v", a.asked, res.Failed, err)
	}
	sum := 0
	for _, x := range res.Summary.Of(pipeline.Short) {
		sum += words(x.Text)
	}
	if sum > 60 {
		t.Errorf("%d words", sum)
	}
	for _, f := range res.Findings {
		if f.Check == "M01" {
			t.Errorf("%+v", f)
		}
	}
}

// Keys of the request become ids of the article; a key that it has not is
// passed on for the check to find.
func TestEvidence(t *testing.T) {
	s := &state{parts: []part{
		{"one", []string{"p1s1"}},
		{"a note", []string{"p1s2", "p2s1"}},
		{"another", []string{"p2s1", "p9s9"}},
	}}
	for _, tc := range []struct{ keys, want []string }{
		{nil, []string{}},
		{[]string{"s1"}, []string{"p1s1"}},
		{[]string{"s2"}, []string{"p1s2", "p2s1"}},
		{[]string{"s3", "s2", "s1"}, []string{"p2s1", "p9s9", "p1s2", "p1s1"}},
		{[]string{"s1", "s1", "s1"}, []string{"p1s1"}},
		{[]string{"s4"}, []string{"s4"}},
		{[]string{"s0"}, []string{"s0"}},
		{[]string{"s-1"}, []string{"s-1"}},
		{[]string{"s1, s2"}, []string{"s1, s2"}},
		{[]string{"s1s2"}, []string{"s1s2"}},
		{[]string{"s01"}, []string{"s01"}},
		{[]string{"1"}, []string{"1"}},
		{[]string{"ss1"}, []string{"ss1"}},
		{[]string{"S1"}, []string{"S1"}},
		{[]string{""}, []string{""}},
		{[]string{"p1s1"}, []string{"p1s1"}},
		{[]string{"s99999999999999999999"}, []string{"s99999999999999999999"}},
		{[]string{"s4", "s1"}, []string{"s4", "p1s1"}},
	} {
		got := s.sentence("sum.h", pipeline.SummaryHeadline, sentence{"  Text. \n", tc.keys})
		if !slices.Equal(got.Evidence, tc.want) || got.Evidence == nil {
			t.Errorf("%q: %q, want %q", tc.keys, got.Evidence, tc.want)
		}
		if got.Text != "Text." || got.ID != "sum.h" || got.Product != pipeline.SummaryHeadline {
			t.Errorf("%+v", got)
		}
	}
}

// lacks are the messages of what did not come.
func lacks(res Result) []string {
	var out []string
	for _, f := range res.Findings {
		if f.Check == "M00" {
			out = append(out, f.Message)
			if !f.Gates(pipeline.Major) || f.Stage != "summarize" {
				out = append(out, fmt.Sprintf("does not gate: %+v", f))
			}
		}
	}
	return out
}

const goodLong = `{"long":[{"text":"The river port of Lesna was closed on Monday.","evidence":["s1"]},{"text":"Two sailors were taken to hospital, according to the harbour office.","evidence":["s2"]}]}`

// A product that did not come is said aloud, beside those that did.
func TestAMissingProductIsSaidAloud(t *testing.T) {
	noShort := withShort()
	refused := "REFUSED"
	for _, tc := range []struct {
		name, brief, long string
		sentences         int
		want              []string
	}{
		{"both", good, goodLong, 9, nil},
		{"an empty long one", good, `{"long":[]}`, 7, []string{"there is no long in the summary: no usable answer came"}},
		{"a refused long one", good, refused, 7, []string{"there is no long in the summary: it says no"}},
		{"a long one that is no JSON", good, "Sure!", 7, []string{"there is no long in the summary: summarize: invalid character 'S' looking for beginning of value"}},
		{"no short one", noShort, goodLong, 7, []string{"there is no short in the summary: summarize: the short summary is empty"}},
		{"a long one only", refused, goodLong, 2, []string{
			"there is no headline in the summary: it says no", "there is no lead in the summary: it says no",
			"there is no keyPoint in the summary: it says no", "there is no short in the summary: it says no",
		}},
		{"neither", refused, refused, 0, []string{"there is no summary: it says no"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := &answerer{give: func(u user, _ int) (*llm.Response, error) {
				text := tc.brief
				if u.Task == "summarize/long" {
					text = tc.long
				}
				if text == refused {
					return nil, &pipeline.Error{Code: pipeline.Refused, Err: fmt.Errorf("it says no")}
				}
				return says(text)
			}}
			res, err := tell(t, a, func(j *Job) { j.Long = true })
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			if res.Summary != nil {
				n = len(res.Summary.Sentences)
			}
			if n != tc.sentences || !slices.Equal(lacks(res), tc.want) {
				t.Errorf("%d sentences, %q, want %q", n, lacks(res), tc.want)
			}
		})
	}
}

// The desk that switched the check off hears nothing of it.
func TestMissingProductsHeedThePolicy(t *testing.T) {
	a := &answerer{give: func(user, int) (*llm.Response, error) { return says(withShort()) }}
	res, err := tell(t, a, func(j *Job) { j.Policy.Modes = check.Modes{"M00": check.Off} })
	if err != nil || len(lacks(res)) != 0 || len(res.Summary.Sentences) != 5 {
		t.Errorf("%+v, %v", res, err)
	}
}

func TestTheLongSummaryStandsBehindTheRest(t *testing.T) {
	a := &answerer{give: func(u user, _ int) (*llm.Response, error) {
		if u.Task == "summarize/long" {
			return says(goodLong)
		}
		return says(good)
	}}
	res, err := tell(t, a, func(j *Job) { j.Long = true })
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, x := range res.Summary.Of(pipeline.Long) {
		ids = append(ids, x.ID+" "+strings.Join(x.Evidence, " "))
	}
	if want := []string{"sum.g1 p1s1", "sum.g2 p2s1"}; !slices.Equal(ids, want) {
		t.Errorf("%v, want %v", ids, want)
	}
	if got := res.Summary.Sentences[0].ID; got != "sum.h" {
		t.Errorf("the long summary stands first: %s", got)
	}
}
