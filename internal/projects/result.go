package projects

import (
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/civic"
)

// Indicator is how the sides see whether they get where they want to: what is measured, from where to where, and how.
type Indicator struct {
	ID         civic.ID   `json:"id"`
	Result     civic.Text `json:"result"` // what shall be so
	Name       civic.Text `json:"name"`   // what is measured
	Unit       civic.Text `json:"unit"`   // of a plain number; of a percentage none
	How        civic.Text `json:"how"`    // how it is measured
	By         civic.ID   `json:"by"`     // the side that measures
	Percent    bool       `json:"percent"`
	Cumulative bool       `json:"cumulative"` // what is measured adds up
	Baseline   Figure     `json:"baseline"`
	Target     Figure     `json:"target"`
	Updates    []Update   `json:"updates"`
}

// Figure is a measure: a whole number or, of a percentage, numerator and denominator, so that figures can be added up without averaging averages.
type Figure struct {
	Numerator   int64 `json:"numerator"`
	Denominator int64 `json:"denominator"` // 1 of a plain number
}

// Review is what another side says of an update.
type Review string

const (
	Pending  Review = "pending"
	Approved Review = "approved"
	Returned Review = "returned"
)

// Update is what was measured on a day. Once another side has said a word on it, nothing in it changes.
type Update struct {
	ID       civic.ID   `json:"id"`
	Day      string     `json:"day"`
	Figure   Figure     `json:"figure"`
	Words    civic.Text `json:"words"`
	Evidence string     `json:"evidence"` // an https address, or ""
	At       time.Time  `json:"at"`
	Review   Review     `json:"review"`
	Reviewer civic.ID   `json:"reviewer,omitempty"`
	Note     civic.Text `json:"note,omitempty"` // why it was returned
	Reviewed time.Time  `json:"reviewed,omitzero"`
	By       civic.ID   `json:"by"`
}

// Actual is where an indicator stands: what was measured and approved, and nothing else. A cumulative one is the sum; another, what was measured on the last day.
// false: nothing is approved.
func (i Indicator) Actual() (Figure, bool) {
	var out Figure
	day, any := "", false
	for _, u := range i.Updates {
		switch {
		case u.Review != Approved:
			continue
		case i.Cumulative && any && i.Percent:
			out.Numerator, out.Denominator = out.Numerator+u.Figure.Numerator, out.Denominator+u.Figure.Denominator
		case i.Cumulative && any:
			out.Numerator += u.Figure.Numerator
		case !any || u.Day >= day:
			out = u.Figure
		}
		any, day = true, max(day, u.Day)
	}
	return out, any
}

// hundredths is a figure in hundredths of a per cent or, of a plain number, of the number itself.
func (f Figure) hundredths(percent bool) int64 {
	if percent && f.Denominator > 0 {
		return f.Numerator * 10_000 / f.Denominator
	}
	return f.Numerator * 100
}

// Way is how much of the way from the baseline to the target was gone, in per cent from 0 to 100. Nothing is typed in as progress.
func (i Indicator) Way() int {
	actual, measured := i.Actual()
	from, to, at := i.Baseline.hundredths(i.Percent), i.Target.hundredths(i.Percent), actual.hundredths(i.Percent)
	if i.Cumulative && !i.Percent {
		at += from
	}
	if !measured || to == from {
		return 0
	}
	return int(min(max((at-from)*100/(to-from), 0), 100))
}

const maxFigure = 1_000_000_000_000

func (f Figure) check(p *civic.Problems, field string, percent bool) {
	switch {
	case f.Numerator < 0 || f.Numerator > maxFigure:
		p.Add(field, "projects.number_wrong")
	case percent && (f.Denominator < 1 || f.Denominator > maxFigure || f.Numerator > f.Denominator):
		p.Add(field, "projects.share_wrong")
	}
}

// check finds what is wrong with an indicator. Fields: "result", "name", "unit", "how", "by", "baseline", "target".
func (i Indicator) check(p Project) (out civic.Problems) {
	for name, text := range map[string]civic.Text{"result": i.Result, "name": i.Name, "how": i.How} {
		out.OfficialAtMost(name, text, maxTitle*2)
	}
	if !i.Percent {
		out.OfficialAtMost("unit", i.Unit, 40)
	}
	if p.RoleOf(i.By) == "" {
		out.Add("by", "projects.choose_side")
	}
	i.Baseline.check(&out, "baseline", i.Percent)
	i.Target.check(&out, "target", i.Percent)
	if i.Baseline.hundredths(i.Percent) == i.Target.hundredths(i.Percent) {
		out.Add("target", "projects.target_same")
	}
	return out
}

// check finds what is wrong with what was measured. Fields: "day", "figure", "words", "evidence".
func (u Update) check(i Indicator, p Project, today string) (out civic.Problems) {
	switch {
	case dayOf(u.Day).IsZero() || u.Day > today || u.Day < p.Starts:
		out.Add("day", "projects.measured_day_wrong")
	case u.Day <= p.Locked:
		out.Add("day", "projects.day_locked", "Day", p.Locked)
	case slices.ContainsFunc(i.Updates, func(o Update) bool { return o.Day == u.Day && o.Review != Returned }):
		out.Add("day", "projects.day_twice")
	}
	u.Figure.check(&out, "figure", i.Percent)
	out.OfficialAtMost("words", u.Words, maxText)
	if u.Evidence != "" && !webAddress(u.Evidence) {
		out.Add("evidence", "projects.address_wrong")
	}
	return out
}
