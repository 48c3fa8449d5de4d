package tally

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
)

// TieBreak orders projects that the rule itself cannot tell apart.
type TieBreak uint8

const (
	// TieByID prefers the smallest id, compared as Unicode text ("10" < "2").
	TieByID TieBreak = iota
	// TieByOrder prefers the project listed first.
	TieByOrder
	// TieByCost prefers the cheaper project, then the one listed first.
	TieByCost
	// TieByVotes prefers the project that more voters support, then the one listed first.
	TieByVotes
	// TieByCostVotes prefers the cheaper project, then the one that more voters
	// support, then the one listed first.
	TieByCostVotes
	// TieByLot prefers by a lot drawn from a published seed: the smallest
	// SHA-256 of seed, a zero byte and the id.
	TieByLot
)

var tieNames = []string{"id", "order", "cost", "votes", "cost-votes", "lot"}

// String gives the name used on the command line and in JSON.
func (t TieBreak) String() string { return tieNames[t] }

// ParseTieBreak reads the name of a tie rule.
func ParseTieBreak(s string) (TieBreak, error) {
	if i := slices.Index(tieNames, strings.TrimSpace(s)); i >= 0 {
		return TieBreak(i), nil
	}
	return 0, fmt.Errorf("%w: tie rule %q", ErrOption, s)
}

// TieRule says how ties are settled. The seed of a lot has to be published, best before the
// vote ends. It should contain something that nobody could choose.
type TieRule struct {
	Break TieBreak
	Seed  string // for TieByLot
}

// Tie is a moment in which the rule could not tell projects apart.
type Tie struct {
	Step     int   // how many projects had been taken before
	Projects []int // tied projects, the chosen one first, the others by the tie rule
	// InTrial marks ties that were met only while trying other shares than the final one. Such
	// a tie can matter only by changing where the trying stopped.
	InTrial bool
	// Effect tells whether taking another of the tied projects would have changed who wins;
	// [Explain] sets it. With completion it is asked for the share that completion reached.
	Effect TieEffect
	// Otherwise is set when the tie is decisive. It names the projects that would have won or
	// lost instead: the first such alternative found.
	Otherwise *Difference
}

// TieEffect says whether a tie mattered.
type TieEffect uint8

const (
	// TieNotExamined: not every other choice was examined, and none that was examined changes
	// who wins.
	TieNotExamined TieEffect = iota
	// TieHarmless: with any other choice the same projects win.
	TieHarmless
	// TieDecisive: another choice changes who wins.
	TieDecisive
)

var tieEffectNames = []string{"not_examined", "harmless", "decisive"}

// String gives the name used in JSON.
func (t TieEffect) String() string { return tieEffectNames[t] }

// Decisive reports whether another choice is known to change who wins.
func (t *Tie) Decisive() bool { return t.Effect == TieDecisive }

// Difference is what changes between two results.
type Difference struct {
	Chosen int   // the tied project taken instead
	In     []int // projects that win only then
	Out    []int // projects that lose then
}

// order returns for each project its position under the tie rule, 0 first.
// votes are the supporters of each project.
func (t TieRule) order(e *Election, votes []int64) []int {
	index := make([]int, len(e.Projects))
	for i := range index {
		index[i] = i
	}
	switch t.Break {
	case TieByID:
		slices.SortFunc(index, func(a, b int) int { return strings.Compare(e.Projects[a].ID, e.Projects[b].ID) })
	case TieByCost:
		slices.SortStableFunc(index, func(a, b int) int { return cmp.Compare(e.Projects[a].Cost, e.Projects[b].Cost) })
	case TieByVotes:
		slices.SortStableFunc(index, func(a, b int) int { return cmp.Compare(votes[b], votes[a]) })
	case TieByCostVotes:
		slices.SortStableFunc(index, func(a, b int) int {
			return cmp.Or(cmp.Compare(e.Projects[a].Cost, e.Projects[b].Cost), cmp.Compare(votes[b], votes[a]))
		})
	case TieByLot:
		lot := make([]string, len(index))
		for i, p := range e.Projects {
			sum := sha256.Sum256([]byte(t.Seed + "\x00" + p.ID))
			lot[i] = string(sum[:])
		}
		slices.SortFunc(index, func(a, b int) int { return strings.Compare(lot[a], lot[b]) })
	}
	rank := make([]int, len(index))
	for position, p := range index {
		rank[p] = position
	}
	return rank
}

// tieLog settles and remembers ties.
type tieLog struct {
	rank   []int
	ties   []Tie
	prefer map[int]int // step → project to take there if tied; for asking what if
}

// settle picks one of the tied projects. With a single one there is no tie.
func (l *tieLog) settle(step int, tied []int) int {
	if len(tied) == 1 {
		return tied[0]
	}
	tied = slices.Clone(tied)
	slices.SortFunc(tied, func(a, b int) int { return cmp.Compare(l.rank[a], l.rank[b]) })
	if p, ok := l.prefer[step]; ok {
		if i := slices.Index(tied, p); i > 0 {
			tied = slices.Insert(slices.Delete(tied, i, i+1), 0, p)
		}
	}
	l.ties = append(l.ties, Tie{Step: step, Projects: tied})
	return tied[0]
}
