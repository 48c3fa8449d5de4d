package polis

import (
	"bytes"
	"errors"
	"io"
	"iter"
	"math"
	"strconv"
	"strings"
)

// Names of the files of an export.
const (
	CommentsFile     = "comments.csv"
	VotesFile        = "votes.csv"
	ParticipantsFile = "participants-votes.csv"
	SummaryFile      = "summary.csv"
)

// Layout is the outer form of a file. It is kept so that the file can be written again byte for
// byte. The zero Layout is the standard form.
type Layout struct {
	Columns []string // in the file's order; nil: the standard ones. Not for summary.csv
	BOM     bool     // begins with a UTF-8 byte order mark
	CRLF    bool     // lines end with CR LF
	OpenEnd bool     // the last line has no line end
}

// Vote is one row of votes.csv.
type Vote struct {
	Time      Time
	Statement int64 // comment-id, ≥ 0
	Voter     int64 // voter-id, ≥ 0
	Value     int8  // 1 agree, −1 disagree, 0 pass
	Extra     []string
}

// Moderation of a statement.
type Moderation int8

const (
	Out         Moderation = -1
	Unmoderated Moderation = 0
	In          Moderation = 1
)

// NoAuthor stands for an empty author-id.
const NoAuthor = -1

// Statement is one row of comments.csv.
type Statement struct {
	Time      Time
	ID        int64 // ≥ 0, unique
	Author    int64 // ≥ 0 or NoAuthor
	Agrees    int   // rows of votes.csv that agree, overwritten ones included
	Disagrees int   // rows that disagree
	Moderated Moderation
	Body      string   // UTF-8; may hold U+FFFD where the source was cut
	Extra     []string // columns Birge does not know, in the file's order
}

// Missing is a cell of a participant who did not answer.
const Missing int8 = 2

// Participant is what participants-votes.csv says of somebody that the other files do not.
type Participant struct {
	ID    int64
	Group string // group-id; "" for nobody's
	Extra []string
}

// Answers is one row of participants-votes.csv.
type Answers struct {
	Participant
	Comments  int // statements written
	Votes     int // statements answered
	Agrees    int
	Disagrees int
	Cells     []int8 // last answer to the statement of each column (Layout.Statements), Missing for none
}

// Pair is one row of summary.csv.
type Pair struct{ Key, Value string }

var (
	commentColumns     = []string{"timestamp", "datetime", "comment-id", "author-id", "agrees", "disagrees", "moderated", "comment-body"}
	voteColumns        = []string{"timestamp", "datetime", "comment-id", "voter-id", "vote"}
	participantColumns = []string{"participant", "group-id", "n-comments", "n-votes", "n-agree", "n-disagree"}
)

// Statements are the ids of the statement columns of participants-votes.csv.
func (l Layout) Statements() []int64 {
	var ids []int64
	for _, c := range l.Columns {
		if id, ok := statementColumn(c); ok {
			ids = append(ids, id)
		}
	}
	return ids
}

func statementColumn(name string) (int64, bool) {
	id, err := strconv.ParseInt(name, 10, 64)
	return id, err == nil && id >= 0 && strconv.FormatInt(id, 10) == name
}

// table drives the reading of one file with a header line.
type table struct {
	file     string
	errs     collector
	rec      *records
	layout   Layout
	at       []int // position of each known column in a record, −1 for none
	extra    []int // positions of the others
	known    []string
	fields   [][]byte
	zone     zones
	rows     int // so far, and how many there may be
	most     int
	text     int // bytes that others gave so far, and how many there may be
	mostText int
}

func openTable(file string, r io.Reader, lim Limits, known []string, needed ...string) *table {
	lim = lim.withDefaults()
	t := &table{file: file, errs: collector{limit: lim.Errors}, rec: newRecords(r, lim.Record), known: known, most: math.MaxInt, mostText: lim.Text}
	head, ok, flt := t.rec.next()
	switch {
	case flt != nil:
		t.fault(flt)
		t.rec = nil
		return t
	case !ok:
		t.errs.add(&Error{File: file, Problem: EmptyFile})
		t.rec = nil
		return t
	}
	t.layout.BOM, t.layout.CRLF, t.layout.OpenEnd = t.rec.bom, t.rec.crlf, t.rec.openEnd
	if len(head) > lim.Columns {
		t.errs.add(&Error{File: file, Line: t.rec.first, Problem: TooManyColumns, Value: strconv.Itoa(lim.Columns)})
		t.rec = nil
		return t
	}
	if len(head) == 1 && bytes.ContainsAny(head[0], ";\t") {
		t.errs.add(&Error{File: file, Line: t.rec.first, Problem: OtherSeparator})
		t.rec = nil
		return t
	}
	t.at = make([]int, len(known))
	for i := range t.at {
		t.at[i] = -1
	}
	seen := make(map[string]bool, len(head))
	for i, f := range head {
		name := string(f)
		t.layout.Columns = append(t.layout.Columns, name)
		if seen[name] {
			t.errs.add(&Error{File: file, Line: t.rec.first, Column: name, Problem: ColumnRepeated})
		}
		seen[name] = true
		found := false
		for k, want := range known {
			if name == want {
				t.at[k], found = i, true
			}
		}
		if !found {
			t.extra = append(t.extra, i)
		}
	}
	for _, name := range needed {
		if !seen[name] {
			t.errs.add(&Error{File: file, Line: t.rec.first, Column: name, Problem: ColumnMissing})
		}
	}
	if len(t.errs.List) > 0 {
		t.rec = nil // after wrong columns every further line would be an error
	}
	return t
}

func (t *table) fault(f *fault) {
	t.errs.add(&Error{File: t.file, Line: f.line, Problem: f.problem, Err: f.err})
}

// next moves to the next record that has as many fields as the header.
func (t *table) next() bool {
	if t.rec == nil {
		return false
	}
	for {
		fields, ok, flt := t.rec.next()
		if flt != nil {
			t.fault(flt)
			if flt.fatal {
				return false
			}
			continue
		}
		if !ok {
			return false
		}
		t.layout.OpenEnd = t.rec.openEnd
		if t.rows++; t.rows > t.most {
			t.stop(TooManyRows, t.most)
			return false
		}
		if len(fields) != len(t.layout.Columns) {
			t.errs.add(&Error{File: t.file, Line: t.rec.first, Problem: FieldCount,
				Value: strconv.Itoa(len(fields)) + " / " + strconv.Itoa(len(t.layout.Columns))})
			continue
		}
		t.fields = fields
		return true
	}
}

// stop ends the reading because a bound was passed.
func (t *table) stop(p Problem, bound int) {
	t.errs.add(&Error{File: t.file, Line: t.rec.first, Problem: p, Value: strconv.Itoa(bound)})
	t.rec = nil
}

// took counts the bytes of text that are kept, and stops at the bound.
func (t *table) took(text ...string) bool {
	for _, s := range text {
		t.text += len(s) + 16
	}
	if t.rec != nil && t.text > t.mostText {
		t.stop(TooMuchText, t.mostText)
	}
	return t.rec != nil
}

func (t *table) get(col int) ([]byte, bool) {
	if t.at[col] < 0 {
		return nil, false
	}
	return t.fields[t.at[col]], true
}

func (t *table) wrong(col int, p Problem) {
	v, _ := t.get(col)
	t.errs.add(&Error{File: t.file, Line: t.rec.first, Column: t.known[col], Problem: p, Value: string(v)})
}

// whole reads a whole number ≥ 0; an absent column gives 0.
func (t *table) whole(col int) (int64, bool) {
	f, ok := t.get(col)
	if !ok {
		return 0, true
	}
	n, ok := parseWhole(f)
	if !ok {
		t.wrong(col, NotANumber)
	}
	return n, ok
}

func (t *table) count(col int) (int, bool) {
	n, ok := t.whole(col)
	if ok && n > math.MaxInt32 {
		t.wrong(col, NotANumber)
		return 0, false
	}
	return int(n), ok
}

func parseWhole(f []byte) (int64, bool) {
	if len(f) == 0 || len(f) > 18 || (f[0] == '0' && len(f) > 1) {
		return 0, false
	}
	var n int64
	for _, c := range f {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

func parseThree(f []byte) (int8, bool) {
	switch string(f) {
	case "1":
		return 1, true
	case "0":
		return 0, true
	case "-1":
		return -1, true
	}
	return 0, false
}

func (t *table) time(stamp, words int) (Time, bool) {
	milli, ok := t.whole(stamp)
	if !ok {
		return Time{}, false
	}
	text, _ := t.get(words)
	return t.zone.parse(milli, text), true
}

func (t *table) others() []string {
	if len(t.extra) == 0 {
		return nil
	}
	out := make([]string, len(t.extra))
	for i, at := range t.extra {
		out[i] = string(t.fields[at])
	}
	return out
}

// ScanVotes reads votes.csv row by row. file is its name for errors. known says whether a
// statement exists; nil means that any does. each is called with every good row and its line;
// when it returns an error, reading ends and ScanVotes returns that error. Flaws of the file do
// not end the reading: they come back together as *[Errors].
func ScanVotes(file string, r io.Reader, lim Limits, known func(statement int64) bool, each func(line int, v Vote) error) (Layout, error) {
	t := openTable(file, r, lim, voteColumns, "comment-id", "voter-id", "vote")
	t.most = lim.withDefaults().Votes
	for t.next() {
		stamp, ok1 := t.time(0, 1)
		statement, ok2 := t.whole(2)
		voter, ok3 := t.whole(3)
		f, _ := t.get(4)
		value, ok4 := parseThree(f)
		if !ok4 {
			t.wrong(4, NotAVote)
		}
		if ok2 && known != nil && !known(statement) {
			t.wrong(2, UnknownStatement)
			ok2 = false
		}
		if !ok1 || !ok2 || !ok3 || !ok4 {
			continue
		}
		if err := each(t.rec.first, Vote{stamp, statement, voter, value, t.others()}); err != nil {
			return t.layout, err
		}
	}
	return t.layout, t.errs.err()
}

// ScanStatements reads comments.csv row by row. Of the columns only
// comment-id and comment-body are needed.
func ScanStatements(file string, r io.Reader, lim Limits, each func(line int, s Statement) error) (Layout, error) {
	t := openTable(file, r, lim, commentColumns, "comment-id", "comment-body")
	t.most = lim.withDefaults().Statements
	seen := map[int64]bool{}
	for t.next() {
		stamp, ok1 := t.time(0, 1)
		id, ok2 := t.whole(2)
		author, ok3 := int64(NoAuthor), true
		if f, _ := t.get(3); len(f) > 0 {
			author, ok3 = t.whole(3)
		}
		agrees, ok4 := t.count(4)
		disagrees, ok5 := t.count(5)
		moderated := int8(0)
		if f, ok := t.get(6); ok {
			if moderated, ok = parseThree(f); !ok {
				t.wrong(6, NotAModeration)
				continue
			}
		}
		if ok2 && seen[id] {
			t.wrong(2, RepeatedStatement)
			ok2 = false
		}
		if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 {
			continue
		}
		seen[id] = true
		body, _ := t.get(7)
		st := Statement{stamp, id, author, agrees, disagrees, Moderation(moderated), string(body), t.others()}
		if line := t.rec.first; t.took(st.Body, st.Time.Words) && t.took(st.Extra...) {
			if err := each(line, st); err != nil {
				return t.layout, err
			}
		}
	}
	return t.layout, t.errs.err()
}

// ScanParticipants reads participants-votes.csv row by row. known is as for [ScanVotes] and is
// asked about each statement column. The Cells of a row are valid only until the next row.
func ScanParticipants(file string, r io.Reader, lim Limits, known func(statement int64) bool, each func(line int, l Layout, p Answers) error) (Layout, error) {
	t := openTable(file, r, lim, participantColumns, "participant")
	t.most = lim.withDefaults().Participants
	var cells, extra []int
	for _, at := range t.extra {
		id, ok := statementColumn(t.layout.Columns[at])
		if !ok {
			extra = append(extra, at)
			continue
		}
		if known != nil && !known(id) {
			t.errs.add(&Error{File: file, Line: 1, Column: t.layout.Columns[at], Problem: UnknownStatement})
		}
		cells = append(cells, at)
	}
	t.extra = extra
	seen := map[int64]bool{}
	row := make([]int8, len(cells))
	for t.next() {
		var p Answers
		var ok [5]bool
		p.ID, ok[0] = t.whole(0)
		group, _ := t.get(1)
		p.Group = string(group)
		p.Comments, ok[1] = t.count(2)
		p.Votes, ok[2] = t.count(3)
		p.Agrees, ok[3] = t.count(4)
		p.Disagrees, ok[4] = t.count(5)
		if ok[0] && seen[p.ID] {
			t.wrong(0, RepeatedVoter)
			ok[0] = false
		}
		good := ok == [5]bool{true, true, true, true, true}
		p.Cells = row
		for i, at := range cells {
			f := t.fields[at]
			if len(f) == 0 {
				p.Cells[i] = Missing
				continue
			}
			v, fine := parseThree(f)
			if !fine {
				t.errs.add(&Error{File: file, Line: t.rec.first, Column: t.layout.Columns[at], Problem: NotAVote, Value: string(f)})
				good = false
			}
			p.Cells[i] = v
		}
		if !good {
			continue
		}
		seen[p.ID] = true
		p.Extra = t.others()
		if line := t.rec.first; t.took(p.Group) && t.took(p.Extra...) {
			if err := each(line, t.layout, p); err != nil {
				return t.layout, err
			}
		}
	}
	return t.layout, t.errs.err()
}

// ReadSummary reads summary.csv: two fields a line, no header.
func ReadSummary(file string, r io.Reader, lim Limits) ([]Pair, Layout, error) {
	lim = lim.withDefaults()
	errs := collector{limit: lim.Errors}
	rec := newRecords(r, lim.Record)
	var pairs []Pair
	var l Layout
	for {
		fields, ok, flt := rec.next()
		if flt != nil {
			errs.add(&Error{File: file, Line: flt.line, Problem: flt.problem, Err: flt.err})
			if flt.fatal {
				break
			}
			continue
		}
		if !ok {
			break
		}
		if len(pairs) == 0 {
			l.BOM, l.CRLF = rec.bom, rec.crlf
		}
		l.OpenEnd = rec.openEnd
		if len(fields) != 2 {
			errs.add(&Error{File: file, Line: rec.first, Problem: FieldCount, Value: strconv.Itoa(len(fields)) + " / 2"})
			continue
		}
		const most = 10_000 // summaries have some ten
		if len(pairs) == most {
			errs.add(&Error{File: file, Line: rec.first, Problem: TooManyRows, Value: strconv.Itoa(most)})
			break
		}
		pairs = append(pairs, Pair{string(fields[0]), string(fields[1])})
	}
	return pairs, l, errs.err()
}

// ErrExtra reports a row whose Extra does not match the layout's columns.
var ErrExtra = errors.New("polis: a row has not as many extra fields as the layout has unknown columns")

type tableWriter struct {
	*recordWriter
	columns []int // for each column the index in the known ones, −1 for an extra one
}

func newTableWriter(w io.Writer, l Layout, known []string) *tableWriter {
	columns := l.Columns
	if columns == nil {
		columns = known
	}
	t := &tableWriter{recordWriter: newRecordWriter(w, l)}
	t.begin()
	for _, name := range columns {
		t.text(name)
		at := -1
		for k, n := range known {
			if n == name {
				at = k
			}
		}
		t.columns = append(t.columns, at)
	}
	return t
}

func (t *tableWriter) int(n int64) {
	t.buf = strconv.AppendInt(t.buf[:0], n, 10)
	t.field(t.buf)
}

func (t *tableWriter) words(s Time) {
	t.buf = s.appendWords(t.buf[:0])
	t.field(t.buf)
}

func (t *tableWriter) row(extra []string, known func(col int)) error {
	t.begin()
	n := 0
	for _, col := range t.columns {
		if col >= 0 {
			known(col)
			continue
		}
		if n == len(extra) {
			return ErrExtra
		}
		t.text(extra[n])
		n++
	}
	if n != len(extra) {
		return ErrExtra
	}
	return nil
}

// WriteVotes writes votes.csv.
func WriteVotes(w io.Writer, l Layout, votes iter.Seq[Vote]) error {
	t := newTableWriter(w, l, voteColumns)
	var v Vote
	put := func(col int) {
		switch col {
		case 0:
			t.int(v.Time.Milli)
		case 1:
			t.words(v.Time)
		case 2:
			t.int(v.Statement)
		case 3:
			t.int(v.Voter)
		case 4:
			t.int(int64(v.Value))
		}
	}
	for v = range votes {
		if err := t.row(v.Extra, put); err != nil {
			return err
		}
	}
	return t.flush()
}

// WriteStatements writes comments.csv.
func WriteStatements(w io.Writer, l Layout, statements iter.Seq[Statement]) error {
	t := newTableWriter(w, l, commentColumns)
	for s := range statements {
		err := t.row(s.Extra, func(col int) {
			switch col {
			case 0:
				t.int(s.Time.Milli)
			case 1:
				t.words(s.Time)
			case 2:
				t.int(s.ID)
			case 3:
				if s.Author == NoAuthor {
					t.field(nil)
				} else {
					t.int(s.Author)
				}
			case 4:
				t.int(int64(s.Agrees))
			case 5:
				t.int(int64(s.Disagrees))
			case 6:
				t.int(int64(s.Moderated))
			case 7:
				t.text(s.Body)
			}
		})
		if err != nil {
			return err
		}
	}
	return t.flush()
}

// ParticipantLayout is the standard layout of participants-votes.csv for
// these statements, in this order.
func ParticipantLayout(statements []int64) Layout {
	l := Layout{Columns: append([]string(nil), participantColumns...)}
	for _, id := range statements {
		l.Columns = append(l.Columns, strconv.FormatInt(id, 10))
	}
	return l
}

// WriteParticipants writes participants-votes.csv; each participant's Cells
// follow the statement columns of l.
func WriteParticipants(w io.Writer, l Layout, participants iter.Seq[Answers]) error {
	t := newTableWriter(w, l, participantColumns)
	isCell := make([]bool, len(t.columns))
	for i, at := range t.columns {
		if at < 0 && l.Columns != nil {
			_, isCell[i] = statementColumn(l.Columns[i])
		}
	}
	for p := range participants {
		t.begin()
		cell, extra := 0, 0
		for i, col := range t.columns {
			switch col {
			case 0:
				t.int(p.ID)
			case 1:
				t.text(p.Group)
			case 2:
				t.int(int64(p.Comments))
			case 3:
				t.int(int64(p.Votes))
			case 4:
				t.int(int64(p.Agrees))
			case 5:
				t.int(int64(p.Disagrees))
			default:
				switch {
				case isCell[i] && cell < len(p.Cells):
					if v := p.Cells[cell]; v == Missing {
						t.field(nil)
					} else {
						t.int(int64(v))
					}
					cell++
				case !isCell[i] && extra < len(p.Extra):
					t.text(p.Extra[extra])
					extra++
				default:
					return ErrExtra
				}
			}
		}
		if cell != len(p.Cells) || extra != len(p.Extra) {
			return ErrExtra
		}
	}
	return t.flush()
}

// WriteSummary writes summary.csv.
func WriteSummary(w io.Writer, l Layout, pairs iter.Seq[Pair]) error {
	rw := newRecordWriter(w, l)
	for p := range pairs {
		rw.begin()
		rw.text(p.Key)
		rw.text(strings.ToValidUTF8(p.Value, "\ufffd"))
	}
	return rw.flush()
}
