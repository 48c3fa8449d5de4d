package minutes_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/city"
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
		c.Must(c.Settings.Describe(c.Ctx(), c.Administrator().Actor, civic.Text{"kk": "Шымкент қаласы", "ru": "Город Шымкент"}, []civic.Lang{civic.Kazakh, civic.Russian}))
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
		secretary.Get(work).Want(200, "Как посчитан срок", "5 рабочих дней", "Трудовой кодекс, статья 84") // how the last day for remarks follows
		secretary.Post(work, said+".ru", "Спорили").Want(422)                                              // what was handed out stays in both

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
		secretary.Post(work+"/approve", "in", string(next)).Want(200, "После этого он не меняется", "Бағасы талқыланды", "Спорили о цене", "Я говорил и о сроке", "Не учтено", "За: 2 · против: 1", "Айгүл Серікова") // all that becomes final
		secretary.Post(work+"/approve", "in", string(next), "_sure", "yes").Want(303)

		visitor.Get(page).Want(200, "Утверждён", "Спорили о цене", "Болат Ким", "Я говорил и о сроке", "Не учтено", "За: 2 · против: 1")
		visitor.Get("/kk"+Path(meeting)).Want(200, "Бағасы талқыланды")
		visitor.Get("/ru"+meetings.Path(meeting)).Want(200, Path(meeting))
		for lang, want := range map[string][]string{ // with the city's header first
			"kk": {"Шымкент қаласы", "Қала кеңесі", "Әкімдік, 2-зал", "Айгүл Серікова", "Саябақта шам орнатылсын", "Бағасы талқыланды", "http://city.test/kk" + Path(meeting)},
			"ru": {"Город Шымкент", "Городской совет", "Акимат, зал 2", "Айгүл Серікова", "Поставить фонари в парке", "Спорили о цене", "http://city.test/ru" + Path(meeting)},
		} {
			page := visitor.Get(Path(meeting) + ".pdf?lang=" + lang).Want(200).PDF().Pages[0]
			at := 0
			for _, words := range want {
				i := strings.Index(page[at:], words)
				if words == "" || i < 0 {
					t.Errorf("the minutes in %s do not say %q in its place: %s", lang, words, page)
					break
				}
				at += i
			}
		}
		agenda := visitor.Get(meetings.AgendaPath(meeting, civic.Russian)).Want(200).PDF().Pages[0]
		for _, words := range []string{"Город Шымкент", "Городской совет", "Акимат, зал 2", "1. Поставить фонари в парке", "Б. Баяндамашы", "http://city.test/ru" + meetings.Path(meeting)} {
			if !strings.Contains(agenda, words) {
				t.Errorf("the agenda does not say %q: %s", words, agenda)
			}
		}
		secretary.Post(work, said+".ru", "Иначе", said+".kk", "Басқаша").Want(409)
		secretary.Post(work+"/correct", "text.ru", "Фонарей 34").Want(422)
		secretary.Post(work+"/correct", "text.ru", "Фонарей 34", "text.kk", "Шам 34").Want(200, "Фонарей 34", "Шам 34", "отдельной записью")
		secretary.Post(work+"/correct", "text.ru", "Фонарей 34", "text.kk", "Шам 34", "_sure", "yes").Want(303)
		secretary.Post(work+"/correct", "text.ru", "Фонарей 34", "text.kk", "Шам 34", "_sure", "yes").Want(422, "Такая поправка под протоколом уже есть") // sent twice
		visitor.Get(page).Want(200, "Спорили о цене", "Поправки после утверждения", "Фонарей 34")
		_, err = c.Record.Sequence(c.Ctx())
		c.Must(err)
		if report, _ := c.Verified(); report.Compared < 5 {
			t.Errorf("the record: %+v", report)
		}
	}, councils.Capability())
}

// A member with an account is invited, reads the minutes of the meeting they were at, and remarks on them; another member and a stranger do not.
func TestMembersRemarkThemselves(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		member := func(seat civic.ID, lang civic.Lang) *citytest.Person {
			return c.With(c.Resident(lang), civic.Grant{Role: "councils.member", Scope: civic.Ref{Kind: councils.KindSeat, ID: seat}})
		}
		there, away, stranger := member(w.seats[1], civic.Russian), member(w.seats[4], civic.Kazakh), c.Resident(civic.Russian)
		meeting, items := w.sit(meetings.Item{Title: civic.Text{"kk": "Жарық", "ru": "Освещение"}})
		for _, p := range []*citytest.Person{there, away} {
			if told := c.Told(p); len(told) != 1 || told[0].Subject.Key != "meetings.news_convened" {
				t.Errorf("a member was told %+v", told)
			}
		}
		c.Browser(there).Get("/ru/me").Want(200, "Городской совет", "Вы — член")
		c.Browser(stranger).Get("/ru/me").Want(200).Lacks("Городской совет")
		c.Must(w.Meetings.SettleItem(c.Ctx(), w.secretary.Actor, items[0], meetings.Discuss, time.Time{}))
		c.Must(w.Meetings.CloseMeeting(c.Ctx(), w.secretary.Actor, meeting))
		path := meetings.Path(meeting) + "/remarks"
		c.Browser(there).Get("/ru" + path).Want(404) // not handed out yet
		minutes := citytest.Service[*Service](c)
		c.Must(minutes.Write(c.Ctx(), w.secretary.Actor, meeting, map[civic.ID]civic.Text{items[0]: {"kk": "Талқыланды", "ru": "Обсудили"}}))
		c.Must(minutes.Circulate(c.Ctx(), w.secretary.Actor, meeting))
		if told := c.Told(there); len(told) != 2 || told[0].Subject.Key != "minutes.told_remarks" || told[0].Path != path {
			t.Errorf("who was there was told %+v", told)
		}

		c.Browser(there).Get("/ru"+path).Want(200, "Болат Ким", "Обсудили", "Сделать замечание").Lacks("/desk/")
		c.Browser(there).Post("/ru"+path, "words", " ").Want(422)
		c.Browser(there).Post("/ru"+path, "words", "Я говорил и о парке").Want(303)
		c.Browser(there).Get("/ru"+path).Want(200, "Я говорил и о парке", "Не рассмотрено")
		c.Browser(there).Get("/ru/me").Want(200, "Протокол заседания", path)
		c.Browser(away).Get("/kk/me").Want(200).Lacks(path)
		c.Browser(away).Get("/kk" + path).Want(404)
		c.Browser(away).Post("/kk"+path, "words", "Мен болған жоқпын").Want(404)
		c.Browser(stranger).Post("/ru"+path, "words", "Меня там не было").Want(403)
		c.Browser(nil).Get("/ru" + Path(meeting)).Want(404)
		v, err := minutes.Show(c.Ctx(), w.secretary.Actor, meeting)
		if c.Must(err); len(v.Remarks) != 1 || v.Remarks[0].Seat != w.seats[1] || v.Remarks[0].Lang != civic.Russian {
			t.Errorf("remarks %+v", v.Remarks)
		}
		c.Browser(there).Post("/ru"+path, "words", "Я говорил и о парке").Want(422, "Такое замечание уже сделано") // sent twice
		for i := range 19 {
			c.Browser(there).Post("/ru"+path, "words", "И ещё раз о парке, "+strconv.Itoa(i), "lang", "en").Want(303)
		}
		v, err = minutes.Show(c.Ctx(), w.secretary.Actor, meeting)
		if c.Must(err); v.Remarks[1].Lang != civic.English { // as it was said to be
			t.Errorf("a remark is in %q", v.Remarks[1].Lang)
		}
		c.Browser(there).Post("/ru"+path, "words", "И двадцать первое").Want(422, "протоколу: 20", "И двадцать первое")

		c.Browser(nil).Get("/ru"+councils.Path(w.council)).Want(200, "Посещаемость заседаний за этот срок: 80 %")
		c.Browser(nil).Get("/ru"+councils.Path(w.council)+"/members").Want(200, "посещено заседаний: 1 из 1", "посещено заседаний: 0 из 1")
		c.Pass(30 * 24 * time.Hour)
		c.Browser(there).Post("/ru"+path, "words", "Поздно").Want(409)
	}, councils.Capability())
}

// The last day for remarks stays as members were told it, with the city's own source of the term on the day when the minutes went round: three working
// days from Wednesday, 4 March, are until Tuesday, for Monday is off; without Friday until Wednesday.
func TestTheLastDayForRemarksStaysAsAnnounced(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		set := func(from string, days int64, source string) {
			c.Must(c.Settings.SetValue(c.Ctx(), c.Administrator().Actor, city.Value{Key: "minutes.remark_days", From: from, Value: days, Source: source}))
		}
		set("2026-03-02", 3, "Кеңестің регламенті, 12-тармақ")
		meeting, items := w.sit(meetings.Item{Title: lamps})
		c.Must(c.Meetings.SettleItem(c.Ctx(), w.secretary.Actor, items[0], meetings.Postpone, c.Now().AddDate(0, 0, 7)))
		c.Must(c.Meetings.CloseMeeting(c.Ctx(), w.secretary.Actor, meeting))
		secretary, work := c.Browser(w.secretary), "/desk"+Path(meeting)
		secretary.Post("/ru"+work, "heard."+string(items[0])+".ru", "Спорили о цене", "heard."+string(items[0])+".kk", "Бағасы талқыланды").Want(303)
		secretary.Post("/ru"+work+"/circulate", "_sure", "yes").Want(303)
		secretary.Get("/ru"+work).Want(200, "Кеңестің регламенті, 12-тармақ", "3 рабочих дня", "<strong>10\u00a0марта 2026\u00a0года</strong>").Lacks("календарь изменился")

		set("2026-03-05", 7, "Басқа құжат")
		c.Must(c.Settings.SetDays(c.Ctx(), c.Administrator().Actor, "2026-03-06 Демалыс; Үкіметтің № 5 қаулысы"))
		c.Pass(24 * time.Hour)
		secretary.Get("/ru"+work).Want(200, "по нынешнему последним днём был бы 11\u00a0марта 2026\u00a0года", "<strong>10\u00a0марта 2026\u00a0года</strong>", "Кеңестің регламенті, 12-тармақ").Lacks("Басқа құжат")
		secretary.Get("/kk"+work).Want(200, "қазіргісі бойынша соңғы күн — 2026\u00a0жылғы 11\u00a0наурыз. Жарияланған күн күшінде қалады.")
		c.SkipActs()
	}, councils.Capability())
}
