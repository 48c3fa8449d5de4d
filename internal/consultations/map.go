package consultations

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/opinion"
	"github.com/birge-kz/birge/opinion/report"
)

// Snapshot is the opinion map of a consultation as everybody may see it. It holds nobody's
// number: people are dots on a grid, and those not on the map are only counted.
type Snapshot struct {
	// Map is without participants, members and memory; see whole.
	Map    opinion.Map
	Dots   []Dot
	Voters int // who answered at least one statement that counts
	// Hidden: so few are on the map that it would show persons, not groups. Dots, groups and
	// places are left out.
	Hidden  bool
	LeftOut report.LeftOut
	// First and Last vote, ms since 1970; 0 when not known.
	First, Last int64
	// Centers and their groups tell a reader's own place; see Snapshot.place.
	Centers []Center

	frame report.Frame // of its picture
}

// Dot is so many people at one place of the grid, all of one group.
type Dot struct {
	X      float64 `json:"x"`
	Y      float64 `json:"y"`
	Group  string  `json:"group"` // letter
	People int     `json:"people"`
}

// Center is a point from which the groups were formed.
type Center struct {
	opinion.Point
	Group int // index in Map.Groups
}

// mapLimits are the city's settings for maps.
type mapLimits struct {
	minPeople int   // on the map before it is shown
	minGroup  int   // people in a group at least
	bytes     int64 // of memory for one map
}

func (l mapLimits) options() opinion.Options {
	o := opinion.Defaults()
	o.MinGroup = l.minGroup
	o.Warn.MinVoters = l.minPeople
	return o
}

// gridCells is how many cells of the grid the longer side of the map has. It is coarse
// enough that a place does not tell the answers of whoever stands there, and fine enough
// that the picture is the same to the eye. Where many stand close it may be finer.
func gridCells(people int) float64 {
	if people > 800 {
		return 110
	}
	return 72
}

// publish makes of a map what everybody may see.
func publish(m *opinion.Map, l mapLimits) Snapshot {
	s := Snapshot{Map: *m, Voters: len(m.Participants), Hidden: m.People < l.minPeople}
	for _, b := range m.Base {
		s.Centers = append(s.Centers, Center{b.Center, b.Group})
	}
	s.Dots = dots(m)
	s.Map.Participants, s.Map.Base, s.Map.Memory, s.Map.Bursts = nil, nil, nil, nil
	// Suspicion is for moderators; what they decide is public.
	s.Map.Warnings = slices.DeleteFunc(slices.Clone(m.Warnings), func(w opinion.Warning) bool {
		return w.Code == opinion.Coordinated || s.Hidden && w.Code != opinion.TooFewVoters && w.Code != opinion.NoVotes
	})
	if s.Hidden {
		s.Dots, s.Centers, s.Map.Groups, s.Map.K, s.Map.BestK, s.Map.Silhouettes, s.Map.Variance = nil, nil, nil, 0, 0, nil, [2]float64{}
		s.Map.Statements = slices.Clone(m.Statements)
		for i := range s.Map.Statements {
			st := &s.Map.Statements[i]
			st.Axes, st.Point, st.Extremity, st.GroupConsensus, st.Bridging, st.Division = [2]float64{}, opinion.Point{}, 0, 0, 0, 0
		}
	}
	return s
}

// dots puts the people of the groups on a grid of hexagons. Their order is that of places.
func dots(m *opinion.Map) []Dot {
	var xs, ys []float64
	for _, p := range m.Participants {
		if p.Group >= 0 {
			xs, ys = append(xs, p.X), append(ys, p.Y)
		}
	}
	if len(xs) == 0 {
		return nil
	}
	cell := math.Max(spread(xs), spread(ys)) / gridCells(len(xs))
	if cell <= 0 {
		cell = 1
	}
	type key struct{ x, y, group int }
	count := map[key]int{}
	for _, p := range m.Participants {
		if p.Group >= 0 {
			y := int(math.Round(p.Y / cell))
			count[key{int(math.Round(p.X/cell - float64(y&1)/2)), y, p.Group}]++
		}
	}
	keys := make([]key, 0, len(count))
	for k := range count {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b key) int {
		return cmp.Or(cmp.Compare(a.y, b.y), cmp.Compare(a.x, b.x), cmp.Compare(a.group, b.group))
	})
	out := make([]Dot, len(keys))
	for i, k := range keys {
		out[i] = Dot{X: (float64(k.x) + float64(k.y&1)/2) * cell, Y: float64(k.y) * cell, Group: m.Groups[k.group].Letter, People: count[k]}
	}
	return out
}

// spread is how far values reach, but for the hundredth farthest out.
func spread(values []float64) float64 {
	slices.Sort(values)
	skip := len(values) / 200
	return values[len(values)-1-skip] - values[skip]
}

// Shows reports whether there is a picture.
func (s *Snapshot) Shows() bool { return !s.Hidden && len(s.Map.Groups) > 0 }

// whole is the map with made-up numbers for the people on the grid, as report draws it. Those
// who answered too little to be on the map are nowhere near.
func (s *Snapshot) whole() *opinion.Map {
	m := s.Map
	index := map[string]int{}
	for i, g := range m.Groups {
		index[g.Letter] = i
	}
	m.Participants = make([]opinion.Participant, 0, s.Voters)
	add := func(p opinion.Point, group, n int) {
		for range n {
			m.Participants = append(m.Participants, opinion.Participant{ID: int64(len(m.Participants)), Point: p, Group: group})
		}
	}
	for _, d := range s.Dots {
		add(opinion.Point{X: d.X, Y: d.Y}, index[d.Group], d.People)
	}
	const nowhere = 1e9
	add(opinion.Point{X: nowhere, Y: nowhere}, -1, s.Voters-len(m.Participants))
	return &m
}

// without is the map without what a moderator removed since it was made: the next one will
// not have it either.
func (s *Snapshot) without(removed func(statement int64) bool) *Snapshot {
	gone := func(st opinion.Statement) bool { return !st.Out && removed(st.ID) }
	if !slices.ContainsFunc(s.Map.Statements, gone) {
		return s
	}
	out := *s
	m := &out.Map
	m.Statements, m.Groups = slices.Clone(m.Statements), slices.Clone(m.Groups)
	for g := range m.Groups {
		m.Groups[g].Counts = slices.Clone(m.Groups[g].Counts)
		m.Groups[g].Representative = slices.DeleteFunc(slices.Clone(m.Groups[g].Representative), func(r opinion.Representative) bool { return removed(r.Statement) })
	}
	for i, st := range m.Statements {
		if gone(st) {
			m.Statements[i] = opinion.Statement{ID: st.ID, Out: true}
			for g := range m.Groups {
				m.Groups[g].Counts[i] = opinion.Counts{}
			}
		}
	}
	of := func(list []opinion.ConsensusStatement) []opinion.ConsensusStatement {
		return slices.DeleteFunc(slices.Clone(list), func(c opinion.ConsensusStatement) bool { return removed(c.Statement) })
	}
	m.Consensus = opinion.Consensus{Agree: of(m.Consensus.Agree), Disagree: of(m.Consensus.Disagree)}
	return &out
}

// You is where a reader is on the map, told to nobody else.
type You struct {
	opinion.Point
	Answers int
	Group   string // letter; "" when they answered too little to be in one
	Missing int    // answers until they are
	LeftOut bool   // a moderator left them out
}

// place finds a reader on the map by what they said: the projection of package opinion (see
// its README), and the group of the nearest centre. So no snapshot needs to name anybody,
// and an answer given a moment ago counts.
func (s *Snapshot) place(said map[int64]Choice, minVotes int) You {
	var you You
	active := 0
	for _, st := range s.Map.Statements {
		if st.Out || st.Counts.Answered() == 0 {
			continue
		}
		active++
		if v, ok := said[st.ID]; ok {
			d := float64(v) - st.Center
			you.X += d * st.Axes[0]
			you.Y += d * st.Axes[1]
			you.Answers++
		}
	}
	if you.Answers > 0 {
		f := math.Sqrt(float64(active) / float64(you.Answers))
		you.X, you.Y = you.X*f, you.Y*f
	}
	if you.Missing = max(0, min(minVotes, active)-you.Answers); you.Missing > 0 || you.Answers == 0 {
		return you
	}
	best := math.Inf(1)
	for _, c := range s.Centers {
		if d := math.Hypot(c.X-you.X, c.Y-you.Y); d < best {
			best, you.Group = d, s.Map.Groups[c.Group].Letter
		}
	}
	return you
}

// Burst is a set of accounts with the same answers that began within a short time, and the
// map without them. Moderators see it without the accounts.
type Burst struct {
	Key      string
	Accounts []int64 // participants, ascending
	Answers  int     // of each
	Votes    int
	From, To int64 // first votes, ms since 1970
	Expected float64
	Without  *Snapshot // nil beyond the first few
}

// burstKey names a burst by what it is: when somebody joins it, it is another.
func burstKey(b opinion.Burst) string {
	h := sha256.New()
	var buf [8]byte
	for _, id := range append([]int64{int64(b.Answers)}, b.Accounts...) {
		binary.LittleEndian.PutUint64(buf[:], uint64(id))
		_, _ = h.Write(buf[:])
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// Exclusion is a moderator's decision to leave accounts out of the map, with its public
// reason, until it is reversed.
type Exclusion struct {
	No              int64
	At              time.Time
	Accounts, Votes int
	Reason          civic.Text
	Rule            civic.ID // the version by which
	ReversedAt      time.Time
	Reversal        civic.Text
}

// mayExclude reports whether the actor may leave accounts out of a map. Officers of the body
// that asks may look, but not choose whose votes its map counts.
func mayExclude(a civic.Actor) bool { return a.HasAny(civic.Moderator, civic.Administrator) }

// renumber puts one number in the place of another.
func renumber(ids []int64, from, to int64) bool {
	i := slices.Index(ids, from)
	if i < 0 {
		return false
	}
	ids[i] = to
	slices.Sort(ids)
	return true
}
