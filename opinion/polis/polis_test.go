package polis_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/birge-kz/birge/opinion/polis"
)

type memory map[string]*bytes.Buffer

func (m memory) create(name string) (io.WriteCloser, error) {
	m[name] = &bytes.Buffer{}
	return closer{m[name]}, nil
}

type closer struct{ *bytes.Buffer }

func (closer) Close() error { return nil }

// The real exports come back byte for byte: every file, row and count.
func TestRealExportsRoundTrip(t *testing.T) {
	for _, name := range conversations {
		t.Run(name, func(t *testing.T) {
			fsys := os.DirFS(shared(t, name))
			x, err := polis.Read(fsys, polis.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			out := memory{}
			if err := x.Write(out.create); err != nil {
				t.Fatal(err)
			}
			for _, file := range []string{polis.CommentsFile, polis.VotesFile, polis.ParticipantsFile, polis.SummaryFile} {
				want, err := fs.ReadFile(fsys, file)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(out[file].Bytes(), want) {
					t.Errorf("%s differs", file)
				}
			}
			if x.Doubts != nil {
				t.Errorf("counts: %v", x.Doubts)
			}
			// All that is derived can be made again from comments and votes alone.
			statements, participants := slices.Clone(x.Statements), slices.Clone(x.Participants)
			for i := range x.Statements {
				x.Statements[i].Agrees, x.Statements[i].Disagrees = -1, -1
			}
			x.Recount()
			if !reflect.DeepEqual(statements, x.Statements) || !reflect.DeepEqual(participants, x.Participants) {
				t.Error("what is derived from the votes differs")
			}
			for _, v := range x.Votes.All() {
				if v.Time.Words != "" {
					t.Fatalf("datetime %q was not understood", v.Time.Words)
				}
			}
		})
	}
}

const (
	goodComments = "timestamp,datetime,comment-id,author-id,agrees,disagrees,moderated,comment-body\n" +
		"1700000000000,Tue Nov 14 22:13:20 UTC 2023,0,7,2,0,1,\"Көшелер, \"\"жарық\"\" болсын\nекінші жол\"\n" +
		"1700000000001,Tue Nov 14 22:13:20 UTC 2023,1,8,0,1,-1,cut here \ufffd\n"
	goodVotes = "timestamp,datetime,comment-id,voter-id,vote\n" +
		"1700000001000,Tue Nov 14 22:13:21 UTC 2023,0,7,-1\n" +
		"1700000002000,Tue Nov 14 22:13:22 UTC 2023,0,7,1\n" +
		"1700000003000,,0,8,1\n" +
		"1700000004000,sometime,1,8,-1\n"
	goodParticipants = "participant,group-id,n-comments,n-votes,n-agree,n-disagree,0,1\n" +
		"7,0,1,1,1,0,1,\n" +
		"8,,1,2,1,1,1,-1\n"
	goodSummary = "topic,T\nconversation-description,\"a, b\n\nc\"\n"
)

func dir(files ...string) fstest.MapFS {
	m := fstest.MapFS{}
	for i := 0; i+1 < len(files); i += 2 {
		m[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return m
}

// Every outer form of the same content is read alike, and written in the form it had.
func TestLayouts(t *testing.T) {
	base := map[string]string{"comments.csv": goodComments, "votes.csv": goodVotes, "participants-votes.csv": goodParticipants, "summary.csv": goodSummary}
	crlf := func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }
	forms := map[string]func(string) string{
		"plain":    func(s string) string { return s },
		"bom":      func(s string) string { return "\ufeff" + s },
		"open end": func(s string) string { return strings.TrimSuffix(s, "\n") },
		"crlf":     crlf,
		"all":      func(s string) string { return "\ufeff" + strings.TrimSuffix(crlf(s), "\r\n") },
	}
	for name, form := range forms {
		t.Run(name, func(t *testing.T) {
			fsys := fstest.MapFS{}
			for f, s := range base {
				fsys[f] = &fstest.MapFile{Data: []byte(form(s))}
			}
			x, err := polis.Read(fsys, polis.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if len(x.Statements) != 2 || x.Votes.Len() != 4 || len(x.Participants) != 2 || x.Lookup("topic") != "T" {
				t.Fatalf("read %d statements, %d votes, %d participants, topic %q", len(x.Statements), x.Votes.Len(), len(x.Participants), x.Lookup("topic"))
			}
			if got := x.Votes.At(int(x.Votes.Latest().Of(7)[0])).Value; got != 1 {
				t.Errorf("last vote of 7 on 0 is %d, want 1", got)
			}
			out := memory{}
			if err := x.Write(out.create); err != nil {
				t.Fatal(err)
			}
			for f, s := range base {
				if got := out[f].String(); got != form(s) {
					t.Errorf("%s:\n got %q\nwant %q", f, got, form(s))
				}
			}
		})
	}
}

// Unknown columns and another order of columns come back.
func TestColumnsByName(t *testing.T) {
	comments := "comment-body,importance,comment-id\nx,3,5\n\"a,b\",,6\n"
	votes := "vote,voter-id,comment-id,important\n1,1,5,yes\n-1,1,6,\n"
	people := "participant,xid,6,5\n1,\"q,r\",-1,1\n"
	x, err := polis.Read(dir("comments.csv", comments, "votes.csv", votes, "participants-votes.csv", people), polis.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if x.Statements[0].Author != polis.NoAuthor || x.Statements[0].Extra[0] != "3" || x.Votes.At(1).Extra[0] != "" || x.Participants[0].Extra[0] != "q,r" || x.Doubts != nil {
		t.Errorf("read %+v %+v %+v", x.Statements, x.Votes, x.Participants)
	}
	out := memory{}
	if err := x.Write(out.create); err != nil {
		t.Fatal(err)
	}
	for f, want := range map[string]string{"comments.csv": comments, "votes.csv": votes, "participants-votes.csv": people} {
		if out[f].String() != want {
			t.Errorf("%s: got %q", f, out[f])
		}
	}
	if _, ok := out["summary.csv"]; ok {
		t.Error("an absent file was written")
	}
	x.Votes.Add(polis.Vote{Statement: 5, Voter: 2, Value: 0, Extra: []string{""}})
	x.Recount()
	if err := x.Write(out.create); err != nil || out["participants-votes.csv"].String() != people+"2,,,0\n" {
		t.Errorf("new voter: %q, %v", out["participants-votes.csv"], err)
	}
}

func TestMissingFiles(t *testing.T) {
	if _, err := polis.Read(dir("comments.csv", goodComments), polis.Limits{}); !hasProblem(err, polis.NoVotes) {
		t.Errorf("without votes: %v", err)
	}
	x, err := polis.Read(dir("participants-votes.csv", goodParticipants), polis.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if x.Votes.Len() != 3 || len(x.Statements) != 2 {
		t.Errorf("from participants-votes.csv alone: %d votes, %d statements", x.Votes.Len(), len(x.Statements))
	}
	x, err = polis.Read(dir("votes.csv", goodVotes), polis.Limits{})
	if err != nil || len(x.Statements) != 2 {
		t.Errorf("from votes.csv alone: %d statements, %v", len(x.Statements), err)
	}
}

func hasProblem(err error, p polis.Problem) bool {
	var e *polis.Errors
	if !errors.As(err, &e) {
		return false
	}
	return slices.ContainsFunc(e.List, func(x *polis.Error) bool { return x.Problem == p })
}

// Each flaw is named with file, line and column, and reading goes on.
func TestFlaws(t *testing.T) {
	head := "timestamp,datetime,comment-id,voter-id,vote\n"
	for _, c := range []struct {
		name, file, text string
		want             []string // file:line column problem
		left             int      // good rows
	}{
		{"values", "votes.csv", head + "1,,0,1,2\n1,,0,-1,1\nx,,0,1,1\n1,,9,1,1\n1,,0,1,1\n",
			[]string{"votes.csv:2 vote not_a_vote", "votes.csv:3 voter-id not_a_number", "votes.csv:4 timestamp not_a_number", "votes.csv:5 comment-id unknown_statement"}, 1},
		{"counts of fields", "votes.csv", head + "1,,0,1\n1,,0,1,1,1\n1,,0,1,0\n", []string{"votes.csv:2  field_count", "votes.csv:3  field_count"}, 1},
		{"columns", "votes.csv", "timestamp,datetime,comment-id,voter,vote\n1,,0,1,1\n", []string{"votes.csv:1 voter-id column_missing"}, 0},
		{"twice", "votes.csv", "vote,vote,comment-id,voter-id\n", []string{"votes.csv:1 vote column_repeated"}, 0},
		{"semicolons", "votes.csv", "timestamp;datetime;comment-id;voter-id;vote\n", []string{"votes.csv:1  other_separator"}, 0},
		{"utf-16", "votes.csv", "\xff\xfet\x00i\x00\n", []string{"votes.csv:1  utf16"}, 0},
		{"empty", "votes.csv", "", []string{"votes.csv:0  empty_file"}, 0},
		{"utf-8", "votes.csv", head + "1,\"\n\n\xff\",0,1,1\n1,,0,1,1\n", []string{"votes.csv:4  invalid_utf8"}, 1},
		{"nul", "votes.csv", head + "1,\x00,0,1,1\n1,,0,1,1\n", []string{"votes.csv:2  nul"}, 1},
		{"bare quote", "votes.csv", head + "1,a\"\",0,1,1\n1,,0,1,1\n", []string{"votes.csv:2  bare_quote"}, 1},
		{"after quote", "votes.csv", head + "1,\"a\"b,0,1,1\n1,,0,1,1\n", []string{"votes.csv:2  after_quote"}, 1},
		{"open quote", "votes.csv", head + "1,,0,1,1\n1,\"a,0,1,1\n1,,0,1,1\n", []string{"votes.csv:3  open_quote"}, 1},
		{"moderation", "comments.csv", "comment-id,moderated,comment-body\n0,5,x\n0,1,y\n0,1,z\n", []string{"comments.csv:2 moderated not_a_moderation", "comments.csv:4 comment-id repeated_statement"}, 0},
		{"participants", "participants-votes.csv", "participant,0,9\n1,1,3\n2,,\n2,,\n", []string{"participants-votes.csv:1 9 unknown_statement", "participants-votes.csv:2 9 not_a_vote", "participants-votes.csv:4 participant repeated_voter"}, 0},
		{"summary", "summary.csv", "topic\na,b\n", []string{"summary.csv:1  field_count"}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := dir("comments.csv", "comment-id,comment-body\n0,x\n", "votes.csv", head)
			files[c.file] = &fstest.MapFile{Data: []byte(c.text)}
			x, err := polis.Read(files, polis.Limits{})
			var list *polis.Errors
			if !errors.As(err, &list) {
				t.Fatalf("error %v", err)
			}
			var got []string
			for _, e := range list.List {
				got = append(got, fmt.Sprintf("%s:%d %s %s", e.File, e.Line, e.Column, e.Problem))
				if e.Error() == "" || strings.Contains(e.Error(), "%!") {
					t.Errorf("message %q", e.Error())
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
			if x.Votes.Len() != c.left {
				t.Errorf("%d good votes, want %d", x.Votes.Len(), c.left)
			}
		})
	}
}

func TestErrorsAreBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString("comment-id,voter-id,vote\n")
	for range 1000 {
		b.WriteString("0,0,7\n")
	}
	_, err := polis.Read(dir("votes.csv", b.String()), polis.Limits{Errors: 10})
	var list *polis.Errors
	if !errors.As(err, &list) || len(list.List) != 10 || list.More != 990 {
		t.Errorf("%v", err)
	}
	if _, err := polis.Read(dir("votes.csv", "comment-id,voter-id,vote\n"+strings.Repeat("1", 5000)), polis.Limits{Record: 1000}); !hasProblem(err, polis.RecordTooLong) {
		t.Errorf("long line: %v", err)
	}
}

func TestCheckFindsContradictions(t *testing.T) {
	x, err := polis.Read(dir("comments.csv", goodComments, "votes.csv", goodVotes, "participants-votes.csv",
		"participant,group-id,n-comments,n-votes,n-agree,n-disagree,0,1\n7,0,1,1,0,1,-1,\n"), polis.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []polis.Problem{polis.CountDiffers, polis.CellDiffers, polis.UnknownParticipant} {
		if !hasProblem(x.Doubts, p) {
			t.Errorf("%s not found in: %v", p, x.Doubts)
		}
	}
	for _, e := range x.Doubts.List {
		if e.Problem == polis.CellDiffers && e.Value != "-1 ≠ 1" && e.Value != "– ≠ -1" || e.Value == "" {
			t.Errorf("%v does not say what stands there and what votes.csv says", e)
		}
	}
}

// A contradiction is said to be on the line on which its row begins, whatever lines the texts
// before it have.
func TestContradictionsNameTheirLine(t *testing.T) {
	comments := "comment-id,agrees,disagrees,comment-body\n0,1,0,\"three\nlines\nlong\"\n\n1,5,0,short\n"
	x, err := polis.Read(dir("comments.csv", comments, "votes.csv", "comment-id,voter-id,vote\n0,7,1\n1,7,1\n"), polis.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if x.Doubts == nil || len(x.Doubts.List) != 1 || x.Doubts.List[0].Line != 6 || x.Doubts.List[0].Column != "agrees" {
		t.Errorf("%v, want one in line 6", x.Doubts)
	}
}

// Reading, writing and reading again gives the same.
func FuzzRead(f *testing.F) {
	f.Add([]byte(goodComments), []byte(goodVotes), []byte(goodParticipants), []byte(goodSummary))
	f.Add([]byte("comment-id,comment-body\n0,\"\"\"\"\n"), []byte("\ufeffcomment-id,voter-id,vote\r\n0,0,0"), []byte("participant,0\n1,\n"), []byte("a,\"\r\"\n"))
	f.Fuzz(func(t *testing.T, comments, votes, people, summary []byte) {
		fsys := fstest.MapFS{"comments.csv": {Data: comments}, "votes.csv": {Data: votes}, "participants-votes.csv": {Data: people}, "summary.csv": {Data: summary}}
		lim := polis.Limits{Record: 4096, Votes: 50, Statements: 20, Participants: 20, Columns: 60, Text: 1 << 16}
		x, err := polis.Read(fsys, lim)
		if n := len(x.Statements); x.Votes.Len() > lim.Votes+lim.Columns || len(x.Participants) > lim.Participants || x.Files.Comments != nil && n > lim.Statements {
			t.Errorf("beyond the bounds: %d votes, %d participants, %d statements", x.Votes.Len(), len(x.Participants), n)
		}
		var list *polis.Errors
		if err != nil && !errors.As(err, &list) {
			t.Fatalf("unexpected kind of error %v", err)
		}
		if err != nil {
			_ = err.Error()
			return
		}
		out := memory{}
		if err := x.Write(out.create); err != nil {
			t.Fatal(err)
		}
		again := fstest.MapFS{}
		for name, b := range out {
			again[name] = &fstest.MapFile{Data: b.Bytes()}
		}
		y, err := polis.Read(again, polis.Limits{})
		if err != nil {
			t.Fatalf("what was written does not read: %v", err)
		}
		for _, z := range []*polis.Export{x, y} {
			z.Recount() // where the file contradicted the votes, what the votes give is written
			z.Doubts = nil
			for _, l := range []*polis.Layout{z.Files.Comments, z.Files.Votes, z.Files.Participants, z.Files.Summary} {
				l.OpenEnd = false // a blank last line is not kept
			}
		}
		if !reflect.DeepEqual(x, y) {
			t.Fatalf("%+v\n%+v", x, y)
		}
	})
}

func generated(n int) []byte {
	var b bytes.Buffer
	_ = polis.WriteVotes(&b, polis.Layout{}, func(yield func(polis.Vote) bool) {
		for i := range n {
			if !yield(polis.Vote{Time: polis.Time{Milli: 1700000000000 + int64(i)*977, Zone: polis.Zone{Name: "+05", Offset: 18000}}, Statement: int64(i % 1000), Voter: int64(i / 50), Value: int8(i%3) - 1}) {
				return
			}
		}
	})
	return b.Bytes()
}

func BenchmarkScanVotes(b *testing.B) {
	for _, n := range []int{10_000, 100_000, 1_000_000} {
		data := generated(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				rows := 0
				if _, err := polis.ScanVotes("votes.csv", bytes.NewReader(data), polis.Limits{}, nil, func(int, polis.Vote) error { rows++; return nil }); err != nil || rows != n {
					b.Fatal(rows, err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/vote")
		})
	}
}
