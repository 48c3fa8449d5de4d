package consultations

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/platform/ui"
)

var second = civic.Actor{Account: "moderator-2", Assurance: civic.EmailConfirmed, Grants: []civic.Grant{{Role: civic.Moderator}}}

// written adds statements to a consultation that waits for moderators, which ends after so many days.
func written(c *testCity, days int, texts ...string) civic.ID {
	c.t.Helper()
	id := opened(c, func(set *Settings) { set.Moderation = Before; set.ClosesAt = c.Now().AddDate(0, 0, days) })
	for i, text := range texts {
		_, err := c.AddStatement(c.ctx(), id, Voter{Actor: resident(i + 1)}, text, civic.Kazakh, true)
		c.must(err)
	}
	return id
}

func textsOf(items []moderation.Item) (out []string) {
	for _, i := range items {
		out = append(out, i.Text.String())
	}
	return out
}

// One queue over all consultations: what ends first stands first; each sees what they may decide on,
// and decides there.
func TestOneQueueOverAllConsultations(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		late := written(c, 40, "Көпір керек")
		soon := written(c, 30, "Ағаш егейік", "Гүл егейік")
		q, err := c.Moderation.Queue(c.ctx(), moderator, civic.Ref{}, "")
		c.must(err)
		if got := strings.Join(textsOf(q.Free), "|"); got != "Ағаш егейік|Гүл егейік|Көпір керек" {
			t.Errorf("the queue: %s", got)
		}
		c.visitor("officer").Get("/en/desk/moderation").Want(200, "Ағаш егейік", "Көпір керек", "data-queue")
		c.visitor("police").Get("/en/desk/moderation").Want(200).Lacks("Ағаш егейік")
		c.visitor("resident").Get("/en/desk/moderation").Want(403)

		m := c.visitor("moderator")
		m.Post("/en"+decisionPath(soon, 1), moderation.ActName, moderation.Approve, moderation.BackName, "moderation").Want(303)
		m.Get("/en/desk/moderation").Want(200, "Гүл егейік").Lacks("Ағаш егейік")
		alone := decisionPath(late, 1) + "?back=moderation"
		m.Get("/en/desk/moderation").Want(200, alone)
		m.Get("/en"+alone).Want(200, `name="back" value="moderation"`, `name="rule"`)
		removal := []string{"act", "remove", "rule", "insult.1", "reason", "Қорлау", "back", "moderation"}
		m.Post("/en"+decisionPath(late, 1), removal...).Want(200) // the check before
		if at := m.Post("/en"+decisionPath(late, 1), append(removal, ui.SureName, "yes")...).Want(303).Location; at != "/en/desk/moderation" {
			t.Errorf("leads to %s", at)
		}
		m.Get("/en/desk/moderation").Want(200).Lacks("Көпір керек")
	})
}

// What one moderator has taken no other decides on, until the time is over or it is given back.
func TestWhatAModeratorHasTaken(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		c.Set("moderation.claim_most", 2)
		id := written(c, 30, "Бір пікір осында", "Екі ағаш керек", "Үш орындық болсын")
		n, err := c.Moderation.Take(c.ctx(), moderator, civic.Ref{})
		c.must(err)
		q, err := c.Moderation.Queue(c.ctx(), second, civic.Ref{}, "")
		c.must(err)
		if n != 2 || len(q.Held) != 2 || len(q.Free) != 1 || len(q.Mine) != 0 {
			t.Fatalf("%d taken: %+v", n, q)
		}
		m := c.Browser(c.person(second))
		m.Get("/en/desk/moderation").Want(200, "Others are looking at", "taken until")
		m.Post("/en"+decisionPath(id, 1), "act", "approve", "back", "moderation").Want(409, "Another moderator is looking at this")
		m.Post("/en"+decisionPath(id, 1), "act", "remove", "rule", "insult.1", "reason", "Қорлау", "back", "moderation").Want(409)
		c.must(c.Moderate(c.ctx(), moderator, id, 1, moderation.Choice{Approve: true}))
		c.must(c.Moderation.GiveBack(c.ctx(), moderator))
		c.must(c.Moderate(c.ctx(), second, id, 2, moderation.Choice{Approve: true}))

		_, err = c.Moderation.Take(c.ctx(), moderator, civic.Ref{})
		c.must(err)
		c.Refused(c.Moderate(c.ctx(), second, id, 3, moderation.Choice{Approve: true}), civic.Conflict)
		c.pass(15 * time.Minute)
		c.must(c.Moderate(c.ctx(), second, id, 3, moderation.Choice{Approve: true}))
	})
}

// Of two who decide at once otherwise, one decides. (That two who take at once have nothing in common
// is tested where it is done, in internal/moderation.)
func TestTwoModeratorsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		texts := []string{"Бір пікір осында", "Екі ағаш керек", "Үш орындық болсын", "Төрт шам қойыңыз", "Бес көше жөндеңіз"}
		id := written(c, 30, texts...)
		seen := c.Now()
		c.pass(time.Minute)
		for no := range int64(len(texts)) {
			failed := atOnce(func(a civic.Actor) error {
				d := moderation.Choice{Approve: a.Account == moderator.Account, Seen: seen}
				if !d.Approve {
					d.Rule, d.Reason = "insult.1", "Қорлау"
				}
				return c.Moderate(c.ctx(), a, id, no+1, d)
			})
			if len(failed) != 1 || civic.CodeOf(failed[0]) != civic.Conflict {
				t.Errorf("%d: %v", no+1, failed)
			}
		}
	})
}

// atOnce has two moderators do something at the same time, and returns what did not succeed.
func atOnce(do func(a civic.Actor) error) (failed []error) {
	var wg sync.WaitGroup
	errs := make([]error, 2)
	for i, a := range []civic.Actor{moderator, second} {
		wg.Go(func() { errs[i] = do(a) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			failed = append(failed, err)
		}
	}
	return failed
}
