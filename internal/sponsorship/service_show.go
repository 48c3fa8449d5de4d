package sponsorship

import (
	"context"
	"slices"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/files"
	"github.com/birge-kz/birge/internal/matching"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
)

// Listed is a campaign in a list.
type Listed struct {
	Campaign
	Figures
	By organisations.Named
}

func (s *Service) listed(tx *storage.Tx, all []Campaign) (out []Listed, err error) {
	var ids, by []civic.ID
	for _, c := range all {
		ids, by = append(ids, c.ID), append(by, c.Organisation)
	}
	sums, err := figures(tx, ids)
	if err != nil {
		return nil, err
	}
	names, err := s.city.Organisations.Named(tx, by)
	for _, c := range all {
		out = append(out, Listed{c, sums[c.ID], names[c.Organisation]})
	}
	return out, err
}

const listMost = 12

// List gives a page of the campaigns that everybody sees, and the cursor of the next. Errors: civic.Invalid for a cursor that is none.
func (s *Service) List(ctx context.Context, q Query) (out []Listed, next string, err error) {
	err = s.city.DB.Read(ctx, func(tx *storage.Tx) error {
		all, after, err := list(tx, q, listMost)
		if err != nil {
			return err
		}
		next = after
		out, err = s.listed(tx, all)
		return err
	})
	return out, next, err
}

// ShownRow is a row of the book with what is known beside it.
type ShownRow struct {
	Row
	Name  string // of who gave, as they want to be named
	Bills []files.File
}

// View is a campaign as its page shows it.
type View struct {
	Listed
	Rows     []ShownRow
	Sponsors []string // who agreed that their name is made known
	Pictures []files.File
	Trace    record.Neighbours
}

const rowsMost = 6

// Show is a campaign that everybody sees. Errors: civic.NotFound.
func (s *Service) Show(ctx context.Context, a civic.Actor, id civic.ID) (v View, err error) {
	err = s.city.DB.Read(ctx, func(tx *storage.Tx) error {
		if v.Listed, err = s.public(tx, id); err != nil {
			return err
		}
		rows, err := rowsOf(tx, id, 0, rowsMost)
		if err != nil {
			return err
		}
		if v.Rows, err = s.shownRows(tx, a, rows); err != nil {
			return err
		}
		if !v.Clause.Empty() {
			if v.Sponsors, err = sponsorsOf(tx, id, 50); err != nil {
				return err
			}
		}
		of, err := s.city.Files.Of(tx, a, Ref(id))
		if err != nil {
			return err
		}
		v.Pictures = of[pictures]
		v.Trace, err = s.city.Record.Neighbours(tx, Ref(id))
		return err
	})
	return v, err
}

func (s *Service) public(tx *storage.Tx, id civic.ID) (Listed, error) {
	c, err := find(tx, id)
	if err == nil && !c.Public() {
		err = notThere()
	}
	if err != nil {
		return Listed{}, err
	}
	all, err := s.listed(tx, []Campaign{c})
	if err != nil {
		return Listed{}, err
	}
	return all[0], nil
}

// shownRows names who gave, and adds the bills of what was spent.
func (s *Service) shownRows(tx *storage.Tx, a civic.Actor, rows []Row) (out []ShownRow, err error) {
	var ids []civic.ID
	for _, r := range rows {
		if r.Gift != "" {
			ids = append(ids, r.Gift)
		}
	}
	gifts, err := giftsByIDs(tx, ids)
	if err != nil {
		return nil, err
	}
	names := map[civic.ID]string{}
	for _, g := range gifts {
		names[g.ID] = g.PublicName()
	}
	for _, r := range rows {
		one := ShownRow{Row: r, Name: names[r.Gift]}
		if r.Sort == RowSpent {
			of, err := s.city.Files.Of(tx, a, rowRef(r.ID))
			if err != nil {
				return nil, err
			}
			one.Bills = of[bills]
		}
		out = append(out, one)
	}
	return out, nil
}

const bookMost = 25

// Book is a page of the book of a campaign that everybody sees, below a row (0: from the last on), and the number behind which the next begins; 0: it is the last.
func (s *Service) Book(ctx context.Context, a civic.Actor, id civic.ID, below int64) (l Listed, out []ShownRow, next int64, err error) {
	err = s.city.DB.Read(ctx, func(tx *storage.Tx) error {
		if l, err = s.public(tx, id); err != nil {
			return err
		}
		rows, err := rowsOf(tx, id, below, bookMost+1)
		if err != nil {
			return err
		}
		rows, last := storage.Page(rows, bookMost)
		if last != nil {
			next = last.Number
		}
		out, err = s.shownRows(tx, a, rows)
		return err
	})
	return l, out, next, err
}

// RowOf is one row of a campaign's book.
func (s *Service) RowOf(ctx context.Context, a civic.Actor, id civic.ID, number int64) (l Listed, out ShownRow, err error) {
	err = s.city.DB.Read(ctx, func(tx *storage.Tx) error {
		if l, err = s.public(tx, id); err != nil {
			return err
		}
		rows, err := rowsOf(tx, id, number+1, 1)
		if err != nil {
			return err
		}
		if len(rows) == 0 || rows[0].Number != number {
			return notThere()
		}
		all, err := s.shownRows(tx, a, rows)
		if err == nil {
			out = all[0]
		}
		return err
	})
	return l, out, err
}

// Own is a gift as its giver sees it.
type Own struct {
	Gift
	Of    Listed
	Rows  []Row      // of the campaign's book that are this gift
	Spent []ShownRow // what was paid since
	Pay   []Instruction
}

// OwnGift is a gift of the actor's. Errors: civic.NotFound to anybody else.
func (s *Service) OwnGift(ctx context.Context, a civic.Actor, id civic.ID) (o Own, err error) {
	err = s.city.DB.Read(ctx, func(tx *storage.Tx) error {
		if o.Gift, err = findGift(tx, id); err == nil && (a.Account == "" || o.Account != a.Account) {
			err = notThere()
		}
		if err != nil {
			return err
		}
		if o.Of, err = s.public(tx, o.Campaign); err != nil {
			return err
		}
		o.Pay = s.provider.Instruct(o.Of.Pay, o.Gift)
		if o.Rows, err = rowsOfGift(tx, id); err != nil || len(o.Rows) == 0 {
			return err
		}
		spent, err := spentSince(tx, o.Campaign, o.Rows[0].Number, 10)
		if err != nil {
			return err
		}
		o.Spent, err = s.shownRows(tx, a, spent)
		return err
	})
	return o, err
}

// OwnGifts are those of the actor, the last in front.
func (s *Service) OwnGifts(ctx context.Context, a civic.Actor) (out []Own, err error) {
	err = s.city.DB.Read(ctx, func(tx *storage.Tx) error {
		out, err = s.ownGifts(tx, a, 100)
		return err
	})
	return out, err
}

func (s *Service) ownGifts(tx *storage.Tx, a civic.Actor, most int) (out []Own, err error) {
	gifts, err := giftsOf(tx, a.Account, most)
	if err != nil {
		return nil, err
	}
	var ids []civic.ID
	for _, g := range gifts {
		ids = append(ids, g.Campaign)
	}
	all, err := byIDs(tx, ids)
	of := map[civic.ID]Campaign{}
	for _, c := range all {
		of[c.ID] = c
	}
	for _, g := range gifts {
		out = append(out, Own{Gift: g, Of: Listed{Campaign: of[g.Campaign]}})
	}
	return out, err
}

// Work is what waits for those who act for organisations.
type Work struct {
	Campaigns  []Listed
	Lines      []BankLine
	Back       []Own // gifts that are to go back
	Statements []Imported
	Settled    []BankLine
	Accounts   []string
}

// Work is the actor's desk; of one organisation where of is set, with its statements. Errors: civic.NotFound for an organisation of others.
func (s *Service) Work(ctx context.Context, a civic.Actor, of civic.ID) (w Work, err error) {
	if of != "" && !Speaks(a, of) {
		return w, notThere()
	}
	err = s.city.DB.Read(ctx, func(tx *storage.Tx) error {
		own := whose(a)
		if of != "" {
			own = []civic.ID{of}
		}
		w, err = s.work(tx, own, 50)
		if err != nil || of == "" {
			return err
		}
		if w.Statements, err = statementsOf(tx, of, 5); err != nil {
			return err
		}
		if w.Settled, err = latestLines(tx, of, 10); err != nil {
			return err
		}
		w.Accounts, err = s.accounts(tx, of)
		return err
	})
	return w, err
}

func (s *Service) work(tx *storage.Tx, own []civic.ID, most int) (w Work, err error) {
	if own != nil && len(own) == 0 {
		return w, nil
	}
	all, err := ofOrganisations(tx, own, most)
	if err != nil {
		return w, err
	}
	if w.Campaigns, err = s.listed(tx, all); err != nil {
		return w, err
	}
	if w.Lines, err = linesIn(tx, own, []LineState{LineOpen, LineToSend}, most); err != nil {
		return w, err
	}
	of := map[civic.ID]Listed{}
	var ids []civic.ID
	for _, c := range w.Campaigns {
		ids = append(ids, c.ID)
		of[c.ID] = c
	}
	if len(ids) == 0 {
		return w, nil
	}
	back, err := giftsIn(tx, ids, []GiftState{Returning}, most)
	for _, g := range back {
		w.Back = append(w.Back, Own{Gift: g, Of: of[g.Campaign]})
	}
	return w, err
}

// LineView is a line with what it may be.
type LineView struct {
	BankLine
	By          organisations.Named
	Suggestions []Suggestion
	Campaigns   []Campaign // on whose account it is
	Back        []Gift     // that are to go back, of its sum
	Owed        []matching.Share
	Send        []BankLine // lines that have to be sent back, of its sum
	Alike       []BankLine
	Names       map[civic.ID]Campaign
	Row         *Row // that it became
}

// LineOf is a line for who settles it. Permission: Speaks. Errors: civic.NotFound.
func (s *Service) LineOf(ctx context.Context, a civic.Actor, id civic.ID) (v LineView, err error) {
	err = s.city.DB.Read(ctx, func(tx *storage.Tx) error {
		if v.BankLine, err = findLine(tx, id); err == nil && !Speaks(a, v.Organisation) {
			err = notThere()
		}
		if err != nil {
			return err
		}
		names, err := s.city.Organisations.Named(tx, []civic.ID{v.Organisation})
		if err != nil {
			return err
		}
		v.By = names[v.Organisation]
		if v.State == LineBooked {
			row, err := lastRowOf(tx, id)
			v.Row = &row
			return err
		}
		return s.mayBe(tx, &v)
	})
	return v, err
}

// mayBe finds all that a line may be.
func (s *Service) mayBe(tx *storage.Tx, v *LineView) (err error) {
	all, err := ofOrganisations(tx, []civic.ID{v.Organisation}, mostCampaigns)
	if err != nil {
		return err
	}
	v.Names = map[civic.ID]Campaign{}
	var ids []civic.ID
	for _, c := range all {
		if c.Public() && c.Pay.IBAN == v.IBAN {
			v.Campaigns, ids = append(v.Campaigns, c), append(ids, c.ID)
			v.Names[c.ID] = c
		}
	}
	if v.Alike, err = alike(tx, v.BankLine); err != nil || len(ids) == 0 {
		return err
	}
	if v.Amount > 0 {
		if v.Owed, err = matching.Owed(tx, ids); err != nil {
			return err
		}
		v.Owed = slices.DeleteFunc(v.Owed, func(s matching.Share) bool { return s.Earned < v.Amount })
		open, err := giftsIn(tx, ids, []GiftState{Pledged, Announced, Booked, Withdrawn}, mostGifts)
		open = slices.DeleteFunc(open, func(g Gift) bool {
			return v.Names[g.Campaign].State != Running || g.Account == "" || g.State == Booked && !g.Monthly
		})
		v.Suggestions = Suggest(v.Amount, v.Party, v.Purpose, open, 6)
		return err
	}
	if v.Back, err = giftsIn(tx, ids, []GiftState{Returning}, mostGifts); err != nil {
		return err
	}
	v.Back = slices.DeleteFunc(v.Back, func(g Gift) bool { return g.Back != -v.Amount })
	v.Send, err = linesIn(tx, []civic.ID{v.Organisation}, []LineState{LineToSend}, 100)
	v.Send = slices.DeleteFunc(v.Send, func(l BankLine) bool { return l.Amount != -v.Amount })
	return err
}

// RunView is a campaign as those see it who act for its organisation.
type RunView struct {
	Listed
	Gifts []Gift
	Owed  int64 // lines that should have been looked at
}

// Run is a campaign for who acts for its organisation. Errors: civic.NotFound.
func (s *Service) Run(ctx context.Context, a civic.Actor, id civic.ID) (v RunView, err error) {
	err = s.city.DB.Read(ctx, func(tx *storage.Tx) error {
		c, err := find(tx, id)
		if err == nil && !Speaks(a, c.Organisation) {
			err = notThere()
		}
		if err != nil {
			return err
		}
		all, err := s.listed(tx, []Campaign{c})
		if err != nil {
			return err
		}
		v.Listed = all[0]
		if v.Gifts, err = giftsIn(tx, []civic.ID{id}, []GiftState{Pledged, Announced, Booked, Returning, Returned, Lapsed}, 200); err != nil {
			return err
		}
		v.Owed, err = owed(tx, c.Organisation, tx.Now())
		return err
	})
	return v, err
}

// GiftFor is a gift for who acts for the organisation. Errors: civic.NotFound.
func (s *Service) GiftFor(ctx context.Context, a civic.Actor, id civic.ID) (g Gift, c Campaign, err error) {
	err = s.city.DB.Read(ctx, func(tx *storage.Tx) error {
		if g, err = findGift(tx, id); err != nil {
			return err
		}
		if c, err = find(tx, g.Campaign); err == nil && !Speaks(a, c.Organisation) {
			err = notThere()
		}
		return err
	})
	return g, c, err
}

// ForModerator is a campaign on which somebody decides.
type ForModerator struct {
	Listed
	Contest *moderation.Contest
}

// ForModerator is a campaign for who decides on it. Permission: mayDecide. Errors: civic.Forbidden, civic.Closed, civic.NotFound.
func (s *Service) ForModerator(ctx context.Context, a civic.Actor, id civic.ID) (f ForModerator, err error) {
	err = s.city.DB.Read(ctx, func(tx *storage.Tx) error {
		c, err := find(tx, id)
		if err != nil {
			return err
		}
		if !mayDecide(a, c) {
			return civic.Fail(civic.Forbidden, "sponsorship.not_yours")
		}
		if !c.decidable() {
			return notNow()
		}
		all, err := s.listed(tx, []Campaign{c})
		if err != nil {
			return err
		}
		f.Listed = all[0]
		fate, err := s.city.Moderation.Fate(tx, Ref(id))
		f.Contest = fate.Contest
		return err
	})
	return f, err
}
