// Package events is what happens in the city: festivals, exhibitions, meetings. The README tells the rules.
package events

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/booking"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/events/recurrence"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/places"
)

// State is how an event stands.
type State string

const (
	Draft     State = "draft"     // its hosts write it
	Suggested State = "suggested" // by somebody who hosts nothing in the register: a moderator looks at it first
	Refused   State = "refused"
	Announced State = "announced"
	Cancelled State = "cancelled" // with a reason; whoever booked was told
	Reported  State = "reported"  // it was held, and its hosts say how it went
)

// Step is what is done to an event.
type Step string

const (
	Announce Step = "announce"
	LetIn    Step = "let_in"
	Refuse   Step = "refuse"
	CallOff  Step = "call_off"
	Report   Step = "report"
)

var steps = map[State]map[Step]State{
	Draft:     {Announce: Announced},
	Suggested: {LetIn: Announced, Refuse: Refused},
	Refused:   {LetIn: Announced},
	Announced: {Refuse: Refused, CallOff: Cancelled, Report: Reported},
	Cancelled: {Refuse: Refused},
	Reported:  {Refuse: Refused, Report: Reported},
}

// Next is what a step makes of a state; false when it is not taken there.
func Next(s State, step Step) (State, bool) {
	to, ok := steps[s][step]
	return to, ok
}

// Public reports whether everybody sees the event.
func (s State) Public() bool { return s == Announced || s == Cancelled || s == Reported }

// before is the state in which everybody sees an event that is let in: what was called off, or told of, before it was refused stays so.
func (e Event) before() State {
	switch {
	case !e.Reason.Empty():
		return Cancelled
	case !e.Report.Empty():
		return Reported
	}
	return Announced
}

// goesOn reports whether dates that are still to come may be moved and called off: of a series one may tell how it went after the first.
func (s State) goesOn() bool { return s == Draft || s == Announced || s == Reported }

// Event is something that happens at one time or several.
type Event struct {
	no          int64
	ID          civic.ID
	State       State
	Author      civic.ID // the account that wrote it; "" once it has left
	Title       civic.Text
	About       civic.Text
	Hosts       []civic.ID // in the register: organisations and state bodies
	Group       string     // a host that is in no register
	Place       string
	Point       places.Point
	District    string
	Theme       string
	Online      string // where one takes part from afar: shown to who has a place
	For         Audience
	Languages   []civic.Lang // that are spoken there
	Access      []string     // codes of Accesses
	Price       civic.Money  // 0: free
	Repeats     string       // the rule by which it comes again, as in RFC 5545; "" for single dates
	Terms       Terms
	Reason      civic.Text // why it was called off
	Rule        civic.ID   // of the rule book, by which it was refused
	Refusal     string
	DecidedAt   time.Time // by a moderator
	DecideBy    time.Time // until when a moderator is to decide on what was suggested
	Report      civic.Text
	Figures     Figures  // of the report
	Heard       civic.ID // the consultation on what the city heard there
	Grant       civic.ID // the contract that paid for it
	SubmittedAt time.Time
	ChangedAt   time.Time
}

// Terms are the places of each date: none when nobody has to sign up.
type Terms struct {
	Places    booking.Places
	GroupMost int
	BackHours int // until how many hours before the start a place is given back
	// Certificate says that whoever is read at the door gets a certificate afterwards.
	Certificate bool `json:"-"`
}

// Audience is for whom an event is.
type Audience string

const (
	ForAll      Audience = "all"
	ForChildren Audience = "children"
	ForFamilies Audience = "families"
	ForYoung    Audience = "young"
	ForOlder    Audience = "older"
)

// Audiences lists them.
func Audiences() []Audience { return []Audience{ForAll, ForFamilies, ForChildren, ForYoung, ForOlder} }

// WithChildren reports whether one can come with children.
func (a Audience) WithChildren() bool { return a == ForChildren || a == ForFamilies }

// Accesses are what makes it easier to come.
func Accesses() []string {
	return []string{"step_free", "toilet", "sign_language", "hearing_loop", "quiet_hour", "easy_words"}
}

// Date is one time at which an event takes place.
type Date struct {
	no, event    int64
	ID           civic.ID
	Of           time.Time // when it was to begin first: its place in the series for ever
	Starts, Ends time.Time
	Off          bool       // called off alone
	Reason       civic.Text // why
	Sequence     int        // how often it was moved or called off
	listed       bool       // it stands on lists
}

// Moved reports whether it takes place at another time than was said first.
func (d Date) Moved() bool { return !d.Of.Equal(d.Starts) }

// Standing is which dates a list shows.
type Standing string

const (
	Any  Standing = ""
	On   Standing = "on"       // not called off
	Off  Standing = "off"      // called off, alone or with their event
	Over Standing = "over"     // held
	Told Standing = "reported" // held, and of their event is told how it went
)

// Standings lists them.
func Standings() []Standing { return []Standing{Any, On, Off, Over, Told} }

func (s Standing) past() bool { return s == Over || s == Told }

// bounds of an event
const (
	maxTitle   = 150 // letters
	maxAbout   = 4_000
	maxPlace   = 200
	maxReason  = 1_000
	mostHosts  = 10
	mostLength = 31 * 24 * time.Hour
	mostAlso   = 100
)

// Manages reports whether the actor looks after the event: they act for one of its hosts, wrote it, or are administrators.
func (e Event) Manages(a civic.Actor) bool {
	return a.Has(civic.Administrator) || a.Account != "" && a.Account == e.Author || slices.ContainsFunc(e.Hosts, func(h civic.ID) bool { return hostsFor(a, h) })
}

func hostsFor(a civic.Actor, host civic.ID) bool {
	of := organisations.RefOf(host)
	return a.Has(civic.Administrator) || a.ActsFor(civic.Officer, of) || a.ActsFor(civic.Representative, of)
}

// role is in which the actor acts on the event, for the record.
func (e Event) role(a civic.Actor) civic.Role {
	var refs []civic.Ref
	for _, h := range e.Hosts {
		refs = append(refs, organisations.RefOf(h))
	}
	return a.ActsAs(refs, civic.Officer, civic.Representative, civic.Administrator, civic.Resident)
}

// check says what is wrong with an event. official: a state body hosts it, so it is told in Kazakh and in Russian.
func (e Event) check(official bool, c *city.Settings) civic.Problems {
	var p civic.Problems
	for _, f := range []struct {
		name string
		text civic.Text
		most int
	}{{"title", e.Title, maxTitle}, {"about", e.About, maxAbout}} {
		switch {
		case official:
			p.OfficialAtMost(f.name, f.text, f.most)
		case f.text.Empty():
			p.Add(f.name, "events.one_language")
		default:
			for _, lang := range civic.Languages() {
				p.AtMost(f.name, f.text[lang], f.most)
			}
		}
	}
	if len(e.Hosts) == 0 && strings.TrimSpace(e.Group) == "" {
		p.Add("group", "events.say_host")
	}
	if len(e.Hosts) > mostHosts {
		p.Add("hosts", "events.too_many_hosts", "Most", mostHosts)
	}
	p.AtMost("group", e.Group, maxPlace)
	if strings.TrimSpace(e.Place) == "" && e.Online == "" {
		p.Add("place", "events.say_place")
	}
	p.AtMost("place", e.Place, maxPlace)
	if _, known := c.District(e.District); e.District != "" && !known {
		p.Add("district", "events.choose_district")
	}
	if _, known := city.ThemeOf(e.Theme); e.Theme != "" && !known {
		p.Add("theme", "events.choose_theme")
	}
	if u, err := url.Parse(e.Online); e.Online != "" && (err != nil || u.Scheme != "https" || u.Host == "" || len(e.Online) > 500) {
		p.Add("online", "events.https_only")
	}
	if !slices.Contains(Audiences(), e.For) {
		p.Add("for", "events.choose_audience")
	}
	if e.Price < 0 {
		p.Add("price", "events.price_wrong")
	}
	for _, n := range e.Terms.Places {
		if n < 0 {
			p.Add("seat", "events.places_wrong")
			break
		}
	}
	if e.Terms.Places.Total() > 0 && (e.Terms.GroupMost < 1 || e.Terms.GroupMost > 50) {
		p.Add("group_most", "events.group_wrong")
	}
	if e.Terms.BackHours < 0 || e.Terms.BackHours > 24*14 {
		p.Add("back_hours", "events.back_wrong")
	}
	return p
}

// Plan is when an event takes place, as its host says it.
type Plan struct {
	Starts, Ends time.Time   // the first time
	Rule         string      // by which it comes again
	Also, Except []time.Time // further beginnings, and beginnings that are left out
}

// Dates are the times of a plan. Errors: civic.Invalid with "day", "until", "repeat", "also".
func (pl Plan) Dates(now time.Time, zone *time.Location) ([]Date, error) {
	switch {
	case pl.Starts.IsZero() || pl.Ends.IsZero():
		return nil, civic.Wrong("day", "events.say_when")
	case !pl.Ends.After(pl.Starts):
		return nil, civic.Wrong("until", "events.ends_before")
	case pl.Ends.Sub(pl.Starts) > mostLength:
		return nil, civic.Wrong("until", "events.lasts_too_long")
	case !pl.Ends.After(now):
		return nil, civic.Wrong("day", "events.in_the_future")
	case len(pl.Also) > mostAlso || len(pl.Except) > mostAlso:
		return nil, civic.Wrong("also", "events.too_many_dates", "Most", mostAlso)
	}
	s := recurrence.Series{Start: pl.Starts, Length: pl.Ends.Sub(pl.Starts), Also: pl.Also, Except: pl.Except}
	if pl.Rule != "" {
		rule, err := recurrence.Parse(pl.Rule)
		if refused := (*recurrence.Error)(nil); errors.As(err, &refused) {
			return nil, civic.Wrong("repeat", "events.rule_refused")
		} else if err != nil {
			return nil, err
		}
		s.Rule = rule
	}
	all := s.Expand(zone)
	switch {
	case all.Cut:
		return nil, civic.Wrong("repeat", "events.too_many_dates", "Most", recurrence.MostOccurrences)
	case len(all.Occurrences) == 0:
		return nil, civic.Wrong("repeat", "events.no_dates")
	}
	var out []Date
	for _, o := range all.Occurrences {
		out = append(out, Date{Of: o.Of, Starts: o.Start, Ends: o.End})
	}
	return out, nil
}

// Repeats are the ways of coming again that a form offers.
func Repeats() []string { return []string{"", "daily", "weekly", "monthly", "weekday", "yearly"} }

// mostEvery bounds of how many days, weeks, months or years one is taken.
const mostEvery = 52

// RuleOf writes the rule of a way of coming again, from its first time until a day; "" for none.
func RuleOf(repeat string, first, last time.Time) string { return RuleEvery(repeat, 1, first, last) }

// RuleEvery is RuleOf for every second, third and so on of the days, weeks, months or years.
func RuleEvery(repeat string, every int, first, last time.Time) string {
	until := ";UNTIL=" + time.Date(last.Year(), last.Month(), last.Day(), 23, 59, 59, 0, first.Location()).UTC().Format("20060102T150405Z")
	if last.IsZero() {
		until = ";COUNT=10"
		if repeat == "yearly" { // a series lasts three years at most
			until = ";COUNT=3"
		}
	}
	if every > 1 {
		until = ";INTERVAL=" + strconv.Itoa(every) + until
	}
	day := strings.ToUpper(first.Weekday().String()[:2])
	switch repeat {
	case "daily":
		return "FREQ=DAILY" + until
	case "weekly":
		return "FREQ=WEEKLY;BYDAY=" + day + until
	case "monthly":
		return "FREQ=MONTHLY;BYMONTHDAY=" + first.Format("2") + until
	case "yearly":
		return "FREQ=YEARLY" + until
	case "weekday":
		return "FREQ=MONTHLY;BYDAY=" + string(rune('1'+min((first.Day()-1)/7, 3))) + day + until
	}
	return ""
}
