package pabulib

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/birge-kz/birge/tally"
)

// Read parses a .pb file and builds its election.
func Read(r io.Reader, mode Mode) (*File, *tally.Election, []Issue, error) {
	f, list, err := Parse(r, mode)
	if err != nil {
		return f, nil, list, err
	}
	e, more, err := f.Election(mode)
	return f, e, append(list, more...), err
}

// Election builds the election a file describes. Strict mode stops at the
// first error; lenient mode leaves out projects without an id or a cost and
// ballots that cannot be understood, and drops unknown projects from ballots.
// Without a budget there is no election in either mode.
func (f *File) Election(mode Mode) (*tally.Election, []Issue, error) {
	log := &issues{strict: mode == Strict}
	b := builder{file: f, log: log, election: &tally.Election{}}
	b.build()
	if err := log.err(); err != nil {
		return nil, log.finish(), err
	}
	return b.election, log.finish(), nil
}

type builder struct {
	file     *File
	log      *issues
	election *tally.Election
	ids      idTable
	leftOut  map[string]bool // ids of projects that have a fault of their own: ballots are not blamed for naming them
	odd      bool            // an amount in another form than the format's was met
}

func (b *builder) build() {
	steps := []func() bool{b.meta, b.projects, b.votes}
	for _, step := range steps {
		if step() {
			return
		}
	}
}

// meta reads the entries that counting needs. The number of decimals is the largest that the
// budget or any cost has.
func (b *builder) meta() (stop bool) {
	f, e := b.file, b.election
	e.Title = f.MetaValue("description")
	e.Currency = strings.TrimSpace(f.MetaValue("currency"))
	entry := f.metaEntry("budget")
	budget := strings.TrimSpace(entry.Value)
	e.Decimals = tally.AmountDecimals(plainAmount(budget))
	cost := f.Projects.Column("cost")
	if cost < 0 {
		if b.log.add(Issue{Code: MissingColumn, Severity: Error, File: f.Projects.source, Line: f.Projects.Line, Column: "cost"}) {
			return true
		}
	}
	for i := range f.Projects.Len() {
		e.Decimals = max(e.Decimals, tally.AmountDecimals(plainAmount(f.Projects.Field(i, cost))))
	}
	e.Decimals = min(e.Decimals, tally.MaxDecimals)
	var fault Code
	if e.Budget, fault = b.amount(budget, Issue{Line: entry.Line, Column: "budget"}); fault != "" {
		issue := Issue{Code: fault, Line: entry.Line, Column: "budget", Value: budget}
		if budget == "" {
			issue.Code = MissingKey
		}
		if b.log.fatal(issue) {
			return true
		}
	}
	kind := strings.TrimSpace(f.MetaValue("vote_type"))
	switch kind {
	case "approval", "choose-1":
		e.BallotType = tally.Approval
	case "cumulative":
		e.BallotType = tally.Cumulative
	case "scoring":
		e.BallotType = tally.Scoring
	case "ordinal":
		e.BallotType = tally.Ordinal
	default:
		issue := Issue{Code: UnknownVoteType, Severity: Error, Line: f.metaEntry("vote_type").Line, Column: "vote_type", Value: kind, Effect: AsApproval}
		if kind == "" {
			issue.Code = MissingKey
		}
		if f.Votes.Column("points") >= 0 {
			e.BallotType = tally.Scoring
			issue.Effect = AsScoring
		}
		if b.log.add(issue) {
			return true
		}
	}
	return false
}

// amount reads money. fault says what is wrong with it, "" when nothing is. The first amount
// that is not in the form of the format gets a remark at its place.
func (b *builder) amount(s string, at Issue) (a tally.Amount, fault Code) {
	plain := plainAmount(s)
	a, err := tally.ParseAmount(plain, b.election.Decimals)
	switch {
	case err == nil:
		if plain != s && !b.odd {
			b.odd = true
			at.Code, at.Value, at.Want = AmountForm, s, plain
			b.log.add(at)
		}
		return a, ""
	case errors.Is(err, tally.ErrAmountNegative):
		return 0, NegativeAmount
	case errors.Is(err, tally.ErrAmountTooLarge):
		return 0, AmountTooLarge
	case errors.Is(err, tally.ErrAmountPrecision):
		return 0, AmountTooFine
	}
	return 0, BadAmount
}

func (b *builder) projects() (stop bool) {
	// Long: what a row of projects may be, one fault after the other.
	t, e := &b.file.Projects, b.election
	b.log.source = t.source
	b.ids.init(min(t.Len(), 65535))
	b.leftOut = map[string]bool{}
	id := t.Column("project_id")
	if id < 0 {
		return b.log.add(Issue{Code: MissingColumn, Severity: Error, Line: t.Line, Column: "project_id"})
	}
	cost, name := t.Column("cost"), t.Column("name")
	category, district := t.Column("category"), t.Column("district", "neighborhood", "subunit")
	if t.Len() > 65535 {
		return b.log.add(Issue{Code: TooManyProjects, Severity: Error, Line: t.Line, Value: strconv.Itoa(t.Len()), Want: "65535"}) || true
	}
	e.Projects = make([]tally.Project, 0, t.Len())
	at := func(r []string, column int) string {
		if column < 0 || column >= len(r) {
			return ""
		}
		return strings.TrimSpace(r[column])
	}
	var buffer []string
	short := shortRows{columns: len(t.Columns)}
	for i := range t.Len() {
		r := t.Fields(i, buffer[:0])
		buffer = r
		line := t.LineOf(i)
		if extra := trimEmpty(r, len(t.Columns)); extra > len(t.Columns) {
			if b.log.add(Issue{Code: TooManyFields, Severity: Error, Line: line, Subject: at(r, id),
				Value: strconv.Itoa(extra), Want: strconv.Itoa(len(t.Columns)), Effect: ExtraIgnored}) {
				return true
			}
		}
		if len(r) <= max(id, cost) {
			if b.log.add(Issue{Code: TooFewFields, Severity: Error, Line: line, Subject: at(r, id),
				Value: strconv.Itoa(len(r)), Want: strconv.Itoa(len(t.Columns)), Effect: ProjectLeftOut}) {
				return true
			}
			continue
		}
		short.see(len(r), line)
		p := tally.Project{ID: at(r, id), Name: at(r, name), District: at(r, district)}
		if p.ID == "" {
			if b.log.add(Issue{Code: EmptyProjectID, Severity: Error, Line: line, Column: "project_id", Effect: ProjectLeftOut}) {
				return true
			}
			continue
		}
		var fault Code
		if p.Cost, fault = b.amount(at(r, cost), Issue{Line: line, Column: "cost", Subject: p.ID}); fault != "" {
			b.leftOut[p.ID] = true
			if b.log.add(Issue{Code: fault, Severity: Error, Line: line, Column: "cost", Value: at(r, cost), Subject: p.ID, Effect: ProjectLeftOut}) {
				return true
			}
			continue
		}
		for c := range strings.SplitSeq(at(r, category), ",") {
			if c = strings.TrimSpace(c); c != "" {
				p.Categories = append(p.Categories, c)
			}
		}
		if !b.ids.put(p.ID, len(e.Projects)) {
			if b.log.add(Issue{Code: RepeatedProject, Severity: Error, Line: line, Column: "project_id", Value: p.ID, Effect: ProjectLeftOut}) {
				return true
			}
			continue
		}
		e.Projects = append(e.Projects, p)
	}
	short.report(b.log)
	return false
}

// shortRows counts rows that lack only columns nobody needs.
type shortRows struct {
	columns      int
	count, first int
}

func (s *shortRows) see(fields, line int) {
	if fields < s.columns {
		if s.count++; s.count == 1 {
			s.first = line
		}
	}
}

func (s *shortRows) report(log *issues) {
	if s.count > 0 {
		log.add(Issue{Code: ShortRows, Line: s.first, Value: strconv.Itoa(s.count)})
	}
}

// trimEmpty returns the number of fields without empty ones after the last column. Spreadsheets
// like to add those.
func trimEmpty(r []string, columns int) int {
	n := len(r)
	for n > columns && strings.TrimSpace(r[n-1]) == "" {
		n--
	}
	return n
}

func (b *builder) votes() (stop bool) {
	// Long: what a row of votes may be, in the order in which it is looked at; this loop sees every ballot.
	t, e := &b.file.Votes, b.election
	b.log.source = t.source
	voter, vote, points := t.Column("voter_id"), t.Column("vote"), t.Column("points")
	if vote < 0 {
		return b.log.add(Issue{Code: MissingColumn, Severity: Error, Line: t.Line, Column: "vote"})
	}
	wantPoints := e.BallotType == tally.Cumulative || e.BallotType == tally.Scoring
	if wantPoints && points < 0 {
		return b.log.add(Issue{Code: MissingColumn, Severity: Error, Line: t.Line, Column: "points"})
	}
	bl := ballotReader{builder: b, rank: len(e.Projects), ordinal: e.BallotType == tally.Ordinal}
	if n, err := strconv.Atoi(strings.TrimSpace(b.file.MetaValue("max_length"))); err == nil && n > 0 {
		bl.rank = n
	}
	if e.BallotType == tally.Scoring {
		n, _ := strconv.Atoi(strings.TrimSpace(b.file.MetaValue("default_score")))
		bl.fill = int32(max(-tally.MaxPoints, min(n, tally.MaxPoints)))
	}
	bl.seen = make([]int32, len(e.Projects))
	b.file.ballotRow = nil
	e.Reserve(t.Len())
	columns := len(t.Columns)
	needed := max(voter, vote) + 1
	if wantPoints {
		needed = max(needed, points+1)
	}
	short := shortRows{columns: columns}
	for i := range t.rows {
		r := &t.rows[i]
		list, score := "", ""
		count := 0
		if r.quoted {
			var buffer [16]string
			fields := splitQuoted(r.raw, buffer[:0])
			count = len(fields)
			if vote < len(fields) {
				list = fields[vote]
			}
			if wantPoints && points < len(fields) {
				score = fields[points]
			}
		} else {
			count = strings.Count(r.raw, ";") + 1
			list = plainField(r.raw, vote)
			if wantPoints {
				score = plainField(r.raw, points)
			}
		}
		if count > columns {
			count = trimEmpty(t.Fields(i, nil), columns)
		}
		keep, stop := false, false
		switch {
		case count > columns:
			stop = b.log.add(Issue{Code: TooManyFields, Severity: Error, Line: int(r.line), Subject: t.Field(i, voter),
				Value: strconv.Itoa(count), Want: strconv.Itoa(columns), Effect: BallotLeftOut})
		case count < needed:
			stop = b.log.add(Issue{Code: TooFewFields, Severity: Error, Line: int(r.line), Subject: t.Field(i, voter),
				Value: strconv.Itoa(count), Want: strconv.Itoa(columns), Effect: BallotLeftOut})
		default:
			if count < columns {
				short.see(count, int(r.line))
			}
			keep, stop = bl.read(list, score, wantPoints, int(r.line))
		}
		if stop {
			return true
		}
		if keep {
			if b.file.ballotRow != nil {
				b.file.ballotRow = append(b.file.ballotRow, int32(i))
			}
		} else if b.file.ballotRow == nil {
			b.file.ballotRow = make([]int32, i, t.Len())
			for j := range i {
				b.file.ballotRow[j] = int32(j)
			}
		}
	}
	short.report(b.log)
	if bl.zeros > 0 {
		b.log.add(Issue{Code: ZeroPoints, Value: strconv.Itoa(bl.zeros)})
	}
	if voter >= 0 {
		f := b.file
		e.VoterIDs = func(i int) string { return f.Votes.Field(f.rowOf(i), voter) }
	}
	return false
}

// rowOf returns the row of VOTES that became ballot i.
func (f *File) rowOf(i int) int {
	if f.ballotRow != nil {
		return int(f.ballotRow[i])
	}
	return i
}

type ballotReader struct {
	*builder
	ordinal bool
	rank    int   // points of the first place
	fill    int32 // points of projects a scoring ballot does not name
	number  int32 // ballots read, to mark projects already named
	zeros   int   // choices with zero points

	projects []uint16
	points   []int32
	seen     []int32
}

// read adds one ballot to the election. keep is false when it was left out.
func (b *ballotReader) read(list, score string, wantPoints bool, line int) (keep, stop bool) {
	// Long: what a vote may hold, in the order in which it is looked at; every fault ends one choice or the ballot.
	b.projects, b.points = b.projects[:0], b.points[:0]
	b.number++
	if b.ordinal && b.file.BordaByBallot {
		b.rank = len(strings.FieldsFunc(list, func(r rune) bool { return r == ',' }))
	}
	place := 0
	named := 0
	for rest := list; rest != ""; {
		var h idHash
		i := 0
		for i < len(rest) && rest[i] != ',' {
			h.add(rest[i])
			i++
		}
		id := rest[:i]
		if i < len(rest) {
			i++
		}
		rest = rest[i:]
		p := b.ids.get(id, h)
		if p < 0 {
			if trimmed := strings.TrimSpace(id); trimmed != id {
				p = b.ids.find(trimmed)
				id = trimmed
			}
		}
		var value int32
		if wantPoints {
			var field string
			field, score, _ = strings.Cut(score, ",")
			v, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(field), ".0"))
			if id == "" && field == "" {
				continue
			}
			if err != nil || v > tally.MaxPoints || v < -tally.MaxPoints {
				if b.log.add(Issue{Code: BadPoints, Severity: Error, Line: line, Column: "points", Value: field, Subject: id, Effect: ChoiceLeftOut}) {
					return false, true
				}
				continue
			}
			value = int32(v)
		} else if b.ordinal {
			value = int32(max(b.rank-place, 0))
		}
		place++
		if p < 0 {
			if id == "" {
				place--
				continue // a comma too many
			}
			if b.leftOut[id] {
				named++
				continue
			}
			if b.log.add(Issue{Code: UnknownProject, Severity: Error, Line: line, Column: "vote", Value: id, Effect: ChoiceLeftOut}) {
				return false, true
			}
			continue
		}
		named++
		if b.seen[p] == b.number {
			b.log.add(Issue{Code: RepeatedInBallot, Line: line, Column: "vote", Value: id})
			continue
		}
		b.seen[p] = b.number
		if wantPoints && value == 0 {
			b.zeros++
		}
		b.projects = append(b.projects, uint16(p))
		b.points = append(b.points, value)
	}
	if wantPoints && strings.TrimSpace(score) != "" {
		if b.log.add(Issue{Code: PointsMismatch, Severity: Error, Line: line, Column: "points",
			Value: strconv.Itoa(named + 1 + strings.Count(score, ",")), Want: strconv.Itoa(named)}) {
			return false, true
		}
	}
	if b.fill != 0 {
		for p := range b.election.Projects {
			if b.seen[p] != b.number {
				b.projects = append(b.projects, uint16(p))
				b.points = append(b.points, b.fill)
			}
		}
	}
	var err error
	if b.election.HasPoints() {
		err = b.election.Cast(b.projects, b.points)
	} else {
		err = b.election.Cast(b.projects, nil)
	}
	if err != nil { // cannot happen: everything was checked above
		return false, b.log.add(Issue{Code: BadPoints, Severity: Error, Line: line, Column: "vote", Value: fmt.Sprint(err)})
	}
	return true, false
}

// idTable finds a project by its id. It is a plain hash table because looking
// up ids is most of the work of reading ballots.
type idTable struct {
	slots []idSlot
	mask  uint32
}

type idSlot struct {
	id    string
	index int32
	hash  uint32
}

// idHash is FNV-1a, taken while the id is scanned.
type idHash uint32

func (h *idHash) add(c byte) { *h = (*h ^ idHash(c)) * 16777619 }

func hashID(id string) (h idHash) {
	for i := range len(id) {
		h.add(id[i])
	}
	return h
}

func (t *idTable) init(n int) {
	size := 64
	for size < 4*n {
		size *= 2
	}
	t.slots, t.mask = make([]idSlot, size), uint32(size-1)
	for i := range t.slots {
		t.slots[i].index = -1
	}
}

func (t *idTable) slot(id string, h idHash) *idSlot {
	for i := uint32(h^h>>15) & t.mask; ; i = (i + 1) & t.mask {
		if s := &t.slots[i]; s.index < 0 || s.hash == uint32(h) && s.id == id {
			return s
		}
	}
}

func (t *idTable) put(id string, index int) bool {
	h := hashID(id)
	s := t.slot(id, h)
	if s.index >= 0 {
		return false
	}
	*s = idSlot{id: id, index: int32(index), hash: uint32(h)}
	return true
}

func (t *idTable) get(id string, h idHash) int { return int(t.slot(id, h).index) }

func (t *idTable) find(id string) int { return t.get(id, hashID(id)) }
