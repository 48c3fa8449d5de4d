package organisations

import (
	"bytes"
	"context"
	"errors"
	"strconv"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/tables"
)

// States of an upload: what the moderator has seen of it.
const (
	uploadNew     = "new"     // the columns are to be looked at
	uploadChecked = "checked" // the dry run's report is to be looked at
	uploadApplied = "applied"
)

// Upload is a table that a moderator is bringing in. It is kept for a day. The file is looked into once, when it comes, and again
// when the moderator says how else to read it; pages show what was found then.
type Upload struct {
	ID      civic.ID
	Name    string // of the file, as the browser told it: for showing, nothing else
	State   string
	Mapping Mapping
	Look    tables.Look
	Report  Report
}

const (
	maxUpload   = 32 << 20
	uploadHours = 24
)

// SaveUpload keeps a file until its columns are settled. Moderators only (Forbidden).
// Invalid says why it cannot be read as a table.
func (s *Service) SaveUpload(ctx context.Context, actor civic.Actor, name string, data []byte) (id civic.ID, err error) {
	if !Moderates(actor) {
		return "", civic.Fail(civic.Forbidden, "web.forbidden")
	}
	up := Upload{Name: civic.Shortened(civic.CleanText(name), maxShort), State: uploadNew}
	if up.Look, err = look(data, up.Mapping); err != nil {
		return "", err
	}
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := deleteOldUploads(tx); err != nil {
			return err
		}
		up.ID = civic.NewID(tx.Now())
		return insertUpload(tx, actor.Account, up, data)
	})
	return up.ID, err
}

func look(data []byte, m Mapping) (tables.Look, error) {
	return tables.Peek(bytes.NewReader(data), int64(len(data)), m.Options, tableKind)
}

// UploadOf returns a moderator's own upload; to others it is NotFound.
func (s *Service) UploadOf(ctx context.Context, actor civic.Actor, id civic.ID) (u Upload, err error) {
	if !Moderates(actor) {
		return u, civic.Fail(civic.Forbidden, "web.forbidden")
	}
	err = s.db.Read(ctx, func(tx *storage.Tx) error { u, err = uploadBy(tx, actor.Account, id); return err })
	return u, err
}

// LookAgain reads the first rows anew as the mapping says: another sheet, heading or encoding. What the columns mean is then to
// be looked at again. Moderators only. Invalid says why the table cannot be read so.
func (s *Service) LookAgain(ctx context.Context, actor civic.Actor, id civic.ID, m Mapping) error {
	u, err := s.UploadOf(ctx, actor, id)
	if err != nil {
		return err
	}
	if u.State == uploadApplied {
		return civic.Fail(civic.Conflict, "organisations.upload_done")
	}
	data, err := s.uploadData(ctx, id)
	if err != nil {
		return err
	}
	m.Columns = nil
	found, err := look(data, m)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error { return saveUploadLook(tx, id, m, found, uploadNew) })
}

func (s *Service) uploadData(ctx context.Context, id civic.ID) (data []byte, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error { data, err = uploadData(tx, id); return err })
	return data, err
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
	data, err := s.uploadData(ctx, id)
	if err != nil {
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
	report, err := s.Import(ctx, bytes.NewReader(data), int64(len(data)), *m, dry, nil)
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
