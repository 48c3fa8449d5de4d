package files

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/blobs"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Health is what Examine found: how the bytes in the store agree with the files that the database names.
type Health struct {
	Files    int      // that the database names
	Versions int      // whose bytes belong in the store
	Missing  []string // keys of bytes that are not there
	Changed  []string // keys of bytes that are not those that were put
	Waiting  int      // blobs of no file, which the daily sweep will take
	Left     int      // blobs of no file that it should have taken long ago
	Strange  int      // blobs that no city has put there
}

// longestWait is after what time a blob of no file is one that the sweep forgets, whatever files.orphan_hours says.
func longestWait() time.Duration { return time.Duration(orphanHours().Max+48) * time.Hour }

// Examine compares the store with the files of a database that has its schema, and changes nothing. read has every byte
// read and held against its hash; otherwise it is seen only that as many are there. A file that is added or removed
// meanwhile is in no list.
func Examine(ctx context.Context, db *storage.DB, store blobs.Store, read bool) (h Health, err error) {
	if err := h.lookAtBlobs(ctx, db, store); err != nil {
		return h, err
	}
	for after, more := civic.ID(""), true; more; {
		var some []File
		err := db.Read(ctx, func(tx *storage.Tx) (err error) { some, err = filesAfter(tx, after, sweepAtOnce); return err })
		if err != nil {
			return h, err
		}
		for _, f := range some {
			after = f.ID
			if err := h.lookAtFile(ctx, db, store, f, read); err != nil {
				return h, err
			}
		}
		more = len(some) == sweepAtOnce
	}
	return h, nil
}

// lookAtFile looks whether all versions of a file are in the store.
func (h *Health) lookAtFile(ctx context.Context, db *storage.DB, store blobs.Store, f File, read bool) error {
	var missing, changed []string
	for _, v := range f.Versions {
		switch same, err := holds(ctx, store, f.blob(v), v, read); {
		case errors.Is(err, blobs.ErrMissing):
			missing = append(missing, f.blob(v))
		case err != nil:
			return err
		case !same:
			changed = append(changed, f.blob(v))
		}
	}
	if len(missing)+len(changed) > 0 {
		there, err := stillThere(ctx, db, f.ID)
		if err != nil || !there {
			return err
		}
	}
	h.Files++
	h.Versions += len(f.Versions)
	h.Missing, h.Changed = append(h.Missing, missing...), append(h.Changed, changed...)
	return nil
}

// holds reports whether what is under the key is the version.
func holds(ctx context.Context, store blobs.Store, key string, v Version, read bool) (bool, error) {
	r, size, err := store.Open(ctx, key)
	if err != nil {
		return false, err
	}
	defer r.Close()
	if size != v.Bytes || !read {
		return size == v.Bytes, nil
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, r); err != nil {
		return false, err
	}
	return hex.EncodeToString(sum.Sum(nil)) == v.Hash, nil
}

func stillThere(ctx context.Context, db *storage.DB, id civic.ID) (there bool, err error) {
	err = db.Read(ctx, func(tx *storage.Tx) error {
		ids, err := kept(tx, []civic.ID{id})
		there = len(ids) > 0
		return err
	})
	return there, err
}

// lookAtBlobs looks for blobs that belong to no file.
func (h *Health) lookAtBlobs(ctx context.Context, db *storage.DB, store blobs.Store) error {
	of := func(keys []string) error {
		return db.Read(ctx, func(tx *storage.Tx) error {
			orphans, err := orphansAmong(tx, keys)
			for _, since := range orphans {
				if db.Now().Sub(since) > longestWait() {
					h.Left++
				} else {
					h.Waiting++
				}
			}
			return err
		})
	}
	var keys []string
	for key, err := range store.Keys(ctx) {
		if err != nil {
			return err
		}
		if _, ours := fileOf(key); !ours {
			h.Strange++
			continue
		}
		if keys = append(keys, key); len(keys) < sweepAtOnce {
			continue
		}
		if err := of(keys); err != nil {
			return err
		}
		keys = nil
	}
	return of(keys)
}
