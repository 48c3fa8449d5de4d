package organisations

import (
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

const selectClaims = `SELECT c.id, c.organisation, o.name, c.account, c.why, c.contact, c.state, c.reason, c.created_at, c.decided_at
	FROM organisation_claim c JOIN organisation o ON o.id = c.organisation `

var scanClaim = storage.Into(func(c *Claim) []any {
	return []any{&c.ID, &c.Organisation, &c.Name, &c.Account, &c.Why, &c.Contact, &c.State, &c.Reason, &c.CreatedAt, &c.DecidedAt}
})

func claimByID(tx *storage.Tx, id civic.ID) (Claim, error) {
	return storage.One(tx, scanClaim, selectClaims+"WHERE c.id = $1", id)
}

// pendingClaims lists the claims that wait, the oldest first, from behind the given one.
func pendingClaims(tx *storage.Tx, after civic.ID, limit int) ([]Claim, error) {
	return storage.All(tx, scanClaim, selectClaims+"WHERE c.state = $1 AND c.id > $2 ORDER BY c.id LIMIT $3", Pending, after, limit)
}

// claimsBy lists the claims of a person, the newest first.
func claimsBy(tx *storage.Tx, account civic.ID, most int) ([]Claim, error) {
	return storage.All(tx, scanClaim, selectClaims+"WHERE c.account = $1 ORDER BY c.id DESC LIMIT $2", account, most)
}

func waitingClaims(tx *storage.Tx, account civic.ID) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM organisation_claim WHERE account = $1 AND state = $2", account, Pending)
}

func claimsWaitingFor(tx *storage.Tx, organisation civic.ID) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM organisation_claim WHERE organisation = $1 AND state = $2", organisation, Pending)
}

func insertClaim(tx *storage.Tx, organisation, account civic.ID, why, contact string) error {
	_, err := tx.Exec(`INSERT INTO organisation_claim (id, organisation, account, why, contact, state, reason, created_at, decided_at, decided_by)
		VALUES ($1, $2, $3, $4, $5, $6, '', $7, 0, '')`,
		civic.NewID(tx.Now()), organisation, account, why, contact, Pending, storage.Millis(tx.Now()))
	return err
}

// decideClaim and withdrawClaim report false when the claim does not wait any more.
func decideClaim(tx *storage.Tx, id civic.ID, state ClaimState, reason string, by civic.ID) (bool, error) {
	n, err := tx.Exec(`UPDATE organisation_claim SET state = $1, reason = $2, decided_at = $3, decided_by = $4, contact = '' WHERE id = $5 AND state = $6`,
		state, reason, storage.Millis(tx.Now()), by, id, Pending)
	return n == 1, err
}

func withdrawClaim(tx *storage.Tx, id, account civic.ID) (bool, error) {
	n, err := tx.Exec(`UPDATE organisation_claim SET state = $1, contact = '', decided_at = $2 WHERE id = $3 AND account = $4 AND state = $5`,
		Withdrawn, storage.Millis(tx.Now()), id, account, Pending)
	return n == 1, err
}

// forgetAccount deletes what hangs on an account: its claims, its uploads, and that it decided.
func forgetAccount(tx *storage.Tx, account civic.ID) error {
	return tx.ExecEach([]string{
		"DELETE FROM organisation_claim WHERE account = $1",
		"UPDATE organisation_claim SET decided_by = '' WHERE decided_by = $1",
		"DELETE FROM organisation_upload WHERE account = $1",
	}, account)
}
