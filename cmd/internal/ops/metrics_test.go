package ops_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"dragoman/cmd/internal/account"
	"dragoman/cmd/internal/ops"
	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
)

var noon = time.Date(2027, 3, 14, 12, 0, 0, 0, time.UTC)

func at() time.Time { return noon }

// firing is one that took a minute and a half.
func firing(schedule string) store.Firing {
	return store.Firing{
		Schedule: schedule, Due: noon, Cause: store.CauseDue, State: store.FiringDone, Run: "r-0123456789ab",
		Started: noon, Ended: noon.Add(90 * time.Second), Attempts: 1,
	}
}

// everything tells of one event of each sort.
func everything(e *ops.Events, schedule string) {
	f := firing(schedule)
	d := store.Delivery{ID: "msg_1", Document: "a1", Sink: "cms", State: store.DeliveryPending, Headline: article, Reason: article, Next: noon}
	dead := d
	dead.State = store.DeliveryDead
	e.FiringStarted(f)
	e.SourceRead(schedule, account.Source{Name: "https://u:p@feeds.test/a.xml?key=h1dden", Offered: 9, New: 2, Changed: 1, Known: 5, Problems: []string{article}}, noon)
	e.SourceFailed(schedule, "https://feeds.test/b.xml", errors.New(`reading "https://feeds.test/b.xml?key=h1dden": status 500`))
	call := ops.Call{Schedule: schedule, Run: f.Run, Document: "a1", Model: "large"}
	e.ModelCall(call, &pipeline.Step{Stage: "correct", Model: "large-2027", Sent: 2, Usage: pipeline.Usage{InputTokens: 100, OutputTokens: 40, Known: true}, Cost: &pipeline.Money{Micros: 1500, Currency: "USD"}, DurationMS: 1200})
	e.ModelCall(call, &pipeline.Step{Stage: "translate", Lang: "ru", Sent: 1, Usage: pipeline.Usage{InputTokens: 10, OutputTokens: 4}, Error: article})
	e.ModelCall(call, &pipeline.Step{Stage: "translate", Lang: "tr", Stored: true, Usage: pipeline.Usage{InputTokens: 7, OutputTokens: 7}})
	e.ModelCall(call, &pipeline.Step{Stage: "translate", Lang: "tr", Error: "stopped"})
	quoting := &pipeline.Error{Code: pipeline.BadOutput, Stage: "translate", Err: errors.New(article)}
	e.ArticleEnded(schedule, f.Run, "a1", store.DocFlagged, quoting)
	e.ArticleEnded(schedule, f.Run, "a2", store.DocDone, nil)
	e.JobEnded(f.Run, "a1", "failed", store.DocStopped)
	e.Delivered(schedule, d)
	e.DeliveryFailed(schedule, d, errors.New("https://cms.test answered 503 Service Unavailable"))
	e.DeliveryFailed(schedule, dead, errors.New("https://cms.test answered 410 Gone"))
	e.DeliveryHeld(schedule, d)
	e.DeliveryOverruled(schedule, d)
	e.FiringStopped(f, errors.Join(&pipeline.Error{Code: pipeline.Unavailable, Err: errors.New("no route to host")}, fmt.Errorf("wrapped: %w", quoting)))
	e.FiringSkipped(f)
	a := account.Account{Articles: map[store.DocState]int{store.DocDone: 1}, Exit: 1, Held: []account.Held{{Document: "a1", Reason: article}}, Problem: article}
	a.Pay(pipeline.Money{Micros: 1500, Currency: "USD"})
	e.FiringEnded(f, a)
	e.Trouble("state", &pipeline.Error{Code: pipeline.Unavailable, Err: errors.New("dial postgres://u:pa55word@db: refused")})
	e.Over("state")
}

// samples reads metrics back: name and labels, and the value.
func samples(t *testing.T, text string) map[string]float64 {
	t.Helper()
	line := regexp.MustCompile(`^([a-z_]+(?:\{(?:[a-z]+="(?:[^"\\]|\\["\\n])*",?)+\})?) ([-+.0-9eInf]+)$`)
	got := map[string]float64{}
	for _, l := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if strings.HasPrefix(l, "#") {
			continue
		}
		m := line.FindStringSubmatch(l)
		if m == nil {
			t.Errorf("no sample: %q", l)
			continue
		}
		if _, twice := got[m[1]]; twice {
			t.Errorf("twice: %s", m[1])
		}
		v, err := strconv.ParseFloat(m[2], 64)
		if err != nil {
			t.Errorf("%q: %v", l, err)
		}
		got[m[1]] = v
	}
	return got
}

func written(t *testing.T, m *ops.Metrics) string {
	t.Helper()
	var out bytes.Buffer
	if err := m.Write(&out); err != nil {
		t.Fatal(err)
	}
	problems, err := promlint.New(bytes.NewReader(out.Bytes())).Lint()
	if err != nil {
		t.Errorf("Prometheus cannot read it: %v", err)
	}
	for _, p := range problems {
		t.Errorf("promlint: %s: %s", p.Metric, p.Text)
	}
	return out.String()
}

func TestMetrics(t *testing.T) {
	m := ops.NewMetrics("1.2.3", at, func() int64 { return 7 })
	everything(&ops.Events{Metrics: m}, "world-desk")
	m.NextDue("world-desk", noon.Add(time.Hour))
	m.Deliveries("world-desk", "cms", 3, 2, 1)
	m.Expect("idle", []string{"site"}, []string{"https://feeds.test/c.xml"})
	got := samples(t, written(t, m))
	shown := account.SourceName("https://u:p@feeds.test/a.xml?key=h1dden")
	for name, want := range map[string]float64{
		`dragoman_build_info{version="1.2.3",goversion="` + runtime.Version() + `"}`:                           1,
		`dragoman_firings_total{schedule="world-desk",outcome="flagged"}`:                                      1,
		`dragoman_firings_total{schedule="world-desk",outcome="stopped"}`:                                      1,
		`dragoman_firings_total{schedule="world-desk",outcome="skipped"}`:                                      1,
		`dragoman_firings_total{schedule="idle",outcome="failed"}`:                                             0,
		`dragoman_firing_duration_seconds_bucket{schedule="world-desk",le="60"}`:                               0,
		`dragoman_firing_duration_seconds_bucket{schedule="world-desk",le="180"}`:                              1,
		`dragoman_firing_duration_seconds_bucket{schedule="world-desk",le="+Inf"}`:                             1,
		`dragoman_firing_duration_seconds_sum{schedule="world-desk"}`:                                          90,
		`dragoman_firing_duration_seconds_count{schedule="world-desk"}`:                                        1,
		`dragoman_schedule_last_success_timestamp_seconds{schedule="world-desk"}`:                              float64(noon.Unix() + 90),
		`dragoman_schedule_next_due_timestamp_seconds{schedule="world-desk"}`:                                  float64(noon.Unix() + 3600),
		`dragoman_source_reads_total{schedule="world-desk",source="` + shown + `",result="ok"}`:                1,
		`dragoman_source_reads_total{schedule="world-desk",source="https://feeds.test/b.xml",result="failed"}`: 1,
		`dragoman_source_reads_total{schedule="idle",source="https://feeds.test/c.xml",result="ok"}`:           0,
		`dragoman_source_last_success_timestamp_seconds{schedule="world-desk",source="` + shown + `"}`:         float64(noon.Unix()),
		`dragoman_entries_total{schedule="world-desk",kind="new"}`:                                             2,
		`dragoman_entries_total{schedule="world-desk",kind="known"}`:                                           5,
		`dragoman_articles_total{schedule="world-desk",state="flagged"}`:                                       1,
		`dragoman_articles_total{schedule="idle",state="failed"}`:                                              0,
		`dragoman_model_calls_total{model="large",result="ok"}`:                                                1,
		`dragoman_model_calls_total{model="large",result="unusable"}`:                                          1,
		`dragoman_model_calls_total{model="large",result="stored"}`:                                            1,
		`dragoman_model_calls_total{model="large",result="unsent"}`:                                            1,
		`dragoman_tokens_total{model="large",direction="input"}`:                                               110,
		`dragoman_tokens_total{model="large",direction="output"}`:                                              44,
		`dragoman_cost_total{model="large",currency="USD"}`:                                                    0.0015,
		`dragoman_unpriced_calls_total{model="large"}`:                                                         1,
		`dragoman_deliveries_total{schedule="world-desk",sink="cms",result="delivered"}`:                       1,
		`dragoman_deliveries_total{schedule="world-desk",sink="cms",result="not_taken"}`:                       1,
		`dragoman_deliveries_total{schedule="world-desk",sink="cms",result="dead"}`:                            1,
		`dragoman_deliveries_total{schedule="world-desk",sink="cms",result="held"}`:                            1,
		`dragoman_deliveries_total{schedule="idle",sink="site",result="dead"}`:                                 0,
		`dragoman_deliveries_held{schedule="world-desk",sink="cms"}`:                                           3,
		`dragoman_deliveries_pending{schedule="world-desk",sink="cms"}`:                                        2,
		`dragoman_deliveries_dead{schedule="world-desk",sink="cms"}`:                                           1,
		`dragoman_trouble{what="state"}`:                                                                       0,
		`dragoman_log_lines_lost_total`:                                                                        7,
		`process_start_time_seconds`:                                                                           float64(noon.Unix()),
	} {
		if v, ok := got[name]; !ok || v != want {
			t.Errorf("%s is %v (there: %t), want %v", name, v, ok, want)
		}
	}
}

func TestMetricsOfTheProcess(t *testing.T) {
	got := samples(t, written(t, ops.NewMetrics("", time.Now, nil)))
	if got["go_goroutines"] < 1 || got["go_memstats_heap_alloc_bytes"] < 1000 {
		t.Errorf("%v", got)
	}
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("no /proc here")
	}
	if rss := got["process_resident_memory_bytes"]; rss < 1<<20 || rss > 1<<34 {
		t.Errorf("%v bytes in RAM", rss)
	}
	if got["process_open_fds"] < 3 || got["process_cpu_seconds_total"] < 0 || got["process_cpu_seconds_total"] > 3600 {
		t.Errorf("%v", got)
	}
}

func TestForgottenSchedules(t *testing.T) {
	m := ops.NewMetrics("", at, nil)
	e := &ops.Events{Metrics: m}
	everything(e, "gone")
	everything(e, "stays")
	m.NextDue("gone", noon)
	m.NextDue("stays", noon)
	m.NextDue("stays", time.Time{})
	m.Forget("gone")
	text := written(t, m)
	if strings.Contains(text, `"gone"`) || !strings.Contains(text, `schedule="stays"`) || strings.Contains(text, "next_due") {
		t.Error(text)
	}
}

func TestLabelsAreBounded(t *testing.T) {
	m := ops.NewMetrics("", at, nil)
	e := &ops.Events{Metrics: m}
	for i := range 3000 {
		e.ModelCall(ops.Call{Model: fmt.Sprint("m", i)}, &pipeline.Step{Sent: 1})
	}
	got := samples(t, written(t, m))
	n, sum := 0, 0.0
	for name, v := range got {
		if strings.HasPrefix(name, "dragoman_model_calls_total") {
			n++
			sum += v
		}
	}
	if n != 1001 || sum != 3000 || got[`dragoman_model_calls_total{model="other",result="other"}`] != 2000 {
		t.Errorf("%d series, %v calls", n, sum)
	}
}

func TestLabelsAreQuoted(t *testing.T) {
	m := ops.NewMetrics("", at, nil)
	e := &ops.Events{Metrics: m}
	for _, text := range nasty {
		e.Delivered(text, store.Delivery{Sink: text})
		e.SourceRead(text, account.Source{Name: text}, noon)
	}
	text := written(t, m)
	samples(t, text)
	if strings.ContainsAny(text, "\x1b\a\b\x00\u009b\u202e\u2028") {
		t.Error("a control character is in the metrics")
	}
}

func TestMetricsSideBySide(t *testing.T) {
	m := ops.NewMetrics("", at, nil)
	e := &ops.Events{Metrics: m, Log: slog.New(slog.DiscardHandler)}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 50 {
				everything(e, fmt.Sprint("s", i%2))
				_ = m.Write(io.Discard)
			}
		})
	}
	wg.Wait()
	got := samples(t, written(t, m))
	if v := got[`dragoman_firings_total{schedule="s0",outcome="flagged"}`]; v != 200 {
		t.Errorf("%v firings, want 200", v)
	}
}

func TestNobodyListens(t *testing.T) {
	var e *ops.Events
	everything(e, "x")
	everything(&ops.Events{}, "x")
	var m *ops.Metrics
	m.NextDue("x", noon)
	m.Deliveries("x", "y", 1, 2, 3)
	m.Expect("x", []string{"y"}, []string{"z"})
	m.Forget("x")
	if err := m.Write(io.Discard); err != nil {
		t.Error(err)
	}
}
