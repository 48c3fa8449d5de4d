package statement

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/sheet"
	"github.com/birge-kz/birge/internal/platform/tables"
)

// The columns of a table, by what banks of the country call them.
var headings = map[string][]string{
	"day":     {"дата", "дата операции", "дата документа", "дата проводки", "дата платежа", "күні", "операция күні", "date", "booking date"},
	"amount":  {"сумма", "сумма в тенге", "сумма операции", "сома", "сомасы", "amount"},
	"in":      {"кредит", "приход", "поступление", "поступления", "зачисление", "кіріс", "түсім", "credit"},
	"out":     {"дебет", "расход", "списание", "списания", "шығыс", "debit"},
	"party":   {"плательщик", "отправитель", "контрагент", "корреспондент", "наименование контрагента", "наименование плательщика", "төлеуші", "контрагент атауы", "payer", "counterparty"},
	"from":    {"счет контрагента", "счёт контрагента", "счет плательщика", "иик", "иик контрагента", "жск", "төлеуші шоты", "payer account", "iban"},
	"purpose": {"назначение", "назначение платежа", "детали платежа", "описание", "төлем мақсаты", "төлем мақсаты тағайындалуы", "purpose", "details", "description"},
}

var tableKind = tables.Kind{
	Limits: sheet.Limits{Rows: MostLines + 200, Columns: 64, CellBytes: 8 << 10, RowBytes: 64 << 10, FileBytes: MostBytes, UnzippedBytes: 16 << 20},
	Column: func(heading string) string {
		heading = strings.TrimSuffix(strings.TrimSuffix(heading, " kzt"), " тг")
		for name, all := range headings {
			for _, h := range all {
				if h == heading {
					return name
				}
			}
		}
		return ""
	},
}

func readTable(data []byte) (*Statement, error) {
	t, err := tables.Open(bytes.NewReader(data), int64(len(data)), tables.Options{}, tableKind)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	at := map[string]int{}
	for i, name := range t.Columns {
		if _, twice := at[name]; !twice && name != "" {
			at[name] = i
		}
	}
	has := func(name string) bool { _, there := at[name]; return there }
	if !has("day") || !has("amount") && !has("in") {
		return nil, fault(NoColumn, t.Heading, strings.Join(t.Header, "; "))
	}
	s := &Statement{Format: Table}
	for {
		row, err := t.Next()
		wrong := (*tables.RowError)(nil)
		switch {
		case errors.Is(err, io.EOF):
			return s, nil
		case errors.As(err, &wrong) && !wrong.Aside:
			return nil, civic.Fail(civic.Invalid, "tables.stopped", "Line", wrong.Line, "Problem", wrong.Message)
		case err != nil && wrong == nil:
			return nil, err
		}
		cell := func(name string) string {
			if i, there := at[name]; there && i < len(row.Cells) {
				return strings.TrimSpace(row.Cells[i])
			}
			return ""
		}
		if cell("day") == "" && cell("amount")+cell("in")+cell("out") == "" {
			continue
		}
		l := Line{Party: cell("party"), From: cell("from"), Purpose: cell("purpose")}
		if l.Day, err = tableDay(cell("day"), row.Line); err != nil {
			if wrong != nil {
				continue // a total, a signature; with a day it is a movement, whatever its first words are
			}
			return nil, err
		}
		if l.Amount, err = tableAmount(cell("amount"), cell("in"), cell("out"), row.Line); err != nil {
			return nil, err
		}
		if err := s.add(l); err != nil {
			return nil, err
		}
	}
}

func tableDay(text string, line int) (time.Time, error) {
	text, _, _ = strings.Cut(text, " ")
	for _, layout := range []string{time.DateOnly, "02.01.2006", "02.01.06", "2006-01-02T15:04:05"} {
		if day, err := time.Parse(layout, text); err == nil && day.Year() >= 2000 && day.Year() <= 2100 {
			return time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, time.UTC), nil
		}
	}
	return time.Time{}, fault(BadDay, line, text)
}

// tableAmount reads one column with a sign, or one of two without.
func tableAmount(both, in, out string, line int) (civic.Money, error) {
	if both != "" {
		text, minus := strings.CutPrefix(strings.ReplaceAll(both, "−", "-"), "-")
		m, err := amount(strings.TrimPrefix(text, "+"), line)
		if minus {
			m = -m
		}
		return m, err
	}
	var sums [2]civic.Money
	for i, text := range []string{in, out} {
		if text == "" {
			continue
		}
		var err error
		if sums[i], err = amount(text, line); err != nil {
			return 0, err
		}
	}
	if sums[0] != 0 && sums[1] != 0 {
		return 0, fault(BadAmount, line, in+" "+out)
	}
	return sums[0] - sums[1], nil
}
