package grants_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/contracts"
	. "github.com/birge-kz/birge/internal/grants"
	"github.com/birge-kz/birge/internal/grants/threesixty"
	"github.com/birge-kz/birge/internal/ledger"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/review"
)

// sums fails unless the money of the call sums to zero, and returns it by account.
func (r *read) sums() map[string]civic.Money {
	r.T.Helper()
	out, all := map[string]civic.Money{}, civic.Money(0)
	r.City.Read(func(tx *storage.Tx) error {
		sums, err := ledger.Balances(tx, civic.Ref{Kind: Kind, ID: r.call})
		for _, s := range sums {
			out[s.Account.Name] += s.Amount
			all += s.Amount
		}
		return err
	})
	if all != 0 {
		r.T.Errorf("the money of the call sums to %v: %v", all, out)
	}
	return out
}

// After the decision: a contract, an instalment paid once however often it is asked for, a report that comes twenty days late, which the next call sees, money back, the end.
func TestMoneyAfterADecision(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		call := w.call()
		call.Rubric.Readers = 2
		r := w.handed(1, 2, call)
		r.declare(0)
		r.declare(1)
		r.begin()
		for i := range r.readers {
			r.mark(i, func(review.Entry) []int64 { return []int64{5, 5} })
		}
		admin := w.officer.Actor
		c.Must(r.Review.Meet(c.Ctx(), admin, r.panel, c.Now(), text("Әкімдік", "Акимат")))
		v, err := r.Review.ShowRunning(c.Ctx(), admin, r.panel)
		c.Must(err)
		c.Must(r.Review.Sit(c.Ctx(), admin, r.panel, []civic.ID{v.Readers[0].ID, v.Readers[1].ID}, text("Өтті", "Прошло")))
		r.decideAll(nil)
		c.Must(r.Review.Publish(c.Ctx(), admin, r.panel))
		const award = 900_000 * civic.Tenge
		if s := r.sums(); s["reserved"] != award || s["giver"] != -award {
			t.Errorf("after the decision: %v", s)
		}
		var id civic.ID
		c.Read(func(tx *storage.Tx) error {
			all, err := contracts.Of(tx, civic.Ref{Kind: Kind, ID: r.call})
			id = all[0].ID
			return err
		})
		page := "/ru" + contracts.Path(id)
		officer, ngo := c.Browser(w.officer), c.Browser(c.SignIn(r.people[0]))
		c.Browser(nil).Get(page).Want(404)
		ngo.Get(page).Want(200, "готовится")
		ngo.Get(page + "/sign").Want(404)
		ngo.Post(page+"/sign", "parts", "x", "_sure", "yes").Want(404)
		day := c.Now().AddDate(0, 0, 30)
		form := []string{"parts", "500000; Көшет\n300000; Күтім", "reports", day.Format(time.DateOnly)}
		officer.Post(page+"/sign", form...).Want(422, "Выплаты вместе 800000", "Көшет")
		form[1] = "500000; Көшет\n400000; Күтім"
		officer.Post(page+"/sign", form...).Want(200, "изменить", "Көшет")
		officer.Post(page+"/sign", append(form, "_sure", "yes")...).Want(303)
		c.Browser(nil).Get(page).Want(200, "исполняется", "900 000 ₸", "Ұйым А")
		officer.Post(page+"/pay", "part", "0", "_sure", "yes").Want(409, "На решение ещё можно пожаловаться")
		officer.Get(page).Want(200, "На решение ещё можно пожаловаться").Lacks("Выплатить")
		c.At(day.AddDate(0, 0, -14)) // the term of complaints is over
		w.officer = c.SignIn(w.officer)
		c.Browser(w.officer).Get(page).Want(200, "Выплатить")
		c.Browser(w.officer).Post(page+"/pay", "part", "1", "_sure", "yes").Want(409, "Сначала сделайте предыдущую")
		var wg sync.WaitGroup
		for range 6 {
			wg.Go(func() { c.Must(c.Contracts.Pay(c.Ctx(), admin, id, 0)) })
		}
		wg.Wait()
		if s := r.sums(); s["taker"] != 500_000*civic.Tenge || s["reserved"] != 400_000*civic.Tenge {
			t.Errorf("paid once: %v", s)
		}

		// The report is twenty days late: its people are told before and after, nothing is paid, and the next call does not take them.
		c.At(day.AddDate(0, 0, -5))
		c.Jobs()
		c.At(day.AddDate(0, 0, 20))
		c.Jobs()
		told := map[string]int{}
		for _, n := range c.Told(r.people[0]) {
			if told[n.Body.Key]++; n.Body.Key == "contracts.told_due" && fmt.Sprint(n.Body.Args[1].(time.Time).In(citytest.Zone).Date()) != fmt.Sprint(day.Date()) {
				t.Errorf("the report is due on %s, and its people read %v", day, n.Body.Args)
			}
		}
		if told["contracts.told_due"] != 1 || told["contracts.told_late"] == 0 {
			t.Errorf("told %v", told)
		}
		officer, ngo = c.Browser(c.SignIn(w.officer)), c.Browser(c.SignIn(r.people[0]))
		officer.Post(page+"/pay", "part", "1", "_sure", "yes").Want(409, "Отчёт опаздывает")
		ngo.Get("/ru/me").Want(200, "отчёт опаздывает")
		c.Browser(nil).Get("/ru/grants/given").Want(200, "1 договор")
		next := w.call()
		next.Rules = []Rule{{Kind: NoDebt}}
		again := w.announce(next)
		officer, ngo = c.Browser(c.SignIn(w.officer)), c.Browser(c.SignIn(r.people[0]))
		ngo.Post("/ru"+Path(again)+"/apply", "applicant", string(r.ngos[0])).Want(422)
		k, err := c.Contracts.Show(c.Ctx(), admin, id)
		c.Must(err)
		report := page + "/reports/" + string(k.Reports[0].ID)
		officer.Get(report).Want(404)
		ngo.Post(report, "said", "Отырғыздық", "spent", "көп", "helped", "300").Want(422, "Отырғыздық", "Укажите сумму")
		ngo.Post(report, "said", "Отырғыздық", "spent", "450000", "helped", "300").Want(303)
		ngo.Post("/ru"+Path(again)+"/apply", "applicant", string(r.ngos[0])).Want(303) // nothing is owed any more
		c.Browser(nil).Get(page).Want(200, "Отырғыздық", "450 000 ₸")
		officer.Post(report+"/take", "find", "back", "back", "").Want(422)
		officer.Post(report+"/take", "find", "take").Want(303)
		officer.Post(page+"/pay", "part", "1").Want(200, "400 000 ₸")
		officer.Post(page+"/return", "amount", "600000", "reason", "Артық", "once", "1").Want(422)
		for range 2 { // sent twice, it is noted once
			officer.Post(page+"/return", "amount", "50000", "reason", "Артылды", "once", "1").Want(303)
		}
		officer.Post(page+"/close", "reason", "").Want(422)
		officer.Post(page+"/close", "reason", "Жоба бітті").Want(303)
		if s := r.sums(); s["taker"] != 450_000*civic.Tenge || s["reserved"] != 0 || s["giver"] != -450_000*civic.Tenge {
			t.Errorf("at the end: %v", s)
		}
		c.Browser(nil).Get(page).Want(200, "закрыт", "450 000 ₸", "Жоба бітті")
		given := c.Browser(nil).Get("/ru/grants/given").Want(200, "1 договор", "2026", "Таза аула")
		given.Lacks("450")
		c.Browser(nil).Get("/ru/grants/given?organisation="+string(r.ngos[0])).Want(200, "Дали и получили: Ұйым А", "Таза аула")
		c.Browser(nil).Get("/ru/grants/given?organisation=nobody").Want(404)
		std, err := threesixty.New()
		c.Must(err)
		for _, path := range []string{"/grants/360giving.json", "/grants/360giving.csv"} {
			file := c.Browser(nil).Get(path).Want(200).Body
			read, err := std.Read(strings.NewReader(file), int64(len(file)), threesixty.Unsure, func(threesixty.Grant) error { return nil })
			c.Must(err)
			if read.Grants != 1 || read.Valid != 1 || len(read.Problems) != 0 || read.Sums["KZT"]["2026"] != "900000" {
				t.Errorf("%s: %+v", path, read)
			}
		}
		c.Acts()
		if proven, why := c.Verified(); proven.Compared == 0 {
			t.Errorf("the record: %+v %s", proven, why)
		}
	}, Capability())
}

// funded has decided that each of n applications gets all that it asks; its contracts are drafts.
func (t *town) funded(n int) *read {
	call := t.call()
	call.Rubric.Readers = 2
	r := t.met(n, 2, call, func(int) []int64 { return []int64{5, 5} })
	r.decideAll(nil)
	r.Must(r.Review.Publish(r.Ctx(), t.officer.Actor, r.panel))
	return r
}

// contract is that of an application.
func (r *read) contract(application int) (id civic.ID) {
	r.City.Read(func(tx *storage.Tx) error {
		all, err := contracts.Of(tx, civic.Ref{Kind: Kind, ID: r.call})
		for _, c := range all {
			if c.About.ID == r.apply[application] {
				id = c.ID
			}
		}
		return err
	})
	return id
}

// signed is the contract of an application in force, with one instalment and one report by the end of the day.
func (r *read) signed(application int, day time.Time) civic.ID {
	id := r.contract(application)
	r.Must(r.Contracts.Sign(r.Ctx(), r.officer.Actor, id, []contracts.Instalment{{What: "Көшет", Amount: 900_000 * civic.Tenge}}, []time.Time{civic.EndOf(day)}))
	return id
}

// owes is how many reports an applicant owes.
func (r *read) owes(application int) (n int) {
	r.City.Read(func(tx *storage.Tx) (err error) {
		n, err = contracts.Overdue(tx, organisations.RefOf(r.ngos[application]))
		return err
	})
	return n
}

// A report that is given back after its day is owed by a new one, with its reminder, and one that came in time does not become late; what nobody can hand in any more is not owed.
func TestAReportIsGivenBack(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		r := w.funded(2)
		admin, ngo := w.officer.Actor, r.people[0].Actor
		day := time.Date(2026, 5, 29, 0, 0, 0, 0, citytest.Zone) // a Friday
		id := r.signed(0, day)
		show := func() contracts.Report {
			v, err := c.Contracts.Show(c.Ctx(), admin, id)
			c.Must(err)
			return v.Reports[0]
		}
		filed := contracts.Filed{Said: "Отырғыздық", Helped: 3}
		c.At(day.Add(15 * time.Hour))
		c.Must(c.Contracts.File(c.Ctx(), ngo, id, show().ID, filed))
		c.At(time.Date(2026, 6, 8, 10, 0, 0, 0, citytest.Zone))
		w.officer = c.SignIn(w.officer)
		admin = w.officer.Actor
		officer := c.Browser(w.officer)
		report := "/ru" + contracts.Path(id) + "/reports/" + string(show().ID)
		officer.Get(report+"/take").Want(200, "в рабочих днях: 10")
		officer.Post(report+"/take", "find", "back", "back", "Санын жазыңыз").Want(303)
		if r.owes(0) != 0 {
			t.Error("a report is overdue as soon as it is given back")
		}
		if due := show().Due.In(citytest.Zone).Format(time.DateOnly); due != "2026-06-22" { // ten working days after 8 June
			t.Errorf("due on %s", due)
		}
		c.Jobs()
		c.At(time.Date(2026, 6, 16, 10, 0, 0, 0, citytest.Zone))
		c.Jobs()
		told := map[string]int{}
		for _, n := range c.Told(r.people[0]) {
			told[n.Body.Key]++
		}
		if told["contracts.told_back"] != 1 || told["contracts.told_due"] != 1 || told["contracts.told_late"] != 0 {
			t.Errorf("told %v", told)
		}
		ngo = c.SignIn(r.people[0]).Actor
		c.Must(c.Contracts.File(c.Ctx(), ngo, id, show().ID, filed))
		if show().Late(c.Now()) {
			t.Error("what came in time twice is late")
		}
		c.Browser(nil).Get("/ru"+contracts.Path(id)).Want(200, "Отырғыздық").Lacks("сдан с опозданием")

		// The other one gets nothing paid, and its contract is closed with its report owed.
		other := r.signed(1, time.Date(2026, 7, 1, 0, 0, 0, 0, citytest.Zone))
		c.At(time.Date(2026, 7, 6, 10, 0, 0, 0, citytest.Zone))
		if r.owes(1) != 1 {
			t.Error("a report that is late is not owed")
		}
		w.officer = c.SignIn(w.officer)
		c.Must(c.Contracts.Close(c.Ctx(), w.officer.Actor, other, "Бас тартты"))
		if r.owes(1) != 0 {
			t.Error("what nobody can hand in any more is owed")
		}
		c.Acts()
		if proven, why := c.Verified(); proven.Compared == 0 {
			t.Errorf("the record: %+v %s", proven, why)
		}
	}, Capability())
}

// Who was funded and does not sign gives the money back to the call, and the reserve list is served from it: in its order, each with all that it asks while there is enough, with reasons; who wants nothing
// any more leaves the list.
func TestTheReserveIsFunded(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		call := w.call()
		call.Rubric.Readers, call.Money, call.Most = 2, 1_200_000*civic.Tenge, 900_000*civic.Tenge // each asks the most
		r := w.met(5, 2, call, func(i int) []int64 { return [][]int64{{5, 5}, {5, 4}, {4, 4}, {4, 3}, {3, 3}}[i] })
		onReserve := review.Deciding{Verdict: review.OnReserve, Talk: "Бөлшектемейміз"}
		r.decideAll(map[int]review.Deciding{1: onReserve, 2: onReserve, 3: onReserve, 4: onReserve})
		c.Must(r.Review.Publish(c.Ctx(), w.officer.Actor, r.panel))
		fund := func(i int) string {
			return "/ru/desk/grants/" + string(r.call) + "/applications/" + string(r.apply[i]) + "/fund"
		}
		officer, first, second := c.Browser(w.officer), c.Browser(r.people[0]), c.Browser(r.people[1])
		why := []string{"why.kk", "Ақша босады", "why.ru", "Деньги освободились"}

		drop := "/ru" + contracts.Path(r.contract(0)) + "/drop"
		second.Get(drop).Want(404)
		second.Post(drop, "reason", "Керек емес").Want(404)
		first.Get("/ru"+contracts.Path(r.contract(0))).Want(200, "Отказаться от договора")
		first.Post(drop, "reason", "").Want(422, "Напишите причину")
		first.Post(drop, "reason", "Басқа қор берді").Want(303)
		first.Post(drop, "reason", "Тағы").Want(409)
		if s := r.sums(); s["reserved"] != 0 || s["giver"] != 0 {
			t.Errorf("after the contract was dropped: %v", s)
		}
		first.Get("/ru"+OwnPath(r.call, r.apply[0])).Want(200, "отказ от денег").Lacks("Вам дают", "Выйти из резерва")
		c.Browser(nil).Get("/ru" + contracts.Path(r.contract(0))).Want(404)
		c.Browser(nil).Get("/ru/grants/given").Want(200).Lacks("900")

		// The best on reserve wants nothing any more; until it says so, nobody goes past it.
		officer.Get("/ru/desk/grants/"+string(r.call)).Want(200, "Дать деньги из резерва")
		officer.Post(fund(2), why...).Want(409, "она в резерве выше", "Деньги освободились")
		leave := "/ru" + OwnPath(r.call, r.apply[1]) + "/decline"
		first.Post(leave, "_sure", "yes").Want(404)
		second.Post(leave).Want(200, "Отменить это нельзя")
		second.Post(leave, "_sure", "yes").Want(303)
		second.Post(leave, "_sure", "yes").Want(409)
		first.Post("/ru"+OwnPath(r.call, r.apply[0])+"/decline", "_sure", "yes").Want(409)
		officer.Post(fund(1), why...).Want(409)

		officer.Post(fund(2), "why.kk", "Ақша босады", "why.ru", "").Want(422, "Ақша босады")
		officer.Get(fund(2)).Want(200, "Будет дано: 900\u00a0000 ₸")
		c.Pass(24 * time.Hour)
		w.officer = c.SignIn(w.officer)
		officer = c.Browser(w.officer)
		officer.Post(fund(2), append(why, "award", "1")...).Want(303) // nobody chooses how much
		officer.Post(fund(2), why...).Want(409)
		officer.Post(fund(0), why...).Want(409)
		officer.Get(fund(3)).Want(200, "Будет дано: 300\u00a0000 ₸")
		officer.Post(fund(3), why...).Want(303) // the last is given what is left
		officer.Post(fund(4), why...).Want(409, "Сейчас свободных денег нет", "Деньги освободились")
		officer.Get("/ru/desk/grants/" + string(r.call)).Want(200).Lacks("Дать деньги из резерва")
		if s := r.sums(); s["reserved"] != 1_200_000*civic.Tenge || s["giver"] != -1_200_000*civic.Tenge {
			t.Errorf("after the reserve was funded: %v", s)
		}
		c.Browser(c.SignIn(r.people[3])).Get("/ru"+OwnPath(r.call, r.apply[3])).Want(200, "Деньги освободились", "300\u00a0000 ₸", "получает часть")
		c.Jobs()
		told := map[string]int{}
		for _, n := range c.Told(w.officer) {
			told[n.Body.Key]++
		}
		if told["contracts.told_dropped"] != 1 || told["grants.told_left_reserve"] != 1 {
			t.Errorf("the funder was told %v", told)
		}

		// Everybody sees who was given how much and why, and who wants nothing any more; the record proves it.
		shown := c.Browser(nil).Get("/ru"+Path(r.call)).Want(200, "После решения", "Деньги освободились", "Ұйым А", "Ұйым Б", "Ұйым В", "Ұйым Г", "300\u00a0000 ₸").Lacks("Ұйым Д", "Басқа қор берді")
		if n := strings.Count(shown.Body, "Деньги освободились"); n != 2 {
			t.Errorf("the reason stands there %d times", n)
		}
		var kinds, later []string
		for _, act := range c.Acts() {
			if strings.HasPrefix(act.Kind, "grants.call.") {
				kinds = append(kinds, strings.TrimPrefix(act.Kind, "grants.call."))
				var said struct {
					Later []struct{ Outcome, Award string } `json:"later"`
				}
				c.Must(json.Unmarshal(act.Payload, &said))
				later = nil
				for _, one := range said.Later {
					later = append(later, one.Outcome+" "+one.Award)
				}
			}
		}
		if want := []string{"announced", "reading", "decided", "declined", "declined", "reserve", "reserve"}; !slices.Equal(kinds, want) {
			t.Errorf("the record has %v", kinds)
		}
		slices.Sort(later)
		if want := []string{"declined 0", "declined 0", "funded 900000", "partly 300000"}; !slices.Equal(later, want) {
			t.Errorf("the record says of it %v", later)
		}
		if proven, why := c.Verified(); proven.Compared == 0 {
			t.Errorf("the record: %+v %s", proven, why)
		}
	}, Capability())
}
