package llmtest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"dragoman/pipeline/llm/llmtest"
	"dragoman/prompts"
)

var news = []string{
	"The river port of Lesna was closed on Monday after a barge hit a pier.",
	"Two sailors were taken to hospital, according to the harbour office.",
	`"We do not know why it happened," said Karlov, the mayor of Lesna.`,
	"The port will reportedly stay closed until Friday.",
	"Ferries to the island of Orva run from the old quay, the office said.",
	"It was the third accident at the port since 2009.",
}

// asked is the user message of a prompt about the news, and its schema.
func asked(t *testing.T, id, to string, sentences []string) (user string, schema json.RawMessage) {
	t.Helper()
	set, err := prompts.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	p, err := set.Get(id)
	if err != nil {
		t.Fatal(err)
	}
	prefix := "s"
	if id == "names/sheet" {
		prefix = "n"
	}
	var o prompts.Object
	var keys []string
	for i, s := range sentences {
		keys = append(keys, fmt.Sprintf("%s%d", prefix, i+1))
		o = append(o, prompts.Member{Key: keys[i], Value: s})
	}
	values := map[string]any{}
	for _, name := range p.Inputs {
		values[name] = o
	}
	for _, name := range p.Settings {
		values[name] = to
	}
	for name, v := range map[string]any{"to": to, "language": to, "before": []string(nil), "names": o, "problems": nil, "glossary": nil, "product": "keyPoint", "limit": "12 words", "draft": "A draft.", "max_words": 100, "note": ""} {
		if _, ok := values[name]; ok {
			values[name] = v
		}
	}
	if id == "translate/article" || id == "translate/summary" {
		values["names"] = nil
	}
	if id == "summarize/again" {
		values["problems"] = []string{"The text has 20 words."}
	}
	_, user, err = p.Render(values)
	if err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	schema, err = p.SchemaFor(keys)
	if err != nil {
		t.Fatal(err)
	}
	return user, schema
}

// reply is the pseudo model's answer to a user message.
func reply(t *testing.T, s *llmtest.Server, user string) string {
	t.Helper()
	content, err := prompts.Encode(user)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://pseudo/v1/chat/completions", strings.NewReader(`{"messages":[{"role":"user","content":`+string(content)+`}]}`))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := s.Transport().RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	var c struct {
		Choices []struct{ Message struct{ Content string } }
	}
	if err != nil || json.Unmarshal(b, &c) != nil || len(c.Choices) != 1 {
		t.Fatalf("%v: %s", err, b)
	}
	return c.Choices[0].Message.Content
}

// breaks says where a value breaks a strict schema; "" where it keeps to it.
func breaks(schema, value any, at string) string {
	s := schema.(map[string]any)
	if enum, ok := s["enum"].([]any); ok && !slices.Contains(enum, value) {
		return fmt.Sprintf("%s: %v is none of %v", at, value, enum)
	}
	switch v := value.(type) {
	case string:
		if s["type"] != "string" {
			return at + ": a string"
		}
	case []any:
		if s["type"] != "array" {
			return at + ": a list"
		}
		for i, x := range v {
			if why := breaks(s["items"], x, fmt.Sprintf("%s[%d]", at, i)); why != "" {
				return why
			}
		}
	case map[string]any:
		if s["type"] != "object" {
			return at + ": an object"
		}
		properties := s["properties"].(map[string]any)
		for _, name := range s["required"].([]any) {
			if _, ok := v[name.(string)]; !ok {
				return fmt.Sprintf("%s: no %v", at, name)
			}
		}
		for name, x := range v {
			if properties[name] == nil {
				return at + ": an unheard-of " + name
			}
			if why := breaks(properties[name], x, at+"."+name); why != "" {
				return why
			}
		}
	default:
		return fmt.Sprintf("%s: %T", at, v)
	}
	return ""
}

// tasks are all prompts, with the language that each is asked for.
func tasks(t *testing.T) map[string]string {
	t.Helper()
	set, err := prompts.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, id := range set.IDs() {
		out[id] = "ru"
	}
	return out
}

// Every prompt of dragoman gets an answer that its schema allows, for any number
// of sentences.
func TestAnswersKeepToTheSchema(t *testing.T) {
	s := llmtest.NewServer(llmtest.Options{})
	for id, to := range tasks(t) {
		for n := range len(news) {
			user, schema := asked(t, id, to, news[:n+1])
			answer := reply(t, s, user)
			var value, rules any
			if err := json.Unmarshal([]byte(answer), &value); err != nil {
				t.Fatalf("%s: %v in %s", id, err, answer)
			}
			if err := json.Unmarshal(schema, &rules); err != nil {
				t.Fatal(err)
			}
			if why := breaks(rules, value, "answer"); why != "" {
				t.Errorf("%s of %d sentences: %s in %s", id, n+1, why, answer)
			}
		}
	}
	if len(tasks(t)) < 8 {
		t.Errorf("only %d prompts", len(tasks(t)))
	}
}

// The same question has the same answer, byte for byte, on any server.
func TestAnswersAreTheSameEachTime(t *testing.T) {
	a := llmtest.NewServer(llmtest.Options{})
	b := llmtest.NewServer(llmtest.Options{Slots: 1, ContextSize: 100000, NoUsage: true, ChunkRunes: 5})
	for id, to := range tasks(t) {
		user, _ := asked(t, id, to, news)
		first := reply(t, a, user)
		reply(t, a, `{"task":"correct/edits","sentences":{"s1":"Something else."}}`)
		if again, other := reply(t, a, user), reply(t, b, user); again != first || other != first {
			t.Errorf("%s:\n%s\n%s\n%s", id, first, again, other)
		}
	}
	if n := len(a.Digests()); n != len(tasks(t))+1 {
		t.Errorf("%d different questions", n)
	}
}

// The answer for a sentence is the same alone, among others, in another place,
// and after a complaint.
func TestASentenceIsAnsweredOnItsOwn(t *testing.T) {
	s := llmtest.NewServer(llmtest.Options{})
	for _, id := range []string{"translate/article", "translate/summary", "correct/edits", "names/sheet"} {
		user, _ := asked(t, id, "tr", news)
		var whole map[string]json.RawMessage
		if err := json.Unmarshal([]byte(reply(t, s, user)), &whole); err != nil {
			t.Fatal(err)
		}
		back := slices.Clone(news)
		slices.Reverse(back)
		user, _ = asked(t, id, "tr", back)
		var reversed map[string]json.RawMessage
		if err := json.Unmarshal([]byte(reply(t, s, user)), &reversed); err != nil {
			t.Fatal(err)
		}
		key := map[bool]string{true: "n", false: "s"}[id == "names/sheet"]
		for i, sentence := range news {
			user, _ := asked(t, id, "tr", []string{sentence})
			var alone map[string]json.RawMessage
			if err := json.Unmarshal([]byte(reply(t, s, user)), &alone); err != nil {
				t.Fatal(err)
			}
			want := alone[key+"1"]
			for where, got := range map[string]json.RawMessage{
				"among others":     whole[fmt.Sprint(key, i+1)],
				"in another place": reversed[fmt.Sprint(key, len(news)-i)],
			} {
				if !bytes.Equal(got, want) {
					t.Errorf("%s, sentence %d %s: %s, alone %s", id, i, where, got, want)
				}
			}
		}
	}
	plain := `{"task":"translate/article","to":"ru","sentences":{"s1":"He said no."}}`
	complaint := `{"task":"translate/article","to":"ru","names":{"He":"Он"},"before":["She came."],"sentences":{"s1":"He said no."},"problems":{"s1":["wrong"]}}`
	if a, b := reply(t, s, plain), reply(t, s, complaint); a != b {
		t.Errorf("%s, after a complaint %s", a, b)
	}
}

// Keys come back in the order they were asked in, so that a cut reply has lost
// the last of them.
func TestKeysComeBackInTheirOrder(t *testing.T) {
	s := llmtest.NewServer(llmtest.Options{})
	for _, task := range []string{"translate/article", "correct/edits"} {
		answer := reply(t, s, `{"task":"`+task+`","to":"ru","sentences":{"s3":"C.","s1":"A.","s10":"J.","s2":"B."}}`)
		at := -1
		for _, key := range []string{`"s3"`, `"s1"`, `"s10"`, `"s2"`} {
			i := strings.Index(answer, key)
			if i <= at {
				t.Errorf("%s: %s", task, answer)
			}
			at = i
		}
	}
}

// Whatever the summary says, the sentence it names says it.
func TestSummariesRestOnSentencesThatWereAsked(t *testing.T) {
	s := llmtest.NewServer(llmtest.Options{})
	for _, id := range []string{"summarize/brief", "summarize/long", "summarize/notes", "summarize/again"} {
		user, _ := asked(t, id, "", news)
		answer := reply(t, s, user)
		var value any
		if err := json.Unmarshal([]byte(answer), &value); err != nil {
			t.Fatal(err)
		}
		n := 0
		var walk func(any)
		walk = func(v any) {
			switch v := v.(type) {
			case []any:
				for _, x := range v {
					walk(x)
				}
			case map[string]any:
				if text, ok := v["text"].(string); ok {
					n++
					evidence := v["evidence"].([]any)
					var i int
					if _, err := fmt.Sscanf(evidence[0].(string), "s%d", &i); err != nil || i < 1 || i > len(news) {
						t.Fatalf("%s: evidence %v", id, evidence)
					}
					if !strings.HasPrefix(news[i-1], strings.TrimRight(text, ".")) {
						t.Errorf("%s: %q is not in %q", id, text, news[i-1])
					}
					return
				}
				for x := range maps.Values(v) {
					walk(x)
				}
			}
		}
		walk(value)
		if n == 0 {
			t.Errorf("%s: no sentence in %s", id, answer)
		}
	}
}

// The corrections of the pseudo model are none: it knows nothing.
func TestNothingIsCorrected(t *testing.T) {
	user, _ := asked(t, "correct/edits", "", news)
	var got map[string][]any
	if err := json.Unmarshal([]byte(reply(t, llmtest.NewServer(llmtest.Options{}), user)), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string][]any{}
	for i := range news {
		want[fmt.Sprintf("s%d", i+1)] = []any{}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
}
