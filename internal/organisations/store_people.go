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

func insertMembership(tx *storage.Tx, m Membership) error {
	_, err := tx.Exec("INSERT INTO organisation_membership (id, organisation, person, post, since, until) VALUES ($1, $2, $3, $4, $5, $6)",
		m.ID, m.Organisation, m.Person, m.Post, m.Since, m.Until)
	return err
}

func deleteMembership(tx *storage.Tx, of, id civic.ID) (bool, error) {
	n, err := tx.Exec("DELETE FROM organisation_membership WHERE id = $1 AND organisation = $2", id, of)
	return n == 1, err
}
