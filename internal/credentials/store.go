package credentials

import (
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

const columns = "c.no, c.id, c.account, c.about, c.lang, c.body, c.list, c.place, c.issued_at, c.given_at, c.until, c.public, c.renewals, c.revoked_at, c.reason, c.corrected"

var scanCredential = storage.Into(func(c *Credential) []any {
	return []any{&c.no, &c.ID, storage.Optional(&c.Account), storage.Ref(&c.About), &c.Lang, &c.Body, &c.list, &c.place, storage.Instant(&c.IssuedAt), storage.Instant(&c.given), storage.Instant(&c.Until),
		&c.Public, &c.renewals, storage.Instant(&c.Revoked), storage.JSON(&c.Reason), &c.Corrected}
})

func find(tx *storage.Tx, id civic.ID) (Credential, error) {
	return storage.One(tx, scanCredential, "SELECT "+columns+" FROM credentials_credential c WHERE c.id = $1", id)
}

func byOnce(tx *storage.Tx, once string) (Credential, error) {
	return storage.One(tx, scanCredential, "SELECT "+columns+" FROM credentials_credential c WHERE c.once = $1", once)
}

func byIDs(tx *storage.Tx, ids []civic.ID) ([]Credential, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanCredential, "SELECT "+columns+" FROM credentials_credential c WHERE c.id IN "+in, args...)
}

func ofAccount(tx *storage.Tx, account civic.ID, most int) ([]Credential, error) {
	return storage.All(tx, scanCredential, "SELECT "+columns+" FROM credentials_credential c WHERE c.account = $1 ORDER BY c.no DESC LIMIT $2", account, most)
}

// inForce lists those of an account about things of a kind that were given since a time and not taken back. A corrected one was given when the first was
// in whose place it stands: nothing was added to what it says.
func inForce(tx *storage.Tx, account civic.ID, kind string, since time.Time) ([]Credential, error) {
	return storage.All(tx, scanCredential, "SELECT "+columns+" FROM credentials_credential c WHERE c.account = $1 AND c.about LIKE $2 AND c.given_at >= $3 AND c.revoked_at = 0 ORDER BY c.no LIMIT 1000", account, kind+":%", storage.Millis(since))
}

func aboutThing(tx *storage.Tx, about civic.Ref, most int) ([]Credential, error) {
	return storage.All(tx, scanCredential, "SELECT "+columns+" FROM credentials_credential c WHERE c.about = $1 ORDER BY c.no DESC LIMIT $2", about.String(), most)
}

func lastIssued(tx *storage.Tx, most int) ([]Credential, error) {
	return storage.All(tx, scanCredential, "SELECT "+columns+" FROM credentials_credential c WHERE c.body <> '' ORDER BY c.no DESC LIMIT $1", most)
}

// insert numbers the certificate too: the caller holds the lock.
func insert(tx *storage.Tx, c *Credential, once string) error {
	no, err := storage.Next(tx, "credentials_credential")
	if err != nil {
		return err
	}
	c.no = no
	_, err = tx.Exec(`INSERT INTO credentials_credential (no, id, account, once, about, lang, body, list, place, issued_at, given_at, until, public)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		c.no, c.ID, c.Account, once, c.About.String(), c.Lang, c.Body, c.list, c.place, storage.Millis(c.IssuedAt), storage.Millis(c.given), storage.Millis(c.Until), c.Public)
	return err
}

func updateRevoked(tx *storage.Tx, c Credential) error {
	_, err := tx.Exec("UPDATE credentials_credential SET revoked_at = $2, reason = $3, corrected = $4 WHERE no = $1", c.no, storage.Millis(c.Revoked), storage.AsJSON(c.Reason), c.Corrected)
	return err
}

func updatePublic(tx *storage.Tx, c Credential, public bool) error {
	_, err := tx.Exec("UPDATE credentials_credential SET public = $2 WHERE no = $1", c.no, public)
	return err
}

func updateRenewals(tx *storage.Tx, c Credential) error {
	_, err := tx.Exec("UPDATE credentials_credential SET renewals = renewals + 1 WHERE no = $1", c.no)
	return err
}

// forget erases what certificates say and whose they are. Their places in the status lists stay taken.
func forget(tx *storage.Tx, account civic.ID) error {
	_, err := tx.Exec("UPDATE credentials_credential SET account = NULL, once = NULL, body = '', reason = '{}', public = FALSE WHERE account = $1", account)
	return err
}

// lastList is the list in use and how many places of it are taken; 0 before the first.
func lastList(tx *storage.Tx) (list, taken int64, err error) {
	list, err = storage.One(tx, storage.Scalar[int64], "SELECT COALESCE(MAX(list), 0) FROM credentials_credential")
	if err != nil || list == 0 {
		return 0, 0, err
	}
	taken, err = storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM credentials_credential WHERE list = $1", list)
	return list, taken, err
}

func placeTaken(tx *storage.Tx, list, place int64) (bool, error) {
	n, err := storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM credentials_credential WHERE list = $1 AND place = $2", list, place)
	return n > 0, err
}

func revokedPlaces(tx *storage.Tx, list int64) ([]int64, error) {
	return storage.All(tx, storage.Scalar[int64], "SELECT place FROM credentials_credential WHERE list = $1 AND revoked_at > 0 ORDER BY place", list)
}

func findList(tx *storage.Tx, list int64) (string, error) {
	return storage.One(tx, storage.Scalar[string], "SELECT body FROM credentials_list WHERE no = $1", list)
}

func allLists(tx *storage.Tx) ([]string, error) {
	return storage.All(tx, storage.Scalar[string], "SELECT body FROM credentials_list ORDER BY no")
}

// saveList keeps a list as it is now signed and says under which id.
func saveList(tx *storage.Tx, list int64, body string) (civic.ID, error) {
	return storage.One(tx, storage.Scalar[civic.ID], `INSERT INTO credentials_list (no, id, body, at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (no) DO UPDATE SET body = excluded.body, at = excluded.at RETURNING id`, list, civic.NewID(tx.Now()), body, storage.Millis(tx.Now()))
}

var scanKey = storage.Into(func(k *signingKey) []any {
	return []any{&k.id, &k.seed, &k.did, storage.Instant(&k.at), &k.publicString}
})

func lastKey(tx *storage.Tx) (signingKey, error) {
	return storage.One(tx, scanKey, "SELECT id, secret, did, at, public FROM credentials_key ORDER BY no DESC LIMIT 1")
}

func allKeys(tx *storage.Tx) ([]signingKey, error) {
	return storage.All(tx, scanKey, "SELECT id, secret, did, at, public FROM credentials_key ORDER BY no")
}

// insertKey makes the secret of addresses too, with the first key.
func insertKey(tx *storage.Tx, k signingKey) error {
	if _, err := tx.Exec(`INSERT INTO credentials_key (no, id, public, secret, did, at) SELECT COALESCE(MAX(no), 0) + 1, $1, $2, $3, $4, $5 FROM credentials_key`,
		k.id, k.publicString, k.seed, k.did, storage.Millis(k.at)); err != nil {
		return err
	}
	_, err := tx.Exec("INSERT INTO credentials_secret (name, value) VALUES ('address', $1) ON CONFLICT DO NOTHING", civic.Token())
	return err
}

func findSecret(tx *storage.Tx) (string, error) {
	return storage.One(tx, storage.Scalar[string], "SELECT value FROM credentials_secret WHERE name = 'address'")
}
