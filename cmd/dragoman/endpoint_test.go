package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dragoman/cmd/internal/config"
	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/llmtest"
)

// configured is a configuration for an endpoint, with a state of its own.
func configured(t *testing.T, url string, flags map[string]string) *config.Config {
	t.Helper()
	home := t.TempDir()
	cfg, err := config.Load(config.Sources{
		Env: func(name string) (string, bool) {
			v, ok := map[string]string{"HOME": home, "OPENAI_BASE_URL": url}[name]
			return v, ok
		},
		Flags: flags,
	})
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func TestModelOf(t *testing.T) {
	list := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if list == "" {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		w.Write([]byte(list))
	}))
	defer server.Close()
	for _, test := range []struct {
		name, list, flag, want, err string
		code                        int
	}{
		{name: "only one", list: `{"data":[{"id":"a"}]}`, want: "a"},
		{name: "named", list: `{"data":[{"id":"a"},{"id":"b"}]}`, flag: "c", want: "c"},
		{name: "several", list: `{"data":[{"id":"b"},{"id":"a"}]}`, err: "a, b", code: 2},
		{name: "none", list: `{"data":[]}`, err: "no model", code: 2},
		{name: "no list", list: `hello`, err: "listing the models", code: 5},
		{name: "key refused", list: "", err: "401", code: 5},
	} {
		list = test.list
		flags := map[string]string{}
		if test.flag != "" {
			flags["model"] = test.flag
		}
		got, err := modelOf(context.Background(), configured(t, server.URL+"/v1", flags))
		if test.err == "" {
			if err != nil || got != test.want {
				t.Errorf("%s: got %q, %v", test.name, got, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), test.err) || (&outcome{errs: []error{err}}).code() != test.code {
			t.Errorf("%s: got %q, %v, exit %d", test.name, got, err, (&outcome{errs: []error{err}}).code())
		}
	}
}

func TestProfileOf(t *testing.T) {
	server := llmtest.NewServer(llmtest.Options{ContextSize: 4096, Slots: 2})
	if err := server.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	cfg := configured(t, server.URL(), nil)
	ctx := context.Background()
	kept := &keeping{cfg: cfg, now: time.Now}
	st, err := kept.store(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer kept.close() //nolint:errcheck // of a temporary folder
	p, err := profileOf(ctx, cfg, st.Profiles, "m")
	if err != nil || p.Context != 4096 || p.Slots != 2 {
		t.Errorf("not asked for its props: %+v, %v", p, err)
	}
	stored := llm.Profile{Endpoint: server.URL(), Model: "m", Context: 9, NoStream: true}
	if err := st.Profiles.Save(ctx, stored.Endpoint, "m", stored); err != nil {
		t.Fatal(err)
	}
	if p, err = profileOf(ctx, cfg, st.Profiles, "m"); err != nil || p.Context != 9 || !p.NoStream {
		t.Errorf("the stored profile is not taken: %+v, %v", p, err)
	}
	elsewhere := configured(t, "http://192.0.2.1/v1", nil)
	if p, err = profileOf(ctx, elsewhere, st.Profiles, "m"); err != nil || p.Context != 0 {
		t.Errorf("another machine is asked for props: %+v, %v", p, err)
	}
}

func TestProvenance(t *testing.T) {
	if provenance("http://127.0.0.1:1/v1") != llm.LocalModel || provenance("https://api.openai.com/v1") != llm.Live {
		t.Error("wrong provenance")
	}
}

func TestTerminalIsSafe(t *testing.T) {
	code, stdout, stderr := runCLI(t, "", "run", "no\x1b[31mwhere\u202e.txt", "--pseudo")
	if code != 2 || stdout != "" || strings.ContainsAny(stderr, "\x1b\u202e") || !strings.Contains(stderr, "no such file: no[31mwhere.txt") {
		t.Errorf("exit %d, %q, %q", code, stdout, stderr)
	}
	t.Setenv("HOME", t.TempDir())
	name := filepath.Join(t.TempDir(), "a.txt")
	if err := os.WriteFile(name, []byte("The minister\x1b]0;owned\x07 left Ankara on Monday\u202e, he said.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, stdout, stderr = runCLI(t, "", "run", name, "--pseudo")
	if strings.ContainsAny(stdout+stderr, "\x1b\x07\u202e") {
		t.Errorf("%q\n%q", stdout, stderr)
	}
}

func TestStrayDecisions(t *testing.T) {
	doc := docWith(pipeline.Translated, pipeline.Major)
	doc.Findings[0].ID = "f-1"
	doc.Edits = []pipeline.Edit{{ID: "e-1"}}
	d := &pipeline.Decisions{
		Edits:    map[string]pipeline.Decision{"e-1": {}, "e-2": {}},
		Findings: map[string]pipeline.Decision{"f-1": {}, "f-2": {}},
	}
	got := strayDecisions(d, []*pipeline.Document{nil, doc})
	if len(got) != 2 || !strings.Contains(got[0], "e-2") || !strings.Contains(got[1], "f-2") {
		t.Errorf("got %q", got)
	}
	if strayDecisions(nil, nil) != nil {
		t.Error("no decisions, yet notes")
	}
}

func TestWaitingForStandardInputCanBeInterrupted(t *testing.T) {
	in, out := io.Pipe()
	defer out.Close()
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(&interrupted{os.Interrupt})
	var stderr bytes.Buffer
	t.Setenv("HOME", t.TempDir())
	if code := run(ctx, []string{"dragoman", "run", "-", "--pseudo"}, in, io.Discard, &stderr); code != 130 {
		t.Errorf("exit %d, %s", code, stderr.String())
	}
}
