package sponsorship

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/ledger"
	"github.com/birge-kz/birge/internal/matching"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/sponsorship/statement"
)

// Import reads a bank's statement of an account of an organisation's campaigns: whole, or not at all. Lines that are known already stay as they are, so a statement may be read twice, and one of a week after
// those of its days. A line that the bank calls by a name under which another stands is a statement that somebody edited. Permission: Speaks. Errors: civic.NotFound; civic.Invalid with
// "file" or "iban"; civic.Conflict for an edited line.
func (s *Service) Import(ctx context.Context, a civic.Actor, organisation civic.ID, iban string, data []byte) (out Imported, err error) {
	if !Speaks(a, organisation) {
		return out, notThere()
	}
	st, err := s.provider.Read(data)
	if err != nil {
		return out, inWords(err)
	}
	err = s.city.DB.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock(lock); err != nil {
			return err
		}
		known, err := s.accounts(tx, organisation)
		if err != nil {
			return err
		}
		iban := cmp.Or(st.Account, cleanIBAN(iban))
		if !slices.Contains(known, iban) {
			if st.Account != "" {
				return civic.Wrong("file", "sponsorship.other_account", "Account", grouped(iban))
			}
			return civic.Wrong("iban", "sponsorship.choose_account")
		}
		out = Imported{ID: civic.NewID(tx.Now()), Organisation: organisation, IBAN: iban, Format: string(st.Format), Lines: int64(len(st.Lines)), Owner: a.Account, At: tx.Now()}
		due := s.workingDays(tx, s.value("unmatched_days"))
		for i, key := range st.Keys(iban) {
			there, err := lineKnown(tx, key)
			if err != nil {
				return err
			}
			if there {
				continue
			}
			l := BankLine{ID: civic.NewID(tx.Now()), Statement: out.ID, Organisation: organisation, IBAN: iban, State: LineOpen, Owner: a.Account, Due: due, key: key}
			if err := s.fresh(tx, &l, st.Lines[i]); err != nil {
				return err
			}
			out.Fresh++
		}
		tx.Touch(topic)
		return errors.Join(insertStatement(tx, &out), s.city.Trail.Note(tx, a, "sponsorship.statement.import", civic.Ref{Kind: "organisations.organisation", ID: organisation}, nil))
	})
	return out, err
}

// fresh keeps a line that is not known, unless its bank's name stands for another.
func (s *Service) fresh(tx *storage.Tx, l *BankLine, from statement.Line) error {
	l.Ref, l.Day, l.Amount, l.Party, l.From, l.Purpose = from.Ref, from.Day, from.Amount, from.Party, from.From, from.Purpose
	if l.Ref != "" {
		other, found, err := storage.Found(byBankRef(tx, l.IBAN, l.Ref))
		if err != nil {
			return err
		}
		if found && (other.Amount != l.Amount || !other.Day.Equal(l.Day)) {
			return civic.Fail(civic.Conflict, "sponsorship.edited", "Ref", l.Ref, "Was", other.Amount.String(), "Is", l.Amount.String()).At("file")
		}
	}
	return insertLine(tx, l)
}

// accounts are those of an organisation's campaigns that have begun.
func (s *Service) accounts(tx *storage.Tx, organisation civic.ID) (out []string, err error) {
	all, err := ofOrganisations(tx, []civic.ID{organisation}, mostCampaigns)
	for _, c := range all {
		if c.Public() && !slices.Contains(out, c.Pay.IBAN) {
			out = append(out, c.Pay.IBAN)
		}
	}
	return out, err
}

// mostCampaigns of one organisation are looked through at once.
const mostCampaigns = 500

// Meaning is what a person says a line is.
type Meaning string

// The meanings. The first four are of money that came, the next four of money that went.
const (
	AsGift   Meaning = "gift"    // of a gift that was promised
	AsWalkIn Meaning = "walk_in" // a gift that nobody promised, to a campaign
	AsMatch  Meaning = "match"   // what a sponsor owes a campaign
	ToSend   Meaning = "to_send" // it has to be sent back: too late, or by mistake
	AsRefund Meaning = "refund"  // of a gift that is to go back
	AsSpent  Meaning = "spent"   // by a campaign, for something
	AsFee    Meaning = "fee"     // the bank's, at the cost of a campaign
	AsSent   Meaning = "sent"    // of a line that has to be sent back
	AsOther  Meaning = "other"   // nothing of any campaign
)

// Answer is what a person says of a line.
type Answer struct {
	Meaning
	Of   civic.ID // the gift, the campaign, or the other line
	What string   // what it was spent for, or what else it is
}

// Settle books a line, or says why it is none of any campaign's matter. It is done once: who comes second with the same answer changes nothing. Permission: Speaks. Errors: civic.NotFound;
// civic.Conflict when somebody said otherwise before, and with what is in the way; civic.Closed for a campaign that takes nothing more; civic.Invalid with "as", "what".
func (s *Service) Settle(ctx context.Context, a civic.Actor, id civic.ID, answer Answer) error {
	answer.What = strings.TrimSpace(answer.What)
	return s.line(ctx, a, id, func(tx *storage.Tx, l BankLine) error {
		if l.State != LineOpen {
			return civic.Fail(civic.Conflict, "sponsorship.line_settled")
		}
		if err := s.settleLine(tx, a, l, answer); err != nil {
			return err
		}
		return s.city.Trail.Note(tx, a, "sponsorship.line.settle", civic.Ref{Kind: "organisations.organisation", ID: l.Organisation}, map[string]string{"as": string(answer.Meaning)})
	})
}

// line runs an act on a line while nobody else acts on given money.
func (s *Service) line(ctx context.Context, a civic.Actor, id civic.ID, act func(*storage.Tx, BankLine) error) error {
	return s.city.DB.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock(lock); err != nil {
			return err
		}
		l, err := findLine(tx, id)
		if err == nil && !Speaks(a, l.Organisation) {
			err = notThere()
		}
		if err != nil {
			return err
		}
		tx.Touch(topic)
		return act(tx, l)
	})
}

func (s *Service) settleLine(tx *storage.Tx, a civic.Actor, l BankLine, answer Answer) error {
	came := l.Amount > 0
	switch {
	case answer.Meaning == AsGift && came:
		return s.bookGift(tx, a, l, answer.Of)
	case answer.Meaning == AsWalkIn && came:
		return s.bookWalkIn(tx, a, l, answer.Of)
	case answer.Meaning == AsMatch && came:
		return s.bookMatch(tx, a, l, answer.Of)
	case answer.Meaning == ToSend && came:
		l.State, l.Why, l.Due = LineToSend, answer.What, s.workingDays(tx, s.value("refund_days"))
		return updateLine(tx, l)
	case answer.Meaning == AsRefund && !came:
		return s.bookRefund(tx, a, l, answer.Of)
	case (answer.Meaning == AsSpent || answer.Meaning == AsFee) && !came:
		return s.bookSpent(tx, a, l, answer)
	case answer.Meaning == AsSent && !came:
		return s.sent(tx, l, answer.Of)
	case answer.Meaning == AsOther:
		var p civic.Problems
		if p.AtMost("what", answer.What, maxShort); answer.What == "" {
			p.Add("what", "sponsorship.what_missing")
		}
		l.State, l.Why = LineOther, answer.What
		return errors.Join(p.Err(), updateLine(tx, l))
	}
	return civic.Wrong("as", "sponsorship.choose")
}

// campaignOf is a campaign of the organisation whose account the line is on.
func campaignOf(tx *storage.Tx, l BankLine, id civic.ID) (Campaign, error) {
	c, err := find(tx, id)
	if err == nil && (c.Organisation != l.Organisation || !c.Public()) {
		err = notThere()
	}
	if err == nil && c.Pay.IBAN != l.IBAN {
		err = civic.Wrong("as", "sponsorship.account_differs")
	}
	return c, err
}

func (s *Service) bookGift(tx *storage.Tx, a civic.Actor, l BankLine, id civic.ID) error {
	g, err := findGift(tx, id)
	if err != nil {
		return err
	}
	c, err := campaignOf(tx, l, g.Campaign)
	if err != nil {
		return err
	}
	return s.book(tx, a, l, c, g)
}

// bookWalkIn makes a gift of money that nobody promised. The public is told no name, for nobody was asked.
func (s *Service) bookWalkIn(tx *storage.Tx, a civic.Actor, l BankLine, campaign civic.ID) error {
	c, err := campaignOf(tx, l, campaign)
	if err != nil {
		return err
	}
	g := Gift{Campaign: c.ID, Shown: Anonymous, Amount: l.Amount, State: Pledged, PledgedAt: tx.Now()}
	if err := s.keepGift(tx, &g); err != nil {
		return err
	}
	return s.book(tx, a, l, c, g)
}

// book enters money that came into the book of its campaign.
func (s *Service) book(tx *storage.Tx, a civic.Actor, l BankLine, c Campaign, g Gift) error {
	to, may := Next(g.State, Book)
	if c.State != Running || !may {
		return civic.Fail(civic.Closed, "sponsorship.books_no_more")
	}
	g.State, g.Received = to, g.Received+l.Amount
	r, err := s.enter(tx, a, c, Row{Sort: RowGift, Amount: l.Amount, Day: l.Day, Gift: g.ID, Line: l.ID})
	if err != nil {
		return err
	}
	l.State, l.Gift = LineBooked, g.ID
	return errors.Join(updateGift(tx, g), updateLine(tx, l), s.tellGiver(tx, c, g, "booked/"+string(l.ID), civic.Say("sponsorship.told_booked", "Money", l.Amount.String(), "Number", r.Number)))
}

// noteReached notes when a campaign has come to what is needed.
func noteReached(tx *storage.Tx, c Campaign) error {
	if c.reached() {
		return nil
	}
	sums, err := figures(tx, []civic.ID{c.ID})
	if err != nil || sums[c.ID].Raised < c.Minimum() {
		return err
	}
	c.ReachedAt = tx.Now()
	return updateCampaign(tx, c)
}

// notReached takes back that a campaign has come to what is needed, when what was booked by mistake is taken off again. What people asked back later is no mistake.
func notReached(tx *storage.Tx, c Campaign) error {
	came, err := everCame(tx, c.ID)
	if err != nil || !c.reached() || came >= c.Minimum() {
		return err
	}
	c.ReachedAt = time.Time{}
	return updateCampaign(tx, c)
}

// bookRefund enters money that went back. It is what was asked back, neither more nor less.
func (s *Service) bookRefund(tx *storage.Tx, a civic.Actor, l BankLine, id civic.ID) error {
	g, err := findGift(tx, id)
	if err != nil {
		return err
	}
	c, err := campaignOf(tx, l, g.Campaign)
	if err != nil {
		return err
	}
	to, may := Next(g.State, GiveBack)
	if !may {
		return notNow()
	}
	if -l.Amount != g.Back {
		return civic.Wrong("as", "sponsorship.refund_differs", "Line", (-l.Amount).String(), "Back", g.Back.String())
	}
	if _, err := s.enter(tx, a, c, Row{Sort: RowRefund, Amount: l.Amount, Day: l.Day, Gift: g.ID, Line: l.ID}); err != nil {
		return err
	}
	if g.Received += l.Amount; g.Received > 0 {
		to = Booked
	}
	g.State, g.Back = to, 0
	l.State, l.Gift = LineBooked, g.ID
	return errors.Join(updateGift(tx, g), updateLine(tx, l), s.tellGiver(tx, c, g, "returned/"+string(l.ID), civic.Say("sponsorship.told_returned", "Money", (-l.Amount).String())))
}

// bookSpent enters money that was spent, or that the bank took. A campaign that takes all or nothing spends nothing before it has enough.
func (s *Service) bookSpent(tx *storage.Tx, a civic.Actor, l BankLine, answer Answer) error {
	c, err := campaignOf(tx, l, answer.Of)
	if err != nil {
		return err
	}
	var p civic.Problems
	if p.AtMost("what", answer.What, maxShort); answer.What == "" && answer.Meaning == AsSpent {
		p.Add("what", "sponsorship.what_missing")
	}
	if err := p.Err(); err != nil {
		return err
	}
	if c.Keep == AllOrNothing && !c.reached() { // a fee too: all of it may have to go back
		return civic.Fail(civic.Conflict, "sponsorship.not_enough_yet", "Minimum", c.Minimum().String())
	}
	sort := RowSpent
	if answer.Meaning == AsFee {
		sort = RowFee
	}
	if _, err := s.enter(tx, a, c, Row{Sort: sort, Amount: l.Amount, Day: l.Day, What: answer.What, Line: l.ID}); err != nil {
		return err
	}
	l.State = LineBooked
	return updateLine(tx, l)
}

// sent notes that money went back that never was a campaign's.
func (s *Service) sent(tx *storage.Tx, l BankLine, id civic.ID) error {
	back, err := findLine(tx, id)
	if err != nil {
		return err
	}
	switch {
	case back.Organisation != l.Organisation:
		return notThere()
	case back.State != LineToSend:
		return notNow()
	case back.Amount != -l.Amount:
		return civic.Wrong("as", "sponsorship.refund_differs", "Line", (-l.Amount).String(), "Back", back.Amount.String())
	}
	l.State, back.State = LineSent, LineSent
	return errors.Join(updateLine(tx, l), updateLine(tx, back))
}

// enter moves money in the ledger, writes the row of the public book and the entry of the record.
func (s *Service) enter(tx *storage.Tx, a civic.Actor, c Campaign, r Row) (Row, error) {
	if r.Campaign = c.ID; r.ID == "" {
		r.ID = civic.NewID(tx.Now())
	}
	p, err := ledger.Post(tx, ledger.Transfer{Once: "line:" + string(r.Line) + ":" + string(r.ID), What: "sponsorship.row", About: rowRef(r.ID),
		Entries: []ledger.Entry{{Account: c.money(), Amount: r.Amount}, {Account: r.other(), Amount: -r.Amount}}})
	if err != nil {
		return r, err
	}
	r.transfer = p.ID
	if r, err = s.row(tx, a, c, r); err == nil {
		err = noteReached(tx, c)
	}
	return r, err
}

// row writes what the ledger has moved.
func (s *Service) row(tx *storage.Tx, a civic.Actor, c Campaign, r Row) (_ Row, err error) {
	if r.Left, err = c.balance(tx); err != nil {
		return r, err
	}
	if err := insertRow(tx, &r); err != nil {
		return r, err
	}
	r.entry, err = s.city.Record.Append(tx, record.Entry{Kind: actEntered, Subject: rowRef(r.ID), Actor: runsAs(a, c.Organisation), FollowsFrom: []civic.Ref{Ref(c.ID)}, Payload: rowFacts(r)})
	return r, errors.Join(err, enterRow(tx, r))
}

// Reopen takes back what was said of a line: a booking by another row, which says which one it takes back. Then the line waits again. Permission: Speaks. Errors: civic.NotFound;
// civic.Closed when the campaign is closed, or the gift is on its way back; civic.Conflict when the money is spent, or sent back.
func (s *Service) Reopen(ctx context.Context, a civic.Actor, id civic.ID) error {
	return s.line(ctx, a, id, func(tx *storage.Tx, l BankLine) error {
		switch l.State {
		case LineOpen:
			return nil
		case LineSent:
			return civic.Fail(civic.Conflict, "sponsorship.line_settled")
		case LineBooked:
			if err := s.takeBack(tx, a, l); err != nil {
				return err
			}
		}
		l.State, l.Why, l.Gift, l.Due = LineOpen, "", "", s.workingDays(tx, s.value("unmatched_days"))
		return errors.Join(updateLine(tx, l), s.city.Trail.Note(tx, a, "sponsorship.line.reopen", civic.Ref{Kind: "organisations.organisation", ID: l.Organisation}, nil))
	})
}

func (s *Service) takeBack(tx *storage.Tx, a civic.Actor, l BankLine) error {
	was, err := lastRowOf(tx, l.ID)
	if err != nil {
		return err
	}
	c, err := find(tx, was.Campaign)
	if err != nil {
		return err
	}
	if c.State != Running {
		return notNow()
	}
	p, err := ledger.Undo(tx, was.transfer, "undo:"+string(was.ID), "sponsorship.row")
	if err != nil {
		return err
	}
	if _, err := s.row(tx, a, c, Row{ID: civic.NewID(tx.Now()), Campaign: c.ID, Sort: was.Sort, Amount: -was.Amount, Day: was.Day, Undoes: was.Number, Gift: was.Gift, Line: l.ID, transfer: p.ID}); err != nil || was.Gift == "" {
		return err
	}
	if was.Sort != RowRefund {
		if err := notReached(tx, c); err != nil {
			return err
		}
	}
	if was.Sort == RowMatch {
		_, err := matching.Paid(tx, was.Gift, -was.Amount, "unpaid:"+string(was.ID))
		return err
	}
	g, err := findGift(tx, was.Gift)
	if err != nil {
		return err
	}
	if g.State == Returning {
		return notNow()
	}
	g.Received -= was.Amount
	switch {
	case g.Received > 0:
		g.State = Booked
	case was.Sort == RowGift && g.Account == "":
		g.State = Withdrawn // nobody promised it
	default:
		g.State = Announced
	}
	return updateGift(tx, g)
}
