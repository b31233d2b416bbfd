package account

import (
	"time"

	"dragoman/cmd/internal/store"
)

// Line is the account on one line: "nothing new: 3 sources looked at, 0 calls",
// or "4 articles: 3 delivered, 1 held (a0004: T03 major); 31 calls, 0.4200 USD".
func (a Account) Line() string { return "" }

// Details are the lines below it: what is held and why, sources that could not
// be read, entries that were not taken, conditions.
func (a Account) Details() []string { return nil }

// Table gives rows for term.Table, at most 80 columns wide: a head, and a row
// for each firing, times in the zone of its schedule.
func Table(firings []store.Firing, zone func(schedule string) *time.Location) [][]string { return nil }
