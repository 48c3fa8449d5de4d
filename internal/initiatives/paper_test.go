package initiatives_test

import (
	"encoding/hex"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/initiatives"
	"github.com/birge-kz/birge/internal/paper"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// iin is a made-up individual number: the control digit is the one that civic.ValidIIN, tested against published examples, takes.
func iin(n int) string {
	for d := range 10 {
		if s := fmt.Sprintf("900101%d%04d%d", 3, n, d); civic.ValidIIN(s) {
			return s
		}
	}
	return iin(n + 1_000) // none has a control digit
}

// verified is somebody whose number the city knows.
func (t *town) verified(iin string) *citytest.Person {
	t.T.Helper()
	p := t.Resident(civic.Russian)
	t.City.Write(func(tx *storage.Tx) error {
		person, _, err := t.Identity.MarkOf(tx, iin)
		if err != nil {
			return err
		}
		raw, err := hex.DecodeString(person)
		if err != nil {
			return err
		}
		_, err = tx.Exec("INSERT INTO identity_person (mark, account, released_at) VALUES ($1, $2, 0)", raw, p.Account)
		return err
	})
	return p
}

// sheets prints and gives out so many sheets, and gives their codes.
func (t *town) sheets(id civic.ID, n int) (paper.Run, []string) {
	t.T.Helper()
	run, layout, codes, err := t.Paper.Print(t.Ctx(), t.moderator.Actor, Ref(id), paper.Signatures, n, civic.Kazakh)
	t.Must(err)
	if layout.Title != alley.Title || layout.Rows == 0 || len(layout.Columns) != 4 {
		t.T.Errorf("on the sheets: %+v", layout)
	}
	t.Must(t.Paper.Give(t.Ctx(), t.moderator.Actor, run.ID, "1-терезе", n))
	return run, codes
}

// enter lets two people enter a sheet alike.
func (t *town) enter(run paper.Run, code, content string) {
	t.T.Helper()
	for _, who := range []*citytest.Person{t.moderator, t.second} {
		_, err := t.Paper.Enter(t.Ctx(), who.Actor, run.ID, code, content)
		t.Must(err)
	}
}

func (t *town) handIn(run paper.Run, returned, unused int) {
	t.T.Helper()
	t.Must(t.Paper.TakeBack(t.Ctx(), t.moderator.Actor, run.ID, 1, paper.Back{Returned: int64(returned), Spoilt: 0, Unused: int64(unused)}))
	_, err := t.Paper.Reconcile(t.Ctx(), t.moderator.Actor, run.ID, "", false)
	t.Must(err)
}

// What is signed on paper counts the same: entered by two people, decided by a third, each person once on paper or not, and at a threshold as
// one event. A run of forged sheets is taken out and brought back.
func TestSignedOnPaper(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		c.Must(c.Settings.SetDistricts(c.Ctx(), c.Administrator().Actor, "Абай ауданы; Абайский район; Abai district"))
		id := w.opened()
		_, _, _, err := w.Paper.Print(c.Ctx(), w.authors[0].Actor, Ref(id), paper.Signatures, 1, civic.Kazakh)
		c.Refused(err, civic.Forbidden)

		// Somebody whose number is known has signed here; somebody else takes theirs back, and signs on paper.
		known, back := w.verified(iin(1)), w.verified(iin(2))
		for _, p := range []*citytest.Person{known, back} {
			_, err := w.Sign(c.Ctx(), p.Actor, id, "", Signing{Name: "Айгерим Сапарова"})
			c.Must(err)
		}
		c.Must(w.TakeBack(c.Ctx(), id, Who{Actor: back.Actor}))
		w.wantSigned(id, 6)

		run, codes := w.sheets(id, 3)
		w.enter(run, codes[0], iin(1)+"\n"+iin(2)+" абайский район\n"+iin(3)+", ABAI district")
		_, err = w.Paper.Enter(c.Ctx(), w.moderator.Actor, run.ID, codes[1], "900101300018")
		c.Refused(err, civic.Invalid) // the control digit is wrong
		_, err = w.Paper.Enter(c.Ctx(), w.moderator.Actor, run.ID, codes[1], iin(4)+" Луна")
		c.Refused(err, civic.Invalid)
		_, err = w.Paper.Enter(c.Ctx(), w.moderator.Actor, run.ID, codes[1], iin(4)+"\n"+iin(4))
		c.Refused(err, civic.Invalid)
		_, err = w.Paper.Enter(c.Ctx(), w.moderator.Actor, run.ID, codes[1], iin(3)+" Абайский район\n"+iin(4))
		c.Must(err)
		state, err := w.Paper.Enter(c.Ctx(), w.second.Actor, run.ID, codes[1], iin(3)+" Абайский район\n"+iin(5))
		c.Must(err)
		if state != paper.Differs {
			t.Errorf("two numbers are %s", state)
		}
		_, err = w.Paper.Enter(c.Ctx(), c.Moderator().Actor, run.ID, codes[1], iin(3)+" Абайский район\n"+iin(4))
		c.Must(err)
		w.wantSigned(id, 6) // nothing counts before the sheets are reconciled
		c.SkipActs()
		w.handIn(run, 2, 1)
		c.WantActs("initiatives.initiative.reached", "paper.run.reconciled")
		w.wantSigned(id, 9)
		w.toldOnce(w.authors[0], "initiatives.told_reached_council")
		if v := w.view(id); v.Sheets.Counted != 3 || v.Sheets.Repeated != 2 || v.PaperOut || !slices.Contains(v.Places, Place{District: c.Settings.Current().Districts[0].Code, Count: 2}) {
			t.Errorf("from paper %+v, by district %+v", v.Sheets, v.Places)
		}
		left := 0
		c.Read(func(tx *storage.Tx) (err error) {
			left, err = storage.One(tx, storage.Scalar[int], "SELECT (SELECT COUNT(*) FROM paper_entry) + (SELECT COUNT(*) FROM paper_sheet WHERE content <> '')")
			return err
		})
		if left != 0 {
			t.Errorf("of what sheets said, %d are kept", left)
		}

		// Who signed on paper signs no second time here, and takes it back as soon as the city knows their number.
		late := w.verified(iin(3))
		_, err = w.Sign(c.Ctx(), late.Actor, id, "", Signing{Name: "Арман Касымов"})
		c.Must(err)
		w.wantSigned(id, 9)
		c.Must(w.TakeBack(c.Ctx(), id, Who{Actor: late.Actor}))
		w.wantSigned(id, 8)

		// Conditions for others do not mean paper; those for its run do.
		_, err = w.Preview(c.Ctx(), w.moderator.Actor, id, Conditions{From: c.Now(), Young: 24}, because)
		c.Must(err)
		f, err := w.Preview(c.Ctx(), w.moderator.Actor, id, Conditions{Run: run.ID}, because)
		c.Must(err)
		if f.Counted != 2 { // one of the three has taken theirs back
			t.Errorf("of the run: %d", f.Counted)
		}
		made, err := w.Invalidate(c.Ctx(), w.moderator.Actor, id, Conditions{Run: run.ID}, because)
		c.Must(err)
		w.wantSigned(id, 6)
		c.Must(w.Reverse(c.Ctx(), w.moderator.Actor, made.ID, because))
		w.wantSigned(id, 8)
	}, Capability())
}

// Sheets that are out when signing ends are waited for; what is reconciled after the body has it counts nobody.
func TestSheetsThatComeLate(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		c.Set("initiatives.check_days", 3)
		c.Set("initiatives.paper_days", 10)
		id := w.opened()
		first, codes := w.sheets(id, 1)
		second, others := w.sheets(id, 1)
		c.At(w.view(id).ClosesAt.Add(time.Minute))
		c.Must(w.Advance(c.Ctx()))
		v := w.view(id)
		if want := c.Settings.Calendar().Add(v.ClosedAt, 10); !v.HandAt.Equal(want) || !v.PaperOut {
			t.Errorf("handed over at %s, want %s", v.HandAt, want)
		}
		_, _, _, err := w.Paper.Print(c.Ctx(), w.moderator.Actor, Ref(id), paper.Signatures, 1, civic.Kazakh)
		c.Refused(err, civic.Closed)
		w.enter(first, codes[0], iin(1)+"\n"+iin(2)+"\n"+iin(3))
		w.handIn(first, 1, 0)
		w.wantSigned(id, 8)
		c.At(v.HandAt.Add(time.Minute))
		c.Must(w.Advance(c.Ctx()))
		w.enter(second, others[0], iin(4))
		w.handIn(second, 1, 0)
		if v := w.view(id); v.State != WithBody || v.Final != 8 || v.Signed != 8 {
			t.Errorf("%s with %d, %d", v.State, v.Final, v.Signed)
		}
	}, Capability())
}

// Two runs with the same people are reconciled at once, while these people sign here: each counts once.
func TestPaperAndAccountsAtOnce(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		id := w.opened()
		people, content := []*citytest.Person{}, ""
		for n := range 8 {
			people = append(people, w.verified(iin(n)))
			content += iin(n) + "\n"
		}
		var runs []paper.Run
		for range 2 {
			run, codes := w.sheets(id, 1)
			w.enter(run, codes[0], content)
			c.Must(c.Paper.TakeBack(c.Ctx(), w.moderator.Actor, run.ID, 1, paper.Back{Returned: 1, Spoilt: 0, Unused: 0}))
			runs = append(runs, run)
		}
		var all sync.WaitGroup
		for _, p := range people {
			all.Go(func() {
				if _, err := w.Sign(c.Ctx(), p.Actor, id, "", Signing{Name: "Арман Касымов"}); err != nil {
					t.Error(err)
				}
			})
		}
		for _, run := range runs {
			all.Go(func() {
				if _, err := c.Paper.Reconcile(c.Ctx(), w.moderator.Actor, run.ID, "", false); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		w.wantSigned(id, 13)
	}, Capability())
}
