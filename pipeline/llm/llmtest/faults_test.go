package llmtest

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

const (
	firstSentence  = "The attacker shot 11 times at Andrey Karlov on December 19, and the guests of the exhibition fled."
	secondSentence = "He said no."
)

func faultAsk(task, to string) string {
	return `{"task": "` + task + `", "to": "` + to + `", "sentences": {"s1": ` + string(raw(firstSentence)) + `, "s2": ` + string(raw(secondSentence)) + `}}`
}

// spoiled asks a server with one fault and returns the answer, whole.
func spoiled(t *testing.T, f Injection, ask, extra string) (status int, got string, err error) {
	t.Helper()
	s := NewServer(Options{})
	s.Inject(f)
	resp, got, err := post(t, s.Transport(), "http://pseudo/v1", body(ask, extra))
	if resp == nil {
		t.Fatal(err)
	}
	if fault := s.Requests()[0].Fault; fault != string(f.Kind) {
		t.Errorf("the journal says %q", fault)
	}
	return resp.StatusCode, got, err
}

func TestFaultsOfAWholeAnswer(t *testing.T) {
	tests := []struct {
		kind   Kind
		status int
		has    []string
		cut    bool
	}{
		{RateLimited, 429, []string{"error", "rate_limit_exceeded"}, false},
		{ServerError, 500, []string{"error"}, false},
		{BadKey, 401, []string{"invalid_api_key"}, false},
		{ErrorBody, 200, []string{`{"error"`}, false},
		{CutLength, 200, []string{`"finish_reason":"length"`}, false},
		{CutFilter, 200, []string{`"finish_reason":"content_filter"`}, false},
		{Empty, 200, []string{`"content":""`, `"finish_reason":"stop"`}, false},
		{NullRefusal, 200, []string{`"content":null`, `"refusal":"I cannot`}, false},
		{RefusalEnglish, 200, []string{"I'm sorry"}, false},
		{RefusalRussian, 200, []string{"Извините"}, false},
		{Disconnect, 200, []string{"choices"}, true},
		{NoFinish, 200, []string{`"finish_reason":null`}, false},
		{CutJSON, 200, []string{`"finish_reason":"stop"`}, false},
		{Preamble, 200, []string{"Sure! Here is the translation"}, false},
		{Thinking, 200, []string{"<think>", "</think>"}, false},
		{WholeEnglish, 200, []string{"The attacker shot 11 times"}, false},
	}
	for _, tt := range tests {
		t.Run(string(tt.kind), func(t *testing.T) {
			status, got, err := spoiled(t, Injection{Kind: tt.kind}, faultAsk("translate/article", "ru"), "")
			if status != tt.status || (err != nil) != tt.cut {
				t.Errorf("status %d, error %v", status, err)
			}
			for _, want := range tt.has {
				if !strings.Contains(got, want) {
					t.Errorf("%s is not in %s", want, got)
				}
			}
			_, stream, err := spoiled(t, Injection{Kind: tt.kind}, faultAsk("translate/article", "ru"), `,"stream":true`)
			ends := strings.HasSuffix(stream, "data: [DONE]\n\n")
			if want := status == 200 && tt.kind != ErrorBody && !tt.cut && tt.kind != NoFinish; ends != want || (err != nil) != tt.cut {
				t.Errorf("streamed: whole %v, error %v: %s", ends, err, stream)
			}
		})
	}
}

func TestFaultsOfOneSentence(t *testing.T) {
	good1, good2 := Translate("ru", firstSentence), Translate("ru", secondSentence)
	tests := []struct {
		kind Kind
		has  string // of s1
	}{
		{SentenceEnglish, firstSentence},
		{SentenceUkrainian, "та"},
		{SentenceGerman, "Der "},
		{SentenceLost, strings.Fields(good1)[0]},
		{KeyDoubled, good2},
		{DigitsChanged, "22"},
		{Repetition, " "},
	}
	for _, tt := range tests {
		t.Run(string(tt.kind), func(t *testing.T) {
			_, got, err := spoiled(t, Injection{Kind: tt.kind, Sentence: firstSentence}, faultAsk("translate/article", "ru"), "")
			if err != nil {
				t.Fatal(err)
			}
			var answer map[string]string
			if err := json.Unmarshal([]byte(content(t, got)), &answer); err != nil {
				t.Fatal(err)
			}
			if answer["s2"] != good2 {
				t.Errorf("the other sentence is %q", answer["s2"])
			}
			if answer["s1"] == good1 || !strings.Contains(answer["s1"], tt.has) {
				t.Errorf("the spoiled sentence is %q", answer["s1"])
			}
		})
	}
}

func TestFaultsOfKeys(t *testing.T) {
	_, got, _ := spoiled(t, Injection{Kind: KeyLost, Sentence: firstSentence}, faultAsk("translate/article", "ru"), "")
	if c := content(t, got); strings.Contains(c, `"s1"`) || !strings.Contains(c, `"s2"`) {
		t.Errorf("lost: %s", c)
	}
	_, got, _ = spoiled(t, Injection{Kind: DuplicateKey, Key: "s2"}, faultAsk("translate/article", "ru"), "")
	if c := content(t, got); strings.Count(c, `"s2":`) != 2 {
		t.Errorf("twice: %s", c)
	}
}

func TestFaultsInOtherTasks(t *testing.T) {
	for _, k := range Kinds() {
		if !k.OfSentence() {
			continue
		}
		for _, ask := range []string{
			faultAsk("correct/edits", ""), faultAsk("summarize/brief", ""),
			`{"task": "names/sheet", "to": "tr", "names": {"n1": "Karlov", "n2": "Ankara"}}`,
		} {
			s := NewServer(Options{})
			_, good, err := post(t, s.Transport(), "http://pseudo/v1", body(ask, ""))
			if err != nil {
				t.Fatal(err)
			}
			_, bad, err := spoiled(t, Injection{Kind: k}, ask, "")
			if err != nil {
				t.Fatal(err)
			}
			same := content(t, good) == content(t, bad)
			if copied := k == SentenceEnglish && strings.Contains(ask, "names/sheet"); same != copied {
				t.Errorf("%s in %.40s: the same answer: %s", k, ask, bad)
			}
			if !json.Valid([]byte(content(t, bad))) {
				t.Errorf("%s: not JSON: %s", k, bad)
			}
		}
	}
}

func TestInjectionsMatchAndCount(t *testing.T) {
	s := NewServer(Options{})
	s.Inject(
		Injection{Kind: ServerError, Task: "translate/article", To: "ru", Times: 2},
		Injection{Kind: BadKey, Sentence: "Nobody asks this."},
	)
	var got []int
	for _, ask := range []string{
		faultAsk("translate/article", "tr"), faultAsk("translate/summary", "ru"),
		faultAsk("translate/article", "ru"), faultAsk("translate/article", "ru"), faultAsk("translate/article", "ru"),
	} {
		resp, _, err := post(t, s.Transport(), "http://pseudo/v1", body(ask, ""))
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, resp.StatusCode)
	}
	if want := []int{200, 200, 500, 500, 200}; !equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	s.Inject(Injection{Kind: BadKey})
	s.Heal()
	if resp, _, _ := post(t, s.Transport(), "http://pseudo/v1", body(faultAsk("x", ""), "")); resp.StatusCode != 200 {
		t.Errorf("healed, and still %d", resp.StatusCode)
	}
}

// A doubled sentence stays doubled when it is asked alone.
func TestDoubledSentenceAskedAlone(t *testing.T) {
	s := NewServer(Options{})
	s.Inject(Injection{Kind: KeyDoubled, Sentence: firstSentence})
	alone := `{"task": "translate/article", "to": "ru", "sentences": {"s1": ` + string(raw(firstSentence)) + `}}`
	for _, ask := range []string{faultAsk("translate/article", "ru"), alone} {
		_, got, err := post(t, s.Transport(), "http://pseudo/v1", body(ask, ""))
		if err != nil || !strings.Contains(content(t, got), `"s1":"`+Translate("ru", secondSentence)) {
			t.Errorf("%v: %s", err, got)
		}
	}
}

// On a socket too the body of a cut answer ends in an error.
func TestDisconnectOnASocket(t *testing.T) {
	for _, extra := range []string{"", `,"stream":true`} {
		s := NewServer(Options{})
		s.Inject(Injection{Kind: Disconnect})
		if err := s.Start("127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
		_, got, err := post(t, http.DefaultTransport, s.URL(), body(faultAsk("translate/article", "ru"), extra))
		if err == nil || err == io.EOF || got == "" {
			t.Errorf("got %q, error %v", got, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func equal(a, b []int) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
