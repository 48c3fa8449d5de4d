package pabulib

import (
	"cmp"
	"context"
	"errors"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/birge-kz/birge/tally"
)

// Check lists what is inconsistent in a file from which e was built: counts that differ from
// those stated, ballots outside the limits, voters and projects that occur twice, a published
// result that its rule does not give. Reading the file finds all other issues; see [Parse] and
// [File.Election].
func (f *File) Check(e *tally.Election) []Issue {
	log := &issues{}
	c := checker{file: f, election: e, log: log}
	c.counts()
	c.dates()
	c.projects()
	c.ballots()
	c.selected()
	slices.SortStableFunc(log.list, func(a, b Issue) int {
		return cmp.Or(cmp.Compare(b.File, a.File), cmp.Compare(a.Line, b.Line)) // projects before ballots
	})
	return log.finish()
}

type checker struct {
	file     *File
	election *tally.Election
	log      *issues
}

// number reads an integer META value; ok is false when there is none.
func (c *checker) number(key string) (n int64, ok bool) {
	s := strings.TrimSpace(c.file.MetaValue(key))
	if s == "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		c.log.add(Issue{Code: BadNumber, Line: c.line(key), Column: key, Value: s})
		return 0, false
	}
	return n, true
}

func (c *checker) line(key string) int {
	return c.file.metaEntry(key).Line
}

func (c *checker) amount(key string) (tally.Amount, bool) {
	s := plainAmount(c.file.MetaValue(key))
	if s == "" {
		return 0, false
	}
	a, err := tally.ParseAmount(s, max(c.election.Decimals, 0))
	if err != nil {
		c.log.add(Issue{Code: BadAmount, Line: c.line(key), Column: key, Value: s})
		return 0, false
	}
	return a, true
}

func (c *checker) counts() {
	for _, want := range []struct {
		key   string
		count int
	}{{"num_projects", c.file.Projects.Len()}, {"num_votes", c.file.Votes.Len()}} {
		if n, ok := c.number(want.key); ok && n != int64(want.count) {
			c.log.add(Issue{Code: CountMismatch, Severity: Error, Line: c.line(want.key), Column: want.key,
				Value: strconv.FormatInt(n, 10), Want: strconv.Itoa(want.count)})
		}
	}
	for _, key := range []string{"description", "country", "unit", "instance", "num_projects", "num_votes", "rule", "date_begin", "date_end"} {
		if strings.TrimSpace(c.file.MetaValue(key)) == "" {
			c.log.add(Issue{Code: MissingKey, Column: key})
		}
	}
}

func (c *checker) dates() {
	begin, end := c.file.MetaValue("date_begin"), c.file.MetaValue("date_end")
	for _, layout := range []string{"02.01.2006", "2006"} {
		b, err1 := time.Parse(layout, begin)
		e, err2 := time.Parse(layout, end)
		if err1 == nil && err2 == nil && e.Before(b) {
			c.log.add(Issue{Code: DatesReversed, Severity: Error, Line: c.line("date_end"), Column: "date_end", Value: begin, Want: end})
		}
	}
}

// outcome counts votes and points by running the greedy rule.
func (c *checker) outcome(o tally.Options) *tally.Outcome {
	out, err := tally.Count(context.Background(), c.election, o)
	if err != nil {
		return nil
	}
	return out
}

func (c *checker) projects() {
	t, e := &c.file.Projects, c.election
	c.log.source = t.source
	defer func() { c.log.source = "" }()
	out := c.outcome(tally.Options{})
	if out == nil {
		return
	}
	id, votes, score := t.Column("project_id"), t.Column("votes"), t.Column("score")
	totals, named := out.Votes(), c.named()
	for i := range t.Len() {
		name := strings.TrimSpace(t.Field(i, id))
		p, ok := e.ProjectIndex(name)
		if !ok {
			continue
		}
		line := t.LineOf(i)
		compare := func(column string, at int, count, orElse int64) {
			s := strings.TrimSpace(t.Field(i, at))
			if at < 0 || s == "" {
				return
			}
			stated, ok := new(big.Rat).SetString(s)
			if !ok || stated.Cmp(new(big.Rat).SetInt64(count)) != 0 && stated.Cmp(new(big.Rat).SetInt64(orElse)) != 0 {
				c.log.add(Issue{Code: CountMismatch, Severity: Error, Line: line, Column: column, Subject: name,
					Value: s, Want: strconv.FormatInt(count, 10)})
			}
		}
		compare("votes", votes, totals[p], named[p])
		if points := out.Points(); points != nil {
			compare("score", score, points[p], points[p])
		} else {
			compare("score", score, totals[p], totals[p])
		}
		if totals[p] == 0 {
			c.log.add(Issue{Code: NoSupport, Line: line, Column: "project_id", Value: name})
		}
		if e.Projects[p].Cost > e.Budget {
			c.log.add(Issue{Code: DearerThanBudget, Line: line, Column: "cost", Subject: name,
				Value: tally.FormatAmount(e.Projects[p].Cost, e.Decimals), Want: tally.FormatAmount(e.Budget, e.Decimals)})
		}
	}
}

// named counts the ballots that name a project, even with zero points: many files state this
// number as its votes.
func (c *checker) named() []int64 {
	counts := make([]int64, len(c.election.Projects))
	for i := range c.election.Voters() {
		projects, _ := c.election.Ballot(i)
		for _, p := range projects {
			counts[p]++
		}
	}
	return counts
}

func (c *checker) ballots() {
	// Long: the limits of a file, read once, beside the loop that holds every ballot to them.
	t, e := &c.file.Votes, c.election
	c.log.source = t.source
	defer func() { c.log.source = "" }()
	voter, age := t.Column("voter_id"), t.Column("age")
	if voter < 0 {
		c.log.add(Issue{Code: MissingColumn, Severity: Error, Line: t.Line, Column: "voter_id"})
	}
	minLength, hasMinLength := c.number("min_length")
	maxLength, hasMaxLength := c.number("max_length")
	if strings.TrimSpace(c.file.MetaValue("vote_type")) == "choose-1" && (!hasMaxLength || maxLength > 1) {
		maxLength, hasMaxLength = 1, true
	}
	minCost, hasMinCost := c.amount("min_sum_cost")
	maxCost, hasMaxCost := c.amount("max_sum_cost")
	minPoints, hasMinPoints := c.number("min_points")
	maxPoints, hasMaxPoints := c.number("max_points")
	minSum, hasMinSum := c.number("min_sum_points")
	maxSum, hasMaxSum := c.number("max_sum_points")
	given := e.BallotType == tally.Cumulative || e.BallotType == tally.Scoring
	seen := make(map[string]struct{}, t.Len())
	empty := 0
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	money := func(a tally.Amount) string { return tally.FormatAmount(a, e.Decimals) }
	for i := range e.Voters() {
		row := c.file.rowOf(i)
		line := t.LineOf(row)
		id := ""
		if voter >= 0 {
			id = strings.TrimSpace(t.Field(row, voter))
			if _, twice := seen[id]; twice {
				c.log.add(Issue{Code: RepeatedVoter, Severity: Error, Line: line, Column: "voter_id", Value: id})
			}
			seen[id] = struct{}{}
		}
		if age >= 0 {
			if s := strings.TrimSpace(t.Field(row, age)); s != "" {
				if n, err := strconv.Atoi(s); err != nil || n < 0 || n > 130 {
					c.log.add(Issue{Code: BadAge, Line: line, Column: "age", Value: s, Subject: id})
				}
			}
		}
		projects, points := e.Ballot(i)
		if len(projects) == 0 {
			empty++
			continue
		}
		length, cost, sum := int64(len(projects)), tally.Amount(0), int64(0)
		for j, p := range projects {
			cost += e.Projects[p].Cost
			if given {
				q := int64(points[j])
				sum += q
				if hasMinPoints && q < minPoints || hasMaxPoints && q > maxPoints {
					c.log.add(Issue{Code: PointsOutOfRange, Severity: Error, Line: line, Column: "points", Subject: id, Value: number(q)})
				}
			}
		}
		report := func(code Code, column, value, want string) {
			c.log.add(Issue{Code: code, Severity: Error, Line: line, Column: column, Subject: id, Value: value, Want: want})
		}
		if hasMaxLength && length > maxLength {
			report(BallotTooLong, "vote", number(length), number(maxLength))
		}
		if hasMinLength && length < minLength {
			report(BallotTooShort, "vote", number(length), number(minLength))
		}
		if hasMaxCost && cost > maxCost {
			report(BallotTooDear, "vote", money(cost), money(maxCost))
		}
		if hasMinCost && cost < minCost {
			report(BallotTooCheap, "vote", money(cost), money(minCost))
		}
		if given && (hasMinSum && sum < minSum || hasMaxSum && sum > maxSum) {
			report(SumOutOfRange, "points", number(sum), "")
		}
	}
	if empty > 0 {
		c.log.add(Issue{Code: EmptyBallot, Value: strconv.Itoa(empty)})
	}
}

// thresholdKey names the META entry with the least score a project needs.
const thresholdKey = "min_project_score_threshold"

// Threshold returns the least score a project needs according to META. The
// error is an [Issue]: a Warning when the file states none, an Error when it
// cannot be read as a whole number, zero or more.
func (f *File) Threshold() (int64, error) {
	e := f.metaEntry(thresholdKey)
	s := strings.TrimSpace(e.Value)
	if s == "" {
		return 0, Issue{Code: NoThreshold, Line: e.Line, Column: thresholdKey}
	}
	whole, fraction, _ := strings.Cut(s, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || n < 0 || strings.Trim(fraction, "0") != "" {
		return 0, Issue{Code: BadNumber, Severity: Error, Line: e.Line, Column: thresholdKey, Value: shorten(s), Want: "≥ 0"}
	}
	return n, nil
}

// Selected returns the projects of e that the file marks as selected (1).
func (f *File) Selected(e *tally.Election) (projects []int, known bool) {
	t := &f.Projects
	id, column := t.Column("project_id"), t.Column("selected")
	if column < 0 {
		return nil, false
	}
	for i := range t.Len() {
		if strings.TrimSpace(t.Field(i, column)) != "1" {
			continue
		}
		if p, ok := e.ProjectIndex(strings.TrimSpace(t.Field(i, id))); ok {
			projects = append(projects, p)
		}
	}
	return projects, true
}

// selected compares a published result with its rule, where that is greedy.
func (c *checker) selected() {
	e := c.election
	published, known := c.file.Selected(e)
	if !known {
		return
	}
	cost := tally.Amount(0)
	for _, p := range published {
		cost += e.Projects[p].Cost
	}
	if cost > e.Budget {
		c.log.add(Issue{Code: SelectedTooDear, Severity: Error, Line: c.file.Projects.Line, Column: "selected",
			Value: tally.FormatAmount(cost, e.Decimals), Want: tally.FormatAmount(e.Budget, e.Decimals)})
	}
	rule := strings.TrimSpace(c.file.MetaValue("rule"))
	switch rule {
	case "greedy", "greedy-threshold", "greedy-no-skip":
	case "", "unknown":
		return
	default:
		c.log.add(Issue{Code: RuleNotChecked, Line: c.line("rule"), Column: "rule", Value: rule})
		return
	}
	threshold, err := c.file.Threshold()
	var issue Issue
	if errors.As(err, &issue) && issue.Severity == Error {
		c.log.source = ""
		c.log.add(issue)
		return
	}
	o := tally.Options{NoSkip: rule == "greedy-no-skip"}
	if e.HasPoints() {
		o.Utility = tally.UtilityPoints
		o.Constraints.MinPoints = threshold
	} else {
		o.Constraints.MinVotes = threshold
	}
	differ := c.differences(o, published)
	if len(differ) == 0 {
		return
	}
	var ties []string // the rules that give what is published
	for _, tie := range []tally.TieBreak{tally.TieByOrder, tally.TieByCost, tally.TieByVotes, tally.TieByCostVotes} {
		if o.Ties.Break = tie; len(c.differences(o, published)) == 0 {
			ties = append(ties, tie.String())
		}
	}
	if len(ties) == 0 {
		for _, i := range differ {
			c.log.add(i)
		}
		return
	}
	var names []string
	for _, i := range differ {
		names = append(names, i.Subject)
	}
	c.log.add(Issue{Code: TieDecided, Column: "selected", Subject: strings.Join(names, ", "), Value: strings.Join(ties, ", ")})
}

// differences lists the supported projects on which the published result and that of a rule
// differ.
func (c *checker) differences(o tally.Options, published []int) (list []Issue) {
	out := c.outcome(o)
	if out == nil {
		return nil
	}
	winners := out.Winners()
	for p, project := range c.election.Projects {
		if out.Votes()[p] == 0 || slices.Contains(winners, p) == slices.Contains(published, p) {
			continue
		}
		want := "0"
		if slices.Contains(winners, p) {
			want = "1"
		}
		list = append(list, Issue{Code: SelectedNotGreedy, Column: "selected", Subject: project.ID, Want: want})
	}
	return list
}
