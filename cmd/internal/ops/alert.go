package ops

import (
	"context"
	"net/http"
	"time"

	"dragoman/cmd/internal/account"
	"dragoman/cmd/internal/store"
	"dragoman/cmd/internal/webhook"
	"dragoman/pipeline/llm"
)

// PingKind is what a ping tells.
type PingKind string

// The kinds of ping.
const (
	PingStart   PingKind = "start"
	PingSuccess PingKind = "success"
	PingFail    PingKind = "fail"
)

// Alerter tells others how firings go. Who cannot be told never fails the work:
// it is logged and counted.
type Alerter struct {
	Events *Events
	Client *http.Client // nil: one of package webhook, with a limit of 5 s a try
	Now    func() time.Time
	Sleep  func(ctx context.Context, d time.Duration) error // between tries; nil waits
}

// Ping tells a service in the manner of Healthchecks of the start or the end of
// a firing; body is the line of its account.
func (a *Alerter) Ping(ctx context.Context, address llm.Secret, kind PingKind, f store.Firing, body string) {
}

// Hook is who is told of conditions.
type Hook struct {
	Address llm.Secret
	Secret  webhook.Secret // unset: unsigned
}

// Raise posts conditions, one message for each type, and gives those that were
// taken. What was not is left out of what the caller keeps, so that the next
// firing tells it. The same conditions of the same firing have the same id.
func (a *Alerter) Raise(ctx context.Context, h Hook, f store.Firing, raised []account.Condition) (told []account.Condition) {
	return nil
}
