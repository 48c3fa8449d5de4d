package opinion_test

import (
	"math"
	"strconv"
	"testing"

	"github.com/birge-kz/birge/opinion"
)

// reference is the output of a second implementation in numpy, from a cold start.
type reference struct {
	Pids   []int64
	Tids   []int64
	Center []float64
	Comps  [][]float64
	Proj   [][2]float64
	InConv []int64 `json:"in_conv"`
	Base   []struct {
		ID      int
		Members []int64
		Center  [2]float64
	} `json:"base_clusters"`
	Silhouette map[string]float64
	K          int
	Group      map[string]int
	Repness    map[string][]refStatement
	Consensus  struct{ Agree, Disagree []refStatement }
	GAC        map[string]float64 `json:"group_aware_consensus"`
	Extremity  []float64
	Priorities map[string]float64
	GroupVotes map[string]map[string][3]int `json:"group_votes"`
}

type refStatement struct {
	Tid         int64
	NSuccess    int     `json:"n-success"`
	NTrials     int     `json:"n-trials"`
	PSuccess    float64 `json:"p-success"`
	PTest       float64 `json:"p-test"`
	Repness     float64
	RepnessTest float64 `json:"repness-test"`
	For         string  `json:"repful-for"`
	Best        bool    `json:"best-agree"`
}

// tolerance is how far two correct programs may differ. The power method ends when two lengths
// in a row are equal to the last bit. The length is right to ε = 2⁻⁵² when the vector is right
// to about √ε = 1.5e-8 (more when the second component is nearly as long as the first). It is
// chance in which round the bits first agree: another order of sums ends some rounds earlier or
// later. Projections add up dozens of such figures. Differences met: 1.9e-8, 8.9e-9, 1.1e-7,
// 5.5e-10; the test logs them.
const tolerance = 2e-7

// With the options Production everything in the reference is reproduced: components,
// projections, who is on the map, base clusters, silhouettes, k, groups, representative
// statements with all figures, consensus, group-informed consensus, extremity, priorities and
// counts.
func TestAgainstReference(t *testing.T) {
	for _, name := range withReferences {
		t.Run(name, func(t *testing.T) {
			var ref reference
			readJSON(t, shared(t, "expected", name+".ref.json.gz"), &ref)
			m := compute(t, load(t, export(t, name), opinion.Production()), nil)
			worst := 0.0
			check := func(what string, got, want float64) {
				t.Helper()
				worst = math.Max(worst, math.Abs(got-want)/math.Max(1, math.Abs(want)))
				if !near(got, want, tolerance) {
					t.Errorf("%s: %.15g, want %.15g", what, got, want)
				}
			}
			if len(m.Statements) != len(ref.Tids) {
				t.Fatalf("%d statements, want %d", len(m.Statements), len(ref.Tids))
			}
			for j, tid := range ref.Tids {
				s := m.Statements[j]
				id := strconv.FormatInt(tid, 10)
				if s.ID != tid {
					t.Fatalf("statement %d is %d, want %d", j, s.ID, tid)
				}
				check("center "+id, s.Center, -ref.Center[j]) // agree is −1 there
				check("axis 1 "+id, s.Axes[0], ref.Comps[0][j])
				check("axis 2 "+id, s.Axes[1], ref.Comps[1][j])
				check("extremity "+id, s.Extremity, ref.Extremity[j])
				check("group consensus "+id, s.GroupConsensus, ref.GAC[id])
				check("priority "+id, s.Priority, ref.Priorities[id])
			}
			onMap := map[int64]bool{}
			for _, id := range ref.InConv {
				onMap[id] = true
			}
			letter := map[int]int{} // reference group → ours
			for i, pid := range ref.Pids {
				p := m.Participants[i]
				if p.ID != pid {
					t.Fatalf("participant %d is %d, want %d", i, p.ID, pid)
				}
				check("x", p.X, -ref.Proj[i][0])
				check("y", p.Y, -ref.Proj[i][1])
				if (p.Group >= 0) != onMap[pid] {
					t.Errorf("participant %d on the map: %v", pid, p.Group >= 0)
				}
				if p.Group < 0 {
					continue
				}
				want := ref.Group[strconv.FormatInt(pid, 10)]
				if g, ok := letter[want]; ok && g != p.Group {
					t.Fatalf("participant %d is in group %d, want the one that reference group %d is", pid, p.Group, want)
				}
				letter[want] = p.Group
			}
			if len(m.Base) != len(ref.Base) {
				t.Fatalf("%d base clusters, want %d", len(m.Base), len(ref.Base))
			}
			for i, b := range ref.Base {
				check("base x", m.Base[i].Center.X, -b.Center[0])
				check("base y", m.Base[i].Center.Y, -b.Center[1])
				if len(m.Base[i].Members) != len(b.Members) {
					t.Errorf("base cluster %d has %d members, want %d", i, len(m.Base[i].Members), len(b.Members))
				}
			}
			for _, s := range m.Silhouettes {
				check("silhouette", s.Silhouette, ref.Silhouette[strconv.Itoa(s.K)])
			}
			if m.K != ref.K || len(m.Silhouettes) != len(ref.Silhouette) {
				t.Errorf("k %d of %d, want %d of %d", m.K, len(m.Silhouettes), ref.K, len(ref.Silhouette))
			}
			for id, want := range ref.Repness {
				n, _ := strconv.Atoi(id)
				g := m.Groups[letter[n]]
				compareRepresentative(t, check, g, want)
				for j, s := range m.Statements {
					c := g.Counts[j]
					if have := [3]int{c.Agree, c.Disagree, c.Answered()}; have != ref.GroupVotes[id][strconv.FormatInt(s.ID, 10)] {
						t.Errorf("group %s statement %d: %v", g.Letter, s.ID, have)
					}
				}
			}
			compareConsensus(t, check, "agree", m.Consensus.Agree, ref.Consensus.Agree)
			compareConsensus(t, check, "disagree", m.Consensus.Disagree, ref.Consensus.Disagree)
			t.Logf("greatest difference %.2g", worst)
		})
	}
}

func compareRepresentative(t *testing.T, check func(string, float64, float64), g opinion.Group, want []refStatement) {
	t.Helper()
	if len(g.Representative) != len(want) {
		t.Errorf("group %s has %d representative statements, want %d", g.Letter, len(g.Representative), len(want))
		return
	}
	for i, w := range want {
		r := g.Representative[i]
		if r.Statement != w.Tid || r.Agree != (w.For == "agree") || r.Success != w.NSuccess || r.Trials != w.NTrials || r.Best != w.Best {
			t.Errorf("group %s representative %d: %+v, want %+v", g.Letter, i, r, w)
			continue
		}
		check("p", r.P, w.PSuccess)
		check("p test", r.PTest, w.PTest)
		check("repness", r.Ratio, w.Repness)
		check("repness test", r.RatioTest, w.RepnessTest)
	}
}

func compareConsensus(t *testing.T, check func(string, float64, float64), side string, have []opinion.ConsensusStatement, want []refStatement) {
	t.Helper()
	if len(have) != len(want) {
		t.Errorf("consensus %s: %d statements, want %d", side, len(have), len(want))
		return
	}
	for i, w := range want {
		if h := have[i]; h.Statement != w.Tid || h.Success != w.NSuccess || h.Trials != w.NTrials {
			t.Errorf("consensus %s %d: %+v, want %+v", side, i, h, w)
		}
		check("consensus p", have[i].P, w.PSuccess)
		check("consensus test", have[i].PTest, w.PTest)
	}
}
