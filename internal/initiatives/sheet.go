package initiatives

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
)

// line is a signature on paper as it is entered: the number of who signed, and their district when they wrote it. Names stay on the paper.
type line struct {
	IIN      string
	District string // a code; "": not said
}

// readLines reads what somebody wrote down of a sheet, a line for each signature: "900101300017 Абай", the district by any of its names.
// wrong is the number of the first line that cannot be read, from 1; 0: all can.
func readLines(content string, districts []city.District) (all []line, wrong int) {
	for n, text := range strings.Split(strings.TrimSpace(content), "\n") {
		words := strings.Fields(strings.Map(func(c rune) rune {
			if c == ',' || c == ';' {
				return ' '
			}
			return c
		}, text))
		if len(words) == 0 {
			continue
		}
		l := line{IIN: words[0]}
		if !civic.ValidIIN(l.IIN) || len(all) == sheetRows || slices.ContainsFunc(all, func(o line) bool { return o.IIN == l.IIN }) {
			return nil, n + 1
		}
		if name := strings.Join(words[1:], " "); name != "" {
			if l.District = districtNamed(name, districts); l.District == "" {
				return nil, n + 1
			}
		}
		all = append(all, l)
	}
	return all, 0
}

// districtNamed is the code of the district of that code or name, in any language; "" when there is none.
func districtNamed(name string, all []city.District) string {
	for _, d := range all {
		if strings.EqualFold(d.Code, name) {
			return d.Code
		}
		for _, of := range d.Name {
			if strings.EqualFold(of, name) {
				return d.Code
			}
		}
	}
	return ""
}

// written is the one form of lines: who signed first on the sheet stands first, however it was spaced.
func written(all []line) string {
	var b strings.Builder
	for n, l := range all {
		if n > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprint(&b, strings.TrimSpace(l.IIN+" "+l.District))
	}
	return b.String()
}

// sheetRows is how many people sign on one sheet; beginning, how many characters of the words stand above them.
const (
	sheetRows = 12
	beginning = 600
)

// beginningOf is the beginning of a text, up to a word's end.
func beginningOf(text string) string {
	if utf8.RuneCountInString(text) <= beginning {
		return text
	}
	cut := string([]rune(text)[:beginning])
	return cut[:max(strings.LastIndexAny(cut, " \n"), 1)] + " …"
}

// Sheets is what came of sheets that were printed at once.
type Sheets struct {
	Run      civic.ID
	Counted  int64
	Repeated int64 // of people who had signed already
	At       time.Time

	initiative int64
}
