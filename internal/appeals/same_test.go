package appeals_test

import (
	"testing"

	"github.com/birge-kz/birge/internal/answers"
	. "github.com/birge-kz/birge/internal/appeals"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
)

// What is about the same is answered by one answer only where the applicant agrees; each keeps their own case, their own last word and those who joined.
func TestAnsweredTogether(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		c.Set("appeals.per_day", 20)
		officer := c.Browser(w.officer)
		file := func(who *citytest.Person, public bool) Appeal {
			a := pit
			a.Wished, a.Open = w.akimat, public
			return w.filed(who, a)
		}
		work := func(a Appeal) string { return "/ru/desk/appeals/cases/" + string(w.caseOf(a.ID).ID) }
		first, asel, dauren, mira, gone := c.Resident(civic.Russian), c.Resident(civic.Russian), c.Resident(civic.Kazakh), c.Resident(civic.Russian), c.Resident(civic.Russian)
		main := file(first, true)
		secret := file(first, false)
		same, not, apart, withdrawn := file(asel, true), file(dauren, false), file(mira, true), file(gone, true)
		officer.Get(work(same)).Want(200).Lacks("Похожие дела") // no moderator has looked at the others
		w.shown(main.ID)
		w.shown(same.ID)
		joined := c.Resident(civic.Russian)
		c.Must(w.Join(c.Ctx(), joined.Actor, same.ID, ""))
		of := string(w.caseOf(main.ID).ID)
		officer.Get(work(same)).Want(200, "Похожие дела", "№ "+main.Number()).Lacks(secret.Number())

		officer.Post(work(same)+"/same", "with", string(w.caseOf(secret.ID).ID)).Want(409) // they could not read it
		officer.Post(work(same)+"/same", "with", string(w.caseOf(same.ID).ID)).Want(409)
		c.Browser(c.Officer(w.roads)).Post(work(same)+"/same", "with", of).Want(403)
		page := "/ru" + Path(same.ID)
		c.Browser(asel).Post(page+"/same", "case", string(w.caseOf(same.ID).ID), "agree", "yes").Want(409) // nobody asked
		for _, a := range []Appeal{same, not, apart, withdrawn} {
			officer.Post(work(a)+"/same", "with", of).Want(303)
		}
		officer.Post(work(same)+"/same", "with", of).Want(409) // once
		w.toldOnce(asel, "appeals.told_same")
		c.Browser(asel).Get(page).Want(200, "ваше обращение о том же?")
		c.Browser(nil).Get(page).Want(200).Lacks("о том же")
		c.SkipActs()
		say := func(who *citytest.Person, a Appeal, agree string, status int) {
			t.Helper()
			c.Browser(who).Post("/ru"+Path(a.ID)+"/same", "case", string(w.caseOf(a.ID).ID), "agree", agree).Want(status)
		}
		say(dauren, same, "yes", 403)
		c.Browser(asel).Post(page+"/same", "case", string(w.caseOf(same.ID).ID), "agree", "perhaps").Want(422, "Выберите из списка")
		say(asel, same, "yes", 303)
		c.WantActs("appeals.case.linked")
		say(asel, same, "yes", 409)
		say(dauren, not, "no", 303)
		c.WantActs() // a no is between the two
		say(mira, apart, "yes", 303)
		say(gone, withdrawn, "yes", 303)
		c.Browser(nil).Get(page).Want(200, "Отвечают вместе с № "+main.Number())
		c.Browser(nil).Get("/ru"+Path(main.ID)).Want(200, "Отвечают вместе", Path(same.ID)).Lacks(Path(apart.ID)) // which nobody reads yet
		officer.Post(work(not)+"/same", "with", of).Want(409)                                                     // they said no
		officer.Post(work(main)+"/same", "with", string(w.caseOf(same.ID).ID)).Want(409)                          // no chains
		say(mira, apart, "no", 303)
		c.Must(w.Judge(c.Ctx(), Who{Actor: gone.Actor}, withdrawn.ID, w.caseOf(withdrawn.ID).ID, Says{Word: NotNeeded}))
		c.SkipActs()

		ids := []string{}
		for _, a := range []Appeal{same, not, apart, withdrawn, secret} {
			ids = append(ids, "also", string(w.caseOf(a.ID).ID))
		}
		form := append([]string{"outcome", "taken", "reason.kk", said["kk"], "reason.ru", said["ru"], "person", clerk}, ids...)
		officer.Get(work(main)+"/answer").Want(200, "№ "+same.Number()+" ·").Lacks("№ "+apart.Number(), "№ "+withdrawn.Number())
		officer.Post(work(main)+"/answer", form...).Want(200, "№ "+same.Number()).Lacks("№ "+not.Number(), "№ "+apart.Number())
		officer.Post(work(main)+"/answer", append(form, "_sure", "yes")...).Want(303)
		c.WantActs("answers.obligation.given", "appeals.case.answered", "answers.obligation.given", "appeals.case.answered")
		for a, want := range map[*Appeal]State{&main: Answered, &same: Answered, &not: Registered, &apart: Registered, &withdrawn: Closed, &secret: Registered} {
			if got := w.caseOf(a.ID).State; got != want {
				t.Errorf("%s is %s, want %s", a.Number(), got, want)
			}
		}
		c.Jobs()
		for _, told := range []*citytest.Person{first, asel, joined} {
			w.toldOnce(told, "appeals.told_answered")
		}
		c.Must(w.Judge(c.Ctx(), Who{Actor: first.Actor}, main.ID, w.caseOf(main.ID).ID, Says{Word: Done}))
		c.Must(w.Judge(c.Ctx(), Who{Actor: asel.Actor}, same.ID, w.caseOf(same.ID).ID, Says{Contest: true, Words: "У нас яма на месте"}))
		if a, b := w.caseOf(main.ID), w.caseOf(same.ID); a.State != Closed || a.Word != Done || b.State != Contested {
			t.Errorf("%s by %s, %s", a.State, a.Word, b.State)
		}
		say(asel, same, "no", 409) // what was answered was answered
		c.Must(w.Reply(c.Ctx(), w.officer.Actor, w.caseOf(same.ID).ID, answers.Verdict{Outcome: answers.Partly, Reason: said}, clerk))
		c.Browser(asel).Get("/ru/account/download").Want(200, "answered_together_with", of)
		c.SkipActs()
		if report, _ := c.Verified(); report.Compared == 0 {
			t.Errorf("the record: %+v", report)
		}
	}, Capability())
}

// One answer reaches what is linked to its own case, so what others are linked to cannot be linked further, in whatever order people say yes.
func TestWhatIsTheSameMakesNoChains(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		officer := c.Browser(w.officer)
		people := []*citytest.Person{c.Resident(civic.Russian), c.Resident(civic.Russian), c.Resident(civic.Russian)}
		var filed []Appeal
		for _, who := range people {
			a := pit
			a.Wished, a.Open = w.akimat, true
			filed = append(filed, w.filed(who, a))
			w.shown(filed[len(filed)-1].ID)
		}
		of := func(a Appeal) string { return string(w.caseOf(a.ID).ID) }
		for i := range 2 {
			officer.Post("/ru/desk/appeals/cases/"+of(filed[i])+"/same", "with", of(filed[i+1])).Want(303)
		}
		for i, status := range []int{303, 409} {
			c.Browser(people[i]).Post("/ru"+Path(filed[i].ID)+"/same", "case", of(filed[i]), "agree", "yes").Want(status)
		}
		if got := w.caseOf(filed[1].ID).Case.Same; got != "" {
			t.Errorf("linked to %s, while another is linked to it", got)
		}
	}, Capability())
}
