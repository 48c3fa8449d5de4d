package matching

import (
	"strconv"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

const fromPools = "SELECT no, id, sponsor, state, title, about, rule, money, cap_gift, cap_donor, cap_project, bound, district, theme, opens_at, ends_at, closed_at, left_over FROM matching_pool WHERE "

var scanPool = storage.Into(func(p *Pool) []any {
	return []any{&p.no, &p.ID, &p.Sponsor, &p.State, &p.Title, &p.About, &p.Rule, &p.Money, &p.CapGift, &p.CapDonor, &p.CapProject, &p.Bound, &p.District, &p.Theme, storage.Instant(&p.Opens), storage.Instant(&p.Ends),
		storage.Instant(&p.ClosedAt), &p.Left}
})

func find(tx *storage.Tx, id civic.ID) (Pool, error) {
	return storage.One(tx, scanPool, fromPools+"id = $1", id)
}

func byIDs(tx *storage.Tx, ids []civic.ID) ([]Pool, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanPool, fromPools+"id IN "+in, args...)
}

// latest lists the pools of a district, or of all when it is empty, the latest first.
func latest(tx *storage.Tx, district string, below int64, most int) ([]Pool, error) {
	where, args := storage.Before([]any{most}, "no", below)
	if district != "" {
		args = append(args, district)
		where += " AND district = $" + strconv.Itoa(len(args))
	}
	return storage.All(tx, scanPool, fromPools+where+" ORDER BY no DESC LIMIT $1", args...)
}

// over lists the pools that run though their time is over.
func over(tx *storage.Tx, now time.Time, most int) ([]Pool, error) {
	return storage.All(tx, scanPool, fromPools+"state = $1 AND ends_at <= $2 ORDER BY ends_at, no LIMIT $3", Running, storage.Millis(now), most)
}

func insertPool(tx *storage.Tx, p *Pool) (err error) {
	if p.no, err = storage.Next(tx, "matching_pool"); err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO matching_pool (no, id, sponsor, state, title, about, rule, money, cap_gift, cap_donor, cap_project, bound, district, theme, opens_at, ends_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`, p.no, p.ID, p.Sponsor, p.State, p.Title, p.About, p.Rule, p.Money, p.CapGift, p.CapDonor, p.CapProject, p.Bound,
		p.District, p.Theme, storage.Millis(p.Opens), storage.Millis(p.Ends))
	return err
}

func closePool(tx *storage.Tx, p Pool) error {
	_, err := tx.Exec("UPDATE matching_pool SET state = $2, closed_at = $3, left_over = $4 WHERE no = $1", p.no, p.State, storage.Millis(p.ClosedAt), int64(p.Left))
	return err
}

const fromShares = "SELECT no, id, pool, kind, project, given, donors, earned FROM matching_share WHERE "

var scanShare = storage.Into(func(s *Share) []any {
	return []any{&s.no, &s.ID, &s.Pool, &s.kind, &s.Project, &s.Given, &s.Donors, &s.Earned}
})

func findShare(tx *storage.Tx, id civic.ID) (Share, error) {
	return storage.One(tx, scanShare, fromShares+"id = $1", id)
}

func sharesOf(tx *storage.Tx, pool civic.ID) ([]Share, error) {
	return storage.All(tx, scanShare, fromShares+"pool = $1 ORDER BY no LIMIT $2", pool, mostJoined)
}

// earnedBy lists what some projects have earned in pools that are closed.
func earnedBy(tx *storage.Tx, projects []civic.ID) ([]Share, error) {
	in, args := storage.In(nil, projects)
	return storage.All(tx, scanShare, fromShares+"earned > 0 AND project IN "+in+" ORDER BY no LIMIT 100", args...)
}

func insertShare(tx *storage.Tx, s *Share) (err error) {
	if s.no, err = storage.Next(tx, "matching_share"); err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO matching_share (no, id, pool, kind, project) VALUES ($1, $2, $3, $4, $5)", s.no, s.ID, s.Pool, s.kind, s.Project)
	return err
}

func updateShare(tx *storage.Tx, s Share) error {
	_, err := tx.Exec("UPDATE matching_share SET given = $2, donors = $3, earned = $4 WHERE no = $1", s.no, s.Given, s.Donors, int64(s.Earned))
	return err
}

var scanCounted = storage.Into(func(c *Counted) []any {
	return []any{&c.Project, &c.Donor, &c.Given, &c.Amount}
})

// countedIn is the list of a pool that is closed.
func countedIn(tx *storage.Tx, pool civic.ID) ([]Counted, error) {
	return storage.All(tx, scanCounted, "SELECT project, donor, given, amount FROM matching_counted WHERE pool = $1 ORDER BY n", pool)
}

func insertCounted(tx *storage.Tx, pool civic.ID, list []Counted) error {
	for i, c := range list {
		if _, err := tx.Exec("INSERT INTO matching_counted (pool, n, project, donor, given, amount) VALUES ($1, $2, $3, $4, $5, $6)", pool, i+1, c.Project, c.Donor, c.Given, c.Amount); err != nil {
			return err
		}
	}
	return nil
}
