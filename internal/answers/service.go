package answers

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/audit"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/search"
)

// Service is the use cases. It is safe for concurrent use.
type Service struct {
	db       *storage.DB
	log      *slog.Logger
	city     *city.Service
	declared *part.Declared
	record   *record.Log
	search   *search.Service
	notices  *notifications.Service
	trail    *audit.Trail
	told     map[string]func(*storage.Tx, civic.ID) error
}

// New makes the service.
func New(db *storage.DB, log *slog.Logger, city *city.Service, declared *part.Declared, record *record.Log, search *search.Service, notices *notifications.Service,
	trail *audit.Trail) *Service {
	return &Service{db: db, log: log, city: city, declared: declared, record: record, search: search, notices: notices, trail: trail, told: map[string]func(*storage.Tx, civic.ID) error{}}
}

// Tell names who is told, in its transaction, of every step of what is owed about things of a kind, so that their owner keeps sums of what
// became of them. Such steps follow one another: no two run at once. The owner calls this when it is made.
func (s *Service) Tell(kind string, changed func(tx *storage.Tx, id civic.ID) error) {
	s.told[kind] = changed
}

// Topic is the topic of cached pages that show obligations.
const Topic = "answers"

// Path is the address of an obligation, without the language.
func Path(id civic.ID) string { return "/answers/" + string(id) }

// MailPath is where somebody without an account replies; their token stands under it (see
// notifications.Notice).
func MailPath(id civic.ID) string { return Path(id) + "/mail" }

func deskPath(id civic.ID) string { return "/desk/answers/" + string(id) }

// Ref points at an obligation.
func Ref(id civic.ID) civic.Ref { return civic.Ref{Kind: Kind, ID: id} }

func (s *Service) value(key string) int { return int(s.city.Value("answers." + key)) }

func lockKey(id civic.ID) string { return "answers:" + string(id) }

// lockAll keeps others from some obligations, in the order in which all take several locks, and before that of the numbers.
func lockAll(tx *storage.Tx, ids []civic.ID) error {
	for _, id := range slices.Sorted(slices.Values(ids)) {
		if err := tx.Lock(lockKey(id)); err != nil {
			return err
		}
	}
	return nil
}

// Owe notes that a body owes something from o.Start on, in the transaction of what brought it about.
// The caller fills in Subject, Owed, What, Origin, Body, Person, Scope, Source, Start and Term.
func (s *Service) Owe(tx *storage.Tx, o Obligation, follows ...civic.Ref) (Obligation, error) {
	o.ID, o.State, o.ChangedAt = civic.NewID(tx.Now()), Running, tx.Now()
	o.Due = o.ends(s.city.Calendar())
	if err := insert(tx, &o); err != nil {
		return o, err
	}
	cal, err := calendarOf(s.city.Calendar())
	if err != nil {
		return o, err
	}
	if err := keepCalendar(tx, cal); err != nil {
		return o, err
	}
	if err := s.index(tx, o); err != nil {
		return o, err
	}
	tx.Touch(Topic)
	if len(follows) == 0 {
		follows = []civic.Ref{o.Subject}
	}
	if err := s.note(tx, actOwed, o, "", follows...); err != nil {
		return o, err
	}
	return o, s.changed(tx, o)
}

// changed tells the owner of what obligations are about that they changed, where it wants to know (see Tell).
func (s *Service) changed(tx *storage.Tx, all ...Obligation) error {
	for _, o := range all {
		tell := s.told[o.Subject.Kind]
		if tell == nil {
			continue
		}
		if err := tx.Lock(numbers); err != nil {
			return err
		}
		if err := tell(tx, o.Subject.ID); err != nil {
			return err
		}
	}
	return nil
}

// index puts an obligation into the search under what is owed; a whole answer under the title of
// what it is about. People's own words are in the index once, where they can be taken out.
func (s *Service) index(tx *storage.Tx, o Obligation) error {
	title := o.What
	if title.Empty() {
		named, err := s.declared.Titles(tx, civic.Actor{}, []civic.Ref{o.Subject})
		if err != nil {
			return err
		}
		title = named[o.Subject].Title
	}
	return s.search.Put(tx, search.Document{Ref: Ref(o.ID), Number: o.no, Public: true, About: []city.Scope{o.Scope}, Words: search.Analyse(search.Text{Title: search.Join(title)})})
}

// About finds the first obligation to answer each of the things, as far as there is one.
func (s *Service) About(tx *storage.Tx, subjects []civic.Ref) (map[civic.Ref]Obligation, error) {
	out := map[civic.Ref]Obligation{}
	if len(subjects) == 0 {
		return out, nil
	}
	all, err := about(tx, subjects)
	for _, o := range all {
		if _, known := out[o.Subject]; !known && o.Owed == Answer {
			out[o.Subject] = o
		}
	}
	return out, err
}

// Further lists what was left to do about each of the things: what is owed of it by whom.
func (s *Service) Further(tx *storage.Tx, subjects []civic.Ref) (map[civic.Ref][]Obligation, error) {
	out := map[civic.Ref][]Obligation{}
	if len(subjects) == 0 {
		return out, nil
	}
	all, err := about(tx, subjects)
	for _, o := range all {
		out[o.Subject] = append(out[o.Subject], o)
	}
	return out, err
}

// Owes is a page of the answers that bodies still owe about things of a kind, the soonest first, those whose clock stands at the end, and the cursor of
// the next page, "" on the last. Errors: civic.Invalid for a cursor that is none.
func (s *Service) Owes(tx *storage.Tx, bodies []civic.Ref, kind, after string, most int) ([]Obligation, string, error) {
	place, ok := storage.ParsePlace(after)
	switch {
	case !ok:
		return nil, "", civic.Fail(civic.Invalid, "answers.bad_cursor")
	case len(bodies) == 0:
		return nil, "", nil
	}
	return owedAbout(tx, bodies, kind, place, most)
}

// Said is what bodies said last of each of the obligations, of those of which anything was said.
func (s *Service) Said(tx *storage.Tx, of []Obligation) (map[civic.ID]Verdict, error) {
	out := map[civic.ID]Verdict{}
	if len(of) == 0 {
		return out, nil
	}
	ids := map[int64]civic.ID{}
	for _, o := range of {
		ids[o.no] = o.ID
	}
	all, err := lastVerdicts(tx, slices.Collect(maps.Keys(ids)))
	for _, v := range all {
		out[ids[v.no]] = v.Verdict
	}
	return out, err
}

// change runs a step of the body on one of its obligations, alone: do changes what else the step
// changes. Permission: Answers. Errors: civic.Forbidden, civic.Closed when the state has no such step.
func (s *Service) change(ctx context.Context, a civic.Actor, id civic.ID, step Step, do func(*storage.Tx, *Obligation) error) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		o, err := s.held(tx, a, id, step)
		if err != nil {
			return err
		}
		return s.take(tx, o, step, a.ActsAs([]civic.Ref{o.Body}, civic.Officer), func(o *Obligation) error {
			if err := do(tx, o); err != nil {
				return err
			}
			return s.trail.Note(tx, a, auditOf(step), Ref(o.ID), nil)
		})
	})
}

// held finds an obligation on which the actor may take the step, and keeps others from it until
// the end of the transaction.
func (s *Service) held(tx *storage.Tx, a civic.Actor, id civic.ID, step Step) (Obligation, error) {
	if err := tx.Lock(lockKey(id)); err != nil {
		return Obligation{}, err
	}
	o, err := find(tx, id)
	if err != nil {
		return o, err
	}
	return o, s.may(a, o, step)
}

// may is nil when the actor may take the step now.
func (s *Service) may(a civic.Actor, o Obligation, step Step) error {
	if !o.Answers(a) {
		return civic.Fail(civic.Forbidden, "answers.only_the_body")
	}
	if _, ok := Next(o.State, step); !ok {
		return notNow()
	}
	switch {
	case s.owned(o) && step != Extend && step != Assign:
		return civic.Fail(civic.Closed, "answers.worked_elsewhere")
	case step == Pass && s.elsewhere(o) != "":
		return civic.Fail(civic.Closed, "answers.asked_of_the_body")
	}
	return nil
}

// take makes a step: state, due date, act and notices belong together.
func (s *Service) take(tx *storage.Tx, o Obligation, step Step, role civic.Role, do func(*Obligation) error) error {
	o.State, _ = Next(o.State, step)
	o.ChangedAt = tx.Now()
	if err := do(&o); err != nil {
		return err
	}
	if o.Open() && step != Assign { // which moves no date
		o.Due, o.reminded = o.ends(s.city.Calendar()), notReminded
	}
	if err := update(tx, o); err != nil {
		return err
	}
	tx.Touch(Topic)
	if err := s.note(tx, actOf[step], o, role); err != nil {
		return err
	}
	if err := s.changed(tx, o); err != nil {
		return err
	}
	return s.tellStep(tx, o, step)
}

// Wait stops the clock: the body waits for those who asked. Permission and errors as change;
// civic.Invalid with "reason".
func (s *Service) Wait(ctx context.Context, a civic.Actor, id civic.ID, why civic.Text) error {
	return s.change(ctx, a, id, Pause, func(tx *storage.Tx, o *Obligation) error {
		if why = why.Trimmed(); len(o.Pauses) >= maxPauses {
			return civic.Fail(civic.Closed, "answers.too_many_pauses")
		}
		var p civic.Problems
		checkReason("reason", why, &p)
		o.Pauses = append(o.Pauses, civic.Pause{From: tx.Now(), Why: why})
		return p.Err()
	})
}

// GoOn lets the clock go on. Permission and errors as change.
func (s *Service) GoOn(ctx context.Context, a civic.Actor, id civic.ID) error {
	return s.change(ctx, a, id, Resume, func(tx *storage.Tx, o *Obligation) error {
		o.Pauses[len(o.Pauses)-1].To = tx.Now()
		return nil
	})
}

// Prolong adds days, of the sort in which the term counts, before the date has passed. Permission and
// errors as change; civic.Invalid with "days" and "reason".
func (s *Service) Prolong(ctx context.Context, a civic.Actor, id civic.ID, days int, why civic.Text) error {
	return s.change(ctx, a, id, Extend, func(tx *storage.Tx, o *Obligation) error {
		var p civic.Problems
		if most := s.value("extend_days"); days < 1 || days > most {
			p.Add("days", "answers.days_wrong", "Count", most)
		}
		why = why.Trimmed()
		checkReason("reason", why, &p)
		if err := p.Err(); err != nil {
			return err
		}
		if o.Late(tx.Now()) || len(o.Extensions) >= s.value("extensions") {
			return civic.Fail(civic.Closed, "answers.no_more_time")
		}
		o.Extensions = append(o.Extensions, civic.Extension{Days: days, Why: why, Told: tx.Now()})
		return nil
	})
}

// PutInCharge says who at the body is in charge of it from now on: name and post, for everybody to see. Permission and
// errors as change; civic.Invalid with "person".
func (s *Service) PutInCharge(ctx context.Context, a civic.Actor, id civic.ID, person string) error {
	person = strings.TrimSpace(person)
	return s.change(ctx, a, id, Assign, func(_ *storage.Tx, o *Obligation) error {
		var p civic.Problems
		checkPerson(person, &p)
		if p.Err() == nil && person == o.Person { // the form was sent twice, or as it came
			p.Add("person", "answers.person_same")
		}
		o.Person = person
		return p.Err()
	})
}

// PassOn gives an obligation, or the part of it that what names, to the body whose it is, which
// has the same term from now on. Permission and errors as change; civic.Closed after the term for
// passing on; civic.Invalid with "whose", "reason" and "what".
func (s *Service) PassOn(ctx context.Context, a civic.Actor, id civic.ID, whose civic.Ref, what, why civic.Text) error {
	given, why := what.Trimmed(), why.Trimmed()
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		what := given // of this run alone, for there may be another
		o, err := s.held(tx, a, id, Pass)
		if err != nil {
			return err
		}
		if err := s.checkPassing(tx, o, whose, what, why); err != nil {
			return err
		}
		if err := s.trail.Note(tx, a, auditOf(Pass), Ref(o.ID), map[string]string{"whose": whose.String()}); err != nil {
			return err
		}
		if what.Empty() {
			err = s.take(tx, o, Pass, a.ActsAs([]civic.Ref{o.Body}, civic.Officer), func(o *Obligation) error {
				v, err := s.said(tx, *o, Verdict{Outcome: NotOurs, Whose: whose, Reason: why})
				if err != nil {
					return err
				}
				return insertVerdict(tx, *o, v)
			})
			what = o.What
		}
		if err != nil {
			return err
		}
		return s.PassPart(tx, o, o.Subject, whose, what)
	})
}

func (s *Service) checkPassing(tx *storage.Tx, o Obligation, whose civic.Ref, what, why civic.Text) error {
	if tx.Now().After(o.PassBy(s.city.Calendar(), s.value("pass_days"))) {
		return civic.Fail(civic.Closed, "answers.too_late_to_pass", "Count", s.value("pass_days"))
	}
	var p civic.Problems
	bodies, err := s.bodies(tx)
	if err != nil {
		return err
	}
	if _, known := bodies.titles[whose]; !known || whose == o.Body {
		p.Add("whose", "answers.whose_missing")
	}
	checkReason("reason", why, &p)
	if !what.Empty() {
		checkReason("what", what, &p)
	}
	return p.Err()
}

// said completes a verdict with its time and the version on which it is given.
func (s *Service) said(tx *storage.Tx, o Obligation, v Verdict) (Verdict, error) {
	v.At, v.Reason = tx.Now(), v.Reason.Trimmed()
	var err error
	v.Version, err = s.record.LastAbout(tx, o.Subject)
	return v, err
}

// Answer gives the body's verdict, and with a promise makes it owe that. Permission and errors as
// change; civic.Invalid with the fields of Verdict.Check and "person".
func (s *Service) Answer(ctx context.Context, a civic.Actor, id civic.ID, v Verdict, person string) error {
	if v.Outcome == NotOurs {
		return s.PassOn(ctx, a, id, v.Whose, nil, v.Reason)
	}
	return s.change(ctx, a, id, Give, func(tx *storage.Tx, o *Obligation) error {
		if s.elsewhere(*o) != "" {
			return civic.Fail(civic.Closed, "answers.answered_elsewhere")
		}
		if err := s.check(tx, *o, v, strings.TrimSpace(person)); err != nil {
			return err
		}
		return s.give(tx, o, v, person)
	})
}

// BeforeAnswer is nil when Answer would go on.
func (s *Service) BeforeAnswer(ctx context.Context, a civic.Actor, id civic.ID, v Verdict, person string) error {
	return s.db.Read(ctx, func(tx *storage.Tx) error {
		o, err := find(tx, id)
		if err != nil {
			return err
		}
		if v.Outcome == NotOurs {
			if err := s.may(a, o, Pass); err != nil {
				return err
			}
			return s.checkPassing(tx, o, v.Whose, nil, v.Reason)
		}
		if err := s.may(a, o, Give); err != nil {
			return err
		}
		return s.check(tx, o, v, strings.TrimSpace(person))
	})
}

func (s *Service) check(tx *storage.Tx, o Obligation, v Verdict, person string) error {
	p := v.Problems(o.Owed, o.Body, s.city.Calendar(), tx.Now())
	checkPerson(person, &p)
	return p.Err()
}

// give notes the verdict, counts it and makes the body owe what it promises.
func (s *Service) give(tx *storage.Tx, o *Obligation, v Verdict, person string) error {
	v, err := s.said(tx, *o, v)
	if err != nil {
		return err
	}
	o.Person, o.Confirms, o.Contests = strings.TrimSpace(person), 0, 0
	if o.Due.IsZero() { // the clock stood still: what comes now is in time
		o.Pauses[len(o.Pauses)-1].To = tx.Now()
		o.Due = o.ends(s.city.Calendar())
	}
	if o.GivenAt.IsZero() {
		o.GivenAt = tx.Now()
		if err := s.tally(tx, *o, v.Outcome); err != nil {
			return err
		}
	}
	if err := insertVerdict(tx, *o, v); err != nil || v.Promised.IsZero() {
		return err
	}
	return s.Promise(tx, *o, o.Subject, v.Reason, v.Promised)
}

// tally counts how long it took.
func (s *Service) tally(tx *storage.Tx, o Obligation, outcome Outcome) error {
	return count(tx, tallied{Body: o.Body.String(), Owed: o.Owed, Outcome: outcome, Days: max(s.city.Calendar().Between(o.Start, o.GivenAt), 0), Late: o.Late(tx.Now())})
}

// Promise notes that the body of an answer owes a deed by a day.
func (s *Service) Promise(tx *storage.Tx, of Obligation, subject civic.Ref, what civic.Text, by time.Time) error {
	term, ok := promiseTerm(s.city.Calendar(), tx.Now(), by)
	if !ok {
		return fmt.Errorf("answers: a promise for %v", by)
	}
	_, err := s.Owe(tx, Obligation{Subject: subject, Owed: Deed, What: what, Origin: of.ID, Body: of.Body, Person: of.Person, Scope: of.Scope,
		Source: "answers.source_promise", Start: tx.Now(), Term: term}, Ref(of.ID))
	return err
}

// Given is Give for the first answer that is owed about a thing. It returns the obligation, which is the
// zero value when none was owed.
func (s *Service) Given(tx *storage.Tx, subject civic.Ref, role civic.Role, person string) (Obligation, error) {
	all, err := s.About(tx, []civic.Ref{subject})
	o, owed := all[subject]
	if err != nil || !owed {
		return o, err
	}
	return s.Give(tx, o.ID, role, person, Answered)
}

// Give notes that an answer was given where the thing's owner does that itself (see part.Asking): it
// says what and keeps the words, checked them, and lets nobody do it twice.
func (s *Service) Give(tx *storage.Tx, id civic.ID, role civic.Role, person string, outcome Outcome) (Obligation, error) {
	return s.own(tx, id, Give, role, func(o *Obligation) error {
		return s.give(tx, o, Verdict{Outcome: outcome}, person)
	})
}

// Drop notes that those who asked do not need some answers any more, in the transaction of the things' owner, who names all of them at once.
func (s *Service) Drop(tx *storage.Tx, ids ...civic.ID) error {
	if err := lockAll(tx, ids); err != nil {
		return err
	}
	for _, id := range ids {
		o, err := s.own(tx, id, Drop, "", func(*Obligation) error { return nil })
		if err != nil {
			return err
		}
		if err := s.tellBody(tx, o, "answers.told_body_dropped"); err != nil {
			return err
		}
	}
	return nil
}

// PassAway notes that what a body owed is another's now, who owes it by an obligation of its own, in the transaction of the
// thing's owner.
func (s *Service) PassAway(tx *storage.Tx, id civic.ID, role civic.Role, whose civic.Ref) error {
	_, err := s.own(tx, id, Pass, role, func(o *Obligation) error {
		v, err := s.said(tx, *o, Verdict{Outcome: NotOurs, Whose: whose})
		if err != nil {
			return err
		}
		return insertVerdict(tx, *o, v)
	})
	return err
}

// Stop stops the clock in the transaction of the thing's owner, and Start lets it go on; why is for everybody.
func (s *Service) Stop(tx *storage.Tx, id civic.ID, role civic.Role, why civic.Text) error {
	_, err := s.own(tx, id, Pause, role, func(o *Obligation) error {
		if len(o.Pauses) >= maxPauses {
			return civic.Fail(civic.Closed, "answers.too_many_pauses")
		}
		o.Pauses = append(o.Pauses, civic.Pause{From: tx.Now(), Why: why})
		return nil
	})
	return err
}

func (s *Service) Start(tx *storage.Tx, id civic.ID, role civic.Role) error {
	_, err := s.own(tx, id, Resume, role, func(o *Obligation) error {
		o.Pauses[len(o.Pauses)-1].To = tx.Now()
		return nil
	})
	return err
}

// MayPass reports whether it can still be passed on to another body, and until when it could.
func (s *Service) MayPass(o Obligation, now time.Time) (bool, time.Time) {
	by := o.PassBy(s.city.Calendar(), s.value("pass_days"))
	return !now.After(by), by
}

// Hold keeps others from some obligations until the transaction ends. Owners who answer several at once call it before the first.
func (s *Service) Hold(tx *storage.Tx, ids ...civic.ID) error {
	for _, id := range slices.Sorted(slices.Values(ids)) {
		if err := tx.Lock(lockKey(id)); err != nil {
			return err
		}
	}
	return nil
}

// own makes a step for the owner of the thing, in its transaction, who checked that it may be made.
func (s *Service) own(tx *storage.Tx, id civic.ID, step Step, role civic.Role, do func(*Obligation) error) (o Obligation, err error) {
	if err := tx.Lock(lockKey(id)); err != nil {
		return o, err
	}
	if o, err = find(tx, id); err != nil {
		return o, err
	}
	if _, ok := Next(o.State, step); !ok {
		return o, notNow()
	}
	err = s.take(tx, o, step, role, func(next *Obligation) error {
		err := do(next)
		o = *next
		return err
	})
	return o, err
}

// PassPart makes another body owe what an obligation leaves to it about a thing, with the same term
// from now on, and tells it. Owners that answer themselves call it for what is not the body's.
func (s *Service) PassPart(tx *storage.Tx, of Obligation, about, whose civic.Ref, what civic.Text) error {
	other, err := s.Owe(tx, Obligation{Subject: about, Owed: of.Owed, What: what, Origin: of.ID, Body: whose, Scope: of.Scope, Source: of.Source, Start: tx.Now(), Term: of.Term}, Ref(of.ID))
	if err != nil {
		return err
	}
	return s.tellBody(tx, other, "answers.told_body_passed")
}
