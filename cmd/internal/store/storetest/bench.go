package storetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/ledgertest"
)

// exchangeSize is about what one call of a run leaves: request and reply.
const exchangeSize = 6 << 10

// sized is an exchange of exchangeSize bytes, of text about as dense as ours.
func sized(n int) *llm.Exchange {
	x := ledgertest.Exchange(n)
	r := rand.New(rand.NewPCG(1, uint64(n)))
	var b strings.Builder
	for b.Len() < exchangeSize {
		fmt.Fprintf(&b, "word%d ", r.IntN(2000))
	}
	x.Reply.Body = []byte(b.String())
	return x
}

// BenchmarkAppend appends exchanges to a ledger from many goroutines at once,
// and reports appends a second.
func BenchmarkAppend(b *testing.B, l llm.Ledger, goroutines int) {
	all := make([]*llm.Exchange, 512)
	for i := range all {
		all[i] = sized(i)
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	b.ResetTimer()
	for range goroutines {
		wg.Go(func() {
			for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
				x := *all[n%int64(len(all))]
				if err := l.Append(context.Background(), &x); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "appends/s")
}
