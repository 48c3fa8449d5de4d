// Package older reads a table of appeals from an older system: what is there, and what is wrong with which row. No value of a
// column about a person leaves it.
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
}

// kinds are the words for what an appeal is, by the code that it has here.
var kinds = words(map[string][]string{
	"complaint":   {"complaint", "жалоба", "шағым"},
	"proposal":    {"proposal", "suggestion", "предложение", "ұсыныс"},
	"information": {"information", "request for information", "запрос", "запрос информации", "сұрау", "сұрау салу", "ақпарат сұрау"},
	"thanks":      {"thanks", "gratitude", "благодарность", "алғыс"},
})

// going are the words for what is not answered yet. Whatever else is said of an appeal without a day of answer may mean that it is over.
var going = words(map[string][]string{"going": {
	"new", "open", "registered", "pending", "in progress", "новое", "новая", "зарегистрировано", "принято", "направлено", "в работе", "на рассмотрении", "рассматривается", "на исполнении",
	"жаңа", "тіркелді", "қабылданды", "жіберілді", "жұмыста", "қаралуда", "орындалуда"}})

// words finds codes by the words for them.
func words(byCode map[string][]string) map[string]string {
	out := map[string]string{}
	for code, all := range byCode {
		for _, word := range all {
			out[tables.Plain(word)] = code
		}
	}
	return out
}

// kind knows the columns by their headings.
var kind = func() tables.Kind {
	byHeading := words(headings)
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
	// LeftOut says that the row is taken without the value.
	LeftOut bool `json:"left_out,omitempty"`
}

// Row is an appeal as the table has it.
type Row struct {
	Line                                  int
	Number                                string
	Kind                                  string // a code; "" when it is not said, or not known
	Title, Text, District, Address, Point string
	Body                                  string // a name, or a BIN
	Filed                                 time.Time
	Answered                              time.Time // zero: not yet
	Answer                                string
}

// Codes are those of all problems.
func Codes() []string {
	return []string{"missing", "twice", "no_day", "before_filing", "broken", "no_kind", "no_state", "no_body", "no_district", "no_point", "future", "other_day", "too_long", "junk"}
}

// Report is what a table holds.
type Report struct {
	DryRun    bool            `json:"dry_run"`
	Appeals   int             `json:"appeals"`
	Taken     int             `json:"taken"`
	There     int             `json:"there"` // had been taken in before
	Left      int             `json:"left"`  // rows that are not taken
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

// Read reads a table, as all tables are read, and gives the rows with which nothing is wrong to take, which may Refuse some. Errors:
// ErrNoHeading, ErrTooMany, those of tables and of take.
func Read(f io.ReaderAt, size int64, o tables.Options, take func(*Report, Row) error) (*Report, error) {
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
			r.Refuse(Problem{Row: broken.Line, Code: "broken"})
			continue
		case err != nil:
			return nil, err
		}
		if r.Appeals++; r.Appeals > MaxRows {
			return nil, ErrTooMany
		}
		if read, ok := r.row(row, table.Columns); ok {
			if err := take(r, read); err != nil {
				return nil, err
			}
		}
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

// row reads one row; false when it cannot be taken.
func (r *Report) row(row sheet.Row, columns []string) (Row, bool) {
	value := func(name string) string {
		if i := slices.Index(columns, name); i >= 0 && i < len(row.Cells) {
			return row.Cells[i]
		}
		return ""
	}
	count(r.States, value("state"))
	count(r.Bodies, value("body"))
	count(r.Districts, value("district"))
	out := Row{Line: row.Line, Number: value("number"), Kind: kinds[tables.Plain(value("kind"))], Title: value("title"), Text: value("text"), District: value("district"), Address: value("address"),
		Point: value("point"), Body: value("body"), Answer: value("answer")}
	var wrong []Problem
	add := func(column, code, value string) {
		wrong = append(wrong, Problem{Row: row.Line, Column: column, Code: code, Value: short(value)})
	}
	day := func(column string) time.Time {
		at, ok := parseDay(value(column))
		if !ok {
			add(column, "no_day", value(column))
		}
		return at
	}
	switch {
	case out.Number == "":
		add("number", "missing", "")
	case r.seen[out.Number]:
		add("number", "twice", out.Number)
	}
	r.seen[out.Number] = true
	if out.Filed = day("filed"); value("filed") == "" {
		add("filed", "missing", "")
	}
	if out.Title == "" && out.Text == "" {
		add("text", "missing", "")
	}
	if out.Answered = day("answered"); !out.Answered.IsZero() && out.Answered.Before(out.Filed) {
		add("answered", "before_filing", value("answered"))
	}
	if state := value("state"); state != "" && value("answered") == "" && going[tables.Plain(state)] == "" {
		add("state", "no_state", state)
	}
	if len(wrong) > 0 {
		r.Refuse(wrong...)
		return out, false
	}
	if kind := value("kind"); kind != "" && out.Kind == "" {
		r.LeaveOut(Problem{Row: row.Line, Column: "kind", Code: "no_kind", Value: short(kind)})
	}
	return out, true
}

// parseDay reads 31.12.2025 or 2025-12-31; zero for none.
func parseDay(value string) (time.Time, bool) {
	for _, layout := range []string{"02.01.2006", time.DateOnly} {
		if day, err := time.Parse(layout, value); err == nil {
			return day, true
		}
	}
	return time.Time{}, value == ""
}

// Refuse leaves a row for what is wrong with it.
func (r *Report) Refuse(all ...Problem) {
	r.Left++
	r.Wrong += len(all)
	r.keep(all)
}

// LeaveOut takes a row without values that mean nothing here.
func (r *Report) LeaveOut(all ...Problem) {
	for i := range all {
		all[i].LeftOut = true
	}
	r.keep(all)
}

func (r *Report) keep(all []Problem) {
	r.Problems = append(r.Problems, all[:min(len(all), MaxProblems-len(r.Problems))]...)
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
