package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/birge-kz/birge/tally"
)

// clean makes user text harmless for a terminal: no control or formatting characters.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return ' '
		}
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, s)
}

// Text writes the result for reading in a terminal. With stories every project
// is explained.
func (r *Report) Text(w io.Writer, t *Texts, stories bool) error {
	// Long: the report from its first line to its last.
	b := bufio.NewWriter(w)
	x := r.Explanation
	out := x.Outcome
	e := out.Election
	line := func(s string) { fmt.Fprintln(b, clean(s)) }
	head := func(s string) {
		fmt.Fprintf(b, "\n%s\n%s\n", clean(s), strings.Repeat("─", utf8.RuneCountInString(clean(s))))
	}
	if e.Title != "" {
		line(e.Title)
	}
	line(t.T("subtitle_rule", "rule", t.RuleName(out.Options)))
	facts := r.facts(t)
	width := 0
	for _, f := range facts {
		width = max(width, utf8.RuneCountInString(f.Name))
	}
	for _, f := range facts {
		line(pad(f.Name, width) + "  " + f.Value)
	}
	head(t.T("winners"))
	if len(out.Steps) == 0 {
		line(t.T("no_winners"))
	}
	for _, row := range winnersTable(t, out) {
		line(row)
	}
	if s := t.stopped(out); s != "" {
		line(s)
	}
	if len(x.Ties) > 0 {
		head(t.T("ties"))
		for _, tie := range x.Ties {
			line(strings.Join(t.TieStory(x, tie), " "))
		}
	}
	if stories {
		head(t.T("stories"))
		for _, p := range order(x) {
			state := t.T("lost")
			if x.Verdicts[p].Won {
				state = t.T("won")
			}
			line(fmt.Sprintf("%s (%s), %s: %s", name(e, p), e.Projects[p].ID, t.Money(e.Projects[p].Cost, e), state))
			line("    " + strings.Join(t.Story(x, p), " "))
		}
		for _, g := range x.Fairness.Groups {
			head(t.T("chart_groups") + ": " + t.T("group_"+g.Name))
			for _, group := range withUnknown(t, g) {
				line(fmt.Sprintf("%s: %s %s, %s %s", group.Name, t.T("group_voters"), t.Percent(part(group.Voters, x.Fairness.Voters)),
					t.T("group_money"), t.Percent(group.Money)))
			}
		}
	}
	for _, i := range r.Ballots {
		head(t.T("ballot", "id", ballotID(e, i)))
		for _, s := range t.BallotStory(out, i) {
			line(s)
		}
	}
	if len(r.Others) > 0 {
		head(t.T("compare"))
		for _, o := range r.Others {
			f := tally.Measure(o)
			line(t.RuleName(o.Options))
			line(fmt.Sprintf("    %s: %d; %s: %s; %s: %s", t.T("winners"), len(o.Steps), t.T("spent"), t.Money(o.Spent, e),
				t.T("excluded"), t.Percent(f.ExclusionRatio())))
			line("    " + strings.Join(o.WinnerIDs(), " "))
		}
	}
	return b.Flush()
}

// winnersTable lists the winners under headings. Points, where ballots carry
// them, stand before the number of voters.
func winnersTable(t *Texts, out *tally.Outcome) (lines []string) {
	if len(out.Steps) == 0 {
		return nil
	}
	e := out.Election
	rows := [][]string{{"", t.T("id"), t.T("cost"), t.T("votes"), t.T("project")}}
	if out.Points() != nil {
		rows[0] = []string{"", t.T("id"), t.T("cost"), t.T("points"), t.T("voted_for"), t.T("project")}
	}
	for i, s := range out.Steps {
		p := s.Project
		row := []string{strconv.Itoa(i + 1), e.Projects[p].ID, t.Money(e.Projects[p].Cost, e)}
		if out.Points() != nil {
			row = append(row, t.Integer(out.Points()[p]))
		}
		rows = append(rows, append(row, t.Integer(out.Votes()[p]), e.Projects[p].Name))
	}
	last := len(rows[0]) - 1
	widths := make([]int, last)
	for _, row := range rows {
		for c := range widths {
			widths[c] = max(widths[c], utf8.RuneCountInString(clean(row[c])))
		}
	}
	widths[0] = max(3, widths[0])
	for _, row := range rows {
		cells := []string{left(row[0], widths[0]), pad(clean(row[1]), widths[1])}
		for c := 2; c < last; c++ {
			cells = append(cells, left(row[c], widths[c]))
		}
		lines = append(lines, strings.TrimRight(strings.Join(append(cells, row[last]), "  "), " "))
	}
	return lines
}

func ballotID(e *tally.Election, i int) string {
	if e.VoterIDs != nil {
		return e.VoterIDs(i)
	}
	return fmt.Sprint(i + 1)
}

func part(a, b int64) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(s)))
}

func left(s string, width int) string {
	return strings.Repeat(" ", max(0, width-utf8.RuneCountInString(s))) + s
}

// fact is a name and its value.
type fact struct{ Name, Value string }

func (r *Report) facts(t *Texts) []fact {
	out := r.Explanation.Outcome
	e, f := out.Election, &r.Explanation.Fairness
	list := []fact{
		{t.T("budget"), t.Money(e.Budget, e)},
		{t.T("spent"), t.Money(out.Spent, e)},
		{t.T("left"), t.Money(out.Left(), e)},
	}
	if sum := outside(out); sum > 0 {
		list = append(list, fact{t.T("outside"), t.Money(sum, e)})
	}
	list = append(list, []fact{
		{t.T("projects"), t.Integer(int64(len(e.Projects)))},
		{t.T("winners"), t.Integer(int64(len(out.Steps)))},
		{t.T("voters"), t.Integer(f.Voters)},
		{t.T("distinct"), t.Integer(int64(e.DistinctBallots()))},
		{t.T("excluded"), t.Percent(f.ExclusionRatio())},
		{t.T("winners_per_voter"), t.Number(f.Winners, 2)},
	}...)
	if c := r.Comparison; c != nil {
		taken := t.RuleName(c.Rule)
		if c.Greedy {
			taken = t.RuleName(out.Options)
		}
		list = append(list, fact{t.T("comparison"), t.T("comparison_counts", "rule", t.T("rule_"+c.Rule.Rule.String()),
			"first", t.Integer(c.Voters.First), "second", t.Integer(c.Voters.Second), "same", t.Integer(c.Voters.Same))},
			fact{t.T("comparison_taken"), taken})
	}
	if r.Partial {
		list = append(list, fact{t.T("partial"), t.partial(out)})
	}
	if out.Share != nil {
		list = append(list, fact{t.T("share_each"), t.Share(out.BaseShare, e)})
		if out.BaseShare != nil && out.Share.Cmp(out.BaseShare) != 0 {
			list = append(list, fact{t.T("share_after"), t.Share(out.Share, e)})
		}
	}
	return append(list, fact{t.T("tie_rule"), t.TieRule(out.Options.Ties)})
}

// partial says which project could be started with what is left, if there is one.
func (t *Texts) partial(out *tally.Outcome) string {
	e := out.Election
	p, ok := tally.NextPartly(out)
	switch {
	case ok:
		return t.T("partial_next", "project", name(e, p), "id", e.Projects[p].ID, "money", t.Money(out.Left(), e), "cost", t.Money(e.Projects[p].Cost, e))
	case len(out.Fitting()) > 0:
		return t.T("partial_fits")
	}
	return t.T("nobody")
}

// withUnknown adds the voters whose group is not known, if there are any.
func withUnknown(t *Texts, g tally.GroupPower) []tally.Group {
	if g.Unknown.Voters == 0 {
		return g.Groups
	}
	unknown := g.Unknown
	unknown.Name = t.T("group_unknown")
	return append(slices.Clone(g.Groups), unknown)
}

// order lists winners in the order taken, then losers by votes.
func order(x *tally.Explanation) []int {
	list := x.Outcome.Winners()
	won := len(list)
	for p := range x.Verdicts {
		if !x.Verdicts[p].Won {
			list = append(list, p)
		}
	}
	losers := list[won:]
	for i := 1; i < len(losers); i++ {
		for j := i; j > 0 && x.Verdicts[losers[j]].Votes > x.Verdicts[losers[j-1]].Votes; j-- {
			losers[j], losers[j-1] = losers[j-1], losers[j]
		}
	}
	return list
}
