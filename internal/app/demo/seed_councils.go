package demo

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/councils"
	"github.com/birge-kz/birge/internal/meetings"
	"github.com/birge-kz/birge/internal/minutes"
)

// Council is the public council of the demonstration. Days are from now, unless something else is said.
type Council struct {
	Body        string
	Size        int
	Formed      int
	Name, About civic.Text
	Member      []struct {
		Name string
		Post councils.Post // a plain member when left out
		Side councils.Side
		Sex  councils.Sex
		Born int
	}
	Meeting []Sitting
	Waiting []struct {
		Lang     civic.Lang
		Question string
	}
	Earlier []Earlier
}

// Sitting is one meeting; one that is past was held.
type Sitting struct {
	Days   int
	Place  civic.Text
	Absent int  // how many members, of the last in the list
	Draft  bool // nobody was invited yet
	// Where it can be watched, and where the recording is.
	Stream, Recorded string
	// Of the minutes: handed out, with a remark that waits; and whether this meeting approves those of the one before.
	Remark   string
	Approves bool
	Drafted  bool       // the minutes are not handed out yet
	Mended   civic.Text // what is corrected in them afterwards
	// Why the meeting was moved to the next day, or called off with its points postponed by Put days.
	Moved, Off civic.Text
	Put        int
	Point      []Point
}

// Point is one of its agenda, with what the council decided and what the body made of it.
type Point struct {
	Title            civic.Text
	Reporter         string
	Question         string // of a resident, from which it comes
	Lang             civic.Lang
	Minutes          int
	Text             civic.Text // of the recommendation
	Heard            civic.Text // for the minutes
	Against, Recused int
	Paper            bool // two people enter the vote; of a meeting that goes on, one has
	Discussed        bool
	Unsent           bool            // the recommendation
	Postponed        int             // to that day
	Report           bool            // a body reports
	From             string          // the consultation whose results are discussed, by its key
	Received         int             // of a draft act: so many days before the meeting
	Answered         int             // days after it was sent; 0: not yet
	Outcome          answers.Outcome // of the answer; taken up when left out
	Promised         int             // for so many days after the answer
	Delivered        int             // as many days after the answer
	Confirmed        bool
	Contested        string // what the council says to the answer
	Reason, Done     civic.Text
}

// Earlier is a council whose term is over, or ends soon.
type Earlier struct {
	Body         string
	Since, Until int
	Name         civic.Text
}

// counselled is a council as it is put into the city.
type counselled struct {
	*seeder
	*councils.Service
	Council
	id    civic.ID
	seats []civic.ID
	last  civic.ID // the meeting held last
}

// councilEvents lists all that happens in the council until now.
func (s *seeder) councilEvents() ([]event, error) {
	c := &counselled{seeder: s, Service: app.Service[*councils.Service](s.App)}
	if err := decode("content/councils.toml", &c.Council); err != nil {
		return nil, err
	}
	all := []event{{at: s.now.AddDate(0, 0, c.Formed), do: c.found}}
	for _, m := range c.Meeting {
		all = append(all, c.sitting(m)...)
	}
	return append(all, event{at: s.now.Add(-26 * time.Hour), do: c.ask}), nil
}

// law is on what public councils rest.
const law = "«Қоғамдық кеңестер туралы» № 383-V Заң / Закон № 383-V «Об общественных советах»"

func (c *counselled) found(ctx context.Context) error {
	since := dayOf(c.now.AddDate(0, 0, c.Formed))
	var err error
	c.id, err = c.Found(ctx, c.administrator(), councils.Council{Form: "public_council", Name: c.Council.Name, About: c.About, Body: c.organisations[c.Body], Law: law,
		Size: c.Size, Since: since, Until: since.AddDate(3, 0, 0)})
	for _, e := range c.Earlier {
		if err != nil {
			return err
		}
		_, err = c.Found(ctx, c.administrator(), councils.Council{Form: "public_council", Name: e.Name, About: c.About, Body: c.organisations[e.Body], Law: law, Size: c.Size, Since: dayOf(c.now.AddDate(0, 0, e.Since)), Until: dayOf(c.now.AddDate(0, 0, e.Until))})
	}
	for _, m := range c.Member {
		if err != nil {
			return err
		}
		seat := councils.Seat{Council: c.id, Name: m.Name, Post: m.Post, Side: m.Side, Since: since, Sex: m.Sex, Born: m.Born}
		if seat.Post == "" {
			seat.Post = councils.Member
		}
		var id civic.ID
		id, err = c.Seat(ctx, c.administrator(), seat)
		c.seats = append(c.seats, id)
	}
	for _, of := range []struct {
		account string
		scope   civic.Ref
	}{{"secretary", councils.Ref(c.id)}, {"member", civic.Ref{Kind: councils.KindSeat, ID: c.seats[1]}}} {
		if err == nil {
			err = c.Identity.Grant(ctx, c.administrator(), c.accounts[of.account].Account, civic.Grant{Role: civic.Role("councils." + of.account), Scope: of.scope})
		}
	}
	return err
}

func dayOf(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
}

// ask puts questions on which nobody has decided.
func (c *counselled) ask(ctx context.Context) error {
	for _, q := range c.Waiting {
		if err := c.Meetings.Ask(ctx, c.accounts["resident"], councils.Ref(c.id), q.Question, q.Lang); err != nil {
			return err
		}
	}
	return nil
}

// sitting is a meeting from its invitation on.
func (c *counselled) sitting(m Sitting) []event {
	starts := dayOf(c.now.AddDate(0, 0, m.Days)).Add(15 * time.Hour)
	if m.Days == 0 { // it is under way
		starts = c.now.Add(-30 * time.Minute).Truncate(10 * time.Minute)
	}
	var id civic.ID
	invited := starts.AddDate(0, 0, -10)
	if m.Days > 9 {
		invited = c.now.Add(-time.Hour)
	}
	all := []event{{at: invited, do: func(ctx context.Context) (err error) { id, err = c.invite(ctx, m, starts); return err }}}
	switch {
	case m.Days > 0:
		return append(all, c.changed(m, &id, invited, starts)...)
	case m.Days == 0:
		return append(all, event{at: starts, do: func(ctx context.Context) error { return c.goOn(ctx, m, id) }})
	}
	all = append(all, event{at: starts, do: func(ctx context.Context) error { return c.hold(ctx, m, id) }})
	for i, p := range m.Point {
		if p.Answered == 0 {
			continue
		}
		said := starts.AddDate(0, 0, p.Answered)
		all = append(all, event{at: said, do: func(ctx context.Context) error {
			v := answers.Verdict{Outcome: cmp.Or(p.Outcome, answers.Taken), Reason: p.Reason, Promised: in(said, p.Promised)}
			return c.answer(ctx, id, i, 0, v)
		}})
		if p.Contested != "" {
			all = append(all, event{at: said.AddDate(0, 0, 1), do: func(ctx context.Context) error { return c.reply(ctx, id, i, 0, answers.Reply{Words: p.Contested}) }})
		}
		if p.Delivered > 0 {
			all = append(all, event{at: said.AddDate(0, 0, p.Delivered), do: func(ctx context.Context) error {
				return c.answer(ctx, id, i, 1, answers.Verdict{Outcome: answers.Done, Reason: p.Done})
			}})
		}
		if p.Confirmed {
			all = append(all, event{at: said.AddDate(0, 0, p.Delivered+2), do: func(ctx context.Context) error { return c.reply(ctx, id, i, 1, answers.Reply{Confirms: true}) }})
		}
	}
	return all
}

// changed is what happens to a meeting that is to come after people were invited to it.
func (c *counselled) changed(m Sitting, id *civic.ID, invited, starts time.Time) (out []event) {
	later := invited.Add(30 * time.Minute)
	if len(m.Moved) > 0 {
		out = append(out, event{at: later, do: func(ctx context.Context) error {
			return c.Meetings.MoveMeeting(ctx, c.administrator(), *id, starts.AddDate(0, 0, 1), m.Place, m.Moved)
		}})
	}
	if len(m.Off) > 0 {
		out = append(out, event{at: later, do: func(ctx context.Context) error {
			return c.Meetings.CallOffMeeting(ctx, c.administrator(), *id, m.Off, dayOf(c.now.AddDate(0, 0, m.Put)))
		}})
	}
	return out
}

// invite plans a meeting with its agenda and convenes it.
func (c *counselled) invite(ctx context.Context, m Sitting, starts time.Time) (civic.ID, error) {
	id, err := c.Meetings.Plan(ctx, c.administrator(), meetings.Meeting{Body: councils.Ref(c.id), StartsAt: starts, Place: m.Place, Stream: m.Stream})
	for _, p := range m.Point {
		if err != nil {
			return id, err
		}
		point := meetings.Item{Meeting: id, Title: p.Title, Reporter: p.Reporter, Minutes: p.Minutes, Report: p.Report}
		if p.From != "" {
			point.From = civic.Ref{Kind: "consultations.results", ID: c.asked[p.From]}.String()
		}
		if p.Received != 0 {
			point.Received = dayOf(starts.AddDate(0, 0, -p.Received))
		}
		if p.Question == "" {
			_, err = c.Meetings.AddItem(ctx, c.administrator(), point)
			continue
		}
		err = c.take(ctx, p, point)
	}
	if err != nil || m.Draft {
		return id, err
	}
	return id, c.Meetings.Convene(ctx, c.administrator(), id)
}

// take lets somebody ask, and puts the question on the agenda.
func (c *counselled) take(ctx context.Context, p Point, point meetings.Item) error {
	asker := madeUp(1, c.now)[0]
	if err := c.Meetings.Ask(ctx, asker, councils.Ref(c.id), p.Question, p.Lang); err != nil {
		return err
	}
	v, err := c.Show(ctx, c.administrator(), c.id)
	if err != nil {
		return err
	}
	return c.Meetings.Take(ctx, c.administrator(), v.Asked[len(v.Asked)-1].ID, point)
}

// hold lets the meeting decide on every point, and sends what it recommends.
func (c *counselled) hold(ctx context.Context, m Sitting, id civic.ID) error {
	present := c.seats[:len(c.seats)-m.Absent]
	if err := c.Meetings.SetPresent(ctx, c.administrator(), id, present); err != nil {
		return err
	}
	if m.Approves {
		if err := c.approve(ctx, m, id); err != nil {
			return err
		}
	}
	v, err := c.Meetings.Show(ctx, c.administrator(), id)
	if err != nil {
		return err
	}
	for i, p := range m.Point {
		item := v.Agenda[i].Item.ID
		switch {
		case p.Discussed:
			err = c.Meetings.SettleItem(ctx, c.administrator(), item, meetings.Discuss, time.Time{})
		case p.Postponed != 0:
			err = c.Meetings.SettleItem(ctx, c.administrator(), item, meetings.Postpone, c.now.AddDate(0, 0, p.Postponed))
		default:
			err = c.vote(ctx, item, present, p)
		}
		if err != nil {
			return err
		}
	}
	if err := c.Meetings.CloseMeeting(ctx, c.administrator(), id); err != nil {
		return err
	}
	if m.Recorded != "" {
		if err := c.Meetings.Link(ctx, c.administrator(), id, m.Stream, m.Recorded); err != nil {
			return err
		}
	}
	if err := c.minute(ctx, m, v); err != nil {
		return err
	}
	c.last = id
	return c.send(ctx, m, id)
}

// vote enters a vote, from paper as two people do.
func (c *counselled) vote(ctx context.Context, item civic.ID, present []civic.ID, p Point) error {
	ask := meetings.Ask{Text: p.Text, Rule: meetings.OfPresent, Paper: p.Paper, To: c.organisations[c.Body], Opinion: p.Received != 0, Choices: choices(present, p)}
	who := []civic.Actor{c.administrator()}
	if p.Paper {
		who = append(who, civic.Actor{Account: c.accounts["moderator"].Account, Grants: []civic.Grant{{Role: "councils.secretary", Scope: councils.Ref(c.id)}}})
	}
	for _, a := range who {
		if _, err := c.Meetings.Hold(ctx, a, item, ask); err != nil {
			return err
		}
	}
	return nil
}

// goOn brings a meeting that goes on as far as it is: one point was discussed, of one the papers were entered by one person.
func (c *counselled) goOn(ctx context.Context, m Sitting, id civic.ID) error {
	if err := c.Meetings.SetPresent(ctx, c.administrator(), id, c.seats); err != nil {
		return err
	}
	v, err := c.Meetings.Show(ctx, c.administrator(), id)
	for i, p := range m.Point {
		switch item := v.Agenda[i].Item.ID; {
		case err != nil:
			return err
		case p.Discussed:
			err = c.Meetings.SettleItem(ctx, c.administrator(), item, meetings.Discuss, time.Time{})
		case p.Paper:
			_, err = c.Meetings.Hold(ctx, c.administrator(), item, meetings.Ask{Text: p.Text, Rule: meetings.OfPresent, Paper: true, To: c.organisations[c.Body], Choices: choices(c.seats, p)})
		}
	}
	if err != nil {
		return err
	}
	return c.heard(ctx, m, v)
}

// heard writes down what is said.
func (c *counselled) heard(ctx context.Context, m Sitting, v meetings.View) error {
	heard := map[civic.ID]civic.Text{}
	for i, p := range m.Point {
		heard[v.Agenda[i].Item.ID] = p.Heard
	}
	return c.Minutes.Write(ctx, c.administrator(), v.ID, heard)
}

// minute writes the minutes of a meeting that was closed, and hands them out.
func (c *counselled) minute(ctx context.Context, m Sitting, v meetings.View) error {
	if err := c.heard(ctx, m, v); err != nil || m.Drafted {
		return err
	}
	if err := c.Minutes.Circulate(ctx, c.administrator(), v.ID); err != nil || m.Remark == "" {
		return err
	}
	return c.Minutes.RemarkOn(ctx, c.administrator(), v.ID, minutes.Remark{Seat: c.seats[2], Words: m.Remark, Lang: civic.Russian})
}

// approve lets a meeting approve the minutes of the one before, in which something is mended later.
func (c *counselled) approve(ctx context.Context, m Sitting, in civic.ID) error {
	if err := c.Minutes.Approve(ctx, c.administrator(), c.last, in); err != nil {
		return err
	}
	return c.Minutes.Correct(ctx, c.administrator(), c.last, m.Mended)
}

// send sends what the meeting recommends, but for what is to wait.
func (c *counselled) send(ctx context.Context, m Sitting, id civic.ID) error {
	v, err := c.Meetings.Show(ctx, c.administrator(), id)
	if err != nil {
		return err
	}
	for i, p := range v.Agenda {
		if p.Vote == nil || m.Point[i].Unsent {
			continue
		}
		r, err := c.recommended(ctx, *p.Vote)
		if err == nil {
			err = c.Send(ctx, c.administrator(), c.id, r.ID)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// choices are those of the members present: the first ones are against, the last ones recused.
func choices(present []civic.ID, p Point) map[civic.ID]meetings.Choice {
	out := map[civic.ID]meetings.Choice{}
	for i, seat := range present {
		out[seat] = meetings.For
		if i < p.Against {
			out[seat] = meetings.Against
		}
		if i >= len(present)-p.Recused {
			out[seat] = meetings.Recused
		}
	}
	return out
}

// recommended is what a vote adopted.
func (c *counselled) recommended(ctx context.Context, vote meetings.Vote) (councils.Listed, error) {
	v, err := c.Show(ctx, c.administrator(), c.id)
	for _, r := range v.Recommendations {
		if r.Vote == vote.ID {
			return r, nil
		}
	}
	return councils.Listed{}, cmp.Or(err, fmt.Errorf("the vote %s adopted nothing", vote.ID))
}

// owed finds what the body owes about the point's recommendation: first the answer, then what it promised.
func (c *counselled) owed(ctx context.Context, meeting civic.ID, point, which int) (o answers.Obligation, err error) {
	v, err := c.Meetings.Show(ctx, c.administrator(), meeting)
	if err != nil {
		return o, err
	}
	r, err := c.recommended(ctx, *v.Agenda[point].Vote)
	if err != nil {
		return o, err
	}
	if which >= len(r.Owed) {
		return o, fmt.Errorf("nothing is owed of point %d", point+1)
	}
	return r.Owed[which].Obligation, nil
}

func (c *counselled) answer(ctx context.Context, meeting civic.ID, point, which int, v answers.Verdict) error {
	o, err := c.owed(ctx, meeting, point, which)
	if err != nil {
		return err
	}
	return c.Answers.Answer(ctx, c.accounts["officer"], o.ID, v, inCharge)
}

// reply lets the council's secretary, whose role the administrator holds for it, say whether it is so: the answer, or what it promised.
func (c *counselled) reply(ctx context.Context, meeting civic.ID, point, which int, r answers.Reply) error {
	o, err := c.owed(ctx, meeting, point, which)
	if err != nil {
		return err
	}
	secretary := c.administrator()
	if err := c.Identity.Grant(ctx, secretary, secretary.Account, civic.Grant{Role: "councils.secretary", Scope: councils.Ref(c.id)}); err != nil {
		return err
	}
	return c.Answers.Reply(ctx, secretary, o.ID, r)
}
