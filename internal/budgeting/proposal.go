package budgeting

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/places"
)

// Proposal is one idea from the yard to the finished thing. It has one address and one number for ever.
type Proposal struct {
	ID, Campaign civic.ID
	Number       int // in its campaign, from 1; it is the project's id on the ballot and in the published file
	Area         string
	Category     string
	State        Standing
	Lang         civic.Lang
	Title        string
	What, Why    string
	District     string // code; "": not said
	Address      string
	Land         Land
	Point        places.Point
	Estimate     []Line
	Author       civic.ID    // an account; "" of a paper proposal, and once they have left
	Signed       string      // as the author wants to be called before everybody; "": a resident
	Paper        bool        // a desk entered it
	PaperSupport int         // signatures on paper that the desk counted
	Origin       string      // by which another system knows it, when it was brought from there
	Replies      []string    // of the author, when they reworked it, to each point of the first verdict
	Cost         civic.Money // by the last signed verdict; until then that of the estimate
	Into         civic.ID    // the proposal into which it was merged
	Cause        Cause       // why it is not on the ballot, when no verdict says so
	Text         TextState
	Rule         civic.ID // of a removal
	Reason       string
	DecidedAt    time.Time // when a moderator looked
	FiledAt      time.Time
	ChangedAt    time.Time

	no int64
}

// No is how people call a proposal: "№ 17".
func (p Proposal) No() string { return fmt.Sprintf("№ %d", p.Number) }

// Name is the title in the language in which it was written.
func (p Proposal) Name() civic.Text { return civic.Text{p.Lang: p.Title} }

// Called is the title where everybody reads it, else the number: as ballots and files call it.
func (p Proposal) Called() civic.Text {
	if p.Text != Shown {
		return civic.Everywhere(p.No())
	}
	return p.Name()
}

// TextState is whether everybody reads the words.
type TextState string

const (
	Waiting TextState = "waiting" // no moderator has looked yet
	Shown   TextState = "shown"
	Removed TextState = "removed"
)

// Land is whose land a thing is to stand on. Who proposes may not know.
type Land string

const (
	CommonLand Land = "common" // streets, squares, parks
	YardLand   Land = "yard"   // of a block of flats
	OtherLand  Land = "other"
	LandOpen   Land = "unknown"
)

// Lands lists them as forms show them.
func Lands() []Land { return []Land{CommonLand, YardLand, OtherLand, LandOpen} }

// Line is a line of an estimate: so much of a thing of the catalogue, or something else for a sum.
type Line struct {
	Code     string      `json:"code,omitempty"` // of the catalogue; "": What says it
	What     string      `json:"what,omitempty"`
	Quantity int64       `json:"quantity"`
	Price    civic.Money `json:"price_tiyn"` // of one
}

// Sum is what an estimate comes to.
func Sum(all []Line) (sum civic.Money) {
	for _, l := range all {
		sum += l.Price * civic.Money(l.Quantity)
	}
	return sum
}

// Standing is where a proposal stands. README.md draws how they follow one another.
type Standing string

const (
	Filed     Standing = "filed"
	InCheck   Standing = "in_check"
	Returned  Standing = "returned" // the first verdict asks for something, or says no: the author may rework it
	Reworked  Standing = "reworked"
	InRecheck Standing = "in_recheck"
	Accepted  Standing = "accepted" // it will be on the ballot
	Refused   Standing = "refused"
	Withdrawn Standing = "withdrawn"
	Merged    Standing = "merged" // into another
	OnBallot  Standing = "on_ballot"
	Frozen    Standing = "frozen" // it changed while people vote: nobody can choose it until it is settled
	Fallen    Standing = "fallen" // out of the vote, with the reason
	Won       Standing = "won"
	Lost      Standing = "lost"
)

// Standings lists them as filters show them.
func Standings() []Standing {
	return []Standing{Filed, InCheck, Returned, Reworked, InRecheck, Accepted, OnBallot, Frozen, Won, Lost, Refused, Fallen, Merged, Withdrawn}
}

// Cause is why a proposal is not on the ballot, when no verdict says so.
type Cause string

const (
	NotReworked  Cause = "not_reworked"
	NotSupported Cause = "not_supported"
	NotChecked   Cause = "not_checked" // bodies, council or who runs the campaign were late, not its author
	NotShown     Cause = "not_shown"   // no moderator let its words in
	NoTime       Cause = "no_time"     // its first verdict came when nobody could rework any more
)

// lateBecause is why a proposal is not on the ballot that is being made.
func (p Proposal) lateBecause(supported bool) Cause {
	switch {
	case p.Text != Shown:
		return NotShown
	case p.State == Returned:
		return NotReworked
	case p.State == Filed && !supported:
		return NotSupported
	}
	return NotChecked
}

// Step is what moves a proposal from one standing to the next.
type Step string

const (
	Assign   Step = "assign" // to the bodies that check it
	Accept   Step = "accept"
	Return   Step = "return"
	Rework   Step = "rework"
	Refuse   Step = "refuse"
	Withdraw Step = "withdraw"
	Merge    Step = "merge"
	Late     Step = "late" // people vote, and it did not pass in time
	Ballot   Step = "ballot"
	Freeze   Step = "freeze"
	Thaw     Step = "thaw"
	Fall     Step = "fall"
	Win      Step = "win"
	Lose     Step = "lose"
)

// steps is the whole state machine of a proposal.
var steps = map[Standing]map[Step]Standing{
	Filed:     {Assign: InCheck, Withdraw: Withdrawn, Merge: Merged, Late: Refused},
	InCheck:   {Accept: Accepted, Return: Returned, Refuse: Refused, Withdraw: Withdrawn, Late: Refused},
	Returned:  {Rework: Reworked, Withdraw: Withdrawn, Merge: Merged, Late: Refused},
	Reworked:  {Assign: InRecheck, Withdraw: Withdrawn, Late: Refused},
	InRecheck: {Accept: Accepted, Refuse: Refused, Withdraw: Withdrawn, Late: Refused},
	Accepted:  {Ballot: OnBallot, Withdraw: Withdrawn, Merge: Merged, Late: Refused},
	OnBallot:  {Freeze: Frozen, Win: Won, Lose: Lost},
	Frozen:    {Thaw: OnBallot, Fall: Fallen},
}

// Next is the standing after a step, or false when there is none.
func Next(s Standing, step Step) (Standing, bool) {
	to, ok := steps[s][step]
	return to, ok
}

// stagesOf are the stages of a campaign in which people and bodies may take a step; what is missing is bound to none.
var stagesOf = map[Step][]Stage{
	Assign: {Proposing, Checking, Reworking, Rechecking},
	Accept: {Proposing, Checking, Reworking, Rechecking},
	Return: {Proposing, Checking, Reworking},
	Rework: {Proposing, Checking, Reworking},
	Refuse: {Proposing, Checking, Reworking, Rechecking},
	// Once people vote nothing leaves by its author's wish: somebody may have chosen it.
	Withdraw: {Proposing, Checking, Reworking, Rechecking},
	Merge:    {Proposing, Checking, Reworking},
	Late:     {Voting},
	Ballot:   {Voting},
	Freeze:   {Voting},
	Thaw:     {Voting},
	Fall:     {Voting},
}

// may is the standing after a step in a stage. Errors: civic.Closed.
func (p Proposal) may(step Step, stage Stage) (Standing, error) {
	to, ok := Next(p.State, step)
	if in := stagesOf[step]; !ok || in != nil && !slices.Contains(in, stage) {
		return p.State, notNow()
	}
	return to, nil
}

// What passed the check, and what people voted on, in any of its standings since.
var (
	feasible = []Standing{Accepted, OnBallot, Frozen, Fallen, Won, Lost}
	balloted = []Standing{OnBallot, Frozen, Fallen, Won, Lost}
)

// voted reports whether it is, or was, on the ballot.
func (p Proposal) voted() bool {
	return slices.Contains(balloted, p.State)
}

// supportable reports whether people can still say that they want it.
func (p Proposal) supportable(stage Stage) bool {
	switch p.State {
	case Filed, InCheck, Returned, Reworked, InRecheck, Accepted:
		return p.Text == Shown && (stage == Proposing || stage == Checking || stage == Reworking || stage == Rechecking)
	}
	return false
}

// reads reports whether the actor reads its words: everybody those that are shown, always its author, who runs the campaign and moderators.
func (p Proposal) reads(a civic.Actor, c Campaign) bool {
	return p.Text == Shown || p.own(a) || c.MayRun(a) || a.HasAny(civic.Moderator, civic.Administrator)
}

// own reports whether the actor wrote it.
func (p Proposal) own(a civic.Actor) bool { return a.SignedIn() && a.Account == p.Author }

// mayModerate reports whether the actor decides on its words.
func (p Proposal) mayModerate(a civic.Actor) bool {
	return a.HasAny(civic.Moderator, civic.Administrator) && !p.own(a)
}

// Bounds that keep pages readable and are no policy.
const (
	maxTitle   = 120 // characters
	maxPlace   = 200
	maxWords   = 4_000
	maxLines   = 8 // of an estimate
	maxPieces  = 1_000_000
	maxSupport = 100_000
)

// check finds what is wrong with a proposal that is to be filed. Fields: "title", "what", "why", "area", "category", "address", "district", "land",
// "estimate", "signed", "paper_support".
func (p Proposal) check(c Campaign, district func(string) bool) (out civic.Problems) {
	for _, f := range []struct {
		name, text string
		most       int
		needed     bool
	}{{"title", p.Title, maxTitle, true}, {"what", p.What, maxWords, true}, {"why", p.Why, maxWords, true}, {"address", p.Address, maxPlace, true}, {"signed", p.Signed, maxTitle, false}} {
		switch {
		case strings.TrimSpace(f.text) == "":
			if f.needed {
				out.Add(f.name, "budgeting.write_it")
			}
		case utf8.RuneCountInString(f.text) > f.most:
			out.Add(f.name, "web.too_long", "Count", f.most)
		default:
			if junk := civic.Junk(f.text, nil); junk != "" {
				out.Add(f.name, junk)
			}
		}
	}
	area, known := c.Area(p.Area)
	if !known {
		out.Add("area", "budgeting.choose")
	}
	if nameOf(c.Categories, p.Category) == nil {
		out.Add("category", "budgeting.choose")
	}
	if p.District != "" && !district(p.District) {
		out.Add("district", "budgeting.choose")
	}
	if !slices.Contains(Lands(), p.Land) {
		out.Add("land", "budgeting.choose")
	}
	if p.PaperSupport < 0 || p.PaperSupport > maxSupport {
		out.Add("paper_support", "budgeting.from_to", "From", 0, "To", maxSupport)
	}
	p.checkEstimate(&out, c, area)
	return out
}

// checkEstimate finds what is wrong with the sum: it has to be a sum, and what the rules allow.
func (p Proposal) checkEstimate(out *civic.Problems, c Campaign, area Area) {
	for _, l := range p.Estimate {
		if l.Quantity < 1 || l.Quantity > maxPieces || l.Price < 1 || l.Code == "" && strings.TrimSpace(l.What) == "" || utf8.RuneCountInString(l.What) > maxPlace {
			out.Add("estimate", "budgeting.estimate_wrong")
			return
		}
	}
	sum, most := Sum(p.Estimate), c.Rules.Most
	if most == 0 {
		most = area.Money
	}
	switch {
	case len(p.Estimate) == 0 || sum <= 0:
		out.Add("estimate", "budgeting.estimate_empty")
	case len(p.Estimate) > maxLines:
		out.Add("estimate", "budgeting.estimate_wrong")
	case most > 0 && sum > most:
		out.Add("estimate", "budgeting.too_dear", "Sum", tenge(sum), "Most", tenge(most))
	}
}

func notNow() error { return civic.Fail(civic.Closed, "budgeting.not_in_this_state") }

func notThere() error { return civic.Fail(civic.NotFound, "web.not_found") }

func notYours() error { return civic.Fail(civic.Forbidden, "budgeting.not_yours") }
