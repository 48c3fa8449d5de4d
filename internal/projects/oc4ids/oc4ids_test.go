package oc4ids_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/platform/memorytest"
	"github.com/birge-kz/birge/internal/projects/oc4ids"
)

func standard(t testing.TB) *oc4ids.Standard {
	t.Helper()
	s, err := oc4ids.New()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func shared(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(citytest.Shared(t, "oc4ids", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func read(t testing.TB, s *oc4ids.Standard, text string) *oc4ids.File {
	t.Helper()
	f, err := s.Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// told are the places and codes of what is told, with a mark at notices.
func told(f *oc4ids.File) (out []string) {
	for _, project := range f.Told {
		for _, p := range project.Problems {
			mark := ""
			if p.Code.Notice() {
				mark = "?"
			}
			out = append(out, p.Place+" "+string(p.Code)+mark)
		}
	}
	return out
}

// pack is a package of projects.
func pack(projects ...string) string {
	return `{"version": "0.9", "uri": "https://example.org/p", "publishedDate": "2026-05-31T00:00:00Z", "publisher": {"name": "A"}, "projects": [` + strings.Join(projects, ",") + `]}`
}

// The example of the standard is valid; its two suppliers that are named otherwise than in its parties are noticed.
func TestTheExample(t *testing.T) {
	f := read(t, standard(t), shared(t, "example.json"))
	if f.Projects != 1 || f.Valid != 1 || f.Errors != 0 || !maps.Equal(f.Milestones, map[string]int{"met": 2}) || f.Unsummed != 0 {
		t.Errorf("%+v", f)
	}
	if want := (oc4ids.Amounts{Budget: "40000000", Contracts: "35850000", Final: "42100000"}); len(f.Sums) != 1 || f.Sums["GBP"] != want {
		t.Errorf("%+v", f.Sums)
	}
	want := []string{
		"/projects/0/additionalClassifications/0/scheme not_in_open_list?",
		"/projects/0/contractingProcesses/2/summary/suppliers/0/name other_name?",
		"/projects/0/contractingProcesses/2/summary/tender/tenderers/0/name other_name?",
		"/projects/0/social/healthAndSafety/materialTests/tests/0 not_in_open_list?",
	}
	if got := told(f); !slices.Equal(got, want) {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
}

// The form of the standard that is not filled in is wrong in as many places as another validator of JSON schemas finds
// (Python's jsonschema 4.26, draft 4; it does not check addresses).
func TestTheBlankForm(t *testing.T) {
	counts := map[string]int{}
	for _, said := range told(read(t, standard(t), pack(shared(t, "blank.json")))) {
		counts[said[strings.LastIndex(said, " ")+1:]]++
	}
	for code, want := range map[oc4ids.Code]int{oc4ids.BadDate: 68, oc4ids.BadEmail: 1, oc4ids.Empty: 53 + 3 + 3, oc4ids.WrongType: 47, oc4ids.NotInList: 31, oc4ids.Missing: 1} {
		if counts[string(code)] != want {
			t.Errorf("%s: %d, want %d", code, counts[string(code)], want)
		}
	}
}

// remove, in a change, takes the field out.
const remove = "remove"

// changed is the example with one place changed.
func changed(t *testing.T, text, place, to string) string {
	t.Helper()
	var doc any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&doc); err != nil {
		t.Fatal(err)
	}
	at := doc
	names := strings.Split(place, "/")[1:]
	for _, name := range names[:len(names)-1] {
		switch in := at.(type) {
		case map[string]any:
			at = in[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil {
				t.Fatal(place)
			}
			at = in[i]
		}
	}
	last := names[len(names)-1]
	switch in := at.(type) {
	case map[string]any:
		if in[last] = json.RawMessage(to); to == remove {
			delete(in, last)
		}
	case []any:
		i, err := strconv.Atoi(last)
		if err != nil {
			t.Fatal(place)
		}
		in[i] = json.RawMessage(to)
	default:
		t.Fatalf("%s is not in the example", place)
	}
	out, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// Each change of the example is told with its place, and nothing else is.
func TestEveryChangeIsNamed(t *testing.T) {
	s, example := standard(t), shared(t, "example.json")
	before := told(read(t, s, example))
	const p = "/projects/0"
	const contract = p + "/contractingProcesses/0/summary"
	for _, c := range []struct{ place, to, want string }{
		{"/version", remove, "/version missing"},
		{"/version", `"9"`, "/version other"},
		{"/version", `"1.1"`, "/version other_version?"},
		{"/publisher/name", `""`, "/publisher/name empty"},
		{"/publishedDate", `"2018-12-10"`, "/publishedDate bad_date"},
		{"/license", `"a licence"`, "/license bad_address"},
		{p, `"a project"`, p + " not_object"},
		{p + "/id", remove, p + "/id missing"},
		{p + "/id", `7`, p + "/id wrong_type"},
		{p + "/title", `""`, p + "/title empty"},
		{p + "/locations", `[]`, p + "/locations empty"},
		{p + "/status", `"done"`, p + "/status not_in_list"},
		{p + "/status", `"Maintenance"`, p + "/status not_in_list"},
		{p + "/sector", `["transport.road", "beauty"]`, p + "/sector/1 not_in_open_list?"},
		{p + "/sector", `["transport.road", "transport.road"]`, p + "/sector/1 twice"},
		{p + "/updated", `"2018-02-30T00:00:00Z"`, p + "/updated bad_date"},
		{p + "/updated", `"10.12.2018"`, p + "/updated bad_date"},
		{p + "/budget/amount/currency", `"TNG"`, p + "/budget/amount/currency not_in_list"},
		{p + "/budget/amount/amount", `"40000000"`, p + "/budget/amount/amount wrong_type"},
		{p + "/budget/amount/amount", `1e99999999`, p + "/budget/amount/amount bad_number"},
		{p + "/period/endDate", `"2015-12-31T00:00:00Z"`, p + "/period/endDate ends_before_start"},
		{p + "/period/startDate", `"2018-12-10T00:00:01Z"`, p + "/period/endDate ends_before_start"},
		{p + "/period/endDate", `"2016-01-01T01:00:00+05:00"`, p + "/period/endDate ends_before_start"}, // the evening before, in UTC
		{p + "/period/maxExtentDate", `"2015-12-31T00:00:00Z"`, p + "/period/maxExtentDate ends_before_start"},
		{p + "/period/durationInDays", `3.5`, p + "/period/durationInDays wrong_type"},
		{p + "/budget/finance/0/paymentPeriod/endDate", `"2028-12-31T00:00:00Z"`, p + "/budget/finance/0/paymentPeriod/endDate ends_before_start"},
		{contract + "/modifications/0/newContractPeriod/endDate", `"2017-07-06T00:00:00Z"`, contract + "/modifications/0/newContractPeriod/endDate ends_before_start"},
		{p + "/milestones/0/dateMet", remove, p + "/milestones/0/dateMet met_without_date"},
		{p + "/milestones/0/status", remove, p + "/milestones/0/status date_without_met"},
		{p + "/milestones/0/status", `"notMet"`, p + "/milestones/0/status date_without_met"},
		{p + "/milestones/0/status", `"partiallyMet"`, p + "/milestones/0/status date_without_met"},
		{contract + "/milestones/0/status", `"scheduled"`, contract + "/milestones/0/status date_without_met"},
		{p + "/milestones", `[{"id": "a"}, {"id": "b"}, {"id": "a", "title": "again"}]`, p + "/milestones/2/id id_twice"},
		{p + "/milestones/0/id", remove, p + "/milestones/0/id missing"},
		{p + "/milestones", `{"id": "a", "status": "met"}`, p + "/milestones wrong_type"},
		{contract + "/modifications/1/rationale", remove, contract + "/modifications/1/rationale no_rationale"},
		{contract + "/modifications/1/rationale", `""`, contract + "/modifications/1/rationale empty"},
		{contract + "/modifications/1/id", `"m27-4-5-construction-modification-001"`, contract + "/modifications/1/id id_twice"},
		{p + "/parties/2/id", `"GB-COH-11111111"`, p + "/parties/2/id id_twice"},
		{p + "/publicAuthority/id", `"KZ-BIN-1"`, p + "/publicAuthority/id not_among_parties"},
		{p + "/publicAuthority", `{"name": "Nobody"}`, p + "/publicAuthority/name not_among_parties"},
		{p + "/publicAuthority/name", `"Motorways"`, p + "/publicAuthority/name other_name?"},
		{p + "/transactions/0/payer/id", `"2"`, p + "/transactions/0/payer/id not_among_parties"},
		{p + "/budget/finance/0/financingParty/id", `"2"`, p + "/budget/finance/0/financingParty/id not_among_parties"},
		{p + "/lobbyingMeetings/0/publicOffice/organization/id", `"2"`, p + "/lobbyingMeetings/0/publicOffice/organization/id not_among_parties"},
		{p + "/parties/4/beneficialOwners/0/email", `"jperez"`, p + "/parties/4/beneficialOwners/0/email bad_email"},
		{p + "/parties/4/beneficialOwners/0/nationalities", `["XY"]`, p + "/parties/4/beneficialOwners/0/nationalities/0 not_in_list"},
	} {
		f := read(t, s, changed(t, example, c.place, c.to))
		got := slices.DeleteFunc(told(f), func(said string) bool { return slices.Contains(before, said) })
		// A party that was renamed is missed where it is referred to, which is right and tested by itself.
		got = slices.DeleteFunc(got, func(said string) bool {
			return strings.HasPrefix(c.place, p+"/parties/") && strings.HasSuffix(said, "not_among_parties")
		})
		if !slices.Equal(got, []string{c.want}) {
			t.Errorf("%s = %s: %v", c.place, c.to, got)
		}
		if wantValid := strings.HasSuffix(c.want, "?") || !strings.HasPrefix(c.want, p); (f.Valid == 1) != wantValid {
			t.Errorf("%s = %s: %d valid", c.place, c.to, f.Valid)
		}
	}
}

// The same project twice in a package; amounts are added exactly, and what cannot be added is counted.
func TestAPackageOfSeveral(t *testing.T) {
	budget := func(id, amount, currency string) string {
		return fmt.Sprintf(`{"id": %q, "budget": {"amount": {"amount": %s, "currency": %q}}, "milestones": [{"id": "1", "status": "notMet"}, {"id": "2"}]}`, id, amount, currency)
	}
	f := read(t, standard(t), pack(budget("a", "0.1", "KZT"), budget("b", "0.2", "KZT"), budget("a", "7", "USD"), budget("c", "7", "TNG"), `{"id": "a~/b", "milestones": {}}`, `null`))
	want := []string{"/projects/2/id id_twice", "/projects/3/budget/amount/currency not_in_list", "/projects/4/milestones wrong_type", "/projects/5 not_object"}
	if got := told(f); !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	if f.Projects != 6 || f.Valid != 2 || f.Unsummed != 3 || f.Sums["KZT"].Budget != "0.3" || f.Sums["USD"].Budget != "7" || !maps.Equal(f.Milestones, map[string]int{"notMet": 4, "unknown": 4}) {
		t.Errorf("%+v", f)
	}
}

func TestBounds(t *testing.T) {
	s := standard(t)
	full := strings.Repeat(`{"id": ""},`, oc4ids.MostProjects-1) + `{"id": ""}`
	if f := read(t, s, pack(full)); f.Errors != oc4ids.MostProjects || len(told(f)) != oc4ids.MostProblems {
		t.Errorf("%d errors, %d told", f.Errors, len(told(f)))
	}
	if _, err := s.Read(strings.NewReader(pack(wrong(45_000), wrong(45_000), wrong(45_000), "{}"))); !errors.Is(err, oc4ids.ErrTooWrong) {
		t.Errorf("too many errors: %v", err)
	}
	fits := `"` + strings.Repeat("a", oc4ids.MostOne-2) + `"`
	if f := read(t, s, pack(fits)); f.Projects != 1 {
		t.Error("a project of the largest size was not read")
	}
	for name, text := range map[string]string{
		"projects":      pack(full + `,{"id": ""}`),
		"values":        pack(wrong(oc4ids.MostValues - 2)),
		"one project":   pack(`"a` + fits[1:]),
		"the package":   `{"a": ` + fits + `, "b": 1, "projects": [1]}`,
		"bytes":         strings.Repeat(" ", oc4ids.MostBytes) + pack("1"),
		"bytes at last": pack("1") + strings.Repeat(" ", oc4ids.MostBytes),
	} {
		if _, err := s.Read(strings.NewReader(text)); !errors.Is(err, oc4ids.ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, text := range []string{"", "[]", "{}", `{"projects": []}`, `{"projects": {}}`, `{"projects": [{}]`, `{"projects": [{}]} {}`, `{"projects": [{}], "projects": [{}]}`, "{\"projects\": [\"\xff\"]}", `{"projects": [{}}`} {
		if _, err := s.Read(strings.NewReader(text)); !errors.Is(err, oc4ids.ErrNoProjects) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if f := read(t, s, "\ufeff"+pack(`{"id": "a"}`)); f.Valid != 1 {
		t.Error("a mark of the byte order was not passed over")
	}
}

// Of whatever file, everything that is told adds up.
func FuzzRead(f *testing.F) {
	f.Add(pack(`{"id": "a", "milestones": [{"id": "1", "status": "met"}], "parties": [{"id": "1"}], "publicAuthority": {"id": "2"}}`))
	f.Add(pack(`{"sector": [[1]], "period": {"startDate": "2026-01-01T00:00:00Z", "endDate": "2025-01-01T00:00:00Z"}}`))
	f.Add(pack(`{"milestones": [{"id": 1}, null, [1e9]], "budget": {"amount": [{}], "finance": {"0": 1}}, "a/~b": 1e999}`))
	s := standard(f)
	f.Fuzz(func(t *testing.T, text string) {
		file, err := s.Read(strings.NewReader(text))
		if err != nil {
			return
		}
		all := told(file)
		if file.Projects == 0 || file.Valid > file.Projects || file.Unsummed > file.Projects || file.Valid < file.Projects-file.Errors || len(all) > file.Errors+file.Notices {
			t.Errorf("%+v", file)
		}
		for _, said := range all {
			if !strings.HasPrefix(said, "/") && !strings.HasPrefix(said, " ") {
				t.Errorf("no JSON pointer: %s", said)
			}
		}
	})
}

// wrong is a project with as many errors.
func wrong(errors int) string {
	return `{"id": "a", "sector": [0` + strings.Repeat(",0", errors-1) + `]}`
}

// A project with as many values as may be, wrong wherever it can be, is judged within the budget, and so is a file of them: it is read no further.
func TestMemory(t *testing.T) {
	memorytest.Within(t, func(f *os.File) error {
		w := bufio.NewWriter(f)
		w.WriteString(`{"projects": [1`)
		one := wrong(oc4ids.MostValues - 3)
		for range oc4ids.MostBytes/len(one) - 1 {
			w.WriteString("," + one)
		}
		w.WriteString("]}")
		return w.Flush()
	}, func(t *testing.T, path string) {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := standard(t).Read(f); !errors.Is(err, oc4ids.ErrTooWrong) {
			t.Error(err)
		}
	})
}
