package events_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/booking"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/events"
	"github.com/birge-kz/birge/internal/events/calendar"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
)

// town is a city with an organisation that hosts events.
type town struct {
	*citytest.City
	*Service
	ngo  civic.ID
	host *citytest.Person
}

func open(c *citytest.City) *town {
	t := &town{City: c, Service: citytest.Service[*Service](c), ngo: c.Organisation("Жасыл қала")}
	t.host = c.Representative(t.ngo)
	return t
}

// fair is an event of the organisation with so many places.
func (t *town) fair(seats int) Event {
	e := Event{Title: civic.Text{"kk": "Кітап жәрмеңкесі", "ru": "Книжная ярмарка"}, About: civic.Text{"kk": "Кітап айырбасы", "ru": "Обмен книгами"}, Hosts: []civic.ID{t.ngo}, Place: "Орталық саябақ", For: ForFamilies}
	if seats > 0 {
		e.Terms = Terms{Places: booking.Seats(seats), GroupMost: 5}
	}
	return e
}

// at is an hour of a day from now.
func (t *town) at(days, hour int) time.Time {
	d := t.Now().AddDate(0, 0, days)
	return time.Date(d.Year(), d.Month(), d.Day(), hour, 0, 0, 0, t.Settings.Zone())
}

// announced announces an event at a plan.
func (t *town) announced(e Event, pl Plan) Shown {
	t.T.Helper()
	id, err := t.Service.Write(t.Ctx(), t.host.Actor, e, pl)
	t.Must(err)
	t.Must(t.Announce(t.Ctx(), t.host.Actor, id))
	return t.show(id)
}

func (t *town) show(id civic.ID) Shown {
	t.T.Helper()
	v, err := t.Show(t.Ctx(), t.host.Actor, id)
	t.Must(err)
	return v
}

// A host announces an event by its form, after seeing what everybody will read; it stands in the list, the week, the month, the map and the feeds, until it is called off.
func TestAnEventFromFormToReport(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		day := town.at(3, 0).Format(time.DateOnly)
		form := []string{"title.kk", "Кітап жәрмеңкесі", "title.ru", "Книжная ярмарка", "about.kk", "Айырбас", "about.ru", "Обмен", "hosts", string(town.ngo), "day", day, "from", "18:30", "until", "20:00", "place", "Орталық саябақ",
			"for", "families", "languages", "kk", "access", "step_free", "seat", "10", "group_most", "3"}
		c.Browser(nil).Get("/ru/events").Want(200, "Таких мероприятий не нашлось").Lacks("ярмарка")
		host := c.Browser(town.host)
		host.Get("/ru/desk/events/new").Want(200, "Жасыл қала")
		host.Post("/ru/desk/events/new", append(form, "until", "")...).Want(200) // the first value counts
		host.Post("/ru/desk/events/new", append([]string{"day", "", "title.kk", "Бірдеңе", "hosts", string(town.ngo)}, "for", "all")...).Want(422, "Укажите день, начало и конец", "Бірдеңе")
		host.Post("/ru/desk/events/new", form...).Want(200, "Все увидят именно это", "18:30–20:00")
		desk := host.Post("/ru/desk/events/new", append(form, ui.SureName, "yes")...).Want(303).Location
		host.Get(desk).Want(200, "Черновик")
		path := strings.Replace(desk, "/desk", "", 1)
		c.Browser(nil).Get(path).Want(404)
		host.Post(desk+"/announce").Want(200, "Проверьте перед объявлением")
		host.Post(desk+"/announce", ui.SureName, "yes").Want(303)

		c.Browser(nil).Get(path).Want(200, "Книжная ярмарка", "свободно 10 мест из 10", "вход без ступеней", `"@type":"Event"`)
		for _, at := range []string{"/ru/events", "/ru/events?view=week&from=" + day, "/ru/events?view=month&from=" + day, "/ru/events?view=map", "/ru/events?children=yes&free=yes", "/ru/events?host=" + string(town.ngo), "/ru/events.atom", "/events.csv",
			"/api/v1/events", "/ru/search?q=ярмарка"} {
			c.Browser(nil).Get(at).Want(200, "ярмарка")
		}
		c.Browser(nil).Get("/ru/events?when=today").Want(200).Main().Lacks("ярмарка")
		c.Browser(nil).Get("/ru/events?theme=culture").Want(200).Main().Lacks("ярмарка")
		c.Browser(nil).Get("/events.ics").Want(200, "BEGIN:VCALENDAR", "SEQUENCE:0")
		c.Browser(c.Resident("")).Get(desk).Want(404)
		c.Browser(c.Resident("")).Post(desk+"/call-off", "reason.ru", "?").Want(403)

		id := civic.ID(path[strings.LastIndexByte(path, '/')+1:])
		c.Refused(town.Tell(c.Ctx(), town.host.Actor, id, Telling{Words: civic.Text{"ru": "Хорошо"}, Visitors: 0}), civic.Closed)
		c.Pass(5 * 24 * time.Hour)
		host.Post(desk+"/report", "report.ru", "").Want(422)
		host.Post(desk+"/report", "report.ru", "Пришло двести человек", "heard", "/ru/consultations/none").Want(422, "Такого обсуждения нет")
		host.Post(desk+"/report", "report.ru", "Пришло двести человек").Want(303)
		c.Browser(nil).Get(path).Want(200, "Пришло двести человек")
		c.Browser(nil).Get("/ru").Want(200, "Прошло, есть отчёт")
		c.WantActs("record.log.opened", "organisations.organisation.registered", "events.event.announced", "events.event.reported")
		if report, why := c.Verified(); report.Compared == 0 {
			t.Errorf("the record: %+v %s", report, why)
		}
	}, Capability())
}

// Anybody with an account suggests an event; a moderator looks at it first, refuses it with a rule, and another brings it back.
func TestASuggestedEvent(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		asel, moderator := c.Resident(civic.Russian), c.Moderator()
		e := town.fair(0)
		e.Hosts, e.Group = nil, ""
		_, err := town.Service.Write(c.Ctx(), asel.Actor, e, Plan{Starts: town.at(2, 10), Ends: town.at(2, 12)})
		c.Refused(err, civic.Invalid)
		e.Hosts = []civic.ID{town.ngo} // in whose name she does not act
		_, err = town.Service.Write(c.Ctx(), asel.Actor, e, Plan{Starts: town.at(2, 10), Ends: town.at(2, 12)})
		c.Refused(err, civic.Invalid)
		e.Hosts, e.Group = nil, "Жители двора"
		id, err := town.Service.Write(c.Ctx(), asel.Actor, e, Plan{Starts: town.at(2, 10), Ends: town.at(2, 12)})
		c.Must(err)
		c.Refused(town.Announce(c.Ctx(), asel.Actor, id), civic.Closed)
		c.Browser(nil).Get("/ru/events").Want(200).Main().Lacks("ярмарка")
		c.Browser(moderator).Get("/ru/desk/moderation").Want(200, "ярмарка")
		c.Browser(moderator).Get("/ru/desk/events/"+string(id)+"/words").Want(200, "Жители двора")
		c.Refused(town.Decide(c.Ctx(), asel.Actor, id, moderation.Choice{Approve: true}), civic.Forbidden)
		c.Must(town.Decide(c.Ctx(), moderator.Actor, id, moderation.Choice{Rule: "advertising.1", Reason: "Реклама"}))
		c.Browser(asel).Get("/ru/desk/events/"+string(id)).Want(200, "Реклама")
		c.Browser(nil).Get("/ru" + Path(id)).Want(404)
		if told := c.Told(asel); len(told) != 1 || told[0].Subject.Key != "events.told_refused" {
			t.Errorf("%+v", told)
		}
		c.Must(town.Decide(c.Ctx(), moderator.Actor, id, moderation.Choice{Approve: true, Reason: "Ошибка"}))
		c.Browser(nil).Get("/ru/events").Want(200, "ярмарка", "Жители двора")
		c.WantActs("record.log.opened", "organisations.organisation.registered", "events.event.refused", "events.event.restored")
		if report, why := c.Verified(); report.Compared == 0 {
			t.Errorf("the record: %+v %s", report, why)
		}
		c.Browser(asel).Get("/ru/account/download").Want(200, "Жители двора")
	}, Capability())
}

// What a moderator has let in says the same for as long as everybody sees it: its author changes the place, not the words; a moderator may hide it in every state.
func TestWordsThatWereLetInStay(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		asel, moderator := c.Resident(civic.Russian), c.Moderator()
		e := town.fair(0)
		e.Hosts, e.Group = nil, "Жители двора"
		id, err := town.Service.Write(c.Ctx(), asel.Actor, e, Plan{Starts: town.at(2, 10), Ends: town.at(2, 12)})
		c.Must(err)
		c.Must(town.Decide(c.Ctx(), moderator.Actor, id, moderation.Choice{Approve: true}))
		desk := "/ru/desk/events/" + string(id)
		form := []string{"title.kk", "Кітап жәрмеңкесі", "title.ru", "Книжная ярмарка", "about.kk", "Кітап айырбасы", "about.ru", "Обмен книгами", "group", "Жители двора", "place", "Двор дома 7", "for", "families"}
		c.Browser(asel).Post(desk+"/change", append([]string{"title.ru", "Казино"}, form...)...).Want(422, "Эти слова пропустил модератор", "Двор дома 7")
		c.Browser(asel).Post(desk+"/change", append([]string{"online", "https://casino.example"}, form...)...).Want(422, "Эти слова пропустил модератор")
		c.Browser(asel).Post(desk+"/change", form...).Want(303)
		c.Browser(nil).Get("/ru"+Path(id)).Want(200, "Двор дома 7", "Книжная ярмарка").Lacks("Казино")
		c.Must(town.CallOff(c.Ctx(), asel.Actor, id, civic.Text{"ru": "Казино открыто"}))
		c.Must(town.Decide(c.Ctx(), moderator.Actor, id, moderation.Choice{Rule: "advertising.1", Reason: "Реклама"}))
		c.Browser(nil).Get("/ru" + Path(id)).Want(404)
		c.Must(town.Decide(c.Ctx(), moderator.Actor, id, moderation.Choice{Approve: true, Reason: "Ошибка"}))
		c.Browser(nil).Get("/ru"+Path(id)).Want(200, "Отменено", "Казино открыто") // it is not held again
		c.SkipActs()
		if report, why := c.Verified(); report.Compared == 0 {
			t.Errorf("the record: %+v %s", report, why)
		}
	}, Capability())
}

// Who takes part from afar finds the link: everybody, where nobody signs up; otherwise whoever has a place. After the first date of a series was told of, those to come are still moved and called off.
func TestASeriesGoesOnAfterItsFirstReport(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		open := town.fair(0)
		open.Online = "https://meet.example/open"
		start := town.at(3, 10)
		v := town.announced(open, Plan{Starts: start, Ends: start.Add(time.Hour), Rule: RuleOf("weekly", start, start.AddDate(0, 0, 14))})
		c.Browser(nil).Get("/ru"+Path(v.ID)).Want(200, "https://meet.example/open")
		signed := town.fair(5)
		signed.Online = "https://meet.example/signed"
		c.Browser(nil).Get("/ru"+Path(town.announced(signed, Plan{Starts: start, Ends: start.Add(time.Hour)}).ID)).Want(200, "Ссылку видят те, у кого есть место").Lacks("https://meet.example/signed")

		c.Pass(5 * 24 * time.Hour)
		c.Must(town.Tell(c.Ctx(), town.host.Actor, v.ID, Telling{Words: civic.Text{"ru": "Хорошо"}, Visitors: 7}))
		c.Browser(town.host).Get("/ru/desk/events/"+string(v.ID)).Want(200, "/dates/"+string(v.Dates[2].ID))
		c.Must(town.Move(c.Ctx(), town.host.Actor, v.ID, v.Dates[1].ID, v.Dates[1].Starts.Add(time.Hour), v.Dates[1].Ends.Add(time.Hour)))
		c.Must(town.CallOffDate(c.Ctx(), town.host.Actor, v.ID, v.Dates[2].ID, civic.Text{"ru": "Праздник"}))
		c.Refused(town.CallOffDate(c.Ctx(), town.host.Actor, v.ID, v.Dates[0].ID, civic.Text{"ru": "Было"}), civic.Closed)
		c.SkipActs()
		if report, why := c.Verified(); report.Compared == 0 {
			t.Errorf("the record: %+v %s", report, why)
		}
	}, Capability())
}

// Of a weekly series one date is moved and one called off, one day is left out: the calendar that the city gives out, read again by our reader (which agrees
// with libical and python-dateutil), has exactly these times; the series itself is never cancelled.
func TestASeriesInACalendar(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		start := town.at(3, 3) // before five in the morning it is another day in UTC
		v := town.announced(town.fair(0), Plan{Starts: start, Ends: start.Add(2 * time.Hour), Rule: RuleOf("weekly", start, start.AddDate(0, 0, 35)), Except: []time.Time{start.AddDate(0, 0, 14)}, Also: []time.Time{start.AddDate(0, 0, 1)}})
		if len(v.Dates) != 6 {
			t.Fatalf("%d dates", len(v.Dates))
		}
		moved, off := v.Dates[2], v.Dates[3]
		c.Must(town.Move(c.Ctx(), town.host.Actor, v.ID, moved.ID, moved.Starts.AddDate(0, 0, 1), moved.Ends.AddDate(0, 0, 1).Add(time.Hour)))
		listed, err := town.List(c.Ctx(), Filter{From: v.Dates[2].Starts.Add(time.Hour), Host: town.ngo}, "")
		c.Must(err)
		if len(listed.Items) != 4 || !listed.Items[0].Date.Starts.Equal(moved.Starts.AddDate(0, 0, 1)) { // the moved one stands at its new time, among the host's own
			t.Errorf("%+v", listed.Items)
		}
		c.Refused(town.CallOffDate(c.Ctx(), town.host.Actor, v.ID, off.ID, civic.Text{}), civic.Invalid)
		c.Must(town.CallOffDate(c.Ctx(), town.host.Actor, v.ID, off.ID, civic.Text{"ru": "Праздник"}))
		c.Refused(town.Move(c.Ctx(), town.host.Actor, v.ID, off.ID, moved.Starts, moved.Ends), civic.Closed)

		raw := c.Browser(nil).Get(Path(v.ID)+"/event.ics").Want(200, "RRULE:FREQ=WEEKLY", "EXDATE;TZID=", "RDATE;TZID=", "RECURRENCE-ID;TZID=", "STATUS:CANCELLED").Body
		if n := strings.Count(raw, "STATUS:CANCELLED"); n != 1 {
			t.Errorf("%d cancelled", n)
		}
		file, err := calendar.Read(bytes.NewReader([]byte(raw)), int64(len(raw)), c.Settings.Zone())
		c.Must(err)
		if len(file.Events) != 1 || !file.Events[0].Fit() || file.Events[0].Cancelled {
			t.Fatalf("%+v", file)
		}
		got := file.Events[0].Occurrences
		want := town.show(v.ID).Dates
		if len(got) != len(want) {
			t.Fatalf("%d and %d", len(got), len(want))
		}
		for i, d := range want {
			if !got[i].Start.Equal(d.Starts) || !got[i].End.Equal(d.Ends) || got[i].Cancelled != d.Off {
				t.Errorf("%d: %+v, not %+v", i, got[i], d)
			}
		}
		c.Must(town.CallOff(c.Ctx(), town.host.Actor, v.ID, civic.Text{"ru": "Ремонт"}))
		c.Browser(nil).Get(Path(v.ID)+"/event.ics").Want(200, "STATUS:CANCELLED")
		c.Browser(nil).Get("/ru"+Path(v.ID)).Want(200, "Отменено", "Ремонт")
	}, Capability())
}

// Who has a place is told when its date is moved or called off, and of a change of place; a change that takes booked places away is refused.
func TestWhoBookedIsTold(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		v := town.announced(town.fair(2), Plan{Starts: town.at(7, 18), Ends: town.at(7, 20)})
		asel := c.Resident(civic.Russian)
		p, err := c.Booking.Book(c.Ctx(), asel.Actor, DateRef(v.Dates[0].ID), booking.Wish{Places: booking.Seats(2), Name: "Асель"})
		c.Must(err)
		if p.State != booking.Confirmed {
			t.Fatal(p.State)
		}
		c.Browser(nil).Get("/ru"+Path(v.ID)).Want(200, "Свободных мест нет")
		c.Refused(town.Change(c.Ctx(), town.host.Actor, v.ID, town.fair(1)), civic.Invalid)
		other := town.fair(3)
		other.Place = "Кітапхана"
		c.Must(town.Change(c.Ctx(), town.host.Actor, v.ID, other))
		c.Jobs()
		c.Must(town.Move(c.Ctx(), town.host.Actor, v.ID, v.Dates[0].ID, town.at(8, 18), town.at(8, 20)))
		c.Jobs()
		host, off := c.Browser(town.host), "/ru/desk/events/"+string(v.ID)+"/call-off"
		host.Post(off, "reason.ru", "").Want(422, "Напишите причину")
		host.Post(off, "reason.ru", "Болезнь").Want(200, "Занято 2 места", "Болезнь")
		c.Browser(nil).Get("/ru" + Path(v.ID)).Want(200).Lacks("Болезнь")
		host.Post(off, "reason.ru", "Болезнь", ui.SureName, "yes").Want(303)
		c.Jobs()
		var keys []string
		for _, n := range c.Told(asel) {
			keys = append(keys, n.Subject.Key)
		}
		slices.Sort(keys) // the clock of the test stands still: their order says nothing
		if got := strings.Join(keys, " "); got != "booking.told_cancelled booking.told_changed booking.told_changed" {
			t.Error(got)
		}
	}, Capability())
}

// A calendar is taken in as drafts of a host: once, whatever becomes of them; what cannot be taken is named, and the others are taken.
func TestACalendarIsTakenIn(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		day := func(days int) string { return c.Now().AddDate(0, 0, days).Format("20060102") }
		entry := func(uid, title string, more ...string) string {
			return "BEGIN:VEVENT\r\nUID:" + uid + "\r\nSUMMARY:" + title + "\r\n" + strings.Join(more, "\r\n") + "\r\nEND:VEVENT\r\n"
		}
		text := "BEGIN:VCALENDAR\r\n" + entry("a", "Құс санау", "DTSTART:"+day(7)+"T100000", "DTEND:"+day(7)+"T120000", "RRULE:FREQ=WEEKLY;COUNT=4") +
			entry("a", "Құс санау", "RECURRENCE-ID:"+day(14)+"T100000", "DTSTART:"+day(15)+"T100000", "DTEND:"+day(15)+"T120000") +
			entry("f", "#REF!", "DTSTART:"+day(7)+"T100000", "DTEND:"+day(7)+"T120000") + entry("b", "Бұрынғы", "DTSTART:20200101T100000", "DTEND:20200101T120000") + entry("c", "Болмайды", "DTSTART:"+day(7)+"T100000", "DTEND:"+day(7)+"T120000", "STATUS:CANCELLED") +
			entry("d", "Ұзақтығы жоқ", "DTSTART:"+day(7)+"T100000") + entry("e", "Вечер", "DTSTART:"+day(9)+"T180000", "DURATION:PT2H", "LOCATION:Парк", "DESCRIPTION:Чай") + "END:VCALENDAR\r\n"
		f, err := calendar.Read(strings.NewReader(text), int64(len(text)), c.Settings.Zone())
		c.Must(err)
		take := func(dry bool, taken, there int) {
			t.Helper()
			got, err := town.Import(c.Ctx(), town.ngo, f, dry)
			var why []string
			for _, l := range got.Left {
				why = append(why, l.Title+" "+l.Why.Error())
			}
			if err != nil || got.Read != 6 || got.Taken != taken || got.There != there || len(why) != 4 {
				t.Errorf("%+v, %v", got, err)
			}
		}
		host := c.Browser(town.host)
		take(true, 2, 0)
		host.Get("/ru/desk/events").Want(200).Lacks("Құс санау")
		take(false, 2, 0)
		take(false, 0, 2)
		host.Get("/ru/desk/events").Want(200, "Құс санау", "Вечер", "Черновик").Lacks("Болмайды")
		c.Browser(nil).Get("/ru/events").Want(200).Lacks("Вечер")

		var ids []civic.ID
		c.Read(func(tx *storage.Tx) (err error) {
			ids, err = storage.All(tx, storage.Scalar[civic.ID], "SELECT id FROM events_event ORDER BY no")
			return err
		})
		v := town.show(ids[0])
		if len(v.Dates) != 4 || !v.Dates[1].Moved() || v.Dates[1].Starts.Format("20060102") != day(15) {
			t.Errorf("dates %+v", v.Dates)
		}
		if err := town.Announce(c.Ctx(), town.host.Actor, ids[0]); err == nil {
			t.Error("announced without a place")
		}
		c.Must(town.Announce(c.Ctx(), town.host.Actor, ids[1]))
		c.Browser(nil).Get("/ru/events").Want(200, "Вечер", "Парк")
		take(false, 0, 2)
		if _, err := town.Import(c.Ctx(), civic.NewID(c.Now()), f, false); err == nil {
			t.Error("taken in for nobody")
		}
	}, Capability())
}

// The page of a day tells what is on, what comes next, and what was to be; it and the posters are printed in Kazakh and in Russian.
func TestThePageOfADay(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		c.Browser(nil).Get("/ru/events/today").Want(200, "Сегодня мероприятий нет")
		titled := func(title string, from, until time.Duration) Shown {
			e := town.fair(0)
			e.Title = civic.Text{"kk": title, "ru": title}
			return town.announced(e, Plan{Starts: c.Now().Add(from), Ends: c.Now().Add(until)})
		}
		noon := town.at(1, 12)
		c.Pass(noon.Sub(c.Now()))
		titled("Жарыс", time.Hour, 2*time.Hour)
		titled("Көрме", -time.Hour, time.Hour)
		moved, off := titled("Кеш", 3*time.Hour, 4*time.Hour), titled("Концерт", 5*time.Hour, 6*time.Hour)
		titled("Ертең", 24*time.Hour, 25*time.Hour)
		over := titled("Таңғы ас", time.Minute, 10*time.Minute)
		c.Must(town.Move(c.Ctx(), town.host.Actor, moved.ID, moved.Dates[0].ID, moved.Dates[0].Starts.Add(48*time.Hour), moved.Dates[0].Ends.Add(48*time.Hour)))
		c.Must(town.CallOff(c.Ctx(), town.host.Actor, off.ID, civic.Text{"kk": "Боран"}))
		c.Pass(20 * time.Minute)
		d, err := town.OfDay(c.Ctx(), c.Now())
		c.Must(err)
		names := func(all []Dated) (out []string) {
			for _, one := range all {
				out = append(out, one.Title["kk"])
			}
			return out
		}
		for _, part := range []struct {
			got  []Dated
			want []string
		}{{d.Now, []string{"Көрме"}}, {d.Next, []string{"Жарыс"}}, {d.Changed, []string{"Кеш", "Концерт"}}, {d.Over, []string{over.Title["kk"]}}} {
			if got := names(part.got); !slices.Equal(got, part.want) {
				t.Errorf("%v, want %v", got, part.want)
			}
		}
		c.Browser(nil).Get("/kk/events/today").Want(200, "Қазір", "Көрме", "Бүгін алда", "Жарыс", "Өзгерді", "Кеш", "Болмайды").Lacks("Ертең")
		for _, path := range []string{"/events/today.pdf?lang=kk", "/events/today.pdf?lang=ru", Path(moved.ID) + "/poster.pdf?lang=kk", Path(moved.ID) + "/poster.pdf?lang=ru"} {
			if got := c.Browser(nil).Get(path).Want(200); !strings.HasPrefix(got.Body, "%PDF-") || got.Header.Get("Content-Type") != "application/pdf" {
				t.Errorf("%s: %.20s", path, got.Body)
			}
		}
		c.Browser(nil).Get("/events/" + string(civic.NewID(c.Now())) + "/poster.pdf").Want(404)
	}, Capability())
}
