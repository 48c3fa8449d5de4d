package civic

import (
	"strings"
	"time"
)

// BornByIIN is the day of birth that an individual number says: its first six digits are the day, the seventh the century and sex; what is typed between them does not count. False when it says none: of some
// foreigners the seventh digit is 0.
func BornByIIN(iin string) (time.Time, bool) {
	iin = strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, iin)
	if len(iin) != 12 {
		return time.Time{}, false
	}
	century := map[byte]string{'1': "18", '2': "18", '3': "19", '4': "19", '5': "20", '6': "20"}[iin[6]]
	born, err := time.Parse("20060102", century+iin[:6])
	return born, err == nil
}

// AgeOn is how old somebody is on a day who was born on another.
func AgeOn(born, day time.Time) int {
	age := day.Year() - born.Year()
	if day.Month() < born.Month() || day.Month() == born.Month() && day.Day() < born.Day() {
		age--
	}
	return age
}
