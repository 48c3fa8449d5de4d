package booking

import (
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Offerings.

const offeringColumns = `o.no, o.id, o.of_thing, o.seat, o.wheelchair, o.child, o.taken_seat, o.taken_wheelchair, o.taken_child, o.group_most,
	o.opens_at, o.closes_at, o.give_back_until, o.starts_at, o.ends_at, o.cancelled, o.changed_at`

var scanOffering = storage.Into(func(o *Offering) []any {
	return []any{&o.no, &o.ID, storage.Ref(&o.Of), &o.Capacity[Seat], &o.Capacity[Wheelchair], &o.Capacity[Child], &o.Taken[Seat], &o.Taken[Wheelchair], &o.Taken[Child], &o.GroupMost,
		storage.Instant(&o.OpensAt), storage.Instant(&o.ClosesAt), storage.Instant(&o.GiveBackUntil), storage.Instant(&o.StartsAt), storage.Instant(&o.EndsAt), &o.Cancelled, storage.Instant(&o.ChangedAt)}
})

func offeringOf(tx *storage.Tx, of civic.Ref) (Offering, error) {
	return storage.One(tx, scanOffering, "SELECT "+offeringColumns+" FROM booking_offering o WHERE o.of_thing = $1", of.String())
}

func offeringByNo(tx *storage.Tx, no int64) (Offering, error) {
	return storage.One(tx, scanOffering, "SELECT "+offeringColumns+" FROM booking_offering o WHERE o.no = $1", no)
}

// insertOffering numbers the offering too: the caller holds the lock of all of them.
func insertOffering(tx *storage.Tx, o *Offering) error {
	no, err := storage.Next(tx, "booking_offering")
	if err != nil {
		return err
	}
	o.no = no
	_, err = tx.Exec(`INSERT INTO booking_offering (no, id, of_thing, seat, wheelchair, child, group_most, opens_at, closes_at, give_back_until, starts_at, ends_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`, o.no, o.ID, o.Of.String(), o.Capacity[Seat], o.Capacity[Wheelchair], o.Capacity[Child], o.GroupMost,
		storage.Millis(o.OpensAt), storage.Millis(o.ClosesAt), storage.Millis(o.GiveBackUntil), storage.Millis(o.StartsAt), storage.Millis(o.EndsAt))
	return err
}

func updateOffering(tx *storage.Tx, o Offering) error {
	_, err := tx.Exec(`UPDATE booking_offering SET seat = $2, wheelchair = $3, child = $4, group_most = $5, opens_at = $6, closes_at = $7, give_back_until = $8, starts_at = $9, ends_at = $10,
		cancelled = $11 WHERE no = $1`, o.no, o.Capacity[Seat], o.Capacity[Wheelchair], o.Capacity[Child], o.GroupMost,
		storage.Millis(o.OpensAt), storage.Millis(o.ClosesAt), storage.Millis(o.GiveBackUntil), storage.Millis(o.StartsAt), storage.Millis(o.EndsAt), o.Cancelled)
	return err
}

func updateTaken(tx *storage.Tx, o Offering) error {
	_, err := tx.Exec("UPDATE booking_offering SET taken_seat = $2, taken_wheelchair = $3, taken_child = $4 WHERE no = $1", o.no, o.Taken[Seat], o.Taken[Wheelchair], o.Taken[Child])
	return err
}

// Bookings.

const partyColumns = "p.no, p.offering, p.id, p.state, p.account, p.name, p.shown, p.lets_pass, p.seat, p.wheelchair, p.child, p.holds, p.until, p.booked_at, p.changed_at, p.asked, p.answers"

var scanParty = storage.Into(func(p *Party) []any {
	return []any{&p.no, &p.offering, &p.ID, &p.State, &p.Account, &p.Name, &p.Shown, &p.LetsPass, &p.Places[Seat], &p.Places[Wheelchair], &p.Places[Child], &p.holds,
		storage.Instant(&p.Until), storage.Instant(&p.BookedAt), storage.Instant(&p.ChangedAt), &p.asked, storage.JSON(&p.answers)}
})

func partyByID(tx *storage.Tx, id civic.ID) (Party, error) {
	return storage.One(tx, scanParty, "SELECT "+partyColumns+" FROM booking_party p WHERE p.id = $1", id)
}

// partiesOf lists the bookings of an offering in some state, in their order, behind the one with a number.
func partiesOf(tx *storage.Tx, o Offering, state State, after int64, most int) ([]Party, error) {
	return storage.All(tx, scanParty, "SELECT "+partyColumns+" FROM booking_party p WHERE p.offering = $1 AND p.state = $2 AND p.no > $3 ORDER BY p.no LIMIT $4", o.no, state, after, most)
}

// overdue lists the bookings whose hold has ended, or whose address was not confirmed in time.
func overdue(tx *storage.Tx, o Offering, now time.Time) ([]Party, error) {
	return storage.All(tx, scanParty, "SELECT "+partyColumns+" FROM booking_party p WHERE p.offering = $1 AND p.state IN ($2, $3) AND p.until <= $4 ORDER BY p.no LIMIT $5",
		o.no, Asked, Offered, storage.Millis(now), mostPlaces)
}

// active finds what an account has with an offering that has not ended.
func active(tx *storage.Tx, o Offering, account civic.ID) (Party, error) {
	return storage.One(tx, scanParty, "SELECT "+partyColumns+" FROM booking_party p WHERE p.offering = $1 AND p.account = $2 AND p.state IN ($3, $4, $5, $6)", o.no, account, Asked, Waiting, Offered, Confirmed)
}

// lastBy finds what an account booked last of an offering.
func lastBy(tx *storage.Tx, o Offering, account civic.ID) (Party, error) {
	return storage.One(tx, scanParty, "SELECT "+partyColumns+" FROM booking_party p WHERE p.offering = $1 AND p.account = $2 ORDER BY p.no DESC LIMIT 1", o.no, account)
}

// partiesBy lists what an account has booked, the latest first, behind a booking in that order.
func partiesBy(tx *storage.Tx, account civic.ID, after Party, most int) ([]Party, error) {
	behind, args := "", []any{account, most}
	if after.ID != "" {
		behind, args = " AND (p.booked_at, p.id) < ($3, $4)", append(args, storage.Millis(after.BookedAt), after.ID)
	}
	return storage.All(tx, scanParty, "SELECT "+partyColumns+" FROM booking_party p WHERE p.account = $1"+behind+" ORDER BY p.booked_at DESC, p.id DESC LIMIT $2", args...)
}

func countIn(tx *storage.Tx, o Offering, state State) (int, error) {
	return storage.One(tx, storage.Scalar[int], "SELECT COUNT(*) FROM booking_party WHERE offering = $1 AND state = $2", o.no, state)
}

// insertParty numbers the booking too: the caller holds the lock of its offering.
func insertParty(tx *storage.Tx, p *Party) error {
	last, err := storage.One(tx, storage.Scalar[int64], "SELECT COALESCE(MAX(no), 0) FROM booking_party WHERE offering = $1", p.offering)
	if err != nil {
		return err
	}
	p.no = last + 1
	_, err = tx.Exec(`INSERT INTO booking_party (no, offering, id, state, account, name, shown, lets_pass, seat, wheelchair, child, holds, until, booked_at, changed_at, asked, answers)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`, p.no, p.offering, p.ID, p.State, p.Account, p.Name, p.Shown, p.LetsPass,
		p.Places[Seat], p.Places[Wheelchair], p.Places[Child], p.holds, storage.Millis(p.Until), storage.Millis(p.BookedAt), storage.Millis(p.ChangedAt),
		p.asked, p.kept())
	return err
}

func updateParty(tx *storage.Tx, p Party) error {
	_, err := tx.Exec("UPDATE booking_party SET state = $3, holds = $4, until = $5, changed_at = $6, answers = $7 WHERE offering = $1 AND no = $2",
		p.offering, p.no, p.State, p.holds, storage.Millis(p.Until), storage.Millis(p.ChangedAt), p.kept())
	return err
}

func forgetParties(tx *storage.Tx, account civic.ID) error {
	_, err := tx.Exec("UPDATE booking_party SET account = '', name = '', shown = FALSE, answers = '{}' WHERE account = $1", account)
	return err
}

// ahead is how many wait before a party, and for how many places.
type ahead struct{ parties, places int }

func aheadOf(tx *storage.Tx, p Party) (ahead, error) {
	return storage.One(tx, storage.Into(func(a *ahead) []any { return []any{&a.parties, &a.places} }),
		"SELECT COUNT(*), COALESCE(SUM(seat + wheelchair + child), 0) FROM booking_party WHERE offering = $1 AND state = $2 AND no < $3", p.offering, Waiting, p.no)
}

// markChanged notes that those who have places are told of a change.
func markChanged(tx *storage.Tx, o Offering) error {
	_, err := tx.Exec("UPDATE booking_offering SET changed_at = $2 WHERE no = $1", o.no, storage.Millis(tx.Now()))
	return err
}

// coming are the parties of an offering that have places, wait or are offered some, in their order.
func coming(tx *storage.Tx, o Offering, after int64, most int) ([]Party, error) {
	return storage.All(tx, scanParty, "SELECT "+partyColumns+" FROM booking_party p WHERE p.offering = $1 AND p.state IN ($2, $3, $4) AND p.no > $5 ORDER BY p.no LIMIT $6", o.no, Confirmed, Offered, Waiting, after, most)
}

// answeredBefore are offerings behind a number that were over at a time, and of which answers are kept.
func answeredBefore(tx *storage.Tx, at time.Time, after int64, most int) ([]int64, error) {
	return storage.All(tx, storage.Scalar[int64], `SELECT DISTINCT p.offering FROM booking_party p JOIN booking_offering o ON o.no = p.offering
		WHERE p.answers <> '{}' AND o.ends_at <= $1 AND p.offering > $2 ORDER BY p.offering LIMIT $3`, storage.Millis(at), after, most)
}

func forgetAnswers(tx *storage.Tx, offering int64) error {
	_, err := tx.Exec("UPDATE booking_party SET answers = '{}' WHERE offering = $1 AND answers <> '{}'", offering)
	return err
}
