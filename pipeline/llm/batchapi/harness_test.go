package batchapi_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/batchapi"
	"dragoman/pipeline/llm/llmtest"
	"dragoman/pipeline/llm/openai"
	"dragoman/pipeline/llm/wire"
)

// world is what outlives a process: the API, the state and the ledger.
type world struct {
	server *llmtest.Server
	state  batchapi.State
	ledger llm.Ledger
}

func newWorld(how llmtest.Batches) *world {
	return &world{server: llmtest.NewServer(llmtest.Options{Batch: how}), state: batchapi.NewMemory(), ledger: llm.NewMemory()}
}

// process is one life of the program, up to its end or the moment it is killed.
type process struct {
	*world
	ctx    context.Context
	cancel context.CancelCauseFunc
	batch  *batchapi.Transport
	client *openai.Client
	wire   *wire.Wire

	mu    sync.Mutex
	dead  bool
	died  string         // the point of its death
	at    string         // the point at which it dies, such as "save gathered" or "POST /v1/batches"
	calls map[string]int // over the network, by method and path
	notes []string
	full  bool                                        // the ledger's disk
	fail  func(*http.Request) (*http.Response, error) // in place of the server; nil, nil: not this one
}

var errKilled = errors.New("killed")

// begin starts a process that dies at a point; "" for never.
func (w *world) begin(t *testing.T, at string, change ...func(*batchapi.Config)) *process {
	t.Helper()
	p := &process{world: w, at: at, calls: map[string]int{}}
	p.ctx, p.cancel = context.WithCancelCause(context.Background())
	cfg := batchapi.Config{
		BaseURL: "http://pseudo.invalid/v1", APIKey: llm.NewSecret("sk-secret-0123456789"), Live: p, State: mortal{p},
		Jitter: func() float64 { return 0.5 }, Note: p.note,
	}
	for _, c := range change {
		c(&cfg)
	}
	var err error
	if p.batch, err = batchapi.New(cfg); err != nil {
		t.Fatal(err)
	}
	profile := llm.Profile{Model: llmtest.ModelName}
	p.wire = wire.New(wire.Config{Network: p.batch, Ledger: mortalLedger{w.ledger, p}, Profile: profile, Secret: cfg.APIKey, Patient: true, Jitter: cfg.Jitter})
	p.client, err = openai.New(openai.Config{BaseURL: cfg.BaseURL, APIKey: cfg.APIKey, Model: llmtest.ModelName, HTTP: p.wire, Profile: profile})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *process) note(s string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.notes = append(p.notes, s)
}

// reach kills the process where it was to die.
func (p *process) reach(point string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.at == point && !p.dead {
		p.dead, p.died = true, point
		p.cancel(errKilled)
	}
}

func (p *process) isDead() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dead
}

// RoundTrip is the network: what a process sends as it dies arrives, and its
// reply does not.
func (p *process) RoundTrip(req *http.Request) (*http.Response, error) {
	if p.isDead() {
		return nil, errKilled
	}
	point := req.Method + " " + req.URL.Path
	for _, prefix := range []string{"/v1/batches/", "/v1/files/"} {
		if rest, ok := strings.CutPrefix(req.URL.Path, prefix); ok {
			_, action, _ := strings.Cut(rest, "/")
			point = req.Method + " " + prefix + "ID/" + action
		}
	}
	p.mu.Lock()
	p.calls[point]++
	p.mu.Unlock()
	if p.fail != nil {
		if resp, err := p.fail(req); resp != nil || err != nil {
			return resp, err
		}
	}
	resp, err := p.server.Transport().RoundTrip(req)
	if err != nil {
		return nil, err
	}
	p.reach(point)
	if p.isDead() {
		io.Copy(io.Discard, resp.Body) //nolint:errcheck // it is lost
		resp.Body.Close()
		return nil, errKilled
	}
	return resp, nil
}

// mortal is the state as a process sees it: nothing is written after its death.
type mortal struct{ p *process }

func (m mortal) Save(ctx context.Context, s batchapi.Submission) error {
	if m.p.isDead() {
		return errKilled
	}
	if err := m.p.state.Save(ctx, s); err != nil {
		return err
	}
	m.p.reach("save " + string(s.Phase))
	if m.p.isDead() {
		return errKilled
	}
	return nil
}

func (m mortal) Load(ctx context.Context) ([]batchapi.Submission, error) { return m.p.state.Load(ctx) }

func (m mortal) Delete(ctx context.Context, id string) error {
	if m.p.isDead() {
		return errKilled
	}
	m.p.reach("delete")
	if m.p.isDead() {
		return errKilled
	}
	return m.p.state.Delete(ctx, id)
}

// mortalLedger dies before or after an answer is stored.
type mortalLedger struct {
	llm.Ledger
	p *process
}

func (m mortalLedger) Append(ctx context.Context, x *llm.Exchange) error {
	if m.p.full {
		return &pipeline.Error{Code: pipeline.Unavailable, Err: errors.New("no space left")}
	}
	m.p.reach("before append")
	if m.p.isDead() {
		return errKilled
	}
	err := m.Ledger.Append(ctx, x)
	m.p.reach("append")
	return err
}

// question is one of many.
func question(i int) *llm.Request {
	return &llm.Request{
		Stage: "translate", Prompt: "translate/article@1", Model: llmtest.ModelName, MaxTokens: 200,
		Messages: []llm.Message{{Role: "system", Content: "Rules <of> the desk & more."}, {Role: "user", Content: fmt.Sprintf("question %d.", i)}},
	}
}

// result is what became of a question.
type result struct {
	resp *llm.Response
	err  error
}

// askAll asks n questions at once and waits for all.
func (p *process) askAll(n int) []result {
	out := make([]result, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { out[i].resp, out[i].err = p.client.Complete(p.ctx, question(i)) })
	}
	wg.Wait()
	return out
}

// end waits for what is under way, as the program does.
func (p *process) end(t *testing.T) {
	t.Helper()
	if err := p.batch.Close(); err != nil && !p.isDead() {
		t.Error(err)
	}
	p.cancel(nil)
}

// whole holds answers against their questions.
func whole(t *testing.T, got []result) {
	t.Helper()
	for i, r := range got {
		if r.err != nil {
			t.Fatalf("question %d: %v", i, r.err)
		}
		if want := fmt.Sprintf("It was asked: question %d.", i); !strings.HasSuffix(r.resp.Text, want) {
			t.Fatalf("question %d: %q", i, r.resp.Text)
		}
	}
}

// once fails where a line was submitted twice, or fewer were than wanted.
func (w *world) once(t *testing.T, want int) {
	t.Helper()
	lines := w.server.Lines()
	if len(lines) != want {
		t.Errorf("%d different lines were submitted, want %d", len(lines), want)
	}
	for digest, n := range lines {
		if n != 1 {
			t.Errorf("line %.8s was submitted %d times", digest, n)
		}
	}
}

// nothingLeft fails where a submission or a file stays behind.
func (w *world) nothingLeft(t *testing.T) {
	t.Helper()
	left, err := w.state.Load(context.Background())
	if err != nil || len(left) != 0 {
		t.Errorf("left in the state: %+v, %v", left, err)
	}
	if files := w.server.Files(); len(files) != 0 {
		t.Errorf("left at the provider: %q", files)
	}
}

func (p *process) count(point string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls[point]
}

const hour = time.Hour

// reply is a reply of a server that is not the pseudo one.
func reply(status int, body string, header ...string) *http.Response {
	h := http.Header{}
	for i := 0; i+1 < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}
}
