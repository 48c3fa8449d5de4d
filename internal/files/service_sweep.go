package files

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/blobs"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// sweepAtOnce is how many blobs the sweep asks the database about at a time.
const sweepAtOnce = 500

// Sweep removes blobs that belong to no file and have not for files.orphan_hours: of an upload that a crash cut
// short, and of files that were removed. A daily job calls it.
func (s *Service) Sweep(ctx context.Context) error {
	before := s.db.Now().Add(-time.Duration(s.value("orphan_hours")) * time.Hour)
	var keys []string
	for key, err := range s.blobs.Keys(ctx) {
		if err != nil {
			return err
		}
		if keys = append(keys, key); len(keys) < sweepAtOnce {
			continue
		}
		if err := s.sweep(ctx, keys, before); err != nil {
			return err
		}
		keys = nil
	}
	if err := s.sweep(ctx, keys, before); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error { return forgetGone(tx, before) })
}

// sweep removes those of the blobs that have been nobody's since before that time.
func (s *Service) sweep(ctx context.Context, keys []string, before time.Time) error {
	var orphans map[string]time.Time
	err := s.db.Read(ctx, func(tx *storage.Tx) (err error) { orphans, err = orphansAmong(tx, keys); return err })
	if err != nil {
		return err
	}
	for key, since := range orphans {
		if since.After(before) {
			continue
		}
		if err := s.blobs.Remove(ctx, key); err != nil {
			return err
		}
	}
	return nil
}

// orphansAmong are those of the blobs that no file needs, and since when; not those that are not ours to judge.
func orphansAmong(tx *storage.Tx, keys []string) (map[string]time.Time, error) {
	var ids []civic.ID
	for _, key := range keys {
		if id, ok := fileOf(key); ok {
			ids = append(ids, id)
		}
	}
	there, err := kept(tx, ids)
	if err != nil {
		return nil, err
	}
	removed, err := gone(tx, ids)
	out := map[string]time.Time{}
	for _, key := range keys {
		id, ok := fileOf(key)
		if !ok || slices.Contains(there, id) && !strings.HasPrefix(key, blobs.Half) {
			continue
		}
		out[key] = id.MadeAt()
		if at, was := removed[id]; was {
			out[key] = storage.Time(at)
		}
	}
	return out, err
}

// fileOf is the file that a blob is named after, or that of which a crash has left a half.
func fileOf(key string) (civic.ID, bool) {
	id, _, _ := strings.Cut(strings.TrimPrefix(key, blobs.Half), ".")
	return civic.ParseID(id)
}
