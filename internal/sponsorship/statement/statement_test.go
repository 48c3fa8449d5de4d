package statement_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/sponsorship/statement"
)

const ntry = `<Ntry><Amt Ccy="KZT">5000.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-11-02</Dt></BookgDt><AcctSvcrRef>A1</AcctSvcrRef>
<NtryDtls><TxDtls><RltdPties><Dbtr><Nm>Үлгі Азаматова</Nm></Dbtr><DbtrAcct><Id><IBAN>KZ86125KZT5004100100</IBAN></Id></DbtrAcct></RltdPties><RmtInf><Ustrd>Ағашқа K7Q4</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>`

func camt(entries, closing string) string {
	return `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><Stmt><Acct><Id><IBAN>KZ75125KZT1001300335</IBAN></Id></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="KZT">1000.00</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="KZT">` + closing + `</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>
` + entries + `</Stmt></BkToCstmrStmt></Document>`
}

const mt = ":20:STMT\r\n:25:HSBKKZKX/KZ75125KZT1001300335\r\n:28C:1/1\r\n:60F:C261101KZT1000,00\r\n:61:2611021102C5000,00NTRFPAY1//A1\r\n:86:/NAME/Үлгі Азаматова/IBAN/KZ86125KZT5004100100/REMI/Ағашқа\r\n K7Q4\r\n" +
	":61:2611031103D1200,5NCHGNONREF\r\n:86:Комиссия\r\n:62F:C261103KZT4799,50\r\n-}"

const csv = "Выписка по счету;;;;\nДата;Плательщик;Счет плательщика;Кредит;Дебет;Назначение платежа\n02.11.2026;Үлгі Азаматова;KZ86 125K ZT50 0410 0100;5 000,00;;Ағашқа K7Q4\n03.11.2026;;;;1200,50;Комиссия\nИтого;;;5000;1200,5;\n"

// What one movement is in each format is one line. The expected values are those typed above.
func TestFormatsSayTheSame(t *testing.T) {
	for name, text := range map[string]string{"camt": camt(ntry, "6000.00"), "mt940": mt, "csv": csv, "bom": "\xef\xbb\xbf" + csv} {
		s, err := statement.Read([]byte(text))
		if err != nil {
			t.Fatal(name, err)
		}
		l := s.Lines[0]
		if l.Amount != 500_000 || l.Day.Format("2006-01-02") != "2026-11-02" || l.Party != "Үлгі Азаматова" || l.From != "KZ86125KZT5004100100" || !strings.HasSuffix(l.Purpose, "K7Q4") {
			t.Errorf("%s: %+v", name, l)
		}
		if name != "camt" && (len(s.Lines) != 2 || s.Lines[1].Amount != -120_050 || s.Lines[1].Purpose != "Комиссия") {
			t.Errorf("%s: %+v", name, s.Lines)
		}
		if want := "KZ75125KZT1001300335"; s.Account != want && s.Format != statement.Table {
			t.Errorf("%s: the account %q", name, s.Account)
		}
	}
}

// A payment that the bank books in one sum is a line for each of its parts, when they come to it; what is only announced is no line.
func TestBatchAndPending(t *testing.T) {
	part := func(sum, name string) string {
		return `<TxDtls><AmtDtls><TxAmt><Amt Ccy="KZT">` + sum + `</Amt></TxAmt></AmtDtls><RltdPties><Dbtr><Pty><Nm>` + name + `</Nm></Pty></Dbtr></RltdPties></TxDtls>`
	}
	batch := `<Ntry><Amt Ccy="KZT">300</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><DtTm>2026-11-02T10:00:00</DtTm></BookgDt><AcctSvcrRef>B</AcctSvcrRef><NtryDtls>` + part("100", "A") + part("200", "B") + `</NtryDtls></Ntry>`
	s, err := statement.Read([]byte(camt(batch+strings.Replace(ntry, "BOOK", "PDNG", 1), "1300")))
	if err != nil || len(s.Lines) != 2 || s.Lines[0].Ref != "B/1" || s.Lines[1].Amount != 20_000 || s.Lines[1].Party != "B" {
		t.Fatalf("%+v, %v", s, err)
	}
	s, err = statement.Read([]byte(camt(strings.Replace(batch, ">200<", ">100<", 1), "1300")))
	if err != nil || len(s.Lines) != 1 || s.Lines[0].Amount != 30_000 {
		t.Fatalf("parts that do not come to the whole: %+v, %v", s, err)
	}
}

// Whatever is hostile, broken or not ours is refused by name, whole.
func TestHostileFilesAreRefusedByName(t *testing.T) {
	over := "11258999068426.24" // 2^50 tiyn
	edit := func(text, old, now string) string {
		if !strings.Contains(text, old) {
			t.Fatalf("%q is not in the text", old)
		}
		return strings.Replace(text, old, now, 1)
	}
	good := camt(ntry, "6000.00")
	for _, c := range []struct{ name, text, code string }{
		{"document type", edit(good, "<Document", `<!DOCTYPE a [<!ENTITY x "y">]><Document`), statement.Entities},
		{"external entity", edit(good, "<Document", `<!DOCTYPE a SYSTEM "file:///etc/passwd"><Document`), statement.Entities},
		{"entity in the middle", edit(good, "</Stmt>", `<!ENTITY a "b"></Stmt>`), statement.Entities},
		{"a name nobody declared", edit(good, "Ағашқа", "&lol9;"), statement.Unread},
		{"another charset", edit(good, `encoding="UTF-8"`, `encoding="UTF-7"`), statement.Charset},
		{"bytes that are no text", edit(good, "Ағашқа", "\xff\xfe"), statement.Charset},
		{"cut off", good[:len(good)-40], statement.Unread},
		{"another document", "<html><body>5000</body></html>", statement.Unread},
		{"a negative sum", edit(good, ">5000.00<", ">-5000.00<"), statement.BadAmount},
		{"nothing", edit(edit(good, ">5000.00<", ">0.00<"), ">6000.00<", ">1000.00<"), statement.BadAmount},
		{"half a tiyn", edit(good, ">5000.00<", ">5000.005<"), statement.BadAmount},
		{"2^50 tiyn", edit(good, ">5000.00<", ">"+over+"<"), statement.OverAmount},
		{"overflow", edit(good, ">5000.00<", ">99999999999999999999<"), statement.OverAmount},
		{"dollars", edit(good, `<Ntry><Amt Ccy="KZT"`, `<Ntry><Amt Ccy="USD"`), statement.Currency},
		{"no day", edit(good, "2026-11-02", "2026-13-02"), statement.BadDay},
		{"an edited line", edit(good, ">5000.00<", ">50000.00<"), statement.BadBalance},
		{"a line cut out", camt("", "6000.00"), statement.BadBalance},
		{"two accounts", edit(good, "</Stmt>", "</Stmt><Stmt><Acct><Id><IBAN>KZ1</IBAN></Id></Acct></Stmt>"), statement.ManyAccount},
		{"no lines", camt("", "1000.00"), statement.Empty},
		{"too many lines", tooMany(), statement.TooMany},

		{"mt940: an endless line", edit(mt, "Комиссия", strings.Repeat("я", 5_000)), statement.LongLine},
		{"mt940: a negative sum", edit(mt, "C5000,00N", "C-5000,00N"), statement.BadAmount},
		{"mt940: 2^50 tiyn", edit(mt, "C5000,00N", "C"+strings.Replace(over, ".", ",", 1)+"N"), statement.OverAmount},
		{"mt940: an edited line", edit(mt, "C5000,00N", "C6000,00N"), statement.BadBalance},
		{"mt940: dollars", edit(mt, "C261101KZT", "C261101USD"), statement.Currency},
		{"mt940: no day", edit(mt, ":61:261102", ":61:261302"), statement.BadDay},
		{"mt940: nothing in it", ":20:A\n:28C:1\n", statement.Unread},

		{"table: a negative credit", edit(csv, "5 000,00", "-5 000,00"), statement.BadAmount},
		{"table: 2^50 tiyn", edit(csv, "5 000,00", over), statement.OverAmount},
		{"table: both in and out", edit(csv, "5 000,00;;", "5 000,00;7;"), statement.BadAmount},
		{"table: no day", edit(csv, "02.11.2026", "вчера"), statement.BadDay},
		{"table: a formula that failed", edit(csv, "5 000,00", "#REF!"), statement.BadAmount},
		{"table: no column of amounts", "Дата;Плательщик;Назначение\n02.11.2026;А;Б\n", statement.NoColumn},
		{"nothing at all", " \r\n", statement.Empty},
		{"too large", strings.Repeat("a", statement.MostBytes+1), statement.TooLarge},
	} {
		s, err := statement.Read([]byte(c.text))
		var wrong *statement.Error
		if s != nil || !errors.As(err, &wrong) || wrong.Code != c.code || !slices.Contains(statement.Codes(), c.code) {
			t.Errorf("%s: %+v, %v; want %s", c.name, s, err, c.code)
		}
	}
	if _, err := statement.Read([]byte(csv + strings.Repeat("x", 100<<10))); civic.CodeOf(err) != civic.Invalid {
		t.Errorf("a table with an endless line: %v", err)
	}
	if _, err := statement.Read([]byte("PK\x03\x04 and nothing else")); civic.CodeOf(err) != civic.Invalid {
		t.Errorf("no workbook: %v", err)
	}
}

func tooMany() string {
	var b strings.Builder
	b.WriteString(":20:A\n:25:KZ1\n")
	for i := range statement.MostLines + 1 {
		fmt.Fprintf(&b, ":61:2611021102C5,00NTRFX//%d\n", i)
	}
	return b.String()
}

// The same line has the same key in a longer statement; of two that say the same each has its own.
func TestKeysAreTheLines(t *testing.T) {
	day, err := statement.Read([]byte(csv))
	if err != nil {
		t.Fatal(err)
	}
	twice := strings.Replace(csv, "03.11.2026;;;;1200", "02.11.2026;Үлгі Азаматова;KZ86125KZT5004100100;5000;;Ағашқа K7Q4\n03.11.2026;;;;1200", 1)
	week, err := statement.Read([]byte(twice))
	if err != nil {
		t.Fatal(err)
	}
	a, b := day.Keys("KZ75"), week.Keys("kz 75")
	if len(b) != 3 || a[0] != b[0] || a[1] != b[2] || b[0] == b[1] || slices.Contains(week.Keys("KZ76"), b[0]) {
		t.Errorf("%v, %v", a, b)
	}
}

func FuzzRead(f *testing.F) {
	for _, text := range []string{camt(ntry, "6000.00"), mt, csv, "<a><!ENTITY", ":20:\n:61:2611021102C5,NTRF\n:86:?32a?20b", "Дата;Сумма\n02.11.2026;-5"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := statement.Read(data)
		if (s == nil) == (err == nil) {
			t.Fatal(s, err)
		}
		if err != nil {
			return
		}
		if len(s.Lines) == 0 || len(s.Lines) > statement.MostLines {
			t.Fatal(len(s.Lines))
		}
		for _, l := range s.Lines {
			if l.Amount == 0 || l.Amount > statement.MostAmount || -l.Amount > statement.MostAmount || l.Day.IsZero() || len(l.Purpose) > 1000 || strings.ContainsAny(l.Party+l.Purpose, "\n\x00") {
				t.Fatalf("%+v", l)
			}
		}
		if keys := s.Keys("a"); len(slices.Compact(slices.Sorted(slices.Values(keys)))) != len(keys) {
			t.Fatal("two lines have one key")
		}
	})
}
