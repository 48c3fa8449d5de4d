package budgeting_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/birge-kz/birge/internal/budgeting"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/paper"
)

// iin is a number of somebody who was born on a day, "850412", in the century of a digit ("3": a man of the 20th), with its check digit by the rule of the numbers.
func iin(born, century string, n int) string {
	for ; ; n++ {
		digits := fmt.Sprintf("%s%s%04d", born, century, n)
		sum := func(from int) (s int) {
			for i, d := range digits {
				s += int(d-'0') * ((i+from-1)%11 + 1)
			}
			return s % 11
		}
		check := sum(1)
		if check == 10 {
			check = sum(3)
		}
		if check < 10 {
			return digits + fmt.Sprint(check)
		}
	}
}

// From print to result: a sheet says the parts with their money and how many may be chosen; a spoilt sheet that was replaced is one voter; after the end the desk is led to
// the paper, and everybody is told what the count waits for.
func TestPaperOfABudget(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w, ids := voting(c, nil, 8_000_000, 9_000_000, 12_000_000)
		of := civic.Ref{Kind: KindCampaign, ID: w.campaign}
		page, desk := "/ru"+CampaignPath(w.campaign), "/ru/desk/budget/"+string(w.campaign)
		officer, second := w.officer, c.Officer(w.akimat)
		c.Browser(officer).Get(desk).Want(200, paper.OfPath(of))
		run, layout, codes, err := c.Paper.Print(c.Ctx(), officer.Actor, of, paper.Ballots, 6, civic.Russian)
		c.Must(err)
		if len(layout.Sections) != 1 || layout.Sections[0].Text != "Дворы до 40 квартир" || !strings.Contains(layout.Sections[0].Hint, "20\u00a0000\u00a0000") || len(layout.Sections[0].Choices) != 3 || !strings.Contains(layout.Intro[0], "не больше 3") {
			t.Errorf("a sheet says %+v", layout)
		}
		trial, _, _, err := c.Paper.Print(c.Ctx(), officer.Actor, of, paper.Ballots, 2, civic.Kazakh)
		c.Must(err)
		c.Must(c.Paper.Give(c.Ctx(), officer.Actor, run.ID, "Кітапхана", 5))
		c.Browser(officer).Get("/ru" + paper.Path(run.ID)).Want(200).Lacks("Отменить тираж")
		c.Refused(c.Paper.CallOff(c.Ctx(), officer.Actor, run.ID), civic.Conflict)
		for i := range 3 {
			c.Must(c.Paper.GiveTo(c.Ctx(), officer.Actor, run.ID, iin("850412", "3", 1+100*i), ""))
		}
		c.Refused(c.Paper.GiveTo(c.Ctx(), officer.Actor, run.ID, iin("850412", "3", 1), ""), civic.Conflict)
		_, err = w.cast(verified(c, 1), "1")
		c.Must(err)
		c.Browser(officer).Get("/ru/desk").Want(200).Lacks("Сдать бумажные бюллетени")
		c.Pass(11 * 24 * time.Hour)
		c.Jobs()
		c.Browser(nil).Get(page).Want(200, "Голоса посчитаем, когда сдадут бумажные бюллетени").Lacks("Идёт подсчёт")
		c.Browser(officer).Get(desk).Want(200, paper.OfPath(of), "Голоса посчитаем, когда сдадут")
		c.Browser(officer).Get("/ru/desk").Want(200, "Сдать бумажные бюллетени, тиражей: 2", paper.OfPath(of))
		// Of five sheets two came back filled in, one was spoilt and replaced, one spoilt, and one lies there unused: three voters.
		back := "/ru" + paper.Path(run.ID) + "/packets/1"
		c.Browser(officer).Post(back, "returned", "2", "spoilt", "2", "replaced", "3", "unused", "1").Want(422, "не может быть больше, чем испорченных")
		c.Browser(officer).Post(back, "returned", "2", "spoilt", "2", "replaced", "", "unused", "1").Want(422) // a blank is no number, as in the other fields
		c.Browser(officer).Post(back, "returned", "2", "spoilt", "2", "replaced", "1", "unused", "1").Want(303)
		for i, content := range []string{"1 2", "2"} {
			for _, who := range []*citytest.Person{officer, second} {
				_, err := c.Paper.Enter(c.Ctx(), who.Actor, run.ID, codes[i], content)
				c.Must(err)
			}
		}
		c.Browser(officer).Get("/ru"+paper.Path(trial.ID)+"/off").Want(200, "Напечатанные уничтожьте")
		c.Browser(officer).Post("/ru" + paper.Path(trial.ID) + "/off").Want(303)
		_, err = c.Paper.Reconcile(c.Ctx(), officer.Actor, run.ID, "", false)
		c.Must(err)
		c.Jobs()
		c.Browser(nil).Get(page+"/results").Want(200, "Проголосовали: 4. Бюллетеней в урне: 3", "не вернулось")
		if got := w.view(ids[1]).State; got != Won {
			t.Errorf("the second is %s", got)
		}
		c.SkipActs()
		c.Verified()
	}, Capability())
}

// A trial print that is called off before the end leaves a vote without paper: it is counted at its end, by itself.
func TestATrialPrintHoldsNothing(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w, ids := voting(c, func(typed *Campaign) { typed.Rules.Vote, typed.Rules.Choices = Points, 10 }, 8_000_000)
		of := civic.Ref{Kind: KindCampaign, ID: w.campaign}
		run, layout, _, err := c.Paper.Print(c.Ctx(), w.officer.Actor, of, paper.Ballots, 1, civic.Kazakh)
		c.Must(err)
		if !strings.Contains(layout.Intro[0], "ең көбі 10") || !slices.ContainsFunc(layout.Sections[0].Choices, func(s string) bool { return strings.Contains(s, "ұпай: ____") }) {
			t.Errorf("a sheet for points says %+v", layout)
		}
		_, err = w.cast(verified(c, 1), "1:4")
		c.Must(err)
		c.SkipActs()
		c.Must(c.Paper.CallOff(c.Ctx(), w.officer.Actor, run.ID))
		c.WantActs("ballots.vote.paper_withdrawn", "paper.run.called_off")
		c.Refused(c.Paper.CallOff(c.Ctx(), w.officer.Actor, run.ID), civic.Closed)
		c.Pass(11 * 24 * time.Hour)
		c.Jobs()
		if got := w.view(ids[0]).State; got != Won {
			t.Errorf("it is %s", got)
		}
		c.SkipActs()
		c.Verified()
	}, Capability())
}

// When the roll and the sheets differ, the run is handed over with the reason, and not without.
func TestRollAndSheetsDiffer(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w, _ := voting(c, nil, 8_000_000)
		run, _, codes, err := c.Paper.Print(c.Ctx(), w.officer.Actor, civic.Ref{Kind: KindCampaign, ID: w.campaign}, paper.Ballots, 2, civic.Kazakh)
		c.Must(err)
		c.Must(c.Paper.Give(c.Ctx(), w.officer.Actor, run.ID, "Кітапхана", 1))
		c.Pass(11 * 24 * time.Hour) // nobody was noted as its voter
		c.Must(c.Paper.TakeBack(c.Ctx(), w.officer.Actor, run.ID, 1, paper.Back{Returned: 1}))
		for _, who := range []*citytest.Person{w.officer, c.Officer(w.akimat)} {
			_, err := c.Paper.Enter(c.Ctx(), who.Actor, run.ID, codes[0], "1")
			c.Must(err)
		}
		reconcile := "/ru" + paper.Path(run.ID) + "/reconcile"
		c.Browser(w.officer).Get(reconcile).Want(200, "Листов больше, чем людей в списке: на 1")
		c.Browser(w.officer).Post(reconcile).Want(422, "Листов больше, чем людей в списке: на 1")
		c.Browser(w.officer).Post(reconcile, "note", "Не записали в список").Want(303)
	}, Capability())
}

// Whoever is younger than the rules want gets neither a code nor a sheet; on the day on which they are old enough, they do. How many were handed out is in the record of the closing.
func TestLeastAge(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w, _ := voting(c, func(typed *Campaign) { typed.Rules.LeastAge = 18 }, 8_000_000)
		run, _, _, err := c.Paper.Print(c.Ctx(), w.officer.Actor, civic.Ref{Kind: KindCampaign, ID: w.campaign}, paper.Ballots, 2, civic.Kazakh)
		c.Must(err)
		today := c.Now().In(citytest.Zone)
		tomorrow := iin(today.AddDate(-18, 0, 1).Format("060102"), "5", 1)
		_, err = w.IssueCode(c.Ctx(), w.officer.Actor, w.campaign, tomorrow, "")
		c.Refused(err, civic.Invalid)
		c.Refused(c.Paper.GiveTo(c.Ctx(), w.officer.Actor, run.ID, tomorrow, ""), civic.Invalid)
		c.Browser(w.officer).Post("/ru/desk/budget/"+string(w.campaign)+"/codes", "iin", tomorrow).Want(422, "голосовать рано", "наименьший возраст: 18")
		c.Browser(nil).Get("/ru"+CampaignPath(w.campaign)).Want(200, "Наименьший возраст голосующего: 18")
		_, err = w.IssueCode(c.Ctx(), w.officer.Actor, w.campaign, iin(today.AddDate(-18, 0, 0).Format("060102"), "5", 1), "")
		c.Must(err)
		_, err = w.IssueCode(c.Ctx(), w.officer.Actor, w.campaign, iin("850412", "3", 1), "")
		c.Must(err)
		c.Must(c.Paper.GiveTo(c.Ctx(), w.officer.Actor, run.ID, iin("850412", "3", 500), ""))
		c.Must(c.Paper.Give(c.Ctx(), w.officer.Actor, run.ID, "Кітапхана", 1))
		c.Pass(11 * 24 * time.Hour)
		c.Must(c.Paper.TakeBack(c.Ctx(), w.officer.Actor, run.ID, 1, paper.Back{Spoilt: 1}))
		_, err = c.Paper.Reconcile(c.Ctx(), w.officer.Actor, run.ID, "", false)
		c.Must(err)
		c.Jobs()
		closed := c.Acts("ballots.vote.closed")[0]
		if said := string(closed.Payload); !strings.Contains(said, `"codes":2`) || !strings.Contains(said, `"sheets":1`) {
			t.Errorf("the record says %s", said)
		}
		c.Verified()
	}, Capability())
}
