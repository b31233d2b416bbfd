package sink

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"dragoman/cmd/internal/schedule"
	"dragoman/cmd/internal/term"
	"dragoman/cmd/internal/webhook"
	"dragoman/pipeline"
	"dragoman/pipeline/writer"
)

// hookTimeout bounds one try, as Standard Webhooks has it: 15 to 30 s.
const hookTimeout = 30 * time.Second

// hook is a Sink that posts every edition as a message of Standard Webhooks.
// The address is the operator's own, from the configuration: it may lie in a
// private network, and a proxy that the environment names is used, as for the
// endpoint of the model.
type hook struct {
	address string
	secret  webhook.Secret
	client  *http.Client
	now     func() time.Time
}

// The kinds of message.
const (
	EventPublished = "edition.published" // the first version of an article that is taken here
	EventUpdated   = "edition.updated"   // a later one, which says what it changed
)

// Event is the body of a message. It is the same on every try, to the byte; the
// header webhook-timestamp alone has the time of the try. A receiver that has
// seen a webhook-id has seen the message.
type Event struct {
	Type      string    `json:"type"`      // edition.published or edition.updated
	Timestamp time.Time `json:"timestamp"` // when the edition was made ready for delivery
	Data      EventData `json:"data"`
}

// EventData is the edition that a message is about.
type EventData struct {
	Schedule   string       `json:"schedule"` // name
	Article    string       `json:"article"`  // id, the same in every version
	Version    string       `json:"version"`  // digest of document.json as the state keeps it
	URL        string       `json:"url"`      // where the article was published; "" if unknown
	Headline   string       `json:"headline"` // English
	State      string       `json:"state"`    // "done", or "flagged": something stands against it, and it is marked in the texts
	Disclosure []Disclosure `json:"disclosure"`
	Languages  []string     `json:"languages"` // of the editions, BCP 47, English first

	Revision *pipeline.Revision `json:"revision"` // as in the document: what changed against the version before; null in the first that is taken here
	Document json.RawMessage    `json:"document"` // document.json, whole; package writer has its schema
}

// Disclosure says who made an edition, in its own language, with the status
// word of the W3C draft: it belongs wherever the text is shown.
type Disclosure struct {
	Lang   string          `json:"lang"`
	Status pipeline.Author `json:"status"`
	Text   string          `json:"text"`
}

// openHook makes the sink, and reads its secret.
func openHook(spec schedule.Sink, o Options) (Sink, error) {
	bad := func(hint, format string, args ...any) error {
		return &pipeline.Error{Code: pipeline.Invalid, Unit: "sink " + spec.Name, Hint: hint, Err: fmt.Errorf(format, args...)}
	}
	u, err := url.Parse(spec.Webhook)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, bad("an address looks like https://desk.example.org/hook", "the webhook's address is none of http or https")
	}
	secret, err := Secret(spec.SecretFile, spec.SecretEnv, o)
	if err != nil {
		return nil, bad(hintOf(err), "%w", err)
	}
	if !secret.Set() {
		o.Warn(fmt.Sprintf("sink %s: its messages are not signed, and who receives them cannot tell who sent them: give it secret-file or secret-env", spec.Name))
	}
	client := o.Client
	if client == nil {
		client = webhook.Client(hookTimeout)
	}
	return &hook{address: spec.Webhook, secret: secret, client: client, now: o.Now}, nil
}

func hintOf(err error) string {
	if e, ok := errors.AsType[*pipeline.Error](err); ok {
		return e.Hint
	}
	return ""
}

// maxSecret bounds a secret file, in bytes.
const maxSecret = 64 << 10

// Secret reads what messages are signed with from a file, or from a variable
// that is named. Neither is the secret that signs nothing. No error quotes what
// was read.
func Secret(file, variable string, o Options) (webhook.Secret, error) {
	o = o.withDefaults()
	if file == "" && variable == "" {
		return webhook.Secret{}, nil
	}
	text := ""
	if file != "" {
		b, err := readSecret(file, o.Warn)
		if err != nil {
			return webhook.Secret{}, err
		}
		text = string(b)
	} else {
		text = o.Getenv(variable)
	}
	if strings.TrimSpace(text) == "" {
		place := "the file " + file
		if file == "" {
			place = "the variable " + variable
		}
		return webhook.Secret{}, &pipeline.Error{
			Code: pipeline.Invalid, Hint: `it holds "whsec_" and base64 of 24 to 64 bytes`,
			Err: fmt.Errorf("%s holds no webhook secret", place),
		}
	}
	return webhook.ParseSecret(text)
}

// readSecret reads a secret file, and warns where others may read it too.
func readSecret(name string, warn func(string)) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, &pipeline.Error{
			Code: pipeline.Invalid, Hint: "make it, or name another one as secret-file",
			Err: fmt.Errorf("reading the webhook secret: %w", err),
		}
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0 {
		warn(fmt.Sprintf("%s holds a secret and others may read it (mode %04o): chmod 600 %s", name, info.Mode().Perm(), name))
	}
	b, err := io.ReadAll(io.LimitReader(f, maxSecret))
	if err != nil {
		return nil, fmt.Errorf("reading the webhook secret: %w", err)
	}
	return b, nil
}

// Deliver posts an edition.
func (h *hook) Deliver(ctx context.Context, e Edition) error {
	body, err := EventOf(e)
	if err != nil {
		return &Refused{err}
	}
	header, err := webhook.Sign(h.secret, e.Delivery.ID, h.now(), body)
	if err != nil {
		return &Refused{err}
	}
	answer, err := webhook.Post(ctx, h.client, h.address, header, body)
	if err != nil {
		return &Passing{Err: err}
	}
	return h.judge(answer)
}

// judge says what an answer means.
func (h *hook) judge(a webhook.Answer) error {
	said := fmt.Errorf("posting to %s: it answers %s", webhook.Place(h.address), a)
	switch {
	case a.Taken():
		return nil
	case a.Gone():
		return &Refused{fmt.Errorf("%w: it wants no more messages; take the sink out of the schedule", said)}
	case a.Status >= 300 && a.Status <= 399:
		return &Passing{Err: fmt.Errorf("%w: a redirect is not followed, give the address that it leads to", said)}
	case a.Status == http.StatusTooManyRequests, a.Status >= 502 && a.Status <= 504, a.RetryAfter > 0:
		return &Passing{After: a.RetryAfter, Err: said}
	}
	return said
}

// Remove takes nothing away: what was posted is with its receiver.
func (h *hook) Remove(context.Context, string, bool) ([]string, error) { return nil, nil }

// EventOf is the message about an edition, as bytes.
func EventOf(e Edition) ([]byte, error) {
	var doc bytes.Buffer
	if err := writer.JSON(&doc, e.Document); err != nil {
		return nil, fmt.Errorf("writing the message: %w", err)
	}
	event := Event{Type: EventPublished, Timestamp: e.Delivery.Made.UTC(), Data: EventData{
		Schedule: e.Schedule, Article: e.Article, Version: e.Delivery.Version, URL: e.URL, Headline: term.String(headline(e.Document)), State: "done",
		Document: doc.Bytes(), Languages: []string{}, Disclosure: []Disclosure{},
	}}
	if e.Later && e.Document.Revision != nil {
		event.Type, event.Data.Revision = EventUpdated, e.Document.Revision
	}
	if e.Marked {
		event.Data.State = "flagged"
	}
	for _, r := range writer.Readings(e.Document) {
		event.Data.Languages = append(event.Data.Languages, r.Lang)
		event.Data.Disclosure = append(event.Data.Disclosure, Disclosure{Lang: r.Lang, Status: e.Document.Origin.Author, Text: r.Disclosure})
	}
	body, err := json.Marshal(event)
	if err != nil {
		return nil, fmt.Errorf("writing the message: %w", err)
	}
	return body, nil
}
