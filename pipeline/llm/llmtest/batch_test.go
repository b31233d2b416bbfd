package llmtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// provider is a client of the Batch API as its guide describes it.
type provider struct {
	t      *testing.T
	server *Server
}

func (p provider) send(method, path, kind string, body []byte) (status int, reply []byte) {
	p.t.Helper()
	req, err := http.NewRequest(method, "http://pseudo.invalid/v1"+path, bytes.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	resp, err := p.server.Transport().RoundTrip(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	reply, err = io.ReadAll(resp.Body)
	if err != nil {
		return 0, reply
	}
	return resp.StatusCode, reply
}

// do makes a call that must succeed, and gives its JSON.
func (p provider) do(method, path string, body any) map[string]any {
	p.t.Helper()
	var b []byte
	if body != nil {
		b = raw(body)
	}
	status, reply := p.send(method, path, "application/json", b)
	out := map[string]any{}
	if err := json.Unmarshal(reply, &out); err != nil || status != http.StatusOK {
		p.t.Fatalf("%s %s: %d %s", method, path, status, reply)
	}
	return out
}

func (p provider) upload(name, content string) string {
	p.t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	part, err := form.CreateFormFile("file", name)
	if err != nil {
		p.t.Fatal(err)
	}
	fmt.Fprint(part, content)
	if err := form.WriteField("purpose", "batch"); err != nil {
		p.t.Fatal(err)
	}
	form.Close()
	status, reply := p.send(http.MethodPost, "/files", form.FormDataContentType(), b.Bytes())
	var f struct{ ID string }
	if err := json.Unmarshal(reply, &f); err != nil || status != http.StatusOK || f.ID == "" {
		p.t.Fatalf("uploading: %d %s", status, reply)
	}
	return f.ID
}

func (p provider) create(file string) string {
	p.t.Helper()
	made := p.do(http.MethodPost, "/batches", map[string]any{
		"input_file_id": file, "endpoint": "/v1/chat/completions", "completion_window": "24h", "metadata": map[string]string{"a": "b"},
	})
	return made["id"].(string)
}

// output is a file of output by custom id.
func (p provider) output(id any) map[string]string {
	p.t.Helper()
	out := map[string]string{}
	if id == nil {
		return out
	}
	status, b := p.send(http.MethodGet, "/files/"+id.(string)+"/content", "", nil)
	if status != http.StatusOK {
		p.t.Fatalf("content of %v: %d", id, status)
	}
	for row := range strings.Lines(string(b)) {
		var l struct {
			ID string `json:"custom_id"`
		}
		if err := json.Unmarshal([]byte(row), &l); err != nil {
			l.ID = "no JSON"
		}
		out[l.ID] += row
	}
	return out
}

func inputLines(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"custom_id":"c%d","method":"POST","url":"/v1/chat/completions","body":{"model":"m","messages":[{"role":"user","content":"question %d"}]}}`+"\n", i, i)
	}
	return b.String()
}

func TestABatchFromFileToFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := provider{t, NewServer(Options{Batch: Batches{Latency: time.Hour}})}
		id := p.create(p.upload("in.jsonl", inputLines(3)))
		if got := p.do(http.MethodGet, "/batches/"+id, nil); got["status"] != "in_progress" || got["output_file_id"] != nil {
			t.Errorf("before the end: %v", got)
		}
		time.Sleep(time.Hour)
		got := p.do(http.MethodGet, "/batches/"+id, nil)
		if got["status"] != "completed" || fmt.Sprint(got["request_counts"]) != "map[completed:3 failed:0 total:3]" || fmt.Sprint(got["metadata"]) != "map[a:b]" {
			t.Errorf("at the end: %v", got)
		}
		rows := p.output(got["output_file_id"])
		for i := range 3 {
			row := rows[fmt.Sprintf("c%d", i)]
			if !strings.Contains(row, fmt.Sprintf("It was asked: question %d", i)) || !strings.Contains(row, `"status_code":200`) || !strings.Contains(row, `"object":"chat.completion"`) {
				t.Errorf("line %d: %s", i, row)
			}
		}
		if lines := p.server.Lines(); len(lines) != 3 || p.server.Count() != 3 || p.server.Requests()[0].Batch != id {
			t.Errorf("journal %v", lines)
		}
		p.create(p.upload("in.jsonl", inputLines(1)))
		if n := slices.Max(slices.Collect(func(yield func(int) bool) {
			for _, n := range p.server.Lines() {
				if !yield(n) {
					return
				}
			}
		})); n != 2 {
			t.Errorf("a line that was submitted twice counts %d", n)
		}
	})
}

func TestFatesOfLines(t *testing.T) {
	tests := map[Fate]struct {
		status       string
		output, errs int    // lines
		row          string // in the line of c1
	}{
		Expired: {"expired", 2, 1, `"batch_expired"`},
		Broken:  {"completed", 2, 1, `"status_code":500`},
		Lost:    {"completed", 2, 0, ""},
		Doubled: {"completed", 3, 0, `"model":"second-`},
		Garbled: {"completed", 3, 0, ""},
		Cut:     {"completed", 3, 0, `"body":"{\"choices`},
	}
	for fate, c := range tests {
		for _, one := range []bool{false, true} {
			p := provider{t, NewServer(Options{Batch: Batches{OneFile: one, Line: func(id string, _ int) Fate {
				if id == "c1" {
					return fate
				}
				return Answered
			}}})}
			got := p.do(http.MethodGet, "/batches/"+p.create(p.upload("in", inputLines(3))), nil)
			output, errs := p.output(got["output_file_id"]), p.output(got["error_file_id"])
			want := c
			if one {
				want.output, want.errs = c.output+c.errs, 0
			}
			if got["status"] != want.status || len(output) != want.output || len(errs) != want.errs {
				t.Errorf("%s (one file %v): %v, %d lines and %d errors", fate, one, got["status"], len(output), len(errs))
			}
			if row := output["c1"] + errs["c1"]; !strings.Contains(row, want.row) {
				t.Errorf("%s: %s", fate, row)
			}
		}
	}
}

func TestBatchesThatAreRefused(t *testing.T) {
	p := provider{t, NewServer(Options{})}
	for name, content := range map[string]string{
		"no JSON":        "x\n",
		"no id":          `{"method":"POST","url":"/v1/chat/completions","body":{}}` + "\n",
		"an id too long": strings.Replace(inputLines(1), "c0", strings.Repeat("c", 65), 1),
		"streaming":      strings.Replace(inputLines(1), `"model"`, `"stream":true,"model"`, 1),
		"other address":  strings.Replace(inputLines(1), "/v1/chat/completions", "/v1/models", 1),
	} {
		got := p.do(http.MethodGet, "/batches/"+p.create(p.upload("in", content)), nil)
		if got["status"] != "failed" || !strings.Contains(fmt.Sprint(got["errors"]), "line 1 ") {
			t.Errorf("%s: %v", name, got)
		}
	}
	for name, body := range map[string]string{
		"no file": `{"input_file_id":"file-9","endpoint":"/v1/chat/completions","completion_window":"24h"}`,
		"window":  `{"input_file_id":"file-9","endpoint":"/v1/chat/completions","completion_window":"1h"}`,
		"no JSON": `{`,
	} {
		if status, reply := p.send(http.MethodPost, "/batches", "application/json", []byte(body)); status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", name, status, reply)
		}
	}
	for _, path := range []string{"/batches/x", "/files/x", "/files/x/content"} {
		if status, _ := p.send(http.MethodGet, path, "", nil); status != http.StatusNotFound {
			t.Errorf("%s: %d", path, status)
		}
	}
	if status, _ := p.send(http.MethodPost, "/files", "text/plain", []byte("x")); status != http.StatusBadRequest {
		t.Errorf("a file that is no form: %d", status)
	}
}

func TestFilesAreListedAndDeleted(t *testing.T) {
	p := provider{t, NewServer(Options{})}
	var ids []string
	for i := range 5 {
		ids = append(ids, p.upload(fmt.Sprintf("f%d", i), "{}"))
	}
	var seen []string
	query := "/files?limit=2"
	for {
		page := p.do(http.MethodGet, query, nil)
		for _, f := range page["data"].([]any) {
			seen = append(seen, f.(map[string]any)["id"].(string))
		}
		if page["has_more"] != true {
			break
		}
		query = "/files?limit=2&after=" + seen[len(seen)-1]
	}
	slices.Reverse(seen)
	if !slices.Equal(seen, ids) {
		t.Errorf("listed %q, uploaded %q", seen, ids)
	}
	if got := p.do(http.MethodGet, "/files/"+ids[1], nil); got["filename"] != "f1" || got["bytes"] != 2.0 {
		t.Errorf("file %v", got)
	}
	p.do(http.MethodDelete, "/files/"+ids[1], nil)
	if got := p.server.Files(); !slices.Equal(got, []string{"f0", "f2", "f3", "f4"}) {
		t.Errorf("files %q", got)
	}
}

func TestCancelledAndForgottenBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := provider{t, NewServer(Options{Batch: Batches{Latency: time.Hour, Shuffle: true, Stranger: true}})}
		file := p.upload("in", inputLines(9))
		first, second := p.create(file), p.create(file)
		p.do(http.MethodPost, "/batches/"+first+"/cancel", nil)
		time.Sleep(2 * time.Hour)
		p.do(http.MethodGet, "/batches?limit=1", nil)
		if got := p.server.BatchStates(); !slices.Equal(got, []string{"cancelled", "completed"}) {
			t.Errorf("states %q", got)
		}
		got := p.do(http.MethodPost, "/batches/"+second+"/cancel", nil)
		if rows := p.output(got["output_file_id"]); got["status"] != "completed" || len(rows) != 10 || rows["nobody"] == "" {
			t.Errorf("cancelled after its end: %v, %d lines", got["status"], len(rows))
		}
		p.server.ForgetBatches()
		if status, _ := p.send(http.MethodGet, "/batches/"+first, "", nil); status != http.StatusNotFound {
			t.Errorf("status %d of a forgotten batch", status)
		}
	})
}

// A lost reply is a call that was carried out.
func TestLostRepliesAreCarriedOut(t *testing.T) {
	p := provider{t, NewServer(Options{Batch: Batches{LoseReply: func(method, _ string, n int) bool { return method == http.MethodPost && n == 2 }}})}
	file := p.upload("in", inputLines(1))
	body := []byte(`{"input_file_id":"` + file + `","endpoint":"/v1/chat/completions","completion_window":"24h"}`)
	if status, reply := p.send(http.MethodPost, "/batches", "application/json", body); status == http.StatusOK {
		t.Errorf("the reply came: %s", reply)
	}
	if n := len(p.do(http.MethodGet, "/batches", nil)["data"].([]any)); n != 1 {
		t.Errorf("%d batches", n)
	}
}

// Faults hit lines as they hit calls, and a limit of calls a minute does not.
func TestFaultsHitLines(t *testing.T) {
	p := provider{t, NewServer(Options{RPM: 1})}
	p.server.Inject(Injection{Kind: Empty, Times: 1}, Injection{Kind: Disconnect, Times: 1})
	got := p.do(http.MethodGet, "/batches/"+p.create(p.upload("in", inputLines(4))), nil)
	rows := p.output(got["output_file_id"])
	if len(rows) != 4 || !strings.Contains(rows["c0"], `"content":""`) || !strings.Contains(rows["c1"], `"body":"{`) || !strings.Contains(rows["c3"], "question 3") {
		t.Errorf("output %v", rows)
	}
}
