package identity

import (
	"fmt"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

const accountColumns = "id, email, name, lang, password, confirmed_at, verified_at, verified_by, created_at, erased_at"

var accountRow = storage.Into(func(a *Account) []any {
	return []any{&a.ID, storage.Optional(&a.Email), &a.Name, &a.Lang, &a.password, storage.Instant(&a.ConfirmedAt), storage.Instant(&a.VerifiedAt), &a.VerifiedBy,
		storage.Instant(&a.CreatedAt), storage.Instant(&a.ErasedAt)}
})

func scanAccount(r storage.Row) (Account, error) {
	a, err := accountRow(r)
	a.HasPassword = a.password != ""
	return a, err
}

// accountByID finds a living account.
func accountByID(tx *storage.Tx, id civic.ID) (Account, bool, error) {
	return storage.Found(storage.One(tx, scanAccount, "SELECT "+accountColumns+" FROM identity_account WHERE id = $1 AND erased_at = 0", id))
}

func accountByEmail(tx *storage.Tx, email string) (Account, bool, error) {
	return storage.Found(storage.One(tx, scanAccount, "SELECT "+accountColumns+" FROM identity_account WHERE email = $1", email))
}

// insertAccount reports false when the address has an account already.
func insertAccount(tx *storage.Tx, a Account) (bool, error) {
	n, err := tx.Exec(`INSERT INTO identity_account (`+accountColumns+`) VALUES ($1, $2, $3, $4, $5, $6, 0, '', $7, 0) ON CONFLICT (email) DO NOTHING`,
		a.ID, a.Email, a.Name, a.Lang, a.password, storage.Millis(a.ConfirmedAt), storage.Millis(a.CreatedAt))
	return n == 1, err
}

func updateProfile(tx *storage.Tx, id civic.ID, name string, lang civic.Lang) error {
	_, err := tx.Exec("UPDATE identity_account SET name = $1, lang = $2 WHERE id = $3", name, lang, id)
	return err
}

func updatePassword(tx *storage.Tx, id civic.ID, phc string) error {
	_, err := tx.Exec("UPDATE identity_account SET password = $1 WHERE id = $2", phc, id)
	return err
}

// replaceHash stores a new hash of the same password, unless the password was changed since.
func replaceHash(tx *storage.Tx, id civic.ID, old, phc string) error {
	_, err := tx.Exec("UPDATE identity_account SET password = $1 WHERE id = $2 AND password = $3", phc, id, old)
	return err
}

// updateEmail gives an account an address whose holder answered a mail. It reports false when the
// address belongs to another account.
func updateEmail(tx *storage.Tx, id civic.ID, email string) (bool, error) {
	n, err := tx.Exec(`UPDATE identity_account SET email = $1, confirmed_at = $3 WHERE id = $2
		AND NOT EXISTS (SELECT 1 FROM identity_account WHERE email = $1 AND id <> $2)`, email, id, storage.Millis(tx.Now()))
	return n == 1, err
}

// eraseAccount leaves the bare row and removes all else that names the person.
func eraseAccount(tx *storage.Tx, id civic.ID) error {
	now := storage.Millis(tx.Now())
	if _, err := tx.Exec("DELETE FROM identity_invitation WHERE email = (SELECT email FROM identity_account WHERE id = $1)", id); err != nil {
		return err
	}
	if err := tx.ExecEach([]string{
		"UPDATE identity_account SET email = NULL, name = '', password = '', confirmed_at = 0, verified_by = '', verified_at = 0, erased_at = $2 WHERE id = $1",
		"UPDATE identity_person SET released_at = $2, district = '', born = '' WHERE account = $1",
	}, id, now); err != nil {
		return err
	}
	for _, table := range []string{"identity_session", "identity_token", "identity_passkey", "identity_grant"} {
		if _, err := tx.Exec("DELETE FROM "+table+" WHERE account = $1", id); err != nil {
			return err
		}
	}
	return nil
}

// listAccounts pages through living accounts, the newest first: those older than before, or with "" all.
func listAccounts(tx *storage.Tx, before civic.ID, limit int) ([]Account, error) {
	older, args := storage.Before([]any{limit}, "id", before)
	return storage.All(tx, scanAccount, "SELECT "+accountColumns+" FROM identity_account WHERE "+older+" AND erased_at = 0 ORDER BY id DESC LIMIT $1", args...)
}

func namesOf(tx *storage.Tx, ids []civic.ID) (map[civic.ID]string, error) {
	in, args := storage.In(nil, ids)
	return storage.Map[civic.ID, string](tx, "SELECT id, name FROM identity_account WHERE erased_at = 0 AND id IN "+in, args...)
}

// Sessions.

type storedSession struct {
	Session
	account Account
	freshAt time.Time
	grants  []civic.Grant
}

// sessionGrant is a session with one of the roles of its account, or with none.
type sessionGrant struct {
	storedSession
	grant civic.Grant
}

var scanSessionGrant = storage.Into(func(s *sessionGrant) []any {
	return []any{&s.ID, &s.Device, storage.Instant(&s.CreatedAt), storage.Instant(&s.SeenAt), storage.Instant(&s.freshAt), storage.Instant(&s.ExpiresAt),
		&s.account.ID, &s.account.Name, &s.account.Lang, storage.Instant(&s.account.ConfirmedAt), storage.Instant(&s.account.VerifiedAt),
		storage.Optional(&s.grant.Role), storage.Optional(&s.grant.Scope.Kind), storage.Optional(&s.grant.Scope.ID),
		storage.Instant(&s.grant.From), storage.Instant(&s.grant.Until)}
})

// sessionByHash finds a living session with its account and the roles that it holds or will
// hold: one query.
func sessionByHash(tx *storage.Tx, hash []byte) (found storedSession, ok bool, err error) {
	rows, err := storage.All(tx, scanSessionGrant, `SELECT s.id, s.device, s.created_at, s.seen_at, s.fresh_at, s.expires_at, a.id, a.name, a.lang, a.confirmed_at, a.verified_at,
		g.role, g.scope_kind, g.scope_id, COALESCE(g.from_at, 0), COALESCE(g.until_at, 0)
		FROM identity_session s JOIN identity_account a ON a.id = s.account
		LEFT JOIN identity_grant g ON g.account = a.id AND (g.until_at = 0 OR g.until_at > $2)
		WHERE s.hash = $1 AND s.expires_at > $2 AND a.erased_at = 0 LIMIT 500`, hash, storage.Millis(tx.Now()))
	if err != nil || len(rows) == 0 {
		return found, false, err
	}
	found = rows[0].storedSession
	for _, r := range rows {
		if r.grant.Role != "" {
			found.grants = append(found.grants, r.grant)
		}
	}
	return found, true, nil
}

func insertSession(tx *storage.Tx, hash []byte, account civic.ID, s Session) error {
	_, err := tx.Exec(`INSERT INTO identity_session (hash, id, account, device, created_at, seen_at, fresh_at, expires_at) VALUES ($1, $2, $3, $4, $5, $5, $5, $6)`,
		hash, s.ID, account, s.Device, storage.Millis(s.CreatedAt), storage.Millis(s.ExpiresAt))
	return err
}

// trimSessions ends the oldest sessions of an account past a number of them.
func trimSessions(tx *storage.Tx, account civic.ID, keep int) error {
	_, err := tx.Exec(`DELETE FROM identity_session WHERE account = $1 AND id NOT IN
		(SELECT id FROM identity_session WHERE account = $1 ORDER BY seen_at DESC, id DESC LIMIT $2)`, account, keep)
	return err
}

func seeSession(tx *storage.Tx, id civic.ID, expires time.Time) error {
	_, err := tx.Exec("UPDATE identity_session SET seen_at = $1, expires_at = $2 WHERE id = $3", storage.Millis(tx.Now()), storage.Millis(expires), id)
	return err
}

func freshenSession(tx *storage.Tx, id civic.ID) error {
	_, err := tx.Exec("UPDATE identity_session SET fresh_at = $1 WHERE id = $2", storage.Millis(tx.Now()), id)
	return err
}

func sessionsOf(tx *storage.Tx, account civic.ID) ([]Session, error) {
	return storage.All(tx, storage.Into(func(s *Session) []any {
		return []any{&s.ID, &s.Device, storage.Instant(&s.CreatedAt), storage.Instant(&s.SeenAt), storage.Instant(&s.ExpiresAt)}
	}), `SELECT id, device, created_at, seen_at, expires_at FROM identity_session WHERE account = $1 AND expires_at > $2
		ORDER BY seen_at DESC, id DESC LIMIT 100`, account, storage.Millis(tx.Now()))
}

func deleteSessionByHash(tx *storage.Tx, hash []byte) (int64, error) {
	return tx.Exec("DELETE FROM identity_session WHERE hash = $1", hash)
}

func deleteSession(tx *storage.Tx, account, id civic.ID) (int64, error) {
	return tx.Exec("DELETE FROM identity_session WHERE account = $1 AND id = $2", account, id)
}

// deleteSessions ends all sessions of an account but one; "" ends all.
func deleteSessions(tx *storage.Tx, account, but civic.ID) error {
	_, err := tx.Exec("DELETE FROM identity_session WHERE account = $1 AND id <> $2", account, but)
	return err
}

// Tokens.

type storedToken struct {
	account civic.ID
	data    string
}

var scanToken = storage.Into(func(t *storedToken) []any { return []any{&t.account, &t.data} })

func insertToken(tx *storage.Tx, hash []byte, what purpose, account civic.ID, data string, expires time.Time) error {
	_, err := tx.Exec("INSERT INTO identity_token (hash, purpose, account, data, expires_at) VALUES ($1, $2, $3, $4, $5)",
		hash, string(what), account, data, storage.Millis(expires))
	return err
}

func selectToken(tx *storage.Tx, hash []byte) (storedToken, bool, error) {
	return storage.Found(storage.One(tx, scanToken, "SELECT account, data FROM identity_token WHERE hash = $1 AND expires_at > $2", hash, storage.Millis(tx.Now())))
}

func deleteToken(tx *storage.Tx, hash []byte) (storedToken, bool, error) {
	return storage.Found(storage.One(tx, scanToken, "DELETE FROM identity_token WHERE hash = $1 AND expires_at > $2 RETURNING account, data", hash, storage.Millis(tx.Now())))
}

func deleteTokens(tx *storage.Tx, account civic.ID, what purpose) error {
	_, err := tx.Exec("DELETE FROM identity_token WHERE account = $1 AND purpose = $2", account, string(what))
	return err
}

// sweep removes what expired.
func sweep(tx *storage.Tx, released time.Time) error {
	now := storage.Millis(tx.Now())
	if _, err := tx.Exec("DELETE FROM identity_token WHERE expires_at <= $1", now); err != nil {
		return err
	}
	if _, err := tx.Exec("DELETE FROM identity_session WHERE expires_at <= $1", now); err != nil {
		return err
	}
	if _, err := tx.Exec("DELETE FROM identity_venue WHERE until_at <= $1", now); err != nil {
		return err
	}
	if _, err := tx.Exec("DELETE FROM identity_invitation WHERE expires_at <= $1", now); err != nil {
		return err
	}
	_, err := tx.Exec("DELETE FROM identity_person WHERE released_at > 0 AND released_at <= $1", storage.Millis(released))
	return err
}

// Passkeys.

type storedPasskey struct {
	Passkey
	account civic.ID
	data    string
}

var scanPasskey = storage.Into(func(p *storedPasskey) []any {
	return []any{&p.ID, &p.account, &p.Name, &p.data, storage.Instant(&p.CreatedAt), storage.Instant(&p.UsedAt)}
})

func passkeysOf(tx *storage.Tx, account civic.ID) ([]storedPasskey, error) {
	return storage.All(tx, scanPasskey, "SELECT id, account, name, data, created_at, used_at FROM identity_passkey WHERE account = $1 ORDER BY created_at, id LIMIT 100", account)
}

// insertPasskey reports false when the key is known already.
func insertPasskey(tx *storage.Tx, account civic.ID, id []byte, name, data string) (bool, error) {
	n, err := tx.Exec("INSERT INTO identity_passkey (id, account, name, data, created_at, used_at) VALUES ($1, $2, $3, $4, $5, 0) ON CONFLICT (id) DO NOTHING",
		id, account, name, data, storage.Millis(tx.Now()))
	return n == 1, err
}

func usePasskey(tx *storage.Tx, id []byte, data string) (int64, error) {
	return tx.Exec("UPDATE identity_passkey SET data = $1, used_at = $2 WHERE id = $3", data, storage.Millis(tx.Now()), id)
}

func deletePasskey(tx *storage.Tx, account civic.ID, id []byte) (int64, error) {
	return tx.Exec("DELETE FROM identity_passkey WHERE account = $1 AND id = $2", account, id)
}

// Roles.

// putGrant gives a role, or another term to one that was given. It reports false when nothing
// changed.
func putGrant(tx *storage.Tx, account civic.ID, g civic.Grant, by civic.ID) (bool, error) {
	n, err := tx.Exec(`INSERT INTO identity_grant (account, role, scope_kind, scope_id, from_at, until_at, granted_by, granted_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (account, role, scope_kind, scope_id) DO UPDATE SET from_at = excluded.from_at, until_at = excluded.until_at,
			granted_by = excluded.granted_by, granted_at = excluded.granted_at
		WHERE identity_grant.from_at <> excluded.from_at OR identity_grant.until_at <> excluded.until_at`,
		account, string(g.Role), g.Scope.Kind, g.Scope.ID, storage.Millis(g.From), storage.Millis(g.Until), by, storage.Millis(tx.Now()))
	return n == 1, err
}

func deleteGrant(tx *storage.Tx, account civic.ID, g civic.Grant) (bool, error) {
	n, err := tx.Exec("DELETE FROM identity_grant WHERE account = $1 AND role = $2 AND scope_kind = $3 AND scope_id = $4",
		account, string(g.Role), g.Scope.Kind, g.Scope.ID)
	return n == 1, err
}

func grantsOf(tx *storage.Tx, account civic.ID) ([]Granted, error) {
	return storage.All(tx, storage.Into(func(g *Granted) []any {
		return []any{&g.Role, &g.Scope.Kind, &g.Scope.ID, storage.Instant(&g.From), storage.Instant(&g.Until), &g.By, storage.Instant(&g.At)}
	}), `SELECT role, scope_kind, scope_id, from_at, until_at, granted_by, granted_at FROM identity_grant WHERE account = $1
		ORDER BY granted_at, role, scope_kind, scope_id LIMIT 500`, account)
}

// held is a role with the account that holds it.
type held struct {
	civic.Grant
	account civic.ID
}

// grantsFor lists who holds which role for a thing.
func grantsFor(tx *storage.Tx, scope civic.Ref) ([]held, error) {
	return storage.All(tx, storage.Into(func(h *held) []any {
		return []any{&h.account, &h.Role, &h.Scope.Kind, &h.Scope.ID, storage.Instant(&h.From), storage.Instant(&h.Until)}
	}), `SELECT account, role, scope_kind, scope_id, from_at, until_at FROM identity_grant WHERE scope_kind = $1 AND scope_id = $2
		ORDER BY account, role LIMIT 1000`, scope.Kind, scope.ID)
}

func hasGrant(tx *storage.Tx, account civic.ID, g civic.Grant) (bool, error) {
	n, err := storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM identity_grant WHERE account = $1 AND role = $2 AND scope_kind = $3 AND scope_id = $4",
		account, string(g.Role), g.Scope.Kind, g.Scope.ID)
	return n > 0, err
}

func holdersOf(tx *storage.Tx, role civic.Role, scope civic.Ref) ([]civic.ID, error) {
	return storage.All(tx, storage.Scalar[civic.ID], `SELECT account FROM identity_grant WHERE role = $1 AND scope_kind = $2 AND scope_id = $3
		AND from_at <= $4 AND (until_at = 0 OR until_at > $4) ORDER BY account LIMIT 1000`, string(role), scope.Kind, scope.ID, storage.Millis(tx.Now()))
}

// lastingHolders lists the accounts that hold a role now, for the whole city and without end.
func lastingHolders(tx *storage.Tx, role civic.Role) ([]civic.ID, error) {
	return storage.All(tx, storage.Scalar[civic.ID], `SELECT account FROM identity_grant WHERE role = $1 AND scope_kind = '' AND scope_id = ''
		AND from_at <= $2 AND until_at = 0 ORDER BY account LIMIT 1000`, string(role), storage.Millis(tx.Now()))
}

// Invitations.

const invitationColumns = "id, email, lang, role, scope_kind, scope_id, from_at, until_at, invited_by, invited_at, expires_at"

var scanInvitation = storage.Into(func(i *Invitation) []any {
	return []any{&i.ID, &i.Email, &i.Lang, &i.Role, &i.Scope.Kind, &i.Scope.ID, storage.Instant(&i.From), storage.Instant(&i.Until), &i.By,
		storage.Instant(&i.At), storage.Instant(&i.Expires)}
})

// insertInvitation puts an offer in the place of one that has expired. It returns the offer of that
// role to that address that is waiting already, with false.
func insertInvitation(tx *storage.Tx, i Invitation, hash []byte) (Invitation, bool, error) {
	if _, err := tx.Exec("DELETE FROM identity_invitation WHERE email = $1 AND expires_at <= $2", i.Email, storage.Millis(tx.Now())); err != nil {
		return i, false, err
	}
	n, err := tx.Exec("INSERT INTO identity_invitation (hash, "+invitationColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING",
		hash, i.ID, i.Email, i.Lang, string(i.Role), i.Scope.Kind, i.Scope.ID, storage.Millis(i.From), storage.Millis(i.Until), i.By, storage.Millis(i.At), storage.Millis(i.Expires))
	if err != nil || n == 1 {
		return i, n == 1, err
	}
	waiting, err := storage.One(tx, scanInvitation, "SELECT "+invitationColumns+" FROM identity_invitation WHERE email = $1 AND role = $2 AND scope_kind = $3 AND scope_id = $4",
		i.Email, string(i.Role), i.Scope.Kind, i.Scope.ID)
	return waiting, false, err
}

// selectInvitation finds a waiting offer by its link.
func selectInvitation(tx *storage.Tx, hash []byte) (Invitation, bool, error) {
	return storage.Found(storage.One(tx, scanInvitation, "SELECT "+invitationColumns+" FROM identity_invitation WHERE hash = $1 AND expires_at > $2", hash, storage.Millis(tx.Now())))
}

// deleteInvitation reports false when the offer is gone: of many who take it at once, one does.
func deleteInvitation(tx *storage.Tx, id civic.ID) (Invitation, bool, error) {
	return storage.Found(storage.One(tx, scanInvitation, "DELETE FROM identity_invitation WHERE id = $1 RETURNING "+invitationColumns, id))
}

// listInvitations pages through waiting offers, the newest first: those older than before, or with "" all.
func listInvitations(tx *storage.Tx, before civic.ID, limit int) ([]Invitation, error) {
	older, args := storage.Before([]any{limit, storage.Millis(tx.Now())}, "id", before)
	return storage.All(tx, scanInvitation, "SELECT "+invitationColumns+" FROM identity_invitation WHERE "+older+" AND expires_at > $2 ORDER BY id DESC LIMIT $1", args...)
}

// invitationsTo lists the waiting offers to an address.
func invitationsTo(tx *storage.Tx, email string) ([]Invitation, error) {
	return storage.All(tx, scanInvitation, "SELECT "+invitationColumns+" FROM identity_invitation WHERE email = $1 AND expires_at > $2 ORDER BY id LIMIT 100", email, storage.Millis(tx.Now()))
}

// Verification.

// bindPerson ties a mark to an account. It reports false when the mark is tied to another
// account (unless that one was erased before released), or the account to another mark.
func bindPerson(tx *storage.Tx, mark []byte, account civic.ID, released time.Time) (bool, error) {
	if _, err := tx.Exec("DELETE FROM identity_person WHERE mark = $1 AND released_at > 0 AND released_at <= $2", mark, storage.Millis(released)); err != nil {
		return false, err
	}
	if _, err := tx.Exec("INSERT INTO identity_person (mark, account, released_at) VALUES ($1, $2, 0) ON CONFLICT DO NOTHING", mark, account); err != nil {
		return false, err
	}
	n, err := storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM identity_person WHERE mark = $1 AND account = $2 AND released_at = 0", mark, account)
	return n == 1, err
}

// markOf is the mark of the person to whom an account is tied.
func markOf(tx *storage.Tx, account civic.ID) ([]byte, bool, error) {
	return storage.Found(storage.One(tx, storage.Scalar[[]byte], "SELECT mark FROM identity_person WHERE account = $1 AND released_at = 0", account))
}

// accountOf is the account to which a person is tied.
func accountOf(tx *storage.Tx, mark []byte) (civic.ID, bool, error) {
	return storage.Found(storage.One(tx, storage.Scalar[civic.ID], "SELECT account FROM identity_person WHERE mark = $1 AND released_at = 0", mark))
}

// residentOf is what is known of the person to whom an account is tied: the district that a desk wrote down, else that of the newest roll that says one.
func residentOf(tx *storage.Tx, account civic.ID) (Resident, bool, error) {
	return storage.Found(storage.One(tx, storage.Into(func(r *Resident) []any { return []any{&r.District, &r.Born} }), `SELECT CASE WHEN p.district <> '' THEN p.district ELSE
		COALESCE((SELECT r.district FROM identity_roll r JOIN identity_edition e ON e.id = r.edition WHERE r.mark = p.mark AND r.district <> '' ORDER BY r.edition DESC LIMIT 1), '') END, p.born
		FROM identity_person p WHERE p.account = $1 AND p.released_at = 0`, account))
}

// saveResident keeps what is known of a person; what is not said stays as it is.
func saveResident(tx *storage.Tx, account civic.ID, r Resident) error {
	_, err := tx.Exec("UPDATE identity_person SET district = CASE WHEN $2 <> '' THEN $2 ELSE district END, born = CASE WHEN $3 <> '' THEN $3 ELSE born END WHERE account = $1", account, r.District, r.Born)
	return err
}

func markVerified(tx *storage.Tx, account civic.ID, by Method) error {
	_, err := tx.Exec("UPDATE identity_account SET verified_at = $1, verified_by = $2 WHERE id = $3", storage.Millis(tx.Now()), string(by), account)
	return err
}

func onRoll(tx *storage.Tx, mark []byte) (bool, error) {
	n, err := storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM identity_roll r JOIN identity_edition e ON e.id = r.edition WHERE r.mark = $1", mark)
	return n > 0, err
}

func anyRoll(tx *storage.Tx) (bool, error) {
	n, err := storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM (SELECT 1 FROM identity_edition LIMIT 1) first")
	return n == 1, err
}

// insertRoll adds people to an edition and returns how many were not in it yet.
func insertRoll(tx *storage.Tx, edition civic.ID, people []listed) (int64, error) {
	var b strings.Builder
	args := []any{edition}
	for i, p := range people {
		if i > 0 {
			b.WriteString(", ")
		}
		args = append(args, p.mark[:], p.district)
		fmt.Fprintf(&b, "($%d, $1, $%d)", len(args)-1, len(args))
	}
	return tx.Exec("INSERT INTO identity_roll (mark, edition, district) VALUES "+b.String()+" ON CONFLICT DO NOTHING", args...)
}

// countKnown counts the marks of an edition that the roll holds already.
func countKnown(tx *storage.Tx, edition civic.ID) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], `SELECT COUNT(*) FROM identity_roll n WHERE n.edition = $1 AND EXISTS
		(SELECT 1 FROM identity_roll r JOIN identity_edition e ON e.id = r.edition WHERE r.mark = n.mark)`, edition)
}

func dropEditions(tx *storage.Tx) error {
	_, err := tx.Exec("DELETE FROM identity_edition")
	return err
}

func insertEdition(tx *storage.Tx, edition civic.ID) error {
	_, err := tx.Exec("INSERT INTO identity_edition (id) VALUES ($1)", edition)
	return err
}

// sweepRoll removes some marks of editions that do not count: those that a later one replaced,
// and those of imports that broke off before the given one.
func sweepRoll(tx *storage.Tx, before civic.ID, limit int) (int64, error) {
	return tx.Exec(`DELETE FROM identity_roll WHERE (mark, edition) IN (SELECT mark, edition FROM identity_roll
		WHERE edition < $1 AND edition NOT IN (SELECT id FROM identity_edition) LIMIT $2)`, before, limit)
}

// Secrets.

func secretOf(tx *storage.Tx, name string) ([]byte, bool, error) {
	return storage.Found(storage.One(tx, storage.Scalar[[]byte], "SELECT secret FROM identity_secret WHERE name = $1", name))
}

func insertSecret(tx *storage.Tx, name string, secret []byte) error {
	_, err := tx.Exec("INSERT INTO identity_secret (name, secret) VALUES ($1, $2) ON CONFLICT DO NOTHING", name, secret)
	return err
}

// Venues.

var scanVenue = storage.Into(func(v *Venue) []any {
	return []any{&v.ID, &v.Network, &v.Name, &v.People, &v.By, storage.Instant(&v.Until)}
})

func allVenues(tx *storage.Tx) ([]Venue, error) {
	return storage.All(tx, scanVenue, "SELECT id, network, name, people, opened_by, until_at FROM identity_venue ORDER BY until_at, id LIMIT 1000")
}

func insertVenue(tx *storage.Tx, v Venue) error {
	_, err := tx.Exec("INSERT INTO identity_venue (id, network, name, people, opened_by, until_at) VALUES ($1, $2, $3, $4, $5, $6)",
		v.ID, v.Network, v.Name, v.People, v.By, storage.Millis(v.Until))
	return err
}

func deleteVenuesAt(tx *storage.Tx, network string) error {
	_, err := tx.Exec("DELETE FROM identity_venue WHERE network = $1", network)
	return err
}

func deleteVenue(tx *storage.Tx, id civic.ID) (Venue, bool, error) {
	return storage.Found(storage.One(tx, scanVenue, "DELETE FROM identity_venue WHERE id = $1 RETURNING id, network, name, people, opened_by, until_at", id))
}
