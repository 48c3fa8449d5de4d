package appeals

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// MostTogether bounds how many cases one answer answers beside its own.
const MostTogether = 50

// answerable reports whether a case waits for its first answer: what was contested is decided by itself.
func (c Case) answerable() bool {
	_, ok := Next(c.State, Answer)
	return ok && c.State != Contested
}

// mayAskSame reports whether the applicant of a case may be asked if it is about the same as another: once, by the body that has both, while neither is
// answered and everybody reads the other.
func mayAskSame(c, main Case, of Appeal) bool {
	return c.ID != main.ID && c.Appeal != main.Appeal && c.Body == main.Body && c.answerable() && main.answerable() && of.Text == Shown &&
		c.Same == "" && c.AskedSame == "" && !c.NotSame && main.Same == ""
}

// AskSame asks who filed an appeal whether it is about the same as another that everybody reads: if they say so, one answer of the body is to both, and
// each of the two has the last word on it. Nothing else changes until they do. Permission: MayWork. Errors: civic.Forbidden, civic.NotFound, civic.Closed.
func (s *Service) AskSame(ctx context.Context, actor civic.Actor, id, with civic.ID) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		a, c, err := s.held(tx, id)
		if err != nil {
			return err
		}
		if !MayWork(actor, c.Body) {
			return notYours()
		}
		main, of, err := caseWithAppeal(tx, with)
		if err != nil {
			return err
		}
		linked, err := linkedTo(tx, []civic.ID{c.ID}, 1)
		if err != nil {
			return err
		}
		if len(linked) > 0 || !mayAskSame(c, main, of) {
			return notNow()
		}
		c.AskedSame = main.ID
		if err := updateCase(tx, c); err != nil {
			return err
		}
		if a.Applicant != "" {
			if err := s.city.Notifications.Notify(tx, a.Applicant, notifications.Notice{Subject: civic.Say("appeals.told_same", "Number", a.Number()), Body: civic.Say("appeals.told_same_with", "Number", of.Number()),
				Path: Path(a.ID), Reply: ownPath(a.ID)}); err != nil {
				return err
			}
		}
		return s.city.Trail.Note(tx, actor, "appeals.case.same", caseRef(c.ID), nil)
	})
}

// Agree is what an applicant says to being answered together with another.
type Agree string

const (
	Yes Agree = "yes"
	No  Agree = "no"
)

// SaySame is what the applicant says to that: only with their yes is their case answered together with the other. A yes is taken back by a no, until it
// is answered; after a no they are not asked again. Errors: civic.Forbidden, civic.NotFound, civic.Closed, civic.Invalid with "agree".
func (s *Service) SaySame(ctx context.Context, who Who, id, of civic.ID, agree Agree) error {
	yes := agree == Yes
	return s.alone(ctx, id, func(tx *storage.Tx, a Appeal) error {
		if err := s.applicant(tx, a, who); err != nil {
			return err
		}
		if agree != Yes && agree != No {
			return civic.Wrong("agree", "appeals.choose")
		}
		c, err := findCase(tx, of)
		if err != nil || c.Appeal != a.ID {
			return errors.Join(err, notThere())
		}
		was := c.Same
		switch {
		case !c.answerable(), was == "" && c.AskedSame == "", was != "" && yes:
			return notNow()
		case yes:
			main, err := findCase(tx, c.AskedSame)
			if err != nil {
				return err
			}
			linked, err := linkedTo(tx, []civic.ID{c.ID}, 1)
			if err != nil {
				return err
			}
			if !main.answerable() || main.Same != "" || len(linked) > 0 { // no chain: an answer reaches those that are linked to its own case
				return notNow()
			}
			c.Same = main.ID
		default:
			c.Same, c.NotSame = "", true
		}
		c.AskedSame = ""
		if err := s.settle(tx, &a, c); err != nil || c.Same == was {
			return err
		}
		if err := s.noteCase(tx, actOf[Link], a, c, civic.Resident); err != nil || !yes {
			return err
		}
		return s.tellBody(tx, a, c, "same")
	})
}

// caseWithAppeal finds a case and its appeal.
func caseWithAppeal(tx *storage.Tx, id civic.ID) (Case, Appeal, error) {
	c, err := findCase(tx, id)
	if err != nil {
		return c, Appeal{}, err
	}
	a, err := find(tx, c.Appeal)
	return c, a, err
}

// together holds a case and those that are to be answered with it: theirs, of its body, still to be answered. Others are left out, for they went on meanwhile.
func (s *Service) together(tx *storage.Tx, id civic.ID, also []civic.ID) ([]civic.ID, error) {
	main, err := findCase(tx, id)
	if err != nil {
		return nil, err
	}
	others, err := linkedTo(tx, []civic.ID{id}, MostTogether)
	if err != nil {
		return nil, err
	}
	appeals, out := []civic.ID{main.Appeal}, []civic.ID{id}
	for _, c := range others {
		if slices.Contains(also, c.ID) {
			appeals, out = append(appeals, c.Appeal), append(out, c.ID)
		}
	}
	slices.Sort(appeals)
	for _, a := range appeals {
		if err := tx.Lock(lockKey(a)); err != nil {
			return nil, err
		}
	}
	now, err := casesByIDs(tx, out) // as they are now that nobody else acts
	if err != nil {
		return nil, err
	}
	var owed []civic.ID
	for _, c := range now {
		switch {
		case c.ID == id, c.Same == id && c.Body == main.Body && c.answerable():
			owed = append(owed, c.Obligation)
		default:
			out = slices.DeleteFunc(out, func(of civic.ID) bool { return of == c.ID })
		}
	}
	return out, s.city.Answers.Hold(tx, owed...)
}

// Same is how a case stands to others that are about the same.
type Same struct {
	With  *WorkItem  // with which it is answered together
	Asked *WorkItem  // about which the applicant is asked, while it can be answered together
	Those []WorkItem // that are answered together with it
}

// sames finds how cases stand to others.
func (s *Service) sames(tx *storage.Tx, cases []Case) (map[civic.ID]Same, error) {
	var ids, mains []civic.ID
	for _, c := range cases {
		ids = append(ids, c.ID)
		if main := cmp.Or(c.Same, c.AskedSame); main != "" {
			mains = append(mains, main)
		}
	}
	found, err := casesByIDs(tx, mains)
	if err != nil {
		return nil, err
	}
	linked, err := linkedTo(tx, ids, MostTogether)
	if err != nil {
		return nil, err
	}
	of, err := appealsOf(tx, slices.Concat(found, linked))
	out := map[civic.ID]Same{}
	for _, c := range linked {
		same := out[c.Same]
		same.Those = append(same.Those, WorkItem{Case: c, Appeal: of[c.Appeal]})
		out[c.Same] = same
	}
	for _, c := range cases {
		same := out[c.ID]
		for _, main := range found {
			item := &WorkItem{Case: main, Appeal: of[main.Appeal]}
			switch {
			case main.State == Forwarded: // somebody else's now
			case main.ID == c.Same:
				same.With = item
			case main.ID == c.AskedSame && c.answerable() && main.answerable():
				same.Asked = item
			}
		}
		out[c.ID] = same
	}
	return out, err
}

// alikeCases are those of the body with which a case may be answered together, the likest first: among its latest that wait and that everybody reads.
func (s *Service) alikeCases(tx *storage.Tx, a Appeal, c Case) ([]WorkItem, error) {
	if !c.answerable() || c.Same != "" || c.AskedSame != "" || c.NotSame || a.Words == "" {
		return nil, nil
	}
	all, err := latestWork(tx, c.Body, alikeAmong)
	if err != nil {
		return nil, err
	}
	of, err := appealsOf(tx, all)
	if err != nil {
		return nil, err
	}
	mine, like := compare(a), map[civic.ID]float64{}
	all = slices.DeleteFunc(all, func(other Case) bool {
		if !mayAskSame(c, other, of[other.Appeal]) {
			return true
		}
		like[other.ID] = likeness(mine, compare(of[other.Appeal]))
		return like[other.ID] < alikeFrom
	})
	slices.SortStableFunc(all, func(x, y Case) int { return cmp.Compare(like[y.ID], like[x.ID]) })
	return s.workItems(tx, all[:min(len(all), alikeMost)])
}

// answerOne gives the answer to one case. The caller holds its appeal.
func (s *Service) answerOne(tx *storage.Tx, actor civic.Actor, id civic.ID, v answers.Verdict, person string) error {
	return s.step(tx, actor, id, Answer, func(tx *storage.Tx, a *Appeal, c *Case) error { return s.reply(tx, actor, a, c, v, person) })
}
