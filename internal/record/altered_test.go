package record_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/record/proof"
)

// The page of an act opens its seals before it shows words as proven. It says so when the
// thing's page shows something other than what was recorded. The receipt contains no words that
// do not match their seal.
func TestThePageOfAnActSaysThatWordsWereAltered(t *testing.T) {
	each(t, func(t *testing.T, b *board) {
		ref, _ := b.say(t, "Аты", "Бастапқы сөз")
		b.sequence(t)
		const shows, altered, another = "Бастапқы сөз", "SHOWS SOMETHING ELSE", "other words than those that were sealed"
		b.Browser(nil).Get("/en/record/1").Want(200, shows).Lacks(altered)
		tampered(t, b, "UPDATE board_note SET text = 'Басқа сөз' WHERE id = $1", ref.ID)
		b.Browser(nil).Get("/en/record/1").Want(200, altered, another).Lacks("Басқа сөз", shows)
		if receipt := b.Browser(nil).Get("/record/receipt/1").Want(200).Body; strings.Contains(receipt, "Басқа") {
			t.Error("the receipt holds words that were not recorded")
		}
		tampered(t, b, "UPDATE board_note SET text = 'Бастапқы сөз', title = 'Басқа ат' WHERE id = $1", ref.ID)
		b.Browser(nil).Get("/en/record/1").Want(200, altered, shows, "The page now shows something else.")
		tampered(t, b, "UPDATE board_note SET title = 'Аты' WHERE id = $1", ref.ID)
		b.Browser(nil).Get("/en/record/1").Want(200, shows).Lacks(altered)
	})
}

func tampered(t *testing.T, b *board, query string, args ...any) {
	t.Helper()
	b.Write(func(tx *storage.Tx) error { _, err := tx.Exec(query, args...); return err })
}

// Something that was withdrawn or removed, and is shown again without an act, is reported.
func TestAPageThatIsBackWithoutAnActIsNamed(t *testing.T) {
	each(t, func(t *testing.T, b *board) {
		ref, _ := b.say(t, "Аты", "Сөз")
		b.mark(t, ref, true, "board.note.removed")
		b.sequence(t)
		b.holds(t, proof.Options{})
		b.mark(t, ref, false, "")
		b.fails(t, proof.Options{}, proof.PageDiffers, 2)
		b.mark(t, ref, true, "")
		b.holds(t, proof.Options{})
	})
}

// Nobody may erase the secret of an official text. When it is missing the record still holds,
// but with a remark. The secret of a person's words may be missing.
func TestMissingSecretsOfOfficialTextsAreRemarked(t *testing.T) {
	citytest.EachWith(t, app.Config{}, func(t *testing.T, c *citytest.City) {
		id := c.Organisation("Жасыл қала")
		c.Acts()
		if report, _ := c.Verified(); len(report.Remarks) != 0 || report.Withheld != 0 {
			t.Fatalf("%+v", report)
		}
		c.Write(func(tx *storage.Tx) error { return record.EraseSubject(tx, organisations.RefOf(id)) })
		if report, _ := c.Verified(); len(report.Remarks) != 0 || report.Erased != 1 {
			t.Errorf("%+v", report)
		}
	})
	for prefix, want := range map[string]bool{"commitment:sha256:": false, "commitment:official:sha256:": true} {
		if got := proof.Commitment(prefix + strconv.Itoa(1)).Official(); got != want {
			t.Errorf("%s: %v", prefix, got)
		}
	}
	c, salt := proof.CommitOfficial("Ресми мәтін")
	if !c.Opens(salt, "Ресми мәтін") || c.Opens(salt, "Басқа") || !proof.IsCommitment(string(c)) {
		t.Error("an official commitment does not open")
	}
}
