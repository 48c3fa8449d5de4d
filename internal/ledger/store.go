package ledger

import (
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// There is no UPDATE and no DELETE here: a test reads this file.

const columns = "t.no, t.id, t.book, t.once, t.what, t.about, t.at, t.undoes, COALESCE((SELECT u.id FROM ledger_transfer u WHERE u.undoes = t.id AND u.undoes <> ''), '')"

var scanTransfer = storage.Into(func(p *Posted) []any {
	return []any{&p.no, &p.ID, storage.Ref(&p.Book), &p.Once, &p.What, storage.Ref(&p.About), storage.Instant(&p.At), &p.Undoes, &p.Undone}
})

// Balance is the sum of an account's entries, which the last of them says.
func Balance(tx *storage.Tx, a Account) (civic.Money, error) {
	account, found, err := storage.Found(find(tx, a))
	if err != nil || !found {
		return 0, err
	}
	return balance(tx, account.no)
}

func balance(tx *storage.Tx, account int64) (civic.Money, error) {
	left, _, err := storage.Found(storage.One(tx, storage.Scalar[civic.Money], "SELECT left_after FROM ledger_entry WHERE account_no = $1 ORDER BY transfer DESC LIMIT 1", account))
	return left, err
}

// Sum is the balance of an account.
type Sum struct {
	Account Account
	Amount  civic.Money
}

var scanSum = storage.Into(func(s *Sum) []any {
	a := &s.Account
	return []any{storage.Ref(&a.Book), &a.Name, storage.Ref(&a.About), &a.Party, &s.Amount}
})

// Balances are those of all accounts of a book that ever had an entry, by name and what they are about. Together they are zero.
func Balances(tx *storage.Tx, book civic.Ref) ([]Sum, error) {
	return storage.All(tx, scanSum, `SELECT a.book, a.name, a.about, a.party,
		(SELECT e.left_after FROM ledger_entry e WHERE e.account_no = a.no ORDER BY e.transfer DESC LIMIT 1) FROM ledger_account a WHERE a.book = $1 ORDER BY a.name, a.about`, book.String())
}

// ByID finds a transfer with its entries. Errors: NotFound.
func ByID(tx *storage.Tx, id civic.ID) (Posted, error) {
	return whole(tx, "t.id = $1", id)
}

func byOnce(tx *storage.Tx, book civic.Ref, once string) (Posted, error) {
	return whole(tx, "t.book = $1 AND t.once = $2", book.String(), once)
}

func whole(tx *storage.Tx, where string, args ...any) (Posted, error) {
	p, err := storage.One(tx, scanTransfer, "SELECT "+columns+" FROM ledger_transfer t WHERE "+where, args...)
	if err != nil {
		return Posted{}, err
	}
	p.Entries, err = entriesOf(tx, p.no)
	return p, err
}

var scanEntry = storage.Into(func(e *Entry) []any {
	a := &e.Account
	return []any{storage.Ref(&a.Book), &a.Name, storage.Ref(&a.About), &a.Party, &e.Amount}
})

// entriesOf are in the order of their amounts: those who give in front.
func entriesOf(tx *storage.Tx, transfer int64) ([]Entry, error) {
	return storage.All(tx, scanEntry, `SELECT a.book, a.name, a.about, a.party, e.amount FROM ledger_entry e JOIN ledger_account a ON a.no = e.account_no
		WHERE e.transfer = $1 ORDER BY e.amount, a.no`, transfer)
}

// Line is a transfer as an account sees it.
type Line struct {
	Posted // without its entries
	Amount civic.Money
	No     int64 // where a page of the list ends
}

var scanLine = storage.Into(func(l *Line) []any {
	p := &l.Posted
	return []any{&p.no, &p.ID, storage.Ref(&p.Book), &p.Once, &p.What, storage.Ref(&p.About), storage.Instant(&p.At), &p.Undoes, &p.Undone, &l.Amount, &l.No}
})

// Statement lists what came to an account and left it, the last in front, below a line's No; 0 begins with the last.
func Statement(tx *storage.Tx, a Account, below int64, most int) ([]Line, error) {
	args := []any{a.Book.String(), a.Name, a.About.String(), most}
	before, args := storage.Before(args, "e.transfer", below)
	return storage.All(tx, scanLine, "SELECT "+columns+`, e.amount, t.no FROM ledger_entry e JOIN ledger_account a ON a.no = e.account_no JOIN ledger_transfer t ON t.no = e.transfer
		WHERE a.book = $1 AND a.name = $2 AND a.about = $3 AND `+before+" ORDER BY e.transfer DESC LIMIT $4", args...)
}

// kept is an account as it is in the table.
type kept struct {
	no    int64
	party bool
}

var scanKept = storage.Into(func(a *kept) []any { return []any{&a.no, &a.party} })

func find(tx *storage.Tx, a Account) (kept, error) {
	return storage.One(tx, scanKept, "SELECT no, party FROM ledger_account WHERE book = $1 AND name = $2 AND about = $3", a.Book.String(), a.Name, a.About.String())
}

// insertAccount numbers an account. The caller holds the lock.
func insertAccount(tx *storage.Tx, a Account) (kept, error) {
	no, err := storage.Next(tx, "ledger_account")
	if err != nil {
		return kept{}, err
	}
	_, err = tx.Exec("INSERT INTO ledger_account (no, book, name, about, party) VALUES ($1, $2, $3, $4, $5)", no, a.Book.String(), a.Name, a.About.String(), a.Party)
	return kept{no, a.Party}, err
}

// insert numbers a transfer. The caller holds the lock.
func insert(tx *storage.Tx, p *Posted) error {
	no, err := storage.Next(tx, "ledger_transfer")
	if err != nil {
		return err
	}
	p.no = no
	_, err = tx.Exec("INSERT INTO ledger_transfer (no, id, book, once, what, about, at, undoes) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
		p.no, p.ID, p.Book.String(), p.Once, p.What, p.About.String(), storage.Millis(p.At), p.Undoes)
	return err
}

// insertEntry says beside the entry what is in the account after it. The caller holds the lock.
func insertEntry(tx *storage.Tx, transfer, account int64, amount civic.Money) error {
	before, err := balance(tx, account)
	if err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO ledger_entry (transfer, account_no, amount, left_after) VALUES ($1, $2, $3, $4)", transfer, account, int64(amount), int64(before+amount))
	return err
}
