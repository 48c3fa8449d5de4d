package files

import (
	"encoding/json"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

const columns = "id, thing, sort, name, words, lang, versions, author, licence, account, published, created_at"

var scanFile = storage.Into(func(f *File) []any {
	return []any{&f.ID, storage.Ref(&f.Thing), &f.Sort, &f.Name, &f.Words, &f.Lang, storage.JSON(&f.Versions), &f.Author, &f.Licence, &f.account, &f.Published, storage.Instant(&f.CreatedAt)}
})

func find(tx *storage.Tx, id civic.ID) (File, error) {
	return storage.One(tx, scanFile, "SELECT "+columns+" FROM files_file WHERE id = $1", id)
}

func byIDs(tx *storage.Tx, ids []civic.ID) ([]File, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanFile, "SELECT "+columns+" FROM files_file WHERE id IN "+in, args...)
}

// ofThings lists the files of one sort of things of one kind, those added first in front; with sort "" of all sorts.
func ofThings(tx *storage.Tx, sort string, things ...civic.Ref) ([]File, error) {
	var names []string
	for _, t := range things {
		names = append(names, t.String())
	}
	in, args := storage.In([]any{sort}, names)
	return storage.All(tx, scanFile, "SELECT "+columns+" FROM files_file WHERE thing IN "+in+" AND ($1 = '' OR sort = $1) ORDER BY thing, sort, id", args...)
}

func insert(tx *storage.Tx, f File) error {
	versions, err := json.Marshal(f.Versions)
	if err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO files_file (id, thing, sort, name, words, lang, versions, bytes, author, licence, account, published, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
		f.ID, f.Thing.String(), f.Sort, f.Name, f.Words, string(f.Lang), string(versions), f.bytes(), f.Author, f.Licence, f.account, f.Published, storage.Millis(f.CreatedAt))
	return err
}

func updateWords(tx *storage.Tx, f File) error {
	_, err := tx.Exec("UPDATE files_file SET words = $2, lang = $3, author = $4, licence = $5 WHERE id = $1", f.ID, f.Words, string(f.Lang), f.Author, f.Licence)
	return err
}

func updatePublished(tx *storage.Tx, f File) error {
	_, err := tx.Exec("UPDATE files_file SET published = $2 WHERE id = $1", f.ID, f.Published)
	return err
}

// remove takes a file out; its blobs wait for the sweep.
func remove(tx *storage.Tx, f File) error {
	if _, err := tx.Exec("DELETE FROM files_file WHERE id = $1", f.ID); err != nil {
		return err
	}
	_, err := tx.Exec("INSERT INTO files_gone (id, thing, sort, published, gone_at) VALUES ($1, $2, $3, $4, $5)", f.ID, f.Thing.String(), f.Sort, f.Published, storage.Millis(tx.Now()))
	return err
}

// bytesOf is what an account has taken of its quota; "" is the whole city.
func bytesOf(tx *storage.Tx, account civic.ID) (int64, error) {
	const sum = "SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM files_file"
	if account == "" {
		return storage.One(tx, storage.Scalar[int64], sum)
	}
	return storage.One(tx, storage.Scalar[int64], sum+" WHERE account = $1", account)
}

// filesAfter lists files by their ids, behind one of them.
func filesAfter(tx *storage.Tx, after civic.ID, most int) ([]File, error) {
	return storage.All(tx, scanFile, "SELECT "+columns+" FROM files_file WHERE id > $1 ORDER BY id LIMIT $2", after, most)
}

// kept are those of the ids that are files.
func kept(tx *storage.Tx, ids []civic.ID) ([]civic.ID, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, storage.Scalar[civic.ID], "SELECT id FROM files_file WHERE id IN "+in, args...)
}

// gone is when those of the ids that were files were removed, in milliseconds.
func gone(tx *storage.Tx, ids []civic.ID) (map[civic.ID]int64, error) {
	in, args := storage.In(nil, ids)
	return storage.Map[civic.ID, int64](tx, "SELECT id, gone_at FROM files_gone WHERE id IN "+in, args...)
}

// goneOf lists the files of a thing that everybody saw and that were removed, those added last first.
func goneOf(tx *storage.Tx, thing civic.Ref, most int) ([]Change, error) {
	return storage.All(tx, storage.Into(func(c *Change) []any { return []any{&c.File.ID, &c.File.Sort, storage.Instant(&c.At)} }),
		"SELECT id, sort, gone_at FROM files_gone WHERE thing = $1 AND published ORDER BY id DESC LIMIT $2", thing.String(), most)
}

// forgetGone drops the notes on files whose blobs were swept long ago and that no history names.
func forgetGone(tx *storage.Tx, before time.Time) error {
	_, err := tx.Exec("DELETE FROM files_gone WHERE gone_at < $1 AND NOT published", storage.Millis(before))
	return err
}

func sentBy(tx *storage.Tx, account civic.ID) ([]File, error) {
	return storage.All(tx, scanFile, "SELECT "+columns+" FROM files_file WHERE account = $1 ORDER BY id", account)
}

// forgetSender cuts files off from who sent them: they belong to the thing.
func forgetSender(tx *storage.Tx, account civic.ID) error {
	_, err := tx.Exec("UPDATE files_file SET account = '' WHERE account = $1", account)
	return err
}
