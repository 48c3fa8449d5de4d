package budgeting

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"

	"github.com/birge-kz/birge/internal/ballots"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/paper"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
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
		Layout: s.ballotSheet, ToPerson: s.giveSheet, Places: func(tx *storage.Tx, p ui.Page, of civic.Ref) ([]ui.Option, error) {
			c, err := findCampaign(tx, of.ID)
			return s.placesOf(p, c), err
		}, Check: s.readSheet, Handed: s.sheetsHanded,
		Gap: func(tx *storage.Tx, of civic.Ref, p paper.Protocol) (int64, error) {
			return ballots.PaperGap(tx, of, p.Entered[paper.Agreed], p.Absent())
		},
		Off: func(tx *storage.Tx, of civic.Ref, _ paper.Sort) error {
			tx.Touch(topic)
			return s.city.Ballots.NoPaper(tx, of)
		},
		Hint: civic.Say("budgeting.paper_hint"),
	}
}

// ballotSheet is a ballot as it is printed: how to vote, and of each part its money and its projects, with number and cost, in an order that is another for each run.
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
	l = paper.Layout{Issuer: text.Text(named[organisations.RefOf(v.Campaign.Body)].Title), Title: text.Text(v.Campaign.Title), Intro: s.howToVote(v.Campaign, lang)}
	choice := "budgeting.paper_choice"
	if v.Campaign.Rules.Vote == Points {
		choice = "budgeting.paper_points"
	}
	projects := shuffled(v.proposals(), rand.Uint64())
	for _, a := range v.Campaign.Areas {
		section := paper.Section{Text: text.Text(a.Name), Hint: text.T("budgeting.paper_money", "Money", tenge(a.Money))}
		for _, p := range projects {
			if p.Area == a.Code && !v.frozen(p) {
				section.Choices = append(section.Choices, text.T(choice, "No", p.code(), "Title", p.Called(), "Cost", tenge(p.Cost)))
			}
		}
		if len(section.Choices) > 0 {
			l.Sections = append(l.Sections, section)
		}
	}
	return l, nil
}

// howToVote is what a ballot on paper says above its projects.
func (s *Service) howToVote(c Campaign, lang civic.Lang) []string {
	text := s.city.Catalog.For(lang)
	how := text.T("budgeting.paper_how_"+string(c.Rules.Vote), "Count", c.Rules.Choices)
	if len(c.Areas) > 1 {
		how += " " + text.T(c.reachKey()) + "."
	}
	return []string{how, text.T("budgeting.paper_intro")}
}

// giveSheet notes on the roll that somebody got a ballot on paper. Errors: civic.Invalid with "iin" or "district"; civic.Conflict for somebody who voted.
func (s *Service) giveSheet(ctx context.Context, a civic.Actor, of civic.Ref, iin, district string) error {
	mark, err := s.city.Identity.RollMark(ctx, iin)
	if err != nil {
		return civic.Wrong("iin", "budgeting.iin_wrong")
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		c, err := findCampaign(tx, of.ID)
		if err != nil {
			return err
		}
		person, err := s.personOf(tx, c, mark, iin, district)
		if err != nil {
			return err
		}
		if err := s.city.Ballots.GivePaper(tx, of, person); err != nil {
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
		err = errors.Join(ballots.CheckIn(tx, of, b), checkBallot(v.Campaign, v.byCode(), b, anywhere))
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

// sheetsHanded puts the ballots of a run into the box. Of those that were given out, what stayed unused was given to nobody, and a spoilt one that was replaced to
// somebody who has another.
func (s *Service) sheetsHanded(tx *storage.Tx, of civic.Ref, _ paper.Sort, contents []string, p paper.Protocol) error {
	var all []ballots.Ballot
	for _, c := range contents {
		b, _ := ballots.ParseBallot(c) // as it was written by readSheet
		all = append(all, b)
	}
	return s.city.Ballots.AddPaper(tx, of, all, p.Absent(), p.Last)
}
