package budgeting_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"time"

	. "github.com/birge-kz/birge/internal/budgeting"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record/proof"
)

// site is what a city publishes, as birge verify fetches it.
type site struct{ c *citytest.City }

func (s site) Get(_ context.Context, path string, _ int64) ([]byte, error) {
	page := s.c.Browser(nil).Get("/" + path)
	if page.Status == 404 {
		return nil, fs.ErrNotExist
	}
	return []byte(page.Body), nil
}

func (site) Live() bool { return true }

// What somebody changes of a published result is found by counting again: another file, and a record that says another winner than its file gives.
func TestTheResultIsCountedAgain(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w, _ := voting(c, nil, 8_000_000, 9_000_000, 12_000_000)
		for i := range 6 {
			_, err := w.cast(verified(c, i), []string{"1", "2", "2 3"}[i%3])
			c.Must(err)
		}
		c.Pass(11 * 24 * time.Hour)
		c.Jobs()
		claims, counted := Claims{}, c.Acts("budgeting.campaign.counted")
		if len(counted) != 1 {
			t.Fatalf("counted %d times", len(counted))
		}
		claims.Add(6, c.Acts("ballots.vote.counted")[0].Entry)
		claims.Add(7, counted[0].Entry)
		if claims[w.campaign].Vote == "" {
			t.Fatal("nobody knows whose ballots they are")
		}
		c.Must(claims.Check(c.Ctx(), site{c}))

		finds := func(detail string) {
			t.Helper()
			var f *proof.Finding
			if err := claims.Check(c.Ctx(), site{c}); !errors.As(err, &f) || f.Detail != detail || f.Index != 7 {
				t.Errorf("%s: %v", detail, err)
			}
		}
		whole := claims[w.campaign]
		other := whole
		other.Results = append([]Counted{}, whole.Results...)
		other.Results[0].Winners = []int{3}
		claims[w.campaign] = other
		finds("budget_result")
		claims[w.campaign] = whole
		// Another file with another record of it, in which the same projects win: the ballots are not those of the list.
		var file string
		c.Read(func(tx *storage.Tx) (err error) {
			file, err = storage.One(tx, storage.Scalar[string], "SELECT pb FROM budgeting_count")
			return err
		})
		lines := strings.Split(strings.TrimSpace(file), "\n")
		forged := strings.Replace(strings.Join(lines[:len(lines)-1], "\n")+"\n", "num_votes;6", "num_votes;5", 1)
		sum := sha256.Sum256([]byte(forged))
		other = whole
		other.Results = append([]Counted{}, whole.Results...)
		other.Results[0].Hash, other.Results[0].Voters = hex.EncodeToString(sum[:]), 5
		claims[w.campaign] = other
		c.Tamper("UPDATE budgeting_count SET pb = '" + strings.ReplaceAll(forged, "'", "''") + "'")
		finds("budget_ballots")
		claims[w.campaign] = whole
		finds("budget_file")
	}, Capability())
}
