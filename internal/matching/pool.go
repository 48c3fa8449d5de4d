// Package matching is money that a sponsor adds to what people give, by a rule that is said beforehand: what each campaign would get if the round closed now, and, once it is closed,
// what it gets, computed from a published list so that anybody comes to the same. It serves the parts to which people give; see README.md.
package matching

import (
	"cmp"
	"math/big"
	"slices"
	"strconv"
	"time"

	"github.com/birge-kz/birge/allocation"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/ledger"
)

// State is where matching funds stand.
type State string

// The states of a pool. There is no draft: what a sponsor writes is shown to them once more, and then it is announced.
const (
	Running State = "running"
	Closed  State = "closed"
)

// Pool is money that a sponsor adds to what people give, by a rule that is said beforehand. Its amounts are whole tenge: so is what is published, and anybody
// computes the same from it (package allocation).
type Pool struct {
	ID, Sponsor civic.ID // an organisation of the register
	State       State
	Title       civic.Text
	About       civic.Text
	Rule        allocation.Rule // Linear, or Pairwise, for gifts of verified residents
	Money       int64
	CapGift     int64 // what of one person's gifts to one campaign counts; 0: all
	CapDonor    int64 // what of one person's gifts to all campaigns counts; 0: all
	CapProject  int64 // the most that one campaign gets; 0: no cap
	Bound       int64 // of Pairwise
	city.Scope        // of the campaigns that may join
	Opens, Ends time.Time
	ClosedAt    time.Time
	Left        civic.Money // what nobody got

	no int64
}

// Rules are the rules that a sponsor chooses from, the predictable one in front.
func Rules() []allocation.Rule { return []allocation.Rule{allocation.Linear, allocation.Pairwise} }

// Bounds of what forms take.
const (
	maxTitle = 150
	maxWords = 3_000
)

// mostJoined campaigns take part in one pool.
const mostJoined = 60

// Over reports whether no gift counts any more.
func (p Pool) Over(now time.Time) bool { return p.State == Closed || !now.Before(p.Ends) }

func (p Pool) terms() allocation.Terms {
	return allocation.Terms{Rule: p.Rule, Pool: p.Money, CapProject: p.CapProject, CapGift: p.CapGift, Bound: p.Bound}
}

func (p Pool) check(now time.Time, days int) error {
	var wrong civic.Problems
	wrong.OfficialAtMost("title", p.Title, maxTitle)
	wrong.OfficialAtMost("about", p.About, maxWords)
	if !slices.Contains(Rules(), p.Rule) {
		wrong.Add("rule", "matching.choose")
	}
	const most = int64(ledger.Most / civic.Tenge)
	for name, amount := range map[string]int64{"money": p.Money, "cap_gift": p.CapGift, "cap_donor": p.CapDonor, "cap_project": p.CapProject, "bound": p.Bound} {
		if amount < 0 || amount > most {
			wrong.Add(name, "matching.tenge_wrong")
		}
	}
	if p.Money == 0 {
		wrong.Add("money", "matching.tenge_wrong")
	}
	if p.Rule == allocation.Pairwise && p.CapProject == 0 {
		wrong.Add("cap_project", "matching.cap_needed")
	}
	if !p.Ends.After(now) || p.Ends.After(now.AddDate(0, 0, days+1)) {
		wrong.Add("ends", "matching.ends_wrong", "Count", days)
	}
	return wrong.Err()
}

// Given is what a gift came to in the time of a pool.
type Given struct {
	Project, Gift civic.ID
	Tiyn          civic.Money
	Account       civic.ID // "": nobody promised it
	From          string   // the bank's account that it came from; "": not known
	Verified      bool     // its giver is one real resident
}

// Lists reports whether everybody can take the list away from which the pool is computed.
func (p Pool) Lists() bool { return p.State == Closed || p.Rule != allocation.Pairwise }

// Counted is what one hand gave to one campaign: a line of the published list.
type Counted struct {
	Project civic.ID
	Donor   string // "d1": a name for this list alone
	Given   int64  // whole tenge
	Amount  int64  // that counts, after the cap for a person; the cap for one campaign is the rule's own
}

// Count makes the list of a pool. Gifts that come from one account here, or from one account of a bank, are one hand's, however many they are split into; so are all of
// which neither is known. What comes from an account to which gifts go is money in a circle, and counts nothing; own are those accounts.
func (p Pool) Count(all []Given, own []string) (out []Counted) {
	hands := map[string]string{} // what a gift is known by, to the first that it is known by
	root := func(s string) string {
		for hands[s] != s {
			s = hands[s]
		}
		return s
	}
	var kept []Given
	for _, g := range all {
		if g.Tiyn < civic.Tenge || g.From != "" && slices.Contains(own, g.From) || p.Rule == allocation.Pairwise && !g.Verified {
			continue
		}
		kept = append(kept, g)
		marks := g.marks()
		for _, m := range marks {
			if _, known := hands[m]; !known {
				hands[m] = m
			}
			hands[root(m)] = root(marks[0])
		}
	}
	type pair struct {
		campaign civic.ID
		hand     string
	}
	at, names := map[pair]int{}, map[string]string{}
	sums := map[string]civic.Money{} // what is less than a tenge in one gift may be more in two
	for _, g := range kept {
		k := pair{g.Project, root(g.marks()[0])}
		if names[k.hand] == "" {
			names[k.hand] = "d" + big.NewInt(int64(len(names)+1)).String()
		}
		i, there := at[k]
		if !there {
			i = len(out)
			at[k], out = i, append(out, Counted{Project: k.campaign, Donor: names[k.hand]})
		}
		key := string(k.campaign) + " " + k.hand
		sums[key] += g.Tiyn
		out[i].Given = int64(sums[key] / civic.Tenge)
		out[i].Amount = out[i].Given
	}
	return p.capped(out)
}

// ShowsGiven reports whether the list says what was given beside what of it counts. A cap for a person cuts all of one hand in the same proportion: beside each other, the two would tell which lines are one hand's.
func (p Pool) ShowsGiven() bool { return p.CapDonor == 0 || p.Rule == allocation.Pairwise }

// Unlinked is the list as it is published. Names that last over campaigns would lead from a gift with a name to one without: where the rule looks at each campaign alone, each line has a name of its own. Where it
// compares who gave to what, one hand keeps one name. No order says when a gift came.
func (p Pool) Unlinked(list []Counted) []Counted {
	out := slices.Clone(list)
	slices.SortFunc(out, func(a, b Counted) int {
		given := 0
		if p.ShowsGiven() {
			given = cmp.Compare(b.Given, a.Given)
		}
		return cmp.Or(cmp.Compare(a.Project, b.Project), given, cmp.Compare(b.Amount, a.Amount), cmp.Compare(a.Donor, b.Donor))
	})
	names := map[string]string{}
	for i, c := range out {
		if p.Rule != allocation.Pairwise || names[c.Donor] == "" {
			names[c.Donor] = "d" + strconv.Itoa(len(names)+1)
			if p.Rule != allocation.Pairwise {
				names[c.Donor] = "d" + strconv.Itoa(i+1)
			}
		}
		out[i].Donor = names[c.Donor]
	}
	return out
}

// marks are by what a gift is known to be somebody's.
func (g Given) marks() (out []string) {
	if g.Account != "" {
		out = append(out, "account "+string(g.Account))
	}
	if g.From != "" {
		out = append(out, "from "+g.From)
	}
	if len(out) == 0 {
		out = []string{"unknown"}
	}
	return out
}

// capped cuts what one person gave in all to the cap for a person, in proportion.
func (p Pool) capped(all []Counted) []Counted {
	if p.CapDonor == 0 {
		return all
	}
	of, total := map[string][]int{}, map[string]int64{}
	for i, c := range all {
		of[c.Donor] = append(of[c.Donor], i)
		total[c.Donor] += c.Given
	}
	for donor, rows := range of {
		if total[donor] <= p.CapDonor {
			continue
		}
		var weights []*big.Int
		for _, i := range rows {
			weights = append(weights, big.NewInt(all[i].Given))
		}
		for k, part := range allocation.LargestRemainder(p.CapDonor, weights) {
			all[rows[k]].Amount = part
		}
	}
	return all
}

// gifts is the list as package allocation reads it.
func gifts(list []Counted) (out []allocation.Gift) {
	for _, c := range list {
		if c.Amount > 0 {
			out = append(out, allocation.Gift{Project: string(c.Project), Donor: c.Donor, Amount: c.Amount})
		}
	}
	return out
}

// Share is what a campaign that joined a pool gets.
type Share struct {
	ID, Pool, Project civic.ID
	Given             int64 // that counts, whole tenge
	Donors            int64
	Earned            civic.Money

	no   int64
	kind string // of the project
}

// project is the thing that takes part.
func (s Share) project() civic.Ref { return civic.Ref{Kind: s.kind, ID: s.Project} }

// Shares computes what each campaign gets for a list, in the order of the campaigns, and what is left.
func (p Pool) Shares(joined []Share, list []Counted) (out []Share, left civic.Money, err error) {
	m, err := allocation.Match(gifts(list), p.terms())
	if err != nil {
		return nil, 0, err
	}
	of := map[civic.ID]allocation.Matched{}
	for _, one := range m.Projects {
		of[civic.ID(one.Project)] = one
	}
	for _, s := range joined {
		one := of[s.Project]
		s.Given, s.Donors, s.Earned = one.Given, int64(one.Donors), civic.Money(one.Earned) // a hundredth of a tenge is a tiyn
		out = append(out, s)
	}
	slices.SortStableFunc(out, func(a, b Share) int { return cmp.Compare(a.no, b.no) })
	return out, civic.Money(m.Left), nil
}

// The accounts of a pool's book: what the sponsor promised, what of it campaigns have earned, and to whom it was paid.

func (p Pool) sponsor() ledger.Account { return ledger.Party(ref(p.ID), "sponsor", civic.Ref{}) }
func (p Pool) promised() ledger.Account {
	return ledger.Purse(ref(p.ID), "pool", civic.Ref{})
}
func (s Share) awarded() ledger.Account {
	return ledger.Purse(ref(s.Pool), "awarded", s.project())
}
func (s Share) paid() ledger.Account { return ledger.Party(ref(s.Pool), "paid", s.project()) }
