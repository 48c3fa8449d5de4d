package meetings_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/councils"
	"github.com/birge-kz/birge/internal/files"
	. "github.com/birge-kz/birge/internal/meetings"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// town is a city with a council of six, five of whom sit there.
type town struct {
	*citytest.City
	*councils.Service
	council   civic.ID
	body      civic.ID
	secretary *citytest.Person
	seats     []civic.ID
}

var place = civic.Text{"kk": "Әкімдік, 2-зал", "ru": "Акимат, зал 2"}

func open(c *citytest.City) *town {
	t := &town{City: c, Service: citytest.Service[*councils.Service](c), body: c.Body("Әкімдік")}
	admin := c.Administrator().Actor
	var err error
	t.council, err = t.Found(c.Ctx(), admin, councils.Council{Form: "public_council", Name: civic.Text{"kk": "Қала кеңесі", "ru": "Городской совет"}, About: civic.Text{"kk": "Тыңдайды", "ru": "Слушает"},
		Body: t.body, Law: "383-V", Size: 6, Since: c.Now().AddDate(-1, 0, 0), Until: c.Now().AddDate(2, 0, 0)})
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
func (t *town) sit(points ...Item) (meeting civic.ID, items []civic.ID) {
	meeting, err := t.Meetings.Plan(t.Ctx(), t.secretary.Actor, Meeting{Body: councils.Ref(t.council), StartsAt: t.Now().Add(48 * time.Hour), Place: place})
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

func (t *town) pointsOf(meeting civic.ID) (out []civic.ID) {
	v, err := t.Meetings.Show(t.Ctx(), civic.Actor{}, meeting)
	t.Must(err)
	for _, p := range v.Agenda {
		out = append(out, p.Item.ID)
	}
	return out
}

func (t *town) choices(of ...Choice) map[civic.ID]Choice {
	out := map[civic.ID]Choice{}
	for i, c := range of {
		out[t.seats[i]] = c
	}
	return out
}

var lamps = civic.Text{"kk": "Саябақта шам орнатылсын", "ru": "Поставить фонари в парке"}
var roads = civic.Text{"kk": "Жол жөнделсін", "ru": "Отремонтировать дорогу"}

// A point comes from what everybody sees, or from a question that the secretary takes: one that waits, or that is made up, stays off the
// agenda and out of the record.
func TestAPointComesFromWhatEverybodySees(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		c.Must(w.Meetings.Ask(c.Ctx(), c.Resident(civic.Russian).Actor, councils.Ref(w.council), "Когда будет свет?", civic.Russian))
		asked := w.asked()
		meeting, err := w.Meetings.Plan(c.Ctx(), w.secretary.Actor, Meeting{Body: councils.Ref(w.council), StartsAt: c.Now().Add(time.Hour), Place: place})
		c.Must(err)
		point := Item{Meeting: meeting, Title: lamps, Minutes: 10}
		for _, from := range []civic.Ref{{Kind: KindQuestion, ID: asked}, {Kind: KindQuestion, ID: "made-up"}, {Kind: "councils.made_up", ID: "x"}} {
			point.From = from.String()
			_, err := w.Meetings.AddItem(c.Ctx(), w.secretary.Actor, point)
			c.Refused(err, civic.Invalid)
		}
		c.Must(w.Meetings.Take(c.Ctx(), w.secretary.Actor, asked, point))
		c.Must(w.Meetings.Convene(c.Ctx(), w.secretary.Actor, meeting))
		next, err := w.Meetings.Plan(c.Ctx(), w.secretary.Actor, Meeting{Body: councils.Ref(w.council), StartsAt: c.Now().Add(2 * time.Hour), Place: place})
		c.Must(err)
		point.Meeting, point.From = next, civic.Ref{Kind: KindQuestion, ID: asked}.String()
		_, err = w.Meetings.AddItem(c.Ctx(), w.secretary.Actor, point) // everybody has read the question since
		c.Must(err)
	}, councils.Capability())
}

// A form that is sent twice makes one meeting, one point and one question, however many arrive at the same time; the same point may come to
// the next meeting, and what was answered may be asked again.
func TestWhatIsSentTwiceIsThereOnce(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		asker := c.Resident(civic.Russian)
		once := func(what string, act func() error) {
			t.Helper()
			var wg sync.WaitGroup
			errs := make([]error, 6)
			for i := range errs {
				wg.Go(func() { errs[i] = act() })
			}
			wg.Wait()
			done := 0
			for _, err := range errs {
				if err == nil {
					done++
				} else if civic.CodeOf(err) != civic.Invalid {
					t.Errorf("%s: %v", what, err)
				}
			}
			if done != 1 {
				t.Errorf("%s is there %d times", what, done)
			}
		}
		held := Meeting{Body: councils.Ref(w.council), StartsAt: c.Now().Add(48 * time.Hour), Place: place}
		var meeting civic.ID
		var found sync.Mutex
		once("a meeting", func() error {
			id, err := w.Meetings.Plan(c.Ctx(), w.secretary.Actor, held)
			if err == nil {
				found.Lock()
				defer found.Unlock()
				meeting = id
			}
			return err
		})
		once("a point", func() error {
			_, err := w.Meetings.AddItem(c.Ctx(), w.secretary.Actor, Item{Meeting: meeting, Title: lamps, Minutes: 10})
			return err
		})
		once("a question", func() error {
			return w.Meetings.Ask(c.Ctx(), asker.Actor, councils.Ref(w.council), "Когда будет свет?", civic.Russian)
		})
		held.StartsAt = held.StartsAt.Add(time.Hour)
		next, err := w.Meetings.Plan(c.Ctx(), w.secretary.Actor, held)
		c.Must(err)
		_, err = w.Meetings.AddItem(c.Ctx(), w.secretary.Actor, Item{Meeting: next, Title: lamps, Minutes: 10})
		c.Must(err)
		c.Must(w.Meetings.Take(c.Ctx(), w.secretary.Actor, w.asked(), Item{Meeting: next, Title: lamps, Minutes: 10})) // about another thing
		c.Must(w.Meetings.Ask(c.Ctx(), asker.Actor, councils.Ref(w.council), "Когда будет свет?", civic.Russian))
	}, councils.Capability())
}

// An agenda has at most a hundred points, so that none is ever cut; who adds another is told where it can go, and keeps what was typed.
func TestAnAgendaIsBounded(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		meeting, err := c.Meetings.Plan(c.Ctx(), w.secretary.Actor, Meeting{Body: councils.Ref(w.council), StartsAt: c.Now().Add(48 * time.Hour), Place: place})
		c.Must(err)
		var rows [][]any
		for no := range 99 {
			rows = append(rows, []any{no + 1, civic.NewID(c.Now()), meeting, no + 1, Proposed, civic.Text{"kk": fmt.Sprint("Мәселе ", no), "ru": fmt.Sprint("Вопрос ", no)}, "", "", 10, false, 0})
		}
		w.Write(func(tx *storage.Tx) error {
			return tx.Insert("meetings_item (no, id, meeting, place, state, title, origin, reporter, minutes, report, next)", rows)
		})
		secretary, add := c.Browser(w.secretary), "/ru"+DeskPath(meeting)+"/items/new"
		point := func(t civic.Text) []string {
			return []string{"title.kk", t["kk"], "title.ru", t["ru"], "minutes", "10"}
		}
		secretary.Post(add, point(lamps)...).Want(303)
		secretary.Post(add, point(roads)...).Want(422, "не больше 100", roads["ru"])
		v, err := c.Meetings.Show(c.Ctx(), w.secretary.Actor, meeting)
		if c.Must(err); len(v.Agenda) != 100 {
			t.Errorf("%d points", len(v.Agenda))
		}
	}, councils.Capability())
}

// Many enter a vote on one point while members come and go: one is taken, and it says who was there at that moment.
func TestParallelVotesAndPresence(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		meeting, items := w.sit(Item{Title: lamps})
		ask := Ask{Text: lamps, Rule: OfPresent, To: w.body, Choices: w.choices(For, For, For, For, For)}
		var wg sync.WaitGroup
		held := make([]error, 8)
		for i := range held {
			wg.Go(func() { _, held[i] = w.Meetings.Hold(c.Ctx(), w.secretary.Actor, items[0], ask) })
			wg.Go(func() {
				if err := w.Meetings.SetPresent(c.Ctx(), w.secretary.Actor, meeting, w.seats[:4+i%2]); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		won := 0
		for _, err := range held {
			if err == nil {
				won++
			} else if civic.CodeOf(err) != civic.Closed {
				t.Error(err)
			}
		}
		v, err := w.Meetings.Show(c.Ctx(), civic.Actor{}, meeting)
		c.Must(err)
		vote := v.Agenda[0].Vote
		if won != 1 || len(v.Came) != 1 || vote == nil || vote.For != vote.Present() || vote.Present() < 4 || len(vote.Ballots) != 5 {
			t.Errorf("%d votes were taken: %+v", won, vote)
		}
	}, councils.Capability())
}

// asked is the question to the council that waits longest.
func (t *town) asked() (id civic.ID) {
	t.Read(func(tx *storage.Tx) error {
		all, err := t.Meetings.Waiting(tx, t.secretary.Actor, councils.Ref(t.council), 1)
		if len(all) == 1 {
			id = all[0].ID
		}
		return err
	})
	return id
}

// Two people read the same papers. Neither sees what the other read before their own is in; where they differ nothing counts, and what was
// voted on is the first one's.
func TestPapersAreEnteredByTwoPeople(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		meeting, items := w.sit(Item{Title: lamps}, Item{Title: roads})
		second := c.With(c.Resident(civic.Russian), civic.Grant{Role: "councils.secretary", Scope: councils.Ref(w.council)})
		third := c.Administrator()
		page := "/ru/desk/meetings/" + string(meeting) + "/items/" + string(items[0]) + "/vote"
		sheet := func(choices ...string) (form []string) {
			for i, choice := range choices {
				form = append(form, "choice."+string(w.seats[i]), choice)
			}
			return form
		}
		first := append([]string{"text.kk", lamps["kk"], "text.ru", lamps["ru"], "rule", "of_present", "how", "paper", "to", string(w.body)}, sheet("for", "for", "against", "recused")...)
		c.Browser(w.secretary).Post(page, first...).Want(303)
		c.Browser(w.secretary).Post(page, first...).Want(303) // the same person does not count twice
		c.Browser(nil).Get("/ru" + Path(meeting)).Want(200).Lacks("Кто как голосовал")
		c.Browser(w.secretary).Get(page).Want(200, "Теперь эту страницу должен открыть второй человек")
		c.Browser(second).Get("/ru/desk").Want(200, "Внесите голоса с бумаги вторым")
		c.Browser(second).Get(page).Want(200, "Что он прочёл, вам не видно", lamps["ru"]).Lacks(`<option value="against" selected`, "Что расходится")
		c.Must(c.Meetings.SetPresent(c.Ctx(), w.secretary.Actor, meeting, w.seats)) // somebody comes in; the papers are of those who were there
		c.Browser(second).Post(page, sheet("for", "against", "against", "recused")...).Want(303)
		c.Browser(third).Post(page, first...).Want(409)
		c.Browser(second).Get(page).Want(200, "Двое прочли по-разному", "Болат Ким")
		c.Browser(w.secretary).Get("/ru/desk"+Path(meeting)).Want(200, "Двое прочли по-разному")
		same := append(sheet("for", "for", "against", "recused"), "text.kk", "Басқа", "text.ru", "Другое", "to", "")
		c.Browser(second).Post(page, same...).Want(200, "итоги голосования увидят все", "За: 2 · против: 1", lamps["kk"], "Кому адресована").Lacks("Другое<")
		c.Browser(nil).Get("/ru" + Path(meeting)).Want(200).Lacks("За: 2")
		c.Browser(second).Post(page, append(same, "_sure", "yes")...).Want(303)
		c.Browser(nil).Get("/ru"+Path(meeting)).Want(200, "Голоса с бумаги внесли два человека порознь", lamps["ru"], "За: 2 · против: 1", "Принята, ещё не отправлена").Lacks("Другое")

		ask := Ask{Text: lamps, Rule: OfPresent, Secret: true, Tellers: w.seats[:2], For: 3, Against: 2}
		var wg sync.WaitGroup
		counted := make([]Vote, 8)
		for i, who := range []*citytest.Person{w.secretary, second, w.secretary, second, w.secretary, second, w.secretary, second} {
			wg.Go(func() { counted[i], _ = c.Meetings.Hold(c.Ctx(), who.Actor, items[1], ask) })
		}
		wg.Wait()
		counted = slices.DeleteFunc(counted, func(v Vote) bool { return v.ID == "" })
		if len(counted) != 1 || counted[0].Entries != 2 {
			t.Errorf("the secret vote counts %d times: %+v", len(counted), counted)
		}
		_, err := c.Record.Sequence(c.Ctx())
		c.Must(err)
		c.Verified()
	}, councils.Capability())
}

// A meeting is moved and then called off: guests, whoever asked and followers hear of it once each, calendars replace their entry, points
// are postponed, and of many who call it off at the same time one does.
func TestAMeetingIsMovedAndCalledOff(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		council, why := councils.Ref(w.council), civic.Text{"kk": "Залда жөндеу", "ru": "В зале ремонт"}
		starts := c.Now().Add(48 * time.Hour).Truncate(time.Minute)
		meeting, err := w.Meetings.Plan(c.Ctx(), w.secretary.Actor, Meeting{Body: council, StartsAt: starts, Place: place})
		c.Must(err)
		c.Refused(w.Meetings.MoveMeeting(c.Ctx(), w.secretary.Actor, meeting, starts.Add(time.Hour), place, why), civic.Closed) // nobody was invited yet
		guest, asker, follower, stranger := c.Resident(civic.Russian), c.Resident(civic.Russian), c.Resident(civic.Russian), c.Resident(civic.Russian)
		c.Must(w.Meetings.Ask(c.Ctx(), asker.Actor, council, "Когда будет свет?", civic.Russian))
		c.Must(w.Meetings.Take(c.Ctx(), w.secretary.Actor, w.asked(), Item{Meeting: meeting, Title: lamps, Minutes: 10}))
		c.Must(w.Meetings.Convene(c.Ctx(), w.secretary.Actor, meeting))
		c.Must(w.Meetings.Come(c.Ctx(), guest.Actor, meeting, true))
		c.Browser(follower).Post("/ru" + part.FollowPath(council)).Want(303)
		c.Pass(time.Second)

		c.Refused(w.Meetings.MoveMeeting(c.Ctx(), guest.Actor, meeting, starts.Add(time.Hour), place, why), civic.Forbidden)
		c.Refused(w.Meetings.MoveMeeting(c.Ctx(), w.secretary.Actor, meeting, starts, place, why), civic.Invalid)
		c.Refused(w.Meetings.MoveMeeting(c.Ctx(), w.secretary.Actor, meeting, starts.Add(time.Hour), place, civic.Text{"kk": "Жөндеу"}), civic.Invalid)
		c.Must(w.Meetings.MoveMeeting(c.Ctx(), w.secretary.Actor, meeting, starts.Add(time.Hour), place, why))
		c.Browser(nil).Get("/ru"+Path(meeting)).Want(200, "Заседание перенесено. Причина: В зале ремонт")
		calendar := CalendarPath(council)
		moved := c.Now()
		c.Browser(nil).Get(calendar).Want(200, "DTSTAMP:"+moved.UTC().Format("20060102T150405Z"), "SUMMARY:Қала кеңесі", "/kk/meetings/")
		c.Browser(nil).Get(CalendarIn(council, civic.Russian)).Want(200, "SUMMARY:Городской совет", "/ru/meetings/").Lacks("Қала кеңесі")
		c.Browser(nil).Get(calendar).Want(200, "SEQUENCE:1", "DTSTART:"+starts.Add(time.Hour).UTC().Format("20060102T150405Z")).Lacks("CANCELLED")

		var wg sync.WaitGroup
		off := make([]error, 6)
		for i := range off {
			wg.Go(func() {
				off[i] = w.Meetings.CallOffMeeting(c.Ctx(), w.secretary.Actor, meeting, why, starts.AddDate(0, 0, 7))
			})
		}
		wg.Wait()
		won := 0
		for _, err := range off {
			if err == nil {
				won++
			} else if civic.CodeOf(err) != civic.Closed {
				t.Error(err)
			}
		}
		v, err := w.Meetings.Show(c.Ctx(), civic.Actor{}, meeting)
		c.Must(err)
		if won != 1 || v.State != CalledOff || v.Sequence != 2 || v.Agenda[0].Item.State != Postponed || v.Agenda[0].Next.IsZero() {
			t.Errorf("%d called it off: %+v", won, v.Meeting)
		}
		c.Browser(nil).Get(calendar).Want(200, "SEQUENCE:2", "STATUS:CANCELLED")
		c.Browser(nil).Get("/ru"+Path(meeting)).Want(200, "Заседание не состоится. Причина: В зале ремонт").Lacks("Я приду")
		c.Refused(w.Meetings.Come(c.Ctx(), stranger.Actor, meeting, false), civic.Closed)
		c.Refused(w.Meetings.SetPresent(c.Ctx(), w.secretary.Actor, meeting, w.seats), civic.Closed)
		c.Jobs()
		for _, who := range []*citytest.Person{guest, asker, follower} {
			c.Browser(who).Get("/ru/notices").Want(200, "Заседание перенесено на", "отменено: Городской совет")
		}
		c.Browser(stranger).Get("/ru/notices").Want(200).Lacks("Городской совет")
		_, err = c.Record.Sequence(c.Ctx())
		c.Must(err)
		c.Verified()
	}, councils.Capability())
}

// Everybody finds the stream, afterwards the recording, and the papers of an agenda; a body that reports is counted once it was heard.
func TestStreamRecordingPapersAndReports(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		secretary, visitor := c.Browser(w.secretary), c.Browser(nil)
		meeting, err := c.Meetings.Plan(c.Ctx(), w.secretary.Actor, Meeting{Body: councils.Ref(w.council), StartsAt: c.Now().Add(48 * time.Hour), Place: place})
		c.Must(err)
		item, err := c.Meetings.AddItem(c.Ctx(), w.secretary.Actor, Item{Meeting: meeting, Title: lamps, Minutes: 10, Report: true, From: civic.Ref{Kind: "organisations.organisation", ID: w.body}.String()})
		c.Must(err)
		secretary.Upload("/ru/desk/files/"+RefOf(meeting).String()+"/"+Papers, "file", "постановление.pdf", []byte("%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"), "words.kk", "Қаулы жобасы", "words.ru", "Проект постановления", "lang", string(files.Several)).Want(303)
		c.Jobs()
		visitor.Get(InvitationPath(meeting)).Want(404) // nobody is invited yet
		c.Must(c.Meetings.Convene(c.Ctx(), w.secretary.Actor, meeting))
		page := "/ru" + Path(meeting)
		visitor.Get(page).Want(200, InvitationPath(meeting))
		starts := c.Now().Add(48 * time.Hour).UTC().Format("20060102T150405Z")
		visitor.Get(InvitationPath(meeting)+"?lang=ru").Want(200, "BEGIN:VCALENDAR\r\n", "DTSTART:"+starts+"\r\n", "SUMMARY:Городской совет\r\n", "LOCATION:Акимат\\, зал 2\r\n", "http://city.test"+page, "END:VCALENDAR\r\n")
		visitor.Get(page).Want(200, "Проект постановления", "/files/", "Заслушать отчёт госоргана", "Әкімдік")
		link := "/ru" + DeskPath(meeting) + "/link"
		secretary.Post(link, "stream", "javascript:alert(1)").Want(422, "javascript:alert(1)")
		secretary.Post(link, "stream", "https://stream.example.kz/live").Want(303)
		visitor.Get(page).Want(200, `href="https://stream.example.kz/live"`)
		c.Pass(48 * time.Hour)
		c.Must(c.Meetings.SetPresent(c.Ctx(), w.secretary.Actor, meeting, w.seats[:4]))
		c.Must(c.Meetings.SettleItem(c.Ctx(), w.secretary.Actor, item, Discuss, time.Time{}))
		visitor.Get("/ru" + councils.Path(w.council)).Want(200).Lacks("заслушал")
		c.Must(c.Meetings.CloseMeeting(c.Ctx(), w.secretary.Actor, meeting))
		visitor.Get("/ru"+councils.Path(w.council)).Want(200, "Совет заслушал 1 отчёт")
		secretary.Post(link, "stream", "https://stream.example.kz/live", "recorded", "https://video.example.kz/1").Want(303)
		visitor.Get(page).Want(200, `href="https://video.example.kz/1"`)
	}, councils.Capability())
}
