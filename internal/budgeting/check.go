package budgeting

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
)

// Outcome is what an expert says of a proposal.
type Outcome string

const (
	Feasible    Outcome = "feasible"
	WithChanges Outcome = "changes" // feasible once its points are met
	NotFeasible Outcome = "not"
)

// Outcomes lists them as forms show them, the worst at the end.
func Outcomes() []Outcome { return []Outcome{Feasible, WithChanges, NotFeasible} }

// Check is what one body has to say of a proposal, in the first round or, after the author reworked it, in the second. Until the expert council has
// signed, only the body, the council and who runs the campaign read it.
type Check struct {
	ID, Proposal civic.ID
	Round        int // 1 or 2
	Body         civic.ID
	Obligation   civic.ID // its clock (internal/answers)
	AssignedAt   time.Time
	GivenAt      time.Time // zero: not yet
	Opinion

	no int64
}

// Opinion is what a body says.
type Opinion struct {
	Outcome Outcome      `json:"outcome"`
	Cost    civic.Money  `json:"cost_tiyn"`
	Reason  civic.Text   `json:"reason"`
	Points  []civic.Text `json:"points"`  // what the author should change
	Answers []Answered   `json:"answers"` // in the second round, to each point of the first verdict
	Person  string       `json:"person"`  // who answers for it: name and post
}

// Answered is what the second round says to a point of the first.
type Answered struct {
	Met   bool       `json:"met"`
	Words civic.Text `json:"words"`
}

// Verdict is what the expert council signed: from then on everybody reads it.
type Verdict struct {
	Round    int          `json:"round"`
	Outcome  Outcome      `json:"outcome"`
	Cost     civic.Money  `json:"cost_tiyn"`
	Reason   civic.Text   `json:"reason"`
	Points   []civic.Text `json:"points"`
	Answers  []Answered   `json:"answers"`
	Signers  []Signer     `json:"signers"`
	Protocol string       `json:"protocol"` // of the council's meeting: number and day
	SignedAt time.Time    `json:"signed_at"`
}

// Signer is a body and who answered for its opinion.
type Signer struct {
	Body   civic.ID `json:"body"`
	Person string   `json:"person"`
}

// expert is who signs in the name of the expert council.
const expert civic.Role = "budgeting.expert"

// MaySign reports whether the actor signs verdicts for the expert council.
func MaySign(a civic.Actor) bool { return a.HasAny(expert, civic.Administrator) }

// mayGive reports whether the actor says what the body thinks.
func (c Check) mayGive(a civic.Actor) bool {
	return a.ActsFor(civic.Officer, organisations.RefOf(c.Body))
}

const (
	maxPoints = 5
	maxReason = 2_000
)

// check finds what is wrong with an opinion; first are the points of the signed first verdict, which the second round has to answer one by one. Fields:
// "outcome", "cost", "reason", "pointN", "metN", "answerN" (N from 1), "person".
func (o Opinion) check(round int, first []civic.Text) (p civic.Problems) {
	if !slices.Contains(Outcomes(), o.Outcome) {
		p.Add("outcome", "budgeting.choose")
	}
	if o.Cost <= 0 && o.Outcome != NotFeasible {
		p.Add("cost", "budgeting.cost_needed")
	}
	p.OfficialAtMost("reason", o.Reason, maxReason)
	for i, point := range o.Points {
		p.OfficialAtMost(numbered("point", i), point, maxReason)
	}
	if round == 1 && o.Outcome == WithChanges && len(o.Points) == 0 {
		p.Add("point1", "budgeting.point_needed")
	}
	if len(o.Points) > maxPoints {
		p.Add(numbered("point", maxPoints-1), "budgeting.from_to_lines", "From", 0, "To", maxPoints)
	}
	if round == 2 {
		o.checkAnswers(&p, first)
	}
	if strings.TrimSpace(o.Person) == "" || utf8.RuneCountInString(o.Person) > maxPlace {
		p.Add("person", "budgeting.person_missing")
	}
	return p
}

// checkAnswers holds the second round to the first: every point is answered in words, and what is feasible now has no point that is not met.
func (o Opinion) checkAnswers(p *civic.Problems, first []civic.Text) {
	for i := range first {
		var a Answered
		if i < len(o.Answers) {
			a = o.Answers[i]
		}
		p.OfficialAtMost(numbered("answer", i), a.Words, maxReason)
		if o.Outcome == Feasible && !a.Met {
			p.Add(numbered("met", i), "budgeting.point_open")
		}
	}
	if o.Outcome == WithChanges {
		p.Add("outcome", "budgeting.no_third_round")
	}
}

func numbered(field string, i int) string { return field + string(rune('1'+i)) }

// Worst is what a verdict says when bodies differ: as long as one says no, it is no.
func Worst(all []Check) Outcome {
	worst := Feasible
	for _, c := range all {
		if slices.Index(Outcomes(), c.Outcome) > slices.Index(Outcomes(), worst) {
			worst = c.Outcome
		}
	}
	return worst
}

// gather puts what the bodies said together: the worst outcome, the highest cost, all points, and to each point of the first round the answers of all, met when
// all say so.
func gather(round int, all []Check) Verdict {
	v := Verdict{Round: round, Outcome: Worst(all)}
	for _, c := range all {
		v.Cost = max(v.Cost, c.Cost)
		v.Points = append(v.Points, c.Points...)
		v.Signers = append(v.Signers, Signer{c.Body, c.Person})
		v.Reason = joined(v.Reason, c.Reason)
		for i, a := range c.Answers {
			if i == len(v.Answers) {
				v.Answers = append(v.Answers, Answered{Met: true})
			}
			v.Answers[i] = Answered{v.Answers[i].Met && a.Met, joined(v.Answers[i].Words, a.Words)}
		}
	}
	return v
}

// joined is two texts, one below the other, in the languages that either has.
func joined(a, b civic.Text) civic.Text {
	out := civic.Text{}
	for _, lang := range civic.Languages() {
		out[lang] = strings.TrimSpace(a[lang] + "\n\n" + b[lang])
	}
	return out.Trimmed()
}

// step is what a verdict that is signed in a stage does to its proposal: once nobody reworks any more, what is not feasible now is refused.
func (v Verdict) step(stage Stage) Step {
	switch {
	case v.Outcome == Feasible:
		return Accept
	case v.Round == 1 && slices.Contains(stagesOf[Return], stage):
		return Return
	}
	return Refuse
}

// check finds what is wrong with a verdict that is to be signed over what the bodies said. Fields: "outcome", "cost", "reason", "protocol".
func (v Verdict) check(bodies []Check) error {
	var p civic.Problems
	if !slices.Contains(Outcomes(), v.Outcome) || v.Round == 2 && v.Outcome == WithChanges {
		p.Add("outcome", "budgeting.choose")
	}
	if v.Cost <= 0 && v.Outcome != NotFeasible {
		p.Add("cost", "budgeting.cost_needed")
	}
	p.OfficialAtMost("reason", v.Reason, maxWords)
	if v.Round == 1 && v.Outcome == WithChanges && len(gather(1, bodies).Points) == 0 {
		p.Add("outcome", "budgeting.no_points")
	}
	if strings.TrimSpace(v.Protocol) == "" || utf8.RuneCountInString(v.Protocol) > maxPlace {
		p.Add("protocol", "budgeting.protocol_missing")
	}
	return p.Err()
}
