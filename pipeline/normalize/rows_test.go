package normalize_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"dragoman/pipeline"
	"dragoman/pipeline/normalize"
)

func TestRows(t *testing.T) {
	in := `{"id":"a","text":"One  came. Two left ."}

{"id":7,"text":"В 2012 г. он ушёл. Она осталась.","lang":"ru"}
{"id":"c","text":"","lang":"tr-TR"}
{"id":"d","text":"Kept <b>as</b> \u2028is"}`
	var out bytes.Buffer
	if err := normalize.Rows(t.Context(), strings.NewReader(in), &out); err != nil {
		t.Fatal(err)
	}
	want := `{"id":"a","text":"One came. Two left.","sentences":["One came.","Two left."],"edits":[{"rule":"double-space","start":4,"end":5,"before":" ","after":""},{"rule":"space-before-mark","start":19,"end":20,"before":" ","after":""}]}
{"id":7,"text":"В 2012 г. он ушёл. Она осталась.","sentences":["В 2012 г. он ушёл.","Она осталась."],"edits":[]}
{"id":"c","text":"","sentences":[],"edits":[]}
{"id":"d","text":"Kept as is","sentences":["Kept as is"],"edits":[{"rule":"markup","start":5,"end":8,"before":"<b>","after":""},{"rule":"markup","start":10,"end":14,"before":"</b>","after":""},{"rule":"line-break+hard-wrap","start":14,"end":18,"before":" \u2028","after":" "}]}
`
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}

// The sentences together cover the text, and the edits make it.
func TestRowsCoverTheText(t *testing.T) {
	text := "\ufeff<p>â€œOne&#8212;two,â€\u009d he said .</p>\r\n\r\nThe chil-\ndren left.Later they came back.  Then \u00a0"
	row, err := json.Marshal(map[string]string{"id": "x", "text": text})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := normalize.Rows(t.Context(), bytes.NewReader(row), &out); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Text      string
		Sentences []string
		Edits     []pipeline.Repair
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	squeeze := func(s string) string { return strings.Join(strings.Fields(s), "") }
	if squeeze(strings.Join(got.Sentences, "")) != squeeze(got.Text) {
		t.Errorf("sentences %q do not cover %q", got.Sentences, got.Text)
	}
	if made := normalize.Apply(text, got.Edits); made != got.Text {
		t.Errorf("the edits make %q, not %q", made, got.Text)
	}
	if want := "“One—two,” he said.\n\nThe children left. Later they came back. Then"; got.Text != want {
		t.Errorf("text is %q, want %q", got.Text, want)
	}
}

func TestRowsNameTheLineOfAnError(t *testing.T) {
	good := `{"id":"a","text":"One came."}` + "\n"
	for in, want := range map[string]string{
		good + `{"id":`:                                 "line 2: reading the row",
		good + "\n" + `{"id":"b"}`:                      `line 3: the row has no "text"`,
		`{"id":"b","text":"x","lang":"xx-bad-tag-too"}`: "line 1: ",
		`{"id":"b","text":"x","lang":"fr"}`:             `line 1: the language "fr" is not known here`,
		`{"id":"b","text":5}`:                           "line 1: reading the row",
		`["a"]`:                                         "line 1: reading the row",
	} {
		var out bytes.Buffer
		err := normalize.Rows(t.Context(), strings.NewReader(in), &out)
		if err == nil || !strings.Contains(err.Error(), want) || pipeline.CodeOf(err) != pipeline.Invalid {
			t.Errorf("%q: error %v, want Invalid and %q", in, err, want)
		}
		if strings.HasPrefix(in, good) && strings.Count(out.String(), "\n") != 1 {
			t.Errorf("%q: the line before the error is not written: %q", in, out.String())
		}
	}
}

func TestRowsStopWhenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := normalize.Rows(ctx, strings.NewReader(`{"id":1,"text":"x"}`), &bytes.Buffer{})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestRowsReportAFullDisk(t *testing.T) {
	if err := normalize.Rows(t.Context(), strings.NewReader(`{"id":1,"text":"x"}`), fullDisk{}); err == nil || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("error is %v", err)
	}
}

func ExampleRows() {
	in := strings.NewReader(`{"id":"1","text":"He left .  She stayed."}`)
	if err := normalize.Rows(context.Background(), in, os.Stdout); err != nil {
		panic(err)
	}
	// Output:
	// {"id":"1","text":"He left. She stayed.","sentences":["He left.","She stayed."],"edits":[{"rule":"space-before-mark","start":7,"end":8,"before":" ","after":""},{"rule":"double-space","start":10,"end":11,"before":" ","after":""}]}
}
