package forming_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/councils"
	. "github.com/birge-kz/birge/internal/forming"
	"github.com/birge-kz/birge/sortition/draw"
)

// The process is killed while people show the values to which they bound themselves: each that was acknowledged is kept, for one that is missing
// makes the draw void.
func TestKilledProcessLosesNoSealedValue(t *testing.T) {
	cfg := app.Config{Capabilities: []capability.Capability{councils.Capability()}}
	var competition, lot string
	var shown []string
	path := citytest.Killed(t, 20, func(path string) { revealForEver(t, path, cfg) }, func(line string) bool {
		if rest, ok := strings.CutPrefix(line, "draw "); ok {
			competition, lot, _ = strings.Cut(rest, " ")
		}
		name, ok := strings.CutPrefix(line, "shown ")
		if ok {
			shown = append(shown, name)
		}
		return ok
	})
	c := citytest.Open(t, path, cfg)
	_, d, err := citytest.Service[*Service](c).ShowDraw(c.Ctx(), civic.Actor{}, civic.ID(competition), civic.ID(lot))
	c.Must(err)
	for _, name := range shown {
		if slices.Contains(d.Missing(), name) {
			t.Errorf("the value of %s is lost", name)
		}
	}
	if len(shown) < 20 {
		t.Errorf("%d values were acknowledged", len(shown))
	}
}

// revealForEver binds a thousand people, and lets one after the other show the value.
func revealForEver(t *testing.T, path string, cfg app.Config) {
	w := open(citytest.Open(t, path, cfg))
	id := w.announce(ByLot)
	w.stand(id, 8)
	until := w.Now().Add(24 * time.Hour).UTC()
	source := draw.Source{Kind: draw.Commitments, Until: &until}
	for i := range 1_000 {
		name := fmt.Sprint("Тұрғын ", i)
		source.Members = append(source.Members, draw.Member{Name: name, Commitment: draw.Commit(name, "мән "+name)})
	}
	d := w.prepared(id, ForSeats)
	w.Must(w.List(w.Ctx(), w.secretary.Actor, id, d.ID, source))
	fmt.Println("draw", id, d.ID)
	for _, m := range source.Members {
		w.Must(w.Reveal(w.Ctx(), w.secretary.Actor, id, d.ID, m.Name, "мән "+m.Name))
		fmt.Println("shown", m.Name)
	}
}
