package ballots

import (
	"iter"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

const voteColumns = "no, id, of_kind, of_id, state, opens_at, closes_at, window_at, revote, paper, paper_in, absent, rule, longest, public_key, rolled, boxed, unreadable, root, counted_at"

var scanVote = storage.Into(func(v *Vote) []any {
	return []any{&v.no, &v.ID, &v.Of.Kind, &v.Of.ID, &v.State, storage.Instant(&v.OpensAt), storage.Instant(&v.ClosesAt), storage.Instant(&v.WindowAt), &v.Revote, &v.Paper, &v.paperIn, &v.Absent, storage.JSON(&v.Rule), &v.longest,
		&v.Key, &v.Rolled, &v.Boxed, &v.Unreadable, &v.Root, storage.Instant(&v.CountedAt)}
})

func byID(tx *storage.Tx, id civic.ID) (Vote, error) {
	v, err := storage.One(tx, scanVote, "SELECT "+voteColumns+" FROM ballots_vote WHERE id = $1", id)
	if err != nil {
		return v, err
	}
	v.Options, err = optionsOf(tx, v.no)
	return v, err
}

func byRef(tx *storage.Tx, of civic.Ref) (Vote, error) {
	v, err := storage.One(tx, scanVote, "SELECT "+voteColumns+" FROM ballots_vote WHERE of_kind = $1 AND of_id = $2", of.Kind, of.ID)
	if err != nil {
		return v, err
	}
	v.Options, err = optionsOf(tx, v.no)
	return v, err
}

func byIDs(tx *storage.Tx, ids []civic.ID) ([]Vote, error) {
	in, args := storage.In(nil, ids)
	all, err := storage.All(tx, scanVote, "SELECT "+voteColumns+" FROM ballots_vote WHERE id IN "+in, args...)
	for i := range all {
		if err == nil {
			all[i].Options, err = optionsOf(tx, all[i].no)
		}
	}
	return all, err
}

var scanOption = storage.Into(func(o *Option) []any { return []any{&o.Code, &o.Title, &o.Cost, &o.Frozen, &o.Why} })

func optionsOf(tx *storage.Tx, vote int64) ([]Option, error) {
	return storage.All(tx, scanOption, "SELECT code, title, cost, frozen, why FROM ballots_option WHERE vote = $1 ORDER BY place LIMIT 1000", vote)
}

// insertVote numbers the vote too: the caller holds the lock of all votes.
func insertVote(tx *storage.Tx, v *Vote, rule []byte) error {
	no, err := storage.Next(tx, "ballots_vote")
	if err != nil {
		return err
	}
	v.no = no
	_, err = tx.Exec("INSERT INTO ballots_vote ("+voteColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 0, 0, 0, '', 0)",
		v.no, v.ID, v.Of.Kind, v.Of.ID, v.State, storage.Millis(v.OpensAt), storage.Millis(v.ClosesAt), storage.Millis(v.WindowAt), v.Revote, v.Paper, false, 0, string(rule), v.longest, v.Key)
	if err != nil {
		return err
	}
	var rows [][]any
	for i, o := range v.Options {
		rows = append(rows, []any{v.no, i, o.Code, o.Title, int64(o.Cost), false, civic.Text{}})
	}
	return tx.Insert("ballots_option (vote, place, code, title, cost, frozen, why)", rows)
}

func saveVote(tx *storage.Tx, v Vote) error {
	_, err := tx.Exec("UPDATE ballots_vote SET state = $2, window_at = $3, rolled = $4, boxed = $5, unreadable = $6, root = $7, counted_at = $8, paper_in = $9, absent = $10, paper = $11 WHERE no = $1",
		v.no, v.State, storage.Millis(v.WindowAt), v.Rolled, v.Boxed, v.Unreadable, v.Root, storage.Millis(v.CountedAt), v.paperIn, v.Absent, v.Paper)
	return err
}

func saveOption(tx *storage.Tx, vote int64, o Option) error {
	_, err := tx.Exec("UPDATE ballots_option SET frozen = $3, why = $4, title = $5 WHERE vote = $1 AND code = $2", vote, o.Code, o.Frozen, o.Why, o.Title)
	return err
}

// rolled is an entry of the roll.
type rolled struct {
	who, account, district, age string
	channel                     Channel
	hour                        time.Time
}

var scanRolled = storage.Into(func(r *rolled) []any {
	return []any{&r.who, &r.account, &r.channel, &r.district, &r.age, storage.Instant(&r.hour)}
})

func findRolled(tx *storage.Tx, vote int64, who string) (rolled, bool, error) {
	return storage.Found(storage.One(tx, scanRolled, "SELECT who, account, channel, district, age, hour FROM ballots_roll WHERE vote = $1 AND who = $2", vote, who))
}

// insertRolled reports whether the person was not on the roll yet.
func insertRolled(tx *storage.Tx, vote int64, r rolled) (bool, error) {
	n, err := tx.Exec("INSERT INTO ballots_roll (vote, who, account, channel, district, age, hour) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
		vote, r.who, r.account, r.channel, r.district, r.age, storage.Millis(r.hour))
	return n == 1, err
}

func countRolled(tx *storage.Tx, vote int64) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM ballots_roll WHERE vote = $1", vote)
}

// countRolledBy counts those who voted by a column of the roll.
func countRolledBy(tx *storage.Tx, vote int64, column string) (map[string]int64, error) {
	return storage.Map[string, int64](tx, "SELECT "+column+", COUNT(*) FROM ballots_roll WHERE vote = $1 GROUP BY "+column, vote)
}

func countRolledByHour(tx *storage.Tx, vote int64) (map[int64]int64, error) {
	return storage.Map[int64, int64](tx, "SELECT hour, COUNT(*) FROM ballots_roll WHERE vote = $1 GROUP BY hour", vote)
}

// accountsRolled lists accounts that voted, behind one of them, in their order.
func accountsRolled(tx *storage.Tx, vote int64, after civic.ID, most int) ([]civic.ID, error) {
	return storage.All(tx, storage.Scalar[civic.ID], "SELECT account FROM ballots_roll WHERE vote = $1 AND account > $2 AND account <> '' ORDER BY account LIMIT $3", vote, after, most)
}

// heldRoll is an entry of the roll for the person whom it is about.
type heldRoll struct {
	Of       civic.Ref `json:"of"`
	Channel  Channel   `json:"channel"`
	District string    `json:"district,omitempty"`
	Age      string    `json:"age,omitempty"`
	Hour     time.Time `json:"hour"`
}

func rolledOf(tx *storage.Tx, account civic.ID) ([]heldRoll, error) {
	return storage.All(tx, storage.Into(func(h *heldRoll) []any {
		return []any{&h.Of.Kind, &h.Of.ID, &h.Channel, &h.District, &h.Age, storage.Instant(&h.Hour)}
	}), "SELECT v.of_kind, v.of_id, r.channel, r.district, r.age, r.hour FROM ballots_roll r JOIN ballots_vote v ON v.no = r.vote WHERE r.account = $1 AND r.account <> '' ORDER BY v.no", account)
}

func forget(tx *storage.Tx, account civic.ID) error {
	_, err := tx.Exec("UPDATE ballots_roll SET account = '' WHERE account = $1", account)
	return err
}

// code is a code that was handed out.
type code struct {
	hash          []byte
	who           string
	channel       Channel
	district, age string
	letter        int64 // the number on the letter that brings it; 0: it came by none
}

var scanCode = storage.Into(func(c *code) []any { return []any{&c.hash, &c.who, &c.channel, &c.district, &c.age, &c.letter} })

const codeColumns = "SELECT hash, who, channel, district, age, letter FROM ballots_code"

func codeOfLetter(tx *storage.Tx, vote, letter int64) (code, bool, error) {
	return storage.Found(storage.One(tx, scanCode, codeColumns+" WHERE vote = $1 AND letter = $2 AND letter > 0", vote, letter))
}

func deleteCode(tx *storage.Tx, vote int64, hash []byte) error {
	_, err := tx.Exec("DELETE FROM ballots_code WHERE vote = $1 AND hash = $2", vote, hash)
	return err
}

func lastLetter(tx *storage.Tx, vote int64) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COALESCE(MAX(letter), 0) FROM ballots_code WHERE vote = $1 AND letter > 0", vote)
}

func findCode(tx *storage.Tx, vote int64, hash []byte) (code, bool, error) {
	return storage.Found(storage.One(tx, scanCode, codeColumns+" WHERE vote = $1 AND hash = $2", vote, hash))
}

func insertCodes(tx *storage.Tx, vote int64, codes []code) error {
	var rows [][]any
	for _, c := range codes {
		rows = append(rows, []any{vote, c.hash, c.who, string(c.channel), c.district, c.age, c.letter})
	}
	return tx.Insert("ballots_code (vote, hash, who, channel, district, age, letter)", rows)
}

func countCodes(tx *storage.Tx, vote int64) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM ballots_code WHERE vote = $1", vote)
}

// boxed is a ballot in the box.
type boxed struct{ id, owner, says, sealed []byte }

var scanBoxed = storage.Into(func(b *boxed) []any { return []any{&b.id, &b.owner, &b.says, &b.sealed} })

func findBoxed(tx *storage.Tx, vote int64, id []byte) (boxed, bool, error) {
	return storage.Found(storage.One(tx, scanBoxed, "SELECT id, owner, says, sealed FROM ballots_box WHERE vote = $1 AND id = $2", vote, id))
}

// insertBoxed reports whether there was no ballot with that id.
func insertBoxed(tx *storage.Tx, vote int64, b boxed) (bool, error) {
	n, err := tx.Exec("INSERT INTO ballots_box (vote, id, owner, says, sealed) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING", vote, b.id, b.owner, b.says, b.sealed)
	return n == 1, err
}

// deleteBoxed reports whether there was such a ballot of that owner.
func deleteBoxed(tx *storage.Tx, vote int64, id, owner []byte) (bool, error) {
	n, err := tx.Exec("DELETE FROM ballots_box WHERE vote = $1 AND id = $2 AND owner = $3", vote, id, owner)
	return n == 1, err
}

func countBoxed(tx *storage.Tx, vote int64) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM ballots_box WHERE vote = $1", vote)
}

// boxedIDs lists the ids of all ballots in the box.
func boxedIDs(tx *storage.Tx, vote int64) ([][]byte, error) {
	return storage.All(tx, storage.Scalar[[]byte], "SELECT id FROM ballots_box WHERE vote = $1", vote)
}

// eachBoxed goes through the whole box, in the order in which it lies.
func eachBoxed(tx *storage.Tx, vote int64) iter.Seq2[boxed, error] {
	return storage.Each(tx, scanBoxed, "SELECT id, owner, says, sealed FROM ballots_box WHERE vote = $1", vote)
}

func emptyBox(tx *storage.Tx, vote int64) error {
	_, err := tx.Exec("DELETE FROM ballots_box WHERE vote = $1", vote)
	return err
}

// Published is a ballot of the published list.
type Published struct {
	Number int64  // its place
	Code   string // by which its voter's words find it; "" of one that could not be read
	Ballot string // as Ballot.String wrote it
}

var scanPublished = storage.Into(func(p *Published) []any { return []any{&p.Number, &p.Code, &p.Ballot} })

func insertPublished(tx *storage.Tx, vote int64, all []Published) error {
	rows := make([][]any, len(all))
	for i, p := range all {
		rows[i] = []any{vote, p.Number, p.Code, p.Ballot}
	}
	return tx.Insert("ballots_published (vote, number, code, ballot)", rows)
}

func deletePublished(tx *storage.Tx, vote int64) error {
	_, err := tx.Exec("DELETE FROM ballots_published WHERE vote = $1", vote)
	return err
}

// eachPublished goes through the published list in its order.
func eachPublished(tx *storage.Tx, vote int64) iter.Seq2[Published, error] {
	return storage.Each(tx, scanPublished, "SELECT number, code, ballot FROM ballots_published WHERE vote = $1 ORDER BY number", vote)
}

func listPublished(tx *storage.Tx, vote, after int64, most int) ([]Published, error) {
	return storage.All(tx, scanPublished, "SELECT number, code, ballot FROM ballots_published WHERE vote = $1 AND number > $2 ORDER BY number LIMIT $3", vote, after, most)
}

func publishedByCode(tx *storage.Tx, vote int64, code string) (Published, bool, error) {
	return storage.Found(storage.One(tx, scanPublished, "SELECT number, code, ballot FROM ballots_published WHERE vote = $1 AND code = $2", vote, code))
}
