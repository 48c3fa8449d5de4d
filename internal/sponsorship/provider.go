package sponsorship

import (
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/sponsorship/statement"
)

// Provider is a way in which money comes and goes: what a giver is told who pays by it, and what it says has moved. The city itself moves nothing.
type Provider interface {
	// Instruct lists what the giver of a gift needs to pay, in the order of a bank's form: keys of texts, and what stands there.
	Instruct(p Payee, g Gift) []Instruction
	// Read reads what moved on an account. Errors: as statement.Read.
	Read(data []byte) (*statement.Statement, error)
}

// Instruction is a field of a bank's form.
type Instruction struct {
	Label string // key of its name
	Value string
	Copy  bool // it must be copied letter by letter
}

// Transfers are bank transfers, known by a code in the purpose, and read from the statements of banks.
type Transfers struct{}

// Instruct is how a transfer is filled in.
func (Transfers) Instruct(p Payee, g Gift) []Instruction {
	return []Instruction{{"sponsorship.pay_receiver", p.Receiver, false}, {"sponsorship.pay_iban", grouped(p.IBAN), true}, {"sponsorship.pay_bank", p.Bank, false}, {"sponsorship.pay_code", spelled(g.Code), true}}
}

// Read reads a statement.
func (Transfers) Read(data []byte) (*statement.Statement, error) { return statement.Read(data) }

// grouped is an account number in groups of four, as it is printed.
func grouped(iban string) (out string) {
	for i, r := range iban {
		if i > 0 && i%4 == 0 {
			out += " "
		}
		out += string(r)
	}
	return out
}

// inWords says in the reader's words why a statement is not taken.
func inWords(err error) error {
	if wrong, ok := err.(*statement.Error); ok {
		return civic.Fail(civic.Invalid, "sponsorship.statement_"+wrong.Code, "Line", wrong.Line, "Value", wrong.Value).At("file")
	}
	return err
}
