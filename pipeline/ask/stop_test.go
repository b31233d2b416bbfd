package ask

import (
	"context"
	"errors"
	"testing"

	"dragoman/pipeline"
	"dragoman/pipeline/reuse"
)

// Once the run is stopped no call is made; what a call in flight brings is
// taken all the same.
func TestStopHearsOutAndAsksNoMore(t *testing.T) {
	stop := make(chan struct{})
	m := &model{answer: func(text string, _ int) string {
		close(stop) // while the first call is under way
		return "BAD " + text
	}}
	a := &Asker{Client: m, Model: "m", Reuse: reuse.None{}, Stop: stop}
	answers, err := Keyed(context.Background(), a, question(t, "one"))
	if !errors.Is(err, context.Canceled) || !Fatal(err) {
		t.Errorf("got the error %v", err)
	}
	if typed, ok := errors.AsType[*pipeline.Error](err); !ok || typed.RunFatal() {
		t.Errorf("got %#v", err)
	}
	if len(m.calls) != 1 || len(a.Steps()) != 1 {
		t.Errorf("%d calls, %d steps", len(m.calls), len(a.Steps()))
	}
	if got := answers["p1s1"]; got.OK || !got.Given {
		t.Errorf("the answer in flight was lost: %+v", got)
	}
	if _, err := Keyed(context.Background(), a, question(t, "two")); !errors.Is(err, context.Canceled) || len(m.calls) != 1 {
		t.Errorf("asked after the stop: %v, %d calls", err, len(m.calls))
	}
}
