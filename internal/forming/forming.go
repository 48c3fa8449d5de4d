// Package forming is how people come to sit in a body: a competition is announced, people stand, are checked, and are chosen by a
// vote of the working group or by lot. It serves the parts whose bodies are formed (Owner). See README.md for the words and states.
package forming

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Body is what is formed: a council, a commission, a citizens' panel. Its owner tells it as it is at the transaction's instant.
type Body struct {
	Ref          civic.Ref
	Name         civic.Text
	Path, Desk   string // its page, and where its secretary works, without the language
	Since, Until time.Time
	Size         int // how many seats it has
	MayBeState   int // how many of them may be of public service; all others are filled here
	Sitting      []civic.ID
	// Told are things whose followers hear of the competition too, such as the state body at which it works.
	Told []civic.Ref
}

// Member is somebody who was chosen, as the owner gets them.
type Member struct {
	Name         string
	Organisation civic.ID // that nominated them; "": themselves
	Sex          string
	Born         int
	District     string
}

// Owner is the part whose things are formed. What is formed is a thing of one of its kinds, and the part's role "secretary",
// held for the thing, does the work. Its functions run in the transaction of the act.
type Owner struct {
	// Body tells one of its things. Errors: civic.NotFound.
	Body func(tx *storage.Tx, id civic.ID) (Body, error)
	// Begin lists the things that are to be formed and whose work the actor does, the most urgent first.
	Begin func(tx *storage.Tx, a civic.Actor, most int) ([]Body, error)
	// Seat lets somebody sit there and gives the seat. It holds the rules of composition. Errors: civic.Invalid.
	Seat func(tx *storage.Tx, a civic.Actor, id civic.ID, m Member) (civic.ID, error)
}

// Method is how people are chosen.
type Method string

const (
	ByVote Method = "vote"
	ByLot  Method = "lot"
)

// Methods lists them as forms show them.
func Methods() []Method { return []Method{ByVote, ByLot} }

// State is where a competition stands. Whether it takes candidacies, the day alone says: see Phase.
type State string

const (
	Draft     State = "draft"
	Announced State = "announced"
	Chosen    State = "chosen"    // it is known who was chosen; nobody sits yet
	Published State = "published" // with reasons, and those chosen sit
	Failed    State = "failed"    // it is over, and nobody was chosen
)

// Phase is State with what the day alone decides.
type Phase string

const (
	Open     Phase = "open"     // people may stand
	Checking Phase = "checking" // the day has passed; who was not checked is, and people are chosen
)

// Competition is one competition for seats of a body.
type Competition struct {
	ID          civic.ID
	Body        civic.Ref
	State       State
	Method      Method
	Seats       int        // how many are to be chosen
	Reserve     int        // how many more, who come in when somebody leaves; by lot alone
	Group       []string   // the working group
	Terms       civic.Text // who may stand, and what they bring
	Quotas      []Quota    // of a draw by lot
	Until       time.Time  // the last day on which people may stand
	AnnouncedAt time.Time
	Reasons     civic.Text // why these people, or why nobody
	EndedAt     time.Time

	no int64
}

// Phase is where it stands at an instant.
func (c Competition) Phase(now time.Time) Phase {
	switch {
	case c.State != Announced:
		return Phase(c.State)
	case now.Before(c.Until.AddDate(0, 0, 1)):
		return Open
	}
	return Checking
}

// Public reports whether everybody sees it.
func (c Competition) Public() bool { return c.State != Draft }

// majority is how many of the working group it takes to choose somebody: more than half of all.
func (c Competition) majority() int { return len(c.Group)/2 + 1 }

// Bounds of what forms take. They keep pages readable and are no policy.
const (
	maxName  = 200 // characters
	maxWords = 2_000
	maxSeats = 500
	maxGroup = 50
)

// Rules are what the city wants of a competition. They are settings.
type Rules struct {
	OpenDays  int // for how many days people must at least be able to stand
	StartDays int // how many days before the term it is to be announced
	GroupFrom int // how many the working group has at least
	AboutMax  int // characters of what people say of themselves
	Panels    int // equally likely panels of a draw
	Ages      [2]int
}

// check finds out whether the competition can be drawn up for the body as it is.
func (c Competition) check(b Body, r Rules) error {
	var p civic.Problems
	if !slices.Contains(Methods(), c.Method) {
		p.Add("method", "forming.choose")
	}
	free := b.Size - len(b.Sitting)
	switch {
	case c.Seats < 1 || c.Seats > min(free, maxSeats):
		p.Add("seats", "forming.seats_wrong", "Count", max(0, free))
	case len(b.Sitting) == 0 && c.Seats < b.Size-b.MayBeState:
		p.Add("seats", "forming.too_few_civil", "Count", b.Size-b.MayBeState)
	}
	if c.Reserve < 0 || c.Reserve > maxSeats {
		p.Add("reserve", "forming.number_wrong")
	}
	if len(c.Group) < r.GroupFrom || len(c.Group) > maxGroup {
		p.Add("group", "forming.group_wrong", "Count", r.GroupFrom, "Most", maxGroup)
	}
	for i, name := range c.Group {
		p.AtMost("group", name, maxName)
		if slices.Contains(c.Group[:i], name) {
			p.Add("group", "forming.group_twice", "Name", name)
		}
	}
	p.OfficialAtMost("terms", c.Terms, maxWords)
	if c.Until.IsZero() {
		p.Add("until", "forming.day_missing")
	}
	return p.Err()
}

// checkDay finds out whether the last day leaves people the time they are to have.
func (c Competition) checkDay(now time.Time, b Body, r Rules) error {
	switch {
	case c.Until.Before(now.AddDate(0, 0, r.OpenDays-1)):
		return civic.Wrong("until", "forming.too_soon", "Count", r.OpenDays)
	case !b.Until.IsZero() && c.Until.After(b.Until):
		return civic.Wrong("until", "forming.after_the_term")
	}
	return nil
}

// CandidacyState is where somebody who stands is.
type CandidacyState string

const (
	Filed     CandidacyState = "filed"
	Admitted  CandidacyState = "admitted"
	Refused   CandidacyState = "refused"
	Withdrawn CandidacyState = "withdrawn"
	Elected   CandidacyState = "elected"  // by the vote or by lot
	Waiting   CandidacyState = "waiting"  // in reserve
	Passed    CandidacyState = "passed"   // not this time
	Declined  CandidacyState = "declined" // chosen, and does not take the seat
)

// Candidacy is somebody who stands. Number is what they are called in public as long as their name is nobody's business.
type Candidacy struct {
	ID          civic.ID
	Competition civic.ID
	Number      int
	State       CandidacyState
	Account     civic.ID  // who filed it: themselves, or the representative of the organisation
	By          civic.Ref // the organisation that nominates; zero: themselves
	Name        string
	Lang        civic.Lang
	About       string
	Sex         string
	Born        int
	District    string
	FiledAt     time.Time
	Reason      civic.Text // of the check
	For         []int      // who of the working group voted for them, by place
	Salt, Seal  string     // see seal
	Seat        civic.ID

	no int64
}

// In reports whether somebody may still be chosen, or was.
func (c Candidacy) In() bool {
	return slices.Contains([]CandidacyState{Admitted, Elected, Waiting, Passed}, c.State)
}

// named reports whether everybody sees who it is: in a competition by vote who was admitted, by lot who was drawn. Nobody sees the name
// of somebody who has left with their account.
func (c Candidacy) named(by Method) bool { return c.State == Elected || by == ByVote && c.In() }

// The values of what people state of themselves.
const (
	Woman = "woman"
	Man   = "man"
)

// personalNumber is a run of digits as long as a telephone number or an identification number, however it is grouped.
var personalNumber = regexp.MustCompile(`\+?\d(?:[\s().-]{0,2}\d){8,}`)

// check finds out whether somebody can stand with what the form says.
func (c Candidacy) check(r Rules, now time.Time) error {
	var p civic.Problems
	switch {
	case c.Name == "":
		p.Add("name", "forming.name_missing")
	case personalNumber.MatchString(c.Name):
		p.Add("name", "forming.no_numbers")
	}
	p.AtMost("name", c.Name, maxName)
	switch {
	case c.About == "":
		p.Add("about", "forming.about_missing")
	case personalNumber.MatchString(c.About):
		p.Add("about", "forming.no_numbers")
	}
	p.AtMost("about", c.About, r.AboutMax)
	if !slices.Contains([]string{"", Woman, Man}, c.Sex) {
		p.Add("sex", "forming.choose")
	}
	if c.Born != 0 && (c.Born < 1900 || c.Born > now.Year()-18) {
		p.Add("born", "forming.year_wrong")
	}
	return p.Err()
}

// lines are the names that were typed one a line.
func lines(s string) (out []string) {
	for _, line := range strings.Split(s, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}
