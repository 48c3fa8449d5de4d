package consultations

import (
	"context"
	"errors"
	"strings"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// AnswerDraft is the answer as its authors see it, with the statements they might name.
type AnswerDraft struct {
	Consultation
	Answer     Answer
	Candidates []Statement // the most agreed and the most disputed that are not named yet
}

// AnswerDraft returns the answer that is being written. Permission: AnsweredBy, on a closed
// consultation. Errors: civic.Forbidden, civic.Closed.
func (s *Service) AnswerDraft(ctx context.Context, a civic.Actor, id civic.ID) (d AnswerDraft, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if d.Consultation, err = answerable(tx, a, id); err != nil {
			return err
		}
		if d.Answer, _, err = answer(tx, d.Consultation); err != nil {
			return err
		}
		if err := s.owedBy(tx, &d.Consultation); err != nil {
			return err
		}
		seen := map[int64]bool{}
		for _, i := range d.Answer.Items {
			seen[i.Statement.No] = true
		}
		for _, sort := range []Sort{"agreed", "disputed"} {
			rows, err := listStatements(tx, d.Consultation, sort, "shown", position{}, 10)
			if err != nil {
				return err
			}
			for _, r := range rows {
				if !seen[r.No] {
					seen[r.No] = true
					d.Candidates = append(d.Candidates, r.Statement)
				}
			}
		}
		return nil
	})
	return d, err
}

// answerPath is where the body writes its answer.
func answerPath(id civic.ID) string { return deskPath(id) + "/answer" }

// oweAnswer notes that the body owes its answer from the closing on.
func (s *Service) oweAnswer(tx *storage.Tx, c Consultation) error {
	if c.AnswerDays == 0 || c.Body == "" {
		return nil
	}
	_, err := s.city.Answers.Owe(tx, answers.Obligation{Subject: ref(c), Owed: answers.Answer, Body: organisations.RefOf(c.Body), Source: s.city.Settings.InForce("consultations.answer_days").Source,
		Start: c.ClosedAt, Term: civic.Term{Days: c.AnswerDays, Working: true}}, resultsRef(c))
	return err
}

// owed finds what the bodies of consultations owe, all looked up at once.
func (s *Service) owed(tx *storage.Tx, cs []Consultation) error {
	var refs []civic.Ref
	for _, c := range cs {
		if !c.ClosedAt.IsZero() && c.AnswerDays > 0 {
			refs = append(refs, ref(c))
		}
	}
	found, err := s.city.Answers.About(tx, refs)
	for i, c := range cs {
		cs[i].Owed = found[ref(c)]
	}
	return err
}

// owedBy is owed for one consultation.
func (s *Service) owedBy(tx *storage.Tx, c *Consultation) error {
	one := []Consultation{*c}
	err := s.owed(tx, one)
	*c = one[0]
	return err
}

func answerable(tx *storage.Tx, a civic.Actor, id civic.ID) (Consultation, error) {
	c, err := visible(tx, id, a)
	if err != nil {
		return c, err
	}
	if !c.AnsweredBy(a) {
		return c, civic.Fail(civic.Forbidden, "consultations.only_the_body_answers")
	}
	if _, ok := Next(c.Phase, GiveAnswer); !ok {
		return c, notNow()
	}
	return c, nil
}

// AnswerItem returns one statement with what the draft says to it, if anything.
// Permission and errors as AnswerDraft.
func (s *Service) AnswerItem(ctx context.Context, a civic.Actor, id civic.ID, no int64) (c Consultation, item AnswerItem, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if c, err = answerable(tx, a, id); err != nil {
			return err
		}
		ans, _, err := answer(tx, c)
		if err != nil {
			return err
		}
		for _, i := range ans.Items {
			if i.Statement.No == no {
				item = i
				return nil
			}
		}
		item.Statement, err = statement(tx, c, no)
		if err == nil && item.Statement.State != Shown {
			err = civic.Fail(civic.NotFound, "consultations.statement_gone")
		}
		return err
	})
	return c, item, err
}

// SaveItem stores what the draft says to one statement; an empty verdict takes it out.
// Permission and errors as AnswerDraft; civic.Invalid with "verdict" and "reason".
func (s *Service) SaveItem(ctx context.Context, a civic.Actor, id civic.ID, no int64, item AnswerItem) error {
	item.Reason = item.Reason.Trimmed()
	return s.alone(ctx, a, id, answerable, func(tx *storage.Tx, c Consultation) error {
		st, err := statement(tx, c, no)
		if err != nil {
			return err
		}
		if item.Verdict == "" && item.Reason.Empty() {
			return dropItem(tx, c, no)
		}
		if st.State != Shown {
			return civic.Fail(civic.NotFound, "consultations.statement_gone")
		}
		if err := item.check(); err != nil {
			return err
		}
		return saveItem(tx, c, no, item)
	})
}

// SaveAnswer stores the answer on the whole, as a draft or, with publish, for everybody: the
// consultation is then answered, and its page opens with the answer. Permission and errors
// as AnswerDraft; civic.Invalid with "text" and "person".
func (s *Service) SaveAnswer(ctx context.Context, a civic.Actor, id civic.ID, text civic.Text, person string, publish bool) error {
	return s.alone(ctx, a, id, answerable, func(tx *storage.Tx, c Consultation) error {
		ans := Answer{Text: text.Trimmed(), Person: strings.TrimSpace(person), SavedAt: tx.Now()}
		if err := ans.check(publish); err != nil {
			return err
		}
		if err := saveAnswer(tx, c, ans); err != nil || !publish {
			return err
		}
		c.Phase, _ = Next(c.Phase, GiveAnswer)
		c.AnsweredAt = tx.Now()
		tx.Touch(listTopic, topic(c.ID))
		if err := errors.Join(update(tx, c), s.indexAnswer(tx, c, ans)); err != nil {
			return err
		}
		owed, err := s.city.Answers.Given(tx, ref(c), c.actsAs(a), ans.Person)
		if err != nil {
			return err
		}
		if err := errors.Join(s.recordAnswer(tx, c, owed, c.actsAs(a)), s.tellFollowers(tx, c, newsAnswered)); err != nil {
			return err
		}
		if err := jobs.Enqueue(tx, tellKind, c.ID, jobs.Options{UniqueKey: string(c.ID)}); err != nil {
			return err
		}
		return s.city.Trail.Note(tx, a, "consultations.answer.publish", ref(c), nil)
	})
}

// BeforeAnswer returns the answer as SaveAnswer would publish it. Permission and errors are those
// of SaveAnswer.
func (s *Service) BeforeAnswer(ctx context.Context, a civic.Actor, id civic.ID, text civic.Text, person string) (d AnswerDraft, err error) {
	if d, err = s.AnswerDraft(ctx, a, id); err != nil {
		return d, err
	}
	d.Answer.Text, d.Answer.Person = text.Trimmed(), strings.TrimSpace(person)
	return d, d.Answer.check(true)
}

// tellKind is the job that tells participants of an answer.
const tellKind = "consultations.answered"

// tell tells everybody who took part with an account that the answer is there, some hundred
// in a transaction. Run again, it goes on where it was.
func (s *Service) tell(ctx context.Context, j jobs.Job) error {
	const some = 200
	var id civic.ID
	if err := j.Decode(&id); err != nil {
		return err
	}
	for more := true; more; {
		err := s.db.Write(ctx, func(tx *storage.Tx) error {
			c, err := visible(tx, id, civic.Actor{})
			if err != nil {
				return jobs.Permanent(err)
			}
			accounts, err := takeUntold(tx, c, some)
			if err != nil {
				return err
			}
			for _, account := range accounts {
				told := notifications.Notice{Subject: civic.Say("consultations.told_answered"), Body: civic.Say("consultations.was_answered", "Question", c.Question), Path: Path(c.ID), Answer: true, Event: eventOf(c, newsAnswered), Thing: ref(c)}
				if err := s.city.Notifications.Notify(tx, account, told); err != nil {
					return err
				}
			}
			more = len(accounts) == some
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
