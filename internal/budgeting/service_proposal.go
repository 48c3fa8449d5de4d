package budgeting

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/platform/lexis"
	"github.com/birge-kz/birge/internal/platform/storage"
)

func (p Proposal) trimmed() Proposal {
	for _, text := range []*string{&p.Title, &p.What, &p.Why, &p.Address, &p.Signed} {
		*text = strings.TrimSpace(*text)
	}
	p.Estimate = slices.Clone(p.Estimate)
	for i := range p.Estimate {
		p.Estimate[i].What = strings.TrimSpace(p.Estimate[i].What)
	}
	return p
}

// whoMay is nil for somebody who may propose and support in a campaign. Errors: civic.Forbidden with how to mend it.
func (c Campaign) whoMay(a civic.Actor) error {
	switch {
	case !a.Has(civic.Resident):
		return civic.Fail(civic.Forbidden, "budgeting.sign_in_first")
	case c.Rules.Verified && a.Assurance < civic.Verified:
		return civic.Fail(civic.Forbidden, "budgeting.verify_first")
	}
	return nil
}

// mayPropose is nil when the actor may propose now. desk: somebody who runs the campaign enters what came on paper.
func (s *Service) mayPropose(tx *storage.Tx, a civic.Actor, c Campaign, desk bool) error {
	if stage := s.stage(tx, c); stage != Proposing {
		return civic.Fail(civic.Closed, "budgeting.no_proposals_now")
	}
	if desk {
		if !c.MayRun(a) {
			return notYours()
		}
		return nil
	}
	if err := c.whoMay(a); err != nil {
		return err
	}
	n, err := countOf(tx, c.ID, a.Account)
	if err == nil && n >= c.Rules.PerPerson {
		err = civic.Fail(civic.TooMany, "budgeting.enough", "Count", c.Rules.PerPerson)
	}
	return err
}

// BeforeProposing is nil when Propose would take it.
func (s *Service) BeforeProposing(ctx context.Context, a civic.Actor, p Proposal) error {
	return s.db.Read(ctx, func(tx *storage.Tx) error {
		c, err := findCampaign(tx, p.Campaign)
		if err != nil {
			return err
		}
		if err := s.mayPropose(tx, a, c, p.Paper); err != nil {
			return err
		}
		return p.trimmed().check(c, s.knownDistrict).Err()
	})
}

// Propose files a proposal. The caller fills in Campaign, Area, Category, Title, What, Why, District, Address, Land, Point, Estimate and Signed, and of one that
// came on paper Paper and PaperSupport: then it is who runs the campaign who files it, and it has no account. It waits for a moderator before everybody reads
// it. Errors: civic.Invalid with the fields of Proposal; civic.Closed outside the stage; civic.Forbidden; civic.TooMany after the rules' number.
func (s *Service) Propose(ctx context.Context, a civic.Actor, p Proposal, page civic.Lang) (Proposal, error) {
	p = p.trimmed()
	err := s.db.Write(ctx, func(tx *storage.Tx) error {
		c, err := s.lock(tx, p.Campaign)
		if err != nil {
			return err
		}
		if err := s.mayPropose(tx, a, c, p.Paper); err != nil {
			return err
		}
		if err := p.check(c, s.knownDistrict).Err(); err != nil {
			return err
		}
		role := civic.Resident
		if p.Author = a.Account; p.Paper {
			p.Author, role = "", c.role(a)
		}
		if !p.Paper {
			p.PaperSupport = 0
		}
		tx.Touch(topic)
		if err := s.file(tx, c, &p, page, role); err != nil || !p.Paper {
			return err
		}
		return s.audit(tx, a, "proposal.enter", Ref(p.ID))
	})
	return p, err
}

// file keeps a proposal that was checked, numbers it, and writes it into the record. The caller holds the lock of its campaign.
func (s *Service) file(tx *storage.Tx, c Campaign, p *Proposal, page civic.Lang, role civic.Role) error {
	area, _ := c.Area(p.Area)
	if p.District = cmp.Or(area.District, p.District); p.District == "" {
		p.District, _ = s.city.Places.Outlines().At(p.Point)
	}
	p.ID, p.State, p.Text, p.FiledAt, p.ChangedAt, p.Cost = civic.NewID(tx.Now()), Filed, Waiting, tx.Now(), tx.Now(), Sum(p.Estimate)
	p.Lang = civic.GuessLang(p.Title+" "+p.What, page)
	if err := insert(tx, p); err != nil {
		return err
	}
	return s.note(tx, actFiled, *p, role)
}

// Alike finds what is there already like a proposal that somebody is about to file: in like words, or at the same place. Anybody may ask.
func (s *Service) Alike(ctx context.Context, p Proposal) (out []Listed, err error) {
	const among, from, most = 500, 0.5, 3
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		all, err := readable(tx, p.Campaign, among)
		if err != nil {
			return err
		}
		like := map[civic.ID]float64{}
		mine := lexis.Terms(p.Title + " " + lexis.Opening(p.What))
		all = slices.DeleteFunc(all, func(o Proposal) bool {
			l := max(lexis.Share(lexis.Terms(p.Title), lexis.Terms(o.Title)), lexis.Share(mine, lexis.Terms(o.Title+" "+lexis.Opening(o.What))))
			if p.Point.Near(o.Point) {
				l += 0.3
			} else if p.District != "" && o.District != "" && p.District != o.District {
				l -= 0.2
			}
			like[o.ID] = l
			return l < from || o.ID == p.ID
		})
		slices.SortStableFunc(all, func(x, y Proposal) int { return cmp.Compare(like[y.ID], like[x.ID]) })
		out, err = s.listed(tx, all[:min(len(all), most)])
		return err
	})
	return out, err
}

// Support says that somebody wants a proposal; saying it again changes nothing. Whoever does follows it, so they are told what becomes of it, with the words.
// Errors: civic.Forbidden, civic.NotFound, civic.Closed.
func (s *Service) Support(ctx context.Context, a civic.Actor, id civic.ID) error {
	err := s.idea(ctx, id, func(tx *storage.Tx, c Campaign, p Proposal) error {
		if err := s.maySupport(tx, a, c, p); err != nil {
			return err
		}
		return insertSupport(tx, p, a.Account, tx.Now())
	})
	if err != nil {
		return err
	}
	return s.city.Notifications.Follow(ctx, a.Account, Ref(id))
}

func (s *Service) maySupport(tx *storage.Tx, a civic.Actor, c Campaign, p Proposal) error {
	switch {
	case p.Text != Shown:
		return notThere()
	case !p.supportable(s.stage(tx, c)):
		return civic.Fail(civic.Closed, "budgeting.no_support_now")
	case p.own(a):
		return civic.Fail(civic.Forbidden, "budgeting.own_needs_none")
	}
	return c.whoMay(a)
}

// Unsupport takes that back.
func (s *Service) Unsupport(ctx context.Context, a civic.Actor, id civic.ID) error {
	return s.idea(ctx, id, func(tx *storage.Tx, c Campaign, p Proposal) error {
		if !p.supportable(s.stage(tx, c)) {
			return notNow()
		}
		return deleteSupport(tx, p, a.Account)
	})
}

// move takes a step of a proposal, and keeps and records it.
func (s *Service) move(tx *storage.Tx, c Campaign, p *Proposal, step Step, act string, role civic.Role) error {
	to, err := p.may(step, s.stage(tx, c))
	if err != nil {
		return err
	}
	p.State, p.ChangedAt = to, tx.Now()
	return errors.Join(update(tx, *p), s.note(tx, act, *p, role))
}

// Withdraw takes a proposal back, of its author, before people vote. Errors: civic.Forbidden, civic.NotFound, civic.Closed.
func (s *Service) Withdraw(ctx context.Context, a civic.Actor, id civic.ID) error {
	return s.idea(ctx, id, func(tx *storage.Tx, c Campaign, p Proposal) error {
		if !p.own(a) {
			return notYours()
		}
		if err := s.move(tx, c, &p, Withdraw, actWithdrawn, civic.Resident); err != nil {
			return err
		}
		if err := s.dropChecks(tx, p); err != nil {
			return err
		}
		return s.tellPeople(tx, p, "withdrawn", civic.Message{})
	})
}

// Rework changes a proposal after its first verdict: to is what it says now, and replies answers each point. New words wait for a moderator again. Permission: its author; of a paper one who runs
// the campaign. Errors: civic.Forbidden, civic.NotFound, civic.Closed, civic.Invalid with the fields of Proposal and "replyN".
func (s *Service) Rework(ctx context.Context, a civic.Actor, id civic.ID, to Proposal, replies []string) error {
	to = to.trimmed()
	return s.idea(ctx, id, func(tx *storage.Tx, c Campaign, p Proposal) error {
		if !p.writes(a, c) {
			return notYours()
		}
		signed, err := verdictsOf(tx, p.ID)
		if err != nil {
			return err
		}
		if _, err := p.may(Rework, s.stage(tx, c)); err != nil || len(signed[p.ID]) == 0 {
			return errors.Join(err, notNow())
		}
		before := p.said()
		p.Area, p.Category, p.Title, p.What, p.Why, p.District, p.Address, p.Land, p.Point, p.Estimate, p.Signed = to.Area, to.Category, to.Title, to.What, to.Why, to.District, to.Address, to.Land, to.Point, to.Estimate, to.Signed
		problems := p.check(c, s.knownDistrict)
		p.Replies = checkReplies(&problems, signed[p.ID][0].Points, replies)
		if err := problems.Err(); err != nil {
			return err
		}
		area, _ := c.Area(p.Area)
		p.District, p.Cost, p.Lang = cmp.Or(area.District, p.District), Sum(p.Estimate), civic.GuessLang(p.Title+" "+p.What, p.Lang)
		role := civic.Resident
		if p.Paper {
			role = c.role(a)
		}
		if p.Text == Shown && p.said() != before {
			p.Text = Waiting
		}
		if err := s.move(tx, c, &p, Rework, actReworked, role); err != nil {
			return err
		}
		if err := s.index(tx, p); err != nil {
			return err
		}
		if err := s.city.Files.Settle(tx, Ref(p.ID), role); err != nil || p.Text != Shown {
			return err
		}
		return s.tellReworked(tx, c, p)
	})
}

// said is all that its author says in words, as one text.
func (p Proposal) said() string {
	return encoded([]any{p.Title, p.What, p.Why, p.Address, p.Signed, p.Estimate, p.Replies})
}

// writes reports whether the actor may change the words: its author, and of what came on paper who runs the campaign.
func (p Proposal) writes(a civic.Actor, c Campaign) bool {
	return p.own(a) || p.byDesk() && c.MayRun(a)
}

// byDesk reports whether nobody with an account wrote it: it came on paper, or from another system.
func (p Proposal) byDesk() bool { return p.Paper || p.Origin != "" }

// checkReplies wants an answer to each point of the first verdict.
func checkReplies(p *civic.Problems, points []civic.Text, replies []string) []string {
	out := make([]string, len(points))
	for i := range points {
		if i < len(replies) {
			out[i] = strings.TrimSpace(replies[i])
		}
		switch {
		case out[i] == "":
			p.Add(numbered("reply", i), "budgeting.reply_needed")
		case utf8.RuneCountInString(out[i]) > maxReason:
			p.Add(numbered("reply", i), "web.too_long", "Count", maxReason)
		}
	}
	return out
}

// AskMerge asks the author of another proposal of the same campaign, by its number, to take this one in. Of a paper one who runs the campaign answers. Errors:
// civic.Forbidden, civic.NotFound, civic.Closed, civic.Invalid with "number" and "words".
func (s *Service) AskMerge(ctx context.Context, a civic.Actor, id civic.ID, number int, words string) error {
	words = strings.TrimSpace(words)
	return s.idea(ctx, id, func(tx *storage.Tx, c Campaign, p Proposal) error {
		if !p.writes(a, c) {
			return notYours()
		}
		if _, err := p.may(Merge, s.stage(tx, c)); err != nil {
			return err
		}
		var problems civic.Problems
		target, err := findByNumber(tx, c.ID, number)
		if civic.CodeOf(err) == civic.NotFound || err == nil && !target.takesIn(p) {
			problems.Add("number", "budgeting.no_such_number")
		} else if err != nil {
			return err
		}
		if problems.AtMost("words", words, maxReason); problems.Err() != nil {
			return problems.Err()
		}
		if err := putWish(tx, wish{p.no, target.no, words, tx.Now()}); err != nil {
			return err
		}
		if target.Author == "" {
			return s.tellBody(tx, c.Body, civic.Say("budgeting.told_merge_asked", "Number", p.Number, "Title", p.Name()), Path(target.ID))
		}
		return s.city.Notifications.Notify(tx, target.Author, notifications.Notice{Subject: civic.Say("budgeting.told_merge_asked", "Number", p.Number, "Title", p.Name()), Path: Path(target.ID)})
	})
}

// takesIn reports whether another proposal can be merged into it.
func (p Proposal) takesIn(o Proposal) bool {
	return p.ID != o.ID && p.Text == Shown && o.Text == Shown && slices.Contains([]Standing{Filed, Returned, Accepted, InCheck, Reworked}, p.State)
}

// AnswerMerge says yes or no to the wish of another proposal's author: with yes, that one goes on in this one, both authors stay, and who supported it supports
// this. Permission: the author of this; of a paper one who runs the campaign. Errors: civic.Forbidden, civic.NotFound, civic.Closed.
func (s *Service) AnswerMerge(ctx context.Context, a civic.Actor, id, from civic.ID, yes bool) error {
	return s.idea(ctx, id, func(tx *storage.Tx, c Campaign, p Proposal) error {
		if !p.writes(a, c) && !(p.Author == "" && c.MayRun(a)) {
			return notYours()
		}
		other, err := find(tx, from)
		if err != nil {
			return err
		}
		w, there, err := wishOf(tx, other)
		if err != nil || !there || w.target != p.no {
			return errors.Join(err, notThere())
		}
		if err := deleteWish(tx, other.no); err != nil {
			return err
		}
		if !yes {
			return s.tellPeople(tx, other, "merge_declined", civic.Message{})
		}
		if !p.takesIn(other) {
			return notNow()
		}
		other.Into = p.ID
		if err := s.move(tx, c, &other, Merge, actMerged, civic.Resident); err != nil {
			return err
		}
		return s.joinInto(tx, c, other, p)
	})
}

// joinInto gives the authors and supporters of a merged proposal to the other.
func (s *Service) joinInto(tx *storage.Tx, c Campaign, other, p Proposal) error {
	authors, err := coauthors(tx, other)
	if err != nil {
		return err
	}
	for _, author := range append([]Coauthor{{other.ID, other.Author, other.Signed}}, authors...) {
		if err := insertCoauthor(tx, p, author); err != nil {
			return err
		}
	}
	if err := copySupport(tx, other, p); err != nil {
		return err
	}
	p.PaperSupport += other.PaperSupport
	p.ChangedAt = tx.Now()
	return errors.Join(update(tx, p), s.note(tx, actJoined, p, civic.Resident), s.dropChecks(tx, other), s.tellPeople(tx, other, "merged", civic.Say("budgeting.told_into", "Number", p.Number)))
}
