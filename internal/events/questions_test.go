package events_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/booking"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/events"
	"github.com/birge-kz/birge/internal/platform/ui"
)

// A host writes what whoever books is asked, before the event is announced and later; the record says that it asks. Who hosts nothing in the register asks nothing: no moderator has seen the words.
func TestAHostAsksWhoBooks(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		id, err := town.Service.Write(c.Ctx(), town.host.Actor, town.fair(5), Plan{Starts: town.at(7, 18), Ends: town.at(7, 20)})
		c.Must(err)
		host, asel, desk := c.Browser(town.host), c.Resident(civic.Russian), "/ru/desk/events/"+string(id)
		host.Get(desk).Want(200, "Вопросы при записи")
		ask := desk + "/questions"
		host.Get(ask).Want(200, "Спрашивайте только нужное")
		host.Post(ask, "sort", "line", "label.ru", "Размер?").Want(422, "Размер?") // a question is in Kazakh too
		host.Post(ask, "sort", "line", "label.kk", "#REF!", "label.ru", "Размер?").Want(422, "Размер?")
		host.Post(ask, "sort", "one", "label.kk", "Өлшем?", "label.ru", "Размер?", "options.kk", "S\r\nM", "options.ru", "S\r\nM", "required", "yes").Want(303)
		c.Browser(asel).Post(ask, "sort", "line", "label.kk", "Атыңыз?", "label.ru", "Имя?").Want(403)
		host.Post(desk+"/announce", ui.SureName, "yes").Want(303)

		of := DateRef(town.show(id).Dates[0].ID)
		sign := "/ru" + booking.SignUpPath(of)
		c.Browser(asel).Get(sign).Want(200, "Размер?")
		c.Browser(asel).Post(sign, "name", "Асель", "seat", "1", "asked", "q1").Want(422, "Ответьте на этот вопрос")
		c.Browser(asel).Post(sign, "name", "Асель", "seat", "1", "asked", "q1", "q.q1", "o2").Want(303)
		host.Get(desk).Want(200, "Кто придёт")
		host.Get("/ru"+booking.GuestsPath(of)).Want(200, "Асель", "Размер?", "M")

		host.Post(ask, "sort", "yes_no", "label.kk", "Шай ішесіз бе?", "label.ru", "Будете чай?").Want(303)
		host.Post(ask+"/drop", "key", "q1").Want(303)
		host.Post(ask+"/drop", "key", "q1").Want(404)
		c.Browser(c.Resident("")).Get(sign).Want(200, "Будете чай?").Lacks("Размер?")
		host.Get("/ru"+booking.GuestsPath(of)).Want(200, "Размер?") // who answered has answered
		for n := range 9 {
			host.Post(ask, "sort", "line", "label.kk", fmt.Sprint("Сұрақ ", n), "label.ru", fmt.Sprint("Вопрос ", n)).Want(303)
		}
		host.Get(ask).Want(200, "предел 10").Lacks("Добавить вопрос")
		host.Post(ask, "sort", "line", "label.kk", "Артық", "label.ru", "Лишний").Want(422, "предел 10")
		c.SkipActs()
		if report, why := c.Verified(); report.Compared == 0 {
			t.Errorf("the record: %+v %s", report, why)
		}
		acts := c.Acts("events.event.changed")
		if len(acts) != 11 || !strings.Contains(string(acts[0].Entry.Payload), `"asks":"`) {
			t.Errorf("%d acts", len(acts))
		}

		e := town.fair(5)
		e.Hosts, e.Group = nil, "Жители двора"
		suggested, err := town.Service.Write(c.Ctx(), asel.Actor, e, Plan{Starts: town.at(2, 10), Ends: town.at(2, 12)})
		c.Must(err)
		c.Browser(asel).Post("/ru/desk/events/"+string(suggested)+"/questions", "sort", "line", "label.kk", "Атыңыз?", "label.ru", "Имя?").Want(409)
	}, Capability())
}

// The events of somebody's desk are listed by pages of sixty.
func TestTheDeskHasPages(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		var first civic.ID
		for i := range 61 {
			id, err := town.Service.Write(c.Ctx(), town.host.Actor, town.fair(0), Plan{Starts: town.at(7, 18), Ends: town.at(7, 20)})
			c.Must(err)
			if c.Pass(time.Minute); i == 0 {
				first = id
			}
		}
		host := c.Browser(town.host)
		page := host.Get("/ru/desk/events").Want(200, `rel="next"`).Lacks(string(first))
		_, next, _ := strings.Cut(page.Body, `rel="next" href="`)
		next = next[:strings.IndexByte(next, '"')]
		host.Get(next).Want(200, string(first)).Lacks(`rel="next"`)
		c.Browser(c.Resident("")).Get(next).Want(200).Lacks(string(first))
		host.Get("/ru/desk/events?after=x").Want(422)
	}, Capability())
}
