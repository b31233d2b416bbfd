package llmtest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// question is a summarize question about the sample.
func question(task, extra string, sentences []string) string {
	var props []pair
	for i, s := range sentences {
		props = append(props, pair{fmt.Sprintf("s%d", i+1), raw(s)})
	}
	return `{"task": "` + task + `"` + extra + `, "sentences": ` + written(props) + `}`
}

type summarySentence struct {
	Text     string
	Evidence []string
}

// answerTo is the pseudo model's answer as a value.
func answerTo(t *testing.T, q string, into any) {
	t.Helper()
	a, ok := parseAsk(q)
	if !ok {
		t.Fatalf("not a question: %s", q)
	}
	props, ok := a.answer()
	if !ok {
		t.Fatalf("no answer to %s", q)
	}
	if err := json.Unmarshal([]byte(written(props)), into); err != nil {
		t.Fatalf("%v in %s", err, written(props))
	}
}

// judge holds one summary sentence against its evidence: every word of it
// stands there, and it is within its budget.
func judge(t *testing.T, name string, s summarySentence, words, runes int, sentences []string) {
	t.Helper()
	if s.Text == "" || len(s.Evidence) != 1 {
		t.Errorf("%s: %+v", name, s)
		return
	}
	var n int
	if _, err := fmt.Sscanf(s.Evidence[0], "s%d", &n); err != nil || n < 1 || n > len(sentences) {
		t.Fatalf("%s: evidence %q", name, s.Evidence)
	}
	if !strings.HasPrefix(sentences[n-1], strings.TrimRight(s.Text, ".")) {
		t.Errorf("%s: %q is not in %q", name, s.Text, sentences[n-1])
	}
	if got := len(strings.Fields(s.Text)); got > words {
		t.Errorf("%s: %d words in %q", name, got, s.Text)
	}
	if got := len([]rune(s.Text)); got > runes {
		t.Errorf("%s: %d runes in %q", name, got, s.Text)
	}
	if strings.Count(s.Text, `"`)%2 != 0 {
		t.Errorf("%s: half a quotation in %q", name, s.Text)
	}
}

func TestBrief(t *testing.T) {
	var got struct {
		Headline, Lead, Key1, Key2, Key3 summarySentence
		Short                            []summarySentence
	}
	answerTo(t, question("summarize/brief", "", sample), &got)
	judge(t, "headline", got.Headline, 20, 64, sample)
	judge(t, "lead", got.Lead, 30, 1000, sample)
	judge(t, "key1", got.Key1, 12, 1000, sample)
	judge(t, "key2", got.Key2, 12, 1000, sample)
	judge(t, "key3", got.Key3, 12, 1000, sample)
	words := 0
	for _, s := range got.Short {
		judge(t, "short", s, 60, 1000, sample)
		words += len(strings.Fields(s.Text))
	}
	if len(got.Short) < 1 || len(got.Short) > 4 || words > 60 {
		t.Errorf("short: %d sentences, %d words", len(got.Short), words)
	}
	if strings.HasSuffix(got.Headline.Text, ".") {
		t.Errorf("the headline ends in a full stop: %q", got.Headline.Text)
	}
}

func TestBriefOfHardlyAnything(t *testing.T) {
	for _, sentences := range [][]string{{"He left."}, {"Karlov"}, {"“", "?"}, {}} {
		var got map[string]json.RawMessage
		answerTo(t, question("summarize/brief", "", sentences), &got)
		if len(got) != 6 {
			t.Errorf("%q: %s", sentences, got)
		}
	}
}

func TestBriefDependsOnTheSentencesItQuotes(t *testing.T) {
	changed := append([]string(nil), sample...)
	changed[6] = "He became ambassador in August 2014."
	var a, b map[string]json.RawMessage
	answerTo(t, question("summarize/brief", "", sample), &a)
	answerTo(t, question("summarize/brief", "", changed), &b)
	for key := range a {
		if string(a[key]) != string(b[key]) && !strings.Contains(string(a[key]), "July 2013") {
			t.Errorf("%s changed from %s to %s", key, a[key], b[key])
		}
	}
}

func TestLongAndNotes(t *testing.T) {
	var got struct{ Long, Notes []summarySentence }
	answerTo(t, question("summarize/long", "", sample), &got)
	answerTo(t, question("summarize/notes", "", sample), &got)
	if len(got.Long) == 0 || len(got.Notes) == 0 {
		t.Fatalf("%+v", got)
	}
	for _, s := range append(got.Long, got.Notes...) {
		judge(t, "long", s, 20, 1000, sample)
	}
}

func TestAgain(t *testing.T) {
	draft := "Attacker reportedly talked about the situation in Aleppo."
	for product, words := range map[string]int{"headline": 12, "lead": 30, "keyPoint": 12, "short": 60} {
		var got summarySentence
		answerTo(t, question("summarize/again", `, "product": "`+product+`", "limit": "12 words", "draft": `+string(raw(draft)), sample), &got)
		judge(t, product, got, words, 1000, sample)
		if got.Text == draft {
			t.Errorf("%s: the draft again", product)
		}
	}
}

func TestShorten(t *testing.T) {
	tests := []struct {
		name, source, want string
		words              int
	}{
		{"fits", "He left Ankara on Monday.", "He left Ankara on Monday.", 5},
		{"full stop added", "He left Ankara", "He left Ankara.", 5},
		{"at a clause", "The attacker shot the ambassador when he spoke in Ankara.", "The attacker shot the ambassador.", 8},
		{"at a comma", "Police arrested seven men, officials and witnesses told reporters.", "Police arrested seven men.", 8},
		{"not before a number", "Officers arrested students 17 days later again.", "", 3},
		{"not inside a quotation", `Witnesses heard "God is great and we are his soldiers" there.`, "", 6},
		{"not inside a name", "Reporters followed President Andrey Karlov everywhere.", "", 4},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := shorten(tt.source, tt.words, 1000); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
