package browser_test

import (
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/appeals"
	settings "github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/consultations"
	"github.com/birge-kz/birge/internal/councils"
	"github.com/birge-kz/birge/internal/discussion"
	"github.com/birge-kz/birge/internal/forming"
	"github.com/birge-kz/birge/internal/meetings"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// longTalk fills all that is said in a city, and a council, with words of 200 letters.
type longTalk struct {
	t        *testing.T
	c        *city
	body     civic.ID
	boss     civic.Actor
	resident civic.Actor
}

func officially() civic.Text {
	return civic.Text{"kk": strings.Repeat("Ұ", 200), "ru": strings.Repeat("Щ", 200)}
}

func (l longTalk) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

func newLongTalk(t *testing.T, c *city, body civic.ID, email string) longTalk {
	t.Helper()
	l := longTalk{t: t, c: c, body: body, boss: civic.Actor{Account: "boss", Grants: []civic.Grant{{Role: civic.Administrator}}}}
	l.must(c.DB.Read(t.Context(), func(tx *storage.Tx) error {
		id, err := storage.One(tx, storage.Scalar[civic.ID], "SELECT id FROM identity_account WHERE email = $1", email)
		l.resident = civic.Actor{Account: id, Assurance: civic.EmailConfirmed}
		return err
	}))
	today := c.DB.Now().In(c.Settings.Zone()).Format(time.DateOnly)
	for _, key := range []string{"discussion.quiet_from", "discussion.quiet_until"} { // whatever time it is
		l.must(c.Settings.SetValue(t.Context(), l.boss, settings.Value{Key: key, From: today, Value: 7, Source: "test"}))
	}
	return l
}

// discuss lets a resident comment and the body reply, and removes another comment.
func (l longTalk) discuss() {
	l.t.Helper()
	ctx, service := l.t.Context(), app.Service[*consultations.Service](l.c.App)
	officer := civic.Actor{Account: "officer", Assurance: civic.EmailConfirmed, Grants: []civic.Grant{{Role: civic.Officer, Scope: organisations.RefOf(l.body)}}}
	set := service.Defaults()
	set.Question, set.Context, set.Decision = officially(), officially(), officially()
	set.Audience, set.Moderation = consultations.Registered, consultations.After
	set.Host, set.Body, set.OpensAt, set.ClosesAt = l.body, l.body, l.c.DB.Now().AddDate(0, 0, 7), l.c.DB.Now().AddDate(0, 0, 30)
	id, err := service.Create(ctx, officer, set)
	l.must(err)
	l.must(service.Publish(ctx, officer, id))
	say := func(by civic.Actor, d discussion.Draft) civic.ID {
		d.Thing, d.Page = civic.Ref{Kind: consultations.Kind, ID: id}, civic.Kazakh
		said, err := l.c.Discussion.Say(ctx, by, d)
		l.must(err)
		return said.ID
	}
	asked := say(l.resident, discussion.Draft{Stance: discussion.Question, Text: strings.Repeat("Ә", 200), Lang: civic.Kazakh})
	l.must(l.c.Discussion.Edit(ctx, l.resident, asked, discussion.Draft{Text: strings.Repeat("Ө", 200), Lang: civic.Kazakh}))
	say(officer, discussion.Draft{Parent: asked, Words: officially(), Post: strings.Repeat("Ш", 100)})
	removed := say(l.resident, discussion.Draft{Stance: discussion.Against, Text: strings.Repeat("Ү", 200), Lang: civic.Kazakh})
	l.must(l.c.Discussion.Decide(ctx, l.boss, removed, moderation.Choice{Rule: l.rule(), Reason: strings.Repeat("Ж", 200)}))
}

// rule writes one into the book.
func (l longTalk) rule() civic.ID {
	l.t.Helper()
	rule := moderation.Rule{Name: strings.Repeat("w", 40), About: moderation.Words, Title: civic.Text{"kk": strings.Repeat("Ұ", 120), "ru": strings.Repeat("Щ", 120)}, Text: officially(), InForce: true}
	if l.c.Moderation.Book().Newest(rule.Name).Version == 0 {
		l.must(l.c.Moderation.Write(l.t.Context(), l.boss, rule))
	}
	return l.c.Moderation.Book().Newest(rule.Name).ID()
}

// contest removes statements of the resident, who contests that: one is upheld, one restored, one waits. Another is translated.
func (l longTalk) contest(consultation civic.ID) {
	l.t.Helper()
	ctx, service := l.t.Context(), app.Service[*consultations.Service](l.c.App)
	another := civic.Actor{Account: "another", Grants: []civic.Grant{{Role: civic.Moderator}}}
	voter := consultations.Voter{Actor: l.resident}
	for i, letter := range []string{"Қ", "Ғ", "Ң", "Һ"} {
		added, err := service.AddStatement(ctx, consultation, voter, strings.Repeat(letter, 200), civic.Kazakh, true)
		l.must(err)
		if i == 0 {
			l.must(service.Moderate(ctx, another, consultation, added.No, moderation.Choice{Approve: true}))
			l.must(service.Translate(ctx, l.boss, consultation, added.No, civic.Kazakh, civic.Text{"ru": strings.Repeat("Щ", 200)}))
			continue
		}
		l.must(service.Moderate(ctx, another, consultation, added.No, moderation.Choice{Rule: l.rule(), Reason: strings.Repeat("Ж", 200)}))
		l.must(service.Contest(ctx, consultation, voter, added.No, strings.Repeat("Ж", 200)))
		decision := moderation.Choice{Approve: i == 2, Reason: strings.Repeat("Ж", 200)}
		switch i {
		case 1:
			l.must(service.Uphold(ctx, l.boss, consultation, added.No, decision))
		case 2:
			l.must(service.Moderate(ctx, l.boss, consultation, added.No, decision))
		}
	}
}

// council founds one that sits today and has sent a recommendation, has another meeting to come, and questions of the resident.
func (l longTalk) council() {
	l.t.Helper()
	ctx, service, now := l.t.Context(), app.Service[*councils.Service](l.c.App), l.c.DB.Now()
	word := strings.Repeat("Ш", 200)
	id, err := service.Found(ctx, l.boss, councils.Council{Form: "public_council", Name: officially(), About: officially(), Body: l.body, Law: word, Regulation: "https://" + strings.Repeat("w", 200) + ".kz", Size: 3,
		Since: now.AddDate(-1, 0, 0), Until: now.AddDate(1, 0, 0)})
	l.must(err)
	choices := map[civic.ID]meetings.Choice{}
	var seats []civic.ID
	for _, choice := range []meetings.Choice{meetings.For, meetings.For, meetings.Against} {
		seat, err := service.Seat(ctx, l.boss, councils.Seat{Council: id, Name: word, Post: councils.Member, Side: councils.Civil, Commission: officially(), Since: now.AddDate(0, -6, 0)})
		l.must(err)
		seats, choices[seat] = append(seats, seat), choice
	}
	for _, letter := range []string{"Ж", "Ғ"} {
		l.must(l.c.App.Meetings.Ask(ctx, l.resident, councils.Ref(id), strings.Repeat(letter, 200), civic.Kazakh))
	}
	v, err := service.Show(ctx, l.boss, id)
	l.must(err)
	starts := now.Add(40 * time.Minute)
	plan := func(questions ...civic.ID) (meeting civic.ID) {
		starts = starts.Add(time.Minute) // a council meets once at a time and place
		meeting, err := l.c.App.Meetings.Plan(ctx, l.boss, meetings.Meeting{Body: councils.Ref(id), StartsAt: starts, Place: officially(), Stream: "https://" + strings.Repeat("w", 200) + ".kz"})
		l.must(err)
		point := meetings.Item{Meeting: meeting, Title: officially(), Reporter: word, Minutes: 10}
		_, err = l.c.App.Meetings.AddItem(ctx, l.boss, point)
		l.must(err)
		for _, q := range questions {
			l.must(l.c.App.Meetings.Take(ctx, l.boss, q, point))
		}
		return meeting
	}
	plan()
	convened, off, sits := plan(), plan(), plan(v.Asked[0].ID)
	l.must(l.c.App.Meetings.Convene(ctx, l.boss, convened))
	l.must(l.c.App.Meetings.MoveMeeting(ctx, l.boss, convened, now.Add(time.Hour), officially(), officially()))
	l.must(l.c.App.Meetings.Convene(ctx, l.boss, off))
	l.must(l.c.App.Meetings.CallOffMeeting(ctx, l.boss, off, officially(), now.AddDate(0, 1, 0)))
	l.must(l.c.App.Meetings.Convene(ctx, l.boss, sits))
	l.must(l.c.App.Meetings.Come(ctx, l.resident, convened, true))
	l.must(l.c.App.Meetings.SetPresent(ctx, l.boss, sits, seats))
	held, err := l.c.App.Meetings.Show(ctx, l.boss, sits)
	l.must(err)
	_, err = l.c.App.Meetings.Hold(ctx, l.boss, held.Agenda[0].ID, meetings.Ask{Text: officially(), Rule: meetings.OfPresent, To: l.body, Choices: choices})
	l.must(err)
	if v, err = service.Show(ctx, l.boss, id); err != nil || len(v.Recommendations) != 1 {
		l.t.Fatal(len(v.Recommendations), err)
	}
	l.must(service.Send(ctx, l.boss, id, v.Recommendations[0].ID))
	heard := map[civic.ID]civic.Text{}
	for _, i := range held.Agenda {
		heard[i.ID] = officially()
	}
	l.must(l.c.App.Minutes.Write(ctx, l.boss, sits, heard))
}

// appeal files one that is answered and closed by its words, joined by nobody, and one that waits for a moderator.
func (l longTalk) appeal() {
	l.t.Helper()
	ctx, service := l.t.Context(), app.Service[*appeals.Service](l.c.App)
	officer := civic.Actor{Account: "officer", Assurance: civic.EmailConfirmed, Grants: []civic.Grant{{Role: civic.Officer, Scope: organisations.RefOf(l.body)}}}
	file := func() civic.ID {
		a, err := service.File(ctx, l.resident, appeals.Appeal{Sort: appeals.Complaint, Open: true, Title: strings.Repeat("Ұ", 120), Words: strings.Repeat("Ж", 200), Address: strings.Repeat("Ш", 200), Wished: l.body}, "", civic.Kazakh)
		l.must(err)
		return a.ID
	}
	file()
	id := file()
	l.must(service.Decide(ctx, l.boss, id, moderation.Choice{Approve: true}))
	v, err := service.Show(ctx, appeals.Who{}, id)
	l.must(err)
	of := v.Cases[0].ID
	l.must(service.Take(ctx, officer, of, strings.Repeat("Ш", 100)))
	l.must(service.Note(ctx, officer, of, strings.Repeat("Ң", 200)))
	l.must(service.Ask(ctx, officer, of, strings.Repeat("Ә", 200)))
	l.must(service.Tell(ctx, appeals.Who{Actor: l.resident}, id, of, strings.Repeat("Ө", 200)))
	l.must(service.Reply(ctx, officer, of, answers.Verdict{Outcome: answers.Partly, Reason: officially(), Evidence: []string{"https://" + strings.Repeat("w", 180) + ".kz"}}, strings.Repeat("Ш", 100)))
	l.must(service.Judge(ctx, appeals.Who{Actor: l.resident}, id, of, appeals.Says{Word: appeals.Partly, Words: strings.Repeat("Ү", 200)}))
}

// compete announces a competition for which the resident stands, and ends another one.
func (l longTalk) compete() {
	l.t.Helper()
	ctx, now := l.t.Context(), l.c.DB.Now()
	founded := 0
	announce := func() civic.ID {
		founded++ // a body does not found two councils of one name on one day
		council, err := app.Service[*councils.Service](l.c.App).Found(ctx, l.boss, councils.Council{Form: "commission", Name: officially(), About: officially(), Body: l.body, Law: strings.Repeat("Ш", 200), Size: 3, Since: now.AddDate(0, -1, -founded), Until: now.AddDate(1, 0, 0)})
		l.must(err)
		id, err := l.c.App.Forming.DrawUp(ctx, l.boss, forming.Competition{Body: councils.Ref(council), Method: forming.ByVote, Seats: 2, Group: []string{strings.Repeat("А", 200), strings.Repeat("Б", 200), strings.Repeat("В", 200)},
			Terms: officially(), Until: now.AddDate(0, 0, 40)})
		l.must(err)
		l.must(l.c.App.Forming.Announce(ctx, l.boss, id))
		return id
	}
	_, err := l.c.App.Forming.Stand(ctx, l.resident, forming.Candidacy{Competition: announce(), Name: strings.Repeat("Ш", 200), About: strings.Repeat("Ж", 200), Sex: forming.Man, Born: 1980}, civic.Kazakh)
	l.must(err)
	l.must(l.c.App.Forming.Fail(ctx, l.boss, announce(), officially()))
}
