package pabulib

import (
	"encoding/csv"
	"errors"
	"io"
	"strconv"
	"strings"
)

// ReadCSV reads an election from two CSV files: projects with the columns
// project_id and cost, ballots with voter_id and vote, each with any of the
// other columns of a .pb file; Russian and Kazakh headings are known. Fields are separated by commas, or by semicolons
// if the first line has more of those; a list of projects or points within a
// field by commas, semicolons, bars or spaces. meta adds entries such as the
// budget and the vote type ("approval" unless there is a column points).
// Issues name the file they are in; the first error ends reading.
func ReadCSV(projects, ballots io.Reader, meta map[string]string) (*File, []Issue, error) {
	f := &File{Projects: Table{source: ProjectsFile}, Votes: Table{source: BallotsFile}}
	log := &issues{strict: true}
	if err := readTable(projects, &f.Projects, log); err != nil {
		return nil, log.finish(), err
	}
	if err := readTable(ballots, &f.Votes, log); err != nil {
		return nil, log.finish(), err
	}
	kind := "approval"
	if f.Votes.Column("points") >= 0 {
		kind = "scoring"
	}
	for _, e := range [][2]string{{"description", ""}, {"num_projects", strconv.Itoa(f.Projects.Len())},
		{"num_votes", strconv.Itoa(f.Votes.Len())}, {"budget", ""}, {"vote_type", kind}, {"rule", "unknown"}} {
		value := e[1]
		if v, ok := meta[e[0]]; ok {
			value = v
		}
		if e[0] == "budget" {
			value = plainAmount(value)
		}
		if value != "" {
			f.Meta = append(f.Meta, Entry{Key: e[0], Value: value})
		}
	}
	for _, key := range []string{"country", "unit", "instance", "currency", "date_begin", "date_end", "min_length", "max_length",
		"default_score", "min_project_score_threshold", "language"} {
		if v := meta[key]; v != "" {
			f.Meta = append(f.Meta, Entry{Key: key, Value: v})
		}
	}
	return f, log.finish(), nil
}

// headings are what columns are called in Russian and Kazakh spreadsheets, in small letters.
var headings = map[string]string{
	"номер проекта": "project_id", "id проекта": "project_id", "№ проекта": "project_id", "жоба нөмірі": "project_id", "жобаның нөмірі": "project_id",
	"стоимость": "cost", "сумма": "cost", "құны": "cost", "сомасы": "cost",
	"название": "name", "наименование": "name", "название проекта": "name", "атауы": "name", "жобаның атауы": "name",
	"категория": "category", "направление": "category", "санаты": "category", "бағыты": "category",
	"район": "district", "ауданы": "district",
	"голосов": "votes", "голоса": "votes", "дауыс саны": "votes",
	"номер избирателя": "voter_id", "номер бюллетеня": "voter_id", "избиратель": "voter_id",
	"дауыс берушінің нөмірі": "voter_id", "дауыс беруші": "voter_id", "бюллетень нөмірі": "voter_id",
	"выбор": "vote", "голос": "vote", "проекты": "vote", "таңдауы": "vote", "жобалар": "vote",
	"баллы": "points", "ұпай": "points", "ұпайлар": "points",
	"возраст": "age", "жасы": "age", "пол": "sex", "жынысы": "sex",
}

// columnName is the column of the format for a heading, or the heading itself if none is known.
func columnName(heading string) string {
	heading = strings.TrimSpace(heading)
	if name, ok := headings[strings.ToLower(strings.Join(strings.Fields(heading), " "))]; ok {
		return name
	}
	return heading
}

func readTable(r io.Reader, t *Table, log *issues) error {
	text, err := readText(r)
	if err != nil {
		return err
	}
	log.source = t.source
	text, stop := checkText(strings.TrimPrefix(text, "\ufeff"), log)
	if stop {
		return log.err()
	}
	first, _, _ := strings.Cut(text, "\n")
	reader := csv.NewReader(strings.NewReader(text))
	reader.FieldsPerRecord = -1
	reader.ReuseRecord = true
	if strings.Count(first, ";") > strings.Count(first, ",") {
		reader.Comma = ';'
	}
	for {
		record, err := reader.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			var syntax *csv.ParseError
			if errors.As(err, &syntax) {
				log.add(syntaxIssue(text, syntax))
				return log.err()
			}
			return err
		}
		line, _ := reader.FieldPos(0)
		if t.Columns == nil {
			for _, c := range record {
				t.Columns = append(t.Columns, columnName(c))
			}
			t.Line = line
			continue
		}
		fields := make([]string, len(record))
		for i, field := range record {
			if i < len(t.Columns) && (t.Columns[i] == "vote" || t.Columns[i] == "points") {
				field = strings.Join(strings.FieldsFunc(field, func(r rune) bool {
					return r == ',' || r == ';' || r == '|' || r == ' '
				}), ",")
			}
			if i < len(t.Columns) && t.Columns[i] == "cost" {
				field = plainAmount(field)
			}
			fields[i] = field
		}
		t.Append(fields...)
		t.rows[len(t.rows)-1].line = int32(line)
	}
	return nil
}

// syntaxIssue says what is wrong with the quotation marks of a CSV record.
func syntaxIssue(text string, err *csv.ParseError) Issue {
	i := Issue{Code: StrayQuote, Severity: Error, Line: err.Line}
	if errors.Is(err.Err, csv.ErrQuote) && err.Line > err.StartLine { // the mark was not meant to open a field over several lines
		i.Line = err.StartLine
	}
	line := 0
	for l := range strings.Lines(text) {
		if line++; line == i.Line {
			i.Value = strings.TrimRight(l, "\r\n")
		}
	}
	if strings.Count(i.Value, `"`)%2 == 1 && errors.Is(err.Err, csv.ErrQuote) {
		i.Code = OpenQuote
	}
	return i
}

// WriteCSV writes the PROJECTS and VOTES sections as CSV files.
func (f *File) WriteCSV(projects, ballots io.Writer) error {
	for _, section := range []struct {
		w io.Writer
		t *Table
	}{{projects, &f.Projects}, {ballots, &f.Votes}} {
		w := csv.NewWriter(section.w)
		if err := w.Write(section.t.Columns); err != nil {
			return err
		}
		var fields []string
		for i := range section.t.Len() {
			fields = section.t.Fields(i, fields[:0])
			if err := w.Write(fields); err != nil {
				return err
			}
		}
		if w.Flush(); w.Error() != nil {
			return w.Error()
		}
	}
	return nil
}
