package sponsorship

import (
	"crypto/rand"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/ledger"
)

// GiftState is where a gift stands.
type GiftState string

// The states of a gift.
const (
	Pledged   GiftState = "pledged"
	Announced GiftState = "announced" // the giver says that the money is on its way
	Booked    GiftState = "booked"    // a line of the bank's statement showed it
	Returning GiftState = "returning" // whoever can move the money has to give it back
	Returned  GiftState = "returned"  // a line showed that too
	Withdrawn GiftState = "withdrawn" // no money came, and none is meant to
	Lapsed    GiftState = "lapsed"    // the campaign was closed before money came
)

// Step is what happens to a gift.
type Step string

// The steps.
const (
	Announce Step = "announce"
	Book     Step = "book"
	Withdraw Step = "withdraw"
	Lapse    Step = "lapse"
	AskBack  Step = "ask_back"
	GiveBack Step = "give_back"
)

// steps is the state machine. Money that comes after its giver thought better of it is booked all the same: it is there. A gift that comes
// back in part is Booked again, of which Gift.after knows.
var steps = map[GiftState]map[Step]GiftState{
	Pledged:   {Announce: Announced, Book: Booked, Withdraw: Withdrawn, Lapse: Lapsed},
	Announced: {Book: Booked, Withdraw: Withdrawn, Lapse: Lapsed},
	Withdrawn: {Book: Booked},
	Booked:    {Book: Booked, AskBack: Returning},
	Returning: {GiveBack: Returned},
	Returned:  {Book: Booked},
}

// Next is the state after a step; false when it cannot be taken.
func Next(s GiftState, step Step) (GiftState, bool) {
	to, may := steps[s][step]
	return to, may
}

// Shown is how a giver is named to the public. The organisation knows them in each case.
type Shown string

// The ways.
const (
	Named     Shown = "named"
	FirstName Shown = "first"
	Anonymous Shown = "anonymous"
)

// ShownWays lists them as forms show them.
func ShownWays() []Shown { return []Shown{Anonymous, FirstName, Named} }

// Gift is one gift, promised or given.
type Gift struct {
	ID, Campaign civic.ID
	Account      civic.ID // "": nobody promised it, the money just came, or its giver has left
	Name         string
	Shown        Shown
	Clause       bool // the name is made known as the campaign's clause says: agreed by the giver
	Verified     bool // the account was one real resident when it promised
	Amount       civic.Money
	Monthly      bool
	Code         string // by which the transfer is known
	State        GiftState
	PledgedAt    time.Time
	AnnouncedAt  time.Time
	Received     civic.Money // what came, less what went back
	Back         civic.Money // what is to go back
	BackBy       time.Time
	WhyBack      string

	no int64
}

// maxName bounds a giver's name, in letters.
const maxName = 100

// mostOpen is how many gifts one account promises to one campaign before money comes.
const mostOpen = 5

// PublicName is what everybody reads of the giver: "" for nobody.
func (g Gift) PublicName() string {
	switch g.Shown {
	case Named:
		return g.Name
	case FirstName:
		first, _, _ := strings.Cut(g.Name, " ")
		return first
	}
	return ""
}

// check says what is wrong with a promise; least is what a gift comes to at least.
func (g Gift) check(c Campaign, least civic.Money) error {
	var p civic.Problems
	if g.Amount < least || g.Amount > ledger.Most {
		p.Add("amount", "sponsorship.amount_wrong", "Least", least.String(), "Most", ledger.Most.String())
	}
	p.AtMost("name", g.Name, maxName)
	if g.Name == "" {
		p.Add("name", "sponsorship.name_missing")
	}
	if g.Shown != Named && g.Shown != FirstName && g.Shown != Anonymous {
		p.Add("shown", "sponsorship.choose")
	}
	if g.Clause && (g.Shown != Named || c.Clause.Empty()) {
		p.Add("clause", "sponsorship.clause_wrong")
	}
	return p.Err()
}

// The letters of codes look the same in Latin and in Cyrillic, and like no digit: people copy codes by hand, on either keyboard.
const codeLetters = "23456789ABCEHKMPTX"

var lookalikes = strings.NewReplacer("А", "A", "В", "B", "С", "C", "Е", "E", "Н", "H", "К", "K", "М", "M", "Р", "P", "Т", "T", "Х", "X", "Қ", "K", "Һ", "H")

// codeLength is that of a code without the dash in its middle: seven letters drawn by lot and one that checks them.
const codeLength = 8

// newCode draws a code.
func newCode() string {
	b := make([]byte, codeLength-1)
	_, _ = rand.Read(b) // never fails
	var out strings.Builder
	for _, n := range b {
		out.WriteByte(codeLetters[int(n)%len(codeLetters)])
	}
	return out.String() + string(checkLetter(out.String()))
}

// checkLetter makes a code with one wrong letter no code: each place has its own weight, and no weight shares a divisor with the number of letters.
func checkLetter(seven string) byte {
	sum := 0
	for i, c := range seven {
		sum += strings.IndexRune(codeLetters, c) * []int{1, 5, 7, 11, 13, 17, 1}[i]
	}
	return codeLetters[sum%len(codeLetters)]
}

// spelled is a code as people read it.
func spelled(code string) string {
	if len(code) != codeLength {
		return code
	}
	return code[:4] + "-" + code[4:]
}
