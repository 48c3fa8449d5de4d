package volunteering_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	. "github.com/birge-kz/birge/internal/volunteering"
)

// However many hours of an action were signed, each line has its button: those that do not fit stand on the next page.
func TestSignedHoursHavePages(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		action, shift := town.call(1000)
		c.Write(func(tx *storage.Tx) error {
			number, err := storage.One(tx, storage.Scalar[int64], "SELECT no FROM volunteering_shift WHERE id = $1", shift)
			var come, signed [][]any
			for i := range 203 {
				account := fmt.Sprintf("%026d", i)
				come = append(come, []any{number, account, fmt.Sprintf("Жан %03d", i), "adult", c.Now().UnixMilli()})
				signed = append(signed, []any{i + 1, string(civic.NewID(c.Now())), account, string(shift), string(town.ngo), 60, string(Confirmed), string(town.boss.Account), c.Now().UnixMilli()})
			}
			c.Must(err)
			c.Must(tx.Insert("volunteering_coming (shift, account, name, class, at)", come))
			return tx.Insert("volunteering_entry (no, id, account, shift, organisation, minutes, step, by_account, at)", signed)
		})
		desk := "/ru/desk/volunteering/" + string(action)
		first := c.Browser(town.boss).Get(desk).Want(200, "?signed=").Body
		_, rest, _ := strings.Cut(first, "?signed=")
		next, _, _ := strings.Cut(rest, `"`)
		second := c.Browser(town.boss).Get(desk+"?signed="+next).Want(200, "Жан 202").Lacks(`rel="next"`).Body
		if a, b := strings.Count(first, `name="entry"`), strings.Count(second, `name="entry"`); a != 200 || b != 3 {
			t.Errorf("%d lines, then %d", a, b)
		}
		c.Browser(town.boss).Get(desk+"?signed=nonsense").Want(200, `name="entry"`)
	}, Capability())
}
