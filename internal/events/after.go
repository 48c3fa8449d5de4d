package events

import (
	"time"

	"github.com/birge-kz/birge/internal/booking"
)

// Figures are the numbers of a report, as they stood when it was told.
type Figures struct {
	Held     int // dates that took place
	Places   int // of these dates
	Came     int // tickets that were read at the door
	Visitors int // as the host counted or guessed, where no tickets were read
	Answers  int // of those who were asked how it was; 0 also where too few answered to say
	Liked    int // their marks: tenths of 1 to 5
}

const mostVisitors = 1_000_000

// figuresOf puts together what is known of an event. least is from how many answers on their marks are told.
func figuresOf(dates []Date, now time.Time, places, came, visitors int, said booking.Opinions, least int) (f Figures) {
	for _, d := range dates {
		if !d.Off && !d.Ends.After(now) {
			f.Held++
		}
	}
	f.Places, f.Came = places, came
	if came == 0 {
		f.Visitors = visitors
	}
	if n := said.Count(); n > 0 && n >= least {
		f.Answers, f.Liked = n, (said.Sum()*10+n/2)/n
	}
	return f
}

// Liking is the mark with its tenths.
func (f Figures) Liking() float64 { return float64(f.Liked) / 10 }
