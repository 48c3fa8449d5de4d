// Package statement reads what banks say has moved on an account: camt.053 (ISO 20022), MT940 (SWIFT), and tables in CSV or XLSX. It
// is pure: bytes in, lines out. A file is taken whole or refused whole, by name; where it states balances, they must be what its
// lines come to, so that a line cannot be cut out, added or changed unseen.
package statement

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"github.com/birge-kz/birge/internal/civic"
)

// Format is how a statement is written.
type Format string

// The formats.
const (
	Camt053 Format = "camt053"
	MT940   Format = "mt940"
	Table   Format = "table" // CSV or XLSX
)

// The bounds of a statement.
const (
	MostBytes = 2 << 20
	MostLines = 5_000
	// MostAmount of one line, in tiyn; what the ledger takes at once.
	MostAmount = civic.Money(1_000_000_000_000_000)
	mostText   = 1_000 // bytes of a payer or a purpose that are kept
	mostRow    = 4_000 // bytes of a line of MT940; the standard has 65 characters
)

// Line is one movement.
type Line struct {
	Ref     string    // the bank's own name of it; "" where the format has none
	Day     time.Time // the day on which the bank booked it, 00:00 UTC
	Amount  civic.Money
	Party   string // who paid, or was paid
	From    string // their account; "" where it is not said
	Purpose string
}

// Statement is what a file says.
type Statement struct {
	Format  Format
	Account string // "" where the file does not say it
	Lines   []Line
}

// Error says why a file is not taken. Code is one of the Codes.
type Error struct {
	Code  string
	Line  int    // of the file, or which of its movements, from 1; 0: the file as a whole
	Value string // what was found, cut
}

func (e *Error) Error() string {
	return fmt.Sprintf("statement: %s, line %d: %q", e.Code, e.Line, e.Value)
}

// Codes of errors.
const (
	TooLarge    = "too_large"   // the file
	TooMany     = "too_many"    // movements
	LongLine    = "long_line"   // a line without an end
	Unread      = "unread"      // it is none of the formats
	Entities    = "entities"    // XML that declares something, or brings names of its own
	Charset     = "charset"     // XML that is not UTF-8
	Currency    = "currency"    // not tenge
	BadAmount   = "bad_amount"  // no amount, none at all, or with a sign where the format has none
	OverAmount  = "over_amount" // more than MostAmount
	BadDay      = "bad_day"
	BadBalance  = "bad_balance"  // the lines do not lead from the opening balance to the closing one
	ManyAccount = "many_account" // the file is about several accounts
	NoColumn    = "no_column"    // a table without a day or an amount
	Empty       = "empty"
)

// Codes are all of them.
func Codes() []string {
	return []string{TooLarge, TooMany, LongLine, Unread, Entities, Charset, Currency, BadAmount, OverAmount, BadDay, BadBalance, ManyAccount, NoColumn, Empty}
}

func fault(code string, line int, value string) error {
	value = strings.ToValidUTF8(value, "")
	if utf8.RuneCountInString(value) > 60 {
		value = string([]rune(value)[:60]) + "…"
	}
	return &Error{code, line, civic.CleanText(value)}
}

// Read finds out what is written in which format. Errors: *Error; of a table also what package tables says of it.
func Read(data []byte) (*Statement, error) {
	if len(data) > MostBytes {
		return nil, fault(TooLarge, 0, "")
	}
	start := bytes.TrimLeft(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), " \t\r\n")
	read := readTable
	switch {
	case len(start) == 0:
		return nil, fault(Empty, 0, "")
	case start[0] == '<':
		read = readCamt
	case bytes.HasPrefix(start, []byte("{1:")) || bytes.HasPrefix(start, []byte(":20:")):
		read = readMT940
	}
	s, err := read(data)
	if err != nil {
		return nil, err
	}
	if len(s.Lines) == 0 {
		return nil, fault(Empty, 0, "")
	}
	for i := range s.Lines {
		l := &s.Lines[i]
		l.Ref, l.From = short(l.Ref), strings.ToUpper(strings.ReplaceAll(short(l.From), " ", ""))
		l.Party, l.Purpose = short(l.Party), short(l.Purpose)
	}
	return s, nil
}

func short(s string) string {
	s = strings.Join(strings.Fields(civic.CleanText(s)), " ")
	for len(s) > mostText {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	return s
}

// add appends a line, or says what is wrong with its amount.
func (s *Statement) add(l Line) error {
	n := len(s.Lines) + 1
	switch {
	case n > MostLines:
		return fault(TooMany, n, "")
	case l.Amount == 0:
		return fault(BadAmount, n, "0")
	case l.Amount > MostAmount || l.Amount < -MostAmount:
		return fault(OverAmount, n, l.Amount.String())
	case l.Day.IsZero():
		return fault(BadDay, n, "")
	}
	s.Lines = append(s.Lines, l)
	return nil
}

// amount reads what is written without a sign: "5000", "5000.5", "5 000,00".
func amount(text string, line int) (civic.Money, error) {
	text = strings.TrimSpace(text)
	whole := strings.Map(func(r rune) rune {
		if r == ' ' || r == '\u00a0' || r == '\u202f' {
			return -1
		}
		return r
	}, text)
	if whole = strings.TrimLeft(whole, "0"); len(whole)-len(strings.TrimLeft(whole, "0123456789")) > 13 {
		return 0, fault(OverAmount, line, text)
	}
	if head, tail, _ := strings.Cut(strings.ReplaceAll(text, ",", "."), "."); len(tail) > 2 {
		text = head + "." + tail[:2] + strings.TrimRight(tail[2:], "0") // some banks write 5000.00000
	}
	m, ok := civic.ParseMoney(strings.TrimSuffix(strings.TrimSuffix(text, ","), "."))
	if !ok {
		return 0, fault(BadAmount, line, text)
	}
	return m, nil
}

// account is how an account is compared.
func account(s string) string { return strings.ToUpper(strings.Join(strings.Fields(s), "")) }

// is notes the account that the file is about. Errors: ManyAccount.
func (s *Statement) is(text string) error {
	a := account(text)
	if s.Account != "" && a != "" && s.Account != a {
		return fault(ManyAccount, 0, a)
	}
	if a != "" {
		s.Account = a
	}
	return nil
}

// decoded is text in UTF-8; what is none is read as Windows-1251, in which banks still write.
func decoded(data []byte) string {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if utf8.Valid(data) {
		return string(data)
	}
	out, err := charmap.Windows1251.NewDecoder().Bytes(data)
	if err != nil {
		return strings.ToValidUTF8(string(data), "�")
	}
	return string(out)
}

// Keys name the lines of a statement so that the same line, in this file or a longer one of the same account, has the same key: by all that it says, and, of
// lines of one day that say the same, by which of them it is.
func (s *Statement) Keys(of string) []string {
	seen, out := map[string]int{}, make([]string, len(s.Lines))
	for i, l := range s.Lines {
		said := strings.Join([]string{account(of), l.Day.Format(time.DateOnly), l.Amount.String(), l.Ref, l.Party, l.From, l.Purpose}, "\x00")
		seen[said]++
		sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d", said, seen[said]))
		out[i] = hex.EncodeToString(sum[:16])
	}
	return out
}
