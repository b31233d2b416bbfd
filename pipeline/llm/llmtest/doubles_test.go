package llmtest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/llmtest"
)

func request(user string) *llm.Request {
	return &llm.Request{Stage: "translate", Messages: []llm.Message{{Role: "system", Content: "rules"}, {Role: "user", Content: user}}, Attempt: 1}
}

func ExampleEcho() {
	r, err := llmtest.Echo{}.Complete(context.Background(), request("What was asked?"))
	fmt.Println(r.Text, r.Finish, err)
	// Output: What was asked? stop <nil>
}

func ExampleScript() {
	s := &llmtest.Script{
		Keyed:   map[string]string{"Karlov": `{"n1": "Карлов"}`},
		Replies: []string{"first", "second"},
	}
	for _, q := range []string{"one", "Who is Karlov?", "two"} {
		r, _ := s.Complete(context.Background(), request(q))
		fmt.Println(r.Text)
	}
	_, err := s.Complete(context.Background(), request("three"))
	fmt.Println(err)
	// Output:
	// first
	// {"n1": "Карлов"}
	// second
	// translate: no reply left for request 4: three
}

func ExampleFault() {
	f := &llmtest.Fault{
		Client: llmtest.Echo{},
		Err:    &pipeline.Error{Code: pipeline.RateLimit, Err: errors.New("asked too fast")},
		Times:  1,
	}
	for range 2 {
		r, err := f.Complete(context.Background(), request("hello"))
		fmt.Println(r != nil, err)
	}
	// Output:
	// false asked too fast
	// true <nil>
}

// The pseudo model needs no socket: its transport answers whatever host is
// asked.
func ExampleNewServer() {
	s := llmtest.NewServer(llmtest.Options{})
	client := &http.Client{Transport: s.Transport()}
	question := `{"messages": [{"role": "user", "content": "{\"task\": \"names/sheet\", \"to\": \"ru\", \"names\": {\"n1\": \"Andrey Karlov\"}}"}]}`
	req, _ := http.NewRequest(http.MethodPost, "http://pseudo/v1/chat/completions", strings.NewReader(question))
	resp, err := client.Do(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	b, _ := io.ReadAll(resp.Body)
	fmt.Println(resp.StatusCode, strings.Contains(string(b), "Андрей Карлов"), s.Count(), s.Requests()[0].Task)
	// Output: 200 true 1 names/sheet
}

func ExampleTranslate() {
	fmt.Println(llmtest.Translate("ru", "Karlov didn't survive, police say."))
	fmt.Println(llmtest.Translate("tr", "Karlov didn't survive, police say."))
	// Output:
	// Карлов не сурвивевы, полиценый говорят.
	// Karlov değil sürvivelik, pölisei diyorlar.
}

func ExampleServer_Inject() {
	s := llmtest.NewServer(llmtest.Options{})
	s.Inject(llmtest.Injection{Kind: llmtest.ServerError, Times: 1})
	client := &http.Client{Transport: s.Transport()}
	for range 2 {
		req, _ := http.NewRequest(http.MethodPost, "http://pseudo/v1/chat/completions", strings.NewReader(`{"messages":[]}`))
		resp, err := client.Do(req)
		if err != nil {
			fmt.Println(err)
			return
		}
		resp.Body.Close()
		fmt.Println(resp.StatusCode)
	}
	// Output:
	// 500
	// 200
}

func TestDoublesHeedTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	script := &llmtest.Script{Replies: []string{"x"}}
	for name, c := range map[string]llm.Client{"echo": llmtest.Echo{}, "script": script} {
		if _, err := c.Complete(ctx, request("x")); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(script.Requests()) != 0 {
		t.Error("a cancelled request was noted")
	}
}

func TestScriptIsSafeSideBySide(t *testing.T) {
	s := &llmtest.Script{Keyed: map[string]string{"a": "1", "ab": "2"}}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			r, err := s.Complete(t.Context(), request("abc"))
			if err != nil || r.Text != "2" || r.Attempt != 1 || !r.Usage.Known {
				t.Errorf("%+v, %v", r, err)
			}
		})
	}
	wg.Wait()
	if len(s.Requests()) != 8 {
		t.Errorf("%d requests noted", len(s.Requests()))
	}
}

func TestFaultHitsWhatMatches(t *testing.T) {
	cut := &llm.Response{Text: "half", Finish: llm.Length}
	f := &llmtest.Fault{
		Client: llmtest.Echo{}, Reply: cut, Err: &pipeline.Error{Code: pipeline.Truncated},
		Match: func(r *llm.Request) bool { return strings.Contains(r.Messages[1].Content, "bad") },
	}
	for _, q := range []string{"good", "bad", "good", "bad"} {
		r, err := f.Complete(t.Context(), request(q))
		if bad := q == "bad"; bad != (err != nil) || bad != (r == cut) {
			t.Errorf("%s: %+v, %v", q, r, err)
		}
	}
	if r, _ := (llmtest.Echo{}).Complete(t.Context(), &llm.Request{}); r.Text != "" {
		t.Errorf("no message: %q", r.Text)
	}
}
