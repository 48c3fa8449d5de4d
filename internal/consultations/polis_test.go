package consultations

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/platform/memorytest"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
	"github.com/birge-kz/birge/opinion/polis"
)

// shared finds the real data, or skips the test.
func shared(t *testing.T, name string) fs.FS {
	t.Helper()
	return os.DirFS(citytest.Shared(t, "polis", name))
}

func sameFiles(t *testing.T, want fs.FS, dir string) {
	t.Helper()
	entries, err := fs.ReadDir(want, ".")
	must(t, err)
	for _, e := range entries {
		a, err := fs.ReadFile(want, e.Name())
		must(t, err)
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		must(t, err)
		if !bytes.Equal(a, b) {
			t.Errorf("%s does not come back as it went in (%d and %d bytes)", e.Name(), len(a), len(b))
		}
	}
}

// The figures are those of the source: its own summary.csv, and lines counted by hand.
func TestRealConversationsComeInAndGoOut(t *testing.T) {
	for _, tc := range []struct {
		name                         string
		participants, rows, comments int
	}{
		{"vtaiwan.uberx", 1921, 49997, 197}, {"15-per-hour-seattle", 0, 2995, 0}, {"scoop-hivemind.freshwater", 0, 3979, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if testing.Short() && tc.rows > 10_000 {
				t.Skip("the smaller conversations are enough for a quick look")
			}
			src := shared(t, tc.name)
			each(t, func(t *testing.T, c *testCity) {
				if tc.participants == 0 && c.db.Engine() == storage.PostgreSQL {
					t.Skip("one real conversation on this engine is enough")
				}
				var steps, last int64
				rep, err := c.ImportPolis(c.ctx(), src, ImportOptions{}, func(done, total int64) { steps, last = steps+1, total-done })
				must(t, err)
				if tc.participants > 0 && (rep.Participants != tc.participants || rep.Statements != tc.comments) || rep.VoteRows != tc.rows || rep.Doubts != nil {
					t.Errorf("report %+v", rep)
				}
				if steps < 2 || last != 0 {
					t.Errorf("progress: %d steps, %d rows left", steps, last)
				}
				dir := filepath.Join(t.TempDir(), "out")
				must(t, c.ExportPolis(c.ctx(), rep.ID, dir, nil))
				sameFiles(t, src, dir)
				countsAreTheSources(t, c, src, rep)
				v, err := c.View(c.ctx(), rep.ID, Voter{}, 0)
				must(t, err)
				if v.Phase != Closed || v.Totals.Participants != int64(rep.Participants) || v.Totals.Votes != int64(rep.Votes) ||
					v.Totals.Statements != int64(rep.Statements-rep.Removed) || !strings.HasPrefix(v.Source, "https://pol.is/") {
					t.Errorf("page: %s %+v %s", v.Phase, v.Totals, v.Source)
				}
			})
		})
	}
}

// countsAreTheSources compares each statement with participants-votes.csv. That file counts
// each person's last answer, as our pages do.
func countsAreTheSources(t *testing.T, c *testCity, src fs.FS, rep Report) {
	t.Helper()
	x, err := polis.Read(src, polis.Limits{})
	must(t, err)
	want := map[int64]Count{}
	f, err := src.Open(polis.ParticipantsFile)
	must(t, err)
	defer f.Close()
	_, err = polis.ScanParticipants(polis.ParticipantsFile, f, polis.Limits{}, nil, func(_ int, l polis.Layout, p polis.Answers) error {
		for i, statement := range l.Statements() {
			if v := p.Cells[i]; v != polis.Missing {
				n := want[statement]
				n.add(Choice(v), 1)
				want[statement] = n
			}
		}
		return nil
	})
	must(t, err)
	got := c.counts(rep.ID)
	for _, st := range x.Statements {
		if n, ok := got[st.ID]; ok == (st.Moderated == polis.Out) || ok && n != want[st.ID] {
			t.Errorf("statement %d (moderated %d): %+v, want %+v", st.ID, st.Moderated, n, want[st.ID])
		}
	}
}

func export(files map[string]string) fstest.MapFS {
	out := fstest.MapFS{
		"comments.csv": {Data: []byte("\ufeffcomment-body,comment-id,author-id,moderated,mood\r\n\"A, B\",7,,-1,sad\r\nC,3,2,1,\r\n")},
		"votes.csv":    {Data: []byte("timestamp,datetime,comment-id,voter-id,vote\n5,,3,900000000000,1\n5,odd,7,0,-1\n6,Thu Jan 01 00:00:00 UTC 1970,3,0,0\n7,,3,0,-1")},
		"summary.csv":  {Data: []byte("topic,Trees\nurl,javascript:alert(1)\n")},
	}
	for name, text := range files {
		if text == "" {
			delete(out, name)
		} else {
			out[name] = &fstest.MapFile{Data: []byte(text)}
		}
	}
	return out
}

func TestOddExportsComeBackAsTheyWere(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		for name, files := range map[string]map[string]string{
			"odd":             {},
			"without summary": {"summary.csv": "topic,Only\n"},
			"participants":    {"participants-votes.csv": "participant,group-id,n-comments,n-votes,n-agree,n-disagree,7,3,note\n9,,0,0,0,0,,,never voted\n0,1,0,2,0,2,-1,-1,x\n900000000000,0,0,1,1,0,,1,\n"},
			"no comments":     {"comments.csv": ""},
			"no times":        {"votes.csv": "timestamp,datetime,comment-id,voter-id,vote\n0,,3,900000000000,1\n0,,7,0,-1\n0,,3,0,0\n0,,3,0,-1"},
		} {
			src := export(files)
			rep, err := c.ImportPolis(c.ctx(), src, ImportOptions{Lang: "ru"}, nil)
			must(t, err)
			dir := filepath.Join(t.TempDir(), name)
			must(t, c.ExportPolis(c.ctx(), rep.ID, dir, nil))
			if rep.VoteRows != 4 || rep.Votes != 3 || rep.Participants != 2 {
				t.Errorf("%s: %+v", name, rep)
			}
			sameFiles(t, src, dir)
			v, err := c.View(c.ctx(), rep.ID, Voter{}, 0)
			must(t, err)
			if v.Source != "" {
				t.Errorf("%s: the page would link to %q", name, v.Source)
			}
			wantCode(t, c.ExportPolis(c.ctx(), rep.ID, dir, nil), civic.Conflict)
		}
		c.Read(func(tx *storage.Tx) error { // also those whose time is unknown
			n, err := totalNumbers(tx)
			if err != nil || n != (Numbers{Participants: 5 * 2, Votes: 5 * 3}) {
				t.Errorf("the city's numbers: %+v, %v", n, err)
			}
			return err
		})
	})
}

func TestBrokenExportsAreNamedAndLeaveNothing(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		for name, tc := range map[string]struct {
			files map[string]string
			want  string
		}{
			"columns":  {map[string]string{"votes.csv": "timestamp,comment,voter-id,vote\n1,3,1,1\n"}, `votes.csv:1: lacks the column "comment-id"`},
			"unknown":  {map[string]string{"votes.csv": "comment-id,voter-id,vote\n3,1,1\n4,1,1\n"}, "votes.csv:3: column comment-id names a comment that comments.csv does not have"},
			"encoding": {map[string]string{"comments.csv": "comment-id,comment-body\n3,x\n7,\xff\n"}, "comments.csv:3: has bytes that are not UTF-8"},
			"vote":     {map[string]string{"votes.csv": "comment-id,voter-id,vote\n3,1,2\n"}, "votes.csv:2"},
			"topic":    {map[string]string{"summary.csv": "views,1\n"}, "import_without_topic"},
			"nothing":  {map[string]string{"votes.csv": ""}, "neither votes.csv"},
		} {
			if _, err := c.ImportPolis(c.ctx(), export(tc.files), ImportOptions{}, nil); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%s: %v, want %q", name, err, tc.want)
			}
		}
		c.nothingLeft("a broken export")
	})
}

// rows counts the rows of every table.
func (c *testCity) rows() (n int64) {
	c.t.Helper()
	must(c.t, c.db.Read(c.ctx(), func(tx *storage.Tx) error {
		for _, table := range []string{"consultations_consultation", "consultations_participant", "consultations_statement", "consultations_vote",
			"consultations_vote_former", "consultations_vote_new", "consultations_day", "consultations_import", "search_index"} {
			m, err := storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM "+table)
			if err != nil {
				return err
			}
			n += m
		}
		return nil
	}))
	return n
}

func (c *testCity) nothingLeft(after string) {
	c.t.Helper()
	if n := c.rows() - 3; n != 0 { // the three bodies are in the search index
		c.t.Errorf("%d rows after %s", n, after)
	}
}

func manyVotes(n int) fs.FS {
	var b strings.Builder
	b.WriteString("timestamp,comment-id,voter-id,vote\n")
	for i := range n {
		b.WriteString("1000,")
		b.WriteString([]string{"3", "7"}[i%2])
		b.WriteString("," + itoa(i/2) + ",1\n")
	}
	return export(map[string]string{"votes.csv": b.String()})
}

// During an import nobody sees any of it, and others go on voting. When it stops in the middle,
// nothing of it remains.
func TestAnImportIsSeenWholeOrNotAtAll(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		open := opened(c, nil, "Бірінші пікір")
		before := c.rows()
		ctx, cancel := context.WithCancel(t.Context())
		_, err := c.ImportPolis(ctx, manyVotes(3*chunk), ImportOptions{}, func(done, _ int64) {
			if l, err := c.List(t.Context(), Closed, city.Scope{}, ""); err != nil || len(l.Items) != 0 {
				t.Errorf("seen half-way: %v %v", l.Items, err)
			}
			must(t, c.Vote(t.Context(), open, voter(int(done)), 1, Agree))
			before += 3                          // a participant, a vote, its place in the queue
			must(t, c.CleanImports(t.Context())) // another process starts; this import lives
			if done > 2*chunk {
				cancel()
			}
		})
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("cancelled import: %v", err)
		}
		if n := c.rows(); n != before {
			t.Errorf("%d rows, %d before", n, before)
		}
	})
}

// A process that died during an import leaves rows that nobody sees. A later start removes
// them, once it is sure that the process is gone.
func TestWhatADeadImportLeftIsRemoved(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		x, err := polis.Read(manyVotes(2*chunk+2), polis.Limits{})
		must(t, err)
		im, err := c.stage(x, ImportOptions{})
		must(t, err)
		stop := errors.New("killed")
		func() {
			defer func() { _ = recover() }()
			_ = c.writeImport(c.ctx(), im, func(done, total int64) {
				if done > chunk {
					panic(stop)
				}
			})
		}()
		if c.rows() < chunk {
			t.Fatal("nothing was left to be removed")
		}
		wantCode(t, c.ExportPolis(c.ctx(), im.c.ID, filepath.Join(t.TempDir(), "x"), nil), civic.NotFound)
		c.pass(staleAfter / 2)
		must(t, c.CleanImports(c.ctx()))
		if c.rows() < chunk {
			t.Error("an import that may still be at work was removed")
		}
		c.pass(staleAfter)
		must(t, c.CleanImports(c.ctx()))
		c.nothingLeft("cleaning")
	})
}

// A consultation held here can be taken elsewhere: reading its export gives the same votes. The
// export does not tell when anybody voted.
func TestOwnConsultationsAreExported(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		id := opened(c, nil, "Бірінші пікір", "Екінші, «пікір»")
		for i := range 9 {
			c.pass(time.Minute)
			c.must(c.Vote(c.ctx(), id, voter(i), 1, Agree)).must(c.Vote(c.ctx(), id, voter(i), int64(1+i%2), Disagree))
		}
		_, err := c.AddStatement(c.ctx(), id, voter(3), "Түнде жарық қосылсын", "kk", false)
		c.must(err).must(c.Moderate(c.ctx(), moderator, id, 3, moderation.Choice{Rule: "off_topic.1", Reason: "x"})).must(c.Fold(c.ctx()))
		dir := filepath.Join(t.TempDir(), "own")
		must(t, c.ExportPolis(c.ctx(), id, dir, nil))
		x, err := polis.Read(os.DirFS(dir), polis.Limits{})
		must(t, err)
		if x.Doubts != nil {
			t.Error(x.Doubts)
		}
		if x.Votes.Len() != 18 || len(x.Participants) != 9 || len(x.Statements) != 3 || x.Statements[2].Moderated != polis.Out {
			t.Errorf("%d votes, %d participants, %d statements", x.Votes.Len(), len(x.Participants), len(x.Statements))
		}
		got := map[int64]Count{}
		for _, row := range x.Votes.Latest().Rows {
			v := x.Votes.At(int(row))
			n := got[v.Statement]
			n.add(Choice(v.Value), 1)
			got[v.Statement] = n
		}
		if want := c.counts(id); got[1] != want[1] || got[2] != want[2] || want[1] != (Count{Agree: 4, Disagree: 5}) {
			t.Errorf("exported %+v, held %+v", got, want)
		}
		for i, v := range x.Votes.All() {
			if v.Time.Milli%(24*3600*1000) != 0 {
				t.Fatal("the export tells the hour of a vote")
			}
			if i > 0 && v.Voter < x.Votes.At(i-1).Voter {
				t.Fatal("the export tells who came first")
			}
		}
		rep, err := c.ImportPolis(c.ctx(), os.DirFS(dir), ImportOptions{}, nil)
		must(t, err)
		again := filepath.Join(t.TempDir(), "again")
		must(t, c.ExportPolis(c.ctx(), rep.ID, again, nil))
		sameFiles(t, os.DirFS(dir), again)
	})
}

// Of a consultation with a map the export says who is in which group, which statements are the host's, and what each group
// answered, in the forms that Polis writes: 60 people in two camps of 30 on twelve statements.
func TestOwnExportsCarryTheMap(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		id := opened(c, nil, twelve()...)
		c.crowd(id, 0, 60, time.Minute, camps(30))
		_, err := c.AddStatement(c.ctx(), id, voter(3), "Түнде жарық қосылсын", "kk", false)
		c.must(err)
		c.work()
		dir := filepath.Join(t.TempDir(), "own")
		must(t, c.ExportPolis(c.ctx(), id, dir, nil))
		file := func(name string) [][]string {
			f, err := os.Open(filepath.Join(dir, name))
			must(t, err)
			defer f.Close()
			r := csv.NewReader(f)
			r.FieldsPerRecord = -1
			rows, err := r.ReadAll()
			must(t, err)
			info, err := f.Stat()
			if must(t, err); info.Mode().Perm() != 0o600 {
				t.Errorf("%s can be read by others: %v", name, info.Mode())
			}
			return rows
		}
		people := map[string]int{}
		for _, row := range file("participants-votes.csv")[1:] {
			people[row[1]]++
		}
		if people["0"] != 30 || people["1"] != 30 {
			t.Errorf("people by group-id: %v", people)
		}
		comments := file("comments.csv")
		if last := len(comments[0]) - 1; comments[0][last] != "is-seed" || comments[1][last] != "true" || comments[13][last] != "false" {
			t.Errorf("%q %q %q", comments[0], comments[1], comments[13])
		}
		var keys []string
		summary := map[string]string{}
		for _, row := range file("summary.csv") {
			keys, summary[row[0]] = append(keys, row[0]), row[1]
		}
		if got := strings.Join(keys, " "); got != "topic url voters voters-in-conv commenters comments groups conversation-description" ||
			summary["voters"] != "60" || summary["voters-in-conv"] != "60" || summary["commenters"] != "1" || summary["comments"] != "13" || summary["groups"] != "2" {
			t.Errorf("%q %v", got, summary)
		}
		groups := file("comment-groups.csv")
		if got := strings.Join(groups[0], ","); got != "comment-id,comment,total-votes,total-agrees,total-disagrees,total-passes,"+
			"group-a-votes,group-a-agrees,group-a-disagrees,group-a-passes,group-b-votes,group-b-agrees,group-b-disagrees,group-b-passes" {
			t.Error(got)
		}
		counts := c.counts(id)
		for i, row := range groups[1:13] {
			n := counts[int64(i+1)]
			if row[2] != itoa(int(n.Total())) || row[3] != itoa(int(n.Agree)) || row[6] != "30" || row[10] != "30" {
				t.Errorf("%q, want %+v of 30 and 30", row, n)
			}
		}
	})
}

// TestAnImportKeepsToItsMemory imports exports as large as one of a city may be, and ones made to exhaust the reader.
func TestAnImportKeepsToItsMemory(t *testing.T) {
	for name, tc := range map[string]struct {
		write func(dir string) error
		want  polis.Problem // "": it is taken
	}{
		// 200,000 people with a cell for each of 500 statements: 100 million cells.
		"people": {func(dir string) error {
			return errors.Join(largeComments(dir, 500), large(dir, "votes.csv", "timestamp,datetime,comment-id,voter-id,vote\n", 200_000, func(b *bufio.Writer, i int) {
				fmt.Fprintf(b, "%d,,%d,%d,1\n", 1_700_000_000_000+i, i%500, i)
			}), large(dir, "participants-votes.csv", "participant,group-id,n-comments,n-votes,n-agree,n-disagree"+numbers(500)+"\n", 200_000, func(b *bufio.Writer, i int) {
				fmt.Fprintf(b, "%d,,0,1,1,0,%s1%s\n", i, strings.Repeat(",", i%500), strings.Repeat(",", 499-i%500))
			}))
		}, ""},
		"votes": {func(dir string) error {
			return errors.Join(largeComments(dir, 500), large(dir, "votes.csv", "timestamp,datetime,comment-id,voter-id,vote,important\n", 1_000_000, func(b *bufio.Writer, i int) {
				fmt.Fprintf(b, "%d,,%d,%d,%d,%d\n", 1_700_000_000_000+i, i%500, i/400, i%3-1, i%7)
			}))
		}, ""},
		"too many votes": {func(dir string) error {
			return errors.Join(largeComments(dir, 500), large(dir, "votes.csv", "comment-id,voter-id,vote\n", 3_000_000, func(b *bufio.Writer, i int) {
				fmt.Fprintf(b, "%d,%d,1\n", i%500, i/400)
			}))
		}, polis.TooManyRows},
		"words in every row": {func(dir string) error {
			return errors.Join(largeComments(dir, 500), large(dir, "votes.csv", "comment-id,voter-id,vote,words\n", 2_000_000, func(b *bufio.Writer, i int) {
				fmt.Fprintf(b, "%d,%d,1,different words %d\n", i%500, i/400, i)
			}))
		}, polis.TooMuchText},
		"statements without number": {func(dir string) error { return errors.Join(largeComments(dir, 2_000_000)) }, polis.TooManyRows},
		"columns without number": {func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "votes.csv"), []byte("a"+strings.Repeat(",a", 400_000)+"\n"), 0o600)
		}, polis.TooManyColumns},
		"bodies without end": {func(dir string) error {
			return large(dir, "comments.csv", "comment-id,comment-body\n", 10_000, func(b *bufio.Writer, i int) {
				fmt.Fprintf(b, "%d,%s\n", i, strings.Repeat("x", 10_000))
			})
		}, polis.TooMuchText},
	} {
		t.Run(name, func(t *testing.T) {
			memorytest.Within(t, nil, func(t *testing.T, dir string) {
				must(t, tc.write(dir))
				c := newCity(t, citytest.Open(t, storagetest.SQLite(t), app.Config{Capabilities: []capability.Capability{Capability()}}))
				_, err := c.ImportPolis(c.ctx(), os.DirFS(dir), ImportOptions{Name: "large"}, nil)
				var flaws *polis.Errors
				switch {
				case errors.As(err, &flaws) && tc.want != "":
					if got := flaws.List[0].Problem; got != tc.want {
						t.Errorf("%s, want %s", got, tc.want)
					}
				case err != nil || tc.want != "":
					t.Errorf("%v, want %q", err, tc.want)
				}
			})
		})
	}
}

func large(dir, name, head string, n int, row func(b *bufio.Writer, i int)) error {
	f, err := os.Create(filepath.Join(dir, name))
	if err != nil {
		return err
	}
	b := bufio.NewWriter(f)
	b.WriteString(head) // it keeps its error until Flush
	for i := range n {
		row(b, i)
	}
	return errors.Join(b.Flush(), f.Close())
}

func largeComments(dir string, n int) error {
	return large(dir, "comments.csv", "comment-id,comment-body\n", n, func(b *bufio.Writer, i int) { fmt.Fprintf(b, "%d,Пікір %d\n", i, i) })
}

// numbers are the names of n columns of statements.
func numbers(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ",%d", i)
	}
	return b.String()
}

// TestAMapKeepsToItsMemory makes the map of as many votes as an import may bring, with a limit that they just fit. Just above
// the limit it is refused; below it the whole program keeps to the budget of an import.
func TestAMapKeepsToItsMemory(t *testing.T) {
	memorytest.Within(t, nil, func(t *testing.T, dir string) {
		must(t, errors.Join(largeComments(dir, 500), large(dir, "votes.csv", "timestamp,datetime,comment-id,voter-id,vote\n", 1_900_000, func(b *bufio.Writer, i int) {
			voter := i / 38
			fmt.Fprintf(b, "%d,,%d,%d,%d\n", 1_700_000_000_000+i, (voter*7+i%38)%500, voter, (voter/2+i%38/19)%3-1)
		})))
		c := newCity(t, citytest.Open(t, storagetest.SQLite(t), app.Config{Capabilities: []capability.Capability{Capability()}}))
		done, err := c.ImportPolis(c.ctx(), os.DirFS(dir), ImportOptions{Name: "large"}, nil)
		must(t, err)
		c.SetBeyond("consultations.map_megabytes", 1)
		must(t, c.makeMap(c.ctx(), done.ID, true))
		v := c.mapFor(done.ID, Voter{})
		if !v.TooLarge || v.Map != nil {
			t.Fatalf("needs %d bytes of %d, and is made", v.Needs, v.Allows)
		}
		c.Set("consultations.map_megabytes", v.Needs/1_000_000+1)
		must(t, c.makeMap(c.ctx(), done.ID, true))
		if v := c.mapFor(done.ID, Voter{}); v.TooLarge || v.Map == nil {
			t.Fatalf("needs %d bytes of %d, and is not made", v.Needs, v.Allows)
		}
	})
}
