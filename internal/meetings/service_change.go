package meetings

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// MoveMeeting gives a meeting to which people were invited another time or place, and tells them why. Permission and errors as at;
// civic.Closed once those present were counted; civic.Invalid with "day", "place", "reason".
func (s *Service) MoveMeeting(ctx context.Context, a civic.Actor, id civic.ID, starts time.Time, place, reason civic.Text) error {
	return s.at(ctx, a, id, func(tx *storage.Tx, b Body, m Meeting) error {
		place = place.Trimmed()
		same := m.StartsAt.Equal(starts) && maps.Equal(m.Place, place)
		m.StartsAt, m.Place = starts, place
		if err := m.check(tx.Now()); err != nil {
			return err
		}
		if same { // a form that was sent twice tells nobody twice
			return civic.Wrong("day", "meetings.moved_nowhere")
		}
		if err := errors.Join(s.change(tx, a, &m, Move, reason), atItsHour(tx, m)); err != nil {
			return err
		}
		return s.tellChange(tx, b, m, civic.Say("meetings.news_moved", "Body", b.Name, "Date", m.StartsAt))
	})
}

// CallOffMeeting calls off a meeting to which people were invited. The points of its agenda are postponed to the day next, for none of
// them may be left without an end. Permission and errors as at; civic.Closed once those present were counted; civic.Invalid with
// "reason" and "next".
func (s *Service) CallOffMeeting(ctx context.Context, a civic.Actor, id civic.ID, reason civic.Text, next time.Time) error {
	return s.at(ctx, a, id, func(tx *storage.Tx, b Body, m Meeting) error {
		if !next.After(tx.Now()) {
			return civic.Wrong("next", "meetings.next_missing")
		}
		if err := s.change(tx, a, &m, CallOff, reason); err != nil {
			return err
		}
		points, err := Agenda(tx, m.ID)
		if err != nil {
			return err
		}
		for _, i := range points {
			i.Next = next
			if err := s.settle(tx, a, m, i, Postpone); err != nil {
				return err
			}
		}
		return s.tellChange(tx, b, m, civic.Say("meetings.news_called_off", "Body", b.Name, "Date", m.StartsAt))
	})
}

// change is a step of which everybody who was invited is told the reason.
func (s *Service) change(tx *storage.Tx, a civic.Actor, m *Meeting, step Step, reason civic.Text) error {
	m.Reason = reason.Trimmed()
	var p civic.Problems
	if p.OfficialAtMost("reason", m.Reason, maxWords); p.Err() != nil {
		return p.Err()
	}
	m.Sequence++
	return s.step(tx, a, m, step)
}

// tellChange tells members, those who come to a meeting, those whose questions are on its agenda, and those who follow its body.
func (s *Service) tellChange(tx *storage.Tx, b Body, m Meeting, subject civic.Message) error {
	n := notifications.Notice{Subject: subject, Body: civic.Say("meetings.because", "Reason", m.Reason), Path: Path(m.ID),
		Event: "meetings.changed/" + string(m.ID) + "/" + strconv.Itoa(m.Sequence), Thing: RefOf(m.ID)}
	concerned, err := guestsOf(tx, m.ID)
	if err != nil {
		return err
	}
	askers, err := askersOf(tx, m.ID)
	if err != nil {
		return err
	}
	return s.tellMembers(tx, b, n, append(concerned, askers...)...)
}

// tellMembers tells the members of a body who have accounts, others whom it concerns, and those who follow it: each once.
func (s *Service) tellMembers(tx *storage.Tx, b Body, n notifications.Notice, others ...civic.ID) error {
	if of := s.owners[b.Ref.Kind].Accounts; of != nil {
		members, err := of(tx, b.Ref.ID)
		if err != nil {
			return err
		}
		others = append(others, members...)
	}
	slices.Sort(others)
	for _, account := range slices.Compact(others) {
		if err := s.notices.Notify(tx, account, n); err != nil {
			return err
		}
	}
	return s.tell(tx, b, n)
}
