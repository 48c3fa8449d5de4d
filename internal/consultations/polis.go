package consultations

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net/url"
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/opinion/polis"
)

// ImportOptions say what an export does not.
type ImportOptions struct {
	Lang     civic.Lang // of the topic and description; English when empty
	Question civic.Text // in place of the topic
	Name     string     // in place of a topic that is missing; the name of the folder, say
	Body     civic.ID   // the body that owes an answer; "" for none
	Doubtful bool       // take it although its files contradict each other
}

// DoubtsError says what the files of an export say against each other.
type DoubtsError struct{ *polis.Errors }

// Report is what an import made.
type Report struct {
	ID           civic.ID `json:"id"`
	Topic        string   `json:"topic"`
	Participants int      `json:"participants"` // who voted
	Statements   int      `json:"statements"`
	Removed      int      `json:"removed"`         // of them moderated out
	VoteRows     int      `json:"vote_rows"`       // every row, overruled ones included
	Votes        int      `json:"votes"`           // what was said last
	Named        bool     `json:"named,omitempty"` // without a topic it bears ImportOptions.Name
	// Doubts are what the files say against each other, when they were to be taken all the same:
	// what votes.csv says is kept.
	Doubts *polis.Errors `json:"doubts,omitempty"`
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
// last step; on an error nothing remains. What it may hold is bounded (polis.Limits), and so is
// the memory. Errors: *polis.Errors with every flaw, by file and line; DoubtsError.
// Permission: whoever runs the program; there is no page for it.
func (s *Service) ImportPolis(ctx context.Context, dir fs.FS, opts ImportOptions, progress ProgressFunc) (rep Report, err error) {
	x, err := polis.Read(dir, polis.Limits{})
	if err != nil {
		return rep, err
	}
	if err := s.CleanImports(ctx); err != nil {
		return rep, err
	}
	if x.Doubts != nil && !opts.Doubtful {
		return rep, DoubtsError{x.Doubts}
	}
	im, err := s.stage(x, opts)
	if err != nil {
		return rep, err
	}
	translated, err := readTranslations(dir)
	if err != nil {
		return rep, err
	}
	for i := range im.statements {
		st := &im.statements[i].Statement
		st.Lang, st.Translations = translated[st.No].Lang, translated[st.No].Translations
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
	context      civic.Text
	layout       importLayout
	statements   []importStatement
	participants []importParticipant
	source       *polis.Votes
	votes        []int32 // rows of the source: what was said last, in the order of the table, which is quicker to write
	former       []int32 // what was overruled
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
	im := &staged{layout: importLayout{Files: x.Files, Summary: x.Summary}, source: &x.Votes, days: map[string]Day{}}
	im.report = Report{Topic: x.Lookup("topic"), Statements: len(x.Statements), VoteRows: x.Votes.Len(), Doubts: x.Doubts}
	im.stageVotes(s.zone())
	im.stageStatements(x)
	im.stageParticipants(x)
	now := s.db.Now().UTC().Truncate(time.Millisecond)
	c := &im.c
	*c = Consultation{ID: civic.NewID(now), Phase: importing, Question: opts.Question.Trimmed(), Decision: civic.Text{}, Body: opts.Body,
		Audience: Anyone, Moderation: After, StatementMax: s.value("statement_max"), CreatedAt: now, PublishedAt: now, OpensAt: now, ClosesAt: now}
	if c.Body != "" {
		c.AnswerDays = s.value("answer_days")
	}
	if im.report.Topic == "" && c.Question.Empty() {
		im.report.Topic, im.report.Named = opts.Name, opts.Name != ""
	}
	if c.Question.Empty() {
		c.Question = civic.Text{opts.Lang: civic.CleanText(im.report.Topic)}.Trimmed()
	}
	if c.Question.Empty() {
		return nil, civic.Fail(civic.Invalid, "consultations.import_without_topic")
	}
	im.context = civic.Text{opts.Lang: civic.CleanText(x.Lookup("conversation-description"))}.Trimmed()
	if u, err := url.Parse(x.Lookup("url")); err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" {
		c.Source = u.String()
	}
	im.stageTimes(now)
	return im, nil
}

// stageTimes opens and closes the consultation with its first and last rows.
func (im *staged) stageTimes(now time.Time) {
	c := &im.c
	for _, st := range im.statements {
		c.OpensAt = earliest(c.OpensAt, st.CreatedAt)
	}
	last := time.Time{}
	for _, v := range im.source.All() {
		at := storage.Time(v.Time.Milli)
		c.OpensAt, last = earliest(c.OpensAt, at), latest(last, at)
	}
	if !last.IsZero() {
		c.ClosesAt = earliest(now, last.Add(time.Millisecond))
	}
	c.ClosedAt = c.ClosesAt
}

func earliest(a, b time.Time) time.Time {
	if b.IsZero() || a.Before(b) {
		return a
	}
	return b
}

func (s *Service) zone() *time.Location { return s.city.Settings.Zone() }

// stageVotes separates the last vote of each participant on each statement from those that it
// replaced, and counts days: a vote on the day when it was first given, a participant on that of
// their first vote.
func (im *staged) stageVotes(city *time.Location) {
	rows := im.source.ByVoter()
	var before polis.Vote
	var newcomer int64 // when the voter first voted
	timed := false     // a row of this voter and statement has said when
	first := func(i int) bool {
		return i == 0 || im.source.At(int(rows[i-1])).Voter != im.source.At(int(rows[i])).Voter
	}
	for i, row := range rows {
		v := im.source.At(int(row))
		im.layout.time(v.Time)
		if i == 0 || before.Voter != v.Voter || before.Statement != v.Statement {
			timed = false
		}
		if first(i) {
			im.newcomer(newcomer, city)
			newcomer = 0
		}
		if at := v.Time.Milli; at != 0 { // else the source does not say when
			if !timed {
				im.onDay(at, city, Day{Votes: 1})
			}
			timed = true
			if newcomer == 0 || at < newcomer {
				newcomer = at
			}
		}
		before = v
	}
	im.newcomer(newcomer, city)
	for i, row := range rows {
		if i+1 < len(rows) {
			a, b := im.source.At(int(row)), im.source.At(int(rows[i+1]))
			if a.Voter == b.Voter && a.Statement == b.Statement {
				im.former = append(im.former, row)
				continue
			}
		}
		im.votes = append(im.votes, row)
	}
	im.report.Votes = len(im.votes)
}

func (im *staged) newcomer(at int64, city *time.Location) {
	if at != 0 {
		im.onDay(at, city, Day{Participants: 1})
	}
}

func (im *staged) onDay(at int64, city *time.Location, more Day) {
	name := storage.Time(at).In(city).Format(time.DateOnly)
	d := im.days[name]
	d.Votes, d.Participants = d.Votes+more.Votes, d.Participants+more.Participants
	im.days[name] = d
}

// vote is a row of the table. Rows are numbered up to 0 in the order of the source, so that a vote
// given here would come after all of them.
func (im *staged) vote(row int32) importVote {
	v := im.source.At(int(row))
	zone, words := im.layout.time(v.Time)
	return importVote{participant: v.Voter, statement: v.Statement, choice: Choice(v.Value), zone: zone, at: v.Time.Milli,
		seq: int64(int(row) - im.source.Len() + 1), source: rowSource{Words: words, Extra: v.Extra}.String()}
}

func (im *staged) someVotes(rows []int32) []importVote {
	out := make([]importVote, len(rows))
	for i, row := range rows {
		out[i] = im.vote(row)
	}
	return out
}

// countsOf adds rows of votes up, by statement.
func countsOf(votes *polis.Votes, rows []int32) map[int64]Count {
	counts := map[int64]Count{}
	for _, row := range rows {
		v := votes.At(int(row))
		c := counts[v.Statement]
		c.add(Choice(v.Value), 1)
		counts[v.Statement] = c
	}
	return counts
}

func (im *staged) stageStatements(x *polis.Export) {
	counts := countsOf(im.source, im.votes)
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
		// The same words twice stay: people have voted on both.
		if row.State == Shown && civic.Junk(row.Text, nil) != "" {
			row.State, row.Rule, row.DecidedAt = Removed, Unreadable, latest(row.CreatedAt, time.UnixMilli(1))
			im.report.Removed++
		}
		im.statements = append(im.statements, row)
	}
}

// stageParticipants lists everybody in participants-votes.csv, in its order, and whoever
// voted besides, in the order of their first votes.
func (im *staged) stageParticipants(x *polis.Export) {
	voted := map[int64]bool{}
	for _, row := range im.votes {
		voted[im.source.At(int(row)).Voter] = true
	}
	im.report.Participants = len(voted)
	for i, p := range x.Participants {
		row := importParticipant{no: p.ID, voted: voted[p.ID], position: i + 1, group: p.Group}
		if p.Extra != nil {
			row.extra = rowSource{Extra: p.Extra}.String()
		}
		im.participants = append(im.participants, row)
		delete(voted, p.ID)
	}
	for _, v := range x.Votes.All() {
		if voted[v.Voter] {
			delete(voted, v.Voter)
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
		if err := insert(tx, *c, im.context); err != nil {
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
		return importVotes(tx, "consultations_vote", c.no, im.someVotes(im.votes[a:b]))
	}); err != nil {
		return err
	}
	if err := in(len(im.former), func(tx *storage.Tx, a, b int) error {
		return importVotes(tx, "consultations_vote_former", c.no, im.someVotes(im.former[a:b]))
	}); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error { return s.publishImport(tx, im) })
}

// publishImport makes a consultation public whose rows have all been written.
func (s *Service) publishImport(tx *storage.Tx, im *staged) error {
	c := &im.c
	votes, participants := int64(len(im.votes)), int64(im.report.Participants)
	if err := addToTotals(tx, c.no, votes, participants); err != nil {
		return err
	}
	for name, d := range im.days {
		if err := addToDay(tx, c.no, name, d.Votes, d.Participants); err != nil {
			return err
		}
		votes, participants = votes-d.Votes, participants-d.Participants
	}
	if err := addToCity(tx, "", Numbers{Votes: votes, Participants: participants}); err != nil { // of which the source does not say when
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
	return s.recordAnnounced(tx, actImported, whole, "")
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
