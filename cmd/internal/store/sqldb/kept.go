package sqldb

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
	"dragoman/pipeline/llm"
)

// errNoRow says that a query has no row.
var errNoRow = sql.ErrNoRows

// decisions keeps what an editor decided, one row an id.
type decisions struct{ db *DB }

// The kinds of a decision.
const (
	kindEdit    = "edit"
	kindFinding = "finding"
)

// Recall gives what was decided so far. See [store.Decisions].
func (t *decisions) Recall(ctx context.Context) (d *pipeline.Decisions, err error) {
	err = t.db.read(ctx, "recalling the decisions", func(s *session) error {
		d, err = t.all(ctx, s)
		return err
	})
	return d, err
}

func (t *decisions) all(ctx context.Context, s *session) (*pipeline.Decisions, error) {
	var all *pipeline.Decisions
	err := s.each(ctx, "SELECT kind, id, state, reason FROM decisions", nil, func(scan func(...any) error) error {
		var kind, id string
		var d pipeline.Decision
		if err := scan((*text)(&kind), (*text)(&id), (*text)(&d.State), (*text)(&d.Reason)); err != nil {
			return err
		}
		if all == nil {
			all = &pipeline.Decisions{Edits: map[string]pipeline.Decision{}, Findings: map[string]pipeline.Decision{}}
		}
		if kind == kindEdit {
			all.Edits[id] = d
		} else {
			all.Findings[id] = d
		}
		return nil
	})
	if err != nil || all == nil {
		return nil, err
	}
	return all, store.KnownDecisions(all)
}

// Remember lays decisions over the earlier ones. See [store.Decisions].
func (t *decisions) Remember(ctx context.Context, given *pipeline.Decisions) (all *pipeline.Decisions, err error) {
	if given == nil || len(given.Edits)+len(given.Findings) == 0 {
		return t.Recall(ctx)
	}
	type decided struct {
		kind, id string
		pipeline.Decision
	}
	var list []decided
	for id, d := range given.Edits {
		list = append(list, decided{kindEdit, id, d})
	}
	for id, d := range given.Findings {
		list = append(list, decided{kindFinding, id, d})
	}
	slices.SortFunc(list, func(a, b decided) int { return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.id, b.id)) })
	err = t.db.write(ctx, "remembering the decisions", func(ctx context.Context, s *session) error {
		for _, d := range list {
			var err error
			if d.State == store.Undecided {
				_, err = s.exec(ctx, "DELETE FROM decisions WHERE kind = ? AND id = ?", d.kind, text(d.id))
			} else {
				_, err = s.exec(ctx, `INSERT INTO decisions (kind, id, state, reason) VALUES (?, ?, ?, ?)
					ON CONFLICT (kind, id) DO UPDATE SET state = excluded.state, reason = excluded.reason`,
					d.kind, text(d.id), text(d.State), text(d.Reason))
			}
			if err != nil {
				return err
			}
		}
		all, err = t.all(ctx, s)
		return err
	})
	if all == nil && err == nil { // the last one was taken back
		all = &pipeline.Decisions{Edits: map[string]pipeline.Decision{}, Findings: map[string]pipeline.Decision{}}
	}
	return all, err
}

// profiles keeps what doctor found out.
type profiles struct{ db *DB }

// profileName is what the seal of a profile is bound to.
func profileName(baseURL, model string) string {
	return fmt.Sprintf("%d:%s%s", len(baseURL), baseURL, model)
}

// Load finds a profile. A damaged one counts as not stored: doctor finds it
// out again. See [store.Profiles].
func (t *profiles) Load(ctx context.Context, baseURL, model string) (llm.Profile, bool, error) {
	baseURL = strings.TrimRight(baseURL, "/")
	none := llm.Profile{Endpoint: baseURL, Model: model}
	var body []byte
	err := t.db.read(ctx, "reading the profile", func(s *session) error {
		err := s.row(ctx, "SELECT body FROM profiles WHERE endpoint = ? AND model = ?", []any{text(baseURL), text(model)}, []any{&body})
		if errors.Is(err, errNoRow) {
			return nil
		}
		return err
	})
	if err != nil || body == nil {
		return none, false, err
	}
	var p llm.Profile
	b, err := t.db.packer.unseal(profileName(baseURL, model), body)
	if err != nil || json.Unmarshal(b, &p) != nil {
		return none, false, nil
	}
	return p, true, nil
}

// Save stores a profile in place of the earlier one. See [store.Profiles].
func (t *profiles) Save(ctx context.Context, baseURL, model string, p llm.Profile) error {
	const doing = "storing the profile"
	p.Endpoint, p.Model = strings.TrimRight(baseURL, "/"), model
	b, err := json.Marshal(p)
	if err == nil {
		b, err = t.db.packer.seal(profileName(p.Endpoint, model), b)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return t.db.write(ctx, doing, func(ctx context.Context, s *session) error {
		_, err := s.exec(ctx, `INSERT INTO profiles (endpoint, model, body) VALUES (?, ?, ?)
			ON CONFLICT (endpoint, model) DO UPDATE SET body = excluded.body`, text(p.Endpoint), text(model), b)
		return err
	})
}
