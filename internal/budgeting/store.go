package budgeting

import (
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Campaigns.

const campaignColumns = "c.no, c.id, c.state, c.year, c.body, c.title, c.about, c.plan, c.areas, c.categories, c.prices, c.rules, c.changes, c.made_at, c.opened_at, c.changed_at, c.window_at"

var scanCampaign = storage.Into(func(c *Campaign) []any {
	return []any{&c.no, &c.ID, &c.State, &c.Year, &c.Body, &c.Title, &c.About, storage.JSON(&c.Plan), storage.JSON(&c.Areas), storage.JSON(&c.Categories), storage.JSON(&c.Prices), storage.JSON(&c.Rules),
		storage.JSON(&c.Changes), storage.Instant(&c.MadeAt), storage.Instant(&c.OpenedAt), storage.Instant(&c.ChangedAt), storage.Instant(&c.WindowAt)}
})

func findCampaign(tx *storage.Tx, id civic.ID) (Campaign, error) {
	return storage.One(tx, scanCampaign, "SELECT "+campaignColumns+" FROM budgeting_campaign c WHERE c.id = $1", id)
}

func campaignsByIDs(tx *storage.Tx, ids []civic.ID) ([]Campaign, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanCampaign, "SELECT "+campaignColumns+" FROM budgeting_campaign c WHERE c.id IN "+in, args...)
}

// insertCampaign keeps a draft and numbers it: the caller holds the lock of all campaigns.
func insertCampaign(tx *storage.Tx, c *Campaign) error {
	no, err := storage.Next(tx, "budgeting_campaign")
	if err != nil {
		return err
	}
	c.no = no
	_, err = tx.Exec(`INSERT INTO budgeting_campaign (no, id, state, year, body, title, about, plan, areas, categories, prices, rules, changes, opens_at, vote_from, vote_at, over_at, made_at, changed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, '{}', '[]', '[]', '[]', '{}', '[]', 0, 0, 0, 0, $8, $8)`, c.no, c.ID, c.State, c.Year, c.Body, c.Title, c.About, storage.Millis(c.MadeAt))
	return err
}

func updateCampaign(tx *storage.Tx, c Campaign, zone *time.Location) error {
	_, err := tx.Exec(`UPDATE budgeting_campaign SET state = $2, year = $3, body = $4, title = $5, about = $6, plan = $7, areas = $8, categories = $9, prices = $10, rules = $11, changes = $12,
		opens_at = $13, vote_at = $14, over_at = $15, opened_at = $16, changed_at = $17, window_at = $18, vote_from = $19 WHERE no = $1`,
		c.no, c.State, c.Year, c.Body, c.Title, c.About, storage.AsJSON(c.Plan), storage.AsJSON(c.Areas), storage.AsJSON(c.Categories), storage.AsJSON(c.Prices), storage.AsJSON(c.Rules), storage.AsJSON(c.Changes),
		storage.Millis(c.Plan.Begin(Proposing, zone)), storage.Millis(c.Plan.End(Voting, zone)), storage.Millis(c.Plan.End(Delivery, zone)), storage.Millis(c.OpenedAt), storage.Millis(c.ChangedAt), storage.Millis(c.WindowAt), storage.Millis(c.Plan.Begin(Voting, zone)))
	return err
}

// publicCampaigns lists those that are published, the latest first, behind one of them.
func publicCampaigns(tx *storage.Tx, after storage.Place, most int) ([]Campaign, error) {
	behind, args := after.Behind([]any{most, Draft}, "c.opens_at", "c.no", true)
	return storage.All(tx, scanCampaign, "SELECT "+campaignColumns+" FROM budgeting_campaign c WHERE c.state <> $2 AND "+behind+" ORDER BY c.opens_at DESC, c.no DESC LIMIT $1", args...)
}

// runningCampaigns lists those that are published and not over, the latest first.
func runningCampaigns(tx *storage.Tx, now time.Time, most int) ([]Campaign, error) {
	return storage.All(tx, scanCampaign, "SELECT "+campaignColumns+" FROM budgeting_campaign c WHERE c.state = $1 AND c.over_at > $2 ORDER BY c.opens_at DESC, c.no DESC LIMIT $3", Announced, storage.Millis(now), most)
}

// allCampaigns lists drafts too, the latest first.
func allCampaigns(tx *storage.Tx, most int) ([]Campaign, error) {
	return storage.All(tx, scanCampaign, "SELECT "+campaignColumns+" FROM budgeting_campaign c ORDER BY c.no DESC LIMIT $1", most)
}

// Checks and verdicts.

const checkColumns = "k.no, k.id, k.proposal, k.round, k.body, k.obligation, k.assigned_at, k.given_at, k.opinion"

var scanCheck = storage.Into(func(c *Check) []any {
	return []any{&c.no, &c.ID, &c.Proposal, &c.Round, &c.Body, &c.Obligation, storage.Instant(&c.AssignedAt), storage.Instant(&c.GivenAt), storage.JSON(&c.Opinion)}
})

func findCheck(tx *storage.Tx, id civic.ID) (Check, error) {
	return storage.One(tx, scanCheck, "SELECT "+checkColumns+" FROM budgeting_check k WHERE k.id = $1", id)
}

func checksByIDs(tx *storage.Tx, ids []civic.ID) ([]Check, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanCheck, "SELECT "+checkColumns+" FROM budgeting_check k WHERE k.id IN "+in, args...)
}

// checksOf lists those of proposals, the first of each in front.
func checksOf(tx *storage.Tx, proposals ...civic.ID) (map[civic.ID][]Check, error) {
	in, args := storage.In(nil, proposals)
	all, err := storage.All(tx, scanCheck, "SELECT "+checkColumns+" FROM budgeting_check k WHERE k.proposal IN "+in+" ORDER BY k.no", args...)
	out := map[civic.ID][]Check{}
	for _, c := range all {
		out[c.Proposal] = append(out[c.Proposal], c)
	}
	return out, err
}

// openChecks lists what bodies have not said yet, the oldest first.
func openChecks(tx *storage.Tx, bodies []civic.ID, most int) ([]Check, error) {
	if len(bodies) == 0 {
		return nil, nil
	}
	in, args := storage.In([]any{most, InCheck, InRecheck}, bodies)
	return storage.All(tx, scanCheck, "SELECT "+checkColumns+" FROM budgeting_check k JOIN budgeting_proposal p ON p.id = k.proposal WHERE k.given_at = 0 AND p.state IN ($2, $3) AND k.body IN "+in+" ORDER BY k.no LIMIT $1", args...)
}

func insertCheck(tx *storage.Tx, c *Check) error {
	if err := tx.Lock("budgeting_check_no"); err != nil {
		return err
	}
	no, err := storage.Next(tx, "budgeting_check")
	if err != nil {
		return err
	}
	c.no = no
	_, err = tx.Exec("INSERT INTO budgeting_check (no, id, proposal, round, body, obligation, assigned_at) VALUES ($1, $2, $3, $4, $5, $6, $7)", c.no, c.ID, c.Proposal, c.Round, c.Body, c.Obligation, storage.Millis(c.AssignedAt))
	return err
}

func updateCheck(tx *storage.Tx, c Check) error {
	_, err := tx.Exec("UPDATE budgeting_check SET obligation = $2, given_at = $3, opinion = $4 WHERE no = $1", c.no, c.Obligation, storage.Millis(c.GivenAt), storage.AsJSON(c.Opinion))
	return err
}

type verdictRow struct {
	Verdict
	proposal civic.ID
}

var scanVerdict = storage.Into(func(v *verdictRow) []any {
	return []any{&v.proposal, &v.Round, &v.Outcome, &v.Cost, &v.Reason, storage.JSON(&v.Points), storage.JSON(&v.Answers), storage.JSON(&v.Signers), &v.Protocol, storage.Instant(&v.SignedAt)}
})

// verdictsOf lists the signed verdicts of proposals, the first of each in front.
func verdictsOf(tx *storage.Tx, proposals ...civic.ID) (map[civic.ID][]Verdict, error) {
	in, args := storage.In(nil, proposals)
	rows, err := storage.All(tx, scanVerdict, "SELECT proposal, round, outcome, cost, reason, points, answers, signers, protocol, signed_at FROM budgeting_verdict WHERE proposal IN "+in+" ORDER BY proposal, round", args...)
	out := map[civic.ID][]Verdict{}
	for _, r := range rows {
		out[r.proposal] = append(out[r.proposal], r.Verdict)
	}
	return out, err
}

func insertVerdict(tx *storage.Tx, proposal civic.ID, v Verdict) error {
	_, err := tx.Exec("INSERT INTO budgeting_verdict (proposal, round, outcome, cost, reason, points, answers, signers, protocol, signed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
		proposal, v.Round, v.Outcome, v.Cost, v.Reason, storage.AsJSON(v.Points), storage.AsJSON(v.Answers), storage.AsJSON(v.Signers), v.Protocol, storage.Millis(v.SignedAt))
	return err
}

func countRunning(tx *storage.Tx, now time.Time) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM budgeting_campaign WHERE state = $1 AND over_at > $2", Announced, storage.Millis(now))
}
