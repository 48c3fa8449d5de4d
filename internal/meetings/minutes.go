package meetings

import (
	"context"
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Minutes is the part that writes down what a meeting is remembered by. Meetings know of it only where its pages are.
type Minutes struct {
	// Page is where everybody reads the minutes of a meeting, without the language; "" before they are approved.
	Page func(tx *storage.Tx, meeting civic.ID) (string, error)
	// Desk is where they are written, without the language.
	Desk func(meeting civic.ID) string
}

// Minuted names the part that keeps minutes. It calls this when it is made, before anything else is asked.
func (s *Service) Minuted(m Minutes) { s.minutes = m }

// Work runs an act of another part on a meeting: nobody else works on the body's meetings at the same time, and every page that shows them is made
// anew. Permission: part.MayWork. Errors: civic.Forbidden, civic.NotFound.
func (s *Service) Work(ctx context.Context, a civic.Actor, id civic.ID, act func(*storage.Tx, Meeting) error) error {
	return s.at(ctx, a, id, func(tx *storage.Tx, _ Body, m Meeting) error { return act(tx, m) })
}

// Sitting runs an act of a member on a meeting, as Work does. Permission: whoever has a seat in the body today. Errors: civic.Forbidden,
// civic.NotFound.
func (s *Service) Sitting(ctx context.Context, a civic.Actor, id civic.ID, act func(tx *storage.Tx, m Meeting, seat civic.ID) error) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		m, err := Find(tx, id)
		if err != nil {
			return err
		}
		seat, err := s.SeatIn(tx, a, m.Body)
		if err != nil {
			return err
		}
		if seat == "" {
			return notYours()
		}
		if _, err := s.lock(tx, m.Body); err != nil {
			return err
		}
		tx.Touch(Topic)
		return act(tx, m, seat)
	})
}

// TellMembers tells the members of a meeting's body who have accounts, within another part's act; event names what happened, once.
func (s *Service) TellMembers(tx *storage.Tx, m Meeting, subject, body civic.Message, path, event string) error {
	n := notifications.Notice{Subject: subject, Body: body, Path: path, Event: event, Thing: RefOf(m.ID)}
	of := s.owners[m.Body.Kind].Accounts
	if of == nil {
		return nil
	}
	members, err := of(tx, m.Body.ID)
	for _, account := range members {
		if err == nil {
			err = s.notices.Notify(tx, account, n)
		}
	}
	return err
}

// Attended are those who were at a meeting at some time: at the last count, or at a vote.
func Attended(m Meeting, votes []Vote) []civic.ID {
	out := slices.Clone(m.Present)
	for _, v := range votes {
		for _, b := range v.Ballots {
			if b.Choice != Absent && !slices.Contains(out, b.Seat) {
				out = append(out, b.Seat)
			}
		}
	}
	return out
}

// Attendance is at how many of the meetings that were held while they had it people of a seat were.
type Attendance struct{ Held, Attended int }

// Attendance counts, for each seat of a body, the closed meetings from the day since on. sat says whether somebody had a seat on a day. It reads
// all of them: owners keep what it says (see Owner.Closed).
func (s *Service) Attendance(tx *storage.Tx, body civic.Ref, since time.Time, seats []civic.ID, sat func(seat civic.ID, on time.Time) bool) (map[civic.ID]Attendance, error) {
	out := map[civic.ID]Attendance{}
	err := storage.Walk(func(after string) ([]Meeting, string, error) { return closedOf(tx, body, since, after, mostVoted) }, func(m Meeting) error {
		votes, err := VotesOf(tx, m.ID)
		there := Attended(m, votes)
		for _, seat := range seats {
			if !sat(seat, m.StartsAt) {
				continue
			}
			n := out[seat]
			n.Held++
			if slices.Contains(there, seat) {
				n.Attended++
			}
			out[seat] = n
		}
		return err
	})
	return out, err
}
