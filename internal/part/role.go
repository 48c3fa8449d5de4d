package part

import (
	"fmt"
	"slices"
	"strings"

	"github.com/birge-kz/birge/internal/civic"
)

// Role declares what an account may be trusted with. Its name for readers is the text
// "<part>.role_<name>"; "<part>.role_<name>_for" is one sentence on what it is for.
type Role struct {
	// Name begins with the part's own word: "councils.secretary". Only the roles that every part
	// may ask for, which civic names, have no owner in their name.
	Name civic.Role
	// Scope is the kind of the one thing that the role is held for; "" when it is held for the
	// whole city.
	Scope string
	// GivenBy are the roles whose holders may give and take this one, as far as they hold theirs
	// for the same thing or for the whole city. Administrators always may.
	GivenBy []civic.Role
	// Inborn says that the role comes with the account: nobody gives it.
	Inborn bool
}

// MayGive reports whether the actor may give the role for that thing (zero: for the whole
// city), and take it.
func (r Role) MayGive(a civic.Actor, scope civic.Ref) bool {
	return a.Has(civic.Administrator) || slices.ContainsFunc(a.Grants, func(g civic.Grant) bool {
		return slices.Contains(r.GivenBy, g.Role) && g.Covers(scope)
	})
}

// Fits reports whether the role can be held for that thing (zero: for the whole city).
func (r Role) Fits(scope civic.Ref) bool {
	return scope.Kind == r.Scope && (scope.ID == "") == (r.Scope == "")
}

// Roles is the table of roles: what all parts declare, in the order in which they do. It is
// the one place that knows which roles there are.
type Roles struct{ all []Role }

// commonTo is the part that declares the roles without an owner in their name.
const commonTo = "identity"

// common reports whether a role has no owner in its name.
func common(name civic.Role) bool { return name != "" && !strings.Contains(string(name), ".") }

// Add puts what a part declares into the table, and says what is wrong with it.
func (t *Roles) Add(part string, roles ...Role) (problems []string) {
	for _, r := range roles {
		if _, twice := t.Get(r.Name); twice {
			problems = append(problems, fmt.Sprintf("the role %q is declared twice", r.Name))
			continue
		}
		if part != commonTo || !common(r.Name) {
			problems = append(problems, Part{Name: part}.owns("role", string(r.Name))...)
		}
		t.all = append(t.all, r)
	}
	return problems
}

// Check says what is wrong with the whole table: roles without a text, held for a kind of which
// nothing can be chosen, or given by holders of a role that nobody declared.
func (t Roles) Check(text, choosable func(string) bool) (problems []string) {
	for _, r := range t.all {
		for _, key := range []string{t.NameKey(r.Name), t.PurposeKey(r.Name)} {
			if !text(key) {
				problems = append(problems, fmt.Sprintf("the text %s of the role %q is missing", key, r.Name))
			}
		}
		if r.Scope != "" && !choosable(r.Scope) {
			problems = append(problems, fmt.Sprintf("the role %q is held for a thing of the kind %q, which is not declared with Choices", r.Name, r.Scope))
		}
		for _, by := range r.GivenBy {
			if _, known := t.Get(by); !known {
				problems = append(problems, fmt.Sprintf("the role %q is given by holders of %q, which nobody declares", r.Name, by))
			}
		}
	}
	return problems
}

// Get finds a role.
func (t Roles) Get(name civic.Role) (Role, bool) {
	i := slices.IndexFunc(t.all, func(r Role) bool { return r.Name == name })
	if i < 0 {
		return Role{}, false
	}
	return t.all[i], true
}

// All lists the roles.
func (t Roles) All() []Role { return slices.Clone(t.all) }

// Given lists the roles that somebody gives.
func (t Roles) Given() []Role {
	return slices.DeleteFunc(t.All(), func(r Role) bool { return r.Inborn })
}

// NameKey is the key of a role's name: "councils.role_secretary". It is "" for a role that
// nobody declares, such as one of a part that the program no longer has.
func (t Roles) NameKey(name civic.Role) string {
	if _, known := t.Get(name); !known {
		return ""
	}
	if common(name) {
		name = commonTo + "." + name
	}
	return key("role", string(name))
}

// PurposeKey is the key of the sentence on what a role is for.
func (t Roles) PurposeKey(name civic.Role) string {
	if key := t.NameKey(name); key != "" {
		return key + "_for"
	}
	return ""
}
