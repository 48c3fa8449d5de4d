package organisations

import (
	"encoding/json"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// stagedProvenance is all that applying needs to know beside the rows.
type stagedProvenance struct {
	Provenance
	Kind string `json:"kind"`
}

func insertImport(tx *storage.Tx, id civic.ID, provenance stagedProvenance) error {
	b, err := json.Marshal(provenance)
	if err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO organisation_import (id, state, provenance, made_at) VALUES ($1, 'staging', $2, $3)", id, string(b), storage.Millis(tx.Now()))
	return err
}

// insertImportRows takes rows of import, number and payload.
func insertImportRows(tx *storage.Tx, rows [][]any) error {
	return tx.Insert("organisation_import_row (import, n, payload)", rows)
}

func setImportState(tx *storage.Tx, id civic.ID, state string) error {
	_, err := tx.Exec("UPDATE organisation_import SET state = $1 WHERE id = $2", state, id)
	return err
}

func dropImport(tx *storage.Tx, id civic.ID) error {
	if _, err := tx.Exec("DELETE FROM organisation_import_row WHERE import = $1", id); err != nil {
		return err
	}
	_, err := tx.Exec("DELETE FROM organisation_import WHERE id = $1", id)
	return err
}

// leftImport is an import that was begun and has not ended.
type leftImport struct {
	id         civic.ID
	state      string
	provenance stagedProvenance
	at         time.Time
}

func leftImports(tx *storage.Tx) ([]leftImport, error) {
	return storage.All(tx, storage.Into(func(l *leftImport) []any {
		return []any{&l.id, &l.state, storage.JSON(&l.provenance), storage.Instant(&l.at)}
	}),
		"SELECT id, state, provenance, made_at FROM organisation_import ORDER BY id LIMIT 100")
}

// stagedRow is a row of a table with its number.
type stagedRow struct {
	n int64
	incoming
}

func stagedRows(tx *storage.Tx, id civic.ID, after int64, limit int) ([]stagedRow, error) {
	return storage.All(tx, storage.Into(func(r *stagedRow) []any { return []any{&r.n, storage.JSON(&r.incoming)} }),
		"SELECT n, payload FROM organisation_import_row WHERE import = $1 AND n > $2 ORDER BY n LIMIT $3", id, after, limit)
}

func dropStaged(tx *storage.Tx, id civic.ID, upTo int64) error {
	_, err := tx.Exec("DELETE FROM organisation_import_row WHERE import = $1 AND n <= $2", id, upTo)
	return err
}
