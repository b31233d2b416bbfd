package news_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/llmtest"
)

// bodiesOf are the bodies of the calls of one prompt and language.
func bodiesOf(calls []llmtest.Seen) map[string][]string {
	out := map[string][]string{}
	for _, c := range calls {
		out[c.Task+" "+c.To] = append(out[c.Task+" "+c.To], string(c.Body))
	}
	return out
}

// shared is the longest beginning that all texts have.
func shared(texts []string) string {
	first := slices.Min(texts)
	last := slices.Max(texts)
	n := 0
	for n < len(first) && n < len(last) && first[n] == last[n] {
		n++
	}
	return first[:n]
}

// rules is a body's beginning up to the end of its system message, which must
// be the first, and beyond it the beginning of the user's.
func rules(t *testing.T, body string) string {
	t.Helper()
	var b struct{ Messages []llm.Message }
	if err := json.Unmarshal([]byte(body), &b); err != nil {
		t.Fatal(err)
	}
	if len(b.Messages) != 2 || b.Messages[0].Role != "system" || b.Messages[1].Role != "user" {
		t.Fatalf("messages of %d roles", len(b.Messages))
	}
	const user = `"},{"role":"user","content":"{\"task\":\"`
	at := strings.Index(body, user)
	if at < 0 || !strings.HasPrefix(body, `{"model":"pseudo","messages":[{"role":"system","content":"`) {
		t.Fatalf("a body that begins %s", body[:min(len(body), 100)])
	}
	return body[:at+len(user)]
}

// All requests of a prompt in one language, for the pieces of an article, what
// is asked again, and other articles, begin with the same bytes: the whole
// system message, and the user's up to what belongs to the piece. So a
// provider's prompt cache holds the rules.
func TestRequestsBeginAlike(t *testing.T) {
	d := newDesk(llmtest.Options{}, llmtest.Injection{Kind: llmtest.KeyLost, Task: "translate/article", To: "ru", Times: 2}, llmtest.Injection{Kind: llmtest.KeyLost, Task: "names/", To: "ru", Times: 1})
	d.context = 3600 // so little that the article goes in pieces
	_, one, err := d.run(t, article(t, sample(t)))
	if err != nil {
		t.Fatal(err)
	}
	_, two, err := newDesk(llmtest.Options{}).run(t, article(t, story))
	if err != nil {
		t.Fatal(err)
	}
	first, both := bodiesOf(one), bodiesOf(append(one, two...))
	if len(first["translate/article ru"]) < 3 || len(first["correct/edits "]) < 2 || len(first["names/sheet ru"]) < 2 {
		t.Fatalf("no pieces, or nothing was asked again: %d, %d and %d", len(first["translate/article ru"]), len(first["correct/edits "]), len(first["names/sheet ru"]))
	}
	for prompt, bodies := range both {
		if len(bodies) < 2 {
			t.Errorf("%s was asked once", prompt)
			continue
		}
		want := rules(t, bodies[0])
		task, to, _ := strings.Cut(prompt, " ")
		want += task + `\"`
		if to != "" {
			want += `,\"to\":\"` + to + `\"`
		}
		for name, list := range map[string][]string{"one article": first[prompt], "two articles": bodies} {
			if got := shared(list); len(list) > 0 && !strings.HasPrefix(got, want) {
				t.Errorf("%s, %s: the %d requests share %d bytes, want %d: …%s", prompt, name, len(list), len(got), len(want), got[max(0, len(got)-60):])
			}
		}
	}
}
