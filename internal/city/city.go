// Package city is what an administrator sets up: the city's name, its languages and
// districts, its calendar, and the jurisdiction profile, in which every threshold and
// deadline of the product has a value, a day from which it holds, and a source.
package city

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
)

// District is a part of the city. Its code is made once from its name and never changes.
type District struct {
	Code string     `json:"code"`
	Name civic.Text `json:"name"`
}

// Settings are what the city says of itself. They do not change once handed out.
type Settings struct {
	Name      civic.Text
	Languages []civic.Lang // offered to readers, the preferred first
	Districts []District
	Ready     bool // the administrator has been through the set-up
	Demo      bool // a demonstration, which every page says
	Calendar  civic.Calendar

	values map[string][]Value // by key, the newest first
}

// District finds a district by its code.
func (s *Settings) District(code string) (District, bool) {
	for _, d := range s.Districts {
		if d.Code == code {
			return d, true
		}
	}
	return District{}, false
}

// DistrictsByName finds codes of districts by what a table may call them, their codes or names, in small letters.
func (s *Settings) DistrictsByName() map[string]string {
	out := map[string]string{}
	for _, d := range s.Districts {
		out[strings.ToLower(d.Code)] = d.Code
		for _, name := range d.Name {
			out[strings.ToLower(name)] = d.Code
		}
	}
	return out
}

// HasDistrict reports whether there is a district with a code.
func (s *Settings) HasDistrict(code string) bool { _, has := s.District(code); return has }

// Value is one value of a setting from a day on.
type Value struct {
	Key    string
	From   string // "2026-01-01" in the city's zone; "" for the default that the product comes with
	Value  int64
	Source string
}

// inForce is the value that holds on the day: the newest that has begun, else the default.
func inForce(values []Value, def part.Setting, day string) Value {
	for _, v := range values { // the newest first
		if v.From <= day {
			return v
		}
	}
	return Value{Key: def.Key, Value: def.Default, Source: def.Source}
}

// check tells whether a value may be set.
func check(def part.Setting, v Value) error {
	var p civic.Problems
	if v.Value < def.Min || v.Value > def.Max || def.Unit == part.MonthDay && !validMonthDay(v.Value) {
		p.Add("value", "city.value_out_of_range", "Min", def.Min, "Max", def.Max)
	}
	if _, err := time.Parse(time.DateOnly, v.From); err != nil {
		p.Add("from", "city.day_wrong")
	}
	if strings.TrimSpace(v.Source) == "" {
		p.Add("source", "city.source_missing")
	}
	return p.Err()
}

func validMonthDay(v int64) bool {
	_, err := time.Parse("0102", leftPad(strconv.FormatInt(v, 10)))
	return err == nil
}

func leftPad(s string) string {
	if len(s) == 3 {
		return "0" + s
	}
	return s
}

// maxName bounds the names of the city and its districts, in characters: they stand on every page.
const maxName = 120

// ParseDistricts reads one district a line, the Kazakh name, then the Russian and the
// English one behind semicolons: "Абай; Абайский; Abai". Codes of districts that exist
// already are kept by their Kazakh name.
func ParseDistricts(text string, existing []District) ([]District, error) {
	var out []District
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		name := civic.Text{}
		for j, part := range strings.SplitN(line, ";", 3) {
			name[civic.Languages()[j]] = part
		}
		name = name.Trimmed()
		wrong := ""
		for _, written := range name {
			switch {
			case utf8.RuneCountInString(written) > maxName:
				wrong = "city.district_long"
			case unreadable(written):
				wrong = "city.line_junk"
			}
		}
		if name[civic.Kazakh] == "" {
			wrong = "city.district_line"
		}
		if wrong != "" {
			return nil, civic.Wrong("districts", wrong, "Line", i+1)
		}
		code := codeOf(name[civic.Kazakh])
		for _, d := range existing {
			if d.Name[civic.Kazakh] == name[civic.Kazakh] {
				code = d.Code
			}
		}
		if slices.ContainsFunc(out, func(d District) bool { return d.Code == code }) {
			return nil, civic.Wrong("districts", "city.district_twice", "Name", name[civic.Kazakh])
		}
		out = append(out, District{code, name})
	}
	return out, nil
}

// unreadable reports whether a part of a line is there and says nothing (civic.Junk): in a list such lines stand among good ones.
func unreadable(part string) bool { return part != "" && civic.Junk(part, nil) != "" }

// FormatDistricts is the opposite of ParseDistricts.
func FormatDistricts(districts []District) string {
	var b strings.Builder
	for _, d := range districts {
		line := d.Name[civic.Kazakh] + "; " + d.Name[civic.Russian] + "; " + d.Name[civic.English]
		b.WriteString(strings.TrimRight(line, "; ") + "\n")
	}
	return b.String()
}

var latin = strings.NewReplacer(
	"а", "a", "ә", "a", "б", "b", "в", "v", "г", "g", "ғ", "g", "д", "d", "е", "e", "ё", "e", "ж", "zh", "з", "z", "и", "i", "й", "i",
	"к", "k", "қ", "q", "л", "l", "м", "m", "н", "n", "ң", "n", "о", "o", "ө", "o", "п", "p", "р", "r", "с", "s", "т", "t", "у", "u",
	"ұ", "u", "ү", "u", "ф", "f", "х", "h", "һ", "h", "ц", "ts", "ч", "ch", "ш", "sh", "щ", "sh", "ъ", "", "ы", "y", "і", "i", "ь", "", "э", "e", "ю", "iu", "я", "ia")

var notCode = regexp.MustCompile(`[^a-z0-9]+`)

// codeOf makes a short Latin code of a name: "Әл-Фараби" → "al-farabi".
func codeOf(name string) string {
	s := strings.Trim(notCode.ReplaceAllString(latin.Replace(strings.ToLower(name)), "-"), "-")
	if s == "" {
		s = "d"
	}
	return s[:min(len(s), 40)]
}
