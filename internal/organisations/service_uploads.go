package organisations

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strconv"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/sheet"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// States of an upload: what the moderator has seen of it.
const (
	uploadNew     = "new"     // the columns are to be looked at
	uploadChecked = "checked" // the dry run's report is to be looked at
	uploadApplied = "applied"
)

// Upload is a table that a moderator is bringing in. It is kept for a day.
type Upload struct {
	ID      civic.ID
	Name    string // of the file, as the browser told it: for showing, nothing else
	State   string
	Mapping Mapping
	Report  Report
	data    []byte

	Header []string   // of the table
	Sample [][]string // its first rows
}

const (
	maxUpload   = 32 << 20
	sampleRows  = 3
	uploadHours = 24
)

// SaveUpload keeps a file until its columns are settled. Moderators only (Forbidden).
// Invalid says why it cannot be read as a table.
func (s *Service) SaveUpload(ctx context.Context, actor civic.Actor, name string, data []byte) (id civic.ID, err error) {
	if !Moderates(actor) {
		return "", civic.Fail(civic.Forbidden, "web.forbidden")
	}
	up := Upload{data: data}
	if err := up.peek(); err != nil {
		return "", err
	}
	mapping, err := json.Marshal(Detect(up.Header))
	if err != nil {
		return "", err
	}
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		if _, err := tx.Exec("DELETE FROM organisation_upload WHERE created_at < $1", storage.Millis(tx.Now())-uploadHours*3600*1000); err != nil {
			return err
		}
		id = civic.NewID(tx.Now())
		_, err := tx.Exec(`INSERT INTO organisation_upload (id, account, name, mapping, report, state, created_at, data) VALUES ($1, $2, $3, $4, '{}', $5, $6, $7)`,
			id, actor.Account, cut(name, maxShort), string(mapping), uploadNew, storage.Millis(tx.Now()), data)
		return err
	})
	return id, err
}

// peek reads the header and the first rows, in the encoding that the mapping says.
func (u *Upload) peek() error {
	rows, err := sheet.Open(bytes.NewReader(u.data), int64(len(u.data)), sheet.Options{Windows1251: u.Mapping.Windows1251})
	if err != nil {
		return fileError(err)
	}
	defer rows.Close()
	for len(u.Sample) < sampleRows {
		row, err := rows.Next()
		var broken *sheet.Error
		switch {
		case errors.As(err, &broken) && broken.RowOnly() && u.Header != nil:
			continue
		case errors.As(err, &broken) && broken.Code == sheet.CodeWindows1251 && !u.Mapping.Windows1251:
			again := Upload{data: u.data, Mapping: Mapping{Windows1251: true}}
			err := again.peek()
			u.Header, u.Sample, u.Mapping.Windows1251 = again.Header, again.Sample, true
			return err
		case errors.Is(err, io.EOF):
			if u.Header == nil {
				return civic.Fail(civic.Invalid, "organisations.import_empty")
			}
			return nil
		case err != nil:
			return fileError(err)
		}
		cells := append([]string(nil), row.Cells...)
		if u.Header == nil {
			u.Header = cells
		} else {
			u.Sample = append(u.Sample, cells)
		}
	}
	return nil
}

// UploadOf returns a moderator's own upload; to others it is NotFound.
func (s *Service) UploadOf(ctx context.Context, actor civic.Actor, id civic.ID) (u Upload, err error) {
	if !Moderates(actor) {
		return u, civic.Fail(civic.Forbidden, "web.forbidden")
	}
	var mapping, report string
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		u, err = storage.One(tx, func(r storage.Row) (u Upload, err error) {
			return u, r.Scan(&u.ID, &u.Name, &mapping, &report, &u.State, &u.data)
		}, "SELECT id, name, mapping, report, state, data FROM organisation_upload WHERE id = $1 AND account = $2", id, actor.Account)
		return err
	})
	if err != nil {
		return u, err
	}
	if err := errors.Join(json.Unmarshal([]byte(mapping), &u.Mapping), json.Unmarshal([]byte(report), &u.Report)); err != nil {
		return u, err
	}
	return u, u.peek()
}

// RunUpload tries a mapping out (dry), or applies it, and keeps the report. Moderators only.
// An applied table cannot be applied again (Conflict); bring it in anew.
func (s *Service) RunUpload(ctx context.Context, actor civic.Actor, id civic.ID, m *Mapping, dry bool) error {
	u, err := s.UploadOf(ctx, actor, id)
	if err != nil {
		return err
	}
	if u.State == uploadApplied || !dry && u.State != uploadChecked {
		return civic.Fail(civic.Conflict, "organisations.upload_done")
	}
	if m == nil {
		m = &u.Mapping
	}
	if len(m.Columns) > len(u.Header) {
		return civic.Fail(civic.Invalid, "web.malformed")
	}
	if err := m.Check(); err != nil {
		return err
	}
	if !dry {
		// Whoever comes first applies it; the button may have been pressed twice.
		err := s.db.Write(ctx, func(tx *storage.Tx) error {
			n, err := tx.Exec("UPDATE organisation_upload SET state = $1 WHERE id = $2 AND state = $3", uploadApplied, id, uploadChecked)
			if err == nil && n == 0 {
				return civic.Fail(civic.Conflict, "organisations.upload_done")
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	report, err := s.Import(ctx, bytes.NewReader(u.data), int64(len(u.data)), *m, dry, nil)
	state := uploadChecked
	if !dry {
		state = uploadApplied
	}
	if err != nil {
		if dry {
			return err
		}
		state = uploadChecked // nothing was taken: it may be tried again
	}
	mapping, err2 := json.Marshal(m)
	text, err3 := json.Marshal(report)
	if err := errors.Join(err2, err3); err != nil {
		return err
	}
	return errors.Join(err, s.db.Write(context.WithoutCancel(ctx), func(tx *storage.Tx) error {
		if _, err := tx.Exec("UPDATE organisation_upload SET mapping = $1, report = $2, state = $3 WHERE id = $4", string(mapping), string(text), state, id); err != nil {
			return err
		}
		if state != uploadApplied {
			return nil
		}
		return s.deps.Audit(tx, actor, "organisations.table.import", civic.Ref{Kind: "import", ID: id},
			map[string]string{"created": strconv.Itoa(report.Created), "updated": strconv.Itoa(report.Updated)})
	}))
}
