package sqldb

import (
	"context"
	"errors"

	"dragoman/cmd/internal/store"
)

// schedules keeps schedules as they were applied.
type schedules struct{ db *DB }

const scheduleColumns = "name, spec, paused, since, applied"

// Apply stores a schedule. See [store.Schedules].
func (t *schedules) Apply(ctx context.Context, sch store.Schedule) error {
	return t.db.write(ctx, "storing the schedule", func(ctx context.Context, s *session) error {
		_, err := s.exec(ctx, "INSERT INTO schedules ("+scheduleColumns+`) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (name) DO UPDATE SET spec = excluded.spec, applied = excluded.applied`,
			text(sch.Name), plain(sch.Spec), flag(sch.Paused), stamp(sch.Since), stamp(sch.Applied))
		for _, p := range sch.Places {
			if err != nil {
				break
			}
			_, err = s.exec(ctx, "INSERT INTO places (schedule, "+placeColumns+`) VALUES (?, ?, ?, ?, ?)
				ON CONFLICT (schedule, kind, name, path) DO UPDATE SET spec = excluded.spec`,
				text(sch.Name), string(p.Kind), text(p.Name), text(p.Path), plain(p.Spec))
		}
		return err
	})
}

// places remembers where schedules brought articles.
type places struct{ db *DB }

const placeColumns = "kind, name, path, spec"

// Of gives the places of a schedule. See [store.Places].
func (t *places) Of(ctx context.Context, schedule string) ([]store.Place, error) {
	return listed(ctx, t.db, "listing the places of a schedule",
		"SELECT "+placeColumns+" FROM places WHERE schedule = ? ORDER BY kind, name, path", []any{text(schedule)}, scanPlace)
}

func scanPlace(scan func(...any) error) (store.Place, error) {
	var p store.Place
	err := scan((*string)(&p.Kind), (*text)(&p.Name), (*text)(&p.Path), (*[]byte)(&p.Spec))
	p.Spec = given(p.Spec)
	return p, err
}

// Alter changes a stored schedule. See [store.Schedules].
func (t *schedules) Alter(ctx context.Context, name string, f func(s *store.Schedule) (remove bool)) error {
	removing := false // a try before this one removed it, or was cut off while it did
	return t.db.write(ctx, "changing the schedule", func(ctx context.Context, s *session) error {
		sch, err := scanSchedule(func(into ...any) error {
			return s.row(ctx, "SELECT "+scheduleColumns+" FROM schedules WHERE name = ?"+t.db.dialect.ForUpdate, []any{text(name)}, into)
		})
		if errors.Is(err, errNoRow) {
			if s.again && removing {
				return nil
			}
			return invalid("dragoman schedule list", "there is no schedule %s", name)
		}
		if err != nil {
			return err
		}
		if removing = f(&sch); removing {
			_, err = s.exec(ctx, "DELETE FROM schedules WHERE name = ?", text(name))
			return err
		}
		_, err = s.exec(ctx, "UPDATE schedules SET paused = ?, since = ? WHERE name = ?", flag(sch.Paused), stamp(sch.Since), text(name))
		return err
	})
}

// List gives the schedules by name. See [store.Schedules].
func (t *schedules) List(ctx context.Context) (all []store.Schedule, err error) {
	return listed(ctx, t.db, "listing the schedules", "SELECT "+scheduleColumns+" FROM schedules ORDER BY name", nil, scanSchedule)
}

func scanSchedule(scan func(...any) error) (store.Schedule, error) {
	var sch store.Schedule
	var paused, since, applied int64
	err := scan((*text)(&sch.Name), (*[]byte)(&sch.Spec), &paused, &since, &applied)
	sch.Spec, sch.Paused, sch.Since, sch.Applied = given(sch.Spec), paused != 0, moment(since), moment(applied)
	return sch, err
}

// firings keeps the history of schedules.
type firings struct{ db *DB }

const firingColumns = "schedule, due, cause, state, reason, run, started, ended, retry, attempts, report"

// Claim stores a firing unless there is one of its schedule and time. See
// [store.Firings].
func (t *firings) Claim(ctx context.Context, f store.Firing) (stored store.Firing, made bool, err error) {
	claim := randomID(8)
	err = t.db.write(ctx, "claiming a firing", func(ctx context.Context, s *session) error {
		for {
			_, err := s.exec(ctx, "INSERT INTO firings (claim, "+firingColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
				claim, text(f.Schedule), stamp(f.Due), string(f.Cause), string(f.State), text(f.Reason), text(f.Run),
				stamp(f.Started), stamp(f.Ended), stamp(f.Retry), f.Attempts, plain(f.Report))
			if err != nil {
				return err
			}
			var by string
			stored, err = scanFiring(func(into ...any) error {
				return s.row(ctx, "SELECT "+firingColumns+", claim FROM firings WHERE schedule = ? AND due = ?",
					[]any{text(f.Schedule), stamp(f.Due)}, append(into, &by))
			})
			if errors.Is(err, errNoRow) {
				continue // it was pruned just now
			}
			made = by == claim
			return err
		}
	})
	return stored, made, err
}

// Update changes a stored firing. See [store.Firings].
func (t *firings) Update(ctx context.Context, f store.Firing) error {
	return t.db.write(ctx, "storing the firing", func(ctx context.Context, s *session) error {
		n, err := s.exec(ctx, `UPDATE firings SET cause = ?, state = ?, reason = ?, run = ?, started = ?, ended = ?, retry = ?, attempts = ?, report = ?
			WHERE schedule = ? AND due = ?`,
			string(f.Cause), string(f.State), text(f.Reason), text(f.Run), stamp(f.Started), stamp(f.Ended), stamp(f.Retry), f.Attempts, plain(f.Report),
			text(f.Schedule), stamp(f.Due))
		if err == nil && n == 0 {
			return invalid("dragoman schedule history", "the schedule %s has no firing of %s", f.Schedule, f.Due.UTC().Format("2006-01-02T15:04:05Z"))
		}
		return err
	})
}

// List gives the firings, the latest first. See [store.Firings].
func (t *firings) List(ctx context.Context, f store.FiringFilter) ([]store.Firing, error) {
	where, args := "", []any{}
	if f.Schedule != "" {
		where, args = where+" AND schedule = ?", append(args, text(f.Schedule))
	}
	if len(f.States) > 0 {
		in, more := among("state", f.States)
		where, args = where+in, append(args, more...)
	}
	args = append(args, limit(f.Limit))
	return listed(ctx, t.db, "listing the firings", "SELECT "+firingColumns+" FROM firings WHERE 1 = 1"+where+" ORDER BY due DESC, schedule LIMIT ?", args, scanFiring)
}

func scanFiring(scan func(...any) error) (store.Firing, error) {
	var f store.Firing
	var due, started, ended, retry int64
	err := scan((*text)(&f.Schedule), &due, (*string)(&f.Cause), (*string)(&f.State), (*text)(&f.Reason), (*text)(&f.Run),
		&started, &ended, &retry, &f.Attempts, (*[]byte)(&f.Report))
	f.Due, f.Started, f.Ended, f.Retry, f.Report = moment(due), moment(started), moment(ended), moment(retry), given(f.Report)
	return f, err
}
