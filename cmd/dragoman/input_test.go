package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"dragoman/pipeline"
)

// A signal ends the wait for rows that nobody writes; what was judged before is
// printed.
func TestRowsAreNotWaitedForAfterASignal(t *testing.T) {
	rows, writer := io.Pipe()
	defer writer.Close()
	ctx, cancel := context.WithCancelCause(context.Background())
	var out, errs bytes.Buffer
	env := &environment{stdin: rows, stdout: &out, stderr: &errs, now: time.Now}
	ended := make(chan error, 1)
	go func() {
		ended <- checkRows(ctx, env, &judge{failOn: pipeline.Major}, checkOptions{Rows: "-", Format: "json"})
	}()
	if _, err := io.WriteString(writer, `{"id":"1","lang":"tr","src":"The minister left.","hyp":"Bakan ayrıldı."}`+"\n"); err != nil {
		t.Fatal(err)
	}
	cancel(&interrupted{os.Interrupt})
	err := <-ended
	if code := exitCode(nil, []error{err}, pipeline.Major); code != 130 {
		t.Errorf("exit code %d: %v", code, err)
	}
	if text := out.String(); text != "" && !strings.HasSuffix(text, "}\n") {
		t.Errorf("half a line: %q", text)
	}
}

func TestRowsEndWithStandardInput(t *testing.T) {
	env := &environment{stdin: strings.NewReader("a\nb")}
	in, err := openRows(context.Background(), env, "-")
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if b, err := io.ReadAll(in); err != nil || string(b) != "a\nb" {
		t.Errorf("got %q, %v", b, err)
	}
	if _, err := openRows(context.Background(), env, t.TempDir()+"/none"); err == nil {
		t.Error("a missing file is no error")
	}
}
