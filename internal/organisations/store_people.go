package organisations

import (
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Membership is a person in a public post of an organisation (Popolo: a membership joins a
// person and a post). The name is personal data.
type Membership struct {
	ID           civic.ID
	Organisation civic.ID
	Person       string
	Post         civic.Text
	Since, Until Date
}

const selectMembership = "SELECT id, organisation, person, post, since, until FROM organisation_membership WHERE organisation "

var scanMembership = storage.Into(func(m *Membership) []any {
	return []any{&m.ID, &m.Organisation, &m.Person, &m.Post, &m.Since, &m.Until}
})

func memberships(tx *storage.Tx, of civic.ID) ([]Membership, error) {
	return storage.All(tx, scanMembership, selectMembership+"= $1 ORDER BY id LIMIT 200", of)
}

// membershipsOf are those of many organisations, each in the order of memberships.
func membershipsOf(tx *storage.Tx, ids []civic.ID) (map[civic.ID][]Membership, error) {
	in, args := storage.In(nil, ids)
	all := storage.Each(tx, scanMembership, selectMembership+"IN "+in+" ORDER BY id", args...)
	return byOrganisation(all, func(m Membership) civic.ID { return m.Organisation })
}

// PostsOf lists who holds which public post of organisations, as the register's page says it.
func PostsOf(tx *storage.Tx, ids []civic.ID) (map[civic.ID][]Membership, error) {
	return membershipsOf(tx, ids)
}

// BoardsOf lists the organisations in a public post of which somebody of one of the names stands, as the register writes them.
func BoardsOf(tx *storage.Tx, names []string) ([]civic.ID, error) {
	in, args := storage.In(nil, names)
	return storage.All(tx, storage.Scalar[civic.ID], "SELECT DISTINCT organisation FROM organisation_membership WHERE person IN "+in+" ORDER BY organisation LIMIT 200", args...)
}

// Contact is where an organisation is found, as its public page says.
type Contact struct {
	Address civic.Text
	Phone   string
}

// ContactsOf lists where organisations are found; what is not public is not there.
func ContactsOf(tx *storage.Tx, ids []civic.ID) (map[civic.ID]Contact, error) {
	in, args := storage.In(nil, ids)
	out := map[civic.ID]Contact{}
	for o, err := range storage.Each(tx, scanOrganisation, "SELECT "+columns+" FROM organisation o WHERE o.id IN "+in, args...) {
		if err != nil {
			return nil, err
		}
		if Visible(o.State, civic.Actor{}) {
			out[o.ID] = Contact{o.Address, o.Phone}
		}
	}
	return out, nil
}

func insertMembership(tx *storage.Tx, m Membership) error {
	_, err := tx.Exec("INSERT INTO organisation_membership (id, organisation, person, post, since, until) VALUES ($1, $2, $3, $4, $5, $6)",
		m.ID, m.Organisation, m.Person, m.Post, m.Since, m.Until)
	return err
}

func deleteMembership(tx *storage.Tx, of, id civic.ID) (bool, error) {
	n, err := tx.Exec("DELETE FROM organisation_membership WHERE id = $1 AND organisation = $2", id, of)
	return n == 1, err
}
