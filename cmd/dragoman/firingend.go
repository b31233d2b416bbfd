package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"dragoman/cmd/internal/account"
	"dragoman/cmd/internal/ops"
	"dragoman/cmd/internal/sink"
	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/openai"
	"dragoman/pipeline/llm/wire"
)

// How long a firing waits for an endpoint that is away: as long again as it has
// been away, since most outages are a server that starts again, between these.
// With what was in flight when it went away, and that is tried four times, an
// hour sees no more requests than minutes.
const (
	awayFirst = time.Minute
	awayMost  = 5 * time.Minute
	awayProbe = time.Minute // bounds the request by which is looked: a model may have to be loaded
)

// endpoints is the collection under which it is kept that an endpoint is away,
// so that all processes on one state know, and one of them asks whether it is
// back.
const endpoints = "endpoints"

// outage reports whether what ended the work passes by itself, or by the hand of
// an operator, and nothing of the article is to blame.
func outage(err error) bool {
	switch pipeline.CodeOf(err) {
	case pipeline.Unavailable, pipeline.RateLimit, pipeline.Auth:
		return true
	}
	return false
}

// away notes that the endpoint is away, and says when it is asked again.
func (t *firing) away(ctx context.Context) (time.Duration, error) {
	done, err := t.alone(ctx)
	if err != nil {
		return 0, err
	}
	defer done()
	s, _, err := t.st.Sources.Load(ctx, endpoints, t.endpoint())
	if err != nil {
		return 0, err
	}
	now := t.env.now()
	s.Collection, s.Name = endpoints, t.endpoint()
	if s.Failing.IsZero() {
		s.Failing = now
	}
	s.NotBefore, s.Looked, s.Failure = now.Add(awayFirst), now, t.account.Problem
	return awayFirst, t.st.Sources.Save(ctx, s)
}

// alone keeps all others, in every process, from changing what is kept of the
// endpoint until done is called.
func (t *firing) alone(ctx context.Context) (done func(), err error) {
	lock, err := waitForLock(ctx, t.st.Locks, endpoints+"/"+t.endpoint(), shortWait, 0)
	if err != nil {
		return nil, err
	}
	return func() { _ = lock.Close() }, nil // it held nothing but others up
}

// waitForLock takes a lock, for which it asks every so often; nil where it has
// waited for so long (0: for ever).
func waitForLock(ctx context.Context, locks store.Locks, name string, every, most time.Duration) (store.Lock, error) {
	for waited := time.Duration(0); ; waited += every {
		lock, err := locks.Try(ctx, name)
		if lock != nil || err != nil || most > 0 && waited >= most {
			return lock, err
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(every):
		}
	}
}

// shortWait is for somebody who reads and writes one row.
const shortWait = 20 * time.Millisecond

// endpoint is the name under which it is kept.
func (t *firing) endpoint() string { return strings.TrimRight(t.cfg.BaseURL, "/") }

// answering looks whether an endpoint that was away is back, with one request,
// and no more often than [awayFirst] over all processes.
func (t *firing) answering(ctx context.Context) (again time.Duration, err error) {
	s, again, err := t.waitsFor(ctx)
	if err != nil || again > 0 || s.Failing.IsZero() {
		return again, err
	}
	lock, err := t.st.Locks.Try(ctx, endpoints+"/"+t.endpoint())
	if err != nil {
		return 0, err
	}
	if lock == nil { // another schedule asks just now
		t.problem(stillAway(s))
		return awayFirst, nil
	}
	defer func() { err = closing(err, lock.Close) }()
	if s, again, err = t.waitsFor(ctx); err != nil || again > 0 || s.Failing.IsZero() {
		return again, err // another has asked meanwhile
	}
	now := t.env.now()
	wait := min(max(now.Sub(s.Failing), awayFirst), awayMost)
	s.NotBefore, s.Looked = now.Add(wait), now
	if err := t.st.Sources.Save(ctx, s); err != nil { // first: the others wait
		return 0, err
	}
	if err := t.probe(ctx); err != nil {
		t.problem(err)
		return wait, nil
	}
	s.Failing, s.NotBefore, s.Failure = time.Time{}, time.Time{}, ""
	return 0, t.st.Sources.Save(ctx, s)
}

// probe asks for one word: many an endpoint lists its models, or has no such
// list, whether or not its models answer. Any answer that no outage gives counts,
// also that the question is not liked. It is outside of caps and accounts, which
// count articles.
func (t *firing) probe(ctx context.Context) error {
	model, err := modelOf(ctx, t.cfg)
	if err == nil {
		ctx, cancel := context.WithTimeout(ctx, awayProbe)
		defer cancel()
		settings := at(t.cfg)
		settings.Model = model
		settings.HTTP = wire.New(wire.Config{
			Network: t.patient.network(wire.Network()), Ledger: llm.NewMemory(), Secret: t.cfg.APIKey, Attempts: 1, Concurrency: 1, Now: t.env.now,
		})
		client, newErr := openai.New(settings)
		if newErr != nil {
			return newErr
		}
		_, err = client.Complete(ctx, &llm.Request{Messages: []llm.Message{{Role: "user", Content: "Say yes."}}, MaxTokens: probeTokens})
	}
	if outage(err) {
		return err
	}
	t.health.Of(t.endpoint(), model).Back()
	return nil
}

// probeTokens bounds the answer to a probe.
const probeTokens = 16

// waitsFor is what is kept of the endpoint, and how long it is not to be asked;
// it is away while Failing is set.
func (t *firing) waitsFor(ctx context.Context) (s store.Source, wait time.Duration, err error) {
	s, known, err := t.st.Sources.Load(ctx, endpoints, t.endpoint())
	if err != nil || !known || s.Failing.IsZero() {
		return store.Source{}, 0, err
	}
	if wait = max(s.NotBefore.Sub(t.env.now()), 0); wait > awayMost {
		wait = 0 // of a clock that was ahead
	}
	if wait > 0 {
		t.problem(stillAway(s))
	}
	return s, wait, nil
}

func stillAway(s store.Source) error {
	return &pipeline.Error{Code: pipeline.Unavailable, Err: fmt.Errorf("the endpoint has been away since %s: %s", s.Failing.UTC().Format(time.RFC3339), s.Failure)}
}

// settle makes the account whole, and tells of it: ping, alerts, log, metrics.
func (t *firing) settle(ctx context.Context, again time.Duration) error {
	if err := t.count(ctx); err != nil {
		return err
	}
	now, err := t.conditions(ctx)
	if err != nil {
		return err
	}
	raised, cleared := account.Changes(t.before, now)
	t.alerter().Began(t.row, raised)
	t.alerter().Cleared(t.row, cleared)
	t.account.Conditions = account.Carried(t.before, now)
	t.tell(ctx, raised)
	t.account.Exit = t.exitOf()
	if again > 0 {
		if t.row.Attempts == 1 {
			t.pingEnded(ctx, ops.PingFail) // once; the end of the outage is told by success
		}
		return nil
	}
	f := t.row
	f.State, f.Ended = store.FiringDone, t.env.now()
	t.events.FiringEnded(f, t.account)
	kind := ops.PingSuccess
	if t.account.Exit > 1 {
		kind = ops.PingFail
	}
	t.pingEnded(ctx, kind)
	return nil
}

// tell posts what the webhook of alerts, if there is one, has not taken yet, also
// what an earlier firing met, and keeps what it does not take now either.
func (t *firing) tell(ctx context.Context, raised []account.Condition) {
	kept := t.account.Conditions
	account.Mark(kept, raised, true)
	var untold []account.Condition
	for _, c := range kept {
		if c.Untold {
			untold = append(untold, c)
		}
	}
	if len(untold) == 0 {
		return
	}
	secret, err := sink.Secret(t.spec.Alerts.SecretFile, t.spec.Alerts.SecretEnv, sink.Options{Getenv: t.getenv})
	if err != nil {
		t.say("alerts: " + err.Error())
		return
	}
	account.Mark(kept, t.alerter().Raise(ctx, ops.Hook{Address: llm.NewSecret(t.spec.Alerts.Webhook), Secret: secret}, t.row, untold), false)
}

// pingBegun pings that the firing begins, which holds nothing up.
func (t *firing) pingBegun(ctx context.Context) {
	if address := t.pingAddress(); address.Set() {
		t.pinger = t.alerter().Begin(ctx, address, t.row)
	}
}

// pingEnded pings how the firing ended, once the ping of its beginning is out.
func (t *firing) pingEnded(ctx context.Context, kind ops.PingKind) {
	if t.pinger != nil {
		t.pinger.End(ctx, kind, t.account.Line())
		return
	}
	t.alerter().Ping(ctx, t.pingAddress(), kind, t.row, t.account.Line()) // an earlier try pinged its beginning
}

// pingAddress is the address for pings, not set where there is none.
func (t *firing) pingAddress() llm.Secret {
	address := t.spec.Alerts.Ping
	if file := t.spec.Alerts.PingFile; file != "" {
		b, err := os.ReadFile(file)
		if err != nil {
			t.say("ping: " + err.Error())
			return llm.Secret{}
		}
		address = string(b)
	}
	return llm.NewSecret(address)
}

// alerter tells others how the firing goes.
func (t *firing) alerter() *ops.Alerter { return &ops.Alerter{Events: t.events, Now: t.env.now} }
