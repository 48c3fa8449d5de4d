package grants

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/contracts"
	"github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/questions"
	"github.com/birge-kz/birge/internal/review"
	"github.com/birge-kz/birge/internal/search"
)

// topic of cached pages that show anything of calls.
const topic = "grants"

// Service is what can be done. It is safe for concurrent use.
type Service struct{ city capability.City }

// New makes the service.
func New(c capability.City) *Service {
	s := &Service{city: c}
	c.Review.Serve(Kind, s.reads())
	c.Contracts.Serve(KindApplication, contracts.Owner{Dropped: s.declined, Held: func(tx *storage.Tx, k contracts.Contract) (time.Time, error) {
		p, _, err := c.Review.PanelOf(tx, k.Book)
		return c.Review.Until(p), err
	}})
	return s
}

func (s *Service) value(key string) int { return int(s.city.Settings.Value("grants." + key)) }

func notYours() error { return civic.Fail(civic.Forbidden, "grants.not_yours") }

func notNow() error { return civic.Fail(civic.Closed, "grants.not_in_this_state") }

func notThere() error { return civic.Fail(civic.NotFound, "web.not_found") }

// funders are the organisations in whose name the actor makes calls; nil: all.
func funders(a civic.Actor) []civic.ID {
	if a.Has(civic.Administrator) {
		return nil
	}
	return a.Scopes(civic.Officer, civic.Representative)
}

// Keep makes a draft of a call, or rewrites one that has an ID. Permission: MayRun. Errors: civic.NotFound, civic.Closed once it is announced, civic.Invalid with
// the fields of Call.
func (s *Service) Keep(ctx context.Context, a civic.Actor, c Call) (civic.ID, error) {
	c.Title, c.About = c.Title.Trimmed(), c.About.Trimmed()
	if c.Rubric.Quorum == 0 { // not said: that of the city
		c.Rubric.Quorum = int(s.city.Settings.Value("review.quorum"))
	}
	if !MayRun(a, c.Funder) {
		return "", civic.Wrong("funder", "grants.not_yours")
	}
	if c.ID != "" {
		return c.ID, s.at(ctx, a, c.ID, func(tx *storage.Tx, old Call) error {
			c.no, c.State, c.Rubric.Criteria = old.no, old.State, old.Rubric.Criteria
			if c.Funder != old.Funder {
				return notYours()
			}
			if err := c.check(); err != nil {
				return err
			}
			return updateCall(tx, c)
		}, Draft)
	}
	if err := c.check(); err != nil {
		return "", err
	}
	err := s.city.DB.Write(ctx, func(tx *storage.Tx) error {
		c.ID, c.State = civic.NewID(tx.Now()), Draft
		if err := insertCall(tx, &c); err != nil {
			return err
		}
		_, err := questions.Put(tx, ref(c.ID), formName, standard())
		return err
	})
	return c.ID, err
}

// at runs an act of a funder on a call that is in one of the states, while nobody else acts on it. Permission: MayRun. Errors:
// civic.Forbidden, civic.NotFound, civic.Closed in another state.
func (s *Service) at(ctx context.Context, a civic.Actor, id civic.ID, act func(*storage.Tx, Call) error, states ...CallState) error {
	return s.city.DB.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock(ref(id).String()); err != nil {
			return err
		}
		c, err := find(tx, id)
		switch {
		case err != nil:
			return err
		case !MayRun(a, c.Funder):
			return notYours()
		case !slices.Contains(states, c.State):
			return notNow()
		}
		tx.Touch(topic)
		return act(tx, c)
	})
}

// AddCriterion adds one to the rubric of a draft. Errors as at; civic.Invalid with its fields.
func (s *Service) AddCriterion(ctx context.Context, a civic.Actor, id civic.ID, k review.Criterion) error {
	k.Label, k.Zero, k.Full = k.Label.Trimmed(), k.Zero.Trimmed(), k.Full.Trimmed()
	return s.at(ctx, a, id, func(tx *storage.Tx, c Call) error {
		if err := checkCriterion(k, c.Rubric.Criteria); err != nil {
			return err
		}
		k.Key = freeKey("c", func(key string) bool {
			return slices.ContainsFunc(c.Rubric.Criteria, func(o review.Criterion) bool { return o.Key == key })
		})
		c.Rubric.Criteria = append(c.Rubric.Criteria, k)
		return updateCall(tx, c)
	}, Draft)
}

// DropCriterion takes one out of the rubric of a draft. Errors as at.
func (s *Service) DropCriterion(ctx context.Context, a civic.Actor, id civic.ID, key string) error {
	return s.at(ctx, a, id, func(tx *storage.Tx, c Call) error {
		c.Rubric.Criteria = slices.DeleteFunc(c.Rubric.Criteria, func(o review.Criterion) bool { return o.Key == key })
		return updateCall(tx, c)
	}, Draft)
}

// freeKey is the first key that is not taken.
func freeKey(prefix string, taken func(string) bool) string {
	key := prefix + "a"
	for c := 'a'; taken(key); c++ {
		key = prefix + string(c)
		if c == 'z' {
			prefix, c = prefix+"z", 'a'-1
		}
	}
	return key
}

// AddQuestion adds one to what a draft asks. Errors as at; civic.Invalid with the fields of questions.Form.Check.
func (s *Service) AddQuestion(ctx context.Context, a civic.Actor, id civic.ID, q questions.Question) error {
	q.Label, q.Hint = q.Label.Trimmed(), q.Hint.Trimmed()
	return s.at(ctx, a, id, func(tx *storage.Tx, c Call) error {
		k, err := questions.Last(tx, ref(c.ID), formName)
		if err != nil {
			return err
		}
		if q.Known != "" && !slices.Contains(knowns(), q.Known) {
			return civic.Wrong("known", "grants.choose")
		}
		form, _, problems := k.Form.With(q)
		if err := questions.AtFields(problems.Err()); err != nil {
			return err
		}
		_, err = questions.Put(tx, ref(c.ID), formName, form)
		return err
	}, Draft)
}

// DropQuestion takes one out of what a draft asks, with the conditions of others on it; those that every call asks stay. Errors as at.
func (s *Service) DropQuestion(ctx context.Context, a civic.Actor, id civic.ID, key string) error {
	return s.at(ctx, a, id, func(tx *storage.Tx, c Call) error {
		k, err := questions.Last(tx, ref(c.ID), formName)
		if err != nil || key == askTitle || key == askSummary {
			return err
		}
		form, err := k.Form.Without(key)
		if err != nil {
			return err
		}
		_, err = questions.Put(tx, ref(c.ID), formName, form)
		return err
	}, Draft)
}

// Announce makes a call public; rules, rubric and questions stay as they are from then on, and the record holds their hashes. Errors as at; civic.Invalid with what is not ready.
func (s *Service) Announce(ctx context.Context, a civic.Actor, id civic.ID) error {
	return s.at(ctx, a, id, func(tx *storage.Tx, c Call) error {
		if err := c.check(); err != nil {
			return err
		}
		if err := c.ready(tx.Now(), Terms{OpenDays: s.value("open_days")}); err != nil {
			return err
		}
		k, err := questions.Freeze(tx, ref(c.ID), formName)
		if err != nil {
			return err
		}
		c.State, c.AnnouncedAt, c.FormHash = Announced, tx.Now(), k.Hash
		if err := updateCall(tx, c); err != nil {
			return err
		}
		if err := s.index(tx, c); err != nil {
			return err
		}
		return errors.Join(s.noteCall(tx, a, c, actAnnounced), s.city.Trail.Note(tx, a, "grants.call.announce", ref(c.ID), nil), s.tell(tx, c, "announced", civic.Say("grants.told_announced", "Date", civic.Moment(c.Closes))))
	}, Draft)
}

// Cancel ends a call without a decision, with its reason, and its reading; all who apply are told. Errors as at; civic.Invalid with "reasons".
func (s *Service) Cancel(ctx context.Context, a civic.Actor, id civic.ID, reasons civic.Text) error {
	reasons = reasons.Trimmed()
	return s.at(ctx, a, id, func(tx *storage.Tx, c Call) error {
		var p civic.Problems
		if p.OfficialAtMost("reasons", reasons, maxWords); len(p) > 0 {
			return p.Err()
		}
		c.State, c.DecidedAt, c.Reasons = Cancelled, tx.Now(), reasons
		if err := updateCall(tx, c); err != nil {
			return err
		}
		if err := s.tellAll(tx, c, "cancelled", civic.Say("grants.told_cancelled")); err != nil {
			return err
		}
		return errors.Join(s.city.Review.End(tx, ref(c.ID)), s.noteCall(tx, a, c, actCancelled), s.city.Trail.Note(tx, a, "grants.call.cancel", ref(c.ID), nil), s.tell(tx, c, "cancelled", civic.Say("grants.told_cancelled")))
	}, Announced, Reading)
}

func (s *Service) index(tx *storage.Tx, c Call) error {
	return s.city.Search.Put(tx, search.Document{Ref: ref(c.ID), Number: c.no, Public: true, About: []city.Scope{c.scope()}, Words: search.Analyse(search.Text{Title: search.Join(c.Title), Rest: search.Join(c.About)})})
}

// scope is what of the city the call is about.
func (c Call) scope() city.Scope { return city.Scope{District: c.District, Theme: c.Theme} }

// tellAll tells all who speak for organisations that have begun to apply, once, also when they follow the call.
func (s *Service) tellAll(tx *storage.Tx, c Call, what string, body civic.Message) error {
	all, err := applicants(tx, c.ID)
	if err != nil {
		return err
	}
	for _, of := range all {
		accounts, err := identity.HoldersOf(tx, civic.Representative, organisations.RefOf(of))
		if err != nil {
			return err
		}
		for _, account := range accounts {
			if err := s.city.Notifications.Notify(tx, account, s.notice(c, what, body)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Service) notice(c Call, what string, body civic.Message) notifications.Notice {
	return notifications.Notice{Subject: civic.Say("grants.told", "Title", c.Title), Body: body, Path: Path(c.ID), Event: Kind + "/" + string(c.ID) + "/" + what, Thing: ref(c.ID)}
}

// tell tells those who follow the call, its funder, its district or theme.
func (s *Service) tell(tx *storage.Tx, c Call, what string, body civic.Message) error {
	return s.city.Notifications.Tell(tx, s.notice(c, what, body),
		append([]civic.Ref{ref(c.ID), organisations.RefOf(c.Funder)}, c.scope().Followed()...)...)
}

// facts are what the register, and the calls before, know of an organisation.
func (s *Service) facts(tx *storage.Tx, a civic.Actor, applicant civic.ID) (organisations.Organisation, Facts, error) {
	o, filings, err := s.city.Organisations.Entry(tx, a, applicant)
	if err != nil {
		return o, Facts{}, err
	}
	f := Facts{LegalForm: o.Form, Themes: o.Themes, Districts: o.Districts, Registered: founded(o.Founded), FilingDay: int(s.city.Settings.Value(organisations.FilingDay))}
	for _, one := range filings {
		if one.FiledAt > 0 {
			f.Filed = append(f.Filed, one.Year)
		}
	}
	f.Overdue, err = contracts.Overdue(tx, organisations.RefOf(applicant))
	return o, f, err
}

// today is the instant in the city's zone.
func (s *Service) today(now time.Time) time.Time { return now.In(s.city.Settings.Zone()) }

// founded is the first instant that a date of the register can mean; zero: it is not known.
func founded(d organisations.Date) time.Time {
	for _, layout := range []string{time.DateOnly, "2006-01", "2006"} {
		if at, err := time.Parse(layout, string(d)); err == nil {
			return at
		}
	}
	return time.Time{}
}
