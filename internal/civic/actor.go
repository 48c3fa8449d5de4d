package civic

// Role is what an account may be trusted with. Some roles are held for one organisation
// or state body only: see Grant.
type Role string

const (
	Resident       Role = "resident"       // every account with a confirmed address
	Representative Role = "representative" // speaks for one organisation
	Officer        Role = "officer"        // acts for one state body
	Moderator      Role = "moderator"      // keeps the public space, decides claims
	Administrator  Role = "administrator"  // sets the city up
)

// Roles lists every role in rising order of trust.
func Roles() []Role { return []Role{Resident, Representative, Officer, Moderator, Administrator} }

// Assurance is how sure the city is that an account is one real resident.
type Assurance int

const (
	Unconfirmed    Assurance = iota // signed up, address not confirmed
	EmailConfirmed                  // holds the address
	Verified                        // one person, one account: desk, roll or identity provider
)

// Grant gives a role, for one organisation when Scope is set.
type Grant struct {
	Role  Role
	Scope ID
}

// Actor is who asks for something. The zero value is a visitor who has not signed in.
type Actor struct {
	Account   ID
	Name      string
	Lang      Lang
	Assurance Assurance
	Grants    []Grant
}

// SignedIn reports whether there is an account behind the actor.
func (a Actor) SignedIn() bool { return a.Account != "" }

// Has reports whether the actor holds the role, for whatever scope.
func (a Actor) Has(r Role) bool {
	if r == Resident {
		return a.Assurance >= EmailConfirmed
	}
	for _, g := range a.Grants {
		if g.Role == r {
			return true
		}
	}
	return false
}

// ActsFor reports whether the actor holds the role for that very organisation.
func (a Actor) ActsFor(r Role, organisation ID) bool {
	for _, g := range a.Grants {
		if g.Role == r && g.Scope == organisation && organisation != "" {
			return true
		}
	}
	return false
}

// Scopes lists the organisations for which the actor holds the role.
func (a Actor) Scopes(r Role) []ID {
	var out []ID
	for _, g := range a.Grants {
		if g.Role == r && g.Scope != "" {
			out = append(out, g.Scope)
		}
	}
	return out
}

// System is the actor of the program's own work: imports from the command line, jobs.
// It has no account and passes no permission check by itself.
func System() Actor { return Actor{Name: "birge"} }
