package account_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"dragoman/cmd/internal/account"
	"dragoman/cmd/internal/store"
	"dragoman/cmd/internal/term"
	"dragoman/pipeline"
)

var noon = time.Date(2027, 3, 14, 12, 0, 0, 0, time.UTC)

func sources(n int) []account.Source {
	var out []account.Source
	for i := range n {
		out = append(out, account.Source{Name: fmt.Sprintf("https://feeds.test/%d.xml", i), Offered: 10, Known: 10})
	}
	return out
}

// full is an account with something of everything.
func full() account.Account {
	a := account.Account{
		Sources:  sources(3),
		Articles: map[store.DocState]int{store.DocDone: 3, store.DocFlagged: 1},
		Held:     []account.Held{{Document: "a0004", Sink: "cms", Delivery: "msg_4", Reason: "T03 major"}},
		Calls:    31, Usage: pipeline.Usage{InputTokens: 1000, OutputTokens: 500, Known: true},
		Findings: map[pipeline.Severity]int{pipeline.Major: 1, pipeline.Minor: 2, pipeline.Neutral: 5},
		Exit:     1,
	}
	a.Pay(pipeline.Money{Micros: 400_000, Currency: "USD"}, pipeline.Money{Micros: 20_000, Currency: "USD"})
	a.Deliver("cms", store.DeliveryDone, 2)
	a.Deliver("cms", store.DeliveryDone, 1)
	a.Deliver("cms", store.DeliveryHeld, 1)
	return a
}

func TestLine(t *testing.T) {
	change := func(f func(a *account.Account)) account.Account {
		a := full()
		f(&a)
		return a
	}
	for want, a := range map[string]account.Account{
		"nothing new: 3 sources looked at, 0 calls": {Sources: sources(3)},
		"nothing new: 1 source looked at, 0 calls":  {Sources: sources(1)},
		"1 source looked at, 1 not read (" + account.SourceName("https://feeds.test/x?key=h1dden") + ": status 500), 0 calls": {
			Sources: []account.Source{{Name: "https://feeds.test/x?key=h1dden", Error: "status 500"}},
		},
		"1 source looked at, 2 items not usable, 7 left to the next time, 0 calls": {
			Sources: []account.Source{{New: 7, Problems: []string{"a", "b"}}}, Waiting: 7,
		},
		"nothing new: 2 sources looked at, 2 files left out, 1 file still being written, 0 calls": {
			Sources: []account.Source{{Waiting: 1, Ignored: 2}, {Known: 3}},
		},
		"1 source looked at, 5 left to the next time, 0 calls":                     {Sources: []account.Source{{Left: 5}}},
		"ended early: the state does not answer; 0 sources looked at, 0 calls":     {Problem: "the state does not answer"},
		"4 articles: 3 delivered, 1 held (a0004: T03 major); 31 calls, 0.4200 USD": full(),
		"4 articles: cms 3 delivered and 1 held (a0004: T03 major), site 4 delivered; 31 calls, 0.4200 USD": change(func(a *account.Account) {
			a.Deliver("site", store.DeliveryDone, 4)
		}),
		"5 articles: 3 delivered, 1 held (a0004: T03 major and 1 more), 1 without an edition; 31 calls, 2 stored, 0.1000 EUR + 0.4200 USD, 3 of unknown price": change(func(a *account.Account) {
			a.Articles[store.DocFailed] = 1
			a.Held = append(a.Held, account.Held{Document: "a5", Sink: "cms"})
			a.Stored, a.Unpriced = 2, 3
			a.Pay(pipeline.Money{Micros: 100_000, Currency: "EUR"})
		}),
		"4 articles: 3 done, 1 flagged; 31 calls, 0.4200 USD": change(func(a *account.Account) { a.Sinks = nil }),
		"ended early: budget[2J; 1,234 articles: 1,234 stopped; 1,234 calls": {
			Problem: "budget\x1b[2J", Articles: map[store.DocState]int{store.DocStopped: 1234}, Calls: 1234,
		},
		"0 articles: 2 delivered; 0 calls": {Sinks: []account.Sink{{Name: "cms", Deliveries: map[store.DeliveryState]int{store.DeliveryDone: 2}}}},
	} {
		if got := a.Line(); got != want {
			t.Errorf("%q\nwant %q", got, want)
		}
	}
}

func TestQuiet(t *testing.T) {
	if !(account.Account{Sources: sources(3)}).Quiet() {
		t.Error("nothing new is quiet")
	}
	if !(account.Account{Sources: []account.Source{{Waiting: 2, Left: 3}}}).Quiet() {
		t.Error("what the next look is for is nothing new yet")
	}
	if !(account.Account{Sources: []account.Source{{Problems: []string{"x"}}}}).Quiet() {
		t.Error("what was told before is told again")
	}
	for name, a := range map[string]account.Account{
		"articles":  {Articles: map[store.DocState]int{store.DocDone: 1}},
		"waiting":   {Waiting: 1},
		"calls":     {Calls: 1},
		"held":      {Held: []account.Held{{}}},
		"exit":      {Exit: 5},
		"problem":   {Problem: "x"},
		"unread":    {Sources: []account.Source{{Error: "x"}}},
		"left out":  {Sources: []account.Source{{Ignored: 1}}},
		"new":       {Sources: []account.Source{{New: 1}}},
		"changed":   {Sources: []account.Source{{Changed: 1}}},
		"delivered": {Sinks: []account.Sink{{Deliveries: map[store.DeliveryState]int{store.DeliveryDone: 1}}}},
	} {
		if a.Quiet() {
			t.Errorf("%s: is to be told", name)
		}
	}
}

func TestEncodeAndRead(t *testing.T) {
	raw, err := account.Account{Sources: []account.Source{{Name: "https://h.test/?key=h1dden"}}, Sinks: []account.Sink{{Name: "x"}}}.Encode()
	if err != nil || bytes.Contains(raw, []byte("null")) || bytes.Contains(raw, []byte("h1dden")) {
		t.Errorf("%s, %v", raw, err)
	}
	want := full()
	if raw, err = want.Encode(); err != nil {
		t.Fatal(err)
	}
	got, err := account.Read(raw)
	if err != nil {
		t.Fatal(err)
	}
	again, err := got.Encode()
	if err != nil || !bytes.Equal(again, raw) || got.Line() != want.Line() {
		t.Errorf("%s\n%s", raw, again)
	}
	for _, empty := range []string{"", " ", "null", "{}", `{"fromALaterVersion": [1]}`} {
		if a, err := account.Read(json.RawMessage(empty)); err != nil || !a.Quiet() {
			t.Errorf("%q: %v, %v", empty, a, err)
		}
	}
	if _, err := account.Read(json.RawMessage("[")); err == nil {
		t.Error("no error about broken JSON")
	}
}

func TestSourceName(t *testing.T) {
	for source, want := range map[string]string{
		"https://feeds.test/a.xml":         "https://feeds.test/a.xml",
		"https://feeds.test":               "https://feeds.test",
		"/srv/inbox?x":                     "/srv/inbox?x",
		`C:\inbox`:                         `C:\inbox`,
		"https://feeds.test/a.xml?~012abc": "https://feeds.test/a.xml?~012abc",
		"https://feeds.test/a.xml#part":    "https://feeds.test/a.xml",
	} {
		if got := account.SourceName(source); got != want {
			t.Errorf("%s: %s, want %s", source, got, want)
		}
	}
	seen := map[string]bool{}
	for _, source := range []string{"https://f.test/x?feed=world&k=5ecret", "https://f.test/x?feed=sports&k=5ecret", "https://u:5ecret@f.test/x", "https://f.test/x"} {
		name := account.SourceName(source)
		if strings.Contains(name, "5ecret") || seen[name] || account.SourceName(name) != name {
			t.Errorf("%s: %s", source, name)
		}
		seen[name] = true
	}
}

func TestChanges(t *testing.T) {
	c := func(typ account.ConditionType, about string, minutes int) account.Condition {
		return account.Condition{Type: typ, About: about, Since: noon.Add(time.Duration(minutes) * time.Minute), Message: fmt.Sprint(minutes)}
	}
	previous := []account.Condition{c(account.SourceFailing, "a", 1), c(account.ArticlesHeld, "m1", 2)}
	now := []account.Condition{c(account.ArticlesHeld, "m2", 9), c(account.ArticlesHeld, "m1", 8), c(account.FiringFailed, "", 7), c(account.ArticlesHeld, "m2", 9)}
	raised, cleared := account.Changes(previous, now)
	if want := []account.Condition{now[2], now[0]}; !slices.Equal(raised, want) {
		t.Errorf("raised %v, want %v", raised, want)
	}
	if !slices.Equal(cleared, previous[:1]) {
		t.Errorf("cleared %v", cleared)
	}
	carried := account.Carried(previous, now)
	if len(carried) != 3 || !carried[1].Since.Equal(previous[1].Since) || carried[1].Message != "8" {
		t.Errorf("carried %v", carried)
	}
	if raised, cleared = account.Changes(carried, carried); raised != nil || cleared != nil {
		t.Errorf("what goes on is told again: %v %v", raised, cleared)
	}
	if raised, _ = account.Changes(nil, nil); raised != nil {
		t.Error(raised)
	}
}

func TestMark(t *testing.T) {
	list := []account.Condition{{Type: account.ItemUnusable, About: "a"}, {Type: account.ItemUnusable, About: "b"}}
	account.Mark(list, list[:1], true)
	if !list[0].Untold || list[1].Untold {
		t.Errorf("%+v", list)
	}
	now := []account.Condition{{Type: account.ItemUnusable, About: "a", Message: "x"}}
	if got := account.Carried(list, now); !got[0].Untold || got[0].Message != "x" {
		t.Errorf("what nobody took is not carried: %+v", got)
	}
	account.Mark(list, list, false)
	if list[0].Untold {
		t.Errorf("%+v", list)
	}
}

// Why quotes no answer, and nothing where one was asked for.
func TestWhy(t *testing.T) {
	const words = "normalize: a1: the article is in French, not in English"
	if got := account.Why(pipeline.Invalid, words, 0); got != words {
		t.Error(got)
	}
	for _, code := range []pipeline.Code{pipeline.Invalid, pipeline.Refused, pipeline.Truncated, pipeline.BadOutput, pipeline.TooLong, "", "later"} {
		if got := account.Why(code, words, 1); got == "" || strings.Contains(got, "French") {
			t.Errorf("%s: %q", code, got)
		}
	}
}

func TestBelow(t *testing.T) {
	below := func(f store.Firing, a account.Account) string {
		raw, err := a.Encode()
		if err != nil {
			t.Fatal(err)
		}
		f.Report = raw
		return strings.Join(account.Below(f), "\n")
	}
	bad := account.Account{Sources: []account.Source{{Name: "/in", Problems: []string{"junk.txt: the input is not text"}}}, Exit: 3}
	bad.Failed = []account.Failed{{Document: "fr", Reason: "it is in French"}}
	bad.Conditions = []account.Condition{{Type: account.BudgetReached, Since: noon, Message: "the cap is reached"}}
	bad.Problem = "the cap is reached"
	if got, want := below(store.Firing{State: store.FiringDone}, bad), "source /in: not taken: junk.txt: the input is not text\nno edition of fr: it is in French\nbudget_reached since 2027-03-14 12:00 UTC: the cap is reached"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	bad.Exit, bad.Failed = 0, nil
	if got, want := below(store.Firing{State: store.FiringDone}, bad), "source /in: not taken: junk.txt: the input is not text"; got != want {
		t.Errorf("ended well: %s", got)
	}
	if got := below(store.Firing{State: store.FiringSkipped, Reason: "4 times since noon: missed"}, account.Account{}); got != "4 times since noon: missed" {
		t.Errorf("skipped: %s", got)
	}
	bad.Sources[0].Problems = slices.Repeat([]string{"x"}, 50)
	if got := strings.Split(below(store.Firing{State: store.FiringDone}, bad), "\n"); len(got) != 12 || got[11] != "and 39 more lines; --json has them" {
		t.Errorf("%d lines, the last is %q", len(got), got[len(got)-1])
	}
}

func TestConditionsOfDeliveries(t *testing.T) {
	d := store.Delivery{ID: "m", Document: "a1", Sink: "cms", Reason: "T03 major", Made: noon, Ended: noon.Add(time.Hour)}
	for state, want := range map[store.DeliveryState][]account.Condition{
		store.DeliveryHeld:    {{Type: account.ArticlesHeld, About: "a1", Since: noon, Message: "a1: T03 major"}},
		store.DeliveryDead:    {{Type: account.DeliveryDead, About: "m", Since: noon.Add(time.Hour), Message: "a1, for cms: T03 major"}},
		store.DeliveryPending: nil,
		store.DeliveryDone:    nil,
	} {
		d.State = state
		if got := account.OfDelivery(d); !slices.Equal(got, want) {
			t.Errorf("%s: %+v, want %+v", state, got, want)
		}
	}
}

func TestTable(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	report := func(a account.Account) json.RawMessage {
		raw, err := a.Encode()
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	huge := full()
	huge.Articles[store.DocDone], huge.Calls, huge.Exit, huge.Findings[pipeline.Major] = 9999, 123_456, 75, 1_000_000
	huge.Cost = []pipeline.Money{{Micros: 123_456_789_012_345, Currency: "USD"}, {Micros: 1, Currency: "EUR"}}
	var out bytes.Buffer
	if err := term.Table(&out, account.Table([]store.Firing{
		{Due: noon, State: store.FiringDone, Cause: store.CauseDue, Report: report(full())},
		{Due: noon, State: store.FiringDone, Cause: store.CauseManual, Report: report(huge)},
		{Due: noon, State: store.FiringSkipped, Cause: store.CauseMissed, Reason: "overlap"},
		{Due: noon, State: store.FiringOpen, Cause: store.CauseDue},
		{Due: noon, State: store.FiringDone, Cause: store.CauseDue, Report: json.RawMessage("broken")},
	}, berlin)); err != nil {
		t.Fatal(err)
	}
	want := `DUE               STATE    WHY     ITEMS  HELD  CALLS  FINDINGS  COST
2027-03-14 13:00  exit 1   due     4      1     31     3         0.4200 USD
2027-03-14 13:00  exit 75  manual  10k    1     123k   1M        123456789 US…
2027-03-14 13:00  skipped  missed  -      -     -      -         -
2027-03-14 13:00  open     due     0      0     0      0         -
2027-03-14 13:00  done     due     ?      ?     ?      ?         ?
`
	if out.String() != want {
		t.Errorf("%s", out.String())
	}
	for _, l := range strings.Split(out.String(), "\n") {
		if utf8.RuneCountInString(l) > 80 {
			t.Errorf("%d columns: %s", utf8.RuneCountInString(l), l)
		}
	}
}

func TestDetails(t *testing.T) {
	a := full()
	a.Sources[0].Error, a.Sources[1].Problems = "status 500", []string{"entry 4: no text\x1b[2J"}
	a.Sources[1].Notes = []string{"it has moved"}
	a.Looked = noon.Add(time.Hour)
	a.Held = append(a.Held, account.Held{Document: "a0004", Sink: "site", Reason: "T03 major"})
	a.Conditions = []account.Condition{
		{Type: account.SourceFailing, About: a.Sources[0].Name, Since: noon, Message: "m"},
		{Type: account.SourceSilent, Since: noon, Message: "m"},
		{Type: account.ArticlesHeld, About: "a0004"},
		{Type: account.ArticlesHeld, About: "a0001"},
		{Type: account.ArticlesHeld, About: "a0002"},
	}
	got := strings.Join(a.Details(), "\n")
	for _, want := range []string{
		"source https://feeds.test/0.xml could not be read since 2027-03-14 12:00 UTC: status 500", "not taken: entry 4: no text[2J",
		"held for cms, site: a0004: T03 major", "findings: 1 major, 2 minor, 5 neutral", "source_silent since 2027-03-14 12:00 UTC: m",
		"source https://feeds.test/1.xml: it has moved", "held before this run: 2 articles",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}
