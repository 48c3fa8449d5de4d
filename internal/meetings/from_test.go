package meetings_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/appeals"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/consultations"
	"github.com/birge-kz/birge/internal/councils"
	"github.com/birge-kz/birge/internal/drafts"
	. "github.com/birge-kz/birge/internal/meetings"
	"github.com/birge-kz/birge/internal/moderation"
)

// published is the page of a consultation with results, of an appeal and of a draft act, each with what it is in the record.
func (t *town) published() map[string]civic.Ref {
	officer, both := t.Officer(t.body).Actor, civic.Text{"kk": "Саябақта не керек?", "ru": "Что нужно парку?"}
	consulted := citytest.Service[*consultations.Service](t.City)
	set := consulted.Defaults()
	set.Question, set.Host, set.Body, set.Audience = both, t.body, t.body, consultations.Anyone
	set.OpensAt, set.ClosesAt = t.Now(), t.Now().AddDate(0, 0, 30)
	asked, err := consulted.Create(t.Ctx(), officer, set)
	t.Must(err)
	t.Must(consulted.Publish(t.Ctx(), officer, asked))
	t.Must(consulted.Close(t.Ctx(), officer, asked, both))

	appealed := citytest.Service[*appeals.Service](t.City)
	appeal, err := appealed.File(t.Ctx(), t.Resident(civic.Russian).Actor, appeals.Appeal{Sort: appeals.Complaint, Open: true, Title: "Яма на улице Абая", Words: "У дома 14 глубокая яма. Прошу заделать.", Body: t.body}, "", civic.Russian)
	t.Must(err)
	t.Must(appealed.Decide(t.Ctx(), t.Moderator().Actor, appeal.ID, moderation.Choice{Approve: true}))

	drafted := citytest.Service[*drafts.Service](t.City)
	draft, err := drafted.Make(t.Ctx(), officer, drafts.Draft{Sort: drafts.Programme, Title: both, Purpose: both, Touched: both, Body: t.body})
	t.Must(err)
	text := []byte("# 1. Жалпы\n\n1.1. Бағдарлама.\n")
	t.Must(drafted.PutText(t.Ctx(), officer, draft, text, text))
	t.Must(drafted.Open(t.Ctx(), officer, draft, 10))
	return map[string]civic.Ref{
		consultations.Path(asked) + "/results": {Kind: "consultations.results", ID: asked},
		"/appeals/" + string(appeal.ID):        {Kind: appeals.Kind, ID: appeal.ID},
		"/drafts/" + string(draft):             {Kind: drafts.Kind, ID: draft},
	}
}

// A point of an agenda comes from the address of a page, as a secretary copies it: whole or in part, in whatever language, with whatever stands
// behind it. What is no public page of the city is refused, and stays typed.
func TestAPointComesFromThePageWhoseAddressIsCopied(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		pages := w.published()
		meeting, err := c.Meetings.Plan(c.Ctx(), w.secretary.Actor, Meeting{Body: councils.Ref(w.council), StartsAt: c.Now().Add(time.Hour), Place: place})
		c.Must(err)
		secretary, form := c.Browser(w.secretary), "/ru"+DeskPath(meeting)+"/items/new"
		var want []string
		add := func(from string) *citytest.Page {
			no := strconv.Itoa(len(want)) // one agenda has no point twice
			return secretary.Post(form, "title.kk", lamps["kk"]+no, "title.ru", lamps["ru"]+no, "minutes", "10", "from", from)
		}
		for page, thing := range pages {
			for _, from := range []string{citytest.Origin + "/ru" + page, "/kk" + page + "?page=2#top", page, strings.TrimPrefix(citytest.Origin, "http://") + "/ru" + page, thing.String()} {
				add(from).Want(303)
				want = append(want, thing.String())
			}
		}
		for _, from := range []string{"/ru/nowhere", "https://elsewhere.kz/ru/councils/" + string(w.council), "/ru/meetings/" + string(meeting), "javascript:alert(1)", "/" + strings.Repeat("a/", 500)} {
			add(from).Want(422, "Откройте страницу обсуждения", lamps["ru"])
		}
		v, err := c.Meetings.Show(c.Ctx(), w.secretary.Actor, meeting)
		c.Must(err)
		if len(v.Agenda) != len(want) {
			t.Fatalf("%d points, want %d", len(v.Agenda), len(want))
		}
		for i, p := range v.Agenda {
			if p.From != want[i] {
				t.Errorf("a point comes from %s, want %s", p.From, want[i])
			}
		}
		c.Must(c.Meetings.Convene(c.Ctx(), w.secretary.Actor, meeting))
		shown := c.Browser(nil).Get("/ru"+Path(meeting)).Want(200, "Основание:")
		for page := range pages {
			shown.Want(200, `href="/ru`+page+`"`)
		}
	}, councils.Capability(), consultations.Capability(), appeals.Capability(), drafts.Capability())
}

// A draft act that came for an opinion has its own term, which the page tells and the secretary's desk keeps until the opinion is given, also
// when the point is postponed.
func TestADraftActHasItsOwnTerm(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		visitor, secretary := c.Browser(nil), c.Browser(w.secretary)
		plan := func() civic.ID {
			id, err := c.Meetings.Plan(c.Ctx(), w.secretary.Actor, Meeting{Body: councils.Ref(w.council), StartsAt: c.Now().Add(time.Hour), Place: place})
			c.Must(err)
			return id
		}
		meeting := plan()
		zone := c.Settings.Zone()
		came := c.Now().In(zone)
		point := []string{"title.kk", lamps["kk"], "title.ru", lamps["ru"], "minutes", "10"}
		add := func(meeting civic.ID, received string) *citytest.Page {
			return secretary.Post("/ru"+DeskPath(meeting)+"/items/new", append(point, "received", received)...)
		}
		add(meeting, came.AddDate(0, 0, 1).Format(time.DateOnly)).Want(422, "Напишите день, который уже наступил")
		add(meeting, "скоро").Want(422, "Напишите день, который уже наступил")
		add(meeting, came.Format(time.DateOnly)).Want(303)
		due := c.Settings.Calendar().Add(time.Date(came.Year(), came.Month(), came.Day(), 0, 0, 0, 0, zone), 10)
		v, err := c.Meetings.Show(c.Ctx(), w.secretary.Actor, meeting)
		c.Must(err)
		if i := v.Agenda[0].Item; i.Days != 10 || !i.Due.Equal(due.Truncate(time.Millisecond)) {
			t.Errorf("%+v, want due on %v", i, due)
		}
		c.Must(c.Meetings.Convene(c.Ctx(), w.secretary.Actor, meeting))
		visitor.Get("/ru"+Path(meeting)).Want(200, "Проект акта поступил", "10 рабочих дней", "Как посчитан срок", "Трудовой кодекс, статья 84")
		visitor.Get("/api/v1/meetings/"+string(meeting)).Want(200, "opinion_due", "draft_received")
		const waits = "Дайте заключение по проекту акта"
		secretary.Get("/ru/desk").Want(200, waits)
		other := c.With(c.Resident(civic.Russian), civic.Grant{Role: "councils.secretary", Scope: councils.Ref("another")})
		c.Browser(other).Get("/ru/desk").Want(200).Lacks(waits)

		c.Pass(time.Hour)
		c.Must(c.Meetings.SetPresent(c.Ctx(), w.secretary.Actor, meeting, w.seats[:4]))
		c.Must(c.Meetings.SettleItem(c.Ctx(), w.secretary.Actor, v.Agenda[0].Item.ID, Postpone, c.Now().AddDate(0, 0, 7)))
		c.Must(c.Meetings.CloseMeeting(c.Ctx(), w.secretary.Actor, meeting))
		secretary.Get("/ru/desk").Want(200, waits, Path(meeting))
		next := plan()
		add(next, came.Format(time.DateOnly)).Want(303)
		secretary.Get("/ru/desk").Want(200, waits, Path(next)).Lacks(Path(meeting))
		c.Must(c.Meetings.Convene(c.Ctx(), w.secretary.Actor, next))
		c.Pass(time.Hour)
		c.Must(c.Meetings.SetPresent(c.Ctx(), w.secretary.Actor, next, w.seats[:4]))
		v, err = c.Meetings.Show(c.Ctx(), w.secretary.Actor, next)
		c.Must(err)
		item := v.Agenda[0].Item.ID
		secretary.Get("/ru"+DeskPath(next)+"/items/"+string(item)+"/vote").Want(200, `name="opinion" type="checkbox" value="yes" checked`)
		_, err = c.Meetings.Hold(c.Ctx(), w.secretary.Actor, item, Ask{Text: lamps, Rule: OfPresent, To: w.body, Opinion: true, Choices: w.choices(For, For, For, For)})
		c.Must(err)
		secretary.Get("/ru/desk").Want(200).Lacks(waits)
		council, err := w.Show(c.Ctx(), civic.Actor{}, w.council)
		c.Must(err)
		r := council.Recommendations[0]
		c.Must(w.Send(c.Ctx(), w.secretary.Actor, w.council, r.ID))
		council, err = w.Show(c.Ctx(), civic.Actor{}, w.council)
		c.Must(err)
		if owed := council.Recommendations[0].Owed[0]; !r.Opinion || owed.Term != (civic.Term{Days: 10, Working: true}) { // a recommendation has 15
			t.Errorf("%+v is answered in %+v", r, owed.Term)
		}
		_, err = c.Record.Sequence(c.Ctx())
		c.Must(err)
		c.Verified()
	}, councils.Capability())
}

// The day by which an opinion is due stays as people were told it. Its page names the city's own source of the term, as it was on the day when the
// draft came, and says to which day the calendar of today would come: three working days from Monday, 2 March, are until Thursday, without Wednesday until Friday.
func TestTheDayForAnOpinionStaysAsAnnounced(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		set := func(from string, days int64, source string) {
			c.Must(c.Settings.SetValue(c.Ctx(), c.Administrator().Actor, city.Value{Key: "meetings.opinion_days", From: from, Value: days, Source: source}))
		}
		set("2026-03-02", 3, "Кеңестің регламенті, 12-тармақ")
		meeting, err := c.Meetings.Plan(c.Ctx(), w.secretary.Actor, Meeting{Body: councils.Ref(w.council), StartsAt: c.Now().Add(time.Hour), Place: place})
		c.Must(err)
		c.Browser(w.secretary).Post("/ru"+DeskPath(meeting)+"/items/new", "title.kk", lamps["kk"], "title.ru", lamps["ru"], "minutes", "10", "received", "2026-03-02").Want(303)
		c.Must(c.Meetings.Convene(c.Ctx(), w.secretary.Actor, meeting))
		visitor := c.Browser(nil)
		visitor.Get("/ru"+Path(meeting)).Want(200, "Кеңестің регламенті, 12-тармақ", "3 рабочих дня", "<strong>5\u00a0марта 2026\u00a0года</strong>").Lacks("календарь изменился")

		set("2026-03-04", 7, "Басқа құжат")
		c.Must(c.Settings.SetDays(c.Ctx(), c.Administrator().Actor, "2026-03-04 Демалыс; Үкіметтің № 5 қаулысы"))
		c.Pass(48 * time.Hour)
		for lang, says := range map[string]string{
			"ru": "С тех пор календарь изменился: по нынешнему последним днём был бы 6\u00a0марта 2026\u00a0года. Действует тот день, который объявили.",
			"kk": "Содан бері күнтізбе өзгерді: қазіргісі бойынша соңғы күн — 2026\u00a0жылғы 6\u00a0наурыз. Жарияланған күн күшінде қалады.",
			"en": "The calendar has changed since. By today’s calendar the last day would be 6\u00a0March\u00a02026; the day that people were told holds.",
		} {
			visitor.Get("/"+lang+Path(meeting)).Want(200, says, "Кеңестің регламенті, 12-тармақ").Lacks("Басқа құжат")
		}
		visitor.Get("/ru"+Path(meeting)).Want(200, "<strong>5\u00a0марта 2026\u00a0года</strong>").Lacks("Үкіметтің № 5") // days that would not add up to it
		c.SkipActs()
	}, councils.Capability())
}
