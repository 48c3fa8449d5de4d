package booking

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// issue makes the tickets of a party that has its places.
func issue(tx *storage.Tx, p Party) error {
	for kind, n := range p.Places {
		for made := 0; made < n; {
			added, err := tx.Exec("INSERT INTO booking_ticket (offering, code, party, kind, revoked_at) VALUES ($1, $2, $3, $4, 0) ON CONFLICT DO NOTHING", p.offering, newCode(), p.no, kind)
			if err != nil {
				return err
			}
			made += int(added)
		}
	}
	return nil
}

func revokeTickets(tx *storage.Tx, p Party, at time.Time) error {
	_, err := tx.Exec("UPDATE booking_ticket SET revoked_at = $3 WHERE offering = $1 AND party = $2 AND revoked_at = 0", p.offering, p.no, storage.Millis(at))
	return err
}

// held is a ticket with the name of whose it is.
type held struct {
	Code    Code
	Kind    int
	Name    string
	Revoked time.Time
	Entered time.Time // zero: not yet

	party int64
}

var scanHeld = storage.Into(func(h *held) []any {
	return []any{&h.Code, &h.Kind, &h.party, &h.Name, storage.Instant(&h.Revoked), storage.Instant(&h.Entered)}
})

const heldColumns = `t.code, t.kind, t.party, p.name, t.revoked_at,
	(SELECT COALESCE(MIN(s.at), 0) FROM booking_scan s WHERE s.offering = t.offering AND s.code = t.code AND s.result = 'valid')`

const heldTables = " FROM booking_ticket t JOIN booking_party p ON p.offering = t.offering AND p.no = t.party"

// ticketsOf lists the tickets of an offering by the names of those whose they are, behind a place in that order.
func ticketsOf(tx *storage.Tx, o Offering, most int) ([]held, error) {
	return storage.All(tx, scanHeld, "SELECT "+heldColumns+heldTables+" WHERE t.offering = $1 ORDER BY p.name, t.party, t.code LIMIT $2", o.no, most)
}

func ticketsOfParty(tx *storage.Tx, p Party) ([]held, error) {
	return storage.All(tx, scanHeld, "SELECT "+heldColumns+heldTables+" WHERE t.offering = $1 AND t.party = $2 ORDER BY t.kind, t.code LIMIT $3", p.offering, p.no, kinds*mostGroup)
}

func findTicket(tx *storage.Tx, o Offering, code Code) (admission, error) {
	revoked, there, err := storage.Found(storage.One(tx, storage.Scalar[int64], "SELECT revoked_at FROM booking_ticket WHERE offering = $1 AND code = $2", o.no, code))
	return admission{there, storage.Time(revoked)}, err
}

// insertScan keeps what a device read; false when it has told so before.
func insertScan(tx *storage.Tx, o Offering, s Scan, code Code, r Result) (bool, error) {
	n, err := tx.Exec("INSERT INTO booking_scan (offering, device, nonce, code, said, result, at, received_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
		o.no, s.Device, s.Nonce, code, s.Said, r, storage.Millis(s.At), storage.Millis(tx.Now()))
	return n > 0, err
}

var scanEntry = storage.Into(func(e *entry) []any { return []any{&e.device, &e.nonce, &e.code, storage.Instant(&e.at)} })

// entries are the scans of some tickets that would let in by themselves.
func entries(tx *storage.Tx, o Offering, codes []Code) ([]entry, error) {
	in, args := storage.In([]any{o.no, Valid}, codes)
	return storage.All(tx, scanEntry, "SELECT device, nonce, code, at FROM booking_scan WHERE offering = $1 AND result = $2 AND code IN "+in, args...)
}

// twice is a reading of a ticket that has several.
type twice struct {
	entry
	whose string
}

// readTwice are the readings of tickets that would let in by themselves and were read more than once, the earliest of each first.
func readTwice(tx *storage.Tx, o Offering, most int) ([]twice, error) {
	return storage.All(tx, storage.Into(func(e *twice) []any { return []any{&e.device, &e.nonce, &e.code, storage.Instant(&e.at), &e.whose} }),
		`SELECT s.device, s.nonce, s.code, s.at, p.name FROM booking_scan s JOIN booking_ticket t ON t.offering = s.offering AND t.code = s.code JOIN booking_party p ON p.offering = t.offering AND p.no = t.party
		WHERE s.offering = $1 AND s.result = $2 AND s.code IN (SELECT code FROM booking_scan WHERE offering = $1 AND result = $2 GROUP BY code HAVING COUNT(*) > 1)
		ORDER BY s.code, s.at, s.device, s.nonce LIMIT $3`, o.no, Valid, most)
}

// scanned finds what was said of a scan before.
func scanned(tx *storage.Tx, o Offering, s Scan) (code Code, r Result, found bool, err error) {
	type row struct {
		code Code
		r    Result
	}
	v, found, err := storage.Found(storage.One(tx, storage.Into(func(v *row) []any { return []any{&v.code, &v.r} }), "SELECT code, result FROM booking_scan WHERE offering = $1 AND device = $2 AND nonce = $3", o.no, s.Device, s.Nonce))
	return v.code, v.r, found, err
}

// seenAt are the first readings of tickets of accounts at each door in a time.
func seenAt(tx *storage.Tx, accounts []civic.ID, from, to time.Time) ([]Seen, error) {
	in, args := storage.In([]any{Confirmed, Valid, storage.Millis(from), storage.Millis(to), mostSeen}, accounts)
	return storage.All(tx, storage.Into(func(v *Seen) []any { return []any{&v.Account, storage.Ref(&v.Thing), storage.Instant(&v.At)} }), `SELECT p.account, o.of_thing, MIN(s.at) FROM booking_party p
		JOIN booking_offering o ON o.no = p.offering JOIN booking_ticket t ON t.offering = p.offering AND t.party = p.no JOIN booking_scan s ON s.offering = t.offering AND s.code = t.code AND s.result = $2
		WHERE p.state = $1 AND s.at >= $3 AND s.at < $4 AND p.account IN `+in+` GROUP BY p.account, o.of_thing ORDER BY MIN(s.at), p.account, o.of_thing LIMIT $5`, args...)
}

func countScans(tx *storage.Tx, o Offering, device string) (int, error) {
	return storage.One(tx, storage.Scalar[int], "SELECT COUNT(*) FROM booking_scan WHERE offering = $1 AND device = $2", o.no, device)
}

// Counts are how many came, and how many tickets were read more than once.
type Counts struct{ Tickets, Entered, Doubles int }

func countsOf(tx *storage.Tx, o Offering) (c Counts, err error) {
	if c.Tickets, err = storage.One(tx, storage.Scalar[int], "SELECT COUNT(*) FROM booking_ticket WHERE offering = $1 AND revoked_at = 0", o.no); err != nil {
		return c, err
	}
	both := storage.Into(func(c *Counts) []any { return []any{&c.Entered, &c.Doubles} })
	n, err := storage.One(tx, both, "SELECT COUNT(DISTINCT code), COUNT(*) - COUNT(DISTINCT code) FROM booking_scan WHERE offering = $1 AND result = $2", o.no, Valid)
	c.Entered, c.Doubles = n.Entered, n.Doubles
	return c, err
}

// makeKey makes the city's first key, once.
func makeKey(tx *storage.Tx) error {
	seed := make([]byte, ed25519.SeedSize)
	_, _ = rand.Read(seed) // never fails: crypto/rand
	_, err := tx.Exec("INSERT INTO booking_key (no, seed, made_at) VALUES (1, $1, $2) ON CONFLICT DO NOTHING", hex.EncodeToString(seed), storage.Millis(tx.Now()))
	return err
}

// publicKeys are the keys by which tickets are checked.
func publicKeys(tx *storage.Tx) (map[uint16]ed25519.PublicKey, error) {
	seeds, err := storage.Map[uint16, string](tx, "SELECT no, seed FROM booking_key")
	out := map[uint16]ed25519.PublicKey{}
	for no, s := range seeds {
		if seed, bad := hex.DecodeString(s); bad == nil && len(seed) == ed25519.SeedSize {
			out[no] = ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)
		}
	}
	return out, err
}

// activeBy lists what an account has that has not ended.
func activeBy(tx *storage.Tx, account civic.ID, most int) ([]Party, error) {
	return storage.All(tx, scanParty, "SELECT "+partyColumns+" FROM booking_party p JOIN booking_offering o ON o.no = p.offering WHERE p.account = $1 AND p.state IN ($2, $3, $4, $5) ORDER BY o.of_thing LIMIT $6", account, Asked, Waiting, Offered, Confirmed, most)
}

// signingKey is the newest key, in hex.
func signingKey(tx *storage.Tx) (no uint16, seed string, err error) {
	type key struct {
		no   uint16
		seed string
	}
	k, err := storage.One(tx, storage.Into(func(k *key) []any { return []any{&k.no, &k.seed} }), "SELECT no, seed FROM booking_key ORDER BY no DESC LIMIT 1")
	return k.no, k.seed, err
}
