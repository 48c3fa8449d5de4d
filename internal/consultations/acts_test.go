package consultations

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/audit"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
)

// eachRecorded is each, with everything that happened in the city so far already checked off.
func eachRecorded(t *testing.T, test func(t *testing.T, c *testCity)) {
	t.Helper()
	each(t, func(t *testing.T, c *testCity) {
		c.WantActs("record.log.opened", "organisations.organisation.registered", "organisations.organisation.registered", "organisations.organisation.registered")
		test(t, c)
	})
}

// The life of one consultation: every act that the public sees stands in the record once.
func TestEveryPublicActIsRecordedOnce(t *testing.T) {
	eachRecorded(t, func(t *testing.T, c *testCity) {
		set := settingsFor(c, "Орындықтар керек", "Нужны деревья")
		set.OpensAt, set.ClosesAt = start.AddDate(0, 0, 2), start.AddDate(0, 0, 32)
		id, err := c.Create(c.ctx(), officer(akimat), set)
		c.must(err)
		c.WantActs() // a draft is not public, so nothing is recorded
		c.must(c.Publish(c.ctx(), officer(akimat), id))
		c.WantActs(actPublished)
		c.must(c.Withdraw(c.ctx(), officer(akimat), id))
		c.WantActs(actWithdrawn)
		c.Verified()
		c.must(c.Publish(c.ctx(), officer(akimat), id))
		set.Question["en"] = "What does the old park need?"
		c.must(c.Edit(c.ctx(), officer(akimat), id, set))
		c.WantActs(actPublished, actPublished)
		c.must(c.Extend(c.ctx(), officer(akimat), id, start.AddDate(0, 0, 40), both("Мереке")))
		c.WantActs(actExtended)
		c.Verified()
		c.at(set.OpensAt)
		c.must(c.Advance(c.ctx()))
		c.WantActs(actOpened, actStatementPublished, actStatementPublished)

		added, err := c.AddStatement(c.ctx(), id, voter(1), hostile, civic.Russian, true)
		c.must(err)
		c.WantActs(actStatementPublished)
		c.must(c.Vote(c.ctx(), id, voter(2), added.No, Disagree)).must(c.Vote(c.ctx(), id, voter(3), 1, Agree))
		c.must(c.Moderate(c.ctx(), moderator, id, 2, moderation.Choice{Approve: true})) // a moderator looked at it and changed nothing
		c.WantActs()                                                                    // votes appear only in the totals
		c.must(c.Moderate(c.ctx(), moderator, id, added.No, moderation.Choice{Rule: "insult.1", Reason: "Bad words"}))
		removed := c.WantActs(actStatementRemoved)
		if removed[0].Member("rule") != "insult.1" || removed[0].Actor != "moderator" {
			t.Errorf("removal %s", removed[0].Raw)
		}
		report, files := c.Verified()
		lacks(t, "the record", files, "alert(1)")
		if report.Compared != 4+3 { // the opening, the two first statements, the removal, and the three bodies
			t.Errorf("%d pages are compared", report.Compared)
		}
		c.must(c.Moderate(c.ctx(), moderator, id, added.No, moderation.Choice{Approve: true}))
		c.WantActs(actStatementRestored)
		c.Verified()
		c.must(c.Moderate(c.ctx(), moderator, id, added.No, moderation.Choice{Rule: "insult.1", Reason: "Bad words"}))
		c.WantActs(actStatementRemoved)

		c.at(start.AddDate(0, 0, 40))
		c.must(c.Advance(c.ctx())).must(c.Advance(c.ctx()))
		closed := c.WantActs(actClosed, "answers.obligation.owed")
		owed := closed[1]
		contains(t, "the closing", string(closed[0].Payload), `"counts":[[1,1,0,0],[3,0,1,0]]`, `"participants":2,"votes":2`)
		if closed[0].Actor != "system" || !slices.Equal(closed[0].Follows, []civic.Ref{{Kind: Kind, ID: id}}) {
			t.Errorf("closing %s", closed[0].Raw)
		}
		c.must(c.saveItem(officer(akimat), id, 1, answers.Verdict{Outcome: answers.Taken, Reason: both("Дұрыс айтылған")}))
		c.must(c.SaveAnswer(c.ctx(), officer(akimat), id, Answer{Text: both("Рақмет"), Person: "А. Жауапты"}, false))
		c.WantActs() // a draft
		c.must(c.SaveAnswer(c.ctx(), officer(akimat), id, Answer{Text: both("Рақмет"), Person: "А. Жауапты"}, true))
		answered := c.WantActs("answers.obligation.given", actAnswered)[1:]
		contains(t, "the answer", string(answered[0].Payload), `"statement":1,"verdict":"taken"`)
		lacks(t, "the answer", string(answered[0].Raw), "Жауапты")
		if want := []civic.Ref{{Kind: "consultations.results", ID: id}, owed.Subject, {Kind: "consultations.statement", ID: id + ".1"}}; !slices.Equal(answered[0].Follows, want) {
			t.Errorf("the answer follows %v", answered[0].Follows)
		}
		_, files = c.Verified()
		lacks(t, "the record", files, "alert(1)", "resident-1", "resident-2")

		// The trace leads from the statement to the answer, and from the answer to the opening.
		chain, err := c.Record.Trace(c.ctx(), civic.Ref{Kind: "consultations.answer", ID: id})
		c.must(err)
		kinds := map[string]bool{}
		for _, a := range chain.Acts {
			kinds[a.Kind] = true
		}
		for _, k := range []string{actPublished, actOpened, actStatementPublished, actClosed, actAnswered} {
			if !kinds[k] {
				t.Errorf("the trace of the answer lacks %s: %v", k, slices.Sorted(maps.Keys(kinds)))
			}
		}
		view, err := c.View(c.ctx(), id, Voter{}, 0)
		c.must(err)
		if len(view.Trace.LedTo) != 1 || view.Trace.LedTo[0].Path != Path(id)+"/results" {
			t.Errorf("trace on the page: %+v", view.Trace)
		}
	})
}

func TestNoActWithoutItsChange(t *testing.T) {
	eachRecorded(t, func(t *testing.T, c *testCity) {
		id := opened(c, nil, "Бірінші")
		c.WantActs(actPublished, actOpened, actStatementPublished)
		trail := c.Service.city.Trail
		c.Service.city.Trail = audit.New(func(string) bool { return false }) // refuses every act after the change has been written
		for name, err := range map[string]error{
			"close":    c.Close(c.ctx(), officer(akimat), id, both("Себеп")),
			"extend":   c.Extend(c.ctx(), officer(akimat), id, start.AddDate(0, 0, 60), both("Себеп")),
			"moderate": c.Moderate(c.ctx(), moderator, id, 1, moderation.Choice{Rule: "insult.1", Reason: "Себеп"}),
		} {
			if err == nil || !strings.Contains(err.Error(), "nobody declared the act") {
				t.Errorf("%s: %v", name, err)
			}
		}
		c.WantActs()
		c.Service.city.Trail = trail
		wantCode(t, c.Moderate(c.ctx(), resident(1), id, 1, moderation.Choice{Rule: "insult.1", Reason: "Себеп"}), civic.Forbidden)
		c.WantActs()
		c.must(c.Close(c.ctx(), officer(akimat), id, both("Себеп")))
		if closed := c.WantActs(actCutShort, actClosed, "answers.obligation.owed"); closed[0].Actor != "officer" || closed[1].Actor != "officer" {
			t.Errorf("closed by %s, %s", closed[0].Actor, closed[1].Actor)
		}
		c.Verified()

		// A change without its act is not kept either.
		id = opened(c, nil)
		c.WantActs(actPublished, actOpened)
		nothing, err := part.Declare(c.Catalog)
		c.must(err)
		c.Service.city.Record = record.New(c.db, record.Options{Origin: "city.test", Declared: nothing}) // refuses every act
		added, err := c.AddStatement(c.ctx(), id, voter(1), "Екінші", civic.Kazakh, true)
		if err == nil || !strings.Contains(err.Error(), "nobody declared the act") || added.No != 1 && added.No != 0 {
			t.Errorf("%+v, %v", added, err)
		}
		c.WantActs()
		if got := c.counts(id); len(got) != 0 {
			t.Errorf("a statement without its act: %v", got)
		}
	})
}

// A statement that a moderator lets in is recorded then, not before.
func TestWaitingStatementsAreNotRecorded(t *testing.T) {
	eachRecorded(t, func(t *testing.T, c *testCity) {
		id := opened(c, func(s *Settings) { s.Moderation = Before })
		c.WantActs(actPublished, actOpened)
		for i, text := range []string{"Бірінші пікір", "Мүлде басқа сөз"} {
			_, err := c.AddStatement(c.ctx(), id, voter(i), text, civic.Kazakh, true)
			c.must(err)
		}
		c.WantActs()
		c.must(c.Moderate(c.ctx(), moderator, id, 1, moderation.Choice{Approve: true}))
		c.WantActs(actStatementPublished)
		c.must(c.Moderate(c.ctx(), moderator, id, 2, moderation.Choice{Rule: "insult.1", Reason: "Себеп"}))
		c.WantActs(actStatementRemoved)
		c.must(c.Moderate(c.ctx(), moderator, id, 2, moderation.Choice{Approve: true}))
		c.WantActs(actStatementRestored)
		c.Verified()
	})
}

// After an account is erased nobody can tell which statements were its own. The record still
// holds.
func TestErasedWords(t *testing.T) {
	eachRecorded(t, func(t *testing.T, c *testCity) {
		id := opened(c, nil)
		for i := range 2 {
			_, err := c.AddStatement(c.ctx(), id, voter(i), []string{"Біреудің сөзі", "Чужие слова совсем"}[i], civic.Kazakh, true)
			c.must(err)
		}
		_, files := c.Verified()
		contains(t, "the copy", files, "Біреудің сөзі", "Чужие слова совсем") // as the page shows them, with their salts
		c.must(c.db.Write(c.ctx(), func(tx *storage.Tx) error { return erasePerson(tx, resident(0).Account) }))
		report, files := c.Verified()
		if report.Erased != 1 {
			t.Errorf("%d texts are erased, want 1", report.Erased)
		}
		lacks(t, "the copy", files, "Біреудің сөзі")
		contains(t, "the copy", files, "Чужие слова совсем")
	})
}

// What was imported stands in the record as one act with its totals.
func TestImportIsRecorded(t *testing.T) {
	eachRecorded(t, func(t *testing.T, c *testCity) {
		rep, err := c.ImportPolis(c.ctx(), shared(t, "vtaiwan.uberx"), ImportOptions{Body: akimat}, nil)
		c.must(err)
		id := rep.ID
		imported := c.WantActs(actImported)
		contains(t, "the import", string(imported[0].Payload), `"participants":1921`)
		report, _ := c.Verified()
		if report.Compared != 1+3 { // and the three bodies
			t.Errorf("%d pages are compared", report.Compared)
		}
		c.must(c.SaveAnswer(c.ctx(), officer(akimat), id, Answer{Text: both("Рақмет"), Person: "А. Жауапты"}, true))
		if answered := c.WantActs(actAnswered); !slices.Equal(answered[0].Follows, []civic.Ref{{Kind: Kind, ID: id}}) {
			t.Errorf("the answer follows %v", answered[0].Follows)
		}
		c.Verified()
	})
}

// Votes that a moderator leaves out of the map, and counts again, are acts of moderation.
func TestLeavingOutIsRecorded(t *testing.T) {
	eachRecorded(t, func(t *testing.T, c *testCity) {
		id := opened(c, nil, twelve()...)
		c.crowd(id, 0, 60, time.Hour, camps(30))
		c.burst(id)
		c.work()
		c.SkipActs() // only what comes after this is checked
		panel, err := c.MapPanel(c.ctx(), moderator, id)
		c.must(err)
		reason := both("Бір минутта бірдей жауап")
		c.must(c.LeaveOut(c.ctx(), moderator, id, panel.Bursts[0].Key, reason))
		left := c.WantActs(actLeftOut)
		contains(t, "the act", string(left[0].Payload), `"accounts":12`, `"votes":144`)
		wantCode(t, c.LeaveOut(c.ctx(), moderator, id, panel.Bursts[0].Key, reason), civic.Conflict)
		c.WantActs()
		c.must(c.CountAgain(c.ctx(), moderator, id, 1, reason))
		c.WantActs(actCountedAgain)
	})
}

// A missing secret of an official text is reported, because nobody may erase it. Secrets of
// people's words may be missing.
func TestMissingSecretsOfOfficialTexts(t *testing.T) {
	eachRecorded(t, func(t *testing.T, c *testCity) {
		id := opened(c, nil, "Орындықтар керек")
		added, err := c.AddStatement(c.ctx(), id, voter(1), "Ағаштар отырғызу керек", civic.Kazakh, true)
		c.must(err).must(c.Moderate(c.ctx(), moderator, id, added.No, moderation.Choice{Rule: "insult.1", Reason: "Себебі осы"}))
		c.SkipActs()
		if report, _ := c.Verified(); len(report.Remarks) > 0 {
			t.Errorf("%+v", report)
		}
		c.must(c.db.Write(c.ctx(), func(tx *storage.Tx) error { _, err := tx.Exec("DELETE FROM record_salt"); return err }))
		report, _ := c.Verified()
		if report.Withheld != 3 || len(report.Remarks) != 1 { // the host's statement in two languages and the reason of the removal
			t.Errorf("%+v", report)
		}
	})
}
