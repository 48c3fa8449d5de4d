package forming

import (
	"context"
	"errors"
	"fmt"
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

// Topic of cached pages that show anything of competitions.
const Topic = "forming"

// Service is the use cases. It is safe for concurrent use.
type Service struct {
	db       *storage.DB
	city     *city.Service
	declared *part.Declared
	record   *record.Log
	search   *search.Service
	notices  *notifications.Service
	trail    *audit.Trail
	owners   map[string]Owner // by the kind of what is formed
}

// New makes the service.
func New(db *storage.DB, city *city.Service, declared *part.Declared, record *record.Log, search *search.Service, notices *notifications.Service, trail *audit.Trail) *Service {
	return &Service{db: db, city: city, declared: declared, record: record, search: search, notices: notices, trail: trail, owners: map[string]Owner{}}
}

// Serve lets things of a kind be formed. A part calls it when it is made, before anything else is asked.
func (s *Service) Serve(kind string, o Owner) { s.owners[kind] = o }

func (s *Service) value(key string) int { return int(s.city.Value("forming." + key)) }

func (s *Service) rules() Rules {
	return Rules{OpenDays: s.value("open_days"), StartDays: s.value("start_days"), GroupFrom: s.value("group_from"), AboutMax: s.value("about_max"), Panels: s.value("panels"),
		Ages: [2]int{s.value("age_middle"), s.value("age_older")}}
}

// choices are the categories by which a draw can be balanced in this city.
func (s *Service) choices() []Choices {
	var districts []string
	for _, d := range s.city.Current().Districts {
		districts = append(districts, d.Code)
	}
	return categories(districts)
}

func notYours() error { return civic.Fail(civic.Forbidden, "forming.not_yours") }

func notNow() error { return civic.Fail(civic.Closed, "forming.not_in_this_state") }

func notThere() error { return civic.Fail(civic.NotFound, "web.not_found") }

// body asks the owner of a body. Errors: civic.NotFound, also of what is not formed here.
func (s *Service) body(tx *storage.Tx, ref civic.Ref) (Body, error) {
	owner, formed := s.owners[ref.Kind]
	if !formed {
		return Body{}, notThere()
	}
	return owner.Body(tx, ref.ID)
}

func (s *Service) audit(tx *storage.Tx, a civic.Actor, did string, about civic.Ref) error {
	return s.trail.Note(tx, a, "forming."+did, about, nil)
}

// DrawUp makes a draft of a competition for seats of a body. Permission: part.MayWork. Errors: civic.Forbidden, civic.NotFound, civic.Conflict while another
// competition for it goes on, civic.Invalid with the fields of Competition.
func (s *Service) DrawUp(ctx context.Context, a civic.Actor, c Competition) (civic.ID, error) {
	c.Terms = c.Terms.Trimmed()
	if !part.MayWork(a, c.Body) {
		return "", notYours()
	}
	err := s.db.Write(ctx, func(tx *storage.Tx) error {
		b, err := s.lock(tx, c.Body)
		if err != nil {
			return err
		}
		earlier, err := ofBody(tx, c.Body)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(earlier, func(e Competition) bool { return e.State != Published && e.State != Failed }) {
			return civic.Fail(civic.Conflict, "forming.another_runs")
		}
		if err := c.check(b, s.rules()); err != nil {
			return err
		}
		c.ID, c.State = civic.NewID(tx.Now()), Draft
		tx.Touch(Topic)
		return insertCompetition(tx, &c)
	})
	return c.ID, err
}

// lock keeps a body for the transaction. Its owner takes the lock of the same name before it changes who sits there.
func (s *Service) lock(tx *storage.Tx, body civic.Ref) (Body, error) {
	if _, formed := s.owners[body.Kind]; !formed { // a kind comes from an address: nobody names locks by it
		return Body{}, notThere()
	}
	if err := tx.Lock(body.String()); err != nil {
		return Body{}, err
	}
	return s.body(tx, body)
}

// at runs an act of the work on a competition that is in one of the states, while nobody else acts on it or changes its body.
// Permission: part.MayWork. Errors: civic.Forbidden, civic.NotFound, civic.Closed in another state.
func (s *Service) at(ctx context.Context, a civic.Actor, id civic.ID, act func(*storage.Tx, Body, Competition) error, states ...State) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		c, err := find(tx, id)
		if err != nil {
			return err
		}
		if !part.MayWork(a, c.Body) {
			return notYours()
		}
		b, err := s.lock(tx, c.Body)
		if err != nil {
			return err
		}
		if c, err = find(tx, id); err != nil { // as the last who held the lock left it
			return err
		}
		if !slices.Contains(states, c.State) {
			return notNow()
		}
		tx.Touch(Topic)
		return act(tx, b, c)
	})
}

// Change rewrites a draft. Permission and errors as at; civic.Invalid as DrawUp.
func (s *Service) Change(ctx context.Context, a civic.Actor, id civic.ID, to Competition) error {
	return s.at(ctx, a, id, func(tx *storage.Tx, b Body, c Competition) error {
		c.Method, c.Seats, c.Reserve, c.Group, c.Terms, c.Until = to.Method, to.Seats, to.Reserve, to.Group, to.Terms.Trimmed(), to.Until
		if err := c.check(b, s.rules()); err != nil {
			return err
		}
		return updateCompetition(tx, c)
	}, Draft)
}

// SetQuotas says how a draw by lot is to be balanced, also after people stood: when no panel obeys the quotas they must give way, in public. Permission and errors
// as at; civic.Invalid with "category.feature"; civic.Closed once a list is published.
func (s *Service) SetQuotas(ctx context.Context, a civic.Actor, id civic.ID, quotas []Quota) error {
	return s.at(ctx, a, id, func(tx *storage.Tx, _ Body, c Competition) error {
		if c.Method != ByLot {
			return notNow()
		}
		if err := checkQuotas(quotas, c.Seats); err != nil {
			return err
		}
		made, err := draws(tx, c.ID)
		if err != nil {
			return err
		}
		for _, d := range made {
			switch d.State {
			case Listed, Drawn:
				return civic.Fail(civic.Closed, "forming.list_is_out")
			case Void:
			default: // its list is of the quotas as they were
				if err := dropDraw(tx, d); err != nil {
					return err
				}
			}
		}
		c.Quotas = quotas
		if err := updateCompetition(tx, c); err != nil || c.State == Draft {
			return err
		}
		return s.noteCompetition(tx, a, c, actChanged)
	}, Draft, Announced)
}

// Announce opens a competition to everybody. Permission and errors as at; civic.Invalid with "until".
func (s *Service) Announce(ctx context.Context, a civic.Actor, id civic.ID) error {
	return s.at(ctx, a, id, func(tx *storage.Tx, b Body, c Competition) error {
		if err := c.check(b, s.rules()); err != nil {
			return err
		}
		if err := c.checkDay(s.today(tx.Now()), b, s.rules()); err != nil {
			return err
		}
		c.State, c.AnnouncedAt = Announced, tx.Now()
		if err := updateCompetition(tx, c); err != nil {
			return err
		}
		err := s.search.Put(tx, search.Document{Ref: Ref(c.ID), Number: c.no, Public: true, Words: search.Analyse(search.Text{Title: search.Join(b.Name), Rest: search.Join(c.Terms)})})
		return errors.Join(err, s.noteCompetition(tx, a, c, actAnnounced), s.audit(tx, a, "competition.announce", Ref(c.ID)),
			s.tell(tx, b, c, "announced", civic.Say("forming.told_announced", "Name", b.Name, "Date", c.Until)))
	}, Draft)
}

// today is when the day of an instant began in the city.
func (s *Service) today(now time.Time) time.Time {
	day := now.In(s.city.Zone())
	return time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, day.Location())
}

// tell tells those who follow the competition, the body, what the body belongs to, or the whole city.
func (s *Service) tell(tx *storage.Tx, b Body, c Competition, what string, body civic.Message) error {
	return s.notices.Tell(tx, notifications.Notice{Subject: civic.Say("forming.told", "Name", b.Name), Body: body, Path: Path(c.ID),
		Event: Kind + "/" + string(c.ID) + "/" + what, Thing: Ref(c.ID)}, append([]civic.Ref{Ref(c.ID), b.Ref, city.Ref()}, b.Told...)...)
}

// Stand puts somebody up for a competition: the actor, or whom an organisation nominates for which the actor speaks (by). Permission: whoever has a confirmed
// address; a nomination: the organisation's representative. Errors: civic.Invalid with the fields of Candidacy, and "by" when the organisation or the
// actor stands already; civic.Closed after the last day; civic.Forbidden.
func (s *Service) Stand(ctx context.Context, a civic.Actor, d Candidacy, page civic.Lang) (civic.ID, error) {
	d.Name, d.About = strings.TrimSpace(d.Name), strings.TrimSpace(d.About)
	if !a.Has(civic.Resident) || d.By.ID != "" && !a.ActsFor(civic.Representative, d.By) {
		return "", notYours()
	}
	err := s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock(Ref(d.Competition).String()); err != nil {
			return err
		}
		c, err := find(tx, d.Competition)
		switch {
		case err == nil && !c.Public():
			return notThere()
		case err != nil:
			return err
		case c.Phase(tx.Now()) != Open:
			return civic.Fail(civic.Closed, "forming.closed")
		}
		if err := d.check(s.rules(), tx.Now()); err != nil {
			return err
		}
		others, err := candidacies(tx, c.ID)
		if err != nil {
			return err
		}
		for _, o := range others {
			same := d.By.ID != "" && o.By == d.By || d.By.ID == "" && o.By.ID == "" && o.Account == a.Account
			if same && o.State != Withdrawn {
				return civic.Wrong("by", "forming.stands_already")
			}
		}
		if len(others) >= most {
			return civic.Fail(civic.Invalid, "forming.too_many", "Count", most)
		}
		d.ID, d.State, d.Account, d.FiledAt, d.Lang, d.Salt = civic.NewID(tx.Now()), Filed, a.Account, tx.Now(), civic.GuessLang(d.About, page), newSalt()
		tx.Touch(Topic)
		return insertCandidacy(tx, &d)
	})
	return d.ID, err
}

// Withdraw takes a candidacy back, or declines the seat. Permission: whoever filed it. Errors: civic.NotFound, civic.Closed once a list is published, unless they were chosen.
func (s *Service) Withdraw(ctx context.Context, a civic.Actor, id civic.ID) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		d, err := findCandidacy(tx, id)
		if err != nil {
			return err
		}
		if !a.SignedIn() || d.Account != a.Account {
			return notThere()
		}
		if err := tx.Lock(Ref(d.Competition).String()); err != nil {
			return err
		}
		c, err := find(tx, d.Competition)
		if err != nil {
			return err
		}
		if d, err = findCandidacy(tx, id); err != nil {
			return err
		}
		fixed, err := s.fixed(tx, c)
		if err != nil {
			return err
		}
		known, act := d.State != Filed, actWithdrawn
		switch {
		case d.declinable():
			d.State, act = Declined, actDeclined
		case d.withdrawable(c, fixed):
			d.State = Withdrawn
		default:
			return notNow()
		}
		tx.Touch(Topic)
		if err := updateCandidacy(tx, d); err != nil || !known {
			return err
		}
		return s.noteCandidacy(tx, a, c, d, act)
	})
}

// withdrawable reports whether a candidacy can be taken back as if it had not been: before a list is published and anybody is chosen.
func (c Candidacy) withdrawable(of Competition, fixed bool) bool {
	return !fixed && of.State == Announced && (c.State == Filed || c.State == Admitted)
}

// declinable reports whether somebody who was chosen can still say that they do not take the seat. Whoever sits leaves as members do.
func (c Candidacy) declinable() bool { return c.State == Elected && c.Seat == "" }

// fixed reports whether it is settled who can be drawn: a list is published.
func (s *Service) fixed(tx *storage.Tx, c Competition) (bool, error) {
	made, err := draws(tx, c.ID)
	return slices.ContainsFunc(made, func(d Draw) bool { return d.State == Listed || d.State == Drawn }), err
}

// Check lets somebody in, or not, with the reason, which everybody reads under the number. Permission and errors as at; civic.NotFound; civic.Closed once
// a list is published; civic.Invalid with "reason".
func (s *Service) Check(ctx context.Context, a civic.Actor, competition, id civic.ID, admit bool, reason civic.Text) error {
	reason = reason.Trimmed()
	return s.at(ctx, a, competition, func(tx *storage.Tx, _ Body, c Competition) error {
		if err := tx.Lock(Ref(c.ID).String()); err != nil {
			return err
		}
		d, err := findCandidacy(tx, id)
		if err == nil && d.Competition != c.ID {
			err = notThere()
		}
		if err != nil {
			return err
		}
		fixed, err := s.fixed(tx, c)
		if err != nil {
			return err
		}
		if fixed || d.State != Filed && d.State != Admitted && d.State != Refused {
			return notNow()
		}
		if err := checkReason(admit, reason); err != nil {
			return err
		}
		act := actRefused
		if d.State, d.Reason = Refused, reason; admit {
			d.State, act = Admitted, actAdmitted
		}
		if err := updateCandidacy(tx, d); err != nil {
			return err
		}
		return errors.Join(s.noteCandidacy(tx, a, c, d, act), s.audit(tx, a, "candidacy.check", candidacyRef(d.ID)), s.tellCandidate(tx, d))
	}, Announced)
}

// checkReason wants words for a refusal; who is let in needs none.
func checkReason(admit bool, reason civic.Text) error {
	var p civic.Problems
	if !admit || !reason.Empty() {
		p.OfficialAtMost("reason", reason, maxWords)
	}
	for lang, words := range reason {
		if personalNumber.MatchString(words) {
			p.Add("reason."+string(lang), "forming.no_numbers")
		}
	}
	return p.Err()
}

// tellCandidate tells whoever filed a candidacy what became of it.
func (s *Service) tellCandidate(tx *storage.Tx, d Candidacy) error {
	if d.Account == "" {
		return nil
	}
	return s.notices.Notify(tx, d.Account, notifications.Notice{Subject: civic.Say("forming.told_candidate", "Number", d.called()), Body: civic.Say("forming.told_" + string(d.State)), Path: d.path(),
		Event: fmt.Sprint(KindCandidacy, "/", d.ID, "/", d.State)})
}

// EnterVotes enters how the working group voted: who of it, by place, was for whom. Chosen are those with most votes, and more than half of the group; where two
// are equal at the last seat nobody is, and the group votes again. Permission and errors as at; civic.Closed before the last day has passed, or while
// somebody is unchecked; civic.Invalid with "for.ID", "votes".
func (s *Service) EnterVotes(ctx context.Context, a civic.Actor, id civic.ID, votes map[civic.ID][]int) error {
	return s.at(ctx, a, id, func(tx *storage.Tx, _ Body, c Competition) error {
		all, err := s.toChoose(tx, c, ByVote)
		if err != nil {
			return err
		}
		if err := elect(c, all, votes); err != nil {
			return err
		}
		c.State = Chosen
		return s.chosen(tx, a, c, all)
	}, Announced)
}

// chosen keeps what became of those who were admitted, and tells them and everybody.
func (s *Service) chosen(tx *storage.Tx, a civic.Actor, c Competition, all []Candidacy, follows ...civic.Ref) error {
	if err := updateCompetition(tx, c); err != nil {
		return err
	}
	if err := s.noteCompetition(tx, a, c, actChosen, follows...); err != nil {
		return err
	}
	for _, d := range all {
		act := map[CandidacyState]string{Elected: actElected, Waiting: actWaiting, Passed: actPassed}[d.State]
		if err := errors.Join(updateCandidacy(tx, d), s.noteCandidacy(tx, a, c, d, act, follows...), s.tellCandidate(tx, d)); err != nil {
			return err
		}
	}
	return s.audit(tx, a, "competition.choose", Ref(c.ID))
}

// toChoose are those who were admitted, when it is time to choose from them.
func (s *Service) toChoose(tx *storage.Tx, c Competition, by Method) (out []Candidacy, err error) {
	if c.Method != by || c.Phase(tx.Now()) != Checking {
		return nil, notNow()
	}
	all, err := candidacies(tx, c.ID)
	for _, d := range all {
		switch d.State {
		case Filed:
			return nil, civic.Fail(civic.Closed, "forming.unchecked")
		case Admitted:
			out = append(out, d)
		}
	}
	return out, err
}

// elect finds who is chosen.
func elect(c Competition, all []Candidacy, votes map[civic.ID][]int) error {
	var p civic.Problems
	for i := range all {
		d := &all[i]
		d.For = slices.Sorted(slices.Values(votes[d.ID]))
		d.For = slices.Compact(d.For)
		if slices.ContainsFunc(d.For, func(member int) bool { return member < 0 || member >= len(c.Group) }) {
			p.Add("for."+string(d.ID), "forming.choose")
		}
		d.State = Passed
	}
	if err := p.Err(); err != nil {
		return err
	}
	byVotes := make([]*Candidacy, len(all))
	for i := range all {
		byVotes[i] = &all[i]
	}
	slices.SortStableFunc(byVotes, func(x, y *Candidacy) int { return len(y.For) - len(x.For) })
	for i, d := range byVotes {
		if i >= c.Seats || len(d.For) < c.majority() {
			break
		}
		if i == c.Seats-1 && i+1 < len(byVotes) && len(byVotes[i+1].For) == len(d.For) {
			return civic.Wrong("votes", "forming.tie", "Count", len(d.For))
		}
		d.State = Elected
	}
	if len(byVotes) == 0 || byVotes[0].State != Elected {
		return civic.Wrong("votes", "forming.nobody", "Count", c.majority())
	}
	return nil
}

// Publish publishes the composition with the reasons, and those chosen sit from now on, or from the first day of the term. Permission and errors as at; civic.Invalid with "reasons",
// and with what the owner says about a member.
func (s *Service) Publish(ctx context.Context, a civic.Actor, id civic.ID, reasons civic.Text) error {
	reasons = reasons.Trimmed()
	return s.at(ctx, a, id, func(tx *storage.Tx, b Body, c Competition) error {
		var p civic.Problems
		if p.OfficialAtMost("reasons", reasons, maxWords); p.Err() != nil {
			return p.Err()
		}
		all, err := candidacies(tx, c.ID)
		if err != nil {
			return err
		}
		seated := 0
		for _, d := range all {
			if d.State != Elected || d.Seat != "" || d.Name == "" { // who has left with their account
				continue
			}
			if d.Seat, err = s.owners[b.Ref.Kind].Seat(tx, a, b.Ref.ID, d.member()); err != nil {
				return civic.Fail(civic.Conflict, "forming.cannot_sit", "Name", d.Name, "Why", whyOf(err))
			}
			seated++
			if err := errors.Join(updateCandidacy(tx, d), s.noteCandidacy(tx, a, c, d, actSeated)); err != nil {
				return err
			}
		}
		if seated == 0 {
			return notNow()
		}
		c.State, c.Reasons, c.EndedAt = Published, reasons, tx.Now()
		if err := updateCompetition(tx, c); err != nil {
			return err
		}
		return errors.Join(s.noteCompetition(tx, a, c, actPublished), s.audit(tx, a, "competition.publish", Ref(c.ID)),
			s.tell(tx, b, c, fmt.Sprint("published/", c.EndedAt.UnixMilli()), civic.Say("forming.told_published", "Count", seated)))
	}, Chosen, Published)
}

// member is somebody as the owner of the body gets them.
func (c Candidacy) member() Member {
	return Member{Name: c.Name, Organisation: c.By.ID, Sex: c.Sex, Born: c.Born, District: c.District}
}

// whyOf is what an owner says against a member.
func whyOf(err error) civic.Message {
	var e *civic.Error
	if !errors.As(err, &e) {
		return civic.Say("forming.unknown_reason")
	}
	if len(e.Fields) > 0 {
		return e.Fields[0].Message
	}
	return e.Message
}

// Fail ends a competition without anybody chosen, with the reason; another can be announced. Permission and errors as at; civic.Invalid with "reasons".
func (s *Service) Fail(ctx context.Context, a civic.Actor, id civic.ID, reasons civic.Text) error {
	reasons = reasons.Trimmed()
	return s.at(ctx, a, id, func(tx *storage.Tx, b Body, c Competition) error {
		var p civic.Problems
		if p.OfficialAtMost("reasons", reasons, maxWords); p.Err() != nil {
			return p.Err()
		}
		c.State, c.Reasons, c.EndedAt = Failed, reasons, tx.Now()
		if err := updateCompetition(tx, c); err != nil {
			return err
		}
		return errors.Join(s.noteCompetition(tx, a, c, actFailed), s.audit(tx, a, "competition.fail", Ref(c.ID)), s.tell(tx, b, c, "failed", civic.Say("forming.told_failed", "Reason", reasons)))
	}, Announced)
}
