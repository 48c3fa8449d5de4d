package older

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/platform/tables"
	"golang.org/x/text/encoding/charmap"
)

func read(s string) (*Report, error) {
	return Read(strings.NewReader(s), int64(len(s)), tables.Options{})
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
		if got := fmt.Sprint(r.Problems); got != "[{3 number twice 1} {3 filed no_day 2026-02-30} {4 text missing } {4 answered before_filing 04.01.2026}]" {
			t.Error(got)
		}
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
	r, err := Read(strings.NewReader("a;b;c\n1;31.12.2025;x\n"), 21, tables.Options{Columns: map[int]string{1: "number", 2: "filed", 3: "text"}})
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
