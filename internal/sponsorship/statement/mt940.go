package statement

import (
	"regexp"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
)

var (
	// A movement: its day, perhaps another day, credit or debit (of a reversal with R), perhaps a letter of the currency, the amount, a code, references.
	mtMove = regexp.MustCompile(`^(\d{6})(\d{4})?(RC|RD|C|D)([A-Z])?(\d{1,15},\d{0,2})([A-Z][A-Z0-9]{3})(.*)$`)
	// A balance: credit or debit, day, currency, amount.
	mtBalance = regexp.MustCompile(`^([CD])(\d{6})([A-Z]{3})(\d{1,15},\d{0,2})$`)
	mtTag     = regexp.MustCompile(`^:(\d{2}[A-Z]?):(.*)$`)
)

// mtField is a field of a message, with the lines that go on.
type mtField struct {
	tag  string
	rows []string
	line int
}

func mtFields(text string) (out []mtField, err error) {
	n := 0
	for row := range strings.Lines(text) {
		n++
		row = strings.TrimRight(row, "\r\n")
		if len(row) > mostRow {
			return nil, fault(LongLine, n, row[:40])
		}
		if m := mtTag.FindStringSubmatch(row); m != nil {
			out = append(out, mtField{m[1], []string{m[2]}, n})
			continue
		}
		if strings.HasPrefix(row, "{") || strings.HasPrefix(row, "-}") || row == "-" || len(out) == 0 || strings.TrimSpace(row) == "" {
			continue // the envelope of the message
		}
		last := &out[len(out)-1]
		last.rows = append(last.rows, row)
	}
	return out, nil
}

func readMT940(data []byte) (*Statement, error) {
	fields, err := mtFields(decoded(data))
	if err != nil {
		return nil, err
	}
	s, known := &Statement{Format: MT940}, false
	var opened bool
	var sum civic.Money
	for i, f := range fields {
		text := strings.TrimSpace(f.rows[0])
		switch f.tag {
		case "25":
			of := text
			if at := strings.LastIndex(text, "/"); at >= 0 { // the bank's code stands in front
				of = text[at+1:]
			}
			err = s.is(strings.TrimSuffix(of, "KZT"))
		case "60F", "60M":
			sum, err = mtSum(text, f.line)
			opened, known = true, true
		case "61":
			var l Line
			if l, err = mtLine(f, fields[i+1:]); err == nil {
				sum, known = sum+l.Amount, true
				err = s.add(l)
			}
		case "62F", "62M":
			closing, wrong := mtSum(text, f.line)
			if err = wrong; err == nil && opened && closing != sum {
				err = fault(BadBalance, f.line, sum.String())
			}
			opened = false
		}
		if err != nil {
			return nil, err
		}
	}
	if !known {
		return nil, fault(Unread, 0, "")
	}
	return s, nil
}

func mtSum(text string, line int) (civic.Money, error) {
	m := mtBalance.FindStringSubmatch(text)
	if m == nil {
		return 0, fault(BadAmount, line, text)
	}
	if m[3] != "KZT" {
		return 0, fault(Currency, line, m[3])
	}
	sum, err := amount(m[4], line)
	if m[1] == "D" {
		sum = -sum
	}
	return sum, err
}

// mtLine reads a movement; what it was for stands in the field behind it.
func mtLine(f mtField, behind []mtField) (l Line, err error) {
	m := mtMove.FindStringSubmatch(strings.TrimSpace(f.rows[0]))
	if m == nil {
		return l, fault(BadAmount, f.line, f.rows[0])
	}
	if l.Day, err = time.Parse("060102", m[1]); err != nil {
		return l, fault(BadDay, f.line, m[1])
	}
	if l.Amount, err = amount(m[5], f.line); err != nil {
		return l, err
	}
	if m[3] == "D" || m[3] == "RC" { // the reversal of a credit takes it away
		l.Amount = -l.Amount
	}
	if _, ref, there := strings.Cut(m[7], "//"); there && !strings.EqualFold(strings.TrimSpace(ref), "NONREF") {
		l.Ref = strings.TrimSpace(ref)
	}
	if len(behind) > 0 && behind[0].tag == "86" {
		l.Party, l.From, l.Purpose = mtSaid(behind[0].rows)
	}
	return l, nil
}

// mtSaid finds who paid in the free text, where it is marked: by ?32 and ?33 (?20 to ?29 the purpose, ?31 the account), or by /NAME/, /IBAN/ and /REMI/.
func mtSaid(rows []string) (party, from, purpose string) {
	whole := strings.Join(rows, "")
	switch {
	case strings.Contains(whole, "?32"):
		var said, name strings.Builder
		for i, part := range strings.Split(whole, "?") {
			if i == 0 || len(part) < 2 {
				continue
			}
			switch code, text := part[:2], part[2:]; {
			case code >= "20" && code <= "29":
				said.WriteString(text)
			case code == "32" || code == "33":
				name.WriteString(text)
			case code == "31":
				from = text
			}
		}
		return name.String(), from, said.String()
	case strings.Contains(whole, "/NAME/"):
		after := func(mark string) string {
			_, rest, _ := strings.Cut(whole, mark)
			text, _, _ := strings.Cut(rest, "/")
			return text
		}
		if purpose = after("/REMI/"); purpose == "" {
			purpose = whole
		}
		return after("/NAME/"), after("/IBAN/"), purpose
	}
	return "", "", strings.Join(rows, " ")
}
