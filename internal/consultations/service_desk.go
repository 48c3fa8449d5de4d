package consultations

import (
	"context"
	"slices"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Desk is a page of the consultations that an actor has to do with.
type Desk struct {
	Items   []DeskItem
	Next    int64 // cursor; 0 on the last page
	MayOpen bool
}

// DeskItem is one of them with what waits to be done.
type DeskItem struct {
	Listed
	Phase   Phase
	Waiting int64 // statements that no moderator has looked at
}

// Desk returns, newest first, the consultations of the actor's bodies and organisations; to
// moderators and administrators all.
func (s *Service) Desk(ctx context.Context, a civic.Actor, before int64) (d Desk, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		_, err := s.choices(tx, a, "")
		d.MayOpen = err == nil
		if err != nil && civic.CodeOf(err) != civic.Forbidden {
			return err
		}
		cs, err := mineOf(tx, a, max(before, 0), pageSize+1)
		if err != nil {
			return err
		}
		cs, last := storage.Page(cs, pageSize)
		if last != nil {
			d.Next = last.no
		}
		cs = slices.DeleteFunc(cs, func(c Consultation) bool { return !c.Visible(a) })
		listed, err := s.named(tx, cs)
		if err != nil {
			return err
		}
		waiting, err := queueLengths(tx, cs...)
		if err != nil {
			return err
		}
		for _, l := range listed {
			item := DeskItem{Listed: l, Phase: l.At(tx.Now())}
			if l.ModeratedBy(a) {
				item.Waiting = waiting[l.no]
			}
			d.Items = append(d.Items, item)
		}
		return nil
	})
	return d, err
}
