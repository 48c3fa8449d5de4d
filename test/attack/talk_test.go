package attack_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/app/demo"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/consultations"
	"github.com/birge-kz/birge/internal/councils"
	"github.com/birge-kz/birge/internal/discussion"
	"github.com/birge-kz/birge/internal/meetings"
	"github.com/birge-kz/birge/internal/moderation"
)

// talk is what sixty-four people do at once with what they say, and with a council.
type talk struct {
	people         []demo.Login // each the author of a statement that was removed,
	removed        []int64      // with that number
	secretary      demo.Login
	announced      civic.ID   // a consultation that is discussed
	comments       []civic.ID // there
	council        civic.ID
	convened, sits civic.ID // meetings
	points         []civic.ID
	seats          []civic.ID
	recommendation civic.ID
	rule           string
}

// person is an account with a password that others have too, and its roles.
type person func(name string, grants ...civic.Grant) demo.Login

func (w *town) fillTalk(a *app.App, person person, boss civic.Actor, set consultations.Settings) {
	w.t.Helper()
	ctx := w.t.Context()
	for _, key := range []string{"discussion.quiet_from", "discussion.quiet_until"} { // or what is said at night is held
		w.must(a.Settings.SetValue(ctx, boss, city.Value{Key: key, From: time.Now().AddDate(0, 0, -1).Format(time.DateOnly), Value: 7, Source: "attack"}))
	}
	service, t := app.Service[*consultations.Service](a), &w.talk
	set.OpensAt, set.ClosesAt, set.Moderation = time.Now().AddDate(0, 0, 7), time.Now().AddDate(0, 0, 30), consultations.After
	var err error
	t.announced, err = service.Create(ctx, boss, set)
	w.must(err)
	w.must(service.Publish(ctx, boss, t.announced))
	rule := a.Moderation.Book().InForce(moderation.Words)[0].ID()
	t.rule, _, _ = strings.Cut(string(rule), ".")
	for i := range 64 {
		l := person(fmt.Sprint("speaker", i))
		who := civic.Actor{Account: value[civic.ID](w.target, a, "SELECT id FROM identity_account WHERE email = $1", l.Email), Assurance: civic.EmailConfirmed}
		added, err := service.AddStatement(ctx, w.consultation, consultations.Voter{Actor: who}, fmt.Sprintf("%d рет айттым %d", i, i*7907%1000), civic.Kazakh, true)
		w.must(err)
		w.must(service.Moderate(ctx, boss, w.consultation, added.No, moderation.Choice{Rule: rule, Reason: "Себеп"}))
		t.people, t.removed = append(t.people, l), append(t.removed, added.No)
		if i%8 == 0 {
			said, err := a.Discussion.Say(ctx, who, discussion.Draft{Thing: w.discussed(), Stance: discussion.Question, Text: fmt.Sprint("Неге ", i, "?"), Page: civic.Kazakh})
			w.must(err)
			w.must(a.Discussion.Decide(ctx, boss, said.ID, moderation.Choice{Approve: true}))
			t.comments = append(t.comments, said.ID)
		}
	}
	w.fillCouncil(a, person, boss)
}

func (w *town) discussed() civic.Ref {
	return civic.Ref{Kind: consultations.Kind, ID: w.talk.announced}
}

// fillCouncil makes a council of six that sits now, with forty points, and will meet again.
func (w *town) fillCouncil(a *app.App, person person, boss civic.Actor) {
	w.t.Helper()
	ctx, t, now := w.t.Context(), &w.talk, time.Now()
	service := app.Service[*councils.Service](a)
	var err error
	t.council, err = service.Found(ctx, boss, councils.Council{Form: "public_council", Name: both("Қала кеңесі"), About: both("Тыңдайды"), Body: w.body, Law: "383-V", Size: 6, Since: now.AddDate(-1, 0, 0), Until: now.AddDate(2, 0, 0)})
	w.must(err)
	t.secretary = person("secretary", civic.Grant{Role: "councils.secretary", Scope: councils.Ref(t.council)})
	choices := map[civic.ID]meetings.Choice{}
	for i := range 6 {
		seat, err := service.Seat(ctx, boss, councils.Seat{Council: t.council, Name: fmt.Sprint("Мүше ", i), Post: councils.Member, Side: councils.Civil, Since: now.AddDate(0, -6, 0)})
		w.must(err)
		t.seats, choices[seat] = append(t.seats, seat), meetings.For
	}
	plan := func(in time.Duration, points int) (meeting civic.ID) {
		meeting, err := a.Meetings.Plan(ctx, boss, meetings.Meeting{Body: councils.Ref(t.council), StartsAt: now.Add(in), Place: both("Зал")})
		w.must(err)
		t.points = nil
		for i := range points {
			point, err := a.Meetings.AddItem(ctx, boss, meetings.Item{Meeting: meeting, Title: both(fmt.Sprint("Жарық ", i)), Minutes: 10})
			w.must(err)
			t.points = append(t.points, point)
		}
		w.must(a.Meetings.Convene(ctx, boss, meeting))
		return meeting
	}
	t.convened, t.sits = plan(55*time.Minute, 1), plan(50*time.Minute, 41)
	w.must(a.Meetings.SetPresent(ctx, boss, t.sits, t.seats))
	_, err = a.Meetings.Hold(ctx, boss, t.points[0], meetings.Ask{Text: both("Шам қойылсын"), Rule: meetings.OfPresent, To: w.body, Choices: choices})
	w.must(err)
	t.points = t.points[1:]
	v, err := service.Show(ctx, boss, t.council)
	w.must(err)
	t.recommendation = v.Recommendations[0].ID
	w.must(service.Send(ctx, boss, t.council, t.recommendation))
}

// talked is what was acknowledged: how often, and by whom.
type talked struct {
	comments, contests, questions int
	useful, guests                map[string]bool
	presences, votes              int
}

// enterAll signs sixty-four people in.
func (w *town) enterAll() (jars []http.CookieJar) {
	w.t.Helper()
	for i, l := range w.talk.people {
		jars = append(jars, w.enter(200+i, l))
	}
	return jars
}

func (w *town) talkAtOnce() (done talked) {
	jars := w.enterAll()
	done.useful, done.guests = map[string]bool{}, map[string]bool{}
	var mu sync.Mutex
	t, kk := w.talk, "/kk"
	thread := kk + discussion.ThreadPath(w.discussed())
	// Two windows of each of thirty-two people, so that whatever is limited for one is met by both.
	all := func(what string, lasts time.Duration, first int, do func(client *http.Client, i int) answer) int {
		ctx, cancel := context.WithTimeout(w.t.Context(), lasts)
		defer cancel()
		return w.tried(what, w.crowd(ctx, first, 64, func(n int, client *http.Client) answer {
			i := n % 32
			client.Jar = jars[i]
			return do(client, i)
		}), http.StatusSeeOther)
	}
	note := func(a answer, into map[string]bool, key string) answer {
		if a.status == http.StatusSeeOther {
			mu.Lock()
			into[key] = true
			mu.Unlock()
		}
		return a
	}
	done.comments = all("comment", 8*time.Second, 110_000, func(client *http.Client, _ int) answer {
		return w.post(client, thread+"/say", url.Values{"stance": {"question"}, "lang": {"kk"}, "text": {fmt.Sprintf("%x деген не? %x", rand.Int(), rand.Int())}})
	})
	all("find eight comments useful", 8*time.Second, 120_000, func(client *http.Client, i int) answer {
		c := t.comments[rand.IntN(len(t.comments))]
		side := []string{"for", "against"}[rand.IntN(2)]
		return note(w.post(client, kk+discussion.Path(c)+"/useful", url.Values{"useful": {"true"}, "side": {side}}), done.useful, fmt.Sprint(i, c))
	})
	done.contests = all("contest the same removals, from two windows of each author", 5*time.Second, 130_000, func(client *http.Client, i int) answer {
		return w.post(client, fmt.Sprintf("%s/statements/%d/contest", kk+consultations.Path(w.consultation), t.removed[i]), url.Values{"words": {"Неге?"}})
	})
	done.questions = all("ask a council", 8*time.Second, 140_000, func(client *http.Client, _ int) answer {
		return w.post(client, kk+meetings.AskPath(councils.Ref(t.council)), url.Values{"words": {fmt.Sprintf("%x қашан болады? %x", rand.Int(), rand.Int())}})
	})
	all("sign up to a meeting", 5*time.Second, 150_000, func(client *http.Client, i int) answer {
		return note(w.post(client, kk+meetings.Path(t.convened)+"/come", url.Values{"speaks": {"yes"}}), done.guests, fmt.Sprint(i))
	})
	done.presences, done.votes = w.sitAtOnce()
	return done
}

// sitAtOnce has a secretary count who is there, and enter the vote on each of forty points, from sixty-four windows.
func (w *town) sitAtOnce() (presences, votes int) {
	t := w.talk
	jar := w.enter(190, t.secretary)
	desk := "/kk/desk" + meetings.Path(t.sits)
	vote := url.Values{"text.kk": {"Шам қойылсын"}, "text.ru": {"Поставить фонари"}, "rule": {"of_present"}, "to": {string(w.body)}, "_sure": {"yes"}}
	for _, seat := range t.seats {
		vote.Set("choice."+string(seat), "for")
	}
	ctx, cancel := context.WithTimeout(w.t.Context(), 10*time.Second)
	defer cancel()
	var mu sync.Mutex
	w.tried("count presence and enter the same votes, as one secretary", w.crowd(ctx, 160_000, 64, func(n int, client *http.Client) answer {
		client.Jar = jar
		if n%2 == 0 {
			a := w.post(client, desk+"/items/"+string(t.points[rand.IntN(len(t.points))])+"/vote", vote)
			if a.status == http.StatusSeeOther {
				mu.Lock()
				votes++
				mu.Unlock()
			}
			return a
		}
		var present []string
		for _, i := range rand.Perm(len(t.seats))[:4+rand.IntN(3)] { // a quorum of six is four
			present = append(present, string(t.seats[i]))
		}
		a := w.post(client, desk+"/present", url.Values{"present": present})
		if a.status == http.StatusSeeOther {
			mu.Lock()
			presences++
			mu.Unlock()
		}
		return a
	}), http.StatusSeeOther)
	return presences, votes
}

// wantTalked fails unless what was acknowledged happened, once, and nothing else did.
func (w *town) wantTalked(a *app.App, done talked, want func(what string, happened, acknowledged int)) {
	w.t.Helper()
	t := w.talk
	w.must(a.Discussion.Fold(w.t.Context()))
	count := func(query string, args ...any) int { w.t.Helper(); return value[int](w.target, a, query, args...) }
	of := "(SELECT no FROM discussion_thread WHERE thing = $1)"
	want("comments", count("SELECT COUNT(*) FROM discussion_comment WHERE state = 'shown' AND thread = "+of, w.discussed().String()), done.comments+len(t.comments))
	want("comments that are counted", count("SELECT comments FROM discussion_thread WHERE thing = $1", w.discussed().String()), done.comments+len(t.comments))
	numbered := count("SELECT COUNT(*) FROM discussion_voice WHERE no > 0 AND thread = "+of, w.discussed().String())
	want("numbers of voices", count("SELECT COUNT(DISTINCT no) FROM discussion_voice WHERE no > 0 AND thread = "+of, w.discussed().String()), numbered)
	want("voices", count("SELECT COUNT(DISTINCT account) FROM discussion_voice WHERE no > 0 AND thread = "+of, w.discussed().String()), numbered)
	want("useful", count("SELECT COUNT(*) FROM discussion_useful u JOIN discussion_comment c ON c.no = u.comment WHERE c.thread = "+of, w.discussed().String()), len(done.useful))
	want("useful that are counted", count("SELECT CAST(SUM(useful) AS INTEGER) FROM discussion_comment WHERE thread = "+of, w.discussed().String()), len(done.useful))
	want("contests", count("SELECT COUNT(*) FROM moderation_contest WHERE thing LIKE $1", "%"+string(w.consultation)+"%"), done.contests)
	want("contested removals", done.contests, 32)
	want("questions", count("SELECT COUNT(*) FROM meetings_question WHERE body = $1", councils.Ref(t.council).String()), done.questions)
	if most := count("SELECT MAX(n) FROM (SELECT COUNT(*) AS n FROM meetings_question WHERE body = $1 GROUP BY account) q", councils.Ref(t.council).String()); most > 3 {
		w.t.Errorf("somebody asked %d questions a day", most)
	}
	want("guests", count("SELECT COUNT(*) FROM meetings_guest WHERE meeting = $1", t.convened), len(done.guests))
	want("presences", count("SELECT COUNT(*) FROM record_entry WHERE kind = 'meetings.meeting.gathered' AND subject_id = $1", t.sits), done.presences+1)
	want("votes", count("SELECT COUNT(*) FROM meetings_vote WHERE meeting = $1", t.sits), done.votes+1)
	want("points that were voted on", count("SELECT COUNT(DISTINCT item) FROM meetings_vote WHERE meeting = $1", t.sits), done.votes+1)
	want("numbers of recommendations", count("SELECT COUNT(DISTINCT number) FROM councils_recommendation WHERE council = $1", t.council), count("SELECT COUNT(*) FROM meetings_vote WHERE accepted AND meeting = $1", t.sits))
}

// page is one that many ask for, "*" in it standing for any number, and as whom; nil: a visitor.
type page struct {
	path string
	as   http.CookieJar
}

// talkPages are those of councils, discussions, and of the log and the rules of moderation.
func (w *town) talkPages(secretary, moderator, admin http.CookieJar) []page {
	t := w.talk
	thread, comment := discussion.ThreadPath(w.discussed()), discussion.Path(t.comments[0])
	council := councils.Path(t.council)
	meeting, desk, ref := meetings.Path(t.sits), "/en/desk"+council, councils.Ref(t.council)
	return []page{
		{"/kk/councils?x=*", nil}, {"/kk" + council, nil}, {"/ru" + council + "/members?x=*", nil}, {"/kk" + meeting + "?x=*", nil}, {"/en" + council + "/recommendations/" + string(t.recommendation), nil},
		{meetings.CalendarPath(ref) + "?x=*", nil}, {"/api/v1" + council + "?x=*", nil}, {"/kk" + meetings.AskPath(ref), nil}, {"/kk/meetings?after=*", nil}, {"/ru" + meetings.OfPath(ref) + "?after=*", nil},
		{"/kk/discussion?after=*", nil}, {"/kk" + thread + "?sort=*", nil}, {"/ru" + thread + "?after=*", nil}, {"/kk" + comment, nil}, {"/en" + thread + "/feed", nil}, {"/api/v1/discussion?after=*", nil}, {"/api/v1" + thread + "?after=*", nil},
		{thread + "/comments.csv?x=*", nil}, {thread + "/comments.xlsx?x=*", nil},
		{"/kk/moderation", nil}, {"/kk/moderation?before=*", nil}, {"/moderation.csv?x=*", nil}, {"/api/v1/moderation?before=*", nil}, {"/en/moderation/rules", nil}, {"/en/moderation/rules/" + t.rule, nil},
		{"/en/desk/councils", secretary}, {desk, secretary}, {"/en/desk" + meeting, secretary}, {"/en/desk" + meeting + "/items/" + string(t.points[0]) + "/vote", secretary},
		{"/en/desk/discussion/" + string(t.comments[0]), moderator}, {"/en/administration/moderation", admin},
	}
}
