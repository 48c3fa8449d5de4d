package files

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/i18n"
)

// Credit says whose a picture is, and what others may do with it; empty where nobody is asked.
type Credit struct {
	Author  string
	Licence Licence
}

// Licence is what others may do with a picture.
type Licence string

const (
	Permitted Licence = "permitted" // only what stands here was agreed: whoever wants more asks the author
	CCBY      Licence = "cc_by"
	CCBYSA    Licence = "cc_by_sa"
	CC0       Licence = "cc0"
)

// Licences lists them, with the address of their words.
func Licences() []Licence { return []Licence{Permitted, CCBY, CCBYSA, CC0} }

// Address is where a licence is written; "" for Permitted.
func (l Licence) Address() string {
	switch l {
	case CCBY:
		return "https://creativecommons.org/licenses/by/4.0/"
	case CCBYSA:
		return "https://creativecommons.org/licenses/by-sa/4.0/"
	case CC0:
		return "https://creativecommons.org/publicdomain/zero/1.0/"
	}
	return ""
}

// Said is the credit in a line, for what is printed.
func (c Credit) Said(l *i18n.Localizer) string {
	if c.Author == "" {
		return ""
	}
	return strings.TrimSpace(l.T("files.by", "Author", c.Author) + " · " + l.T("files.licence_"+string(c.Licence)) + " " + c.Licence.Address())
}

const maxAuthor = 120

// checked says what is wrong with a credit, and drops one for which nobody asked.
func (c Credit) checked(of part.Files) (Credit, error) {
	if !of.Pictures || !of.Credited {
		return Credit{}, nil
	}
	c.Author = strings.Join(strings.Fields(civic.CleanText(c.Author)), " ")
	var p civic.Problems
	switch key := civic.Junk(c.Author, nil); {
	case c.Author == "":
		p.Add("author", "files.author_missing")
	case utf8.RuneCountInString(c.Author) > maxAuthor:
		p.Add("author", "files.author_long", "Count", maxAuthor)
	case key != "":
		p.Add("author", key)
	}
	if !slices.Contains(Licences(), c.Licence) {
		p.Add("licence", "files.licence_missing")
	}
	return c, p.Err()
}
