package organisations

import (
	"encoding/json"
	"errors"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/tables"
)

var scanUpload = storage.Into(func(u *Upload) []any {
	return []any{&u.ID, &u.Name, storage.JSON(&u.Mapping), storage.JSON(&u.Look), storage.JSON(&u.Report), &u.State}
})

// uploadBy finds a moderator's own upload.
func uploadBy(tx *storage.Tx, account, id civic.ID) (Upload, error) {
	return storage.One(tx, scanUpload, "SELECT id, name, mapping, look, report, state FROM organisation_upload WHERE id = $1 AND account = $2", id, account)
}

func uploadData(tx *storage.Tx, id civic.ID) ([]byte, error) {
	return storage.One(tx, storage.Scalar[[]byte], "SELECT data FROM organisation_upload WHERE id = $1", id)
}

func insertUpload(tx *storage.Tx, account civic.ID, u Upload, data []byte) error {
	mapping, err := json.Marshal(u.Mapping)
	look, err2 := json.Marshal(u.Look)
	if err := errors.Join(err, err2); err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO organisation_upload (id, account, name, mapping, look, report, state, created_at, data) VALUES ($1, $2, $3, $4, $5, '{}', $6, $7, $8)`,
		u.ID, account, u.Name, string(mapping), string(look), u.State, storage.Millis(tx.Now()), data)
	return err
}

func saveUploadLook(tx *storage.Tx, id civic.ID, m Mapping, look tables.Look, state string) error {
	mapping, err := json.Marshal(m)
	text, err2 := json.Marshal(look)
	if err := errors.Join(err, err2); err != nil {
		return err
	}
	_, err = tx.Exec("UPDATE organisation_upload SET mapping = $1, look = $2, state = $3 WHERE id = $4", string(mapping), string(text), state, id)
	return err
}

func deleteOldUploads(tx *storage.Tx) error {
	_, err := tx.Exec("DELETE FROM organisation_upload WHERE created_at < $1", storage.Millis(tx.Now())-uploadHours*3600*1000)
	return err
}

// moveUpload reports false when the upload is not in the state from.
func moveUpload(tx *storage.Tx, id civic.ID, from, to string) (bool, error) {
	n, err := tx.Exec("UPDATE organisation_upload SET state = $1 WHERE id = $2 AND state = $3", to, id, from)
	return n == 1, err
}

func saveUploadReport(tx *storage.Tx, id civic.ID, m Mapping, report Report, state string) error {
	mapping, err := json.Marshal(m)
	text, err2 := json.Marshal(report)
	if err := errors.Join(err, err2); err != nil {
		return err
	}
	_, err = tx.Exec("UPDATE organisation_upload SET mapping = $1, report = $2, state = $3 WHERE id = $4", string(mapping), string(text), state, id)
	return err
}
