package llmtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// journalOf reads the journal as another process would.
func journalOf(t *testing.T, s *Server, method string) (Tally, int) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://pseudo/journal", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := s.Transport().RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var out Tally
	if resp.StatusCode == http.StatusOK {
		if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
			t.Fatal(err)
		}
	}
	return out, resp.StatusCode
}

// The figures of the journal, with and without the bodies: what came, what was
// answered, what twice, how many at once and in one second.
func TestTally(t *testing.T) {
	for _, quiet := range []bool{false, true} {
		t.Run(fmt.Sprint("quiet ", quiet), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := NewServer(Options{Quiet: quiet, Latency: 100 * time.Millisecond})
				s.Inject(Injection{Kind: ServerError, Times: 1})
				send := func(n int) {
					t.Helper()
					var wg sync.WaitGroup
					for i := range n {
						wg.Go(func() {
							if _, _, err := post(t, s.Transport(), "http://pseudo/v1", body(shortAsk, fmt.Sprintf(`,"seed":%d`, i))); err != nil {
								t.Error(err)
							}
						})
					}
					wg.Wait()
				}
				send(1) // fails
				send(1)
				var usage struct {
					Usage struct {
						In  int64 `json:"prompt_tokens"`
						Out int64 `json:"completion_tokens"`
					}
				}
				if _, answer, err := post(t, s.Transport(), "http://pseudo/v1", body(shortAsk, `,"seed":0`)); err != nil || json.Unmarshal([]byte(answer), &usage) != nil || usage.Usage.Out == 0 {
					t.Fatal(answer, err)
				}
				time.Sleep(600 * time.Millisecond) // 0.9 s after the first
				send(3)
				time.Sleep(5 * time.Second)
				want := Tally{
					Calls: 6, Distinct: 3, Repeated: 3, Answered: 5, AnsweredAgain: 2, Statuses: map[int]int{200: 5, 500: 1},
					MostInSecond: 6, PerSecond: map[int64]int{946684800: 6}, MostInFlight: 3,
					Callers: map[string]Caller{"any-key": {Calls: 6}},
				}
				want.InputTokens, want.OutputTokens = 5*usage.Usage.In, 5*usage.Usage.Out
				got, status := journalOf(t, s, http.MethodGet)
				if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) || status != 200 {
					t.Errorf("%d: %+v\nwant %+v", status, got, want)
				}
				if s.Count() != 6 || len(s.Digests()) != 3 || slices.Max(slices.Collect(maps.Values(s.Digests()))) != 4 {
					t.Errorf("%d calls, digests %v", s.Count(), s.Digests())
				}
				if kept := len(s.Requests()); kept != 6 && !quiet || kept != 0 && quiet {
					t.Errorf("%d calls are kept with their bodies", kept)
				}
				send(1)
				if got := s.Tally(); got.MostInSecond != 6 || got.PerSecond[946684806] != 1 {
					t.Errorf("%+v", got)
				}
				if _, status := journalOf(t, s, http.MethodDelete); status != http.StatusNoContent {
					t.Errorf("emptying: status %d", status)
				}
				if got := s.Tally(); got.Calls != 0 || got.Distinct != 0 || got.MostInSecond != 0 {
					t.Errorf("emptied: %+v", got)
				}
			})
		})
	}
}

// The busiest second is looked for wherever it begins.
func TestTheBusiestSecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewServer(Options{})
		for _, at := range []time.Duration{0, 400, 900, 1100, 1300, 1399, 1400, 2500} {
			time.Sleep(time.Until(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Add(at * time.Millisecond)))
			if _, _, err := post(t, s.Transport(), "http://pseudo/v1", body(shortAsk, "")); err != nil {
				t.Fatal(err)
			}
		}
		if got := s.Tally(); got.MostInSecond != 5 || got.PerSecond[946684800] != 3 || got.PerSecond[946684801] != 4 {
			t.Errorf("%+v", got)
		}
	})
}

// A call that is open is in the figures, and one that was cut has its status.
func TestTallyUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewServer(Options{Quiet: true, Latency: time.Minute})
		client := &http.Client{Transport: s.Transport(), Timeout: 10 * time.Second}
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := client.Post("http://pseudo/v1/chat/completions", "application/json", strings.NewReader(body(shortAsk, ""))); err == nil {
				t.Error("answered before its time")
			}
		})
		time.Sleep(time.Second)
		if got := s.Tally(); got.InFlight != 1 || got.Calls != 1 || len(got.Statuses) != 0 {
			t.Errorf("%+v", got)
		}
		wg.Wait()
		synctest.Wait()
		if got := s.Tally(); got.InFlight != 0 || got.Statuses[499] != 1 || got.Answered != 0 {
			t.Errorf("%+v", got)
		}
	})
}

// A quiet journal keeps no bodies: what a call leaves in memory is far less
// than it had.
func TestAQuietJournalIsSmall(t *testing.T) {
	s := NewServer(Options{Quiet: true})
	q, _ := parseAsk(shortAsk)
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	const calls = 20_000
	for i := range calls {
		large := []byte(fmt.Sprint(i) + strings.Repeat("x", 8000))
		s.leave(s.enter(large, q, false, ""), response{status: 200})
	}
	if grown := int64(heap()) - int64(before); grown > calls*400 {
		t.Errorf("%d bytes for each call", grown/calls)
	}
	if got := s.Tally(); got.Distinct != calls || got.Answered != calls {
		t.Errorf("%d bodies, %d answered", got.Distinct, got.Answered)
	}
}

// The limit of a second is kept at the door, for any second, and every answer
// says what is left.
func TestPerSecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewServer(Options{PerSecond: 2})
		var got []string
		for range 8 {
			resp, text, err := post(t, s.Transport(), "http://pseudo/v1", body(shortAsk, ""))
			if err != nil {
				t.Fatal(err)
			}
			if refused := strings.Contains(text, "rate_limit_exceeded"); refused != (resp.StatusCode == 429) {
				t.Errorf("status %d: %s", resp.StatusCode, text)
			}
			h := resp.Header
			got = append(got, fmt.Sprint(resp.StatusCode, " ", h.Get("X-Ratelimit-Limit-Requests"), " ", h.Get("X-Ratelimit-Remaining-Requests"), " ", h.Get("X-Ratelimit-Reset-Requests")))
			time.Sleep(300 * time.Millisecond)
		}
		want := []string{
			"200 2 1 1s", "200 2 0 700ms", "429 2 0 400ms", "429 2 0 100ms", "200 2 0 100ms", "200 2 0 700ms", "429 2 0 400ms", "429 2 0 100ms",
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q\nwant %q", got, want)
		}
	})
}

// The prefix cache: nothing below 1,024 tokens, steps of 128, only what stood
// at the beginning of an earlier question; and nothing is said unless asked.
func TestPrefixCache(t *testing.T) {
	long := func(tokens int, end string) string { // with the roles and line ends about it, 13 runes
		return strings.Repeat("abcd", tokens-4) + "abc" + end
	}
	chat := func(system, user string) string {
		return fmt.Sprintf(`{"model":"m","messages":[{"role":"system","content":%q},{"role":"user","content":%q}]}`, system, user)
	}
	tests := []struct {
		name          string
		first, second string
		cached        int
	}{
		{"short", chat("Rules.", "one"), chat("Rules.", "two"), 0},
		{"just too short", chat(long(1023, ""), "1"), chat(long(1023, ""), "2"), 0},
		{"1,024", chat(long(1024, ""), "1"), chat(long(1024, ""), "2"), 1024},
		{"1,151", chat(long(1151, ""), "1"), chat(long(1151, ""), "2"), 1024},
		{"1,152", chat(long(1152, ""), "1"), chat(long(1152, ""), "2"), 1152},
		{"another beginning", chat("x"+long(2000, ""), "1"), chat("y"+long(2000, ""), "1"), 0},
		{"another middle", chat(long(1100, "x")+long(1000, ""), "1"), chat(long(1100, "y")+long(1000, ""), "1"), 1024},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, on := range []bool{true, false} {
				s := NewServer(Options{PrefixCache: on})
				for i, q := range []string{tt.first, tt.second} {
					_, text, err := post(t, s.Transport(), "http://pseudo/v1", q)
					if err != nil {
						t.Fatal(err)
					}
					want := fmt.Sprintf(`"prompt_tokens_details":{"cached_tokens":%d}`, i*tt.cached)
					if !on {
						want = ""
					}
					if !strings.Contains(text, want) || !on && strings.Contains(text, "cached") {
						t.Errorf("question %d: no %s in %s", i+1, want, text[max(0, len(text)-200):])
					}
				}
			}
		})
	}
}
