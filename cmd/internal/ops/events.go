package ops

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"dragoman/cmd/internal/account"
	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
)

// Names of attributes in the log. Those of model calls are OpenTelemetry's for
// generative AI, whose Go module no longer has them as constants.
const (
	AttrRun      = "run"
	AttrSchedule = "schedule"
	AttrDue      = "due" // the logical time of a firing
	AttrDocument = "document"
	AttrStage    = "stage"
	AttrSource   = "source" // as account.SourceName shows it
	AttrSink     = "sink"
	AttrDelivery = "delivery"
	AttrState    = "state"
	AttrError    = "error"
	AttrSeconds  = "seconds"

	AttrOperation    = "gen_ai.operation.name"
	AttrModel        = "gen_ai.request.model"
	AttrAnswered     = "gen_ai.response.model"
	AttrInputTokens  = "gen_ai.usage.input_tokens"
	AttrOutputTokens = "gen_ai.usage.output_tokens"
	AttrCachedTokens = "gen_ai.usage.cache_read.input_tokens"
	AttrPrompt       = "gen_ai.prompt.name" // id@version
)

// Events tells the log and the metrics what happens. Either may be nil, and a
// nil Events tells nobody; the log is one of [Logger]. Its methods may be called from any goroutine, and
// wait for nothing but the writer of the log, see [NewBuffer].
type Events struct {
	Log     *slog.Logger
	Metrics *Metrics
	Brief   bool // what the account of a firing says is not logged: the account is printed
}

// Outcome is how a firing ended, for metrics.
type Outcome string

// The outcomes.
const (
	OutcomeDone    Outcome = "done"    // nothing is wrong
	OutcomeFlagged Outcome = "flagged" // exit code 1: something waits for a person
	OutcomeFailed  Outcome = "failed"  // any other exit code
	OutcomeStopped Outcome = "stopped" // it goes on later
	OutcomeSkipped Outcome = "skipped" // by policy
)

var outcomes = []Outcome{OutcomeDone, OutcomeFlagged, OutcomeFailed, OutcomeStopped, OutcomeSkipped}

// OutcomeOf is the outcome of a firing that ended with this exit code.
func OutcomeOf(exit int) Outcome {
	switch exit {
	case 0:
		return OutcomeDone
	case 1:
		return OutcomeFlagged
	}
	return OutcomeFailed
}

// log writes one event; nothing but this writes to the log here.
func (e *Events) log(level slog.Level, message string, attrs ...slog.Attr) {
	if e != nil && e.Log != nil {
		e.Log.LogAttrs(context.Background(), level, message, attrs...)
	}
}

// accounted writes an event that the account of its firing tells too.
func (e *Events) accounted(level slog.Level, message string, attrs ...slog.Attr) {
	if e != nil && !e.Brief {
		e.log(level, message, attrs...)
	}
}

// metrics are those of e, or nil, which counts nothing.
func (e *Events) metrics() *Metrics {
	if e == nil {
		return nil
	}
	return e.Metrics
}

func ofFiring(f store.Firing, more ...slog.Attr) []slog.Attr {
	attrs := []slog.Attr{slog.String(AttrSchedule, f.Schedule), slog.Time(AttrDue, f.Due.UTC())}
	if f.Run != "" {
		attrs = append(attrs, slog.String(AttrRun, f.Run))
	}
	return append(attrs, more...)
}

// FiringStarted is told when a process takes a firing on.
func (e *Events) FiringStarted(f store.Firing) {
	e.log(slog.LevelInfo, "firing started", ofFiring(f, slog.String("cause", string(f.Cause)), slog.Int("attempt", f.Attempts))...)
}

// FiringStopped is told when a firing is left open, to go on later.
func (e *Events) FiringStopped(f store.Firing, err error) {
	e.accounted(slog.LevelWarn, "firing stopped, and goes on later", ofFiring(f, class(err), ofRun(err))...)
	e.metrics().firing(f.Schedule, OutcomeStopped, 0, time.Time{})
}

// FiringSkipped is told of a firing that is not run.
func (e *Events) FiringSkipped(f store.Firing) {
	e.log(slog.LevelInfo, "firing skipped", ofFiring(f, slog.String("reason", f.Reason))...)
	e.metrics().firing(f.Schedule, OutcomeSkipped, 0, time.Time{})
}

// FiringEnded is told when a firing has come to its end; f has its times.
func (e *Events) FiringEnded(f store.Firing, a account.Account) {
	took := f.Ended.Sub(f.Started)
	level := slog.LevelInfo
	if OutcomeOf(a.Exit) == OutcomeFailed {
		level = slog.LevelError
	}
	attrs := ofFiring(
		f, slog.Int("exit", a.Exit), slog.Float64(AttrSeconds, took.Seconds()), slog.Int("sources", len(a.Sources)),
		slog.Int("articles", a.Taken()), slog.Int("held", len(a.Held)), slog.Int("calls", a.Calls), slog.Int("stored", a.Stored),
		slog.Int(AttrInputTokens, a.Usage.InputTokens), slog.Int(AttrOutputTokens, a.Usage.OutputTokens),
	)
	for _, m := range a.Cost {
		attrs = append(attrs, slog.String("cost", m.String()))
	}
	e.accounted(level, "firing ended", attrs...)
	e.metrics().firing(f.Schedule, OutcomeOf(a.Exit), took, f.Ended)
}

// SourceRead is told of a source that answered, with something new or nothing.
func (e *Events) SourceRead(schedule string, s account.Source, at time.Time) {
	name := account.SourceName(s.Name)
	e.log(
		slog.LevelInfo, "source read", slog.String(AttrSchedule, schedule), slog.String(AttrSource, name), slog.Int("offered", s.Offered),
		slog.Int("new", s.New), slog.Int("changed", s.Changed), slog.Int("known", s.Known), slog.Int("problems", len(s.Problems)),
	)
	e.metrics().source(schedule, name, true, at, map[string]int{
		"new": s.New, "changed": s.Changed, "known": s.Known, "problem": len(s.Problems),
	})
}

// SourceFailed is told of a source that could not be read.
func (e *Events) SourceFailed(schedule, source string, err error) {
	name := account.SourceName(source)
	e.accounted(slog.LevelWarn, "source not read", slog.String(AttrSchedule, schedule), slog.String(AttrSource, name), reason(err))
	e.metrics().source(schedule, name, false, time.Time{}, nil)
}

// Call names a question to a model.
type Call struct {
	Schedule, Run, Document string
	Model                   string // asked for, by the configuration
}

// ModelCall is told of a call that was sent, or answered from what is stored.
// Why an answer was not usable is not told: that may quote it.
func (e *Events) ModelCall(c Call, s *pipeline.Step) {
	result := resultOK
	switch {
	case s.Stored:
		result = resultStored
	case s.Sent == 0:
		result = resultUnsent
	case s.Error != "":
		result = resultUnusable
	}
	attrs := []slog.Attr{
		slog.String(AttrSchedule, c.Schedule), slog.String(AttrRun, c.Run), slog.String(AttrDocument, c.Document),
		slog.String(AttrStage, s.Stage), slog.String("lang", s.Lang), slog.String("result", result), slog.String(AttrOperation, "chat"),
		slog.String(AttrModel, c.Model), slog.String(AttrAnswered, s.Model), slog.String(AttrPrompt, s.Prompt),
		slog.Int(AttrInputTokens, s.Usage.InputTokens), slog.Int(AttrOutputTokens, s.Usage.OutputTokens),
		slog.Int(AttrCachedTokens, s.Usage.CachedTokens), slog.Int("sent", s.Sent), slog.Float64(AttrSeconds, float64(s.DurationMS)/1000),
	}
	if s.Cost != nil {
		attrs = append(attrs, slog.String("cost", s.Cost.String()))
	}
	e.log(slog.LevelDebug, "model asked", attrs...)
	e.metrics().call(c.Model, result, s)
}

// ArticleEnded is told what became of an article. Of err only the class is
// told, as its words may quote the article.
func (e *Events) ArticleEnded(schedule, run, document string, state store.DocState, err error) {
	level := slog.LevelInfo
	if state != store.DocDone {
		level = slog.LevelWarn
	}
	attrs := []slog.Attr{
		slog.String(AttrSchedule, schedule), slog.String(AttrRun, run), slog.String(AttrDocument, document), slog.String(AttrState, string(state)),
	}
	if err != nil {
		attrs = append(attrs, class(err))
	}
	e.accounted(level, "article ended", attrs...)
	if m := e.metrics(); m != nil {
		m.step(m.articles, schedule, string(state))
	}
}

// JobEnded is told how a job of the engine ended: its status, and the state of
// its article where it has one. Why is in the state, as it may quote the article.
func (e *Events) JobEnded(run, document, status string, state store.DocState) {
	level := slog.LevelInfo
	if state != store.DocDone {
		level = slog.LevelWarn
	}
	e.log(level, "job ended", slog.String(AttrRun, run), slog.String(AttrDocument, document), slog.String("status", status), slog.String(AttrState, string(state)))
}

// ofRun is the text of an error about a run as a whole. Where a part of it is
// about an article, or about what a model answered, it has none.
func ofRun(err error) slog.Attr {
	if quotes(err) {
		return slog.Attr{}
	}
	return reason(err)
}

// quotes reports whether an error may quote an article or an answer.
func quotes(err error) bool {
	if e, ok := err.(*pipeline.Error); ok && !e.RunFatal() && e.Code != pipeline.RateLimit {
		return true
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		return quotes(e.Unwrap())
	case interface{ Unwrap() []error }:
		return slices.ContainsFunc(e.Unwrap(), quotes)
	}
	return false
}

// class is the class of an error, without its words.
func class(err error) slog.Attr {
	code := string(pipeline.CodeOf(err))
	if code == "" && err != nil {
		code = "other"
	}
	return slog.String("error.type", code)
}
