// Package organisations is the city's register of organisations: NGOs, state bodies,
// sponsors, media and initiative groups. It knows for every value where it came from, keeps
// what it was before, and never makes a body that is gone look alive.
//
// organisation.go and fields.go say what an entry is; claim.go and filing.go what a
// representative's claim and the yearly filing are; import.go what a table of entries is.
package organisations

import (
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
)

// State says who may see an entry.
type State string

const (
	Draft  State = "draft"  // not yet published
	Public State = "public" // for everybody
	Hidden State = "hidden" // taken down by a moderator
	United State = "united" // it was the double of another entry, which stands for both
)

// Organisation is one entry of the register.
type Organisation struct {
	ID         civic.ID
	Seq        int64  // position in order of registration, for the indexes
	Identifier string // "KZ-BIN-950440001673" (org-id.guide) or, without a BIN, "birge:" + ID
	State      State

	Kind, Status, Form     string // codes
	Themes, Districts      []string
	Point                  string // where the office is, as places.Point writes it
	Name, Mission, Address civic.Text
	Founded, Ended         Date
	Email, Phone, Website  string
	Links                  []string // pages elsewhere: social networks, a map
	Provenance             map[Field]Provenance
	Created, Changed       time.Time
}

const binPrefix, ownPrefix = "KZ-BIN-", "birge:"

// BIN is the business identification number, or "" for those that have none.
func (o *Organisation) BIN() string {
	if bin, ok := strings.CutPrefix(o.Identifier, binPrefix); ok {
		return bin
	}
	return ""
}

// Visible is the one rule of who sees an entry. Every exit asks it: the page, lists, search,
// feeds, exports, links from elsewhere. (The indexes behind lists hold only what passes it for
// everybody.)
func Visible(s State, actor civic.Actor) bool {
	return s == Public || s != United && Moderates(actor)
}

// Moderates reports whether the actor keeps the register: decides claims, verifies, imports.
func Moderates(a civic.Actor) bool { return a.HasAny(civic.Moderator, civic.Administrator) }

// actsAs is the role in which the actor changes that entry.
func actsAs(a civic.Actor, id civic.ID) civic.Role {
	return a.ActsAs([]civic.Ref{RefOf(id)}, civic.Representative, civic.Officer, civic.Moderator, civic.Administrator)
}

// MayEdit reports whether the actor may change the field of that organisation.
func MayEdit(a civic.Actor, o *Organisation, f Field) bool {
	return Moderates(a) || Speaks(a, o) && f.ByOrganisation()
}

// Speaks reports whether the actor speaks for the organisation: its representative, or an
// officer of that state body.
func Speaks(a civic.Actor, o *Organisation) bool {
	return a.ActsFor(civic.Representative, RefOf(o.ID)) || o.Kind == StateBody && a.ActsFor(civic.Officer, RefOf(o.ID))
}

// Check says what keeps an entry from being published: a name, and codes that belong
// together.
func (o *Organisation) Check() error {
	var p civic.Problems
	if o.Name.Empty() {
		p.Add("name.kk", "organisations.name_needed")
	}
	if o.Kind == "" {
		p.Add(string(fieldKind), "organisations.kind_needed")
	}
	if o.Kind == Initiative && o.BIN() != "" {
		p.Add(string(fieldIdentifier), "organisations.initiative_bin")
	}
	if o.Ended != "" && o.Status == Active {
		p.Add(string(fieldStatus), "organisations.ended_active")
	}
	if o.Ended != "" && o.Founded != "" && o.Ended < o.Founded[:min(len(o.Founded), len(o.Ended))] {
		p.Add(string(fieldEnded), "organisations.ended_before_founded")
	}
	return p.Err()
}
