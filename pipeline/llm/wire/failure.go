package wire

import (
	"errors"
	"fmt"
	"time"

	"dragoman/pipeline"
)

// Failure is what is known about an attempt that gave no answer. It is wrapped
// by a [pipeline.Error]; find it with errors.As.
type Failure struct {
	Status    int           // HTTP status; 0 where no reply came
	Type      string        // the provider's type of error, or ""
	Code      string        // the provider's code, or ""
	Param     string        // the parameter the provider names, or ""
	Message   string        // what it said: at most 500 runes, no control characters, no keys
	RequestID string        // the provider's id of the request, or ""
	Wait      time.Duration // what the server asked us to wait; 0: nothing
	Attempts  int           // made for this request
	MaybePaid bool          // the provider may have worked, and charge for it
	Retryable bool          // another attempt may succeed
	Context   int           // tokens the model's context holds, where the server said so
	Prompt    int           // tokens of the prompt, where the server said so
	Err       error         // the cause, or nil

	echo bool // a 429 to an attempt that set out before the gate closed: nothing new
}

// Error says what happened, in one line.
func (f *Failure) Error() string {
	s := f.Message
	if s == "" && f.Err != nil {
		s = f.Err.Error()
	}
	if f.Status != 0 {
		s = fmt.Sprintf("status %d: %s", f.Status, s)
	}
	if f.Attempts > 1 {
		s = fmt.Sprintf("%s (after %d attempts)", s, f.Attempts)
	}
	return s
}

// Unwrap gives the cause.
func (f *Failure) Unwrap() error { return f.Err }

func failureOf(err error) *Failure {
	f, _ := errors.AsType[*Failure](err)
	return f
}

// fail makes the typed error of a failure.
func fail(code pipeline.Code, hint string, f *Failure) error {
	return &pipeline.Error{Code: code, Hint: hint, Err: f}
}
