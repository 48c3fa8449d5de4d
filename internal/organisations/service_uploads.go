package organisations

import (
	"bytes"
	"context"
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
	up.Name, up.State, up.Mapping = cut(name, maxShort), uploadNew, Detect(up.Header)
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := deleteOldUploads(tx); err != nil {
			return err
		}
		up.ID = civic.NewID(tx.Now())
		return insertUpload(tx, actor.Account, up)
	})
	return up.ID, err
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
	err = s.db.Read(ctx, func(tx *storage.Tx) error { u, err = uploadBy(tx, actor.Account, id); return err })
	if err != nil {
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
			first, err := moveUpload(tx, id, uploadChecked, uploadApplied)
			if err == nil && !first {
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
	return errors.Join(err, s.db.Write(context.WithoutCancel(ctx), func(tx *storage.Tx) error {
		if err := saveUploadReport(tx, id, *m, report, state); err != nil {
			return err
		}
		if state != uploadApplied {
			return nil
		}
		return s.trail.Note(tx, actor, "organisations.table.import", civic.Ref{},
			map[string]string{"created": strconv.Itoa(report.Created), "updated": strconv.Itoa(report.Updated)})
	}))
}
