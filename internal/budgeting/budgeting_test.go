package budgeting_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	. "github.com/birge-kz/birge/internal/budgeting"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// town is a city with a campaign of the akimat, open for proposals, a body that checks, and a council that signs.
type town struct {
	*citytest.City
	*Service
	akimat, roads                      civic.ID
	officer, engineer, expert, checker *citytest.Person // of the akimat, of the roads; for the council; a moderator
	campaign                           civic.ID
}

func both(kk, ru string) civic.Text { return civic.Text{"kk": kk, "ru": ru} }

// campaign is one whose first day is in a week: each stage lasts ten days.
func campaign(c *citytest.City, body civic.ID) Campaign {
	day := func(n int) string { return c.Now().AddDate(0, 0, n).Format(time.DateOnly) }
	plan := Plan{Opens: day(7), Until: map[Stage]string{}}
	for i, s := range Stages() {
		plan.Until[s] = day(17 + 10*i)
	}
	return Campaign{Year: 2027, Body: body, Title: both("Халық бюджеті 2027", "Бюджет участия 2027"), About: both("Аулаларды жаңартамыз", "Обновляем дворы"), Plan: plan,
		Areas:      []Area{{Code: "small", Name: both("40 пәтерге дейінгі аулалар", "Дворы до 40 квартир"), Money: 20_000_000 * civic.Tenge}, {Code: "large", Name: both("100 пәтерден көп аулалар", "Дворы больше 100 квартир"), Money: 50_000_000 * civic.Tenge}},
		Categories: []Entry{{Code: "sport", Name: both("Спорт алаңы", "Спортплощадки")}},
		Prices:     []UnitPrice{{Code: "bench", Name: both("Орындық", "Скамья"), Unit: "дана/шт", Price: 85_000 * civic.Tenge}},
		Rules: Rules{PerPerson: 2, Vote: Approval, Choices: 3, Reach: OnePart, Revote: true, Refused: []Entry{{Code: "papers", Name: both("Тек құжат", "Только проект")}},
			Count: Counting{Rule: "equal-shares", Utility: "cost", Completion: "add-one,greedy", Tie: "cost-votes"}}}
}

func open(c *citytest.City) *town {
	t := &town{City: c, Service: citytest.Service[*Service](c), akimat: c.Body("Әкімдік"), roads: c.Body("Жол басқармасы")}
	t.officer, t.engineer, t.checker = c.Officer(t.akimat), c.Officer(t.roads), c.Moderator()
	t.expert = c.With(c.Resident(civic.Russian), civic.Grant{Role: "budgeting.expert"})
	id, err := t.DrawUp(c.Ctx(), t.officer.Actor, campaign(c, t.akimat))
	c.Must(err)
	c.Must(t.Publish(c.Ctx(), t.officer.Actor, id))
	t.campaign = id
	c.Pass(8 * 24 * time.Hour)
	return t
}

// yard is a proposal of three benches.
func (t *town) yard(title string) Proposal {
	return Proposal{Campaign: t.campaign, Area: "small", Category: "sport", Title: title, What: "Поставить три скамьи у подъездов", Why: "Пожилым негде сесть", Address: "ул. Абая, 14", Land: YardLand, Signed: "Асель К.",
		Estimate: []Line{{Code: "bench", Quantity: 3, Price: 85_000 * civic.Tenge}}}
}

// shown is a proposal that everybody reads.
func (t *town) shown(who *citytest.Person, p Proposal) civic.ID {
	t.T.Helper()
	filed, err := t.Propose(t.Ctx(), who.Actor, p, civic.Russian)
	t.Must(err)
	t.Must(t.Decide(t.Ctx(), t.checker.Actor, filed.ID, moderation.Choice{Approve: true}))
	return filed.ID
}

func (t *town) view(id civic.ID) View {
	t.T.Helper()
	v, err := t.Show(t.Ctx(), t.officer.Actor, id)
	t.Must(err)
	return v
}

// spoken lets the engineer say something of a proposal that is being checked.
func (t *town) spoken(id civic.ID, o Opinion) {
	t.T.Helper()
	t.Must(t.Assign(t.Ctx(), t.officer.Actor, id, []civic.ID{t.roads}))
	for _, k := range t.view(id).Checks {
		t.Must(t.Opine(t.Ctx(), t.engineer.Actor, k.ID, o))
	}
}

var changes = Opinion{Outcome: WithChanges, Cost: 400_000 * civic.Tenge, Reason: both("Кабель бар", "Под газоном кабель"), Points: []civic.Text{both("Орындықты жылжыту", "Сдвинуть скамьи от кабеля")}, Person: "Б. Инженер, бөлім басшысы"}

// From an idea on the web to the ballot: refused, reworked, and accepted when the second check has answered the first one's points. Nobody outside reads a
// verdict before the council has signed; whoever supports is told with the words.
func TestFromIdeaToBallot(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		author, neighbour, visitor := c.Resident(civic.Russian), c.Resident(civic.Russian), c.Browser(nil)
		asel := c.Browser(author)
		page := "/ru" + CampaignPath(w.campaign)
		if got, last := c.LastDays("budgeting.campaigns"), citytest.Start.AddDate(0, 0, 17+10*(len(Stages())-1)).Format(time.DateOnly); len(got) != 1 || got[0] != last {
			t.Errorf("last days %v of the table, want %s", got, last)
		}
		if got, first := c.Days("budgeting.campaigns", "votes_on"), citytest.Start.AddDate(0, 0, 17+10*3+1).Format(time.DateOnly); len(got) != 1 || got[0] != first {
			t.Errorf("first days of the vote %v in the table, want %s", got, first)
		}
		visitor.Get("/ru/budget").Want(200, "Бюджет участия 2027", "70\u00a0000\u00a0000")
		visitor.Get(page).Want(200, "Дворы до 40 квартир", "Приём предложений", "SHA-256", "birge tally FILE.pb --rule=equal-shares")
		visitor.Get(page+"/ideas").Want(200, "Предложений пока нет")
		form := []string{"title", "Скамьи во дворе на Абая, 14", "what", "Поставить три скамьи у подъездов", "why", "Пожилым негде сесть", "area", "small", "category", "sport", "address", "ул. Абая, 14", "land", "yard",
			"item1", "bench", "count1", "3", "other_what", "Доставка", "other_money", "45000", "signed", "Асель К."}
		asel.Post(page+"/new", "title", "Скамьи").Want(422, "Заполните это поле", "Скамьи", "Напишите, сколько это примерно стоит")
		asel.Post(page+"/new", form...).Want(200, "300\u00a0000", "Когда посмотрит модератор, всё это прочтёт любой")
		idea := asel.Post(page+"/new", append(form, "_sure", "yes")...).Want(303).Location
		visitor.Get(idea).Want(200, "Предложение № 1", "Текст смотрит модератор").Lacks("Скамьи во дворе")
		id := civic.ID(idea[strings.LastIndexByte(idea, '/')+1:])
		c.Browser(w.checker).Get("/ru/desk/moderation").Want(200, "Скамьи во дворе")
		c.Must(w.Decide(c.Ctx(), w.checker.Actor, id, moderation.Choice{Approve: true}))
		visitor.Get(idea).Want(200, "Скамьи во дворе на Абая, 14", "Асель К.", "300\u00a0000")
		visitor.Get(page+"/ideas").Want(200, "Скамьи во дворе")
		visitor.Get("/ru/search?q=скамья").Want(200, "Скамьи во дворе")
		visitor.Get(CampaignPath(w.campaign)+"/ideas.csv").Want(200, "Скамьи во дворе", "300000")
		visitor.Get("/api/v1/ideas/"+string(id)).Want(200, `"cost":"300000"`)

		c.Browser(neighbour).Post(idea + "/support").Want(303)
		c.Browser(neighbour).Post(idea + "/support").Want(303)
		visitor.Get(idea).Want(200, "1 человек поддержал")
		asel.Post(idea + "/support").Want(403)

		officer, desk := c.Browser(w.officer), "/ru/desk/ideas/"+string(id)
		officer.Get("/ru/desk").Want(200, "Отдать на проверку")
		officer.Post(desk+"/assign").Want(422, "Выберите из списка")
		officer.Post(desk+"/assign", "bodies", string(w.roads)).Want(303)
		visitor.Get(idea).Want(200, "На проверке", "Жол басқармасы")
		visitor.Get("/ru/answers").Want(200, "Проверка: Скамьи во дворе")
		check := "/ru/desk/checks/" + string(w.view(id).Checks[0].ID)
		engineer := c.Browser(w.engineer)
		engineer.Get("/ru/desk/budget").Want(200, "Скамьи во дворе")
		officer.Post(check, "outcome", "feasible").Want(403)
		engineer.Post(check, "outcome", "changes").Want(422, "Напишите, что изменить", "Напишите, кто отвечает")
		say := []string{"outcome", "not", "cost", "400000", "reason.kk", "Кабель бар", "reason.ru", "Под газоном кабель", "point1.kk", "Орындықты жылжыту", "point1.ru", "Сдвинуть скамьи от кабеля", "person", "Б. Инженер"}
		engineer.Post(check, say...).Want(200, "До подписи", "Под газоном кабель")
		engineer.Post(check, append(say, "_sure", "yes")...).Want(303)
		engineer.Post(check, append(say, "_sure", "yes")...).Want(409)
		for _, path := range []string{idea, "/ru/answers", page + "/ideas", "/api/v1/ideas/" + string(id), "/ru/record"} { // private until signed
			visitor.Get(path).Want(200).Lacks("Под газоном кабель", "400\u00a0000", "Неосуществимо", `"outcome"`)
		}
		asel.Get(idea).Want(200).Lacks("Под газоном кабель")

		council := c.Browser(w.expert)
		council.Get("/ru/desk").Want(200, "Подписать заключение")
		council.Post(desk+"/sign", "outcome", "not").Want(422, "Напишите номер и дату протокола")
		sign := []string{"outcome", "not", "cost", "400000", "reason.kk", "Кабель бар", "reason.ru", "Под газоном кабель", "protocol", "№ 3 от 20 марта"}
		council.Post(desk+"/sign", sign...).Want(200, "Поддержавших: 1")
		council.Post(desk+"/sign", append(sign, "_sure", "yes")...).Want(303)
		visitor.Get(idea).Want(200, "Возвращено на доработку", "Неосуществимо", "Под газоном кабель", "Сдвинуть скамьи от кабеля", "Б. Инженер", "№ 3 от 20 марта", "400\u00a0000")
		c.Jobs()
		for _, who := range []*citytest.Person{author, neighbour} { // with the words
			n := 0
			for _, told := range c.Told(who) {
				if words, ok := told.Body.Args[1].(civic.Text); told.Subject.Key == "budgeting.told_verdict_not" && ok && strings.Contains(words["ru"], "Под газоном кабель") {
					n++
				}
			}
			if n != 1 {
				t.Errorf("was told %d times: %+v", n, c.Told(who))
			}
		}
		asel.Get(idea).Want(200, "Доработать предложение")
		c.Pass(10 * 24 * time.Hour)

		rework := append(form, "area", "small")
		asel.Post(idea+"/rework", rework...).Want(422, "Ответьте на каждое замечание")
		asel.Post(idea+"/rework", append(rework, "reply1", "Сдвинули к забору", "_sure", "yes")...).Want(303)
		visitor.Get(idea).Want(200, "Доработано", "Текст смотрит модератор").Lacks("Сдвинули к забору", "Скамьи во дворе") // new words are read before everybody reads them
		officer.Post(desk+"/assign", "bodies", string(w.roads)).Want(409, "модератор")
		c.Browser(w.checker).Get("/ru/desk/moderation").Want(200, "Скамьи во дворе")
		c.Must(w.Decide(c.Ctx(), w.checker.Actor, id, moderation.Choice{Approve: true}))
		c.Jobs()
		if told := c.Told(neighbour)[0]; told.Subject.Key != "budgeting.told_reworked" {
			t.Errorf("who supports it was told %s", told.Subject.Key)
		}
		visitor.Get(idea).Want(200, "Доработано", "Сдвинули к забору")
		officer.Post(desk+"/assign", "bodies", string(w.roads)).Want(303)
		check = "/ru/desk/checks/" + string(w.view(id).Checks[0].ID)
		second := []string{"outcome", "feasible", "cost", "310000", "reason.kk", "Жарайды", "reason.ru", "Годится", "person", "Б. Инженер"}
		engineer.Post(check, second...).Want(422) // the answer to the point is missing
		engineer.Post(check, append(second, "met1", "no", "answer1.kk", "Жоқ", "answer1.ru", "Нет", "_sure", "yes")...).Want(422, "Пока замечание не учтено")
		engineer.Post(check, append(second, "met1", "yes", "answer1.kk", "Кабельден алыс", "answer1.ru", "Далеко от кабеля", "_sure", "yes")...).Want(303)
		c.Must(w.Sign(c.Ctx(), w.expert.Actor, id, Verdict{Outcome: Feasible, Cost: 310_000 * civic.Tenge, Reason: both("Жарайды", "Годится"), Protocol: "№ 5"}))
		visitor.Get(idea).Want(200, "Выходит на голосование", "Замечание 1 учтено", "Далеко от кабеля", "310\u00a0000")
		visitor.Get("/ru").Want(200, "Выходит на голосование")
		asel.Get("/ru/me").Want(200, "Скамьи во дворе", "Выходит на голосование")
		c.SkipActs()
		if report, _ := c.Verified(); report.Compared < 4 {
			t.Errorf("the record: %+v", report)
		}
	}, Capability())
}

// The rules are published before the first day, with the hash of their file; afterwards they change with a reason that everybody reads, and once people vote not at
// all.
func TestRulesBeforeProposals(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		s, akimat, other := citytest.Service[*Service](c), c.Body("Әкімдік"), c.Body("Жол басқармасы")
		officer, stranger := c.Officer(akimat), c.Officer(other)
		typed := campaign(c, akimat)
		_, err := s.DrawUp(c.Ctx(), stranger.Actor, typed)
		c.Refused(err, civic.Forbidden)
		id, err := s.DrawUp(c.Ctx(), officer.Actor, typed)
		c.Must(err)
		c.Browser(nil).Get("/ru" + CampaignPath(id)).Want(404)
		c.Browser(nil).Get("/ru/budget").Want(200, "Кампаний пока нет")
		c.Browser(officer).Get("/ru/desk/budget/"+string(id)).Want(200, "small; 40 пәтерге дейінгі аулалар; Дворы до 40 квартир; ; 20000000")
		c.Refused(s.Publish(c.Ctx(), stranger.Actor, id), civic.Forbidden)
		c.SkipActs()
		c.Browser(officer).Post("/ru/desk/budget/"+string(id)+"/publish").Want(200, "только с причиной", "--completion=add-one,greedy")
		c.Browser(officer).Post("/ru/desk/budget/"+string(id)+"/publish", "_sure", "yes").Want(303)
		published := c.WantActs("budgeting.campaign.published")[0]
		file := c.Browser(nil).Get(CampaignPath(id) + "/rules.json").Want(200).Body
		sum := sha256.Sum256([]byte(file))
		if hash := published.Entry.Member("hash"); hash != hex.EncodeToString(sum[:]) {
			t.Errorf("the record has the hash %s of another file than\n%s", hash, file)
		}

		later := typed
		later.Plan.Until = map[Stage]string{}
		for stage, day := range typed.Plan.Until {
			later.Plan.Until[stage] = day
		}
		later.Areas = later.Areas[:1]
		c.Refused(s.Change(c.Ctx(), officer.Actor, id, later, nil), civic.Invalid)
		c.Must(s.Change(c.Ctx(), officer.Actor, id, later, both("Бір бөлік болды", "Осталась одна часть")))
		c.WantActs("budgeting.campaign.changed")
		c.Browser(nil).Get("/ru"+CampaignPath(id)).Want(200, "Осталась одна часть").Lacks("больше 100 квартир")

		c.Pass(8 * 24 * time.Hour)
		later.Plan.Opens = c.Now().AddDate(0, 0, 1).Format(time.DateOnly)
		c.Refused(s.Change(c.Ctx(), officer.Actor, id, later, both("Себеп", "Причина")), civic.Invalid) // that day has passed
		later.Plan.Opens = typed.Plan.Opens
		c.Pass(45 * 24 * time.Hour) // people vote
		later.Rules.Choices = 5
		c.Refused(s.Change(c.Ctx(), officer.Actor, id, later, both("Себеп", "Причина")), civic.Invalid)
		c.Refused(s.Stop(c.Ctx(), officer.Actor, id, both("Себеп", "Причина")), civic.Closed)

		late, err := s.DrawUp(c.Ctx(), officer.Actor, typed)
		c.Must(err)
		c.Refused(s.Publish(c.Ctx(), officer.Actor, late), civic.Closed)
		if report, _ := c.Verified(); report.Compared < 3 {
			t.Errorf("the record: %+v", report)
		}
	}, Capability())
}

// What came on paper counts the same, and who runs the campaign answers for it.
func TestOnPaper(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		form := []string{"title", "Лавка у дома 3", "what", "Поставить лавку", "why", "Негде сесть", "area", "small", "category", "sport", "address", "Дом 3", "land", "yard", "item1", "bench", "count1", "1", "signed", "Семья Ли",
			"paper_support", "41", "_sure", "yes"}
		c.Browser(w.engineer).Post("/ru/desk/budget/"+string(w.campaign)+"/paper", form...).Want(403)
		idea := c.Browser(w.officer).Post("/ru/desk/budget/"+string(w.campaign)+"/paper", form...).Want(303).Location
		id := civic.ID(idea[strings.LastIndexByte(idea, '/')+1:])
		c.Must(w.Decide(c.Ctx(), w.checker.Actor, id, moderation.Choice{Approve: true}))
		c.Browser(nil).Get(idea).Want(200, "подано на бумаге", "41 человек поддержал", "Семья Ли")
		w.spoken(id, changes)
		c.Must(w.Sign(c.Ctx(), w.expert.Actor, id, Verdict{Outcome: WithChanges, Cost: 400_000 * civic.Tenge, Reason: changes.Reason, Protocol: "№ 1"}))
		c.Pass(10 * 24 * time.Hour)
		p := w.view(id).Proposal
		c.Refused(w.Rework(c.Ctx(), w.engineer.Actor, id, p, []string{"Сдвинули"}), civic.Forbidden)
		c.Must(w.Rework(c.Ctx(), w.officer.Actor, id, p, []string{"Сдвинули"}))
	}, Capability())
}

// Two become one only when both authors want it: both stay, supporters are added up, nobody counts twice.
func TestMergingWithConsent(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		asel, dauren, fan := c.Resident(civic.Russian), c.Resident(civic.Russian), c.Resident(civic.Russian)
		a := w.shown(asel, w.yard("Скамьи у дома 14"))
		second := w.yard("Лавочки у четырнадцатого дома")
		second.Signed = "Даурен"
		b := w.shown(dauren, second)
		c.Must(w.Support(c.Ctx(), fan.Actor, a))
		c.Must(w.Support(c.Ctx(), fan.Actor, b))
		c.Refused(w.AskMerge(c.Ctx(), fan.Actor, b, 1, ""), civic.Forbidden)
		c.Refused(w.AskMerge(c.Ctx(), dauren.Actor, b, 9, ""), civic.Invalid)
		c.Browser(dauren).Post("/ru"+Path(b)+"/merge", "number", "1", "words", "Это об одном").Want(303)
		c.Browser(asel).Get("/ru"+Path(a)).Want(200, "Лавочки у четырнадцатого", "Это об одном", "Согласен")
		c.Browser(nil).Get("/ru" + Path(a)).Want(200).Lacks("Это об одном")
		c.Refused(w.AnswerMerge(c.Ctx(), dauren.Actor, a, b, true), civic.Forbidden)
		c.Browser(asel).Post("/ru"+Path(a)+"/merge/"+string(b), "say", "yes").Want(200, "Разделить их потом нельзя", "Лавочки у четырнадцатого", "Скамьи у дома 14")
		c.Browser(nil).Get("/ru" + Path(b)).Want(200).Lacks("Объединено")
		c.Browser(asel).Post("/ru"+Path(a)+"/merge/"+string(b), "say", "yes", "_sure", "yes").Want(303)
		c.Browser(nil).Get("/ru"+Path(b)).Want(200, "Объединено", "Скамьи у дома 14")
		c.Browser(nil).Get("/ru"+Path(a)).Want(200, "Даурен", "1 человек поддержал")
		c.SkipActs()
		if report, _ := c.Verified(); report.Compared < 3 {
			t.Errorf("the record: %+v", report)
		}
		// Who leaves takes their name out of the record too.
		c.Browser(dauren).Get("/ru/account/download").Want(200, "Лавочки у четырнадцатого")
		c.Browser(dauren).Post("/ru/account/delete", "sure", "yes", "password", citytest.Password).Want(303)
		c.Browser(nil).Get("/ru" + Path(a)).Want(200).Lacks("Даурен")
		c.Verified()
		c.Read(func(tx *storage.Tx) error {
			held, err := Capability().Personal.Export(tx, dauren.Account)
			if left, _ := json.Marshal(held); string(left) != "null" {
				t.Errorf("left behind: %s", left)
			}
			return err
		})
	}, Capability())
}

// A person proposes as often as the rules say, however many tabs they send from at once.
func TestProposalsOfOnePerson(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		asel := c.Resident(civic.Russian)
		var wait sync.WaitGroup
		results := make([]error, 12)
		for i := range results {
			wait.Go(func() {
				_, results[i] = w.Propose(c.Ctx(), asel.Actor, w.yard("Скамьи у дома 14"), civic.Russian)
			})
		}
		wait.Wait()
		taken := 0
		for _, err := range results {
			if err == nil {
				taken++
			} else if civic.CodeOf(err) != civic.TooMany {
				t.Error(err)
			}
		}
		if l, err := w.List(c.Ctx(), Query{Campaign: w.campaign}); err != nil || taken != 2 || len(l.Items) != 2 || l.Items[0].Number+l.Items[1].Number != 3 {
			t.Errorf("%d were taken: %+v, %v", taken, l.Items, err)
		}
	}, Capability())
}

// What is like it, in words or place, is shown before it is filed; what is too dear, or of no part, is refused with the words for that.
func TestBeforeProposing(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		w.shown(c.Resident(civic.Russian), w.yard("Скамьи у дома 14"))
		person := c.Resident(civic.Russian)
		asel := c.Browser(person)
		page := "/ru" + CampaignPath(w.campaign) + "/new"
		form := func(change ...string) (out []string) {
			typed := map[string]string{"title": "Скамья у дома 14 по Абая", "what": "Две скамьи", "why": "Негде сесть", "area": "small", "category": "sport", "address": "Абая, 14", "land": "yard", "item1": "bench", "count1": "2"}
			for i := 0; i < len(change); i += 2 {
				typed[change[i]] = change[i+1]
			}
			for name, value := range typed {
				out = append(out, name, value)
			}
			return out
		}
		asel.Post(page, form()...).Want(200, "Похожее уже есть", "Скамьи у дома 14")
		asel.Post(page, form("count1", "400")...).Want(422, "Получилось 34\u00a0000\u00a0000", "не больше 20\u00a0000\u00a0000")
		asel.Post(page, form("area", "nowhere")...).Want(422, "Выберите из списка")
		asel.Post(page, form("title", strings.Repeat("ы", 121))...).Want(422)
		asel.Post(page, form("title", "#REF!")...).Want(422)
		c.Pass(20 * 24 * time.Hour)
		asel = c.Browser(person)
		asel.Get(page).Want(409, "Сейчас предложения не принимают")
		asel.Post(page, form("_sure", "yes")...).Want(409)
	}, Capability())
}

// Ideas are found by the district of their place, on the page and in files; a filter of no district finds none. What was taken down is in no table.
func TestIdeasOfADistrict(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		c.Must(c.Settings.SetDistricts(c.Ctx(), c.Administrator().Actor, "Абай; Абайский; Abai\nМедеу; Медеуский; Medeu"))
		for _, of := range [][2]string{{"abai", "Скамьи на Абая"}, {"medeu", "Качели у школы"}} {
			p := w.yard(of[1])
			p.District = of[0]
			w.shown(c.Resident(civic.Russian), p)
		}
		removed, err := w.Propose(c.Ctx(), c.Resident(civic.Russian).Actor, w.yard("Звоните 8 777"), civic.Russian)
		c.Must(err)
		if got := c.Rows("budgeting.ideas"); got != 3 {
			t.Errorf("%d ideas, want 3", got)
		}
		c.Must(w.Decide(c.Ctx(), w.checker.Actor, removed.ID, moderation.Choice{Rule: "personal_data.1", Reason: "Телефон"}))
		if got := c.Rows("budgeting.ideas"); got != 2 {
			t.Errorf("%d ideas are in the table after one was taken down, want 2", got)
		}
		visitor, page := c.Browser(nil), "/budget/"+string(w.campaign)+"/ideas"
		visitor.Get("/ru"+page).Want(200, "Скамьи на Абая", "Качели у школы")
		visitor.Get("/ru"+page+"?district=abai").Want(200, "Скамьи на Абая", `<option value="abai" selected`).Lacks("Качели у школы")
		visitor.Get(page+".csv?district=medeu").Want(200, "Качели у школы").Lacks("Скамьи на Абая")
		visitor.Get("/api/v1"+page+"?district=abai").Want(200, "Скамьи на Абая").Lacks("Качели у школы")
		visitor.Get("/ru"+page+"?district=nowhere").Want(200, "Ничего не нашлось").Lacks("Скамьи на Абая")
	}, Capability())
}
