package city

import (
	"embed"
	"slices"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/embedded"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

//go:embed schema/*.sql texts/*.toml
var files embed.FS

// Kind is the kind of the city itself, of which there is one: see Ref.
const Kind = "city.city"

// Ref points at the city.
func Ref() civic.Ref { return civic.Ref{Kind: Kind, ID: "city"} }

// Part is what the city's settings say of themselves.
func Part() part.Part {
	return part.Part{
		Name: "city", Schema: embedded.Folder(files, "schema"), Texts: embedded.Folder(files, "texts"),
		Belongs: part.Belongs{Blueprint: map[string]string{"city_setting": "", "city_district": "", "city_value": "", "city_day": ""}},
		Tables:  part.TablesUnproven("city.unproven", "city_setting", "city_district", "city_value", "city_day"),
		Pieces:  pieces(),
		Kinds: []part.Kind{
			{Name: Kind, Titles: titles, NotSearched: "there is one city, and every page names it", Followed: true},
			{Name: KindDistrict, Titles: titlesOfDistricts, NotSearched: "things are filtered by it", Followed: true},
			{Name: KindTheme, Titles: titlesOfThemes, NotSearched: "things are filtered by it", Followed: true},
		},
		Audited: []string{"city.describe", "city.districts", "city.days", "city.value", "city.ready"},
		Help: []part.Help{
			{Name: "city.rules", Place: 100, Path: "/rules"},
		},
		Without: []part.Absence{
			part.No("it keeps the settings of the others and has none", part.PointSettings),
			part.No("it keeps nothing about people", part.PointPersonal),
			part.No("each value stands with its source and the day from which it holds", part.PointActs),
			part.No("settings are nothing to take part in", part.PointNow, part.PointCame, part.PointPromises, part.PointWeek, part.PointNumbers, part.PointMe),
		},
	}
}

func titles(tx *storage.Tx, _ civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	name, err := cityName(tx)
	out := map[civic.ID]part.Resolved{}
	for _, id := range ids {
		if id == Ref().ID {
			out[id] = part.Resolved{Title: name, Path: "/"}
		}
	}
	return out, err
}

// KindDistrict is the kind of a district, whose id is its code.
const KindDistrict = "city.district"

func districtRef(code string) civic.Ref { return civic.Ref{Kind: KindDistrict, ID: civic.ID(code)} }

func titlesOfDistricts(tx *storage.Tx, _ civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	districts, err := loadDistricts(tx)
	out := map[civic.ID]part.Resolved{}
	for _, d := range districts {
		if id := civic.ID(d.Code); slices.Contains(ids, id) {
			out[id] = part.Resolved{Title: d.Name, Path: Scope{District: d.Code}.Path()}
		}
	}
	return out, err
}

// Running is the settings as they work.
func (s *Service) Running() part.Running {
	return part.Running{
		Service: s,
		Routes:  append(s.routes(), s.machineRoutes()...),
		Takes:   s.takes(),
		Unknown: []part.Unknown{
			{Name: "city.name", Place: 10, Path: "/settings/city", Answered: func(tx *storage.Tx) (bool, error) { name, err := cityName(tx); return !name.Empty(), err }},
			{Name: "city.districts", Place: 20, Path: "/settings/districts", Answered: func(tx *storage.Tx) (bool, error) { all, err := loadDistricts(tx); return len(all) > 0, err }},
			{Name: "city.days", Place: 60, Path: "/settings/days"},
			{Name: "city.thresholds", Place: 70, Path: "/rules"},
			{Name: "city.population", Place: 80, Path: "/rules"},
		},
		Background: []part.Background{{Name: "city: a new day", Run: s.watchDay, Settle: s.settleDay}},
		Nav: []part.Nav{
			{Menu: part.Administration, Place: 10, Text: "city.settings_title", Lede: "city.settings_lede", Path: "/settings", Access: web.Administrators},
			{Menu: part.Foot, Place: 20, Text: "city.nav_rules", Path: "/rules"},
		},
		Desk: s.desk,
	}
}

// desk reminds administrators of a set-up that is not finished.
func (s *Service) desk(_ *storage.Tx, actor civic.Actor, _ int) ([]part.Waiting, error) {
	if s.Current().Ready || !actor.Has(civic.Administrator) {
		return nil, nil
	}
	return []part.Waiting{{Stage: part.Prepare, Kind: Kind, Title: s.Current().Name, What: civic.Say("city.desk_set_up"), Path: "/settings"}}, nil
}

// settingName is the name of a setting for readers.
func settingName(p ui.Page, def part.Setting) string { return p.T(part.SettingKey(def.Key)) }
