package tally_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/birge-kz/birge/tally"
	"github.com/birge-kz/birge/tally/pabulib"
	"github.com/birge-kz/birge/tally/report"
)

// Six voters share 60: the park and the library suit four of them, the
// workshop the other two.
func town() *tally.Election {
	e := &tally.Election{Title: "A small town", Budget: 60, Projects: []tally.Project{
		{ID: "park", Name: "Park", Cost: 40},
		{ID: "library", Name: "Library", Cost: 20},
		{ID: "workshop", Name: "Workshop", Cost: 20},
	}}
	for _, ballot := range [][]uint16{{0, 1}, {0, 1}, {0, 1}, {0, 1}, {2}, {2}} {
		if err := e.Cast(ballot, nil); err != nil {
			panic(err)
		}
	}
	return e
}

func ExampleCount() {
	for _, rule := range []tally.Rule{tally.Greedy, tally.EqualShares} {
		out, err := tally.Count(context.Background(), town(), tally.Options{Rule: rule})
		if err != nil {
			panic(err)
		}
		fmt.Println(rule, out.WinnerIDs(), out.Spent)
	}
	// Output:
	// greedy [library park] 60
	// equal-shares [library workshop] 40
}

func ExampleCount_completion() {
	out, err := tally.Count(context.Background(), town(), tally.Options{
		Rule: tally.EqualShares, Completion: tally.AddOne, ThenGreedy: true,
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(out.WinnerIDs(), "share", out.Share.RatString(), out.Stopped)
	// Output: [library workshop] share 10 exhaustive
}

func ExampleExplain() {
	out, err := tally.Count(context.Background(), town(), tally.Options{Rule: tally.EqualShares})
	if err != nil {
		panic(err)
	}
	x, err := tally.Explain(context.Background(), out)
	if err != nil {
		panic(err)
	}
	texts, err := report.LoadTexts("en")
	if err != nil {
		panic(err)
	}
	for p := range out.Election.Projects {
		fmt.Printf("%s: %s\n", out.Election.Projects[p].Name, strings.Join(texts.Story(x, p), " "))
	}
	// Output:
	// Park: 4 supporters. Its supporters had paid for other projects, and what they had left was not enough. 1 more supporter would have been enough. At a cost of 19 it would have won.
	// Library: 4 supporters. It was bought as number 1 for 5 from each supporter. Paid this in full: 4.
	// Workshop: 2 supporters. It was bought as number 2 for 10 from each supporter. Paid this in full: 2.
}

func ExampleExplainBallot() {
	e := town()
	out, err := tally.Count(context.Background(), e, tally.Options{Rule: tally.EqualShares})
	if err != nil {
		panic(err)
	}
	for _, c := range tally.ExplainBallot(out, 0) {
		fmt.Println(e.Projects[c.Project].ID, c.Won, c.Paid)
	}
	// Output:
	// park false <nil>
	// library true 5/1
}

func Example_pabulib() {
	const file = `META
key;value
description;Street festival
budget;100
vote_type;approval
PROJECTS
project_id;cost;name
1;60;Stage
2;50;Lights
VOTES
voter_id;vote
a;1,2
b;2
c;1
d;2
`
	_, election, _, err := pabulib.Read(strings.NewReader(file), pabulib.Strict)
	if err != nil {
		panic(err)
	}
	out, err := tally.Count(context.Background(), election, tally.Options{})
	if err != nil {
		panic(err)
	}
	x, err := tally.Explain(context.Background(), out)
	if err != nil {
		panic(err)
	}
	texts, err := report.LoadTexts("ru")
	if err != nil {
		panic(err)
	}
	fmt.Println(strings.Join(texts.Story(x, 0), " "))
	// Output: 2 сторонника. Проект стоит больше, чем осталось в бюджете. Хватило бы ещё 1 сторонника. При стоимости 50 проект прошёл бы.
}
