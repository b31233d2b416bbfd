package llmtest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

const shortAsk = `{"task":"translate/article","to":"ru","sentences":{"s1":"He said no."}}`

// goodShort is the whole good answer to shortAsk.
const goodShort = `{"s1":"Он сказал нет."}`

// completion is a whole answer as the server writes it.
func completion(content, finish string) string {
	return `{"choices":[{"finish_reason":` + finish + `,"index":0,"message":{"content":` + string(raw(content)) + `,"role":"assistant"}}],"created":0,"id":"chatcmpl-pseudo","model":"pseudo","object":"chat.completion"}` + "\n"
}

// Each fault is one exact answer: a client that is tested with it today is
// tested with the same bytes tomorrow.
func TestTheBytesOfEachFault(t *testing.T) {
	for _, tc := range []struct {
		kind   Kind
		status int
		want   string
	}{
		{"", 200, completion(goodShort, `"stop"`)},
		{RateLimited, 429, `{"error":{"code":"rate_limit_exceeded","message":"Rate limit reached","param":null,"type":"rate_limit_exceeded"}}` + "\n"},
		{ServerError, 500, `{"error":{"code":"server_error","message":"The server had an error","param":null,"type":"server_error"}}` + "\n"},
		{BadKey, 401, `{"error":{"code":"invalid_api_key","message":"Incorrect API key provided","param":null,"type":"invalid_api_key"}}` + "\n"},
		{ErrorBody, 200, `{"error":{"code":"server_error","message":"The model is overloaded","param":null,"type":"server_error"}}` + "\n"},
		{CutLength, 200, completion(`{"s1":"Он с`, `"length"`)},
		{CutFilter, 200, completion(`{"s1":"Он с`, `"content_filter"`)},
		{Empty, 200, completion("", `"stop"`)},
		{NullRefusal, 200, strings.Replace(completion("", `"stop"`), `"content":"",`, `"content":null,"refusal":"I cannot help with that.",`, 1)},
		{RefusalEnglish, 200, completion("I'm sorry, but I can't assist with that request.", `"stop"`)},
		{RefusalRussian, 200, completion("Извините, но я не могу помочь с этим запросом.", `"stop"`)},
		{NoFinish, 200, completion(`{"s1":"Он с`, `null`)},
		{CutJSON, 200, completion(`{"s1":"Он с`, `"stop"`)},
		{Preamble, 200, completion("Sure! Here is the translation:\n\n"+goodShort, `"stop"`)},
		{Thinking, 200, completion("<think>\nThe user wants a JSON object. Let me think about {\"s1\"} first.\n</think>\n\n"+goodShort, `"stop"`)},
		{WholeEnglish, 200, completion(`{"s1":"He said no."}`, `"stop"`)},
		{SentenceEnglish, 200, completion(`{"s1":"He said no."}`, `"stop"`)},
		{SentenceUkrainian, 200, completion(`{"s1":"Він сказав нет."}`, `"stop"`)},
		{SentenceGerman, 200, completion(`{"s1":"Er sagte kein."}`, `"stop"`)},
		{SentenceLost, 200, completion(`{"s1":"Он"}`, `"stop"`)},
		{KeyLost, 200, completion(`{}`, `"stop"`)},
		{DigitsChanged, 200, completion(`{"s1":"47 Он сказал нет."}`, `"stop"`)},
		{Repetition, 200, completion(`{"s1":"`+strings.Repeat("Он сказал нет. ", 40)+`"}`, `"stop"`)},
		{DuplicateKey, 200, completion(`{"s1":"Он сказал нет.","s1":"Er sagte kein."}`, `"stop"`)},
	} {
		t.Run(string(tc.kind), func(t *testing.T) {
			for range 2 {
				s := NewServer(Options{NoUsage: true})
				if tc.kind != "" {
					s.Inject(Injection{Kind: tc.kind})
				}
				resp, got, err := post(t, s.Transport(), "http://pseudo/v1", body(shortAsk, ""))
				if err != nil || resp.StatusCode != tc.status || got != tc.want {
					t.Errorf("status %d, %v\n%s\nwant\n%s", resp.StatusCode, err, got, tc.want)
				}
				wait := map[Kind]string{RateLimited: "2"}[tc.kind]
				if resp.Header.Get("Retry-After") != wait || resp.Header.Get("Content-Type") != "application/json" {
					t.Errorf("headers %v", resp.Header)
				}
				if seen := s.Requests()[0]; seen.Status != tc.status || seen.Fault != string(tc.kind) {
					t.Errorf("journal %+v", seen)
				}
			}
		})
	}
}

// A good answer as a stream, byte for byte: the role, the content in pieces, the
// finish reason, the figures, and the end.
func TestTheBytesOfAStream(t *testing.T) {
	event := func(inner string) string {
		return `data: {"choices":[` + inner + `],"created":0,"id":"chatcmpl-pseudo","model":"pseudo","object":"chat.completion.chunk"}` + "\n\n"
	}
	delta := func(d, finish string) string {
		return event(`{"delta":` + d + `,"finish_reason":` + finish + `,"index":0}`)
	}
	const done = "data: [DONE]\n\n"
	head := delta(`{"content":"","role":"assistant"}`, "null")
	parts := delta(`{"content":"{\"s1\":\"Он сказа"}`, "null") + delta(`{"content":"л нет.\"}"}`, "null")
	figures := strings.Replace(event(""), `"object":"chat.completion.chunk"`, `"object":"chat.completion.chunk","usage":{"completion_tokens":6,"prompt_tokens":28,"total_tokens":34}`, 1)
	for _, tc := range []struct {
		name, extra, want string
		opt               Options
		kind              Kind
	}{
		{"whole", "", head + parts + delta("{}", `"stop"`) + done, Options{ChunkRunes: 15}, ""},
		{"with figures", `,"stream_options":{"include_usage":true}`, head + parts + delta("{}", `"stop"`) + figures + done, Options{ChunkRunes: 15}, ""},
		{"figures never told", `,"stream_options":{"include_usage":true}`, head + parts + delta("{}", `"stop"`) + done, Options{ChunkRunes: 15, NoUsage: true}, ""},
		{"in one piece", "", head + delta(`{"content":`+string(raw(goodShort))+`}`, "null") + delta("{}", `"stop"`) + done, Options{}, ""},
		{"no end", "", head + delta(`{"content":"{\"s1\":\"Он с"}`, "null"), Options{}, NoFinish},
		{"empty", "", head + delta("{}", `"stop"`) + done, Options{}, Empty},
		{"refused", "", delta(`{"content":null,"role":"assistant"}`, "null") + delta(`{"refusal":"I cannot help with that."}`, "null") + delta("{}", `"stop"`) + done, Options{}, NullRefusal},
		{"cut at the limit", "", head + delta(`{"content":"{\"s1\":\"Он с"}`, "null") + delta("{}", `"length"`) + done, Options{}, CutLength},
		{"an error in place of a stream", "", `{"error":{"code":"server_error","message":"The model is overloaded","param":null,"type":"server_error"}}` + "\n", Options{}, ErrorBody},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := NewServer(tc.opt)
			if tc.kind != "" {
				s.Inject(Injection{Kind: tc.kind})
			}
			_, got, err := post(t, s.Transport(), "http://pseudo/v1", body(shortAsk, `,"stream":true`+tc.extra))
			if err != nil || got != tc.want {
				t.Errorf("%v\n%s\nwant\n%s", err, got, tc.want)
			}
			if !s.Requests()[0].Streamed {
				t.Error("the journal says it was not streamed")
			}
		})
	}
}

// A connection that breaks gives a part of the good bytes, and then an error.
func TestTheBytesOfABrokenConnection(t *testing.T) {
	for _, extra := range []string{"", `,"stream":true`} {
		whole, broken := NewServer(Options{ChunkRunes: 3}), NewServer(Options{ChunkRunes: 3})
		broken.Inject(Injection{Kind: Disconnect})
		_, good, err := post(t, whole.Transport(), "http://pseudo/v1", body(shortAsk, extra))
		if err != nil {
			t.Fatal(err)
		}
		_, got, err := post(t, broken.Transport(), "http://pseudo/v1", body(shortAsk, extra))
		if err == nil || got == "" || len(got) >= len(good) || !strings.HasPrefix(good, got) {
			t.Errorf("%v: %q of %q", err, got, good)
		}
	}
}

// The property that a fault hits.
func TestWhichSentenceIsHit(t *testing.T) {
	const two = `{"task":"translate/article","to":"ru","sentences":{"s1":"He said no.","s2":"She came."}}`
	for _, tc := range []struct {
		name string
		in   Injection
		task string
		want []string
	}{
		{"the first", Injection{}, two, []string{"s1"}},
		{"by its key", Injection{Key: "s2"}, two, []string{"s2"}},
		{"by its text", Injection{Sentence: "She came."}, two, []string{"s2"}},
		{"the key before the text", Injection{Sentence: "She came.", Key: "s1"}, two, []string{"s1"}},
		{"a key that is not there", Injection{Key: "s9"}, two, []string{"s1"}},
		{"another sentence: none", Injection{Sentence: "They came."}, two, nil},
		{"another task: none", Injection{Task: "translate/summary"}, two, nil},
		{"its stage", Injection{Task: "translate/"}, two, []string{"s1"}},
		{"another stage: none", Injection{Task: "correct/"}, two, nil},
		{"another language: none", Injection{To: "tr"}, two, nil},
		{"its language", Injection{To: "ru", Key: "s2"}, two, []string{"s2"}},
		{"of a summary the second", Injection{}, strings.Replace(two, "translate/article", "summarize/brief", 1), []string{"lead"}},
		{"of a summary by its key", Injection{Key: "short"}, strings.Replace(two, "translate/article", "summarize/brief", 1), []string{"short"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			answers := [2]map[string]json.RawMessage{}
			for i := range answers {
				s := NewServer(Options{})
				if i == 1 {
					tc.in.Kind = DigitsChanged
					s.Inject(tc.in)
				}
				_, got, err := post(t, s.Transport(), "http://pseudo/v1", body(tc.task, ""))
				if err != nil || json.Unmarshal([]byte(content(t, got)), &answers[i]) != nil {
					t.Fatalf("%v: %s", err, got)
				}
			}
			var hit []string
			for key, good := range answers[0] {
				if string(answers[1][key]) != string(good) {
					hit = append(hit, key)
				}
			}
			if fmt.Sprint(hit) != fmt.Sprint(tc.want) {
				t.Errorf("hit %v, want %v", hit, tc.want)
			}
		})
	}
}

// The first fault that matches is the one that hits.
func TestOneFaultHitsAnAnswer(t *testing.T) {
	s := NewServer(Options{})
	s.Inject(Injection{Kind: BadKey, Times: 1}, Injection{Kind: ServerError, Times: 2})
	var got []int
	for range 4 {
		resp, _, err := post(t, s.Transport(), "http://pseudo/v1", body(shortAsk, ""))
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, resp.StatusCode)
	}
	if want := []int{401, 500, 500, 200}; !equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestKindsAreAllOfThemAndEachOnce(t *testing.T) {
	seen := map[Kind]bool{}
	of := 0
	for _, k := range Kinds() {
		if seen[k] || k == "" {
			t.Errorf("%q", k)
		}
		seen[k] = true
		if k.OfSentence() {
			of++
		}
	}
	if len(seen) != 25 || of != 9 || Kind("").OfSentence() {
		t.Errorf("%d kinds, %d of one sentence", len(seen), of)
	}
	Kinds()[0] = "changed"
	if Kinds()[0] != RateLimited {
		t.Error("the list can be changed from outside")
	}
}
