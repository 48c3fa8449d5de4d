// Package grants is calls for grants, social orders and awards: who may apply and until when, what is asked, the applications of
// organisations, and what becomes of them.
package grants

import (
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/review"
)

// CallKind is what is given.
type CallKind string

// The kinds of calls.
const (
	Grant CallKind = "grant"
	Order CallKind = "order" // social order: the state buys a service
	Award CallKind = "award"
	Micro CallKind = "micro"
)

// CallKinds lists them as forms show them.
func CallKinds() []CallKind { return []CallKind{Grant, Order, Award, Micro} }

// CallState is where a call stands. Whether it takes applications, the time alone says: see Phase.
type CallState string

// The states.
const (
	Draft     CallState = "draft"
	Announced CallState = "announced"
	Reading   CallState = "reading" // all were checked for form; readers read those admitted
	Decided   CallState = "decided"
	Cancelled CallState = "cancelled"
)

// Phase is CallState with what the time alone decides.
type Phase string

// The phases that are no state.
const (
	Planned   Phase = "planned"
	Taking    Phase = "open"
	LastCalls Phase = "in_grace"
	Checking  Phase = "checking"
)

// Call is one call for applications.
type Call struct {
	ID     civic.ID
	Funder civic.ID // an organisation of the register
	Kind   CallKind
	State  CallState
	Title  civic.Text
	About  civic.Text
	Money  civic.Money // that is given in all
	Most   civic.Money // that one gets at most
	Own    int         // per cent of its budget that an applicant brings at least
	Window
	Rules     []Rule
	Rubric    review.Rubric
	Anonymous bool   // readers do not see who applies
	District  string // code; "": the whole city
	Theme     string // code; "": any

	FormHash    string // of the frozen questions
	AnnouncedAt time.Time
	DecidedAt   time.Time
	Reasons     civic.Text // of the decision, or why the call was cancelled

	no int64
}

// Phase is where the call stands at an instant.
func (c Call) Phase(now time.Time) Phase {
	if c.State != Announced {
		return Phase(c.State)
	}
	return map[Moment]Phase{Early: Planned, Open: Taking, InGrace: LastCalls, Over: Checking}[c.At(now)]
}

// Public reports whether everybody sees it.
func (c Call) Public() bool { return c.State != Draft }

// Until is when the last application is taken.
func (c Call) Until() time.Time { return c.Closes.Add(c.Grace) }

// lastCall is the end that counts at an instant: in the grace period, its own.
func (c Call) lastCall(now time.Time) time.Time {
	if now.Before(c.Closes) {
		return c.Closes
	}
	return c.Until()
}

// MayRun reports whether the actor does the work of calls of a funder.
func MayRun(a civic.Actor, funder civic.ID) bool {
	ref := organisations.RefOf(funder)
	return a.Has(civic.Administrator) || a.ActsFor(civic.Officer, ref) || a.ActsFor(civic.Representative, ref)
}

// runsAs is the public role in which the actor does it.
func runsAs(a civic.Actor, funder civic.ID) civic.Role {
	return a.ActsAs([]civic.Ref{organisations.RefOf(funder)}, civic.Officer, civic.Representative, civic.Administrator)
}

// Bounds of what forms take. They keep pages readable and are no policy.
const (
	maxTitle    = 200 // characters
	maxAbout    = 5_000
	maxWords    = 3_000
	maxGrace    = 120 // minutes
	maxCriteria = 10
	maxLines    = 30
	maxPartners = 10
	maxPeople   = 30
	maxPerCall  = 5_000
	minScale    = 2 // the highest mark
	maxScale    = 100
)

// Terms are what the city wants of a call. They are settings.
type Terms struct {
	OpenDays int // for how many days applications must at least be taken
}

// check finds out whether a draft can be kept.
func (c Call) check() error {
	var p civic.Problems
	if !slices.Contains(CallKinds(), c.Kind) {
		p.Add("kind", "grants.choose")
	}
	p.OfficialAtMost("title", c.Title, maxTitle)
	p.OfficialAtMost("about", c.About, maxAbout)
	if c.Money <= 0 {
		p.Add("money", "grants.money_wrong")
	}
	if c.Most <= 0 || c.Most > c.Money {
		p.Add("most", "grants.most_wrong")
	}
	if c.Own < 0 || c.Own > 90 {
		p.Add("own", "grants.own_wrong")
	}
	if c.Opens.IsZero() {
		p.Add("opens_day", "grants.when_missing")
	}
	if c.Closes.IsZero() {
		p.Add("closes_day", "grants.when_missing")
	} else if !c.Closes.After(c.Opens) {
		p.Add("closes_day", "grants.closes_first")
	}
	if c.Grace < 0 || c.Grace > maxGrace*time.Minute {
		p.Add("grace", "grants.grace_wrong", "Most", maxGrace)
	}
	if c.Rubric.Scale < minScale || c.Rubric.Scale > maxScale {
		p.Add("scale", "grants.scale_wrong", "Least", minScale, "Most", maxScale)
	}
	if c.Rubric.Quorum < 1 || c.Rubric.Quorum > 100 {
		p.Add("quorum", "grants.quorum_wrong")
	}
	if c.Rubric.Readers < 1 || c.Rubric.Readers > 9 {
		p.Add("readers", "grants.readers_wrong")
	}
	if c.Rubric.Pass < 0 || c.Rubric.Pass > c.Rubric.Scale*100 {
		p.Add("pass", "grants.pass_wrong", "Most", c.Rubric.Scale)
	}
	return p.Err()
}

// ready finds out whether a draft can be announced at an instant.
func (c Call) ready(now time.Time, t Terms) error {
	switch {
	case len(c.Rubric.Criteria) == 0:
		return civic.Fail(civic.Invalid, "grants.criteria_missing")
	case c.Opens.Before(now.Add(-time.Hour)):
		return civic.Fail(civic.Invalid, "grants.opens_past")
	case c.Closes.Before(c.Opens.AddDate(0, 0, t.OpenDays)):
		return civic.Fail(civic.Invalid, "grants.too_short", "Count", t.OpenDays)
	}
	return nil
}

// checkCriterion says what is wrong with one that is added to a rubric.
func checkCriterion(c review.Criterion, have []review.Criterion) error {
	var p civic.Problems
	if len(have) >= maxCriteria {
		p.Add("", "grants.criteria_many", "Most", maxCriteria)
	}
	p.OfficialAtMost("label", c.Label, maxTitle)
	p.OfficialAtMost("zero", c.Zero, maxTitle)
	p.OfficialAtMost("full", c.Full, maxTitle)
	if c.Weight < 1 || c.Weight > 100 {
		p.Add("weight", "grants.weight_wrong")
	}
	return p.Err()
}

// terms is all of a call that does not change once it is announced, beside its questions.
func (c Call) terms() map[string]any {
	return map[string]any{"rules": c.Rules, "rubric": c.Rubric, "anonymous": c.Anonymous}
}
