package booking

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/questions"
)

// ToBook is what somebody sees who is about to book.
type ToBook struct {
	Offering
	Of   part.Resolved
	Mine Party // what they have already; the zero value: nothing
	Asks questions.Form
}

// ToBook returns a thing of which the actor may book places. Errors: civic.NotFound.
func (s *Service) ToBook(ctx context.Context, a civic.Actor, of civic.Ref) (t ToBook, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if t.Of, err = s.seen(tx, a, of); err != nil {
			return err
		}
		if t.Offering, err = offeringOf(tx, of); err != nil {
			return err
		}
		form, err := s.form(tx, of)
		if t.Asks = form.Form; err != nil || a.Account == "" {
			return err
		}
		t.Mine, _, err = storage.Found(active(tx, t.Offering, a.Account))
		return err
	})
	return t, err
}

// Held is a booking as whoever has it sees it.
type Held struct {
	Party
	Offering Offering
	Of       part.Resolved
	Tickets  []Shown
	Ahead    int            // of those who wait: how many come before
	Before   int            // and for how many places they wait
	BackTo   time.Time      // until when they give back what they have
	Asked    questions.Form // what they were asked when they booked, as far as answers are kept
	Take     bool           // they may take places now
	Back     bool           // they may give them back
	Offers   bool           // there is time for offers
	Link     string         // where whoever has places takes part from afar
	Others   []string       // of those who have places: the names of all who agreed to it
	Says     bool           // they may say how it was
	Said     Said           // what they have said
}

// Shown is a ticket with what its QR code holds.
type Shown struct {
	Code    Code
	Kind    int
	QR      string
	Entered time.Time
}

// Show returns a booking to whoever has it. Errors: civic.NotFound.
func (s *Service) Show(ctx context.Context, who Who) (h Held, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if h.Party, h.Offering, err = s.holder(tx, who); err != nil {
			return err
		}
		titles, err := s.declared.Titles(tx, who.Actor, []civic.Ref{h.Offering.Of})
		if err != nil {
			return err
		}
		h.Of = titles[h.Offering.Of]
		_, h.Offers = s.rules().Until(tx.Now(), h.Offering.ClosesAt)
		h.Take = h.State == Offered && tx.Now().Before(h.Until) || s.freeForAll(tx, h.Offering, h.Party)
		h.BackTo = h.Offering.backUntil(h.BookedAt)
		h.Back = !h.State.Ended() && (h.State != Confirmed || tx.Now().Before(h.BackTo))
		if h.State == Waiting {
			of, err := aheadOf(tx, h.Party)
			if h.Ahead, h.Before = of.parties, of.places; err != nil {
				return err
			}
		}
		h.Asked, err = askedOf(tx, h.Party)
		if err != nil || h.State != Confirmed {
			return err
		}
		if link := s.owners[h.Offering.Of.Kind].Link; link != nil && !h.Offering.Cancelled {
			if h.Link, err = link(tx, h.Offering.Of.ID); err != nil {
				return err
			}
		}
		if h.Others, err = named(tx, h.Offering, mostNamed); err != nil {
			return err
		}
		if h.Says, err = s.maySay(tx, h.Offering, h.Party); err != nil {
			return err
		}
		if h.Said, _, err = saidBy(tx, h.Party); err != nil {
			return err
		}
		return s.tickets(tx, &h)
	})
	return h, err
}

// tickets fills in the tickets of a booking, signed.
func (s *Service) tickets(tx *storage.Tx, h *Held) error {
	no, seed, err := signingKey(tx)
	if err != nil {
		return err
	}
	raw, err := hex.DecodeString(seed)
	if err != nil {
		return err
	}
	key := ed25519.NewKeyFromSeed(raw)
	all, err := ticketsOfParty(tx, h.Party)
	for _, t := range all {
		if t.Revoked.IsZero() {
			h.Tickets = append(h.Tickets, Shown{t.Code, t.Kind, Ticket{Key: no, Offering: uint32(h.Offering.no), Code: t.Code, Kind: uint8(t.Kind), From: s.opens(h.Offering), To: h.Offering.EndsAt}.QR(key), t.Entered})
		}
	}
	return err
}

// Own is a booking on a person's list.
type Own struct {
	Party
	Of     part.Resolved
	Starts time.Time
	ref    civic.Ref
}

// Own lists what an account has booked, the latest first, behind one of its bookings; the zero Party: from the first on.
func (s *Service) Own(tx *storage.Tx, a civic.Actor, after Party, most int) ([]Own, error) {
	return s.ownOf(tx, a, a.Account, after, most)
}

// ownOf is what an account, or a reader without one, has booked, as somebody may see it.
func (s *Service) ownOf(tx *storage.Tx, a civic.Actor, who civic.ID, after Party, most int) (out []Own, err error) {
	all, err := partiesBy(tx, who, after, most)
	if err != nil {
		return nil, err
	}
	var refs []civic.Ref
	for _, p := range all {
		o, err := offeringByNo(tx, p.offering)
		if err != nil {
			return nil, err
		}
		refs = append(refs, o.Of)
		out = append(out, Own{Party: p, Starts: o.StartsAt})
	}
	titles, err := s.declared.Titles(tx, a, refs)
	for i, ref := range refs {
		out[i].Of, out[i].ref = titles[ref], ref
	}
	return out, err
}

// Runs reports whether the actor works at the door of a thing. Errors: civic.NotFound, civic.Forbidden.
func (s *Service) Runs(ctx context.Context, a civic.Actor, of civic.Ref) (title part.Resolved, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if _, served := s.owners[of.Kind]; !served {
			return notThere()
		}
		if _, err := s.runs(tx, a, of); err != nil {
			return err
		}
		titles, err := s.declared.Titles(tx, a, []civic.Ref{of})
		title = titles[of]
		return err
	})
	return title, err
}
