package councils_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/councils"
	"github.com/birge-kz/birge/internal/meetings"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// recommend lets the council adopt and send n recommendations at a meeting. The meeting stays open.
func (t *town) recommend(n int) (meeting civic.ID, out []civic.ID) {
	var points []meetings.Item
	for i := range n {
		points = append(points, meetings.Item{Title: civic.Text{"kk": fmt.Sprint("Шам ", i), "ru": fmt.Sprint("Фонарь ", i)}})
	}
	meeting, items := t.sit(points...)
	for _, item := range items {
		_, err := t.Meetings.Hold(t.Ctx(), t.secretary.Actor, item, meetings.Ask{Text: lamps, Rule: meetings.OfPresent, To: t.body, Choices: t.choices(meetings.For, meetings.For, meetings.For, meetings.For)})
		t.Must(err)
	}
	all, err := t.Recommended(t.Ctx(), t.council, 0)
	t.Must(err)
	for _, r := range all.Recommendations[:n] {
		t.Must(t.Send(t.Ctx(), t.secretary.Actor, t.council, r.ID))
		out = append(out, r.ID)
	}
	return meeting, out
}

func (t *town) sums() Reckoning {
	v, err := t.Show(t.Ctx(), civic.Actor{}, t.council)
	t.Must(err)
	return v.Reckoning
}

var yes = civic.Text{"kk": "Қоямыз", "ru": "Поставим"}

// A body answers many recommendations at once: each counts once in the council's sums. What is overdue counts as late from its date on by itself, and the upgrade of a city that
// was there before comes to the same sums.
func TestSumsOfWhatBecameOfIt(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		_, ids := w.recommend(8)
		officer := c.Officer(w.body).Actor
		var all sync.WaitGroup
		for i, id := range ids[:6] {
			v := answers.Verdict{Outcome: answers.Taken, Reason: yes}
			switch {
			case i < 2:
				v.Promised = c.Now().AddDate(0, 1, 0)
			case i == 5:
				v.Outcome = answers.NotTaken
			}
			owed := w.owed(id)[0].ID
			all.Go(func() { c.Must(w.Answers.Answer(c.Ctx(), officer, owed, v, "А. Жауапты")) })
		}
		all.Wait()
		if got, want := w.sums(), (Reckoning{Adopted: 8, InTime: 6, Taken: 5}); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
		for _, id := range ids[:2] {
			all.Go(func() {
				deed := w.owed(id)[1].ID
				c.Must(w.Answers.Answer(c.Ctx(), officer, deed, answers.Verdict{Outcome: answers.Done, Reason: yes}, "А. Жауапты"))
				c.Must(w.Answers.Reply(c.Ctx(), w.secretary.Actor, deed, answers.Reply{Confirms: true}))
			})
		}
		all.Wait()
		c.Must(w.Answers.Reply(c.Ctx(), w.secretary.Actor, w.owed(ids[1])[1].ID, answers.Reply{Words: "Горит один из двух"}))
		c.Pass(60 * 24 * time.Hour)
		want := Reckoning{Adopted: 8, InTime: 6, Late: 2, Taken: 5, Delivered: 1}
		if got := w.sums(); got != want {
			t.Errorf("two months later: %+v, want %+v", got, want)
		}
		c.Must(w.Answers.Answer(c.Ctx(), officer, w.owed(ids[6])[0].ID, answers.Verdict{Outcome: answers.Partly, Reason: yes}, "А. Жауапты"))
		want.Taken++
		if got := w.sums(); got != want {
			t.Errorf("one comes late: %+v, want %+v", got, want)
		}

		c.Write(func(tx *storage.Tx) error {
			for _, forget := range []string{"DELETE FROM councils_tally", "UPDATE councils_recommendation SET in_time = FALSE, late = FALSE, taken = FALSE, delivered = FALSE, late_from = 0"} {
				if _, err := tx.Exec(forget); err != nil {
					return err
				}
			}
			anew, err := os.ReadFile("testdata/sums.sql")
			c.Must(err)
			for statement := range strings.SplitSeq(strings.TrimSuffix(strings.TrimSpace(string(anew)), ";"), ";\n") {
				if _, err := tx.Exec(statement); err != nil {
					return err
				}
			}
			return nil
		})
		if got := w.sums(); got != want {
			t.Errorf("computed anew from every obligation: %+v, want %+v", got, want)
		}
	}, Capability())
}

// A holiday that moves the date moves when an answer is late.
func TestAMovedDateCounts(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		_, ids := w.recommend(1)
		due := w.owed(ids[0])[0].Due
		c.Must(c.Settings.SetDays(c.Ctx(), c.Administrator().Actor, due.In(c.Settings.Zone()).Format(time.DateOnly)+" Қала күні; № 7 қаулы"))
		c.Jobs()
		c.Pass(due.Add(time.Hour).Sub(c.Now()))
		if got := w.sums(); got.Late != 0 {
			t.Errorf("late on a holiday: %+v", got)
		}
		c.Pass(10 * 24 * time.Hour)
		if got := w.sums(); got.Late != 1 {
			t.Errorf("not late: %+v", got)
		}
	}, Capability())
}

// A council's recommendations beyond a page have pages of their own, and all of them count.
func TestOlderRecommendations(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		const n = 1_030
		w.adopted(n)
		visitor := c.Browser(nil)
		page := visitor.Get("/ru"+Path(w.council)).Want(200, "Показать все 1 030 рекомендаций", "№ 1030/2026")
		page.Lacks("№ 1020/2026")
		visitor.Get("/ru/councils").Want(200, "Рекомендаций: 1 030")
		seen := 0
		next := regexp.MustCompile(`rel="next" href="(/ru/councils/[^"]*\?before=\d+)"`)
		for address := []string{"", "/ru" + Path(w.council) + "/recommendations"}; address != nil && seen <= n; {
			body := visitor.Get(address[1]).Want(200).Body
			seen += strings.Count(body, "№ ")
			address = next.FindStringSubmatch(body)
		}
		if seen != n {
			t.Errorf("%d are listed, want %d", seen, n)
		}
		visitor.Get("/ru/councils/nowhere/recommendations").Want(404)
		c.Browser(w.secretary).Get("/ru/desk"+Path(w.council)).Want(200, "№ 1/2026")
	}, Capability())
}

// adopted puts n recommendations of the council there that are not sent.
func (t *town) adopted(n int) {
	var rows [][]any
	for no := 1; no <= n; no++ {
		rows = append(rows, []any{no, fmt.Sprintf("%026d", no), t.council, "m", fmt.Sprint("v", no), fmt.Sprintf("%d/2026", no), lamps, t.body, false, t.Now().UnixMilli(), 0})
	}
	t.Write(func(tx *storage.Tx) error {
		for ; len(rows) > 0; rows = rows[min(len(rows), 1_000):] {
			if err := tx.Insert("councils_recommendation (no, id, council, meeting, vote, number, text, body, opinion, adopted_at, sent_at)", rows[:min(len(rows), 1_000)]); err != nil {
				return err
			}
		}
		return tx.Insert("councils_tally (council, adopted, in_time, late, taken, delivered)", [][]any{{t.council, n, 0, 0, 0, 0}})
	})
}

// Attendance is counted when a meeting is closed, and anew when a seat turns out to have been somebody's for other days.
func TestAttendanceIsCounted(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		there := func(want string) {
			t.Helper()
			v, err := w.Show(c.Ctx(), civic.Actor{}, w.council)
			c.Must(err)
			got := ""
			for _, seat := range append(v.Members, v.Former...) {
				n := v.Attendance[seat.ID]
				got += fmt.Sprintf("%d/%d ", n.Attended, n.Held)
			}
			if got != want {
				t.Errorf("%q, want %q", got, want)
			}
		}
		there("0/0 0/0 0/0 0/0 0/0 ")
		for range 2 {
			meeting, items := w.sit(meetings.Item{Title: lamps})
			c.Must(w.Meetings.SettleItem(c.Ctx(), w.secretary.Actor, items[0], meetings.Discuss, time.Time{}))
			c.Must(w.Meetings.CloseMeeting(c.Ctx(), w.secretary.Actor, meeting))
		}
		there("2/2 2/2 2/2 2/2 0/2 ")
		_, err := w.Seat(c.Ctx(), w.secretary.Actor, Seat{Council: w.council, Name: "Ерлан Жанов", Post: Member, Side: Civil, Since: c.Now().AddDate(0, 0, -1)})
		c.Must(err)
		there("2/2 2/2 2/2 2/2 0/2 0/1 ")
		c.Must(w.EndSeat(c.Ctx(), w.secretary.Actor, w.council, w.seats[4], c.Now().AddDate(0, 0, -2)))
		there("2/2 2/2 2/2 2/2 0/1 0/1 ")
		c.Browser(nil).Get("/ru"+Path(w.council)).Want(200, "80 %")
	}, Capability())
}
