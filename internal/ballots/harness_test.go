package ballots_test

import (
	"fmt"
	"testing"
	"testing/fstest"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/ballots"
	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// poll is a made-up thing that is voted on.
var poll = civic.Ref{Kind: "board.poll", ID: "7"}

func board() capability.Capability {
	texts := fstest.MapFS{}
	for _, lang := range civic.Languages() {
		texts[string(lang)+".toml"] = &fstest.MapFile{Data: []byte("kind_poll = \"Poll\"\n")}
	}
	titles := func(_ *storage.Tx, _ civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
		out := map[civic.ID]part.Resolved{}
		for _, id := range ids {
			out[id] = part.Resolved{Title: civic.Text{"kk": "Саябақ", "ru": "Парк"}, Path: "/polls/" + string(id)}
		}
		return out, nil
	}
	return capability.Capability{
		Part: part.Part{Name: "board", Texts: texts, Schema: fstest.MapFS{}, Kinds: []part.Kind{{Name: poll.Kind, Titles: titles, NotSearched: "it is a test's"}},
			Without: []part.Absence{part.No("it is a test's", part.PointSettings, part.PointActs, part.PointAudited, part.PointPersonal, part.PointHelp,
				part.PointNav, part.PointNow, part.PointWeek, part.PointCame, part.PointPromises, part.PointNumbers, part.PointDesk, part.PointMe)}},
		New: func(capability.City) part.Running { return part.Running{} },
	}
}

var options = []ballots.Option{
	{Code: "1", Title: civic.Text{"kk": "Орындық", "ru": "Скамейка"}, Cost: 40},
	{Code: "2", Title: civic.Text{"kk": "Шам", "ru": "Фонарь"}, Cost: 70},
	{Code: "3", Title: civic.Text{"kk": "Субұрқақ", "ru": "Фонтан"}, Cost: 100},
}

// vote is one that goes on for a week from the start of every city, in which one may vote anew.
func vote() ballots.Vote {
	return ballots.Vote{Of: poll, OpensAt: citytest.Start, ClosesAt: citytest.Start.AddDate(0, 0, 7), Revote: true, Options: options, Rule: ballots.Rule{Kind: ballots.Approval, Most: 2}}
}

func config() app.Config { return app.Config{Capabilities: []capability.Capability{board()}} }

// each runs a test in a city in which the vote is open.
func each(t *testing.T, v ballots.Vote, test func(t *testing.T, c *citytest.City)) {
	t.Helper()
	citytest.EachWith(t, config(), func(t *testing.T, c *citytest.City) {
		c.Again()
		begin(c, v)
		test(t, c)
	})
}

func begin(c *citytest.City, v ballots.Vote) (opened ballots.Vote) {
	c.T.Helper()
	c.Write(func(tx *storage.Tx) (err error) { opened, err = c.Ballots.Open(tx, civic.Administrator, v); return err })
	return opened
}

// people are so many who have an account of that name and may vote.
func voter(i int) ballots.Voter {
	return ballots.Voter{Account: civic.ID(fmt.Sprintf("voter-%d", i)), District: "abay", Age: "30-44"}
}

func cast(c *citytest.City, v ballots.Voter, ballot string, words ballots.Words, earlier ...ballots.Words) error {
	b, _ := ballots.ParseBallot(ballot)
	in := ballots.Cast{Ballot: b, Words: words}
	if len(earlier) > 0 {
		in.Earlier = earlier[0]
	}
	return c.Ballots.Cast(c.Ctx(), v, poll, in, nil)
}

// end lets the time of the vote pass and counts.
func end(c *citytest.City) ballots.Result {
	c.T.Helper()
	c.Pass(7 * 24 * time.Hour)
	c.Jobs()
	return result(c)
}

func result(c *citytest.City) (r ballots.Result) {
	c.T.Helper()
	c.Read(func(tx *storage.Tx) (err error) { r, err = c.Ballots.Result(tx, poll); return err })
	return r
}

// published is the published list.
func published(c *citytest.City) (out []ballots.Published) {
	c.T.Helper()
	c.Read(func(tx *storage.Tx) error {
		for p, err := range c.Ballots.Ballots(tx, poll) {
			if err != nil {
				return err
			}
			out = append(out, p)
		}
		return nil
	})
	return out
}

// tallied counts how many ballots say what.
func tallied(c *citytest.City) map[string]int {
	c.T.Helper()
	out := map[string]int{}
	for _, p := range published(c) {
		out[p.Ballot]++
	}
	return out
}

// number runs a query that gives one number.
func number(c *citytest.City, query string, args ...any) (n int64) {
	c.T.Helper()
	c.Read(func(tx *storage.Tx) (err error) {
		n, err = storage.One(tx, storage.Scalar[int64], query, args...)
		return err
	})
	return n
}
