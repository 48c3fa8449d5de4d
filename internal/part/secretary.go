package part

import (
	"slices"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/web"
)

// A body that meets, is formed, or both is a thing of some part, and the part's role "secretary", held for the thing, does its
// work. Whoever serves bodies of any part asks here.

// Secretary is the role of those who do the work of a body: councils.secretary of councils.council.
func Secretary(body civic.Ref) civic.Role { return civic.Role(Owner(body.Kind) + ".secretary") }

// MayWork reports whether the actor does the work of the body. Administrators may.
func MayWork(a civic.Actor, body civic.Ref) bool {
	return a.Has(civic.Administrator) || a.ActsFor(Secretary(body), body)
}

// WorksAs is the role in which somebody who MayWork does so.
func WorksAs(a civic.Actor, body civic.Ref) civic.Role {
	return a.ActsAs([]civic.Ref{body}, Secretary(body), civic.Administrator)
}

// IsSecretary reports whether the actor does the work of some body, whichever it is.
func IsSecretary(a civic.Actor) bool {
	return a.Has(civic.Administrator) || slices.ContainsFunc(a.Grants, func(g civic.Grant) bool { return g.Scope.ID != "" && g.Role == Secretary(g.Scope) })
}

// Member is the role of the account of somebody who sits in a body, held for the seat: councils.member of councils.seat.
func Member(seat civic.Ref) civic.Role { return civic.Role(Owner(seat.Kind) + ".member") }

// IsMember reports whether the actor sits in some body, whichever it is.
func IsMember(a civic.Actor) bool {
	return slices.ContainsFunc(a.Grants, func(g civic.Grant) bool { return g.Scope.ID != "" && g.Role == Member(g.Scope) })
}

// Members are those who sit in some body, and administrators.
func Members() web.Access {
	return web.Access{Name: "members", Allow: func(a civic.Actor) bool { return a.Has(civic.Administrator) || IsMember(a) }}
}

// Secretaries are those who do the work of some body, and administrators.
func Secretaries() web.Access { return web.Access{Name: "secretaries", Allow: IsSecretary} }
