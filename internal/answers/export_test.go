package answers

import (
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// A day that was announced stays, and a calendar that comes to another is told apart: two working days from Monday, 2 March, are until Wednesday;
// with a day off on Tuesday until Thursday.
func TestAnAnnouncedDayIsHeldAgainstTheCalendar(t *testing.T) {
	zone := time.FixedZone("", 5*3600)
	before := civic.Calendar{Zone: zone}
	c := Counted{Start: time.Date(2026, 3, 2, 10, 0, 0, 0, zone), Days: 2}
	c.End = before.Add(c.Start, c.Days)
	for _, each := range []struct {
		cal  civic.Calendar
		same bool
		day  string
	}{{before, true, "2026-03-04"}, {civic.Calendar{Zone: zone, Days: map[string]civic.Day{"2026-03-03": {}}}, false, "2026-03-05"}} {
		due, same := c.by(each.cal)
		if got := due.End.In(zone).Format(time.DateOnly); same != each.same || got != each.day {
			t.Errorf("%s, the same: %v", got, same)
		}
	}
}

// SpoilOwing makes the sums of what is owed wrong: too many, and none where something is owed.
func SpoilOwing(tx *storage.Tx) error {
	_, err := tx.Exec("UPDATE answers_owing SET n = n + 5 WHERE due = (SELECT MIN(due) FROM answers_owing)")
	if err == nil {
		_, err = tx.Exec("DELETE FROM answers_owing WHERE due = (SELECT MAX(due) FROM answers_owing)")
	}
	return err
}
