package consultations

import (
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// What the home page is told of answers: how many came in time, how many came late, and how
// many are overdue and have not come. For the latest answer: whether it was in time and how
// many statements were accepted.
func TestPromisesAndWhatCameOfThem(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		closes := start.AddDate(0, 0, 30)
		ask := func(days int) civic.ID {
			return opened(c, func(set *Settings) { set.AnswerDays = days }, "Бір", "Екі", "Үш")
		}
		punctual, late, _, _ := ask(5), ask(1), ask(2), ask(15)
		c.at(closes.Add(time.Hour))
		c.Jobs()
		for no, verdict := range map[int64]answers.Outcome{1: answers.Taken, 2: answers.NotTaken, 3: answers.Taken} {
			c.must(c.saveItem(officer(akimat), punctual, no, answers.Verdict{Outcome: verdict, Reason: both("Себебі бар")}))
		}
		answer := func(id civic.ID) {
			c.must(c.SaveAnswer(c.ctx(), officer(akimat), id, Answer{Text: both("Рақмет"), Person: "А. Жауапты"}, true))
		}
		answer(punctual)
		c.at(closes.AddDate(0, 0, 7))
		answer(late)
		c.Read(func(tx *storage.Tx) error {
			kept, err := c.Answers.Running().Promises(tx)
			if want := (part.Promises{InTime: 1, Late: 1, Overdue: 1, Path: "/answers?state=overdue"}); kept != want {
				t.Errorf("promises %+v, want %+v", kept, want)
			}
			must(t, err)
			results, err := c.came(tx, 3)
			must(t, err)
			if len(results) != 2 || results[0].Path != Path(late) || results[0].Said.Key != "consultations.came_late" || results[0].Facts != nil {
				t.Fatalf("%+v", results)
			}
			l, r := c.Catalog.For(civic.English), results[1]
			if r.Path != Path(punctual) || r.Said.Key != "consultations.came_in_time" || len(r.Facts) != 1 || l.Say(r.Facts[0]) != "2 of 3 statements taken up" {
				t.Errorf("%+v", r)
			}
			return nil
		})
	})
}

// What the city's consultations add up to, now and at the beginning of an earlier day. Who came
// after that day, and what was answered after it, is not counted for it.
func TestNumbersNowAndThen(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		first, second := opened(c, nil, "Бір", "Екі"), opened(c, nil, "Бір", "Екі")
		vote := func(id civic.ID, person int, statements ...int64) {
			for _, no := range statements {
				c.must(c.Vote(c.ctx(), id, voter(person), no, Agree))
			}
			c.Jobs()
		}
		vote(first, 1, 1, 2)
		c.pass(24 * time.Hour)
		vote(first, 1, 1) // once more: nothing new
		vote(first, 2, 1)
		vote(second, 1, 1, 2)
		c.at(start.AddDate(0, 0, 40))
		c.Jobs()
		c.must(c.SaveAnswer(c.ctx(), officer(akimat), first, Answer{Text: both("Рақмет"), Person: "А. Жауапты"}, true))

		midnight := func(days int) time.Time {
			y, m, d := start.Date()
			return time.Date(y, m, d+days, 0, 0, 0, 0, zone)
		}
		c.Read(func(tx *storage.Tx) error {
			for _, tc := range []struct {
				then                   time.Time
				people, votes, answers int64
			}{
				{midnight(0), 0, 0, 0},
				{midnight(1), 1, 2, 0},
				{midnight(2), 3, 5, 0},
				{midnight(60), 3, 5, 1},
			} {
				got, err := c.numbers(tx, tc.then)
				must(t, err)
				if got[0].Value != 3 || got[1].Value != 5 || got[2].Value != 1 {
					t.Fatalf("now: %+v", got)
				}
				if *got[0].Then != tc.people || *got[1].Then != tc.votes || *got[2].Then != tc.answers {
					t.Errorf("at %s: %d people, %d votes, %d answers; want %+v", tc.then, *got[0].Then, *got[1].Then, *got[2].Then, tc)
				}
			}
			return nil
		})
	})
}

// The desk is told of what has waited longest, however much is newer. A hundred drafts do not
// hide an overdue answer, and closed consultations of others do not hide statements that a
// moderator has to look at.
func TestTheDeskIsToldOfTheMostUrgent(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		owed := opened(c, func(set *Settings) { set.AnswerDays = 1 }, "Бір", "Екі", "Үш")
		_, err := c.AddStatement(c.ctx(), owed, voter(1), "Бақта көлеңке аз, ағаш керек", civic.Kazakh, true)
		c.must(err)
		const most = 3
		for range most {
			opened(c, nil, "Бір", "Екі", "Үш")
			_, err := c.Create(c.ctx(), officer(akimat), settingsFor(c, "Бір"))
			c.must(err)
		}
		c.at(start.AddDate(0, 0, 60))
		c.Jobs()
		c.Read(func(tx *storage.Tx) error {
			waits, err := c.waiting(tx, officer(akimat), most)
			must(t, err)
			owes, err := c.Answers.Running().Desk(tx, officer(akimat), most)
			must(t, err)
			if len(owes) < 1 || owes[0].Stage != part.Answer || owes[0].Path != deskPath(owed)+"/answer" || !owes[0].Due.Before(tx.Now()) {
				t.Errorf("the officer owes: %+v", owes)
			}
			byStage := map[part.Stage]int{}
			for _, w := range waits {
				byStage[w.Stage]++
			}
			if byStage[part.Prepare] != most || byStage[part.Moderate] != 1 {
				t.Errorf("the officer: %v", byStage)
			}
			waits, err = c.waiting(tx, moderator, most)
			must(t, err)
			if len(waits) != 1 || waits[0].Stage != part.Moderate || waits[0].Path != queuePath(Consultation{ID: owed}) {
				t.Errorf("the moderator: %+v", waits)
			}
			return nil
		})
	})
}
