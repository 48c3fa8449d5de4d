package budgeting

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/tally"
	"github.com/birge-kz/birge/tally/report"
)

// Told is a result in words: why each project won or not, and how much was missing.
type Told struct {
	Budget, Spent string
	Voters        int64
	Winners       int
	Rule, Method  string
	Rows          []ToldRow
	Ties          [][]string
	Others        []OtherRule // the same ballots by other rules
}

// ToldRow is one project of it, the winners in front as they were taken.
type ToldRow struct {
	ID, Name, Cost string
	Votes, Points  int64
	Won            bool
	Rank           int
	Story          []string
}

// OtherRule is what another rule would have done with the same ballots.
type OtherRule struct {
	Name    string
	Spent   string
	Winners []string // ids, as taken
	Same    bool
}

// texts are the words of reports in each language, read once.
var texts = sync.OnceValue(func() map[civic.Lang]*report.Texts {
	out := map[civic.Lang]*report.Texts{}
	for _, lang := range civic.Languages() {
		t, err := report.LoadTexts(string(lang))
		if err != nil {
			panic(err) // they are in the program
		}
		out[lang] = t
	}
	return out
})

// explainWork bounds how much is counted again for an explanation: some seconds of one core at most.
const explainWork = 4_000_000

// rehearsed counts an election by rules and explains it. Errors: tally's, for ballots that the rules do not fit; that of ctx.
func rehearsed(ctx context.Context, e *tally.Election, r Counting) (*tally.Explanation, error) {
	o, err := r.options()
	if err != nil {
		return nil, err
	}
	if o.Utility == tally.UtilityPoints && !e.HasPoints() {
		o.Utility = tally.UtilityCost // a file of approvals, rehearsed under rules for points
	}
	return explained(ctx, e, o)
}

// explained counts and says why each project won or not.
func explained(ctx context.Context, e *tally.Election, o tally.Options) (*tally.Explanation, error) {
	out, err := tally.Count(ctx, e, o)
	if err != nil {
		return nil, err
	}
	return tally.ExplainWith(ctx, out, tally.ExplainOptions{Work: explainWork})
}

// others are the outcomes of the other rules with the same ballots.
func others(ctx context.Context, x *tally.Explanation) ([]*tally.Outcome, error) {
	return tally.Compare(ctx, x.Outcome.Election, tally.AllRules(x.Outcome.Election, x.Outcome.Options))
}

// tell puts an explanation into the words of a language.
func tell(x *tally.Explanation, compared []*tally.Outcome, lang civic.Lang) Told {
	t, out := texts()[lang], x.Outcome
	e := out.Election
	told := Told{Budget: t.Money(e.Budget, e), Spent: t.Money(out.Spent, e), Voters: int64(e.Voters()), Winners: len(out.Winners()), Rule: t.RuleName(out.Options), Method: t.Method(out.Options)}
	for i, v := range x.Verdicts {
		p := e.Projects[i]
		told.Rows = append(told.Rows, ToldRow{ID: p.ID, Name: cmp.Or(p.Name, p.ID), Cost: t.Money(p.Cost, e), Votes: v.Votes, Points: v.Points, Won: v.Won, Rank: v.Rank, Story: t.Story(x, i)})
	}
	slices.SortStableFunc(told.Rows, func(a, b ToldRow) int {
		switch {
		case a.Won != b.Won:
			if a.Won {
				return -1
			}
			return 1
		case a.Won:
			return cmp.Compare(a.Rank, b.Rank)
		}
		return cmp.Compare(b.Votes, a.Votes)
	})
	for _, tie := range x.Ties {
		told.Ties = append(told.Ties, t.TieStory(x, tie))
	}
	won := slices.Sorted(slices.Values(out.WinnerIDs()))
	for _, o := range compared {
		ids := o.WinnerIDs()
		told.Others = append(told.Others, OtherRule{Name: t.RuleName(o.Options), Spent: t.Money(o.Spent, e), Winners: ids, Same: slices.Equal(won, slices.Sorted(slices.Values(ids)))})
	}
	return told
}

// problem is what is wrong with ballots and rules, in words; of any other error that it could not be counted.
func problem(err error, lang civic.Lang) string {
	if words := texts()[lang].Problem(err); words != "" {
		return words
	}
	return fmt.Sprint(err)
}
