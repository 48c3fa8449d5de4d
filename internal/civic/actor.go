package civic

import (
	"slices"
	"time"
)

// Role is what an account may be trusted with. Which roles there are, what each is held for and
// who gives it, the parts of the program declare: see part.Role. Those that every part may ask
// for have no owner in their name.
type Role string

const (
	Resident       Role = "resident"       // every account with a confirmed address
	Representative Role = "representative" // speaks for one organisation
	Officer        Role = "officer"        // acts for one state body
	Moderator      Role = "moderator"      // keeps the public space, decides claims
	Administrator  Role = "administrator"  // sets the city up
)

// Assurance is how sure the city is that an account is one real resident.
type Assurance int

const (
	Unconfirmed    Assurance = iota // signed up, address not confirmed
	EmailConfirmed                  // holds the address
	Verified                        // one person, one account: desk, roll or identity provider
)

// Grant is a role that an account holds: for one thing or, when Scope is zero, for the whole
// city.
type Grant struct {
	Role  Role
	Scope Ref
	// From is the first instant of the role and Until the first one without it. Zero: it was
	// always held, it has no end.
	From, Until time.Time
}

// InForce reports whether the role is held at that instant. A role that will end one day is in
// force until then.
func (g Grant) InForce(now time.Time) bool { return !now.Before(g.From) && !g.Ended(now) }

// Ended reports whether the role was held and is no more.
func (g Grant) Ended(now time.Time) bool { return !g.Until.IsZero() && !now.Before(g.Until) }

// Covers reports whether the role is held for that very thing, or for the whole city.
func (g Grant) Covers(scope Ref) bool { return g.Scope == Ref{} || g.Scope == scope }

// InForce lists those of the grants that are in force at that instant.
func InForce(grants []Grant, now time.Time) []Grant {
	var out []Grant
	for _, g := range grants {
		if g.InForce(now) {
			out = append(out, g)
		}
	}
	return out
}

// Actor is who asks for something. The zero value is a visitor who has not signed in.
type Actor struct {
	Account   ID
	Name      string
	Lang      Lang
	Assurance Assurance
	Grants    []Grant // those in force when the actor asked
}

// SignedIn reports whether there is an account behind the actor.
func (a Actor) SignedIn() bool { return a.Account != "" }

// Has reports whether the actor holds the role, for whatever scope.
func (a Actor) Has(r Role) bool {
	if r == Resident {
		return a.Assurance >= EmailConfirmed
	}
	return slices.ContainsFunc(a.Grants, func(g Grant) bool { return g.Role == r })
}

// HasAny reports whether the actor holds at least one of the roles, for whatever scope.
func (a Actor) HasAny(roles ...Role) bool { return slices.ContainsFunc(roles, a.Has) }

// ActsFor reports whether the actor holds the role for that very thing.
func (a Actor) ActsFor(r Role, scope Ref) bool {
	return scope.ID != "" && slices.ContainsFunc(a.Grants, func(g Grant) bool { return g.Role == r && g.Scope == scope })
}

// Scopes lists the things for which the actor holds one of the roles, by role. They are all of one
// kind: a role is declared with it, and whoever asks for several names such as share it, as
// Representative and Officer share organisations. It is never nil, which elsewhere means all.
func (a Actor) Scopes(roles ...Role) []ID {
	out := []ID{}
	for _, r := range roles {
		for _, g := range a.Grants {
			if g.Role == r && g.Scope.ID != "" {
				out = append(out, g.Scope.ID)
			}
		}
	}
	return out
}

// ActsAs is the role in which the actor does what the holders of these roles may do; it names
// the role for the public, and whether the actor may is asked before. Of the roles, the most
// specific given first, it is the first that the actor holds for one of the scopes or for the
// whole city. scopes is nil for what belongs to nobody in particular: then it does not matter
// what a role is held for. Who holds none of the roles acts as a resident; "" is a visitor, or
// the program itself.
func (a Actor) ActsAs(scopes []Ref, roles ...Role) Role {
	for _, r := range roles {
		for _, g := range a.Grants {
			if g.Role == r && (scopes == nil || g.Scope == Ref{} || slices.Contains(scopes, g.Scope)) {
				return r
			}
		}
	}
	if a.Has(Resident) {
		return Resident
	}
	return ""
}

// Roles lists the roles that the actor holds, for whatever scope, in alphabetical order.
func (a Actor) Roles() []Role {
	out := []Role{}
	if a.Has(Resident) {
		out = append(out, Resident)
	}
	for _, g := range a.Grants {
		out = append(out, g.Role)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// System is the actor of the program's own work: imports from the command line, jobs.
// It has no account and passes no permission check by itself.
func System() Actor { return Actor{Name: "birge"} }
