package llmtest

import (
	"fmt"
	"hash/fnv"
	"math"
	"net/http"
	"strconv"
	"time"
)

// admit applies the limit of calls a minute: the wait until the next one is
// admitted, 0 for this one.
func (s *Server) admit() time.Duration {
	if s.opt.RPM <= 0 {
		return 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.admitted = within(s.admitted, now, time.Minute)
	if len(s.admitted) >= s.opt.RPM {
		return time.Minute - now.Sub(s.admitted[0])
	}
	s.admitted = append(s.admitted, now)
	return 0
}

// overRPM is the answer to a call above the limit of a minute.
func (s *Server) overRPM(wait time.Duration) response {
	return response{
		status: http.StatusTooManyRequests, retryAfter: strconv.Itoa(int(math.Ceil(wait.Seconds()))),
		body: apiError(fmt.Sprintf("Rate limit reached: %d requests per minute. Please try again in %s.", s.opt.RPM, wait.Round(time.Millisecond)), "requests", "rate_limit_exceeded"),
	}
}

// admitNow applies the limit of calls a second, at the door, and gives the
// headers that tell of it. The answer is that of a call above the limit.
func (s *Server) admitNow() (headers map[string]string, over *response) {
	if s.opt.PerSecond <= 0 {
		return nil, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.second = within(s.second, now, time.Second)
	admitted := len(s.second) < s.opt.PerSecond
	if admitted {
		s.second = append(s.second, now)
	}
	wait := time.Second - now.Sub(s.second[0])
	headers = map[string]string{
		"X-Ratelimit-Limit-Requests":     strconv.Itoa(s.opt.PerSecond),
		"X-Ratelimit-Remaining-Requests": strconv.Itoa(s.opt.PerSecond - len(s.second)),
		"X-Ratelimit-Reset-Requests":     wait.String(),
	}
	if admitted {
		return headers, nil
	}
	return headers, &response{
		status: http.StatusTooManyRequests,
		body:   apiError(fmt.Sprintf("Rate limit reached: %d requests per second. Please try again in %s.", s.opt.PerSecond, wait), "requests", "rate_limit_exceeded"),
	}
}

// A prefix that an earlier question had is read from the cache in steps of 128
// tokens above the first 1,024, as OpenAI's documentation says of theirs.
const (
	cacheLeast = 1024
	cacheStep  = 128
	cacheMost  = 1 << 20 // prefixes remembered; then all are forgotten
)

// cached is how many tokens of a question came before, from its beginning; it
// remembers the question for the next ones.
func (s *Server) cached(req *chatRequest) int {
	if !s.opt.PrefixCache {
		return 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.prefixes) > cacheMost {
		clear(s.prefixes)
	}
	hash, runes, hit := fnv.New64a(), 0, 0
	for _, m := range req.Messages {
		for _, r := range m.Role + "\n" + messageText(m.Content) + "\n" {
			_, _ = hash.Write([]byte(string(r)))
			runes++
			if n := runes / 4; runes%4 != 0 || n < cacheLeast || n%cacheStep != 0 {
				continue
			}
			if s.prefixes[hash.Sum64()] {
				hit = runes / 4
			}
			s.prefixes[hash.Sum64()] = true
		}
	}
	return hit
}
