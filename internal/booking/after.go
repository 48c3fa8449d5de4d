package booking

import (
	"slices"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
)

// Marks are how one liked a thing, from 1 to MostMark.
const MostMark = 5

const maxSaid = 500 // letters of what should be better

// Said is what whoever was there says of it afterwards: two answers.
type Said struct {
	Mark   int    // how they liked it
	Better string // what should be better; may be empty
	At     time.Time
}

// check says what is wrong with it.
func (s Said) check() error {
	var p civic.Problems
	if s.Mark < 1 || s.Mark > MostMark {
		p.Add("mark", "booking.choose_mark")
	}
	p.AtMost("better", s.Better, maxSaid)
	if strings.TrimSpace(s.Better) != "" {
		if key := civic.Junk(s.Better, nil); key != "" {
			p.Add("better", key)
		}
	}
	return p.Err()
}

// Opinions are the answers of all, without whose each is.
type Opinions struct {
	Marks  [MostMark]int // how many gave 1, 2, …
	Better []string      // in the order of the alphabet, so that it does not tell who was first
}

// Count is how many have answered.
func (o Opinions) Count() (n int) {
	for _, marks := range o.Marks {
		n += marks
	}
	return n
}

// Sum is all marks together.
func (o Opinions) Sum() (sum int) {
	for i, n := range o.Marks {
		sum += (i + 1) * n
	}
	return sum
}

// And are those of both.
func (o Opinions) And(more Opinions) Opinions {
	for i, n := range more.Marks {
		o.Marks[i] += n
	}
	o.Better = slices.Concat(o.Better, more.Better)
	slices.Sort(o.Better)
	return o
}

// morning is the moment itself, or the end of the quiet hours that it falls in: nobody is asked at night.
func (r Rules) morning(t time.Time) time.Time {
	if from, to := r.night(t); !t.Before(from) && t.Before(to) {
		return to
	}
	return t
}
