package pabulib

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// places gives the codes and lines of issues.
func places(list []Issue) []string {
	var s []string
	for _, i := range list {
		s = append(s, fmt.Sprintf("%s %d", i.Code, i.Line))
	}
	return s
}

func joined(s ...string) string { return strings.Join(s, "\n") + "\n" }

// A stray mark spoils at most its own line. The lines after it keep their meaning.
func TestStrayQuoteSwallowsNothing(t *testing.T) {
	text := joined("META", "key;value", "budget;100", "vote_type;approval", `description;"Sunny" Park`, "min_project_score_threshold;3",
		"num_votes;77", `comment;"hi"`, "PROJECTS", "project_id;cost;name", "a;50;A", `b;60;"B" big`, `c;7;"C"`, "VOTES", "voter_id;vote", `1;"a" `, "2;a", `3;"b"`)
	f, e, list := read(t, text, Lenient)
	if n, err := f.Threshold(); n != 3 || err != nil {
		t.Errorf("threshold %d, %v", n, err)
	}
	if f.MetaValue("num_votes") != "77" || f.MetaValue("comment") != "hi" || f.MetaValue("description") != `"Sunny" Park` {
		t.Errorf("META %+v", f.Meta)
	}
	if len(e.Projects) != 3 || e.Projects[1].Name != `"B" big` || e.Projects[2].Name != "C" || e.Voters() != 3 {
		t.Errorf("%d voters, projects %+v", e.Voters(), e.Projects)
	}
	if got := places(list); !slices.Equal(got, []string{"stray_quote 5", "stray_quote 12", "stray_quote 16", "unknown_project 16"}) {
		t.Fatalf("issues %v", got)
	}
	for _, i := range list[:3] {
		if i.Effect != ReadAsText || i.Severity != Error {
			t.Errorf("%+v", i)
		}
	}
	// What was read can be written and read again without a fault.
	var out bytes.Buffer
	if _, err := f.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	again, _, err := Parse(&out, Strict)
	if err != nil || again.MetaValue("description") != `"Sunny" Park` || again.Projects.Field(1, 2) != `"B" big` {
		t.Errorf("written and read again: %v", err)
	}
}

// A field over several lines is allowed, with a remark.
func TestFieldOverSeveralLines(t *testing.T) {
	_, list, err := ParseString(change("unknown_key;kept", "comment;\"one\nnum_votes;3\ntwo\""), Strict)
	if err != nil || !slices.Contains(places(list), "long_field 5") || list[0].Value != "3" {
		t.Errorf("%v, %v", list, err)
	}
}

func TestQuotedFields(t *testing.T) {
	for raw, want := range map[string][]string{
		`"a";"b;c";d`: {"a", "b;c", "d"},
		`"";x`:        {"", "x"},
		`x;""`:        {"x", ""},
		`"a""b"`:      {`a"b`},
		`a"b;"c"`:     {`a"b`, "c"},
		`"a""";`:      {`a"`, ""},
		`""""`:        {`"`},
	} {
		if got := splitQuoted(raw, nil); !slices.Equal(got, want) {
			t.Errorf("%s is %q, want %q", raw, got, want)
		}
		if _, _, _, sound := quotedRowEnd(raw, 0); !sound {
			t.Errorf("%s is not sound", raw)
		}
	}
}

// A second section adds its lines when it has the same columns. Otherwise its lines are left
// out and counted.
func TestRepeatedSections(t *testing.T) {
	for name, c := range map[string]struct {
		text             string
		voters, projects int
		issues           []string
		effect           Effect
	}{
		"same columns":    {small + "VOTES\nvoter_id;vote;age;shoe size\n9;a;1;1\n", 4, 3, []string{"repeated_section 16"}, LinesAdded},
		"other columns":   {small + "VOTES\nvoter_id;vote\n9;a\n8;b\n", 3, 3, []string{"repeated_section 16", "section_left_out 16"}, ""},
		"other, then end": {small + "VOTES\nvote\n9\nVOTES\nvoter_id;vote;age;shoe size\n9;a;1;1\n", 4, 3, []string{"repeated_section 16", "section_left_out 16", "repeated_section 19"}, ""},
		"no columns":      {small + "VOTES\n", 3, 3, []string{"repeated_section 16"}, ""},
		"first is empty":  {change("VOTES\n", "VOTES\nVOTES\n"), 3, 3, []string{"repeated_section 12"}, ""},
		"projects":        {change("VOTES\n", "PROJECTS\ncost;project_id\n10;z\nVOTES\n"), 3, 3, []string{"repeated_section 11", "section_left_out 11"}, ""},
		"projects, same":  {change("VOTES\n", "PROJECTS\nproject_id;cost;name;colour\nz;10;;\nVOTES\n"), 3, 4, []string{"repeated_section 11"}, LinesAdded},
		"META":            {change("PROJECTS\n", "META\nkey;value\nbudget;7\nextra;1\nPROJECTS\n"), 3, 3, []string{"repeated_section 6", "repeated_key 8"}, LinesAdded},
	} {
		t.Run(name, func(t *testing.T) {
			f, e, list := read(t, c.text, Lenient)
			list = slices.DeleteFunc(list, func(i Issue) bool { return i.Code == ShortRows })
			if e.Voters() != c.voters || len(e.Projects) != c.projects || e.Budget != 10050 || e.Projects[0].Cost != 5025 {
				t.Errorf("%d voters, %d projects, budget %d", e.Voters(), len(e.Projects), e.Budget)
			}
			if ballot, _ := e.Ballot(0); len(ballot) != 2 {
				t.Errorf("the first ballot is %v", ballot)
			}
			if got := places(list); !slices.Equal(got, c.issues) || list[0].Effect != c.effect {
				t.Fatalf("issues %v, want %v", list, c.issues)
			}
			if name == "other columns" && list[1].Value != "2" {
				t.Errorf("lines left out: %s", list[1].Value)
			}
			if name == "META" && f.MetaValue("extra") != "1" {
				t.Error("a key of the second META is lost")
			}
		})
	}
}

// Rows of VOTES that are too long or lack what counts are left out; rows that
// lack only further columns count.
func TestRowsOfOtherLength(t *testing.T) {
	text := change("1;a,b;44;39", "1;a;b;44;39\n7\n8;a\n9;b;;;;;")
	f, e, list := read(t, text, Lenient)
	if e.Voters() != 4 || e.VoterIDs(0) != "8" || e.VoterIDs(1) != "9" || f.Votes.Len() != 6 {
		t.Errorf("%d voters of %d rows, first %s", e.Voters(), f.Votes.Len(), e.VoterIDs(0))
	}
	if got := places(list); !slices.Equal(got, []string{"too_many_fields 13", "too_few_fields 14", "short_rows 15"}) {
		t.Fatalf("issues %v", got)
	}
	if list[0].Effect != BallotLeftOut || list[1].Effect != BallotLeftOut || list[0].Subject != "1" || list[2].Value != "1" || list[2].Severity != Warning {
		t.Errorf("issues %+v", list)
	}
	// Missing points are missing votes where points are given.
	scoring := strings.NewReplacer("approval", "scoring", "voter_id;vote;age", "voter_id;vote;points").Replace(change("1;a,b;44;39\n2;;17;\n3; b , 10;20;41", "1;a"))
	if _, _, _, err := Read(strings.NewReader(scoring), Strict); err == nil || !strings.Contains(err.Error(), "fewer fields") {
		t.Errorf("no points: %v", err)
	}
	// An election read again from the same file starts afresh.
	if _, _, err := f.Election(Lenient); err != nil || len(f.ballotRow) != 4 {
		t.Errorf("%v, rows %v", err, f.ballotRow)
	}
}

func TestChooseOneAllowsOneProject(t *testing.T) {
	for _, meta := range []string{"vote_type;choose-1", "vote_type;choose-1\nmax_length;3"} {
		f, e, _ := read(t, change("vote_type;approval", meta), Strict)
		n := 0
		for _, i := range f.Check(e) {
			if i.Code == BallotTooLong && i.Value == "2" && i.Want == "1" {
				n++
			}
		}
		if n != 2 {
			t.Errorf("%q: %d ballots are too long, want 2", meta, n)
		}
	}
}

// Issues beyond those listed are counted.
func TestLongListsAreCutAloud(t *testing.T) {
	f, e, _ := read(t, small+strings.Repeat("1;a;5;1\n", 5000), Strict)
	list := f.Check(e)
	last := list[len(list)-1]
	if last.Code != RepeatedVoter || last.More != 4000 || last.Severity != Error || !strings.Contains(last.Error(), "4000 more") {
		t.Errorf("last %+v", last)
	}
	listed := 0
	for _, i := range list {
		if i.More == 0 {
			listed++
		}
	}
	if all, failed := Total(list); all != listed+4000 || failed != 5000 {
		t.Errorf("%d issues, %d errors, %d listed", all, failed, listed)
	}
	_, _, reading, err := Read(strings.NewReader(small+strings.Repeat("1;zz;5;1\n", 1001)), Lenient)
	if err != nil || reading[len(reading)-1].More != 1 || reading[len(reading)-1].Code != UnknownProject {
		t.Errorf("reading: %v, last %+v", err, reading[len(reading)-1])
	}
}

// The first value of a key that is not empty counts.
func TestRepeatedKeys(t *testing.T) {
	f, e, list := read(t, change("budget;100.5", "budget;\nbudget;100.5\nbudget;7"), Strict)
	if e.Budget != 10050 {
		t.Errorf("budget %d", e.Budget)
	}
	if got := places(list); !slices.Contains(got, "repeated_key 4") || !slices.Contains(got, "repeated_key 5") {
		t.Errorf("issues %v", got)
	}
	f.SetMeta("budget", "5")
	if got := f.MetaValue("budget"); got != "5" || len(f.Meta) != 3 {
		t.Errorf("set to %q in %+v", got, f.Meta)
	}
}

func TestThreshold(t *testing.T) {
	for value, want := range map[string]struct {
		n    int64
		code Code
	}{"3": {3, ""}, "3.0": {3, ""}, "2.5": {0, BadNumber}, "-1": {0, BadNumber}, "x": {0, BadNumber}, "": {0, NoThreshold}} {
		f, e, _ := read(t, change("unknown_key;kept", "rule;greedy\nmin_project_score_threshold;"+value), Strict)
		n, err := f.Threshold()
		var issue Issue
		errors.As(err, &issue)
		if n != want.n || issue.Code != want.code || (issue.Severity == Error) != (want.code == BadNumber) || want.code != "" && issue.Line != 6 {
			t.Errorf("%q is %d, %v", value, n, err)
		}
		f.Check(e)
	}
}

// Files of old Macs are read, with a remark.
func TestLinesEndingInCR(t *testing.T) {
	for _, end := range []string{"", "\n"} {
		_, e, list := read(t, strings.ReplaceAll(small, "\n", "\r")+end, Strict)
		if e.Voters() != 3 || e.Budget != 10050 || list[0].Code != OldLineEnds {
			t.Errorf("%d voters, %v", e.Voters(), list)
		}
	}
	f, list, err := ReadCSV(strings.NewReader("project_id,cost\ra,5\r"), strings.NewReader("voter_id,vote\r1,a\r"), nil)
	if err != nil || f.Votes.Len() != 1 || len(list) != 2 || list[1].File != BallotsFile {
		t.Errorf("%v, %v", list, err)
	}
}

func TestCSVErrorsNameTheFile(t *testing.T) {
	projects, ballots := "project_id,cost,name\na,50,Park\nb,60,Road\n", "voter_id,vote,age\n1,\"a,b\",3\n2,a,4\n"
	for name, c := range map[string]struct {
		projects, ballots string
		want              Issue
	}{
		"Windows-1251":     {"project_id,cost,name\na,50,\xcf\xe0\xf0\xea\n", ballots, Issue{Code: NotUTF8, File: ProjectsFile, Line: 2}},
		"Windows-1251 too": {projects, ballots + "3,\xe0,1\n", Issue{Code: NotUTF8, File: BallotsFile, Line: 4}},
		"unknown project":  {projects, ballots + "3,zz,1\n", Issue{Code: UnknownProject, File: BallotsFile, Line: 4, Column: "vote", Value: "zz"}},
		"cost":             {projects + "c,x,1\n", ballots, Issue{Code: BadAmount, File: ProjectsFile, Line: 4, Column: "cost", Value: "x"}},
		"no cost":          {"project_id\na\n", ballots, Issue{Code: MissingColumn, File: ProjectsFile, Line: 1, Column: "cost"}},
		"no vote":          {projects, "voter_id\n1\n", Issue{Code: MissingColumn, File: BallotsFile, Line: 1, Column: "vote"}},
		"fields":           {projects, ballots + "3,a,b,1\n", Issue{Code: TooManyFields, File: BallotsFile, Line: 4, Value: "4"}},
		"stray quote":      {projects, ballots + "3,\"a\"b,1\n", Issue{Code: StrayQuote, File: BallotsFile, Line: 4, Value: "3,\"a\"b,1"}},
		"open quote":       {projects + "c,5,\"Tree\nd,6,Bush\n", ballots, Issue{Code: OpenQuote, File: ProjectsFile, Line: 4, Value: "c,5,\"Tree"}},
		"empty file":       {"", ballots, Issue{Code: MissingColumn, File: ProjectsFile, Column: "cost"}},
		"budget":           {projects, ballots, Issue{Code: BadAmount, Column: "budget", Value: "1e3"}},
	} {
		t.Run(name, func(t *testing.T) {
			budget := "100"
			if name == "budget" {
				budget = "1e3"
			}
			f, _, err := ReadCSV(strings.NewReader(c.projects), strings.NewReader(c.ballots), map[string]string{"budget": budget})
			if err == nil {
				_, _, err = f.Election(Strict)
			}
			var got Issue
			if !errors.As(err, &got) {
				t.Fatalf("error is %v", err)
			}
			if got.Code != c.want.Code || got.File != c.want.File || got.Line != c.want.Line || got.Column != c.want.Column || got.Value != c.want.Value {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
			if got.File != "" && !strings.HasPrefix(got.Error(), string(got.File)+" file: ") {
				t.Errorf("message %q", got.Error())
			}
		})
	}
	// The check names the file too.
	f, _, err := ReadCSV(strings.NewReader(projects), strings.NewReader(ballots+"1,b,4\n"), map[string]string{"budget": "100"})
	if err != nil {
		t.Fatal(err)
	}
	e, _, err := f.Election(Strict)
	if err != nil {
		t.Fatal(err)
	}
	if list := f.Check(e); !slices.ContainsFunc(list, func(i Issue) bool { return i.Code == RepeatedVoter && i.File == BallotsFile && i.Line == 4 }) {
		t.Errorf("check: %v", list)
	}
}

// Every kind of issue and every effect that has a text can come up.
func TestEveryCodeComesUp(t *testing.T) {
	texts := []string{
		strings.ReplaceAll(small, "\n", "\r"),
		small + "VOTES\nx\n1\n",
		change("name;colour", "name;name") + "\n\n1;a,a\n",
		change("unknown_key;kept", "comment;\"a\nb\"\nmin_length;x\nrule;greedy\nrule;y\nmax_length;1\nmin_sum_cost;300\nmax_sum_cost;1\nnum_votes;9\ndate_begin;2024\ndate_end;2023"),
		change("budget;100.5\nvote_type;approval", "budget;7\nvote_type;approval\nmin_length;2\nrule;greedy") + "3;a;zz\n",
		"META\nkey;value\nbudget;10\nvote_type;scoring\nmax_points;3\nmax_sum_points;2\nPROJECTS\nproject_id;cost\na;1\nb;1\nVOTES\nvoter_id;vote;points\n1;a;5\n",
		"META\nkey;value\nbudget;10\nvote_type;approval\nrule;greedy\nPROJECTS\nproject_id;cost;selected\na;6;0\nb;6;1\nc;6;1\nVOTES\nvoter_id;vote\n1;a\n1;a\n",
		"META\nkey;value\nbudget;10,5\nvote_type;approval\nrule;lottery\nPROJECTS\nproject_id;cost;selected\na;6;1\nVOTES\nvoter_id;vote\n1;a\n",
		"META\nkey;value\nbudget;10\nvote_type;scoring\nrule;greedy\nPROJECTS\nproject_id;cost;selected\na;6;0\nb;6;1\nVOTES\nvoter_id;vote;points\n1;a,b;2,1\n2;b,a;1,0\n",
		"META\nkey;value\nbudget;10\nvote_type;x\nPROJECTS\nproject_id;cost\nVOTES\nvoter_id;vote;points\n",
		"META\nkey;value\nbudget;10\nvote_type;approval\nPROJECTS\nproject_id;cost\n" + manyProjects(65536) + "VOTES\nvoter_id;vote\n",
	}
	for _, c := range faults() {
		texts = append(texts, c.text)
	}
	codes, done := map[Code]bool{}, map[Effect]bool{}
	for _, text := range texts {
		f, e, list, err := Read(strings.NewReader(text), Lenient)
		if err == nil {
			list = append(list, f.Check(e)...)
			var issue Issue
			if _, err := f.Threshold(); errors.As(err, &issue) {
				list = append(list, issue)
			}
		}
		for _, i := range list {
			codes[i.Code], done[i.Effect] = true, true
		}
	}
	for _, code := range Codes() {
		if !codes[code] {
			t.Errorf("%s never comes up", code)
		}
	}
	for _, effect := range Effects() {
		if !done[effect] {
			t.Errorf("%s never comes up", effect)
		}
	}
}

func manyProjects(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strconv.Itoa(i) + ";1\n")
	}
	return b.String()
}

// No real file gets an issue about quotation marks or the number of fields.
func TestRealFilesHaveWholeRows(t *testing.T) {
	for _, path := range allFiles(t) {
		r, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		_, _, list, err := Read(r, Strict)
		r.Close()
		for _, i := range list {
			switch i.Code {
			case OpenQuote, StrayQuote, LongField, TooManyFields, TooFewFields, ShortRows, OldLineEnds:
				t.Errorf("%s: %v", path, i)
			}
		}
		if err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}
