package organisations

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
)

// FundSources are where an NGO's money comes from, as the yearly filing asks.
var fundSources = []Code{
	{"state", civic.Text{"kk": "Мемлекеттік гранттар мен әлеуметтік тапсырыс", "ru": "Государственные гранты и социальный заказ", "en": "State grants and social order"}},
	{"donations", civic.Text{"kk": "Қайырымдылық көмек", "ru": "Пожертвования", "en": "Donations"}},
	{"foreign", civic.Text{"kk": "Шетелдік және халықаралық ұйымдардан", "ru": "От иностранных и международных организаций", "en": "From foreign and international organisations"}},
	{"fees", civic.Text{"kk": "Мүшелік жарналар", "ru": "Членские взносы", "en": "Membership fees"}},
	{"own", civic.Text{"kk": "Өз қызметінен түскен табыс", "ru": "Доход от собственной деятельности", "en": "Own income"}},
	{"other", civic.Text{"kk": "Басқа көздер", "ru": "Другие источники", "en": "Other sources"}},
}

// spending are the directions of spending.
var spending = []Code{
	{"projects", civic.Text{"kk": "Жобалар мен іс-шаралар", "ru": "Проекты и мероприятия", "en": "Projects and events"}},
	{"aid", civic.Text{"kk": "Азаматтарға көмек", "ru": "Помощь гражданам", "en": "Aid to citizens"}},
	{"salaries", civic.Text{"kk": "Еңбекақы және салықтар", "ru": "Зарплаты и налоги", "en": "Salaries and taxes"}},
	{"premises", civic.Text{"kk": "Жалға алу және күту", "ru": "Аренда и содержание", "en": "Rent and upkeep"}},
	{"property", civic.Text{"kk": "Мүлік сатып алу", "ru": "Покупка имущества", "en": "Buying property"}},
	{"other", civic.Text{"kk": "Басқа шығындар", "ru": "Другие расходы", "en": "Other spending"}},
}

// Filing is what an NGO reports on one year of its work.
type Filing struct {
	Organisation civic.ID   `json:"-"`
	Name         civic.Text `json:"-"`
	Year         int        `json:"-"` // the year reported on
	FiledAt      int64      `json:"-"` // 0: a draft
	OnTime       bool       `json:"-"`

	Activities civic.Text       `json:"activities"`
	Sources    map[string]int64 `json:"sources"`    // by code of the source, whole tenge
	Spending   map[string]int64 `json:"spending"`   // by code of the direction, whole tenge
	Staff      *int64           `json:"staff"`      // people; nil: not said
	Volunteers *int64           `json:"volunteers"` // people
	Founders   *int64           `json:"founders"`   // people and organisations; their names are not asked for
	Members    *int64           `json:"members"`
	Property   string           `json:"property"`
}

// FilingDay is the setting for the last day of filing, in the year after the one reported on.
const FilingDay = "organisations.filing_day"

// settings are the thresholds that a city may change.
func settings() []part.Setting {
	return []part.Setting{
		{Key: FilingDay, Default: 331, Min: 101, Max: 1231, Unit: part.MonthDay, Source: "organisations.source_filing_day", For: part.ForPeople},
		{Key: claimsWaiting, Default: 3, Min: 1, Max: 50, Unit: part.Count, Source: "Birge", For: part.ForPeople},
	}
}

// Due is the last moment in which the filing on a year is on time; day is the setting FilingDay
// (331 is 31 March).
func Due(year, day int, zone *time.Location) time.Time {
	return time.Date(year+1, time.Month(day/100), day%100+1, 0, 0, 0, 0, zone).Add(-time.Second)
}

// ReportYear is the year that is to be reported on at an instant: the one before.
func ReportYear(now time.Time) int { return now.Year() - 1 }

// filingParts are what a filing needs, in the order of the form; the field names are those of
// the form.
var filingParts = []struct {
	field   string
	present func(*Filing) bool
}{
	{"activities.kk", func(f *Filing) bool { return f.Activities[civic.Kazakh] != "" }},
	{"activities.ru", func(f *Filing) bool { return f.Activities[civic.Russian] != "" }},
	{"sources", func(f *Filing) bool { return len(f.Sources) > 0 }},
	{"spending", func(f *Filing) bool { return len(f.Spending) > 0 }},
	{"staff", func(f *Filing) bool { return f.Staff != nil }},
	{"volunteers", func(f *Filing) bool { return f.Volunteers != nil }},
	{"founders", func(f *Filing) bool { return f.Founders != nil }},
	{"members", func(f *Filing) bool { return f.Members != nil }},
	{"property", func(f *Filing) bool { return f.Property != "" }},
}

// Missing lists the parts not yet there. The law asks for Kazakh and Russian.
func (f *Filing) Missing() []string {
	var out []string
	for _, p := range filingParts {
		if !p.present(f) {
			out = append(out, p.field)
		}
	}
	return out
}

// Completeness is how many parts are there, of how many.
func (f *Filing) Completeness() (done, total int) {
	return len(filingParts) - len(f.Missing()), len(filingParts)
}

// Total adds amounts up, in tenge.
func Total(amounts map[string]int64) (sum int64) {
	for _, v := range amounts {
		sum += v
	}
	return sum
}

// Prefill is a new year's draft from the last one: what seldom changes stays, the amounts of
// money are asked for anew.
func (f *Filing) Prefill() Filing {
	return Filing{Organisation: f.Organisation, Activities: f.Activities, Staff: f.Staff, Volunteers: f.Volunteers, Founders: f.Founders,
		Members: f.Members, Property: f.Property}
}

const (
	maxAmount = 1_000_000_000_000_000 // tenge; a slip of the keyboard, not a rule
	maxPeople = 20_000_000
)

// amount reads a whole number as people write it: "1 250 000", "1 250 000 ₸".
func amount(raw string, limit int64) (n int64, given, ok bool) {
	s := strings.Map(func(r rune) rune {
		if r == ' ' || r == '\u00a0' || r == '\u202f' || r == '₸' {
			return -1
		}
		return r
	}, raw)
	if s == "" {
		return 0, false, true
	}
	for _, r := range s {
		if r < '0' || r > '9' || n > limit {
			return 0, true, false
		}
		n = 10*n + int64(r-'0')
	}
	return n, true, n <= limit
}

// ReadFiling reads the form of a filing. value gives what was typed into a field; the parts
// of amounts are named "sources_state" and so on.
func ReadFiling(value func(string) string) (f Filing, err error) {
	var p civic.Problems
	f.Activities = civic.Text{}
	for _, l := range civic.Languages() {
		v := strings.TrimSpace(value("activities." + string(l)))
		if utf8.RuneCountInString(v) > maxText {
			p.Add("activities."+string(l), "organisations.too_long", "Count", maxText)
		}
		f.Activities[l] = v
	}
	f.Activities = f.Activities.Trimmed()
	amounts := func(prefix string, list []Code) map[string]int64 {
		out := map[string]int64{}
		for _, c := range list {
			n, given, ok := amount(value(prefix+c.Code), maxAmount)
			if !ok {
				p.Add(prefix+c.Code, "organisations.bad_amount")
			} else if given {
				out[c.Code] = n
			}
		}
		return out
	}
	f.Sources, f.Spending = amounts("sources_", fundSources), amounts("spending_", spending)
	people := func(field string) *int64 {
		n, given, ok := amount(value(field), maxPeople)
		if !ok {
			p.Add(field, "organisations.bad_amount")
		}
		if !given || !ok {
			return nil
		}
		return &n
	}
	f.Staff, f.Volunteers, f.Founders, f.Members = people("staff"), people("volunteers"), people("founders"), people("members")
	f.Property = strings.TrimSpace(value("property"))
	if utf8.RuneCountInString(f.Property) > maxText {
		p.Add("property", "organisations.too_long", "Count", maxText)
	}
	return f, p.Err()
}

// ReadyToFile says what is still missing, each beside its field.
func (f *Filing) ReadyToFile() error {
	var p civic.Problems
	for _, field := range f.Missing() {
		switch field {
		case "sources", "spending":
			field += "_" + map[string]string{"sources": fundSources[0].Code, "spending": spending[0].Code}[field]
			p.Add(field, "organisations.filing_amounts_needed")
		default:
			p.Add(field, "organisations.filing_part_needed")
		}
	}
	return p.Err()
}

// FilingShare is how many of a year's NGOs filed.
type FilingShare struct {
	Filers, Filed, OnTime int64
}
