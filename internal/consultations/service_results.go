package consultations

import (
	"context"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
)

// Results is a page of the statements with their counts.
type Results struct {
	Consultation
	Phase Phase
	Items []Statement
	Next  string
	Days  []Day
	Apart Apart // of the totals
	// Agreed and Disputed are the first three of those orders, on the first page only.
	Agreed, Disputed []Statement
	Trace            record.Neighbours // what it follows from and what it led to
}

// resultsSize is how many statements a page of results lists, under those that stand out.
const resultsSize = 7

// Results returns the statements of a consultation in one of the orders, after a cursor of
// its own making, with participation over time. Anybody may ask. Errors: civic.NotFound;
// civic.Invalid for a cursor that is none.
func (s *Service) Results(ctx context.Context, id civic.ID, a civic.Actor, sort Sort, show Show, after string) (res Results, err error) {
	from, err := cursor(after)
	if err != nil {
		return res, err
	}
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		c, err := visible(tx, id, a)
		if err != nil {
			return err
		}
		res = Results{Consultation: c, Phase: c.At(tx.Now())}
		if res.Trace, err = s.city.Record.Neighbours(tx, ref(c)); err != nil {
			return err
		}
		if res.Phase == Draft || res.Phase == Planned {
			return nil // nothing has been said yet
		}
		if res.Apart, err = apart(tx, c); err != nil {
			return err
		}
		rows, err := listStatements(tx, c, sort, show, from, resultsSize+1)
		if err != nil {
			return err
		}
		rows, last := storage.Page(rows, resultsSize)
		if last != nil {
			res.Next = storage.PlaceAt(last.key, last.No).String()
		}
		res.Items = publicStatements(rows)
		if res.Days, err = days(tx, c); err != nil || after != "" {
			return err
		}
		const top = 3
		agreed, err := listStatements(tx, c, "agreed", "shown", storage.Place{}, top)
		if err != nil {
			return err
		}
		disputed, err := listStatements(tx, c, "disputed", "shown", storage.Place{}, top)
		res.Agreed, res.Disputed = voted(publicStatements(agreed)), voted(publicStatements(disputed))
		return err
	})
	return res, err
}

// EachStatement walks all public statements of a consultation in their order. Anybody may
// ask. Errors: civic.NotFound, and those of each.
func (s *Service) EachStatement(ctx context.Context, id civic.ID, a civic.Actor, each func(Statement) error) error {
	return s.db.Read(ctx, func(tx *storage.Tx) error {
		c, err := visible(tx, id, a)
		if err != nil {
			return err
		}
		if phase := c.At(tx.Now()); phase == Draft || phase == Planned {
			return nil
		}
		for st, err := range statements(tx, c) {
			if err != nil {
				return err
			}
			if st, ok := st.Public(); ok {
				if err := each(st); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// publicStatements passes statements through the one rule of what everybody may see.
func publicStatements(rows []ranked) []Statement {
	var out []Statement
	for _, r := range rows {
		if st, ok := r.Statement.Public(); ok {
			out = append(out, st)
		}
	}
	return out
}

// voted leaves out what nobody has voted on: it is neither agreed nor disputed.
func voted(all []Statement) []Statement {
	var out []Statement
	for _, st := range all {
		if st.Count.Total() > 0 {
			out = append(out, st)
		}
	}
	return out
}
