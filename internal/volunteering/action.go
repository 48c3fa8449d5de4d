package volunteering

import (
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
)

// Action is something for which people are needed, of one organisation.
type Action struct {
	ID           civic.ID
	Organisation civic.ID
	Title        civic.Text
	About        civic.Text // what, for whom, what is provided, which risks
	Place        string
	District     string // code
	Contact      string // of the coordinator, as everybody sees it
	Role         Role
	Helps        civic.ID   // the event at which its people help; "": none
	Reason       civic.Text // for which it was called off; empty: it was not

	no int64
}

// Bounds, in letters, people and time.
const (
	maxTitle  = 150
	maxAbout  = 3000
	maxPlace  = 200
	maxNeeded = 1000
	maxLength = 24 * time.Hour
	maxShifts = 100 // of one action
)

func kinds() []Work { return []Work{Any, Emergency, Offenders, Hazardous, Cash} }

// MayOrganise reports whether the actor calls people for an organisation or body.
func MayOrganise(a civic.Actor, organisation civic.ID) bool {
	of := organisations.RefOf(organisation)
	return a.Has(civic.Administrator) || a.ActsFor(civic.Representative, of) || a.ActsFor(civic.Officer, of)
}

func (x Action) problems() (p civic.Problems) {
	p.OfficialAtMost("title", x.Title, maxTitle)
	p.OfficialAtMost("about", x.About, maxAbout)
	p.AtMost("place", x.Place, maxPlace)
	p.AtMost("contact", x.Contact, maxPlace)
	for field, v := range map[string]string{"place": x.Place, "contact": x.Contact} {
		if civic.Junk(v, nil) != "" {
			p.Add(field, "volunteering.say_"+field)
		}
	}
	if !slices.Contains(kinds(), x.Role.Kind) {
		p.Add("kind", "volunteering.choose_kind")
	}
	if x.Role.MinAge < 0 || x.Role.MinAge > 99 {
		p.Add("min_age", "volunteering.age_wrong")
	}
	return p
}

// problems are those of a shift that is to be announced, in a city with these rules.
func (s Shift) problems(r Rules, now time.Time, zone *time.Location) (p civic.Problems) {
	switch {
	case s.Starts.IsZero() || s.Ends.IsZero():
		p.Add("day", "volunteering.say_time")
	case !s.Starts.After(now):
		p.Add("day", "volunteering.in_the_future")
	case !s.Ends.After(s.Starts) || s.Ends.Sub(s.Starts) > maxLength:
		p.Add("until", "volunteering.length_wrong")
	case r.tooLong(s, zone):
		p.Add("until", "volunteering.too_long", "Hours", int(r.Day.Hours()))
	}
	if s.Needed < 1 || s.Needed > maxNeeded {
		p.Add("needed", "volunteering.needed_wrong", "Most", maxNeeded)
	}
	return p
}

// Class is the age of a volunteer, as far as it is kept.
type Class string

const (
	Grown   Class = "adult"   // 18 and older
	Minor   Class = "minor"   // younger, and old enough to come alone
	Signed  Class = "consent" // younger still, with a parent's written consent
	Brought Class = "parent"  // a parent comes along
)

// ClassOf is the class of somebody on the day of a shift.
func (r Rules) ClassOf(v Volunteer, day time.Time) Class {
	switch age := AgeAt(v.Born, day); {
	case v.Born.IsZero() || age >= r.Adult:
		return Grown
	case age >= r.ConsentUnder:
		return Minor
	case v.Consent:
		return Signed
	}
	return Brought
}
