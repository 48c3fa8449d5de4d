package organisations

import (
	"maps"
	"slices"
	"strings"

	"github.com/birge-kz/birge/internal/civic"
)

// Field names one value of an entry. A text has one field per language: "name.kk".
type Field string

// declaration says of a field all that the package needs to know. The form, the page, the store,
// the files, the import, the history, the search and the public record range over the
// declarations, so this is where a field is added: see the README. A text is declared once for
// all languages.
type declaration struct {
	name  string                  // in forms, files, the store and the record; its label is the text "field_" + name
	shape shape                   // what a value looks like
	at    func(*Organisation) any // where an entry keeps it: a *string, *Date, *[]string or *civic.Text

	codes *codeList // of aCode and someCodes; nil: the districts of the city
	max   int       // of aText: how many characters whoever writes it is told to stay within; 0: maxText, untold
	long  bool      // of aText: it has paragraphs

	always   bool     // an entry is never without it
	official bool     // a state register decides it, so not even the organisation itself may state it
	column   bool     // lists show it or filter by it, so it has a column; the others are kept together as JSON
	recorded recorded // what the public record says of it
	searched searched // where the words of a text are found
	schema   string   // the property of schema.org that it is, if any

	form, page int      // its place in the form and among the facts of the page; 0: not there
	headings   headings // the usual headings of its column in the lists that cities receive
}

// shape is what the values of a field look like: it decides how they are read, asked for and shown.
type shape int

const (
	aText     shape = iota // in several languages
	aCode                  // one of a list
	someCodes              // several of a list
	aDate
	anIdentifier
	anEmail
	aPhone
	aLink // to a page elsewhere
	someLinks
	aPoint // on a map, as places.Point writes it
)

// recorded is what the public record, which forgets nothing, says of a field.
type recorded int

const (
	notRecorded      recorded = iota // it may be a way to reach a person
	recordedAsIs                     // for codes and dates
	recordedByDigest                 // for texts: they can be compared with the record, not read in it
)

// searched is where the words of a text are found.
type searched int

const (
	notSearched searched = iota
	inTitle              // found before the rest
	inRest
)

// headings are by language for a text, else under "". They are compared by tables.Plain.
type headings map[civic.Lang][]string

// The fields that a rule asks for by name.
const (
	fieldIdentifier Field = "identifier"
	fieldKind       Field = "kind"
	fieldStatus     Field = "status"
	fieldEnded      Field = "ended"
	fieldAddress    Field = "address"
	fieldPoint      Field = "point"
	fieldPeople     Field = "people" // in the history only: the register of posts is a table of its own
)

// declarations are in the order of columns in the files and of changes in the history.
var declarations = []*declaration{
	{name: "identifier", shape: anIdentifier, at: func(o *Organisation) any { return &o.Identifier },
		always: true, official: true, column: true, recorded: recordedAsIs, form: 30, page: 50,
		headings: headings{"": {"identifier", "id", "бин", "бсн", "bin", "бизнес идентификационный номер", "бизнес сәйкестендіру нөмірі", "биндік нөмір", "бин иин", "бсн жсн", "идентификатор", "сәйкестендіргіш"}}},
	{name: "name", shape: aText, at: func(o *Organisation) any { return &o.Name },
		max: maxName, always: true, column: true, recorded: recordedByDigest, searched: inTitle, form: 10,
		headings: headings{
			"kk": {"name kk", "name kaz", "атауы", "атауы қазақша", "қазақша атауы", "ұйымның атауы", "толық атауы", "ұйым", "наименование на казахском", "наименование на казахском языке", "название на казахском", "наименование каз"},
			"ru": {"name ru", "name rus", "наименование", "название", "наименование на русском", "наименование на русском языке", "название на русском", "орысша атауы", "атауы орысша", "полное наименование", "наименование организации", "наименование нпо", "название организации", "организация", "наименование рус"},
			"en": {"name", "name en", "name eng", "name in english", "organisation", "organization", "organisation name", "organization name", "наименование на английском", "название на английском", "ағылшынша атауы", "атауы ағылшынша"}}},
	{name: "kind", shape: aCode, at: func(o *Organisation) any { return &o.Kind },
		codes: kindList, always: true, official: true, column: true, recorded: recordedAsIs, form: 20, page: 20,
		headings: headings{"": {"kind", "type", "тип", "вид", "вид организации", "тип организации", "түрі", "ұйым түрі"}}},
	{name: "form", shape: aCode, at: func(o *Organisation) any { return &o.Form },
		codes: formList, official: true, column: true, recorded: recordedAsIs, form: 40, page: 30,
		headings: headings{"": {"form", "legal form", "опф", "организационно правовая форма", "правовая форма", "форма", "ұйымдық құқықтық нысан", "ұйымдық құқықтық нысаны", "құқықтық нысаны", "нысаны"}}},
	{name: "status", shape: aCode, at: func(o *Organisation) any { return &o.Status },
		codes: statusList, always: true, official: true, column: true, recorded: recordedAsIs, form: 50, page: 40,
		headings: headings{"": {"status", "статус", "состояние", "мәртебесі", "жағдайы", "күйі"}}},
	{name: "founded", shape: aDate, at: func(o *Organisation) any { return &o.Founded },
		column: true, recorded: recordedAsIs, schema: "foundingDate", form: 70, page: 60,
		headings: headings{"": {"founded", "founding date", "date founded", "registered", "registration date", "дата регистрации", "дата создания", "дата основания", "год основания", "год создания", "год регистрации", "тіркелген күні", "құрылған күні", "құрылған жылы", "тіркелген жылы"}}},
	{name: "ended", shape: aDate, at: func(o *Organisation) any { return &o.Ended },
		official: true, column: true, recorded: recordedAsIs, schema: "dissolutionDate", form: 60, page: 70,
		headings: headings{"": {"ended", "dissolution date", "liquidated", "дата ликвидации", "ликвидирована", "таратылған күні"}}},
	{name: "themes", shape: someCodes, at: func(o *Organisation) any { return &o.Themes },
		codes: themeList, column: true, recorded: recordedAsIs, schema: "knowsAbout", form: 90, page: 80,
		headings: headings{"": {"themes", "theme", "activity", "activities", "направления деятельности", "направление деятельности", "направления", "направление", "сфера деятельности", "тематика", "темы", "тақырып", "тақырыптары", "тақырыптар", "қызмет бағыты", "қызмет бағыттары", "бағыты", "бағыттары"}}},
	{name: "districts", shape: someCodes, at: func(o *Organisation) any { return &o.Districts },
		column: true, recorded: recordedAsIs, form: 100, page: 90,
		headings: headings{"": {"districts", "district", "район", "районы", "район деятельности", "аудан", "аудандар", "ауданы", "аудандары", "қызмет ететін аудандары"}}},
	{name: "mission", shape: aText, at: func(o *Organisation) any { return &o.Mission },
		max: maxText, long: true, recorded: recordedByDigest, searched: inRest, schema: "description", form: 80, page: 10,
		headings: headings{
			"kk": {"mission kk", "мақсаты", "миссиясы", "мақсаты қазақша", "миссиясы қазақша", "миссия на казахском", "цель на казахском"},
			"ru": {"mission ru", "миссия", "цель", "цели", "цель деятельности", "миссия на русском", "описание", "миссиясы орысша"},
			"en": {"mission", "mission en", "description", "purpose", "миссия на английском", "миссиясы ағылшынша"}}},
	{name: "address", shape: aText, at: func(o *Organisation) any { return &o.Address },
		searched: inRest, schema: "address", form: 110, page: 100,
		headings: headings{
			"kk": {"address kk", "мекенжайы", "мекенжай", "мекенжайы қазақша", "адрес на казахском", "заңды мекенжайы"},
			"ru": {"address ru", "адрес", "юридический адрес", "фактический адрес", "адрес на русском", "мекенжайы орысша"},
			"en": {"address", "address en", "адрес на английском", "мекенжайы ағылшынша"}}},
	{name: "point", shape: aPoint, at: func(o *Organisation) any { return &o.Point },
		column: true, recorded: recordedAsIs, form: 115, page: 105,
		headings: headings{"": {"point", "coordinates", "location", "geo", "gps", "координаты", "геопозиция", "точка на карте", "координаттары", "картадағы орны", "геолокация"}}},
	{name: "email", shape: anEmail, at: func(o *Organisation) any { return &o.Email },
		schema: "email", form: 130, page: 120,
		headings: headings{"": {"email", "e mail", "mail", "электронная почта", "эл почта", "почта", "электрондық пошта", "пошта", "эл пошта"}}},
	{name: "phone", shape: aPhone, at: func(o *Organisation) any { return &o.Phone },
		schema: "telephone", form: 120, page: 110,
		headings: headings{"": {"phone", "telephone", "tel", "телефон", "контактный телефон", "телефоны", "тел", "байланыс телефоны", "телефон нөмірі"}}},
	{name: "website", shape: aLink, at: func(o *Organisation) any { return &o.Website },
		schema: "sameAs", form: 140, page: 130,
		headings: headings{"": {"website", "site", "web", "url", "homepage", "сайт", "веб сайт", "интернет сайт", "сайты", "веб сайты"}}},
	{name: "links", shape: someLinks, at: func(o *Organisation) any { return &o.Links },
		schema: "sameAs", form: 150, page: 140,
		headings: headings{"": {"links", "social", "social media", "социальные сети", "соцсети", "ссылки", "әлеуметтік желілер", "әлеуметтік желілері", "сілтемелер"}}},
}

// Fields lists the fields in the order of their declarations.
func Fields() []Field { return fields }

// declared is a field's declaration, with the language where it is one of a text.
type declared struct {
	*declaration
	lang civic.Lang
}

var fields, declaredFields = func() (names []Field, byName map[Field]declared) {
	byName = map[Field]declared{}
	for _, d := range declarations {
		for _, lang := range d.languages() {
			f := d.field(lang)
			names, byName[f] = append(names, f), declared{d, lang}
		}
	}
	return names, byName
}()

// languages are those of a text; for all else the one that is none.
func (d *declaration) languages() []civic.Lang {
	if d.shape == aText {
		return civic.Languages()
	}
	return []civic.Lang{""}
}

func (d *declaration) field(lang civic.Lang) Field {
	if lang == "" {
		return Field(d.name)
	}
	return Field(d.name + "." + string(lang))
}

// coded reports whether values are codes of a list.
func (d *declaration) coded() bool { return d.shape == aCode || d.shape == someCodes }

// list is the codes among which a coded field chooses.
func (d *declaration) list(districts []District) []Code {
	if d.codes == nil {
		return districts
	}
	return d.codes.codes
}

// listed are the declarations that have a place, in the order of their places.
func listed(place func(*declaration) int) []*declaration {
	var out []*declaration
	for _, d := range declarations {
		if place(d) != 0 {
			out = append(out, d)
		}
	}
	slices.SortFunc(out, func(a, b *declaration) int { return place(a) - place(b) })
	return out
}

// split takes the language off a text's field.
func (f Field) split() (base string, lang civic.Lang) {
	base, l, _ := strings.Cut(string(f), ".")
	return base, civic.Lang(l)
}

// ByOrganisation reports whether the organisation's own representatives may state the
// value. What a state register decides (identifier, kind, form, status) they may not.
func (f Field) ByOrganisation() bool {
	d, known := declaredFields[f]
	return known && !d.official
}

// Get is the canonical text of a field: what is compared, stored in the history and
// exported. Lists are joined by "; ".
func (o *Organisation) Get(f Field) string {
	d, known := declaredFields[f]
	if !known {
		return ""
	}
	switch v := d.at(o).(type) {
	case *civic.Text:
		return (*v)[d.lang]
	case *[]string:
		return joinList(*v)
	case *Date:
		return string(*v)
	default:
		return *v.(*string)
	}
}

// Set stores a canonical text, as Clean returns it, in a field.
func (o *Organisation) Set(f Field, value string) {
	d, known := declaredFields[f]
	if !known {
		return
	}
	switch v := d.at(o).(type) {
	case *civic.Text:
		next := maps.Clone(*v) // an entry shares its texts with the one that it is a copy of
		if next == nil {
			next = civic.Text{}
		}
		if next[d.lang] = value; value == "" {
			delete(next, d.lang)
		}
		*v = next
	case *[]string:
		*v = splitList(value)
	case *Date:
		*v = Date(value)
	default:
		*v.(*string) = value
	}
}

// empty reports whether an entry says nothing of it.
func (d *declaration) empty(o *Organisation) bool {
	switch v := d.at(o).(type) {
	case *civic.Text:
		return v.Empty()
	case *[]string:
		return len(*v) == 0
	case *Date:
		return *v == ""
	default:
		return *v.(*string) == ""
	}
}

func joinList(list []string) string { return strings.Join(list, "; ") }

func splitList(v string) []string {
	if v == "" {
		return nil
	}
	return strings.Split(v, "; ")
}
