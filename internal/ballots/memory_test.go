package ballots

import (
	"bytes"
	"context"
	"io"
	"iter"
	"maps"

	"github.com/birge-kz/birge/internal/platform/blobs"
)

// memory is a store of blobs.
type memory map[string][]byte

func (m memory) Put(_ context.Context, key string, b blobs.Blob) (err error) {
	m[key], err = io.ReadAll(io.NewSectionReader(b.Bytes, 0, b.Size))
	return err
}

func (m memory) Open(_ context.Context, key string) (io.ReadCloser, int64, error) {
	b, there := m[key]
	if !there {
		return nil, 0, blobs.ErrMissing
	}
	return io.NopCloser(bytes.NewReader(b)), int64(len(b)), nil
}

func (m memory) Remove(_ context.Context, key string) error { delete(m, key); return nil }

func (m memory) Keys(context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for key := range maps.Keys(m) {
			if !yield(key, nil) {
				return
			}
		}
	}
}
