package answers_test

import (
	"errors"
	"fmt"
	"html"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/workdays"
)

// town is a city with a body that owes answers about an entry of the register.
type town struct {
	*citytest.City
	akimat, water civic.Ref
	officer       *citytest.Person
	browser       *citytest.Browser
}

func newTown(c *citytest.City) *town {
	c.Again()
	akimat, water := c.Body("Әкімдік"), c.Body("Су арнасы")
	officer := c.Officer(akimat)
	return &town{c, organisations.RefOf(akimat), organisations.RefOf(water), officer, c.Browser(officer)}
}

// owe makes the akimat owe an answer in some working days, from now on.
func (c *town) owe(days int) civic.ID {
	c.T.Helper()
	var id civic.ID
	c.Write(func(tx *storage.Tx) error {
		o, err := c.Answers.Owe(tx, answers.Obligation{Subject: c.water, Owed: answers.Answer, Body: c.akimat, Scope: city.Scope{District: "medeu"}, Source: "Заң, 76-бап", Start: tx.Now(), Term: civic.Term{Days: days, Working: true}})
		id = o.ID
		return err
	})
	return id
}

func (c *town) show(id civic.ID) answers.View {
	c.T.Helper()
	v, err := c.Answers.Show(c.Ctx(), c.officer.Actor, id)
	c.Must(err)
	return v
}

func (c *town) due(id civic.ID) string {
	c.T.Helper()
	if v := c.show(id); !v.Due.IsZero() {
		return v.Due.In(citytest.Zone).Format(time.DateOnly)
	}
	return ""
}

func (c *town) wantDue(id civic.ID, want string) {
	c.T.Helper()
	if got := c.due(id); got != want {
		c.T.Errorf("due %q, want %q", got, want)
	}
}

func both(s string) civic.Text { return civic.Text{"kk": s, "ru": s} }

func reasons(s string) []string { return []string{"reason.kk", s + " kk", "reason.ru", s + " ru"} }

// The clock of an answer: fifteen working days from Monday, 2 March, over the holidays of 2026 (9 March
// for the 8th, Nauryz with its moved days); a pause, an extension, and who is told of them.
func TestTheClockOfAnAnswer(t *testing.T) {
	citytest.Each(t, func(t *testing.T, city *citytest.City) {
		c := newTown(city)
		id := c.owe(15)
		path, desk := answers.Path(id), "/ru/desk/answers/"+string(id)
		// 3-6 March are 4, 10-13 are 8, 16-20 are 13, 26 and 27 are 15: 21-23 March are Nauryz, moved
		// to 24 and 25.
		c.wantDue(id, "2026-03-27")
		c.Browser(nil).Get("/ru"+path).Want(200, "Жауап: Су арнасы", "Заң, 76-бап", "27.03.2026", "вместо 08.03.2026", "birge due --from 2026-03-02 --days 15 --working", "статья 84")

		resident := c.Browser(c.Resident(civic.Russian))
		resident.Get(desk).Want(403)
		c.Browser(c.Officer(c.water.ID)).Get(desk).Want(403)

		c.Pass(24 * time.Hour) // Tuesday: the first day has counted
		c.browser.Post(desk+"/pause", "reason.kk", "Құжат керек").Want(422, "русском")
		c.browser.Post(desk+"/pause", reasons("Құжат керек")...).Want(303)
		c.wantDue(id, "")
		c.browser.Post(desk+"/extend", append(reasons("x"), "days", "5")...).Want(409)
		c.Browser(nil).Get("/ru"+path).Want(200, "Срок приостановлен", "Құжат керек ru")
		c.Pass(48 * time.Hour) // to Thursday, which is day 0 of the rest
		c.browser.Post(desk + "/resume").Want(303)
		// the first day of the pause, 3 March, does not count either: 15 days from 6 March on
		c.wantDue(id, "2026-04-01")
		c.browser.Post(desk+"/extend", append(reasons("Сараптама"), "days", "99")...).Want(422, "От 1 до 40 дней")
		c.browser.Post(desk+"/extend", append(reasons("Сараптама"), "days", "2")...).Want(303)
		c.wantDue(id, "2026-04-03")
		c.browser.Post(desk+"/extend", append(reasons("Тағы"), "days", "2")...).Want(409)
		c.Browser(nil).Get("/ru"+path).Want(200, "--pause 2026-03-03..2026-03-05 --extend 2", "Сараптама ru")

		c.WantActs("record.log.opened", "organisations.organisation.registered", "organisations.organisation.registered",
			"answers.obligation.owed", "answers.obligation.paused", "answers.obligation.resumed", "answers.obligation.extended")
		if report, _ := c.Verified(); report.Compared == 0 {
			t.Errorf("the record: %+v", report)
		}
	})
}

// Who at the body is in charge is named before the answer is there, by the body alone: the page shows it, the record
// proves it and holds the name as one that can be forgotten, who follows is told. It moves no date and brings no second reminder.
func TestWhoIsInCharge(t *testing.T) {
	citytest.Each(t, func(t *testing.T, city *citytest.City) {
		c := newTown(city)
		id := c.owe(1)
		desk := "/en/desk/answers/" + string(id)
		follower := c.Resident(civic.English)
		c.Must(c.Notifications.Follow(c.Ctx(), follower.Account, answers.Ref(id)))
		c.Pass(2 * time.Hour)
		c.Jobs()
		if n := len(c.Told(c.officer)); n != 1 {
			t.Fatalf("reminded %d times of a date that is near", n)
		}
		due := c.due(id)
		c.SkipActs()

		c.Browser(c.Officer(c.water.ID)).Post(desk+"/assign", "person", "А. Б.").Want(403)
		c.browser.Get(desk).Want(200, "Name who is in charge", desk+"/assign")
		c.browser.Post(desk+"/assign", "person", " ").Want(422, "Name the person in charge.")
		c.browser.Post(desk+"/assign", "person", strings.Repeat("а", 201)).Want(422)
		c.browser.Post(desk+"/assign", "person", "Б. Жауапты, бөлім басшысы").Want(303)
		c.Browser(nil).Get("/en"+answers.Path(id)).Want(200, "Person in charge", "Б. Жауапты, бөлім басшысы")
		c.browser.Get(desk+"/assign").Want(200, `value="Б. Жауапты, бөлім басшысы"`)
		c.browser.Get(desk+"/answer").Want(200, `value="Б. Жауапты, бөлім басшысы"`)
		c.WantActs("answers.obligation.assigned")
		c.Pass(2 * time.Hour)
		c.Jobs()
		c.wantDue(id, due)
		if n := len(c.Told(c.officer)); n != 1 {
			t.Errorf("reminded again: %d", n)
		}
		if told := c.Told(follower); len(told) != 1 || told[0].Subject.Key != "answers.told_assign" || told[0].Path != answers.Path(id) {
			t.Errorf("told %+v", told)
		}
		c.browser.Post(desk+"/pause", reasons("Құжат керек")...).Want(303)
		c.browser.Post(desk+"/assign", "person", "В. Басқа, маман").Want(303)
		c.browser.Post(desk + "/resume").Want(303)
		c.Must(c.Answers.Answer(c.Ctx(), c.officer.Actor, id, answers.Verdict{Outcome: answers.Taken, Reason: both("Болады")}, "В. Басқа, маман"))
		c.browser.Post(desk+"/assign", "person", "А. Б.").Want(409)
		if report, _ := c.Verified(); report.Compared == 0 {
			t.Errorf("the record: %+v", report)
		}
	})
}

// What is owed is a calendar by the same filters: the last day of each, in the reader's language, moved with the date, without what
// has none now.
func TestDatesAreACalendar(t *testing.T) {
	citytest.Each(t, func(t *testing.T, city *citytest.City) {
		c := newTown(city)
		id, other := c.owe(15), c.owe(1)
		visitor, desk := c.Browser(nil), "/ru/desk/answers/"+string(id)
		body := func(path string) string { return strings.ReplaceAll(visitor.Get(path).Want(200).Body, "\r\n ", "") }
		sequence := func(of string) int {
			_, rest, _ := strings.Cut(of, "UID:"+string(id))
			n, err := strconv.Atoi(regexp.MustCompile(`SEQUENCE:(\d+)`).FindStringSubmatch(rest)[1])
			c.Must(err)
			return n
		}
		first := body("/ru/answers.ics")
		for _, want := range []string{"BEGIN:VCALENDAR", "UID:" + string(id) + "@birge", "UID:" + string(other) + "@birge", "DTSTART:20260327T040000Z", "SUMMARY:Жауап: Су арнасы · Әкімдік", "/ru/answers/" + string(id)} {
			if !strings.Contains(first, want) {
				t.Errorf("no %s in %s", want, first)
			}
		}
		c.Pass(24 * time.Hour)
		c.browser.Post(desk+"/extend", append(reasons("Сараптама"), "days", "1")...).Want(303)
		if moved := body("/ru/answers.ics"); !strings.Contains(moved, "DTSTART:20260330T040000Z") || sequence(moved) <= sequence(first) {
			t.Errorf("after the extension: %s", moved)
		}
		c.browser.Post(desk+"/pause", reasons("Құжат керек")...).Want(303)
		visitor.Get("/ru/answers.ics").Want(200, string(other)).Lacks(string(id))
		visitor.Get("/ru/answers.ics?state=overdue").Want(200, "BEGIN:VCALENDAR").Lacks(string(other), string(id))
		visitor.Get("/ru/answers.ics?body=" + c.water.String()).Want(200).Lacks(string(other))
		visitor.Get("/ru/answers.ics?state=answered").Want(200, string(other)) // what is given has no date to come
		visitor.Get("/ru/answers?district=medeu").Want(200, `href="/ru/answers.ics?district=medeu"`)
	})
}

// What is late for long stands in a list of its own, and is not there a day before.
func TestVeryOverdue(t *testing.T) {
	citytest.Each(t, func(t *testing.T, city *citytest.City) {
		c := newTown(city)
		c.owe(1) // until Tuesday, 3 March
		visitor := c.Browser(nil)
		// 4, 5, 6, 10, 11, 12, 13, 16 and 17 March are nine working days: 9 March is off for the 8th.
		for _, day := range []int{17, 20} {
			there := day == 20
			c.At(time.Date(2026, 3, day, 10, 0, 0, 0, citytest.Zone))
			c.Jobs() // a new day
			page := visitor.Get("/ru/answers?state=very_overdue").Want(200)
			if strings.Contains(page.Main().Body, "Жауап: Су арнасы") != there {
				t.Errorf("on %d March it is there: %t, want %t", day, !there, there)
			}
			visitor.Get("/ru/answers?state=overdue").Want(200, "Жауап: Су арнасы")
		}
	})
}

// A day that becomes a working day moves open due dates, and only those; pages, the record and the
// body's officers are told, once however often the work is done.
func TestASwappedDayMovesADueDate(t *testing.T) {
	citytest.Each(t, func(t *testing.T, city *citytest.City) {
		c := newTown(city)
		id, soon := c.owe(5), c.owe(1)
		path := answers.Path(id)
		c.wantDue(id, "2026-03-10") // over Monday, 9 March
		c.Browser(nil).Get("/ru"+path).Want(200, "10.03.2026")
		c.Jobs()
		c.Must(c.Settings.SetDays(c.Ctx(), c.Administrator().Actor, "+2026-03-07 Қосымша жұмыс күні; Үкіметтің 2026 жылғы № 5 қаулысы\n2026-06-01 Кейін"))
		var all sync.WaitGroup
		for range 3 { // as many processes look at once
			for _, b := range c.Answers.Running().Background {
				all.Go(func() { c.Must(b.Settle(c.Ctx())) })
			}
		}
		all.Wait()
		c.Jobs()
		c.wantDue(id, "2026-03-07")
		c.wantDue(soon, "2026-03-03")
		v := c.show(id)
		if len(v.Moves) != 1 || len(v.Moves[0].Days) != 1 || v.Moves[0].Days[0].Date != "2026-03-07" || !v.Moves[0].Days[0].Working {
			t.Fatalf("moves: %+v", v.Moves)
		}
		c.Browser(nil).Get("/ru"+path).Want(200, "сдвинулся с", "07.03.2026", "№ 5 қаулысы", "--holidays days.csv")
		days, err := workdays.Parse("days.csv", []byte(c.Browser(nil).Get("/rules/days.csv").Want(200).Body))
		c.Must(err)
		if repeated := (civic.Calendar{Zone: citytest.Zone, Days: days}).Due(v.Deadline()); repeated.Date != "2026-03-07" {
			t.Errorf("with the file of the calendar it is due on %s", repeated.Date)
		}
		told := 0
		for _, n := range c.Told(c.officer) {
			if n.Subject.Key == "answers.told_moved" {
				told++
			}
		}
		if told != 1 {
			t.Errorf("the officer was told %d times", told)
		}
		c.WantActs("record.log.opened", "organisations.organisation.registered", "organisations.organisation.registered",
			"answers.obligation.owed", "answers.obligation.owed", "answers.obligation.moved")
		c.Verified()
	})
}

// What is another body's is passed on within its term, whole or in part; afterwards the body answers
// itself.
func TestPassingOn(t *testing.T) {
	citytest.Each(t, func(t *testing.T, city *citytest.City) {
		c := newTown(city)
		whole, part, late := c.owe(15), c.owe(15), c.owe(15)
		other := c.Officer(c.water.ID)
		pass := func(id civic.ID, form ...string) *citytest.Page {
			return c.browser.Post("/ru/desk/answers/"+string(id)+"/pass", append(reasons("Сіздікі"), form...)...)
		}
		pass(whole, "whose", c.akimat.String()).Want(422, "Выберите другой госорган")
		pass(whole, "whose", "organisations.organisation:nobody").Want(422, "Выберите другой госорган")
		c.Pass(24 * time.Hour)
		pass(whole, "whose", c.water.String()).Want(303)
		pass(part, "whose", c.water.String(), "what.kk", "Құбыр", "what.ru", "Труба").Want(303)

		v := c.show(whole)
		if v.State != answers.PassedOn || len(v.Came) != 1 || v.Came[0].Body != c.water || len(v.Verdicts) != 1 || v.Verdicts[0].Outcome != answers.NotOurs {
			t.Errorf("passed on: %+v", v)
		}
		c.wantDue(v.Came[0].ID, "2026-03-30") // fifteen working days from 3 March
		if v = c.show(part); v.State != answers.Running || len(v.Came) != 1 || v.Came[0].What["ru"] != "Труба" {
			t.Errorf("a part: %+v", v)
		}
		if told := c.Told(other); len(told) != 2 || told[0].Subject.Key != "answers.told_body_passed" {
			t.Errorf("the other body was told %+v", told)
		}
		c.Browser(other).Get("/ru/desk").Want(200, "Ответ: Труба", "Жауап: Су арнасы")
		c.Browser(nil).Get("/ru"+answers.Path(whole)).Want(200, "Вопрос другого госоргана", "Су арнасы", "Сіздікі ru")
		c.Pass(4 * 24 * time.Hour)
		pass(late, "whose", c.water.String()).Want(409)
		c.SkipActs()
		c.Verified()
	})
}

// An obligation is followed by an account and by an address alone: each learns of every step, also of the one with which it ends.
func TestAnObligationIsFollowed(t *testing.T) {
	citytest.Each(t, func(t *testing.T, city *citytest.City) {
		c := newTown(city)
		id := c.owe(15)
		follow := part.FollowPath(answers.Ref(id))
		c.Browser(nil).Get("/ru"+answers.Path(id)).Want(200, html.EscapeString("/ru"+follow))
		reader := c.Resident(civic.Russian)
		c.Browser(reader).Post("/ru" + follow).Want(303)
		const email = "reader@example.kz"
		c.Browser(nil).Post("/kk"+follow, "email", email, "pace", "now").Want(200)
		c.Jobs()
		asked := regexp.MustCompile("/kk/following/[0-9a-v]{32}").FindString(c.Letter(email).Text)
		c.Browser(nil).Post(asked+"/confirm", "kind", answers.Kind, "id", string(id)).Want(303)

		desk := "/ru/desk/answers/" + string(id)
		for i, step := range []struct{ name, subject string }{
			{"pause", "Орган сұрағандарды күтіп отыр"}, {"resume", "Мерзім жалғасты"}, {"extend", "Мерзім ұзартылды"},
		} {
			c.Pass(24 * time.Hour)
			c.browser.Post(desk+"/"+step.name, append(reasons("Құжат"), "days", "2")...).Want(303)
			c.Jobs()
			if told := c.Told(reader); len(told) != i+1 || told[0].Subject.Key != "answers.told_"+step.name || told[0].Path != answers.Path(id) {
				t.Errorf("%s: told %+v", step.name, told)
			}
			if text := c.Letter(email).Subject + c.Letter(email).Text; !strings.Contains(text, step.subject) || !strings.Contains(text, "/kk"+answers.Path(id)) {
				t.Errorf("%s: the mail says %s", step.name, text)
			}
		}
		c.Pass(time.Hour)
		c.Write(func(tx *storage.Tx) error { return c.Answers.Drop(tx, id) })
		c.Jobs()
		if told := c.Told(reader); len(told) != 4 || told[0].Subject.Key != "answers.told_drop" {
			t.Errorf("told %+v", told)
		}
		c.SkipActs()
	})
}

// An answer and its passing on at the same time: one of them happens.
func TestAnsweringAndPassingOnTogether(t *testing.T) {
	citytest.Each(t, func(t *testing.T, city *citytest.City) {
		c := newTown(city)
		id := c.owe(15)
		var all sync.WaitGroup
		var mu sync.Mutex
		done := 0
		for i := range 8 {
			all.Go(func() {
				var err error
				if i%2 == 0 {
					err = c.Answers.Answer(c.Ctx(), c.officer.Actor, id, answers.Verdict{Outcome: answers.Taken, Reason: both("Иә")}, "А. Б., басшы")
				} else {
					err = c.Answers.PassOn(c.Ctx(), c.officer.Actor, id, c.water, nil, both("Сіздікі"))
				}
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					done++
				} else if civic.CodeOf(err) != civic.Closed {
					t.Error(err)
				}
			})
		}
		all.Wait()
		v := c.show(id)
		if done != 1 || len(v.Verdicts) != 1 || len(v.Came) > 1 || (v.State == answers.PassedOn) != (len(v.Came) == 1) {
			t.Errorf("%d succeeded: %+v", done, v)
		}
	})
}

// A body answers and promises; the promise has a clock of its own, is delivered late, and stands in the
// body's record.
func TestAnswerPromiseDelivery(t *testing.T) {
	citytest.Each(t, func(t *testing.T, city *citytest.City) {
		c := newTown(city)
		id := c.owe(15)
		desk := "/ru/desk/answers/" + string(id) + "/answer"
		form := func(more ...string) []string {
			return append(append(reasons("Құбыр ауыстырылады"), "outcome", "taken", "person", "А. Серікова, басшы"), more...)
		}
		const evidence = "https://example.kz/a\nhttps://example.kz/b"
		c.Browser(nil).Get("/ru/answers").Want(200, "Жауап: Су арнасы")
		c.Browser(nil).Get("/ru").Want(200)
		c.browser.Post(desk, form("promised", "2026-03-02", "_sure", "yes")...).Want(422, "Укажите будущий день")
		c.browser.Post(desk, form("promised", "2026-04-03", "evidence", "javascript:alert(1)", "_sure", "yes")...).Want(422, "Это не адрес страницы")
		c.browser.Post(desk, form("promised", "2026-04-03", "evidence", evidence)...).Want(200, "Это увидят все", "Құбыр ауыстырылады kk", "А. Серікова", "example.kz/b", "Обещание появится в списке", "03.04.2026", "календарных дня, считая от")
		c.browser.Post(desk, form()...).Want(200, "Это увидят все").Lacks("Обещание появится")
		c.browser.Post(desk, form("promised", "2026-04-03", "evidence", evidence, "_sure", "yes")...).Want(303)
		c.browser.Post(desk, form("_sure", "yes")...).Want(409)
		v := c.show(id)
		if v.State != answers.Given || len(v.Came) != 1 || v.Came[0].Owed != answers.Deed || v.Verdicts[0].Version == "" {
			t.Fatalf("answered: %+v", v)
		}
		promise := v.Came[0].ID
		c.wantDue(promise, "2026-04-03")
		c.Browser(nil).Get("/ru/answers").Want(200, "Обещание: Құбыр ауыстырылады ru").Lacks("Жауап: Су арнасы")
		c.Browser(nil).Get("/ru/answers?state=answered").Want(200, "Жауап: Су арнасы", "Принято")
		c.Browser(nil).Get("/ru/answers?q=ауыстырылады").Want(200, "Обещание")
		c.Browser(nil).Get("/ru/answers?district=medeu").Want(200, "Обещание")
		c.Browser(nil).Get("/ru/answers?district=alatau").Want(200).Lacks("Обещание: Құбыр")
		c.Browser(nil).Get("/ru/answers?body=" + c.water.String()).Want(200).Lacks("Обещание: Құбыр")

		c.At(time.Date(2026, 4, 1, 10, 0, 0, 0, citytest.Zone)) // two working days before
		c.Jobs()
		c.At(time.Date(2026, 4, 6, 10, 0, 0, 0, citytest.Zone))
		c.Jobs()
		c.Jobs()
		var told []string
		for _, n := range c.Told(c.officer) {
			told = append(told, n.Subject.Key)
		}
		if got := strings.Join(told, " "); got != "answers.told_body_late answers.told_body_soon" {
			t.Errorf("the officer was told %s", got)
		}
		c.Browser(nil).Get("/ru/answers?state=overdue").Want(200, "Обещание: Құбыр")
		c.Browser(nil).Get("/ru/answers?state=very_overdue").Want(200).Lacks("Обещание: Құбыр")
		c.Browser(nil).Get("/ru/check").Want(200, "Ответы и обещания")
		c.browser = c.Browser(c.SignIn(c.officer))
		c.browser.Get("/ru/desk").Want(200, "Нужно исполнить обещание")
		c.browser.Post("/ru/desk/answers/"+string(promise)+"/answer", append(reasons("Ауыстырылды"), "outcome", "done", "person", "А. Серікова, басшы", "_sure", "yes")...).Want(303)

		records, err := c.Answers.Records(c.Ctx())
		c.Must(err)
		if len(records) != 1 || records[0].Answered != 1 || records[0].InTime != 1 || records[0].Promised != 1 || records[0].Kept != 0 || records[0].Overdue != 0 {
			t.Errorf("the records: %+v", records)
		}
		c.Browser(nil).Get("/ru/answers/bodies").Want(200, "Әкімдік", "100", "0 из 1")
		c.Browser(nil).Get("/answers.csv").Want(200, "late_by_working_days")
		c.Browser(nil).Get("/answers-excel.csv?state=answered").Want(200, ";deed;")
		c.Browser(nil).Get("/answers.csv?state=answered&q=ауыстырылады").Want(200, ",deed,").Lacks(",answer,")
		c.Browser(nil).Get("/ru/answers?state=answered&q=ауыстырылады").Want(200, "/answers.csv?q=%D0%B0%D1%83%D1%8B")
		c.Browser(nil).Get("/answers.xlsx").Want(200, "PK")
		c.Browser(nil).Get("/ru/answers.atom").Want(200, "Обещание: Құбыр")
		c.Browser(nil).Get("/api/v1/answers?state=answered").Want(200, `"outcome":"done"`)
		c.Browser(nil).Get("/api/v1/answers/"+string(promise)).Want(200, `"late_by_working_days":1`, `"outcome":"done"`)
		c.SkipActs()
		c.Verified()
	})
}

// A list of many is the same page by page as at once, in every order.
func TestPagesOfTheList(t *testing.T) {
	citytest.Each(t, func(t *testing.T, city *citytest.City) {
		c := newTown(city)
		for i := range 45 {
			c.owe(1 + i%7)
		}
		var seen []civic.ID
		for after, pages := "", 0; pages == 0 || after != ""; pages++ {
			l, err := c.Answers.List(c.Ctx(), answers.Query{State: answers.FilterOwed, Body: c.akimat, After: after})
			c.Must(err)
			for _, o := range l.Items {
				seen = append(seen, o.ID)
			}
			after = l.Next
		}
		var whole []civic.ID
		last := time.Time{}
		c.Must(c.Answers.Each(c.Ctx(), answers.Query{}, func(o answers.Listed) error {
			whole = append(whole, o.ID)
			if o.Due.Before(last) {
				t.Errorf("%v after %v", o.Due, last)
			}
			last = o.Due
			return nil
		}))
		if len(seen) != 45 || fmt.Sprint(seen) != fmt.Sprint(whole) {
			t.Errorf("%d of pages, %d at once", len(seen), len(whole))
		}
		c.Browser(nil).Get("/ru/answers?after=x").Want(422)

		// the desk of the body lists the same, page by page
		var desk []civic.ID
		for path := "/ru/desk/answers"; path != "" && len(desk) <= len(whole); {
			page := c.browser.Get(path).Want(200)
			for _, found := range regexp.MustCompile(`/desk/answers/([0-9a-z]+)"`).FindAllStringSubmatch(page.Body, -1) {
				desk = append(desk, civic.ID(found[1]))
			}
			next := regexp.MustCompile(`rel="next" href="([^"]+)"`).FindStringSubmatch(page.Body)
			if path = ""; next != nil {
				path = html.UnescapeString(next[1])
			}
		}
		if fmt.Sprint(desk) != fmt.Sprint(whole) {
			t.Errorf("%d on the desk, %d of the list", len(desk), len(whole))
		}
		c.browser.Get("/ru/desk/answers?after=x").Want(422)
	})
}

// What is overdue of each body is counted by dates, and stays right whoever answers, passes on, waits, extends or owes something new at the same time, and when days move.
func TestWhatIsOwedIsCountedByDates(t *testing.T) {
	citytest.Each(t, func(t *testing.T, city *citytest.City) {
		c := newTown(city)
		var all sync.WaitGroup
		for i := range 24 {
			id := c.owe(1 + i%3)
			all.Go(func() {
				var err error
				switch i % 4 {
				case 0:
					err = c.Answers.Answer(c.Ctx(), c.officer.Actor, id, answers.Verdict{Outcome: answers.Taken, Reason: both("Иә")}, "А. Б., басшы")
				case 1:
					err = c.Answers.PassOn(c.Ctx(), c.officer.Actor, id, c.water, nil, both("Сіздікі"))
				case 2:
					err = c.Answers.Wait(c.Ctx(), c.officer.Actor, id, both("Сұрадық"))
				default:
					c.owe(2)
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		counted := func(when string) {
			t.Helper()
			records, err := c.Answers.Records(c.Ctx())
			c.Must(err)
			got := map[civic.Ref]int64{}
			for _, r := range records {
				got[r.Ref] = r.Overdue
			}
			for _, body := range []civic.Ref{c.akimat, c.water} {
				want := int64(0) // as the list says, obligation by obligation
				c.Must(c.Answers.Each(c.Ctx(), answers.Query{State: answers.FilterOverdue, Body: body}, func(answers.Listed) error { want++; return nil }))
				if got[body] != want {
					t.Errorf("%s: %d are overdue, %d are counted", when, want, got[body])
				}
			}
		}
		counted("at once")
		c.Must(c.Settings.SetDays(c.Ctx(), c.Administrator().Actor, "2026-03-03 Демалыс; Үкіметтің 2026 жылғы № 5 қаулысы"))
		for _, b := range c.Answers.Running().Background {
			c.Must(b.Settle(c.Ctx()))
		}
		for day := range 8 {
			c.Pass(24 * time.Hour)
			counted(fmt.Sprint("after ", day+1, " days"))
		}
		records, err := c.Answers.Records(c.Ctx())
		c.Must(err)
		if len(records) == 0 || records[0].Overdue == 0 {
			t.Errorf("nothing was overdue: %+v", records)
		}
		c.SkipActs()
	})
}

// A body passes on what is due on the day on which it comes to owe something new: nobody waits for the other's lock, so no transaction is run twice.
func TestPassingOnBesideWhatIsNewlyOwed(t *testing.T) {
	citytest.Each(t, func(t *testing.T, city *citytest.City) {
		c := newTown(city)
		const each = 24
		var ids []civic.ID
		for range each {
			ids = append(ids, c.owe(5))
		}
		var runs atomic.Int64
		var all sync.WaitGroup
		write := func(fn func(tx *storage.Tx) error) {
			all.Go(func() {
				if err := c.DB.Write(c.Ctx(), func(tx *storage.Tx) error { runs.Add(1); return fn(tx) }); err != nil {
					t.Error(err)
				}
			})
		}
		for _, id := range ids {
			o := answers.Obligation{Subject: c.water, Owed: answers.Answer, Body: c.akimat, Source: "Заң", Start: c.Now(), Term: civic.Term{Days: 5, Working: true}}
			write(func(tx *storage.Tx) error {
				if err := c.Answers.PassAway(tx, id, civic.Officer, c.water); err != nil {
					return err
				}
				o := o
				o.ID = id
				return c.Answers.PassPart(tx, o, o.Subject, c.water, nil)
			})
			write(func(tx *storage.Tx) error { _, err := c.Answers.Owe(tx, o); return err })
		}
		all.Wait()
		if n := runs.Load(); n != 2*each {
			t.Errorf("%d transactions were run %d times", 2*each, n)
		}
		c.SkipActs()
	})
}

// A step that is run again, as after a conflict, is the step that was asked for: the whole is passed on, not a part of it besides.
func TestPassingOnIsRunAgain(t *testing.T) {
	citytest.Each(t, func(t *testing.T, city *citytest.City) {
		c := newTown(city)
		var id civic.ID
		c.Write(func(tx *storage.Tx) error {
			o, err := c.Answers.Owe(tx, answers.Obligation{Subject: c.water, Owed: answers.Deed, What: both("Шам"), Body: c.akimat, Source: "Заң", Start: tx.Now(), Term: civic.Term{Days: 5, Working: true}})
			id = o.ID
			return err
		})
		c.Must(c.Answers.PassOn(storage.Again(c.Ctx()), c.officer.Actor, id, c.water, nil, both("Сіздікі")))
		if v := c.show(id); v.State != answers.PassedOn || len(v.Came) != 1 {
			t.Errorf("%s, and %d bodies owe it", v.State, len(v.Came))
		}
		c.SkipActs()
	})
}

// However many obligations there are about a thing, all of them are found, and the first of another thing behind them.
func TestManyObligationsAboutOneThing(t *testing.T) {
	citytest.Each(t, func(t *testing.T, city *citytest.City) {
		c := newTown(city)
		c.owe(3)
		const many = 2_100
		c.Write(func(tx *storage.Tx) error {
			var rows [][]any
			for no := 2; no <= many; no++ {
				rows = append(rows, []any{no, civic.NewID(c.Now()), c.water.String(), "answer", "{}", c.akimat.String(), "Заң", 0, 3, true, "[]", "[]", "running", 0, "owed", 0, 0})
			}
			return tx.Insert("answers_obligation (no, id, subject, owed, what, body, source, started_at, days, working, pauses, extensions, state, due, view, list_at, changed_at)", rows)
		})
		c.Write(func(tx *storage.Tx) error {
			later, err := c.Answers.Owe(tx, answers.Obligation{Subject: c.akimat, Owed: answers.Answer, Body: c.water, Source: "Заң", Start: tx.Now(), Term: civic.Term{Days: 3}})
			if err != nil {
				return err
			}
			further, err := c.Answers.Further(tx, []civic.Ref{c.water, c.akimat})
			if len(further[c.water]) != many || len(further[c.akimat]) != 1 {
				t.Errorf("%d and %d", len(further[c.water]), len(further[c.akimat]))
			}
			first, err2 := c.Answers.About(tx, []civic.Ref{c.water, c.akimat})
			if first[c.akimat].ID != later.ID || first[c.water].Due.IsZero() {
				t.Errorf("the first are %+v", first)
			}
			return errors.Join(err, err2)
		})
		c.SkipActs()
	})
}

// Sums of what is owed that are wrong, too high or lost, are counted anew within a day.
func TestWhatIsOwedIsCountedAnew(t *testing.T) {
	citytest.Each(t, func(t *testing.T, city *citytest.City) {
		c := newTown(city)
		c.owe(1)
		c.owe(2)
		c.Write(answers.SpoilOwing)
		c.Pass(25 * time.Hour)
		c.Jobs()
		c.Pass(10 * 24 * time.Hour)
		records, err := c.Answers.Records(c.Ctx())
		if c.Must(err); len(records) != 1 || records[0].Overdue != 2 {
			t.Errorf("%+v, want 2 overdue", records)
		}
		c.SkipActs()
	})
}
