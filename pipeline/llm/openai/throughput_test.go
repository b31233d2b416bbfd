//go:build linux

package openai_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	goopenai "github.com/sashabaranov/go-openai"

	"dragoman/pipeline/llm/llmtest"
)

// The benchmark of batches: so many articles, so many calls at once, on a model
// that takes so long for each.
const (
	batchArticles = 1000
	batchAtOnce   = 64
	batchLatency  = 200 * time.Millisecond
)

// bench is a built program with its model and its articles.
type bench struct {
	dir, binary, articles string
	model                 *llmtest.Server
}

func newBench(b *testing.B, articles int, latency time.Duration) *bench {
	b.Helper()
	dir := b.TempDir()
	x := &bench{dir: dir, binary: filepath.Join(dir, "dragoman"), articles: filepath.Join(dir, "articles.jsonl"), model: llmtest.NewServer(llmtest.Options{Latency: latency})}
	build := exec.Command("go", "build", "-trimpath", "-o", x.binary, "./cmd/dragoman")
	build.Dir = filepath.Join("..", "..", "..")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("building the program: %v\n%s", err, out)
	}
	var rows bytes.Buffer
	enc := json.NewEncoder(&rows)
	for i := range articles {
		text := fmt.Sprintf("Council approves plan for %[1]d new homes\n\nThe council approved a plan for %[1]d new homes on Tuesday, the mayor said. The debate on the %[1]d homes took %[2]d hours.\n\n"+
			"Residents had asked for less than %[1]d homes. A school for %[3]d children is part of it.\n\nWork on site number %[1]d will begin in spring, according to the builders.\n", 1000+i, 2+i%7, 2000+i)
		if err := enc.Encode(map[string]string{"id": fmt.Sprintf("a%05d", i), "text": text}); err != nil {
			b.Fatal(err)
		}
	}
	if err := os.WriteFile(x.articles, rows.Bytes(), 0o600); err != nil {
		b.Fatal(err)
	}
	if err := x.model.Start("127.0.0.1:0"); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := x.model.Close(); err != nil {
			b.Error(err)
		}
	})
	return x
}

// batch runs the program over the articles; it gives the time and the most
// memory in megabytes.
func (x *bench) batch(b *testing.B, out string) (time.Duration, float64) {
	b.Helper()
	cmd := exec.Command(x.binary, "batch", x.articles, "-o", filepath.Join(x.dir, out), "--concurrency", fmt.Sprint(batchAtOnce), "--quiet")
	cmd.Env = []string{"HOME=" + x.dir, "PATH=" + os.Getenv("PATH"), "OPENAI_BASE_URL=" + x.model.URL(), "DRAGOMAN_MODEL=" + llmtest.ModelName, "DRAGOMAN_STATE=" + filepath.Join(x.dir, "state")}
	start := time.Now()
	if said, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, said)
	}
	took := time.Since(start)
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return took, 0
	}
	return took, float64(usage.Maxrss) / 1024
}

// bare makes the same calls with go-openai alone: so many at once, nothing kept
// and nothing judged.
func (x *bench) bare(b *testing.B, bodies [][]byte) time.Duration {
	b.Helper()
	cfg := goopenai.DefaultConfig("none")
	cfg.BaseURL = x.model.URL()
	client := goopenai.NewClientWithConfig(cfg)
	todo := make(chan goopenai.ChatCompletionRequest)
	var wg sync.WaitGroup
	start := time.Now()
	for range batchAtOnce {
		wg.Go(func() {
			for req := range todo {
				if _, err := client.CreateChatCompletion(context.Background(), req); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for _, body := range bodies {
		var req goopenai.ChatCompletionRequest
		var schema struct {
			Format struct {
				Schema struct{ Schema json.RawMessage } `json:"json_schema"`
			} `json:"response_format"`
		}
		req.ResponseFormat = &goopenai.ChatCompletionResponseFormat{JSONSchema: &goopenai.ChatCompletionResponseFormatJSONSchema{Schema: &json.RawMessage{}}}
		if err := json.Unmarshal(body, &req); err != nil {
			b.Fatal(err)
		}
		if err := json.Unmarshal(body, &schema); err != nil {
			b.Fatal(err)
		}
		if req.ResponseFormat != nil && req.ResponseFormat.JSONSchema != nil {
			req.ResponseFormat.JSONSchema.Schema = schema.Format.Schema.Schema
		}
		req.Stream, req.StreamOptions = false, nil
		todo <- req
	}
	close(todo)
	wg.Wait()
	return time.Since(start)
}

// BenchmarkBatch is a batch beside a bare loop of go-openai over the same
// calls, in the same run: its throughput as a share of the loop's, and its
// peak memory.
func BenchmarkBatch(b *testing.B) {
	x := newBench(b, batchArticles, batchLatency)
	share, most, runs := 0.0, 0.0, 0
	for b.Loop() {
		x.model.Reset()
		took, mb := x.batch(b, fmt.Sprintf("out-%d-%d", b.N, runs))
		var bodies [][]byte
		for _, seen := range x.model.Requests() {
			bodies = append(bodies, seen.Body)
		}
		b.ReportMetric(float64(len(bodies))/float64(batchArticles), "calls/article")
		bare := x.bare(b, bodies)
		share, most, runs = share+bare.Seconds()/took.Seconds(), max(most, mb), runs+1
		if err := os.RemoveAll(filepath.Join(x.dir, "state")); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(share/float64(runs), "of-bare-loop")
	b.ReportMetric(most, "MB-peak")
}

// BenchmarkUnchanged is a batch in which nothing has changed since the last.
func BenchmarkUnchanged(b *testing.B) {
	const articles = 2000
	x := newBench(b, articles, 0)
	x.batch(b, "out")
	x.model.Reset()
	var took time.Duration
	runs := 0
	for b.Loop() {
		d, _ := x.batch(b, "out")
		took, runs = took+d, runs+1
	}
	if n := x.model.Count(); n != 0 {
		b.Fatalf("%d calls, though nothing has changed", n)
	}
	b.ReportMetric(float64(articles*runs)/took.Seconds(), "articles/s")
}
