package city

import (
	"net/url"
	"slices"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
)

// Theme is a field of the city's life. Organisations work in some; a consultation and what is owed about it are
// about one at most, so that lists are filtered and people follow by the same words everywhere.
type Theme struct {
	Code string
	Name civic.Text
}

// ThemesSource says where the list comes from; pages show it.
const ThemesSource = "Қазақстан Республикасы Азаматтық қоғам істері комитеті · Комитет по делам гражданского общества РК"

// Themes are the fields of activity by which the state committee for civil society sorts NGOs. "other" is last.
func Themes() []Theme { return themes }

var themes = []Theme{
	{"vulnerable", civic.Text{"kk": "Халықтың әлеуметтік осал топтарын қолдау", "ru": "Поддержка социально уязвимых групп", "en": "Support for vulnerable groups"}},
	{"education", civic.Text{"kk": "Білім, ғылым, ақпарат, спорт", "ru": "Образование, наука, информация, спорт", "en": "Education, science, information, sport"}},
	{"rights", civic.Text{"kk": "Азаматтар мен ұйымдардың құқығын қорғау", "ru": "Защита прав граждан и организаций", "en": "Protection of rights"}},
	{"health", civic.Text{"kk": "Денсаулық сақтау", "ru": "Охрана здоровья", "en": "Health"}},
	{"family", civic.Text{"kk": "Отбасы және гендерлік теңдік", "ru": "Семья и гендерное равенство", "en": "Family and gender"}},
	{"culture", civic.Text{"kk": "Мәдениет пен өнер", "ru": "Культура и искусство", "en": "Culture and the arts"}},
	{"harmony", civic.Text{"kk": "Қоғамдық келісім", "ru": "Общественное согласие", "en": "Social harmony"}},
	{"children", civic.Text{"kk": "Жетім балалар мен көпбалалы отбасылар", "ru": "Дети-сироты и многодетные семьи", "en": "Orphans and large families"}},
	{"heritage", civic.Text{"kk": "Тарихи-мәдени мұра", "ru": "Историко-культурное наследие", "en": "Historical and cultural heritage"}},
	{"environment", civic.Text{"kk": "Қоршаған орта", "ru": "Охрана окружающей среды", "en": "Environment"}},
	{"other", civic.Text{"kk": "Басқа бағыттар", "ru": "Другие направления", "en": "Other"}},
}

// ThemeOf finds a theme by its code.
func ThemeOf(code string) (Theme, bool) {
	i := slices.IndexFunc(themes, func(t Theme) bool { return t.Code == code })
	if i < 0 {
		return Theme{}, false
	}
	return themes[i], true
}

// HasTheme reports whether there is a theme with a code.
func HasTheme(code string) bool { _, has := ThemeOf(code); return has }

// ThemeOptions are the themes as the choices of a form, behind the choice of none, whose name is the message none.
func ThemeOptions(p ui.Page, none string) []ui.Option {
	out := []ui.Option{{Label: p.T(none)}}
	for _, t := range themes {
		out = append(out, ui.Option{Value: t.Code, Label: p.L.Text(t.Name)})
	}
	return out
}

// KindTheme is the kind of a theme, whose id is its code.
const KindTheme = "city.theme"

func themeRef(code string) civic.Ref { return civic.Ref{Kind: KindTheme, ID: civic.ID(code)} }

func titlesOfThemes(_ *storage.Tx, _ civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	out := map[civic.ID]part.Resolved{}
	for _, id := range ids {
		if t, known := ThemeOf(string(id)); known {
			out[id] = part.Resolved{Title: t.Name, Path: Scope{Theme: t.Code}.Path()}
		}
	}
	return out, nil
}

// Scope is what a thing is about: its district and its theme, by which lists are filtered and people follow. As a
// filter it is what is asked for.
type Scope struct {
	District string // code; "": the whole city
	Theme    string // code; "": none in particular
}

// Followed are the things whose followers hear of what is about the scope.
func (s Scope) Followed() (out []civic.Ref) {
	if s.District != "" {
		out = append(out, districtRef(s.District))
	}
	if s.Theme != "" {
		out = append(out, themeRef(s.Theme))
	}
	return out
}

// Path is the page that shows what there is about the scope: the search, filtered by it.
func (s Scope) Path() string {
	v := url.Values{}
	if s.District != "" {
		v.Set("district", s.District)
	}
	if s.Theme != "" {
		v.Set("theme", s.Theme)
	}
	return "/search?" + v.Encode()
}

// Names are what the district and the theme are called; it reports false when the city has not all of them.
func (s Scope) Names(tx *storage.Tx) (names []civic.Text, known bool, err error) {
	known = true
	if s.District != "" {
		districts, err := loadDistricts(tx)
		if err != nil {
			return nil, false, err
		}
		i := slices.IndexFunc(districts, func(d District) bool { return d.Code == s.District })
		if known = i >= 0; known {
			names = append(names, districts[i].Name)
		}
	}
	if s.Theme != "" {
		theme, found := ThemeOf(s.Theme)
		names, known = append(names, theme.Name), known && found
	}
	return names, known, nil
}

// Holds reports whether what is about other is found by the filter s.
func (s Scope) Holds(other Scope) bool {
	return (s.District == "" || s.District == other.District) && (s.Theme == "" || s.Theme == other.Theme)
}

// Known is the filter without what this city has not: an address that somebody typed shows everything instead.
func (s *Settings) Known(asked Scope) Scope {
	if _, known := s.District(asked.District); !known {
		asked.District = ""
	}
	if _, known := ThemeOf(asked.Theme); !known {
		asked.Theme = ""
	}
	return asked
}
