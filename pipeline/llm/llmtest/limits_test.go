package llmtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestParseAsk(t *testing.T) {
	for _, tc := range []struct {
		name, message string
		ok            bool
		want          string
	}{
		{"a question", `{"task":"translate/article","to":"ru","sentences":{"s1":"One.","s2":"Two."}}`, true, "translate/article ru [s1=One. s2=Two.] []"},
		{"text around it", "Please:\n" + `{"task":"correct/edits","sentences":{"s1":"One."}}` + "\nThanks.", true, "correct/edits  [s1=One.] []"},
		{"names to translate by are not asked about", `{"task":"translate/article","names":{"Karlov":"Карлов"},"sentences":{}}`, true, "translate/article  [] []"},
		{"names asked about", `{"task":"names/sheet","to":"tr","names":{"n1":"Karlov"}}`, true, "names/sheet tr [] [n1=Karlov]"},
		{"the order of the keys", `{"task":"x","sentences":{"s2":"b","s1":"a"}}`, true, "x  [s2=b s1=a] []"},
		{"fields unheard of", `{"new":[1,{"a":2}],"task":"x"}`, true, "x  [] []"},
		{"no task", `{"sentences":{"s1":"One."}}`, false, ""},
		{"an empty task", `{"task":""}`, false, "  [] []"},
		{"a task that is no text", `{"task":7}`, false, "  [] []"},
		{"no JSON", "Say hello.", false, ""},
		{"half a JSON", `{"task":"x"`, false, ""},
		{"braces the wrong way round", "} and {", false, ""},
		{"sentences in a list", `{"task":"x","sentences":["One."]}`, false, ""},
		{"nothing", "", false, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			q, ok := parseAsk(tc.message)
			if ok != tc.ok {
				t.Fatalf("%+v, %v", q, ok)
			}
			show := func(list []pair) []string {
				out := []string{}
				for _, p := range list {
					out = append(out, p.key+"="+text(p.value))
				}
				return out
			}
			if got := fmt.Sprint(q.task, " ", q.to, " ", show(q.sentences), " ", show(q.names)); ok && got != tc.want {
				t.Errorf("%s, want %s", got, tc.want)
			}
		})
	}
}

// Keys that stand twice stay twice, and the order is that of the text.
func TestObjectsKeepTheirOrder(t *testing.T) {
	for _, s := range []string{`{}`, `{"b":1,"a":[1,2],"b":{"c":null}}`, `{"ключ":"«<&>»"}`} {
		props, err := object([]byte(s))
		if err != nil || written(props) != s {
			t.Errorf("%s became %s, %v", s, written(props), err)
		}
	}
	for _, s := range []string{"", "[]", "7", `{"a"`, `{"a":}`, `"a"`} {
		if props, err := object([]byte(s)); err == nil {
			t.Errorf("%s: %v", s, props)
		}
	}
}

func TestTasksNobodyKnows(t *testing.T) {
	for _, task := range []string{"", "translate", "translate/other", "Translate/article", "summarize/"} {
		if props, ok := (ask{task: task}).answer(); ok {
			t.Errorf("%q: %v", task, props)
		}
	}
}

func TestMessageText(t *testing.T) {
	for content, want := range map[string]string{
		`"plain"`: "plain", `[{"type":"text","text":"a"},{"type":"text","text":"b"}]`: "ab", `[{"type":"image_url"},{"type":"text","text":"b"}]`: "b",
		`null`: "", `7`: "", `[]`: "", `{}`: "",
	} {
		if got := messageText(json.RawMessage(content)); got != want {
			t.Errorf("%s: %q, want %q", content, got, want)
		}
	}
	if got := messageText(nil); got != "" {
		t.Errorf("no content: %q", got)
	}
}

// The last message of the user is the question, wherever it stands.
func TestLastUser(t *testing.T) {
	for messages, want := range map[string]string{
		`[]`: "", `[{"role":"system","content":"rules"}]`: "",
		`[{"role":"user","content":"one"},{"role":"assistant","content":"two"},{"role":"user","content":"three"},{"role":"assistant","content":"four"}]`: "three",
		`[{"role":"user","content":[{"type":"text","text":"parts"}]}]`:                                                                                   "parts",
	} {
		var r chatRequest
		if err := json.Unmarshal([]byte(`{"messages":`+messages+`}`), &r); err != nil {
			t.Fatal(err)
		}
		if got := r.lastUser(); got != want {
			t.Errorf("%s: %q, want %q", messages, got, want)
		}
	}
}

func TestSmallestValues(t *testing.T) {
	for schema, want := range map[string]string{
		`{"type":"string"}`:                                       `"a"`,
		`{"type":"string","minLength":3}`:                         `"aaa"`,
		`{"type":"string","enum":["x","y"]}`:                      `"x"`,
		`{"const":7}`:                                             `7`,
		`{"type":"integer"}`:                                      `0`,
		`{"type":"number","minimum":1.5}`:                         `1.5`,
		`{"type":"boolean"}`:                                      `true`,
		`{"type":"null"}`:                                         `null`,
		`{"type":["string","null"]}`:                              `"a"`,
		`{"type":[]}`:                                             `null`,
		`{"type":"array","items":{"type":"string"}}`:              `[]`,
		`{"type":"array","items":{"type":"string"},"minItems":2}`: `["a","a"]`,
		`{"type":"object","properties":{"a":{"type":"string"},"b":{}},"required":["a"]}`:        `{"a":"a"}`,
		`{"anyOf":[{"type":"integer"},{"type":"string"}]}`:                                      `0`,
		`{"type":"object","required":["a"],"properties":{"a":{"type":"object","required":[]}}}`: `{"a":{}}`,
		`{"type":"object","required":["gone"]}`:                                                 `{"gone":null}`,
		`not JSON`:                                                                              `null`,
	} {
		if got := string(raw(smallest(json.RawMessage(schema)))); got != want {
			t.Errorf("%s: %s, want %s", schema, got, want)
		}
	}
}

// A limit of the answer is one of tokens, in either of the fields that clients
// use, and cuts nothing that fits.
func TestAnswersAreCutAtTheLimit(t *testing.T) {
	n := tokens(goodShort)
	for _, field := range []string{"max_tokens", "max_completion_tokens"} {
		for limit, want := range map[int]string{0: goodShort, n: goodShort, n + 1: goodShort, n - 1: firstRunes(goodShort, 4*(n-1)), 1: `{"s1`} {
			_, got, err := post(t, NewServer(Options{}).Transport(), "http://pseudo/v1", body(shortAsk, fmt.Sprintf(`,%q:%d`, field, limit)))
			finish := "stop"
			if want != goodShort {
				finish = "length"
			}
			if err != nil || !has(got, `"content":`+string(raw(want))) || !has(got, `"finish_reason":"`+finish+`"`) {
				t.Errorf("%s %d: %s, %v", field, limit, got, err)
			}
		}
	}
}

func TestTheContextIsABoundOfTheQuestion(t *testing.T) {
	need := tokens("rules") + 4 + tokens(shortAsk) + 4
	for size, status := range map[int]int{need - 1: 400, need: 200, need + 1: 200, 0: 200} {
		resp, got, err := post(t, NewServer(Options{ContextSize: size}).Transport(), "http://pseudo/v1", body(shortAsk, ""))
		if err != nil || resp.StatusCode != status {
			t.Errorf("context %d: status %d, %v", size, resp.StatusCode, err)
		}
		if status == 400 && (!has(got, fmt.Sprintf(`"n_ctx":%d,"n_prompt_tokens":%d`, size, need)) || !has(got, "exceed_context_size_error")) {
			t.Errorf("%s", got)
		}
	}
}

func TestUsageCountsQuestionAndAnswer(t *testing.T) {
	_, got, err := post(t, NewServer(Options{}).Transport(), "http://pseudo/v1", body(shortAsk, ""))
	in := tokens("rules") + 4 + tokens(shortAsk) + 4
	out := tokens(goodShort)
	if want := fmt.Sprintf(`"usage":{"completion_tokens":%d,"prompt_tokens":%d,"total_tokens":%d}`, out, in, in+out); err != nil || !has(got, want) {
		t.Errorf("%s has no %s, %v", got, want, err)
	}
}

func TestTheJournalIsACopy(t *testing.T) {
	s := NewServer(Options{})
	for range 2 {
		if _, _, err := post(t, s.Transport(), "http://pseudo/v1", body(shortAsk, "")); err != nil {
			t.Fatal(err)
		}
	}
	list := s.Requests()
	list[0].Task = "changed"
	if s.Requests()[0].Task != "translate/article" || list[0].Digest != list[1].Digest || len(s.Digests()) != 1 || s.Digests()[list[0].Digest] != 2 {
		t.Errorf("%+v", s.Digests())
	}
	if !bytes.Contains(list[1].Body, []byte("He said no.")) {
		t.Errorf("body %s", list[1].Body)
	}
}

// A journal emptied while a call is under way is not confused by its end.
func TestResetUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewServer(Options{Latency: time.Second})
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, _, err := post(t, s.Transport(), "http://pseudo/v1", body(shortAsk, "")); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		s.Reset()
		if s.Count() != 0 || s.MaxInFlight() != 1 {
			t.Errorf("%d calls, %d in flight", s.Count(), s.MaxInFlight())
		}
		wg.Wait()
		if s.Count() != 0 || s.MaxInFlight() != 1 {
			t.Errorf("after its end: %d calls, %d in flight", s.Count(), s.MaxInFlight())
		}
	})
}

// A slot that nobody waits for any more is not lost.
func TestACancelledCallFreesItsSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewServer(Options{Slots: 1, Latency: 10 * time.Second})
		client := &http.Client{Transport: s.Transport(), Timeout: time.Second}
		for range 3 {
			_, err := client.Post("http://pseudo/v1/chat/completions", "application/json", strings.NewReader(body(shortAsk, "")))
			if err == nil {
				t.Fatal("answered before its time")
			}
		}
		start := time.Now()
		if _, _, err := post(t, s.Transport(), "http://pseudo/v1", body(shortAsk, "")); err != nil || time.Since(start) != 10*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

// The limit is a sliding minute, and refused calls do not count.
func TestTheRateIsOfTheLastMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewServer(Options{RPM: 1})
		var got []string
		for range 6 {
			resp, _, err := post(t, s.Transport(), "http://pseudo/v1", body(shortAsk, ""))
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, fmt.Sprint(resp.StatusCode, resp.Header.Get("Retry-After")))
			time.Sleep(20 * time.Second)
		}
		if want := "[200 429 40 429 20 200 429 40 429 20]"; strings.Join(strings.Fields(strings.ReplaceAll(fmt.Sprint(got), "429", "429 ")), " ") != want {
			t.Errorf("%v, want %s", got, want)
		}
	})
}

func TestStartAndClose(t *testing.T) {
	s := NewServer(Options{})
	if s.URL() != "" || s.Close() != nil {
		t.Error("a server that was never started")
	}
	if err := s.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	url := s.URL()
	if !strings.HasPrefix(url, "http://127.0.0.1:") || !strings.HasSuffix(url, "/v1") {
		t.Errorf("%s", url)
	}
	if err := NewServer(Options{}).Start(strings.TrimSuffix(strings.TrimPrefix(url, "http://"), "/v1")); err == nil {
		t.Error("two servers on one port")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := NewServer(Options{}).Start("no address"); err == nil || !has(err.Error(), "starting the pseudo server") {
		t.Errorf("%v", err)
	}
}

// A request whose body breaks off is refused, not answered.
func TestARequestThatBreaksOff(t *testing.T) {
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://pseudo/v1/chat/completions", brokenReader{})
	if err != nil {
		t.Fatal(err)
	}
	s := NewServer(Options{})
	resp, err := s.Transport().RoundTrip(req)
	if err != nil || resp.StatusCode != 400 || s.Count() != 0 {
		t.Errorf("%v, %v, %d calls", resp, err, s.Count())
	}
	resp.Body.Close()
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("the line is dead") }
