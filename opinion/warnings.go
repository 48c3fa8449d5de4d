package opinion

import (
	"cmp"
	"math"
	"slices"
	"sync"
)

// WarningCode says why a map should not be trusted as it stands.
type WarningCode string

const (
	// NoVotes: there is nothing to show.
	NoVotes WarningCode = "no_votes"
	// TooFewVoters: Value people are on the map, fewer than Limit. Ours: 30; with
	// fewer, one person is more than 3 % and a group is a handful.
	TooFewVoters WarningCode = "too_few_voters"
	// OneCluster: the best division into groups has a silhouette of Value, below
	// Limit: no substantial structure (Kaufman and Rousseeuw 1990, Finding Groups
	// in Data, table 4: 0.25). Also given when there is no division at all.
	OneCluster WarningCode = "one_cluster"
	// NoiseOnly: the picture shows Value of the variance, no more than Limit, what
	// two axes would show of votes cast without any connection: 2(1+√(S/n))²/S for
	// S statements with n answers each (Marchenko and Pastur 1967,
	// doi:10.1070/SM1967v001n04ABEH001994).
	NoiseOnly WarningCode = "noise_only"
	// UnstableGroup: the stability of Group is Value, below Limit (Hennig 2007: 0.6).
	UnstableGroup WarningCode = "unstable_group"
	// Coordinated: Value accounts voted identically within a short time; see
	// Burst and [Map.Bursts].
	Coordinated WarningCode = "coordinated"
)

// Warning is one reason to doubt a map, with the figure and its threshold.
type Warning struct {
	Code  WarningCode `json:"code"`
	Group string      `json:"group,omitempty"`
	Value float64     `json:"value"`
	Limit float64     `json:"limit"`
	Burst int         `json:"burst,omitempty"` // 1 + index in Map.Bursts
}

// Burst is a set of accounts with identical answers that began to vote within a short time:
// perhaps one person, perhaps a class in a computer room. Nothing happens by itself: a
// moderator looks at [Conversation.Preview] and may Exclude them, and Include them again.
type Burst struct {
	Accounts []int64 `json:"accounts"`          // ascending
	Answers  int     `json:"answers"`           // of each
	From     int64   `json:"from"`              // first vote of the first, ms since 1970
	To       int64   `json:"to"`                // first vote of the last
	Expected float64 `json:"expected_accounts"` // accounts with these very answers expected by chance in that time
}

// bursts finds sets of at least BurstAccounts participants who gave the same answers to the
// same statements (at least BurstVotes) and whose first votes lie within BurstMillis. A set
// counts when it is more than BurstRatio times as large as expected. Expected is the number who
// began in that time × the chance of those answers among the like-minded. That chance is the
// product of the shares (n+1)/(N+3) of each answer, the greatest over all groups and over
// everyone.
// Complexity: a sort of the participants.
func (c *Conversation) bursts(groups [][]int32, everyone []Counts) []Burst {
	w := c.opt.Warn
	if w.BurstAccounts < 2 {
		return nil
	}
	counted := func(row int) bool {
		return !c.excluded[row] && c.first[row] != math.MaxInt64 && len(c.rows[row]) > 0
	}
	var rows []int32
	for row, cells := range c.rows {
		if counted(row) && len(cells) >= w.BurstVotes {
			rows = append(rows, int32(row))
		}
	}
	rows = c.keepRepeated(rows, w.BurstAccounts)
	if len(rows) == 0 {
		return nil
	}
	starts := sync.OnceValue(func() []int64 { // seldom needed
		var list []int64
		for row, first := range c.first {
			if counted(row) {
				list = append(list, first)
			}
		}
		slices.Sort(list)
		return list
	})
	slices.SortFunc(rows, func(a, b int32) int {
		return cmp.Or(cmp.Compare(c.hash[a], c.hash[b]), slices.Compare(c.rows[a], c.rows[b]), cmp.Compare(c.first[a], c.first[b]), cmp.Compare(a, b))
	})
	var out []Burst
	for from := 0; from < len(rows); {
		to := from + 1
		for to < len(rows) && slices.Equal(c.rows[rows[to]], c.rows[rows[from]]) {
			to++
		}
		out = append(out, c.burstsOf(rows[from:to], starts, groups, everyone)...)
		from = to
	}
	slices.SortFunc(out, func(a, b Burst) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.Accounts[0], b.Accounts[0]))
	})
	return out
}

// keepRepeated drops rows whose hash occurs fewer than so many times. That removes nearly all
// of them before any sort.
func (c *Conversation) keepRepeated(rows []int32, times int) []int32 {
	if len(rows) < times {
		return nil
	}
	const buckets = 1 << 16
	var count [buckets]uint32
	place := func(row int32) uint64 { h := c.hash[row]; return (h ^ h>>32) % buckets }
	for _, r := range rows {
		count[place(r)]++
	}
	return slices.DeleteFunc(rows, func(r int32) bool { return count[place(r)] < uint32(times) })
}

// burstsOf cuts participants with equal answers, in order of first vote, into
// the longest runs that fit into BurstMillis and keeps the suspicious ones.
func (c *Conversation) burstsOf(rows []int32, starts func() []int64, groups [][]int32, everyone []Counts) []Burst {
	w := c.opt.Warn
	var out []Burst
	for from := 0; from+w.BurstAccounts <= len(rows); {
		to := from
		for to < len(rows) && c.first[rows[to]]-c.first[rows[from]] <= w.BurstMillis {
			to++
		}
		if to-from < w.BurstAccounts {
			from++
			continue
		}
		first, last := c.first[rows[from]], c.first[rows[to-1]]
		lo, _ := slices.BinarySearch(starts(), first)
		hi, _ := slices.BinarySearch(starts(), last+1)
		expected := float64(hi-lo) * c.chance(c.rows[rows[from]], groups, everyone)
		if float64(to-from) > w.BurstRatio*expected {
			b := Burst{Answers: len(c.rows[rows[from]]), From: first, To: last, Expected: expected}
			for _, r := range rows[from:to] {
				b.Accounts = append(b.Accounts, c.people[r])
			}
			slices.Sort(b.Accounts)
			out = append(out, b)
		}
		from = to
	}
	return out
}

func (c *Conversation) chance(row []cell, groups [][]int32, everyone []Counts) float64 {
	all := 1.0
	for _, x := range row {
		n := everyone[x.statement()]
		of := [3]int{n.Disagree, n.Pass, n.Agree}[x&3]
		all *= float64(of+1) / float64(n.Answered()+3)
	}
	best := all
	for _, counts := range groups {
		p := 1.0
		for _, x := range row {
			at := x &^ 3
			total := counts[at] + counts[at+1] + counts[at+2]
			p *= float64(counts[x]+1) / float64(total+3)
		}
		best = math.Max(best, p)
	}
	return best
}

func (m *Map) warn(o *Options, statements int, answersPerStatement float64) {
	add := func(w Warning) { m.Warnings = append(m.Warnings, w) }
	if m.People == 0 {
		add(Warning{Code: NoVotes})
		return
	}
	if m.People < o.Warn.MinVoters {
		add(Warning{Code: TooFewVoters, Value: float64(m.People), Limit: float64(o.Warn.MinVoters)})
	}
	shown := 0.0
	for _, s := range m.Silhouettes {
		if s.K == m.K {
			shown = s.Silhouette
		}
	}
	if m.K < 2 || shown < o.Warn.MinSilhouette {
		add(Warning{Code: OneCluster, Value: shown, Limit: o.Warn.MinSilhouette})
	}
	if statements > 0 && answersPerStatement > 0 {
		root := 1 + math.Sqrt(float64(statements)/answersPerStatement)
		noise := math.Min(1, 2*float64(root*root)/float64(statements))
		if share := m.Variance[0] + m.Variance[1]; share <= noise {
			add(Warning{Code: NoiseOnly, Value: share, Limit: noise})
		}
	}
	for _, g := range m.Groups {
		if m.K > 1 && o.StabilityRounds > 0 && g.Stability < o.Warn.MinStability {
			add(Warning{Code: UnstableGroup, Group: g.Letter, Value: g.Stability, Limit: o.Warn.MinStability})
		}
	}
	for i, b := range m.Bursts {
		add(Warning{Code: Coordinated, Value: float64(len(b.Accounts)), Limit: float64(o.Warn.BurstAccounts), Burst: i + 1})
	}
}
