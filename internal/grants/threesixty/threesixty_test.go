package threesixty_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/grants/threesixty"
	"github.com/birge-kz/birge/internal/platform/memorytest"
	"github.com/birge-kz/birge/internal/platform/sheet"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

func standard(t testing.TB) *threesixty.Standard {
	t.Helper()
	s, err := threesixty.New()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// kept is a file with its grants.
type kept struct {
	*threesixty.File
	all []threesixty.Grant
}

func read(t testing.TB, text string, asked threesixty.Order) (k kept) {
	t.Helper()
	f, err := standard(t).Read(strings.NewReader(text), int64(len(text)), asked, func(g threesixty.Grant) error {
		k.all = append(k.all, g)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	k.File = f
	return k
}

func ignore(threesixty.Grant) error { return nil }

func shared(t testing.TB, elem ...string) string {
	t.Helper()
	text, err := os.ReadFile(citytest.Shared(t, append([]string{"360giving"}, elem...)...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// one is a grant that conforms, with the changes of a test.
func one(changes string) string {
	row := threesixty.Row{}
	for _, text := range []string{`{"id": "360G-a-1", "title": "T", "description": "D", "currency": "KZT", "amountAwarded": 1000.10, "awardDate": "2026-03-01",
		"recipientOrganization": [{"id": "KZ-BIN-1", "name": "R"}], "fundingOrganization": [{"id": "KZ-BIN-2", "name": "F"}]}`, changes} {
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		if err := d.Decode(&row); err != nil {
			panic(err)
		}
	}
	maps.DeleteFunc(row, func(_ string, v any) bool { return v == nil })
	text, _ := json.Marshal(row)
	return string(text)
}

func file(grants ...string) string { return `{"grants": [` + strings.Join(grants, ",") + `]}` }

// A real file writes all its dates with the day first, which one date of it confirms: no amount and no date is lost. The sums
// were added up by Python's decimal.
func TestDatesOfAWholeFile(t *testing.T) {
	f := read(t, shared(t, "grants", "a002400000KeYdsAAF-currency.json"), threesixty.Unsure)
	if f.Grants != 379 || f.Valid != 0 || f.Readable != 379 || f.Broken != 0 || f.Dates != (threesixty.Dates{Order: threesixty.DayFirst, FromFile: true, Read: 758}) {
		t.Errorf("%d grants, valid %d, readable %d, broken %d, %+v", f.Grants, f.Valid, f.Readable, f.Broken, f.Dates)
	}
	if f.Sums["GBP"]["2014"] != "31024522" || f.Sums["USD"]["2014"] != "153934" || f.Unsummed != 0 {
		t.Errorf("%v, without %d", f.Sums, f.Unsummed)
	}
	if at := f.all[0].Row["awardDate"]; at != "2014-06-05" {
		t.Errorf("05/06/2014 was read as %v", at)
	}
}

// Every mistake of the file that has them all is named by its field: the list was written down from the file by hand.
func TestEveryMistakeIsNamed(t *testing.T) {
	f := read(t, shared(t, "badfile_all_validation_errors.json"), threesixty.Unsure)
	var got []string
	for _, p := range f.Problems {
		got = append(got, p.Field+" "+string(p.Code))
	}
	want := []string{"actualDates/0 wrong_type", "amountAwarded wrong_type", "awardDate bad_date", "currency not_in_list", "description missing", "fundingOrganization empty",
		"plannedDates wrong_type", "recipientOrganization/0/id missing", "title wrong_type", "url bad_address"}
	if !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
}

func TestSumsAreExact(t *testing.T) {
	f := read(t, shared(t, "decimal_amounts.json"), threesixty.Unsure) // seven times 1000.1
	if sums := f.Sums; sums["GBP"][threesixty.UnknownYear] != "7000.7" {
		t.Errorf("%v", sums)
	}
	f = read(t, shared(t, "nulls.json"), threesixty.Unsure)
	if sums, without := f.Sums, f.Unsummed; len(sums) != 0 || without != 2 || f.Valid != 0 {
		t.Errorf("%v %d %d", sums, without, f.Valid)
	}
	f = read(t, file(one(`{"amountAwarded": 0.1}`), one(`{"id": "b", "amountAwarded": 0.2, "awardDate": "03/04/2026"}`), one(`{"id": "c", "currency": "gold"}`)), threesixty.Unsure)
	if sums, without := f.Sums, f.Unsummed; sums["KZT"]["2026"] != "0.3" || without != 1 {
		t.Errorf("%v %d", sums, without)
	}
}

// Days are read only in an order that is confirmed; until then they stay as they are, and their year counts.
func TestTheOrderOfDates(t *testing.T) {
	for _, c := range []struct {
		dates    []string
		asked    threesixty.Order
		want     threesixty.Dates
		first    string
		readable int
	}{
		{[]string{"03/04/2026"}, threesixty.Unsure, threesixty.Dates{Ambiguous: 1}, "03/04/2026", 0},
		{[]string{"03/04/2026"}, threesixty.MonthFirst, threesixty.Dates{Order: threesixty.MonthFirst, Read: 1}, "2026-03-04", 1},
		{[]string{"03/04/2026", "25/04/2026"}, threesixty.Unsure, threesixty.Dates{Order: threesixty.DayFirst, FromFile: true, Read: 2}, "2026-04-03", 2},
		{[]string{"3.4.2026", "04-25-2026"}, threesixty.Unsure, threesixty.Dates{Order: threesixty.MonthFirst, FromFile: true, Read: 2}, "2026-03-04", 2},
		{[]string{"03/04/2026", "25/04/2026", "04/25/2026"}, threesixty.Unsure, threesixty.Dates{Ambiguous: 3, Contradicts: true}, "03/04/2026", 0},
		{[]string{"03/04/2026", "04/25/2026"}, threesixty.DayFirst, threesixty.Dates{Order: threesixty.DayFirst, Read: 1, Ambiguous: 1}, "2026-04-03", 1},
		{[]string{"29/02/2026"}, threesixty.DayFirst, threesixty.Dates{Order: threesixty.DayFirst, Ambiguous: 1}, "29/02/2026", 0},
		{[]string{"2026-02-29"}, threesixty.Unsure, threesixty.Dates{}, "2026-02-29", 0},
		{[]string{"2026-02-28"}, threesixty.Unsure, threesixty.Dates{}, "2026-02-28", 1},
	} {
		var grants []string
		for i, date := range c.dates {
			grants = append(grants, one(`{"id": "`+string(rune('a'+i))+`", "awardDate": "`+date+`"}`))
		}
		f := read(t, file(grants...), c.asked)
		if f.Dates != c.want || f.Readable != c.readable || f.all[0].Row["awardDate"] != c.first {
			t.Errorf("%v %q: %+v, readable %d, %v", c.dates, c.asked, f.Dates, f.Readable, f.all[0].Row["awardDate"])
		}
		if sums := f.Sums; len(sums["KZT"]) != 1 || sums["KZT"]["2026"] == "" {
			t.Errorf("%v: %v", c.dates, sums)
		}
	}
}

func TestWhatIsWrong(t *testing.T) {
	for changes, want := range map[string]string{
		`{"recipientOrganization": null}`:                                        "recipientOrganization missing",
		`{"recipientOrganization": null, "recipientIndividual": {"id": "i"}}`:    "recipientIndividual/name missing",
		`{"recipientIndividual": {"id": "i", "name": "n"}}`:                      "recipientIndividual two_recipients",
		`{"regrantType": "FRG999"}`:                                              "regrantType not_in_list",
		`{"toIndividualsDetails": {"grantPurpose": ["GTIP010", "GTIP9"]}}`:       "toIndividualsDetails/grantPurpose not_in_list",
		`{"beneficiaryLocation": [{"countryCode": "KZ"}, {"countryCode": "K"}]}`: "beneficiaryLocation/1/countryCode not_in_list",
		`{"plannedDates": [{"duration": -1}]}`:                                   "plannedDates/0/duration bad_number",
		`{"amountAwarded": 1e999999}`:                                            "amountAwarded bad_number",
		`{"extra": [1e-999999]}`:                                                 "extra bad_number",
	} {
		f := read(t, file(one(changes)), threesixty.Unsure)
		if len(f.Problems) != 1 || f.Problems[0].Field+" "+string(f.Problems[0].Code) != want || f.Valid != 0 {
			t.Errorf("%s: %+v", changes, f.Problems)
		}
	}
	f := read(t, file(one(`{}`), one(`{}`), one(`{"title": "U"}`), `7`), threesixty.Unsure)
	var got []threesixty.Code
	for _, p := range f.Problems {
		got = append(got, p.Code)
	}
	if !slices.Equal(got, []threesixty.Code{threesixty.Twice, threesixty.IDTwice, threesixty.NotObject}) || f.Grants != 4 || f.Valid != 3 {
		t.Errorf("%v, valid %d", got, f.Valid)
	}
	f = read(t, `{"version": "one", "publisher": {}, "grants": [`+one(`{}`)+`]}`, threesixty.Unsure)
	if len(f.Problems) != 2 || f.Problems[0].Row != 0 || f.Valid != 1 {
		t.Errorf("of the file itself: %+v", f.Problems)
	}
}

func TestWhatIsNoFileOfGrants(t *testing.T) {
	for text, want := range map[string]error{"": threesixty.ErrNoGrants, "[]": threesixty.ErrNoGrants, "{}": threesixty.ErrNoGrants, `{"grants": []}`: threesixty.ErrNoGrants, `{"grants": 7}`: threesixty.ErrNoGrants,
		`{"grants": [`: threesixty.ErrNoGrants, "name,age\nA,7\n": threesixty.ErrNoGrants, "Identifier,Title\n": threesixty.ErrNoGrants, "{\"grants\": [\xff]}": threesixty.ErrNoGrants,
		file(one(`{}`)) + "{}": threesixty.ErrNoGrants, `{"grants": [1], "grants": [2]}`: threesixty.ErrNoGrants, `{"grants": [1]`: threesixty.ErrNoGrants,
		file(`{"x": "` + strings.Repeat("x", 256<<10) + `"}`): threesixty.ErrTooLarge, `{"title": "` + strings.Repeat("x", 256<<10) + `", "grants": [1]}`: threesixty.ErrTooLarge,
		file(strings.Repeat("{},", threesixty.MostGrants) + "{}"): threesixty.ErrTooLarge} {
		if _, err := standard(t).Read(strings.NewReader(text), int64(len(text)), threesixty.Unsure, ignore); !errors.Is(err, want) {
			t.Errorf("%.40q: %v", text, err)
		}
	}
	if _, err := standard(t).Read(strings.NewReader(""), threesixty.MostBytes+1, threesixty.Unsure, ignore); !errors.Is(err, threesixty.ErrTooLarge) {
		t.Error(err)
	}
}

// headings are those that the round trip of a table takes.
var headings = []string{"Identifier", "Title", "Description", "Currency", "Amount Awarded", "Award Date", "Recipient Org:Identifier", "Recipient Org:Name", "Funding Org:Identifier", "Funding Org:Name",
	"Planned Dates:Duration (months)", "beneficiaryLocation/0/name", "beneficiaryLocation/1/name", "toIndividualsDetails/grantPurpose"}

const full = `{"title": "=1+1", "description": "бір\nекі", "plannedDates": [{"duration": 12}], "beneficiaryLocation": [{"name": "Алмалы"}, {"name": "Медеу"}], "toIndividualsDetails": {"grantPurpose": ["GTIP010", "GTIP020"]}}`

func rows(grants ...string) iter.Seq2[threesixty.Row, error] {
	return func(yield func(threesixty.Row, error) bool) {
		for _, text := range grants {
			doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
			if !yield(doc.(threesixty.Row), err) {
				return
			}
		}
	}
}

// What is written is read back the same, from every form; and the JSON is valid by the schemas as they were published, the
// package's too, which refers to the grants' by the address of 1.4.2.
func TestWrittenAndReadBack(t *testing.T) {
	s := standard(t)
	grants := []string{one(full), one(`{"id": "360G-a-2", "awardDate": "2026-03-01T10:00:00+05:00"}`)}
	var asJSON, asCSV, asXLSX bytes.Buffer
	if err := s.WriteJSON(&asJSON, threesixty.Row{"title": "Гранттар", "version": "1.4"}, rows(grants...)); err != nil {
		t.Fatal(err)
	}
	w, err := sheet.NewCSV(&asCSV, sheet.CSVOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.WriteTable(w, headings, rows(grants...)); err != nil {
		t.Fatal(err)
	}
	x, err := sheet.NewXLSX(&asXLSX, "Grants")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.WriteTable(x, headings, rows(grants...)); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{asJSON.String(), asCSV.String(), asXLSX.String()} {
		f := read(t, text, threesixty.Unsure)
		if len(f.Problems) != 0 || len(f.Unknown) != 0 || f.Grants != 2 {
			t.Fatalf("%+v %v\n%s", f.Problems, f.Unknown, text)
		}
		for i, g := range f.all {
			if got, _ := json.Marshal(g.Row); string(got) != grants[i] {
				t.Errorf("got  %s\nwant %s", got, grants[i])
			}
		}
	}
	if !strings.Contains(asCSV.String(), "'=1+1") {
		t.Error("a formula reaches a spreadsheet")
	}
	published(t, asJSON.Bytes())
}

// published validates a file by the schemas, without the code under test.
func published(t *testing.T, text []byte) {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	const at = "https://raw.githubusercontent.com/ThreeSixtyGiving/standard/"
	for address, name := range map[string]string{at + "1.4.2/schema/360-giving-schema.json": "360-giving-schema.json", at + "1.4.3/schema/360-giving-package-schema.json": "360-giving-package-schema.json"} {
		raw, err := os.ReadFile("standard/" + name)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		delete(doc.(map[string]any), "$id")
		if err := c.AddResource(address, doc); err != nil {
			t.Fatal(err)
		}
	}
	whole, err := c.Compile(at + "1.4.3/schema/360-giving-package-schema.json")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := whole.Validate(doc); err != nil {
		t.Error(err)
	}
}

// Nothing that does not conform is published.
func TestOnlyWhatConformsIsWritten(t *testing.T) {
	var invalid *threesixty.InvalidError
	err := standard(t).WriteJSON(&bytes.Buffer{}, nil, rows(one(`{}`), one(`{"awardDate": "01/03/2026"}`)))
	if !errors.As(err, &invalid) || invalid.Problem.Row != 2 || invalid.Problem.Field != "awardDate" {
		t.Error(err)
	}
	if err := standard(t).WriteJSON(&bytes.Buffer{}, nil, rows()); !errors.Is(err, threesixty.ErrNoGrants) {
		t.Error(err)
	}
	w, _ := sheet.NewCSV(&bytes.Buffer{}, sheet.CSVOptions{})
	if err := standard(t).WriteTable(w, headings[:3], rows(one(`{"title": null}`))); !errors.As(err, &invalid) || invalid.Problem.Code != threesixty.Missing {
		t.Error(err)
	}
	if err := standard(t).WriteTable(w, []string{"Colour"}, rows()); err == nil {
		t.Error("a column that the standard does not have was written")
	}
}

// A table as funders write it: titles, thousands, lines, columns of their own.
func TestReadATable(t *testing.T) {
	f := read(t, "Identifier;Title;Description;Currency;Amount Awarded;Award Date;Recipient Org:0:Identifier;Recipient Org:0:Name;Funding Org:Identifier;Funding Org:Name;Officer\n"+
		"a;T;D;KZT;\"1,234,567.5\";24/07/2014;r;R;f;F;X\n"+
		"b;T;D;KZT;many;24/07/2014;r;R;f;F;Y\n", threesixty.Unsure)
	if f.Grants != 2 || f.Readable != 1 || f.all[0].Line != 2 || !slices.Equal(f.Unknown, []string{"Officer"}) {
		t.Errorf("%+v", f)
	}
	if sums, without := f.Sums, f.Unsummed; sums["KZT"]["2014"] != "1234567.5" || without != 1 {
		t.Errorf("%v %d", sums, without)
	}
	if f.Broken != 1 || f.Wrong != 3 || !slices.ContainsFunc(f.Problems, func(p threesixty.Problem) bool {
		return p.Row == 3 && p.Field == "amountAwarded" && p.Code == threesixty.WrongType && p.Value == "many"
	}) {
		t.Errorf("%+v", f.Problems)
	}
}

// Of whatever file, everything that is told adds up.
func FuzzRead(f *testing.F) {
	f.Add(file(one(full)))
	f.Add("Identifier,Award Date\na,1/2/2020\n")
	f.Add(`{"grants": [{"recipientOrganization": [[{"id": 1e9}]], "plannedDates": {"startDate": "1/13/2020"}}]}`)
	s := standard(f)
	f.Fuzz(func(t *testing.T, text string) {
		file, err := s.Read(strings.NewReader(text), int64(len(text)), threesixty.Unsure, ignore)
		if err != nil {
			return
		}
		if file.Valid > file.Readable || file.Readable > file.Grants || file.Broken > file.Wrong || len(file.Problems) > threesixty.MostProblems {
			t.Errorf("%+v", file)
		}
		if file.Unsummed > file.Grants {
			t.Errorf("%d without an amount", file.Unsummed)
		}
	})
}

// BenchmarkRead reads ten thousand grants.
func BenchmarkRead(b *testing.B) {
	text := file(strings.TrimSuffix(strings.Repeat(one(full)+",", 10_000), ","))
	s := standard(b)
	for b.Loop() {
		if _, err := s.Read(strings.NewReader(text), int64(len(text)), threesixty.Unsure, ignore); err != nil {
			b.Fatal(err)
		}
	}
}

// A file of the largest size that unfolds into as much as it can is read within the budget: it is gone through twice, and not held.
func TestMemory(t *testing.T) {
	memorytest.Within(t, func(f *os.File) error {
		w := bufio.NewWriter(f)
		w.WriteString(`{"grants": [1`)
		for i := range threesixty.MostGrants - 1 {
			fmt.Fprintf(w, `,{"id": "%d", "x": [0%s]}`, i, strings.Repeat(",[]", 95))
		}
		w.WriteString("]}")
		return w.Flush()
	}, func(t *testing.T, path string) {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := standard(t).Read(f, info.Size(), threesixty.Unsure, ignore); err != nil || got.Grants != threesixty.MostGrants {
			t.Error(err)
		}
	})
}
