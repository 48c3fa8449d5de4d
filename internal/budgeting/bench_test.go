package budgeting

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/birge-kz/birge/internal/ballots"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/tally"
)

// What follows the opening of a box of two hundred thousand ballots, with three parts of a hundred projects: files, result, and why, in three languages. Opening it is BenchmarkCount200000 of internal/ballots.
func BenchmarkResult200000(b *testing.B) {
	c := Campaign{Year: 2027, Title: civic.Everywhere("Бюджет"), Plan: Plan{Until: map[Stage]string{Voting: "2027-05-01"}},
		Rules: Rules{Vote: Approval, Choices: 3, Reach: AllParts, Count: Counting{Rule: "equal-shares", Utility: "cost", Completion: "add-one,greedy", Tie: "cost-votes"}}}
	var projects []Proposal
	r := rand.New(rand.NewPCG(1, 2))
	for _, code := range []string{"small", "middle", "large"} {
		c.Areas = append(c.Areas, Area{Code: code, Name: civic.Everywhere(code), Money: 100_000_000 * civic.Tenge})
		for range 100 {
			projects = append(projects, Proposal{Number: len(projects) + 1, Area: code, Category: "sport", Title: "Скамьи", Cost: civic.Money(2_000_000+r.IntN(18_000_000)) * civic.Tenge})
		}
	}
	list := func(yield func(ballots.Published, error) bool) {
		r := rand.New(rand.NewPCG(3, 4))
		for n := range 200_000 {
			area, width := r.IntN(3)*100, 5+r.IntN(96)
			if !yield(ballots.Published{Number: int64(n + 1), Ballot: fmt.Sprintf("%d %d", area+1+r.IntN(width), (area+100)%300+1+r.IntN(width))}, nil) {
				return
			}
		}
	}
	for b.Loop() {
		polls, err := elections(c, "Қала", projects, list)
		if err != nil {
			b.Fatal(err)
		}
		for _, p := range polls {
			o, err := c.Rules.optionsFor(p.election)
			if err != nil {
				b.Fatal(err)
			}
			out, err := tally.Count(b.Context(), p.election, o)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := finish(p.area, p.file, out); err != nil {
				b.Fatal(err)
			}
			x, err := explained(b.Context(), p.election, o)
			if err != nil {
				b.Fatal(err)
			}
			compared, err := others(b.Context(), x)
			if err != nil {
				b.Fatal(err)
			}
			for _, lang := range civic.Languages() {
				tell(x, compared, lang)
			}
		}
	}
}
