package sponsorship_test

import (
	"encoding/csv"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/allocation"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/ledger"
	"github.com/birge-kz/birge/internal/matching"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/platform/storage"
	. "github.com/birge-kz/birge/internal/sponsorship"
)

// A sponsor adds to gifts: the page says what campaigns would get, the round closes, everybody computes the same from the list, and the
// sponsor's transfer is booked from the statement.
func TestMatchingRound(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		first, second := town.campaign(KeepsWhatCame), town.campaign(KeepsWhatCame)
		fund := c.Organisation("Үлгі қор")
		sponsor := c.Representative(fund)
		browser, visitor := c.Browser(sponsor), c.Browser(nil)
		ends := c.Now().AddDate(0, 0, 10).Format(time.DateOnly)
		form := func(pairs ...string) []string {
			return append(pairs, "sponsor", string(fund), "title.kk", "Теңгеге теңге", "title.ru", "Тенге на тенге", "about.kk", "Көмек", "about.ru", "Помощь дворам", "ends", ends)
		}
		browser.Post("/ru/matching/new", form("rule", "pairwise", "money", "5000")...).Want(422, "нужен предел")
		browser.Post("/ru/matching/new", form("rule", "linear", "money", "-5")...).Want(422, "целую сумму")
		browser.Post("/ru/matching/new", form("rule", "linear", "money", "5000", "cap_donor", "3000")...).Want(200, "больше не изменится", "Из даров одного человека всем сборам")
		c.Browser(town.boss).Post("/ru/matching/new", form("rule", "linear", "money", "5000", "_sure", "1")...).Want(422, "за которую вы говорите")
		path := browser.Post("/ru/matching/new", form("rule", "linear", "money", "5000", "cap_donor", "3000", "_sure", "1")...).Want(303).Location[3:]
		pool := civic.ID(strings.TrimPrefix(path, "/matching/"))
		c.Refused(c.Matching.Join(c.Ctx(), sponsor.Actor, pool, first), civic.NotFound)
		for _, id := range []civic.ID{first, second} {
			c.Browser(town.boss).Post("/ru"+path+"/join", "project", string(id)).Want(303)
		}

		asel, dauren := c.Resident(civic.Russian), c.Resident(civic.Russian)
		a, _ := town.gift(asel, first, 4_000, Anonymous)
		b, _ := town.gift(dauren, second, 2_500, Anonymous)
		town.gift(dauren, first, 2_000, Anonymous) // only promised
		lines := town.read(move{4_000, "А", "x"}, move{2_500, "Б", "y"}, move{500, "", "z"})
		c.Must(town.Settle(c.Ctx(), town.boss.Actor, lines[4_000], Answer{Meaning: AsGift, Of: a}))
		c.Must(town.Settle(c.Ctx(), town.boss.Actor, lines[2_500], Answer{Meaning: AsGift, Of: b}))
		// Of Asel's 4,000 count 3,000, so 3,000 and 2,500 share 5,000; a page that was seen before shows it.
		visitor.Get("/ru"+path).Want(200, "засчитано "+town.ru(3_000), "Если бы всё кончилось сейчас", "исчерпана", "birge allocate gifts.csv --rule linear --pool 5000")
		c.Refused(c.Matching.Close(c.Ctx(), sponsor.Actor, pool), civic.Conflict)
		c.Acts()
		c.Pass(11 * 24 * time.Hour)
		c.Must(town.Settle(c.Ctx(), town.boss.Actor, lines[500], Answer{Meaning: AsWalkIn, Of: second})) // it came in time, and is booked late
		browser.Get("/ru/desk").Want(200, "пора поделить")
		c.Refused(c.Matching.Close(c.Ctx(), town.boss.Actor, pool), civic.NotFound)
		browser.Post("/ru"+path+"/close").Want(200, "навсегда")
		browser.Post("/ru"+path+"/close", "_sure", "1").Want(303)
		c.Refused(c.Matching.Close(c.Ctx(), sponsor.Actor, pool), civic.Closed)

		// Everybody computes the same from the published list.
		file := strings.TrimPrefix(visitor.Get(path+"/gifts.csv").Want(200).Lacks(string(asel.Account)).Body, "\ufeff")
		rows, err := csv.NewReader(strings.NewReader(file)).ReadAll()
		c.Must(err)
		if head := strings.Join(rows[0], " "); head != "project donor amount" { // what was given would link the lines of who gave more than the cap
			t.Errorf("the list has %s", head)
		}
		var list []allocation.Gift
		for _, r := range rows[1:] {
			amount, err := strconv.ParseInt(r[2], 10, 64)
			c.Must(err)
			list = append(list, allocation.Gift{Project: r[0], Donor: r[1], Amount: amount})
		}
		m, err := allocation.Match(list, allocation.Terms{Rule: allocation.Linear, Pool: 5_000})
		c.Must(err)
		v, err := c.Matching.Show(c.Ctx(), civic.Actor{}, pool)
		c.Must(err)
		var sum civic.Money
		earned := map[civic.ID]matching.Standing{}
		for _, s := range v.Standings {
			earned[s.Project] = s
			sum += s.Earned
		}
		for _, p := range m.Projects {
			if civic.Money(p.Earned) != earned[civic.ID(p.Project)].Earned {
				t.Errorf("%s: %d from the list, %s on the page", p.Project, p.Earned, earned[civic.ID(p.Project)].Earned)
			}
		}
		if len(m.Projects) != 2 || earned[first].Earned != 250_000 || earned[second].Earned != 250_000 || sum+v.Left != 5_000*civic.Tenge {
			t.Errorf("%+v, left %s", earned, v.Left) // 3,000 and 3,000 of 5,000
		}

		// The sponsor pays: never more than is owed, and a mistake is taken back in both books.
		lines = town.read(move{2_500, "Үлгі қор", "қосымша"}, move{2_501, "Үлгі қор", "қосымша"})
		c.Refused(town.Settle(c.Ctx(), town.boss.Actor, lines[2_501], Answer{Meaning: AsMatch, Of: earned[first].ID}), civic.Conflict)
		owed := func() (out civic.Money) {
			c.Read(func(tx *storage.Tx) error {
				all, err := matching.Owed(tx, []civic.ID{first})
				for _, s := range all {
					out += s.Earned
				}
				return err
			})
			return out
		}
		c.Must(town.Settle(c.Ctx(), town.boss.Actor, lines[2_500], Answer{Meaning: AsMatch, Of: earned[first].ID}))
		town.balanced(first, 6_500)
		if owed() != 0 {
			t.Errorf("%s are owed", owed())
		}
		c.Must(town.Reopen(c.Ctx(), town.boss.Actor, lines[2_500]))
		town.balanced(first, 4_000)
		if owed() != 250_000 {
			t.Errorf("%s are owed", owed())
		}
		c.Must(town.Settle(c.Ctx(), town.boss.Actor, lines[2_500], Answer{Meaning: AsMatch, Of: earned[first].ID}))
		town.balanced(first, 6_500)
		visitor.Get("/ru"+Path(first)+"/book").Want(200, "Добавил спонсор")
		c.Read(func(tx *storage.Tx) error {
			all, err := ledger.Balances(tx, civic.Ref{Kind: matching.Kind, ID: pool})
			var whole civic.Money
			for _, b := range all {
				whole += b.Amount
			}
			if whole != 0 || len(all) < 4 {
				t.Errorf("the pool's book: %+v", all)
			}
			return err
		})
		c.Verified()
	}, Capability())
}

// The last day that stands in the tables of pools and campaigns is the one that was typed.
func TestTheLastDayOfATableIsTheTypedOne(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		fund := c.Organisation("Үлгі қор")
		typed := c.Now().AddDate(0, 0, 10).Format(time.DateOnly)
		c.Browser(c.Representative(fund)).Post("/ru/matching/new", "sponsor", string(fund), "title.kk", "Қосымша", "title.ru", "Добавка", "about.kk", "Көмек", "about.ru", "Помощь", "rule", "linear", "money", "5000",
			"ends", typed, "_sure", "1").Want(303)
		boss := c.Browser(town.boss)
		path := boss.Post("/ru/desk/campaigns/new", "organisation", string(town.ngo), "keep", "keep", "title.kk", "Ағаш", "title.ru", "Деревья", "about.kk", "Отырғызамыз", "about.ru", "Посадим", "required", "10000; Көшет",
			"left_over.kk", "Көшетке", "left_over.ru", "На саженцы", "ends", typed, "receiver", "Жасыл қала", "iban", iban, "bank", "Үлгі Банк", "clause.kk", "Тақтайшада", "clause.ru", "На табличке").Want(303).Location[3:]
		boss.Post("/ru"+path+"/send", "_sure", "1").Want(303)
		c.Browser(c.Moderator()).Post("/ru"+path+"/check", moderation.ActName, moderation.Approve).Want(303)
		for _, name := range []string{"matching.pools", "sponsorship.campaigns"} {
			if got := c.LastDays(name); !slices.Equal(got, []string{typed}) {
				t.Errorf("%s: last days %v, typed was %s", name, got, typed)
			}
		}
	}, Capability())
}

// Matching funds are found by the district for which they are.
func TestMatchingFundsOfADistrict(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		c.Must(c.Settings.SetDistricts(c.Ctx(), c.Administrator().Actor, "Абай; Абайский; Abai\nМедеу; Медеуский; Medeu"))
		fund := c.Organisation("Үлгі қор")
		sponsor, visitor := c.Browser(c.Representative(fund)), c.Browser(nil)
		for _, of := range [][2]string{{"abai", "Дворам Абая"}, {"", "Всему городу"}} {
			sponsor.Post("/ru/matching/new", "sponsor", string(fund), "title.kk", "Қосымша", "title.ru", of[1], "about.kk", "Көмек", "about.ru", "Помощь", "ends", c.Now().AddDate(0, 0, 10).Format(time.DateOnly),
				"rule", "linear", "money", "5000", "cap_donor", "3000", "district", of[0], "_sure", "1").Want(303)
		}
		visitor.Get("/ru/matching").Want(200, "Дворам Абая", "Всему городу")
		visitor.Get("/ru/matching?district=abai").Want(200, "Дворам Абая", `<option value="abai" selected`).Lacks("Всему городу")
		visitor.Get("/ru/matching?district=medeu").Want(200).Lacks("Дворам Абая", "Всему городу")
		visitor.Get("/ru/matching?district=nowhere").Want(200, "Дворам Абая", "Всему городу")
	}, Capability())
}
