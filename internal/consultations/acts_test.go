package consultations

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/audit"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/record/proof"
)

// recordedCity is a city with what of its record was looked at.
type recordedCity struct {
	*testCity
	seen int64
}

func eachRecorded(t *testing.T, test func(t *testing.T, c *recordedCity)) {
	t.Helper()
	each(t, func(t *testing.T, c *testCity) {
		r := &recordedCity{testCity: c}
		r.wants("record.log.opened", "organisations.organisation.registered", "organisations.organisation.registered", "organisations.organisation.registered")
		test(t, r)
	})
}

// wants places what waits and expects it to be acts of these kinds, in this order.
func (c *recordedCity) wants(kinds ...string) []record.Recorded {
	c.t.Helper()
	all := c.Acts()[c.seen:]
	var got []string
	for _, e := range all {
		got = append(got, e.Kind)
	}
	c.seen += int64(len(all))
	if !slices.Equal(got, kinds) {
		c.t.Errorf("acts %v, want %v", got, kinds)
	}
	return all
}

// verified checks the whole record against the pages, and returns the report and all its files.
func (c *recordedCity) verified() (proof.Report, string) {
	c.t.Helper()
	dir := filepath.Join(c.t.TempDir(), "copy")
	_, err := c.Record.Export(c.ctx(), dir, nil)
	c.must(err)
	report, err := proof.Verify(c.ctx(), proof.Dir(dir), proof.Options{Now: c.db.Now})
	c.must(err)
	var files strings.Builder
	c.must(fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(filepath.Join(dir, path))
		files.WriteString(path + "\n" + string(b))
		return err
	}))
	return report, files.String()
}

// The life of one consultation: every act that the public sees stands in the record once.
func TestEveryPublicActIsRecordedOnce(t *testing.T) {
	eachRecorded(t, func(t *testing.T, c *recordedCity) {
		set := settingsFor(c.testCity, "Орындықтар керек", "Нужны деревья")
		set.OpensAt, set.ClosesAt = start.AddDate(0, 0, 2), start.AddDate(0, 0, 32)
		id, err := c.Create(c.ctx(), officer(akimat), set)
		c.must(err)
		c.wants() // a draft is nobody's business
		c.must(c.Publish(c.ctx(), officer(akimat), id))
		c.wants(actPublished)
		c.must(c.Withdraw(c.ctx(), officer(akimat), id))
		c.wants(actWithdrawn)
		c.verified()
		c.must(c.Publish(c.ctx(), officer(akimat), id))
		set.Question["en"] = "What does the old park need?"
		c.must(c.Edit(c.ctx(), officer(akimat), id, set))
		c.wants(actPublished, actPublished)
		c.must(c.Extend(c.ctx(), officer(akimat), id, start.AddDate(0, 0, 40), civic.Text{"kk": "Мереке"}))
		c.wants(actExtended)
		c.verified()
		c.at(set.OpensAt)
		c.must(c.Advance(c.ctx()))
		c.wants(actOpened, actStatementPublished, actStatementPublished)

		added, err := c.AddStatement(c.ctx(), id, voter(1), hostile, civic.Russian, true)
		c.must(err)
		c.wants(actStatementPublished)
		c.must(c.Vote(c.ctx(), id, voter(2), added.No, Disagree)).must(c.Vote(c.ctx(), id, voter(3), 1, Agree))
		c.must(c.Moderate(c.ctx(), moderator, id, 2, Decision{Approve: true})) // looked at, nothing changed
		c.wants()                                                              // votes are in the totals only
		c.must(c.Moderate(c.ctx(), moderator, id, added.No, Decision{Rule: "insult", Reason: "Bad words"}))
		removed := c.wants(actStatementRemoved)
		if len(removed) == 1 && (removed[0].Member("rule") != "consultations.rule_insult" || removed[0].Actor != "moderator") {
			t.Errorf("removal %s", removed[0].Raw)
		}
		report, files := c.verified()
		lacks(t, "the record", files, "alert(1)", "Bad words")
		if report.Compared != 3+3 { // the last announcement, the two first statements, and the three bodies
			t.Errorf("%d pages are compared", report.Compared)
		}
		c.must(c.Moderate(c.ctx(), moderator, id, added.No, Decision{Approve: true}))
		c.wants(actStatementRestored)
		c.verified()
		c.must(c.Moderate(c.ctx(), moderator, id, added.No, Decision{Rule: "insult", Reason: "Bad words"}))
		c.wants(actStatementRemoved)

		c.at(start.AddDate(0, 0, 40))
		c.must(c.Advance(c.ctx())).must(c.Advance(c.ctx()))
		closed := c.wants(actClosed)
		const totals = `"counts":[[1,1,0,0],[3,0,1,0]],"participants":2,"votes":2`
		if len(closed) == 1 {
			contains(t, "the closing", string(closed[0].Payload), totals)
			if closed[0].Actor != "system" || !slices.Equal(closed[0].Follows, []civic.Ref{{Kind: Kind, ID: id}}) {
				t.Errorf("closing %s", closed[0].Raw)
			}
		}
		c.must(c.SaveItem(c.ctx(), officer(akimat), id, 1, AnswerItem{Verdict: Taken, Reason: civic.Text{"kk": "Дұрыс айтылған"}}))
		c.must(c.SaveAnswer(c.ctx(), officer(akimat), id, civic.Text{"kk": "Рақмет"}, "А. Жауапты", false))
		c.wants() // a draft
		c.must(c.SaveAnswer(c.ctx(), officer(akimat), id, civic.Text{"kk": "Рақмет"}, "А. Жауапты", true))
		answered := c.wants(actAnswered)
		if len(answered) == 1 {
			contains(t, "the answer", string(answered[0].Payload), `"statement":1,"verdict":"taken"`)
			lacks(t, "the answer", string(answered[0].Raw), "Жауапты")
			if want := []civic.Ref{{Kind: "consultations.results", ID: id}, {Kind: "consultations.statement", ID: id + ".1"}}; !slices.Equal(answered[0].Follows, want) {
				t.Errorf("the answer follows %v", answered[0].Follows)
			}
		}
		_, files = c.verified()
		lacks(t, "the record", files, "alert(1)", "resident-1", "resident-2")

		// From the statement one comes to the answer, and from the answer to the opening.
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
	eachRecorded(t, func(t *testing.T, c *recordedCity) {
		id := opened(c.testCity, nil, "Бірінші")
		c.wants(actPublished, actOpened, actStatementPublished)
		trail := c.Service.city.Trail
		c.Service.city.Trail = audit.New(func(string) bool { return false }) // refuses every act, after the change was written
		for name, err := range map[string]error{
			"close":    c.Close(c.ctx(), officer(akimat), id, civic.Text{"kk": "Себеп"}),
			"extend":   c.Extend(c.ctx(), officer(akimat), id, start.AddDate(0, 0, 60), civic.Text{"kk": "Себеп"}),
			"moderate": c.Moderate(c.ctx(), moderator, id, 1, Decision{Rule: "insult", Reason: "Себеп"}),
		} {
			if err == nil || !strings.Contains(err.Error(), "nobody declared the act") {
				t.Errorf("%s: %v", name, err)
			}
		}
		c.wants()
		c.Service.city.Trail = trail
		wantCode(t, c.Moderate(c.ctx(), resident(1), id, 1, Decision{Rule: "insult", Reason: "Себеп"}), civic.Forbidden)
		c.wants()
		c.must(c.Close(c.ctx(), officer(akimat), id, civic.Text{"kk": "Себеп"}))
		if closed := c.wants(actClosed); len(closed) == 1 && closed[0].Actor != "officer" {
			t.Errorf("closed by %s", closed[0].Actor)
		}
		c.verified()

		// Nor a change without its act.
		id = opened(c.testCity, nil)
		c.wants(actPublished, actOpened)
		nothing, err := part.Declare(c.Catalog)
		c.must(err)
		c.Service.city.Record = record.New(c.db, record.Options{Origin: "city.test", Declared: nothing}) // refuses every act
		added, err := c.AddStatement(c.ctx(), id, voter(1), "Екінші", civic.Kazakh, true)
		if err == nil || !strings.Contains(err.Error(), "nobody declared the act") || added.No != 1 && added.No != 0 {
			t.Errorf("%+v, %v", added, err)
		}
		c.wants()
		if got := c.counts(id); len(got) != 0 {
			t.Errorf("a statement without its act: %v", got)
		}
	})
}

// A statement that a moderator lets in is recorded then, not before.
func TestWaitingStatementsAreNotRecorded(t *testing.T) {
	eachRecorded(t, func(t *testing.T, c *recordedCity) {
		id := opened(c.testCity, func(s *Settings) { s.Moderation = Before })
		c.wants(actPublished, actOpened)
		for i, text := range []string{"Бірінші пікір", "Мүлде басқа сөз"} {
			_, err := c.AddStatement(c.ctx(), id, voter(i), text, civic.Kazakh, true)
			c.must(err)
		}
		c.wants()
		c.must(c.Moderate(c.ctx(), moderator, id, 1, Decision{Approve: true}))
		c.wants(actStatementPublished)
		c.must(c.Moderate(c.ctx(), moderator, id, 2, Decision{Rule: "insult", Reason: "Себеп"}))
		c.wants(actStatementRemoved)
		c.must(c.Moderate(c.ctx(), moderator, id, 2, Decision{Approve: true}))
		c.wants(actStatementRestored)
		c.verified()
	})
}

// When an account is erased nobody can tell any more which words its statements had, and the
// record still holds.
func TestErasedWords(t *testing.T) {
	eachRecorded(t, func(t *testing.T, c *recordedCity) {
		id := opened(c.testCity, nil)
		for i := range 2 {
			_, err := c.AddStatement(c.ctx(), id, voter(i), []string{"Біреудің сөзі", "Чужие слова совсем"}[i], civic.Kazakh, true)
			c.must(err)
		}
		_, files := c.verified()
		contains(t, "the copy", files, "Біреудің сөзі", "Чужие слова совсем") // as the page shows them, with their salts
		c.must(c.db.Write(c.ctx(), func(tx *storage.Tx) error { return erasePerson(tx, resident(0).Account) }))
		report, files := c.verified()
		if report.Erased != 1 {
			t.Errorf("%d texts are erased, want 1", report.Erased)
		}
		lacks(t, "the copy", files, "Біреудің сөзі")
		contains(t, "the copy", files, "Чужие слова совсем")
	})
}

// What was imported stands in the record as one act with its totals.
func TestImportIsRecorded(t *testing.T) {
	eachRecorded(t, func(t *testing.T, c *recordedCity) {
		rep, err := c.ImportPolis(c.ctx(), shared(t, "vtaiwan.uberx"), ImportOptions{Body: akimat}, nil)
		c.must(err)
		id := rep.ID
		imported := c.wants(actImported)
		if len(imported) == 1 {
			contains(t, "the import", string(imported[0].Payload), `"participants":1921`)
		}
		report, _ := c.verified()
		if report.Compared != 1+3 { // and the three bodies
			t.Errorf("%d pages are compared", report.Compared)
		}
		c.must(c.SaveAnswer(c.ctx(), officer(akimat), id, civic.Text{"kk": "Рақмет"}, "А. Жауапты", true))
		if answered := c.wants(actAnswered); len(answered) == 1 && !slices.Equal(answered[0].Follows, []civic.Ref{{Kind: Kind, ID: id}}) {
			t.Errorf("the answer follows %v", answered[0].Follows)
		}
		c.verified()
	})
}

// Votes that a moderator leaves out of the map, and counts again, are acts of moderation.
func TestLeavingOutIsRecorded(t *testing.T) {
	eachRecorded(t, func(t *testing.T, c *recordedCity) {
		id := opened(c.testCity, nil, twelve()...)
		c.crowd(id, 0, 60, time.Hour, camps(30))
		c.burst(id)
		c.work()
		c.seen = int64(len(c.Acts())) // what is of interest comes after
		panel, err := c.MapPanel(c.ctx(), moderator, id)
		c.must(err)
		reason := civic.Text{"kk": "Бір минутта бірдей жауап"}
		c.must(c.LeaveOut(c.ctx(), moderator, id, panel.Bursts[0].Key, reason))
		if left := c.wants(actLeftOut); len(left) == 1 {
			contains(t, "the act", string(left[0].Payload), `"accounts":12`, `"votes":144`)
		}
		wantCode(t, c.LeaveOut(c.ctx(), moderator, id, panel.Bursts[0].Key, reason), civic.Conflict)
		c.wants()
		c.must(c.CountAgain(c.ctx(), moderator, id, 1, reason))
		c.wants(actCountedAgain)
	})
}
