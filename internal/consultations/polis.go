package consultations

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/opinion/polis"
)

// ImportOptions say what an export does not.
type ImportOptions struct {
	Lang     civic.Lang // of the topic and description; English when empty
	Question civic.Text // in place of the topic
	Body     civic.ID   // the body that owes an answer; "" for none
}

// Report is what an import made.
type Report struct {
	ID           civic.ID `json:"id"`
	Topic        string   `json:"topic"`
	Participants int      `json:"participants"` // who voted
	Statements   int      `json:"statements"`
	Removed      int      `json:"removed"`   // of them moderated out
	VoteRows     int      `json:"vote_rows"` // every row, overruled ones included
	Votes        int      `json:"votes"`     // what was said last
	// Differences are counts of the source that its own votes do not give. They are
	// reported, and what the votes give is kept.
	Differences []string `json:"differences,omitempty"`
}

// Progress of long work: done of total rows.
type ProgressFunc func(done, total int64)

// chunk is how many rows one transaction of an import writes: some tens of milliseconds, so
// that voters do not wait long.
const chunk = 2000

// staleAfter is when an import that shows no sign of life is taken for dead.
const staleAfter = 10 * time.Minute

// ImportPolis makes a closed consultation of a directory in the Polis export format, with
// its participants, every vote row, and moderation. Nobody sees anything of it before the
// last step; on an error nothing remains. Memory grows with the number of vote rows (about
// 100 bytes each). Errors: *polis.Errors with every flaw, by file and line.
// Permission: whoever runs the program; there is no page for it.
func (s *Service) ImportPolis(ctx context.Context, dir fs.FS, opts ImportOptions, progress ProgressFunc) (rep Report, err error) {
	x, err := polis.Read(dir, polis.Limits{})
	if err != nil {
		return rep, err
	}
	if err := s.CleanImports(ctx); err != nil {
		return rep, err
	}
	im, err := s.stage(x, opts)
	if err != nil {
		return rep, err
	}
	if progress == nil {
		progress = func(int64, int64) {}
	}
	if err := s.writeImport(ctx, im, progress); err != nil {
		// The reason may be that ctx ended: what was written goes all the same.
		return rep, errors.Join(err, s.dropImport(context.WithoutCancel(ctx), im.c))
	}
	im.report.ID = im.c.ID
	return im.report, nil
}

// staged is an export on its way into the tables.
type staged struct {
	c            Consultation
	texts        texts
	layout       importLayout
	statements   []importStatement
	participants []importParticipant
	votes        []importVote // what was said last
	former       []importVote // what was overruled
	days         map[string]Day
	report       Report
}

// importLayout is what the files hold beyond our own fields.
type importLayout struct {
	Files   polis.Files
	Summary []polis.Pair
	Zones   []polis.Zone // vote and statement rows name a zone by its place here, from 1
}

type importStatement struct {
	Statement
	position int
	source   rowSource
}

type importParticipant struct {
	no       int64
	voted    bool
	position int
	group    string
	extra    string
}

type importVote struct {
	participant, statement int64
	choice                 Choice
	zone                   int
	at, seq                int64
	source                 string
}

// rowSource is what a row holds beyond our own fields, as JSON in the table; "" for nothing.
type rowSource struct {
	Zone  int      `json:"zone,omitempty"`
	Words string   `json:"words,omitempty"`
	Extra []string `json:"extra,omitempty"`
}

func (r rowSource) String() string {
	if r.Zone == 0 && r.Words == "" && r.Extra == nil {
		return ""
	}
	b, _ := json.Marshal(r) // strings and a number
	return string(b)
}

func parseSource(s string) (r rowSource, err error) {
	if s != "" {
		err = json.Unmarshal([]byte(s), &r)
	}
	return r, err
}

// time splits the time of a row, as it was written, into its zone, which many rows share, and
// the words that no zone explains.
func (l *importLayout) time(t polis.Time) (zone int, words string) {
	const most = 1000 // real exports have two; more is no zone but noise
	if t.Zone.Name == "" {
		return 0, t.Words
	}
	i := slices.Index(l.Zones, t.Zone)
	if i < 0 && len(l.Zones) < most {
		l.Zones = append(l.Zones, t.Zone)
		i = len(l.Zones) - 1
	}
	if i < 0 {
		return 0, t.String()
	}
	return i + 1, ""
}

// stage turns an export into rows.
func (s *Service) stage(x *polis.Export, opts ImportOptions) (*staged, error) {
	if opts.Lang == "" {
		opts.Lang = civic.English
	}
	im := &staged{layout: importLayout{Files: x.Files, Summary: x.Summary}, days: map[string]Day{}}
	im.report = Report{Topic: x.Lookup("topic"), Statements: len(x.Statements), VoteRows: len(x.Votes)}
	var differ *polis.Errors
	if err := x.Check(polis.Limits{}); errors.As(err, &differ) {
		for _, e := range differ.List {
			im.report.Differences = append(im.report.Differences, e.Error())
		}
		if differ.More > 0 {
			im.report.Differences = append(im.report.Differences, strconv.Itoa(differ.More)+" more")
		}
	}
	im.stageVotes(x, s.zone())
	im.stageStatements(x)
	im.stageParticipants(x)
	now := s.db.Now().UTC().Truncate(time.Millisecond)
	c := &im.c
	*c = Consultation{ID: civic.NewID(now), Phase: importing, Question: opts.Question.Trimmed(), Decision: civic.Text{}, Body: opts.Body,
		Audience: Anyone, Moderation: After, StatementMax: s.value("statement_max"), CreatedAt: now, PublishedAt: now, OpensAt: now, ClosesAt: now}
	if c.Body != "" {
		c.AnswerDays = s.value("answer_days")
	}
	if c.Question.Empty() {
		c.Question = civic.Text{opts.Lang: im.report.Topic}.Trimmed()
	}
	if c.Question.Empty() {
		return nil, civic.Fail(civic.Invalid, "consultations.import_without_topic")
	}
	im.texts.context = civic.Text{opts.Lang: x.Lookup("conversation-description")}.Trimmed()
	im.texts.html = s.render(im.texts.context)
	if u, err := url.Parse(x.Lookup("url")); err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" {
		c.Source = u.String()
	}
	for _, st := range im.statements {
		c.OpensAt = earliest(c.OpensAt, st.CreatedAt)
	}
	last := time.Time{}
	for _, v := range x.Votes {
		at := storage.Time(v.Time.Milli)
		c.OpensAt, last = earliest(c.OpensAt, at), latest(last, at)
	}
	if !last.IsZero() {
		c.ClosesAt = earliest(now, last.Add(time.Millisecond))
	}
	c.ClosedAt = c.ClosesAt
	return im, nil
}

func earliest(a, b time.Time) time.Time {
	if b.IsZero() || a.Before(b) {
		return a
	}
	return b
}

func (s *Service) zone() *time.Location { return s.city.Settings.Zone() }

// stageVotes separates the last vote of each participant on each statement from those that it
// replaced. Rows are numbered up to 0 in their order, so that a vote given here would come
// after all of them.
func (im *staged) stageVotes(x *polis.Export, city *time.Location) {
	type key struct{ participant, statement int64 }
	last := make(map[key]int, len(x.Votes))
	for i, v := range x.Votes {
		last[key{v.Voter, v.Statement}] = i
	}
	first, newcomers := map[key]bool{}, map[int64]bool{}
	for i, v := range x.Votes {
		zone, words := im.layout.time(v.Time)
		row := importVote{participant: v.Voter, statement: v.Statement, choice: Choice(v.Value), zone: zone,
			at: v.Time.Milli, seq: int64(i - len(x.Votes) + 1), source: rowSource{Words: words, Extra: v.Extra}.String()}
		k := key{v.Voter, v.Statement}
		if last[k] == i {
			im.votes = append(im.votes, row)
		} else {
			im.former = append(im.former, row)
		}
		if v.Time.Milli == 0 {
			continue // the source does not say when
		}
		name := storage.Time(v.Time.Milli).In(city).Format(time.DateOnly)
		d := im.days[name]
		if !first[k] {
			first[k] = true
			d.Votes++
		}
		if !newcomers[v.Voter] {
			newcomers[v.Voter] = true
			d.Participants++
		}
		im.days[name] = d
	}
	im.report.Votes = len(im.votes)
	slices.SortFunc(im.votes, func(a, b importVote) int { // the order of the table: quicker to write
		return cmp.Or(cmp.Compare(a.participant, b.participant), cmp.Compare(a.statement, b.statement))
	})
}

func (im *staged) stageStatements(x *polis.Export) {
	counts := map[int64]Count{}
	for _, v := range im.votes {
		c := counts[v.statement]
		c.add(v.choice, 1)
		counts[v.statement] = c
	}
	for i, st := range x.Statements {
		zone, words := im.layout.time(st.Time)
		row := importStatement{position: i, source: rowSource{Zone: zone, Words: words, Extra: st.Extra}}
		row.Statement = Statement{No: st.ID, Text: st.Body, State: Shown, CreatedAt: storage.Time(st.Time.Milli), author: st.Author, Count: counts[st.ID]}
		switch st.Moderated {
		case polis.Out:
			row.State, row.Rule, row.DecidedAt = Removed, Imported, latest(row.CreatedAt, time.UnixMilli(1))
			im.report.Removed++
		case polis.In:
			row.DecidedAt = latest(row.CreatedAt, time.UnixMilli(1))
		}
		im.statements = append(im.statements, row)
	}
}

// stageParticipants lists everybody in participants-votes.csv, in its order, and whoever
// voted besides.
func (im *staged) stageParticipants(x *polis.Export) {
	voted := map[int64]bool{}
	for _, v := range im.votes {
		voted[v.participant] = true
	}
	im.report.Participants = len(voted)
	listed := map[int64]bool{}
	for i, p := range x.Participants {
		listed[p.ID] = true
		row := importParticipant{no: p.ID, voted: voted[p.ID], position: i + 1, group: p.Group}
		if p.Extra != nil {
			row.extra = rowSource{Extra: p.Extra}.String()
		}
		im.participants = append(im.participants, row)
	}
	for _, v := range x.Votes {
		if !listed[v.Voter] {
			listed[v.Voter] = true
			im.participants = append(im.participants, importParticipant{no: v.Voter, voted: true, position: len(im.participants) + 1})
		}
	}
}

// writeImport writes the rows in chunks, then makes the consultation public in one step.
func (s *Service) writeImport(ctx context.Context, im *staged, progress ProgressFunc) error {
	c := &im.c
	err := s.db.Write(ctx, func(tx *storage.Tx) (err error) {
		if c.no, err = nextNo(tx); err != nil {
			return err
		}
		if err := insert(tx, *c, im.texts); err != nil {
			return err
		}
		return stageImport(tx, c.no, im.layout)
	})
	if err != nil {
		return err
	}
	total, done := len(im.statements)+len(im.participants)+len(im.votes)+len(im.former), 0
	in := func(n int, write func(tx *storage.Tx, from, to int) error) error {
		for from := 0; from < n; from += chunk {
			to := min(from+chunk, n)
			if err := s.db.Write(ctx, func(tx *storage.Tx) error {
				return errors.Join(signOfLife(tx, c.no), write(tx, from, to))
			}); err != nil {
				return err
			}
			done += to - from
			progress(int64(done), int64(total))
		}
		return nil
	}
	if err := in(len(im.participants), func(tx *storage.Tx, a, b int) error { return importParticipants(tx, c.no, im.participants[a:b]) }); err != nil {
		return err
	}
	if err := in(len(im.statements), func(tx *storage.Tx, a, b int) error {
		return errors.Join(importStatements(tx, c.no, im.statements[a:b]), s.indexImported(tx, *c, im.statements[a:b]))
	}); err != nil {
		return err
	}
	if err := in(len(im.votes), func(tx *storage.Tx, a, b int) error {
		return importVotes(tx, "consultations_vote", c.no, im.votes[a:b])
	}); err != nil {
		return err
	}
	if err := in(len(im.former), func(tx *storage.Tx, a, b int) error {
		return importVotes(tx, "consultations_vote_former", c.no, im.former[a:b])
	}); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error { return s.publishImport(tx, im) })
}

// publishImport makes a consultation public whose rows have all been written.
func (s *Service) publishImport(tx *storage.Tx, im *staged) error {
	c := &im.c
	for name, d := range im.days {
		if err := addToDay(tx, c.no, name, d.Votes, d.Participants); err != nil {
			return err
		}
	}
	if _, err := addToTotals(tx, c.no, int64(len(im.votes)), int64(im.report.Participants)); err != nil {
		return err
	}
	c.Phase = Closed
	if err := errors.Join(update(tx, *c), s.index(tx, *c)); err != nil {
		return err
	}
	tx.Touch(listTopic, topic(c.ID))
	if err := wantMap(tx, c.no, c.ID); err != nil {
		return err
	}
	if err := countStatements(tx, *c); err != nil {
		return err
	}
	whole, err := find(tx, c.ID) // with its totals
	if err != nil {
		return err
	}
	return s.recordPublished(tx, actImported, whole, "")
}

// CleanImports removes what is left of imports that died on the way. It runs at the start and
// before every import; one that is still at work is left alone.
func (s *Service) CleanImports(ctx context.Context) error {
	var dead []Consultation
	err := s.db.Read(ctx, func(tx *storage.Tx) (err error) {
		dead, err = deadImports(tx, tx.Now().Add(-staleAfter))
		return err
	})
	for _, c := range dead {
		err = errors.Join(err, s.dropImport(ctx, c))
	}
	return err
}

// dropImport removes a half-made consultation, in chunks too; its own row goes last, so that
// a dropping that is cut short is taken up again.
func (s *Service) dropImport(ctx context.Context, c Consultation) error {
	if c.no == 0 {
		return nil // not even begun
	}
	drop := func(some func(tx *storage.Tx) (more bool, err error)) error {
		for more := true; more; {
			if err := s.db.Write(ctx, func(tx *storage.Tx) (err error) { more, err = some(tx); return err }); err != nil {
				return err
			}
		}
		return nil
	}
	if err := drop(func(tx *storage.Tx) (bool, error) { return s.dropStatements(tx, c) }); err != nil {
		return err
	}
	for _, table := range importTables {
		if err := drop(func(tx *storage.Tx) (bool, error) { return dropSome(tx, table, c.no, chunk) }); err != nil {
			return err
		}
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error { return dropConsultation(tx, c.no) })
}

// dropStatements drops a chunk of a half-made consultation's statements, from the search too.
func (s *Service) dropStatements(tx *storage.Tx, c Consultation) (more bool, err error) {
	nos, err := dropStatements(tx, c.no)
	for i, no := range nos {
		nos[i] = statementNumber(c, no)
	}
	if err == nil {
		err = s.city.Search.Remove(tx, kindStatement, nos...)
	}
	return len(nos) == chunk, err
}

// ExportPolis writes a consultation as a directory in the Polis export format. One that was
// imported comes out as it went in. For one held here participants have the random numbers
// they were given, rows are in the order of those numbers and times are cut to the day, so
// that nobody is recognised by when they came.
// It holds the texts of removed statements, as the format wants: it is for whoever runs the
// program, and no page offers it. An existing directory must be empty; on an error nothing
// of it remains. Errors: civic.NotFound; civic.Conflict when the directory holds something.
func (s *Service) ExportPolis(ctx context.Context, id civic.ID, dir string, progress ProgressFunc) error {
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return civic.Fail(civic.Conflict, "consultations.export_not_empty")
	}
	if progress == nil {
		progress = func(int64, int64) {}
	}
	x, err := s.readExport(ctx, id, progress)
	if err != nil {
		return err
	}
	// Written beside its place and moved there whole: nothing half-done is ever found.
	dir = filepath.Clean(dir)
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return err
	}
	part, err := os.MkdirTemp(filepath.Dir(dir), "."+filepath.Base(dir)+"-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(part) // after the move there is nothing left of it
	if err := x.Write(func(name string) (io.WriteCloser, error) { return os.Create(filepath.Join(part, name)) }); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) { // it is empty
		return err
	}
	if err := os.Chmod(part, 0o755); err != nil {
		return err
	}
	return os.Rename(part, dir)
}

func (s *Service) readExport(ctx context.Context, id civic.ID, progress ProgressFunc) (*polis.Export, error) {
	x := &polis.Export{}
	var imported bool
	err := s.db.Read(ctx, func(tx *storage.Tx) error {
		c, err := find(tx, id)
		if err == nil && c.Phase == importing {
			err = civic.Fail(civic.NotFound, "web.not_found")
		}
		if err != nil {
			return err
		}
		var layout importLayout
		if layout, imported, err = importedLayout(tx, c.no); err != nil {
			return err
		}
		if !imported {
			layout = importLayout{Files: polis.Files{Comments: &polis.Layout{}, Votes: &polis.Layout{}, Summary: &polis.Layout{}}, Zones: []polis.Zone{polis.UTC}}
		}
		x.Files = layout.Files
		if err := readStatements(tx, c, layout, imported, x); err != nil {
			return err
		}
		if err := readParticipants(tx, c, x); err != nil {
			return err
		}
		if err := readVotes(tx, c, layout, imported, x, progress); err != nil {
			return err
		}
		x.Summary = layout.Summary
		if !imported {
			x.Summary = summary(c, x)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	order := make(map[int64]int, len(x.Participants))
	for i, p := range x.Participants {
		order[p.ID] = i
	}
	absent := imported && x.Files.Participants == nil // the source had no such file
	x.Recount()
	slices.SortStableFunc(x.Participants, func(a, b polis.Participant) int { return cmp.Compare(order[a.ID], order[b.ID]) })
	if absent {
		x.Files.Participants = nil
	}
	return x, nil
}

// summary is summary.csv of a consultation held here.
func summary(c Consultation, x *polis.Export) []polis.Pair {
	count := func(n int64) string { return strconv.FormatInt(n, 10) }
	authors := map[int64]bool{}
	for _, st := range x.Statements {
		if st.Author != polis.NoAuthor {
			authors[st.Author] = true
		}
	}
	var topics []string
	for _, lang := range civic.Languages() {
		if t := c.Question[lang]; t != "" {
			topics = append(topics, t)
		}
	}
	return []polis.Pair{{Key: "topic", Value: strings.Join(topics, " / ")}, {Key: "voters", Value: count(c.Totals.Participants)},
		{Key: "commenters", Value: strconv.Itoa(len(authors))}, {Key: "comments", Value: strconv.Itoa(len(x.Statements))}}
}
