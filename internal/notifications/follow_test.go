package notifications_test

import (
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/search"
)

var theCity = part.FollowPath(city.Ref())

// happen tells those who follow the city of an event.
func (c *testCity) happen(event string) {
	c.T.Helper()
	c.Pass(time.Millisecond) // or the order would be left to chance
	n := notifications.Notice{Subject: civic.Say("test.subject", "Title", event), Path: "/consultations/x", Event: event, Thing: city.Ref()}
	c.Write(func(tx *storage.Tx) error {
		return c.Notifications.Tell(tx, n, civic.Ref{Kind: city.KindDistrict, ID: "abai"})
	})
	c.Jobs()
}

// ownPage is the page to which the mail leads that asks an address to confirm.
func (c *testCity) ownPage(text string) string {
	c.T.Helper()
	found := regexp.MustCompile(`/[a-z]{2}/following/[0-9a-v]{32}`).FindString(text)
	if found == "" {
		c.T.Fatalf("no link in %q", text)
	}
	return found
}

func TestFollowWithoutAnAccount(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		visitor := c.Browser(nil)
		visitor.Get("/ru"+theCity).Want(200, "Регистрация не нужна")
		visitor.Post("/ru"+theCity, "email", "nobody", "pace", "now").Want(422, "imya@example.kz")
		visitor.Post("/ru"+theCity, "email", "a@example.kz", "pace", "none").Want(422)
		visitor.Post("/ru"+part.FollowPath(civic.Ref{Kind: city.Kind, ID: "other"}), "email", "a@example.kz", "pace", "now").Want(404)
		visitor.Post("/ru"+part.FollowPath(civic.Ref{Kind: "test.secret", ID: "city"}), "email", "a@example.kz", "pace", "now").Want(404)
		visitor.Post("/ru"+theCity, "email", "A@example.kz", "pace", "now").Want(200, "Проверьте почту")

		asked := c.mails()
		if len(asked) != 1 || asked[0].To != "a@example.kz" || !strings.Contains(asked[0].Subject, "подтвердите подписку") {
			t.Fatalf("%+v", asked)
		}
		page := c.ownPage(asked[0].Text)
		visitor.Get(page).Want(200, "Подтвердить") // programs that scan mails open links
		c.happen("first")
		if got := c.mails(); len(got) != 0 {
			t.Fatalf("told before the address was confirmed: %+v", got)
		}
		visitor.Post(page+"/confirm", "kind", city.Kind, "id", "city").Want(303)
		visitor.Get("/ru/me").Want(200, "Подписки", "1 подписка", `href="`+page+`"`)
		visitor.Get(page).Want(200, `href="/ru/me"`)
		visitor.Post(page+"/confirm", "kind", city.Kind, "id", "other").Want(404)
		c.happen("second")
		c.happen("second") // a change that is tried again
		got := c.mails()
		if len(got) != 1 || got[0].To != "a@example.kz" || !strings.Contains(got[0].Text, "/ru/consultations/x") || got[0].Lang != "ru" {
			t.Fatalf("%+v", got)
		}
		// One click of a mail program ends what this mail is about, and nothing else.
		off := strings.Trim(got[0].Headers["List-Unsubscribe"], "<>")
		visitor.Get(strings.TrimPrefix(off, "http://city.test")).Want(200, "Отписаться")
		visitor.Post(strings.TrimPrefix(off, "http://city.test"), "List-Unsubscribe", "One-Click").Want(200, "больше не будет")
		c.happen("third")
		if got := c.mails(); len(got) != 0 {
			t.Errorf("told after it was ended: %+v", got)
		}
		visitor.Get(page).Want(200, "Подписок нет")
		// Ending everything forgets the address.
		token := page[strings.LastIndex(page, "/")+1:]
		visitor.Get("/ru/me").Want(200, "Забыть адрес")
		visitor.Post("/ru/unsubscribe/" + token).Want(200)
		visitor.Get(page).Want(404)
		visitor.Get("/ru/me").Want(200).Lacks("Забыть адрес")
	})
}

// Whoever types the address of somebody else bothers them a few times a day at most, and learns nothing.
func TestNobodyIsFloodedWithRequests(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		c.Administrator() // who has the mails of a new account too
		c.mails()
		visitor := c.Browser(nil)
		var all sync.WaitGroup
		for range 8 { // at once
			all.Go(func() {
				c.Browser(nil).Post("/kk"+theCity, "email", c.asan.Email, "pace", "daily").Want(200, "Поштаңызды тексеріңіз")
			})
		}
		all.Wait()
		if got := c.mails(); len(got) != 5 {
			t.Errorf("%d mails", len(got))
		}
		c.Pass(24 * time.Hour)
		visitor.Post("/kk"+theCity, "email", c.asan.Email, "pace", "daily").Want(200)
		if got := c.mails(); len(got) != 1 {
			t.Errorf("%d mails the next day", len(got))
		}
		// What nobody confirmed is forgotten, and the address with it.
		page := c.ownPage(c.Letters()[0].Text)
		visitor.Get(page).Want(200)
		c.Pass(8 * 24 * time.Hour)
		if err := c.Notifications.Sweep(c.Ctx()); err != nil {
			t.Fatal(err)
		}
		visitor.Get(page).Want(404)
	})
}

func TestFollowWithAnAccount(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		asan := c.Browser(c.asan)
		asan.Get("/ru" + theCity).Want(200).Lacks("Электронная почта")
		asan.Post("/ru" + theCity).Want(303)
		asan.Get("/ru"+theCity).Want(200, "Вы на это подписаны")
		c.happen("first")
		if got := c.mails(); len(got) != 1 || got[0].To != c.asan.Email {
			t.Fatalf("%+v", got)
		}
		asan.Get("/ru/notices").Want(200, "first")
		asan.Get("/ru/following").Want(200, "Отписаться")
		// Who is told of an event in their own right is not told of it again as a follower.
		n := notifications.Notice{Subject: civic.Say("test.subject", "Title", "own"), Path: "/x", Event: "second"}
		c.Write(func(tx *storage.Tx) error { return c.Notifications.Notify(tx, c.asan.Account, n) })
		c.happen("second")
		if got := c.mails(); len(got) != 1 || !strings.Contains(got[0].Subject, "own") {
			t.Errorf("%+v", got)
		}
		asan.Post("/ru/following/stop", "kind", city.Kind, "id", "city").Want(303)
		c.happen("third")
		if got := c.mails(); len(got) != 0 {
			t.Errorf("%+v", got)
		}
	})
}

func TestTheWeeklyMail(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) { // it begins on a Sunday morning
		c.Must(c.Settings.Describe(c.Ctx(), c.Administrator().Actor, civic.Text{"kk": "Шымкент", "ru": "Шымкент"}, []civic.Lang{"kk", "ru"}))
		c.mails()
		asan := c.Browser(c.asan)
		asan.Post("/ru" + theCity).Want(303)
		asan.Post("/ru/notices", "pace", "weekly").Want(303)
		c.happen("first")
		c.notify(c.asan.Account, "own")
		c.happen("second")
		c.Pass(10 * time.Hour)
		for day := range 8 {
			if err := c.Notifications.SendDigests(c.Ctx()); err != nil {
				t.Fatal(err)
			}
			got := c.mails()
			if (day == 5) != (len(got) == 1) {
				t.Errorf("day %d: %+v", day, got)
			}
			if day == 5 { // Friday
				text := got[0].Text
				own, group, first, second := strings.Index(text, "own"), strings.Index(text, "— Шымкент —"), strings.Index(text, "first"), strings.Index(text, "second")
				if group < 0 || group > second || second > first || first > own {
					t.Errorf("not grouped, or not the newest first: %s", text)
				}
			}
			c.Pass(24 * time.Hour)
		}
	})
}

// A search is followed like a thing: whatever is told of and found by it comes.
func TestFollowASearch(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		c.Browser(c.asan).Get("/ru/search?q=парк").Want(200, "Подписаться на этот поиск")
		c.Browser(c.asan).Post("/ru" + part.FollowPath(search.QueryRef("парк", city.Scope{}))).Want(303)
		c.Browser(c.asan).Post("/ru" + part.FollowPath(search.QueryRef(" ", city.Scope{}))).Want(404)
		other, body := c.Body("Су арнасы"), c.Body("Орталық парк")
		for _, b := range []civic.ID{other, body} {
			n := notifications.Notice{Subject: civic.Say("test.subject", "Title", string(b)), Path: "/x", Event: "e" + string(b), Thing: civic.Ref{Kind: "organisations.organisation", ID: b}}
			c.mails()
			c.Write(func(tx *storage.Tx) error { return c.Notifications.Tell(tx, n) })
			if got := c.mails(); (len(got) == 1) != (b == body) {
				t.Errorf("%+v", got)
			}
		}
	})
}

// What was hidden since it was told of is in no mail that gathers, and what stays comes under what is followed.
func TestAGatheringMailHoldsWhatMayBeSeenWhenItIsSent(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) { // it begins at nine in the morning
		hidden, stays := c.Body("Су арнасы"), c.Body("Орталық парк")
		asan := c.Browser(c.asan)
		asan.Post("/ru/notices", "pace", "daily").Want(303)
		moderator := c.Moderator().Actor
		c.mails()
		for _, id := range []civic.ID{hidden, stays} {
			thing := organisations.RefOf(id)
			asan.Post("/ru" + part.FollowPath(thing)).Want(303)
			c.Pass(time.Millisecond)
			n := notifications.Notice{Subject: civic.Say("test.subject", "Title", "news of "+string(id)), Path: "/x", Event: "e" + string(id), Thing: thing}
			c.Write(func(tx *storage.Tx) error { return c.Notifications.Tell(tx, n) })
		}
		c.Jobs()
		c.Must(c.Organisations.SetState(c.Ctx(), moderator, hidden, organisations.Hidden))
		c.Pass(10 * time.Hour)
		c.Must(c.Notifications.SendDigests(c.Ctx()))
		got := c.mails()
		if len(got) != 1 || !strings.Contains(got[0].Text, "news of "+string(stays)) || !strings.Contains(got[0].Text, "— Орталық парк —") || strings.Contains(got[0].Text, string(hidden)) || strings.Contains(got[0].Text, "Су арнасы") {
			t.Errorf("%+v", got)
		}
	})
}

// Somebody without an account follows two things by one address, gathered by day or by week as they choose on the page of their mails; one click in
// a mail ends what brought it, and the other goes on.
func TestAnAddressAloneGathersAndEndsOne(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) { // it begins on a Sunday, at nine in the morning
		const email = "a@example.kz"
		park := organisations.RefOf(c.Body("Орталық парк"))
		c.mails()
		visitor, page := c.Browser(nil), ""
		for _, thing := range []civic.Ref{city.Ref(), park} {
			visitor.Post("/ru"+part.FollowPath(thing), "email", email, "pace", "daily").Want(200)
			asked := c.mails()
			if len(asked) != 1 {
				t.Fatalf("%+v", asked)
			}
			page = c.ownPage(asked[0].Text)
			visitor.Post(page+"/confirm", "kind", thing.Kind, "id", string(thing.ID)).Want(303)
		}
		news := func(event string) {
			c.Pass(time.Millisecond)
			n := notifications.Notice{Subject: civic.Say("test.subject", "Title", event), Path: "/x", Event: event, Thing: park}
			c.Write(func(tx *storage.Tx) error { return c.Notifications.Tell(tx, n) })
			c.Jobs()
		}
		gathered := func(after time.Duration) string {
			t.Helper()
			c.Pass(after)
			c.Must(c.Notifications.SendDigests(c.Ctx()))
			var texts []string
			for _, m := range c.mails() {
				texts = append(texts, m.To+"\n"+m.Text)
			}
			return strings.Join(texts, "\n\n")
		}
		c.happen("of the city")
		news("of the park")
		if got := gathered(time.Hour); got != "" {
			t.Errorf("before the hour: %s", got)
		}
		if got := gathered(8 * time.Hour); strings.Count(got, email+"\n") != 1 || !strings.Contains(got, "of the city") || !strings.Contains(got, "of the park") {
			t.Errorf("of the day: %s", got)
		}

		visitor.Post(page, "pace", "weekly").Want(303)
		news("in the week")
		for day, want := range []bool{false, false, false, false, true} { // Friday evening
			if got := gathered(24 * time.Hour); strings.Contains(got, "in the week") != want {
				t.Errorf("%d days later: %s", day+1, got)
			}
		}

		visitor.Post(page, "pace", "now").Want(303)
		c.happen("at once")
		got := c.mails()
		if len(got) != 1 || !strings.Contains(got[0].Subject, "at once") {
			t.Fatalf("%+v", got)
		}
		off := strings.TrimPrefix(strings.Trim(got[0].Headers["List-Unsubscribe"], "<>"), "http://city.test")
		visitor.Post(off, "List-Unsubscribe", "One-Click").Want(200)
		c.happen("no more")
		news("goes on")
		if got := c.mails(); len(got) != 1 || !strings.Contains(got[0].Subject, "goes on") {
			t.Errorf("after one of two was ended: %+v", got)
		}
	})
}
