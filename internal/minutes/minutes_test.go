package minutes_test

import (
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/councils"
	"github.com/birge-kz/birge/internal/meetings"
	. "github.com/birge-kz/birge/internal/minutes"
)

// town is a city with a council of six, five of whom sit there.
type town struct {
	*citytest.City
	*councils.Service
	council   civic.ID
	secretary *citytest.Person
	seats     []civic.ID
}

var place = civic.Text{"kk": "Әкімдік, 2-зал", "ru": "Акимат, зал 2"}

func open(c *citytest.City) *town {
	t := &town{City: c, Service: citytest.Service[*councils.Service](c)}
	admin := c.Administrator().Actor
	var err error
	t.council, err = t.Found(c.Ctx(), admin, councils.Council{Form: "public_council", Name: civic.Text{"kk": "Қала кеңесі", "ru": "Городской совет"}, About: civic.Text{"kk": "Тыңдайды", "ru": "Слушает"},
		Body: c.Body("Әкімдік"), Law: "383-V", Size: 6, Since: c.Now().AddDate(-1, 0, 0), Until: c.Now().AddDate(2, 0, 0)})
	c.Must(err)
	t.secretary = c.With(c.Resident(civic.Russian), civic.Grant{Role: "councils.secretary", Scope: councils.Ref(t.council)})
	for i, name := range []string{"Айгүл Серікова", "Болат Ким", "Вера Ли", "Ғани Омаров", "Дина Юсупова"} {
		seat := councils.Seat{Council: t.council, Name: name, Post: councils.Member, Side: councils.Civil, Since: c.Now().AddDate(0, -6, 0), Until: c.Now().AddDate(1, 0, 0)}
		if i == 0 {
			seat.Post = councils.Chair
		}
		id, err := t.Seat(c.Ctx(), t.secretary.Actor, seat)
		c.Must(err)
		t.seats = append(t.seats, id)
	}
	return t
}

// sit convenes a meeting with those points, and lets it begin with the first four members.
func (t *town) sit(points ...meetings.Item) (meeting civic.ID, items []civic.ID) {
	meeting, err := t.Meetings.Plan(t.Ctx(), t.secretary.Actor, meetings.Meeting{Body: councils.Ref(t.council), StartsAt: t.Now().Add(48 * time.Hour), Place: place})
	t.Must(err)
	for _, i := range points {
		i.Meeting, i.Minutes = meeting, 10
		id, err := t.Meetings.AddItem(t.Ctx(), t.secretary.Actor, i)
		t.Must(err)
		items = append(items, id)
	}
	t.Must(t.Meetings.Convene(t.Ctx(), t.secretary.Actor, meeting))
	t.Pass(48 * time.Hour)
	t.Must(t.Meetings.SetPresent(t.Ctx(), t.secretary.Actor, meeting, t.seats[:4]))
	return meeting, items
}

var lamps = civic.Text{"kk": "Саябақта шам орнатылсын", "ru": "Поставить фонари в парке"}

// Minutes are seen by nobody before the next meeting approves them, and changed by nobody afterwards.
func TestMinutesFromDraftToCorrection(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		meeting, items := w.sit(meetings.Item{Title: lamps, Reporter: "Б. Баяндамашы"})
		secretary, visitor := c.Browser(w.secretary), c.Browser(nil)
		page, work := "/ru"+Path(meeting), "/ru/desk"+Path(meeting)
		said := "heard." + string(items[0])
		secretary.Post(work, said+".ru", "Спорили о цене").Want(303) // while it goes on, in one language
		_, err := c.Meetings.Hold(c.Ctx(), w.secretary.Actor, items[0], meetings.Ask{Text: lamps, Rule: meetings.OfPresent, Choices: map[civic.ID]meetings.Choice{w.seats[0]: meetings.For, w.seats[1]: meetings.For, w.seats[2]: meetings.Against, w.seats[3]: meetings.Recused}})
		c.Must(err)
		secretary.Post(work+"/circulate", "_sure", "yes").Want(409) // it is not closed
		c.Must(c.Meetings.CloseMeeting(c.Ctx(), w.secretary.Actor, meeting))
		secretary.Post(work+"/circulate", "_sure", "yes").Want(422) // and official texts are in both languages
		secretary.Post(work, said+".ru", "Спорили о цене", said+".kk", "Бағасы талқыланды").Want(303)
		secretary.Get(work).Want(200, "Бағасы талқыланды", "Протокол готовится")
		visitor.Get(page).Want(404)
		visitor.Get(Path(meeting) + ".pdf").Want(404)
		secretary.Post(work+"/circulate", "_sure", "yes").Want(303)
		secretary.Post(work, said+".ru", "Спорили").Want(422) // what was handed out stays in both

		c.Refused(c.Minutes.RemarkOn(c.Ctx(), w.secretary.Actor, meeting, Remark{Seat: w.seats[4], Words: "Меня не было", Lang: civic.Russian}), civic.Invalid)
		secretary.Post(work+"/remark", "seat", string(w.seats[1]), "words", "Я говорил и о сроке").Want(303)
		next, _ := w.sit(meetings.Item{Title: lamps})
		c.Refused(c.Minutes.Approve(c.Ctx(), w.secretary.Actor, meeting, next), civic.Closed) // remarks go on
		c.Pass(10 * 24 * time.Hour)
		c.Refused(c.Minutes.RemarkOn(c.Ctx(), w.secretary.Actor, meeting, Remark{Seat: w.seats[0], Words: "Поздно", Lang: civic.Russian}), civic.Closed)
		c.Refused(c.Minutes.Approve(c.Ctx(), w.secretary.Actor, meeting, next), civic.Closed) // one waits
		v, err := c.Minutes.Show(c.Ctx(), w.secretary.Actor, meeting)
		c.Must(err)
		decide := work + "/remarks/" + string(v.Remarks[0].ID)
		secretary.Post(decide, "decided", "refused").Want(422)
		secretary.Post(decide, "decided", "refused", "reason.kk", "Жазбада жоқ", "reason.ru", "В записи этого нет").Want(303)
		secretary.Post(decide, "decided", "taken").Want(409)
		c.Refused(c.Minutes.Approve(c.Ctx(), w.secretary.Actor, meeting, meeting), civic.Invalid) // not by itself
		secretary.Get(work+"/approve").Want(200, string(next))
		secretary.Post(work+"/approve", "in", string(next)).Want(303)

		visitor.Get(page).Want(200, "Утверждён", "Спорили о цене", "Болат Ким", "Я говорил и о сроке", "Не учтено", "За: 2 · против: 1")
		visitor.Get("/kk"+Path(meeting)).Want(200, "Бағасы талқыланды")
		visitor.Get("/ru"+meetings.Path(meeting)).Want(200, Path(meeting))
		for _, lang := range []string{"kk", "ru"} {
			if pdf := visitor.Get(Path(meeting) + ".pdf?lang=" + lang).Want(200).Body; !strings.HasPrefix(pdf, "%PDF-") {
				t.Errorf("the minutes in %s are no PDF", lang)
			}
		}
		secretary.Post(work, said+".ru", "Иначе", said+".kk", "Басқаша").Want(409)
		secretary.Post(work+"/correct", "text.ru", "Фонарей 34").Want(422)
		secretary.Post(work+"/correct", "text.ru", "Фонарей 34", "text.kk", "Шам 34").Want(303)
		visitor.Get(page).Want(200, "Спорили о цене", "Поправки после утверждения", "Фонарей 34")
		_, err = c.Record.Sequence(c.Ctx())
		c.Must(err)
		if report, _ := c.Verified(); report.Compared < 5 {
			t.Errorf("the record: %+v", report)
		}
	}, councils.Capability())
}
