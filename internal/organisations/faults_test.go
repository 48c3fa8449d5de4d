package organisations_test

import (
	"bytes"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/birge-kz/birge/internal/citytest"
	. "github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/tables"
)

// fault reads a file that an earlier version imported wrongly.
func fault(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(citytest.Shared(t, "faults", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func keysOf(r Report) (out []string) {
	for _, p := range r.Problems {
		out = append(out, p.Message.Key)
	}
	return out
}

// every entry as its values of some fields, joined by "|".
func (w *world) entries(of ...Field) (out []string) {
	w.T.Helper()
	w.Must(w.Each(w.Ctx(), Query{}, func(o Organisation) error {
		var values []string
		for _, f := range of {
			values = append(values, o.Get(f))
		}
		out = append(out, strings.Join(values, "|"))
		return nil
	}))
	slices.Sort(out)
	return out
}

// Each table that came out wrong, and the right result. See the README beside the files.
func TestFaultyTables(t *testing.T) {
	for name, tc := range map[string]struct {
		file    string
		mapping Mapping
		created int
		aside   int
		of      []Field
		entries []string // nil: not looked at
		notes   []string // keys that must be among the problems
	}{
		"Windows-1251": {file: "B01-windows1251/in.csv", created: 3, notes: []string{"tables.found_windows_1251"}},
		"a title over the table": {file: "B02-title-row/in.csv", created: 3, of: []Field{"identifier", "name.ru", "phone"}, notes: []string{"tables.found_heading"},
			entries: []string{"KZ-BIN-990540000011|ОО «Заголовок 0»|8 (7252) 21-11-10", "KZ-BIN-990540000021|ОО «Заголовок 1»|8 (7252) 21-11-11", "KZ-BIN-990540000031|ОО «Заголовок 2»|8 (7252) 21-11-12"}},
		"a heading of two rows": {file: "B03-two-row-header/in.xlsx", created: 2, of: []Field{"identifier", "name.kk", "name.ru", "phone", "email"},
			entries: []string{"KZ-BIN-990540000011|«М0» ҚБ|ОО «М0»|+7 7252 530000|a@example.kz", "KZ-BIN-990540000021|«М1» ҚБ|ОО «М1»|+7 7252 530000|a@example.kz"}},
		"the first of two sheets": {file: "B04-second-sheet/in.xlsx", created: 1, notes: []string{"tables.found_sheet"}, of: []Field{"name.ru"}, entries: []string{"ОО «Один»"}},
		"the other sheet": {file: "B04-second-sheet/in.xlsx", mapping: Mapping{Options: tables.Options{Sheet: "СМИ"}, Kind: Media}, created: 1,
			of: []Field{"name.ru", "kind"}, entries: []string{"ОО «Два»|media"}},
		"totals and signatures": {file: "B05-total-row/in.csv", created: 2, aside: 2, of: []Field{"name.ru"}, entries: []string{"ОО «Тест 0»", "ОО «Тест 1»"}, notes: []string{"tables.row_aside"}},
		"a failed formula": {file: "B06-error-cell-name/in.xlsx", created: 1, of: []Field{"identifier", "name.ru", "founded", "phone"},
			entries: []string{"KZ-BIN-990540000011|ОО «Ф»|2020-12-31|"}, notes: []string{"organisations.failed_formula"}},
		"placeholders": {file: "B07-placeholders/in.csv", created: 5, of: []Field{"identifier", "phone", "email", "website"},
			entries: []string{"KZ-BIN-990540000011|8 701 000 00 01, 8 702 000 00 02|a@example.kz|https://www.example.kz",
				"KZ-BIN-990540000021|87010000001|anna@example.kz|", "KZ-BIN-990540000031|||",
				"KZ-BIN-990540000041|53-22-11|ANNA@EXAMPLE.KZ|https://instagram.com/test",
				"KZ-BIN-990540000051||инфо@пример.қаз|https://%D0%BF%D1%80%D0%B8%D0%BC%D0%B5%D1%80.%D2%9B%D0%B0%D0%B7/%D1%81%D1%82%D1%80"},
			notes: []string{"organisations.bad_phone", "organisations.note_mended"}},
		"quotation marks": {file: "B08-bare-quote/in.csv", created: 3, of: []Field{"identifier", "name.ru"},
			entries: []string{`KZ-BIN-990540000011|ОО "Кавычки" "Тест"`, `KZ-BIN-990540000021|ОО "Голые кавычки"`, "KZ-BIN-990540000031|ОО в две строки"}},
		"legal forms": {file: "B09-forms/in.csv", created: 12, of: []Field{"name.ru", "form"},
			entries: []string{"Орг 0|association", "Орг 10|association", "Орг 11|foundation", "Орг 1|association", "Орг 2|foundation", "Орг 3|foundation",
				"Орг 4|foundation", "Орг 5|foundation", "Орг 6|union", "Орг 7|institution", "Орг 8|company", "Орг 9|other"}},
		"dates": {file: "B10-dates/in.csv", created: 12, of: []Field{"name.ru", "founded"}, notes: []string{"organisations.bad_date"},
			entries: []string{"ОО «Дата 0»|2020-12-31", "ОО «Дата 10»|2020-12-31", "ОО «Дата 11»|", "ОО «Дата 1»|2020-12-31", "ОО «Дата 2»|2020-12-31", "ОО «Дата 3»|",
				"ОО «Дата 4»|2020-12-31", "ОО «Дата 5»|2020", "ОО «Дата 6»|2020-12-31", "ОО «Дата 7»|2020-12-31", "ОО «Дата 8»|2020-12-31", "ОО «Дата 9»|2020-01-01"}},
		"doubles": {file: "B11-duplicates/in.csv", created: 3, notes: []string{"organisations.row_alike"}},
		"numbers of a spreadsheet": {file: "B14-roll-zeros/x.xlsx", created: 4, of: []Field{"identifier", "founded"}, notes: []string{"organisations.note_zeros"},
			entries: []string{"KZ-BIN-050440000012|2020-12-31", "KZ-BIN-990540000011|2020-12-31", "KZ-BIN-990540000021|2020-12-31", "KZ-BIN-990540000041|2020-12-31"}},
		"an export of another city": {file: "B15-own-export-new-city/oe2.csv", created: 69},
	} {
		t.Run(name, func(t *testing.T) {
			w := sqlite(t)
			r := w.load(fault(t, tc.file), tc.mapping, false)
			if r.Created != tc.created || r.Aside != tc.aside {
				t.Errorf("created %d, aside %d, want %d and %d: %v", r.Created, r.Aside, tc.created, tc.aside, r)
			}
			keys := keysOf(r)
			for _, key := range tc.notes {
				if !slices.Contains(keys, key) {
					t.Errorf("%s is not among %q", key, keys)
				}
			}
			if got := w.entries(tc.of...); tc.entries != nil && !slices.Equal(got, tc.entries) {
				t.Errorf("\n got %q\nwant %q", got, tc.entries)
			}
		})
	}
}

// A BIN is found in every spelling that the import understands.
func TestABINIsFoundHoweverItIsTyped(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		if r := w.load(fault(t, "B13-search-bin/in.csv"), Mapping{}, false); r.Created != 4 {
			t.Fatal(r)
		}
		for _, typed := range []string{"050440000012", "0504 4000 0012", "050440-000-012", "50440000012", "БИН 050440000012", "БИН: 50440000012", "БСН 050440000012",
			"bin 050440000012", "KZ-BIN-050440000012", "№ 050440000012", "050440000012, Тест"} {
			if got := w.names(Query{Text: typed}); len(got) != 1 || got[0] != "ОО «Тест 0»" {
				t.Errorf("%q finds %q", typed, got)
			}
			w.as(visitor).Get("/ru/search?q="+url.QueryEscape(typed)).Want(200, "ОО «Тест 0»")
		}
		if got := w.names(Query{Text: "БИН 840000018"}); len(got) != 1 || got[0] != "ОО «Тест 2»" {
			t.Errorf("%q", got)
		}
	})
}

// twoSheets is a workbook whose second sheet has its headings on line 3.
func twoSheets(t *testing.T) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	if _, err := f.NewSheet("СМИ"); err != nil {
		t.Fatal(err)
	}
	for _, x := range [][3]string{{"Sheet1", "A1", "Наименование"}, {"Sheet1", "A2", "Фонд «Бір»"}, {"СМИ", "A1", "Список, наименование"}, {"СМИ", "A3", "Кто это"}, {"СМИ", "A4", "Газета «Екі»"}} {
		if err := f.SetCellStr(x[0], x[1], x[2]); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A moderator chooses the sheet and the heading on the page; to show what was found there the file is not read again.
func TestTheSheetIsChosenOnThePage(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		page := w.upload("ru", "список.xlsx", string(twoSheets(t)))
		w.as(moderator).Get(page).Want(200, "Читается только лист «Sheet1»", "СМИ", `value="name.ru" selected`)
		_, id, _ := strings.Cut(page, "upload=")
		form := url.Values{"upload": {id}, "kind": {Media}, "sheet": {"СМИ"}, "heading": {"3"}, "column0": {"name.ru"}}
		again := w.as(moderator).PostForm("/ru/organisations/import/check", form).Want(303).Location
		w.as(moderator).Get(again).Want(200, "Кто это", "Газета «Екі»")

		w.City.Write(func(tx *storage.Tx) error {
			_, err := tx.Exec("UPDATE organisation_upload SET data = $1", []byte("broken"))
			return err
		})
		w.as(moderator).Get(again).Want(200, "Кто это", "Газета «Екі»")
		w.City.Write(func(tx *storage.Tx) error {
			_, err := tx.Exec("UPDATE organisation_upload SET data = $1", twoSheets(t))
			return err
		})

		w.as(moderator).PostForm("/ru/organisations/import/check", form).Want(303)
		w.as(moderator).PostForm("/ru/organisations/import/apply", url.Values{"upload": {id}}).Want(303)
		if got := w.entries("name.ru", "kind"); len(got) != 1 || got[0] != "Газета «Екі»|media" {
			t.Errorf("%q", got)
		}
		form.Set("heading", "x")
		page = w.upload("ru", "список.xlsx", string(twoSheets(t)))
		_, id, _ = strings.Cut(page, "upload=")
		form.Set("upload", id)
		w.as(moderator).PostForm("/ru/organisations/import/check", form).Want(422, "Введите номер строки")
	})
}

// A synonym of a kind is kept as its code.
func TestTheKindOfRowsIsACode(t *testing.T) {
	w := sqlite(t)
	w.load("Атауы\nШеврон\n", Mapping{Kind: "сми"}, false)
	if got := w.entries("kind"); len(got) != 1 || got[0] != Media {
		t.Errorf("%q", got)
	}
}
