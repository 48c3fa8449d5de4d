package budgeting

import (
	"fmt"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/places"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/search"
)

const proposalColumns = `p.no, p.id, p.campaign, p.number, p.area, p.category, p.state, p.lang, p.title, p.what, p.why, p.district, p.address, p.land, p.point, p.estimate, p.author, p.signed,
	p.paper, p.paper_support, p.replies, p.cost, p.merged_into, p.cause, p.text_state, p.rule, p.reason, p.decided_at, p.filed_at, p.changed_at, p.origin`

type proposalRow struct {
	Proposal
	point string
}

var scanRow = storage.Into(func(r *proposalRow) []any {
	p := &r.Proposal
	return []any{&p.no, &p.ID, &p.Campaign, &p.Number, &p.Area, &p.Category, &p.State, &p.Lang, &p.Title, &p.What, &p.Why, &p.District, &p.Address, &p.Land, &r.point, storage.JSON(&p.Estimate), &p.Author, &p.Signed,
		&p.Paper, &p.PaperSupport, storage.JSON(&p.Replies), &p.Cost, &p.Into, &p.Cause, &p.Text, &p.Rule, &p.Reason, storage.Instant(&p.DecidedAt), storage.Instant(&p.FiledAt), storage.Instant(&p.ChangedAt), &p.Origin}
})

func scanProposal(r storage.Row) (Proposal, error) {
	row, err := scanRow(r)
	row.Point, _ = places.ParsePoint(row.point)
	return row.Proposal, err
}

const fromProposals = "SELECT " + proposalColumns + " FROM budgeting_proposal p WHERE "

func find(tx *storage.Tx, id civic.ID) (Proposal, error) {
	return storage.One(tx, scanProposal, fromProposals+"p.id = $1", id)
}

func findByNo(tx *storage.Tx, no int64) (Proposal, error) {
	return storage.One(tx, scanProposal, fromProposals+"p.no = $1", no)
}

func findByNumber(tx *storage.Tx, campaign civic.ID, number int) (Proposal, error) {
	return storage.One(tx, scanProposal, fromProposals+"p.campaign = $1 AND p.number = $2", campaign, number)
}

func byIDs(tx *storage.Tx, ids []civic.ID) ([]Proposal, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanProposal, fromProposals+"p.id IN "+in, args...)
}

// insert keeps a proposal and numbers it. The caller holds the lock of its campaign.
func insert(tx *storage.Tx, p *Proposal) error {
	number, err := storage.One(tx, storage.Scalar[int], "SELECT COALESCE(MAX(number), 0) FROM budgeting_proposal WHERE campaign = $1", p.Campaign)
	if err != nil {
		return err
	}
	if err := tx.Lock("budgeting_proposal_no"); err != nil {
		return err
	}
	no, err := storage.Next(tx, "budgeting_proposal")
	if err != nil {
		return err
	}
	p.no, p.Number = no, number+1
	_, err = tx.Exec(`INSERT INTO budgeting_proposal (no, id, campaign, number, area, category, state, lang, title, what, why, district, address, land, point, estimate, author, signed, paper, paper_support, replies, cost,
		text_state, filed_at, changed_at, origin) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)`,
		p.no, p.ID, p.Campaign, p.Number, p.Area, p.Category, p.State, p.Lang, p.Title, p.What, p.Why, p.District, p.Address, p.Land, p.Point.String(), storage.AsJSON(p.Estimate), p.Author, p.Signed, p.Paper, p.PaperSupport,
		storage.AsJSON(p.Replies), p.Cost, p.Text, storage.Millis(p.FiledAt), storage.Millis(p.ChangedAt), p.Origin)
	return err
}

// broughtBefore reports whether a campaign has the proposal that another system knows by a number.
func broughtBefore(tx *storage.Tx, campaign civic.ID, origin string) (bool, error) {
	n, err := storage.One(tx, storage.Scalar[int], "SELECT COUNT(*) FROM budgeting_proposal WHERE campaign = $1 AND origin = $2 AND origin <> ''", campaign, origin)
	return n > 0, err
}

func update(tx *storage.Tx, p Proposal) error {
	_, err := tx.Exec(`UPDATE budgeting_proposal SET area = $2, category = $3, state = $4, title = $5, what = $6, why = $7, district = $8, address = $9, land = $10, point = $11, estimate = $12, author = $13, signed = $14,
		paper_support = $15, replies = $16, cost = $17, merged_into = $18, text_state = $19, rule = $20, reason = $21, decided_at = $22, changed_at = $23, lang = $24, cause = $25 WHERE no = $1`,
		p.no, p.Area, p.Category, p.State, p.Title, p.What, p.Why, p.District, p.Address, p.Land, p.Point.String(), storage.AsJSON(p.Estimate), p.Author, p.Signed, p.PaperSupport, storage.AsJSON(p.Replies), p.Cost, p.Into,
		p.Text, p.Rule, p.Reason, storage.Millis(p.DecidedAt), storage.Millis(p.ChangedAt), p.Lang, p.Cause)
	return err
}

// proposalsBy lists what an account wrote, the latest first.
func proposalsBy(tx *storage.Tx, author civic.ID, most int) ([]Proposal, error) {
	return storage.All(tx, scanProposal, fromProposals+"p.author = $1 AND p.author <> '' ORDER BY p.no DESC LIMIT $2", author, most)
}

// latestChanged lists those of a campaign that everybody reads, the last that changed in front.
func latestChanged(tx *storage.Tx, campaign civic.ID, most int) ([]Proposal, error) {
	return storage.All(tx, scanProposal, fromProposals+"p.campaign = $1 AND p.text_state = $2 ORDER BY p.changed_at DESC, p.no DESC LIMIT $3", campaign, Shown, most)
}

// countOf counts what an account has proposed in a campaign and not given up.
func countOf(tx *storage.Tx, campaign, author civic.ID) (int, error) {
	return storage.One(tx, storage.Scalar[int], "SELECT COUNT(*) FROM budgeting_proposal WHERE campaign = $1 AND author = $2 AND state NOT IN ($3, $4) AND text_state <> $5", campaign, author, Withdrawn, Merged, Removed)
}

// Query narrows the list of a campaign.
type Query struct {
	Campaign       civic.ID
	Area, Category string
	District       string // code
	State          Standing
	Words          string
	After          string // the cursor of a page
}

// where is the condition of a query, with its arguments.
func (q Query) where() (_ string, args []any) {
	var b strings.Builder
	for _, c := range []struct{ column, value string }{{"campaign", string(q.Campaign)}, {"area", q.Area}, {"category", q.Category}, {"district", q.District}, {"state", string(q.State)}} {
		if c.value != "" {
			args = append(args, c.value)
			fmt.Fprintf(&b, " AND p.%s = $%d", c.column, len(args))
		}
	}
	args = append(args, Removed)
	fmt.Fprintf(&b, " AND p.text_state <> $%d", len(args))
	return b.String(), args
}

// list gives a page of the proposals of a campaign, the latest first, and the cursor of the next.
func list(tx *storage.Tx, q Query, most int) ([]Proposal, string, error) {
	where, args := q.where()
	found, err := search.Latest(tx, Kind, q.Words, q.After, most, search.Ordered[Proposal]{Rows: search.Rows[Proposal]{Columns: proposalColumns, From: "budgeting_proposal p", Number: "p.no", Where: where, Args: args,
		Scan: scanProposal, NumberOf: func(p Proposal) int64 { return p.no }}, Shown: "TRUE", Time: "p.filed_at", TimeOf: func(p Proposal) time.Time { return p.FiledAt }})
	return found.Items, found.Next, err
}

// locate finds ideas that everybody reads and that were shown on the map, for part.Locate.
func locate(tx *storage.Tx, words, after string, most int) (out []part.Located, next string, err error) {
	found, err := search.List(tx, Kind, true, words, after, most, search.Rows[Proposal]{Columns: proposalColumns, From: "budgeting_proposal p", Number: "p.no", Where: " AND p.point <> '' AND p.text_state = $1",
		Args: []any{Shown}, Scan: scanProposal, NumberOf: func(p Proposal) int64 { return p.no }})
	for _, p := range found.Items {
		out = append(out, part.Located{Name: civic.Text{p.Lang: p.Title}, Address: civic.Text{p.Lang: p.Address}, Point: p.Point.String(), District: p.District})
	}
	return out, found.Next, err
}

// inState lists proposals of a campaign in some states, by their numbers.
func inState(tx *storage.Tx, campaign civic.ID, most int, states ...Standing) ([]Proposal, error) {
	in, args := storage.In([]any{most, campaign}, states)
	return storage.All(tx, scanProposal, fromProposals+"p.campaign = $2 AND p.state IN "+in+" ORDER BY p.number LIMIT $1", args...)
}

// lateForVote lists what will be on no ballot once people vote, by their numbers, behind one of them: what has not passed the check, and what passed and is not shown.
func lateForVote(tx *storage.Tx, campaign civic.ID, after, most int) ([]Proposal, error) {
	in, args := storage.In([]any{most, campaign, after, Accepted, Shown}, []Standing{Filed, InCheck, Returned, Reworked, InRecheck})
	return storage.All(tx, scanProposal, fromProposals+"p.campaign = $2 AND p.number > $3 AND (p.state = $4 AND p.text_state <> $5 OR p.state IN "+in+") ORDER BY p.number LIMIT $1", args...)
}

// readable lists the latest of a campaign that everybody reads.
func readable(tx *storage.Tx, campaign civic.ID, most int) ([]Proposal, error) {
	return storage.All(tx, scanProposal, fromProposals+"p.campaign = $1 AND p.text_state = $2 AND p.state NOT IN ($3, $4) ORDER BY p.no DESC LIMIT $5", campaign, Shown, Merged, Withdrawn, most)
}

// toLookAt lists those at whose words, as they are now, no moderator has looked, the oldest first.
func toLookAt(tx *storage.Tx, after storage.Place, most int) ([]Proposal, error) {
	behind, args := after.Behind([]any{most, Waiting}, "p.changed_at", "p.no", false)
	return storage.All(tx, scanProposal, fromProposals+"p.text_state = $2 AND "+behind+" ORDER BY p.changed_at, p.no LIMIT $1", args...)
}

// byState counts the proposals of a campaign in each standing, and what they cost together.
func byState(tx *storage.Tx, campaign civic.ID) (out []StateCount, err error) {
	return storage.All(tx, scanStateCount, "SELECT p.area, p.state, COUNT(*), COALESCE(SUM(p.cost), 0) FROM budgeting_proposal p WHERE p.campaign = $1 AND p.text_state <> $2 GROUP BY p.area, p.state ORDER BY p.area, p.state", campaign, Removed)
}

// stateTimes sums up when the proposals of a campaign were filed and when the last verdict on them was signed, by how they stand.
func stateTimes(tx *storage.Tx, campaign civic.ID) ([]stateTime, error) {
	return storage.All(tx, storage.Into(func(t *stateTime) []any { return []any{&t.state, &t.count, &t.filed, &t.signed} }), `SELECT p.state, COUNT(*), COALESCE(SUM(p.filed_at), 0),
		COALESCE(SUM((SELECT MAX(v.signed_at) FROM budgeting_verdict v WHERE v.proposal = p.id)), 0) FROM budgeting_proposal p WHERE p.campaign = $1 AND p.text_state <> $2 GROUP BY p.state`, campaign, Removed)
}

// stateTime is how many proposals stand so, and the sums of when they were filed and signed, in milliseconds.
type stateTime struct {
	state                Standing
	count, filed, signed int64
}

// StateCount is how many proposals of a part of the budget stand so, and what they cost.
type StateCount struct {
	Area  string
	State Standing
	Count int64
	Cost  civic.Money
}

var scanStateCount = storage.Into(func(c *StateCount) []any { return []any{&c.Area, &c.State, &c.Count, &c.Cost} })

func countProposals(tx *storage.Tx, before time.Time) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM budgeting_proposal WHERE text_state <> $1 AND filed_at < $2", Removed, storage.Millis(before))
}

// Supporters and other authors.

func insertSupport(tx *storage.Tx, p Proposal, account civic.ID, at time.Time) error {
	_, err := tx.Exec("INSERT INTO budgeting_support (proposal, account, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", p.no, account, storage.Millis(at))
	return err
}

func deleteSupport(tx *storage.Tx, p Proposal, account civic.ID) error {
	_, err := tx.Exec("DELETE FROM budgeting_support WHERE proposal = $1 AND account = $2", p.no, account)
	return err
}

// copySupport gives the supporters of one proposal to another, those who support both once, and its author not.
func copySupport(tx *storage.Tx, from, to Proposal) error {
	_, err := tx.Exec("INSERT INTO budgeting_support (proposal, account, at) SELECT $2, account, at FROM budgeting_support WHERE proposal = $1 AND account <> $3 ON CONFLICT DO NOTHING", from.no, to.no, to.Author)
	return err
}

func supports(tx *storage.Tx, p Proposal, account civic.ID) (bool, error) {
	n, err := storage.One(tx, storage.Scalar[int], "SELECT COUNT(*) FROM budgeting_support WHERE proposal = $1 AND account = $2", p.no, account)
	return n > 0, err
}

// countSupport counts the supporters of each of some proposals.
func countSupport(tx *storage.Tx, all []Proposal) (map[int64]int64, error) {
	var numbers []int64
	for _, p := range all {
		numbers = append(numbers, p.no)
	}
	in, args := storage.In(nil, numbers)
	return storage.Map[int64, int64](tx, "SELECT proposal, COUNT(*) FROM budgeting_support WHERE proposal IN "+in+" GROUP BY proposal", args...)
}

// Supported is a proposal that a person supports.
type Supported struct {
	Proposal civic.ID  `json:"proposal"`
	At       time.Time `json:"at"`
}

var scanSupported = storage.Into(func(s *Supported) []any { return []any{&s.Proposal, storage.Instant(&s.At)} })

func supportedBy(tx *storage.Tx, account civic.ID, most int) ([]Supported, error) {
	return storage.All(tx, scanSupported, "SELECT p.id, s.at FROM budgeting_support s JOIN budgeting_proposal p ON p.no = s.proposal WHERE s.account = $1 ORDER BY s.at DESC, s.proposal DESC LIMIT $2", account, most)
}

func forgetSupport(tx *storage.Tx, account civic.ID) error {
	_, err := tx.Exec("DELETE FROM budgeting_support WHERE account = $1", account)
	return err
}

// Coauthor is the author of a proposal that was merged into another.
type Coauthor struct {
	Origin  civic.ID // the proposal that was merged
	Account civic.ID // "" once they have left, and of a paper one
	Signed  string
}

var scanCoauthor = storage.Into(func(c *Coauthor) []any { return []any{&c.Origin, &c.Account, &c.Signed} })

func coauthors(tx *storage.Tx, p Proposal) ([]Coauthor, error) {
	return storage.All(tx, scanCoauthor, "SELECT origin, account, signed FROM budgeting_coauthor WHERE proposal = $1 ORDER BY no LIMIT 100", p.no)
}

func insertCoauthor(tx *storage.Tx, p Proposal, c Coauthor) error {
	_, err := tx.Exec("INSERT INTO budgeting_coauthor (proposal, no, origin, account, signed) SELECT $1, COUNT(*) + 1, $2, $3, $4 FROM budgeting_coauthor WHERE proposal = $1", p.no, c.Origin, c.Account, c.Signed)
	return err
}

func forgetCoauthor(tx *storage.Tx, account civic.ID) error {
	_, err := tx.Exec("UPDATE budgeting_coauthor SET account = '', signed = '' WHERE account = $1", account)
	return err
}

// wish is an author's wish to merge their proposal into another.
type wish struct {
	proposal, target int64
	words            string
	at               time.Time
}

var scanWish = storage.Into(func(w *wish) []any { return []any{&w.proposal, &w.target, &w.words, storage.Instant(&w.at)} })

func putWish(tx *storage.Tx, w wish) error {
	_, err := tx.Exec("INSERT INTO budgeting_merge (proposal, target, words, at) VALUES ($1, $2, $3, $4) ON CONFLICT (proposal) DO UPDATE SET target = excluded.target, words = excluded.words, at = excluded.at", w.proposal, w.target, w.words, storage.Millis(w.at))
	return err
}

func deleteWish(tx *storage.Tx, proposal int64) error {
	_, err := tx.Exec("DELETE FROM budgeting_merge WHERE proposal = $1", proposal)
	return err
}

// wishesFor lists those that wait for the author of a proposal.
func wishesFor(tx *storage.Tx, target Proposal) ([]wish, error) {
	return storage.All(tx, scanWish, "SELECT proposal, target, words, at FROM budgeting_merge WHERE target = $1 ORDER BY at LIMIT 100", target.no)
}

func wishOf(tx *storage.Tx, p Proposal) (wish, bool, error) {
	return storage.Found(storage.One(tx, scanWish, "SELECT proposal, target, words, at FROM budgeting_merge WHERE proposal = $1", p.no))
}

// coauthorOf lists the proposals of an account that were merged into others.
func coauthorOf(tx *storage.Tx, account civic.ID) ([]civic.ID, error) {
	return storage.All(tx, storage.Scalar[civic.ID], "SELECT origin FROM budgeting_coauthor WHERE account = $1 ORDER BY origin", account)
}

// mergedInto lists the proposals that took in one of an account.
func mergedInto(tx *storage.Tx, account civic.ID) ([]civic.ID, error) {
	return storage.All(tx, storage.Scalar[civic.ID], "SELECT DISTINCT p.id FROM budgeting_coauthor a JOIN budgeting_proposal p ON p.no = a.proposal WHERE a.account = $1", account)
}

// latestSigned lists those of which the council signed a verdict last.
func latestSigned(tx *storage.Tx, most int) ([]Proposal, error) {
	return storage.All(tx, scanProposal, fromProposals+"p.text_state = $1 AND p.state IN ($2, $3, $4) ORDER BY p.changed_at DESC, p.no DESC LIMIT $5", Shown, Accepted, Returned, Refused, most)
}
