package grants_test

import (
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/grants"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/questions"
	"github.com/birge-kz/birge/internal/review"
)

// A funder says of its own question by which name its answer may be known; the form of a later application, to another funder, has it filled in and says from where.
func TestAnAnswerIsKnownAlready(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		ngo := c.Organisation("Жасыл қала")
		asel := c.Representative(ngo)
		c.Must(c.Organisations.Edit(c.Ctx(), c.Administrator().Actor, ngo, map[organisations.Field]string{"phone": "+7 7252 112233"}))
		call := func(funder civic.ID, officer *citytest.Person) (civic.ID, Call) {
			k := w.call()
			k.Funder = funder
			id, err := w.Keep(c.Ctx(), officer.Actor, k)
			c.Must(err)
			for _, known := range []string{"phone", "team"} { // q1 and q2
				c.Must(w.AddQuestion(c.Ctx(), officer.Actor, id, questions.Question{Sort: questions.Line, Label: text("Сұрақ "+known, "Вопрос "+known), Known: known}))
			}
			c.Must(w.AddCriterion(c.Ctx(), officer.Actor, id, review.Criterion{Label: text("А", "А"), Zero: text("Б", "Б"), Full: text("В", "В"), Weight: 1}))
			c.Must(w.Announce(c.Ctx(), officer.Actor, id))
			c.At(k.Opens)
			return id, k
		}
		id, first := call(w.akimat, w.officer)
		d := w.write(id, ngo, c.SignIn(asel))
		page := "/ru" + OwnPath(id, d) + "/answers"
		b := c.Browser(c.SignIn(asel))
		b.Get(page).Want(200, "+7 7252 112233", "Взято из реестра")
		c.Must(w.Answer(c.Ctx(), asel.Actor, d, ui.Form{Sent: true, Values: map[string][]string{"q.q2": {"Алты адам"}, "seen.q2": {"0"}, "q.experience": {"Бес аула"}, "seen.experience": {"0"}}}))
		_, err := w.Submit(c.Ctx(), asel.Actor, d)
		c.Must(err)
		c.At(first.Until())
		c.Pass(24 * time.Hour)
		other := c.Body("Қор")
		next, _ := call(other, c.Officer(other))
		asel = c.SignIn(asel)
		again, err := w.Begin(c.Ctx(), asel.Actor, next, ngo)
		c.Must(err)
		c.Browser(asel).Get("/ru"+OwnPath(next, again)+"/answers").Want(200, "Алты адам", "Бес аула", "Взято из вашей прошлой заявки")
	}, Capability())
}
