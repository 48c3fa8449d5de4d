package organisations

import (
	"slices"
	"strings"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/tables"
)

// Code is one entry of a code list: what is stored, and its name for readers.
type Code struct {
	Code string
	Name civic.Text
}

// District is a district of the city, as the city's settings name it.
type District = Code

// FormsSource says where the list of forms comes from; pages show it.
const FormsSource = "ҮЕҰ дерекқоры, ұйымдық-құқықтық нысандар · База данных НПО РК, организационно-правовые формы"

// Themes are those of the city (city.Themes) as a code list.
func Themes() []Code { return themes }

var themes = themesOfCity()

func themesOfCity() (out []Code) {
	for _, t := range city.Themes() {
		out = append(out, Code(t))
	}
	return out
}

// Forms are the legal forms that the state database of NGOs tells apart. "other" is last.
func Forms() []Code { return forms }

var forms = []Code{
	{"institution", civic.Text{"kk": "Мекеме", "ru": "Учреждение", "en": "Institution"}},
	{"association", civic.Text{"kk": "Қоғамдық бірлестік", "ru": "Общественное объединение", "en": "Public association"}},
	{"company", civic.Text{"kk": "Акционерлік қоғам", "ru": "Акционерное общество", "en": "Joint-stock company"}},
	{"foundation", civic.Text{"kk": "Қор", "ru": "Фонд", "en": "Foundation"}},
	{"union", civic.Text{"kk": "Заңды тұлғалар бірлестігі", "ru": "Объединение юридических лиц", "en": "Association of legal entities"}},
	{"branch", civic.Text{"kk": "Шетелдік ҮЕҰ филиалы", "ru": "Филиал иностранной НПО", "en": "Branch of a foreign NGO"}},
	{"other", civic.Text{"kk": "Басқа нысан", "ru": "Другая форма", "en": "Other form"}},
}

// Kinds of organisation.
const (
	NGO        = "ngo"
	StateBody  = "state"
	Sponsor    = "sponsor"
	Media      = "media"
	Initiative = "initiative" // an initiative group: people without a legal person, so without a BIN
)

var kinds = []Code{
	{NGO, civic.Text{"kk": "Үкіметтік емес ұйым", "ru": "Неправительственная организация", "en": "Non-governmental organisation"}},
	{StateBody, civic.Text{"kk": "Мемлекеттік орган", "ru": "Государственный орган", "en": "State body"}},
	{Sponsor, civic.Text{"kk": "Демеуші", "ru": "Спонсор", "en": "Sponsor"}},
	{Media, civic.Text{"kk": "Бұқаралық ақпарат құралы", "ru": "Средство массовой информации", "en": "News medium"}},
	{Initiative, civic.Text{"kk": "Бастамашыл топ", "ru": "Инициативная группа", "en": "Initiative group"}},
}

// Kinds lists the kinds with their names.
func Kinds() []Code { return kinds }

// Whether an organisation works. One that no longer exists stays on record, and never looks
// alive.
const (
	Active     = "active"
	Inactive   = "inactive"
	Liquidated = "liquidated"
)

var statuses = []Code{
	{Active, civic.Text{"kk": "Жұмыс істейді", "ru": "Действует", "en": "Active"}},
	{Inactive, civic.Text{"kk": "Жұмысын тоқтатқан", "ru": "Не ведёт деятельность", "en": "Inactive"}},
	{Liquidated, civic.Text{"kk": "Таратылған", "ru": "Ликвидирована", "en": "Liquidated"}},
}

// Statuses lists them with their names.
func Statuses() []Code { return statuses }

// synonyms are other ways in which lists that cities receive write a code.
var synonyms = map[string]string{
	"нпо": NGO, "үеұ": NGO, "нко": NGO, "некоммерческая организация": NGO, "non profit": NGO,
	"госорган": StateBody, "гос орган": StateBody, "мемлекеттік мекеме": StateBody, "сми": Media, "бақ": Media,
	"действующая": Active, "действующий": Active, "активна": Active, "активная": Active, "белсенді": Active, "жұмыс істеп тұр": Active,
	"неактивна": Inactive, "неактивная": Inactive, "бездействует": Inactive, "приостановлена": Inactive, "белсенді емес": Inactive,
	"ликвидирован": Liquidated, "ликвидировано": Liquidated, "закрыта": Liquidated, "жойылған": Liquidated, "жабылған": Liquidated,
	"ао": "company", "нао": "company", "некоммерческое акционерное общество": "company", "кеақ": "company", "коммерциялық емес акционерлік қоғам": "company",
	"оо": "association", "қб": "association", "роо": "association", "рқб": "association", "гоо": "association", "мқб": "association",
	"республиканское общественное объединение": "association", "республикалық қоғамдық бірлестік": "association", "региональное общественное объединение": "association",
	"оюл": "union", "зтб": "union", "объединение юридических лиц в форме ассоциации": "union", "ассоциация": "union", "союз": "union", "қауымдастық": "union",
	"общественный фонд": "foundation", "қоғамдық қор": "foundation", "частный фонд": "foundation", "жеке қор": "foundation", "оф": "foundation", "чф": "foundation",
	"кф": "foundation", "корпоративный фонд": "foundation", "корпоративтік қор": "foundation", "ққ": "foundation", "благотворительный фонд": "foundation",
	"қайырымдылық қоры": "foundation", "частное учреждение": "institution", "чу": "institution", "жеке мекеме": "institution", "жм": "institution",
	"тоо": "other", "жшс": "other", "пк": "other", "потребительский кооператив": "other", "тұтыну кооперативі": "other", "религиозное объединение": "other", "діни бірлестік": "other",
	"жетім балалар": "children", "экология": "environment",
	"здравоохранение": "health", "культура": "culture", "мәдениет": "culture", "образование": "education", "білім": "education",
	"орта": "environment", "спорт": "education", "денсаулық": "health", "права человека": "rights", "өзге": "other", "другое": "other",
	"прочее": "other", "басқа": "other",
}

// codeList is a list with an index of the ways in which a cell may name its codes.
type codeList struct {
	codes []Code
	index map[string]string
	names civic.Text // of all, to tell a reader what there is
}

func newCodeList(codes []Code) *codeList {
	l := &codeList{codes, map[string]string{}, civic.Text{}}
	for _, lang := range civic.Languages() {
		var names []string
		for _, c := range codes {
			name, _ := c.Name.In(lang)
			names = append(names, name)
		}
		l.names[lang] = strings.Join(names, "; ")
	}
	for _, c := range codes {
		for _, name := range c.Name {
			l.index[tables.Plain(name)] = c.Code
			l.index[withoutDistrict(tables.Plain(name))] = c.Code
		}
	}
	for word, code := range synonyms {
		if indexOf(codes, code) >= 0 {
			l.index[word] = code
		}
	}
	for _, c := range codes {
		l.index[tables.Plain(c.Code)] = c.Code
	}
	return l
}

var (
	themeList  = newCodeList(themes)
	formList   = newCodeList(forms)
	kindList   = newCodeList(kinds)
	statusList = newCodeList(statuses)
)

// find returns the code that a cell means: the code itself, its name in any language, or a
// usual synonym; letter case, punctuation and a district's own word do not matter.
func (l *codeList) find(cell string) (string, bool) {
	if indexOf(l.codes, cell) >= 0 {
		return cell, true
	}
	want := tables.Plain(cell)
	if code, ok := l.index[want]; ok {
		return code, true
	}
	code, ok := l.index[withoutDistrict(want)]
	return code, ok && want != ""
}

func withoutDistrict(s string) string {
	for _, word := range []string{" ауданы", " аудан", " район", " district", " р н"} {
		s = strings.TrimSuffix(s, word)
	}
	return s
}

// nameOf is the name of a code; the code itself when the list no longer has it, as when a
// city renames its districts.
func nameOf(list []Code, code string) civic.Text {
	if i := indexOf(list, code); i >= 0 {
		return list[i].Name
	}
	return civic.Text{civic.Kazakh: code}
}

func indexOf(list []Code, code string) int {
	return slices.IndexFunc(list, func(c Code) bool { return c.Code == code })
}
