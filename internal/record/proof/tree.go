package proof

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	tileHeight = 8 // of C2SP tlog-tiles
	// TileWidth is how many hashes a full tile has, and how many entries a full bundle.
	TileWidth = 1 << tileHeight
	// TileBytes is the size of a full tile.
	TileBytes = TileWidth * tlog.HashSize
)

// Edge is the right edge of a tree: the last tile of each level, as far as it is filled.
// That is all one needs to add entries and to know the root. The zero value is the empty tree.
type Edge struct {
	size  int64
	tiles [][]byte // by level; each shorter than TileBytes
}

// LoadEdge reads the right edge of a tree of the given size. tile gives a tile's hashes, of
// which there may be more than the tree of that size has.
func LoadEdge(size int64, tile func(level int, n int64) ([]byte, error)) (*Edge, error) {
	e := &Edge{size: size}
	for level, at := 0, size; at > 0; level, at = level+1, at/TileWidth {
		need := int(at%TileWidth) * tlog.HashSize
		if need == 0 {
			e.tiles = append(e.tiles, nil)
			continue
		}
		data, err := tile(level, at/TileWidth)
		if err != nil {
			return nil, err
		}
		if len(data) < need {
			return nil, fmt.Errorf("tile %s has %d bytes instead of %d", TilePath(level, at/TileWidth, 0), len(data), need)
		}
		e.tiles = append(e.tiles, bytes.Clone(data[:need]))
	}
	return e, nil
}

// Size is how many entries the tree has.
func (e *Edge) Size() int64 { return e.size }

// Append adds an entry's hash. Each tile that it fills goes to full, which may be nil and
// must not keep the slice.
func (e *Edge) Append(leaf tlog.Hash, full func(level int, n int64, data []byte) error) error {
	h := leaf
	e.size++
	for level := 0; ; level++ {
		if level == len(e.tiles) {
			e.tiles = append(e.tiles, nil)
		}
		e.tiles[level] = append(e.tiles[level], h[:]...)
		if len(e.tiles[level]) < TileBytes {
			return nil
		}
		if full != nil {
			if err := full(level, (e.size-1)>>(tileHeight*(level+1)), e.tiles[level]); err != nil {
				return err
			}
		}
		h = perfect(e.tiles[level])
		e.tiles[level] = e.tiles[level][:0]
	}
}

// Partial calls each with the unfilled tiles of the edge.
func (e *Edge) Partial(each func(level int, n int64, data []byte) error) error {
	for level, data := range e.tiles {
		if len(data) > 0 {
			if err := each(level, e.size>>(tileHeight*(level+1)), data); err != nil {
				return err
			}
		}
	}
	return nil
}

// Root is the hash of the tree (RFC 6962, 2.1).
func (e *Edge) Root() tlog.Hash {
	var peaks []tlog.Hash
	for level := len(e.tiles) - 1; level >= 0; level-- {
		rest := e.tiles[level]
		for width := TileBytes / 2; width >= tlog.HashSize; width /= 2 {
			if len(rest) >= width {
				peaks = append(peaks, perfect(rest[:width]))
				rest = rest[width:]
			}
		}
	}
	if len(peaks) == 0 {
		return sha256.Sum256(nil)
	}
	h := peaks[len(peaks)-1]
	for i := len(peaks) - 2; i >= 0; i-- {
		h = tlog.NodeHash(peaks[i], h)
	}
	return h
}

// perfect is the hash over hashes whose number is a power of two.
func perfect(data []byte) tlog.Hash {
	var level [TileWidth]tlog.Hash
	n := len(data) / tlog.HashSize
	for i := range n {
		copy(level[i][:], data[i*tlog.HashSize:])
	}
	for ; n > 1; n /= 2 {
		for i := range n / 2 {
			level[i] = tlog.NodeHash(level[2*i], level[2*i+1])
		}
	}
	return level[0]
}

// Entries is the level of bundles of entries in TilePath and ParseTilePath.
const Entries = -1

// TilePath is the path of a tile, or of a bundle of entries, without a leading slash (C2SP
// tlog-tiles): "tile/0/x001/234.p/56". width 0 or TileWidth is a full tile.
func TilePath(level int, n int64, width int) string {
	kind := "entries"
	if level != Entries {
		kind = strconv.Itoa(level)
	}
	p := "tile/" + kind + "/" + pathNumber(n)
	if width != 0 && width != TileWidth {
		p += ".p/" + strconv.Itoa(width)
	}
	return p
}

// pathNumber writes 1234067 as x001/x234/067.
func pathNumber(n int64) string {
	s := fmt.Sprintf("%03d", n%1000)
	for n /= 1000; n > 0; n /= 1000 {
		s = fmt.Sprintf("x%03d/%s", n%1000, s)
	}
	return s
}

// PagesPath is the path of what the pages show for a bundle of entries.
func PagesPath(n int64) string { return "record/pages/" + pathNumber(n) }

// ParseNumber reads what pathNumber wrote and nothing else.
func ParseNumber(s string) (int64, bool) {
	var n int64
	parts := strings.Split(s, "/")
	if len(parts) > 6 {
		return 0, false
	}
	for i, part := range parts {
		if i < len(parts)-1 {
			if !strings.HasPrefix(part, "x") {
				return 0, false
			}
			part = part[1:]
		}
		d, err := strconv.ParseUint(part, 10, 16)
		if err != nil || len(part) != 3 {
			return 0, false
		}
		n = n*1000 + int64(d)
	}
	return n, pathNumber(n) == s
}

// ParseTilePath reads what TilePath wrote after "tile/", and nothing else.
func ParseTilePath(rest string) (level int, n int64, width int, ok bool) {
	kind, number, found := strings.Cut(rest, "/")
	if !found {
		return 0, 0, 0, false
	}
	level = Entries
	if kind != "entries" {
		l, err := strconv.Atoi(kind)
		if err != nil || l < 0 || l > 63 || strconv.Itoa(l) != kind {
			return 0, 0, 0, false
		}
		level = l
	}
	width = TileWidth
	if number, w, found := strings.Cut(number, ".p/"); found {
		v, err := strconv.Atoi(w)
		if err != nil || v < 1 || v >= TileWidth || strconv.Itoa(v) != w {
			return 0, 0, 0, false
		}
		n, ok = ParseNumber(number)
		return level, n, v, ok
	}
	n, ok = ParseNumber(number)
	return level, n, width, ok
}

// AppendBundle adds an entry to a bundle. An entry that is missing is written as empty.
func AppendBundle(bundle, entry []byte) []byte {
	bundle = binary.BigEndian.AppendUint16(bundle, uint16(len(entry)))
	return append(bundle, entry...)
}

// nextOfBundle cuts the first entry off a bundle.
func nextOfBundle(bundle []byte) (entry, rest []byte, ok bool) {
	if len(bundle) < 2 {
		return nil, nil, false
	}
	n := int(binary.BigEndian.Uint16(bundle)) + 2
	if len(bundle) < n {
		return nil, nil, false
	}
	return bundle[2:n], bundle[n:], true
}

// widthIn is how many of the n-th tile's hashes (or bundle's entries) a tree has.
func widthIn(size int64, level int, n int64) int {
	for range max(level, 0) {
		size /= TileWidth
	}
	return int(min(max(size-n*TileWidth, 0), TileWidth))
}

// TileReader gives tlog the tiles of a tree; tile gives a tile's hashes, of which there may
// be more than are asked for.
type TileReader func(level int, n int64, width int) ([]byte, error)

// Height is tlog.TileReader's.
func (TileReader) Height() int { return tileHeight }

// ReadTiles is tlog.TileReader's.
func (r TileReader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	out := make([][]byte, len(tiles))
	for i, t := range tiles {
		data, err := r(t.L, t.N, t.W)
		if err != nil {
			return nil, err
		}
		if len(data) < t.W*tlog.HashSize {
			return nil, fmt.Errorf("tile %s has %d bytes instead of %d", TilePath(t.L, t.N, t.W), len(data), t.W*tlog.HashSize)
		}
		out[i] = data[:t.W*tlog.HashSize]
	}
	return out, nil
}

// SaveTiles is tlog.TileReader's: nothing is kept.
func (TileReader) SaveTiles([]tlog.Tile, [][]byte) {}
