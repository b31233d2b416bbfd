package wire_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/wire"
)

// numberedAnswers answers each request with its number.
func numberedAnswers(w http.ResponseWriter, r *http.Request, n int) {
	stream(w, piece(fmt.Sprint("answer ", n))+finish("stop")+tokens+done)
}

// The same request costs nothing the second time, in this run or in a later
// one; the next Attempt is asked, and then kept as well.
func TestStoredReplies(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "ledger")
	synctest.Test(t, func(t *testing.T) {
		s, transport := start(t, numberedAnswers)
		ask := func(attempt int, fresh bool) *llm.Response {
			ledger, err := llm.OpenFolder(dir)
			if err != nil {
				t.Fatal(err)
			}
			c, _ := client(t, wire.Config{Network: transport, Ledger: ledger, Fresh: fresh})
			req := question()
			req.Attempt = attempt
			resp, err := c.Complete(context.Background(), req)
			if err != nil {
				t.Fatal(err)
			}
			return resp
		}
		steps := []struct {
			attempt  int
			fresh    bool
			text     string
			stored   bool
			requests int
		}{
			{0, false, "answer 1", false, 1},
			{0, false, "answer 1", true, 1},
			{1, false, "answer 2", false, 2},
			{1, false, "answer 2", true, 2},
			{0, false, "answer 1", true, 2},
			{0, true, "answer 3", false, 3},
			{2, false, "answer 3", true, 3},
		}
		for i, st := range steps {
			resp := ask(st.attempt, st.fresh)
			if resp.Text != st.text || resp.Stored != st.stored || s.count() != st.requests || resp.Attempt != st.attempt {
				t.Errorf("step %d: %+v after %d requests, want %+v", i, resp, s.count(), st)
			}
		}
	})
}

// Fresh looks past earlier runs, not past this one.
func TestFreshWithinARun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, transport := start(t, numberedAnswers)
		ledger := llm.NewMemory()
		for range 2 {
			c, _ := client(t, wire.Config{Network: transport, Ledger: ledger, Fresh: true})
			for range 3 {
				if _, err := c.Complete(context.Background(), question()); err != nil {
					t.Fatal(err)
				}
			}
		}
		if s.count() != 2 {
			t.Errorf("%d requests for two fresh runs", s.count())
		}
	})
}

// Which stored replies answer: those that are whole by today's guard. A cut by
// the token limit is whole: the same bytes would be cut again.
func TestWhatAnswers(t *testing.T) {
	tests := []struct {
		name   string
		first  handler
		stored bool
	}{
		{"an answer", sse(helloStream()), true},
		{"cut by the limit", sse(piece("Hel") + finish("length") + done), true},
		{"filtered", sse(piece("Hel") + finish("content_filter") + done), true},
		{"cut in the stream", sse(piece("Hel")), false},
		{"empty", sse(piece("") + finish("stop") + done), false},
		{"an error", refuse(500, "server_error", "no"), false},
	}
	for _, tt := range tests {
		inBubble(t, tt.name, func(t *testing.T) {
			s, transport := start(t, once(tt.first))
			ledger := llm.NewMemory()
			for range 2 {
				c, _ := client(t, wire.Config{Network: transport, Ledger: ledger, Attempts: 1})
				c.Complete(context.Background(), question()) //nolint:errcheck // only the count matters
			}
			if stored := s.count() == 1; stored != tt.stored {
				t.Errorf("%d requests; stored should be %v", s.count(), tt.stored)
			}
		})
	}
}

// Every reply that reached us is in the ledger, good or bad, in its order,
// before anybody judged it, without the key and without cookies.
func TestRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		echo := `{"error":{"message":"Incorrect API key provided: ` + canary + `"}}`
		_, transport := start(t, func(w http.ResponseWriter, r *http.Request, n int) {
			w.Header().Set("Set-Cookie", "session=1")
			w.Header().Set("X-Request-Id", "req-7")
			switch n {
			case 1:
				text(500, "application/json", echo)(w, r)
			case 2:
				abort(w, chunked+chunk(piece("Hel")))
			default:
				stream(w, helloStream())
			}
		})
		ledger := llm.NewMemory()
		c, _ := client(t, wire.Config{Network: transport, Ledger: ledger, Secret: llm.NewSecret(canary)})
		req := question()
		req.Schema = json.RawMessage(testSchema) // the answer breaks it: recorded all the same
		if _, err := c.Complete(context.Background(), req); pipeline.CodeOf(err) != pipeline.BadOutput {
			t.Errorf("got %v", err)
		}
		xs, err := ledger.Find(context.Background(), llm.Key(req))
		if err != nil || len(xs) != 3 {
			t.Fatalf("%d exchanges, %v", len(xs), err)
		}
		all, _ := json.Marshal(xs)
		for _, never := range []string{canary, "session=1", "Authorization"} {
			if strings.Contains(string(all), never) {
				t.Errorf("%q is in the ledger", never)
			}
		}
		if xs[0].Reply.Status != 500 || !strings.Contains(string(xs[0].Reply.Body), "[redacted]") || xs[0].Reply.Header["X-Request-Id"] != "req-7" {
			t.Errorf("first: %+v", xs[0].Reply)
		}
		if xs[1].Reply.Broken == "" || string(xs[1].Reply.Body) != piece("Hel") {
			t.Errorf("second: %+v", xs[1].Reply)
		}
		if string(xs[2].Reply.Body) != helloStream() || xs[2].Rung != llm.RungSchema || xs[2].Endpoint != "http://"+host+"/v1/chat/completions" {
			t.Errorf("third: %+v", xs[2])
		}
	})
}

// A server that cuts long prompts is found out by its own count.
func TestPromptWasCut(t *testing.T) {
	long := strings.Repeat("The ambassador was shot in Ankara on Monday evening. ", 400) // about 4,000 tokens
	tests := []struct {
		name string
		in   int
		code pipeline.Code
	}{
		{"all of it", 4010, ""},
		{"by a vocabulary that needs more", 6000, ""},
		{"cut at 2048", 2048, pipeline.TooLong},
		{"absurdly few", 5, pipeline.TooLong},
	}
	for _, tt := range tests {
		inBubble(t, tt.name, func(t *testing.T) {
			s, transport := start(t, always(priced(tt.in, 5)))
			c, _ := client(t, wire.Config{Network: transport})
			req := question()
			req.Messages[1].Content = long
			if _, err := c.Complete(context.Background(), req); pipeline.CodeOf(err) != tt.code || s.count() != 1 {
				t.Errorf("%v after %d requests", err, s.count())
			}
		})
	}
}

// What the pseudo model once answered is an answer of the pseudo model's
// endpoint only, whatever name it was asked by.
func TestPseudoStandsInForNobody(t *testing.T) {
	pseudo := sse(`data: {"model":"pseudo","choices":[{"index":0,"delta":{"content":"made up"},"finish_reason":null}]}` + "\n\n" + finish("stop") + done)
	tests := []struct {
		name, endpoint string
		serve          handler
		stored         bool
	}{
		{"the pseudo model, elsewhere", "http://pseudo.invalid/v1/chat/completions", pseudo, false},
		{"the pseudo model, here", "http://" + host + "/v1/chat/completions", pseudo, true},
		{"another model, elsewhere", "http://other.test/v1/chat/completions", sse(helloStream()), true},
	}
	for _, tt := range tests {
		inBubble(t, tt.name, func(t *testing.T) {
			s, transport := start(t, once(tt.serve))
			first := &moved{Ledger: llm.NewMemory(), endpoint: tt.endpoint}
			for range 2 {
				c, _ := client(t, wire.Config{Network: transport, Ledger: first})
				if _, err := c.Complete(context.Background(), question()); err != nil {
					t.Fatal(err)
				}
			}
			if stored := s.count() == 1; stored != tt.stored {
				t.Errorf("%d requests; stored should be %v", s.count(), tt.stored)
			}
		})
	}
}

// moved is a ledger whose exchanges came from another address.
type moved struct {
	llm.Ledger
	endpoint string
}

func (m *moved) Append(ctx context.Context, x *llm.Exchange) error {
	x.Endpoint = m.endpoint
	return m.Ledger.Append(ctx, x)
}

// What a server answered to a cut prompt is not paid for twice: a later run
// says from the ledger that the prompt is too long. --fresh asks again.
func TestCutPromptIsPaidOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, transport := start(t, always(priced(2048, 5)))
		ledger := llm.NewMemory()
		req := question()
		req.Messages[1].Content = strings.Repeat("The ambassador was shot in Ankara on Monday evening. ", 400)
		for i, want := range []struct {
			fresh    bool
			requests int
			hint     string
		}{{false, 1, "larger context"}, {false, 1, "--fresh"}, {true, 2, "larger context"}} {
			c, w := client(t, wire.Config{Network: transport, Ledger: ledger, Fresh: want.fresh})
			resp, err := c.Complete(context.Background(), req)
			e, ok := errors.AsType[*pipeline.Error](err)
			if !ok || resp != nil || e.Code != pipeline.TooLong || !strings.Contains(e.Hint, want.hint) || s.count() != want.requests {
				t.Errorf("%d: %+v, %v after %d requests", i, resp, err, s.count())
			}
			if paid, stored := w.Spent().Calls, bill(resp, err).Attempts; i == 1 && paid+stored != 0 {
				t.Errorf("%d calls, %d attempts for what is stored", paid, stored)
			}
		}
	})
}

// The key follows no redirect, and no message shows it.
func TestCanary(t *testing.T) {
	for _, to := range []string{"http://other.test/v1/chat/completions", "http://" + host + ":8081/v1/chat/completions", "https://" + host + "/v1/chat/completions"} {
		inBubble(t, to, func(t *testing.T) {
			s, transport := start(t, always(redirect(to)))
			c, w := client(t, wire.Config{Network: transport, Secret: llm.NewSecret(canary)})
			_, err := c.Complete(context.Background(), question())
			if err == nil || s.count() != 1 || len(s.strays) > 0 {
				t.Errorf("%v, %d requests, strays %v", err, s.count(), s.strays)
			}
			said := fmt.Sprintf("%v %+v %#v | %v %+v %#v | %+v", c, c, c, err, err, err, w.Spent())
			if strings.Contains(said, canary) {
				t.Errorf("the key shows: %s", said)
			}
		})
	}
	inBubble(t, "quoted by the server", func(t *testing.T) {
		_, transport := start(t, always(refuse(401, "invalid_api_key", "wrong key "+canary+" or sk-other-abcdefghijklmnop\x1b[31m")))
		c, _ := client(t, wire.Config{Network: transport, Secret: llm.NewSecret(canary)})
		_, err := c.Complete(context.Background(), question())
		if err == nil || strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), "sk-other") || strings.Contains(err.Error(), "\x1b") {
			t.Errorf("got %v", err)
		}
	})
	inBubble(t, "a page of 200 KB", func(t *testing.T) {
		_, transport := start(t, always(text(400, "text/html", strings.Repeat("<p>"+canary, 20000))))
		c, _ := client(t, wire.Config{Network: transport, Secret: llm.NewSecret(canary)})
		_, err := c.Complete(context.Background(), question())
		if err == nil || len([]rune(err.Error())) > 560 || strings.Contains(err.Error(), "canary-0123") {
			t.Errorf("%d runes: %v", len([]rune(err.Error())), err)
		}
	})
}

// An exchange whose texts are not stored answers nobody: what it stands for is
// asked again, and takes the next number.
func TestWithoutTextsNothingIsAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, transport := start(t, numberedAnswers)
		ledger := llm.NewMemory()
		c, _ := client(t, wire.Config{Network: transport, Ledger: ledger})
		if _, err := c.Complete(context.Background(), question()); err != nil {
			t.Fatal(err)
		}
		bare := llm.NewMemory()
		for x, err := range ledger.All(context.Background()) {
			if err == nil {
				err = bare.Append(context.Background(), x.Withheld())
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		c, _ = client(t, wire.Config{Network: transport, Ledger: bare})
		resp, err := c.Complete(context.Background(), question())
		if err != nil || resp.Stored || s.count() != 2 {
			t.Errorf("%+v, %v", resp, err)
		}
	})
}
