package events_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/citytest"
	. "github.com/birge-kz/birge/internal/events"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// A calendar that is subscribed to has all that is to come before what was changed later and is over, with what goes on and what waits for room behind it; of the next it has at most 500.
func TestACalendarHasWhatIsToCome(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		next := town.announced(town.fair(0), Plan{Starts: town.at(3, 10), Ends: town.at(3, 12)})
		far := town.announced(town.fair(0), Plan{Starts: town.at(40, 10), Ends: town.at(40, 12)})
		now := c.Now().UnixMilli()
		var events, dates, hosts [][]any
		over := func(no int, starts, ends int64) {
			id := fmt.Sprintf("%026d", no)
			events = append(events, []any{no, id, "announced", "", `{"kk":"Өткен"}`, `{"kk":"Өткен"}`, "[]", "Көршілер", "Саябақ", "", "", "", "", "all", "[]", "[]", 0, "", "{}", "{}", "", "", 0, "{}", "", now, now + int64(no), ""})
			dates = append(dates, []any{no, no, "d" + id, starts, starts, ends, false, "{}", 0, true, ends-starts > 86_400_000})
			hosts = append(hosts, []any{town.ngo, no})
		}
		for no := 1_001; no <= 1_000+MostInCalendar; no++ { // changed after the two, and over
			over(no, now-int64(no)*3_600_000, now-int64(no)*3_600_000+1)
		}
		over(2_000, now-20*86_400_000, now+86_400_000) // goes on
		c.Write(func(tx *storage.Tx) error {
			if err := tx.Insert("events_event (no, id, state, author, title, about, hosts, host_group, place, point, district, theme, online, audience, languages, access, price, repeats, terms, reason, rule, refusal, decided_at, report, heard, submitted_at, changed_at, uid)", events); err != nil {
				return err
			}
			if err := tx.Insert("events_host (host, event)", hosts); err != nil {
				return err
			}
			return tx.Insert("events_date (no, event, id, of_at, starts_at, ends_at, is_off, reason, sequence, shown, lasting)", dates)
		})
		for _, path := range []string{"/events.ics", "/events.ics?host=" + string(town.ngo)} {
			body := c.Browser(nil).Get(path).Want(200).Body
			at := func(id string) int { return strings.Index(body, "UID:"+id+"@birge") }
			on, first, last := at(fmt.Sprintf("%026d", 2_000)), at(string(next.ID)), at(string(far.ID))
			if on < 0 || first < on || last < first || at(fmt.Sprintf("%026d", 1_000+MostInCalendar)) < last {
				t.Errorf("%s: what goes on, is next, is far: %d %d %d", path, on, first, last)
			}
			if n := strings.Count(body, "BEGIN:VEVENT"); n != MostInCalendar {
				t.Errorf("%s: %d events", path, n)
			}
		}
	}, Capability())
}
