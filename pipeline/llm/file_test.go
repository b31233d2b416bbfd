package llm_test

import (
	"reflect"
	"strings"
	"testing"

	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/ledgertest"
)

// What a database keeps of an exchange is one line of JSON, whatever the body.
func TestEncodedExchange(t *testing.T) {
	for _, body := range []string{"", "{\"a\":\"я <b>\"}", "\x00\xff\xfe", "\n\r\u2028"} {
		want := ledgertest.Exchange(1)
		want.Sequence, want.Reply.Body = 7, []byte(body)
		b, err := llm.EncodeExchange(want)
		if err != nil || strings.Count(string(b), "\n") != 1 || !strings.HasSuffix(string(b), "\n") {
			t.Fatalf("%q: %s, %v", body, b, err)
		}
		if got, err := llm.DecodeExchange(b, want.Key, 7); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q came back as %+v, %v", body, got, err)
		}
		if _, err := llm.DecodeExchange(b, ledgertest.Exchange(2).Key, 7); err == nil {
			t.Error("an exchange was taken for one of another request")
		}
		if _, err := llm.DecodeExchange(b[:len(b)/2], want.Key, 7); err == nil {
			t.Error("half an exchange was read")
		}
	}
}
