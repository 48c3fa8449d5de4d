// Package older looks into a table of appeals from an older system: what is there, and what is wrong with which row. It takes
// nothing in, and no value of a personal column leaves it.
package older

import (
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/sheet"
	"github.com/birge-kz/birge/internal/platform/tables"
)

// Bounds of what is kept; those of the file itself are the reader's.
const (
	MaxRows     = 100_000
	MaxProblems = 1_000 // more are counted only
	maxGroups   = 1_000 // different states, bodies or districts; the rest is counted under Other
	maxValue    = 200   // characters of a value that are shown
)

// Other is the group of what is beyond the bound of groups.
const Other = "…"

// Reasons why there is no report.
var (
	ErrNoHeading = errors.New("no row names a number and a day of filing")
	ErrTooMany   = errors.New("too many rows")
)

// headings are the words by which a column is known.
var headings = map[string][]string{
	"number":   {"number", "no", "№", "номер", "рег. номер", "нөмір", "нөмірі", "тіркеу нөмірі"},
	"filed":    {"filed on", "filed", "date", "дата", "дата подачи", "дата обращения", "күні", "берілген күні", "өтініш күні"},
	"kind":     {"kind", "type", "вид", "тип", "түрі"},
	"title":    {"title", "subject", "тема", "заголовок", "тақырып", "тақырыбы"},
	"text":     {"text", "текст", "содержание", "мәтін", "мәтіні", "мазмұны"},
	"district": {"district", "район", "аудан", "ауданы"},
	"address":  {"address", "адрес", "мекенжай", "мекенжайы"},
	"point":    {"point", "coordinates", "координаты", "точка", "координаттар", "нүкте"},
	"body":     {"body", "bin", "орган", "госорган", "исполнитель", "бин", "бсн", "мемлекеттік орган", "орындаушы"},
	"state":    {"status", "state", "статус", "состояние", "күйі", "мәртебесі"},
	"answered": {"answered on", "answered", "дата ответа", "жауап күні", "жауап берілген күні"},
	"answer":   {"answer", "ответ", "жауап", "жауабы"},
	"open":     {"open", "open/private", "открытое", "открытость", "ашық", "ашық/жабық"},
}

// kind knows the columns by their headings.
var kind = func() tables.Kind {
	byHeading := map[string]string{}
	for name, words := range headings {
		for _, word := range words {
			byHeading[tables.Plain(word)] = name
		}
	}
	delete(byHeading, "") // "№" is no word: see number
	return tables.Kind{Column: func(heading string) string { return byHeading[heading] }}
}()

// personal are parts of headings of columns about a person.
var personal = []string{"name", "фио", "ф.и.о", "имя", "фамилия", "заявитель", "аты", "тегі", "аты-жөні", "өтініш беруші", "applicant", "iin", "иин", "жсн", "phone", "телефон", "mail", "почта", "пошта"}

// Problem is one thing wrong with one row.
type Problem struct {
	Row    int    `json:"row"`
	Column string `json:"column"`
	Code   string `json:"code"`
	Value  string `json:"value,omitempty"`
}

// Codes are those of all problems.
func Codes() []string {
	return []string{"missing", "twice", "no_day", "before_filing", "broken"}
}

// Report is what a table holds.
type Report struct {
	Appeals   int             `json:"appeals"`
	States    map[string]int  `json:"by_state"`
	Bodies    map[string]int  `json:"by_body"`
	Districts map[string]int  `json:"by_district"`
	Personal  []string        `json:"personal_columns_not_taken"`
	Unknown   []string        `json:"unknown_columns"`
	Wrong     int             `json:"wrong"`
	Problems  []Problem       `json:"problems"`
	Aside     []int           `json:"aside"` // lines that are no appeals: totals, signatures
	Notes     []civic.Message `json:"-"`     // how the table was understood

	seen map[string]bool
}

// Read reads a table, as all tables are read. Errors: ErrNoHeading, ErrTooMany, and those of tables.
func Read(f io.ReaderAt, size int64, o tables.Options) (*Report, error) {
	table, err := tables.Open(f, size, o, kind)
	if err != nil {
		return nil, err
	}
	defer table.Close()
	number(table)
	if !slices.Contains(table.Columns, "number") || !slices.Contains(table.Columns, "filed") {
		return nil, ErrNoHeading
	}
	r := &Report{States: map[string]int{}, Bodies: map[string]int{}, Districts: map[string]int{}, Personal: []string{}, Unknown: []string{}, Problems: []Problem{}, Aside: []int{}, Notes: table.Notes, seen: map[string]bool{}}
	r.untaken(table)
	for {
		row, err := table.Next()
		var broken *tables.RowError
		switch {
		case errors.Is(err, io.EOF):
			return r, nil
		case errors.As(err, &broken) && broken.Aside:
			r.Aside = append(r.Aside, broken.Line)
			continue
		case errors.As(err, &broken):
			r.wrong(Problem{Row: broken.Line, Code: "broken"})
			continue
		case err != nil:
			return nil, err
		}
		if r.Appeals++; r.Appeals > MaxRows {
			return nil, ErrTooMany
		}
		r.row(row, table.Columns)
	}
}

// number takes a column "№" for the number when no other is.
func number(table *tables.Table) {
	if at := slices.Index(table.Header, "№"); at >= 0 && !slices.Contains(table.Columns, "number") {
		table.Columns[at] = "number"
	}
}

// untaken lists the columns that mean nothing here. Of those about a person only the heading is kept.
func (r *Report) untaken(table *tables.Table) {
	for i, heading := range table.Header {
		word := strings.ToLower(strings.Join(strings.Fields(heading), " "))
		switch {
		case table.Columns[i] != "" || word == "":
		case slices.ContainsFunc(personal, func(p string) bool { return strings.Contains(word, p) }):
			r.Personal = append(r.Personal, short(heading))
		default:
			r.Unknown = append(r.Unknown, short(heading))
		}
	}
}

func (r *Report) row(row sheet.Row, columns []string) {
	value := func(name string) string {
		if i := slices.Index(columns, name); i >= 0 && i < len(row.Cells) {
			return row.Cells[i]
		}
		return ""
	}
	count(r.States, value("state"))
	count(r.Bodies, value("body"))
	count(r.Districts, value("district"))
	number := value("number")
	switch {
	case number == "":
		r.wrong(Problem{Row: row.Line, Column: "number", Code: "missing"})
	case r.seen[number]:
		r.wrong(Problem{Row: row.Line, Column: "number", Code: "twice", Value: short(number)})
	}
	r.seen[number] = true
	filed := r.day(row.Line, "filed", value("filed"))
	if value("filed") == "" {
		r.wrong(Problem{Row: row.Line, Column: "filed", Code: "missing"})
	}
	if value("title") == "" && value("text") == "" {
		r.wrong(Problem{Row: row.Line, Column: "text", Code: "missing"})
	}
	answered := r.day(row.Line, "answered", value("answered"))
	if !answered.IsZero() && answered.Before(filed) {
		r.wrong(Problem{Row: row.Line, Column: "answered", Code: "before_filing", Value: short(value("answered"))})
	}
}

// day reads 31.12.2025 or 2025-12-31; zero for none.
func (r *Report) day(line int, column, value string) time.Time {
	if value == "" {
		return time.Time{}
	}
	for _, layout := range []string{"02.01.2006", time.DateOnly} {
		if day, err := time.Parse(layout, value); err == nil {
			return day
		}
	}
	r.wrong(Problem{Row: line, Column: column, Code: "no_day", Value: short(value)})
	return time.Time{}
}

func (r *Report) wrong(p Problem) {
	if r.Wrong++; len(r.Problems) < MaxProblems {
		r.Problems = append(r.Problems, p)
	}
}

func count(groups map[string]int, value string) {
	value = short(value)
	if _, ok := groups[value]; !ok && len(groups) >= maxGroups {
		value = Other
	}
	groups[value]++
}

func short(s string) string {
	if letters := []rune(s); len(letters) > maxValue {
		return string(letters[:maxValue]) + Other
	}
	return s
}
