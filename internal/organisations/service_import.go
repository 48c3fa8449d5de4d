package organisations

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"runtime"
	"strconv"
	"sync"
	"time"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/tables"
)

const (
	readBatch  = 1000 // rows compared with the register at once
	applyBatch = 250  // rows written in one transaction: what other writers wait for
)

// Import takes a table (CSV or XLSX, found out from its content) into the register. The
// caller has permitted it. A row that cannot be taken is in the report and stops no other;
// one that says what the register already has changes nothing.
//
// It works in two stages. First the table is read to its end, every row compared with the
// register, and what will change set down in the database; if ctx ends here, that is thrown
// away and nothing has happened. Then the rows are applied, a few hundred in a transaction, so
// that no other writer waits long. From that moment the import goes through: ctx is no
// longer looked at, and what a crash interrupts [Service.Resume] finishes.
//
// progress, if not nil, is told how many rows are read, then how many of those to change
// are applied. An error of code Invalid says why the table as a whole cannot be read.
func (s *Service) Import(ctx context.Context, r io.ReaderAt, size int64, m Mapping, dryRun bool, progress func(read, applied int)) (Report, error) {
	if progress == nil {
		progress = func(int, int) {}
	}
	s.importing.Lock()
	defer s.importing.Unlock()
	im := &importer{s: s, m: m, report: Report{DryRun: dryRun}, id: civic.NewID(s.db.Now()), started: s.db.Now(), lines: metLines{}, seen: metLines{}, progress: progress}
	if err := im.stage(ctx, r, size); err != nil {
		return im.report, errors.Join(err, im.discard(ctx))
	}
	if dryRun || im.staged == 0 {
		return im.report, im.discard(ctx)
	}
	if err := ctx.Err(); err != nil {
		return im.report, errors.Join(err, im.discard(ctx))
	}
	ctx = context.WithoutCancel(ctx)
	if err := s.setImportState(ctx, im.id, "applying"); err != nil {
		return im.report, err
	}
	return im.report, s.apply(ctx, im.id, im.provenance, im.m.Kind, func(n int) { progress(im.report.Rows, n) })
}

type importer struct {
	s          *Service
	m          Mapping
	id         civic.ID
	provenance Provenance
	started    time.Time
	report     Report
	columns    []Field
	lines      metLines // where each identifier, name and entry was met in this table
	seen       metLines // where each name was met, as a hasty reader sees it
	staged     int
	opened     bool // there is a row for it in organisation_import
	progress   func(read, applied int)
}

// metLines are lines of a table by what was met there. Of each text a digest is kept: a table has hundreds of thousands.
type metLines map[[16]byte]int32

func placeKey(text string) [16]byte {
	sum := sha256.Sum256([]byte(text))
	return [16]byte(sum[:16])
}

func (p metLines) at(text string) (line int, met bool) {
	n, met := p[placeKey(text)]
	return int(n), met
}

func (p metLines) put(text string, line int) { p[placeKey(text)] = int32(line) }

// open finds the table out and settles the mapping.
func (im *importer) open(r io.ReaderAt, size int64) (*tables.Table, error) {
	table, err := tables.Open(r, size, im.m.Options, tableKind)
	if err != nil {
		return nil, err
	}
	if im.columns, err = im.m.settle(table.Columns); err != nil {
		return nil, errors.Join(err, table.Close())
	}
	im.report.Columns = im.columns
	for _, note := range table.Notes {
		im.report.add(Problem{Note: true, Message: note})
	}
	im.provenance = Provenance{Way: Imported, Source: im.m.Source, At: storage.Millis(im.started)}
	return table, nil
}

// stage is the first of the two stages.
func (im *importer) stage(ctx context.Context, r io.ReaderAt, size int64) error {
	rows, err := im.open(r, size)
	if err != nil {
		return err
	}
	defer rows.Close()
	today := im.s.today(im.started)
	districts := newCodeList(im.s.districts())
	var batch []incoming
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		var broken *tables.RowError
		if errors.As(err, &broken) && broken.Aside {
			im.report.Aside++
			im.report.add(Problem{Line: broken.Line, Value: broken.Value, Note: true, Message: broken.Message})
			continue
		}
		if errors.As(err, &broken) {
			im.report.Rows++
			im.reject(Problem{Line: broken.Line, Column: broken.Column, Value: broken.Value, Message: broken.Message})
			continue
		}
		if err != nil {
			return err
		}
		im.report.Rows++
		in, problems := readRow(row.Line, row.Cells, im.columns, districts, today)
		if rejects(problems) || !im.first(in, &problems) {
			im.reject(problems...)
			continue
		}
		for _, p := range problems {
			im.report.add(p)
		}
		if batch = append(batch, in); len(batch) == readBatch {
			if err := im.compare(ctx, batch); err != nil {
				return err
			}
			batch = batch[:0]
			im.progress(im.report.Rows, 0)
		}
	}
	if im.report.Rows == 0 {
		return civic.Fail(civic.Invalid, "organisations.import_no_rows")
	}
	err = im.compare(ctx, batch)
	im.progress(im.report.Rows, 0)
	return err
}

func (im *importer) reject(problems ...Problem) {
	im.report.Rejected++
	for _, p := range problems {
		im.report.add(p)
	}
}

// first refuses a row that has no name to find it by, or the identifier or name of an
// earlier one.
func (im *importer) first(in incoming, problems *[]Problem) bool {
	identifier, names := in.keys()
	keys := names
	if identifier != "" {
		keys = []string{identifier}
	}
	if len(keys) == 0 {
		*problems = append(*problems, Problem{Line: in.Line, Message: civic.Say("organisations.row_no_name")})
		return false
	}
	for _, k := range keys {
		if line, met := im.lines.at(k); met {
			*problems = append(*problems, Problem{Line: in.Line, Value: k, Message: civic.Say("organisations.row_twice", "Line", line)})
			return false
		}
	}
	for _, k := range keys {
		im.lines.put(k, in.Line)
	}
	for _, name := range in.nameKeys() {
		if line, met := im.seen.at(alike(name)); met && line != in.Line {
			*problems = append(*problems, Problem{Line: in.Line, Value: name, Note: true, Message: civic.Say("organisations.row_alike", "Line", strconv.Itoa(line))})
		} else {
			im.seen.put(alike(name), in.Line)
		}
	}
	return true
}

// compare finds out what each row would do, and sets down those that change something.
func (im *importer) compare(ctx context.Context, batch []incoming) error {
	if len(batch) == 0 {
		return nil
	}
	var known matches
	if err := im.s.db.Read(ctx, func(tx *storage.Tx) (err error) { known, err = match(tx, batch); return err }); err != nil {
		return err
	}
	var todo []incoming
	for _, in := range batch {
		old, found, ambiguous := known.of(in)
		if ambiguous {
			im.reject(Problem{Line: in.Line, Message: civic.Say("organisations.row_ambiguous")})
			continue
		}
		if line, met := im.lines.at(string(old.ID)); found && met {
			im.reject(Problem{Line: in.Line, Message: civic.Say("organisations.row_twice", "Line", line)})
			continue
		}
		cur := old.Organisation
		if !found {
			cur = in.begin(im.started, im.m.Kind)
		}
		next, changes, kept := Merge(cur, in.Values, im.provenance)
		if err := next.Check(); err != nil {
			im.reject(problemsOf(in.Line, im.columns, err)...)
			continue
		}
		for _, f := range kept {
			im.report.add(Problem{Line: in.Line, Field: f, Value: in.Values[f], Note: true, Message: civic.Say("organisations.row_kept")})
		}
		switch {
		case !found:
			im.report.Created++
			im.noteAlike(in, known)
		case len(changes) > 0:
			im.report.Updated++
		default:
			im.report.Unchanged++
		}
		if found {
			im.lines.put(string(old.ID), in.Line)
		}
		if !found || len(changes) > 0 {
			todo = append(todo, in)
		}
	}
	if im.report.DryRun || len(todo) == 0 {
		return nil
	}
	return im.setDown(ctx, todo)
}

// noteAlike names entries of the register that a new one may be the double of.
func (im *importer) noteAlike(in incoming, known matches) {
	for _, name := range in.nameKeys() {
		for _, entry := range known.byName[name] {
			im.report.add(Problem{Line: in.Line, Value: name, Note: true,
				Message: civic.Say("organisations.row_alike_entry", "Name", entry.Name, "Identifier", entry.Identifier)})
			return
		}
	}
}

func (im *importer) setDown(ctx context.Context, todo []incoming) error {
	rows := make([][]any, len(todo))
	for i, in := range todo {
		payload, err := json.Marshal(in)
		if err != nil {
			return err
		}
		im.staged++
		rows[i] = []any{im.id, im.staged, string(payload)}
	}
	return im.s.db.Write(ctx, func(tx *storage.Tx) error {
		if !im.opened {
			if err := insertImport(tx, im.id, stagedProvenance{im.provenance, im.m.Kind}); err != nil {
				return err
			}
			tx.AfterCommit(func() { im.opened = true })
		}
		return insertImportRows(tx, rows)
	})
}

// discard throws away what was set down; the caller's ctx may have ended.
func (im *importer) discard(ctx context.Context) error {
	if !im.opened {
		return nil
	}
	return im.s.db.Write(context.WithoutCancel(ctx), func(tx *storage.Tx) error { return dropImport(tx, im.id) })
}

func (s *Service) setImportState(ctx context.Context, id civic.ID, state string) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error { return setImportState(tx, id, state) })
}

// Resume finishes imports that a crash interrupted while they were applied, and throws away
// what others left of a table never read to its end a day ago. Call it at start.
func (s *Service) Resume(ctx context.Context) error {
	var all []leftImport
	err := s.db.Read(ctx, func(tx *storage.Tx) (err error) { all, err = leftImports(tx); return err })
	if err != nil {
		return err
	}
	for _, l := range all {
		switch {
		case l.state == "applying":
			if err := s.apply(ctx, l.id, l.provenance.Provenance, l.provenance.Kind, func(int) {}); err != nil {
				return err
			}
		case l.at.Before(s.db.Now().AddDate(0, 0, -1)):
			if err := s.db.Write(ctx, func(tx *storage.Tx) error { return dropImport(tx, l.id) }); err != nil {
				return err
			}
		}
	}
	return nil
}

// apply is the second stage: it takes what was set down into the register, in order, and
// forgets it as it goes.
func (s *Service) apply(ctx context.Context, id civic.ID, provenance Provenance, kind string, progress func(int)) error {
	done := 0
	type fetched struct {
		b   appliable
		err error
	}
	// While one batch is written, the next is read and analysed.
	ahead := make(chan fetched, 1)
	told := map[city.Scope]bool{}
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		defer close(ahead)
		after := int64(0)
		for {
			var b appliable
			err := s.db.Read(ctx, func(tx *storage.Tx) (err error) { b, err = readStaged(tx, id, after); return err })
			if err == nil {
				b.prepare(provenance, kind, s.db.Now())
				after = b.last
			}
			select {
			case ahead <- fetched{b, err}:
			case <-stop:
				return
			}
			if err != nil || len(b.rows) == 0 {
				return
			}
		}
	}()
	for f := range ahead {
		if f.err != nil {
			return f.err
		}
		if len(f.b.rows) == 0 {
			break
		}
		if err := s.db.Write(ctx, func(tx *storage.Tx) error { return f.b.write(s, tx, id, provenance, kind, told) }); err != nil {
			return err
		}
		done += len(f.b.rows)
		progress(done)
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		tx.Touch(Topic, topicImports)
		return dropImport(tx, id)
	})
}

// topicImports changes with every import; pages of single entries depend on it, so that an
// import of thousands need not touch a topic for each.
const topicImports = "organisations:imports"

// appliable is a batch of staged rows with what they become, as the register stood when
// they were looked up.
type appliable struct {
	rows  []incoming
	last  int64 // n of the last row
	known matches
	ready []ready
}

type ready struct {
	found   bool
	rev     int64 // of the entry it was computed from
	next    indexed
	changes []Change
}

func readStaged(tx *storage.Tx, id civic.ID, after int64) (b appliable, err error) {
	staged, err := stagedRows(tx, id, after, applyBatch)
	if err != nil {
		return b, err
	}
	b.last = after
	for _, r := range staged {
		b.rows, b.last = append(b.rows, r.incoming), r.n
	}
	b.known, err = match(tx, b.rows)
	return b, err
}

// prepare computes what the rows become and analyses their texts, on all processors.
func (b *appliable) prepare(provenance Provenance, kind string, now time.Time) {
	b.ready = make([]ready, len(b.rows))
	var wg sync.WaitGroup
	workers := max(1, runtime.GOMAXPROCS(0))
	for w := range workers {
		wg.Go(func() {
			for i := w; i < len(b.rows); i += workers {
				old, found, _ := b.known.of(b.rows[i])
				b.ready[i] = become(b.rows[i], old, found, provenance, kind, now)
			}
		})
	}
	wg.Wait()
}

func become(in incoming, old stored, found bool, provenance Provenance, kind string, now time.Time) ready {
	cur := old.Organisation
	if !found {
		cur = in.begin(now, kind)
	}
	next, changes, _ := Merge(cur, in.Values, provenance)
	next.Changed = now
	return ready{found, old.rev, index(next), changes}
}

// write applies the batch. Entries that somebody changed since they were looked up are
// computed again; a row that no longer fits what the register has become is left out, as it
// would be by an import started now.
func (b *appliable) write(s *Service, tx *storage.Tx, id civic.ID, provenance Provenance, kind string, told map[city.Scope]bool) error {
	if err := lockRegister(tx); err != nil {
		return err
	}
	current, err := match(tx, b.rows)
	if err != nil {
		return err
	}
	c := counts{}
	var fresh []indexed
	var history []Revision
	var acts []stateChange
	for i, in := range b.rows {
		r := b.ready[i]
		old, found, ambiguous := current.of(in)
		if found != r.found || old.rev != r.rev {
			r = become(in, old, found, provenance, kind, tx.Now())
		}
		if ambiguous || r.next.Check() != nil || found && len(r.changes) == 0 {
			continue
		}
		rev := Revision{ID: civic.NewID(tx.Now()), Organisation: r.next.ID, At: storage.Millis(tx.Now()), Way: Imported, Source: provenance.Source, Created: !found}
		if found {
			rev.Changes = r.changes
			if err := s.update(tx, old, r.next, c); err != nil {
				return err
			}
		} else {
			fresh = append(fresh, r.next)
			old.State = ""
		}
		acts = append(acts, stateChange{old.State, &r.next.Organisation, rev.Changes})
		history = append(history, rev)
	}
	if err := s.insert(tx, fresh, c); err != nil {
		return err
	}
	if err := insertRevisions(tx, history); err != nil {
		return err
	}
	if err := s.recordChanges(tx, civic.Moderator, acts...); err != nil {
		return err
	}
	if err := errors.Join(s.tellImported(tx, id, fresh, told), c.flush(tx)); err != nil {
		return err
	}
	return dropStaged(tx, id, b.last)
}

// matches are the entries that rows of a table may mean.
type matches struct {
	byIdentifier map[string]stored
	byName       map[string][]stored
}

func match(tx *storage.Tx, rows []incoming) (m matches, err error) {
	var identifiers, names []string
	for _, in := range rows {
		if identifier, _ := in.keys(); identifier != "" {
			identifiers = append(identifiers, identifier)
		}
		names = append(names, in.nameKeys()...)
	}
	if len(identifiers) > 0 {
		if m.byIdentifier, err = findByIdentifiers(tx, identifiers); err != nil {
			return m, err
		}
	}
	if len(names) > 0 {
		m.byName, err = findByNameKeys(tx, names)
	}
	return m, err
}

// of finds the entry that a row means. Without an identifier that is the only one without a
// BIN that bears one of its names.
func (m matches) of(in incoming) (s stored, found, ambiguous bool) {
	identifier, names := in.keys()
	if identifier != "" {
		s, found = m.byIdentifier[identifier]
		return s, found, false
	}
	for _, name := range names {
		for _, candidate := range m.byName[name] {
			if found && candidate.ID != s.ID {
				return stored{}, false, true
			}
			s, found = candidate, true
		}
	}
	return s, found, false
}
