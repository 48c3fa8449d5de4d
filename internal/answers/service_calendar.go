package answers

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record/proof"
)

// A change of the calendar moves the due dates of what is still owed. Each process looks whether
// the calendar is another than the one by which the stored dates were computed; whoever is first
// computes them again, some at a time, and notes the calendar when all are done.

// Move is a due date that a change of the calendar moved.
type Move struct {
	At, Was, Becomes time.Time
	Days             []MovedDay // that made the difference
}

// MovedDay is a date that counts otherwise than before.
type MovedDay struct {
	Date    string     `json:"date"`
	Working bool       `json:"working"` // now
	Name    civic.Text `json:"name"`
	Source  civic.Text `json:"source"`
}

// calendar is what due dates depend on: the dates that are not as their weekday says, and the zone.
type calendar struct {
	Digest string
	Days   map[string]bool // working
}

func calendarOf(cal civic.Calendar) (calendar, error) {
	c := calendar{Days: map[string]bool{}}
	var lines []string
	for date, day := range cal.Days {
		c.Days[date] = day.Working
		lines = append(lines, date+strconv.FormatBool(day.Working))
	}
	slices.Sort(lines)
	var err error
	c.Digest, err = proof.DigestOf(append(lines, cal.Zone.String()))
	return c, err
}

// movedDays are the dates within a time that count otherwise in cal than they did before.
func movedDays(before calendar, cal civic.Calendar, from, to time.Time) (out []MovedDay) {
	was := civic.Calendar{Zone: cal.Zone, Days: map[string]civic.Day{}}
	for date, working := range before.Days {
		was.Days[date] = civic.Day{Working: working}
	}
	dates := slices.Collect(maps.Keys(cal.Days))
	for date := range before.Days {
		if _, still := cal.Days[date]; !still {
			dates = append(dates, date)
		}
	}
	for _, date := range dates {
		at, err := time.ParseInLocation(time.DateOnly, date, cal.Zone)
		if err != nil || at.Before(from) || at.After(to) || was.Working(at) == cal.Working(at) {
			continue
		}
		day := cal.Days[date]
		out = append(out, MovedDay{Date: date, Working: cal.Working(at), Name: day.Name, Source: day.Source})
	}
	slices.SortFunc(out, func(x, y MovedDay) int { return cmp.Compare(x.Date, y.Date) })
	return out
}

// watchCalendar recomputes due dates whenever the calendar has changed, until ctx ends.
func (s *Service) watchCalendar(ctx context.Context) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	var seen uint64 // the version of the city's settings whose calendar was looked at
	for {
		if version := s.db.Version(city.Topic) + 1; version != seen {
			if err := s.settleCalendar(ctx); err != nil {
				if ctx.Err() != nil {
					return nil
				}
				return err
			}
			seen = version
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// settleCalendar recomputes the due dates unless they were computed by the calendar of now.
func (s *Service) settleCalendar(ctx context.Context) error {
	cal := s.city.Calendar()
	now, err := calendarOf(cal)
	if err != nil {
		return err
	}
	var before calendar
	var known bool
	err = s.db.Read(ctx, func(tx *storage.Tx) (err error) { before, known, err = calendarBefore(tx); return err })
	if err != nil || before.Digest == now.Digest {
		return err
	}
	if known {
		err = storage.WriteInSteps(ctx, s.db, 0, func(tx *storage.Tx, after int64) (int64, bool, error) { return s.moveSome(tx, after, before, cal) })
	}
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error { return saveCalendar(tx, now) })
}

// moveSome gives some obligations behind a number the due date of the calendar, and says behind which number the rest is.
func (s *Service) moveSome(tx *storage.Tx, after int64, before calendar, cal civic.Calendar) (int64, bool, error) {
	const some = 200
	all, err := running(tx, after, some)
	if err != nil || len(all) == 0 {
		return after, false, err
	}
	var ids []civic.ID
	for _, o := range all {
		ids = append(ids, o.ID)
	}
	if err := lockAll(tx, ids); err != nil {
		return after, false, err
	}
	for _, id := range ids {
		if err := s.move(tx, id, before, cal); err != nil {
			return after, false, err
		}
	}
	return all[len(all)-1].no, len(all) == some, s.changed(tx, all...)
}

// move gives an obligation, which is locked, the due date of the calendar; when it has it already, another process
// was faster, or the change does not concern it.
func (s *Service) move(tx *storage.Tx, id civic.ID, before calendar, cal civic.Calendar) error {
	o, err := find(tx, id)
	if err != nil || o.State != Running {
		return err
	}
	m := Move{At: tx.Now(), Was: o.Due, Becomes: o.ends(cal)}
	if m.Was.Equal(m.Becomes) {
		return nil
	}
	last := m.Was
	if m.Becomes.After(last) {
		last = m.Becomes
	}
	m.Days = movedDays(before, cal, o.Start, last)
	o.Due, o.ChangedAt, o.reminded = m.Becomes, tx.Now(), notReminded
	if err := update(tx, o); err != nil {
		return err
	}
	if err := insertMove(tx, o, m); err != nil {
		return err
	}
	tx.Touch(Topic)
	if err := s.note(tx, actMoved, o, ""); err != nil {
		return err
	}
	return s.tellMoved(tx, o, m)
}
