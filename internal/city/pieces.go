package city

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// What another city may take over of the settings.
const (
	pieceSettings  = "city.settings"
	pieceValues    = "city.values"
	pieceDays      = "city.days"
	pieceDistricts = "city.districts"
)

func pieces() []part.Piece {
	return []part.Piece{
		{Name: pieceSettings, Read: readSettings},
		{Name: pieceValues, Read: readValues},
		{Name: pieceDays, Read: readDays},
		{Name: pieceDistricts, Read: readDistricts, Place: true},
	}
}

func (s *Service) takes() []part.Take {
	return []part.Take{
		{Piece: pieceSettings, Put: s.putSettings},
		{Piece: pieceValues, Put: s.putValues, Remove: func(tx *storage.Tx, a civic.Actor, key string) error { return s.replaceValues(tx, a, key, nil) }},
		{Piece: pieceDays, Put: s.putDays, Remove: func(tx *storage.Tx, a civic.Actor, _ string) error { return s.replaceDays(tx, a, nil) }},
		{Piece: pieceDistricts, Put: s.putDistricts},
	}
}

const languagesFile = "languages.json"

type languagesItem struct {
	Languages []civic.Lang `json:"languages"`
}

func readSettings(tx *storage.Tx) ([]part.Item, error) {
	settings, err := loadKept(tx)
	if err != nil {
		return nil, err
	}
	item, err := part.ItemOf("languages", nil, languagesFile, languagesItem{settings.Languages})
	return []part.Item{item}, err
}

func (s *Service) putSettings(tx *storage.Tx, a civic.Actor, i part.Item) error {
	var said languagesItem
	if err := part.ReadItem(i, languagesFile, &said); err != nil {
		return err
	}
	languages, err := chosen(said.Languages)
	if err != nil {
		return err
	}
	if err := saveSetting(tx, "languages", languages); err != nil {
		return err
	}
	return s.trail.Note(tx, a, "city.describe", Ref(), nil)
}

// chosen are languages in their order, each once, or why they are none.
func chosen(all []civic.Lang) (out []civic.Lang, err error) {
	for _, l := range civic.Languages() {
		if slices.Contains(all, l) {
			out = append(out, l)
		}
	}
	if len(out) == 0 || len(out) < len(all) {
		return nil, civic.Wrong("languages", "city.language_missing")
	}
	return out, nil
}

const (
	valuesFile = "values.json"
	maxSource  = 500 // characters
	mostValues = 200 // of one setting, one after another
)

// valueItem is a value from a day on; an item has them by their days.
type valueItem struct {
	Value  int64  `json:"value"`
	Source string `json:"source"`
}

func readValues(tx *storage.Tx) (out []part.Item, err error) {
	all, err := loadValues(tx)
	if err != nil {
		return nil, err
	}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		values, why := map[string]valueItem{}, ""
		for _, v := range all[key] { // the newest first
			values[v.From] = valueItem{v.Value, v.Source}
			if why == "" {
				why = v.Source
			}
		}
		item, err := part.ItemOf(key, nil, valuesFile, values)
		if err != nil {
			return nil, err
		}
		item.Why = why
		out = append(out, item)
	}
	return out, nil
}

func (s *Service) putValues(tx *storage.Tx, a civic.Actor, i part.Item) error {
	def, known := s.defs[i.Key]
	if !known {
		return civic.Wrong("file", "city.value_unknown", "Name", i.Key)
	}
	said := map[string]valueItem{}
	if err := part.ReadItem(i, valuesFile, &said); err != nil {
		return err
	}
	if len(said) > mostValues {
		return civic.Wrong("file", "city.values_many", "Count", mostValues)
	}
	var values []Value
	for _, from := range slices.Sorted(maps.Keys(said)) {
		v := Value{i.Key, from, said[from].Value, strings.TrimSpace(said[from].Source)}
		if err := check(def, v); err != nil {
			return err
		}
		if len([]rune(v.Source)) > maxSource || civic.Junk(v.Source, nil) != "" {
			return civic.Wrong("source", "city.source_missing")
		}
		values = append(values, v)
	}
	return s.replaceValues(tx, a, i.Key, values)
}

func (s *Service) replaceValues(tx *storage.Tx, a civic.Actor, key string, values []Value) error {
	if err := deleteValues(tx, key); err != nil {
		return err
	}
	for _, v := range values {
		if err := saveValue(tx, v); err != nil {
			return err
		}
	}
	return s.trail.Note(tx, a, "city.value", Ref(), nil)
}

const daysFile = "days.json"

// dayItem is a day that differs from the calendar of the jurisdiction; the item has them by their dates.
type dayItem struct {
	Working bool   `json:"working"`
	Name    string `json:"name"`
	Source  string `json:"source"`
}

func readDays(tx *storage.Tx) ([]part.Item, error) {
	days, err := loadDays(tx)
	if err != nil || len(days) == 0 {
		return nil, err
	}
	all := map[string]dayItem{}
	for _, d := range days {
		all[d.Date] = dayItem{d.Working, d.Name, d.Source}
	}
	item, err := part.ItemOf("days", nil, daysFile, all)
	return []part.Item{item}, err
}

func (s *Service) putDays(tx *storage.Tx, a civic.Actor, i part.Item) error {
	said := map[string]dayItem{}
	if err := part.ReadItem(i, daysFile, &said); err != nil {
		return err
	}
	var days []Day
	for _, date := range slices.Sorted(maps.Keys(said)) {
		d := said[date]
		if _, err := time.Parse(time.DateOnly, date); err != nil || strings.ContainsAny(d.Name+d.Source, "\n\r") || strings.Contains(d.Name, ";") {
			return civic.Wrong("days", "city.day_wrong")
		}
		days = append(days, Day{Date: date, Working: d.Working, Name: d.Name, Source: d.Source})
	}
	days, err := ParseDays(FormatDays(days)) // the rule of the form
	if err != nil {
		return err
	}
	return s.replaceDays(tx, a, days)
}

func (s *Service) replaceDays(tx *storage.Tx, a civic.Actor, days []Day) error {
	if err := saveDays(tx, days); err != nil {
		return err
	}
	return s.trail.Note(tx, a, "city.days", Ref(), nil)
}

const districtsFile = "districts.json"

func readDistricts(tx *storage.Tx) ([]part.Item, error) {
	districts, err := loadDistricts(tx)
	if err != nil || len(districts) == 0 {
		return nil, err
	}
	item, err := part.ItemOf("districts", nil, districtsFile, districts)
	return []part.Item{item}, err
}

func (s *Service) putDistricts(tx *storage.Tx, a civic.Actor, i part.Item) error {
	var said []District
	if err := part.ReadItem(i, districtsFile, &said); err != nil {
		return err
	}
	for _, d := range said {
		for _, name := range d.Name {
			if strings.ContainsAny(name, "\n\r;") {
				return civic.Wrong("districts", "city.district_line", "Line", 1)
			}
		}
		if d.Code == "" || len(d.Code) > 40 || notCode.MatchString(strings.ReplaceAll(d.Code, "-", "")) {
			return civic.Wrong("districts", "city.district_line", "Line", 1)
		}
	}
	districts, err := ParseDistricts(FormatDistricts(said), said) // the rule of the form, which keeps their codes
	if err != nil {
		return err
	}
	if err := saveDistricts(tx, districts); err != nil {
		return err
	}
	return s.trail.Note(tx, a, "city.districts", Ref(), nil)
}
