package sink

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"dragoman/cmd/internal/batch"
	"dragoman/cmd/internal/schedule"
	"dragoman/cmd/internal/store"
	"dragoman/cmd/internal/term"
	"dragoman/pipeline"
	"dragoman/pipeline/writer"
)

// ID is the id of a delivery: the same for the same version, article and sink,
// whoever asks and whenever.
func ID(collection, document, version, sink string) string {
	h := sha256.New()
	for _, part := range []string{collection, document, version, sink} {
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return "msg_" + hex.EncodeToString(h.Sum(nil))[:32]
}

// Plan makes the deliveries of finished documents, one a sink, and gives those
// that are new. Rows need not be whole; articles without an edition are passed
// over. What is flagged is held, unless flagged articles are delivered marked.
// Planning the same version again changes nothing, also at once, and a newer version
// overrules what of an older one is not delivered.
func (c *Courier) Plan(ctx context.Context, rows ...*store.Document) ([]store.Delivery, error) {
	c.planning.Lock()
	defer c.planning.Unlock()
	var planned []store.Delivery
	for _, row := range rows {
		if row.State != store.DocDone && row.State != store.DocFlagged {
			continue
		}
		fresh, err := c.plan(ctx, row)
		if err != nil {
			return planned, fmt.Errorf("planning the delivery of %s: %w", row.ID, err)
		}
		planned = append(planned, fresh...)
	}
	return planned, nil
}

// plan makes the deliveries of one document.
func (c *Courier) plan(ctx context.Context, row *store.Document) ([]store.Delivery, error) {
	before, err := c.planned(ctx, row.ID)
	there := idsOf(before)
	if err != nil || c.whole(there, row) {
		return nil, err
	}
	if len(row.Result) == 0 {
		rows, err := c.Documents.Get(ctx, c.Collection, []string{row.ID}, true)
		if err != nil {
			return nil, err
		}
		if row = rows[row.ID]; row == nil || len(row.Result) == 0 {
			return nil, nil // pruned in the meantime
		}
	}
	doc, version, err := batch.Stored(row)
	if err != nil {
		return nil, err
	}
	now := c.now()
	reason := ""
	if c.Deliver != schedule.DeliverMarked {
		if reason = c.flaws(doc); reason == "" && row.State == store.DocFlagged {
			reason = "the article is flagged"
		}
	}
	var fresh []store.Delivery
	for _, target := range c.Targets {
		d := store.Delivery{
			ID: ID(c.Collection, row.ID, version, target.Name), Collection: c.Collection, Document: row.ID, Version: version, Sink: target.Name,
			State: store.DeliveryPending, Next: now, Made: now,
		}
		if reason != "" {
			d.State, d.Reason = store.DeliveryHeld, reason
		}
		if !c.Bare {
			d.Headline = clip(term.String(headline(doc)), maxReason)
		}
		if !there[d.ID] && (!c.Again[row.ID] || anew(&d, before)) {
			fresh = append(fresh, d)
		}
	}
	if len(fresh) == 0 {
		return nil, nil
	}
	return fresh, c.Deliveries.Add(ctx, fresh...)
}

// Planned reports whether the edition of a row has its delivery for every sink.
func (c *Courier) Planned(ctx context.Context, row *store.Document) (bool, error) {
	there, err := c.planned(ctx, row.ID)
	return err == nil && c.whole(idsOf(there), row), err
}

// planned are the deliveries of an article that are there, the oldest first.
func (c *Courier) planned(ctx context.Context, document string) (there []store.Delivery, err error) {
	for d, err := range c.Deliveries.List(ctx, store.DeliveryFilter{Collection: c.Collection, Document: document}) {
		if err != nil {
			return nil, err
		}
		there = append(there, d)
	}
	return there, nil
}

func idsOf(deliveries []store.Delivery) map[string]bool {
	ids := map[string]bool{}
	for _, d := range deliveries {
		ids[d.ID] = true
	}
	return ids
}

// whole reports whether a row says which version it has, and that one has its
// delivery for every sink: its edition need not be read.
func (c *Courier) whole(there map[string]bool, row *store.Document) bool {
	return row.Written != "" && !slices.ContainsFunc(c.Targets, func(t Target) bool { return !there[ID(c.Collection, row.ID, row.Written, t.Name)] })
}

func headline(doc *pipeline.Document) string {
	for _, a := range []*pipeline.Article{doc.Corrected, doc.Normalized} {
		if a != nil {
			return a.First(pipeline.Headline)
		}
	}
	return ""
}

// mostShown is how many findings a reason quotes.
const mostShown = 3

// flaws says in words what stands against an edition, "" where nothing does:
// "2 sentences failed; 1 finding of severity major: T03 ru p3s2 (untranslated)".
func (c *Courier) flaws(doc *pipeline.Document) string {
	failed := 0
	for _, s := range writer.AccountOf(doc).Stages {
		failed += s.Failures() + len(s.Missing)
	}
	var parts []string
	if failed > 0 {
		parts = append(parts, term.Count(failed, "sentence")+" failed")
	}
	gating := slices.DeleteFunc(slices.Clone(doc.Findings), func(f pipeline.Finding) bool {
		return !f.Gates(cmp.Or(c.FailOn, pipeline.Major))
	})
	for _, severity := range slices.Backward(pipeline.Severities) {
		var shown []string
		n := 0
		for _, f := range gating {
			if f.Severity != severity {
				continue
			}
			if n++; n <= mostShown {
				shown = append(shown, finding(f))
			}
		}
		if n > mostShown {
			shown = append(shown, fmt.Sprintf("and %d more", n-mostShown))
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%s of severity %s: %s", term.Count(n, "finding"), severity, strings.Join(shown, ", ")))
		}
	}
	return clip(strings.Join(parts, "; "), maxReason)
}

// finding is one finding in a reason: its check, its place, and its category. What
// it says may quote the article, and reasons go into logs and alerts.
func finding(f pipeline.Finding) string {
	var parts []string
	for _, p := range []string{f.Check, f.Lang, f.Span.Sentence} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	text := strings.Join(parts, " ")
	if f.Category != "" {
		text += " (" + f.Category + ")"
	}
	return term.String(text)
}
