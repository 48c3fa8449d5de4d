package councils

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/meetings"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/search"
)

// meets tells a council as a body that meets.
func (s *Service) meets(tx *storage.Tx, id civic.ID) (b meetings.Body, err error) {
	c, err := find(tx, id)
	if err != nil {
		return b, err
	}
	all, err := seats(tx, id)
	if err != nil {
		return b, err
	}
	b = meetings.Body{Ref: Ref(id), Name: c.Name, Desk: deskPath(id), Over: c.At(tx.Now(), 0) == Over, Told: []civic.Ref{bodyRef(c.Body), city.Ref()}}
	members := sitting(all, tx.Now())
	for _, seat := range members {
		b.Members = append(b.Members, meetings.Member{ID: seat.ID, Name: seat.Name, Sits: true})
	}
	for _, seat := range all {
		if !seat.Sits(tx.Now()) {
			b.Members = append(b.Members, meetings.Member{ID: seat.ID, Name: seat.Name})
		}
	}
	part, whole := s.value("quorum_part"), s.value("quorum_whole")
	b.Quorum = meetings.Quorum(len(members), min(part, whole), whole)
	return b, nil
}

// addressees are the state bodies: they owe answers.
func (s *Service) addressees(tx *storage.Tx) (out []part.Choice, err error) {
	all, err := s.city.Organisations.Bodies(tx)
	for _, b := range all {
		out = append(out, part.Choice{ID: b.ID, Title: b.Name})
	}
	return out, err
}

// adopt makes an accepted decision a recommendation to a state body. The lock of the council is held.
func (s *Service) adopt(tx *storage.Tx, a civic.Actor, v meetings.Vote, council, to civic.ID, opinion bool) error {
	if err := s.stateBody(tx, "to", to); err != nil {
		return err
	}
	day := tx.Now().In(s.city.Settings.Zone())
	n, err := countOfYear(tx, council, time.Date(day.Year(), 1, 1, 0, 0, 0, 0, day.Location()))
	if err != nil {
		return err
	}
	r := Recommendation{ID: civic.NewID(tx.Now()), Council: council, Meeting: v.Meeting, Vote: v.ID, Number: fmt.Sprintf("%d/%d", n+1, day.Year()), Text: v.Text, Body: to, Opinion: opinion, AdoptedAt: tx.Now()}
	if err := insertRecommendation(tx, &r); err != nil {
		return err
	}
	if err := countAdopted(tx, council); err != nil {
		return err
	}
	tx.Touch(topic)
	err = s.city.Search.Put(tx, search.Document{Ref: recommendationRef(r.ID), Number: r.no, Public: true, Words: search.Analyse(search.Text{Title: search.Join(r.Text), No: r.no})})
	return errors.Join(err, s.note(tx, a, council, actAdopted, recommendationRef(r.ID), recommendationFacts(r), meetings.VoteRef(v.ID)))
}

// cameOf tells what became of what votes adopted.
func (s *Service) cameOf(tx *storage.Tx, votes []civic.ID) (map[civic.ID]part.Result, error) {
	all, err := recommendationsBy(tx, votes)
	if err != nil {
		return nil, err
	}
	listed, err := s.listed(tx, all)
	out := map[civic.ID]part.Result{}
	for _, r := range listed {
		out[r.Vote] = r.result()
	}
	return out, err
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
		if err := s.note(tx, a, council, actSent, recommendationRef(r.ID), recommendationFacts(r), meetings.VoteRef(r.Vote)); err != nil {
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
