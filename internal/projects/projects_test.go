package projects_test

import (
	"bytes"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/ledger"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/platform/storage"
	. "github.com/birge-kz/birge/internal/projects"
	"github.com/birge-kz/birge/internal/projects/oc4ids"
	"github.com/birge-kz/birge/internal/voices"
	"github.com/birge-kz/birge/internal/volunteering"
)

// town is a city in which an NGO, a department and a shop agree on a park.
type town struct {
	*citytest.City
	*Service
	ngo, body, shop         civic.ID
	lead, agent, shopkeeper *citytest.Person
	id, milestone           civic.ID
}

func both(kk, ru string) civic.Text { return civic.Text{"kk": kk, "ru": ru} }

func (w *town) day(days int) string {
	return w.Now().In(w.Settings.Zone()).AddDate(0, 0, days).Format(time.DateOnly)
}

func open(c *citytest.City) *town {
	w := &town{City: c, Service: citytest.Service[*Service](c), ngo: c.Organisation("Жасыл қала"), body: c.Body("Басқарма"), shop: c.Organisation("Дүкен")}
	w.lead, w.agent, w.shopkeeper = c.Representative(w.ngo), c.Officer(w.body), c.Representative(w.shop)
	return w
}

func (w *town) written() Written {
	return Written{Project: Project{Title: both("Аялдамадағы бақ", "Парк у остановки"), Problem: both("Көлеңке жоқ", "Нет тени"), Goal: both("Бақ отырғызу", "Посадить парк"), Whom: both("Көрші үйлер", "Соседние дома"),
		Starts: w.day(0), Ends: w.day(120), Partners: []Partner{{w.ngo, Lead}, {w.body, Agency}, {w.shop, Sponsor}}}, Agreement: both("Бірге істейміз", "Делаем вместе")}
}

// draft writes a project with a milestone, a promise of each sort that is needed, and an indicator.
func (w *town) draft() *town {
	w.T.Helper()
	id, err := w.Service.Write(w.Ctx(), w.lead.Actor, w.written())
	w.Must(err)
	w.id = id
	w.Must(w.Plan(w.Ctx(), w.lead.Actor, id, Milestone{Name: both("Ағаштар", "Деревья"), Due: w.day(30)}))
	w.Must(w.Promise(w.Ctx(), w.lead.Actor, id, Line{Giver: w.shop, Sort: Money, What: both("Көшетке", "На саженцы"), Amount: 500_000}))
	w.Must(w.Promise(w.Ctx(), w.lead.Actor, id, Line{Giver: w.ngo, Sort: Volunteers, What: both("Отырғызу", "Посадка"), Amount: 20}))
	w.Must(w.Aim(w.Ctx(), w.lead.Actor, id, Indicator{Result: both("Көлеңке", "Тень"), Name: both("Өскен ағаш", "Прижившиеся деревья"), How: both("Санаймыз", "Считаем"), By: w.ngo, Percent: true, Baseline: Figure{0, 40}, Target: Figure{36, 40}}))
	v, err := w.Show(w.Ctx(), w.lead.Actor, id)
	w.Must(err)
	w.milestone = v.Milestones[0].ID
	return w
}

func (w *town) version() int {
	v, err := w.Show(w.Ctx(), w.lead.Actor, w.id)
	w.Must(err)
	return v.Agreement().No
}

// running is a project that goes on.
func (w *town) running() *town {
	w.T.Helper()
	w.draft()
	for _, who := range []*citytest.Person{w.lead, w.agent, w.shopkeeper} {
		w.Must(w.SignIt(w.Ctx(), who.Actor, w.id, w.version()))
	}
	w.Must(w.Start(w.Ctx(), w.agent.Actor, w.id))
	return w
}

func (w *town) standing() Standing {
	w.T.Helper()
	v, err := w.ShowMilestone(w.Ctx(), civic.Actor{}, w.milestone)
	w.Must(err)
	return v.Milestone.Standing()
}

func near(v voices.Voice, matter, words string) Spoken {
	return Spoken{Voice: v, Matter: matter, Words: words, Near: true}
}

// A park by an NGO, a department and a sponsor: claimed, accepted, disputed by residents, mended, accepted and confirmed; all of it by pages, and all of it in the record.
func TestAPark(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		c.Set("projects.disputes", 2)
		c.Set("projects.confirms", 2)
		lead, agent, keeper, visitor := c.Browser(w.lead), c.Browser(w.agent), c.Browser(w.shopkeeper), c.Browser(nil)
		visitor.Get("/ru/projects").Want(200, "Совместных проектов пока нет")
		form := func(pairs ...string) []string {
			return append(pairs, "title.kk", "Аялдамадағы бақ", "title.ru", "Парк у остановки", "problem.kk", "Көлеңке жоқ", "problem.ru", "Нет тени", "goal.kk", "Бақ отырғызу", "goal.ru", "Посадить парк", "whom.kk", "Көршілер", "whom.ru", "Соседи",
				"lead", string(w.ngo), "agency", string(w.body), "sponsor", "/organisations/"+string(w.shop), "starts", w.day(0), "agreement.kk", "Бірге істейміз", "agreement.ru", "Делаем вместе", "evidence", "https://example.kz/problem")
		}
		c.Browser(c.Resident("")).Get("/ru/desk/projects/new").Want(403)
		lead.Post("/ru/desk/projects/new", form("ends", w.day(-3))...).Want(422, "позже начала", "Парк у остановки")
		path := lead.Post("/ru/desk/projects/new", form("ends", w.day(120))...).Want(303).Location[3:]
		id := strings.TrimPrefix(path, "/desk/projects/")
		w.id = civic.ID(id)
		visitor.Get("/ru/projects/" + id).Want(404) // a draft is its sides'
		c.Browser(c.Representative(c.Organisation("Басқа"))).Get("/ru" + path).Want(404)
		lead.Post("/ru"+path+"/sign", "version", "1", "_sure", "yes").Want(409, "хотя бы один этап")
		lead.Post("/ru"+path+"/plan", "name.kk", "Ағаштар", "name.ru", "Деревья", "due", w.day(500)).Want(422, "между началом и концом")
		lead.Post("/ru"+path+"/plan", "name.kk", "Ағаштар", "name.ru", "Деревья", "due", w.day(30)).Want(303)
		lead.Post("/ru"+path+"/promise", "giver", string(w.shop), "sort", "money", "what.kk", "Көшетке", "what.ru", "На саженцы", "amount", "500000").Want(303)
		lead.Post("/ru"+path+"/promise", "giver", string(w.body), "sort", "things", "what.kk", "Күрек", "what.ru", "Лопаты", "amount", "10").Want(422, "сколько тенге стоит единица")
		lead.Post("/ru"+path+"/aim", "result.kk", "Көлеңке", "result.ru", "Тень", "name.kk", "Өскені", "name.ru", "Прижилось", "how.kk", "Санаймыз", "how.ru", "Считаем", "by", string(w.ngo), "percent", "yes", "baseline", "0/40", "target", "36").Want(422, "например 12/40")
		lead.Post("/ru"+path+"/aim", "result.kk", "Көлеңке", "result.ru", "Тень", "name.kk", "Өскені", "name.ru", "Прижилось", "how.kk", "Санаймыз", "how.ru", "Считаем", "by", string(w.ngo), "percent", "yes", "baseline", "0/40", "target", "36/40").Want(303)

		// Signed by two, then changed: whoever signed signs anew.
		lead.Post("/ru"+path+"/sign", "version", "1", "_sure", "yes").Want(409, "тем временем") // read before a milestone, a promise and an indicator were added
		lead.Post("/ru"+path+"/sign", "version", "4", "_sure", "yes").Want(303)
		agent.Get("/ru/desk").Want(200, "Парк у остановки", "Ждёт вашей подписи")
		agent.Post("/ru"+path+"/sign", "version", "4").Want(200, "Делаем вместе")
		agent.Post("/ru"+path+"/edit", form("version", "4")...).Want(422)
		edited := form("ends", w.day(150), "version", "4")
		agent.Post("/ru"+path+"/edit", edited...).Want(303)
		agent.Post("/ru"+path+"/edit", edited...).Want(409, "тем временем")
		keeper.Post("/ru"+path+"/sign", "version", "4", "_sure", "yes").Want(409, "тем временем")
		for _, b := range []*citytest.Browser{lead, agent, keeper} {
			visitor.Get("/ru/projects/" + id).Want(404)
			b.Post("/ru"+path+"/sign", "version", "5", "_sure", "yes").Want(303)
		}
		visitor.Get("/ru/projects/"+id).Want(200, "Согласован", "Нет тени", "https://example.kz/problem", "Версия 5", "Деревья")
		visitor.Get("/ru/projects").Want(200, "Парк у остановки", "Этапов готово: 0 из 1")
		visitor.Get("/ru/search?q=парк").Want(200, "Парк у остановки")
		keeper.Post("/ru" + path + "/start").Want(403)
		agent.Post("/ru" + path + "/start").Want(303)

		v, err := w.Show(c.Ctx(), civic.Actor{}, w.id)
		c.Must(err)
		w.milestone = v.Milestones[0].ID
		step, desk := "/ru/milestones/"+string(w.milestone), "/ru/desk/milestones/"+string(w.milestone)
		asel, dauren := c.Browser(c.Resident(civic.Russian)), c.Browser(c.Resident(civic.Kazakh))
		asel.Post(step+"/say", "voice", "confirm", "near", "yes").Want(409) // nothing is claimed
		agent.Post(desk+"/claim", "words.kk", "Бітті", "words.ru", "Готово").Want(403)
		lead.Post(desk+"/claim", "words.kk", "Бітті", "evidence", "javascript:alert(1)").Want(422, "https://")
		lead.Post(desk+"/claim", "words.kk", "40 көшет", "words.ru", "40 саженцев", "evidence", "https://example.kz/photo").Want(303)
		lead.Post(desk+"/claim", "words.kk", "Бітті", "words.ru", "Готово").Want(409)
		agent.Get("/ru/desk/answers").Want(200, "Деревья")
		lead.Post(desk+"/judge", "judgement", "accepted").Want(403)
		agent.Post(desk+"/judge", "judgement", "partly").Want(422)
		agent.Post(desk+"/judge", "judgement", "accepted").Want(303)
		agent.Post(desk+"/judge", "judgement", "rejected", "reason.kk", "Жоқ", "reason.ru", "Нет").Want(409) // its word is said once
		visitor.Get(step).Want(200, "Принято госорганом", "40 саженцев", "https://example.kz/photo")

		agent.Post(step+"/say", "voice", "confirm", "near", "yes").Want(403)
		asel.Post(step+"/say", "voice", "dispute").Want(422, "рядом")
		asel.Post(step+"/say", "voice", "dispute", "matter", "missing", "words", "Половина засохла", "near", "yes").Want(303)
		dauren.Post(step+"/say", "voice", "dispute", "matter", "poor", "near", "yes").Want(303)
		visitor.Get(step).Want(200, "Оспорено жителями", "не согласны 2 человека").Lacks("Половина засохла")
		lead.Post("/ru"+path+"/finish", "_sure", "yes").Want(409)
		lead.Get("/ru/desk").Want(200, "Нужно исправить и заявить снова")
		asel.Get("/ru/me").Want(200, "Деревья")

		lead.Post(desk+"/claim", "words.kk", "Ауыстырдық", "words.ru", "Заменили сухие").Want(303)
		visitor.Get(step).Want(200, "Заменили сухие", "Заявлено, что готово", "40 саженцев", "оспорили")
		agent.Post(desk+"/judge", "judgement", "accepted").Want(303)
		asel.Post(step+"/say", "voice", "confirm", "near", "yes").Want(303)
		dauren.Post(step+"/say", "voice", "confirm", "near", "yes").Want(303)
		visitor.Get(step).Want(200, "Подтвердили все трое")
		agent.Post("/ru"+path+"/finish", "_sure", "yes").Want(303)
		visitor.Get("/ru/projects/"+id).Want(200, "Завершён")
		agent.Post("/ru"+path+"/look", "lesson.kk", "Өсті", "lesson.ru", "Выросло").Want(409)
		c.Acts()
		c.Pass(366 * 24 * time.Hour)
		c.SignIn(w.agent)
		agent = c.Browser(w.agent)
		agent.Post("/ru"+path+"/look", "lesson.kk", "Өсті", "lesson.ru", "Выросло, поливать надо чаще").Want(303)
		visitor.Get("/ru/projects/"+id).Want(200, "Выросло, поливать надо чаще")
		visitor.Get("/projects.csv").Want(200, "Парк у остановки", "looked_back")
		visitor.Get("/api/v1/projects/"+id).Want(200, `"standing":"met"`)
		visitor.Get("/ru/projects.atom").Want(200, "Парк у остановки")
		if sheet := visitor.Get("/projects/" + id + "/sheet.pdf?lang=ru").Want(200).Body; !strings.HasPrefix(sheet, "%PDF-") {
			t.Error("the sheet is no PDF")
		}
		c.Verified()
	}, Capability())
}

// Words with a voice are read once a moderator has looked; the voice counts at once; what was removed may be contested, and who leaves takes the rest along.
func TestWordsAreLookedAt(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c).running()
		c.Must(w.Claim(c.Ctx(), w.lead.Actor, w.milestone, both("Бітті", "Готово"), nil))
		asel := c.Resident(civic.Russian)
		word, err := w.Say(c.Ctx(), asel.Actor, w.milestone, near(voices.Disputes, "poor", "Саженцы сухие"))
		c.Must(err)
		step := "/ru" + MilestonePath(w.milestone)
		c.Browser(nil).Get(step).Want(200, "не согласен 1 человек").Lacks("Саженцы сухие")
		c.Browser(asel).Get(step).Want(200, "можно добавить фото")
		moderator := c.Moderator()
		c.Browser(moderator).Get("/ru/desk/moderation").Want(200, "Саженцы сухие")
		c.Browser(asel).Get("/ru/desk/project-words/" + string(word)).Want(403)
		c.Browser(moderator).Get("/ru/desk/project-words/"+string(word)).Want(200, "Саженцы сухие")
		c.Must(w.Decide(c.Ctx(), moderator.Actor, word, moderation.Choice{Approve: true}))
		c.Browser(nil).Get(step).Want(200, "Саженцы сухие")
		_, err = w.Say(c.Ctx(), asel.Actor, w.milestone, near(voices.Disputes, "poor", "Другое"))
		c.Refused(err, civic.Invalid)
		c.Browser(asel).Get("/ru/account/download").Want(200, "Саженцы сухие", "dispute")
		c.Acts()
		c.Verified()
		c.Browser(asel).Post("/ru/account/delete", "sure", "yes", "password", citytest.Password).Want(303)
		c.Read(func(tx *storage.Tx) error {
			held, err := Capability().Personal.Export(tx, asel.Account)
			if held != nil {
				t.Errorf("left behind: %v", held)
			}
			return err
		})
		c.Browser(nil).Get(step).Want(200, "Саженцы сухие", "никто ничего не сказал") // read by everybody, nobody's
	}, Capability())
}

// Each side edits its own voice only, and nobody a past one.
func TestWhoMaySayWhat(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c).running()
		admin, stranger, resident := c.Administrator(), c.Representative(c.Organisation("Басқа")), c.Resident("")
		words := both("Бітті", "Готово")
		people := map[string]civic.Actor{"lead": w.lead.Actor, "agency": w.agent.Actor, "sponsor": w.shopkeeper.Actor, "administrator": admin.Actor, "stranger": stranger.Actor, "resident": resident.Actor}
		refused := func(may string, do func(civic.Actor) error) {
			t.Helper()
			for role, a := range people {
				if role != may {
					if err := do(a); civic.CodeOf(err) != civic.Forbidden {
						t.Errorf("as %s: %v", role, err)
					}
				}
			}
			c.Must(do(people[may]))
		}
		refused("lead", func(a civic.Actor) error { return w.Claim(c.Ctx(), a, w.milestone, words, nil) })
		for _, role := range []string{"lead", "agency", "sponsor"} {
			_, err := w.Say(c.Ctx(), people[role], w.milestone, near(voices.Agrees, "", ""))
			c.Refused(err, civic.Forbidden)
		}
		refused("agency", func(a civic.Actor) error { return w.Judge(c.Ctx(), a, w.milestone, Partly, words) })
		c.Refused(w.Judge(c.Ctx(), w.agent.Actor, w.milestone, Accepted, nil), civic.Closed)
		c.Must(w.Claim(c.Ctx(), w.lead.Actor, w.milestone, words, nil))
		v, err := w.ShowMilestone(c.Ctx(), civic.Actor{}, w.milestone)
		c.Must(err)
		if len(v.Milestone.Rounds) != 2 || v.Milestone.Rounds[0].Judgement != Partly || v.Milestone.Last().Judgement != Unsaid {
			t.Errorf("the rounds: %+v", v.Milestone.Rounds)
		}
		_, err = w.Say(c.Ctx(), resident.Actor, w.milestone, near(voices.Agrees, "", ""))
		c.Must(err)
		c.Acts()
		c.Pass(91 * 24 * time.Hour) // nobody is heard for ever
		_, err = w.Say(c.Ctx(), resident.Actor, w.milestone, near(voices.Disputes, "poor", ""))
		c.Refused(err, civic.Closed)
		c.Browser(nil).Get("/ru"+MilestonePath(w.milestone)).Want(200, "Госорган опаздывает")
		refused("agency", func(a civic.Actor) error { return w.Lock(c.Ctx(), a, w.id, w.day(-60)) })
	}, Capability())
}

// Stopped honestly: the reason is for everybody, and the agency owes nothing any more.
func TestStopped(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c).running()
		c.Must(w.Claim(c.Ctx(), w.lead.Actor, w.milestone, both("Бітті", "Готово"), nil))
		c.Refused(w.Stop(c.Ctx(), w.lead.Actor, w.id, both("Су жоқ", "")), civic.Invalid)
		c.Refused(w.Stop(c.Ctx(), w.shopkeeper.Actor, w.id, both("Су жоқ", "Нет воды")), civic.Forbidden)
		c.Must(w.Stop(c.Ctx(), w.lead.Actor, w.id, both("Су жоқ", "Нет воды")))
		c.Browser(nil).Get("/ru"+Path(w.id)).Want(200, "Проект остановлен", "Нет воды")
		c.Refused(w.Judge(c.Ctx(), w.agent.Actor, w.milestone, Accepted, nil), civic.Closed)
		c.Browser(w.agent).Get("/ru/desk/answers").Want(200).Main().Lacks("Деревья")
		c.Refused(w.Stop(c.Ctx(), w.lead.Actor, w.id, both("Су жоқ", "Нет воды")), civic.Closed)
		c.Acts()
		c.Verified()
	}, Capability())
}

// Only approved data move a figure, and each thing given counts once over all projects; the hours of volunteers are those in their books.
func TestResultsAndResources(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c).running()
		v, err := w.Show(c.Ctx(), civic.Actor{}, w.id)
		c.Must(err)
		money, hours, goal := v.Lines[0], v.Lines[1], v.Goals[0]
		visitor, page := c.Browser(nil), "/ru"+Path(w.id)

		c.Refused(w.Measure(c.Ctx(), w.agent.Actor, w.id, goal.ID, Update{}), civic.Forbidden)
		c.Refused(w.Measure(c.Ctx(), w.lead.Actor, w.id, goal.ID, Update{Day: w.day(1), Figure: Figure{50, 40}}), civic.Invalid)
		up := Update{Day: w.day(0), Figure: Figure{18, 40}, Words: both("Санадық", "Посчитали")}
		c.Must(w.Measure(c.Ctx(), w.lead.Actor, w.id, goal.ID, up))
		c.Refused(w.Measure(c.Ctx(), w.lead.Actor, w.id, goal.ID, up), civic.Invalid) // the same day twice
		visitor.Get(page).Want(200, "Подтверждённых измерений пока нет")
		v, err = w.Show(c.Ctx(), civic.Actor{}, w.id)
		c.Must(err)
		said := v.Goals[0].Updates[0].ID
		c.Refused(w.Review(c.Ctx(), w.lead.Actor, w.id, said, true, nil), civic.Forbidden)
		c.Must(w.Review(c.Ctx(), w.agent.Actor, w.id, said, true, nil))
		c.Refused(w.Review(c.Ctx(), w.agent.Actor, w.id, said, false, both("Жоқ", "Нет")), civic.Closed)
		visitor.Get(page).Want(200, "45\u00a0%").Lacks("Подтверждённых измерений пока нет")
		c.Must(w.Lock(c.Ctx(), w.agent.Actor, w.id, w.day(0)))
		c.Refused(w.Measure(c.Ctx(), w.lead.Actor, w.id, goal.ID, up), civic.Invalid)

		// Money: stated by the giver, confirmed by another, booked once.
		c.Refused(w.Give(c.Ctx(), w.lead.Actor, w.id, money.ID, Given{Amount: 5, Paper: "1"}), civic.Forbidden)
		c.Must(w.Give(c.Ctx(), w.shopkeeper.Actor, w.id, money.ID, Given{Amount: 300_000, Paper: "П-1"}))
		c.Refused(w.Give(c.Ctx(), w.shopkeeper.Actor, w.id, money.ID, Given{Amount: 300_000, Paper: "П-1"}), civic.Invalid)
		visitor.Get(page).Want(200, "Дано 0")
		v, err = w.Show(c.Ctx(), civic.Actor{}, w.id)
		c.Must(err)
		c.Refused(w.Confirm(c.Ctx(), w.shopkeeper.Actor, w.id, v.Given[0].ID, true, nil), civic.Forbidden)
		c.Must(w.Confirm(c.Ctx(), w.lead.Actor, w.id, v.Given[0].ID, true, nil))
		c.Refused(w.Confirm(c.Ctx(), w.agent.Actor, w.id, v.Given[0].ID, false, both("Жоқ", "Нет")), civic.Closed)
		visitor.Get(page).Want(200, "300\u00a0000 ₸", "Сколько стоило бы в одиночку")
		c.Read(func(tx *storage.Tx) error {
			all, err := ledger.Balances(tx, Ref(w.id))
			for _, s := range all {
				if want := map[string]civic.Money{"given": -300_000 * civic.Tenge, "gathered": 300_000 * civic.Tenge}[s.Account.Name]; s.Amount != want {
					t.Errorf("%s: %s", s.Account.Name, s.Amount)
				}
			}
			if len(all) != 2 {
				t.Errorf("%d accounts", len(all))
			}
			return err
		})

		// Volunteers: two people signed two and a half hours, two whole ones count; the same action once, in whichever project.
		action := helped(w)
		c.Refused(w.Give(c.Ctx(), w.lead.Actor, w.id, hours.ID, Given{Paper: "nonsense"}), civic.Invalid)
		c.Must(w.Give(c.Ctx(), w.lead.Actor, w.id, hours.ID, Given{Amount: 500, Paper: "https://city.example/ru/volunteering/" + string(action)}))
		first := w.id
		other := *w
		other.running()
		v, err = w.Show(c.Ctx(), civic.Actor{}, other.id)
		c.Must(err)
		c.Refused(w.Give(c.Ctx(), w.lead.Actor, other.id, v.Lines[1].ID, Given{Paper: string(action)}), civic.Invalid)
		v, err = w.Show(c.Ctx(), civic.Actor{}, first)
		c.Must(err)
		if g := v.Given[1]; g.Amount != 2 {
			t.Errorf("%d hours", g.Amount)
		}
		c.Must(w.Confirm(c.Ctx(), w.agent.Actor, first, v.Given[1].ID, false, both("Тізім жоқ", "Нет списка"))) // returned, it may be shown again
		c.Must(w.Give(c.Ctx(), w.lead.Actor, first, hours.ID, Given{Paper: string(action)}))
		c.Acts()
		c.Verified()
	}, Capability(), volunteering.Capability())
}

// helped is an action of the NGO, of which two people signed two and a half hours.
func helped(w *town) civic.ID {
	s := citytest.Service[*volunteering.Service](w.City)
	w.Must(w.Settings.SetDistricts(w.Ctx(), w.Administrator().Actor, "Абай\tАбайский\tAbai"))
	begins := w.Now().Add(time.Hour)
	id, err := s.Announce(w.Ctx(), w.lead.Actor, volunteering.Action{Organisation: w.ngo, Title: both("Отырғызу", "Посадка"), About: both("Күрек", "Лопаты"), Place: "Бақ", District: w.Settings.Current().Districts[0].Code, Contact: "А. Б."},
		volunteering.Shift{Starts: begins, Ends: begins.Add(150 * time.Minute), Needed: 5})
	w.Must(err)
	shifts, err := s.Shifts(w.Ctx(), id)
	w.Must(err)
	helper := w.Resident("")
	w.Must(s.Come(w.Ctx(), helper.Actor, shifts[0].ID, volunteering.SignUp{}))
	w.Pass(5 * time.Hour)
	w.Must(s.State(w.Ctx(), helper.Actor, shifts[0].ID, 150))
	w.Must(s.ConfirmHours(w.Ctx(), w.lead.Actor, id, helper.Account, map[civic.ID]int{shifts[0].ID: 150}))
	return id
}

// A change holds once all who signed agree; the first promise stays beside it, and OC4IDS has both.
func TestChangesAndOC4IDS(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c).running()
		why := both("Жаңбыр", "Дожди размыли дорогу")
		c.Refused(w.Change(c.Ctx(), w.lead.Actor, w.id, Change{Kind: Duration, New: w.day(200)}), civic.Invalid)
		c.Must(w.Change(c.Ctx(), w.lead.Actor, w.id, Change{Kind: Duration, New: w.day(200), Why: why}))
		c.Refused(w.Change(c.Ctx(), w.agent.Actor, w.id, Change{Kind: Duration, New: w.day(210), Why: why}), civic.Invalid) // one is open
		v, err := w.Show(c.Ctx(), civic.Actor{}, w.id)
		c.Must(err)
		if v.Ends != w.day(120) {
			t.Errorf("it holds before all agreed: %s", v.Ends)
		}
		c.Browser(nil).Get("/ru"+Path(w.id)).Want(200, "Ждёт согласия других сторон", "Дожди размыли дорогу")
		c.Must(w.Agree(c.Ctx(), w.agent.Actor, w.id, v.Changes[0].ID))
		c.Must(w.Agree(c.Ctx(), w.agent.Actor, w.id, v.Changes[0].ID)) // twice is once
		c.Must(w.Agree(c.Ctx(), w.shopkeeper.Actor, w.id, v.Changes[0].ID))
		c.Refused(w.Agree(c.Ctx(), w.lead.Actor, w.id, v.Changes[0].ID), civic.Closed)
		more := []Change{{Kind: Value, Target: v.Lines[0].ID, New: "600000", Why: why}, {Kind: Duration, Target: w.milestone, New: w.day(60), Why: why}, {Kind: ScopeOf, NewGoal: both("Гүлзар", "Сквер"), Why: why}}
		for i, change := range more {
			c.Must(w.Change(c.Ctx(), w.lead.Actor, w.id, change))
			v, err = w.Show(c.Ctx(), civic.Actor{}, w.id)
			c.Must(err)
			for _, who := range []*citytest.Person{w.agent, w.shopkeeper} {
				c.Must(w.Agree(c.Ctx(), who.Actor, w.id, v.Changes[i+1].ID))
			}
		}
		v, err = w.Show(c.Ctx(), civic.Actor{}, w.id)
		c.Must(err)
		if v.Ends != w.day(200) || v.FirstEnd != w.day(120) || v.Lines[0].Amount != 600_000 || v.Lines[0].First != 500_000 || v.Milestones[0].Due != w.day(60) || v.Milestones[0].First != w.day(30) || v.Goal["ru"] != "Сквер" || v.First["ru"] != "Посадить парк" {
			t.Errorf("%+v", v.Project)
		}
		c.Browser(nil).Get("/ru"+Path(w.id)).Want(200, "Изменён", "500\u00a0000 ₸", "600\u00a0000 ₸")
		c.Must(w.Measure(c.Ctx(), w.lead.Actor, w.id, v.Goals[0].ID, Update{Day: w.day(0), Figure: Figure{18, 40}, Words: both("Санадық", "Посчитали")}))
		v, err = w.Show(c.Ctx(), civic.Actor{}, w.id)
		c.Must(err)
		c.Must(w.Review(c.Ctx(), w.agent.Actor, w.id, v.Goals[0].Updates[0].ID, true, nil))
		c.Must(w.Claim(c.Ctx(), w.lead.Actor, w.milestone, both("Бітті", "Готово"), nil))
		c.Must(w.Judge(c.Ctx(), w.agent.Actor, w.milestone, Accepted, nil))
		c.Refused(w.Finish(c.Ctx(), w.lead.Actor, w.id), civic.Closed) // those nearby have their days to speak
		c.Pass(14 * 24 * time.Hour)
		c.Must(w.Finish(c.Ctx(), w.lead.Actor, w.id))
		other := *w
		other.running()
		c.Must(w.Stop(c.Ctx(), w.lead.Actor, other.id, both("Су жоқ", "Нет воды")))

		body := c.Browser(nil).Get("/projects-oc4ids.json").Want(200, `"45.00"`, `"type":"scope"`, `"dateMet"`, `"cancelled"`).Body
		standard, err := oc4ids.New()
		c.Must(err)
		f, err := standard.Read(bytes.NewReader([]byte(body)))
		c.Must(err)
		if f.Projects != 2 || f.Valid != 2 || f.Errors != 0 || f.Notices != 2 { // the indicators are their own: an open list has none of them
			t.Errorf("%+v", f)
		}
		if f.Sums["KZT"].Budget != "1160000" { // 600,000 and 500,000 of money, twice 20 hours at 1,500
			t.Errorf("the budgets: %+v", f.Sums)
		}
		c.Acts()
		c.Verified()
	}, Capability())
}

// A side refuses a change, or takes back its own, with a reason that everybody reads; then the same can be proposed again. A new day leaves no milestone outside.
func TestAChangeIsRefused(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c).running()
		why := both("Жаңбыр", "Дожди")
		for _, day := range []Change{{Kind: Duration, New: w.day(20), Why: why}, {Kind: Duration, Target: w.milestone, New: w.day(130), Why: why}} {
			c.Refused(w.Change(c.Ctx(), w.lead.Actor, w.id, day), civic.Invalid)
		}
		for i, who := range []*citytest.Person{w.agent, w.lead} {
			c.Must(w.Change(c.Ctx(), w.lead.Actor, w.id, Change{Kind: Duration, New: w.day(200), Why: why}))
			v, err := w.Show(c.Ctx(), civic.Actor{}, w.id)
			c.Must(err)
			page := "/ru/desk/projects/" + string(w.id) + "/refuse/" + string(v.Changes[i].ID)
			c.Browser(who).Get(page).Want(200, "соглашение останется прежним")
			c.Browser(who).Post(page, "why.kk", "Болмайды").Want(422, "Болмайды")
			c.Browser(who).Post(page, "why.kk", "Болмайды", "why.ru", "Срок и так велик").Want(303)
			c.Refused(w.Agree(c.Ctx(), w.shopkeeper.Actor, w.id, v.Changes[i].ID), civic.Closed)
			c.Refused(w.Refuse(c.Ctx(), who.Actor, w.id, v.Changes[i].ID, why), civic.Closed)
		}
		c.Browser(nil).Get("/ru"+Path(w.id)).Want(200, "отклонено", "Срок и так велик").Lacks("Ждёт согласия")
		c.Acts()
		c.Verified()
	}, Capability())
}

// A project at its bounds can still be acted on: the record has room for each act.
func TestAProjectAtItsBounds(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		long := func(n int) civic.Text { return both(strings.Repeat("ж", n), strings.Repeat("д", n)) }
		p := w.written()
		p.Title, p.Problem, p.Goal, p.Whom, p.Agreement = long(150), long(2_000), long(2_000), long(2_000), long(12_000)
		id, err := w.Service.Write(c.Ctx(), w.lead.Actor, p)
		c.Must(err)
		w.id = id
		for range 20 {
			c.Must(w.Plan(c.Ctx(), w.lead.Actor, id, Milestone{Name: long(150), Due: w.day(30)}))
		}
		for range 30 {
			c.Must(w.Promise(c.Ctx(), w.lead.Actor, id, Line{Giver: w.shop, Sort: Things, What: long(150), Unit: long(40), Amount: 5, Rate: 100, Source: strings.Repeat("s", 500)}))
		}
		for range 12 {
			c.Must(w.Aim(c.Ctx(), w.lead.Actor, id, Indicator{Result: long(300), Name: long(300), How: long(300), By: w.ngo, Percent: true, Baseline: Figure{0, 40}, Target: Figure{36, 40}}))
		}
		for _, who := range []*citytest.Person{w.lead, w.agent, w.shopkeeper} {
			c.Must(w.SignIt(c.Ctx(), who.Actor, id, w.version()))
		}
		c.Must(w.Start(c.Ctx(), w.agent.Actor, id))
		v, err := w.Show(c.Ctx(), civic.Actor{}, id)
		c.Must(err)
		for _, m := range v.Milestones {
			c.Must(w.Claim(c.Ctx(), w.lead.Actor, m.ID, long(2_000), nil))
			c.Must(w.Judge(c.Ctx(), w.agent.Actor, m.ID, Partly, long(2_000)))
		}
		for i := range 10 {
			c.Must(w.Change(c.Ctx(), w.lead.Actor, id, Change{Kind: ScopeOf, NewGoal: long(2_000), Why: long(2_000)}))
			v, err := w.Show(c.Ctx(), civic.Actor{}, id)
			c.Must(err)
			c.Must(w.Refuse(c.Ctx(), w.agent.Actor, id, v.Changes[i].ID, long(2_000)))
		}
		c.Must(w.Stop(c.Ctx(), w.lead.Actor, id, long(2_000)))
		c.Acts()
		c.Verified()
	}, Capability())
}

// Who follows a project and its district is told of each thing once.
func TestFollowersAreToldOnce(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		c.Again()
		follower := c.Resident(civic.Russian)
		w.running()
		about := Ref(w.id)
		c.Write(func(tx *storage.Tx) error {
			_, err := tx.Exec("UPDATE projects_project SET theme = 'environment' WHERE id = $1", w.id)
			return err
		})
		for _, of := range append(city.Scope{Theme: "environment"}.Followed(), about) {
			c.Must(c.Notifications.Follow(c.Ctx(), follower.Account, of))
		}
		c.Must(w.Claim(c.Ctx(), w.lead.Actor, w.milestone, both("Бітті", "Готово"), nil))
		c.Must(w.Judge(c.Ctx(), w.agent.Actor, w.milestone, Rejected, both("Жоқ", "Нет")))
		c.Must(w.Claim(c.Ctx(), w.lead.Actor, w.milestone, both("Енді бітті", "Теперь готово"), nil))
		c.Jobs()
		told := map[string]int{}
		for _, n := range c.Told(follower) {
			told[n.Subject.Key]++
		}
		if told["projects.told_claimed"] != 2 || told["projects.told_judged"] != 1 {
			t.Errorf("told %v", told)
		}
	}, Capability())
}

// Sixty voices of twelve people at once are twelve, and turn the milestone once.
func TestManySayAtOnce(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c).running()
		c.Must(w.Claim(c.Ctx(), w.lead.Actor, w.milestone, both("Бітті", "Готово"), nil))
		c.SkipActs()
		who := make([]*citytest.Person, 12)
		for i := range who {
			who[i] = c.Known(civic.Actor{Account: civic.ID("says-" + string(rune('a'+i))), Assurance: civic.Verified})
		}
		var wg sync.WaitGroup
		for i := range 60 {
			wg.Go(func() {
				_, err := w.Say(c.Ctx(), who[i%12].Actor, w.milestone, near(voices.Disputes, "missing", "Нет деревьев"))
				c.Must(err)
			})
		}
		wg.Wait()
		v, err := w.ShowMilestone(c.Ctx(), civic.Actor{}, w.milestone)
		c.Must(err)
		if v.Voices[voices.Disputes] != 12 || w.standing() != Disputed {
			t.Errorf("%v, %s", v.Voices, w.standing())
		}
		c.WantActs("projects.project.heard")
	}, Capability())
}

// All sides sign at once while one of them writes: it is agreed on once, and on one text.
func TestAllSignAtOnce(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c).draft()
		c.SkipActs()
		version := w.version()
		other := w.written()
		other.Agreement = both("Басқаша", "Иначе")
		var wg sync.WaitGroup
		var rewritten atomic.Bool
		for i := range 15 {
			wg.Go(func() {
				if i == 7 {
					rewritten.Store(w.Rewrite(c.Ctx(), w.lead.Actor, w.id, version, other) == nil)
					return
				}
				err := w.SignIt(c.Ctx(), []*citytest.Person{w.lead, w.agent, w.shopkeeper}[i%3].Actor, w.id, version)
				if code := civic.CodeOf(err); err != nil && code != civic.Conflict && code != civic.Closed {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		v, err := w.Show(c.Ctx(), w.lead.Actor, w.id)
		c.Must(err)
		if agreed := v.State == Agreed; agreed == rewritten.Load() || agreed && (len(v.Agreement().Signed) != 3 || v.Agreement().No != version) {
			t.Errorf("%s, rewritten %v, %+v", v.State, rewritten.Load(), v.Agreement())
		}
		if v.State == Agreed {
			c.WantActs("projects.project.agreed")
		}
	}, Capability())
}

// The same payment order, stated many times at once in two projects, counts once; confirmed many times at once, it is booked once.
func TestWhatIsGivenCountsOnce(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c).running()
		other := *w
		other.running()
		c.SkipActs()
		var lines [2]civic.ID
		for i, id := range []civic.ID{w.id, other.id} {
			v, err := w.Show(c.Ctx(), civic.Actor{}, id)
			c.Must(err)
			lines[i] = v.Lines[0].ID
		}
		var wg sync.WaitGroup
		var done atomic.Int64
		for i := range 20 {
			wg.Go(func() {
				err := w.Give(c.Ctx(), w.shopkeeper.Actor, []civic.ID{w.id, other.id}[i%2], lines[i%2], Given{Amount: 1_000, Paper: "П-7"})
				if err == nil {
					done.Add(1)
				} else if civic.CodeOf(err) != civic.Invalid {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if done.Load() != 1 {
			t.Fatalf("counted %d times", done.Load())
		}
		for _, id := range []civic.ID{w.id, other.id} {
			v, err := w.Show(c.Ctx(), civic.Actor{}, id)
			c.Must(err)
			if len(v.Given) == 0 {
				continue
			}
			done.Store(0)
			for i := range 10 {
				wg.Go(func() {
					if w.Confirm(c.Ctx(), []*citytest.Person{w.lead, w.agent}[i%2].Actor, id, v.Given[0].ID, true, nil) == nil {
						done.Add(1)
					}
				})
			}
			wg.Wait()
			if done.Load() != 1 {
				t.Errorf("confirmed %d times", done.Load())
			}
		}
	}, Capability())
}
