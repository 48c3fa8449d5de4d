package proof

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Source is where a record is read from.
type Source interface {
	// Get returns a resource by its path ("checkpoint", "tile/0/000"), at most max bytes, or
	// an error that wraps fs.ErrNotExist.
	Get(ctx context.Context, path string, max int64) ([]byte, error)
	// Live tells that the record may grow while it is read.
	Live() bool
}

// Dir is a record exported into a directory.
type Dir string

// Get is Source's.
func (d Dir) Get(_ context.Context, path string, max int64) ([]byte, error) {
	f, err := os.Open(filepath.Join(string(d), filepath.FromSlash(path)))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() > max {
		return nil, fmt.Errorf("%s: %w", path, errTooLong)
	}
	b := make([]byte, info.Size())
	_, err = io.ReadFull(f, b)
	return b, err
}

// Live is Source's: a directory does not change.
func (Dir) Live() bool { return false }

var errTooLong = errors.New("longer than it can be")

func absent(err error) bool { return errors.Is(err, fs.ErrNotExist) }
