package datasets

import (
	"bufio"
	"compress/flate"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/datasets/pack"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// pieceBytes is how large a piece of a deflated file is.
const pieceBytes = 256 << 10

// Build makes a new version of each dataset that is not as it was, and tells those who follow it. One that cannot be made stops none of
// the others; the errors are joined. Then what is computed from versions is asked for: see Then.
func (s *Service) Build(ctx context.Context) error {
	var errs []error
	for _, d := range s.declared.Datasets() {
		if err := s.build(ctx, d); err != nil {
			errs = append(errs, fmt.Errorf("datasets: %s: %w", d.Name, err))
		}
	}
	for _, do := range s.then {
		errs = append(errs, s.db.Write(ctx, do))
	}
	return errors.Join(errs...)
}

func (s *Service) build(ctx context.Context, d part.Dataset) error {
	csvFile, err := os.CreateTemp("", "birge-dataset-*.csv")
	if err != nil {
		return err
	}
	defer func() { _ = csvFile.Close(); _ = os.Remove(csvFile.Name()) }()
	buffered := bufio.NewWriterSize(csvFile, 1<<16)
	written, err := pack.Canonical(buffered, d, s.city.Zone(), func(visit func(part.Row) error) error { return s.Each(ctx, d, visit) })
	if err = errors.Join(err, buffered.Flush()); err != nil {
		return err
	}
	var before Version
	var there bool
	if err := s.db.Read(ctx, func(tx *storage.Tx) error { before, there, err = latestOf(tx, d.Name); return err }); err != nil {
		return err
	}
	now := DefinitionOf(d)
	if there && before.SHA256 == written.SHA256 && before.Definition.Same(now) {
		return nil
	}
	v := Version{Dataset: d.Name, Number: before.Number + 1, SHA256: written.SHA256, Rows: written.Rows, Bytes: written.Bytes, Definition: now, Revision: d.Revision}
	if there && !before.Definition.Same(now) {
		if d.Revision <= before.Revision {
			return fmt.Errorf("its columns changed, and nothing says why: raise Revision from %d and write Why", before.Revision)
		}
		v.Why = d.Why
	}
	last := &before
	if !there {
		last = nil
	}
	if err := s.compare(ctx, &v, last, csvFile); err != nil {
		return err
	}
	if err := s.keepOnce(ctx, &v, csvFile); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock("datasets"); err != nil {
			return err
		}
		if now, _, err := latestOf(tx, d.Name); err != nil || now.Number != before.Number {
			return err // somebody else has made it meanwhile
		}
		v.MadeAt = tx.Now()
		if err := insert(tx, &v); err != nil {
			return err
		}
		tx.Touch(topic)
		if !there {
			return nil
		}
		ref := Ref(d.Name)
		return s.notices.Tell(tx, notifications.Notice{Subject: civic.Say("datasets.told", "Title", s.catalog.Everywhere(part.DatasetKey(d.Name))),
			Body: civic.Say("datasets.told_body", "Version", v.Label.String(), "Added", v.Added, "Removed", v.Removed, "Changed", v.Changed),
			Path: v.Path(), Event: fmt.Sprintf("%s/%d", ref, v.Number), Thing: ref}, ref)
	})
}

// compare fills in what differs from the version before, and the chart.
func (s *Service) compare(ctx context.Context, v *Version, before *Version, file io.ReadSeeker) error {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	d := difference{is: v.Definition}
	var old *walker
	if before != nil {
		r := s.content(ctx, *before)
		defer r.Close()
		d.was = before.Definition
		old = newWalker(r, before.Definition)
	}
	now := newWalker(file, v.Definition)
	chart := newChart(v.Definition)
	comparable := before != nil && slices.Equal(before.Definition.Key, v.Definition.Key)
	for {
		if now.at == nil && !now.done {
			if err := now.step(); err != nil {
				return err
			}
			chart.add(now.at)
		}
		if comparable && old.at == nil && !old.done {
			if err := old.step(); err != nil {
				return err
			}
		}
		switch {
		case now.at == nil && (!comparable || old.at == nil):
			v.Added, v.Removed, v.Changed, v.Changes, v.Chart = d.added, d.removed, d.changed, d.first, chart.bars()
			v.Reason = d.reason(before)
			label := Label{}
			if before != nil {
				label = before.Label
			}
			v.Label = label.Next(d.was, v.Definition, v.Added, v.Removed)
			if !comparable { // a first version, or one with another key: no row can be told from one before
				v.Added, v.Changes = v.Rows, nil
			}
			return nil
		case !comparable:
			now.at = nil
		case old.at == nil || now.at != nil && now.key < old.key:
			d.pair(nil, now.at)
			now.at = nil
		case now.at == nil || old.key < now.key:
			d.pair(old.at, nil)
			old.at = nil
		default:
			d.pair(old.at, now.at)
			old.at, now.at = nil, nil
		}
	}
}

// walker reads a file row by row.
type walker struct {
	read   *csv.Reader
	of     Definition
	at     []string // nil: to be read
	key    string
	done   bool
	header bool
}

func newWalker(r io.Reader, of Definition) *walker {
	w := &walker{read: csv.NewReader(bufio.NewReaderSize(r, 1<<16)), of: of, header: true}
	w.read.FieldsPerRecord = len(of.Fields)
	return w
}

func (w *walker) step() error {
	row, err := w.read.Read()
	if w.header && err == nil {
		w.header = false
		row, err = w.read.Read()
	}
	if err == io.EOF {
		w.done, w.at = true, nil
		return nil
	}
	if err != nil {
		return err
	}
	w.at, w.key = row, pack.SortKey(keyOf(w.of, row), w.of.keyTypes())
	return nil
}

func (d Definition) keyTypes() (out []part.ColumnType) {
	for _, name := range d.Key {
		out = append(out, d.Fields[d.Index(name)].Type)
	}
	return out
}

// keepOnce keeps the file unless a version has the same: its pieces are what that version is read from, whichever program wrote them.
func (s *Service) keepOnce(ctx context.Context, v *Version, file io.ReadSeeker) error {
	var same Version
	var there bool
	err := s.db.Read(ctx, func(tx *storage.Tx) (err error) {
		same, there, err = withContent(tx, v.SHA256)
		return err
	})
	if err != nil {
		return err
	}
	if there {
		v.Packed, v.CRC = same.Packed, same.CRC
		return nil
	}
	return s.keep(ctx, v, file)
}

// keep puts the deflated file away, piece by piece; a piece that is there already is put again.
func (s *Service) keep(ctx context.Context, v *Version, file io.ReadSeeker) error {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	out := &pieceWriter{put: func(no int64, data []byte) error {
		return s.db.Write(ctx, func(tx *storage.Tx) error { return putPiece(tx, v.SHA256, no, data) })
	}}
	deflate, err := flate.NewWriter(out, flate.DefaultCompression)
	if err != nil {
		return err
	}
	crc := crc32.NewIEEE()
	if _, err := io.Copy(io.MultiWriter(deflate, crc), file); err != nil {
		return err
	}
	if err := errors.Join(deflate.Close(), out.flush()); err != nil {
		return err
	}
	v.Packed, v.CRC = out.total, crc.Sum32()
	return nil
}

type pieceWriter struct {
	put   func(no int64, data []byte) error
	now   []byte
	no    int64
	total int64
}

func (w *pieceWriter) Write(b []byte) (int, error) {
	w.now = append(w.now, b...)
	for len(w.now) >= pieceBytes {
		if err := w.send(pieceBytes); err != nil {
			return 0, err
		}
	}
	return len(b), nil
}

func (w *pieceWriter) send(n int) error {
	if err := w.put(w.no, w.now[:n]); err != nil {
		return err
	}
	w.total += int64(n)
	w.no++
	w.now = append(w.now[:0], w.now[n:]...)
	return nil
}

func (w *pieceWriter) flush() error {
	if len(w.now) == 0 {
		return nil
	}
	return w.send(len(w.now))
}

// packed is a version's deflated file.
func (s *Service) packed(ctx context.Context, v Version) io.Reader {
	return &pieces{left: v.Packed, next: func(no int64) (data []byte, err error) {
		err = s.db.Read(ctx, func(tx *storage.Tx) error { data, err = piece(tx, v.SHA256, no); return err })
		return data, err
	}}
}

// content is a version's canonical CSV.
func (s *Service) content(ctx context.Context, v Version) io.ReadCloser {
	return flate.NewReader(s.packed(ctx, v))
}

// chart counts rows by month of the first day that every row has, or by year where there are many months.
type chart struct {
	at int // the column; -1: none
	by map[string]int64
}

// mostBars is how many bars a chart has at most.
const mostBars = 24

func newChart(d Definition) *chart {
	c := &chart{at: -1, by: map[string]int64{}}
	c.at = slices.IndexFunc(d.Fields, func(f Column) bool { return f.Type == part.Day || f.Type == part.Datetime })
	return c
}

func (c *chart) add(row []string) {
	if c.at < 0 || row == nil || len(row[c.at]) < 7 {
		return
	}
	c.by[row[c.at][:7]]++
}

func (c *chart) bars() (out []Bar) {
	by := c.by
	if len(by) > mostBars {
		by = map[string]int64{}
		for month, n := range c.by {
			by[month[:4]] += n
		}
	}
	for x, n := range by {
		out = append(out, Bar{x, n})
	}
	slices.SortFunc(out, func(a, b Bar) int { return strings.Compare(a.X, b.X) })
	return out[max(0, len(out)-mostBars):]
}
