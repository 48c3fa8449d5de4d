package volunteering

import (
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/places"
)

// Rules are the city's, each a setting with its source.
type Rules struct {
	// ConsentUnder is the age under which a parent's written consent is needed, or the parent comes along. The law says 14 (42-VI, art. 12);
	// the committee for children's rights says 16 (2025-08-20): the stricter holds unless the city decides.
	ConsentUnder int
	Adult        int           // age from which all kinds of work are open
	MinorDay     time.Duration // most in a day for those under Adult
	MinorFrom    int           // hour of the day before which they do not work, and
	MinorUntil   int           // after which
	MinorCash    bool          // they may collect money

	Day    time.Duration // most in a day for everybody
	Rest   time.Duration // least between two days' work
	Speed  float64       // of travel in a city, metres in a second
	Travel time.Duration // where nobody knows the way
}

// Volunteer is a person who asks for a shift, as far as the rules ask.
type Volunteer struct {
	Born        time.Time // zero: they said that they are old enough, see Rules.Asked
	Consent     bool      // a parent's written consent is there
	Accompanied bool      // a parent comes along
	Skills      []string
	Taken       []Shift // that they are to come to, or were at
}

// AgeAt is the age in whole years on a day. Whoever is born on 29 February is a year older on 1 March.
func AgeAt(born, day time.Time) int {
	age := day.Year() - born.Year()
	if day.Month() < born.Month() || day.Month() == born.Month() && day.Day() < born.Day() {
		age--
	}
	return age
}

// Outcome names itself: it is a code of a message.
type Outcome string

// The outcomes of asking for a shift, in the order in which they are looked for: the first that is so is the answer.
const (
	Already    Outcome = "already"     // they are to come to it
	Over       Outcome = "over"        // it has ended
	CalledOff  Outcome = "called_off"  // by its organiser
	NotYet     Outcome = "not_yet"     // sign-up opens later
	BarredKind Outcome = "barred_kind" // work that the law bars for their age
	TooYoung   Outcome = "too_young"   // younger than the role asks
	BarredHour Outcome = "barred_hour" // too early or too late in the day for their age
	Consent    Outcome = "consent"     // a parent has to sign, or to come along
	Untrained  Outcome = "untrained"   // the role asks for a skill
	Collides   Outcome = "collides"    // with another shift, or with the way from it
	TooLong    Outcome = "too_long"    // more hours in a day than allowed, by itself: no other day helps
	TooMuch    Outcome = "too_much"    // more hours in a day than allowed
	NoRest     Outcome = "no_rest"     // too little rest between two days
	Full       Outcome = "full"        // there is no waiting list yet
	Free       Outcome = "free"
)

// Outcomes lists them in their order.
func Outcomes() []Outcome {
	return []Outcome{Already, Over, CalledOff, NotYet, BarredKind, TooYoung, BarredHour, Consent, Untrained, Collides, TooLong, TooMuch, NoRest, Full, Free}
}

// Answer is an outcome with what it is about.
type Answer struct {
	Outcome
	With   civic.ID  // the shift that it collides with, or after which there is too little rest
	Skills []string  // that are lacking
	Opens  time.Time // of NotYet
}

// Ask says whether a volunteer may go to a shift. opens is when sign-up opens, zero for at once; zone is the city's, in which days begin.
func (r Rules) Ask(v Volunteer, s Shift, opens, now time.Time, zone *time.Location) Answer {
	if slices.ContainsFunc(v.Taken, func(t Shift) bool { return t.ID == s.ID }) {
		return Answer{Outcome: Already}
	}
	switch {
	case !now.Before(s.Ends):
		return Answer{Outcome: Over}
	case s.Off:
		return Answer{Outcome: CalledOff}
	case now.Before(opens):
		return Answer{Outcome: NotYet, Opens: opens}
	}
	if out := r.minor(v, s, zone); out != Free {
		return Answer{Outcome: out}
	}
	if missing := lacks(s.Role.Skills, v.Skills); len(missing) > 0 {
		return Answer{Outcome: Untrained, Skills: missing}
	}
	if a := r.care(v, s, zone); a.Outcome != Free {
		return a
	}
	if s.Missing() == 0 {
		return Answer{Outcome: Full}
	}
	return Answer{Outcome: Free}
}

// Asked is the age of which people are asked whether they have reached it: that of the law, or a higher one of the role. Who says yes tells no
// day of birth.
func (r Rules) Asked(role Role) int { return max(r.Adult, role.MinAge) }

// minor asks what the law and the city ask for those who are not of age on the day of the shift.
func (r Rules) minor(v Volunteer, s Shift, zone *time.Location) Outcome {
	starts, ends := s.Starts.In(zone), s.Ends.In(zone)
	age := r.Asked(s.Role)
	if !v.Born.IsZero() {
		age = AgeAt(v.Born, starts)
	}
	switch {
	case age < r.Adult && slices.Contains([]Work{Emergency, Offenders, Hazardous}, s.Role.Kind), age < r.Adult && s.Role.Kind == Cash && !r.MinorCash:
		return BarredKind
	case age < s.Role.MinAge:
		return TooYoung
	case age < r.Adult && (starts.Hour() < r.MinorFrom || ends.After(hourOf(starts, r.MinorUntil))):
		return BarredHour
	case age < r.ConsentUnder && !v.Consent && !v.Accompanied:
		return Consent
	}
	return Free
}

func hourOf(day time.Time, hour int) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day(), hour, 0, 0, 0, day.Location())
}

// care keeps people from being in two places at once, and from working too long.
func (r Rules) care(v Volunteer, s Shift, zone *time.Location) Answer {
	for _, t := range v.Taken {
		way := r.between(t, s)
		if s.Starts.Before(t.Ends.Add(way)) && t.Starts.Before(s.Ends.Add(way)) {
			return Answer{Outcome: Collides, With: t.ID}
		}
	}
	most := r.mostOf(v, s.Starts.In(zone))
	for day := dayOf(s.Starts, zone); day.Before(s.Ends); day = day.AddDate(0, 0, 1) {
		sum := within(s, day)
		if sum > most {
			return Answer{Outcome: TooLong}
		}
		for _, t := range v.Taken {
			sum += within(t, day)
		}
		if sum > most {
			return Answer{Outcome: TooMuch}
		}
	}
	for _, t := range v.Taken {
		first, second := t, s
		if s.Starts.Before(t.Starts) {
			first, second = s, t
		}
		if dayOf(first.Starts, zone) != dayOf(second.Starts, zone) && second.Starts.Sub(first.Ends) < r.Rest {
			return Answer{Outcome: NoRest, With: t.ID}
		}
	}
	return Answer{Outcome: Free}
}

// mostOf is how much a volunteer may work on a day.
func (r Rules) mostOf(v Volunteer, day time.Time) time.Duration {
	if !v.Born.IsZero() && AgeAt(v.Born, day) < r.Adult {
		return min(r.Day, r.MinorDay)
	}
	return r.Day
}

// between is the way from one shift to another: none within an action, which is at one place.
func (r Rules) between(t, s Shift) time.Duration {
	if t.action != 0 && t.action == s.action {
		return 0
	}
	return r.Way(t.Point, s.Point)
}

// Way is how long it takes from one place to another.
func (r Rules) Way(from, to places.Point) time.Duration {
	if !from.Known() || !to.Known() {
		return r.Travel
	}
	return time.Duration(from.Metres(to) / r.Speed * float64(time.Second)).Round(time.Minute)
}

func dayOf(t time.Time, zone *time.Location) time.Time { return hourOf(t.In(zone), 0) }

// tooLong reports whether a shift has more hours in a day than anybody may work.
func (r Rules) tooLong(s Shift, zone *time.Location) bool {
	for day := dayOf(s.Starts, zone); day.Before(s.Ends); day = day.AddDate(0, 0, 1) {
		if within(s, day) > r.Day {
			return true
		}
	}
	return false
}

// within is how much of a shift lies in the day that begins then.
func within(s Shift, day time.Time) time.Duration {
	from, to := s.Starts, s.Ends
	if end := day.AddDate(0, 0, 1); to.After(end) {
		to = end
	}
	if from.Before(day) {
		from = day
	}
	return max(to.Sub(from), 0)
}

// Lost are those who could not come any more if a shift were at other times or asked for another role: its organiser sees them before it is
// saved. The shift is not among what they have taken.
func (r Rules) Lost(changed Shift, people map[civic.ID]Volunteer, now time.Time, zone *time.Location) (out map[civic.ID]Answer) {
	out = map[civic.ID]Answer{}
	changed.Taken = 0 // their own places are theirs
	changed.Needed = max(changed.Needed, 1)
	for id, v := range people {
		v.Taken = slices.DeleteFunc(slices.Clone(v.Taken), func(t Shift) bool { return t.ID == changed.ID })
		if a := r.Ask(v, changed, time.Time{}, now, zone); a.Outcome != Free {
			out[id] = a
		}
	}
	return out
}
