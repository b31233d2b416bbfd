package webhook_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"dragoman/cmd/internal/webhook"
	"dragoman/pipeline"
)

// vector is the example of the specification of Standard Webhooks.
const (
	vectorSecret    = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	vectorID        = "msg_p5jXN8AQM9LWM0D4loKWxJek"
	vectorTime      = 1614265330
	vectorBody      = `{"test": 2432232314}`
	vectorSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	otherSecret     = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
)

func secret(t *testing.T, s string) webhook.Secret {
	t.Helper()
	got, err := webhook.ParseSecret(s)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestSignIsStandardWebhooks(t *testing.T) {
	h, err := webhook.Sign(secret(t, vectorSecret+"\n"), vectorID, time.Unix(vectorTime, 999), []byte(vectorBody))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"webhook-id": vectorID, "webhook-timestamp": "1614265330", "webhook-signature": vectorSignature} {
		if got := h.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestSignWithSeveralSecrets(t *testing.T) {
	h, err := webhook.Sign(secret(t, vectorSecret+" "+otherSecret), vectorID, time.Unix(vectorTime, 0), []byte(vectorBody))
	if err != nil {
		t.Fatal(err)
	}
	signatures := strings.Split(h.Get("webhook-signature"), " ")
	if len(signatures) != 2 || signatures[0] != vectorSignature || signatures[1] == vectorSignature {
		t.Errorf("%q: want the signature of each secret, in order", signatures)
	}
}

func TestSignDependsOnAllParts(t *testing.T) {
	at := time.Unix(vectorTime, 0)
	seen := map[string]string{}
	for name, sign := range map[string]func() (http.Header, error){
		"as it is":     func() (http.Header, error) { return webhook.Sign(secret(t, vectorSecret), "m", at, []byte("x")) },
		"other secret": func() (http.Header, error) { return webhook.Sign(secret(t, otherSecret), "m", at, []byte("x")) },
		"other id":     func() (http.Header, error) { return webhook.Sign(secret(t, vectorSecret), "n", at, []byte("x")) },
		"other time": func() (http.Header, error) {
			return webhook.Sign(secret(t, vectorSecret), "m", at.Add(time.Second), []byte("x"))
		},
		"other body":    func() (http.Header, error) { return webhook.Sign(secret(t, vectorSecret), "m", at, []byte("y")) },
		"without bytes": func() (http.Header, error) { return webhook.Sign(secret(t, vectorSecret), "m", at, nil) },
	} {
		h, err := sign()
		if err != nil {
			t.Fatal(err)
		}
		s := h.Get("webhook-signature")
		if twin, ok := seen[s]; ok {
			t.Errorf("%s is signed as %s", name, twin)
		}
		seen[s] = name
	}
}

func TestSignWithoutSecret(t *testing.T) {
	h, err := webhook.Sign(secret(t, " \n"), "msg_1", time.Unix(vectorTime, 0), nil)
	if err != nil || h.Get("webhook-id") != "msg_1" || h.Values("webhook-signature") != nil {
		t.Errorf("%v, %v: want an id, a time, and no signature", h, err)
	}
}

func TestSignRefuses(t *testing.T) {
	at := time.Unix(vectorTime, 0)
	for _, c := range []struct {
		id string
		at time.Time
	}{{"", at}, {"a.b", at}, {"a\r\nX-Evil: 1", at}, {"a b", at}, {"é", at}, {"ok", time.Time{}}} {
		if h, err := webhook.Sign(webhook.Secret{}, c.id, c.at, nil); err == nil {
			t.Errorf("%q at %v: signed as %v", c.id, c.at, h)
		}
	}
}

func TestParseSecretRefuses(t *testing.T) {
	for given, want := range map[string]string{
		"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw":            `does not begin with "whsec_"`,
		"whsec_MfKQ9r8GKYqrTwjUPD8I*LPZIo2":           "is not base64",
		"whsec_c2hvcnQtc2VjcmV0":                      "holds 12 bytes",
		"whsec_" + strings.Repeat("QUFB", 22):         "holds 66 bytes",
		vectorSecret + "\nwhsk_private-key-of-nobody": "webhook secret 2",
	} {
		_, err := webhook.ParseSecret(given)
		if pipeline.CodeOf(err) != pipeline.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: want it to say %q", err, want)
		}
		for _, word := range strings.Fields(given) {
			if err != nil && strings.Contains(err.Error(), strings.TrimPrefix(word, "whsec_")) {
				t.Errorf("the error quotes the secret: %v", err)
			}
		}
	}
}

func TestSecretIsNotPrinted(t *testing.T) {
	s := secret(t, vectorSecret)
	encoded, err := json.Marshal(map[string]any{"s": s})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		fmt.Sprint(s), fmt.Sprintf("%v %+v %#v %q %x %s", s, s, s, s, s, s), fmt.Sprintf("%+v", struct{ S webhook.Secret }{s}), string(encoded),
	} {
		if !strings.Contains(text, "[redacted]") || strings.Contains(text, "MfKQ") {
			t.Errorf("%q", text)
		}
	}
}

func TestPost(t *testing.T) {
	var got *http.Request
	var body []byte
	status, header := 200, http.Header{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		for k, v := range header {
			w.Header()[k] = v
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, strings.Repeat("long answer ", 100_000))
	}))
	defer server.Close()
	signed, err := webhook.Sign(secret(t, vectorSecret), "msg_1", time.Unix(vectorTime, 0), []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		status      int
		header      http.Header
		taken, gone bool
		after       time.Duration
	}{
		{200, nil, true, false, 0},
		{204, nil, true, false, 0},
		{302, http.Header{"Location": {"/elsewhere"}}, false, false, 0},
		{400, nil, false, false, 0},
		{410, nil, false, true, 0},
		{429, http.Header{"Retry-After": {"120"}}, false, false, 2 * time.Minute},
		{503, http.Header{"Retry-After": {"-5"}}, false, false, 0},
		{503, http.Header{"Retry-After": {"99999999999"}}, false, false, 24 * time.Hour},
		{503, http.Header{"Retry-After": {"soon"}}, false, false, 0},
		{503, http.Header{"Date": {"Thu, 25 Feb 2021 15:00:00 GMT"}, "Retry-After": {"Thu, 25 Feb 2021 15:00:30 GMT"}}, false, false, 30 * time.Second},
	} {
		status, header = c.status, c.header
		a, err := webhook.Post(t.Context(), webhook.Client(5*time.Second), server.URL+"/hook?key=k", signed, []byte("{}"))
		if err != nil {
			t.Fatal(err)
		}
		if a.Status != c.status || a.Taken() != c.taken || a.Gone() != c.gone || a.RetryAfter != c.after {
			t.Errorf("%d %v: %+v", c.status, c.header, a)
		}
		if got.URL.Path != "/hook" || got.Method != http.MethodPost || string(body) != "{}" {
			t.Errorf("%s %s %q came", got.Method, got.URL, body)
		}
		if got.Header.Get("Content-Type") != "application/json" || got.Header.Get("webhook-id") != "msg_1" || got.Header.Get("User-Agent") != "dragoman" {
			t.Errorf("headers %v", got.Header)
		}
	}
	if signed.Get("Content-Type") != "" {
		t.Error("the header that was given has changed")
	}
}

func TestPostErrorsKeepTheAddress(t *testing.T) {
	ended := httptest.NewServer(http.NotFoundHandler())
	ended.Close()
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		ctx     context.Context
		address string
	}{
		{t.Context(), strings.Replace(ended.URL, "://", "://user:pa55word@", 1) + "/T0P/5ecret?key=h1dden"},
		{cancelled, ended.URL + "/5ecret?key=h1dden"},
		{t.Context(), "http://host\x7f/5ecret?key=h1dden"},
		{t.Context(), "gopher://host/5ecret?key=h1dden"},
		{t.Context(), "5ecret/h1dden"},
	} {
		_, err := webhook.Post(c.ctx, webhook.Client(5*time.Second), c.address, nil, nil)
		if err == nil {
			t.Errorf("%s: no error", c.address)
			continue
		}
		for _, part := range []string{"5ecret", "h1dden", "pa55word"} {
			if strings.Contains(err.Error(), part) {
				t.Errorf("the error gives %s away: %v", part, err)
			}
		}
	}
}

func TestPostEndsInTime(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer server.Close()
	defer close(release)
	if _, err := webhook.Post(t.Context(), webhook.Client(50*time.Millisecond), server.URL, nil, nil); err == nil {
		t.Error("a receiver that does not answer is waited for for ever")
	}
}
