package llm_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
)

// keyed is a request for the given properties of a language.
func keyed(lang, system string, keys ...string) *llm.Call {
	sentences := map[string]string{}
	for _, k := range keys {
		sentences[k] = "text " + k
	}
	user, _ := json.Marshal(map[string]any{"task": "translate/article", "to": lang, "sentences": sentences})
	required, _ := json.Marshal(keys)
	return &llm.Call{Rung: llm.RungSchema, Shape: "sha256:" + system, Request: &llm.Request{
		Stage: "translate", Lang: lang, Prompt: "translate/article@2", Model: "m", MaxTokens: 100,
		Messages: []llm.Message{{Role: "system", Content: system}, {Role: "user", Content: string(user)}},
		Schema:   json.RawMessage(`{"type":"object","required":` + string(required) + `}`),
	}}
}

func exchange(c *llm.Call, status int, body string) *llm.Exchange {
	return &llm.Exchange{
		Key: llm.Key(c.Request), Request: *c.Request, Rung: c.Rung, Shape: c.Shape, Duration: 1500 * time.Millisecond,
		Reply: llm.Reply{Status: status, Header: map[string]string{"Retry-After": "2"}, Body: []byte(body)},
	}
}

func answer(text string) *llm.Answer {
	return &llm.Answer{Text: text, Finish: llm.Stop, Model: "m-1", Usage: pipeline.Usage{InputTokens: 40, OutputTokens: 9, Known: true}}
}

// authored makes a folder of recordings with the given files.
func authored(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, llm.RecordingsFile), `{"model":"m","provenance":"authored","profile":{}}`)
	for name, content := range files {
		write(t, filepath.Join(dir, name), content)
	}
	return dir
}

func openRecordings(t *testing.T, dir string, update bool) *llm.Recordings {
	t.Helper()
	r, err := llm.OpenRecordings(dir, update)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// What is recorded is served again: the attempts of a request in their order,
// each once, readable on the way.
func TestRecordAndServe(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "replies")
	rec, err := llm.NewRecordings(dir, llm.RecordingsInfo{Model: "m", Provenance: llm.LocalModel})
	if err != nil {
		t.Fatal(err)
	}
	call := keyed("ru", "rules", "s1", "s2")
	text := `{ "s1": "Посол <убит>", "s2": "a\"b" }`
	for _, err := range []error{
		rec.Record(exchange(call, 429, `{"error":{"message":"slow"}}`), nil),
		rec.Record(exchange(call, 200, "stream"), answer(text)),
		rec.Record(exchange(keyed("tr", "rules", "s1"), 200, "stream"), answer("no JSON")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(filepath.Join(dir, "translate-ru-article-2.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{`"s1": "Посол <убит>"`, `"sentences": {`, `"provenance": "local-model"`, `"keys": [`} {
		if !strings.Contains(string(b), s) {
			t.Errorf("%s does not stand in the recording:\n%s", s, b)
		}
	}

	r := openRecordings(t, dir, false)
	if r.Info().Model != "m" || len(r.Unused()) != 3 {
		t.Errorf("%+v, unused %v", r.Info(), r.Unused())
	}
	first, err := r.Next(keyed("ru", "rules", "s1", "s2"))
	if err != nil || first.Answer != nil || first.Reply.Status != 429 || first.Reply.Header["Retry-After"] != "2" {
		t.Errorf("first attempt: %+v, %v", first, err)
	}
	second, err := r.Next(keyed("ru", "rules", "s1", "s2"))
	if err != nil || second.Answer == nil || second.Answer.Text != `{"s1":"Посол <убит>","s2":"a\"b"}` ||
		second.Answer.Usage != answer("").Usage || second.Duration != 1500*time.Millisecond {
		t.Errorf("second attempt: %+v, %v", second, err)
	}
	if got := r.Unused(); len(got) != 1 || got[0] != "translate-tr-article-1.json" {
		t.Errorf("unused: %v", got)
	}
	_, err = r.Next(keyed("ru", "rules", "s1", "s2"))
	if err == nil || !strings.Contains(err.Error(), "used up") {
		t.Errorf("a third attempt: %v", err)
	}
}

// A request without a recording says the key, what differs from the nearest
// one, and how to record it.
func TestMiss(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "replies")
	rec, err := llm.NewRecordings(dir, llm.RecordingsInfo{Model: "m", Provenance: llm.Live})
	if err != nil {
		t.Fatal(err)
	}
	if err := rec.Record(exchange(keyed("ru", "rules", "s1"), 200, ""), answer(`{"s1":"a"}`)); err != nil {
		t.Fatal(err)
	}
	r := openRecordings(t, dir, false)
	call := keyed("ru", "rules", "s1")
	call.Request.Messages[1].Content = strings.Replace(call.Request.Messages[1].Content, "text s1", "other text", 1)
	_, err = r.Next(call)
	if pipeline.CodeOf(err) != pipeline.Invalid {
		t.Fatalf("class %q", pipeline.CodeOf(err))
	}
	for _, s := range []string{llm.Key(call.Request)[:12], "translate-ru-article-1.json", `- "s1": "text s1"`, `+ "s1": "other text"`} {
		if !strings.Contains(err.Error(), s) {
			t.Errorf("%q does not stand in %v", s, err)
		}
	}
	if e := err.(*pipeline.Error); !strings.Contains(e.Hint, "--record") {
		t.Errorf("hint %q", e.Hint)
	}
}

// The bytes of a request are pinned: the same question in other bytes is an
// error, unless it was asked at another rung.
func TestShapeIsPinned(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "replies")
	rec, err := llm.NewRecordings(dir, llm.RecordingsInfo{Model: "m", Provenance: llm.Authored})
	if err != nil {
		t.Fatal(err)
	}
	if err := rec.Record(exchange(keyed("ru", "rules", "s1"), 200, ""), answer(`{"s1":"a"}`)); err != nil {
		t.Fatal(err)
	}
	changed := keyed("ru", "rules", "s1")
	changed.Shape = "sha256:other"
	if _, err := openRecordings(t, dir, false).Next(changed); err == nil || !strings.Contains(err.Error(), "bytes of the request") {
		t.Errorf("other bytes: %v", err)
	}
	lower := keyed("ru", "rules", "s1")
	lower.Shape, lower.Rung = "sha256:other", llm.RungObject
	if _, err := openRecordings(t, dir, false).Next(lower); err != nil {
		t.Errorf("another rung: %v", err)
	}
	if _, err := openRecordings(t, dir, true).Next(changed); err != nil {
		t.Errorf("other bytes, updating: %v", err)
	}
	if _, err := openRecordings(t, dir, false).Next(changed); err != nil {
		t.Errorf("after the update: %v", err)
	}
}

// What a model really answered is pinned for good: updating does not pretend
// that it answered other bytes.
func TestShapeOfRealRecordings(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "replies")
	rec, err := llm.NewRecordings(dir, llm.RecordingsInfo{Model: "m", Provenance: llm.LocalModel})
	if err != nil {
		t.Fatal(err)
	}
	if err := rec.Record(exchange(keyed("ru", "rules", "s1"), 200, ""), answer(`{"s1":"a"}`)); err != nil {
		t.Fatal(err)
	}
	changed := keyed("ru", "rules", "s1")
	changed.Shape = "sha256:other"
	_, err = openRecordings(t, dir, true).Next(changed)
	e, ok := err.(*pipeline.Error)
	if !ok || !strings.Contains(e.Hint, "--record") {
		t.Errorf("got %v", err)
	}
	if _, err := openRecordings(t, dir, true).Next(keyed("ru", "rules", "s1")); err != nil {
		t.Errorf("the same bytes: %v", err)
	}
}

const authoredRU = `{
  "request": {"stage": "translate", "lang": "ru", "prompt": "translate/article@1", "temperature": 0},
  "response": {"content": {"s1": "Первый", "s2": "Второй"}}
}`

// With update, an authored reply takes over the request that asks for its
// properties; the reply itself stays as its author wrote it.
func TestUpdateRewritesTheRequestHalf(t *testing.T) {
	dir := authored(t, map[string]string{
		"translate-ru-article-1.json": authoredRU,
		"translate-ru-article-2.json": strings.Replace(authoredRU, "Первый", "Другой", 1),
		"translate-tr-article-1.json": strings.Replace(authoredRU, `"ru"`, `"tr"`, 1),
	})
	if _, err := openRecordings(t, dir, false).Next(keyed("ru", "rules", "s1", "s2")); err == nil {
		t.Fatal("without update an unfinished recording answers")
	}
	r := openRecordings(t, dir, true)
	for i, want := range []string{"Первый", "Другой"} {
		got, err := r.Next(keyed("ru", fmt.Sprint("rules ", i), "s2", "s1"))
		if err != nil || got.Answer == nil || !strings.Contains(got.Answer.Text, want) {
			t.Fatalf("%d: %+v, %v", i, got, err)
		}
	}
	if _, err := r.Next(keyed("tr", "rules", "s1")); err == nil {
		t.Error("a reply for s1 and s2 answered a request for s1 alone")
	}
	again := openRecordings(t, dir, false)
	got, err := again.Next(keyed("ru", "rules 1", "s2", "s1"))
	if err != nil || got.Answer.Text != `{"s1":"Другой","s2":"Второй"}` {
		t.Errorf("after the update: %+v, %v", got, err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "translate-ru-article-1.json"))
	if err != nil || !strings.Contains(string(b), `"s1": "Первый"`) || !strings.Contains(string(b), "text s1") {
		t.Errorf("the file is now:\n%s", b)
	}
}

// A recorded reply is never taken for another request, whoever updates.
func TestUpdateLeavesRealRecordings(t *testing.T) {
	dir := authored(t, map[string]string{"translate-ru-article-1.json": strings.Replace(authoredRU, `"request"`, `"provenance": "live", "request"`, 1)})
	if _, err := openRecordings(t, dir, true).Next(keyed("ru", "rules", "s1", "s2")); err == nil {
		t.Error("a live recording was rewritten")
	}
}

func TestUnits(t *testing.T) {
	with := func(unit, text string) string {
		s := strings.Replace(authoredRU, `"temperature"`, `"units": ["`+unit+`"], "temperature"`, 1)
		return strings.Replace(s, "Первый", text, 1)
	}
	dir := authored(t, map[string]string{"translate-ru-article-1.json": with("p1s1", "one"), "translate-ru-article-2.json": with("p9s1", "nine")})
	call := keyed("ru", "rules", "s1", "s2")
	call.Request.Units = []string{"p9s1"}
	got, err := openRecordings(t, dir, true).Next(call)
	if err != nil || !strings.Contains(got.Answer.Text, "nine") {
		t.Errorf("the recording for these units was not preferred: %+v, %v", got, err)
	}
}

func TestRecordingsInvalid(t *testing.T) {
	tests := []struct{ name, file, want string }{
		{"unknown field", `{"request":{"stage":"x","prompt":"y","temperature":0},"reponse":{}}`, "unknown field"},
		{"no JSON", `{"request":`, "unexpected EOF"},
		{"edited request", strings.Replace(authoredRU, `"temperature"`, `"key": "abc", "temperature"`, 1), "says abc"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := authored(t, map[string]string{"a-1.json": tt.file})
			_, err := llm.OpenRecordings(dir, false)
			if pipeline.CodeOf(err) != pipeline.Invalid || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
	if _, err := llm.OpenRecordings(t.TempDir(), false); pipeline.CodeOf(err) != pipeline.Invalid {
		t.Errorf("a folder without recordings: %v", err)
	}
	dir := authored(t, nil)
	if _, err := llm.NewRecordings(dir, llm.RecordingsInfo{}); pipeline.CodeOf(err) != pipeline.Invalid {
		t.Errorf("recording over recordings: %v", err)
	}
	if !llm.IsRecordings(dir) || llm.IsRecordings(t.TempDir()) {
		t.Error("IsRecordings is wrong")
	}
}

// Ten recordings and more are served in the order of their numbers.
func TestOrder(t *testing.T) {
	files := map[string]string{}
	for i := 1; i <= 11; i++ {
		files[fmt.Sprintf("translate-ru-article-%d.json", i)] = strings.Replace(authoredRU, "Первый", fmt.Sprint("no ", i, "."), 1)
	}
	r := openRecordings(t, authored(t, files), true)
	for i := 1; i <= 11; i++ {
		got, err := r.Next(keyed("ru", fmt.Sprint(i), "s1", "s2"))
		if err != nil || !strings.Contains(got.Answer.Text, fmt.Sprint("no ", i, ".")) {
			t.Fatalf("%d: %+v, %v", i, got, err)
		}
	}
}

// The day of a recording is kept, in UTC and to the second, so that a replay
// can date what it makes; a folder that does not say it stays valid.
func TestRecordingsDate(t *testing.T) {
	ankara := time.FixedZone("+03", 3*60*60)
	tests := []struct {
		name  string
		date  time.Time
		file  string // what stands in it
		wants time.Time
	}{
		{"dated", time.Date(2026, 11, 22, 22, 5, 9, 123_000, ankara), `"date": "2026-11-22T19:05:09Z"`, time.Date(2026, 11, 22, 19, 5, 9, 0, time.UTC)},
		{"not dated", time.Time{}, "", time.Time{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "replies")
			made, err := llm.NewRecordings(dir, llm.RecordingsInfo{Model: "m", Provenance: llm.Live, Date: tt.date})
			if err != nil {
				t.Fatal(err)
			}
			b, err := os.ReadFile(filepath.Join(dir, llm.RecordingsFile))
			if err != nil || !strings.Contains(string(b), tt.file) || tt.file == "" && strings.Contains(string(b), `"date"`) {
				t.Errorf("%s, %v", b, err)
			}
			for _, r := range []*llm.Recordings{made, openRecordings(t, dir, false)} {
				if got := r.Info().Date; !got.Equal(tt.wants) || got.IsZero() != tt.date.IsZero() {
					t.Errorf("date %s", got)
				}
			}
		})
	}
	bad := t.TempDir()
	write(t, filepath.Join(bad, llm.RecordingsFile), `{"model":"m","provenance":"live","profile":{},"date":"yesterday"}`)
	if _, err := llm.OpenRecordings(bad, false); pipeline.CodeOf(err) != pipeline.Invalid {
		t.Errorf("a date that is none: %v", err)
	}
}
