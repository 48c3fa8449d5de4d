package answers

import (
	"context"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
)

// View is an obligation as its page shows it.
type View struct {
	Listed
	Subject  part.Resolved // what it is about; without a path when it is not public any more
	From     *Listed       // of which it is a part, or which led to it
	Came     []Listed      // parts, promises, what another body owes
	Clock    civic.Due
	LateBy   int
	Verdicts []Verdict
	Whose    map[civic.Ref]part.Resolved // names of the bodies in the verdicts
	Moves    []Move
	Reply    *Reply    // of the reader
	ReplyBy  time.Time // until when those who asked have their say
	MayReply error     // why the reader cannot; nil when they can
	Own      bool      // the reader acts for the body
	Words    []Reply   // what those who asked say, for the body alone
	Work     string    // where the body works on it
	PassBy   time.Time
	Trace    record.Neighbours
}

// Show returns an obligation for its page. Errors: civic.NotFound.
func (s *Service) Show(ctx context.Context, a civic.Actor, id civic.ID) (v View, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		o, err := find(tx, id)
		if err != nil {
			return err
		}
		if err := s.fill(tx, &v, o); err != nil {
			return err
		}
		if v.Trace, err = s.record.Neighbours(tx, Ref(o.ID)); err != nil {
			return err
		}
		v.Own, v.Work, v.MayReply = o.Answers(a), s.desk(o), s.mayReply(tx, a, o, v.Verdicts)
		if v.Own {
			if v.Words, err = repliesWithWords(tx, o, 50); err != nil {
				return err
			}
		}
		if !a.SignedIn() {
			return nil
		}
		r, said, err := replyOf(tx, o, a.Account)
		if said {
			v.Reply = &r
		}
		return err
	})
	return v, err
}

// fill puts on the view what everybody sees.
func (s *Service) fill(tx *storage.Tx, v *View, o Obligation) error {
	cal := s.city.Calendar()
	came, err := cameOf(tx, o)
	if err != nil {
		return err
	}
	all := append([]Obligation{o}, came...)
	if o.Origin != "" {
		from, err := find(tx, o.Origin)
		if err != nil {
			return err
		}
		all = append(all, from)
	}
	listed, err := s.named(tx, all)
	if err != nil {
		return err
	}
	v.Listed, v.Came = listed[0], listed[1:1+len(came)]
	if o.Origin != "" {
		v.From = &listed[len(listed)-1]
	}
	v.Clock, v.LateBy, v.PassBy = cal.Due(o.Deadline()), o.LateBy(cal, tx.Now()), o.PassBy(cal, s.value("pass_days"))
	if v.Verdicts, err = verdicts(tx, o); err != nil {
		return err
	}
	if v.Moves, err = moves(tx, o); err != nil {
		return err
	}
	v.ReplyBy = s.replyBy(v.Verdicts)
	refs := []civic.Ref{o.Subject}
	for _, verdict := range v.Verdicts {
		refs = append(refs, verdict.Whose)
	}
	v.Whose, err = s.declared.Titles(tx, civic.Actor{}, refs)
	v.Subject = v.Whose[o.Subject]
	return err
}
