package budgeting

import (
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

var scanCounted = storage.Into(func(n *Counted) []any {
	return []any{&n.Area, &n.Voters, &n.Spent, storage.JSON(&n.Winners), &n.Hash, storage.JSON(&n.told), storage.Instant(&n.At)}
})

// countedOf lists the results of a campaign without their files.
func countedOf(tx *storage.Tx, campaign civic.ID) ([]Counted, error) {
	return storage.All(tx, scanCounted, "SELECT area, voters, spent, winners, pb_hash, told, counted_at FROM budgeting_count WHERE campaign = $1 ORDER BY area LIMIT 1000", campaign)
}

func fileOf(tx *storage.Tx, campaign civic.ID, area string) (string, error) {
	return storage.One(tx, storage.Scalar[string], "SELECT pb FROM budgeting_count WHERE campaign = $1 AND area = $2", campaign, area)
}

func insertCounted(tx *storage.Tx, campaign civic.ID, n Counted) error {
	_, err := tx.Exec("INSERT INTO budgeting_count (campaign, area, voters, spent, winners, pb, pb_hash, counted_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
		campaign, n.Area, n.Voters, n.Spent, storage.AsJSON(n.Winners), n.PB, n.Hash, storage.Millis(n.At))
	return err
}

func updateTold(tx *storage.Tx, campaign civic.ID, area string, told map[civic.Lang]Told) error {
	_, err := tx.Exec("UPDATE budgeting_count SET told = $3 WHERE campaign = $1 AND area = $2", campaign, area, storage.AsJSON(told))
	return err
}

// dueToVote lists published campaigns whose time of voting may have come: it has not passed.
func dueToVote(tx *storage.Tx, now time.Time, most int) ([]Campaign, error) {
	return storage.All(tx, scanCampaign, "SELECT "+campaignColumns+" FROM budgeting_campaign c WHERE c.state = $1 AND c.vote_at > $2 ORDER BY c.vote_at LIMIT $3", Announced, storage.Millis(now), most)
}
