package datasets

import (
	"io"

	"github.com/birge-kz/birge/internal/platform/storage"
)

const columns = `v.no, v.dataset, v.number, v.label, v.made_at, v.sha256, v.row_count, v.byte_count, v.packed, v.crc, v.definition, v.revision, v.reason, v.why, v.added, v.removed, v.changed, v.changes, v.chart`

// row is a version with what is kept in another form.
type row struct {
	Version
	label string
	crc   int64
}

var scanRow = storage.Into(func(v *row) []any {
	return []any{&v.no, &v.Dataset, &v.Number, &v.label, storage.Instant(&v.MadeAt), &v.SHA256, &v.Rows, &v.Bytes, &v.Packed, &v.crc, storage.JSON(&v.Definition), &v.Revision, &v.Reason, &v.Why,
		&v.Added, &v.Removed, &v.Changed, storage.JSON(&v.Changes), storage.JSON(&v.Chart)}
})

func scanVersion(r storage.Row) (Version, error) {
	v, err := scanRow(r)
	if err != nil {
		return Version{}, err
	}
	v.CRC = uint32(v.crc)
	v.Label, err = ParseLabel(v.label)
	return v.Version, err
}

// latest is the last version of each dataset, by the names of the datasets.
func latest(tx *storage.Tx) ([]Version, error) {
	return storage.All(tx, scanVersion, "SELECT "+columns+` FROM datasets_version v
		WHERE v.number = (SELECT MAX(o.number) FROM datasets_version o WHERE o.dataset = v.dataset) ORDER BY v.dataset LIMIT 1000`)
}

func latestOf(tx *storage.Tx, dataset string) (Version, bool, error) {
	return storage.Found(storage.One(tx, scanVersion, "SELECT "+columns+" FROM datasets_version v WHERE v.dataset = $1 ORDER BY v.number DESC LIMIT 1", dataset))
}

// withContent is a version whose file has a digest.
func withContent(tx *storage.Tx, sha256 string) (Version, bool, error) {
	return storage.Found(storage.One(tx, scanVersion, "SELECT "+columns+" FROM datasets_version v WHERE v.sha256 = $1 ORDER BY v.no LIMIT 1", sha256))
}

func find(tx *storage.Tx, dataset string, number int64) (Version, error) {
	return storage.One(tx, scanVersion, "SELECT "+columns+" FROM datasets_version v WHERE v.dataset = $1 AND v.number = $2", dataset, number)
}

// versionsOf is a page of the versions of a dataset, the latest first, below a number; 0: from the latest.
func versionsOf(tx *storage.Tx, dataset string, below int64, most int) ([]Version, error) {
	where, args := storage.Before([]any{dataset, most}, "v.number", below)
	return storage.All(tx, scanVersion, "SELECT "+columns+" FROM datasets_version v WHERE v.dataset = $1 AND "+where+" ORDER BY v.number DESC LIMIT $2", args...)
}

func countDatasets(tx *storage.Tx) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(DISTINCT dataset) FROM datasets_version")
}

// insert numbers the version too: the caller holds the lock of all.
func insert(tx *storage.Tx, v *Version) (err error) {
	if v.no, err = storage.Next(tx, "datasets_version"); err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO datasets_version (no, dataset, number, label, made_at, sha256, row_count, byte_count, packed, crc, definition, revision, reason, why, added, removed, changed, changes, chart)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)`,
		v.no, v.Dataset, v.Number, v.Label.String(), storage.Millis(v.MadeAt), v.SHA256, v.Rows, v.Bytes, v.Packed, int64(v.CRC), storage.AsJSON(v.Definition), v.Revision, v.Reason, v.Why,
		v.Added, v.Removed, v.Changed, storage.AsJSON(append([]Change{}, v.Changes...)), storage.AsJSON(append([]Bar{}, v.Chart...)))
	return err
}

func putPiece(tx *storage.Tx, sha256 string, no int64, data []byte) error {
	_, err := tx.Exec("INSERT INTO datasets_piece (sha256, no, data) VALUES ($1, $2, $3) ON CONFLICT (sha256, no) DO UPDATE SET data = excluded.data", sha256, no, data)
	return err
}

// pieces reads a version's deflated file, piece by piece.
type pieces struct {
	next func(no int64) ([]byte, error)
	no   int64
	rest []byte
	left int64 // bytes
}

func (p *pieces) Read(b []byte) (int, error) {
	for len(p.rest) == 0 {
		if p.left <= 0 {
			return 0, io.EOF
		}
		data, err := p.next(p.no)
		if err != nil {
			return 0, err
		}
		p.rest, p.no = data, p.no+1
		if p.left -= int64(len(data)); len(data) == 0 {
			return 0, io.ErrUnexpectedEOF
		}
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

func piece(tx *storage.Tx, sha256 string, no int64) ([]byte, error) {
	return storage.One(tx, storage.Scalar[[]byte], "SELECT data FROM datasets_piece WHERE sha256 = $1 AND no = $2", sha256, no)
}
