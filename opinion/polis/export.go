package polis

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"iter"
	"slices"
	"strconv"
)

// Export is a whole conversation in memory. What follows from the votes (counts, cells) is not held, but compared with them as it
// is read and made from them as it is written.
type Export struct {
	Statements   []Statement
	Votes        Votes // an earlier row of the same voter and statement is overruled by a later one
	Participants []Participant
	Summary      []Pair
	Files        Files

	// Doubts are contradictions between the files that were read: counts and cells that are not
	// what the votes give. They are no reason to refuse an export, but a reason to ask where it
	// comes from. Nil means none; of each file the first ten are kept. The counts in Statements
	// stay as they were read.
	Doubts *Errors
}

// Files are the layouts of the files an export has; nil for an absent one.
type Files struct {
	Comments, Votes, Participants, Summary *Layout
}

// Read reads the export in the root of fsys. votes.csv or
// participants-votes.csv must be there, the others may be absent: without
// comments.csv the statements are those voted on, without bodies; without
// votes.csv the votes are the cells of participants-votes.csv, at time 0.
//
// With an *[Errors] the Export still holds all that was good. See [Export.Doubts] for
// what the files say against each other.
func Read(fsys fs.FS, lim Limits) (*Export, error) {
	lim = lim.withDefaults()
	r := reading{fsys: fsys, lim: lim, x: &Export{}, errs: collector{limit: lim.Errors}, doubts: map[string]*collector{}, ids: map[int64]bool{}}
	for _, step := range []func() error{r.comments, r.votes, r.participants, r.summary} {
		if err := step(); err != nil {
			return r.x, err
		}
	}
	if r.x.Files.Votes == nil && r.x.Files.Participants == nil {
		r.errs.add(&Error{File: ".", Problem: NoVotes})
	}
	if r.x.Files.Comments == nil {
		for _, v := range r.x.Votes.All() {
			if !r.ids[v.Statement] {
				r.ids[v.Statement] = true
				r.x.Statements = append(r.x.Statements, Statement{ID: v.Statement, Author: NoAuthor})
			}
		}
		slices.SortFunc(r.x.Statements, func(a, b Statement) int { return cmp.Compare(a.ID, b.ID) })
	}
	for _, file := range []string{CommentsFile, ParticipantsFile} {
		if c := r.doubts[file]; c != nil {
			if r.x.Doubts == nil {
				r.x.Doubts = &Errors{}
			}
			r.x.Doubts.List = append(r.x.Doubts.List, c.List...)
			r.x.Doubts.More += c.More
		}
	}
	return r.x, r.errs.err()
}

// doubt notes where a file contradicts the votes. It keeps some for each file, so that one file
// does not hide another.
func (r *reading) doubt(e *Error) {
	const kept = 10
	c := r.doubts[e.File]
	if c == nil {
		c = &collector{limit: min(kept, r.lim.Errors)}
		r.doubts[e.File] = c
	}
	c.add(e)
}

// reading is the state of reading an export. Its files are read in the order in which each
// explains the next.
type reading struct {
	fsys   fs.FS
	lim    Limits
	x      *Export
	errs   collector
	doubts map[string]*collector // by file
	ids    map[int64]bool        // of the statements
	lines  []int                 // of comments.csv on which they begin, in their order
	known  func(id int64) bool   // nil: any statement goes
}

func (r *reading) file(name string, read func(r io.Reader) (Layout, error)) (*Layout, error) {
	f, err := r.fsys.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		r.errs.add(&Error{File: name, Problem: Unreadable, Err: err})
		return nil, nil
	}
	defer f.Close()
	l, err := read(f)
	return &l, r.errs.merge(err)
}

func (r *reading) comments() (err error) {
	r.x.Files.Comments, err = r.file(CommentsFile, func(in io.Reader) (Layout, error) {
		return ScanStatements(CommentsFile, in, r.lim, func(line int, s Statement) error {
			r.x.Statements, r.lines = append(r.x.Statements, s), append(r.lines, line)
			r.ids[s.ID] = true
			return nil
		})
	})
	// When comments.csv is broken its statements are missing, and every vote would be called
	// unknown.
	if r.x.Files.Comments != nil && len(r.errs.List) == 0 {
		r.known = func(id int64) bool { return r.ids[id] }
	}
	return err
}

func (r *reading) votes() (err error) {
	r.x.Files.Votes, err = r.file(VotesFile, func(in io.Reader) (Layout, error) {
		return ScanVotes(VotesFile, in, r.lim, r.known, func(line int, v Vote) error {
			r.x.Votes.Add(v)
			return r.heavy(VotesFile, line)
		})
	})
	if err != nil || r.x.Files.Votes == nil {
		return err
	}
	voters := 0
	for range r.x.Votes.Latest().Voters() {
		voters++
	}
	if voters > r.lim.Participants {
		r.errs.add(&Error{File: VotesFile, Column: "voter-id", Problem: TooManyRows, Value: strconv.Itoa(r.lim.Participants)})
	}
	r.compareStatements()
	return nil
}

// heavy stops the reading when rows of votes hold too much besides votes.
func (r *reading) heavy(file string, line int) error {
	if r.x.Votes.bytes > r.lim.Text {
		return &Errors{List: []*Error{{File: file, Line: line, Problem: TooMuchText, Value: strconv.Itoa(r.lim.Text)}}}
	}
	return nil
}

// compareStatements compares the counts of comments.csv with the rows of votes.csv.
func (r *reading) compareStatements() {
	counts := r.x.Votes.counts()
	for i, s := range r.x.Statements {
		c := counts[s.ID]
		r.differ(r.x.Files.Comments, CommentsFile, r.lines[i], "agrees", s.Agrees, c[0])
		r.differ(r.x.Files.Comments, CommentsFile, r.lines[i], "disagrees", s.Disagrees, c[1])
	}
}

// differ notes a count that is not what the votes give, but only if the file has that column.
func (r *reading) differ(l *Layout, file string, line int, column string, have, want int) {
	if have != want && l != nil && slices.Contains(l.Columns, column) {
		r.doubt(&Error{File: file, Line: line, Column: column, Problem: CountDiffers, Value: strconv.Itoa(have) + " ≠ " + strconv.Itoa(want)})
	}
}

// participants reads the people and compares the answers in their cells with votes.csv. Without
// votes.csv the cells are the votes.
func (r *reading) participants() (err error) {
	var latest Latest
	fromCells := r.x.Files.Votes == nil
	if !fromCells {
		latest = r.x.Votes.Latest()
	}
	met := map[int64]bool{}
	var columns []int64
	want := row{}
	r.x.Files.Participants, err = r.file(ParticipantsFile, func(in io.Reader) (Layout, error) {
		return ScanParticipants(ParticipantsFile, in, r.lim, r.known, func(line int, l Layout, p Answers) error {
			if columns == nil {
				columns = l.Statements()
				want = newRow(columns)
			}
			r.x.Participants = append(r.x.Participants, p.Participant)
			met[p.ID] = true
			if !fromCells {
				r.compareRow(&l, line, p, want.fill(&r.x.Votes, latest.Of(p.ID)))
				return nil
			}
			for i, v := range p.Cells {
				if v != Missing {
					r.x.Votes.Add(Vote{Statement: columns[i], Voter: p.ID, Value: v})
				}
			}
			if r.x.Votes.Len() > r.lim.Votes {
				return &Errors{List: []*Error{{File: ParticipantsFile, Line: line, Problem: TooManyRows, Value: strconv.Itoa(r.lim.Votes)}}}
			}
			return nil
		})
	})
	if err != nil || fromCells || r.x.Files.Participants == nil {
		return err
	}
	for voter := range latest.Voters() {
		if !met[voter] {
			r.doubt(&Error{File: ParticipantsFile, Problem: UnknownParticipant, Value: strconv.FormatInt(voter, 10)})
		}
	}
	return nil
}

func (r *reading) compareRow(l *Layout, line int, have Answers, want Answers) {
	r.differ(l, ParticipantsFile, line, "n-votes", have.Votes, want.Votes)
	r.differ(l, ParticipantsFile, line, "n-agree", have.Agrees, want.Agrees)
	r.differ(l, ParticipantsFile, line, "n-disagree", have.Disagrees, want.Disagrees)
	at := 0
	for _, name := range l.Columns {
		if _, cell := statementColumn(name); !cell {
			continue
		}
		if have.Cells[at] != want.Cells[at] {
			r.doubt(&Error{File: ParticipantsFile, Line: line, Column: name, Problem: CellDiffers, Value: cellText(have.Cells[at]) + " ≠ " + cellText(want.Cells[at])})
		}
		at++
	}
}

// cellText is an answer as the file writes it, and a dash where there is none.
func cellText(vote int8) string {
	if vote == Missing {
		return "–"
	}
	return strconv.Itoa(int(vote))
}

func (r *reading) summary() (err error) {
	r.x.Files.Summary, err = r.file(SummaryFile, func(in io.Reader) (l Layout, err error) {
		r.x.Summary, l, err = ReadSummary(SummaryFile, in, r.lim)
		return l, err
	})
	return err
}

// row makes rows of participants-votes.csv from votes. It uses the same memory for one after
// another.
type row struct {
	place map[int64]int // of each statement among the cells
	cells []int8
}

func newRow(statements []int64) row {
	r := row{map[int64]int{}, make([]int8, len(statements))}
	for i, id := range statements {
		r.place[id] = i
	}
	return r
}

// fill counts what somebody said last, also answers to statements without a column.
func (r row) fill(votes *Votes, rows []int32) (a Answers) {
	for i := range r.cells {
		r.cells[i] = Missing
	}
	a.Cells = r.cells
	for _, i := range rows {
		v := votes.at(int(i))
		if at, ok := r.place[v.statement]; ok {
			r.cells[at] = v.value
		}
		a.Votes++
		switch v.value {
		case 1:
			a.Agrees++
		case -1:
			a.Disagrees++
		}
	}
	return a
}

// Write writes the files that x.Files names, in the layouts given there. Each file is closed
// before the next is created.
func (x *Export) Write(create func(name string) (io.WriteCloser, error)) error {
	out := func(name string, l *Layout, write func(w io.Writer, l Layout) error) error {
		if l == nil {
			return nil
		}
		w, err := create(name)
		if err != nil {
			return err
		}
		return errors.Join(write(w, *l), w.Close())
	}
	if err := out(CommentsFile, x.Files.Comments, func(w io.Writer, l Layout) error {
		return WriteStatements(w, l, slices.Values(x.Statements))
	}); err != nil {
		return err
	}
	if err := out(VotesFile, x.Files.Votes, func(w io.Writer, l Layout) error {
		return WriteVotes(w, l, func(yield func(Vote) bool) {
			for _, v := range x.Votes.All() {
				if !yield(v) {
					return
				}
			}
		})
	}); err != nil {
		return err
	}
	if err := out(ParticipantsFile, x.Files.Participants, func(w io.Writer, l Layout) error {
		return WriteParticipants(w, l, x.answers(l))
	}); err != nil {
		return err
	}
	return out(SummaryFile, x.Files.Summary, func(w io.Writer, l Layout) error {
		return WriteSummary(w, l, slices.Values(x.Summary))
	})
}

// Lookup gives the first value of a key of summary.csv, "" for none.
func (x *Export) Lookup(key string) string {
	for _, p := range x.Summary {
		if p.Key == key {
			return p.Value
		}
	}
	return ""
}

// answers are the rows of participants-votes.csv.
func (x *Export) answers(l Layout) iter.Seq[Answers] {
	return func(yield func(Answers) bool) {
		written := map[int64]int{}
		for _, s := range x.Statements {
			if s.Author != NoAuthor {
				written[s.Author]++
			}
		}
		latest := x.Votes.Latest()
		made := newRow(l.Statements())
		for _, p := range x.Participants {
			a := made.fill(&x.Votes, latest.Of(p.ID))
			a.Participant, a.Comments = p, written[p.ID]
			if !yield(a) {
				return
			}
		}
	}
}

// Recount sets everything that follows from Statements and Votes: the counts
// of each statement (rows), and a participant for every voter who is not among
// them, in order of first appearance in Votes; those already there stay where
// they are. A new Files.Participants has a column for every statement; one that
// is there already keeps its columns, for what the source left out nobody answered.
func (x *Export) Recount() {
	counts := x.Votes.counts()
	var order []int64
	for i := range x.Statements {
		s := &x.Statements[i]
		s.Agrees, s.Disagrees = counts[s.ID][0], counts[s.ID][1]
		order = append(order, s.ID)
	}
	if x.Files.Participants == nil {
		slices.Sort(order)
		l := ParticipantLayout(order)
		x.Files.Participants = &l
	}
	extras := 0
	for _, name := range x.Files.Participants.Columns {
		if _, cell := statementColumn(name); !cell && !slices.Contains(participantColumns, name) {
			extras++
		}
	}
	listed := make(map[int64]bool, len(x.Participants))
	for _, p := range x.Participants {
		listed[p.ID] = true
	}
	for _, v := range x.Votes.All() {
		if listed[v.Voter] {
			continue
		}
		listed[v.Voter] = true
		p := Participant{ID: v.Voter}
		if extras > 0 {
			p.Extra = make([]string, extras)
		}
		x.Participants = append(x.Participants, p)
	}
}
