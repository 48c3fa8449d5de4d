package councils

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/forming"
	"github.com/birge-kz/birge/internal/meetings"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
)

// Listed is a recommendation with what became of it.
type Listed struct {
	Recommendation
	BodyName civic.Text
	Owed     []Owing
	Fate     Fate
}

// listed looks up what became of recommendations, all at once.
func (s *Service) listed(tx *storage.Tx, all []Recommendation) ([]Listed, error) {
	var refs []civic.Ref
	var bodies []civic.ID
	for _, r := range all {
		refs, bodies = append(refs, recommendationRef(r.ID)), append(bodies, r.Body)
	}
	owed, err := s.owing(tx, refs)
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

// owing is what is owed about recommendations, with what was said to it last.
func (s *Service) owing(tx *storage.Tx, refs []civic.Ref) (map[civic.Ref][]Owing, error) {
	owed, err := s.city.Answers.Further(tx, refs)
	if err != nil {
		return nil, err
	}
	said, err := s.city.Answers.Said(tx, slices.Concat(slices.Collect(maps.Values(owed))...))
	out := map[civic.Ref][]Owing{}
	for ref, all := range owed {
		for _, o := range all {
			out[ref] = append(out[ref], Owing{o, said[o.ID]})
		}
	}
	return out, err
}

// changed keeps the sums of a council with every step of what is owed about one of its recommendations (see answers.Service.Tell).
func (s *Service) changed(tx *storage.Tx, id civic.ID) error {
	r, err := findRecommendation(tx, id)
	if err != nil {
		return err
	}
	was, err := countedAs(tx, r)
	if err != nil {
		return err
	}
	owed, err := s.owing(tx, []civic.Ref{recommendationRef(id)})
	is := CountOf(owed[recommendationRef(id)])
	if err != nil || is == was {
		return err
	}
	return recount(tx, r, was, is)
}

// Summary is a council in a list.
type Summary struct {
	Council
	FormName civic.Text
	State    State
	Seated   int
	Reckoning
}

// pageSize is how many councils stand on a page of the list.
const pageSize = 20

// List is a page of the councils that a query finds, and where the next one begins; "" on the last. Errors: civic.Invalid for a cursor
// that is none.
func (s *Service) List(ctx context.Context, q Query) (out []Summary, next string, err error) {
	q.Ending = s.value("ending_days")
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		found, err := listed(tx, q, pageSize)
		if err != nil {
			return err
		}
		next = found.Next
		var ids []civic.ID
		for _, c := range found.Items {
			ids = append(ids, c.ID)
		}
		sums, err := reckonings(tx, ids)
		if err != nil {
			return err
		}
		known, err := forms(tx)
		of := names(known)
		for _, c := range found.Items {
			if err != nil {
				return err
			}
			var all []Seat
			all, err = seats(tx, c.ID)
			out = append(out, Summary{Council: c, FormName: of[c.Form], State: c.At(tx.Now(), q.Ending), Seated: len(sitting(all, firstDay(c, tx.Now()))), Reckoning: sums[c.ID]})
		}
		return err
	})
	return out, next, err
}

// View is a council as its page shows it.
type View struct {
	Council
	FormName        civic.Text
	Of              Council   // of which it is a part; the zero value: of none
	Parts           []Council // such as its commissions, the latest first
	State           State
	BodyName        organisations.Named
	Members, Former []Seat
	Names           map[civic.ID]organisations.Named // of members' organisations
	Composition
	MayBeState      int
	Recommendations []Listed // the latest
	Unsent          []Listed // for whoever does its work
	Reckoning
	Attendance   map[civic.ID]meetings.Attendance // by seat, for pages of one council
	Commissions  []Commission                     // in which members sit
	Competitions []forming.Competition            // for its seats
	Meetings     []meetings.Meeting               // that go on, that are to come, and the latest of the others, as the reader may see them
	Work         bool                             // the reader does its work
	Asked        []meetings.Question              // which wait, for whoever does its work
	Trace        record.Neighbours
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
		if v.Asked, err = s.city.Meetings.Waiting(tx, a, Ref(c.ID), 50); err != nil {
			return err
		}
		if v.Attendance, err = s.attendance(tx, c); err != nil {
			return err
		}
		v.Trace, err = s.city.Record.Neighbours(tx, Ref(c.ID))
		return err
	})
	return v, err
}

// attendance is at how many meetings of the term each member was, of those held while they sat: as it was counted when the last of them was
// closed, or anew where it never was.
func (s *Service) attendance(tx *storage.Tx, c Council) (map[civic.ID]meetings.Attendance, error) {
	known, err := attendanceOf(tx, c.ID)
	if err != nil || len(known) > 0 {
		return known, err
	}
	return s.countAttendance(tx, c)
}

func (s *Service) countAttendance(tx *storage.Tx, c Council) (map[civic.ID]meetings.Attendance, error) {
	all, err := seats(tx, c.ID)
	if err != nil {
		return nil, err
	}
	seats := map[civic.ID]Seat{}
	var ids []civic.ID
	for _, seat := range all {
		seats[seat.ID], ids = seat, append(ids, seat.ID)
	}
	return s.city.Meetings.Attendance(tx, Ref(c.ID), c.Since, ids, func(seat civic.ID, on time.Time) bool { return seats[seat].Sits(on) })
}

// closed is told that a meeting of a council was closed.
func (s *Service) closed(tx *storage.Tx, id civic.ID) error {
	c, err := find(tx, id)
	if err != nil {
		return err
	}
	n, err := s.city.Meetings.Reports(tx, Ref(id))
	if err != nil {
		return err
	}
	return errors.Join(putReports(tx, id, n), s.attend(tx, c))
}

// attend counts attendance anew, within an act on the council or one of its meetings.
func (s *Service) attend(tx *storage.Tx, c Council) error {
	all, err := s.countAttendance(tx, c)
	if err != nil {
		return err
	}
	return putAttendance(tx, c.ID, all)
}

// Attended is the share of all seats at all meetings of the term at which somebody was, in per cent; false: none was held.
func (v View) Attended() (percent int, held bool) {
	var sum meetings.Attendance
	for _, n := range v.Attendance {
		sum.Held += n.Held
		sum.Attended += n.Attended
	}
	if sum.Held == 0 {
		return 0, false
	}
	return sum.Attended * 100 / sum.Held, true
}

func (s *Service) view(tx *storage.Tx, a civic.Actor, c Council) (v View, err error) {
	all, err := seats(tx, c.ID)
	if err != nil {
		return v, err
	}
	day := firstDay(c, tx.Now()) // of a council that is still to begin everybody sees who will sit there
	v = View{Council: c, State: c.At(tx.Now(), s.value("ending_days")), Members: sitting(all, day), Work: part.MayWork(a, Ref(c.ID))}
	v.Composition, v.MayBeState = Compose(c, all, day, s.rules()), s.rules().MayBeState(c.Size)
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
	v.BodyName, v.Commissions = v.Names[c.Body], commissions(v.Members)
	if err := fillParts(tx, &v); err != nil {
		return v, err
	}
	if err := s.fillRecommended(tx, &v); err != nil {
		return v, err
	}
	if v.Competitions, err = s.city.Forming.Of(tx, Ref(c.ID)); err != nil {
		return v, err
	}
	v.Meetings, err = s.city.Meetings.Near(tx, a, Ref(c.ID), shownMeetings)
	return v, err
}

// fillParts puts into a council's view what kind it is, of which it is a part, and which are parts of it.
func fillParts(tx *storage.Tx, v *View) error {
	known, err := forms(tx)
	if err != nil {
		return err
	}
	v.FormName = names(known)[v.Form]
	if v.Parent != "" {
		if v.Of, _, err = storage.Found(find(tx, v.Parent)); err != nil {
			return err
		}
	}
	v.Parts, err = partsOf(tx, v.ID)
	return err
}

// fillRecommended puts what the council recommended into its view: sums, the latest, and what is to be sent.
func (s *Service) fillRecommended(tx *storage.Tx, v *View) error {
	sums, err := reckonings(tx, []civic.ID{v.ID})
	if err != nil {
		return err
	}
	v.Reckoning = sums[v.ID]
	latest, _, err := recommendations(tx, v.ID, 0, shownRecommendations)
	if err != nil {
		return err
	}
	if v.Recommendations, err = s.listed(tx, latest); err != nil || !v.Work {
		return err
	}
	waiting, err := unsent(tx, v.ID, shownUnsent)
	if err != nil {
		return err
	}
	v.Unsent, err = s.listed(tx, waiting)
	return err
}

// Recommended is a page of what a council recommended, the latest first.
type Recommended struct {
	Council
	Recommendations []Listed
	Reckoning
	Next int64 // the number behind which the next page begins; 0: there is none
}

// Recommended lists what a council recommended, behind the number before; 0: the latest. Errors: civic.NotFound.
func (s *Service) Recommended(ctx context.Context, council civic.ID, before int64) (out Recommended, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if out.Council, err = find(tx, council); err != nil {
			return err
		}
		sums, err := reckonings(tx, []civic.ID{council})
		if err != nil {
			return err
		}
		out.Reckoning = sums[council]
		all, next, err := recommendations(tx, council, before, pageSize)
		if err != nil {
			return err
		}
		out.Next = next
		out.Recommendations, err = s.listed(tx, all)
		return err
	})
	return out, err
}

// RecommendationView is a recommendation as its page shows it.
type RecommendationView struct {
	Listed
	Of    Council
	Trace record.Neighbours
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
		v.Trace, err = s.city.Record.Neighbours(tx, recommendationRef(id))
		return err
	})
	return v, err
}
