package appeals

import (
	"context"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/answers"
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

// topic of cached pages that show anything of appeals.
const topic = "appeals"

// numbers is the lock of whoever makes an appeal or gives one its number.
const numbers = "appeals_no"

// Service is the use cases. It is safe for concurrent use.
type Service struct {
	db    *storage.DB
	city  capability.City
	often *web.Limiter // how often one network files, joins or types digits without an account
	drawn *web.Limiter // how many pictures it adds
}

// New makes the service.
func New(c capability.City) *Service {
	s := &Service{db: c.DB, city: c}
	s.often = &web.Limiter{Burst: func(string) int { return s.value("by_network") }, Per: time.Hour, Clock: c.DB.Now}
	s.drawn = &web.Limiter{Burst: func(string) int { return s.value("pictures_by_network") }, Per: time.Hour, Clock: c.DB.Now}
	return s
}

func (s *Service) value(key string) int { return int(s.city.Settings.Value("appeals." + key)) }

func lockKey(appeal civic.ID) string { return "appeal:" + string(appeal) }

// Who speaks as the applicant: an account, or whoever has the link of a mail.
type Who struct {
	Actor civic.Actor
	Token string   // "": the actor speaks
	Asked civic.ID // the question about a draft, of the browser in which it was written; adds pictures and nothing else
}

// applicant is nil for who filed the appeal. Errors: civic.Forbidden, civic.NotFound for a token that is not theirs.
func (s *Service) applicant(tx *storage.Tx, a Appeal, who Who) error {
	if who.Token == "" {
		if !a.own(who.Actor) {
			return notYours()
		}
		return nil
	}
	reader, _, _, err := s.city.Notifications.Follower(tx, who.Token, Ref(a.ID))
	if err == nil && (reader == "" || reader != a.Applicant) {
		err = notThere()
	}
	return err
}

// bodies are those that can be asked, by name.
func (s *Service) bodies(tx *storage.Tx) ([]organisations.Named, error) {
	return s.city.Organisations.Bodies(tx)
}

// check finds what is wrong with an appeal that somebody wants to file.
func (s *Service) check(tx *storage.Tx, a Appeal) (civic.Problems, error) {
	bodies, err := s.bodies(tx)
	current := s.city.Settings.Current()
	return a.check(s.value("words_max"), current.HasDistrict,
		city.HasTheme,
		func(id civic.ID) bool { return organisations.Among(bodies, id) }), err
}

// BeforeFiling is nil when File would take the appeal.
func (s *Service) BeforeFiling(ctx context.Context, actor civic.Actor, a Appeal, email string) error {
	return s.db.Read(ctx, func(tx *storage.Tx) error {
		p, err := s.check(tx, a.trimmed())
		if _, ok := identity.ParseEmail(email); !ok && !actor.Has(civic.Resident) {
			p.Add("email", "appeals.email_wrong")
		}
		if err == nil {
			err = p.Err()
		}
		return err
	})
}

func (a Appeal) trimmed() Appeal {
	a.Title, a.Words, a.Address = strings.TrimSpace(a.Title), strings.TrimSpace(a.Words), strings.TrimSpace(a.Address)
	return a
}

// File takes an appeal. Of an account with a confirmed address it is filed at once; who has none gets a mail at the address,
// and it is filed when they confirm. The caller fills in Sort, Open, Title, Words, Scope, Point, Address and Wished. Errors:
// civic.Invalid with the fields of Appeal and "email"; civic.TooMany after appeals.per_day.
func (s *Service) File(ctx context.Context, actor civic.Actor, a Appeal, email string, page civic.Lang) (Appeal, error) {
	a = a.trimmed()
	err := s.db.Write(ctx, func(tx *storage.Tx) error {
		p, err := s.check(tx, a)
		if err == nil {
			err = p.Err()
		}
		if err != nil {
			return err
		}
		if a.District == "" {
			a.District, _ = s.city.Places.Outlines().At(a.Point)
		}
		a.ID, a.State, a.WrittenAt, a.ChangedAt, a.Lang = civic.NewID(tx.Now()), Draft, tx.Now(), tx.Now(), civic.GuessLang(a.Title+" "+a.Words, page)
		if a.Text = Private; a.Open {
			a.Text = Waiting
		}
		a.salt, a.Asked = civic.Token(), ""
		q, err := s.identify(tx, actor, &a, email, page)
		if err != nil {
			return err
		}
		if err := tx.Lock(numbers); err != nil {
			return err
		}
		if err := s.notTooMany(tx, a.Applicant); err != nil {
			return err
		}
		if err := insert(tx, &a); err != nil {
			return err
		}
		if a.ByMail {
			q.appeal = a.no
			return putAsked(tx, q)
		}
		return s.file(tx, &a)
	})
	return a, err
}

// notTooMany is nil for somebody who has not written often in the last day. Errors: civic.TooMany.
func (s *Service) notTooMany(tx *storage.Tx, who civic.ID) error {
	n, err := countBy(tx, who, tx.Now().AddDate(0, 0, -1))
	if err == nil && n >= s.value("per_day") {
		err = civic.Fail(civic.TooMany, "appeals.enough_today", "Count", n)
	}
	return err
}

// identify says who files an appeal: the account, or the reader at an address, who is asked there.
func (s *Service) identify(tx *storage.Tx, actor civic.Actor, a *Appeal, email string, page civic.Lang) (q question, err error) {
	if actor.Has(civic.Resident) {
		a.Applicant = actor.Account
		a.mark, err = s.markOf(tx, *a, actor)
		return q, err
	}
	address, ok := identity.ParseEmail(email)
	if !ok {
		return q, civic.Wrong("email", "appeals.email_wrong")
	}
	a.ByMail, a.mark = true, a.markOf(address)
	q, err = s.askByMail(tx, *a, question{mark: a.mark}, address, page, civic.Say("appeals.ask_subject"), civic.Say("appeals.ask", "Title", a.Title), ownPath(a.ID))
	a.Applicant, a.Asked = q.Reader, q.ID
	return q, err
}

// Confirm files a draft, of whoever has the link of the mail. Once it is filed, doing it again changes nothing. Errors: civic.NotFound.
func (s *Service) Confirm(ctx context.Context, id civic.ID, token string) error {
	return s.alone(ctx, id, func(tx *storage.Tx, a Appeal) error {
		if err := s.applicant(tx, a, Who{Token: token}); err != nil || a.Filed() {
			return err
		}
		if _, err := s.city.Notifications.ConfirmByMail(tx, token, Ref(a.ID)); err != nil {
			return err
		}
		return s.fileAsked(tx, a)
	})
}

// alone runs an act on an appeal while nobody else acts on it. Errors: civic.NotFound.
func (s *Service) alone(ctx context.Context, id civic.ID, act func(*storage.Tx, Appeal) error) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock(lockKey(id)); err != nil {
			return err
		}
		a, err := find(tx, id)
		if err != nil {
			return err
		}
		return act(tx, a)
	})
}

// file gives an appeal its number and its first case, if its body is known.
func (s *Service) file(tx *storage.Tx, a *Appeal) error {
	if err := tx.Lock(numbers); err != nil {
		return err
	}
	a.Year = tx.Now().In(s.city.Settings.Zone()).Year()
	last, err := lastSerial(tx, a.Year)
	if err != nil {
		return err
	}
	a.Serial, a.FiledAt = last+1, tx.Now()
	a.State, _ = Next(a.State, Confirm)
	if err := update(tx, *a); err != nil {
		return err
	}
	if err := s.note(tx, actFiled, *a, civic.Resident); err != nil {
		return err
	}
	if a.Wished != "" {
		if err := s.begin(tx, a, Case{Body: a.Wished}, civic.Resident); err != nil {
			return err
		}
	}
	tx.Touch(topic)
	return s.tellApplicant(tx, *a, "filed", civic.Message{})
}

// index puts an appeal into the search while everybody reads its words.
func (s *Service) index(tx *storage.Tx, a Appeal) error {
	if a.Text != Shown {
		return s.city.Search.Remove(tx, Kind, a.no)
	}
	return s.city.Search.Put(tx, search.Document{Ref: Ref(a.ID), Number: a.no, Public: true, About: []city.Scope{a.Scope}, Words: search.Analyse(search.Text{Title: a.Title, Rest: a.Words + " " + a.Address, Numbers: []string{a.Number()}})})
}

// begin makes a body owe an answer to an appeal, or to the part that c.What names, and tells it.
func (s *Service) begin(tx *storage.Tx, a *Appeal, c Case, role civic.Role) error {
	c, err := s.charge(tx, a, c, role)
	if err != nil {
		return err
	}
	return s.tellBody(tx, *a, c, "registered")
}

// charge is begin without telling anybody.
func (s *Service) charge(tx *storage.Tx, a *Appeal, c Case, role civic.Role) (Case, error) {
	c.ID, c.Appeal, c.State, c.BegunAt = civic.NewID(tx.Now()), a.ID, Registered, tx.Now()
	if err := insertCase(tx, &c); err != nil {
		return c, err
	}
	start := tx.Now()
	if c.Origin == "" {
		start = a.FiledAt // it counts from the day on which the city got it, whoever looked for the body
	}
	key, working := "appeals.answer_days", true
	if a.Sort == Information {
		key, working = "appeals.information_days", false
	}
	if err := s.owe(tx, *a, &c, key, civic.Term{Days: int(s.city.Settings.Value(key)), Working: working}, start); err != nil {
		return c, err
	}
	if err := s.settle(tx, a, c); err != nil {
		return c, err
	}
	return c, s.noteCase(tx, actOf[Register], *a, c, role)
}

// owe makes the body of a case owe an answer from an instant on.
func (s *Service) owe(tx *storage.Tx, a Appeal, c *Case, key string, term civic.Term, start time.Time) error {
	o := answers.Obligation{Subject: caseRef(c.ID), Owed: answers.Answer, Body: organisations.RefOf(c.Body), Scope: a.Scope,
		Source: s.city.Settings.InForce(key).Source, Start: start, Term: term}
	if a.Open {
		o.What = c.What
	}
	follows := []civic.Ref{caseRef(c.ID)}
	if c.Obligation != "" {
		follows = append(follows, answers.Ref(c.Obligation))
	}
	owed, err := s.city.Answers.Owe(tx, o, follows...)
	c.Obligation = owed.ID
	return err
}

// settle keeps a case that has changed, and what follows for the appeal.
func (s *Service) settle(tx *storage.Tx, a *Appeal, c Case) error {
	if err := updateCase(tx, c); err != nil {
		return err
	}
	all, err := casesOf(tx, []civic.ID{a.ID})
	if err != nil {
		return err
	}
	state, of := StateOf(all[a.ID])
	a.State, a.Body, a.ChangedAt = state, of.Body, tx.Now()
	tx.Touch(topic)
	return update(tx, *a)
}

// tellApplicant tells who filed it, whether or not they have an account, and who follows it.
func (s *Service) tellApplicant(tx *storage.Tx, a Appeal, what string, more civic.Message) error {
	n := notifications.Notice{Subject: civic.Say("appeals.told_"+what, "Number", a.Number()), Body: more, Path: Path(a.ID), Reply: ownPath(a.ID), Answer: what == "answered",
		Event: "appeals." + what + "/" + string(a.ID) + "/" + storage.PlaceAt(storage.Millis(tx.Now()), a.no).String()}
	if a.Applicant != "" {
		if err := s.city.Notifications.Notify(tx, a.Applicant, n); err != nil {
			return err
		}
	}
	if a.Text != Shown {
		return nil
	}
	n.Thing, n.Reply = Ref(a.ID), ""
	followed := []civic.Ref{city.Ref()}
	if a.Body != "" {
		followed = append(followed, organisations.RefOf(a.Body))
	}
	return s.city.Notifications.Tell(tx, n, append(followed, a.Followed()...)...)
}

// tellBody tells those who answer for the body of a case.
func (s *Service) tellBody(tx *storage.Tx, a Appeal, c Case, what string) error {
	officers, err := identity.HoldersOf(tx, civic.Officer, organisations.RefOf(c.Body))
	for _, account := range officers {
		if err == nil {
			err = s.city.Notifications.Notify(tx, account, notifications.Notice{Subject: civic.Say("appeals.told_body_"+what, "Number", a.Number()), Path: workPath(c.ID)})
		}
	}
	return err
}
