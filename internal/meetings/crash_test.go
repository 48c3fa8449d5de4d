package meetings_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/councils"
	. "github.com/birge-kz/birge/internal/meetings"
)

// The process is killed while votes are entered: each that was acknowledged stands, with its recommendation, once.
func TestKilledProcessLosesNoVote(t *testing.T) {
	cfg := app.Config{Capabilities: []capability.Capability{councils.Capability()}}
	held := map[civic.ID]string{} // meetings, by the point
	path := citytest.Killed(t, 30, func(path string) { holdForEver(t, path, cfg) }, func(line string) bool {
		rest, ok := strings.CutPrefix(line, "held ")
		item, meeting, _ := strings.Cut(rest, " ")
		if ok {
			held[civic.ID(item)] = meeting
		}
		return ok
	})
	c := citytest.Open(t, path, cfg)
	for item, meeting := range held {
		v, err := c.Meetings.Show(c.Ctx(), civic.Actor{}, civic.ID(meeting))
		c.Must(err)
		votes := 0
		for _, p := range v.Agenda {
			if p.Item.ID != item {
				continue
			}
			if votes++; p.Vote == nil || p.Vote.For != 4 || p.Item.State != Decided {
				t.Errorf("the vote on %s is lost: %+v", item, p)
			}
		}
		if votes != 1 || len(v.Came) == 0 {
			t.Errorf("%d points, %d recommendations of %s", votes, len(v.Came), meeting)
		}
	}
}

func holdForEver(t *testing.T, path string, cfg app.Config) {
	w := open(citytest.Open(t, path, cfg))
	for n := 0; ; n++ {
		var points []Item
		for i := range 10 {
			points = append(points, Item{Title: civic.Text{"kk": fmt.Sprint("Мәселе ", i), "ru": fmt.Sprint("Вопрос ", i)}})
		}
		meeting, items := w.sit(points...)
		for _, item := range items {
			_, err := w.Meetings.Hold(w.Ctx(), w.secretary.Actor, item, Ask{Text: lamps, Rule: OfPresent, To: w.body, Choices: w.choices(For, For, For, For)})
			w.Must(err)
			fmt.Println("held", item, meeting)
		}
	}
}
