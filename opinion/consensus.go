package opinion

import (
	"cmp"
	"math"
	"slices"
)

// ConsensusStatement is a statement that most people answered alike.
type ConsensusStatement struct {
	Statement int64   `json:"statement"`
	Success   int     `json:"n_success"`
	Trials    int     `json:"n_trials"`
	P         float64 `json:"p_success"` // (success+1)/(trials+2)
	PTest     float64 `json:"p_test"`    // z of the test that it is a majority
}

// Consensus are the statements that most of all voters agree with, or disagree with, strongest
// first.
type Consensus struct {
	Agree    []ConsensusStatement `json:"agree"`
	Disagree []ConsensusStatement `json:"disagree"`
}

// consensus keeps, of the votes of everyone (on the map or not), statements
// with P > ½ and z > Options.Z, by P·z, at most Options.Consensus a side
// [repness.clj: consensus-stats, select-consensus-comments].
func (o *Options) consensus(ids []int64, active []int32, counts []Counts) Consensus {
	top := func(of func(Counts) int) []ConsensusStatement {
		list := []ConsensusStatement{}
		for _, j := range active {
			n, s := counts[j].Answered(), of(counts[j])
			c := ConsensusStatement{ids[j], s, n, float64(s+1) / float64(n+2), propTest(s, n)}
			if c.P > 0.5 && c.PTest > o.Z {
				list = append(list, c)
			}
		}
		slices.SortStableFunc(list, func(a, b ConsensusStatement) int {
			return cmp.Compare(b.P*b.PTest, a.P*a.PTest)
		})
		return list[:min(len(list), o.Consensus)]
	}
	return Consensus{top(func(c Counts) int { return c.Agree }), top(func(c Counts) int { return c.Disagree })}
}

func smoothed(success, trials int) float64 { return float64(success+1) / float64(trials+2) }

// groupConsensus is the group-informed consensus, 0…1: the product over groups
// of (agree+1)/(answers+2) [conversation.clj: group-aware-consensus]. One
// group that does not agree makes it small, however small the group.
func groupConsensus(counts []Counts) float64 {
	p := 1.0
	for _, c := range counts {
		p *= smoothed(c.Agree, c.Answered())
	}
	return p
}

// bridging and division, both 0…1 and ours. With pₘ = (agree+1)/(answers+2) of
// group m:
//
//	division = max pₘ − min pₘ
//	bridging = (mean of pₘ) · (1 − division)
//
// Each group has one voice. Unlike the group-informed consensus, bridging does
// not fall with the number of groups, so that it can be compared between maps;
// it is high only when every group agrees and to a like degree.
func bridging(counts []Counts) (bridge, division float64) {
	if len(counts) == 0 {
		return 0, 0
	}
	low, high, sum := math.Inf(1), math.Inf(-1), 0.0
	for _, c := range counts {
		p := smoothed(c.Agree, c.Answered())
		low, high, sum = math.Min(low, p), math.Max(high, p), sum+p
	}
	division = high - low
	return sum / float64(len(counts)) * (1 - division), division
}
