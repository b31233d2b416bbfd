package ops_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"dragoman/cmd/internal/ops"
	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
)

// article stands for the text of an article; none of it may be logged.
const article = "The minister resigned on Tuesday after the vote"

func logged(t *testing.T, tell func(e *ops.Events)) []map[string]any {
	t.Helper()
	var out bytes.Buffer
	tell(&ops.Events{Log: ops.Logger(&out, ops.FormatJSON, slog.LevelDebug)})
	var lines []map[string]any
	for _, l := range strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n") {
		var line map[string]any
		if err := json.Unmarshal([]byte(l), &line); err != nil {
			t.Fatalf("%q: %v", l, err)
		}
		lines = append(lines, line)
	}
	return lines
}

func TestEventsHoldNoText(t *testing.T) {
	for _, format := range []string{ops.FormatText, ops.FormatJSON} {
		var out bytes.Buffer
		m := ops.NewMetrics("", at, nil)
		everything(&ops.Events{Log: ops.Logger(&out, format, slog.LevelDebug), Metrics: m}, "world-desk")
		for _, part := range []string{"minister", "h1dden", "pa55word", "u:p@"} {
			if strings.Contains(out.String(), part) {
				t.Errorf("the log holds %q:\n%s", part, out.String())
			}
			if strings.Contains(written(t, m), part) {
				t.Errorf("the metrics hold %q", part)
			}
		}
	}
}

// TestEventsTakeNoText holds the promise of the package: what a method of
// Events takes is known, so a new one that takes a text is a new decision.
func TestEventsTakeNoText(t *testing.T) {
	names := map[string][]string{ // strings that a method takes
		"SourceRead": {"schedule"}, "SourceFailed": {"schedule", "source"}, "ArticleEnded": {"schedule", "run", "document"},
		"Delivered": {"schedule"}, "DeliveryFailed": {"schedule"}, "DeliveryHeld": {"schedule"}, "DeliveryOverruled": {"schedule"},
		"JobEnded": {"run", "document", "status"}, "Trouble": {"what"}, "Over": {"what"},
	}
	typ := reflect.TypeFor[*ops.Events]()
	for i := range typ.NumMethod() {
		m := typ.Method(i)
		texts := 0
		for j := 1; j < m.Type.NumIn(); j++ {
			switch in := m.Type.In(j); {
			case in.Kind() == reflect.String && in.PkgPath() == "":
				texts++
			case in.Kind() == reflect.Interface && in != reflect.TypeFor[error](), in.Kind() == reflect.Slice, in.Kind() == reflect.Map:
				t.Errorf("%s takes a %v, which can hold a text", m.Name, in)
			}
		}
		if texts != len(names[m.Name]) {
			t.Errorf("%s takes %d strings, known are %v", m.Name, texts, names[m.Name])
		}
	}
}

func TestFiringStarted(t *testing.T) {
	line := logged(t, func(e *ops.Events) { e.FiringStarted(firing("world-desk")) })[0]
	for k, want := range map[string]any{
		"msg": "firing started", "level": "INFO", "schedule": "world-desk", "due": "2027-03-14T12:00:00Z", "run": "r-0123456789ab", "cause": "due", "attempt": 1.0,
	} {
		if line[k] != want {
			t.Errorf("%s: %v, want %v", k, line[k], want)
		}
	}
}

func TestModelCallsHaveTheNamesOfTheConvention(t *testing.T) {
	step := &pipeline.Step{
		Stage: "translate", Lang: "ru", Model: "large-2027", Prompt: "translate@3", Sent: 2, DurationMS: 1500,
		Usage: pipeline.Usage{InputTokens: 10, OutputTokens: 5, CachedTokens: 3}, Cost: &pipeline.Money{Micros: 1500, Currency: "USD"},
	}
	line := logged(t, func(e *ops.Events) {
		e.ModelCall(ops.Call{Schedule: "s", Run: "r", Document: "d", Model: "large"}, step)
	})[0]
	for k, want := range map[string]any{
		"level": "DEBUG", "gen_ai.operation.name": "chat", "gen_ai.request.model": "large", "gen_ai.response.model": "large-2027",
		"gen_ai.usage.input_tokens": 10.0, "gen_ai.usage.output_tokens": 5.0, "gen_ai.usage.cache_read.input_tokens": 3.0,
		"gen_ai.prompt.name": "translate@3", "stage": "translate", "document": "d", "run": "r", "seconds": 1.5, "cost": "0.0015 USD", "result": "ok",
	} {
		if line[k] != want {
			t.Errorf("%s: %v, want %v", k, line[k], want)
		}
	}
}

func TestWordsOfErrors(t *testing.T) {
	long := strings.Repeat("ы", 400)
	for _, c := range []struct {
		err         error
		class, text string
	}{
		{errors.New("plain\nforged"), "other", `plain\nforged`},
		{errors.New(long), "other", strings.Repeat("ы", 148) + "…"},
		{&pipeline.Error{Code: pipeline.Unavailable, Stage: "state", Err: errors.New("refused")}, "unavailable", "state: refused"},
		{&pipeline.Error{Code: pipeline.RateLimit, Err: errors.New("slow down")}, "rateLimit", "slow down"},
		{&pipeline.Error{Code: pipeline.BadOutput, Err: errors.New(article)}, "badOutput", ""},
		{errors.Join(errors.New("x"), &pipeline.Error{Code: pipeline.Refused, Err: errors.New(article)}), "refused", ""},
		{errors.New("Get \"https://u:pw@h.test/f?k=1#x\": EOF"), "other", `Get "https://[redacted]@h.test/f": EOF`},
	} {
		line := logged(t, func(e *ops.Events) { e.Trouble("endpoint", c.err) })[0]
		got, _ := line["error"].(string)
		if got != c.text || line["error.type"] != c.class {
			t.Errorf("%.40v: %q, class %v; want %q, %s", c.err, got, line["error.type"], c.text, c.class)
		}
		if len(got) > ops.MaxError {
			t.Errorf("%d bytes", len(got))
		}
	}
}

func TestOutcomes(t *testing.T) {
	for exit, want := range map[int]ops.Outcome{0: ops.OutcomeDone, 1: ops.OutcomeFlagged, 2: ops.OutcomeFailed, 3: ops.OutcomeFailed, 4: ops.OutcomeFailed, 5: ops.OutcomeFailed, 75: ops.OutcomeFailed} {
		if got := ops.OutcomeOf(exit); got != want {
			t.Errorf("%d: %s, want %s", exit, got, want)
		}
	}
	line := logged(t, func(e *ops.Events) { e.ArticleEnded("s", "r", "d", store.DocFailed, errors.New(article)) })[0]
	if line["level"] != "WARN" || line["error.type"] != "other" || line["error"] != nil {
		t.Errorf("%v", line)
	}
}
