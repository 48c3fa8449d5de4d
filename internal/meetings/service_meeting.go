package meetings

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/search"
)

// Plan prepares a meeting, which nobody else sees yet. Permission and errors as alone; civic.Invalid with "day", "place", "stream".
func (s *Service) Plan(ctx context.Context, a civic.Actor, m Meeting) (civic.ID, error) {
	m.Place = m.Place.Trimmed()
	err := s.alone(ctx, a, m.Body, func(tx *storage.Tx, _ Body) error {
		if err := m.check(tx.Now()); err != nil {
			return err
		}
		if twice, err := plannedBefore(tx, m); err != nil || twice { // a form that was sent twice
			return errors.Join(err, civic.Wrong("day", "meetings.planned_same"))
		}
		m.ID, m.State = civic.NewID(tx.Now()), Planned
		return insert(tx, &m)
	})
	return m.ID, err
}

// AddItem puts a point on the agenda of a meeting that has not begun. Permission and errors as at; civic.Closed; civic.Invalid with
// the fields of Item.
func (s *Service) AddItem(ctx context.Context, a civic.Actor, i Item) (civic.ID, error) {
	err := s.at(ctx, a, i.Meeting, func(tx *storage.Tx, _ Body, m Meeting) error {
		if err := s.seen(tx, i.From); err != nil {
			return err
		}
		return s.list(tx, a, m, &i)
	})
	return i.ID, err
}

// seen is nil for a thing that everybody sees, and for none: an agenda and the record do not point at what is hidden or made up.
func (s *Service) seen(tx *storage.Tx, from string) error {
	if from == "" {
		return nil
	}
	thing, _ := civic.ParseRef(from)
	titles, err := s.declared.Titles(tx, civic.Actor{}, []civic.Ref{thing})
	if _, there := titles[thing]; err == nil && !there {
		err = civic.Wrong("from", "meetings.from_wrong")
	}
	return err
}

// list puts a point at the end of an agenda. What it comes from is seen by everybody, or is a question that becomes this point.
func (s *Service) list(tx *storage.Tx, a civic.Actor, m Meeting, i *Item) error {
	i.Title = i.Title.Trimmed()
	if m.State != Planned && m.State != Convened {
		return notNow()
	}
	if err := i.check(tx.Now()); err != nil {
		return err
	}
	points, err := Agenda(tx, m.ID)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(points, i.same) { // a form that was sent twice
		return civic.Wrong("title", "meetings.item_same")
	}
	if len(points) >= maxPoints {
		return civic.Wrong("title", "meetings.items_most", "Count", maxPoints)
	}
	if !i.Received.IsZero() {
		i.Days = s.value("opinion_days")
		i.Due = s.city.Calendar().Add(i.Received, i.Days)
	}
	i.ID, i.State = civic.NewID(tx.Now()), Proposed
	if m.Public() {
		i.State = OnAgenda
	}
	if err := insertItem(tx, i); err != nil {
		return err
	}
	if m.Public() {
		return s.publishItem(tx, a, m, *i)
	}
	return nil
}

// publishItem makes a point known, in the record and to the search.
func (s *Service) publishItem(tx *storage.Tx, a civic.Actor, m Meeting, i Item) error {
	err := s.search.Put(tx, search.Document{Ref: itemRef(i.ID), Number: i.no, Public: true, Words: search.Analyse(search.Text{Title: search.Join(i.Title)})})
	return errors.Join(err, s.noteItem(tx, a, m, actListed, i))
}

func (s *Service) noteItem(tx *storage.Tx, a civic.Actor, m Meeting, act string, i Item) (err error) {
	follows := []civic.Ref{}
	if from, ok := civic.ParseRef(i.From); ok {
		follows = append(follows, from)
	}
	payload := itemFacts(i)
	if payload["reporter"], err = s.record.CommitOfficial(tx, i.Reporter); err != nil { // an officeholder, who keeps the name in the record
		return err
	}
	return s.note(tx, a, m.Body, act, itemRef(i.ID), payload, follows...)
}

// Convene invites to a meeting: from now on everybody sees it and its agenda. Permission and errors as at; civic.Closed when
// it was convened before, has no agenda, or its time has passed.
func (s *Service) Convene(ctx context.Context, a civic.Actor, id civic.ID) error {
	return s.at(ctx, a, id, func(tx *storage.Tx, b Body, m Meeting) error {
		points, err := toConvene(tx, m)
		if err != nil {
			return err
		}
		if err := errors.Join(s.step(tx, a, &m, Convene), atItsHour(tx, m)); err != nil {
			return err
		}
		for _, i := range points {
			i.State, _ = i.State.After(Put)
			if err := updateItem(tx, i); err != nil {
				return err
			}
			if err := s.publishItem(tx, a, m, i); err != nil {
				return err
			}
		}
		for _, i := range points {
			if err := s.files.Settle(tx, itemRef(i.ID), part.WorksAs(a, m.Body)); err != nil {
				return err
			}
		}
		if err := s.files.Settle(tx, RefOf(m.ID), part.WorksAs(a, m.Body)); err != nil {
			return err
		}
		return s.tellMembers(tx, b, notifications.Notice{Subject: civic.Say("meetings.news_convened", "Body", b.Name, "Date", m.StartsAt), Path: Path(m.ID),
			Event: "meetings.convened/" + string(m.ID), Thing: RefOf(m.ID)})
	})
}

// beginKind is the background work at the hour at which a meeting begins.
const beginKind = "meetings.begin"

// atItsHour has the pages made anew that keep a meeting among those to come, when it begins.
func atItsHour(tx *storage.Tx, m Meeting) error {
	return jobs.Enqueue(tx, beginKind, m.ID, jobs.Options{At: m.StartsAt})
}

func (s *Service) begin(ctx context.Context, _ jobs.Job) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error { tx.Touch(Topic); return nil })
}

// toConvene is the agenda of a meeting that can be convened.
func toConvene(tx *storage.Tx, m Meeting) ([]Item, error) {
	points, err := Agenda(tx, m.ID)
	if err != nil {
		return nil, err
	}
	if _, ok := Next(m.State, Convene); !ok {
		return nil, notNow()
	}
	if len(points) == 0 {
		return nil, civic.Fail(civic.Closed, "meetings.no_agenda")
	}
	if !m.StartsAt.After(tx.Now()) {
		return nil, civic.Fail(civic.Closed, "meetings.in_the_future")
	}
	return points, nil
}

// step moves a meeting on.
func (s *Service) step(tx *storage.Tx, a civic.Actor, m *Meeting, step Step) (err error) {
	to, ok := Next(m.State, step)
	if !ok {
		return notNow()
	}
	m.State = to
	if err := update(tx, *m); err != nil {
		return err
	}
	if err := s.note(tx, a, m.Body, actOf[step], RefOf(m.ID), meetingFacts(*m)); err != nil {
		return err
	}
	return s.trail.Note(tx, a, "meetings.meeting."+string(step), RefOf(m.ID), nil)
}

// SetPresent notes which members are in the room now, and whether they are a quorum of all members. Permission and errors as
// at; civic.Closed before the meeting's day and after it is closed.
func (s *Service) SetPresent(ctx context.Context, a civic.Actor, id civic.ID, present []civic.ID) error {
	return s.at(ctx, a, id, func(tx *storage.Tx, b Body, m Meeting) error {
		if tx.Now().Before(m.StartsAt.Add(-early)) {
			return civic.Fail(civic.Closed, "meetings.not_begun")
		}
		members := b.Sitting()
		m.Present, m.Members, m.Needed = presentAmong(members, present), len(members), b.Quorum
		step := Gather
		if len(m.Present) < m.Needed {
			step = Fail
		}
		return s.step(tx, a, &m, step)
	})
}

// CloseMeeting ends a meeting. Permission and errors as at; civic.Closed while a point of the agenda is open.
func (s *Service) CloseMeeting(ctx context.Context, a civic.Actor, id civic.ID) error {
	return s.at(ctx, a, id, func(tx *storage.Tx, _ Body, m Meeting) error {
		points, err := Agenda(tx, m.ID)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(points, func(i Item) bool { return i.State == OnAgenda }) {
			return civic.Fail(civic.Closed, "meetings.points_open")
		}
		if err := s.step(tx, a, &m, Close); err != nil {
			return err
		}
		if closed := s.owners[m.Body.Kind].Closed; closed != nil {
			return closed(tx, m.Body.ID)
		}
		return nil
	})
}

// atPoint is at for an act on a point to which what can still happen.
func (s *Service) atPoint(ctx context.Context, a civic.Actor, id civic.ID, what Settle, act func(*storage.Tx, Body, Meeting, Item) error) error {
	if what != Discuss && what != Decide && what != Postpone {
		return civic.Wrong("what", "meetings.choose")
	}
	i, err := s.findItem(ctx, id)
	if err != nil {
		return err
	}
	return s.at(ctx, a, i.Meeting, func(tx *storage.Tx, b Body, m Meeting) error {
		if i, err = findItem(tx, id); err != nil {
			return err
		}
		if _, ok := i.State.After(what); !ok || !m.Running() {
			return notNow()
		}
		return act(tx, b, m, i)
	})
}

// findItem finds a point, whose meeting never changes.
func (s *Service) findItem(ctx context.Context, id civic.ID) (i Item, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error { i, err = findItem(tx, id); return err })
	return i, err
}

// SettleItem notes that a point was discussed, or postponed to a day. What was discussed may still be decided or postponed. Permission and errors as at; civic.Closed; civic.Invalid with
// "what" and "next".
func (s *Service) SettleItem(ctx context.Context, a civic.Actor, id civic.ID, what Settle, next time.Time) error {
	return s.atPoint(ctx, a, id, what, func(tx *storage.Tx, _ Body, m Meeting, i Item) error {
		switch {
		case what == Postpone && !next.After(tx.Now()):
			return civic.Wrong("next", "meetings.next_missing")
		case what == Postpone:
			i.Next = next
		}
		return s.settle(tx, a, m, i, what)
	})
}

func (s *Service) settle(tx *storage.Tx, a civic.Actor, m Meeting, i Item, what Settle) error {
	i.State, _ = i.State.After(what)
	if err := updateItem(tx, i); err != nil {
		return err
	}
	return s.noteItem(tx, a, m, actSettled, i)
}

// Link says where a meeting can be watched, and where its recording is. Permission and errors as at; civic.Closed of one to which nobody was
// invited yet; civic.Invalid with "stream" and "recorded".
func (s *Service) Link(ctx context.Context, a civic.Actor, id civic.ID, stream, recorded string) error {
	return s.at(ctx, a, id, func(tx *storage.Tx, _ Body, m Meeting) error {
		if !m.Public() {
			return notNow()
		}
		var p civic.Problems
		checkAddress(&p, "stream", stream)
		checkAddress(&p, "recorded", recorded)
		if p.Err() != nil {
			return p.Err()
		}
		m.Stream, m.Recorded = stream, recorded
		if err := updateLinks(tx, m); err != nil {
			return err
		}
		return s.note(tx, a, m.Body, actLinked, RefOf(m.ID), meetingFacts(m))
	})
}

// Come notes that somebody comes to a meeting, and whether they want to speak. Permission: whoever has an account with a confirmed
// address. Errors: civic.Forbidden, civic.Closed once it has begun.
func (s *Service) Come(ctx context.Context, a civic.Actor, id civic.ID, speaks bool) error {
	if !a.Has(civic.Resident) {
		return notYours()
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		m, err := Find(tx, id)
		if err == nil && !m.Public() {
			err = notThere()
		}
		if err != nil {
			return err
		}
		if !m.Ahead(tx.Now()) {
			return civic.Fail(civic.Closed, "meetings.begun")
		}
		tx.Touch(Topic)
		return putGuest(tx, m.ID, a.Account, speaks)
	})
}
