package pabulib

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/birge-kz/birge/tally"
)

func TestPlainAmount(t *testing.T) {
	for from, want := range map[string]string{
		"1250.50": "1250.50", "1250,50": "1250.50", "1 250": "1250", "1\u00a0250\u202f000,5": "1250000.5", "1,250,000": "1250000",
		"1,250.75": "1250.75", " 12 ": "12", "12 345,678": "12345.678",
		// These can mean two things, or nothing, so they stay as they are.
		"1,250": "1,250", "12 34": "12 34", "1,25,000": "1,25,000", "1.250,50": "1.250,50", "1 250 tenge": "1 250 tenge", ",5": ",5", "1,": "1,", "": "",
	} {
		if got := plainAmount(from); got != want {
			t.Errorf("%q is read as %q, want %q", from, got, want)
		}
	}
}

func faultFile(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(sharedData(t), "..", "faults", name))
	if err != nil {
		t.Skip(err)
	}
	return string(data)
}

// Amounts with a decimal comma or spaces are read, with one remark for all.
func TestAmountsAsSpreadsheetsWriteThem(t *testing.T) {
	for name, want := range map[string][2]tally.Amount{
		"D01-decimal-comma-cascade/in.pb": {10000, 4005},
		"04-comma-decimal/in.pb":          {100050, 40025},
		"05-space-thousands/in.pb":        {1000, 400},
	} {
		_, e, list, err := Read(strings.NewReader(faultFile(t, name)), Strict)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if e.Budget != want[0] || e.Projects[0].Cost != want[1] {
			t.Errorf("%s: budget %d, cost %d, want %v", name, e.Budget, e.Projects[0].Cost, want)
		}
		if len(list) != 1 || list[0].Code != AmountForm {
			t.Errorf("%s: %v", name, list)
		}
	}
}

// A project whose cost cannot be read is one error. Ballots that name it get none.
func TestNothingFollowsFromAnUnreadableCost(t *testing.T) {
	text := strings.Replace(faultFile(t, "D01-decimal-comma-cascade/in.pb"), "400,50", "400,500", 1)
	f, e, list, err := Read(strings.NewReader(text), Lenient)
	if err != nil {
		t.Fatal(err)
	}
	list = append(list, f.Check(e)...)
	if _, failed := Total(list); failed != 1 {
		t.Errorf("%d errors: %v", failed, list[:min(5, len(list))])
	}
	if e.Voters() != 3000 {
		t.Errorf("%d ballots", e.Voters())
	}
}

// Published results. Katowice settled its tie at 96 points by votes; Gdynia's rule ended at the
// first project that was too dear.
func TestPublishedResultsAreUnderstood(t *testing.T) {
	for name, want := range map[string][]string{"D02-check-tie/kos.pb": {"order, cost, votes, cost-votes"}, "D03-no-skip/gd.pb": nil} {
		f, e, _, err := Read(strings.NewReader(faultFile(t, name)), Strict)
		if err != nil {
			t.Fatal(err)
		}
		var ties []string
		for _, i := range f.Check(e) {
			switch i.Code {
			case TieDecided:
				ties = append(ties, i.Value)
			case SelectedNotGreedy, RuleNotChecked:
				t.Errorf("%s: %v", name, i)
			}
		}
		if !slices.Equal(ties, want) {
			t.Errorf("%s: tie rules %q, want %q", name, ties, want)
		}
	}
}

// The first place gets as many points as the limit allows, or as the ballot has places.
func TestBordaByBallot(t *testing.T) {
	text := "META\nkey;value\nbudget;10\nvote_type;ordinal\nmax_length;3\nPROJECTS\nproject_id;cost\na;1\nb;1\nc;1\nVOTES\nvoter_id;vote\n1;a\n2;b,a\n3;c,b,a\n"
	for byBallot, want := range map[bool][]int64{false: {3 + 2 + 1, 3 + 2, 3}, true: {1 + 1 + 1, 2 + 2, 3}} {
		f, _, err := Parse(strings.NewReader(text), Strict)
		if err != nil {
			t.Fatal(err)
		}
		f.BordaByBallot = byBallot
		e, _, err := f.Election(Strict)
		if err != nil {
			t.Fatal(err)
		}
		out, err := tally.Count(t.Context(), e, tally.Options{Utility: tally.UtilityPoints})
		if err != nil {
			t.Fatal(err)
		}
		if got := out.Points(); !slices.Equal(got, want) {
			t.Errorf("by ballot %v: %v, want %v", byBallot, got, want)
		}
	}
}

// A choice with zero points names a project and supports none. Files that count
// it among the votes are not faulted for that.
func TestZeroPoints(t *testing.T) {
	for stated, faulted := range map[string]bool{"1": false, "2": false, "3": true} {
		text := "META\nkey;value\nbudget;10\nvote_type;cumulative\nPROJECTS\nproject_id;cost;votes\na;1;" + stated + "\nb;1;1\nVOTES\nvoter_id;vote;points\n1;a,b;2,1\n2;a;0\n"
		f, e, list, err := Read(strings.NewReader(text), Strict)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) != 1 || list[0].Code != ZeroPoints || list[0].Value != "1" {
			t.Errorf("%v", list)
		}
		found := slices.ContainsFunc(f.Check(e), func(i Issue) bool { return i.Code == CountMismatch })
		if found != faulted {
			t.Errorf("%s votes stated: faulted %v", stated, found)
		}
	}
}

func TestCSVWithRussianAndKazakhHeadings(t *testing.T) {
	for _, c := range [][2]string{
		{"Номер проекта;Название;Стоимость;Район\n1;Парк;1 250,50;Север\n2;Сквер;800;Юг\n", "Номер избирателя;Выбор;Возраст\n7;1, 2;30\n"},
		{"Жоба нөмірі;Атауы;Құны;Ауданы\n1;Парк;1250,50;Север\n2;Сквер;800;Юг\n", "Дауыс берушінің нөмірі;Таңдауы;Жасы\n7;1, 2;30\n"},
	} {
		f, list, err := ReadCSV(strings.NewReader(c[0]), strings.NewReader(c[1]), map[string]string{"budget": "2 000,00"})
		if err != nil || len(list) > 0 {
			t.Fatal(err, list)
		}
		e, list, err := f.Election(Strict)
		if err != nil || len(list) > 0 {
			t.Fatal(err, list)
		}
		ballot, _ := e.Ballot(0)
		if e.Budget != 20000 || e.Projects[0].Cost != 12505 || e.Projects[0].Name != "Парк" || e.Projects[1].District != "Юг" || len(ballot) != 2 || e.VoterIDs(0) != "7" {
			t.Errorf("%+v %v", e, ballot)
		}
	}
}
