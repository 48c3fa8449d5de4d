package budgeting

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/tally"
)

// VoteType is what a voter may do on the ballot.
type VoteType string

const (
	Approval VoteType = "approval" // choose up to so many
	Points   VoteType = "points"   // divide so many points
	Knapsack VoteType = "knapsack" // choose as much as the money pays for
)

// VoteTypes lists them as forms show them.
func VoteTypes() []VoteType { return []VoteType{Approval, Points, Knapsack} }

// Reach is of how many parts of the budget one ballot may name projects.
type Reach string

const (
	OnePart  Reach = "one"
	OneMore  Reach = "one_more" // the own one and another; where parts are of no district, any two
	AllParts Reach = "all"
)

// Reaches lists them as forms show them.
func Reaches() []Reach { return []Reach{OnePart, OneMore, AllParts} }

// Rules are what a campaign is held to. They are data: published, hashed into the record, and obeyed by the program. The names of the members
// stand in the public file, so they do not change.
type Rules struct {
	Verified  bool        `json:"verified_propose"`    // only verified residents propose and support
	PerPerson int         `json:"proposals_of_one"`    // proposals of one person
	Supports  int         `json:"supporters_needed"`   // without which a proposal is not checked; 0: none
	Most      civic.Money `json:"most_tiyn"`           // that one proposal may cost; 0: the money of its part
	Refused   []Entry     `json:"refused"`             // what is not taken
	LeastAge  int         `json:"least_age"`           // of who votes, as far as their number says it; 0: none
	Vote      VoteType    `json:"vote"`                //
	Choices   int         `json:"choices"`             // of Approval: projects; of Points: points
	Reach     Reach       `json:"parts_on_one_ballot"` //
	Revote    bool        `json:"revote"`              // until the end; the last ballot counts
	// Incompatible are groups of proposals, by their numbers, of which one may win at most: known after the check.
	Incompatible [][]int  `json:"incompatible"`
	Count        Counting `json:"count"`
}

// Counting is how ballots become winners, in the words of the command line that counts again.
type Counting struct {
	Rule       string `json:"rule"`
	Utility    string `json:"utility"`
	Completion string `json:"completion"` // with ",greedy" behind it: what is left is spent greedily
	Tie        string `json:"tie"`
	MinVotes   int64  `json:"min_votes"`
}

// Entry is a thing of a short list that a campaign has as data: a category, or what is refused.
type Entry struct {
	Code string     `json:"code"`
	Name civic.Text `json:"name"`
}

// options are those of the engine. Errors: of an unknown name.
func (c Counting) options() (o tally.Options, err error) {
	if o.Rule, err = tally.ParseRule(c.Rule); err != nil {
		return o, err
	}
	if o.Utility, err = tally.ParseUtility(c.Utility); err != nil {
		return o, err
	}
	first, then, two := strings.Cut(c.Completion, ",")
	if first == "greedy" && !two {
		first, then, two = "none", "greedy", true
	}
	if o.Completion, err = tally.ParseCompletion(first); err != nil || two && then != "greedy" {
		return o, fmt.Errorf("%w: completion %q", tally.ErrOption, c.Completion)
	}
	o.ThenGreedy = two
	if o.Ties.Break, err = tally.ParseTieBreak(c.Tie); err != nil || o.Ties.Break == tally.TieByLot {
		return o, fmt.Errorf("%w: tie rule %q", tally.ErrOption, c.Tie) // a lot needs a seed that nobody knows yet
	}
	o.Constraints.MinVotes = c.MinVotes
	return o, nil
}

// Command is the command line that counts a published file again. pairs are groups of projects of which one may win at most.
func (r Rules) Command(file string, pairs [][]int) string {
	words := []string{"birge", "tally", file, "--rule=" + r.Count.Rule, "--utility=" + r.Count.Utility, "--completion=" + r.Count.Completion, "--tie=" + r.Count.Tie}
	if r.Count.MinVotes > 0 {
		words = append(words, fmt.Sprintf("--min-votes=%d", r.Count.MinVotes))
	}
	for _, group := range pairs {
		words = append(words, "--exclusive="+strings.Trim(strings.ReplaceAll(fmt.Sprint(group), " ", ","), "[]"))
	}
	return strings.Join(words, " ")
}

// countings are the rules that a form offers: which sort of ballot each fits is asked of the engine.
func countings() []string {
	return []string{"equal-shares", "greedy", "phragmen", "exact-equal-shares", "bounded-overspending"}
}

// Bounds that keep pages readable and are no policy.
const (
	maxChoices = 1_000
	maxEntries = 50
	maxAreas   = 40
	maxPrices  = 300
)

// check finds what is wrong with rules. Fields: "per_person", "supports", "most", "least_age", "vote", "choices", "reach", "rule", "completion", "tie", "min_votes".
func (r Rules) check(p *civic.Problems) {
	within := func(field string, n, least, most int) {
		if n < least || n > most {
			p.Add(field, "budgeting.from_to", "From", least, "To", most)
		}
	}
	within("per_person", r.PerPerson, 1, 100)
	within("supports", r.Supports, 0, 100_000)
	within("least_age", r.LeastAge, 0, 100)
	within("min_votes", int(r.Count.MinVotes), 0, 1_000_000)
	if r.Vote != Knapsack {
		within("choices", r.Choices, 1, maxChoices)
	}
	if r.Most < 0 {
		p.Add("most", "budgeting.money_wrong")
	}
	if !slices.Contains(VoteTypes(), r.Vote) {
		p.Add("vote", "budgeting.choose")
	}
	if !slices.Contains(Reaches(), r.Reach) {
		p.Add("reach", "budgeting.choose")
	}
	o, err := r.Count.options()
	if err != nil {
		p.Add("rule", "budgeting.rule_wrong")
		return
	}
	if err := o.Check(r.sample()); err != nil {
		p.Add("rule", "budgeting.rule_unfit")
	}
}

// sample is an election of one ballot as these rules make them, to ask the engine whether it would count such.
func (r Rules) sample() *tally.Election {
	e := &tally.Election{Budget: 1, Projects: []tally.Project{{ID: "1", Cost: 1}}, BallotType: r.ballotType()}
	var points []int32
	if r.Vote == Points {
		points = []int32{1}
	}
	_ = e.Cast([]uint16{0}, points)
	return e
}

func (r Rules) ballotType() tally.BallotType {
	if r.Vote == Points {
		return tally.Cumulative
	}
	return tally.Approval
}

// Published is the file of rules that everybody can fetch, hash and compare with the record.
type Published struct {
	Campaign   civic.ID    `json:"campaign"`
	Year       int         `json:"year"`
	Title      civic.Text  `json:"title"`
	Plan       Plan        `json:"plan"`
	Parts      []Area      `json:"parts"`
	Categories []Entry     `json:"categories"`
	Prices     []UnitPrice `json:"unit_prices"`
	Rules      Rules       `json:"rules"`
	Command    string      `json:"recount"`
}

// File is the campaign's file of rules.
func (c Campaign) File() []byte {
	b, err := json.MarshalIndent(Published{c.ID, c.Year, c.Title, c.Plan, c.Areas, c.Categories, c.Prices, c.Rules, c.Rules.Command("FILE.pb", nil)}, "", "  ")
	if err != nil {
		panic(err) // texts and numbers always encode
	}
	return append(b, '\n')
}

// Hash is the SHA-256 of the file of rules, in hexadecimal digits: sha256sum gives the same.
func (c Campaign) Hash() string {
	sum := sha256.Sum256(c.File())
	return hex.EncodeToString(sum[:])
}
