package councils

import (
	"context"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/files"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
)

// Listed is a recommendation with what became of it.
type Listed struct {
	Recommendation
	BodyName civic.Text
	Owed     []answers.Obligation
	Fate     Fate
}

// listed looks up what became of recommendations, all at once.
func (s *Service) listed(tx *storage.Tx, all []Recommendation) ([]Listed, error) {
	var refs []civic.Ref
	var bodies []civic.ID
	for _, r := range all {
		refs, bodies = append(refs, recommendationRef(r.ID)), append(bodies, r.Body)
	}
	owed, err := s.city.Answers.Further(tx, refs)
	if err != nil {
		return nil, err
	}
	names, err := s.city.Organisations.Named(tx, bodies)
	out := make([]Listed, len(all))
	for i, r := range all {
		of := owed[recommendationRef(r.ID)]
		out[i] = Listed{Recommendation: r, BodyName: names[r.Body].Name, Owed: of, Fate: r.fateOf(of, tx.Now())}
	}
	return out, err
}

// Summary is a council in a list.
type Summary struct {
	Council
	State    State
	BodyName civic.Text
	Seated   int
	Reckoning
}

// List lists councils, at most 100.
func (s *Service) List(ctx context.Context) (out []Summary, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		all, err := list(tx, 100)
		if err != nil {
			return err
		}
		for _, c := range all {
			v, err := s.view(tx, civic.Actor{}, c)
			if err != nil {
				return err
			}
			out = append(out, Summary{Council: c, State: v.State, BodyName: v.BodyName.Name, Seated: v.Seated, Reckoning: v.Reckoning})
		}
		return nil
	})
	return out, err
}

// View is a council as its page shows it.
type View struct {
	Council
	State           State
	BodyName        organisations.Named
	Members, Former []Seat
	Names           map[civic.ID]organisations.Named // of members' organisations
	Composition
	MayBeState      int
	Recommendations []Listed
	Reckoning
	Meetings []Meeting // that the reader may see, the latest first
	Work     bool      // the reader does its work
	Asked    []Question
	Trace    record.Neighbours
}

// Show returns a council for its page. Errors: civic.NotFound.
func (s *Service) Show(ctx context.Context, a civic.Actor, id civic.ID) (v View, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		c, err := find(tx, id)
		if err != nil {
			return err
		}
		if v, err = s.view(tx, a, c); err != nil {
			return err
		}
		if v.Work {
			if v.Asked, err = waitingQuestions(tx, c.ID, 50); err != nil {
				return err
			}
		}
		v.Trace, err = s.city.Record.Neighbours(tx, Ref(c.ID))
		return err
	})
	return v, err
}

func (s *Service) view(tx *storage.Tx, a civic.Actor, c Council) (v View, err error) {
	all, err := seats(tx, c.ID)
	if err != nil {
		return v, err
	}
	v = View{Council: c, State: c.At(tx.Now(), s.value("ending_days")), Members: sitting(all, tx.Now()), Work: MayWork(a, c.ID)}
	v.Composition, v.MayBeState = Compose(c, all, tx.Now(), s.rules()), s.rules().MayBeState(c.Size)
	ids := []civic.ID{c.Body}
	for _, seat := range all {
		ids = append(ids, seat.Organisation)
		if past(seat.Until, tx.Now()) {
			v.Former = append(v.Former, seat)
		}
	}
	if v.Names, err = s.city.Organisations.Named(tx, ids); err != nil {
		return v, err
	}
	v.BodyName = v.Names[c.Body]
	adopted, err := recommendations(tx, c.ID)
	if err != nil {
		return v, err
	}
	if v.Recommendations, err = s.listed(tx, adopted); err != nil {
		return v, err
	}
	for _, r := range v.Recommendations {
		v.Reckoning.add(r.Recommendation, r.Owed, tx.Now())
	}
	held, err := meetings(tx, c.ID, 100)
	for _, m := range held {
		if m.Public() || v.Work {
			v.Meetings = append(v.Meetings, m)
		}
	}
	return v, err
}

// Point is a point of an agenda with what it comes from and what was decided.
type Point struct {
	Item
	Source   part.Resolved
	Question *Question // that it comes from
	Vote     *Vote
}

// MeetingView is a meeting as its page shows it.
type MeetingView struct {
	Meeting
	Of          Council
	Agenda      []Point
	Adopted     []Listed
	Seats       map[civic.ID]Seat // all of the council, ever
	Sitting     []Seat
	Papers      []files.File
	Come, Speak int64
	Guest       *Guest // the reader
	Work        bool
	Trace       record.Neighbours
}

// ShowMeeting returns a meeting for its page. Errors: civic.NotFound.
func (s *Service) ShowMeeting(ctx context.Context, a civic.Actor, council, id civic.ID) (v MeetingView, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if v.Meeting, err = meetingOf(tx, council, id); err != nil {
			return err
		}
		if v.Work = MayWork(a, council); !v.Work && !v.Public() {
			return notThere()
		}
		if v.Of, err = find(tx, council); err != nil {
			return err
		}
		if err := s.fillAgenda(tx, &v, a); err != nil {
			return err
		}
		all, err := seats(tx, council)
		if err != nil {
			return err
		}
		v.Seats, v.Sitting = map[civic.ID]Seat{}, sitting(all, tx.Now())
		for _, seat := range all {
			v.Seats[seat.ID] = seat
		}
		if v.Come, v.Speak, err = countGuests(tx, id); err != nil {
			return err
		}
		if a.SignedIn() {
			if g, comes, err := guestOf(tx, id, a.Account); err != nil {
				return err
			} else if comes {
				v.Guest = &g
			}
		}
		papers, err := s.city.Files.Of(tx, a, meetingRef(id))
		if err != nil {
			return err
		}
		v.Papers = papers[Papers]
		v.Trace, err = s.city.Record.Neighbours(tx, meetingRef(id))
		return err
	})
	return v, err
}

// fillAgenda puts on the view what is on the agenda, where it comes from and what came of it.
func (s *Service) fillAgenda(tx *storage.Tx, v *MeetingView, a civic.Actor) error {
	points, err := agenda(tx, v.ID)
	if err != nil {
		return err
	}
	held, err := votesOf(tx, v.ID)
	if err != nil {
		return err
	}
	votes := map[civic.ID]*Vote{}
	for i := range held {
		votes[held[i].Item] = &held[i]
	}
	var refs []civic.Ref
	var questions []civic.ID
	for _, i := range points {
		if from, ok := civic.ParseRef(i.From); ok {
			refs = append(refs, from)
			if from.Kind == KindQuestion {
				questions = append(questions, from.ID)
			}
		}
	}
	named, err := s.city.Declared.Titles(tx, a, refs)
	if err != nil {
		return err
	}
	asked, err := questionsByIDs(tx, questions)
	if err != nil {
		return err
	}
	for _, i := range points {
		p := Point{Item: i, Vote: votes[i.ID]}
		if from, ok := civic.ParseRef(i.From); ok {
			p.Source = named[from]
			for n := range asked {
				if asked[n].ID == from.ID {
					p.Question = &asked[n]
				}
			}
		}
		v.Agenda = append(v.Agenda, p)
	}
	all, err := recommendations(tx, v.Council)
	if err != nil {
		return err
	}
	var here []Recommendation
	for _, r := range all {
		if r.Meeting == v.ID {
			here = append(here, r)
		}
	}
	v.Adopted, err = s.listed(tx, here)
	return err
}

// RecommendationView is a recommendation as its page shows it.
type RecommendationView struct {
	Listed
	Of     Council
	MeetAt Meeting
	Trace  record.Neighbours
}

// ShowRecommendation returns a recommendation for its page. Errors: civic.NotFound.
func (s *Service) ShowRecommendation(ctx context.Context, council, id civic.ID) (v RecommendationView, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		r, err := findRecommendation(tx, id)
		if err == nil && r.Council != council {
			err = notThere()
		}
		if err != nil {
			return err
		}
		listed, err := s.listed(tx, []Recommendation{r})
		if err != nil {
			return err
		}
		v.Listed = listed[0]
		if v.Of, err = find(tx, council); err != nil {
			return err
		}
		if v.MeetAt, err = findMeeting(tx, r.Meeting); err != nil {
			return err
		}
		v.Trace, err = s.city.Record.Neighbours(tx, recommendationRef(id))
		return err
	})
	return v, err
}
