package consultations

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// AnswerDraft is the answer as its authors see it, with a page of the statements.
type AnswerDraft struct {
	Consultation
	Answer Answer
	Asked  []AnswerItem                     // statements that everybody sees, the most agreed first, with what is said to each so far
	Next   string                           // cursor of the next page of them; "" on the last
	Names  map[civic.ID]organisations.Named // of the bodies to which statements are left
}

// answerPage is how many statements one page of the answer's form holds.
const answerPage = 8

// AnswerDraft returns the answer that is being written, with the statements after a cursor of its own
// making. Permission: AnsweredBy, on a closed consultation. Errors: civic.Forbidden, civic.Closed,
// civic.Invalid for a cursor that is none.
func (s *Service) AnswerDraft(ctx context.Context, a civic.Actor, id civic.ID, after string) (d AnswerDraft, err error) {
	from, err := cursor(after)
	if err != nil {
		return d, err
	}
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
		rows, err := listStatements(tx, d.Consultation, "agreed", "shown", from, answerPage+1)
		if err != nil {
			return err
		}
		rows, last := storage.Page(rows, answerPage)
		if last != nil {
			d.Next = storage.PlaceAt(last.key, last.No).String()
		}
		said := map[int64]AnswerItem{}
		for _, i := range d.Answer.Items {
			said[i.Statement.No] = i
		}
		for _, r := range rows {
			d.Asked = append(d.Asked, AnswerItem{r.Statement, said[r.No].Verdict})
		}
		return nil
	})
	return d, err
}

// answerAt is where the answer stands on the page of its consultation.
func answerAt(id civic.ID) string { return Path(id) + "#answer" }

// answerPath is where the body writes its answer.
func answerPath(id civic.ID) string { return deskPath(id) + "/answer" }

// oweAnswer notes that the body owes its answer from the closing on.
func (s *Service) oweAnswer(tx *storage.Tx, c Consultation) error {
	if c.AnswerDays == 0 || c.Body == "" {
		return nil
	}
	_, err := s.city.Answers.Owe(tx, answers.Obligation{Subject: ref(c), Owed: answers.Answer, Body: organisations.RefOf(c.Body), Scope: c.Scope, Source: s.city.Settings.InForce("consultations.answer_days").Source,
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

// SaveAnswer stores the answer on the whole and what it says to some statements, as a draft or, with
// publish, for everybody: the consultation is then answered, and its page opens with the answer. Permission
// and errors as AnswerDraft; civic.Invalid with "text", "person" and the fields of answers.Verdict with the
// number of the statement behind them.
func (s *Service) SaveAnswer(ctx context.Context, a civic.Actor, id civic.ID, ans Answer, publish bool) error {
	return s.alone(ctx, a, id, answerable, func(tx *storage.Tx, c Consultation) error {
		whole, err := s.joined(tx, c, ans)
		if err != nil {
			return err
		}
		checked := ans
		if publish {
			checked = whole
		}
		if err := checked.problems(c, publish, s.city.Settings.Calendar(), tx.Now()).Err(); err != nil {
			return err
		}
		if err := saveAnswer(tx, c, whole); err != nil {
			return err
		}
		for _, i := range ans.Items {
			if err := keepItem(tx, c, i); err != nil {
				return err
			}
		}
		if !publish {
			return nil
		}
		return s.publishAnswer(tx, a, c, whole)
	})
}

func keepItem(tx *storage.Tx, c Consultation, i AnswerItem) error {
	if i.empty() {
		return dropItem(tx, c, i.Statement.No)
	}
	return saveItem(tx, c, i)
}

// joined is the answer as it is kept, with what was sent in its place.
func (s *Service) joined(tx *storage.Tx, c Consultation, sent Answer) (whole Answer, err error) {
	kept, _, err := answer(tx, c)
	if err != nil {
		return whole, err
	}
	whole = Answer{Text: sent.Text.Trimmed(), Person: strings.TrimSpace(sent.Person), SavedAt: tx.Now()}
	for i, item := range sent.Items {
		st, err := statement(tx, c, item.Statement.No)
		if err != nil {
			return whole, err
		}
		if st.State != Shown && !item.empty() {
			return whole, civic.Fail(civic.NotFound, "consultations.statement_gone")
		}
		item.Statement, item.Reason = st, item.Reason.Trimmed()
		if sent.Items[i] = item; !item.empty() {
			whole.Items = append(whole.Items, item)
		}
	}
	for _, item := range kept.Items {
		if !slices.ContainsFunc(sent.Items, func(i AnswerItem) bool { return i.Statement.No == item.Statement.No }) {
			whole.Items = append(whole.Items, item)
		}
	}
	slices.SortFunc(whole.Items, func(x, y AnswerItem) int { return cmp.Compare(x.Statement.No, y.Statement.No) })
	return whole, nil
}

// publishAnswer makes public what was saved: the obligation is met, what another body owes and what is
// promised begin to run.
func (s *Service) publishAnswer(tx *storage.Tx, a civic.Actor, c Consultation, ans Answer) error {
	c.Phase, _ = Next(c.Phase, GiveAnswer)
	c.AnsweredAt = tx.Now()
	tx.Touch(listTopic, topic(c.ID))
	if err := s.sayOnWhich(tx, c, ans.Items); err != nil {
		return err
	}
	if err := errors.Join(update(tx, c), s.indexAnswer(tx, c, ans), addToCity(tx, s.city.Settings.DayOf(tx.Now()), Numbers{Answered: 1})); err != nil {
		return err
	}
	owed, err := s.city.Answers.Given(tx, ref(c), c.actsAs(a), ans.Person)
	if err != nil {
		return err
	}
	if err := errors.Join(s.recordAnswer(tx, c, owed, c.actsAs(a)), s.tellOfAnswer(tx, c, owed)); err != nil {
		return err
	}
	if err := s.oweFurther(tx, c, owed, ans); err != nil {
		return err
	}
	if err := jobs.Enqueue(tx, tellKind, c.ID, jobs.Options{UniqueKey: string(c.ID)}); err != nil {
		return err
	}
	return s.city.Trail.Note(tx, a, "consultations.answer.publish", ref(c), nil)
}

// sayOnWhich keeps with each verdict which version of the statement it is given on: the last public act about it,
// or about the consultation where an import brought it without one.
func (s *Service) sayOnWhich(tx *storage.Tx, c Consultation, items []AnswerItem) error {
	whole, err := s.city.Record.LastAbout(tx, ref(c))
	if err != nil {
		return err
	}
	for _, i := range items {
		if i.Version, err = s.city.Record.LastAbout(tx, statementRef(c, i.Statement.No)); err != nil {
			return err
		}
		i.Version = cmp.Or(i.Version, whole)
		if err := saveItem(tx, c, i); err != nil {
			return err
		}
	}
	return nil
}

// oweFurther notes what the answer leaves to other bodies, with the term that it had itself, and what it
// promises.
func (s *Service) oweFurther(tx *storage.Tx, c Consultation, owed answers.Obligation, ans Answer) error {
	if owed.ID == "" { // it was given of the body's own accord
		owed = answers.Obligation{Owed: answers.Answer, Body: organisations.RefOf(c.Body), Person: ans.Person, Source: s.city.Settings.InForce("consultations.answer_days").Source,
			Term: civic.Term{Days: s.value("answer_days"), Working: true}}
	}
	for _, i := range ans.Items {
		about := statementRef(c, i.Statement.No)
		switch {
		case i.Outcome == answers.NotOurs:
			if err := s.city.Answers.PassPart(tx, owed, about, i.Whose, i.Reason); err != nil {
				return err
			}
		case !i.Promised.IsZero():
			if err := s.city.Answers.Promise(tx, owed, about, i.Reason, i.Promised); err != nil {
				return err
			}
		}
	}
	return nil
}

// namesOf are the names of the bodies to which an answer leaves statements.
func (s *Service) namesOf(tx *storage.Tx, items []AnswerItem) (map[civic.ID]organisations.Named, error) {
	var ids []civic.ID
	for _, i := range items {
		if i.Whose.ID != "" {
			ids = append(ids, i.Whose.ID)
		}
	}
	return s.city.Organisations.Named(tx, ids)
}

// BeforeAnswer returns the answer as SaveAnswer would publish it. Permission and errors are those
// of SaveAnswer.
func (s *Service) BeforeAnswer(ctx context.Context, a civic.Actor, id civic.ID, ans Answer) (d AnswerDraft, err error) {
	if d, err = s.AnswerDraft(ctx, a, id, ""); err != nil {
		return d, err
	}
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if d.Answer, err = s.joined(tx, d.Consultation, ans); err != nil {
			return err
		}
		if err := d.Answer.problems(d.Consultation, true, s.city.Settings.Calendar(), tx.Now()).Err(); err != nil {
			return err
		}
		d.Names, err = s.namesOf(tx, d.Answer.Items)
		return err
	})
	return d, err
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
				told := notifications.Notice{Subject: civic.Say("consultations.told_answered"), Body: civic.Say("consultations.was_answered", "Question", c.Question), Path: answerAt(c.ID), Answer: true, Event: eventOf(c, newsAnswered), Thing: ref(c)}
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
