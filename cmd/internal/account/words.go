package account

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"dragoman/cmd/internal/store"
	"dragoman/cmd/internal/term"
	"dragoman/pipeline"
)

// Line is the account on one line: "nothing new: 3 sources looked at, 0 calls",
// or "4 articles: 3 delivered, 1 held (a0004: T03 major); 31 calls, 0.4200 USD".
func (a Account) Line() string {
	var parts []string
	if a.Problem != "" {
		parts = append(parts, "ended early: "+short(a.Problem))
	}
	if a.Taken() > 0 || a.delivered() > 0 {
		parts = append(parts, strings.Join(append([]string{a.becameText()}, a.wrong()...), ", "), a.callsText())
		return term.String(strings.Join(parts, "; "))
	}
	looked := term.Count(len(a.Sources), "source") + " looked at"
	if a.Problem == "" && a.Waiting == 0 && !a.offersNew() && !slices.ContainsFunc(a.Sources, func(s Source) bool { return s.Error != "" || s.Left > 0 }) {
		looked = "nothing new: " + looked
	}
	parts = append(parts, strings.Join(append(append([]string{looked}, a.wrong()...), a.callsText()), ", "))
	return term.String(strings.Join(parts, "; "))
}

// offersNew reports whether a source had something new or changed.
func (a Account) offersNew() bool {
	return slices.ContainsFunc(a.Sources, func(s Source) bool { return s.New+s.Changed > 0 })
}

// wrong is what was not taken on: sources that were not read, articles left to
// the next firing, entries with problems.
func (a Account) wrong() []string {
	var out []string
	var unread []string
	problems, writing, ignored, left := 0, 0, 0, a.Waiting
	for _, s := range a.Sources {
		problems += len(s.Problems)
		writing, ignored, left = writing+s.Waiting, ignored+s.Ignored, left+s.Left
		if s.Error != "" {
			unread = append(unread, SourceName(s.Name)+": "+s.Error)
		}
	}
	if n := len(unread); n > 0 {
		out = append(out, fmt.Sprintf("%d not read (%s)", n, short(unread[0])+more(n-1)))
	}
	if problems > 0 {
		out = append(out, term.Count(problems, "item")+" not usable")
	}
	if ignored > 0 {
		out = append(out, term.Count(ignored, "file")+" left out")
	}
	if writing > 0 {
		out = append(out, term.Count(writing, "file")+" still being written")
	}
	if left > 0 {
		out = append(out, term.Number(left)+" left to the next time")
	}
	return out
}

type stateWord struct {
	state store.DocState
	word  string
}

// stateOrder is the order in which states of articles are named.
var stateOrder = []stateWord{
	{store.DocDone, "done"},
	{store.DocFlagged, "flagged"},
	{store.DocFailed, "without an edition"},
	{store.DocStopped, "stopped"},
	{store.DocWaiting, "waiting"},
}

// deliveryOrder is the order in which states of deliveries are named.
var deliveryOrder = []struct {
	state store.DeliveryState
	word  string
}{
	{store.DeliveryDone, "delivered"},
	{store.DeliveryHeld, "held"},
	{store.DeliveryPending, "on the way"},
	{store.DeliveryDead, "given up"},
	{store.DeliveryOverruled, "overruled"},
}

// becameText is "4 articles: 3 delivered, 1 held (…)".
func (a Account) becameText() string {
	text := term.Count(a.Taken(), "article")
	var became []string
	if len(a.Sinks) == 0 {
		became = a.statesText(stateOrder)
	} else {
		became = a.deliveriesText()
		became = append(became, a.statesText(stateOrder[2:])...) // the others have deliveries
	}
	if len(became) > 0 {
		text += ": " + strings.Join(became, ", ")
	}
	return text
}

// statesText is how many articles are in these states, and of those without an
// edition which and why.
func (a Account) statesText(states []stateWord) []string {
	var out []string
	for _, s := range states {
		n := a.Articles[s.state]
		if n == 0 {
			continue
		}
		text := term.Number(n) + " " + s.word
		if s.state == store.DocFailed && len(a.Failed) > 0 {
			text += " (" + short(a.Failed[0].Document+": "+a.Failed[0].Reason) + more(n-1) + ")"
		}
		out = append(out, text)
	}
	return out
}

// deliveriesText is what became of deliveries, once where every sink has the
// same, and else by sink.
func (a Account) deliveriesText() []string {
	var out []string
	for _, s := range a.Sinks {
		var parts []string
		for _, o := range deliveryOrder {
			n := s.Deliveries[o.state]
			if n == 0 {
				continue
			}
			part := term.Number(n) + " " + o.word
			if o.state == store.DeliveryHeld {
				part += a.heldText(s.Name)
			}
			parts = append(parts, part)
		}
		if len(parts) == 0 {
			continue
		}
		if a.alike() {
			return parts
		}
		out = append(out, s.Name+" "+strings.Join(parts, " and "))
	}
	return out
}

// alike reports whether all sinks have the same figures.
func (a Account) alike() bool {
	for _, o := range deliveryOrder {
		if slices.ContainsFunc(a.Sinks, func(s Sink) bool { return s.Deliveries[o.state] != a.Sinks[0].Deliveries[o.state] }) {
			return false
		}
	}
	return true
}

// heldText is " (a0004: T03 major and 2 more)", of a sink.
func (a Account) heldText(sink string) string {
	var held []Held
	for _, h := range a.Held {
		if h.Sink == sink {
			held = append(held, h)
		}
	}
	if len(held) == 0 {
		return ""
	}
	return " (" + short(held[0].Document+": "+held[0].Reason) + more(len(held)-1) + ")"
}

func more(n int) string {
	if n <= 0 {
		return ""
	}
	return fmt.Sprintf(" and %d more", n)
}

// callsText is "31 calls, 2 stored, 0.4200 USD".
func (a Account) callsText() string {
	text := term.Count(a.Calls, "call")
	if a.Stored > 0 {
		text += ", " + term.Number(a.Stored) + " stored"
	}
	if cost := a.CostText(); cost != "" {
		text += ", " + cost
	}
	if a.Unpriced > 0 {
		text += ", " + term.Number(a.Unpriced) + " of unknown price"
	}
	return text
}

// CostText is what the calls cost: "0.4200 USD", currencies with "+" between;
// "" where no call had a price.
func (a Account) CostText() string {
	var parts []string
	for _, m := range a.Cost {
		parts = append(parts, m.String())
	}
	return strings.Join(parts, " + ")
}

// FindingsText is "1 critical, 2 major", the worst first, or "".
func (a Account) FindingsText() string {
	var parts []string
	for _, s := range slices.Backward(pipeline.Severities) {
		if n := a.Findings[s]; n > 0 {
			parts = append(parts, term.Number(n)+" "+string(s))
		}
	}
	return strings.Join(parts, ", ")
}

// Details are the lines below Line: what the sources offered, articles without
// an edition, what is held and why, findings, what is wrong.
func (a Account) Details() []string { return a.details(true) }

// Wrong are those of Details that say what is wrong, and why the firing ended
// early.
func (a Account) Wrong() []string { return a.details(false) }

func (a Account) details(whole bool) []string {
	var out []string
	add := func(format string, args ...any) { out = append(out, term.String(fmt.Sprintf(format, args...))) }
	if !whole && a.Problem != "" && !slices.ContainsFunc(a.Conditions, func(c Condition) bool { return c.Message == a.Problem }) {
		add("ended early: %s", a.Problem)
	}
	for _, s := range a.Sources {
		if s.Error != "" {
			add("source %s could not be read%s: %s", SourceName(s.Name), a.since(SourceFailing, s.Name), s.Error)
			continue
		}
		if whole {
			add("source %s: %d offered, %d new, %d changed, %d known%s", SourceName(s.Name), s.Offered, s.New, s.Changed, s.Known, s.putOff())
		}
		for _, p := range s.Problems {
			add("source %s: not taken: %s", SourceName(s.Name), p)
		}
		for _, n := range s.Notes {
			if whole {
				add("source %s: %s", SourceName(s.Name), n)
			}
		}
	}
	for _, f := range a.Failed {
		add("no edition of %s: %s", f.Document, f.Reason)
	}
	for _, h := range a.held() {
		add("held for %s: %s: %s", h.Sink, h.Document, h.Reason)
	}
	if f := a.FindingsText(); f != "" && whole {
		add("findings: %s", f)
	}
	return append(out, a.goesOn()...)
}

// goesOn are the conditions that nothing else of Details tells.
func (a Account) goesOn() []string {
	var out []string
	earlier := map[ConditionType]int{}
	for _, c := range a.Conditions {
		switch c.Type {
		case ArticlesHeld:
			if !slices.ContainsFunc(a.Held, func(h Held) bool { return h.Document == c.About }) {
				earlier[c.Type]++
			}
		case ArticleFailed:
			if !slices.ContainsFunc(a.Failed, func(f Failed) bool { return f.Document == c.About }) {
				earlier[c.Type]++
			}
		case SourceFailing, ItemUnusable: // told with their source
		default:
			out = append(out, term.String(fmt.Sprintf("%s since %s: %s", c.Type, c.Since.UTC().Format("2006-01-02 15:04 UTC"), c.Message)))
		}
	}
	if n := earlier[ArticleFailed]; n > 0 {
		out = append(out, "without an edition since before this run: "+term.Count(n, "article"))
	}
	if n := earlier[ArticlesHeld]; n > 0 {
		out = append(out, "held before this run: "+term.Count(n, "article"))
	}
	return out
}

// putOff is what the next look is for.
func (s Source) putOff() string {
	text := ""
	if s.Waiting > 0 {
		text += ", " + term.Number(s.Waiting) + " still being written"
	}
	if s.Left > 0 {
		text += ", " + term.Number(s.Left) + " left to the next time"
	}
	return text
}

// maxWhy is how many characters of an error's own words are kept.
const maxWhy = 200

// Why says without the words of an article why no edition came of it: by the
// class of the error, and in the error's own words where no answer of a model
// can be quoted in them, as none was asked.
func Why(code pipeline.Code, message string, asked int) string {
	switch code {
	case pipeline.Invalid:
		if asked == 0 && message != "" {
			return cut(term.String(message), maxWhy)
		}
		return "the endpoint refuses what it is asked"
	case pipeline.Refused:
		return "the model or its filter refuses to answer"
	case pipeline.Truncated:
		return "the answers of the model are cut off"
	case pipeline.BadOutput:
		return "no answer of the model can be used"
	case pipeline.TooLong:
		return "it is more than the model's context holds"
	case "":
		return "no sentence of it has an answer that passes the checks"
	}
	return "ended early (" + string(code) + ")"
}

// since is " since …" where a condition began before this firing, else "".
func (a Account) since(t ConditionType, about string) string {
	for _, c := range a.Conditions {
		if c.Type == t && c.About == about && c.Since.Before(a.Looked) {
			return " since " + c.Since.UTC().Format("2006-01-02 15:04 UTC")
		}
	}
	return ""
}

// held is what waits for a person, one for each article and reason, with the
// names of its sinks in one.
func (a Account) held() []Held {
	var out []Held
	for _, h := range a.Held {
		i := slices.IndexFunc(out, func(o Held) bool { return o.Document == h.Document && o.Reason == h.Reason })
		if i < 0 {
			out = append(out, h)
			continue
		}
		out[i].Sink += ", " + h.Sink
	}
	return out
}

// maxShort is how many characters of a reason stand on the line.
const maxShort = 80

func short(t string) string { return cut(term.String(t), maxShort) }

// cut shortens a text to so many characters and says so.
func cut(t string, most int) string {
	if utf8.RuneCountInString(t) <= most {
		return t
	}
	return string([]rune(t)[:most-1]) + "…"
}
