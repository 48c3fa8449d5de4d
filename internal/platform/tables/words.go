package tables

import (
	"errors"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/sheet"
)

// InWords says why a table cannot be read. What is no *sheet.Error stays as it is.
func InWords(err error) error {
	var broken *sheet.Error
	if !errors.As(err, &broken) {
		return err
	}
	m := message(broken)
	if broken.Line == 0 {
		return civic.Fail(civic.Invalid, m.Key, m.Args...).Because(err)
	}
	return civic.Fail(civic.Invalid, "tables.stopped", "Line", broken.Line, "Problem", m).Because(err)
}

// message is what a fault of a file is called for readers. Those about a bound name it.
func message(e *sheet.Error) civic.Message {
	switch e.Code {
	case sheet.CodeFileTooLarge, sheet.CodeUnzipTooLarge, sheet.CodeTooManyRows, sheet.CodeTooManyColumns, sheet.CodeTooManyCells,
		sheet.CodeTooManyTexts, sheet.CodeTextsTooLarge, sheet.CodeTooManyParts, sheet.CodeCellTooLong, sheet.CodeRowTooLong:
		return civic.Say("tables."+e.Code, "Limit", e.Value)
	}
	return civic.Say("tables." + e.Code)
}
