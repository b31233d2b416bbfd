package check

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// TestTally holds a tally against a map, the hash 0 and hashes that share a
// slot included.
func TestTally(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 5, 300} {
		x, want := newTally(n+2), map[uint64]int32{}
		keys := []uint64{0, 1 << 40}
		for i := range n {
			keys = append(keys, uint64(i)<<rnd.IntN(40)+2)
		}
		for range 4 * len(keys) {
			k := keys[rnd.IntN(len(keys))]
			if _, ok := want[k]; ok != x.has(k) {
				t.Fatalf("%d of %d: has is %v", k, n, x.has(k))
			}
			*x.at(k)++
			want[k]++
		}
		for k, v := range want {
			if got := *x.at(k); got != v {
				t.Errorf("%d of %d: %d, want %d", k, n, got, v)
			}
		}
	}
}

func TestFold(t *testing.T) {
	for _, s := range []string{
		"", " ", "a", " a", "a ", "a b", "a  b", "a\tb", "a\nb", "a\u00a0b", "a\u2003", "й — «ё»", "a b c", "\u3000x", "x\u0085y",
	} {
		if got, want := fold(s), strings.Join(strings.Fields(s), " "); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}
