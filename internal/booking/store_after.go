package booking

import (
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// cameOf counts the tickets of a party that were read at the door.
func cameOf(tx *storage.Tx, p Party) (int, error) {
	return storage.One(tx, storage.Scalar[int], `SELECT COUNT(DISTINCT s.code) FROM booking_ticket t JOIN booking_scan s ON s.offering = t.offering AND s.code = t.code AND s.result = $3
		WHERE t.offering = $1 AND t.party = $2`, p.offering, p.no, Valid)
}

// putSaid keeps what a party says; what it said before goes.
func putSaid(tx *storage.Tx, p Party, s Said) error {
	_, err := tx.Exec(`INSERT INTO booking_said (offering, party, mark, better, said_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (offering, party) DO UPDATE SET mark = excluded.mark, better = excluded.better, said_at = excluded.said_at`, p.offering, p.no, s.Mark, s.Better, storage.Millis(s.At))
	return err
}

// saidBy finds what a party has said.
func saidBy(tx *storage.Tx, p Party) (Said, bool, error) {
	return storage.Found(storage.One(tx, storage.Into(func(s *Said) []any { return []any{&s.Mark, &s.Better, storage.Instant(&s.At)} }),
		"SELECT mark, better, said_at FROM booking_said WHERE offering = $1 AND party = $2", p.offering, p.no))
}

func opinions(tx *storage.Tx, o Offering) (out Opinions, err error) {
	marks, err := storage.Map[int, int](tx, "SELECT mark, COUNT(*) FROM booking_said WHERE offering = $1 GROUP BY mark", o.no)
	if err != nil {
		return out, err
	}
	for mark, n := range marks {
		out.Marks[mark-1] = n
	}
	out.Better, err = storage.All(tx, storage.Scalar[string], "SELECT better FROM booking_said WHERE offering = $1 AND better <> '' ORDER BY better LIMIT $2", o.no, mostBetter)
	return out, err
}

// forgetWords takes the words of somebody who leaves; their marks stay, and are nobody's.
func forgetWords(tx *storage.Tx, account civic.ID) error {
	_, err := tx.Exec("UPDATE booking_said SET better = '' WHERE EXISTS (SELECT 1 FROM booking_party p WHERE p.offering = booking_said.offering AND p.no = booking_said.party AND p.account = $1)", account)
	return err
}

func updateShown(tx *storage.Tx, p Party, shown bool) error {
	_, err := tx.Exec("UPDATE booking_party SET shown = $3 WHERE offering = $1 AND no = $2", p.offering, p.no, shown)
	return err
}

// named are the names of those who have places and have agreed that others who have some see them, in the order of the alphabet.
func named(tx *storage.Tx, o Offering, most int) ([]string, error) {
	return storage.All(tx, storage.Scalar[string], "SELECT name FROM booking_party WHERE offering = $1 AND state = $2 AND shown ORDER BY name, no LIMIT $3", o.no, Confirmed, most)
}

func cameTo(tx *storage.Tx, account civic.ID, of []civic.Ref) ([]civic.Ref, error) {
	var things []string
	for _, r := range of {
		things = append(things, r.String())
	}
	in, args := storage.In([]any{account, Confirmed, Valid}, things)
	return storage.All(tx, storage.Into(func(r *civic.Ref) []any { return []any{storage.Ref(r)} }), `SELECT o.of_thing FROM booking_party p JOIN booking_offering o ON o.no = p.offering
		WHERE p.account = $1 AND p.state = $2 AND o.of_thing IN `+in+` AND EXISTS (SELECT 1 FROM booking_ticket t JOIN booking_scan s ON s.offering = t.offering AND s.code = t.code AND s.result = $3
			WHERE t.offering = p.offering AND t.party = p.no)`, args...)
}
