package grants_test

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/datasets"
	. "github.com/birge-kz/birge/internal/grants"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
	"github.com/birge-kz/birge/internal/review"
)

// read is a call whose applications are with readers.
type read struct {
	*town
	call    civic.ID
	panel   civic.ID
	ngos    []civic.ID
	people  []*citytest.Person // who speaks for each
	apply   []civic.ID         // the applications
	readers []*citytest.Person
}

// handed has applications of that many organisations, all admitted, and readers who have not declared yet. Those of silent are there too, and do not apply.
func (t *town) handed(n, readers int, c Call, silent ...int) *read {
	r := &read{town: t, call: t.announce(c)}
	for i := range n {
		ngo := t.Organisation(fmt.Sprintf("Ұйым %c", 'А'+i))
		p := t.Representative(ngo)
		r.ngos, r.people = append(r.ngos, ngo), append(r.people, p)
		if slices.Contains(silent, i) {
			r.apply = append(r.apply, "")
			continue
		}
		d := t.write(r.call, ngo, p)
		t.Must(t.SetPlan(t.Ctx(), p.Actor, d, 1, Plan{Budget: []Line{{What: "Жәшік", Amount: 1_000_000 * civic.Tenge, Own: 100_000 * civic.Tenge}}, People: []string{fmt.Sprintf("Адам %c", 'А'+i)}}))
		_, err := t.Submit(t.Ctx(), p.Actor, d)
		t.Must(err)
		r.apply = append(r.apply, d)
	}
	t.At(c.Until())
	t.SignIn(t.officer)
	for _, d := range r.apply {
		if d == "" {
			continue
		}
		t.Must(t.Check(t.Ctx(), t.officer.Actor, d, Admitted, nil))
	}
	t.Must(t.Service.Read(t.Ctx(), t.officer.Actor, r.call))
	r.findPanel()
	for range readers {
		p := t.Resident(civic.Russian)
		r.readers = append(r.readers, p)
		t.Must(t.Review.AddReader(t.Ctx(), t.officer.Actor, r.panel, review.NewReader{Email: p.Email, Langs: []civic.Lang{civic.Kazakh, civic.Russian}}))
	}
	return r
}

// findPanel finds the reading of the call.
func (r *read) findPanel() {
	r.City.Read(func(tx *storage.Tx) error {
		p, _, err := r.Review.PanelOf(tx, civic.Ref{Kind: Kind, ID: r.call})
		r.panel = p.ID
		return err
	})
}

// declare lets a reader say of whose applications, by their numbers, they must not read.
func (r *read) declare(reader int, of ...int) {
	r.T.Helper()
	b := r.Browser(r.readers[reader])
	page := b.Get("/ru" + review.Path(r.panel))
	pairs := []string{"sure", "yes"}
	for _, i := range of {
		// The checklist names whom the tick is about before its label ends.
		m := regexp.MustCompile(`value="([A-Z0-9]+)"[^>]*>\s*<label[^>]*>\s*(?:<[^>]+>)?` + regexp.QuoteMeta(fmt.Sprintf("Ұйым %c", 'А'+i))).FindStringSubmatch(page.Body)
		if m == nil {
			r.T.Fatalf("the checklist does not name %d:\n%s", i, page.Body)
		}
		pairs = append(pairs, "tick", m[1])
	}
	b.Post("/ru"+review.Path(r.panel)+"/declare", pairs...).Want(303)
}

func (r *read) begin() {
	r.Must(r.Review.Begin(r.Ctx(), r.officer.Actor, r.panel, 20, r.Now().AddDate(0, 0, 15)))
}

// mark lets a reader mark everything that they were given and have not marked yet, by the code of each.
func (r *read) mark(reader int, marks func(e review.Entry) []int64) {
	r.T.Helper()
	actor := r.readers[reader].Actor
	v, err := r.Review.ShowReading(r.Ctx(), actor, r.panel)
	r.Must(err)
	for _, g := range v.Given {
		if g.To && !g.Mark.In() {
			said := review.Mark{Marks: marks(g.Entry), Reasons: []string{"Керек", "Анық"}, Comment: "Жоспарды нақтылаңыз"}
			r.Must(r.Review.Mark(r.Ctx(), actor, r.panel, g.Entry.ID, said, ""))
		}
	}
}

// index says whose an entry is.
func (r *read) index(e review.Entry) int { return slices.Index(r.apply, e.Thing.ID) }

// The checklist comes before any text: what the register knows is ticked, whoever runs the call cannot read in it, and whoever has not declared sees no text.
func TestConflictFirst(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		call := w.call()
		r := w.handed(3, 0, call)
		officer := c.Browser(w.officer)
		page := "/ru/desk/reading/" + string(r.panel)
		officer.Get(page).Want(200, "3 заявки")
		officer.Get("/ru/desk/grants/"+string(r.call)).Want(200, "Экспертиза и решение")
		officer.Post(page+"/readers", "email", "nobody@example.org", "langs", "ru").Want(422, "никто не зарегистрирован", "nobody@example.org")
		officer.Post(page+"/readers", "email", w.officer.Email, "langs", "ru").Want(422, "Кто ведёт конкурс")
		officer.Post(page+"/readers", "email", r.people[0].Email, "langs", "ru").Want(303) // who applies may read what others wrote: the register knows
		asel := c.Resident(civic.Russian)
		officer.Post(page+"/readers", "email", asel.Email, "langs", "kk", "langs", "ru", "belongs", "https://birge.kz/kk/organisations/"+string(r.ngos[1])).Want(303)
		officer.Post(page+"/readers", "email", asel.Email, "langs", "ru").Want(422, "уже добавлен")
		c.Jobs()
		if told := c.Told(asel); len(told) != 1 || told[0].Subject.Key != "review.told_asked" {
			t.Errorf("told %+v", told)
		}
		c.Browser(asel).Get("/ru/me").Want(200, "Сообщите о конфликте интересов")
		own := "/ru/reading/" + string(r.panel)
		b := c.Browser(asel)
		list := b.Get(own).Want(200, "Ұйым А", "Ұйым Б", "Ұйым В", "Адам А", "вы состоите в организации").Lacks("Таза аула", "Он ауланы")
		if n := strings.Count(list.Body, "disabled"); n != 3 { // her own organisation applies, so the others are competitors
			t.Errorf("%d ticks of the register, not 3", n)
		}
		c.Browser(c.Resident(civic.Russian)).Get(own).Want(404)
		officer.Get(own).Want(404)
		b.Post(own+"/declare").Want(422, "Подтвердите")
		b.Post(own+"/declare", "sure", "yes").Want(303) // what the register says stays, ticked or not
		b.Get(own).Want(200, "Вы всё сообщили").Lacks("Ұйым А", "Ұйым Б")
		b.Post(own+"/declare", "sure", "yes").Want(409)
		// Three readers are needed, and two are there: the set that lacks readers is named.
		c.Browser(r.people[0]).Get(own).Want(200, "вы там работаете", "ваша организация сама участвует")
		officer.Post(page+"/begin", "load", "5", "read_by", c.Now().AddDate(0, 0, 10).Format(time.DateOnly)).Want(409, "Не все эксперты")
		c.Browser(r.people[0]).Post(own+"/declare", "sure", "yes").Want(303)
		officer.Post(page+"/begin", "load", "5", "read_by", c.Now().AddDate(0, 0, 10).Format(time.DateOnly)).Want(409, "Не хватает экспертов")
	}, Capability())
}

// world is all that a reader can come to, with what is random in it replaced by its order.
func (r *read) world(reader int) string {
	var out strings.Builder
	r.Must(citytest.Service[*datasets.Service](r.City).Build(r.Ctx()))
	b := r.Browser(r.readers[reader])
	table := b.Get("/datasets/grants_calls/latest").Location
	seen := map[string]bool{}
	var visit func(path string, depth int)
	visit = func(path string, depth int) {
		if seen[path] || depth > 3 {
			return
		}
		seen[path] = true
		p := b.Get(path)
		if strings.HasSuffix(path, ".xlsx") {
			return // the time stands in it; CSV says the same
		}
		fmt.Fprintf(&out, "== %s %d\n%s\n", path, p.Status, strings.ReplaceAll(p.Body, ">", ">\n"))
		for _, m := range regexp.MustCompile(`href="(/[^"#]*)"`).FindAllStringSubmatch(p.Body, -1) {
			if regexp.MustCompile(`^/(ru/)?(reading|me|grants|desk|notices|search|trace|record)\b`).MatchString(m[1]) {
				visit(m[1], depth+1)
			}
		}
	}
	for _, path := range []string{"/ru/reading", "/ru/reading/" + string(r.panel), "/reading/" + string(r.panel) + "/agenda.csv", "/ru/me", "/ru/notices", "/ru" + Path(r.call), "/ru/grants", "/grants.csv", "/ru", "/ru/search?q=аула", "/ru/account/download", table, table + "/data.csv"} {
		visit(path, 0)
	}
	return out.String()
}

// settle takes out of a world what is random: in each page identifiers, codes and times become their order of appearance, and pages stand in the order of what they say.
func settle(world string) string {
	pages := strings.Split(world, "\n== ")
	for i := range pages {
		pages[i] = settled(pages[i])
	}
	slices.Sort(pages)
	return strings.Join(pages, "\n== ")
}

func settled(world string) string {
	world = strings.ReplaceAll(strings.ReplaceAll(world, "%2F", "/"), "%3A", ":")
	world = regexp.MustCompile(`nonce="[^"]*"|name="_token" value="[^"]*"|[A-Za-z0-9_-]{40,}`).ReplaceAllString(world, "")
	order := map[string]string{}
	return regexp.MustCompile(`\b[0-9a-z]{26}\b|\b[0-9A-Z]{5}\b|[a-z0-9.]+@[a-z0-9.]+|\b\d{2}:\d{2}(:\d{2})?\b`).ReplaceAllStringFunc(world, func(s string) string {
		if order[s] == "" {
			order[s] = fmt.Sprintf("#%d", len(order))
		}
		return order[s]
	})
}

// Once declared, a recused reader's every page, file, notice and count is that of a world in which the application does not exist: in the same stages, up to the decision.
func TestTheWorldOfARecusedReader(t *testing.T) {
	t.Parallel()
	for engine, database := range map[string]func(testing.TB) string{"sqlite": storagetest.SQLite, "postgresql": storagetest.PostgreSQL} {
		t.Run(engine, func(t *testing.T) {
			config := app.Config{Capabilities: []capability.Capability{Capability()}}
			with := worlds(citytest.Open(t, database(t), config), true)
			without := worlds(citytest.Open(t, database(t), config), false)
			for i, stage := range []string{"declared", "reading", "read", "meeting"} {
				if a, b := settle(with[i]), settle(without[i]); a != b {
					t.Errorf("%s: %s", stage, difference(a, b))
				}
				if strings.Contains(with[i], "Адам В") || strings.Contains(with[i], "Ұйым В") {
					t.Errorf("%s: the application is named", stage)
				}
			}
			if !strings.Contains(with[3], "проходит") || !strings.Contains(with[1], "Таза аула") {
				t.Error("the world shows nothing to compare")
			}
		})
	}
}

// worlds are what reader 0, who is recused from the third application, can come to in four stages; or what they can where it was never handed in.
func worlds(c *citytest.City, with bool) []string {
	w := open(c)
	call := w.call()
	call.Money, call.Most = 1_000_000*civic.Tenge, 1_000_000*civic.Tenge // the line runs elsewhere when the third counts
	var r *read
	if with {
		r = w.handed(3, 4, call)
		r.declare(0, 2)
	} else {
		r = w.handed(3, 4, call, 2)
		r.declare(0)
	}
	r.declare(1, 0, 1) // so that each has three readers in one way only
	r.declare(2)
	r.declare(3)
	out := []string{r.world(0)}
	c.Jobs()
	c.Pass(time.Hour)
	r.begin()
	c.Jobs()
	out = append(out, r.world(0))
	for i := range r.readers {
		r.mark(i, func(e review.Entry) []int64 { return [][]int64{{3, 4}, {4, 4}, {5, 5}}[r.index(e)] })
	}
	out = append(out, r.world(0))
	c.Must(r.Review.Meet(c.Ctx(), w.officer.Actor, r.panel, c.Now().AddDate(0, 0, 3), text("Әкімдік", "Акимат")))
	c.Jobs()
	return append(out, r.world(0))
}

func difference(a, b string) string {
	la, lb := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(la), len(lb)) {
		if la[i] != lb[i] {
			return fmt.Sprintf("line %d:\n%s\n%s\n%s", i, strings.Join(la[max(0, i-3):i], "\n"), la[i], lb[i])
		}
	}
	return fmt.Sprintf("%d lines and %d", len(la), len(lb))
}

// decideAll lets the meeting decide as the means say; of lists entries that it decides otherwise.
func (r *read) decideAll(others map[int]review.Deciding) {
	r.T.Helper()
	v, err := r.Review.ShowRunning(r.Ctx(), r.officer.Actor, r.panel)
	r.Must(err)
	list := slices.Clone(v.Ranking.List)
	slices.SortStableFunc(list, func(a, b review.Ranked) int { return cmp.Compare(a.Offered, b.Offered) }) // who gets nothing first: what they had is free then
	for _, one := range list {
		e := v.Entries[one.Application]
		d, other := others[r.index(e)]
		if !other {
			d = review.Deciding{Verdict: review.Nothing}
			if one.Outcome == review.Funded {
				d = review.Deciding{Verdict: review.InFull, Award: e.Ask}
			}
		}
		d.Votes = map[civic.ID]review.Vote{}
		for _, reader := range v.Readers {
			d.Votes[reader.ID] = review.Yes
		}
		d.Why, d.Feedback = text("Баға бойынша", "По оценке"), v.Draft(e.ID)
		r.Must(r.Review.Decide(r.Ctx(), r.officer.Actor, r.panel, e.ID, d))
	}
}

// From the first mark to the decision and a complaint: a tie at the money line, a changed mark, a recusal, quorum, what everybody sees then.
func TestReadingAndDecision(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		call := w.call()
		call.Anonymous, call.Rubric.Readers, call.Money = true, 2, 2_000_000*civic.Tenge // each asks 900,000: two and a bit
		r := w.handed(4, 3, call)
		for i := range r.readers {
			if i == 0 {
				r.declare(i, 3)
			} else {
				r.declare(i)
			}
		}
		officer := c.Browser(w.officer)
		desk, own := "/ru/desk/reading/"+string(r.panel), "/ru/reading/"+string(r.panel)
		officer.Post(desk+"/begin", "load", "0", "read_by", "").Want(422, "целое число")
		officer.Post(desk+"/begin", "load", "3", "read_by", c.Now().AddDate(0, 0, 10).Format(time.DateOnly)).Want(303)
		officer.Post(desk+"/begin", "load", "3", "read_by", c.Now().AddDate(0, 0, 10).Format(time.DateOnly)).Want(409)

		// Nothing of others, and no name, is seen while marks are given.
		marks := func(e review.Entry) []int64 { return [][]int64{{5, 5}, {4, 4}, {4, 4}, {1, 1}}[r.index(e)] }
		first := c.Browser(r.readers[0])
		v, err := r.Review.ShowReading(c.Ctx(), r.readers[0].Actor, r.panel)
		c.Must(err)
		one := own + "/" + string(v.Given[0].Entry.ID)
		page := first.Get(one).Want(200, "Таза аула", "не видно, чей это текст", "0 — Не нужно; 5 — Очень нужно").Main()
		page.Lacks("Ұйым", "Адам", "Что сказали эксперты")
		first.Post(one, "mark.ca", "5", "reason.ca", "", "mark.cb", "", "reason.cb", "Жоспар жоқ").Want(422, "Напишите, почему", "Поставьте оценку", "Жоспар жоқ")
		first.Post(one, "mark.ca", "9", "reason.ca", "Керек", "mark.cb", "5", "reason.cb", "Анық").Want(422)
		first.Get(own + "/agenda.csv").Want(404)
		for i := range r.readers {
			r.mark(i, marks)
		}
		changed := fmt.Sprint(marks(v.Given[0].Entry)[0] - 1)
		first.Post(one, "mark.ca", changed, "reason.ca", "Керек", "mark.cb", changed, "reason.cb", "Анық", "comment", "").Want(422, "почему меняете")
		first.Post(one, "mark.ca", changed, "reason.ca", "Керек", "mark.cb", changed, "reason.cb", "Анық", "changed", "Қайта оқыдым").Want(303)
		back := fmt.Sprint(marks(v.Given[0].Entry)[0])
		first.Post(one, "mark.ca", back, "reason.ca", "Керек", "mark.cb", back, "reason.cb", "Анық", "comment", "Жоспарды нақтылаңыз", "changed", "Бірінші баға дұрыс").Want(303)
		first.Get(one).Want(200).Lacks("Что сказали эксперты")

		officer.Post(desk+"/meet", "day", "", "time", "10:00", "place.kk", "Әкімдік", "place.ru", "").Want(422, "Әкімдік")
		officer.Post(desk+"/meet", "day", c.Now().AddDate(0, 0, 1).Format(time.DateOnly), "time", "10:00", "place.kk", "Әкімдік", "place.ru", "Акимат").Want(303)
		first.Get(one).Want(200, "Что сказали эксперты", "Қайта оқыдым", "Бірінші баға дұрыс") // with its history
		first.Get(own).Want(200, "поровну, на всех не хватает").Lacks("не набрала")            // the last application is the one they are recused from, and reserve
		officer.Get(desk).Want(200, "поровну, на всех не хватает", "α = ")
		officer.Post(desk+"/publish").Want(409, "решения ещё нет")
		officer.Post(desk+"/sit", "minutes.kk", "Өтті", "minutes.ru", "Прошло").Want(409) // it has not met yet
		c.Pass(48 * time.Hour)
		c.SignIn(w.officer)
		officer = c.Browser(w.officer)
		running, err := r.Review.ShowRunning(c.Ctx(), w.officer.Actor, r.panel)
		c.Must(err)
		sit := []string{"minutes.kk", "Өтті", "minutes.ru", "Прошло"}
		officer.Post(desk+"/sit", append(sit, "present", string(running.Readers[0].ID))...).Want(303)
		entry := func(i int) string {
			for _, e := range running.Entries {
				if r.index(e) == i {
					return desk + "/entries/" + string(e.ID)
				}
			}
			return ""
		}
		vote := []string{"verdict", "full", "award", "900000", "why.kk", "Үздік", "why.ru", "Лучшая", "feedback", "Рақмет"}
		for _, reader := range running.Readers {
			vote = append(vote, "vote."+string(reader.ID), "yes")
		}
		officer.Post(entry(0), vote...).Want(422, "Нет кворума: пришли 1 из 3", "Лучшая")
		for _, reader := range running.Readers {
			sit = append(sit, "present", string(reader.ID))
		}
		officer.Post(desk+"/sit", sit...).Want(303)
		officer.Get(entry(0)).Want(200, "Жоспарды нақтылаңыз", "Ұйым А")
		officer.Post(entry(0), vote...).Want(303)
		officer.Get(entry(3)).Want(200, "Отстранён из-за конфликта интересов")
		tie := append([]string{}, vote...)
		officer.Post(entry(1), tie...).Want(422, "нужна запись обсуждения") // the means alone do not settle it
		tie = append(tie, "talk", "Бәрінен кедей аудан")
		officer.Post(entry(1), tie...).Want(303)
		tie[3] = "1"
		officer.Post(entry(2), tie...).Want(422, "Полная сумма")
		part := append([]string{"verdict", "part", "award", "300000"}, vote[4:]...)
		officer.Post(entry(2), append(part, "talk", "Қалғаны")...).Want(422, "осталось 200000")
		part[3] = "200000"
		officer.Post(entry(2), append(part, "talk", "Қалғаны")...).Want(303)
		officer.Post(entry(3), append([]string{"verdict", "nothing", "award", ""}, vote[4:]...)...).Want(303)
		c.Browser(nil).Get(own + "/results").Want(404)
		c.Browser(nil).Get("/ru"+Path(r.call)).Want(200).Lacks("Ұйым А", "Решение комиссии")
		officer.Post(desk+"/publish").Want(200, "изменить будет нельзя", "Лучшая")
		officer.Post(desk+"/publish", "_sure", "yes").Want(303)
		officer.Post(entry(0), vote...).Want(409)
		c.Jobs()

		visitor := c.Browser(nil)
		visitor.Get("/ru"+Path(r.call)).Want(200, "Решение комиссии")
		results := visitor.Get(own+"/results").Want(200, "финансируется полностью", "финансируется частично", "Бәрінен кедей аудан", r.readers[0].Name+": за", "Отстранён из-за конфликта интересов: "+r.readers[0].Name, "0 ₸")
		results.Lacks("Жоспарды нақтылаңыз", "Керек")
		visitor.Get("/reading/"+string(r.panel)+"/results.json").Want(200, `"agreement"`, `"marks":[[5,5],[5,5]]`, `"criteria"`).Lacks(r.readers[0].Name)
		visitor.Get("/reading/"+string(r.panel)+"/results.csv").Want(200, "200000", "full")
		c.Acts()
		if report, why := c.Verified(); report.Compared == 0 {
			t.Errorf("the record: %+v %s", report, why)
		}

		// The applicant reads why, and what readers wrote; complains once, in time; is answered.
		app := "/ru" + OwnPath(r.call, r.apply[3])
		loser := c.Browser(c.SignIn(r.people[3]))
		loser.Get(app).Want(200, "Лучшая", "не получает денег", "пожаловаться можно").Lacks(r.readers[1].Name)
		loser.Post(app+"/complain", "words", "").Want(422, "с чем вы не согласны")
		loser.Post(app+"/complain", "words", "Бағаны түсінбедім").Want(303)
		loser.Post(app+"/complain", "words", "Тағы").Want(409)
		officer.Get("/ru/desk").Want(200, "Нужно ответить на жалобу")
		officer.Get(desk).Want(200, "Жалобы")
		var complaint string
		c.Read(func(tx *storage.Tx) error {
			id, err := storage.One(tx, storage.Scalar[civic.ID], "SELECT id FROM review_complaint")
			complaint = desk + "/complaints/" + string(id)
			return err
		})
		officer.Get(complaint).Want(200, "Бағаны түсінбедім")
		officer.Post(complaint, "upheld", "no", "answer.kk", "Шешім дұрыс", "answer.ru", "").Want(422, "Шешім дұрыс")
		officer.Post(complaint, "upheld", "no", "answer.kk", "Шешім дұрыс", "answer.ru", "Решение верное").Want(303)
		loser.Get(app).Want(200, "Решение верное")
		c.Pass(30 * 24 * time.Hour)
		winner := c.Browser(c.SignIn(r.people[1]))
		winner.Get(app).Want(404)
		winner.Post("/ru"+OwnPath(r.call, r.apply[1])+"/complain", "words", "Кеш").Want(409)
		c.Jobs()
		var keys []string
		for _, n := range c.Told(r.people[3]) {
			keys = append(keys, n.Body.Key)
		}
		if !slices.Contains(keys, "grants.told_answered") || !slices.Contains(keys, "grants.told_decided_unfunded") {
			t.Errorf("told %v", keys)
		}
		c.Browser(c.SignIn(r.readers[0])).Get("/ru/account/download").Want(200, "Жоспарды нақтылаңыз")
		c.Browser(c.SignIn(r.readers[0])).Post("/ru/account/delete", "sure", "yes", "password", citytest.Password).Want(303)
		visitor.Get(own+"/results").Want(200, "эксперт, который ушёл").Lacks(r.readers[0].Name)
	}, Capability())
}

// met has a meeting to which all readers came; each application was marked as marks say.
func (t *town) met(n, readers int, c Call, marks func(application int) []int64) *read {
	r := t.handed(n, readers, c)
	for i := range r.readers {
		r.declare(i)
	}
	r.begin()
	for i := range r.readers {
		r.mark(i, func(e review.Entry) []int64 { return marks(r.index(e)) })
	}
	t.Must(t.Review.Meet(t.Ctx(), t.officer.Actor, r.panel, t.Now(), text("Әкімдік", "Акимат")))
	r.sit(readers)
	return r
}

// sit notes that the first so many readers came.
func (r *read) sit(came int) {
	var present []civic.ID
	for _, one := range r.running().Readers[:came] {
		present = append(present, one.ID)
	}
	r.Must(r.Review.Sit(r.Ctx(), r.officer.Actor, r.panel, present, text("Өтті", "Прошло")))
}

func (r *read) running() review.Running {
	v, err := r.Review.ShowRunning(r.Ctx(), r.officer.Actor, r.panel)
	r.Must(err)
	return v
}

// entry is the reading of an application.
func (r *read) entry(application int) review.Entry {
	for _, e := range r.running().Entries {
		if r.index(e) == application {
			return e
		}
	}
	r.T.Fatalf("nothing reads application %d", application)
	return review.Entry{}
}

// What was decided is asked again when it is published: whoever left takes their vote along, and marks and conflicts of interest change what the meeting decided on.
func TestADecisionHoldsWhenItIsPublished(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		call := w.call()
		call.Rubric.Readers, call.Money, call.Most = 3, 900_000*civic.Tenge, 900_000*civic.Tenge // what each asks: one is funded
		r := w.met(2, 3, call, func(i int) []int64 { return [][]int64{{5, 5}, {4, 4}}[i] })
		officer := c.Browser(w.officer)
		desk := "/ru/desk/reading/" + string(r.panel)
		again := func(of int, says ...string) {
			t.Helper()
			officer.Post(desk+"/publish", "_sure", "yes").Want(409, "решение нужно принять заново")
			officer.Get(desk+"/entries/"+string(r.entry(of).ID)).Want(200, says...)
		}
		r.decideAll(map[int]review.Deciding{1: {Verdict: review.OnReserve}})
		officer.Get(desk).Want(200, "готово 2 из 2")
		r.sit(1)
		again(0, "Нет кворума: пришли 1 из 3")
		r.sit(3)
		if votes := len(r.entry(0).Votes); votes != 1 {
			t.Errorf("%d votes of one who stayed", votes)
		}
		r.decideAll(map[int]review.Deciding{1: {Verdict: review.OnReserve}})

		// A reader changes their marks: the other one is ahead now.
		for _, one := range r.readers {
			for i, marks := range [][]int64{{1, 1}, {4, 4}} {
				said := review.Mark{Marks: marks, Reasons: []string{"Керек", "Анық"}}
				c.Must(r.Review.Mark(c.Ctx(), one.Actor, r.panel, r.entry(i).ID, said, "Қайта оқыдым"))
			}
		}
		again(0, "нужна запись обсуждения")
		r.decideAll(map[int]review.Deciding{0: {Verdict: review.Nothing}})

		// A voter turns out to be recused: what they voted and said is gone, and the application lacks a reading.
		c.Must(r.Review.Recuse(c.Ctx(), r.readers[0].Actor, r.panel, r.entry(1).ID))
		if e := r.entry(1); e.Checked || len(e.Votes) != 2 {
			t.Errorf("after a voter was recused: %+v", e)
		}
		again(1, "нужна запись обсуждения")
		r.decideAll(map[int]review.Deciding{0: {Verdict: review.Nothing, Talk: "Екіншісі жақсырақ"}, 1: {Verdict: review.InFull, Award: 900_000 * civic.Tenge, Talk: "Екі оқу жеткілікті"}})
		officer.Post(desk+"/publish", "_sure", "yes").Want(303)
		c.Acts()
		if report, why := c.Verified(); report.Compared == 0 {
			t.Errorf("the record: %+v %s", report, why)
		}
	}, Capability())
}

// Where readers do not see whose a text is, the checklist of names and the list of texts stand in orders of their own: laid beside each other, they tell nothing.
func TestNamesAndTextsHaveOrdersOfTheirOwn(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		call := w.call()
		call.Anonymous, call.Rubric.Readers = true, 1
		r := w.handed(14, 1, call) // that two random orders of so many are the same happens once in 87 thousand million
		things := func(of func(review.View) []review.Entry) (out []civic.ID) {
			v, err := r.Review.ShowReading(c.Ctx(), r.readers[0].Actor, r.panel)
			c.Must(err)
			for _, e := range of(v) {
				out = append(out, e.Thing.ID)
			}
			return out
		}
		names := things(func(v review.View) []review.Entry { return v.List })
		r.declare(0)
		r.begin()
		texts := things(func(v review.View) (out []review.Entry) {
			for _, g := range v.Given {
				out = append(out, g.Entry)
			}
			return out
		})
		ranked := things(func(v review.View) []review.Entry { return v.All })
		if len(names) != 14 || len(texts) != 14 || slices.Equal(names, texts) || slices.Equal(names, ranked) || slices.Equal(texts, r.apply) || slices.Equal(names, r.apply) {
			t.Errorf("names:\n%v\ntexts:\n%v\nhanded in:\n%v", names, texts, r.apply)
		}
	}, Capability())
}

// What the register found is lifted with a reason, which the reader is told; what the reader says themselves nobody lifts, ticked beside the register or not.
func TestAConflictIsLifted(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		r := w.handed(3, 0, w.call())
		asel := c.Resident(civic.Russian)
		c.Must(r.Review.AddReader(c.Ctx(), w.officer.Actor, r.panel, review.NewReader{Email: asel.Email, Langs: []civic.Lang{civic.Kazakh}, Belongs: []civic.ID{r.ngos[1]}})) // so the other two are competitors
		r.readers = append(r.readers, asel)
		b, own := c.Browser(asel), "/ru/reading/"+string(r.panel)
		b.Get(own).Want(200, "Я тоже заявляю об этом")
		r.declare(0, 1)
		reader := r.running().Readers[0]
		officer, readers := c.Browser(w.officer), "/ru/desk/reading/"+string(r.panel)+"/readers"
		lift := func(application int) string {
			return readers + "/" + string(reader.ID) + "/lift/" + string(r.entry(application).ID)
		}
		officer.Get(readers).Want(200, "Это другой человек")
		b.Get(lift(0)).Want(403)
		officer.Get(lift(0)).Want(200, reader.Name, "Ұйым А")
		officer.Post(lift(0), "reason", "").Want(422, "Напишите причину")
		for i := range 2 {
			officer.Post(lift(i), "reason", "Аттас адам").Want(303)
			officer.Post(lift(i), "reason", "Тағы").Want(404)
		}
		var still []string
		for _, one := range r.running().Conflicts {
			e := r.running().Entries[slices.IndexFunc(r.running().Entries, func(e review.Entry) bool { return e.ID == one.Entry })]
			still = append(still, fmt.Sprint(r.index(e), one.Own, len(one.Why)))
		}
		slices.Sort(still)
		if want := []string{"1 true 0", "2 false 1"}; !slices.Equal(still, want) {
			t.Errorf("conflicts %q, not %q", still, want)
		}
		page := officer.Get(readers).Want(200, "снято, причина:")
		if n := strings.Count(page.Body, "Аттас адам"); n != 2 { // why, for whoever asks later
			t.Errorf("the reason stands there %d times", n)
		}
		whom := map[string]bool{} // who lifted it, of whom and from what
		for _, one := range c.Audited() {
			if one.Act == "review.conflict.lift" && one.Account == w.officer.Account && one.Detail["reader"] == string(reader.ID) {
				whom[one.Detail["entry"]] = true
			}
		}
		if len(whom) != 2 || !whom[string(r.entry(0).ID)] {
			t.Errorf("the audit list has %v", whom)
		}
		c.Jobs()
		told := map[string]int{}
		for _, n := range c.Told(asel) {
			told[n.Body.Key]++
		}
		if told["review.told_lifted"] != 2 {
			t.Errorf("told %v", told)
		}
	}, Capability())
}

// A call that is cancelled while it is read ends its reading: nothing is marked or decided any more, and all who applied or read are told.
func TestACallIsCancelledWhileItIsRead(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		call := w.call()
		call.Rubric.Readers = 2
		r := w.met(2, 2, call, func(int) []int64 { return []int64{5, 5} })
		r.decideAll(nil)
		c.Must(w.Cancel(c.Ctx(), w.officer.Actor, r.call, text("Ақша жоқ", "Денег нет")))
		officer, reader := c.Browser(w.officer), c.Browser(r.readers[0])
		desk, own := "/ru/desk/reading/"+string(r.panel), "/ru/reading/"+string(r.panel)
		officer.Post(desk+"/publish", "_sure", "yes").Want(409)
		officer.Get(desk).Want(200, "решения не будет").Lacks("Опубликовать решение")
		officer.Get("/ru/desk/grants/" + string(r.call)).Want(200)
		reader.Get(own).Want(200, "решения не будет").Lacks("Таза аула")
		reader.Get(own + "/" + string(r.entry(0).ID)).Want(404)
		reader.Get("/ru/me").Want(200).Lacks("Сообщите о конфликте", "Осталось прочитать")
		c.Browser(nil).Get("/ru"+Path(r.call)).Want(200, "Денег нет", "отменён").Lacks("Решение комиссии")
		if s := r.sums(); len(s) != 0 {
			t.Errorf("money of a cancelled call: %v", s)
		}
		c.Jobs()
		for p, key := range map[*citytest.Person]string{r.people[0]: "grants.told_cancelled", r.people[1]: "grants.told_cancelled", r.readers[0]: "review.told_ended", r.readers[1]: "review.told_ended"} {
			n := 0
			for _, told := range c.Told(p) {
				if told.Body.Key == key {
					n++
				}
			}
			if n != 1 {
				t.Errorf("%s was told %d times", key, n)
			}
		}
		c.Acts()
		if report, why := c.Verified(); report.Compared == 0 {
			t.Errorf("the record: %+v %s", report, why)
		}
	}, Capability())
}

// Withdrawals meet the publication: each is before it, and out of the decision, or refused; what the record proves is what is there.
func TestWithdrawnWhileItIsPublished(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		call := w.call()
		call.Rubric.Readers, call.Money = 1, 50_000_000*civic.Tenge
		r := w.met(6, 1, call, func(int) []int64 { return []int64{5, 5} })
		r.decideAll(nil)
		var wg sync.WaitGroup
		start := make(chan struct{})
		withdrawn := make([]error, len(r.apply))
		wg.Go(func() { <-start; c.Must(r.Review.Publish(c.Ctx(), w.officer.Actor, r.panel)) })
		for i := range r.apply {
			wg.Go(func() { <-start; withdrawn[i] = w.Withdraw(c.Ctx(), r.people[i].Actor, r.apply[i]) })
		}
		close(start)
		wg.Wait()
		left := map[civic.ID]bool{}
		for _, e := range r.running().Entries {
			left[e.Thing.ID] = true
		}
		for i, err := range withdrawn {
			if err != nil {
				c.Refused(err, civic.Closed)
			}
			if left[r.apply[i]] == (err == nil) || (err == nil) == (r.contract(i) != "") {
				t.Errorf("application %d: withdrawn %v, decided on %v", i, err == nil, left[r.apply[i]])
			}
		}
		c.Acts()
		if report, why := c.Verified(); report.Compared == 0 {
			t.Errorf("the record: %+v %s", report, why)
		}
	}, Capability())
}

// A reader who says nothing stops no call: readers are reminded, one who is silent is taken out, others are asked, and what lacks readers is given again; what still lacks them is decided with words of the meeting.
func TestASilentReader(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		call := w.call()
		call.Rubric.Readers, call.Money, call.Most = 2, 900_000*civic.Tenge, 900_000*civic.Tenge
		r := w.handed(2, 3, call)
		for i := range r.readers {
			r.declare(i)
		}
		r.begin() // four readings for three readers, or for two of them: the silent one is one who was given some
		readerOf := func(who *citytest.Person) review.Reader {
			all := r.running().Readers
			return all[slices.IndexFunc(all, func(one review.Reader) bool { return one.Account == who.Account })]
		}
		for i, who := range r.readers {
			id := readerOf(who).ID
			if slices.ContainsFunc(r.running().Marks, func(m review.Mark) bool { return m.Reader == id }) {
				r.readers[i], r.readers[2] = r.readers[2], r.readers[i]
				break
			}
		}
		officer, desk := c.Browser(w.officer), "/ru/desk/reading/"+string(r.panel)
		r.mark(0, func(review.Entry) []int64 { return []int64{5, 5} })
		r.mark(1, func(review.Entry) []int64 { return []int64{5, 5} })
		officer.Post(desk+"/meet", "day", c.Now().Format(time.DateOnly), "time", "10:00", "place.kk", "Әкімдік", "place.ru", "Акимат").Want(409, "Сданы не все оценки")
		told := func(reader int, key string) (n int) {
			for _, one := range c.Told(r.readers[reader]) {
				if one.Body.Key == key {
					n++
				}
			}
			return n
		}
		for _, day := range []int{13, 16} { // the day was in fifteen days, and they are reminded three days before
			c.Pass(time.Duration(day-int(c.Now().Sub(call.Until()).Hours()/24)) * 24 * time.Hour)
			c.Jobs()
		}
		if told(2, "review.told_soon") != 1 || told(2, "review.told_late") != 1 || told(0, "review.told_soon") != 0 {
			t.Errorf("reminded %d and %d times, and who was ready %d", told(2, "review.told_soon"), told(2, "review.told_late"), told(0, "review.told_soon"))
		}

		// The silent one is taken out, somebody else declares and is given what lacks readers; who has marked stays with what they said.
		w.officer = c.SignIn(w.officer)
		officer = c.Browser(w.officer)
		silent := readerOf(r.readers[2])
		lacked := len(r.running().Marks)
		officer.Post(desk+"/readers/drop", "reader", string(silent.ID)).Want(303)
		if v := r.running(); len(v.Readers) != 2 || len(v.Marks) == lacked || len(v.Short()) == 0 {
			t.Errorf("after the silent one was taken out: %d readers, %d marks of %d", len(v.Readers), len(v.Marks), lacked)
		}
		officer.Get(desk).Want(200, "которым не хватает экспертов")
		late := c.Now().AddDate(0, 0, 5).Format(time.DateOnly)
		other := c.Resident(civic.Russian)
		officer.Post(desk+"/readers", "email", other.Email, "langs", "kk").Want(303)
		r.readers[2] = other
		officer.Post(desk+"/again", "load", "", "read_by", "").Want(422, "целое число")
		officer.Post(desk+"/again", "load", "0", "read_by", c.Now().AddDate(0, 0, 4).Format(time.DateOnly)).Want(303) // only the day
		if v := r.running(); len(v.Short()) == 0 || v.ReadBy.Before(c.Now().AddDate(0, 0, 3)) {
			t.Errorf("after the day alone was moved: %d lack readers, until %s", len(v.Short()), v.ReadBy)
		}
		c.Browser(other).Get("/ru/reading/"+string(r.panel)).Want(200, "Ұйым А").Lacks("Таза аула")
		r.declare(2)
		officer.Post(desk+"/again", "load", "2", "read_by", late).Want(303)
		if v := r.running(); len(v.Short()) != 0 || len(v.Marks) != 4 {
			t.Errorf("after it was given again: %d marks, %d lack readers", len(v.Marks), len(v.Short()))
		}
		pairs := map[string]bool{}
		for _, m := range r.running().Marks {
			pairs[string(m.Entry+m.Reader)] = true
		}
		if len(pairs) != 4 {
			t.Error("somebody reads the same twice")
		}
		for i := range r.readers {
			r.mark(i, func(e review.Entry) []int64 { return [][]int64{{5, 5}, {3, 3}}[r.index(e)] })
		}

		// One more leaves the city before the meeting, having recused from the second: it lacks a reading, and the meeting goes on with words.
		var apart int
		for i := range r.readers {
			v, err := r.Review.ShowReading(c.Ctx(), c.SignIn(r.readers[i]).Actor, r.panel)
			c.Must(err)
			if slices.ContainsFunc(v.Given, func(g review.Given) bool { return g.To && r.index(g.Entry) == 1 }) {
				apart = i
			}
		}
		c.Must(r.Review.Recuse(c.Ctx(), r.readers[apart].Actor, r.panel, r.entry(1).ID))
		officer.Get(desk+"/meet").Want(200, "не хватает экспертов: 1")
		c.Must(r.Review.Meet(c.Ctx(), w.officer.Actor, r.panel, c.Now(), text("Әкімдік", "Акимат")))
		r.sit(3)
		vote := []string{"verdict", "nothing", "award", "", "why.kk", "Аз", "why.ru", "Мало"}
		for _, one := range r.running().Readers {
			vote = append(vote, "vote."+string(one.ID), "yes")
		}
		entry := desk + "/entries/" + string(r.entry(1).ID)
		officer.Post(entry, vote...).Want(422, "нужна запись обсуждения")
		officer.Post(entry, append(vote, "talk", "Бір оқу жеткілікті")...).Want(303)
	}, Capability())
}

// Whoever leaves the city leaves nothing to read behind: the panel goes on without them.
func TestAReaderLeavesTheCity(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		call := w.call()
		call.Rubric.Readers = 1
		r := w.handed(3, 5, call)
		leave := func(reader int) {
			c.Browser(c.SignIn(r.readers[reader])).Post("/ru/account/delete", "sure", "yes", "password", citytest.Password).Want(303)
		}
		leave(0) // without having declared
		r.declare(1)
		r.declare(2)
		r.declare(3)
		c.Must(r.Review.DropReader(c.Ctx(), w.officer.Actor, r.panel, r.running().Readers[3].ID)) // who has not declared either
		c.Must(r.Review.Begin(c.Ctx(), w.officer.Actor, r.panel, 1, c.Now().AddDate(0, 0, 5)))
		if n := len(r.running().Readers); n != 3 {
			t.Errorf("%d readers", n)
		}
		leave(1) // with marks to give
		v := r.running()
		if in, all := v.Handed(v.Readers[0].ID); in != 0 || all != 0 || len(v.Short()) != 1 {
			t.Errorf("who left has %d of %d, and %d lack readers", in, all, len(v.Short()))
		}
		c.Must(r.Review.GiveAgain(c.Ctx(), w.officer.Actor, r.panel, 5, c.Now().AddDate(0, 0, 5)))
		r.mark(2, func(review.Entry) []int64 { return []int64{5, 5} })
		r.mark(3, func(review.Entry) []int64 { return []int64{5, 5} })
		c.Must(r.Review.Meet(c.Ctx(), w.officer.Actor, r.panel, c.Now(), text("Әкімдік", "Акимат")))
		desk := "/ru/desk/reading/" + string(r.panel)
		officer := c.Browser(w.officer)
		officer.Get(desk+"/sit").Want(200, r.readers[2].Name).Lacks("эксперт, который ушёл")
		votes := func(may int) {
			t.Helper()
			r.sit(len(r.running().Readers))
			r.decideAll(nil)
			for i := range r.apply {
				if tally := r.running().Tally(r.entry(i)); tally != (review.Tally{Yes: may, Present: may, May: may}) {
					t.Errorf("of %d who may vote: %+v", may, tally)
				}
			}
		}
		votes(2)
		leave(3) // in the meeting, having voted
		if e := r.entry(0); e.Checked || len(e.Votes) != 1 {
			t.Errorf("after a voter has left: %+v", e)
		}
		votes(1)
		c.Must(r.Review.Publish(c.Ctx(), w.officer.Actor, r.panel))
		leave(2) // after the decision, of which nothing changes
		c.Browser(nil).Get("/ru"+review.ResultsPath(r.panel)).Want(200, "эксперт, который ушёл из системы: за")
		c.Acts()
		if report, why := c.Verified(); report.Compared == 0 {
			t.Errorf("the record: %+v %s", report, why)
		}
	}, Capability())
}

// A reader who was taken out can be asked again: they declare anew, and what they say now that they must not read loses the mark that they gave it.
func TestATakenOutReaderComesBack(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		call := w.call()
		call.Rubric.Readers = 2
		r := w.handed(2, 2, call)
		r.declare(0)
		r.declare(1)
		r.begin()
		r.mark(0, func(review.Entry) []int64 { return []int64{5, 5} })
		officer, readers := c.Browser(w.officer), "/ru/desk/reading/"+string(r.panel)+"/readers"
		back := []string{"email", r.readers[0].Email, "langs", "ru"}
		officer.Post(readers, back...).Want(422, "уже добавлен")
		id := r.running().Readers[0].ID
		officer.Post(readers+"/drop", "reader", string(id)).Want(303)
		c.Pass(time.Minute)
		officer.Post(readers, back...).Want(303)
		officer.Post(readers, back...).Want(422, "уже добавлен")
		if v := r.running(); len(v.Readers) != 2 || v.Readers[0].ID != id {
			t.Errorf("the readers are %+v", v.Readers)
		}
		c.Browser(r.readers[0]).Get("/ru/reading/"+string(r.panel)).Want(200, "Ұйым А", "Ұйым Б").Lacks("Таза аула")
		r.declare(0, 1)
		if v := r.running(); marked(v, r.entry(0).ID, id) != 1 || marked(v, r.entry(1).ID, id) != 0 {
			t.Error("the mark of what they must not read stands, or the other is gone")
		}
		c.Jobs()
		asked := 0
		for _, n := range c.Told(r.readers[0]) {
			if n.Subject.Key == "review.told_asked" {
				asked++
			}
		}
		if asked != 2 {
			t.Errorf("asked %d times", asked)
		}
	}, Capability())
}

// marked counts the marks of a reader for an entry.
func marked(v review.Running, entry, reader civic.ID) (n int) {
	for _, m := range v.Marks {
		if m.Entry == entry && m.Reader == reader {
			n++
		}
	}
	return n
}

// A reader who was taken out leaves the marks that they have handed in, and nothing else: others are given what was theirs, and they count in no quorum.
func TestAReaderIsTakenOut(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		call := w.call()
		call.Rubric.Readers, call.Money = 2, 50_000_000*civic.Tenge
		r := w.handed(4, 3, call)
		for i := range r.readers {
			r.declare(i)
		}
		r.begin() // eight readings: each has two at least
		out, all := r.readers[0], r.running().Readers
		v, err := r.Review.ShowReading(c.Ctx(), out.Actor, r.panel)
		c.Must(err)
		c.Must(r.Review.Mark(c.Ctx(), out.Actor, r.panel, v.Given[0].Entry.ID, review.Mark{Marks: []int64{5, 5}, Reasons: []string{"Керек", "Анық"}}, ""))
		officer, desk, own := c.Browser(w.officer), "/ru/desk/reading/"+string(r.panel), "/ru/reading/"+string(r.panel)
		drop := func(reader int) {
			t.Helper()
			officer.Post(desk+"/readers/drop", "reader", string(all[reader].ID)).Want(303)
		}
		drop(0)
		reads := func() (marks []int) {
			for _, one := range all {
				_, n := r.running().Handed(one.ID)
				marks = append(marks, n)
			}
			return marks
		}
		c.Must(r.Review.GiveAgain(c.Ctx(), w.officer.Actor, r.panel, 20, c.Now().AddDate(0, 0, 5)))
		if n := reads(); n[0] != 1 || n[1]+n[2] != 7 {
			t.Errorf("given again: %v", n)
		}
		reader := c.Browser(out)
		reader.Get(own).Want(200, "Вы больше не эксперт").Lacks("Таза аула")
		reader.Get(own + "/" + string(v.Given[0].Entry.ID)).Want(404)
		officer.Get(desk+"/readers").Want(200, "исключён", "Новый эксперт")
		for i := 1; i < 3; i++ {
			r.mark(i, func(review.Entry) []int64 { return []int64{5, 5} })
		}
		c.Must(r.Review.Meet(c.Ctx(), w.officer.Actor, r.panel, c.Now(), text("Әкімдік", "Акимат")))
		officer.Get(desk + "/sit").Want(200).Lacks(out.Name)
		r.sit(3)
		r.decideAll(nil)
		if tally := r.running().Tally(r.entry(0)); tally != (review.Tally{Yes: 2, Present: 2, May: 2}) {
			t.Errorf("the first is out: %+v", tally)
		}
		drop(2) // in the meeting: their vote goes too
		officer.Get(desk+"/readers").Want(200, "исключён").Lacks("Новый эксперт")
		if e, v := r.entry(0), r.running(); e.Checked || len(e.Votes) != 1 || v.Tally(e) != (review.Tally{Yes: 1, Present: 1, May: 1}) {
			t.Errorf("after one was taken out in the meeting: %+v, %+v", e, v.Tally(e))
		}
		r.decideAll(nil)
		c.Must(r.Review.Publish(c.Ctx(), w.officer.Actor, r.panel))
		c.Acts()
		if report, why := c.Verified(); report.Compared == 0 {
			t.Errorf("the record: %+v %s", report, why)
		}
	}, Capability())
}

// The decision on many applications is read page by page, each with what was said of it.
func TestTheDecisionIsReadByPages(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		call := w.call()
		call.Rubric.Readers, call.Money = 1, 900_000*civic.Tenge
		call.Most = call.Money
		r := w.handed(51, 1, call)
		r.declare(0)
		c.Must(r.Review.Begin(c.Ctx(), w.officer.Actor, r.panel, 60, c.Now().AddDate(0, 0, 15)))
		r.mark(0, func(e review.Entry) []int64 {
			if r.index(e) == 7 {
				return []int64{1, 2}
			}
			return []int64{4, 3}
		})
		c.Must(r.Review.Meet(c.Ctx(), w.officer.Actor, r.panel, c.Now(), text("Әкімдік", "Акимат")))
		r.sit(1)
		others := map[int]review.Deciding{}
		for i := range r.apply {
			others[i] = review.Deciding{Verdict: review.Nothing, Talk: "Ақша бір өтінімге де жетпейді"}
		}
		r.decideAll(others)
		c.Must(r.Review.Publish(c.Ctx(), w.officer.Actor, r.panel))
		page := "/ru" + review.ResultsPath(r.panel)
		last := r.entry(7).Code() // the worst stands alone on the second page
		first := c.Browser(nil).Get(page).Want(200, "after=50", "4, 3")
		if n := strings.Count(first.Body, "Как решали"); n != 50 {
			t.Errorf("%d on the first page", n)
		}
		first.Lacks(last)
		second := c.Browser(nil).Get(page+"?after=50").Want(200, last, "1, 2")
		if n := strings.Count(second.Body, "Как решали"); n != 1 {
			t.Errorf("%d on the second page", n)
		}
		second.Lacks("4, 3", "after=100")
		c.Browser(nil).Get(page + "?after=999").Want(200)
		c.Browser(nil).Get(page+"?after=-1").Want(200, "after=50")
	}, Capability())
}
