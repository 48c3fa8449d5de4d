// Package volunteering is the rules of volunteering: who may go to which shift, which shift needs people most, and which hours count. It is
// pure: whoever calls says what the time is, what a volunteer has taken and what the city's rules are.
package volunteering

import (
	"cmp"
	"crypto/sha256"
	"math"
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/places"
)

// Shift is a time at which people are needed.
type Shift struct {
	ID      civic.ID
	Starts  time.Time
	Ends    time.Time
	Needed  int // people
	Minimum int // with fewer it does not take place
	Taken   int // by people who are to come
	Point   places.Point
	Role    Role
	Off     bool // called off

	no, action int64
}

// Role is what one does in a shift, and what it asks of a person.
type Role struct {
	Kind   Work
	Skills []string // codes of what one has to have shown: a training done here, a paper
	MinAge int      // 0: none
}

// Work is a kind of work, as far as a rule asks.
type Work string

// The kinds that are barred for people under 18 (law 42-VI, art. 12), and the collecting of money, which a city may bar.
const (
	Emergency Work = "emergency" // help where something happened
	Offenders Work = "offenders" // work with people who were convicted
	Hazardous Work = "hazardous" // harmful or dangerous work
	Cash      Work = "cash"      // boxes for donations
	Any       Work = ""
)

// Missing is how many people a shift lacks.
func (s Shift) Missing() int { return max(s.Needed-s.Taken, 0) }

// Need is why a shift stands where it stands in a list, each part for itself, so that it can be shown.
type Need struct {
	Missing, Needed int
	HoursLeft       float64 // until it begins
	Qualified       bool    // the reader may do what it asks
	Distance        Band
}

// Band is how far a shift is from a reader, by where they look for shifts.
type Band int

const (
	Far     Band = iota // in another district
	Unknown             // the reader or the shift names no place
	Near                // in the reader's district
)

// weights of the bands in Score: someone near comes more surely.
func (b Band) weight() float64 { return []float64{0.5, 0.75, 1}[b] }

// Score is the missing share × 1/(1 + hours left) × qualified × distance (queue fairness, B13). Nobody is needed, or the reader may not do it: 0.
func (n Need) Score() float64 {
	if n.Needed <= 0 || n.Missing <= 0 || !n.Qualified || n.HoursLeft < 0 {
		return 0
	}
	return float64(n.Missing) / float64(n.Needed) / (1 + n.HoursLeft) * n.Distance.weight()
}

// HoursAndDays is how long is left until a shift: in hours while it is less than two days, and then in whole days.
func (n Need) HoursAndDays() (hours, days int) {
	if n.HoursLeft < 48 {
		return max(int(n.HoursLeft), 0), 0
	}
	return 0, int(n.HoursLeft / 24)
}

// Ranked is a shift with why it stands there.
type Ranked struct {
	Shift
	Need
}

// NeedOf is the need of a shift for a reader at a time.
func NeedOf(s Shift, now time.Time, skills []string, d Band) Need {
	return Need{s.Missing(), s.Needed, math.Max(s.Starts.Sub(now).Hours(), -1), len(lacks(s.Role.Skills, skills)) == 0, d}
}

// Order puts shifts in the order of their need, the greatest first. Equal ones stand in an order that the day draws, so that no organiser
// always stands first: day is any text that is the same for all readers of a day.
func Order(all []Ranked, day string) {
	slices.SortFunc(all, func(a, b Ranked) int {
		if c := cmp.Compare(b.Score(), a.Score()); c != 0 {
			return c
		}
		x, y := sha256.Sum256([]byte(day+string(a.ID))), sha256.Sum256([]byte(day+string(b.ID)))
		return slices.Compare(x[:], y[:])
	})
}

// lacks are the skills that are asked for and not there.
func lacks(asked, has []string) (out []string) {
	for _, skill := range asked {
		if !slices.Contains(has, skill) {
			out = append(out, skill)
		}
	}
	return out
}
