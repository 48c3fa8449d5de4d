// Package budgeting is the people's budget: rules that are published before the first idea, proposals that are one object from idea to result, and the
// check by bodies which is private until the expert council signs it. See README.md for the words and states.
package budgeting

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
)

// State is where a campaign stands beside its dates.
type State string

const (
	Draft      State = "draft"
	Announced  State = "published"   // its rules are public; which stage it is in, its plan says
	Stopped    State = "stopped"     // called off, with the reason
	NonePassed State = "none_passed" // no proposal passed the check: there is no vote
)

// Campaign is one year's people's budget of a body.
type Campaign struct {
	ID         civic.ID
	State      State
	Year       int
	Body       civic.ID // the state body that runs it
	Title      civic.Text
	About      civic.Text
	Plan       Plan
	Areas      []Area
	Categories []Entry
	Prices     []UnitPrice
	Rules      Rules
	Changes    []Change // after it was published, the first in front
	MadeAt     time.Time
	OpenedAt   time.Time // when it was published
	ChangedAt  time.Time
	WindowAt   time.Time // until when people vote anew because a project changed; zero: none did

	no int64
}

// Change is one of the rules after they were published.
type Change struct {
	At  time.Time  `json:"at"`
	Why civic.Text `json:"why"`
}

// Area is a part of the budget with its own money: a district, or a category of yards.
type Area struct {
	Code     string      `json:"code"`
	Name     civic.Text  `json:"name"`
	District string      `json:"district,omitempty"` // code of the city's district; "": wherever
	Flats    Flats       `json:"flats,omitzero"`     // of the houses whose yards it is for; zero: not told apart
	Money    civic.Money `json:"money_tiyn"`
}

// UnitPrice is a line of the catalogue that helps people to estimate.
type UnitPrice struct {
	Code  string      `json:"code"`
	Name  civic.Text  `json:"name"`
	Unit  string      `json:"unit"` // the same in all languages: "m²"
	Price civic.Money `json:"price_tiyn"`
}

// Stage is a part of a campaign's time.
type Stage string

const (
	Before     Stage = "before" // published, not yet open
	Proposing  Stage = "proposals"
	Checking   Stage = "check"
	Reworking  Stage = "rework"
	Rechecking Stage = "recheck"
	Voting     Stage = "vote"
	Contracts  Stage = "contracts"
	Delivery   Stage = "delivery"
	Over       Stage = "over"
)

// Stages lists those that have a last day, in their order.
func Stages() []Stage {
	return []Stage{Proposing, Checking, Reworking, Rechecking, Voting, Contracts, Delivery}
}

// Plan is the days of a campaign, as "2026-03-31": the first day for proposals, and the last of each stage. A stage begins on the day after the last of the one before.
type Plan struct {
	Opens string           `json:"opens"`
	Until map[Stage]string `json:"until"`
}

// begin is the first instant of a day.
func begin(day string, zone *time.Location) time.Time {
	t, _ := time.ParseInLocation(time.DateOnly, day, zone)
	return t
}

// End is the first instant after a stage.
func (p Plan) End(s Stage, zone *time.Location) time.Time {
	return begin(p.Until[s], zone).AddDate(0, 0, 1)
}

// Begin is the first instant of a stage.
func (p Plan) Begin(s Stage, zone *time.Location) time.Time {
	i := slices.Index(Stages(), s)
	switch {
	case i < 0:
		return time.Time{}
	case i == 0:
		return begin(p.Opens, zone)
	}
	return p.End(Stages()[i-1], zone)
}

// At is the stage at an instant.
func (p Plan) At(now time.Time, zone *time.Location) Stage {
	if now.Before(begin(p.Opens, zone)) {
		return Before
	}
	for _, s := range Stages() {
		if now.Before(p.End(s, zone)) {
			return s
		}
	}
	return Over
}

// check finds days that are none or out of order. Fields: "opens", "until.STAGE".
func (p Plan) check(problems *civic.Problems) {
	last := ""
	for _, d := range p.days() {
		_, err := time.Parse(time.DateOnly, d.day)
		switch {
		case err != nil:
			problems.Add(d.field, "budgeting.day_wrong")
		case d.day <= last:
			problems.Add(d.field, "budgeting.day_order")
		}
		last = max(last, d.day)
	}
}

type planDay struct{ field, day string }

// days lists the days with the fields of the form in which they are typed.
func (p Plan) days() []planDay {
	out := []planDay{{"opens", p.Opens}}
	for _, s := range Stages() {
		out = append(out, planDay{"until." + string(s), p.Until[s]})
	}
	return out
}

// StageAt is the stage in which a campaign is: Before for a draft, Over for one that was called off. People vote beyond the planned day while the window is open that
// a frozen project opened.
func (c Campaign) StageAt(now time.Time, zone *time.Location) Stage {
	switch c.State {
	case Announced:
		if now.Before(c.WindowAt) {
			return Voting
		}
		return c.Plan.At(now, zone)
	case Stopped, NonePassed:
		return Over
	}
	return Before
}

// OnlyAgain reports whether the planned days of the vote are over, and only those vote who voted before, because a project changed.
func (c Campaign) OnlyAgain(now time.Time, zone *time.Location) bool {
	return c.State == Announced && now.Before(c.WindowAt) && !now.Before(c.Plan.End(Voting, zone))
}

// Money is that of all parts.
func (c Campaign) Money() (sum civic.Money) {
	for _, a := range c.Areas {
		sum += a.Money
	}
	return sum
}

// Area finds a part by its code.
func (c Campaign) Area(code string) (Area, bool) {
	i := slices.IndexFunc(c.Areas, func(a Area) bool { return a.Code == code })
	if i < 0 {
		return Area{}, false
	}
	return c.Areas[i], true
}

// nameOf is the name of an entry by its code.
func nameOf(all []Entry, code string) civic.Text {
	for _, e := range all {
		if e.Code == code {
			return e.Name
		}
	}
	return nil
}

// MayRun reports whether the actor runs the campaign: for its body, or as an administrator.
func (c Campaign) MayRun(a civic.Actor) bool { return mayRunFor(a, c.Body) }

func mayRunFor(a civic.Actor, body civic.ID) bool {
	return a.Has(civic.Administrator) || a.ActsFor(civic.Officer, organisations.RefOf(body))
}

// check finds what is wrong with a campaign. Fields: "title", "about", "year", "body", "areas", "categories", "prices", and those of Plan and Rules.
func (c Campaign) check(zone *time.Location, district func(string) bool, body func(civic.ID) bool) (p civic.Problems) {
	p.OfficialAtMost("title", c.Title, maxTitle)
	p.OfficialAtMost("about", c.About, maxWords)
	if c.Year < 2000 || c.Year > 2100 {
		p.Add("year", "budgeting.from_to", "From", 2000, "To", 2100)
	}
	if !body(c.Body) {
		p.Add("body", "budgeting.choose")
	}
	if len(c.Areas) == 0 || len(c.Areas) > maxAreas {
		p.Add("areas", "budgeting.from_to_lines", "From", 1, "To", maxAreas)
	}
	for _, a := range c.Areas {
		if a.District != "" && !district(a.District) {
			p.Add("areas", "budgeting.district_unknown", "Code", a.District)
		}
	}
	checkYards(&p, c.Areas)
	if len(c.Categories) == 0 || len(c.Categories) > maxEntries {
		p.Add("categories", "budgeting.from_to_lines", "From", 1, "To", maxEntries)
	}
	if len(c.Rules.Refused) > maxEntries {
		p.Add("refused", "budgeting.from_to_lines", "From", 0, "To", maxEntries)
	}
	if len(c.Prices) > maxPrices {
		p.Add("prices", "budgeting.from_to_lines", "From", 0, "To", maxPrices)
	}
	c.Plan.check(&p)
	c.Rules.check(&p)
	return p
}

// Lists of a campaign are typed one thing a line, its fields behind semicolons, so that they can be pasted from a table.

// badLine says which line of a list cannot be read, from 1.
func badLine(field string, n int, form string) error {
	return civic.Wrong(field, "budgeting.line_wrong", "Line", n, "Form", form)
}

// lines reads a list whose things have so many fields, the last may be missing as far as least.
func lines(field, text, form string, least, most int, each func([]string) bool) error {
	seen := map[string]bool{}
	n := 0
	for line := range strings.Lines(text) {
		n++
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		fields := strings.Split(line, ";")
		for i := range fields {
			fields[i] = strings.TrimSpace(fields[i])
		}
		if len(fields) < least || len(fields) > most || n > 1_000 {
			return badLine(field, n, form)
		}
		fields = append(fields, make([]string, most-len(fields))...)
		if !codeLike(fields[0]) || seen[fields[0]] || !each(fields) {
			return badLine(field, n, form)
		}
		seen[fields[0]] = true
	}
	return nil
}

// codeLike reports whether something can stand in an address and in a file as the code of a thing.
func codeLike(s string) bool {
	return s != "" && len(s) <= 30 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

const (
	areasForm   = "code; kk; ru; district / 41-100; money"
	entriesForm = "code; kk; ru; en"
	pricesForm  = "code; kk; ru; unit; price"
)

// named makes the name of a thing of a list from its columns; false when it lacks one or is too long.
func named(kk, ru, en string) (civic.Text, bool) {
	t := civic.Text{civic.Kazakh: kk, civic.Russian: ru, civic.English: en}.Trimmed()
	for _, s := range t {
		if utf8.RuneCountInString(s) > maxTitle || civic.Junk(s, nil) != "" {
			return nil, false
		}
	}
	return t, len(t.Lacks()) == 0
}

// ParseAreas reads the parts of the budget: "code; Kazakh name; Russian name; district, so many flats (\"41-100\"), or nothing; money in tenge".
func ParseAreas(text string) (out []Area, err error) {
	err = lines("areas", text, areasForm, 5, 5, func(f []string) bool {
		name, ok := named(f[1], f[2], "")
		money, known := civic.ParseMoney(f[4])
		a := Area{Code: f[0], Name: name, District: f[3], Money: money}
		if flats, yes := parseFlats(f[3]); yes {
			a.District, a.Flats = "", flats
		}
		out = append(out, a)
		return ok && known && money > 0
	})
	return out, err
}

// FormatAreas is the opposite of ParseAreas.
func FormatAreas(all []Area) string {
	var b strings.Builder
	for _, a := range all {
		b.WriteString(strings.Join([]string{a.Code, a.Name[civic.Kazakh], a.Name[civic.Russian], a.District + a.Flats.String(), a.Money.String()}, "; ") + "\n")
	}
	return b.String()
}

// ParseEntries reads a list of the field: "code; Kazakh; Russian; English or nothing".
func ParseEntries(field, text string) (out []Entry, err error) {
	err = lines(field, text, entriesForm, 3, 4, func(f []string) bool {
		name, ok := named(f[1], f[2], f[3])
		out = append(out, Entry{f[0], name})
		return ok
	})
	return out, err
}

// FormatEntries is the opposite of ParseEntries.
func FormatEntries(all []Entry) string {
	var b strings.Builder
	for _, e := range all {
		fields := []string{e.Code, e.Name[civic.Kazakh], e.Name[civic.Russian]}
		if e.Name[civic.English] != "" {
			fields = append(fields, e.Name[civic.English])
		}
		b.WriteString(strings.Join(fields, "; ") + "\n")
	}
	return b.String()
}

// ParsePrices reads the catalogue: "code; Kazakh; Russian; unit; price in tenge".
func ParsePrices(text string) (out []UnitPrice, err error) {
	err = lines("prices", text, pricesForm, 5, 5, func(f []string) bool {
		name, ok := named(f[1], f[2], "")
		price, known := civic.ParseMoney(f[4])
		out = append(out, UnitPrice{f[0], name, f[3], price})
		return ok && known && price > 0 && f[3] != "" && utf8.RuneCountInString(f[3]) <= 20
	})
	return out, err
}

// FormatPrices is the opposite of ParsePrices.
func FormatPrices(all []UnitPrice) string {
	var b strings.Builder
	for _, u := range all {
		b.WriteString(strings.Join([]string{u.Code, u.Name[civic.Kazakh], u.Name[civic.Russian], u.Unit, u.Price.String()}, "; ") + "\n")
	}
	return b.String()
}

// parseGroups reads groups of proposals, one a line: "3, 17".
func parseGroups(text string) (out [][]int, err error) {
	n := 0
	for line := range strings.Lines(text) {
		n++
		var group []int
		for _, word := range strings.FieldsFunc(line, func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '\n' || r == '\r' || r == '\t' }) {
			number, err := strconv.Atoi(word)
			if err != nil || number < 1 || slices.Contains(group, number) {
				return nil, badLine("incompatible", n, "3, 17")
			}
			group = append(group, number)
		}
		if len(group) == 1 || n > maxEntries {
			return nil, badLine("incompatible", n, "3, 17")
		}
		if len(group) > 1 {
			out = append(out, group)
		}
	}
	return out, nil
}

// formatGroups is the opposite of parseGroups.
func formatGroups(all [][]int) string {
	var b strings.Builder
	for _, group := range all {
		b.WriteString(strings.Trim(strings.ReplaceAll(fmt.Sprint(group), " ", ", "), "[]") + "\n")
	}
	return b.String()
}
