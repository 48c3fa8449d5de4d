package events

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/booking"
	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/contracts"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/search"
)

const topic = "events" // of kept pages that show events

// Service is what can be done. It is safe for concurrent use.
type Service struct{ city capability.City }

// New makes the service, and lets dates of events have places.
func New(c capability.City) *Service {
	c.Booking.Serve(KindDate, booking.Owner{Asks: true, Runs: func(tx *storage.Tx, a civic.Actor, id civic.ID) (bool, error) {
		d, err := findDate(tx, id)
		return err == nil && d.Manages(a), err
	}, Link: linkOf, Form: formOf, Whose: whoseAre})
	return &Service{city: c}
}

// whoseAre tells of which event dates are, and who of the register hosts it.
func whoseAre(tx *storage.Tx, dates []civic.ID) (map[civic.ID]booking.Whose, error) {
	all, err := byDates(tx, dates)
	out := map[civic.ID]booking.Whose{}
	for _, d := range all {
		out[d.Date.ID] = booking.Whose{Of: RefOf(d.ID), Runs: d.Hosts}
	}
	return out, err
}

// linkOf is where whoever has a place of a date takes part from afar, while everybody sees the event and the date is not called off.
func linkOf(tx *storage.Tx, date civic.ID) (string, error) {
	d, err := findDate(tx, date)
	if err != nil || !d.State.Public() || d.Date.Off {
		return "", err
	}
	return d.Online, nil
}

func notThere() error { return civic.Fail(civic.NotFound, "web.not_found") }

func notNow() error { return civic.Fail(civic.Closed, "events.not_now") }

// hostsOf lists the organisations and bodies in whose name the actor announces.
func (s *Service) hostsOf(tx *storage.Tx, a civic.Actor) (out []organisations.Named, err error) {
	bodies, err := s.city.Organisations.Bodies(tx)
	if err != nil {
		return nil, err
	}
	own, err := s.city.Organisations.Named(tx, a.Scopes(civic.Representative))
	for _, o := range own {
		out = append(out, o)
	}
	for _, b := range bodies {
		if hostsFor(a, b.ID) {
			out = append(out, b)
		}
	}
	return out, err
}

// official reports whether a state body is among the hosts, and that all of them are in the register.
func (s *Service) official(tx *storage.Tx, e Event) (official bool, err error) {
	names, err := s.city.Organisations.Named(tx, e.Hosts)
	if err != nil {
		return false, err
	}
	if len(names) != len(e.Hosts) {
		return false, civic.Wrong("hosts", "events.choose_host")
	}
	bodies, err := s.city.Organisations.Bodies(tx)
	for _, b := range bodies {
		for _, h := range e.Hosts {
			official = official || b.ID == h
		}
	}
	return official, err
}

// Write makes an event with its dates. In the name of hosts for which the actor acts it is a draft, which they announce; what anybody else writes is suggested, and
// a moderator looks at it first. Errors: civic.Forbidden without a confirmed address, civic.Invalid with the fields of the form.
func (s *Service) Write(ctx context.Context, a civic.Actor, e Event, pl Plan) (civic.ID, error) {
	err := s.city.DB.Write(ctx, func(tx *storage.Tx) error {
		dates, err := pl.Dates(tx.Now(), s.city.Settings.Zone())
		if err != nil {
			return err
		}
		return s.write(tx, a, &e, dates, pl.Rule, "")
	})
	return e.ID, err
}

func (s *Service) write(tx *storage.Tx, a civic.Actor, e *Event, dates []Date, rule, uid string) error {
	if !a.SignedIn() || !a.HasAny(civic.Resident, civic.Administrator, civic.Officer, civic.Representative) {
		return civic.Fail(civic.Forbidden, "web.forbidden")
	}
	for _, h := range e.Hosts {
		if !hostsFor(a, h) {
			return civic.Wrong("hosts", "events.choose_host")
		}
	}
	e.clean()
	official, err := s.official(tx, *e)
	if err != nil {
		return err
	}
	if err := e.check(official, s.city.Settings.Current()).Err(); err != nil {
		return err
	}
	if err := tx.Lock("events"); err != nil {
		return err
	}
	e.ID, e.Author, e.State, e.Repeats, e.SubmittedAt, e.ChangedAt = civic.NewID(tx.Now()), a.Account, Draft, rule, tx.Now(), tx.Now()
	if len(e.Hosts) == 0 {
		e.State, e.DecideBy = Suggested, tx.Now().Add(time.Duration(s.city.Settings.Value("events.moderation_days"))*day)
	}
	if err := insert(tx, e, uid); err != nil {
		return err
	}
	return insertDates(tx, *e, dates)
}

func (e *Event) clean() {
	e.Title, e.About = e.Title.Trimmed(), e.About.Trimmed()
	e.Group, e.Place, e.Online = strings.TrimSpace(e.Group), strings.TrimSpace(e.Place), strings.TrimSpace(e.Online)
	if e.Terms.Places.Total() == 0 {
		e.Terms = Terms{}
	}
}

// alone runs a change of one event, which nobody else changes meanwhile.
func (s *Service) alone(ctx context.Context, id civic.ID, do func(tx *storage.Tx, e Event) error) error {
	return s.city.DB.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock("events.event:" + string(id)); err != nil {
			return err
		}
		e, err := find(tx, id)
		if err != nil {
			return err
		}
		return do(tx, e)
	})
}

// managed is alone, for those who look after the event. Errors: civic.NotFound, civic.Forbidden.
func (s *Service) managed(ctx context.Context, a civic.Actor, id civic.ID, do func(tx *storage.Tx, e Event) error) error {
	return s.alone(ctx, id, func(tx *storage.Tx, e Event) error {
		if !e.Manages(a) {
			return civic.Fail(civic.Forbidden, "web.forbidden")
		}
		return do(tx, e)
	})
}

// Announce makes a draft known. Errors: civic.NotFound, civic.Forbidden, civic.Closed, civic.Invalid.
func (s *Service) Announce(ctx context.Context, a civic.Actor, id civic.ID) error {
	return s.managed(ctx, a, id, func(tx *storage.Tx, e Event) error {
		to, ok := Next(e.State, Announce)
		if !ok {
			return notNow()
		}
		official, err := s.official(tx, e)
		if err != nil {
			return err
		}
		if err := e.check(official, s.city.Settings.Current()).Err(); err != nil {
			return err
		}
		if err := freeze(tx, id); err != nil {
			return err
		}
		e.State, e.ChangedAt = to, tx.Now()
		return s.announced(tx, e, actAnnounced, e.role(a))
	})
}

// announced shows an event to everybody: its places can be booked, it is found, and who follows its district, theme or hosts is told.
func (s *Service) announced(tx *storage.Tx, e Event, act string, role civic.Role) error {
	if err := update(tx, e); err != nil {
		return err
	}
	if err := s.index(tx, e); err != nil {
		return err
	}
	if err := s.note(tx, act, e, role); err != nil {
		return err
	}
	if err := s.city.Files.Settle(tx, RefOf(e.ID), role); err != nil {
		return err
	}
	dates, err := datesOf(tx, e)
	if err != nil {
		return err
	}
	for _, d := range inOrder(dates) {
		if err := s.putPlaces(tx, e, d); err != nil {
			return err
		}
	}
	tx.Touch(topic)
	if e.State == Cancelled { // nobody is invited to it
		return nil
	}
	about := city.Scope{District: e.District, Theme: e.Theme}.Followed()
	for _, h := range e.Hosts {
		about = append(about, organisations.RefOf(h))
	}
	return s.city.Notifications.Tell(tx, notifications.Notice{Subject: civic.Say("events.told_new", "Title", e.Title), Path: Path(e.ID), Thing: RefOf(e.ID), Event: act + ":" + string(e.ID)}, about...)
}

// inOrder are dates in the order in which the locks of their places are taken.
func inOrder(dates []Date) []Date {
	out := slices.Clone(dates)
	slices.SortFunc(out, func(a, b Date) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return out
}

// putPlaces lets people book a date that is still to come.
func (s *Service) putPlaces(tx *storage.Tx, e Event, d Date) error {
	if e.Terms.Places.Total() == 0 || d.Off || !d.Starts.After(tx.Now()) {
		return nil
	}
	_, err := s.city.Booking.Put(tx, booking.Offering{Of: DateRef(d.ID), Capacity: e.Terms.Places, GroupMost: e.Terms.GroupMost, Terms: booking.Terms{OpensAt: e.SubmittedAt, ClosesAt: d.Starts,
		GiveBackUntil: d.Starts.Add(-time.Duration(e.Terms.BackHours) * time.Hour), StartsAt: d.Starts, EndsAt: d.Ends}})
	return err
}

func (s *Service) index(tx *storage.Tx, e Event) error {
	return s.city.Search.Put(tx, search.Document{Ref: RefOf(e.ID), Number: e.no, Public: e.State.Public(), About: []city.Scope{{District: e.District, Theme: e.Theme}},
		Words: search.Analyse(search.Text{Title: search.Join(e.Title), Rest: search.Join(e.About) + " " + e.Place + " " + e.Group})})
}

// Change writes what its hosts say of an event anew. Once it is announced, whoever has booked is told, and may give their place back; places can only be fewer where they are free.
// Errors: civic.NotFound, civic.Forbidden, civic.Closed, civic.Invalid.
func (s *Service) Change(ctx context.Context, a civic.Actor, id civic.ID, n Event) error {
	return s.managed(ctx, a, id, func(tx *storage.Tx, e Event) error {
		if e.State == Cancelled || e.State == Refused || e.State == Suggested {
			return notNow()
		}
		n.no, n.ID, n.State, n.Author, n.Hosts, n.Repeats, n.Reason, n.Report, n.Figures, n.Heard, n.SubmittedAt, n.DecidedAt = e.no, e.ID, e.State, e.Author, e.Hosts, e.Repeats, e.Reason, e.Report, e.Figures, e.Heard, e.SubmittedAt, e.DecidedAt
		n.Grant, n.DecideBy = e.Grant, e.DecideBy
		n.clean()
		if err := n.keepsWords(e, a); err != nil {
			return err
		}
		official, err := s.official(tx, n)
		if err != nil {
			return err
		}
		if err := n.check(official, s.city.Settings.Current()).Err(); err != nil {
			return err
		}
		n.ChangedAt = tx.Now()
		if err := update(tx, n); err != nil || e.State == Draft {
			return err
		}
		dates, err := datesOf(tx, e)
		if err != nil {
			return err
		}
		once := n.event(tx, actChanged)
		if err := s.changeDates(tx, e, n, inOrder(dates), once); err != nil {
			return err
		}
		return s.changedBy(tx, e.role(a), n, once)
	})
}

// changeDates gives out the places of an event that says other things now, and then tells whoever has some, once, what is otherwise. once names the change: whoever follows the event too is told of it one time.
func (s *Service) changeDates(tx *storage.Tx, e, n Event, dates []Date, once string) error {
	for _, d := range dates {
		if n.Terms == e.Terms {
			break
		}
		if err := s.putPlaces(tx, n, d); err != nil {
			return err
		}
	}
	elsewhere := n.Place != e.Place || n.Point != e.Point
	told := elsewhere || n.Price != e.Price || n.Online != e.Online || !maps.Equal(n.Title, e.Title) || !slices.Equal(n.Access, e.Access)
	for _, d := range dates {
		if d.Off || !d.Starts.After(tx.Now()) {
			continue
		}
		if elsewhere {
			d.Sequence++
			if err := updateDate(tx, d); err != nil {
				return err
			}
		}
		if !told {
			continue
		}
		if err := s.city.Booking.Tell(tx, DateRef(d.ID), once, s.news(e, n)); err != nil {
			return err
		}
	}
	return nil
}

// news is what those who booked are told of a change: where it is, what it costs, what it is called, what makes it easier to come, and that there is another link, which stands on their booking alone.
func (s *Service) news(e, n Event) civic.Text {
	out := civic.Text{}
	for _, lang := range civic.Languages() {
		l, lines := s.city.Catalog.For(lang), []string{}
		say := func(is bool, fact, words string) {
			if is && words != "" {
				lines = append(lines, l.T(fact)+": "+words)
			}
		}
		say(!maps.Equal(n.Title, e.Title), "events.fact_title", l.Text(n.Title))
		say(n.Place != e.Place || n.Point != e.Point, "events.fact_place", n.Place)
		say(n.Price != e.Price, "events.fact_price", priceIn(l, n))
		if !slices.Equal(n.Access, e.Access) {
			all := []string{}
			for _, a := range n.Access {
				all = append(all, l.T("events.access_"+a))
			}
			lines = append(lines, l.T("events.fact_access")+": "+cmp.Or(strings.Join(all, ", "), "—"))
		}
		if n.Online != e.Online && n.Online != "" {
			lines = append(lines, l.T("events.new_link"))
		}
		if len(lines) > 0 {
			out[lang] = strings.Join(lines, ". ")
		}
	}
	return out
}

// keepsWords refuses other words than those a moderator has let in, of an event for which nobody in the register answers: they
// would be seen by everybody before any moderator saw them. Time, place and places to book are the author's to change.
func (n Event) keepsWords(e Event, a civic.Actor) error {
	var p civic.Problems
	if !e.ofAResident() || e.mayModerate(a) {
		return nil
	}
	for _, f := range []struct {
		name string
		same bool
	}{{"title", maps.Equal(n.Title, e.Title)}, {"about", maps.Equal(n.About, e.About)}, {"group", n.Group == e.Group}, {"online", n.Online == e.Online}} {
		if !f.same {
			p.Add(f.name, "events.words_stay")
		}
	}
	return p.Err()
}

// changedBy records, indexes and tells followers that something about an event is otherwise now. once names the change: who was told of it because they booked is not told again.
func (s *Service) changedBy(tx *storage.Tx, role civic.Role, e Event, once string) error {
	if err := s.index(tx, e); err != nil {
		return err
	}
	tx.Touch(topic)
	if err := s.note(tx, actChanged, e, role); err != nil {
		return err
	}
	return s.city.Notifications.Tell(tx, notifications.Notice{Subject: civic.Say("events.told_changed", "Title", e.Title), Path: Path(e.ID), Thing: RefOf(e.ID), Event: once})
}

// event names what happens now to an event, which may happen again.
func (e Event) event(tx *storage.Tx, act string) string {
	return act + ":" + string(e.ID) + ":" + string(civic.NewID(tx.Now()))
}

// ofDate runs a change of one date of an announced event that is not over.
func (s *Service) ofDate(ctx context.Context, a civic.Actor, event, date civic.ID, do func(tx *storage.Tx, e Event, d Date, once string) error) error {
	return s.managed(ctx, a, event, func(tx *storage.Tx, e Event) error {
		d, err := e.dateToChange(tx, date)
		if err != nil {
			return err
		}
		e.ChangedAt = tx.Now()
		once := e.event(tx, actChanged)
		if err := do(tx, e, d, once); err != nil {
			return err
		}
		if err := update(tx, e); err != nil || e.State == Draft {
			return err
		}
		return s.changedBy(tx, e.role(a), e, once)
	})
}

// dateToChange is a date of the event that is not over and not called off.
func (e Event) dateToChange(tx *storage.Tx, date civic.ID) (Date, error) {
	at, err := findDate(tx, date)
	switch {
	case err != nil:
		return Date{}, err
	case at.ID != e.ID:
		return Date{}, notThere()
	case !e.State.goesOn() || at.Date.Off || !at.Date.Ends.After(tx.Now()):
		return Date{}, notNow()
	}
	return at.Date, nil
}

// Move puts one date at another time; the others stay. Who has places is told, keeps them, and may give them back. Errors: civic.NotFound, civic.Forbidden, civic.Closed, civic.Invalid.
func (s *Service) Move(ctx context.Context, a civic.Actor, event, date civic.ID, starts, ends time.Time) error {
	return s.ofDate(ctx, a, event, date, func(tx *storage.Tx, e Event, d Date, once string) error {
		if _, err := (Plan{Starts: starts, Ends: ends}).Dates(tx.Now(), s.city.Settings.Zone()); err != nil {
			return err
		}
		was := d
		d.Starts, d.Ends, d.Sequence = starts, ends, d.Sequence+1
		if err := updateDate(tx, d); err != nil {
			return err
		}
		if err := moveProgramme(tx, e, was, d); err != nil || e.State == Draft {
			return err
		}
		if err := s.putPlaces(tx, e, d); err != nil {
			return err
		}
		return s.city.Booking.Tell(tx, DateRef(d.ID), once, s.whenIn(d))
	})
}

// CallOffDate calls one date off; the others stay. Errors: civic.NotFound, civic.Forbidden, civic.Closed, civic.Invalid with "reason".
func (s *Service) CallOffDate(ctx context.Context, a civic.Actor, event, date civic.ID, why civic.Text) error {
	return s.ofDate(ctx, a, event, date, func(tx *storage.Tx, e Event, d Date, _ string) error {
		if err := s.checkReason(tx, e, why); err != nil {
			return err
		}
		d.Off, d.Reason, d.Sequence = true, why.Trimmed(), d.Sequence+1
		if err := updateDate(tx, d); err != nil {
			return err
		}
		return s.city.Booking.Cancel(tx, DateRef(d.ID), d.Reason)
	})
}

// CheckCallOffDate says whether CallOffDate would do it, and changes nothing. Errors: as of CallOffDate.
func (s *Service) CheckCallOffDate(ctx context.Context, a civic.Actor, event, date civic.ID, why civic.Text) error {
	return s.city.DB.Read(ctx, func(tx *storage.Tx) error {
		e, err := find(tx, event)
		switch {
		case err != nil:
			return err
		case !e.Manages(a):
			return civic.Fail(civic.Forbidden, "web.forbidden")
		}
		if _, err := e.dateToChange(tx, date); err != nil {
			return err
		}
		return s.checkReason(tx, e, why)
	})
}

// checkReason says what is wrong with the reason for calling off: a state body gives it in Kazakh and in Russian.
func (s *Service) checkReason(tx *storage.Tx, e Event, why civic.Text) error {
	official, err := s.official(tx, e)
	if err != nil {
		return err
	}
	var p civic.Problems
	switch {
	case official:
		p.OfficialAtMost("reason", why.Trimmed(), maxReason)
	case why.Trimmed().Empty():
		p.Add("reason", "events.say_why")
	default:
		for _, words := range why {
			p.AtMost("reason", words, maxReason)
		}
	}
	return p.Err()
}

// CheckCallOff says whether CallOff would do it, and changes nothing. Errors: as of CallOff.
func (s *Service) CheckCallOff(ctx context.Context, a civic.Actor, id civic.ID, why civic.Text) error {
	return s.city.DB.Read(ctx, func(tx *storage.Tx) error {
		e, err := find(tx, id)
		switch {
		case err != nil:
			return err
		case !e.Manages(a):
			return civic.Fail(civic.Forbidden, "web.forbidden")
		}
		_, err = s.toCallOff(tx, e, why)
		return err
	})
}

// toCallOff is the state of an event that is called off for a reason.
func (s *Service) toCallOff(tx *storage.Tx, e Event, why civic.Text) (State, error) {
	to, ok := Next(e.State, CallOff)
	if !ok {
		return "", notNow()
	}
	return to, s.checkReason(tx, e, why)
}

// CallOff calls a whole event off. Errors: civic.NotFound, civic.Forbidden, civic.Closed, civic.Invalid with "reason".
func (s *Service) CallOff(ctx context.Context, a civic.Actor, id civic.ID, why civic.Text) error {
	return s.managed(ctx, a, id, func(tx *storage.Tx, e Event) error {
		to, err := s.toCallOff(tx, e, why)
		if err != nil {
			return err
		}
		dates, err := datesOf(tx, e)
		if err != nil {
			return err
		}
		e.State, e.Reason, e.ChangedAt = to, why.Trimmed(), tx.Now()
		for _, d := range inOrder(dates) {
			if d.Off || !d.Ends.After(tx.Now()) {
				continue
			}
			d.Off, d.Reason, d.Sequence = true, e.Reason, d.Sequence+1
			if err := updateDate(tx, d); err != nil {
				return err
			}
			if err := s.city.Booking.Cancel(tx, DateRef(d.ID), e.Reason); err != nil {
				return err
			}
		}
		if err := update(tx, e); err != nil {
			return err
		}
		tx.Touch(topic)
		if err := s.note(tx, actCalledOff, e, e.role(a)); err != nil {
			return err
		}
		return s.city.Notifications.Tell(tx, notifications.Notice{Subject: civic.Say("events.told_off", "Title", e.Title), Path: Path(e.ID), Thing: RefOf(e.ID), Event: e.event(tx, actCalledOff)})
	})
}

// Telling is how an event went, as its host says it.
type Telling struct {
	Words    civic.Text
	Heard    civic.ID // the consultation in which people go on talking; "": none
	Grant    civic.ID // the contract with which somebody paid for it; "": none
	Visitors int      // where no tickets were read
}

// Tell says how an event went, what the city heard there, and who paid for it, who is told. The numbers are those of now: told again, they are taken anew. Errors: civic.NotFound, civic.Forbidden, civic.Closed before its first date is over, civic.Invalid with report, visitors, heard and grant.
func (s *Service) Tell(ctx context.Context, a civic.Actor, id civic.ID, t Telling) error {
	return s.managed(ctx, a, id, func(tx *storage.Tx, e Event) error {
		dates, err := datesOf(tx, e)
		if err != nil {
			return err
		}
		to, ok := Next(e.State, Report)
		if !ok || len(dates) == 0 || dates[0].Ends.After(tx.Now()) {
			return notNow()
		}
		paid, err := s.checkTelling(tx, e, t)
		if err != nil {
			return err
		}
		e.State, e.Report, e.Heard, e.Grant, e.ChangedAt = to, t.Words.Trimmed(), t.Heard, t.Grant, tx.Now()
		if e.Figures, err = s.figures(tx, dates, t.Visitors); err != nil {
			return err
		}
		if err := update(tx, e); err != nil {
			return err
		}
		tx.Touch(topic)
		if err := s.note(tx, actReported, e, e.role(a)); err != nil {
			return err
		}
		n := notifications.Notice{Subject: civic.Say("events.told_report", "Title", e.Title), Path: Path(e.ID), Thing: RefOf(e.ID), Event: e.event(tx, actReported)}
		if t.Grant != "" {
			n.Subject = civic.Say("events.told_funder", "Title", e.Title)
			if err := s.city.Contracts.TellOf(tx, paid, n); err != nil {
				return err
			}
			n.Subject = civic.Say("events.told_report", "Title", e.Title)
		}
		return s.city.Notifications.Tell(tx, n)
	})
}

// checkTelling says what is wrong with how an event is told of, and finds the contract with which it was paid for: one of its hosts has it.
func (s *Service) checkTelling(tx *storage.Tx, e Event, t Telling) (paid contracts.Contract, err error) {
	official, err := s.official(tx, e)
	if err != nil {
		return paid, err
	}
	var p civic.Problems
	if official {
		p.OfficialAtMost("report", t.Words.Trimmed(), maxAbout)
	} else if t.Words.Trimmed().Empty() {
		p.Add("report", "events.one_language")
	}
	if t.Visitors < 0 || t.Visitors > mostVisitors {
		p.Add("visitors", "events.visitors_wrong", "Most", mostVisitors)
	}
	if t.Heard != "" {
		if there, err := s.city.Declared.Titles(tx, civic.Actor{}, []civic.Ref{{Kind: heardKind, ID: t.Heard}}); err != nil {
			return paid, err
		} else if len(there) == 0 {
			p.Add("heard", "events.no_consultation")
		}
	}
	if t.Grant != "" {
		there := false
		if paid, there, err = contracts.Shown(tx, t.Grant); err != nil {
			return paid, err
		}
		if !there || !slices.Contains(e.Hosts, paid.Taker.ID) {
			p.Add("grant", "events.no_grant")
		}
	}
	return paid, p.Err()
}

func (e Event) standing() moderation.Standing {
	return moderation.Standing{Shown: e.State.Public(), Removed: e.State == Refused, Rule: e.Rule, Reason: e.Refusal, DecidedAt: e.DecidedAt}
}

// Decide lets a suggested event in, or refuses it with a rule and a reason. Errors: civic.NotFound, civic.Forbidden, civic.Closed, civic.Invalid with "rule" and "reason", civic.Conflict.
func (s *Service) Decide(ctx context.Context, a civic.Actor, id civic.ID, d moderation.Choice) error {
	d.Reason = strings.TrimSpace(d.Reason)
	return s.alone(ctx, id, func(tx *storage.Tx, e Event) error {
		if !e.mayModerate(a) {
			return civic.Fail(civic.Forbidden, "web.forbidden")
		}
		if !e.decidable() {
			return notNow()
		}
		if err := d.Check(s.city.Moderation.Book()); err != nil || d.Settles(e.standing()) {
			return err
		}
		if err := d.Overtaken(e.standing()); err != nil {
			return err
		}
		role := a.ActsAs(nil, civic.Moderator, civic.Administrator)
		answered, err := s.city.Moderation.Deciding(tx, a, d.Verdict(RefOf(e.ID), e.standing(), role))
		if err != nil {
			return err
		}
		if err := s.city.Trail.Note(tx, a, "events.event.decide", RefOf(e.ID), map[string]string{"approve": map[bool]string{true: "yes", false: "no"}[d.Approve]}); err != nil {
			return err
		}
		step, act := LetIn, actAnnounced
		if e.State == Refused {
			act = actRestored
		}
		if !d.Approve {
			step, act = Refuse, actRefused
		}
		e.State, _ = Next(e.State, step)
		if d.Approve {
			e.State = e.before()
		}
		e.DecidedAt, e.ChangedAt, e.Rule, e.Refusal = tx.Now(), tx.Now(), "", ""
		told := civic.Say("events.told_let_in", "Title", e.Title)
		if d.Approve {
			if err := s.announced(tx, e, act, role); err != nil {
				return err
			}
		} else {
			e.Rule, e.Refusal, told = d.Rule, d.Reason, civic.Say("events.told_refused", "Title", e.Title)
			if err := s.refused(tx, e, role); err != nil {
				return err
			}
		}
		if answered || e.Author == "" {
			return nil
		}
		n := notifications.Notice{Subject: told, Path: deskOf(e.ID)}
		if e.Refusal != "" {
			n.Body = civic.Say("events.told_reason", "Reason", e.Refusal)
		}
		return s.city.Notifications.Notify(tx, e.Author, n)
	})
}

// refused hides an event: its dates are on no list, and whoever had booked is told.
func (s *Service) refused(tx *storage.Tx, e Event, role civic.Role) error {
	if err := update(tx, e); err != nil {
		return err
	}
	dates, err := datesOf(tx, e)
	if err != nil {
		return err
	}
	for _, d := range inOrder(dates) {
		if err := s.city.Booking.Cancel(tx, DateRef(d.ID), nil); err != nil {
			return err
		}
	}
	tx.Touch(topic)
	if err := s.index(tx, e); err != nil {
		return err
	}
	return s.note(tx, actRefused, e, role)
}

// Uphold answers a wish for another decision: the refusal stands.
func (s *Service) Uphold(ctx context.Context, a civic.Actor, id civic.ID, d moderation.Choice) error {
	return s.city.Moderation.UpholdOf(ctx, a, RefOf(id), d)
}

// whenIn is when a date is, in each language.
func (s *Service) whenIn(d Date) civic.Text {
	out := civic.Text{}
	for _, lang := range civic.Languages() {
		out[lang] = s.city.Catalog.For(lang).DateTime(d.Starts)
	}
	return out
}
