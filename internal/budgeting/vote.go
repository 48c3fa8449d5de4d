package budgeting

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"iter"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/ballots"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/tally"
	"github.com/birge-kz/birge/tally/pabulib"
)

// code is how a proposal is called on the ballot and in the published file: its number.
func (p Proposal) code() string { return strconv.Itoa(p.Number) }

// ballotRule is how a ballot of these rules is filled in, as far as the box knows: of which parts its projects may be, and what a part's money pays for, only
// the campaign knows (checkBallot).
func (r Rules) ballotRule() ballots.Rule {
	switch r.Vote {
	case Points:
		return ballots.Rule{Kind: ballots.Points, Least: 1, Points: int64(r.Choices)}
	case Knapsack:
		return ballots.Rule{Kind: ballots.Free, Least: 1}
	}
	return ballots.Rule{Kind: ballots.Approval, Least: 1, Most: r.Choices}
}

// Basket is what a ballot takes of one part's money.
type Basket struct {
	Area   Area
	Chosen []Proposal
	Sum    civic.Money
}

// baskets sorts the projects of a ballot by parts, in the order of the campaign, each with at least one.
func baskets(c Campaign, projects map[string]Proposal, b ballots.Ballot) (out []Basket) {
	for _, a := range c.Areas {
		basket := Basket{Area: a}
		for _, mark := range b {
			if p, known := projects[mark.Option]; known && p.Area == a.Code {
				basket.Chosen, basket.Sum = append(basket.Chosen, p), basket.Sum+p.Cost
			}
		}
		if len(basket.Chosen) > 0 {
			out = append(out, basket)
		}
	}
	return out
}

// checkBallot says what is wrong with a ballot of somebody of a place that only the campaign knows, and how to mend it: an error of code Invalid at the field "ballot".
func checkBallot(c Campaign, projects map[string]Proposal, b ballots.Ballot, place string) error {
	all := baskets(c, projects, b)
	if err := c.checkReach(all, place); err != nil {
		return err
	}
	if len(b) == 0 {
		return civic.Wrong("ballot", "budgeting.choose_something")
	}
	for _, basket := range all {
		if c.Rules.Vote == Knapsack && basket.Sum > basket.Area.Money {
			return civic.Wrong("ballot", "budgeting.over_the_money", "Title", basket.Area.Name, "Over", tenge(basket.Sum-basket.Area.Money))
		}
	}
	return nil
}

// shuffled is projects in the order of a number, which anybody can type to see the same order.
func shuffled(all []Proposal, order uint64) []Proposal {
	out := slices.Clone(all)
	slices.SortFunc(out, func(a, b Proposal) int { return a.Number - b.Number })
	rand.New(rand.NewPCG(order, 1)).Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// Counted is the result of one part of a campaign.
type Counted struct {
	Area    string      `json:"part"`
	Voters  int         `json:"voters"`
	Spent   civic.Money `json:"spent_tiyn"`
	Winners []int       `json:"winners"` // numbers, as they were taken
	PB      string      `json:"-"`       // the published file
	Hash    string      `json:"pb"`      // its SHA-256
	At      time.Time   `json:"-"`
	told    map[civic.Lang]Told
}

// poll is the election of one part while its file is built.
type poll struct {
	area     Area
	projects []Proposal
	file     *pabulib.File
	election *tally.Election
}

// elections builds the files of all parts that have projects from the published list, which is read once: who chose something of a part voted in it. Projects that fell out of the vote are
// in none.
func elections(c Campaign, city string, projects []Proposal, list iter.Seq2[ballots.Published, error]) (out []*poll, err error) {
	of := map[string]*poll{} // by project
	for _, a := range c.Areas {
		p := &poll{area: a, file: &pabulib.File{}}
		for _, project := range projects {
			if project.Area == a.Code {
				p.projects, of[project.code()] = append(p.projects, project), p
			}
		}
		if len(p.projects) > 0 {
			out = append(out, p)
		}
	}
	points := c.Rules.Vote == Points
	for _, p := range out {
		if p.file.Votes.Columns = []string{"voter_id", "vote"}; points {
			p.file.Votes.Columns = append(p.file.Votes.Columns, "points")
		}
	}
	for b, err := range list {
		if err != nil {
			return nil, err
		}
		marks, ok := ballots.ParseBallot(b.Ballot)
		if !ok {
			continue
		}
		for _, p := range out {
			if row := voteRow(b.Number, marks, points, func(code string) bool { return of[code] == p }); row != nil {
				p.file.Votes.Append(row...)
			}
		}
	}
	for _, p := range out {
		c.meta(p.file, city, p.area, len(p.projects))
		p.file.Projects.Columns = []string{"project_id", "cost", "name", "category", "latitude", "longitude"}
		for _, project := range p.projects {
			p.file.Projects.Append(project.row()...)
		}
		if p.election, _, err = p.file.Election(pabulib.Strict); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// voteRow is a ballot in the file of a part, of whose projects in tells; nil when it chose none of them.
func voteRow(number int64, marks ballots.Ballot, points bool, in func(code string) bool) []string {
	var chosen, given []string
	for _, m := range marks {
		if in(m.Option) {
			chosen, given = append(chosen, m.Option), append(given, strconv.FormatInt(m.Points, 10))
		}
	}
	if len(chosen) == 0 {
		return nil
	}
	row := []string{strconv.FormatInt(number, 10), strings.Join(chosen, ",")}
	if points {
		row = append(row, strings.Join(given, ","))
	}
	return row
}

// row is a project in the file.
func (p Proposal) row() []string {
	lat, lon := "", ""
	if p.Point.Known() {
		lat, lon = strconv.FormatFloat(p.Point.Lat, 'f', 6, 64), strconv.FormatFloat(p.Point.Lon, 'f', 6, 64)
	}
	return []string{p.code(), p.Cost.String(), oneLine(p.Called().String()), p.Category, lat, lon}
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// meta fills in what the file says of the vote.
func (c Campaign) meta(f *pabulib.File, city string, area Area, projects int) {
	kind := "approval"
	if c.Rules.Vote == Points {
		kind = "cumulative"
	}
	for _, m := range [][2]string{{"description", oneLine(c.Title.String())}, {"country", "Kazakhstan"}, {"unit", oneLine(city)}, {"instance", strconv.Itoa(c.Year)}, {"subunit", oneLine(area.Name.String())},
		{"num_projects", strconv.Itoa(projects)}, {"num_votes", strconv.Itoa(f.Votes.Len())}, {"budget", area.Money.String()}, {"vote_type", kind}, {"rule", c.Rules.Count.Rule},
		{"date_end", c.Plan.Until[Voting]}, {"currency", "KZT"}, {"language", "kk,ru"}} {
		f.SetMeta(m[0], m[1])
	}
	switch c.Rules.Vote {
	case Approval:
		f.SetMeta("max_length", strconv.Itoa(c.Rules.Choices))
	case Points:
		f.SetMeta("max_sum_points", strconv.Itoa(c.Rules.Choices))
	case Knapsack:
		f.SetMeta("max_sum_cost", area.Money.String())
	}
}

// pairsOf are the groups of the rules of which one may win at most, as far as two of a group are in the election.
func (r Rules) pairsOf(e *tally.Election) (out [][]int) {
	for _, group := range r.Incompatible {
		var in []int
		for _, number := range group {
			if i, there := e.ProjectIndex(strconv.Itoa(number)); there {
				in = append(in, i)
			}
		}
		if len(in) > 1 {
			out = append(out, in)
		}
	}
	return out
}

// groupsOf are the same groups in the words of the command line: numbers, not places.
func (r Rules) groupsOf(projects []Proposal) (out [][]int) {
	for _, group := range r.Incompatible {
		var in []int
		for _, p := range projects {
			if slices.Contains(group, p.Number) {
				in = append(in, p.Number)
			}
		}
		if len(in) > 1 {
			out = append(out, in)
		}
	}
	return out
}

// spentOf is what an outcome costs.
func spentOf(out *tally.Outcome) civic.Money { return tenges(out.Spent, out.Election) }

// tenges is an amount of an election: whole tenge there, tenths of one, or tiyn.
func tenges(amount tally.Amount, e *tally.Election) civic.Money {
	m := civic.Money(amount)
	switch e.Decimals {
	case 0:
		m *= civic.Tenge
	case 1:
		m *= 10
	}
	return m
}

// finish writes the file with its result, and sums it up.
func finish(area Area, f *pabulib.File, out *tally.Outcome) (Counted, error) {
	n := Counted{Area: area.Code, Voters: out.Election.Voters(), Spent: spentOf(out)}
	for _, id := range out.WinnerIDs() {
		number, err := strconv.Atoi(id)
		if err != nil {
			return n, err
		}
		n.Winners = append(n.Winners, number)
	}
	votes, whole := out.Votes(), pabulib.Table{Columns: append(slices.Clone(f.Projects.Columns), "votes", "selected")}
	for i := range f.Projects.Len() {
		selected := "0"
		if out.Won(i) {
			selected = "1"
		}
		whole.Append(append(f.Projects.Fields(i, nil), strconv.FormatInt(votes[i], 10), selected)...)
	}
	f.Projects = whole
	var b bytes.Buffer
	if _, err := f.WriteTo(&b); err != nil {
		return n, err
	}
	sum := sha256.Sum256(b.Bytes())
	n.PB, n.Hash = b.String(), hex.EncodeToString(sum[:])
	return n, nil
}
