package ops

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"dragoman/cmd/internal/account"
	"dragoman/cmd/internal/store"
	"dragoman/cmd/internal/term"
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
	Client *http.Client // nil: one of package webhook, with 5 s for a try
	Now    func() time.Time
	Sleep  func(ctx context.Context, d time.Duration) error // between tries; nil waits by the clock
}

const (
	tryTime  = 5 * time.Second
	maxBody  = 10_000 // bytes of a ping; Healthchecks keeps no more
	maxNamed = 100    // conditions in one alert
)

// waits are between the three tries.
var waits = []time.Duration{time.Second, 3 * time.Second}

// Ping tells a service in the manner of Healthchecks of the start or the end of
// a firing: address/start, address, address/fail, each with the same ?rid= for
// the same firing. Body is the line of its account, and what else a person
// should read. It takes 20 s at most; Begin does not wait for it.
func (a *Alerter) Ping(ctx context.Context, address llm.Secret, kind PingKind, f store.Firing, body string) {
	if !address.Set() {
		return
	}
	target, err := pingAddress(address.Reveal(), kind, f)
	if err == nil {
		header := http.Header{"Content-Type": {"text/plain; charset=utf-8"}}
		text := cut(hide(strings.ToValidUTF8(body, "\uFFFD")), maxBody)
		err = a.post(ctx, target, func() (http.Header, error) { return header, nil }, []byte(text))
	}
	a.told("ping_"+string(kind), f.Schedule, err)
}

// Pinger pings for one firing.
type Pinger struct {
	a       *Alerter
	address llm.Secret
	f       store.Firing
	started chan struct{}
}

// Begin pings that a firing starts, and does not wait for it.
func (a *Alerter) Begin(ctx context.Context, address llm.Secret, f store.Firing) *Pinger {
	p := &Pinger{a, address, f, make(chan struct{})}
	go func() {
		defer close(p.started)
		a.Ping(ctx, address, PingStart, f, "")
	}()
	return p
}

// End pings that the firing has ended, once the ping of its start is out.
func (p *Pinger) End(ctx context.Context, kind PingKind, body string) {
	select {
	case <-p.started:
	case <-ctx.Done():
	}
	p.a.Ping(ctx, p.address, kind, p.f, body)
}

// pingAddress is the address for a kind of ping, with the firing's id.
func pingAddress(address string, kind PingKind, f store.Firing) (string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", errors.New("the address for pings is no http or https address")
	}
	u.Path = strings.TrimRight(u.Path, "/")
	u.RawPath = strings.TrimRight(u.RawPath, "/")
	if kind != PingSuccess {
		u = u.JoinPath(string(kind))
	}
	q := u.Query()
	q.Set("rid", FiringID(f))
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// FiringID is a UUID (version 8) that is the same for the same schedule and
// time, in every process.
func FiringID(f store.Firing) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "firing\x00%s\x00%d", f.Schedule, f.Due.Unix()))
	b := sum[:16]
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// Hook is who is told of conditions.
type Hook struct {
	Address llm.Secret
	Secret  webhook.Secret // unset: unsigned
}

// alert is the body of a message, in the form that Standard Webhooks recommends.
type alert struct {
	Type      string    `json:"type"`      // alert. and the condition's type
	Timestamp time.Time `json:"timestamp"` // when the first of them began
	Data      alertData `json:"data"`
}

type alertData struct {
	Schedule   string      `json:"schedule"`
	Due        time.Time   `json:"due"` // of the firing that found it
	Run        string      `json:"run"`
	Message    string      `json:"message"` // one line
	Count      int         `json:"count"`
	Conditions []condition `json:"conditions"` // the first 100
}

type condition struct {
	About   string    `json:"about"`
	Since   time.Time `json:"since"`
	Message string    `json:"message"`
}

// Began logs conditions that began, once each, whoever else is told.
func (a *Alerter) Began(f store.Firing, began []account.Condition) {
	for _, c := range began {
		a.Events.condition(f, c)
	}
}

// Raise posts conditions, one message for each type, and gives those that were
// taken; the others are to be posted by the next firing. The same conditions of
// the same firing are told with the same id. Without an address nothing is
// posted, and everything counts as taken.
func (a *Alerter) Raise(ctx context.Context, h Hook, f store.Firing, raised []account.Condition) (told []account.Condition) {
	for _, t := range account.ConditionTypes {
		var list []account.Condition
		for _, c := range raised {
			if c.Type == t {
				list = append(list, c)
			}
		}
		if len(list) == 0 {
			continue
		}
		if h.Address.Set() {
			err := a.raise(ctx, h, f, list)
			if a.told(string(t), f.Schedule, err); err != nil {
				continue
			}
		}
		told = append(told, list...)
	}
	return told
}

// Cleared logs conditions that are over.
func (a *Alerter) Cleared(f store.Firing, cleared []account.Condition) {
	for _, c := range cleared {
		a.Events.log(slog.LevelInfo, "alert over", ofFiring(f, slog.String("type", string(c.Type)), slog.String("about", account.SourceName(c.About)))...)
	}
}

// condition logs a condition that began. What may quote an article stays untold:
// of an item or an article the line says why, as their reasons quote nothing.
func (e *Events) condition(f store.Firing, c account.Condition) {
	level := slog.LevelError
	attrs := ofFiring(f, slog.String("type", string(c.Type)), slog.String("about", account.SourceName(c.About)))
	switch c.Type {
	case account.ItemUnusable:
		level = slog.LevelWarn
		attrs = append(attrs, slog.String(AttrSource, c.Source), reason(errors.New(c.Message)))
	case account.ArticleFailed, account.DeliveryFailing:
		attrs = append(attrs, reason(errors.New(c.Message)))
	}
	e.accounted(level, "alert", attrs...)
}

func (a *Alerter) raise(ctx context.Context, h Hook, f store.Firing, list []account.Condition) error {
	message := alert{Type: "alert." + string(list[0].Type), Timestamp: list[0].Since.UTC(), Data: alertData{
		Schedule: f.Schedule, Due: f.Due.UTC(), Run: f.Run, Count: len(list), Message: summary(f.Schedule, list),
	}}
	id := sha256.New()
	fmt.Fprintf(id, "alert\x00%s\x00%d\x00%s", f.Schedule, f.Due.Unix(), list[0].Type)
	for i, c := range list {
		fmt.Fprintf(id, "\x00%s", c.About)
		if c.Since.Before(message.Timestamp) {
			message.Timestamp = c.Since.UTC()
		}
		if i < maxNamed {
			message.Data.Conditions = append(message.Data.Conditions, condition{account.SourceName(c.About), c.Since.UTC(), line(c.Message)})
		}
	}
	body, err := json.Marshal(message)
	if err != nil {
		return fmt.Errorf("encoding an alert: %w", err)
	}
	name := "alert_" + hex.EncodeToString(id.Sum(nil)[:16])
	return a.post(ctx, h.Address.Reveal(), func() (http.Header, error) { return webhook.Sign(h.Secret, name, a.Now(), body) }, body)
}

// summary is conditions of one type on one line.
func summary(schedule string, list []account.Condition) string {
	const named = 3
	var parts []string
	for _, c := range list[:min(len(list), named)] {
		parts = append(parts, line(c.Message))
	}
	if n := len(list) - named; n > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", n))
	}
	return "schedule " + schedule + ": " + strings.Join(parts, "; ")
}

// line is a message that can leave the house.
func line(t string) string { return term.String(cut(hide(t), MaxError)) }

// post posts a body up to three times, signed anew each time, until it is taken.
func (a *Alerter) post(ctx context.Context, address string, header func() (http.Header, error), body []byte) error {
	client := a.Client
	if client == nil {
		client = webhook.Client(tryTime)
	}
	for try := 0; ; try++ {
		h, err := header()
		if err != nil {
			return err
		}
		answer, err := webhook.Post(ctx, client, address, h, body)
		switch {
		case err == nil && answer.Taken():
			return nil
		case err == nil:
			err = fmt.Errorf("%s answered %s", webhook.Place(address), answer)
		}
		if try == len(waits) || answer.Gone() || ctx.Err() != nil {
			return err
		}
		if a.sleep(ctx, waits[try]) != nil {
			return err
		}
	}
}

func (a *Alerter) sleep(ctx context.Context, d time.Duration) error {
	if a.Sleep != nil {
		return a.Sleep(ctx, d)
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// told logs and counts how telling somebody went.
func (a *Alerter) told(kind, schedule string, err error) {
	result := resultOK
	if err != nil {
		result = resultFailed
		a.Events.log(slog.LevelWarn, "nobody could be told", slog.String("what", kind), slog.String(AttrSchedule, schedule), reason(err))
	}
	if m := a.Events.metrics(); m != nil {
		m.step(m.alerts, kind, result)
	}
}
