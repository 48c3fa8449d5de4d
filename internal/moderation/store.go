package moderation

import (
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

type row struct {
	Claim
	thing string
}

func scanClaim(r storage.Row) (Claim, error) {
	c, err := storage.Into(func(r *row) []any { return []any{&r.thing, &r.Account, storage.Instant(&r.Until)} })(r)
	c.Thing, _ = civic.ParseRef(c.thing)
	return c.Claim, err
}

// claimsNow are those that are still in force, by their things.
func claimsNow(tx *storage.Tx, now time.Time) (map[civic.Ref]Claim, error) {
	all, err := storage.All(tx, scanClaim, "SELECT thing, account, until FROM moderation_claim WHERE until > $1", storage.Millis(now))
	out := map[civic.Ref]Claim{}
	for _, c := range all {
		out[c.Thing] = c
	}
	return out, err
}

// claimOn is who has one thing now.
func claimOn(tx *storage.Tx, thing civic.Ref, now time.Time) (Claim, bool, error) {
	return storage.Found(storage.One(tx, scanClaim, "SELECT thing, account, until FROM moderation_claim WHERE thing = $1 AND until > $2", thing.String(), storage.Millis(now)))
}

func insertClaim(tx *storage.Tx, c Claim) error {
	_, err := tx.Exec("INSERT INTO moderation_claim (thing, account, until) VALUES ($1, $2, $3) ON CONFLICT (thing) DO UPDATE SET account = $2, until = $3",
		c.Thing.String(), c.Account, storage.Millis(c.Until))
	return err
}

func dropClaim(tx *storage.Tx, thing civic.Ref) error {
	_, err := tx.Exec("DELETE FROM moderation_claim WHERE thing = $1", thing.String())
	return err
}

func dropClaimsOf(tx *storage.Tx, account civic.ID) error {
	_, err := tx.Exec("DELETE FROM moderation_claim WHERE account = $1", account)
	return err
}

func dropPast(tx *storage.Tx, now time.Time) error {
	_, err := tx.Exec("DELETE FROM moderation_claim WHERE until <= $1", storage.Millis(now))
	return err
}

// claimsOf are an account's that are still in force then.
func claimsOf(tx *storage.Tx, account civic.ID, then time.Time) ([]Claim, error) {
	return storage.All(tx, scanClaim, "SELECT thing, account, until FROM moderation_claim WHERE account = $1 AND until > $2 ORDER BY until, thing", account, storage.Millis(then))
}
