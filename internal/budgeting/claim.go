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
	"strings"

	"github.com/birge-kz/birge/internal/ballots"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/record/proof"
	"github.com/birge-kz/birge/tally"
	"github.com/birge-kz/birge/tally/pabulib"
)

// Claims are what a record says of the campaigns that were counted, for whoever counts them again without the city's program.
type Claims map[civic.ID]Claim

// Claim is what the last act about a campaign's result says.
type Claim struct {
	Vote    civic.ID  `json:"-"` // the secret vote on it; "" when the record does not say which
	Index   int64     `json:"-"` // of the entry
	Rules   Rules     `json:"rules"`
	Results []Counted `json:"results"`
}

// BudgetDiffers says that a result does not hold, though the record does.
const BudgetDiffers proof.Code = "budget_differs"

// Add takes in an entry of a record; it is proof.Options.Each.
func (c Claims) Add(index int64, e proof.Entry) {
	switch e.Kind {
	case ballots.ActCounted:
		var vote struct {
			Of string `json:"of"`
		}
		if campaign, found := "", false; json.Unmarshal(e.Payload, &vote) == nil {
			if campaign, found = strings.CutPrefix(vote.Of, KindCampaign+":"); found {
				c[civic.ID(campaign)] = Claim{Vote: e.Subject.ID}
			}
		}
	case actCounted:
		claim := Claim{Index: index, Vote: c[e.Subject.ID].Vote}
		if json.Unmarshal(e.Payload, &claim) == nil {
			c[e.Subject.ID] = claim
		}
	}
}

// maxFile bounds a published file, in bytes: some two million voters.
const maxFile = 256 << 20

// Check counts each part of each campaign again, from the file that the site publishes and by the rules in the record, and holds the ballots of the file to the published list of the vote, which is held to its
// root by ballots.Claims. A copy of a record has no files, and nothing is counted. An
// error that is a *proof.Finding says which result does not hold.
func (c Claims) Check(ctx context.Context, src proof.Source) error {
	if !src.Live() {
		return nil
	}
	for _, id := range slices.Sorted(maps.Keys(c)) {
		claim := c[id]
		var list []byte
		if claim.Vote != "" && len(claim.Results) > 0 {
			var err error
			if list, err = src.Get(ctx, ballots.ListPath(claim.Vote), ballots.MaxList); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
		for _, n := range claim.Results {
			file, err := src.Get(ctx, resultsPath(id)[1:]+"/"+n.Area+".pb", maxFile)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			sum := sha256.Sum256(file)
			if hex.EncodeToString(sum[:]) != n.Hash {
				return claim.finding("budget_file", "the budget %s, part %s: the published file is not the one that was recorded", id, n.Area)
			}
			err = claim.recount(ctx, string(file), n)
			if err == nil && claim.Vote != "" {
				err = sameBallots(string(file), list)
			}
			switch {
			case ctx.Err() != nil:
				return ctx.Err()
			case errors.Is(err, errOtherBallots):
				return claim.finding("budget_ballots", "the budget %s, part %s: the ballots of the published file are not those of the published list", id, n.Area)
			case err != nil:
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

// errOtherBallots says that a file has other ballots than the published list.
var errOtherBallots = errors.New("budgeting: other ballots")

// sameBallots is nil when the ballots of a part's file are those of the published list, of each what it chose of the part, in the order of the list.
func sameBallots(file string, list []byte) error {
	f, _, err := pabulib.ParseString(file, pabulib.Strict)
	if err != nil {
		return err
	}
	of := map[string]bool{}
	id := f.Projects.Column("project_id")
	for i := range f.Projects.Len() {
		of[f.Projects.Field(i, id)] = true
	}
	points, row := f.Votes.Column("points") >= 0, 0
	for p, err := range ballots.Listed(list) {
		if err != nil {
			return errOtherBallots
		}
		marks, ok := ballots.ParseBallot(p.Ballot)
		if !ok {
			continue
		}
		want := voteRow(p.Number, marks, points, func(code string) bool { return of[code] })
		if want == nil {
			continue
		}
		if row >= f.Votes.Len() || !slices.Equal(f.Votes.Fields(row, nil), want) {
			return errOtherBallots
		}
		row++
	}
	if row != f.Votes.Len() {
		return errOtherBallots
	}
	return nil
}

// finding says in English, and by its figures, what does not hold.
func (c Claim) finding(detail, english string, id civic.ID, area string) error {
	return &proof.Finding{Code: BudgetDiffers, Index: c.Index, Detail: detail, Figures: []any{"Campaign", string(id), "Part", area}, Text: fmt.Sprintf(english, id, area)}
}
