package indicators

import (
	"errors"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/indicators/formula"
	"github.com/birge-kz/birge/internal/surveys/estimate"
)

// Value is an indicator for a period and a district.
type Value struct {
	Indicator string
	Period    string // "2026-11", "2026-Q4", "2026"; "": not told apart by time
	District  string // code; "": the whole city
	// Number is nil where there is nothing to tell from, and where there is too little (Few).
	Number *big.Rat
	Few    bool
	// Part and Of are of a share: how many rows of how many. 0 where there are too few.
	Part, Of int64
	// Low and High are the interval of an estimate, in millionths.
	Low, High int64
}

// Float is the number for drawing.
func (v Value) Float() float64 {
	if v.Number == nil {
		return math.NaN()
	}
	f, _ := v.Number.Float64()
	return f
}

// same reports whether two values say the same.
func (v Value) same(o Value) bool {
	return v.Few == o.Few && (v.Number == nil) == (o.Number == nil) && (v.Number == nil || v.Number.Cmp(o.Number) == 0)
}

// Compute computes definitions over tables. Tables that open does not know (a *formula.Error with NoTable) leave the indicators that
// read them out: missing names them with what they lack.
func Compute(all []*Definition, open func(name string) (formula.Table, error), zone *time.Location) (out map[string][]Value, missing map[string]string, err error) {
	var there []*Definition
	missing = map[string]string{}
	for _, d := range all {
		why, err := lacks(d, open)
		if err != nil {
			return nil, nil, err
		}
		if why != "" {
			missing[d.ID] = why
			continue
		}
		there = append(there, d)
	}
	formulas := make([]*formula.Formula, len(there))
	for i, d := range there {
		formulas[i] = d.Formula
	}
	found, err := formula.Evaluate(formulas, open, zone)
	if err != nil {
		return nil, nil, err
	}
	out = map[string][]Value{}
	for i, d := range there {
		out[d.ID] = []Value{}
		for _, v := range found[i] {
			out[d.ID] = append(out[d.ID], d.value(v))
		}
	}
	return out, missing, nil
}

// lacks names the table or column that a definition reads and that is not there.
func lacks(d *Definition, open func(name string) (formula.Table, error)) (string, error) {
	for _, name := range d.Formula.Tables() {
		table, err := open(name)
		if wrong := (*formula.Error)(nil); errors.As(err, &wrong) && wrong.Code == formula.NoTable {
			return name, nil
		}
		if err != nil {
			return "", err
		}
		for _, column := range d.Formula.Columns(name) {
			if !slices.ContainsFunc(table.Columns, func(c formula.Column) bool { return c.Name == column }) {
				return name + "." + column, nil
			}
		}
	}
	return "", nil
}

// value is what is published of what a formula found.
func (d *Definition) value(f formula.Value) Value {
	v := Value{Indicator: d.ID, Period: f.Period, District: f.District, Number: f.Number, Part: f.Part, Of: f.Of}
	if f.Number == nil {
		return v
	}
	if d.Formula.Estimates() && f.Of < d.Least {
		return Value{Indicator: d.ID, Period: f.Period, District: f.District, Few: true}
	}
	if d.Interval {
		share, _ := f.Number.Float64()
		i := estimate.Wilson(share, float64(f.Of))
		v.Low, v.High = int64(math.Round(i.Low*1e6)), int64(math.Round(i.High*1e6))
	}
	return v
}

// Granularity is how long the period of a value is.
func granularityOf(period string) formula.Granularity {
	switch {
	case period == "":
		return ""
	case len(period) == 4:
		return formula.Year
	case strings.Contains(period, "Q"):
		return formula.Quarter
	}
	return formula.Month
}

// span is from when to when a period is, the end not included; false for what is no period.
func span(period string, zone *time.Location) (from, to time.Time, ok bool) {
	year, rest, _ := strings.Cut(period, "-")
	y, err := strconv.Atoi(year)
	if err != nil || len(year) != 4 {
		return from, to, false
	}
	first, months := 1, 12
	if quarter, is := strings.CutPrefix(rest, "Q"); is {
		n, err := strconv.Atoi(quarter)
		if err != nil || n < 1 || n > 4 {
			return from, to, false
		}
		first, months = 3*n-2, 3
	} else if rest != "" {
		if first, err = strconv.Atoi(rest); err != nil || first < 1 || first > 12 {
			return from, to, false
		}
		months = 1
	}
	from = time.Date(y, time.Month(first), 1, 0, 0, 0, 0, zone)
	return from, from.AddDate(0, months, 0), true
}

// after is the period that follows one.
func after(period string) string {
	_, to, ok := span(period, time.UTC)
	if !ok {
		return ""
	}
	return periodOf(to, granularityOf(period))
}

// Over reports whether a period has ended by now. What is not told apart by time is as of now.
func Over(period string, now time.Time, zone *time.Location) bool {
	_, to, ok := span(period, zone)
	return !ok || !now.Before(to)
}

// Series are the values of one granularity and district, a value for every period from the first to the last that was over by now, or the
// one that goes on: those without rows are 0 for counts and sums. Of shares and medians there is nothing to tell where there are no rows,
// and the series ends with the last that has some.
func (d *Definition) Series(all []Value, g formula.Granularity, district string, now time.Time) (out []Value) {
	counted := d.Unit == Count || d.Unit == Tiyn || d.Unit == Minutes
	fill := func(until string) {
		for n := len(out); n > 0 && out[n-1].Period < until && after(out[n-1].Period) != until && n < mostPeriods; n++ {
			gap := Value{Indicator: d.ID, Period: after(out[n-1].Period), District: district}
			if counted {
				gap.Number = new(big.Rat)
			}
			out = append(out, gap)
		}
	}
	until := periodOf(now, g)
	for _, v := range all {
		if v.District == district && granularityOf(v.Period) == g && v.Period <= until { // what is to come, such as events that are announced, is no news of the city yet
			fill(v.Period)
			out = append(out, v)
		}
	}
	if counted && g != "" {
		fill(until)
	}
	return out
}

// periodOf is the period of a granularity in which a time lies, in its own zone.
func periodOf(at time.Time, g formula.Granularity) string {
	switch g {
	case formula.Year:
		return at.Format("2006")
	case formula.Quarter:
		return at.Format("2006-") + "Q" + strconv.Itoa((int(at.Month())+2)/3)
	}
	return at.Format("2006-01")
}

// mostPeriods bounds a series: a hundred years of months.
const mostPeriods = 1200

// Direction is how a number went.
type Direction string

// The directions.
const (
	Rose    Direction = "rose"
	Fell    Direction = "fell"
	Stayed  Direction = "same"
	Chance  Direction = "chance" // the intervals overlap: the difference may be chance
	Unknown Direction = ""       // there is no earlier value
)

// Trend compares the last period that is over with the one before it.
type Trend struct {
	Direction    Direction
	Last, Before Value
	// SoFar is the period that goes on, when it has a value.
	SoFar *Value
}

// trend is that of a series.
func trend(series []Value, now time.Time, zone *time.Location) (t Trend) {
	over := series
	if n := len(series); n > 0 && !Over(series[n-1].Period, now, zone) {
		t.SoFar = &series[n-1]
		over = series[:n-1]
	}
	if len(over) == 0 {
		return t
	}
	t.Last = over[len(over)-1]
	if len(over) < 2 || t.Last.Number == nil || over[len(over)-2].Number == nil {
		return t
	}
	t.Before = over[len(over)-2]
	interval := t.Last.High > 0 && t.Before.High > 0
	switch order := t.Last.Number.Cmp(t.Before.Number); {
	case order == 0:
		t.Direction = Stayed
	case interval && t.Last.Low <= t.Before.High && t.Before.Low <= t.Last.High:
		t.Direction = Chance
	case order > 0:
		t.Direction = Rose
	default:
		t.Direction = Fell
	}
	return t
}

// dayAt is when a day begins.
func dayAt(day string, zone *time.Location) (time.Time, bool) {
	at, err := time.ParseInLocation(time.DateOnly, day, zone)
	return at, err == nil
}
