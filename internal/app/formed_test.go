package app_test

import (
	"fmt"
	"time"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/councils"
	"github.com/birge-kz/birge/internal/forming"
	"github.com/birge-kz/birge/sortition/draw"
)

// formed lets a council be formed by lot: one list is declared void, the next is drawn from, and so is a reserve; somebody was refused and somebody else declines.
// In another competition, which the working group has voted in, nobody sits yet.
func formed(c *citytest.City, body civic.ID) {
	admin, text := c.Administrator().Actor, civic.Text{"kk": "Тәжірибесі бар", "ru": "Есть опыт"}
	begin := func(by forming.Method, n int) (id civic.ID, people []*citytest.Person, all []civic.ID) {
		council, err := citytest.Service[*councils.Service](c).Found(c.Ctx(), admin, councils.Council{Form: "panel", Name: civic.Text{"kk": "Тұрғындар алқасы", "ru": "Панель жителей"}, About: text, Body: body, Law: "383-V", Size: 3,
			Since: c.Now().AddDate(0, 3, 0), Until: c.Now().AddDate(1, 0, 0)})
		c.Must(err)
		id, err = c.Forming.DrawUp(c.Ctx(), admin, forming.Competition{Body: councils.Ref(council), Method: by, Seats: 2, Reserve: 1, Group: []string{"А. Ақан", "Б. Берік", "В. Власов"}, Terms: text, Until: c.Now().AddDate(0, 0, 20)})
		c.Must(err)
		if by == forming.ByLot {
			c.Must(c.Forming.SetQuotas(c.Ctx(), admin, id, []forming.Quota{{Category: "sex", Feature: forming.Woman, Min: 1, Max: 1}, {Category: "age", Feature: "older"}}))
		}
		c.Must(c.Forming.Announce(c.Ctx(), admin, id))
		ngo := c.Organisation("Үміт")
		for i := range n {
			p, d := c.Resident(civic.Kazakh), forming.Candidacy{Competition: id, Name: fmt.Sprint("Үміткер ", i), About: "Ауламды тазаладым", Sex: []string{forming.Woman, forming.Man}[i%2], Born: 1980, District: "medeu"}
			if i == 3 {
				d.Born = 1950 // and is in no panel
			}
			if i == 0 {
				p, d.By = c.Representative(ngo), civic.Ref{Kind: "organisations.organisation", ID: ngo}
			}
			own, err := c.Forming.Stand(c.Ctx(), p.Actor, d, civic.Kazakh)
			c.Must(err)
			people, all = append(people, p), append(all, own)
			c.Must(c.Forming.Check(c.Ctx(), admin, id, own, i != n-1, text))
		}
		c.Pass(21 * 24 * time.Hour)
		return id, people, all
	}
	id, _, all := begin(forming.ByVote, 4)
	c.Must(c.Forming.EnterVotes(c.Ctx(), admin, id, map[civic.ID][]int{all[0]: {0, 1}, all[1]: {1, 2}}))
	id, people, _ := begin(forming.ByLot, 9)
	list := func(purpose forming.Purpose) civic.ID {
		d, err := c.Forming.Prepare(c.Ctx(), admin, id, purpose)
		c.Must(err)
		c.Jobs()
		c.Must(c.Forming.List(c.Ctx(), admin, id, d, draw.Source{Kind: draw.Dice}))
		return d
	}
	c.Must(c.Forming.Annul(c.Ctx(), admin, id, list(forming.ForSeats), text))
	c.Must(c.Forming.Throw(c.Ctx(), admin, id, list(forming.ForSeats), 5))
	c.Must(c.Forming.Throw(c.Ctx(), admin, id, list(forming.ForReserve), 5))
	v, err := c.Forming.Show(c.Ctx(), admin, id)
	c.Must(err)
	declines := v.In(forming.Elected)[1]
	c.Must(c.Forming.Withdraw(c.Ctx(), people[declines.Number-1].Actor, declines.ID))
	c.Must(c.Forming.Throw(c.Ctx(), admin, id, list(forming.ForLeft), 0))
	c.Must(c.Forming.Publish(c.Ctx(), admin, id, text))

	c.Jobs()
	c.Acts()
}
