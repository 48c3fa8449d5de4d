package appeals_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/answers"
	. "github.com/birge-kz/birge/internal/appeals"
	"github.com/birge-kz/birge/internal/appeals/older"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/platform/tables"
)

func (t *town) imports(table string, dryRun bool) *older.Report {
	t.T.Helper()
	r, err := t.Import(t.Ctx(), strings.NewReader(table), int64(len(table)), tables.Options{}, dryRun, nil)
	t.Must(err)
	return r
}

// A table of an older system is taken in: what was answered is closed with its answer, what was not is owed from the day of filing, what names no body waits for
// a registrar. Bad rows keep no other from it; a dry run keeps nothing, a second time changes nothing. Everybody reads what sort an appeal is and what became of it, and no word of it.
func TestImport(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		c.SkipActs()
		day := func(ago int) string { return c.Now().AddDate(0, 0, -ago).Format("02.01.2006") }
		long := strings.Repeat("Очень длинная тема ", 10)
		table := "№;Дата подачи;Вид;Тема;Текст;Орган;Статус;Дата ответа;Ответ;ФИО\n" +
			"A-1;" + day(60) + ";Жалоба;Яма на Абая;Колёса бьются;Әкімдік;Исполнено;" + day(50) + ";Яма заделана;Секретов\n" +
			"A-2;" + day(40) + ";Предложение;" + long + ";Поставьте скамьи;әкімдік;В работе;;;Секретов\n" +
			"A-3;" + day(1) + ";;Свет во дворе;;;;;;Секретов\n" +
			"A-4;" + day(1) + ";Жалоба;Чужая;a;Нет такого органа;;;;\n" +
			"A-5;" + day(1) + ";Жалоба;Без органа;a;;;" + day(0) + ";Ответ;\n" +
			"A-6;" + day(-3) + ";Жалоба;Завтрашняя;a;;;;;\n" +
			"A-1;" + day(1) + ";Жалоба;Второй раз;a;;;;;\n" +
			"A-7;" + day(9) + ";Благодарность;Спасибо;a;Жол басқармасы;Исполнено;" + day(8) + ";;\n"
		for range 2 {
			if r := w.imports(table, true); r.Taken != 4 || r.There != 0 || r.Left != 4 || !r.DryRun {
				t.Fatalf("dry: %+v", r)
			}
		}
		c.WantActs()
		r := w.imports(table, false)
		if r.Appeals != 8 || r.Taken != 4 || r.Left != 4 {
			t.Fatalf("%+v", r)
		}
		var codes []string
		for _, p := range r.Problems {
			codes = append(codes, fmt.Sprint(p.Row, " ", p.Column, " ", p.Code))
		}
		slices.Sort(codes)
		if got := strings.Join(codes, ", "); got != "5 body no_body, 6 body no_body, 7 filed future, 8 number twice" {
			t.Error(got)
		}
		c.WantActs("appeals.appeal.imported", "appeals.case.closed", "appeals.appeal.imported", "answers.obligation.owed", "appeals.case.registered", "appeals.appeal.imported", "appeals.appeal.imported", "appeals.case.closed")

		l, err := w.List(c.Ctx(), Query{})
		c.Must(err)
		by := map[string]Listed{}
		for _, a := range l.Items {
			by[a.Older] = a
		}
		if a := by["A-1"]; len(by) != 4 || a.State != Closed || a.Sort != Complaint || a.Body != w.akimat || a.FiledAt.In(citytest.Zone).Format("02.01.2006") != day(60) {
			t.Errorf("%+v", a)
		}
		if a := by["A-2"]; a.State != Registered || a.Sort != Proposal || !a.Owed.Start.Equal(a.FiledAt) || !strings.HasSuffix(a.Title, "…") || !strings.Contains(a.Words, strings.TrimSpace(long)+"\n\nПоставьте") {
			t.Errorf("%+v %+v", a.Appeal, a.Owed)
		}
		if a := by["A-3"]; a.State != Filed || a.Body != "" || a.Words != "Свет во дворе" {
			t.Errorf("%+v", a)
		}
		if told := c.Told(w.officer); len(told) != 0 {
			t.Errorf("told %+v", told)
		}

		anybody, officer := c.Browser(nil), c.Browser(w.officer)
		anybody.Get("/ru/appeals").Want(200, by["A-1"].Number()).Lacks("Яма на Абая", "Колёса")
		anybody.Get("/ru"+Path(by["A-1"].ID)).Want(200, "Номер в старой системе: A-1").Lacks("Яма на Абая", "Колёса", "заделана", "Секретов")
		officer.Get("/ru"+Path(by["A-1"].ID)).Want(200, "Яма на Абая", "Колёса", "Яма заделана").Lacks("Секретов")
		officer.Get("/ru/desk/appeals").Want(200, "Очень длинная тема").Lacks("Яма на Абая")
		c.Must(w.Reply(c.Ctx(), w.officer.Actor, by["A-2"].Cases[0].ID, answers.Verdict{Outcome: answers.Taken, Reason: said}, clerk)) // its applicant is nobody here: silence closes it
		c.Pass(40 * 24 * time.Hour)
		c.Jobs()
		if v := w.caseOf(by["A-2"].ID); v.State != Closed || v.Word != Silent {
			t.Errorf("%+v", v)
		}
		c.SkipActs()

		if r := w.imports(table, false); r.Taken != 1 || r.There != 4 || r.Left != 3 { // the day of A-6 has come meanwhile
			t.Errorf("again: %+v", r)
		}
		c.SkipActs()
		if r := w.imports("№;Дата подачи;Текст\nA-1;01.02.2020;Другой системы\n", false); r.Taken != 0 || r.Left != 1 || r.Problems[0].Code != "other_day" {
			t.Errorf("%+v", r)
		}
		if report, _ := c.Verified(); report.Compared == 0 {
			t.Errorf("%+v", report)
		}
	}, Capability())
}

// More rows than one transaction takes, in which each transaction is run twice.
func TestImportInSteps(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		var b strings.Builder
		b.WriteString("№;Дата подачи;Текст;Район\n")
		for i := range 250 {
			fmt.Fprintf(&b, "%d;2026-01-02;Яма номер %d;Нигде\n", i, i)
		}
		if r := w.imports(b.String(), false); r.Taken != 250 || r.Left != 0 || len(r.Problems) != 250 || !r.Problems[0].LeftOut || r.Problems[0].Code != "no_district" {
			t.Errorf("%d %d %d", r.Taken, r.Left, len(r.Problems))
		}
		l, err := w.List(c.Ctx(), Query{})
		c.Must(err)
		if got := l.Items[0].Number(); got != "2026-000250" {
			t.Error(got)
		}
		if r := w.imports(b.String(), false); r.Taken != 0 || r.There != 250 {
			t.Errorf("%+v", r)
		}
		c.SkipActs()
	}, Capability())
}
