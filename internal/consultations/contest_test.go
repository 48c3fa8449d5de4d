package consultations

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
)

// removedOf is a consultation with a statement of somebody's that a moderator removed.
func removedOf(c *testCity, v Voter) (id civic.ID, no int64) {
	c.t.Helper()
	id = opened(c, nil)
	added, err := c.AddStatement(c.ctx(), id, v, "Көпір керек", civic.Kazakh, true)
	c.must(err).must(c.Moderate(c.ctx(), moderator, id, added.No, moderation.Choice{Rule: "off_topic.1", Reason: "Саябақ туралы емес"}))
	c.Jobs()
	c.SkipActs()
	c.pass(time.Minute)
	return id, added.No
}

// An author asks once; not who removed it but another brings it back, with a reason. All of it is in
// the record and the log, and the author is told.
func TestAContestThatIsRight(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		id, no := removedOf(c, voter(1))
		author := c.visitor("resident")
		page := "/en" + contestPath(id, no)
		author.Get("/en"+minePath(id)).Want(200, "Көпір керек", "Off topic", "Саябақ туралы емес", page)
		author.Get("/en/consultations/mine").Want(200, page)
		author.Get(page).Want(200, "Көпір керек", "You can ask once")
		author.Post(page, "words", " ").Want(422, "Write the reason.")
		author.Post(page, "words", "It leads to the park").Want(303)
		author.Post(page, "words", "Again").Want(409, "was asked for before")
		author.Get(page).Want(409)
		c.WantActs("moderation.contest.asked")
		author.Get("/en"+minePath(id)).Want(200, "The author asked for another decision").Lacks(page)

		first := c.visitor("moderator")
		first.Get("/en/desk/moderation").Want(200).Lacks("Көпір керек")
		first.Post("/en"+decisionPath(id, no), "act", "approve", "reason", "Rightly").Want(403)
		c.Refused(c.Moderation.Uphold(c.ctx(), moderator, moderation.Verdict{Thing: StatementRef(id, no), Answer: "No"}), civic.Forbidden)

		other := c.visitor("officer")
		other.Get("/en/desk/moderation").Want(200, "Көпір керек", "The author disagrees", "It leads to the park", decisionPath(id, no))
		other.Get("/en"+decisionPath(id, no)).Want(200, "It leads to the park", "Off topic", "Bring back", "Leave it removed").Lacks(`name="rule"`)
		other.Post("/en"+decisionPath(id, no), "act", "remove", "rule", "insult.1", "reason", "Otherwise", ui.SureName, "yes").Want(409, "asked for another decision")
		other.Post("/en"+decisionPath(id, no), "act", "approve", "reason", "").Want(422, "Write the reason.")
		other.Post("/en"+decisionPath(id, no), "act", "approve", "reason", "It does lead there", "back", "moderation").Want(303)
		c.WantActs("moderation.contest.restored", actStatementRestored)
		if told := c.told(1); len(told) != 1 || told[0].Subject.Key != "moderation.told_restored" || told[0].Path != minePath(id) {
			t.Errorf("told %+v", told)
		}
		author.Get("/en"+minePath(id)).Want(200, "brought back", "It does lead there")
		c.visitor("").Get("/en"+Path(id)+"/results").Want(200, "Көпір керек")
		c.visitor("").Get("/en/moderation").Want(200, "Removed", "Brought back", "Off topic", "It does lead there").Lacks("off_topic.1", "It leads to the park")
		other.Get("/en/desk/moderation").Want(200).Lacks("Көпір керек")
		c.Refused(c.Moderate(c.ctx(), moderator, id, no, moderation.Choice{Rule: "off_topic.1", Reason: "After all"}), civic.Forbidden)
	})
}

// Without an account the author finds the removal and its contest on the page of their browser, and
// nobody claims that they were told. What is upheld stays so.
func TestAContestWithoutAnAccount(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		id := opened(c, nil)
		author := c.visitor("")
		author.Post("/en"+Path(id)+"/add", "text", "Көпір керек").Want(303)
		m := c.visitor("moderator")
		m.Get("/en"+decisionPath(id, 1)).Want(200, "wrote without an account").Lacks("gets a notice")
		m.Post("/en"+decisionPath(id, 1), "act", "remove", "rule", "insult.1", "reason", "Қорлау").Want(200, "wrote without an account").Lacks("is told", "gets a notice")
		done := m.Post("/en"+decisionPath(id, 1), "act", "remove", "rule", "insult.1", "reason", "Қорлау", ui.SureName, "yes").Want(303).Location
		m.Get(done).Want(200, "The statement is removed").Lacks("author told")
		author.Get("/en"+minePath(id)).Want(200, "Көпір керек", "Insult", contestPath(id, 1))
		author.Get("/en"+Path(id)).Want(200, "A moderator removed 1 statement of yours", `href="/en`+minePath(id)+`"`)
		author.Get("/en/me").Want(200, "in this browser without signing in", "Көпір керек", "Removed", `href="/en`+minePath(id)+`"`, "/en/sign-in?next=/me").Lacks("Notices")
		c.visitor("").Get("/en"+Path(id)).Want(200).Lacks("statement of yours", "My statements")
		c.visitor("").Get("/en/me").Want(200, "Nothing yet").Lacks("Көпір керек")
		c.visitor("").Get("/en" + contestPath(id, 1)).Want(404) // nobody else's
		c.visitor("resident").Post("/en"+contestPath(id, 1), "words", "Mine").Want(404)
		author.Post("/en"+contestPath(id, 1), "words", "It is no insult").Want(303)
		c.pass(time.Minute)
		c.visitor("officer").Post("/en"+decisionPath(id, 1), "act", "uphold", "reason", "It is one").Want(303)
		author.Get("/en"+minePath(id)).Want(200, "it stays removed", "It is one").Lacks(contestPath(id, 1))
		author.Post("/en"+contestPath(id, 1), "words", "Again").Want(409)
		c.visitor("officer").Get("/en"+decisionPath(id, 1)).Want(200, "it stays removed").Lacks("It is no insult")
		c.at(start.AddDate(0, 0, 40)) // and nothing of it is lost when nobody votes any more
		c.Jobs()
		author.Get("/en"+Path(id)).Want(200, "A moderator removed 1 statement of yours", `href="/en`+minePath(id)+`"`)
		author.Get("/en/me").Want(200, "Көпір керек", "waiting for the answer")
	})
}

// Two wishes at once are one; of two who decide at once one decides. When the voting is over and
// nobody could vote on it there is nothing to ask for.
func TestContestsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		id, no := removedOf(c, voter(1))
		var wg sync.WaitGroup
		errs := make([]error, 4)
		for i := range errs {
			wg.Go(func() { errs[i] = c.Contest(c.ctx(), id, voter(1), no, "Бұл қорлау емес") })
		}
		wg.Wait()
		asked := 0
		for _, err := range errs {
			if err == nil {
				asked++
			} else if civic.CodeOf(err) != civic.Conflict {
				t.Error(err)
			}
		}
		if asked != 1 {
			t.Errorf("asked %d times", asked)
		}
		c.WantActs("moderation.contest.asked")
		seen := c.Now()
		c.pass(time.Minute)
		deciders := []civic.Actor{second, administrator}
		failed := make([]error, 2)
		for i, a := range deciders {
			wg.Go(func() {
				if i == 0 {
					failed[i] = c.Moderate(c.ctx(), a, id, no, moderation.Choice{Approve: true, Reason: "Иә", Seen: seen})
				} else {
					failed[i] = c.Uphold(c.ctx(), a, id, no, moderation.Choice{Reason: "Жоқ", Seen: seen})
				}
			})
		}
		wg.Wait()
		if (failed[0] == nil) == (failed[1] == nil) {
			t.Errorf("decided: %v", failed)
		}

		late := opened(c, func(set *Settings) { set.Moderation = Before })
		_, err := c.AddStatement(c.ctx(), late, voter(2), "Көпір керек", civic.Kazakh, true)
		c.must(err).must(c.Moderate(c.ctx(), moderator, late, 1, moderation.Choice{Rule: "off_topic.1", Reason: "Басқа"}))
		c.pass(40 * 24 * time.Hour)
		c.Refused(c.Contest(c.ctx(), late, voter(2), 1, "Бұл саябақ туралы"), civic.Closed)
	})
}

// Nobody voted on a statement that was removed before anybody saw it: the author reads until when it can come back, and a moderator
// who looks after the voting, why it cannot.
func TestAContestThatTheVotingOvertook(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		id := opened(c, func(set *Settings) { set.Moderation = Before })
		author := c.visitor("")
		author.Post("/en"+Path(id)+"/add", "text", "Көпір керек").Want(303)
		c.must(c.Moderate(c.ctx(), moderator, id, 1, moderation.Choice{Rule: "off_topic.1", Reason: "Басқа"}))
		author.Get("/en"+contestPath(id, 1)).Want(200, "another moderator can bring it back", "once voting ends it stays removed")
		author.Post("/en"+contestPath(id, 1), "words", "It leads to the park").Want(303)
		c.pass(time.Minute)
		c.visitor("officer").Get("/en"+decisionPath(id, 1)).Want(200, "It leads to the park", "Bring back", "Leave it removed")
		c.pass(40 * 24 * time.Hour)
		late := c.visitor("officer")
		late.Get("/en"+decisionPath(id, 1)).Want(200, "It leads to the park", "Leave it removed", "nobody could vote on this statement").Lacks("Bring back")
		late.Post("/en"+decisionPath(id, 1), "act", "uphold", "reason", "Voting is over").Want(303)
		author.Get("/en"+minePath(id)).Want(200, "Voting is over")
	})
}

// A removal points for ever at the version of the rule by which it was made.
func TestARemovalKeepsItsVersion(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		id, no := removedOf(c, voter(1))
		a := c.visitor("administrator")
		edit := "/en/administration/moderation/off_topic"
		form := []string{"version", "1", "title.kk", "Тақырыптан тыс", "title.ru", "Мимо темы", "title.en", "Beside the question", "text.kk", "Жауап емес", "text.ru", "Не ответ", "in_force", "yes"}
		c.visitor("moderator").Get(edit).Want(403)
		a.Get(edit).Want(200, "Off topic", `value="1"`)
		a.Post(edit, append(form, "title.kk", "")...).Want(200) // the first value counts
		a.Post(edit, form...).Want(200, "Write the new version?", "Beside the question")
		c.WantActs()
		a.Post(edit, append(form, ui.SureName, "yes")...).Want(303)
		a.Post(edit, append(form, ui.SureName, "yes")...).Want(409) // somebody else was faster
		c.WantActs("moderation.rule.written")
		p := c.visitor("")
		p.Get("/en/moderation/rules").Want(200, "Beside the question", "version 2").Lacks("Off topic")
		p.Get("/en/moderation/rules/off_topic").Want(200, "Beside the question", "Off topic", `id="v1"`, `id="v2"`)
		p.Get("/en"+Path(id)+"/results").Want(200, "Off topic", "/en/moderation/rules/off_topic#v1").Lacks("Beside the question")
		p.Get("/en/moderation").Want(200, "Off topic", "version 1")
		c.Refused(c.Moderate(c.ctx(), second, id, no, moderation.Choice{Rule: "off_topic.1", Reason: "Ескі"}), civic.Invalid)
		c.must(c.Moderate(c.ctx(), second, id, no, moderation.Choice{Rule: "off_topic.2", Reason: "Жаңа"}))
		p.Get("/en"+Path(id)+"/results").Want(200, "Beside the question")
		if _, verdict := c.Verified(); strings.Contains(verdict, "differs") {
			t.Error(verdict)
		}
	})
}

// What a browser did is looked for in the newest consultations only: whoever holds a token asks for no more.
func TestWhatABrowserDidIsBounded(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		var ids []civic.ID
		for range browserKnows + 1 {
			ids = append(ids, opened(c, nil, "Көбірек ағаш керек"))
		}
		b := browser(1)
		for _, id := range []civic.ID{ids[0], ids[1], ids[browserKnows]} {
			c.must(c.Vote(c.ctx(), id, b, 1, Agree))
		}
		var got []string
		c.must(c.db.Read(c.ctx(), func(tx *storage.Tx) error {
			all, err := doneHere(tx, b.Token, 20)
			for _, m := range all {
				got = append(got, m.Path)
			}
			return err
		}))
		if want := []string{minePath(ids[browserKnows]), minePath(ids[1])}; !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	})
}

// Whoever answered one statement, and not yet all, can ask to be told the answer without an account.
func TestTellMeAfterTheFirstVote(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		id := opened(c, nil, "Көбірек ағаш керек", "Жарық керек")
		v := c.visitor("")
		v.Get("/en" + Path(id)).Want(200).Lacks("Tell me the answer")
		v.Post("/en"+Path(id)+"/vote", "statement", "1", "vote", "agree").Want(303)
		v.Get("/en"+Path(id)).Want(200, "Tell me the answer", `href="/en`+part.FollowPath(civic.Ref{Kind: Kind, ID: id})+`"`, "Жарық керек")
		v.Post("/en"+Path(id)+"/vote", "statement", "2", "vote", "agree").Want(303)
		v.Get("/en"+Path(id)).Want(200, "Tell me the answer", "You have answered every statement")
	})
}

// Whose statement was removed already is told again when it is removed by another rule or with other words, with those; of the same decision made twice nobody hears.
func TestARemovalByAnotherRuleIsTold(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		author := c.visitor("resident") // with an account, whose notices are kept
		id, no := removedOf(c, voter(1))
		told := func(n int, rule, reason string) {
			t.Helper()
			c.Jobs()
			all := c.told(1)
			if len(all) != n {
				t.Fatalf("told %d times: %+v", len(all), all)
			}
			if said := fmt.Sprint(all[0].Body.Args); all[0].Subject.Key != "consultations.told_statement_removed" || !strings.Contains(said, rule) || !strings.Contains(said, reason) {
				t.Errorf("told %+v", all[0])
			}
		}
		c.must(c.Moderate(c.ctx(), moderator, id, no, moderation.Choice{Rule: "off_topic.1", Reason: "Саябақ туралы емес"}))
		told(1, "Сұраққа қатысы жоқ", "Саябақ туралы емес") // at the first removal, and no more
		c.must(c.Moderate(c.ctx(), moderator, id, no, moderation.Choice{Rule: "insult.1", Reason: "Қорлау"}))
		told(2, "Қорлау немесе тіл тигізу", "Қорлау")
		c.pass(time.Minute)
		c.must(c.Moderate(c.ctx(), moderator, id, no, moderation.Choice{Rule: "insult.1", Reason: "Көршіні қорлау"}))
		told(3, "Қорлау немесе тіл тигізу", "Көршіні қорлау")
		author.Get("/en"+minePath(id)).Want(200, "Көршіні қорлау").Lacks("Саябақ туралы емес")
		c.SkipActs()
	})
}
