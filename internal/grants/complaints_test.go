package grants_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/grants"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/review"
)

// complained lets an application complain, and returns the page on which it is answered.
func (r *read) complained(application int) (path string) {
	r.T.Helper()
	r.Browser(r.SignIn(r.people[application])).Post("/ru"+OwnPath(r.call, r.apply[application])+"/complain", "words", "Бағаны түсінбедік").Want(303)
	r.City.Read(func(tx *storage.Tx) error {
		id, err := storage.One(tx, storage.Scalar[civic.ID], "SELECT c.id FROM review_complaint c JOIN review_entry e ON e.id = c.entry WHERE e.thing = $1", civic.Ref{Kind: KindApplication, ID: r.apply[application]}.String())
		path = "/ru/desk/reading/" + string(r.panel) + "/complaints/" + string(id)
		return err
	})
	return path
}

// A complaint that is upheld changes what was asked of it: nothing, a place on the reserve list, or money that is free; everybody sees it, with the reason, and the record proves it.
func TestAnUpheldComplaint(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		call := w.call()
		call.Rubric.Readers, call.Money = 2, 1_800_000*civic.Tenge // each asks 900,000: the second half stays free
		r := w.met(4, 2, call, func(i int) []int64 { return [][]int64{{5, 5}, {4, 4}, {3, 3}, {2, 2}}[i] })
		nothing := review.Deciding{Verdict: review.Nothing, Talk: "Жоспары әлсіз"}
		r.decideAll(map[int]review.Deciding{1: nothing, 2: nothing, 3: nothing})
		c.Must(r.Review.Publish(c.Ctx(), w.officer.Actor, r.panel))
		officer, visitor := c.Browser(w.officer), c.Browser(nil)
		results := "/ru" + review.ResultsPath(r.panel)
		visitor.Get(results).Want(200).Lacks("После решения")
		words := func(kk, ru string) []string { return []string{"answer.kk", kk, "answer.ru", ru} }

		first := r.complained(1)
		officer.Get(first).Want(200, "Решение не меняется", "Заявка ставится в резерв", "Даются свободные деньги: 900\u00a0000 ₸")
		officer.Post(first, append(words("Қателестік", "Мы ошиблись"), "upheld", "yes")...).Want(422, "Мы ошиблись")
		officer.Post(first, append(words("Қателестік", ""), "upheld", "yes", "remedy", "reserve")...).Want(422, "Қателестік")
		officer.Post(first, append(words("Қателестік", "Мы ошиблись"), "upheld", "yes", "remedy", "reserve")...).Want(303)
		officer.Post(first, append(words("Қателестік", "Мы ошиблись"), "upheld", "yes", "remedy", "fund")...).Want(409)
		officer.Get(first).Want(200, "Заявка ставится в резерв")

		second := r.complained(2)
		officer.Post(second, append(words("Баға қате қосылды", "Оценки сложили неверно"), "upheld", "yes", "remedy", "fund")...).Want(303)
		third := r.complained(3)
		officer.Get(third).Want(200, "Заявка ставится в резерв").Lacks("Даются свободные деньги") // the other has them now
		officer.Post(third, append(words("Пікір кеш келді", "Отзыв пришёл поздно"), "upheld", "yes", "remedy", "fund")...).Want(409, "Так уже не решить")
		officer.Post(third, append(words("Пікір кеш келді", "Отзыв пришёл поздно"), "upheld", "yes", "remedy", "none")...).Want(303)
		refused := r.complained(0)
		officer.Post(refused, append(words("Шешім дұрыс", "Решение верное"), "upheld", "no", "remedy", "fund")...).Want(303) // what would follow is not asked

		if s := r.sums(); s["reserved"] != 1_800_000*civic.Tenge || s["giver"] != -1_800_000*civic.Tenge {
			t.Errorf("the money: %v", s)
		}
		for _, page := range []string{results, "/ru" + Path(r.call)} {
			visitor.Get(page).Want(200, "После решения", "Жалоба признана обоснованной", "Мы ошиблись", "Оценки сложили неверно", "Отзыв пришёл поздно").Lacks("Решение верное", "Бағаны түсінбедік")
		}
		c.Browser(c.SignIn(r.people[2])).Get("/ru"+OwnPath(r.call, r.apply[2])).Want(200, "Жалоба признана обоснованной", "900\u00a0000 ₸")
		c.Jobs()
		for i, want := range map[int]string{1: "grants.told_upheld_reserve", 2: "grants.told_upheld_fund", 3: "grants.told_upheld_none", 0: "grants.told_answered"} {
			var keys []string
			for _, n := range c.Told(r.people[i]) {
				keys = append(keys, n.Body.Key)
			}
			if !slices.Contains(keys, want) {
				t.Errorf("%d was told %v", i, keys)
			}
		}
		r.upheldInTheRecord()
	}, Capability())
}

// upheldInTheRecord finds out whether the last act says what followed, and whether the record proves it.
func (r *read) upheldInTheRecord() {
	r.T.Helper()
	var later []string
	for _, act := range r.Acts() {
		if act.Kind != "grants.call.upheld" {
			continue
		}
		var said struct {
			Later []struct {
				Outcome, Award string
				Upheld         bool
			} `json:"later"`
		}
		r.Must(json.Unmarshal(act.Payload, &said))
		later = nil
		for _, one := range said.Later {
			later = append(later, fmt.Sprint(one.Outcome, " ", one.Award, " ", one.Upheld))
		}
	}
	slices.Sort(later)
	if got := strings.Join(later, ", "); got != "funded 900000 true, reserve 0 true, unfunded 0 true" {
		r.T.Errorf("the record says %s", got)
	}
	if proven, why := r.Verified(); proven.Compared == 0 {
		r.T.Errorf("the record: %+v %s", proven, why)
	}
}

// Who is refused by the check for form can complain of it before readers get anything; upheld, the application is let in.
func TestARefusalIsComplainedOf(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		call := w.call()
		id := w.announce(call)
		var people []*citytest.Person
		var apply []civic.ID
		for i := range 3 {
			ngo := c.Organisation(fmt.Sprintf("Ұйым %c", 'А'+i))
			p := c.Representative(ngo)
			d := w.write(id, ngo, p)
			_, err := w.Submit(c.Ctx(), p.Actor, d)
			c.Must(err)
			people, apply = append(people, p), append(apply, d)
		}
		c.At(call.Until())
		w.officer = c.SignIn(w.officer)
		officer := c.Browser(w.officer)
		desk := "/ru/desk/grants/" + string(id)
		work := func(i int) string { return desk + "/applications/" + string(apply[i]) }
		own := func(i int) string { return "/ru" + OwnPath(id, apply[i]) }
		people[0], people[1] = c.SignIn(people[0]), c.SignIn(people[1])
		first, second := c.Browser(people[0]), c.Browser(people[1])
		first.Get(own(0) + "/complain").Want(409)
		officer.Get(work(0) + "/complaint").Want(404)
		for i, find := range []State{Refused, Refused, Admitted} {
			var words civic.Text
			if find == Refused {
				words = text("Жарғы жоқ", "Нет устава")
			}
			c.Must(w.Check(c.Ctx(), w.officer.Actor, apply[i], find, words))
		}
		read := func() *citytest.Page { return officer.Post(desk+"/read", "_sure", "yes") }
		read().Want(409, "ещё можно пожаловаться")
		first.Get(own(0)).Want(200, "Нет устава", "можно пожаловаться")
		second.Get(own(0) + "/complain").Want(404)
		first.Post(own(0)+"/complain", "words", "").Want(422, "с чем вы не согласны")
		first.Post(own(0)+"/complain", "words", "Жарғы тіркелген").Want(303)
		first.Post(own(0)+"/complain", "words", "Тағы").Want(409)
		officer.Post(work(0), "find", "admitted").Want(409) // the answer decides now

		// The term of the others is over; who complained still waits.
		c.Pass(7 * 24 * time.Hour)
		w.officer, people[1] = c.SignIn(w.officer), c.SignIn(people[1])
		officer, second = c.Browser(w.officer), c.Browser(people[1])
		second.Post(own(1)+"/complain", "words", "Кеш").Want(409, "Срок для жалобы прошёл")
		read().Want(409, "На жалобу по заявке A001")
		officer.Get("/ru/desk").Want(200, "Нужно ответить на жалобу")
		officer.Get(work(0)).Want(200, "Жарғы тіркелген")
		officer.Post(work(0)+"/complaint", "upheld", "yes", "answer.kk", "Жарғы бар", "answer.ru", "").Want(422, "Жарғы бар")
		officer.Post(work(0)+"/complaint", "upheld", "yes", "answer.kk", "Жарғы бар", "answer.ru", "Устав есть").Want(303)
		officer.Post(work(0)+"/complaint", "upheld", "no", "answer.kk", "Жарғы бар", "answer.ru", "Устав есть").Want(409)
		read().Want(303)
		var states []State
		c.Read(func(tx *storage.Tx) error {
			all, err := storage.All(tx, storage.Scalar[State], "SELECT state FROM grants_application WHERE call = $1 ORDER BY number", id)
			states = all
			return err
		})
		if want := []State{Admitted, Refused, Admitted}; !slices.Equal(states, want) {
			t.Errorf("after the complaint: %v", states)
		}
		c.Browser(c.SignIn(people[0])).Get(own(0)).Want(200, "Ваша жалоба признана обоснованной", "Устав есть")
		c.Jobs()
		told := map[string]int{}
		for _, n := range append(c.Told(people[0]), c.Told(w.officer)...) {
			told[n.Body.Key]++
		}
		if told["grants.told_objected"] != 1 || told["grants.told_admitted"] != 1 {
			t.Errorf("told %v", told)
		}
	}, Capability())
}
