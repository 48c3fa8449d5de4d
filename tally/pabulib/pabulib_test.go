package pabulib

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/birge-kz/birge/tally"
)

func allFiles(t testing.TB) []string {
	paths, err := filepath.Glob(filepath.Join(sharedData(t), "*.pb"))
	if err != nil || len(paths) == 0 {
		t.Fatal("no .pb files", err)
	}
	return paths
}

// Reading and writing gives back every byte, except for a missing last line
// break and lines whose ends differ from those of the first line.
func TestRoundTripOfRealFiles(t *testing.T) {
	for _, path := range allFiles(t) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f, e, list, err := Read(bytes.NewReader(data), Strict)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for _, i := range list {
			if i.Severity == Error {
				t.Errorf("%s: %v", path, i)
			}
		}
		if e.Voters() != f.Votes.Len() || len(e.Projects) != f.Projects.Len() {
			t.Errorf("%s: %d voters of %d rows", path, e.Voters(), f.Votes.Len())
		}
		var out bytes.Buffer
		if _, err := f.WriteTo(&out); err != nil {
			t.Fatal(err)
		}
		want := strings.ReplaceAll(string(data), "\r\n", "\n")
		if !strings.HasSuffix(want, "\n") {
			want += "\n"
		}
		if f.CRLF {
			want = strings.ReplaceAll(want, "\n", "\r\n")
		}
		if out.String() != want {
			t.Errorf("%s: written %d bytes differ from %d", path, out.Len(), len(want))
		}
	}
}

// The published winners of elections counted by greedy are those of our greedy rule.
func TestPublishedWinners(t *testing.T) {
	checked := 0
	for _, path := range allFiles(t) {
		r, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		f, e, _, err := Read(r, Strict)
		r.Close()
		if err != nil {
			t.Fatal(err)
		}
		rule := f.MetaValue("rule")
		if _, known := f.Selected(e); !known || rule != "greedy" && rule != "greedy-threshold" {
			continue
		}
		checked++
		for _, i := range f.Check(e) {
			if i.Code == SelectedNotGreedy || i.Code == CountMismatch && (i.Column == "votes" || i.Column == "score") {
				t.Errorf("%s: %v", filepath.Base(path), i)
			}
		}
	}
	if checked < 5 {
		t.Errorf("only %d elections could be checked", checked)
	}
}

const small = "META\nkey;value\nbudget;100.5\nvote_type;approval\nunknown_key;kept\nPROJECTS\nproject_id;cost;name;colour\na;50.25;\"A; or \"\"B\"\"\";red\nb;60;B;blue\n10;7;ten;\nVOTES\nvoter_id;vote;age;shoe size\n1;a,b;44;39\n2;;17;\n3; b , 10;20;41\n"

func read(t *testing.T, text string, mode Mode) (*File, *tally.Election, []Issue) {
	t.Helper()
	f, e, list, err := Read(strings.NewReader(text), mode)
	if err != nil {
		t.Fatal(err)
	}
	return f, e, list
}

func TestVariantsOfAFile(t *testing.T) {
	for name, text := range map[string]string{
		"plain":       small,
		"CR LF":       strings.ReplaceAll(small, "\n", "\r\n"),
		"BOM":         "\ufeff" + small,
		"no last end": strings.TrimSuffix(small, "\n"),
		"spreadsheet": strings.NewReplacer("META\n", "META;;;\n", "key;value\n", "key;value;;\n", "VOTES\n", "VOTES;;;\n", "17;\n", "17;;;\n").Replace(small),
		"empty lines": strings.ReplaceAll(small, "PROJECTS", "\n\nPROJECTS"),
		"quoted all":  strings.Replace(small, "1;a,b;44;39", `"1";"a,b";"44";"39"`, 1),
		"columns":     strings.NewReplacer("voter_id;vote;age;shoe size", "age;vote;voter_id;shoe size", "1;a,b;44", "44;a,b;1", "2;;17", "17;;2", "3; b , 10;20", "20; b , 10;3").Replace(small),
	} {
		t.Run(name, func(t *testing.T) {
			f, e, _ := read(t, text, Strict)
			if e.Decimals != 2 || e.Budget != 10050 || e.Projects[0].Cost != 5025 || e.Projects[0].Name != `A; or "B"` {
				t.Errorf("read %+v", e)
			}
			ballots := [][]uint16{{0, 1}, {}, {1, 2}}
			for i, want := range ballots {
				if got, _ := e.Ballot(i); !slices.Equal(got, want) {
					t.Errorf("ballot %d is %v, want %v", i, got, want)
				}
			}
			if e.Voters() != 3 || e.VoterIDs(2) != "3" || f.MetaValue("unknown_key") != "kept" {
				t.Errorf("voters %d, third %q", e.Voters(), e.VoterIDs(2))
			}
			if f.Votes.Field(0, f.Votes.Column("shoe size")) != "39" {
				t.Error("an unknown column is lost")
			}
			var out bytes.Buffer
			if _, err := f.WriteTo(&out); err != nil {
				t.Fatal(err)
			}
			_, again, _ := read(t, out.String(), Strict)
			if again.Projects[0].Name != e.Projects[0].Name || again.Voters() != 3 {
				t.Error("a second reading differs")
			}
		})
	}
}

// change gives the small file with one change.
func change(old, new string) string { return strings.Replace(small, old, new, 1) }

type fault struct {
	text string
	want Issue // Code, Line, Column, Value
}

// faults are files that strict reading must refuse.
func faults() map[string]fault {
	return map[string]fault{
		"unknown project":             {change("1;a,b;44", "1;a,zz;44"), Issue{Code: UnknownProject, Line: 13, Column: "vote", Value: "zz"}},
		"comma in amount":             {change("50.25", "50,250"), Issue{Code: BadAmount, Line: 8, Column: "cost", Value: "50,250"}},
		"negative cost":               {change("b;60", "b;-60"), Issue{Code: NegativeAmount, Line: 9, Column: "cost", Value: "-60"}},
		"huge cost":                   {change("b;60", "b;60000000000000000"), Issue{Code: AmountTooLarge, Line: 9, Column: "cost", Value: "60000000000000000"}},
		"fine cost":                   {change("b;60", "b;60.1234567"), Issue{Code: AmountTooFine, Line: 9, Column: "cost", Value: "60.1234567"}},
		"no budget":                   {change("budget;100.5\n", ""), Issue{Code: MissingKey, Column: "budget"}},
		"unreadable budget":           {change("budget;100.5\n", "budget;100,500\n"), Issue{Code: BadAmount, Line: 3, Column: "budget", Value: "100,500"}},
		"vote type":                   {change("approval", "lottery"), Issue{Code: UnknownVoteType, Line: 4, Column: "vote_type", Value: "lottery"}},
		"twice a project":             {change("b;60", "a;60"), Issue{Code: RepeatedProject, Line: 9, Column: "project_id", Value: "a"}},
		"no project id":               {change("b;60", ";60"), Issue{Code: EmptyProjectID, Line: 9, Column: "project_id"}},
		"no votes":                    {small[:strings.Index(small, "VOTES")], Issue{Code: MissingSection, Value: "VOTES"}},
		"twice a section":             {small + "VOTES\nvoter_id;vote\n", Issue{Code: RepeatedSection, Line: 16, Value: "VOTES"}},
		"no vote column":              {change("voter_id;vote;", "voter_id;ballot;"), Issue{Code: MissingColumn, Line: 12, Column: "vote"}},
		"no cost column":              {change("project_id;cost", "project_id;price"), Issue{Code: MissingColumn, Line: 7, Column: "cost"}},
		"semicolon in name":           {change("b;60;B;blue", "b;60;B;blue;x"), Issue{Code: TooManyFields, Line: 9, Value: "5"}},
		"open quote":                  {change("b;60;B", "b;60;\"B"), Issue{Code: OpenQuote, Line: 9, Column: "name", Value: "\"B;blue"}},
		"stray quote":                 {change("b;60;B", "b;60;\"B\"C\""), Issue{Code: StrayQuote, Line: 9, Column: "name", Value: "\"B\"C\""}},
		"not UTF-8":                   {change("blue", "bl\xff"), Issue{Code: NotUTF8, Line: 9}},
		"stray quote in META":         {change("unknown_key;kept", "description;\"Sunny\" Park\nmin_project_score_threshold;3\ncomment;\"hi\""), Issue{Code: StrayQuote, Line: 5, Column: "description", Value: "\"Sunny\" Park"}},
		"open quote in META":          {change("unknown_key;kept", "description;\"Sunny Park\nnum_votes;3\ncomment;\"hi\""), Issue{Code: OpenQuote, Line: 5, Column: "description", Value: "\"Sunny Park"}},
		"stray quote in columns":      {change("name;colour", "\"name\"s;colour"), Issue{Code: StrayQuote, Line: 7, Value: "\"name\"s"}},
		"stray quote in VOTES":        {change("1;a,b;44", "1;\"a\",\"b\";44"), Issue{Code: StrayQuote, Line: 13, Column: "vote", Value: "\"a\",\"b\""}},
		"blank after a quote":         {change("1;a,b;44", "1;\"a,b\" ;44"), Issue{Code: StrayQuote, Line: 13, Column: "vote", Value: "\"a,b\" "}},
		"META twice":                  {change("PROJECTS\n", "META\nkey;value\nbudget;7\nPROJECTS\n"), Issue{Code: RepeatedSection, Line: 6, Value: "META"}},
		"PROJECTS twice":              {change("VOTES\n", "PROJECTS\ncost;project_id\n10;z\nVOTES\n"), Issue{Code: RepeatedSection, Line: 11, Value: "PROJECTS"}},
		"too many fields of vote":     {change("1;a,b;44;39", "1;a;b;44;39"), Issue{Code: TooManyFields, Line: 13, Value: "5"}},
		"quoted, too many":            {change("1;a,b;44;39", "1;\"a\";b;44;39"), Issue{Code: TooManyFields, Line: 13, Value: "5"}},
		"too few fields of vote":      {change("1;a,b;44;39", "1"), Issue{Code: TooFewFields, Line: 13, Value: "1"}},
		"too few fields of a project": {change("b;60;B;blue", "b"), Issue{Code: TooFewFields, Line: 9, Value: "1"}},
		"text before META":            {"hello\n" + small, Issue{Code: TextBeforeMeta, Line: 1, Value: "hello"}},
		"points": {strings.NewReplacer("approval", "scoring", "voter_id;vote;age", "voter_id;vote;points", "a,b;44", "a,b;3,x", ";;17", ";;", "10;20", "10;1,2").Replace(small),
			Issue{Code: BadPoints, Line: 13, Column: "points", Value: "x"}},
		"too many points": {strings.NewReplacer("approval", "scoring", "voter_id;vote;age", "voter_id;vote;points", "a,b;44", "a,b;3,2,1", ";;17", ";;", "10;20", "10;1,2").Replace(small),
			Issue{Code: PointsMismatch, Line: 13, Column: "points", Value: "3"}},
	}
}

// Each broken file gives an error with line, column and value; lenient reading
// goes on, except without a budget.
func TestErrorsNameTheirPlace(t *testing.T) {
	for name, c := range faults() {
		t.Run(name, func(t *testing.T) {
			_, _, _, err := Read(strings.NewReader(c.text), Strict)
			var got Issue
			if !errors.As(err, &got) {
				t.Fatalf("error is %v", err)
			}
			if got.Code != c.want.Code || got.Line != c.want.Line || got.Column != c.want.Column || got.Value != c.want.Value {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
			if got.Error() == "" {
				t.Error("no message")
			}
			_, e, list, err := Read(strings.NewReader(c.text), Lenient)
			if c.want.Column == "budget" {
				if !errors.As(err, &got) || got.Column != "budget" || e != nil {
					t.Fatalf("lenient reading without a budget gives %v, %v", e, err)
				}
				return
			}
			if err != nil || e == nil {
				t.Fatalf("lenient reading fails: %v", err)
			}
			if !slices.ContainsFunc(list, func(i Issue) bool { return i.Code == c.want.Code && i.Severity == Error }) {
				t.Errorf("lenient reading does not report it: %v", list)
			}
			if err := e.Validate(); err != nil {
				t.Errorf("lenient reading gives an election that cannot be counted: %v", err)
			}
		})
	}
}

func TestQuotedLineBreak(t *testing.T) {
	f, e, _ := read(t, strings.Replace(small, "b;60;B;blue", "b;60;\"B\nand more\";blue", 1), Strict)
	if e.Projects[1].Name != "B\nand more" || f.Votes.LineOf(0) != 14 {
		t.Errorf("name %q, first ballot in line %d", e.Projects[1].Name, f.Votes.LineOf(0))
	}
}

func TestRepeatedInBallotCountsOnce(t *testing.T) {
	_, e, list := read(t, strings.Replace(small, "1;a,b;44", "1;a,b,a;44", 1), Strict)
	if got, _ := e.Ballot(0); !slices.Equal(got, []uint16{0, 1}) {
		t.Errorf("ballot %v", got)
	}
	if got := places(list); !slices.Equal(got, []string{"repeated_in_ballot 13"}) {
		t.Errorf("issues %v", list)
	}
}

func TestOrdinalPoints(t *testing.T) {
	text := "META\nkey;value\nbudget;10\nvote_type;ordinal\nmax_length;3\nPROJECTS\nproject_id;cost\na;1\nb;1\nc;1\nVOTES\nvoter_id;vote\n1;c,a\n"
	_, e, _ := read(t, text, Strict)
	projects, points := e.Ballot(0)
	if !slices.Equal(projects, []uint16{0, 2}) || !slices.Equal(points, []int32{2, 3}) {
		t.Errorf("ballot %v %v", projects, points)
	}
}

func TestDefaultScore(t *testing.T) {
	text := "META\nkey;value\nbudget;10\nvote_type;scoring\ndefault_score;2\nPROJECTS\nproject_id;cost\na;1\nb;1\nc;1\nVOTES\nvoter_id;vote;points\n1;c;5\n"
	_, e, _ := read(t, text, Strict)
	if projects, points := e.Ballot(0); !slices.Equal(projects, []uint16{0, 1, 2}) || !slices.Equal(points, []int32{2, 2, 5}) {
		t.Errorf("ballot %v %v", projects, points)
	}
}

func TestCheckFindsInconsistencies(t *testing.T) {
	text := "META\nkey;value\nbudget;100\nvote_type;approval\nrule;greedy\nnum_projects;4\nnum_votes;9\nmax_length;1\nmin_length;1\nmax_sum_cost;100\ndate_begin;05.02.2024\ndate_end;04.02.2024\nPROJECTS\nproject_id;cost;votes;selected\na;50;2;1\nb;60;5;1\nc;7;0;0\nd;1000;0;0\nVOTES\nvoter_id;vote;age\n1;a,b;44\n1;a;zz\n2;;30\n"
	f, e, _ := read(t, text, Strict)
	got := map[Code]bool{}
	for _, i := range f.Check(e) {
		got[i.Code] = true
	}
	for _, want := range []Code{CountMismatch, BallotTooLong, BallotTooDear, RepeatedVoter, EmptyBallot, NoSupport, DearerThanBudget, SelectedTooDear, SelectedNotGreedy, DatesReversed, BadAge} {
		if !got[want] {
			t.Errorf("%s is not found", want)
		}
	}
}

func TestCSVPair(t *testing.T) {
	projects := "project_id,cost,name\na,50.25,\"Park, large\"\nb,60,\"Say \"\"yes\"\"\"\n"
	ballots := "voter_id,vote,age\n1,\"a,b\",44\n2,,17\n3,b|a,20\n"
	f, _, err := ReadCSV(strings.NewReader(projects), strings.NewReader(ballots), map[string]string{"budget": "100.5"})
	if err != nil {
		t.Fatal(err)
	}
	e, _, err := f.Election(Strict)
	if err != nil {
		t.Fatal(err)
	}
	if e.Voters() != 3 || e.DistinctBallots() != 2 || e.Projects[0].Name != "Park, large" {
		t.Errorf("election %+v", e)
	}
	var pb, p, b bytes.Buffer
	if _, err := f.WriteTo(&pb); err != nil {
		t.Fatal(err)
	}
	again, _, _ := read(t, pb.String(), Strict)
	if err := again.WriteCSV(&p, &b); err != nil {
		t.Fatal(err)
	}
	if p.String() != projects {
		t.Errorf("projects come back as %q", p.String())
	}
}

func TestGroupings(t *testing.T) {
	f, e, _ := read(t, small, Strict)
	f.Groupings(e)
	if len(e.Groupings) != 1 || e.Groupings[0].Name != "age" {
		t.Fatalf("groupings %+v", e.Groupings)
	}
	g := e.Groupings[0]
	if g.Values[g.Of[0]] != "30–44" || g.Values[g.Of[1]] != "0–17" {
		t.Errorf("groups %v of %v", g.Of, g.Values)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(small)
	f.Add(strings.ReplaceAll(small, "\n", "\r\n"))
	f.Add("META\nkey;value\nbudget;1\nvote_type;cumulative\nPROJECTS\nproject_id;cost\n\"a\";1\nVOTES\nvoter_id;vote;points\n1;a;3\n")
	f.Add(strings.ReplaceAll(small, "\n", "\r"))
	f.Add(change("unknown_key;kept", "description;\"Sunny\" Park\nmin_project_score_threshold;3\ncomment;\"hi\""))
	f.Add(small + "VOTES\nvoter_id;vote\n9;a\nPROJECTS\ncost;project_id\n1;c\n")
	f.Add(change("unknown_key;kept", "budget;\n\"votes\";\nbudget;3"))
	f.Add("META\n\"\nPROJECTS\n\"\"\"\nVOTES\n;;;\n")
	f.Fuzz(func(t *testing.T, text string) {
		file, e, _, err := Read(strings.NewReader(text), Lenient)
		if err != nil {
			var i Issue
			if errors.As(err, &i) && i.Column == "budget" && i.Severity == Error {
				return // without a budget nothing can be counted
			}
			t.Fatalf("lenient reading must not fail: %v", err)
		}
		if err := e.Validate(); err != nil {
			t.Fatalf("the election cannot be counted: %v", err)
		}
		file.Check(e)
		file.Groupings(e)
		if _, strict, _, err := Read(strings.NewReader(text), Strict); err == nil {
			if strict.Voters() != e.Voters() || len(strict.Projects) != len(e.Projects) {
				t.Fatal("strict and lenient reading of a correct file differ")
			}
			var out bytes.Buffer
			if _, err := file.WriteTo(&out); err != nil {
				t.Fatal(err)
			}
			again, e2, _, err := Read(&out, Strict)
			if err != nil {
				t.Fatalf("what was written cannot be read: %v", err)
			}
			if e2.Voters() != e.Voters() || len(again.Meta) != len(file.Meta) || e2.Budget != e.Budget {
				t.Fatal("a round trip changes the election")
			}
			for i, entry := range file.Meta {
				if again.Meta[i].Key != entry.Key || again.Meta[i].Value != entry.Value {
					t.Fatalf("a round trip changes %+v into %+v", entry, again.Meta[i])
				}
			}
		}
	})
}
