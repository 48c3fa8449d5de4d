package events_test

import (
	"testing"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/events"
	"github.com/birge-kz/birge/internal/moderation"
)

// Each step of each state leads where the diagram of the README says, and nowhere else.
func TestStepsAreThoseOfTheDiagram(t *testing.T) {
	drawn := map[State]map[Step]State{
		Draft:     {Announce: Announced},
		Suggested: {LetIn: Announced, Refuse: Refused},
		Announced: {Refuse: Refused, CallOff: Cancelled, Report: Reported},
		Refused:   {LetIn: Announced},
		Reported:  {Report: Reported, Refuse: Refused},
		Cancelled: {Refuse: Refused},
	}
	seen := map[State]bool{Draft: true, Suggested: true} // in which one begins
	for _, from := range []State{Draft, Suggested, Refused, Announced, Cancelled, Reported, "none"} {
		for _, step := range []Step{Announce, LetIn, Refuse, CallOff, Report, "none"} {
			to, taken := Next(from, step)
			if want, is := drawn[from][step]; to != want || taken != is {
				t.Errorf("%s, %s: %q %t, not %q %t", from, step, to, taken, want, is)
			}
			seen[to] = seen[to] || taken
		}
	}
	for s := range drawn {
		if !seen[s] {
			t.Errorf("nothing leads to %s", s)
		}
	}
}

// What the diagram does not draw is refused, whoever asks for it, and changes nothing.
func TestWhatIsNotDrawnIsRefused(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		host, moderator := town.host.Actor, c.Moderator().Actor
		why := civic.Text{"kk": "Боран", "ru": "Буран"}
		plan := Plan{Starts: town.at(7, 18), Ends: town.at(7, 20)}
		acts := map[Step]func(civic.ID) error{
			Announce: func(id civic.ID) error { return town.Announce(c.Ctx(), host, id) },
			LetIn: func(id civic.ID) error {
				return town.Decide(c.Ctx(), moderator, id, moderation.Choice{Approve: true})
			},
			CallOff: func(id civic.ID) error { return town.CallOff(c.Ctx(), host, id, why) },
			Report:  func(id civic.ID) error { return town.Tell(c.Ctx(), host, id, Telling{Words: why}) },
		}
		refused := func(id civic.ID, state State, steps ...Step) {
			t.Helper()
			for _, step := range steps {
				if err := acts[step](id); civic.CodeOf(err) != civic.Closed {
					t.Errorf("%s, %s: %v", state, step, err)
				}
				if got := town.show(id).State; got != state {
					t.Fatalf("%s, %s: it is %s", state, step, got)
				}
			}
		}
		id, err := town.Service.Write(c.Ctx(), host, town.fair(0), plan)
		c.Must(err)
		refused(id, Draft, LetIn, CallOff, Report)
		c.Must(acts[Announce](id))
		refused(id, Announced, Announce, LetIn, Report) // it is not over yet
		c.Must(acts[CallOff](id))
		refused(id, Cancelled, Announce, LetIn, CallOff, Report)
		over := town.announced(town.fair(0), Plan{Starts: town.at(1, 18), Ends: town.at(1, 20)})
		c.Acts()
		c.At(town.at(2, 9))
		c.Must(acts[Report](over.ID))
		refused(over.ID, Reported, Announce, LetIn, CallOff)
		c.Must(acts[Report](over.ID)) // told again
	}, Capability())
}
