package budgeting

import (
	"context"
	"errors"
	"slices"

	"github.com/birge-kz/birge/internal/ballots"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/paper"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// onPaper is how ballots of a campaign are printed, given out and counted. Printing the first says that the vote has paper: from then on the box waits
// for it after the end.
func (s *Service) onPaper() paper.Owner {
	return paper.Owner{
		Sorts: []paper.Sort{paper.Ballots},
		May: func(tx *storage.Tx, a civic.Actor, of civic.Ref) (bool, error) {
			c, err := findCampaign(tx, of.ID)
			return c.MayRun(a), err
		},
		Layout: s.ballotSheet, ToPerson: s.giveSheet, Check: s.readSheet, Handed: s.sheetsHanded,
		Hint: civic.Say("budgeting.paper_hint"),
	}
}

// ballotSheet is a ballot as it is printed: each project with its number and what it costs.
func (s *Service) ballotSheet(tx *storage.Tx, of civic.Ref, _ paper.Sort, lang civic.Lang) (l paper.Layout, err error) {
	v, err := s.voteView(tx, civic.Actor{}, of.ID)
	if err != nil {
		return l, err
	}
	if err := s.city.Ballots.OfferPaper(tx, civic.Officer, of); err != nil {
		return l, err
	}
	text := s.city.Catalog.For(lang)
	named, err := s.city.Declared.Titles(tx, civic.Actor{}, []civic.Ref{organisations.RefOf(v.Campaign.Body)})
	if err != nil {
		return l, err
	}
	l = paper.Layout{Issuer: text.Text(named[organisations.RefOf(v.Campaign.Body)].Title), Title: text.Text(v.Campaign.Title), Intro: []string{text.T("budgeting.paper_intro")}}
	for _, p := range v.Projects {
		if !v.frozen(p.Proposal) {
			l.Choices = append(l.Choices, text.T("budgeting.paper_choice", "No", p.code(), "Title", p.Called(), "Cost", p.Cost.String()))
		}
	}
	return l, nil
}

// giveSheet notes on the roll that somebody got a ballot on paper. Errors: civic.Invalid with "iin"; civic.Conflict for somebody who voted.
func (s *Service) giveSheet(ctx context.Context, a civic.Actor, of civic.Ref, iin string) error {
	mark, err := s.city.Identity.RollMark(ctx, iin)
	if err != nil {
		return civic.Wrong("iin", "budgeting.iin_wrong")
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := s.city.Ballots.GivePaper(tx, of, ballots.CodeFor{Person: []byte(mark), Age: ageBand(iin, tx.Now())}); err != nil {
			return err
		}
		return s.audit(tx, a, "vote.hand_out", of)
	})
}

// readSheet is what was written down of a ballot in its one form: the numbers of the marked projects, with points behind a colon.
func (s *Service) readSheet(tx *storage.Tx, of civic.Ref, _ paper.Sort, content string) (string, error) {
	b, ok := ballots.ParseBallot(content)
	if !ok {
		return "", civic.Wrong("content", "budgeting.paper_hint")
	}
	slices.SortFunc(b, func(x, y ballots.Mark) int { return compareCodes(x.Option, y.Option) })
	v, err := s.voteView(tx, civic.Actor{}, of.ID)
	if err == nil {
		err = errors.Join(ballots.CheckIn(tx, of, b), checkBallot(v.Campaign, v.byCode(), b))
	}
	var wrong *civic.Error
	if errors.As(err, &wrong) && len(wrong.Fields) > 0 {
		return "", civic.Wrong("content", wrong.Fields[0].Message.Key, wrong.Fields[0].Message.Args...)
	}
	return b.String(), err
}

// compareCodes orders projects by their numbers.
func compareCodes(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return slices.Compare([]byte(a), []byte(b))
}

// sheetsHanded puts the ballots of a run into the box. Of those that were given out, what stayed unused was given to nobody.
func (s *Service) sheetsHanded(tx *storage.Tx, of civic.Ref, _ paper.Sort, contents []string, p paper.Protocol) error {
	var all []ballots.Ballot
	for _, c := range contents {
		b, _ := ballots.ParseBallot(c) // as it was written by readSheet
		all = append(all, b)
	}
	return s.city.Ballots.AddPaper(tx, of, all, max(0, p.Given-p.Unused-int64(len(contents))), p.Last)
}
