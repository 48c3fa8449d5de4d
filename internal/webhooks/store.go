package webhooks

import (
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

const hookColumns = `SELECT h.no, h.id, h.organisation, h.address, h.kinds, h.state, h.secret, h.old_secret, h.old_until, h.sent, h.made_at,
	h.failing_since, h.failures, h.next_at, h.attempts FROM webhooks_hook h WHERE `

var scanHook = storage.Into(func(h *Hook) []any {
	return []any{&h.no, &h.ID, &h.Organisation, &h.Address, storage.JSON(&h.Kinds), &h.State, &h.secret, &h.oldSecret, storage.Instant(&h.OldUntil), &h.Sent, storage.Instant(&h.MadeAt),
		storage.Instant(&h.FailingSince), &h.failures, storage.Instant(&h.NextAt), &h.attempts}
})

func find(tx *storage.Tx, id civic.ID) (Hook, error) {
	return storage.One(tx, scanHook, hookColumns+"h.id = $1", id)
}

// ofOrganisations lists the webhooks of some, the first first. Each has a bounded number.
func ofOrganisations(tx *storage.Tx, ids []civic.ID) ([]Hook, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanHook, hookColumns+"h.organisation IN "+in+" ORDER BY h.organisation, h.no", args...)
}

// below lists a page of all, the latest first.
func below(tx *storage.Tx, no int64, most int) ([]Hook, error) {
	where, args := storage.Before([]any{most}, "h.no", no)
	return storage.All(tx, scanHook, hookColumns+where+" ORDER BY h.no DESC LIMIT $1", args...)
}

// due lists the webhooks behind one for which something may have to be sent: not all acts until last are dealt with.
func due(tx *storage.Tx, after, last int64, most int) ([]Hook, error) {
	return storage.All(tx, scanHook, hookColumns+"h.state = $1 AND h.no > $2 AND h.sent < $3 AND h.next_at <= $4 ORDER BY h.no LIMIT $5", On, after, last, storage.Millis(tx.Now()), most)
}

// insert numbers the webhook too: the caller holds the lock.
func insert(tx *storage.Tx, h *Hook) (err error) {
	if h.no, err = storage.Next(tx, "webhooks_hook"); err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO webhooks_hook (no, id, organisation, address, kinds, state, secret, sent, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
		h.no, h.ID, h.Organisation, h.Address, storage.AsJSON(h.Kinds), h.State, h.secret, h.Sent, storage.Millis(h.MadeAt))
	return err
}

// save keeps what somebody decided, and takes the webhook from the run that has it: what that has sent meanwhile is not noted.
func save(tx *storage.Tx, h Hook) error {
	_, err := tx.Exec(`UPDATE webhooks_hook SET state = $2, secret = $3, old_secret = $4, old_until = $5, sent = $6, failing_since = $7, failures = $8, next_at = $9, held_by = '', held_until = 0
		WHERE no = $1`, h.no, h.State, h.secret, h.oldSecret, storage.Millis(h.OldUntil), h.Sent, storage.Millis(h.FailingSince), h.failures, storage.Millis(h.NextAt))
	return err
}

func remove(tx *storage.Tx, h Hook) error {
	return tx.ExecEach([]string{"DELETE FROM webhooks_delivery WHERE hook = $1", "DELETE FROM webhooks_hook WHERE no = $1"}, h.no)
}

// take gives a webhook to a run until an instant, unless another has it or it is not to send now; it reports whether it did.
func take(tx *storage.Tx, id civic.ID, run string, until time.Time) (bool, error) {
	n, err := tx.Exec("UPDATE webhooks_hook SET held_by = $2, held_until = $3 WHERE id = $1 AND state = $4 AND next_at <= $5 AND held_until <= $5",
		id, run, storage.Millis(until), On, storage.Millis(tx.Now()))
	return n > 0, err
}

// advance keeps what became of a webhook while the run still has it, and reports whether it does.
func advance(tx *storage.Tx, h Hook, run string, until time.Time) (bool, error) {
	n, err := tx.Exec(`UPDATE webhooks_hook SET state = $3, sent = $4, failing_since = $5, failures = $6, next_at = $7, attempts = $8, held_until = $9 WHERE no = $1 AND held_by = $2`,
		h.no, run, h.State, h.Sent, storage.Millis(h.FailingSince), h.failures, storage.Millis(h.NextAt), h.attempts, storage.Millis(until))
	return n > 0, err
}

// release gives a webhook back.
func release(tx *storage.Tx, id civic.ID, run string) error {
	_, err := tx.Exec("UPDATE webhooks_hook SET held_by = '', held_until = 0 WHERE id = $1 AND held_by = $2", id, run)
	return err
}

// note keeps a delivery, of which the webhook's attempts are the number, and no more than mostKept of them.
func note(tx *storage.Tx, h Hook, d Delivery) error {
	if _, err := tx.Exec("DELETE FROM webhooks_delivery WHERE hook = $1 AND no <= $2", h.no, h.attempts-mostKept); err != nil {
		return err
	}
	_, err := tx.Exec("INSERT INTO webhooks_delivery (hook, no, number, kind, at, problem, status, millis) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
		h.no, h.attempts, d.Number, d.Kind, storage.Millis(d.At), d.Problem, d.Status, d.Millis)
	return err
}

// deliveriesOf lists the last deliveries, the latest first.
func deliveriesOf(tx *storage.Tx, h Hook) ([]Delivery, error) {
	return storage.All(tx, storage.Into(func(d *Delivery) []any {
		return []any{&d.no, &d.Number, &d.Kind, storage.Instant(&d.At), &d.Problem, &d.Status, &d.Millis}
	}), "SELECT d.no, d.number, d.kind, d.at, d.problem, d.status, d.millis FROM webhooks_delivery d WHERE d.hook = $1 ORDER BY d.no DESC LIMIT $2", h.no, mostKept)
}
