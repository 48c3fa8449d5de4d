package ledger

import (
	"fmt"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Post moves money, in the transaction of the deed that it is for. A transfer with the same Once in the same book is posted one
// time: posting it again changes nothing and returns the first. Errors a person may be told of: Conflict, when a purse has too
// little, or when another transfer was posted under that Once.
func Post(tx *storage.Tx, t Transfer) (Posted, error) { return post(tx, t, "") }

// Undo posts the counter-entries of a transfer, which stays. Undone a second time, with the same Once, it changes nothing. Errors
// as Post; Conflict too when it was undone under another Once, or is itself a counter-entry; NotFound.
func Undo(tx *storage.Tx, id civic.ID, once, what string) (Posted, error) {
	if err := tx.Lock(lock); err != nil {
		return Posted{}, err
	}
	p, err := ByID(tx, id)
	if err != nil {
		return Posted{}, err
	}
	if p.Undoes != "" {
		return Posted{}, civic.Fail(civic.Conflict, "ledger.counter_entry")
	}
	t := Transfer{Once: once, What: what, About: p.About, Entries: counter(p.Entries)}
	if p.Undone != "" {
		if undone, err := ByID(tx, p.Undone); err != nil || undone.equal(t) {
			return undone, err
		}
		return Posted{}, civic.Fail(civic.Conflict, "ledger.undone")
	}
	return post(tx, t, id)
}

// lock makes money move one transfer after another: a purse is looked into and taken from at once. A city moves money some thousand
// times a year.
const lock = "ledger"

func post(tx *storage.Tx, t Transfer, undoes civic.ID) (Posted, error) {
	if err := t.check(); err != nil {
		return Posted{}, err
	}
	if err := tx.Lock(lock); err != nil {
		return Posted{}, err
	}
	book := t.Entries[0].Account.Book
	switch before, found, err := storage.Found(byOnce(tx, book, t.Once)); {
	case err != nil:
		return Posted{}, err
	case found && before.equal(t) && before.Undoes == undoes:
		return before, nil
	case found:
		return Posted{}, civic.Fail(civic.Conflict, "ledger.posted_otherwise")
	}
	p := Posted{Transfer: t, ID: civic.NewID(tx.Now()), Book: book, At: tx.Now(), Undoes: undoes}
	if err := insert(tx, &p); err != nil {
		return Posted{}, err
	}
	for _, e := range t.Entries {
		if err := enter(tx, p.no, e); err != nil {
			return Posted{}, err
		}
	}
	return p, covered(tx, t)
}

// enter writes an entry, and the account when it is the first of it.
func enter(tx *storage.Tx, transfer int64, e Entry) error {
	kept, found, err := storage.Found(find(tx, e.Account))
	if err == nil && !found {
		kept, err = insertAccount(tx, e.Account)
	}
	if err != nil {
		return err
	}
	if kept.party != e.Account.Party {
		return fmt.Errorf("ledger: the account %s %s of %s is a purse here and a party there", e.Account.Name, e.Account.About, e.Account.Book)
	}
	return insertEntry(tx, transfer, kept.no, e.Amount)
}

// covered refuses a transfer that takes more from a purse than is in it.
func covered(tx *storage.Tx, t Transfer) error {
	for _, e := range t.Entries {
		if e.Account.Party || e.Amount > 0 {
			continue
		}
		left, err := Balance(tx, e.Account)
		if err != nil {
			return err
		}
		if left < 0 {
			return civic.Fail(civic.Conflict, "ledger.too_little", "Missing", (-left).String())
		}
	}
	return nil
}
