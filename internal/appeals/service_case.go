package appeals

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Register says which body an appeal concerns, when nobody has said so; its clock counts from the day of filing. Permission:
// MayRegister. Errors: civic.Forbidden, civic.Closed, civic.Invalid with "body".
func (s *Service) Register(ctx context.Context, actor civic.Actor, id, body civic.ID) error {
	if !MayRegister(actor) {
		return notYours()
	}
	return s.alone(ctx, id, func(tx *storage.Tx, a Appeal) error {
		if _, ok := Next(a.State, Register); !ok {
			return notNow()
		}
		if err := s.stateBody(tx, "body", body); err != nil {
			return err
		}
		if err := s.begin(tx, &a, Case{Body: body}, actor.ActsAs(nil, registrar, civic.Administrator)); err != nil {
			return err
		}
		return errors.Join(s.city.Trail.Note(tx, actor, "appeals.appeal.register", Ref(a.ID), nil), s.tellApplicant(tx, a, "registered", civic.Message{}))
	})
}

// stateBody is nil for a state body that works.
func (s *Service) stateBody(tx *storage.Tx, field string, id civic.ID) error {
	all, err := s.bodies(tx)
	for _, b := range all {
		if b.ID == id {
			return nil
		}
	}
	if err == nil {
		err = civic.Wrong(field, "appeals.choose")
	}
	return err
}

// work runs a step of a body on one of its cases, alone: do changes what else the step changes. Permission: MayWork. Errors:
// civic.Forbidden, civic.Closed when the state has no such step.
func (s *Service) work(ctx context.Context, actor civic.Actor, id civic.ID, step Step, do func(*storage.Tx, *Appeal, *Case) error) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		c, err := findCase(tx, id)
		if err != nil {
			return err
		}
		if err := tx.Lock(lockKey(c.Appeal)); err != nil {
			return err
		}
		return s.step(tx, actor, id, step, do)
	})
}

// step is work within a transaction that holds the appeal.
func (s *Service) step(tx *storage.Tx, actor civic.Actor, id civic.ID, step Step, do func(*storage.Tx, *Appeal, *Case) error) error {
	c, a, err := caseWithAppeal(tx, id)
	if err != nil {
		return err
	}
	if c.State, err = mayStep(actor, c, step); err != nil {
		return err
	}
	if err := do(tx, &a, &c); err != nil {
		return err
	}
	if err := s.settle(tx, &a, c); err != nil {
		return err
	}
	if err := s.city.Trail.Note(tx, actor, "appeals.case."+string(step), caseRef(c.ID), nil); err != nil {
		return err
	}
	return s.noteCase(tx, actOf[step], a, c, officerOf(actor, c))
}

// mayStep is the state after a step of the body on its case.
func mayStep(actor civic.Actor, c Case, step Step) (State, error) {
	if !MayWork(actor, c.Body) {
		return c.State, notYours()
	}
	to, ok := Next(c.State, step)
	if !ok {
		return c.State, notNow()
	}
	return to, nil
}

func officerOf(actor civic.Actor, c Case) civic.Role {
	return actor.ActsAs([]civic.Ref{organisations.RefOf(c.Body)}, civic.Officer)
}

// held finds a case with its appeal and keeps others from both until the end of the transaction.
func (s *Service) held(tx *storage.Tx, id civic.ID) (a Appeal, c Case, err error) {
	if c, err = findCase(tx, id); err != nil {
		return a, c, err
	}
	if err = tx.Lock(lockKey(c.Appeal)); err != nil {
		return a, c, err
	}
	if c, err = findCase(tx, id); err != nil { // as it is now that nobody else acts
		return a, c, err
	}
	a, err = find(tx, c.Appeal)
	return a, c, err
}

// Take notes who works on a case. Permission and errors as work; civic.Invalid with "person".
func (s *Service) Take(ctx context.Context, actor civic.Actor, id civic.ID, person string) error {
	return s.work(ctx, actor, id, Take, func(tx *storage.Tx, a *Appeal, c *Case) (err error) {
		first := c.Person == ""
		if c.Person, err = checkPerson(person); err != nil || !first {
			return err
		}
		return s.tellApplicant(tx, *a, "taken", civic.Message{})
	})
}

func checkPerson(person string) (string, error) {
	switch person = strings.TrimSpace(person); {
	case person == "":
		return "", civic.Wrong("person", "appeals.person_missing")
	case utf8.RuneCountInString(person) > maxPlace:
		return "", civic.Wrong("person", "appeals.too_long", "Count", maxPlace)
	}
	return person, nil
}

// Forward gives a case, or the part of it that what names, to the body whose it is; both the applicant and that body are told, and
// its clock counts from now. Permission and errors as work; civic.Closed after answers.pass_days; civic.Invalid with "whose", "reason"
// and "what".
func (s *Service) Forward(ctx context.Context, actor civic.Actor, id, whose civic.ID, what, why civic.Text) error {
	given, why := what.Trimmed(), why.Trimmed()
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		what := given // of this run alone, for there may be another
		a, c, err := s.held(tx, id)
		if err != nil {
			return err
		}
		to, err := mayStep(actor, c, Forward)
		if err == nil {
			err = s.checkForwarding(tx, c, whose, what, why)
		}
		if err != nil {
			return err
		}
		if err := tx.Lock(caseNumbers); err != nil { // of the next body's case, before the locks of what is owed
			return err
		}
		if what.Empty() {
			what, c.State = c.What, to
			if err := s.city.Answers.PassAway(tx, c.Obligation, officerOf(actor, c), organisations.RefOf(whose)); err != nil {
				return err
			}
		}
		if err := s.settle(tx, &a, c); err != nil {
			return err
		}
		if err := s.city.Trail.Note(tx, actor, "appeals.case.forward", caseRef(c.ID), map[string]string{"whose": organisations.RefOf(whose).String()}); err != nil {
			return err
		}
		if err := s.noteCase(tx, actOf[Forward], a, c, officerOf(actor, c)); err != nil {
			return err
		}
		if err := s.begin(tx, &a, Case{Body: whose, What: what, Why: why, Origin: c.ID}, officerOf(actor, c)); err != nil {
			return err
		}
		return s.tellApplicant(tx, a, "forwarded", civic.Message{})
	})
}

func (s *Service) checkForwarding(tx *storage.Tx, c Case, whose civic.ID, what, why civic.Text) error {
	owed, err := s.owedNow(tx, c)
	if err != nil {
		return err
	}
	if may, by := s.city.Answers.MayPass(owed, tx.Now()); !may {
		return civic.Fail(civic.Closed, "appeals.too_late_to_forward", "Date", by)
	}
	var p civic.Problems
	if err := s.stateBody(tx, "whose", whose); civic.CodeOf(err) == civic.Invalid || whose == c.Body {
		p.Add("whose", "appeals.choose")
	} else if err != nil {
		return err
	}
	checkOfficial(&p, "reason", why)
	if !what.Empty() {
		checkOfficial(&p, "what", what)
	}
	return p.Err()
}

// checkOfficial finds what is wrong with what a body writes.
func checkOfficial(p *civic.Problems, field string, t civic.Text) {
	p.Official(field, t)
	for lang, words := range t {
		if utf8.RuneCountInString(words) > maxReason {
			p.Add(field+"."+string(lang), "appeals.too_long", "Count", maxReason)
		}
	}
}

// owedNow is what the body of a case owes.
func (s *Service) owedNow(tx *storage.Tx, c Case) (answers.Obligation, error) {
	all, err := s.city.Answers.Further(tx, []civic.Ref{caseRef(c.ID)})
	for _, o := range all[caseRef(c.ID)] {
		if o.ID == c.Obligation {
			return o, err
		}
	}
	return answers.Obligation{}, err
}

// Ask asks the applicant something, and stops the clock until they say it, for appeals.pause_days at most. What is asked, and said, is
// between the two. Permission and errors as work; civic.Invalid with "question".
func (s *Service) Ask(ctx context.Context, actor civic.Actor, id civic.ID, question string) error {
	question = strings.TrimSpace(question)
	return s.work(ctx, actor, id, Pause, func(tx *storage.Tx, a *Appeal, c *Case) error {
		var p civic.Problems
		if checkWords(&p, "question", question, maxReason); p.Err() != nil {
			return p.Err()
		}
		c.PausedUntil = s.city.Settings.Calendar().Add(tx.Now(), s.value("pause_days"))
		if err := insertTalk(tx, *c, Talk{At: tx.Now(), ByBody: true, Words: question}); err != nil {
			return err
		}
		if err := s.city.Answers.Stop(tx, c.Obligation, officerOf(actor, *c), s.city.Catalog.Everywhere("appeals.paused_publicly")); err != nil {
			return err
		}
		return s.tellApplicant(tx, *a, "asked", civic.Say("appeals.told_asked_until", "Date", c.PausedUntil))
	})
}

// Note keeps a note for those who work on a case for its body, whatever its state. It moves nothing, and is in no act. Permission: MayWork.
// Errors: civic.Forbidden, civic.NotFound, civic.Invalid with "note".
func (s *Service) Note(ctx context.Context, actor civic.Actor, id civic.ID, words string) error {
	words = strings.TrimSpace(words)
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		_, c, err := s.held(tx, id)
		if err != nil {
			return err
		}
		if !MayWork(actor, c.Body) {
			return notYours()
		}
		var p civic.Problems
		if checkWords(&p, "note", words, maxReason); p.Err() != nil {
			return p.Err()
		}
		if err := insertNote(tx, c, Note{At: tx.Now(), Words: words}); err != nil {
			return err
		}
		return s.city.Trail.Note(tx, actor, "appeals.case.note", caseRef(c.ID), nil)
	})
}

// Tell is what the applicant says to what the body asked: the clock goes on. Errors: civic.Forbidden, civic.NotFound, civic.Closed,
// civic.Invalid with "words".
func (s *Service) Tell(ctx context.Context, who Who, id, of civic.ID, words string) error {
	words = strings.TrimSpace(words)
	return s.alone(ctx, id, func(tx *storage.Tx, a Appeal) error {
		if err := s.applicant(tx, a, who); err != nil {
			return err
		}
		c, err := findCase(tx, of)
		if err != nil {
			return err
		}
		if c.Appeal != a.ID || c.State != Paused {
			return notNow()
		}
		var p civic.Problems
		if checkWords(&p, "words", words, maxReason); p.Err() != nil {
			return p.Err()
		}
		if err := insertTalk(tx, c, Talk{At: tx.Now(), Words: words}); err != nil {
			return err
		}
		return s.goOn(tx, a, c, civic.Resident)
	})
}

// goOn lets the clock of a case go on, and tells the body.
func (s *Service) goOn(tx *storage.Tx, a Appeal, c Case, role civic.Role) error {
	c.State, _ = Next(c.State, Resume)
	c.PausedUntil = storage.Time(0)
	if err := s.city.Answers.Start(tx, c.Obligation, role); err != nil {
		return err
	}
	if err := s.settle(tx, &a, c); err != nil {
		return err
	}
	return errors.Join(s.noteCase(tx, actOf[Resume], a, c, role), s.tellBody(tx, a, c, "told"))
}

// checkReply finds what is wrong with an answer. What is not the body's is forwarded, not answered.
func (s *Service) checkReply(tx *storage.Tx, c Case, v answers.Verdict, person string) error {
	p := v.Problems(answers.Answer, organisations.RefOf(c.Body), s.city.Settings.Calendar(), tx.Now())
	if v.Outcome == answers.NotOurs {
		p.Add("outcome", "appeals.forward_it")
	}
	if _, err := checkPerson(person); err != nil {
		p.Add("person", "appeals.person_missing")
	}
	return p.Err()
}

// BeforeReply is nil when Reply would go on.
func (s *Service) BeforeReply(ctx context.Context, actor civic.Actor, id civic.ID, v answers.Verdict, person string) error {
	return s.db.Read(ctx, func(tx *storage.Tx) error {
		c, err := findCase(tx, id)
		if err != nil {
			return err
		}
		if _, err := mayStep(actor, c, Answer); err != nil {
			return err
		}
		return s.checkReply(tx, c, v, person)
	})
}

// Reply gives the body's answer; whoever filed the appeal has the word from now on. Those of also that are answered together with the case get the same
// answer, each with its own last word; what has gone on meanwhile is left out. Permission and errors as work; civic.Invalid with the fields of
// answers.Verdict and "person".
func (s *Service) Reply(ctx context.Context, actor civic.Actor, id civic.ID, v answers.Verdict, person string, also ...civic.ID) error {
	v.Reason = v.Reason.Trimmed()
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		all, err := s.together(tx, id, also)
		for _, of := range all {
			if err == nil {
				err = s.answerOne(tx, actor, of, v, person)
			}
		}
		return err
	})
}

// reply changes what an answer changes.
func (s *Service) reply(tx *storage.Tx, actor civic.Actor, a *Appeal, c *Case, v answers.Verdict, person string) error {
	if err := s.checkReply(tx, *c, v, person); err != nil {
		return err
	}
	c.Person, v.At, c.PausedUntil, c.AskedSame = strings.TrimSpace(person), tx.Now(), storage.Time(0), ""
	if err := insertReply(tx, *c, v); err != nil {
		return err
	}
	owed, err := s.city.Answers.Give(tx, c.Obligation, officerOf(actor, *c), c.Person, v.Outcome)
	if err != nil {
		return err
	}
	if !v.Promised.IsZero() {
		if err := s.city.Answers.Promise(tx, owed, caseRef(c.ID), s.promised(*a, v), v.Promised); err != nil {
			return err
		}
	}
	c.JudgeBy = s.city.Settings.Calendar().Due(civic.Deadline{Start: tx.Now(), Term: civic.Term{Days: s.value("judge_days")}}).End
	return s.tellApplicant(tx, *a, "answered", civic.Say("appeals.told_answered_until", "Date", c.JudgeBy))
}

// promised is what everybody reads of a promise: in a private answer, that there is one.
func (s *Service) promised(a Appeal, v answers.Verdict) civic.Text {
	if a.Open {
		return v.Reason
	}
	return s.city.Catalog.Everywhere("appeals.promised_privately", "Number", a.Number())
}

// Judge takes the word of who filed an appeal: it closes a case, or asks the head of the body, once, to decide again. case is
// "" while nobody has said whose the appeal is: then it can only be withdrawn. Errors: civic.Forbidden, civic.NotFound,
// civic.Closed, civic.Invalid with "word" and "words".
func (s *Service) Judge(ctx context.Context, who Who, id, of civic.ID, says Says) error {
	says.Words = strings.TrimSpace(says.Words)
	return s.alone(ctx, id, func(tx *storage.Tx, a Appeal) error {
		if err := s.applicant(tx, a, who); err != nil {
			return err
		}
		if of == "" {
			return s.withdraw(tx, a)
		}
		c, err := findCase(tx, of)
		if err != nil || c.Appeal != a.ID {
			return errors.Join(err, notThere())
		}
		if len(c.words()) == 0 || says.Contest && !c.mayContest() {
			return notNow()
		}
		if err := says.check(c); err != nil {
			return err
		}
		if says.Contest {
			return s.contest(tx, a, c, says)
		}
		return s.close(tx, a, c, says)
	})
}

// withdraw closes an appeal that no body has yet.
func (s *Service) withdraw(tx *storage.Tx, a Appeal) error {
	to, ok := Next(a.State, Withdraw)
	if !ok || a.State != Filed {
		return notNow()
	}
	a.State, a.ChangedAt = to, tx.Now()
	tx.Touch(topic)
	return update(tx, a)
}

// contest asks the head of the body to decide again, by a date of its own.
func (s *Service) contest(tx *storage.Tx, a Appeal, c Case, says Says) error {
	c.State, _ = Next(c.State, Contest)
	c.ContestedAt, c.Contest, c.JudgeBy = tx.Now(), says.Words, storage.Time(0)
	if err := s.city.Answers.Replied(tx, c.Obligation, a.Applicant, false); err != nil {
		return err
	}
	key := "appeals.contest_days"
	if err := s.owe(tx, a, &c, key, civic.Term{Days: int(s.city.Settings.Value(key)), Working: true}, tx.Now()); err != nil {
		return err
	}
	if err := s.settle(tx, &a, c); err != nil {
		return err
	}
	return errors.Join(s.noteCase(tx, actOf[Contest], a, c, civic.Resident), s.tellBody(tx, a, c, "contested"))
}

// close ends a case by a word; what is still owed is owed no more.
func (s *Service) close(tx *storage.Tx, a Appeal, c Case, says Says) error {
	step := Close
	if c.State != Answered {
		step = Withdraw
	}
	c.State, _ = Next(c.State, step)
	c.Word, c.Words, c.JudgeBy, c.PausedUntil, c.ClosedAt = says.Word, says.Words, storage.Time(0), storage.Time(0), tx.Now()
	var err error
	switch {
	case step == Withdraw:
		err = s.city.Answers.Drop(tx, c.Obligation)
	case says.Word != Silent:
		err = s.city.Answers.Replied(tx, c.Obligation, a.Applicant, says.Word != NotDone)
	}
	if err != nil {
		return err
	}
	if err := s.settle(tx, &a, c); err != nil {
		return err
	}
	role := civic.Resident
	if says.Word == Silent {
		role = ""
	}
	return s.noteCase(tx, actOf[step], a, c, role)
}

// silenceKind is the job that closes what nobody said anything to in time, and forgets drafts that nobody confirmed.
const silenceKind = "appeals.silence"

func (s *Service) silence(ctx context.Context, _ jobs.Job) error {
	const some = 100
	for _, of := range []struct {
		late func(*storage.Tx, time.Time, int) ([]Case, error)
		do   func(*storage.Tx, civic.ID) error
	}{{unsaid, s.silenced}, {pausedTooLong, s.resumed}} {
		for more := true; more; {
			err := s.db.Write(ctx, func(tx *storage.Tx) error {
				all, err := of.late(tx, tx.Now(), some)
				for _, c := range all {
					if err == nil {
						err = of.do(tx, c.ID)
					}
				}
				more = len(all) == some
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		before := tx.Now().AddDate(0, 0, -s.value("draft_days"))
		old, err := oldDrafts(tx, before, 1_000)
		for _, a := range old {
			if err == nil {
				err = forgetDraft(tx, a)
			}
		}
		return errors.Join(err, forgetUnanswered(tx, before))
	})
}

// silenced closes one case, unless something was said meanwhile.
func (s *Service) silenced(tx *storage.Tx, id civic.ID) error {
	a, c, err := s.held(tx, id)
	if err != nil || c.State != Answered || c.JudgeBy.After(tx.Now()) {
		return err
	}
	if err := s.close(tx, a, c, Says{Word: Silent}); err != nil {
		return err
	}
	return s.tellApplicant(tx, a, "silent", civic.Message{})
}

// resumed lets the clock of one case go on, unless something was said meanwhile.
func (s *Service) resumed(tx *storage.Tx, id civic.ID) error {
	a, c, err := s.held(tx, id)
	if err != nil || c.State != Paused || c.PausedUntil.After(tx.Now()) {
		return err
	}
	return s.goOn(tx, a, c, "")
}
