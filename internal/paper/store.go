package paper

import (
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

const runColumns = "no, id, of_kind, of_id, sort, sheets, state, printed_at, settled_at, note"

var scanRun = storage.Into(func(r *Run) []any {
	return []any{&r.no, &r.ID, &r.Of.Kind, &r.Of.ID, &r.Sort, &r.Sheets, &r.State, storage.Instant(&r.PrintedAt), storage.Instant(&r.SettledAt), &r.Note}
})

func byID(tx *storage.Tx, id civic.ID) (Run, error) {
	return storage.One(tx, scanRun, "SELECT "+runColumns+" FROM paper_run WHERE id = $1", id)
}

func runsOf(tx *storage.Tx, of civic.Ref, most int) ([]Run, error) {
	return storage.All(tx, scanRun, "SELECT "+runColumns+" FROM paper_run WHERE of_kind = $1 AND of_id = $2 ORDER BY no DESC LIMIT $3", of.Kind, of.ID, most)
}

// insertRun numbers the run too: the caller holds the lock of all runs.
func insertRun(tx *storage.Tx, r *Run, by civic.ID, hashes [][]byte) error {
	no, err := storage.Next(tx, "paper_run")
	if err != nil {
		return err
	}
	r.no = no
	_, err = tx.Exec("INSERT INTO paper_run ("+runColumns+", printed_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, '', $9)", r.no, r.ID, r.Of.Kind, r.Of.ID, r.Sort, r.Sheets, r.State, storage.Millis(r.PrintedAt), by)
	if err != nil {
		return err
	}
	rows := make([][]any, len(hashes))
	for i, h := range hashes {
		rows[i] = []any{h, r.no, string(Printed), ""}
	}
	return tx.Insert("paper_sheet (hash, run, state, content)", rows)
}

func saveRun(tx *storage.Tx, r Run) error {
	_, err := tx.Exec("UPDATE paper_run SET state = $2, settled_at = $3, note = $4 WHERE no = $1", r.no, r.State, storage.Millis(r.SettledAt), r.Note)
	return err
}

// othersOut counts other runs of the sort that are out for the thing.
func othersOut(tx *storage.Tx, r Run) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM paper_run WHERE of_kind = $1 AND of_id = $2 AND sort = $3 AND state = $4 AND no <> $5", r.Of.Kind, r.Of.ID, r.Sort, Out, r.no)
}

// outOf counts the runs that are out for the thing.
func outOf(tx *storage.Tx, of civic.Ref) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM paper_run WHERE of_kind = $1 AND of_id = $2 AND state = $3", of.Kind, of.ID, Out)
}

type sheet struct {
	hash    []byte
	run     int64
	state   SheetState
	content string
}

func findSheet(tx *storage.Tx, hash []byte) (sheet, bool, error) {
	return storage.Found(storage.One(tx, storage.Into(func(s *sheet) []any { return []any{&s.hash, &s.run, &s.state, &s.content} }), "SELECT hash, run, state, content FROM paper_sheet WHERE hash = $1", hash))
}

func saveSheet(tx *storage.Tx, s sheet) error {
	_, err := tx.Exec("UPDATE paper_sheet SET state = $2, content = $3 WHERE hash = $1", s.hash, s.state, s.content)
	return err
}

// deleteSheets takes the sheets of a run away: nobody enters them any more.
func deleteSheets(tx *storage.Tx, run int64) error {
	_, err := tx.Exec("DELETE FROM paper_sheet WHERE run = $1", run)
	return err
}

func countSheets(tx *storage.Tx, run int64) (map[SheetState]int64, error) {
	return storage.Map[SheetState, int64](tx, "SELECT state, COUNT(*) FROM paper_sheet WHERE run = $1 GROUP BY state", run)
}

// contentsOf are what agreed sheets say, in an order that has nothing to do with people.
func contentsOf(tx *storage.Tx, run int64) ([]string, error) {
	return storage.All(tx, storage.Scalar[string], "SELECT content FROM paper_sheet WHERE run = $1 AND state = $2 ORDER BY hash LIMIT $3", run, Agreed, maxSheets)
}

// emptyEntries forgets what was read on a sheet, but not who read it: nobody reads it a second time.
func emptyEntries(tx *storage.Tx, hash []byte) error {
	_, err := tx.Exec("UPDATE paper_entry SET content = '' WHERE hash = $1", hash)
	return err
}

// voidWaiting gives up the sheets of a run that wait for a second or third person, and forgets what was read on them.
func voidWaiting(tx *storage.Tx, run int64) error {
	if _, err := tx.Exec("UPDATE paper_entry SET content = '' WHERE hash IN (SELECT hash FROM paper_sheet WHERE run = $1 AND state IN ($2, $3))", run, Once, Differs); err != nil {
		return err
	}
	_, err := tx.Exec("UPDATE paper_sheet SET state = $4, content = '' WHERE run = $1 AND state IN ($2, $3)", run, Once, Differs, Void)
	return err
}

// forgetContents takes away what sheets say and who entered it.
func forgetContents(tx *storage.Tx, run int64) error {
	return tx.ExecEach([]string{
		"DELETE FROM paper_entry WHERE hash IN (SELECT hash FROM paper_sheet WHERE run = $1)",
		"UPDATE paper_sheet SET content = '' WHERE run = $1",
	}, run)
}

// entry is what somebody read on a sheet.
type entry struct {
	turn    int64
	account civic.ID
	content string
}

var scanEntry = storage.Into(func(e *entry) []any { return []any{&e.turn, &e.account, &e.content} })

func entriesOf(tx *storage.Tx, hash []byte) ([]entry, error) {
	return storage.All(tx, scanEntry, "SELECT turn, account, content FROM paper_entry WHERE hash = $1 ORDER BY turn LIMIT 3", hash)
}

func insertEntry(tx *storage.Tx, hash []byte, e entry) error {
	_, err := tx.Exec("INSERT INTO paper_entry (hash, turn, account, content) VALUES ($1, $2, $3, $4)", hash, e.turn, e.account, e.content)
	return err
}

// Difference is a sheet that two people entered differently.
type Difference struct {
	First, Second string
}

func differences(tx *storage.Tx, run int64, most int) ([]Difference, error) {
	return storage.All(tx, storage.Into(func(d *Difference) []any { return []any{&d.First, &d.Second} }), `SELECT a.content, b.content FROM paper_sheet s JOIN paper_entry a ON a.hash = s.hash AND a.turn = 1
		JOIN paper_entry b ON b.hash = s.hash AND b.turn = 2 WHERE s.run = $1 AND s.state = $2 ORDER BY s.hash LIMIT $3`, run, Differs, most)
}

var scanPacket = storage.Into(func(p *Packet) []any {
	return []any{&p.No, &p.Place, &p.Given, storage.Instant(&p.GivenAt), &p.Returned, &p.Spoilt, &p.Replaced, &p.Unused, storage.Instant(&p.ClosedAt)}
})

func packetsOf(tx *storage.Tx, run int64) ([]Packet, error) {
	return storage.All(tx, scanPacket, "SELECT no, place, given, given_at, returned, spoilt, replaced, unused, closed_at FROM paper_packet WHERE run = $1 ORDER BY no LIMIT $2", run, maxPackets)
}

func insertPacket(tx *storage.Tx, run int64, p Packet, by civic.ID) error {
	_, err := tx.Exec("INSERT INTO paper_packet (run, no, place, given, given_by, given_at, returned, spoilt, replaced, unused, closed_by, closed_at) VALUES ($1, $2, $3, $4, $5, $6, 0, 0, 0, 0, '', 0)",
		run, p.No, p.Place, p.Given, by, storage.Millis(p.GivenAt))
	return err
}

func closePacket(tx *storage.Tx, run int64, p Packet, by civic.ID) error {
	_, err := tx.Exec("UPDATE paper_packet SET returned = $3, spoilt = $4, unused = $5, closed_by = $6, closed_at = $7, replaced = $8 WHERE run = $1 AND no = $2",
		run, p.No, p.Returned, p.Spoilt, p.Unused, by, storage.Millis(p.ClosedAt), p.Replaced)
	return err
}

// held is how much somebody did here.
type held struct {
	Entered int64 `json:"sheets_entered"`
	Packets int64 `json:"packets_given_or_counted"`
	Printed int64 `json:"runs_printed"`
}

func heldOf(tx *storage.Tx, account civic.ID) (h held, err error) {
	if h.Entered, err = storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM paper_entry WHERE account = $1", account); err != nil {
		return h, err
	}
	h.Packets, err = storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM paper_packet WHERE given_by = $1 OR closed_by = $1", account)
	if err == nil {
		h.Printed, err = storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM paper_run WHERE printed_by = $1", account)
	}
	return h, err
}

func forget(tx *storage.Tx, account civic.ID) error {
	return tx.ExecEach([]string{
		"UPDATE paper_run SET printed_by = '' WHERE printed_by = $1",
		"UPDATE paper_entry SET account = '' WHERE account = $1",
		"UPDATE paper_packet SET given_by = '' WHERE given_by = $1",
		"UPDATE paper_packet SET closed_by = '' WHERE closed_by = $1",
	}, account)
}

// workedOn are the runs, of those, on which somebody works: who printed, gave out, counted or entered sheets of them.
func workedOn(tx *storage.Tx, ids []civic.ID, account civic.ID) ([]Run, error) {
	in, args := storage.In([]any{account}, ids)
	return storage.All(tx, scanRun, "SELECT "+runColumns+` FROM paper_run r WHERE $1 <> '' AND (r.printed_by = $1
		OR EXISTS (SELECT 1 FROM paper_packet p WHERE p.run = r.no AND (p.given_by = $1 OR p.closed_by = $1))
		OR EXISTS (SELECT 1 FROM paper_entry e JOIN paper_sheet s ON s.hash = e.hash WHERE e.account = $1 AND s.run = r.no)) AND r.id IN `+in, args...)
}
