package report

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"strconv"

	"github.com/birge-kz/birge/tally"
)

//go:embed page.html
var pageSource string

//go:embed style.css
var style string

type page struct {
	Lang, Heading, Rule, Method, Stopped, TieRule, Command string
	// Policy allows nothing but the style sheet of the page, named by its hash.
	Policy    string
	Style     template.CSS
	HasPoints bool
	Facts     []fact
	Projects  []projectRow
	Money     []moneyRow
	Groups    []groupTable
	Rules     []ruleRow
	Matrix    []matrixRow
	Ties      [][]string
	Ballots   []ballotStory
	Issues    []string
	// Fitting are losers for which there is still money.
	Fitting      []string
	FittingCount string
}

type projectRow struct {
	ID, Name, Rank, Cost, Votes, Points, Bar string
	Won                                      bool
	Story                                    []string
}

type moneyRow struct {
	Name, Cost, Percent, From, Bar string
	Left                           bool
}

type groupTable struct {
	Name string
	Rows []groupRow
}

type groupRow struct{ Name, Voters, Money, Excluded, VotersBar, MoneyBar string }

type ruleRow struct{ Number, Name, Winners, Spent, PerVoter, Excluded, Bar string }

type matrixRow struct {
	Name string
	Won  []bool
}

type ballotStory struct {
	Heading string
	Lines   []string
}

// width formats a part of 100 for a bar.
func width(x float64) string {
	return strconv.FormatFloat(max(0, min(100, 100*x)), 'f', 2, 64)
}

// HTML writes the result as one page without scripts or outside resources.
// Names and other text of users are escaped by html/template.
func (r *Report) HTML(w io.Writer, t *Texts) error {
	// Long: the report from its first line to its last.
	parsed, err := template.New("page").Funcs(template.FuncMap{"t": t.T}).Parse(pageSource)
	if err != nil {
		return err
	}
	x := r.Explanation
	out := x.Outcome
	e, o := out.Election, out.Options
	sum := sha256.Sum256([]byte(style))
	p := page{
		Lang: t.Lang, Heading: e.Title, Rule: t.RuleName(o), Method: t.Method(o),
		Stopped: t.stopped(out), TieRule: t.TieRule(o.Ties), Command: r.Command,
		Policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'",
		Style:  template.CSS(style), HasPoints: out.Points() != nil, Facts: r.facts(t),
	}
	if p.Heading == "" {
		p.Heading = t.T("title")
	}
	for _, i := range out.Fitting() {
		p.Fitting = append(p.Fitting, t.names(e, []int{i}))
	}
	p.FittingCount = t.Integer(int64(len(p.Fitting)))
	most := int64(1)
	for _, v := range out.Votes() {
		most = max(most, v)
	}
	spent := 0.0
	var others []moneyRow
	for _, i := range order(x) {
		v := &x.Verdicts[i]
		row := projectRow{ID: e.Projects[i].ID, Name: name(e, i), Cost: t.Money(e.Projects[i].Cost, e), Won: v.Won,
			Votes: t.Integer(v.Votes), Points: t.Integer(v.Points), Bar: width(part(v.Votes, most)), Story: t.Story(x, i)}
		if v.Won {
			row.Rank = t.Integer(int64(v.Rank))
			if paidByOthers(out, i) { // no part of the budget
				others = append(others, moneyRow{Name: row.Name + " (" + t.T("outside_mark") + ")", Cost: row.Cost, Percent: "–", From: "0", Bar: "0"})
			} else {
				cost := part(int64(e.Projects[i].Cost), int64(e.Budget))
				p.Money = append(p.Money, moneyRow{Name: row.Name, Cost: row.Cost, Percent: t.Percent(cost), From: width(spent), Bar: width(cost)})
				spent += cost
			}
		}
		p.Projects = append(p.Projects, row)
	}
	rest := part(int64(out.Left()), int64(e.Budget))
	p.Money = append(p.Money, moneyRow{Name: t.T("left"), Cost: t.Money(out.Left(), e), Percent: t.Percent(rest), From: width(1 - rest), Bar: width(rest), Left: true})
	p.Money = append(p.Money, others...)
	for _, g := range x.Fairness.Groups {
		table := groupTable{Name: t.T("group_" + g.Name)}
		largest := 0.0
		groups := withUnknown(t, g)
		for _, group := range groups {
			largest = max(largest, part(group.Voters, x.Fairness.Voters), group.Money)
		}
		for _, group := range groups {
			if group.Voters == 0 {
				continue
			}
			voters := part(group.Voters, x.Fairness.Voters)
			table.Rows = append(table.Rows, groupRow{Name: group.Name, Voters: t.Percent(voters), Money: t.Percent(group.Money),
				Excluded: t.Percent(part(group.Excluded, group.Voters)), VotersBar: width(voters / largest), MoneyBar: width(group.Money / largest)})
		}
		p.Groups = append(p.Groups, table)
	}
	if len(r.Others) > 0 {
		for i, other := range r.Others {
			f := tally.Measure(other)
			p.Rules = append(p.Rules, ruleRow{Number: t.Integer(int64(i + 1)), Name: t.RuleName(other.Options),
				Winners: t.Integer(int64(len(other.Steps))), Spent: t.Money(other.Spent, e), PerVoter: t.Number(f.Winners, 2),
				Excluded: t.Percent(f.ExclusionRatio()), Bar: width(part(int64(other.Spent), int64(e.Budget)))})
		}
		for _, i := range order(x) {
			row := matrixRow{Name: name(e, i)}
			for _, other := range r.Others {
				row.Won = append(row.Won, other.Won(i))
			}
			p.Matrix = append(p.Matrix, row)
		}
	}
	for _, tie := range x.Ties {
		p.Ties = append(p.Ties, t.TieStory(x, tie))
	}
	for _, i := range r.Ballots {
		p.Ballots = append(p.Ballots, ballotStory{t.T("ballot", "id", ballotID(e, i)), t.BallotStory(out, i)})
	}
	for _, i := range r.Issues {
		p.Issues = append(p.Issues, t.Issue(i))
	}
	return parsed.Execute(w, p)
}
