package meetings

import (
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/civic"
)

// Rule says how many votes carry a decision. A vote names its own.
type Rule string

const (
	OfPresent Rule = "of_present" // more than half of those present who may vote
	OfMembers Rule = "of_members" // more than half of all members
	TwoThirds Rule = "two_thirds" // at least two thirds of all members
)

// RulesOfVotes lists them as forms show them.
func RulesOfVotes() []Rule { return []Rule{OfPresent, OfMembers, TwoThirds} }

// Carries is the least number of votes in favour that carries a decision.
func (r Rule) Carries(members, entitled int) int {
	switch r {
	case OfMembers:
		return members/2 + 1
	case TwoThirds:
		return Quorum(members, 2, 3)
	}
	return entitled/2 + 1
}

// Choice is what a member did in a vote.
type Choice string

const (
	For     Choice = "for"
	Against Choice = "against"
	Abstain Choice = "abstain"
	Recused Choice = "recused" // has an interest of their own: present, and does not vote
	Absent  Choice = "absent"
)

// Choices are those of a member who is present.
func Choices() []Choice { return []Choice{For, Against, Abstain, Recused} }

// Ballot is what one member did. In a secret vote the choices of those who voted are "".
type Ballot struct {
	Seat   civic.ID `json:"seat"`
	Choice Choice   `json:"choice"`
}

// Vote is one decision of a body, with all that it rests on: who was there, who might vote, what carries it. It
// does not change when people come and go afterwards.
type Vote struct {
	ID       civic.ID
	Item     civic.ID
	Meeting  civic.ID
	At       time.Time
	Text     civic.Text // what is decided
	Rule     Rule
	Members  int // of the body at that moment
	Quorum   int
	Needed   int // votes in favour
	Ballots  []Ballot
	Secret   bool
	Tellers  []civic.ID // two of those present, who counted the papers
	For      int
	Against  int
	Abstain  int
	Recused  int
	Accepted bool
	Entries  int // how many people entered it: two of a vote on paper

	no int64
}

// Ask is what a secretary enters of a vote.
type Ask struct {
	Text                  civic.Text
	Rule                  Rule
	Choices               map[civic.ID]Choice // by seat; in a secret vote only who is recused
	Paper                 bool                // a roll call on paper: two people enter it
	Secret                bool                // on paper too
	Tellers               []civic.ID
	For, Against, Abstain int      // of a secret vote, as counted on paper
	To                    civic.ID // to whom the decision is addressed, as the body's owner has it; "": to nobody
	Opinion               bool     // it is the opinion on a draft act, which has a term of its own
}

// Hold makes a vote from what was entered and who is there: members all that sit in the body, present those of them in the
// room, quorum how many it takes.
func Hold(a Ask, members []Member, present []civic.ID, quorum int) (Vote, error) {
	v := Vote{Text: a.Text, Rule: a.Rule, Members: len(members), Quorum: quorum, Secret: a.Secret}
	var p civic.Problems
	p.OfficialAtMost("text", a.Text, maxWords)
	if !slices.Contains(RulesOfVotes(), a.Rule) {
		p.Add("rule", "meetings.choose")
	}
	if len(present) < quorum {
		p.Add("rule", "meetings.no_quorum", "Present", len(present), "Count", quorum)
	}
	for _, s := range members {
		b := Ballot{s.ID, Absent}
		if slices.Contains(present, s.ID) {
			b.Choice = a.Choices[s.ID]
			v.count(b.Choice)
			if wrong := !slices.Contains(Choices(), b.Choice) || a.Secret && b.Choice != Recused; wrong && !(a.Secret && b.Choice == "") {
				p.Add("choice."+string(s.ID), "meetings.choose_vote")
			}
		}
		v.Ballots = append(v.Ballots, b)
	}
	if a.Secret {
		v.countPapers(&p, a, present)
	}
	v.Needed = v.Rule.Carries(v.Members, len(present)-v.Recused)
	v.Accepted = v.For >= v.Needed
	return v, p.Err()
}

func (v *Vote) count(c Choice) {
	switch c {
	case For:
		v.For++
	case Against:
		v.Against++
	case Abstain:
		v.Abstain++
	case Recused:
		v.Recused++
	}
}

// countPapers takes what two tellers counted. The papers are as many as those who may vote.
func (v *Vote) countPapers(p *civic.Problems, a Ask, present []civic.ID) {
	v.For, v.Against, v.Abstain = a.For, a.Against, a.Abstain
	if entitled := len(present) - v.Recused; min(a.For, a.Against, a.Abstain) < 0 || a.For+a.Against+a.Abstain != entitled {
		p.Add("for", "meetings.papers_wrong", "Count", entitled)
	}
	v.Tellers = a.Tellers
	if len(a.Tellers) != 2 || a.Tellers[0] == a.Tellers[1] || !slices.Contains(present, a.Tellers[0]) || !slices.Contains(present, a.Tellers[1]) {
		p.Add("tellers", "meetings.tellers_wrong")
	}
}

// Present is how many members were in the room.
func (v Vote) Present() (n int) {
	for _, b := range v.Ballots {
		if b.Choice != Absent {
			n++
		}
	}
	return n
}
