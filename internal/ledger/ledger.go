// Package ledger keeps the city's money by double entry, in whole tiyn. Every amount that leaves one account comes to another, so
// each transfer sums to zero; nothing is ever changed or removed, so what was wrong is undone by a counter-entry that everybody can
// see; and no total is kept, so that every figure on every page is the sum of entries that can be listed.
//
// It knows nothing of grants or gifts. Whose money it is, and who may move it, is the business of its callers, which post in the
// transaction of the deed itself.
package ledger

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/civic"
)

// The bounds of a transfer.
const (
	Most     = civic.Money(1_000_000_000_000_000) // that moves between two accounts: ten trillion tenge, a third of what the country spends in a year
	mostLine = 1_000
	mostName = 100 // bytes of a name, or of what a transfer is kept from happening twice by
)

// Account is where money is. All of its money belongs to one book, which is a thing of its owner: a call for grants, a fund.
type Account struct {
	Book  civic.Ref
	Name  string    // what it is for, in the owner's words: "pool", "reserved"
	About civic.Ref // of accounts with the same name, which: an application, a contract; or nothing
	Party bool      // it stands for the world outside, and may have any sum; others never have less than nothing
}

// Purse is an account that holds money which somebody answers for. There is never less than nothing in it.
func Purse(book civic.Ref, name string, about civic.Ref) Account {
	return Account{Book: book, Name: name, About: about}
}

// Party is an account that stands for somebody outside: who pays money in has a sum below zero, who is paid has one above.
func Party(book civic.Ref, name string, about civic.Ref) Account {
	return Account{Book: book, Name: name, About: about, Party: true}
}

// Entry is what an account gets, or gives when the amount is below zero.
type Entry struct {
	Account Account
	Amount  civic.Money
}

// Transfer is money that moves at once.
type Transfer struct {
	Once    string    // what keeps it from happening twice, within the book: "instalment:ID"
	What    string    // what happened, in the owner's words: "grants.instalment.paid"
	About   civic.Ref // the thing that it happened to
	Entries []Entry
}

// Move is the transfer of an amount from one account to another.
func Move(once, what string, about civic.Ref, from, to Account, amount civic.Money) Transfer {
	return Transfer{Once: once, What: what, About: about, Entries: []Entry{{from, -amount}, {to, amount}}}
}

// Posted is a transfer as it is kept.
type Posted struct {
	Transfer
	ID     civic.ID
	Book   civic.Ref
	At     time.Time
	Undoes civic.ID // the transfer that this one undoes
	Undone civic.ID // the transfer that undid this one

	no int64
}

// check says what is wrong with a transfer that a program wants to post: a mistake of the program, not of a person.
func (t Transfer) check() error {
	if t.Once == "" || len(t.Once) > mostName || t.What == "" || len(t.What) > mostName || t.About == (civic.Ref{}) {
		return fmt.Errorf("ledger: the transfer %q (%s, %s) does not say what it is", t.Once, t.What, t.About)
	}
	if len(t.Entries) < 2 || len(t.Entries) > mostLine {
		return fmt.Errorf("ledger: the transfer %q has %d entries", t.Once, len(t.Entries))
	}
	var sum civic.Money
	for i, e := range t.Entries {
		a := e.Account
		switch {
		case a.Book == civic.Ref{} || a.Book != t.Entries[0].Account.Book:
			return fmt.Errorf("ledger: the transfer %q leaves its book", t.Once)
		case a.Name == "" || len(a.Name) > mostName:
			return fmt.Errorf("ledger: the transfer %q has an account without a name", t.Once)
		case e.Amount == 0 || e.Amount < -Most || e.Amount > Most:
			return fmt.Errorf("ledger: the transfer %q has the amount %d", t.Once, e.Amount)
		case slices.ContainsFunc(t.Entries[:i], func(o Entry) bool { return o.Account.same(a) }):
			return fmt.Errorf("ledger: the transfer %q names the account %s %s twice", t.Once, a.Name, a.About)
		}
		sum += e.Amount
	}
	if sum != 0 {
		return fmt.Errorf("ledger: the entries of the transfer %q sum to %d", t.Once, sum)
	}
	return nil
}

// same reports whether both name one account, whatever they say of it.
func (a Account) same(b Account) bool {
	return a.Book == b.Book && a.Name == b.Name && a.About == b.About
}

// equal reports whether two transfers are the same, in whatever order their entries stand.
func (t Transfer) equal(o Transfer) bool {
	return t.Once == o.Once && t.What == o.What && t.About == o.About && slices.Equal(sorted(t.Entries), sorted(o.Entries))
}

func sorted(entries []Entry) []Entry {
	return slices.SortedFunc(slices.Values(entries), func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.Account.Name, b.Account.Name), cmp.Compare(a.Account.About.String(), b.Account.About.String()))
	})
}

// counter are the entries that take others back.
func counter(entries []Entry) []Entry {
	out := slices.Clone(entries)
	for i := range out {
		out[i].Amount = -out[i].Amount
	}
	return out
}
