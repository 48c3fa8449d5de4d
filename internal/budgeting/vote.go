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

// checkBallot says what is wrong with a ballot that only the campaign knows, and how to mend it: an error of code Invalid at the field "ballot".
func checkBallot(c Campaign, projects map[string]Proposal, b ballots.Ballot) error {
	all := baskets(c, projects, b)
	most := map[Reach]int{OnePart: 1, OneMore: 2, AllParts: len(c.Areas)}[c.Rules.Reach]
	if len(all) > most {
		return civic.Wrong("ballot", "budgeting.too_many_parts", "Count", most)
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

// election builds the file of a part from the published list: who chose something of this part voted in it. Projects that fell out of the vote are not in it.
func election(c Campaign, city string, area Area, projects []Proposal, list iter.Seq2[ballots.Published, error]) (*pabulib.File, *tally.Election, error) {
	in := map[string]bool{}
	for _, p := range projects {
		in[p.code()] = true
	}
	f := &pabulib.File{}
	points := c.Rules.Vote == Points
	if f.Votes.Columns = []string{"voter_id", "vote"}; points {
		f.Votes.Columns = append(f.Votes.Columns, "points")
	}
	for b, err := range list {
		if err != nil {
			return nil, nil, err
		}
		marks, ok := ballots.ParseBallot(b.Ballot)
		var chosen, given []string
		for _, m := range marks {
			if in[m.Option] {
				chosen, given = append(chosen, m.Option), append(given, strconv.FormatInt(m.Points, 10))
			}
		}
		if !ok || len(chosen) == 0 {
			continue
		}
		row := []string{strconv.FormatInt(b.Number, 10), strings.Join(chosen, ",")}
		if points {
			row = append(row, strings.Join(given, ","))
		}
		f.Votes.Append(row...)
	}
	c.meta(f, city, area, len(projects))
	f.Projects.Columns = []string{"project_id", "cost", "name", "category", "latitude", "longitude"}
	for _, p := range projects {
		f.Projects.Append(p.row()...)
	}
	e, _, err := f.Election(pabulib.Strict)
	return f, e, err
}

// row is a project in the file.
func (p Proposal) row() []string {
	lat, lon := "", ""
	if p.Point.Known() {
		lat, lon = strconv.FormatFloat(p.Point.Lat, 'f', 6, 64), strconv.FormatFloat(p.Point.Lon, 'f', 6, 64)
	}
	return []string{p.code(), p.Cost.String(), oneLine(p.Title), p.Category, lat, lon}
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

// spentOf is what an outcome costs: its amounts are whole tenge, tenths of one, or tiyn.
func spentOf(out *tally.Outcome) civic.Money {
	spent := civic.Money(out.Spent)
	switch out.Election.Decimals {
	case 0:
		spent *= civic.Tenge
	case 1:
		spent *= 10
	}
	return spent
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
