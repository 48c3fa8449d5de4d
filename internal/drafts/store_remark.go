package drafts

import (
	"errors"
	"maps"
	"slices"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

const remarkColumns = `SELECT r.no, r.id, r.draft, d.id, d.body, r.serial, r.place, r.sort, r.lang, r.quote, r.words, r.wording, r.organisation, r.account, r.state, r.rule, r.reason, r.said_at, r.decided_at, r.decided_by, r.support,
	r.outcome, r.because, r.lands FROM drafts_remark r JOIN drafts_draft d ON d.no = r.draft`

var scanRemark = storage.Into(func(r *Remark) []any {
	return []any{&r.no, &r.ID, &r.draft, &r.Draft, &r.body, &r.Serial, &r.Place, &r.Sort, &r.Lang, &r.Quote, &r.Words, &r.Wording, &r.Organisation, &r.account, &r.State, &r.Rule, &r.Reason, storage.Instant(&r.SaidAt),
		storage.Instant(&r.DecidedAt), &r.decidedBy, &r.Support, &r.Verdict.Outcome, &r.Verdict.Reason, &r.Verdict.Lands}
})

func findRemark(tx *storage.Tx, id civic.ID) (Remark, error) {
	return storage.One(tx, scanRemark, remarkColumns+" WHERE r.id = $1", id)
}

func remarksByIDs(tx *storage.Tx, ids []civic.ID) ([]Remark, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanRemark, remarkColumns+" WHERE r.id IN "+in, args...)
}

// insertRemark numbers the remark too: the caller holds the locks of all numbers and of the draft.
func insertRemark(tx *storage.Tx, r *Remark) error {
	no, err := storage.Next(tx, "drafts_remark")
	if err != nil {
		return err
	}
	last, err := storage.One(tx, storage.Scalar[int], "SELECT COALESCE(MAX(serial), 0) FROM drafts_remark WHERE draft = $1", r.draft)
	if err != nil {
		return err
	}
	r.no, r.Serial = no, last+1
	_, err = tx.Exec(`INSERT INTO drafts_remark (no, id, draft, serial, place, sort, lang, quote, words, wording, organisation, account, state, said_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		r.no, r.ID, r.draft, r.Serial, r.Place, r.Sort, r.Lang, r.Quote, r.Words, r.Wording, r.Organisation, r.account, r.State, storage.Millis(r.SaidAt))
	return errors.Join(err, countRemarks(tx, r.draft, r.Place))
}

// updateRemark keeps the state of a remark and what was decided, and counts its paragraph anew. The caller holds the draft's lock.
func updateRemark(tx *storage.Tx, r Remark) error {
	_, err := tx.Exec(`UPDATE drafts_remark SET state = $2, rule = $3, reason = $4, decided_at = $5, decided_by = $6, quote = $7, words = $8, wording = $9, outcome = $10, because = $11, lands = $12 WHERE no = $1`,
		r.no, r.State, r.Rule, r.Reason, storage.Millis(r.DecidedAt), r.decidedBy, r.Quote, r.Words, r.Wording, r.Verdict.Outcome, r.Verdict.Reason, r.Verdict.Lands)
	return errors.Join(err, countRemarks(tx, r.draft, r.Place))
}

// remarksOn lists what is said about a paragraph, what most support first, behind a place.
func remarksOn(tx *storage.Tx, d Draft, place int, after storage.Place, most int) ([]Remark, error) {
	behind, args := after.Behind([]any{most, d.no, place}, "r.support", "r.no", true)
	return storage.All(tx, scanRemark, remarkColumns+" WHERE r.draft = $2 AND r.place = $3 AND "+behind+" ORDER BY r.support DESC, r.no DESC LIMIT $1", args...)
}

// remarksOf lists all remarks of a draft in the order in which they were said, behind one; those alone about which the body has said nothing with
// open.
func remarksOf(tx *storage.Tx, d Draft, after int64, open bool, most int) ([]Remark, error) {
	where := ""
	if open {
		where = " AND r.outcome = '' AND r.state = 'shown'"
	}
	return storage.All(tx, scanRemark, remarkColumns+" WHERE r.draft = $2 AND r.no > $3"+where+" ORDER BY r.no LIMIT $1", most, d.no, after)
}

func countOpen(tx *storage.Tx, d Draft) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM drafts_remark WHERE draft = $1 AND outcome = '' AND state = 'shown'", d.no)
}

// countBy counts the shown remarks of a draft by what became of them; "" is those about which nothing is said yet.
func countBy(tx *storage.Tx, d Draft) (map[Outcome]int64, error) {
	return storage.Map[Outcome, int64](tx, "SELECT outcome, COUNT(*) FROM drafts_remark WHERE draft = $1 AND state = 'shown' GROUP BY outcome", d.no)
}

// reopened is a draft whose report is out, with how many remarks came back since without a verdict.
type reopened struct {
	Draft
	open int64
}

// broughtBack lists those of bodies.
func broughtBack(tx *storage.Tx, bodies []civic.ID, most int) (out []reopened, err error) {
	in, args := storage.In([]any{most, Reported, Adopted}, bodies)
	open, err := storage.Map[civic.ID, int64](tx, `SELECT d.id, COUNT(*) FROM drafts_draft d JOIN drafts_remark r ON r.draft = d.no
		WHERE d.state IN ($2, $3) AND r.outcome = '' AND r.state = 'shown' AND d.body IN `+in+" GROUP BY d.id, d.no ORDER BY d.no DESC LIMIT $1", args...)
	if err != nil || len(open) == 0 {
		return nil, err
	}
	all, err := byIDs(tx, slices.Sorted(maps.Keys(open)))
	for _, d := range all {
		out = append(out, reopened{d, open[d.ID]})
	}
	return out, err
}

// verdicts lists the remarks of a draft of which the body has said what became of them.
func verdicts(tx *storage.Tx, d Draft) ([]Remark, error) {
	return storage.All(tx, scanRemark, remarkColumns+" WHERE r.draft = $1 AND r.outcome <> '' ORDER BY r.serial", d.no)
}

// landing lists the remarks that stand in a paragraph of the next version, shown or not, in its order.
func landing(tx *storage.Tx, d Draft) ([]Remark, error) {
	return storage.All(tx, scanRemark, remarkColumns+" WHERE r.draft = $1 AND r.lands > 0 ORDER BY r.lands, r.no", d.no)
}

func writtenBy(tx *storage.Tx, account civic.ID, most int) ([]Remark, error) {
	return storage.All(tx, scanRemark, remarkColumns+" WHERE r.account = $1 ORDER BY r.no DESC LIMIT $2", account, most)
}

// saidSince counts what an account said since an instant.
func saidSince(tx *storage.Tx, account civic.ID, since int64) (int, error) {
	return storage.One(tx, storage.Scalar[int], "SELECT COUNT(*) FROM drafts_remark WHERE account = $1 AND said_at > $2", account, since)
}

// authors lists the accounts that took part in a draft, by remarks or support, behind one, in their order.
func authors(tx *storage.Tx, d Draft, after civic.ID, most int) ([]civic.ID, error) {
	return storage.All(tx, storage.Scalar[civic.ID], `SELECT account FROM (SELECT r.account FROM drafts_remark r WHERE r.draft = $1 AND r.state = 'shown'
		UNION SELECT s.account FROM drafts_support s JOIN drafts_remark r ON r.no = s.remark WHERE r.draft = $1) AS who WHERE account > $2 ORDER BY account LIMIT $3`, d.no, after, most)
}

func tookPart(tx *storage.Tx, d Draft, account civic.ID) (bool, error) {
	n, err := storage.One(tx, storage.Scalar[int64], `SELECT (SELECT COUNT(*) FROM drafts_remark r WHERE r.draft = $1 AND r.account = $2 AND r.state = 'shown')
		+ (SELECT COUNT(*) FROM drafts_support s JOIN drafts_remark r ON r.no = s.remark WHERE r.draft = $1 AND s.account = $2)`, d.no, account)
	return n > 0, err
}

// queue lists the remarks that no moderator has looked at, but the actor's own and those on texts of their body, behind a place, what has waited longest
// first.
func queue(tx *storage.Tx, actor civic.Actor, after storage.Place, most int) ([]Remark, error) {
	behind, args := after.Behind([]any{most, actor.Account}, "r.said_at", "r.no", false)
	others := ""
	if bodies := actor.Scopes(civic.Officer); len(bodies) > 0 {
		var in string
		in, args = storage.In(args, bodies)
		others = " AND d.body NOT IN " + in
	}
	return storage.All(tx, scanRemark, remarkColumns+" WHERE r.decided_at = 0 AND r.state = 'shown' AND r.account <> $2 AND "+behind+others+" ORDER BY r.said_at, r.no LIMIT $1", args...)
}

// setSupport notes or drops the support of an account, and counts it anew. The caller holds the remark's lock.
func setSupport(tx *storage.Tx, r Remark, account civic.ID, on bool) error {
	query, args := "DELETE FROM drafts_support WHERE remark = $1 AND account = $2", []any{r.no, account}
	if on {
		query, args = "INSERT INTO drafts_support (remark, account, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", append(args, storage.Millis(tx.Now()))
	}
	_, err := tx.Exec(query, args...)
	return errors.Join(err, recount(tx, r.no))
}

func recount(tx *storage.Tx, remark int64) error {
	_, err := tx.Exec("UPDATE drafts_remark SET support = (SELECT COUNT(*) FROM drafts_support s WHERE s.remark = $1) WHERE no = $1", remark)
	return err
}

// supported is which of the remarks the account supports.
func supported(tx *storage.Tx, account civic.ID, all []Remark) (map[int64]bool, error) {
	out := map[int64]bool{}
	if account == "" || len(all) == 0 {
		return out, nil
	}
	nos := []int64{}
	for _, r := range all {
		nos = append(nos, r.no)
	}
	in, args := storage.In([]any{account}, nos)
	found, err := storage.All(tx, storage.Scalar[int64], "SELECT remark FROM drafts_support WHERE account = $1 AND remark IN "+in, args...)
	for _, no := range found {
		out[no] = true
	}
	return out, err
}

// supportOf lists the remarks that an account supports, the latest first.
func supportOf(tx *storage.Tx, account civic.ID) ([]Remark, error) {
	return storage.All(tx, scanRemark, remarkColumns+" JOIN drafts_support s ON s.remark = r.no WHERE s.account = $1 ORDER BY r.no DESC", account)
}

// supporters are the accounts that support a remark, behind one, in their order.
func supporters(tx *storage.Tx, r Remark, after civic.ID, most int) ([]civic.ID, error) {
	return storage.All(tx, storage.Scalar[civic.ID], "SELECT account FROM drafts_support WHERE remark = $1 AND account > $2 ORDER BY account LIMIT $3", r.no, after, most)
}

// forget cuts an account off: what it said stays, nobody's; its support goes.
func forget(tx *storage.Tx, account civic.ID) error {
	all, err := supportOf(tx, account)
	if err != nil {
		return err
	}
	if err := tx.ExecEach([]string{"DELETE FROM drafts_support WHERE account = $1", "UPDATE drafts_remark SET account = '' WHERE account = $1", "UPDATE drafts_remark SET decided_by = '' WHERE decided_by = $1"}, account); err != nil {
		return err
	}
	for _, r := range all {
		if err := recount(tx, r.no); err != nil {
			return err
		}
	}
	return nil
}
