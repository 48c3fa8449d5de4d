// Package consultations lets a state body ask the city a question and answer what it heard:
// people vote on short statements, one at a time, and add their own; after closing, the body
// says publicly what it takes from them. See README.md for the words, the phases and who may
// do what.
package consultations

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
)

// Phase is where a consultation stands. README.md draws how they follow one another.
type Phase string

const (
	Draft     Phase = "draft"     // seen by its hosts only
	Planned   Phase = "planned"   // announced, not yet open
	Open      Phase = "open"      // people vote and add statements
	Closed    Phase = "closed"    // final totals; the body owes its answer
	Answered  Phase = "answered"  // the body has answered
	importing Phase = "importing" // half-way through an import: seen by nobody
)

// PublicPhases are those that everybody may see, in the order of the tabs.
func PublicPhases() []Phase { return []Phase{Open, Planned, Closed, Answered} }

// ParsePhase accepts one of PublicPhases.
func ParsePhase(s string) (Phase, bool) {
	return Phase(s), slices.Contains(PublicPhases(), Phase(s))
}

// Transition is what moves a consultation from phase to phase, or leaves it in one with another end.
type Transition string

const (
	Publish    Transition = "publish"
	Withdraw   Transition = "withdraw"
	Begin      Transition = "begin" // by time
	Extend     Transition = "extend"
	Close      Transition = "close" // by time, or early by the host
	GiveAnswer Transition = "answer"
)

// transitions is the whole state machine.
var transitions = map[Phase]map[Transition]Phase{
	Draft:   {Publish: Planned},
	Planned: {Withdraw: Draft, Begin: Open, Extend: Planned},
	Open:    {Extend: Open, Close: Closed},
	Closed:  {GiveAnswer: Answered},
}

// Next is the phase after a transition, or false when p has none of the name.
func Next(p Phase, t Transition) (Phase, bool) {
	to, ok := transitions[p][t]
	return to, ok
}

// Audience is who may take part.
type Audience string

const (
	Anyone     Audience = "anyone"     // whoever has the link; one browser, one participant
	Registered Audience = "registered" // an account with a confirmed address
	Verified   Audience = "verified"   // one verified resident, one participant
)

// Audiences lists them in rising order of assurance.
func Audiences() []Audience { return []Audience{Anyone, Registered, Verified} }

// Moderation says when statements are looked at.
type Moderation string

const (
	Before Moderation = "before" // a statement is shown once a moderator let it in
	After  Moderation = "after"  // a statement is shown at once and looked at later
)

// Consultation is one question to the city. Totals are those of the last fold; see Totals.
type Consultation struct {
	ID         civic.ID
	Phase      Phase // as last stored; At tells the phase at an instant
	Question   civic.Text
	Decision   civic.Text // what the answers feed into
	Host       civic.ID   // the organisation or body that opened it
	Body       civic.ID   // the state body that must answer; "" when none does (an import)
	Point      string     // the place that it is about, as places.Point writes it; "": none
	city.Scope            // the district and the theme that it is about

	Audience     Audience
	Moderation   Moderation
	StatementMax int // characters
	AnswerDays   int // working days from closing; 0: no answer is owed

	CreatedAt, PublishedAt, OpensAt, ClosesAt, ClosedAt, AnsweredAt time.Time

	Source string // the address it was imported from
	Totals Totals

	Owed answers.Obligation // the body's answer, where that was looked up; the zero value when none is owed

	no int64
}

// Totals are counts as of an instant: votes join them in batches, never one by one.
type Totals struct {
	Participants, Votes, Statements int64
	AsOf                            time.Time
}

// Apart is what Totals do not tell, so that whoever adds up finds every vote: the totals count all
// votes that were cast, and the statements that are shown.
type Apart struct {
	Removed, Votes int64 // statements that were removed, and the votes on them
	Lapsed         int64 // statements that no moderator has let in before the voting ended
}

// At is the phase at an instant. Time moves a consultation at the very millisecond, whether
// or not the job that records it has run: opens_at is the first instant that is open,
// closes_at the first that is closed.
func (c Consultation) At(now time.Time) Phase {
	switch {
	case c.Phase == Planned && !now.Before(c.ClosesAt):
		return Closed
	case c.Phase == Planned && !now.Before(c.OpensAt):
		return Open
	case c.Phase == Open && !now.Before(c.ClosesAt):
		return Closed
	}
	return c.Phase
}

// LateBy is by how many working days the answer is late: counted until it came or, while it has
// not come, until now. It is 0 when the answer is in time or not owed.
func (c Consultation) LateBy(cal civic.Calendar, now time.Time) int { return c.Owed.LateBy(cal, now) }

// sortAt is the instant by which lists order consultations of one phase.
func (c Consultation) sortAt() time.Time {
	switch c.Phase {
	case Planned:
		return c.OpensAt
	case Open:
		return c.ClosesAt
	case Closed:
		return c.ClosedAt
	case Answered:
		return c.AnsweredAt
	}
	return c.CreatedAt
}

// changedAt is when a consultation was published, closed or answered last; zero before.
func (c Consultation) changedAt() time.Time {
	for _, at := range []time.Time{c.AnsweredAt, c.ClosedAt} {
		if !at.IsZero() {
			return at
		}
	}
	return c.PublishedAt
}

// Visible is the one rule of who sees a consultation at all: everybody what is published,
// a draft only those who manage it, nobody one that is being imported. Every exit (page,
// list, feed, interface, export, search, links from elsewhere) asks it.
func (c Consultation) Visible(a civic.Actor) bool {
	if slices.Contains(PublicPhases(), c.Phase) {
		return true
	}
	return c.Phase == Draft && c.ManagedBy(a)
}

// ManagedBy reports whether the actor may edit, publish, extend and close: officers of the
// body that answers, representatives of the organisation that asked, administrators.
func (c Consultation) ManagedBy(a civic.Actor) bool {
	body, host := organisations.RefOf(c.Body), organisations.RefOf(c.Host)
	return a.Has(civic.Administrator) || a.ActsFor(civic.Officer, body) || a.ActsFor(civic.Officer, host) ||
		a.ActsFor(civic.Representative, host)
}

// actsAs is the role in which the actor does what managing and moderating it takes.
func (c Consultation) actsAs(a civic.Actor) civic.Role {
	return a.ActsAs([]civic.Ref{organisations.RefOf(c.Body), organisations.RefOf(c.Host)},
		civic.Officer, civic.Representative, civic.Moderator, civic.Administrator)
}

// ModeratedBy reports whether the actor decides on statements: officers of the body,
// moderators, administrators.
func (c Consultation) ModeratedBy(a civic.Actor) bool {
	return a.HasAny(civic.Moderator, civic.Administrator) || a.ActsFor(civic.Officer, organisations.RefOf(c.Body))
}

// AnsweredBy reports whether the actor may write the answer: officers of that very body, for
// nobody else can speak in its name.
func (c Consultation) AnsweredBy(a civic.Actor) bool {
	return a.ActsFor(civic.Officer, organisations.RefOf(c.Body))
}

// MayTakePart is nil when the actor may vote and add statements as far as the audience goes.
// Errors: civic.Unauthenticated when signing in would help, civic.Forbidden otherwise.
func (c Consultation) MayTakePart(a civic.Actor) error {
	switch {
	case c.Audience == Anyone:
		return nil
	case !a.SignedIn() && c.Audience == Verified:
		return civic.Fail(civic.Unauthenticated, "consultations.sign_in_verified")
	case !a.SignedIn():
		return civic.Fail(civic.Unauthenticated, "consultations.sign_in_to_vote")
	case c.Audience == Registered && !a.Has(civic.Resident):
		return civic.Fail(civic.Forbidden, "consultations.confirm_to_vote")
	case c.Audience == Verified && a.Assurance < civic.Verified:
		return civic.Fail(civic.Forbidden, "consultations.verify_to_vote")
	}
	return nil
}

// openAt is nil when people can vote at that instant.
func (c Consultation) openAt(now time.Time) error {
	switch c.At(now) {
	case Open:
		return nil
	case Planned:
		return civic.Fail(civic.Closed, "consultations.not_yet_open", "Date", c.OpensAt)
	case Closed, Answered:
		return civic.Fail(civic.Closed, "consultations.already_closed")
	}
	return civic.Fail(civic.NotFound, "web.not_found")
}

// Rescheduling is an extension or an early closing, with its public reason.
type Rescheduling struct {
	At      time.Time
	By      Transition // Extend or Close
	Was     time.Time
	Becomes time.Time
	Reason  civic.Text
}

// Settings of a form that makes or edits a consultation.
type Settings struct {
	Question, Context, Decision civic.Text
	Host, Body                  civic.ID
	Point                       string // as in Consultation
	city.Scope
	Audience                 Audience
	Moderation               Moderation
	StatementMax, AnswerDays int
	OpensAt, ClosesAt        time.Time
	Seeds                    []civic.Text // first statements, in order; replaced as a whole
}

// Bounds of what a form takes. They keep pages readable and are no policy: thresholds that
// a city may want to change are settings.
const (
	maxQuestion = 300
	maxContext  = 20_000
	maxDecision = 500
	maxReason   = 1_000
	maxAnswer   = 30_000
	maxPerson   = 200
	maxSeeds    = 200
)

// limits are the city's settings that the rules below need.
type limits struct {
	statementMax, answerDays bounds // of what a consultation may choose in place of the city's value
	openDays                 int    // working days that a consultation is open at least
	cal                      civic.Calendar
}

// bounds are the least and the most that a number may be.
type bounds struct{ least, most int }

func (b bounds) check(p *civic.Problems, field string, n int) {
	if n < b.least || n > b.most {
		p.Add(field, "consultations.out_of_range", "From", b.least, "To", b.most)
	}
}

// checkSeeds finds what is wrong with the first statements, in each language by its lines. When they are
// published they are a body's words like the question: each is there in both official languages.
func (s Settings) checkSeeds(p *civic.Problems, publish bool) {
	if len(s.Seeds) > maxSeeds {
		p.Add("seeds."+string(civic.Kazakh), "consultations.too_many_seeds", "Count", maxSeeds)
	}
	for _, lang := range civic.OfficialLanguages() {
		if lacking := s.seedsWithout(lang); publish && len(lacking) > 0 {
			p.Add("seeds."+string(lang), "consultations.seeds_lack_"+string(lang), "Count", len(lacking), "Lines", strings.Join(lacking, ", "))
		}
	}
	for _, lang := range civic.Languages() {
		field, seen := "seeds."+string(lang), civic.Seen{}
		for i, words := range s.Seeds {
			seed := words[lang]
			if civic.Junk(seed, seen) != "" && strings.TrimSpace(seed) != "" {
				p.Add(field, "consultations.seed_junk", "Line", i+1)
				break
			}
			if n := utf8.RuneCountInString(seed); n > s.StatementMax {
				p.Add(field, "consultations.seed_too_long", "Line", i+1, "Length", n, "Count", s.StatementMax)
				break
			}
		}
	}
}

// seedsWithout are the numbers of the first statements that have no text in a language.
func (s Settings) seedsWithout(lang civic.Lang) (lines []string) {
	for i, words := range s.Seeds {
		if words[lang] == "" && !words.Empty() {
			lines = append(lines, strconv.Itoa(i+1))
		}
	}
	return lines
}

// check finds what is wrong with the settings. A draft may be incomplete; what is published
// may not.
func (s Settings) check(lim limits, publish bool, now time.Time) error {
	var p civic.Problems
	length := func(field string, t civic.Text, most int) {
		for lang, text := range t {
			if utf8.RuneCountInString(text) > most {
				p.Add(field+"."+string(lang), "consultations.too_long", "Count", most)
			}
		}
	}
	length("question", s.Question, maxQuestion)
	length("context", s.Context, maxContext)
	length("decision", s.Decision, maxDecision)
	if publish {
		p.Official("question", s.Question)
		for field, t := range map[string]civic.Text{"context": s.Context, "decision": s.Decision} {
			if !t.Empty() {
				p.Official(field, t)
			}
		}
	} else if s.Question.Empty() {
		p.Add("question."+string(civic.Kazakh), "consultations.question_missing")
	}
	if s.Body == "" {
		p.Add("body", "consultations.body_missing")
	}
	if !slices.Contains(Audiences(), s.Audience) {
		p.Add("audience", "consultations.choose_one")
	}
	if s.Moderation != Before && s.Moderation != After {
		p.Add("moderation", "consultations.choose_one")
	}
	lim.statementMax.check(&p, "statement_max", s.StatementMax)
	lim.answerDays.check(&p, "answer_days", s.AnswerDays)
	s.checkSeeds(&p, publish)
	if publish && s.OpensAt.IsZero() {
		p.Add("opens_at", "consultations.first_day_missing")
	}
	if publish && s.ClosesAt.IsZero() {
		p.Add("closes_at", "consultations.last_day_missing")
	}
	switch {
	case s.OpensAt.IsZero() || s.ClosesAt.IsZero():
	case !s.ClosesAt.After(s.OpensAt):
		p.Add("closes_at", "consultations.closes_before_opens")
	case publish && !s.ClosesAt.After(now):
		p.Add("closes_at", "consultations.closes_in_the_past")
	case publish && lim.cal.Between(latest(s.OpensAt, now), s.ClosesAt) < lim.openDays:
		p.Add("closes_at", "consultations.open_too_short", "Count", lim.openDays)
	}
	return p.Err()
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// checkReason finds out whether a public reason says something, in both official languages.
func checkReason(field string, t civic.Text, p *civic.Problems) {
	if t.Empty() {
		p.Add(field+"."+string(civic.Kazakh), "consultations.reason_missing")
	} else {
		p.Official(field, t)
	}
	for lang, s := range t {
		if utf8.RuneCountInString(s) > maxReason {
			p.Add(field+"."+string(lang), "consultations.too_long", "Count", maxReason)
		}
	}
}

// checkExtension finds what is wrong with a later end.
func checkExtension(c Consultation, closes time.Time, reason civic.Text) error {
	var p civic.Problems
	if !closes.After(c.ClosesAt) {
		p.Add("closes_at", "consultations.extend_later", "Date", c.ClosesAt)
	}
	checkReason("reason", reason, &p)
	return p.Err()
}

// checkClosing finds what is wrong with an end before its time.
func checkClosing(reason civic.Text) error {
	var p civic.Problems
	checkReason("reason", reason, &p)
	return p.Err()
}

// Day is one day of participation.
type Day struct {
	Day                 string // "2026-11-22", in the city's zone
	Votes, Participants int64  // statements answered for the first time, and people who came that day
}

// everyDay fills the days on which nobody voted; nil when that makes more than most.
func everyDay(days []Day, most int) []Day {
	var out []Day
	for _, d := range days {
		for len(out) > 0 && out[len(out)-1].Day < d.Day {
			next := dayAfter(out[len(out)-1].Day)
			if next == d.Day {
				break
			}
			if out = append(out, Day{Day: next}); len(out) > most {
				return nil
			}
		}
		if out = append(out, d); len(out) > most {
			return nil
		}
	}
	return out
}

func dayAfter(day string) string {
	t, _ := time.Parse(time.DateOnly, day)
	return t.AddDate(0, 0, 1).Format(time.DateOnly)
}

// months sums days by month, each under its first day.
func months(days []Day) []Day {
	var out []Day
	for _, d := range days {
		first := d.Day[:min(len("2026-11"), len(d.Day))] + "-01"
		if len(out) == 0 || out[len(out)-1].Day != first {
			out = append(out, Day{Day: first})
		}
		out[len(out)-1].Votes += d.Votes
		out[len(out)-1].Participants += d.Participants
	}
	return out
}
