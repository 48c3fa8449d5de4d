package answers

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// elsewhere is where the body writes the answer when the subject's owner has a page for it; "" for
// the form of this package.
func (s *Service) elsewhere(o Obligation) string {
	kind, _ := s.declared.Kind(o.Subject.Kind)
	if o.Owed != Answer || o.Origin != "" || kind.Asking.Desk == nil {
		return ""
	}
	return kind.Asking.Desk(o.Subject.ID)
}

// owned reports whether the owner of the subject has pages for all that the body and those who asked do, and tells
// them itself.
func (s *Service) owned(o Obligation) bool {
	kind, _ := s.declared.Kind(o.Subject.Kind)
	return kind.Asking.Replies && s.elsewhere(o) != ""
}

// desk is where the body works on an obligation.
func (s *Service) desk(o Obligation) string {
	if path := s.elsewhere(o); path != "" {
		return path
	}
	return deskPath(o.ID)
}

// asked reports whether the actor is one of those who asked.
func (s *Service) asked(tx *storage.Tx, a civic.Actor, o Obligation) (bool, error) {
	kind, _ := s.declared.Kind(o.Subject.Kind)
	if kind.Asking.Asked == nil || !a.SignedIn() {
		return false, nil
	}
	return kind.Asking.Asked(tx, o.Subject.ID, a.Account)
}

// title is the name of an obligation as everybody sees it.
func (s *Service) title(tx *storage.Tx, o Obligation) (civic.Text, error) {
	named, err := s.declared.Titles(tx, civic.Actor{}, []civic.Ref{Ref(o.ID)})
	return named[Ref(o.ID)].Title, err
}

// tellBody tells those who act for the body.
func (s *Service) tellBody(tx *storage.Tx, o Obligation, subject string, args ...any) error {
	officers, err := identity.HoldersOf(tx, civic.Officer, o.Body)
	if err != nil || len(officers) == 0 {
		return err
	}
	title, err := s.title(tx, o)
	if err != nil {
		return err
	}
	told := notifications.Notice{Subject: civic.Say(subject, args...), Body: civic.Say("answers.told_title", "Title", title), Path: s.desk(o)}
	for _, account := range officers {
		if err := s.notices.Notify(tx, account, told); err != nil {
			return err
		}
	}
	return nil
}

// tellKind is the job that tells those who asked of a step.
const tellKind = "answers.tell"

// telling is what is left of telling those who asked. Times are in milliseconds, as jobs keep them.
type telling struct {
	Obligation   civic.ID
	Key          string // of the notice
	Event        string
	Was, Becomes int64
	After        civic.ID
}

// tellStep tells of a step those who asked and those who follow the obligation, what it is about, or the body. Of a step
// that the owner of the subject tells of, only those who follow the obligation alone. What those who asked say themselves, and
// what they do on pages of the owner, is told to followers.
func (s *Service) tellStep(tx *storage.Tx, o Obligation, step Step) error {
	t := telling{Key: "answers.told_" + string(step), Becomes: storage.Millis(o.Due)}
	if step == Give && o.Owed == Deed {
		t.Key = "answers.told_delivered"
	}
	owned := s.owned(o)
	switch {
	case owned && (step == Pause || step == Pass || step == Give) || step == Give && s.elsewhere(o) != "":
		n, err := s.notice(tx, o, s.happened(tx, o, t))
		if err != nil {
			return err
		}
		return s.notices.Tell(tx, n)
	case step == Confirm || step == Contest:
		said, err := verdicts(tx, o)
		if err != nil {
			return err
		}
		// Many who asked may turn it to and fro: of each verdict it is told once.
		t.Obligation, t.Event = o.ID, fmt.Sprintf("answers.%s/%s/%d", step, o.ID, len(said))
		return s.tellFollowers(tx, o, t)
	case step == Drop || step == Assign || owned && step == Resume:
		return s.tellFollowers(tx, o, s.happened(tx, o, t))
	}
	return s.tellAll(tx, o, t)
}

func (s *Service) tellMoved(tx *storage.Tx, o Obligation, m Move) error {
	if err := s.tellBody(tx, o, "answers.told_moved", "Was", m.Was, "Becomes", m.Becomes); err != nil {
		return err
	}
	return s.tellAll(tx, o, telling{Key: "answers.told_moved", Was: storage.Millis(m.Was), Becomes: storage.Millis(m.Becomes)})
}

// happened names what is told of as something that happens at this instant.
func (s *Service) happened(tx *storage.Tx, o Obligation, t telling) telling {
	t.Obligation, t.Event = o.ID, fmt.Sprintf("answers.%s/%s/%d", strings.TrimPrefix(t.Key, "answers.told_"), o.ID, tx.Now().UnixMilli())
	return t
}

// tellAll has those told who asked, and those who follow; who is both is told once.
func (s *Service) tellAll(tx *storage.Tx, o Obligation, t telling) error {
	t = s.happened(tx, o, t)
	if err := s.tellFollowers(tx, o, t); err != nil {
		return err
	}
	return jobs.Enqueue(tx, tellKind, t, jobs.Options{})
}

// tellFollowers has those told who follow the obligation, what it is about, the body, the district or the theme.
func (s *Service) tellFollowers(tx *storage.Tx, o Obligation, t telling) error {
	n, err := s.notice(tx, o, t)
	if err != nil {
		return err
	}
	open, err := s.openTo(tx, o)
	if err != nil {
		return err
	}
	if open != (civic.Ref{}) && (t.Key == "answers.told_give" || t.Key == "answers.told_delivered") {
		n.Reply = MailPath(o.ID)
	}
	about, err := s.followed(tx, o)
	if err != nil {
		return err
	}
	return s.notices.Tell(tx, n, append([]civic.Ref{about, o.Body}, o.Followed()...)...)
}

// followed is what people follow who want to know what becomes of the subject: itself, or what it is a part of.
func (s *Service) followed(tx *storage.Tx, o Obligation) (civic.Ref, error) {
	kind, _ := s.declared.Kind(o.Subject.Kind)
	if kind.Asking.Followed == nil {
		return o.Subject, nil
	}
	return kind.Asking.Followed(tx, o.Subject.ID)
}

func (s *Service) notice(tx *storage.Tx, o Obligation, t telling) (notifications.Notice, error) {
	title, err := s.title(tx, o)
	return notifications.Notice{Subject: civic.Say(t.Key, "Was", storage.Time(t.Was), "Becomes", storage.Time(t.Becomes)), Body: civic.Say("answers.told_title", "Title", title),
		Path: Path(o.ID), Answer: t.Key == "answers.told_give", Event: t.Event, Thing: Ref(o.ID)}, err
}

// tell tells some of those who asked and leaves the rest to a job of its own, in one transaction:
// nobody is told twice, however often a job is run.
func (s *Service) tell(ctx context.Context, j jobs.Job) error {
	const some = 200
	var t telling
	if err := j.Decode(&t); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		o, err := find(tx, t.Obligation)
		if err != nil {
			return jobs.Permanent(err)
		}
		kind, _ := s.declared.Kind(o.Subject.Kind)
		if kind.Asking.Askers == nil {
			return nil
		}
		accounts, err := kind.Asking.Askers(tx, o.Subject.ID, t.After, some)
		if err != nil {
			return err
		}
		told, err := s.notice(tx, o, t)
		if err != nil {
			return err
		}
		for _, account := range accounts {
			if err := s.notices.Notify(tx, account, told); err != nil {
				return err
			}
		}
		if len(accounts) < some {
			return nil
		}
		rest := t // this may be run again, from the same place
		rest.After = accounts[some-1]
		return jobs.Enqueue(tx, tellKind, rest, jobs.Options{})
	})
}

// remindKind is the job that reminds bodies of what they owe.
const remindKind = "answers.remind"

// remind tells bodies that a date is near, and that it has passed: once each.
func (s *Service) remind(ctx context.Context, _ jobs.Job) error {
	cal, now := s.city.Calendar(), s.db.Now()
	for _, r := range []struct {
		due time.Time
		as  reminder
		key string
	}{{now, remindedLate, "answers.told_body_late"}, {cal.Add(now, s.value("remind_days")), remindedBefore, "answers.told_body_soon"}} {
		for more := true; more; {
			err := s.db.Write(ctx, func(tx *storage.Tx) error {
				all, err := toRemind(tx, r.due, r.as, 100)
				for _, o := range all {
					if err := s.tellBody(tx, o, r.key, "Date", o.Due); err != nil {
						return err
					}
					if err := markReminded(tx, o, r.as); err != nil {
						return err
					}
				}
				more = len(all) == 100
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}
