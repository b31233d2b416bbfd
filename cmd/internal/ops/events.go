package ops

import (
	"context"
	"log/slog"
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
	AttrDue      = "due" // the logical time of a firing, RFC 3339
	AttrDocument = "document"
	AttrStage    = "stage"
	AttrSource   = "source" // its address without user and query, or its path
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
// nil Events tells nobody. Its methods never block on anything but the writer
// of the log, see [NewBuffer].
type Events struct {
	Log     *slog.Logger
	Metrics *Metrics
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

// FiringStarted is told when a process takes a firing on.
func (e *Events) FiringStarted(f store.Firing) {}

// FiringStopped is told when a firing is left open, to go on later.
func (e *Events) FiringStopped(f store.Firing, err error) {}

// FiringSkipped is told of a firing that is not run.
func (e *Events) FiringSkipped(f store.Firing) {}

// FiringEnded is told when a firing has come to its end.
func (e *Events) FiringEnded(f store.Firing, a account.Account) {}

// SourceRead is told of a source that answered, with nothing new or with something.
func (e *Events) SourceRead(schedule string, s account.Source, at time.Time) {}

// SourceFailed is told of a source that could not be read.
func (e *Events) SourceFailed(schedule, source string, err error) {}

// ModelCall is told of a call that was sent, or answered from what is stored.
func (e *Events) ModelCall(schedule, run, document string, s *pipeline.Step) {}

// ArticleEnded is told what became of an article. Of err only the class is told.
func (e *Events) ArticleEnded(schedule, run, document string, state store.DocState, err error) {}

// Delivered is told of a delivery that a sink has taken.
func (e *Events) Delivered(schedule string, d store.Delivery) {}

// DeliveryFailed is told of a try that a sink did not take; it is tried again,
// unless the delivery is dead.
func (e *Events) DeliveryFailed(schedule string, d store.Delivery, err error) {}

// DeliveryHeld is told of a delivery that waits for a person.
func (e *Events) DeliveryHeld(schedule string, d store.Delivery) {}

// Trouble is told of the state or the endpoint not answering; what is doing
// what, such as "reading the schedules". Over is told once it answers again.
func (e *Events) Trouble(what string, err error) {}

// Over is told when what Trouble told of is over.
func (e *Events) Over(what string) {}

var _ = context.Background
