package llm_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/ledgertest"
)

// What is stored without texts has no word of the question or the answer, and
// still says what was used.
func TestWithheld(t *testing.T) {
	for name, c := range map[string]struct{ body, want string }{
		"plain":           {`{"model":"m-1","choices":[{"message":{"content":"canary"}}],"usage":{"prompt_tokens":3,"note":"canary","details":{"cached":1,"x":["canary"]}}}`, `{"model":"m-1","usage":{"details":{"cached":1},"prompt_tokens":3}}`},
		"stream":          {"data: {\"model\":\"m-1\",\"choices\":[{\"delta\":{\"content\":\"canary\"}}]}\n\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":3}}\n\ndata: [DONE]\n\n", `{"model":"m-1","usage":{"prompt_tokens":3}}`},
		"stream of lines": {"data:{\"model\":\"m-1\"}\r\n\r\nid: 7\r\ndata:{\"usage\":{\"prompt_tokens\":3}}\r\n\r\n", `{"model":"m-1","usage":{"prompt_tokens":3}}`},
		"an error":        {`{"error":{"message":"no room for: canary"}}`, ""},
		"no JSON":         {"canary", ""},
		"cut":             {`{"model":"m-1","choices":[{"message":{"content":"cana`, ""},
		"nothing":         {"", ""},
	} {
		x := ledgertest.Exchange(1)
		x.Reply.Body = []byte(c.body)
		got := x.Withheld()
		if string(got.Reply.Body) != c.want {
			t.Errorf("%s: %s, want %s", name, got.Reply.Body, c.want)
		}
		b, err := llm.EncodeExchange(got)
		if err != nil || bytes.Contains(b, []byte("canary")) || strings.Contains(string(b), "Çavuşoğlu") {
			t.Errorf("%s: %s, %v", name, b, err)
		}
		again, err := llm.DecodeExchange(b, x.Key, x.Sequence)
		if err != nil || !again.NoText || again.Key != x.Key {
			t.Errorf("%s: %+v, %v", name, again, err)
		}
		if string(x.Reply.Body) != c.body || len(x.Request.Messages) != 2 {
			t.Errorf("%s: the exchange itself was changed", name)
		}
	}
}

// Every field is either kept or known to hold text.
func TestWithheldLeavesOutTextAlone(t *testing.T) {
	x := ledgertest.Exchange(1)
	x.Sequence = 7
	y := x.Withheld()
	gone := map[string]bool{"Messages": true, "Schema": true}
	for f, v := range reflect.ValueOf(y.Request).Fields() {
		if f.Name != "Attempt" && v.IsZero() != gone[f.Name] {
			t.Errorf("Request.%s is %v", f.Name, v)
		}
	}
	var params map[string]any
	if json.Unmarshal(y.Params, &params) != nil || y.Sequence != 7 || y.Endpoint != x.Endpoint || !y.Sent.Equal(x.Sent) || y.Reply.Status != 200 {
		t.Errorf("%+v", y)
	}
}
