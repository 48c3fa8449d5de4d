package polis

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strconv"
)

// Export is a whole conversation in memory.
type Export struct {
	Statements   []Statement
	Votes        []Vote // in the file's order; an earlier row of the same voter and statement is overruled by a later one
	Participants []Participant
	Summary      []Pair
	Files        Files
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
// With an *[Errors] the Export still holds all that was good.
func Read(fsys fs.FS, lim Limits) (*Export, error) {
	// Long: the files of an export in the order in which each explains the next.
	lim = lim.withDefaults()
	x := &Export{}
	errs := collector{limit: lim.Errors}
	in := func(name string, read func(r io.Reader) (Layout, error)) (*Layout, error) {
		f, err := fsys.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		if err != nil {
			errs.add(&Error{File: name, Problem: Unreadable, Err: err})
			return nil, nil
		}
		defer f.Close()
		l, err := read(f)
		return &l, errs.merge(err)
	}
	var err error
	ids := map[int64]bool{}
	x.Files.Comments, err = in(CommentsFile, func(r io.Reader) (Layout, error) {
		return ScanStatements(CommentsFile, r, lim, func(_ int, s Statement) error {
			x.Statements = append(x.Statements, s)
			ids[s.ID] = true
			return nil
		})
	})
	if err != nil {
		return x, err
	}
	var known func(int64) bool
	// With comments missing because their file is broken, every vote would be called unknown.
	if x.Files.Comments != nil && len(errs.List) == 0 {
		known = func(id int64) bool { return ids[id] }
	}
	x.Files.Votes, err = in(VotesFile, func(r io.Reader) (Layout, error) {
		return ScanVotes(VotesFile, r, lim, known, func(_ int, v Vote) error {
			x.Votes = append(x.Votes, v)
			return nil
		})
	})
	if err != nil {
		return x, err
	}
	x.Files.Participants, err = in(ParticipantsFile, func(r io.Reader) (Layout, error) {
		return ScanParticipants(ParticipantsFile, r, lim, known, func(_ int, p Participant) error {
			x.Participants = append(x.Participants, p)
			return nil
		})
	})
	if err != nil {
		return x, err
	}
	x.Files.Summary, err = in(SummaryFile, func(r io.Reader) (l Layout, err error) {
		x.Summary, l, err = ReadSummary(SummaryFile, r, lim)
		return l, err
	})
	if err != nil {
		return x, err
	}
	if x.Files.Votes == nil && x.Files.Participants == nil {
		errs.add(&Error{File: ".", Problem: NoVotes})
	}
	if x.Files.Votes == nil && x.Files.Participants != nil {
		statements := x.Files.Participants.Statements()
		for _, p := range x.Participants {
			for i, v := range p.Cells {
				if v != Missing {
					x.Votes = append(x.Votes, Vote{Statement: statements[i], Voter: p.ID, Value: v})
				}
			}
		}
	}
	if x.Files.Comments == nil {
		for _, v := range x.Votes {
			if !ids[v.Statement] {
				ids[v.Statement] = true
				x.Statements = append(x.Statements, Statement{ID: v.Statement, Author: NoAuthor})
			}
		}
		slices.SortFunc(x.Statements, func(a, b Statement) int { return cmp.Compare(a.ID, b.ID) })
	}
	return x, errs.err()
}

// Write writes the files that x.Files names, in the layouts given there. Each
// is closed before the next is created.
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
		return WriteVotes(w, l, slices.Values(x.Votes))
	}); err != nil {
		return err
	}
	if err := out(ParticipantsFile, x.Files.Participants, func(w io.Writer, l Layout) error {
		return WriteParticipants(w, l, slices.Values(x.Participants))
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

// Cell names one voter's answer to one statement.
type Cell struct{ Voter, Statement int64 }

// LastVotes gives what each voter said last to each statement.
func LastVotes(votes []Vote) map[Cell]int8 {
	last := make(map[Cell]int8, len(votes))
	for _, v := range votes {
		last[Cell{v.Voter, v.Statement}] = v.Value
	}
	return last
}

// Recount sets everything that follows from Statements and Votes: the counts
// of each statement (rows), and Participants with their counts and cells
// (last votes), in order of first appearance in Votes. Groups and extra
// fields of participants already there are kept; participants without a vote
// stay at the end. Files.Participants is made standard unless it already has
// exactly the statements' columns.
func (x *Export) Recount() {
	// Long: counts, columns and participants are made anew together, from the same votes.
	at := make(map[int64]int, len(x.Statements))
	written := map[int64]int{}
	var order []int64
	for i := range x.Statements {
		s := &x.Statements[i]
		s.Agrees, s.Disagrees = 0, 0
		at[s.ID] = i
		order = append(order, s.ID)
		if s.Author != NoAuthor {
			written[s.Author]++
		}
	}
	slices.Sort(order)
	if x.Files.Participants == nil || !slices.Equal(sorted(x.Files.Participants.Statements()), order) {
		l := ParticipantLayout(order)
		if old := x.Files.Participants; old != nil {
			l.BOM, l.CRLF, l.OpenEnd = old.BOM, old.CRLF, old.OpenEnd
			for _, name := range old.Columns {
				if _, cell := statementColumn(name); !cell && !slices.Contains(participantColumns, name) {
					l.Columns = append(l.Columns, name)
				}
			}
		}
		x.Files.Participants = &l
	}
	columns := map[int64]int{}
	for i, id := range x.Files.Participants.Statements() {
		columns[id] = i
	}
	extras := 0
	for _, name := range x.Files.Participants.Columns {
		if _, cell := statementColumn(name); !cell && !slices.Contains(participantColumns, name) {
			extras++
		}
	}
	old := x.Participants
	oldAt := make(map[int64]int, len(old))
	for i, p := range old {
		oldAt[p.ID] = i
	}
	row := map[int64]int{}
	fresh := make([]Participant, 0, len(old))
	add := func(id int64) int {
		p := Participant{ID: id, Comments: written[id], Cells: make([]int8, len(columns))}
		for i := range p.Cells {
			p.Cells[i] = Missing
		}
		if i, ok := oldAt[id]; ok {
			p.Group, p.Extra = old[i].Group, old[i].Extra
		} else if extras > 0 {
			p.Extra = make([]string, extras)
		}
		fresh = append(fresh, p)
		row[id] = len(fresh) - 1
		return len(fresh) - 1
	}
	for _, v := range x.Votes {
		if i, ok := at[v.Statement]; ok {
			switch v.Value {
			case 1:
				x.Statements[i].Agrees++
			case -1:
				x.Statements[i].Disagrees++
			}
		}
		i, ok := row[v.Voter]
		if !ok {
			i = add(v.Voter)
		}
		if c, ok := columns[v.Statement]; ok {
			fresh[i].Cells[c] = v.Value
		}
	}
	for _, p := range old {
		if _, ok := row[p.ID]; !ok {
			add(p.ID)
		}
	}
	for i := range fresh {
		p := &fresh[i]
		for _, c := range p.Cells {
			switch c {
			case Missing:
				continue
			case 1:
				p.Agrees++
			case -1:
				p.Disagrees++
			}
			p.Votes++
		}
	}
	x.Participants = fresh
}

func sorted(ids []int64) []int64 {
	slices.Sort(ids)
	return ids
}

// Check compares the counts and cells the export holds with what its votes
// give. A difference is no reason to refuse an export, but one to ask where
// it comes from. Error.Line is that of the row, supposing one line a record.
func (x *Export) Check(lim Limits) error {
	errs := collector{limit: lim.withDefaults().Errors}
	again := Export{Statements: slices.Clone(x.Statements), Votes: x.Votes, Participants: x.Participants}
	if x.Files.Participants != nil {
		l := *x.Files.Participants
		again.Files.Participants = &l
	}
	again.Recount()
	differ := func(file string, line int, col string, have, want int) {
		if have != want {
			errs.add(&Error{File: file, Line: line, Column: col, Problem: CountDiffers, Value: strconv.Itoa(have) + " ≠ " + strconv.Itoa(want)})
		}
	}
	has := func(l *Layout, col string) bool { return l != nil && slices.Contains(l.Columns, col) }
	for i, s := range x.Statements {
		w := again.Statements[i]
		if has(x.Files.Comments, "agrees") {
			differ(CommentsFile, i+2, "agrees", s.Agrees, w.Agrees)
		}
		if has(x.Files.Comments, "disagrees") {
			differ(CommentsFile, i+2, "disagrees", s.Disagrees, w.Disagrees)
		}
	}
	if x.Files.Participants == nil || x.Files.Votes == nil {
		return errs.err()
	}
	want := make(map[int64]*Participant, len(again.Participants))
	for i := range again.Participants {
		want[again.Participants[i].ID] = &again.Participants[i]
	}
	comparable := slices.Equal(x.Files.Participants.Statements(), again.Files.Participants.Statements())
	columns := again.Files.Participants.Statements()
	for i, p := range x.Participants {
		w := want[p.ID]
		delete(want, p.ID)
		for _, c := range []struct {
			col        string
			have, want int
		}{{"n-votes", p.Votes, w.Votes}, {"n-agree", p.Agrees, w.Agrees}, {"n-disagree", p.Disagrees, w.Disagrees}} {
			if has(x.Files.Participants, c.col) {
				differ(ParticipantsFile, i+2, c.col, c.have, c.want)
			}
		}
		if !comparable {
			continue
		}
		for j, v := range p.Cells {
			if v != w.Cells[j] {
				errs.add(&Error{File: ParticipantsFile, Line: i + 2, Column: strconv.FormatInt(columns[j], 10), Problem: CellDiffers})
			}
		}
	}
	for _, p := range again.Participants {
		if want[p.ID] != nil {
			errs.add(&Error{File: ParticipantsFile, Problem: UnknownParticipant, Value: strconv.FormatInt(p.ID, 10)})
		}
	}
	return errs.err()
}
