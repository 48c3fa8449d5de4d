package consultations

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/opinion"
)

// mapState is a map's row without its long columns.
type mapState struct {
	madeAt, took, needs, epoch int64
	problem                    string
}

func mapStateOf(tx *storage.Tx, no int64) (mapState, bool, error) {
	return storage.Found(storage.One(tx, storage.Into(func(m *mapState) []any { return []any{&m.madeAt, &m.took, &m.needs, &m.epoch, &m.problem} }),
		"SELECT made_at, took, needs, epoch, problem FROM consultations_map WHERE consultation = $1", no))
}

// mapColumn reads one of the long columns into v; false when it is empty.
func mapColumn(tx *storage.Tx, no int64, column string, v any) (bool, error) {
	text, ok, err := storage.Found(storage.One(tx, storage.Scalar[string], "SELECT "+column+" FROM consultations_map WHERE consultation = $1", no))
	if err != nil || !ok || text == "" {
		return false, err
	}
	return true, json.Unmarshal([]byte(text), v)
}

func setMapColumn(tx *storage.Tx, no int64, column string, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = tx.Exec("UPDATE consultations_map SET "+column+" = $2 WHERE consultation = $1", no, string(text))
	return err
}

// saveMap stores a map in the place of an older one.
func saveMap(tx *storage.Tx, no int64, at, done time.Time, needs int64, s Snapshot, memory *opinion.Memory, bursts []Burst) error {
	var text [3]string
	for i, v := range []any{s, memory, bursts} {
		b, err := json.Marshal(v) // refuses what is not a number
		if err != nil {
			return err
		}
		text[i] = string(b)
	}
	_, err := tx.Exec(`INSERT INTO consultations_map (consultation, made_at, took, needs, problem, snapshot, memory, bursts) VALUES ($1, $2, $3, $4, '', $5, $6, $7)
		ON CONFLICT (consultation) DO UPDATE SET made_at = excluded.made_at, took = excluded.took, needs = excluded.needs, problem = '',
		snapshot = excluded.snapshot, memory = excluded.memory, bursts = excluded.bursts`,
		no, storage.Millis(at), done.Sub(at).Milliseconds(), needs, text[0], text[1], text[2])
	return err
}

// saveMapProblem says why there is no newer map; the last one stays.
func saveMapProblem(tx *storage.Tx, no int64, needs int64, problem string) error {
	_, err := tx.Exec(`INSERT INTO consultations_map (consultation, made_at, needs, problem) VALUES ($1, $2, $3, $4)
		ON CONFLICT (consultation) DO UPDATE SET needs = excluded.needs, problem = excluded.problem`, no, 0, needs, problem)
	return err
}

// nextEpoch makes maps that are being computed now void.
func nextEpoch(tx *storage.Tx, no int64) error {
	_, err := tx.Exec(`INSERT INTO consultations_map (consultation, epoch) VALUES ($1, 1)
		ON CONFLICT (consultation) DO UPDATE SET epoch = consultations_map.epoch + 1`, no)
	return err
}

// staleMaps is the consultations with votes that their map does not know.
func staleMaps(tx *storage.Tx, limit int) ([]Consultation, error) {
	return storage.All(tx, scanConsultation, "SELECT "+consultationColumns+` FROM consultations_consultation c LEFT JOIN consultations_map m ON m.consultation = c.no
		WHERE c.phase IN ('open', 'closed', 'answered') AND c.votes > 0 AND COALESCE(m.problem, '') = '' AND COALESCE(m.made_at, 0) < c.folded_at
		ORDER BY c.no LIMIT $1`, limit)
}

// votesAtMost bounds how many people voted how often, without counting the votes: all in the totals,
// and all that wait to join them.
func votesAtMost(tx *storage.Tx, c Consultation) (people, votes int, err error) {
	waiting, err := storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM consultations_vote_new WHERE consultation = $1", c.no)
	return int(c.Totals.Participants + waiting), int(c.Totals.Votes + waiting), err
}

// mapVoter is what one participant said, as the map counts it.
type mapVoter struct {
	participant int64
	first, last int64 // ms since 1970; 0 when not known
	votes       string
}

// eachMapVoter walks the participants. All that one said comes as one row, and a statement with what
// was said of it as one number: rows would cost more than the votes, and texts put together as much.
func eachMapVoter(tx *storage.Tx, no int64, each func(mapVoter) error) error {
	for v, err := range storage.Each(tx, storage.Into(func(v *mapVoter) []any { return []any{&v.participant, &v.first, &v.last, &v.votes} }),
		`SELECT participant, MIN(at), MAX(at), string_agg(CAST(4 * statement + choice + 1 AS TEXT), ',') FROM consultations_vote
		WHERE consultation = $1 GROUP BY participant ORDER BY participant`, no) {
		if err != nil {
			return err
		}
		if err := each(v); err != nil {
			return err
		}
	}
	return nil
}

// each calls yield for every vote.
func (v mapVoter) each(yield func(statement int64, choice Choice) error) error {
	for one := range strings.SplitSeq(v.votes, ",") {
		n, err := strconv.ParseInt(one, 10, 64)
		if err != nil {
			return err
		}
		if err := yield(n>>2, Choice(n&3-1)); err != nil {
			return err
		}
	}
	return nil
}

// said is what one participant said, by statement.
func said(tx *storage.Tx, c Consultation, participant int64) (map[int64]Choice, error) {
	return storage.Map[int64, Choice](tx, "SELECT statement, choice FROM consultations_vote WHERE consultation = $1 AND participant = $2 LIMIT 100000", c.no, participant)
}

// notShown are the statements that a map made before may still show.
func notShown(tx *storage.Tx, c Consultation) (map[int64]bool, error) {
	return storage.Map[int64, bool](tx, "SELECT no, TRUE FROM consultations_statement WHERE consultation = $1 AND state IN ('waiting', 'removed')", c.no)
}

// Exclusions.

func excluded(tx *storage.Tx, no int64) ([]int64, error) {
	return storage.All(tx, storage.Scalar[int64], `SELECT DISTINCT m.participant FROM consultations_exclusion_member m
		JOIN consultations_exclusion e ON e.consultation = m.consultation AND e.no = m.exclusion
		WHERE m.consultation = $1 AND e.reversed_at = 0 ORDER BY m.participant`, no)
}

func isExcluded(tx *storage.Tx, c Consultation, participant int64) (bool, error) {
	_, ok, err := storage.Found(storage.One(tx, storage.Scalar[int64], `SELECT e.no FROM consultations_exclusion_member m
		JOIN consultations_exclusion e ON e.consultation = m.consultation AND e.no = m.exclusion
		WHERE m.consultation = $1 AND m.participant = $2 AND e.reversed_at = 0`, c.no, participant))
	return ok, err
}

const exclusionColumns = "no, made_at, rule, reason, accounts, votes, reversed_at, reversal"

var scanExclusion = storage.Into(func(e *Exclusion) []any {
	return []any{&e.No, storage.Instant(&e.At), &e.Rule, &e.Reason, &e.Accounts, &e.Votes, storage.Instant(&e.ReversedAt), &e.Reversal}
})

func exclusion(tx *storage.Tx, c Consultation, no int64) (Exclusion, error) {
	return storage.One(tx, scanExclusion, "SELECT "+exclusionColumns+" FROM consultations_exclusion WHERE consultation = $1 AND no = $2", c.no, no)
}

func exclusions(tx *storage.Tx, c Consultation) ([]Exclusion, error) {
	return storage.All(tx, scanExclusion, "SELECT "+exclusionColumns+" FROM consultations_exclusion WHERE consultation = $1 ORDER BY no LIMIT 1000", c.no)
}

func insertExclusion(tx *storage.Tx, c Consultation, by civic.ID, rule civic.ID, reason civic.Text, b Burst) (int64, error) {
	no, err := storage.One(tx, storage.Scalar[int64], "SELECT COALESCE(MAX(no), 0) + 1 FROM consultations_exclusion WHERE consultation = $1", c.no)
	if err != nil {
		return 0, err
	}
	if _, err := tx.Exec(`INSERT INTO consultations_exclusion (consultation, no, made_at, made_by, rule, reason, accounts, votes, reversal) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		c.no, no, storage.Millis(tx.Now()), by, rule, reason, len(b.Accounts), b.Votes, civic.Text{}); err != nil {
		return 0, err
	}
	rows := make([][]any, len(b.Accounts))
	for i, p := range b.Accounts {
		rows[i] = []any{c.no, no, p}
	}
	return no, tx.Insert("consultations_exclusion_member (consultation, exclusion, participant)", rows)
}

// reverseExclusion reports whether there was one to reverse.
func reverseExclusion(tx *storage.Tx, c Consultation, no int64, by civic.ID, reason civic.Text) (bool, error) {
	n, err := tx.Exec("UPDATE consultations_exclusion SET reversed_at = $3, reversed_by = $4, reversal = $5 WHERE consultation = $1 AND no = $2 AND reversed_at = 0",
		c.no, no, storage.Millis(tx.Now()), by, reason)
	return n == 1, err
}

// Erasure.

type membership struct {
	consultation Consultation
	participant  int64
}

func membershipsOf(tx *storage.Tx, account civic.ID) ([]membership, error) {
	return storage.All(tx, storage.Into(func(m *membership) []any { return append(m.consultation.places(), &m.participant) }),
		"SELECT "+consultationColumns+`, p.no FROM consultations_participant p JOIN consultations_consultation c ON c.no = p.consultation
		WHERE p.account = $1 AND p.account <> '' ORDER BY c.no`, account)
}

// giveNumber moves all that a participant said to a new number, so that nothing that once
// named the old one leads to it, and returns the new one.
func giveNumber(tx *storage.Tx, c Consultation, from int64) (int64, error) {
	to, err := freeNumber(tx, c)
	if err != nil {
		return 0, err
	}
	if err := tx.ExecEach([]string{
		"UPDATE consultations_participant SET no = $3 WHERE consultation = $1 AND no = $2",
		"UPDATE consultations_vote SET participant = $3 WHERE consultation = $1 AND participant = $2",
		"UPDATE consultations_vote_former SET participant = $3 WHERE consultation = $1 AND participant = $2",
		"UPDATE consultations_statement SET author = $3 WHERE consultation = $1 AND author = $2",
		"UPDATE consultations_exclusion_member SET participant = $3 WHERE consultation = $1 AND participant = $2",
	}, c.no, from, to); err != nil {
		return 0, err
	}
	return to, nil
}

func freeNumber(tx *storage.Tx, c Consultation) (int64, error) {
	for {
		var b [4]byte
		_, _ = rand.Read(b[:]) // never fails: the standard library stops the program instead
		no := int64(binary.LittleEndian.Uint32(b[:]) >> 1)
		_, taken, err := storage.Found(storage.One(tx, storage.Scalar[int64], "SELECT no FROM consultations_participant WHERE consultation = $1 AND no = $2", c.no, no))
		if err != nil || !taken {
			return no, err
		}
	}
}
