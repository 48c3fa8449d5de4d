package councils_test

import (
	"encoding/csv"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/councils"
	"github.com/birge-kz/birge/internal/meetings"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// town is a city with a council of six, five of whom sit there.
type town struct {
	*citytest.City
	*Service
	council   civic.ID
	body      civic.ID
	secretary *citytest.Person
	seats     []civic.ID
}

var place = civic.Text{"kk": "Әкімдік, 2-зал", "ru": "Акимат, зал 2"}

func open(c *citytest.City) *town {
	t := &town{City: c, Service: citytest.Service[*Service](c), body: c.Body("Әкімдік")}
	admin := c.Administrator().Actor
	var err error
	t.council, err = t.Found(c.Ctx(), admin, Council{Form: "public_council", Name: civic.Text{"kk": "Қала кеңесі", "ru": "Городской совет"}, About: civic.Text{"kk": "Тыңдайды", "ru": "Слушает"},
		Body: t.body, Law: "383-V", Size: 6, Since: c.Now().AddDate(-1, 0, 0), Until: c.Now().AddDate(2, 0, 0)})
	c.Must(err)
	t.secretary = c.With(c.Resident(civic.Russian), civic.Grant{Role: "councils.secretary", Scope: Ref(t.council)})
	for i, name := range []string{"Айгүл Серікова", "Болат Ким", "Вера Ли", "Ғани Омаров", "Дина Юсупова"} {
		seat := Seat{Council: t.council, Name: name, Post: Member, Side: Civil, Since: c.Now().AddDate(0, -6, 0), Until: c.Now().AddDate(1, 0, 0)}
		if i == 0 {
			seat.Post = Chair
		}
		id, err := t.Seat(c.Ctx(), t.secretary.Actor, seat)
		c.Must(err)
		t.seats = append(t.seats, id)
	}
	return t
}

// sit convenes a meeting with those points, and lets it begin with the first four members.
func (t *town) sit(points ...meetings.Item) (meeting civic.ID, items []civic.ID) {
	meeting, err := t.Meetings.Plan(t.Ctx(), t.secretary.Actor, meetings.Meeting{Body: Ref(t.council), StartsAt: t.Now().Add(48 * time.Hour), Place: place})
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

func (t *town) choices(of ...meetings.Choice) map[civic.ID]meetings.Choice {
	out := map[civic.ID]meetings.Choice{}
	for i, c := range of {
		out[t.seats[i]] = c
	}
	return out
}

var lamps = civic.Text{"kk": "Саябақта шам орнатылсын", "ru": "Поставить фонари в парке"}
var roads = civic.Text{"kk": "Жол жөнделсін", "ru": "Отремонтировать дорогу"}

// From a resident's question to a deed that the council confirms; the record's trace shows the whole way.
func TestFromAQuestionToDelivery(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		visitor, asker := c.Browser(nil), c.Resident(civic.Russian)
		visitor.Get("/ru").Want(200)
		page := "/ru" + Path(w.council)
		visitor.Get(page).Want(200, "Городской совет", "Занято мест: 5 из 6", "Совет пока не принял рекомендаций").Lacks("Болат")
		visitor.Get(page+"/members").Want(200, "Болат Ким", "председатель")
		visitor.Get("/ru/councils").Want(200, "Городской совет")

		c.Browser(asker).Post("/ru"+meetings.AskPath(Ref(w.council)), "words", "  ").Want(422)
		c.Browser(asker).Post("/ru"+meetings.AskPath(Ref(w.council)), "words", "Когда будет свет в парке?").Want(303)
		visitor.Get(page).Want(200).Lacks("Когда будет свет")
		c.Browser(asker).Get("/ru/me").Want(200, "Когда будет свет", "Секретарь рассматривает")
		secretary := c.Browser(w.secretary)
		secretary.Get("/ru/desk").Want(200, "Когда будет свет")

		m, err := w.Meetings.Plan(c.Ctx(), w.secretary.Actor, meetings.Meeting{Body: Ref(w.council), StartsAt: c.Now().Add(48 * time.Hour), Place: place})
		c.Must(err)
		meeting := meetings.Path(m)
		visitor.Get("/ru" + meeting).Want(404)
		question := questionOn(t, secretary.Get("/ru/desk"+Path(w.council)).Want(200).Body)
		secretary.Post("/ru"+question, "decision", "take", "meeting", string(m), "title.kk", "Саябақ жарығы", "minutes", "15").Want(422, "Когда будет свет")
		secretary.Post("/ru"+question, "decision", "take", "meeting", string(m), "title.kk", "Саябақ жарығы", "title.ru", "Освещение парка", "minutes", "15").Want(303)
		secretary.Post("/ru/desk"+meeting+"/convene").Want(200, "Освещение парка")
		secretary.Post("/ru/desk"+meeting+"/convene", "_sure", "yes").Want(303)
		visitor.Get("/ru"+meeting).Want(200, "Освещение парка", "Когда будет свет")
		visitor.Get("/ru" + meetings.CalendarPath(Ref(w.council))).Want(404)
		visitor.Get(meetings.CalendarPath(Ref(w.council))).Want(200, "BEGIN:VEVENT")
		c.Browser(asker).Post("/ru"+meeting+"/come", "speaks", "yes").Want(303)
		visitor.Get("/ru"+meeting).Want(200, "Придёт 1 человек, выступить хотят: 1")
		c.Jobs()
		if told := c.Told(asker); len(told) != 1 || told[0].Subject.Key != "meetings.told_question" {
			t.Errorf("told %+v", told)
		}

		c.Refused(w.Meetings.SetPresent(c.Ctx(), w.secretary.Actor, m, w.seats), civic.Closed) // it has not begun
		c.Pass(48 * time.Hour)
		secretary.Post("/ru/desk"+meeting+"/present", "present", string(w.seats[0]), "present", string(w.seats[1]), "present", string(w.seats[2])).Want(303)
		visitor.Get("/ru"+meeting).Want(200, "Кворума нет", "3 из 5 членов; кворум 4")
		w.Must(w.Meetings.SetPresent(c.Ctx(), w.secretary.Actor, m, w.seats[:4]))
		item := itemOn(t, secretary.Get("/ru/desk"+meeting).Want(200, "Голосование").Body)
		ballots := []string{"text.kk", lamps["kk"], "text.ru", lamps["ru"], "rule", "of_present", "to", string(w.body)}
		secretary.Post("/ru"+item+"/vote", ballots...).Want(422, "Выберите, как голосовал")
		for i, choice := range []string{"for", "for", "against", "recused"} {
			ballots = append(ballots, "choice."+string(w.seats[i]), choice)
		}
		secretary.Post("/ru"+item+"/vote", ballots...).Want(200, "итоги голосования увидят все", "За: 2 · против: 1", lamps["kk"], "Ғани Омаров: не голосует: самоотвод", "Кому адресована")
		visitor.Get("/ru" + meeting).Want(200).Lacks("За: 2")
		ballots = append(ballots, "_sure", "yes")
		secretary.Post("/ru"+item+"/vote", ballots...).Want(303)
		visitor.Get("/ru"+meeting).Want(200, "Итоги голосования", `<th scope="row">за</th><td class="num">2</td>`, `<th scope="row">самоотвод</th><td class="num">1</td>`, `<th scope="row">отсутствовали</th><td class="num">1</td>`)
		visitor.Get("/ru"+meeting).Want(200, "За: 2 · против: 1", "Ғани Омаров: не голосует: самоотвод", "Дина Юсупова: отсутствовал", "Принята, ещё не отправлена")
		secretary.Post("/ru"+item+"/vote", ballots...).Want(409)
		w.Must(w.Meetings.CloseMeeting(c.Ctx(), w.secretary.Actor, m))
		c.Refused(w.Meetings.SetPresent(c.Ctx(), w.secretary.Actor, m, w.seats), civic.Closed)

		w.deliver(t, visitor)
		visitor.Get("/ru/search?q=фонарь").Want(200, lamps["ru"])
		if report, _ := c.Verified(); report.Compared < 10 {
			t.Errorf("the record: %+v", report)
		}
		w.leaves(t, asker, "/ru"+meeting)
	}, Capability())
}

// deliver sends the one recommendation; the body answers late, promises, and delivers; the council confirms.
func (w *town) deliver(t *testing.T, visitor *citytest.Browser) {
	v, err := w.Show(w.Ctx(), civic.Actor{}, w.council)
	w.Must(err)
	if len(v.Recommendations) != 1 || !strings.HasPrefix(v.Recommendations[0].Number, "1/") {
		t.Fatalf("%+v", v.Recommendations)
	}
	id := v.Recommendations[0].ID
	page := "/ru" + Path(w.council) + "/recommendations/" + string(id)
	w.Must(w.Send(w.Ctx(), w.secretary.Actor, w.council, id))
	w.Refused(w.Send(w.Ctx(), w.secretary.Actor, w.council, id), civic.Closed)
	visitor.Get(page).Want(200, "Ждёт ответа", lamps["ru"])
	w.Pass(40 * 24 * time.Hour)
	w.Jobs()
	visitor.Get(page).Want(200, "Ответ просрочен")

	officer := w.Officer(w.body).Actor
	owed := w.owed(id)
	reason := civic.Text{"kk": "Қоямыз", "ru": "Поставим"}
	w.Must(w.Answers.Answer(w.Ctx(), officer, owed[0].ID, answers.Verdict{Outcome: answers.Taken, Reason: reason, Promised: w.Now().AddDate(0, 1, 0)}, "А. Жауапты"))
	visitor.Get(page).Want(200, "Обещано выполнить", "Принято", reason["ru"], "Обещано до")
	visitor.Get("/ru"+Path(w.council)).Want(200, "Обещано выполнить")
	visitor.Get("/ru/councils").Want(200, "Рекомендаций: 1 · ответ в срок: 0 · госорган принял: 1 · выполнено: 0")
	owed = w.owed(id)
	w.Must(w.Answers.Answer(w.Ctx(), officer, owed[1].ID, answers.Verdict{Outcome: answers.Done, Reason: reason}, "А. Жауапты"))
	w.Jobs()
	visitor.Get(page).Want(200, "Сообщено: выполнено", "Сделано")
	visitor.Get("/ru/councils").Want(200, "выполнено: 0")
	w.Refused(w.Answers.Reply(w.Ctx(), w.Resident(civic.Kazakh).Actor, owed[1].ID, answers.Reply{Confirms: true}), civic.Forbidden)
	w.Must(w.Answers.Reply(w.Ctx(), w.secretary.Actor, owed[1].ID, answers.Reply{Confirms: true}))
	visitor.Get(page).Want(200, "Выполнено, совет подтвердил")
	visitor.Get("/ru/councils").Want(200, "выполнено: 1")
	_, err = w.Record.Sequence(w.Ctx())
	w.Must(err)
	chain, err := w.Record.Trace(w.Ctx(), civic.Ref{Kind: KindRecommendation, ID: id})
	w.Must(err)
	told := fmt.Sprintf("%+v", chain)
	for _, kind := range []string{meetings.KindQuestion, meetings.KindItem, meetings.KindVote, KindRecommendation, answers.Kind} {
		if !strings.Contains(told, kind) {
			t.Errorf("the trace lacks %s: %s", kind, told)
		}
	}
}

// What a body does not take up reads so, with its reasons, on the recommendation's page and on the council's.
func TestARefusalReadsSo(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		_, items := w.sit(meetings.Item{Title: lamps})
		_, err := w.Meetings.Hold(c.Ctx(), w.secretary.Actor, items[0], meetings.Ask{Text: lamps, Rule: meetings.OfPresent, To: w.body, Choices: w.choices(meetings.For, meetings.For, meetings.For, meetings.For)})
		c.Must(err)
		v, err := w.Show(c.Ctx(), civic.Actor{}, w.council)
		c.Must(err)
		r := v.Recommendations[0]
		c.Must(w.Send(c.Ctx(), w.secretary.Actor, w.council, r.ID))
		reason := civic.Text{"kk": "Бюджетте ақша жоқ", "ru": "В бюджете нет денег"}
		c.Must(w.Answers.Answer(c.Ctx(), w.Officer(w.body).Actor, w.owed(r.ID)[0].ID, answers.Verdict{Outcome: answers.NotTaken, Reason: reason}, "А. Жауапты"))
		visitor := c.Browser(nil)
		visitor.Get("/ru"+Path(w.council)).Want(200, "Ответ: не принято")
		visitor.Get("/ru"+Path(w.council)+"/recommendations/"+string(r.ID)).Want(200, "Ответ: не принято", reason["ru"])
		visitor.Get("/kk"+Path(w.council)+"/recommendations/"+string(r.ID)).Want(200, "Жауап: қабылданбады", reason["kk"])
		visitor.Get("/ru/councils").Want(200, "Рекомендаций: 1 · ответ в срок: 1 · госорган принял: 0 · выполнено: 0")
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(visitor.Get(Path(w.council)+"/recommendations.csv").Want(200).Body, "\ufeff"))).ReadAll()
		today := c.Now().Format(time.DateOnly)
		if want := []string{r.Number, lamps["kk"], lamps["ru"], "Әкімдік", "", "false", today, today, "refused", w.owed(r.ID)[0].Due.In(c.Settings.Zone()).Format(time.DateOnly), today, "not_taken", ""}; err != nil || len(rows) != 2 || !slices.Equal(rows[1], want) {
			t.Errorf("%q, want %q, %v", rows, want, err)
		}
		visitor.Get(Path(w.council) + "/recommendations.xlsx").Want(200)
		visitor.Get("/councils/nowhere/recommendations.csv").Want(404)
		c.Must(w.Answers.Reply(c.Ctx(), w.secretary.Actor, w.owed(r.ID)[0].ID, answers.Reply{Words: "Денег хватит на два фонаря"}))
		visitor.Get("/ru"+Path(w.council)+"/recommendations/"+string(r.ID)).Want(200, "Совет не согласен", "Не принято", reason["ru"])
	}, Capability())
}

func (w *town) owed(id civic.ID) (out []answers.Obligation) {
	w.Read(func(tx *storage.Tx) error {
		all, err := w.Answers.Further(tx, []civic.Ref{{Kind: KindRecommendation, ID: id}})
		out = all[civic.Ref{Kind: KindRecommendation, ID: id}]
		return err
	})
	return out
}

// leaves: who asked is gone with their words, and the point stays.
func (w *town) leaves(t *testing.T, asker *citytest.Person, meeting string) {
	w.Browser(asker).Get("/ru/account/download").Want(200, "Когда будет свет")
	w.Browser(asker).Post("/ru/account/delete", "sure", "yes", "password", citytest.Password).Want(303)
	w.Browser(nil).Get(meeting).Want(200, "Освещение парка").Lacks("Когда будет свет")
	w.Read(func(tx *storage.Tx) error {
		held, err := meetings.Part().Personal.Export(tx, asker.Account)
		if held != nil {
			t.Errorf("left behind: %v", held)
		}
		return err
	})
	w.Verified()
}

func questionOn(t *testing.T, body string) string { return linkOn(t, body, "/questions/") }
func itemOn(t *testing.T, body string) string     { return linkOn(t, body, "/items/") }

// linkOn finds an address of the desk on a page, without its language.
func linkOn(t *testing.T, body, part string) string {
	for _, piece := range strings.Split(body, `"`) {
		if strings.HasPrefix(piece, "/ru/desk/meetings/") && strings.Contains(piece, part) && !strings.HasSuffix(piece, "/vote") && !strings.HasSuffix(piece, "/new") {
			return strings.TrimPrefix(piece, "/ru")
		}
	}
	t.Fatalf("no link with %s", part)
	return ""
}

// Only the council's secretary and administrators do its work.
func TestWhoDoesTheWork(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		other := c.With(c.Resident(civic.Russian), civic.Grant{Role: "councils.secretary", Scope: Ref("another")})
		for _, p := range []*citytest.Person{c.Resident(civic.Russian), c.Officer(w.body), c.Moderator(), other} {
			_, err := w.Meetings.Plan(c.Ctx(), p.Actor, meetings.Meeting{Body: Ref(w.council), StartsAt: c.Now().Add(time.Hour), Place: place})
			c.Refused(err, civic.Forbidden)
		}
		c.Browser(other).Get("/ru/desk" + Path(w.council)).Want(403)
		_, err := w.Found(c.Ctx(), w.secretary.Actor, Council{})
		c.Refused(err, civic.Forbidden)
		_, items := w.sit(meetings.Item{Title: lamps}, meetings.Item{Title: roads})
		c.Refused(w.Meetings.SettleItem(c.Ctx(), w.secretary.Actor, items[0], meetings.Postpone, time.Time{}), civic.Invalid)
		next, err := w.Meetings.Plan(c.Ctx(), w.secretary.Actor, meetings.Meeting{Body: Ref(w.council), StartsAt: c.Now().Add(time.Hour), Place: place})
		c.Must(err)
		for _, a := range []civic.Actor{{}, {Account: "newcomer"}} { // also before the state of the meeting is looked at
			c.Refused(w.Meetings.Come(c.Ctx(), a, next, false), civic.Forbidden)
			c.Refused(w.Meetings.Ask(c.Ctx(), a, Ref(w.council), "Когда будет свет?", civic.Russian), civic.Forbidden)
		}
		c.Must(w.Meetings.SettleItem(c.Ctx(), w.secretary.Actor, items[0], meetings.Postpone, c.Now().AddDate(0, 0, 7)))
		c.Refused(w.Meetings.SettleItem(c.Ctx(), w.secretary.Actor, items[0], meetings.Discuss, time.Time{}), civic.Closed)
		_, err = w.Meetings.Hold(c.Ctx(), w.secretary.Actor, items[1], meetings.Ask{Text: lamps, Rule: meetings.OfPresent, To: c.Organisation("Жасыл қала"), Choices: w.choices(meetings.For, meetings.For, meetings.For, meetings.For)})
		c.Refused(err, civic.Invalid) // it is no state body, and owes nobody an answer
		_, err = w.Seat(c.Ctx(), w.secretary.Actor, Seat{Council: w.council, Name: "Ерлан", Post: Member, Side: StateSide, Organisation: w.body, Since: c.Now()})
		c.Must(err)
		_, err = w.Seat(c.Ctx(), w.secretary.Actor, Seat{Council: w.council, Name: "Жанна", Post: Member, Side: Civil, Since: c.Now()})
		c.Refused(err, civic.Invalid) // six seats
	}, Capability())
}

// Whoever was chosen for a term that is still to begin stands on the council's page at once.
func TestACouncilThatIsToBegin(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		next, err := w.Found(c.Ctx(), c.Administrator().Actor, Council{Form: "public_council", Name: civic.Text{"kk": "Келесі кеңес", "ru": "Следующий совет"}, About: civic.Text{"kk": "Тыңдайды", "ru": "Слушает"},
			Body: w.body, Law: "383-V", Size: 6, Since: c.Now().AddDate(0, 0, 80), Until: c.Now().AddDate(3, 0, 0)})
		c.Must(err)
		_, err = w.Seat(c.Ctx(), c.Administrator().Actor, Seat{Council: next, Name: "Еркін Нұрлан", Post: Member, Side: Civil, Since: c.Now().AddDate(0, 0, 80)})
		c.Must(err)
		c.Browser(nil).Get("/ru"+Path(next)).Want(200, "Занято мест: 1 из 6")
		c.Browser(nil).Get("/ru"+Path(next)+"/members").Want(200, "Еркін Нұрлан")
	}, Capability())
}

// The list is narrowed by district, theme, state and words, goes on by a cursor, and whoever follows the district hears of its council.
func TestTheListIsNarrowed(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		admin := c.Administrator().Actor
		c.Must(c.Settings.SetDistricts(c.Ctx(), admin, "Абай; Абайский\nТұран; Туранский"))
		all := c.Settings.Current().Districts
		visitor := c.Browser(nil)
		visitor.Get("/ru/councils").Want(200, "Городской совет")
		found := func(kk, ru string, about city.Scope, since, until time.Time) civic.ID {
			id, err := w.Found(c.Ctx(), admin, Council{Form: "public_council", Name: civic.Text{"kk": kk, "ru": ru}, About: civic.Text{"kk": "Тыңдайды", "ru": "Слушает"},
				Body: w.body, Law: "383-V", Size: 6, Since: since, Until: until, Scope: about})
			c.Must(err)
			return id
		}
		now := c.Now()
		id := found("Аудан кеңесі", "Районный совет", city.Scope{District: all[0].Code}, now.AddDate(-1, 0, 0), now.AddDate(1, 0, 0))
		found("Дәрігерлер кеңесі", "Совет врачей", city.Scope{Theme: "health"}, now.AddDate(0, 1, 0), now.AddDate(2, 0, 0))
		found("Ескі кеңес", "Прежний совет", city.Scope{District: "moon"}, now.AddDate(-4, 0, 0), now.AddDate(-1, 0, 0))
		found("Бітетін кеңес", "Уходящий совет", city.Scope{}, now.AddDate(-1, 0, 0), now.AddDate(0, 0, 30))
		names := []string{"Городской совет", "Районный совет", "Совет врачей", "Прежний совет", "Уходящий совет"}
		for query, want := range map[string][]string{
			"":                           names,
			"?district=" + all[0].Code:   {"Районный совет"},
			"?theme=health":              {"Совет врачей"},
			"?district=nowhere":          names,
			"?state=active":              {"Городской совет", "Районный совет"},
			"?state=forming":             {"Совет врачей"},
			"?state=ending":              {"Уходящий совет"},
			"?state=over":                {"Прежний совет"},
			"?q=врачи":                   {"Совет врачей"},
			"?q=врачи&state=over":        nil,
			"?theme=health&state=active": nil,
		} {
			page := visitor.Get("/ru/councils" + query).Want(200).Main().Body
			for _, name := range names {
				if strings.Contains(page, name) != slices.Contains(want, name) {
					t.Errorf("%q: %s", query, name)
				}
			}
		}
		visitor.Get("/ru/councils?theme=health&state=active").Want(200, "Таких советов нет")
		visitor.Get("/ru"+Path(id)).Want(200, all[0].Name[civic.Russian])
		for i := range 21 {
			found(fmt.Sprint("Кеңес ", i), fmt.Sprint("Совет ", i), city.Scope{Theme: "culture"}, now.AddDate(-1, 0, 0), now.AddDate(1, 0, i))
		}
		first := visitor.Get("/ru/councils?theme=culture").Want(200, "Совет 20").Lacks("Совет 0<").Body
		next := regexp.MustCompile(`/ru/councils\?after=[^"]*`).FindString(first)
		visitor.Get(strings.ReplaceAll(next, "&amp;", "&")).Want(200, "Совет 0").Lacks("Совет 20")
		visitor.Get("/ru/councils?after=nonsense").Want(422)
		c.Acts()
		if report, _ := c.Verified(); len(report.Remarks) > 0 || report.Compared < 26 {
			t.Errorf("the record: %+v", report)
		}
	}, Capability())
}

// Two months before the term of a council ends the desk asks for the next one, until it is on the list; councils that are not ending ask for none.
func TestASuccessorIsAskedFor(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		admin := c.Administrator()
		const asks = "внесите в список следующий совет"
		c.Browser(admin).Get("/ru/desk").Want(200).Lacks(asks)
		c.Pass(c.Now().AddDate(2, 0, -59).Sub(c.Now()))
		c.SignIn(admin)
		c.SignIn(w.secretary)
		c.Browser(w.secretary).Get("/ru/desk").Want(200).Lacks(asks) // who cannot found one
		c.Browser(admin).Get("/ru/desk").Want(200, asks, "Городской совет", `href="/ru/desk/councils/new"`)
		_, err := w.Found(c.Ctx(), admin.Actor, Council{Form: "public_council", Name: civic.Text{"kk": "Келесі кеңес", "ru": "Следующий совет"}, About: civic.Text{"kk": "Тыңдайды", "ru": "Слушает"},
			Body: w.body, Law: "383-V", Size: 6, Since: c.Now().AddDate(0, 0, 61), Until: c.Now().AddDate(3, 0, 0)})
		c.Must(err)
		c.Browser(admin).Get("/ru/desk").Want(200).Lacks(asks)
	}, Capability())
}

// Kinds of councils are data: an administrator adds one, once, and a council of it is founded as every other; a commission is a part of its council,
// and the pages of both lead to each other.
func TestKindsAndCommissions(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		admin, visitor := c.Browser(c.Administrator()), c.Browser(nil)
		c.Must(c.Settings.SetDistricts(c.Ctx(), c.Administrator().Actor, "Абай; Абайский"))
		kind := []string{"name.kk", "Кеңесші топ", "name.ru", "Группа советников"}
		admin.Get("/ru/desk/councils/kinds").Want(200, "Общественный совет", "Гражданская коллегия")
		admin.Post("/ru/desk/councils/kinds", "name.kk", "Кеңесші топ").Want(422, "Кеңесші топ")
		admin.Post("/ru/desk/councils/kinds", kind...).Want(303)
		admin.Post("/ru/desk/councils/kinds", kind...).Want(422, "Такой вид уже есть", "Группа советников")
		c.Browser(w.secretary).Post("/ru/desk/councils/kinds", "name.kk", "Басқа", "name.ru", "Другой").Want(403)
		form := func(kind, parent string) []string {
			return []string{"form", kind, "name.kk", "Бюджет комиссиясы", "name.ru", "Комиссия по бюджету", "about.kk", "Қарайды", "about.ru", "Смотрит", "body", string(w.body), "law", "383-V", "size", "5",
				"since", "2026-01-01", "until", "2028-01-01", "district", c.Settings.Current().Districts[0].Code, "parent", parent}
		}
		admin.Post("/ru/desk/councils/new", form("made_up", "")...).Want(422)
		admin.Post("/ru/desk/councils/new", form("kind_5", "made-up")...).Want(422)
		district := c.Settings.Current().Districts[0].Name["ru"]
		admin.Post("/ru/desk/councils/new", form("kind_5", string(w.council))...).Want(200, "Группа советников", "В составе какого совета", "Городской совет", district)
		admin.Post("/ru/desk/councils/new", append(form("kind_5", string(w.council)), "_sure", "yes")...).Want(303)
		all, _, err := w.List(c.Ctx(), Query{Words: "бюджету"})
		if c.Must(err); len(all) != 1 {
			t.Fatalf("%d are found", len(all))
		}
		visitor.Get("/kk"+Path(all[0].ID)).Want(200, "Кеңесші топ", Path(w.council), "Қала кеңесі")
		visitor.Get("/ru/councils").Want(200, "Группа советников")
		rename := "/ru/desk/councils/kinds/kind_5"
		admin.Get(rename).Want(200, "Группа советников", "Кеңесші топ")
		admin.Post(rename, "name.kk", "Комиссия", "name.ru", "Иная").Want(422, "Такой вид уже есть", "Иная")
		admin.Post(rename, "name.kk", "Кеңесші топ", "name.ru", "Совет при акиме").Want(303) // one of its names stays
		admin.Post("/ru/desk/councils/kinds/kind_9", kind...).Want(404)
		c.Browser(w.secretary).Post(rename, kind...).Want(403)
		visitor.Get("/ru/councils").Want(200, "Совет при акиме").Lacks("Группа советников")
		visitor.Get("/ru"+Path(all[0].ID)).Want(200, "Совет при акиме")
		admin.Post(rename, kind...).Want(303)
		visitor.Get("/ru"+Path(w.council)).Want(200, "Комиссии", "Комиссия по бюджету", Path(all[0].ID))
		visitor.Get("/api/v1/councils/"+string(all[0].ID)).Want(200, `"parent_id":"`+string(w.council)+`"`)
		visitor.Get("/ru"+Path(all[0].ID)).Want(200).Lacks("Показать всех 0", Path(all[0].ID)+"/members")

		for i, of := range []string{"Этика", "Этика", "Закуп"} {
			_, err := w.Seat(c.Ctx(), w.secretary.Actor, Seat{Council: all[0].ID, Name: "Мүше " + strconv.Itoa(i), Post: Member, Side: Civil, Commission: civic.Text{"kk": of, "ru": of}, Since: c.Now().AddDate(0, 0, -1)})
			c.Refused(err, civic.Forbidden) // the secretary of another
			_, err = w.Seat(c.Ctx(), c.Administrator().Actor, Seat{Council: all[0].ID, Name: "Мүше " + strconv.Itoa(i), Post: Member, Side: Civil, Commission: civic.Text{"kk": of, "ru": of}, Since: c.Now().AddDate(0, 0, -1)})
			c.Must(err)
		}
		visitor.Get("/ru"+Path(all[0].ID)).Want(200, "Этика", "2 члена", "Закуп", "1 член")
		visitor.Get("/ru"+Path(all[0].ID)+"/members").Want(200, `id="commission-1"`, `id="commission-2"`)
		_, err = c.Record.Sequence(c.Ctx())
		c.Must(err)
		c.Verified()
	}, Capability())
}

// However many councils a city has, a new one can be a part of any of them, and the desk of administrators leads to each.
func TestManyCouncils(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		w.adopted(1)
		admin := c.Browser(c.Administrator())
		admin.Get("/ru/desk/councils/new").Want(200, `<select id="f-parent"`)
		var rows [][]any
		for no := range 100 {
			rows = append(rows, []any{no + 10, fmt.Sprintf("c%025d", no), "commission", civic.Text{"kk": fmt.Sprint("Кеңес ", no), "ru": fmt.Sprint("Совет ", no)}, lamps, w.body, "383-V", "", 5, c.Now().UnixMilli(), c.Now().AddDate(9, 0, no).UnixMilli()})
		}
		w.Write(func(tx *storage.Tx) error {
			return tx.Insert("councils_council (no, id, form, name, about, body, law, regulation, size, since, until)", rows)
		})
		form := []string{"form", "commission", "name.kk", "Бюджет комиссиясы", "name.ru", "Комиссия по бюджету", "about.kk", "Қарайды", "about.ru", "Смотрит", "body", string(w.body), "law", "383-V", "size", "5", "since", "2026-01-01", "until", "2028-01-01"}
		admin.Get("/ru/desk/councils/new").Want(200, `<input id="f-parent"`, "вставьте адрес").Lacks(`<select id="f-parent"`)
		admin.Post("/ru/desk/councils/new", append(form, "parent", "https://city.test/ru/councils/made-up")...).Want(422, "made-up")
		typed := append(form, "parent", "https://city.test/ru"+Path(w.council)+"/") // its term ends first: it is the 101st
		admin.Post("/ru/desk/councils/new", typed...).Want(200, "В составе какого совета", "Городской совет")
		admin.Post("/ru/desk/councils/new", append(typed, "_sure", "yes")...).Want(303)
		c.Browser(nil).Get("/ru"+Path(w.council)).Want(200, "Комиссия по бюджету")

		desk := admin.Get("/ru/desk/councils").Want(200, "Совет 99").Lacks(`href="/ru/desk` + Path(w.council) + `"`).Body
		_, rest, _ := strings.Cut(desk, "/ru/desk/councils?after=")
		after, _, _ := strings.Cut(rest, `"`)
		admin.Get("/ru/desk/councils?after="+after).Want(200, `href="/ru/desk`+Path(w.council)+`"`).Lacks("Совет 99")
		admin.Get("/ru/desk").Want(200, lamps["ru"]) // what the last of them has not sent
	}, Capability())
}

// Of a council that everybody left, the page leads to those who sat there; of one with members, a chart of them stands with its table.
func TestCompositionIsDrawn(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		visitor, page := c.Browser(nil), "/ru"+Path(w.council)
		visitor.Get(page).Want(200, "Показать всех 5 членов", "Члены по группам", `<th scope="row">от общества</th><td class="num">5</td>`, `<th scope="row">от государства</th><td class="num">0</td>`)
		for _, seat := range w.seats {
			c.Must(w.EndSeat(c.Ctx(), w.secretary.Actor, w.council, seat, c.Now()))
		}
		c.Pass(48 * time.Hour)
		c.Must(w.EndSeat(c.Ctx(), w.secretary.Actor, w.council, w.seats[0], c.Now().AddDate(0, 0, -2))) // which has the page made anew
		visitor.Get(page).Want(200, "Показать прежних членов", Path(w.council)+"/members").Lacks("Показать всех", "Члены по группам")
		visitor.Get(page+"/members").Want(200, "Болат Ким")
	}, Capability())
}

// Councils, their members and what they recommended can be taken away and followed; what members state of themselves is in none of it.
func TestTablesAndFeedOfCouncils(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		_, err := w.Seat(c.Ctx(), w.secretary.Actor, Seat{Council: w.council, Name: "Ерлан Асан", Post: Member, Side: Civil, Sex: Man, Born: 1961, Since: c.Now().AddDate(0, -1, 0), Commission: civic.Text{"kk": "Этика", "ru": "Этика"}})
		c.Must(err)
		w.recommend(1)
		visitor := c.Browser(nil)
		rows := func(path string, comma rune) [][]string {
			t.Helper()
			r := csv.NewReader(strings.NewReader(strings.TrimPrefix(visitor.Get(path).Want(200).Body, "\ufeff")))
			r.Comma = comma
			all, err := r.ReadAll()
			c.Must(err)
			return all
		}
		for path, comma := range map[string]rune{"/councils.csv": ',', "/councils-excel.csv": ';'} {
			if all := rows(path, comma); len(all) != 2 || all[1][3] != "Городской совет" || all[1][10] != "6" || all[1][13] != "1" {
				t.Errorf("%s: %v", path, all)
			}
		}
		if all := rows("/councils.csv?state=over", ','); len(all) != 1 {
			t.Errorf("over: %v", all)
		}
		all := rows(Path(w.council)+"/members.csv", ',')
		if len(all) != 7 || all[6][1] != "Ерлан Асан" || all[6][6] != "Этика" || strings.Contains(fmt.Sprint(all), "1961") || slices.Contains(all[6], "man") {
			t.Errorf("members: %v", all)
		}
		visitor.Get(Path(w.council)+"/members.xlsx").Want(200, "PK")
		visitor.Get("/ru/councils.atom").Want(200, "<feed", lamps["ru"], "#due", "Ждёт ответа", "Городской совет")
		visitor.Get("/ru/councils").Want(200, `href="/councils.csv"`, "/ru/councils.atom")
		visitor.Get("/ru"+Path(w.council)+"/members").Want(200, "/members.xlsx")
	}, Capability())
}
