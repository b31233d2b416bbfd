package account

import (
	"fmt"
	"slices"
	"time"

	"dragoman/cmd/internal/store"
	"dragoman/cmd/internal/term"
	"dragoman/pipeline"
)

// head is the first row of Table.
var head = []string{"DUE", "STATE", "WHY", "ITEMS", "HELD", "CALLS", "FINDINGS", "COST"}

// Table gives rows for term.Table, at most 80 columns wide: a head, and a row
// for each firing, times in the zone of their schedule. It is one schedule's.
func Table(firings []store.Firing, zone *time.Location) [][]string {
	rows := [][]string{head}
	for _, f := range firings {
		rows = append(rows, row(f, zone))
	}
	return rows
}

// row is 16, 8, 6, 5, 5, 5, 8 and 13 columns wide at most, with 2 between: 80.
func row(f store.Firing, zone *time.Location) []string {
	cells := []string{f.Due.In(zone).Format("2006-01-02 15:04"), string(f.State), string(f.Cause)}
	a, err := Read(f.Report)
	switch {
	case f.State == store.FiringSkipped:
		return append(cells, "-", "-", "-", "-", "-")
	case err != nil:
		return append(cells, "?", "?", "?", "?", "?")
	case f.State == store.FiringDone && a.Exit > 0:
		cells[1] = "exit " + term.Number(a.Exit)
	}
	return append(cells, few(a.Taken()), few(len(a.held())), few(a.Calls), few(findings(a)), cost(a))
}

// mostBelow bounds the lines below a row.
const mostBelow = 12

// Below are the lines below the row of a firing: why it was not run or is open,
// and what was wrong. Of one that ended well they are the items that it could
// not use.
func Below(f store.Firing) []string {
	a, err := Read(f.Report)
	if f.State != store.FiringDone {
		if f.Reason == "" {
			return nil
		}
		return []string{term.String(f.Reason)}
	}
	if err != nil {
		return []string{term.String(err.Error())}
	}
	if a.Exit == 0 {
		a.Problem, a.Conditions = "", nil
	}
	lines := a.Wrong()
	if n := len(lines); n > mostBelow {
		lines = append(slices.Clone(lines[:mostBelow-1]), fmt.Sprintf("and %d more lines; --json has them", n-mostBelow+1))
	}
	return lines
}

// findings counts all but neutral ones.
func findings(a Account) int {
	n := 0
	for s, m := range a.Findings {
		if s != pipeline.Neutral {
			n += m
		}
	}
	return n
}

// few is a number in five columns at most.
func few(n int) string {
	switch {
	case n >= 1_000_000:
		return term.Number(min(n/1_000_000, 999)) + "M"
	case n >= 10_000:
		return term.Number(n/1000) + "k"
	}
	return term.Number(n)
}

// cost is the first currency in 13 columns, and a + where there are more.
func cost(a Account) string {
	if len(a.Cost) == 0 {
		return "-"
	}
	m, more := a.Cost[0], ""
	if len(a.Cost) > 1 {
		more = " +"
	}
	if text := m.String() + more; len(text) <= costWidth {
		return text
	}
	return cut(fmt.Sprintf("%d %s%s", m.Micros/1e6, m.Currency, more), costWidth) // whole units
}

const costWidth = 13
