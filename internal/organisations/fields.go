package organisations

import (
	"strings"

	"github.com/birge-kz/birge/internal/civic"
)

// Field names one value of an entry. Texts have one field per language: "name.kk".
type Field string

// Fields lists them in the order in which pages, imports and exports show them.
func Fields() []Field { return fields }

const (
	fieldIdentifier Field = "identifier"
	fieldKind       Field = "kind"
	fieldStatus     Field = "status"
	fieldForm       Field = "form"
	fieldThemes     Field = "themes"
	fieldDistricts  Field = "districts"
	fieldFounded    Field = "founded"
	fieldEnded      Field = "ended"
	fieldEmail      Field = "email"
	fieldPhone      Field = "phone"
	fieldWebsite    Field = "website"
	fieldLinks      Field = "links"
	fieldPeople     Field = "people" // in the history only: the register of posts is its own table
)

var fields = []Field{
	fieldIdentifier, "name.kk", "name.ru", "name.en", fieldKind, fieldForm, fieldStatus, fieldFounded, fieldEnded, fieldThemes, fieldDistricts,
	"mission.kk", "mission.ru", "mission.en", "address.kk", "address.ru", "address.en", fieldEmail, fieldPhone, fieldWebsite, fieldLinks,
}

// split takes the language off a text's field.
func (f Field) split() (base string, lang civic.Lang) {
	base, l, _ := strings.Cut(string(f), ".")
	return base, civic.Lang(l)
}

// ByOrganisation reports whether the organisation's own representatives may state the
// value. What a state register decides (identifier, kind, form, status) they may not.
func (f Field) ByOrganisation() bool {
	switch f {
	case fieldIdentifier, fieldKind, fieldForm, fieldStatus, fieldEnded:
		return false
	}
	return true
}

// Get is the canonical text of a field: what is compared, stored in the history and
// exported. Lists are joined by "; ".
func (o *Organisation) Get(f Field) string {
	switch f {
	case fieldIdentifier:
		return o.Identifier
	case fieldKind:
		return o.Kind
	case fieldStatus:
		return o.Status
	case fieldForm:
		return o.Form
	case fieldThemes:
		return strings.Join(o.Themes, "; ")
	case fieldDistricts:
		return strings.Join(o.Districts, "; ")
	case fieldFounded:
		return string(o.Founded)
	case fieldEnded:
		return string(o.Ended)
	case fieldEmail:
		return o.Email
	case fieldPhone:
		return o.Phone
	case fieldWebsite:
		return o.Website
	case fieldLinks:
		return strings.Join(o.Links, "; ")
	}
	if t := o.text(f); t != nil {
		_, lang := f.split()
		return (*t)[lang]
	}
	return ""
}

// Set stores a canonical text, as Clean returns it, in a field.
func (o *Organisation) Set(f Field, v string) {
	switch f {
	case fieldIdentifier:
		o.Identifier = v
	case fieldKind:
		o.Kind = v
	case fieldStatus:
		o.Status = v
	case fieldForm:
		o.Form = v
	case fieldThemes:
		o.Themes = splitList(v)
	case fieldDistricts:
		o.Districts = splitList(v)
	case fieldFounded:
		o.Founded = Date(v)
	case fieldEnded:
		o.Ended = Date(v)
	case fieldEmail:
		o.Email = v
	case fieldPhone:
		o.Phone = v
	case fieldWebsite:
		o.Website = v
	case fieldLinks:
		o.Links = splitList(v)
	default:
		if t := o.text(f); t != nil {
			_, lang := f.split()
			next := civic.Text{}
			for l, s := range *t {
				next[l] = s
			}
			if next[lang] = v; v == "" {
				delete(next, lang)
			}
			*t = next
		}
	}
}

func (o *Organisation) text(f Field) *civic.Text {
	switch base, _ := f.split(); base {
	case "name":
		return &o.Name
	case "mission":
		return &o.Mission
	case "address":
		return &o.Address
	}
	return nil
}

func splitList(v string) []string {
	if v == "" {
		return nil
	}
	return strings.Split(v, "; ")
}
