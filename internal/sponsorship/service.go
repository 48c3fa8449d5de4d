package sponsorship

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/ledger"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/search"
)

// topic of cached pages that show anything of campaigns.
const topic = "sponsorship"

// lock lets one thing happen to given money after another: a line is booked once, and a campaign is closed before or after, never while. It is
// taken before the ledger's.
const lock = "sponsorship"

// Service is what can be done. It is safe for concurrent use.
type Service struct {
	city     capability.City
	provider Provider
}

// New makes the service.
func New(c capability.City) *Service {
	s := &Service{city: c, provider: Transfers{}}
	c.Matching.Serve(s.matched())
	return s
}

func (s *Service) value(key string) int { return int(s.city.Settings.Value("sponsorship." + key)) }

func notNow() error   { return civic.Fail(civic.Closed, "sponsorship.not_in_this_state") }
func notThere() error { return civic.Fail(civic.NotFound, "web.not_found") }

func runsAs(a civic.Actor, organisation civic.ID) civic.Role {
	return a.ActsAs([]civic.Ref{organisations.RefOf(organisation)}, civic.Representative, civic.Administrator)
}

// whose are the organisations for which the actor acts; nil: all.
func whose(a civic.Actor) []civic.ID {
	if a.Has(civic.Administrator) {
		return nil
	}
	return a.Scopes(civic.Representative)
}

// workingDays is the end of the day so many working days from now, in the city.
func (s *Service) workingDays(tx *storage.Tx, days int) time.Time {
	return s.city.Settings.Calendar().Add(tx.Now(), days)
}

// alone runs an act on a campaign while nobody else acts on given money.
func (s *Service) alone(ctx context.Context, id civic.ID, act func(*storage.Tx, Campaign) error) error {
	return s.city.DB.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock(lock); err != nil {
			return err
		}
		c, err := find(tx, id)
		if err != nil {
			return err
		}
		tx.Touch(topic)
		return act(tx, c)
	})
}

// own is alone for who acts for the organisation, in one of the states. Errors: civic.NotFound to others, civic.Closed in another state.
func (s *Service) own(ctx context.Context, a civic.Actor, id civic.ID, act func(*storage.Tx, Campaign) error, states ...State) error {
	return s.alone(ctx, id, func(tx *storage.Tx, c Campaign) error {
		if !Speaks(a, c.Organisation) {
			return notThere()
		}
		if !slices.Contains(states, c.State) {
			return notNow()
		}
		return act(tx, c)
	})
}

func (c Campaign) trimmed() Campaign {
	for _, t := range []*civic.Text{&c.Title, &c.About, &c.LeftOver, &c.Thanks, &c.Clause} {
		*t = t.Trimmed()
	}
	c.Pay = Payee{strings.TrimSpace(c.Pay.Receiver), cleanIBAN(c.Pay.IBAN), strings.TrimSpace(c.Pay.Bank)}
	c.Place = strings.TrimSpace(c.Place)
	return c
}

// Keep makes a draft of a campaign, or rewrites one that has an ID. Permission: Speaks. Errors: civic.NotFound, civic.Closed once a moderator looks at it, civic.Invalid with
// the fields of the form.
func (s *Service) Keep(ctx context.Context, a civic.Actor, c Campaign) (civic.ID, error) {
	c = c.trimmed()
	if !Speaks(a, c.Organisation) || c.Organisation == "" {
		return "", civic.Wrong("organisation", "sponsorship.choose_organisation")
	}
	ready := func(tx *storage.Tx) error {
		named, err := s.city.Organisations.Named(tx, []civic.ID{c.Organisation})
		if err != nil {
			return err
		}
		if _, public := named[c.Organisation]; !public {
			return civic.Wrong("organisation", "sponsorship.choose_organisation")
		}
		c.Scope = s.city.Settings.Current().Known(c.Scope)
		return c.check(tx.Now(), s.value("most_days"))
	}
	if c.ID != "" {
		return c.ID, s.own(ctx, a, c.ID, func(tx *storage.Tx, old Campaign) error {
			c.no, c.State, c.Organisation = old.no, Draft, old.Organisation
			if err := ready(tx); err != nil {
				return err
			}
			return updateCampaign(tx, c)
		}, Draft)
	}
	err := s.city.DB.Write(ctx, func(tx *storage.Tx) error {
		if err := ready(tx); err != nil {
			return err
		}
		if err := tx.Lock(lock); err != nil {
			return err
		}
		c.ID, c.State = civic.NewID(tx.Now()), Draft
		return insertCampaign(tx, &c)
	})
	return c.ID, err
}

// Send hands a draft to the moderators. Permission: Speaks. Errors as own; civic.Invalid.
func (s *Service) Send(ctx context.Context, a civic.Actor, id civic.ID) error {
	return s.own(ctx, a, id, func(tx *storage.Tx, c Campaign) error {
		if err := c.check(tx.Now(), s.value("most_days")); err != nil {
			return err
		}
		c.State, c.ModerateBy = Checking, s.workingDays(tx, s.value("moderation_days"))
		return updateCampaign(tx, c)
	}, Draft)
}

func (c Campaign) standing() moderation.Standing {
	return moderation.Standing{Shown: c.Public(), Removed: c.State == Refused, Rule: c.Rule, Reason: c.Reason, DecidedAt: c.DecidedAt}
}

// Decide lets a campaign run, or refuses it by a rule and with a reason. Permission: mayDecide. Errors: civic.Forbidden, civic.Closed, civic.Invalid with "rule", "reason", those of
// moderation.Service.Deciding.
func (s *Service) Decide(ctx context.Context, a civic.Actor, id civic.ID, d moderation.Choice) error {
	d.Reason = strings.TrimSpace(d.Reason)
	return s.alone(ctx, id, func(tx *storage.Tx, c Campaign) error {
		if !mayDecide(a, c) {
			return civic.Fail(civic.Forbidden, "sponsorship.not_yours")
		}
		if !c.decidable() {
			return notNow()
		}
		if err := d.Check(s.city.Moderation.Book()); err != nil || d.Settles(c.standing()) {
			return err
		}
		if err := d.Overtaken(c.standing()); err != nil {
			return err
		}
		role := a.ActsAs(nil, civic.Moderator, civic.Administrator)
		told, err := s.city.Moderation.Deciding(tx, a, d.Verdict(Ref(c.ID), c.standing(), role))
		if err != nil {
			return err
		}
		act, said := actRefused, civic.Say("sponsorship.told_refused", "Reason", d.Reason)
		if d.Approve {
			if act, said = actOpened, civic.Say("sponsorship.told_opened"); c.State == Refused {
				act = actRestored
			}
			c.State, c.OpenedAt, c.Rule, c.Reason = Running, tx.Now(), "", ""
		} else {
			c.State, c.Rule, c.Reason = Refused, d.Rule, d.Reason
		}
		c.DecidedAt = tx.Now()
		if err := updateCampaign(tx, c); err != nil {
			return err
		}
		if err := errors.Join(s.settle(tx, c, role), s.note(tx, act, c, role), s.city.Trail.Note(tx, a, "sponsorship.campaign.decide", Ref(c.ID), map[string]string{"state": string(c.State)})); err != nil || told {
			return err
		}
		return s.tellOwn(tx, c, "decided", said)
	})
}

// Uphold leaves a campaign refused whose organisation asked for another decision. Permission: mayDecide, but for who refused it. Errors: moderation.Service.Uphold's.
func (s *Service) Uphold(ctx context.Context, a civic.Actor, id civic.ID, d moderation.Choice) error {
	return s.city.Moderation.UpholdOf(ctx, a, Ref(id), d)
}

// settle puts a campaign where everybody finds it, once everybody may.
func (s *Service) settle(tx *storage.Tx, c Campaign, role civic.Role) error {
	if err := s.city.Files.Settle(tx, Ref(c.ID), role); err != nil || !c.Public() {
		return err
	}
	return s.city.Search.Put(tx, search.Document{Ref: Ref(c.ID), Number: c.no, Public: true, About: []city.Scope{c.Scope}, Words: search.Analyse(search.Text{Title: search.Join(c.Title), Rest: search.Join(c.About)})})
}

// tellOwn tells all who act for the organisation.
func (s *Service) tellOwn(tx *storage.Tx, c Campaign, what string, body civic.Message) error {
	accounts, err := identity.HoldersOf(tx, civic.Representative, organisations.RefOf(c.Organisation))
	for _, account := range accounts {
		err = errors.Join(err, s.city.Notifications.Notify(tx, account, notifications.Notice{Subject: civic.Say("sponsorship.told", "Title", c.Title), Body: body, Path: deskPath(c.ID), Event: Kind + "/" + string(c.ID) + "/" + what}))
	}
	return err
}

// tell tells those who follow the campaign, its organisation, its district or theme.
func (s *Service) tell(tx *storage.Tx, c Campaign, what string, body civic.Message) error {
	return s.city.Notifications.Tell(tx, notifications.Notice{Subject: civic.Say("sponsorship.told", "Title", c.Title), Body: body, Path: Path(c.ID), Event: Kind + "/" + string(c.ID) + "/" + what, Thing: Ref(c.ID)},
		append([]civic.Ref{Ref(c.ID), organisations.RefOf(c.Organisation)}, c.Followed()...)...)
}

// reached reports whether enough has come at some time for what is promised to be done: from then on it may be spent, and is not owed back.
func (c Campaign) reached() bool { return !c.ReachedAt.IsZero() }

// Close ends a campaign, with a report. No gift is booked from then on; what was promised and did not come lapses. Of one that takes all or nothing and has not reached its minimum, every
// gift is to go back. Permission: Speaks. Errors as own; civic.Invalid with "report"; civic.Conflict while a gift is on its way back, before the time of one that has not enough.
func (s *Service) Close(ctx context.Context, a civic.Actor, id civic.ID, report civic.Text) error {
	report = report.Trimmed()
	return s.own(ctx, a, id, func(tx *storage.Tx, c Campaign) error {
		var p civic.Problems
		if p.OfficialAtMost("report", report, maxWords); len(p) > 0 {
			return p.Err()
		}
		short := c.Keep == AllOrNothing && !c.reached()
		if short && c.Takes(tx.Now()) {
			return civic.Fail(civic.Conflict, "sponsorship.not_ended", "Date", c.Ends)
		}
		gifts, err := giftsIn(tx, []civic.ID{id}, []GiftState{Pledged, Announced, Booked, Returning}, mostGifts)
		if err != nil {
			return err
		}
		for _, g := range gifts {
			switch {
			case g.State == Returning:
				return civic.Fail(civic.Conflict, "sponsorship.refund_waits")
			case g.State == Booked && short:
				err = s.returning(tx, c, &g, g.Received, "")
			case g.State != Booked:
				g.State, _ = Next(g.State, Lapse)
				err = errors.Join(updateGift(tx, g), s.tellGiver(tx, c, g, "lapsed", civic.Say("sponsorship.told_lapsed")))
			}
			if err != nil {
				return err
			}
		}
		c.State, c.ClosedAt, c.Report = Closed, tx.Now(), report
		if err := updateCampaign(tx, c); err != nil {
			return err
		}
		return errors.Join(s.note(tx, actClosed, c, runsAs(a, c.Organisation)), s.city.Trail.Note(tx, a, "sponsorship.campaign.close", Ref(id), nil), s.tell(tx, c, "closed", civic.Say("sponsorship.told_closed")))
	}, Running)
}

// balance is what the ledger has for a campaign.
func (c Campaign) balance(tx *storage.Tx) (civic.Money, error) { return ledger.Balance(tx, c.money()) }
