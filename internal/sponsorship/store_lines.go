package sponsorship

import (
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

const fromLines = "SELECT no, id, statement, organisation, iban, line_key, ref, day, amount, party, from_account, purpose, state, why, gift, owner, due FROM sponsorship_line WHERE "

var scanLine = storage.Into(func(l *BankLine) []any {
	return []any{&l.no, &l.ID, &l.Statement, &l.Organisation, &l.IBAN, &l.key, &l.Ref, storage.Instant(&l.Day), &l.Amount, &l.Party, &l.From, &l.Purpose, &l.State, &l.Why, &l.Gift, &l.Owner, storage.Instant(&l.Due)}
})

func findLine(tx *storage.Tx, id civic.ID) (BankLine, error) {
	return storage.One(tx, scanLine, fromLines+"id = $1", id)
}

func lineKnown(tx *storage.Tx, key string) (bool, error) {
	n, err := storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM sponsorship_line WHERE line_key = $1", key)
	return n > 0, err
}

// byBankRef finds the line that the bank calls so on an account.
func byBankRef(tx *storage.Tx, iban, ref string) (BankLine, error) {
	return storage.One(tx, scanLine, fromLines+"iban = $1 AND ref = $2 ORDER BY no LIMIT 1", iban, ref)
}

// alike lists other lines of the day and the sum that came with another statement: perhaps the same movement, told by another file.
func alike(tx *storage.Tx, l BankLine) ([]BankLine, error) {
	return storage.All(tx, scanLine, fromLines+"iban = $1 AND day = $2 AND amount = $3 AND statement <> $4 AND no < $5 ORDER BY no LIMIT 3", l.IBAN, storage.Millis(l.Day), int64(l.Amount), l.Statement, l.no)
}

// linesIn lists the lines of some organisations, or of all, that are in a state, what is due first in front.
func linesIn(tx *storage.Tx, of []civic.ID, states []LineState, most int) ([]BankLine, error) {
	in, args := storage.In([]any{most}, states)
	where := "state IN " + in
	if of != nil {
		var whose string
		if whose, args = storage.In(args, of); len(of) == 0 {
			return nil, nil
		}
		where += " AND organisation IN " + whose
	}
	return storage.All(tx, scanLine, fromLines+where+" ORDER BY due, no LIMIT $1", args...)
}

// latestLines are those last decided on of an organisation, to be looked at again.
func latestLines(tx *storage.Tx, organisation civic.ID, most int) ([]BankLine, error) {
	return storage.All(tx, scanLine, fromLines+"organisation = $1 AND state IN ($2, $3, $4) ORDER BY no DESC LIMIT $5", organisation, LineBooked, LineOther, LineSent, most)
}

// fromsOf are the accounts from which gifts came, by gift.
func fromsOf(tx *storage.Tx, gifts []civic.ID) (map[civic.ID]string, error) {
	in, args := storage.In(nil, gifts)
	return storage.Map[civic.ID, string](tx, "SELECT gift, MIN(from_account) FROM sponsorship_line WHERE from_account <> '' AND amount > 0 AND gift IN "+in+" GROUP BY gift", args...)
}

func insertLine(tx *storage.Tx, l *BankLine) (err error) {
	if l.no, err = storage.Next(tx, "sponsorship_line"); err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO sponsorship_line (no, id, statement, organisation, iban, line_key, ref, day, amount, party, from_account, purpose, state, owner, due) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		l.no, l.ID, l.Statement, l.Organisation, l.IBAN, l.key, l.Ref, storage.Millis(l.Day), int64(l.Amount), l.Party, l.From, l.Purpose, l.State, l.Owner, storage.Millis(l.Due))
	return err
}

func updateLine(tx *storage.Tx, l BankLine) error {
	_, err := tx.Exec("UPDATE sponsorship_line SET state = $2, why = $3, gift = $4, due = $5 WHERE no = $1", l.no, l.State, l.Why, l.Gift, storage.Millis(l.Due))
	return err
}

const fromStatements = "SELECT no, id, organisation, iban, format, lines, fresh, owner, at FROM sponsorship_statement WHERE "

var scanImported = storage.Into(func(s *Imported) []any {
	return []any{&s.no, &s.ID, &s.Organisation, &s.IBAN, &s.Format, &s.Lines, &s.Fresh, &s.Owner, storage.Instant(&s.At)}
})

// statementsOf lists the statements of an organisation, the last in front.
func statementsOf(tx *storage.Tx, organisation civic.ID, most int) ([]Imported, error) {
	return storage.All(tx, scanImported, fromStatements+"organisation = $1 ORDER BY no DESC LIMIT $2", organisation, most)
}

func insertStatement(tx *storage.Tx, s *Imported) (err error) {
	if s.no, err = storage.Next(tx, "sponsorship_statement"); err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO sponsorship_statement (no, id, organisation, iban, format, lines, fresh, owner, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
		s.no, s.ID, s.Organisation, s.IBAN, s.Format, s.Lines, s.Fresh, s.Owner, storage.Millis(s.At))
	return err
}

// owed counts the lines of an organisation that should have been looked at by now.
func owed(tx *storage.Tx, organisation civic.ID, now time.Time) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM sponsorship_line WHERE organisation = $1 AND state IN ($2, $3) AND due <= $4", organisation, LineOpen, LineToSend, storage.Millis(now))
}
