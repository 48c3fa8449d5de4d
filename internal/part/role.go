package part

import "github.com/birge-kz/birge/internal/civic"

// Role declares what an account may be trusted with.
type Role struct {
	Name civic.Role
	// Scope is the kind of thing that the role is held for; "" when it is held for the whole city.
	Scope string
	// GrantedBy are the roles whose holders may give and take this one; administrators always may.
	GrantedBy []civic.Role
}

func (d *Declared) addRole(p Part, r Role) (problems []string) {
	if !have(d.roles, r.Name, r) {
		problems = append(problems, "the role "+string(r.Name)+" is declared twice")
	}
	return problems
}
