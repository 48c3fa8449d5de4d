package consultations

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Queue is what a moderator has to look at in one consultation.
type Queue struct {
	Consultation
	Items []Statement
	Total int64
}

// Queue returns the statements that nobody has looked at yet. Permission: ModeratedBy.
func (s *Service) Queue(ctx context.Context, a civic.Actor, id civic.ID) (q Queue, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if q.Consultation, err = moderated(tx, a, id); err != nil {
			return err
		}
		if q.Items, err = queue(tx, q.Consultation, pageSize); err != nil {
			return err
		}
		lengths, err := queueLengths(tx, q.Consultation)
		q.Total = lengths[q.no]
		return err
	})
	return q, err
}

// toModerate lists the statements that nobody has looked at yet, those of the voting that ends first
// foremost: one that waits past it can no longer be voted on.
func toModerate(tx *storage.Tx, a civic.Actor, most int) (out []part.ToModerate, err error) {
	cs, err := queuedFor(tx, a, most)
	if err != nil {
		return nil, err
	}
	for _, c := range cs {
		if !c.Visible(a) || !c.ModeratedBy(a) || len(out) >= most {
			continue
		}
		waiting, err := queue(tx, c, most-len(out))
		if err != nil {
			return nil, err
		}
		for _, st := range waiting {
			no := strconv.FormatInt(st.No, 10)
			item := part.ToModerate{ID: statementRef(c, st.No).ID, Of: ref(c), Text: civic.Text{st.Lang: st.Text}, No: no, Hidden: st.State == Waiting, Since: st.CreatedAt,
				Page: deskPath(c.ID) + "/statements/" + no + "?back=" + backToModeration, Decide: deskPath(c.ID) + "/queue/" + no}
			if c.At(tx.Now()) == Open {
				item.Due = c.ClosesAt
			}
			out = append(out, item)
		}
	}
	return out, nil
}

// StatementFor returns one statement as a moderator sees it, with its text whatever its
// state. Permission: ModeratedBy.
func (s *Service) StatementFor(ctx context.Context, a civic.Actor, id civic.ID, no int64) (st Statement, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		c, err := moderated(tx, a, id)
		if err != nil {
			return err
		}
		st, err = statement(tx, c, no)
		return err
	})
	return st, err
}

// moderated finds a consultation that the actor may moderate.
func moderated(tx *storage.Tx, a civic.Actor, id civic.ID) (Consultation, error) {
	c, err := visible(tx, id, a)
	if err == nil && !c.ModeratedBy(a) {
		err = forbidden()
	}
	return c, err
}

// Decision is what a moderator does with a statement.
type Decision struct {
	Approve bool // let it in, or leave it, or bring it back
	Rule    Rule // which rule it breaks, when not
	Reason  string
	// Seen is when the page was made on which it was decided; zero: not known. Who has decided
	// since then is not overruled unseen.
	Seen time.Time
}

// settles reports whether the statement stands already as the decision would have it.
func (d Decision) settles(st Statement) bool {
	if st.DecidedAt.IsZero() {
		return false
	}
	return d.Approve && st.State == Shown || !d.Approve && st.State == Removed && st.Rule == d.Rule && st.Reason == d.Reason
}

// check finds what a removal lacks.
func (d Decision) check() error {
	var p civic.Problems
	if d.Approve {
		return nil
	}
	if !slices.Contains(Rules(), d.Rule) {
		p.Add("rule", "consultations.choose_one")
	}
	if d.Reason == "" {
		p.Add("reason", "consultations.reason_missing")
	} else if utf8.RuneCountInString(d.Reason) > maxReason {
		p.Add("reason", "consultations.too_long", "Count", maxReason)
	}
	return p.Err()
}

// Moderate decides on a statement. A removal names the rule and gives a reason in words;
// both stand publicly in place of the text, and the author is told. Deciding the same again does
// nothing. Permission: ModeratedBy. Errors: civic.NotFound, civic.Forbidden, civic.Invalid with
// "rule" and "reason", civic.Conflict when somebody decided otherwise meanwhile, civic.Closed for
// letting in after the voting what nobody could vote on.
func (s *Service) Moderate(ctx context.Context, a civic.Actor, id civic.ID, no int64, d Decision) error {
	d.Reason = strings.TrimSpace(d.Reason)
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := errors.Join(tx.LockShared(lockKey(id)), tx.Lock(statementsKey(id))); err != nil {
			return err
		}
		c, st, err := judged(tx, a, id, no, d)
		if err != nil || d.settles(st) {
			return err
		}
		if err := s.city.Moderation.Deciding(tx, a, statementRef(c, no)); err != nil {
			return err
		}
		return s.decide(tx, a, c, st, d)
	})
}

// BeforeRemoval returns the statement that Moderate would remove. Permission and errors are
// Moderate's.
func (s *Service) BeforeRemoval(ctx context.Context, a civic.Actor, id civic.ID, no int64, d Decision) (c Consultation, st Statement, err error) {
	d.Reason = strings.TrimSpace(d.Reason)
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if c, st, err = judged(tx, a, id, no, d); err != nil {
			return err
		}
		return s.city.Moderation.Free(tx, a, statementRef(c, no))
	})
	return c, st, err
}

// judged finds a statement on which the actor may decide so.
func judged(tx *storage.Tx, a civic.Actor, id civic.ID, no int64, d Decision) (c Consultation, st Statement, err error) {
	if c, err = moderated(tx, a, id); err != nil {
		return c, st, err
	}
	if err = d.check(); err != nil {
		return c, st, err
	}
	if st, err = statement(tx, c, no); err != nil || d.settles(st) {
		return c, st, err
	}
	switch {
	case !d.Seen.IsZero() && st.DecidedAt.After(d.Seen):
		err = civic.Fail(civic.Conflict, "consultations.decided_meanwhile")
	case st.State == Lapsed || d.Approve && !st.mayBeShown(c, tx.Now()):
		err = civic.Fail(civic.Closed, "consultations.too_late_to_show")
	}
	return c, st, err
}

// decide carries a decision out.
func (s *Service) decide(tx *storage.Tx, a civic.Actor, c Consultation, st Statement, d Decision) error {
	was := st
	st.State, st.Rule, st.Reason, st.DecidedAt, st.decidedBy = Shown, "", "", tx.Now(), a.Account
	if !d.Approve {
		st.State, st.Rule, st.Reason = Removed, d.Rule, d.Reason
	}
	if err := errors.Join(decide(tx, c, st), s.indexStatements(tx, c, st)); err != nil {
		return err
	}
	tx.Touch(topic(c.ID))
	if err := s.recordDecision(tx, c, was, st, c.actsAs(a)); err != nil {
		return err
	}
	if was.State != st.State {
		if err := wantMap(tx, c.no, c.ID); err != nil {
			return err
		}
	}
	if err := s.city.Trail.Note(tx, a, "consultations.statement.decide", ref(c),
		map[string]string{"statement": strconv.FormatInt(st.No, 10), "state": string(st.State), "rule": string(st.Rule)}); err != nil {
		return err
	}
	return s.tellAuthor(tx, c, st, was.State)
}

// tellAuthor tells whoever wrote a statement what became of it. The rule's words are a
// message of their own, so that each author reads them in their language.
func (s *Service) tellAuthor(tx *storage.Tx, c Consultation, st Statement, was State) error {
	if st.author < 0 || was == st.State {
		return nil
	}
	account, err := accountOf(tx, c, st.author)
	if err != nil || account == "" {
		return err
	}
	written := civic.Text{st.Lang: st.Text}
	told := notifications.Notice{Subject: civic.Say("consultations.told_statement_shown"), Body: civic.Say("consultations.your_statement_shown", "Text", written), Path: Path(c.ID)}
	switch st.State {
	case Lapsed:
		told.Subject = civic.Say("consultations.told_statement_lapsed")
		told.Body = civic.Say("consultations.your_statement_lapsed", "Text", written)
	case Removed:
		told.Subject = civic.Say("consultations.told_statement_removed")
		told.Body = civic.Say("consultations.your_statement_removed", "Text", written, "Rule", civic.Say("consultations.rule_"+string(st.Rule)), "Reason", st.Reason)
	}
	return s.city.Notifications.Notify(tx, account, told)
}
