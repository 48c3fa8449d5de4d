package budgeting_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	. "github.com/birge-kz/birge/internal/budgeting"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
)

// Whoever follows a budget is told once that its vote ends, three days before: by hand, the vote begins on day 48 and ends with day 57, so on day 55.
func TestWhoFollowsIsReminded(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w, _ := voting(c, nil, 8_000_000, 9_000_000) // it is day 50
		reader := c.Resident(civic.Russian)
		c.Must(c.Notifications.Follow(c.Ctx(), reader.Account, civic.Ref{Kind: KindCampaign, ID: w.campaign}))
		reminded := func() (n int) {
			c.Jobs()
			for _, told := range c.Told(reader) {
				if strings.Contains(fmt.Sprint(told), "budgeting.told_campaign_ends") {
					n++
				}
			}
			return n
		}
		c.Pass(4 * 24 * time.Hour)
		if n := reminded(); n != 0 {
			t.Errorf("reminded %d times four days before the end", n)
		}
		c.Pass(24 * time.Hour)
		if n := reminded(); n != 1 {
			t.Errorf("reminded %d times", n)
		}
		c.Pass(48 * time.Hour)
		if n := reminded(); n != 1 {
			t.Errorf("reminded %d times at last", n)
		}
	}, Capability())
}

// Feed and calendar are what the pages say: a proposal that waits is in none, one that changes comes again, and a change of days is a new version of the same entry.
func TestFeedAndCalendar(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c) // it is day 8; the first day was day 7
		page := "/ru" + CampaignPath(w.campaign)
		author := c.Resident(civic.Russian)
		hidden, err := w.Propose(c.Ctx(), author.Actor, w.yard("Скрытое"), civic.Russian)
		c.Must(err)
		id := w.shown(author, w.yard("Скамьи у дома"))
		c.Browser(nil).Get(page).Want(200, page+"/ideas.atom", page+"/stages.ics")
		feed := c.Browser(nil).Get(page+"/ideas.atom").Want(200, "Скамьи у дома", Path(id), "Внесено")
		feed.Lacks("Скрытое")
		feed.Lacks(Path(hidden.ID))
		c.Pass(time.Hour)
		c.Must(w.Withdraw(c.Ctx(), author.Actor, id))
		again := c.Browser(nil).Get(page+"/ideas.atom").Want(200, "Скамьи у дома", "Отозвано").Body
		entry := func(body string) string { return strings.Split(strings.Split(body, "<entry><id>")[1], "</id>")[0] }
		if entry(feed.Body) == entry(again) {
			t.Error("a change has the id of what was there before")
		}

		day := func(n int) string { return c.Now().AddDate(0, 0, n-8).Format("20060102") }
		calendar := func() string {
			return strings.ReplaceAll(c.Browser(nil).Get(page+"/stages.ics").Want(200, "BEGIN:VCALENDAR").Body, "\r\n ", "")
		}
		// Midnight in Almaty, five hours ahead, is 19 o'clock of the day before.
		first := calendar()
		for _, want := range []string{"DTSTART:" + day(6) + "T190000Z", "Голосование: Бюджет участия 2027", "UID:" + string(w.campaign) + "-vote@birge", "SEQUENCE:0"} {
			if !strings.Contains(first, want) {
				t.Errorf("the calendar lacks %q: %s", want, first)
			}
		}
		v, err := w.Campaign(c.Ctx(), w.officer.Actor, w.campaign)
		c.Must(err)
		to := v.Campaign
		to.Plan.Until[Delivery] = c.Now().AddDate(0, 0, 90).Format(time.DateOnly)
		c.Must(w.Change(c.Ctx(), w.officer.Actor, w.campaign, to, both("Кешігеді", "Задерживается")))
		if second := calendar(); !strings.Contains(second, "SEQUENCE:1") || !strings.Contains(second, "UID:"+string(w.campaign)+"-delivery@birge") {
			t.Errorf("after a change: %s", second)
		}
	}, Capability())
}

// What is marked stands side by side when the form comes back, six at most; a single one is compared with nothing. Neither words nor places of what was taken down are there.
func TestMarkedProjectsStandSideBySide(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w, _ := voting(c, nil, 1_000_000, 2_000_000, 3_000_000, 1_000_000, 1_000_000, 1_000_000, 1_000_000)
		page := "/ru" + CampaignPath(w.campaign) + "/vote"
		b := c.Browser(verified(c, 1))
		b.Get(page).Want(200, "Посчитать и сравнить").Lacks("Отмеченные проекты рядом")
		b.Post(page, "_again", "yes", "choose", "1").Want(200).Lacks("Отмеченные проекты рядом")
		b.Post(page, "_again", "yes", "choose", "1", "choose", "3").Want(200, "Отмеченные проекты рядом", "Пожилым негде сесть", "Спортплощадки", "3\u00a0000\u00a0000").Lacks("Показаны только первые")
		all := []string{"_again", "yes"}
		for i := range 7 {
			all = append(all, "choose", fmt.Sprint(i+1))
		}
		b.Post(page, all...).Want(200, "Показаны только первые отмеченные: 6")
	}, Capability())
}
