package consultations

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Unlooked counts the statements of a consultation that no moderator has looked at. Permission:
// ModeratedBy.
func (s *Service) Unlooked(ctx context.Context, a civic.Actor, id civic.ID) (n int64, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		c, err := moderated(tx, a, id)
		if err != nil {
			return err
		}
		lengths, err := queueLengths(tx, c)
		n = lengths[c.no]
		return err
	})
	return n, err
}

// toModerate lists the statements that nobody has looked at yet, those of the voting that ends first
// foremost: one that waits past it can no longer be voted on.
func toModerate(tx *storage.Tx, a civic.Actor, page part.QueuePage) (out []part.ToModerate, err error) {
	from := parseQueued(page.After)
	for {
		cs, err := queuedFor(tx, a, page.Of.ID, storage.PlaceAt(from.ends, from.no-1), page.Most+1)
		if err != nil {
			return nil, err
		}
		for _, c := range cs {
			if from.no != c.no {
				from = queued{c.ends, c.no, beforeAll}
			}
			if !c.Visible(a) || !c.ModeratedBy(a) {
				continue
			}
			waiting, err := queue(tx, c.Consultation, from.statement, page.Most-len(out))
			if err != nil {
				return nil, err
			}
			for _, st := range waiting {
				from.statement = st.No
				out = append(out, toLookAt(tx, c.Consultation, st, from))
			}
			if len(out) == page.Most {
				return out, nil
			}
		}
		if len(cs) <= page.Most {
			return out, nil
		}
	}
}

// queued is a place in that order: behind a statement of a consultation.
type queued struct{ ends, no, statement int64 }

// beforeAll is less than the number of any statement; an imported one may be numbered 0.
const beforeAll = -1

func (q queued) String() string { return fmt.Sprintf("%d.%d.%d", q.ends, q.no, q.statement) }

// parseQueued reads what String wrote; anything else is the beginning.
func parseQueued(s string) queued {
	q := queued{statement: beforeAll}
	if n, err := fmt.Sscanf(s, "%d.%d.%d", &q.ends, &q.no, &q.statement); n < 3 || err != nil {
		return queued{statement: beforeAll}
	}
	return q
}

// findToModerate gives statements by their ids.
func findToModerate(tx *storage.Tx, a civic.Actor, ids []civic.ID) (out []part.ToModerate, err error) {
	for _, id := range ids {
		of, no, ok := parseStatementID(id)
		if !ok {
			continue
		}
		c, found, err := storage.Found(find(tx, of))
		if err != nil {
			return nil, err
		}
		if !found || !c.Visible(a) || !c.ModeratedBy(a) {
			continue
		}
		st, found, err := storage.Found(statement(tx, c, no))
		if err != nil {
			return nil, err
		}
		if found {
			out = append(out, toLookAt(tx, c, st, queued{}))
		}
	}
	return out, nil
}

// toLookAt is a statement as moderators see it, and its place in the queue.
func toLookAt(tx *storage.Tx, c Consultation, st Statement, at queued) part.ToModerate {
	page := decisionPath(c.ID, st.No)
	item := part.ToModerate{ID: statementRef(c, st.No).ID, Of: ref(c), Text: st.Words(), No: strconv.FormatInt(st.No, 10), Waits: st.DecidedAt.IsZero(), Hidden: st.State == Waiting,
		Since: st.CreatedAt, At: at.String(), Page: page, Decide: page}
	if c.At(tx.Now()) == Open {
		item.Due = c.ClosesAt
	}
	return item
}

// ForModerator is a statement as a moderator sees it.
type ForModerator struct {
	Consultation
	Statement Statement
	Contest   *moderation.Contest // the last wish of its author for another decision
	Told      bool                // its author has an account and is told what is decided
}

// StatementFor returns one statement as a moderator sees it, with its text whatever its
// state. Permission: ModeratedBy.
func (s *Service) StatementFor(ctx context.Context, a civic.Actor, id civic.ID, no int64) (f ForModerator, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if f.Consultation, err = moderated(tx, a, id); err != nil {
			return err
		}
		if f.Statement, err = statement(tx, f.Consultation, no); err != nil {
			return err
		}
		thing := statementRef(f.Consultation, no)
		contests, err := s.city.Moderation.Contests(tx, thing)
		if err != nil {
			return err
		}
		if c, there := contests[thing]; there {
			f.Contest = &c
		}
		account, err := accountOf(tx, f.Consultation, f.Statement.author)
		f.Told = account != ""
		return err
	})
	return f, err
}

// moderated finds a consultation that the actor may moderate.
func moderated(tx *storage.Tx, a civic.Actor, id civic.ID) (Consultation, error) {
	c, err := visible(tx, id, a)
	if err == nil && !c.ModeratedBy(a) {
		err = forbidden()
	}
	return c, err
}

// standing is how the statement stands, as moderation has it.
func (st Statement) standing() moderation.Standing {
	return moderation.Standing{Shown: st.State == Shown, Removed: st.State == Removed, Rule: st.Rule, Reason: st.Reason, DecidedAt: st.DecidedAt}
}

// Moderate decides on a statement. A removal names the rule and gives a reason in words;
// both stand publicly in place of the text, and the author is told. Deciding the same again does
// nothing. Permission: ModeratedBy. Errors: civic.NotFound, civic.Forbidden, civic.Invalid with
// "rule" and "reason", civic.Conflict when somebody decided otherwise meanwhile, civic.Closed for
// letting in after the voting what nobody could vote on.
func (s *Service) Moderate(ctx context.Context, a civic.Actor, id civic.ID, no int64, d moderation.Choice) error {
	d.Reason = strings.TrimSpace(d.Reason)
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := lockStatements(tx, id); err != nil {
			return err
		}
		c, st, err := s.judged(tx, a, id, no, d)
		if err != nil || d.Settles(st.standing()) {
			return err
		}
		answered, err := s.city.Moderation.Deciding(tx, a, d.Verdict(statementRef(c, no), st.standing(), c.actsAs(a)))
		if err != nil {
			return err
		}
		now, err := s.decide(tx, a, c, st, d)
		if err != nil || answered {
			return err
		}
		return s.tellAuthor(tx, c, now, st.State)
	})
}

// Uphold leaves a statement removed whose author asked for another decision; d.Reason is public.
// Permission: ModeratedBy, but for who removed it. Errors: moderation.Service.Uphold's.
func (s *Service) Uphold(ctx context.Context, a civic.Actor, id civic.ID, no int64, d moderation.Choice) error {
	f, err := s.StatementFor(ctx, a, id, no)
	if err != nil {
		return err
	}
	return s.city.Moderation.Uphold(ctx, a, moderation.Verdict{Thing: statementRef(f.Consultation, no), Answer: d.Reason, Role: f.actsAs(a), Seen: d.Seen})
}

// BeforeRemoval returns the statement that Moderate would remove. Permission and errors are
// Moderate's.
func (s *Service) BeforeRemoval(ctx context.Context, a civic.Actor, id civic.ID, no int64, d moderation.Choice) (c Consultation, st Statement, err error) {
	d.Reason = strings.TrimSpace(d.Reason)
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if c, st, err = s.judged(tx, a, id, no, d); err != nil {
			return err
		}
		return s.city.Moderation.Free(tx, a, statementRef(c, no))
	})
	return c, st, err
}

// judged finds a statement on which the actor may decide so.
func (s *Service) judged(tx *storage.Tx, a civic.Actor, id civic.ID, no int64, d moderation.Choice) (c Consultation, st Statement, err error) {
	if c, err = moderated(tx, a, id); err != nil {
		return c, st, err
	}
	if err = d.Check(s.city.Moderation.Book()); err != nil {
		return c, st, err
	}
	if st, err = statement(tx, c, no); err != nil || d.Settles(st.standing()) {
		return c, st, err
	}
	if err = d.Overtaken(st.standing()); err == nil && (st.State == Lapsed || d.Approve && !st.mayBeShown(c, tx.Now())) {
		err = civic.Fail(civic.Closed, "consultations.too_late_to_show")
	}
	return c, st, err
}

// decide carries a decision out, and returns the statement as it is from now on.
func (s *Service) decide(tx *storage.Tx, a civic.Actor, c Consultation, st Statement, d moderation.Choice) (Statement, error) {
	was := st
	st.State, st.Rule, st.Reason, st.DecidedAt, st.decidedBy = Shown, "", "", tx.Now(), a.Account
	if !d.Approve {
		st.State, st.Rule, st.Reason = Removed, d.Rule, d.Reason
	}
	if err := errors.Join(decide(tx, c, st), s.indexStatements(tx, c, st)); err != nil {
		return st, err
	}
	tx.Touch(topic(c.ID))
	if err := s.recordDecision(tx, c, was, st, c.actsAs(a)); err != nil {
		return st, err
	}
	if was.State != st.State {
		if err := wantMap(tx, c.no, c.ID); err != nil {
			return st, err
		}
	}
	detail := map[string]string{"statement": strconv.FormatInt(st.No, 10), "state": string(st.State)}
	if st.State == Removed {
		detail["rule"] = civic.Ref{Kind: moderation.KindRule, ID: st.Rule}.String()
	}
	return st, s.city.Trail.Note(tx, a, "consultations.statement.decide", ref(c), detail)
}

// tellAuthor tells whoever wrote a statement what became of it, when there is an account to tell;
// others find it among what they said.
func (s *Service) tellAuthor(tx *storage.Tx, c Consultation, st Statement, was State) error {
	if st.author < 0 || was == st.State && st.State != Removed { // removed again, it is by another rule or with other words
		return nil
	}
	account, err := accountOf(tx, c, st.author)
	if err != nil || account == "" {
		return err
	}
	written := civic.Text{st.Lang: st.Text}
	told := notifications.Notice{Subject: civic.Say("consultations.told_statement_shown"), Body: civic.Say("consultations.your_statement_shown", "Text", written),
		Path: minePath(c.ID)} // where the statement stands, and the author may ask for another decision
	switch st.State {
	case Lapsed:
		told.Subject = civic.Say("consultations.told_statement_lapsed")
		told.Body = civic.Say("consultations.your_statement_lapsed", "Text", written)
	case Removed:
		rule, _ := s.city.Moderation.Book().Rule(st.Rule)
		told.Subject = civic.Say("consultations.told_statement_removed")
		told.Body = civic.Say("consultations.your_statement_removed", "Text", written, "Rule", rule.Title, "Reason", st.Reason)
	}
	return s.city.Notifications.Notify(tx, account, told)
}
