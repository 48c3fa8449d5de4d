package budgeting

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/record/proof"
	"github.com/birge-kz/birge/tally"
	"github.com/birge-kz/birge/tally/pabulib"
)

// Claims are what a record says of the campaigns that were counted, for whoever counts them again without the city's program.
type Claims map[civic.ID]Claim

// Claim is what the last act about a campaign's result says.
type Claim struct {
	Index   int64     `json:"-"` // of the entry
	Rules   Rules     `json:"rules"`
	Results []Counted `json:"results"`
}

// BudgetDiffers says that a result does not hold, though the record does.
const BudgetDiffers proof.Code = "budget_differs"

// Add takes in an entry of a record; it is proof.Options.Each.
func (c Claims) Add(index int64, e proof.Entry) {
	if e.Kind != actCounted {
		return
	}
	claim := Claim{Index: index}
	if json.Unmarshal(e.Payload, &claim) == nil {
		c[e.Subject.ID] = claim
	}
}

// maxFile bounds a published file, in bytes: some two million voters.
const maxFile = 256 << 20

// Check counts each part of each campaign again, from the file that the site publishes and by the rules in the record. A copy of a record has no files, and nothing is counted. An
// error that is a *proof.Finding says which result does not hold.
func (c Claims) Check(ctx context.Context, src proof.Source) error {
	if !src.Live() {
		return nil
	}
	for _, id := range slices.Sorted(maps.Keys(c)) {
		claim := c[id]
		for _, n := range claim.Results {
			file, err := src.Get(ctx, resultsPath(id)[1:]+"/"+n.Area+".pb", maxFile)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			sum := sha256.Sum256(file)
			if hex.EncodeToString(sum[:]) != n.Hash {
				return claim.finding("budget_file", "the budget %s, part %s: the published file is not the one that was recorded", id, n.Area)
			}
			if err := claim.recount(ctx, string(file), n); err != nil {
				if ctx.Err() != nil {
					return err
				}
				return claim.finding("budget_result", "the budget %s, part %s: counted again by its rules, the published file gives another result", id, n.Area)
			}
		}
	}
	return nil
}

// errOther says that another result came out.
var errOther = errors.New("budgeting: another result")

// recount is nil when a published file gives the result that was recorded.
func (c Claim) recount(ctx context.Context, file string, want Counted) error {
	f, _, err := pabulib.ParseString(file, pabulib.Strict)
	if err != nil {
		return err
	}
	e, _, err := f.Election(pabulib.Strict)
	if err != nil {
		return err
	}
	o, err := c.Rules.optionsFor(e)
	if err != nil {
		return err
	}
	out, err := tally.Count(ctx, e, o)
	if err != nil {
		return err
	}
	won := []string{}
	for _, number := range want.Winners {
		won = append(won, fmt.Sprint(number))
	}
	if e.Voters() != want.Voters || spentOf(out) != want.Spent || !slices.Equal(out.WinnerIDs(), won) {
		return errOther
	}
	return nil
}

// finding says in English, and by its figures, what does not hold.
func (c Claim) finding(detail, english string, id civic.ID, area string) error {
	return &proof.Finding{Code: BudgetDiffers, Index: c.Index, Detail: detail, Figures: []any{"Campaign", string(id), "Part", area}, Text: fmt.Sprintf(english, id, area)}
}
