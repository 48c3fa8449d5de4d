package grants_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/grants"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/review"
)

func text(kk, ru string) civic.Text { return civic.Text{"kk": kk, "ru": ru} }

// town is a city whose akimat gives money.
type town struct {
	*citytest.City
	*Service
	akimat  civic.ID
	officer *citytest.Person
}

func open(c *citytest.City) *town {
	t := &town{City: c, Service: citytest.Service[*Service](c), akimat: c.Body("Әкімдік")}
	t.officer = c.Officer(t.akimat)
	return t
}

// call is a draft that opens tomorrow at nine and closes after thirty days at six.
func (t *town) call() Call {
	day := t.Now().In(t.Settings.Zone())
	nine := time.Date(day.Year(), day.Month(), day.Day()+1, 9, 0, 0, 0, day.Location())
	return Call{Funder: t.akimat, Kind: Grant, Title: text("Аула гранттары", "Гранты для дворов"), About: text("Аула тазалығы", "Чистые дворы"), Money: 3_000_000 * civic.Tenge, Most: 1_500_000 * civic.Tenge, Own: 10,
		Window: Window{Opens: nine, Closes: nine.AddDate(0, 0, 30).Add(9 * time.Hour), Grace: 30 * time.Minute}, Rubric: review.Rubric{Scale: 5, Readers: 3}}
}

// announce announces the call and waits until it takes applications.
func (t *town) announce(c Call) civic.ID {
	id, err := t.Keep(t.Ctx(), t.officer.Actor, c)
	t.Must(err)
	t.Must(t.AddCriterion(t.Ctx(), t.officer.Actor, id, review.Criterion{Label: text("Қажеттілік", "Нужность"), Zero: text("Керегі жоқ", "Не нужно"), Full: text("Өте керек", "Очень нужно"), Weight: 2}))
	t.Must(t.AddCriterion(t.Ctx(), t.officer.Actor, id, review.Criterion{Label: text("Жоспар", "План"), Zero: text("Жоспар жоқ", "Плана нет"), Full: text("Жоспар анық", "План ясен"), Weight: 1}))
	t.Must(t.Announce(t.Ctx(), t.officer.Actor, id))
	t.At(c.Opens)
	return id
}

var answers = map[string]string{"title": "Таза аула", "summary": "Он ауланы тазалаймыз", "mission": "Аула баптаймыз", "need": "Қоқыс көп", "plan": "Мамырда тазалаймыз", "people": "1200", "result": "Он аула таза"}

// typed are the fields of the form of all questions that nobody has answered yet.
func typed(version string) (pairs []string) {
	for key, said := range answers {
		pairs = append(pairs, "q."+key, said, "seen."+key, version)
	}
	return pairs
}

var line = Line{What: "Қоқыс жәшіктері", Amount: 1_000_000 * civic.Tenge, Own: 100_000 * civic.Tenge}

// write begins an application that is ready to be handed in.
func (t *town) write(call, organisation civic.ID, p *citytest.Person) civic.ID {
	id, err := t.Begin(t.Ctx(), p.Actor, call, organisation)
	t.Must(err)
	f := ui.Form{Values: map[string][]string{}, Sent: true}
	for key, said := range answers {
		f.Values["q."+key], f.Values["seen."+key] = []string{said}, []string{"0"}
	}
	t.Must(t.Answer(t.Ctx(), p.Actor, id, f))
	t.Must(t.SetPlan(t.Ctx(), p.Actor, id, 0, Plan{Budget: []Line{line}, People: []string{"Асан Үсенов"}}))
	return id
}

// An officer draws up a call, and nobody sees it before it is announced; from then on nothing of it changes.
func TestACall(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		officer, visitor := c.Browser(w.officer), c.Browser(nil)
		c.Must(c.Settings.SetDistricts(c.Ctx(), c.Administrator().Actor, "Абай; Абайский; Abai\nМедеу; Медеуский; Medeu"))
		visitor.Get("/ru/grants").Want(200, "Конкурсов здесь нет")
		officer.Get("/ru/desk/grants/new").Want(200, "Әкімдік")
		day := func(n int) string { return c.Now().AddDate(0, 0, n).Format(time.DateOnly) }
		form := func(closes string) []string {
			return []string{"funder", string(w.akimat), "kind", "micro", "title.kk", "Шағын гранттар", "title.ru", "Микрогранты", "about.kk", "Көршілерге", "about.ru", "Соседям", "money", "2 000 000", "most", "300000", "own", "0",
				"opens_day", day(1), "opens_time", "09:00", "closes_day", closes, "closes_time", "18:00", "grace", "30", "readers", "3", "scale", "10", "quorum", "75", "pass", "2,5", "rule.legal_form", "foundation", "rule.age", "1", "rule.no_debt", "yes", "district", "abai"}
		}
		officer.Post("/ru/desk/grants/new", append(form(day(0)), "money", "")...).Want(422, "Конец должен быть позже", "Микрогранты")
		officer.Post("/ru/desk/grants/new", append([]string{"scale", "1"}, form(day(25))...)...).Want(422, "Укажите целое число от 2 до 100")
		officer.Post("/ru/desk/grants/new", append([]string{"quorum", "0"}, form(day(25))...)...).Want(422, "Укажите целое число от 1 до 100")
		officer.Post("/ru/desk/grants/new", append([]string{"pass", "10,5"}, form(day(25))...)...).Want(422, "Укажите балл от 0 до 10")
		draft := officer.Post("/ru/desk/grants/new", form(day(25))...).Want(303).Location
		id := civic.ID(draft[strings.LastIndexByte(draft, '/')+1:])
		visitor.Get("/ru" + Path(id)).Want(404)
		c.Browser(c.Representative(c.Organisation("Үміт"))).Get(draft).Want(404)
		officer.Get(draft+"/edit").Want(200, "09:00", "18:00", "2.5", `value="75"`)
		officer.Post(draft+"/announce").Want(422, "Добавьте хотя бы один критерий")
		criterion := []string{"label.kk", "Қажеттілік", "label.ru", "Нужность", "zero.kk", "Жоқ", "zero.ru", "Нет", "full.kk", "Иә", "full.ru", "Да", "weight", "0"}
		officer.Post(draft+"/criteria", criterion...).Want(422, "от 1 до 100", "Нужность")
		criterion[len(criterion)-1] = "3"
		officer.Post(draft+"/criteria", criterion...).Want(303)
		officer.Post(draft+"/questions", "label.kk", "Көрші саны", "label.ru", "", "sort", "whole").Want(422, "Көрші саны")
		officer.Post(draft+"/questions", "label.kk", "Көрші саны", "label.ru", "Сколько соседей", "sort", "whole").Want(303)
		officer.Post(draft+"/questions", "label.kk", "Қай бағыт", "label.ru", "Какое направление", "sort", "one", "options.kk", "Спорт\nӨнер", "options.ru", "Спорт\nИскусство", "required", "yes").Want(303)
		officer.Post(draft+"/questions", "label.kk", "Қай спорт", "label.ru", "Какой спорт", "sort", "line", "when", "q2=o1").Want(303)
		officer.Post(draft+"/questions", "label.kk", "Жүлде", "label.ru", "Размер приза", "sort", "money", "known", "nobody").Want(422, "Размер приза")
		officer.Post(draft+"/questions", "label.kk", "Жүлде", "label.ru", "Размер приза", "sort", "money").Want(303)
		officer.Get(draft+"/questions").Want(200, "Какой спорт", "Искусство", "Сумма")
		officer.Post(draft+"/questions/drop", "key", "experience").Want(303)
		officer.Post(draft+"/questions/drop", "key", "title").Want(303)
		officer.Get(draft+"/questions").Want(200, "Сколько соседей", "Название проекта").Lacks("Что похожее")
		officer.Post(draft+"/announce").Want(200, "изменить это будет нельзя", "Микрогранты", "Нужность", "вес 3", "Фонд")
		officer.Post(draft+"/announce", "_sure", "yes").Want(303)
		officer.Get(draft + "/edit").Want(409)
		officer.Post(draft+"/criteria", criterion...).Want(409)
		visitor.Get("/ru"+Path(id)).Want(200, "Микрогранты", "скоро", "300 000 ₸", "18:30", "Фонд", "Решает средняя оценка", "10 — ", "Кворум заседания: 75 %", "Размер приза").Lacks("2 000 000 ₸ ₸")
		visitor.Get("/ru/grants").Want(200, "Микрогранты", "2 000 000 ₸")
		visitor.Get("/grants.csv").Want(200, "Шағын гранттар", "micro")
		visitor.Get("/ru/grants?district=abai&state=announced").Want(200, "Микрогранты", `<option value="abai" selected`, `name="state" value="announced"`)
		visitor.Get("/ru/grants?district=medeu").Want(200, "Конкурсов здесь нет").Lacks("Микрогранты")
		visitor.Get("/ru/grants?district=nowhere").Want(200, "Микрогранты")
		visitor.Get(Path(id)+"/terms.json").Want(200, `"criteria"`, "Сколько соседей")
		c.Pass(48 * time.Hour)
		visitor.Get("/ru").Want(200, "Микрогранты")
		visitor.Get("/ru/search?q=микрогранты").Want(200, "Конкурсы грантов")
		c.SignIn(w.officer)
		officer = c.Browser(w.officer)
		officer.Post(draft+"/cancel", "reasons.kk", "Ақша жоқ", "reasons.ru", "").Want(422, "Ақша жоқ")
		officer.Post(draft+"/cancel", "reasons.kk", "Ақша жоқ", "reasons.ru", "Денег нет").Want(200, "Почему, прочтут все")
		officer.Post(draft+"/cancel", "reasons.kk", "Ақша жоқ", "reasons.ru", "Денег нет", "_sure", "yes").Want(303)
		visitor.Get("/ru"+Path(id)).Want(200, "Денег нет", "отменён")
		acts := c.Acts()
		if last := acts[len(acts)-1]; last.Kind != "grants.call.cancelled" || !strings.Contains(string(last.Payload), `"questions":"`) {
			t.Errorf("the record ends with %s %s", last.Kind, last.Payload)
		}
		if report, why := c.Verified(); report.Compared == 0 {
			t.Errorf("the record: %+v %s", report, why)
		}
	}, Capability())
}

// An NGO of two people: both write at once and lose no word; they hand in at 17:59, or in the grace period, and never after it.
func TestTwoPeopleAt1759(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		call := w.call()
		id := w.announce(call)
		ngo := c.Organisation("Жасыл қала")
		first, second := c.Representative(ngo), c.Representative(ngo)
		asel, berik := c.Browser(first), c.Browser(second)
		page := "/ru" + Path(id)
		c.Browser(c.Resident(civic.Russian)).Get(page+"/apply").Want(200, "Вы не представляете организацию")
		asel.Get(page+"/apply").Want(200, "Жасыл қала")
		own := asel.Post(page+"/apply", "applicant", string(ngo)).Want(303).Location
		if again := berik.Post(page+"/apply", "applicant", string(ngo)).Want(303).Location; again != own {
			t.Errorf("a second application %s beside %s", again, own)
		}
		c.Browser(c.Representative(c.Organisation("Басқа"))).Get(own).Want(404)
		c.Browser(w.officer).Get(own).Want(404)
		asel.Get(own).Want(200, "Ещё не хватает", "Нет ответа: Название проекта", "Смета пуста")

		asel.Post(own+"/answers", typed("0")...).Want(303)
		// Berik had opened the page before: what he typed elsewhere is saved, and where both typed he sees both.
		berik.Post(own+"/answers", "q.title", "Таза аула, жаңа", "seen.title", "0", "q.experience", "Бес аула", "seen.experience", "0").
			Want(422, "Тем временем другой человек сохранил", "Таза аула", "Таза аула, жаңа", "Бес аула")
		berik.Post(own+"/answers", "q.title", "Таза аула, жаңа", "seen.title", "1").Want(303)
		asel.Get(own+"/answers").Want(200, "Таза аула, жаңа", "Бес аула")
		asel.Post(own+"/answers", "q.people", "көп", "seen.people", "1").Want(422, "көп")

		asel.Post(own+"/budget", "seen", "0", "what.0", "Жәшік", "amount.0", "жүз").Want(422, "Укажите сумму", "жүз")
		asel.Post(own+"/budget", "seen", "0", "what.0", "Жәшік", "amount.0", "1 000 000", "own.0", "50 000", "people", "Асан").Want(303)
		// He had the empty budget before him: hers is shown beside his, and pressing again does not throw it away. He keeps his by saying so, for what he has seen.
		spade := []string{"seen", "0", "what.0", "Күрек", "amount.0", "1"}
		for range 2 {
			berik.Post(own+"/budget", spade...).Want(409, "его вариант ниже", "Күрек", "Жәшік", "1 000 000 ₸", "Асан", `name="seen" value="0"`, `name="keep" type="checkbox" value="1"`)
		}
		asel.Get(own).Want(200, "не меньше 10 % сметы", "950 000 ₸")
		berik.Post(own+"/budget", append(spade, "keep", "0")...).Want(409, "Жәшік")
		berik.Post(own+"/budget", append(spade, "keep", "1")...).Want(303)
		asel.Get(own).Want(200, "Күрек").Lacks("Жәшік")
		// What is wrong in a row is said at that row, also below an empty one.
		asel.Post(own+"/budget", "seen", "2", "what.0", "Жәшік", "amount.0", "100", "what.2", "Күрек", "amount.2", "100", "own.2", "300").Want(422, `href="#f-own.2"`).Lacks(`href="#f-own.1"`)
		asel.Post(own+"/submit", "_sure", "yes").Want(422)
		asel.Post(own+"/budget", "seen", "2", "what.0", "Жәшік", "amount.0", "1 000 000", "own.0", "100 000,50", "people", "Асан").Want(303)

		c.At(call.Closes.Add(-time.Minute))
		asel, berik = c.Browser(c.SignIn(first)), c.Browser(c.SignIn(second))
		asel.Post(own+"/submit").Want(200, "Вот что будут читать", "Таза аула, жаңа", "899 999,50 ₸")
		asel.Post(own+"/submit", "_sure", "yes").Want(303)
		receipt := asel.Get(own).Want(200, "A001", "Квитанция").Lacks("запасное время")
		berik.Post(own+"/submit", "_sure", "yes").Want(303)
		if again := berik.Get(own); again.Main().Text() != receipt.Main().Text() {
			t.Error("handed in twice, it is not the same")
		}
		berik.Post(own+"/answers", "q.title", "Басқа", "seen.title", "2").Want(409)
		c.Jobs()
		if told := c.Told(second); len(told) != 1 || told[0].Body.Key != "grants.told_submitted" {
			t.Errorf("told %+v", told)
		}
		berik.Post(own+"/withdraw", "_sure", "yes").Want(303)
		c.At(call.Closes.Add(29 * time.Minute)) // in the grace period they think otherwise
		berik = c.Browser(c.SignIn(second))
		berik.Get(page).Want(200, "Заявки ещё принимают до", "18:30")
		berik.Post(page+"/apply", "applicant", string(ngo)).Want(303)
		berik.Post(own+"/submit", "_sure", "yes").Want(303)
		berik.Get(own).Want(200, "A001", "Пришла в запасное время")

		late := c.Organisation("Кеш")
		latecomer := c.Representative(late)
		begun := w.write(id, late, latecomer)
		c.At(call.Until())
		_, err := w.Submit(c.Ctx(), latecomer.Actor, begun)
		c.Refused(err, civic.Closed)
		c.Browser(c.SignIn(latecomer)).Get("/ru"+OwnPath(id, begun)).Want(200, "Время вышло, и запас тоже", "Он ауланы тазалаймыз")
		// What is typed into a page that was open is not saved, and stands there still.
		open := c.Browser(c.SignIn(latecomer))
		open.Post("/ru"+OwnPath(id, begun)+"/answers", "q.plan", "Үш мың таңба", "seen.plan", "1").Want(409, "Время вышло, и запас тоже", "Үш мың таңба")
		open.Post("/ru"+OwnPath(id, begun)+"/budget", "seen", "1", "what.0", "Соңғы күрек", "amount.0", "5").Want(409, "Время вышло", "Соңғы күрек")
		open.Get("/ru" + OwnPath(id, begun) + "/answers").Want(409)
		c.Refused(w.Answer(c.Ctx(), latecomer.Actor, begun, ui.Form{Values: map[string][]string{"q.title": {"x"}, "seen.title": {"1"}}}), civic.Closed)
		c.Browser(c.SignIn(latecomer)).Get(page).Want(200, "Приём закончился")
		c.Browser(nil).Get(page).Want(200).Lacks("A001", "Жасыл қала") // not even that somebody applied
		c.Browser(c.SignIn(first)).Get("/ru/account/download").Want(200, string(ngo))
	}, Capability())
}

// The check for form lets in, or asks once for what is missing, with a clock.
func TestWhatIsMissingIsSuppliedOnce(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		call := w.call()
		id := w.announce(call)
		var people []*citytest.Person
		var all []civic.ID
		for i := range 2 {
			ngo := c.Organisation(fmt.Sprint("Ұйым ", i))
			p := c.Representative(ngo)
			one := w.write(id, ngo, p)
			_, err := w.Submit(c.Ctx(), p.Actor, one)
			c.Must(err)
			people, all = append(people, p), append(all, one)
		}
		c.Refused(w.Check(c.Ctx(), w.officer.Actor, all[0], Admitted, nil), civic.Closed) // applications are still taken
		c.At(call.Until())
		officer := c.Browser(c.SignIn(w.officer))
		officer.Get("/ru/desk").Want(200, "Проверить форму: 2")
		page := "/ru/desk/grants/" + string(id) + "/applications/"
		officer.Get(page+string(all[0])).Want(200, "Таза аула", "900 000 ₸", "Асан Үсенов")
		officer.Post(page+string(all[0]), "find", "lacking").Want(422)
		officer.Post(page+string(all[0]), "find", "lacking", "words.kk", "Жоспар қысқа", "words.ru", "План короткий").Want(303)
		c.Must(w.Check(c.Ctx(), w.officer.Actor, all[1], Admitted, nil))
		own := "/ru" + OwnPath(id, all[0])
		writer := c.Browser(c.SignIn(people[0]))
		writer.Get(own).Want(200, "План короткий", "Дополните заявку до")
		writer.Post(own+"/answers", "q.plan", "Мамырда тазалаймыз, маусымда тексереміз", "seen.plan", "1").Want(303)
		writer.Post(own+"/submit", "_sure", "yes").Want(303)
		officer.Post(page+string(all[0]), "find", "lacking", "words.kk", "Тағы", "words.ru", "Ещё").Want(422, "Дополнить можно один раз")
		officer.Get(page+string(all[0])).Want(200, "маусымда тексереміз")
		officer.Post(page+string(all[0]), "find", "refused", "words.kk", "Кеш", "words.ru", "Поздно").Want(303)
		writer.Get(own).Want(200, "Поздно", "не допущена")

		// Who lets the clock run out can no longer supply anything.
		c.Must(w.Check(c.Ctx(), w.officer.Actor, all[1], Lacking, text("Құжат жоқ", "Нет документа")))
		c.Pass(20 * 24 * time.Hour)
		_, err := w.Submit(c.Ctx(), people[1].Actor, all[1])
		c.Refused(err, civic.Closed)
		c.Refused(w.Check(c.Ctx(), w.officer.Actor, all[1], Lacking, text("Құжат жоқ", "Нет документа")), civic.Invalid)
		c.Must(w.Check(c.Ctx(), w.officer.Actor, all[1], Refused, text("Құжат жоқ", "Нет документа")))
		c.Jobs()
		var keys []string
		for _, n := range c.Told(people[1]) {
			keys = append(keys, n.Body.Key)
		}
		slices.Sort(keys)
		if !slices.Equal(keys, []string{"grants.told_admitted", "grants.told_lacking", "grants.told_refused", "grants.told_submitted"}) {
			t.Errorf("told %v", keys)
		}
	}, Capability())
}

// Who does not meet a rule is told which, before a word is written.
func TestWhoMayNotApply(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		call := w.call()
		call.Rules = []Rule{{Kind: Filed, Years: 1}, {Kind: LegalForm, Codes: []string{"union"}}}
		id := w.announce(call)
		ngo := c.Organisation("Жасыл қала")
		p := c.Representative(ngo)
		c.Browser(p).Get("/ru"+Path(id)+"/apply").Want(200, "Не выполнено", "Сданы годовые сведения", "Неизвестно, дополните запись")
		c.Browser(p).Post("/ru"+Path(id)+"/apply", "applicant", string(ngo)).Want(422, "Сначала сдайте")
		c.Browser(w.officer).Post("/ru"+Path(id)+"/apply", "applicant", string(ngo)).Want(422)
	}, Capability())
}

// Many hand in at once, some twice: each has a number of its own, and one receipt.
func TestManyHandInAtOnce(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		id := w.announce(w.call())
		var people []*citytest.Person
		var all []civic.ID
		for i := range 8 {
			ngo := c.Organisation(fmt.Sprint("Ұйым ", i))
			p := c.Representative(ngo)
			people, all = append(people, p), append(all, w.write(id, ngo, p))
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		numbers, receipts := map[int]civic.ID{}, map[string]civic.ID{}
		for i := range all {
			for range 2 {
				wg.Go(func() {
					d, err := w.Submit(c.Ctx(), people[i].Actor, all[i])
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					defer mu.Unlock()
					if of, taken := numbers[d.Number]; taken && of != d.ID || d.Number < 1 || d.Number > len(all) {
						t.Errorf("%s and %s have the number %d", of, d.ID, d.Number)
					}
					numbers[d.Number], receipts[d.Receipt] = d.ID, d.ID
				})
			}
		}
		wg.Wait()
		if len(numbers) != len(all) || len(receipts) != len(all) {
			t.Errorf("%d numbers and %d receipts", len(numbers), len(receipts))
		}
		c.Read(func(tx *storage.Tx) error { return nil })
	}, Capability())
}

// An application that was withdrawn and is written anew is its organisation's own: nobody reads the unfinished text, and no receipt says that it was handed in. Who gives the money does not apply.
func TestAnApplicationTakenUpAgain(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		id := w.announce(w.call())
		ngo := c.Organisation("Жасыл қала")
		p := c.Representative(ngo)
		d := w.write(id, ngo, p)
		_, err := w.Submit(c.Ctx(), p.Actor, d)
		c.Must(err)
		officer, writer := c.Browser(c.SignIn(w.officer)), c.Browser(p)
		desk, own := "/ru/desk/grants/"+string(id), "/ru"+OwnPath(id, d)
		officer.Get(desk+"/applications/"+string(d)).Want(200, "Таза аула")
		c.Must(w.Withdraw(c.Ctx(), p.Actor, d))
		_, err = w.Begin(c.Ctx(), p.Actor, id, ngo)
		c.Must(err)
		writer.Post(own+"/answers", "q.title", "Жартылай жазылған", "seen.title", "1").Want(303)
		officer.Get(desk + "/applications/" + string(d)).Want(404)
		officer.Get(desk).Want(200).Lacks("A001", "Жартылай")
		writer.Get(own).Want(200, "не подана").Lacks("A001", "Квитанция")
		_, err = w.Submit(c.Ctx(), p.Actor, d)
		c.Must(err)
		officer.Get(desk+"/applications/"+string(d)).Want(200, "Жартылай жазылған")
		writer.Get(own).Want(200, "A001", "Квитанция")

		_, err = w.Begin(c.Ctx(), c.Representative(w.akimat).Actor, id, w.akimat)
		if c.Refused(err, civic.Invalid); !strings.Contains(err.Error(), "grants.unmet_funder") {
			t.Error(err)
		}
	}, Capability())
}
