package budgeting

import (
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

const pastColumns = "h.no, h.id, h.year, h.body, h.title, h.part, h.rule, h.command, h.money, h.spent, h.voters, h.winners, h.announced, h.agrees, h.pb_hash, h.made_at, h.published_at"

var scanPast = storage.Into(func(p *Past) []any {
	return []any{&p.no, &p.ID, &p.Year, &p.Body, &p.Title, &p.Part, &p.Rule, &p.Command, &p.Money, &p.Spent, &p.Voters, storage.JSON(&p.Winners), &p.Announced, &p.Agrees, &p.Hash,
		storage.Instant(&p.MadeAt), storage.Instant(&p.PublishedAt)}
})

func findPast(tx *storage.Tx, id civic.ID) (Past, error) {
	return storage.One(tx, scanPast, "SELECT "+pastColumns+" FROM budgeting_past h WHERE h.id = $1", id)
}

func pastByIDs(tx *storage.Tx, ids []civic.ID) ([]Past, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanPast, "SELECT "+pastColumns+" FROM budgeting_past h WHERE h.id IN "+in, args...)
}

// pastOfFile finds what was made of a file for a body.
func pastOfFile(tx *storage.Tx, body civic.ID, hash string) (Past, bool, error) {
	return storage.Found(storage.One(tx, scanPast, "SELECT "+pastColumns+" FROM budgeting_past h WHERE h.body = $1 AND h.pb_hash = $2", body, hash))
}

// pastTold is the explanation of a count, which is large: the page alone shows it.
func pastTold(tx *storage.Tx, p *Past) error {
	told, err := storage.One(tx, storage.Into(func(t *map[civic.Lang]Told) []any { return []any{storage.JSON(t)} }), "SELECT told FROM budgeting_past WHERE no = $1", p.no)
	p.told = told
	return err
}

func pastFile(tx *storage.Tx, id civic.ID) (string, error) {
	return storage.One(tx, storage.Scalar[string], "SELECT pb FROM budgeting_past WHERE id = $1 AND published_at > 0", id)
}

// insertPast keeps one and numbers it: the caller holds the lock of all.
func insertPast(tx *storage.Tx, p *Past) error {
	no, err := storage.Next(tx, "budgeting_past")
	if err != nil {
		return err
	}
	p.no = no
	_, err = tx.Exec(`INSERT INTO budgeting_past (no, id, year, body, title, part, rule, command, money, spent, voters, winners, announced, agrees, pb, pb_hash, told, made_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`, p.no, p.ID, p.Year, p.Body, p.Title, p.Part, p.Rule, p.Command, p.Money, p.Spent, p.Voters,
		storage.AsJSON(p.Winners), p.Announced, p.Agrees, p.PB, p.Hash, storage.AsJSON(p.told), storage.Millis(p.MadeAt))
	return err
}

func publishPast(tx *storage.Tx, p Past) error {
	_, err := tx.Exec("UPDATE budgeting_past SET published_at = $2 WHERE no = $1", p.no, storage.Millis(p.PublishedAt))
	return err
}

func deletePast(tx *storage.Tx, p Past) error {
	_, err := tx.Exec("DELETE FROM budgeting_past WHERE no = $1", p.no)
	return err
}

// publicPast lists what everybody sees, the latest year first, behind a place.
func publicPast(tx *storage.Tx, after storage.Place, most int) ([]Past, error) {
	behind, args := after.Behind([]any{most}, "h.year", "h.no", true)
	return storage.All(tx, scanPast, "SELECT "+pastColumns+" FROM budgeting_past h WHERE h.published_at > 0 AND "+behind+" ORDER BY h.year DESC, h.no DESC LIMIT $1", args...)
}

// anyPast reports whether everybody sees one.
func anyPast(tx *storage.Tx) (bool, error) {
	_, found, err := storage.Found(storage.One(tx, storage.Scalar[int64], "SELECT no FROM budgeting_past WHERE published_at > 0 ORDER BY year DESC, no DESC LIMIT 1"))
	return found, err
}

// draftPast lists what waits to be published of some bodies, nil for all, the latest first.
func draftPast(tx *storage.Tx, bodies []civic.ID, most int) ([]Past, error) {
	of, args := "", []any{most}
	if bodies != nil {
		of, args = storage.In(args, bodies)
		of = " AND h.body IN " + of
	}
	return storage.All(tx, scanPast, "SELECT "+pastColumns+" FROM budgeting_past h WHERE h.published_at = 0"+of+" ORDER BY h.no DESC LIMIT $1", args...)
}
