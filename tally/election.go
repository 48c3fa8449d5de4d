package tally

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// BallotType says how voters expressed themselves.
type BallotType uint8

const (
	// Approval: a set of projects (k-approval, knapsack, threshold, choose-1).
	Approval BallotType = iota
	// Cumulative: a fixed number of points divided among projects.
	Cumulative
	// Scoring: points for each project, independent of one another.
	Scoring
	// Ordinal: a ranking; points are given by position.
	Ordinal
)

// Project is something the budget could pay for.
type Project struct {
	ID         string
	Name       string
	Cost       Amount
	Categories []string
	District   string
}

// Grouping divides the voters by one characteristic, such as district or age.
type Grouping struct {
	Name   string   // the column it came from: "district", "age", …
	Values []string // the names of the groups
	Of     []int32  // for each ballot in the order cast, an index into Values, or −1 if unknown
}

// Election is a participatory budget with its ballots. Identical ballots are
// kept once with a weight; the order of ballots never changes a result.
//
// The zero value with Projects and Budget filled in is ready for [Election.Cast].
// An Election that is no longer changed may be counted from several goroutines.
type Election struct {
	Title      string
	Currency   string // ISO 4217 code or empty
	Decimals   int    // amounts are integers in units of 10^-Decimals of the currency
	Budget     Amount
	BallotType BallotType
	Projects   []Project
	Groupings  []Grouping
	VoterIDs   func(ballot int) string // nil when voters have no names

	ballots ballots
}

// Voters returns the number of ballots cast, empty ones too.
func (e *Election) Voters() int { return len(e.ballots.classOf) }

// DistinctBallots returns how many different ballots were cast.
func (e *Election) DistinctBallots() int { return len(e.ballots.weight) }

// HasPoints reports whether ballots carry points.
func (e *Election) HasPoints() bool { return e.BallotType != Approval }

// Ballot returns the projects (ascending) and points of the ballot that was
// cast as number i, from 0. Points are nil for approvals. The slices are
// shared: do not change them.
func (e *Election) Ballot(i int) (projects []uint16, points []int32) {
	return e.ballots.class(int(e.ballots.classOf[i]))
}

// Errors of [Election.Cast] and [Election.Validate].
var (
	ErrTooManyProjects  = errors.New("more than 65535 projects")
	ErrUnknownProject   = errors.New("a ballot names a project that does not exist")
	ErrDuplicateProject = errors.New("a project occurs twice")
	ErrPoints           = errors.New("points missing or out of range")
	ErrAmount           = errors.New("budget or cost out of range")
)

// MaxPoints bounds the points one ballot gives to one project.
const MaxPoints = 1 << 20

// Cast adds a ballot. projects are indices into Projects without repetition, in
// any order; points, in the same order, are nil for approvals. An empty ballot
// counts as a voter. Cast keeps no reference to its arguments but may sort them.
func (e *Election) Cast(projects []uint16, points []int32) error {
	if e.HasPoints() != (points != nil) && len(projects) > 0 || points != nil && len(points) != len(projects) {
		return ErrPoints
	}
	sortBallot(projects, points)
	for i, p := range projects {
		if int(p) >= len(e.Projects) {
			return ErrUnknownProject
		}
		if i > 0 && projects[i-1] == p {
			return fmt.Errorf("%w: %s", ErrDuplicateProject, e.Projects[p].ID)
		}
		if points != nil && (points[i] > MaxPoints || points[i] < -MaxPoints) {
			return ErrPoints
		}
	}
	e.ballots.add(projects, points)
	return nil
}

// sortBallot sorts projects ascending and keeps points beside them. Ballots
// are short, so insertion is quickest.
func sortBallot(projects []uint16, points []int32) {
	if len(projects) > 64 {
		order := make([]int, len(projects))
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(projects[a], projects[b]) })
		ps, qs := slices.Clone(projects), slices.Clone(points)
		for i, o := range order {
			projects[i] = ps[o]
			if points != nil {
				points[i] = qs[o]
			}
		}
		return
	}
	for i := 1; i < len(projects); i++ {
		for j := i; j > 0 && projects[j-1] > projects[j]; j-- {
			projects[j-1], projects[j] = projects[j], projects[j-1]
			if points != nil {
				points[j-1], points[j] = points[j], points[j-1]
			}
		}
	}
}

// Validate checks what [Count] relies on: amounts in range and project ids
// that are present and different.
func (e *Election) Validate() error {
	if len(e.Projects) > 65535 {
		return ErrTooManyProjects
	}
	if e.Budget < 0 || e.Budget > MaxAmount || e.Decimals < 0 || e.Decimals > MaxDecimals {
		return &Problem{ProblemBudget, "", ErrAmount}
	}
	var sum Amount
	seen := make(map[string]bool, len(e.Projects))
	for _, p := range e.Projects {
		if p.Cost < 0 || p.Cost > MaxAmount {
			return &Problem{ProblemCost, p.ID, ErrAmount}
		}
		if sum += p.Cost; sum > 1<<58 {
			return &Problem{ProblemCostSum, "", ErrAmount}
		}
		if p.ID == "" || seen[p.ID] {
			return fmt.Errorf("%w: %q", ErrDuplicateProject, p.ID)
		}
		seen[p.ID] = true
	}
	return nil
}

// ProjectIndex returns the index of the project with the given id.
func (e *Election) ProjectIndex(id string) (int, bool) {
	i := slices.IndexFunc(e.Projects, func(p Project) bool { return p.ID == id })
	return i, i >= 0
}

// Reserve makes room for n more ballots.
func (e *Election) Reserve(n int) {
	e.ballots.classOf = slices.Grow(e.ballots.classOf, n)
}
