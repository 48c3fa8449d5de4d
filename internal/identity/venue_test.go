package identity_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// While a venue is open at an address, sixty and more people can take part behind it. Before
// and after, and elsewhere, the usual limit holds.
func TestAHallOfPeopleBehindOneAddress(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		const hall = "198.51.100.77"
		asked := func(from string) (n int) { // sign-ups until somebody is told to wait
			for ; n < 400; n++ {
				b := c.Browser(nil)
				b.Address = from + ":1"
				if b.Post("/en/sign-up", "email", fmt.Sprintf("x%d@example.kz", n)).Status == 429 {
					return n
				}
			}
			return n
		}
		officer := c.Browser(c.Officer(akimat.ID))
		officer.Address = hall + ":5"
		moderator := c.Browser(c.Moderator())
		usual := int(c.Settings.Value("identity.mails_from"))
		if n := asked("198.51.100.78"); n != usual {
			t.Errorf("without a venue: %d, want %d", n, usual)
		}
		c.Browser(c.Resident("")).Post("/en/desk/venues", "name", "My flat", "people", "50", "hours", "4").Want(403)
		officer.Post("/en/desk/venues", "name", " ", "people", "many", "hours", "99").Want(422, "Say which place", "from 2 to 300", "1 to 4 hours", `value="many"`)
		officer.Get("/en/desk/venues").Want(200, "network of this device: "+hall).Lacks("Open now")
		officer.Post("/en/desk/venues", "name", "Hall of the library", "people", "70", "hours", "2").Want(303)

		moderator.Get("/en/desk/venues").Want(200, "Open now", "Hall of the library", "70 people").Lacks("your network")
		officer.Get("/en/desk/venues").Want(200, "your network")
		guest := c.Browser(nil)
		guest.Address = hall + ":9"
		guest.Get("/en/sign-up").Want(200, "A venue is open here", "Hall of the library")
		c.Browser(nil).Get("/en/sign-up").Want(200).Lacks("Hall of the library")
		if n := asked(hall); n != 3*70 {
			t.Errorf("at the venue: %d, want 210", n)
		}
		if n := asked("198.51.100.79"); n != usual {
			t.Errorf("elsewhere: %d, want %d", n, usual)
		}
		if n := c.node().Identity.Crowd(hall, 30); n != 210 {
			t.Errorf("on another node: %d", n)
		}

		c.Pass(2*time.Hour + time.Second)
		if n := asked(hall); n > usual {
			t.Errorf("after it: %d, want %d", n, usual)
		}
		guest.Get("/en/sign-up").Want(200).Lacks("Hall of the library")
		officer.Post("/en/desk/venues", "name", "Hall of the library", "people", "70", "hours", "1").Want(303)
		id := c.Identity.Venues()[0].ID
		officer.Post("/en/desk/venues", "name", "The same hall", "people", "80", "hours", "1").Want(303) // in its place
		moderator.Post("/en/desk/venues/" + string(id) + "/close").Want(404)
		moderator.Post("/en/desk/venues/" + string(c.Identity.Venues()[0].ID) + "/close").Want(303)
		if n := c.Identity.Crowd(hall, 30); n != 30 {
			t.Errorf("closed: %d", n)
		}
		c.Browser(c.Administrator()).Get("/en/desk/audit").Want(200, "Opened a venue", "Hall of the library", "70 people", "Closed a venue", "The same hall").Lacks(hall)

		officer.Post("/en/desk/venues", "name", "Third", "people", "80", "hours", "1").Want(303)
		c.Pass(2 * time.Hour)
		c.Jobs()
		c.Must(c.Identity.Sweep(c.Ctx()))
		c.Read(func(tx *storage.Tx) error {
			kept, err := AllVenues(tx)
			if len(kept) != 0 {
				t.Errorf("the address of a hall is kept after its time: %v", kept)
			}
			return err
		})
		c.Refused(c.Identity.OpenVenue(c.Ctx(), civic.Actor{}, hall, "x", 5, 1), civic.Forbidden)
	})
}
