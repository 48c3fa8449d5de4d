package notifications

import (
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// ---- readers ----

// reader is whoever gets notices: an account, or somebody at an address.
type reader struct {
	ID       civic.ID // the account's
	Email    string   // "" of an account
	Lang     civic.Lang
	Pace     Pace
	Token    string
	Digested string // date of the last mail that gathered several
	AskedOn  string // date on which the address was last asked to confirm something
	Asked    int    // how often on that day
}

const readerColumns = "id, email, lang, pace, token, digested, asked_on, asked"

var scanReader = storage.Into(func(r *reader) []any {
	return []any{&r.ID, &r.Email, &r.Lang, &r.Pace, &r.Token, &r.Digested, &r.AskedOn, &r.Asked}
})

func readerByID(tx *storage.Tx, id civic.ID) (reader, bool, error) {
	return storage.Found(storage.One(tx, scanReader, "SELECT "+readerColumns+" FROM notifications_reader WHERE id = $1", id))
}

func readerByToken(tx *storage.Tx, token string) (reader, bool, error) {
	return storage.Found(storage.One(tx, scanReader, "SELECT "+readerColumns+" FROM notifications_reader WHERE token = $1", token))
}

func readerByEmail(tx *storage.Tx, email string) (reader, bool, error) {
	return storage.Found(storage.One(tx, scanReader, "SELECT "+readerColumns+" FROM notifications_reader WHERE email = $1", email))
}

// ensureAccount gives an account a row if it has none.
func ensureAccount(tx *storage.Tx, account civic.ID) (reader, error) {
	if r, found, err := readerByID(tx, account); err != nil || found {
		return r, err
	}
	if err := insertReader(tx, reader{ID: account, Pace: Now, Token: civic.Token()}); err != nil {
		return reader{}, err
	}
	r, _, err := readerByID(tx, account)
	return r, err
}

// insertReader does nothing when somebody was faster.
func insertReader(tx *storage.Tx, r reader) error {
	_, err := tx.Exec("INSERT INTO notifications_reader ("+readerColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
		r.ID, r.Email, r.Lang, r.Pace, r.Token, r.Digested, r.AskedOn, r.Asked)
	return err
}

func updateReader(tx *storage.Tx, r reader) error {
	_, err := tx.Exec("UPDATE notifications_reader SET lang = $1, pace = $2, digested = $3, asked_on = $4, asked = $5 WHERE id = $6",
		r.Lang, r.Pace, r.Digested, r.AskedOn, r.Asked, r.ID)
	return err
}

func deleteReader(tx *storage.Tx, id civic.ID) error {
	for _, from := range []string{"notifications_notice WHERE reader", "notifications_follow WHERE reader", "notifications_reader WHERE id"} {
		if _, err := tx.Exec("DELETE FROM "+from+" = $1", id); err != nil {
			return err
		}
	}
	return nil
}

// withoutFollows lists addresses that follow nothing and asked for nothing.
func withoutFollows(tx *storage.Tx, limit int) ([]civic.ID, error) {
	return storage.All(tx, storage.Scalar[civic.ID], `SELECT id FROM notifications_reader WHERE email <> ''
		AND NOT EXISTS (SELECT 1 FROM notifications_follow f WHERE f.reader = notifications_reader.id) ORDER BY id LIMIT $1`, limit)
}

// ---- what they follow ----

// follow is a thing that a reader follows.
type follow struct {
	Thing     civic.Ref
	Confirmed bool
	Since     time.Time
}

var scanFollow = storage.Into(func(f *follow) []any {
	return []any{&f.Thing.Kind, &f.Thing.ID, &f.Confirmed, storage.Instant(&f.Since)}
})

// insertFollow does nothing when the reader has asked for it before; what is confirmed stays so.
func insertFollow(tx *storage.Tx, to civic.ID, thing civic.Ref, confirmed bool) error {
	_, err := tx.Exec(`INSERT INTO notifications_follow (reader, kind, thing, confirmed, since) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (reader, kind, thing) DO UPDATE SET confirmed = notifications_follow.confirmed OR excluded.confirmed`,
		to, thing.Kind, thing.ID, confirmed, storage.Millis(tx.Now()))
	return err
}

// confirmFollow reports whether the reader asked for it.
func confirmFollow(tx *storage.Tx, to civic.ID, thing civic.Ref) (bool, error) {
	n, err := tx.Exec("UPDATE notifications_follow SET confirmed = TRUE WHERE reader = $1 AND kind = $2 AND thing = $3", to, thing.Kind, thing.ID)
	return n > 0, err
}

func deleteFollow(tx *storage.Tx, to civic.ID, thing civic.Ref) error {
	_, err := tx.Exec("DELETE FROM notifications_follow WHERE reader = $1 AND kind = $2 AND thing = $3", to, thing.Kind, thing.ID)
	return err
}

// followsOf lists what a reader follows or asked for, the newest first.
func followsOf(tx *storage.Tx, to civic.ID, limit int) ([]follow, error) {
	return storage.All(tx, scanFollow, "SELECT kind, thing, confirmed, since FROM notifications_follow WHERE reader = $1 ORDER BY since DESC, kind, thing LIMIT $2", to, limit)
}

func followed(tx *storage.Tx, to civic.ID, thing civic.Ref) (bool, error) {
	_, found, err := storage.Found(storage.One(tx, storage.Scalar[int], "SELECT 1 FROM notifications_follow WHERE reader = $1 AND kind = $2 AND thing = $3 AND confirmed", to, thing.Kind, thing.ID))
	return found, err
}

// followsSince is since when the reader follows a thing.
func followsSince(tx *storage.Tx, to civic.ID, thing civic.Ref) (time.Time, bool, error) {
	at, found, err := storage.Found(storage.One(tx, storage.Scalar[int64], "SELECT since FROM notifications_follow WHERE reader = $1 AND kind = $2 AND thing = $3 AND confirmed", to, thing.Kind, thing.ID))
	return storage.Time(at), found, err
}

func countFollows(tx *storage.Tx, to civic.ID) (int, error) {
	return storage.One(tx, storage.Scalar[int], "SELECT COUNT(*) FROM notifications_follow WHERE reader = $1", to)
}

// followersOf lists those who follow a thing, after a given one.
func followersOf(tx *storage.Tx, thing civic.Ref, after civic.ID, limit int) ([]reader, error) {
	return storage.All(tx, scanReader, `SELECT r.id, r.email, r.lang, r.pace, r.token, r.digested, r.asked_on, r.asked
		FROM notifications_follow f JOIN notifications_reader r ON r.id = f.reader
		WHERE f.kind = $1 AND f.thing = $2 AND f.confirmed AND f.reader > $3 ORDER BY f.reader LIMIT $4`, thing.Kind, thing.ID, after, limit)
}

// followedOf lists the things of a kind that somebody follows, after a given one.
func followedOf(tx *storage.Tx, kind string, after civic.ID, limit int) ([]civic.ID, error) {
	return storage.All(tx, storage.Scalar[civic.ID], `SELECT DISTINCT thing FROM notifications_follow
		WHERE kind = $1 AND confirmed AND thing > $2 ORDER BY thing LIMIT $3`, kind, after, limit)
}

// ensureAddress gives an address a row if it has none.
func ensureAddress(tx *storage.Tx, r reader) (reader, error) {
	if err := insertReader(tx, r); err != nil {
		return r, err
	}
	r, _, err := readerByEmail(tx, r.Email)
	return r, err
}
