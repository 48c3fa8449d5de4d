package events_test

import (
	"testing"

	"github.com/birge-kz/birge/internal/citytest"
	. "github.com/birge-kz/birge/internal/events"
	"github.com/birge-kz/birge/internal/platform/ui"
)

// By the form an event comes again every second week or every year; the days are counted by hand.
func TestEverySecondWeekAndEveryYear(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) { // the second of March 2026 is a Monday
		town := open(c)
		host := c.Browser(town.host)
		form := []string{"title.kk", "Нұр", "title.ru", "Свет", "about.kk", "А", "about.ru", "А", "hosts", string(town.ngo), "day", "2026-03-22", "from", "10:00", "until", "12:00", "place", "Саябақ", "for", "all"}
		for _, with := range []struct {
			repeat, every, last string
			days                []string
		}{{"weekly", "2", "2026-05-10", []string{"2026-03-22", "2026-04-05", "2026-04-19", "2026-05-03"}},
			{"yearly", "", "2028-12-31", []string{"2026-03-22", "2027-03-22", "2028-03-22"}},
			{"yearly", "", "", []string{"2026-03-22", "2027-03-22", "2028-03-22"}}, {"daily", "3", "2026-03-30", []string{"2026-03-22", "2026-03-25", "2026-03-28"}}} {
			all := append(form[:len(form):len(form)], "repeat", with.repeat, "every", with.every, "last", with.last)
			host.Post("/ru/desk/events/new", all...).Want(200, "Все увидят именно это")
			desk := host.Post("/ru/desk/events/new", append(all, ui.SureName, "yes")...).Want(303).Location
			v := town.show(idIn(desk))
			if len(v.Dates) != len(with.days) {
				t.Errorf("%s %s: %d dates", with.repeat, with.every, len(v.Dates))
				continue
			}
			for i, d := range v.Dates {
				if got := d.Starts.In(c.Settings.Zone()).Format("2006-01-02 15:04"); got != with.days[i]+" 10:00" {
					t.Errorf("%s %s: %s, not %s", with.repeat, with.every, got, with.days[i])
				}
			}
		}
		host.Post("/ru/desk/events/new", append(form, "repeat", "daily", "every", "0")...).Want(422, "Введите число от 1 до 52", "Свет")
	}, Capability())
}
