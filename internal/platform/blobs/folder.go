package blobs

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
)

// Folder keeps each blob as a file of its own, in folders of some hundreds: "birge.files/k3/….k3".
type Folder string

// The two characters of a key before its first dot are random, so the blobs spread evenly.
func (f Folder) path(key string) string {
	stem, _, _ := strings.Cut(strings.TrimPrefix(key, Half), ".")
	return filepath.Join(string(f), stem[len(stem)-2:], key)
}

func (f Folder) Put(ctx context.Context, key string, b Blob) (err error) {
	if err := checkKey(key); err != nil {
		return err
	}
	place, partial := f.path(key), f.path(Half+key)
	if err := f.makeShelf(filepath.Dir(place)); err != nil {
		return err
	}
	file, err := os.OpenFile(partial, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(partial) // what remains is swept
		}
	}()
	_, err = io.Copy(file, readerWithContext{ctx, b.reader()})
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Rename(partial, place); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(place))
}

// makeShelf makes the folder of a blob, and makes safe that it is there.
func (f Folder) makeShelf(shelf string) error {
	if _, err := os.Stat(shelf); err == nil {
		return nil
	}
	if err := os.MkdirAll(shelf, 0o700); err != nil {
		return err
	}
	if err := syncFolder(string(f)); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(filepath.Clean(string(f))))
}

// syncFolder makes what a folder lists safe from a loss of power.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func (f Folder) Open(_ context.Context, key string) (io.ReadCloser, int64, error) {
	if err := checkKey(key); err != nil {
		return nil, 0, err
	}
	file, err := os.Open(f.path(key))
	if errors.Is(err, fs.ErrNotExist) {
		err = ErrMissing
	}
	if err != nil {
		return nil, 0, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, file.Close())
	}
	return file, info.Size(), nil
}

func (f Folder) Remove(_ context.Context, key string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	if err := os.Remove(f.path(key)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (f Folder) Keys(ctx context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		shelves, err := os.ReadDir(string(f))
		if errors.Is(err, fs.ErrNotExist) {
			return // no blob was put yet
		}
		if err != nil {
			yield("", err)
			return
		}
		for _, shelf := range shelves {
			if !shelf.IsDir() || len(shelf.Name()) != len("aa") { // not ours: a file beside, lost+found
				continue
			}
			blobs, err := os.ReadDir(filepath.Join(string(f), shelf.Name()))
			if err == nil {
				err = ctx.Err()
			}
			if err != nil && !yield("", err) {
				return
			}
			for _, b := range blobs {
				if checkKey(b.Name()) == nil && !yield(b.Name(), nil) {
					return
				}
			}
		}
	}
}

// readerWithContext stops reading when its context ends.
type readerWithContext struct {
	ctx context.Context
	r   io.Reader
}

func (r readerWithContext) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}
