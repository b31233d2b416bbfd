package pipeline

import (
	"errors"
	"strings"
)

// Code is the class of an error: what a caller can do about it.
type Code string

// The classes of error.
const (
	Invalid     Code = "invalid"     // the input or the configuration is wrong; mend it
	Auth        Code = "auth"        // the endpoint refuses the key; nothing else will answer
	RateLimit   Code = "rateLimit"   // asked too fast, and the retries are spent
	Quota       Code = "quota"       // the account has no money or no allowance left
	Budget      Code = "budget"      // our own cap is reached
	Refused     Code = "refused"     // the model or the provider's filter will not answer
	Truncated   Code = "truncated"   // the answer was cut
	BadOutput   Code = "badOutput"   // an answer, but not one we can use
	TooLong     Code = "tooLong"     // more than the model's context holds
	Unavailable Code = "unavailable" // the endpoint or the store does not answer
)

// Error is an error that knows its class, its place, and what to do.
type Error struct {
	Code  Code
	Stage string // the stage that met it, or ""
	Unit  string // the sentence or file it is about, or ""
	Hint  string // the remedy, in one line
	Err   error
}

// Error gives the place and the cause.
func (e *Error) Error() string {
	var b strings.Builder
	for _, p := range []string{e.Stage, e.Unit} {
		if p != "" {
			b.WriteString(p)
			b.WriteString(": ")
		}
	}
	if e.Err != nil {
		b.WriteString(e.Err.Error())
	} else {
		b.WriteString(string(e.Code))
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// RunFatal reports whether nothing else in this run can succeed either: stop
// issuing calls, keep what there is, and end resumable.
func (e *Error) RunFatal() bool {
	switch e.Code {
	case Auth, Quota, Budget, Unavailable:
		return true
	}
	return false
}

// CodeOf is the class of an error, or "" where it has none.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return ""
}
