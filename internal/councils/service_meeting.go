package councils

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/search"
)

// Plan prepares a meeting, which nobody else sees yet. Permission and errors as alone; civic.Invalid with "day", "place", "stream".
func (s *Service) Plan(ctx context.Context, a civic.Actor, m Meeting) (civic.ID, error) {
	m.Place = m.Place.Trimmed()
	err := s.alone(ctx, a, m.Council, func(tx *storage.Tx, _ Council) error {
		if err := m.check(tx.Now()); err != nil {
			return err
		}
		m.ID, m.State = civic.NewID(tx.Now()), Planned
		return insertMeeting(tx, &m)
	})
	return m.ID, err
}

// meetingOf finds a meeting of the council.
func meetingOf(tx *storage.Tx, council, id civic.ID) (Meeting, error) {
	m, err := findMeeting(tx, id)
	if err == nil && m.Council != council {
		err = notThere()
	}
	return m, err
}

// AddItem puts a point on the agenda of a meeting that has not begun. Permission and errors as alone; civic.Closed; civic.Invalid with
// the fields of Item.
func (s *Service) AddItem(ctx context.Context, a civic.Actor, i Item) (civic.ID, error) {
	err := s.alone(ctx, a, i.Council, func(tx *storage.Tx, _ Council) error {
		if err := s.seen(tx, i.From); err != nil {
			return err
		}
		return s.list(tx, a, &i)
	})
	return i.ID, err
}

// seen is nil for a thing that everybody sees, and for none: an agenda and the record do not point at what is hidden or made up.
func (s *Service) seen(tx *storage.Tx, from string) error {
	if from == "" {
		return nil
	}
	thing, _ := civic.ParseRef(from)
	titles, err := s.city.Declared.Titles(tx, civic.Actor{}, []civic.Ref{thing})
	if _, there := titles[thing]; err == nil && !there {
		err = civic.Wrong("from", "councils.from_wrong")
	}
	return err
}

// list puts a point at the end of an agenda. What it comes from is seen by everybody, or is a question that becomes this point.
func (s *Service) list(tx *storage.Tx, a civic.Actor, i *Item) error {
	i.Title = i.Title.Trimmed()
	if i.Meeting == "" {
		return civic.Wrong("meeting", "councils.choose")
	}
	m, err := meetingOf(tx, i.Council, i.Meeting)
	if err != nil {
		return err
	}
	if m.State != Planned && m.State != Convened {
		return notNow()
	}
	if err := i.check(); err != nil {
		return err
	}
	i.ID, i.State = civic.NewID(tx.Now()), OnAgenda
	if err := insertItem(tx, i); err != nil {
		return err
	}
	if m.Public() {
		return s.publishItem(tx, a, *i)
	}
	return nil
}

// publishItem makes a point known, in the record and to the search.
func (s *Service) publishItem(tx *storage.Tx, a civic.Actor, i Item) error {
	err := s.city.Search.Put(tx, search.Document{Ref: itemRef(i.ID), Number: i.no, Public: true, Words: search.Analyse(search.Text{Title: search.Join(i.Title)})})
	return errors.Join(err, s.noteItem(tx, a, actListed, i))
}

func (s *Service) noteItem(tx *storage.Tx, a civic.Actor, act string, i Item) error {
	follows := []civic.Ref{}
	if from, ok := civic.ParseRef(i.From); ok {
		follows = append(follows, from)
	}
	return s.noteNamed(tx, a, i.Council, act, itemRef(i.ID), "reporter", i.Reporter, itemFacts(i), follows...)
}

// Convene invites to a meeting: from now on everybody sees it and its agenda. Permission and errors as alone; civic.Closed when
// it was convened before, has no agenda, or its time has passed.
func (s *Service) Convene(ctx context.Context, a civic.Actor, council, id civic.ID) error {
	return s.alone(ctx, a, council, func(tx *storage.Tx, c Council) error {
		m, points, err := toConvene(tx, council, id)
		if err != nil {
			return err
		}
		if err := s.step(tx, a, &m, Convene); err != nil {
			return err
		}
		for _, i := range points {
			if err := s.publishItem(tx, a, i); err != nil {
				return err
			}
		}
		if err := s.city.Files.Settle(tx, meetingRef(m.ID), actsAs(a, council)); err != nil {
			return err
		}
		return s.tell(tx, c, notifications.Notice{Subject: civic.Say("councils.news_convened", "Council", c.Name, "Date", m.StartsAt), Path: m.path(),
			Event: "councils.convened/" + string(m.ID), Thing: meetingRef(m.ID)})
	})
}

// toConvene finds a meeting that can be convened, with its agenda.
func toConvene(tx *storage.Tx, council, id civic.ID) (m Meeting, points []Item, err error) {
	if m, err = meetingOf(tx, council, id); err != nil {
		return m, nil, err
	}
	if points, err = agenda(tx, m.ID); err != nil {
		return m, nil, err
	}
	if _, ok := Next(m.State, Convene); !ok {
		return m, nil, notNow()
	}
	if len(points) == 0 {
		return m, nil, civic.Fail(civic.Closed, "councils.no_agenda")
	}
	if !m.StartsAt.After(tx.Now()) {
		return m, nil, civic.Fail(civic.Closed, "councils.in_the_future")
	}
	return m, points, nil
}

// step moves a meeting on.
func (s *Service) step(tx *storage.Tx, a civic.Actor, m *Meeting, step Step) (err error) {
	to, ok := Next(m.State, step)
	if !ok {
		return notNow()
	}
	m.State = to
	if err := updateMeeting(tx, *m); err != nil {
		return err
	}
	if err := s.note(tx, a, m.Council, actOf[step], meetingRef(m.ID), meetingFacts(*m)); err != nil {
		return err
	}
	return s.city.Trail.Note(tx, a, "councils.meeting."+string(step), meetingRef(m.ID), nil)
}

// SetPresent notes which members are in the room now, and whether they are a quorum of all members. Permission and errors as
// alone; civic.Closed before the meeting's day and after it is closed.
func (s *Service) SetPresent(ctx context.Context, a civic.Actor, council, id civic.ID, present []civic.ID) error {
	return s.alone(ctx, a, council, func(tx *storage.Tx, c Council) error {
		m, err := meetingOf(tx, council, id)
		if err != nil {
			return err
		}
		if tx.Now().Before(m.StartsAt.Add(-time.Hour)) {
			return civic.Fail(civic.Closed, "councils.not_begun")
		}
		all, err := seats(tx, c.ID)
		if err != nil {
			return err
		}
		members := sitting(all, tx.Now())
		m.Present, m.Members, m.Needed = presentAmong(members, present), len(members), s.quorum(len(members))
		step := Gather
		if len(m.Present) < m.Needed {
			step = Fail
		}
		return s.step(tx, a, &m, step)
	})
}

func (s *Service) quorum(members int) int {
	part, whole := s.value("quorum_part"), s.value("quorum_whole")
	return Quorum(members, min(part, whole), whole)
}

// CloseMeeting ends a meeting. Permission and errors as alone; civic.Closed while a point of the agenda is open.
func (s *Service) CloseMeeting(ctx context.Context, a civic.Actor, council, id civic.ID) error {
	return s.alone(ctx, a, council, func(tx *storage.Tx, _ Council) error {
		m, err := meetingOf(tx, council, id)
		if err != nil {
			return err
		}
		points, err := agenda(tx, m.ID)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(points, func(i Item) bool { return i.State == OnAgenda }) {
			return civic.Fail(civic.Closed, "councils.points_open")
		}
		return s.step(tx, a, &m, Close)
	})
}

// open finds a point of a meeting that goes on, and nothing has happened to yet.
func open(tx *storage.Tx, council, id civic.ID, what Settle) (m Meeting, i Item, err error) {
	if i, err = findItem(tx, id); err != nil {
		return m, i, err
	}
	if i.Council != council {
		return m, i, notThere()
	}
	if m, err = findMeeting(tx, i.Meeting); err != nil {
		return m, i, err
	}
	if _, ok := i.State.After(what); !ok || !m.Running() {
		return m, i, notNow()
	}
	return m, i, nil
}

// SettleItem notes that a point was discussed, or postponed to a day. Permission and errors as alone; civic.Closed; civic.Invalid with
// "what" and "next".
func (s *Service) SettleItem(ctx context.Context, a civic.Actor, council, id civic.ID, what Settle, next time.Time) error {
	return s.alone(ctx, a, council, func(tx *storage.Tx, _ Council) error {
		_, i, err := open(tx, council, id, Note)
		if err != nil {
			return err
		}
		switch {
		case what != Note && what != Postpone:
			return civic.Wrong("what", "councils.choose")
		case what == Postpone && !next.After(tx.Now()):
			return civic.Wrong("next", "councils.next_missing")
		case what == Postpone:
			i.Next = next
		}
		return s.settle(tx, a, i, what)
	})
}

func (s *Service) settle(tx *storage.Tx, a civic.Actor, i Item, what Settle) error {
	i.State, _ = i.State.After(what)
	if err := updateItem(tx, i); err != nil {
		return err
	}
	return s.noteItem(tx, a, actSettled, i)
}

// Hold enters a vote of those who are in the room now; what it accepts and addresses to a body is a recommendation. Permission and errors
// as alone; civic.Closed when the point was settled; civic.Invalid with the fields of Ask.
func (s *Service) Hold(ctx context.Context, a civic.Actor, council, item civic.ID, ask Ask) (v Vote, err error) {
	ask.Text = ask.Text.Trimmed()
	err = s.alone(ctx, a, council, func(tx *storage.Tx, c Council) error {
		m, i, err := open(tx, council, item, Decide)
		if err != nil {
			return err
		}
		all, err := seats(tx, c.ID)
		if err != nil {
			return err
		}
		members := sitting(all, tx.Now())
		if v, err = Hold(ask, members, presentAmong(members, m.Present), s.quorum(len(members))); err != nil {
			return err
		}
		v.ID, v.At, v.Item, v.Meeting = civic.NewID(tx.Now()), tx.Now(), i.ID, m.ID
		if err := insertVote(tx, &v); err != nil {
			return err
		}
		if err := s.note(tx, a, council, actVoted, voteRef(v.ID), voteFacts(v), itemRef(i.ID)); err != nil {
			return err
		}
		if err := s.city.Trail.Note(tx, a, "councils.vote.hold", voteRef(v.ID), nil); err != nil {
			return err
		}
		if err := s.settle(tx, a, i, Decide); err != nil || !v.Accepted || ask.To == "" {
			return err
		}
		return s.adopt(tx, a, c, v, ask)
	})
	return v, err
}

// adopt makes an accepted decision a recommendation to a body.
func (s *Service) adopt(tx *storage.Tx, a civic.Actor, c Council, v Vote, ask Ask) error {
	if err := s.stateBody(tx, "to", ask.To); err != nil {
		return err
	}
	day := tx.Now().In(s.city.Settings.Zone())
	n, err := countOfYear(tx, c.ID, time.Date(day.Year(), 1, 1, 0, 0, 0, 0, day.Location()))
	if err != nil {
		return err
	}
	r := Recommendation{ID: civic.NewID(tx.Now()), Council: c.ID, Meeting: v.Meeting, Vote: v.ID, Number: fmt.Sprintf("%d/%d", n+1, day.Year()), Text: v.Text, Body: ask.To, Opinion: ask.Opinion, AdoptedAt: tx.Now()}
	if err := insertRecommendation(tx, &r); err != nil {
		return err
	}
	err = s.city.Search.Put(tx, search.Document{Ref: recommendationRef(r.ID), Number: r.no, Public: true, Words: search.Analyse(search.Text{Title: search.Join(r.Text), No: r.no})})
	return errors.Join(err, s.note(tx, a, c.ID, actAdopted, recommendationRef(r.ID), recommendationFacts(r), voteRef(v.ID)))
}

// Send sends a recommendation to its body, which owes an answer from now on. Permission and errors as alone; civic.Closed when it was
// sent before.
func (s *Service) Send(ctx context.Context, a civic.Actor, council, id civic.ID) error {
	return s.alone(ctx, a, council, func(tx *storage.Tx, c Council) error {
		r, err := toSend(tx, council, id)
		if err != nil {
			return err
		}
		r.SentAt = tx.Now()
		if err := markSent(tx, r); err != nil {
			return err
		}
		if err := s.note(tx, a, council, actSent, recommendationRef(r.ID), recommendationFacts(r), voteRef(r.Vote)); err != nil {
			return err
		}
		key := "councils.answer_days"
		if r.Opinion {
			key = "councils.opinion_days"
		}
		if _, err := s.city.Answers.Owe(tx, answers.Obligation{Subject: recommendationRef(r.ID), Owed: answers.Answer, Body: bodyRef(r.Body), Source: s.city.Settings.InForce(key).Source,
			Start: tx.Now(), Term: civic.Term{Days: int(s.city.Settings.Value(key)), Working: true}}); err != nil {
			return err
		}
		if err := s.city.Trail.Note(tx, a, "councils.recommendation.send", recommendationRef(r.ID), nil); err != nil {
			return err
		}
		return s.tell(tx, c, notifications.Notice{Subject: civic.Say("councils.news_sent", "Number", r.Number, "Council", c.Name), Path: r.path(),
			Event: "councils.sent/" + string(r.ID), Thing: recommendationRef(r.ID)})
	})
}

func toSend(tx *storage.Tx, council, id civic.ID) (Recommendation, error) {
	r, err := findRecommendation(tx, id)
	switch {
	case err != nil:
		return r, err
	case r.Council != council:
		return r, notThere()
	case !r.SentAt.IsZero():
		return r, notNow()
	}
	return r, nil
}

// Come notes that somebody comes to a meeting, and whether they want to speak. Permission: whoever has an account with a confirmed
// address. Errors: civic.Forbidden, civic.Closed once it has begun.
func (s *Service) Come(ctx context.Context, a civic.Actor, council, id civic.ID, speaks bool) error {
	if !a.Has(civic.Resident) {
		return notYours()
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		m, err := meetingOf(tx, council, id)
		if err == nil && !m.Public() {
			err = notThere()
		}
		if err != nil {
			return err
		}
		if !m.Ahead(tx.Now()) {
			return civic.Fail(civic.Closed, "councils.begun")
		}
		tx.Touch(topic)
		return putGuest(tx, m.ID, a.Account, speaks)
	})
}
