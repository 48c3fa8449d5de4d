// Package laws knows which things of the city say what a law says, and by which of its redactions: lessons, questions, guides, certificates.
// A new redaction is entered once; everything that cites the law is then shown with it, and whoever keeps it up gets a task with a date.
// See README.md.
package laws

import (
	"regexp"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
)

// Law is a law as it is named here. Its code is the number in the state's collection in lower letters ("k2000000350"), or another that
// those who cite it agree on.
type Law struct {
	Code  string
	Title civic.Text
}

// Address is where the state publishes the law; "" when its code is not of there.
func (l Law) Address() string {
	if !collected.MatchString(l.Code) {
		return ""
	}
	return "https://adilet.zan.kz/kaz/docs/" + strings.ToUpper(l.Code)
}

var (
	collected = regexp.MustCompile(`^[a-z][0-9]{10}$`)
	codes     = regexp.MustCompile(`^[a-z][a-z0-9-]{0,30}$`)
)

// CodeOf is a code as it is kept.
func CodeOf(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// Redaction is a law as it is worded from a day on.
type Redaction struct {
	ID        civic.ID
	Law       string
	Day       string     // "2026-07-01", on which it comes into force
	What      civic.Text // what changed
	Source    string     // address of the amending law
	EnteredAt time.Time
}

// Cite is an article of a law in the redaction by which something was written; "" where nobody has checked one.
type Cite struct{ Law, Article, Redaction string }

// Change tells readers of something that a law which it cites has a newer redaction than the one it was written by.
type Change struct {
	Law      Law
	Articles []string
	Written  string // the redaction by which the thing was written
	Redaction
}

// Task is something that is to be read again because a law changed.
type Task struct {
	Of  civic.Ref
	Law Law
	Redaction
	Due time.Time
}

const (
	maxWhat   = 2000
	maxSource = 300
)

// check says what is wrong with a redaction that is to be entered.
func (r Redaction) check() error {
	var p civic.Problems
	if !codes.MatchString(r.Law) {
		p.Add("law", "laws.choose_law")
	}
	if _, err := time.Parse(time.DateOnly, r.Day); err != nil {
		p.Add("day", "laws.say_day")
	}
	p.OfficialAtMost("what", r.What, maxWhat)
	for lang, text := range r.What {
		if key := civic.Junk(text, nil); key != "" {
			p.Add("what."+string(lang), key)
		}
	}
	if !strings.HasPrefix(r.Source, "https://") || len(r.Source) > maxSource || strings.ContainsAny(r.Source, " \"<>") {
		p.Add("source", "laws.say_source")
	}
	return p.Err()
}

// dueOn is by when what cites a law is to be read again: so many working days after the redaction was entered, or the day on which it
// comes into force, whichever is later.
func dueOn(cal civic.Calendar, now time.Time, days int, day string, zone *time.Location) time.Time {
	due := cal.Add(now, days)
	if force, err := time.ParseInLocation(time.DateOnly, day, zone); err == nil && force.After(due) {
		return force
	}
	return due
}
