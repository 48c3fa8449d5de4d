package consultations

import (
	"cmp"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/opinion"
)

// twelve are the first statements: two camps see 1…6 and 7…12 in opposite ways.
func twelve() (out []string) {
	for i := range 12 {
		out = append(out, fmt.Sprintf("Пікір нөмірі %d: саябақ туралы", i+1))
	}
	return out
}

// camps says how people vote: the first camp agrees with 1…6 and not with 7…12, the second the
// other way round. Each person passes on one statement and differs from their camp on another,
// so that hardly any two are alike.
func camps(split int) func(int, int64) Choice {
	return func(person int, statement int64) Choice {
		v := Agree
		if statement > 6 {
			v = Disagree
		}
		if person >= split {
			v = -v
		}
		switch int64(person*7%12) + 1 {
		case statement:
			return Pass
		case statement%12 + 1:
			return -v
		}
		if int64(person*5%11)+1 == statement {
			return -v
		}
		return v
	}
}

func (c *testCity) stored(id civic.ID) (con Consultation) {
	c.t.Helper()
	c.must(c.db.Read(c.ctx(), func(tx *storage.Tx) (err error) { con, err = find(tx, id); return err }))
	return con
}

// crowd lets residents from…from+n−1 vote, gap after one another, and then folds the votes.
func (c *testCity) crowd(id civic.ID, from, n int, gap time.Duration, say func(person int, statement int64) Choice) {
	c.t.Helper()
	con := c.stored(id)
	for i := from; i < from+n; i++ {
		c.pass(gap)
		c.must(c.db.Write(c.ctx(), func(tx *storage.Tx) error {
			p, err := join(tx, con, voter(i))
			if err != nil {
				return err
			}
			var nos []int64
			for st, err := range statements(tx, con) {
				if err != nil {
					return err
				}
				nos = append(nos, st.No)
			}
			for _, no := range nos {
				if v := say(i, no); v != unanswered {
					if err := castVote(tx, con, p, no, v, ballot{choice: unanswered}); err != nil {
						return err
					}
					p.voted = true
				}
			}
			return nil
		}))
	}
	c.must(c.Fold(c.ctx()))
}

// work runs the jobs that are due, a little later.
func (c *testCity) work() {
	c.t.Helper()
	c.pass(10 * time.Second)
	c.Jobs()
}

// seenMap is the map as one reader sees it.
type seenMap struct {
	MapView
	You *You
}

func (c *testCity) mapFor(id civic.ID, v Voter) seenMap {
	c.t.Helper()
	view, err := c.MapOf(c.ctx(), id, v.Actor)
	c.must(err)
	place, err := c.PlaceOf(c.ctx(), id, v)
	c.must(err)
	return seenMap{view, place.You}
}

func (c *testCity) numberOf(id civic.ID, v Voter) int64 {
	c.t.Helper()
	con := c.stored(id)
	var p participant
	c.must(c.db.Read(c.ctx(), func(tx *storage.Tx) (err error) { p, _, err = participantOf(tx, con, v, false); return err }))
	return p.no
}

func TestMapFollowsTheVotes(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		id := opened(c, nil, twelve()...)
		if v := c.mapFor(id, voter(0)); v.Map != nil || v.You != nil {
			t.Fatal("there is a map before there are votes")
		}
		c.crowd(id, 0, 60, time.Minute, camps(30))
		c.work()
		v := c.mapFor(id, voter(3))
		if v.Map == nil || !v.Map.Shows() || v.Map.Voters != 60 || v.Map.Map.People != 60 || v.Map.Map.Votes != 720 {
			t.Fatalf("map %+v", v.Map)
		}
		if len(v.Map.Map.Groups) != 2 || v.Map.Map.Groups[0].Size != 30 || v.Map.Map.Groups[1].Size != 30 {
			t.Fatalf("groups %+v", v.Map.Map.Groups)
		}
		if !v.AsOf.Equal(c.db.Now()) {
			t.Errorf("as of %v, made at %v", v.AsOf, c.db.Now())
		}
		mine, other := v.You.Group, c.mapFor(id, voter(40)).You.Group
		if mine == "" || other == "" || mine == other {
			t.Fatalf("voters of opposite camps are in %q and %q", mine, other)
		}
		if c.mapFor(id, voter(999)).You != nil {
			t.Error("somebody who takes no part is told a place")
		}
		// More votes, of the second camp mostly: it becomes the larger group and keeps its letter.
		before := v.AsOf
		c.crowd(id, 60, 31, time.Second, camps(61))
		c.work()
		v = c.mapFor(id, voter(3))
		if !v.AsOf.After(before) || v.Map.Voters != 91 {
			t.Fatalf("as of %v with %d voters", v.AsOf, v.Map.Voters)
		}
		if v.You.Group != mine || c.mapFor(id, voter(40)).You.Group != other {
			t.Errorf("groups changed letters")
		}
		// An answer of this moment moves its author at once.
		at := v.You.Point
		c.must(c.Vote(c.ctx(), id, voter(3), 8, Agree)) // they disagreed
		if c.mapFor(id, voter(3)).You.Point == at {
			t.Error("a new answer does not move its author")
		}
	})
}

// A map is made again some seconds after the last one, not after every fold.
func TestMapsAreMadeWithPauses(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		id := opened(c, nil, twelve()...)
		c.crowd(id, 0, 40, time.Second, camps(20))
		c.work()
		first := c.mapFor(id, Voter{}).AsOf
		c.crowd(id, 100, 1, 0, camps(20))
		c.Jobs()
		if now := c.mapFor(id, Voter{}).AsOf; !now.Equal(first) {
			t.Fatalf("made again at once")
		}
		c.pass(mapPause)
		c.Jobs()
		if v := c.mapFor(id, Voter{}); v.Map.Voters != 41 {
			t.Fatalf("not made again after the pause: %d voters", v.Map.Voters)
		}
	})
}

// The sweep finds votes for which nobody asked for a map.
func TestMapsAreSwept(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		id := opened(c, nil, twelve()...)
		c.crowd(id, 0, 40, time.Second, camps(20))
		c.must(c.db.Write(c.ctx(), func(tx *storage.Tx) error { _, err := tx.Exec("DELETE FROM job"); return err }))
		c.pass(10 * time.Second)
		c.must(jobs.New(c.db, c.running().Jobs, nil, slog.New(slog.DiscardHandler), jobs.WorkerOptions{}).Drain(c.ctx())) // all but the sweep
		if c.mapFor(id, Voter{}).Map != nil {
			t.Fatal("a map without a job")
		}
		c.must(c.sweepMaps(c.ctx()))
		c.work()
		if c.mapFor(id, Voter{}).Map == nil {
			t.Fatal("no map after the sweep")
		}
	})
}

// place agrees with the projection and the groups of package opinion.
func TestPlaceIsThatOfTheMap(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		id := opened(c, nil, twelve()...)
		c.crowd(id, 0, 70, time.Second, func(person int, st int64) Choice {
			if int64(person)%4 == st%4 && person%3 == 0 {
				return unanswered
			}
			return camps(30)(person, st)
		})
		con := c.stored(id)
		var in votesForMap
		c.must(c.db.Read(c.ctx(), func(tx *storage.Tx) (err error) { in, _, err = loadVotes(tx, id, c.mapLimits(), true); return err }))
		m, err := in.conv.Map(c.ctx(), nil)
		c.must(err)
		s := in.publish(m, c.mapLimits())
		for _, p := range m.Participants {
			var votes map[int64]Choice
			c.must(c.db.Read(c.ctx(), func(tx *storage.Tx) (err error) { votes, err = said(tx, con, p.ID); return err }))
			you := s.place(votes, c.mapLimits().options().MinVotes)
			if math.Hypot(you.X-p.X, you.Y-p.Y) > 1e-9 || you.Answers != p.Answers {
				t.Fatalf("place %v of %d answers, on the map %v of %d", you.Point, you.Answers, p.Point, p.Answers)
			}
			if group := m.Groups[p.Group].Letter; you.Group != group {
				t.Errorf("group %q, on the map %q", you.Group, group)
			}
		}
	})
}

// What is published of a map contains nobody's number and nobody's exact place.
func TestSnapshotHoldsNobody(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		id := opened(c, nil, twelve()...)
		c.crowd(id, 0, 60, time.Minute, camps(30))
		c.work()
		con := c.stored(id)
		var text string
		c.must(c.db.Read(c.ctx(), func(tx *storage.Tx) (err error) {
			text, err = storage.One(tx, storage.Scalar[string], "SELECT snapshot FROM consultations_map WHERE consultation = $1", con.no)
			return err
		}))
		for i := range 60 {
			if no := fmt.Sprint(c.numberOf(id, voter(i))); len(no) > 5 && strings.Contains(text, no) {
				t.Errorf("the snapshot holds number %s", no)
			}
		}
		s := c.mapFor(id, Voter{}).Map
		people := 0
		for i, d := range s.Dots {
			people += d.People
			if i > 0 && (d.Y < s.Dots[i-1].Y || d.Y == s.Dots[i-1].Y && d.X < s.Dots[i-1].X) {
				t.Error("dots are not in the order of their places")
			}
		}
		if people != 60 {
			t.Errorf("%d people on the grid", people)
		}
		for _, w := range s.Map.Warnings {
			if w.Code == opinion.Coordinated {
				t.Error("suspicion is published")
			}
		}
	})
}

func TestNoGroupIsSmall(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		id := opened(c, nil, twelve()...)
		c.crowd(id, 0, 40, time.Minute, camps(36)) // four against all
		c.work()
		for _, g := range c.mapFor(id, Voter{}).Map.Map.Groups {
			if g.Size < 5 {
				t.Errorf("group %s has %d people", g.Letter, g.Size)
			}
		}
		if you := c.mapFor(id, voter(38)).You; you.Group == "" {
			t.Error("somebody of a small group is nowhere")
		}
	})
}

// With few people, or nothing to show, there is a map without groups, and every figure is a
// number.
func TestDegenerateMaps(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		for name, say := range map[string]func(int, int64) Choice{
			"all pass": func(int, int64) Choice { return Pass },
			"alike":    func(int, int64) Choice { return Agree },
			"one vote": func(_ int, st int64) Choice {
				if st == 1 {
					return Disagree
				}
				return unanswered
			},
		} {
			for _, people := range []int{1, 2, 29, 40} {
				if people == 2 && name != "one vote" {
					continue
				}
				id := opened(c, nil, twelve()...)
				c.crowd(id, 0, people, time.Hour/100, say)
				c.work()
				v := c.mapFor(id, voter(0))
				if v.Map == nil || v.Map.Voters != people {
					t.Fatalf("%s, %d people: %+v", name, people, v.Map)
				}
				if v.Map.Hidden != (v.Map.Map.People < 30) || v.Map.Hidden && (v.Map.Shows() || v.You != nil || v.Map.Dots != nil || v.Map.Map.Groups != nil) {
					t.Errorf("%s, %d people: shown, %d on the map", name, people, v.Map.Map.People)
				}
				if _, err := json.Marshal(v.Map); err != nil {
					t.Errorf("%s, %d people: %v", name, people, err)
				}
			}
		}
		empty := opened(c, nil)
		c.must(c.makeMap(c.ctx(), empty, false))
		if v := c.mapFor(empty, Voter{}); v.Map == nil || v.Map.Shows() {
			t.Error("a consultation without statements")
		}
	})
}

// A removed statement is off the map at once, not only with the next one.
func TestRemovedStatementLeavesTheMap(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		id := opened(c, nil, twelve()...)
		c.crowd(id, 0, 60, time.Minute, camps(30))
		c.work()
		c.must(c.Moderate(c.ctx(), moderator, id, 1, moderation.Choice{Rule: "insult.1", Reason: "Тіл тигізу"}))
		check := func(when string) {
			v := c.mapFor(id, Voter{})
			for _, st := range v.Map.Map.Statements {
				if st.ID == 1 && (!st.Out || st.Counts != (opinion.Counts{})) {
					t.Errorf("%s: %+v", when, st)
				}
			}
			b, err := json.Marshal(v.Report("kk", "").Data())
			c.must(err)
			lacks(t, when, string(b), "нөмірі 1:")
			for _, g := range v.Map.Map.Groups {
				for _, r := range g.Representative {
					if r.Statement == 1 {
						t.Errorf("%s: it marks group %s", when, g.Letter)
					}
				}
			}
		}
		check("at once")
		was := c.mapFor(id, Voter{}).AsOf
		c.work()
		check("after the next map")
		if !c.mapFor(id, Voter{}).AsOf.After(was) {
			t.Error("no map was made")
		}
	})
}

func TestStatementsAreRoutedByTheMap(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		id := opened(c, nil, twelve()...)
		next := func(n int) int64 {
			v, err := c.View(c.ctx(), id, voter(n), 0)
			c.must(err)
			if v.Statement == nil {
				return 0
			}
			return v.Statement.No
		}
		if got, _ := nextStatement(c.leftOver(id, -1), noAuthor); next(500) != got {
			t.Error("without a map the statement is not chosen by votes")
		}
		c.crowd(id, 0, 60, time.Minute, camps(30))
		c.work()
		m := c.mapFor(id, Voter{}).Map.Map
		all := make([]int64, 12)
		for i := range all {
			all[i] = int64(i + 1)
		}
		differ := false
		for n := 600; n < 640; n++ {
			first := next(n)
			c.must(c.Vote(c.ctx(), id, voter(n), first, Pass))
			left := slices.DeleteFunc(slices.Clone(all), func(no int64) bool { return no == first })
			want, _ := m.NextOf(left, draw(c.numberOf(id, voter(n)), -1-int64(len(left))))
			got := next(n)
			if got != want || got != next(n) {
				t.Fatalf("asked %d, the map says %d", got, want)
			}
			differ = differ || got != next(600)
		}
		if !differ {
			t.Error("everybody is asked the same")
		}
		// A statement newer than the map has the priority of a statement without votes, so it
		// is soon shown to somebody.
		added, err := c.AddStatement(c.ctx(), id, voter(1), "Бұл мүлдем жаңа ұсыныс", "kk", true)
		c.must(err)
		seen := 0
		for n := 700; n < 760; n++ {
			c.must(c.Vote(c.ctx(), id, voter(n), 1, Pass))
			if next(n) == added.No {
				seen++
			}
		}
		if seen < 6 {
			t.Errorf("a new statement is asked of %d in 60", seen)
		}
	})
}

func (c *testCity) leftOver(id civic.ID, p int64) (out []candidate) {
	con := c.stored(id)
	c.must(c.db.Read(c.ctx(), func(tx *storage.Tx) (err error) { out, err = candidates(tx, con, p); return err }))
	return out
}

// A map that is too large says so, and the other maps are made all the same.
func TestMapTooLarge(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		big, small := opened(c, nil, twelve()...), opened(c, nil, twelve()...)
		c.crowd(big, 0, 40, time.Minute, camps(20))
		c.work()
		c.SetBeyond("consultations.map_megabytes", 1)
		c.crowd(big, 40, 1, 0, camps(20))
		c.work()
		v := c.mapFor(big, Voter{})
		if !v.TooLarge || v.Needs <= v.Allows || v.Map == nil || v.Map.Voters != 40 {
			t.Fatalf("too large %v, needs %d of %d, map %v", v.TooLarge, v.Needs, v.Allows, v.Map != nil)
		}
		c.Set("consultations.map_megabytes", 512)
		c.crowd(small, 0, 40, time.Minute, camps(20))
		c.work()
		if v := c.mapFor(small, Voter{}); v.TooLarge || v.Map == nil {
			t.Error("the other has no map")
		}
		c.crowd(big, 41, 1, 0, camps(20))
		c.pass(time.Minute)
		c.work()
		if v := c.mapFor(big, Voter{}); v.TooLarge || v.Map.Voters != 42 {
			t.Error("it is not taken up again when it fits")
		}
	})
}

// A large map is handed to a job kind for large maps. The next time it goes there directly.
func TestLargeMapsHaveTheirOwnQueue(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		id := opened(c, nil, "Бірінші пікір")
		con := c.stored(id)
		c.must(c.db.Write(c.ctx(), func(tx *storage.Tx) error {
			rows := make([]importStatement, 1100) // the sums over their pairs alone need 20 MB
			for i := range rows {
				rows[i].Statement = Statement{No: int64(i + 2), Text: "Пікір", State: Shown, author: noAuthor}
			}
			return importStatements(tx, con.no, rows)
		}))
		c.crowd(id, 0, 2, time.Second, func(_ int, st int64) Choice {
			if st > 10 {
				return unanswered
			}
			return Agree
		})
		queued := func() (out string) {
			c.must(c.db.Read(c.ctx(), func(tx *storage.Tx) error {
				kinds, err := storage.All(tx, storage.Scalar[string], "SELECT kind FROM job WHERE kind LIKE $1 ORDER BY kind LIMIT 10", "consultations.%")
				out = strings.Join(kinds, " ")
				return err
			}))
			return out
		}
		if queued() != mapJob {
			t.Fatalf("queued: %s", queued())
		}
		c.must(c.makeMap(c.ctx(), id, false))
		if queued() != mapJob+" "+largeMapJob || c.mapFor(id, Voter{}).Map != nil {
			t.Fatalf("queued: %s", queued())
		}
		c.work()
		if c.mapFor(id, Voter{}).Map == nil {
			t.Fatal("no map")
		}
		c.crowd(id, 5, 1, time.Second, func(_ int, st int64) Choice {
			if st > 3 {
				return unanswered
			}
			return Agree
		})
		if queued() != largeMapJob {
			t.Errorf("queued: %s", queued())
		}
	})
}

// burst adds twelve accounts with the very same answers within a minute.
func (c *testCity) burst(id civic.ID) {
	c.crowd(id, 1000, 12, 5*time.Second, func(_ int, st int64) Choice {
		if st%2 == 0 {
			return Disagree
		}
		return Agree
	})
}

func TestLeavingABurstOut(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		id := opened(c, nil, twelve()...)
		c.crowd(id, 0, 60, time.Hour, camps(30))
		c.burst(id)
		c.work()
		panel, err := c.MapPanel(c.ctx(), moderator, id)
		c.must(err)
		if len(panel.Bursts) != 1 || len(panel.Bursts[0].Accounts) != 12 || panel.Bursts[0].Votes != 144 || !panel.MayExclude {
			t.Fatalf("panel %+v", panel.Bursts)
		}
		b := panel.Bursts[0]
		if slices.ContainsFunc(b.Accounts, func(no int64) bool { return no != 0 }) {
			t.Error("the panel says who")
		}
		if b.Without.Voters != 60 || b.Without.Map.Votes != 720 || panel.Map.Voters != 72 || b.Without.LeftOut.Votes != 144 {
			t.Errorf("preview: %d voters, %d votes, %+v", b.Without.Voters, b.Without.Map.Votes, b.Without.LeftOut)
		}
		if v := c.mapFor(id, Voter{}); v.Map.Voters != 72 || len(v.Exclusions) != 0 {
			t.Error("somebody was left out silently")
		}
		reason := civic.Text{"kk": "Бір минутта бірдей жауап", "ru": "Одинаковые ответы за минуту"}
		_, err = c.MapPanel(c.ctx(), resident(1), id)
		wantCode(t, err, civic.Forbidden)
		_, err = c.MapPanel(c.ctx(), officer(police), id)
		wantCode(t, err, civic.Forbidden)
		wantCode(t, c.LeaveOut(c.ctx(), officer(akimat), id, b.Key, reason), civic.Forbidden)
		wantCode(t, c.LeaveOut(c.ctx(), moderator, id, b.Key, both("  ")), civic.Invalid)
		wantCode(t, c.LeaveOut(c.ctx(), moderator, id, "0000", reason), civic.Conflict)
		c.must(c.LeaveOut(c.ctx(), moderator, id, b.Key, reason))
		wantCode(t, c.LeaveOut(c.ctx(), moderator, id, b.Key, reason), civic.Conflict)
		c.work()
		v := c.mapFor(id, voter(1003))
		if v.Map.Voters != 60 || v.Map.Map.Votes != 720 || v.Map.LeftOut.Accounts != 12 || v.Map.LeftOut.Votes != 144 {
			t.Fatalf("without: %d voters, %d votes, %+v", v.Map.Voters, v.Map.Map.Votes, v.Map.LeftOut)
		}
		if len(v.Exclusions) != 1 || v.Exclusions[0].Reason["ru"] != reason["ru"] || v.Exclusions[0].Votes != 144 || !v.You.LeftOut {
			t.Errorf("exclusions %+v, you %+v", v.Exclusions, v.You)
		}
		if c.mapFor(id, voter(1)).You.LeftOut {
			t.Error("somebody else is told they are left out")
		}
		if n := c.counts(id)[1].Total(); n != 72 {
			t.Errorf("the results count %d votes", n)
		}
		wantCode(t, c.CountAgain(c.ctx(), officer(akimat), id, 1, reason), civic.Forbidden)
		wantCode(t, c.CountAgain(c.ctx(), moderator, id, 7, reason), civic.NotFound)
		c.must(c.CountAgain(c.ctx(), administrator, id, 1, both("Мектеп сыныбы екен")))
		c.work()
		if v := c.mapFor(id, voter(1003)); v.Map.Voters != 72 || v.Map.LeftOut.Votes != 0 || v.You.LeftOut || v.Exclusions[0].ReversedAt.IsZero() {
			t.Errorf("after the reversal: %d voters, %+v", v.Map.Voters, v.Exclusions)
		}
		if acts := c.audited(); !slices.Equal(acts, []string{"officer-00000000000000000000akimat consultations.consultation.publish", "moderator consultations.exclusion.leave_out", "administrator consultations.exclusion.count_again"}) {
			t.Errorf("audit list %v", acts)
		}
	})
}

// After an account is erased its number is nowhere; its votes stay, and so does what was
// decided about them.
func TestErasureLeavesNoNumber(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		id := opened(c, nil, twelve()...)
		con := c.stored(id)
		c.crowd(id, 0, 60, time.Hour, camps(30))
		c.burst(id)
		c.must(c.Vote(c.ctx(), id, voter(5), 1, Pass))
		c.must(c.Vote(c.ctx(), id, voter(5), 1, Agree))
		_, err := c.AddStatement(c.ctx(), id, voter(1003), "Бұл менің жеке ұсынысым", "kk", true)
		c.must(err)
		c.work()
		panel, err := c.MapPanel(c.ctx(), moderator, id)
		c.must(err)
		c.must(c.LeaveOut(c.ctx(), moderator, id, panel.Bursts[0].Key, both("Бірдей жауап")))
		c.work()
		holds := func(no int64) (where []string) {
			c.must(c.db.Read(c.ctx(), func(tx *storage.Tx) error {
				for name, query := range map[string]string{"participant": "SELECT COUNT(*) FROM consultations_participant WHERE consultation = $1 AND no = $2",
					"vote": "SELECT COUNT(*) FROM consultations_vote WHERE consultation = $1 AND participant = $2", "former": "SELECT COUNT(*) FROM consultations_vote_former WHERE consultation = $1 AND participant = $2",
					"author": "SELECT COUNT(*) FROM consultations_statement WHERE consultation = $1 AND author = $2", "exclusion": "SELECT COUNT(*) FROM consultations_exclusion_member WHERE consultation = $1 AND participant = $2"} {
					n, err := storage.One(tx, storage.Scalar[int64], query, con.no, no)
					if err != nil {
						return err
					}
					if n > 0 {
						where = append(where, name)
					}
				}
				for _, column := range []string{"memory", "bursts", "snapshot"} {
					text, err := storage.One(tx, storage.Scalar[string], "SELECT "+column+" FROM consultations_map WHERE consultation = $1", con.no)
					if err != nil {
						return err
					}
					var v any
					c.must(json.Unmarshal([]byte(text), &v))
					if slices.Contains(strings.FieldsFunc(text, func(r rune) bool { return r < '0' || r > '9' }), fmt.Sprint(no)) && no > 1000 {
						where = append(where, column)
					}
				}
				return nil
			}))
			slices.Sort(where)
			return where
		}
		ordinary, left := c.numberOf(id, voter(5)), c.numberOf(id, voter(1003))
		if got := holds(ordinary); !slices.Equal(got, []string{"former", "memory", "participant", "vote"}) {
			t.Fatalf("before: %v", got)
		}
		// A map is being made meanwhile, with the old numbers.
		c.pass(time.Minute)
		var in votesForMap
		c.must(c.db.Read(c.ctx(), func(tx *storage.Tx) (err error) { in, _, err = loadVotes(tx, id, c.mapLimits(), true); return err }))
		m, err := in.conv.Map(c.ctx(), in.memory)
		c.must(err)
		for _, n := range []int{5, 1003} {
			c.must(c.db.Write(c.ctx(), func(tx *storage.Tx) error { return erasePerson(tx, resident(n).Account) }))
		}
		c.pass(time.Second)
		c.must(c.storeMap(c.ctx(), in, in.publish(m, c.mapLimits()), m.Memory, nil))
		for _, no := range []int64{ordinary, left} {
			if got := holds(no); len(got) > 0 {
				t.Errorf("number %d is still in %v", no, got)
			}
		}
		c.work()
		if v := c.mapFor(id, Voter{}); v.Map.Voters != 60 || v.Map.LeftOut.Accounts != 12 {
			t.Errorf("after: %d voters, %+v", v.Map.Voters, v.Map.LeftOut)
		}
		if c.mapFor(id, voter(5)).You != nil {
			t.Error("an erased account is told a place")
		}
	})
}

// A whole map of a consultation: reading its votes, the mathematics, storing. BIRGE_BENCH_MAP
// sets the number of votes, of which each person gives fifty on a hundred statements.
func BenchmarkMap(b *testing.B) {
	votes := 50_000
	if n, err := strconv.Atoi(os.Getenv("BIRGE_BENCH_MAP")); err == nil {
		votes = n
	}
	c, id := benchCity(b)
	con := c.stored(id)
	c.must(c.db.Write(b.Context(), func(tx *storage.Tx) error {
		rows := make([]importStatement, 100)
		for i := range rows {
			rows[i].Statement = Statement{No: int64(i + 100), Text: "Пікір", State: Shown, author: noAuthor}
		}
		return importStatements(tx, con.no, rows)
	}))
	for p := 0; p < votes/50; {
		c.must(c.db.Write(b.Context(), func(tx *storage.Tx) error {
			var rows []importVote
			for range min(1000, votes/50-p) {
				for j := range 50 {
					rows = append(rows, importVote{participant: int64(p), statement: int64(100 + (p*7+j*13)%100), choice: Choice((p%3+j*j+p/7)%3 - 1), at: int64(1e12 + p)})
				}
				p++
			}
			return importVotes(tx, "consultations_vote", con.no, unique(rows))
		}))
	}
	b.ResetTimer()
	for b.Loop() {
		c.must(c.makeMap(b.Context(), id, true))
	}
}

// unique keeps one vote of each person on each statement, in the order of the table.
func unique(rows []importVote) []importVote {
	slices.SortFunc(rows, func(a, b importVote) int {
		return cmp.Or(cmp.Compare(a.participant, b.participant), cmp.Compare(a.statement, b.statement))
	})
	return slices.CompactFunc(rows, func(a, b importVote) bool { return a.participant == b.participant && a.statement == b.statement })
}
