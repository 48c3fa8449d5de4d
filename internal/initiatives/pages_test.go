package initiatives_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/discussion"
	. "github.com/birge-kz/birge/internal/initiatives"
	"github.com/birge-kz/birge/internal/moderation"
)

// By the pages alone: written, agreed to, passed round by a link that the list does not show, opened, signed without an account by the
// digits of the mail, attacked, counted before and taken out, brought back.
func TestPages(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		first, visitor := c.Browser(w.authors[0]), c.Browser(nil)
		visitor.Get("/ru/initiatives").Want(200, "Инициатив пока нет")
		visitor.Get("/ru").Want(200)
		form := []string{"title", alley.Title, "words", alley.Words, "body", string(w.akimat)}
		first.Post("/ru/initiatives/new", "title", alley.Title).Want(422, "Выберите из списка", "Заполните это поле", alley.Title)
		first.Post("/ru/initiatives/new", form...).Want(200, "Пока это прочтёт только тот, у кого есть ссылка")
		link := first.Post("/ru/initiatives/new", append(form, "_sure", "yes")...).Want(303).Location
		page := first.Get(link).Want(200, "Пошлите эту ссылку соавторам").Body
		at := strings.Index(page, "/agree/")
		invite := page[at : strings.IndexAny(page[at:], "\"<")+at]
		own := link[:strings.Index(link, "/link/")]
		visitor.Get(own).Want(404)
		visitor.Get(own + "/link/wrong").Want(404)
		for _, a := range w.authors[1:] {
			b := c.Browser(a)
			b.Get(own+invite).Want(200, alley.Words)
			b.Post(own + invite).Want(303)
		}
		first.Post(own+"/gather").Want(200, "После этого текст не меняется")
		first.Post(own+"/gather", "_sure", "yes").Want(303)
		visitor.Get(link).Want(200, alley.Words, "Подписать")
		visitor.Get("/ru/initiatives").Want(200).Lacks(alley.Title)
		key := link[strings.Index(link, "/link/")+len("/link/"):]
		id := civic.ID(own[strings.LastIndexByte(own, '/')+1:])
		w.signed(id, Key(key), 5)

		moderator := c.Browser(w.moderator)
		moderator.Get("/ru/desk/moderation").Want(200, alley.Words)
		moderator.Get("/ru/desk/initiatives").Want(200, alley.Title)
		moderator.Get("/ru/desk/initiatives/words/"+string(id)).Want(200, "Государственные секреты")
		moderator.Post("/ru/desk/initiatives/words/"+string(id), "act", "remove", "reason", "x").Want(422)
		moderator.Post("/ru/desk/initiatives/words/"+string(id), "act", "approve").Want(303)
		visitor.Get(own).Want(200, alley.Title, "Подписи собирают до", "рассмотрит общественный совет")
		visitor.Get("/ru/initiatives").Want(200, alley.Title)
		visitor.Get("/ru/search?q=аллея").Want(200, alley.Title)

		visitor.Post(own+"/sign", "name", " ", "email", "x").Want(422, "Напишите имя и фамилию", "Запишите адрес")
		code := visitor.Post(own+"/sign", "name", "Сауле Ахметова", "shown", "yes", "email", "saule@example.kz").Want(303).Location
		visitor.Get(code).Want(200, "Подпись ещё не поставлена")
		letter := c.Letter("saule@example.kz").Text
		mailed := strings.Fields(letter[strings.Index(letter, "/ru/initiatives/"):])[0]
		for range 2 { // programs that scan mails open links
			visitor.Get(mailed).Want(200, "нажмите кнопку")
		}
		w.wantSigned(id, 5)
		visitor.Post(code, "code", "12").Want(422, "Цифры не подходят")
		digits := letter[strings.Index(letter, "цифр: ")+len("цифр: "):][:6]
		visitor.Post(code, "code", digits).Want(303)
		w.wantSigned(id, 6)
		visitor.Get(own).Want(200, "Сауле А.").Lacks("Ахметова")
		visitor.Get(mailed).Want(200, "Вы подписали")
		visitor.Get("/api/v1/initiatives").Want(200, `"signed":6`)
		visitor.Get(strings.TrimPrefix(own, "/ru")+"/days.csv").Want(200, "day,district,signed")

		c.Pass(time.Hour)
		w.signed(id, "", 4)
		check := "/ru/desk/initiatives/check/" + string(id)
		reason := []string{"reason.kk", because["kk"], "reason.ru", because["ru"]}
		moderator.Get(check).Want(200, "Какие подписи снять со счёта")
		moderator.Post(check, reason...).Want(422, "Заполните хотя бы одно условие")
		moderator.Post(check, append(reason, "from", "soon")...).Want(422, "Запишите время", "soon")
		which := append(reason, "from", c.Now().Add(-time.Minute).Format("2006-01-02 15:04"))
		moderator.Post(check, which...).Want(200, "Будет снято: 4 из 10")
		w.wantSigned(id, 10)
		moderator.Post(check, append(which, "_sure", "yes")...).Want(303)
		w.wantSigned(id, 6)
		visitor.Get(own).Want(200, "Подписи, снятые со счёта", because["ru"], "снято со счёта: 4")
		page = moderator.Get(check).Want(200).Body
		at = strings.Index(page, "/ru/desk/initiatives/reverse/")
		back := page[at : strings.IndexByte(page[at:], '"')+at]
		moderator.Post(back).Want(422)
		moderator.Post(back, reason...).Want(303)
		w.wantSigned(id, 10)
		visitor.Get(own).Want(200, "возвращено в счёт")
		c.Browser(w.authors[0]).Get("/ru/me").Want(200, alley.Title)
	}, Capability())
}

// A class signs from one network; one more than the limit is too many, and a venue lets a hall sign.
func TestANetworkThatManyShare(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		id := w.opened()
		c.Set("initiatives.by_network", 3)
		const hall = "203.0.113.77"
		sign := func(want int) {
			t.Helper()
			b := c.Browser(c.Resident(civic.Russian))
			b.Address = hall + ":4000"
			b.Post("/ru"+Path(id)+"/sign", "name", "Арман Касымов").Want(want)
		}
		for range 3 {
			sign(303)
		}
		sign(429)
		c.Must(c.Identity.OpenVenue(c.Ctx(), w.moderator.Actor, hall, "Мектеп", 30, 1))
		sign(303)
	}, Capability())
}

// What is said for and against stands beside each other, once a moderator has looked; who signed is shown by day and by district, as they were folded.
func TestBothSidesAndWhenAndWhereItWasSigned(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		id := w.opened()
		visitor, page := c.Browser(nil), "/ru"+Path(id)
		visitor.Get(page).Want(200).Lacks("За и против")
		var said []civic.ID
		for stance, words := range map[discussion.Stance]string{discussion.For: "Летом там не пройти без тени", discussion.Against: "Деревья закроют обзор на переходе"} {
			s, err := c.Discussion.Say(c.Ctx(), c.Resident(civic.Russian).Actor, discussion.Draft{Thing: Ref(id), Stance: stance, Text: words, Page: civic.Russian})
			c.Must(err)
			said = append(said, s.ID)
		}
		for _, s := range said {
			c.Must(c.Discussion.Decide(c.Ctx(), w.moderator.Actor, s, moderation.Choice{Approve: true}))
		}
		shown := visitor.Get(page).Want(200, "За и против").Text()
		sides := shown[strings.Index(shown, "За и против"):]
		if at := strings.Index(sides, "Летом там не пройти"); at < 0 || at > strings.Index(sides, "Деревья закроют обзор") {
			t.Errorf("the sides: %.600s", sides)
		}
		day := c.Now().Format(time.DateOnly)
		c.Pass(24 * time.Hour)
		w.signed(id, "", 3)
		visitor.Get(page).Want(200, "По дням", "По районам")
		days := strings.Fields(visitor.Get(Path(id) + "/days.csv").Want(200).Body)
		if want := []string{day + ",,5", c.Now().Format(time.DateOnly) + ",,3"}; !slices.Equal(days[1:], want) {
			t.Errorf("by day: %q, not %q", days, want)
		}
	}, Capability())
}

// Each threshold that holds has its own effect: the body owes an answer, and has to ask the whole city; one that was not reached has none. Tables and the
// feed hold what is public, and nothing of an initiative whose link goes round.
func TestEachThresholdHasItsEffectAndTablesHoldIt(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		for effect, needed := range map[string]int64{"council": 20, "answer": 6, "consultation": 7} {
			c.Set("initiatives."+effect+"_signatures", needed)
		}
		id := w.opened()
		w.signed(id, "", 3)
		hidden, _ := w.gathering()
		visitor := c.Browser(nil)
		for _, path := range []string{"/initiatives.csv", "/initiatives-excel.csv", "/ru/initiatives.atom", "/api/v1/initiatives"} {
			visitor.Get(path).Want(200, alley.Title, string(id)).Lacks(string(hidden))
		}
		visitor.Get("/initiatives.xlsx").Want(200)
		visitor.Get("/initiatives.csv?state=closed").Want(200).Lacks(string(id))
		c.At(w.view(id).ClosesAt.Add(time.Minute))
		c.Must(w.Advance(c.Ctx()))
		c.At(w.view(id).HandAt.Add(time.Minute))
		c.Must(w.Advance(c.Ctx()))
		v := w.view(id)
		var whats []string
		for _, o := range v.Owed {
			whats = append(whats, o.What["ru"])
		}
		slices.Sort(whats)
		if v.State != WithBody || len(whats) != 2 || whats[0] != "" || !strings.Contains(whats[1], "весь город") {
			t.Errorf("%s, owed %q", v.State, whats)
		}
	}, Capability())
}
