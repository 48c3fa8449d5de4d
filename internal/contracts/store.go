package contracts

import (
	"strconv"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

func number(tx *storage.Tx, table string) (int64, error) {
	if err := tx.Lock("contracts_no"); err != nil {
		return 0, err
	}
	return storage.Next(tx, table)
}

const fromContracts = "SELECT no, id, about, book, giver, taker, title, amount, state, parts, signed_at, closed_at, reason FROM contracts_contract WHERE "

var scanContract = storage.Into(func(c *Contract) []any {
	return []any{&c.no, &c.ID, storage.Ref(&c.About), storage.Ref(&c.Book), storage.Ref(&c.Giver), storage.Ref(&c.Taker), &c.Title, &c.Amount, &c.State, storage.JSON(&c.Parts), storage.Instant(&c.SignedAt), storage.Instant(&c.ClosedAt), &c.Reason}
})

func find(tx *storage.Tx, id civic.ID) (Contract, error) {
	return storage.One(tx, scanContract, fromContracts+"id = $1", id)
}

// Shown is a contract that everybody sees; false where there is none.
func Shown(tx *storage.Tx, id civic.ID) (Contract, bool, error) {
	c, there, err := storage.Found(find(tx, id))
	return c, there && c.Public(), err
}

func byIDs(tx *storage.Tx, ids []civic.ID) ([]Contract, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanContract, fromContracts+"id IN "+in, args...)
}

// ofBook lists the contracts on the money of one book, as they were made.
func ofBook(tx *storage.Tx, book civic.Ref, most int) ([]Contract, error) {
	return storage.All(tx, scanContract, fromContracts+"book = $1 ORDER BY no LIMIT $2", book.String(), most)
}

// Signed lists the signed contracts of an organisation, on either side, or of all, below a place (0: from the last on).
func Signed(tx *storage.Tx, of civic.Ref, below int64, most int) ([]Contract, error) {
	where, args := "signed_at > $1", []any{0}
	if of.ID != "" {
		args = append(args, of.String())
		where += " AND (taker = $2 OR giver = $2)"
	}
	before, args := storage.Before(args, "no", below)
	return storage.All(tx, scanContract, fromContracts+where+" AND "+before+" ORDER BY no DESC LIMIT $"+strconv.Itoa(len(args)+1), append(args, most)...)
}

// Place is where the contract stands in the order of all.
func (c Contract) Place() int64 { return c.no }

// ofTaker lists the contracts of an organisation, the latest first.
func ofTaker(tx *storage.Tx, taker civic.Ref, most int) ([]Contract, error) {
	return storage.All(tx, scanContract, fromContracts+"taker = $1 ORDER BY no DESC LIMIT $2", taker.String(), most)
}

// byGivers is a condition on the givers of contracts; nil: all.
func byGivers(args []any, givers []civic.Ref) (string, []any) {
	if givers == nil {
		return "", args
	}
	var refs []string
	for _, g := range givers {
		refs = append(refs, g.String())
	}
	in, args := storage.In(args, refs)
	return " AND giver IN " + in, args
}

// drafts lists the contracts that wait to be signed, the oldest first.
func drafts(tx *storage.Tx, givers []civic.Ref, most int) ([]Contract, error) {
	where, args := byGivers([]any{Draft}, givers)
	return storage.All(tx, scanContract, fromContracts+"state = $1"+where+" ORDER BY no LIMIT $"+strconv.Itoa(len(args)+1), append(args, most)...)
}

// filedReport is a report that its giver is to look at.
type filedReport struct {
	id, contract civic.ID
	title        string
	filedAt      time.Time
}

// untaken lists the reports on running contracts that nobody has looked at, the oldest first.
func untaken(tx *storage.Tx, givers []civic.Ref, most int) ([]filedReport, error) {
	where, args := byGivers([]any{Running}, givers)
	return storage.All(tx, storage.Into(func(r *filedReport) []any {
		return []any{&r.id, &r.contract, &r.title, storage.Instant(&r.filedAt)}
	}), "SELECT r.id, r.contract, c.title, r.filed_at FROM contracts_report r JOIN contracts_contract c ON c.id = r.contract WHERE c.state = $1 AND r.filed_at > 0 AND r.taken_at = 0"+where+" ORDER BY r.filed_at, r.no LIMIT $"+strconv.Itoa(len(args)+1), append(args, most)...)
}

func insertContract(tx *storage.Tx, c *Contract) (err error) {
	if c.no, err = number(tx, "contracts_contract"); err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO contracts_contract (no, id, about, book, giver, taker, title, amount, state, parts, signed_at, closed_at, reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '[]', 0, 0, '')",
		c.no, c.ID, c.About.String(), c.Book.String(), c.Giver.String(), c.Taker.String(), c.Title, int64(c.Amount), c.State)
	return err
}

func updateContract(tx *storage.Tx, c Contract) error {
	_, err := tx.Exec("UPDATE contracts_contract SET state = $2, parts = $3, signed_at = $4, closed_at = $5, reason = $6 WHERE no = $1", c.no, c.State, storage.AsJSON(append([]Instalment{}, c.Parts...)), storage.Millis(c.SignedAt), storage.Millis(c.ClosedAt), c.Reason)
	return err
}

const fromReports = "SELECT no, id, contract, taker, due, filed_at, was_late, said, spent, helped, taken_at, back FROM contracts_report WHERE "

var scanReport = storage.Into(func(r *Report) []any {
	return []any{&r.no, &r.ID, &r.Contract, storage.Ref(&r.Taker), storage.Instant(&r.Due), storage.Instant(&r.FiledAt), &r.WasLate, &r.Said, &r.Spent, &r.Helped, storage.Instant(&r.TakenAt), &r.Back}
})

func findReport(tx *storage.Tx, id civic.ID) (Report, error) {
	return storage.One(tx, scanReport, fromReports+"id = $1", id)
}

func reports(tx *storage.Tx, contract civic.ID) ([]Report, error) {
	return storage.All(tx, scanReport, fromReports+"contract = $1 ORDER BY due, no LIMIT $2", contract, maxReports)
}

// overdue counts the reports on running contracts that an organisation owes since before an instant.
func overdue(tx *storage.Tx, taker civic.Ref, now time.Time) (int, error) {
	return storage.One(tx, storage.Scalar[int], "SELECT COUNT(*) FROM contracts_report r JOIN contracts_contract c ON c.id = r.contract WHERE r.taker = $1 AND r.filed_at = 0 AND r.due < $2 AND c.state = $3", taker.String(), storage.Millis(now), Running)
}

func insertReport(tx *storage.Tx, r *Report) (err error) {
	if r.no, err = number(tx, "contracts_report"); err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO contracts_report (no, id, contract, taker, due, filed_at, was_late, said, spent, helped, taken_at, back) VALUES ($1, $2, $3, $4, $5, 0, FALSE, '', 0, 0, 0, '')", r.no, r.ID, r.Contract, r.Taker.String(), storage.Millis(r.Due))
	return err
}

func updateReport(tx *storage.Tx, r Report) error {
	_, err := tx.Exec("UPDATE contracts_report SET due = $2, filed_at = $3, was_late = $4, said = $5, spent = $6, helped = $7, taken_at = $8, back = $9 WHERE no = $1", r.no, storage.Millis(r.Due), storage.Millis(r.FiledAt), r.WasLate, r.Said, int64(r.Spent), r.Helped, storage.Millis(r.TakenAt), r.Back)
	return err
}
