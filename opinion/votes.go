package opinion

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Value of a vote.
type Value int8

const (
	Disagree Value = -1
	Pass     Value = 0
	Agree    Value = 1
)

// Errors of a single vote or statement; the conversation is unchanged.
var (
	ErrValue            = errors.New("opinion: a vote is 1, 0 or -1")
	ErrID               = errors.New("opinion: ids are 0 or more")
	ErrUnknownStatement = errors.New("opinion: no such statement")
	ErrUnknownPerson    = errors.New("opinion: no such participant")
	ErrTooLarge         = errors.New("opinion: more than the limits allow")
)

// NoTime stands for a vote whose time is not known.
const NoTime int64 = math.MinInt64

// cell is one answer: index of the statement × 4 + value + 1.
type cell uint32

func makeCell(statement int, v Value) cell { return cell(statement)<<2 | cell(v+1) }
func (c cell) statement() int              { return int(c >> 2) }
func (c cell) value() int                  { return int(c&3) - 1 }

type pendingVote struct {
	row  int32
	cell cell
}

// Conversation is a set of statements and the votes on them. Repeated votes of
// one participant on one statement are legal: the last one counts.
type Conversation struct {
	opt Options

	people   []int64 // ids; index = row
	personAt index
	first    []int64 // ms of each one's first vote, MaxInt64 when unknown
	excluded []bool
	rows     [][]cell // ascending by statement, one cell each
	hash     []uint64 // of each row

	statements  []int64
	statementAt index
	out, meta   []bool

	pending    []pendingVote
	live, held int // cells in use, and in all arrays the rows point into
	sums       *sums
}

// New makes an empty conversation.
func New(opt Options) *Conversation {
	opt = opt.complete()
	return &Conversation{opt: opt, sums: newSums(opt.GramStatements)}
}

// AddStatement makes a statement known. Adding it again changes nothing. Errors: ErrID,
// ErrTooLarge.
func (c *Conversation) AddStatement(id int64) error {
	if id < 0 {
		return ErrID
	}
	if c.statementAt.get(id) >= 0 {
		return nil
	}
	if l := c.opt.Limits.Statements; (l > 0 && len(c.statements) >= l) || len(c.statements) >= 1<<30-1 {
		return fmt.Errorf("%w: %d statements", ErrTooLarge, len(c.statements))
	}
	c.statementAt.put(id, len(c.statements))
	c.statements = append(c.statements, id)
	c.out = append(c.out, false)
	c.meta = append(c.meta, false)
	return nil
}

// Moderate takes a statement out of the map, or puts it back.
func (c *Conversation) Moderate(id int64, out bool) error {
	i := c.statementAt.get(id)
	if i < 0 {
		return ErrUnknownStatement
	}
	c.out[i] = out
	return nil
}

// SetMeta marks a statement as one about the conversation itself: routing
// shows it first.
func (c *Conversation) SetMeta(id int64, meta bool) error {
	i := c.statementAt.get(id)
	if i < 0 {
		return ErrUnknownStatement
	}
	c.meta[i] = meta
	return nil
}

// Vote adds a vote cast at a time in milliseconds since 1970, or NoTime. A vote makes its
// participant known, but not its statement: call AddStatement first. Errors: ErrValue, ErrID,
// ErrUnknownStatement, ErrTooLarge.
func (c *Conversation) Vote(participant, statement int64, v Value, at int64) error {
	if v < Disagree || v > Agree {
		return ErrValue
	}
	if participant < 0 {
		return ErrID
	}
	s := c.statementAt.get(statement)
	if s < 0 {
		return ErrUnknownStatement
	}
	if l := c.opt.Limits.Votes; l > 0 && c.live+len(c.pending) >= l {
		return fmt.Errorf("%w: %d votes", ErrTooLarge, c.live+len(c.pending))
	}
	row := c.personAt.get(participant)
	if row < 0 {
		if l := c.opt.Limits.Participants; (l > 0 && len(c.people) >= l) || len(c.people) >= math.MaxInt32 {
			return fmt.Errorf("%w: %d participants", ErrTooLarge, len(c.people))
		}
		row = len(c.people)
		c.personAt.put(participant, row)
		c.people = append(c.people, participant)
		c.first = append(c.first, math.MaxInt64)
		c.excluded = append(c.excluded, false)
		c.rows = append(c.rows, nil)
		c.hash = append(c.hash, 0)
	}
	if at != NoTime && at < c.first[row] {
		c.first[row] = at
	}
	c.pending = append(c.pending, pendingVote{int32(row), makeCell(s, v)})
	return nil
}

// Exclude leaves participants out of the map until Include; their votes stay.
// An unknown id gives ErrUnknownPerson and changes nothing.
func (c *Conversation) Exclude(participants ...int64) error { return c.setExcluded(participants, true) }

// Include reverses Exclude.
func (c *Conversation) Include(participants ...int64) error {
	return c.setExcluded(participants, false)
}

func (c *Conversation) setExcluded(ids []int64, ex bool) error {
	for _, id := range ids {
		if c.personAt.get(id) < 0 {
			return fmt.Errorf("%w: %d", ErrUnknownPerson, id)
		}
	}
	c.settle()
	for _, id := range ids {
		row := c.personAt.get(id)
		if c.excluded[row] == ex {
			continue
		}
		c.excluded[row] = ex
		if ex {
			c.sums.add(c.rows[row], -1)
		} else {
			c.sums.add(c.rows[row], 1)
		}
	}
	return nil
}

// Answers calls yield for each statement a participant answered, in order of
// statements, with the last answer.
func (c *Conversation) Answers(participant int64, yield func(statement int64, v Value)) {
	c.settle()
	if row := c.personAt.get(participant); row >= 0 {
		for _, cell := range c.rows[row] {
			yield(c.statements[cell.statement()], Value(cell.value()))
		}
	}
}

// settle moves pending votes into the rows and the sums.
func (c *Conversation) settle() {
	c.reorder()
	c.sums.grow(len(c.statements))
	if len(c.pending) == 0 {
		return
	}
	sorted, ends := c.sortPending()
	c.pending = nil
	most := 0 // cells the changed rows can have
	for row, end := range ends {
		if begin := startOf(ends, row); begin < end {
			most += int(end-begin) + len(c.rows[row])
		}
	}
	block := make([]cell, 0, most)
	for row, end := range ends {
		fresh := sorted[startOf(ends, row):end]
		if len(fresh) == 0 {
			continue
		}
		old := c.rows[row]
		from := len(block)
		block = mergeRow(block, old, fresh)
		merged := block[from:len(block):len(block)]
		if !c.excluded[row] {
			c.sums.add(old, -1)
			c.sums.add(merged, 1)
		}
		c.live += len(merged) - len(old)
		c.rows[row] = merged
		c.hash[row] = hashRow(merged)
	}
	c.held += cap(block)
	if c.held > 2*c.live+1024 {
		c.compact()
	}
}

func startOf(ends []int32, row int) int32 {
	if row == 0 {
		return 0
	}
	return ends[row-1]
}

// sortPending orders the pending votes by row, then statement, then arrival,
// with two stable counting sorts. Row r's are sorted[ends[r-1]:ends[r]].
func (c *Conversation) sortPending() (sorted []cell, ends []int32) {
	byStatement := make([]pendingVote, len(c.pending))
	at := make([]int32, len(c.statements)+1)
	for _, p := range c.pending {
		at[p.cell.statement()+1]++
	}
	for i := 1; i < len(at); i++ {
		at[i] += at[i-1]
	}
	for _, p := range c.pending {
		s := p.cell.statement()
		byStatement[at[s]] = p
		at[s]++
	}
	c.pending = nil
	sorted = make([]cell, len(byStatement))
	ends = make([]int32, len(c.rows)+1)
	for _, p := range byStatement {
		ends[p.row+1]++
	}
	for i := 1; i < len(ends); i++ {
		ends[i] += ends[i-1]
	}
	for _, p := range byStatement {
		sorted[ends[p.row]] = p.cell
		ends[p.row]++
	}
	return sorted, ends[:len(c.rows)]
}

// mergeRow appends to dst the answers of old, replaced by those of fresh where there are any.
// Both ascend by statement. Fresh may hold several answers to one statement; the last counts.
func mergeRow(dst, old, fresh []cell) []cell {
	for len(fresh) > 0 {
		f := fresh[0]
		fresh = fresh[1:]
		if len(fresh) > 0 && fresh[0].statement() == f.statement() {
			continue
		}
		for len(old) > 0 && old[0].statement() < f.statement() {
			dst = append(dst, old[0])
			old = old[1:]
		}
		if len(old) > 0 && old[0].statement() == f.statement() {
			old = old[1:]
		}
		dst = append(dst, f)
	}
	return append(dst, old...)
}

// compact copies all rows into one array, so that the arrays in which they lay can be freed.
func (c *Conversation) compact() {
	block := make([]cell, 0, c.live)
	for i, r := range c.rows {
		from := len(block)
		block = append(block, r...)
		c.rows[i] = block[from:len(block):len(block)]
	}
	c.held = c.live
}

// reorder makes indices follow ids, if the options ask for that order.
func (c *Conversation) reorder() {
	if c.opt.Order != ByID {
		return
	}
	if !slices.IsSorted(c.people) {
		perm, rank := sortedOrder(c.people)
		c.people = permute(c.people, perm)
		c.first = permute(c.first, perm)
		c.excluded = permute(c.excluded, perm)
		c.rows = permute(c.rows, perm)
		c.hash = permute(c.hash, perm)
		for i, p := range c.pending {
			c.pending[i].row = rank[p.row]
		}
		c.personAt.rebuild(c.people)
	}
	if !slices.IsSorted(c.statements) {
		perm, rank := sortedOrder(c.statements)
		c.statements = permute(c.statements, perm)
		c.out = permute(c.out, perm)
		c.meta = permute(c.meta, perm)
		for i, p := range c.pending {
			c.pending[i].cell = cell(rank[p.cell.statement()])<<2 | p.cell&3
		}
		c.statementAt.rebuild(c.statements)
		c.sums = newSums(c.opt.GramStatements)
		c.sums.grow(len(c.statements))
		for row, r := range c.rows {
			if len(r) == 0 {
				continue
			}
			for i, x := range r {
				r[i] = cell(rank[x.statement()])<<2 | x&3
			}
			slices.Sort(r)
			c.hash[row] = hashRow(r)
			if !c.excluded[row] {
				c.sums.add(r, 1)
			}
		}
	}
}

func sortedOrder(ids []int64) (perm, rank []int32) {
	perm = make([]int32, len(ids))
	for i := range perm {
		perm[i] = int32(i)
	}
	slices.SortFunc(perm, func(a, b int32) int {
		if ids[a] < ids[b] {
			return -1
		}
		return 1 // ids are distinct
	})
	rank = make([]int32, len(ids))
	for i, p := range perm {
		rank[p] = int32(i)
	}
	return perm, rank
}

func permute[T any](list []T, perm []int32) []T {
	out := make([]T, len(list))
	for i, p := range perm {
		out[i] = list[p]
	}
	return out
}

func hashRow(row []cell) uint64 {
	h := uint64(14695981039346656037)
	for _, c := range row {
		h = (h ^ uint64(c)) * 1099511628211
		h ^= h >> 29
	}
	return h
}

// index finds the place of an id: an array for small ids, a map for the rest.
type index struct {
	small []int32 // place + 1
	large map[int64]int32
}

const smallID = 1 << 22

func (x *index) get(id int64) int {
	if id >= 0 && id < int64(len(x.small)) {
		return int(x.small[id]) - 1
	}
	if i, ok := x.large[id]; ok {
		return int(i)
	}
	return -1
}

func (x *index) put(id int64, at int) {
	// Sparse ids must not make the array long, so it has at most about four places for each id.
	if id < smallID && id < int64(4*at+1024) {
		if id >= int64(len(x.small)) {
			long := make([]int32, max(int(id)+1, 2*len(x.small)))
			copy(long, x.small)
			for old, i := range x.large {
				if old < int64(len(long)) {
					long[old] = i + 1
					delete(x.large, old)
				}
			}
			x.small = long
		}
		x.small[id] = int32(at) + 1
		return
	}
	if id < int64(len(x.small)) {
		x.small[id] = int32(at) + 1
		return
	}
	if x.large == nil {
		x.large = make(map[int64]int32)
	}
	x.large[id] = int32(at)
}

func (x *index) rebuild(ids []int64) {
	*x = index{}
	for i, id := range ids {
		x.put(id, i)
	}
}
