package volunteering

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
)

const maxReason = 500 // letters

// CallOff calls off an action with all its shifts that have not begun, or one of these; "" is the whole. Whoever was to come is told why, and
// comes to nothing. Errors: NotFound, Forbidden, Invalid with "reason", Closed when it has begun, or was called off.
func (s *Service) CallOff(ctx context.Context, a civic.Actor, action, shift civic.ID, reason civic.Text) error {
	return s.city.DB.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock("volunteering"); err != nil { // nobody adds a shift meanwhile
			return err
		}
		x, off, err := s.toCallOff(tx, a, action, shift, reason)
		if err != nil {
			return err
		}
		for _, sh := range off {
			if err := s.callOffShift(tx, x, sh, reason); err != nil {
				return err
			}
		}
		tx.Touch(topic)
		if shift != "" {
			return nil
		}
		x.Reason = reason.Trimmed()
		if err := updateReason(tx, x); err != nil {
			return err
		}
		if err := s.city.Search.Remove(tx, Kind, x.no); err != nil {
			return err
		}
		return s.note(tx, actCalledOff, a, x)
	})
}

// CheckCallOff says whether CallOff would do it, and which shifts it would call off. Errors: as of CallOff.
func (s *Service) CheckCallOff(ctx context.Context, a civic.Actor, action, shift civic.ID, reason civic.Text) (off []Shift, err error) {
	err = s.city.DB.Read(ctx, func(tx *storage.Tx) error {
		_, off, err = s.toCallOff(tx, a, action, shift, reason)
		return err
	})
	return off, err
}

func (s *Service) toCallOff(tx *storage.Tx, a civic.Actor, action, shift civic.ID, reason civic.Text) (Action, []Shift, error) {
	x, err := s.organised(tx, a, action)
	if err != nil {
		return x, nil, err
	}
	all, err := shiftsOf(tx, x)
	if err != nil {
		return x, nil, err
	}
	off := slices.DeleteFunc(all, func(sh Shift) bool {
		return sh.Off || !sh.Starts.After(tx.Now()) || shift != "" && sh.ID != shift
	})
	var p civic.Problems
	p.OfficialAtMost("reason", reason, maxReason)
	switch {
	case len(off) == 0:
		return x, nil, civic.Fail(civic.Closed, "volunteering.nothing_to_call_off")
	case len(p) > 0:
		return x, nil, p.Err()
	}
	return x, off, nil
}

func (s *Service) callOffShift(tx *storage.Tx, x Action, sh Shift, reason civic.Text) error {
	if err := lockShift(tx, sh.ID); err != nil {
		return err
	}
	people, err := comingTo(tx, sh)
	if err != nil {
		return err
	}
	for _, who := range people {
		if err := s.free(tx, sh, who.Account, notifications.Notice{Subject: civic.Say("volunteering.told_off", "Title", x.Title),
			Body: civic.Say("volunteering.told_off_why", "Time", civic.Moment(sh.Starts), "Reason", reason.Trimmed()), Path: Path(x.ID)}); err != nil {
			return err
		}
	}
	return updateOff(tx, sh)
}

// free takes a place from somebody and tells them.
func (s *Service) free(tx *storage.Tx, sh Shift, account civic.ID, told notifications.Notice) error {
	if err := deleteComing(tx, sh, account); err != nil {
		return err
	}
	return s.city.Notifications.Notify(tx, account, told)
}

// lockShift lets one at a time change who comes to a shift. Errors: NotFound when none is named.
func lockShift(tx *storage.Tx, shift civic.ID) error {
	if shift == "" {
		return notThere()
	}
	return tx.Lock("volunteering.shift:" + string(shift))
}

// Moved is what becomes of those who were to come when a shift is changed.
type Moved struct {
	Lost map[civic.ID]Outcome // by account: who could not come any more, and why
	Stay []civic.ID
	Said map[civic.ID]string // their names
	Same bool                // the time is the same: nobody is asked anew
}

// Move changes the time of a shift that has not begun, or how many it needs. Who cannot come then by the rules loses the place, the others are
// asked anew; each is told. Errors: NotFound, Forbidden, Closed, Invalid.
func (s *Service) Move(ctx context.Context, a civic.Actor, action, shift civic.ID, to Shift) error {
	return s.city.DB.Write(ctx, func(tx *storage.Tx) error {
		if err := lockShift(tx, shift); err != nil {
			return err
		}
		if err := lockComing(tx, shift); err != nil {
			return err
		}
		x, sh, moved, err := s.toMove(tx, a, action, shift, to)
		if err != nil {
			return err
		}
		sh.Starts, sh.Ends, sh.Needed = to.Starts, to.Ends, to.Needed
		if err := updateShift(tx, sh); err != nil {
			return err
		}
		tx.Touch(topic)
		if moved.Same {
			return nil
		}
		for _, account := range slices.Sorted(maps.Keys(moved.Lost)) {
			if err := s.free(tx, sh, account, notifications.Notice{Subject: civic.Say("volunteering.told_lost", "Title", x.Title),
				Body: civic.Say("volunteering.told_lost_why", "Time", civic.Moment(sh.Starts)), Path: Path(x.ID)}); err != nil {
				return err
			}
		}
		if err := askAnew(tx, sh); err != nil {
			return err
		}
		for _, account := range moved.Stay {
			if err := s.city.Notifications.Notify(tx, account, notifications.Notice{Subject: civic.Say("volunteering.told_moved", "Title", x.Title),
				Body: civic.Say("volunteering.told_moved_to", "Time", civic.Moment(sh.Starts), "Place", x.Place), Path: Path(x.ID)}); err != nil {
				return err
			}
		}
		return s.forgetLater(tx, x, sh.Ends)
	})
}

// lockComing keeps those who come to a shift from going elsewhere until the end of the transaction: none may be booked in two places at once.
func lockComing(tx *storage.Tx, shift civic.ID) error {
	_, sh, err := findShift(tx, shift)
	if err != nil {
		return err
	}
	people, err := comingTo(tx, sh)
	slices.SortFunc(people, func(a, b person) int { return strings.Compare(string(a.Account), string(b.Account)) })
	for _, who := range people {
		if err == nil {
			err = lockBook(tx, who.Account)
		}
	}
	return err
}

// CheckMove says what Move would do, and changes nothing. Errors: as of Move.
func (s *Service) CheckMove(ctx context.Context, a civic.Actor, action, shift civic.ID, to Shift) (m Moved, err error) {
	err = s.city.DB.Read(ctx, func(tx *storage.Tx) error {
		_, _, m, err = s.toMove(tx, a, action, shift, to)
		return err
	})
	return m, err
}

func (s *Service) toMove(tx *storage.Tx, a civic.Actor, action, shift civic.ID, to Shift) (x Action, sh Shift, m Moved, err error) {
	if x, sh, err = s.shiftToCome(tx, a, action, shift); err != nil {
		return x, sh, m, err
	}
	if err := s.shiftProblems(tx, to).Err(); err != nil {
		return x, sh, m, err
	}
	people, err := comingTo(tx, sh)
	if err != nil {
		return x, sh, m, err
	}
	m = Moved{Lost: map[civic.ID]Outcome{}, Said: map[civic.ID]string{}, Same: to.Starts.Equal(sh.Starts) && to.Ends.Equal(sh.Ends)}
	taken, err := takenByThem(tx, sh, to.Starts.AddDate(0, 0, -2), to.Ends.AddDate(0, 0, 2))
	if err != nil {
		return x, sh, m, err
	}
	r, zone := s.Rules(), s.city.Settings.Zone()
	changed, asked := to, map[civic.ID]Volunteer{}
	changed.ID, changed.action, changed.Role.Kind = sh.ID, sh.action, sh.Role.Kind // a time changes nobody's age
	for _, who := range people {
		v := r.volunteerOf(who.Class, to.Starts.In(zone))
		v.Taken = taken[who.Account]
		asked[who.Account], m.Said[who.Account] = v, who.Name
	}
	if !m.Same {
		for id, answer := range r.Lost(changed, asked, tx.Now(), zone) {
			m.Lost[id] = answer.Outcome
		}
	}
	for _, who := range people {
		if _, lost := m.Lost[who.Account]; !lost {
			m.Stay = append(m.Stay, who.Account)
		}
	}
	if to.Needed < len(m.Stay) {
		return x, sh, m, civic.Wrong("needed", "volunteering.needed_fewer", "Count", len(m.Stay))
	}
	return x, sh, m, nil
}

// volunteerOf is somebody of a class, as far as it tells: of an age only that is kept.
func (r Rules) volunteerOf(c Class, day time.Time) Volunteer {
	switch c {
	case Minor:
		return Volunteer{Born: day.AddDate(1-r.Adult, 0, 0)}
	case Signed, Brought:
		return Volunteer{Born: day.AddDate(1-r.ConsentUnder, 0, 0), Consent: c == Signed, Accompanied: c == Brought}
	}
	return Volunteer{}
}

// shiftToCome is a shift of an action that the actor organises, which has not begun and was not called off.
func (s *Service) shiftToCome(tx *storage.Tx, a civic.Actor, action, shift civic.ID) (Action, Shift, error) {
	if _, err := s.organised(tx, a, action); err != nil {
		return Action{}, Shift{}, err
	}
	x, sh, err := findShift(tx, shift)
	switch {
	case err != nil:
		return x, sh, err
	case x.ID != action:
		return x, sh, notThere()
	case sh.Off || !tx.Now().Before(sh.Starts):
		return x, sh, civic.Fail(civic.Closed, "volunteering.begun_or_off")
	}
	return x, sh, nil
}

// Release takes somebody off a shift that has not begun, and tells them. Errors: NotFound, Forbidden, Closed.
func (s *Service) Release(ctx context.Context, a civic.Actor, action, shift, account civic.ID) error {
	return s.city.DB.Write(ctx, func(tx *storage.Tx) error {
		if _, err := s.organised(tx, a, action); err != nil {
			return err
		}
		if err := lockShift(tx, shift); err != nil {
			return err
		}
		x, sh, err := s.shiftToCome(tx, a, action, shift)
		if err != nil {
			return err
		}
		if coming, err := isComing(tx, sh, account); err != nil || !coming {
			return notThereOr(err)
		}
		tx.Touch(topic)
		return s.free(tx, sh, account, notifications.Notice{Subject: civic.Say("volunteering.told_released", "Title", x.Title),
			Body: civic.Say("volunteering.told_released_ask", "Time", civic.Moment(sh.Starts)), Path: Path(x.ID)})
	})
}

func notThereOr(err error) error {
	if err != nil {
		return err
	}
	return notThere()
}

// ComeStill answers that the actor comes to a shift at its new time too, which they have read. Errors: NotFound, Closed; Conflict when it is at another time by now.
func (s *Service) ComeStill(ctx context.Context, a civic.Actor, shift civic.ID, at time.Time) error {
	return s.city.DB.Write(ctx, func(tx *storage.Tx) error {
		if err := lockShift(tx, shift); err != nil {
			return err
		}
		_, sh, err := s.worked(tx, a.Account, shift)
		if err != nil {
			return err
		}
		if !sh.Starts.Equal(at) {
			return civic.Fail(civic.Conflict, "volunteering.moved_again")
		}
		if !tx.Now().Before(sh.Starts) {
			return civic.Fail(civic.Closed, "volunteering.has_begun")
		}
		tx.Touch(topic)
		return answered(tx, sh, a.Account)
	})
}

// note writes an act of an action, with all that its page shows.
func (s *Service) note(tx *storage.Tx, act string, a civic.Actor, x Action) error {
	payload := facts(x)
	if err := s.city.Record.CommitAll(tx, payload, map[string]string{"contact": x.Contact}); err != nil {
		return err
	}
	return s.city.Record.Record(tx, record.Entry{Kind: act, Subject: ref(x.ID), Payload: payload, Actor: speaksAs(a, x)})
}

// eventOf is the event at which the people of an action help, as everybody sees it; public is false where there is none.
func (s *Service) eventOf(tx *storage.Tx, x Action) (event part.Resolved, public bool, err error) {
	if x.Helps == "" {
		return event, false, nil
	}
	ref := civic.Ref{Kind: eventKind, ID: x.Helps}
	all, err := s.city.Declared.Titles(tx, civic.Actor{}, []civic.Ref{ref})
	event, public = all[ref]
	return event, public, err
}
