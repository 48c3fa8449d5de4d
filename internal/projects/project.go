// Package projects is what NGOs, bodies and sponsors do together: what they agree on, who has promised what, which milestones are reached by the word of three, and what has
// changed and why. See README.md for the words and states.
package projects

import (
	"slices"
	"time"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
)

// State is where a project stands. README.md draws how they follow one another.
type State string

const (
	Draft    State = "draft"   // its sides write it; nobody else sees it
	Agreed   State = "agreed"  // all who sign have signed the same version
	Running  State = "running" // they are at it
	Done     State = "done"    // all milestones were accepted
	Stopped  State = "stopped" // it ends before, with the reason
	Reviewed State = "looked_back"
)

// States lists those that everybody sees, as filters show them.
func States() []State { return []State{Agreed, Running, Done, Stopped, Reviewed} }

// Step is what moves a project from one state to the next.
type Step string

const (
	Sign   Step = "sign" // the last who had to
	Begin  Step = "begin"
	Finish Step = "finish"
	Stop   Step = "stop"
	Look   Step = "look"
)

// steps is the whole state machine of a project.
var steps = map[State]map[Step]State{
	Draft:   {Sign: Agreed},
	Agreed:  {Begin: Running, Stop: Stopped},
	Running: {Finish: Done, Stop: Stopped},
	Done:    {Look: Reviewed},
}

// Next is the state after a step, or false when there is none.
func Next(s State, step Step) (State, bool) {
	to, ok := steps[s][step]
	return to, ok
}

// Role is what a partner does in a project.
type Role string

const (
	Lead    Role = "lead"    // does it, and claims its milestones
	Agency  Role = "agency"  // the state body that accepts them
	Sponsor Role = "sponsor" // gives, and signs
	Helper  Role = "helper"  // helps, and does not sign
)

// Roles lists them in the order in which partners stand.
func Roles() []Role { return []Role{Lead, Agency, Sponsor, Helper} }

// Signs reports whether who has the role signs the agreement.
func (r Role) Signs() bool { return r != Helper }

// Partner is an organisation of the register that takes part.
type Partner struct {
	Organisation civic.ID
	Role         Role
}

// Signature is the word of a side on a text.
type Signature struct {
	At           time.Time `json:"at"`
	Organisation civic.ID  `json:"organisation"`
}

// Version is a text of the agreement, who wrote it, and who signed that very text.
type Version struct {
	No     int         `json:"no"` // rises with all that is added to what is signed
	At     time.Time   `json:"at"`
	By     civic.ID    `json:"by"`
	Text   civic.Text  `json:"text"`
	Signed []Signature `json:"signed"`
}

// Project is what its sides agree on.
type Project struct {
	ID       civic.ID
	State    State
	Title    civic.Text
	Problem  civic.Text
	Goal     civic.Text // now
	First    civic.Text // the goal that was agreed on first; empty while it is the same
	Whom     civic.Text // for whom
	Evidence []Evidence // what it follows from
	city.Scope
	Starts   string // day
	Ends     string // day that is promised now
	FirstEnd string // day that was agreed on first
	Partners []Partner
	Versions []Version // of the agreement, the last holds
	Changes  []Change
	Goals    []Indicator
	Locked   string     // day until which results are not touched any more; "": none
	Why      civic.Text // of what was stopped
	Lesson   civic.Text // what was seen a year after

	MadeAt    time.Time
	AgreedAt  time.Time
	BegunAt   time.Time
	EndedAt   time.Time
	LookedAt  time.Time
	ChangedAt time.Time

	no int64
}

// Evidence is what a project follows from: a thing of this city, or a page elsewhere.
type Evidence struct {
	Of   civic.Ref `json:"of,omitzero"`
	Page string    `json:"page,omitempty"` // an https address
}

// Public reports whether everybody sees the project.
func (p Project) Public() bool { return p.State != Draft }

// Reads reports whether the actor sees the project: everybody once it is agreed on; before, its sides.
func (p Project) Reads(a civic.Actor) bool {
	return p.Public() || a.Has(civic.Administrator) || len(p.SidesOf(a)) > 0
}

// speaks reports whether the actor speaks for an organisation: its representative, or an officer of that body. Nobody else has a voice of a side, administrators neither.
func speaks(a civic.Actor, organisation civic.ID) bool {
	of := organisations.RefOf(organisation)
	return a.ActsFor(civic.Representative, of) || a.ActsFor(civic.Officer, of)
}

// SidesOf lists the partners for which the actor speaks, in their order.
func (p Project) SidesOf(a civic.Actor) (out []Partner) {
	for _, of := range p.Partners {
		if speaks(a, of.Organisation) {
			out = append(out, of)
		}
	}
	return out
}

// side is the first partner with one of the roles for which the actor speaks.
func (p Project) side(a civic.Actor, roles ...Role) (Partner, bool) {
	for _, of := range p.SidesOf(a) {
		if slices.Contains(roles, of.Role) {
			return of, true
		}
	}
	return Partner{}, false
}

// As is the first partner with the role; the zero value when there is none.
func (p Project) As(r Role) Partner {
	for _, of := range p.Partners {
		if of.Role == r {
			return of
		}
	}
	return Partner{}
}

// RoleOf is the role of an organisation, "" when it takes no part.
func (p Project) RoleOf(organisation civic.ID) Role {
	for _, of := range p.Partners {
		if of.Organisation == organisation {
			return of.Role
		}
	}
	return ""
}

// Agreement is the version that holds.
func (p Project) Agreement() Version {
	if len(p.Versions) == 0 {
		return Version{}
	}
	return p.Versions[len(p.Versions)-1]
}

// signers are who has to sign.
func (p Project) signers() (out []civic.ID) {
	for _, of := range p.Partners {
		if of.Role.Signs() {
			out = append(out, of.Organisation)
		}
	}
	return out
}

func hasSigned(all []Signature, organisation civic.ID) bool {
	return slices.ContainsFunc(all, func(s Signature) bool { return s.Organisation == organisation })
}

// missing lists who has not signed yet, of all who have to.
func (p Project) missing(signed []Signature) (out []civic.ID) {
	for _, id := range p.signers() {
		if !hasSigned(signed, id) {
			out = append(out, id)
		}
	}
	return out
}

// write makes a new version of the agreement, which nobody has signed.
func (p *Project) write(text civic.Text, by civic.ID, at time.Time) {
	p.Versions = append(p.Versions, Version{No: p.Agreement().No + 1, At: at, By: by, Text: text})
}

// Changed reports whether anything was changed after the agreement.
func (p Project) Changed() bool {
	return slices.ContainsFunc(p.Changes, Change.Holds)
}

// may is the state after a step. Errors: civic.Closed.
func (p Project) may(step Step) (State, error) {
	to, ok := Next(p.State, step)
	if !ok {
		return p.State, notNow()
	}
	return to, nil
}

// Bounds that keep pages readable and are no policy.
const (
	maxTitle      = 150
	maxText       = 2_000 // characters
	maxAgreement  = 12_000
	maxVersions   = 30
	maxPartners   = 12
	maxEvidence   = 10
	maxMilestones = 20
	maxLines      = 30
	maxChanges    = 50
	maxGoals      = 12
	maxUpdates    = 200 // of one indicator
	maxYears      = 15  // a project lasts at most
	maxAddress    = 500
)

// check finds what is wrong with a project. Fields: "title", "problem", "goal", "whom", "agreement", "starts", "ends", "lead", "agency", "partners", "evidence".
func (p Project) check(agreement civic.Text) (out civic.Problems) {
	out.OfficialAtMost("title", p.Title, maxTitle)
	for name, text := range map[string]civic.Text{"problem": p.Problem, "goal": p.Goal, "whom": p.Whom} {
		out.OfficialAtMost(name, text, maxText)
	}
	out.OfficialAtMost("agreement", agreement, maxAgreement)
	starts, ends := dayOf(p.Starts), dayOf(p.Ends)
	if starts.IsZero() {
		out.Add("starts", "projects.day_needed")
	}
	switch {
	case ends.IsZero():
		out.Add("ends", "projects.day_needed")
	case !starts.IsZero() && (ends.Before(starts) || ends.After(starts.AddDate(maxYears, 0, 0))):
		out.Add("ends", "projects.ends_wrong", "Years", maxYears)
	}
	if p.As(Lead).Organisation == "" {
		out.Add("lead", "projects.lead_needed")
	}
	if p.As(Agency).Organisation == "" {
		out.Add("agency", "projects.agency_needed")
	}
	var seen []civic.ID
	for _, of := range p.Partners {
		if slices.Contains(seen, of.Organisation) {
			out.Add("partners", "projects.partner_twice")
			break
		}
		seen = append(seen, of.Organisation)
	}
	if len(p.Partners) > maxPartners {
		out.Add("partners", "projects.too_many", "Most", maxPartners)
	}
	if len(p.Evidence) > maxEvidence {
		out.Add("evidence", "projects.too_many", "Most", maxEvidence)
	}
	for _, e := range p.Evidence {
		if e.Of.ID == "" && !webAddress(e.Page) {
			out.Add("evidence", "projects.evidence_wrong")
			break
		}
	}
	return out
}

// webAddress reports whether a text is an address that a page may link to.
func webAddress(s string) bool {
	return len(s) > len("https://") && s[:len("https://")] == "https://" && utf8.RuneCountInString(s) <= maxAddress && civic.Junk(s, nil) == ""
}

// dayOf is a day as a time; zero for what is none. Days are compared, never turned into instants.
func dayOf(s string) time.Time {
	t, _ := time.Parse(time.DateOnly, s)
	return t
}

func notNow() error { return civic.Fail(civic.Closed, "projects.not_in_this_state") }

func notThere() error { return civic.Fail(civic.NotFound, "web.not_found") }

func notYours() error { return civic.Fail(civic.Forbidden, "projects.not_yours") }
