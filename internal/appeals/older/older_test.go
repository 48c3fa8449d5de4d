package older

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/platform/tables"
	"golang.org/x/text/encoding/charmap"
)

func read(s string) (*Report, error) {
	return Read(strings.NewReader(s), int64(len(s)), tables.Options{}, func(*Report, Row) error { return nil })
}

// Headings of three languages are known, what is wrong is named by its row, and nothing of a person is kept.
func TestRead(t *testing.T) {
	for _, head := range []string{"Номер;Дата подачи;Текст;Район;Статус;Дата ответа;ФИО", "Нөмірі;Берілген күні;Мәтіні;Ауданы;Күйі;Жауап күні;Аты-жөні", "Number;Filed on;Text;District;Status;Answered on;Full name"} {
		r, err := read(head + "\n1;31.12.2025;a;North;new;2026-01-05;Secretperson\n1;2026-02-30;b;North;new;;Secretperson\n3;05.01.2026;;South;done;04.01.2026;Secretperson\n")
		if err != nil {
			t.Fatal(err)
		}
		if r.Appeals != 3 || r.Districts["North"] != 2 || r.States["done"] != 1 || len(r.Personal) != 1 || strings.Contains(fmt.Sprint(r), "Secretperson") {
			t.Errorf("%s: %+v", head, r)
		}
		if got := fmt.Sprint(r.Problems); got != "[{3 number twice 1 false} {3 filed no_day 2026-02-30 false} {4 text missing  false} {4 answered before_filing 04.01.2026 false}]" {
			t.Error(got)
		}
	}
}

// Rows with which nothing is wrong are given on, each whole. What is over without a day is not guessed; a kind that is not known is left out.
func TestRowsToTake(t *testing.T) {
	const table = "Номер;Дата подачи;Вид;Тема;Текст;Исполнитель;Статус;Дата ответа;Ответ\n1;31.12.2025;Жалоба;Яма;Глубокая;Акимат;Исполнено;05.01.2026;Заделана\n" +
		"2;01.01.2026;Шағым;Шұңқыр;;Әкімдік;Қаралуда;;\n3;01.01.2026;Жалоба;a;;;Исполнено;;\n4;01.01.2026;Рапорт;b;;;;;\n;;;c;;;;;\n"
	day := func(s string) time.Time { at, _ := time.Parse(time.DateOnly, s); return at }
	var got []Row
	r, err := Read(strings.NewReader(table), int64(len(table)), tables.Options{}, func(_ *Report, row Row) error { got = append(got, row); return nil })
	if err != nil || r.Left != 2 || r.Wrong != 3 {
		t.Fatalf("%+v %v", r, err)
	}
	want := []Row{
		{Line: 2, Number: "1", Kind: "complaint", Title: "Яма", Text: "Глубокая", Body: "Акимат", Filed: day("2025-12-31"), Answered: day("2026-01-05"), Answer: "Заделана"},
		{Line: 3, Number: "2", Kind: "complaint", Title: "Шұңқыр", Body: "Әкімдік", Filed: day("2026-01-01")},
		{Line: 5, Number: "4", Title: "b", Filed: day("2026-01-01")},
	}
	if !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
	if said := fmt.Sprint(r.Problems); said != "[{4 state no_state Исполнено false} {5 kind no_kind Рапорт true} {6 number missing  false} {6 filed missing  false}]" {
		t.Error(said)
	}
}

// Tables are read as people make them: with a title above, a total below, in Windows-1251, with "№" for the number.
func TestTablesAsTheyAre(t *testing.T) {
	const table = "Обращения за 2025 год\n№;Дата подачи;Содержание;Телефон\n1;31.12.2025;Яма;+7 700\nИтого: 1\n"
	cyrillic, err := charmap.Windows1251.NewEncoder().String(table)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{table, cyrillic} {
		if r, err := read(text); err != nil || r.Appeals != 1 || r.Wrong != 0 || !slices.Equal(r.Aside, []int{4}) || !slices.Equal(r.Personal, []string{"Телефон"}) {
			t.Errorf("%+v %v", r, err)
		}
	}
	r, err := Read(strings.NewReader("a;b;c\n1;31.12.2025;x\n"), 21, tables.Options{Columns: map[int]string{1: "number", 2: "filed", 3: "text"}}, func(*Report, Row) error { return nil })
	if err != nil || r.Appeals != 1 || r.Wrong != 0 {
		t.Errorf("%+v %v", r, err)
	}
}

func TestBounds(t *testing.T) {
	if _, err := read("a;b\n1;2\n"); !errors.Is(err, ErrNoHeading) {
		t.Error(err)
	}
	if _, err := read("number;filed on\n" + strings.Repeat("1;2026-01-01\n", MaxRows+1)); !errors.Is(err, ErrTooMany) {
		t.Error(err)
	}
	r, err := read("number;filed on\n" + strings.Repeat("1;x\n", MaxProblems))
	if err != nil || len(r.Problems) != MaxProblems || r.Wrong != 3*MaxProblems-1 {
		t.Error(err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("number;filed on\n1;2026-01-01\n")
	f.Fuzz(func(t *testing.T, s string) {
		if r, err := read(s); err == nil && (len(r.Problems) > MaxProblems || r.Wrong < len(r.Problems)) {
			t.Error(r)
		}
	})
}
