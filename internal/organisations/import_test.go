package organisations_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
)

const twoRows = "БИН;Атауы;Наименование;Бағыттары;Аудан;Тіркелген күні\n" +
	"950440001673;«Үміт» қоры;Фонд «Үміт»;денсаулық, culture;Абай;03.04.1995\n" +
	"990940003030;«Болашақ» бірлестігі;;Образование;Туранский район;1999\n"

func TestImportTwiceChangesNothing(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		if r := w.load(twoRows, Mapping{Source: "Тізім 2026"}, true); r.Created != 2 || r.Rejected != 0 {
			t.Fatalf("dry run: %v", r)
		}
		if got := w.names(Query{}); len(got) != 0 {
			t.Fatalf("a dry run made %v", got)
		}
		if r := w.load(twoRows, Mapping{Source: "Тізім 2026"}, false); r.Created != 2 || r.Rejected != 0 {
			t.Fatalf("first: %v", r)
		}
		w.At(noon.Add(time.Hour))
		if r := w.load(twoRows, Mapping{Source: "Тізім 2026, тағы"}, false); r.Unchanged != 2 || r.Created+r.Updated+r.Rejected != 0 {
			t.Fatalf("second: %v", r)
		}
		changes, err := w.Revisions(context.Background(), visitor, "", 10)
		if err != nil || len(changes) != 2 {
			t.Fatalf("%d changes, %v", len(changes), err)
		}
		// Names by the Kazakh alphabet: Б before Ү.
		if got := strings.Join(w.names(Query{}), "|"); got != "«Болашақ» бірлестігі|«Үміт» қоры" {
			t.Error(got)
		}
		v := w.find("KZ-BIN-950440001673")
		if v.Founded != "1995-04-03" || strings.Join(v.Themes, ",") != "health,culture" || strings.Join(v.Districts, ",") != "abay" || v.Kind != NGO || v.Status != Active {
			t.Errorf("%+v", v.Organisation)
		}
		if o := v.Provenance["name.kk"]; o.Way != Imported || o.Source != "Тізім 2026" || o.At != storage.Millis(noon) {
			t.Errorf("provenance %+v", o)
		}
	})
}

// A list of codes is the same in whatever order it is written, and with a word in it that the list
// of the field has not.
func TestTheOrderOfCodesChangesNothing(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		if r := w.load("name_ru,themes\nА,health; education; астрология\n", Mapping{}, false); r.Created != 1 {
			t.Fatal(r)
		}
		for _, cell := range []string{"health; education", "education; health", "education; астрология; health"} {
			if r := w.load("name_ru,themes\nА,"+cell+"\n", Mapping{}, false); r.Unchanged != 1 {
				t.Errorf("%s: %v", cell, r)
			}
		}
	})
}

func (w *world) find(identifier string) View {
	w.T.Helper()
	var id civic.ID
	w.City.Read(func(tx *storage.Tx) (err error) {
		id, err = storage.One(tx, storage.Scalar[civic.ID], "SELECT id FROM organisation WHERE identifier = $1", identifier)
		return err
	})
	v, err := w.Get(w.Ctx(), moderator, id)
	w.Must(err)
	return v
}

// Every broken row is reported with its line and field, and does not stop the others.
func TestBrokenRowsAreNamedAndStopNoOther(t *testing.T) {
	head := "bin,name_ru,themes,founded,status,email,website\n"
	good := "950440001673,Хороший фонд,health,2001,,,\n"
	for name, tc := range map[string]struct {
		row   string
		field Field
		code  string
	}{
		"check digit":       {"950440001674,А,,,,,", "identifier", "organisations.bad_bin_digit"},
		"too short":         {"95044,А,,,,,", "identifier", "organisations.bad_bin_length"},
		"shortened":         {"9.5044E+11,А,,,,,", "identifier", "organisations.bad_bin_shortened"},
		"a person's number": {"061211600012,А,,,,,", "identifier", "organisations.bad_bin_person"},
		"status":            {",А,,,процветает,,", "status", "organisations.bad_code"},
		"formula":           {",#ССЫЛКА!,,,,,", "name.ru", "organisations.failed_formula"},
		"invisible name":    {",\u200b\u2060,health,,,,", "", "organisations.row_no_name"},
		"no name":           {",,health,,,,", "", "organisations.row_no_name"},
		"too wide":          {",А,,,,,,лишнее", "", "tables.row_too_wide"},
		"invalid UTF-8":     {",\xff\xfe\x80,,,,,", "", "tables.invalid_utf8"},
		"Windows-1251":      {",\xd4\xee\xed\xe4,,,,,", "", "tables.windows_1251"},
		"million":           {"," + strings.Repeat("ж", 1_000_000) + ",,,,,", "", "tables.row_too_long"},
		"ten thousand":      {"," + strings.Repeat("ж", 50_000) + ",,,,,", "", "tables.cell_too_long"},
		"long name":         {"," + strings.Repeat("ж", 501) + ",,,,,", "name.ru", "organisations.too_long"},
		"twice":             {"KZ-BIN-950440001673,Хороший фонд,,,,,", "", "organisations.row_twice"},
	} {
		t.Run(name, func(t *testing.T) {
			w := sqlite(t)
			csv := head + good + tc.row + "\n" + "990940003030,Другой фонд,,,,,\n"
			r := w.load(csv, Mapping{}, false)
			if r.Rows != 3 || r.Created != 2 || r.Rejected != 1 {
				t.Fatal(r)
			}
			if p := r.Problems[0]; p.Line != 3 || p.Field != tc.field || p.Message.Key != tc.code || p.Note {
				t.Errorf("%+v, want line 3, %s, %s", p, tc.field, tc.code)
			}
			if len([]rune(r.Problems[0].Value)) > 81 {
				t.Error("the report repeats the whole cell")
			}
			if got := w.names(Query{}); len(got) != 2 {
				t.Error(got)
			}
		})
	}
}

// When an optional value cannot be read it is left out, and the row is imported.
func TestUnreadableValuesAreLeftOut(t *testing.T) {
	for name, tc := range map[string]struct {
		row   string
		field Field
		code  string
	}{
		"unknown theme":  {",А,астрология,,,,", "themes", "organisations.bad_code"},
		"bad date":       {",А,,31.02.2001,,,", "founded", "organisations.bad_date"},
		"month first":    {",А,,03/31/2001,,,", "founded", "organisations.bad_date"},
		"future":         {",А,,2031,,,", "founded", "organisations.bad_date_future"},
		"before time":    {",А,,0120,,,", "founded", "organisations.bad_date_old"},
		"email":          {",А,,,,у нас её пока нет,", "email", "organisations.bad_email"},
		"formula":        {",А,,,,#Н/Д,", "email", "organisations.failed_formula"},
		"script address": {",А,,,,,javascript:alert(1)", "website", "organisations.bad_url"},
		"data address":   {",А,,,,,data://x.y/z", "website", "organisations.bad_url"},
	} {
		t.Run(name, func(t *testing.T) {
			w := sqlite(t)
			r := w.load("bin,name_ru,themes,founded,status,email,website\n"+tc.row+"\n", Mapping{}, false)
			if r.Rows != 1 || r.Created != 1 || len(r.Problems) != 1 {
				t.Fatal(r)
			}
			if p := r.Problems[0]; p.Line != 2 || p.Field != tc.field || p.Message.Key != tc.code || !p.Note || !p.Left {
				t.Errorf("%+v, want line 2, %s, %s", p, tc.field, tc.code)
			}
			var all []Organisation
			w.Must(w.Each(w.Ctx(), Query{}, func(o Organisation) error { all = append(all, o); return nil }))
			if len(all) != 1 || all[0].Get(tc.field) != "" {
				t.Errorf("%+v", all)
			}
		})
	}
}

func TestTablesThatCannotBeReadSayWhy(t *testing.T) {
	w := sqlite(t)
	for name, tc := range map[string]struct{ csv, key string }{
		"empty":           {"", "tables.empty"},
		"header only":     {"bin,name\n", "organisations.import_no_rows"},
		"no name column":  {"phone,email\n1,2\n", "web.form_invalid"},
		"wrong delimiter": {"bin^name;x\n1^2\n", "web.form_invalid"},
		"picture":         {"\x89PNG\r\n\x1a\n\x00\x00\x00", "tables.not_text"},
		"old Excel":       {"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "tables.old_excel"},
	} {
		_, err := w.Import(context.Background(), strings.NewReader(tc.csv), int64(len(tc.csv)), Mapping{}, false, nil)
		var e *civic.Error
		if !errors.As(err, &e) || e.Message.Key != tc.key {
			t.Errorf("%s: %v, want %s", name, err, tc.key)
		}
	}
	if got := w.names(Query{}); len(got) != 0 {
		t.Error(got)
	}
}

func TestWhatSpreadsheetsDoToCellsIsUndone(t *testing.T) {
	w := sqlite(t)
	// A byte order mark, a number that lost its zeros, a formula kept as text, a name without a BIN.
	r := w.load("\xEF\xBB\xBFБИН,Атауы\r\n640002067,Нөлсіз\r\n,\"'=HYPERLINK(\"\"http://x.y\"\")\"\r\n", Mapping{}, false)
	if r.Created != 2 || len(r.Problems) != 1 || !r.Problems[0].Note || r.Problems[0].Message.Key != "organisations.note_zeros" {
		t.Fatal(r)
	}
	if w.find("KZ-BIN-000640002067").Name["kk"] != "Нөлсіз" {
		t.Error("the zeros are not back")
	}
	if got := w.names(Query{Text: "hyperlink"}); len(got) != 1 || got[0] != `=HYPERLINK("http://x.y")` {
		t.Error(got)
	}
}

func TestRowsWithoutANumberMeetTheirEntryByName(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		w.load("Атауы,Наименование,Тип\n«Жас» тобы,Группа «Жас»,инициативная группа\nТоп,,Инициативная группа\n", Mapping{}, false)
		if r := w.load("Наименование,Телефон\nгруппа ЖАС,+7 700 000 00 00\n", Mapping{}, false); r.Updated != 1 || r.Created != 0 {
			t.Error(r)
		}
		w.create(map[Field]string{"name.kk": "Топ"})
		if r := w.load("Атауы\nТоп\n", Mapping{}, false); r.Rejected != 1 || r.Problems[0].Message.Key != "organisations.row_ambiguous" {
			t.Error(r)
		}
	})
}

func TestAnImportRespectsWhatPeopleSaid(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		w.load("bin,name_ru,phone,mission_ru\n950440001673,Фонд,111 11 11,Было\n", Mapping{}, false)
		v := w.find("KZ-BIN-950440001673")
		if err := w.Edit(context.Background(), speaksFor(v.ID), v.ID, map[Field]string{"phone": "222 22 22"}); err != nil {
			t.Fatal(err)
		}
		if err := w.Verify(context.Background(), moderator, v.ID, []Field{"name.ru"}); err != nil {
			t.Fatal(err)
		}
		w.At(noon.Add(time.Minute))
		r := w.load("bin,name_ru,phone,mission_ru,status,email\n950440001673,Другое,333 33 33,Стало,ликвидирована,\n", Mapping{}, false)
		if r.Updated != 1 || len(r.Problems) != 2 || r.Problems[0].Message.Key != "organisations.row_kept" {
			t.Error(r)
		}
		v = w.find("KZ-BIN-950440001673")
		if v.Phone != "222 22 22" || v.Name["ru"] != "Фонд" || v.Mission["ru"] != "Стало" || v.Status != Liquidated {
			t.Errorf("%+v", v.Organisation)
		}
		if o := v.Provenance["phone"]; o.Way != Stated {
			t.Errorf("%+v", o)
		}
		if o := v.Provenance["name.ru"]; o.VerifiedAt == 0 || o.VerifiedBy != "moderator" || o.Way != Imported {
			t.Errorf("%+v", o)
		}
		if len(v.Revisions) != 3 || v.Revisions[0].Changes[0] != (Change{"status", Active, Liquidated}) {
			t.Errorf("%+v", v.Revisions)
		}
	})
}

func TestACancelledImportLeavesNothing(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		ctx, cancel := context.WithCancel(context.Background())
		csv := generate(2000)
		_, err := w.Import(ctx, bytes.NewReader(csv), int64(len(csv)), Mapping{}, false, func(read, _ int) {
			if read >= ReadBatch {
				cancel()
			}
		})
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if n := w.count("SELECT COUNT(*) FROM organisation_import_row") + w.count("SELECT COUNT(*) FROM organisation") + w.count("SELECT COUNT(*) FROM organisation_import"); n != 0 {
			t.Errorf("%d rows are left", n)
		}
	})
}

func (w *world) count(query string) (n int64) {
	w.T.Helper()
	if err := w.DB.Read(context.Background(), func(tx *storage.Tx) (err error) { n, err = storage.One(tx, storage.Scalar[int64], query); return err }); err != nil {
		w.T.Fatal(err)
	}
	return n
}

// When a crash interrupts the import while rows are applied, the next start finishes it.
func TestAnInterruptedImportIsFinished(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		csv := generate(2*ApplyBatch + 150)
		crash := errors.New("crash")
		func() {
			defer func() {
				if recover() != crash {
					t.Fatal("no crash")
				}
			}()
			_, _ = w.Import(context.Background(), bytes.NewReader(csv), int64(len(csv)), Mapping{}, false, func(_, applied int) {
				if applied >= 2*ApplyBatch {
					panic(crash)
				}
			})
		}()
		if n := w.count("SELECT COUNT(*) FROM organisation"); n != 2*ApplyBatch {
			t.Fatalf("%d before", n)
		}
		w.Service = New(w.DB, w.City.Settings, w.Search, w.Record, w.Files, w.Places, w.Identity, w.Notifications, w.Moderation, w.Trail)
		if err := w.Resume(context.Background()); err != nil {
			t.Fatal(err)
		}
		if n := w.count("SELECT COUNT(*) FROM organisation"); n != 2*ApplyBatch+150 {
			t.Errorf("%d after", n)
		}
		if n := w.count("SELECT n FROM organisation_count WHERE facet = 'all'"); n != 2*ApplyBatch+150 {
			t.Errorf("%d counted", n)
		}
		if r := w.load(string(csv), Mapping{}, false); r.Unchanged != 2*ApplyBatch+150 {
			t.Error(r)
		}
		if n := w.count("SELECT COUNT(*) FROM organisation_import") + w.count("SELECT COUNT(*) FROM organisation_import_row"); n != 0 {
			t.Errorf("%d left", n)
		}
	})
}

// BenchmarkImport50k imports 50,000 rows into an empty register on SQLite, and then again.
// Somebody else writes all the time.
func BenchmarkImport50k(b *testing.B) {
	csv := generate(50_000)
	for b.Loop() {
		w := sqlite(b)
		id := w.create(map[Field]string{"name.ru": "Қатар жазушы"})
		stop, waited := make(chan struct{}), make(chan time.Duration)
		go func() { // somebody who writes meanwhile: how long does one write take at worst?
			var worst time.Duration
			for n := 0; ; n++ {
				select {
				case <-stop:
					waited <- worst
					return
				default:
					at := time.Now()
					if err := w.Edit(context.Background(), moderator, id, map[Field]string{"phone": strconv.Itoa(1000 + n)}); err != nil {
						b.Error(err)
					}
					worst = max(worst, time.Since(at))
				}
			}
		}()
		start, cpu := time.Now(), cpuTime()
		r, err := w.Import(context.Background(), bytes.NewReader(csv), int64(len(csv)), Mapping{}, false, nil)
		if err != nil || r.Rejected > 0 || r.Created != 50_000 {
			b.Fatal(r.Rows, r.Created, r.Rejected, err, r.Problems[:min(3, len(r.Problems))])
		}
		b.ReportMetric(time.Since(start).Seconds(), "s/first")
		close(stop)
		b.ReportMetric(float64((<-waited).Milliseconds()), "ms-worst-other-write")
		b.ReportMetric((cpuTime() - cpu).Seconds(), "cpu-s/first")
		start = time.Now()
		if r, err = w.Import(context.Background(), bytes.NewReader(csv), int64(len(csv)), Mapping{}, false, nil); err != nil || r.Unchanged != 50_000 {
			b.Fatal(r, err)
		}
		b.ReportMetric(time.Since(start).Seconds(), "s/again")
		b.ReportMetric(peakMiB(), "MiB-peak")
	}
}

// cpuTime is the processor time that this process has used. On a busy machine it does not
// depend on other programs.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func peakMiB() float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			n := 0.0
			for _, c := range rest {
				if c >= '0' && c <= '9' {
					n = 10*n + float64(c-'0')
				}
			}
			return n / 1024
		}
	}
	return 0
}
