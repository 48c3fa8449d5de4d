package meetings_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/councils"
	. "github.com/birge-kz/birge/internal/meetings"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Programs get what the pages show: every meeting that is convened once, page by page, and what each member did in each vote.
func TestListsForPrograms(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		meeting, items := w.sit(Item{Title: lamps, Reporter: "Б. Баяндамашы"})
		_, err := c.Meetings.Hold(c.Ctx(), w.secretary.Actor, items[0], Ask{Text: lamps, Rule: OfPresent, Choices: w.choices(For, For, Against, Recused)})
		c.Must(err)
		for range 22 {
			w.sit(Item{Title: lamps})
		}
		ahead, err := c.Meetings.Plan(c.Ctx(), w.secretary.Actor, Meeting{Body: councils.Ref(w.council), StartsAt: c.Now().Add(time.Hour), Place: place})
		c.Must(err)
		visitor, ref := c.Browser(nil), councils.Ref(w.council)
		seen := map[civic.ID]int{}
		pages := 0
		for next := "/api/v1/meetings?of=" + ref.String(); next != ""; pages++ {
			var page struct {
				Items []struct {
					ID    civic.ID `json:"id"`
					State string   `json:"state"`
				} `json:"items"`
				Next string `json:"next"`
			}
			c.Must(json.Unmarshal([]byte(visitor.Get(next).Want(200).Body), &page))
			for _, m := range page.Items {
				seen[m.ID]++
			}
			next = strings.TrimPrefix(page.Next, "http://city.test")
		}
		if len(seen) != 23 || seen[meeting] != 1 || seen[ahead] != 0 || pages != 2 {
			t.Errorf("%d meetings on %d pages: %v", len(seen), pages, seen)
		}
		first := visitor.Get("/ru"+OfPath(ref)).Want(200, "Прошедшие и отменённые")
		second := linkWith(t, first.Body, "after=")
		if visitor.Get(second).Want(200, string(meeting)); strings.Contains(first.Body, string(meeting)) {
			t.Error("the earliest meeting is on both pages")
		}
		visitor.Get("/api/v1/meetings/"+string(meeting)).Want(200, `"choice":"against"`, "Болат Ким", "Б. Баяндамашы")
		visitor.Get("/api/v1/meetings/" + string(ahead)).Want(404)

		for file, comma := range map[string]rune{"votes.csv": ',', "votes-excel.csv": ';'} {
			r := csv.NewReader(strings.NewReader(strings.TrimPrefix(visitor.Get(OfPath(ref)+"/"+file).Want(200).Body, "\ufeff")))
			r.Comma = comma
			rows, err := r.ReadAll()
			c.Must(err)
			last := rows[len(rows)-1]
			if len(rows) != 6 || last[17] != "Дина Юсупова" || last[18] != "absent" || rows[3][18] != "against" {
				t.Errorf("%s: %v", file, rows)
			}
		}
	}, councils.Capability())
}

// The list of meetings is narrowed by body, by what is to come, by month and by words of points; tables and the feed have what the list has,
// and nothing to which nobody was invited.
func TestMeetingsAreFound(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		past, _ := w.sit(Item{Title: civic.Text{"kk": "Көпір салу", "ru": "Построить мост"}})
		held, _ := w.sit(Item{Title: lamps}) // today
		other, err := w.Found(c.Ctx(), c.Administrator().Actor, councils.Council{Form: "commission", Name: civic.Text{"kk": "Комиссия", "ru": "Комиссия"}, About: lamps, Body: w.body, Law: "383-V", Size: 3, Since: c.Now().AddDate(-1, 0, 0), Until: c.Now().AddDate(1, 0, 0)})
		c.Must(err)
		plan := func(of civic.ID, days int, title civic.Text, convene bool) civic.ID {
			id, err := c.Meetings.Plan(c.Ctx(), c.Administrator().Actor, Meeting{Body: councils.Ref(of), StartsAt: c.Now().AddDate(0, 0, days), Place: place})
			c.Must(err)
			_, err = c.Meetings.AddItem(c.Ctx(), c.Administrator().Actor, Item{Meeting: id, Title: title, Minutes: 10})
			c.Must(err)
			if convene {
				c.Must(c.Meetings.Convene(c.Ctx(), c.Administrator().Actor, id))
			}
			return id
		}
		coming, later, planned := plan(w.council, 3, roads, true), plan(other, 70, roads, true), plan(w.council, 4, roads, false)
		visitor := c.Browser(nil)
		month := c.Now().AddDate(0, 0, 70).In(c.Settings.Zone()).Format("2006-01")
		for query, want := range map[string][]civic.ID{
			"": {past, held, coming, later}, "?when=ahead": {coming, later}, "?when=now": {held}, "?when=before": {past}, "?of=" + councils.Ref(other).String(): {later}, "?month=" + month: {later},
			"?q=дорогу": {coming, later}, "?q=дорогу&of=" + councils.Ref(w.council).String(): {coming}, "?q=дорогу&when=before": {}, "?q=фонари": {held}, "?q=фонари&when=now": {held}, "?q=мост&when=now": {}, "?q=дорогу&month=" + month: {later}, "?q=фонари&month=" + month: {}, "?when=nonsense&month=nonsense&of=nonsense&after=nonsense": {past, held, coming, later},
		} {
			page, listed := visitor.Get("/ru/meetings"+query).Want(200).Body, ""
			if !strings.Contains(query, "nonsense") { // which programs are told
				listed = visitor.Get("/api/v1/meetings" + query).Want(200).Body
			}
			for _, id := range []civic.ID{past, held, coming, later, planned} {
				if got := strings.Contains(page, "/ru"+Path(id)+`"`); got != slices.Contains(want, id) {
					t.Errorf("%s: %s is listed: %v", query, id, got)
				}
				if got := strings.Count(listed, `"id":"`+string(id)+`"`); listed != "" && (got == 1) != slices.Contains(want, id) {
					t.Errorf("%s: the interface has %s %d times", query, id, got)
				}
			}
		}
		visitor.Get("/ru/meetings?q=дорогу&when=before").Want(200, "Таких заседаний нет")
		visitor.Get("/api/v1/meetings?q=мост").Want(200, `"agenda":[{`, "Построить мост").Lacks(lamps["ru"])
		visitor.Get("/api/v1/meetings?month=nonsense").Want(400)
		visitor.Get("/ru/meetings?when=ahead").Want(200, `href="/meetings.csv?when=ahead"`)
		table := visitor.Get("/meetings.csv?when=ahead").Want(200, string(coming), string(later), "Городской совет", "convened").Lacks(string(held), string(planned))
		if rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(table.Body, "\ufeff"))).ReadAll(); err != nil || len(rows) != 3 {
			t.Errorf("%d rows: %v", len(rows), err)
		}
		visitor.Get("/ru/meetings.atom").Want(200, string(held)+"#"+string(Quorate), "Городской совет", string(later)).Lacks(string(planned))
		visitor.Get("/api/v1/meetings?when=before").Want(200, string(past)).Lacks(string(coming), string(held))
		visitor.Get("/ru/meetings").Want(200, `<option value="`+councils.Ref(other).String()+`"`)
	}, councils.Capability())
}

// Each meeting that people were invited to is in the table and the interface once, however many are to come, and on a page of the list; words narrow the table too.
func TestNoMeetingAheadIsCut(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		held, _ := w.sit(Item{Title: roads}, Item{Title: civic.Text{"kk": "Тағы бір жол жөнделсін", "ru": "Отремонтировать ещё дорогу"}})
		c.Pass(24 * time.Hour) // it is over, though nobody closed it
		const ahead = 104
		for no := range ahead {
			id, err := c.Meetings.Plan(c.Ctx(), w.secretary.Actor, Meeting{Body: councils.Ref(w.council), StartsAt: c.Now().Add(time.Duration(no+1) * time.Hour), Place: place})
			c.Must(err)
			_, err = c.Meetings.AddItem(c.Ctx(), w.secretary.Actor, Item{Meeting: id, Title: lamps, Minutes: 10})
			c.Must(err)
			c.Must(c.Meetings.Convene(c.Ctx(), w.secretary.Actor, id))
		}
		visitor := c.Browser(nil)
		rows := func(query string) [][]string {
			all, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(visitor.Get("/meetings.csv"+query).Want(200).Body, "\ufeff"))).ReadAll()
			c.Must(err)
			return all[1:]
		}
		ids := map[string]bool{}
		all := rows("")
		for i, row := range all {
			if ids[row[0]] = true; i > 0 && i < ahead && row[5] < all[i-1][5] {
				t.Errorf("row %d begins before the one above it", i)
			}
		}
		if len(all) != ahead+1 || len(ids) != ahead+1 || all[ahead][0] != string(held) {
			t.Errorf("%d rows, %d meetings", len(all), len(ids))
		}
		if found := rows("?q=дорогу"); len(found) != 1 || found[0][0] != string(held) {
			t.Errorf("two points of one meeting have the word: %v", found)
		}
		if found := visitor.Get("/api/v1/meetings?q=дорогу").Want(200, roads["ru"], "ещё дорогу").Body; strings.Count(found, `"id":"`+string(held)+`"`) != 1 {
			t.Errorf("two points of one meeting have the word: %s", found)
		}
		if n := len(rows("?q=фонари")); n != ahead {
			t.Errorf("%d rows have the word", n)
		}
		seen := map[civic.ID]int{}
		for next := "/api/v1/meetings"; next != ""; {
			var page struct {
				Items []struct {
					ID civic.ID `json:"id"`
				} `json:"items"`
				Next string `json:"next"`
			}
			c.Must(json.Unmarshal([]byte(visitor.Get(next).Want(200).Body), &page))
			for _, m := range page.Items {
				seen[m.ID]++
			}
			next = strings.TrimPrefix(page.Next, "http://city.test")
		}
		if len(seen) != ahead+1 || seen[held] != 1 {
			t.Errorf("the interface lists %d", len(seen))
		}
		first := visitor.Get("/ru/meetings").Want(200).Body // whose next page goes on with those to come
		visitor.Get(linkWith(t, first, "/meetings?after=")).Want(200, "<h2>Предстоят</h2>")
	}, councils.Capability())
}

// What goes on stands in front, on the list and on the page of its council, from the hour at which it begins, without anybody's act; and no longer among those to come, or held.
func TestWhatGoesOnStandsInFront(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		plan := func(hours int) civic.ID {
			id, err := c.Meetings.Plan(c.Ctx(), w.secretary.Actor, Meeting{Body: councils.Ref(w.council), StartsAt: c.Now().Add(time.Duration(hours) * time.Hour), Place: place})
			c.Must(err)
			_, err = c.Meetings.AddItem(c.Ctx(), w.secretary.Actor, Item{Meeting: id, Title: lamps, Minutes: 10})
			c.Must(err)
			c.Must(c.Meetings.Convene(c.Ctx(), w.secretary.Actor, id))
			return id
		}
		first := plan(48)
		for day := range 9 { // more than the council's page shows
			plan(24 * (day + 4))
		}
		visitor, council := c.Browser(nil), "/ru"+councils.Path(w.council)
		visitor.Get("/ru/meetings").Want(200, "<h2>Предстоят</h2>").Lacks("<h2>Идут сейчас")
		visitor.Get(council).Want(200, Path(first))
		c.Pass(48 * time.Hour)
		c.Jobs()
		front := func(page string) {
			t.Helper()
			body := visitor.Get(page).Want(200, Path(first)).Body
			if at := strings.Index(body, `href="/ru/meetings/0`); at < 0 || !strings.HasPrefix(body[at:], `href="/ru`+Path(first)+`"`) {
				t.Errorf("%s: another is the first", page)
			}
		}
		front("/ru/meetings")
		front(council)
		visitor.Get("/ru/meetings").Want(200, "<h2>Идут сейчас</h2>", "<h2>Предстоят</h2>").Lacks("<h2>Прошедшие")
		c.Must(c.Meetings.SetPresent(c.Ctx(), w.secretary.Actor, first, w.seats[:4]))
		visitor.Get("/ru/meetings").Want(200, "<h2>Идут сейчас</h2>", "Идёт: кворум есть").Lacks("<h2>Прошедшие")
		front(council)
		c.Must(c.Meetings.SettleItem(c.Ctx(), w.secretary.Actor, w.pointsOf(first)[0], Discuss, time.Time{}))
		c.Must(c.Meetings.CloseMeeting(c.Ctx(), w.secretary.Actor, first))
		visitor.Get("/ru/meetings").Want(200, "<h2>Прошедшие и отменённые</h2>").Lacks("<h2>Идут сейчас")
	}, councils.Capability())
}

// A question is in the language that its author says; unsaid, in the one that its words tell.
func TestTheLanguageOfAQuestionIsChosen(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		asker := c.Browser(c.Resident(civic.Russian))
		ask := "/ru" + AskPath(councils.Ref(w.council))
		asker.Get(ask).Want(200, "Язык вопроса", "Определить по тексту", `<option value="kk" lang="kk">`)
		asker.Post(ask, "words", "Парк пен аула 2026", "lang", "kk").Want(303)
		asker.Post(ask, "words", "Когда будет свет?", "lang", "xx").Want(303)
		c.Browser(w.secretary).Get("/ru/desk"+councils.Path(w.council)).Want(200, `lang="kk">Парк пен аула 2026`, `lang="ru">Когда будет свет?`)
	}, councils.Capability())
}

// linkWith finds an address on a page.
func linkWith(t *testing.T, body, part string) string {
	for _, piece := range strings.Split(body, `"`) {
		if strings.HasPrefix(piece, "/ru/") && strings.Contains(piece, part) {
			return strings.ReplaceAll(piece, "&amp;", "&")
		}
	}
	t.Fatalf("no link with %s", part)
	return ""
}

// Each meeting that everybody sees stands on exactly one side of now, in the order of that side, whatever its state and time; whoever does the work sees
// those that are being prepared among those to come.
func TestEachMeetingIsOnOneSideOfNow(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		now, ref := c.Now(), councils.Ref(w.council)
		var rows [][]any
		sides := map[When][]civic.ID{}
		var prepared int
		for no, state := range slices.Repeat([]MeetingState{Planned, Convened, Quorate, Inquorate, Closed, CalledOff}, 9) {
			id := civic.ID(fmt.Sprintf("%026d", no))
			away := []time.Duration{-72 * time.Hour, -49 * time.Hour, -25 * time.Hour, -time.Minute, 30 * time.Minute, 26 * time.Hour, 50 * time.Hour, 74 * time.Hour, 98 * time.Hour}[no/6]
			running := state == Quorate || state == Inquorate
			switch {
			case (running || state == Closed) && away > time.Hour: // nobody was counted, so they have not begun
				continue
			case state == Planned:
				prepared++
			case state == Closed || state == CalledOff || away < -24*time.Hour:
				sides[Before] = append(sides[Before], id)
			case running || away < 0:
				sides[Now] = append(sides[Now], id)
			default:
				sides[Ahead] = append(sides[Ahead], id)
			}
			rows = append(rows, []any{no + 1, id, ref.String(), string(state), now.Add(away).UnixMilli(), place, "", "", "[]", 5, 4, 0, "{}"})
		}
		w.Write(func(tx *storage.Tx) error {
			return tx.Insert("meetings_meeting (no, id, body, state, starts_at, place, stream, recorded, present, members, needed, sequence, reason)", rows)
		})
		slices.Reverse(sides[Before])
		got := map[When][]civic.ID{}
		for q, next := (Query{}), true; next; next = q.After != "" {
			l, err := c.Meetings.List(c.Ctx(), q)
			c.Must(err)
			for when, page := range map[When][]Listed{Now: l.Now, Ahead: l.Ahead, Before: l.Before} {
				for _, m := range page {
					got[when] = append(got[when], m.ID)
				}
			}
			q.After = l.Next
		}
		for when, want := range sides {
			if !slices.Equal(got[when], want) {
				t.Errorf("%s: %v, want %v", when, got[when], want)
			}
		}
		w.Read(func(tx *storage.Tx) error {
			all, err := c.Meetings.Near(tx, w.secretary.Actor, ref, 100)
			if len(all) != len(rows) || prepared != 9 {
				t.Errorf("the secretary sees %d of %d", len(all), len(rows))
			}
			return err
		})
	}, councils.Capability())
}
