package grants_test

import (
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/contracts"
	. "github.com/birge-kz/birge/internal/grants"
	"github.com/birge-kz/birge/internal/review"
)

// Whoever runs a call reads on the desk at each stage what waits for them, and nothing while others are to do something; the home page has a call until its last minute of grace.
func TestTheDeskSaysWhatWaits(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		call := w.call()
		call.Rubric.Readers = 1
		r := &read{town: w, call: w.announce(call)}
		all := []string{"Проверить форму", "Нужно передать заявки", "Нужно добавить экспертов", "Нужно распределить", "назначьте заседание", "Срок оценки прошёл", "опубликуйте решение", "подписать проект", "посмотреть отчёт"}
		waits := func(want ...string) {
			t.Helper()
			w.officer = c.SignIn(w.officer)
			page := c.Browser(w.officer).Get("/ru/desk").Want(200, want...)
			for _, one := range all {
				if len(want) == 0 || one != want[0] {
					page.Lacks(one)
				}
			}
		}
		ngo := c.Organisation("Ұйым")
		asel := c.Representative(ngo)
		d := w.write(r.call, ngo, asel)
		_, err := w.Submit(c.Ctx(), asel.Actor, d)
		c.Must(err)
		r.ngos, r.apply, r.people = []civic.ID{ngo}, []civic.ID{d}, []*citytest.Person{asel}
		waits()
		c.At(call.Until().Add(-time.Minute))
		c.Browser(nil).Get("/ru").Want(200, "Гранты для дворов")
		c.At(call.Until())
		waits("Проверить форму")
		c.Must(w.Check(c.Ctx(), w.officer.Actor, d, Admitted, nil))
		waits("Нужно передать заявки")
		c.Must(w.Service.Read(c.Ctx(), w.officer.Actor, r.call))
		r.findPanel()
		waits("Нужно добавить экспертов")
		reader := c.Resident(civic.Russian)
		r.readers = []*citytest.Person{reader}
		c.Must(r.Review.AddReader(c.Ctx(), w.officer.Actor, r.panel, review.NewReader{Email: reader.Email, Langs: []civic.Lang{civic.Russian}}))
		waits()
		c.Must(r.Review.Declare(c.Ctx(), reader.Actor, r.panel, nil))
		waits("Нужно распределить")
		r.begin()
		waits()
		c.Pass(20 * 24 * time.Hour)
		waits("Срок оценки прошёл")
		r.mark(0, func(review.Entry) []int64 { return []int64{5, 5} })
		waits("назначьте заседание")
		c.Must(r.Review.Meet(c.Ctx(), w.officer.Actor, r.panel, c.Now().Add(time.Hour), text("Әкімдік", "Акимат")))
		waits()
		c.Pass(time.Hour)
		waits("опубликуйте решение")
		r.sit(1)
		r.decideAll(nil)
		c.Must(r.Review.Publish(c.Ctx(), w.officer.Actor, r.panel))
		waits("подписать проект")
		id := r.signed(0, c.Now().AddDate(0, 1, 0))
		waits()
		k, err := r.Contracts.Show(c.Ctx(), w.officer.Actor, id)
		c.Must(err)
		c.Must(r.Contracts.File(c.Ctx(), asel.Actor, id, k.Reports[0].ID, contracts.Filed{Said: "Отырғыздық", Helped: 3}))
		waits("посмотреть отчёт")
		other := c.Body("Басқа")
		c.Browser(c.Officer(other)).Get("/ru/desk").Lacks("посмотреть отчёт")
	}, Capability())
}
