package budgeting_test

import (
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/ballots"
	. "github.com/birge-kz/birge/internal/budgeting"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/paper"
)

// byDistricts is a town of three districts, in which the budget has a part for the first and one for the second, with a project each of one million tenge.
func byDistricts(c *citytest.City, reach Reach, age int) (w *town, codes []string) {
	c.Must(c.Settings.SetDistricts(c.Ctx(), c.Administrator().Actor, "Абай; Абайский\nТұран; Туранский\nДала; Степной"))
	for _, d := range c.Settings.Current().Districts {
		codes = append(codes, d.Code)
	}
	w, _ = voting(c, func(typed *Campaign) {
		typed.Rules.Reach, typed.Rules.LeastAge = reach, age
		typed.Areas = []Area{{Code: "abai", Name: both("Абай бөлігі", "Часть Абайского"), District: codes[0], Money: 5_000_000 * civic.Tenge},
			{Code: "turan", Name: both("Тұран бөлігі", "Часть Туранского"), District: codes[1], Money: 5_000_000 * civic.Tenge}}
	}, 1_000_000, 1_000_000)
	return w, codes
}

// By hand: the first project is of the first district's part, the second of the second's. Who lives where votes for what, under each rule.
func TestWhoVotesBelongsToAPart(t *testing.T) {
	for _, row := range []struct {
		reach  Reach
		lives  int // -1: not known
		ballot string
		want   civic.Code // "": it is cast
	}{
		{OnePart, 0, "1", ""}, {OnePart, 0, "2", civic.Invalid}, {OnePart, 0, "1 2", civic.Invalid}, {OnePart, 1, "2", ""},
		{OneMore, 0, "1 2", ""}, {OneMore, 0, "2", ""}, {OnePart, 2, "1", civic.Forbidden}, {OneMore, 2, "1", civic.Forbidden},
		{OnePart, -1, "1", civic.Forbidden}, {OneMore, -1, "1", civic.Forbidden},
		{AllParts, 2, "1 2", ""}, {AllParts, -1, "1 2", ""},
	} {
		t.Run(strings.Join([]string{string(row.reach), row.ballot, string(rune('1' + row.lives))}, " "), func(t *testing.T) {
			citytest.Each(t, func(t *testing.T, c *citytest.City) {
				w, codes := byDistricts(c, row.reach, 0)
				district := ""
				if row.lives >= 0 {
					district = codes[row.lives]
				}
				_, err := w.cast(c.Lives(verified(c, 1), district, ""), row.ballot)
				if civic.CodeOf(err) != row.want {
					t.Errorf("who lives in %q casts %q: %v", district, row.ballot, err)
				}
			}, Capability())
		})
	}
}

// The page says which part is whose, and who belongs to none reads what to do about it; a code or a sheet of paper is given for a district; too young is nobody by any way.
func TestPartsAndAges(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w, codes := byDistricts(c, OnePart, 18)
		page := "/ru" + CampaignPath(w.campaign)
		c.Browser(nil).Get(page).Want(200, "только часть своего района", "Наименьший возраст голосующего: 18")
		mine := c.Lives(verified(c, 100), codes[0], "1980-05-01")
		c.Browser(mine).Get(page+"/vote").Want(200, "Ваша часть:", "Часть Абайского", "Проект 1").Lacks("Проект 2")
		c.Browser(mine).Post(page+"/vote", "choose", "2").Want(422, "Выберите только проекты своего района")
		unknown := c.Lives(verified(c, 101), "", "1980-05-01")
		c.Browser(unknown).Get(page+"/vote").Want(200, "ваш район не подтверждён", "Подтверждение жителя")
		c.Browser(unknown).Post(page+"/vote", "choose", "1").Want(422, "ваш район не подтверждён")
		elsewhere := c.Lives(verified(c, 102), codes[2], "1980-05-01")
		c.Browser(elsewhere).Get(page+"/vote").Want(200, "нет части вашего района")

		today := c.Now()
		young := c.Lives(verified(c, 103), codes[0], today.AddDate(-18, 0, 1).Format(time.DateOnly)) // eighteen tomorrow
		c.Browser(young).Get(page+"/vote").Want(200, "Вам голосовать рано")
		_, err := w.cast(young, "1")
		c.Refused(err, civic.Forbidden)
		_, err = w.cast(c.Lives(verified(c, 104), codes[0], today.AddDate(-18, 0, 0).Format(time.DateOnly)), "1") // today
		c.Must(err)

		desk := c.Browser(w.officer)
		form := "/ru/desk/budget/" + string(w.campaign) + "/codes"
		desk.Post(form, "iin", iin("850412", "3", 1)).Want(422, "Укажите район")
		desk.Post(form, "iin", iin("850412", "3", 1), "district", codes[2]).Want(422, "нет части этого района")
		code, err := w.IssueCode(c.Ctx(), w.officer.Actor, w.campaign, iin("850412", "3", 1), codes[1])
		c.Must(err)
		c.Refused(w.Cast(c.Ctx(), civic.Actor{}, w.campaign, code, ballots.Cast{Ballot: ballots.Ballot{{Option: "1"}}, Words: ballots.NewWords()}), civic.Invalid)
		c.Must(w.Cast(c.Ctx(), civic.Actor{}, w.campaign, code, ballots.Cast{Ballot: ballots.Ballot{{Option: "2"}}, Words: ballots.NewWords()}))
		run, _, _, err := c.Paper.Print(c.Ctx(), w.officer.Actor, civic.Ref{Kind: KindCampaign, ID: w.campaign}, paper.Ballots, 10, civic.Russian)
		c.Must(err)
		give := "/ru" + paper.Path(run.ID) + "/person"
		desk.Get(give).Want(200, "По адресу из документа", "Туранский")
		desk.Post(give, "iin", iin("850412", "3", 600)).Want(422, "Укажите район")
		desk.Post(give, "iin", iin("850412", "3", 600), "district", codes[2]).Want(422, "нет части этого района")
		desk.Post(give, "iin", iin("850412", "3", 600), "district", codes[1]).Want(303)
	}, Capability())
}

// Turnout is told by district and age of those with an account too, and not where they are few. By hand: of Turan six of 56, seven of 36 and two of 76, of Abai five of 26: two are fewer
// than five, and would be known by taking away if the next smallest group were told.
func TestTurnoutOfAccounts(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w, codes := byDistricts(c, OnePart, 18)
		vote := func(from, n, district int, born, ballot string) {
			for i := range n {
				_, err := w.cast(c.Lives(verified(c, from+i), codes[district], born), ballot)
				c.Must(err)
			}
		}
		vote(0, 6, 1, "1970-01-01", "2")
		vote(10, 5, 0, "2000-01-01", "1")
		vote(20, 2, 1, "1950-01-01", "2")
		vote(30, 7, 1, "1990-01-01", "2")
		c.Pass(11 * 24 * time.Hour)
		c.Jobs()
		text := c.Browser(nil).Get("/ru"+CampaignPath(w.campaign)+"/results").Want(200, "Туранский", "Абайский").Text()
		for _, line := range []string{"Туранский 15", "Абайский 5", "Проголосовавшие по возрасту", "возраст 30-44 7", "возраст 45-59 6", "другие возрасты или неизвестно 7"} {
			if !strings.Contains(strings.Join(strings.Fields(text), " "), line) {
				t.Errorf("the page lacks %q: %s", line, text)
			}
		}
		if strings.Contains(text, "60+") {
			t.Error("two people are told apart by age")
		}
	}, Capability())
}
