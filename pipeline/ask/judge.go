package ask

import (
	"encoding/json"
	"fmt"
	"strings"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/reuse"
	"dragoman/prompts"
)

// take judges the values of one reply. A reply that was cut or that breaks the
// schema still gives the values that are whole; err says which it was.
func (k *keyed[T]) take(items []Item, keys []string, resp *llm.Response, err error) {
	code := pipeline.CodeOf(err)
	var values map[string]json.RawMessage
	if err == nil || code == pipeline.Truncated || code == pipeline.BadOutput {
		values = llm.ClosedProperties(resp.Text)
	}
	came := map[string]candidate[T]{}
	for i, it := range items {
		raw, ok := values[keys[i]]
		if !ok {
			k.missing(it, missingBecause(err))
			continue
		}
		c := candidate[T]{raw: raw, model: resp.Model, exchange: resp.Key}
		if uerr := json.Unmarshal(raw, &c.value); uerr != nil || string(raw) == "null" { // null fits any type and is no answer
			k.missing(it, "your earlier answer for this key had the wrong form")
			continue
		}
		came[it.ID] = c
	}
	k.judgeAll(items, came)
}

func missingBecause(err error) string {
	switch pipeline.CodeOf(err) {
	case pipeline.Truncated:
		return "your earlier answer was cut off before this key"
	case pipeline.Refused:
		return "the model refused to answer"
	case "":
		return "your earlier answer left this key out"
	}
	return "your earlier answer could not be read: " + firstLine(err.Error())
}

// noAnswer notes why a call brought nothing. An answer that was refused, cut
// or unreadable is the model's failure; where there was none, nothing is
// remembered.
func (k *keyed[T]) noAnswer(items []Item, err error) {
	switch pipeline.CodeOf(err) {
	case pipeline.Refused, pipeline.Truncated, pipeline.BadOutput:
		for _, it := range items {
			k.missing(it, missingBecause(err))
		}
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, it := range items {
		if _, given := k.best[it.ID]; !k.ok[it.ID] && !given {
			k.reason[it.ID] = firstLine(err.Error())
		}
	}
}

// missing notes that no value came for an item. A value that came earlier stays.
func (k *keyed[T]) missing(it Item, problem string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.judged[it.ID] = true
	if k.ok[it.ID] {
		return
	}
	k.problems[it.ID] = []string{problem}
	if _, given := k.best[it.ID]; !given {
		k.reason[it.ID] = strings.Replace(problem, "your earlier answer", "the answer", 1)
	}
}

// judgeAll judges the values of one reply, each beside the others of it.
func (k *keyed[T]) judgeAll(items []Item, came map[string]candidate[T]) {
	k.mu.Lock()
	defer k.mu.Unlock()
	other := func(id string) (T, bool) {
		if c, ok := came[id]; ok {
			return c.value, true
		}
		c, ok := k.best[id]
		return c.value, ok
	}
	for _, it := range items {
		c, ok := came[it.ID]
		if !ok || k.ok[it.ID] {
			continue
		}
		c.findings = k.q.Judge(it, c.value, other)
		k.settleOne(it, c)
	}
}

// judge judges one recalled value.
func (k *keyed[T]) judge(it Item, c candidate[T]) {
	c.findings = k.q.Judge(it, c.value, func(id string) (T, bool) {
		c, ok := k.best[id]
		return c.value, ok
	})
	delete(k.best, it.ID)
	k.settleOne(it, c)
}

// rejudge judges once more, when all asking is done, what failed beside a
// neighbour that may have changed since. It returns what passes now.
func (k *keyed[T]) rejudge() []Item {
	k.mu.Lock()
	defer k.mu.Unlock()
	var healed []Item
	for _, it := range k.q.Items {
		c, given := k.best[it.ID]
		if k.ok[it.ID] || !given {
			continue
		}
		if k.judge(it, c); k.ok[it.ID] {
			healed = append(healed, it)
		}
	}
	return healed
}

// settleOne takes a judged candidate: it passes, or it is kept where it is
// better than what came before.
func (k *keyed[T]) settleOne(it Item, c candidate[T]) {
	k.judged[it.ID] = true
	faults := Faults(c.findings)
	if len(faults) == 0 {
		k.ok[it.ID], k.best[it.ID] = true, c
		delete(k.reason, it.ID)
		return
	}
	k.problems[it.ID] = faults
	if old, given := k.best[it.ID]; !given || worst(c.findings) < worst(old.findings) ||
		worst(c.findings) == worst(old.findings) && len(faults) <= len(Faults(old.findings)) {
		k.best[it.ID] = c
		k.reason[it.ID] = strings.Join(faults, "; ")
	}
}

// Faults are the messages of the findings that fail an answer: severity major or
// above, and not waived. A re-ask quotes them.
func Faults(findings []pipeline.Finding) []string {
	var out []string
	for _, f := range findings {
		if f.Gates(pipeline.Major) {
			out = append(out, f.Message)
		}
	}
	return out
}

func worst(findings []pipeline.Finding) int {
	w := -1
	for _, f := range findings {
		if f.Waived == "" {
			w = max(w, f.Severity.Rank())
		}
	}
	return w
}

func (k *keyed[T]) passed(id string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.ok[id]
}

// failing are the items of a part without a passing value.
func (k *keyed[T]) failing(part []Item) []Item {
	k.mu.Lock()
	defer k.mu.Unlock()
	var out []Item
	for _, it := range part {
		if !k.ok[it.ID] {
			out = append(out, it)
		}
	}
	return out
}

// quoted are the problems of the items under the keys of their next request.
func (k *keyed[T]) quoted(items []Item) prompts.Object {
	k.mu.Lock()
	defer k.mu.Unlock()
	var o prompts.Object
	for i, it := range items {
		if p := k.problems[it.ID]; len(p) > 0 {
			o = append(o, prompts.Member{Key: fmt.Sprintf("%s%d", k.q.Prefix, i+1), Value: p})
		}
	}
	return o
}

// keep remembers what the part came to, in one write. An item that no whole
// reply was judged for is not remembered: it was not the model that failed.
func (k *keyed[T]) keep(part []Item) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(part) == 0 {
		return nil
	}
	var entries []reuse.Entry
	for _, it := range part {
		if !k.judged[it.ID] {
			continue
		}
		e := reuse.Entry{
			Key: k.key(it), Stage: k.q.Memory, Lang: k.q.Lang,
			Before: reuse.Neighbour(it.Before), After: reuse.Neighbour(it.After),
			Value: k.best[it.ID].raw, Model: k.best[it.ID].model, Failed: !k.ok[it.ID], Exchange: k.best[it.ID].exchange,
		}
		if e.Failed {
			e.Problems = k.problems[it.ID]
		}
		entries = append(entries, e)
	}
	if err := k.Reuse.Put(entries); err != nil {
		return &pipeline.Error{Code: pipeline.Unavailable, Stage: k.q.Stage, Hint: "free some space or give another state folder", Err: err}
	}
	return nil
}

// tell reports how many items are settled.
func (k *keyed[T]) tell(what string) {
	if k.Events == nil {
		return
	}
	k.mu.Lock()
	done := len(k.ok)
	k.mu.Unlock()
	k.Events(pipeline.Event{Type: what, Stage: k.q.Stage, Lang: k.q.Lang, Part: k.q.Part, Done: done, Total: len(k.q.Items)})
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}

func firstOf(list []string, otherwise string) string {
	if len(list) == 0 {
		return otherwise
	}
	return list[0]
}
