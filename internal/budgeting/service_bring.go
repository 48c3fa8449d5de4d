package budgeting

import (
	"context"
	"errors"
	"io"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Brought is what became of a table of proposals from another system.
type Brought struct {
	Read  int // rows
	Taken int // are proposals now, or would be
	There int // had been taken before
	Left  []LeftIdea
}

// LeftIdea is a row that is not taken, and why.
type LeftIdea struct {
	Line  int
	Title string
	Field string // of the proposal; "" for the row
	Why   civic.Message
}

// Bring takes proposals of another system into a campaign, as its desk takes those on paper: each waits for a moderator, and its supporters count. A row that cannot be taken is left with the reason; the same
// table a second time changes nothing. look: nothing is kept. Permission: MayRun. Errors: civic.Forbidden, civic.NotFound, civic.Closed outside the stage of proposals, civic.Invalid at "file" for what is no such table.
func (s *Service) Bring(ctx context.Context, a civic.Actor, id civic.ID, in io.ReaderAt, size int64, page civic.Lang, look bool) (out Brought, err error) {
	v, err := s.Campaign(ctx, a, id)
	if err != nil {
		return out, err
	}
	rows, err := readIdeas(in, size, v.Campaign, s.city.Catalog.For(page).T("budgeting.bring_estimate"), s.city.Settings.Current().DistrictsByName())
	if err != nil {
		return out, err
	}
	if look {
		ctx = storage.Rehearsal(ctx)
	}
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		out = Brought{Read: len(rows)}
		c, err := s.lock(tx, id)
		if err != nil {
			return err
		}
		if err := s.mayPropose(tx, a, c, true); err != nil {
			return err
		}
		tx.Touch(topic)
		for _, row := range rows {
			there, why, err := s.bringOne(tx, a, c, row, page)
			switch {
			case err != nil:
				return err
			case why != nil:
				out.Left = append(out.Left, leftIdea(row, why))
			case there:
				out.There++
			default:
				out.Taken++
			}
		}
		return s.audit(tx, a, "proposal.enter", campaignRef(id))
	})
	return out, err
}

// bringOne takes one row. there: it was taken before; why: it cannot be.
func (s *Service) bringOne(tx *storage.Tx, a civic.Actor, c Campaign, row broughtIdea, page civic.Lang) (there bool, why, err error) {
	if row.Why != nil {
		return false, row.Why, nil
	}
	p := row.Proposal.trimmed()
	if there, err := broughtBefore(tx, c.ID, p.Origin); there || err != nil {
		return there, nil, err
	}
	if why := p.check(c, s.knownDistrict).Err(); why != nil {
		return false, why, nil
	}
	return false, nil, s.file(tx, c, &p, page, c.role(a))
}

func leftIdea(row broughtIdea, why error) LeftIdea {
	left := LeftIdea{Line: row.Line, Title: civic.Shortened(row.Proposal.Title, 80)}
	if e := (*civic.Error)(nil); errors.As(why, &e) {
		if left.Why = e.Message; len(e.Fields) > 0 {
			left.Field, left.Why = e.Fields[0].Field, e.Fields[0].Message
		}
	}
	return left
}
