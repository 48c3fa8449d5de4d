package opinion_test

import (
	"math"
	"slices"
	"strconv"
	"testing"

	"github.com/birge-kz/birge/opinion"
)

// fixture is what the production service itself served for a conversation.
type fixture struct {
	Votes      [][4]int64
	Production struct {
		Tids     []int64
		ModOut   []int64 `json:"mod-out"`
		MetaTids []int64 `json:"meta-tids"`
		InConv   []int64 `json:"in-conv"`
		PCA      struct {
			Center []float64
			Comps  [2][]float64
		}
		Groups []struct {
			ID      int
			Members []int
		} `json:"group-clusters"`
		Base struct {
			ID      []int
			Members [][]int64
		} `json:"base-clusters"`
		Repness    map[string][]refStatement
		Consensus  struct{ Agree, Disagree []refStatement }
		GAC        map[string]float64 `json:"group-aware-consensus"`
		Priorities map[string]float64 `json:"comment-priorities"`
		GroupVotes map[string]struct {
			Votes map[string]struct{ A, D, S int }
		} `json:"group-votes"`
	}
}

// Compared with the production service: centre and components; and, given its groups,
// representative statements, consensus, group-informed consensus and priorities. Its groups
// themselves cannot be asked for, because it starts k-means from its last state. It starts the
// power method from the components that it found last, so after hundreds of recomputations it
// has converged. Therefore components found exactly (Options.Converged) are compared with it.
//
// Tolerances: 2e-8 for components; 1e-7 for priorities, which are squares of extremities that
// come from components; 1e-6 for repness tests, which production keeps in single precision;
// 1e-12 for figures from counts alone.
func TestAgainstProduction(t *testing.T) {
	for _, name := range []string{"below-100-ptpts", "150ptpt-3gp-no-strict-no-meta", "25ptpt-3gp-no-strict-with-meta"} {
		t.Run(name, func(t *testing.T) {
			var f fixture
			readJSON(t, shared(t, "expected", "production", name+".json.gz"), &f)
			p := f.Production
			opt := opinion.Production()
			opt.Converged, opt.Iterations = opinion.Defaults().Converged, opinion.Defaults().Iterations
			c := opinion.New(opt)
			for _, id := range p.Tids {
				must(t, c.AddStatement(id))
			}
			for _, id := range p.ModOut {
				must(t, c.Moderate(id, true))
			}
			for _, id := range p.MetaTids {
				must(t, c.SetMeta(id, true))
			}
			for _, v := range f.Votes {
				must(t, c.Vote(v[0], v[1], opinion.Value(v[2]), v[3]))
			}
			m := compute(t, c, nil)
			worst := 0.0
			check := func(what string, got, want, tolerance float64) {
				t.Helper()
				worst = math.Max(worst, math.Abs(got-want))
				if !near(got, want, tolerance) {
					t.Errorf("%s: %.15g, want %.15g", what, got, want)
				}
			}
			for j, s := range m.Statements {
				if s.ID != p.Tids[j] {
					t.Fatalf("statement %d is %d", j, s.ID)
				}
				check("center", s.Center, -p.PCA.Center[j], 1e-12)
				check("axis 1", s.Axes[0], p.PCA.Comps[0][j], 2e-8)
				check("axis 2", s.Axes[1], p.PCA.Comps[1][j], 2e-8)
			}
			members := map[int][]int64{}
			for i, id := range p.Base.ID {
				members[id] = p.Base.Members[i]
			}
			groups := make([][]int64, len(p.Groups))
			for g, x := range p.Groups {
				for _, b := range x.Members {
					groups[g] = append(groups[g], members[b]...)
				}
			}
			for g, have := range c.RepresentativeOf(groups) {
				want := p.Repness[strconv.Itoa(p.Groups[g].ID)]
				compareRepresentative(t, func(what string, got, want float64) { t.Helper(); check(what, got, want, 1e-6) },
					opinion.Group{Letter: strconv.Itoa(g), Representative: have}, want)
			}
			for j, s := range m.Statements {
				id := strconv.FormatInt(s.ID, 10)
				var all opinion.Counts
				product := 1.0
				for g := range p.Groups {
					v := p.GroupVotes[strconv.Itoa(p.Groups[g].ID)].Votes[id]
					all.Agree, all.Disagree, all.Pass = all.Agree+v.A, all.Disagree+v.D, all.Pass+v.S-v.A-v.D
					product *= float64(v.A+1) / float64(v.S+2)
				}
				check("priority "+id, opt.PriorityOf(all, m.Statements[j].Extremity, s.Meta), p.Priorities[id], 1e-7)
				check("group consensus "+id, product, p.GAC[id], 1e-12)
			}
			exact := func(what string, got, want float64) { t.Helper(); check(what, got, want, 1e-12) }
			compareConsensus(t, exact, "agree", m.Consensus.Agree, p.Consensus.Agree)
			compareConsensus(t, exact, "disagree", m.Consensus.Disagree, p.Consensus.Disagree)

			served := &opinion.Map{}
			for g, ids := range groups {
				for _, id := range ids {
					served.Participants = append(served.Participants, opinion.Participant{ID: id, Group: g})
				}
			}
			opt = opinion.Defaults()
			d := opinion.New(opt)
			for _, id := range p.Tids {
				must(t, d.AddStatement(id))
				must(t, d.Moderate(id, slices.Contains(p.ModOut, id)))
			}
			for _, v := range f.Votes {
				must(t, d.Vote(v[0], v[1], opinion.Value(v[2]), v[3]))
			}
			ours := compute(t, d, nil)
			if m.K != len(groups) || ours.K != len(groups) {
				t.Errorf("%d groups like production, %d by default; %d were served", m.K, ours.K, len(groups))
			}
			t.Logf("greatest difference %.2g; agreement with the groups served: like production %.2f, by default %.2f",
				worst, opinion.Agreement(m, served), opinion.Agreement(ours, served))
		})
	}
}

// Compared with the groups published with the exports: how many there are, and how far their
// members agree with ours. The published groups come from a long history of recomputations, so
// the agreement is logged for the README and only must not fall below the lowest value met.
func TestAgainstPublishedGroups(t *testing.T) {
	for _, name := range conversations {
		t.Run(name, func(t *testing.T) {
			x := export(t, name)
			published := &opinion.Map{}
			for _, p := range x.Participants {
				if g, err := strconv.Atoi(p.Group); err == nil {
					published.Participants = append(published.Participants, opinion.Participant{ID: p.ID, Group: g})
				}
			}
			like := compute(t, load(t, x, opinion.Production()), nil)
			ours := compute(t, load(t, x, opinion.Defaults()), nil)
			long := opinion.Defaults()
			long.BaseIterations = 100
			if a := opinion.Agreement(ours, compute(t, load(t, x, long), nil)); a != 1 {
				t.Errorf("more rounds for base clusters change the groups: agreement %.4f", a)
			}
			if strconv.Itoa(ours.K) != x.Lookup("groups") {
				t.Errorf("%d groups, %s were published", ours.K, x.Lookup("groups"))
			}
			a := opinion.Agreement(ours, published)
			if a < 0.6 {
				t.Errorf("agreement %.2f", a)
			}
			t.Logf("k like production %d, by default %d; agreement with the published groups %.2f and %.2f, with one another %.2f; silhouettes %v",
				like.K, ours.K, opinion.Agreement(like, published), a, opinion.Agreement(like, ours), ours.Silhouettes)
		})
	}
}
