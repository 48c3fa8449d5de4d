package consultations

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// A person finds all that they wrote and what became of each; nobody else's.
func TestWhatBecameOfOnesOwnStatements(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		me := c.person(resident(1))
		mine := c.Browser(me)
		mine.Get("/en/consultations/mine").Want(200, "You have not written anything yet")
		write := func(id civic.ID, person int, text string) int64 {
			added, err := c.AddStatement(c.ctx(), id, voter(person), text, "", true)
			c.must(err)
			return added.No
		}
		answered := opened(c, nil)
		taken := write(answered, 1, "Түнде жарық жансын")
		write(answered, 2, "Чужое мнение о скамейках")
		open := opened(c, func(s *Settings) { s.ClosesAt = start.AddDate(0, 0, 90) })
		removed := write(open, 1, "Нужна реклама моего магазина")
		c.must(c.Moderate(c.ctx(), moderator, open, removed, moderation.Choice{Rule: "advertising.1", Reason: "Магазиннің жарнамасы"}))
		write(open, 1, "Нужны скамейки у входа")
		before := opened(c, func(s *Settings) { s.Moderation, s.ClosesAt = Before, start.AddDate(0, 0, 90) })
		write(before, 1, "Велосипед жолы салынсын")

		c.at(start.AddDate(0, 0, 30).Add(time.Hour))
		c.Jobs()
		mine = c.Browser(me) // the session has ended since
		c.must(c.saveItem(officer(akimat), answered, taken, answers.Verdict{Outcome: answers.Partly, Reason: both("Екі көшеде ғана")}))
		mine.Get("/en/consultations/mine").Want(200).Lacks("Taken up in part", "Екі көшеде ғана") // a draft still
		c.must(c.SaveAnswer(c.ctx(), officer(akimat), answered, Answer{Text: both("Рақмет"), Person: "А. Жауапты"}, true))

		body := mine.Get("/en/consultations/mine").Want(200).Lacks("Чужое").Body
		at := 0
		for _, want := range []string{"Waiting", "Велосипед жолы", Path(before), "Shown", "скамейки у входа", "Removed", "реклама моего", "Advertising", "Магазиннің жарнамасы", Path(open),
			"Taken up in part", "Түнде жарық", "Екі көшеде ғана", Path(answered)} {
			i := strings.Index(body[at:], want)
			if i < 0 {
				t.Fatalf("no %q behind what comes before it in\n%.9000s", want, body)
			}
			at += i
		}
		c.Browser(c.person(resident(3))).Get("/en/consultations/mine").Want(200).Lacks("жарық")
		c.Read(func(tx *storage.Tx) error {
			cards, err := stateCards(tx, me.Actor)
			for i, want := range []string{"consultations.state_waiting", "consultations.state_shown", "consultations.state_removed", "answers.outcome_partly"} {
				if len(cards) != 4 || cards[i] != want {
					t.Errorf("%q, the %d. is not %q", cards, i+1, want)
				}
			}
			return err
		})
	})
}

// stateCards is what the statements' cards say on a person's own page.
func stateCards(tx *storage.Tx, a civic.Actor) (out []string, err error) {
	cards, err := mine(tx, a, 20)
	for _, m := range cards {
		if m.Kind == kindStatement {
			out = append(out, m.State.Key)
		}
	}
	return out, err
}

func TestOwnStatementsArePaged(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		c.Set("consultations.statements_per_day", 1000)
		id := opened(c, nil)
		for n := range pageSize + 1 {
			_, err := c.AddStatement(c.ctx(), id, voter(1), fmt.Sprintf("Пікір нөмірі %d болсын", 1000+n), "", true)
			c.must(err)
		}
		first, next, err := c.OwnStatements(c.ctx(), resident(1), "")
		c.must(err)
		rest, end, err := c.OwnStatements(c.ctx(), resident(1), next)
		c.must(err)
		if len(first) != pageSize || next == "" || len(rest) != 1 || end != "" || rest[0].Statement.Text != "Пікір нөмірі 1000 болсын" {
			t.Errorf("%d, then %d; %q, then %q", len(first), len(rest), next, end)
		}
	})
}
