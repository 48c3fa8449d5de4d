package volunteering

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/credentials"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/search"
)

const (
	topic      = "volunteering"
	forgetKind = "volunteering.forget_contact"
)

// speed is that of travel in a city by foot and bus, in metres in a second: 12 km in an hour.
const speed = 3.3

// Service is what can be done. It is safe for concurrent use.
type Service struct{ city capability.City }

// New makes the service.
func New(c capability.City) *Service { return &Service{city: c} }

func (s *Service) value(name string) int64 { return s.city.Settings.Value("volunteering." + name) }

// Rules are those in force.
func (s *Service) Rules() Rules {
	r := Rules{Speed: speed, Travel: time.Duration(s.value("travel_minutes")) * time.Minute, Adult: int(s.value("adult_at"))}
	r.ConsentUnder, r.MinorCash = int(s.value("consent_under")), s.value("minors_collect") == 1
	r.MinorDay, r.MinorFrom, r.MinorUntil = time.Duration(s.value("minor_hours"))*time.Hour, int(s.value("minor_from")), int(s.value("minor_until"))
	r.Day, r.Rest = time.Duration(s.value("day_hours"))*time.Hour, time.Duration(s.value("rest_hours"))*time.Hour
	return r
}

func (s *Service) shiftProblems(tx *storage.Tx, sh Shift) civic.Problems {
	return sh.problems(s.Rules(), tx.Now(), s.city.Settings.Zone())
}

func notThere() error { return civic.Fail(civic.NotFound, "web.not_found") }

// ready says what is wrong with an action that is to be announced.
func (s *Service) ready(tx *storage.Tx, a civic.Actor, x Action, first Shift) error {
	if !MayOrganise(a, x.Organisation) {
		return civic.Wrong("organisation", "volunteering.choose_organisation")
	}
	p := append(x.problems(), s.shiftProblems(tx, first)...)
	if _, known := s.city.Settings.Current().District(x.District); !known {
		p.Add("district", "volunteering.choose_district")
	}
	if x.Helps != "" {
		_, public, err := s.eventOf(tx, x)
		if err != nil {
			return err
		}
		if !public {
			p.Add("helps", "volunteering.no_event")
		}
	}
	if named, err := s.city.Organisations.Named(tx, []civic.ID{x.Organisation}); err != nil || len(named) == 0 {
		p.Add("organisation", "volunteering.choose_organisation")
	}
	return p.Err()
}

// Ready says whether Announce would do it, and changes nothing. Errors: as of Announce.
func (s *Service) Ready(ctx context.Context, a civic.Actor, x Action, first Shift) error {
	return s.city.DB.Read(ctx, func(tx *storage.Tx) error { return s.ready(tx, a, x, first) })
}

// Announce calls people for an organisation to an action with its first shift. Errors: Forbidden, Invalid.
func (s *Service) Announce(ctx context.Context, a civic.Actor, x Action, first Shift) (civic.ID, error) {
	err := s.city.DB.Write(ctx, func(tx *storage.Tx) error {
		if err := s.ready(tx, a, x, first); err != nil {
			return err
		}
		if err := tx.Lock("volunteering"); err != nil {
			return err
		}
		x.ID, first.ID = civic.NewID(tx.Now()), civic.NewID(tx.Now())
		if err := insertAction(tx, &x); err != nil {
			return err
		}
		if err := s.keepShift(tx, x, first); err != nil {
			return err
		}
		if err := s.city.Search.Put(tx, search.Document{Ref: ref(x.ID), Number: x.no, Public: true, About: []city.Scope{{District: x.District}},
			Words: search.Analyse(search.Text{Title: search.Join(x.Title), Rest: search.Join(x.About) + x.Place})}); err != nil {
			return err
		}
		tx.Touch(topic)
		return s.note(tx, actAnnounced, a, x)
	})
	return x.ID, err
}

// AddShift calls people to the same action at another time. Errors: NotFound, Forbidden, Invalid, TooLarge.
func (s *Service) AddShift(ctx context.Context, a civic.Actor, action civic.ID, sh Shift) error {
	return s.city.DB.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock("volunteering"); err != nil {
			return err
		}
		x, err := s.organised(tx, a, action)
		if err != nil {
			return err
		}
		if x.Contact == "" {
			return civic.Fail(civic.Closed, "volunteering.announce_anew")
		}
		if err := s.shiftProblems(tx, sh).Err(); err != nil {
			return err
		}
		there, err := shiftsOf(tx, x)
		if err != nil {
			return err
		}
		if !x.Reason.Empty() {
			return civic.Fail(civic.Closed, "volunteering.begun_or_off")
		}
		if len(there) >= maxShifts {
			return civic.Fail(civic.TooLarge, "volunteering.too_many_shifts", "Most", maxShifts)
		}
		if slices.ContainsFunc(there, func(t Shift) bool { return !t.Off && t.Starts.Equal(sh.Starts) && t.Ends.Equal(sh.Ends) }) {
			return civic.Fail(civic.Conflict, "volunteering.added_already").At("day") // the button was pressed twice
		}
		sh.ID = civic.NewID(tx.Now())
		tx.Touch(topic)
		return s.keepShift(tx, x, sh)
	})
}

// keepShift keeps a shift, and asks for the contact to be forgotten some time after it.
func (s *Service) keepShift(tx *storage.Tx, x Action, sh Shift) error {
	if err := insertShift(tx, x, sh); err != nil {
		return err
	}
	return s.forgetLater(tx, x, sh.Ends)
}

func (s *Service) contactDays() int { return int(s.value("contact_days")) }

func (s *Service) forgetLater(tx *storage.Tx, x Action, ends time.Time) error {
	return jobs.Enqueue(tx, forgetKind, x.ID, jobs.Options{At: ends.AddDate(0, 0, s.contactDays())})
}

// forgetContact erases whom to call for an action of which all shifts are over for some time, on its page and behind the record's commitment.
func (s *Service) forgetContact(ctx context.Context, j jobs.Job) error {
	var id civic.ID
	if err := j.Decode(&id); err != nil {
		return err
	}
	return s.city.DB.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock("volunteering"); err != nil { // no shift is added meanwhile
			return err
		}
		x, err := find(tx, id)
		if civic.CodeOf(err) == civic.NotFound {
			return jobs.Permanent(err)
		}
		if err != nil {
			return err
		}
		all, err := shiftsOf(tx, x)
		if err != nil {
			return err
		}
		last := slices.MaxFunc(all, func(a, b Shift) int { return a.Ends.Compare(b.Ends) })
		if due := last.Ends.AddDate(0, 0, s.contactDays()); tx.Now().Before(due) {
			return jobs.Enqueue(tx, forgetKind, x.ID, jobs.Options{At: due})
		}
		if err := clearContact(tx, x); err != nil {
			return err
		}
		return record.EraseSubject(tx, ref(x.ID))
	})
}

// Shifts are the times of an action, the earliest first. Errors: NotFound.
func (s *Service) Shifts(ctx context.Context, action civic.ID) (all []Shift, err error) {
	err = s.city.DB.Read(ctx, func(tx *storage.Tx) error {
		x, err := find(tx, action)
		if err != nil {
			return err
		}
		all, err = shiftsOf(tx, x)
		return err
	})
	return all, err
}

// organised is an action of an organisation for which the actor acts.
func (s *Service) organised(tx *storage.Tx, a civic.Actor, id civic.ID) (Action, error) {
	x, err := find(tx, id)
	if err == nil && !MayOrganise(a, x.Organisation) {
		err = civic.Fail(civic.Forbidden, "web.forbidden")
	}
	return x, err
}

// SignUp is who wants to come.
type SignUp struct {
	Born        time.Time // zero: as old as is asked, see Rules.Asked
	Consent     bool
	Accompanied bool
}

// Come signs the actor up for a shift. The outcome names itself: an error of code Conflict with its message, or Invalid at the field that
// mends it. Places are counted under a lock: there are never more people than needed.
func (s *Service) Come(ctx context.Context, a civic.Actor, shift civic.ID, w SignUp) error {
	return s.city.DB.Write(ctx, func(tx *storage.Tx) error {
		if err := lockShift(tx, shift); err != nil {
			return err
		}
		if err := tx.Lock("volunteering.person:" + string(a.Account)); err != nil {
			return err
		}
		x, sh, err := findShift(tx, shift)
		if err != nil {
			return err
		}
		v := Volunteer{Born: w.Born, Consent: w.Consent, Accompanied: w.Accompanied}
		if v.Taken, err = takenBy(tx, a.Account, sh.Starts.AddDate(0, 0, -2)); err != nil {
			return err
		}
		r := s.Rules()
		if answer := r.Ask(v, sh, time.Time{}, tx.Now(), s.city.Settings.Zone()); answer.Outcome != Free {
			return refusal(answer.Outcome, r, v, sh)
		}
		if err := insertComing(tx, sh, a, r.ClassOf(v, sh.Starts)); err != nil {
			return err
		}
		tx.Touch(topic)
		return s.city.Notifications.Notify(tx, a.Account, notifications.Notice{Subject: civic.Say("volunteering.told_coming", "Title", x.Title), Body: civic.Say("volunteering.told_when", "Time", civic.Moment(sh.Starts), "Place", x.Place), Path: Path(x.ID)})
	})
}

// refusal is an outcome as an error of the form, at the field that mends it.
func refusal(o Outcome, r Rules, v Volunteer, sh Shift) error {
	said := civic.Fail(civic.Conflict, "volunteering.outcome_"+string(o), "Age", r.ConsentUnder, "Adult", r.Adult, "Least", sh.Role.MinAge, "Hours", int(r.mostOf(v, sh.Starts).Hours()), "From", r.MinorFrom, "Until", r.MinorUntil)
	if slices.Contains([]Outcome{Consent, TooYoung, BarredKind, BarredHour}, o) {
		said.Code = civic.Invalid
		return said.At("born")
	}
	said.Code = civic.Invalid
	return said.At("shift")
}

// Leave gives a place back before the shift begins. Errors: NotFound for a shift to which the actor does not come, Closed.
func (s *Service) Leave(ctx context.Context, a civic.Actor, shift civic.ID) error {
	return s.city.DB.Write(ctx, func(tx *storage.Tx) error {
		_, sh, err := s.worked(tx, a.Account, shift)
		if err != nil {
			return err
		}
		if !tx.Now().Before(sh.Starts) {
			return civic.Fail(civic.Closed, "volunteering.has_begun")
		}
		tx.Touch(topic)
		return deleteComing(tx, sh, a.Account)
	})
}

// State says how many minutes the actor worked in a shift that has ended, to which they were to come. Errors: NotFound, Closed, Invalid.
func (s *Service) State(ctx context.Context, a civic.Actor, shift civic.ID, minutes int) error {
	return s.city.DB.Write(ctx, func(tx *storage.Tx) error {
		x, sh, err := s.worked(tx, a.Account, shift)
		if err != nil {
			return err
		}
		if tx.Now().Before(sh.Ends) {
			return civic.Fail(civic.Closed, "volunteering.not_ended")
		}
		if most := s.most(sh); minutes < 1 || minutes > most {
			return civic.Wrong("minutes", "volunteering.too_many_minutes", "Most", most)
		}
		if err := lockBook(tx, a.Account); err != nil {
			return err
		}
		book, err := bookOf(tx, a.Account)
		if err != nil {
			return err
		}
		if last, said := lastOf(book, sh.ID); said && last.Step != Disputed && last.Step != TakenBack {
			return civic.Fail(civic.Conflict, "volunteering.stated_already")
		}
		return insertEntry(tx, a.Account, Entry{Shift: sh.ID, Organisation: x.Organisation, Minutes: minutes, Step: Stated, By: a.Account})
	})
}

// most is how many minutes of a shift can count.
func (s *Service) most(sh Shift) int {
	return int(sh.Ends.Sub(sh.Starts).Minutes()) + int(s.value("over_minutes"))
}

// worked is a shift to which somebody was to come.
func (s *Service) worked(tx *storage.Tx, account civic.ID, shift civic.ID) (Action, Shift, error) {
	x, sh, err := findShift(tx, shift)
	if err != nil {
		return x, sh, err
	}
	coming, err := isComing(tx, sh, account)
	if err == nil && !coming {
		err = notThere()
	}
	return x, sh, err
}

func lockBook(tx *storage.Tx, account civic.ID) error {
	return tx.Lock("volunteering.person:" + string(account))
}

// ConfirmHours signs what a volunteer stated of several shifts of one action, as its coordinator. minutes is by shift; other than what was
// stated, it disputes it, and the volunteer is told. Errors: NotFound, Forbidden, Invalid.
func (s *Service) ConfirmHours(ctx context.Context, a civic.Actor, action, account civic.ID, minutes map[civic.ID]int) error {
	return s.city.DB.Write(ctx, func(tx *storage.Tx) error {
		x, err := s.organised(tx, a, action)
		if err != nil {
			return err
		}
		if err := lockBook(tx, account); err != nil {
			return err
		}
		all, err := shiftsOf(tx, x)
		if err != nil {
			return err
		}
		allowed := map[civic.ID]Allowed{}
		for _, sh := range all {
			allowed[sh.ID] = Allowed{x.Organisation, s.most(sh)}
		}
		for id := range minutes {
			if _, ours := allowed[id]; !ours {
				return notThere()
			}
		}
		book, err := bookOf(tx, account)
		if err != nil {
			return err
		}
		volunteer, err := s.personOf(tx, account)
		if err != nil {
			return err
		}
		coordinator, err := s.personOf(tx, a.Account)
		if err != nil {
			return err
		}
		added, err := Confirm(book, volunteer, coordinator, allowed, minutes)
		if err != nil {
			return err
		}
		if len(added) == 0 {
			return civic.Fail(civic.Conflict, "volunteering.nothing_to_confirm")
		}
		disputed := false
		for _, e := range added {
			disputed = disputed || e.Step == Disputed
			if err := insertEntry(tx, account, e); err != nil {
				return err
			}
		}
		tx.Touch(topic)
		said := "volunteering.told_confirmed"
		if disputed {
			said = "volunteering.told_disputed"
		}
		return s.city.Notifications.Notify(tx, account, notifications.Notice{Subject: civic.Say(said, "Title", x.Title), Body: civic.Say("volunteering.told_book"), Path: minePath})
	})
}

// personOf is an account with the mark of whom the city has verified behind it.
func (s *Service) personOf(tx *storage.Tx, account civic.ID) (Person, error) {
	mark, verified, err := s.city.Identity.PersonOf(tx, account)
	if !verified {
		mark = ""
	}
	return Person{account, mark}, err
}

// TakeBackHours takes a confirmed line back by one against it, as the organisation whose hours it were. Certificates
// that hold it are taken back too: there is another for what is left. Errors: NotFound, Forbidden, Closed.
func (s *Service) TakeBackHours(ctx context.Context, a civic.Actor, action, account, entry civic.ID) error {
	return s.city.DB.Write(ctx, func(tx *storage.Tx) error {
		x, err := s.organised(tx, a, action)
		if err != nil {
			return err
		}
		if err := lockBook(tx, account); err != nil {
			return err
		}
		book, err := bookOf(tx, account)
		if err != nil {
			return err
		}
		ours, err := shiftsOf(tx, x)
		if err != nil {
			return err
		}
		book = slices.DeleteFunc(book, func(e Entry) bool {
			return !slices.ContainsFunc(ours, func(sh Shift) bool { return sh.ID == e.Shift })
		})
		e, err := TakeBack(book, entry, a.Account)
		if err != nil {
			return err
		}
		tx.Touch(topic)
		if err := insertEntry(tx, account, e); err != nil {
			return err
		}
		signed := book[slices.IndexFunc(book, func(x Entry) bool { return x.ID == entry })]
		if err := s.city.Credentials.RevokeSince(tx, account, Kind, signed.At, s.city.Catalog.Everywhere("volunteering.hours_taken_back")); err != nil {
			return err
		}
		return s.city.Notifications.Notify(tx, account, notifications.Notice{Subject: civic.Say("volunteering.told_taken_back", "Title", x.Title), Body: civic.Say("volunteering.told_book"), Path: minePath})
	})
}

// Certify issues a certificate of all hours that two people signed, over all organisations: one for each total, however often it is asked
// for. Errors: Closed when there are none, Invalid for a name that is none.
func (s *Service) Certify(ctx context.Context, a civic.Actor, lang civic.Lang) (id civic.ID, err error) {
	err = s.city.DB.Write(ctx, func(tx *storage.Tx) error {
		if err := lockBook(tx, a.Account); err != nil {
			return err
		}
		book, err := bookOf(tx, a.Account)
		if err != nil {
			return err
		}
		all, by := Total(book)
		if all <= 0 {
			return civic.Fail(civic.Closed, "volunteering.no_hours")
		}
		holder, found, err := s.city.Identity.Holder(tx, a.Account)
		if err != nil || !found {
			return notThere()
		}
		names, err := s.city.Organisations.Named(tx, slices.Sorted(maps.Keys(by)))
		if err != nil {
			return err
		}
		l := s.city.Catalog.For(lang)
		claims := credentials.Claims{Sort: credentials.OfService, Holder: holder.Name, Name: l.T("volunteering.certificate"), Description: l.T("volunteering.certificate_about"), Criteria: l.T("volunteering.certificate_how"),
			Path: root, By: l.Text(s.city.Settings.Current().Name), ByPath: root, Figures: []credentials.Figure{{Name: l.T("volunteering.hours"), Value: clock(all), Sort: "Result"}}}
		if claims.By == "" {
			claims.By = l.T("volunteering.nav")
		}
		for _, org := range slices.Sorted(maps.Keys(by)) {
			if by[org] > 0 {
				claims.Evidence = append(claims.Evidence, credentials.Shown{Path: organisations.PathOf(org), Name: l.Text(names[org].Name), Words: clock(by[org])})
			}
		}
		last := lastCounted(book)
		who, err := s.personOf(tx, a.Account)
		if err != nil {
			return err
		}
		if who.Mark == "" {
			claims.Criteria += ". " + l.T("volunteering.certificate_unchecked")
		}
		c, err := s.city.Credentials.Issue(tx, credentials.Order{Account: a.Account, About: civic.Ref{Kind: Kind, ID: last.Shift}, Once: fmt.Sprintf("volunteering %s %s %s %t", a.Account, last.ID, lang, who.Mark != ""), Lang: lang, Claims: claims})
		id = c.ID
		return err
	})
	return id, err
}

// clock writes minutes as hours and minutes: "120:30".
func clock(minutes int) string { return fmt.Sprintf("%d:%02d", minutes/60, minutes%60) }
