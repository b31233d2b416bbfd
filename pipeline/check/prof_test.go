package check

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"dragoman/pipeline"
	"golang.org/x/text/language"
)

func load(L string) (rows []Row) {
	fh, _ := os.Open("/work/shared/data/mt_" + L + ".jsonl")
	sc := bufio.NewScanner(fh)
	sc.Buffer(nil, 1<<24)
	for sc.Scan() {
		var r struct{ ID, Src, Ref string }
		json.Unmarshal(sc.Bytes(), &r)
		rows = append(rows, Row{r.ID, L, r.Src, r.Ref})
	}
	return
}

func BenchmarkRow(b *testing.B) {
	for _, L := range []string{"ru", "tr"} {
		rows := load(L)
		n := 0
		for _, r := range rows {
			n += len(r.Source)
		}
		b.Run(L, func(b *testing.B) {
			b.SetBytes(int64(n))
			for range b.N {
				for _, r := range rows {
					PairRow(r)
				}
			}
		})
		b.Run(L+"pair", func(b *testing.B) {
			b.SetBytes(int64(n))
			for range b.N {
				for _, r := range rows {
					s, h := strings.Split(r.Source, "\n"), strings.Split(r.Target, "\n")
					for i := range min(len(s), len(h)) {
						Pair(pipeline.Pair{ID: "x", Source: s[i], Target: h[i], Lang: language.MustParse(L)})
					}
				}
			}
		})
	}
}
