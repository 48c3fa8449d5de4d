package statement

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/civic"
)

// What is read of camt.053, in all its versions; names of one meaning that moved between versions stand side by side.
type (
	camtAmount struct {
		Currency string `xml:"Ccy,attr"`
		Text     string `xml:",chardata"`
	}
	camtDay struct {
		Day  string `xml:"Dt"`
		Time string `xml:"DtTm"`
	}
	camtBalance struct {
		Code   string     `xml:"Tp>CdOrPrtry>Cd"`
		Amount camtAmount `xml:"Amt"`
		Side   string     `xml:"CdtDbtInd"`
	}
	camtParty struct {
		Name  string `xml:"Nm"`
		Inner string `xml:"Pty>Nm"`
	}
	camtDetail struct {
		Amount  camtAmount `xml:"Amt"`
		Inner   camtAmount `xml:"AmtDtls>TxAmt>Amt"`
		Debtor  camtParty  `xml:"RltdPties>Dbtr"`
		Creditr camtParty  `xml:"RltdPties>Cdtr"`
		From    string     `xml:"RltdPties>DbtrAcct>Id>IBAN"`
		To      string     `xml:"RltdPties>CdtrAcct>Id>IBAN"`
		Said    []string   `xml:"RmtInf>Ustrd"`
	}
	camtEntry struct {
		Amount camtAmount `xml:"Amt"`
		Side   string     `xml:"CdtDbtInd"`
		Status struct {
			Text string `xml:",chardata"`
			Code string `xml:"Cd"`
		} `xml:"Sts"`
		Booked  camtDay `xml:"BookgDt"`
		Ref     string  `xml:"AcctSvcrRef"`
		Said    string  `xml:"AddtlNtryInf"`
		Details []struct {
			Of []camtDetail `xml:"TxDtls"`
		} `xml:"NtryDtls"`
	}
)

func readCamt(data []byte) (*Statement, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(data) {
		return nil, fault(Charset, 0, "")
	}
	// A statement declares nothing. What begins with "<!" and is no comment and no text is a document type or an entity, and what it may
	// bring in is nobody's statement.
	for rest := data; ; {
		i := bytes.Index(rest, []byte("<!"))
		if i < 0 {
			break
		}
		rest = rest[i:]
		if !bytes.HasPrefix(rest, []byte("<!--")) && !bytes.HasPrefix(rest, []byte("<![CDATA[")) {
			return nil, fault(Entities, 1+bytes.Count(data[:len(data)-len(rest)], []byte("\n")), string(rest[:min(40, len(rest))]))
		}
		rest = rest[2:]
	}
	d := xml.NewDecoder(bytes.NewReader(data))
	d.CharsetReader = func(name string, _ io.Reader) (io.Reader, error) { return nil, fault(Charset, 0, name) }
	s, c := &Statement{Format: Camt053}, camtReader{}
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err == nil {
			switch t := token.(type) {
			case xml.StartElement:
				err = c.element(d, s, t)
			case xml.EndElement:
				if t.Name.Local == "Stmt" {
					err = c.closed(s)
				}
			}
		}
		if known := (*Error)(nil); errors.As(err, &known) {
			return nil, known
		} else if err != nil {
			line, _ := d.InputPos()
			return nil, fault(Unread, line, err.Error())
		}
	}
	if !c.known {
		return nil, fault(Unread, 0, "")
	}
	return s, nil
}

// camtReader is what is known while a message is read.
type camtReader struct {
	known    bool // it is a message of this kind
	balances map[string]civic.Money
	sum      civic.Money
}

func (c *camtReader) element(d *xml.Decoder, s *Statement, t xml.StartElement) error {
	switch {
	case t.Name.Local == "BkToCstmrStmt":
		c.known = true
	case !c.known:
	case t.Name.Local == "Stmt":
		c.balances, c.sum = map[string]civic.Money{}, 0
	case c.balances == nil:
	case t.Name.Local == "Acct":
		var of struct {
			IBAN  string `xml:"Id>IBAN"`
			Other string `xml:"Id>Othr>Id"`
		}
		if err := d.DecodeElement(&of, &t); err != nil {
			return err
		}
		return s.is(of.IBAN + of.Other)
	case t.Name.Local == "Bal":
		var b camtBalance
		if err := d.DecodeElement(&b, &t); err != nil {
			return err
		}
		m, err := b.Amount.read(len(s.Lines))
		if err != nil {
			return err
		}
		c.balances[strings.TrimSpace(b.Code)] = signed(m, b.Side)
	case t.Name.Local == "Ntry":
		var e camtEntry
		if err := d.DecodeElement(&e, &t); err != nil {
			return err
		}
		return c.entry(s, e)
	}
	return nil
}

func signed(m civic.Money, side string) civic.Money {
	if strings.TrimSpace(side) == "DBIT" {
		return -m
	}
	return m
}

func (a camtAmount) read(line int) (civic.Money, error) {
	if a.Currency != "KZT" {
		return 0, fault(Currency, line, a.Currency)
	}
	return amount(a.Text, line)
}

// entry takes a movement that is booked. What is only announced is not there yet. One that the bank splits into several payments is several lines,
// when their amounts come to its own.
func (c *camtReader) entry(s *Statement, e camtEntry) error {
	if status := strings.TrimSpace(e.Status.Text + e.Status.Code); status != "" && status != "BOOK" {
		return nil
	}
	n := len(s.Lines) + 1
	whole, err := e.Amount.read(n)
	if err != nil {
		return err
	}
	if side := strings.TrimSpace(e.Side); side != "CRDT" && side != "DBIT" {
		return fault(BadAmount, n, side)
	}
	day, err := e.Booked.read(n)
	if err != nil {
		return err
	}
	c.sum += signed(whole, e.Side)
	if c.sum > civic.Money(MostLines)*MostAmount || -c.sum > civic.Money(MostLines)*MostAmount {
		return fault(OverAmount, n, whole.String())
	}
	var details []camtDetail
	for _, group := range e.Details {
		details = append(details, group.Of...)
	}
	parts, sum := make([]civic.Money, len(details)), civic.Money(0)
	for i, one := range details {
		if one.Amount.Text == "" {
			one.Amount = one.Inner
		}
		if one.Amount.Text == "" {
			continue
		}
		if parts[i], err = one.Amount.read(n); err != nil {
			return err
		}
		if parts[i] > MostAmount {
			return fault(OverAmount, n, parts[i].String())
		}
		sum += parts[i]
	}
	if len(details) < 2 || sum != whole {
		if len(details) == 0 {
			details = []camtDetail{{}}
		}
		return s.add(details[0].line(e, whole, day, ""))
	}
	for i, one := range details {
		if err := s.add(one.line(e, parts[i], day, fmt.Sprint("/", i+1))); err != nil {
			return err
		}
	}
	return nil
}

func (one camtDetail) line(e camtEntry, m civic.Money, day time.Time, which string) Line {
	l := Line{Ref: strings.TrimSpace(e.Ref), Day: day, Amount: signed(m, e.Side), Party: one.Debtor.Name + one.Debtor.Inner, From: one.From, Purpose: strings.Join(one.Said, " ")}
	if l.Ref != "" {
		l.Ref += which
	}
	if l.Amount < 0 {
		l.Party, l.From = one.Creditr.Name+one.Creditr.Inner, one.To
	}
	if l.Purpose == "" {
		l.Purpose = e.Said
	}
	return l
}

func (c camtDay) read(line int) (time.Time, error) {
	text := strings.TrimSpace(c.Day)
	if text == "" {
		text, _, _ = strings.Cut(strings.TrimSpace(c.Time), "T")
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil || day.Year() < 2000 || day.Year() > 2100 {
		return time.Time{}, fault(BadDay, line, text)
	}
	return day, nil
}

// closed holds what the statement says it began and ended with against its lines.
func (c *camtReader) closed(s *Statement) error {
	opening, opened := c.balances["OPBD"]
	if !opened {
		opening, opened = c.balances["PRCD"]
	}
	closing, closed := c.balances["CLBD"]
	if opened && closed && opening+c.sum != closing {
		return fault(BadBalance, len(s.Lines), (opening + c.sum).String())
	}
	c.balances = nil
	return nil
}
