package budgeting_test

import (
	"testing"

	. "github.com/birge-kz/birge/internal/budgeting"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
)

// Before a campaign is changed or called off its desk reads what everybody will read, in both languages, and nothing of it is kept until then.
func TestLookingBeforeAChange(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		desk, page := "/ru/desk/budget/"+string(w.campaign), "/ru"+CampaignPath(w.campaign)
		b := c.Browser(w.officer)
		b.Post(desk+"/stop", "why.kk", "Ақша жоқ").Want(422)
		b.Post(desk+"/stop", "why.kk", "Ақша жоқ", "why.ru", "Нет денег").Want(200, "Вернуть нельзя", "Ақша жоқ", "Нет денег")
		c.Browser(nil).Get(page).Want(200, "Внести предложение").Lacks("Нет денег")

		v, err := w.Campaign(c.Ctx(), w.officer.Actor, w.campaign)
		c.Must(err)
		to := v.Campaign
		to.Rules.Choices = 7
		_, err = w.BeforeChange(c.Ctx(), w.officer.Actor, w.campaign, to, civic.Text{"ru": "Мало"})
		c.Refused(err, civic.Invalid)
		_, err = w.BeforeChange(c.Ctx(), w.engineer.Actor, w.campaign, to, both("Аз", "Мало"))
		c.Refused(err, civic.Forbidden)
		would, err := w.BeforeChange(c.Ctx(), w.officer.Actor, w.campaign, to, both("Аз", "Мало"))
		c.Must(err)
		if would.Rules.Choices != 7 || would.Hash() == v.Hash() {
			t.Errorf("the rules would be %+v", would.Rules)
		}
		if now, _ := w.Campaign(c.Ctx(), w.officer.Actor, w.campaign); now.Hash() != v.Hash() {
			t.Error("looking changed the rules")
		}
		form := []string{"why.kk", "Аз болды", "why.ru", "Было мало", "title.kk", to.Title["kk"], "title.ru", to.Title["ru"], "about.kk", to.About["kk"], "about.ru", to.About["ru"], "year", "2027", "areas", FormatAreas(to.Areas),
			"categories", FormatEntries(to.Categories), "prices", FormatPrices(to.Prices), "refused", FormatEntries(to.Rules.Refused), "per_person", "2", "supports", "0", "least_age", "0", "min_votes", "0", "vote", "approval", "choices", "7",
			"reach", "one", "revote", "yes", "rule", "equal-shares", "completion", "add-one,greedy", "tie", "cost-votes", "opens", to.Plan.Opens}
		for stage, day := range to.Plan.Until {
			form = append(form, "until."+string(stage), day)
		}
		b.Post(desk+"/change", form...).Want(200, "Аз болды", "Было мало", "до 7", would.Hash())
		c.Browser(nil).Get(page).Want(200).Lacks("Было мало")
		b.Post(desk+"/change", append(form, "_sure", "yes")...).Want(303)
		c.Browser(nil).Get(page).Want(200, "Было мало", would.Hash())
		b.Post(desk+"/stop", "_sure", "yes", "why.kk", "Ақша жоқ", "why.ru", "Нет денег").Want(303)
		c.Browser(nil).Get(page).Want(200, "Нет денег")
	}, Capability())
}
