package events_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/events"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
	"github.com/birge-kz/birge/internal/platform/ui"
)

// item is one of a programme, at hours of a day.
func item(d Date, title, spot string, from, until time.Time, speakers ...string) Item {
	return Item{Date: d.ID, Title: civic.Text{"kk": title, "ru": title}, Spot: civic.Text{"kk": spot, "ru": spot}, Speakers: speakers, Starts: from, Ends: until}
}

// A stage holds one thing at a time, and nobody is on two stages at once; what follows directly fits, and so does what an other item has left.
func TestNothingClashesInAProgramme(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		at := func(hour, minute int) time.Time { return town.at(3, hour).Add(time.Duration(minute) * time.Minute) }
		id, err := town.Service.Write(c.Ctx(), town.host.Actor, town.fair(0), Plan{Starts: at(10, 0), Ends: at(18, 0), Also: []time.Time{at(10, 0).AddDate(0, 0, 1)}})
		c.Must(err)
		dates := town.show(id).Dates
		d, second := dates[0], dates[1]
		add := func(i Item) (civic.ID, error) { return town.AddItem(c.Ctx(), town.host.Actor, id, i) }
		first, err := add(item(d, "Жыр", "Бас сахна", at(11, 0), at(12, 0), "Әсел Нұрланқызы, ақын"))
		c.Must(err)
		for what, i := range map[string]Item{
			"from events.clash_spot":            item(d, "Ән", " бас   САХНА", at(11, 59), at(13, 0)),
			"speakers events.clash_speaker":     item(d, "Ән", "2-зал", at(11, 30), at(11, 40), "ӘСЕЛ  нұрланқызы"),
			"from events.item_outside":          item(d, "Ән", "2-зал", at(9, 59), at(10, 30)),
			"until events.ends_before":          item(d, "Ән", "2-зал", at(12, 0), at(12, 0)),
			"from events.say_hours":             item(d, "Ән", "2-зал", time.Time{}, at(12, 0)),
			"date events.choose_date":           item(Date{ID: "x"}, "Ән", "2-зал", at(11, 0), at(12, 0)),
			"title events.one_language":         item(d, " ", "2-зал", at(11, 0), at(12, 0)),
			"spot events.one_language":          item(d, "Ән", "", at(11, 0), at(12, 0)),
			"speakers events.too_many_speakers": item(d, "Ән", "2-зал", at(11, 0), at(12, 0), strings.Split("a b c d e f g h i j k l m", " ")...),
		} {
			_, err := add(i)
			c.Refused(err, civic.Invalid)
			if f := err.(*civic.Error).Fields; len(f) != 1 || f[0].Field+" "+f[0].Message.Key != what {
				t.Errorf("%s: %+v", what, f)
			}
		}
		for _, i := range []Item{item(d, "Ән", "Бас сахна", at(12, 0), at(13, 0)), item(d, "Күй", "2-зал", at(11, 0), at(12, 0), "Дәурен"), item(second, "Жыр", "Бас сахна", at(11, 0).AddDate(0, 0, 1), at(12, 0).AddDate(0, 0, 1), "Әсел Нұрланқызы")} {
			_, err := add(i)
			c.Must(err)
		}
		c.Must(town.ChangeItem(c.Ctx(), town.host.Actor, id, first, item(d, "Жыр", "Бас сахна", at(11, 0), at(11, 30), "Әсел Нұрланқызы"))) // it does not clash with itself
		_, err = add(item(d, "Би", "Бас сахна", at(11, 30), at(12, 0)))
		c.Must(err)
		c.Must(town.Announce(c.Ctx(), town.host.Actor, id))
		c.Must(town.DropItem(c.Ctx(), town.host.Actor, id, first))
		c.Refused(town.DropItem(c.Ctx(), town.host.Actor, id, first), civic.Closed)
		_, err = add(item(d, "Айтыс", "Бас сахна", at(11, 0), at(11, 30), "Әсел Нұрланқызы")) // its place is free
		c.Must(err)
		_, err = town.AddItem(c.Ctx(), c.Resident("").Actor, id, item(d, "Ән", "3-зал", at(11, 0), at(12, 0)))
		c.Refused(err, civic.Forbidden)
	}, Capability())
}

// A programme has a bound, which is told.
func TestAProgrammeIsBounded(t *testing.T) {
	c := citytest.Open(t, storagetest.SQLite(t), app.Config{Capabilities: []capability.Capability{Capability()}})
	town := open(c)
	id, err := town.Service.Write(c.Ctx(), town.host.Actor, town.fair(0), Plan{Starts: town.at(3, 10), Ends: town.at(3, 18)})
	c.Must(err)
	d := town.show(id).Dates[0]
	for n := range 201 {
		from := d.Starts.Add(time.Duration(n) * time.Minute)
		_, err = town.AddItem(c.Ctx(), town.host.Actor, id, item(d, "Ән", "Сахна", from, from.Add(time.Minute)))
		if n < 200 {
			c.Must(err)
		}
	}
	c.Refused(err, civic.TooMany)
}

// The host writes a programme by the form; on the day its page says what is on, what is next on each stage, what has changed; it is printed in both languages.
func TestTheDayOfAFestival(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		start := town.at(3, 10)
		id, err := town.Service.Write(c.Ctx(), town.host.Actor, town.fair(0), Plan{Starts: start, Ends: start.Add(8 * time.Hour)})
		c.Must(err)
		host, d := c.Browser(town.host), town.show(id).Dates[0]
		day := string(d.ID) + " " + start.Format(time.DateOnly)
		desk := "/ru/desk/events/" + string(id) + "/programme"
		host.Get(desk).Want(200, "Программы пока нет")
		post := func(title, spot, from, until string, more ...string) *citytest.Page {
			return host.Post(desk, append(more, "title.kk", title+" kk", "title.ru", title, "spot.kk", spot, "date", day, "from", from, "until", until)...)
		}
		post("Кобыз", "Бас сахна", "11:00", "12:00", "speakers", "Әсел Нұрланқызы, қобызшы\r\nДәурен").Want(303)
		post("Айтыс", "Бас сахна", "11:30", "12:30").Want(422, "Это место занято: «Кобыз»", "Айтыс")
		post("Айтыс", "", "12:30", "13:30", "at", "бас сахна").Want(303)
		post("Айтыс", "", "12:30", "13:30", "at", "нет такой").Want(422, "Выберите место из списка")
		post("Сказки", "Балалар шатыры", "12:00", "13:00").Want(303)
		post("Войлок", "4-үстел", "10:00", "18:00", "exhibit", "yes").Want(303)
		post("Лишнее", "Балалар шатыры", "13:00", "14:00").Want(303)
		items := town.show(id).Items
		find := func(title string) Item {
			return items[slices.IndexFunc(items, func(i Item) bool { return i.Title["ru"] == title })]
		}
		c.Must(town.DropItem(c.Ctx(), town.host.Actor, id, find("Лишнее").ID)) // of a draft it is gone
		page := "/ru" + Path(id) + "/programme"
		c.Browser(nil).Get(page).Want(404)
		host.Post("/ru/desk/events/"+string(id)+"/announce", ui.SureName, "yes").Want(303)
		c.Browser(nil).Get("/ru"+Path(id)).Want(200, "Вся программа: 4 номера")
		c.Browser(nil).Get(page).Want(200, "Кобыз", "Әсел Нұрланқызы, қобызшы · Дәурен", "Выставка", "Войлок", "4-үстел").Main().Lacks("Сейчас", "Лишнее", "Изменилось")
		c.Browser(nil).Get(page + "?date=x").Want(404)

		host.Post(desk+"/"+string(find("Айтыс").ID), "title.kk", "Айтыс kk", "title.ru", "Айтыс", "at", "бас сахна", "date", day, "from", "13:00", "until", "14:00").Want(303)
		host.Post(desk + "/" + string(find("Сказки").ID) + "/off").Want(303)
		c.Browser(c.Resident("")).Post(desk + "/" + string(find("Кобыз").ID) + "/off").Want(403)
		c.At(start.Add(90 * time.Minute))
		got := c.Browser(nil).Get(page).Want(200, "Сейчас", "Дальше", "Изменилось", "было: 12:30", "13:00–14:00", "Отменено")
		now, rest, _ := strings.Cut(got.Main().Body, "Дальше")
		next, changed, _ := strings.Cut(rest, "Изменилось")
		if !strings.Contains(now, "Кобыз") || strings.Contains(now, "Айтыс") || !strings.Contains(next, "Айтыс") || strings.Contains(next, "Сказки") || !strings.Contains(changed, "Сказки") {
			t.Errorf("now %s\nnext %s", now, next)
		}
		c.Browser(nil).Get("/kk/events/today").Want(200, "Бағдарлама: Кітап жәрмеңкесі")
		for _, lang := range []string{"kk", "ru"} {
			if got := c.Browser(nil).Get(Path(id) + "/programme.pdf?lang=" + lang).Want(200); !strings.HasPrefix(got.Body, "%PDF-") {
				t.Errorf("%.20s", got.Body)
			}
		}
		c.Browser(nil).Get("/api/v1"+Path(id)).Want(200, "Кобыз", "Әсел Нұрланқызы")
		c.SkipActs()
		if report, why := c.Verified(); report.Compared == 0 {
			t.Errorf("the record: %+v %s", report, why)
		}
	}, Capability())
}

// A date takes its programme along when it is moved, and is not made too short for it.
func TestAProgrammeMovesWithItsDate(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		start := town.at(3, 10)
		v := town.announced(town.fair(0), Plan{Starts: start, Ends: start.Add(8 * time.Hour)})
		_, err := town.AddItem(c.Ctx(), town.host.Actor, v.ID, item(v.Dates[0], "Жыр", "Сахна", start.Add(6*time.Hour), start.Add(7*time.Hour)))
		c.Must(err)
		c.Refused(town.Move(c.Ctx(), town.host.Actor, v.ID, v.Dates[0].ID, start.AddDate(0, 0, 1), start.AddDate(0, 0, 1).Add(6*time.Hour)), civic.Invalid)
		c.Must(town.Move(c.Ctx(), town.host.Actor, v.ID, v.Dates[0].ID, start.AddDate(0, 0, 1), start.AddDate(0, 0, 1).Add(7*time.Hour)))
		if i := town.show(v.ID).Items[0]; !i.Starts.Equal(start.AddDate(0, 0, 1).Add(6*time.Hour)) || i.Changed() {
			t.Errorf("%+v", i)
		}
		c.SkipActs()
		if report, why := c.Verified(); report.Compared == 0 {
			t.Errorf("the record: %+v %s", report, why)
		}
	}, Capability())
}
