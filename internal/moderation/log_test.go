package moderation_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// decide lets a moderator decide on a note of the wall, as its owner would.
func (w *wall) decide(by civic.Actor, no int, outcome moderation.Outcome, rule civic.ID, answer string) error {
	return w.DB.Write(w.Ctx(), func(tx *storage.Tx) error {
		_, err := w.Moderation.Deciding(tx, by, moderation.Verdict{Thing: note(no), Outcome: outcome, Rule: rule, Answer: answer, Role: civic.Moderator})
		return err
	})
}

func note(no int) civic.Ref { return civic.Ref{Kind: notes, ID: civic.ID(fmt.Sprint(no))} }

func (w *wall) contest(no int, due time.Time) error {
	return w.DB.Write(w.Ctx(), func(tx *storage.Tx) error {
		return w.Moderation.Contest(tx, moderation.Asking{Thing: note(no), Words: "Why?", Due: due})
	})
}

// fill lets fifteen notes be removed in March, the even ones as insults and the others as advertising, and three in April, of which
// one was contested and brought back.
func (w *wall) fill() {
	w.wait(notes, 18, 0)
	rule := func(no int) civic.ID { return []civic.ID{"insult.1", "advertising.1"}[no%2] }
	for no := 1; no <= 15; no++ {
		w.Must(w.decide(moderator(1), no, moderation.Removed, rule(no), ""))
		w.Pass(time.Minute)
	}
	w.Pass(31 * 24 * time.Hour)
	for no := 16; no <= 18; no++ {
		w.Must(w.decide(moderator(1), no, moderation.Removed, rule(no), ""))
	}
	w.Must(w.contest(17, time.Time{}))
	w.Must(w.decide(moderator(2), 17, moderation.Restored, "", "It sells nothing"))
}

var goesOn = regexp.MustCompile(`rel="next" href="[^"]*[?&;]before=(\d+)`)

// The log goes on where a page ended, each decision once; the table and the interface hold what the pages do, narrowed alike.
func TestTheLogInPagesAndTables(t *testing.T) {
	each(t, func(t *testing.T, w *wall) {
		w.fill()
		b := w.Browser(nil)
		pages := func(narrowed string) (removed, restored, pages int) {
			for before := ""; pages < 10; pages++ {
				main := b.Get("/en/moderation?" + narrowed + before).Want(200).Body
				list := main[strings.Index(main, "Decisions</h2>"):]
				list = list[:strings.Index(list, "</ul>")]
				removed, restored = removed+strings.Count(list, "Removed<"), restored+strings.Count(list, "Brought back<")
				next := goesOn.FindStringSubmatch(main)
				if next == nil {
					return removed, restored, pages + 1
				}
				before = "&before=" + next[1]
			}
			return removed, restored, pages
		}
		rows := func(path string) [][]string {
			r := csv.NewReader(strings.NewReader(strings.TrimPrefix(b.Get(path).Want(200).Body, "\ufeff")))
			if strings.Contains(path, "excel") {
				r.Comma = ';'
			}
			all, err := r.ReadAll()
			w.Must(err)
			return all[1:]
		}
		api := func(narrowed string) (nos []int64) {
			for path := "/api/v1/moderation?" + narrowed; ; {
				var page struct {
					Items []struct {
						No   int64
						Rule string
					}
					Next string
				}
				w.Must(json.Unmarshal([]byte(b.Get(path).Want(200).Body), &page))
				for _, i := range page.Items {
					nos = append(nos, i.No)
				}
				if path = strings.TrimPrefix(page.Next, "http://city.test"); path == "" {
					return nos
				}
			}
		}
		feed := b.Get("/en/moderation.atom?rule=insult").Want(200, "<title>Moderation log: what was decided", "Removed", "Insult").Lacks("insult.1", "Advertising", "Why?").Body
		if n := strings.Count(feed, "<entry>"); n != 9 {
			t.Errorf("the feed of one rule has %d entries", n)
		}
		if n := strings.Count(b.Get("/en/moderation.atom").Want(200, "Brought back").Body, "<entry>"); n != 19 {
			t.Errorf("the feed has %d entries", n)
		}
		for _, c := range []struct {
			narrowed          string
			removed, restored int
		}{
			{"", 18, 1},
			{"rule=insult", 9, 0}, // 2, 4 … 18
			{"rule=advertising", 9, 1},
			{"month=2026-03", 15, 0},
			{"month=2026-04&rule=advertising", 1, 1},
			{"thing=" + notes + "%3A17", 1, 1},
			{"rule=nobody_wrote_it&month=soon", 18, 1}, // nonsense narrows nothing
		} {
			all := c.removed + c.restored
			if removed, restored, n := pages(c.narrowed); removed != c.removed || restored != c.restored || n != (all+11)/12 {
				t.Errorf("%q: %d removed and %d returned on %d pages", c.narrowed, removed, restored, n)
			}
			for _, path := range []string{"/moderation.csv?", "/moderation-excel.csv?"} {
				if n := len(rows(path + c.narrowed)); n != all {
					t.Errorf("%s%s: %d rows", path, c.narrowed, n)
				}
			}
			if strings.Contains(c.narrowed, "soon") { // which programs are told
				b.Get("/api/v1/moderation?"+c.narrowed).Want(400, `"parameter":"month"`)
				continue
			}
			nos := api(c.narrowed)
			if down := slices.IsSortedFunc(nos, func(x, y int64) int { return int(y - x) }); len(nos) != all || !down || len(slices.Compact(nos)) != all {
				t.Errorf("%q: the interface lists %v", c.narrowed, nos)
			}
		}
		of17 := rows("/moderation.csv?thing=" + notes + "%3A17")
		if got := strings.Join(of17[0][5:8], " "); got != "restored advertising 1" {
			t.Errorf("brought back: %s", got)
		}
		if got := of17[1]; got[5] != "removed" || got[9] != "Реклама" || got[10] != "restored" || got[13] != "It sells nothing" || got[11] == "" {
			t.Errorf("removed: %v", got)
		}
		b.Get("/api/v1/moderation?thing="+notes+"%3A17").Want(200, `"state":"restored"`, `"answer":"It sells nothing"`).Lacks("Why?", "moderator-")
		b.Get("/en/moderation").Want(200, "Advertising", "Insult").Lacks("insult.1", "Why?", "moderator-")
	})
}

// The page sums up what was removed, brought back, contested and upheld, in all and by month and rule: of March's fifteen the seven even ones are insults.
func TestTheLogSumsUp(t *testing.T) {
	each(t, func(t *testing.T, w *wall) {
		w.fill()
		log := w.Browser(nil).Get("/en/moderation").Want(200).Body
		var all []string
		for _, m := range regexp.MustCompile(`<dd>(\d+)</dd>`).FindAllStringSubmatch(log, -1) {
			all = append(all, m[1])
		}
		if !slices.Equal(all, []string{"18", "1", "1", "0"}) {
			t.Errorf("in all %v", all)
		}
		_, table, _ := strings.Cut(log, "<tbody")
		table, _, _ = strings.Cut(table, "</tbody>")
		var rows []string
		for _, row := range regexp.MustCompile(`<tr.*?</tr>`).FindAllString(table, -1) {
			rows = append(rows, strings.Join(strings.Fields(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(row, " ")), " "))
		}
		if want := []string{"April 2026 Advertising 1 1 1 0", "April 2026 Insult 2 0 0 0", "March 2026 Advertising 8 0 0 0", "March 2026 Insult 7 0 0 0"}; !slices.Equal(rows, want) {
			t.Errorf("by month and rule %q", rows)
		}
	})
}

// What is contested is looked at in the order in which it ceases to matter, whoever asked first, and then what has no date; page by
// page, each once.
func TestContestsNearTheirTime(t *testing.T) {
	each(t, func(t *testing.T, w *wall) {
		const n = 30
		w.wait(notes, n, 0)
		var want []string
		for no := 1; no <= n; no++ {
			w.Must(w.decide(moderator(1), no, moderation.Removed, "insult.1", ""))
			w.things[notes][no-1].Waits = false
		}
		dated := w.things[notes][:20]
		for i := range dated { // the later asked, the sooner due
			dated[i].Due = w.Now().Add(time.Duration(100-i) * time.Hour)
			want = append([]string{fmt.Sprint(notes, i+1)}, want...)
		}
		for no := 1; no <= n; no++ {
			w.Must(w.contest(no, w.things[notes][no-1].Due))
		}
		want = append(want, names(notes, n)[20:]...)
		var got []string
		for after, more := "", true; more; more = after != "" {
			q, err := w.Moderation.Queue(w.Ctx(), moderator(2), civic.Ref{}, after)
			w.Must(err)
			got, after = append(got, words(q.Free)...), q.Next
		}
		if !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
		if q, err := w.Moderation.Queue(w.Ctx(), moderator(1), civic.Ref{}, ""); err != nil || len(q.Free) != 0 {
			t.Errorf("whoever removed them sees %v, %v", words(q.Free), err)
		}
	})
}
