package ui

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A phone shows every milestone of a chart, joined with its neighbours where there is no room, and
// no dot covers another.
func TestAPhoneShowsEveryMilestone(t *testing.T) {
	var c Chart
	for year := 1991; year <= 2026; year++ {
		c.X = append(c.X, strconv.Itoa(year))
	}
	for _, year := range []int{1994, 1996, 2001, 2005, 2005, 2011, 2015, 2016, 2018, 2024} {
		c.Marks = append(c.Marks, Milestone{X: strconv.Itoa(year)})
	}
	seen, end := map[int]bool{}, -100.0
	for _, dot := range c.milestones(100 / float64(len(c.X))) {
		if dot.class == "minor" {
			continue
		}
		from, to, several := strings.Cut(dot.text, "–")
		first, _ := strconv.Atoi(from)
		last := first
		if several {
			last, _ = strconv.Atoi(to)
		}
		for n := first; n <= last; n++ {
			seen[n] = true
		}
		var x float64
		radius, _ := strconv.ParseFloat(markRadius(dot.text), 64)
		if _, err := fmt.Sscanf(dot.x, "%f%%", &x); err != nil || x*2.6-radius < end {
			t.Errorf("the dot %s at %s covers the one before, %v", dot.text, dot.x, err)
		}
		end = x*2.6 + radius
	}
	if len(seen) != len(c.Marks) {
		t.Errorf("a phone shows %v of %d milestones", seen, len(c.Marks))
	}
}

// Where places have names, each bar has a number on its axis, also on a phone, and a list says whose it is; the table has the names.
func TestNamedPlacesAreNumbered(t *testing.T) {
	names := []string{"мемлекеттен", "қоғамнан", "60 жас және одан үлкен"}
	c := Chart{X: names, Named: true, Series: []Series{{Name: "мүше", Values: []float64{1, 4, 2}}}}
	var axis []string
	for _, l := range c.axis(100.0 / 3) {
		if l.class != "" {
			t.Errorf("%s is left out on a phone", l.text)
		}
		axis = append(axis, l.text)
	}
	if !slices.Equal(axis, []string{"1", "2", "3"}) {
		t.Errorf("the axis says %q", axis)
	}
}
