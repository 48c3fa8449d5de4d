package sponsorship

import (
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/ledger"
)

// Sort is what a row of a campaign's book is.
type Sort string

// The sorts of rows.
const (
	RowGift   Sort = "gift"
	RowRefund Sort = "refund"
	RowSpent  Sort = "spent"
	RowFee    Sort = "fee"   // what the bank took
	RowMatch  Sort = "match" // what a sponsor added
)

// Row is a row of the public book of a campaign: money that came or went, as the bank showed it.
type Row struct {
	ID, Campaign civic.ID
	Number       int64 // from 1 in each campaign
	Sort         Sort
	Amount       civic.Money // below zero: it went; of a row that takes another back, the other way round
	Left         civic.Money // in the campaign's purse after it
	Day          time.Time   // of the bank
	What         string      // what it was spent for
	Undoes       int64       // the number of the row that this one takes back

	Gift, Line, transfer, entry civic.ID
	no                          int64
}

// Figures are sums over the rows of a campaign.
type Figures struct {
	Raised, Spent, Fees civic.Money // what was given, less what went back; what was spent; what banks took
	Givers              int64
}

// Left is what is there.
func (f Figures) Left() civic.Money { return f.Raised - f.Spent - f.Fees }

// The accounts of a campaign's book.

func (c Campaign) money() ledger.Account {
	return ledger.Purse(Ref(c.ID), "money", civic.Ref{})
}

// other is the account outside on the other side of a row.
func (r Row) other() ledger.Account {
	book := Ref(r.Campaign)
	switch r.Sort {
	case RowSpent:
		return ledger.Party(book, "payee", civic.Ref{})
	case RowMatch:
		return r.sponsors()
	case RowFee:
		return ledger.Party(book, "bank", civic.Ref{})
	}
	return ledger.Party(book, "giver", giftRef(r.Gift))
}

// LineState is what became of a line of a statement.
type LineState string

// The states of a line. Whoever opens it says what it is; what waits too long is late on the desk.
const (
	LineOpen   LineState = "open"
	LineBooked LineState = "booked" // it is a row of a campaign's book
	LineOther  LineState = "other"  // none of any campaign's matter, or the same movement as another line
	LineToSend LineState = "to_send"
	LineSent   LineState = "sent" // sent back: it came too late, or by mistake
)

// BankLine is a line of a statement as it is kept. Only the organisation sees it.
type BankLine struct {
	ID, Statement, Organisation civic.ID
	IBAN, Ref                   string
	Day                         time.Time
	Amount                      civic.Money
	Party, From, Purpose        string
	State                       LineState
	Why                         string
	Gift                        civic.ID
	Owner                       civic.ID // the account that answers for it
	Due                         time.Time

	key string
	no  int64
}

// Imported is a statement that was read.
type Imported struct {
	ID, Organisation civic.ID
	IBAN, Format     string
	Lines, Fresh     int64 // how many it has, and how many were not known
	Owner            civic.ID
	At               time.Time

	no int64
}
