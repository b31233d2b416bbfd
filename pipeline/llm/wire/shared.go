package wire

import (
	"context"
	"errors"
	"time"

	"dragoman/pipeline"
)

// Amount is money and tokens, used or allowed. The zero amount is nothing used,
// and as a cap no cap.
type Amount struct {
	Money  pipeline.Money // Currency "" where no price is known: then Micros is 0 and only tokens count
	Tokens int64          // input and output together
}

// Account is one purse that several runs or processes pay from, such as
// "run:r-0123" or "day:2026-11-28".
type Account struct {
	Name  string
	Label string // what a person calls it, in an error: "this run"; "" is Name
	Cap   Amount // Money.Micros 0 is no cap in money, Tokens 0 none in tokens
	Hint  string // what to do where it is spent; "" is to raise the cap
}

// Purse keeps accounts that outlive a run and are shared by processes. It is
// safe for concurrent use. Package cmd/internal/store has it in a database;
// without one the wire counts by itself, for one run.
type Purse interface {
	// Reserve sets aside in every account the most that one attempt can use,
	// or in none. It returns the name of the reservation.
	//
	// Where a cap would be passed even if nothing else were under way, the
	// error is a *pipeline.Error of code Budget. Where only the reservations
	// of others stand in the way, the error is [ErrBusy]: ask again when one
	// of them has ended. Money in another currency than an account's is a
	// *pipeline.Error of code Invalid.
	//
	// A reservation whose process died stays: what may have been paid counts
	// as spent.
	Reserve(ctx context.Context, accounts []Account, most Amount) (hold string, err error)
	// Settle ends a reservation by what was really used; the zero amount gives
	// it back. Settling twice is an error.
	Settle(ctx context.Context, hold string, used Amount) error
	// Spent is what an account has used so far, reservations included.
	Spent(ctx context.Context, account string) (Amount, error)
}

// Rates keeps the rates of providers over several processes. It is safe for
// concurrent use.
type Rates interface {
	// Take claims n units of a bucket that gets perMinute units a minute, and
	// says how long to wait before using them. The claims of all processes
	// stand in one line, evenly spaced (generic cell rate algorithm with a
	// burst of one claim), so that no second sees more than its share and one
	// claim. With n 0 nothing is claimed: the wait is that of a pause alone.
	Take(ctx context.Context, bucket string, n, perMinute int64) (time.Duration, error)
	// Return gives back units that were claimed and not used, such as the
	// tokens that an answer did not have.
	Return(ctx context.Context, bucket string, n, perMinute int64) error
	// Pause makes every process wait for d from now, unless a longer pause is
	// set already: after a 429 of one, nobody asks.
	Pause(ctx context.Context, bucket string, d time.Duration) error
}

// ErrBusy says that what is left of an account would do only once the
// reservations of others have ended.
var ErrBusy = errors.New("what is left is held by calls under way")
