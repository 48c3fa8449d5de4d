package ballots_test

import (
	"cmp"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/ballots"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
)

// The process is killed while people vote, and vote anew: every ballot that was acknowledged is in the box, each once, and the roll
// has as many voters as the box has ballots.
func TestKilledProcessLosesNoBallot(t *testing.T) {
	for _, engine := range engines {
		t.Run(engine.name, func(t *testing.T) { killed(t, engine.dsn) })
	}
}

// keysVar names the folder of keys to the process that is killed: beside a database on PostgreSQL there is none.
const keysVar = "BIRGE_TEST_BALLOT_KEYS"

func killed(t *testing.T, made func(testing.TB) string) {
	t.Setenv(keysVar, cmp.Or(os.Getenv(keysVar), t.TempDir()))
	cfg := config()
	cfg.BallotKeys = os.Getenv(keysVar)
	latest := map[int]string{} // by voter: the words of the last ballot that was acknowledged
	path := citytest.KilledOn(t, made, 200, func(path string) { voteForEver(t, path, cfg) }, func(line string) bool {
		var i int
		rest, ok := strings.CutPrefix(line, "cast ")
		if !ok {
			return false
		}
		if n, _ := fmt.Sscan(rest, &i); n != 1 {
			return false
		}
		_, words, _ := strings.Cut(rest, " ")
		latest[i] = words
		return true
	})
	c := citytest.Open(t, path, cfg)
	if in, rolled := number(c, "SELECT COUNT(*) FROM ballots_box"), number(c, "SELECT COUNT(*) FROM ballots_roll"); in != rolled || in < int64(len(latest)) {
		t.Errorf("%d ballots in the box, %d voters on the roll, %d acknowledged", in, rolled, len(latest))
	}
	r := end(c)
	if r.State != ballots.Counted || r.Unreadable != 0 || r.Boxed != r.Rolled {
		t.Errorf("%+v", r.Vote)
	}
	lost := 0
	for i, typed := range latest {
		words, err := ballots.ParseWords(typed)
		c.Must(err)
		// A ballot that took the place of this one may be in without having been acknowledged: the process died before it could say so.
		if _, err := c.Ballots.Find(c.Ctx(), poll, words); civic.CodeOf(err) == civic.NotFound {
			lost++
			t.Logf("voter %d: the last acknowledged ballot is not the one that stands", i)
		} else if err != nil {
			t.Error(err)
		}
	}
	if lost > voters {
		t.Errorf("%d ballots are lost", lost)
	}
}

// voters is how many vote at once: of each, one ballot may be in that was not acknowledged yet.
const voters = 8

func voteForEver(t *testing.T, path string, cfg app.Config) {
	c := citytest.Open(t, path, cfg)
	begin(c, vote())
	var wg sync.WaitGroup
	for w := range voters {
		wg.Go(func() {
			for i := w; ; i += voters {
				words, again := ballots.NewWords(), ballots.NewWords()
				c.Must(cast(c, voter(i), "1", words))
				fmt.Println("cast", i, words.String(civic.English))
				if i%3 == 0 {
					c.Must(cast(c, voter(i), "2", again, words))
					fmt.Println("cast", i, again.String(civic.English))
				}
			}
		})
	}
	wg.Wait()
}
