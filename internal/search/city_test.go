package search_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/appeals"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/consultations"
	"github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/search"
)

// searchFor opens the page in English for a person; nil is a visitor.
func searchFor(c *citytest.City, p *citytest.Person, words string) *citytest.Page {
	c.T.Helper()
	return c.Browser(p).Get("/en/search?q="+url.QueryEscape(words)).Want(200, `role="search"`)
}

// A consultation from draft to answer: at each stage it is found by those who may see it.
func TestACityIsSearched(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		s := citytest.Service[*consultations.Service](c)
		akimat, other := c.Body("Әкімдік"), c.Body("Басқа басқарма")
		officer, stranger := c.Officer(akimat), c.Officer(other)
		set := s.Defaults()
		set.Question = civic.Text{"kk": "Саябақта не керек?", "ru": "Что нужно парку?", "en": "What does the park need?"}
		set.Context = civic.Text{"kk": "Саябақ ескі.", "ru": "Парк **заброшен**."}
		set.Host, set.Body, set.Audience = akimat, akimat, consultations.Anyone
		set.OpensAt, set.ClosesAt = c.Now().AddDate(0, 0, 1), c.Now().AddDate(0, 0, 31)
		set.Seeds = []civic.Text{{"kk": "Жарық шамдар керек", "ru": "Нужно освещение"}, {"kk": "Орындықтар керек", "ru": "Нужны скамейки"}}
		id, err := s.Create(c.Ctx(), officer.Actor, set)
		c.Must(err)

		// A draft is found by those who prepare it.
		for _, words := range []string{"саябақта", "заброшен", "скамейки"} {
			searchFor(c, nil, words).Want(200, "Nothing found")
			searchFor(c, stranger, words).Want(200, "Nothing found")
		}
		searchFor(c, officer, "саябақ").Want(200, "What does the park need?")

		// Once published it is found by everybody; its first statements when it opens.
		c.Must(s.Publish(c.Ctx(), officer.Actor, id))
		searchFor(c, nil, "саябағы").Want(200, "Consultations", consultations.Path(id))
		searchFor(c, nil, "скамейка").Want(200, "Nothing found")
		c.Must(s.Withdraw(c.Ctx(), officer.Actor, id))
		searchFor(c, nil, "саябағы").Want(200, "Nothing found")
		c.Must(s.Publish(c.Ctx(), officer.Actor, id))
		c.Pass(25 * time.Hour)
		c.Jobs()
		searchFor(c, nil, "скамейка").Want(200, "What residents say", "Орындықтар керек").Lacks("шамдар")
		searchFor(c, nil, "№ 2 парк").Want(200, "Орындықтар керек").Main().Lacks("шамдар", "Consultations")

		// A resident's statement is found as long as it is shown, also after their account is
		// gone.
		author := c.Resident("")
		added, err := s.AddStatement(c.Ctx(), id, consultations.Voter{Actor: author.Actor}, "Ағаштар отырғызу керек", civic.Kazakh, true)
		c.Must(err)
		shown := func(want bool) {
			t.Helper()
			for _, words := range []string{"агаштар", "#3 парк"} {
				if page := searchFor(c, author, words); want {
					page.Want(200, "Ағаштар отырғызу")
				} else {
					page.Lacks("What residents say") // not even that something was removed
				}
			}
		}
		decide := func(approve bool) {
			t.Helper()
			c.Must(s.Moderate(c.Ctx(), officer.Actor, id, added.No, moderation.Choice{Approve: approve, Rule: c.Moderation.Book().InForce(moderation.Words)[0].ID(), Reason: "себебі"}))
		}
		decide(true)
		shown(true)
		decide(false)
		shown(false)
		decide(true)
		shown(true)
		c.Must(c.Identity.Erase(c.Ctx(), visit(c, author), citytest.Password))
		searchFor(c, nil, "агаштар").Want(200, "Ағаштар отырғызу") // the page shows it, without the person

		// The answer is found when it is published.
		c.Pass(40 * 24 * time.Hour)
		c.Jobs()
		text := civic.Text{"kk": "Ағаштар көктемде егіледі.", "ru": "Посадки начнутся весной.", "en": "Planting begins in spring."}
		c.Must(s.SaveAnswer(c.Ctx(), officer.Actor, id, consultations.Answer{Text: text, Person: "Айгүл Серікова"}, false))
		searchFor(c, officer, "весной").Want(200, "Nothing found")
		c.Must(s.SaveAnswer(c.Ctx(), officer.Actor, id, consultations.Answer{Text: text, Person: "Айгүл Серікова"}, true))
		searchFor(c, nil, "весной").Want(200, "Official answers", "What does the park need?")
	}, consultations.Capability())
}

// Whatever has a scope is found by it, on the page of a district as well, and is followed by it.
func TestADistrictShowsWhatThereIs(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		c.Must(c.Settings.SetDistricts(c.Ctx(), c.Administrator().Actor, "Абай; Абайский; Abai\nТұран; Туранский; Turan"))
		s, akimat, reader := citytest.Service[*consultations.Service](c), c.Body("Әкімдік"), c.Resident(civic.Russian)
		officer := c.Officer(akimat)
		c.Browser(reader).Post("/ru" + part.FollowPath(search.QueryRef("емхана", city.Scope{District: "turan", Theme: "health"}))).Want(http.StatusSeeOther)
		ids := map[string]civic.ID{}
		for _, district := range []string{"turan", "abai"} {
			set := s.Defaults()
			set.Question, set.Context = civic.Text{"kk": "Емхана " + district, "ru": "Поликлиника " + district}, civic.Text{"kk": "Кезек", "ru": "Очередь"}
			set.Host, set.Body, set.Audience, set.Scope = akimat, akimat, consultations.Anyone, city.Scope{District: district, Theme: "health"}
			set.OpensAt, set.ClosesAt = c.Now().AddDate(0, 0, 1), c.Now().AddDate(0, 0, 31)
			set.Seeds = []civic.Text{{"kk": "Терезе көп болсын " + district, "ru": "Окон больше " + district}, {"kk": "Кезек қысқарсын", "ru": "Короче очередь"}}
			id, err := s.Create(c.Ctx(), officer.Actor, set)
			c.Must(err)
			ids[district] = id
			c.Must(s.Publish(c.Ctx(), officer.Actor, id))
			c.Pass(60 * 24 * time.Hour)
			c.Jobs()
			c.Must(s.SaveAnswer(c.Ctx(), officer.Actor, id, consultations.Answer{Text: civic.Text{"kk": "Жауап", "ru": "Ответ " + district}, Person: "Айгүл Серікова"}, true))
			_, err = c.Organisations.Create(c.Ctx(), c.Moderator().Actor, map[organisations.Field]string{"kind": organisations.NGO, "status": organisations.Active,
				"name.kk": "Қор " + district, "districts": district, "themes": "health | culture"}, organisations.Public)
			c.Must(err)
			a, err := citytest.Service[*appeals.Service](c).File(c.Ctx(), reader.Actor, appeals.Appeal{Sort: appeals.Complaint, Open: true, Title: "Өтініш " + district, Words: "Емхананың есігі сынып тұр, жөндеңіз.", Scope: set.Scope}, "", civic.Kazakh)
			c.Must(err)
			c.Must(citytest.Service[*appeals.Service](c).Decide(c.Ctx(), c.Moderator().Actor, a.ID, moderation.Choice{Approve: true}))
		}
		visitor := c.Browser(nil)
		all := []string{"Емхана turan", "Терезе көп болсын turan", "Қор turan", "Өтініш turan"}
		for _, address := range []string{"/kk/search?district=turan", "/kk/search?district=turan&theme=health"} {
			visitor.Get(address).Want(http.StatusOK, append(all, "Тұран")...).Main().Lacks("Емхана abai", "болсын abai", "Қор abai", "Өтініш abai")
		}
		visitor.Get("/kk/search?theme=health").Want(http.StatusOK, "Қор turan", "Қор abai", "Денсаулық сақтау")
		visitor.Get("/kk/search?theme=culture").Want(http.StatusOK, "Қор turan").Main().Lacks("Емхана")
		visitor.Get("/kk/search?q=емхана&district=abai").Want(http.StatusOK, "Емхана abai", "Өтініш abai").Main().Lacks("Емхана turan", "Өтініш turan")
		visitor.Get("/kk/search?q=емхана&district=nowhere").Want(http.StatusOK, "Емхана abai", "Емхана turan")
		visitor.Get("/ru/search?kind=organisations.organisation&district=abai").Want(http.StatusOK, "Қор abai").Main().Lacks("Қор turan")

		// The register's list leads to following what it is filtered by, and to following its words with that.
		visitor.Get("/ru/organisations?district=turan&theme=culture&q=Қор").Want(http.StatusOK, part.FollowPath(civic.Ref{Kind: city.KindTheme, ID: "culture"}),
			part.FollowPath(civic.Ref{Kind: city.KindDistrict, ID: "turan"}), part.FollowPath(search.QueryRef("Қор", city.Scope{District: "turan", Theme: "culture"})))
		visitor.Get("/ru/organisations?district=nowhere&q=—").Want(http.StatusOK).Lacks("/follow/")

		// The page leads to following what it shows, and what is followed leads back to the page.
		turan := civic.Ref{Kind: city.KindDistrict, ID: "turan"}
		visitor.Get("/ru/search?district=turan").Want(http.StatusOK, part.FollowPath(turan))
		visitor.Get("/ru/search?district=turan&q=парк").Want(http.StatusOK, part.FollowPath(search.QueryRef("парк", city.Scope{District: "turan"})))
		c.Browser(reader).Post("/ru" + part.FollowPath(turan)).Want(http.StatusSeeOther)
		c.Browser(reader).Post("/ru" + part.FollowPath(civic.Ref{Kind: city.KindTheme, ID: "health"})).Want(http.StatusSeeOther)
		c.Browser(reader).Post("/ru" + part.FollowPath(search.QueryRef("", city.Scope{District: "nowhere"}))).Want(http.StatusNotFound)
		c.Browser(reader).Get("/ru/following").Want(http.StatusOK, `href="/ru/search?district=turan"`, `href="/ru/search?theme=health"`, "«емхана» · Туранский · Охрана здоровья")
		heard := map[string]bool{}
		for _, told := range c.Told(reader) {
			for district, id := range ids {
				if told.Follows.Kind == search.KindQuery && strings.HasPrefix(told.Path, consultations.Path(id)) {
					heard[district] = true
				}
			}
		}
		if !heard["turan"] || heard["abai"] {
			t.Errorf("who follows a search with filters heard of %v", heard)
		}
	}, consultations.Capability(), appeals.Capability())
}

func visit(c *citytest.City, p *citytest.Person) identity.Visit {
	c.T.Helper()
	v, found, err := c.Identity.Visit(c.Ctx(), p.Cookie)
	if err != nil || !found {
		c.T.Fatal(found, err)
	}
	return v
}

func TestTheRegisterIsSearched(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		moderator, resident := c.Moderator(), c.Resident("")
		id, err := c.Organisations.Create(c.Ctx(), moderator.Actor, map[organisations.Field]string{"kind": organisations.NGO, "status": organisations.Active,
			"identifier": "KZ-BIN-060240007321", "name.kk": "«Жасыл желек» қоғамдық бірлестігі", "name.ru": "ОО «Зелёный росток»", "mission.ru": "Озеленение дворов"}, organisations.Draft)
		c.Must(err)
		ways := []string{"жасыл желек", "желек жасыл", "желеги", "зеленый росток", "озеленением", "дворы", "060240007321", "60240007321", "KZ-BIN-060240007321", "0602 4000 7321"}
		everybody := func(finds bool) {
			t.Helper()
			for _, words := range ways {
				for _, p := range []*citytest.Person{nil, resident} {
					if page := searchFor(c, p, words); finds {
						page.Want(200, "Organisations", organisations.PathOf(id))
					} else {
						page.Want(200, "Nothing found")
					}
				}
				searchFor(c, moderator, words).Want(200, organisations.PathOf(id))
			}
		}
		everybody(false)
		c.Must(c.Organisations.SetState(c.Ctx(), moderator.Actor, id, organisations.Public))
		everybody(true)
		c.Must(c.Organisations.SetState(c.Ctx(), moderator.Actor, id, organisations.Hidden))
		everybody(false)
		// The desk's list of hidden entries is searched by the same index.
		for state, want := range map[organisations.State]int{organisations.Hidden: 1, organisations.Draft: 0, "": 0} {
			page, err := c.Organisations.List(c.Ctx(), moderator.Actor, organisations.Query{State: state, Text: "росток"})
			c.Must(err)
			if len(page.Items) != want {
				t.Errorf("the list of %q has %d entries, want %d", state, len(page.Items), want)
			}
		}
	})
}
