package ballots_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base32"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/ballots"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
	"github.com/birge-kz/birge/internal/record/proof"
)

// election is a vote in which each has a ballot that nobody else has: who learns whose a ballot is knows what that person voted.
type election struct {
	*citytest.City
	v     ballots.Vote
	whose map[string]int // voter by ballot
	log   *bytes.Buffer  // of the program
	keys  string         // the folder of keys
	pairs []pair         // what an administrator has noted who looked into the database after each ballot
}

// pair is a voter and the sealed ballot that was put in together with their name.
type pair struct {
	voter                   int
	id, owner, says, sealed []byte
}

const crowd = 40

func hold(t *testing.T, dsn string) *election {
	e := &election{whose: map[string]int{}, log: &bytes.Buffer{}, keys: filepath.Join(t.TempDir(), "keys")}
	cfg := config()
	cfg.BallotKeys, cfg.Log = e.keys, slog.New(slog.NewTextHandler(e.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	e.City = citytest.Open(t, dsn, cfg)
	v := vote()
	v.Rule = ballots.Rule{Kind: ballots.Points, Points: 900_000}
	e.v = begin(e.City, v)
	seen := map[string]bool{}
	for i := range crowd {
		ballot := fmt.Sprintf("2:%d", 700_001+i*1009)
		e.whose[ballot] = i
		e.Must(cast(e.City, voter(i), ballot, ballots.NewWords()))
		e.Pass(time.Minute)
		for _, p := range e.box() {
			if !seen[string(p.id)] {
				seen[string(p.id)] = true
				p.voter = i
				e.pairs = append(e.pairs, p)
			}
		}
	}
	return e
}

// box is the box as it lies there.
func (e *election) box() (out []pair) {
	e.Read(func(tx *storage.Tx) (err error) {
		out, err = storage.All(tx, storage.Into(func(p *pair) []any { return []any{&p.id, &p.owner, &p.says, &p.sealed} }), "SELECT id, owner, says, sealed FROM ballots_box")
		return err
	})
	return out
}

var engines = []struct {
	name string
	dsn  func(testing.TB) string
}{{"sqlite", storagetest.SQLite}, {"postgresql", storagetest.PostgreSQL}}

func eachEngine(t *testing.T, test func(t *testing.T, dsn string)) {
	t.Parallel()
	for _, engine := range engines {
		t.Run(engine.name, func(t *testing.T) { test(t, engine.dsn(t)) })
	}
}

// An administrator who has all that is kept, at any time before the end, finds no ballot in it: not in the rows, the file and the log of the
// database, a backup, the log of the program or the public record. And nothing public says who voted.
func TestNothingThatIsKeptSaysWhatWasVoted(t *testing.T) {
	eachEngine(t, func(t *testing.T, dsn string) {
		e := hold(t, dsn)
		e.SkipActs()
		_, record := e.Verified()
		backup := filepath.Join(t.TempDir(), "backup")
		e.Must(e.DB.Backup(e.Ctx(), backup, nil))
		public := map[string][]byte{"the record": []byte(record), "the log of the program": e.log.Bytes()}
		kept := map[string][]byte{"the backup": read(t, backup)}
		if e.DB.Engine() == storage.SQLite {
			for _, ending := range []string{"", "-wal"} {
				kept["the file city.db"+ending] = read(t, dsn+ending)
			}
		} else {
			kept["the rows"] = e.rows()
		}
		found := 0
		for where, b := range kept {
			if bytes.Contains(b, []byte(voter(3).Account)) {
				found++
			}
			_ = where
		}
		if found == 0 {
			t.Error("what is kept does not even name the voters: the search finds nothing")
		}
		maps.Copy(kept, public)
		for where, b := range kept {
			for ballot := range e.whose {
				if bytes.Contains(b, []byte(ballot)) || bytes.Contains(b, []byte(hex.EncodeToString([]byte(ballot)))) {
					t.Fatalf("%s says the ballot %q", where, ballot)
				}
			}
		}
		for where, b := range public {
			for i := range crowd {
				if bytes.Contains(b, []byte(voter(i).Account)) {
					t.Fatalf("%s names the voter %d", where, i)
				}
			}
		}
		if n := number(e.City, "SELECT COUNT(*) FROM ballots_roll WHERE hour % 3600000 <> 0"); n > 0 {
			t.Errorf("the roll tells a time in %d rows", n)
		}
		for _, name := range filesIn(t, e.keys) { // its time is that of the opening, before anybody voted
			if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("the key may be read by others: %v, %v", info.Mode(), err)
			}
		}
		if n := len(filesIn(t, e.keys)); n != 1 {
			t.Errorf("%d files for one vote", n)
		}
	})
}

// rows are all rows of all tables.
func (e *election) rows() []byte {
	var b bytes.Buffer
	e.Read(func(tx *storage.Tx) error {
		tables, err := storage.All(tx, storage.Scalar[string], "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()")
		for _, table := range tables {
			for row, err := range storage.Each(tx, storage.Scalar[string], "SELECT t::text FROM "+table+" t") {
				if err != nil {
					return err
				}
				b.WriteString(row + "\n")
			}
		}
		return err
	})
	return b.Bytes()
}

// On PostgreSQL the numbers of transactions tell which sealed ballot came with which voter: that cannot be helped, and is why ballots are sealed.
func TestTransactionsTieRollAndSealedBallots(t *testing.T) {
	dsn := storagetest.PostgreSQL(t)
	e := hold(t, dsn)
	if n := number(e.City, "SELECT COUNT(*) FROM ballots_roll r JOIN ballots_box b ON b.xmin = r.xmin"); n != crowd {
		t.Errorf("%d of %d: the ADR says that they are tied", n, crowd)
	}
}

// The administrator knows which sealed ballot came with which voter, keeps all of it, and waits for the published list: nothing in it is of those
// bytes, and the key is gone. With a copy of the key, made in time, the same administrator learns everything: the attack is one.
func TestWhoVotedForWhat(t *testing.T) {
	eachEngine(t, func(t *testing.T, dsn string) {
		e := hold(t, dsn)
		copied := filepath.Join(t.TempDir(), "copied")
		e.Must(os.CopyFS(copied, os.DirFS(e.keys)))
		end(e.City)
		if left := filesIn(t, e.keys); len(left) > 0 {
			t.Errorf("the key is not destroyed: %v", left)
		}
		if n := number(e.City, "SELECT COUNT(*) FROM ballots_box"); n > 0 {
			t.Errorf("%d sealed ballots are left", n)
		}
		list := published(e.City)
		if len(list) != crowd || len(e.pairs) != crowd {
			t.Fatalf("%d ballots, %d pairs", len(list), len(e.pairs))
		}
		for _, p := range e.pairs {
			if _, err := ballots.OpenWith(e.Ctx(), e.keys, e.v.ID, p.id, p.sealed); err == nil {
				t.Fatal("a ballot opens after the key was destroyed")
			}
			if ballot, err := ballots.OpenWith(e.Ctx(), copied, e.v.ID, p.id, p.sealed); err != nil || e.whose[ballot] != p.voter {
				t.Fatalf("who copied the key in time cannot open a ballot, so this test proves nothing: %v", err)
			}
			for _, shown := range list {
				code, err := base32.StdEncoding.DecodeString(shown.Code)
				e.Must(err)
				for _, kept := range [][]byte{p.id, p.owner, p.says, p.sealed} {
					if shareBytes(kept, code) || shareBytes(kept, []byte(shown.Code)) || shareBytes(kept, []byte(shown.Ballot)) {
						t.Fatal("a sealed ballot and a published one share bytes")
					}
				}
			}
		}
		for i := 1; i < len(e.pairs); i++ {
			if len(e.pairs[i].sealed) != len(e.pairs[0].sealed) {
				t.Error("the length of a sealed ballot tells something of it")
			}
		}
	})
}

// shareBytes reports whether six bytes of one stand in the other.
func shareBytes(a, b []byte) bool {
	for i := 0; i+6 <= len(b); i++ {
		if bytes.Contains(a, b[i:i+6]) {
			return true
		}
	}
	return false
}

// The published list is not in the order in which people voted, and the box is in none.
func TestOrderTellsNothing(t *testing.T) {
	eachEngine(t, func(t *testing.T, dsn string) {
		e := hold(t, dsn)
		byID := map[string]int{}
		for _, p := range e.pairs {
			byID[string(p.id)] = p.voter
		}
		if e.DB.Engine() == storage.SQLite { // without row numbers, so in the order of a random key
			if n := number(e.City, "SELECT COUNT(*) FROM sqlite_master WHERE name IN ('ballots_box', 'ballots_roll') AND sql LIKE '%WITHOUT ROWID'"); n != 2 {
				t.Errorf("%d of two tables have no row numbers", n)
			}
			var order []int
			for _, p := range e.box() {
				order = append(order, byID[string(p.id)])
			}
			wantNoOrder(t, "the box", order)
		}
		end(e.City)
		var order []int
		for _, p := range published(e.City) {
			order = append(order, e.whose[p.Ballot])
		}
		wantNoOrder(t, "the published list", order)
	})
}

// wantNoOrder counts the pairs that stand as they were cast: about half of them by chance. The variance is n(n−1)(2n+5)/72 (Kendall), a
// standard deviation of 43 of 780 pairs; five of them are allowed.
func wantNoOrder(t *testing.T, what string, order []int) {
	t.Helper()
	kept := 0
	for i := range order {
		for j := i + 1; j < len(order); j++ {
			if order[i] < order[j] {
				kept++
			}
		}
	}
	if len(order) != crowd || kept < 390-5*43 || kept > 390+5*43 {
		t.Errorf("%s has %d ballots, and %d of 780 pairs stand in the order in which they were cast", what, len(order), kept)
	}
}

// An administrator puts in, takes out and changes. Each is seen in what is public.
func TestStuffingIsCaught(t *testing.T) {
	stuff := func(c *citytest.City) { // with ballots made as the program makes them, for which the public key is enough
		for i := range 2 {
			id := bytes.Repeat([]byte{byte(i)}, 16)
			s, err := ballots.SealFor(result(c).Vote, id, strings.Repeat("S", 16), "3")
			c.Must(err)
			c.Tamper("INSERT INTO ballots_box (vote, id, owner, says, sealed) VALUES (1, $1, $2, $3, $4)", id, id, id, s)
		}
	}
	past := func(query string) func(*citytest.City) { return func(c *citytest.City) { c.Tamper(query) } }
	const one = " WHERE id = (SELECT id FROM ballots_box ORDER BY id LIMIT 1)"
	for name, test := range map[string]struct {
		before, after func(c *citytest.City) // the end
		says          string                 // the act of the count: voters, ballots, those that could not be read
		page          string                 // what the page shows
		fails         bool                   // birge verify does
	}{
		"nothing":                     {says: "5 5 0"},
		"ballots without voters":      {before: stuff, says: "5 7 0", page: "Roll and box differ", fails: true},
		"a ballot is taken out":       {before: past("DELETE FROM ballots_box" + one), says: "5 4 0", page: "Roll and box differ", fails: true},
		"a sealed ballot is changed":  {before: past("UPDATE ballots_box SET sealed = owner" + one), says: "5 5 1", page: "could not be read", fails: true},
		"a published one is changed":  {after: past("UPDATE ballots_published SET ballot = '3' WHERE number = 1"), says: "5 5 0", fails: true},
		"a published one is added":    {after: past("INSERT INTO ballots_published (vote, number, code, ballot) VALUES (1, 6, 'X', '3')"), says: "5 5 0", fails: true},
		"one comes behind the others": {after: past("UPDATE ballots_published SET number = 9 WHERE number = 1"), says: "5 5 0", fails: true},
		"a voter is added":            {after: past("INSERT INTO ballots_roll (vote, who, account, channel, district, age, hour) VALUES (1, 'x', '', 'account', '', '', 0)"), says: "5 5 0", fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, vote(), func(t *testing.T, c *citytest.City) {
				for i := range 5 {
					c.Must(cast(c, voter(i), "1", ballots.NewWords()))
				}
				if test.before != nil {
					test.before(c)
				}
				end(c)
				if test.after != nil {
					test.after(c)
				}
				acts := c.WantActs("record.log.opened", "ballots.vote.opened", "ballots.vote.closed", "ballots.vote.counted")
				counted := acts[len(acts)-1]
				var said struct{ Rolled, Ballots, Unreadable int }
				c.Must(json.Unmarshal(counted.Payload, &said))
				if got := fmt.Sprint(said.Rolled, said.Ballots, said.Unreadable); got != test.says {
					t.Errorf("the record says %s, want %s", got, test.says)
				}
				if test.page != "" {
					c.Browser(nil).Get("/en"+ballots.Path(result(c).ID)).Want(200, test.page)
				}
				dir := filepath.Join(t.TempDir(), "copy")
				_, err := c.Record.Export(c.Ctx(), dir, nil)
				c.Must(err)
				votes := ballots.Claims{}
				_, err = proof.Verify(c.Ctx(), proof.Dir(dir), proof.Options{Now: c.DB.Now, Each: votes.Add})
				copied := cmp.Or(err, votes.Check(c.Ctx(), proof.Dir(dir)))
				if (copied != nil) != test.fails || len(votes) != 1 {
					t.Errorf("birge verify of a copy: %v", copied)
				}
				// What the program itself says of its pages is not asked: the list is enough.
				if alone := votes.Check(c.Ctx(), served{c}); (alone != nil) != (test.fails && name != "a voter is added") {
					t.Errorf("birge verify of the list: %v", alone)
				}
			})
		})
	}
}

// served is what the city serves.
type served struct{ c *citytest.City }

func (s served) Get(_ context.Context, path string, _ int64) ([]byte, error) {
	if page := s.c.Browser(nil).Get("/" + path); page.Status == 200 {
		return []byte(page.Body), nil
	}
	return nil, fs.ErrNotExist
}

func (served) Live() bool { return true }

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func filesIn(t *testing.T, dir string) (out []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out = append(out, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// The times of the files of keys say nothing of who voted when: after a vote is opened nothing there is written until its key is destroyed.
func TestTimesOfTheKeysSayNothing(t *testing.T) {
	eachEngine(t, func(t *testing.T, dsn string) {
		cfg := config()
		cfg.BallotKeys = filepath.Join(t.TempDir(), "keys")
		c := citytest.Open(t, dsn, cfg)
		begin(c, vote())
		old := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
		touched := func(set bool) (n int) {
			c.Must(filepath.WalkDir(cfg.BallotKeys, func(path string, _ fs.DirEntry, err error) error {
				if err == nil && set {
					err = os.Chtimes(path, old, old)
				}
				info, _ := os.Stat(path)
				if err == nil && !info.ModTime().Equal(old) {
					t.Errorf("%s was written", filepath.Base(path))
				}
				n++
				return err
			}))
			return n
		}
		if touched(true) < 2 {
			t.Fatal("there is no key, so this test proves nothing")
		}
		for i := range 5 {
			words := ballots.NewWords()
			c.Must(cast(c, voter(i), "1", words))
			c.Must(cast(c, voter(i), "2", ballots.NewWords(), words))
		}
		touched(false)
	})
}
