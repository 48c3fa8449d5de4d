package events_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/events"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/organisations"
)

// lastHosts are those whom the last of the acts about events names.
func (t *town) lastHosts() []civic.ID {
	t.T.Helper()
	all := t.Acts("events.event.announced", "events.event.changed")
	var payload struct {
		Hosts []civic.ID `json:"hosts"`
	}
	t.Must(json.Unmarshal([]byte(all[len(all)-1].Payload), &payload))
	return payload.Hosts
}

// An organisation and a state body host together: the body is asked, is nowhere shown before its officer agrees, then stands on the page, in lists and in the record and looks after the event; later it leaves.
func TestAnOrganisationAndABodyHostTogether(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		body := c.Body("Мәдениет басқармасы")
		officer, stranger := c.Officer(body), c.Resident("")
		v := town.announced(town.fair(0), Plan{Starts: town.at(7, 18), Ends: town.at(7, 20)})
		page, desk := "/ru"+Path(v.ID), "/ru/desk/events/"+string(v.ID)+"/hosts"
		host, asked := c.Browser(town.host), c.Browser(officer)

		asked.Get(desk).Want(404)
		asked.Post(desk + "/" + string(body) + "/agree").Want(409) // nobody asked
		host.Post(desk, "host", "/ru/organisations/none").Want(422, "нет в реестре", "/ru/organisations/none")
		for i := range 11 {
			c.Organisation("Мәдени топ " + string(rune('А'+i)))
		}
		found := host.Get(desk+"?q=Мәдениет").Want(200, "Мәдениет басқармасы", `name="host" value="`+string(body)+`"`).Main().Body
		if strings.Contains(found, `value="`+string(town.ngo)+`"`) {
			t.Error("who hosts already is found")
		}
		if n := strings.Count(host.Get(desk+"?q=топ").Want(200, "Показаны первые 10").Body, `type="hidden" name="host"`); n != 10 {
			t.Errorf("%d are shown", n)
		}
		host.Get(desk+"?q=жоқжоқ").Want(200, "Ничего не нашлось")
		host.Post(desk, "host", "https://city.test/ru"+organisations.PathOf(body)).Want(303)
		host.Post(desk, "host", string(body)).Want(422, "Уже среди организаторов")
		host.Get(desk).Want(200, "Мәдениет басқармасы", "приглашён")
		c.Browser(nil).Get(page).Want(200).Lacks("Мәдениет басқармасы")
		c.Browser(nil).Get("/ru/events?host=" + string(body)).Want(200).Main().Lacks("ярмарка")
		if told := c.Told(officer); len(told) != 1 || told[0].Subject.Key != "events.told_asked" {
			t.Errorf("%+v", told)
		}
		asked.Get("/ru/desk").Want(200, "Вас просят проводить вместе с другими")
		asked.Get("/ru/desk/events/" + string(v.ID)).Want(404)
		c.Browser(stranger).Get(desk).Want(404)
		for _, act := range []string{"agree", "decline", "leave"} {
			c.Browser(stranger).Post(desk + "/" + string(body) + "/" + act).Want(403)
		}
		host.Post(desk + "/" + string(body) + "/agree").Want(403) // nobody agrees for another

		asked.Get(desk).Want(200, "Обмен книгами", "Согласиться", "Отказаться")
		asked.Post(desk + "/" + string(body) + "/agree").Want(303)
		c.Browser(nil).Get(page).Want(200, "Мәдениет басқармасы", "Жасыл қала")
		host.Get(desk).Want(200, "отвечает за него, поэтому остаётся")
		host.Get(desk + "?q=Мәдениет").Want(200).Lacks(`name="host" value="` + string(body) + `"`)
		c.Browser(nil).Get("/ru/events?host="+string(body)).Want(200, "ярмарка")
		asked.Get("/ru/desk/events/"+string(v.ID)).Want(200, "ярмарка")
		asked.Get("/ru/desk").Want(200).Lacks("Вас просят проводить вместе с другими")
		if got := town.lastHosts(); !slices.Equal(got, []civic.ID{town.ngo, body}) {
			t.Errorf("the record says %s host", got)
		}
		c.Refused(town.LeaveHost(c.Ctx(), town.host.Actor, v.ID, town.ngo), civic.Closed) // who announced stays

		asked.Post(desk + "/" + string(body) + "/leave").Want(303)
		c.Browser(nil).Get(page).Want(200, "Жасыл қала").Lacks("Мәдениет басқармасы")
		c.Browser(nil).Get("/ru/events?host=" + string(body)).Want(200).Main().Lacks("ярмарка")
		if got := town.lastHosts(); !slices.Equal(got, []civic.ID{town.ngo}) {
			t.Errorf("the record says %s host", got)
		}
		var keys []string
		for _, n := range c.Told(town.host) {
			keys = append(keys, n.Subject.Key)
		}
		if all := strings.Join(keys, " "); !strings.Contains(all, "events.told_agreed") || !strings.Contains(all, "events.told_left") {
			t.Error(all)
		}
		c.SkipActs()
		if report, why := c.Verified(); report.Compared == 0 {
			t.Errorf("the record: %+v %s", report, why)
		}
	}, Capability())
}

// Who is asked may decline; who announced may take a host off, and ask it again; a body hosts only what is told in both languages; hosts are bounded.
func TestHostsDeclineAndAreTakenOff(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		other, body := c.Organisation("Кітапсүйер"), c.Body("Мәдениет басқармасы")
		second, officer := c.Representative(other), c.Officer(body)
		v := town.announced(town.fair(0), Plan{Starts: town.at(7, 18), Ends: town.at(7, 20)})
		ask := func(h civic.ID) error { return town.AskHost(c.Ctx(), town.host.Actor, v.ID, h) }
		answer := func(p *citytest.Person, h civic.ID, yes bool) error {
			return town.AnswerHost(c.Ctx(), p.Actor, v.ID, h, yes)
		}
		c.Must(ask(other))
		c.Must(answer(second, other, false))
		c.Refused(answer(second, other, true), civic.Closed)
		if told := c.Told(town.host); len(told) == 0 || told[0].Subject.Key != "events.told_declined" {
			t.Errorf("%+v", told)
		}
		c.Must(ask(other))
		c.Must(answer(second, other, true))
		c.Refused(town.AskHost(c.Ctx(), second.Actor, v.ID, body), civic.Forbidden) // who announced asks
		c.Refused(town.LeaveHost(c.Ctx(), second.Actor, v.ID, town.ngo), civic.Forbidden)
		c.Must(town.LeaveHost(c.Ctx(), town.host.Actor, v.ID, other))
		if told := c.Told(second); !slices.ContainsFunc(told, func(n notifications.Kept) bool { return n.Subject.Key == "events.told_off_host" }) {
			t.Errorf("%+v", told)
		}
		if got := town.show(v.ID).Hosts; len(got) != 1 {
			t.Errorf("%+v", got)
		}

		c.Must(ask(body))
		one := town.fair(0)
		one.Title = civic.Text{"ru": "Книжная ярмарка"}
		c.Must(town.Change(c.Ctx(), town.host.Actor, v.ID, one))
		c.Refused(answer(officer, body, true), civic.Invalid)
		c.Must(town.LeaveHost(c.Ctx(), town.host.Actor, v.ID, body)) // taken back before an answer
		c.Refused(answer(officer, body, true), civic.Closed)
		c.Refused(ask(body), civic.Invalid)
		for i := range 9 {
			c.Must(ask(c.Organisation("Ұйым " + string(rune('А'+i)))))
		}
		c.Refused(ask(other), civic.Invalid)
		c.SkipActs()
	}, Capability())
}
