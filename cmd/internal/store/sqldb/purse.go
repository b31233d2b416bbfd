package sqldb

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"dragoman/pipeline"
	"dragoman/pipeline/llm/wire"
)

// purse keeps accounts and the reservations in them.
type purse struct{ db *DB }

// holdAge is how old a reservation may grow before it counts as one that
// nobody will settle: its process died. A call takes ten minutes at most where
// nobody sets more. It stays set aside; but nobody waits for it any more.
const holdAge = time.Hour

// largest bounds an amount, in millionths or tokens: a thousand million units of
// money, so that no account ever overflows.
const largest = 1e15

// amounts reports whether an amount can be one.
func amounts(a wire.Amount) bool {
	return a.Money.Micros >= 0 && a.Tokens >= 0 && a.Money.Micros <= largest && a.Tokens <= largest && (a.Money.Micros == 0 || a.Money.Currency != "")
}

// account is a row of accounts.
type account struct {
	name           string
	currency       string
	micros, tokens int64 // spent
	heldM, heldT   int64 // set aside
}

// Reserve sets aside what a call can use at most. See [wire.Purse].
func (p *purse) Reserve(ctx context.Context, accounts []wire.Account, most wire.Amount) (string, error) {
	const doing = "reserving"
	accounts = slices.Clone(accounts)
	slices.SortFunc(accounts, func(a, b wire.Account) int { return cmp.Compare(a.Name, b.Name) }) // one order for all who lock
	if err := reservable(accounts, most); err != nil {
		return "", fmt.Errorf("%s: %w", doing, err)
	}
	id := "h-" + randomID(8)
	err := p.db.write(ctx, doing, func(ctx context.Context, s *session) error {
		if s.again {
			var n int
			if err := s.row(ctx, "SELECT COUNT(*) FROM holds WHERE id = ?", []any{id}, []any{&n}); err != nil || n > 0 {
				return err // it is there, from the try whose connection was lost
			}
		}
		busy := false
		for _, a := range accounts {
			err := p.fits(ctx, s, a, most)
			if errors.Is(err, wire.ErrBusy) {
				busy = true // another account may be spent for good
			} else if err != nil {
				return err
			}
		}
		if busy {
			return wire.ErrBusy
		}
		for _, a := range accounts {
			if err := p.hold(ctx, s, id, a.Name, most); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	return id, nil
}

// reservable checks what no account needs to be looked at for.
func reservable(accounts []wire.Account, most wire.Amount) error {
	if len(accounts) == 0 {
		return invalid("", "no account is named")
	}
	if !amounts(most) {
		return invalid("", "%d %q and %d tokens is no amount to reserve", most.Money.Micros, most.Money.Currency, most.Tokens)
	}
	for i, a := range accounts {
		if i > 0 && a.Name == accounts[i-1].Name {
			return invalid("", "the account %s is named twice", a.Name)
		}
		if a.Cap.Money.Micros > 0 && !same(a.Cap.Money.Currency, most.Money.Currency) {
			return currencies(a.Name, a.Cap.Money.Currency, most.Money.Currency)
		}
	}
	return nil
}

// same reports whether two currencies can stand in one account: "" is unknown.
func same(a, b string) bool { return a == "" || b == "" || a == b }

func currencies(account, has, given string) error {
	return invalid("cap it in the currency of the model's price", "the account %s is in %s, not in %s", account, has, given)
}

// fits checks that an amount fits under the cap of an account, which is made
// and locked.
func (p *purse) fits(ctx context.Context, s *session, a wire.Account, most wire.Amount) error {
	has, err := p.account(ctx, s, a.Name)
	if err != nil {
		return err
	}
	for _, c := range []string{most.Money.Currency, a.Cap.Money.Currency} {
		if !same(has.currency, c) {
			return currencies(a.Name, has.currency, c)
		}
	}
	over := func(micros, tokens int64) bool {
		return passes(a.Cap.Money.Micros, micros, most.Money.Micros) || passes(a.Cap.Tokens, tokens, most.Tokens)
	}
	if !over(has.micros+has.heldM, has.tokens+has.heldT) {
		return nil
	}
	var liveM, liveT int64
	err = s.row(ctx, "SELECT CAST(COALESCE(SUM(micros), 0) AS BIGINT), CAST(COALESCE(SUM(tokens), 0) AS BIGINT) FROM holds WHERE account = ? AND made >= ?",
		[]any{text(a.Name), stamp(p.db.now().Add(-holdAge))}, []any{&liveM, &liveT})
	if err != nil {
		return err
	}
	if !over(has.micros+has.heldM-liveM, has.tokens+has.heldT-liveT) {
		return wire.ErrBusy
	}
	used, next, limit := fmt.Sprintf("%d", has.tokens+has.heldT), fmt.Sprintf("%d", most.Tokens), fmt.Sprintf("%d tokens", a.Cap.Tokens)
	if passes(a.Cap.Money.Micros, has.micros+has.heldM, most.Money.Micros) {
		used, next = money(has.micros+has.heldM, a.Cap), money(most.Money.Micros, a.Cap)
		limit = a.Cap.Money.String()
	}
	return &pipeline.Error{
		Code: pipeline.Budget, Hint: cmp.Or(a.Hint, "raise the cap and run again: what is answered is kept"),
		Err: fmt.Errorf("the cap of %s on %s is reached: %s are used or set aside, and the next call could take %s", limit, cmp.Or(a.Label, a.Name), used, next),
	}
}

// money is an amount in the currency of a cap.
func money(micros int64, limit wire.Amount) string {
	return pipeline.Money{Micros: micros, Currency: limit.Money.Currency}.String()
}

// passes reports whether used and want together pass a cap; 0 is none.
func passes(limit, used, want int64) bool { return limit > 0 && (used > limit || want > limit-used) }

// account is an account's row, locked until the transaction ends, and made
// where it is missing.
func (p *purse) account(ctx context.Context, s *session, name string) (account, error) {
	a := account{name: name}
	_, err := s.exec(ctx, `INSERT INTO accounts (name, currency, spent_micros, spent_tokens, held_micros, held_tokens)
		VALUES (?, '', 0, 0, 0, 0) ON CONFLICT DO NOTHING`, text(name))
	if err != nil {
		return a, err
	}
	err = s.row(ctx, "SELECT currency, spent_micros, spent_tokens, held_micros, held_tokens FROM accounts WHERE name = ?"+p.db.dialect.ForUpdate,
		[]any{text(name)}, []any{(*text)(&a.currency), &a.micros, &a.tokens, &a.heldM, &a.heldT})
	return a, err
}

// hold writes a reservation down in one account.
func (p *purse) hold(ctx context.Context, s *session, id, name string, most wire.Amount) error {
	_, err := s.exec(ctx, "INSERT INTO holds (id, account, owner, made, micros, tokens) VALUES (?, ?, ?, ?, ?, ?)",
		id, text(name), text(p.db.owner), stamp(p.db.now()), most.Money.Micros, most.Tokens)
	if err != nil {
		return err
	}
	_, err = s.exec(ctx, `UPDATE accounts SET held_micros = held_micros + ?, held_tokens = held_tokens + ?,
		currency = CASE WHEN currency = '' THEN ? ELSE currency END WHERE name = ?`,
		most.Money.Micros, most.Tokens, text(most.Money.Currency), text(name))
	return err
}

// Settle ends a reservation. See [wire.Purse].
func (p *purse) Settle(ctx context.Context, hold string, used wire.Amount) error {
	const doing = "settling"
	if !amounts(used) {
		return fmt.Errorf("%s: %w", doing, invalid("", "%d %q and %d tokens is no amount", used.Money.Micros, used.Money.Currency, used.Tokens))
	}
	return p.db.write(ctx, doing, func(ctx context.Context, s *session) error {
		held, err := p.held(ctx, s, hold)
		if err != nil {
			return err
		}
		if len(held) == 0 {
			if s.again {
				return nil // it went through when the connection was lost
			}
			return invalid("", "there is no reservation %s, or it is settled already", hold)
		}
		for _, h := range held {
			a, err := p.account(ctx, s, h.name)
			if err != nil {
				return err
			}
			if used.Money.Micros > 0 && !same(a.currency, used.Money.Currency) {
				return currencies(a.name, a.currency, used.Money.Currency)
			}
			_, err = s.exec(ctx, `UPDATE accounts SET held_micros = held_micros - ?, held_tokens = held_tokens - ?,
				spent_micros = spent_micros + ?, spent_tokens = spent_tokens + ?,
				currency = CASE WHEN currency = '' THEN ? ELSE currency END WHERE name = ?`,
				h.heldM, h.heldT, used.Money.Micros, used.Tokens, text(used.Money.Currency), text(h.name))
			if err != nil {
				return err
			}
		}
		n, err := s.exec(ctx, "DELETE FROM holds WHERE id = ?", hold)
		if err == nil && int(n) != len(held) { // somebody else settled it beside this one
			return invalid("", "the reservation %s is settled already", hold)
		}
		return err
	})
}

// held is what a reservation set aside, by account.
func (p *purse) held(ctx context.Context, s *session, hold string) (held []account, err error) {
	err = s.each(ctx, "SELECT account, micros, tokens FROM holds WHERE id = ? ORDER BY account", []any{text(hold)}, func(scan func(...any) error) error {
		var h account
		err := scan((*text)(&h.name), &h.heldM, &h.heldT)
		held = append(held, h)
		return err
	})
	return held, err
}

// Spent is what an account has used, reservations included. See [wire.Purse].
func (p *purse) Spent(ctx context.Context, name string) (used wire.Amount, err error) {
	err = p.db.read(ctx, "reading an account", func(s *session) error {
		err := s.row(ctx, "SELECT currency, spent_micros + held_micros, spent_tokens + held_tokens FROM accounts WHERE name = ?",
			[]any{text(name)}, []any{(*text)(&used.Money.Currency), &used.Money.Micros, &used.Tokens})
		if errors.Is(err, errNoRow) {
			return nil
		}
		return err
	})
	return used, err
}
