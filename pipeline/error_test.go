package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"dragoman/pipeline"
)

var codes = []pipeline.Code{
	pipeline.Invalid, pipeline.Auth, pipeline.RateLimit, pipeline.Quota, pipeline.Budget,
	pipeline.Refused, pipeline.Truncated, pipeline.BadOutput, pipeline.TooLong, pipeline.Unavailable,
}

func TestErrorSaysPlaceAndCause(t *testing.T) {
	cause := errors.New("401 bad key")
	for _, tc := range []struct {
		name string
		err  pipeline.Error
		want string
	}{
		{"all of it", pipeline.Error{Code: pipeline.Auth, Stage: "translate", Unit: "p1s2", Err: cause}, "translate: p1s2: 401 bad key"},
		{"no unit", pipeline.Error{Code: pipeline.Auth, Stage: "translate", Err: cause}, "translate: 401 bad key"},
		{"no stage", pipeline.Error{Code: pipeline.Invalid, Unit: "a.txt", Err: cause}, "a.txt: 401 bad key"},
		{"only a cause", pipeline.Error{Err: cause}, "401 bad key"},
		{"no cause", pipeline.Error{Code: pipeline.TooLong, Stage: "names"}, "names: tooLong"},
		{"the hint is not part of it", pipeline.Error{Code: pipeline.Quota, Hint: "pay"}, "quota"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := tc.err.Error(); got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
}

// The others may go away: another sentence may be answered, a cap of calls a
// minute passes, another file may be sound.
func TestWhichErrorsEndARun(t *testing.T) {
	ends := map[pipeline.Code]bool{pipeline.Auth: true, pipeline.Quota: true, pipeline.Budget: true, pipeline.Unavailable: true}
	for _, c := range codes {
		if got := (&pipeline.Error{Code: c}).RunFatal(); got != ends[c] {
			t.Errorf("%s: %v", c, got)
		}
	}
	if (&pipeline.Error{}).RunFatal() {
		t.Error("an error without a class ends the run")
	}
}

func TestCodeOfFindsTheClassWhereverItIs(t *testing.T) {
	inner := &pipeline.Error{Code: pipeline.Quota, Err: fs.ErrNotExist}
	for _, tc := range []struct {
		name string
		err  error
		want pipeline.Code
	}{
		{"nil", nil, ""},
		{"no class", errors.New("x"), ""},
		{"cancelled", context.Canceled, ""},
		{"itself", inner, pipeline.Quota},
		{"wrapped", fmt.Errorf("reading x: %w", inner), pipeline.Quota},
		{"joined behind another", errors.Join(errors.New("x"), inner), pipeline.Quota},
		{"the outer one counts", &pipeline.Error{Code: pipeline.Invalid, Err: inner}, pipeline.Invalid},
		{"joined: the first counts", errors.Join(&pipeline.Error{Code: pipeline.Auth}, inner), pipeline.Auth},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := pipeline.CodeOf(tc.err); got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
	if !errors.Is(fmt.Errorf("reading x: %w", inner), fs.ErrNotExist) {
		t.Error("the cause cannot be found")
	}
}

// The words are on the command line's JSON and in the ledger.
func TestCodesKeepTheirWords(t *testing.T) {
	want := []string{"invalid", "auth", "rateLimit", "quota", "budget", "refused", "truncated", "badOutput", "tooLong", "unavailable"}
	for i, c := range codes {
		if string(c) != want[i] {
			t.Errorf("%s, want %s", c, want[i])
		}
	}
}
