package consultations

import (
	"context"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// verdictsFirst is how many verdicts stand on the page of the consultation itself, verdictsPage how many statements a page of all of them has.
const (
	verdictsFirst = 3
	verdictsPage  = 10
)

// Verdicts is statements with what the answer says to each.
type Verdicts struct {
	Items   []AnswerItem                     // of a statement to which nothing was said Outcome is ""
	Names   map[civic.ID]organisations.Named // of the bodies to which some of them are left
	Further map[int64][]answers.Obligation   // what is owed of each now
	Counts  map[answers.Outcome]int          // of the whole answer
	Unsaid  int                              // statements of the whole consultation to which nothing was said
	Next    string                           // cursor of the next page; "" on the last
}

// Verdicts returns a page of all statements that were ever shown, those with the most votes first, with what the answer says to each. Anybody may
// ask. Errors: civic.NotFound, also before there is an answer; civic.Invalid for a cursor that is none.
func (s *Service) Verdicts(ctx context.Context, id civic.ID, a civic.Actor, after string) (c Consultation, said Verdicts, err error) {
	from, err := cursor(after)
	if err != nil {
		return c, said, err
	}
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if c, err = visible(tx, id, a); err != nil {
			return err
		}
		if c.At(tx.Now()) != Answered {
			return civic.Fail(civic.NotFound, "web.not_found")
		}
		said, err = s.said(tx, c, from, verdictsPage)
		return err
	})
	return c, said, err
}

// PublicAnswer is the published answer with what it says to every statement, for programs; nil before there is one. Anybody may ask. Errors: civic.NotFound.
func (s *Service) PublicAnswer(ctx context.Context, id civic.ID, a civic.Actor) (out *Answer, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		c, err := visible(tx, id, a)
		if err != nil || c.At(tx.Now()) != Answered {
			return err
		}
		whole, ok, err := answer(tx, c)
		if !ok || err != nil {
			return err
		}
		all := whole.Items
		whole.Items = nil
		for _, i := range all {
			if st, public := i.Statement.Public(); public {
				i.Statement = st
				whole.Items = append(whole.Items, i)
			}
		}
		out = &whole
		return nil
	})
	return out, err
}

func (s *Service) said(tx *storage.Tx, c Consultation, from storage.Place, most int) (said Verdicts, err error) {
	rows, err := listStatements(tx, c, "votes", onAnswer, from, most+1)
	if err != nil {
		return said, err
	}
	rows, last := storage.Page(rows, most)
	if last != nil {
		said.Next = storage.PlaceAt(last.key, last.No).String()
	}
	var nos []int64
	for _, r := range rows {
		nos = append(nos, r.No)
	}
	verdicts, err := verdictsOn(tx, c, nos)
	if err != nil {
		return said, err
	}
	for _, r := range rows {
		if st, public := r.Public(); public {
			said.Items = append(said.Items, AnswerItem{st, verdicts[r.No]})
		}
	}
	if said.Counts, said.Unsaid, err = outcomes(tx, c); err != nil {
		return said, err
	}
	return said, s.addFurther(tx, c, &said)
}

// addAnswer puts the answer on the view, once it is published, with what it says to the statements that most people voted on.
func (s *Service) addAnswer(tx *storage.Tx, view *View) error {
	if view.Phase != Answered {
		return nil
	}
	a, ok, err := wholeAnswer(tx, view.Consultation)
	if !ok || err != nil {
		return err
	}
	if view.Verdicts, err = s.said(tx, view.Consultation, storage.Place{}, verdictsFirst); err != nil {
		return err
	}
	for _, i := range view.Items {
		if i.Outcome != "" {
			a.Items = append(a.Items, i)
		}
	}
	view.Answer = &a
	return nil
}

// addFurther adds what the answer leaves to do of each statement, and to whom.
func (s *Service) addFurther(tx *storage.Tx, c Consultation, said *Verdicts) (err error) {
	var about []civic.Ref
	for _, i := range said.Items {
		if i.Whose.ID != "" || !i.Promised.IsZero() {
			about = append(about, statementRef(c, i.Statement.No))
		}
	}
	further, err := s.city.Answers.Further(tx, about)
	if err != nil {
		return err
	}
	said.Further = map[int64][]answers.Obligation{}
	for of, all := range further {
		if _, no, ok := parseStatementID(of.ID); ok {
			said.Further[no] = all
		}
	}
	said.Names, err = s.namesOf(tx, said.Items)
	return err
}
