package sponsorship

import (
	"fmt"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/matching"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/search"
)

// The caller of what inserts holds the lock of all money that is given.

const campaignColumns = `c.no, c.id, c.organisation, c.state, c.title, c.about, c.keep, c.lines, c.district, c.theme, c.place, c.receiver, c.iban, c.bank, c.left_over, c.thanks, c.clause,
	c.ends_at, c.moderate_by, c.decided_at, c.rule, c.reason, c.opened_at, c.closed_at, c.reached_at, c.report`

const fromCampaigns = "SELECT " + campaignColumns + " FROM sponsorship_campaign c WHERE "

var scanCampaign = storage.Into(func(c *Campaign) []any {
	return []any{&c.no, &c.ID, &c.Organisation, &c.State, &c.Title, &c.About, &c.Keep, storage.JSON(&c.Lines), &c.District, &c.Theme, &c.Place, &c.Pay.Receiver, &c.Pay.IBAN, &c.Pay.Bank, &c.LeftOver, &c.Thanks,
		&c.Clause, storage.Instant(&c.Ends), storage.Instant(&c.ModerateBy), storage.Instant(&c.DecidedAt), &c.Rule, &c.Reason, storage.Instant(&c.OpenedAt), storage.Instant(&c.ClosedAt), storage.Instant(&c.ReachedAt), &c.Report}
})

func find(tx *storage.Tx, id civic.ID) (Campaign, error) {
	return storage.One(tx, scanCampaign, fromCampaigns+"c.id = $1", id)
}

func byIDs(tx *storage.Tx, ids []civic.ID) ([]Campaign, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanCampaign, fromCampaigns+"c.id IN "+in, args...)
}

// ofOrganisations lists the campaigns of some organisations, or of all when of is nil, the latest first.
func ofOrganisations(tx *storage.Tx, of []civic.ID, most int) ([]Campaign, error) {
	if of == nil {
		return storage.All(tx, scanCampaign, fromCampaigns+"TRUE ORDER BY c.no DESC LIMIT $1", most)
	}
	in, args := storage.In([]any{most}, of)
	return storage.All(tx, scanCampaign, fromCampaigns+"c.organisation IN "+in+" ORDER BY c.no DESC LIMIT $1", args...)
}

func inState(tx *storage.Tx, state State, after storage.Place, most int) ([]Campaign, error) {
	behind, args := after.Behind([]any{most, state}, "c.moderate_by", "c.no", false)
	return storage.All(tx, scanCampaign, fromCampaigns+"c.state = $2 AND "+behind+" ORDER BY c.moderate_by, c.no LIMIT $1", args...)
}

// endsSoonest lists the campaigns that take gifts.
func endsSoonest(tx *storage.Tx, now time.Time, most int) ([]Campaign, error) {
	return storage.All(tx, scanCampaign, fromCampaigns+"c.state = $1 AND c.ends_at > $2 ORDER BY c.ends_at, c.no LIMIT $3", Running, storage.Millis(now), most)
}

func latestClosed(tx *storage.Tx, most int) ([]Campaign, error) {
	return storage.All(tx, scanCampaign, fromCampaigns+"c.state = $1 ORDER BY c.closed_at DESC, c.no DESC LIMIT $2", Closed, most)
}

// everCame is what was booked as gifts and matches of a campaign, without what was booked by mistake and taken back, whatever went back to its givers.
func everCame(tx *storage.Tx, campaign civic.ID) (civic.Money, error) {
	return storage.One(tx, storage.Scalar[civic.Money], "SELECT COALESCE(SUM(amount), 0) FROM sponsorship_row WHERE campaign = $1 AND sort IN ($2, $3)", campaign, RowGift, RowMatch)
}

func countTaking(tx *storage.Tx) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM sponsorship_campaign WHERE state = $1 AND ends_at > $2", Running, storage.Millis(tx.Now()))
}

// Query narrows the list.
type Query struct {
	State State // Running or Closed; "": both
	city.Scope
	Words, After string
}

func (q Query) where() (string, []any) {
	var b strings.Builder
	var args []any
	for column, value := range map[string]string{"state": string(q.State), "district": q.District, "theme": q.Theme} {
		if value != "" {
			args = append(args, value)
			fmt.Fprintf(&b, " AND c.%s = $%d", column, len(args))
		}
	}
	return b.String(), args
}

func list(tx *storage.Tx, q Query, most int) ([]Campaign, string, error) {
	where, args := q.where()
	found, err := search.Latest(tx, Kind, q.Words, q.After, most, search.Ordered[Campaign]{Rows: search.Rows[Campaign]{Columns: campaignColumns, From: "sponsorship_campaign c", Number: "c.no", Where: where, Args: args,
		Scan: scanCampaign, NumberOf: func(c Campaign) int64 { return c.no }}, Shown: "c.opened_at > 0 AND c.state IN ('running', 'closed')", Time: "c.opened_at", TimeOf: func(c Campaign) time.Time { return c.OpenedAt }})
	return found.Items, found.Next, err
}

func insertCampaign(tx *storage.Tx, c *Campaign) (err error) {
	if c.no, err = storage.Next(tx, "sponsorship_campaign"); err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO sponsorship_campaign (no, id, organisation, state, title, about, keep, lines, district, theme, place, receiver, iban, bank, left_over, thanks, clause, ends_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`, c.no, c.ID, c.Organisation, c.State, c.Title, c.About, c.Keep, storage.AsJSON(c.Lines), c.District, c.Theme, c.Place,
		c.Pay.Receiver, c.Pay.IBAN, c.Pay.Bank, c.LeftOver, c.Thanks, c.Clause, storage.Millis(c.Ends))
	return err
}

func updateCampaign(tx *storage.Tx, c Campaign) error {
	_, err := tx.Exec(`UPDATE sponsorship_campaign SET state = $2, title = $3, about = $4, keep = $5, lines = $6, district = $7, theme = $8, place = $9, receiver = $10, iban = $11, bank = $12, left_over = $13,
		thanks = $14, clause = $15, ends_at = $16, moderate_by = $17, decided_at = $18, rule = $19, reason = $20, opened_at = $21, closed_at = $22, report = $23, reached_at = $24 WHERE no = $1`,
		c.no, c.State, c.Title, c.About, c.Keep, storage.AsJSON(c.Lines), c.District, c.Theme, c.Place, c.Pay.Receiver, c.Pay.IBAN, c.Pay.Bank, c.LeftOver, c.Thanks, c.Clause, storage.Millis(c.Ends),
		storage.Millis(c.ModerateBy), storage.Millis(c.DecidedAt), c.Rule, c.Reason, storage.Millis(c.OpenedAt), storage.Millis(c.ClosedAt), c.Report, storage.Millis(c.ReachedAt))
	return err
}

// Gifts.

const fromGifts = `SELECT no, id, campaign, account, name, shown, clause, verified, amount, monthly, code, state, pledged_at, announced_at, received, back, back_by, why_back FROM sponsorship_gift WHERE `

var scanGift = storage.Into(func(g *Gift) []any {
	return []any{&g.no, &g.ID, &g.Campaign, &g.Account, &g.Name, &g.Shown, &g.Clause, &g.Verified, &g.Amount, &g.Monthly, &g.Code, &g.State, storage.Instant(&g.PledgedAt), storage.Instant(&g.AnnouncedAt), &g.Received, &g.Back,
		storage.Instant(&g.BackBy), &g.WhyBack}
})

func findGift(tx *storage.Tx, id civic.ID) (Gift, error) {
	return storage.One(tx, scanGift, fromGifts+"id = $1", id)
}

func giftsByIDs(tx *storage.Tx, ids []civic.ID) ([]Gift, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanGift, fromGifts+"id IN "+in, args...)
}

func codeTaken(tx *storage.Tx, code string) (bool, error) {
	n, err := storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM sponsorship_gift WHERE code = $1", code)
	return n > 0, err
}

// giftsIn lists gifts of some campaigns that are in one of the states, the first in front.
func giftsIn(tx *storage.Tx, campaigns []civic.ID, states []GiftState, most int) ([]Gift, error) {
	in, args := storage.In([]any{most}, campaigns)
	of, args := storage.In(args, states)
	return storage.All(tx, scanGift, fromGifts+"campaign IN "+in+" AND state IN "+of+" ORDER BY no LIMIT $1", args...)
}

func giftsOf(tx *storage.Tx, account civic.ID, most int) ([]Gift, error) {
	return storage.All(tx, scanGift, fromGifts+"account = $1 ORDER BY no DESC LIMIT $2", account, most)
}

// countOpen counts the gifts that an account promised to a campaign, and for which no money came yet.
func countOpen(tx *storage.Tx, campaign, account civic.ID) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM sponsorship_gift WHERE campaign = $1 AND state IN ($2, $3) AND account = $4", campaign, Pledged, Announced, account)
}

func insertGift(tx *storage.Tx, g *Gift) (err error) {
	if g.no, err = storage.Next(tx, "sponsorship_gift"); err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO sponsorship_gift (no, id, campaign, account, name, shown, clause, verified, amount, monthly, code, state, pledged_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		g.no, g.ID, g.Campaign, g.Account, g.Name, g.Shown, g.Clause, g.Verified, int64(g.Amount), g.Monthly, g.Code, g.State, storage.Millis(g.PledgedAt))
	return err
}

func updateGift(tx *storage.Tx, g Gift) error {
	_, err := tx.Exec("UPDATE sponsorship_gift SET state = $2, announced_at = $3, received = $4, back = $5, back_by = $6, why_back = $7 WHERE no = $1",
		g.no, g.State, storage.Millis(g.AnnouncedAt), int64(g.Received), int64(g.Back), storage.Millis(g.BackBy), g.WhyBack)
	return err
}

// forget cuts a person off from their gifts, and wipes their name out of them and of the lines of statements that showed them.
func forget(tx *storage.Tx, account civic.ID) error {
	return tx.ExecEach([]string{
		"UPDATE sponsorship_line SET party = '', from_account = '', purpose = '' WHERE gift IN (SELECT id FROM sponsorship_gift WHERE account = $1)",
		"UPDATE sponsorship_gift SET account = '', name = '', shown = 'anonymous', why_back = '' WHERE account = $1",
		"UPDATE sponsorship_line SET owner = '' WHERE owner = $1",
		"UPDATE sponsorship_statement SET owner = '' WHERE owner = $1",
	}, account)
}

// Rows.

const fromRows = "SELECT no, id, campaign, number, sort, amount, left_after, day, what, undoes, gift, line, transfer, entry FROM sponsorship_row WHERE "

var scanRow = storage.Into(func(r *Row) []any {
	return []any{&r.no, &r.ID, &r.Campaign, &r.Number, &r.Sort, &r.Amount, &r.Left, storage.Instant(&r.Day), &r.What, &r.Undoes, &r.Gift, &r.Line, &r.transfer, &r.entry}
})

func findRow(tx *storage.Tx, id civic.ID) (Row, error) {
	return storage.One(tx, scanRow, fromRows+"id = $1", id)
}

func rowsByIDs(tx *storage.Tx, ids []civic.ID) ([]Row, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanRow, fromRows+"id IN "+in, args...)
}

// rowsOf lists the rows of a campaign below a number (0: from the last on), the last in front.
func rowsOf(tx *storage.Tx, campaign civic.ID, below int64, most int) ([]Row, error) {
	before, args := storage.Before([]any{campaign, most}, "number", below)
	return storage.All(tx, scanRow, fromRows+"campaign = $1 AND "+before+" ORDER BY number DESC LIMIT $2", args...)
}

func rowsOfGift(tx *storage.Tx, gift civic.ID) ([]Row, error) {
	return storage.All(tx, scanRow, fromRows+"gift = $1 ORDER BY no LIMIT 200", gift)
}

// spentSince lists what a campaign spent after one of its rows.
func spentSince(tx *storage.Tx, campaign civic.ID, number int64, most int) ([]Row, error) {
	return storage.All(tx, scanRow, fromRows+"campaign = $1 AND number > $2 AND sort = $3 ORDER BY number LIMIT $4", campaign, number, RowSpent, most)
}

// lastRowOf is the row that a line became last.
func lastRowOf(tx *storage.Tx, line civic.ID) (Row, error) {
	return storage.One(tx, scanRow, fromRows+"line = $1 ORDER BY no DESC LIMIT 1", line)
}

func insertRow(tx *storage.Tx, r *Row) (err error) {
	if r.no, err = storage.Next(tx, "sponsorship_row"); err != nil {
		return err
	}
	last, err := storage.One(tx, storage.Scalar[int64], "SELECT COALESCE(MAX(number), 0) FROM sponsorship_row WHERE campaign = $1", r.Campaign)
	if err != nil {
		return err
	}
	r.Number = last + 1
	_, err = tx.Exec(`INSERT INTO sponsorship_row (no, id, campaign, number, sort, amount, left_after, day, what, undoes, gift, line, transfer, entry) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, '')`,
		r.no, r.ID, r.Campaign, r.Number, r.Sort, int64(r.Amount), int64(r.Left), storage.Millis(r.Day), r.What, r.Undoes, r.Gift, r.Line, r.transfer)
	return err
}

// enterRow notes which entry of the record says the row.
func enterRow(tx *storage.Tx, r Row) error {
	_, err := tx.Exec("UPDATE sponsorship_row SET entry = $2 WHERE no = $1", r.no, r.entry)
	return err
}

// figures are the sums of some campaigns.
func figures(tx *storage.Tx, campaigns []civic.ID) (map[civic.ID]Figures, error) {
	out := map[civic.ID]Figures{}
	if len(campaigns) == 0 {
		return out, nil
	}
	type sum struct {
		campaign civic.ID
		Figures
	}
	in, args := storage.In(nil, campaigns)
	all, err := storage.All(tx, storage.Into(func(s *sum) []any { return []any{&s.campaign, &s.Raised, &s.Spent, &s.Fees} }), `SELECT campaign, SUM(CASE WHEN sort IN ('gift', 'refund', 'match') THEN amount ELSE 0 END),
		-SUM(CASE WHEN sort = 'spent' THEN amount ELSE 0 END), -SUM(CASE WHEN sort = 'fee' THEN amount ELSE 0 END) FROM sponsorship_row WHERE campaign IN `+in+` GROUP BY campaign`, args...)
	if err != nil {
		return nil, err
	}
	for _, s := range all {
		out[s.campaign] = s.Figures
	}
	givers, err := storage.Map[civic.ID, int64](tx, "SELECT campaign, COUNT(*) FROM sponsorship_gift WHERE received > 0 AND campaign IN "+in+" GROUP BY campaign", args...)
	for id, n := range givers {
		f := out[id]
		f.Givers = n
		out[id] = f
	}
	return out, err
}

// givenIn lists what gifts to some campaigns came to between two days of a bank, as they came. What was taken back or went back counts against them.
func givenIn(tx *storage.Tx, campaigns []civic.ID, from, until time.Time) (out []matching.Given, err error) {
	in, args := storage.In([]any{storage.Millis(from), storage.Millis(until)}, campaigns)
	out, err = storage.All(tx, storage.Into(func(g *matching.Given) []any { return []any{&g.Project, &g.Gift, &g.Tiyn, &g.Account, &g.Verified} }), `SELECT r.campaign, r.gift, SUM(r.amount), g.account, g.verified
		FROM sponsorship_row r JOIN sponsorship_gift g ON g.id = r.gift WHERE r.sort IN ('gift', 'refund') AND r.day >= $1 AND r.day < $2 AND r.campaign IN `+in+`
		GROUP BY r.campaign, r.gift, g.account, g.verified, g.no ORDER BY g.no`, args...)
	if err != nil || len(out) == 0 {
		return nil, err
	}
	var ids []civic.ID
	for _, g := range out {
		ids = append(ids, g.Gift)
	}
	froms, err := fromsOf(tx, ids)
	for i := range out {
		out[i].From = froms[out[i].Gift]
	}
	return out, err
}

// sponsorsOf are those who gave to a campaign and agreed that their name is made known.
func sponsorsOf(tx *storage.Tx, campaign civic.ID, most int) ([]string, error) {
	return storage.All(tx, storage.Scalar[string], "SELECT name FROM sponsorship_gift WHERE campaign = $1 AND clause AND shown = $2 AND received > 0 ORDER BY received DESC, no LIMIT $3", campaign, Named, most)
}
