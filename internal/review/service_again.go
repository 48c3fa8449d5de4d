package review

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
)

const remindKind = "review.remind"

// Short are the entries that were given to fewer readers than the rubric wants, because somebody left, was taken out or declared a conflict.
func (v Running) Short() (out []Entry) {
	for _, e := range v.Entries {
		if len(v.said[e.ID]) < v.Rubric.Readers {
			out = append(out, e)
		}
	}
	return out
}

// GiveAgain gives what lacks readers to those who are there, nobody more than load of them in all, and sets the day by which all is read; with a load of 0 it only does that. Permission: Of.Runs. Errors as
// Begin; whoever has not declared yet is given nothing, and what none of those who have may read stays for the meeting.
func (s *Service) GiveAgain(ctx context.Context, a civic.Actor, id civic.ID, load int, readBy time.Time) error {
	return s.run(ctx, a, id, func(tx *storage.Tx, p Panel, of Of) error {
		v, err := gather(tx, p)
		if err != nil {
			return err
		}
		if err := checkGiving(0, load, readBy, tx.Now()); err != nil {
			return err
		}
		given, err := v.more(load)
		if err != nil {
			return err
		}
		for _, m := range given {
			if err := insertMark(tx, id, m); err != nil {
				return err
			}
		}
		moved := !p.ReadBy.Equal(readBy)
		if p.ReadBy = readBy; moved {
			err = s.remindOf(tx, p)
		}
		told := map[civic.ID]bool{}
		for _, m := range given {
			told[m.Reader] = true
		}
		for _, r := range v.Readers {
			if in, all := v.Handed(r.ID); told[r.ID] || moved && in < all {
				err = errors.Join(err, s.tellRead(tx, r, of, p))
			}
		}
		return errors.Join(err, updatePanel(tx, p), s.trail.Note(tx, a, "review.panel.again", ref(id), nil))
	}, Marking)
}

// more says who else reads what lacks readers. What lacks several gets them one after the other, so that nobody reads it twice.
func (v Running) more(load int) (out []Mark, err error) {
	if load == 0 {
		return nil, nil
	}
	apart := map[[2]civic.ID]bool{}
	for pair := range v.apart {
		apart[pair] = true
	}
	for _, m := range v.Marks {
		apart[[2]civic.ID{m.Entry, m.Reader}] = true // given already
	}
	var who []Reader
	for _, r := range v.Readers {
		if !r.gone() && !r.DeclaredAt.IsZero() {
			who = append(who, r)
		}
	}
	most, left := 0, map[civic.ID]int{} // how many more each takes
	for _, e := range v.Short() {
		most = max(most, v.Rubric.Readers-len(v.said[e.ID]))
	}
	for _, r := range who {
		left[r.ID] = load
	}
	there := slices.Clone(who)
	for round := range most {
		who = slices.DeleteFunc(who, func(r Reader) bool { return left[r.ID] == 0 })
		takes := load
		for _, r := range who {
			takes = min(takes, left[r.ID])
		}
		var lack []Entry
		for _, e := range v.Short() {
			// What none of them may read stays as it is: the meeting sees that it lacks readers. What those may who have no place left is refused.
			readable := len(there) == 0 || slices.ContainsFunc(there, func(r Reader) bool { return !apart[[2]civic.ID{e.ID, r.ID}] })
			if v.Rubric.Readers-len(v.said[e.ID]) > round && readable {
				lack = append(lack, e)
			}
		}
		if len(lack) == 0 {
			break
		}
		given, err := pair(v.Panel, lack, who, apart, 1, takes)
		if err != nil {
			return nil, err
		}
		for i, of := range given {
			for _, j := range of {
				out = append(out, Mark{Entry: lack[i].ID, Reader: who[j].ID, Version: lack[i].Version})
				apart[[2]civic.ID{lack[i].ID, who[j].ID}] = true
				left[who[j].ID]--
			}
		}
	}
	return out, nil
}

// tellRead tells a reader that something was given to them, and until when they read.
func (s *Service) tellRead(tx *storage.Tx, r Reader, of Of, p Panel) error {
	if r.gone() {
		return nil
	}
	return s.notices.Notify(tx, r.Account, notifications.Notice{Subject: civic.Say("review.told_read", "Title", of.Title), Body: civic.Say("review.told_until", "Date", p.ReadBy), Path: Path(p.ID),
		Event: fmt.Sprint("review/", r.ID, "/read/", tx.Now().UnixMilli())})
}

// reminder is of the day by which a panel reads, as it was when it was asked for.
type reminder struct {
	Panel  civic.ID `json:"panel"`
	ReadBy int64    `json:"read_by"`
}

// remindOf asks for what readers are told before the day by which they read, and after it.
func (s *Service) remindOf(tx *storage.Tx, p Panel) error {
	for _, at := range []time.Time{p.ReadBy.AddDate(0, 0, -s.value("remind_days")), p.ReadBy.Add(time.Hour)} {
		if !at.After(tx.Now()) {
			continue
		}
		if err := jobs.Enqueue(tx, remindKind, reminder{p.ID, storage.Millis(p.ReadBy)}, jobs.Options{At: at}); err != nil {
			return err
		}
	}
	return nil
}

// remind tells the readers who have not handed in all marks.
func (s *Service) remind(ctx context.Context, j jobs.Job) error {
	var about reminder
	if err := j.Decode(&about); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		p, err := find(tx, about.Panel)
		if civic.CodeOf(err) == civic.NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		if p.Stage != Marking || storage.Millis(p.ReadBy) != about.ReadBy {
			return nil
		}
		v, err := gather(tx, p)
		if err != nil {
			return err
		}
		of, err := s.of(tx, p)
		if err != nil {
			return err
		}
		what := "review.told_soon"
		if tx.Now().After(p.ReadBy) {
			what = "review.told_late"
		}
		for _, r := range v.Readers {
			if in, all := v.Handed(r.ID); in < all {
				err = errors.Join(err, s.tell(tx, r, of, fmt.Sprint(what, "/", about.ReadBy), civic.Say(what, "Count", all-in, "Date", p.ReadBy), Path(p.ID)))
			}
		}
		return err
	})
}
