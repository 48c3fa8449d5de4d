package record

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record/proof"
)

// ErrNotOpen says that a city has no record yet.
var ErrNotOpen = errors.New("the record is not open yet: it opens when the city is served for the first time")

// Export writes a static copy of the whole record into a new directory, as any web server
// can host it and birge verify read it. It is one consistent moment; what waits is placed
// first. The directory is there whole or not at all. It returns how many entries it holds.
func (l *Log) Export(ctx context.Context, dir string, progress func(done, whole int64)) (size int64, err error) {
	if _, err := os.Lstat(dir); !os.IsNotExist(err) {
		return 0, fmt.Errorf("%s exists already: give another name or remove it", dir)
	}
	if err := l.db.Read(ctx, func(tx *storage.Tx) error {
		_, opened, err := storage.Found(findHead(tx, "latest"))
		if err == nil && !opened {
			err = ErrNotOpen
		}
		return err
	}); err != nil {
		return 0, err
	}
	if err := l.catchUp(ctx); err != nil && !errors.Is(err, ErrNotHolder) { // the node that holds the lease does it then
		return 0, err
	}
	dir = filepath.Clean(dir)
	whole, err := os.MkdirTemp(filepath.Dir(dir), ".birge-record-*")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(whole) // after the rename there is nothing
	if err := l.db.Read(ctx, func(tx *storage.Tx) error {
		h, err := findHead(tx, "latest")
		if err != nil {
			return err
		}
		if p, ok, err := storage.Found(findHead(tx, "published")); err != nil {
			return err
		} else if ok && p.N == h.N {
			h = p // with its cosignatures
		}
		size = h.N
		return l.export(tx, h, func(path string, data []byte) error {
			name := filepath.Join(whole, filepath.FromSlash(path))
			if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
				return err
			}
			return os.WriteFile(name, data, 0o644)
		}, progress)
	}); err != nil {
		return 0, err
	}
	if err := os.Chmod(whole, 0o755); err != nil {
		return 0, err
	}
	return size, os.Rename(whole, dir)
}

func (l *Log) export(tx *storage.Tx, h head, write func(path string, data []byte) error, progress func(done, whole int64)) error {
	ctx := tx.Context()
	for n := int64(0); n*proof.TileWidth < h.N; n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		width := int(min(h.N-n*proof.TileWidth, proof.TileWidth))
		b, err := bundle(tx, n, width)
		if err != nil {
			return err
		}
		if err := write(proof.TilePath(proof.Entries, n, width), b); err != nil {
			return err
		}
		if b, err = l.pages(tx, n, width); err != nil {
			return err
		}
		if err := write(proof.PagesPath(n), b); err != nil {
			return err
		}
		if progress != nil {
			progress(n*proof.TileWidth+int64(width), h.N)
		}
	}
	for level, size := 0, h.N; size > 0; level, size = level+1, size/proof.TileWidth {
		for n := int64(0); n*proof.TileWidth < size; n++ {
			width := int(min(size-n*proof.TileWidth, proof.TileWidth))
			data, err := findTile(tx, level, n)
			if err != nil {
				return err
			}
			if err := write(proof.TilePath(level, n, width), data[:min(len(data), width*32)]); err != nil {
				return err
			}
		}
	}
	keys, err := activeKeys(tx)
	if err != nil {
		return err
	}
	if err := write("record/key.txt", keyFile(h.Origin, keys)); err != nil {
		return err
	}
	if err := write("README.txt", []byte(exportReadme(h))); err != nil {
		return err
	}
	return write("checkpoint", h.note)
}

// keyFile is the plain list of the city's public keys.
func keyFile(origin string, vkeys []string) []byte {
	return []byte("# Public keys of the record of " + origin + ", the first one first. The last one signs.\n" + strings.Join(vkeys, "\n") + "\n")
}

func exportReadme(h head) string {
	return fmt.Sprintf(`The public record of %s: %d entries, copied %s.

    birge verify .

checks every entry, every hash and the signature, and that what the public pages showed is
what was recorded. Any web server can host this directory as it is; birge verify takes its
address, too. The files have the forms of C2SP tlog-tiles (https://c2sp.org/tlog-tiles);
record/pages/ holds what the public pages showed of each entry, one JSON object a line.
`, h.Origin, h.N, h.at.UTC().Format("2006-01-02 15:04 UTC"))
}

// SubjectPath is the address of the trace of a thing, without the language.
func SubjectPath(ref civic.Ref) string { return "/trace/" + ref.Kind + "/" + string(ref.ID) }
