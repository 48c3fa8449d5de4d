package grants

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/contracts"
	"github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/questions"
	"github.com/birge-kz/birge/internal/review"
)

// reads is how applications of calls are read: see internal/review.
func (s *Service) reads() review.Owner {
	return review.Owner{
		Of: func(tx *storage.Tx, id civic.ID) (review.Of, error) {
			c, err := find(tx, id)
			return review.Of{Ref: ref(id), Title: c.Title, Path: Path(id), Desk: deskPath(id), Whose: organisations.RefOf(c.Funder)}, err
		},
		Ties: s.ties, Text: s.text, Decided: s.decided, Remedies: s.remedies, Answered: s.answered,
		Later: s.showLater,
	}
}

// Read hands all that the check for form let in to readers. From then on nothing of an application changes. Permission: MayRun. Errors as at; civic.Closed while applications are taken,
// civic.Conflict while some are not checked, while who was refused may complain or waits for an answer, or when none was let in.
func (s *Service) Read(ctx context.Context, a civic.Actor, id civic.ID) error {
	return s.at(ctx, a, id, func(tx *storage.Tx, c Call) error {
		if c.At(tx.Now()) != Over {
			return notNow()
		}
		all, err := applications(tx, id)
		if err != nil {
			return err
		}
		var list []review.Entry
		for _, d := range all {
			switch d.State {
			case Submitted, Lacking:
				return civic.Fail(civic.Conflict, "grants.not_all_checked")
			case Admitted:
				e, err := s.toRead(tx, d)
				if err != nil {
					return err
				}
				list = append(list, e)
			}
		}
		if err := s.objectionsOpen(tx, all, id); err != nil {
			return err
		}
		if len(list) == 0 {
			return civic.Fail(civic.Conflict, "grants.none_admitted")
		}
		c.State = Reading
		if err := updateCall(tx, c); err != nil {
			return err
		}
		_, err = s.city.Review.Open(tx, review.Terms{Of: ref(id), Rubric: c.Rubric, Money: c.Money, Anonymous: c.Anonymous}, list)
		return errors.Join(err, s.noteCall(tx, a, c, actReading), s.city.Trail.Note(tx, a, "grants.call.read", ref(id), nil))
	}, Announced)
}

// toRead is an application as readers get it.
func (s *Service) toRead(tx *storage.Tx, d Application) (review.Entry, error) {
	sheet, err := questions.Of(tx, applicationRef(d.ID))
	if err != nil {
		return review.Entry{}, err
	}
	orgs := append([]civic.ID{d.Applicant}, d.Partners...)
	names, err := s.city.Organisations.Named(tx, orgs)
	e := review.Entry{Thing: applicationRef(d.ID), Title: d.Title, Lang: civic.GuessLang(d.Title+" "+d.Summary, civic.Kazakh), Ask: d.Ask, Version: sheet.Filings, Who: review.Who{People: d.People}}
	for _, id := range orgs {
		e.Who.Names = append(e.Who.Names, names[id].Name)
		e.Who.Refs = append(e.Who.Refs, organisations.RefOf(id))
	}
	for _, name := range d.People {
		e.Who.Refs = append(e.Who.Refs, review.PersonRef(name))
	}
	return e, err
}

// ties are what the register and the calls before know between a reader and those who apply: posts, roles, the same address or telephone, past money. However many apply, it asks the same few times.
func (s *Service) ties(tx *storage.Tx, r review.Reader, all []review.Entry) (out []review.Tie, err error) {
	me := r.Ref()
	var parties []civic.ID
	for _, e := range all {
		for _, p := range e.Who.Refs {
			if p.Kind == organisations.Kind {
				parties = append(parties, p.ID)
			}
		}
	}
	parties = distinct(parties)
	own := slices.Clone(r.Belongs)
	for _, id := range r.Belongs {
		out = append(out, review.Tie{A: me, B: organisations.RefOf(id), Kind: review.Member})
	}
	speaks, err := identity.SpeaksFor(tx, r.Account)
	if err != nil {
		return nil, err
	}
	for _, of := range speaks {
		if of.Kind == organisations.Kind {
			out, own = append(out, review.Tie{A: me, B: of, Kind: review.Employee}), append(own, of.ID)
		}
	}
	boards, err := organisations.BoardsOf(tx, nameOrders(r.Name)) // also of those who do not apply: who else sits there may
	if err != nil {
		return nil, err
	}
	posts, err := organisations.PostsOf(tx, distinct(slices.Concat(parties, own, boards)))
	if err != nil {
		return nil, err
	}
	for id, people := range posts {
		for _, m := range people {
			out = append(out, review.Tie{A: review.PersonRef(m.Person), B: organisations.RefOf(id), Kind: review.Board, From: founded(m.Since), Until: ended(m.Until)})
			if review.PersonRef(m.Person) == me {
				own = append(own, id)
			}
		}
	}
	own = distinct(own)
	reached, err := contactTies(tx, me, own, parties)
	if err != nil {
		return nil, err
	}
	out = append(out, reached...)
	paid, err := paidBetween(tx, own)
	for _, p := range paid {
		other := p.to
		if slices.Contains(own, p.to) {
			other = p.from
		}
		out = append(out, review.Tie{A: me, B: organisations.RefOf(other), Kind: review.PaidBy, From: p.at, Until: p.at})
	}
	return out, err
}

// distinct sorts identifiers and takes out what stands twice.
func distinct(ids []civic.ID) []civic.ID {
	slices.Sort(ids)
	return slices.Compact(ids)
}

// nameOrders are the orders in which the register may write the words of a name; of a very long one only its own.
func nameOrders(name string) (out []string) {
	words := strings.Fields(name)
	if len(words) > 4 {
		return []string{name}
	}
	var next func(said, left []string)
	next = func(said, left []string) {
		if len(left) == 0 {
			out = append(out, strings.Join(said, " "))
		}
		for i := range left {
			next(append(slices.Clone(said), left[i]), slices.Delete(slices.Clone(left), i, i+1))
		}
	}
	next(nil, words)
	return out
}

// contactTies are those by the same address or telephone of an organisation of the reader's and one that applies.
func contactTies(tx *storage.Tx, me civic.Ref, own, parties []civic.ID) (out []review.Tie, err error) {
	if len(own) == 0 {
		return nil, nil
	}
	found, err := organisations.ContactsOf(tx, distinct(slices.Concat(parties, own)))
	where := map[civic.ID]contact{}
	for id, c := range found {
		where[id] = contact{plain(c.Address[civic.Kazakh]), plain(c.Address[civic.Russian]), digits(c.Phone)}
	}
	for _, a := range own {
		for _, b := range parties {
			if a == b {
				continue
			}
			if x, y := where[a], where[b]; x.kk != "" && x.kk == y.kk || x.ru != "" && x.ru == y.ru {
				out = append(out, review.Tie{A: me, B: organisations.RefOf(b), Kind: review.Address})
			}
			if x, y := where[a], where[b]; x.phone != "" && x.phone == y.phone {
				out = append(out, review.Tie{A: me, B: organisations.RefOf(b), Kind: review.Phone})
			}
		}
	}
	return out, err
}

// contact is where an organisation is found, as it can be compared.
type contact struct{ kk, ru, phone string }

func plain(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), " ")
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}

// ended is the last instant that a date of the register can mean; zero: it has none.
func ended(d organisations.Date) time.Time {
	at := founded(d)
	if at.IsZero() {
		return at
	}
	switch len(d) {
	case 4:
		return at.AddDate(1, 0, 0)
	case 7:
		return at.AddDate(0, 1, 0)
	}
	return at.AddDate(0, 0, 1)
}

// decided takes the decision of the readers' meeting.
func (s *Service) decided(tx *storage.Tx, a civic.Actor, id civic.ID, all []review.Outcomes) error {
	if err := tx.Lock(ref(id).String()); err != nil {
		return err
	}
	c, err := find(tx, id)
	if err != nil {
		return err
	}
	if c.State != Reading {
		return notNow()
	}
	c.State, c.DecidedAt = Decided, tx.Now()
	if err := updateCall(tx, c); err != nil {
		return err
	}
	for _, o := range all {
		d, err := findApplication(tx, o.Thing.ID)
		if err != nil {
			return err
		}
		if d.State != Admitted { // withdrawn while the decision was made
			continue
		}
		d.State = map[review.Verdict]State{review.InFull: Funded, review.InPart: Partly, review.OnReserve: Reserve, review.Nothing: Unfunded}[o.Verdict]
		d.Award, d.Score, d.Why, d.DecidedAt = o.Award, o.Mean, o.Why, tx.Now()
		if err := updateApplication(tx, d); err != nil {
			return err
		}
		if d.Won() {
			if err := s.city.Contracts.Open(tx, contracts.Contract{About: o.Thing, Book: ref(id), Giver: organisations.RefOf(c.Funder), Taker: organisations.RefOf(d.Applicant), Title: d.Title, Amount: d.Award}); err != nil {
				return err
			}
		}
		if err := s.tellApplicant(tx, d, "decided", civic.Say("grants.told_decided_"+string(d.State))); err != nil {
			return err
		}
	}
	tx.Touch(topic)
	return errors.Join(s.noteCall(tx, a, c, actDecided), s.tell(tx, c, "decided", civic.Say("grants.told_decided")))
}

// namedIn are the names of the applicant's side that stand in its answers, where readers are not to see whose the text is.
func namedIn(sheet questions.Sheet, names []string) (out []string) {
	var text strings.Builder
	for _, said := range sheet.Said() {
		text.WriteString(" " + plain(strings.Join(said, " ")) + " ")
	}
	for _, name := range names {
		if p := plain(name); len([]rune(p)) >= 4 && strings.Contains(text.String(), p) && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// Named are the names of an application that is read without names, and that stand in its text all the same.
func (o Own) Named() []string {
	if !o.Of.Anonymous {
		return nil
	}
	names := slices.Clone(o.People)
	for _, of := range append([]organisations.Named{o.Applicant}, o.Partners...) {
		for _, name := range of.Name {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return namedIn(o.Sheet, names)
}
