package initiatives

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/search"
)

// topic of cached pages that show anything of all initiatives; topicOf that of those that show one. A fold touches both, and
// a signature neither.
const topic = "initiatives"

func topicOf(id civic.ID) string { return "initiatives:" + string(id) }

// numbers is the lock of whoever makes an initiative or gives one its number.
const numbers = "initiatives_no"

// Service is the use cases. It is safe for concurrent use.
type Service struct {
	db    *storage.DB
	city  capability.City
	often *web.Limiter // how often people of one network sign
}

// New makes the service.
func New(c capability.City) *Service {
	s := &Service{db: c.DB, city: c}
	s.often = &web.Limiter{Burst: func(network string) int { return c.Identity.Crowd(network, s.value("by_network")) }, Per: time.Hour, Clock: c.DB.Now}
	c.Paper.Own(Kind, s.onPaper())
	return s
}

func (s *Service) value(key string) int { return int(s.city.Settings.Value("initiatives." + key)) }

func lockKey(id civic.ID) string { return "initiative:" + string(id) }

// verified reports whether only verified residents sign.
func (s *Service) verified() bool { return s.value("verified_only") == 1 }

// bodies are those that can be asked, by name.
func (s *Service) bodies(tx *storage.Tx) ([]organisations.Named, error) {
	return s.city.Organisations.Bodies(tx)
}

func (s *Service) district(code string) bool {
	_, known := s.city.Settings.Current().District(code)
	return known
}

// check finds what is wrong with an initiative that somebody writes.
func (s *Service) check(tx *storage.Tx, i Initiative) error {
	bodies, err := s.bodies(tx)
	if err != nil {
		return err
	}
	return i.check(s.value("words_max"), s.district, city.HasTheme,
		func(id civic.ID) bool { return organisations.Among(bodies, id) }).Err()
}

func (i Initiative) trimmed() Initiative {
	i.Title, i.Words = strings.TrimSpace(i.Title), strings.TrimSpace(i.Words)
	return i
}

// BeforeWriting is nil when Write would take the initiative.
func (s *Service) BeforeWriting(ctx context.Context, i Initiative) error {
	return s.db.Read(ctx, func(tx *storage.Tx) error { return s.check(tx, i.trimmed()) })
}

// Write begins an initiative; whoever does is its first author. The caller fills in Title, Words, Body and Scope. Permission: accounts with
// a confirmed address. Errors: civic.Forbidden; civic.Invalid with the fields of Initiative; civic.TooMany after initiatives.per_month.
func (s *Service) Write(ctx context.Context, actor civic.Actor, i Initiative, page civic.Lang) (Initiative, error) {
	if !actor.Has(civic.Resident) {
		return i, notYours()
	}
	i = i.trimmed()
	err := s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := s.check(tx, i); err != nil {
			return err
		}
		if err := tx.Lock(numbers); err != nil {
			return err
		}
		n, err := begunSince(tx, actor.Account, tx.Now().AddDate(0, -1, 0))
		if err == nil && n >= s.value("per_month") {
			err = civic.Fail(civic.TooMany, "initiatives.enough_this_month", "Count", n)
		}
		if err != nil {
			return err
		}
		i.ID, i.State, i.WrittenAt, i.ChangedAt, i.Lang = civic.NewID(tx.Now()), Draft, tx.Now(), tx.Now(), civic.GuessLang(i.Title+" "+i.Words, page)
		i.secret, i.invite, i.salt = civic.Token(), civic.Token(), civic.Token()
		if err := insert(tx, &i); err != nil {
			return err
		}
		return addAuthor(tx, i, Author{Account: actor.Account, First: true, At: tx.Now()})
	})
	return i, err
}

// alone runs an act on an initiative while nobody else acts on it, and nobody signs. Errors: civic.NotFound.
func (s *Service) alone(ctx context.Context, id civic.ID, act func(*storage.Tx, Initiative) error) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock(lockKey(id)); err != nil {
			return err
		}
		i, err := find(tx, id)
		if err != nil {
			return err
		}
		return act(tx, i)
	})
}

// begun runs an act of who began an initiative. Errors: civic.NotFound, civic.Forbidden.
func (s *Service) begun(ctx context.Context, actor civic.Actor, id civic.ID, act func(*storage.Tx, Initiative, []Author) error) error {
	return s.alone(ctx, id, func(tx *storage.Tx, i Initiative) error {
		all, err := authorsOf(tx, i)
		if err == nil && !begins(all, actor) {
			err = notYours()
		}
		if err != nil {
			return err
		}
		return act(tx, i, all)
	})
}

// Rewrite changes the words of a draft; co-authors agreed to others, and are asked again. Permission: who began it. Errors: civic.Forbidden,
// civic.Closed, civic.Invalid with the fields of Initiative.
func (s *Service) Rewrite(ctx context.Context, actor civic.Actor, id civic.ID, to Initiative, page civic.Lang) error {
	to = to.trimmed()
	return s.begun(ctx, actor, id, func(tx *storage.Tx, i Initiative, _ []Author) error {
		if i.State != Draft {
			return notNow()
		}
		if err := s.check(tx, to); err != nil {
			return err
		}
		if i.Title != to.Title || i.Words != to.Words || i.Body != to.Body {
			if err := dropCoAuthors(tx, i); err != nil {
				return err
			}
		}
		i.Title, i.Words, i.Body, i.Scope, i.ChangedAt, i.Lang = to.Title, to.Words, to.Body, to.Scope, tx.Now(), civic.GuessLang(to.Title+" "+to.Words, page)
		return update(tx, i)
	})
}

// InviteOf is what the link for co-authors ends with.
func InviteOf(i Initiative) string { return i.invite }

// Agree makes the actor a co-author, who has the link for them. Once they are one, doing it again changes nothing. Permission: accounts with a
// confirmed address. Errors: civic.NotFound for another link, civic.Closed.
func (s *Service) Agree(ctx context.Context, actor civic.Actor, id civic.ID, invite string) error {
	if !actor.Has(civic.Resident) {
		return notYours()
	}
	return s.alone(ctx, id, func(tx *storage.Tx, i Initiative) error {
		if invite == "" || invite != i.invite {
			return notThere()
		}
		all, err := authorsOf(tx, i)
		if err != nil || isAuthor(all, actor) {
			return err
		}
		if _, most := s.city.Settings.Bounds("initiatives.authors_min"); i.State != Draft || int64(len(all)) >= most {
			return notNow()
		}
		if err := addAuthor(tx, i, Author{Account: actor.Account, At: tx.Now()}); err != nil {
			return err
		}
		return s.tellAuthors(tx, i, slices.DeleteFunc(all, func(a Author) bool { return !a.First }), "agreed", civic.Message{})
	})
}

// BeforeGathering is nil when Gather would go on.
func (s *Service) BeforeGathering(ctx context.Context, actor civic.Actor, id civic.ID) (by time.Time, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		i, err := find(tx, id)
		if err != nil {
			return err
		}
		all, err := authorsOf(tx, i)
		if err == nil && !begins(all, actor) {
			err = notYours()
		}
		if err != nil {
			return err
		}
		by = s.city.Settings.Calendar().Add(tx.Now(), s.value("joinder_days"))
		return s.mayGather(i, all)
	})
	return by, err
}

func (s *Service) mayGather(i Initiative, all []Author) error {
	if _, ok := Next(i.State, Gather); !ok {
		return notNow()
	}
	if least := s.value("authors_min"); len(all) < least {
		return civic.Fail(civic.Invalid, "initiatives.too_few_authors", "Count", least)
	}
	return nil
}

// Gather sends the link round: from now on words do not change, and the first few join within initiatives.joinder_days. Permission: who began
// it. Errors: civic.Forbidden, civic.Closed, civic.Invalid when there are too few authors.
func (s *Service) Gather(ctx context.Context, actor civic.Actor, id civic.ID) error {
	return s.begun(ctx, actor, id, func(tx *storage.Tx, i Initiative, all []Author) error {
		if err := s.mayGather(i, all); err != nil {
			return err
		}
		i.State, _ = Next(i.State, Gather)
		i.JoinderBy, i.ChangedAt = s.city.Settings.Calendar().Add(tx.Now(), s.value("joinder_days")), tx.Now()
		if err := update(tx, i); err != nil {
			return err
		}
		return s.tellAuthors(tx, i, all, "gathering", civic.Say("initiatives.told_until", "Date", i.JoinderBy))
	})
}

// Withdraw ends an initiative that its authors do not want any more. What everybody has read stays. Permission: who began it. Errors:
// civic.Forbidden, civic.Closed once it is closed for signatures.
func (s *Service) Withdraw(ctx context.Context, actor civic.Actor, id civic.ID) error {
	return s.begun(ctx, actor, id, func(tx *storage.Tx, i Initiative, all []Author) error {
		to, ok := Next(i.State, Withdraw)
		if !ok {
			return notNow()
		}
		i.State, i.ClosedAt, i.ChangedAt = to, tx.Now(), tx.Now()
		if err := s.settle(tx, i); err != nil {
			return err
		}
		if i.Public() {
			if err := s.note(tx, actWithdrawn, i, civic.Resident); err != nil {
				return err
			}
		}
		return s.tell(tx, i, all, "withdrawn", civic.Message{})
	})
}

// settle keeps an initiative that has changed, and touches the pages that show it.
func (s *Service) settle(tx *storage.Tx, i Initiative) error {
	tx.Touch(topic, topicOf(i.ID))
	if err := update(tx, i); err != nil {
		return err
	}
	return s.index(tx, i)
}

// index puts an initiative into the search while everybody reads it.
func (s *Service) index(tx *storage.Tx, i Initiative) error {
	if !i.Public() || i.Title == "" {
		return s.city.Search.Remove(tx, Kind, i.no)
	}
	return s.city.Search.Put(tx, search.Document{Ref: Ref(i.ID), Number: i.no, Public: true, About: []city.Scope{i.Scope}, Words: search.Analyse(search.Text{Title: i.Title, Rest: i.Words, Numbers: []string{i.Number()}})})
}

// notice is what somebody is told of an initiative.
func (s *Service) notice(tx *storage.Tx, i Initiative, what string, more civic.Message) notifications.Notice {
	n := notifications.Notice{Subject: civic.Say("initiatives.told_"+what, "Title", i.Title), Body: more, Path: Path(i.ID), Event: "initiatives." + what + "/" + string(i.ID)}
	if i.ByLink() {
		n.Path = linkPath(i)
	}
	return n
}

// tellAuthors tells authors alone.
func (s *Service) tellAuthors(tx *storage.Tx, i Initiative, all []Author, what string, more civic.Message) error {
	n := s.notice(tx, i, what, more)
	if what == "agreed" {
		n.Event = "" // each of them is told of
	}
	for _, a := range all {
		if err := s.city.Notifications.Notify(tx, a.Account, n); err != nil {
			return err
		}
	}
	return nil
}

// tell tells authors, and who follows an initiative that everybody reads, its district or theme, the body or the city.
func (s *Service) tell(tx *storage.Tx, i Initiative, all []Author, what string, more civic.Message) error {
	if err := s.tellAuthors(tx, i, all, what, more); err != nil || !i.Public() {
		return err
	}
	n := s.notice(tx, i, what, more)
	n.Thing = Ref(i.ID)
	followed := append([]civic.Ref{city.Ref(), organisations.RefOf(i.Body)}, i.Followed()...)
	return s.city.Notifications.Tell(tx, n, followed...)
}

// tellBody tells those who answer for the body.
func (s *Service) tellBody(tx *storage.Tx, i Initiative, what string, path string) error {
	officers, err := identity.HoldersOf(tx, civic.Officer, organisations.RefOf(i.Body))
	for _, account := range officers {
		if err == nil {
			err = s.city.Notifications.Notify(tx, account, notifications.Notice{Subject: civic.Say("initiatives.told_body_"+what, "Title", i.Title), Path: path})
		}
	}
	return err
}
