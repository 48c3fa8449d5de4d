package polis

import (
	"cmp"
	"iter"
	"slices"
	"sort"
	"strings"
)

// Votes are the rows of votes.csv in their order, packed: a conversation may have millions. The zero value is empty and ready.
type Votes struct {
	blocks [][]packed
	n      int
	zones  []Zone
	odd    []oddity // [0] is nothing
	known  map[string]uint32
	bytes  int // of the oddities
}

// packed is a row in 32 bytes.
type packed struct {
	milli, statement, voter int64
	odd                     uint32 // place in Votes.odd
	zone                    uint16 // place in Votes.zones, from 1; 0: none
	value                   int8
}

// oddity holds what few rows have or many rows share: words that no zone explains, and unknown
// columns.
type oddity struct {
	words string
	extra []string
}

const (
	blockRows = 1 << 14
	mostZones = 1 << 15 // real exports have two; beyond that a zone is kept as words
	mostKnown = 1 << 14 // oddities that are told apart, so that each is kept once
)

// Add appends a row.
func (v *Votes) Add(x Vote) {
	p := packed{milli: x.Time.Milli, statement: x.Statement, voter: x.Voter, value: x.Value}
	words := x.Time.Words
	if x.Time.Zone.Name != "" {
		i := slices.Index(v.zones, x.Time.Zone)
		if i < 0 && len(v.zones) < mostZones {
			v.zones = append(v.zones, x.Time.Zone)
			i = len(v.zones) - 1
		}
		if p.zone = uint16(i + 1); i < 0 {
			words = x.Time.String()
		}
	}
	p.odd = v.oddity(words, x.Extra)
	if v.n%blockRows == 0 {
		v.blocks = append(v.blocks, make([]packed, 0, blockRows))
	}
	last := len(v.blocks) - 1
	v.blocks[last] = append(v.blocks[last], p)
	v.n++
}

// oddity returns the place of an oddity, and adds it when it is new.
func (v *Votes) oddity(words string, extra []string) uint32 {
	if words == "" && extra == nil {
		return 0
	}
	if v.odd == nil {
		v.odd, v.known = make([]oddity, 1), map[string]uint32{}
	}
	key := words + "\x00" + strings.Join(extra, "\x00")
	if at, met := v.known[key]; met {
		return at
	}
	at := uint32(len(v.odd))
	v.odd = append(v.odd, oddity{words, extra})
	v.bytes += len(key) + 64 // for the slices around it
	if len(v.known) < mostKnown {
		v.known[key] = at
	}
	return at
}

// Len is the number of rows.
func (v *Votes) Len() int { return v.n }

func (v *Votes) at(i int) *packed { return &v.blocks[i/blockRows][i%blockRows] }

// At returns a row, from 0.
func (v *Votes) At(i int) Vote {
	p := v.at(i)
	x := Vote{Time: Time{Milli: p.milli}, Statement: p.statement, Voter: p.voter, Value: p.value}
	if p.zone > 0 {
		x.Time.Zone = v.zones[p.zone-1]
	}
	if p.odd > 0 {
		x.Time.Words, x.Extra = v.odd[p.odd].words, v.odd[p.odd].extra
	}
	return x
}

// All are the rows in order.
func (v *Votes) All() iter.Seq2[int, Vote] {
	return func(yield func(int, Vote) bool) {
		for i := range v.n {
			if !yield(i, v.At(i)) {
				return
			}
		}
	}
}

// counts are how many rows agree and disagree, by statement.
func (v *Votes) counts() map[int64][2]int {
	counts := map[int64][2]int{}
	for i := range v.n {
		p := v.at(i)
		c := counts[p.statement]
		switch p.value {
		case 1:
			c[0]++
		case -1:
			c[1]++
		}
		counts[p.statement] = c
	}
	return counts
}

// ByVoter lists the numbers of the rows by voter, then by statement, then in the order of the
// file.
func (v *Votes) ByVoter() []int32 {
	rows := make([]int32, v.n)
	for i := range rows {
		rows[i] = int32(i)
	}
	slices.SortFunc(rows, func(a, b int32) int {
		x, y := v.at(int(a)), v.at(int(b))
		return cmp.Or(cmp.Compare(x.voter, y.voter), cmp.Compare(x.statement, y.statement), cmp.Compare(a, b))
	})
	return rows
}

// Latest leaves out the rows that a later row of the same voter on the same statement
// overrules.
func (v *Votes) Latest() Latest {
	rows := v.ByVoter()
	kept := rows[:0]
	for i, row := range rows {
		if i+1 < len(rows) {
			x, y := v.at(int(row)), v.at(int(rows[i+1]))
			if x.voter == y.voter && x.statement == y.statement {
				continue
			}
		}
		kept = append(kept, row)
	}
	return Latest{v, kept}
}

// Latest is what each voter said last.
type Latest struct {
	votes *Votes
	Rows  []int32
}

// Of are the rows of one voter, in order of statements.
func (l Latest) Of(voter int64) []int32 {
	from := sort.Search(len(l.Rows), func(i int) bool { return l.votes.at(int(l.Rows[i])).voter >= voter })
	to := from
	for to < len(l.Rows) && l.votes.at(int(l.Rows[to])).voter == voter {
		to++
	}
	return l.Rows[from:to]
}

// Voters are those who voted, in order of their numbers.
func (l Latest) Voters() iter.Seq[int64] {
	return func(yield func(int64) bool) {
		for i, row := range l.Rows {
			voter := l.votes.at(int(row)).voter
			if i > 0 && l.votes.at(int(l.Rows[i-1])).voter == voter {
				continue
			}
			if !yield(voter) {
				return
			}
		}
	}
}
