package opinion

import (
	"context"
	"math"
	"slices"
)

// Participant is one person on the plane.
type Participant struct {
	ID      int64
	Point           // where
	Group   int     // index in Map.Groups; −1: answered too few to be counted in a group
	Answers int     // statements answered that take part
	Border  float64 // distance to the nearest place where another group begins, in units of the map; ≤ 0 at or beyond it; 0 without a group
}

// Statement is what the map says about a statement.
type Statement struct {
	ID             int64
	Out, Meta      bool       // moderated out; about the conversation itself
	Counts         Counts     // of everyone's last answers, on the map or not
	Center         float64    // mean answer, −1…1
	Axes           [2]float64 // its part in the two axes of the map
	Point                     // where someone would be who only agreed with it
	Extremity      float64    // distance of that from the middle
	GroupConsensus float64    // 0…1
	Bridging       float64    // 0…1
	Division       float64    // 0…1
	Priority       float64    // weight in routing; 0 when moderated out
}

// Group of people who vote alike.
type Group struct {
	Letter         string // "A", "B", …: kept from map to map
	Size           int
	Center         Point
	Stability      float64  // 0…1; 0 when not computed
	Counts         []Counts // of its members' answers, parallel to Map.Statements
	Representative []Representative
}

// BaseCluster is one of the points from which the groups are formed.
type BaseCluster struct {
	Center  Point
	Members []int64
	Group   int // index in Map.Groups
}

// KSilhouette is how well k groups divide the map.
type KSilhouette struct {
	K          int     `json:"k"`
	Silhouette float64 `json:"silhouette"` // −1…1
}

// Memory is what the next map keeps of this one: the letters of groups, the number of groups
// shown, and which way the axes point. It does not change who is near whom. It can be stored as
// JSON.
type Memory struct {
	Chosen     int                `json:"chosen"` // k of the best silhouette
	Streak     int                `json:"streak"` // maps in a row that chose it
	Shown      int                `json:"shown"`  // k on show
	Groups     map[string][]int64 `json:"groups"` // members by letter
	Statements []int64            `json:"statements"`
	Axes       [2][]float64       `json:"axes"` // by statement
}

// Map is the map of opinion. It shares nothing with the conversation.
type Map struct {
	Participants []Participant // in order; those excluded or without answers are left out
	Statements   []Statement   // in order
	Groups       []Group       // by letter
	Base         []BaseCluster
	Consensus    Consensus
	K            int           // groups on show; 1 when there is no division, 0 without people
	BestK        int           // k of the best silhouette, on show once chosen KBuffer times in a row
	Silhouettes  []KSilhouette // by k
	People       int           // on the map: in some group
	Votes        int           // last answers of those not excluded
	Variance     [2]float64    // share of the whole variance along each axis, 0…1
	Warnings     []Warning
	Bursts       []Burst
	Memory       *Memory
}

// Map computes the map of all votes so far. memory, from an earlier map of the
// same conversation, may be nil. The only error is that of ctx.
//
// Memory: see [EstimateBytes]. Time: README.md.
func (c *Conversation) Map(ctx context.Context, memory *Memory) (*Map, error) {
	// Long: the steps of the method in their order; nearly every one needs what several before it found.
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c.settle()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	o := &c.opt
	p, err := c.components(ctx)
	if err != nil {
		return nil, err
	}
	c.align(p, memory)
	at, answers := c.project(p)
	rows := c.members(p, answers)
	points := make([]Point, len(rows))
	for i, r := range rows {
		points[i] = at[r]
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m := &Map{People: len(rows)}
	base := o.baseClusters(points)
	weight := make([]float64, len(base.centers))
	for _, l := range base.label {
		weight[l]++
	}
	list := o.partitions(base.centers, weight)
	for _, q := range list {
		m.Silhouettes = append(m.Silhouettes, KSilhouette{q.k, q.silhouette})
	}
	m.BestK = bestK(list)
	next := &Memory{Chosen: m.BestK}
	next.Shown, next.Streak = o.smooth(memory, m.BestK, list)
	part := partition{clustering: clustering{label: make([]int32, len(base.centers)), centers: []Point{weightedMiddle(base.centers, weight)}}, k: 1}
	if len(rows) == 0 {
		part.centers, part.k = nil, 0
	}
	for _, q := range list {
		if q.k == next.Shown {
			part = q
		}
	}
	k := len(part.centers)
	m.K = k
	label := make([]int32, len(rows)) // group of each member, at first numbered as in the clustering
	size := make([]int, k)
	groupOf := make([]int32, len(c.rows)) // by row
	for i := range groupOf {
		groupOf[i] = -1
	}
	for i, b := range base.label {
		label[i] = part.label[b]
		size[label[i]]++
		groupOf[rows[i]] = label[i]
	}
	name := letters(memory, func(id int64) int {
		if row := c.personAt.get(id); row >= 0 {
			return int(groupOf[row])
		}
		return -1
	}, size)
	order := make([]int, k)
	for g := range order {
		order[g] = g
	}
	slices.SortFunc(order, func(a, b int) int { return int(name[a]) - int(name[b]) })
	rank := make([]int32, k)
	m.Groups = make([]Group, k)
	centers := make([]Point, k)
	for i, g := range order {
		rank[g] = int32(i)
		m.Groups[i] = Group{Letter: string(name[g]), Size: size[g], Center: part.centers[g]}
		centers[i] = part.centers[g]
	}
	for i := range label {
		label[i] = rank[label[i]]
		groupOf[rows[i]] = label[i]
	}
	m.Base = make([]BaseCluster, len(base.centers))
	for b, center := range base.centers {
		m.Base[b] = BaseCluster{Center: center, Group: int(rank[part.label[b]])}
	}
	for i, b := range base.label {
		m.Base[b].Members = append(m.Base[b].Members, c.people[rows[i]])
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}

	groupCells, groupCounts := c.countGroups(rows, label, k)
	everyone := make([]Counts, len(c.statements))
	var active []int32 // also statements whose axes are 0
	answered := 0
	for j := range everyone {
		n, s, q := int(c.sums.n[j]), int(c.sums.sum[j]), int(c.sums.sqr[j])
		everyone[j] = Counts{Agree: (q + s) / 2, Disagree: (q - s) / 2, Pass: n - q}
		m.Votes += n
		if !c.out[j] && n > 0 {
			active = append(active, int32(j))
			answered += n
		}
	}
	for g, list := range o.representative(c.statements, active, groupCounts) {
		m.Groups[g].Representative = list
		m.Groups[g].Counts = groupCounts[g]
	}
	m.Consensus = o.consensus(c.statements, active, everyone)
	m.setStatements(c, p, everyone, groupCounts)
	if p.total > 0 {
		for i := range m.Variance {
			m.Variance[i] = math.Min(1, p.value[i]/p.total)
		}
	}
	for g, s := range c.stability(p, rows, label, k) {
		m.Groups[g].Stability = s
	}
	m.setParticipants(c, at, answers, groupOf, centers)
	m.Bursts = c.bursts(groupCells, everyone)
	perStatement := 0.0
	if len(active) > 0 {
		perStatement = float64(answered) / float64(len(active))
	}
	m.warn(o, len(active), perStatement)

	next.Statements = slices.Clone(c.statements)
	next.Axes = p.axis
	ids := make([][]int64, k)
	for g := range ids {
		ids[g] = make([]int64, 0, m.Groups[g].Size)
	}
	for i, r := range rows {
		ids[label[i]] = append(ids[label[i]], c.people[r])
	}
	next.Groups = make(map[string][]int64, k)
	for g, list := range ids {
		next.Groups[m.Groups[g].Letter] = list
	}
	m.Memory = next
	return m, ctx.Err()
}

// Preview is the map as it would be without some participants; the
// conversation stays as it is. Error: ErrUnknownPerson, or that of ctx.
func (c *Conversation) Preview(ctx context.Context, memory *Memory, without ...int64) (*Map, error) {
	var take []int64
	for _, id := range without {
		if row := c.personAt.get(id); row < 0 || !c.excluded[row] {
			take = append(take, id)
		}
	}
	if err := c.Exclude(take...); err != nil {
		return nil, err
	}
	m, err := c.Map(ctx, memory)
	if e := c.Include(take...); e != nil {
		return nil, e
	}
	return m, err
}

// align turns an axis round when it points against the remembered one, so that the picture does
// not flip.
func (c *Conversation) align(p *plane, m *Memory) {
	if m == nil {
		return
	}
	for i, axis := range p.axis {
		if len(m.Axes[i]) != len(m.Statements) {
			continue
		}
		s := 0.0
		for k, id := range m.Statements {
			if j := c.statementAt.get(id); j >= 0 {
				s += float64(m.Axes[i][k] * axis[j])
			}
		}
		if s < 0 {
			for j := range axis {
				axis[j] = -axis[j]
			}
		}
	}
}

// countGroups counts the answers by group, in two forms: cells, indexed by the value of a cell,
// and Counts by statement.
func (c *Conversation) countGroups(rows, label []int32, k int) (cells [][]int32, counts [][]Counts) {
	cells, counts = make([][]int32, k), make([][]Counts, k)
	for g := range k {
		cells[g] = make([]int32, 4*len(c.statements))
		counts[g] = make([]Counts, len(c.statements))
	}
	for i, r := range rows {
		to := cells[label[i]]
		for _, x := range c.rows[r] {
			to[x]++
		}
	}
	for g := range k {
		for j := range counts[g] {
			counts[g][j] = Counts{Disagree: int(cells[g][4*j]), Pass: int(cells[g][4*j+1]), Agree: int(cells[g][4*j+2])}
		}
	}
	return cells, counts
}

func (m *Map) setStatements(c *Conversation, p *plane, everyone []Counts, groups [][]Counts) {
	scale, _ := c.scale(p)
	at, extremity := projectStatements(p, scale)
	m.Statements = make([]Statement, len(c.statements))
	each := make([]Counts, len(groups))
	for j, id := range c.statements {
		var onMap Counts
		for g := range groups {
			each[g] = groups[g][j]
			onMap = onMap.plus(each[g])
		}
		s := Statement{ID: id, Out: c.out[j], Meta: c.meta[j], Counts: everyone[j], Center: p.center[j],
			Axes: [2]float64{p.axis[0][j], p.axis[1][j]}, Point: at[j], Extremity: extremity[j]}
		s.GroupConsensus = groupConsensus(each)
		s.Bridging, s.Division = bridging(each)
		if !s.Out || c.opt.CountModerated {
			s.Priority = c.opt.priority(onMap, s.Extremity, s.Meta)
		}
		m.Statements[j] = s
	}
}

func (m *Map) setParticipants(c *Conversation, at []Point, answers, group []int32, centers []Point) {
	m.Participants = make([]Participant, 0, len(c.rows))
	for r, cells := range c.rows {
		if c.excluded[r] || len(cells) == 0 {
			continue
		}
		p := Participant{ID: c.people[r], Point: at[r], Group: int(group[r]), Answers: int(answers[r])}
		if p.Group >= 0 {
			p.Border = border(p.Point, p.Group, centers)
		}
		m.Participants = append(m.Participants, p)
	}
}

// Agreement is the Rand index of two maps over the people who are in a group
// in both: the share of pairs that both put together or both put apart, 0…1;
// 1 when there are fewer than two.
func Agreement(a, b *Map) float64 {
	in := make(map[int64]int, len(a.Participants))
	for _, p := range a.Participants {
		if p.Group >= 0 {
			in[p.ID] = p.Group
		}
	}
	both := map[[2]int]int{}
	left, right := map[int]int{}, map[int]int{}
	n := 0
	for _, p := range b.Participants {
		if g, ok := in[p.ID]; ok && p.Group >= 0 {
			both[[2]int{g, p.Group}]++
			left[g]++
			right[p.Group]++
			n++
		}
	}
	if n < 2 {
		return 1
	}
	pairs := func(n int) int { return n * (n - 1) / 2 }
	together, l, r := 0, 0, 0
	for _, x := range both {
		together += pairs(x)
	}
	for _, x := range left {
		l += pairs(x)
	}
	for _, x := range right {
		r += pairs(x)
	}
	return float64(pairs(n)+2*together-l-r) / float64(pairs(n))
}

// EstimateBytes bounds the memory a conversation of this size needs at its
// greatest, during its first map.
func EstimateBytes(participants, statements, votes int, opt Options) int64 {
	v, n, s := int64(votes), int64(participants), int64(statements)
	// In this order: pending votes with the slack of a growing slice, a copy sorted by
	// statement, and the rows; participants, here and on the map with its memory; sums, their
	// matrix and counts by group.
	b := v*(8*9/4+8+4) + n*420 + s*600*int64(max(1, opt.MaxGroups))
	if statements <= opt.GramStatements {
		b += 17 * s * s
	}
	return b + 16<<20
}
