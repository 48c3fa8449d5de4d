package consultations

import (
	"net/http"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/citytest"
)

// A clock that jumps a hundred days ahead closes no consultation: an administrator is asked.
// When the clock is corrected and confirmed, the city goes on as if nothing had happened. When
// the administrator confirms that so much time has really passed, the deadlines take effect.
func TestAClockThatJumpedClosesNothing(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		opened(c, nil, twelve()...)
		beat := func() {
			t.Helper()
			_, err := c.Clock.Beat(c.ctx())
			must(t, err)
		}
		closings := func(what string, want int) {
			t.Helper()
			c.Jobs()
			if got := len(c.Acts(actClosed)); got != want {
				t.Fatalf("%s: %d closings, want %d", what, got, want)
			}
		}
		const jobs, confirm = "/administration/jobs", "The clock is right: go on"
		administrator := func() *citytest.Browser { return c.Browser(c.SignIn(c.Administrator())) } // as its form asks
		beat()
		administrator().Get("/en" + jobs).Want(http.StatusOK).Lacks(confirm)
		administrator().Post("/en" + jobs + "/clock").Want(http.StatusConflict)

		right := c.Now()
		c.pass(100 * 24 * time.Hour)
		closings("the clock jumped", 0)
		administrator().Get("/en/desk").Want(http.StatusOK, "The clock jumped: check and confirm it")

		c.at(right.Add(time.Hour))
		beat()
		c.pass(100 * 24 * time.Hour)
		beat() // now it is noted too
		c.at(right.Add(2 * time.Hour))
		administrator().Get("/en"+jobs).Want(http.StatusOK, confirm)
		administrator().Post("/en" + jobs + "/clock").Want(http.StatusSeeOther)
		closings("the clock was set right", 0)

		c.pass(100 * 24 * time.Hour)
		closings("not yet confirmed", 0)
		administrator().Post("/en" + jobs + "/clock").Want(http.StatusSeeOther)
		closings("so much time has passed", 1)
	})
}
