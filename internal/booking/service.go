package booking

import (
	"cmp"
	"context"
	"math"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/questions"
)

const (
	settleKind = "booking.settle"
	tellKind   = "booking.tell"
	askKind    = "booking.ask"
	forgetKind = "booking.forget"
)

// Service is the use cases. It is safe for concurrent use.
type Service struct {
	db       *storage.DB
	city     *city.Service
	declared *part.Declared
	notices  *notifications.Service
	owners   map[string]Owner
	often    *web.Limiter // how often one network books without an account
}

// Owner is what the part whose things have places says of them.
type Owner struct {
	// Runs reports whether the actor runs the thing: sees who comes, and works at its door.
	Runs func(tx *storage.Tx, actor civic.Actor, id civic.ID) (bool, error)
	// Link is where whoever has places takes part from afar; "": nowhere. Nil: no thing of the kind has such a place.
	Link func(tx *storage.Tx, id civic.ID) (string, error)
	// Form is what whoever books is asked; nil, or no questions: nothing. The same version always asks the same.
	Form func(tx *storage.Tx, id civic.ID) (questions.Kept, error)
	// Asks says that those who were there are asked afterwards how it was.
	Asks bool
	// Whose tells of what each of some things is a part, and which organisations and bodies run it. Nil: what the door saw is nobody's evidence (SeenAtDoors).
	Whose func(tx *storage.Tx, ids []civic.ID) (map[civic.ID]Whose, error)
}

// Whose is of what a thing is a part, and which organisations and bodies run it.
type Whose struct {
	Of   civic.Ref
	Runs []civic.ID
}

// New makes the service.
func New(db *storage.DB, city *city.Service, declared *part.Declared, notices *notifications.Service) *Service {
	s := &Service{db: db, city: city, declared: declared, notices: notices, owners: map[string]Owner{},
		often: &web.Limiter{Burst: func(string) int { return int(city.Value("booking.by_network")) }, Per: time.Hour, Clock: db.Now}}
	declared.Leaving(s.passOn)
	return s
}

// Serve lets things of a kind have places. A part calls it when it is made, before anything else is asked.
func (s *Service) Serve(kind string, o Owner) { s.owners[kind] = o }

func (s *Service) value(key string) int { return int(s.city.Value("booking." + key)) }

func (s *Service) rules() Rules {
	return Rules{Hold: time.Duration(s.value("hold_hours")) * time.Hour, Least: time.Duration(s.value("hold_least_hours")) * time.Hour, From: s.value("quiet_from"), To: s.value("quiet_to"),
		Reserve: time.Duration(s.value("confirm_minutes")) * time.Minute, Zone: s.city.Zone()}
}

func notThere() error { return civic.Fail(civic.NotFound, "web.not_found") }

func lock(tx *storage.Tx, of civic.Ref) error { return tx.Lock("booking:" + of.String()) }

// TopicOf is the topic of kept pages that show how many places of a thing are free.
func TopicOf(of civic.Ref) string { return "booking:" + of.String() }

// Party is a booking: the places of one person and whoever comes along.
type Party struct {
	no, offering int64
	ID           civic.ID
	State        State
	Account      civic.ID // the account, or a reader without one (internal/notifications); "" of who was put down at the door or has left
	Name         string
	Shown        bool // has agreed that others who have places see the name
	LetsPass     bool // smaller groups may be offered places first
	Places       Places
	Until        time.Time // of Asked and Offered: until when it holds
	BookedAt     time.Time
	ChangedAt    time.Time

	holds   bool // its places are among those that are taken
	asked   int64
	answers questions.Answers // to the version that was asked
}

// kept are the answers of a booking as they are stored.
func (p Party) kept() any {
	if len(p.answers) == 0 {
		return "{}"
	}
	return storage.AsJSON(p.answers)
}

// Path is the page of a booking, without the language.
func Path(id civic.ID) string { return "/bookings/" + string(id) }

// SignUpPath is where one books places of a thing.
func SignUpPath(of civic.Ref) string { return "/book/" + of.Kind + "/" + string(of.ID) }

// DoorPath is where whoever stands at the door of a thing checks tickets.
func DoorPath(of civic.Ref) string { return "/door/" + of.Kind + "/" + string(of.ID) }

// GuestsPath is the list of those who come to a thing, with what they answered, for whoever runs it.
func GuestsPath(of civic.Ref) string { return DoorPath(of) + "/list" }

// byPath is the page of what somebody without an account has booked of a thing; their token stands under it.
func byPath(of civic.Ref) string { return SignUpPath(of) + "/by" }

// Put gives a thing its places, or changes them, in the transaction of its owner. New places are offered to the waiting list at once; fewer
// than are taken are refused. Errors: civic.Invalid with the fields seat, wheelchair, child, group, closes.
func (s *Service) Put(tx *storage.Tx, want Offering) (Offering, error) {
	if err := want.check(); err != nil {
		return Offering{}, err
	}
	if err := tx.Lock("booking_no"); err != nil { // first, so that an owner puts the places of several things in one transaction, in the order of their ids
		return Offering{}, err
	}
	if err := lock(tx, want.Of); err != nil {
		return Offering{}, err
	}
	o, there, err := storage.Found(offeringOf(tx, want.Of))
	if err != nil {
		return Offering{}, err
	}
	if !there {
		if err := makeKey(tx); err != nil {
			return Offering{}, err
		}
		want.ID, want.Taken, want.Cancelled = civic.NewID(tx.Now()), Places{}, false
		if err := insertOffering(tx, &want); err != nil {
			return Offering{}, err
		}
		if err := s.askLater(tx, want); err != nil {
			return Offering{}, err
		}
		return want, s.wake(tx, want, want.ClosesAt)
	}
	for kind, n := range want.Capacity {
		if n < o.Taken[kind] {
			return Offering{}, civic.Wrong(kindNames[kind], "booking.so_many_are_taken", "Count", o.Taken[kind])
		}
	}
	closes, ends := o.ClosesAt, o.EndsAt
	o.Capacity, o.GroupMost, o.Terms = want.Capacity, want.GroupMost, want.Terms
	tx.Touch(TopicOf(o.Of))
	if err := updateOffering(tx, o); err != nil {
		return Offering{}, err
	}
	if !closes.Equal(o.ClosesAt) {
		if err := s.wake(tx, o, o.ClosesAt); err != nil {
			return Offering{}, err
		}
	}
	if !ends.Equal(o.EndsAt) {
		if err := s.askLater(tx, o); err != nil {
			return Offering{}, err
		}
	}
	return o, s.settle(tx, &o)
}

// wake looks at an offering again at a time: an offer ends, or the booking.
func (s *Service) wake(tx *storage.Tx, o Offering, at time.Time) error {
	return jobs.Enqueue(tx, settleKind, o.no, jobs.Options{At: at})
}

// Cancel ends all bookings of a thing, in the transaction of its owner, which tells why; who had booked is told. Nothing happens when it has no places.
func (s *Service) Cancel(tx *storage.Tx, of civic.Ref, why civic.Text) error {
	if err := lock(tx, of); err != nil {
		return err
	}
	o, there, err := storage.Found(offeringOf(tx, of))
	if err != nil || !there || o.Cancelled {
		return err
	}
	o.Cancelled = true
	if err := updateOffering(tx, o); err != nil {
		return err
	}
	tx.Touch(TopicOf(of))
	return jobs.Enqueue(tx, tellKind, telling{Offering: o.no, Cancel: true, Text: why}, jobs.Options{})
}

// Wish is what somebody books.
type Wish struct {
	Places   Places
	Name     string
	Email    string // of somebody without an account
	Shown    bool
	LetsPass bool
	Lang     civic.Lang
	Typed    func(questions.Question) []string // what was typed for a question; nil: nothing
}

// check says what is wrong with a wish, and reads the answers to what is asked.
func (w Wish) check(o Offering, form questions.Form, known bool) (questions.Answers, error) {
	typed := w.Typed
	if typed == nil {
		typed = func(questions.Question) []string { return nil }
	}
	said, p := form.Answered(typed, form.Keys())
	for kind, n := range w.Places {
		if n < 0 || n > 0 && o.Capacity[kind] == 0 || n > o.Capacity[kind] {
			p.Add(kindNames[kind], "booking.so_many_there_are", "Most", o.Capacity[kind])
		}
	}
	if n := w.Places.Total(); n < 1 || n > o.GroupMost {
		p.Add(kindNames[Seat], "booking.so_many_at_once", "Most", o.GroupMost)
	}
	if strings.TrimSpace(w.Name) == "" {
		p.Add("name", "booking.name_missing")
	}
	p.AtMost("name", w.Name, maxName)
	if key := civic.Junk(w.Name, nil); key != "" && strings.TrimSpace(w.Name) != "" {
		p.Add("name", key)
	}
	if !known && strings.TrimSpace(w.Email) == "" {
		p.Add("email", "booking.email_missing")
	}
	return said, p.Err()
}

// Book books places, or puts the party on the waiting list. Who has no confirmed account gets a mail, and has to confirm by its link; free
// places are kept for them meanwhile. Errors: civic.NotFound; civic.Closed; civic.Invalid with seat, wheelchair, child, name, email;
// civic.Conflict when they have booked before; civic.TooMany.
func (s *Service) Book(ctx context.Context, a civic.Actor, of civic.Ref, w Wish) (p Party, err error) {
	known := a.Has(civic.Resident)
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		title, err := s.seen(tx, a, of)
		if err != nil {
			return err
		}
		if err := lock(tx, of); err != nil {
			return err
		}
		o, err := offeringOf(tx, of)
		if err != nil {
			return err
		}
		if !o.Open(tx.Now()) {
			return civic.Fail(civic.Closed, "booking.closed")
		}
		form, err := s.form(tx, of)
		if err != nil {
			return err
		}
		said, err := w.check(o, form.Form, known)
		if err != nil {
			return err
		}
		p = Party{offering: o.no, asked: form.No(), answers: said, ID: civic.NewID(tx.Now()), State: Asked, Account: a.Account, Name: strings.TrimSpace(w.Name), Shown: w.Shown, LetsPass: w.LetsPass, Places: w.Places,
			BookedAt: tx.Now(), ChangedAt: tx.Now()}
		if !known {
			p.Account, err = s.notices.AskByMail(tx, w.Email, w.Lang, notifications.Question{Subject: civic.Say("booking.ask_subject"),
				Body: civic.Say("booking.ask", "Title", title.Title, "Minutes", int64(s.rules().Reserve/time.Minute)), Path: byPath(of), Thing: of})
			if err != nil {
				return err
			}
		}
		if err := s.expire(tx, &o); err != nil {
			return err
		}
		had, has, err := storage.Found(active(tx, o, p.Account))
		switch {
		case err != nil:
			return err
		case has && (known || had.State != Asked):
			if !known {
				p = had // the mail leads whoever holds the address to what they have; nobody else learns of it
				return nil
			}
			return civic.Fail(civic.Conflict, "booking.booked_already").At("name")
		case has: // asked again: the new wish counts
			if err := move(tx, &o, &had, GivenBack); err != nil {
				return err
			}
		}
		if err := s.enter(tx, &o, &p, known); err != nil || !has {
			return err
		}
		return s.settle(tx, &o) // who asks again for fewer gives some back
	})
	return p, err
}

// form is what whoever books places of a thing is asked.
func (s *Service) form(tx *storage.Tx, of civic.Ref) (questions.Kept, error) {
	if ask := s.owners[of.Kind].Form; ask != nil {
		return ask(tx, of.ID)
	}
	return questions.Kept{}, nil
}

// seen finds what the places are of, as far as the actor may see it.
func (s *Service) seen(tx *storage.Tx, a civic.Actor, of civic.Ref) (part.Resolved, error) {
	if _, served := s.owners[of.Kind]; !served {
		return part.Resolved{}, notThere()
	}
	titles, err := s.declared.Titles(tx, a, []civic.Ref{of})
	t, there := titles[of]
	if err == nil && !there {
		err = notThere()
	}
	return t, err
}

// enter lets a new party in: it has its places when it is its turn, and else waits.
func (s *Service) enter(tx *storage.Tx, o *Offering, p *Party, confirmed bool) error {
	turn, err := s.hasTurn(tx, *o, *p)
	if err != nil {
		return err
	}
	if !turn {
		n, err := countIn(tx, *o, Waiting)
		if err != nil {
			return err
		}
		if n >= mostWaiting {
			return civic.Fail(civic.TooMany, "booking.list_full")
		}
	}
	switch {
	case !confirmed:
		p.Until = tx.Now().Add(s.rules().Reserve)
		if p.Until.After(o.ClosesAt) {
			p.Until = o.ClosesAt
		}
		if err := s.wake(tx, *o, p.Until); err != nil {
			return err
		}
	case turn:
		p.State = Confirmed
	default:
		p.State = Waiting
	}
	p.holds = turn
	if err := insertParty(tx, p); err != nil {
		return err
	}
	if !turn {
		return nil
	}
	o.Taken = o.Taken.And(p.Places)
	if err := updateTaken(tx, *o); err != nil {
		return err
	}
	tx.Touch(TopicOf(o.Of))
	if p.State == Confirmed {
		return issue(tx, *p)
	}
	return nil
}

// hasTurn reports whether a party may have its places at once: they are free, and nobody waits for them who comes before. Once there is no time left for
// offers, whoever comes has them.
func (s *Service) hasTurn(tx *storage.Tx, o Offering, p Party) (bool, error) {
	if !p.Places.Within(o.Free()) {
		return false, nil
	}
	if _, offers := s.rules().Until(tx.Now(), o.ClosesAt); !offers {
		return true, nil
	}
	queue, _, err := s.queue(tx, o)
	if err != nil {
		return false, err
	}
	queue = append(queue, turn{p.Places, p.LetsPass})
	mine := turns(o.Free(), queue)
	return len(mine) > 0 && mine[len(mine)-1] == len(queue)-1, nil
}

// queue is the waiting list.
func (s *Service) queue(tx *storage.Tx, o Offering) (out []turn, waiting []Party, err error) {
	waiting, err = partiesOf(tx, o, Waiting, 0, mostWaiting)
	for _, p := range waiting {
		out = append(out, turn{p.Places, p.LetsPass})
	}
	return out, waiting, err
}

// move changes what a booking is, and with it what is taken.
func move(tx *storage.Tx, o *Offering, p *Party, to State) error {
	legal := false
	for _, next := range moves[p.State] {
		legal = legal || next == to
	}
	if !legal {
		return civic.Fail(civic.Closed, "booking.not_any_more")
	}
	from, held := p.State, p.holds
	p.State, p.ChangedAt, p.Until = to, tx.Now(), time.Time{}
	p.holds = to == Offered || to == Confirmed
	if to.Ended() {
		p.answers = nil // nobody needs them any more
	}
	if held != p.holds {
		if p.holds {
			o.Taken = o.Taken.And(p.Places)
		} else {
			o.Taken = o.Taken.Less(p.Places)
		}
		if err := updateTaken(tx, *o); err != nil {
			return err
		}
		tx.Touch(TopicOf(o.Of))
	}
	if err := updateParty(tx, *p); err != nil {
		return err
	}
	switch {
	case to == Confirmed:
		return issue(tx, *p)
	case from == Confirmed:
		return revokeTickets(tx, *p, tx.Now())
	}
	return nil
}

// expire ends what has run out: offers, and places kept for addresses that were not confirmed. Whose offer ended is told.
func (s *Service) expire(tx *storage.Tx, o *Offering) error {
	late, err := overdue(tx, *o, tx.Now())
	if err != nil {
		return err
	}
	for _, p := range late {
		offered := p.State == Offered
		if err := move(tx, o, &p, Lapsed); err != nil {
			return err
		}
		if offered {
			if err := s.tell(tx, *o, p, "lapsed", civic.Message{}); err != nil {
				return err
			}
		}
	}
	return nil
}

// settle ends what has run out and offers what is free to those whose turn it is. Every change of an offering ends with it, so no place is free while
// somebody waits for it whose turn it is.
func (s *Service) settle(tx *storage.Tx, o *Offering) error {
	if err := s.expire(tx, o); err != nil || o.Cancelled {
		return err
	}
	if o.Free().Total() == 0 && tx.Now().Before(o.ClosesAt) {
		return nil
	}
	queue, waiting, err := s.queue(tx, *o)
	if err != nil || len(queue) == 0 {
		return err
	}
	if !tx.Now().Before(o.ClosesAt) {
		for _, p := range waiting {
			if err := move(tx, o, &p, Lapsed); err != nil {
				return err
			}
			if err := s.tell(tx, *o, p, "never", civic.Message{}); err != nil {
				return err
			}
		}
		return nil
	}
	until, offers := s.rules().Until(tx.Now(), o.ClosesAt)
	if !offers {
		return nil
	}
	for _, i := range turns(o.Free(), queue) {
		p := waiting[i]
		if err := move(tx, o, &p, Offered); err != nil {
			return err
		}
		p.Until = until
		if err := updateParty(tx, p); err != nil {
			return err
		}
		if err := s.tell(tx, *o, p, "offered", civic.Say("booking.told_offered_body", "Until", civic.Moment(until))); err != nil {
			return err
		}
		if err := s.wake(tx, *o, until); err != nil {
			return err
		}
	}
	return nil
}

// tell tells whoever booked what became of it.
func (s *Service) tell(tx *storage.Tx, o Offering, p Party, what string, body civic.Message) error {
	if p.Account == "" {
		return nil
	}
	titles, err := s.declared.Titles(tx, civic.Actor{}, []civic.Ref{o.Of})
	if err != nil {
		return err
	}
	return s.notices.Notify(tx, p.Account, notifications.Notice{Subject: civic.Say("booking.told_"+what, "Title", titles[o.Of].Title), Body: body,
		Path: Path(p.ID), Reply: byPath(o.Of), Urgent: true})
}

// settleOne does what is due for an offering.
func (s *Service) settleOne(ctx context.Context, j jobs.Job) error {
	var no int64
	if err := j.Decode(&no); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		o, err := offeringByNo(tx, no)
		if err != nil {
			return jobs.Permanent(err)
		}
		if err := lock(tx, o.Of); err != nil {
			return err
		}
		if o, err = offeringByNo(tx, no); err != nil {
			return err
		}
		return s.settle(tx, &o)
	})
}

// telling is what all who have booked are told: that a thing was cancelled, or what its owner says.
type telling struct {
	Offering int64
	Cancel   bool
	Text     civic.Text // why, or what
	Event    string
}

// Tell tells all who have places, or wait for some, what has changed, with a link to their booking, where they may give it back until it starts. An owner that also puts the places does that first. The event names the change: told again, nobody is told
// twice.
func (s *Service) Tell(tx *storage.Tx, of civic.Ref, event string, what civic.Text) error {
	if err := lock(tx, of); err != nil {
		return err
	}
	o, there, err := storage.Found(offeringOf(tx, of))
	if err != nil || !there {
		return err
	}
	if err := markChanged(tx, o); err != nil {
		return err
	}
	return jobs.Enqueue(tx, tellKind, telling{Offering: o.no, Text: what, Event: event}, jobs.Options{})
}

// tellAll does what Cancel and Tell asked for, some in a transaction.
func (s *Service) tellAll(ctx context.Context, j jobs.Job) error {
	var t telling
	if err := j.Decode(&t); err != nil {
		return err
	}
	for _, state := range []State{Confirmed, Offered, Waiting, Asked} {
		err := storage.WriteInSteps(ctx, s.db, 0, func(tx *storage.Tx, after int64) (int64, bool, error) { return s.tellSome(tx, t, state, after) })
		if err != nil {
			return err
		}
	}
	return nil
}

// tellSome tells some parties of a state behind a number, and says behind which number the rest is.
func (s *Service) tellSome(tx *storage.Tx, t telling, state State, after int64) (int64, bool, error) {
	const some = 100
	o, err := offeringByNo(tx, t.Offering)
	if err != nil {
		return after, false, jobs.Permanent(err)
	}
	if err := lock(tx, o.Of); err != nil {
		return after, false, err
	}
	if o, err = offeringByNo(tx, t.Offering); err != nil {
		return after, false, err
	}
	all, err := partiesOf(tx, o, state, after, some)
	if err != nil {
		return after, false, err
	}
	for _, p := range all {
		if err := s.tellOne(tx, &o, p, t); err != nil {
			return after, false, err
		}
		after = p.no
	}
	return after, len(all) == some, nil
}

func (s *Service) tellOne(tx *storage.Tx, o *Offering, p Party, t telling) error {
	asked, what := p.State == Asked, "changed"
	if t.Cancel {
		what = "cancelled"
		if err := move(tx, o, &p, Cancelled); err != nil {
			return err
		}
	}
	if asked || p.Account == "" {
		return nil
	}
	titles, err := s.declared.Titles(tx, civic.Actor{}, []civic.Ref{o.Of})
	if err != nil {
		return err
	}
	n := notifications.Notice{Subject: civic.Say("booking.told_"+what, "Title", titles[o.Of].Title), Path: Path(p.ID), Reply: byPath(o.Of), Event: t.Event, Thing: o.Of, Urgent: true}
	if len(t.Text) > 0 {
		n.Body = civic.Say("booking.told_why", "Why", t.Text)
	}
	return s.notices.Notify(tx, p.Account, n)
}

// Who asks about a booking: an account, which names it, or somebody without one by the token of a mail, which names the thing.
type Who struct {
	Actor civic.Actor
	ID    civic.ID
	Token string
	Of    civic.Ref
}

// holder finds the booking of whoever asks, with its offering. Errors: civic.NotFound, also for what is somebody else's.
func (s *Service) holder(tx *storage.Tx, who Who) (p Party, o Offering, err error) {
	if who.Token != "" {
		reader, _, _, err := s.notices.Follower(tx, who.Token, who.Of)
		if err != nil || reader == "" {
			return p, o, cmp.Or(err, notThere())
		}
		if o, err = offeringOf(tx, who.Of); err == nil {
			p, err = lastBy(tx, o, reader)
		}
		return p, o, err
	}
	if p, err = partyByID(tx, who.ID); err != nil {
		return p, o, err
	}
	if who.Actor.Account == "" || p.Account != who.Actor.Account {
		return p, o, notThere()
	}
	o, err = offeringByNo(tx, p.offering)
	return p, o, err
}

// act does something to a booking of whoever asks, and settles.
func (s *Service) act(ctx context.Context, who Who, do func(tx *storage.Tx, o *Offering, p *Party) error) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		p, o, err := s.holder(tx, who)
		if err != nil {
			return err
		}
		if err := lock(tx, o.Of); err != nil {
			return err
		}
		if o, err = offeringByNo(tx, o.no); err != nil {
			return err
		}
		if err := s.expire(tx, &o); err != nil {
			return err
		}
		if p, err = partyByID(tx, p.ID); err != nil {
			return err
		}
		if err := do(tx, &o, &p); err != nil {
			return err
		}
		return s.settle(tx, &o)
	})
}

// Confirm confirms the address of whoever holds the link of the mail. Their places were kept, or they are let in as whoever books now.
// Confirmed already, it changes nothing. Errors: civic.NotFound; civic.Closed when it comes too late.
func (s *Service) Confirm(ctx context.Context, token string, of civic.Ref) error {
	return s.act(ctx, Who{Token: token, Of: of}, func(tx *storage.Tx, o *Offering, p *Party) error {
		if _, err := s.notices.ConfirmByMail(tx, token, of); err != nil {
			return err
		}
		switch {
		case p.State.Ended():
			return civic.Fail(civic.Closed, "booking.confirmed_too_late")
		case p.State != Asked:
			return nil
		case p.holds:
			return move(tx, o, p, Confirmed)
		}
		turn, err := s.hasTurn(tx, *o, *p)
		if err != nil {
			return err
		}
		if turn {
			return move(tx, o, p, Confirmed)
		}
		return move(tx, o, p, Waiting)
	})
}

// Take takes the places that are offered or, once there is no time left for offers, that are free. Errors: civic.NotFound; civic.Closed.
func (s *Service) Take(ctx context.Context, who Who) error {
	return s.act(ctx, who, func(tx *storage.Tx, o *Offering, p *Party) error {
		switch {
		case p.State == Confirmed:
			return nil
		case p.State == Offered:
			return move(tx, o, p, Confirmed)
		case s.freeForAll(tx, *o, *p):
			return move(tx, o, p, Confirmed)
		}
		return civic.Fail(civic.Closed, "booking.not_any_more")
	})
}

// freeForAll reports whether somebody who waits may take places by themselves.
func (s *Service) freeForAll(tx *storage.Tx, o Offering, p Party) bool {
	_, offers := s.rules().Until(tx.Now(), o.ClosesAt)
	return p.State == Waiting && !offers && o.Open(tx.Now()) && p.Places.Within(o.Free())
}

// GiveBack gives places, an offer or a turn back, until the time that the offering names, and after a change until it starts. Given back already, it changes nothing. Errors: civic.NotFound; civic.Closed.
func (s *Service) GiveBack(ctx context.Context, who Who) error {
	return s.act(ctx, who, func(tx *storage.Tx, o *Offering, p *Party) error {
		if p.State.Ended() {
			return nil
		}
		if p.State == Confirmed && !o.GivesBack(p.BookedAt, tx.Now()) {
			return civic.Fail(civic.Closed, "booking.too_late_to_give_back")
		}
		return move(tx, o, p, GivenBack)
	})
}

// passOn gives back what a person who leaves the city has of things to come, and offers it to whoever waits.
func (s *Service) passOn(tx *storage.Tx, account civic.ID) error {
	all, err := activeBy(tx, account, math.MaxInt32)
	if err != nil {
		return err
	}
	for _, p := range all {
		o, err := offeringByNo(tx, p.offering)
		if err != nil {
			return err
		}
		if err := lock(tx, o.Of); err != nil {
			return err
		}
		if o, err = offeringByNo(tx, p.offering); err != nil {
			return err
		}
		if p, err = partyByID(tx, p.ID); err != nil {
			return err
		}
		if p.State.Ended() || !tx.Now().Before(o.StartsAt) {
			continue
		}
		if err := move(tx, &o, &p, GivenBack); err != nil {
			return err
		}
		if err := s.settle(tx, &o); err != nil {
			return err
		}
	}
	return nil
}

// Of finds the places of a thing, for pages of its owner; false where it has none.
func Of(tx *storage.Tx, of civic.Ref) (Offering, bool, error) {
	return storage.Found(offeringOf(tx, of))
}

// Has reports whether an account has places of a thing.
func Has(tx *storage.Tx, of civic.Ref, account civic.ID) (bool, error) {
	o, there, err := storage.Found(offeringOf(tx, of))
	if err != nil || !there {
		return false, err
	}
	p, has, err := storage.Found(active(tx, o, account))
	return has && p.State == Confirmed, err
}
